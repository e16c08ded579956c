package core

import (
	"math"
	"slices"
)

// order is in which what is left out is put back.
type order int

const (
	anyOrder order = iota
	longOrder
	farOrder
	closeOrder
	narrowOrder
	earlyOrder
	lateOrder
	fewOrder
	worthOrder
	denseOrder
	orders
)

// recreate puts tasks back, each at its cheapest place.
type recreate struct {
	p      *Problem
	keys   []uint64
	queue  []int32
	fresh  []bool           // by task, taken out in this round
	static [orders][]uint32 // by task, what is put in first has the least
	odds   [orders]int      // sum of the odds up to and with an order
	blink  blink
	clock  *Clock
}

func newRecreate(p *Problem, rand *Rand, clock *Clock) *recreate {
	c := &recreate{p: p, clock: clock, fresh: make([]bool, p.Tasks()), blink: blink{rand: rand, rate: math.MaxUint64 / 100}}
	for o := range c.static {
		c.static[o] = make([]uint32, p.Tasks())
	}
	for t := range p.Tasks() {
		c.rank(int32(t))
	}
	sum := 0
	for o, w := range [orders]int{anyOrder: 4, longOrder: 4, farOrder: 2, closeOrder: 1, narrowOrder: 2, earlyOrder: 1, lateOrder: 1, fewOrder: 2} {
		sum += w
		c.odds[o] = sum
	}
	return c
}

// prefer says how often orders that put worthier tasks first are drawn, per cent.
func (c *recreate) prefer(percent int) {
	plain := c.odds[fewOrder]
	c.odds[worthOrder] = plain + plain*percent/100
	c.odds[denseOrder] = c.odds[worthOrder] + plain*percent/100
}

func (c *recreate) rank(t int32) {
	p := c.p
	var work, way uint32
	var width, early, late int64
	early, late = Never, Never
	for _, x := range []int32{p.First[t], p.Second[t]} {
		if x < 0 {
			continue
		}
		work += uint32(p.Service[0][x])
		width = 0
		for _, w := range p.Windows[x] {
			width += int64(w.To) - int64(w.From) + 1
		}
		early, late = int64(p.Windows[x][0].From), int64(p.Windows[x][len(p.Windows[x])-1].To)
		least := uint32(math.MaxUint32)
		if c.clock.Over(2 * len(p.Able[t])) {
			continue
		}
		for _, s := range p.Able[t] {
			m := &p.Metrics[p.Shifts[s].Metric]
			least = min(least, uint32(m.Seconds[int(p.Shifts[s].Start)*p.Places+int(p.Place[x])]))
		}
		way += least
	}
	c.static[longOrder][t] = math.MaxUint32 - work
	c.static[farOrder][t] = math.MaxUint32 - way
	c.static[closeOrder][t] = way
	c.static[narrowOrder][t] = uint32(width)
	c.static[earlyOrder][t] = uint32(early)
	c.static[lateOrder][t] = math.MaxUint32 - uint32(late)
	c.static[fewOrder][t] = uint32(len(p.Able[t]))
	c.static[worthOrder][t] = uint32(1<<31 - p.Priority[t])
	c.static[denseOrder][t] = uint32(float64(1<<31) / (1 + float64(p.Priority[t])/float64(work+600)*1000))
}

// sort puts the queue in one of the orders.
func (c *recreate) sort(rand *Rand) {
	draw := rand.below(c.odds[orders-1])
	o := anyOrder
	for draw >= c.odds[o] {
		o++
	}
	rank := c.static[o]
	c.keys = c.keys[:0]
	for _, t := range c.queue {
		// Ties, and all in any order, fall as they may.
		c.keys = append(c.keys, uint64(rank[t])<<32|rand.next()>>44<<20|uint64(len(c.keys)))
	}
	slices.Sort(c.keys)
	sorted := c.queue
	for i, k := range c.keys {
		c.keys[i] = uint64(sorted[k&(1<<20-1)])
	}
	for i, k := range c.keys {
		c.queue[i] = int32(k)
	}
}

// best is the cheapest place for a task in all routes.
func (c *recreate) best(s *state, t int32, b *blink) insertion {
	best := insertion{route: -1, cost: maxCost}
	row := s.cache.row(t)
	for k, shift := range c.p.Able[t] {
		r := s.routes[shift]
		var more int64 // what does not depend on the route alone
		if c.p.Share != nil {
			more = s.unevenWith(t, shift)
		}
		if row == nil {
			if in := c.p.bestIn(r, t, best.cost-more, b); in.route >= 0 {
				in.cost += more
				best = in
			}
			continue
		}
		e := &row[k]
		if e.stamp != r.stamp {
			in := c.p.bestIn(r, t, maxCost, nil)
			e.fill(r.stamp, in)
			if c.p.Uses != nil {
				*s.cache.trip(t, k) = trip{int16(in.trip), int16(in.at)}
			}
		}
		if cost := e.cost + more; cost < best.cost && e.cost < maxCost && !b.overlooks() {
			best = insertion{route: shift, i: int32(e.i), j: int32(e.j), alt: e.j < 0, cost: cost}
			if c.p.Uses != nil {
				v := s.cache.trip(t, k)
				best.trip, best.at = int32(v.trip), int32(v.at)
			}
		}
	}
	return best
}

// bestAmong is the cheapest place for a task in the routes of some shifts.
func (c *recreate) bestAmong(s *state, t int32, shifts []int32, b *blink) insertion {
	best := insertion{route: -1, cost: maxCost}
	for _, shift := range shifts {
		if !c.p.able(t, shift) {
			continue
		}
		var more int64
		if c.p.Share != nil {
			more = s.unevenWith(t, shift)
		}
		if in := c.p.bestIn(s.routes[shift], t, best.cost-more, b); in.route >= 0 {
			in.cost += more
			best = in
		}
	}
	return best
}

// greedy puts the removed tasks back, and tries what was left out before in the routes that lost something: in the others
// there was no place for it before. False says that the time was over before all was tried.
func (c *recreate) greedy(s *state, rand *Rand, removed, shifts []int32) bool {
	c.queue = append(append(c.queue[:0], removed...), s.out...)
	c.sort(rand)
	// What costs more than not to do it may still pay together with other work.
	generous := c.p.Levels || rand.below(2) == 0
	for _, t := range removed {
		c.fresh[t] = true
	}
	for _, t := range c.queue {
		var in insertion
		if c.fresh[t] {
			in = c.best(s, t, &c.blink)
		} else {
			if c.clock.Over(tryWork * len(shifts)) {
				break
			}
			in = c.bestAmong(s, t, shifts, &c.blink)
		}
		if in.route >= 0 && (generous || in.cost <= c.p.Drop[t]) {
			s.put(t, in)
		}
	}
	for _, t := range removed {
		c.fresh[t] = false
	}
	return !c.clock.done
}

// tryWork is what trying a task in a route counts for a clock.
const tryWork = 50
