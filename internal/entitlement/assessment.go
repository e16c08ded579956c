package entitlement

import (
	"slices"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/entitlement/rules"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

// AssessmentID names an assessment.
type AssessmentID string

// AssessmentState is open while facts and days may still change it.
type AssessmentState string

// States of assessments.
const (
	AssessmentOpen   AssessmentState = "open"
	AssessmentClosed AssessmentState = "closed"
)

// Assessment is what a customer is entitled to about one matter, kept and decided anew when facts of the unit, days
// or packs change, until it is closed.
type Assessment struct {
	ID        AssessmentID
	Unit      units.ID
	Brand     catalog.BrandID
	Case      string // id of a case, without foreign key; empty for none
	State     AssessmentState
	Question  Question
	Decision  rules.Decision
	Changes   []rules.Change // by the last time it was decided anew
	Overrides []Override
	Chosen    rules.Option // by the customer
	DecidedOn calendar.Date
	NextOn    calendar.Date // when it may change by time alone
	CreatedBy string
	CreatedAt time.Time
	UpdatedAt time.Time
	Version   int64
}

// Question is what was told beside the unit's record.
type Question struct {
	Jurisdiction string              `json:"jurisdiction,omitempty"`
	Fault        *rules.FaultFacts   `json:"fault,omitempty"`
	Return       *rules.ReturnFacts  `json:"return,omitempty"`
	Repairs      []rules.RepairEvent `json:"repairs,omitempty"`
	Ongoing      *rules.RepairEvent  `json:"ongoing,omitempty"` // lasts until the unit's record tells of a repair since it began
	Km           int64               `json:"km,omitempty"`
	Stock        string              `json:"stock,omitempty"`
	Wants        rules.Option        `json:"wants,omitempty"`
	RefusesOther bool                `json:"refuses_other,omitempty"`
	More         map[string]any      `json:"more,omitempty"`
}

func (q Question) of(u units.ID) RightsInput {
	return RightsInput{
		Unit: u, Jurisdiction: q.Jurisdiction, Fault: q.Fault, Return: q.Return, Km: q.Km, Stock: q.Stock, Wants: q.Wants, RefusesOther: q.RefusesOther, Repairs: q.Repairs, Ongoing: q.Ongoing, More: q.More,
	}
}

// Override is an option that a person gave beyond the rules, out of goodwill.
type Override struct {
	Option rules.Option `json:"option"`
	Amount int64        `json:"amount,omitempty"` // in the smallest unit of the unit's purchase; 0 for options without money
	Reason string       `json:"reason"`
	Note   string       `json:"note,omitempty"`
	By     string       `json:"by"`
	At     time.Time    `json:"at"`
}

// offers tells whether an option is open to the customer, by the rules or by hand.
func (a Assessment) offers(o rules.Option) bool {
	return slices.ContainsFunc(a.Decision.Choices, func(c rules.Choice) bool { return c.Option == o }) ||
		slices.ContainsFunc(a.Overrides, func(x Override) bool { return x.Option == o })
}

// goodwillLimit is what somebody may give who may give at all, in the smallest unit; more takes the permission
// for any amount (default: 500.00).
const goodwillLimit = 50_000

// goodwillOptions are those that may be given by hand.
var goodwillOptions = []rules.Option{rules.Refund, rules.Exchange, rules.Repair, rules.PriceCut, rules.Loan}

// Codes of assessments.
var (
	ErrAssessmentNotFound = problem.Declare("entitlement.assessment_not_found", problem.NotFound)
	ErrAssessmentClosed   = problem.Declare("entitlement.assessment_closed", problem.Conflict)
	ErrNotOffered         = problem.Declare("entitlement.not_offered", problem.Conflict)
	ErrBeyondLimit        = problem.Declare("entitlement.beyond_limit", problem.Forbidden)
)

// Decided says that what a customer is entitled to was decided, for the first time or anew.
type Decided struct {
	events.Head
	Unit    units.ID       `json:"unit_id"`
	Case    string         `json:"case_id,omitempty"`
	Options []rules.Option `json:"options"`
	Changes []rules.Change `json:"changes"`
	New     []rules.Option `json:"new,omitempty"`   // options that were not there before
	Again   bool           `json:"again,omitempty"` // by facts, days or packs, not by somebody who asked
}

// Topic implements events.Event.
func (Decided) Topic() string { return "coverage.decided.v1" }

// Record implements events.Event.
func (e Decided) Record() (string, string) { return "assessment", e.ID }
