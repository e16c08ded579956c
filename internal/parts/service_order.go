package parts

import (
	"context"
	"fmt"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

// ReservationID names a reservation.
type ReservationID string

// Reservation keeps parts of a place for an order.
type Reservation struct {
	ID    ReservationID
	Order string
	Part  PartID
	Place PlaceID
	Qty   int64
	Left  int64 // neither used nor released

	version int64
}

// Reserve keeps parts of a place for an order.
type Reserve struct {
	Order    string // id of the order
	Part     PartID
	Place    PlaceID
	Qty      int64
	Override bool   // reserve what the books do not have; the caller has asked for the permission
	Reason   string // why, when overridden
}

func (s *Service) checkUse(ctx context.Context, tx *db.Tx, order string, part PartID, place PlaceID, qty int64) (Part, Place, error) {
	var f problem.Fields
	f.Check(order != "", "order_id", problem.Required)
	checkQty(&f, "qty", qty)
	if err := f.Err(); err != nil {
		return Part{}, Place{}, err
	}
	p, err := s.Get(ctx, tx, part)
	if problem.Match(err, problem.ErrNotFound) {
		err = problem.Field("part_id", problem.Unknown)
	}
	if err != nil {
		return Part{}, Place{}, err
	}
	at, err := s.place(ctx, tx, place)
	return p, at, err
}

// ReserveTx keeps parts for an order in the caller's change; [ErrShort] when fewer are free. It asks for no
// permission and no scope.
func (s *Service) ReserveTx(ctx context.Context, tx *db.Tx, in Reserve) (ReservationID, error) {
	p, at, err := s.checkUse(ctx, tx, in.Order, in.Part, in.Place, in.Qty)
	if err != nil {
		return "", err
	}
	if _, err := s.moveTx(ctx, tx, move{
		place: in.Place, part: in.Part, kind: MoveReserve, reserved: in.Qty, order: in.Order, reason: in.Reason, override: in.Override,
	}); err != nil {
		return "", err
	}
	id := ReservationID(db.NewID())
	tx.Later(`INSERT INTO parts_reservation (id, order_ref, part_id, place_id, qty, left_qty, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		string(id), in.Order, string(in.Part), string(in.Place), in.Qty, in.Qty, db.Micros(tx.Now()))
	if err := s.auditMove(ctx, tx, "reserve", in.Part, in.Place, in.Qty, in.Order, in.Reason, tx.Now()); err != nil {
		return "", err
	}
	return id, events.Publish(ctx, tx, ReservedEvent{moved(p, at, in.Qty, in.Order, tx.Now())})
}

func scanReservation(s db.Scanner) (r Reservation, err error) {
	return r, s.Scan(&r.ID, &r.Order, &r.Part, &r.Place, &r.Qty, &r.Left, &r.version)
}

const reservationColumns = `r.id, r.order_ref, r.part_id, r.place_id, r.qty, r.left_qty, r.version`

// Reservations lists what is kept for an order and neither used nor released. It asks for no permission.
func (s *Service) Reservations(ctx context.Context, q db.Querier, order string) ([]Reservation, error) {
	return db.List(ctx, q, scanReservation, `SELECT `+reservationColumns+` FROM parts_reservation r WHERE r.order_ref = $1 AND r.left_qty > 0 ORDER BY r.id`, order)
}

// ReleaseTx gives back what is left of a reservation; one that has nothing left stays as it is. It asks for
// no permission and no scope.
func (s *Service) ReleaseTx(ctx context.Context, tx *db.Tx, id ReservationID) error {
	list, err := db.List(ctx, tx, scanReservation, `SELECT `+reservationColumns+` FROM parts_reservation r WHERE r.id = $1`, string(id))
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return problem.ErrNotFound
	}
	return s.release(ctx, tx, list)
}

// ReleaseOrderTx gives back everything kept for an order: it was cancelled or is done.
func (s *Service) ReleaseOrderTx(ctx context.Context, tx *db.Tx, order string) error {
	list, err := s.Reservations(ctx, tx, order)
	if err != nil {
		return err
	}
	return s.release(ctx, tx, list)
}

func (s *Service) release(ctx context.Context, tx *db.Tx, list []Reservation) error {
	for _, r := range list {
		if r.Left == 0 {
			continue
		}
		if err := s.draw(ctx, tx, r, r.Left); err != nil {
			return err
		}
		if _, err := s.moveTx(ctx, tx, move{place: r.Place, part: r.Part, kind: MoveRelease, reserved: -r.Left, order: r.Order}); err != nil {
			return err
		}
		p, err := s.Get(ctx, tx, r.Part)
		if err != nil {
			return err
		}
		at, err := placeRow(ctx, tx, r.Place) // also of a place that was closed meanwhile
		if err != nil {
			return err
		}
		if err := s.auditMove(ctx, tx, "release", r.Part, r.Place, r.Left, r.Order, "", tx.Now()); err != nil {
			return err
		}
		if err := events.Publish(ctx, tx, ReleasedEvent{moved(p, at, r.Left, r.Order, tx.Now())}); err != nil {
			return err
		}
	}
	return nil
}

// draw takes from what is left of a reservation.
func (s *Service) draw(ctx context.Context, tx *db.Tx, r Reservation, qty int64) error {
	return tx.ExecOne(ctx, `UPDATE parts_reservation SET left_qty = left_qty - $1, version = version + 1 WHERE id = $2 AND version = $3`,
		qty, string(r.ID), r.version)
}

// Use notes that parts were fitted for an order.
type Use struct {
	Order     string
	Visit     string
	Part      PartID
	Place     PlaceID
	Qty       int64
	OldSerial string // of the part that came out
	NewSerial string // of the part that went in
	At        time.Time
	Override  bool // use what the books do not have; the caller has asked for the permission
	Reason    string
}

// UseTx takes parts out of a place for an order: first what is reserved for it there, then what is free. A
// part that has to come back leaves an old part owed, whose id is returned. It asks for no permission and
// no scope.
func (s *Service) UseTx(ctx context.Context, tx *db.Tx, in Use) (OldPartID, error) {
	p, at, err := s.checkUse(ctx, tx, in.Order, in.Part, in.Place, in.Qty)
	if err != nil {
		return "", err
	}
	var f problem.Fields
	checkText(&f, "old_serial", in.OldSerial, maxCode)
	checkText(&f, "new_serial", in.NewSerial, maxCode)
	if err := f.Err(); err != nil {
		return "", err
	}
	if in.At.IsZero() {
		in.At = tx.Now()
	}
	kept, err := db.List(ctx, tx, scanReservation, `SELECT `+reservationColumns+` FROM parts_reservation r
		WHERE r.order_ref = $1 AND r.part_id = $2 AND r.place_id = $3 AND r.left_qty > 0 ORDER BY r.id`, in.Order, string(in.Part), string(in.Place))
	if err != nil {
		return "", err
	}
	fromKept := int64(0)
	for _, r := range kept {
		n := min(r.Left, in.Qty-fromKept)
		if n == 0 {
			break
		}
		if err := s.draw(ctx, tx, r, n); err != nil {
			return "", err
		}
		fromKept += n
	}
	if _, err := s.moveTx(ctx, tx, move{
		place: in.Place, part: in.Part, kind: MoveUse, qty: -in.Qty, reserved: -fromKept, order: in.Order, visit: in.Visit, serial: in.NewSerial,
		reason: in.Reason, override: in.Override, at: in.At,
	}); err != nil {
		return "", err
	}
	if err := s.auditMove(ctx, tx, "use", in.Part, in.Place, in.Qty, in.Order, in.Reason, in.At); err != nil {
		return "", err
	}
	if err := events.Publish(ctx, tx, UsedEvent{moved(p, at, in.Qty, in.Order, in.At)}); err != nil {
		return "", err
	}
	if !p.Returnable {
		return "", nil
	}
	return s.owe(ctx, tx, p, at, in)
}

// Back gives parts back that were taken for an order and not used after all.
type Back struct {
	Order  string
	Visit  string
	Part   PartID
	Place  PlaceID
	Qty    int64
	Reason string
	At     time.Time
}

// BackTx puts parts back into the place they were taken from: no more than the order took there. An old
// part owed for them is no longer owed once none of them is used. It asks for no permission and no scope.
func (s *Service) BackTx(ctx context.Context, tx *db.Tx, in Back) error {
	p, at, err := s.checkUse(ctx, tx, in.Order, in.Part, in.Place, in.Qty)
	if err != nil {
		return err
	}
	// The balance first: its row is locked, so that two givers-back count one after the other.
	if _, err := s.moveTx(ctx, tx, move{
		place: in.Place, part: in.Part, kind: MoveBack, qty: in.Qty, order: in.Order, visit: in.Visit, reason: in.Reason, at: in.At,
	}); err != nil {
		return err
	}
	net, err := db.Get(ctx, tx, db.ScanInt, `SELECT COALESCE(CAST(SUM(-qty) AS BIGINT), 0) FROM parts_movement
		WHERE order_ref = $1 AND part_id = $2 AND place_id = $3 AND kind IN ('use', 'back')`, in.Order, string(in.Part), string(in.Place))
	if err != nil {
		return err
	}
	if net < 0 {
		return ErrNotUsed.With("qty", net+in.Qty)
	}
	if net == 0 {
		if _, err := tx.Exec(ctx, `UPDATE parts_old SET state = $1, reason = $2, ended_at = $3, version = version + 1
			WHERE order_ref = $4 AND part_id = $5 AND place_id = $6 AND state = $7`, string(Waived), "part_given_back", db.Micros(tx.Now()),
			in.Order, string(in.Part), string(in.Place), string(Owed)); err != nil {
			return fmt.Errorf("old part no longer owed: %w", err)
		}
	}
	if err := s.auditMove(ctx, tx, "back", in.Part, in.Place, in.Qty, in.Order, in.Reason, in.At); err != nil {
		return err
	}
	return events.Publish(ctx, tx, BackEvent{moved(p, at, in.Qty, in.Order, tx.Now())})
}

// auditMove writes the act into the trail of the balance.
func (s *Service) auditMove(ctx context.Context, tx *db.Tx, act string, part PartID, place PlaceID, qty int64, order, why string, at time.Time) error {
	return audit.Append(ctx, tx, audit.Entry{
		Kind: "stock", Record: string(place) + "/" + string(part), Act: act, Reason: why, OccurredAt: at, After: map[string]any{"qty": qty, "order": order},
	})
}

// UsedBy lists what an order took, by movement, oldest first; gifts back have a positive quantity.
func (s *Service) UsedBy(ctx context.Context, q db.Querier, order string) ([]Movement, error) {
	return db.List(ctx, q, scanMovement, `SELECT `+movementColumns+` FROM parts_movement m WHERE m.order_ref = $1 AND m.kind IN ('use', 'back') ORDER BY m.id`, order)
}

const movementColumns = `m.id, m.seq, m.place_id, m.part_id, m.kind, m.qty, m.reserved, m.on_hand_after, m.reserved_after, m.order_ref, m.visit_ref, m.transfer_id,
	m.serial, m.reason, m.override, m.actor, m.occurred_at, m.recorded_at`

func scanMovement(s db.Scanner) (Movement, error) {
	var m Movement
	var at, recorded int64
	err := s.Scan(&m.ID, &m.Seq, &m.Place, &m.Part, &m.Kind, &m.Qty, &m.Reserved, &m.OnHandAfter, &m.ReservedAfter, &m.Order, &m.Visit, &m.Transfer,
		&m.Serial, &m.Reason, &m.Override, &m.Actor, &at, &recorded)
	m.OccurredAt, m.RecordedAt = db.FromMicros(at), db.FromMicros(recorded)
	return m, err
}

// sees tells whether the actor's outlets hold the place.
func sees(ctx context.Context, p Place) bool {
	s := access.From(ctx).Scope
	return s.Sees("", p.OutletPath)
}
