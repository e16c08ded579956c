package dispatch

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/problem"
)

type planIn struct {
	Body struct {
		httpapi.ActIn
		Date     string     `json:"date" maxLength:"10" doc:"2006-01-02"`
		Days     int        `json:"days,omitempty" minimum:"0" maximum:"7" doc:"default: 1"`
		OutletID outlets.ID `json:"outlet_id,omitempty" maxLength:"36" doc:"default: all that you see"`
	}
}

type repairIn struct {
	Body struct {
		httpapi.ActIn
		Event    RepairEvent `json:"event" doc:"what happened"`
		OutletID outlets.ID  `json:"outlet_id,omitempty" maxLength:"36" doc:"bounds who may be moved; default: all that you see"`
		Date     string      `json:"date,omitempty" maxLength:"10" doc:"2006-01-02; default: the first date that the event touches"`
		Days     int         `json:"days,omitempty" minimum:"0" maximum:"7" doc:"default: those that the event touches"`
	}
}

// PlanHead is what lists show of a plan.
type PlanHead struct {
	ID         string       `json:"id"`
	Kind       PlanKind     `json:"kind" enum:"day,repair"`
	TaskID     string       `json:"task_id" doc:"tells how far it is, and can be stopped"`
	State      PlanState    `json:"state" enum:"planning,draft,published,discarded,failed"`
	OutletPath string       `json:"outlet_path"`
	Date       string       `json:"date"`
	Days       int          `json:"days"`
	Event      *RepairEvent `json:"event,omitempty" doc:"of a repair: what happened"`
	ScheduleID string       `json:"schedule_id,omitempty" doc:"absent: a person started it"`
	Jobs       int          `json:"jobs"`
	Engineers  int          `json:"engineers"`
	Comparison Comparison   `json:"comparison" doc:"with the board as it was when the plan was made"`
	CreatedBy  string       `json:"created_by"`
	CreatedAt  time.Time    `json:"created_at"`
	EndedAt    *time.Time   `json:"ended_at,omitempty"`
	Version    int64        `json:"version"`
}

// planBody is a plan as the API shows it.
type planBody struct {
	PlanHead
	Visits   []planner.Assignment `json:"visits"`
	Unserved []planner.Unserved   `json:"unserved"`
	Dropped  []planner.VisitID    `json:"dropped" doc:"visits that nobody can keep; publishing takes them off"`
	Fetches  []planFetchBody      `json:"fetches" doc:"stops at outlets' stores that the visits need, by start"`
	Travel   int64                `json:"travel_s"`
	Work     int64                `json:"work_s"`
}

// planFetchBody is a stop of a plan at the store of an outlet.
type planFetchBody struct {
	EngineerID planner.EngineerID `json:"engineer_id"`
	OutletID   planner.OutletID   `json:"outlet_id"`
	Start      time.Time          `json:"start"`
	End        time.Time          `json:"end" doc:"the start, where the day begins there: it is no stop of its own"`
	Parts      []string           `json:"parts" doc:"codes of those that are fetched"`
	Tools      []string           `json:"tools" doc:"codes of those that are fetched"`
	Jobs       []planner.JobID    `json:"jobs" doc:"of the visits that need it"`
}

func (p DayPlan) head() PlanHead {
	return PlanHead{
		ID: p.ID, Kind: p.Kind, TaskID: string(p.TaskID), State: p.State, OutletPath: p.OutletPath, Date: p.Date.String(), Days: p.Days, Event: p.Event,
		ScheduleID: p.Schedule, Jobs: p.Summary.Jobs, Engineers: p.Summary.Engineers, Comparison: p.Summary.Comparison, CreatedBy: p.CreatedBy,
		CreatedAt: p.CreatedAt, EndedAt: p.EndedAt, Version: p.Version,
	}
}

func (p DayPlan) body() planBody {
	return planBody{
		PlanHead: p.head(), Visits: filled(p.Body.Plan.Assignments), Unserved: filled(p.Body.Plan.Unserved), Dropped: filled(p.Body.Plan.Dropped), Fetches: fetchBodies(p.Body.Plan.Fetches),
		Travel: p.Body.Plan.Travel, Work: p.Body.Plan.Work,
	}
}

func fetchBodies(fetches []planner.Fetch) []planFetchBody {
	out := make([]planFetchBody, len(fetches))
	for i, f := range fetches {
		list, tools := planner.Split(f.Parts)
		out[i] = planFetchBody{f.Engineer, f.Outlet, f.Start, f.End, list, tools, filled(f.Jobs)}
	}
	slices.SortStableFunc(out, func(a, b planFetchBody) int { return a.Start.Compare(b.Start) })
	return out
}

// filled is a list that is never null.
func filled[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// comparedBody is a plan beside the board as it stands now.
type comparedBody struct {
	PlanID  string              `json:"plan_id"`
	State   PlanState           `json:"state" enum:"planning,draft,published,discarded,failed"`
	Made    Comparison          `json:"made" doc:"with the board as it was when the plan was made"`
	Board   Load                `json:"board" doc:"what the board holds now"`
	Current bool                `json:"current" doc:"the draft could be published as things stand"`
	Stale   []planner.Violation `json:"stale" doc:"what refuses it"`
	Gone    []orders.ID         `json:"gone" doc:"orders that do not wait any more"`
	At      time.Time           `json:"at"`
}

type planListIn struct {
	httpapi.PageIn
	Kind     PlanKind   `query:"kind" enum:"day,repair" doc:"default: all"`
	State    PlanState  `query:"state" enum:"planning,draft,published,discarded,failed" doc:"default: all"`
	Date     string     `query:"date" maxLength:"10" doc:"2006-01-02; plans that begin there"`
	OutletID outlets.ID `query:"outlet_id" maxLength:"36" doc:"and those below it"`
}

type changesIn struct {
	TextID
	httpapi.PageIn
	Kind string `query:"kind" enum:"added,moved,dropped,unserved" doc:"default: all"`
}

// optionalDate reads a date that may be absent.
func optionalDate(field, text string) (calendar.Date, error) {
	if text == "" {
		return 0, nil
	}
	d, err := calendar.ParseDate(text)
	if err != nil {
		return 0, problem.Field(field, problem.BadFormat)
	}
	return d, nil
}

func (s *Service) registerPlans(api *httpapi.Server) {
	render := func(_ context.Context, p DayPlan) (*one[planBody], error) { return oneOf(p.body()), nil }
	httpapi.Act(api, huma.Operation{
		OperationID: "create-dispatch-plan", Method: http.MethodPost, Path: "/dispatch/plans", Tags: tags, Summary: "Plan a day, or some",
		Description: "A task; its result is a draft that is published or discarded.",
	}, func(ctx context.Context, in *planIn) (DayPlan, error) {
		date, err := calendar.ParseDate(in.Body.Date)
		if err != nil {
			return DayPlan{}, problem.Field("date", problem.BadFormat)
		}
		return s.StartPlan(ctx, StartPlanInput{Act: in.Body.Act(), Date: date, Days: in.Body.Days, Outlet: in.Body.OutletID})
	}, render)
	httpapi.Act(api, huma.Operation{
		OperationID: "create-dispatch-repair", Method: http.MethodPost, Path: "/dispatch/repairs", Tags: tags, Summary: "Repair the board after an event",
		Description: "A task; its result is a draft of few moves, each with its reason, published or discarded as any plan. " +
			"What is begun stays; promised windows are kept where they can be.",
		DefaultStatus: http.StatusCreated,
	}, func(ctx context.Context, in *repairIn) (DayPlan, error) {
		date, err := optionalDate("date", in.Body.Date)
		if err != nil {
			return DayPlan{}, err
		}
		return s.StartRepair(ctx, RepairInput{Act: in.Body.Act(), Event: in.Body.Event, Outlet: in.Body.OutletID, Date: date, Days: in.Body.Days})
	}, render)
	httpapi.Act(api, huma.Operation{
		OperationID: "publish-dispatch-plan", Method: http.MethodPost, Path: "/dispatch/plans/{id}/publish", Tags: tags, Summary: "Publish a plan",
		Description: "All of its visits and moves or none; refused with the reasons when the board has changed since. " +
			"The reason of a repair is one of visit.reschedule; default: by what happened.",
	}, func(ctx context.Context, in *actIn[string]) (DayPlan, error) {
		return s.PublishPlan(ctx, PublishPlanInput{Act: in.Body.Act(), ID: in.ID})
	}, render)
	httpapi.Act(api, huma.Operation{
		OperationID: "discard-dispatch-plan", Method: http.MethodPost, Path: "/dispatch/plans/{id}/discard", Tags: tags, Summary: "Discard a plan",
	}, func(ctx context.Context, in *actIn[string]) (DayPlan, error) {
		return s.DiscardPlan(ctx, PublishPlanInput{Act: in.Body.Act(), ID: in.ID})
	}, render)
	s.registerPlanReads(api)
}

func (s *Service) registerPlanReads(api *httpapi.Server) {
	httpapi.Register(api, huma.Operation{
		OperationID: "list-dispatch-plans", Method: http.MethodGet, Path: "/dispatch/plans", Tags: tags, Summary: "List plans and repairs", Description: "The newest first.",
	}, s.listPlans)
	httpapi.Register(api, huma.Operation{
		OperationID: "compare-dispatch-plan", Method: http.MethodGet, Path: "/dispatch/plans/{id}/comparison", Tags: tags, Summary: "Compare a plan with the board",
		Description: "With the board that it was made for, and with the board as it is now: would publishing it still go through?",
	}, func(ctx context.Context, in *TextID) (*one[comparedBody], error) {
		c, err := s.ComparePlan(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return oneOf(comparedBody{
			PlanID: c.Plan.ID, State: c.Plan.State, Made: c.Plan.Summary.Comparison, Board: c.Board,
			Current: c.Plan.State == PlanStateDraft && len(c.Stale)+len(c.Gone) == 0, Stale: filled(c.Stale), Gone: filled(c.Gone), At: c.At,
		}), nil
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "list-dispatch-plan-changes", Method: http.MethodGet, Path: "/dispatch/plans/{id}/changes", Tags: tags, Summary: "List what a plan changes",
		Description: "Each visit that is new, moves or is dropped, from where to where and why, and the work that finds nobody.",
	}, s.listChanges)
}

func (s *Service) listPlans(ctx context.Context, in *planListIn) (*httpapi.PageOut[PlanHead], error) {
	date, err := optionalDate("date", in.Date)
	if err != nil {
		return nil, err
	}
	f := PlanFilter{Kind: in.Kind, State: in.State, Date: date, Outlet: in.OutletID, Limit: in.Limit + 1}
	if _, err := httpapi.DecodeCursor(in.Cursor, &f.Before, &f.BeforeID); err != nil {
		return nil, err
	}
	list, err := s.Plans(ctx, f)
	if err != nil {
		return nil, err
	}
	return &httpapi.PageOut[PlanHead]{Body: httpapi.MakePage(list, in.Limit, DayPlan.head, func(p DayPlan) []any { return []any{p.CreatedAt, p.ID} })}, nil
}

func (s *Service) listChanges(ctx context.Context, in *changesIn) (*httpapi.PageOut[Difference], error) {
	p, err := s.GetPlan(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	from := 0
	if _, err := httpapi.DecodeCursor(in.Cursor, &from); err != nil {
		return nil, err
	}
	type row struct {
		d  Difference
		at int
	}
	rows := []row{}
	for i, d := range p.Body.Changes {
		if i >= from && (in.Kind == "" || d.Kind == in.Kind) {
			rows = append(rows, row{d, i + 1})
		}
	}
	rows = rows[:min(len(rows), in.Limit+1)]
	page := httpapi.MakePage(rows, in.Limit, func(r row) Difference { return r.d }, func(r row) []any { return []any{r.at} })
	return &httpapi.PageOut[Difference]{Body: page}, nil
}
