package core

// bestPair is for both ends of a shipment: for each place of the pickup, the route is walked on with it until the
// delivery fits nowhere any more.
func (p *Problem) bestPair(r *route, s *Shift, t int32, fixed int64, b *blink, best *insertion) {
	m := &p.Metrics[s.Metric]
	x, y := p.First[t], p.Second[t]
	if r.idle(p) {
		fixed += p.wayCost(m, r.stops[0].place, r.stops[1].place)
	}
	for i := range len(r.stops) - 1 {
		here, behind := r.stops[i].place, r.stops[i+1].place
		var at [MaxBreaks + 1]int32
		copy(at[:], r.leave[i*p.states:(i+1)*p.states])
		if !p.pass(s, x, here, &at) {
			continue
		}
		if !p.roomFor(r, s, x, i) {
			continue
		}
		first := p.wayCost(m, here, p.Place[x])
		// The delivery at once.
		cost := fixed + first + p.wayCost(m, p.Place[x], p.Place[y]) + p.wayCost(m, p.Place[y], behind) - p.wayCost(m, here, behind)
		if cost < best.cost {
			leave := at
			if p.pass(s, y, p.Place[x], &leave) && p.joins(r, s, i+1, p.Place[y], &leave) {
				p.offer(r, x, i, i, cost, b, best)
			}
		}
		// The delivery behind stop j.
		first += p.wayCost(m, p.Place[x], behind) - p.wayCost(m, here, behind)
		place := p.Place[x]
		for j := i + 1; j < len(r.stops)-1; j++ {
			if !p.roomFor(r, s, x, j) || !p.pass(s, r.stops[j].node, place, &at) {
				break
			}
			place = r.stops[j].place
			cost := fixed + first + p.detour(m, place, p.Place[y], r.stops[j+1].place)
			if cost >= best.cost {
				continue
			}
			leave := at
			if p.pass(s, y, place, &leave) && p.joins(r, s, j+1, p.Place[y], &leave) {
				p.offer(r, x, i, j, cost, b, best)
			}
		}
	}
}

// roomFor says whether the van has room for what the shipment's pickup x loads on the way after stop i.
func (p *Problem) roomFor(r *route, s *Shift, x int32, i int) bool {
	for d := range p.Dims {
		if a := p.Amount[int(x)*p.Dims+d]; a > 0 && r.aboard[i*p.Dims+d]+a > s.Capacity[d] {
			return false
		}
	}
	return true
}
