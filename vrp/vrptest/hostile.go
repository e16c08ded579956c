package vrptest

import (
	"fmt"
	"math"

	"anxin/vrp"
)

// Case is a problem that asks for trouble.
type Case struct {
	Name    string
	Problem *vrp.Problem
	Wrong   bool // the data makes no sense: an error, not a plan
	Served  int  // otherwise at most so many can be served
}

// day is an easy problem: two engineers, three jobs, ways of a minute.
func day() *vrp.Problem {
	p := &vrp.Problem{Places: 4, Travel: []vrp.Matrix{{Seconds: make([]int32, 16)}}}
	for i := range p.Travel[0].Seconds {
		if i%5 != 0 {
			p.Travel[0].Seconds[i] = 60
		}
	}
	for i := range 2 {
		p.Engineers = append(p.Engineers, vrp.Engineer{ID: fmt.Sprint("e", i), Shifts: []vrp.Shift{{Window: vrp.Window{From: 28800, To: 64800}}}})
	}
	for i := range 3 {
		p.Jobs = append(p.Jobs, vrp.Job{ID: fmt.Sprint("j", i), Place: i + 1, Service: 600})
	}
	return p
}

// Hostile lists problems with faults, contradictions and absurd numbers.
func Hostile() []Case {
	var out []Case
	add := func(name string, wrong bool, served int, do func(p *vrp.Problem)) {
		p := day()
		do(p)
		out = append(out, Case{name, p, wrong, served})
	}
	shift := func(p *vrp.Problem) *vrp.Shift { return &p.Engineers[0].Shifts[0] }
	add("nothing", false, 0, func(p *vrp.Problem) { *p = vrp.Problem{} })
	add("no jobs", false, 0, func(p *vrp.Problem) { p.Jobs = nil })
	add("no engineers", false, 0, func(p *vrp.Problem) { p.Engineers = nil })
	add("no engineers and no travel", false, 0, func(p *vrp.Problem) { p.Engineers, p.Travel = nil, nil })
	add("no shifts", false, 0, func(p *vrp.Problem) { p.Engineers[0].Shifts, p.Engineers[1].Shifts = nil, nil })
	add("windows before shifts", false, 2, func(p *vrp.Problem) { p.Jobs[0].Windows = []vrp.Window{{From: 0, To: 100}} })
	add("windows long before and long after", false, 1, func(p *vrp.Problem) {
		p.Jobs[0].Windows = []vrp.Window{{From: -vrp.MaxTime, To: -vrp.MaxTime + 1}}
		p.Jobs[1].Windows = []vrp.Window{{From: vrp.MaxTime - 1, To: vrp.MaxTime}}
	})
	add("service longer than any shift", false, 2, func(p *vrp.Problem) { p.Jobs[0].Service = 40000 })
	add("service without end", false, 2, func(p *vrp.Problem) { p.Jobs[0].Service, p.Jobs[0].Setup = vrp.MaxTime, vrp.MaxTime })
	add("shift of no length", false, 0, func(p *vrp.Problem) {
		for i := range p.Engineers {
			p.Engineers[i].Shifts[0].Window = vrp.Window{From: 5, To: 5}
		}
	})
	add("a break after the shift", false, 3, func(p *vrp.Problem) {
		shift(p).Breaks = []vrp.Break{{Windows: []vrp.Window{{From: 90000, To: 90001}}, Length: 5}}
	})
	add("a break as long as the shift", false, 3, func(p *vrp.Problem) {
		shift(p).Breaks = []vrp.Break{{Windows: []vrp.Window{{From: 28800, To: 64800}}, Length: 36000}}
	})
	add("breaks that exclude each other", false, 3, func(p *vrp.Problem) {
		w := []vrp.Window{{From: 40000, To: 40001}}
		shift(p).Breaks = []vrp.Break{{Windows: w, Length: 600}, {Windows: w, Length: 600}}
	})
	add("no ways at all", false, 0, func(p *vrp.Problem) {
		for i := range p.Travel[0].Seconds {
			p.Travel[0].Seconds[i] = vrp.Unreachable
		}
	})
	add("ways of thirty years", false, 0, func(p *vrp.Problem) {
		for i := range p.Travel[0].Seconds {
			p.Travel[0].Seconds[i] = vrp.Unreachable - 1
		}
	})
	add("the largest ways", false, 0, func(p *vrp.Problem) {
		for i := range p.Travel[0].Seconds {
			p.Travel[0].Seconds[i] = math.MaxInt32
		}
	})
	add("nobody has the skill", false, 2, func(p *vrp.Problem) { p.Jobs[0].Needs = []vrp.Need{{Skill: "flying"}} })
	add("a level that nobody has", false, 2, func(p *vrp.Problem) {
		p.Jobs[0].Needs, p.Engineers[0].Skills = []vrp.Need{{Skill: "gas", Level: math.MaxInt32}}, []vrp.Skill{{Code: "gas", Level: 9}}
	})
	add("10,000 skills", false, 3, func(p *vrp.Problem) {
		for s := range 10_000 {
			p.Jobs[0].Needs = append(p.Jobs[0].Needs, vrp.Need{Skill: fmt.Sprint("s", s)})
			p.Engineers[0].Skills = append(p.Engineers[0].Skills, vrp.Skill{Code: fmt.Sprint("s", s), Level: 1})
		}
	})
	add("pinned to nobody", false, 2, func(p *vrp.Problem) { p.Jobs[0].Pinned = "nobody" })
	add("pinned and excluded", false, 2, func(p *vrp.Problem) { p.Jobs[0].Pinned, p.Jobs[0].Excluded = "e0", []string{"e0"} })
	add("pinned to two by a sequence of instants", false, 2, func(p *vrp.Problem) {
		for i := range 2 {
			p.Jobs[i].Pinned, p.Jobs[i].Windows = "e0", []vrp.Window{{From: 30000, To: 30000}}
		}
	})
	add("a crew of one's own", false, 2, func(p *vrp.Problem) { p.Jobs[0].Crew, p.Jobs[0].Pinned = 2, "e0" })
	add("too much to carry", false, 2, func(p *vrp.Problem) { p.Jobs[0].Takes = []int64{vrp.MaxLoad} })
	add("after work that nobody can do", false, 1, func(p *vrp.Problem) {
		p.Jobs[0].Pinned = "nobody"
		p.Sequences = []vrp.Sequence{{First: "j0", Then: "j1"}}
	})
	add("a lag of years", false, 2, func(p *vrp.Problem) { p.Sequences = []vrp.Sequence{{First: "j0", Then: "j1", Lag: vrp.MaxTime}} })
	add("a shipment from a place to itself", false, 4, func(p *vrp.Problem) {
		p.Shipments = []vrp.Shipment{{Pickup: vrp.Job{ID: "p", Place: 1}, Delivery: vrp.Job{ID: "d", Place: 1}, Amount: []int64{0, 0}}}
	})
	add("the largest costs", false, 3, func(p *vrp.Problem) {
		p.Objective.Mode = vrp.Money
		p.Engineers[0].Costs = vrp.Costs{Activation: 1 << 32, PerTravelHour: 1 << 32}
		for i := range p.Jobs {
			p.Jobs[i].DropCost, p.Jobs[i].Priority = vrp.MaxCost, vrp.MaxPriority
		}
	})
	add("a thousand jobs at one place at one instant", false, 2, func(p *vrp.Problem) {
		p.Jobs = nil
		for i := range 1000 {
			p.Jobs = append(p.Jobs, vrp.Job{ID: fmt.Sprint("j", i), Place: 1, Service: 600, Windows: []vrp.Window{{From: 30000, To: 30000}}})
		}
	})

	add("a tool that nobody has", false, 2, func(p *vrp.Problem) { p.Jobs[0].Tools = []string{"crane"} })
	add("a counter that is closed all day", false, 2, func(p *vrp.Problem) {
		p.Jobs[0].Tools = []string{"crane"}
		p.Counters = []vrp.Counter{{ID: "c", Place: 1, All: true, Windows: []vrp.Window{{From: 0, To: 100}}}}
	})
	add("a counter of three years' service", false, 2, func(p *vrp.Problem) {
		p.Jobs[0].Parts = []vrp.Part{{Code: "fan", Count: vrp.MaxLoad}}
		p.Counters = []vrp.Counter{{ID: "c", Place: 1, All: true, Service: 100_000_000}}
	})
	add("what one job needs is at three counters", false, 3, func(p *vrp.Problem) {
		p.Jobs[0].Tools = []string{"a", "b", "c"}
		for i, tool := range p.Jobs[0].Tools {
			p.Counters = append(p.Counters, vrp.Counter{ID: tool, Place: i + 1, Tools: []string{tool}})
		}
	})
	add("128 counters that have nothing", false, 2, func(p *vrp.Problem) {
		p.Jobs[0].Tools = []string{"crane"}
		for i := range vrp.MaxCounters {
			p.Counters = append(p.Counters, vrp.Counter{ID: fmt.Sprint(i), Place: i % 4})
		}
	})

	add("an unknown place of a counter", true, 0, func(p *vrp.Problem) { p.Counters = []vrp.Counter{{ID: "c", Place: 9}} })
	add("a counter without an id", true, 0, func(p *vrp.Problem) { p.Counters = []vrp.Counter{{Place: 1}} })
	add("a negative number of parts", true, 0, func(p *vrp.Problem) { p.Jobs[0].Parts = []vrp.Part{{Code: "fan", Count: -1}} })
	add("a van of negative parts", true, 0, func(p *vrp.Problem) { p.Engineers[0].Parts = []vrp.Part{{Code: "fan", Count: -1}} })
	add("a negative way", true, 0, func(p *vrp.Problem) { p.Travel[0].Seconds[3] = -1 })
	add("a negative distance", true, 0, func(p *vrp.Problem) {
		p.Travel[0].Metres = make([]int32, 16)
		p.Travel[0].Metres[1] = -5
	})
	add("half a matrix", true, 0, func(p *vrp.Problem) { p.Travel[0].Seconds = p.Travel[0].Seconds[:8] })
	add("places beyond all numbers", true, 0, func(p *vrp.Problem) { p.Places = math.MaxInt })
	add("a negative number of places", true, 0, func(p *vrp.Problem) { p.Places = -4 })
	add("an unknown place", true, 0, func(p *vrp.Problem) { p.Jobs[0].Place = 4 })
	add("an unknown start", true, 0, func(p *vrp.Problem) { shift(p).Start = -2 })
	add("an unknown profile", true, 0, func(p *vrp.Problem) { p.Engineers[0].Profile = 1 })
	add("no id", true, 0, func(p *vrp.Problem) { p.Jobs[0].ID = "" })
	add("an id twice", true, 0, func(p *vrp.Problem) { p.Jobs[0].ID = "j1" })
	add("an id twice among engineers", true, 0, func(p *vrp.Problem) { p.Engineers[0].ID = "e1" })
	add("an id of a shipment twice", true, 0, func(p *vrp.Problem) {
		p.Shipments = []vrp.Shipment{{Pickup: vrp.Job{ID: "x"}, Delivery: vrp.Job{ID: "x"}}}
	})
	add("a window backwards", true, 0, func(p *vrp.Problem) { p.Jobs[0].Windows = []vrp.Window{{From: 2, To: 1}} })
	add("windows in disorder", true, 0, func(p *vrp.Problem) { p.Jobs[0].Windows = []vrp.Window{{From: 5, To: 6}, {From: 1, To: 2}} })
	add("a shift backwards", true, 0, func(p *vrp.Problem) { shift(p).Window.To = 0 })
	add("a shift of ten years", true, 0, func(p *vrp.Problem) { shift(p).Window.To = 28800 + 10*366*86400 })
	add("negative service", true, 0, func(p *vrp.Problem) { p.Jobs[0].Service = -1 })
	add("service beyond all numbers", true, 0, func(p *vrp.Problem) { p.Jobs[0].Service = math.MaxInt64 })
	add("negative load", true, 0, func(p *vrp.Problem) { p.Jobs[0].Takes = []int64{-1} })
	add("priority beyond all numbers", true, 0, func(p *vrp.Problem) { p.Jobs[0].Priority = math.MaxInt64 })
	add("a crew of three", true, 0, func(p *vrp.Problem) { p.Jobs[0].Crew = 3 })
	add("no efficiency", true, 0, func(p *vrp.Problem) { p.Engineers[0].Efficiency = map[string]int{"": 0} })
	add("fixed nowhere", true, 0, func(p *vrp.Problem) { p.Jobs[0].Fixed = true })
	add("was with nobody", true, 0, func(p *vrp.Problem) { p.Jobs[0].Was = &vrp.Stop{Engineer: 7} })
	add("a circle of sequences", true, 0, func(p *vrp.Problem) {
		p.Sequences = []vrp.Sequence{{First: "j0", Then: "j1"}, {First: "j1", Then: "j2"}, {First: "j2", Then: "j0"}}
	})
	add("a sequence of one", true, 0, func(p *vrp.Problem) { p.Sequences = []vrp.Sequence{{First: "j0", Then: "j0"}} })
	add("a sequence of nothing", true, 0, func(p *vrp.Problem) { p.Sequences = []vrp.Sequence{{First: "j0", Then: "x"}} })
	add("an unknown mode", true, 0, func(p *vrp.Problem) { p.Objective.Mode = 9 })
	add("a negative weight", true, 0, func(p *vrp.Problem) { p.Objective.Travel = -1 })
	add("nothing has a place", false, 3, func(p *vrp.Problem) {
		p.Places, p.Travel[0].Seconds = 0, nil
		for i := range p.Engineers {
			p.Engineers[i].Shifts[0].Start, p.Engineers[i].Shifts[0].End = vrp.NoPlace, vrp.NoPlace
		}
		for i := range p.Jobs {
			p.Jobs[i].Place = vrp.NoPlace
		}
	})
	add("work without a place and without end", false, 2, func(p *vrp.Problem) {
		p.Jobs[0].Place, p.Jobs[0].Service, p.Jobs[0].Setup = vrp.NoPlace, vrp.MaxTime, vrp.MaxTime
	})
	add("everybody stands still", false, 0, func(p *vrp.Problem) { p.Travel[0].Slices = []vrp.Slice{{From: vrp.MaxTime, Speed: 1}} })
	add("everybody flies", false, 3, func(p *vrp.Problem) { p.Travel[0].Slices = []vrp.Slice{{From: -vrp.MaxTime, Speed: vrp.MaxSpeed}} })
	add("ways without end at no speed", false, 0, func(p *vrp.Problem) {
		for i := range p.Travel[0].Seconds {
			p.Travel[0].Seconds[i] = vrp.Unreachable - 1
		}
		p.Travel[0].Slices = []vrp.Slice{{Speed: 1}}
	})
	add("no rest with anything aboard", false, 2, func(p *vrp.Problem) {
		p.Jobs[0].Takes = []int64{1}
		for i := range p.Engineers {
			p.Engineers[i].Capacity = []int64{1}
			p.Engineers[i].Shifts[0].Breaks = []vrp.Break{{ID: "early", Windows: []vrp.Window{{From: 28800, To: 28801}}, Length: 60, MaxLoad: []int64{0}}}
		}
	})
	add("a margin without end", false, 3, func(p *vrp.Problem) {
		p.Objective.Margin, p.Objective.MarginCost = vrp.MaxSpan, 1<<20
		p.Jobs[0].Promised, p.Jobs[0].Windows = true, []vrp.Window{{From: -vrp.MaxTime, To: vrp.MaxTime}}
	})
	add("moves beyond all price", false, 3, func(p *vrp.Problem) {
		p.Objective.Stability, p.Objective.AsOf, p.Objective.Near, p.Objective.Rush = vrp.MaxCost, vrp.MaxTime, vrp.MaxSpan, vrp.MaxRush
		p.Jobs[0].Promised, p.Jobs[0].Was, p.Jobs[0].Excluded = true, &vrp.Stop{Start: -vrp.MaxTime}, []string{"e0"}
	})
	add("shares of outlets that are not there", false, 3, func(p *vrp.Problem) {
		p.Shares, p.Objective.Share = []vrp.Share{{Outlet: "nowhere", PerMille: 1000}}, vrp.MaxCost
	})
	add("a negative speed", true, 0, func(p *vrp.Problem) { p.Travel[0].Slices = []vrp.Slice{{Speed: -1}} })
	add("more shares than there is work", true, 0, func(p *vrp.Problem) { p.Shares = []vrp.Share{{Outlet: "a", PerMille: 1001}} })
	add("a negative load at rest", true, 0, func(p *vrp.Problem) {
		shift(p).Breaks = []vrp.Break{{Windows: []vrp.Window{{}}, MaxLoad: []int64{-1}}}
	})
	add("negative service of a type", true, 0, func(p *vrp.Problem) { p.Jobs[0].ByType = map[string]vrp.Times{"": {Service: -1}} })
	add("a margin beyond all numbers", true, 0, func(p *vrp.Problem) { p.Objective.Margin = math.MaxInt64 })
	add("growth beyond all numbers", true, 0, func(p *vrp.Problem) { p.Objective.Rush = math.MaxInt64 })
	add("a price of visits below nothing", true, 0, func(p *vrp.Problem) { p.Objective.Visit = -1 })
	return out
}
