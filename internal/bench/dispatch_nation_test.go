package bench

import (
	"testing"

	"anxin/vrp"
)

// TestNation draws a small nation, plans it city by city, and finds each city in it again.
func TestNation(t *testing.T) {
	t.Parallel()
	n := Nation{Cities: 4, Jobs: 200, Engineers: 24}
	p := n.Problem(1)
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	if len(p.Jobs) != n.Jobs || len(p.Engineers) != n.Engineers || p.Places != n.Jobs+n.Engineers {
		t.Fatalf("%d jobs, %d engineers, %d places", len(p.Jobs), len(p.Engineers), p.Places)
	}
	s, err := vrp.Solve(p, vrp.Options{Seed: 1, Iterations: 4000, Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vrp.Check(p, s) {
		t.Error(v)
	}
	var sum DispatchResult
	for c := range n.Cities {
		var r DispatchResult
		n.within(p, s, c, &r)
		if alone := n.Alone(p, c); len(alone.Jobs) != r.Tasks || alone.Check() != nil {
			t.Errorf("city %d: %d jobs alone, %d within, %v", c, len(alone.Jobs), r.Tasks, alone.Check())
		}
		sum.Tasks += r.Tasks
		sum.Unserved += r.Unserved
		sum.Priority += r.Priority
		sum.Value += r.Value
	}
	if c := s.Cost; sum.Tasks != n.Jobs || sum.Unserved != c.Unserved || sum.Priority != c.PriorityServed || int64(sum.Value) != c.Travel {
		t.Errorf("all cities %+v, the plan %+v", sum, c)
	}
}
