package entitlement

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
)

// PlanID names a plan.
type PlanID string

// PlanKind is what a plan sells.
type PlanKind string

// Kinds of plans.
const (
	Extended  PlanKind = "extended"  // a longer warranty
	Servicing PlanKind = "service"   // so many services within a time: cleanings, check-ups
	Inspected PlanKind = "inspected" // a promise for a used unit that was inspected
)

// PlanKinds lists them.
var PlanKinds = []PlanKind{Extended, Servicing, Inspected}

// Begin is when a contract begins to run.
type Begin string

// Beginnings of contracts.
const (
	AtOnce     Begin = "at_once"     // the day after it was sold, and after the waiting days
	AfterMaker Begin = "after_maker" // the day after the maker's promise for the whole unit ends, or at once when it has
)

// Plan is what a brand sells beside its machines: an extended warranty, a number of services, a promise for an inspected
// used unit.
type Plan struct {
	ID      PlanID
	Brand   catalog.BrandID
	Code    string // unique within the brand
	NameZh  string
	NameEn  string
	Kind    PlanKind
	Terms   Terms
	Active  bool
	Version int64
	Created time.Time
	Updated time.Time
}

// Terms are what a contract of a plan says; each contract keeps its own as they were when it was sold.
type Terms struct {
	Begins       Begin                  `json:"begins"`
	Months       int                    `json:"months"`
	WaitDays     int                    `json:"wait_days,omitempty"` // nothing is covered in them, against faults that were there
	Categories   []catalog.CategoryCode `json:"categories,omitempty"`
	MaxAgeMonths int                    `json:"max_age_months,omitempty"` // of the unit when it is sold; 0 is any
	Covers       []Cover                `json:"covers"`
	Uses         int64                  `json:"uses,omitempty"`  // orders that it pays for; 0 is any number
	Limit        int64                  `json:"limit,omitempty"` // that it pays in all, smallest unit of Price; 0 is none
	Price        money.Amount           `json:"price"`
	CoolingDays  int                    `json:"cooling_days"`          // cancelled unused within them, everything is paid back
	FeePercent   int64                  `json:"fee_percent,omitempty"` // kept of what is left, when the customer cancels later
	LessClaims   bool                   `json:"less_claims,omitempty"` // what was borne counts against what is paid back
	Renews       bool                   `json:"renews,omitempty"`      // by itself, when the customer was told in time
	NoticeDays   int                    `json:"notice_days,omitempty"` // before the end, when the customer is told
}

// Cover is which lines a contract bears.
type Cover struct {
	Name    string              `json:"name"`
	Lines   []LineKind          `json:"lines"`
	Classes []catalog.PartClass `json:"part_classes,omitempty"` // empty: every class
	Payer   catalog.Payer       `json:"payer"`
	Share   int64               `json:"share"` // percent
}

// Name returns the name in a language.
func (p Plan) Name(lang string) string {
	if i18n.Nearest(lang) == i18n.English && p.NameEn != "" || p.NameZh == "" {
		return p.NameEn
	}
	return p.NameZh
}

// minNotice is how many days before a renewal by itself a customer has to be told (Measures for the Supervision and
// Administration of Online Transactions, art. 18).
const minNotice = 5

// Codes of plans.
var (
	ErrPlanNotFound = problem.Declare("entitlement.plan_not_found", problem.NotFound)
	ErrPlanCode     = problem.Declare("entitlement.plan_code", problem.Conflict)
)

func (t Terms) check(kind PlanKind, f *problem.Fields) {
	f.Check(t.Begins == AtOnce || t.Begins == AfterMaker, "terms.begins", problem.BadChoice)
	f.Check(t.Months >= 1 && t.Months <= 240, "terms.months", problem.OutOfRange, "limit", "1–240")
	f.Check(t.WaitDays >= 0 && t.WaitDays <= 365, "terms.wait_days", problem.OutOfRange, "limit", "0–365")
	f.Check(t.MaxAgeMonths >= 0 && t.MaxAgeMonths <= 600, "terms.max_age_months", problem.OutOfRange, "limit", "0–600")
	f.Check(len(t.Covers) > 0, "terms.covers", problem.Required)
	for i, c := range t.Covers {
		at := fmt.Sprintf("terms.covers[%d].", i)
		f.Check(strings.TrimSpace(c.Name) != "", at+"name", problem.Required)
		f.Check(len(c.Lines) > 0, at+"lines", problem.Required)
		for _, l := range c.Lines {
			f.Check(slices.Contains(LineKinds, l), at+"lines", problem.BadChoice)
		}
		for _, cl := range c.Classes {
			f.Check(slices.Contains([]catalog.PartClass{catalog.PartMain, catalog.PartGeneral, catalog.PartAccessory}, cl), at+"part_classes", problem.BadChoice)
		}
		f.Check(c.Payer.Valid() && c.Payer != catalog.PayCustomer, at+"payer", problem.BadChoice)
		f.Check(c.Share >= 1 && c.Share <= 100, at+"share", problem.OutOfRange, "limit", "1–100")
	}
	f.Check(t.Uses >= 0 && t.Uses <= 1000, "terms.uses", problem.OutOfRange, "limit", "0–1000")
	f.Check(kind != Servicing || t.Uses > 0, "terms.uses", problem.Required)
	f.Check(t.Limit >= 0, "terms.limit", problem.OutOfRange, "limit", "≥ 0")
	f.Check(t.Price.Currency.Known(), "terms.price", problem.BadChoice)
	f.Check(t.Price.Minor >= 0, "terms.price", problem.OutOfRange, "limit", "≥ 0")
	f.Check(t.CoolingDays >= 0 && t.CoolingDays <= 365, "terms.cooling_days", problem.OutOfRange, "limit", "0–365")
	f.Check(t.FeePercent >= 0 && t.FeePercent <= 100, "terms.fee_percent", problem.OutOfRange, "limit", "0–100")
	f.Check(t.NoticeDays == 0 && !t.Renews || t.NoticeDays >= minNotice && t.NoticeDays <= 180, "terms.notice_days", problem.OutOfRange, "limit", "5–180")
}

// sells tells whether a contract of the plan may be sold for a unit on a day; the unit's age counts from the first day that
// coverages may start from.
func (p Plan) sells(category catalog.CategoryCode, born calendar.Date, on calendar.Date) *problem.Error {
	switch {
	case !p.Active:
		return ErrNotSold.With("why", "plan_withdrawn")
	case len(p.Terms.Categories) > 0 && !slices.Contains(p.Terms.Categories, category):
		return ErrNotSold.With("why", "category")
	case p.Terms.MaxAgeMonths > 0 && born.IsZero():
		return ErrNotSold.With("why", "age_unknown")
	case p.Terms.MaxAgeMonths > 0 && on > born.AddMonths(p.Terms.MaxAgeMonths):
		return ErrNotSold.With("why", "too_old", "limit", p.Terms.MaxAgeMonths)
	}
	return nil
}

// period is the first and last day of a contract: maker is the last day of the maker's promise for the whole unit, zero
// where there is none; after is the last day of the contract that this one renews, zero for none.
func (t Terms) period(sold, maker, after calendar.Date) (first, last calendar.Date) {
	first = sold + 1 + calendar.Date(t.WaitDays)
	if t.Begins == AfterMaker && maker >= first {
		first = maker + 1
	}
	if !after.IsZero() {
		first = max(sold, after) + 1 // a renewal waits for nothing
	}
	// The day before does not count itself (Civil Code, art. 201): a year from 1 March ends with the last of February.
	return first, (first - 1).AddMonths(t.Months)
}
