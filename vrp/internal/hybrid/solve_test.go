package hybrid

import (
	"errors"
	"math"
	"slices"
	"testing"
)

// TestSolve judges solutions of random problems by the rules alone.
func TestSolve(t *testing.T) {
	t.Parallel()
	fuzz(t, 8, func(t *testing.T, pr *Problem, _ *search, _ random) {
		got, err := Solve(pr, Options{Seed: 3, Iterations: 60})
		if err != nil {
			t.Fatal(err)
		}
		if cost, fault := judge(pr, got); fault != "" || cost != got.Cost {
			t.Fatalf("cost %d, the judge says %d, %q: %+v", got.Cost, cost, fault, got)
		}
	})
}

// TestSolveFindsOptimum compares with all plans of tiny problems.
func TestSolveFindsOptimum(t *testing.T) {
	t.Parallel()
	rnd := newRandom(11)
	for range 25 {
		f := shapes["all"]
		f.clients, f.kinds = 5, 2
		pr := randomProblem(rnd, f)
		got, err := Solve(pr, Options{Seed: 1, Iterations: 400})
		if err != nil {
			t.Fatal(err)
		}
		want, complete := exhaust(pr)
		if got.Complete != complete || (complete && got.Cost != want) {
			t.Errorf("cost %d complete %t, want %d complete %t", got.Cost, got.Complete, want, complete)
		}
	}
}

// exhaust tries every plan.
func exhaust(pr *Problem) (int64, bool) {
	best := int64(math.MaxInt64)
	var vehicles []int
	for v := range pr.Vehicles {
		for range pr.Vehicles[v].Count {
			vehicles = append(vehicles, v)
		}
	}
	routes := make([]Route, len(vehicles))
	for i, v := range vehicles {
		routes[i].Vehicle = v
	}
	var place func(c int, out []int)
	place = func(c int, out []int) {
		if c == len(pr.Clients) {
			s := Solution{Complete: true, Unserved: out}
			for _, r := range routes {
				if len(r.Clients) > 0 {
					s.Routes = append(s.Routes, r)
				}
			}
			if cost, fault := judge(pr, s); fault == "" {
				best = min(best, cost)
			}
			return
		}
		if !pr.Clients[c].Required {
			place(c+1, append(slices.Clone(out), c))
		}
		for i := range routes {
			if i > 0 && len(routes[i].Clients) == 0 && len(routes[i-1].Clients) == 0 && vehicles[i] == vehicles[i-1] {
				continue // alike
			}
			for pos := range len(routes[i].Clients) + 1 {
				routes[i].Clients = slices.Insert(routes[i].Clients, pos, c)
				place(c+1, out)
				routes[i].Clients = slices.Delete(routes[i].Clients, pos, pos+1)
			}
		}
	}
	place(0, nil)
	return best, best < math.MaxInt64
}

func TestSolveIsDeterministic(t *testing.T) {
	t.Parallel()
	pr := randomProblem(newRandom(5), shape{clients: 40, kinds: 2, dims: 1, optional: true})
	o := Options{Seed: 9, Iterations: 150}
	a, err := Solve(pr, o)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Solve(pr, o)
	if err != nil {
		t.Fatal(err)
	}
	if a.Cost != b.Cost || !slices.EqualFunc(a.Routes, b.Routes, func(x, y Route) bool { return x.Vehicle == y.Vehicle && slices.Equal(x.Clients, y.Clients) }) {
		t.Errorf("two runs differ: %+v and %+v", a, b)
	}
}

// roomy is a problem with vehicles enough for everybody.
func roomy(seed uint64) *Problem {
	pr := randomProblem(newRandom(seed), shape{clients: 40, kinds: 2, dims: 1})
	for i := range pr.Vehicles {
		pr.Vehicles[i].Count, pr.Vehicles[i].ShiftClose = 30, 1000
	}
	return pr
}

// TestProgress sees only complete and ever better solutions, the last of
// which is the answer.
func TestProgress(t *testing.T) {
	t.Parallel()
	pr := roomy(5)
	last := int64(math.MaxInt64)
	got, err := Solve(pr, Options{Iterations: 200, Progress: func(b Solution) {
		cost, fault := judge(pr, b)
		if fault != "" || cost != b.Cost || cost >= last || !b.Complete {
			t.Errorf("progress to %d (judge %d, %q) after %d", b.Cost, cost, fault, last)
		}
		last = b.Cost
	}})
	if err != nil || got.Cost != last {
		t.Errorf("the answer costs %d, the last progress %d; %v", got.Cost, last, err)
	}
}

// TestStart begins with a solution, some of which makes no sense, and ends no worse.
func TestStart(t *testing.T) {
	t.Parallel()
	pr := roomy(6)
	first, err := Solve(pr, Options{Iterations: 300, Seed: 1})
	if err != nil || !first.Complete {
		t.Fatalf("%+v, %v", first, err)
	}
	start := append(slices.Clone(first.Routes), Route{Vehicle: 7, Clients: []int{1, 2}}, Route{Vehicle: 0, Clients: []int{-1, 400, first.Routes[0].Clients[0]}})
	second, err := Solve(pr, Options{Iterations: 1, Seed: 2, Start: start})
	if err != nil || second.Cost > first.Cost {
		t.Errorf("from %d to %d, %v", first.Cost, second.Cost, err)
	}
}

// TestHostile gives problems that cannot be planned: errors or unserved
// clients, never a panic.
func TestHostile(t *testing.T) {
	t.Parallel()
	base := func() *Problem {
		return randomProblem(newRandom(8), shape{clients: 6, kinds: 2, dims: 1, open: true})
	}
	for _, tt := range []struct {
		name   string
		change func(p *Problem)
		err    bool
	}{
		{"no clients", func(p *Problem) { p.Clients = nil }, false},
		{"no vehicles", func(p *Problem) { p.Vehicles = nil }, true},
		{"none of a vehicle", func(p *Problem) { p.Vehicles[0].Count, p.Vehicles[1].Count = 0, 0 }, false},
		{"one vehicle for all", func(p *Problem) { p.Vehicles[0].Count, p.Vehicles[1].Count = 1, 0 }, false},
		{"short matrix", func(p *Problem) { p.Matrices[0].Cost = p.Matrices[0].Cost[1:] }, true},
		{"negative matrix", func(p *Problem) { p.Matrices[1].Duration[3] = -1 }, true},
		{"endless legs", func(p *Problem) {
			for i := range p.Matrices[0].Duration {
				p.Matrices[0].Duration[i] = math.MaxInt32
				p.Matrices[1].Duration[i] = math.MaxInt32
			}
		}, false},
		{"dear legs", func(p *Problem) { p.Vehicles[0].PerUnit = math.MaxInt64 }, true},
		{"window before shift", func(p *Problem) { p.Clients[2].Open, p.Clients[2].Close = -1<<60, -1<<59 }, false},
		{"window after shift", func(p *Problem) { p.Clients[2].Open, p.Clients[2].Close = 1<<59, 1<<60 }, false},
		{"released too late", func(p *Problem) { p.Clients[2].Release = 1 << 60 }, false},
		{"inverted window", func(p *Problem) { p.Clients[2].Close = p.Clients[2].Open - 1 }, true},
		{"endless service", func(p *Problem) { p.Clients[2].Service = 1 << 60 }, false},
		{"too much", func(p *Problem) { p.Clients[2].Demand[0] = 1 << 39 }, false},
		{"nobody may", func(p *Problem) { p.Clients[2].Allowed = []uint64{0} }, false},
		{"unknown place", func(p *Problem) { p.Clients[2].Place = 1000 }, true},
		{"inverted shift", func(p *Problem) { p.Vehicles[0].ShiftClose = 0 }, true},
		{"endless shift", func(p *Problem) { p.Vehicles[0].ShiftClose = math.MaxInt64; p.Vehicles[1].ShiftOpen = math.MinInt64 }, true},
		{"other dimensions", func(p *Problem) { p.Clients[0].Demand = nil }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := base()
			tt.change(p)
			got, err := Solve(p, Options{Iterations: 50})
			if (err != nil) != tt.err || (err != nil && !errors.Is(err, errInput)) {
				t.Fatalf("err = %v, want one: %t", err, tt.err)
			}
			if err != nil {
				return
			}
			if cost, fault := judge(p, got); fault != "" || cost != got.Cost {
				t.Errorf("cost %d, the judge says %d, %q", got.Cost, cost, fault)
			}
		})
	}
}

// TestStopAtOnce has no time at all and still serves everybody.
func TestStopAtOnce(t *testing.T) {
	t.Parallel()
	got, err := Solve(roomy(4), Options{Stop: func() bool { return true }})
	if err != nil {
		t.Fatal(err)
	}
	if _, fault := judge(roomy(4), got); fault != "" || !got.Complete {
		t.Errorf("complete %t, fault %q", got.Complete, fault)
	}
}

// TestRoundsAllocateNothing compares a short run with a long one: arrays grow
// at first, and then a round is free of allocations. It counts those of the
// process, and so runs alone.
func TestRoundsAllocateNothing(t *testing.T) {
	pr := roomy(5)
	count := func(rounds int) float64 {
		return testing.AllocsPerRun(1, func() {
			if _, err := Solve(pr, Options{Iterations: rounds}); err != nil {
				t.Error(err)
			}
		})
	}
	short, long := count(300), count(900)
	if long-short > 100 {
		t.Errorf("600 more rounds made %.0f more allocations", long-short)
	}
}
