package core

// Work without a place lies between two stops that have one, as a rest does, and may interrupt the way between them. In the
// order of stops it stands where the stop before it is, so that it adds no way; the way from there on is told for what has a
// place next. A gap is the stretch between two stops with places.

// floats says whether a node is work without a place.
func (p *Problem) floats(node int32) bool {
	return p.Floating != nil && node != startNode && p.Floating[node]
}

// ahead is the first stop at or behind stop i that has a place.
func (r *route) ahead(p *Problem, i int) int {
	for p.floats(r.stops[i].node) {
		i++
	}
	return i
}

// amid is how far an engineer has come in a gap, for each number of breaks that were taken before it (c) and until now (b).
// Whoever has a way of d seconds to go arrives at the later of early[c] with the breaks between and d, and chain[c][b]: the way
// is travelled whenever nothing else is done.
type amid struct {
	place int32                               // of the stop before the gap
	early [MaxBreaks + 1]int32                // leaving that stop, and all work since
	chain [MaxBreaks + 1][MaxBreaks + 1]int32 // the end of the last work or break, each begun as soon as may be
}

// leave begins a gap.
func (a *amid) leave(s *Shift, place int32, leave []int32) {
	a.place = place
	for c := range len(s.Breaks) + 1 {
		a.early[c] = leave[c]
		for b := c + 1; b <= len(s.Breaks); b++ {
			a.chain[c][b] = Never
		}
		a.chain[c][c] = leave[c]
	}
}

// rests takes breaks wherever they can be taken now.
func (a *amid) rests(s *Shift, c int) {
	for b := c; b < len(s.Breaks); b++ {
		if t := a.chain[c][b]; t < Never {
			if begin := next(s.Breaks[b].Windows, t); begin < Never {
				a.chain[c][b+1] = min(a.chain[c][b+1], begin+s.Breaks[b].Length)
			}
		}
	}
}

// do does work without a place.
func (a *amid) do(p *Problem, s *Shift, x int32) {
	work := p.Service[s.Class][x]
	for c := range len(s.Breaks) + 1 {
		if a.early[c] >= Never {
			continue
		}
		a.rests(s, c)
		for b := c; b <= len(s.Breaks); b++ {
			if a.chain[c][b] < Never {
				a.chain[c][b] = min(next(p.Windows[x], a.chain[c][b])+work, Never)
			}
		}
		a.early[c] = min(a.early[c]+work, Never)
	}
}

// arrive is when the gap ends at the earliest over a way of d seconds, by breaks taken.
func (a *amid) arrive(s *Shift, d int32, at *[MaxBreaks + 1]int32) {
	for b := range len(s.Breaks) + 1 {
		at[b] = Never
	}
	for c := range len(s.Breaks) + 1 {
		t := a.early[c]
		if t >= Never {
			continue
		}
		a.rests(s, c)
		for b := c; b <= len(s.Breaks); b++ {
			if a.chain[c][b] < Never {
				at[b] = min(at[b], max(t+d, a.chain[c][b]))
			}
			if b < len(s.Breaks) {
				t = min(t+s.Breaks[b].Length, Never)
			}
		}
	}
}

// free is the earliest end of what was done last, by breaks taken.
func (a *amid) free(s *Shift, at []int32) {
	for b := range len(s.Breaks) + 1 {
		at[b] = Never
		for c := range b + 1 {
			if a.early[c] < Never {
				at[b] = min(at[b], a.chain[c][b])
			}
		}
	}
}

// pass does node x, with a place or without, and says whether that can be.
func (a *amid) pass(p *Problem, s *Shift, x int32) bool {
	some := false
	if p.floats(x) {
		a.do(p, s, x)
		for c := range len(s.Breaks) + 1 {
			for b := c; b <= len(s.Breaks) && a.early[c] < Never; b++ {
				some = some || a.chain[c][b] < Never
			}
		}
		return some
	}
	var at [MaxBreaks + 1]int32
	a.arrive(s, p.Metrics[s.Metric].Seconds[int(a.place)*p.Places+int(p.Place[x])], &at)
	work := p.work(s.Class, x, a.place)
	for b := range len(s.Breaks) + 1 {
		at[b] = min(next(p.Windows[x], at[b])+work, Never)
		some = some || at[b] < Never
	}
	a.leave(s, p.Place[x], at[:])
	return some
}

// goesOn says whether stop i of the route and all behind it is in time.
func (a *amid) goesOn(p *Problem, r *route, s *Shift, i int) bool {
	for ; p.floats(r.stops[i].node); i++ {
		a.do(p, s, r.stops[i].node)
	}
	st := &r.stops[i]
	if p.Setup != nil && st.node != startNode && p.work(s.Class, st.node, a.place) != p.work(s.Class, st.node, r.stops[i-1].place) {
		return a.pass(p, s, st.node) && a.goesOn(p, r, s, i+1)
	}
	var at [MaxBreaks + 1]int32
	a.arrive(s, p.Metrics[s.Metric].Seconds[int(a.place)*p.Places+int(st.place)], &at)
	reach := r.reach[i*p.states : (i+1)*p.states]
	for b := range len(s.Breaks) + 1 {
		if at[b] <= reach[b] {
			return true
		}
	}
	return false
}

// bestAmid is bestJob and bestPair where some work has no place.
func (p *Problem) bestAmid(r *route, s *Shift, x, y int32, fixed int64, b *blink, best *insertion) {
	m := &p.Metrics[s.Metric]
	if r.idle(p) {
		fixed += p.wayCost(m, r.stops[0].place, r.stops[1].place)
	}
	at := p.gaps
	for i := range len(r.stops) - 1 {
		if st := &r.stops[i]; p.floats(st.node) {
			at[0].do(p, s, st.node)
		} else {
			at[0].leave(s, st.place, r.leave[i*p.states:])
		}
		cost := fixed + p.amidCost(m, r.stops[i].place, x, r.stops[r.ahead(p, i+1)].place)
		if y < 0 && p.Site != nil {
			cost += p.visitWith(r, x, i)
		}
		if y < 0 && cost >= best.cost {
			continue
		}
		if at[1] = at[0]; !at[1].pass(p, s, x) || p.Uses != nil && !p.stocked(r, s, x, i, nil) {
			continue
		}
		if y < 0 {
			if at[1].goesOn(p, r, s, i+1) && (p.Dims == 0 || p.loads(r, s, x, i)) && p.inRange(r, s, i, i, x, -1) {
				p.offer(r, x, i, i, cost, b, best)
			}
			continue
		}
		for j := i; j < len(r.stops)-1; j++ {
			if j > i && !at[1].pass(p, s, r.stops[j].node) || !p.roomFor(r, s, x, j) {
				break
			}
			behind := r.stops[r.ahead(p, j+1)].place
			both := cost + p.amidCost(m, at[1].place, y, behind)
			if p.Site != nil {
				both += p.visitsWith(r, x, y, i, j)
			}
			if both >= best.cost {
				continue
			}
			if at[2] = at[1]; at[2].pass(p, s, y) && at[2].goesOn(p, r, s, j+1) && p.bothStocked(r, s, x, y, i, j) && p.carriesBoth(r, s, x, y, i, j) && p.inRange(r, s, i, j, x, y) {
				p.offer(r, x, i, j, both, b, best)
			}
		}
	}
}

// amidCost is what the way over a node costs more than the direct one.
func (p *Problem) amidCost(m *Metric, from, x, to int32) int64 {
	if p.floats(x) {
		return 0
	}
	return p.detour(m, from, p.Place[x], to)
}

// inRange is within for nodes with a place or without; y is -1 for none.
func (p *Problem) inRange(r *route, s *Shift, i, j int, x, y int32) bool {
	if !s.ranged() {
		return true
	}
	w := p.scratch
	w.shift, w.stops, w.trip = r.shift, append(w.stops[:0], r.stops...), r.trip
	if y >= 0 {
		w.insert(p, y, j)
	}
	w.insert(p, x, i)
	w.settle(p)
	w.reckon(p, &p.Metrics[s.Metric])
	return (s.MaxTravel == 0 || w.seconds <= s.MaxTravel) && (s.MaxMetres == 0 || w.metres <= s.MaxMetres)
}

// settle gives work without a place that of the stop before it.
func (r *route) settle(p *Problem) {
	for i := 1; i < len(r.stops); i++ {
		if p.floats(r.stops[i].node) {
			r.stops[i].place = r.stops[i-1].place
		}
	}
}

// timeAmid is time where some work has no place.
func (r *route) timeAmid(p *Problem, s *Shift) {
	n, k := len(r.stops), p.states
	breaks := len(s.Breaks)
	for i := range r.leave[:n*k] {
		r.leave[i], r.reach[i] = Never, -Never
	}
	r.leave[0] = s.From
	r.reach[(n-1)*k+breaks] = s.To
	a := &p.gaps[3]
	a.leave(s, r.stops[0].place, r.leave)
	var at [MaxBreaks + 1]int32
	for i := 1; i < n; i++ {
		st := &r.stops[i]
		if p.floats(st.node) {
			a.do(p, s, st.node)
			a.free(s, r.leave[i*k:])
			continue
		}
		a.arrive(s, st.way, &at)
		for b := range breaks + 1 {
			if st.node != startNode {
				at[b] = min(next(p.Windows[st.node], at[b])+p.work(s.Class, st.node, a.place), Never)
			}
			r.leave[i*k+b] = at[b]
		}
		a.leave(s, st.place, at[:])
	}
	for i := n - 1; i > 0; {
		from := i - 1
		for p.floats(r.stops[from].node) {
			from--
		}
		r.late(p, s, from, i, &at)
		if st := &r.stops[from]; st.node != startNode {
			work := p.work(s.Class, st.node, r.stops[from-1].place)
			for b := range breaks + 1 {
				if at[b] > -Never {
					at[b] = last(p.Windows[st.node], at[b]-work)
				}
			}
		}
		copy(r.reach[from*k:], at[:breaks+1])
		i = from
	}
	if breaks == 0 {
		for i := range n {
			r.leave[i*k+1], r.reach[i*k+1] = r.leave[i*k], r.reach[i*k]
		}
	}
}

// late is the latest that stop from can be left, by breaks taken, for stop to to be reached in time, over the gap between them.
func (r *route) late(p *Problem, s *Shift, from, to int, leave *[MaxBreaks + 1]int32) {
	k, breaks := p.states, len(s.Breaks)
	var begin [MaxBreaks + 1]int32 // the latest, by breaks taken, at which what comes next can begin
	for c := range breaks + 1 {
		leave[c] = -Never
	}
	for b := range breaks + 1 {
		t := r.reach[to*k+b]
		if t <= -Never {
			continue
		}
		left := t - r.stops[to].way // the latest to leave for the way and the work on it
		for c := range b {
			begin[c] = -Never
		}
		begin[b] = t
		for i := to - 1; i >= from; i-- {
			for c := b; c > 0; c-- {
				if begin[c] > -Never {
					begin[c-1] = max(begin[c-1], last(s.Breaks[c-1].Windows, begin[c]-s.Breaks[c-1].Length))
				}
			}
			if i == from {
				break
			}
			x := r.stops[i].node
			work := p.Service[s.Class][x]
			left = max(left-work, -Never)
			for c := range b + 1 {
				if begin[c] > -Never {
					begin[c] = last(p.Windows[x], begin[c]-work)
				}
			}
		}
		for c := b; c >= 0; c-- {
			if begin[c] > -Never {
				leave[c] = max(leave[c], min(left, begin[c]))
			}
			if c > 0 {
				left = max(left-s.Breaks[c-1].Length, -Never)
			}
		}
	}
}

// traceAmid is trace where some work has no place. It notes when everything begins as well.
func (p *Problem) traceAmid(r *route, s *Shift) {
	n, k := len(r.stops), p.states
	b := len(s.Breaks)
	r.taken[0] = 0
	a := &p.gaps[3]
	var alone, at [MaxBreaks + 1]int32
	for i := n - 1; i > 0; {
		from := i - 1
		for p.floats(r.stops[from].node) {
			from--
		}
		st := &r.stops[i]
		for c := b; c >= 0; c-- {
			for o := range alone {
				alone[o] = Never
			}
			if alone[c] = r.leave[from*k+c]; alone[c] >= Never {
				continue
			}
			a.leave(s, r.stops[from].place, alone[:])
			for x := from + 1; x < i; x++ {
				a.do(p, s, r.stops[x].node)
				copy(r.leave[x*k:], a.chain[c][:len(s.Breaks)+1]) // for the way back
			}
			a.arrive(s, st.way, &at)
			t := at[b]
			if st.node != startNode {
				t = min(next(p.Windows[st.node], t)+p.work(s.Class, st.node, r.stops[from].place), Never)
			}
			if t > r.leave[i*k+b] {
				continue
			}
			r.split(p, s, from, i, c, b)
			b = c
			break
		}
		i = from
	}
	r.starts = resized(r.starts, n)
	now, b, rest := s.From, 0, int32(0)
	for i := 1; i < n; i++ {
		st := &r.stops[i]
		if !p.floats(r.stops[i-1].node) {
			rest = r.stops[r.ahead(p, i)].way
		}
		for ; b < int(r.taken[i]); b++ {
			begin := next(s.Breaks[b].Windows, now)
			rest = max(0, rest-(begin-now))
			now = begin + s.Breaks[b].Length
		}
		switch {
		case p.floats(st.node):
			begin := next(p.Windows[st.node], now)
			rest = max(0, rest-(begin-now))
			r.starts[i] = begin
			now = begin + p.Service[s.Class][st.node]
		case st.node == startNode:
			r.starts[i] = now + rest
		default:
			r.starts[i] = next(p.Windows[st.node], now+rest)
			now = r.starts[i] + p.work(s.Class, st.node, r.stops[i-1].place)
		}
	}
}

// split notes before which work of a gap the breaks from c to b are taken, so that all of it ends as early as it can. In leave
// are the ends of the work of the gap for whoever had taken c before it.
func (r *route) split(p *Problem, s *Shift, from, to, c, b int) {
	k := p.states
	r.taken[to] = int8(b)
	for i := to - 1; i > from; i-- {
		// The earliest end of work and breaks behind stop i, and with how many taken before it.
		best, with := int32(Never), b
		for o := b; o >= c; o-- {
			t := r.leave[i*k+o]
			for x := o; x < b && t < Never; x++ {
				if t = next(s.Breaks[x].Windows, t); t < Never {
					t += s.Breaks[x].Length
				}
			}
			if t < best {
				best, with = t, o
			}
		}
		b = with
		r.taken[i] = int8(b)
	}
}

// meanWay is half of the mean way there and back.
func (p *Problem) meanWay() uint64 {
	var sum, n uint64
	if len(p.Metrics) == 0 {
		return 0
	}
	for _, way := range p.Metrics[0].Seconds {
		if way > 0 && way < Horizon {
			sum += uint64(way)
			n++
		}
	}
	return sum / max(n, 1)
}
