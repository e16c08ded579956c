package dispatch

import (
	"context"
	"fmt"
	"slices"
	"time"

	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
	"anxin/internal/workforce"
)

// RepairInput says what happened.
type RepairInput struct {
	access.Act
	Event  RepairEvent
	Outlet outlets.ID    // bounds who may be moved; empty: all that the actor sees
	Date   calendar.Date // the first date that is repaired; zero: the first that the event touches
	Days   int           // 0: as many as the event touches, at most 7
}

// StartRepair starts repairing the board after an event; the task tells how far it is and can be stopped. The result
// is a draft of moves, published or discarded as any plan.
func (s *Service) StartRepair(ctx context.Context, in RepairInput) (DayPlan, error) {
	return s.newRepair(ctx, in, queuePlan)
}

// RepairNow repairs at once, in the caller's own time, and keeps the draft.
func (s *Service) RepairNow(ctx context.Context, in RepairInput, report func(done, total int)) (DayPlan, error) {
	p, err := s.newRepair(ctx, in, func(context.Context, *db.Tx, DayPlan) error { return nil })
	if err != nil {
		return p, err
	}
	return s.makeNow(ctx, p, report)
}

func (s *Service) newRepair(ctx context.Context, in RepairInput, start begin) (DayPlan, error) {
	if err := access.Require(ctx, PermPlan); err != nil {
		return DayPlan{}, err
	}
	path, _, err := s.planScope(ctx, in.Outlet)
	if err != nil {
		return DayPlan{}, err
	}
	top := in.Outlet
	if top == "" {
		top = outlets.Centre
	}
	out, err := s.outlets.Get(ctx, s.db, top)
	if err != nil {
		return DayPlan{}, err
	}
	if in.Event.Alert != "" {
		if err := s.fromAlert(ctx, &in.Event); err != nil {
			return DayPlan{}, err
		}
	}
	if in.Event.empty() {
		return DayPlan{}, problem.Field("event", problem.Required)
	}
	from, to, err := s.checkEvent(ctx, in.Event, out.Location())
	if err != nil {
		return DayPlan{}, err
	}
	today := calendar.DateOf(s.db.Now(), out.Location())
	if in.Date.IsZero() {
		in.Date = max(from, today)
	}
	if in.Days == 0 {
		in.Days = min(maxDays, int(max(to, in.Date)-in.Date)+1)
	}
	if err := checkDays(in.Date, &in.Days, today); err != nil {
		return DayPlan{}, err
	}
	p := DayPlan{
		Kind: PlanOfRepair, OutletPath: path, Wide: wide(ctx, path), Brands: access.From(ctx).Scope.Brands, Date: in.Date, Days: in.Days, Event: &in.Event, Operation: in.OperationID,
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (DayPlan, error) {
		return s.notePlanTx(ctx, tx, p, in.Reason, start)
	})
}

// checkEvent says at its field what of an event is unknown to the actor, and finds the dates that it touches.
func (s *Service) checkEvent(ctx context.Context, e RepairEvent, loc *time.Location) (from, to calendar.Date, err error) {
	today := calendar.DateOf(s.db.Now(), loc)
	var f problem.Fields
	touch := func(d calendar.Date) {
		if from.IsZero() || d < from {
			from = d
		}
		to = max(to, d)
	}
	known, err := s.orders.ByIDs(ctx, s.db, append(slices.Clone(e.Added), lateOrders(e)...))
	if err != nil {
		return 0, 0, err
	}
	for i, id := range e.Added {
		o, ok := known[id]
		f.Check(ok, fmt.Sprintf("event.added.%d", i), problem.Unknown)
		f.Check(!ok || o.State == orders.StateReady || o.State == orders.StateAccepted, fmt.Sprintf("event.added.%d", i), ErrOrderState, "state", string(o.State))
		if w := o.Window(); ok && !w.IsZero() {
			touch(calendar.DateOf(w.From, loc))
			touch(min(calendar.DateOf(w.To, loc), calendar.DateOf(w.From, loc)+maxDays-1))
		}
	}
	visits := func(field string, list []orders.VisitID) error {
		for i, id := range list {
			v, err := s.orders.FindVisit(ctx, s.db, id)
			if err != nil && !problem.Match(err, orders.ErrVisitNotFound) {
				return err
			}
			f.Check(err == nil, fmt.Sprintf("event.%s.%d", field, i), problem.Unknown)
			if err == nil {
				touch(v.Day)
			}
		}
		return nil
	}
	if err := visits("cancelled", e.Cancelled); err != nil {
		return 0, 0, err
	}
	if err := visits("overrun", overran(e)); err != nil {
		return 0, 0, err
	}
	for i, o := range e.Overrun {
		f.Check(!o.Until.IsZero() && o.Until.Before(s.db.Now().Add(2*orders.MaxVisit)), fmt.Sprintf("event.overrun.%d.until", i), problem.BadTime)
	}
	ids := make([]workforce.EngineerID, len(e.Absent))
	for i, a := range e.Absent {
		ids[i] = a.Engineer
	}
	people, err := s.workforce.ByIDs(ctx, s.db, ids)
	if err != nil {
		return 0, 0, err
	}
	scope := access.From(ctx).Scope
	for i, a := range e.Absent {
		p, ok := people[a.Engineer]
		f.Check(ok && scope.Sees("", p.OutletPath), fmt.Sprintf("event.absent.%d.engineer_id", i), problem.Unknown)
		f.Check(a.To.After(a.From) && !a.From.IsZero(), fmt.Sprintf("event.absent.%d.to", i), problem.BadTime)
		touch(max(today, calendar.DateOf(a.From, loc)))
		touch(max(today, calendar.DateOf(a.To.Add(-time.Microsecond), loc)))
	}
	e.checkTraffic(&f, s.db.Now())
	for _, t := range e.Traffic {
		touch(max(today, calendar.DateOf(t.From, loc)))
		touch(max(today, calendar.DateOf(t.To.Add(-time.Microsecond), loc)))
	}
	for i, l := range e.Late {
		_, ok := known[l.Order]
		f.Check(ok, fmt.Sprintf("event.part_late.%d.order_id", i), problem.Unknown)
		f.Check(!l.Until.IsZero(), fmt.Sprintf("event.part_late.%d.until", i), problem.Required)
		touch(max(today, calendar.DateOf(l.Until, loc)))
	}
	if err := f.Err(); err != nil {
		return 0, 0, err
	}
	late, err := s.lateVisits(ctx, s.db, e)
	if err != nil {
		return 0, 0, err
	}
	for _, v := range late {
		touch(v.Day)
	}
	if from.IsZero() {
		from, to = today, today+1
	}
	return from, min(to, max(from, today)+maxDays-1), nil
}

func lateOrders(e RepairEvent) []orders.ID {
	out := make([]orders.ID, len(e.Late))
	for i, l := range e.Late {
		out[i] = l.Order
	}
	return out
}

// fromAlert reads out of an alert what happened.
func (s *Service) fromAlert(ctx context.Context, e *RepairEvent) error {
	a, err := findAlert(ctx, s.db, access.From(ctx).Scope, e.Alert)
	if problem.Match(err, ErrAlertNotFound) {
		return problem.Field("event.alert_id", problem.Unknown)
	}
	if err != nil {
		return err
	}
	if a.ClosedAt != nil {
		return problem.Field("event.alert_id", ErrAlertClosed)
	}
	switch a.Kind {
	case AlertNoCapacity, AlertNobody:
		if !slices.Contains(e.Added, a.OrderID) {
			e.Added = append(e.Added, a.OrderID)
		}
	case AlertAway:
		return s.fromAbsence(ctx, a, e)
	case AlertOverrun:
		for _, r := range a.Reasons {
			id, _ := r.Params["visit_id"].(string)
			text, _ := r.Params["until"].(string)
			until, err := time.Parse(time.RFC3339Nano, text)
			if id == "" || err != nil {
				continue
			}
			if now := s.db.Now(); until.Before(now) {
				until = now
			}
			e.Overrun = append(e.Overrun, OverrunVisit{Visit: orders.VisitID(id), Until: until})
		}
	}
	return nil
}

// fromAbsence takes over the times away of who should come to an order's visit.
func (s *Service) fromAbsence(ctx context.Context, a Alert, e *RepairEvent) error {
	list, err := s.orders.VisitsOfOrder(ctx, s.db, a.OrderID)
	if err != nil {
		return err
	}
	for _, v := range list {
		if !v.Open() {
			continue
		}
		away, err := s.workforce.Absences(ctx, s.db, v.Engineers(), v.Start, v.End)
		if err != nil {
			return err
		}
		people, err := s.workforce.ByIDs(ctx, s.db, v.Engineers())
		if err != nil {
			return err
		}
		for _, id := range v.Engineers() {
			for _, x := range away[id] {
				e.Absent = append(e.Absent, AbsentTime{Engineer: id, From: x.Start, To: x.End})
			}
			if people[id].State != workforce.StateActive {
				e.Absent = append(e.Absent, AbsentTime{Engineer: id, From: v.Start.Add(-12 * time.Hour), To: v.End.Add(12 * time.Hour)})
			}
		}
	}
	return nil
}

// repairTx makes a repair's draft true: what is cancelled or cannot be kept comes off first, then visits move, then
// new ones are planned. The draft was judged as a whole, so on the way visits may overlap.
func (s *Service) repairTx(ctx context.Context, tx *db.Tx, p DayPlan, numbers []string, in access.Act) error {
	visits, ids, err := s.movedTx(ctx, tx, p)
	if err != nil {
		return err
	}
	if err := s.lockPlanTx(ctx, tx, p, append(slices.Clone(ids), unserved(p)...), slices.Collect(valuesOf(visits))); err != nil {
		return err
	}
	waiting, err := s.waitingTx(ctx, tx, ids)
	if err != nil {
		return err
	}
	r, err := s.repairWorld(p.context(ctx), tx, p)
	if err != nil {
		return err
	}
	if len(r.gone) > 0 {
		return ErrPlanStale.With("orders", r.gone)
	}
	if err := s.allWays(ctx, r.w); err != nil {
		return err
	}
	r.only(p)
	if bad := r.judge(p); len(bad) > 0 {
		return ErrPlanStale.With("violations", bad)
	}
	for _, v := range visits { // somebody moved it before the days were locked
		if now, ok := r.w.visit(v.ID); !ok || now.Version != v.Version {
			return db.ErrRace
		}
	}
	gone := slices.Clone(r.cancel)
	for _, id := range droppedBy(p) {
		if v, ok := r.w.visit(id); ok {
			gone = append(gone, v)
		}
	}
	for _, v := range gone {
		off := access.Act{OccurredAt: in.OccurredAt, Reason: "dispatcher_moves"}
		if _, err := s.orders.CancelVisitTx(ctx, tx, orders.VisitInput{Act: off, ID: v.ID}); err != nil {
			return err
		}
		if err := s.noteVisitTx(ctx, tx, "unassign", v, off); err != nil {
			return err
		}
	}
	for i, a := range p.Body.Plan.Assignments {
		id := visitOf(a)
		if id == "" {
			k := slices.IndexFunc(waiting, func(o orders.Order) bool { return o.ID == orders.ID(a.Job) })
			if err := s.newVisitTx(ctx, tx, a, waiting[k], numbers[i]); err != nil {
				return err
			}
			continue
		}
		if err := s.moveTx(ctx, tx, p, visits[id], a, in); err != nil {
			return err
		}
	}
	if p.Event.Alert != "" {
		a, err := findAlert(ctx, tx, access.Everything, p.Event.Alert)
		if err == nil && a.ClosedAt == nil && a.Kind != AlertNoCapacity && a.Kind != AlertNobody {
			err = s.closeTx(ctx, tx, a, "covered", access.Act{})
		}
		if err != nil {
			return err
		}
	}
	return s.leaveTx(ctx, tx, p)
}

// only leaves out orders that wait since the draft was made: it says nothing of them.
func (r *repair) only(p DayPlan) {
	in := map[planner.JobID]bool{}
	for _, a := range p.Body.Plan.Assignments {
		in[a.Job] = true
	}
	for _, u := range p.Body.Plan.Unserved {
		in[u.Job] = true
	}
	r.change.Added = slices.DeleteFunc(r.change.Added, func(j planner.Job) bool { return !in[j.ID] })
}

func valuesOf(m map[orders.VisitID]orders.Visit) func(yield func(orders.Visit) bool) {
	return func(yield func(orders.Visit) bool) {
		for _, v := range m {
			if !yield(v) {
				return
			}
		}
	}
}

// droppedBy are the visits that a repair found nobody for.
func droppedBy(p DayPlan) []orders.VisitID {
	out := []orders.VisitID{}
	for _, id := range p.Body.Plan.Dropped {
		out = append(out, orders.VisitID(id))
	}
	for _, u := range p.Body.Plan.Unserved {
		if v := visitOf(planner.Assignment{Job: u.Job}); v != "" && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	return out
}

// movedTx reads the visits that a repair touches, and lists the orders that it places.
func (s *Service) movedTx(ctx context.Context, tx *db.Tx, p DayPlan) (map[orders.VisitID]orders.Visit, []orders.ID, error) {
	out, ids := map[orders.VisitID]orders.Visit{}, []orders.ID{}
	touched := droppedBy(p)
	for _, a := range p.Body.Plan.Assignments {
		if v := visitOf(a); v != "" {
			touched = append(touched, v)
		} else {
			ids = append(ids, orders.ID(a.Job))
		}
	}
	for _, id := range touched {
		v, err := s.orders.FindVisit(ctx, tx, id)
		if err != nil {
			return nil, nil, err
		}
		if !v.Open() || frozen(v) {
			return nil, nil, ErrPlanStale.With("visits", []orders.VisitID{id})
		}
		out[id] = v
	}
	return out, ids, nil
}

// moveTx moves a visit to where a repair wants it; who had been told is told again.
func (s *Service) moveTx(ctx context.Context, tx *db.Tx, p DayPlan, v orders.Visit, a planner.Assignment, in access.Act) error {
	if was := placingOf(v); slices.Equal(was.Engineers, a.Engineers) && v.Start.Equal(a.Start) && v.End.Equal(a.End) {
		return nil
	}
	act := access.Act{OccurredAt: in.OccurredAt, Reason: in.Reason, Note: in.Note}
	if act.Reason == "" {
		act.Reason = p.Event.reason(v.Engineers())
	}
	before := told(v)
	v, err := s.orders.MoveVisitTx(ctx, tx, orders.MoveVisit{
		VisitInput: orders.VisitInput{Act: act, ID: v.ID}, Start: a.Start, End: a.End, Engineers: engineersOf(a), Override: true,
	})
	if err != nil {
		return err
	}
	if before {
		if v, err = s.orders.DispatchVisitTx(ctx, tx, orders.VisitInput{ID: v.ID}); err != nil {
			return err
		}
	}
	return s.noteVisitTx(ctx, tx, "move", v, act)
}

// reason is the reason code of a visit that an event moves.
func (e RepairEvent) reason(crew []workforce.EngineerID) string {
	for _, a := range e.Absent {
		if slices.Contains(crew, a.Engineer) {
			return "engineer_ill"
		}
	}
	if len(e.Overrun) > 0 {
		return "engineer_late"
	}
	if len(e.Traffic) > 0 {
		return "traffic"
	}
	return "dispatcher_moves"
}

func (s *Service) noteVisitTx(ctx context.Context, tx *db.Tx, act string, v orders.Visit, in access.Act) error {
	list, err := s.ordersTx(systemContext(ctx), tx, v.OrderIDs())
	if err != nil {
		return err
	}
	return s.noteTx(ctx, tx, act, v, list, in, nil)
}
