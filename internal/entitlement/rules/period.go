package rules

import (
	"fmt"
	"slices"

	"anxin/internal/platform/calendar"
)

// Span is a period of a pack as it runs for the facts.
type Span struct {
	Period    string        `json:"period"`
	Title     Words         `json:"title"`
	Known     bool          `json:"known"` // false: no date starts it
	Basis     string        `json:"basis,omitempty"`
	Start     calendar.Date `json:"start,omitzero"` // the day that is not counted
	Last      calendar.Date `json:"last,omitzero"`
	Extended  int           `json:"extended,omitempty"` // days of repair that lengthened it
	KmLast    int64         `json:"km_last,omitempty"`
	at        calendar.Date // what is compared with Last
	kmReached bool
}

// maxMonths bounds the length of a period.
const maxMonths = 1200

// exchangedBasis is the basis of a period that an exchange started anew.
const exchangedBasis = "exchanged"

// start finds the day that a named start falls on.
func (a *asking) start(name string) (day calendar.Date, basis string, ok bool, err error) {
	for i, from := range a.Starts[name] {
		d, known := a.f.Dates[from.Date]
		if !known {
			continue
		}
		yes, err := a.yes("starts."+name, a.starts[name][i])
		if err != nil {
			return 0, "", false, err
		}
		if !yes {
			continue
		}
		d = d.AddMonths(from.Plus)
		if floor, has := a.f.Dates[from.Floor]; has && floor > d {
			return floor, from.Floor, true, nil
		}
		return d, from.Date, true, nil
	}
	return 0, "", false, nil
}

// span computes one period. Its length follows from the day of the start, which is not counted (Civil Code of China,
// art. 201; most laws count so): seven days from the 1st end with the 8th.
func (a *asking) span(i int) (Span, error) {
	d := &a.Periods[i]
	out := Span{Period: d.ID, Title: d.Title, at: a.f.judged(d.At)}
	var err error
	out.Start, out.Basis, out.Known, err = a.start(d.Start)
	if err != nil {
		return out, err
	}
	if d.Restarts {
		for _, day := range a.f.Exchanges {
			if !out.Known || day > out.Start {
				out.Start, out.Basis, out.Known = day, exchangedBasis, true
			}
		}
	}
	where := "periods." + d.ID
	days, err := a.number(where+".days", a.periods[i].days)
	if err != nil {
		return out, err
	}
	months, err := a.number(where+".months", a.periods[i].months)
	if err != nil {
		return out, err
	}
	if out.KmLast, err = a.number(where+".km", a.periods[i].km); err != nil {
		return out, err
	}
	if months < 0 || months > maxMonths || days < 0 || days > maxMonths*31 {
		return out, fmt.Errorf("%w %s: %s: %d months and %d days", ErrPack, a.ID, where, months, days)
	}
	out.kmReached = out.KmLast > 0 && a.f.Km > out.KmLast
	if !out.Known {
		return out, nil
	}
	out.Last = out.Start.AddMonths(int(months)) + calendar.Date(days)
	if d.Extends {
		out.extend(a)
	}
	if a.RollEnd {
		out.Last = a.cal.NextWorkday(out.Last)
	}
	return out, nil
}

// extend adds the days of the repairs that were begun within the period, one after another: time for repair does not
// count (implementing rules of the consumer law of China, art. 18).
func (s *Span) extend(a *asking) {
	for _, r := range a.repairs() {
		in := calendar.DateOf(r.In, a.loc)
		if in >= s.Start && in <= s.Last {
			n := r.days(a.RepairDays, a.f.Today, a.loc)
			s.Last += calendar.Date(n)
			s.Extended += n
		}
	}
}

// over tells whether the period has ended before the date that it is asked for.
func (s Span) over() bool { return s.Known && s.at > s.Last || s.kmReached }

// exceeded finds the first repair that has kept the unit for more than the days of a rule; failing that, the open
// repair that will, and from when.
func (a *asking) exceeded(x *Exceeds, limit int64) (from calendar.Date, now, later bool) {
	list := a.repairs()
	i := slices.IndexFunc(list, func(r RepairEvent) bool {
		return x.matches(r) && int64(r.days(a.RepairDays, a.f.Today, a.loc)) > limit
	})
	if i >= 0 {
		return a.exceeds(list[i], limit), true, false
	}
	for _, r := range list {
		if x.matches(r) && r.Out.IsZero() {
			return a.exceeds(r, limit), false, true
		}
	}
	return 0, false, false
}

func (x *Exceeds) matches(r RepairEvent) bool { return x.Delay == "" || x.Delay == r.Delay }

// exceeds is the first day on which a repair has lasted longer than a limit.
func (a *asking) exceeds(r RepairEvent, limit int64) calendar.Date {
	return calendar.DateOf(r.In, a.loc) + calendar.Date(limit) + 1 + calendar.Date(r.Excused)
}
