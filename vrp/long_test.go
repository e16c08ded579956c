package vrp

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// tours is a problem of few long routes: 60 jobs on a plain, three vans that carry 30 of them each.
func tours() *Problem {
	r := rand.New(rand.NewPCG(1, 2))
	const n = 61
	var x, y [n]float64
	for i := range n {
		x[i], y[i] = r.Float64()*1000, r.Float64()*1000
	}
	p := &Problem{Places: n, Travel: []Matrix{{Seconds: make([]int32, n*n)}}}
	for i := range n {
		for k := range n {
			p.Travel[0].Seconds[i*n+k] = int32(math.Hypot(x[i]-x[k], y[i]-y[k]))
		}
	}
	for i := range n - 1 {
		from := r.Int64N(20000)
		p.Jobs = append(p.Jobs, Job{ID: fmt.Sprint("j", i), Place: i + 1, Service: 100, Takes: []int64{1}, Windows: []Window{{From: from, To: from + 9000}}, DropCost: 5000})
	}
	for i := range 3 {
		p.Engineers = append(p.Engineers, Engineer{ID: fmt.Sprint("e", i), Capacity: []int64{30}, Shifts: []Shift{{Window: Window{To: 40000}}}})
	}
	return p
}

// TestLong has the search for long routes do what it knows, and the other the rest.
func TestLong(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		do    func(p *Problem)
		long  bool
		kinds int // of shifts
	}{
		{"plain", func(*Problem) {}, true, 1},
		{"in money", func(p *Problem) { p.Objective.Mode = Money }, true, 1},
		{"costs of ways, and of shifts", func(p *Problem) {
			p.Travel[0].Cost = make([]int32, len(p.Travel[0].Seconds))
			for k := range p.Travel[0].Cost {
				p.Travel[0].Cost[k] = 3 * p.Travel[0].Seconds[k]
			}
			p.Engineers[1].Costs.Activation, p.Objective.Travel = 500, 2
		}, true, 2},
		{"names and skills", func(p *Problem) {
			p.Jobs[0].Pinned, p.Jobs[1].Excluded = "e2", []string{"e0"}
			p.Jobs[2].Needs, p.Engineers[1].Skills = []Need{{Skill: "gas"}}, []Skill{{Code: "gas", Level: 1}}
		}, true, 3},
		{"open ends and a most of jobs", func(p *Problem) {
			p.Engineers[0].Shifts[0].End = NoPlace
			p.Engineers[1].Shifts[0].MaxJobs = 15
		}, true, 3},
		{"no windows", func(p *Problem) {
			for i := range p.Jobs {
				p.Jobs[i].Windows = nil
			}
		}, true, 1},
		{"a break", func(p *Problem) {
			p.Engineers[0].Shifts[0].Breaks = []Break{{Windows: []Window{{From: 100, To: 30000}}, Length: 100}}
		}, false, 0},
		{"two windows", func(p *Problem) { p.Jobs[0].Windows = []Window{{From: 0, To: 5}, {From: 7, To: 40000}} }, false, 0},
		{"no way", func(p *Problem) { p.Travel[0].Seconds[5] = Unreachable }, false, 0},
		{"what comes along", func(p *Problem) { p.Jobs[0].Brings = []int64{1} }, false, 0},
		{"hours", func(p *Problem) { p.Objective.Duration = 1 }, false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := tours()
			tt.do(p)
			l, ok := asLong(p, nil)
			if ok != tt.long || ok && len(l.vehicles) != tt.kinds {
				t.Fatalf("asLong = %+v, %v; want %v, %d kinds", l, ok, tt.long, tt.kinds)
			}
			s, done, err := solveLong(p, Options{Seed: 1, Iterations: 300})
			if err != nil || done != tt.long {
				t.Fatalf("solveLong = %v, %v; want %v", done, err, tt.long)
			}
			if !done {
				return
			}
			for _, v := range Check(p, s) {
				t.Error(v)
			}
			plain, err := solveOnce(p, Options{Seed: 1, Iterations: 20}, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if plain.Cost.Better(s.Cost, p.Objective.Mode) {
				t.Errorf("%+v is no better than a first look, %+v", s.Cost, plain.Cost)
			}
		})
	}
}
