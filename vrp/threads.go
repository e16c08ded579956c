package vrp

import (
	"cmp"
	"slices"
	"sync"

	"anxin/vrp/internal/core"
)

// solveParts plans the parts of a problem side by side, the largest first. With a bound on iterations the plan does not
// depend on the number of threads.
func solveParts(p *Problem, o Options, parts []part) (*Solution, error) {
	valid := o.Start != nil && len(Check(p, o.Start)) == 0
	weight := 0
	for i := range parts {
		weight += parts[i].weight()
	}
	shares := core.NewShares(core.Budget{Iterations: o.Iterations, Spent: o.Spent, Stop: o.Stop}, o.Threads, weight)
	plans, bares, errs := make([]*Solution, len(parts)), make([]*Solution, len(parts)), make([]error, len(parts))
	names := newScreen(p)
	side := sidelines{found: make([]Progress, len(parts)), tell: o.Progress}
	core.Each(o.Threads, len(parts), func(i int) {
		t := &parts[i]
		clock := core.NewClock(o.over)
		if !clock.Now() {
			t.cut(p, clock)
		}
		if clock.Now() {
			t.problem, t.places = nil, nil
			bares[i], errs[i] = bare(p, t.jobs, t.shipments)
			return
		}
		b, end := shares.Begin(t.weight())
		defer end()
		part := Options{
			Iterations: b.Iterations, Spent: b.Spent, Stop: b.Stop, Threads: max(1, o.Threads/len(parts)),
			Seed: o.Seed + uint64(i)<<40, Start: t.within(p, o.Start, valid), group: o.group,
		}
		if o.Progress != nil {
			part.Progress = func(f Progress) { side.set(i, f) }
		}
		plans[i], errs[i] = solveWhole(t.problem, part)
		t.problem = nil // its matrix may be large
	})
	out := &Solution{}
	for i, s := range plans {
		if errs[i] != nil {
			return nil, errs[i]
		}
		if b := bares[i]; b != nil {
			for k := range b.Unserved {
				b.Unserved[k].Reasons = names.reasons(p.taskOf(&b.Unserved[k]))
			}
			out.Routes, out.Unserved = append(out.Routes, b.Routes...), append(out.Unserved, b.Unserved...)
			continue
		}
		parts[i].whole(out, s)
	}
	slices.SortFunc(out.Routes, byShift)
	slices.SortFunc(out.Unserved, func(a, b Unserved) int {
		if a.Shipment != b.Shipment {
			if a.Shipment {
				return 1
			}
			return -1
		}
		return cmp.Compare(a.Index, b.Index)
	})
	out.Cost = price(p, out)
	return out, nil
}

// byShift is the order of routes in a plan.
func byShift(a, b Route) int {
	return cmp.Or(cmp.Compare(a.Engineer, b.Engineer), cmp.Compare(a.Shift, b.Shift))
}

// sidelines add up how far searches side by side have come.
type sidelines struct {
	mu    sync.Mutex
	found []Progress
	tell  func(Progress)
}

func (s *sidelines) set(i int, f Progress) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.found[i] = f
	var sum Progress
	for _, f := range s.found {
		sum.Iterations += f.Iterations
		sum.Served += f.Served
		sum.PriorityServed += f.PriorityServed
		sum.Cost += f.Cost
	}
	s.tell(sum)
}
