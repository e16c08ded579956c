package planner

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Instants are Unix seconds here.
type window struct{ from, to int64 }

func windows(list []Span) []window {
	out := make([]window, len(list))
	for i, s := range list {
		out[i] = window{s.From.Unix(), s.To.Unix()}
		if s.From.Nanosecond() > 0 {
			out[i].from++
		}
	}
	return out
}

// stop is one thing to do on a route. Fixed stops stay at their time; others start as early as their
// windows and what comes before allow.
type stop struct {
	job       JobID
	place     int
	dur       int64
	windows   []window // of the start; nil is any time
	fixed     bool
	committed bool // a fact, not this plan's: always fixed
	start     int64
}

func (s stop) end() int64 { return s.start + s.dur }

// route is what one engineer does on one date.
type route struct {
	s      *Snapshot
	e      *Engineer
	d      *Day
	shifts []window
	rest   window // of the break
	need   int64  // seconds of break; 0 is none, or the visits that he has leave no room for it
	now    int64
	stops  []stop
	firm   int // nothing goes before the stop of this index
}

// newRoute takes the visits that an engineer has on a date as fixed stops.
func newRoute(s *Snapshot, e *Engineer, d *Day, visits []*Visit) *route {
	r := &route{s: s, e: e, d: d, shifts: windows(d.Shifts), now: s.Now.Unix()}
	if s.Now.Nanosecond() > 0 {
		r.now++
	}
	for _, v := range visits {
		r.stops = append(r.stops, stop{job: v.Job.ID, place: v.Job.Place, start: v.Start.Unix(), dur: ceil(v.End) - v.Start.Unix(), fixed: true, committed: true})
	}
	order := make([]int, len(visits))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(visits[a].Start.Compare(visits[b].Start), visits[a].End.Compare(visits[b].End))
	})
	sorted := make([]stop, len(order))
	for i, k := range order {
		sorted[i] = r.stops[k]
		if visits[k].Frozen {
			r.firm = i + 1
		}
	}
	r.stops = sorted
	if d.Break.Minutes > 0 {
		r.rest, r.need = window{d.Break.From.Unix(), d.Break.To.Unix()}, int64(d.Break.Minutes)*60
		if _, ok := r.schedule(r.stops, nil, false); !ok {
			r.need = 0
		}
	}
	return r
}

func ceil(t time.Time) int64 {
	if t.Nanosecond() > 0 {
		return t.Unix() + 1
	}
	return t.Unix()
}

const never = math.MaxInt64

// begins is the earliest start of a stop for who is there at a time; never when there is none.
func (r *route) begins(s *stop, at int64) int64 {
	if s.fixed {
		if at > s.start {
			return never
		}
		return s.start
	}
	best := int64(never)
	for _, sh := range r.shifts {
		if len(s.windows) == 0 {
			if t := max(at, sh.from); t+s.dur <= sh.to {
				best = min(best, t)
			}
			continue
		}
		for _, w := range s.windows {
			if t := max(at, sh.from, w.from); t <= w.to && t+s.dur <= sh.to {
				best = min(best, t)
			}
		}
	}
	return best
}

// arrives is when he is at the next stop after a way, having rested before or after it if he must; never
// when the rest does not fit its window. At home he is free before the day begins.
func (r *route) arrives(at, leg int64, rest, home bool) int64 {
	if !rest {
		return at + leg
	}
	best := int64(never)
	first := max(at, r.rest.from) + r.need
	if home {
		first = max(at, r.rest.from+r.need)
	}
	if first <= r.rest.to || home && r.rest.from+r.need <= r.rest.to {
		best = first + leg
	}
	if last := max(at+leg, r.rest.from) + r.need; last <= r.rest.to {
		best = min(best, last)
	}
	return best
}

// schedule sets the earliest starts of stops in their order; starts, when not nil, receives them. It keeps
// two states, rested or not, each with its earliest end: earlier is never worse. noRest leaves the break out.
func (r *route) schedule(stops []stop, starts []int64, noRest bool) (end int64, ok bool) {
	need := r.need
	if noRest {
		need = 0
	}
	type state struct {
		end int64
		at  int // the stop before which he rested
	}
	home := r.dayStart()
	tired, rested := state{home, -1}, state{never, -1}
	if need == 0 {
		tired, rested = state{never, -1}, state{home, -1}
	}
	place, fact, stood := r.e.Home, true, true // whether what is before, and where he stands, is a fact
	for i := range stops {
		s := &stops[i]
		leg, reach := r.s.leg(place, s.place)
		known := fact && stood && s.committed
		if s.place != NoPlace {
			place, stood = s.place, s.committed
		}
		if known { // a fact: the way need not fit
			if need > 0 && rested.end == never && reach {
				if a := r.arrives(tired.end, leg, true, i == 0); a != never && a <= s.start {
					rested = state{max(tired.end, s.end()), i}
				}
			}
			if rested.end != never {
				rested.end = max(rested.end, s.end())
			}
			if tired.end != never {
				tired.end = max(tired.end, s.end())
			}
			continue
		}
		if !reach {
			return 0, false
		}
		next := func(from state, rest bool) int64 {
			if from.end == never {
				return never
			}
			at := from.end
			if !s.committed {
				at = max(at, r.now)
			}
			a := r.arrives(at, leg, rest, i == 0)
			if a == never {
				return never
			}
			t := r.begins(s, a)
			if t == never {
				return never
			}
			return t + s.dur
		}
		a, b, c := next(rested, false), int64(never), next(tired, false)
		if need > 0 {
			b = next(tired, true)
		}
		rested.end = a
		if b < a {
			rested = state{b, i}
		}
		tired.end = c
		if tired.end == never && rested.end == never {
			return 0, false
		}
		fact = s.committed
	}
	var n int
	last := tired.end != never && need > 0 && max(tired.end, r.rest.from)+need <= r.rest.to
	switch {
	case last && tired.end <= rested.end:
		end, n = tired.end, len(stops)
	case rested.end != never:
		end, n = rested.end, rested.at
	default:
		return 0, false
	}
	if starts != nil {
		r.starts(stops, starts, n)
	}
	return end, true
}

// starts walks the stops once more, resting before the stop n.
func (r *route) starts(stops []stop, starts []int64, n int) {
	at, place, fact, stood := r.dayStart(), r.e.Home, true, true
	for i := range stops {
		s := &stops[i]
		leg, _ := r.s.leg(place, s.place)
		known := fact && stood && s.committed
		if s.place != NoPlace {
			place, stood = s.place, s.committed
		}
		if known {
			starts[i], at = s.start, max(at, s.end())
			continue
		}
		if !s.committed {
			at = max(at, r.now)
		}
		starts[i] = r.begins(s, r.arrives(at, leg, i == n, i == 0))
		at, fact = starts[i]+s.dur, s.committed
	}
}

func (r *route) dayStart() int64 {
	if len(r.shifts) == 0 {
		return r.now
	}
	return r.shifts[0].from
}

// place where he is before the stop of an index.
func (r *route) placeBefore(i int) int {
	for i--; i >= 0; i-- {
		if r.stops[i].place != NoPlace {
			return r.stops[i].place
		}
	}
	return r.e.Home
}

// detour is the way that a stop at an index adds, in seconds.
func (r *route) detour(x stop, i int) (int64, bool) {
	if x.place == NoPlace {
		return 0, true
	}
	from := r.placeBefore(i)
	there, ok := r.s.leg(from, x.place)
	if !ok {
		return 0, false
	}
	for k := i; k < len(r.stops); k++ {
		if next := r.stops[k].place; next != NoPlace {
			on, ok := r.s.leg(x.place, next)
			if !ok {
				return 0, false
			}
			before, ok := r.s.leg(from, next)
			if !ok {
				before = 0
			}
			return there + on - before, true
		}
	}
	return there, true
}

// spot is where a stop fits into a route.
type spot struct {
	index  int
	start  int64
	detour int64
}

// best finds the spot with the least detour, then the earliest start; noRest leaves the break out.
func (r *route) best(x stop, noRest bool) (spot, bool) {
	best, found := spot{}, false
	if len(r.shifts) == 0 || r.loaded() > 0 {
		return best, false
	}
	trial, starts := make([]stop, len(r.stops)+1), make([]int64, len(r.stops)+1)
	for i := r.firm; i <= len(r.stops); i++ {
		d, ok := r.detour(x, i)
		if !ok || found && d > best.detour {
			continue
		}
		copy(trial, r.stops[:i])
		trial[i] = x
		copy(trial[i+1:], r.stops[i:])
		if _, ok := r.schedule(trial, starts, noRest); !ok {
			continue
		}
		if !found || d < best.detour || starts[i] < best.start {
			best, found = spot{i, starts[i], d}, true
		}
	}
	return best, found
}

// loaded is by how many visits one more is too many; 0 is none.
func (r *route) loaded() int {
	if r.e.MaxVisits == 0 || len(r.stops) < r.e.MaxVisits {
		return 0
	}
	return len(r.stops) + 1 - r.e.MaxVisits
}

// put inserts a stop and sets all times anew.
func (r *route) put(x stop, at spot) {
	r.stops = slices.Insert(r.stops, at.index, x)
	starts := make([]int64, len(r.stops))
	if _, ok := r.schedule(r.stops, starts, false); !ok {
		return // the spot was found for these very stops
	}
	for i := range r.stops {
		r.stops[i].start = starts[i]
	}
}

// room is the longest stretch of work that fits between the stops, ways to and from it taken off.
func (r *route) room(x stop) int64 {
	var most int64
	for i := r.firm; i <= len(r.stops); i++ {
		free := r.dayStart()
		if i > 0 {
			free = r.stops[i-1].end()
		}
		there, ok := r.s.leg(r.placeBefore(i), x.place)
		if !ok {
			continue
		}
		until, back := int64(never), int64(0)
		if i < len(r.stops) {
			until = r.stops[i].start
			if back, ok = r.s.leg(x.place, r.stops[i].place); !ok {
				continue
			}
		}
		for _, sh := range r.shifts {
			from := max(max(free, r.now)+there, sh.from)
			to := sh.to
			if until != never {
				to = min(to, until-back)
			}
			most = max(most, to-from)
		}
	}
	return most
}

// misses is how many seconds before (negative) or after its windows a stop could start at the nearest,
// leaving the others where they are, or at the spot that it would have without its windows.
func (r *route) misses(x stop, free spot) int64 {
	best, found := missBy(x.windows, free.start), true
	try := func(start int64) {
		d := missBy(x.windows, start)
		if !found || max(d, -d) < max(best, -best) {
			best, found = d, true
		}
	}
	for i := r.firm; i <= len(r.stops); i++ {
		free := r.dayStart()
		if i > 0 {
			free = r.stops[i-1].end()
		}
		there, ok := r.s.leg(r.placeBefore(i), x.place)
		if !ok {
			continue
		}
		until := int64(never)
		if i < len(r.stops) {
			back, ok := r.s.leg(x.place, r.stops[i].place)
			if !ok {
				continue
			}
			until = r.stops[i].start - back
		}
		for _, sh := range r.shifts {
			from, to := max(max(free, r.now)+there, sh.from), min(until, sh.to)-x.dur
			if from > to {
				continue
			}
			try(from)
			try(to)
		}
	}
	return best
}

func missBy(list []window, at int64) int64 {
	best, found := int64(0), false
	for _, w := range list {
		var d int64
		switch {
		case at < w.from:
			d = at - w.from
		case at > w.to:
			d = at - w.to
		}
		if !found || max(d, -d) < max(best, -best) {
			best, found = d, true
		}
	}
	return best
}

// restLeft is the longest rest inside the break's window once a stop stands at its spot without one.
func (r *route) restLeft(x stop, at spot) int64 {
	with := slices.Insert(slices.Clone(r.stops), at.index, x)
	starts := make([]int64, len(with))
	if _, ok := r.schedule(with, starts, true); !ok {
		return 0
	}
	place, end, most := r.e.Home, r.rest.from, int64(0)
	for i, s := range with {
		leg, ok := r.s.leg(place, s.place)
		if !ok {
			leg = 0
		}
		if s.place != NoPlace {
			place = s.place
		}
		most = max(most, min(r.rest.to, starts[i]-leg)-max(r.rest.from, end))
		if i > 0 {
			most = max(most, min(r.rest.to, starts[i])-max(r.rest.from, end+leg))
		}
		end = max(end, starts[i]+s.dur)
	}
	return max(0, most, r.rest.to-max(r.rest.from, end))
}

func newStop(j *Job) stop {
	return stop{job: j.ID, place: j.Place, dur: int64(j.Minutes) * 60, windows: windows(j.Windows)}
}
