package orders

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/ledger"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
	"anxin/internal/tariffs"
)

// voidCharges takes open charges back that no longer stand.
func (s *Service) voidCharges(ctx context.Context, tx *db.Tx, o Order, which func(Charge) bool) error {
	list, err := listCharges(ctx, tx, o.ID)
	if err != nil {
		return err
	}
	for _, c := range list {
		if (c.State == ChargeOpen || c.State == ChargeHeld) && which(c) {
			c.State = ChargeVoid
			if err := updateCharge(ctx, tx, &c); err != nil {
				return err
			}
			if err := s.Entitlement.ReleaseTx(ctx, tx, string(c.ID)); err != nil {
				return err
			}
		}
	}
	return nil
}

// holdCharges lets open charges wait for a decision.
func (s *Service) holdCharges(ctx context.Context, tx *db.Tx, o Order) error {
	list, err := listCharges(ctx, tx, o.ID)
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.State == ChargeOpen {
			c.State = ChargeHeld
			if err := updateCharge(ctx, tx, &c); err != nil {
				return err
			}
		}
	}
	return nil
}

// AddChargeInput raises a charge by hand.
type AddChargeInput struct {
	ActInput
	Kind     ChargeKind
	Part     parts.PartID
	Action   catalog.ActionCode
	Item     string // of the price list
	Quantity int64
	Metres   int64
	Amount   *money.Amount // instead of the list's price: needs a reason of charge.override
	Payer    catalog.Payer // instead of the coverage's: needs a reason of charge.override
}

// priceKind says which price of the lists a charge that is asked for by hand has; some have none and are
// entered.
func (in AddChargeInput) priceKind() tariffs.Kind {
	switch {
	case in.Kind == Labour:
		return tariffs.Labour
	case in.Kind == PartFee:
		return tariffs.Part
	case in.Kind == Travel && in.Metres > 0:
		return tariffs.Distance
	case in.Kind == Travel:
		return tariffs.Visit
	case in.Kind == Other && in.Item == "height":
		return tariffs.Height
	case in.Kind == Other && in.Item == "report":
		return tariffs.Report
	}
	return ""
}

// AddCharge raises a charge by hand: priced by the lists and decided by coverage, or as entered, with a
// reason.
func (s *Service) AddCharge(ctx context.Context, in AddChargeInput) (Order, error) {
	snap, err := s.Catalog.Current(ctx, s.db)
	if err != nil {
		return Order{}, err
	}
	var f problem.Fields
	f.Check(slices.Contains(chargeKinds, in.Kind), "kind", problem.BadChoice)
	f.Check(in.Kind != PartFee || in.Part != "", "part_id", problem.Required)
	f.Check(in.Quantity >= 1 && in.Quantity <= 1_000_000, "quantity", problem.OutOfRange, "limit", "1…1000000")
	f.Check(in.Amount == nil || in.Amount.Sign() >= 0 && in.Amount.Currency.Known(), "amount", problem.OutOfRange)
	f.Check(in.Payer == "" || in.Payer.Valid(), "payer", problem.BadChoice)
	if err := f.Err(); err != nil {
		return Order{}, err
	}
	if in.Amount != nil || in.Payer != "" {
		if _, err := reasonFor(snap, "charge.override", in.Act); err != nil {
			return Order{}, err
		}
	}
	return s.actOn(ctx, PermMoney, "add_charge", in.ActInput, func(ctx context.Context, tx *db.Tx, o *Order, at time.Time) (tell, error) {
		if !o.Live() || o.State == StateDraft {
			return nil, ErrState.With("act", "add_charge", "state", string(o.State))
		}
		a := ask{
			Kind: in.Kind, Price: in.priceKind(), Part: in.Part, Action: in.Action, Item: in.Item, Quantity: in.Quantity, Metres: in.Metres, Amount: in.Amount,
			Payer: in.Payer,
		}
		p, err := s.price(ctx, tx, snap, *o, a, at)
		if err != nil {
			return nil, err
		}
		source := SourceHand
		if in.Amount == nil {
			source = SourceList + ":" + p.Source
		}
		return nil, s.raise(ctx, tx, *o, "", "", a, p, source, in.Reason, at)
	})
}

// ChargeInput decides about one charge.
type ChargeInput struct {
	ActInput
	Charge ChargeID
}

// WaiveCharge takes a charge back that is not posted.
func (s *Service) WaiveCharge(ctx context.Context, in ChargeInput) (Order, error) {
	return s.chargeAct(ctx, "waive_charge", "charge.waive", in, func(ctx context.Context, tx *db.Tx, _ Order, c *Charge, _ time.Time) error {
		if c.State != ChargeOpen && c.State != ChargeHeld {
			return ErrCharge.With("state", string(c.State))
		}
		c.State, c.Reason = ChargeVoid, in.Reason
		return s.Entitlement.ReleaseTx(ctx, tx, string(c.ID))
	})
}

// ReleaseCharge ends the wait of a held charge: it is owed. On a posted order it goes into the ledger at
// once.
func (s *Service) ReleaseCharge(ctx context.Context, in ChargeInput) (Order, error) {
	return s.chargeAct(ctx, "release_charge", "", in, func(ctx context.Context, tx *db.Tx, o Order, c *Charge, at time.Time) error {
		if c.State != ChargeHeld {
			return ErrCharge.With("state", string(c.State))
		}
		c.State = ChargeOpen
		if o.State != StatePosted {
			return nil
		}
		c.State = ChargeDone
		return s.book(ctx, tx, o, "charge.posted", string(c.ID), []Charge{*c}, nil, at)
	})
}

func (s *Service) chargeAct(ctx context.Context, name, reasons string, in ChargeInput, do func(ctx context.Context, tx *db.Tx, o Order, c *Charge, at time.Time) error) (Order, error) {
	if reasons != "" {
		snap, err := s.Catalog.Current(ctx, s.db)
		if err != nil {
			return Order{}, err
		}
		if _, err := reasonFor(snap, reasons, in.Act); err != nil {
			return Order{}, err
		}
	}
	return s.act(ctx, PermMoney, name, in.ActInput, func(ctx context.Context, tx *db.Tx, o *Order, at time.Time) (tell, error) {
		c, err := findCharge(ctx, tx, in.Charge)
		if err == nil && c.OrderID != o.ID {
			err = ErrNotFound
		}
		if err != nil {
			return nil, err
		}
		if err := do(ctx, tx, *o, &c, at); err != nil {
			return nil, err
		}
		if err := updateCharge(ctx, tx, &c); err != nil {
			return nil, err
		}
		left, err := listCharges(ctx, tx, o.ID)
		if err != nil {
			return nil, err
		}
		o.Held = slices.ContainsFunc(left, func(c Charge) bool { return c.State == ChargeHeld })
		return nil, nil
	})
}

// CollectInput is money that was taken from the customer.
type CollectInput struct {
	ActInput
	Amount    money.Amount
	Method    Method
	Reference string // of the payment
}

// Collect records money that was taken by hand. More than the customer owes needs a reason of
// charge.override.
func (s *Service) Collect(ctx context.Context, in CollectInput) (Order, error) {
	var f problem.Fields
	f.Check(in.Amount.Sign() > 0 && in.Amount.Currency.Known(), "amount", problem.OutOfRange)
	f.Check(slices.Contains(methods, in.Method), "method", problem.BadChoice)
	f.Check(len([]rune(in.Reference)) <= 100, "reference", problem.TooLong, "limit", 100)
	if err := f.Err(); err != nil {
		return Order{}, err
	}
	return s.actOn(ctx, PermMoney, "collect", in.ActInput, func(ctx context.Context, tx *db.Tx, o *Order, at time.Time) (tell, error) {
		if o.State == StateCancelled || o.State == StateDraft {
			return nil, ErrState.With("act", "collect", "state", string(o.State))
		}
		b, err := s.balance(ctx, tx, o.ID, in.Amount.Currency)
		if err != nil {
			return nil, err
		}
		if over, err := in.Amount.Cmp(b.Left); err != nil || over > 0 {
			snap, e := s.Catalog.Current(ctx, tx)
			if err = errors.Join(err, e); err != nil {
				return nil, err
			}
			if _, e := reasonFor(snap, "charge.override", in.Act); e != nil {
				return nil, ErrTooMuch.With("left", b.Left.String())
			}
		}
		actor := access.From(ctx)
		c := collectionRow{Collection: Collection{
			ID: CollectionID(db.NewID()), OrderID: o.ID, Amount: in.Amount, Method: in.Method, TakenBy: actor.Kind + ":" + actor.ID, Reason: in.Reason,
			OccurredAt: at, RecordedAt: tx.Now(),
		}}
		if c.sealed, err = s.Keys.Seal(ctx, tx, o.KeyID, strings.TrimSpace(in.Reference)); err != nil {
			return nil, err
		}
		insertCollection(tx, *o, c)
		if o.State == StatePosted { // paid later: the journal learns at once
			if err := s.book(ctx, tx, *o, "collection.posted", string(c.ID), nil, []collectionRow{c}, at); err != nil {
				return nil, err
			}
		}
		return nil, events.Publish(ctx, tx, CollectionTaken{MoneyFact{
			Head:    events.Head{ID: string(c.ID), Version: 1, OccurredAt: at, BrandID: string(o.BrandID), OutletPath: o.OutletPath},
			OrderID: o.ID, CaseID: o.CaseID, Kind: string(in.Method), Payer: string(catalog.PayCustomer), Minor: in.Amount.Minor, Currency: string(in.Amount.Currency),
			Reason: in.Reason, kind: "collection",
		}})
	})
}

// balance sums what the customer owes for an order in one currency.
func (s *Service) balance(ctx context.Context, q db.Querier, id ID, currency money.Currency) (Balance, error) {
	b := Balance{Due: money.Zero(currency), Collected: money.Zero(currency), Left: money.Zero(currency)}
	charges, err := listCharges(ctx, q, id)
	if err != nil {
		return b, err
	}
	for _, c := range charges {
		if c.Payer == catalog.PayCustomer && c.State != ChargeVoid && c.Amount.Currency == currency {
			if b.Due, err = b.Due.Add(c.Amount); err != nil {
				return b, err
			}
		}
	}
	list, err := listCollections(ctx, q, id)
	if err != nil {
		return b, err
	}
	for _, c := range list {
		if c.Amount.Currency == currency {
			if b.Collected, err = b.Collected.Add(c.Amount); err != nil {
				return b, err
			}
		}
	}
	b.Left, err = b.Due.Sub(b.Collected)
	return b, err
}

// BalanceOf sums what the customer owes for an order.
func (s *Service) BalanceOf(ctx context.Context, q db.Querier, id ID) (Balance, error) {
	return s.balance(ctx, q, id, Currency)
}

// Currency is that of all price lists so far.
const Currency money.Currency = "CNY"

// Charges lists the charges of an order, oldest first.
func (s *Service) Charges(ctx context.Context, q db.Querier, id ID) ([]Charge, error) {
	return listCharges(ctx, q, id)
}

// HeldCharges lists charges in scope that wait for a decision.
func (s *Service) HeldCharges(ctx context.Context, after time.Time, afterID ChargeID, limit int) ([]Charge, error) {
	if err := access.Require(ctx, PermMoney); err != nil {
		return nil, err
	}
	return heldCharges(ctx, s.db, access.From(ctx).Scope, after, afterID, limit)
}

// Collections lists what was taken for an order, references opened.
func (s *Service) Collections(ctx context.Context, q db.Querier, o Order) ([]Collection, error) {
	rows, err := listCollections(ctx, q, o.ID)
	if err != nil {
		return nil, err
	}
	out := make([]Collection, len(rows))
	for i, r := range rows {
		out[i] = r.Collection
		text, err := s.Keys.Open(ctx, q, o.KeyID, r.sealed)
		if err == nil {
			out[i].Reference = text
		}
	}
	return out, nil
}

// postMoney locks the open charges of an order and books them with what was collected.
func (s *Service) postMoney(ctx context.Context, tx *db.Tx, o Order, at time.Time) error {
	list, err := listCharges(ctx, tx, o.ID)
	if err != nil {
		return err
	}
	open := slices.DeleteFunc(list, func(c Charge) bool { return c.State != ChargeOpen })
	for i := range open {
		open[i].State = ChargeDone
		if err := updateCharge(ctx, tx, &open[i]); err != nil {
			return err
		}
	}
	taken, err := listCollections(ctx, tx, o.ID)
	if err != nil {
		return err
	}
	return s.book(ctx, tx, o, "order.posted", string(o.ID), open, taken, at)
}

// book writes charges and collections into the journal: who owes what for which kind of work, and what
// was taken by whom.
func (s *Service) book(ctx context.Context, tx *db.Tx, o Order, kind, ref string, charges []Charge, taken []collectionRow, at time.Time) error {
	var lines []ledger.Line
	pair := func(debit, credit string, a money.Amount) error {
		if a.IsZero() {
			return nil
		}
		neg, err := a.Neg()
		lines = append(lines, ledger.Line{Account: debit, Amount: a}, ledger.Line{Account: credit, Amount: neg})
		return err
	}
	for _, c := range charges {
		if err := pair("receivable:"+string(c.Payer), "revenue:"+string(c.Kind), c.Amount); err != nil {
			return err
		}
	}
	holder := "collected:" + o.OutletPath
	for _, c := range taken {
		if err := pair(holder, "receivable:"+string(catalog.PayCustomer), c.Amount); err != nil {
			return err
		}
	}
	if len(lines) == 0 {
		return nil
	}
	_, err := s.Ledger.PostTx(ctx, tx, ledger.Entry{Kind: kind, Ref: ref, BrandID: string(o.BrandID), OutletPath: o.OutletPath, Lines: lines, OccurredAt: at})
	return err
}
