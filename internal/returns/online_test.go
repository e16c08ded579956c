package returns

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/pay"
	"anxin/internal/platform/problem"
)

func (f *fixture) account(kind string) Account {
	f.t.Helper()
	a, err := f.SaveAccount(f.ctx, SaveAccountInput{Kind: kind, Name: kind, Active: true, Settings: testSettings(kind)})
	f.must(err)
	return a
}

// onlineKinds are the providers of the walk with whether they keep a reference over tries.
var onlineKinds = map[string]bool{"wechat": true, "alipay": true, "stripe": false}

// TestOnlineAtRandom: purchases paid by WeChat, Alipay and card, alone and together, go back in part and in whole.
// Requests and answers are lost before and after they took effect, refunds stay under way, fail, and are mended at the
// provider's own desk; notices come doubled, late and out of order; workers ask beside one another and customers withdraw.
// Nothing is paid twice or above what was paid, nobody is told of money that a provider did not pay, the ledger balances
// after every step, and in the end both sides know the same.
func TestOnlineAtRandom(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		w := newWorld(t, d.Now, 5)
		f.client = w
		accounts := map[string]AccountID{}
		for kind := range onlineKinds {
			accounts[kind] = f.account(kind).ID
		}
		rnd := rand.New(rand.NewPCG(1, 2))
		open := f.soldOnline(w, rnd, 12)
		for i := range 80 {
			step := ""
			switch rnd.IntN(6) {
			case 0, 1:
				step = "pay"
				f.payOnline()
			case 2:
				step = "retry"
				f.retryAll()
			case 3, 4:
				step = "notices"
				f.notices(w, accounts, rnd, 4)
			case 5:
				step = "withdraw"
				id := open[rnd.IntN(len(open))]
				if _, err := f.Withdraw(f.ctx, ActInput{ID: id, Act: access.Act{Reason: "customer_withdrew"}}); err != nil && !problem.Match(err, ErrMoved) && !problem.Match(err, ErrState) {
					t.Fatal(err)
				}
			}
			f.advance(time.Duration(rnd.IntN(90)) * time.Second)
			var wg sync.WaitGroup
			for range 2 {
				wg.Go(func() {
					if err := f.AskProviders(f.ctx); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			f.invariant(fmt.Sprintf("step %d, %s", i, step))
			f.bothSides(w, false)
		}
		w.mu.Lock()
		w.calm = true
		w.mu.Unlock()
		for range 20 { // longer than the longest pause each
			f.advance(7 * time.Hour)
			f.must(f.AskProviders(f.ctx))
			f.retryAll()
			f.payOnline()
		}
		f.notices(w, accounts, rnd, 400)
		f.must(f.AskProviders(f.ctx))
		f.invariant("the end")
		f.bothSides(w, true)
		if n := f.count(`SELECT COUNT(*) FROM returns_refund WHERE state IN ('due', 'sent', 'failed')`); n != 0 {
			t.Errorf("%d refunds are still under way", n)
		}
		if n := f.count(`SELECT COUNT(*) FROM returns_refund WHERE state = 'refunded'`); n < 10 {
			t.Errorf("only %d refunds were made; the walk does nothing", n)
		}
	})
}

// soldOnline opens requests about things that were paid in one to three ways, a part of each to be given back.
func (f *fixture) soldOnline(w *world, rnd *rand.Rand, n int) []ID {
	f.t.Helper()
	_, err := f.SetPolicy(f.ctx, SetPolicyInput{Brand: f.one, Version: 1, Policy: Policy{Limits: []Limit{{Auto: 0, Person: 600_000}}}})
	f.must(err)
	ways := [][]WayInput{
		{{Way: "wechat", Paid: 399_900}},
		{{Way: "alipay", Paid: 399_900}},
		{{Way: "card", Paid: 399_900}},
		{{Way: "wechat", Paid: 100_001}, {Way: "alipay", Paid: 299_899}},
		{{Way: "alipay", Paid: 1}, {Way: "card", Paid: 199_999}, {Way: "wechat", Paid: 199_900}},
	}
	kind := map[string]string{"wechat": "wechat", "alipay": "alipay", "card": "stripe"}
	var out []ID
	for i := range n {
		f.unit = f.newUnit(fmt.Sprintf("SN-P%02d", i), f.one)
		paid := slices.Clone(ways[i%len(ways)])
		for j := range paid {
			paid[j].Ref = fmt.Sprintf("pay_%d_%d", i, j)
			if rnd.IntN(2) == 0 {
				paid[j].Whole = paid[j].Paid + rnd.Int64N(10_000) // other things were paid with it
			}
			number := kind[paid[j].Way] + "/" + paid[j].Ref
			w.paid[number], w.payments[number] = paid[j].Paid, max(paid[j].Paid, paid[j].Whole)
		}
		r := f.opened(func(in *RequestInput) {
			in.Case, in.Type, in.Reason = "", RefundOnly, "return_defect"
			in.Lines[0].Price, in.Lines[0].Paid, in.Lines[0].Ways = 399_900, 399_900, paid
			in.Lines[0].Photos = nil
		})
		amount := int64(399_900)
		if rnd.IntN(2) == 0 {
			amount = 1 + rnd.Int64N(399_900)
		}
		r, err := f.Approve(f.ctx, ApproveInput{ActInput: in(r, "agreed"), Amounts: map[LineID]int64{r.Lines[0].ID: amount}})
		f.must(err)
		out = append(out, r.ID)
	}
	return out
}

func (f *fixture) payOnline() {
	f.t.Helper()
	for kind := range onlineKinds {
		if _, err := f.Pay(f.ctx, PayInput{Provider: kind, Brand: f.one, Currency: "CNY"}); err != nil && !problem.Match(err, ErrBatchEmpty) {
			f.t.Fatal(err)
		}
	}
}

func (f *fixture) retryAll() {
	f.t.Helper()
	list, err := f.ListRefunds(f.ctx, RefundFilter{State: MoneyFailed, Limit: 50})
	f.must(err)
	for _, x := range list {
		_, err := f.Retry(f.ctx, x.ID, access.Act{})
		f.must(err)
	}
}

// tries lists what was handed over online, as the provider's reference with its kind.
func (f *fixture) tries(where string) []Payment {
	f.t.Helper()
	list, err := db.List(f.ctx, f.d, scanPayment, `SELECT `+paymentColumns+` FROM returns_payment WHERE provider <> '' `+where+` ORDER BY reference`)
	f.must(err)
	return list
}

// notices delivers some about tries at random, also about those long over, every one twice and in any order.
func (f *fixture) notices(w *world, accounts map[string]AccountID, rnd *rand.Rand, n int) {
	f.t.Helper()
	list := f.tries("")
	rnd.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	list = list[:min(n, len(list))]
	list = append(list, list...)
	rnd.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	for _, p := range list {
		h, body := w.notice(p.Provider, providerReference(p.Reference, onlineKinds[p.Provider]))
		kind, err := f.Notice(f.ctx, accounts[p.Provider], h, body)
		f.must(err)
		if kind != p.Provider {
			f.t.Errorf("a notice of %s was taken for %s", p.Provider, kind)
		}
	}
}

// bothSides compares what we say was paid with what the providers paid. whole: they must have nothing that we do not know.
func (f *fixture) bothSides(w *world, whole bool) {
	f.t.Helper()
	for payment, sum := range w.gone() {
		if w.paid[payment] < sum {
			f.t.Fatalf("%d of %d went back of %s", sum, w.paid[payment], payment)
		}
	}
	known := map[string]bool{}
	for _, p := range f.tries(`AND state = 'ok'`) {
		key := p.Provider + "/" + providerReference(p.Reference, onlineKinds[p.Provider])
		w.mu.Lock()
		g := w.refunds[key]
		w.mu.Unlock()
		if g == nil || g.state != "paid" || g.amount != p.Amount || known[key] {
			f.t.Fatalf("we say that %s was paid with %d, its provider says %+v (said before: %v)\n%s", key, p.Amount, g, known[key], w.told(key[strings.IndexByte(key, '/')+1:]))
		}
		known[key] = true
	}
	if !whole {
		return
	}
	var gone int64
	for key, g := range w.refunds {
		if g.state != "paid" {
			continue
		}
		gone += g.amount
		if !known[key] {
			f.t.Errorf("%s was paid and we do not know\n%s", key, w.told(g.reference))
		}
	}
	// What was paid although nothing was owed any more stands as a difference, for somebody to get back.
	refunded := f.count(`SELECT COALESCE(CAST(SUM(amount) AS BIGINT), 0) FROM returns_refund WHERE state = 'refunded'`)
	differs := f.count(`SELECT COALESCE(CAST(SUM(amount) AS BIGINT), 0) FROM returns_difference WHERE kind = 'paid_twice'`)
	if refunded+differs != gone {
		f.t.Errorf("refunded %d and %d too much, the providers paid %d", refunded, differs, gone)
	}
}

func stripeNotice(reference string, at time.Time) (http.Header, []byte) {
	body := fmt.Appendf(nil, `{"type":"refund.updated","data":{"object":{"object":"refund","status":"succeeded","metadata":{"reference":%q}}}}`, reference)
	return http.Header{"Stripe-Signature": {fmt.Sprintf("t=%d,v1=%s", at.Unix(), hmacHex("whsec_1", fmt.Sprintf("%d.%s", at.Unix(), body)))}}, body
}

// TestAccounts: settings are sealed and never told, kept when left empty; addresses of the own network are refused; a
// change has to be verified again; other brands and outlets neither see nor change an account.
func TestAccounts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		a := f.account("stripe")
		for _, tt := range []struct {
			name  string
			in    SaveAccountInput
			field string
		}{
			{"the metadata service", SaveAccountInput{Kind: "stripe", Name: "x", Settings: pay.Settings{Secret: "k", BaseURL: "http://169.254.169.254/latest"}}, "settings.base_url returns.address"},
			{"this machine", SaveAccountInput{Kind: "stripe", Name: "x", Settings: pay.Settings{Secret: "k", BaseURL: "https://localhost:1"}}, "settings.base_url returns.address"},
			{"no key", SaveAccountInput{Kind: "wechat", Name: "x", Settings: pay.Settings{Merchant: "1", Serial: "2", Secret: strings.Repeat("a", 32)}}, "settings.private_key returns.settings"},
			{"another kind", SaveAccountInput{Kind: "paypal", Name: "x"}, "kind bad_choice"},
			{"a second one", SaveAccountInput{Kind: "stripe", Name: "x", Settings: pay.Settings{Secret: "k"}}, "kind taken"},
		} {
			if _, err := f.SaveAccount(f.ctx, tt.in); !slices.Contains(fieldsOf(err), tt.field) {
				t.Errorf("%s: %v %v, want %s", tt.name, err, fieldsOf(err), tt.field)
			}
		}
		a, err := f.VerifyAccount(f.ctx, a.ID, access.Act{})
		if err != nil || a.VerifiedAt == nil {
			t.Errorf("verified %v, %v", a.VerifiedAt, err)
		}
		a, err = f.SaveAccount(f.ctx, SaveAccountInput{ID: a.ID, Kind: "stripe", Name: "Stripe", Active: true, Version: a.Version})
		if err != nil || a.VerifiedAt != nil {
			t.Errorf("after a change: verified %v, %v", a.VerifiedAt, err)
		}
		if set, err := f.settings(f.ctx, d, a); err != nil || set.Secret != "sk_test_1" || set.HookSecret != "whsec_1" {
			t.Errorf("the keys are lost: %v", err)
		}
		trail, err := audit.New(d).Of(f.ctx, "payment_account", string(a.ID))
		if err != nil || len(trail) != 3 || strings.Contains(fmt.Sprintf("%+v", trail), "sk_test") {
			t.Errorf("%d entries, %v; or a key stands in the trail", len(trail), err)
		}
		if _, err := f.SaveAccount(f.ctx, SaveAccountInput{ID: a.ID, Kind: "stripe", Name: "x", Version: 1}); !problem.Match(err, problem.ErrStale) {
			t.Errorf("over an older version: %v", err)
		}
		own, err := f.SaveAccount(f.ctx, SaveAccountInput{Kind: "stripe", Brand: f.one, Name: "one", Settings: pay.Settings{Secret: "k"}})
		f.must(err)
		two := f.as(access.RoleFinance, "/", f.two)
		if list, err := f.Accounts(two); err != nil || slices.ContainsFunc(list, func(x Account) bool { return x.ID == own.ID }) {
			t.Errorf("brand two sees brand one's account: %v", err)
		}
		for name, err := range map[string]error{
			"another brand":  second(f.SaveAccount(two, SaveAccountInput{ID: own.ID, Kind: "stripe", Name: "x", Version: own.Version})),
			"all brands":     second(f.SaveAccount(two, SaveAccountInput{Kind: "stripe", Name: "x"})),
			"an outlet":      second(f.SaveAccount(f.as(access.RoleFinance, "/hz/"), SaveAccountInput{Kind: "stripe", Name: "x"})),
			"an agent":       second(f.SaveAccount(f.as(access.RoleAgent, "/"), SaveAccountInput{Kind: "stripe", Name: "x"})),
			"an unknown one": second(f.VerifyAccount(f.ctx, "nobody", access.Act{})),
		} {
			if c := problem.CodeOf(err); c == nil || c.Kind != problem.Forbidden && c.Kind != problem.NotFound {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := f.Notice(f.ctx, a.ID, http.Header{}, []byte("{}")); err == nil {
			t.Errorf("an unsigned notice was taken")
		}
	})
}

func second[T any](_ T, err error) error { return err }
