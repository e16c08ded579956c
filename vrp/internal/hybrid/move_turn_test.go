package hybrid

import (
	"slices"
	"testing"
)

func TestReverse(t *testing.T) {
	t.Parallel()
	fuzz(t, 20, func(t *testing.T, pr *Problem, s *search, rnd random) {
		for range 20 {
			r, _ := twoRoutes(s)
			i, j := int32(1+rnd.n(int(r.n))), int32(1+rnd.n(int(r.n)))
			list := clientsOf(r)
			if j > i {
				slices.Reverse(list[i-1 : j])
			}
			wantMove(t, pr, s, "reverse", j > i, func() bool { return s.reverse(r, i, j) }, []*route{r}, list)
		}
	})
}
