package hybrid

import "math"

// A podium holds the three cheapest places for a client in a route, by legs.
type podium struct {
	pos  [3]int32
	cost [3]int64
}

func (t *podium) clear() {
	for i := range t.cost {
		t.pos[i], t.cost[i] = none, math.MaxInt64/4
	}
}

func (t *podium) add(pos int32, cost int64) {
	for i := range t.cost {
		if cost < t.cost[i] {
			pos, t.pos[i] = t.pos[i], pos
			cost, t.cost[i] = t.cost[i], cost
		}
	}
}

// beside returns the cheapest place that does not touch position at.
func (t *podium) beside(at int32) (int32, int64) {
	for i := range t.pos {
		if t.pos[i] != at && t.pos[i] != at-1 {
			return t.pos[i], t.cost[i]
		}
	}
	return none, math.MaxInt64 / 4
}

// swapStar exchanges a client of a with one of b, each going to its best
// place in the other route or into the other's gap (Vidal's SWAP*). It takes
// the first exchange that pays.
func (s *search) swapStar(a, b *route) bool {
	if a.n == 0 || b.n == 0 {
		return false
	}
	s.podiums(a, b, &s.inB)
	s.podiums(b, a, &s.inA)
	for i := int32(1); i <= a.n; i++ {
		for j := int32(1); j <= b.n; j++ {
			if s.star(a, i, b, j) {
				return true
			}
		}
	}
	return false
}

// podiums finds the best places in b for every client of a.
func (s *search) podiums(a, b *route, into *[]podium) {
	d := s.d
	price := d.kinds[b.kind].price
	for len(*into) < int(a.n)+1 {
		*into = append(*into, podium{})
	}
	for i := int32(1); i <= a.n; i++ {
		t := &(*into)[i]
		t.clear()
		u := int(a.stops[i].node)
		row := price[u*d.size : (u+1)*d.size]
		for pos := int32(0); pos <= b.n; pos++ {
			x, y := &b.stops[pos], &b.stops[pos+1]
			cost := int64(price[int(x.node)*d.size+u]) + int64(row[y.node]) - (y.base - x.base)
			if cost < t.cost[2] {
				t.add(pos, cost)
			}
		}
	}
}

// star tries the exchange of position i of a and j of b.
func (s *search) star(a *route, i int32, b *route, j int32) bool {
	toB, costB := s.landing(a, i, b, j, &s.inB[i])
	toA, costA := s.landing(b, j, a, i, &s.inA[j])
	if costA+costB >= a.slack+b.slack {
		return false
	}
	var forA, forB [5]piece
	return s.tryTwo(a, b, replaced(&forA, a, i, b, j, toA), replaced(&forB, b, j, a, i, toB))
}

// landing is the best place in b, once the client at j has left, for the
// client at i of a; none is the gap at j. The change in legs of b goes with it.
func (s *search) landing(a *route, i int32, b *route, j int32, t *podium) (int32, int64) {
	w := s.d.size
	price := s.d.kinds[b.kind].price
	u := int(a.stops[i].node)
	q, y := &b.stops[j-1], &b.stops[j+1]
	out := y.base - q.base
	gap := int64(price[int(q.node)*w+u]) + int64(price[u*w+int(y.node)]) - out
	pos, cost := t.beside(j)
	cost += int64(price[int(q.node)*w+int(y.node)]) - out
	if pos != none && cost < gap {
		return pos, cost
	}
	return none, gap
}

// replaced is route a without position i and with the client at j of b behind
// position to, or in the gap.
func replaced(into *[5]piece, a *route, i int32, b *route, j, to int32) []piece {
	guest := piece{r: b, from: j, to: j}
	switch {
	case to == none:
		return append(into[:0], piece{r: a, from: 0, to: i - 1}, guest, piece{r: a, from: i + 1, to: a.n + 1})
	case to < i:
		return append(into[:0], piece{r: a, from: 0, to: to}, guest, piece{r: a, from: to + 1, to: i - 1}, piece{r: a, from: i + 1, to: a.n + 1})
	}
	return append(into[:0], piece{r: a, from: 0, to: i - 1}, piece{r: a, from: i + 1, to: to}, guest, piece{r: a, from: to + 1, to: a.n + 1})
}

// stars tries swapStar on the pairs of routes this epoch has changed and tells
// whether one paid.
func (s *search) stars() bool {
	p := s.plan
	paid := false
	for x := 0; x < len(p.journal); x++ {
		for y := 0; y < x; y++ {
			paid = s.swapStar(p.routes[p.journal[x]], p.routes[p.journal[y]]) || paid
		}
	}
	return paid
}
