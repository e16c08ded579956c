package dispatch

import (
	"context"
	"time"

	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/workforce"
)

// PublishPlanInput makes a draft true.
type PublishPlanInput struct {
	access.Act
	ID string
}

// PublishPlan turns a draft into visits, and moves those that a repair moves: all or nothing. The days are locked
// and the plan is judged again on what they hold by then: what changed since comes back as [ErrPlanStale] with the
// violations.
func (s *Service) PublishPlan(ctx context.Context, in PublishPlanInput) (DayPlan, error) {
	if err := access.Require(ctx, PermPlan); err != nil {
		return DayPlan{}, err
	}
	p, err := findPlan(ctx, s.db, access.From(ctx).Scope, in.ID)
	if err != nil {
		return p, err
	}
	numbers := make([]string, len(p.Body.Plan.Assignments))
	for i, a := range p.Body.Plan.Assignments {
		if visitOf(a) != "" {
			continue
		}
		if numbers[i], err = s.orders.NextVisitNumber(ctx); err != nil {
			return p, err
		}
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (DayPlan, error) {
		p, err := findPlan(ctx, tx, access.From(ctx).Scope, in.ID)
		if err != nil {
			return p, err
		}
		if in.OperationID != "" && p.EndOperation == in.OperationID && p.State == PlanStatePublished {
			return p, nil // said again
		}
		if p.State != PlanStateDraft {
			return p, ErrPlanState.With("state", string(p.State))
		}
		return s.publishTx(ctx, tx, p, numbers, in.Act)
	})
}

func (s *Service) publishTx(ctx context.Context, tx *db.Tx, p DayPlan, numbers []string, in access.Act) (DayPlan, error) {
	var err error
	if p.Kind == PlanOfRepair {
		err = s.repairTx(ctx, tx, p, numbers, in)
	} else {
		err = s.fillTx(ctx, tx, p, numbers)
	}
	if err != nil {
		return p, err
	}
	return s.publishedTx(ctx, tx, p, in)
}

// fillTx plans the visits of a draft and says which promises it could not keep.
func (s *Service) fillTx(ctx context.Context, tx *db.Tx, p DayPlan, numbers []string) error {
	list, err := s.draftTx(ctx, tx, p)
	if err != nil {
		return err
	}
	for i, a := range p.Body.Plan.Assignments {
		if err := s.newVisitTx(ctx, tx, a, list[i], numbers[i]); err != nil {
			return err
		}
	}
	return s.leaveTx(ctx, tx, p)
}

// newVisitTx plans the visit of an assignment.
func (s *Service) newVisitTx(ctx context.Context, tx *db.Tx, a planner.Assignment, o orders.Order, number string) error {
	visit := orders.PlanVisit{Number: number, Orders: []orders.ID{o.ID}, Start: a.Start, End: a.End, Engineers: engineersOf(a)}
	if !o.HasOutlet() {
		lead, err := s.workforce.Get(ctx, tx, visit.Engineers[0])
		if err != nil {
			return err
		}
		visit.OutletID = lead.OutletID
	}
	v, err := s.orders.PlanVisitTx(ctx, tx, visit)
	if err != nil {
		return err
	}
	if err := s.endReservationTx(ctx, tx, o.ID, ReservationUsed, "visit_planned"); err != nil {
		return err
	}
	if err := s.settleTx(ctx, tx, o, "covered"); err != nil {
		return err
	}
	return s.noteTx(ctx, tx, "publish", v, []orders.Order{o}, access.Act{}, nil)
}

func engineersOf(a planner.Assignment) []workforce.EngineerID {
	out := make([]workforce.EngineerID, len(a.Engineers))
	for i, e := range a.Engineers {
		out[i] = workforce.EngineerID(e)
	}
	return out
}

// publishedTx notes that a plan came true.
func (s *Service) publishedTx(ctx context.Context, tx *db.Tx, p DayPlan, in access.Act) (DayPlan, error) {
	at, err := in.At(access.From(ctx).Origin, tx.Now())
	if err != nil {
		return p, err
	}
	p.State, p.EndedAt, p.EndOperation = PlanStatePublished, &at, in.OperationID
	if err := updatePlan(ctx, tx, &p); err != nil {
		return p, err
	}
	n := len(p.Body.Plan.Assignments)
	err = audit.Append(ctx, tx, audit.Entry{Kind: "dispatch_plan", Record: p.ID, Act: "publish", Reason: in.Reason, OccurredAt: at, After: map[string]any{
		"visits": n, "moved": p.Summary.Comparison.Moved, "dropped": p.Summary.Comparison.Dropped,
	}})
	if err != nil {
		return p, err
	}
	return p, events.Publish(ctx, tx, PlanPublished{
		Head: events.Head{ID: p.ID, Version: p.Version, OccurredAt: at, OutletPath: p.OutletPath}, Date: p.Date.String(), Visits: n, Kind: string(p.Kind),
		Moved: p.Summary.Comparison.Moved,
	})
}

func unserved(p DayPlan) []orders.ID {
	out := []orders.ID{}
	for _, u := range p.Body.Plan.Unserved {
		if visitOf(planner.Assignment{Job: u.Job}) == "" {
			out = append(out, orders.ID(u.Job))
		}
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
	ids := make([]orders.ID, len(p.Body.Plan.Assignments))
	for i, a := range p.Body.Plan.Assignments {
		ids[i] = orders.ID(a.Job)
	}
	if err := s.lockPlanTx(ctx, tx, p, append(ids, unserved(p)...), nil); err != nil {
		return nil, err
	}
	list, err := s.waitingTx(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	bad, err := s.judgeDraft(ctx, tx, p, list)
	if err != nil {
		return nil, err
	}
	if len(bad) > 0 {
		return nil, ErrPlanStale.With("violations", bad)
	}
	return list, nil
}

// lockPlanTx locks the days that a plan's visits come to, those that visits leave, and those that are reserved for
// its orders, in the one order that cannot deadlock.
func (s *Service) lockPlanTx(ctx context.Context, tx *db.Tx, p DayPlan, ids []orders.ID, leave []orders.Visit) error {
	days, err := claimedDays(ctx, tx, ids)
	if err != nil {
		return err
	}
	for _, a := range p.Body.Plan.Assignments {
		for _, e := range a.Engineers {
			days = append(days, workforce.Day{Engineer: workforce.EngineerID(e), Date: a.Date.String()})
		}
	}
	for _, v := range leave {
		for _, e := range v.Engineers() {
			days = append(days, workforce.Day{Engineer: e, Date: v.Day.String()})
		}
	}
	_, err = s.workforce.BumpDaysTx(ctx, tx, days)
	return err
}

// waitingTx reads orders that still wait for a visit; others make the plan stale.
func (s *Service) waitingTx(ctx context.Context, tx *db.Tx, ids []orders.ID) ([]orders.Order, error) {
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
	return list, nil
}

// judgeDraft judges a draft of days once more on what the board holds now.
func (s *Service) judgeDraft(ctx context.Context, q db.Querier, p DayPlan, list []orders.Order) ([]planner.Violation, error) {
	w, err := s.planWorld(p.context(ctx), q, p, list, unserved(p))
	if err != nil {
		return nil, err
	}
	if err := s.allWays(ctx, w); err != nil {
		return nil, err
	}
	w.Now = q.Now().Add(-late)
	return planner.CheckPlan(w.Snapshot, withFetches(w.Snapshot, p.Body.Plan.Assignments...)), nil
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
		if in.OperationID != "" && p.EndOperation == in.OperationID && p.State == PlanStateDiscarded {
			return p, nil
		}
		if p.State != PlanStateDraft {
			return p, ErrPlanState.With("state", string(p.State))
		}
		at, err := in.At(access.From(ctx).Origin, tx.Now())
		if err != nil {
			return p, err
		}
		p.State, p.EndedAt, p.EndOperation = PlanStateDiscarded, &at, in.OperationID
		if err := updatePlan(ctx, tx, &p); err != nil {
			return p, err
		}
		return p, audit.Append(ctx, tx, audit.Entry{Kind: "dispatch_plan", Record: p.ID, Act: "discard", Reason: in.Reason, OccurredAt: at})
	})
}

// Compared is a draft beside the board as it stands now.
type Compared struct {
	Plan  DayPlan
	Board Load                // of the plan's days now
	Stale []planner.Violation // what would refuse to publish the draft; none for a plan that is over
	Gone  []orders.ID         // orders that do not wait any more
	At    time.Time
}

// ComparePlan says what a plan changes on the board that it was made for, what that board holds now, and whether
// the draft could still be published.
func (s *Service) ComparePlan(ctx context.Context, id string) (Compared, error) {
	p, err := s.GetPlan(ctx, id)
	if err != nil {
		return Compared{}, err
	}
	out := Compared{Plan: p, Board: p.Body.Comparison.Before, Stale: []planner.Violation{}, Gone: []orders.ID{}, At: s.db.Now()}
	if p.State != PlanStateDraft {
		return out, nil
	}
	if p.Kind == PlanOfRepair {
		r, err := s.repairWorld(p.context(ctx), s.db, p)
		if err != nil {
			return out, err
		}
		if err := s.allWays(ctx, r.w); err != nil {
			return out, err
		}
		out.Board, out.Gone = loadOf(&r.w.Snapshot), append(out.Gone, r.gone...)
		out.Stale = append(out.Stale, r.judge(p)...)
		return out, nil
	}
	ids := make([]orders.ID, len(p.Body.Plan.Assignments))
	for i, a := range p.Body.Plan.Assignments {
		ids[i] = orders.ID(a.Job)
	}
	known, err := s.orders.ByIDs(p.reads(ctx), s.db, append(ids, unserved(p)...))
	if err != nil {
		return out, err
	}
	list := []orders.Order{}
	for _, id := range ids {
		o, ok := known[id]
		if !ok || o.State != orders.StateReady && o.State != orders.StateAccepted {
			out.Gone = append(out.Gone, id)
			continue
		}
		list = append(list, o)
	}
	w, err := s.planWorld(p.context(ctx), s.db, p, list, unserved(p))
	if err != nil {
		return out, err
	}
	if err := s.allWays(ctx, w); err != nil {
		return out, err
	}
	out.Board = loadOf(&w.Snapshot)
	for _, u := range unserved(p) {
		if o, ok := known[u]; ok && (o.State == orders.StateReady || o.State == orders.StateAccepted) {
			out.Board.Unserved++
		}
	}
	out.Board.Unserved += len(list)
	w.Now = s.db.Now().Add(-late)
	plan := planner.Plan{}
	for _, a := range p.Body.Plan.Assignments {
		if _, ok := w.known[orders.ID(a.Job)]; ok {
			plan.Assignments = append(plan.Assignments, a)
		}
	}
	out.Stale = append(out.Stale, planner.CheckPlan(w.Snapshot, withFetches(w.Snapshot, plan.Assignments...))...)
	return out, nil
}
