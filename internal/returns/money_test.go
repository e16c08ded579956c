package returns

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"anxin/internal/entitlement/rules"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/money"
	"anxin/internal/platform/pay"
	"anxin/internal/platform/problem"
)

// TestSplit: shares always sum to the amount and never exceed what is left of a way; what cannot be is said.
func TestSplit(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		ways := make([]Way, 1+rnd.IntN(4))
		var left int64
		for i := range ways {
			ways[i].Paid = rnd.Int64N(1 << uint(1+rnd.IntN(40)))
			if ways[i].Paid > 0 {
				ways[i].Committed = rnd.Int64N(ways[i].Paid + 1)
			}
			left += ways[i].left()
		}
		amount := rnd.Int64N(left + 2)
		shares, ok := split(amount, ways)
		var sum int64
		for i, x := range shares {
			sum += x
			if x < 0 || x > ways[i].left() {
				t.Fatalf("split(%d, %+v) = %v: a share exceeds what is left", amount, ways, shares)
			}
		}
		if ok != (amount <= left) || ok && sum != amount {
			t.Fatalf("split(%d, %+v) = %v, %v; left %d", amount, ways, shares, ok, left)
		}
	}
}

// TestSettle: whatever is taken off or awarded, what comes back lies between nothing and what was paid, and the steps
// sum to it.
func TestSettle(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		l := Line{LineFacts: LineFacts{Quantity: 1 + rnd.Int64N(9), Paid: 1 + rnd.Int64N(1_000_000)}, Goods: []Goods{GoodsNone, GoodsReceived, GoodsShort, GoodsInspected}[rnd.IntN(4)]}
		l.Received = rnd.Int64N(l.Quantity + 1)
		l.Return.FreightOut, l.Return.FreeFreight = rnd.Int64N(3000), rnd.IntN(2) == 0
		for range rnd.IntN(4) {
			l.Deductions = append(l.Deductions, Deduction{Code: "damage", Amount: rnd.Int64N(900_000)})
		}
		if rnd.IntN(4) == 0 {
			award := rnd.Int64N(2_000_000)
			l.Award = &award
		}
		base := rules.Sum{Amount: rnd.Int64N(1_500_000)}
		base.Steps = []rules.Step{{Code: "price", Amount: base.Amount}}
		got := l.settle(base)
		var sum int64
		for _, s := range got.Steps {
			sum += s.Amount
		}
		if got.Amount < 0 || got.Amount > l.total() || sum != got.Amount {
			t.Fatalf("settle(%+v, %d) = %+v", l, base.Amount, got)
		}
	}
}

// invariant checks in SQL what must hold at any time: the sums of the rows are the purchases' sums and lie within what
// was paid, nothing was paid twice, and the ledger says the same.
func (f *fixture) invariant(step string) {
	f.t.Helper()
	for name, query := range map[string]string{
		"a purchase beyond its bounds": `SELECT COUNT(*) FROM returns_purchase WHERE committed > paid OR sent > committed OR committed < 0 OR sent < 0`,
		"a way beyond its bounds":      `SELECT COUNT(*) FROM returns_way WHERE committed > paid OR sent > committed OR committed < 0 OR sent < 0`,
		"committed is not the refunds": `SELECT COUNT(*) FROM returns_purchase p WHERE p.committed <>
			(SELECT COALESCE(SUM(r.amount), 0) FROM returns_refund r WHERE r.purchase_key = p.key AND r.state <> 'none')`,
		"sent is not the refunds": `SELECT COUNT(*) FROM returns_purchase p WHERE p.sent <>
			(SELECT COALESCE(SUM(r.amount), 0) FROM returns_refund r WHERE r.purchase_key = p.key AND r.state IN ('sent', 'refunded'))`,
		"a way's committed is not the refunds": `SELECT COUNT(*) FROM returns_way p WHERE p.committed <>
			(SELECT COALESCE(SUM(r.amount), 0) FROM returns_refund r WHERE r.way_id = p.id AND r.state <> 'none')`,
		"a refund paid by two tries": `SELECT COUNT(*) FROM (SELECT refund_id FROM returns_payment WHERE state = 'ok' GROUP BY refund_id HAVING COUNT(*) > 1) x`,
		"two tries in flight":        `SELECT COUNT(*) FROM (SELECT refund_id FROM returns_payment WHERE state = 'sent' GROUP BY refund_id HAVING COUNT(*) > 1) x`,
		"refunded without a payment": `SELECT COUNT(*) FROM returns_refund r WHERE r.state = 'refunded' AND NOT EXISTS (SELECT 1 FROM returns_payment p WHERE p.refund_id = r.id AND p.state = 'ok')`,
	} {
		if n := f.count(query); n != 0 {
			f.t.Fatalf("after %s: %s, %d times", step, name, n)
		}
	}
	paid := f.count(`SELECT COALESCE(CAST(SUM(amount) AS BIGINT), 0) FROM returns_refund WHERE state = 'refunded'`)
	var cash int64
	for _, w := range Ways {
		cash -= f.balance("cash:" + w)
	}
	if cash != paid {
		f.t.Fatalf("after %s: the ledger has %d paid, the refunds %d", step, cash, paid)
	}
	// What left the accounts of refunds stands with customers, on its way at a provider, or is paid.
	var owed, transit int64
	ids, err := db.List(f.ctx, f.d, db.ScanString, `SELECT id FROM returns_return`)
	f.must(err)
	for _, id := range ids {
		owed -= f.balance(payable(&Return{ID: ID(id)}))
	}
	for _, p := range append([]string{"bank_file", byHand}, pay.Kinds...) {
		transit -= f.balance("clearing:" + p)
	}
	if due := f.count(`SELECT COALESCE(CAST(SUM(amount) AS BIGINT), 0) FROM returns_refund WHERE state IN ('due', 'failed')`); owed != due {
		f.t.Fatalf("after %s: the ledger owes %d, the refunds %d", step, owed, due)
	}
	if sent := f.count(`SELECT COALESCE(CAST(SUM(amount) AS BIGINT), 0) FROM returns_refund WHERE state = 'sent'`); transit != sent {
		f.t.Fatalf("after %s: the ledger has %d on its way, the refunds %d", step, transit, sent)
	}
	if all := f.balance("returns:refunds") + f.balance("returns:freight") + f.balance(taxAccount); all != owed+transit+cash {
		f.t.Fatalf("after %s: refunds cost %d, customers have or are owed %d", step, all, owed+transit+cash)
	}
}

// TestMoneyAtRandom plays acts, answers of the bank (also doubled, late and wrong ones) and callers beside one another
// against a few returns; the invariant holds after each.
func TestMoneyAtRandom(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		rnd := rand.New(rand.NewPCG(7, 11))
		var open []ID
		serial, files := 100, []string{}
		// may tells whether an act was refused for what it is, not for a fault of ours.
		may := func(step string, err error) {
			t.Helper()
			var e *problem.Error
			var c *problem.Code
			if err != nil && !errors.As(err, &e) && !errors.As(err, &c) {
				t.Fatalf("%s: %v", step, err)
			}
		}
		for n := range 160 {
			var step string
			var r Return
			if len(open) > 0 {
				r = f.get(open[rnd.IntN(len(open))])
			}
			choice := rnd.IntN(13)
			if len(open) == 0 {
				choice = 0
			}
			switch choice {
			case 0, 1:
				step = "request"
				serial++
				f.unit = f.newUnit(fmt.Sprintf("RND-%d", serial), f.one)
				x, err := f.Request(f.ctx, f.request(func(in *RequestInput) {
					in.Case, in.Lines[0].Price, in.Lines[0].Paid = "", 399_900, 1+rnd.Int64N(399_900)
					if rnd.IntN(2) == 0 {
						in.Lines[0].Paid = 399_899
						in.Lines[0].Ways = []WayInput{{Way: "wechat", Paid: 100_001}, {Way: "card", Paid: 299_898}}
					}
					in.Lines[0].Photos = nil
					if rnd.IntN(3) == 0 {
						in.Type = RefundOnly
					}
				}))
				f.must(err)
				if x.Decision == Manual {
					x, err = f.Approve(f.ctx, ApproveInput{ActInput: in(x)})
					f.must(err)
				}
				open = append(open, x.ID)
			case 2, 3, 4:
				step = "goods"
				if r.Lines[0].Goods == GoodsAwaited {
					r = f.received(r)
				}
				_, err := f.Inspect(f.ctx, InspectInput{ActInput: in(r), Line: r.Lines[0].ID, Grade: GradeOpened})
				may(step, err)
			case 5:
				step = "deduct"
				_, err := f.Deduct(f.ctx, DeductInput{ActInput: in(r), Line: r.Lines[0].ID, Deductions: []Deduction{{Code: "damage", Amount: 1 + rnd.Int64N(500_000)}}})
				may(step, err)
				_, err = f.Consent(f.ctx, ConsentInput{ActInput: in(r), Line: r.Lines[0].ID, Accept: rnd.IntN(3) > 0})
				may(step, err)
			case 6:
				step = "withdraw"
				_, err := f.Withdraw(f.ctx, in(r, "customer_withdrew"))
				may(step, err)
			case 7, 8:
				step = "pay, three at once"
				var wg sync.WaitGroup
				batches := make([]Batch, 3)
				for i := range batches {
					wg.Go(func() {
						b, err := f.Pay(f.ctx, PayInput{Provider: "bank_file", Brand: f.one, Currency: "CNY"})
						if err == nil {
							batches[i] = b
						} else if !problem.Match(err, ErrBatchEmpty) {
							t.Errorf("pay: %v", err)
						}
					})
				}
				wg.Wait()
				for _, b := range batches {
					if b.ID != "" {
						files = append(files, f.answers(b, []string{"ok", "failed"}[rnd.IntN(2)]))
					}
				}
			case 9, 10:
				step = "confirm, some answers twice at once"
				if len(files) == 0 {
					continue
				}
				body := files[rnd.IntN(len(files))]
				var wg sync.WaitGroup
				for range 2 {
					wg.Go(func() {
						if _, err := f.Confirm(f.ctx, "bank_file", []byte(body)); err != nil {
							t.Errorf("confirm: %v", err)
						}
					})
				}
				wg.Wait()
			case 11:
				step = "the bank says the contrary"
				if len(files) == 0 {
					continue
				}
				body := files[rnd.IntN(len(files))]
				if strings.Contains(body, ",failed,") {
					continue // see TestLateSuccess: money that went twice cannot be undone, only found
				}
				_, err := f.Confirm(f.ctx, "bank_file", []byte(strings.ReplaceAll(body, ",ok,", ",failed,")))
				f.must(err)
			case 12:
				step = "retry"
				for _, x := range r.Refunds {
					_, err := f.Retry(f.ctx, x.ID, in(r).Act)
					may(step, err)
				}
			}
			f.invariant(fmt.Sprintf("%d, %s", n, step))
		}
		if n := f.count(`SELECT COUNT(*) FROM returns_refund WHERE state = 'refunded'`); n < 5 {
			t.Errorf("only %d refunds were made; the walk does nothing", n)
		}
	})
}

// TestWithdrawInFlight: money that was handed over is not called back; a try that failed is.
func TestWithdrawInFlight(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		r := f.inspected(f.received(f.opened()), GradeOpened)
		b := f.paid()
		if _, err := f.Withdraw(f.ctx, in(r, "customer_withdrew")); !problem.Match(err, ErrMoved) {
			t.Errorf("while the refund is on its way: %v", err)
		}
		f.answered(b, "failed")
		r = f.get(r.ID)
		if r.MoneyState() != MoneyFailed || r.NextDueAt == nil {
			t.Errorf("money %s, due %v; want failed, a refund owed", r.MoneyState(), r.NextDueAt)
		}
		r, err := f.Withdraw(f.ctx, in(r, "customer_withdrew"))
		f.must(err)
		if r.MoneyState() != MoneyNone || f.balance(payable(&r)) != 0 || r.EndedAt != nil {
			t.Errorf("money %s, owed %d, ended %v; want nothing owed, the goods still to go back", r.MoneyState(), f.balance(payable(&r)), r.EndedAt)
		}
		r, err = f.SendBack(f.ctx, SendBackInput{LineAct: lines(r)})
		if err != nil || r.EndedAt == nil {
			t.Errorf("after the goods went back: ended %v, %v", r.EndedAt, err)
		}
		f.invariant("the withdrawal")
	})
}

// TestLateSuccess: a try that was said to have failed paid after all. Not tried again yet, the refund is made; tried
// again, the second payment is found as a difference, once.
func TestLateSuccess(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		r := f.inspected(f.received(f.opened()), GradeOpened)
		first := f.paid()
		f.answered(first, "failed")
		if c := f.answered(first, "failed"); c.Repeated != 1 {
			t.Errorf("the same answer again: %+v", c)
		}
		f.answered(first, "ok")
		if r = f.get(r.ID); r.MoneyState() != MoneyRefunded || f.balance("clearing:bank_file") != 0 {
			t.Errorf("money %s, clearing %d; want refunded by the first try", r.MoneyState(), f.balance("clearing:bank_file"))
		}
		f.invariant("the late success")
		if c := f.answered(first, "failed"); c.Differences != 1 {
			t.Errorf("failed after paid: %+v, want a difference", c)
		}

		f.unit = f.newUnit("SN-0077", f.one)
		r = f.inspected(f.received(f.opened(func(in *RequestInput) { in.Case = "" })), GradeOpened)
		first = f.paid()
		f.answered(first, "failed")
		_, err := f.Retry(f.ctx, r.Refunds[len(r.Refunds)-1].ID, in(r).Act)
		f.must(err)
		second := f.paid()
		for range 2 {
			f.answered(first, "ok")
		}
		f.answered(second, "ok")
		list, err := f.Differences(f.ctx, 10)
		f.must(err)
		kinds := []string{}
		for _, x := range list {
			kinds = append(kinds, x.Kind)
		}
		if !slices.Equal(kinds, []string{"failed_after_paid", "paid_twice"}) {
			t.Errorf("differences %v, want the contradiction and the double payment, once each", kinds)
		}
		if _, err := f.CloseDifference(f.ctx, list[1].ID, "银行已追回"); err != nil {
			t.Error(err)
		}
		if left, err := f.Differences(f.ctx, 10); err != nil || len(left) != 1 {
			t.Errorf("%d differences left, %v", len(left), err)
		}
		if c := f.confirm("reference,result,amount,currency\nNONE-1,ok,5.00,CNY\n"); c.Differences != 1 {
			t.Errorf("an unknown reference: %+v", c)
		}
		if c := f.confirm(strings.ReplaceAll(f.answers(second, "ok"), "3999.00", "3998.00")); c.Differences != 1 {
			t.Errorf("another amount: %+v", c)
		}
	})
}

// TestBankFile: hostile and broken confirmations are refused as a whole, with the line.
func TestBankFile(t *testing.T) {
	t.Parallel()
	head := "reference,result,amount,currency,code,at\n"
	for _, tt := range []struct {
		name, body string
		want       int // answers; -1 for refused
	}{
		{"none", head, 0},
		{"with a mark, other order and blank lines", "\uFEFFamount, Currency ,RESULT,reference\n5.00,CNY,ok,R1\n\n,,,\n6.00,CNY,FAILED,R2\n", 2},
		{"a time", head + "R1,ok,5.00,CNY,,2026-11-23T05:00:00Z\n", 1},
		{"empty", "", -1},
		{"no header", "R1,ok,5.00,CNY\n", -1},
		{"no such result", head + "R1,maybe,5.00,CNY,,\n", -1},
		{"no amount", head + "R1,ok,,CNY,,\n", -1},
		{"half a cent", head + "R1,ok,5.005,CNY,,\n", -1},
		{"no such currency", head + "R1,ok,5.00,XQZ,,\n", -1},
		{"no reference", head + ",ok,5.00,CNY,,\n", -1},
		{"a long reference", head + strings.Repeat("R", 65) + ",ok,5.00,CNY,,\n", -1},
		{"no time", head + "R1,ok,5.00,CNY,,yesterday\n", -1},
		{"an open quote", head + "\"R1,ok,5.00,CNY,,\n", -1},
		{"bytes", "\x00\xff\xfe", -1},
	} {
		got, err := BankFile{}.Answers([]byte(tt.body))
		if tt.want < 0 && !problem.Match(err, ErrAnswer) || tt.want >= 0 && (err != nil || len(got) != tt.want) {
			t.Errorf("%s: %+v, %v; want %d", tt.name, got, err, tt.want)
		}
	}
	file, err := BankFile{}.Hand(Batch{Number: "RB1"}, []PayOrder{{Reference: "R1-1-1", Number: "R1", Amount: money.Must(1, "JPY"), Way: "bank", Original: "@SUM(A1)"}})
	if err != nil || !strings.Contains(string(file.Body), "R1-1-1,R1,1,JPY,bank,'@SUM(A1)") {
		t.Errorf("file %s, %v", file.Body, err)
	}
}
