package planner_test

import (
	"fmt"
	"slices"
	"testing"

	"anxin/internal/dispatch/planner"
	"anxin/internal/dispatch/planner/plannertest"
)

// pair is two engineers alike, and plain work at some places.
func pair(minutes int, places ...int) planner.Snapshot {
	s := plannertest.Plain()
	two := s.Engineers[0]
	two.ID, two.Group = "f", "q"
	s.Engineers[0].Group = "p"
	s.Engineers = append(s.Engineers, two)
	base := s.Jobs[0]
	base.Minutes, base.Windows, base.Promised = minutes, nil, false
	s.Jobs, s.Visits = nil, nil
	for i, p := range places {
		j := base
		j.ID, j.Place = planner.JobID(fmt.Sprint("j", i)), p
		s.Jobs = append(s.Jobs, j)
	}
	return s
}

// by is who does what in a plan that serves everything.
func by(t *testing.T, s planner.Snapshot) map[planner.JobID]planner.Assignment {
	t.Helper()
	p, err := planner.New().Plan(t.Context(), s)
	if err != nil || len(p.Unserved) > 0 {
		t.Fatalf("%v, unserved %v", err, p.Unserved)
	}
	if faults := planner.CheckPlan(s, p); len(faults) > 0 {
		t.Fatalf("the plan breaks rules: %v", faults)
	}
	out := map[planner.JobID]planner.Assignment{}
	for _, a := range p.Assignments {
		out[a.Job] = a
	}
	return out
}

// TestSites: orders of one household are done by one engineer, also where each of them knows another who is there anyway.
func TestSites(t *testing.T) {
	t.Parallel()
	for _, visit := range []int64{0, 7200} {
		s := pair(60, 0, 0)
		for i, e := range []planner.EngineerID{"e", "f"} {
			s.Jobs[i].Site, s.Jobs[i].Preferred = "home", e
		}
		s.Weights.Visit = visit
		got := by(t, s)
		if together := got["j0"].Engineers[0] == got["j1"].Engineers[0]; together != (visit > 0) {
			t.Errorf("a visit costs %d: together %v", visit, together)
		}
	}
}

// TestMargin: promised work is begun well before its window ends, though it makes the way longer.
func TestMargin(t *testing.T) {
	t.Parallel()
	at := plannertest.At
	for _, price := range []int64{0, 60} {
		s := pair(60, 3, 9)
		s.Engineers = s.Engineers[:1]
		s.Jobs[1].Windows, s.Jobs[1].Promised = []planner.Span{{From: at(8, 0), To: at(10, 0)}}, true
		s.Jobs[0].Minutes = 55
		s.Weights.Margin, s.Weights.MarginPrice = 3600, price
		got := by(t, s)
		if early := !got["j1"].Start.After(at(9, 5)); early != (price > 0) {
			t.Errorf("a second within the margin costs %d: it begins at %s", price, got["j1"].Start)
		}
	}
}

// TestShares: two groups that should do half of the work each do so.
func TestShares(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		share int64
		parts []int64
		want  int
	}{{0, nil, 0}, {36000, []int64{500, 500}, 2}, {36000, []int64{250, 750}, 1}} {
		s := pair(60, 5, 6, 7, 8)
		for i := range s.Jobs { // all know one of the two
			s.Jobs[i].Preferred = "f"
		}
		s.Weights.Share = tt.share
		for i, n := range tt.parts {
			s.Weights.Shares = append(s.Weights.Shares, planner.GroupShare{Group: []planner.OutletID{"p", "q"}[i], PerMille: n})
		}
		n := 0
		for _, a := range by(t, s) {
			if slices.Contains(a.Engineers, "e") {
				n++
			}
		}
		if n != tt.want {
			t.Errorf("with a price of %d and parts %v he does %d jobs, want %d", tt.share, tt.parts, n, tt.want)
		}
	}
}

// TestNear: a planned visit makes room for more urgent work, but not when it is about to begin and that weighs more.
func TestNear(t *testing.T) {
	t.Parallel()
	for _, rush := range []int64{0, 1000} {
		s := plannertest.Plain()
		s.Weights.Near, s.Weights.Rush = 24*3600, rush
		at := s.Visits[0].Start
		added := s.Jobs[0]
		added.Place, added.Priority, added.Promised, added.Windows = 2, 2, false, []planner.Span{{From: at, To: at}}
		s.Visits[0].Job = planner.Job{ID: "w", Brand: "a", Place: 2, Minutes: 60, Needs: added.Needs, Priority: 4, Crew: 1}
		s.Jobs = nil
		p, err := planner.New().Repair(t.Context(), s, planner.Change{Added: []planner.Job{added}})
		if err != nil {
			t.Fatal(err)
		}
		moved := slices.ContainsFunc(p.Assignments, func(a planner.Assignment) bool { return a.Visit == "v" })
		if moved != (rush == 0) {
			t.Errorf("at %d %% more it is moved: %v", rush, moved)
		}
	}
}

func TestWeightsRefused(t *testing.T) {
	t.Parallel()
	for _, w := range []planner.Weights{
		{Visit: -1},
		{Near: 1 << 50},
		{Shares: []planner.GroupShare{{Group: "p", PerMille: 600}, {Group: "q", PerMille: 600}}},
		{Shares: []planner.GroupShare{{Group: "p", PerMille: 1}, {Group: "p", PerMille: 1}}},
		{Shares: []planner.GroupShare{{PerMille: 1}}},
	} {
		s := pair(60, 1)
		s.Weights = w
		if _, err := planner.New().Plan(t.Context(), s); err == nil {
			t.Errorf("%+v is taken", w)
		}
	}
}
