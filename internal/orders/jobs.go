package orders

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"anxin/internal/cases"
	"anxin/internal/clocks"
	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/jobs"
)

// RegisterJobs adds what orders do by themselves: offers and quotes whose time is over, and orders whose
// customer keeps silent.
func (s *Service) RegisterJobs(r *jobs.Runner) {
	r.Every("orders.expire_offers", 15*time.Second, s.ExpireOffers)
	r.Every("orders.expire_quotes", 5*time.Minute, s.ExpireQuotes)
	r.Every("orders.post_silent", 10*time.Minute, s.PostSilent)
}

// ExpireOffers ends offers that nobody answered in time; a duty.
func (s *Service) ExpireOffers(ctx context.Context) error {
	ids, err := expiredOffers(ctx, s.db, s.db.Now(), 500)
	if err != nil {
		return err
	}
	var errs []error // one order's trouble keeps no other waiting
	for _, id := range ids {
		errs = append(errs, s.Expire(ctx, id))
	}
	return errors.Join(errs...)
}

// Subscribe makes orders hear of what happens below them.
func (s *Service) Subscribe(b *events.Bus) {
	b.SubscribeTopics("orders.on_clock", clocks.Topics, s.onClock)
	events.Subscribe(b, "orders.on_case_priority", s.onCaseAssigned)
	events.Subscribe(b, "orders.on_customer_erased", s.OnCustomerErased)
}

// onClock keeps an order's next deadline true when clocks of its case stood still, went on or were moved by
// somebody else's act. It reads the deadline again, so it may run twice.
func (s *Service) onClock(ctx context.Context, e events.Stored) error {
	var t clocks.Told
	if err := json.Unmarshal(e.Body, &t); err != nil {
		return fmt.Errorf("event %s: %w", e.Topic, err)
	}
	if t.RecordKind != recordKind {
		return nil
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		o, err := findOrder(ctx, tx, access.Everything, ID(t.RecordID))
		if err != nil || !o.Live() {
			return err
		}
		before := o
		if o.NextDueAt, err = s.Clocks.NextDue(ctx, tx, recordKind, string(o.ID)); err != nil || sameTime(before.NextDueAt, o.NextDueAt) {
			return err
		}
		if err := updateOrder(ctx, tx, &o); err != nil {
			return err
		}
		return s.tellDue(ctx, tx, before, o)
	})
}

func sameTime(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
}

// onCaseAssigned takes a case's new priority over (a danger found later puts all of it on top).
func (s *Service) onCaseAssigned(ctx context.Context, ev cases.Assigned) error {
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		list, err := ordersOfCase(ctx, tx, cases.ID(ev.ID))
		if err != nil {
			return err
		}
		c, err := s.Cases.Find(ctx, tx, cases.ID(ev.ID))
		if err != nil {
			return err
		}
		for _, o := range list {
			if !o.Live() || o.Priority == c.Priority {
				continue
			}
			o.Priority = c.Priority
			if err := updateOrder(ctx, tx, &o); err != nil {
				return err
			}
			if err := events.Publish(ctx, tx, Edited{o.fact(tx.Now())}); err != nil {
				return err
			}
		}
		return nil
	})
}

// OnCustomerErased clears what stands in the clear beside sealed texts of an erased person: the exact
// points. The division stays, for statistics.
func (s *Service) OnCustomerErased(ctx context.Context, ev customers.Erased) error {
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		for _, id := range ev.IDs {
			for _, q := range []string{
				`UPDATE orders_visit SET lat = NULL, lon = NULL WHERE id IN (SELECT vo.visit_id FROM orders_visit_order vo
					JOIN orders_order o ON o.id = vo.order_id WHERE o.customer_id = $1)`,
				`UPDATE orders_order SET lat = NULL, lon = NULL WHERE customer_id = $1`,
			} {
				if _, err := tx.Exec(ctx, q, string(id)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
