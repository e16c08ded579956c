package returns

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
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

// fakeStripe answers as Stripe documents: one refund for one idempotency key, found again by its payment. Now and then it
// takes a request and its answer is lost, or it is not reached at all.
type fakeStripe struct {
	mu      sync.Mutex
	rnd     *rand.Rand
	refunds map[string]map[string]any // by idempotency key
	order   []string
	lose    func(*rand.Rand) string // "", "before", "after"
	fate    func(*rand.Rand) string // status of a new refund
}

func (f *fakeStripe) Do(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	how := f.lose(f.rnd)
	if how == "before" {
		return nil, io.ErrUnexpectedEOF
	}
	body, _ := io.ReadAll(r.Body)
	var out any
	switch {
	case r.Method == http.MethodPost && r.URL.Path == "/v1/refunds":
		form, _ := url.ParseQuery(string(body))
		key := r.Header.Get("Idempotency-Key")
		if f.refunds[key] == nil {
			amount, _ := strconv.ParseInt(form.Get("amount"), 10, 64)
			f.refunds[key] = map[string]any{
				"object": "refund", "amount": amount, "currency": "cny", "status": f.fate(f.rnd), "payment": form.Get("payment_intent"), "metadata": map[string]string{"reference": form.Get("metadata[reference]")},
			}
			f.order = append(f.order, key)
		}
		out = f.refunds[key]
	default:
		data := []any{}
		for _, k := range f.order {
			if f.refunds[k]["status"] == "pending" && f.rnd.IntN(2) == 0 {
				f.refunds[k]["status"] = []string{"succeeded", "failed"}[f.rnd.IntN(2)]
			}
			if f.refunds[k]["payment"] == r.URL.Query().Get("payment_intent") {
				data = append(data, f.refunds[k])
			}
		}
		out = map[string]any{"data": data}
	}
	if how == "after" {
		return nil, io.ErrUnexpectedEOF
	}
	raw, err := json.Marshal(out)
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(raw)))}, err
}

// given is what the fake paid, by original payment.
func (f *fakeStripe) given() map[string]int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := map[string]int64{}
	for _, x := range f.refunds {
		if x["status"] == "succeeded" {
			out[x["payment"].(string)] += x["amount"].(int64)
		}
	}
	return out
}

func (f *fixture) account(kind string) Account {
	f.t.Helper()
	a, err := f.SaveAccount(f.ctx, SaveAccountInput{Kind: kind, Name: kind, Active: true, Settings: pay.Settings{Secret: "sk_test_1", HookSecret: "whsec_1"}})
	f.must(err)
	return a
}

// TestOnlineAtRandom: however often answers are lost, doubled or late, and whoever asks beside whom, a refund is never
// paid twice and never more than was paid; what the provider paid in the end is what stands in the ledger.
func TestOnlineAtRandom(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		fake := &fakeStripe{rnd: rand.New(rand.NewPCG(5, 9)), refunds: map[string]map[string]any{}}
		fake.lose = func(r *rand.Rand) string { return []string{"", "", "before", "after"}[r.IntN(4)] }
		fake.fate = func(r *rand.Rand) string {
			return []string{"succeeded", "succeeded", "pending", "failed"}[r.IntN(4)]
		}
		f.client = fake
		account := f.account("stripe")
		paid := map[string]int64{}
		for i := range 6 {
			f.unit = f.newUnit(fmt.Sprintf("SN-P%02d", i), f.one)
			pi := fmt.Sprintf("pi_%d", i)
			paid[pi] = 399_900
			r := f.opened(func(in *RequestInput) {
				in.Case, in.Type, in.Reason = "", RefundOnly, "return_defect"
				in.Lines[0].Price, in.Lines[0].Paid, in.Lines[0].Ways = 399_900, 399_900, []WayInput{{Way: "card", Paid: 399_900, Ref: pi}}
			})
			if r.Decision != Approved {
				r, _ = f.Approve(f.ctx, ApproveInput{ActInput: in(r)})
			}
			if r.MoneyState() != MoneyDue {
				t.Fatalf("refund %s, decision %s", r.MoneyState(), r.Decision)
			}
		}
		rnd := rand.New(rand.NewPCG(1, 2))
		for i := range 60 {
			switch rnd.IntN(4) {
			case 0:
				if _, err := f.Pay(f.ctx, PayInput{Provider: "stripe", Brand: f.one, Currency: "CNY"}); err != nil && !problem.Match(err, ErrBatchEmpty) {
					t.Fatal(err)
				}
			case 1:
				list, err := f.ListRefunds(f.ctx, RefundFilter{State: MoneyFailed, Limit: 10})
				f.must(err)
				for _, x := range list {
					_, err := f.Retry(f.ctx, x.ID, access.Act{})
					f.must(err)
				}
			case 2: // a notice, doubled, late or about a try long over
				list, err := db.List(f.ctx, d, db.ScanString, `SELECT reference FROM returns_payment`)
				f.must(err)
				if len(list) > 0 {
					h, body := stripeNotice(list[rnd.IntN(len(list))], d.Now())
					for range 2 {
						_, err := f.Notice(f.ctx, account.ID, h, body)
						f.must(err)
					}
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
			f.invariant(fmt.Sprintf("step %d", i))
			for pi, sum := range fake.given() {
				if sum > paid[pi] {
					t.Fatalf("step %d: %s was refunded %d of %d", i, pi, sum, paid[pi])
				}
			}
		}
		fake.lose = func(*rand.Rand) string { return "" }
		fake.fate = func(*rand.Rand) string { return "succeeded" }
		for range 40 {
			f.advance(7 * time.Hour)
			f.must(f.AskProviders(f.ctx))
			list, err := f.ListRefunds(f.ctx, RefundFilter{State: MoneyFailed, Limit: 10})
			f.must(err)
			for _, x := range list {
				_, err := f.Retry(f.ctx, x.ID, access.Act{})
				f.must(err)
			}
			if _, err := f.Pay(f.ctx, PayInput{Provider: "stripe", Brand: f.one, Currency: "CNY"}); err != nil && !problem.Match(err, ErrBatchEmpty) {
				t.Fatal(err)
			}
		}
		var all int64
		for _, v := range fake.given() {
			all += v
		}
		if got := f.count(`SELECT COALESCE(CAST(SUM(amount) AS BIGINT), 0) FROM returns_refund WHERE state = 'refunded'`); got != all || got != 6*399_900 {
			t.Errorf("we say %d was refunded, the provider %d, want all %d", got, all, 6*399_900)
		}
	})
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
