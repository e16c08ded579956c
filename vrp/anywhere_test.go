package vrp_test

import (
	"fmt"
	"testing"

	"anxin/vrp"
)

// TestSolveAnywhere plans work without a place: it is done on the way, and the way waits for it no longer than it has to.
func TestSolveAnywhere(t *testing.T) {
	t.Parallel()
	p := &vrp.Problem{
		Places: 2, Travel: []vrp.Matrix{{Seconds: []int32{0, 100, 100, 0}}},
		Jobs: []vrp.Job{
			{ID: "visit", Place: 1, Service: 50, Windows: []vrp.Window{{From: 150, To: 150}}},
			{ID: "call", Place: vrp.NoPlace, Service: 30, Setup: 10, Windows: []vrp.Window{{From: 60, To: 70}}},
			{ID: "report", Place: vrp.NoPlace, Service: 20, Windows: []vrp.Window{{From: 190, To: 1000}}},
		},
		Engineers: []vrp.Engineer{{ID: "e", Shifts: []vrp.Shift{{Window: vrp.Window{From: 0, To: 320}}}}},
	}
	s, err := vrp.Solve(p, vrp.Options{Iterations: 200})
	if err != nil {
		t.Fatal(err)
	}
	if v := vrp.Check(p, s); len(v) > 0 || s.Cost.Served != 3 || s.Cost.Travel != 200 {
		t.Fatalf("%+v, %v", s.Cost, v)
	}
	// 10 s of way are left when the call begins at 60, for which the start is put off to 10; the way back is 100 s and 20 s of work.
	want := "0@10 1.1@60+40 1.0@150+50 1.2@200+20 5@320"
	got := ""
	for _, st := range s.Routes[0].Steps {
		switch st.Kind {
		case vrp.Work:
			got += fmt.Sprintf("%d.%d@%d+%d ", st.Kind, st.Index, st.Begin(), st.Length)
		default:
			got += fmt.Sprintf("%d@%d ", st.Kind, st.Arrival)
		}
	}
	if got != want+" " {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// One second less, and the way back does not end in time: nobody writes the report.
	p.Engineers[0].Shifts[0].Window.To = 319
	if s, err = vrp.Solve(p, vrp.Options{Iterations: 200}); err != nil {
		t.Fatal(err)
	}
	if v := vrp.Check(p, s); len(v) > 0 || s.Cost.Served != 2 {
		t.Errorf("%+v, %v", s.Cost, v)
	}
}
