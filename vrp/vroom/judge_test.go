package vroom_test

import (
	"fmt"
	"math"
	"slices"
)

// told is a plan as it is printed.
type told struct {
	Code       int            `json:"code"`
	Summary    toldSum        `json:"summary"`
	Unassigned []toldStep     `json:"unassigned"`
	Routes     []toldRoute    `json:"routes"`
	Reasons    map[string]any `json:"reasons"`
}

type toldSum struct {
	Cost       int64   `json:"cost"`
	Delivery   []int64 `json:"delivery"`
	Pickup     []int64 `json:"pickup"`
	Setup      int64   `json:"setup"`
	Service    int64   `json:"service"`
	Duration   int64   `json:"duration"`
	Waiting    int64   `json:"waiting_time"`
	Priority   int64   `json:"priority"`
	Distance   *int64  `json:"distance"`
	Violations []any   `json:"violations"`
	Routes     int     `json:"routes"`
	Unassigned int     `json:"unassigned"`
}

type toldRoute struct {
	Vehicle uint64 `json:"vehicle"`
	toldSum
	Steps []toldStep `json:"steps"`
}

type toldStep struct {
	Type string `json:"type"`
	ID   uint64 `json:"id"`
	formPlace
	Description string  `json:"description"`
	Setup       int64   `json:"setup"`
	Service     int64   `json:"service"`
	Waiting     int64   `json:"waiting_time"`
	Load        []int64 `json:"load"`
	Arrival     int64   `json:"arrival"`
	Duration    int64   `json:"duration"`
	Distance    *int64  `json:"distance"`
	Violations  []any   `json:"violations"`
}

// formTask is a job or an end of a shipment with all that binds it.
type formTask struct {
	formJob
	other string // the other end of a shipment
}

// judge walks a printed plan by what VROOM's docs/API.md says of its keys, and knows nothing of package vrp.
type judge struct {
	in     form
	out    told
	tasks  map[string]formTask
	done   map[string]bool
	faults []string
}

// faultsOf are what is wrong with a printed plan.
func faultsOf(in form, out told) []string {
	j := &judge{in: in, out: out, tasks: map[string]formTask{}, done: map[string]bool{}}
	for _, t := range in.Jobs {
		j.tasks[fmt.Sprint("job:", t.ID)] = formTask{formJob: t}
	}
	for _, s := range in.Shipments {
		up, down := s.Pickup, s.Delivery
		up.Skills, up.Priority, up.Pickup = s.Skills, s.Priority, s.Amount
		down.Skills, down.Priority, down.Delivery = s.Skills, s.Priority, s.Amount
		j.tasks[fmt.Sprint("pickup:", up.ID)] = formTask{up, fmt.Sprint("delivery:", down.ID)}
		j.tasks[fmt.Sprint("delivery:", down.ID)] = formTask{down, fmt.Sprint("pickup:", up.ID)}
	}
	j.all()
	return j.faults
}

func (j *judge) is(ok bool, format string, args ...any) {
	if !ok {
		j.faults = append(j.faults, fmt.Sprintf(format, args...))
	}
}

func (j *judge) all() {
	var sum toldSum
	distance, used := int64(0), map[uint64]bool{}
	for _, r := range j.out.Routes {
		i := slices.IndexFunc(j.in.Vehicles, func(v formVehicle) bool { return v.ID == r.Vehicle })
		if j.is(i >= 0 && !used[r.Vehicle], "vehicle %d is unknown or has two routes", r.Vehicle); i < 0 {
			continue
		}
		used[r.Vehicle] = true
		j.route(j.in.Vehicles[i], r)
		sum.Cost, sum.Setup, sum.Service, sum.Duration = sum.Cost+r.Cost, sum.Setup+r.Setup, sum.Service+r.Service, sum.Duration+r.Duration
		sum.Waiting, sum.Priority = sum.Waiting+r.Waiting, sum.Priority+r.Priority
		sum.Delivery, sum.Pickup = plus(sum.Delivery, r.Delivery, 1), plus(sum.Pickup, r.Pickup, 1)
		if r.Distance != nil {
			distance += *r.Distance
		}
	}
	s := j.out.Summary
	j.is(s.Cost == sum.Cost && s.Setup == sum.Setup && s.Service == sum.Service && s.Duration == sum.Duration && s.Waiting == sum.Waiting && s.Priority == sum.Priority, "the summary %+v is not the sum of the routes %+v", s, sum)
	j.is(same(s.Delivery, sum.Delivery) && same(s.Pickup, sum.Pickup) && (s.Distance == nil || *s.Distance == distance), "amounts or distance of the summary %+v, of the routes %+v and %d", s, sum, distance)
	j.is(j.out.Code == 0 && s.Routes == len(j.out.Routes) && s.Unassigned == len(j.out.Unassigned) && s.Violations != nil && len(s.Violations) == 0, "summary: %+v", s)
	for _, u := range j.out.Unassigned {
		name := fmt.Sprint(u.Type, ":", u.ID)
		t, ok := j.tasks[name]
		j.is(ok && !j.done[name], "%s is unassigned and unknown, or served as well", name)
		j.done[name] = true
		j.is(u.Type == "pickup" || j.out.Reasons[name] != nil, "%s has no reason", name)
		j.is(u.Description == t.Description && t.stands(u), "%s stands at another place", name)
	}
	j.is(len(j.done) == len(j.tasks), "%d of %d tasks", len(j.done), len(j.tasks))
	for name, t := range j.tasks {
		j.is(j.done[name] && (t.other == "" || j.done[t.other]), "%s is nowhere", name)
	}
}

func (t formTask) stands(s toldStep) bool {
	return slices.Equal(t.Location, s.Location) && (t.Index == nil) == (s.Index == nil) && (t.Index == nil || *t.Index == *s.Index)
}

// takes are a task's times on a vehicle.
func (t formTask) takes(kind string) (setup, service int64) {
	setup, service = t.Setup, t.Service
	if s, ok := t.Setups[kind]; ok {
		setup = s
	}
	if s, ok := t.Services[kind]; ok {
		service = s
	}
	return setup, service
}

// spot names a place, so that two can be compared; "" is nowhere.
func spot(location []float64, index *int) string {
	switch {
	case index != nil:
		return fmt.Sprint(*index)
	case location != nil:
		return fmt.Sprint(location)
	}
	return ""
}

// route walks a route step by step.
func (j *judge) route(v formVehicle, r toldRoute) {
	bad := func(ok bool, format string, args ...any) {
		j.is(ok, "vehicle %d: "+format, append([]any{v.ID}, args...)...)
	}
	if n := len(r.Steps); n < 3 || r.Steps[0].Type != "start" || r.Steps[n-1].Type != "end" {
		bad(false, "a route of %d steps, or without its ends", n)
		return
	}
	var sum toldSum
	var cost, work float64
	load, tasks, aboard, rests := r.Steps[0].Load, 0, map[string]bool{}, map[uint64]bool{}
	for _, s := range r.Steps {
		if t, ok := j.tasks[fmt.Sprint(s.Type, ":", s.ID)]; ok && s.Type == "job" {
			sum.Delivery = plus(sum.Delivery, t.Delivery, 1)
		}
	}
	bad(same(load, sum.Delivery), "sets off with %v, delivers %v", load, sum.Delivery)
	sum.Delivery = nil
	at, now, gone, metres := spot(v.Start, v.StartIndex), r.Steps[0].Arrival, int64(0), int64(0)
	way := func(to string, s toldStep) {
		seconds, length, price, ok := j.way(v, at, to)
		if !ok {
			return
		}
		bad(s.Duration-gone == seconds && seconds < noWay, "%s %d: %d s on the way from %s to %s, should be %d", s.Type, s.ID, s.Duration-gone, at, to, seconds)
		if s.Distance != nil && length >= 0 {
			bad(*s.Distance-metres == length, "%s %d: %d m from %s to %s, should be %d", s.Type, s.ID, *s.Distance-metres, at, to, length)
			metres = *s.Distance
		}
		gone = s.Duration
		cost += price
	}
	before := r.Steps[0]
	for k, s := range r.Steps {
		what := fmt.Sprint(s.Type, ":", s.ID)
		bad(s.Violations != nil && len(s.Violations) == 0, "%s: violations %v", what, s.Violations)
		if k > 0 {
			bad(s.Arrival == now+s.Duration-before.Duration, "%s: arrives at %d, sets off at %d and is %d s on the way", what, s.Arrival, now, s.Duration-before.Duration)
		}
		begin := s.Arrival + s.Waiting
		now, before = begin+s.Setup+s.Service, s
		bad(s.Waiting >= 0 && s.Setup >= 0 && s.Service >= 0, "%s: takes less than no time", what)
		sum.Waiting, sum.Setup, sum.Service = sum.Waiting+s.Waiting, sum.Setup+s.Setup, sum.Service+s.Service
		switch s.Type {
		case "start":
			bad(k == 0 && (v.Window == nil || s.Arrival >= v.Window[0]), "%s: before its hours", what)
			continue
		case "end":
			bad(k == len(r.Steps)-1 && (v.Window == nil || s.Arrival <= v.Window[1]), "%s: after its hours", what)
			bad(same(s.Load, load), "%s: says load %v, is %v", what, s.Load, load)
			if to := spot(v.End, v.EndIndex); to != "" {
				way(to, s)
			}
			continue
		case "break":
			i := slices.IndexFunc(v.Breaks, func(b formBreak) bool { return b.ID == s.ID })
			if bad(i >= 0 && !rests[s.ID], "%s: unknown or taken twice", what); i < 0 {
				continue
			}
			b := v.Breaks[i]
			rests[s.ID] = true
			bad(s.Service == b.Service && inside(b.Windows, begin), "%s: begins at %d, not within %v", what, begin, b.Windows)
			bad(b.MaxLoad == nil || within(load, b.MaxLoad), "%s: with %v aboard, at most %v", what, load, b.MaxLoad)
			bad(same(s.Load, load), "%s: says load %v, is %v", what, s.Load, load)
			bad(j.in.Matrices == nil || s.Distance == nil || *s.Distance == metres, "%s: %d m after %d m", what, *some(s.Distance), metres)
			continue
		}
		t, ok := j.tasks[what]
		if bad(ok && !j.done[what], "%s: unknown or done twice", what); !ok {
			continue
		}
		j.done[what] = true
		tasks++
		to := spot(t.Location, t.Index)
		setup, service := t.takes(v.Type)
		if at == to {
			setup = 0
		}
		if at != "" {
			way(to, s)
		}
		at = to
		bad(s.Setup == setup && s.Service == service, "%s: takes %d and %d s, should be %d and %d", what, s.Setup, s.Service, setup, service)
		bad(inside(t.Windows, begin), "%s: begins at %d, not within %v", what, begin, t.Windows)
		bad(t.stands(s) && s.Description == t.Description, "%s: another place or description", what)
		for _, skill := range t.Skills {
			bad(slices.Contains(v.Skills, skill), "%s: lacks skill %d", what, skill)
		}
		if aboard[what] = true; s.Type == "delivery" {
			bad(aboard[t.other], "%s: before it was picked up", what)
		}
		load = plus(plus(load, t.Delivery, -1), t.Pickup, 1)
		bad(same(s.Load, load) && within(load, v.Capacity), "%s: says load %v, is %v of %v", what, s.Load, load, v.Capacity)
		sum.Delivery, sum.Pickup = plus(sum.Delivery, t.Delivery, 1), plus(sum.Pickup, t.Pickup, 1)
		sum.Priority += t.Priority
		work += float64(s.Setup + s.Service)
	}
	for what := range aboard {
		bad(j.tasks[what].other == "" || aboard[j.tasks[what].other], "%s: without its other end", what)
	}
	bad(len(rests) == len(v.Breaks), "%d of %d breaks", len(rests), len(v.Breaks))
	bad(within(r.Steps[0].Load, v.Capacity), "sets off with %v of %v", r.Steps[0].Load, v.Capacity)
	bad(v.MaxTasks == nil || tasks <= *v.MaxTasks, "%d tasks", tasks)
	bad(v.MaxTravel == nil || r.Duration <= *v.MaxTravel, "%d s on the way, at most %d", r.Duration, *some(v.MaxTravel))
	bad(v.MaxDistance == nil || r.Distance != nil && *r.Distance <= *v.MaxDistance, "further than %d m", *some(v.MaxDistance))
	cost += float64(v.Costs["fixed"]) + float64(v.Costs["per_task_hour"])*work/3600
	bad(j.in.Matrices == nil || math.Abs(cost-float64(r.Cost)) <= 0.5+1e-6, "costs %d, should be %.2f", r.Cost, cost)
	bad(r.Setup == sum.Setup && r.Service == sum.Service && r.Waiting == sum.Waiting && r.Priority == sum.Priority && r.Duration == before.Duration && tasks > 0, "%+v is not the sum of its steps %+v", r.toldSum, sum)
	bad(same(r.Delivery, sum.Delivery) && same(r.Pickup, sum.Pickup), "brings %v and %v, should be %v and %v", r.Delivery, r.Pickup, sum.Delivery, sum.Pickup)
	bad((r.Distance == nil) == (before.Distance == nil) && (r.Distance == nil || *r.Distance == *before.Distance), "another distance than its last step")
}

// some is n, or nothing.
func some(n *int64) *int64 {
	if n == nil {
		return new(int64)
	}
	return n
}

// way is a vehicle's way by the matrices; not known where there are none.
func (j *judge) way(v formVehicle, from, to string) (seconds, metres int64, cost float64, ok bool) {
	m, ok := j.in.Matrices[v.Profile]
	if !ok {
		return 0, 0, 0, false
	}
	var a, b int
	if _, err := fmt.Sscan(from+" "+to, &a, &b); err != nil {
		return 0, 0, 0, false
	}
	seconds, metres = m.Durations[a][b], -1
	if v.Speed != 0 {
		seconds = int64(math.Ceil(float64(seconds)/v.Speed - 1e-9))
	}
	perHour, priced := v.Costs["per_hour"]
	if !priced {
		perHour = 3600
	}
	cost = float64(perHour) * float64(seconds) / 3600
	if m.Distances != nil {
		metres = m.Distances[a][b]
		cost += float64(v.Costs["per_km"]) * float64(metres) / 1000
	}
	if m.Costs != nil {
		cost = float64(m.Costs[a][b])
	}
	return seconds, metres, cost, true
}

func inside(windows [][2]int64, t int64) bool {
	return len(windows) == 0 || slices.ContainsFunc(windows, func(w [2]int64) bool { return w[0] <= t && t <= w[1] })
}

// plus is a + sign·b, either of which may be missing.
func plus(a, b []int64, sign int64) []int64 {
	out := make([]int64, max(len(a), len(b)))
	copy(out, a)
	for i, n := range b {
		out[i] += sign * n
	}
	return out
}

// same compares amounts; what is missing is nothing.
func same(a, b []int64) bool {
	return !slices.ContainsFunc(plus(a, b, -1), func(n int64) bool { return n != 0 })
}

func within(a, most []int64) bool {
	return !slices.ContainsFunc(plus(a, most, -1), func(n int64) bool { return n > 0 }) && !slices.ContainsFunc(a, func(n int64) bool { return n < 0 })
}
