package vrp_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"anxin/vrp"
	"anxin/vrp/vrptest"
)

// spoilMore replaces some numbers by extreme ones in what decides about times of day, types, rests, sites, shares and stock.
func spoilMore(r *rand.Rand, p *vrp.Problem) {
	extremes := []int64{0, 1, -1, 1000, vrp.MaxSpeed, vrp.MaxSpeed + 1, 1 << 20, 1 << 27, 1 << 30, vrp.MaxTime, -vrp.MaxTime, vrp.MaxTime + 1, 1 << 32, math.MaxInt64, math.MinInt64}
	allowed := []int64{0, 1, 3, 60, 1000, 1 << 20} // almost everywhere
	pick := func() int64 {
		if r.IntN(4) > 0 {
			return allowed[r.IntN(len(allowed))]
		}
		return extremes[r.IntN(len(extremes))]
	}
	window := func() vrp.Window {
		a, b := pick(), pick()
		return vrp.Window{From: min(a, b), To: max(a, b)}
	}
	if len(p.Jobs) == 0 || len(p.Engineers) == 0 {
		return
	}
	j, e := &p.Jobs[r.IntN(len(p.Jobs))], &p.Engineers[r.IntN(len(p.Engineers))]
	var s *vrp.Shift
	if len(e.Shifts) > 0 {
		s = &e.Shifts[r.IntN(len(e.Shifts))]
	}
	switch r.IntN(14) {
	case 0:
		m := &p.Travel[r.IntN(len(p.Travel))]
		m.Slices = nil
		at := pick()
		for range 1 + r.IntN(4) {
			m.Slices = append(m.Slices, vrp.Slice{From: at, Speed: pick()})
			if at < math.MaxInt64/2 {
				at += 1 + r.Int64N(1<<20)
			}
		}
	case 1:
		m := &p.Travel[r.IntN(len(p.Travel))]
		m.Slices = []vrp.Slice{{From: -vrp.MaxTime, Speed: 1 + r.Int64N(vrp.MaxSpeed)}, {From: r.Int64N(60), Speed: 1 + r.Int64N(3)}, {From: 100, Speed: vrp.MaxSpeed}}
	case 2:
		j.ByType = map[string]vrp.Times{"": {Service: pick(), Setup: pick()}, "junior": {Service: pick(), Setup: pick()}}
	case 3:
		if s != nil && len(s.Breaks) > 0 {
			s.Breaks[0].MaxLoad = []int64{pick(), pick()}
		}
	case 4:
		if s != nil {
			s.Breaks = append(s.Breaks, vrp.Break{ID: "wide", Windows: []vrp.Window{window()}, Length: pick(), MaxLoad: []int64{pick()}})
		}
	case 5:
		j.Place, j.Windows = vrp.NoPlace, []vrp.Window{window()}
	case 6:
		p.Shares, p.Objective.Share = []vrp.Share{{Outlet: "north", PerMille: pick()}}, pick()
	case 7:
		p.Objective.Visit, p.Objective.Fairness = pick(), pick()
	case 8:
		p.Objective.Margin, p.Objective.MarginCost, j.Promised = pick(), pick(), true
	case 9:
		p.Objective.AsOf, p.Objective.Near, p.Objective.Rush, p.Objective.Stability = pick(), pick(), pick(), pick()
	case 10:
		if s != nil {
			s.MaxTravel, s.MaxMetres = pick(), pick()
		}
	case 11:
		j.Parts, e.Parts = []vrp.Part{{Code: "p0", Count: pick()}}, []vrp.Part{{Code: "p0", Count: pick()}}
	case 12:
		p.Counters = append(p.Counters, vrp.Counter{ID: fmt.Sprint("more ", len(p.Counters)), Service: pick(), Windows: []vrp.Window{window()}, All: true})
	case 13: // many short windows of a rest
		if s != nil {
			b := vrp.Break{ID: "often", Length: r.Int64N(3)}
			for k := range int64(1 + r.IntN(60)) {
				b.Windows = append(b.Windows, vrp.Window{From: 2 * k, To: 2 * k})
			}
			s.Breaks = append(s.Breaks, b)
		}
	}
}

// torture has a problem refused or planned, and what is planned put on a board, asked about, explained and repaired: all by the rules, and
// in time.
func torture(t *testing.T, name string, p *vrp.Problem, seed uint64) (planned bool) {
	t.Helper()
	begin := time.Now()
	defer func() {
		if took := time.Since(begin); took > 30*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}()
	s, err := vrp.Solve(p, vrp.Options{Seed: seed, Iterations: 30})
	if err != nil {
		if !errors.Is(err, vrp.ErrProblem) && !errors.Is(err, vrp.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := vrp.NewBoard(p, nil); err == nil && p.Check() != nil {
			t.Errorf("%s: a board of what was refused", name)
		}
		return false
	}
	judge := func(what string, p *vrp.Problem, s *vrp.Solution) {
		t.Helper()
		for _, v := range vrp.Check(p, s) {
			t.Errorf("%s: %s: %s", name, what, v)
		}
	}
	fixed := slices.ContainsFunc(p.Jobs, func(j vrp.Job) bool { return j.Fixed }) // what has happened may have broken any rule
	if fixed {
		judge = func(string, *vrp.Problem, *vrp.Solution) {}
	}
	judge("the plan", p, s)
	b, err := vrp.NewBoard(p, s)
	if err != nil {
		t.Errorf("%s: no board: %v", name, err)
		return true
	}
	q, now := b.Plan()
	judge("the board", q, now)
	for i := range min(3, len(p.Jobs)) {
		ask := vrp.Ask{Job: p.Jobs[i]}
		ask.Job.ID, ask.Job.Fixed, ask.Job.Was = "twin", false, nil
		offers, err := b.Offers(ask)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, o := range offers {
			if !o.OK {
				continue
			}
			c := b.Clone()
			ask.Job.Windows = []vrp.Window{o.Window}
			if err := c.Put(ask, o); err != nil {
				t.Errorf("%s: what was offered: %v", name, err)
				break
			}
			q, now := c.Plan()
			judge("with a twin", q, now)
			break
		}
	}
	for i := range min(4, len(p.Jobs)) {
		for e := range min(2, len(p.Engineers)) {
			x := vrp.Explain(p, p.Jobs[i].ID, e, 0, s)
			left := slices.ContainsFunc(s.Unserved, func(u vrp.Unserved) bool { return !u.Shipment && u.Index == i })
			if with, ok := vrp.Explained(p, p.Jobs[i].ID, e, 0, s); x.Feasible && left && p.Jobs[i].Crew < 2 && len(p.Engineers[e].Shifts) > 0 {
				if !ok {
					t.Errorf("%s: %s: no plan with it", name, p.Jobs[i].ID)
				} else {
					judge("explained", p, with)
				}
			}
		}
		vrp.Relax(p, p.Jobs[i].ID, s)
	}
	if len(p.Jobs) > 0 {
		after, _, err := vrp.Repair(p, s, vrp.Touched{Jobs: []int{0}}, vrp.Options{Iterations: 20})
		if err != nil {
			t.Errorf("%s: repair: %v", name, err)
		} else {
			judge("repaired", p, after)
		}
	}
	return true
}

// TestHostileAsked spoils problems in all that they can hold.
func TestHostileAsked(t *testing.T) {
	t.Parallel()
	planned := 0
	const all = 1200
	for seed := range uint64(all) {
		r := rand.New(rand.NewPCG(seed, 31))
		p := draw(seed, 8, 3, vrptest.All&^vrptest.Fixed)
		for range 1 + r.IntN(3) {
			spoilMore(r, p)
		}
		if torture(t, fmt.Sprint("seed ", seed), p, seed) {
			planned++
		}
	}
	t.Logf("%d of %d planned", planned, all)
	if planned < all/10 || planned > all*9/10 {
		t.Errorf("%d of %d planned prove little", planned, all)
	}
}

// FuzzHostile spoils in both ways, work that has begun included.
func FuzzHostile(f *testing.F) {
	f.Add(uint64(1), uint32(vrptest.All), uint8(9), uint8(3), uint8(2), uint8(1))
	f.Fuzz(func(t *testing.T, seed uint64, features uint32, jobs, engineers, more, less uint8) {
		r := rand.New(rand.NewPCG(seed, 33))
		p := vrptest.Random(r, vrptest.Features(features), int(jobs%12), 1+int(engineers%4))
		for range more % 5 {
			spoilMore(r, p)
		}
		if less%3 == 0 {
			spoil(r, p)
		}
		torture(t, "fuzz", p, seed)
	})
}
