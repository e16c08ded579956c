package core

import "slices"

// mostPooled is how many routes a pool holds. When it is full, those with the most excess make room.
const mostPooled = 20_000

// When routes are recombined: first at this share of the budget, then each time this share more of it is spent, but not before
// so many rounds have passed.
const (
	firstPooled = 0.2
	eachPooled  = 0.05
	restPooled  = 2000
	nearPooled  = 1.02 // plans whose cost is so near to that of the best give their routes
)

// column is a route that a good plan had: a choice of a shift.
type column struct {
	shift int32
	trip  int32
	nodes []int32 // in order, counters among them
	tasks []int32
	cost  int64
}

// pool keeps routes of good plans, of all with the same tasks in the same shift the cheapest.
type pool struct {
	p       *Problem
	columns []column
	index   map[uint64]int32 // by shift and tasks
	seen    []uint32         // by shift, the stamp of the route that was taken last
	epoch   int
	fresh   int // columns that came since the last recombination
}

func newPool(p *Problem) *pool {
	return &pool{p: p, index: map[uint64]int32{}, seen: make([]uint32, len(p.Shifts))}
}

// full says whether there is no room for more.
func (l *pool) full() bool { return len(l.columns) >= mostPooled }

// take keeps the routes of a plan that it has not taken before.
func (l *pool) take(s *state) {
	if l.epoch != s.epoch {
		l.epoch = s.epoch
		clear(l.seen)
	}
	for i, r := range s.routes {
		if l.seen[i] == r.stamp || l.full() {
			continue
		}
		l.seen[i] = r.stamp
		if !r.empty() {
			l.add(r)
		}
	}
}

func (l *pool) add(r *route) {
	k := l.key(r.shift, nil)
	for _, st := range r.stops[1 : len(r.stops)-1] {
		if t := l.p.starts(st.node); t >= 0 {
			k += NewRand(uint64(t)).next()
		}
	}
	at, known := l.index[k]
	cost := r.cost()
	if known && l.columns[at].cost <= cost {
		return
	}
	if !known {
		at = int32(len(l.columns))
		l.index[k] = at
		l.columns = append(l.columns, column{shift: r.shift})
	}
	c := &l.columns[at]
	c.cost, c.trip = cost, r.trip
	c.nodes, c.tasks = c.nodes[:0], c.tasks[:0]
	for _, st := range r.stops[1 : len(r.stops)-1] {
		c.nodes = append(c.nodes, st.node)
		if t := l.p.starts(st.node); t >= 0 {
			c.tasks = append(c.tasks, t)
		}
	}
	l.fresh++
}

// key is the same for routes of one shift with the same tasks, in whatever order.
func (l *pool) key(shift int32, tasks []int32) uint64 {
	k := NewRand(1<<40 + uint64(shift)).next()
	for _, t := range tasks {
		k += NewRand(uint64(t)).next()
	}
	return k
}

// starts is the task of which a node is the only stop or the first; -1 for the second and for counters.
func (p *Problem) starts(node int32) int32 {
	if t := p.Task[node]; t >= 0 && p.Second[t] != node {
		return t
	}
	return -1
}

// shrink leaves the half with the least excess, and those that were chosen.
func (l *pool) shrink(excess []int64, chosen []int32) {
	order := make([]int32, len(l.columns))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int {
		switch {
		case excess[a] < excess[b]:
			return -1
		case excess[a] > excess[b]:
			return 1
		}
		return 0
	})
	stays := make([]bool, len(order))
	for _, i := range append(order[:len(order)/2:len(order)/2], chosen...) {
		stays[i] = true
	}
	k := 0
	for i := range l.columns {
		if stays[i] {
			l.columns[k] = l.columns[i]
			k++
		}
	}
	clear(l.columns[k:])
	l.columns = l.columns[:k]
	clear(l.index)
	for i := range l.columns {
		l.index[l.key(l.columns[i].shift, l.columns[i].tasks)] = int32(i)
	}
}

// recombine looks for a plan of pooled routes that is better than the best one, and goes on from it.
func (q *Search) recombine(w weights) {
	l := q.pool
	if l.fresh == 0 {
		return
	}
	l.fresh = 0
	c := newCover(l, q.penalties(w), func() bool { return q.budget.spent(q.Iterations) >= 1 })
	c.dual(q.best)
	found := c.search()
	chosen := make([]column, 0, len(found))
	for _, i := range found {
		chosen = append(chosen, l.columns[i])
	}
	if l.full() {
		l.shrink(c.excess, found)
	}
	if len(found) > 0 {
		q.adopt(chosen)
	}
}

// penalties are what it costs to leave a task undone.
func (q *Search) penalties(w weights) []int64 {
	out := make([]int64, q.p.Tasks())
	most := int64(1<<60) / int64(len(out)+1) // so that all of them can be added up
	for t := range out {
		if q.p.Levels {
			out[t] = int64(min(w.absent+float64(w.priority*float64(q.p.Priority[t])), float64(most)))
		} else {
			out[t] = min(q.p.Drop[t], most)
		}
	}
	return out
}

// adopt makes routes the plan, one for each shift that has any, and keeps it when it is better than the best one.
func (q *Search) adopt(routes []column) {
	s := q.s
	of := make([]*column, len(q.p.Shifts))
	for i := range routes {
		of[routes[i].shift] = &routes[i]
	}
	for i, r := range s.routes {
		if of[i] != nil && r.has(of[i].nodes) {
			of[i] = nil
			continue
		}
		var tasks []int32
		for _, st := range r.stops[1 : len(r.stops)-1] {
			if t := q.p.starts(st.node); t >= 0 {
				tasks = append(tasks, t)
			}
		}
		if len(tasks) > 0 {
			s.remove(int32(i), tasks)
		}
	}
	for i, c := range of {
		if c != nil {
			s.lay(int32(i), c.nodes, c.trip)
		}
	}
	for _, t := range slices.Clone(s.absent) {
		if in := q.recreate.best(s, t, nil); in.route >= 0 && (q.p.Levels || in.cost <= q.p.Drop[t]) {
			s.put(t, in)
		}
	}
	if !s.value().less(q.worth) {
		s.undo()
		return
	}
	s.keep()
	q.note()
	q.pool.take(s)
}

// has says whether a route has these nodes in this order.
func (r *route) has(nodes []int32) bool {
	if len(r.stops) != len(nodes)+2 {
		return false
	}
	for i, x := range nodes {
		if r.stops[i+1].node != x {
			return false
		}
	}
	return true
}

// lay gives an empty route these nodes, with a trip if counters are among them, but for tasks that others do. When that
// is not possible the route stays empty.
func (s *state) lay(shift int32, nodes []int32, trip int32) {
	p, r := s.p, newRoute(s.p, shift)
	left := false
	for _, x := range nodes {
		if t := p.Task[x]; t < 0 || s.at[t] < 0 {
			r.insert(p, x, len(r.stops)-2)
		} else {
			left = true
		}
	}
	r.trip = trip
	r.refresh(p)
	if p.Uses != nil {
		if left {
			r.again(p)
		}
		if !r.provided(p) {
			return
		}
	}
	if !r.inTime(p) || !r.fits(p) {
		return
	}
	mine := s.touch(shift)
	s.discount(mine)
	mine.set(r)
	s.stamp(mine)
	s.count(mine)
	for _, st := range r.stops[1 : len(r.stops)-1] {
		if t := p.starts(st.node); t >= 0 {
			s.at[t] = shift
			s.takeIn(t)
		}
	}
}
