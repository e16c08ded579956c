package core

import (
	"cmp"
	"slices"
)

// Use is what a node takes from what the engineer has along: so much of an item, or, with an amount of 0, the item
// itself, such as a tool, which stays.
type Use struct {
	Item   int32
	Amount int64
}

// Counter is a place where items are fetched: a node that is no task's, and whether it has each item. Of what it has
// nothing runs out: from there on the engineer has enough of it.
type Counter struct {
	Node int32
	Has  []bool
}

// A trip is what a route does to fetch: it stops at one counter, or, where none has everything, at two on end. A route
// makes one trip, placed anew when that is cheaper.
const maxTrips = 256

// tripSet is a set of trips.
type tripSet [maxTrips / 64]uint64

func (a *tripSet) and(b *tripSet) {
	for i := range a {
		a[i] &= b[i]
	}
}

func (a *tripSet) add(trip int) { a[trip/64] |= 1 << (trip % 64) }

func (a *tripSet) has(trip int) bool { return a[trip/64]>>(trip%64)&1 != 0 }

// fetching is what is known of trips; nil where nothing can be fetched and nothing is used.
type fetching struct {
	trips   [][]int32 // nodes
	singles tripSet
	all     tripSet
	with    []tripSet // by item, the trips that have it
	of      []trying  // by shift
	spare   trying
}

// MaxCounters is how many counters there may be.
const MaxCounters = maxTrips / 2

// sealTrips lists the trips: each counter, and pairs of them as far as there is room.
func (p *Problem) sealTrips() {
	if p.Uses == nil {
		return
	}
	f := &fetching{with: make([]tripSet, p.Items), of: make([]trying, len(p.Shifts))}
	p.fetching = f
	put := func(counters ...int) {
		var nodes []int32
		for _, c := range counters {
			nodes = append(nodes, p.Counters[c].Node)
			for item, has := range p.Counters[c].Has {
				if has {
					f.with[item].add(len(f.trips))
				}
			}
		}
		f.all.add(len(f.trips))
		f.trips = append(f.trips, nodes)
	}
	for c := range p.Counters {
		f.singles.add(c)
		put(c)
	}
	for a := range p.Counters {
		for b := range p.Counters {
			if a != b && len(f.trips) < maxTrips && p.adds(a, b) && p.adds(b, a) {
				put(a, b)
			}
		}
	}
}

// adds says whether a counter has something that another has not.
func (p *Problem) adds(a, b int) bool {
	for item, has := range p.Counters[a].Has {
		if has && !p.Counters[b].Has[item] {
			return true
		}
	}
	return false
}

// stock fills what the route uses: total of each item, and of it use, what has to be in the van from the start.
func (r *route) stock(p *Problem) {
	s := &p.Shifts[r.shift]
	r.total, r.use = resized(r.total, p.Items), resized(r.use, p.Items)
	clear(r.total)
	clear(r.use)
	r.fetches, r.fetched, r.short, r.cover = 0, 0, false, p.fetching.all
	for i := range r.stops {
		if st := &r.stops[i]; st.node != startNode && p.Task[st.node] < 0 {
			r.fetches++
			r.fetched = int32(i)
		}
	}
	for i := range r.stops {
		node := r.stops[i].node
		if node == startNode {
			continue
		}
		for _, u := range p.Uses[node] {
			r.short = r.short || s.lacks(u, r.total[u.Item])
			r.total[u.Item] += u.Amount
			if !(r.fetches > 0 && int32(i) > r.fetched && p.fetching.with[u.Item].has(int(r.trip))) {
				r.use[u.Item] += u.Amount
			}
		}
	}
	if !r.short {
		return
	}
	for i := range r.stops {
		if node := r.stops[i].node; node != startNode {
			for _, u := range p.Uses[node] {
				if s.lacks(u, r.total[u.Item]-u.Amount) {
					r.cover.and(&p.fetching.with[u.Item])
				}
			}
		}
	}
}

// lacks says whether a van cannot serve one more use of an item beside what is used of it already.
func (s *Shift) lacks(u Use, used int64) bool {
	return used+u.Amount > s.Stock[u.Item] || u.Amount == 0 && s.Stock[u.Item] == 0
}

// stocked says whether there is what node x uses behind stop i, with other uses of the same item beside it.
func (p *Problem) stocked(r *route, s *Shift, x int32, i int, beside []Use) bool {
	for _, u := range p.Uses[x] {
		if r.fetches > 0 && i >= int(r.fetched) && p.fetching.with[u.Item].has(int(r.trip)) {
			continue
		}
		used := r.use[u.Item]
		for _, o := range beside {
			if o.Item == u.Item {
				used += o.Amount
			}
		}
		if s.lacks(u, used) {
			return false
		}
	}
	return true
}

// provided says whether everything on the route is in the van or fetched before.
func (r *route) provided(p *Problem) bool {
	s := &p.Shifts[r.shift]
	for i := range r.stops {
		node := r.stops[i].node
		if node == startNode {
			continue
		}
		for _, u := range p.Uses[node] {
			if r.fetches > 0 && i > int(r.fetched) && p.fetching.with[u.Item].has(int(r.trip)) {
				continue
			}
			if r.use[u.Item] > s.Stock[u.Item] || u.Amount == 0 && s.Stock[u.Item] == 0 {
				return false
			}
		}
	}
	return true
}

// covering are the trips that have all that the route is short of with task t on it; false when it is short of nothing.
func (p *Problem) covering(r *route, s *Shift, t int32) (tripSet, bool) {
	set, short := r.cover, r.short
	x, y := p.First[t], p.Second[t]
	add := func(u Use, beside []Use) {
		used := r.total[u.Item]
		for _, o := range beside {
			if o.Item == u.Item {
				used += o.Amount
			}
		}
		if s.lacks(u, used) {
			set.and(&p.fetching.with[u.Item])
			short = true
		}
	}
	for _, u := range p.Uses[x] {
		add(u, nil)
	}
	if y >= 0 {
		for _, u := range p.Uses[y] {
			add(u, p.Uses[x])
		}
	}
	return set, short
}

// unfetch takes the stops at counters out. The caller refreshes.
func (r *route) unfetch(p *Problem) {
	r.keep(func(node int32) bool { return p.Task[node] >= 0 })
}

// fetch puts a trip behind stop i of a route without one. The caller refreshes.
func (r *route) fetch(p *Problem, trip int32, i int) {
	for k, node := range p.fetching.trips[trip] {
		r.insert(p, node, i+k)
	}
	r.trip = trip
}

// trying holds a route with its trip at each place that is worth a try, the cheapest ways first.
type trying struct {
	stamp   uint32
	known   bool
	set     tripSet
	base    *route
	places  []tripPlace
	options []option
}

type tripPlace struct {
	way  int64
	trip int32
	at   int32
}

// option is the route with a trip behind stop at of the route without any.
type option struct {
	trip, at int32
	more     int64 // what it costs more than the route as it is
	route    *route
}

// mostPlaces bounds the places that are tried.
const mostPlaces = 16

// options lists the places of a trip of the set for a route, and remembers them as long as the route is the same.
func (p *Problem) options(r *route, set tripSet) []option {
	y := &p.fetching.of[r.shift]
	if !y.known || y.stamp != r.stamp || y.set != set {
		y.known, y.stamp, y.set = true, r.stamp, set
		p.tryTrips(y, r, set)
	}
	return y.options
}

func (p *Problem) tryTrips(y *trying, r *route, set tripSet) {
	s := &p.Shifts[r.shift]
	m := &p.Metrics[s.Metric]
	base := r
	if r.fetches > 0 {
		if y.base == nil {
			y.base = &route{}
		}
		base = y.base
		base.shift = r.shift
		base.stops = append(base.stops[:0], r.stops...)
		base.unfetch(p)
		base.refresh(p)
	}
	ones := set
	if ones.and(&p.fetching.singles); ones != (tripSet{}) {
		set = ones
	}
	last := p.lastAlone(base, s)
	y.places = y.places[:0]
	for trip, nodes := range p.fetching.trips {
		if !set.has(trip) {
			continue
		}
		first, final := p.Place[nodes[0]], p.Place[nodes[len(nodes)-1]]
		for i := range last {
			a, z := &base.stops[i], &base.stops[base.ahead(p, i+1)]
			way := p.wayCost(m, a.place, first) + p.wayCost(m, final, z.place) - p.wayCost(m, a.place, z.place)
			y.places = append(y.places, tripPlace{way: way, trip: int32(trip), at: int32(i)})
		}
	}
	slices.SortStableFunc(y.places, func(a, b tripPlace) int { return cmp.Compare(a.way, b.way) })
	y.options = y.options[:0]
	for _, at := range y.places {
		if len(y.options) == mostPlaces {
			break
		}
		if !p.passes(base, s, at) {
			continue
		}
		n := len(y.options)
		if n < cap(y.options) {
			y.options = y.options[:n+1]
		} else {
			y.options = append(y.options, option{})
		}
		o := &y.options[n]
		if o.route == nil {
			o.route = &route{}
		}
		o.trip, o.at = at.trip, at.at
		o.route.shift = r.shift
		o.route.stops = append(o.route.stops[:0], base.stops...)
		o.route.fetch(p, at.trip, int(at.at))
		o.route.refresh(p)
		if !o.route.inTime(p) || !o.route.fits(p) {
			y.options = y.options[:n]
			continue
		}
		o.more = o.route.cost() - r.cost()
	}
}

// lastAlone is how many stops a route without a trip can do with what is in the van alone, its start among them.
func (p *Problem) lastAlone(r *route, s *Shift) int {
	clear(r.use)
	for i := 1; i < len(r.stops)-1; i++ {
		for _, u := range p.Uses[r.stops[i].node] {
			if s.lacks(u, r.use[u.Item]) {
				copy(r.use, r.total)
				return i
			}
			r.use[u.Item] += u.Amount
		}
	}
	copy(r.use, r.total)
	return len(r.stops) - 1
}

// passes says whether the route stays in time over a trip.
func (p *Problem) passes(r *route, s *Shift, at tripPlace) bool {
	var leave [MaxBreaks + 1]int32
	i := int(at.at)
	if p.Floating != nil || p.speeds(s) != nil { // the whole route is asked afterwards
		return true
	}
	copy(leave[:], r.leave[i*p.states:(i+1)*p.states])
	place := r.stops[i].place
	for _, node := range p.fetching.trips[at.trip] {
		if !p.pass(s, node, place, &leave) {
			return false
		}
		place = p.Place[node]
	}
	return p.joins(r, s, i+1, place, &leave)
}

// bestFetching is for a task that would leave the route short of something: with a trip placed anew.
func (p *Problem) bestFetching(r *route, s *Shift, t int32, b *blink, best *insertion) {
	set, short := p.covering(r, s, t)
	if !short || set == (tripSet{}) {
		return
	}
	for _, o := range p.options(r, set) {
		in := insertion{route: -1, cost: best.cost - o.more}
		if p.bestAs(o.route, s, t, b, &in); in.route >= 0 {
			in.cost += o.more
			in.trip, in.at = o.trip+1, o.at
			*best = in
		}
	}
}

// again finds the best place for the trip of a route that has lost tasks, or gives it up where nothing is short.
func (r *route) again(p *Problem) {
	if !r.short {
		if r.fetches > 0 {
			r.unfetch(p)
			r.refresh(p)
		}
		return
	}
	y := &p.fetching.spare
	p.tryTrips(y, r, r.cover)
	best := -1
	for i, o := range y.options {
		if best < 0 || o.more < y.options[best].more {
			best = i
		}
	}
	if best < 0 || r.fetches > 0 && y.options[best].more >= 0 {
		return
	}
	r.stops = append(r.stops[:0], y.options[best].route.stops...)
	r.trip = y.options[best].trip
	r.refresh(p)
}
