package hybrid

import "math"

// A piece is a run of stops of a present route. A move describes the routes
// it wants as pieces of the present ones; the same description is priced
// and, when it pays, applied.
type piece struct {
	r        *route
	from, to int32 // positions, both included
	turned   bool
}

// forbidden is the price of what no penalty allows.
const forbidden = math.MaxInt64 / 4

// quote prices the route of a kind made of pieces. The first piece begins
// with the start of a route of this kind, the last ends with such an end.
func (p *plan) quote(kindID int32, pieces []piece) int64 {
	d := p.d
	k := &d.kinds[kindID]
	size := d.size
	dims := d.dims
	first := &pieces[0]
	at := &first.r.stops[first.to]
	seg := at.pre
	base := at.base
	last := int(at.node)
	clients := first.to
	var load [maxDims]int64
	for l := range dims {
		load[l] = first.r.load[int(first.to)*dims+l]
	}
	for i := 1; i < len(pieces); i++ {
		c := &pieces[i]
		if c.from > c.to {
			continue
		}
		r := c.r
		s := r.stops
		same := r.kind == kindID
		clients += c.to - c.from + 1
		for l := range dims {
			load[l] += r.load[int(c.to)*dims+l] - r.load[int(c.from-1)*dims+l]
		}
		if !same && !p.admits(kindID, c) {
			return forbidden
		}
		if same && !c.turned {
			head := int(s[c.from].node)
			leg := last*size + head
			base += int64(k.price[leg]) + s[c.to].base - s[c.from].base
			if c.to == r.n+1 {
				seg.warp, seg.wait = joinEnd(&seg, &s[c.from].suf, k.travel[leg])
				clients--
				break
			}
			seg = join(&seg, &d.own[head], k.travel[leg])
			for j := c.from + 1; j <= c.to; j++ {
				next := int(s[j].node)
				seg = join(&seg, &d.own[next], k.travel[head*size+next])
				head = next
			}
			last = head
			continue
		}
		j, step := c.from, int32(1)
		if c.turned {
			j, step = c.to, -1
		}
		for range c.to - c.from + 1 {
			next := int(s[j].node)
			leg := last*size + next
			base += int64(k.price[leg])
			seg = join(&seg, &d.own[next], k.travel[leg])
			last = next
			j += step
		}
	}
	if clients == 0 {
		return 0
	}
	price := k.fixed + base
	if seg.warp > 0 {
		price += int64(seg.warp) * p.q.warp / penaltyUnit
	}
	if k.perSecond > 0 {
		price += k.perSecond * int64(seg.wait)
	}
	for l := range dims {
		if over := load[l] - k.capacity[l]; over > 0 {
			price += over * p.q.load[l] / penaltyUnit
		}
	}
	return price
}

// admits tells whether a vehicle of the kind may serve all clients of c.
func (p *plan) admits(kindID int32, c *piece) bool {
	if p.d.allowed == nil {
		return true
	}
	for j := c.from; j <= c.to; j++ {
		if node := c.r.stops[j].node; int(node) < p.d.clients && !p.d.may(node, kindID) {
			return false
		}
	}
	return true
}

// cut appends the clients of pieces in their order.
func (p *plan) cut(line []int32, pieces []piece) []int32 {
	for i := range pieces {
		c := &pieces[i]
		from, to := max(c.from, 1), min(c.to, c.r.n)
		if c.turned {
			for j := to; j >= from; j-- {
				line = append(line, c.r.stops[j].node)
			}
			continue
		}
		for j := from; j <= to; j++ {
			line = append(line, c.r.stops[j].node)
		}
	}
	return line
}

// tryOne makes route r of pieces when that is cheaper.
func (s *search) tryOne(r *route, pieces ...piece) bool {
	p := s.plan
	if p.quote(r.kind, pieces) >= r.price {
		return false
	}
	p.line = p.cut(p.line[:0], pieces)
	s.wake(pieces)
	p.replace(r, p.line)
	return true
}

// tryTwo makes routes a and b of pieces when that is cheaper.
func (s *search) tryTwo(a, b *route, forA, forB []piece) bool {
	p := s.plan
	old := a.price + b.price
	price := p.quote(a.kind, forA)
	if price >= old {
		return false
	}
	if price+p.quote(b.kind, forB) >= old {
		return false
	}
	p.line = p.cut(p.line[:0], forA)
	p.line2 = p.cut(p.line2[:0], forB)
	s.wake(forA)
	s.wake(forB)
	p.replace(a, p.line)
	p.replace(b, p.line2)
	return true
}
