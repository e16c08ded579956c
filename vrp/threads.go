package vrp

import (
	"cmp"
	"slices"
	"sync"
)

// solveParts plans the parts of a problem side by side, the largest first. With a bound on iterations the plan does not
// depend on the number of threads.
func solveParts(p *Problem, o Options, parts []part) (*Solution, error) {
	valid := o.Start != nil && len(Check(p, o.Start)) == 0
	b := newBudget(o, parts)
	plans, errs := make([]*Solution, len(parts)), make([]error, len(parts))
	side := sidelines{found: make([]Progress, len(parts)), tell: o.Progress}
	each(o.Threads, len(parts), func(i int) {
		t := &parts[i]
		t.cut(p)
		part, end := b.begin(t.weight())
		part.Seed = o.Seed + uint64(i)<<40
		part.Threads = max(1, o.Threads/len(parts))
		part.Start = t.within(p, o.Start, valid)
		if o.Progress != nil {
			part.Progress = func(f Progress) { side.set(i, f) }
		}
		plans[i], errs[i] = solveWhole(t.problem, part)
		end()
		t.problem = nil // its matrix may be large
	})
	out := &Solution{}
	for i, s := range plans {
		if errs[i] != nil {
			return nil, errs[i]
		}
		parts[i].whole(out, s)
	}
	slices.SortFunc(out.Routes, func(a, b Route) int {
		return cmp.Or(cmp.Compare(a.Engineer, b.Engineer), cmp.Compare(a.Shift, b.Shift))
	})
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

// each calls f for 0 to n-1 in so many goroutines, in order of beginning.
func each(threads, n int, f func(i int)) {
	if threads = min(threads, n); threads <= 1 {
		for i := range n {
			f(i)
		}
		return
	}
	var wait sync.WaitGroup
	var mu sync.Mutex
	next := 0
	for range threads {
		wait.Go(func() {
			for {
				mu.Lock()
				i := next
				next++
				mu.Unlock()
				if i >= n {
					return
				}
				f(i)
			}
		})
	}
	wait.Wait()
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

// budget gives searches side by side their parts of one budget: by their weight, of what is left when they begin.
type budget struct {
	o       Options
	total   int
	mu      sync.Mutex
	rest    int             // weight of what has not begun
	running map[int]float64 // by weight of what had not begun then, the share of the budget at which a search ends
}

func newBudget(o Options, parts []part) *budget {
	b := &budget{o: o, running: map[int]float64{}}
	for i := range parts {
		b.total += parts[i].weight()
	}
	b.rest = b.total
	return b
}

// begin is the options of a search of a weight; end is called after it.
func (b *budget) begin(weight int) (o Options, end func()) {
	o = Options{Stop: b.o.Stop}
	if b.o.Iterations > 0 {
		o.Iterations = max(1, int(float64(b.o.Iterations)*float64(weight)/float64(b.total)))
	}
	if b.o.Spent == nil {
		return o, func() {}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now, key := b.o.Spent(), b.rest
	free := float64(max(b.o.Threads, 1)) * (1 - now)
	for _, until := range b.running {
		free -= max(0, until-now)
	}
	mine := min(1-now, free*float64(weight)/float64(b.rest))
	b.rest -= weight
	b.running[key] = now + mine
	o.Spent = func() float64 {
		if mine <= 0 {
			return 1
		}
		return (b.o.Spent() - now) / mine
	}
	return o, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.running, key)
	}
}
