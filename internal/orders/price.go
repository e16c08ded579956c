package orders

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/govalues/decimal"

	"anxin/internal/catalog"
	"anxin/internal/entitlement"
	"anxin/internal/parts"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/money"
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
	list, err := s.Entitlement.Check(ctx, q, entitlement.CheckInput{Unit: o.UnitID, Job: string(o.ID), At: o.OccurredAt, Lines: []entitlement.Line{line}})
	if err != nil {
		return out, err
	}
	d := list[0]
	out.Why = append(out.Why, d.Reasons...)
	return out, out.divide(d, o.Payer)
}

// divide gives the decided share to its payer, as far as a contract's limit goes, and the rest to whoever pays what no
// coverage pays.
func (p *priced) divide(d entitlement.Decision, rest catalog.Payer) error {
	if d.Payer == catalog.PayCustomer || d.Share <= 0 {
		p.Shares = []share{{Payer: rest, Amount: p.Amount, Coverage: string(d.Coverage)}}
		return nil
	}
	both := []money.Amount{p.Amount, money.Zero(p.Amount.Currency)}
	if d.Share < 100 {
		var err error
		if both, err = p.Amount.Allocate(d.Share, 100-d.Share); err != nil {
			return err
		}
	}
	if most := d.Most; most != nil {
		if most.Currency != p.Amount.Currency {
			most = new(money.Zero(p.Amount.Currency)) // a limit in other money bears nothing of this
		}
		if both[0].Minor > most.Minor {
			both[0] = *most
			var err error
			if both[1], err = p.Amount.Sub(*most); err != nil {
				return err
			}
			p.Why.Add(reason.Warned("orders.beyond_limit").With("limit", most.Plain()))
		}
	}
	p.Shares = []share{{Payer: d.Payer, Amount: both[0], Coverage: string(d.Coverage)}}
	if !both[1].IsZero() {
		p.Shares = append(p.Shares, share{Payer: rest, Amount: both[1], Coverage: string(d.Coverage)})
	}
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
		if i == 0 && sh.Coverage != "" && sh.Payer != catalog.PayCustomer {
			use := entitlement.Use{Coverage: entitlement.CoverageID(sh.Coverage), Ref: string(c.ID), Job: string(o.ID), Amount: sh.Amount}
			if err := s.Entitlement.UseTx(ctx, tx, use); err != nil {
				return err
			}
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
		if a.Kind == Travel && p.Amount.IsZero() {
			continue // within the free kilometres
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
