package planner_test

import (
	"slices"
	"testing"
	"time"

	"anxin/internal/dispatch/planner"
	"anxin/internal/dispatch/planner/plannertest"
)

func TestEngine(t *testing.T) {
	t.Parallel()
	plannertest.RunPlannerSuite(t, func() planner.Planner { return planner.New() })
}

func FuzzPlan(f *testing.F) {
	f.Add(uint64(1), uint8(3), uint8(9))
	f.Add(uint64(77), uint8(7), uint8(30))
	f.Fuzz(func(t *testing.T, seed uint64, engineers, jobs uint8) {
		plannertest.CheckRandomPlan(t, planner.New(), seed, int(engineers%12), int(jobs%40))
	})
}

// The checker has to find each kind of fault, or its silence says nothing.
func TestCheckPlanFinds(t *testing.T) {
	t.Parallel()
	at := plannertest.At
	good := planner.Assignment{Job: "j", Engineers: []planner.EngineerID{"e"}, Date: plannertest.Date(0), Start: at(10, 10), End: at(11, 10)}
	for _, tt := range []struct {
		name string
		do   func(s *planner.Snapshot, p *planner.Plan)
		want []string
	}{
		{"nothing", func(*planner.Snapshot, *planner.Plan) {}, nil},
		{"job forgotten", func(_ *planner.Snapshot, p *planner.Plan) { p.Assignments = nil }, []string{planner.RuleSilent}},
		{"unserved without a word", func(_ *planner.Snapshot, p *planner.Plan) {
			p.Assignments, p.Unserved = nil, []planner.Unserved{{Job: "j"}}
		}, []string{planner.RuleSilent}},
		{"strange job", func(_ *planner.Snapshot, p *planner.Plan) {
			a := good
			a.Job = "x"
			p.Assignments = append(p.Assignments, a)
		}, []string{planner.RuleUnknown}},
		{"strange engineer", func(_ *planner.Snapshot, p *planner.Plan) { p.Assignments[0].Engineers[0] = "x" }, []string{planner.RuleUnknown}},
		{"too short", func(_ *planner.Snapshot, p *planner.Plan) { p.Assignments[0].End = at(10, 40) }, []string{planner.RuleDuration}},
		{"in the past", func(s *planner.Snapshot, _ *planner.Plan) { s.Now = at(10, 30) }, []string{planner.RulePast, planner.RuleTravel}},
		{"alone", func(s *planner.Snapshot, _ *planner.Plan) { s.Jobs[0].Crew = 2 }, []string{planner.RuleCrew}},
		{"too early", func(s *planner.Snapshot, _ *planner.Plan) { s.Jobs[0].Windows[0].From = at(10, 30) }, []string{planner.RuleWindow}},
		{"off duty", func(s *planner.Snapshot, _ *planner.Plan) { s.Engineers[0].Days[0].Shifts[0].To = at(11, 0) }, []string{planner.RuleShift}},
		{"wrong date", func(_ *planner.Snapshot, p *planner.Plan) { p.Assignments[0].Date++ }, []string{planner.RuleShift}},
		{"away", func(s *planner.Snapshot, _ *planner.Plan) {
			d := &s.Engineers[0].Days[0]
			d.Shifts[0].To, d.Away = at(11, 0), []planner.Span{{From: at(11, 0), To: at(18, 0)}}
		}, []string{planner.RuleAbsent}},
		{"too many", func(s *planner.Snapshot, _ *planner.Plan) { s.Engineers[0].MaxVisits = 1 }, []string{planner.RuleLoad}},
		{"no time for the way", func(_ *planner.Snapshot, p *planner.Plan) {
			p.Assignments[0].Start, p.Assignments[0].End = at(10, 2), at(11, 2)
		}, []string{planner.RuleTravel}},
		{"overlap", func(s *planner.Snapshot, _ *planner.Plan) { s.Visits[0].Start, s.Visits[0].End = at(9, 30), at(10, 30) }, []string{planner.RuleOverlap}},
		{"overlap with a later one", func(s *planner.Snapshot, _ *planner.Plan) { s.Visits[0].Start, s.Visits[0].End = at(11, 0), at(11, 30) }, []string{planner.RuleOverlap}},
		{"before a frozen one", func(s *planner.Snapshot, _ *planner.Plan) {
			s.Visits[0].Start, s.Visits[0].End, s.Visits[0].Frozen = at(15, 0), at(16, 0), true
		}, []string{planner.RuleFrozen}},
		{"no rest", func(s *planner.Snapshot, p *planner.Plan) {
			s.Visits[0].Start, s.Visits[0].End = at(12, 40), at(14, 0)
			p.Assignments[0].Start, p.Assignments[0].End = at(12, 0).Add(-5*time.Minute), at(12, 55).Add(-20*time.Minute)
			s.Jobs[0].Minutes, s.Visits[0].Job.Place = 40, 4
		}, []string{planner.RuleBreak}},
		{"frozen one moved", func(s *planner.Snapshot, p *planner.Plan) {
			s.Visits[0].Frozen = true
			p.Dropped = []planner.VisitID{"v"}
		}, []string{planner.RuleFrozen}},
		{"skill", func(s *planner.Snapshot, _ *planner.Plan) { s.Engineers[0].Days[0].Skills = nil }, []string{planner.RuleSkill}},
	} {
		s := plannertest.Plain()
		a := good
		a.Engineers = slices.Clone(good.Engineers)
		p := planner.Plan{Assignments: []planner.Assignment{a}}
		tt.do(&s, &p)
		var got []string
		for _, v := range planner.CheckPlan(s, p) {
			got = append(got, v.Reason.Code)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func BenchmarkPlan(b *testing.B) {
	s := plannertest.Random(3, 60, 240)
	for b.Loop() {
		if _, err := planner.New().Plan(b.Context(), s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSlots(b *testing.B) {
	s := plannertest.Random(3, 60, 240)
	p, err := planner.New().Plan(b.Context(), s)
	if err != nil {
		b.Fatal(err)
	}
	s = s.Apply(p)
	q := planner.SlotQuery{Job: planner.Job{ID: "asked", Place: 7, Minutes: 60}}
	for h := range 5 {
		q.Windows = append(q.Windows, planner.Span{From: plannertest.At(8+2*h, 0), To: plannertest.At(10+2*h, 0)})
	}
	for b.Loop() {
		if _, err := planner.New().Slots(b.Context(), s, q); err != nil {
			b.Fatal(err)
		}
	}
}
