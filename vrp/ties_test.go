package vrp_test

import (
	"testing"

	"anxin/vrp"
	"anxin/vrp/vrptest"
)

// TestManySequences plans a day half of whose work waits for other work: what was served without it is taken off, and the rest is a
// plan.
func TestManySequences(t *testing.T) {
	t.Parallel()
	p := vrptest.City(3, 500, 80, 1)
	for i := 0; i < len(p.Jobs); i += 2 {
		a, b := &p.Jobs[i], &p.Jobs[i+1]
		if a.Windows[0].From > b.Windows[0].From {
			a, b = b, a
		}
		p.Sequences = append(p.Sequences, vrp.Sequence{First: a.ID, Then: b.ID, Lag: 600})
	}
	s, err := vrp.Solve(p, vrp.Options{Seed: 1, Iterations: 2000})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vrp.Check(p, s) {
		t.Error(v)
	}
	if s.Cost.Served < 400 {
		t.Errorf("%d of %d jobs served", s.Cost.Served, len(p.Jobs))
	}
}
