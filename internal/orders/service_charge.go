package orders

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"anxin/internal/catalog"
	"anxin/internal/entitlement"
	"anxin/internal/ledger"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
	"anxin/internal/tariffs"
)

// ask is one line to be priced and decided.
type ask struct {
	Kind     ChargeKind
	Price    tariffs.Kind
	Item     string // of the price list
	Part     parts.PartID
	Action   catalog.ActionCode
	Quantity int64
	Metres   int64
	Amount   *money.Amount // entered by hand instead of a list's price
	Payer    catalog.Payer // decided by hand instead of a coverage
}

// priced is a line with its price and who pays which share of it.
type priced struct {
	Amount money.Amount
	Source string // row of the list
	Why    reason.List
	Shares []share
}

type share struct {
	Payer    catalog.Payer
	Amount   money.Amount
	Coverage string
}

// grade is the item of the labour price: repairs are priced by whether a part was changed.
func grade(o Order, usedParts bool, outcome Outcome) string {
	switch {
	case o.Mode == catalog.ModeDepot:
		return "carry_in"
	case usedParts:
		return "part"
	case outcome == OutcomeNoFault:
		return "check"
	}
	return ""
}

// price finds the price of a line and decides who pays it.
func (s *Service) price(ctx context.Context, q db.Querier, snap *catalog.Snapshot, o Order, a ask, at time.Time) (priced, error) {
	out := priced{Source: SourceHand}
	line := entitlement.Line{Kind: entitlement.LineKind(a.Kind)}
	var part parts.Part
	if a.Part != "" {
		var err error
		if part, err = s.Parts.Get(ctx, q, a.Part); err != nil {
			return out, unknown(err, "part_id")
		}
		line.PartClass, line.PartType = part.Class, part.Type
	}
	if a.Amount != nil {
		out.Amount = *a.Amount
	} else if err := s.listPrice(ctx, q, o, a, part, at, &out); err != nil {
		return out, err
	}
	if a.Payer != "" {
		out.Shares = []share{{Payer: a.Payer, Amount: out.Amount}}
		return out, nil
	}
	list, err := s.Entitlement.Check(ctx, q, entitlement.CheckInput{Unit: o.UnitID, At: o.OccurredAt, Lines: []entitlement.Line{line}})
	if err != nil {
		return out, err
	}
	d := list[0]
	out.Why = append(out.Why, d.Reasons...)
	return out, out.divide(d, o.Payer)
}

// divide gives the decided share to its payer and the rest to whoever pays what no coverage pays.
func (p *priced) divide(d entitlement.Decision, rest catalog.Payer) error {
	if d.Payer == catalog.PayCustomer || d.Share <= 0 {
		p.Shares = []share{{Payer: rest, Amount: p.Amount, Coverage: string(d.Coverage)}}
		return nil
	}
	if d.Share >= 100 {
		p.Shares = []share{{Payer: d.Payer, Amount: p.Amount, Coverage: string(d.Coverage)}}
		return nil
	}
	both, err := p.Amount.Allocate(d.Share, 100-d.Share)
	if err != nil {
		return err
	}
	p.Shares = []share{{Payer: d.Payer, Amount: both[0], Coverage: string(d.Coverage)}, {Payer: rest, Amount: both[1], Coverage: string(d.Coverage)}}
	return nil
}

// listPrice asks the price lists: for a part by its id, then by its type, then the master's own price.
func (s *Service) listPrice(ctx context.Context, q db.Querier, o Order, a ask, part parts.Part, at time.Time, out *priced) error {
	in := tariffs.PriceInput{
		Brand: o.BrandID, ServiceType: o.ServiceType, Category: o.Category, Kind: a.Price, Item: a.Item, Quantity: a.Quantity, Metres: a.Metres, At: at,
	}
	items := []string{a.Item}
	if a.Part != "" {
		items = []string{string(a.Part), part.Type}
	}
	for _, item := range items {
		if a.Part != "" && item == "" {
			continue
		}
		in.Item = item
		p, err := s.Tariffs.Price(ctx, q, in)
		if errors.Is(err, tariffs.ErrNoPrice) {
			continue
		}
		if err != nil {
			return err
		}
		out.Amount, out.Source, out.Why = p.Amount, string(p.Source), p.Reasons
		return nil
	}
	if part.Price != nil {
		total, err := part.Price.Times(max(1, a.Quantity))
		if err != nil {
			return err
		}
		out.Amount, out.Source = total, "part:"+string(part.ID)
		return nil
	}
	return ErrNoPrice.With("kind", string(a.Kind), "item", a.Item)
}

// raise writes the charges of a priced line; a share of nothing leaves no row, but a line that costs
// nothing leaves one, so that it is seen.
func (s *Service) raise(ctx context.Context, tx *db.Tx, o Order, v VisitID, quote QuoteID, a ask, p priced, source, why string, at time.Time) error {
	quantity, err := decimal.New(max(1, a.Quantity), 0)
	if err != nil {
		return err
	}
	for i, sh := range p.Shares {
		if sh.Amount.IsZero() && i > 0 {
			continue
		}
		c := Charge{
			ID: ChargeID(db.NewID()), OrderID: o.ID, VisitID: v, QuoteID: quote, Kind: a.Kind, PartID: a.Part, Action: a.Action, Quantity: quantity, Amount: sh.Amount,
			Payer: sh.Payer, Source: source, CoverageID: sh.Coverage, Why: p.Why, State: ChargeOpen, BrandID: o.BrandID, OutletPath: o.OutletPath, Reason: why,
			RaisedAt: at, Version: 1,
		}
		if err := insertCharge(tx, c); err != nil {
			return err
		}
		if err := events.Publish(ctx, tx, ChargeRaised{c.fact(o, at)}); err != nil {
			return err
		}
	}
	return nil
}

func (c Charge) fact(o Order, at time.Time) MoneyFact {
	return MoneyFact{
		Head:    events.Head{ID: string(c.ID), Version: c.Version, OccurredAt: at, BrandID: string(c.BrandID), OutletPath: c.OutletPath},
		OrderID: c.OrderID, CaseID: o.CaseID, Kind: string(c.Kind), Payer: string(c.Payer), Minor: c.Amount.Minor, Currency: string(c.Amount.Currency),
		Reason: c.Reason, kind: "charge",
	}
}

// raiseCharges raises what a completed order costs: what the customer approved, or labour, parts and the
// way by the price lists. What has no price is left out and said in the review.
func (s *Service) raiseCharges(ctx context.Context, tx *db.Tx, snap *catalog.Snapshot, o Order, v Visit, outcome Outcome, at time.Time) error {
	if err := s.voidCharges(ctx, tx, o, Charge.byRule); err != nil { // of an end that was rejected
		return err
	}
	lines, err := listParts(ctx, tx, o.ID)
	if err != nil {
		return err
	}
	lines = slices.DeleteFunc(lines, func(l PartLine) bool { return l.State != PartUsed })
	have, err := listCharges(ctx, tx, o.ID)
	if err != nil {
		return err
	}
	byHand := func(k ChargeKind, part parts.PartID) bool {
		return slices.ContainsFunc(have, func(c Charge) bool {
			return c.Kind == k && c.PartID == part && c.State == ChargeOpen && !c.byRule()
		})
	}
	quote, approved, err := s.approvedQuote(ctx, tx, o)
	if err != nil {
		return err
	}
	if approved && outcome != OutcomeDeclined {
		if err := s.raiseQuote(ctx, tx, o, v.ID, quote, at); err != nil {
			return err
		}
		lines = slices.DeleteFunc(lines, func(l PartLine) bool {
			return slices.ContainsFunc(quote.Lines, func(q QuoteLine) bool { return q.PartID == l.PartID })
		})
	}
	var asks []ask
	if !approved {
		asks = s.labourAsks(ctx, tx, o, outcome, len(lines) > 0)
	}
	for _, l := range lines {
		asks = append(asks, ask{Kind: PartFee, Price: tariffs.Part, Part: l.PartID, Quantity: l.Quantity})
	}
	for _, a := range asks {
		if byHand(a.Kind, a.Part) {
			continue
		}
		p, err := s.price(ctx, tx, snap, o, a, at)
		if errors.Is(err, ErrNoPrice) {
			continue
		}
		if err != nil {
			return err
		}
		source := SourceRule
		if approved {
			source = SourceBeyond
		}
		if err := s.raise(ctx, tx, o, v.ID, "", a, p, source+":"+p.Source, "", at); err != nil {
			return err
		}
	}
	return nil
}

// labourAsks are the lines of the work itself: labour by grade, a vain trip's fee, and the way beyond the
// free kilometres.
func (s *Service) labourAsks(ctx context.Context, q db.Querier, o Order, outcome Outcome, usedParts bool) []ask {
	var out []ask
	switch outcome {
	case OutcomeDeclined, OutcomeGuided:
		if o.Mode == catalog.ModeVisit {
			out = append(out, ask{Kind: Travel, Price: tariffs.Visit, Quantity: 1})
		}
	default:
		out = append(out, ask{Kind: Labour, Price: tariffs.Labour, Item: grade(o, usedParts, outcome), Action: o.Action, Quantity: 1})
	}
	if metres := s.wayTo(ctx, q, o); metres > 0 {
		item := ""
		if inCity(o.Division) {
			item = "city"
		}
		out = append(out, ask{Kind: Travel, Price: tariffs.Distance, Item: item, Metres: metres, Quantity: 1})
	}
	return out
}

// inCity tells whether a division is a district of a city (the third pair of digits below 20 by the
// national code), not a county.
func inCity(division string) bool {
	return len(division) >= 6 && division[4:6] < "20"
}

// wayTo estimates the road from the outlet to the order's place, one way, in metres; 0 where unknown, and
// for work that is done elsewhere.
func (s *Service) wayTo(ctx context.Context, q db.Querier, o Order) int64 {
	if o.Mode != catalog.ModeVisit {
		return 0
	}
	out, err := s.outletOf(ctx, q, o)
	place, ok := o.Point()
	if err != nil || !ok || out.Point.Check() != nil {
		return 0
	}
	return int64(geo.Distance(out.Point, place) * geo.DefaultDetour)
}

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
	return s.chargeAct(ctx, "waive_charge", "charge.waive", in, func(_ context.Context, _ *db.Tx, _ Order, c *Charge, _ time.Time) error {
		if c.State != ChargeOpen && c.State != ChargeHeld {
			return ErrCharge.With("state", string(c.State))
		}
		c.State, c.Reason = ChargeVoid, in.Reason
		return nil
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
