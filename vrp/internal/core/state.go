package core

// state is a plan with what the search asks of it, and what it takes to go back to the plan before.
type state struct {
	p      *Problem
	routes []*route
	at     []int32 // by task, the shift that does it, -1 for none
	absent []int32 // tasks that nobody does
	where  []int32 // by task, its index in absent

	cost     int64 // of the routes
	priority int64 // of what is absent
	drop     int64 // of what is absent
	nodes    int   // in routes
	used     int   // routes that are not empty

	touched []int32  // shifts whose route was changed since the last keep
	old     []*route // by shift, the route before it was changed
	spare   []*route
	out     []int32 // tasks that were absent at the last keep
	stamps  uint32  // the last that was given out
	epoch   int     // how often they began again
	cache   *cache
	sharing sharing
}

func newState(p *Problem) *state {
	s := &state{p: p, at: make([]int32, p.Tasks()), where: make([]int32, p.Tasks()), old: make([]*route, len(p.Shifts)), cache: newCache(p)}
	for i := range p.Shifts {
		r := newRoute(p, int32(i))
		s.stamp(r)
		s.routes = append(s.routes, r)
	}
	for t := range p.Tasks() {
		s.at[t] = -1
		s.where[t] = -1
		if len(p.Able[t]) > 0 { // nobody misses what nobody could do
			s.leaveOut(int32(t))
		}
	}
	if p.Share != nil {
		s.beginShares()
	}
	for _, r := range s.routes {
		s.count(r)
	}
	s.keep()
	return s
}

// touch readies the route of a shift for a change.
func (s *state) touch(shift int32) *route {
	r := s.routes[shift]
	if s.old[shift] != nil {
		return r
	}
	var fresh *route
	if n := len(s.spare); n > 0 {
		fresh, s.spare = s.spare[n-1], s.spare[:n-1]
	} else {
		fresh = &route{}
	}
	fresh.set(r)
	s.old[shift], s.routes[shift] = r, fresh
	s.touched = append(s.touched, shift)
	return fresh
}

// count adds a route to the sums, discount takes it out.
func (s *state) count(r *route) {
	s.cost += r.cost()
	s.nodes += r.nodes()
	if s.p.Share != nil {
		s.share(r, 1)
	}
	if !r.empty() {
		s.used++
	}
}

func (s *state) discount(r *route) {
	s.cost -= r.cost()
	s.nodes -= r.nodes()
	if s.p.Share != nil {
		s.share(r, -1)
	}
	if !r.empty() {
		s.used--
	}
}

func (s *state) leaveOut(t int32) {
	s.where[t] = int32(len(s.absent))
	s.absent = append(s.absent, t)
	s.priority += s.p.Priority[t]
	s.drop += s.p.Drop[t]
}

func (s *state) takeIn(t int32) {
	i, end := s.where[t], len(s.absent)-1
	s.absent[i] = s.absent[end]
	s.where[s.absent[i]] = i
	s.absent = s.absent[:end]
	s.where[t] = -1
	s.priority -= s.p.Priority[t]
	s.drop -= s.p.Drop[t]
}

// ways is what the ways of all routes cost, with the hours on them where hours are priced.
func (s *state) ways() float64 {
	var sum float64
	for _, r := range s.routes {
		if r.idle(s.p) {
			continue
		}
		sum += float64(r.travel)
		rates := &s.p.Shifts[r.shift].Rates
		if hour := rates.Duration + rates.Paid; hour > 0 {
			for _, st := range r.stops {
				sum += float64(hour) * float64(st.way)
			}
		}
	}
	return sum
}

// stamp marks a route as changed.
func (s *state) stamp(r *route) {
	if s.stamps++; s.stamps == 0 { // after all numbers, the old ones come again
		s.epoch++
		s.cache.clear()
		if s.p.fetching != nil {
			clear(s.p.fetching.of)
		}
		for _, o := range s.routes {
			s.stamps++
			o.stamp = s.stamps
		}
		for _, o := range s.old {
			if o != nil {
				s.stamps++
				o.stamp = s.stamps
			}
		}
		s.stamps++
	}
	r.stamp = s.stamps
}

// put does what an insertion says.
func (s *state) put(t int32, in insertion) {
	r := s.touch(in.route)
	s.discount(r)
	if in.trip > 0 {
		r.unfetch(s.p)
		r.fetch(s.p, in.trip-1, int(in.at))
	}
	if y := s.p.Second[t]; y >= 0 {
		r.insert(s.p, y, int(in.j))
	}
	x := s.p.First[t]
	if in.alt {
		x = s.p.Alt[t]
	}
	r.insert(s.p, x, int(in.i))
	r.refresh(s.p)
	s.stamp(r)
	s.count(r)
	s.at[t] = in.route
	s.takeIn(t)
}

// adopt gives an empty route this order of nodes if it keeps to all rules.
func (s *state) adopt(shift int32, nodes []int32) bool {
	p, r := s.p, newRoute(s.p, shift)
	up := map[int32]bool{}
	for _, x := range nodes {
		t := p.Task[x]
		if t < 0 { // where to fetch is found again
			continue
		}
		second := p.Second[t] == x
		if up[x] || second && !up[p.First[t]] || s.at[t] >= 0 || !p.able(t, shift) {
			return false
		}
		up[x] = true
		r.insert(p, x, len(r.stops)-2)
	}
	for x := range up {
		if y := p.Second[p.Task[x]]; y >= 0 && !up[y] {
			return false
		}
	}
	r.refresh(p)
	if p.Uses != nil {
		if r.again(p); !r.provided(p) {
			return false
		}
	}
	if !r.inTime(p) || !r.fits(p) {
		return false
	}
	mine := s.touch(shift)
	s.discount(mine)
	mine.set(r)
	s.stamp(mine)
	s.count(mine)
	for _, x := range nodes {
		if t := p.Task[x]; t >= 0 && p.Second[t] != x {
			s.at[t] = shift
			s.takeIn(t)
		}
	}
	return true
}

// remove takes tasks out of a route. Without a stop on the way the next may be farther, and setup is no longer
// spared: when the rest of the route is late for that, all of it goes too, and is appended to gone.
func (s *state) remove(shift int32, gone []int32) []int32 {
	r := s.touch(shift)
	s.discount(r)
	s.clearOut(r, gone)
	if !r.inTime(s.p) || s.p.Shifts[shift].ranged() && !r.fits(s.p) { // a way past may be longer
		from := len(gone)
		for _, st := range r.stops[1 : len(r.stops)-1] {
			if t := s.p.Task[st.node]; t >= 0 && s.p.Second[t] != st.node {
				gone = append(gone, t)
			}
		}
		s.clearOut(r, gone[from:])
	}
	s.stamp(r)
	s.count(r)
	return gone
}

func (s *state) clearOut(r *route, gone []int32) {
	for _, t := range gone {
		s.at[t] = -1
		s.leaveOut(t)
	}
	r.keep(func(node int32) bool { return s.p.Task[node] < 0 || s.at[s.p.Task[node]] >= 0 })
	r.refresh(s.p)
	if s.p.Uses != nil {
		r.again(s.p)
	}
}

// keep makes what was done since the last keep the plan.
func (s *state) keep() {
	for _, shift := range s.touched {
		s.spare = append(s.spare, s.old[shift])
		s.old[shift] = nil
	}
	s.touched = s.touched[:0]
	s.out = append(s.out[:0], s.absent...)
}

// undo goes back to the plan at the last keep.
func (s *state) undo() {
	for _, shift := range s.touched {
		r := s.routes[shift]
		s.discount(r)
		for _, st := range r.stops[1 : len(r.stops)-1] {
			if t := s.p.Task[st.node]; t >= 0 {
				s.at[t] = -1
			}
		}
		s.spare = append(s.spare, r)
	}
	for _, shift := range s.touched {
		r := s.old[shift]
		s.old[shift], s.routes[shift] = nil, r
		s.count(r)
		for _, st := range r.stops[1 : len(r.stops)-1] {
			if t := s.p.Task[st.node]; t >= 0 {
				s.at[t] = shift
			}
		}
	}
	s.touched = s.touched[:0]
	for _, t := range s.absent {
		s.where[t] = -1
	}
	s.absent = s.absent[:0]
	s.priority, s.drop = 0, 0
	for _, t := range s.out {
		s.leaveOut(t)
	}
}

// value is what a plan is worth, in the order in which the problem compares.
type value struct {
	priority int64
	absent   int
	cost     int64
}

func (s *state) value() value {
	if s.p.Levels {
		return value{s.priority, len(s.absent), s.cost}
	}
	return value{cost: s.cost + s.drop}
}

func (v value) less(o value) bool {
	if v.priority != o.priority {
		return v.priority < o.priority
	}
	if v.absent != o.absent {
		return v.absent < o.absent
	}
	return v.cost < o.cost
}
