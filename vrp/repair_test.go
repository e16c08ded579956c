package vrp_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"anxin/vrp"
	"anxin/vrp/vrptest"
)

// event changes a problem and tells what it touched. What the plan has stays in the problem's numbers.
type event struct {
	name string
	do   func(r *rand.Rand, p *vrp.Problem, plan *vrp.Solution) vrp.Touched
}

// anyRoute draws a route and a step of work on it.
func anyRoute(r *rand.Rand, plan *vrp.Solution) (route, step int) {
	for {
		route = r.IntN(len(plan.Routes))
		for range 20 {
			step = r.IntN(len(plan.Routes[route].Steps))
			if plan.Routes[route].Steps[step].Kind == vrp.Work {
				return route, step
			}
		}
	}
}

func clonePlan(plan *vrp.Solution) *vrp.Solution {
	out := *plan
	out.Routes = slices.Clone(plan.Routes)
	for i := range out.Routes {
		out.Routes[i].Steps = slices.Clone(out.Routes[i].Steps)
	}
	out.Unserved = slices.Clone(plan.Unserved)
	return &out
}

var events = []event{
	{"added", func(r *rand.Rand, p *vrp.Problem, _ *vrp.Solution) vrp.Touched {
		j := p.Jobs[r.IntN(len(p.Jobs))]
		j.ID, j.Promised, j.Priority = fmt.Sprint("new ", len(p.Jobs)), false, 9
		p.Jobs = append(p.Jobs, j)
		return vrp.Touched{Jobs: []int{len(p.Jobs) - 1}}
	}},
	{"cancelled", func(r *rand.Rand, p *vrp.Problem, plan *vrp.Solution) vrp.Touched {
		a, k := anyRoute(r, plan)
		x := &plan.Routes[a]
		i := x.Steps[k].Index
		p.Jobs[i].Windows = []vrp.Window{{From: -1, To: -1}} // nobody is there any more
		x.Steps = slices.Delete(x.Steps, k, k+1)
		at := vrp.Stop{Engineer: x.Engineer, Shift: x.Shift}
		if !slices.ContainsFunc(x.Steps, func(s vrp.Step) bool { return s.Kind == vrp.Work }) {
			plan.Routes = slices.Delete(plan.Routes, a, a+1)
		}
		return vrp.Touched{Shifts: []vrp.Stop{at}}
	}},
	{"overrun", func(r *rand.Rand, p *vrp.Problem, plan *vrp.Solution) vrp.Touched {
		a, k := anyRoute(r, plan)
		i := plan.Routes[a].Steps[k].Index
		p.Jobs[i].Service += 3600
		return vrp.Touched{Jobs: []int{i}}
	}},
	{"absent", func(r *rand.Rand, p *vrp.Problem, plan *vrp.Solution) vrp.Touched {
		a, _ := anyRoute(r, plan)
		x := &plan.Routes[a]
		s := &p.Engineers[x.Engineer].Shifts[x.Shift]
		s.Window.To, s.Overtime = s.Window.From+4*3600, 0
		for b := range s.Breaks {
			s.Breaks[b].Windows = []vrp.Window{{From: s.Window.From + 10_000, To: s.Window.To}}
		}
		return vrp.Touched{Shifts: []vrp.Stop{{Engineer: x.Engineer, Shift: x.Shift}}}
	}},
	{"part late", func(r *rand.Rand, p *vrp.Problem, plan *vrp.Solution) vrp.Touched {
		a, k := anyRoute(r, plan)
		st := plan.Routes[a].Steps[k]
		p.Jobs[st.Index].Windows = []vrp.Window{{From: st.Begin() + 2*3600, To: st.Begin() + 5*3600}}
		return vrp.Touched{Jobs: []int{st.Index}}
	}},
	{"jam", func(r *rand.Rand, p *vrp.Problem, _ *vrp.Solution) vrp.Touched {
		m := p.Travel[0]
		m.Seconds = slices.Clone(m.Seconds)
		place := r.IntN(len(p.Jobs))
		for i := range p.Places {
			if i != place {
				m.Seconds[i*p.Places+place] += 1200
				m.Seconds[place*p.Places+i] += 1200
			}
		}
		p.Travel = []vrp.Matrix{m}
		return vrp.Touched{}
	}},
}

// copyOf is a problem that an event may change.
func copyOf(p *vrp.Problem) *vrp.Problem {
	q := *p
	q.Jobs, q.Engineers = slices.Clone(p.Jobs), slices.Clone(p.Engineers)
	for i := range q.Engineers {
		q.Engineers[i].Shifts = slices.Clone(q.Engineers[i].Shifts)
		for k := range q.Engineers[i].Shifts {
			q.Engineers[i].Shifts[k].Breaks = slices.Clone(q.Engineers[i].Shifts[k].Breaks)
		}
	}
	return &q
}

func TestRepair(t *testing.T) {
	t.Parallel()
	p := vrptest.City(3, 160, 20, 1)
	for i := range p.Jobs {
		p.Jobs[i].Promised = i%2 == 0
	}
	plan, err := vrp.Solve(p, vrp.Options{Iterations: 3000})
	if err != nil {
		t.Fatal(err)
	}
	for n, ev := range events {
		t.Run(ev.name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(uint64(n), 4))
			moved, promised := 0, 0
			for range 15 {
				q, before := copyOf(p), clonePlan(plan)
				touched := ev.do(r, q, before)
				after, moves, err := vrp.Repair(q, before, touched, vrp.Options{Iterations: 200})
				if err != nil {
					t.Fatal(err)
				}
				for _, v := range vrp.Check(q, after) {
					t.Errorf("%s", v)
				}
				lost := plan.Cost.Served - after.Cost.Served
				if ev.name == "added" && lost > 0 {
					t.Errorf("%d served, %d before", after.Cost.Served, plan.Cost.Served)
				}
				if lost > 4 { // only where a plan made anew loses them, too, but for a hundredth: nobody has time left for somebody's whole day
					anew, err := vrp.Solve(q, vrp.Options{Iterations: 3000})
					if err != nil {
						t.Fatal(err)
					}
					if 100*after.Cost.PriorityServed < 99*anew.Cost.PriorityServed {
						t.Errorf("%d served of priority %d, %d before, %d of priority %d by a plan made anew",
							after.Cost.Served, after.Cost.PriorityServed, plan.Cost.Served, anew.Cost.Served, anew.Cost.PriorityServed)
					}
				}
				for _, m := range moves {
					if m.From == nil {
						continue
					}
					moved++
					own := slices.ContainsFunc(touched.Shifts, func(s vrp.Stop) bool { return s.Engineer == m.From.Engineer })
					if m.Promised && !own { // those of who is away have to go
						promised++
					}
				}
				if again, _, err := vrp.Repair(q, before, touched, vrp.Options{Iterations: 200}); err != nil || again.Cost != after.Cost {
					t.Errorf("another plan the second time: %v", err)
				}
			}
			t.Logf("%.1f moves each, %.1f of what was promised by others", float64(moved)/15, float64(promised)/15)
			if promised > 3*15 {
				t.Errorf("%d promised jobs moved in 15 repairs", promised)
			}
		})
	}
}

// TestRepairTouchesFew: of work that is all promised, nobody's day is so full that more than three jobs of others go to somebody
// else, or to nobody, because one engineer falls ill.
func TestRepairTouchesFew(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		p := vrptest.City(5+seed, 120, 15, 1)
		for i := range p.Jobs {
			p.Jobs[i].Promised = true
		}
		plan, err := vrp.Solve(p, vrp.Options{Iterations: 3000})
		if err != nil {
			t.Fatal(err)
		}
		most := 0
		for i := 0; i < len(plan.Routes); i += 2 {
			q, before := copyOf(p), clonePlan(plan)
			x := &before.Routes[i]
			s := &q.Engineers[x.Engineer].Shifts[x.Shift]
			s.Window.To, s.Overtime, s.Breaks = s.Window.From+4*3600, 0, nil
			x.Steps = slices.DeleteFunc(x.Steps, func(st vrp.Step) bool { return st.Kind == vrp.Rest })
			after, moves, err := vrp.Repair(q, before, vrp.Touched{Shifts: []vrp.Stop{{Engineer: x.Engineer, Shift: x.Shift}}}, vrp.Options{Iterations: 300})
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range vrp.Check(q, after) {
				t.Error(v)
			}
			touched := 0
			for _, m := range moves {
				if m.From != nil && m.From.Engineer != x.Engineer && (m.To == nil || m.To.Engineer != m.From.Engineer) {
					touched++
				}
			}
			if most = max(most, touched); touched > 3 {
				t.Errorf("seed %d: engineer %d is away, and %d jobs of others go to somebody else", seed, x.Engineer, touched)
			}
		}
		t.Logf("seed %d: %d of others at the most", seed, most)
	}
}

// TestRepairAnything repairs plans of random problems with everything in them, after events of all kinds.
func TestRepairAnything(t *testing.T) {
	t.Parallel()
	for seed := range uint64(150) {
		r := rand.New(rand.NewPCG(seed, 21))
		p := vrptest.Random(r, vrptest.All&^vrptest.Fairness&^vrptest.Shares&^vrptest.NoPlace, 7+r.IntN(5), 2+r.IntN(3))
		plan, err := vrp.Solve(p, vrp.Options{Iterations: 150, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		if len(vrp.Check(p, plan)) > 0 {
			continue
		}
		q, before := copyOf(p), clonePlan(plan)
		var touched vrp.Touched
		switch i := r.IntN(len(q.Jobs)); r.IntN(3) {
		case 0:
			if !q.Jobs[i].Fixed {
				q.Jobs[i].Service += 6
				touched.Jobs = []int{i}
			}
		case 1:
			e := r.IntN(len(q.Engineers))
			if e > 0 {
				s := &q.Engineers[e].Shifts[0]
				s.Window.To = s.Window.From + (s.Window.To-s.Window.From)/2
				touched.Shifts = []vrp.Stop{{Engineer: e}}
			}
		default:
			if !q.Jobs[i].Fixed {
				q.Jobs[i].Excluded = append(slices.Clone(q.Jobs[i].Excluded), q.Engineers[r.IntN(len(q.Engineers))].ID)
				touched.Jobs = []int{i}
			}
		}
		after, moves, err := vrp.Repair(q, before, touched, vrp.Options{Iterations: 60})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for _, v := range vrp.Check(q, after) {
			t.Errorf("seed %d: %s (%v)", seed, v, moves)
		}
	}
}

// TestRepairServesEmergencies: urgent work that fits nowhere as the day stands finds a place all the same, others making room
// for it.
func TestRepairServesEmergencies(t *testing.T) {
	t.Parallel()
	p := vrptest.City(2, 300, 36, 1)
	for i := range p.Jobs {
		p.Jobs[i].Promised = true
	}
	plan, err := vrp.Solve(p, vrp.Options{Seed: 1, Iterations: 6000})
	if err != nil {
		t.Fatal(err)
	}
	board, err := vrp.NewBoard(p, plan)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 8))
	tight := 0
	for n := range 40 {
		q := *p
		q.Jobs = slices.Clone(p.Jobs)
		j := q.Jobs[r.IntN(len(q.Jobs))]
		j.ID, j.Promised, j.Priority = "emergency", false, vrp.MaxPriority/1000
		q.Jobs = append(q.Jobs, j)
		offers, err := board.Offers(vrp.Ask{Job: j})
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(offers, func(o vrp.Offer) bool { return o.OK }) {
			continue // there is time for it
		}
		able := 0
		for e := range q.Engineers {
			if vrp.Explain(&q, j.ID, e, 0, &vrp.Solution{}).Feasible {
				able++
			}
		}
		if able < 3 {
			continue // who could come has others like it
		}
		tight++
		after, _, err := vrp.Repair(&q, plan, vrp.Touched{Jobs: []int{len(q.Jobs) - 1}}, vrp.Options{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if bad := vrp.Check(&q, after); len(bad) > 0 {
			t.Fatalf("event %d: %v", n, bad)
		}
		if slices.ContainsFunc(after.Unserved, func(u vrp.Unserved) bool { return !u.Shipment && u.Index == len(q.Jobs)-1 }) {
			t.Errorf("event %d: the emergency is left over though %d could come", n, able)
		}
	}
	if tight < 5 {
		t.Errorf("%d emergencies without room prove little", tight)
	}
}
