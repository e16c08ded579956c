package dispatch

import (
	"context"
	"errors"
	"slices"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/problem"
	"anxin/internal/workforce"
)

// PlanState is where a day's plan stands.
type PlanState string

// States of a plan: planning → draft → published or discarded; planning → failed.
const (
	PlanStatePlanning  PlanState = "planning"
	PlanStateDraft     PlanState = "draft"
	PlanStatePublished PlanState = "published"
	PlanStateDiscarded PlanState = "discarded"
	PlanStateFailed    PlanState = "failed"
)

// DayPlan is the plan of a day for an outlet and those below it.
type DayPlan struct {
	ID         string
	TaskID     jobs.TaskID
	State      PlanState
	OutletPath string
	Brands     []string // nil: all
	Date       calendar.Date
	Body       PlanBody
	CreatedBy  string
	CreatedAt  time.Time
	EndedAt    *time.Time
	Version    int64
}

// PlanBody is what was planned.
type PlanBody struct {
	Plan      planner.Plan `json:"plan"`
	Jobs      int          `json:"jobs"`
	Engineers int          `json:"engineers"`
}

// visible: a plan shows all brands that it was made for.
func (p DayPlan) visible(scope access.Scope) bool {
	if !scope.Sees("", p.OutletPath) {
		return false
	}
	if scope.Brands == nil {
		return true
	}
	return p.Brands != nil && !slices.ContainsFunc(p.Brands, func(b string) bool { return !scope.SeesBrand(b) })
}

// scope is what the plan's maker saw.
func (p DayPlan) context(ctx context.Context) context.Context {
	a := access.System("dispatch.plan")
	a.Scope = access.Scope{OutletPath: p.OutletPath, Brands: p.Brands}
	return access.With(ctx, a)
}

// PlanArgs are the arguments of the job that plans a day.
type PlanArgs struct {
	Plan string      `json:"plan"`
	Task jobs.TaskID `json:"task"`
}

// Kind implements jobs.Args.
func (PlanArgs) Kind() string { return "dispatch.plan_day" }

// StartPlanInput asks for the plan of a day.
type StartPlanInput struct {
	access.Act
	Date   calendar.Date
	Outlet outlets.ID // empty: all that the actor sees
}

// StartPlan starts planning a day; the task tells how far it is and can be stopped. The result is a draft.
func (s *Service) StartPlan(ctx context.Context, in StartPlanInput) (DayPlan, error) {
	return s.newPlan(ctx, in, func(ctx context.Context, tx *db.Tx, p DayPlan) error {
		return jobs.InsertTx(ctx, tx, PlanArgs{Plan: p.ID, Task: p.TaskID})
	})
}

// newPlan notes a plan that is to be made, and has its work begun in the same transaction.
func (s *Service) newPlan(ctx context.Context, in StartPlanInput, begin func(ctx context.Context, tx *db.Tx, p DayPlan) error) (DayPlan, error) {
	if err := access.Require(ctx, PermPlan); err != nil {
		return DayPlan{}, err
	}
	scope := access.From(ctx).Scope
	path := scope.OutletPath
	today := calendar.DateOf(s.db.Now(), time.UTC)
	if in.Outlet != "" {
		out, err := s.outlets.Get(ctx, s.db, in.Outlet)
		if err != nil || !out.Under(path) {
			return DayPlan{}, problem.Field("outlet_id", problem.Unknown)
		}
		path, today = out.Path, calendar.DateOf(s.db.Now(), out.Location())
	}
	if in.Date < today-1 || in.Date > today+31 {
		return DayPlan{}, problem.Field("date", problem.OutOfRange, "min", (today - 1).String(), "max", (today + 31).String())
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (DayPlan, error) {
		task, err := jobs.NewTaskTx(ctx, tx, PlanArgs{}.Kind())
		if err != nil {
			return DayPlan{}, err
		}
		p := DayPlan{
			ID: db.NewID(), TaskID: task, State: PlanStatePlanning, OutletPath: path, Brands: scope.Brands, Date: in.Date, CreatedBy: actorOf(ctx), CreatedAt: tx.Now(), Version: 1,
		}
		insertPlan(tx, p)
		err = audit.Append(ctx, tx, audit.Entry{Kind: "dispatch_plan", Record: p.ID, Act: "start", New: true, After: map[string]any{"date": p.Date.String(), "path": path}})
		if err != nil {
			return p, err
		}
		return p, begin(ctx, tx, p)
	})
}

// PlanNow plans a day at once, in the caller's own time, and keeps the draft; report hears how many jobs were
// decided on. A plan whose context ends is kept as failed.
func (s *Service) PlanNow(ctx context.Context, in StartPlanInput, report func(done, total int)) (DayPlan, error) {
	p, err := s.newPlan(ctx, in, func(context.Context, *db.Tx, DayPlan) error { return nil })
	if err != nil {
		return p, err
	}
	body, err := s.plan(p.context(ctx), p, func(done, total int) error {
		report(done, total)
		return nil
	})
	state := PlanStateDraft
	if err != nil {
		state, body = PlanStateFailed, PlanBody{}
	}
	if err := errors.Join(err, s.endPlan(context.WithoutCancel(ctx), p, state, body)); err != nil {
		return p, err
	}
	return findPlan(ctx, s.db, access.From(ctx).Scope, p.ID)
}

// GetPlan reads a plan that the actor sees.
func (s *Service) GetPlan(ctx context.Context, id string) (DayPlan, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return DayPlan{}, err
	}
	return findPlan(ctx, s.db, access.From(ctx).Scope, id)
}

// runPlan is the job: it plans and keeps the draft.
func (s *Service) runPlan(ctx context.Context, args PlanArgs) error {
	return s.tasks.Run(ctx, args.Task, func(ctx context.Context, progress *jobs.Progress) (any, error) {
		p, err := findPlan(ctx, s.db, access.Everything, args.Plan)
		if err != nil || p.State != PlanStatePlanning {
			return p.Body, err
		}
		body, err := s.plan(p.context(ctx), p, func(done, total int) error {
			return progress.Report(context.WithoutCancel(ctx), int64(done), int64(total), "dispatch.planning")
		})
		if err != nil {
			if problem.CodeOf(err) != problem.ErrInternal {
				err = errors.Join(err, s.endPlan(context.WithoutCancel(ctx), p, PlanStateFailed, PlanBody{}))
			}
			return nil, err
		}
		return map[string]any{"plan": p.ID, "assigned": len(body.Plan.Assignments), "unserved": len(body.Plan.Unserved)}, s.endPlan(ctx, p, PlanStateDraft, body)
	})
}

func (s *Service) endPlan(ctx context.Context, p DayPlan, to PlanState, body PlanBody) error {
	return db.InTx0(systemContext(ctx), s.db, func(ctx context.Context, tx *db.Tx) error {
		now := p
		now.State, now.Body = to, body
		if to != PlanStateDraft {
			at := tx.Now()
			now.EndedAt = &at
		}
		return updatePlan(ctx, tx, &now)
	})
}

// plan reads the day and asks the planner; an error of report stops it.
func (s *Service) plan(ctx context.Context, p DayPlan, report func(done, total int) error) (PlanBody, error) {
	list, err := s.unplanned(ctx, p)
	if err != nil {
		return PlanBody{}, err
	}
	w, err := s.planWorld(ctx, s.db, p, list, nil)
	if err != nil {
		return PlanBody{}, err
	}
	if err := s.allWays(ctx, w); err != nil {
		return PlanBody{}, err
	}
	body := PlanBody{Jobs: len(w.Jobs), Engineers: len(w.Engineers)}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	body.Plan, err = s.planner.Plan(planner.WithProgress(ctx, func(done, total int) {
		if err := report(done, total); err != nil {
			stop(err)
		}
	}), w.Snapshot)
	if cause := context.Cause(ctx); cause != nil {
		return body, cause
	}
	return body, err
}

// maxOrders bounds what one plan takes on.
const maxOrders = 5000

// unplanned reads the orders that a day's plan could serve.
func (s *Service) unplanned(ctx context.Context, p DayPlan) ([]orders.Order, error) {
	out := []orders.Order{}
	f := orders.Filter{Queue: "unplanned", Limit: 500}
	for len(out) < maxOrders {
		page, err := s.orders.Select(ctx, s.db, f)
		if err != nil {
			return nil, err
		}
		for _, o := range page {
			if o.Mode != catalog.ModeDepot {
				out = append(out, o)
			}
		}
		if len(page) < f.Limit {
			break
		}
		last := page[len(page)-1]
		f.HasAfter, f.AfterKey, f.AfterID = true, f.Key(last), last.ID
	}
	return slices.DeleteFunc(out, func(o orders.Order) bool { return !onDate(o, p.Date) }), nil
}

// onDate tells whether an order may be done on a date, a day's slack for zones: the planner judges exactly.
func onDate(o orders.Order, d calendar.Date) bool {
	w := o.Window()
	return w.IsZero() || w.From.Before((d+2).UTC()) && w.To.After((d-1).UTC())
}

// planWorld is the snapshot of a day for some orders, with the engineers who may do any of them. What is kept
// for them, and for the orders that are free to be left out, does not count.
func (s *Service) planWorld(ctx context.Context, q db.Querier, p DayPlan, list []orders.Order, free []orders.ID) (*world, error) {
	type place struct {
		b   catalog.BrandID
		c   catalog.CategoryCode
		st  catalog.ServiceTypeCode
		div string
		out outlets.ID
	}
	cache := map[place][]outlets.Serving{}
	may := make([][]outlets.Serving, len(list))
	var all []string
	ids := make([]orders.ID, len(list))
	for i, o := range list {
		k := place{o.BrandID, o.Category, o.ServiceType, o.Division, o.OutletID}
		v, ok := cache[k]
		if !ok {
			var err error
			if v, err = s.workplaces(ctx, q, o); err != nil {
				return nil, err
			}
			if !o.HasOutlet() { // others have to accept first
				v = slices.DeleteFunc(v, func(x outlets.Serving) bool { return !x.Outlet.Own() })
			}
			cache[k] = v
		}
		may[i], ids[i] = v, o.ID
		all = append(all, paths(v)...)
	}
	people, err := s.peopleOf(ctx, q, all)
	if err != nil {
		return nil, err
	}
	w, err := s.look(ctx, q, worldInput{people: people, from: p.Date, to: p.Date, except: append(ids, free...)})
	if err != nil {
		return nil, err
	}
	kept, err := reservationsOf(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	byOutlet := map[outlets.ID]workforce.Engineer{}
	for _, e := range people {
		byOutlet[e.OutletID] = e
	}
	for i, o := range list {
		j := w.job([]orders.Order{o}, []planner.OutletID{})
		for id, e := range byOutlet {
			if rankOf(may[i], e) > 0 {
				j.Outlets = append(j.Outlets, planner.OutletID(id))
			}
		}
		if win := o.Window(); !win.IsZero() {
			j.Windows = []planner.Span{{From: win.From, To: win.To}}
		}
		j.Preferred = planner.EngineerID(kept[o.ID].EngineerID)
		if len(may[i]) > 0 {
			w.Jobs = append(w.Jobs, j)
		}
	}
	return w, nil
}

// PublishPlanInput makes a draft true.
type PublishPlanInput struct {
	access.Act
	ID string
}

// PublishPlan turns a draft into visits, all or none. The days are locked and the plan is judged again on what
// they hold by then: what changed since comes back as [ErrPlanStale] with the violations.
func (s *Service) PublishPlan(ctx context.Context, in PublishPlanInput) (DayPlan, error) {
	if err := access.Require(ctx, PermPlan); err != nil {
		return DayPlan{}, err
	}
	p, err := findPlan(ctx, s.db, access.From(ctx).Scope, in.ID)
	if err != nil {
		return p, err
	}
	numbers := make([]string, len(p.Body.Plan.Assignments))
	for i := range numbers {
		if numbers[i], err = s.orders.NextVisitNumber(ctx); err != nil {
			return p, err
		}
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (DayPlan, error) {
		p, err := findPlan(ctx, tx, access.From(ctx).Scope, in.ID)
		if err != nil {
			return p, err
		}
		if p.State != PlanStateDraft {
			return p, ErrPlanState.With("state", string(p.State))
		}
		return s.publishTx(ctx, tx, p, numbers, in.Act)
	})
}

func (s *Service) publishTx(ctx context.Context, tx *db.Tx, p DayPlan, numbers []string, in access.Act) (DayPlan, error) {
	list, err := s.draftTx(ctx, tx, p)
	if err != nil {
		return p, err
	}
	for i, a := range p.Body.Plan.Assignments {
		visit := orders.PlanVisit{Number: numbers[i], Orders: []orders.ID{orders.ID(a.Job)}, Start: a.Start, End: a.End}
		for _, e := range a.Engineers {
			visit.Engineers = append(visit.Engineers, workforce.EngineerID(e))
		}
		if o := list[i]; !o.HasOutlet() {
			lead, err := s.workforce.Get(ctx, tx, visit.Engineers[0])
			if err != nil {
				return p, err
			}
			visit.OutletID = lead.OutletID
		}
		v, err := s.orders.PlanVisitTx(ctx, tx, visit)
		if err != nil {
			return p, err
		}
		if err := endReservation(ctx, tx, list[i].ID, ReservationUsed, "visit_planned"); err != nil {
			return p, err
		}
		if err := s.settleTx(ctx, tx, list[i], "covered"); err != nil {
			return p, err
		}
		if err := s.noteTx(ctx, tx, "publish", v, []orders.Order{list[i]}, access.Act{}, nil); err != nil {
			return p, err
		}
	}
	if err := s.leaveTx(ctx, tx, p); err != nil {
		return p, err
	}
	at, err := in.At(access.From(ctx).Origin, tx.Now())
	if err != nil {
		return p, err
	}
	p.State, p.EndedAt = PlanStatePublished, &at
	if err := updatePlan(ctx, tx, &p); err != nil {
		return p, err
	}
	err = audit.Append(ctx, tx, audit.Entry{Kind: "dispatch_plan", Record: p.ID, Act: "publish", Reason: in.Reason, OccurredAt: at, After: map[string]any{"visits": len(list)}})
	if err != nil {
		return p, err
	}
	return p, events.Publish(ctx, tx, PlanPublished{
		Head: events.Head{ID: p.ID, Version: p.Version, OccurredAt: at, OutletPath: p.OutletPath}, Date: p.Date.String(), Visits: len(list),
	})
}

func unserved(p DayPlan) []orders.ID {
	out := make([]orders.ID, len(p.Body.Plan.Unserved))
	for i, u := range p.Body.Plan.Unserved {
		out[i] = orders.ID(u.Job)
	}
	return out
}

// leaveTx raises the alert for promises that the plan could not keep: what was reserved for them may be taken.
func (s *Service) leaveTx(ctx context.Context, tx *db.Tx, p DayPlan) error {
	kept, err := reservationsOf(ctx, tx, unserved(p))
	if err != nil {
		return err
	}
	for _, u := range p.Body.Plan.Unserved {
		if _, ok := kept[orders.ID(u.Job)]; !ok {
			continue
		}
		o, err := s.orders.Find(ctx, tx, orders.ID(u.Job))
		if err != nil {
			return err
		}
		if err := s.uncoverTx(ctx, tx, o, u.Reasons); err != nil {
			return err
		}
	}
	return nil
}

// draftTx locks the days of a draft, reads its orders and judges it once more.
func (s *Service) draftTx(ctx context.Context, tx *db.Tx, p DayPlan) ([]orders.Order, error) {
	var days []workforce.Day
	var ids []orders.ID
	for _, a := range p.Body.Plan.Assignments {
		ids = append(ids, orders.ID(a.Job))
		for _, e := range a.Engineers {
			days = append(days, workforce.Day{Engineer: workforce.EngineerID(e), Date: a.Date.String()})
		}
	}
	if _, err := s.workforce.BumpDaysTx(ctx, tx, days); err != nil {
		return nil, err
	}
	list, err := s.ordersTx(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	var gone []orders.ID
	for _, o := range list {
		if o.State != orders.StateReady && o.State != orders.StateAccepted {
			gone = append(gone, o.ID)
		}
	}
	if len(gone) > 0 {
		return nil, ErrPlanStale.With("orders", gone)
	}
	w, err := s.planWorld(p.context(ctx), tx, p, list, unserved(p))
	if err != nil {
		return nil, err
	}
	if err := s.allWays(ctx, w); err != nil {
		return nil, err
	}
	w.Now = tx.Now().Add(-late)
	if bad := planner.CheckPlan(w.Snapshot, planner.Plan{Assignments: p.Body.Plan.Assignments}); len(bad) > 0 {
		return nil, ErrPlanStale.With("violations", bad)
	}
	return list, nil
}

// DiscardPlan throws a draft away.
func (s *Service) DiscardPlan(ctx context.Context, in PublishPlanInput) (DayPlan, error) {
	if err := access.Require(ctx, PermPlan); err != nil {
		return DayPlan{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (DayPlan, error) {
		p, err := findPlan(ctx, tx, access.From(ctx).Scope, in.ID)
		if err != nil {
			return p, err
		}
		if p.State != PlanStateDraft {
			return p, ErrPlanState.With("state", string(p.State))
		}
		at, err := in.At(access.From(ctx).Origin, tx.Now())
		if err != nil {
			return p, err
		}
		p.State, p.EndedAt = PlanStateDiscarded, &at
		if err := updatePlan(ctx, tx, &p); err != nil {
			return p, err
		}
		return p, audit.Append(ctx, tx, audit.Entry{Kind: "dispatch_plan", Record: p.ID, Act: "discard", Reason: in.Reason, OccurredAt: at})
	})
}
