package core

// siteBy is the site of the last stop with a place up to stop i of a route.
func (p *Problem) siteBy(r *route, i int) int32 {
	for ; i > 0; i-- {
		if x := r.stops[i].node; !p.floats(x) {
			return p.Site[x]
		}
	}
	return p.Shifts[r.shift].Site
}

// siteFrom is the site of the first stop with a place from stop i on, none at the end.
func (p *Problem) siteFrom(r *route, i int) int32 {
	if x := r.stops[r.ahead(p, i)].node; x != startNode {
		return p.Site[x]
	}
	return 0
}

// comes is what it costs to come from one site to another.
func (p *Problem) comes(from, to int32) int64 {
	if to == 0 || from == to {
		return 0
	}
	return p.Visit
}

// visits is what the visits of a route cost.
func (r *route) visits(p *Problem) (cost int64) {
	at := p.Shifts[r.shift].Site
	for i := 1; i < len(r.stops)-1; i++ {
		if x := r.stops[i].node; !p.floats(x) {
			cost += p.comes(at, p.Site[x])
			at = p.Site[x]
		}
	}
	return cost
}

// visitsWith is what visits cost more with node x behind stop i, and node y, where there is one, behind stop j of the route without
// them. It is never less than nothing.
func (p *Problem) visitsWith(r *route, x, y int32, i, j int) int64 {
	if y >= 0 && i == j && !p.floats(x) && !p.floats(y) {
		from, to := p.siteBy(r, i), p.siteFrom(r, i+1)
		return p.comes(from, p.Site[x]) + p.comes(p.Site[x], p.Site[y]) + p.comes(p.Site[y], to) - p.comes(from, to)
	}
	cost := p.visitWith(r, x, i)
	if y < 0 {
		return cost
	}
	if p.floats(x) || r.ahead(p, i+1) <= j { // something with a place is between them
		return cost + p.visitWith(r, y, j)
	}
	if p.floats(y) {
		return cost
	}
	from, to := p.siteBy(r, i), p.siteFrom(r, i+1)
	return p.comes(from, p.Site[x]) + p.comes(p.Site[x], p.Site[y]) + p.comes(p.Site[y], to) - p.comes(from, to)
}

func (p *Problem) visitWith(r *route, x int32, i int) int64 {
	if p.floats(x) {
		return 0
	}
	from, to := p.siteBy(r, i), p.siteFrom(r, i+1)
	return p.comes(from, p.Site[x]) + p.comes(p.Site[x], to) - p.comes(from, to)
}
