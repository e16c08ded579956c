package orders

import (
	"context"
	"slices"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
	"anxin/internal/workforce"
)

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

// bumping are the acts that bump the days by themselves: those that a visit leaves, then those that it comes to. All
// others change what an engineer has to do on the days that it stands on.
var bumping = []string{"dispatch", "reschedule", "cancel"}

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
	if !slices.Contains(bumping, name) {
		if err := s.bump(ctx, tx, v, v.Engineers()); err != nil {
			return Visit{}, err
		}
	}
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
			if err := s.bump(ctx, tx, v, v.Engineers()); err != nil {
				return err
			}
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

// GetVisit returns a visit that the actor sees; an engineer his own.
func (s *Service) GetVisit(ctx context.Context, id VisitID) (Visit, error) {
	if a := access.From(ctx); !a.Permissions.Has(PermRead) && a.Permissions.Has(PermField) {
		return s.findField(ctx, s.db, id)
	}
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
