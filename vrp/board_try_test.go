package vrp_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"anxin/vrp"
	"anxin/vrp/vrptest"
)

// TestTries compares what is worked out from a gap on with laying out the whole lane, and with the bound that turned others away.
func TestTries(t *testing.T) {
	t.Parallel()
	timed := vrptest.Windows | vrptest.Breaks | vrptest.Due | vrptest.Overtime | vrptest.Setup | vrptest.Shifts
	for name, tt := range map[string]struct {
		f     vrptest.Features
		share int // of a hundred tries that do not lay out everything, at least
	}{
		"due":            {timed, 70},
		"moved":          {timed | vrptest.Stability | vrptest.Near | vrptest.Range, 70},
		"sites":          {timed | vrptest.Kinds | vrptest.Open, 30},
		"slices":         {timed | vrptest.Slices | vrptest.Weights, 70},
		"slices, open":   {vrptest.Windows | vrptest.Breaks | vrptest.Slices | vrptest.Open | vrptest.Range | vrptest.NoWays, 70},
		"slices, remote": {vrptest.Windows | vrptest.Slices | vrptest.Breaks | vrptest.NoPlace | vrptest.Due, 40},
		"slices, hours":  {timed | vrptest.Slices | vrptest.Hours | vrptest.Duration, 0},
		"slices, all":    {vrptest.All&^vrptest.Stock&^vrptest.Fairness&^vrptest.Shares&^vrptest.Shipments&^vrptest.Fixed | vrptest.Slices, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gaps, known, equal := 0, 0, 0
			for seed := range uint64(150) {
				r := rand.New(rand.NewPCG(seed, 21))
				p := vrptest.Random(r, tt.f, 6+r.IntN(4), 1+r.IntN(3))
				b, err := vrp.NewBoard(p, nil)
				if err != nil {
					t.Fatal(err)
				}
				for i := range p.Jobs {
					ask := vrp.Ask{Job: p.Jobs[i]}
					what := fmt.Sprintf("%s, seed %d, %s", name, seed, ask.Job.ID)
					if ask.Job.Crew < 2 {
						g, k := b.Tries(ask, 1+r.Int64N(7), func(cost, laid, least int64, ok, laidOK bool) {
							if ok != laidOK || ok && cost != laid {
								t.Errorf("%s: adds %d (%v), laid out %d (%v)", what, cost, ok, laid, laidOK)
							}
							if laidOK && least > laid {
								t.Errorf("%s: adds %d, was said to add at least %d", what, laid, least)
							}
							if laidOK && least == laid {
								equal++
							}
						})
						gaps, known = gaps+g, known+k
					}
					offers, err := b.Offers(ask)
					if err != nil {
						t.Fatal(err)
					}
					for _, o := range offers {
						if o.OK {
							if err := b.Put(ask, o); err != nil {
								t.Fatal(err)
							}
							break
						}
					}
				}
			}
			t.Logf("%d tries, %d not laid out, %d as much as the bound", gaps, known, equal)
			if gaps < 1000 || known*100 < gaps*tt.share {
				t.Errorf("%d of %d tries do not lay out everything", known, gaps)
			}
		})
	}
}
