package rules

import (
	"cmp"
	"slices"
	"strings"

	"anxin/internal/platform/calendar"
)

// Change is one difference between two decisions about the same thing.
type Change struct {
	What string `json:"what"`           // rule or option
	Name string `json:"name"`           // pack/rule, or the option
	From string `json:"from,omitempty"` // state of the rule; for options given, or empty
	To   string `json:"to,omitempty"`
	Was  int64  `json:"was,omitempty"` // sums of an option whose money changed
	Is   int64  `json:"is,omitempty"`
}

// Diff tells what changed for the customer from one decision to the next: rules that began or ceased to hold, options
// given, taken or of another sum.
func Diff(before, after Decision) []Change {
	out := []Change{}
	states := func(d Decision) map[string]State {
		m := make(map[string]State, len(d.Rulings))
		for _, r := range d.Rulings {
			m[r.Pack+"/"+r.Rule] = r.State
		}
		return m
	}
	was, is := states(before), states(after)
	for name, s := range is {
		if was[name] != s {
			out = append(out, Change{What: "rule", Name: name, From: string(was[name]), To: string(s)})
		}
	}
	for name, s := range was {
		if _, ok := is[name]; !ok {
			out = append(out, Change{What: "rule", Name: name, From: string(s)})
		}
	}
	const given = "given"
	for _, c := range after.Choices {
		i := slices.IndexFunc(before.Choices, func(o Choice) bool { return o.Option == c.Option })
		switch {
		case i < 0:
			out = append(out, Change{What: "option", Name: string(c.Option), To: given, Is: c.amount()})
		case before.Choices[i].amount() != c.amount() || before.Choices[i].Payer != c.Payer:
			out = append(out, Change{What: "option", Name: string(c.Option), From: given, To: given, Was: before.Choices[i].amount(), Is: c.amount()})
		}
	}
	for _, c := range before.Choices {
		if !slices.ContainsFunc(after.Choices, func(o Choice) bool { return o.Option == c.Option }) {
			out = append(out, Change{What: "option", Name: string(c.Option), From: given, Was: c.amount()})
		}
	}
	slices.SortFunc(out, func(a, b Change) int { return cmp.Or(strings.Compare(a.What, b.What), strings.Compare(a.Name, b.Name)) })
	return out
}

func (c Choice) amount() int64 {
	if c.Sum == nil {
		return 0
	}
	return c.Sum.Amount
}

// Next is the first day after a day on which a decision may change by time alone: a rule begins to hold or its last day
// has passed. Zero when there is none. Sums that grow by the day are computed anew when they are looked at.
func (d Decision) Next(today calendar.Date) calendar.Date {
	var next calendar.Date
	take := func(day calendar.Date) {
		if day > today && (next.IsZero() || day < next) {
			next = day
		}
	}
	for _, r := range d.Rulings {
		switch {
		case r.State == Future:
			take(r.From)
		case r.State == Now && !r.Last.IsZero():
			take(r.Last + 1)
		}
	}
	return next
}
