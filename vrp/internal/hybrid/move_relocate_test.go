package hybrid

import "testing"

func TestRelocate(t *testing.T) {
	t.Parallel()
	fuzz(t, 20, func(t *testing.T, pr *Problem, s *search, rnd random) {
		for range 20 {
			a, b := twoRoutes(s)
			k := int32(1 + rnd.n(3))
			i, j := int32(1+rnd.n(int(a.n))), int32(rnd.n(int(b.n)+1))
			if i+k-1 > a.n {
				continue
			}
			as, bs := clientsOf(a), clientsOf(b)
			wantMove(t, pr, s, "relocate", true, func() bool { return s.relocate(a, i, k, b, j) },
				[]*route{a, b}, splice(as, i-1, k), splice(bs, j, 0, as[i-1:i-1+k]...))
		}
	})
}

func TestRelocateOutside(t *testing.T) {
	t.Parallel()
	fuzz(t, 3, func(t *testing.T, pr *Problem, s *search, _ random) {
		a, b := twoRoutes(s)
		for _, at := range [][3]int32{{0, 1, 0}, {a.n, 2, 0}, {1, 1, -1}, {1, 1, b.n + 1}} {
			if s.relocate(a, at[0], at[1], b, at[2]) {
				t.Errorf("relocate %v of %d clients behind one of %d was taken", at, a.n, b.n)
			}
		}
		audit(t, pr, s.plan)
	})
}
