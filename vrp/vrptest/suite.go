package vrptest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"anxin/vrp"
)

// Solver plans a problem, as [vrp.Solve] does.
type Solver func(*vrp.Problem, vrp.Options) (*vrp.Solution, error)

// Iterations that the suite gives a search on its small problems.
const Iterations = 400

// Suite is what every solver has to pass: valid plans of random problems, the best plans of tiny ones, the same plan
// from the same seed, a plan that only gets better than the one to start with, and hostile problems. What a solver
// says that it does not support is left out, but the first group of features it has to.
func Suite(t *testing.T, solve Solver) {
	t.Run("random", func(t *testing.T) { t.Parallel(); suiteRandom(t, solve) })
	t.Run("tiny", func(t *testing.T) { t.Parallel(); suiteTiny(t, solve) })
	t.Run("again", func(t *testing.T) { t.Parallel(); suiteAgain(t, solve) })
	t.Run("start", func(t *testing.T) { t.Parallel(); suiteStart(t, solve) })
	t.Run("stop", func(t *testing.T) { t.Parallel(); suiteStop(t, solve) })
	t.Run("hostile", func(t *testing.T) { t.Parallel(); suiteHostile(t, solve) })
}

// Sound tells what is wrong with a plan by both judges; nil when nothing is. The slow one is asked only when times are
// small.
func Sound(p *vrp.Problem, s *vrp.Solution) error {
	if s == nil {
		return errors.New("neither a plan nor an error")
	}
	if v := vrp.Check(p, s); len(v) > 0 {
		return fmt.Errorf("%d rules broken, first %v", len(v), v[0])
	}
	for _, r := range s.Routes {
		if last := r.Steps[len(r.Steps)-1].Arrival - r.Steps[0].Arrival; last > 1000 {
			return nil
		}
	}
	return Judge(p, s)
}

// mixed draws features: a mix of the first group, every third time with some of the others.
func mixed(r *rand.Rand) Features {
	f := Features(r.Uint32()) & Plain
	if r.IntN(3) == 0 {
		f |= Features(r.Uint32()&r.Uint32()) & All
	}
	return f
}

func suiteRandom(t *testing.T, solve Solver) {
	plain := 0
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 10))
		f := mixed(r)
		p := Random(r, f, 1+r.IntN(25), 1+r.IntN(5))
		s, err := solve(p, vrp.Options{Seed: seed, Iterations: Iterations})
		if errors.Is(err, vrp.ErrUnsupported) && f&^Plain != 0 {
			continue
		}
		if err == nil {
			err = Sound(p, s)
		}
		if err != nil {
			t.Errorf("seed %d, features %b: %v", seed, f, err)
		}
		plain++
	}
	if plain < 100 {
		t.Errorf("%d problems were planned", plain)
	}
}

// suiteTiny compares with the plan of trying everything: never better, and as good but for a few.
func suiteTiny(t *testing.T, solve Solver) {
	n, worse := 0, 0
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 20))
		f := mixed(r)
		p := Random(r, f, 1+r.IntN(4), 1+r.IntN(2))
		s, err := solve(p, vrp.Options{Seed: seed, Iterations: Iterations})
		if errors.Is(err, vrp.ErrUnsupported) && f&^Plain != 0 {
			continue
		}
		if err == nil {
			err = Sound(p, s)
		}
		if err != nil {
			t.Errorf("seed %d, features %b: %v", seed, f, err)
			continue
		}
		best := Best(p)
		if best == nil {
			continue
		}
		n++
		exact := !f.Has(Fairness) && !f.Has(Duration) && !f.Has(Hours) && !f.Has(Slices) // where Best's times are the best as well
		switch {
		case exact && s.Cost.Better(best.Cost, p.Objective.Mode):
			t.Errorf("seed %d, features %b: better than the best: %+v, %+v", seed, f, s.Cost, best.Cost)
		case best.Cost.Better(s.Cost, p.Objective.Mode):
			worse++
			t.Logf("seed %d, features %b: %+v, best %+v", seed, f, s.Cost, best.Cost)
		}
	}
	if n < 80 || worse > n/25 {
		t.Errorf("%d of %d tiny problems are not planned as well as can be", worse, n)
	}
}

func suiteAgain(t *testing.T, solve Solver) {
	for seed := range uint64(5) {
		p := Random(rand.New(rand.NewPCG(seed, 30)), Plain, 30, 5)
		a, err := solve(p, vrp.Options{Seed: seed, Iterations: Iterations})
		b, other := solve(p, vrp.Options{Seed: seed, Iterations: Iterations})
		if err := errors.Join(err, other); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(a, b) {
			t.Errorf("seed %d: two plans from one seed: %+v, %+v", seed, a.Cost, b.Cost)
		}
	}
}

func suiteStart(t *testing.T, solve Solver) {
	for seed := range uint64(10) {
		p := Random(rand.New(rand.NewPCG(seed, 40)), Plain, 20, 4)
		long, err := solve(p, vrp.Options{Seed: 1, Iterations: 10 * Iterations})
		if err != nil {
			t.Fatal(err)
		}
		short, err := solve(p, vrp.Options{Seed: 2, Iterations: 1, Start: long})
		if err == nil {
			err = Sound(p, short)
		}
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if long.Cost.Better(short.Cost, p.Objective.Mode) {
			t.Errorf("seed %d: began with %+v, ended with %+v", seed, long.Cost, short.Cost)
		}
	}
}

func suiteStop(t *testing.T, solve Solver) {
	p := Random(rand.New(rand.NewPCG(1, 50)), Windows|Skills, 30, 5)
	for name, o := range map[string]vrp.Options{
		"stopped before it begins": {Stop: func() bool { return true }, Spent: func() float64 { return 0 }},
		"no time at all":           {Spent: func() float64 { return 1 }},
	} {
		s, err := solve(p, o)
		if err == nil {
			err = Sound(p, s)
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func suiteHostile(t *testing.T, solve Solver) {
	for _, c := range Hostile() {
		s, err := solve(c.Problem, vrp.Options{Seed: 1, Iterations: Iterations})
		switch {
		case c.Wrong:
			if !errors.Is(err, vrp.ErrProblem) {
				t.Errorf("%s: %v, want an error about the problem", c.Name, err)
			}
			continue
		case errors.Is(err, vrp.ErrUnsupported):
			continue
		case err == nil:
			err = Sound(c.Problem, s)
		}
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		if s.Cost.Served > c.Served {
			t.Errorf("%s: %d are served, at most %d can be", c.Name, s.Cost.Served, c.Served)
		}
	}
}
