package returns

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/money"
	"anxin/internal/platform/pay"
	"anxin/internal/platform/problem"
)

// askPauses are the pauses before a provider is asked again what became of a try.
var askPauses = []time.Duration{20 * time.Second, time.Minute, 3 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour}

func askPause(asks int64) time.Duration { return askPauses[min(int(asks), len(askPauses)-1)] }

// AskProviders hands new tries to their providers and asks what became of those that nobody answered; a duty. A try that
// was handed over before is asked for first and only handed over again, under the same reference, when its provider
// knows nothing of it: a lost answer never pays twice.
func (s *Service) AskProviders(ctx context.Context) error {
	ctx = access.AsSystem(ctx, "returns")
	var errs []error
	for range 40 {
		due, err := db.List(ctx, s.db, scanPayment, `SELECT `+paymentColumns+` FROM returns_payment WHERE ask_at <= $1 ORDER BY ask_at, reference LIMIT 50`, db.Micros(s.db.Now()))
		if err != nil || len(due) == 0 || ctx.Err() != nil {
			return errors.Join(append(errs, err)...)
		}
		for _, p := range due {
			if err := s.askProvider(ctx, p); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// askProvider asks about one try. It is taken first, so that of two workers one asks.
func (s *Service) askProvider(ctx context.Context, p Payment) error {
	taken, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (bool, error) {
		n, err := tx.Exec(ctx, `UPDATE returns_payment SET asks = asks + 1, ask_at = $1 WHERE reference = $2 AND ask_at = $3`, db.Micros(tx.Now().Add(askPause(p.Asks))), p.Reference, db.MicrosPtr(p.AskAt))
		return n == 1, err
	})
	if err != nil || !taken {
		return err
	}
	if p.State == PaymentOK {
		return s.askNoMore(ctx, p)
	}
	x, err := findRefund(ctx, s.db, access.Everything, p.Refund)
	if err != nil {
		return err
	}
	a, err := s.accountFor(ctx, s.db, p.Provider, x.Brand)
	if errors.Is(err, ErrNotFound) || err == nil && !a.Active {
		return nil // it waits until somebody sets the account up again
	}
	if err != nil {
		return err
	}
	g, err := s.gateway(ctx, s.db, a)
	if err != nil {
		return err
	}
	o, err := s.orderOf(ctx, p, x, g)
	if err != nil {
		return err
	}
	got := pay.Answer{State: pay.Failed, Code: "NO_ORIGINAL", Amount: o.Amount, Currency: o.Currency}
	if o.Original != "" {
		switch {
		case p.Asks == 0 && p.State == PaymentSent:
			got, err = g.Refund(ctx, o)
		default:
			got, err = g.Query(ctx, o)
			if errors.Is(err, pay.ErrUnknown) && p.State == PaymentSent {
				got, err = g.Refund(ctx, o)
			}
		}
	}
	switch {
	case errors.Is(err, pay.ErrUnanswered), errors.Is(err, pay.ErrUnknown):
		return s.unanswered(ctx, p, x)
	case err != nil:
		return err
	case got.State == pay.Accepted:
		return s.unanswered(ctx, p, x)
	case got.State == pay.Failed && p.State == PaymentFailed:
		return s.askNoMore(ctx, p)
	}
	what, err := s.answer(ctx, p.Provider, Answer{
		Reference: p.Reference, OK: got.State == pay.Paid, Code: got.Code, Amount: money.Amount{Minor: got.Amount, Currency: money.Currency(got.Currency)}, At: got.At,
		Stable: g.Stable(),
	})
	if err != nil || what == "amount" {
		return err // a difference was noted; the provider goes on being asked
	}
	return s.askNoMore(ctx, p)
}

func (s *Service) askNoMore(ctx context.Context, p Payment) error {
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE returns_payment SET ask_at = NULL WHERE reference = $1`, p.Reference)
		return err
	})
}

// unanswered notes a difference for a person once a try has gone without an answer through all pauses.
func (s *Service) unanswered(ctx context.Context, p Payment, x Refund) error {
	if int(p.Asks)+1 != len(askPauses) {
		return nil
	}
	return db.InTx0(ctx, s.db, func(_ context.Context, tx *db.Tx) error {
		insertDifference(tx, Difference{ID: db.NewID(), Brand: x.Brand, Reference: p.Reference, Kind: "unanswered", Amount: p.Amount, Currency: string(p.Currency), FoundAt: tx.Now()})
		return nil
	})
}

// providerReference is what a provider knows a try by.
func providerReference(reference string, stable bool) string {
	if !stable {
		return reference
	}
	return reference[:max(strings.LastIndexByte(reference, '-'), 0)]
}

// orderOf is a try as its provider needs it.
func (s *Service) orderOf(ctx context.Context, p Payment, x Refund, g pay.Gateway) (pay.Order, error) {
	o := pay.Order{Reference: providerReference(p.Reference, g.Stable()), Amount: p.Amount, Currency: string(p.Currency)}
	ways, err := listWays(ctx, s.db, x.Purchase)
	if err != nil {
		return o, err
	}
	for _, w := range ways {
		if w.ID != x.WayID {
			continue
		}
		o.Total = w.Paid
		if len(w.Ref) == 0 {
			continue
		}
		ref, err := s.Keys.Open(ctx, s.db, w.Key, w.Ref)
		if err != nil && !problem.Match(err, crypt.ErrErased) {
			return o, err
		}
		number, total, _ := strings.Cut(ref, "\n")
		o.Original = number
		if n, err := strconv.ParseInt(total, 10, 64); err == nil && n > o.Total {
			o.Total = n
		}
	}
	return o, nil
}

// Notice takes what a provider sent by itself: verified, it makes the provider be asked at once. It answers whether it was
// the provider's.
func (s *Service) Notice(ctx context.Context, id AccountID, h http.Header, body []byte) (kind string, err error) {
	ctx = access.AsSystem(ctx, "returns")
	a, err := s.account(ctx, s.db, id)
	if err != nil {
		return "", err
	}
	g, err := s.gateway(ctx, s.db, a)
	if err != nil {
		return a.Kind, err
	}
	ref, err := g.Notice(h, body, s.db.Now())
	if errors.Is(err, pay.ErrUnanswered) {
		return a.Kind, nil // about something else
	}
	if err != nil {
		return a.Kind, err
	}
	return a.Kind, db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		last := ref
		if g.Stable() {
			list, err := db.List(ctx, tx, db.ScanString, `SELECT reference FROM returns_payment WHERE reference > $1 AND reference < $2 AND provider = $3 ORDER BY attempt DESC LIMIT 1`, ref+"-", ref+".", a.Kind)
			if err != nil || len(list) == 0 {
				return err
			}
			last = list[0]
		}
		_, err := tx.Exec(ctx, `UPDATE returns_payment SET ask_at = $1, asks = CASE WHEN asks = 0 THEN 1 ELSE asks END WHERE reference = $2 AND provider = $3 AND state <> $4`, db.Micros(tx.Now()), last, a.Kind, PaymentOK)
		return err
	})
}

// RegisterJobs adds this module's duties.
func (s *Service) RegisterJobs(r *jobs.Runner) {
	r.Every("returns.ask_providers", 10*time.Second, s.AskProviders)
	r.Every("returns.track", time.Minute, s.Track)
	r.Every("returns.find_stuck", time.Hour, s.FindStuck)
}
