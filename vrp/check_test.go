package vrp_test

import (
	"slices"
	"testing"

	"anxin/vrp"
)

// place is a square: 0 and 1, 2 and 3 are 100 s apart, the pairs 300 s.
func square() vrp.Matrix {
	m := vrp.Matrix{Seconds: make([]int32, 16), Metres: make([]int32, 16)}
	for i := range 4 {
		for j := range 4 {
			switch {
			case i == j:
			case i/2 == j/2:
				m.Seconds[i*4+j], m.Metres[i*4+j] = 100, 1000
			default:
				m.Seconds[i*4+j], m.Metres[i*4+j] = 300, 3000
			}
		}
	}
	return m
}

// full is a problem that uses every rule, and a valid plan of it.
func full() (*vrp.Problem, *vrp.Solution) {
	p := &vrp.Problem{
		Places: 4, Travel: []vrp.Matrix{square()},
		Jobs: []vrp.Job{
			{ID: "begun", Place: 1, Service: 500, Fixed: true, Was: &vrp.Stop{Start: 1050}, Windows: []vrp.Window{{From: 0, To: 10}}},
			{ID: "work", Place: 1, Service: 500, Setup: 40, Trade: "fridge", Needs: []vrp.Need{{Skill: "gas", Level: 2, Certificate: true}}, Takes: []int64{2}, Windows: []vrp.Window{{From: 0, To: 1}, {From: 1700, To: 1900}}, Preferred: []string{"ann"}, Priority: 7, Due: &vrp.Due{At: 1000, Grace: 600, PerHour: 3600, Breach: 1650, BreachFee: 50}},
			{ID: "heavy", Place: 2, Service: 600, Crew: 2, Brings: []int64{1}, Promised: true, Was: &vrp.Stop{Engineer: 1, Start: 3000}},
			{ID: "after", Place: 3, Service: 100, Pinned: "bob", Was: &vrp.Stop{Engineer: 1, Start: 0}},
			{ID: "left", Place: 3, Service: 100, Excluded: []string{"ann"}, DropCost: 900},
		},
		Shipments: []vrp.Shipment{{
			Pickup: vrp.Job{ID: "fetch", Place: 3, Service: 60}, Delivery: vrp.Job{ID: "bring", Place: 2, Service: 60, Needs: []vrp.Need{{Skill: "gas"}}, Priority: 3},
			Amount: []int64{1},
		}},
		Engineers: []vrp.Engineer{
			{
				ID: "ann", Skills: []vrp.Skill{{Code: "gas", Level: 3}}, Capacity: []int64{2}, Efficiency: map[string]int{"fridge": 150},
				Costs:  vrp.Costs{Activation: 10, PerHour: 3600, PerKM: 2, OvertimePerHour: 7200},
				Shifts: []vrp.Shift{{Window: vrp.Window{From: 1000, To: 4000}, Start: 0, End: 0, Overtime: 400, Certificates: []string{"gas"}, MaxJobs: 4, Breaks: []vrp.Break{{ID: "noon", Windows: []vrp.Window{{From: 2200, To: 2400}}, Length: 300}}}},
			},
			{ID: "bob", Skills: []vrp.Skill{{Code: "gas", Level: 1}}, Capacity: []int64{3}, Shifts: []vrp.Shift{{Window: vrp.Window{From: 1000, To: 9000}, Start: 0, End: vrp.NoPlace}}},
		},
		Sequences: []vrp.Sequence{{First: "heavy", Then: "after", Lag: 50}},
		Objective: vrp.Objective{Mode: vrp.Money, Travel: 2, Duration: 1, Preference: 5, Overqualified: 3, Stability: 11, Fairness: 100},
	}
	s := &vrp.Solution{
		Routes: []vrp.Route{
			{Engineer: 0, Shift: 0, Steps: []vrp.Step{
				{Kind: vrp.Start, Index: -1, Place: 0, Arrival: 1000, Load: []int64{2}},
				{Kind: vrp.Work, Index: 0, Place: 1, Arrival: 1050, Length: 500, Travel: 100, Load: []int64{2}}, // the way took less
				{Kind: vrp.Work, Index: 1, Place: 1, Arrival: 1550, Wait: 150, Length: 334, Travel: 100, Load: []int64{0}},
				{Kind: vrp.Rest, Index: 0, Place: vrp.NoPlace, Arrival: 2134, Wait: 66, Length: 300, Travel: 200, Load: []int64{0}},
				{Kind: vrp.Work, Index: 2, Place: 2, Arrival: 2700, Wait: 300, Length: 600, Travel: 400, Load: []int64{1}},
				{Kind: vrp.End, Index: -1, Place: 0, Arrival: 4100, Travel: 700, Load: []int64{1}},
			}},
			{Engineer: 1, Shift: 0, Steps: []vrp.Step{
				{Kind: vrp.Start, Index: -1, Place: 0, Arrival: 1000, Load: []int64{0}},
				{Kind: vrp.Pickup, Index: 0, Place: 3, Arrival: 1300, Length: 60, Travel: 300, Load: []int64{1}},
				{Kind: vrp.Delivery, Index: 0, Place: 2, Arrival: 1460, Length: 60, Travel: 400, Load: []int64{0}},
				{Kind: vrp.Work, Index: 2, Place: 2, Arrival: 1520, Wait: 1480, Length: 600, Travel: 400, Load: []int64{1}},
				{Kind: vrp.Work, Index: 3, Place: 3, Arrival: 3700, Length: 100, Travel: 500, Load: []int64{1}},
				{Kind: vrp.End, Index: -1, Place: vrp.NoPlace, Arrival: 3800, Travel: 500, Load: []int64{1}},
			}},
		},
		Unserved: []vrp.Unserved{{Index: 4}},
	}
	s.Cost = vrp.Cost{
		Served: 5, PriorityServed: 10, Unserved: 1, DropCost: 900, Travel: 1200, Metres: 12000, Duration: 3100 + 2800, Overtime: 100,
		Money:    10 + (3100 - 300) + 2*7 + 200, // of ann alone
		Lateness: 100 + 50, Preference: -5, Overqualified: 3,
		Stability: 5, // after, whose place was only planned
		Fairness:  0, // 1434 and 820 s of work: 307 s beyond the mean, 0.7 for its square
	}
	c := &s.Cost
	c.Total = 2*1200 + c.Duration + c.Money + c.Lateness + c.Preference + c.Overqualified + c.Stability + c.DropCost
	return p, s
}

func TestCheckFull(t *testing.T) {
	t.Parallel()
	p, s := full()
	for _, v := range vrp.Check(p, s) {
		t.Error(v)
	}
}

// TestCheckBites breaks one thing at a time in the valid plan or its problem.
func TestCheckBites(t *testing.T) {
	t.Parallel()
	step := func(s *vrp.Solution, route, step int) *vrp.Step { return &s.Routes[route].Steps[step] }
	for _, tt := range []struct {
		name string
		do   func(p *vrp.Problem, s *vrp.Solution)
		want vrp.Rule
	}{
		{"no such engineer", func(_ *vrp.Problem, s *vrp.Solution) { s.Routes[1].Engineer = 5 }, vrp.RuleForm},
		{"no such shift", func(_ *vrp.Problem, s *vrp.Solution) { s.Routes[1].Shift = -1 }, vrp.RuleForm},
		{"routes out of order", func(_ *vrp.Problem, s *vrp.Solution) { slices.Reverse(s.Routes) }, vrp.RuleForm},
		{"no such job", func(_ *vrp.Problem, s *vrp.Solution) { step(s, 0, 2).Index = 99 }, vrp.RuleForm},
		{"no such rest", func(_ *vrp.Problem, s *vrp.Solution) { step(s, 0, 3).Index = 1 }, vrp.RuleForm},
		{"another place", func(_ *vrp.Problem, s *vrp.Solution) { step(s, 0, 2).Place = 2 }, vrp.RuleForm},
		{"no end", func(_ *vrp.Problem, s *vrp.Solution) { s.Routes[0].Steps = s.Routes[0].Steps[:5] }, vrp.RuleForm},
		{"a strange step", func(_ *vrp.Problem, s *vrp.Solution) { step(s, 0, 2).Kind = 17 }, vrp.RuleForm},
		{"shift begins later", func(p *vrp.Problem, _ *vrp.Solution) { p.Engineers[0].Shifts[0].Window.From = 1001 }, vrp.RuleShift},
		{"overtime is too long", func(p *vrp.Problem, _ *vrp.Solution) { p.Engineers[0].Shifts[0].Overtime = 99 }, vrp.RuleShift},
		{"open end too late", func(p *vrp.Problem, _ *vrp.Solution) { p.Engineers[1].Shifts[0].Window.To = 3799 }, vrp.RuleShift},
		{"window", func(p *vrp.Problem, _ *vrp.Solution) { p.Jobs[1].Windows[1].From = 1701 }, vrp.RuleWindow},
		{"window of a pickup", func(p *vrp.Problem, _ *vrp.Solution) {
			p.Shipments[0].Pickup.Windows = []vrp.Window{{From: 1301, To: 2000}}
		}, vrp.RuleWindow},
		{"way", func(_ *vrp.Problem, s *vrp.Solution) { step(s, 1, 1).Arrival, step(s, 1, 1).Wait = 1299, 1 }, vrp.RuleTravel},
		{"way around a rest", func(p *vrp.Problem, _ *vrp.Solution) { p.Travel[0].Seconds[1*4+2] = 301 }, vrp.RuleTravel},
		{"way home", func(_ *vrp.Problem, s *vrp.Solution) { step(s, 0, 5).Arrival = 3899 }, vrp.RuleTravel},
		{"seconds on the way", func(_ *vrp.Problem, s *vrp.Solution) { step(s, 0, 4).Travel = 399 }, vrp.RuleTravel},
		{"no way", func(p *vrp.Problem, _ *vrp.Solution) { p.Travel[0].Seconds[3*4+2] = vrp.Unreachable }, vrp.RuleReach},
		{"service", func(_ *vrp.Problem, s *vrp.Solution) { step(s, 0, 2).Length = 333 }, vrp.RuleService},
		{"setup is not spared", func(_ *vrp.Problem, s *vrp.Solution) { step(s, 0, 2).Length = 374 }, vrp.RuleService},
		{"break too early", func(p *vrp.Problem, _ *vrp.Solution) { p.Engineers[0].Shifts[0].Breaks[0].Windows[0].From = 2201 }, vrp.RuleBreak},
		{"break too short", func(p *vrp.Problem, _ *vrp.Solution) { p.Engineers[0].Shifts[0].Breaks[0].Length = 301 }, vrp.RuleBreak},
		{"break forgotten", func(p *vrp.Problem, _ *vrp.Solution) {
			b := &p.Engineers[0].Shifts[0].Breaks
			*b = append(*b, vrp.Break{ID: "tea", Windows: []vrp.Window{{To: 9999}}})
		}, vrp.RuleBreak},
		{"break twice", func(_ *vrp.Problem, s *vrp.Solution) {
			r := &s.Routes[0].Steps
			*r = slices.Insert(*r, 4, (*r)[3])
		}, vrp.RuleOnce},
		{"capacity at the start", func(p *vrp.Problem, _ *vrp.Solution) { p.Engineers[0].Capacity[0] = 1 }, vrp.RuleCapacity},
		{"capacity after a pickup", func(p *vrp.Problem, _ *vrp.Solution) { p.Shipments[0].Amount[0] = 4 }, vrp.RuleCapacity},
		{"no capacity at all", func(p *vrp.Problem, _ *vrp.Solution) { p.Engineers[1].Capacity = nil }, vrp.RuleCapacity},
		{"load", func(_ *vrp.Problem, s *vrp.Solution) { step(s, 0, 3).Load[0] = 1 }, vrp.RuleLoad},
		{"skill", func(p *vrp.Problem, _ *vrp.Solution) { p.Engineers[0].Skills = nil }, vrp.RuleSkill},
		{"level", func(p *vrp.Problem, _ *vrp.Solution) { p.Jobs[1].Needs[0].Level = 4 }, vrp.RuleSkill},
		{"skill of a shipment", func(p *vrp.Problem, _ *vrp.Solution) { p.Shipments[0].Delivery.Needs[0].Skill = "flying" }, vrp.RuleSkill},
		{"certificate", func(p *vrp.Problem, _ *vrp.Solution) { p.Engineers[0].Shifts[0].Certificates = nil }, vrp.RuleCertificate},
		{"pinned", func(p *vrp.Problem, _ *vrp.Solution) { p.Jobs[3].Pinned = "ann" }, vrp.RulePinned},
		{"excluded", func(p *vrp.Problem, _ *vrp.Solution) { p.Jobs[3].Excluded = []string{"cat", "bob"} }, vrp.RuleExcluded},
		{"jobs a shift", func(p *vrp.Problem, _ *vrp.Solution) { p.Engineers[1].Shifts[0].MaxJobs = 3 }, vrp.RuleJobs},
		{"crew alone", func(p *vrp.Problem, _ *vrp.Solution) { p.Jobs[3].Crew = 2 }, vrp.RuleCrew},
		{"crew not together", func(_ *vrp.Problem, s *vrp.Solution) { step(s, 1, 3).Wait-- }, vrp.RuleCrew},
		{"served twice", func(p *vrp.Problem, _ *vrp.Solution) { p.Jobs[2].Crew = 1 }, vrp.RuleOnce},
		{"served and not", func(_ *vrp.Problem, s *vrp.Solution) { s.Unserved = []vrp.Unserved{{Index: 3}, {Index: 4}} }, vrp.RuleOnce},
		{"neither", func(_ *vrp.Problem, s *vrp.Solution) { s.Unserved = nil }, vrp.RuleOnce},
		{"unserved twice", func(_ *vrp.Problem, s *vrp.Solution) { s.Unserved = append(s.Unserved, s.Unserved[0]) }, vrp.RuleOnce},
		{"unserved of nothing", func(_ *vrp.Problem, s *vrp.Solution) { s.Unserved[0].Shipment = true }, vrp.RuleForm},
		{"half a shipment", func(_ *vrp.Problem, s *vrp.Solution) {
			s.Routes[1].Steps = slices.Delete(s.Routes[1].Steps, 2, 3)
		}, vrp.RuleShipment},
		{"brought before fetched", func(_ *vrp.Problem, s *vrp.Solution) {
			step(s, 1, 1).Kind, step(s, 1, 2).Kind = vrp.Delivery, vrp.Pickup
		}, vrp.RuleShipment},
		{"lag", func(p *vrp.Problem, _ *vrp.Solution) { p.Sequences[0].Lag = 101 }, vrp.RuleSequence},
		{"after nothing", func(p *vrp.Problem, _ *vrp.Solution) { p.Sequences[0].First = "left" }, vrp.RuleSequence},
		{"after an unknown", func(p *vrp.Problem, _ *vrp.Solution) { p.Sequences[0].First = "nobody" }, vrp.RuleSequence},
		{"fixed elsewhere", func(p *vrp.Problem, _ *vrp.Solution) { p.Jobs[0].Was.Engineer = 1 }, vrp.RuleFixed},
		{"fixed at another time", func(p *vrp.Problem, _ *vrp.Solution) { p.Jobs[0].Was.Start++ }, vrp.RuleFixed},
		{"fixed behind other work", func(p *vrp.Problem, _ *vrp.Solution) {
			p.Jobs[3].Fixed, p.Jobs[3].Was = true, &vrp.Stop{Engineer: 1, Start: 3700}
		}, vrp.RuleFixed},
		{"cost", func(_ *vrp.Problem, s *vrp.Solution) { s.Cost.Total++ }, vrp.RuleCost},
		{"fairness", func(p *vrp.Problem, _ *vrp.Solution) { p.Objective.Fairness = 1000 }, vrp.RuleCost},
		{"mode", func(p *vrp.Problem, _ *vrp.Solution) { p.Objective.Mode = vrp.Levels }, vrp.RuleCost},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, s := full()
			tt.do(p, s)
			got := vrp.Check(p, s)
			if !slices.ContainsFunc(got, func(v vrp.Violation) bool { return v.Rule == tt.want }) {
				t.Errorf("Check found %v, want %s among it", got, tt.want)
			}
		})
	}
}

// TestCheckNothing judges plans of nothing.
func TestCheckNothing(t *testing.T) {
	t.Parallel()
	if got := vrp.Check(&vrp.Problem{}, &vrp.Solution{}); len(got) > 0 {
		t.Errorf("Check of nothing = %v", got)
	}
}
