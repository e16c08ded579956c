package core

// bestPair is for both ends of a shipment: for each place of the pickup, the route is walked on with it until the
// delivery fits nowhere any more, or everywhere behind costs too much.
func (p *Problem) bestPair(r *route, s *Shift, t int32, fixed int64, b *blink, best *insertion) {
	m := &p.Metrics[s.Metric]
	x, y := p.First[t], p.Second[t]
	if r.idle(p) {
		fixed += p.wayCost(m, r.stops[0].place, r.stops[1].place)
	}
	w := p.Windows[x]
	r.cheapest(p, m, p.Place[y])
	for i := range len(r.stops) - 1 {
		here, behind := r.stops[i].place, r.stops[i+1].place
		if r.leave[i*p.states] > w[len(w)-1].To {
			break
		}
		first := fixed + p.wayCost(m, here, p.Place[x])
		direct := p.wayCost(m, here, behind)
		atOnce := first + p.wayCost(m, p.Place[x], p.Place[y]) + p.wayCost(m, p.Place[y], behind) - direct
		first += p.wayCost(m, p.Place[x], behind) - direct
		if p.Site != nil {
			atOnce += p.visitsWith(r, x, y, i, i)
		}
		if atOnce >= best.cost && first+r.detours[i+1] >= best.cost {
			continue
		}
		var at [MaxBreaks + 1]int32
		copy(at[:], r.leave[i*p.states:(i+1)*p.states])
		if !p.roomFor(r, s, x, i) || !p.pass(s, x, here, &at) || p.Uses != nil && !p.stocked(r, s, x, i, nil) {
			continue
		}
		if atOnce < best.cost {
			leave := at
			if p.pass(s, y, p.Place[x], &leave) && p.joins(r, s, i+1, p.Place[y], &leave) && p.bothStocked(r, s, x, y, i, i) && p.carriesBoth(r, s, x, y, i, i) && (!s.ranged() || p.within(r, s, i, i, p.Place[x], p.Place[y])) {
				p.offer(r, x, i, i, atOnce, b, best)
			}
		}
		place := p.Place[x]
		for j := i + 1; j < len(r.stops)-1 && first+r.detours[j] < best.cost; j++ {
			if !p.roomFor(r, s, x, j) || !p.pass(s, r.stops[j].node, place, &at) {
				break
			}
			place = r.stops[j].place
			cost := first + p.detour(m, place, p.Place[y], r.stops[j+1].place)
			if p.Site != nil {
				cost += p.visitsWith(r, x, y, i, j)
			}
			if cost >= best.cost {
				continue
			}
			leave := at
			if p.pass(s, y, place, &leave) && p.joins(r, s, j+1, p.Place[y], &leave) && p.bothStocked(r, s, x, y, i, j) && p.carriesBoth(r, s, x, y, i, j) && (!s.ranged() || p.within(r, s, i, j, p.Place[x], p.Place[y])) {
				p.offer(r, x, i, j, cost, b, best)
			}
		}
	}
}

// cheapest fills detours: the least that going over a place costs behind a stop or any after it.
func (r *route) cheapest(p *Problem, m *Metric, via int32) {
	n := len(r.stops)
	r.detours = resized(r.detours, n)
	r.detours[n-1] = maxCost
	for j := n - 2; j > 0; j-- {
		r.detours[j] = min(r.detours[j+1], p.detour(m, r.stops[j].place, via, r.stops[j+1].place))
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

// bothStocked says whether there is what both ends of a shipment use, behind stops i and j.
func (p *Problem) bothStocked(r *route, s *Shift, x, y int32, i, j int) bool {
	if p.Uses == nil {
		return true
	}
	var beside []Use
	if r.fetches == 0 || i < int(r.fetched) {
		beside = p.Uses[x]
	}
	return p.stocked(r, s, y, j, beside)
}

// carriesBoth says whether the van has room for the own loads of both ends of a shipment, beside what is between them, behind
// stops i and j. It walks the route, but only where they have any.
func (p *Problem) carriesBoth(r *route, s *Shift, x, y int32, i, j int) bool {
	own := false
	for _, node := range []int32{x, y} {
		for d := range p.Dims {
			own = own || p.Takes[int(node)*p.Dims+d] > 0 || p.Brings[int(node)*p.Dims+d] > 0
		}
	}
	if !own {
		return true
	}
	for d := range p.Dims {
		takes := func(node int32) int64 { return p.Takes[int(node)*p.Dims+d] }
		net := func(node int32) int64 { return p.Brings[int(node)*p.Dims+d] - takes(node) }
		more := takes(x) + takes(y) // than the route has aboard without them
		if r.before[d]+more > s.Capacity[d] {
			return false
		}
		for k := range len(r.stops) - 1 {
			if r.aboard[k*p.Dims+d]+more > s.Capacity[d] {
				return false
			}
			amount := p.Amount[int(x)*p.Dims+d]
			if k == i {
				if more += net(x) + amount; r.aboard[k*p.Dims+d]+more > s.Capacity[d] {
					return false
				}
			}
			if k == j {
				if more += net(y) - amount; r.aboard[k*p.Dims+d]+more > s.Capacity[d] {
					return false
				}
			}
		}
	}
	return true
}
