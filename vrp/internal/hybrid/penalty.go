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
	target     float64      // share that should break nothing
	most       [maxDims]int64
}

// The pace of the penalties, and what no sum of warp can overflow with.
const (
	penaltyWindow = 50 // local optima between two changes
	mostWarp      = 1 << 28
)

// newPenalties starts where a typical leg pays for a typical violation.
func newPenalties(d *data, target, start float64) penalties {
	price, travel, legs := 0.0, 0.0, 0.0
	k := &d.kinds[0]
	for i := range d.clients {
		for j := 0; j < d.clients; j += 1 + d.clients/64 {
			price += float64(k.price[i*d.size+j])
			travel += float64(k.travel[i*d.size+j])
			legs++
		}
	}
	q := penalties{target: target}
	q.warp = int64(min(start*penaltyUnit*(price+1)/(travel+1)+1, mostWarp))
	for l := range d.dims {
		sum := int64(1)
		for c := range d.clients {
			sum += d.demand[c*d.dims+l]
		}
		q.most[l] = min(1<<61/sum+1, 1<<40)
		perUnit := start * price / max(legs, 1) * float64(d.clients) / float64(sum)
		q.load[l] = int64(min(penaltyUnit*perUnit+1, float64(q.most[l])))
	}
	return q
}

// strict is a price for violations that hardly anything is worth.
func (q *penalties) strict() penalties {
	s := *q
	s.warp = min(q.warp*1000, mostWarp)
	for l := range s.load {
		s.load[l] = min(q.load[l]*1000, q.most[l])
	}
	return s
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
	if q.seen < penaltyWindow {
		return false
	}
	q.warp = q.follow(q.warp, q.kept, mostWarp)
	for l := range p.d.dims {
		q.load[l] = q.follow(q.load[l], q.full[l], q.most[l])
	}
	q.seen, q.kept, q.full = 0, 0, [maxDims]int{}
	return true
}

func (q *penalties) follow(now int64, good int, most int64) int64 {
	share := float64(good) / float64(q.seen)
	switch {
	case share < q.target-0.05:
		now = now*6/5 + 1
	case share > q.target+0.05:
		now = now * 17 / 20
	}
	return min(max(now, 1), most)
}
