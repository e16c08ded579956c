package callbacks

import (
	"context"
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
	if s.notify == nil || access.From(ctx).Origin != access.Live || c.OrderID == "" {
		return nil
	}
	o, err := s.orders.Find(ctx, tx, c.OrderID)
	if err != nil || o.CustomerID == "" || o.Origin != string(access.Live) {
		return err
	}
	cu, err := s.customers.Get(ctx, tx, o.CustomerID)
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

// Remind sends T13 to those whose callback is due and whose link stayed unused; a duty.
func (s *Service) Remind(ctx context.Context) error {
	now := s.db.Now()
	due, err := list(ctx, s.db, access.Everything, Filter{Open: true, DueBy: &now, Limit: 200})
	if err != nil {
		return err
	}
	for _, c := range due {
		if c.State != Due || c.Cause == OrderCancelled || c.Cause == Unhappy || c.Cause == ComplaintEnded {
			continue
		}
		err := db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error { return s.sayTx(ctx, tx, c, "T13", map[string]any{}) })
		if err != nil {
			return err
		}
	}
	return nil
}

// RegisterJobs adds this module's duties.
func (s *Service) RegisterJobs(r *jobs.Runner) { r.Every("callbacks.remind", 10*time.Minute, s.Remind) }
