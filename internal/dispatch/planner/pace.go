package planner

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"anxin/internal/platform/calendar"
	"anxin/vrp"
)

// RushHour is a stretch of time in which ways take so many per cent of their usual time: 150 is half as long again.
type RushHour struct {
	Span
	Percent int `json:"percent"`
}

// Bounds of the percentage of a rush hour.
const (
	LeastPercent = 50
	MostPercent  = 400
)

// usual is how much of a way a second covers outside of rush hours, in thousandths of a second of the way's usual time. In a rush
// hour it covers less, or more: who leaves later never arrives earlier.
const usual = 1000

func (r *RushHour) speed() int64 { return (usual*100 + int64(r.Percent)/2) / int64(r.Percent) }

// pace are rush hours in order and apart. None: ways are always as long.
type pace []RushHour

// checkPace refuses rush hours that no way can be travelled by.
func checkPace(list []RushHour) error {
	for i := range list {
		r := &list[i]
		switch {
		case r.Percent < LeastPercent || r.Percent > MostPercent:
			return fmt.Errorf("%w: ways that take %d per cent", ErrSnapshot, r.Percent)
		case !r.To.After(r.From) || i > 0 && r.From.Before(list[i-1].To):
			return fmt.Errorf("%w: rush hours are empty, overlap or are not in order", ErrSnapshot)
		case r.From.Nanosecond() > 0 || r.To.Nanosecond() > 0:
			return fmt.Errorf("%w: a rush hour begins or ends within a second", ErrSnapshot)
		}
	}
	return nil
}

// paceOf are the rush hours of all days of an engineer. Days tell of their neighbours' hours too: of two that overlap and differ the
// first counts.
func paceOf(e *Engineer) pace {
	n := 0
	for i := range e.Days {
		n += len(e.Days[i].RushHours)
	}
	if n == 0 {
		return nil
	}
	all := make(pace, 0, n)
	for i := range e.Days {
		all = append(all, e.Days[i].RushHours...)
	}
	slices.SortStableFunc(all, func(a, b RushHour) int { return a.From.Compare(b.From) })
	out := all[:0]
	for _, r := range all {
		if k := len(out); k > 0 && r.From.Before(out[k-1].To) {
			if !r.To.After(out[k-1].To) {
				continue
			}
			r.From = out[k-1].To
		}
		out = append(out, r)
	}
	return out
}

// paceOn are the rush hours of an engineer on a date.
func (s *Snapshot) paceOn(id EngineerID, date calendar.Date) pace {
	if e, ok := s.engineer(id); ok {
		if k, ok := e.day(date); ok {
			return e.Days[k].RushHours
		}
	}
	return nil
}

// slices are the speeds as package vrp knows them; nil where ways are always as long.
func (p pace) slices() []vrp.Slice {
	var out []vrp.Slice
	for i := range p {
		speed := p[i].speed()
		if speed == usual {
			continue
		}
		from, to := p[i].From.Unix(), p[i].To.Unix()
		if n := len(out); n == 0 {
			out = append(out, vrp.Slice{From: from - 24*3600, Speed: usual})
		} else if out[n-1].From == from {
			out = out[:n-1]
		}
		out = append(out, vrp.Slice{From: from, Speed: speed}, vrp.Slice{From: to, Speed: usual})
	}
	return out
}

// fastest is the highest speed of a pace.
func (p pace) fastest() int64 {
	most := int64(usual)
	for i := range p {
		most = max(most, p[i].speed())
	}
	return most
}

// covered is how much of a way, in its usual time, is covered in a span.
func (p pace) covered(s Span) time.Duration {
	if !s.To.After(s.From) {
		return 0
	}
	sum := s.To.Sub(s.From)
	for i := range p {
		if o := cut(p[i].Span, s); o > 0 {
			sum += o * time.Duration(p[i].speed()-usual) / usual
		}
	}
	return sum
}

// units is what is covered between two seconds, in thousandths of a second of the usual time.
func (p pace) units(from, to int64) int64 {
	if to <= from {
		return 0
	}
	sum := (to - from) * usual
	for i := range p {
		if o := min(to, p[i].To.Unix()) - max(from, p[i].From.Unix()); o > 0 {
			sum += o * (p[i].speed() - usual)
		}
	}
	return sum
}

// until is the last instant up to which no more than so much of a way is covered.
func (p pace) until(at time.Time, way time.Duration) time.Time {
	for i := range p {
		r := &p[i]
		if !r.To.After(at) {
			continue
		}
		if before := r.From.Sub(at); before > 0 {
			if way <= before {
				return at.Add(way)
			}
			at, way = r.From, way-before
		}
		speed := time.Duration(r.speed())
		all := r.To.Sub(at) * speed / usual
		if way <= all {
			return at.Add(way * usual / speed)
		}
		at, way = r.To, way-all
	}
	return at.Add(way)
}

// since is the first instant from which on no more than so much of a way is covered until another.
func (p pace) since(by time.Time, way time.Duration) time.Time {
	for i := len(p) - 1; i >= 0; i-- {
		r := &p[i]
		if !r.From.Before(by) {
			continue
		}
		if behind := by.Sub(r.To); behind > 0 {
			if way <= behind {
				return by.Add(-way)
			}
			by, way = r.To, way-behind
		}
		speed := time.Duration(r.speed())
		all := by.Sub(r.From) * speed / usual
		if way <= all {
			return by.Add(-(way * usual / speed))
		}
		by, way = r.From, way-all
	}
	return by.Add(-way)
}

// arrive is when a way of so much usual time ends that is set off on at an instant: after the fewest whole seconds, where it leads
// through a rush hour.
func (p pace) arrive(at time.Time, way time.Duration) time.Time {
	t := p.until(at, way)
	if way <= 0 || p.calm(Span{at, t}) {
		return t
	}
	if whole := t.Truncate(time.Second); p.covered(Span{at, whole}) >= way {
		return whole
	}
	return t.Truncate(time.Second).Add(time.Second)
}

// depart is the latest to set off on a way so that it ends by an instant.
func (p pace) depart(by time.Time, way time.Duration) time.Time {
	t := p.since(by, way)
	if way <= 0 || p.calm(Span{t, by}) {
		return t
	}
	if whole := t.Truncate(time.Second); p.covered(Span{whole, by}) >= way {
		return whole
	}
	return t.Truncate(time.Second).Add(-time.Second)
}

// calm tells whether no rush hour touches a span.
func (p pace) calm(s Span) bool {
	return !slices.ContainsFunc(p, func(r RushHour) bool { return r.overlaps(s) })
}

// arriveAt and departAt are arrive and depart in whole seconds.
func (p pace) arriveAt(at, way int64) int64 {
	if len(p) == 0 {
		return at + way
	}
	return p.arrive(time.Unix(at, 0), time.Duration(way)*time.Second).Unix()
}

func (p pace) departAt(by, way int64) int64 {
	if len(p) == 0 {
		return by - way
	}
	return p.depart(time.Unix(by, 0), time.Duration(way)*time.Second).Unix()
}

// longest is the longest stretch inside a span in which no more than so much of a way would have been covered; negative by how
// much there is too little.
func (p pace) longest(in Span, spare time.Duration) time.Duration {
	length := in.To.Sub(in.From)
	if spare < 0 || length <= 0 || p.calm(in) {
		return min(spare, length)
	}
	if p.covered(in) <= spare {
		return length
	}
	best := time.Duration(0)
	from := func(t time.Time) {
		if t.Before(in.To) && !t.Before(in.From) {
			best = max(best, earlier(in.To, p.until(t, spare)).Sub(t))
		}
	}
	to := func(t time.Time) {
		if t.After(in.From) && !t.After(in.To) {
			best = max(best, t.Sub(later(in.From, p.since(t, spare))))
		}
	}
	from(in.From)
	to(in.To)
	for i := range p { // one end lies where the speed changes, or where the span does
		from(p[i].From)
		from(p[i].To)
		to(p[i].From)
		to(p[i].To)
	}
	return best
}

// fits is the first instant in a stretch, of those at which the speed changes at either end, from which on so many seconds are free
// when no more than so many thousandths of a second of a way may be covered in them.
func (p pace) fits(from, to, need, spare int64) (at int64, ok bool) {
	if to-from < need {
		return 0, false
	}
	try := []int64{from, to - need}
	for i := range p {
		for _, t := range [2]int64{p[i].From.Unix(), p[i].To.Unix()} {
			try = append(try, t, t-need)
		}
	}
	slices.SortFunc(try, cmp.Compare[int64])
	for _, t := range try {
		if t >= from && t <= to-need && p.units(t, t+need) <= spare {
			return t, true
		}
	}
	return 0, false
}

// Arrives is when a way of so much usual time ends that is set off on at an instant of the day.
func (d *Day) Arrives(at time.Time, way time.Duration) time.Time {
	return pace(d.RushHours).arrive(at, way)
}

// Takes is how long a way of so much usual time takes whoever sets off as late as can be to arrive by an instant of the day.
func (d *Day) Takes(way time.Duration, by time.Time) time.Duration {
	if len(d.RushHours) == 0 || way <= 0 {
		return way
	}
	return by.Sub(pace(d.RushHours).depart(by, way))
}
