package hybrid

import (
	"slices"
	"testing"
)

// TestRollback changes a plan at random and takes it back.
func TestRollback(t *testing.T) {
	t.Parallel()
	fuzz(t, 12, func(t *testing.T, pr *Problem, s *search, rnd random) {
		p := s.plan
		u := newRuiner(s, tuned(s.d))
		for range 10 {
			var want [][]int32
			for _, r := range p.routes {
				want = append(want, clientsOf(r))
			}
			price, out := p.price, len(p.out)
			p.begin()
			u.ruin()
			u.recreate()
			if rnd.chance(0.5) {
				s.run()
			}
			audit(t, pr, p)
			if rnd.chance(0.5) {
				continue
			}
			p.rollback()
			audit(t, pr, p)
			for i, r := range p.routes {
				if !slices.Equal(clientsOf(r), want[i]) {
					t.Fatalf("route %d is %v after rollback, want %v", i, clientsOf(r), want[i])
				}
			}
			if p.price != price || len(p.out) != out {
				t.Fatalf("rollback left price %d and %d out, want %d and %d", p.price, len(p.out), price, out)
			}
		}
	})
}

// TestLocalSearch runs to a local optimum and finds the plan in order, and no
// dearer.
func TestLocalSearch(t *testing.T) {
	t.Parallel()
	fuzz(t, 20, func(t *testing.T, pr *Problem, s *search, _ random) {
		before := s.plan.price
		s.wakeAll()
		s.run()
		audit(t, pr, s.plan)
		if s.plan.price > before {
			t.Fatalf("local search made the plan dearer: %d to %d", before, s.plan.price)
		}
	})
}
