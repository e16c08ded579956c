package rules

import (
	"fmt"
	"math/big"

	"anxin/internal/platform/calendar"
)

// Sum is an amount of money with the way to it, in the smallest unit of the currency.
type Sum struct {
	Amount int64  `json:"amount"`
	Steps  []Step `json:"steps"`
}

// Step is one line of an account. Code has words of its own; Amount is signed.
type Step struct {
	Code   string `json:"code"`
	Amount int64  `json:"amount"`
	Days   int64  `json:"days,omitempty"`
	Rate   int64  `json:"rate,omitempty"` // millionths
	Km     int64  `json:"km,omitempty"`
}

// formula is one way of computing a sum.
type formula func(a *asking, m *Amount, rate int64) (Sum, error)

// formulas are the arithmetic that packs may name.
var formulas map[string]formula

func init() { // they read the starts of packs, which check reads formulas for
	formulas = map[string]formula{
		"price":         price,
		"no_reason":     noReason,
		"depreciated":   depreciated,
		"use_by_km":     useByKm,
		"times":         times,
		"withdrawal_eu": withdrawal,
	}
}

// share is amount × num ÷ den, half up.
func share(amount, num, den int64) int64 {
	x := new(big.Int).Mul(big.NewInt(amount), big.NewInt(num))
	x.Mul(x, big.NewInt(2)).Add(x, big.NewInt(den))
	x.Div(x, new(big.Int).Mul(big.NewInt(2), big.NewInt(den)))
	if !x.IsInt64() {
		return 1<<63 - 1
	}
	return x.Int64()
}

func sum(steps ...Step) Sum {
	out := Sum{Steps: steps}
	for _, s := range steps {
		out.Amount += s.Amount
	}
	return out
}

// price gives back the price of the invoice; where the trader has shown that less was really paid, that (implementing
// rules of the consumer law of China, art. 18).
func price(a *asking, _ *Amount, _ int64) (Sum, error) {
	if p := a.f.paid(); p < a.f.Price {
		return sum(Step{Code: "paid", Amount: p}), nil
	}
	return sum(Step{Code: "price", Amount: a.f.Price}), nil
}

// million is what rates are parts of.
const million = 1_000_000

// depreciated is the price less a fee for use: price × daily rate × days from the invoice to the return, less the
// days of repair; the fee is rounded half up to the smallest unit and never more than the price (三包 rules of 1995, art. 13).
func depreciated(a *asking, m *Amount, rate int64) (Sum, error) {
	start := m.Start
	if start == "" {
		return Sum{}, fmt.Errorf("%w %s: depreciated needs a start", ErrPack, a.ID)
	}
	from, _, ok, err := a.start(start)
	if err != nil || !ok {
		return Sum{}, err
	}
	until := a.f.Today
	if r := a.f.Return; r != nil && !r.Received.IsZero() {
		until = r.Received
	}
	days := int64(until - from)
	for _, r := range a.f.Repairs {
		if r.counts() && calendar.DateOf(r.In, a.loc) >= from {
			days -= int64(r.days(a.RepairDays, until, a.loc))
		}
	}
	days = max(0, days)
	fee := min(a.f.Price, share(a.f.Price, rate*days, million))
	return sum(Step{Code: "price", Amount: a.f.Price}, Step{Code: "depreciation", Amount: -fee, Days: days, Rate: rate}), nil
}

// useByKm is the price of a car less price × kilometres ÷ 1000 × n (三包 rules for cars of 2021, art. 27).
func useByKm(a *asking, _ *Amount, rate int64) (Sum, error) {
	fee := min(a.f.Price, share(a.f.Price, a.f.Km*rate, 1000*million))
	return sum(Step{Code: "price", Amount: a.f.Price}, Step{Code: "use", Amount: -fee, Km: a.f.Km, Rate: rate}), nil
}

// times is a multiple of the price, with a least amount.
func times(a *asking, m *Amount, _ int64) (Sum, error) {
	x := share(a.f.paid(), m.Times, 1)
	if x < m.Least {
		return sum(Step{Code: "least", Amount: m.Least}), nil
	}
	return sum(Step{Code: "times", Amount: x, Rate: m.Times * million}), nil
}

// noReason is what comes back of goods returned within seven days: what was paid, less what stays of a bundle at single
// prices, gifts that stay, and the way out where free shipping was lost by the return (七日办法, art. 8, 16–18).
func noReason(a *asking, _ *Amount, _ int64) (Sum, error) {
	r := a.f.Return
	if r == nil {
		r = &ReturnFacts{}
	}
	out := []Step{{Code: "paid", Amount: a.f.paid()}}
	if lost := r.KeptSingle - r.KeptPaid; lost > 0 {
		out = append(out, Step{Code: "bundle_lost", Amount: -min(lost, a.f.paid())})
	}
	if r.GiftsKept > 0 {
		out = append(out, Step{Code: "gifts_kept", Amount: -r.GiftsKept})
	}
	if r.FreeLost && r.FreightOut > 0 {
		out = append(out, Step{Code: "freight_out", Amount: -r.FreightOut})
	}
	return floor(sum(out...)), nil
}

// withdrawal is what was paid with the standard way out (directive 2011/83/EU, art. 13).
func withdrawal(a *asking, _ *Amount, _ int64) (Sum, error) {
	out := []Step{{Code: "paid", Amount: a.f.paid()}}
	if r := a.f.Return; r != nil && r.FreightOut > 0 {
		out = append(out, Step{Code: "freight_out", Amount: r.FreightOut})
	}
	return sum(out...), nil
}

// floor keeps a sum from falling below nothing.
func floor(s Sum) Sum {
	if s.Amount < 0 {
		s.Steps = append(s.Steps, Step{Code: "floor", Amount: -s.Amount})
		s.Amount = 0
	}
	return s
}
