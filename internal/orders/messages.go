package orders

import (
	"context"
	"errors"
	"fmt"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/notify"
)

// How long links in messages work.
const (
	trackFor = 30 * 24 * time.Hour
)

// TrackPurpose is the purpose of links that show a customer where an order stands.
const TrackPurpose = "track"

// say queues a message to the customer of an order. A person who was erased, and one without an address,
// is not told; neither is anybody by history or a replay.
func (s *Service) say(ctx context.Context, tx *db.Tx, o Order, template, dedup string, params map[string]any) error {
	if s.Notify == nil || access.From(ctx).Origin != access.Live || o.Origin != string(access.Live) {
		return nil
	}
	m, err := s.recipient(ctx, tx, o)
	if err != nil || m.Phone == "" && m.Email == "" {
		return err
	}
	snap, err := s.Catalog.Current(ctx, tx)
	if err != nil {
		return err
	}
	brand, _ := snap.Brand(o.BrandID)
	params["brand"] = brand.Name
	m.Template, m.Params, m.Dedup = template, params, dedup
	_, err = s.Notify.QueueTx(ctx, tx, m)
	return err
}

// dateIn is a date in the words of the message's language.
func dateIn(t time.Time, zone *time.Location) func(lang string) string {
	return func(lang string) string { return i18n.Date(lang, t, zone) }
}

// recipient is whom to tell: the caller's or customer's number.
func (s *Service) recipient(ctx context.Context, tx *db.Tx, o Order) (notify.Message, error) {
	m := notify.Message{
		RecordKind: recordKind, RecordID: string(o.ID), BrandID: string(o.BrandID), OutletPath: o.OutletPath, KeyID: o.KeyID,
	}
	who, err := s.contactOf(ctx, tx, o)
	switch {
	case err == nil:
		m.Phone = who.Phone
	case customers.IsErased(err), errors.Is(err, ErrNoContact):
	default:
		return m, err
	}
	if o.CustomerID != "" {
		c, err := s.Customers.Get(ctx, tx, o.CustomerID)
		if err != nil {
			return m, err
		}
		m.Email, m.Lang = c.Email, c.Lang
	}
	return m, nil
}

// link makes the address of the customer's page about a record.
func (s *Service) link(ctx context.Context, tx *db.Tx, o Order, purpose, kind, record string, valid time.Duration) (string, error) {
	if s.Notify == nil || access.From(ctx).Origin != access.Live {
		return "", nil
	}
	lang := ""
	if o.CustomerID != "" {
		var err error
		if lang, err = s.Customers.LangOf(ctx, tx, o.CustomerID); err != nil {
			return "", err
		}
	}
	l, err := s.Identity.MakeLinkTx(ctx, tx, identity.LinkInput{
		Purpose: purpose, RecordKind: kind, RecordID: record, BrandID: string(o.BrandID), Lang: lang, Valid: valid,
	})
	return l.URL, err
}

func (s *Service) trackLink(ctx context.Context, tx *db.Tx, o Order) (string, error) {
	return s.link(ctx, tx, o, TrackPurpose, recordKind, string(o.ID), trackFor)
}

// forOrders tells the customer of each order of a visit.
func (s *Service) forOrders(ctx context.Context, tx *db.Tx, v Visit, do func(o Order) error) error {
	if s.Notify == nil || access.From(ctx).Origin != access.Live {
		return nil
	}
	m, err := ordersByIDs(ctx, tx, access.Everything, v.OrderIDs())
	if err != nil {
		return err
	}
	for i, id := range v.OrderIDs() {
		if i > 0 && m[id].CustomerID == m[v.OrderIDs()[0]].CustomerID {
			continue // one household, one message
		}
		if err := do(m[id]); err != nil {
			return err
		}
	}
	return nil
}

// sayBooked is T02: who comes when, and the code that proves him.
func (s *Service) sayBooked(ctx context.Context, tx *db.Tx, v Visit) error {
	return s.forOrders(ctx, tx, v, func(o Order) error {
		e, err := s.Workforce.Get(ctx, tx, v.Lead())
		if err != nil {
			return err
		}
		out, err := s.Outlets.Get(ctx, tx, v.OutletID)
		if err != nil {
			return err
		}
		code, err := s.ServiceCode(ctx, tx, o.ID)
		if err != nil {
			return err
		}
		url, err := s.trackLink(ctx, tx, o)
		if err != nil {
			return err
		}
		w := o.Promised
		if w.IsZero() {
			w = Window{From: v.Start, To: v.End}
		}
		loc := out.Location()
		return s.say(ctx, tx, o, "T02", fmt.Sprintf("order:%s:T02:%s:%d", o.ID, v.ID, v.Start.Unix()), map[string]any{
			"name": e.Name, "phone": out.Phone, "date": dateIn(w.From, loc), "slot": i18n.Clock(w.From, loc) + "-" + i18n.Clock(w.To, loc),
			"code": code, "url": url,
		})
	})
}

// sayOnTheWay is T03.
func (s *Service) sayOnTheWay(ctx context.Context, tx *db.Tx, v Visit, eta time.Time) error {
	return s.forOrders(ctx, tx, v, func(o Order) error {
		url, err := s.trackLink(ctx, tx, o)
		if err != nil {
			return err
		}
		return s.say(ctx, tx, o, "T03", fmt.Sprintf("order:%s:T03:%s", o.ID, v.ID), map[string]any{"eta": i18n.Clock(eta, v.location()), "url": url})
	})
}

// sayDelay is T04.
func (s *Service) sayDelay(ctx context.Context, tx *db.Tx, v Visit, r catalog.Reason) error {
	return s.forOrders(ctx, tx, v, func(o Order) error {
		url, err := s.trackLink(ctx, tx, o)
		if err != nil {
			return err
		}
		return s.say(ctx, tx, o, "T04", fmt.Sprintf("order:%s:T04:%s:%d", o.ID, v.ID, v.Version), map[string]any{
			"reason": r.Name, "min": int64(v.DelayedBy / time.Minute), "url": url,
		})
	})
}

// sayPartWait is T05.
func (s *Service) sayPartWait(ctx context.Context, tx *db.Tx, o Order, expected *time.Time) error {
	if expected == nil {
		return nil // without a date there is nothing to promise
	}
	out, err := s.outletOf(ctx, tx, o)
	if err != nil {
		return err
	}
	url, err := s.trackLink(ctx, tx, o)
	if err != nil {
		return err
	}
	return s.say(ctx, tx, o, "T05", fmt.Sprintf("order:%s:T05:%d", o.ID, o.Version), map[string]any{
		"date": dateIn(*expected, out.Location()), "url": url,
	})
}

// sayQuote is T06: what it costs, and where to approve it.
func (s *Service) sayQuote(ctx context.Context, tx *db.Tx, o Order, q Quote) error {
	url, err := s.link(ctx, tx, o, QuotePurpose, quoteKind, string(q.ID), max(time.Hour, q.ExpiresAt.Sub(tx.Now())))
	if err != nil {
		return err
	}
	return s.say(ctx, tx, o, "T06", fmt.Sprintf("quote:%s:T06", q.ID), map[string]any{"amount": q.Customer.Plain(), "url": url})
}

// sayCode sends an approval code.
func (s *Service) sayCode(ctx context.Context, tx *db.Tx, o Order, code string) error {
	return s.say(ctx, tx, o, "V01", "", map[string]any{
		"code": code, "minutes": int64(identity.ApprovalValid / time.Minute), "purpose": "确认维修报价",
	})
}

func (v Visit) location() *time.Location {
	loc, err := calendar.Zone(v.Zone)
	if err != nil { // checked when the outlet was written; a machine without the zone still has to run
		return time.UTC
	}
	return loc
}
