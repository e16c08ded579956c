package vroom

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"anxin/vrp"
)

// build makes the problem of what was read.
func (in *Input) build() error {
	p := &vrp.Problem{}
	if err := in.places(p); err != nil {
		return err
	}
	classes, err := in.classes(p)
	if err != nil {
		return err
	}
	for _, j := range in.jobs {
		p.Jobs = append(p.Jobs, j.model("job:", j.skills, j.priority))
	}
	for _, s := range in.shipments {
		p.Shipments = append(p.Shipments, vrp.Shipment{
			Pickup:   s.pickup.model("pickup:", nil, 0),
			Delivery: s.delivery.model("delivery:", s.skills, s.priority),
			Amount:   s.amount,
		})
	}
	always := in.always(p)
	for i, v := range in.vehicles {
		e := v.model(classes[i], in.unit, always)
		if p.Travel[e.Profile].Unweighed {
			e.Costs.PerTravelHour, e.Costs.PerKM = v.perHour*in.unit, v.perK*in.unit
		}
		p.Engineers = append(p.Engineers, e)
	}
	in.Problem = p
	return in.begin()
}

// Weigh makes one sum of everything, in which serving a unit of priority is worth so many seconds of travel at the usual
// 3600 an hour, and work without priority as much as a unit; instead of serving the highest sum of priorities first.
func (in *Input) Weigh(seconds int64) {
	p := in.Problem
	p.Objective.Mode = vrp.Money
	worth := func(j *vrp.Job) { j.DropCost = min(max(j.Priority, 1)*seconds*in.unit, vrp.MaxCost) }
	for i := range p.Jobs {
		worth(&p.Jobs[i])
	}
	for i := range p.Shipments {
		worth(&p.Shipments[i].Delivery)
	}
}

// begin makes Start of the steps of the vehicles.
func (in *Input) begin() error {
	jobs, ups, downs := map[uint64]int{}, map[uint64]int{}, map[uint64]int{}
	for i, j := range in.jobs {
		jobs[j.id] = i
	}
	for i, s := range in.shipments {
		ups[s.pickup.id], downs[s.delivery.id] = i, i
	}
	used := map[planned]bool{}
	for i, v := range in.vehicles {
		r := vrp.Route{Engineer: i}
		for k, s := range v.steps {
			var kind vrp.Kind
			var of map[uint64]int
			switch s.kind {
			case "job":
				kind, of = vrp.Work, jobs
			case "pickup":
				kind, of = vrp.Pickup, ups
			case "delivery":
				kind, of = vrp.Delivery, downs
			default: // where breaks go is found again
				continue
			}
			n, ok := of[s.id]
			if !ok || used[s] {
				return &Error{Where: fmt.Sprintf("vehicles[%d].steps[%d].id", i, k), What: fmt.Sprintf("%s %d is not there, or in the steps twice", s.kind, s.id)}
			}
			used[s] = true
			r.Steps = append(r.Steps, vrp.Step{Kind: kind, Index: n})
		}
		if len(r.Steps) > 0 && len(in.Problem.Engineers[i].Shifts) > 0 {
			if in.Start == nil {
				in.Start = &vrp.Solution{}
			}
			in.Start.Routes = append(in.Start.Routes, r)
		}
	}
	return nil
}

func (j job) model(kind string, skills []uint64, priority int64) vrp.Job {
	var byType map[string]vrp.Times
	for _, of := range []map[string]int64{j.services, j.setups} {
		for name := range of {
			if byType == nil {
				byType = map[string]vrp.Times{}
			}
			byType[name] = j.takes(name)
		}
	}
	return vrp.Job{
		ByType: byType,
		ID:     kind + strconv.FormatUint(j.id, 10), Place: j.place.at, Service: j.service, Setup: j.setup, Windows: j.windows,
		Priority: priority, Needs: needs(skills), Takes: j.delivery, Brings: j.pickup,
	}
}

func needs(skills []uint64) []vrp.Need {
	var out []vrp.Need
	for _, s := range skills {
		out = append(out, vrp.Need{Skill: strconv.FormatUint(s, 10)})
	}
	return out
}

func (v vehicle) model(class int, unit int64, always vrp.Window) vrp.Engineer {
	e := vrp.Engineer{ID: strconv.FormatUint(v.id, 10), Type: v.kind, Profile: class, Capacity: v.capacity, Costs: vrp.Costs{Activation: v.fixed * unit, PerWorkHour: v.perWork * unit}}
	for _, s := range v.skills {
		e.Skills = append(e.Skills, vrp.Skill{Code: strconv.FormatUint(s, 10), Level: 1})
	}
	shift := vrp.Shift{Window: always, MaxTravel: v.maxTravel, MaxMetres: v.maxMetres, Start: vrp.NoPlace, End: vrp.NoPlace}
	if v.window != nil {
		shift.Window = *v.window
	}
	if v.hasStart {
		shift.Start = v.start.at
	}
	if v.hasEnd {
		shift.End = v.end.at
	}
	for _, b := range v.breaks {
		windows := b.windows
		if windows == nil {
			windows = []vrp.Window{shift.Window}
		}
		shift.Breaks = append(shift.Breaks, vrp.Break{ID: strconv.FormatUint(b.id, 10), Windows: windows, Length: b.service, MaxLoad: b.load})
	}
	if v.maxTasks != nil {
		if *v.maxTasks == 0 {
			return e // stays at home
		}
		shift.MaxJobs = int(*v.maxTasks)
	}
	if v.never {
		return e // may not move, which is as good as staying at home
	}
	e.Shifts = []vrp.Shift{shift}
	return e
}

// eachPlace calls fn with every place, its name and its key with the index.
func (in *Input) eachPlace(fn func(p *place, where, coordinates, index string) error) error {
	for i := range in.vehicles {
		v, where := &in.vehicles[i], fmt.Sprintf("vehicles[%d]", i)
		if v.hasStart {
			if err := fn(&v.start, where, "start", "start_index"); err != nil {
				return err
			}
		}
		if v.hasEnd {
			if err := fn(&v.end, where, "end", "end_index"); err != nil {
				return err
			}
		}
	}
	for i := range in.jobs {
		if err := fn(&in.jobs[i].place, fmt.Sprintf("jobs[%d]", i), "location", "location_index"); err != nil {
			return err
		}
	}
	for i := range in.shipments {
		s, where := &in.shipments[i], fmt.Sprintf("shipments[%d]", i)
		if err := fn(&s.pickup.place, where+".pickup", "location", "location_index"); err != nil {
			return err
		}
		if err := fn(&s.delivery.place, where+".delivery", "location", "location_index"); err != nil {
			return err
		}
	}
	return nil
}

// places numbers the places: by the matrices where there are any, else by the coordinates.
func (in *Input) places(p *vrp.Problem) error {
	if in.matrices == nil {
		return in.located(p)
	}
	first := ""
	for i, v := range in.vehicles {
		m, ok := in.matrices[v.profile]
		if !ok {
			return &Error{Where: "matrices", What: fmt.Sprintf("has none for profile %q of vehicles[%d]", v.profile, i)}
		}
		switch {
		case first == "":
			first, p.Places = v.profile, m.size
		case m.size != p.Places:
			return &Error{Where: "matrices." + v.profile, What: fmt.Sprintf("has %d places, %s has %d", m.size, first, p.Places)}
		}
	}
	if first == "" { // no vehicle: any matrix bounds the places
		for _, m := range in.matrices {
			p.Places = max(p.Places, m.size)
		}
	}
	return in.eachPlace(func(at *place, where, _, key string) error {
		switch {
		case at.index < 0:
			return &Error{Where: where + "." + key, What: "missing; with matrices it is needed"}
		case at.index >= p.Places:
			return &Error{Where: where + "." + key, What: fmt.Sprintf("%d is outside the matrices, which have %d rows", at.index, p.Places)}
		}
		at.at = at.index
		return nil
	})
}

// classKey is what makes two vehicles travel alike, in time and cost.
type classKey struct {
	profile       string
	speed         float64
	perHour, perK int64
}

// classes makes a travel matrix for each kind of vehicle and tells which vehicle has which.
func (in *Input) classes(p *vrp.Problem) ([]int, error) {
	plain := true
	for i, v := range in.vehicles {
		m := in.matrices[v.profile]
		in.measured = in.measured || m.distances != nil
		plain = plain && v.fixed == 0 && v.perHour == 3600 && v.perK == 0 && v.perWork == 0
		where := fmt.Sprintf("vehicles[%d].costs", i)
		switch {
		case m.costs != nil && (v.perHour != 3600 || v.perK != 0):
			return nil, &Error{Where: where, What: fmt.Sprintf("per_hour and per_km beside matrices.%s.costs", v.profile)}
		case v.perK != 0 && m.distances == nil:
			return nil, &Error{Where: where + ".per_km", What: fmt.Sprintf("needs matrices.%s.distances", v.profile)}
		case v.maxMetres != 0 && m.distances == nil:
			return nil, &Error{Where: fmt.Sprintf("vehicles[%d].max_distance", i), What: fmt.Sprintf("needs matrices.%s.distances", v.profile)}
		}
	}
	known, out := map[classKey]int{}, make([]int, len(in.vehicles))
	var kinds []vehicle // one of each class
	for i, v := range in.vehicles {
		key := classKey{v.profile, v.speed, v.perHour, v.perK}
		n, ok := known[key]
		if !ok {
			n = len(kinds)
			known[key] = n
			kinds = append(kinds, v)
		}
		out[i] = n
	}
	unit, shared := int64(0), false
	if len(kinds) > mostTables {
		unit, shared = in.sharedUnit(kinds)
	}
	if shared {
		in.unit, kinds = unit, nil
		clear(known)
		for i, v := range in.vehicles {
			key := classKey{profile: v.profile, speed: v.speed}
			n, ok := known[key]
			if !ok {
				n = len(kinds)
				known[key] = n
				kinds = append(kinds, v)
			}
			out[i] = n
		}
	} else if !plain {
		in.unit = in.unitFor(kinds)
	}
	if n := len(in.vehicles); n > 0 {
		if size := in.matrices[in.vehicles[0].profile].size; len(kinds)*size*size > maxMade && len(kinds) > len(in.matrices) {
			return nil, &Error{Where: "vehicles", What: fmt.Sprintf("differ in profile and speed_factor in %d ways, too many between %d places", len(kinds), size)}
		}
	}
	times := map[classKey][]int32{} // by profile and speed
	for _, v := range kinds {
		m, key := in.matrices[v.profile], classKey{profile: v.profile, speed: v.speed}
		if times[key] == nil {
			times[key] = m.times(v.speed)
		}
		if shared && m.costs == nil {
			p.Travel = append(p.Travel, vrp.Matrix{Seconds: times[key], Metres: m.distances, Unweighed: true})
			continue
		}
		p.Travel = append(p.Travel, m.priced(v, times[key], in.unit))
	}
	return out, nil
}

// mostTables is how many kinds of vehicles have a table each of what ways cost them; more of them share the ways of their profile
// and speed, and what they cost is worked out from seconds and metres.
const mostTables = 8

// sharedUnit is unitFor without looking at each way of each kind, for vehicles that share their ways: false where costs are too
// high for any.
func (in *Input) sharedUnit(kinds []vehicle) (int64, bool) {
	type longest struct{ seconds, metres, cost int32 }
	most := map[string]longest{}
	for name, m := range in.matrices {
		var l longest
		for k, s := range m.durations {
			if s >= vrp.Unreachable {
				continue
			}
			l.seconds = max(l.seconds, s)
			if m.distances != nil {
				l.metres = max(l.metres, m.distances[k])
			}
			if m.costs != nil {
				l.cost = max(l.cost, m.costs[k])
			}
		}
		most[name] = l
	}
	fits := func(v vehicle, unit int64) bool {
		l := most[v.profile]
		cost := float64(v.perHour)*float64(seconds(l.seconds, v.speed))/3600 + float64(v.perK)*float64(l.metres)/1000
		return max(cost, float64(l.cost))*float64(unit) <= vrp.Unreachable && v.perHour <= mostRate/unit && v.perK <= mostPerKM/unit
	}
	for unit := int64(1000); unit >= 1; unit /= 10 {
		if !slices.ContainsFunc(kinds, func(v vehicle) bool { return !fits(v, unit) }) {
			return unit, true
		}
	}
	return 0, false
}

// What an hour and a kilometre may cost where ways are shared.
const (
	mostRate  = 1 << 32
	mostPerKM = 1 << 20
)

// maxMade bounds the ways that are worked out where vehicles have speeds and costs of their own: 2 GiB of them.
const maxMade = 1 << 29

// unitFor is how finely costs can be counted: a thousandth, where the largest way still fits.
func (in *Input) unitFor(kinds []vehicle) int64 {
	for unit := int64(1000); unit > 1; unit /= 10 {
		fits := true
		for _, v := range kinds {
			m := in.matrices[v.profile]
			for k := range m.durations {
				if s := seconds(m.durations[k], v.speed); s < vrp.Unreachable && m.cost(k, s, v)*float64(unit) > vrp.Unreachable {
					fits = false
					break
				}
			}
		}
		if fits {
			return unit
		}
	}
	return 1
}

// cost is what VROOM counts for a way.
func (m *matrix) cost(k int, seconds int32, v vehicle) float64 {
	if m.costs != nil {
		return float64(m.costs[k])
	}
	c := float64(v.perHour) * float64(seconds) / 3600
	if m.distances != nil {
		c += float64(v.perK) * float64(m.distances[k]) / 1000
	}
	return c
}

// seconds is a way at another speed, rounded up; a way that does not exist stays so.
func seconds(s int32, speed float64) int32 {
	if speed == 1 || s >= vrp.Unreachable {
		return s
	}
	return int32(min(math.Ceil(float64(s)/speed-1e-9), vrp.Unreachable))
}

// times are the seconds of all ways at another speed.
func (m *matrix) times(speed float64) []int32 {
	if speed == 1 {
		return m.durations
	}
	out := make([]int32, len(m.durations))
	for k, s := range m.durations {
		out[k] = seconds(s, speed)
	}
	return out
}

// priced is the matrix as a vehicle travels it and pays for it, with its seconds.
func (m *matrix) priced(v vehicle, times []int32, unit int64) vrp.Matrix {
	out := vrp.Matrix{Seconds: times, Metres: m.distances}
	if unit == 1 && m.costs == nil && v.perHour == 3600 && v.perK == 0 {
		return out
	}
	out.Cost = make([]int32, len(m.durations))
	for k := range out.Cost {
		out.Cost[k] = int32(min(math.Round(m.cost(k, times[k], v)*float64(unit)), vrp.Unreachable))
	}
	return out
}

// always are the hours of vehicles that have none: every plan that wastes no time fits in, as early or as late as the
// windows of others ask for.
func (in *Input) always(p *vrp.Problem) vrp.Window {
	w := vrp.Window{From: math.MaxInt64}
	var slack, longest int64
	reach := func(windows ...vrp.Window) {
		for _, x := range windows {
			w.From, w.To = min(w.From, x.From), max(w.To, x.To)
		}
	}
	task := func(j job) {
		reach(j.windows...)
		most := j.setup + j.service
		for _, v := range in.vehicles {
			if j.services != nil || j.setups != nil {
				t := j.takes(v.kind)
				most = max(most, t.Service+t.Setup)
			}
		}
		slack += most
	}
	for _, j := range in.jobs {
		task(j)
	}
	for _, s := range in.shipments {
		task(s.pickup)
		task(s.delivery)
	}
	for _, v := range in.vehicles {
		if v.window != nil {
			reach(*v.window)
		}
		for _, b := range v.breaks {
			reach(b.windows...)
			slack += b.service
		}
	}
	for _, m := range p.Travel {
		for _, s := range m.Seconds {
			if s < vrp.Unreachable {
				longest = max(longest, int64(s))
			}
		}
	}
	slack += longest * int64(len(in.jobs)+2*len(in.shipments)+1)
	w.From = max(min(w.From, w.To)-slack, 0)
	w.To += min(slack, vrp.MaxSpan/2)
	w.From = max(w.From, w.To-vrp.MaxSpan) // what lies years before the last is out of reach
	return w
}
