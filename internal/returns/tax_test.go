package returns

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"anxin/internal/entitlement/rules"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
)

// TestTaxesSum: whatever parts of a purchase go back by whatever ways, in whatever order, each part holds between nothing
// and all of itself as tax, and when everything but the discounts has gone back the parts hold the tax of the invoice.
func TestTaxesSum(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(21, 22))
	for range 5_000 {
		ways := make([]Way, 1+rnd.IntN(4))
		var base int64
		for i := range ways {
			ways[i].Way = Ways[rnd.IntN(len(Ways))]
			ways[i].Paid = 1 + rnd.Int64N(1<<uint(1+rnd.IntN(40)))
			if taxedWay(ways[i].Way) {
				base += ways[i].Paid
			}
		}
		whole := within(base, rnd.Int64N(million))
		var sum, left int64
		for _, w := range ways {
			left += w.Paid
		}
		for left > 0 {
			amount := left
			if rnd.IntN(4) > 0 {
				amount = 1 + rnd.Int64N(left)
			}
			shares, ok := split(amount, ways)
			if !ok {
				t.Fatalf("split(%d, %+v)", amount, ways)
			}
			parts := taxes(whole, ways, shares)
			for i, part := range parts {
				if part < 0 || part > shares[i] || part != 0 && !taxedWay(ways[i].Way) {
					t.Fatalf("taxes(%d, %+v, %v) = %v", whole, ways, shares, parts)
				}
				sum += part
				ways[i].Committed += shares[i]
				left -= shares[i]
			}
		}
		if sum != whole {
			t.Fatalf("parts of %+v hold %d, the invoice %d", ways, sum, whole)
		}
	}
}

// TestTaxModes: prices with and without the tax come to the same once the tax is in; the invoice's own amount counts when
// the rate can make it; discounts hold none.
func TestTaxModes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name             string
		line             LineInput
		price, paid, tax int64
		field            string
	}{
		{"included", LineInput{LineFacts: LineFacts{Price: 113_00, Tax: Tax{Rate: 130_000}}}, 113_00, 113_00, 13_00, ""},
		{"excluded", LineInput{LineFacts: LineFacts{Price: 100_00, Tax: Tax{Mode: TaxExcluded, Rate: 130_000}}}, 113_00, 113_00, 13_00, ""},
		{"excluded, half a cent up", LineInput{LineFacts: LineFacts{Price: 9_50, Tax: Tax{Mode: TaxExcluded, Rate: 50_000}}}, 9_98, 9_98, 48, ""},
		{"excluded, less paid", LineInput{LineFacts: LineFacts{Price: 100_00, Paid: 50_00, Tax: Tax{Mode: TaxExcluded, Rate: 200_000}}}, 120_00, 60_00, 10_00, ""},
		{"with the way out", LineInput{LineFacts: LineFacts{Price: 113_00, Tax: Tax{Rate: 130_000}, Return: returnFacts(11_30)}}, 113_00, 113_00, 14_30, ""},
		{"excluded with the way out", LineInput{LineFacts: LineFacts{Price: 100_00, Tax: Tax{Mode: TaxExcluded, Rate: 130_000}, Return: returnFacts(11_30)}}, 113_00, 113_00, 14_30, ""},
		{"a coupon holds none", LineInput{LineFacts: LineFacts{Price: 113_00, Tax: Tax{Rate: 130_000}}, Ways: []WayInput{{Way: "coupon", Paid: 56_50}, {Way: "card", Paid: 56_50}}}, 113_00, 113_00, 6_50, ""},
		{"excluded with a coupon", LineInput{LineFacts: LineFacts{Price: 100_00, Tax: Tax{Mode: TaxExcluded, Rate: 130_000}}, Ways: []WayInput{{Way: "coupon", Paid: 50_00}, {Way: "card", Paid: 56_50}}}, 113_00, 106_50, 6_50, ""},
		{"by the invoice", LineInput{LineFacts: LineFacts{Price: 113_00, Tax: Tax{Rate: 130_000, Amount: 13_01}}}, 113_00, 113_00, 13_01, ""},
		{"not by the rate", LineInput{LineFacts: LineFacts{Price: 113_00, Tax: Tax{Rate: 130_000, Amount: 15_00}}}, 113_00, 113_00, 15_00, "x.tax.amount returns.tax_differs"},
		{"excluded, not by the rate", LineInput{LineFacts: LineFacts{Price: 100_00, Tax: Tax{Mode: TaxExcluded, Rate: 130_000, Amount: 15_00}}}, 0, 0, 0, "x.tax.amount returns.tax_differs"},
		{"no rate", LineInput{LineFacts: LineFacts{Price: 1, Tax: Tax{Mode: TaxExcluded}}}, 0, 0, 0, "x.tax.rate required"},
		{"above one", LineInput{LineFacts: LineFacts{Price: 1, Tax: Tax{Rate: million + 1}}}, 0, 0, 0, "x.tax.rate out_of_range"},
		{"below nothing", LineInput{LineFacts: LineFacts{Price: 1, Tax: Tax{Rate: -1}}}, 0, 0, 0, "x.tax.rate out_of_range"},
		{"no such mode", LineInput{LineFacts: LineFacts{Price: 1, Tax: Tax{Mode: "perhaps", Rate: 1}}}, 0, 0, 0, "x.tax.mode bad_choice"},
	} {
		l := tt.line
		l.Item, l.OrderNo = "a", "1"
		var f problem.Fields
		l.check(&f, "x", "CNY", day(2026, 11, 23))
		err := f.Err()
		var got Tax
		if err == nil {
			got, err = Policy{}.taxFor(Line{LineFacts: l.LineFacts}, l.Ways, "x")
		}
		if tt.field != "" {
			if !slices.Contains(fieldsOf(err), tt.field) {
				t.Errorf("%s: %v %v, want %s", tt.name, err, fieldsOf(err), tt.field)
			}
			continue
		}
		if err != nil || l.Price != tt.price || l.Paid != tt.paid || got.Amount != tt.tax {
			t.Errorf("%s: price %d, paid %d, tax %d, %v %v; want %d, %d, %d", tt.name, l.Price, l.Paid, got.Amount, err, fieldsOf(err), tt.price, tt.paid, tt.tax)
		}
	}
}

// TestTaxOfRefunds: a part refund takes back its part of the tax, the rest the rest, over two requests and three ways; the
// ledger has the tax on its account, withdrawn parts back; the credit note stands with its refund, on the statement too.
func TestTaxOfRefunds(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		_, err := f.SetPolicy(f.ctx, SetPolicyInput{Brand: f.one, Version: 1, Policy: Policy{Limits: []Limit{{Auto: 0, Person: 600_000}}, TaxRates: map[string]int64{"RF": 130_000, "": 60_000}}})
		f.must(err)
		ask := func(more ...func(*RequestInput)) Return {
			return f.opened(append(more, func(in *RequestInput) {
				in.Case, in.Type, in.Reason = "", RefundOnly, "return_defect"
				in.Lines[0].Paid, in.Lines[0].Price, in.Lines[0].InvoiceNo = 399_900, 399_900, "24312000000012345678"
				in.Lines[0].Ways = []WayInput{{Way: "coupon", Paid: 9_900}, {Way: "card", Paid: 200_001}, {Way: "bank", Paid: 189_999}}
				in.Lines[0].Photos = nil
			})...)
		}
		approve := func(r Return, amount int64) Return {
			r, err := f.Approve(f.ctx, ApproveInput{ActInput: in(r, "agreed"), Amounts: map[LineID]int64{r.Lines[0].ID: amount}})
			f.must(err)
			return r
		}
		taxOf := func(r Return) (sum int64) {
			for _, x := range r.Refunds {
				if x.State != MoneyNone {
					sum += x.Tax
				}
			}
			return sum
		}
		const whole = 44_867 // 390000 × 13/113
		r := ask()
		if r.Lines[0].Tax != (Tax{Mode: TaxIncluded, Rate: 130_000, Amount: whole}) {
			t.Fatalf("tax %+v", r.Lines[0].Tax)
		}
		r = approve(r, 133_333)
		first := taxOf(r)
		if first != f.balance(taxAccount) || first != r.SumTax(r.Lines[0]) || first < 14_950 || first > 14_970 {
			t.Errorf("a third holds %d, the ledger %d", first, f.balance(taxAccount))
		}
		r, err = f.Withdraw(f.ctx, in(r, "customer_withdrew"))
		f.must(err)
		if f.balance(taxAccount) != 0 || taxOf(r) != 0 {
			t.Errorf("after the withdrawal %d is left", f.balance(taxAccount))
		}
		f.invariant("the withdrawal")
		r = approve(ask(), 133_333)
		f.answered(f.paid(), "ok")
		for _, x := range f.get(r.ID).Refunds {
			if x.State == MoneyDue {
				_, err := f.PayByHand(f.ctx, x.ID)
				f.must(err)
			}
		}
		r = f.get(r.ID)
		if r.EndedAt == nil {
			t.Fatalf("money %s", r.MoneyState())
		}
		if _, err := f.Request(f.ctx, f.request(func(in *RequestInput) {
			in.Case, in.Type, in.Reason = "", RefundOnly, "return_defect"
			in.Lines[0].Tax = Tax{Rate: 90_000}
		})); !slices.Contains(fieldsOf(err), "lines[0].tax.rate returns.contradicts_record") {
			t.Errorf("another rate than before: %v %v", err, fieldsOf(err))
		}
		rest := approve(ask(), 399_900)
		if got := taxOf(r) + taxOf(rest); got != whole || f.balance(taxAccount) != whole {
			t.Errorf("together %d, the ledger %d; the invoice %d", got, f.balance(taxAccount), whole)
		}
		for _, x := range slices.Concat(r.Refunds, rest.Refunds) {
			if x.Way == "coupon" && x.Tax != 0 {
				t.Errorf("a coupon holds %d tax", x.Tax)
			}
		}
		f.invariant("all of it")

		i := slices.IndexFunc(r.Refunds, func(x Refund) bool { return x.Tax > 0 })
		note := CreditInput{Refund: r.Refunds[i].ID, Number: "26312000000087654321", On: day(2026, 11, 23)}
		for _, tt := range []struct {
			name   string
			change func(*CreditInput)
			want   string
		}{
			{"no number", func(c *CreditInput) { c.Number = " " }, "number required"},
			{"of tomorrow", func(c *CreditInput) { c.On++ }, "issued_on returns.future"},
			{"before the request", func(c *CreditInput) { c.On -= 2 }, "issued_on returns.dates_contradict"},
		} {
			c := note
			tt.change(&c)
			if _, err := f.NoteCredit(f.ctx, c); !slices.Contains(fieldsOf(err), tt.want) {
				t.Errorf("%s: %v %v, want %s", tt.name, err, fieldsOf(err), tt.want)
			}
		}
		for range 2 {
			if r, err = f.NoteCredit(f.ctx, note); err != nil || r.Refunds[i].Note != note.Number || r.Refunds[i].NoteKind != "red_invoice" {
				t.Errorf("%+v, %v", r.Refunds[i], err)
			}
		}
		other := note
		other.Number = "26312000000000000001"
		if _, err := f.NoteCredit(f.ctx, other); !slices.Contains(fieldsOf(err), "number taken") {
			t.Errorf("another number: %v", err)
		}
		other.Reason = "reissued"
		if r, err = f.NoteCredit(f.ctx, other); err != nil || f.get(r.ID).Refunds[i].Note != other.Number {
			t.Errorf("another number with a reason: %v", err)
		}
		if _, err := f.NoteCredit(f.as("finance", "/", f.two), note); !problem.Match(err, ErrNotFound) {
			t.Errorf("by another brand: %v", err)
		}
		words := i18n.Must(problem.Words, Words)
		_, raw, err := f.Statement(f.ctx, r.ID, words)
		f.must(err)
		text := pdfText(t, raw)
		tax := money.Amount{Minor: r.Refunds[i].Tax, Currency: "CNY"}
		for _, want := range []string{r.Number, "13%", other.Number, "24312000000012345678", tax.Plain(), "红字发票"} {
			if text != "" && !strings.Contains(strings.ReplaceAll(text, ",", ""), want) {
				t.Errorf("the statement has no %q:\n%s", want, text)
			}
		}
	})
}

func returnFacts(freight int64) rules.ReturnFacts { return rules.ReturnFacts{FreightOut: freight} }

// pdfText reads a PDF with pdftotext; where that is not installed it knows nothing but that the paper is one.
func pdfText(t *testing.T, raw []byte) string {
	t.Helper()
	if !strings.HasPrefix(string(raw), "%PDF-") {
		t.Fatalf("no PDF: %.40q", raw)
	}
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		return ""
	}
	file := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command(tool, file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
