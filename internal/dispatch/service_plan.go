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
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/problem"
	"anxin/internal/workforce"
)

// StartPlan starts planning a day; the task tells how far it is and can be stopped. The result is a draft.
func (s *Service) StartPlan(ctx context.Context, in StartPlanInput) (DayPlan, error) {
	return s.newPlan(ctx, in, queuePlan)
}

// begin starts the work of a plan in the transaction that notes it.
type begin func(ctx context.Context, tx *db.Tx, p DayPlan) error

func queuePlan(ctx context.Context, tx *db.Tx, p DayPlan) error {
	return jobs.InsertTx(ctx, tx, PlanArgs{Plan: p.ID, Task: p.TaskID})
}

// newPlan notes a plan of days that is to be made.
func (s *Service) newPlan(ctx context.Context, in StartPlanInput, start begin) (DayPlan, error) {
	if err := access.Require(ctx, PermPlan); err != nil {
		return DayPlan{}, err
	}
	path, today, err := s.planScope(ctx, in.Outlet)
	if err != nil {
		return DayPlan{}, err
	}
	if err := checkDays(in.Date, &in.Days, today); err != nil {
		return DayPlan{}, err
	}
	p := DayPlan{Kind: PlanOfDay, OutletPath: path, Wide: wide(ctx, path), Brands: access.From(ctx).Scope.Brands, Date: in.Date, Days: in.Days, Operation: in.OperationID}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (DayPlan, error) {
		return s.notePlanTx(ctx, tx, p, in.Reason, start)
	})
}

func checkDays(date calendar.Date, days *int, today calendar.Date) error {
	*days = max(1, *days)
	var f problem.Fields
	f.Check(date >= today-1 && date <= today+31, "date", problem.OutOfRange, "min", (today - 1).String(), "max", (today + 31).String())
	f.Check(*days <= maxDays, "days", problem.OutOfRange, "min", 1, "max", maxDays)
	return f.Err()
}

// planScope is the part of the tree that is planned, and the date there.
func (s *Service) planScope(ctx context.Context, id outlets.ID) (path string, today calendar.Date, err error) {
	path = access.From(ctx).Scope.OutletPath
	if id == "" {
		return path, calendar.DateOf(s.db.Now(), time.UTC), nil
	}
	out, err := s.outlets.Get(ctx, s.db, id)
	if err != nil || !out.Under(path) {
		if err != nil && problem.CodeOf(err) == problem.ErrInternal {
			return "", 0, err
		}
		return "", 0, problem.Field("outlet_id", problem.Unknown)
	}
	return out.Path, calendar.DateOf(s.db.Now(), out.Location()), nil
}

// notePlanTx notes a plan and begins its work; the same operation again finds the plan that it made.
func (s *Service) notePlanTx(ctx context.Context, tx *db.Tx, p DayPlan, why string, start begin) (DayPlan, error) {
	p.CreatedBy = actorOf(ctx)
	if old, ok, err := planOfOperation(ctx, tx, p.CreatedBy, p.Operation); ok || err != nil {
		return old, err
	}
	task, err := jobs.NewTaskTx(ctx, tx, PlanArgs{}.Kind())
	if err != nil {
		return DayPlan{}, err
	}
	p.ID, p.TaskID, p.State, p.CreatedAt, p.Version = db.NewID(), task, PlanStatePlanning, tx.Now(), 1
	if err := insertPlan(ctx, tx, p); err != nil {
		return p, err
	}
	err = audit.Append(ctx, tx, audit.Entry{Kind: "dispatch_plan", Record: p.ID, Act: "start", Reason: why, New: true, After: map[string]any{
		"kind": string(p.Kind), "date": p.Date.String(), "days": p.Days, "path": p.OutletPath, "event": p.Event, "schedule": p.Schedule,
	}})
	if err != nil {
		return p, err
	}
	return p, start(ctx, tx, p)
}

// PlanNow plans a day at once, in the caller's own time, and keeps the draft; report hears how many jobs were
// decided on. A plan whose context ends is kept as failed.
func (s *Service) PlanNow(ctx context.Context, in StartPlanInput, report func(done, total int)) (DayPlan, error) {
	p, err := s.newPlan(ctx, in, func(context.Context, *db.Tx, DayPlan) error { return nil })
	if err != nil {
		return p, err
	}
	return s.makeNow(ctx, p, report)
}

func (s *Service) makeNow(ctx context.Context, p DayPlan, report func(done, total int)) (DayPlan, error) {
	body, err := s.make(p.context(ctx), p, func(done, total int) error {
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

// Plans lists plans in scope without their bodies, the newest first, one more than the limit.
func (s *Service) Plans(ctx context.Context, f PlanFilter) ([]DayPlan, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	path, _, err := s.planScope(ctx, f.Outlet)
	if err != nil {
		return nil, err
	}
	return listPlans(ctx, s.db, access.From(ctx).Scope, path, f)
}

// runPlan is the job: it makes the plan and keeps the draft.
func (s *Service) runPlan(ctx context.Context, args PlanArgs) error {
	return s.tasks.Run(ctx, args.Task, func(ctx context.Context, progress *jobs.Progress) (any, error) {
		p, err := findPlan(ctx, s.db, access.Everything, args.Plan)
		if err != nil {
			return nil, err
		}
		if p.State == PlanStatePlanning {
			p.Body, err = s.make(p.context(ctx), p, func(done, total int) error {
				return progress.Report(context.WithoutCancel(ctx), int64(done), int64(total), "dispatch.planning")
			})
			if err != nil {
				if code := problem.CodeOf(err); code != problem.ErrInternal {
					err = errors.Join(err, s.endPlan(context.WithoutCancel(ctx), p, PlanStateFailed, PlanBody{}), s.failRun(context.WithoutCancel(ctx), p, code))
				}
				return nil, err
			}
			if err := s.endPlan(ctx, p, PlanStateDraft, p.Body); err != nil {
				return nil, err
			}
		}
		if err := s.finishRun(ctx, p); err != nil {
			return nil, err
		}
		return map[string]any{"plan": p.ID, "assigned": len(p.Body.Plan.Assignments), "unserved": p.Body.Comparison.After.Unserved}, nil
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

// make reads the board and asks the planner; an error of report stops it.
func (s *Service) make(ctx context.Context, p DayPlan, report func(done, total int) error) (PlanBody, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	asked := planner.WithProgress(ctx, func(done, total int) {
		if err := report(done, total); err != nil {
			stop(err)
		}
	})
	var body PlanBody
	err := report(0, 0)
	if err == nil && p.Kind == PlanOfRepair {
		body, err = s.makeRepair(asked, p)
	} else if err == nil {
		body, err = s.makeDays(asked, p)
	}
	if cause := context.Cause(ctx); cause != nil {
		return body, cause
	}
	return body, err
}

// makeDays gives what waits to engineers.
func (s *Service) makeDays(ctx context.Context, p DayPlan) (PlanBody, error) {
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
	if body.Plan, err = s.planner.Plan(ctx, w.Snapshot); err != nil {
		return body, err
	}
	body.Comparison, body.Changes = compare(w, w.Snapshot, w.Apply(body.Plan), body.Plan, w.kept, nil)
	body.Comparison.Before.Unserved = len(w.Jobs)
	return body, nil
}

// maxOrders bounds what one plan takes on.
const maxOrders = 5000

// unplanned reads the orders that a plan could serve.
func (s *Service) unplanned(ctx context.Context, p DayPlan) ([]orders.Order, error) {
	out := []orders.Order{}
	f := orders.Filter{Queue: "unplanned", Limit: 500, NoDepot: true, Within: about(p.Date, p.last())}
	for len(out) < maxOrders {
		page, err := s.orders.Select(p.reads(ctx), s.db, f)
		if err != nil {
			return nil, err
		}
		for _, o := range page {
			if !o.HasOutlet() || under(o.OutletPath, p.OutletPath) {
				out = append(out, o)
			}
		}
		if len(page) < f.Limit {
			break
		}
		last := page[len(page)-1]
		f.HasAfter, f.AfterKey, f.AfterID = true, f.Key(last), last.ID
	}
	return out[:min(len(out), maxOrders)], nil
}

// about is a stretch of dates with a day's slack for zones: the planner judges exactly.
func about(from, to calendar.Date) orders.Window {
	return orders.Window{From: (from - 1).UTC(), To: (to + 2).UTC()}
}

// placeKey is what decides about who may do an order.
type placeKey struct {
	b   catalog.BrandID
	c   catalog.CategoryCode
	st  catalog.ServiceTypeCode
	div string
	out outlets.ID
}

// whoMay finds the outlets whose engineers may do orders: those that have them, or own ones; others have to accept
// first.
func (s *Service) whoMay(ctx context.Context, q db.Querier, list []orders.Order) ([][]outlets.Serving, error) {
	cache := map[placeKey][]outlets.Serving{}
	may := make([][]outlets.Serving, len(list))
	for i, o := range list {
		k := placeKey{o.BrandID, o.Category, o.ServiceType, o.Division, o.OutletID}
		v, ok := cache[k]
		if !ok {
			var err error
			if v, err = s.workplaces(ctx, q, o); err != nil {
				return nil, err
			}
			if !o.HasOutlet() {
				v = slices.DeleteFunc(v, func(x outlets.Serving) bool { return !x.Outlet.Own() })
			}
			cache[k] = v
		}
		may[i] = v
	}
	return may, nil
}

// planWorld is the snapshot of a plan's days for some orders, with the engineers who may do any of them. What is
// kept for them, and for the orders that are free to be left out, does not count.
func (s *Service) planWorld(ctx context.Context, q db.Querier, p DayPlan, list []orders.Order, free []orders.ID) (*world, error) {
	may, err := s.whoMay(ctx, q, list)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, v := range may {
		all = append(all, paths(v)...)
	}
	people, err := s.peopleOf(ctx, q, all)
	if err != nil {
		return nil, err
	}
	w, err := s.look(ctx, q, worldInput{people: people, from: p.Date, to: p.last(), except: append(idsOf(list), free...)})
	if err != nil {
		return nil, err
	}
	if err := s.addJobs(ctx, q, w, list, may); err != nil {
		return nil, err
	}
	return w, s.weighs(ctx, q, w)
}

func idsOf(list []orders.Order) []orders.ID {
	out := make([]orders.ID, len(list))
	for i, o := range list {
		out[i] = o.ID
	}
	return out
}

// addJobs takes orders into a snapshot, each with the outlets that may do it; those that nobody may are left out.
func (s *Service) addJobs(ctx context.Context, q db.Querier, w *world, list []orders.Order, may [][]outlets.Serving) error {
	kept, err := reservationsOf(ctx, q, idsOf(list))
	if err != nil {
		return err
	}
	w.kept = kept
	byOutlet := map[outlets.ID]workforce.Engineer{}
	for _, e := range w.people {
		byOutlet[e.OutletID] = e
	}
	for i, o := range list {
		w.known[o.ID] = o
		if len(may[i]) == 0 {
			continue
		}
		j := w.job([]orders.Order{o}, []planner.OutletID{})
		for id, e := range byOutlet {
			if rankOf(may[i], e) > 0 {
				j.Outlets = append(j.Outlets, planner.OutletID(id))
			}
		}
		slices.Sort(j.Outlets)
		if win := o.Window(); !win.IsZero() {
			j.Windows = []planner.Span{{From: win.From, To: win.To}}
		}
		j.Preferred = planner.EngineerID(kept[o.ID].EngineerID)
		w.Jobs = append(w.Jobs, j)
	}
	return nil
}
