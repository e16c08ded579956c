package vrp_test

import (
	"errors"
	"fmt"
	"testing"

	"anxin/vrp"
)

// TestShares has two outlets share four hours of work, of which all lies near the first one.
func TestShares(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		north, south, price int64
		travel, share       int64
		byNorth             int
	}{
		{500, 500, 0, 40, 0, 4},
		{500, 500, 5, 40, 40, 4},   // 2 hours too many and 2 too few: 8 squared hours; 1 and 1 are 6 less, for 31 s more of travel
		{500, 500, 6, 71, 12, 3},   //
		{500, 500, 15, 71, 30, 3},  // the last 2 squared hours are not worth another 31 s
		{500, 500, 16, 102, 0, 2},  //
		{500, 500, 40, 102, 0, 2},  // even
		{1000, 0, 40, 40, 0, 4},    // as it should be
		{750, 250, 40, 71, 0, 3},   //
		{0, 0, 1, 40, 16, 4},       // nobody should have any: 4 hours of the first are too many
		{250, 500, 20, 102, 20, 2}, // a quarter of the work is anybody's: 1 hour too many, 0
	} {
		t.Run(fmt.Sprint(tt.north, tt.south, tt.price), func(t *testing.T) {
			t.Parallel()
			p := &vrp.Problem{
				// The job's place 0 is 10 s from the first start and 41 from the other; all ways but these are nothing.
				Places: 3, Travel: []vrp.Matrix{{Seconds: []int32{10, 0, 0, 10, 0, 0, 41, 0, 0}}},
				Engineers: []vrp.Engineer{{ID: "ann", Outlet: "north"}, {ID: "bob", Outlet: "south"}},
				Shares:    []vrp.Share{{Outlet: "north", PerMille: tt.north}, {Outlet: "south", PerMille: tt.south}},
				Objective: vrp.Objective{Share: tt.price},
			}
			for i := range p.Engineers {
				for k := range int64(4) {
					from := k * 10_000
					p.Engineers[i].Shifts = append(p.Engineers[i].Shifts, vrp.Shift{Window: vrp.Window{From: from, To: from + 5000}, Start: 1 + i, End: vrp.NoPlace, MaxJobs: 1})
				}
			}
			for i := range 4 {
				p.Jobs = append(p.Jobs, vrp.Job{ID: fmt.Sprint(i), Service: 3600})
			}
			s, err := vrp.Solve(p, vrp.Options{Iterations: 400})
			if err != nil {
				t.Fatal(err)
			}
			byNorth := 0
			for _, r := range s.Routes {
				if r.Engineer == 0 {
					byNorth++
				}
			}
			if v := vrp.Check(p, s); len(v) > 0 || s.Cost.Travel+s.Cost.Share != s.Cost.Total {
				t.Fatalf("%+v, %v", s.Cost, v)
			}
			if s.Cost.Travel != tt.travel || s.Cost.Share != tt.share || byNorth != tt.byNorth {
				t.Errorf("travel %d, shares %d, %d by north; want %d, %d and %d", s.Cost.Travel, s.Cost.Share, byNorth, tt.travel, tt.share, tt.byNorth)
			}
		})
	}
	for _, shares := range [][]vrp.Share{{{Outlet: "", PerMille: 1}}, {{Outlet: "a", PerMille: 600}, {Outlet: "b", PerMille: 401}}, {{Outlet: "a", PerMille: -1}}, {{Outlet: "a"}, {Outlet: "a"}}} {
		if err := (&vrp.Problem{Shares: shares}).Check(); !errors.Is(err, vrp.ErrProblem) {
			t.Errorf("%+v: %v, want an error", shares, err)
		}
	}
}
