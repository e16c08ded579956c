package core

import "sort"

// Slices are speeds by the time of day. Each second on the way from an instant on covers as many units as the speed then is; a
// way of so many seconds is covered by a thousand times as many. Whoever leaves later so never arrives earlier.
type Slices struct {
	from  []int32 // the first is 0
	speed []int64
	sum   []int64 // units from instant 0 to each from
}

// NewSlices are speeds, each from an instant on, rising from 0.
func NewSlices(from []int32, speed []int64) *Slices {
	z := &Slices{from: from, speed: speed, sum: make([]int64, len(from))}
	for i := 1; i < len(from); i++ {
		z.sum[i] = z.sum[i-1] + int64(from[i]-from[i-1])*speed[i-1]
	}
	return z
}

// until is how many units are covered from instant 0 on.
func (z *Slices) until(t int32) int64 {
	i := max(sort.Search(len(z.from), func(i int) bool { return z.from[i] > t })-1, 0)
	return z.sum[i] + int64(t-z.from[i])*z.speed[i]
}

// arrive is when so many units are covered from an instant on.
func (z *Slices) arrive(t int32, units int64) int32 {
	if units <= 0 || t >= Never {
		return t
	}
	goal := z.until(t) + units
	i := max(sort.Search(len(z.sum), func(i int) bool { return z.sum[i] >= goal })-1, 0)
	return int32(min(int64(z.from[i])+(goal-z.sum[i]+z.speed[i]-1)/z.speed[i], Never))
}

// depart is the latest instant from which so many units are covered until another.
func (z *Slices) depart(t int32, units int64) int32 {
	if units <= 0 {
		return t
	}
	goal := z.until(t) - units
	i := max(sort.Search(len(z.sum), func(i int) bool { return z.sum[i] > goal })-1, 0)
	if goal < z.sum[i] { // before the first
		return int32(max(-(z.sum[i]-goal+z.speed[i]-1)/z.speed[i], -Never))
	}
	return z.from[i] + int32((goal-z.sum[i])/z.speed[i])
}

// part takes what is covered between two instants off what there is to go.
func (z *Slices) part(units int64, from, to int32) int64 {
	if units <= 0 {
		return 0
	}
	return max(0, units-(z.until(to)-z.until(from)))
}

// perSecond is how many units a way has for each of its seconds.
const perSecond = 1000

// speeds are those of a shift whose routes are walked through for each insertion, because ways take longer at times or breaks
// depend on the load; nil for all others.
func (p *Problem) speeds(s *Shift) *Slices {
	if z := p.Metrics[s.Metric].Slices; z != nil {
		return z
	}
	for i := range s.Breaks {
		if s.Breaks[i].Most != nil && p.Dims > 0 {
			return p.even
		}
	}
	return nil
}

// mayRest says whether what is aboard behind stop i lets a break begin.
func (r *route) mayRest(p *Problem, i int, b *Break) bool {
	for d := range b.Most {
		if r.aboard[i*p.Dims+d] > b.Most[d] {
			return false
		}
	}
	return true
}

// timeSliced is time where the speed depends on the time of day. For each number of breaks before a stop it keeps the one way to
// get there from which what has a place next is reached first, and in pred the number of breaks at the stop before.
func (r *route) timeSliced(p *Problem, s *Shift, z *Slices) {
	n, k, breaks := len(r.stops), p.states, len(s.Breaks)
	r.units, r.pred = resized(r.units, n*k), resized(r.pred, n*k)
	for i := range r.leave[:n*k] {
		r.leave[i], r.reach[i] = Never, -Never
	}
	r.leave[0], r.units[0] = s.From, r.ahead1(p, 1)
	for i := 1; i < n; i++ {
		st := &r.stops[i]
		var work int32
		if st.node != startNode {
			work = p.work(s.Class, st.node, r.stops[i-1].place)
		}
		then := int64(0)
		if i < n-1 {
			then = r.ahead1(p, i+1)
		}
		for c := breaks; c >= 0; c-- { // where it is all the same, rests come first
			t, left := r.leave[(i-1)*k+c], r.units[(i-1)*k+c]
			for b := c; t < Never; b++ {
				var end int32
				rest := then
				if p.floats(st.node) {
					begin := next(p.Windows[st.node], t)
					rest = z.part(left, t, min(begin, Horizon))
					end = min(begin+work, Never)
				} else if end = z.arrive(t, left); st.node != startNode {
					end = min(next(p.Windows[st.node], end)+work, Never)
				}
				at := i*k + b
				if old := r.leave[at]; end < Never && (old >= Never || p.sooner(z, end, rest, old, r.units[at])) {
					r.leave[at], r.units[at], r.pred[at] = end, rest, int8(c)
				}
				if b == breaks {
					break
				}
				begin := next(s.Breaks[b].Windows, t)
				if begin >= Never || s.Breaks[b].Most != nil && !r.mayRest(p, i-1, &s.Breaks[b]) {
					break
				}
				left = z.part(left, t, begin)
				t = begin + s.Breaks[b].Length
			}
		}
	}
	if breaks == 0 {
		for i := range n {
			r.leave[i*k+1] = r.leave[i*k]
		}
	}
}

// sooner says whether whoever is free at a with so much to go is ahead of who is free at b.
func (p *Problem) sooner(z *Slices, a int32, left int64, b int32, more int64) bool {
	x, y := z.arrive(a, left), z.arrive(b, more)
	return x < y || x == y && a < b
}

// ahead1 is the way to the first stop at or behind stop i that has a place, in units.
func (r *route) ahead1(p *Problem, i int) int64 {
	return int64(r.stops[r.ahead(p, i)].way) * perSecond
}

// gap drives from stop i, left at an instant, to the next one with a place, j, with the breaks where taken has them: it tells
// when that is reached, and the seconds on the way. It notes when work between begins, and adds it to events where there are any.
func (p *Problem) gap(r *route, s *Shift, z *Slices, i, j int, now int32, events *[]Event, before int32) (arrive, seconds int32) {
	left := int64(r.stops[j].way) * perSecond
	b := 0
	if i > 0 {
		b = int(r.taken[i])
	}
	pause := func(e Event, windows []Window, length int32) {
		e.Begin = next(windows, now)
		e.Arrive = min(z.arrive(now, left), e.Begin)
		e.End = min(e.Begin+length, Never)
		seconds += e.Arrive - now
		e.Travelled = before + seconds
		left = z.part(left, now, min(e.Begin, Horizon))
		now = e.End
		if events != nil {
			*events = append(*events, e)
		}
		if e.Node != startNode {
			r.starts[i] = e.Begin
		}
	}
	for i++; ; i++ {
		for ; b < int(r.taken[i]); b++ {
			pause(Event{Node: startNode, Break: int32(b)}, s.Breaks[b].Windows, s.Breaks[b].Length)
		}
		if i == j {
			break
		}
		x := r.stops[i].node
		pause(Event{Node: x, Break: -1}, p.Windows[x], p.Service[s.Class][x])
	}
	arrive = z.arrive(now, left)
	return arrive, seconds + arrive - now
}

// drive is the whole route from leaving at an instant: when it ends, and the seconds on the way.
func (p *Problem) drive(r *route, s *Shift, z *Slices, leave int32, events *[]Event) (end, seconds int32) {
	now := leave
	for i := 0; i < len(r.stops)-1; {
		j := r.ahead(p, i+1)
		arrive, way := p.gap(r, s, z, i, j, now, events, seconds)
		seconds += way
		e := Event{Node: r.stops[j].node, Break: -1, Arrive: arrive, Begin: arrive, End: arrive, Travelled: seconds}
		if e.Node != startNode {
			e.Begin = next(p.Windows[e.Node], arrive)
			e.End = e.Begin + p.work(s.Class, e.Node, r.stops[j-1].place)
		}
		r.starts[j] = e.Begin
		now, i = e.End, j
		if events != nil {
			*events = append(*events, e)
		}
	}
	return now, seconds
}

// setOff traces a route that can be in time and finds out when it leaves: as late as it can be to end no later, with nothing
// later where that costs.
func (p *Problem) setOff(r *route, s *Shift, z *Slices) int32 {
	n, k := len(r.stops), p.states
	r.starts = resized(r.starts, n)
	b := len(s.Breaks)
	r.taken[0] = 0
	for i := n - 1; i > 0; i-- {
		r.taken[i] = int8(b)
		b = int(r.pred[i*k+b])
	}
	t, _ := p.drive(r, s, z, s.From, nil)
	if s.Begun {
		return s.From
	}
	for j := n - 1; j > 0; {
		if x := r.stops[j].node; x != startNode {
			t = last(p.Windows[x], t-p.work(s.Class, x, r.stops[j-1].place))
			if p.Due != nil && p.Due[x] != nil {
				t = min(t, r.starts[j])
			}
		}
		i := j - 1
		for p.floats(r.stops[i].node) {
			i--
		}
		first := s.From
		if x := r.stops[i].node; x != startNode {
			first = r.starts[i] + p.work(s.Class, x, r.stops[i-1].place)
		}
		t = p.leaveBy(r, s, z, i, j, first, t)
		j = i
	}
	return max(t, s.From)
}

// leaveBy is the latest that stop i can be left to be at stop j by an instant; it can at first.
func (p *Problem) leaveBy(r *route, s *Shift, z *Slices, i, j int, first, by int32) int32 {
	none := int8(0)
	if i > 0 {
		none = r.taken[i]
	}
	if i+1 == j && r.taken[j] == none {
		return max(first, z.depart(by, int64(r.stops[j].way)*perSecond))
	}
	kept := append(p.kept[:0], r.starts[i+1:j]...) // what costs does not begin later
	p.kept = kept
	lo, hi := first, max(by, first)
	for lo < hi {
		mid := lo + (hi-lo+1)/2
		arrive, _ := p.gap(r, s, z, i, j, mid, nil, 0)
		ok := arrive <= by
		for x := i + 1; x < j && ok; x++ {
			ok = p.Due == nil || p.Due[r.stops[x].node] == nil || r.starts[x] <= kept[x-i-1]
		}
		if ok {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	copy(r.starts[i+1:j], kept)
	return lo
}

// bestWalked is for a task on a shift whose ways depend on the time of day: each place is tried out.
func (p *Problem) bestWalked(r *route, s *Shift, x, y int32, b *blink, best *insertion) {
	w, z := p.Windows[x], p.speeds(s)
	for i := range len(r.stops) - 1 {
		if r.leave[i*p.states] > w[len(w)-1].To && !p.floats(r.stops[i].node) {
			break
		}
		if p.Floating == nil && !p.reaches(r, s, z, x, i, y < 0) {
			continue
		}
		until := i
		if y >= 0 {
			until = len(r.stops) - 2
		}
		for j := i; j <= until; j++ {
			cost := p.with(r, x, i, j) - r.cost()
			t := p.scratch
			if cost >= best.cost || !t.inTime(p) || !t.fits(p) || p.Uses != nil && !t.provided(p) || b.overlooks() {
				continue
			}
			best.route, best.i, best.j, best.cost = r.shift, int32(i), int32(j), cost
		}
	}
}

// reaches says whether node x could be in time behind stop i, and what comes next behind it, were there no breaks: most places are
// turned away by that already.
func (p *Problem) reaches(r *route, s *Shift, z *Slices, x int32, i int, alone bool) bool {
	t := r.leave[i*p.states]
	for b := 1; b <= len(s.Breaks); b++ {
		t = min(t, r.leave[i*p.states+b])
	}
	if t >= Never {
		return false
	}
	m, from := &p.Metrics[s.Metric], r.stops[i].place
	begin := next(p.Windows[x], z.arrive(t, int64(m.Seconds[int(from)*p.Places+int(p.Place[x])])*perSecond))
	if begin >= Never {
		return false
	}
	if !alone {
		return true
	}
	then := &r.stops[i+1]
	t = z.arrive(begin+p.work(s.Class, x, from), int64(m.Seconds[int(p.Place[x])*p.Places+int(then.place)])*perSecond)
	if then.node == startNode {
		return t <= s.To
	}
	w := p.Windows[then.node]
	return t <= w[len(w)-1].To
}

// timetableSliced is Timetable for ways that depend on the time of day.
func (p *Problem) timetableSliced(r *route, s *Shift, z *Slices) []Event {
	from := p.setOff(r, s, z)
	events := []Event{{Node: startNode, Break: -1, Arrive: from, Begin: from, End: from}}
	p.drive(r, s, z, from, &events)
	return events
}

// slow puts the seconds on the way, which depend on when the route sets off, into what its ways cost.
func (r *route) slow(p *Problem, s *Shift, m *Metric, z *Slices) {
	if r.idle(p) || r.leave[(len(r.stops)-1)*p.states+len(s.Breaks)] > s.To {
		return
	}
	r.left = p.setOff(r, s, z)
	_, seconds := p.drive(r, s, z, r.left, nil)
	for i := 1; i < len(r.stops); i++ {
		r.travel -= int64(r.stops[i].way) * m.Weight
	}
	r.travel += int64(seconds) * m.Weight
	r.seconds = int64(seconds)
}
