package hybrid

import "testing"

func TestSwap(t *testing.T) {
	t.Parallel()
	fuzz(t, 20, func(t *testing.T, pr *Problem, s *search, rnd random) {
		for range 20 {
			a, b := twoRoutes(s)
			if b.n == 0 {
				continue
			}
			k, m := int32(1+rnd.n(3)), int32(1+rnd.n(3))
			i, j := int32(1+rnd.n(int(a.n))), int32(1+rnd.n(int(b.n)))
			if i+k-1 > a.n || j+m-1 > b.n {
				continue
			}
			as, bs := clientsOf(a), clientsOf(b)
			wantMove(t, pr, s, "swap", true, func() bool { return s.swap(a, i, k, b, j, m) },
				[]*route{a, b}, splice(as, i-1, k, bs[j-1:j-1+m]...), splice(bs, j-1, m, as[i-1:i-1+k]...))
		}
	})
}
