package returns

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/entitlement/rules"
	"anxin/internal/ledger"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/money"
	"anxin/internal/platform/pay"
	"anxin/internal/platform/problem"
)

// oweTx makes the refunds of a line: what it is worth, by the ways in which it was paid, within what is left of what was
// paid. A line is settled once.
func (s *Service) oweTx(ctx context.Context, tx *db.Tx, r *Return, l *Line, at time.Time) error {
	p, err := findPurchase(ctx, tx, l.PurchaseKey)
	if err != nil {
		return fmt.Errorf("purchase of line %s: %w", l.ID, err)
	}
	if l.Sum.Amount > p.left() {
		l.Sum.Steps = append(slices.Clone(l.Sum.Steps), rules.Step{Code: "refunded_before", Amount: p.left() - l.Sum.Amount})
		l.Sum.Amount = p.left()
	}
	l.Settled = true
	ways, err := listWays(ctx, tx, l.PurchaseKey)
	if err != nil {
		return err
	}
	shares, ok := split(l.Sum.Amount, ways)
	if !ok {
		return ErrAbovePaid
	}
	parts := taxes(p.tax.Amount, ways, shares)
	for i, w := range ways {
		if shares[i] == 0 {
			continue
		}
		if err := commit(ctx, tx, l.PurchaseKey, w.ID, shares[i]); err != nil {
			return err
		}
		x := Refund{
			ID: RefundID(db.NewID()), Return: r.ID, Line: l.ID, WayID: w.ID, Purchase: l.PurchaseKey, Brand: r.Brand, OutletPath: r.OutletPath, Way: w.Way, State: MoneyDue,
			Amount: shares[i], Tax: parts[i], Currency: r.Currency, NoteKind: NoteKind(r.Currency), DueAt: at, Version: 1,
		}
		insertRefund(tx, x)
		r.Refunds = append(r.Refunds, x)
		if err := s.postDue(ctx, tx, r, x, "refund.due", "returns:refunds", false, at); err != nil {
			return err
		}
	}
	return nil
}

// payable is the account of what is owed to the customer of a return.
func payable(r *Return) string { return "payable:return:" + string(r.ID) }

// post books an amount once for a fact.
func (s *Service) post(ctx context.Context, tx *db.Tx, r *Return, kind, ref, debit, credit string, a money.Amount, at time.Time) error {
	minus, err := a.Neg()
	if err != nil {
		return err
	}
	_, err = s.Ledger.PostTx(ctx, tx, ledger.Entry{
		Kind: kind, Ref: ref, BrandID: string(r.Brand), OutletPath: r.OutletPath, OccurredAt: at,
		Lines: []ledger.Line{{Account: debit, Amount: a}, {Account: credit, Amount: minus}},
	})
	return err
}

// voidTx takes back what is owed and was not sent.
func (s *Service) voidTx(ctx context.Context, tx *db.Tx, r *Return, x *Refund, at time.Time) error {
	if x.State != MoneyDue && x.State != MoneyFailed {
		return nil
	}
	var err error
	if x.State, err = step(MoneyTransitions, "void", x.State, ""); err != nil {
		return err
	}
	x.EndedAt = &at
	if err := commit(ctx, tx, x.Purchase, x.WayID, -x.Amount); err != nil {
		return err
	}
	account := "returns:refunds"
	if x.Purchase == freightKey(x.Line) {
		account = "returns:freight"
	}
	if err := s.postDue(ctx, tx, r, *x, "refund.void", account, true, at); err != nil {
		return err
	}
	return updateRefund(ctx, tx, x)
}

// ListRefunds lists refunds that the actor sees, the first due first.
func (s *Service) ListRefunds(ctx context.Context, f RefundFilter) ([]Refund, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	return listRefunds(ctx, s.db, access.From(ctx).Scope, f)
}

// PaymentsOf lists the tries to pay a refund, oldest first.
func (s *Service) PaymentsOf(ctx context.Context, id RefundID) ([]Payment, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	if _, err := findRefund(ctx, s.db, access.From(ctx).Scope, id); err != nil {
		return nil, err
	}
	return paymentsOf(ctx, s.db, "refund_id", string(id))
}

// maxBatch bounds a batch: more is paid by the next.
const maxBatch = 500

// byHand names the provider of refunds that somebody gave back in cash, points or a coupon.
const byHand = "hand"

func (s *Service) provider(code string) (Provider, error) {
	i := slices.IndexFunc(s.Providers, func(p Provider) bool { return p.Code() == code })
	if i < 0 {
		return nil, problem.Field("provider", problem.Unknown)
	}
	return s.Providers[i], nil
}

// PayInput hands due refunds to a provider.
type PayInput struct {
	Provider string
	Brand    catalog.BrandID
	Currency money.Currency
}

// Pay puts what is due of a brand in a currency into a batch. Two who pay at once never take the same refund: it is taken
// over the version it was read at.
func (s *Service) Pay(ctx context.Context, in PayInput) (Batch, error) {
	if err := access.Require(ctx, PermPay); err != nil {
		return Batch{}, err
	}
	var f problem.Fields
	f.Check(in.Brand != "", "brand_id", problem.Required)
	f.Check(in.Currency.Known(), "currency", problem.BadChoice)
	if err := f.Err(); err != nil {
		return Batch{}, err
	}
	p, err := s.payer(ctx, in.Provider, in.Brand)
	if err != nil {
		return Batch{}, err
	}
	return s.pay(ctx, p, in.Brand, in.Currency, func(ctx context.Context, tx *db.Tx) ([]Refund, error) {
		return listRefunds(ctx, tx, access.From(ctx).Scope, RefundFilter{State: MoneyDue, Brand: in.Brand, currency: in.Currency, ways: p.ways, Limit: maxBatch})
	})
}

// payer is who pays a batch: a provider that is handed a file, or one that is asked over the network.
type payer struct {
	code   string
	ways   []string
	online bool
}

// payer finds a provider by its code: an account of the brand, or one that takes files.
func (s *Service) payer(ctx context.Context, code string, brand catalog.BrandID) (payer, error) {
	if !slices.Contains(pay.Kinds, code) {
		p, err := s.provider(code)
		if err != nil {
			return payer{}, err
		}
		return payer{code: p.Code(), ways: p.Ways()}, nil
	}
	a, err := s.accountFor(ctx, s.db, code, brand)
	if errors.Is(err, ErrNotFound) || err == nil && !a.Active {
		return payer{}, problem.Field("provider", problem.Unknown)
	}
	if err != nil {
		return payer{}, err
	}
	g, err := s.gateway(ctx, s.db, a)
	if err != nil {
		return payer{}, err
	}
	return payer{code: code, ways: g.Ways(), online: true}, nil
}

// PayByHand notes that somebody gave one due refund back by hand; it is a batch of its own and confirmed at once.
func (s *Service) PayByHand(ctx context.Context, id RefundID) (Batch, error) {
	if err := access.Require(ctx, PermPay); err != nil {
		return Batch{}, err
	}
	x, err := findRefund(ctx, s.db, access.From(ctx).Scope, id)
	if err != nil {
		return Batch{}, err
	}
	b, err := s.pay(ctx, payer{code: byHand}, x.Brand, x.Currency, func(ctx context.Context, tx *db.Tx) ([]Refund, error) {
		x, err := findRefund(ctx, tx, access.From(ctx).Scope, id)
		if err != nil {
			return nil, err
		}
		if _, err := step(MoneyTransitions, "send", x.State, ""); err != nil {
			return nil, err
		}
		return []Refund{x}, nil
	})
	if err != nil {
		return b, err
	}
	sent, err := paymentsOf(ctx, s.db, "batch_id", string(b.ID))
	if err != nil {
		return b, err
	}
	for _, p := range sent {
		if _, err := s.answer(ctx, byHand, Answer{Reference: p.Reference, OK: true, Amount: money.Amount{Minor: p.Amount, Currency: p.Currency}}); err != nil {
			return b, err
		}
	}
	return b, nil
}

// pay makes a batch of refunds.
func (s *Service) pay(ctx context.Context, provider payer, brand catalog.BrandID, currency money.Currency, due func(context.Context, *db.Tx) ([]Refund, error)) (Batch, error) {
	if a := access.From(ctx); !a.Scope.Centre() || !a.Scope.SeesBrand(string(brand)) {
		return Batch{}, problem.ErrForbidden
	}
	number, err := s.Numbers.Next(ctx, "RB", s.db.Now())
	if err != nil {
		return Batch{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Batch, error) {
		list, err := due(ctx, tx)
		if err != nil {
			return Batch{}, err
		}
		if len(list) == 0 {
			return Batch{}, ErrBatchEmpty
		}
		actor := access.From(ctx)
		b := Batch{
			ID: BatchID(db.NewID()), Number: number, Provider: provider.code, Brand: brand, Currency: currency, Payments: int64(len(list)), CreatedBy: actor.Kind + ":" + actor.ID,
			CreatedAt: tx.Now(),
		}
		wanted := map[ID][]RefundID{}
		var order []ID
		for _, x := range list {
			b.Amount += x.Amount
			if wanted[x.Return] == nil {
				order = append(order, x.Return)
			}
			wanted[x.Return] = append(wanted[x.Return], x.ID)
		}
		insertBatch(tx, b)
		for _, id := range order {
			r, err := findReturn(ctx, tx, access.Everything, id)
			if err != nil {
				return Batch{}, err
			}
			if _, err := s.actTx(ctx, tx, r, "pay", access.Act{}, s.sendAll(b, provider.online, wanted[id])); err != nil {
				return Batch{}, err
			}
		}
		return b, audit.Append(ctx, tx, audit.Entry{Kind: "refund_batch", Record: string(b.ID), Act: "pay", New: true, After: map[string]any{
			"provider": provider.code, "payments": b.Payments, "amount": b.Amount, "currency": currency,
		}})
	})
}

// sendAll hands refunds of one return over, each under the reference of its try.
func (s *Service) sendAll(b Batch, online bool, ids []RefundID) change {
	return func(ctx context.Context, tx *db.Tx, r *Return, at time.Time) ([]events.Event, error) {
		var tell []events.Event
		for i := range r.Refunds {
			x := &r.Refunds[i]
			if !slices.Contains(ids, x.ID) {
				continue
			}
			if l, ok := r.line(x.Line); !ok || r.disputed(l.ID) {
				return nil, ErrDisputed
			}
			var err error
			if x.State, err = step(MoneyTransitions, "send", x.State, ""); err != nil {
				return nil, db.ErrRace // it was due when the batch began: somebody beside us took it
			}
			x.Attempt, x.Provider, x.Code, x.SentAt = x.Attempt+1, b.Provider, "", &at
			if err := updateRefund(ctx, tx, x); err != nil {
				return nil, err
			}
			if err := send(ctx, tx, x.Purchase, x.WayID, x.Amount); err != nil {
				return nil, err
			}
			p := Payment{
				Reference: fmt.Sprintf("%s-%d-%d", r.Number, i+1, x.Attempt), Refund: x.ID, Attempt: x.Attempt, Batch: b.ID, State: PaymentSent, Amount: x.Amount, Currency: x.Currency, SentAt: at,
			}
			if online {
				p.Provider, p.AskAt = b.Provider, new(tx.Now())
			}
			insertPayment(tx, p)
			if err := s.post(ctx, tx, r, "refund.sent", p.Reference, payable(r), "clearing:"+b.Provider, x.money(), at); err != nil {
				return nil, err
			}
			tell = append(tell, RefundSent{Fact{Line: x.Line, Refund: x.ID, Amount: x.Amount, Attempt: x.Attempt}})
		}
		return tell, nil
	}
}

// File makes what a batch hands over, the same bytes every time.
func (s *Service) File(ctx context.Context, id BatchID) (HandedFile, error) {
	if err := access.Require(ctx, PermPay); err != nil {
		return HandedFile{}, err
	}
	b, err := findBatch(ctx, s.db, access.From(ctx).Scope, id)
	if err != nil {
		return HandedFile{}, err
	}
	p, err := s.provider(b.Provider)
	if err != nil {
		return HandedFile{}, ErrNotFound // given by hand: there is no file
	}
	sent, err := paymentsOf(ctx, s.db, "batch_id", string(b.ID))
	if err != nil {
		return HandedFile{}, err
	}
	list := make([]PayOrder, len(sent))
	for i, x := range sent {
		refund, err := findRefund(ctx, s.db, access.Everything, x.Refund)
		if err != nil {
			return HandedFile{}, err
		}
		r, err := findReturn(ctx, s.db, access.Everything, refund.Return)
		if err != nil {
			return HandedFile{}, err
		}
		list[i] = PayOrder{Reference: x.Reference, Number: r.Number, Amount: refund.money(), Way: refund.Way}
		ways, err := listWays(ctx, s.db, refund.Purchase)
		if err != nil {
			return HandedFile{}, err
		}
		for _, w := range ways {
			if w.ID != refund.WayID || len(w.Ref) == 0 {
				continue
			}
			ref, err := s.Keys.Open(ctx, s.db, w.Key, w.Ref)
			if err != nil && !problem.Match(err, crypt.ErrErased) {
				return HandedFile{}, err
			}
			list[i].Original, _, _ = strings.Cut(ref, "\n")
		}
	}
	return p.Hand(b, list)
}

// Confirmed counts what the answers of a provider came to.
type Confirmed struct {
	Made        int `json:"made"`
	Failed      int `json:"failed"`
	Repeated    int `json:"repeated"`    // said before
	Differences int `json:"differences"` // that do not fit what was sent
}

// Confirm reads a provider's answers. Each is a change of its own, so reading a file again after a fault goes on where it
// stopped; what was said before changes nothing.
func (s *Service) Confirm(ctx context.Context, provider string, body []byte) (Confirmed, error) {
	if err := access.Require(ctx, PermPay); err != nil {
		return Confirmed{}, err
	}
	if !access.From(ctx).Scope.Centre() {
		return Confirmed{}, problem.ErrForbidden
	}
	p, err := s.provider(provider)
	if err != nil {
		return Confirmed{}, err
	}
	list, err := p.Answers(body)
	if err != nil {
		return Confirmed{}, err
	}
	var out Confirmed
	for _, a := range list {
		what, err := s.answer(ctx, provider, a)
		if err != nil {
			return out, err
		}
		switch what {
		case "made":
			out.Made++
		case "failed":
			out.Failed++
		case "repeated":
			out.Repeated++
		default:
			out.Differences++
		}
	}
	return out, nil
}

// answer applies what a provider says of one payment. It tells what came of it: made, failed, repeated, or the kind of a
// difference.
func (s *Service) answer(ctx context.Context, provider string, a Answer) (string, error) {
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (string, error) {
		p, known, err := findPayment(ctx, tx, a.Reference)
		if err != nil {
			return "", err
		}
		differs := func(kind string, brand catalog.BrandID) (string, error) {
			insertDifference(tx, Difference{
				ID: db.NewID(), Brand: brand, Reference: a.Reference, Kind: kind, Amount: a.Amount.Minor, Currency: string(a.Amount.Currency), FoundAt: tx.Now(),
			})
			return kind, nil
		}
		if !known {
			return differs("unknown", "")
		}
		x, err := findRefund(ctx, tx, access.From(ctx).Scope, p.Refund)
		if errors.Is(err, ErrNotFound) {
			return differs("unknown", "") // of another brand than the reader's
		}
		if err != nil {
			return "", err
		}
		if a.Stable && p.Attempt != x.Attempt {
			// A later try at the same provider is the same refund there: its answer is told of that one.
			later, err := paymentsOf(ctx, tx, "refund_id", string(x.ID))
			if err != nil {
				return "", err
			}
			if slices.ContainsFunc(later, func(o Payment) bool { return o.Attempt > p.Attempt && o.Provider == p.Provider }) {
				return "repeated", nil
			}
		}
		at := a.At
		if at.IsZero() || at.After(tx.Now()) || at.Before(p.SentAt) {
			at = tx.Now()
		}
		switch {
		case a.Amount.Minor != p.Amount || a.Amount.Currency != p.Currency || x.Provider != provider && p.Attempt == x.Attempt:
			return differs("amount", x.Brand)
		case p.State == PaymentOK && a.OK, p.State == PaymentFailed && !a.OK:
			return "repeated", nil
		case p.State == PaymentOK:
			return differs("failed_after_paid", x.Brand)
		}
		return s.answerTx(ctx, tx, p, x, a, at, differs)
	})
}

// answerTx applies the first answer about a try, or that a try paid after all which was said to have failed.
func (s *Service) answerTx(ctx context.Context, tx *db.Tx, p Payment, x Refund, a Answer, at time.Time, differs func(string, catalog.BrandID) (string, error)) (string, error) {
	r, err := findReturn(ctx, tx, access.Everything, x.Return)
	if err != nil {
		return "", err
	}
	to := PaymentOK
	if !a.OK {
		to = PaymentFailed
	}
	if err := answerPayment(ctx, tx, p, to, a.Code, at); err != nil {
		return "", err
	}
	late := p.State == PaymentFailed
	switch {
	case a.OK && (x.State == MoneyRefunded || x.State == MoneyNone || late && x.State == MoneySent):
		return differs("paid_twice", x.Brand) // another try paid, or is on its way, or nothing is owed any more
	case a.OK:
		_, err = s.actTx(ctx, tx, r, "confirm", access.Act{}, s.made(x.ID, p, late, at))
		return "made", err
	}
	// Where an earlier try turned out to have paid, the refund is made by that.
	all, err := paymentsOf(ctx, tx, "refund_id", string(x.ID))
	if err != nil {
		return "", err
	}
	if i := slices.IndexFunc(all, func(o Payment) bool { return o.State == PaymentOK && o.Reference != p.Reference }); i >= 0 {
		_, err = s.actTx(ctx, tx, r, "confirm", access.Act{}, s.made(x.ID, all[i], false, at))
		return "failed", err
	}
	_, err = s.actTx(ctx, tx, r, "fail", access.Act{}, s.failed(x.ID, p, a.Code, at))
	return "failed", err
}

// made notes that a try paid. late: it was said to have failed, so what was taken back then is sent after all.
func (s *Service) made(id RefundID, p Payment, late bool, at time.Time) change {
	return func(ctx context.Context, tx *db.Tx, r *Return, _ time.Time) ([]events.Event, error) {
		x := r.refund(id)
		var err error
		if x.State, err = step(MoneyTransitions, "confirm", x.State, ""); err != nil {
			return nil, err
		}
		x.EndedAt, x.Code = &at, ""
		if err := updateRefund(ctx, tx, x); err != nil {
			return nil, err
		}
		if late {
			if err := send(ctx, tx, x.Purchase, x.WayID, x.Amount); err != nil {
				return nil, err
			}
			if err := s.post(ctx, tx, r, "refund.paid_late", p.Reference, payable(r), "clearing:"+x.Provider, x.money(), at); err != nil {
				return nil, err
			}
		}
		if err := s.post(ctx, tx, r, "refund.made", p.Reference, "clearing:"+x.Provider, "cash:"+x.Way, x.money(), at); err != nil {
			return nil, err
		}
		return []events.Event{RefundMade{Fact{Line: x.Line, Refund: x.ID, Amount: x.Amount, Attempt: p.Attempt}}}, s.sayRefunded(ctx, tx, r, x)
	}
}

// failed notes that the last try did not pay: the amount is owed as before.
func (s *Service) failed(id RefundID, p Payment, code string, at time.Time) change {
	return func(ctx context.Context, tx *db.Tx, r *Return, _ time.Time) ([]events.Event, error) {
		x := r.refund(id)
		var err error
		if x.State, err = step(MoneyTransitions, "fail", x.State, ""); err != nil {
			return nil, err
		}
		x.Code = code
		if err := updateRefund(ctx, tx, x); err != nil {
			return nil, err
		}
		if err := send(ctx, tx, x.Purchase, x.WayID, -x.Amount); err != nil {
			return nil, err
		}
		if err := s.post(ctx, tx, r, "refund.failed", p.Reference, "clearing:"+x.Provider, payable(r), x.money(), at); err != nil {
			return nil, err
		}
		return []events.Event{RefundFailed{Fact{Line: x.Line, Refund: x.ID, Amount: x.Amount, Attempt: p.Attempt, Reason: code}}}, nil
	}
}

func (r *Return) refund(id RefundID) *Refund {
	return &r.Refunds[slices.IndexFunc(r.Refunds, func(x Refund) bool { return x.ID == id })]
}

// Retry makes a failed refund due again: the next batch tries it under a new reference.
func (s *Service) Retry(ctx context.Context, id RefundID, in access.Act) (Return, error) {
	x, err := findRefund(ctx, s.db, access.From(ctx).Scope, id)
	if err != nil {
		return Return{}, err
	}
	return s.act(ctx, PermPay, "retry", ActInput{Act: in, ID: x.Return}, func(ctx context.Context, tx *db.Tx, r *Return, _ time.Time) ([]events.Event, error) {
		x := r.refund(id)
		var err error
		if x.State, err = step(MoneyTransitions, "retry", x.State, ""); err != nil {
			return nil, err
		}
		return nil, updateRefund(ctx, tx, x)
	})
}

// Batches lists what was handed over, newest first, one more than the limit.
func (s *Service) Batches(ctx context.Context, before int64, beforeID BatchID, has bool, limit int) ([]Batch, error) {
	if err := access.Require(ctx, PermPay); err != nil {
		return nil, err
	}
	return listBatches(ctx, s.db, access.From(ctx).Scope, before, beforeID, has, limit)
}

// Differences lists open differences, oldest first.
func (s *Service) Differences(ctx context.Context, limit int) ([]Difference, error) {
	if err := access.Require(ctx, PermPay); err != nil {
		return nil, err
	}
	return listDifferences(ctx, s.db, access.From(ctx).Scope, limit)
}

// CloseDifference notes what became of a difference.
func (s *Service) CloseDifference(ctx context.Context, id, why string) (Difference, error) {
	if err := access.Require(ctx, PermPay); err != nil {
		return Difference{}, err
	}
	why = clean(why)
	var f problem.Fields
	f.Check(why != "", "reason", problem.Required)
	checkText(&f, "reason", why, maxCode)
	if err := f.Err(); err != nil {
		return Difference{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Difference, error) {
		var w db.Where
		w.And("id = ?", id)
		batchScope(&w, access.From(ctx).Scope)
		d, err := db.Get(ctx, tx, scanDifference, `SELECT `+differenceColumns+` FROM returns_difference`+w.String(), w.Args()...)
		if errors.Is(err, db.ErrNoRows) {
			return d, ErrNotFound
		}
		if err != nil || d.ClosedAt != nil {
			return d, err
		}
		actor := access.From(ctx)
		d.ClosedAt, d.ClosedBy, d.Reason = new(tx.Now()), actor.Kind+":"+actor.ID, why
		err = tx.ExecOne(ctx, `UPDATE returns_difference SET closed_at = $1, closed_by = $2, reason = $3 WHERE id = $4 AND closed_at IS NULL`,
			db.Micros(tx.Now()), d.ClosedBy, why, id)
		if err != nil {
			return d, err
		}
		return d, audit.Append(ctx, tx, audit.Entry{Kind: "refund_difference", Record: id, Act: "close", Reason: why, New: true})
	})
}
