package vrp

import (
	"fmt"
	"slices"

	"anxin/vrp/internal/core"
)

// Options say how long to search and from where.
type Options struct {
	Seed uint64
	// Iterations bounds the search: with it alone the solution is the same on every run. With none of the three bounds
	// it is DefaultIterations.
	Iterations int
	// Spent tells the share of the caller's budget, of time as a rule, that is used up. It grows from 0; the search ends at 1
	// and paces itself by it. It is asked every few milliseconds.
	Spent func() float64
	// Stop ends the search at once when it is true. It is asked as often as Spent.
	Stop func() bool
	// Progress is told the cost of each best plan.
	Progress func(Progress)
	// Start is a plan to begin with; what of it is not possible is left out.
	Start *Solution
}

// DefaultIterations bounds a search that nothing else bounds.
const DefaultIterations = 20_000

// Progress is how far a search has come.
type Progress struct {
	Iterations     int
	Served         int
	PriorityServed int64
	Cost           int64 // of the plan, without what is not served
}

// Solve searches for a good plan until the budget of the options is spent. Its errors wrap [ErrProblem] for data that
// makes no sense and [ErrUnsupported] for a part of the model that the search does not honour.
func Solve(p *Problem, o Options) (*Solution, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	c, err := compile(p)
	if err != nil {
		return nil, err
	}
	budget := core.Budget{Iterations: o.Iterations, Spent: o.Spent, Stop: o.Stop}
	if o.Iterations <= 0 && o.Spent == nil {
		budget.Iterations = DefaultIterations
	}
	search := core.NewSearch(c.core, o.Seed, budget)
	if o.Progress != nil {
		search.Found = func(f core.Found) {
			o.Progress(Progress{Iterations: f.Iterations, Served: f.Served, PriorityServed: f.Priority, Cost: f.Cost / c.unit})
		}
	}
	if o.Start != nil {
		search.Start(c.nodes(o.Start))
	}
	search.Run()
	return c.solution(search.Routes())
}

// nodes are the orders of core's nodes in a plan.
func (c *compiled) nodes(s *Solution) [][]int32 {
	out := make([][]int32, len(c.shifts))
	index := make(map[Stop]int, len(c.shifts))
	for i, at := range c.shifts {
		index[at] = i
	}
	jobs, shipments := len(c.p.Jobs), len(c.p.Shipments)
	for _, r := range s.Routes {
		i, ok := index[Stop{Engineer: r.Engineer, Shift: r.Shift}]
		if !ok {
			continue
		}
		for _, st := range r.Steps {
			switch {
			case st.Index < 0:
			case st.Kind == Work && st.Index < jobs:
				out[i] = append(out[i], int32(st.Index))
			case st.Kind == Pickup && st.Index < shipments:
				out[i] = append(out[i], int32(jobs+2*st.Index))
			case st.Kind == Delivery && st.Index < shipments:
				out[i] = append(out[i], int32(jobs+2*st.Index+1))
			}
		}
	}
	return out
}

// solution turns the orders of nodes into a plan with times and costs.
func (c *compiled) solution(routes [][]int32) (*Solution, error) {
	out := &Solution{}
	served := make([]bool, c.core.Tasks())
	for i, nodes := range routes {
		if len(nodes) == 0 {
			continue
		}
		events, ok := c.core.Timetable(int32(i), nodes)
		if !ok {
			return nil, fmt.Errorf("vrp: the search made an impossible route for engineer %q", c.p.Engineers[c.shifts[i].Engineer].ID)
		}
		out.Routes = append(out.Routes, c.route(i, events))
		for _, x := range nodes {
			served[c.core.Task[x]] = true
		}
	}
	for t, done := range served {
		if done {
			continue
		}
		u := Unserved{Index: t}
		if n := len(c.p.Jobs); t >= n {
			u = Unserved{Index: t - n, Shipment: true}
		}
		out.Unserved = append(out.Unserved, u)
	}
	out.Cost = price(c.p, out)
	return out, nil
}

// route puts the events of a timetable in the words of a plan.
func (c *compiled) route(i int, events []core.Event) Route {
	at := c.shifts[i]
	e := &c.p.Engineers[at.Engineer]
	s := &e.Shifts[at.Shift]
	order := breakOrder(s)
	r := Route{Engineer: at.Engineer, Shift: at.Shift}
	load := make([]int64, c.core.Dims)
	for _, ev := range events {
		if ev.Node >= 0 {
			j, _ := c.node(ev.Node)
			add(load, j.Takes, 1)
		}
	}
	for k, ev := range events {
		st := Step{
			Index: -1, Arrival: int64(ev.Arrive) + c.origin, Wait: int64(ev.Begin - ev.Arrive), Length: int64(ev.End - ev.Begin),
			Travel: int64(ev.Travelled), Place: NoPlace,
		}
		switch {
		case ev.Break >= 0:
			st.Kind, st.Index = Rest, order[ev.Break]
		case ev.Node < 0 && k == 0:
			st.Kind, st.Place = Start, s.Start
		case ev.Node < 0:
			st.Kind, st.Place = End, s.End
		default:
			j, amount := c.node(ev.Node)
			st.Place = j.Place
			add(load, j.Takes, -1)
			add(load, j.Brings, 1)
			st.Kind, st.Index = Work, int(ev.Node)
			if n := len(c.p.Jobs); st.Index >= n {
				st.Kind, st.Index = Pickup, (st.Index-n)/2
				if amount == nil && int(ev.Node)-n != 2*st.Index {
					st.Kind = Delivery
					add(load, c.p.Shipments[st.Index].Amount, -1)
				}
				add(load, amount, 1)
			}
		}
		st.Load = slices.Clone(load)
		r.Steps = append(r.Steps, st)
	}
	return r
}

func add(load, amount []int64, sign int64) {
	for d, a := range amount {
		load[d] += sign * a
	}
}
