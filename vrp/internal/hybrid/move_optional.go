package hybrid

// A slot is a place in a route: behind position pos of r.
type slot struct {
	r     *route
	pos   int32
	price int64 // what serving the client there adds to the plan
}

// added is what it costs to serve c, which is out, behind position pos of r,
// if that is less than limit; otherwise some number not below limit.
func (p *plan) added(c int32, r *route, pos int32, limit int64) int64 {
	d := p.d
	k := &d.kinds[r.kind]
	s := r.stops[pos : pos+2]
	in, out := int(s[0].node)*d.size+int(c), int(c)*d.size+int(s[1].node)
	legs := int64(k.price[in]) + int64(k.price[out])
	change := legs - (s[1].base - s[0].base) - r.extra
	if r.n == 0 {
		change = k.fixed + legs
	}
	if change >= limit {
		return change
	}
	if !d.may(c, r.kind) {
		return forbidden
	}
	seg := join(&s[0].pre, &d.own[c], k.travel[in])
	warp, wait := joinEnd(&seg, &s[1].suf, k.travel[out])
	base := k.fixed + r.stops[r.n+1].base + legs - (s[1].base - s[0].base)
	if r.n == 0 {
		base = k.fixed + legs
	}
	base += int64(warp)*p.q.warp/penaltyUnit + k.perSecond*int64(wait)
	end := int(r.n+1) * d.dims
	for l := range d.dims {
		if over := r.load[end+l] + d.demand[int(c)*d.dims+l] - k.capacity[l]; over > 0 {
			base += over * p.q.load[l] / penaltyUnit
		}
	}
	return base - r.price
}

// blinks is how many slots are looked at between two that are passed over, on average.
const blinks = 100

// serve puts the unserved client u where it costs least, if that is less than
// to leave it out, and tells whether it did.
func (s *search) serve(u int32) bool {
	best := s.cheapest(u, s.plan.missing(u), false)
	if best.r == nil {
		return false
	}
	s.take(u, best)
	return true
}

// take serves u in a slot and wakes what is beside it.
func (s *search) take(u int32, best slot) {
	s.push(best.r.stops[best.pos].node)
	s.push(best.r.stops[best.pos+1].node)
	s.plan.insert(u, best.r, best.pos)
}

// cheapest finds the cheapest slot below limit beside u's neighbours or in an
// unused vehicle. With blink, a slot is passed over now and then.
func (s *search) cheapest(u int32, limit int64, blink bool) slot {
	p := s.plan
	best := slot{price: limit}
	for _, v := range s.near[u] {
		sv := &p.spots[v]
		if sv.route == none {
			continue
		}
		if blink {
			if s.open--; s.open < 0 {
				s.open = s.rnd.n(2 * blinks)
				continue
			}
		}
		r := p.routes[sv.route]
		if price := p.added(u, r, sv.pos, best.price); price < best.price {
			best = slot{r, sv.pos, price}
		}
		if price := p.added(u, r, sv.pos-1, best.price); price < best.price {
			best = slot{r, sv.pos - 1, price}
		}
	}
	for k := range s.d.kinds {
		if r := p.empty(int32(k)); r != nil {
			if price := p.added(u, r, 0, best.price); price < best.price {
				best = slot{r, 0, price}
			}
		}
	}
	return best
}

// anywhere is cheapest over all slots of all routes.
func (s *search) anywhere(u int32, limit int64) slot {
	best := slot{price: limit}
	for _, r := range s.plan.routes {
		if r.n == 0 {
			continue
		}
		for pos := int32(0); pos <= r.n; pos++ {
			if price := s.plan.added(u, r, pos, best.price); price < best.price {
				best = slot{r, pos, price}
			}
		}
	}
	return best
}

// drop leaves out client u when that is cheaper. For a required client it is
// when it breaks more than its place is worth: it then waits outside for
// better times and the plan is sound meanwhile.
func (s *search) drop(u int32) bool {
	p := s.plan
	r, i := p.at(u)
	if r.stops[i+1].base-r.stops[i-1].base+r.slack <= p.missing(u) {
		return false
	}
	rest := []piece{{r: r, from: 0, to: i - 1}, {r: r, from: i + 1, to: r.n + 1}}
	if p.quote(r.kind, rest)+p.missing(u) >= r.price {
		return false
	}
	s.push(r.stops[i-1].node)
	s.push(r.stops[i+1].node)
	p.remove(u)
	for _, v := range s.near[u] { // the gap is a chance for others left out
		if p.spots[v].route == none {
			s.push(v)
		}
	}
	return true
}
