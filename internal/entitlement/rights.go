package entitlement

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/entitlement/rules"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

// homeCountry is whose law judges a unit of which no other country is said.
const homeCountry = "CN"

// RightsInput asks what the owner of a unit is entitled to. What it leaves open comes from the unit.
type RightsInput struct {
	Unit         units.ID
	Jurisdiction string // empty: the country that the product is at home in
	Fault        *rules.FaultFacts
	Return       *rules.ReturnFacts
	Km           int64
	Stock        string // of the same model: yes, no, or empty for unknown
	Wants        rules.Option
	RefusesOther bool
	Repairs      []rules.RepairEvent // known beside those that service did
	Ongoing      *rules.RepairEvent  // lasts until the unit's record tells of a repair since it began
	More         map[string]any
	On           calendar.Date // zero: today
}

// Rights decides by all packs what the owner of a unit is entitled to. It asks for the permission to read coverages
// and for a unit in scope, and changes nothing.
func (s *Service) Rights(ctx context.Context, in RightsInput) (rules.Decision, rules.Facts, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return rules.Decision{}, rules.Facts{}, err
	}
	u, err := s.units.Find(ctx, s.db, in.Unit)
	if err != nil {
		return rules.Decision{}, rules.Facts{}, err
	}
	on := in.On
	if on.IsZero() {
		on = calendar.DateOf(s.db.Now(), s.zone)
	}
	return s.rights(ctx, s.db, u, in, on, nil)
}

// rights decides about a unit that was read already. more completes the facts of its record; nil for nothing.
func (s *Service) rights(ctx context.Context, q db.Querier, u units.Unit, in RightsInput, on calendar.Date, more func(*rules.Facts)) (rules.Decision, rules.Facts, error) {
	history, err := s.units.Facts(ctx, q, u.ID)
	if err != nil {
		return rules.Decision{}, rules.Facts{}, err
	}
	firm, err := s.units.OwnerIsFirm(ctx, q, u)
	if err != nil {
		return rules.Decision{}, rules.Facts{}, err
	}
	set, err := s.rules(ctx, q)
	if err != nil {
		return rules.Decision{}, rules.Facts{}, err
	}
	return s.judge(set, u, history, firm, in, on, more)
}

// judge decides on what was read already.
func (s *Service) judge(set *rules.Set, u units.Unit, history []units.Fact, firm bool, in RightsInput, on calendar.Date, more func(*rules.Facts)) (rules.Decision, rules.Facts, error) {
	f := s.facts(u, history, firm, on)
	if in.Jurisdiction != "" {
		f.Jurisdiction = in.Jurisdiction
	}
	f.Fault, f.Return, f.Km, f.Stock, f.Wants, f.RefusesOther, f.More = in.Fault, in.Return, in.Km, in.Stock, in.Wants, in.RefusesOther, in.More
	f.Repairs = append(f.Repairs, in.Repairs...)
	if r := in.Ongoing; r != nil && !slices.ContainsFunc(history, func(x units.Fact) bool { return x.Kind == units.FactRepaired && x.At.After(r.In) }) {
		f.Repairs = append(f.Repairs, *r)
	}
	if more != nil {
		more(&f)
	}
	d, err := set.Decide(f)
	return d, f, factProblem(err)
}

// factProblem says facts that cannot be at their fields.
func factProblem(err error) error {
	var bad rules.FactFaults
	if !errors.As(err, &bad) {
		return err
	}
	var f problem.Fields
	for _, x := range bad {
		switch x.Code {
		case "required":
			f.Check(false, x.Field, problem.Required)
		case "negative":
			f.Check(false, x.Field, problem.OutOfRange, "limit", "≥ 0")
		case "future", "order":
			f.Check(false, x.Field, problem.BadTime)
		default:
			f.Check(false, x.Field, problem.BadChoice)
		}
	}
	return f.Err()
}

// remote are channels of purchase at a distance, by words in their codes: a firm names its own channels.
var remote = map[string]string{
	"internet": "internet", "online": "internet", "web": "internet", "tmall": "internet", "taobao": "internet", "jd": "internet", "pdd": "internet", "douyin": "internet",
	"amazon": "internet", "shop_online": "internet", "tv": "tv", "phone": "phone", "mail": "mail", "door": "door",
}

// channelOf is how a unit was bought, in the words of the rules.
func channelOf(code string) string {
	code = strings.ToLower(code)
	if c, ok := remote[code]; ok {
		return c
	}
	for _, word := range strings.FieldsFunc(code, func(r rune) bool { return r == '_' || r == '-' || r == '.' || r == ' ' }) {
		if c, ok := remote[word]; ok {
			return c
		}
	}
	return "shop"
}

// facts are what a unit's record says, for the rules. A date that anybody but the customer stands behind proves the
// purchase; that service installed it says that it had to be installed.
func (s *Service) facts(u units.Unit, history []units.Fact, firm bool, on calendar.Date) rules.Facts {
	f := rules.Facts{
		Jurisdiction: homeCountry, Category: string(u.Category), Brand: string(u.Brand), Model: string(u.Model), Channel: channelOf(u.Purchase.Channel), Business: firm, Today: on,
		Invoice: u.Purchase.InvoiceNo != "" || u.Purchase.ProofFile != "", Dates: map[string]calendar.Date{},
	}
	if p := u.Purchase.Price; p != nil {
		f.Price, f.Currency = p.Minor, string(p.Currency)
	}
	for kind, d := range u.Dates {
		if d.Day > on {
			continue // asked about a day before it
		}
		f.Dates[string(kind)] = d.Day
		f.Invoice = f.Invoice || d.By == "invoice"
		f.SystemProof = f.SystemProof || d.By != "customer"
	}
	_, f.MustInstall = f.Dates[string(units.Installed)]
	for _, x := range history {
		day := calendar.DateOf(x.At, s.zone)
		switch {
		case day > on:
		case x.Kind == units.FactRepaired:
			f.Repairs = append(f.Repairs, rules.RepairEvent{
				In: x.At.Add(-time.Duration(x.DaysOut) * 24 * time.Hour), Out: x.At, Fault: x.SymptomFamily, Part: x.ComponentSwapped, Replaced: x.ComponentSwapped != "",
			})
		case x.Kind == units.FactExchanged && (x.Result == "" || x.Result == "fixed"):
			f.Exchanges = append(f.Exchanges, day)
		}
	}
	return f
}

// statutory are the coverages that the law gives a unit, with days of repair added to their ends. Facts that contradict
// one another give none, since nothing can be decided on them.
func (s *Service) statutory(ctx context.Context, q db.Querier, u units.Unit, history []units.Fact, on calendar.Date) ([]Coverage, error) {
	firm, err := s.units.OwnerIsFirm(ctx, q, u)
	if err != nil {
		return nil, err
	}
	set, err := s.rules(ctx, q)
	if err != nil {
		return nil, err
	}
	d, err := set.Decide(s.facts(u, history, firm, on))
	var bad rules.FactFaults
	if errors.As(err, &bad) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []Coverage
	for _, c := range d.Covers {
		if c.State != rules.Now && c.State != rules.Past && c.State != rules.Future {
			continue
		}
		out = append(out, coverageOf(u, c))
	}
	return out, nil
}

var (
	payers  = map[string]catalog.Payer{"seller": catalog.PaySeller, "maker": catalog.PayBrand, "repairer": catalog.PayOutlet, "customer": catalog.PayCustomer}
	classes = map[string]catalog.PartClass{"main": catalog.PartMain, "general": catalog.PartGeneral, "accessory": catalog.PartAccessory, "none": catalog.PartNone}
)

// coverageOf puts a cover of the rules in the words of this module.
func coverageOf(u units.Unit, c rules.Cover) Coverage {
	out := Coverage{
		Unit: u.ID, Brand: u.Brand, Kind: Kind(c.Kind), Name: c.Period, Payer: payers[c.Payer], Share: c.Share, Starts: c.Start, Ends: c.Last, Source: c.Rule, Active: true,
	}
	for _, l := range c.Lines {
		out.Lines = append(out.Lines, LineKind(l))
	}
	for _, k := range c.Classes {
		out.Classes = append(out.Classes, classes[k])
	}
	return out
}
