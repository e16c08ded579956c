package hybrid

import "slices"

// A ruiner takes clients out of a plan and puts them back: strings of
// neighbouring stops go (Christiaens and Vanden Berghe's slack induction),
// and come back one by one where they cost least, now and then not quite.
type ruiner struct {
	s       *search
	average float64 // clients taken out on average
	longest float64 // clients of one string at most
	whole   float64 // share of ruins that empty a route
	gone    []int32
	keys    []int64
	routes  []uint32 // epoch in which a route was ruined
	line    []int32
}

func newRuiner(s *search, t tuning) *ruiner {
	return &ruiner{
		s: s, average: t.removed, longest: t.longest, whole: t.whole,
		routes: make([]uint32, len(s.plan.routes)), keys: make([]int64, s.d.clients),
	}
}

// ruin takes out strings around a random client.
func (u *ruiner) ruin() {
	p := u.s.plan
	rnd := u.s.rnd
	u.gone = u.gone[:0]
	seed := int32(rnd.n(u.s.d.clients))
	used := 0
	for _, r := range p.routes {
		if r.n > 0 {
			used++
		}
	}
	if used == 0 {
		return
	}
	served := float64(u.s.d.clients - len(p.out))
	if p.spots[seed].route != none && rnd.chance(u.whole) {
		u.empty(seed)
		return
	}
	most := min(u.longest, served/float64(used))
	strings := int(rnd.unit()*(4*u.average/(1+most)-1) + 1)
	u.string(seed, most)
	strings--
	for _, v := range u.s.near[seed] {
		if strings <= 0 {
			return
		}
		if at := p.spots[v].route; at != none && u.routes[at] != p.epoch {
			u.string(v, most)
			strings--
		}
	}
}

// empty takes out the shortest of a few routes around c.
func (u *ruiner) empty(c int32) {
	p := u.s.plan
	r, _ := p.at(c)
	for _, v := range u.s.near[c] {
		if at := p.spots[v].route; at != none && p.routes[at].n < r.n {
			r = p.routes[at]
		}
	}
	for i := int32(1); i <= r.n; i++ {
		u.gone = append(u.gone, r.stops[i].node)
	}
	for _, node := range u.gone {
		p.enlist(node)
		p.price += p.missing(node)
	}
	p.replace(r, nil)
}

// string takes a string that holds c out of its route; half of the times it
// leaves a few clients in the middle where they are.
func (u *ruiner) string(c int32, most float64) {
	p := u.s.plan
	if p.spots[c].route == none {
		return
	}
	rnd := u.s.rnd
	r, at := p.at(c)
	u.routes[r.id] = p.epoch
	length := int32(rnd.unit()*min(float64(r.n), most) + 1)
	length = min(length, r.n)
	stay := int32(0)
	if length > 1 && length < r.n && rnd.chance(0.5) {
		stay = 1
		for length+stay < r.n && rnd.unit() > 0.01 {
			stay++
			if rnd.chance(0.5) {
				break
			}
		}
	}
	span := length + stay
	low, high := max(1, at-span+1), min(at, r.n-span+1)
	from := low + int32(rnd.n(int(high-low+1)))
	hole := int32(0)
	if stay > 0 {
		hole = from + int32(rnd.n(int(length)+1))
	}
	u.line = u.line[:0]
	for i := int32(1); i <= r.n; i++ {
		node := r.stops[i].node
		if i >= from && i < from+span && (stay == 0 || i < hole || i >= hole+stay) {
			u.gone = append(u.gone, node)
			continue
		}
		u.line = append(u.line, node)
	}
	for _, node := range u.gone[len(u.gone)-int(r.n)+len(u.line):] {
		p.enlist(node)
		p.price += p.missing(node)
	}
	u.s.push(r.stops[from-1].node)
	u.s.push(r.stops[from+span].node)
	p.replace(r, u.line)
}

// recreate puts the clients back that are out.
func (u *ruiner) recreate() {
	s, p, d := u.s, u.s.plan, u.s.d
	u.gone = append(u.gone[:0], p.out...)
	s.rnd.shuffle(u.gone)
	k := &d.kinds[0]
	switch way := s.rnd.n(12); {
	case way < 4:
	case way < 6: // the largest first
		u.order(func(c int32) int64 {
			if d.dims == 0 {
				return 0
			}
			return -d.demand[int(c)*d.dims]
		})
	case way < 8: // the farthest first
		u.order(func(c int32) int64 { return -int64(k.price[int(k.start)*d.size+int(c)]) })
	case way < 9: // the nearest first
		u.order(func(c int32) int64 { return int64(k.price[int(k.start)*d.size+int(c)]) })
	case way < 11: // the tightest first
		u.order(func(c int32) int64 { return int64(d.own[c].late) - int64(d.own[c].early) })
	default: // the earliest first
		u.order(func(c int32) int64 { return int64(d.own[c].late) })
	}
	for i, c := range u.gone {
		if i%64 == 63 && s.halt != nil && s.halt() {
			break
		}
		best := s.cheapest(c, p.missing(c), true)
		if best.r == nil && d.must[c] {
			best = s.anywhere(c, p.missing(c))
		}
		s.push(c)
		if best.r != nil {
			s.take(c, best)
		}
	}
}

// order sorts the clients to come by key, ties by chance.
func (u *ruiner) order(key func(c int32) int64) {
	for _, c := range u.gone {
		u.keys[c] = key(c)
	}
	slices.SortStableFunc(u.gone, func(a, b int32) int {
		switch {
		case u.keys[a] < u.keys[b]:
			return -1
		case u.keys[a] > u.keys[b]:
			return 1
		}
		return 0
	})
}
