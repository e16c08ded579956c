package returns

import (
	"context"
	"time"

	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/money"
	"anxin/internal/platform/notify"
)

// say queues a message to the customer of a return. Nobody is told by history or a replay.
func (s *Service) say(ctx context.Context, tx *db.Tx, r *Return, template, dedup string, params map[string]any) error {
	if s.Notify == nil || r.Customer == "" || access.From(ctx).Origin != access.Live || r.Origin != string(access.Live) {
		return nil
	}
	c, err := s.Customers.Get(ctx, tx, r.Customer)
	if customers.IsErased(err) || err == nil && c.PrimaryPhone() == "" && c.Email == "" {
		return nil
	}
	if err != nil {
		return err
	}
	snap, err := s.Catalog.Current(ctx, tx)
	if err != nil {
		return err
	}
	brand, _ := snap.Brand(r.Brand)
	params["brand"] = brand.Name
	if params["url"], err = s.linkTx(ctx, tx, r, c.Lang); err != nil {
		return err
	}
	_, err = s.Notify.QueueTx(ctx, tx, notify.Message{
		Template: template, Params: params, Phone: c.PrimaryPhone(), Email: c.Email, RecordKind: recordKind, RecordID: string(r.ID), BrandID: string(r.Brand),
		OutletPath: r.OutletPath, KeyID: r.KeyID, Lang: c.Lang, Dedup: "return:" + string(r.ID) + ":" + template + dedup,
	})
	return err
}

// freightWords say who bears the way back.
var freightWords = map[string]map[string]string{
	"zh-CN": {"seller": "商家承担", "customer": "您先行承担", "earlier": "待定责后由责任方承担", "": "待确认"},
	"en":    {"seller": "paid by us", "customer": "paid by you", "earlier": "paid by who is at fault", "": "to be settled"},
}

// sayApproved is T08: send the goods by when to where, and who pays the way.
func (s *Service) sayApproved(ctx context.Context, tx *db.Tx, r *Return) error {
	if r.Operation.Receipt == No {
		return nil
	}
	by := r.ShipBy.UTC().Add(12 * time.Hour)
	return s.say(ctx, tx, r, "T08", "", map[string]any{
		"date": func(lang string) string { return i18n.Date(lang, by, time.UTC) }, "addr": r.Address,
		"payer": func(lang string) string {
			words, ok := freightWords[lang]
			if !ok {
				words = freightWords["en"]
			}
			return words[r.Freight]
		},
	})
}

// sayReceived is T09, once all is here: what comes back within how many days.
func (s *Service) sayReceived(ctx context.Context, tx *db.Tx, r *Return) error {
	if r.Operation.Refund != After || r.GoodsState() != GoodsReceived {
		return nil
	}
	p, err := findPolicy(ctx, tx, r.Brand)
	if err != nil {
		return err
	}
	return s.say(ctx, tx, r, "T09", "", map[string]any{
		"days": int64(orDays(p.RefundDays, defaultRefundDays)), "amount": money.Amount{Minor: r.Estimate, Currency: r.Currency}.Plain(),
	})
}

// sayRefunded is T10, once for each refund.
func (s *Service) sayRefunded(ctx context.Context, tx *db.Tx, r *Return, x *Refund) error {
	p, err := findPolicy(ctx, tx, r.Brand)
	if err != nil {
		return err
	}
	return s.say(ctx, tx, r, "T10", ":"+string(x.ID), map[string]any{"amount": x.money().Plain(), "bankdays": int64(orDays(p.BankDays, defaultBankDays))})
}

// newsWords say what is new about a return.
var newsWords = map[string]map[string]string{
	"zh-CN": {
		"look": "可随时查看进度", "asked": "申请已收到，我们会尽快答复", "rejected": "申请未通过，原因见页面", "deduct": "验收后拟扣减部分金额，请查看原因并确认", "shipped": "换货已寄出", "freight_refused": "垫付运费未予退还，原因见页面",
	},
	"en": {
		"look": "follow it at any time", "asked": "request received, we answer soon", "rejected": "it was not approved, see why", "deduct": "after the inspection less is offered; please see why and answer", "shipped": "the replacement is on its way", "freight_refused": "the freight is not given back, see why",
	},
}

// sayNews is T30: something about the return is new, or waits for the customer, and where to see it.
func (s *Service) sayNews(ctx context.Context, tx *db.Tx, r *Return, what, dedup string) error {
	return s.say(ctx, tx, r, "T30", ":"+what+dedup, map[string]any{"no": r.Number, "what": func(lang string) string {
		words, ok := newsWords[lang]
		if !ok {
			words = newsWords["en"]
		}
		return words[what]
	}})
}
