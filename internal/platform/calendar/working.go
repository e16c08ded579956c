package calendar

import (
	"sort"
	"time"
)

// Beyond these years nothing is counted: additions stop at the edge instead of
// running on. Deadlines are years, not centuries, away.
const (
	firstYear = 1900
	lastYear  = 2300
)

// yearIndex holds running sums over the days of one year, so that long spans
// cost a look-up a year and a binary search.
type yearIndex struct {
	first Date
	open  []time.Duration // open[i]: working time of the days before day i; one entry more than days
	days  []int32         // days[i]: working days before day i
}

func (c *Calendar) year(year int) *yearIndex {
	if v, ok := c.years.Load(year); ok {
		return v.(*yearIndex)
	}
	first, next := NewDate(year, time.January, 1), NewDate(year+1, time.January, 1)
	n := int(next - first)
	idx := &yearIndex{first: first, open: make([]time.Duration, n+1), days: make([]int32, n+1)}
	for i := range n {
		var open time.Duration
		for _, s := range c.Spans(first + Date(i)) {
			open += s.To.Sub(s.From)
		}
		idx.open[i+1], idx.days[i+1] = idx.open[i]+open, idx.days[i]
		if open > 0 {
			idx.days[i+1]++
		}
	}
	v, _ := c.years.LoadOrStore(year, idx)
	return v.(*yearIndex)
}

// eachYear calls fn for the part [i, j) of every year that [from, to) touches.
func (c *Calendar) eachYear(from, to Date, fn func(idx *yearIndex, i, j int)) {
	for from < to {
		idx := c.year(from.Year())
		i := int(from - idx.first)
		j := min(len(idx.days)-1, int(to-idx.first))
		fn(idx, i, j)
		from = idx.first + Date(j)
	}
}

// IsWorkday tells whether the calendar opens on a local date.
func (c *Calendar) IsWorkday(d Date) bool { return c.Workdays(d, d+1) == 1 }

// Workdays counts the working days from one date up to but not including
// another; it is negative when to lies before from.
func (c *Calendar) Workdays(from, to Date) int {
	if to < from {
		return -c.Workdays(to, from)
	}
	n := 0
	c.eachYear(from, to, func(idx *yearIndex, i, j int) { n += int(idx.days[j] - idx.days[i]) })
	return n
}

// NextWorkday returns the first working day on or after a date: a last day
// that is no working day moves there (民法典 203).
func (c *Calendar) NextWorkday(d Date) Date { return c.AddWorkdays(d-1, 1) }

// AddWorkdays returns the n-th working day after a date, the date itself not
// counted (民法典 201); before it when n is negative. n = 0 returns the date.
func (c *Calendar) AddWorkdays(d Date, n int) Date {
	for n > 0 {
		year := (d + 1).Year()
		if year > lastYear {
			return d
		}
		idx := c.year(year)
		i, last := int(d+1-idx.first), len(idx.days)-1
		if got := int(idx.days[last] - idx.days[i]); got < n {
			n -= got
			d = idx.first + Date(last) - 1
			continue
		}
		want := idx.days[i] + int32(n)
		j := sort.Search(last+1, func(k int) bool { return idx.days[k] >= want })
		return idx.first + Date(j) - 1
	}
	for n < 0 {
		year := (d - 1).Year()
		if year < firstYear {
			return d
		}
		idx := c.year(year)
		i := int(d - idx.first) // days before d that belong to the year of d-1
		if got := int(idx.days[i]); got < -n {
			n += got
			d = idx.first
			continue
		}
		want := idx.days[i] + int32(n)
		// The last k with days[k] == want is the day that makes the count step.
		k := sort.Search(i+1, func(k int) bool { return idx.days[k] > want }) - 1
		return idx.first + Date(k)
	}
	return d
}

// WorkdayEnd returns the instant when the n-th working day after the date of t
// closes. n = 0 is the working day that t lies in or before: the end of today
// until closing time, after that of the next working day.
func (c *Calendar) WorkdayEnd(t time.Time, n int) time.Time {
	d := c.DateOf(t)
	if n > 0 {
		return c.closing(c.AddWorkdays(d, n))
	}
	d = c.NextWorkday(d)
	if end := c.closing(d); end.After(t) {
		return end
	}
	return c.closing(c.AddWorkdays(d, 1))
}

func (c *Calendar) closing(d Date) time.Time {
	spans := c.Spans(d)
	if len(spans) == 0 {
		return d.UTC() // only past the last year that is counted
	}
	return spans[len(spans)-1].To
}

// IsOpen tells whether t lies in working time.
func (c *Calendar) IsOpen(t time.Time) bool {
	if c.spec.AllDay {
		return true
	}
	for _, s := range c.Spans(c.DateOf(t)) {
		if !t.Before(s.From) && t.Before(s.To) {
			return true
		}
	}
	return false
}

// NextOpen returns the first instant of working time at or after t, in UTC.
func (c *Calendar) NextOpen(t time.Time) time.Time {
	if c.spec.AllDay {
		return t.UTC()
	}
	d := c.DateOf(t)
	for {
		for _, s := range c.Spans(d) {
			if t.Before(s.To) {
				return later(t, s.From).UTC()
			}
		}
		next := c.AddWorkdays(d, 1)
		if next == d {
			return t.UTC()
		}
		d = next
	}
}

// WorkingBetween returns the working time from a to b; it is negative when b
// lies before a. Spans of more than 292 years do not fit.
func (c *Calendar) WorkingBetween(a, b time.Time) time.Duration {
	if b.Before(a) {
		return -c.WorkingBetween(b, a)
	}
	if c.spec.AllDay {
		return b.Sub(a)
	}
	from, to := c.DateOf(a), c.DateOf(b)
	var sum time.Duration
	c.eachYear(from, to, func(idx *yearIndex, i, j int) { sum += idx.open[j] - idx.open[i] })
	return sum + c.elapsed(to, b) - c.elapsed(from, a)
}

// elapsed returns the working time of a date before t.
func (c *Calendar) elapsed(d Date, t time.Time) time.Duration {
	var sum time.Duration
	for _, s := range c.Spans(d) {
		if !t.After(s.From) {
			break
		}
		sum += earlier(t, s.To).Sub(s.From)
	}
	return sum
}

// AddWorking returns the earliest instant by which work of the given length is
// done when it starts at t: two hours from an hour before closing end an hour
// after the next opening, and work that lasts until closing time ends then.
// With a negative length it returns the latest instant from which that much
// working time is left until t. Zero returns t. The result is in UTC.
func (c *Calendar) AddWorking(t time.Time, work time.Duration) time.Time {
	switch {
	case c.spec.AllDay:
		return t.Add(work).UTC()
	case work > 0:
		return c.addForward(t, work)
	case work < 0:
		return c.addBack(t, -work)
	}
	return t.UTC()
}

func (c *Calendar) addForward(t time.Time, work time.Duration) time.Time {
	d := c.DateOf(t)
	for _, s := range c.Spans(d) { // the rest of the first day
		if !t.Before(s.To) {
			continue
		}
		from := later(t, s.From)
		if have := s.To.Sub(from); have < work {
			work -= have
			continue
		}
		return from.Add(work).UTC()
	}
	for d++; ; {
		year := d.Year()
		if year > lastYear {
			return d.UTC()
		}
		idx := c.year(year)
		i, last := int(d-idx.first), len(idx.open)-1
		if have := idx.open[last] - idx.open[i]; have < work {
			work -= have
			d = idx.first + Date(last)
			continue
		}
		want := idx.open[i] + work
		j := sort.Search(last+1, func(k int) bool { return idx.open[k] >= want }) // reached on day j-1
		rest := want - idx.open[j-1]
		for _, s := range c.Spans(idx.first + Date(j-1)) {
			have := s.To.Sub(s.From)
			if have >= rest {
				return s.From.Add(rest)
			}
			rest -= have
		}
	}
}

func (c *Calendar) addBack(t time.Time, work time.Duration) time.Time {
	d := c.DateOf(t)
	at, work := back(c.Spans(d), t, work)
	if work == 0 {
		return at
	}
	for { // days before d
		year := (d - 1).Year()
		if year < firstYear {
			return d.UTC()
		}
		idx := c.year(year)
		i := int(d - idx.first)
		if have := idx.open[i]; have < work {
			work -= have
			d = idx.first
			continue
		}
		want := idx.open[i] - work
		j := sort.Search(i+1, func(k int) bool { return idx.open[k] > want }) // day j-1 holds the instant
		at, _ := back(c.Spans(idx.first+Date(j-1)), (idx.first + Date(j) + 2).UTC(), idx.open[j]-want)
		return at
	}
}

// back goes back from t through a day's spans until work is used up; rest is
// what is left at the day's beginning.
func back(spans []Span, t time.Time, work time.Duration) (at time.Time, rest time.Duration) {
	for i := len(spans) - 1; i >= 0; i-- {
		s := spans[i]
		if !t.After(s.From) {
			continue
		}
		to := earlier(t, s.To)
		if have := to.Sub(s.From); have < work {
			work -= have
			continue
		}
		return to.Add(-work).UTC(), 0
	}
	return time.Time{}, work
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
