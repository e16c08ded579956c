package hybrid

import "testing"

func TestTails(t *testing.T) {
	t.Parallel()
	fuzz(t, 20, func(t *testing.T, pr *Problem, s *search, rnd random) {
		for range 20 {
			a, b := twoRoutes(s)
			i, j := int32(rnd.n(int(a.n)+1)), int32(rnd.n(int(b.n)+1))
			as, bs := clientsOf(a), clientsOf(b)
			legal := !(i == 0 && j == 0) && !(i == a.n && j == b.n)
			wantMove(t, pr, s, "tails", legal, func() bool { return s.tails(a, i, b, j) },
				[]*route{a, b}, splice(as, i, a.n-i, bs[j:]...), splice(bs, j, b.n-j, as[i:]...))
		}
	})
}
