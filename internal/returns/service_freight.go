package returns

import (
	"context"
	"fmt"
	"slices"
	"time"

	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/files"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
)

// FreightInput is freight that the customer advanced for the way back, with its bill.
type FreightInput struct {
	ActInput
	Line   LineID
	Amount int64
	Bill   files.ID
	Way    string // bank or cash; bank when empty
}

// freightKey names what a customer paid a carrier for one line: a purchase of its own, so that it comes back once, too.
func freightKey(l LineID) string { return "freight:" + string(l) }

// FreightClaim is freight that a customer says was advanced for the way back, and what became of that.
type FreightClaim struct {
	Amount  int64     `json:"amount"`
	Bill    files.ID  `json:"bill,omitempty"`
	State   string    `json:"state"` // asked, given, refused
	Why     string    `json:"why,omitempty"`
	AskedAt time.Time `json:"asked_at,omitzero"`
}

// States of such a claim.
const (
	FreightAsked   = "asked"
	FreightGiven   = "given"
	FreightRefused = "refused"
)

// mayFreight tells whether freight of a line can still be given back: the goods are on their way or came, and it was not
// given for them.
func (r *Return) mayFreight(l *Line) bool {
	sent := l.Goods == GoodsTransit || l.Goods == GoodsWrong || l.Goods == GoodsLost || l.Goods.here()
	return r.approved() && r.Operation.Receipt != No && sent && r.Freight != "customer" && (l.Freight == nil || l.Freight.State != FreightGiven) &&
		!slices.ContainsFunc(r.Refunds, func(x Refund) bool { return x.Purchase == freightKey(l.ID) })
}

// MayAskFreight tells whether the customer may ask for it on a page: once for a line.
func (r Return) MayAskFreight(l Line) bool { return l.Freight == nil && r.mayFreight(&l) }

// FreightLimit is the most that is given back of freight that a customer of a brand advanced.
func (s *Service) FreightLimit(ctx context.Context, q db.Querier, r *Return) (money.Amount, error) {
	p, err := findPolicy(ctx, q, r.Brand)
	limit := p.MaxFreight
	if limit == 0 {
		limit = defaultMaxFreight
	}
	return money.Amount{Minor: limit, Currency: r.Currency}, err
}

// AskFreight notes that the customer advanced freight, with its bill; a person looks at the bill before money moves.
func (s *Service) AskFreight(ctx context.Context, in FreightInput) (Return, error) {
	var f problem.Fields
	f.Check(in.Amount > 0 && in.Amount <= maxMinor, "amount", problem.OutOfRange, "limit", "> 0")
	f.Check(in.Bill != "", "bill", problem.Required)
	if err := f.Err(); err != nil {
		return Return{}, err
	}
	return s.act(ctx, PermRequest, "ask_freight", in.ActInput, func(ctx context.Context, tx *db.Tx, r *Return, at time.Time) ([]events.Event, error) {
		l, ok := r.line(in.Line)
		if !ok {
			return nil, problem.Field("line_id", problem.Unknown)
		}
		if !r.MayAskFreight(*l) {
			return nil, ErrNotReady.With("step", "ask_freight")
		}
		limit, err := s.FreightLimit(ctx, tx, r)
		if err != nil {
			return nil, err
		}
		if in.Amount > limit.Minor {
			return nil, problem.Field("amount", problem.OutOfRange, "limit", "≤ "+limit.String())
		}
		l.Freight = &FreightClaim{Amount: in.Amount, Bill: in.Bill, State: FreightAsked, AskedAt: at}
		return nil, s.attach(ctx, tx, r, []files.ID{in.Bill})
	})
}

// RefuseFreight tells the customer why freight that was asked for is not given back.
func (s *Service) RefuseFreight(ctx context.Context, in FreightInput) (Return, error) {
	why := clean(in.Note)
	var f problem.Fields
	f.Check(why != "", "note", problem.Required)
	checkText(&f, "note", why, maxText)
	if err := f.Err(); err != nil {
		return Return{}, err
	}
	return s.act(ctx, PermDecide, "refuse_freight", in.ActInput, func(ctx context.Context, tx *db.Tx, r *Return, _ time.Time) ([]events.Event, error) {
		l, ok := r.line(in.Line)
		if !ok {
			return nil, problem.Field("line_id", problem.Unknown)
		}
		if l.Freight == nil || l.Freight.State != FreightAsked {
			return nil, ErrNotReady.With("step", "refuse_freight")
		}
		again := *l.Freight
		again.State, again.Why = FreightRefused, why
		l.Freight = &again
		return nil, s.sayNews(ctx, tx, r, "freight_refused", ":"+string(l.ID))
	})
}

// Freight owes the customer what was advanced for the way back. It takes the bill, that the rules or a person said the
// trader bears it, and stays within the policy's bound.
func (s *Service) Freight(ctx context.Context, in FreightInput) (Return, error) {
	if in.Way == "" {
		in.Way = "bank"
	}
	var f problem.Fields
	f.Check(in.Amount > 0 && in.Amount <= maxMinor, "amount", problem.OutOfRange, "limit", "> 0")
	f.Check(slices.Contains([]string{"bank", "cash"}, in.Way), "way", problem.BadChoice)
	if err := f.Err(); err != nil {
		return Return{}, err
	}
	return s.act(ctx, PermDecide, "freight", in.ActInput, func(ctx context.Context, tx *db.Tx, r *Return, at time.Time) ([]events.Event, error) {
		l, ok := r.line(in.Line)
		if !ok {
			return nil, problem.Field("line_id", problem.Unknown)
		}
		if !r.approved() || r.Freight != "seller" && in.Reason == "" {
			return nil, ErrNotReady.With("step", "freight")
		}
		bill := in.Bill // of who gives it, or the one that the customer handed in
		if bill == "" && l.Freight != nil {
			bill = l.Freight.Bill
		}
		if bill == "" {
			return nil, problem.Field("bill", problem.Required)
		}
		limit, err := s.FreightLimit(ctx, tx, r)
		if err != nil {
			return nil, err
		}
		if in.Amount > limit.Minor {
			return nil, problem.Field("amount", problem.OutOfRange, "limit", limit.String())
		}
		key := freightKey(l.ID)
		if _, err := findPurchase(ctx, tx, key); err == nil {
			return nil, problem.Field("line_id", problem.Taken) // it was given for this line
		}
		w := Way{ID: db.NewID(), Purchase: key, Way: in.Way, Paid: in.Amount, Key: r.KeyID}
		if err := insertPurchase(ctx, tx, purchase{key: key, currency: r.Currency, paid: in.Amount}, r.Brand, []Way{w}); err != nil {
			return nil, err
		}
		if err := commit(ctx, tx, key, w.ID, in.Amount); err != nil {
			return nil, fmt.Errorf("freight of line %s: %w", l.ID, err)
		}
		x := Refund{
			ID: RefundID(db.NewID()), Return: r.ID, Line: l.ID, WayID: w.ID, Purchase: key, Brand: r.Brand, OutletPath: r.OutletPath, Way: in.Way, State: MoneyDue, Amount: in.Amount,
			Currency: r.Currency, NoteKind: NoteKind(r.Currency), DueAt: at, Version: 1,
		}
		insertRefund(tx, x)
		r.Refunds = append(r.Refunds, x)
		if err := s.postDue(ctx, tx, r, x, "refund.due", "returns:freight", false, at); err != nil {
			return nil, err
		}
		claim := FreightClaim{Amount: in.Amount, Bill: bill, State: FreightGiven}
		if l.Freight != nil {
			claim.AskedAt = l.Freight.AskedAt
		}
		l.Freight = &claim
		if in.Bill == "" {
			return nil, nil
		}
		return nil, s.attach(ctx, tx, r, []files.ID{in.Bill})
	})
}
