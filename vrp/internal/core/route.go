package core

// stop is one place of a route. The first is the start, the last the end; both have node -1.
type stop struct {
	node, place int32
	way         int32 // seconds from the stop before
}

// route is the order of stops in one shift, with what the tests of an insertion need. For stop i and b breaks taken
// before it, leave[i*states+b] is the earliest instant at which its work can have ended and reach[i*states+b] the
// latest arrival from which all that follows is in time; Never and -Never where there is none. A shift without breaks
// has its one state twice.
type route struct {
	shift   int32
	stops   []stop
	leave   []int32
	reach   []int32
	aboard  []int64 // by stop and dimension, on the way after the stop
	before  []int64 // the most aboard on the ways up to the one after the stop
	after   []int64 // the most aboard on the ways from the one after the stop
	detours []int64 // see cheapest
	taken   []int8  // breaks taken before a stop, after trace
	starts  []int32 // of the work at a stop, after traceAmid and setOff
	units   []int64 // see timeSliced
	pred    []int8
	left    int32     // when it sets off, after slow
	upTo    []segment // see segments
	onFrom  []segment
	total   []int64 // used of each item
	use     []int64 // of it, what is in the van from the start
	trip    int32   // which trip it makes, where fetches says so
	fetches int32   // stops at counters
	fetched int32   // the last of them
	short   bool    // more is used than was in the van, and
	cover   tripSet // these trips have all of that
	stamp   uint32  // no two orders of stops ever have the same, but in copies
	travel  int64   // cost of the ways
	seconds int64   // of the ways, and
	metres  int64   // where there is a bound of them
	fixed   int64   // activation and assignments
	work    int64   // seconds, where shares of it are priced
}

const startNode = -1

func newRoute(p *Problem, shift int32) *route {
	r := &route{shift: shift}
	s := &p.Shifts[shift]
	r.stops = append(make([]stop, 0, 16), stop{startNode, s.Start, 0}, stop{startNode, s.End, 0})
	r.grow(p)
	r.refresh(p)
	return r
}

// nodes is how many there are, counters apart.
func (r *route) nodes() int { return len(r.stops) - 2 - int(r.fetches) }

func (r *route) empty() bool { return len(r.stops) == 2 }

// idle says whether nobody sets out.
func (r *route) idle(p *Problem) bool { return r.empty() && !p.Shifts[r.shift].Begun }

func (r *route) cost() int64 { return r.travel + r.fixed }

// set makes r equal to o.
func (r *route) set(o *route) {
	r.shift, r.stamp, r.travel, r.fixed, r.seconds, r.metres, r.work = o.shift, o.stamp, o.travel, o.fixed, o.seconds, o.metres, o.work
	r.stops = append(r.stops[:0], o.stops...)
	r.total = append(r.total[:0], o.total...)
	r.use = append(r.use[:0], o.use...)
	r.trip, r.fetches, r.fetched, r.short, r.cover = o.trip, o.fetches, o.fetched, o.short, o.cover
	r.leave = append(r.leave[:0], o.leave...)
	r.reach = append(r.reach[:0], o.reach...)
	r.upTo = append(r.upTo[:0], o.upTo...)
	r.onFrom = append(r.onFrom[:0], o.onFrom...)
	r.aboard = append(r.aboard[:0], o.aboard...)
	r.before = append(r.before[:0], o.before...)
	r.after = append(r.after[:0], o.after...)
}

func (r *route) grow(p *Problem) {
	r.leave = resized(r.leave, len(r.stops)*p.states)
	r.reach = resized(r.reach, len(r.stops)*p.states)
	r.taken = resized(r.taken, len(r.stops))
	r.aboard = resized(r.aboard, len(r.stops)*p.Dims)
	r.before = resized(r.before, len(r.stops)*p.Dims)
	r.after = resized(r.after, len(r.stops)*p.Dims)
}

func resized[T any](s []T, n int) []T {
	if n <= cap(s) {
		return s[:n]
	}
	return append(s[:cap(s)], make([]T, n-cap(s))...)
}

// insert puts node behind stop i. The caller refreshes.
func (r *route) insert(p *Problem, node int32, i int) {
	r.stops = append(r.stops, stop{})
	copy(r.stops[i+2:], r.stops[i+1:])
	r.stops[i+1] = stop{node: node, place: p.Place[node]}
}

// keep leaves only the nodes for which it is told so. The caller refreshes.
func (r *route) keep(stays func(node int32) bool) {
	k := 1
	for _, s := range r.stops[1:] {
		if s.node == startNode || stays(s.node) {
			r.stops[k] = s
			k++
		}
	}
	r.stops = r.stops[:k]
}

// refresh works out all that is known of the order of stops.
func (r *route) refresh(p *Problem) {
	r.grow(p)
	s := &p.Shifts[r.shift]
	m := &p.Metrics[s.Metric]
	r.travel, r.fixed = 0, 0
	if p.Floating != nil {
		r.settle(p)
	}
	for i := 1; i < len(r.stops); i++ {
		at := int(r.stops[i-1].place)*p.Places + int(r.stops[i].place)
		if p.floats(r.stops[i].node) {
			r.stops[i].way = 0
			continue
		}
		r.stops[i].way = m.Seconds[at]
		if m.Cost == nil || m.Slices != nil {
			r.travel += int64(m.Seconds[at]) * m.Weight
		}
		if m.Cost != nil {
			r.travel += m.Cost[at]
		}
		if m.PerMetre != 0 {
			r.travel += int64(m.Metres[at]) * m.PerMetre
		}
	}
	if s.ranged() {
		r.reckon(p, m)
	}
	if p.Share != nil {
		r.reckonWork(p, s)
	}
	var visits int64
	if p.Site != nil {
		visits = r.visits(p)
	}
	if r.idle(p) {
		r.travel = 0
	} else {
		r.fixed = s.Activation
	}
	r.fixed += visits
	if p.Assign != nil {
		for _, st := range r.stops[1 : len(r.stops)-1] {
			t := p.Task[st.node]
			if t < 0 {
				continue
			}
			if p.Second[t] != st.node {
				r.fixed += p.Assign[int(t)*len(p.Shifts)+int(r.shift)]
			}
			if p.Alt != nil && p.Alt[t] == st.node {
				r.fixed -= p.AltSaves[t]
			}
		}
	}
	z := p.speeds(s)
	if z != nil && p.Dims > 0 {
		r.load(p)
	}
	switch {
	case z != nil:
		r.timeSliced(p, s, z)
		r.slow(p, s, m, z)
	case p.plain:
		r.timePlain(p, s)
	case p.Floating != nil:
		r.timeAmid(p, s)
	default:
		r.time(p, s)
	}
	if p.Dims > 0 {
		r.load(p)
	}
	if p.Uses != nil {
		r.stock(p)
	}
	switch {
	case p.segmented(s):
		r.segments(p, s)
		if !r.idle(p) {
			r.fixed += s.hours(r.upTo[len(r.stops)-1])
		}
	case (p.timed || z != nil) && !r.idle(p):
		r.fixed += r.timeCost(p)
	}
}

// time fills leave and reach.
func (r *route) time(p *Problem, s *Shift) {
	n, k := len(r.stops), p.states
	breaks := len(s.Breaks)
	for b := range k {
		r.leave[b] = Never
		r.reach[(n-1)*k+b] = -Never
	}
	r.leave[0] = s.From
	r.reach[(n-1)*k+breaks] = s.To
	var at [MaxBreaks + 1]int32
	for i := 1; i < n; i++ {
		st := &r.stops[i]
		arrivals(s.Breaks, r.leave[(i-1)*k:i*k], st.way, &at)
		for b := range breaks + 1 {
			if st.node != startNode {
				at[b] = next(p.Windows[st.node], at[b])
				if at[b] < Never {
					at[b] += p.work(s.Class, st.node, r.stops[i-1].place)
				}
			}
			r.leave[i*k+b] = at[b]
		}
	}
	for i := n - 2; i >= 0; i-- {
		st := &r.stops[i]
		leavings(s.Breaks, r.reach[(i+1)*k:(i+2)*k], r.stops[i+1].way, &at)
		for b := range breaks + 1 {
			if st.node != startNode && at[b] > -Never {
				at[b] = last(p.Windows[st.node], at[b]-p.work(s.Class, st.node, r.stops[i-1].place))
			}
			r.reach[i*k+b] = at[b]
		}
	}
	if breaks == 0 {
		for i := range n {
			r.leave[i*k+1], r.reach[i*k+1] = r.leave[i*k], r.reach[i*k]
		}
	}
}

// timePlain is time for plain problems.
func (r *route) timePlain(p *Problem, s *Shift) {
	n := len(r.stops)
	service := p.Service[s.Class]
	rest := restOf(s)
	leave, reach := r.leave[:2*n], r.reach[:2*n]
	t0, t1 := s.From, int32(Never)
	if rest.none {
		t1 = t0
	}
	leave[0], leave[1] = t0, t1
	for i := 1; i < n; i++ {
		st := &r.stops[i]
		a0, a1 := rest.over(t0, t1, st.way)
		if st.node != startNode {
			w := p.Windows[st.node][0]
			a0, a1 = begin(w, a0)+service[st.node], begin(w, a1)+service[st.node]
		}
		t0, t1 = min(a0, Never), min(a1, Never)
		leave[2*i], leave[2*i+1] = t0, t1
	}
	t0, t1 = int32(-Never), s.To
	if rest.none {
		t0 = t1
	}
	reach[2*n-2], reach[2*n-1] = t0, t1
	for i := n - 2; i >= 0; i-- {
		way := r.stops[i+1].way
		l0, l1 := t0-way, t1-way
		if t1-rest.length >= rest.from {
			l0 = max(l0, min(rest.to, l1-rest.length))
		}
		if st := &r.stops[i]; st.node != startNode {
			w := p.Windows[st.node][0]
			l0, l1 = ending(w, l0-service[st.node]), ending(w, l1-service[st.node])
		}
		t0, t1 = max(l0, -Never), max(l1, -Never)
		reach[2*i], reach[2*i+1] = t0, t1
	}
}

// rest is the one break of a plain shift. Without a break no instant is early enough for it.
type rest struct {
	from, to, length int32
	none             bool
}

func restOf(s *Shift) rest {
	if len(s.Breaks) == 0 {
		return rest{from: Never, to: -Never, none: true}
	}
	b := &s.Breaks[0]
	return rest{from: b.Windows[0].From, to: b.Windows[0].To, length: b.Length}
}

// over is arrivals for one break.
func (b *rest) over(t0, t1, way int32) (int32, int32) {
	a0, a1 := t0+way, t1+way
	if t0 <= b.to {
		a1 = min(a1, max(a0, b.from)+b.length)
	}
	return a0, a1
}

func begin(w Window, t int32) int32 {
	if t > w.To {
		return Never
	}
	return max(t, w.From)
}

func ending(w Window, t int32) int32 {
	if t < w.From {
		return -Never
	}
	return min(t, w.To)
}

// load fills aboard, before and after.
func (r *route) load(p *Problem) {
	n, q := len(r.stops), p.Dims
	for d := range q {
		var on int64
		for _, st := range r.stops[1 : n-1] {
			on += p.Takes[int(st.node)*q+d]
		}
		most := on
		if s := &p.Shifts[r.shift]; s.Lead != nil {
			most += s.Lead[d]
		}
		for i := range n - 1 {
			if node := int(r.stops[i].node); node != startNode {
				on += p.Brings[node*q+d] - p.Takes[node*q+d]
				switch t := p.Task[node]; {
				case t < 0:
				case p.First[t] == int32(node):
					on += p.Amount[node*q+d]
				default:
					on -= p.Amount[int(p.First[t])*q+d]
				}
			}
			most = max(most, on)
			r.aboard[i*q+d], r.before[i*q+d] = on, most
		}
		most = 0
		for i := n - 2; i >= 0; i-- {
			most = max(most, r.aboard[i*q+d])
			r.after[i*q+d] = most
		}
	}
}

// inTime says whether the end is reached before the shift ends, with all breaks taken.
func (r *route) inTime(p *Problem) bool {
	s := &p.Shifts[r.shift]
	return r.empty() || r.leave[(len(r.stops)-1)*p.states+len(s.Breaks)] <= s.To
}

// fits says whether the van can carry everything, and how many stops there may be.
func (r *route) fits(p *Problem) bool {
	s := &p.Shifts[r.shift]
	for d := range p.Dims {
		if r.after[d] > s.Capacity[d] {
			return false
		}
	}
	if s.ranged() && !r.empty() && (s.MaxTravel > 0 && r.seconds > s.MaxTravel || s.MaxMetres > 0 && r.metres > s.MaxMetres) {
		return false
	}
	return s.MaxNodes == 0 || r.nodes() <= int(s.MaxNodes)
}
