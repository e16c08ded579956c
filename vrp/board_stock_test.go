package vrp_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"anxin/vrp"
	"anxin/vrp/vrptest"
)

// TestBoardStock takes plans with stops at counters onto boards, takes jobs off and puts others on, and has what stands there checked.
func TestBoardStock(t *testing.T) {
	t.Parallel()
	put, refused := 0, 0
	for seed := range uint64(120) {
		r := rand.New(rand.NewPCG(seed, 9))
		p := vrptest.Random(r, vrptest.Stock|vrptest.Features(r.Uint32())&(vrptest.Windows|vrptest.Breaks|vrptest.Open|vrptest.Capacity), 8, 2)
		plan, err := vrp.Solve(p, vrp.Options{Seed: seed, Iterations: 100})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		b, err := vrp.NewBoard(p, plan)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for range 12 {
			i := r.IntN(len(p.Jobs))
			j := p.Jobs[i]
			b.Take(j.ID)
			if _, s := b.Plan(); !slices.ContainsFunc(s.Unserved, func(u vrp.Unserved) bool { return u.Index == i && !u.Shipment }) {
				continue // what comes behind cannot do without it
			}
			offers, err := b.Offers(vrp.Ask{Job: j})
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			for _, o := range offers {
				if !o.OK {
					refused++
					continue
				}
				if err := b.Put(vrp.Ask{Job: j}, o); err != nil {
					t.Errorf("seed %d: %v", seed, err)
				}
				put++
				break
			}
			if q, s := b.Plan(); len(vrp.Check(q, s)) > 0 {
				t.Fatalf("seed %d: %v", seed, vrp.Check(q, s)[0])
			}
		}
	}
	if put < 300 || refused < 100 {
		t.Errorf("%d put, %d refused: the cases say little", put, refused)
	}
}
