package vrp_test

import (
	"reflect"
	"slices"
	"testing"

	"anxin/vrp"
)

// engaged is a plan of one engineer, eight to twelve, with work from nine to ten and from half past ten to half past
// eleven at places 10 minutes from everywhere else, and of another who has nothing to do.
func engaged() (*vrp.Problem, *vrp.Solution) {
	p := &vrp.Problem{Places: 4, Travel: []vrp.Matrix{{Seconds: make([]int32, 16)}}}
	for i := range p.Travel[0].Seconds {
		if i%5 != 0 {
			p.Travel[0].Seconds[i] = 600
		}
	}
	at := func(h, m int64) int64 { return h*3600 + m*60 }
	morning := vrp.Shift{Window: vrp.Window{From: at(8, 0), To: at(12, 0)}}
	p.Engineers = []vrp.Engineer{
		{ID: "ann", Skills: []vrp.Skill{{Code: "gas", Level: 2}}, Capacity: []int64{3}, Shifts: []vrp.Shift{morning}},
		{ID: "bob", Skills: []vrp.Skill{{Code: "oil", Level: 1}}, Shifts: []vrp.Shift{morning}},
	}
	p.Engineers[0].Shifts[0].Certificates = []string{"gas"}
	p.Jobs = []vrp.Job{
		{ID: "nine", Place: 1, Service: 3600, Windows: []vrp.Window{{From: at(9, 0), To: at(9, 0)}}},
		{ID: "later", Place: 2, Service: 3600, Windows: []vrp.Window{{From: at(10, 30), To: at(10, 30)}}},
		{ID: "new", Place: 3, Service: 1800, Needs: []vrp.Need{{Skill: "gas"}}},
	}
	s := &vrp.Solution{
		Routes: []vrp.Route{{Steps: []vrp.Step{
			{Kind: vrp.Start, Index: -1, Arrival: at(8, 50)},
			{Kind: vrp.Work, Index: 0, Place: 1, Arrival: at(9, 0), Length: 3600, Travel: 600},
			{Kind: vrp.Work, Index: 1, Place: 2, Arrival: at(10, 10), Wait: 1200, Length: 3600, Travel: 1200},
			{Kind: vrp.End, Index: -1, Arrival: at(11, 40), Travel: 1800},
		}}},
		Unserved: []vrp.Unserved{{Index: 2}},
	}
	return p, s
}

func TestExplain(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		engineer int
		do       func(j *vrp.Job, p *vrp.Problem)
		want     vrp.Explanation
	}{
		{"in the morning", 0, func(*vrp.Job, *vrp.Problem) {}, vrp.Explanation{Feasible: true, Start: 8*3600 + 600, Added: 600}},
		{"not pinned", 0, func(j *vrp.Job, _ *vrp.Problem) { j.Pinned = "bob" }, vrp.Explanation{Reason: vrp.Reason{Rule: vrp.RulePinned}}},
		{"excluded", 0, func(j *vrp.Job, _ *vrp.Problem) { j.Excluded = []string{"ann"} }, vrp.Explanation{Reason: vrp.Reason{Rule: vrp.RuleExcluded}}},
		{"no skill", 1, func(*vrp.Job, *vrp.Problem) {}, vrp.Explanation{Reason: vrp.Reason{Rule: vrp.RuleSkill, Engineer: 1, Skill: "gas", Limit: 1}}},
		{"no level", 0, func(j *vrp.Job, _ *vrp.Problem) { j.Needs[0].Level = 3 }, vrp.Explanation{Reason: vrp.Reason{Rule: vrp.RuleSkill, Skill: "gas", Value: 2, Limit: 3}}},
		{"no paper", 0, func(j *vrp.Job, p *vrp.Problem) {
			j.Needs[0].Certificate, p.Engineers[0].Shifts[0].Certificates = true, nil
		}, vrp.Explanation{Reason: vrp.Reason{Rule: vrp.RuleCertificate, Skill: "gas", Limit: 1}}},
		{"no tool", 0, func(j *vrp.Job, _ *vrp.Problem) { j.Tools = []string{"crane"} }, vrp.Explanation{Reason: vrp.Reason{Rule: vrp.RuleStock, Skill: "crane", Limit: 1}}},
		{"too few parts", 0, func(j *vrp.Job, p *vrp.Problem) {
			j.Parts, p.Engineers[0].Parts = []vrp.Part{{Code: "fan", Count: 2}}, []vrp.Part{{Code: "fan", Count: 1}}
		}, vrp.Explanation{Reason: vrp.Reason{Rule: vrp.RuleStock, Skill: "fan", Value: 1, Limit: 2}}},
		{"parts that others use", 0, func(j *vrp.Job, p *vrp.Problem) {
			j.Parts, p.Engineers[0].Parts = []vrp.Part{{Code: "fan", Count: 2}}, []vrp.Part{{Code: "fan", Count: 2}}
			p.Jobs[0].Parts = []vrp.Part{{Code: "fan", Count: 1}}
			p.Counters = []vrp.Counter{{ID: "c", Place: 3, Parts: []string{"fan"}, Windows: []vrp.Window{{From: 1, To: 2}}}}
		}, vrp.Explanation{Reason: vrp.Reason{Rule: vrp.RuleStock}}},
		{"fetched on the way", 0, func(j *vrp.Job, p *vrp.Problem) {
			j.Tools, p.Counters = []string{"crane"}, []vrp.Counter{{ID: "c", Place: 3, Service: 300, All: true}}
		}, vrp.Explanation{Feasible: true, Start: 8*3600 + 900, Added: 600}},
		{"too heavy", 0, func(j *vrp.Job, _ *vrp.Problem) { j.Takes = []int64{5} }, vrp.Explanation{Reason: vrp.Reason{Rule: vrp.RuleCapacity, Value: 5, Limit: 3}}},
		{"no way", 0, func(_ *vrp.Job, p *vrp.Problem) { p.Travel[0].Seconds[3] = vrp.Unreachable }, vrp.Explanation{Reason: vrp.Reason{Rule: vrp.RuleReach}}},
		{"too long", 0, func(j *vrp.Job, _ *vrp.Problem) { j.Service = 4*3600 - 1100 }, vrp.Explanation{Reason: vrp.Reason{Rule: vrp.RuleShift, Value: 100}}},
		{"too early", 0, func(j *vrp.Job, _ *vrp.Problem) {
			j.Windows = []vrp.Window{{From: 0, To: 8 * 3600}}
		}, vrp.Explanation{Reason: vrp.Reason{Rule: vrp.RuleWindow, Value: 600}}},
		{"a rest in the way", 0, func(j *vrp.Job, p *vrp.Problem) {
			j.Windows = []vrp.Window{{From: 0, To: 9 * 3600}}
			p.Engineers[0].Shifts[0].Breaks = []vrp.Break{{Windows: []vrp.Window{{From: 8 * 3600, To: 8 * 3600}}, Length: 3700}}
		}, vrp.Explanation{Reason: vrp.Reason{Rule: vrp.RuleBreak, Value: 700}}},
		{"enough jobs", 0, func(_ *vrp.Job, p *vrp.Problem) { p.Engineers[0].Shifts[0].MaxJobs = 2 }, vrp.Explanation{Reason: vrp.Reason{Rule: vrp.RuleJobs, Value: 3, Limit: 2}}},
		{"after unserved work", 0, func(_ *vrp.Job, p *vrp.Problem) {
			p.Jobs = append(p.Jobs, vrp.Job{ID: "first"})
			p.Sequences = []vrp.Sequence{{First: "first", Then: "new"}}
		}, vrp.Explanation{Reason: vrp.Reason{Rule: vrp.RuleSequence}}},
		{"after served work", 0, func(_ *vrp.Job, p *vrp.Problem) {
			p.Sequences = []vrp.Sequence{{First: "nine", Then: "new", Lag: 60}}
		}, vrp.Explanation{Reason: vrp.Reason{Rule: vrp.RuleRoom, Value: 1200}}}, // from 10:10 to 10:50, or to 12:20
		{"no room", 0, func(j *vrp.Job, _ *vrp.Problem) { j.Service = 2400 }, vrp.Explanation{Feasible: true, Start: 8*3600 + 600, Added: 600}},
		{"no room at all", 0, func(j *vrp.Job, _ *vrp.Problem) { j.Service = 2401 }, vrp.Explanation{Reason: vrp.Reason{Rule: vrp.RuleRoom, Value: 1}}},
		{"no such engineer", 7, func(*vrp.Job, *vrp.Problem) {}, vrp.Explanation{Reason: vrp.Reason{Engineer: 7}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, s := engaged()
			tt.do(&p.Jobs[2], p)
			if got := vrp.Explain(p, "new", tt.engineer, 0, s); got != tt.want {
				t.Errorf("Explain = %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestReasons(t *testing.T) {
	t.Parallel()
	p, s := engaged()
	p.Jobs[2].Service = 2405
	got := vrp.Reasons(p, s)
	want := [][]vrp.Reason{{
		{Rule: vrp.RuleRoom, Engineer: -1, Shift: -1, Value: 5, Engineers: 1},
		{Rule: vrp.RuleSkill, Engineer: -1, Shift: -1, Skill: "gas", Limit: 1, Engineers: 1},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Reasons = %+v, want %+v", got, want)
	}
	p.Jobs[2].Service = 100
	if got := vrp.Reasons(p, s)[0][0]; got.Rule != vrp.RuleLeft || got.Value != 600 {
		t.Errorf("for work that could be done: %+v", got)
	}
	p.Jobs[2].Crew = 2
	if got := vrp.Reasons(p, s)[0][0]; got.Rule != vrp.RuleCrew || got.Value != 1 || got.Limit != 2 {
		t.Errorf("for a crew: %+v", got)
	}
	p.Engineers = nil
	s.Routes = nil
	if got := vrp.Reasons(p, s)[0]; len(got) != 1 {
		t.Errorf("without engineers: %+v", got)
	}
}

func TestRelax(t *testing.T) {
	t.Parallel()
	p, s := engaged()
	j := &p.Jobs[2]
	// Ann could do it at 8:10, before nine, or from 11:40 with the way home at 12:20.
	j.Windows = []vrp.Window{{From: 8*3600 + 3600, To: 10 * 3600}, {From: 10*3600 + 1800, To: 11 * 3600}}
	got := vrp.Relax(p, "new", s)
	want := []vrp.Relaxation{
		{Rule: vrp.RuleSkill, Engineer: 1, Skill: "gas", Level: 1, Start: 9 * 3600, Added: 1200},
		{Rule: vrp.RuleWindow, Seconds: -2400, Start: 8*3600 + 1200, Added: 600},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Relax = %+v, want %+v", got, want)
	}
	j.Windows, j.Pinned = []vrp.Window{{From: 11*3600 + 1800, To: 12 * 3600}}, "ann"
	got = vrp.Relax(p, "new", s)
	at := slices.IndexFunc(got, func(r vrp.Relaxation) bool { return r.Rule == vrp.RuleShift })
	if at < 0 || got[at].Seconds != 1200 || got[at].Start != 11*3600+2400 {
		t.Errorf("Relax of the end of the day = %+v, want 20 minutes of overtime", got)
	}
	if got := vrp.Relax(p, "nobody", s); got != nil {
		t.Errorf("Relax of nothing = %+v", got)
	}
}
