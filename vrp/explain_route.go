package vrp

import (
	"cmp"
	"math"
	"slices"
)

// stop is work on a route that is tried out.
type stop struct {
	job      *Job
	kind     Kind
	index    int      // of the step that it would be
	amount   []int64  // of the shipment whose end it is
	down     bool     // its delivery
	from, to int64    // bounds of the start by other routes
	end      int64    // bound of the end by other routes
	counter  *Counter // a stop to fetch; the job is none of the problem's then
	any      bool     // at any time: its windows are not asked
}

// line is a shift on which orders of stops are tried out, with the breaks wherever they fit.
type line struct {
	p       *Problem
	e       *Engineer
	s       *Shift
	m       *Matrix
	breaks  []Break // in the order in which they have to begin
	rests   []int   // which of the shift's they are
	past    []Step  // of a plan, up to the end of what has begun
	begun   int     // how many stops of the route lie there
	from    int64   // when the rest of the route begins,
	home    int     // and where
	limited bool    // what is aboard may forbid a break
	unladen bool    // but that is not asked
	speed   int64   // by which ways are measured where the time of day counts
	dims    int
	aboard  []int64 // behind so many stops of the order that is tried
	states  []tried
	next    []tried
	bound   int64 // what is later is of no interest; 0 is no bound
	before  []prefix
	tracing bool
	hops    []hop
}

// prefix is how far a route has come in front of one of its stops: at the last place before it, and which stop is the first behind that.
type prefix struct {
	states []tried
	place  int
	next   int
}

// tried is how far a route has come with some number of breaks taken. Being earlier is never worse.
type tried struct {
	now   int64 // never: not possible
	begin int64 // of the first stop that is asked about
	late  int64 // the most that any window, the shift's included, was missed by
	hop   int32 // the last one, from 1 on, while hops are noted
}

// hop is a stop or a break that was taken, and what was before it.
type hop struct {
	stop, rest int // -1: it is the other
	begin      int64
	before     int32
}

const never = math.MaxInt64 / 4

func stopOf(j *Job) stop { return stop{job: j, from: -never, to: never, end: never} }

func newLine(p *Problem, e *Engineer, s *Shift) *line {
	l := &line{p: p, e: e, s: s, m: &p.Travel[e.Profile], from: s.Window.From, home: s.Start, rests: breakOrder(s)}
	l.rested(nil)
	return l
}

// rested leaves out the breaks that are over.
func (l *line) rested(over []int) {
	l.rests = slices.DeleteFunc(l.rests, func(i int) bool { return slices.Contains(over, i) })
	l.breaks, l.limited = l.breaks[:0], false
	for _, i := range l.rests {
		l.breaks = append(l.breaks, l.s.Breaks[i])
		l.limited = l.limited || l.s.Breaks[i].MaxLoad != nil
	}
	l.states, l.next = make([]tried, len(l.breaks)+1), make([]tried, len(l.breaks)+1)
}

// goOn begins the line behind what a route has begun.
func (l *line) goOn(r *Route) {
	behind := 0
	for i, st := range r.Steps {
		if j := l.p.workOf(st); j != nil && j.Fixed && j.Was != nil {
			behind = i + 1
		}
	}
	if behind == 0 {
		return
	}
	var over []int
	l.past = r.Steps[:behind]
	for _, st := range l.past {
		switch {
		case st.Kind == Rest:
			over = append(over, st.Index)
		case st.Kind == Fetch || l.p.workOf(st) != nil:
			l.begun++
			if st.Place != NoPlace {
				l.home = st.Place
			}
		}
	}
	last := &l.past[behind-1]
	l.from = last.Begin() + last.Length
	l.rested(over)
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
		load += o.adds(d)
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

// alone finds the first rule that work alone on the shift breaks, with what is and what may be, and of a load the rest that it forbids.
func (l *line) alone(stops []stop) (rule Rule, rest string, value, limit int64) {
	if l.run(stops, false).now < never {
		return "", "", 0, 0
	}
	limit = l.s.Window.To + l.s.Overtime
	untied := slices.Clone(stops)
	for i := range untied {
		untied[i].from, untied[i].to, untied[i].end = -never, never, never
	}
	free := slices.Clone(untied)
	for i := range free {
		free[i].any = true
	}
	bare := *l
	bare.breaks, bare.rests, bare.states, bare.next = nil, nil, make([]tried, 1), make([]tried, 1)
	first := bare.run(free, false)
	switch {
	case first.now >= never:
		return RuleShift, "", bare.run(free, true).now - limit, 0
	case bare.run(untied, false).now >= never && len(stops) == 1:
		return RuleWindow, "", bare.outside(free, first.begin, stops[0].job.Windows), 0
	case bare.run(untied, false).now >= never:
		return RuleWindow, "", bare.run(untied, true).late, 0
	case bare.run(stops, false).now >= never:
		return RuleSequence, "", bare.run(stops, true).late, 0
	}
	if late := l.run(stops, true).late; late > 0 {
		return RuleBreak, "", late, 0
	}
	return l.heaviest(stops)
}

// outside is by how much work that can begin at an instant at first misses its windows by the least: after one, or negative before one.
func (l *line) outside(free []stop, first int64, windows []Window) int64 {
	best := int64(math.MaxInt64)
	last := l.latest(free, 0, first, max(first, windows[len(windows)-1].To))
	for _, w := range windows {
		miss := first - w.To
		if first <= w.To {
			miss = last - w.From
		}
		if max(miss, -miss) < max(best, -best) {
			best = miss
		}
	}
	return best
}

// heaviest is the rest during which too much is aboard, by the least: work alone leaves no time for it otherwise.
func (l *line) heaviest(stops []stop) (rule Rule, rest string, value, limit int64) {
	rule = RuleCapacity
	for k := range l.breaks {
		for d := range l.dims {
			if l.breaks[k].MaxLoad == nil {
				break
			}
			least, most := int64(math.MaxInt64), at(l.breaks[k].MaxLoad, d)
			for i := range len(stops) + 1 {
				least = min(least, l.aboard[i*l.dims+d])
			}
			if rest == "" || least-most > value-limit {
				rest, value, limit = l.breaks[k].ID, least, most
			}
		}
	}
	return rule, rest, value, limit
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
	own   []stop
	at    [2]int
}

// missing is late, 0 where it is not time that is missing.
func (pl *place) missing() int64 {
	if pl.late >= never {
		return 0
	}
	return pl.late
}

// order is a route with the work in its place.
func (pl *place) order(rest []stop) []stop {
	out := slices.Insert(slices.Clone(rest), pl.at[0], pl.own[0])
	if len(pl.own) > 1 {
		out = slices.Insert(out, pl.at[1], pl.own[1])
	}
	return out
}

// insert finds the place that adds the least.
func (l *line) insert(rest, own []stop) place {
	best := place{late: math.MaxInt64, own: own}
	l.prepare(rest)
	first := l.begun
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

// prepare drives a route once and keeps how it stands in front of each stop that has not begun.
func (l *line) prepare(rest []stop) {
	l.begin()
	l.weigh(rest)
	now := prefix{slices.Clone(l.states), l.home, l.begun}
	l.before = append(l.before[:0], make([]prefix, l.begun)...)
	for i := l.begun; i <= len(rest); i++ {
		l.before = append(l.before, now)
		if i < len(rest) && rest[i].job.Place != NoPlace {
			now.place = l.gap(rest, now.next, i, now.place, nil, false)
			now.states, now.next = slices.Clone(l.states), i+1
		}
	}
}

func (l *line) try(stops, rest []stop, best *place, i, k int) {
	own := stops[i].job
	if stops[i].counter != nil {
		own = stops[k].job
	}
	got := l.runFrom(i, stops, own, false)
	heavy := false
	if got.now >= never && l.limited {
		l.unladen = true
		got = l.runFrom(i, stops, own, false)
		l.unladen = false
		heavy = got.now < never
	}
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
	full := over > 0 || short || far || heavy
	added := l.cost(stops) - l.cost(rest)
	if !best.ok || best.full && !full || best.full == full && added < best.added {
		*best = place{ok: true, full: full, short: short, far: far, begin: got.begin, added: added, own: best.own, at: [2]int{i, k}}
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
	l.states[0] = tried{now: l.from}
}

// runFor tells when a route ends that does the stops in order, as early as may be; never when it cannot. With late
// everything may be late, and it tells by how much.
func (l *line) runFor(stops []stop, asked *Job, late bool) tried {
	l.begin()
	return l.runOn(stops, prefix{place: l.home, next: l.begun}, asked, late)
}

// runFrom is runFor for stops that are those of the prepared route up to one of them.
func (l *line) runFrom(first int, stops []stop, asked *Job, late bool) tried {
	if l.limited { // what is aboard is different from the beginning on
		return l.runFor(stops, asked, late)
	}
	copy(l.states, l.before[first].states)
	return l.runOn(stops, l.before[first], asked, late)
}

func (l *line) runOn(stops []stop, on prefix, asked *Job, late bool) tried {
	l.weigh(stops)
	for i := on.next; i <= len(stops); i++ {
		if i < len(stops) && stops[i].job.Place == NoPlace {
			continue
		}
		on.place = l.gap(stops, on.next, i, on.place, asked, late)
		on.next = i + 1
		if !slices.ContainsFunc(l.states, func(t tried) bool { return t.now < never && (l.bound == 0 || t.late < l.bound) }) {
			return tried{now: never, late: never}
		}
	}
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

// weigh notes what is aboard behind each stop, where that counts.
func (l *line) weigh(stops []stop) {
	if !l.limited {
		return
	}
	l.dims = 0
	for i := range stops {
		l.dims = max(l.dims, len(stops[i].job.Takes), len(stops[i].job.Brings), len(stops[i].amount))
	}
	l.aboard = grown(l.aboard, (len(stops)+1)*l.dims)
	for d := range l.dims {
		var load int64
		for i := range stops {
			load += at(stops[i].job.Takes, d)
		}
		l.aboard[d] = load
		for i := range stops {
			load += stops[i].adds(d)
			l.aboard[(i+1)*l.dims+d] = load
		}
	}
}

// adds is how much more of a dimension is aboard behind a stop.
func (o *stop) adds(d int) int64 {
	if o.down {
		return at(o.job.Brings, d) - at(o.job.Takes, d) - at(o.amount, d)
	}
	return at(o.job.Brings, d) - at(o.job.Takes, d) + at(o.amount, d)
}

// gap goes from a place to stop j, or to the end, and does it. The stops from i on before it have no place: they are done on the way, as
// the breaks are. It tells where the engineer is then.
func (l *line) gap(stops []stop, i, j, from int, asked *Job, late bool) int {
	to := l.s.End
	fixed := false
	if j < len(stops) {
		to = stops[j].job.Place
		fixed = stops[j].job.Fixed && stops[j].job.Was != nil
	}
	for k := range l.next {
		l.next[k].now = never
	}
	way := l.way(from, to)
	if fixed { // that took as long as it took
		way = 0
	}
	if way < never {
		for k, t := range l.states {
			if t.now < never {
				l.travel(k, drift{t, way * perSecond}, stops[:j], i, asked, late)
			}
		}
	}
	l.states, l.next = l.next, l.states
	if j == len(stops) {
		return to
	}
	o := &stops[j]
	length := lengthOf(o.job, l.e, from)
	for k := range l.states {
		if l.states[k].now < never {
			l.states[k] = l.done(o, j, l.states[k], length, asked, late)
		}
	}
	return to
}

// done does a stop.
func (l *line) done(o *stop, n int, t tried, length int64, asked *Job, late bool) tried {
	out := o.work(t, length, late)
	if out.now >= never {
		return out
	}
	begin := out.now - length
	if o.job == asked {
		out.begin = begin
	}
	out.hop = l.note(hop{n, -1, begin, t.hop})
	return out
}

func (l *line) note(h hop) int32 {
	if !l.tracing {
		return 0
	}
	l.hops = append(l.hops, h)
	return int32(len(l.hops))
}

// drift is who is on the way, with so much of it left.
type drift struct {
	tried
	left int64
}

// travel goes on the way with k breaks over, doing the stops from i on and any of the breaks that are left in any order.
func (l *line) travel(k int, d drift, stops []stop, i int, asked *Job, late bool) {
	if i == len(stops) { // most ways
		for ok := true; ok; k++ {
			l.arrive(k, d)
			if k == len(l.breaks) {
				break
			}
			d, ok = l.pause(k, d, i, late)
		}
		return
	}
	width := len(l.breaks) - k + 1
	cells := make([][]drift, (len(stops)-i+1)*width)
	cells[0] = []drift{d}
	for n := i; n <= len(stops); n++ {
		for b := range width {
			cell := (n-i)*width + b
			for _, d := range cells[cell] {
				if n == len(stops) {
					l.arrive(k+b, d)
				} else {
					now := d.now
					t := l.done(&stops[n], n, d.tried, lengthOf(stops[n].job, l.e, NoPlace), asked, late)
					if t.now < never {
						begin := t.now - lengthOf(stops[n].job, l.e, NoPlace)
						cells[cell+width] = l.keep(cells[cell+width], drift{t, max(0, d.left-l.m.covered(now, begin))})
					}
				}
				if b+1 < width {
					if e, ok := l.pause(k+b, d, n, late); ok {
						cells[cell+1] = l.keep(cells[cell+1], e)
					}
				}
			}
		}
	}
}

// mostDrifts bounds how many ways to stand at one point of a way are gone on with.
const mostDrifts = 8

// keep adds who is not behind anybody in all of how late, how free and how near.
func (l *line) keep(list []drift, d drift) []drift {
	arrives := func(d drift) int64 { return l.m.arrive(d.now, d.left) }
	at := arrives(d)
	behind := func(a drift, ata int64, b drift, atb int64) bool {
		return a.late >= b.late && a.now >= b.now && ata >= atb
	}
	for _, o := range list {
		if behind(d, at, o, arrives(o)) {
			return list
		}
	}
	list = slices.DeleteFunc(list, func(o drift) bool { return behind(o, arrives(o), d, at) })
	if len(list) < mostDrifts {
		list = append(list, d)
	}
	return list
}

// arrive ends a way.
func (l *line) arrive(k int, d drift) {
	t := d.tried
	t.now = l.m.arrive(d.now, d.left)
	if old := l.next[k]; t.now < never && (old.now >= never || cmp.Or(cmp.Compare(t.late, old.late), cmp.Compare(t.now, old.now)) < 0) {
		l.next[k] = t
	}
}

// pause takes break k, behind so many stops.
func (l *line) pause(k int, d drift, behind int, late bool) (drift, bool) {
	b := &l.breaks[k]
	begin, missed := earliest(b.Windows, d.now)
	if missed > 0 && !late || l.heavy(b, behind) && !late {
		return d, false
	}
	d.late = max(d.late, missed)
	d.left = max(d.left-l.m.covered(d.now, begin), 0)
	d.now = begin + b.Length
	d.hop = l.note(hop{-1, k, begin, d.hop})
	return d, true
}

// heavy tells whether too much is aboard for a break.
func (l *line) heavy(b *Break, behind int) bool {
	if b.MaxLoad == nil || l.unladen {
		return false
	}
	for d := range l.dims {
		if l.aboard[behind*l.dims+d] > at(b.MaxLoad, d) {
			return true
		}
	}
	return false
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
	return tried{now: begin + length, begin: t.begin, late: max(t.late, missed)}
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
