package vrp

import (
	"errors"
	"fmt"
	"slices"

	"anxin/vrp/internal/core"
	"anxin/vrp/internal/hybrid"
)

// Routes of so many jobs in the mean are long enough for package hybrid to search for them, where it knows all that the problem
// asks for; it was the better search for Solomon's routes of five and more.
const longMean = 3

// mostLong is how many jobs package hybrid looks over.
const mostLong = 4000

// long is a problem in the numbers of package hybrid.
type long struct {
	p        *hybrid.Problem
	vehicles [][]Stop // by hybrid's vehicle, the shifts that are alike
}

// asLong translates a problem that has only what package hybrid knows: jobs at places with at most one window, skills
// and pins, loads brought out, shifts without breaks, cost of travel and of shifts.
//
// When the time is over it says no.
func asLong(p *Problem, clock *core.Clock) (*long, bool) {
	o := &p.Objective
	if len(p.Jobs) == 0 || len(p.Jobs) > mostLong || len(p.Shipments) > 0 || len(p.Sequences) > 0 || o.Duration > 0 || o.Preference > 0 || o.Overqualified > 0 || o.Stability > 0 || o.Fairness > 0 || o.MarginCost > 0 || o.Visit > 0 || p.shared() {
		return nil, false
	}
	l := &long{p: &hybrid.Problem{Places: p.Places}}
	weight := int32(max(o.Travel, 1))
	for i := range p.Travel {
		m := &p.Travel[i]
		if m.Ways != nil || m.Slices != nil || m.Unweighed {
			return nil, false
		}
		if slices.ContainsFunc(m.Seconds, func(s int32) bool { return s >= core.Horizon }) {
			return nil, false
		}
		cost := m.Seconds
		if m.Cost != nil {
			cost = m.Cost
		}
		l.p.Matrices = append(l.p.Matrices, hybrid.Matrix{Duration: m.Seconds, Cost: cost})
	}
	dims := 0
	for i := range p.Jobs {
		dims = max(dims, len(p.Jobs[i].Takes))
	}
	if !l.addVehicles(p, dims, int64(weight), clock) {
		return nil, false
	}
	return l, l.addClients(p, dims, clock)
}

// addVehicles groups the shifts that are alike.
func (l *long) addVehicles(p *Problem, dims int, weight int64, clock *core.Clock) bool {
	alike := map[string]int{}
	named := needsNames(p)
	for i := range p.Engineers {
		if clock.Over(500) {
			return false
		}
		e := &p.Engineers[i]
		if e.Costs != (Costs{Activation: e.Costs.Activation}) || len(e.Efficiency) > 0 {
			return false
		}
		capacity := make([]int64, dims)
		copy(capacity, e.Capacity)
		for k := range e.Shifts {
			s := &e.Shifts[k]
			if len(s.Breaks) > 0 || s.Overtime > 0 || s.MaxTravel > 0 || s.MaxMetres > 0 || s.Start == NoPlace {
				return false
			}
			end := s.End
			if end == NoPlace {
				end = hybrid.OpenEnd
			}
			v := hybrid.Vehicle{
				Matrix: e.Profile, Start: s.Start, End: end, ShiftOpen: s.Window.From, ShiftClose: s.Window.To, Capacity: capacity,
				MaxStops: s.MaxJobs, Fixed: e.Costs.Activation, PerUnit: weight,
			}
			name := ""
			if named {
				name = e.ID
			}
			key := fmt.Sprintf("%v %v %q %v", v, e.Skills, name, s.Certificates)
			n, ok := alike[key]
			if !ok {
				n = len(l.p.Vehicles)
				alike[key] = n
				l.p.Vehicles = append(l.p.Vehicles, v)
				l.vehicles = append(l.vehicles, nil)
			}
			l.p.Vehicles[n].Count++
			l.vehicles[n] = append(l.vehicles[n], Stop{Engineer: i, Shift: k})
		}
	}
	return len(l.vehicles) > 0
}

// needsNames tells whether any job is for somebody by name.
func needsNames(p *Problem) bool {
	return slices.ContainsFunc(p.Jobs, func(j Job) bool { return j.Pinned != "" || len(j.Excluded) > 0 })
}

func (l *long) addClients(p *Problem, dims int, clock *core.Clock) bool {
	allowed := map[string][]uint64{} // by kind of work
	from, to := int64(-MaxTime), int64(MaxTime)
	for _, v := range l.p.Vehicles {
		from, to = max(from, -v.ShiftOpen), min(to, -v.ShiftClose)
	}
	from, to = -from, -to
	for i := range p.Jobs {
		j := &p.Jobs[i]
		if len(j.Windows) > 1 || j.Place == NoPlace || j.Setup > 0 || len(j.ByType) > 0 || j.Crew > 1 || len(j.Tools)+len(j.Parts) > 0 || j.Fixed || j.Due != nil || slices.ContainsFunc(j.Brings, func(b int64) bool { return b > 0 }) {
			return false
		}
		c := hybrid.Client{Place: j.Place, Service: j.Service, Open: from, Close: to, Demand: make([]int64, dims), Required: p.Objective.Mode == Levels, Prize: j.DropCost}
		copy(c.Demand, j.Takes)
		if len(j.Windows) == 1 {
			c.Open, c.Close = j.Windows[0].From, j.Windows[0].To
		}
		if len(j.Needs) > 0 || j.Pinned != "" || len(j.Excluded) > 0 {
			kind := kindOf(j)
			if allowed[kind] == nil {
				if clock.Over(20 * len(l.vehicles)) {
					return false
				}
				bits := make([]uint64, (len(l.vehicles)+63)/64)
				for v, shifts := range l.vehicles {
					if at := shifts[0]; mayDo(j, &p.Engineers[at.Engineer], at.Shift) {
						bits[v/64] |= 1 << (v % 64)
					}
				}
				allowed[kind] = bits
			}
			c.Allowed = allowed[kind] // nobody changes it
		}
		l.p.Clients = append(l.p.Clients, c)
	}
	return true
}

// routes are hybrid's for a plan.
func (l *long) routes(s *Solution) []hybrid.Route {
	of := map[Stop]int{}
	for v, shifts := range l.vehicles {
		for _, at := range shifts {
			of[at] = v
		}
	}
	var out []hybrid.Route
	for _, r := range s.Routes {
		route := hybrid.Route{Vehicle: of[Stop{Engineer: r.Engineer, Shift: r.Shift}]}
		for _, st := range r.Steps {
			if st.Kind == Work {
				route.Clients = append(route.Clients, st.Index)
			}
		}
		out = append(out, route)
	}
	return out
}

// solution gives hybrid's routes to the shifts that are alike, and times.
func (l *long) solution(c *compiled, found hybrid.Solution) (*Solution, error) {
	plan := &Solution{}
	used := make([]int, len(l.vehicles))
	for _, r := range found.Routes {
		if used[r.Vehicle] == len(l.vehicles[r.Vehicle]) {
			return nil, fmt.Errorf("vrp: the search used more shifts than there are")
		}
		at := l.vehicles[r.Vehicle][used[r.Vehicle]]
		used[r.Vehicle]++
		route := Route{Engineer: at.Engineer, Shift: at.Shift}
		for _, x := range r.Clients {
			route.Steps = append(route.Steps, Step{Kind: Work, Index: x})
		}
		plan.Routes = append(plan.Routes, route)
	}
	return c.solution(c.orders(plan))
}

// longShare is how much of the budget a first look may take.
const longShare = 0.1

// solveLong looks shortly how long the routes are and has them searched for by package hybrid when they are long. False says
// that the problem is not of its kind; what the look has found is then where to begin.
func solveLong(p *Problem, o Options) (s *Solution, done bool, err error) {
	l, ok := asLong(p, core.NewClock(o.over))
	if !ok {
		return nil, false, nil
	}
	look := o
	look.group, look.until = inOne, o.over
	look.Iterations = 200
	if o.Iterations > 0 {
		look.Iterations = min(200, max(o.Iterations/10, 1))
	}
	if o.Spent != nil {
		look.Spent = func() float64 { return min(o.Spent()/longShare, 1) }
	}
	first, err := solveOnce(p, look, nil, nil)
	if err != nil {
		return nil, false, err
	}
	if first.Cost.Served < longMean*len(first.Routes) || p.Objective.Mode == Levels && first.Cost.Unserved > 0 {
		return first, false, nil
	}
	if o.over() {
		return first, true, nil
	}
	c, err := compileFor(p, nil, nil, &Options{group: 1, until: o.over})
	if errors.Is(err, errOver) {
		return first, true, nil
	}
	if err != nil {
		return nil, false, err
	}
	h := hybrid.Options{
		Seed: o.Seed, Iterations: o.Iterations, Spent: o.Spent, Start: l.routes(first),
		Stop: func() bool { return o.Stop != nil && o.Stop() || o.Spent != nil && o.Spent() >= 1 },
	}
	if o.Progress != nil {
		h.Progress = func(b hybrid.Solution) {
			o.Progress(Progress{Served: len(p.Jobs) - len(b.Unserved), Cost: b.Cost})
		}
	}
	found, err := hybrid.Solve(l.p, h)
	if err != nil {
		return first, false, nil //nolint:nilerror // hybrid's numbers are narrower: the other search takes over
	}
	s, err = l.solution(c, found)
	if err == nil && first.Cost.Better(s.Cost, p.Objective.Mode) {
		s = first
	}
	return s, true, err
}
