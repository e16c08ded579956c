package vrptest_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"anxin/vrp"
	"anxin/vrp/vrptest"
)

func TestSolve(t *testing.T) {
	t.Parallel()
	vrptest.Suite(t, vrp.Solve)
}

// TestHostileChecks has the checker look at hostile problems and plans that do not fit them.
func TestHostileChecks(t *testing.T) {
	t.Parallel()
	cases := vrptest.Hostile()
	for i, c := range cases {
		s := &vrp.Solution{}
		for k := range c.Problem.Jobs {
			s.Unserved = append(s.Unserved, vrp.Unserved{Index: k})
			s.Cost.DropCost += c.Problem.Jobs[k].DropCost
		}
		for k := range c.Problem.Shipments {
			s.Unserved = append(s.Unserved, vrp.Unserved{Index: k, Shipment: true})
		}
		s.Cost.Unserved = len(s.Unserved)
		if c.Problem.Objective.Mode == vrp.Money {
			s.Cost.Total = s.Cost.DropCost
		}
		if got := vrp.Check(c.Problem, s); len(got) > 0 && !c.Wrong {
			t.Errorf("%s: doing nothing breaks %v", c.Name, got)
		}
		other := cases[(i+7)%len(cases)].Problem
		if plan, err := vrp.Solve(other, vrp.Options{Iterations: 5}); err == nil {
			vrp.Check(c.Problem, plan) // of another problem: anything but a panic
		}
	}
}

// FuzzSolve plans random problems of all features.
func FuzzSolve(f *testing.F) {
	f.Add(uint64(1), uint32(vrptest.All), uint8(9), uint8(3))
	f.Fuzz(func(t *testing.T, seed uint64, features uint32, jobs, engineers uint8) {
		p := vrptest.Random(rand.New(rand.NewPCG(seed, 3)), vrptest.Features(features)&vrptest.All, int(jobs%40), int(engineers%8))
		s, err := vrp.Solve(p, vrp.Options{Seed: seed, Iterations: 100})
		if errors.Is(err, vrp.ErrUnsupported) {
			return
		}
		if err == nil {
			err = vrptest.Sound(p, s)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
}
