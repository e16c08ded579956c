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

// Freight owes the customer what was advanced for the way back. It takes the bill, that the rules or a person said the
// trader bears it, and stays within the policy's bound.
func (s *Service) Freight(ctx context.Context, in FreightInput) (Return, error) {
	if in.Way == "" {
		in.Way = "bank"
	}
	var f problem.Fields
	f.Check(in.Amount > 0 && in.Amount <= maxMinor, "amount", problem.OutOfRange, "limit", "> 0")
	f.Check(in.Bill != "", "bill", problem.Required)
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
		p, err := findPolicy(ctx, tx, r.Brand)
		if err != nil {
			return nil, err
		}
		limit := p.MaxFreight
		if limit == 0 {
			limit = defaultMaxFreight
		}
		if in.Amount > limit {
			return nil, problem.Field("amount", problem.OutOfRange, "limit", money.Amount{Minor: limit, Currency: r.Currency}.String())
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
			Currency: r.Currency, DueAt: at, Version: 1,
		}
		insertRefund(tx, x)
		r.Refunds = append(r.Refunds, x)
		if err := s.post(ctx, tx, r, "refund.due", string(x.ID), "returns:freight", payable(r), x.money(), at); err != nil {
			return nil, err
		}
		return nil, s.attach(ctx, tx, r, []files.ID{in.Bill})
	})
}
