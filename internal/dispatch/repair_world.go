package dispatch

import (
	"context"
	"slices"
	"time"

	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
	"anxin/internal/workforce"
)

// Codes of why a repair moves something.
const (
	noteOverrun   = "dispatch.overrun"    // the visit before ends that many minutes later
	noteMakesRoom = "dispatch.makes_room" // for others
	noteUrgent    = "dispatch.added"      // new work
)

// slack is how far a visit may be moved whose customer was told when somebody comes, without a promise.
const slack = 2 * time.Hour

// repair is a snapshot with an event.
type repair struct {
	w      *world
	change planner.Change
	cancel []orders.Visit // open visits that the event cancels
	gone   []orders.ID    // orders that do not wait any more
	list   []orders.Order // to be placed
	event  RepairEvent    // with what the alert says
	late   map[planner.VisitID]time.Time
	loose  []planner.VisitID // what cannot stay as it is
}

// told are the acts after which the customer knows who comes and when.
func told(v orders.Visit) bool {
	return v.State == orders.VisitStateDispatched || v.State == orders.VisitStateAccepted
}

// repairWorld reads the board around an event: the days of those outlets whose engineers, visits or addresses it
// touches. Visits there can be moved, those of brands or outlets that the plan's maker does not see cannot.
func (s *Service) repairWorld(ctx context.Context, q db.Querier, p DayPlan) (*repair, error) {
	r := &repair{late: map[planner.VisitID]time.Time{}}
	if p.Event != nil {
		r.event = *p.Event
	}
	scope := access.From(ctx).Scope
	var all []string
	for _, a := range r.event.Absent {
		e, err := s.workforce.Get(ctx, q, a.Engineer)
		if err != nil {
			return nil, err
		}
		all = append(all, e.OutletPath)
		r.change.Absent = append(r.change.Absent, planner.Absent{Engineer: planner.EngineerID(a.Engineer), Span: planner.Span{From: a.From, To: a.To}})
	}
	for _, id := range append(slices.Clone(r.event.Cancelled), overran(r.event)...) {
		v, err := s.orders.FindVisit(ctx, q, id)
		if problem.Match(err, orders.ErrVisitNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, v.OutletPath)
	}
	near, err := s.nearTraffic(ctx, q, p)
	if err != nil {
		return nil, err
	}
	all = append(all, near...)
	waits, err := s.lateVisits(ctx, q, r.event)
	if err != nil {
		return nil, err
	}
	for _, v := range waits {
		all = append(all, v.OutletPath)
	}
	if err := s.addedOrders(ctx, q, p, r); err != nil {
		return nil, err
	}
	if r.event.Fill {
		if err := s.fillOrders(ctx, p, r, all); err != nil {
			return nil, err
		}
	}
	may, err := s.whoMay(ctx, q, r.list)
	if err != nil {
		return nil, err
	}
	if !r.event.Fill || len(all) == 0 {
		for _, v := range may {
			all = append(all, paths(v)...)
		}
	}
	people, err := s.peopleOf(ctx, q, all)
	if err != nil {
		return nil, err
	}
	people = slices.DeleteFunc(people, func(e workforce.Engineer) bool { return !scope.Sees("", e.OutletPath) })
	if r.w, err = s.look(ctx, q, worldInput{people: people, from: p.Date, to: p.last(), except: idsOf(r.list), jobs: true}); err != nil {
		return nil, err
	}
	r.free(scope)
	if err := s.addJobs(ctx, q, r.w, r.list, may); err != nil {
		return nil, err
	}
	if err := s.weighs(ctx, q, r.w); err != nil {
		return nil, err
	}
	r.change.Added, r.w.Jobs = r.w.Jobs, nil
	r.overruns()
	r.jams()
	r.cancels()
	r.waits(waits, p.last())
	return r, nil
}

func overran(e RepairEvent) []orders.VisitID {
	out := make([]orders.VisitID, len(e.Overrun))
	for i, o := range e.Overrun {
		out[i] = o.Visit
	}
	return out
}

// lateVisits finds the open visits of orders whose part comes later.
func (s *Service) lateVisits(ctx context.Context, q db.Querier, e RepairEvent) (map[orders.ID]orders.Visit, error) {
	out := map[orders.ID]orders.Visit{}
	for _, l := range e.Late {
		list, err := s.orders.VisitsOfOrder(ctx, q, l.Order)
		if err != nil {
			return nil, err
		}
		for _, v := range list {
			if v.Open() && !frozen(v) && slices.Contains(v.OrderIDs(), l.Order) && v.Start.Before(l.Until) {
				out[l.Order] = v
			}
		}
	}
	return out, nil
}

// addedOrders reads the orders to be placed that still wait.
func (s *Service) addedOrders(ctx context.Context, q db.Querier, p DayPlan, r *repair) error {
	known, err := s.orders.ByIDs(p.reads(ctx), q, r.event.Added)
	if err != nil {
		return err
	}
	for _, id := range r.event.Added {
		o, ok := known[id]
		if !ok || o.State != orders.StateReady && o.State != orders.StateAccepted {
			r.gone = append(r.gone, id)
			continue
		}
		r.list = append(r.list, o)
	}
	return nil
}

// fillOrders adds what waits on the plan's days and may be done by the outlets that the event touches.
func (s *Service) fillOrders(ctx context.Context, p DayPlan, r *repair, touched []string) error {
	more, err := s.unplanned(ctx, p)
	if err != nil {
		return err
	}
	for _, o := range more {
		if slices.ContainsFunc(r.list, func(have orders.Order) bool { return have.ID == o.ID }) {
			continue
		}
		if o.HasOutlet() && len(touched) > 0 && !slices.ContainsFunc(touched, func(path string) bool { return under(o.OutletPath, path) || under(path, o.OutletPath) }) {
			continue
		}
		r.list = append(r.list, o)
	}
	return nil
}

// under tells whether a path is another or below it.
func under(path, of string) bool { return of != "" && len(path) >= len(of) && path[:len(of)] == of }

// free says what of the visits may be moved, where and when.
func (r *repair) free(scope access.Scope) {
	for i := range r.w.Visits {
		pv := &r.w.Visits[i]
		v, ok := r.w.visit(orders.VisitID(pv.ID))
		if !ok {
			continue
		}
		pv.Job.ID = planner.JobID(visitPrefix + string(v.ID))
		pv.Job.Outlets = []planner.OutletID{}
		for id, o := range r.w.outlets {
			if o.Under(v.OutletPath) {
				pv.Job.Outlets = append(pv.Job.Outlets, planner.OutletID(id))
			}
		}
		slices.Sort(pv.Job.Outlets)
		pv.Frozen = pv.Frozen || !scope.Sees(string(v.BrandID), v.OutletPath)
		if len(pv.Job.Windows) == 0 && told(v) {
			pv.Job.Windows = []planner.Span{{From: v.Start.Add(-slack), To: v.Start.Add(slack)}}
		}
	}
}

func (r *repair) overruns() {
	for _, o := range r.event.Overrun {
		if _, ok := r.w.visit(o.Visit); ok {
			r.change.Overrun = append(r.change.Overrun, planner.Overrun{Visit: planner.VisitID(o.Visit), Until: o.Until})
		}
	}
}

func (r *repair) cancels() {
	for _, id := range r.event.Cancelled {
		if v, ok := r.w.visit(id); ok && v.Open() {
			r.cancel = append(r.cancel, v)
			r.change.Cancelled = append(r.change.Cancelled, planner.VisitID(id))
		}
	}
}

// waits takes visits whose part comes later off their place, to be placed again from then on. The promised window is
// kept as far as it lies after.
func (r *repair) waits(list map[orders.ID]orders.Visit, last calendar.Date) {
	for _, l := range r.event.Late {
		v, ok := list[l.Order]
		id := planner.VisitID(v.ID)
		i := slices.IndexFunc(r.w.Visits, func(pv planner.Visit) bool { return pv.ID == id })
		if !ok || i < 0 || r.w.Visits[i].Frozen || !r.late[id].IsZero() {
			continue
		}
		j := r.w.Visits[i].Job
		windows := []planner.Span{}
		for _, w := range j.Windows {
			if w.From.Before(l.Until) {
				w.From = l.Until
			}
			if w.To.After(w.From) {
				windows = append(windows, w)
			}
		}
		if len(windows) == 0 {
			windows = []planner.Span{{From: l.Until, To: latest(l.Until, (last + 2).UTC())}}
			j.Promised = false
		}
		j.Windows, j.PartsMissing = windows, false
		r.late[id] = l.Until
		r.change.Cancelled = append(r.change.Cancelled, id)
		r.change.Added = append(r.change.Added, j)
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// judge judges a draft on the board as it is read, after the event.
func (r *repair) judge(p DayPlan) []planner.Violation {
	after, _ := r.w.After(r.change)
	after.Now = r.w.Now.Add(-late)
	plan := p.Body.Plan
	plan.Fetches, _ = after.Fetches(plan)
	return planner.CheckPlan(after, plan)
}

// makeRepair asks the planner for the moves that repair the board.
func (s *Service) makeRepair(ctx context.Context, p DayPlan) (PlanBody, error) {
	r, err := s.repairWorld(ctx, s.db, p)
	if err != nil {
		return PlanBody{}, err
	}
	if err := s.allWays(ctx, r.w); err != nil {
		return PlanBody{}, err
	}
	after, loose := r.w.After(r.change)
	r.loose = loose
	body := PlanBody{Jobs: len(r.change.Added) + len(loose), Engineers: len(r.w.Engineers)}
	if body.Plan, err = s.planner.Repair(ctx, r.w.Snapshot, r.change); err != nil {
		return body, err
	}
	body.Comparison, body.Changes = compare(r.w, r.w.Snapshot, after.Apply(body.Plan), body.Plan, r.w.kept, r.why)
	body.Comparison.Before.Unserved = body.Jobs
	return body, nil
}

// why says what of the event moves a visit, or that it makes room.
func (r *repair) why(d *Difference) {
	if d.Visit == "" {
		if slices.Contains(r.event.Added, d.Orders[0]) {
			d.Reasons.Add(reason.Noted(noteUrgent))
		}
		return
	}
	id := planner.VisitID(d.Visit)
	if until := r.late[id]; !until.IsZero() {
		d.Reasons.Add(reason.Noted(planner.RuleParts).With("until", until))
		return
	}
	if d.From == nil {
		return
	}
	was := planner.Span{From: d.From.Start, To: d.From.End}
	for _, a := range r.change.Absent {
		if slices.Contains(d.From.Engineers, a.Engineer) && a.From.Before(was.To) && was.From.Before(a.To) {
			d.Reasons.Add(reason.Noted(planner.RuleAbsent).With("engineer", string(a.Engineer)).With("date", d.From.Date.String()).Compared(int64(was.To.Sub(was.From)/time.Minute), 0))
			return
		}
	}
	for _, o := range r.change.Overrun {
		if o.Visit == id {
			continue
		}
		v, ok := r.w.visit(orders.VisitID(o.Visit))
		if !ok || !slices.ContainsFunc(v.Engineers(), func(e workforce.EngineerID) bool { return slices.Contains(d.From.Engineers, planner.EngineerID(e)) }) {
			continue
		}
		if !was.From.Before(v.Start) && was.From.Before(o.Until.Add(dear)) {
			d.Reasons.Add(reason.Noted(noteOverrun).With("visit", v.Number).Compared(int64(o.Until.Sub(v.End)/time.Minute), 0))
			return
		}
	}
	if len(r.change.Jams) > 0 && slices.Contains(r.loose, id) {
		worst := 0
		for _, j := range r.change.Jams {
			worst = max(worst, j.Percent)
		}
		d.Reasons.Add(reason.Noted(noteTraffic).Compared(worst, 0))
		return
	}
	d.Reasons.Add(reason.Noted(noteMakesRoom))
}
