package vrp_test

import (
	"fmt"
	"testing"

	"anxin/vrp"
)

// TestStabilityGrows moves work whose start comes near.
func TestStabilityGrows(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		start    int64
		promised bool
		want     int64
	}{
		{9000, true, 1001}, // 9000 s to go, and nothing grows before 3600
		{5600, true, 1001},
		{5599, true, 1001}, // a thousandth has not passed yet
		{3800, true, 1001 + 1001},
		{2900, true, 1001 + 1501}, // three quarters of 2002, rounded down
		{2000, true, 3003},
		{1000, true, 3003},
		{2000, false, 1501},
		{9000, false, 500},
	} {
		t.Run(fmt.Sprint(tt.start, tt.promised), func(t *testing.T) {
			t.Parallel()
			p := &vrp.Problem{
				Places: 1, Travel: []vrp.Matrix{{Seconds: []int32{0}}},
				Jobs: []vrp.Job{{ID: "job", Service: 60, Promised: tt.promised, Was: &vrp.Stop{Engineer: 0, Start: tt.start}, Excluded: []string{"ann"}}},
				Engineers: []vrp.Engineer{
					{ID: "ann", Shifts: []vrp.Shift{{Window: vrp.Window{From: 0, To: 10_000}}}}, {ID: "bob", Shifts: []vrp.Shift{{Window: vrp.Window{From: 0, To: 10_000}}}},
				},
				Objective: vrp.Objective{Stability: 1001, AsOf: 2000, Near: 3600, Rush: 200},
			}
			s, err := vrp.Solve(p, vrp.Options{Iterations: 10})
			if err != nil {
				t.Fatal(err)
			}
			if v := vrp.Check(p, s); len(v) > 0 || s.Cost.Served != 1 || s.Cost.Stability != tt.want || s.Cost.Total != tt.want {
				t.Errorf("moving costs %d of %d, want %d; %v", s.Cost.Stability, s.Cost.Total, tt.want, v)
			}
		})
	}
}

// TestStabilityChooses has one of two visits give way: the one whose start is farther, though its drop cost is higher.
func TestStabilityChooses(t *testing.T) {
	t.Parallel()
	p := &vrp.Problem{
		Places: 1, Travel: []vrp.Matrix{{Seconds: []int32{0}}},
		Jobs: []vrp.Job{
			{ID: "soon", Service: 100, Promised: true, Was: &vrp.Stop{Start: 50}},
			{ID: "later", Service: 100, Promised: true, Was: &vrp.Stop{Start: 100}, DropCost: 9},
		},
		Engineers: []vrp.Engineer{{ID: "ann", Shifts: []vrp.Shift{{Window: vrp.Window{From: 0, To: 400}}}}},
		Objective: vrp.Objective{Stability: 100, Near: 100, Rush: 900},
	}
	s, err := vrp.Solve(p, vrp.Options{Iterations: 50})
	if err != nil {
		t.Fatal(err)
	}
	steps := s.Routes[0].Steps
	if v := vrp.Check(p, s); len(v) > 0 || s.Cost.Stability != 100 || steps[1].Index != 0 || steps[1].Begin() != 50 {
		t.Errorf("moves cost %d, want 100, %+v; %v", s.Cost.Stability, steps, v)
	}
}

// TestMargin prices promised work that starts near the end of its window, and has the search keep away from it.
func TestMargin(t *testing.T) {
	t.Parallel()
	p := &vrp.Problem{
		Places: 3, Travel: []vrp.Matrix{{Seconds: []int32{0, 50, 60, 50, 0, 20, 60, 20, 0}}},
		Jobs: []vrp.Job{
			{ID: "near", Place: 1, Service: 10},
			{ID: "promised", Place: 2, Service: 10, Promised: true, Windows: []vrp.Window{{From: 0, To: 100}}},
		},
		Engineers: []vrp.Engineer{{ID: "ann", Shifts: []vrp.Shift{{Window: vrp.Window{From: 0, To: 1000}, End: vrp.NoPlace}}}},
	}
	for _, tt := range []struct{ margin, price, travel, missing int64 }{
		{50, 0, 70, 0},  // 50 s to the near one, 20 to the other
		{50, 1, 80, 10}, // 60 s to the promised one, which then starts 40 s before the end: 10 s more of travel, 20 of margin less
		{30, 1, 70, 10}, // starts 20 s before the end, which is 10 of travel less and 10 of margin more: as good
		{29, 1, 70, 9},
		{20, 9, 70, 0},
		{100, 2, 80, 60},
	} {
		p.Objective = vrp.Objective{Margin: tt.margin, MarginCost: tt.price}
		s, err := vrp.Solve(p, vrp.Options{Iterations: 50})
		if err != nil {
			t.Fatal(err)
		}
		total := tt.travel + tt.price*tt.missing
		if v := vrp.Check(p, s); len(v) > 0 || s.Cost.Total != total || tt.margin != 30 && (s.Cost.Travel != tt.travel || s.Cost.Margin != tt.price*tt.missing) {
			t.Errorf("margin %d at %d: %+v, want %d of travel and %d s; %v", tt.margin, tt.price, s.Cost, tt.travel, tt.missing, v)
		}
	}
}
