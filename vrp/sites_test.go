package vrp_test

import (
	"fmt"
	"testing"

	"anxin/vrp"
	"anxin/vrp/vrptest"
)

// house has two orders at one address, whose setup is spared the second time and for which there is one part each in the van,
// and one around the corner. Whoever does all three in one go has to wait for the last one.
func house(visit int64) *vrp.Problem {
	part := []vrp.Part{{Code: "pump", Count: 1}}
	return &vrp.Problem{
		Places: 3, Travel: []vrp.Matrix{{Seconds: []int32{0, 100, 100, 100, 0, 10, 100, 10, 0}}},
		Jobs: []vrp.Job{
			{ID: "boiler", Place: 1, Site: "home", Service: 50, Setup: 30, Parts: part, Windows: []vrp.Window{{From: 100, To: 130}}},
			{ID: "corner", Place: 2, Site: "corner", Service: 50, Windows: []vrp.Window{{From: 190, To: 220}, {From: 1000, To: 1020}}},
			{ID: "tap", Place: 1, Site: "home", Service: 50, Setup: 30, Parts: part, Windows: []vrp.Window{{From: 100, To: 300}}},
		},
		Engineers: []vrp.Engineer{{ID: "ann", Parts: []vrp.Part{{Code: "pump", Count: 2}}, Shifts: []vrp.Shift{{Window: vrp.Window{From: 0, To: 2000}, End: vrp.NoPlace}}}},
		Objective: vrp.Objective{Travel: 1, Duration: 1, Visit: visit},
	}
}

// TestVisits does what is at one site in one visit, or in two where waiting for the rest costs more.
func TestVisits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		visit    int64
		order    string
		travel   int64
		duration int64
		cost     int64
	}{
		// Boiler 100–180, corner 190–240, tap 250–330: 100 + 10 + 10 s on the way, 330 from leaving at 0.
		{0, "[0 1 2]", 120, 330, 0},
		{600, "[0 1 2]", 120, 330, 1800},
		// Boiler 130–210 and tap 210–260, corner 1000–1050: leaves at 30, 1020 s until the end, 110 on the way; 700 more for a visit less.
		{700, "[0 2 1]", 110, 1020, 1400},
	} {
		p := house(tt.visit)
		s, err := vrp.Solve(p, vrp.Options{Iterations: 100})
		if err != nil {
			t.Fatal(err)
		}
		if err := vrptest.Sound(p, s); err != nil || s.Cost.Served != 3 {
			t.Fatalf("%v; %+v", err, s.Cost)
		}
		var order []int
		for _, st := range s.Routes[0].Steps {
			if st.Kind == vrp.Work {
				order = append(order, st.Index)
			}
		}
		if c := s.Cost; fmt.Sprint(order) != tt.order || c.Travel != tt.travel || c.Duration != tt.duration || c.Visit != tt.cost || c.Total != c.Travel+c.Duration+c.Visit {
			t.Errorf("visits at %d: %v, %+v; want %s, %d, %d and %d", tt.visit, order, c, tt.order, tt.travel, tt.duration, tt.cost)
		}
		// A board tells the same of the plan, and offers a third order at the address beside the others, without another visit.
		b, err := vrp.NewBoard(p, s)
		if err != nil {
			t.Fatal(err)
		}
		if _, again := b.Plan(); again.Cost != s.Cost {
			t.Errorf("visits at %d: on a board %+v, not %+v", tt.visit, again.Cost, s.Cost)
		}
	}
	p := house(5000)
	p.Jobs[2].Windows = nil
	s, err := vrp.Solve(p, vrp.Options{Iterations: 100})
	if err != nil {
		t.Fatal(err)
	}
	b, err := vrp.NewBoard(p, s)
	if err != nil {
		t.Fatal(err)
	}
	for site, want := range map[string]int64{"home": 0, "corner": 0, "": 0, "mill": 5000} {
		ask := vrp.Ask{Job: vrp.Job{ID: "more", Place: 1, Site: site, Service: 5, Windows: []vrp.Window{{From: 0, To: 5000}}}}
		if site == "corner" {
			ask.Job.Place = 2
		}
		o, err := b.Offers(ask)
		if err != nil || !o[0].OK {
			t.Fatalf("%q: %+v, %v", site, o, err)
		}
		_, before := b.Plan()
		c := b.Clone()
		if err := c.Put(ask, o[0]); err != nil {
			t.Fatal(err)
		}
		q, after := c.Plan()
		if err := vrptest.Sound(q, after); err != nil || after.Cost.Visit-before.Cost.Visit != want || after.Cost.Total-before.Cost.Total != o[0].Cost {
			t.Errorf("%q: %v; %d for visits, %d in all, offered for %d; want %d for visits", site, err, after.Cost.Visit-before.Cost.Visit, after.Cost.Total-before.Cost.Total, o[0].Cost, want)
		}
	}
}

// TestVisitsStock: what is in the van is used up by all visits of a trip together.
func TestVisitsStock(t *testing.T) {
	t.Parallel()
	p := house(700)
	p.Engineers[0].Parts[0].Count = 1
	s, err := vrp.Solve(p, vrp.Options{Iterations: 100})
	if err != nil {
		t.Fatal(err)
	}
	if err := vrptest.Sound(p, s); err != nil || s.Cost.Served != 2 || len(s.Unserved) != 1 || s.Unserved[0].Reasons[0].Rule != vrp.RuleStock {
		t.Errorf("%v; %+v, %+v", err, s.Cost, s.Unserved)
	}
	p.Counters = []vrp.Counter{{ID: "shop", Place: 0, Service: 1, Parts: []string{"pump"}}} // fetched once for both, before
	if s, err = vrp.Solve(p, vrp.Options{Iterations: 100}); err != nil {
		t.Fatal(err)
	}
	if err := vrptest.Sound(p, s); err != nil || s.Cost.Served != 3 || s.Routes[0].Steps[1].Kind != vrp.Fetch || s.Cost.Visit != 1400 {
		t.Errorf("%v; %+v, %+v", err, s.Cost, s.Routes)
	}
}
