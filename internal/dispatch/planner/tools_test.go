package planner_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"anxin/internal/dispatch/planner"
	"anxin/internal/dispatch/planner/plannertest"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/reason"
	"anxin/vrp"
)

// TestTools: a tool that is along needs no stop, one that the outlet keeps is fetched first, one that neither has is named.
func TestTools(t *testing.T) {
	t.Parallel()
	with := func(along, kept bool, change ...func(*planner.Snapshot)) planner.Snapshot {
		s := shop(0, 0)
		s.Jobs[0].Parts = []planner.PartNeed{planner.ToolNeed("VACUUM")}
		e := &s.Engineers[0]
		if along {
			e.Van[planner.Tool("VACUUM")] = 1
		}
		if kept {
			e.Counter.Free[planner.Tool("VACUUM")] = 1
		}
		for _, do := range change {
			do(&s)
		}
		return s
	}
	for _, tt := range []struct {
		name  string
		s     planner.Snapshot
		stops int
		why   string
	}{
		{"along", with(true, false), 0, ""},
		{"kept by the outlet", with(false, true), 1, ""},
		{"both", with(true, true), 0, ""},
		{"nowhere", with(false, false), 0, planner.RuleTool},
		{"kept, but the store is closed all day", with(false, true, func(s *planner.Snapshot) { s.Engineers[0].Days[0].Counter = nil }), 0, planner.RuleTool},
		{"kept, but the store opens too late", with(false, true, func(s *planner.Snapshot) {
			s.Engineers[0].Days[0].Counter = []planner.Span{{From: plannertest.At(16, 0), To: plannertest.At(17, 0)}}
		}), 0, planner.RuleToolClosed},
		{"a part of that name is no tool", with(false, false, func(s *planner.Snapshot) { s.Engineers[0].Van["VACUUM"] = 9 }), 0, planner.RuleTool},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			plan, err := planner.New().Plan(t.Context(), tt.s)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range planner.CheckPlan(tt.s, plan) {
				t.Errorf("the plan breaks %+v", v)
			}
			if tt.why == "" {
				if len(plan.Assignments) != 1 || len(plan.Fetches) != tt.stops {
					t.Fatalf("%d assigned with %d stops, want 1 with %d: %+v", len(plan.Assignments), len(plan.Fetches), tt.stops, plan.Unserved)
				}
				return
			}
			if len(plan.Unserved) != 1 || !slices.Contains(plan.Unserved[0].Reasons.Codes(), tt.why) {
				t.Errorf("unserved: %+v, want one because of %s", plan.Unserved, tt.why)
			}
			first, _ := planner.New().Explain(tt.s, "j", tt.s.Engineers[0].ID).Only(reason.Fail).FirstFailing()
			if first.Code != tt.why || first.Params["tool"] != "VACUUM" || first.Params["outlet"] != string(tt.s.Engineers[0].Outlet) {
				t.Errorf("explained as %+v, want %s of VACUUM", first, tt.why)
			}
			list, err := planner.New().Slots(t.Context(), tt.s, planner.SlotQuery{Job: tt.s.Jobs[0], Windows: tt.s.Jobs[0].Windows})
			if err != nil || list[0].Offered() || !slices.Contains(list[0].Reasons.Codes(), tt.why) {
				t.Errorf("offered %+v, %v, want a refusal because of %s", list, err, tt.why)
			}
		})
	}
}

// TestToolStays: one stop is enough for all of a day's work that takes the tool, since it is not used up.
func TestToolStays(t *testing.T) {
	t.Parallel()
	s := shop(0, 0)
	e := &s.Engineers[0]
	e.Counter.Free[planner.Tool("LADDER")] = 1
	s.Jobs[0].Parts = []planner.PartNeed{planner.ToolNeed("LADDER")}
	second := s.Jobs[0]
	second.ID, second.Windows, second.Minutes = "k", []planner.Span{{From: plannertest.At(13, 30), To: plannertest.At(17, 0)}}, 30
	s.Jobs = append(s.Jobs, second)
	plan, err := planner.New().Plan(t.Context(), s)
	if err != nil || len(plan.Assignments) != 2 {
		t.Fatalf("%+v, %v", plan, err)
	}
	for _, v := range planner.CheckPlan(s, plan) {
		t.Errorf("the plan breaks %+v", v)
	}
	if len(plan.Fetches) != 1 || len(plan.Fetches[0].Jobs) != 2 || !slices.Equal(plan.Fetches[0].Parts, []planner.PartCode{planner.Tool("LADDER")}) {
		t.Errorf("fetches %+v, want one stop for both", plan.Fetches)
	}
	parts, tools := planner.Split(append([]planner.PartCode{"PCB"}, plan.Fetches[0].Parts...))
	if !slices.Equal(parts, []string{"PCB"}) || !slices.Equal(tools, []string{"LADDER"}) {
		t.Errorf("split into %v and %v", parts, tools)
	}
}

var toolbox = []string{"LADDER", "VACUUM", "PUMP"}

// equipped is a random day whose work takes tools that some have along and some outlets keep.
func equipped(seed uint64) planner.Snapshot {
	r := rand.New(rand.NewPCG(seed, 31))
	s := plannertest.Random(3*seed+1, 1+int(seed%6), 2+int(seed%17))
	s.Visits = nil
	counters := map[planner.OutletID]*planner.Counter{}
	for i := range s.Engineers {
		e := &s.Engineers[i]
		e.Van = map[planner.PartCode]int64{}
		c, ok := counters[e.Outlet]
		if !ok {
			c = &planner.Counter{Outlet: e.Outlet, Place: r.IntN(s.Places), Minutes: 10, Free: map[planner.PartCode]int64{}}
			counters[e.Outlet] = c
		}
		e.Counter = c
		for _, tool := range toolbox {
			if r.IntN(2) == 0 {
				e.Van[planner.Tool(tool)] = 1
			}
			if r.IntN(2) == 0 {
				c.Free[planner.Tool(tool)] = 1
			}
		}
		for k := range e.Days {
			base := plannertest.Monday.AddDate(0, 0, k)
			e.Days[k].Counter = []planner.Span{{From: base.Add(6 * time.Hour), To: base.Add(20 * time.Hour)}}
		}
	}
	for i := range s.Jobs {
		for _, tool := range toolbox {
			if r.IntN(3) == 0 {
				s.Jobs[i].Parts = append(s.Jobs[i].Parts, planner.ToolNeed(tool))
			}
		}
	}
	return s
}

// spoil takes away what a plan counts on.
func spoil(r *rand.Rand, s *planner.Snapshot, p *planner.Plan) string {
	tool := planner.Tool(toolbox[r.IntN(len(toolbox))])
	e := &s.Engineers[r.IntN(len(s.Engineers))]
	switch r.IntN(5) {
	case 0:
		return "nothing"
	case 1:
		e.Van = maps.Clone(e.Van)
		delete(e.Van, tool)
		return fmt.Sprintf("%s has no %s", e.ID, tool)
	case 2:
		delete(e.Counter.Free, tool)
		return fmt.Sprintf("%s keeps no %s", e.Outlet, tool)
	}
	if len(p.Fetches) == 0 {
		return "nothing"
	}
	i := r.IntN(len(p.Fetches))
	if r.IntN(2) == 0 {
		p.Fetches = slices.Delete(slices.Clone(p.Fetches), i, i+1)
		return "a stop is left out"
	}
	p.Fetches = slices.Clone(p.Fetches)
	later := time.Duration(1+r.IntN(6)) * time.Hour
	p.Fetches[i].Start, p.Fetches[i].End = p.Fetches[i].Start.Add(later), p.Fetches[i].End.Add(later)
	return "a stop is late"
}

// TestToolsAgree: on random days whose plans are spoilt, this package's judge and that of the search name the same work for want
// of a tool.
func TestToolsAgree(t *testing.T) {
	t.Parallel()
	planned, fetched, faults := 0, 0, 0
	for seed := range uint64(80) {
		s := equipped(seed)
		plan, err := planner.New().Plan(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range planner.CheckPlan(s, plan) {
			t.Errorf("the plan of seed %d breaks %+v", seed, v)
		}
		planned, fetched = planned+len(plan.Assignments), fetched+len(plan.Fetches)
		r := rand.New(rand.NewPCG(seed, 5))
		what := spoil(r, &s, &plan)
		ours, theirs := map[string]bool{}, toolFaults(s, plan)
		for _, v := range planner.CheckPlan(s, plan) {
			if v.Reason.Code == planner.RuleTool {
				ours[string(v.Job)] = true
			}
		}
		if !maps.Equal(ours, theirs) {
			t.Errorf("seed %d, %s: %v lack a tool here, %v there", seed, what, slices.Sorted(maps.Keys(ours)), slices.Sorted(maps.Keys(theirs)))
		}
		faults += len(ours)
	}
	if planned < 100 || fetched < 20 || faults < 10 {
		t.Errorf("%d planned with %d stops, %d faults: these days say little", planned, fetched, faults)
	}
}

// toolFaults translates a plan for the judge of the search, tool by tool, and asks it.
func toolFaults(s planner.Snapshot, plan planner.Plan) map[string]bool {
	p := vrp.Problem{Places: s.Places, Travel: []vrp.Matrix{{Seconds: s.Travel.(*geo.Matrix).Seconds}}}
	codes := func(m map[planner.PartCode]int64) []string {
		list := []planner.PartCode{}
		for c, n := range m {
			if n > 0 {
				list = append(list, c)
			}
		}
		_, out := planner.Split(list)
		return out
	}
	type day struct {
		e    planner.EngineerID
		date calendar.Date
	}
	engineers, counters, jobs := map[day]int{}, map[planner.OutletID]int{}, map[planner.JobID]int{}
	for _, e := range s.Engineers {
		if _, ok := counters[e.Counter.Outlet]; !ok {
			counters[e.Counter.Outlet] = len(p.Counters)
			p.Counters = append(p.Counters, vrp.Counter{ID: string(e.Counter.Outlet), Place: e.Counter.Place, Service: 600, Tools: codes(e.Counter.Free)})
		}
		for _, d := range e.Days {
			engineers[day{e.ID, d.Date}] = len(p.Engineers)
			p.Engineers = append(p.Engineers, vrp.Engineer{
				ID: fmt.Sprint(e.ID, d.Date), Tools: codes(e.Van), Shifts: []vrp.Shift{{Window: vrp.Window{From: 0, To: 1 << 39}, Start: vrp.NoPlace, End: vrp.NoPlace}},
			})
		}
	}
	type stop struct {
		step vrp.Step
		at   int64 // work begins, or the stop has ended
	}
	routes := make([][]stop, len(p.Engineers))
	for _, f := range plan.Fetches {
		k := engineers[day{f.Engineer, f.Date}]
		c := counters[f.Outlet]
		routes[k] = append(routes[k], stop{vrp.Step{Kind: vrp.Fetch, Index: c, Place: p.Counters[c].Place, Arrival: f.Start.Unix(), Length: 600}, f.End.Unix()})
	}
	for _, a := range plan.Assignments {
		i := slices.IndexFunc(s.Jobs, func(j planner.Job) bool { return j.ID == a.Job })
		j := &s.Jobs[i]
		job := vrp.Job{ID: string(j.ID), Place: j.Place, Service: int64(j.Minutes) * 60}
		for _, n := range j.Parts {
			tool, _ := n.Code.Tool()
			job.Tools = append(job.Tools, tool)
		}
		jobs[j.ID] = len(p.Jobs)
		p.Jobs = append(p.Jobs, job)
		k := engineers[day{a.Engineers[0], a.Date}]
		routes[k] = append(routes[k], stop{vrp.Step{Kind: vrp.Work, Index: jobs[j.ID], Place: j.Place, Arrival: a.Start.Unix(), Length: int64(j.Minutes) * 60}, a.Start.Unix()})
	}
	var sol vrp.Solution
	for k, list := range routes {
		if len(list) == 0 {
			continue
		}
		slices.SortStableFunc(list, func(a, b stop) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(b.step.Kind, a.step.Kind)) })
		steps := []vrp.Step{{Kind: vrp.Start, Index: -1, Place: vrp.NoPlace}}
		for _, one := range list {
			steps = append(steps, one.step)
		}
		steps = append(steps, vrp.Step{Kind: vrp.End, Index: -1, Place: vrp.NoPlace, Arrival: 1 << 38})
		sol.Routes = append(sol.Routes, vrp.Route{Engineer: k, Steps: steps})
	}
	out := map[string]bool{}
	for _, v := range vrp.Check(&p, &sol) {
		if v.Rule == vrp.RuleStock {
			out[v.Job] = true
		}
	}
	return out
}
