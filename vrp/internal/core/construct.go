package core

import (
	"cmp"
	"slices"
)

// Looking for what would lose most is worth while for so many pairs of task and shift, and for this share of the budget.
const (
	mostRegret  = 4_000_000
	regretShare = 0.2
)

// construct puts in what it can.
func (q *Search) construct() {
	pairs := 0
	for _, able := range q.p.Able {
		pairs += len(able)
	}
	if pairs <= mostRegret && !q.hurry {
		q.constructByRegret()
	}
	q.constructByWorth()
}

// constructByWorth puts in the worthiest first, and of those the ones that are hardest to place.
func (q *Search) constructByWorth() {
	c := q.recreate
	tasks := slices.Clone(q.s.absent)
	slices.SortFunc(tasks, func(a, b int32) int {
		return cmp.Or(cmp.Compare(c.static[worthOrder][a], c.static[worthOrder][b]), cmp.Compare(c.static[fewOrder][a], c.static[fewOrder][b]), cmp.Compare(a, b))
	})
	for i, t := range tasks {
		if i%askEach == 0 && q.budget.spent(0) >= 1 || q.clock.Over(tryWork*len(q.p.Able[t])) {
			return
		}
		if in := c.best(q.s, t, nil); in.route >= 0 && (q.start == nil || q.p.Levels || in.cost <= q.p.Drop[t]) {
			q.s.put(t, in)
		}
	}
}

// constructByRegret puts in first what would lose most if its best place went.
func (q *Search) constructByRegret() {
	p, s := q.p, q.s
	type choice struct {
		first  insertion
		second insertion
		regret int64
	}
	choices := make([]choice, p.Tasks())
	stamps := make([][]insertion, p.Tasks())
	none := insertion{route: -1, cost: maxCost}
	judge := func(t int32) {
		c := choice{first: none, second: none}
		for _, in := range stamps[t] {
			switch {
			case in.route < 0:
			case in.cost < c.first.cost:
				c.second, c.first = c.first, in
			case in.cost < c.second.cost:
				c.second = in
			}
		}
		c.regret = min(c.second.cost, 1<<50) - min(c.first.cost, 1<<50)
		choices[t] = c
	}
	for t := range p.Tasks() {
		if t%askEach == 0 && q.budget.spent(0) >= regretShare || q.clock.Over(tryWork*len(p.Able[t])) {
			return
		}
		stamps[t] = make([]insertion, len(p.Able[t]))
		for k, shift := range p.Able[t] {
			stamps[t][k] = p.bestIn(s.routes[shift], int32(t), maxCost, nil)
		}
		judge(int32(t))
	}
	for round := 0; len(s.absent) > 0; round++ {
		if round%askEach == 0 && q.budget.spent(0) >= regretShare || q.clock.Over(10*len(s.absent)) {
			return
		}
		best := int32(-1)
		for _, t := range s.absent {
			if in := choices[t].first; in.route < 0 || q.start != nil && !p.Levels && in.cost > p.Drop[t] {
				continue
			}
			if best < 0 || p.Priority[t] > p.Priority[best] || p.Priority[t] == p.Priority[best] && (choices[t].regret > choices[best].regret || choices[t].regret == choices[best].regret && t < best) {
				best = t
			}
		}
		if best < 0 {
			return
		}
		shift := choices[best].first.route
		s.put(best, choices[best].first)
		for _, t := range s.absent {
			if !p.able(t, shift) {
				continue
			}
			k, _ := slices.BinarySearch(p.Able[t], shift)
			in := p.bestIn(s.routes[shift], t, maxCost, nil)
			stamps[t][k] = in
			if c := &choices[t]; c.first.route == shift || c.second.route == shift || in.cost < c.second.cost {
				judge(t)
			}
		}
	}
}
