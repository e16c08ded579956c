package parts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

// TransferID names a transfer.
type TransferID string

// Transfer is parts on their way from one place to another.
type Transfer struct {
	ID        TransferID     `json:"id"`
	From      PlaceID        `json:"from"`
	To        PlaceID        `json:"to"`
	State     State          `json:"state"`
	Reason    string         `json:"reason,omitempty"`
	Lines     []TransferLine `json:"lines"`
	CreatedAt time.Time      `json:"created_at"`
	EndedAt   *time.Time     `json:"ended_at,omitempty"`
	Version   int64          `json:"version"`
}

// TransferLine is one part of a transfer.
type TransferLine struct {
	Part     PartID `json:"part_id"`
	Qty      int64  `json:"qty"`
	Received *int64 `json:"received,omitempty"` // what arrived; nil while on the way
}

// ShipInput sends parts from a place to another.
type ShipInput struct {
	access.Act
	From, To PlaceID
	Lines    []TransferLine
	// Arrived tells that the parts change hands at once, as when an engineer loads the van.
	Arrived bool
}

// Ship sends parts from a place of the actor's to another. They leave the first place now and reach the
// second when somebody there receives them.
func (s *Service) Ship(ctx context.Context, in ShipInput) (Transfer, error) {
	if err := access.Require(ctx, PermStock); err != nil {
		return Transfer{}, err
	}
	var f problem.Fields
	f.Check(len(in.Lines) > 0, "lines", problem.Required)
	f.Check(len(in.Lines) <= 200, "lines", problem.TooLong, "limit", 200)
	f.Check(in.From != in.To, "to", problem.BadChoice)
	seen := map[PartID]bool{}
	for i, l := range in.Lines {
		checkQty(&f, fmt.Sprintf("lines[%d].qty", i), l.Qty)
		f.Check(!seen[l.Part], fmt.Sprintf("lines[%d].part_id", i), problem.Taken)
		seen[l.Part] = true
	}
	if err := f.Err(); err != nil {
		return Transfer{}, err
	}
	// One order for everybody, so that two transfers of the same parts wait for each other and do not lock up.
	slices.SortFunc(in.Lines, func(a, b TransferLine) int { return strings.Compare(string(a.Part), string(b.Part)) })
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Transfer, error) {
		at, err := in.At(access.From(ctx).Origin, tx.Now())
		if err != nil {
			return Transfer{}, err
		}
		from, err := s.mine(ctx, tx, in.From)
		if err != nil {
			return Transfer{}, err
		}
		to, err := s.place(ctx, tx, in.To)
		if err != nil {
			return Transfer{}, problem.Field("to", problem.Unknown)
		}
		if in.Arrived && !sees(ctx, to) {
			return Transfer{}, problem.Field("to", problem.Unknown)
		}
		t := Transfer{ID: TransferID(db.NewID()), From: from.ID, To: to.ID, State: Shipped, Reason: in.Reason, CreatedAt: tx.Now(), Version: 1}
		tx.Later(`INSERT INTO parts_transfer (id, from_place, to_place, state, reason, created_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			string(t.ID), string(t.From), string(t.To), string(t.State), t.Reason, db.Micros(tx.Now()))
		for _, l := range in.Lines {
			part, err := s.known(ctx, tx, l.Part)
			if err != nil {
				return Transfer{}, err
			}
			before, err := s.lockStock(ctx, tx, from.ID, part.ID)
			if err != nil {
				return Transfer{}, err
			}
			after, err := s.moveTx(ctx, tx, move{place: from.ID, part: part.ID, kind: MoveShip, qty: -l.Qty, transfer: string(t.ID), reason: in.Reason, at: at})
			if err != nil {
				return Transfer{}, err
			}
			if err := s.low(ctx, tx, part, from, before, after); err != nil {
				return Transfer{}, err
			}
			tx.Later(`INSERT INTO parts_transfer_line (transfer_id, part_id, qty) VALUES ($1, $2, $3)`, string(t.ID), string(part.ID), l.Qty)
			t.Lines = append(t.Lines, TransferLine{Part: part.ID, Qty: l.Qty})
		}
		if err := audit.Append(ctx, tx, audit.Entry{
			Kind: "transfer", Record: string(t.ID), Act: "ship", New: true, Reason: in.Reason, OccurredAt: at, After: t,
		}); err != nil {
			return Transfer{}, err
		}
		if err := events.Publish(ctx, tx, TransferShipped{t.event(at, from)}); err != nil {
			return Transfer{}, err
		}
		if in.Arrived {
			return s.arrive(ctx, tx, t, to, EndTransferInput{Act: in.Act, ID: t.ID}, at)
		}
		return t, nil
	})
}

func (t Transfer) event(at time.Time, p Place) TransferEvent {
	return TransferEvent{
		Head: events.Head{ID: string(t.ID), Version: t.Version, OccurredAt: at, OutletPath: p.OutletPath},
		From: t.From, To: t.To,
	}
}

const transferColumns = `t.id, t.from_place, t.to_place, t.state, t.reason, t.created_at, t.ended_at, t.version`

func scanTransfer(s db.Scanner) (Transfer, error) {
	var t Transfer
	var created int64
	var ended *int64
	err := s.Scan(&t.ID, &t.From, &t.To, &t.State, &t.Reason, &created, &ended, &t.Version)
	t.CreatedAt, t.EndedAt = db.FromMicros(created), db.FromMicrosPtr(ended)
	return t, err
}

func (s *Service) linesOf(ctx context.Context, q db.Querier, id TransferID) ([]TransferLine, error) {
	return db.List(ctx, q, func(r db.Scanner) (l TransferLine, err error) { return l, r.Scan(&l.Part, &l.Qty, &l.Received) },
		`SELECT part_id, qty, received FROM parts_transfer_line WHERE transfer_id = $1 ORDER BY part_id`, string(id))
}

// FindTransfer reads a transfer that begins or ends at a place of the actor's.
func (s *Service) FindTransfer(ctx context.Context, q db.Querier, id TransferID) (Transfer, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return Transfer{}, err
	}
	t, _, _, err := s.transfer(ctx, q, id)
	return t, err
}

func (s *Service) transfer(ctx context.Context, q db.Querier, id TransferID) (t Transfer, from, to Place, err error) {
	t, err = db.Get(ctx, q, scanTransfer, `SELECT `+transferColumns+` FROM parts_transfer t WHERE t.id = $1`, string(id))
	if errors.Is(err, db.ErrNoRows) {
		err = problem.ErrNotFound
	}
	if err != nil {
		return t, from, to, err
	}
	if from, err = placeRow(ctx, q, t.From); err != nil {
		return t, from, to, err
	}
	if to, err = placeRow(ctx, q, t.To); err != nil {
		return t, from, to, err
	}
	if !sees(ctx, from) && !sees(ctx, to) {
		return Transfer{}, from, to, problem.ErrNotFound
	}
	t.Lines, err = s.linesOf(ctx, q, id)
	return t, from, to, err
}

// EndTransferInput receives or cancels a transfer.
type EndTransferInput struct {
	access.Act
	ID TransferID
	// Received is what arrived, by part; a part that is not named arrived whole.
	Received map[PartID]int64
}

// ReceiveTransfer notes what arrived of a transfer at a place of the actor's. Less than was sent needs a
// reason: what is missing belongs to neither place any more.
func (s *Service) ReceiveTransfer(ctx context.Context, in EndTransferInput) (Transfer, error) {
	return s.endTransfer(ctx, in, func(ctx context.Context, tx *db.Tx, t Transfer, _, to Place, at time.Time) (Transfer, error) {
		if !sees(ctx, to) {
			return Transfer{}, problem.ErrForbidden.With("permission", PermStock)
		}
		return s.arrive(ctx, tx, t, to, in, at)
	})
}

// CancelTransfer brings a transfer that nobody received back to where it came from, by whoever sent it.
func (s *Service) CancelTransfer(ctx context.Context, in EndTransferInput) (Transfer, error) {
	return s.endTransfer(ctx, in, func(ctx context.Context, tx *db.Tx, t Transfer, from, _ Place, at time.Time) (Transfer, error) {
		if !sees(ctx, from) {
			return Transfer{}, problem.ErrForbidden.With("permission", PermStock)
		}
		if err := s.closeTransfer(ctx, tx, &t, "cancel"); err != nil {
			return Transfer{}, err
		}
		for _, l := range t.Lines {
			if _, err := s.moveTx(ctx, tx, move{place: t.From, part: l.Part, kind: MoveArrive, qty: l.Qty, transfer: string(t.ID), reason: in.Reason, at: at}); err != nil {
				return Transfer{}, err
			}
		}
		if err := s.auditTransfer(ctx, tx, t, "cancel", in, at); err != nil {
			return Transfer{}, err
		}
		return t, events.Publish(ctx, tx, TransferCancelled{t.event(at, from)})
	})
}

func (s *Service) endTransfer(ctx context.Context, in EndTransferInput,
	end func(ctx context.Context, tx *db.Tx, t Transfer, from, to Place, at time.Time) (Transfer, error),
) (Transfer, error) {
	if err := access.Require(ctx, PermStock); err != nil {
		return Transfer{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Transfer, error) {
		at, err := in.At(access.From(ctx).Origin, tx.Now())
		if err != nil {
			return Transfer{}, err
		}
		t, from, to, err := s.transfer(ctx, tx, in.ID)
		if err != nil {
			return Transfer{}, err
		}
		return end(ctx, tx, t, from, to, at)
	})
}

func (s *Service) arrive(ctx context.Context, tx *db.Tx, t Transfer, to Place, in EndTransferInput, at time.Time) (Transfer, error) {
	if err := s.closeTransfer(ctx, tx, &t, "receive"); err != nil {
		return Transfer{}, err
	}
	short, named := false, 0
	for i := range t.Lines {
		l := &t.Lines[i]
		n, given := in.Received[l.Part]
		if given {
			named++
		} else {
			n = l.Qty
		}
		if n < 0 || n > l.Qty {
			return Transfer{}, problem.Field("received", problem.OutOfRange, "limit", l.Qty)
		}
		short = short || n < l.Qty
		l.Received = &n
		tx.Later(`UPDATE parts_transfer_line SET received = $1 WHERE transfer_id = $2 AND part_id = $3`, n, string(t.ID), string(l.Part))
		if n == 0 {
			continue
		}
		if _, err := s.moveTx(ctx, tx, move{place: t.To, part: l.Part, kind: MoveArrive, qty: n, transfer: string(t.ID), reason: in.Reason, at: at}); err != nil {
			return Transfer{}, err
		}
	}
	if named != len(in.Received) {
		return Transfer{}, problem.Field("received", problem.Unknown)
	}
	if short && in.Reason == "" {
		return Transfer{}, problem.Field("reason", problem.Required)
	}
	if err := s.auditTransfer(ctx, tx, t, "receive", in, at); err != nil {
		return Transfer{}, err
	}
	return t, events.Publish(ctx, tx, TransferReceived{TransferEvent: t.event(at, to), Short: short})
}

// closeTransfer moves the transfer on under its version: it is received or cancelled once.
func (s *Service) closeTransfer(ctx context.Context, tx *db.Tx, t *Transfer, act string) (err error) {
	if t.State, err = t.State.next("transfer", act); err != nil {
		return err
	}
	if err := tx.ExecOne(ctx, `UPDATE parts_transfer SET state = $1, ended_at = $2, version = version + 1 WHERE id = $3 AND version = $4`,
		string(t.State), db.Micros(tx.Now()), string(t.ID), t.Version); err != nil {
		return err
	}
	now := tx.Now()
	t.EndedAt = &now
	t.Version++
	return nil
}

func (s *Service) auditTransfer(ctx context.Context, tx *db.Tx, t Transfer, act string, in EndTransferInput, at time.Time) error {
	return audit.Append(ctx, tx, audit.Entry{Kind: "transfer", Record: string(t.ID), Act: act, Reason: in.Reason, OccurredAt: at, After: t})
}

func (s *Service) auditPlace(ctx context.Context, tx *db.Tx, p Place, act string) error {
	return audit.Append(ctx, tx, audit.Entry{Kind: "part_place", Record: string(p.ID), Act: act, After: p})
}

// TransferFilter limits a list of transfers.
type TransferFilter struct {
	State  State
	Place  PlaceID // from or to
	Before TransferID
	Limit  int
}

// Transfers reads the transfers that begin or end at a place of the actor's, newest first, without lines,
// one more than the limit when there are more.
func (s *Service) Transfers(ctx context.Context, f TransferFilter) ([]Transfer, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	scope := access.From(ctx).Scope
	var w db.Where
	switch {
	case scope.OutletPath == "":
		w.And("1 = 0")
	case !scope.Centre():
		lo, hi := scope.OutletPath, scope.OutletPath+"\U0010FFFF"
		w.And(`(t.from_place IN (SELECT id FROM parts_place WHERE outlet_path >= ? AND outlet_path < ?)
			OR t.to_place IN (SELECT id FROM parts_place WHERE outlet_path >= ? AND outlet_path < ?))`, lo, hi, lo, hi)
	}
	if f.State != "" {
		w.And("t.state = ?", string(f.State))
	}
	if f.Place != "" {
		w.And("(t.from_place = ? OR t.to_place = ?)", string(f.Place), string(f.Place))
	}
	if f.Before != "" {
		w.And("t.id < ?", string(f.Before))
	}
	return db.List(ctx, s.db, scanTransfer, `SELECT `+transferColumns+` FROM parts_transfer t`+w.String()+` ORDER BY t.id DESC LIMIT `+w.Arg(f.Limit+1), w.Args()...)
}
