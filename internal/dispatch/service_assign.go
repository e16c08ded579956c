package dispatch

import (
	"context"
	"slices"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
	"anxin/internal/workforce"
)

// Assigned is a visit after an act, and the rules that were set aside for it.
type Assigned struct {
	Visit    orders.Visit
	SetAside []planner.Violation
	Other    *orders.Visit // the other one of a swap
}

// AssignInput gives orders of one place to engineers.
type AssignInput struct {
	access.Act
	Orders    []orders.ID
	Engineers []workforce.EngineerID // the first leads
	Start     time.Time              // on site
	End       time.Time              // zero: as long as the work takes
	Override  bool                   // set aside the rules that may be; needs a reason of dispatch.override
}

// late is how far back a person may still assign: the engineer stands at the door already.
const late = 15 * time.Minute

// Assign plans a visit by hand. It is judged by the rules of the planner: what breaks them comes back as
// [ErrRules] with the violations, and goes through with Override, permission and a reason; the law, the trade
// and physics ([planner.Hard]) never do.
func (s *Service) Assign(ctx context.Context, in AssignInput) (Assigned, error) {
	if err := access.Require(ctx, PermAssign); err != nil {
		return Assigned{}, err
	}
	if err := in.check(); err != nil {
		return Assigned{}, err
	}
	number, err := s.orders.NextVisitNumber(ctx)
	if err != nil {
		return Assigned{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Assigned, error) { return s.assignTx(ctx, tx, number, in) })
}

func (in AssignInput) check() error {
	var f problem.Fields
	f.Check(len(in.Orders) > 0 && len(in.Orders) <= 20, "orders", problem.Required)
	f.Check(len(in.Engineers) > 0 && len(in.Engineers) <= 10, "engineers", problem.Required)
	f.Check(!in.Start.IsZero(), "start", problem.Required)
	f.Check(in.End.IsZero() || in.End.After(in.Start), "end", problem.BadTime)
	f.Check(in.End.IsZero() || in.End.Sub(in.Start) <= orders.MaxVisit, "end", problem.OutOfRange, "limit", "24 h")
	return f.Err()
}

func (s *Service) assignTx(ctx context.Context, tx *db.Tx, number string, in AssignInput) (Assigned, error) {
	list, err := s.ordersTx(ctx, tx, in.Orders)
	if err != nil {
		return Assigned{}, err
	}
	if v, done, err := s.replayTx(ctx, tx, list[0].ID, "assign", in.OperationID); done || err != nil {
		return Assigned{Visit: v}, err
	}
	if in.End.IsZero() {
		in.End = in.Start
		for _, o := range list {
			in.End = in.End.Add(time.Duration(max(1, o.Minutes)) * time.Minute)
		}
	}
	people, err := s.peopleTx(ctx, tx, in.Engineers)
	if err != nil {
		return Assigned{}, err
	}
	aside, err := s.verifyTx(ctx, tx, people, []move{{list: list, engineers: in.Engineers, start: in.Start, end: in.End}})
	if err != nil {
		return Assigned{}, err
	}
	if err := s.mayTx(ctx, tx, aside, in.Override, "dispatch.override", in.Act); err != nil {
		return Assigned{}, err
	}
	plan := orders.PlanVisit{
		Act: in.Act, Number: number, Orders: in.Orders, Engineers: in.Engineers, Start: in.Start, End: in.End, Override: len(aside) > 0,
	}
	if !list[0].HasOutlet() {
		plan.OutletID = people[0].OutletID
	}
	v, err := s.orders.PlanVisitTx(ctx, tx, plan)
	if err != nil {
		return Assigned{}, err
	}
	for _, o := range list {
		if err := s.endReservationTx(ctx, tx, o.ID, ReservationUsed, "visit_planned"); err != nil {
			return Assigned{}, err
		}
		if err := s.settleTx(ctx, tx, o, "covered"); err != nil {
			return Assigned{}, err
		}
	}
	return Assigned{Visit: v, SetAside: aside}, s.noteTx(ctx, tx, "assign", v, list, in.Act, aside)
}

// ordersTx reads orders in scope, in the order asked for.
func (s *Service) ordersTx(ctx context.Context, tx db.Querier, ids []orders.ID) ([]orders.Order, error) {
	known, err := s.orders.ByIDs(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]orders.Order, 0, len(ids))
	for _, id := range ids {
		o, ok := known[id]
		if !ok {
			return nil, orders.ErrNotFound.With()
		}
		out = append(out, o)
	}
	return out, nil
}

// replayTx finds the visit that the same operation brought about.
func (s *Service) replayTx(ctx context.Context, tx *db.Tx, order orders.ID, act, operation string) (orders.Visit, bool, error) {
	d, done, err := decided(ctx, tx, order, act, operation)
	if !done || err != nil {
		return orders.Visit{}, false, err
	}
	v, err := s.orders.FindVisit(ctx, tx, d.VisitID)
	return v, true, err
}

// peopleTx reads engineers that the actor may plan for.
func (s *Service) peopleTx(ctx context.Context, tx db.Querier, ids []workforce.EngineerID) ([]workforce.Engineer, error) {
	known, err := s.workforce.ByIDs(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	scope := access.From(ctx).Scope
	out := make([]workforce.Engineer, 0, len(ids))
	for _, id := range ids {
		e, ok := known[id]
		if !ok || !scope.Sees("", e.OutletPath) || e.State != workforce.StateActive || e.Job != workforce.JobEngineer {
			return nil, problem.Field("engineers", problem.Unknown)
		}
		if !slices.ContainsFunc(out, func(o workforce.Engineer) bool { return o.ID == id }) {
			out = append(out, e)
		}
	}
	return out, nil
}

// move is an assignment to be judged, of a new visit or of one that stands elsewhere.
type move struct {
	visit      orders.VisitID
	list       []orders.Order
	engineers  []workforce.EngineerID
	start, end time.Time
}

// verifyTx locks the days first and judges then: what is read after the guard cannot change any more.
func (s *Service) verifyTx(ctx context.Context, tx *db.Tx, people []workforce.Engineer, moves []move) ([]planner.Violation, error) {
	return s.verify(ctx, tx, people, moves, func(days []workforce.Day) error {
		_, err := s.workforce.BumpDaysTx(ctx, tx, days)
		return err
	})
}

// verify judges moves together, once the days that they come to are locked.
func (s *Service) verify(ctx context.Context, tx db.Querier, people []workforce.Engineer, moves []move, lock func([]workforce.Day) error) ([]planner.Violation, error) {
	outs := make([]outlets.ID, len(people))
	for i, e := range people {
		outs[i] = e.OutletID
	}
	places, err := s.outlets.ByIDs(ctx, tx, outs)
	if err != nil {
		return nil, err
	}
	lead := map[workforce.EngineerID]*time.Location{}
	for _, e := range people {
		lead[e.ID] = places[e.OutletID].Location()
	}
	var days []workforce.Day
	var from, to calendar.Date
	dates := make([]calendar.Date, len(moves))
	for i, m := range moves {
		dates[i] = calendar.DateOf(m.start, lead[m.engineers[0]])
		if from.IsZero() || dates[i] < from {
			from = dates[i]
		}
		to = max(to, dates[i])
		for _, e := range m.engineers {
			days = append(days, workforce.Day{Engineer: e, Date: dates[i].String()})
		}
	}
	if err := lock(days); err != nil {
		return nil, err
	}
	var except []orders.ID
	for _, m := range moves {
		for _, o := range m.list {
			except = append(except, o.ID)
		}
	}
	w, err := s.look(ctx, tx, worldInput{people: people, from: from, to: to, except: except})
	if err != nil {
		return nil, err
	}
	w.Now = tx.Now().Add(-late)
	w.Visits = slices.DeleteFunc(w.Visits, func(v planner.Visit) bool {
		return slices.ContainsFunc(moves, func(m move) bool { return m.visit != "" && v.Job.ID == planner.JobID("visit:"+string(m.visit)) })
	})
	plan := planner.Plan{}
	for i, m := range moves {
		j := w.job(m.list, nil)
		if j.Outlets, err = s.allowed(ctx, tx, m.list, people); err != nil {
			return nil, err
		}
		j.ID = planner.JobID(m.list[0].ID)
		j.Minutes, j.Crew = int(m.end.Sub(m.start)/time.Minute), max(j.Crew, len(m.engineers))
		w.Jobs = append(w.Jobs, j)
		a := planner.Assignment{Job: j.ID, Date: dates[i], Start: m.start.UTC(), End: m.start.UTC().Add(time.Duration(j.Minutes) * time.Minute)}
		for _, e := range m.engineers {
			a.Engineers = append(a.Engineers, planner.EngineerID(e))
		}
		plan.Assignments = append(plan.Assignments, a)
	}
	if err := s.ways(ctx, w); err != nil {
		return nil, err
	}
	return planner.CheckPlan(w.Snapshot, withFetches(w.Snapshot, plan.Assignments...)), nil
}

// allowed are the outlets of people who may do orders; never nil, since none at all means nobody may.
func (s *Service) allowed(ctx context.Context, q db.Querier, list []orders.Order, people []workforce.Engineer) ([]planner.OutletID, error) {
	serving, err := s.workplaces(ctx, q, list[0])
	if err != nil {
		return nil, err
	}
	out := []planner.OutletID{}
	for _, e := range people {
		if rankOf(serving, e) > 0 {
			out = append(out, planner.OutletID(e.OutletID))
		}
	}
	return out, nil
}

// mayTx refuses what breaks hard rules, and what breaks others unless they are set aside by who may, with a
// reason.
func (s *Service) mayTx(ctx context.Context, tx *db.Tx, list []planner.Violation, override bool, kind string, in access.Act) error {
	hard := slices.DeleteFunc(slices.Clone(list), func(v planner.Violation) bool { return !planner.Hard(v.Reason.Code) })
	switch {
	case len(hard) > 0:
		return ErrHardRules.With("violations", hard)
	case len(list) == 0:
		return nil
	case !override:
		return ErrRules.With("violations", list)
	}
	if err := access.Require(ctx, PermOverride); err != nil {
		return err
	}
	snap, err := s.catalog.Current(ctx, tx)
	if err != nil {
		return err
	}
	_, err = snap.CheckReason(kind, catalog.ReasonCode(in.Reason), in.Note)
	return err
}

// noteTx keeps why an act was done, with the rules that were set aside.
func (s *Service) noteTx(ctx context.Context, tx *db.Tx, act string, v orders.Visit, list []orders.Order, in access.Act, aside []planner.Violation) error {
	why := reason.List{}
	for _, a := range aside {
		why.Add(a.Reason)
	}
	for _, o := range list {
		err := decide(ctx, tx, Decision{
			Act: act, OrderID: o.ID, VisitID: v.ID, Operation: in.OperationID, BrandID: o.BrandID, OutletPath: v.OutletPath, Reason: in.Reason,
			Overridden: len(aside) > 0, Reasons: why, Inputs: map[string]any{"engineers": v.Engineers(), "start": v.Start, "end": v.End},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// MoveInput gives a visit other engineers, another time or both.
type MoveInput struct {
	access.Act // the reason is one of visit.reschedule
	Visit      orders.VisitID
	Engineers  []workforce.EngineerID // nil: as before
	Start, End time.Time              // zero: as before
	ChangedBy  orders.Party
	Override   bool
	Version    int64 // of the visit as the mover saw it; 0 is any
}

// Move moves a visit; it is judged as [Service.Assign] is. The promise stands until it is changed. Of two who move the same
// visit at once and say what they saw, the second is refused, with the version that it has by then.
func (s *Service) Move(ctx context.Context, in MoveInput) (Assigned, error) {
	if err := access.Require(ctx, PermAssign); err != nil {
		return Assigned{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Assigned, error) {
		v, list, err := s.visitTx(ctx, tx, in.Visit)
		if err != nil {
			return Assigned{}, err
		}
		if v, done, err := s.replayTx(ctx, tx, list[0].ID, "move", in.OperationID); done || err != nil {
			return Assigned{Visit: v}, err
		}
		if in.Version != 0 && in.Version != v.Version {
			return Assigned{}, problem.ErrStale.With("version", v.Version)
		}
		m := in.of(v, list)
		if !m.end.After(m.start) || m.end.Sub(m.start) > orders.MaxVisit {
			return Assigned{}, problem.Field("end", problem.BadTime)
		}
		people, err := s.peopleTx(ctx, tx, m.engineers)
		if err != nil {
			return Assigned{}, err
		}
		if err := s.lockTx(ctx, tx, v); err != nil {
			return Assigned{}, err
		}
		aside, err := s.verifyTx(ctx, tx, people, []move{m})
		if err != nil {
			return Assigned{}, err
		}
		if err := s.mayTx(ctx, tx, aside, in.Override, "visit.reschedule", in.Act); err != nil {
			return Assigned{}, err
		}
		v, err = s.orders.MoveVisitTx(ctx, tx, orders.MoveVisit{
			VisitInput: orders.VisitInput{Act: in.Act, ID: v.ID}, Start: m.start, End: m.end, Engineers: m.engineers, ChangedBy: in.ChangedBy, Override: len(aside) > 0,
		})
		if err != nil {
			return Assigned{}, err
		}
		return Assigned{Visit: v, SetAside: aside}, s.noteTx(ctx, tx, "move", v, list, in.Act, aside)
	})
}

func (in MoveInput) of(v orders.Visit, list []orders.Order) move {
	m := move{visit: v.ID, list: list, engineers: in.Engineers, start: in.Start, end: in.End}
	if m.engineers == nil {
		m.engineers = v.Engineers()
	}
	if m.start.IsZero() {
		m.start = v.Start
	}
	if m.end.IsZero() {
		m.end = m.start.Add(v.End.Sub(v.Start))
	}
	return m
}

// visitTx reads a visit in scope with its orders.
func (s *Service) visitTx(ctx context.Context, tx db.Querier, id orders.VisitID) (orders.Visit, []orders.Order, error) {
	v, err := s.orders.FindVisit(ctx, tx, id)
	if err != nil {
		return v, nil, err
	}
	list, err := s.ordersTx(ctx, tx, v.OrderIDs())
	if err != nil {
		return v, nil, err
	}
	if len(list) == 0 {
		return v, nil, orders.ErrVisitNotFound.With()
	}
	return v, list, nil
}

// lockTx locks the days that a visit stands on.
func (s *Service) lockTx(ctx context.Context, tx *db.Tx, visits ...orders.Visit) error {
	var days []workforce.Day
	for _, v := range visits {
		for _, e := range v.Engineers() {
			days = append(days, workforce.Day{Engineer: e, Date: v.Day.String()})
		}
	}
	_, err := s.workforce.BumpDaysTx(ctx, tx, days)
	return err
}

// UnassignInput takes a visit off the plan.
type UnassignInput struct {
	access.Act // the reason is one of visit.cancel
	Visit      orders.VisitID
}

// Unassign takes a visit off the plan; its orders wait for another. Capacity for their promises is looked for
// again, when the event arrives.
func (s *Service) Unassign(ctx context.Context, in UnassignInput) (orders.Visit, error) {
	if err := access.Require(ctx, PermAssign); err != nil {
		return orders.Visit{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (orders.Visit, error) {
		_, list, err := s.visitTx(ctx, tx, in.Visit)
		if err != nil {
			return orders.Visit{}, err
		}
		if v, done, err := s.replayTx(ctx, tx, list[0].ID, "unassign", in.OperationID); done || err != nil {
			return v, err
		}
		v, err := s.orders.CancelVisitTx(ctx, tx, orders.VisitInput{Act: in.Act, ID: in.Visit})
		if err != nil {
			return v, err
		}
		return v, s.noteTx(ctx, tx, "unassign", v, list, in.Act, nil)
	})
}
