package vrp_test

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"testing"

	"anxin/vrp"
	"anxin/vrp/vrptest"
)

// TestGroups plans problems with every part of the model in groups of two shifts, by both judges.
func TestGroups(t *testing.T) {
	t.Parallel()
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 77))
		f := vrptest.Features(r.Uint32()) & vrptest.Plain
		if seed%2 == 0 {
			f |= vrptest.Features(r.Uint32()) & vrptest.All
		}
		p := vrptest.Random(r, f, 5+r.IntN(25), 2+r.IntN(6))
		var plans []*vrp.Solution
		for _, threads := range []int{1, 3} {
			s, err := vrp.SolveInGroups(p, vrp.Options{Seed: seed, Iterations: 600, Threads: threads})
			if errors.Is(err, vrp.ErrUnsupported) {
				break
			}
			if err == nil {
				err = vrptest.Sound(p, s)
			}
			if err != nil {
				t.Fatalf("seed %d, features %b: %v", seed, f, err)
			}
			plans = append(plans, s)
		}
		if len(plans) == 2 && !reflect.DeepEqual(plans[0], plans[1]) {
			t.Errorf("seed %d, features %b: %+v with one thread, %+v with three", seed, f, plans[0].Cost, plans[1].Cost)
		}
	}
}

// TestLargeCity plans a city that is searched in groups: as well as a short search of the whole does, and the same with
// one thread and two.
func TestLargeCity(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("plans a city of 1,000 jobs")
	}
	p := city(2, 1000, 110)
	var first *vrp.Solution
	for _, threads := range []int{1, 2} {
		s, err := vrp.Solve(p, vrp.Options{Seed: 1, Iterations: 40_000, Threads: threads})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range vrp.Check(p, s) {
			t.Error(v)
		}
		if s.Cost.Served < 990 {
			t.Errorf("%+v", s.Cost)
		}
		if first == nil {
			first = s
		} else if !reflect.DeepEqual(s, first) {
			t.Errorf("%d threads: %+v, want %+v", threads, s.Cost, first.Cost)
		}
	}
}

// TestGroupsStart begins with routes that nobody can drive and stops after each number of questions: what breaks a rule is
// gone whenever the time is over.
func TestGroupsStart(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 78))
		p := vrptest.Random(r, vrptest.Windows|vrptest.Skills|vrptest.Capacity|vrptest.Breaks|vrptest.Shipments, 20, 6)
		start := &vrp.Solution{}
		for i := range p.Engineers {
			route := vrp.Route{Engineer: i}
			for k := i; k < len(p.Jobs); k += len(p.Engineers) - 1 { // some of the first one's are the last one's, too
				route.Steps = append(route.Steps, vrp.Step{Kind: vrp.Work, Index: k})
			}
			start.Routes = append(start.Routes, route)
		}
		for most := 1; most < 60; most++ {
			asked := 0
			s, err := vrp.SolveInGroups(p, vrp.Options{Seed: seed, Start: start, Spent: func() float64 { asked++; return float64(asked) / float64(most) }})
			if err == nil {
				err = vrptest.Sound(p, s)
			}
			if err != nil {
				t.Fatalf("seed %d, over after %d questions: %v", seed, most, err)
			}
		}
	}
}
