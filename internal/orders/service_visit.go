package orders

import (
	"context"
	"slices"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/problem"
	"anxin/internal/workforce"
)

// PlanVisit is a trip to be planned.
type PlanVisit struct {
	access.Act
	Number    string // of [Service.NextVisitNumber]
	Orders    []ID
	Engineers []workforce.EngineerID // the first leads
	Start     time.Time              // of the work on site
	End       time.Time
	OutletID  outlets.ID // of orders that have none yet: an own outlet; else it is theirs
	Dispatch  bool       // send it at once
	Override  bool       // plan over another visit, or with a skill lacking; needs a reason of dispatch.override
}

// MaxVisit bounds a visit.
const MaxVisit = 24 * time.Hour

// samePlace is how far apart orders of one visit may lie.
const samePlace = 500.0 // metres

// NextVisitNumber takes a number for [Service.PlanVisitTx]; call it before the transaction.
func (s *Service) NextVisitNumber(ctx context.Context) (string, error) {
	return s.Numbers.Next(ctx, "V", s.db.Now())
}

// PlanVisit plans a trip by hand.
func (s *Service) PlanVisit(ctx context.Context, in PlanVisit) (Visit, error) {
	if err := access.Require(ctx, PermPlan); err != nil {
		return Visit{}, err
	}
	var err error
	if in.Number, err = s.NextVisitNumber(ctx); err != nil {
		return Visit{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Visit, error) { return s.PlanVisitTx(ctx, tx, in) })
}

// PlanVisitTx plans a trip: the days of its engineers are bumped, so two plans of one day follow each
// other; its orders become scheduled, incomplete ones go on first. It asks for no permission.
func (s *Service) PlanVisitTx(ctx context.Context, tx *db.Tx, in PlanVisit) (Visit, error) {
	if err := in.check(); err != nil {
		return Visit{}, err
	}
	list, err := s.ordersTx(ctx, tx, in.Orders)
	if err != nil {
		return Visit{}, err
	}
	if v, done, err := s.planned(ctx, tx, list[0].ID, in.OperationID); done || err != nil {
		return v, err
	}
	actor := access.From(ctx)
	at, err := in.At(actor.Origin, tx.Now())
	if err != nil {
		return Visit{}, err
	}
	out, err := s.planOutlet(ctx, tx, list, in.OutletID)
	if err != nil {
		return Visit{}, err
	}
	if err := onePlace(list); err != nil {
		return Visit{}, err
	}
	loc := out.Location()
	v := Visit{
		ID: VisitID(db.NewID()), Number: in.Number, State: VisitStatePlanned, Mode: list[0].Mode, BrandID: list[0].BrandID, OutletID: out.ID, OutletPath: out.Path,
		Start: in.Start.UTC().Truncate(time.Microsecond), End: in.End.UTC().Truncate(time.Microsecond), Day: calendar.DateOf(in.Start, loc), Zone: out.Zone,
		Division: list[0].Division, Lat: list[0].Lat, Lon: list[0].Lon, Origin: string(actor.Origin), CreatedAt: tx.Now(), UpdatedAt: tx.Now(), Version: 1,
	}
	if actor.Origin != access.Live {
		v.ID = VisitID(db.NewIDAt(at))
	}
	for i, o := range list {
		v.Orders = append(v.Orders, VisitOrder{OrderID: o.ID, Position: int64(i)})
	}
	if err := s.mayOverride(ctx, tx, in); err != nil {
		return Visit{}, err
	}
	if err := s.crew(ctx, tx, &v, out, list, in.Engineers, in.Override); err != nil {
		return Visit{}, err
	}
	if err := insertVisit(tx, v); err != nil {
		return Visit{}, err
	}
	remember(tx, string(v.ID), in.OperationID, "plan", actor.Kind+":"+actor.ID, at)
	remember(tx, string(list[0].ID), in.OperationID, "plan_visit", actor.Kind+":"+actor.ID, at)
	err = audit.Append(ctx, tx, audit.Entry{Kind: "visit", Record: string(v.ID), Act: "plan", Reason: in.Reason, After: v.trail(), OccurredAt: at, New: true})
	if err != nil {
		return Visit{}, err
	}
	if err := events.Publish(ctx, tx, VisitPlanned{v.fact(at)}); err != nil {
		return Visit{}, err
	}
	for _, o := range list {
		if err := s.scheduleTx(ctx, tx, o, out, v, at); err != nil {
			return Visit{}, err
		}
	}
	if in.Dispatch {
		return s.visitActTx(ctx, tx, v, "dispatch", access.Act{OccurredAt: at}, s.dispatchVisit)
	}
	return v, nil
}

func (in PlanVisit) check() error {
	var f problem.Fields
	f.Check(len(in.Orders) > 0 && len(in.Orders) <= 20, "orders", problem.Required)
	f.Check(len(in.Engineers) > 0 && len(in.Engineers) <= 10, "engineers", problem.Required)
	f.Check(len(slices.Compact(slices.Sorted(slices.Values(in.Engineers)))) == len(in.Engineers), "engineers", problem.Taken)
	f.Check(len(slices.Compact(slices.Sorted(slices.Values(in.Orders)))) == len(in.Orders), "orders", problem.Taken)
	f.Check(!in.Start.IsZero(), "start", problem.Required)
	f.Check(in.End.After(in.Start), "end", ErrWindow)
	f.Check(in.End.Sub(in.Start) <= MaxVisit, "end", problem.OutOfRange, "limit", "24 h")
	return f.Err()
}

// mayOverride asks for a reason when a plan sets rules aside.
func (s *Service) mayOverride(ctx context.Context, tx *db.Tx, in PlanVisit) error {
	if !in.Override {
		return nil
	}
	snap, err := s.Catalog.Current(ctx, tx)
	if err != nil {
		return err
	}
	_, err = reasonFor(snap, "dispatch.override", in.Act)
	return err
}

// planned finds the visit that the same operation planned before.
func (s *Service) planned(ctx context.Context, tx *db.Tx, id ID, operation string) (Visit, bool, error) {
	done, err := seen(ctx, tx, string(id), operation)
	if !done || err != nil {
		return Visit{}, false, err
	}
	list, err := visitsOfOrder(ctx, tx, id)
	if err != nil {
		return Visit{}, false, err
	}
	for _, v := range list {
		if ok, err := seen(ctx, tx, string(v.ID), operation); ok || err != nil {
			v.Replayed = true
			return v, ok, err
		}
	}
	return Visit{}, false, nil
}

// ordersTx reads orders in scope in the order asked for.
func (s *Service) ordersTx(ctx context.Context, tx *db.Tx, ids []ID) ([]Order, error) {
	m, err := ordersByIDs(ctx, tx, access.From(ctx).Scope, ids)
	if err != nil {
		return nil, err
	}
	out := make([]Order, len(ids))
	for i, id := range ids {
		o, ok := m[id]
		if !ok {
			return nil, ErrNotFound
		}
		out[i] = o
	}
	return out, nil
}

// planOutlet finds whose visit it is: the outlet that has the orders, or an own one that gets them now.
func (s *Service) planOutlet(ctx context.Context, tx *db.Tx, list []Order, id outlets.ID) (outlets.Outlet, error) {
	for _, o := range list {
		if o.BrandID != list[0].BrandID || o.Mode != list[0].Mode {
			return outlets.Outlet{}, ErrPlaces
		}
		if o.HasOutlet() {
			if id != "" && id != o.OutletID {
				return outlets.Outlet{}, ErrOutlet.With("outlet", string(id), "state", "other")
			}
			id = o.OutletID
		}
	}
	return s.usableOutlet(ctx, tx, list[0], id)
}

// onePlace refuses orders whose places lie apart.
func onePlace(list []Order) error {
	first, known := list[0].Point()
	for _, o := range list[1:] {
		p, ok := o.Point()
		switch {
		case known && ok:
			if geo.Distance(first, p) > samePlace {
				return ErrPlaces
			}
		case o.Division != list[0].Division:
			return ErrPlaces
		}
	}
	return nil
}

// crew puts engineers onto a visit: of its outlet, at work, free at the time, and together with every
// skill and valid certificate that the orders need.
func (s *Service) crew(ctx context.Context, tx *db.Tx, v *Visit, out outlets.Outlet, list []Order, ids []workforce.EngineerID, override bool) error {
	snap, err := s.Catalog.Current(ctx, tx)
	if err != nil {
		return err
	}
	was := v.Members
	people, err := s.Workforce.ByIDs(ctx, tx, ids)
	if err != nil {
		return err
	}
	v.Members = make([]Member, 0, len(ids))
	var team []workforce.Engineer
	for i, id := range ids {
		e, ok := people[id]
		if !ok || !strings.HasPrefix(e.OutletPath, out.Path) || e.Job != workforce.JobEngineer || e.State != workforce.StateActive || !e.Serves(v.BrandID) {
			return problem.Field("engineers", problem.Unknown)
		}
		m := Member{EngineerID: id, Lead: i == 0}
		if j := slices.IndexFunc(was, func(m Member) bool { return m.EngineerID == id }); j >= 0 {
			m = was[j]
			m.Lead = i == 0
		}
		v.Members = append(v.Members, m)
		team = append(team, e)
	}
	if lacks := teamLacks(snap, team, list, v.Day, override); len(lacks) > 0 {
		return ErrCrew.With("lacks", lacks)
	}
	if err := s.bump(ctx, tx, *v, ids); err != nil {
		return err
	}
	for _, id := range ids {
		busy, err := overlapping(ctx, tx, id, v.Start, v.End, v.ID)
		if err != nil {
			return err
		}
		if busy && !override {
			return ErrBusy.With("engineer", string(id))
		}
	}
	return nil
}

// bump locks and counts up the days of engineers that a visit touches.
func (s *Service) bump(ctx context.Context, tx *db.Tx, v Visit, ids []workforce.EngineerID) error {
	loc, err := time.LoadLocation(v.Zone)
	if err != nil {
		loc = time.UTC
	}
	var days []workforce.Day
	for _, id := range ids {
		for d := calendar.DateOf(v.Start, loc); d <= calendar.DateOf(v.End.Add(-time.Microsecond), loc); d++ {
			days = append(days, workforce.Day{Engineer: id, Date: d.String()})
		}
	}
	_, err = s.Workforce.BumpDaysTx(ctx, tx, days)
	return err
}

// teamLacks lists the skills that no member has. A missing certificate cannot be overridden: the law
// forbids special work without it.
func teamLacks(snap *catalog.Snapshot, team []workforce.Engineer, list []Order, day calendar.Date, override bool) []string {
	var out []string
	for _, o := range list {
		for _, skill := range o.Skills {
			missing := ""
			for _, e := range team {
				lacks := e.Lacks(snap, []catalog.SkillCode{skill}, day)
				if len(lacks) == 0 {
					missing = ""
					break
				}
				missing = lacks[0].What
			}
			if missing == workforce.LackCertificate || missing != "" && !override {
				out = append(out, string(skill)+":"+missing)
			}
		}
		if !override && o.Crew > len(team) {
			out = append(out, "crew")
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// scheduleTx puts a planned visit onto one of its orders.
func (s *Service) scheduleTx(ctx context.Context, tx *db.Tx, o Order, out outlets.Outlet, v Visit, at time.Time) error {
	if o.State == StateIncomplete {
		var err error
		if o, err = s.actTx(ctx, tx, o, "continue", access.Act{OccurredAt: at}, s.goOn(false)); err != nil {
			return err
		}
	}
	endWishes(tx, o.ID, WishMet, v.ID)
	_, err := s.actTx(ctx, tx, o, "schedule", access.Act{OccurredAt: at}, func(ctx context.Context, tx *db.Tx, o *Order, at time.Time) (tell, error) {
		switch o.State {
		case StateScheduled, StateWorking:
			return nil, nil // one more visit
		case StateReady:
			if !out.Own() && !(o.Kept && o.OutletID == out.ID) {
				return nil, ErrNeedsOffer
			}
			if o.OutletID != out.ID {
				o.OutletID, o.OutletPath = out.ID, out.Path
				if err := s.attach(ctx, tx, *o, at); err != nil {
					return nil, err
				}
				if err := s.index(ctx, tx, *o); err != nil {
					return nil, err
				}
			}
		}
		return func(f Fact) events.Event { f.VisitID = v.ID; return Scheduled{f} }, o.move("schedule", StateScheduled, at)
	})
	return err
}

// VisitInput is the input of an act on a visit.
type VisitInput struct {
	access.Act
	ID VisitID
}

type visitTell func(f VisitFact) events.Event

type visitChange func(ctx context.Context, tx *db.Tx, v *Visit, at time.Time) (visitTell, error)

// visitAct runs a named act of the desk on a visit.
func (s *Service) visitAct(ctx context.Context, perm, name string, in VisitInput, do visitChange) (Visit, error) {
	if err := access.Require(ctx, perm); err != nil {
		return Visit{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Visit, error) {
		v, err := findVisit(ctx, tx, access.From(ctx).Scope, in.ID)
		if err != nil {
			return Visit{}, err
		}
		return s.visitActTx(ctx, tx, v, name, in.Act, do)
	})
}

func (s *Service) visitActTx(ctx context.Context, tx *db.Tx, v Visit, name string, in access.Act, do visitChange) (Visit, error) {
	if done, err := seen(ctx, tx, string(v.ID), in.OperationID); done || err != nil {
		v.Replayed = true
		return v, err
	}
	actor := access.From(ctx)
	at, err := in.At(actor.Origin, tx.Now())
	if err != nil {
		return Visit{}, err
	}
	before := v
	before.Members, before.Orders = slices.Clone(v.Members), slices.Clone(v.Orders)
	ev, err := do(ctx, tx, &v, at)
	if err != nil {
		return Visit{}, err
	}
	if err := updateVisit(ctx, tx, &v); err != nil {
		return Visit{}, err
	}
	if err := writeMembers(tx, v, before.Members); err != nil {
		return Visit{}, err
	}
	remember(tx, string(v.ID), in.OperationID, name, actor.Kind+":"+actor.ID, at)
	err = audit.Append(ctx, tx, audit.Entry{
		Kind: "visit", Record: string(v.ID), Act: name, Reason: in.Reason, Before: before.trail(), After: v.trail(), OccurredAt: at,
	})
	if err != nil || ev == nil {
		return v, err
	}
	return v, events.Publish(ctx, tx, ev(v.fact(at)))
}

// DispatchVisit sends a planned visit to its engineers and tells the customer who comes.
func (s *Service) DispatchVisit(ctx context.Context, in VisitInput) (Visit, error) {
	return s.visitAct(ctx, PermPlan, "dispatch", in, s.dispatchVisit)
}

// DispatchVisitTx is [Service.DispatchVisit] in the caller's transaction; it asks for no permission.
func (s *Service) DispatchVisitTx(ctx context.Context, tx *db.Tx, in VisitInput) (Visit, error) {
	v, err := findVisit(ctx, tx, access.From(ctx).Scope, in.ID)
	if err != nil {
		return Visit{}, err
	}
	return s.visitActTx(ctx, tx, v, "dispatch", in.Act, s.dispatchVisit)
}

func (s *Service) dispatchVisit(ctx context.Context, tx *db.Tx, v *Visit, at time.Time) (visitTell, error) {
	if err := s.bump(ctx, tx, *v, v.Engineers()); err != nil {
		return nil, err
	}
	if err := v.move("dispatch", at); err != nil {
		return nil, err
	}
	return func(f VisitFact) events.Event { return VisitDispatched{f} }, s.sayBooked(ctx, tx, *v)
}

// MoveVisit gives a visit another time, other engineers or both.
type MoveVisit struct {
	VisitInput
	Start, End time.Time              // zero: as before
	Engineers  []workforce.EngineerID // nil: as before
	ChangedBy  Party
	Override   bool
}

// Reschedule takes a visit back to planned, at another time or with other engineers. The promise stands
// until it is changed.
func (s *Service) Reschedule(ctx context.Context, in MoveVisit) (Visit, error) {
	return s.visitAct(ctx, PermPlan, "reschedule", in.VisitInput, s.reschedule(in))
}

// MoveVisitTx is [Service.Reschedule] in the caller's transaction; it asks for no permission.
func (s *Service) MoveVisitTx(ctx context.Context, tx *db.Tx, in MoveVisit) (Visit, error) {
	v, err := findVisit(ctx, tx, access.From(ctx).Scope, in.ID)
	if err != nil {
		return Visit{}, err
	}
	return s.visitActTx(ctx, tx, v, "reschedule", in.Act, s.reschedule(in))
}

func (s *Service) reschedule(in MoveVisit) visitChange {
	return func(ctx context.Context, tx *db.Tx, v *Visit, at time.Time) (visitTell, error) {
		if err := v.allowed("reschedule"); err != nil {
			return nil, err
		}
		snap, err := s.Catalog.Current(ctx, tx)
		if err != nil {
			return nil, err
		}
		r, err := reasonFor(snap, "visit.reschedule", in.Act)
		if err != nil {
			return nil, err
		}
		if in.ChangedBy != "" && !slices.Contains(movers, in.ChangedBy) {
			return nil, problem.Field("changed_by", problem.BadChoice)
		}
		if err := s.bump(ctx, tx, *v, v.Engineers()); err != nil { // the days it leaves
			return nil, err
		}
		out, err := s.Outlets.Get(ctx, tx, v.OutletID)
		if err != nil {
			return nil, err
		}
		if !in.Start.IsZero() || !in.End.IsZero() {
			length := v.End.Sub(v.Start)
			if !in.Start.IsZero() {
				v.Start = in.Start.UTC().Truncate(time.Microsecond)
			}
			v.End = v.Start.Add(length)
			if !in.End.IsZero() {
				v.End = in.End.UTC().Truncate(time.Microsecond)
			}
			if !v.End.After(v.Start) || v.End.Sub(v.Start) > MaxVisit {
				return nil, problem.Field("end", ErrWindow)
			}
			v.Day = calendar.DateOf(v.Start, out.Location())
		}
		list, err := s.ordersTx(access.AsSystem(ctx, "orders.reschedule"), tx, v.OrderIDs())
		if err != nil {
			return nil, err
		}
		ids := in.Engineers
		if ids == nil {
			ids = v.Engineers()
		}
		other := !slices.Equal(ids, v.Engineers())
		if err := s.crew(ctx, tx, v, out, list, ids, in.Override); err != nil {
			return nil, err
		}
		v.Reason, v.Blame, v.DelayedBy = string(r.Code), r.Responsibility, 0
		if err := v.move("reschedule", at); err != nil {
			return nil, err
		}
		for i := range list {
			if !other {
				break
			}
			list[i].Reassigned++
			if err := updateOrder(ctx, tx, &list[i]); err != nil {
				return nil, err
			}
		}
		return func(f VisitFact) events.Event { return VisitRescheduled{f} }, nil
	}
}

// CancelVisit takes a visit off the plan; its orders without another open visit are unscheduled.
func (s *Service) CancelVisit(ctx context.Context, in VisitInput) (Visit, error) {
	return s.visitAct(ctx, PermPlan, "cancel", in, s.cancelVisit(in.Act))
}

// CancelVisitTx is [Service.CancelVisit] in the caller's transaction; it asks for no permission.
func (s *Service) CancelVisitTx(ctx context.Context, tx *db.Tx, in VisitInput) (Visit, error) {
	v, err := findVisit(ctx, tx, access.From(ctx).Scope, in.ID)
	if err != nil {
		return Visit{}, err
	}
	return s.visitActTx(ctx, tx, v, "cancel", in.Act, s.cancelVisit(in.Act))
}

func (s *Service) cancelVisit(act access.Act) visitChange {
	return func(ctx context.Context, tx *db.Tx, v *Visit, at time.Time) (visitTell, error) {
		if err := v.allowed("cancel"); err != nil {
			return nil, err
		}
		snap, err := s.Catalog.Current(ctx, tx)
		if err != nil {
			return nil, err
		}
		r, err := reasonFor(snap, "visit.cancel", act)
		if err != nil {
			return nil, err
		}
		if err := s.bump(ctx, tx, *v, v.Engineers()); err != nil {
			return nil, err
		}
		v.Reason, v.Blame = string(r.Code), r.Responsibility
		if err := v.move("cancel", at); err != nil {
			return nil, err
		}
		erasePosition(tx, v.ID)
		list, err := s.ordersTx(access.AsSystem(ctx, "orders.cancel_visit"), tx, v.OrderIDs())
		if err != nil {
			return nil, err
		}
		for _, o := range list {
			if err := s.unscheduleTx(ctx, tx, o, v.ID, act, at); err != nil {
				return nil, err
			}
		}
		return func(f VisitFact) events.Event { return VisitCancelled{f} }, nil
	}
}

// unscheduleTx takes an order back when its last open visit is gone.
func (s *Service) unscheduleTx(ctx context.Context, tx *db.Tx, o Order, gone VisitID, act access.Act, at time.Time) error {
	if o.State != StateScheduled {
		return nil
	}
	open, err := s.openVisit(ctx, tx, o.ID, gone)
	if err != nil || open {
		return err
	}
	out, err := s.outletOf(ctx, tx, o)
	if err != nil {
		return err
	}
	_, err = s.actTx(ctx, tx, o, "unschedule", access.Act{OccurredAt: at, Reason: act.Reason}, func(_ context.Context, _ *db.Tx, o *Order, at time.Time) (tell, error) {
		return func(f Fact) events.Event { f.VisitID = gone; return Unscheduled{f} }, o.move("unschedule", o.unscheduled(out.Own()), at)
	})
	return err
}

// openVisit tells whether the order has an open visit other than one.
func (s *Service) openVisit(ctx context.Context, q db.Querier, id ID, except VisitID) (bool, error) {
	list, err := visitsOfOrder(ctx, q, id)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(list, func(v Visit) bool { return v.ID != except && v.Open() && slices.Contains(v.OrderIDs(), id) }), nil
}

// endVisits takes an order off its open visits: a visit that serves nothing else is cancelled, or, with the
// engineer on site, ends as failed.
func (s *Service) endVisits(ctx context.Context, tx *db.Tx, o Order, reason string, blame catalog.Responsibility, at time.Time) error {
	return s.endVisitsBut(ctx, tx, o, reason, blame, false, at)
}

// endVisitsBut is endVisits; with stay, an engineer on site goes on.
func (s *Service) endVisitsBut(ctx context.Context, tx *db.Tx, o Order, reason string, blame catalog.Responsibility, stay bool, at time.Time) error {
	list, err := visitsOfOrder(ctx, tx, o.ID)
	if err != nil {
		return err
	}
	for _, v := range list {
		if !v.Open() || !slices.Contains(v.OrderIDs(), o.ID) || stay && v.State == VisitStateOnSite {
			continue
		}
		if len(v.OrderIDs()) > 1 {
			dropVisitOrder(tx, v.ID, o.ID)
			if err := updateVisit(ctx, tx, &v); err != nil {
				return err
			}
			continue
		}
		act, ev := "cancel", func(f VisitFact) events.Event { return VisitCancelled{f} }
		if v.State == VisitStateOnSite {
			act, ev = "fail", func(f VisitFact) events.Event { return VisitFailed{f} }
		}
		_, err := s.visitActTx(ctx, tx, v, act, access.Act{OccurredAt: at, Reason: reason}, func(ctx context.Context, tx *db.Tx, v *Visit, at time.Time) (visitTell, error) {
			if err := s.bump(ctx, tx, *v, v.Engineers()); err != nil {
				return nil, err
			}
			v.Reason, v.Blame = reason, blame
			erasePosition(tx, v.ID)
			return ev, v.move(act, at)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// GetVisit returns a visit that the actor sees.
func (s *Service) GetVisit(ctx context.Context, id VisitID) (Visit, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return Visit{}, err
	}
	return findVisit(ctx, s.db, access.From(ctx).Scope, id)
}

// FindVisit reads a visit within the actor's scope, for higher modules.
func (s *Service) FindVisit(ctx context.Context, q db.Querier, id VisitID) (Visit, error) {
	return findVisit(ctx, q, access.From(ctx).Scope, id)
}

// ListVisits reads visits in scope by start and one more than asked for.
func (s *Service) ListVisits(ctx context.Context, f VisitFilter) ([]Visit, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	return listVisits(ctx, s.db, access.From(ctx).Scope, f)
}

// VisitsOf reads the visits of engineers whose start lies in [from, to), by start; for dispatch, which
// sees them whatever the scope, since a day is a day.
func (s *Service) VisitsOf(ctx context.Context, q db.Querier, engineers []workforce.EngineerID, from, to time.Time) ([]Visit, error) {
	out := []Visit{}
	for part := range slices.Chunk(engineers, 500) {
		list, err := listVisits(ctx, q, access.Everything, VisitFilter{Engineers: part, From: from, To: to})
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// VisitsOfOrder reads the visits of an order, oldest first.
func (s *Service) VisitsOfOrder(ctx context.Context, q db.Querier, id ID) ([]Visit, error) {
	return visitsOfOrder(ctx, q, id)
}
