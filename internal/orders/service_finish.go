package orders

import (
	"context"
	"slices"
	"strconv"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

// OrderResult is what a visit did for one order.
type OrderResult struct {
	Order    ID
	Outcome  Outcome
	Reason   string            // of order.break_off; by the outcome when empty
	Earliest *time.Time        // when the next visit makes sense: the part's date
	Skill    catalog.SkillCode // that is needed
	Proof    ProofInput
}

// FinishInput ends a visit on site.
type FinishInput struct {
	FieldInput
	Results []OrderResult
}

func (in FinishInput) check(snap *catalog.Snapshot) error {
	var f problem.Fields
	f.Check(len(in.Results) > 0 && len(in.Results) <= 20, "results", problem.Required)
	for i, r := range in.Results {
		at := index("results", i)
		f.Check(slices.Contains(Outcomes, r.Outcome), at+".outcome", problem.BadChoice)
		f.Check(!slices.ContainsFunc(in.Results[:i], func(b OrderResult) bool { return b.Order == r.Order }), at+".order_id", problem.Taken)
		if r.Skill != "" {
			_, ok := snap.Skill(r.Skill)
			f.Check(ok, at+".skill", problem.Unknown)
		}
		r.Proof.check(&f, snap, at+".")
	}
	return f.Err()
}

// FinishVisit ends a visit on site with an outcome for every order. The first four outcomes complete an
// order; the others break it off, and the next visit is wished for at once. When visit or order moved on
// meanwhile, the outcome and its proof are kept and a conflict is raised.
func (s *Service) FinishVisit(ctx context.Context, in FinishInput) (Visit, error) {
	snap, err := s.Catalog.Current(ctx, s.db)
	if err != nil {
		return Visit{}, err
	}
	if err := in.check(snap); err != nil {
		return Visit{}, err
	}
	keep := func(ctx context.Context, tx *db.Tx, v Visit, at time.Time) error {
		return s.keepResults(ctx, tx, snap, v, in, at)
	}
	return s.field(ctx, "finish", in.FieldInput, keep, func(ctx context.Context, tx *db.Tx, v *Visit, at time.Time) (visitTell, error) {
		if err := v.allowed("finish"); err != nil {
			return nil, err
		}
		for _, id := range v.OrderIDs() {
			if !slices.ContainsFunc(in.Results, func(r OrderResult) bool { return r.Order == id }) {
				return nil, problem.Field("results", ErrOutcomes, "order", string(id))
			}
		}
		if err := s.bump(ctx, tx, *v, v.Engineers()); err != nil {
			return nil, err
		}
		for i := range v.Members {
			if v.Members[i].LeftAt == nil {
				v.Members[i].LeftAt = &at
			}
		}
		if err := v.move("finish", at); err != nil {
			return nil, err
		}
		for _, r := range in.Results {
			if err := s.finishOrder(ctx, tx, snap, v, r, in.OperationID, at); err != nil {
				return nil, err
			}
		}
		return func(f VisitFact) events.Event { return VisitFinished{f} }, nil
	})
}

// keepResults stores the proof of an act that came too late, and raises a conflict for each order.
func (s *Service) keepResults(ctx context.Context, tx *db.Tx, snap *catalog.Snapshot, v Visit, in FinishInput, at time.Time) error {
	for _, r := range in.Results {
		if !slices.ContainsFunc(v.Orders, func(o VisitOrder) bool { return o.OrderID == r.Order }) {
			return problem.Field("results", problem.Unknown)
		}
		o, err := findOrder(ctx, tx, access.Everything, r.Order)
		if err != nil {
			return err
		}
		if err := s.storeProof(ctx, tx, snap, &o, v, r.Proof, true, at); err != nil {
			return err
		}
		if err := s.conflictTx(ctx, tx, v, o, "finish", s.whyOrder(v, o), r.Outcome, in.OperationID, at); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) whyOrder(v Visit, o Order) string {
	if slices.ContainsFunc(v.Orders, func(x VisitOrder) bool { return x.OrderID == o.ID && x.Dropped }) {
		return WhyDropped
	}
	return WhyOrderMoved
}

// finishOrder applies a visit's result to one order.
func (s *Service) finishOrder(ctx context.Context, tx *db.Tx, snap *catalog.Snapshot, v *Visit, r OrderResult, operation string, at time.Time) error {
	i := slices.IndexFunc(v.Orders, func(o VisitOrder) bool { return o.OrderID == r.Order })
	if i < 0 {
		return problem.Field("results", problem.Unknown)
	}
	o, err := findOrder(ctx, tx, access.Everything, r.Order)
	if err != nil {
		return err
	}
	if o, err = s.backToWork(ctx, tx, o, at); err != nil {
		return err
	}
	v.Orders[i].Outcome, v.Orders[i].Reason = r.Outcome, r.Reason
	if v.Orders[i].Dropped || o.State != StateWorking {
		if err := s.storeProof(ctx, tx, snap, &o, *v, r.Proof, true, at); err != nil {
			return err
		}
		v.Conflicts++
		return s.conflictTx(ctx, tx, *v, o, "finish", s.whyOrder(*v, o), r.Outcome, operation, at)
	}
	if err := s.storeProof(ctx, tx, snap, &o, *v, r.Proof, false, at); err != nil {
		return err
	}
	if r.Outcome.Completes() {
		setOutcome(tx, v.ID, v.Orders[i])
		return s.complete(ctx, tx, snap, o, *v, r, at)
	}
	why, err := breakReason(snap, r)
	if err != nil {
		return err
	}
	v.Orders[i].Reason = string(why.Code)
	return s.breakOff(ctx, tx, o, *v, v.Orders[i], why, r.Earliest, r.Skill, at)
}

// outcomeReasons are why an order is broken off when the engineer names no other reason.
var outcomeReasons = map[Outcome]catalog.ReasonCode{
	OutcomeNeedsPart: "needs_part", OutcomeSecondVisit: "needs_second_visit", OutcomeQuoteApproval: "needs_quote", OutcomeDepot: "needs_depot",
	OutcomeAnotherSkill: "skill_needed",
}

func breakReason(snap *catalog.Snapshot, r OrderResult) (catalog.Reason, error) {
	if r.Reason == "" {
		r.Reason = string(outcomeReasons[r.Outcome])
	}
	return reasonFor(snap, "order.break_off", access.Act{Reason: r.Reason})
}

// breakOff ends the work of a visit on an order that is not done, and wishes for the next visit.
func (s *Service) breakOff(ctx context.Context, tx *db.Tx, o Order, v Visit, vo VisitOrder, why catalog.Reason, earliest *time.Time, skill catalog.SkillCode, at time.Time) error {
	setOutcome(tx, v.ID, vo)
	_, err := s.actTx(ctx, tx, o, "break_off", access.Act{OccurredAt: at, Reason: string(why.Code)}, func(ctx context.Context, tx *db.Tx, o *Order, at time.Time) (tell, error) {
		if open, err := s.openVisit(ctx, tx, o.ID, v.ID); err != nil || open {
			return nil, err // another visit of this order goes on
		}
		o.because(why)
		o.WaitFor = vo.Outcome.waitsFor()
		if skill != "" && !slices.Contains(o.Skills, skill) {
			o.Skills = append(slices.Clone(o.Skills), skill)
		}
		if vo.Outcome == OutcomeDepot {
			o.Mode = catalog.ModeDepot
		}
		if err := o.move("break_off", StateIncomplete, at); err != nil {
			return nil, err
		}
		insertWish(tx, *o, Wish{
			ID: WishID(db.NewID()), OrderID: o.ID, VisitID: v.ID, Why: vo.Outcome, Reason: string(why.Code), Earliest: earliest, Skill: skill, State: WishOpen, RaisedAt: at,
		})
		if vo.Outcome == OutcomeNeedsPart {
			if err := s.sayPartWait(ctx, tx, *o, earliest); err != nil {
				return nil, err
			}
		}
		return func(f Fact) events.Event { f.VisitID, f.Outcome = v.ID, vo.Outcome; return Incomplete{f} }, nil
	})
	return err
}

// complete ends the work on an order by the engineer's word: the unit learns what was done, charges are
// raised and the proof is judged.
func (s *Service) complete(ctx context.Context, tx *db.Tx, snap *catalog.Snapshot, o Order, v Visit, r OrderResult, at time.Time) error {
	o, err := s.actTx(ctx, tx, o, "complete", access.Act{OccurredAt: at}, func(ctx context.Context, tx *db.Tx, o *Order, at time.Time) (tell, error) {
		s.require(snap, o)
		if o.RepeatOf == "" { // the unit or the symptom may have become known on site
			st, _ := snap.ServiceType(o.ServiceType)
			var err error
			if o.RepeatOf, err = repeatedOrder(ctx, tx, *o, s.repeatDays(st), o.OccurredAt); err != nil {
				return nil, err
			}
		}
		if r.Outcome == OutcomeDeclined {
			o.Reason, o.Blame = "customer_refuses_work", catalog.ByCustomer
		}
		if err := s.endOtherVisits(ctx, tx, *o, v.ID, at); err != nil {
			return nil, err
		}
		if err := o.move("complete", StateCompleted, at); err != nil {
			return nil, err
		}
		o.WaitFor = ""
		if err := s.raiseCharges(ctx, tx, snap, *o, v, r.Outcome, at); err != nil {
			return nil, err
		}
		if err := s.unitFact(ctx, tx, snap, *o, r.Outcome, at); err != nil {
			return nil, err
		}
		if err := s.judge(ctx, tx, snap, o); err != nil {
			return nil, err
		}
		endWishes(tx, o.ID, WishDropped, "")
		return func(f Fact) events.Event { f.VisitID, f.Outcome = v.ID, r.Outcome; return Completed{f} }, nil
	})
	if err != nil {
		return err
	}
	return s.Cases.WorkDoneTx(ctx, tx, o.CaseID, recordKind, string(o.ID), true, at)
}

// endOtherVisits cancels visits of an order that were planned for later and are not needed any more.
func (s *Service) endOtherVisits(ctx context.Context, tx *db.Tx, o Order, done VisitID, at time.Time) error {
	list, err := visitsOfOrder(ctx, tx, o.ID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(list, func(v Visit) bool { return v.ID != done && v.Open() && slices.Contains(v.OrderIDs(), o.ID) }) {
		return nil
	}
	return s.endVisitsBut(ctx, tx, o, "order_ended", catalog.ByCentre, true, at)
}

// factKinds say what a service type does to a unit.
var factKinds = map[catalog.ServiceTypeCode]units.FactKind{
	"INST": units.FactInstalled, "DELINST": units.FactInstalled, "REP": units.FactRepaired, "REREP": units.FactRepaired, "DEPOT": units.FactRepaired,
	"RECALL": units.FactRepaired, "MAINT": units.FactMaintained, "CONSUM": units.FactMaintained, "CLEAN": units.FactCleaned, "INSPECT": units.FactInspected,
	"ASSESS": units.FactInspected, "COMM": units.FactInspected, "MOVE": units.FactMoved, "REMOVE": units.FactRemoved, "EXCH": units.FactExchanged,
	"RETPICK": units.FactReturned,
}

// unitFact tells the unit what was done to it: coverage reads it.
func (s *Service) unitFact(ctx context.Context, tx *db.Tx, snap *catalog.Snapshot, o Order, outcome Outcome, at time.Time) error {
	kind, ok := factKinds[o.ServiceType]
	if o.UnitID == "" || !ok || outcome == OutcomeDeclined {
		return nil
	}
	f := units.Fact{Unit: o.UnitID, Kind: kind, SymptomFamily: o.SymptomFamily, Result: string(outcome), Order: string(o.ID), At: at}
	if kind == units.FactRepaired && outcome == OutcomeFixed {
		f.DaysOut = s.daysOut(ctx, tx, o, at)
		lines, err := listParts(ctx, tx, o.ID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(lines, func(l PartLine) bool { return l.State == PartUsed }) {
			if a, ok := snap.Action(o.Action); ok {
				f.ComponentSwapped = a.PartType
			}
		}
	}
	if _, err := s.Units.FactTx(ctx, tx, f); err != nil {
		return err
	}
	return s.Units.NoteTx(ctx, tx, units.Entry{
		Unit: o.UnitID, Kind: "order_completed", RefKind: recordKind, RefID: string(o.ID), At: at,
		Params: map[string]any{"number": o.Number, "service_type": string(o.ServiceType), "outcome": string(outcome)},
	})
}

// daysOut counts the days that the unit was out of use: from the day it was reported to the day it was
// repaired, by the outlet's wall clock.
func (s *Service) daysOut(ctx context.Context, q db.Querier, o Order, at time.Time) int {
	out, err := s.outletOf(ctx, q, o)
	if err != nil {
		return 0
	}
	days := int(calendar.DateOf(at, out.Location()) - calendar.DateOf(o.OccurredAt, out.Location()))
	return min(max(0, days), 3650)
}

func index(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }
