package hybrid

import (
	"slices"
	"testing"
)

func TestShift(t *testing.T) {
	t.Parallel()
	fuzz(t, 20, func(t *testing.T, pr *Problem, s *search, rnd random) {
		for range 20 {
			r, _ := twoRoutes(s)
			k := int32(1 + rnd.n(3))
			i, j := int32(1+rnd.n(int(r.n))), int32(rnd.n(int(r.n)+1))
			if i+k-1 > r.n || (j >= i-1 && j < i+k) {
				continue
			}
			list := clientsOf(r)
			run := slices.Clone(list[i-1 : i-1+k])
			turned := rnd.chance(0.5)
			if turned {
				slices.Reverse(run)
			}
			to := j
			if j > i {
				to -= k
			}
			wantMove(t, pr, s, "shift", true, func() bool { return s.shift(r, i, k, j, turned) },
				[]*route{r}, splice(splice(list, i-1, k), to, 0, run...))
		}
	})
}
