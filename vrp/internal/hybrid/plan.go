package hybrid

// A stop is one position of a route, with what its chain to either end is worth.
type stop struct {
	node int32
	base int64   // price of the legs from the route's start to here
	back int64   // price of the same legs driven the other way
	pre  segment // route's start to here
	suf  segment // here to the route's end
}

// A route of the search has clients at stops 1..n between its start (0) and
// its end (n+1).
type route struct {
	id, kind int32
	n        int32
	stops    []stop
	load     []int64 // position*dims + dimension, summed from the start
	price    int64   // all the route costs, penalties included
	extra    int64   // the part of price for waiting and violations
	slack    int64   // how much of price a move may save at most beside legs
	warp     clock
	excess   [maxDims]int64
	saved    uint32 // the plan's epoch when its backup was made
}

// A spot says where a node is. Unserved clients have route none, and pos is
// their index in plan.out.
type spot struct{ route, pos, prev, next int32 }

const none = -1

// A plan is the mutable state of a search: every client in a route or in out.
type plan struct {
	d      *data
	q      penalties
	routes []*route
	spots  []spot
	out    []int32

	price  int64 // of all routes with penalties, and prizes of the clients in out
	warp   int64
	excess [maxDims]int64
	absent int // required clients in out

	spare  []int32 // per kind: a route that was empty when last looked at
	firsts []int32 // per kind: its first route; one more at the end
	must   int64   // price of leaving out a required client

	epoch   uint32
	backup  []*route
	journal []int32 // routes changed in this epoch
	was     totals
	line    []int32 // scratch of apply
	line2   []int32
}

type totals struct {
	price, warp int64
	excess      [maxDims]int64
	absent      int
}

// newPlan returns a plan that serves nobody.
func newPlan(d *data, q penalties) *plan {
	p := &plan{d: d, q: q, epoch: 1}
	dearest := int64(1)
	for i := range d.kinds {
		k := &d.kinds[i]
		p.firsts = append(p.firsts, int32(len(p.routes)))
		for range k.count {
			p.routes = append(p.routes, p.emptyRoute(int32(len(p.routes)), int32(i)))
			p.backup = append(p.backup, p.emptyRoute(int32(len(p.routes)-1), int32(i)))
		}
		for _, q := range k.price {
			dearest = max(dearest, int64(q))
		}
		dearest = max(dearest, k.fixed)
	}
	p.firsts = append(p.firsts, int32(len(p.routes)))
	p.spare = append(p.spare, p.firsts[:len(d.kinds)]...)
	p.must = 20 * dearest
	p.spots = make([]spot, d.size)
	for c := range d.clients {
		p.price += p.missing(int32(c))
		p.enlist(int32(c))
	}
	for i := d.clients; i < d.size; i++ {
		p.spots[i].route = none
	}
	return p
}

func (p *plan) emptyRoute(id, k int32) *route {
	v := &p.d.kinds[k]
	r := &route{
		id: id, kind: k, load: make([]int64, 2*p.d.dims),
		stops: []stop{{node: v.start, pre: v.shift}, {node: v.end, suf: v.shift}},
	}
	p.lay(r, nil)
	return r
}

// missing is the price of leaving client c out.
func (p *plan) missing(c int32) int64 {
	if p.d.must[c] {
		return p.must
	}
	return p.d.prize[c]
}

// enlist puts c into out; it must be in no route any more.
func (p *plan) enlist(c int32) {
	p.spots[c] = spot{route: none, pos: int32(len(p.out))}
	p.out = append(p.out, c)
	if p.d.must[c] {
		p.absent++
	}
}

// delist takes c from out.
func (p *plan) delist(c int32) {
	i := p.spots[c].pos
	last := p.out[len(p.out)-1]
	p.out[i] = last
	p.spots[last].pos = i
	p.out = p.out[:len(p.out)-1]
	if p.d.must[c] {
		p.absent--
	}
}

// lay gives r the clients in order and computes its stops; spots and totals
// are the caller's. What the route had before at its beginning and at its end
// keeps its sums.
func (p *plan) lay(r *route, clients []int32) {
	d := p.d
	k := &d.kinds[r.kind]
	n := len(clients)
	head, tail := r.kept(clients)
	for len(r.stops) < n+2 {
		r.stops = append(r.stops, stop{})
	}
	dims := d.dims
	for len(r.load) < (n+2)*dims {
		r.load = append(r.load, 0)
	}
	if old := int(r.n); old != n {
		copy(r.stops[n+1-tail:n+2], r.stops[old+1-tail:old+2])
	}
	r.n = int32(n)
	s := r.stops[: n+2 : n+2]
	last := int(s[head].node)
	for i := head; i < n; i++ {
		c := clients[i]
		at := &s[i+1]
		before := &s[i]
		leg := last*d.size + int(c)
		at.node = c
		at.base = before.base + int64(k.price[leg])
		at.back = before.back + int64(k.price[int(c)*d.size+last])
		at.pre = join(&before.pre, &d.own[c], k.travel[leg])
		for l := range dims {
			r.load[(i+1)*dims+l] = r.load[i*dims+l] + d.demand[int(c)*dims+l]
		}
		last = int(c)
	}
	leg := last*d.size + int(k.end)
	end := &s[n+1]
	end.base = s[n].base + int64(k.price[leg])
	end.back = s[n].back + int64(k.price[int(k.end)*d.size+last])
	end.pre = join(&s[n].pre, &k.shift, k.travel[leg])
	copy(r.load[(n+1)*dims:(n+2)*dims], r.load[n*dims:(n+1)*dims])
	for i := n - tail; i >= 0; i-- {
		own := &k.shift
		if i > 0 {
			own = &d.own[s[i].node]
		}
		s[i].suf = join(own, &s[i+1].suf, k.travel[int(s[i].node)*d.size+int(s[i+1].node)])
	}
	p.value(r)
}

// kept counts the clients at the beginning and at the end that r and clients
// have in common.
func (r *route) kept(clients []int32) (head, tail int) {
	n, old := len(clients), int(r.n)
	least := min(n, old)
	for head < least && r.stops[head+1].node == clients[head] {
		head++
	}
	for tail < least-head && r.stops[old-tail].node == clients[n-1-tail] {
		tail++
	}
	return head, tail
}

// value prices a laid route.
func (p *plan) value(r *route) {
	k := &p.d.kinds[r.kind]
	r.warp, r.excess, r.price, r.extra, r.slack = 0, [maxDims]int64{}, 0, 0, 0
	if r.n == 0 {
		return
	}
	end := &r.stops[r.n+1]
	r.warp = end.pre.warp
	extra := int64(r.warp)*p.q.warp/penaltyUnit + k.perSecond*int64(end.pre.wait)
	for l := range p.d.dims {
		if over := r.load[int(r.n+1)*p.d.dims+l] - k.capacity[l]; over > 0 {
			r.excess[l] = over
			extra += over * p.q.load[l] / penaltyUnit
		}
	}
	r.price = k.fixed + end.base + extra
	r.extra, r.slack = extra, extra
	if r.n <= 3 { // a move may empty it and save the vehicle
		r.slack += p.opening(r.kind)
	}
}

// replace gives route r other clients. Every client must be in one route at
// most when a series of replacements is over; those out of all routes are
// enlisted by the caller.
func (p *plan) replace(r *route, clients []int32) {
	p.save(r)
	p.price -= r.price
	p.warp -= int64(r.warp)
	for l := range p.d.dims {
		p.excess[l] -= r.excess[l]
	}
	p.lay(r, clients)
	p.settle(r)
	p.place(r)
}

func (p *plan) settle(r *route) {
	p.price += r.price
	p.warp += int64(r.warp)
	for l := range p.d.dims {
		p.excess[l] += r.excess[l]
	}
}

// place writes the spots of r's clients.
func (p *plan) place(r *route) {
	s := r.stops
	for i := int32(1); i <= r.n; i++ {
		p.spots[s[i].node] = spot{r.id, i, s[i-1].node, s[i+1].node}
	}
}

// begin starts an epoch: rollback returns to this moment.
func (p *plan) begin() {
	p.epoch++
	p.journal = p.journal[:0]
	p.was = totals{p.price, p.warp, p.excess, p.absent}
}

// save keeps a copy of r once an epoch.
func (p *plan) save(r *route) {
	if r.saved == p.epoch {
		return
	}
	b := p.backup[r.id]
	b.n, b.price, b.extra, b.slack, b.warp, b.excess = r.n, r.price, r.extra, r.slack, r.warp, r.excess
	b.stops = append(b.stops[:0], r.stops[:r.n+2]...)
	b.load = append(b.load[:0], r.load[:int(r.n+2)*p.d.dims]...)
	r.saved = p.epoch
	p.journal = append(p.journal, r.id)
}

// rollback undoes everything since begin.
func (p *plan) rollback() {
	for _, id := range p.journal {
		r := p.routes[id]
		for i := int32(1); i <= r.n; i++ {
			if c := r.stops[i].node; p.spots[c].route == id {
				p.enlist(c)
			}
		}
	}
	for _, id := range p.journal {
		p.routes[id], p.backup[id] = p.backup[id], p.routes[id]
		r := p.routes[id]
		r.saved = 0
		for i := int32(1); i <= r.n; i++ {
			p.delist(r.stops[i].node)
		}
		p.place(r)
	}
	p.price, p.warp, p.excess, p.absent = p.was.price, p.was.warp, p.was.excess, p.was.absent
	p.journal = p.journal[:0]
}

// reprice values all routes again after the penalties changed.
func (p *plan) reprice() {
	p.price, p.warp, p.excess = 0, 0, [maxDims]int64{}
	for _, c := range p.out {
		p.price += p.missing(c)
	}
	for _, r := range p.routes {
		if r.n > 0 {
			p.value(r)
			p.settle(r)
		}
	}
}

// sound tells whether the plan breaks nothing.
func (p *plan) sound() bool { return p.warp == 0 && p.excess == [maxDims]int64{} }

// empty returns an unused route of kind k, or nil.
func (p *plan) empty(k int32) *route {
	if r := p.routes[p.spare[k]]; r.n == 0 {
		return r
	}
	for id := p.firsts[k]; id < p.firsts[k+1]; id++ {
		if p.routes[id].n == 0 {
			p.spare[k] = id
			return p.routes[id]
		}
	}
	return nil
}

// at returns the route and position of a served client.
func (p *plan) at(c int32) (*route, int32) {
	s := &p.spots[c]
	return p.routes[s.route], s.pos
}

// insert serves client c, which is out, behind position pos of r.
func (p *plan) insert(c int32, r *route, pos int32) {
	p.line = p.line[:0]
	for i := int32(1); i <= r.n; i++ {
		if i == pos+1 {
			p.line = append(p.line, c)
		}
		p.line = append(p.line, r.stops[i].node)
	}
	if pos == r.n {
		p.line = append(p.line, c)
	}
	p.delist(c)
	p.price -= p.missing(c)
	p.replace(r, p.line)
}

// remove leaves client c out.
func (p *plan) remove(c int32) {
	r, pos := p.at(c)
	p.line = p.line[:0]
	for i := int32(1); i <= r.n; i++ {
		if i != pos {
			p.line = append(p.line, r.stops[i].node)
		}
	}
	p.enlist(c)
	p.price += p.missing(c)
	p.replace(r, p.line)
}

// solution is the plan as the caller knows it.
func (p *plan) solution() Solution {
	var b best
	b.init(p)
	b.store(p)
	return b.solution(p.d)
}
