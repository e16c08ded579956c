package hybrid

import "testing"

// TestSieve finds that no move pays after the sieve let nothing through.
func TestSieve(t *testing.T) {
	t.Parallel()
	fuzz(t, 40, func(t *testing.T, pr *Problem, s *search, rnd random) {
		p := s.plan
		for range 60 {
			u, v := int32(rnd.n(s.d.clients)), int32(rnd.n(s.d.clients))
			if u == v || p.spots[u].route == none || p.spots[v].route == none {
				continue
			}
			a, i := p.at(u)
			b, j := p.at(v)
			if a == b {
				if !s.within(a, i, j) && s.withinAll(a, i, j) {
					t.Fatalf("the sieve missed a move of %d and %d within a route", i, j)
				}
			} else if !s.between(a, i, b, j) && s.betweenAll(a, i, b, j) {
				t.Fatalf("the sieve missed a move of %d and %d between routes", i, j)
			}
		}
		audit(t, pr, p)
	})
}

// withinAll is within without the sieve.
func (s *search) withinAll(r *route, i, j int32) bool {
	return s.shift(r, i, 1, j, false) ||
		s.shift(r, i, 1, j-1, false) ||
		s.exchange(r, i, 1, j, 1) ||
		s.shift(r, i-1, 2, j-1, false) ||
		s.shift(r, i, 2, j, false) ||
		s.shift(r, i, 2, j, true) ||
		s.exchange(r, i, 2, j, 1) ||
		s.exchange(r, i, 2, j, 2) ||
		s.shift(r, i, 3, j, false) ||
		s.turn(r, i, j)
}
