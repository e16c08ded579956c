package returns

import (
	"math/big"
	"slices"

	"anxin/internal/entitlement/rules"
)

// total is what was paid for a line with its way out, where the customer paid that: no more ever goes back.
func (l Line) total() int64 {
	return l.Paid + l.freightOut()
}

// settle is what comes back for a line: what the rules give, or else what was paid, in proportion to what came, less
// deductions; an arbitration's word instead. Never less than nothing and never more than was paid.
func (l Line) settle(base rules.Sum) rules.Sum {
	out := rules.Sum{Amount: base.Amount, Steps: slices.Clone(base.Steps)}
	add := func(code string, amount int64) {
		if amount != 0 {
			out.Steps = append(out.Steps, rules.Step{Code: code, Amount: amount})
			out.Amount += amount
		}
	}
	if l.Goods.here() && l.Goods != GoodsSentBack && l.Received > 0 && l.Received < l.Quantity {
		add("short", proportion(out.Amount, l.Received, l.Quantity)-out.Amount)
	}
	for _, d := range l.Deductions {
		add("deduct_"+d.Code, -d.Amount)
	}
	if l.Award != nil {
		add("award", *l.Award-out.Amount)
	}
	add("floor", max(0, -out.Amount))
	add("cap", min(0, l.total()-out.Amount))
	return out
}

// base is what a line is worth before anything is taken off: what the rules give, or what was paid.
func (l Line) base() rules.Sum {
	for _, c := range l.Rights.Choices {
		if c.Option == rules.Refund && c.Sum != nil {
			return *c.Sum
		}
	}
	return rules.Sum{Amount: l.Paid, Steps: []rules.Step{{Code: "paid", Amount: l.Paid}}}
}

// grants tells whether the rules give an option for a line, and which rule first.
func grants(d rules.Decision, o rules.Option) (rule string, ok bool) {
	i := slices.IndexFunc(d.Choices, func(c rules.Choice) bool { return c.Option == o && c.Payer != "customer" })
	if i < 0 {
		return "", false
	}
	return d.Choices[i].Rules[0], true
}

// proportion is amount × num ÷ den, half up.
func proportion(amount, num, den int64) int64 {
	x := new(big.Int).Mul(big.NewInt(amount), big.NewInt(num))
	x.Mul(x, big.NewInt(2)).Add(x, big.NewInt(den))
	return x.Div(x, new(big.Int).Mul(big.NewInt(2), big.NewInt(den))).Int64()
}

// split shares an amount among the ways it was paid by: in their proportions, none above what is left of it, the odd
// units to the first. It returns false when less is left than the amount.
func split(amount int64, ways []Way) ([]int64, bool) {
	out := make([]int64, len(ways))
	var paid, given int64
	for _, w := range ways {
		paid += w.Paid
	}
	if amount < 0 || paid <= 0 {
		return out, amount == 0
	}
	for i, w := range ways {
		x := new(big.Int).Mul(big.NewInt(amount), big.NewInt(w.Paid))
		out[i] = min(w.left(), x.Div(x, big.NewInt(paid)).Int64())
		given += out[i]
	}
	for i, w := range ways {
		more := min(amount-given, w.left()-out[i])
		out[i] += more
		given += more
	}
	return out, given == amount
}
