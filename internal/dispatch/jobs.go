package dispatch

import (
	"context"
	"errors"
	"slices"
	"time"

	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
	"anxin/internal/workforce"
)

// AlertFilter is where a list of alerts goes on, and how long it may get.
type AlertFilter struct {
	After   time.Time
	AfterID string
	Limit   int // one more is read
}

// Subscribe makes dispatch hear of what happens to orders. Handlers read the order again and decide by its
// state, so they may run twice and late.
func (s *Service) Subscribe(b *events.Bus) {
	events.Subscribe(b, "dispatch.on_order_ready", func(ctx context.Context, e orders.MadeReady) error { return s.OnOrder(ctx, orders.ID(e.ID)) })
	events.Subscribe(b, "dispatch.on_order_declined", func(ctx context.Context, e orders.Declined) error { return s.OnOrder(ctx, orders.ID(e.ID)) })
	events.Subscribe(b, "dispatch.on_offer_expired", func(ctx context.Context, e orders.OfferExpired) error { return s.OnOrder(ctx, orders.ID(e.ID)) })
	events.Subscribe(b, "dispatch.on_order_given_back", func(ctx context.Context, e orders.GivenBack) error { return s.OnOrder(ctx, orders.ID(e.ID)) })
	events.Subscribe(b, "dispatch.on_order_unscheduled", func(ctx context.Context, e orders.Unscheduled) error { return s.OnOrder(ctx, orders.ID(e.ID)) })
	events.Subscribe(b, "dispatch.on_order_resumed", func(ctx context.Context, e orders.Resumed) error { return s.OnOrder(ctx, orders.ID(e.ID)) })
	events.Subscribe(b, "dispatch.on_order_suspended", func(ctx context.Context, e orders.Suspended) error { return s.OnOrder(ctx, orders.ID(e.ID)) })
	events.Subscribe(b, "dispatch.on_order_scheduled", func(ctx context.Context, e orders.Scheduled) error { return s.OnOrder(ctx, orders.ID(e.ID)) })
	events.Subscribe(b, "dispatch.on_order_completed", func(ctx context.Context, e orders.Completed) error { return s.OnOrder(ctx, orders.ID(e.ID)) })
	events.Subscribe(b, "dispatch.on_order_cancelled", func(ctx context.Context, e orders.Cancelled) error { return s.OnOrder(ctx, orders.ID(e.ID)) })
	events.Subscribe(b, "dispatch.on_promise_made", func(ctx context.Context, e orders.PromiseMade) error { return s.OnOrder(ctx, orders.ID(e.ID)) })
	events.Subscribe(b, "dispatch.on_promise_changed", func(ctx context.Context, e orders.PromiseChanged) error { return s.OnOrder(ctx, orders.ID(e.ID)) })
	events.Subscribe(b, "dispatch.on_visit_moved", func(ctx context.Context, e orders.VisitRescheduled) error { return s.visitMoved(ctx, e.Orders) })
	events.Subscribe(b, "dispatch.on_visit_cancelled", func(ctx context.Context, e orders.VisitCancelled) error { return s.visitMoved(ctx, e.Orders) })
	events.Subscribe(b, "dispatch.on_absence", func(ctx context.Context, e workforce.AbsenceChanged) error {
		return s.OnEngineer(ctx, workforce.EngineerID(e.ID))
	})
	events.Subscribe(b, "dispatch.on_shifts", func(ctx context.Context, e workforce.ShiftsChanged) error {
		return s.OnEngineer(ctx, workforce.EngineerID(e.ID))
	})
	events.Subscribe(b, "dispatch.on_suspended", func(ctx context.Context, e workforce.Suspended) error {
		return s.OnEngineer(ctx, workforce.EngineerID(e.ID))
	})
	events.Subscribe(b, "dispatch.on_left", func(ctx context.Context, e workforce.Left) error {
		return s.OnEngineer(ctx, workforce.EngineerID(e.ID))
	})
}

// RegisterJobs adds what dispatch does by itself: holds whose time is over, schedules whose time has come, visits that
// take too long for the next, and the plans and scenarios that were started.
func (s *Service) RegisterJobs(r *jobs.Runner) {
	r.Every("dispatch.expire_holds", 15*time.Second, s.ExpireHolds)
	r.Every("dispatch.schedules", 20*time.Second, s.RunSchedules)
	r.Every("dispatch.overruns", time.Minute, s.FindOverruns)
	jobs.Register(r, func(ctx context.Context, job *jobs.Job[PlanArgs]) error { return s.runPlan(ctx, job.Args) })
	jobs.Register(r, func(ctx context.Context, job *jobs.Job[ScenarioArgs]) error { return s.runScenario(ctx, job.Args) })
}

// OnOrder brings what dispatch keeps for an order in line with the order: it looks for an outlet, keeps
// capacity for the promise, or lets it go.
func (s *Service) OnOrder(ctx context.Context, id orders.ID) error {
	ctx = systemContext(ctx)
	o, err := s.orders.Find(ctx, s.db, id)
	if problem.Match(err, orders.ErrNotFound) {
		return nil
	}
	if err != nil || o.Origin == string(access.History) {
		return err
	}
	switch o.State {
	case orders.StateScheduled, orders.StateWorking:
		return s.letGo(ctx, id, ReservationUsed, "visit_planned", "planned_by_hand")
	case orders.StateCompleted, orders.StatePosted, orders.StateCancelled:
		return s.letGo(ctx, id, ReservationDropped, "order_ended", "noted")
	case orders.StateSuspended, orders.StateIncomplete, orders.StateDraft:
		return s.keepTrue(ctx, o)
	}
	if err := s.keepTrue(ctx, o); err != nil {
		return err
	}
	if o.State != orders.StateReady || o.HasOutlet() {
		return s.cover(ctx, id)
	}
	if kept, err := s.keptOutlet(ctx, o); kept || err != nil {
		return err
	}
	return s.findOutlet(ctx, id)
}

// keptOutlet tells whether capacity is reserved for a ready order at an outlet that did not refuse it: an own
// one plans it by itself, another is asked.
func (s *Service) keptOutlet(ctx context.Context, o orders.Order) (bool, error) {
	r, ok, err := s.Reservation(ctx, s.db, o.ID)
	if err != nil || !ok {
		return false, err
	}
	asked, err := s.orders.Offers(ctx, s.db, o.ID)
	if err != nil || slices.ContainsFunc(asked, func(f orders.Offer) bool { return f.OutletID == r.OutletID && f.Answer != orders.AnswerNone }) {
		return false, err
	}
	out, err := s.outlets.Get(ctx, s.db, r.OutletID)
	if err != nil || out.Own() {
		return err == nil, err
	}
	return true, db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		now, err := s.orders.Find(ctx, tx, o.ID)
		if err != nil || now.State != orders.StateReady || now.HasOutlet() {
			return err
		}
		return s.askTx(ctx, tx, now, out)
	})
}

// letGo ends what is kept for an order, holds too.
func (s *Service) letGo(ctx context.Context, id orders.ID, to ReservationState, why, resolution string) error {
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		o, err := s.orders.Find(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.endReservationTx(ctx, tx, id, to, why); err != nil {
			return err
		}
		if !o.Live() {
			if err := s.endHoldsOfTx(ctx, tx, id, HoldReleased); err != nil {
				return err
			}
		}
		return s.settleTx(ctx, tx, o, resolution)
	})
}

// keepTrue drops a reservation that is for another promise, or at an outlet that lost the order.
func (s *Service) keepTrue(ctx context.Context, o orders.Order) error {
	kept, err := reservationsOf(ctx, s.db, []orders.ID{o.ID})
	r, ok := kept[o.ID]
	if err != nil || !ok {
		return err
	}
	why := ""
	switch {
	case r.PromiseID != o.PromiseID:
		why = "promise_changed"
	case o.HasOutlet() && o.OutletID != r.OutletID:
		why = "outlet_changed"
	default:
		return nil
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		return s.endReservationTx(ctx, tx, o.ID, ReservationDropped, why)
	})
}

// cover keeps capacity for the promise of an order that an outlet has.
func (s *Service) cover(ctx context.Context, id orders.ID) error {
	for range attempts {
		o, err := s.orders.Find(ctx, s.db, id)
		if err != nil || !o.HasOutlet() || o.Promised.IsZero() || !o.Promised.To.After(s.db.Now()) {
			return err
		}
		if _, ok, err := s.Reservation(ctx, s.db, id); ok || err != nil {
			return err
		}
		out, err := s.outlets.Get(ctx, s.db, o.OutletID)
		if err != nil {
			return err
		}
		list, err := s.offers(ctx, s.db, o, []outlets.Serving{{Outlet: out, Rank: 1}}, []planner.Span{{From: o.Promised.From, To: o.Promised.To}})
		if err != nil {
			return err
		}
		err = db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
			now, err := s.orders.Find(ctx, tx, id)
			if err != nil || now.Version != o.Version {
				return errors.Join(err, errLostIf(err == nil))
			}
			return s.coverTx(ctx, tx, now, list[0], list[0].Reasons)
		})
		if !errors.Is(err, errLost) {
			return err
		}
	}
	return ErrNoCapacity.With()
}

func errLostIf(lost bool) error {
	if lost {
		return errLost
	}
	return nil
}

// OnEngineer looks at what is reserved with an engineer whose working time changed: promises that he cannot keep
// any more are given to others, or raise the alert.
func (s *Service) OnEngineer(ctx context.Context, id workforce.EngineerID) error {
	ctx = systemContext(ctx)
	if err := s.visitsAway(ctx, id); err != nil {
		return err
	}
	list, err := reservationsWith(ctx, s.db, id, calendar.DateOf(s.db.Now(), time.UTC)-1)
	if err != nil || len(list) == 0 {
		return err
	}
	broken, err := s.broken(ctx, id, list)
	if err != nil {
		return err
	}
	for _, r := range broken {
		err := db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
			return s.endReservationTx(ctx, tx, r.OrderID, ReservationDropped, "engineer_away")
		})
		if err != nil {
			return err
		}
		if err := s.OnOrder(ctx, r.OrderID); err != nil {
			return err
		}
	}
	return nil
}

// broken finds reservations outside an engineer's working time.
func (s *Service) broken(ctx context.Context, id workforce.EngineerID, list []Reservation) ([]Reservation, error) {
	e, err := s.workforce.Get(ctx, s.db, id)
	if err != nil {
		return nil, err
	}
	w, err := s.look(ctx, s.db, worldInput{people: []workforce.Engineer{e}, from: list[0].Date, to: list[len(list)-1].Date})
	if err != nil {
		return nil, err
	}
	var out []Reservation
	for _, r := range list {
		if !works(w.Engineers[0], r.Date, r.Start, r.End) && r.To.After(s.db.Now()) {
			out = append(out, r)
		}
	}
	return out, nil
}

// works tells whether a time lies in one of an engineer's shifts.
func works(e planner.Engineer, date calendar.Date, start, end time.Time) bool {
	return slices.ContainsFunc(e.Days, func(d planner.Day) bool {
		return d.Date == date && slices.ContainsFunc(d.Shifts, func(sh planner.Span) bool { return !start.Before(sh.From) && !end.After(sh.To) })
	})
}

// ahead is how far visits are looked at when somebody's working time changes.
const ahead = 31

// visitsAway raises an alert for each planned visit in time that its engineer is absent: a person moves it,
// since the customer expects somebody. Work outside the shifts that was agreed on stays.
func (s *Service) visitsAway(ctx context.Context, id workforce.EngineerID) error {
	e, err := s.workforce.Get(ctx, s.db, id)
	if err != nil {
		return err
	}
	from := calendar.DateOf(s.db.Now(), time.UTC)
	w, err := s.look(ctx, s.db, worldInput{people: []workforce.Engineer{e}, from: from, to: from + ahead})
	if err != nil {
		return err
	}
	for _, v := range w.visits {
		i := slices.IndexFunc(w.away[id], func(a workforce.Absence) bool { return a.Start.Before(v.End) && v.Start.Before(a.End) })
		if frozen(v) || i < 0 && e.State == workforce.StateActive {
			continue
		}
		why := reason.Failed(planner.RuleAbsent).With("date", v.Day.String()).With("engineer", string(id)).Compared(int64(v.End.Sub(v.Start)/time.Minute), 0)
		for _, order := range v.OrderIDs() {
			err := db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
				o, err := s.orders.Find(ctx, tx, order)
				if err != nil {
					return err
				}
				_, err = s.alertTx(ctx, tx, o, AlertAway, reason.List{why})
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// visitMoved closes the alert that an engineer is away.
func (s *Service) visitMoved(ctx context.Context, ids []orders.ID) error {
	for _, id := range ids {
		err := db.InTx0(systemContext(ctx), s.db, func(ctx context.Context, tx *db.Tx) error {
			return s.settleKindsTx(ctx, tx, id, "planned_by_hand", AlertAway)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
