package entitlement

import (
	"embed"
	"slices"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
	"anxin/internal/units"
)

// CoverageID names a coverage.
type CoverageID string

// Kind is what a coverage rests on.
type Kind string

// Kinds in the order in which they are preferred when several pay the same share.
const (
	Statutory    Kind = "statutory"
	Maker        Kind = "maker"
	Seller       Kind = "seller"
	ContractKind Kind = "contract"
	Goodwill     Kind = "goodwill"
)

// Kinds lists them.
var Kinds = []Kind{Statutory, Maker, Seller, ContractKind, Goodwill}

// LineKind is what a charge line is for.
type LineKind string

// Kinds of charge lines.
const (
	Labour  LineKind = "labour"
	Part    LineKind = "part"
	Travel  LineKind = "travel"
	Freight LineKind = "freight"
	Other   LineKind = "other"
)

// LineKinds lists them.
var LineKinds = []LineKind{Labour, Part, Travel, Freight, Other}

// Coverage is one right on a unit, from a day to a day (both included).
type Coverage struct {
	ID      CoverageID
	Unit    units.ID
	Brand   catalog.BrandID
	Kind    Kind
	Name    string
	Lines   []LineKind
	Classes []catalog.PartClass // for part lines; empty means every class
	Payer   catalog.Payer
	Share   int64 // percent that the payer bears, 1–100; the rest is the customer's
	Starts  calendar.Date
	Ends    calendar.Date
	Extends bool   // days out of use for repair lengthen it
	Source  string // contract number, rule id
	Active  bool
	Version int64
	Created time.Time
	Updated time.Time

	Contract ContractID // that gives it; empty for others
	spent    bool       // the contract's uses or money are spent
	left     *int64     // what the contract still bears, in the smallest unit of currency; nil without limit
	currency money.Currency
}

// covers tells whether the coverage speaks of the line at all.
func (c Coverage) covers(l Line) bool {
	if !slices.Contains(c.Lines, l.Kind) {
		return false
	}
	return l.Kind != Part || len(c.Classes) == 0 || slices.Contains(c.Classes, l.PartClass)
}

// Line is one charge line to decide.
type Line struct {
	Kind      LineKind
	PartClass catalog.PartClass
	PartType  string // "compressor": makes a main part where the model says so
}

// Decision is who pays a line.
type Decision struct {
	Payer    catalog.Payer
	Share    int64      // percent that Payer bears; the rest is the customer's
	Coverage CoverageID // empty when none covers, or when the model's default does
	Kind     Kind       // of the coverage; empty when none
	Ends     calendar.Date
	Reasons  reason.List
	Most     *money.Amount // that the payer bears, whatever the share; nil without limit
}

// Codes of this module.
var (
	ErrNotFound = problem.Declare("entitlement.not_found", problem.NotFound)
	ErrState    = problem.Declare("entitlement.ended", problem.Conflict)
)

// Words are this module's messages for the catalogue.
//
//go:embed words.*.json
var Words embed.FS

const (
	permRead = "entitlement.read"
	permEdit = "entitlement.edit"
	// permGoodwill gives options beyond the rules up to a limit, permGoodwillAny without one.
	permGoodwill    = "entitlement.goodwill"
	permGoodwillAny = "entitlement.goodwill_any"
	// permPlans says what is sold, permSell sells and cancels contracts, permPay pays back.
	permPlans = "entitlement.plans"
	permSell  = "entitlement.sell"
	permPay   = "entitlement.pay"
	// permRules writes drafts of rule packs and confirms cells, permRulesPublish puts packs in force and takes them out.
	permRules        = "entitlement.rules"
	permRulesPublish = "entitlement.rules_publish"
)

// Permissions of this module with the roles that have them at first.
var Permissions = []access.Permission{
	{Key: permRead, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleDispatcher, access.RoleOutletManager, access.RoleFinance, access.RoleQuality, access.RoleHead, access.RoleIntegrator}},
	{Key: permEdit, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleFinance, access.RoleIntegrator}},
	{Key: permGoodwill, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleFinance}},
	{Key: permGoodwillAny, Roles: []string{access.RoleAdmin, access.RoleFinance}},
	{Key: permPlans, Roles: []string{access.RoleAdmin, access.RoleFinance}},
	{Key: permSell, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleOutletManager, access.RoleFinance, access.RoleIntegrator}},
	{Key: permPay, Roles: []string{access.RoleAdmin, access.RoleFinance}},
	{Key: permRules, Roles: []string{access.RoleAdmin, access.RoleHead, access.RoleQuality}},
	{Key: permRulesPublish, Roles: []string{access.RoleAdmin, access.RoleHead}},
}

// ruleVersion names the rules of this file in reasons.
const ruleVersion = "first-cut-1"

// outage is a stretch of days that the unit was out of use for repair, ending on a day.
type outage struct {
	day  calendar.Date
	days int
}

// outages are those of a unit's repairs, in the order of their days.
func outages(facts []units.Fact, loc *time.Location) []outage {
	var out []outage
	for _, f := range facts {
		if f.Kind == units.FactRepaired && f.DaysOut > 0 {
			out = append(out, outage{calendar.DateOf(f.At, loc), f.DaysOut})
		}
	}
	slices.SortStableFunc(out, func(a, b outage) int { return int(a.day) - int(b.day) })
	return out
}

// lengthened is the last day of a coverage after the days out of use within it, and how many they were: time
// for repair does not count (implementing rules of the consumer law, art. 18; 三包 rules of 1995, art. 8). A repair after the end
// lengthens nothing; one within what earlier repairs added does.
func (c Coverage) lengthened(outs []outage) (last calendar.Date, days int) {
	last = c.Ends
	if !c.Extends {
		return last, 0
	}
	for _, o := range outs {
		// A repair that was reported in time may end after the last day.
		if reported := o.day - calendar.Date(o.days); o.day >= c.Starts && reported <= last {
			last += calendar.Date(o.days)
			days += o.days
		}
	}
	return last, days
}

// basis is the order in which a unit's dates start what the maker promises: since 2024-07-01 China counts
// from delivery, or from completed installation where the seller must install (implementing rules of the
// consumer law, art. 18); the others are what is left when neither is known.
var basis = []units.DateKind{units.Installed, units.Delivered, units.Activated, units.Invoiced, units.Sold, units.Made}

// madeGrace is added when only the day of making is known: goods lie in shops for a while (default of the trade).
const madeGrace = 3 // months

// exchanged is the day that a unit was last given new for old, false when never: what the maker promises
// starts anew then.
func exchanged(facts []units.Fact, loc *time.Location) (day calendar.Date, ok bool) {
	for _, f := range facts {
		if f.Kind == units.FactExchanged && (f.Result == "" || f.Result == "fixed") {
			if d := calendar.DateOf(f.At, loc); !ok || d > day {
				day, ok = d, true
			}
		}
	}
	return day, ok
}

// start finds the day that coverages of a model start from.
func start(d units.Dates) (calendar.Date, units.DateKind, bool) {
	for _, k := range basis {
		if day, ok := d.Day(k); ok {
			if k == units.Made {
				day = day.AddMonths(madeGrace)
			}
			return day, k, true
		}
	}
	return 0, "", false
}

// defaults are the coverages that follow from the model. The day that they start from does not count itself
// (Civil Code, art. 201): a year from 20 June 2026 ends with 20 June 2027.
func defaults(m catalog.Model, u units.Unit, facts []units.Fact, loc *time.Location) ([]Coverage, reason.List) {
	var why reason.List
	from, kind, ok := start(u.Dates)
	if day, again := exchanged(facts, loc); again && (!ok || day > from) {
		from, kind, ok = day, "exchanged", true
	}
	if !ok {
		why.Add(reason.Warned("entitlement.no_start").Under(ruleVersion))
		return nil, why
	}
	why.Add(reason.Noted("entitlement.start").With("basis", string(kind)).With("day", from.String()).Under(ruleVersion))
	var out []Coverage
	if m.WarrantyMonths > 0 {
		out = append(out, Coverage{
			Unit: u.ID, Brand: u.Brand, Kind: Maker, Name: "whole", Lines: []LineKind{Labour, Part, Travel, Freight}, Payer: catalog.PayBrand, Share: 100,
			Classes: []catalog.PartClass{catalog.PartMain, catalog.PartGeneral, catalog.PartNone}, Starts: from, Ends: from.AddMonths(m.WarrantyMonths),
			Extends: true, Active: true,
		})
	}
	if m.MainPartMonths > m.WarrantyMonths {
		out = append(out, Coverage{
			Unit: u.ID, Brand: u.Brand, Kind: Maker, Name: "main_parts", Lines: []LineKind{Part}, Classes: []catalog.PartClass{catalog.PartMain},
			Payer: catalog.PayBrand, Share: 100, Starts: from, Ends: from.AddMonths(m.MainPartMonths), Extends: true, Active: true,
		})
	}
	return out, why
}

// decide chooses among all coverages the one that bears most of the line, by kind when they bear the same.
func decide(all []Coverage, l Line, on calendar.Date, outs []outage, why reason.List) Decision {
	out := Decision{Payer: catalog.PayCustomer, Share: 100, Reasons: slices.Clone(why)}
	best := -1
	for i, c := range all {
		if !c.Active || !c.covers(l) {
			continue
		}
		ends, daysOut := c.lengthened(outs)
		var r reason.Reason
		switch {
		case on < c.Starts:
			r = reason.Failed("entitlement.not_begun").Compared(on.String(), c.Starts.String())
		case on > ends:
			r = reason.Failed("entitlement.over").Compared(on.String(), ends.String())
		case c.spent:
			r = reason.Failed("entitlement.spent").With("source", c.Source)
		default:
			r = reason.Passed("entitlement.covered").Compared(on.String(), ends.String())
			if best < 0 || c.Share > all[best].Share || c.Share == all[best].Share && slices.Index(Kinds, c.Kind) < slices.Index(Kinds, all[best].Kind) {
				best = i
				out.Payer, out.Share, out.Coverage, out.Kind, out.Ends, out.Most = c.Payer, c.Share, c.ID, c.Kind, ends, nil
				if c.left != nil {
					out.Most = &money.Amount{Minor: *c.left, Currency: c.currency}
				}
			}
		}
		if daysOut > 0 {
			r = r.With("days_out", daysOut)
		}
		out.Reasons.Add(r.With("kind", string(c.Kind)).With("name", c.Name).Under(ruleVersion))
	}
	if best < 0 {
		out.Reasons.Add(reason.Noted("entitlement.customer_pays").With("line", string(l.Kind)).Under(ruleVersion))
	}
	return out
}
