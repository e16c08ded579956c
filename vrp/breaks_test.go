package vrp_test

import (
	"fmt"
	"testing"

	"anxin/vrp"
	"anxin/vrp/vrptest"
)

// TestBreakLoad rests with little aboard: only once what the van takes has been brought, or before the old machine is fetched.
func TestBreakLoad(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name          string
		most          []int64
		takes, brings int64
		window        vrp.Window // of the break
		served        int
		want          string // kinds with begins
	}{
		{"any load", nil, 2, 0, vrp.Window{From: 0, To: 500}, 1, "0@0 4@0 1@120 5@240"},
		{"empty", []int64{0}, 2, 0, vrp.Window{From: 0, To: 500}, 1, "0@0 1@100 4@120 5@240"},
		{"one of two", []int64{1}, 2, 0, vrp.Window{From: 0, To: 500}, 1, "0@0 1@100 4@120 5@240"},
		{"as much as there is", []int64{2}, 2, 0, vrp.Window{From: 0, To: 90}, 1, "0@0 4@0 1@120 5@240"},
		{"before it is fetched", []int64{1}, 0, 2, vrp.Window{From: 0, To: 500}, 1, "0@0 4@0 1@120 5@240"},
		{"too early for it", []int64{1}, 2, 0, vrp.Window{From: 0, To: 119}, 0, ""},
		{"in time for it", []int64{1}, 2, 0, vrp.Window{From: 0, To: 120}, 1, "0@0 1@100 4@120 5@240"},
		{"too late for it", []int64{1}, 0, 2, vrp.Window{From: 130, To: 500}, 0, ""},
		{"not a word of this dimension", []int64{}, 1, 0, vrp.Window{From: 0, To: 119}, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := &vrp.Problem{
				Places: 2, Travel: []vrp.Matrix{{Seconds: []int32{0, 100, 100, 0}}},
				Jobs: []vrp.Job{{ID: "job", Place: 1, Service: 20, Takes: []int64{tt.takes}, Brings: []int64{tt.brings}}},
				Engineers: []vrp.Engineer{{ID: "ann", Capacity: []int64{2}, Shifts: []vrp.Shift{{
					Window: vrp.Window{From: 0, To: 240}, Breaks: []vrp.Break{{ID: "rest", Windows: []vrp.Window{tt.window}, Length: 20, MaxLoad: tt.most}},
				}}}},
			}
			s, err := vrp.Solve(p, vrp.Options{Iterations: 20})
			if err != nil {
				t.Fatal(err)
			}
			if err := vrptest.Sound(p, s); err != nil || s.Cost.Served != tt.served {
				t.Fatalf("%v; %+v", err, s.Cost)
			}
			got := ""
			for _, r := range s.Routes {
				for _, st := range r.Steps {
					got += fmt.Sprintf(" %d@%d", st.Kind, st.Begin())
				}
			}
			if tt.served > 0 && got != " "+tt.want {
				t.Errorf("got%s, want %s", got, tt.want)
			}
			b, err := vrp.NewBoard(p, s)
			if err != nil {
				t.Fatal(err)
			}
			if q, again := b.Plan(); len(vrp.Check(q, again)) > 0 || again.Cost != s.Cost {
				t.Errorf("on a board %+v, not %+v; %v", again.Cost, s.Cost, vrp.Check(q, again))
			}
		})
	}
}

// TestBreakPaid pays for a rest, or not.
func TestBreakPaid(t *testing.T) {
	t.Parallel()
	for paid, want := range map[bool]int64{false: 220 * 2, true: 240 * 2} {
		p := &vrp.Problem{
			Places: 2, Travel: []vrp.Matrix{{Seconds: []int32{0, 100, 100, 0}}},
			Jobs: []vrp.Job{{ID: "job", Place: 1, Service: 20}},
			Engineers: []vrp.Engineer{{ID: "ann", Costs: vrp.Costs{PerHour: 7200}, Shifts: []vrp.Shift{{
				Window: vrp.Window{From: 0, To: 500}, Breaks: []vrp.Break{{ID: "rest", Windows: []vrp.Window{{From: 50, To: 60}}, Length: 20, Paid: paid}},
			}}}},
		}
		s, err := vrp.Solve(p, vrp.Options{Iterations: 20})
		if err != nil {
			t.Fatal(err)
		}
		if err := vrptest.Sound(p, s); err != nil || s.Cost.Money != want || s.Cost.Duration != 240 {
			t.Errorf("paid %t: %v; %+v, want %d", paid, err, s.Cost, want)
		}
		b, err := vrp.NewBoard(p, s)
		if err != nil {
			t.Fatal(err)
		}
		if _, again := b.Plan(); again.Cost != s.Cost {
			t.Errorf("paid %t: on a board %+v, not %+v", paid, again.Cost, s.Cost)
		}
	}
}

// TestByType gives work to whom it takes the least time, by type and efficiency.
func TestByType(t *testing.T) {
	t.Parallel()
	p := &vrp.Problem{
		Places: 1, Travel: []vrp.Matrix{{Seconds: []int32{0}}},
		Jobs: []vrp.Job{{ID: "job", Service: 100, Setup: 10, Trade: "gas", ByType: map[string]vrp.Times{"master": {Service: 60, Setup: 5}, "junior": {Service: 200}}}},
		Engineers: []vrp.Engineer{
			{ID: "usual"}, {ID: "master", Type: "master"}, {ID: "quick master", Type: "master", Efficiency: map[string]int{"gas": 150}}, {ID: "junior", Type: "junior"},
		},
		Objective: vrp.Objective{Duration: 1},
	}
	// Setup is spared: who is there at the start has it done.
	for i, want := range []int64{100, 60, 40, 200} {
		p.Jobs[0].Pinned = p.Engineers[i].ID
		p.Engineers[i].Shifts = []vrp.Shift{{Window: vrp.Window{From: 0, To: 1000}}}
		s, err := vrp.Solve(p, vrp.Options{Iterations: 20})
		if err != nil {
			t.Fatal(err)
		}
		if err := vrptest.Sound(p, s); err != nil || s.Cost.Duration != want || s.Routes[0].Engineer != i {
			t.Errorf("%s: %v; %+v, want %d", p.Jobs[0].Pinned, err, s.Cost, want)
		}
	}
	p.Jobs[0].Pinned = ""
	for i := range p.Engineers { // and from elsewhere not
		p.Engineers[i].Shifts[0].Start, p.Engineers[i].Shifts[0].End = vrp.NoPlace, vrp.NoPlace
	}
	s, err := vrp.Solve(p, vrp.Options{Iterations: 20})
	if err != nil {
		t.Fatal(err)
	}
	if err := vrptest.Sound(p, s); err != nil || s.Cost.Duration != 45 || s.Routes[0].Engineer != 2 {
		t.Errorf("%v; %+v", err, s.Cost)
	}
	b, err := vrp.NewBoard(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	o, err := b.Offers(vrp.Ask{Job: p.Jobs[0]})
	if err != nil || !o[0].OK || o[0].At.Engineer != 2 || o[0].Cost != 45 {
		t.Errorf("offered %+v, %v", o, err)
	}
}
