package core

// maxCost is more than anything costs.
const maxCost = int64(1) << 60

// insertion is a place for a task: its first node behind stop i of the route, its second behind stop j of the route as it
// is without the first. Cost is what it adds; route is -1 when there is none.
type insertion struct {
	route int32
	i, j  int32
	alt   bool // the job's other node
	cost  int64
	// The trip, plus 1, that replaces those of the route before, behind its stop at without them; 0 is none, else i and j
	// are counted in the route with it.
	trip, at int32
}

// blink makes the search overlook a good place now and then.
type blink struct {
	rand *Rand
	rate uint64 // of 2^64
}

func (b *blink) overlooks() bool { return b != nil && b.rand.next() < b.rate }

// bestIn is the cheapest place for the task in the route, of those that cost less than bound.
func (p *Problem) bestIn(r *route, t int32, bound int64, b *blink) insertion {
	s := &p.Shifts[r.shift]
	best := insertion{route: -1, cost: bound}
	p.bestAs(r, s, t, b, &best)
	if p.Uses != nil {
		p.bestFetching(r, s, t, b, &best)
	}
	return best
}

// bestAs is bestIn with what the route fetches as it is.
func (p *Problem) bestAs(r *route, s *Shift, t int32, b *blink, best *insertion) {
	var fixed int64
	if p.Assign != nil {
		fixed = p.Assign[int(t)*len(p.Shifts)+int(r.shift)]
	}
	if r.idle(p) {
		fixed += s.Activation
	}
	if p.Second[t] >= 0 {
		switch {
		case s.MaxNodes > 0 && r.nodes()+2 > int(s.MaxNodes):
		case p.speeds(s) != nil:
			p.bestWalked(r, s, p.First[t], p.Second[t], b, best)
		case p.Floating != nil:
			p.bestAmid(r, s, p.First[t], p.Second[t], fixed, b, best)
		default:
			p.bestPair(r, s, t, fixed, b, best)
		}
		return
	}
	if s.MaxNodes > 0 && r.nodes() >= int(s.MaxNodes) {
		return
	}
	p.bestNode(r, s, p.First[t], fixed, b, best)
	if p.Alt != nil && p.Alt[t] >= 0 && p.AltShift[t] == r.shift {
		other := insertion{route: -1, cost: best.cost, alt: true}
		if p.bestNode(r, s, p.Alt[t], fixed-p.AltSaves[t], b, &other); other.route >= 0 {
			*best = other
		}
	}
}

func (p *Problem) bestNode(r *route, s *Shift, x int32, fixed int64, b *blink, best *insertion) {
	switch {
	case p.speeds(s) != nil:
		p.bestWalked(r, s, x, -1, b, best)
	case p.Floating != nil:
		p.bestAmid(r, s, x, -1, fixed, b, best)
	case p.plain && (!p.timed || p.segmented(s)):
		p.bestPlain(r, s, x, fixed, b, best)
	default:
		p.bestJob(r, s, x, fixed, b, best)
	}
}

// bestPlain is for one node of a plain problem: it is asked more often than all else.
func (p *Problem) bestPlain(r *route, s *Shift, x int32, fixed int64, b *blink, best *insertion) {
	m := &p.Metrics[s.Metric]
	row := int(p.Place[x]) * p.Places
	from, to := m.Seconds[row:row+p.Places], m.SecondsT[row:row+p.Places]
	w, work := p.Windows[x][0], p.Service[s.Class][x]
	rest := restOf(s)
	stops := r.stops
	leave, reach := r.leave[:2*len(stops)], r.reach[:2*len(stops)]
	bound := best.cost - fixed
	even := m.even()
	idle := r.idle(p) // the ways of such a route cost nothing
	if idle {
		bound = best.cost
	}
	for i := 1; i < len(stops); i++ {
		t0 := leave[2*i-2]
		if t0 > w.To {
			break
		}
		l1 := reach[2*i+1]
		if l1 < w.From+work {
			continue
		}
		d1, d2 := to[stops[i-1].place], from[stops[i].place]
		cost := int64(d1+d2-stops[i].way) * m.Weight
		if !even {
			cost = p.detour(m, stops[i-1].place, p.Place[x], stops[i].place)
		}
		if idle {
			cost += fixed + p.wayCost(m, stops[0].place, stops[1].place)
		}
		if cost >= bound {
			continue
		}
		a0, a1 := rest.over(t0, leave[2*i-1], d1)
		a0, a1 = begin(w, a0)+work, begin(w, a1)+work
		if !(a0+d2 <= reach[2*i] || a1+d2 <= l1 || a0 <= rest.to && max(a0+d2, rest.from)+rest.length <= l1) {
			continue
		}
		if p.timed {
			if cost += r.hoursWith(p, s, x, i-1, d1, d2); cost >= bound {
				continue
			}
		}
		if p.Site != nil {
			if cost += p.visitWith(r, x, i-1); cost >= bound {
				continue
			}
		}
		if p.Dims > 0 && !p.loads(r, s, x, i-1) || p.Uses != nil && !p.stocked(r, s, x, i-1, nil) || s.ranged() && !p.within(r, s, i-1, i-1, p.Place[x]) || b.overlooks() {
			continue
		}
		bound = cost
		best.route, best.i = r.shift, int32(i-1)
	}
	if best.route >= 0 {
		best.cost = bound
		if !idle {
			best.cost += fixed
		}
	}
}

// bestJob is for one node of any problem.
func (p *Problem) bestJob(r *route, s *Shift, x int32, fixed int64, b *blink, best *insertion) {
	m := &p.Metrics[s.Metric]
	k, breaks := p.states, len(s.Breaks)
	place := p.Place[x]
	row := int(place) * p.Places
	from, to := m.Seconds[row:row+p.Places], m.SecondsT[row:row+p.Places]
	w, work := p.Windows[x], p.Service[s.Class][x]
	if r.idle(p) {
		fixed += p.wayCost(m, r.stops[0].place, r.stops[1].place)
	}
	var at [MaxBreaks + 1]int32
	for i := range len(r.stops) - 1 {
		if r.leave[i*k] > w[len(w)-1].To { // with fewer breaks nobody leaves later
			break
		}
		if r.reach[(i+1)*k+breaks] < w[0].From+work && p.Setup == nil { // with more breaks taken there is more time
			continue
		}
		a, z := &r.stops[i], &r.stops[i+1]
		cost := fixed
		if m.even() {
			cost += int64(to[a.place]+from[z.place]-z.way) * m.Weight
		} else {
			cost += p.detour(m, a.place, place, z.place)
		}
		if p.Site != nil {
			cost += p.visitWith(r, x, i)
		}
		if cost >= best.cost {
			continue
		}
		copy(at[:], r.leave[i*k:(i+1)*k])
		if !p.pass(s, x, a.place, &at) || !p.joins(r, s, i+1, place, &at) {
			continue
		}
		if p.Due != nil && p.Due[x] != nil && cost+p.Due[x].late(at[0]-p.work(s.Class, x, a.place)) >= best.cost {
			continue // its own lateness at the least, before that of others
		}
		if p.Dims > 0 && !p.loads(r, s, x, i) || p.Uses != nil && !p.stocked(r, s, x, i, nil) || s.ranged() && !p.within(r, s, i, i, place) {
			continue
		}
		p.offer(r, x, i, i, cost, b, best)
	}
}

// pass turns the earliest instants of leaving a place into those of leaving node x after it, and says whether there is one.
func (p *Problem) pass(s *Shift, x, place int32, at *[MaxBreaks + 1]int32) bool {
	var arrive [MaxBreaks + 1]int32
	arrivals(s.Breaks, at[:], p.Metrics[s.Metric].Seconds[int(place)*p.Places+int(p.Place[x])], &arrive)
	work, some := p.work(s.Class, x, place), false
	for b := range len(s.Breaks) + 1 {
		at[b] = min(next(p.Windows[x], arrive[b])+work, Never)
		some = some || at[b] < Never
	}
	return some
}

// joins says whether stop i of the route and all behind it is in time for someone who leaves place at the instants given.
func (p *Problem) joins(r *route, s *Shift, i int, place int32, at *[MaxBreaks + 1]int32) bool {
	st := &r.stops[i]
	reach := r.reach[i*p.states : (i+1)*p.states]
	var arrive [MaxBreaks + 1]int32
	arrivals(s.Breaks, at[:], p.Metrics[s.Metric].Seconds[int(place)*p.Places+int(st.place)], &arrive)
	var more int32 // what the stop needs longer than reach knows, or less
	if p.Setup != nil && st.node != startNode {
		more = p.work(s.Class, st.node, place) - p.work(s.Class, st.node, r.stops[i-1].place)
	}
	if more != 0 {
		// The latest arrival was worked out for another length of work: ask the stop behind.
		leave := *at
		return p.pass(s, st.node, place, &leave) && p.joins(r, s, i+1, st.place, &leave)
	}
	for b := range len(s.Breaks) + 1 {
		if arrive[b] <= reach[b] {
			return true
		}
	}
	return false
}

// detour is what the way over via costs more than the direct one.
func (p *Problem) detour(m *Metric, from, via, to int32) int64 {
	return p.wayCost(m, from, via) + p.wayCost(m, via, to) - p.wayCost(m, from, to)
}

func (p *Problem) wayCost(m *Metric, from, to int32) int64 {
	at := int(from)*p.Places + int(to)
	switch {
	case m.Cost != nil:
		return m.Cost[at]
	case m.PerMetre != 0:
		return int64(m.Seconds[at])*m.Weight + int64(m.Metres[at])*m.PerMetre
	}
	return int64(m.Seconds[at]) * m.Weight
}

// even says whether a way costs what its seconds do and nothing else.
func (m *Metric) even() bool { return m.Cost == nil && m.PerMetre == 0 }

// loads says whether the van has room for job x behind stop i.
func (p *Problem) loads(r *route, s *Shift, x int32, i int) bool {
	for d, room := range s.Capacity[:p.Dims] {
		takes, brings := p.Takes[int(x)*p.Dims+d], p.Brings[int(x)*p.Dims+d]
		if takes > 0 && r.before[i*p.Dims+d]+takes > room || brings > 0 && r.after[i*p.Dims+d]+brings > room {
			return false
		}
	}
	return true
}
