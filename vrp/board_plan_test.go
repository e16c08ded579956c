package vrp_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"anxin/vrp"
	"anxin/vrp/vrptest"
)

// TestBoardOfPlan asks boards of plans that the search made, with all that a plan can hold, for work that was left over and
// for strangers at a place that nobody knew.
func TestBoardOfPlan(t *testing.T) {
	t.Parallel()
	made := 0
	for seed := range uint64(260) {
		name := fmt.Sprint("seed ", seed)
		r := rand.New(rand.NewPCG(seed, 9))
		p := vrptest.Random(r, vrptest.All&^vrptest.Fairness&^vrptest.Shares, 6+r.IntN(5), 2+r.IntN(2))
		plan, err := vrp.Solve(p, vrp.Options{Iterations: 100, Seed: seed})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b, err := vrp.NewBoard(p, plan)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		q, before := b.Plan()
		for _, v := range vrp.Check(q, before) {
			t.Errorf("%s: the board's own plan: %s", name, v)
		}
		if before.Cost.Served != plan.Cost.Served || before.Cost.PriorityServed != plan.Cost.PriorityServed {
			t.Errorf("%s: the board serves %d, the plan %d", name, before.Cost.Served, plan.Cost.Served)
		}
		for i := range 4 {
			j := p.Jobs[r.IntN(len(p.Jobs))]
			j.ID, j.Fixed, j.Promised, j.Was, j.Place = fmt.Sprint("stranger ", i), false, false, nil, p.Places+i
			x := 1 + r.Int32N(9)
			ask := vrp.Ask{Job: j, Ways: func(_, place int) (to, from vrp.Way) {
				w := vrp.Way{Seconds: x + int32(place), Metres: x, Cost: x}
				return w, w
			}}
			offers, err := b.Offers(ask)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for k := range offers {
				if !offers[k].OK {
					continue
				}
				made++
				o := offers[k]
				o.Window = vrp.Window{From: o.At.Start, To: o.At.Start}
				ask.Job.Windows = []vrp.Window{o.Window}
				if err := b.Put(ask, o); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				q, after := b.Plan()
				for _, v := range vrp.Check(q, after) {
					t.Errorf("%s with %s: %s", name, j.ID, v)
				}
				added := after.Cost.Total - before.Cost.Total
				if added != o.Cost {
					t.Errorf("%s: %s adds %d, offered for %d", name, j.ID, added, o.Cost)
				}
				before = after
				break
			}
		}
	}
	t.Logf("%d offers", made)
	if made < 100 {
		t.Errorf("%d offers: the cases say little", made)
	}
}

// TestBoardClash: a shift whose plan cannot be does not keep the others from being asked.
func TestBoardClash(t *testing.T) {
	t.Parallel()
	p, s := engaged()
	p.Jobs[1].Windows = []vrp.Window{{From: 9*3600 + 600, To: 9*3600 + 600}}
	p.Engineers[1].Skills = append(p.Engineers[1].Skills, vrp.Skill{Code: "gas", Level: 1})
	b, err := vrp.NewBoard(p, s)
	if err != nil {
		t.Fatal(err)
	}
	offers, err := b.Offers(vrp.Ask{Job: p.Jobs[2], Windows: []vrp.Window{{From: 8 * 3600, To: 9 * 3600}, {From: 0, To: 3600}}})
	if err != nil || !offers[0].OK || offers[0].At.Engineer != 1 {
		t.Errorf("%+v, %v, want the other engineer", offers, err)
	}
	if offers[1].OK || len(offers[1].Reasons) == 0 {
		t.Errorf("at night: %+v", offers[1])
	}
	why, err := b.Explain(vrp.Ask{Job: p.Jobs[2]}, 0, 0)
	if err != nil || why.Feasible || why.Reason.Rule != vrp.RuleClash {
		t.Errorf("%+v, %v, want a clash", why, err)
	}
	for _, ask := range []vrp.Ask{
		{},
		{Job: vrp.Job{ID: "x", Place: 99}},
		{Job: vrp.Job{ID: "x", Service: -1}},
		{Job: vrp.Job{ID: "x", Fixed: true, Was: &vrp.Stop{}}},
		{Job: vrp.Job{ID: "x"}, Windows: []vrp.Window{{From: 2, To: 1}}},
	} {
		if _, err := b.Offers(ask); err == nil {
			t.Errorf("no complaint about %+v", ask)
		}
	}
}
