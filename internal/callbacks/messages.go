package callbacks

import (
	"context"
	"errors"
	"time"

	"anxin/internal/customers"
	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/notify"
)

// rateFor is how long the link of a rating works.
const rateFor = 30 * 24 * time.Hour

// Messages makes callbacks tell customers: T07 with the link to rate when the work is done, T13 once more
// if that link stays unused until the callback is due.
func (s *Service) Messages(n *notify.Service, ids *identity.Service, cust *customers.Service) {
	s.notify, s.identity, s.customers = n, ids, cust
}

// sayTx queues a message with a link to rate. The link answers the callback, so it lives on its record.
func (s *Service) sayTx(ctx context.Context, tx *db.Tx, c Callback, template string, params map[string]any) error {
	if s.notify == nil || access.From(ctx).Origin != access.Live {
		return nil
	}
	customer, err := s.customerOf(ctx, tx, c)
	if err != nil || customer == "" {
		return err
	}
	cu, err := s.customers.Get(ctx, tx, customer)
	if customers.IsErased(err) || err == nil && cu.PrimaryPhone() == "" && cu.Email == "" {
		return nil
	}
	if err != nil {
		return err
	}
	snap, err := s.catalog.Current(ctx, tx)
	if err != nil {
		return err
	}
	link, err := s.identity.MakeLinkTx(ctx, tx, identity.LinkInput{
		Purpose: "rate", RecordKind: "callback", RecordID: string(c.ID), BrandID: string(c.BrandID), Lang: cu.Lang, Valid: rateFor,
	})
	if err != nil {
		return err
	}
	brand, _ := snap.Brand(c.BrandID)
	params["brand"], params["url"] = brand.Name, link.URL
	_, err = s.notify.QueueTx(ctx, tx, notify.Message{
		Template: template, Params: params, Phone: cu.PrimaryPhone(), Email: cu.Email, RecordKind: "callback", RecordID: string(c.ID), BrandID: string(c.BrandID),
		OutletPath: c.OutletPath, KeyID: c.KeyID, Lang: cu.Lang, Dedup: "callback:" + string(c.ID) + ":" + template,
	})
	return err
}

// customerOf is who is asked by message: of the order, or of the case of a return.
func (s *Service) customerOf(ctx context.Context, tx *db.Tx, c Callback) (customers.ID, error) {
	switch {
	case c.OrderID != "":
		o, err := s.orders.Find(ctx, tx, c.OrderID)
		if err != nil || o.Origin != string(access.Live) {
			return "", err
		}
		return o.CustomerID, nil
	case c.Cause == Refunded:
		k, err := s.cases.Find(ctx, tx, c.CaseID)
		return k.CustomerID, err
	}
	return "", nil
}

// sayDoneTx is T07: the work is done, until when the same fault is repaired again free of charge, and where
// to rate.
func (s *Service) sayDoneTx(ctx context.Context, tx *db.Tx, c Callback, o orders.Order, at time.Time) error {
	snap, err := s.catalog.Current(ctx, tx)
	if err != nil {
		return err
	}
	days := 30
	if t, ok := snap.ServiceType(o.ServiceType); ok && t.RepeatWindowDays > 0 {
		days = t.RepeatWindowDays
	}
	return s.sayTx(ctx, tx, c, "T07", map[string]any{"date": func(lang string) string { return i18n.Date(lang, at.AddDate(0, 0, days), s.zone) }})
}

// Remind sends T13 to those whose link stayed unused, and asks whether repairs have lasted; a duty.
func (s *Service) Remind(ctx context.Context) error {
	now := s.db.Now()
	return s.eachOpen(ctx, Filter{RemindBy: &now}, func(ctx context.Context, tx *db.Tx, c Callback) error {
		c.RemindAt = nil
		if err := update(ctx, tx, &c); err != nil || c.State != Due {
			return err
		}
		return s.sayTx(ctx, tx, c, "T13", map[string]any{})
	})
}

// EndSilent ends the questions by link that nobody answered; their orders need not wait any more. A duty.
func (s *Service) EndSilent(ctx context.Context) error {
	now := s.db.Now()
	return s.eachOpen(ctx, Filter{GiveUpBy: &now}, func(ctx context.Context, tx *db.Tx, c Callback) error {
		return s.endSilentTx(ctx, tx, c, "silent")
	})
}

// endSilentTx waives a question, and tells the order that no answer comes.
func (s *Service) endSilentTx(ctx context.Context, tx *db.Tx, c Callback, reason string) error {
	if err := s.waiveOneTx(ctx, tx, c, reason); err != nil || c.OrderID == "" || !c.Cause.ofOrder() {
		return err
	}
	return s.orders.CallbackResultTx(ctx, tx, orders.CallbackResult{Order: c.OrderID, Result: orders.CallbackWaived, At: tx.Now()})
}

// eachOpen does something to each open callback of a filter, a transaction each, in which it is still open. One
// callback's trouble keeps no other waiting.
func (s *Service) eachOpen(ctx context.Context, f Filter, do func(context.Context, *db.Tx, Callback) error) error {
	f.Limit = 500
	var errs []error
	for {
		due, err := list(ctx, s.db, access.Everything, f)
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		for _, c := range due {
			errs = append(errs, db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
				now, err := find(ctx, tx, access.Everything, c.ID)
				if err != nil || now.Version != c.Version {
					return err // somebody answered meanwhile: the next round looks again
				}
				return do(ctx, tx, now)
			}))
			f.AfterDue, f.AfterID, f.HasAfter = c.DueAt.UnixMicro(), c.ID, true
		}
		if len(due) < f.Limit || ctx.Err() != nil {
			return errors.Join(errs...)
		}
	}
}

// RegisterJobs adds this module's duties.
func (s *Service) RegisterJobs(r *jobs.Runner) {
	r.Every("callbacks.remind", 10*time.Minute, s.Remind)
	r.Every("callbacks.end_silent", time.Hour, s.EndSilent)
	r.Every("callbacks.audit", 6*time.Hour, s.Audit)
}
