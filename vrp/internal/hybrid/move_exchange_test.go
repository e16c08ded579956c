package hybrid

import "testing"

func TestExchange(t *testing.T) {
	t.Parallel()
	fuzz(t, 20, func(t *testing.T, pr *Problem, s *search, rnd random) {
		for range 20 {
			r, _ := twoRoutes(s)
			k, m := int32(1+rnd.n(2)), int32(1+rnd.n(2))
			i, j := int32(1+rnd.n(int(r.n))), int32(1+rnd.n(int(r.n)))
			if i+k >= j || j+m-1 > r.n {
				continue
			}
			list := clientsOf(r)
			first, second := list[i-1:i-1+k], list[j-1:j-1+m]
			want := splice(splice(list, j-1, m, first...), i-1, k, second...)
			wantMove(t, pr, s, "exchange", true, func() bool {
				if rnd.chance(0.5) {
					return s.exchange(r, j, m, i, k)
				}
				return s.exchange(r, i, k, j, m)
			}, []*route{r}, want)
		}
	})
}
