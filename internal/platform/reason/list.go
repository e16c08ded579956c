package reason

import (
	"encoding/json"
	"fmt"
	"slices"
)

// List is the explanation of one decision, in the order the rules ran.
type List []Reason

// Add appends reasons.
func (l *List) Add(reasons ...Reason) { *l = append(*l, reasons...) }

// Worst is the heaviest verdict in the list, OK when the list is empty.
func (l List) Worst() Verdict {
	worst := OK
	for _, r := range l {
		if r.Verdict.weight() < worst.weight() {
			worst = r.Verdict
		}
	}
	return worst
}

// Allowed tells that no reason fails.
func (l List) Allowed() bool { return l.Worst() != Fail }

// First returns the first reason with the verdict.
func (l List) First(v Verdict) (Reason, bool) {
	i := slices.IndexFunc(l, func(r Reason) bool { return r.Verdict == v })
	if i < 0 {
		return Reason{}, false
	}
	return l[i], true
}

// FirstFailing returns the first reason that forbids the outcome.
func (l List) FirstFailing() (Reason, bool) { return l.First(Fail) }

// Only returns the reasons with the verdict, in order.
func (l List) Only(v Verdict) List {
	out := List{}
	for _, r := range l {
		if r.Verdict == v {
			out = append(out, r)
		}
	}
	return out
}

// Has tells whether a reason has the code.
func (l List) Has(code string) bool {
	return slices.ContainsFunc(l, func(r Reason) bool { return r.Code == code })
}

// Codes lists the codes in order.
func (l List) Codes() []string {
	out := make([]string, 0, len(l))
	for _, r := range l {
		out = append(out, r.Code)
	}
	return out
}

// Sorted returns a copy with the heaviest verdicts first, equal ones by code.
func (l List) Sorted() List {
	out := slices.Clone(l)
	slices.SortStableFunc(out, compare)
	return out
}

// Words says every reason in lang, in order.
func (l List) Words(words Words, lang string) []string {
	out := make([]string, 0, len(l))
	for _, r := range l {
		out = append(out, r.Words(words, lang))
	}
	return out
}

// Changed lists the codes, sorted, of reasons that only one of the lists has or
// that say something else in the other. Tests use it to show that changing one
// input changes exactly one reason.
func Changed(before, after List) []string {
	count := map[string]int{}
	code := map[string]string{}
	for _, r := range before {
		count[r.text()]++
		code[r.text()] = r.Code
	}
	for _, r := range after {
		count[r.text()]--
		code[r.text()] = r.Code
	}
	var out []string
	for text, n := range count {
		if n != 0 {
			out = append(out, code[text])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Text is the list as JSON, "[]" when empty, for a JSON column.
func (l List) Text() (string, error) {
	if len(l) == 0 {
		return "[]", nil
	}
	text, err := json.Marshal(l)
	if err != nil {
		return "", fmt.Errorf("reasons: %w", err)
	}
	return string(text), nil
}

// Parse reads what Text wrote; empty text is an empty list.
func Parse(text string) (List, error) {
	l := List{}
	if text == "" {
		return l, nil
	}
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		return nil, fmt.Errorf("reasons: %w", err)
	}
	if l == nil {
		l = List{}
	}
	return l, nil
}
