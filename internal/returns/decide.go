package returns

import (
	"slices"

	"anxin/internal/platform/money"
	"anxin/internal/platform/reason"
)

// ruleVersion names the rules of this file in reasons.
const ruleVersion = "returns-1"

// judge decides a request by rule: approved when nothing speaks against it, manual when something does, with every
// reason. A limit of nothing leaves all requests to persons. The law's word is never refused by a rule.
func (r *Return) judge(limit Limit) (Decision, reason.List) {
	var why reason.List
	for i, l := range r.Lines {
		note := func(x reason.Reason) { why.Add(x.With("line", i+1).Under(ruleVersion)) }
		if rule, ok := grants(l.Rights, r.Type.option()); ok {
			note(reason.Passed("returns.granted").With("option", string(r.Type.option())).With("rule", rule))
			if x := slices.IndexFunc(l.Rights.Rulings, func(g ruling) bool { return g.Pack+"/"+g.Rule == rule && g.Unverified }); x >= 0 {
				note(reason.Warned("returns.rule_unverified").With("rule", rule))
			}
		} else {
			note(reason.Warned("returns.not_granted").With("option", string(r.Type.option())))
		}
		switch {
		case l.Elsewhere:
			note(reason.Warned("returns.bought_elsewhere"))
		case !l.Known:
			note(reason.Warned("returns.unproven"))
		}
		if l.NotOwner {
			note(reason.Warned("returns.not_owner"))
		}
		if len(l.Claims) > 0 {
			note(reason.Warned("returns.dates_claimed"))
		}
		if slices.Contains(l.Rights.Evidence, "photo") && len(l.Photos) == 0 {
			note(reason.Warned("returns.no_photo"))
		}
	}
	if r.Estimate > limit.Auto {
		estimate, auto := money.Amount{Minor: r.Estimate, Currency: r.Currency}, money.Amount{Minor: limit.Auto, Currency: r.Currency}
		why.Add(reason.Warned("returns.above_auto").Compared(estimate.String(), auto.String()).Under(ruleVersion))
	}
	if r.Operation.Receipt != No && r.Address == "" {
		why.Add(reason.Warned("returns.no_address").Under(ruleVersion))
	}
	switch {
	case limit.Auto == 0:
		return Requested, why
	case why.Worst() == reason.Warn || why.Worst() == reason.Fail:
		return Manual, why
	}
	return Approved, why
}

// estimate is what the request comes to: the refunds, or what goods of it that are given anew were paid.
func (r *Return) estimate() int64 {
	var sum int64
	for _, l := range r.Lines {
		if r.Operation.Refund != No {
			sum += l.Sum.Amount
		} else if r.Operation.Replacement != No {
			sum += l.Paid
		}
	}
	return sum
}

// freightPayer is who bears the way back, over all lines: the trader where any rule says so.
func (r *Return) freightPayer() string {
	out := ""
	for _, l := range r.Lines {
		if f := l.Rights.Freight; f != nil && f.Back != "" && (out == "" || f.Back == "seller") {
			out = f.Back
		}
	}
	return out
}
