package vrp_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"anxin/vrp"
	"anxin/vrp/vrptest"
)

// honoured are the features that the search honours.
const honoured = vrptest.All &^ vrptest.NoPlace

// draw makes a random problem of some of the features.
func draw(seed uint64, jobs, engineers int, of vrptest.Features) *vrp.Problem {
	r := rand.New(rand.NewPCG(seed, 7))
	f := vrptest.Features(r.Uint32()) & of
	if seed%5 == 0 {
		f = of
	}
	return vrptest.Random(r, f, 1+r.IntN(jobs), 1+r.IntN(engineers))
}

// TestSolveKeepsRules lets the checker judge plans of random problems. What is fixed can break rules by itself: see
// TestSolveFixed.
func TestSolveKeepsRules(t *testing.T) {
	t.Parallel()
	served := 0
	for seed := range uint64(740) {
		p := draw(seed, 14, 4, honoured&^vrptest.Fixed)
		s, err := vrp.Solve(p, vrp.Options{Seed: seed, Iterations: 150})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for _, v := range vrp.Check(p, s) {
			t.Errorf("seed %d: %v", seed, v)
		}
		served += s.Cost.Served
	}
	if served < 1200 {
		t.Errorf("%d jobs served prove little", served)
	}
}

// TestSolveFindsBest compares plans of tiny problems with the best there is.
func TestSolveFindsBest(t *testing.T) {
	t.Parallel()
	missed, all := 0, 0
	for seed := range uint64(240) {
		p := draw(seed, 4, 2, honoured&^vrptest.Fixed&^vrptest.Stock)
		best := vrptest.Best(p)
		s, err := vrp.Solve(p, vrp.Options{Seed: seed, Iterations: 400})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		all++
		if best.Cost.Better(s.Cost, p.Objective.Mode) {
			missed++
			t.Logf("seed %d: %+v, best is %+v", seed, s.Cost, best.Cost)
		}
	}
	if missed*20 > all {
		t.Errorf("%d of %d are not the best", missed, all)
	}
}

// TestSolveFetches compares plans in which things may have to be fetched with the best there is.
func TestSolveFetches(t *testing.T) {
	t.Parallel()
	missed, fetched, all := 0, 0, 0
	for seed := range uint64(160) {
		r := rand.New(rand.NewPCG(seed, 8))
		f := vrptest.Stock | vrptest.Features(r.Uint32()&r.Uint32())&(vrptest.Plain|vrptest.Duration|vrptest.Due)&^vrptest.Shifts
		p := vrptest.Random(r, f, 1+r.IntN(3), 1+r.IntN(2))
		best := vrptest.Best(p)
		s, err := vrp.Solve(p, vrp.Options{Seed: seed, Iterations: 400})
		if err == nil {
			err = vrptest.Sound(p, s)
		}
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		all++
		for _, route := range s.Routes {
			if slices.ContainsFunc(route.Steps, func(st vrp.Step) bool { return st.Kind == vrp.Fetch }) {
				fetched++
			}
		}
		if best.Cost.Better(s.Cost, p.Objective.Mode) {
			missed++
			t.Logf("seed %d: %+v, best is %+v", seed, s.Cost, best.Cost)
		}
	}
	if missed*20 > all || fetched < 40 {
		t.Errorf("%d of %d are not the best, %d routes fetch something", missed, all, fetched)
	}
}

// TestSolveFixed lets the checker judge plans around work that has begun, wherever there is a valid one.
func TestSolveFixed(t *testing.T) {
	t.Parallel()
	held := 0
	for seed := range uint64(400) {
		p := draw(seed, 4, 2, honoured)
		fixed := slices.ContainsFunc(p.Jobs, func(j vrp.Job) bool { return j.Fixed })
		if !fixed || vrptest.Best(p) == nil {
			continue
		}
		held++
		s, err := vrp.Solve(p, vrp.Options{Seed: seed, Iterations: 200})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for _, v := range vrp.Check(p, s) {
			t.Errorf("seed %d: %v", seed, v)
		}
	}
	if held < 60 {
		t.Errorf("%d problems prove little", held)
	}
}

// TestSolveTwice compares two runs.
func TestSolveTwice(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		run := func() string {
			s, err := vrp.Solve(draw(seed, 20, 4, honoured), vrp.Options{Seed: seed, Iterations: 300})
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		if a, b := run(), run(); a != b {
			t.Errorf("seed %d: %s, then %s", seed, a, b)
		}
	}
}

// TestSolveStart begins with a good plan, which may not be lost.
func TestSolveStart(t *testing.T) {
	t.Parallel()
	for seed := range uint64(120) {
		p := draw(seed, 14, 3, honoured)
		first, err := vrp.Solve(p, vrp.Options{Seed: seed, Iterations: 300})
		if err != nil {
			t.Fatal(err)
		}
		again, err := vrp.Solve(p, vrp.Options{Seed: seed + 1, Iterations: 1, Start: first})
		if err != nil {
			t.Fatal(err)
		}
		if first.Cost.Better(again.Cost, p.Objective.Mode) {
			t.Errorf("seed %d: %+v from %+v", seed, again.Cost, first.Cost)
		}
	}
}

// TestSolveRefuses names what it refuses.
func TestSolveRefuses(t *testing.T) {
	t.Parallel()
	shift := vrp.Shift{Window: vrp.Window{From: 0, To: 100}}
	good := func() *vrp.Problem {
		return &vrp.Problem{
			Places: 1, Travel: []vrp.Matrix{{Seconds: []int32{0}}},
			Jobs:      []vrp.Job{{ID: "a"}, {ID: "b"}},
			Engineers: []vrp.Engineer{{ID: "ann", Shifts: []vrp.Shift{shift}}},
		}
	}
	for _, tt := range []struct {
		name string
		do   func(p *vrp.Problem)
		want error
	}{
		{"nothing wrong", func(*vrp.Problem) {}, nil},
		{"no matrix", func(p *vrp.Problem) { p.Travel = nil }, vrp.ErrProblem},
		{"small matrix", func(p *vrp.Problem) { p.Places = 2 }, vrp.ErrProblem},
		{"way back in time", func(p *vrp.Problem) { p.Travel[0].Seconds[0] = -1 }, vrp.ErrProblem},
		{"unknown place", func(p *vrp.Problem) { p.Jobs[0].Place = 1 }, vrp.ErrProblem},
		{"id twice", func(p *vrp.Problem) { p.Jobs[1].ID = "a" }, vrp.ErrProblem},
		{"engineer twice", func(p *vrp.Problem) { p.Engineers = append(p.Engineers, p.Engineers[0]) }, vrp.ErrProblem},
		{"negative service", func(p *vrp.Problem) { p.Jobs[0].Service = -1 }, vrp.ErrProblem},
		{"windows overlap", func(p *vrp.Problem) { p.Jobs[0].Windows = []vrp.Window{{From: 1, To: 5}, {From: 5, To: 9}} }, vrp.ErrProblem},
		{"window ends first", func(p *vrp.Problem) { p.Jobs[0].Windows = []vrp.Window{{From: 5, To: 1}} }, vrp.ErrProblem},
		{"circle", func(p *vrp.Problem) {
			p.Sequences = []vrp.Sequence{{First: "a", Then: "b"}, {First: "b", Then: "a"}}
		}, vrp.ErrProblem},
		{"endless shift", func(p *vrp.Problem) { p.Engineers[0].Shifts[0].Window.To = vrp.MaxTime }, vrp.ErrProblem},
		{"service longer than any shift", func(p *vrp.Problem) { p.Jobs[0].Service = vrp.MaxTime }, nil},
		{"pinned to nobody", func(p *vrp.Problem) { p.Jobs[0].Pinned = "zoe" }, nil},
		{"window before all shifts", func(p *vrp.Problem) { p.Jobs[0].Windows = []vrp.Window{{From: -9, To: -5}} }, nil},
		{"no engineers", func(p *vrp.Problem) { p.Engineers = nil }, nil},
		{"no jobs", func(p *vrp.Problem) { p.Jobs = nil }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := good()
			tt.do(p)
			s, err := vrp.Solve(p, vrp.Options{Iterations: 20})
			if !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
			if err == nil {
				for _, v := range vrp.Check(p, s) {
					t.Error(v)
				}
			}
		})
	}
}
