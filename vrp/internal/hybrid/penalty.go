package hybrid

// penaltyUnit is the fixed point of penalties: a penalty of penaltyUnit costs
// one per unit of the violation.
const penaltyUnit = 256

// penalties price what a plan may break on the way to a better one. They
// follow the share of local optima that break nothing: too many, and breaking
// gets cheaper.
type penalties struct {
	warp int64 // per second of time warp
	load [maxDims]int64

	seen, kept int          // local optima since the last change, and those without warp
	full       [maxDims]int // those without excess in a dimension
	floor      int64        // of every penalty
	ceiling    int64        // of every penalty
	window     int          // local optima between two changes
	target     float64      // share that should break nothing
}

// newPenalties starts where a typical leg pays for a typical violation.
func newPenalties(d *data, target float64) penalties {
	price, travel, legs := 0.0, 0.0, 0.0
	k := &d.kinds[0]
	for i := range d.clients {
		for j := 0; j < d.clients; j += 1 + d.clients/64 {
			price += float64(k.price[i*d.size+j])
			travel += float64(k.travel[i*d.size+j])
			legs++
		}
	}
	q := penalties{window: 50, target: target, floor: 1, ceiling: 1 << 40}
	q.warp = clampPenalty((price + 1) / (travel + 1))
	for l := range d.dims {
		sum := 1.0
		for c := range d.clients {
			sum += float64(d.demand[c*d.dims+l])
		}
		q.load[l] = clampPenalty(price / max(legs, 1) / (sum / float64(max(d.clients, 1))))
	}
	return q
}

func clampPenalty(perUnit float64) int64 {
	return int64(min(max(perUnit*penaltyUnit, 1), 1<<40))
}

// learn counts one local optimum and tells whether the penalties changed.
func (q *penalties) learn(p *plan) bool {
	q.seen++
	if p.warp == 0 {
		q.kept++
	}
	for l := range p.d.dims {
		if p.excess[l] == 0 {
			q.full[l]++
		}
	}
	if q.seen < q.window {
		return false
	}
	q.warp = q.follow(q.warp, q.kept)
	for l := range p.d.dims {
		q.load[l] = q.follow(q.load[l], q.full[l])
	}
	q.seen, q.kept, q.full = 0, 0, [maxDims]int{}
	return true
}

func (q *penalties) follow(now int64, good int) int64 {
	share := float64(good) / float64(q.seen)
	switch {
	case share < q.target-0.05:
		now = now*6/5 + 1
	case share > q.target+0.05:
		now = now * 17 / 20
	}
	return min(max(now, q.floor), q.ceiling)
}
