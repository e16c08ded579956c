package hybrid

import "testing"

// TestStar compares each exchange with the plan it makes, and swapStar with
// trying all exchanges.
func TestStar(t *testing.T) {
	t.Parallel()
	fuzz(t, 20, func(t *testing.T, pr *Problem, s *search, rnd random) {
		p := s.plan
		for range 10 {
			a, b := twoRoutes(s)
			if b.n == 0 {
				continue
			}
			s.podiums(a, b, &s.inB)
			s.podiums(b, a, &s.inA)
			i, j := int32(1+rnd.n(int(a.n))), int32(1+rnd.n(int(b.n)))
			toB, _ := s.landing(a, i, b, j, &s.inB[i])
			toA, _ := s.landing(b, j, a, i, &s.inA[j])
			wantMove(t, pr, s, "star", true, func() bool { return s.star(a, i, b, j) },
				[]*route{a, b}, moved(a, i, b, j, toA), moved(b, j, a, i, toB))
			for range 100 {
				before := p.price
				took := s.swapStar(a, b)
				if took != (p.price < before) {
					t.Fatalf("swapStar took a move: %t, and went from %d to %d", took, before, p.price)
				}
				if !took {
					break
				}
			}
			audit(t, pr, p)
		}
	})
}

// moved is the clients of a without position i and with the one at j of b.
func moved(a *route, i int32, b *route, j, to int32) []int32 {
	list, guest := clientsOf(a), b.stops[j].node
	if to == none {
		list[i-1] = guest
		return list
	}
	var out []int32
	for pos := int32(0); pos <= a.n; pos++ {
		if pos > 0 && pos != i {
			out = append(out, list[pos-1])
		}
		if pos == to {
			out = append(out, guest)
		}
	}
	return out
}

// TestPodium keeps the three cheapest of many.
func TestPodium(t *testing.T) {
	t.Parallel()
	var p podium
	p.clear()
	for pos, cost := range []int64{9, 4, 7, 1, 8, 3} {
		p.add(int32(pos), cost)
	}
	if p.pos != [3]int32{3, 5, 1} || p.cost != [3]int64{1, 3, 4} {
		t.Errorf("podium %v at %v", p.pos, p.cost)
	}
	if pos, cost := p.beside(4); pos != 5 || cost != 3 { // 3 touches 4
		t.Errorf("beside 4 is %d at %d", pos, cost)
	}
}
