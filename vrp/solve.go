package vrp

import (
	"errors"
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
	// and paces itself by it. It is asked every few milliseconds, with Threads by several goroutines at once.
	Spent func() float64
	// Stop ends the search at once when it is true. It is asked as often as Spent.
	Stop func() bool
	// Threads is how many goroutines plan the parts of a large problem side by side; 0 counts as 1. What is bounded by
	// Iterations alone has the same solution with any number.
	Threads int
	// Progress is told the cost of each best plan, by one goroutine at a time.
	Progress func(Progress)
	// Start is a plan to begin with; what of it is not possible is left out. When it is valid and nothing better is found, it
	// is the solution.
	Start *Solution

	group int         // shifts that are searched together; 0 leaves it to the size, inOne is all
	until func() bool // says of a piece of a search when the time of all of it is over; nil is the piece's own
}

const inOne = -1

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
// makes no sense, as far as there is time to look at it: when the budget is over before all is read, the plan is what has
// begun, and nothing else is looked at.
//
// Crews of two and sequences are planned in rounds, between which their instants move; fairness is searched for
// against the work of an even share, and counted exactly in the end. Everything else is searched for as it is counted.
func Solve(p *Problem, o Options) (*Solution, error) {
	clock := core.NewClock(o.over)
	if err := p.checkUntil(clock); err != nil {
		return nil, err
	}
	if o.Iterations <= 0 && o.Spent == nil {
		o.Iterations = DefaultIterations
	}
	if parts := split(p, clock); parts != nil {
		return solveParts(p, o, parts)
	}
	return solveWhole(p, o)
}

// solveWhole plans a problem, or a part of one, that Check accepts.
func solveWhole(p *Problem, o Options) (*Solution, error) {
	spent := o.Spent
	tail := newTail(p, &o)
	var s *Solution
	err := errOver
	if !o.over() {
		s, err = solve(p, o)
	}
	if errors.Is(err, errOver) {
		s, err = bare(p, indices(len(p.Jobs)), indices(len(p.Shipments)))
	}
	o.Spent = spent
	if err == nil && o.Start != nil && o.Start.Cost.Better(s.Cost, p.Objective.Mode) && len(Check(p, o.Start)) == 0 {
		return o.Start, nil
	}
	if err == nil {
		for i, why := range tail.reasons(s, o.over) {
			s.Unserved[i].Reasons = why
		}
	}
	return s, err
}

func solve(p *Problem, o Options) (*Solution, error) {
	clock := core.NewClock(o.over)
	t := newTies(p, o.Seed, clock)
	if clock.Now() {
		return nil, errOver
	}
	if t != nil {
		if o.Start != nil {
			t.move(o.Start)
		}
		return solveTied(p, o, t)
	}
	s, done, err := solveLong(p, o)
	if done || err != nil {
		return s, err
	}
	if s != nil && o.Start == nil {
		o.Start = s
	}
	return solveOnce(p, o, nil, nil)
}

// solveOnce searches with the instants of ties as they are, and leaves out some jobs.
func solveOnce(p *Problem, o Options, t *ties, out map[int]bool) (*Solution, error) {
	c, routes, err := searchOnce(p, o, t, out)
	if err != nil {
		return nil, err
	}
	return c.solution(routes)
}

// searchOnce is solveOnce in the numbers of the search.
func searchOnce(p *Problem, o Options, t *ties, out map[int]bool) (*compiled, [][]int32, error) {
	c, err := compileFor(p, t, out, &o)
	if err != nil {
		return nil, nil, err
	}
	budget := core.Budget{Iterations: o.Iterations, Spent: o.Spent, Stop: o.Stop}
	var found func(f core.Found)
	if o.Progress != nil {
		found = func(f core.Found) {
			o.Progress(Progress{Iterations: f.Iterations, Served: f.Served + c.held, PriorityServed: f.Priority + c.heldPriority, Cost: f.Cost / c.unit})
		}
	}
	if c.large() {
		search := core.NewLarge(c.core, o.Seed, budget, o.Threads)
		if c.group > 0 {
			search.Size = c.group
		}
		search.Found = found
		if o.Start != nil {
			search.Start(c.orders(o.Start))
		}
		search.Run()
		return c, search.Routes(), nil
	}
	search := core.NewSearch(c.core, o.Seed, budget)
	search.Found = found
	if o.Start != nil {
		search.Start(c.orders(o.Start))
	}
	search.Run()
	return c, search.Routes(), nil
}

// orders are those of core's nodes in a plan.
func (c *compiled) orders(s *Solution) [][]int32 {
	out := make([][]int32, len(c.shifts))
	index := make(map[Stop]int, len(c.shifts))
	for i, at := range c.shifts {
		index[at] = i
	}
	type name struct {
		kind  Kind
		index int
		held  bool
	}
	of := make(map[name][]int32, len(c.nodes)) // both of a crew
	for x, n := range c.nodes {
		k := name{n.kind, n.index, n.held}
		of[k] = append(of[k], int32(x))
	}
	for _, r := range s.Routes {
		i, ok := index[Stop{Engineer: r.Engineer, Shift: r.Shift}]
		if !ok {
			continue
		}
		for _, st := range r.Steps {
			k := name{st.Kind, st.Index, false}
			if st.Kind == Work && c.stays(r.Engineer, &st) && len(of[name{Work, st.Index, true}]) > 0 {
				k.held = true
			}
			if x := of[k]; len(x) > 0 && st.Kind != Fetch { // where to fetch is found again
				out[i], of[k] = append(out[i], x[0]), x[1:]
			}
		}
	}
	return out
}

// stays says whether a step is where the plan before had its job.
func (c *compiled) stays(engineer int, st *Step) bool {
	if st.Index < 0 || st.Index >= len(c.p.Jobs) {
		return false
	}
	was := c.p.Jobs[st.Index].Was
	return was != nil && was.Engineer == engineer && was.Start == st.Begin()
}

// solution turns the orders of nodes into a plan with times and costs.
func (c *compiled) solution(routes [][]int32) (*Solution, error) {
	out := &Solution{}
	served := make([]bool, c.core.Tasks())
	for i, nodes := range routes {
		if len(nodes) == 0 && !c.core.Shifts[i].Begun {
			continue
		}
		events, ok := c.core.Timetable(int32(i), nodes)
		if !ok {
			return nil, fmt.Errorf("vrp: the search made an impossible route for engineer %q", c.p.Engineers[c.shifts[i].Engineer].ID)
		}
		out.Routes = append(out.Routes, c.route(i, events))
		for _, x := range nodes {
			if t := c.core.Task[x]; t >= 0 {
				served[t] = true
			}
		}
	}
	listed := -1
	for t, done := range served {
		if done {
			continue
		}
		if !c.tasks[t].shipment { // a crew once
			if c.tasks[t].index == listed {
				continue
			}
			listed = c.tasks[t].index
		}
		out.Unserved = append(out.Unserved, Unserved{Index: c.tasks[t].index, Shipment: c.tasks[t].shipment})
	}
	out.Cost = price(c.p, out)
	return out, nil
}

// route puts the events of a timetable in the words of a plan, behind what is fixed.
func (c *compiled) route(i int, events []core.Event) Route {
	at := c.shifts[i]
	s := &c.p.Engineers[at.Engineer].Shifts[at.Shift]
	order := c.breakOrder(at)
	r := Route{Engineer: at.Engineer, Shift: at.Shift}
	var before int64
	if b := c.begun[at]; b != nil {
		r.Steps, before = slices.Clone(b.steps), b.travel
	} else {
		leave := int64(events[0].Arrive) + c.origin
		r.Steps = append(r.Steps, Step{Kind: Start, Index: -1, Place: s.Start, Arrival: leave})
	}
	for _, ev := range events[1:] {
		st := Step{
			Kind: End, Index: -1, Arrival: int64(ev.Arrive) + c.origin, Wait: int64(ev.Begin - ev.Arrive), Length: int64(ev.End - ev.Begin),
			Travel: before + int64(ev.Travelled), Place: s.End,
		}
		switch {
		case ev.Break >= 0:
			st.Kind, st.Index, st.Place = Rest, order[ev.Break], NoPlace
		case ev.Node >= 0:
			n := &c.nodes[ev.Node]
			st.Kind, st.Index, st.Place = n.kind, n.index, n.job.Place
		}
		r.Steps = append(r.Steps, st)
	}
	loadSteps(c.p, r.Steps, c.core.Dims)
	return r
}

func add(load, amount []int64, sign int64) {
	for d, a := range amount {
		load[d] += sign * a
	}
}
