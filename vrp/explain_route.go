package vrp

import (
	"cmp"
	"math"
	"slices"
)

// stop is work on a route that is tried out.
type stop struct {
	job      *Job
	amount   []int64  // of the shipment whose end it is
	down     bool     // its delivery
	from, to int64    // bounds of the start by other routes
	end      int64    // bound of the end by other routes
	counter  *Counter // a stop to fetch; the job is none of the problem's then
	any      bool     // at any time: its windows are not asked
}

// line is a shift on which orders of stops are tried out, with the breaks wherever they fit.
type line struct {
	p      *Problem
	e      *Engineer
	s      *Shift
	m      *Matrix
	breaks []Break // in the order in which they have to begin
	states []tried
	next   []tried
	bound  int64 // what is later is of no interest; 0 is no bound
	before []prefix
}

// prefix is how far a route has come in front of one of its stops.
type prefix struct {
	states []tried
	place  int
}

// tried is how far a route has come with some number of breaks taken. Being earlier is never worse.
type tried struct {
	now   int64 // never: not possible
	begin int64 // of the first stop that is asked about
	late  int64 // the most that any window, the shift's included, was missed by
}

const never = math.MaxInt64 / 4

func stopOf(j *Job) stop { return stop{job: j, from: -never, to: never, end: never} }

func newLine(p *Problem, e *Engineer, s *Shift) *line {
	l := &line{p: p, e: e, s: s, m: &p.Travel[e.Profile], breaks: slices.Clone(s.Breaks)}
	slices.SortStableFunc(l.breaks, func(a, b Break) int {
		return cmp.Or(cmp.Compare(a.Windows[len(a.Windows)-1].To, b.Windows[len(b.Windows)-1].To), cmp.Compare(a.Windows[0].From, b.Windows[0].From))
	})
	l.states, l.next = make([]tried, len(l.breaks)+1), make([]tried, len(l.breaks)+1)
	return l
}

// way is the length of a way in seconds, never where there is none.
func (l *line) way(from, to int) int64 {
	if from == NoPlace || to == NoPlace {
		return 0
	}
	if s, _, _ := l.m.At(l.p.Places, from, to); s < Unreachable {
		return int64(s)
	}
	return never
}

// weight is what the objective counts for a way.
func (l *line) weight(from, to int) int64 {
	if from == NoPlace || to == NoPlace {
		return 0
	}
	travel := l.p.Objective.Travel
	if travel == 0 && l.p.Objective.Duration == 0 {
		travel = 1
	}
	_, _, cost := l.m.At(l.p.Places, from, to)
	return travel * int64(cost)
}

// overload is by how much work alone is more than the van carries, and what that is; 0 when it fits.
func (l *line) overload(stops []stop) (over, room int64) {
	dims := 0
	for _, o := range stops {
		dims = max(dims, len(o.job.Takes), len(o.job.Brings), len(o.amount))
	}
	for d := range dims {
		room := at(l.e.Capacity, d)
		if most := l.peak(stops, d); most > room {
			return most - room, room
		}
	}
	return 0, 0
}

// peak is the most that is aboard of a dimension.
func (l *line) peak(stops []stop, d int) int64 {
	var load int64
	for _, o := range stops {
		load += at(o.job.Takes, d)
	}
	most := load
	for _, o := range stops {
		load += at(o.job.Brings, d) - at(o.job.Takes, d)
		if o.down {
			load -= at(o.amount, d)
		} else {
			load += at(o.amount, d)
		}
		most = max(most, load)
	}
	return most
}

// reaches tells whether there are ways for work alone.
func (l *line) reaches(stops []stop) bool {
	at := l.s.Start
	for _, o := range stops {
		if o.job.Place == NoPlace {
			continue
		}
		if l.way(at, o.job.Place) >= never {
			return false
		}
		at = o.job.Place
	}
	return l.way(at, l.s.End) < never
}

// alone finds the first rule that work alone on the shift breaks, with what is and what may be.
func (l *line) alone(stops []stop) (rule Rule, value, limit int64) {
	if l.run(stops, false).now < never {
		return "", 0, 0
	}
	limit = l.s.Window.To + l.s.Overtime
	free := slices.Clone(stops)
	for i := range free {
		free[i].any = true
	}
	bare := *l
	bare.breaks, bare.states, bare.next = nil, make([]tried, 1), make([]tried, 1)
	if bare.run(free, false).now >= never {
		return RuleShift, bare.run(free, true).now - limit, 0
	}
	if got := bare.run(stops, false); got.now >= never {
		return RuleWindow, bare.run(stops, true).late, 0
	}
	return RuleBreak, l.run(stops, true).late, 0
}

// place is where work is added on a route.
type place struct {
	ok    bool
	full  bool  // there is time, but no room aboard, or
	short bool  // a tool or part is missing, or
	far   bool  // the ways are beyond the bounds of the shift
	begin int64 // of the first of its stops
	added int64 // to the cost of travel
	late  int64 // where there is no such place: the least by which something is late
	at    [2]int
}

// insert finds the place that adds the least.
func (l *line) insert(rest, own []stop) place {
	best := place{late: math.MaxInt64}
	l.prepare(rest)
	first := l.firstFree(rest)
	one := slices.Insert(slices.Clone(rest), first, own[0])
	for i := first; i <= len(rest); i++ {
		if i > first {
			one[i-1], one[i] = one[i], one[i-1]
		}
		if len(own) == 1 {
			l.try(one, rest, &best, i, i)
			continue
		}
		for k := i + 1; k <= len(one); k++ {
			l.try(slices.Insert(slices.Clone(one), k, own[1]), rest, &best, i, k)
		}
	}
	l.before = nil
	return best
}

// prepare drives a route once and keeps how it stands in front of each stop.
func (l *line) prepare(rest []stop) {
	l.begin()
	at := l.s.Start
	l.before = append(l.before[:0], prefix{slices.Clone(l.states), at})
	for i := range rest {
		at = l.step(&rest[i], at, nil, false)
		l.before = append(l.before, prefix{slices.Clone(l.states), at})
	}
}

// firstFree is the first place on a route that is behind all fixed work.
func (l *line) firstFree(rest []stop) int {
	for i, o := range slices.Backward(rest) {
		if o.job.Fixed {
			return i + 1
		}
	}
	return 0
}

func (l *line) try(stops, rest []stop, best *place, i, k int) {
	own := stops[i].job
	if stops[i].counter != nil {
		own = stops[k].job
	}
	got := l.runFrom(i, stops, own, false)
	if got.now >= never {
		if !best.ok && best.late > 1 {
			l.bound = best.late
			best.late = min(best.late, max(l.runFrom(i, stops, own, true).late, 1))
			l.bound = 0
		}
		return
	}
	over, _ := l.overload(stops)
	short := !l.provided(stops)
	value, limit := l.beyond(stops)
	far := value > limit
	full := over > 0 || short || far
	added := l.cost(stops) - l.cost(rest)
	if !best.ok || best.full && !full || best.full == full && added < best.added {
		*best = place{ok: true, full: full, short: short, far: far, begin: got.begin, added: added, at: [2]int{i, k}}
	}
}

// cost is what the ways of an order cost; a route without stops is not driven.
func (l *line) cost(stops []stop) int64 {
	if len(stops) == 0 {
		return 0
	}
	at, sum := l.s.Start, int64(0)
	for _, o := range stops {
		if o.job.Place != NoPlace {
			sum += l.weight(at, o.job.Place)
			at = o.job.Place
		}
	}
	return sum + l.weight(at, l.s.End)
}

func (l *line) run(stops []stop, late bool) tried { return l.runFor(stops, stops[0].job, late) }

func (l *line) begin() {
	for k := range l.states {
		l.states[k].now = never
	}
	l.states[0] = tried{now: l.s.Window.From}
}

// runFor tells when a route ends that does the stops in order, as early as may be; never when it cannot. With late
// everything may be late, and it tells by how much.
func (l *line) runFor(stops []stop, asked *Job, late bool) tried {
	l.begin()
	return l.runOn(stops, l.s.Start, asked, late)
}

// runFrom is runFor for stops that are those of the prepared route up to one of them.
func (l *line) runFrom(first int, stops []stop, asked *Job, late bool) tried {
	copy(l.states, l.before[first].states)
	return l.runOn(stops[first:], l.before[first].place, asked, late)
}

func (l *line) runOn(stops []stop, place int, asked *Job, late bool) tried {
	for i := range stops {
		place = l.step(&stops[i], place, asked, late)
		if !slices.ContainsFunc(l.states, func(t tried) bool { return t.now < never && (l.bound == 0 || t.late < l.bound) }) {
			return tried{now: never, late: never}
		}
	}
	l.leg(l.way(place, l.s.End), late, nil)
	end := l.states[len(l.states)-1]
	if over := end.now - l.s.Window.To - l.s.Overtime; end.now < never && over > 0 {
		if !late {
			end.now = never
		}
		end.late = max(end.late, over)
	}
	if end.now >= never {
		end = tried{now: never, late: never}
	}
	return end
}

// step goes to a stop and does it; it tells where the engineer is then.
func (l *line) step(o *stop, place int, asked *Job, late bool) int {
	var way int64
	if o.job.Place != NoPlace {
		way = l.way(place, o.job.Place)
	}
	l.leg(way, late, o)
	length := lengthOf(o.job, l.e, place)
	for k := range l.states {
		if l.states[k].now >= never {
			continue
		}
		l.states[k] = o.work(l.states[k], length, late)
		if o.job == asked {
			l.states[k].begin = l.states[k].now - length
		}
	}
	if o.job.Place != NoPlace {
		return o.job.Place
	}
	return place
}

// leg travels a way, with any of the breaks that are left taken before or on it.
func (l *line) leg(way int64, late bool, to *stop) {
	for k := range l.next {
		l.next[k].now = never
	}
	fixed := to != nil && to.job.Fixed && to.job.Was != nil
	if way >= never && !fixed {
		l.states, l.next = l.next, l.states
		return
	}
	for k, from := range l.states {
		left := way * perSecond
		if fixed {
			left = 0
		}
		for at := k; from.now < never; at++ {
			arrive := l.m.arrive(from.now, left)
			if old := l.next[at]; arrive < never && (old.now >= never || cmp.Or(cmp.Compare(from.late, old.late), cmp.Compare(arrive, old.now)) < 0) {
				l.next[at] = tried{arrive, from.begin, from.late}
			}
			if at == len(l.breaks) {
				break
			}
			b := l.breaks[at]
			begin, missed := earliest(b.Windows, from.now)
			if missed > 0 && !late {
				break
			}
			from.late = max(from.late, missed)
			left = max(left-l.m.covered(from.now, begin), 0)
			from.now = begin + b.Length
		}
	}
	l.states, l.next = l.next, l.states
}

// work does a stop as early as may be.
func (o *stop) work(t tried, length int64, late bool) tried {
	if o.job.Fixed && o.job.Was != nil {
		if t.now > o.job.Was.Start && !late {
			return tried{now: never}
		}
		t.now = max(t.now, o.job.Was.Start) + length
		return t
	}
	begin, missed := max(t.now, o.from), int64(0)
	if !o.any && len(o.job.Windows) > 0 {
		begin, missed = earliest(o.job.Windows, begin)
	}
	missed = max(missed, begin-o.to, begin+length-o.end)
	if missed > 0 && !late {
		return tried{now: never}
	}
	return tried{begin + length, t.begin, max(t.late, missed)}
}

// earliest is the first instant within windows that is not before t; after all of them it is t, too late by missed.
func earliest(windows []Window, t int64) (begin, missed int64) {
	for _, w := range windows {
		if t <= w.To {
			return max(t, w.From), 0
		}
	}
	return t, t - windows[len(windows)-1].To
}
