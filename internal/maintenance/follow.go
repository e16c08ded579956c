package maintenance

import (
	"context"
	"errors"
	"time"

	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

// recallWork is the service type of an order that belongs to a campaign whoever opened it.
const recallWork = "RECALL"

// Subscribe makes campaigns hear of units and of the orders that remedy them.
func (s *Service) Subscribe(b *events.Bus) {
	events.Subscribe(b, "maintenance.on_unit_created", func(ctx context.Context, ev units.Created) error { return s.onUnit(ctx, ev.ID) })
	events.Subscribe(b, "maintenance.on_unit_changed", func(ctx context.Context, ev units.Changed) error { return s.onUnit(ctx, ev.ID) })
	events.Subscribe(b, "maintenance.on_unit_owner", s.onOwner)
	events.Subscribe(b, "maintenance.on_unit_replaced", func(ctx context.Context, ev units.ReplacedEvent) error { return s.onGone(ctx, ev.ID, "replaced") })
	events.Subscribe(b, "maintenance.on_unit_retired", func(ctx context.Context, ev units.RetiredEvent) error { return s.onGone(ctx, ev.ID, "retired") })
	events.Subscribe(b, "maintenance.on_unit_restored", func(ctx context.Context, ev units.RestoredEvent) error { return s.onRestored(ctx, ev.ID) })
	events.Subscribe(b, "maintenance.on_order_opened", s.onOpened)
	events.Subscribe(b, "maintenance.on_order_accepted", func(ctx context.Context, ev orders.Accepted) error { return s.onOrder(ctx, ev.Fact) })
	events.Subscribe(b, "maintenance.on_order_given_back", func(ctx context.Context, ev orders.GivenBack) error { return s.onOrder(ctx, ev.Fact) })
	events.Subscribe(b, "maintenance.on_order_scheduled", func(ctx context.Context, ev orders.Scheduled) error { return s.onOrder(ctx, ev.Fact) })
	events.Subscribe(b, "maintenance.on_order_completed", func(ctx context.Context, ev orders.Completed) error { return s.onOrder(ctx, ev.Fact) })
	events.Subscribe(b, "maintenance.on_order_incomplete", func(ctx context.Context, ev orders.Incomplete) error { return s.onOrder(ctx, ev.Fact) })
	events.Subscribe(b, "maintenance.on_order_rejected", func(ctx context.Context, ev orders.Rejected) error { return s.onOrder(ctx, ev.Fact) })
	events.Subscribe(b, "maintenance.on_order_cancelled", func(ctx context.Context, ev orders.Cancelled) error { return s.onOrder(ctx, ev.Fact) })
}

func (s *Service) onUnit(ctx context.Context, id string) error {
	err := s.Catch(ctx, units.ID(id))
	if problem.Match(err, problem.ErrNotFound) {
		return nil
	}
	return err
}

// eachRow does something to the rows of a unit in the campaigns under way.
func (s *Service) eachRow(ctx context.Context, id string, do func(ctx context.Context, tx *db.Tx, c Campaign, u Unit) error) error {
	unit, err := s.Units.Get(ctx, s.db, units.ID(id))
	if err != nil {
		return err
	}
	list, err := s.standings(ctx, s.db, unit.ID)
	if err != nil {
		return err
	}
	var errs []error
	for _, x := range list {
		if !x.Campaign.live() {
			continue
		}
		errs = append(errs, db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
			u, err := findUnit(ctx, tx, access.Everything, x.Unit.ID)
			if err != nil {
				return err
			}
			return do(ctx, tx, x.Campaign, u)
		}))
	}
	return errors.Join(errs...)
}

// onOwner tells the new owner of a unit, whatever the old one said.
func (s *Service) onOwner(ctx context.Context, ev units.OwnerChanged) error {
	return s.eachRow(ctx, ev.ID, func(ctx context.Context, tx *db.Tx, c Campaign, u Unit) error {
		switch u.State {
		case Unreachable, Refused, Gone:
			return s.moveTx(ctx, tx, c, u, move{act: "return", by: "owner_changed"})
		case Found, Notified:
			u.Reach, u.Notices, u.NextAt = ReachUnknown, 0, new(tx.Now())
			return updateUnit(ctx, tx, &u)
		}
		return nil
	})
}

func (s *Service) onGone(ctx context.Context, id, why string) error {
	return s.eachRow(ctx, id, func(ctx context.Context, tx *db.Tx, c Campaign, u Unit) error {
		now, err := s.Units.Get(ctx, tx, u.Unit)
		if err != nil || now.State == units.Active {
			return err
		}
		if !u.waits() && u.State != Unreachable && u.State != Refused {
			return nil // its order tells what became of it
		}
		return s.moveTx(ctx, tx, c, u, move{act: "lost", by: why})
	})
}

func (s *Service) onRestored(ctx context.Context, id string) error {
	return s.eachRow(ctx, id, func(ctx context.Context, tx *db.Tx, c Campaign, u Unit) error {
		if u.State != Gone {
			return nil
		}
		return s.moveTx(ctx, tx, c, u, move{act: "return", by: "restored"})
	})
}

// onOpened takes an order for recall work that somebody opened by hand as the remedy of the unit's campaign.
func (s *Service) onOpened(ctx context.Context, ev orders.Opened) error {
	if ev.ServiceType != recallWork || ev.UnitID == "" {
		return nil
	}
	return s.eachRow(ctx, ev.UnitID, func(ctx context.Context, tx *db.Tx, c Campaign, u Unit) error {
		if !c.Kind.Recall() || u.Order != "" || u.State == Remedied || u.State == Exempt || u.State == Gone {
			return nil
		}
		o, err := s.Orders.Find(ctx, tx, orders.ID(ev.ID))
		if err != nil || !o.Live() || o.CompletedAt != nil {
			return err
		}
		_, err = s.appointTx(ctx, tx, c, u, o, tx.Now())
		return err
	})
}

// appointTx ties an order to a unit's row.
func (s *Service) appointTx(ctx context.Context, tx *db.Tx, c Campaign, u Unit, o orders.Order, at time.Time) (Unit, error) {
	err := s.moveTx(ctx, tx, c, u, move{act: "appoint", at: at, change: func(u *Unit) { u.Case, u.Order, u.OutletPath = o.CaseID, o.ID, o.OutletPath }})
	if err != nil {
		return u, err
	}
	return findUnit(ctx, tx, access.Everything, u.ID)
}

// onOrder follows the order that remedies a unit. It reads the order again: events come late and twice.
func (s *Service) onOrder(ctx context.Context, ev orders.Fact) error {
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		u, ok, err := rowOfOrder(ctx, tx, orders.ID(ev.ID))
		if err != nil || !ok {
			return err
		}
		o, err := s.Orders.Find(ctx, tx, u.Order)
		if err != nil {
			return err
		}
		c, err := findCampaign(ctx, tx, access.Everything, u.Campaign)
		if err != nil {
			return err
		}
		if u.OutletPath != o.OutletPath {
			u.OutletPath = o.OutletPath
			if err := updateUnit(ctx, tx, &u); err != nil {
				return err
			}
		}
		done := o.State == orders.StateCompleted || o.State == orders.StatePosted
		switch {
		case done && u.State == Appointment && ev.Outcome == orders.OutcomeDeclined:
			return s.moveTx(ctx, tx, c, u, move{act: "lose", to: Refused, by: "declined_on_site", at: ev.OccurredAt, change: forget})
		case done && u.State == Appointment && ev.Outcome == orders.OutcomeGuided && c.Kind != Software:
			return s.moveTx(ctx, tx, c, u, move{act: "lose", to: Notified, by: "not_done_on_site", at: ev.OccurredAt, change: func(u *Unit) {
				forget(u)
				u.NextAt = new(tx.Now().Add(again))
			}})
		case done && u.State == Appointment && ev.State == orders.StateCompleted:
			return s.moveTx(ctx, tx, c, u, move{act: "remedy", by: string(ev.Outcome), reference: o.Number, at: ev.OccurredAt})
		case o.State == orders.StateCancelled && u.State == Appointment:
			return s.moveTx(ctx, tx, c, u, move{act: "lose", to: Notified, by: "order_cancelled", change: func(u *Unit) {
				forget(u)
				u.NextAt = new(tx.Now().Add(again))
			}})
		case !done && o.Live() && u.State == Remedied:
			return s.moveTx(ctx, tx, c, u, move{act: "reject", by: "completion_rejected"})
		}
		return nil
	})
}

// forget unties an order that ended without the remedy; the trail keeps it.
func forget(u *Unit) { u.Case, u.Order, u.OutletPath = "", "", "/" }

// again is how long after a cancelled visit the customer is told again.
const again = 3 * 24 * time.Hour
