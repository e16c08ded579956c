package returns

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
)

// ClaimID names a claim.
type ClaimID string

// ClaimState is how a claim stands.
type ClaimState string

// States of a claim.
const (
	ClaimOpen     ClaimState = "open"
	ClaimSent     ClaimState = "sent"
	ClaimAccepted ClaimState = "accepted"
	ClaimRefused  ClaimState = "refused"
	ClaimPaid     ClaimState = "paid"
)

// ClaimTransitions of a claim.
var ClaimTransitions = []Transition[ClaimState]{
	{Act: "send", From: []ClaimState{ClaimOpen}, To: []ClaimState{ClaimSent}, Who: PermClaim, Event: "claim.staged.v1"},
	{Act: "accept", From: []ClaimState{ClaimSent}, To: []ClaimState{ClaimAccepted}, Guard: "wholly or in part; booked as owed to us", Who: PermClaim, Event: "claim.staged.v1"},
	{Act: "refuse", From: []ClaimState{ClaimOpen, ClaimSent}, To: []ClaimState{ClaimRefused}, Who: PermClaim, Event: "claim.staged.v1"},
	{Act: "pay", From: []ClaimState{ClaimAccepted}, To: []ClaimState{ClaimPaid}, Who: PermClaim, Event: "claim.staged.v1"},
}

// Counterparties of claims.
var counterparties = []string{"supplier", "carrier", "maker", "platform", "seller"}

// Claim is what somebody else owes us for goods that came back.
type Claim struct {
	ID         ClaimID         `json:"id"`
	Return     ID              `json:"return_id"`
	Brand      catalog.BrandID `json:"brand_id"`
	OutletPath string          `json:"outlet_path"`
	Against    string          `json:"against"` // supplier, carrier, maker, platform, seller
	Name       string          `json:"name"`    // of the firm
	Lines      []LineID        `json:"lines"`
	State      ClaimState      `json:"state"`
	Amount     int64           `json:"amount"`
	Accepted   int64           `json:"accepted"`
	Currency   money.Currency  `json:"currency"`
	Reason     string          `json:"reason,omitempty"`
	Reference  string          `json:"reference,omitempty"` // of the counterparty
	OpenedBy   string          `json:"opened_by"`
	OpenedAt   time.Time       `json:"opened_at"`
	SentAt     *time.Time      `json:"sent_at,omitempty"`
	AnsweredAt *time.Time      `json:"answered_at,omitempty"`
	PaidAt     *time.Time      `json:"paid_at,omitempty"`
	Version    int64           `json:"version"`
}

// acts are what can be done with a claim next.
func (c Claim) acts() []string {
	out := []string{}
	for _, t := range ClaimTransitions {
		if slices.Contains(t.From, c.State) {
			out = append(out, t.Act)
		}
	}
	return out
}

// ClaimStaged tells of a claim's new state.
type ClaimStaged struct {
	events.Head
	Return   ID         `json:"return_id"`
	State    ClaimState `json:"state"`
	Against  string     `json:"against"`
	Amount   int64      `json:"amount"`
	Currency string     `json:"currency"`
}

// Topic implements events.Event.
func (ClaimStaged) Topic() string { return "claim.staged.v1" }

// Record implements events.Event.
func (e ClaimStaged) Record() (string, string) { return claimKind, e.ID }

const claimKind = "return_claim"

// ErrClaimTwice says that a claim against the same counterparty is open for the return.
var ErrClaimTwice = problem.Declare("returns.claim_twice", problem.Conflict)

// ClaimInput opens a claim.
type ClaimInput struct {
	access.Act
	Return  ID
	Against string
	Name    string
	Lines   []LineID // those it is about; all when empty
	Amount  int64
}

// OpenClaim opens a claim for goods that came back, against who answers for them.
func (s *Service) OpenClaim(ctx context.Context, in ClaimInput) (Claim, error) {
	if err := access.Require(ctx, PermClaim); err != nil {
		return Claim{}, err
	}
	in.Name = clean(in.Name)
	var f problem.Fields
	f.Check(slices.Contains(counterparties, in.Against), "against", problem.BadChoice)
	f.Check(in.Name != "", "name", problem.Required)
	checkText(&f, "name", in.Name, maxText)
	checkText(&f, "reason", in.Reason, maxCode)
	f.Check(in.Amount > 0 && in.Amount <= maxMinor, "amount", problem.OutOfRange, "limit", "> 0")
	if err := f.Err(); err != nil {
		return Claim{}, err
	}
	c, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Claim, error) {
		r, err := findReturn(ctx, tx, access.From(ctx).Scope, in.Return)
		if err != nil {
			return Claim{}, err
		}
		at, err := in.At(access.From(ctx).Origin, tx.Now())
		if err != nil {
			return Claim{}, err
		}
		if !r.approved() {
			return Claim{}, ErrNotReady.With("step", "claim")
		}
		for i, id := range in.Lines {
			if _, ok := r.line(id); !ok {
				return Claim{}, problem.Field(fmt.Sprintf("lines[%d]", i), problem.Unknown)
			}
		}
		if len(in.Lines) == 0 {
			for _, l := range r.Lines {
				in.Lines = append(in.Lines, l.ID)
			}
		}
		actor := access.From(ctx)
		c := Claim{
			ID: ClaimID(db.NewID()), Return: r.ID, Brand: r.Brand, OutletPath: r.OutletPath, Against: in.Against, Name: in.Name, Lines: in.Lines, State: ClaimOpen,
			Amount: in.Amount, Currency: r.Currency, Reason: in.Reason, OpenedBy: actor.Kind + ":" + actor.ID, OpenedAt: at, Version: 1,
		}
		return c, s.insertClaim(ctx, tx, c, in.Act)
	})
	if db.IsUnique(err, "returns_claim_once") || db.IsUnique(err, "returns_claim.return_id") {
		return Claim{}, ErrClaimTwice
	}
	return c, err
}

// insertClaim writes a new claim and tells of it.
func (s *Service) insertClaim(ctx context.Context, tx *db.Tx, c Claim, in access.Act) error {
	lines, err := json.Marshal(c.Lines)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO returns_claim (`+claimColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
		c.ID, c.Return, c.Brand, c.OutletPath, c.Against, c.Name, string(lines), c.State, c.Amount, c.Accepted, string(c.Currency), c.Reason, c.Reference, c.OpenedBy,
		db.Micros(c.OpenedAt), nil, nil, nil, c.Version)
	if err != nil {
		return err
	}
	return s.claimTold(ctx, tx, c, "open", in, c.OpenedAt, true)
}

func (s *Service) claimTold(ctx context.Context, tx *db.Tx, c Claim, act string, in access.Act, at time.Time, fresh bool) error {
	err := audit.Append(ctx, tx, audit.Entry{
		Kind: claimKind, Record: string(c.ID), Act: act, Reason: in.Reason, OccurredAt: at, New: fresh,
		After: map[string]any{"state": c.State, "amount": c.Amount, "accepted": c.Accepted, "return": c.Return, "against": c.Against},
	})
	if err != nil {
		return err
	}
	return events.Publish(ctx, tx, ClaimStaged{
		Head:   events.Head{ID: string(c.ID), Version: c.Version, OccurredAt: at, BrandID: string(c.Brand), OutletPath: c.OutletPath},
		Return: c.Return, State: c.State, Against: c.Against, Amount: c.Amount, Currency: string(c.Currency),
	})
}

// ClaimAct moves a claim: send, accept, refuse, pay.
type ClaimAct struct {
	access.Act
	ID        ClaimID
	How       string
	Accepted  int64 // of an accept; the whole amount when 0
	Reference string
}

// MoveClaim notes what became of a claim. Accepted it is booked as owed to us, paid as received.
func (s *Service) MoveClaim(ctx context.Context, in ClaimAct) (Claim, error) {
	if err := access.Require(ctx, PermClaim); err != nil {
		return Claim{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Claim, error) {
		c, err := findClaim(ctx, tx, access.From(ctx).Scope, in.ID)
		if err != nil {
			return Claim{}, err
		}
		if done, err := seen(ctx, tx, string(c.ID), in.OperationID); done || err != nil {
			return c, err
		}
		actor := access.From(ctx)
		at, err := in.At(actor.Origin, tx.Now())
		if err != nil {
			return Claim{}, err
		}
		if c.State, err = step(ClaimTransitions, in.How, c.State, ""); err != nil {
			return Claim{}, err
		}
		var f problem.Fields
		checkText(&f, "reference", in.Reference, maxCode)
		f.Check(in.Accepted >= 0 && in.Accepted <= c.Amount, "accepted", problem.OutOfRange, "limit", fmt.Sprintf("1–%d", c.Amount))
		if err := f.Err(); err != nil {
			return Claim{}, err
		}
		if in.Reference != "" {
			c.Reference = clean(in.Reference)
		}
		if err := s.bookClaim(ctx, tx, &c, in, at); err != nil {
			return Claim{}, err
		}
		was := c.Version
		c.Version++
		err = tx.ExecOne(ctx, `UPDATE returns_claim SET state = $1, accepted = $2, reference = $3, sent_at = $4, answered_at = $5, paid_at = $6, version = $7 WHERE id = $8 AND version = $9`,
			c.State, c.Accepted, c.Reference, db.MicrosPtr(c.SentAt), db.MicrosPtr(c.AnsweredAt), db.MicrosPtr(c.PaidAt), c.Version, c.ID, was)
		if err != nil {
			return Claim{}, err
		}
		remember(tx, string(c.ID), in.OperationID, in.How, actor.Kind+":"+actor.ID, at)
		return c, s.claimTold(ctx, tx, c, in.How, in.Act, at, false)
	})
}

// bookClaim keeps the times of a claim and its postings.
func (s *Service) bookClaim(ctx context.Context, tx *db.Tx, c *Claim, in ClaimAct, at time.Time) error {
	owed := "receivable:" + c.Against + ":" + c.Name
	of := &Return{ID: c.Return, Brand: c.Brand, OutletPath: c.OutletPath}
	switch c.State {
	case ClaimSent:
		c.SentAt = &at
	case ClaimAccepted:
		c.AnsweredAt, c.Accepted = &at, in.Accepted
		if c.Accepted == 0 {
			c.Accepted = c.Amount
		}
		return s.post(ctx, tx, of, "claim.accepted", string(c.ID), owed, "recovery:returns", money.Amount{Minor: c.Accepted, Currency: c.Currency}, at)
	case ClaimRefused:
		c.AnsweredAt = &at
	case ClaimPaid:
		c.PaidAt = &at
		return s.post(ctx, tx, of, "claim.paid", string(c.ID), "cash:bank", owed, money.Amount{Minor: c.Accepted, Currency: c.Currency}, at)
	}
	return nil
}

const claimColumns = `id, return_id, brand_id, outlet_path, against, name, lines, state, amount, accepted, currency, reason, reference, opened_by, opened_at, sent_at, answered_at, paid_at, version`

func scanClaim(s db.Scanner) (Claim, error) {
	var c Claim
	var lines string
	var opened int64
	var sent, answered, paid *int64
	err := s.Scan(&c.ID, &c.Return, &c.Brand, &c.OutletPath, &c.Against, &c.Name, &lines, &c.State, &c.Amount, &c.Accepted, &c.Currency, &c.Reason, &c.Reference, &c.OpenedBy,
		&opened, &sent, &answered, &paid, &c.Version)
	if err != nil {
		return c, err
	}
	c.OpenedAt, c.SentAt, c.AnsweredAt, c.PaidAt = db.FromMicros(opened), db.FromMicrosPtr(sent), db.FromMicrosPtr(answered), db.FromMicrosPtr(paid)
	return c, json.Unmarshal([]byte(lines), &c.Lines)
}

func findClaim(ctx context.Context, q db.Querier, scope access.Scope, id ClaimID) (Claim, error) {
	var w db.Where
	w.And("id = ?", id)
	scope.Limit(&w, "brand_id", "outlet_path")
	c, err := db.Get(ctx, q, scanClaim, `SELECT `+claimColumns+` FROM returns_claim`+w.String(), w.Args()...)
	if errors.Is(err, db.ErrNoRows) {
		return c, ErrNotFound
	}
	return c, err
}

// ClaimFilter narrows a list of claims.
type ClaimFilter struct {
	Return   ID
	State    ClaimState
	Before   int64 // opened_at of the last row
	BeforeID ClaimID
	HasAfter bool
	Limit    int
}

// Claims lists claims that the actor sees, newest first, one more than the limit.
func (s *Service) Claims(ctx context.Context, f ClaimFilter) ([]Claim, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	var w db.Where
	access.From(ctx).Scope.Limit(&w, "brand_id", "outlet_path")
	if f.Return != "" {
		w.And("return_id = ?", f.Return)
	}
	if f.State != "" {
		w.And("state = ?", f.State)
	}
	if f.HasAfter {
		w.And("(opened_at, id) < (?, ?)", f.Before, f.BeforeID)
	}
	return db.List(ctx, s.db, scanClaim, `SELECT `+claimColumns+` FROM returns_claim`+w.String()+` ORDER BY opened_at DESC, id DESC LIMIT `+w.Arg(f.Limit), w.Args()...)
}
