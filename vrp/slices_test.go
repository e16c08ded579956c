package vrp_test

import (
	"errors"
	"fmt"
	"testing"

	"anxin/vrp"
	"anxin/vrp/vrptest"
)

// rush is a line of two places 100 s apart; from 100 to 200 the ways take twice as long.
func rush() *vrp.Problem {
	return &vrp.Problem{
		Places: 2, Travel: []vrp.Matrix{{
			Seconds: []int32{0, 100, 100, 0}, Slices: []vrp.Slice{{From: 0, Speed: 1000}, {From: 100, Speed: 500}, {From: 200, Speed: 1000}},
		}},
		Jobs:      []vrp.Job{{ID: "job", Place: 1, Service: 10}},
		Engineers: []vrp.Engineer{{ID: "ann", Shifts: []vrp.Shift{{Window: vrp.Window{From: 0, To: 1000}, End: vrp.NoPlace}}}},
	}
}

// TestSlices tells how long one way takes, and when it is set off for the same end.
func TestSlices(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		from, to              int64 // when the work may begin
		rest                  int64 // when a rest of 20 s is taken; 0 is none
		leaves, arrives, took int64
	}{
		{0, 999, 0, 0, 100, 100},
		{101, 999, 0, 0, 100, 100},    // a second of the rush covers half a second: no later than at once
		{110, 999, 0, 5, 110, 105},    // 95 before the rush, 10 s in it for the last 5
		{150, 999, 0, 25, 150, 125},   // 75 + 50 / 2
		{200, 999, 0, 50, 200, 150},   // 50 + 100 / 2
		{220, 999, 0, 70, 220, 150},   // 30 + 100 / 2 + 20
		{300, 999, 0, 200, 300, 100},  // after the rush
		{150, 999, 110, 15, 150, 115}, // 85 before the rush, 5 in 10 s until the rest, 10 in 20 s after it
		{0, 999, 90, 0, 130, 110},     // 90 before the rest, 10 in 20 s after it
		{301, 301, 0, 201, 301, 100},  //
		{100, 100, 0, 0, 100, 100},    // at once or never
	} {
		t.Run(fmt.Sprint(tt.from, tt.rest), func(t *testing.T) {
			t.Parallel()
			p := rush()
			p.Jobs[0].Windows = []vrp.Window{{From: tt.from, To: tt.to}}
			if tt.rest > 0 {
				p.Engineers[0].Shifts[0].Breaks = []vrp.Break{{ID: "rest", Windows: []vrp.Window{{From: tt.rest, To: tt.rest}}, Length: 20}}
			}
			s, err := vrp.Solve(p, vrp.Options{Iterations: 20})
			if err != nil {
				t.Fatal(err)
			}
			if err := vrptest.Sound(p, s); err != nil || s.Cost.Served != 1 {
				t.Fatalf("%v, %+v", err, s)
			}
			steps := s.Routes[0].Steps
			got := fmt.Sprint(steps[0].Arrival, steps[len(steps)-2].Arrival, s.Cost.Travel, s.Cost.Total)
			if want := fmt.Sprint(tt.leaves, tt.arrives, tt.took, tt.took); got != want {
				t.Errorf("leaves, arrives, on the way, cost: %s, want %s", got, want)
			}
		})
	}
}

// TestSlicesOrder has the search go the long way before the rush and the short one in it.
func TestSlicesOrder(t *testing.T) {
	t.Parallel()
	p := &vrp.Problem{
		Places: 3, Travel: []vrp.Matrix{{Seconds: []int32{0, 100, 10, 100, 0, 100, 10, 100, 0}}},
		Jobs:      []vrp.Job{{ID: "far", Place: 1, Service: 10}, {ID: "near", Place: 2, Service: 150}},
		Engineers: []vrp.Engineer{{ID: "ann", Costs: vrp.Costs{PerTravelHour: 36_000}, Shifts: []vrp.Shift{{Window: vrp.Window{From: 0, To: 2000}, End: vrp.NoPlace}}}},
	}
	for _, tt := range []struct {
		slices              []vrp.Slice
		first               int
		travel, money, cost int64
	}{
		{nil, 1, 110, 1100, 1210},
		// Near first: 10 s, then from 160 on 100 s at a quarter. Far first: 100 s, then 100 s from 110 on at a quarter.
		{[]vrp.Slice{{From: 0, Speed: 1000}, {From: 100, Speed: 250}}, 1, 410, 4100, 4510},
		// Near first: 10 s, then 40 from 160 on and 60 at a tenth, 600 s. Far first: 100 s, then 90 from 110 on and 10 at a tenth, 100 s.
		{[]vrp.Slice{{From: 0, Speed: 1000}, {From: 200, Speed: 100}}, 0, 290, 2900, 3190},
	} {
		p.Travel[0].Slices = tt.slices
		s, err := vrp.Solve(p, vrp.Options{Iterations: 50})
		if err != nil {
			t.Fatal(err)
		}
		if err := vrptest.Sound(p, s); err != nil {
			t.Fatal(err)
		}
		got := []int64{int64(s.Routes[0].Steps[1].Index), s.Cost.Travel, s.Cost.Money, s.Cost.Total}
		if fmt.Sprint(got) != fmt.Sprint([]int64{int64(tt.first), tt.travel, tt.money, tt.cost}) {
			t.Errorf("%+v: %v, want %d first, %d s, %d and %d", tt.slices, got, tt.first, tt.travel, tt.money, tt.cost)
		}
	}
}

// TestSlicesFIFO leaves second by second: who leaves later never arrives earlier.
func TestSlicesFIFO(t *testing.T) {
	t.Parallel()
	p := rush()
	p.Travel[0].Slices = []vrp.Slice{{From: 20, Speed: 313}, {From: 47, Speed: 1}, {From: 60, Speed: 4000}, {From: 90, Speed: 777}}
	var before int64
	for leave := range int64(200) {
		p.Engineers[0].Shifts[0].Window.From = leave
		p.Engineers[0].Shifts[0].Window.To = leave + 2000
		s, err := vrp.Solve(p, vrp.Options{Iterations: 1})
		if err != nil {
			t.Fatal(err)
		}
		if err := vrptest.Sound(p, s); err != nil || s.Cost.Served != 1 {
			t.Fatalf("leaving at %d: %v, %+v", leave, err, s.Cost)
		}
		arrive := s.Routes[0].Steps[1].Arrival
		if arrive < before {
			t.Errorf("who leaves at %d arrives at %d, before %d", leave, arrive, before)
		}
		before = arrive
	}
}

// TestSlicesOffers offers times before, in and after the rush, with what they cost.
func TestSlicesOffers(t *testing.T) {
	t.Parallel()
	p := rush()
	p.Engineers[0].Shifts[0].End = 0
	b, err := vrp.NewBoard(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	var windows []vrp.Window
	for _, at := range []int64{99, 100, 110, 150, 250, 890, 891} {
		windows = append(windows, vrp.Window{From: at, To: at})
	}
	offers, err := b.Offers(vrp.Ask{Job: p.Jobs[0], Windows: windows})
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, o := range offers {
		if !o.OK {
			got += " " + string(o.Reasons[0].Rule)
			continue
		}
		got += fmt.Sprint(" ", o.Cost)
	}
	// There and back: 100 + 90 in the rush for 45 and 55 after it; 105 + 80 and 60; 125 + 40 and 80; 50 and 100 for 50 + 100; 100 + 100.
	if want := " window 245 245 245 250 200 window"; got != want {
		t.Errorf("%s, want%s", got, want)
	}
}

// TestSlicesElsewhere: explanations know of the time of day, and bad slices are refused.
func TestSlicesElsewhere(t *testing.T) {
	t.Parallel()
	p := rush()
	p.Engineers[0].Shifts[0].Window.From = 150
	for to, want := range map[int64]bool{235: true, 234: false} { // 25 until 200, 75 after: at 275 at the earliest, and 10 s of work
		p.Engineers[0].Shifts[0].Window.To = to + 50
		s, err := vrp.Solve(p, vrp.Options{Iterations: 5})
		if err != nil {
			t.Fatal(err)
		}
		if x := vrp.Explain(p, "job", 0, 0, s); x.Feasible != want || x.Feasible && x.Start != 275 || (s.Cost.Served == 1) != want {
			t.Errorf("until %d: %+v, served %d", to+50, x, s.Cost.Served)
		}
	}
	for _, slices := range [][]vrp.Slice{{{Speed: 0}}, {{Speed: vrp.MaxSpeed + 1}}, {{From: 5, Speed: 1}, {From: 5, Speed: 1}}, {{From: vrp.MaxTime + 1, Speed: 1}}, make([]vrp.Slice, vrp.MaxSlices+1)} {
		p.Travel[0].Slices = slices
		if err := p.Check(); !errors.Is(err, vrp.ErrProblem) {
			t.Errorf("%d slices %+v: %v, want an error", len(slices), slices[0], err)
		}
	}
}
