package dispatch

import (
	"context"
	"slices"
	"time"

	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/jobs"
	"anxin/internal/workforce"
)

// PlanState is where a plan stands.
type PlanState string

// States of a plan: planning → draft → published or discarded; planning → failed.
const (
	PlanStatePlanning  PlanState = "planning"
	PlanStateDraft     PlanState = "draft"
	PlanStatePublished PlanState = "published"
	PlanStateDiscarded PlanState = "discarded"
	PlanStateFailed    PlanState = "failed"
)

// PlanKind is what a plan does.
type PlanKind string

// Kinds of plans.
const (
	PlanOfDay    PlanKind = "day"    // gives what waits to engineers; what stands stays
	PlanOfRepair PlanKind = "repair" // moves as little as it can after an event
)

// maxDays bounds how many days one plan covers.
const maxDays = 7

// DayPlan is the plan of a day, or some, for an outlet and those below it.
type DayPlan struct {
	ID           string
	Kind         PlanKind
	TaskID       jobs.TaskID
	State        PlanState
	OutletPath   string
	Brands       []string // nil: all
	Wide         bool     // with what no outlet has yet: its maker sees all outlets
	Date         calendar.Date
	Days         int          // 1 is the date only
	Event        *RepairEvent // of a repair
	Schedule     string       // that started it; "" for a person
	Body         PlanBody     // absent in lists
	Summary      PlanSummary
	Operation    string
	EndOperation string
	CreatedBy    string
	CreatedAt    time.Time
	EndedAt      *time.Time
	Version      int64
}

// PlanBody is what was planned, and what it changes.
type PlanBody struct {
	Plan       planner.Plan `json:"plan"`
	Jobs       int          `json:"jobs"`
	Engineers  int          `json:"engineers"`
	Comparison Comparison   `json:"comparison"`
	Changes    []Difference `json:"changes"`
}

// PlanSummary is what lists show of a plan.
type PlanSummary struct {
	Jobs       int        `json:"jobs"`
	Engineers  int        `json:"engineers"`
	Visits     int        `json:"visits"`
	Unserved   int        `json:"unserved"`
	Comparison Comparison `json:"comparison"`
}

func (b PlanBody) summary() PlanSummary {
	return PlanSummary{
		Jobs: b.Jobs, Engineers: b.Engineers, Visits: len(b.Plan.Assignments), Unserved: b.Comparison.Unserved + b.Comparison.Dropped, Comparison: b.Comparison,
	}
}

// last is the last date of the plan.
func (p DayPlan) last() calendar.Date { return p.Date + calendar.Date(max(1, p.Days)-1) }

// visible: a plan shows all brands that it was made for.
func (p DayPlan) visible(scope access.Scope) bool {
	return madeVisible(scope, p.OutletPath, p.Wide, p.Brands)
}

// madeVisible tells whether something made for an outlet and brands may be seen: it shows all of them.
func madeVisible(scope access.Scope, path string, wide bool, brands []string) bool {
	if !scope.Sees("", path) || wide && !scope.Centre() {
		return false
	}
	if scope.Brands == nil {
		return true
	}
	return brands != nil && !slices.ContainsFunc(brands, func(b string) bool { return !scope.SeesBrand(b) })
}

// scope is what the plan's maker saw.
func (p DayPlan) context(ctx context.Context) context.Context {
	a := access.System("dispatch.plan")
	a.Scope = access.Scope{OutletPath: p.OutletPath, Brands: p.Brands}
	return access.With(ctx, a)
}

// reads is the context in which the plan's orders are read: those that no outlet has yet are seen by who sees all.
func (p DayPlan) reads(ctx context.Context) context.Context {
	if p.Wide {
		p.OutletPath = outlets.CentrePath
	}
	return p.context(ctx)
}

// wide tells whether an actor who plans a part of the tree sees what no outlet has yet.
func wide(ctx context.Context, path string) bool {
	return access.From(ctx).Scope.Centre() && path != outlets.CentrePath
}

// PlanArgs are the arguments of the job that makes a plan.
type PlanArgs struct {
	Plan string      `json:"plan"`
	Task jobs.TaskID `json:"task"`
}

// Kind implements jobs.Args.
func (PlanArgs) Kind() string { return "dispatch.plan_day" }

// RepairEvent is what happened that the board has to be repaired after. Several may have happened at once.
type RepairEvent struct {
	Alert     string           `json:"alert_id,omitempty" maxLength:"36" doc:"an alert that says what happened"`
	Added     []orders.ID      `json:"added,omitempty" maxItems:"200" doc:"orders to be placed, urgent ones"`
	Fill      bool             `json:"fill,omitempty" doc:"also place what waits for these days"`
	Cancelled []orders.VisitID `json:"cancelled,omitempty" maxItems:"200" doc:"visits that do not take place; open ones are cancelled on publishing"`
	Absent    []AbsentTime     `json:"absent,omitempty" maxItems:"50" doc:"engineers who cannot come"`
	Overrun   []OverrunVisit   `json:"overrun,omitempty" maxItems:"200" doc:"visits that take longer"`
	Late      []LatePart       `json:"part_late,omitempty" maxItems:"200" doc:"orders whose part comes later"`
	Traffic   []Traffic        `json:"traffic,omitempty" maxItems:"20" doc:"parts of a city where ways take longer"`
}

func (e RepairEvent) empty() bool {
	return e.Alert == "" && !e.Fill && len(e.Added)+len(e.Cancelled)+len(e.Absent)+len(e.Overrun)+len(e.Late)+len(e.Traffic) == 0
}

// AbsentTime is an engineer who is away for a time.
type AbsentTime struct {
	Engineer workforce.EngineerID `json:"engineer_id" maxLength:"36"`
	From     time.Time            `json:"from"`
	To       time.Time            `json:"to"`
}

// OverrunVisit is a visit that ends later than planned.
type OverrunVisit struct {
	Visit orders.VisitID `json:"visit_id" maxLength:"36"`
	Until time.Time      `json:"until"`
}

// LatePart is an order that cannot be done before its part is there.
type LatePart struct {
	Order orders.ID `json:"order_id" maxLength:"36"`
	Until time.Time `json:"until" doc:"when the part is there"`
}

// StartPlanInput asks for the plan of a day or some.
type StartPlanInput struct {
	access.Act
	Date   calendar.Date
	Days   int        // 0 counts as 1; at most 7
	Outlet outlets.ID // empty: all that the actor sees
}

// PlanFilter narrows a list of plans.
type PlanFilter struct {
	Kind     PlanKind
	State    PlanState
	Date     calendar.Date // zero: any
	Outlet   outlets.ID    // and those below it
	Before   time.Time
	BeforeID string
	Limit    int // one more is read
}
