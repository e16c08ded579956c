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
	loc, err := calendar.Zone(v.Zone)
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
			}
		}
		return func(f Fact) events.Event { f.VisitID = v.ID; return Scheduled{f} }, o.move("schedule", StateScheduled, at)
	})
	return err
}
