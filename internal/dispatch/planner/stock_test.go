package planner_test

import (
	"slices"
	"testing"

	"anxin/internal/dispatch/planner"
	"anxin/internal/dispatch/planner/plannertest"
	"anxin/internal/platform/reason"
)

// shop is the plain snapshot whose job takes a board; the store of the engineer's outlet is open from nine to noon.
func shop(van, store int64) planner.Snapshot {
	at := plannertest.At
	s := plannertest.Plain()
	s.Jobs[0].Parts = []planner.PartNeed{{Code: "board", Count: 1}}
	e := &s.Engineers[0]
	e.Van = map[planner.PartCode]int64{"board": van}
	e.Counter = &planner.Counter{Outlet: e.Outlet, Place: 20, Minutes: 10, Free: map[planner.PartCode]int64{"board": store}}
	e.Days = slices.Clone(e.Days)
	for i := range e.Days {
		e.Days[i].Counter = []planner.Span{{From: at(9, 0), To: at(12, 0)}}
	}
	return s
}

// TestFetches: what is in the van needs no stop, what is at the outlet is fetched before while that is open, and what is
// nowhere is refused by name.
func TestFetches(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		s     func() planner.Snapshot
		stops int
		why   string
	}{
		{"in the van", func() planner.Snapshot { return shop(1, 0) }, 0, ""},
		{"at the outlet", func() planner.Snapshot { return shop(0, 1) }, 1, ""},
		{"nowhere", func() planner.Snapshot { return shop(0, 0) }, 0, planner.RuleStock},
		{"reserved in another's van", func() planner.Snapshot {
			s := shop(0, 0)
			s.Jobs[0].Parts[0].Kept = []planner.Kept{{Engineer: "other", Count: 1}}
			return s
		}, 0, planner.RuleStock},
		{"reserved in his van", func() planner.Snapshot {
			s := shop(0, 0)
			s.Jobs[0].Parts[0].Kept = []planner.Kept{{Engineer: s.Engineers[0].ID, Count: 1}}
			return s
		}, 0, ""},
		{"closed all day", func() planner.Snapshot {
			s := shop(0, 1)
			s.Engineers[0].Days[0].Counter = nil
			return s
		}, 0, planner.RuleStock},
		{"a tool, at the outlet", func() planner.Snapshot {
			s := shop(0, 1)
			s.Jobs[0].Parts[0].Tool = true
			return s
		}, 1, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := tt.s()
			plan, err := planner.New().Plan(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range planner.CheckPlan(s, plan) {
				t.Errorf("the plan breaks %+v", v)
			}
			if tt.why != "" {
				if len(plan.Unserved) != 1 || !slices.Contains(plan.Unserved[0].Reasons.Codes(), tt.why) {
					t.Errorf("unserved: %+v, want one because of %s", plan.Unserved, tt.why)
				}
				first, _ := planner.New().Explain(s, "j", s.Engineers[0].ID).Only(reason.Fail).FirstFailing()
				if first.Code != tt.why || first.Params["part"] != "board" || first.Params["outlet"] != string(s.Engineers[0].Outlet) {
					t.Errorf("explained as %+v", first)
				}
				return
			}
			if len(plan.Assignments) != 1 || len(plan.Fetches) != tt.stops {
				t.Fatalf("%d assigned with %d stops, want 1 with %d: %+v", len(plan.Assignments), len(plan.Fetches), tt.stops, plan.Unserved)
			}
			for _, f := range plan.Fetches {
				if f.End.After(plan.Assignments[0].Start) || f.Start.Before(plannertest.At(9, 0)) || f.Start.After(plannertest.At(12, 0)) {
					t.Errorf("fetches %s–%s for work at %s", f.Start, f.End, plan.Assignments[0].Start)
				}
			}
		})
	}
}

// TestCheckPlanFindsStock: a plan that says nothing of where its parts come from is refused, and so is a stop that cannot be.
func TestCheckPlanFindsStock(t *testing.T) {
	t.Parallel()
	at := plannertest.At
	for _, tt := range []struct {
		name string
		do   func(s *planner.Snapshot, p *planner.Plan)
		want string
	}{
		{"nothing", func(*planner.Snapshot, *planner.Plan) {}, ""},
		{"not fetched", func(_ *planner.Snapshot, p *planner.Plan) { p.Fetches = nil }, planner.RuleStock},
		{"fetched too late", func(_ *planner.Snapshot, p *planner.Plan) {
			p.Fetches[0].Start, p.Fetches[0].End = at(11, 40), at(11, 50)
		}, planner.RuleStock},
		{"store empty", func(s *planner.Snapshot, _ *planner.Plan) { s.Engineers[0].Counter.Free["board"] = 0 }, planner.RuleStock},
		{"store closed", func(s *planner.Snapshot, _ *planner.Plan) {
			s.Engineers[0].Days[0].Counter = []planner.Span{{From: at(6, 0), To: at(6, 5)}}
		}, planner.RuleWindow},
		{"another outlet's", func(_ *planner.Snapshot, p *planner.Plan) { p.Fetches[0].Outlet = "another" }, planner.RuleStock},
		{"no time to stop", func(_ *planner.Snapshot, p *planner.Plan) { p.Fetches[0].End = p.Fetches[0].Start.Add(1) }, planner.RuleDuration},
		{"no time for the way", func(_ *planner.Snapshot, p *planner.Plan) {
			p.Fetches[0].End = p.Assignments[0].Start
			p.Fetches[0].Start = p.Fetches[0].End.Add(-600e9)
		}, planner.RuleTravel},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := shop(0, 1)
			plan, err := planner.New().Plan(t.Context(), s)
			if err != nil || len(plan.Fetches) != 1 {
				t.Fatalf("%+v, %v", plan, err)
			}
			tt.do(&s, &plan)
			var got []string
			for _, v := range planner.CheckPlan(s, plan) {
				got = append(got, v.Reason.Code)
			}
			if tt.want == "" && len(got) > 0 || tt.want != "" && !slices.Contains(got, tt.want) {
				t.Errorf("found %v, want %q", got, tt.want)
			}
		})
	}
}

// TestOnePieceOnce: of two jobs that need the last piece, one is served, whoever is asked and on whichever day.
func TestOnePieceOnce(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ van, store int64 }{{1, 0}, {0, 1}} {
		s := shop(tt.van, tt.store)
		s.Jobs[0].Windows = nil
		second := s.Jobs[0]
		second.ID = "k"
		s.Jobs = append(s.Jobs, second)
		plan, err := planner.New().Plan(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if len(plan.Assignments) != 1 || len(plan.Unserved) != 1 {
			t.Errorf("van %d, store %d: %d served, %d not", tt.van, tt.store, len(plan.Assignments), len(plan.Unserved))
		}
		for _, v := range planner.CheckPlan(s, plan) {
			t.Errorf("the plan breaks %+v", v)
		}
	}
}
