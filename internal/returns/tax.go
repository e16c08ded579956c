package returns

import (
	"context"
	"fmt"
	"slices"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/ledger"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
)

// Tax is the tax within what was paid for a line, as its invoice has it.
type Tax struct {
	// Mode tells whether the price of the request held the tax already.
	Mode   string `json:"mode,omitempty"`
	Rate   int64  `json:"rate,omitempty"`   // millionths: 130000 is 13 %
	Amount int64  `json:"amount,omitempty"` // of the whole line with its way out, minor units
}

// Modes of prices. Whatever a request says, records hold what the customer paid, tax included.
const (
	TaxIncluded = "included"
	TaxExcluded = "excluded"
)

// million is what rates are parts of.
const million = 1_000_000

// discounts are ways that are no payment but a discount of the trader: the invoice does not hold them, so no tax is in
// them and none goes back with them.
var discounts = []string{"coupon", "points"}

func taxedWay(way string) bool { return !slices.Contains(discounts, way) }

// within is the tax in an amount that holds it, upon the tax on one that does not; both half up.
func within(gross, rate int64) int64 { return proportion(gross, rate, million+rate) }
func upon(net, rate int64) int64     { return proportion(net, rate, million) }

// untaxed is what of a line was paid by discounts.
func untaxed(ways []WayInput) int64 {
	var sum int64
	for _, w := range ways {
		if !taxedWay(w.Way) {
			sum += w.Paid
		}
	}
	return sum
}

// checkTax refuses rates and amounts that cannot be, and adds the tax to prices that were told without it.
func (l *LineInput) checkTax(f *problem.Fields, at string) {
	t := &l.Tax
	f.Check(slices.Contains([]string{"", TaxIncluded, TaxExcluded}, t.Mode), at+".tax.mode", problem.BadChoice)
	f.Check(t.Rate >= 0 && t.Rate <= million, at+".tax.rate", problem.OutOfRange, "limit", "0–1000000")
	f.Check(t.Amount >= 0 && t.Amount <= maxMinor, at+".tax.amount", problem.OutOfRange, "limit", "≥ 0")
	f.Check(t.Amount == 0 && t.Mode == "" || t.Rate > 0, at+".tax.rate", problem.Required)
	off := untaxed(l.Ways)
	if t.Mode != TaxExcluded || t.Rate <= 0 || t.Rate > million || l.Price <= 0 || l.Price > maxMinor || l.Paid < 0 || l.Paid > l.Price || off < 0 || off > l.Paid {
		return
	}
	freight := within(l.freightOut(), t.Rate)
	tax := upon(l.Paid-off, t.Rate)
	if t.Amount > 0 {
		f.Check(near(t.Amount, tax+freight, l.Quantity), at+".tax.amount", ErrTax, "tax", l.worded(tax+freight, ""))
		tax = max(t.Amount-freight, 0)
	}
	t.Amount = tax + freight
	l.Price = max(l.Price+upon(l.Price, t.Rate), l.Paid+tax)
	l.Paid += tax
}

// near allows for invoices that round piece by piece.
func near(a, b, pieces int64) bool { return max(a-b, b-a) <= max(1, pieces) }

// freightOut is what the customer paid for the way out.
func (l LineFacts) freightOut() int64 {
	if l.Return.FreeFreight {
		return 0
	}
	return l.Return.FreightOut
}

// taxFor completes the tax of a line that nobody gave back anything for yet: by the request, or else by the brand's
// rates. Records of units and prices hold the tax.
func (p Policy) taxFor(l Line, ways []WayInput, at string) (Tax, error) {
	t := l.Tax
	if t.Rate == 0 && !l.Elsewhere {
		rate, ok := p.TaxRates[string(l.Category)]
		if !ok {
			rate = p.TaxRates[""]
		}
		t.Rate = rate
	}
	if t.Rate == 0 {
		return Tax{}, nil
	}
	if t.Mode == TaxExcluded && t.Amount > 0 {
		return t, nil
	}
	t.Mode = TaxIncluded
	want := within(max(l.total()-untaxed(ways), 0), t.Rate)
	if t.Amount > 0 && !near(t.Amount, want, l.Quantity) {
		return t, problem.Field(at+".tax.amount", ErrTax, "tax", (&LineInput{LineFacts: l.LineFacts}).worded(want, ""))
	}
	if t.Amount == 0 {
		t.Amount = want
	}
	return t, nil
}

// taxes tells the tax within each share of a line: in proportion to what of the purchase went back before and with it, so
// that all refunds together hold exactly the tax of the invoice, whatever their sizes and ways. ways are as they were
// before the shares.
func taxes(whole int64, ways []Way, shares []int64) []int64 {
	out := make([]int64, len(ways))
	var base, gone int64
	for _, w := range ways {
		if taxedWay(w.Way) {
			base, gone = base+w.Paid, gone+w.Committed
		}
	}
	for i, w := range ways {
		if taxedWay(w.Way) && base > 0 && whole > 0 {
			out[i] = proportion(whole, gone+shares[i], base) - proportion(whole, gone, base)
			gone += shares[i]
		}
	}
	return out
}

// SumTax is the tax within what comes back for a line: of its refunds, or as it would be.
func (r *Return) SumTax(l Line) int64 {
	if l.Tax.Amount == 0 || l.total() == 0 {
		return 0
	}
	var sum int64
	var some bool
	for _, x := range r.Refunds {
		if x.Line == l.ID && x.Purchase == l.PurchaseKey && x.State != MoneyNone {
			sum, some = sum+x.Tax, true
		}
	}
	if some {
		return sum
	}
	return proportion(l.Tax.Amount, l.Sum.Amount, l.total())
}

// taxAccount is what of our tax on sales is taken back.
const taxAccount = "tax:output"

// postDue books what is owed to the customer, the tax within it on an account of its own; back takes it back.
func (s *Service) postDue(ctx context.Context, tx *db.Tx, r *Return, x Refund, kind, account string, back bool, at time.Time) error {
	sign := int64(1)
	if back {
		sign = -1
	}
	amount := func(minor int64) money.Amount { return money.Amount{Minor: sign * minor, Currency: x.Currency} }
	lines := []ledger.Line{{Account: account, Amount: amount(x.Amount - x.Tax)}, {Account: payable(r), Amount: amount(-x.Amount)}}
	if x.Tax != 0 {
		lines = append(lines, ledger.Line{Account: taxAccount, Amount: amount(x.Tax)})
	}
	_, err := s.Ledger.PostTx(ctx, tx, ledger.Entry{Kind: kind, Ref: string(x.ID), BrandID: string(r.Brand), OutletPath: r.OutletPath, OccurredAt: at, Lines: lines})
	return err
}

// NoteKind is what takes a sale back on paper: a red-letter invoice in China, a credit note elsewhere.
func NoteKind(c money.Currency) string {
	if c == "CNY" {
		return "red_invoice"
	}
	return "credit_note"
}

// CreditInput is a credit note that was issued for a refund.
type CreditInput struct {
	access.Act
	Refund RefundID
	Number string
	On     calendar.Date
}

// NoteCredit notes the credit note, or red-letter invoice, that was issued for a refund. Another number than the one that
// is there takes a reason. One note may stand for several refunds.
func (s *Service) NoteCredit(ctx context.Context, in CreditInput) (Return, error) {
	in.Number = clean(in.Number)
	today := s.day(s.db.Now())
	var f problem.Fields
	f.Check(in.Number != "", "number", problem.Required)
	checkText(&f, "number", in.Number, maxCode)
	f.Check(!in.On.IsZero(), "issued_on", problem.Required)
	f.Check(in.On <= today, "issued_on", ErrFuture, "today", today.String())
	if err := f.Err(); err != nil {
		return Return{}, err
	}
	x, err := findRefund(ctx, s.db, access.From(ctx).Scope, in.Refund)
	if err != nil {
		return Return{}, err
	}
	return s.act(ctx, PermPay, "credit_note", ActInput{Act: in.Act, ID: x.Return}, func(ctx context.Context, tx *db.Tx, r *Return, _ time.Time) ([]events.Event, error) {
		x := r.refund(in.Refund)
		if x.State == MoneyNone {
			return nil, ErrNotReady.With("step", "credit_note")
		}
		if asked := s.day(r.OccurredAt); in.On < asked {
			return nil, problem.Field("issued_on", ErrDates, "earliest", asked.String())
		}
		if x.Note == in.Number && x.NoteOn == in.On {
			return nil, nil
		}
		if x.Note != "" && in.Reason == "" && in.Act.Note == "" {
			return nil, problem.Field("number", problem.Taken)
		}
		x.Note, x.NoteOn = in.Number, in.On
		return nil, updateRefund(ctx, tx, x)
	})
}

func checkTaxRates(f *problem.Fields, rates map[string]int64) {
	f.Check(len(rates) <= 200, "tax_rates", problem.TooLong, "limit", 200)
	for name, v := range rates {
		f.Check(v >= 0 && v <= million, fmt.Sprintf("tax_rates.%s", name), problem.OutOfRange, "limit", "0–1000000")
		f.Check(catalog.CategoryCode(name) == "" || len(name) <= maxCode, "tax_rates", problem.TooLong, "limit", maxCode)
	}
}
