package hybrid

import (
	"errors"
	"slices"
)

// Options say how long and from where Solve searches. With equal options but
// Stop, Spent and Progress, and Iterations as the limit, results are equal.
type Options struct {
	Seed       uint64
	Iterations int         // limit of rounds; 0 sets none
	Stop       func() bool // asked between rounds; nil never stops

	// Spent tells the share of the budget used so far, 0 to 1; the search
	// cools down by it. Nil: by Iterations, or not at all.
	Spent func() float64

	// Progress is called with every new best complete solution. It must not
	// keep the slices of the solution.
	Progress func(best Solution)

	// Start is a solution to begin with. Clients it does not name, names
	// twice or gives to vehicles that are not there are placed by the search.
	Start []Route

	tuning *tuning // in place of the measured numbers
}

// errStopped says that Stop was true before p was laid out for the search.
var errStopped = errors.New("hybrid: stopped")

// Solve plans p. Without Stop and Iterations it does not return. An error
// says that p is malformed; a problem that cannot be served completely is
// none: Solution.Complete is false then. Stopped before much of a large p was
// read, it serves nobody.
func Solve(p *Problem, o Options) (Solution, error) {
	d, err := compile(p, o.Stop)
	if errors.Is(err, errStopped) {
		return nobody(p), nil
	}
	if err != nil {
		return Solution{}, err
	}
	if len(d.kinds) == 0 || d.clients == 0 {
		s := newPlan(d, penalties{}).solution()
		return s, nil
	}
	e := newEngine(d, o)
	e.iterate()
	return e.result(), nil
}

// nobody is the plan without routes.
func nobody(p *Problem) Solution {
	s := Solution{Complete: len(p.Clients) == 0}
	for c := range p.Clients {
		s.Unserved = append(s.Unserved, c)
		if !p.Clients[c].Required {
			s.Cost += p.Clients[c].Prize
		}
	}
	return s
}

// An engine is one run of Solve: the options, a search on one plan, and the
// best solution found.
type engine struct {
	o     Options
	d     *data
	t     tuning
	rnd   random
	s     *search
	p     *plan
	u     *ruiner
	round int
	best  best
}

func newEngine(d *data, o Options) *engine {
	e := &engine{o: o, d: d, t: tuned(d), rnd: newRandom(o.Seed)}
	if o.tuning != nil {
		e.t = *o.tuning
	}
	e.p = newPlan(d, newPenalties(d, e.t.sound, e.t.start))
	e.s = newSearch(d, e.p, e.rnd, e.t.neighbours)
	e.s.halt = o.Stop
	e.u = newRuiner(e.s, e.t)
	e.best.init(e.p)
	return e
}

// over tells whether the budget is spent.
func (e *engine) over() bool {
	return (e.o.Iterations > 0 && e.round >= e.o.Iterations) || (e.o.Stop != nil && e.o.Stop())
}

// spent is the share of the budget used.
func (e *engine) spent() float64 {
	switch {
	case e.o.Spent != nil:
		return min(max(e.o.Spent(), 0), 1)
	case e.o.Iterations > 0:
		return float64(e.round) / float64(e.o.Iterations)
	}
	return 0.5
}

// keep stores the plan if it is feasible and better than the best.
func (e *engine) keep() bool {
	if !e.p.sound() || e.p.price >= e.best.price {
		return false
	}
	e.best.store(e.p)
	if e.o.Progress != nil && e.best.complete {
		e.o.Progress(e.best.solution(e.d))
	}
	return true
}

// result is the best solution, after a last attempt if none was complete.
func (e *engine) result() Solution {
	e.repair()
	return e.best.solution(e.d)
}

// mend leaves out clients until the plan is sound.
func (p *plan) mend() {
	for _, r := range p.routes {
		for r.warp > 0 || r.excess != [maxDims]int64{} {
			worst, gain := r.stops[1].node, int64(-1)
			for i := int32(1); i <= r.n; i++ {
				rest := []piece{{r: r, from: 0, to: i - 1}, {r: r, from: i + 1, to: r.n + 1}}
				if g := r.price - p.quote(r.kind, rest); g > gain {
					worst, gain = r.stops[i].node, g
				}
			}
			p.remove(worst)
		}
	}
}

// load makes the plan serve routes as far as they make sense; everybody else is out.
func (p *plan) load(routes []Route) {
	kindOf := map[int]int32{}
	for i := range p.d.kinds {
		kindOf[p.d.kinds[i].vehicle] = int32(i)
	}
	for _, from := range routes {
		k, ok := kindOf[from.Vehicle]
		if !ok {
			continue
		}
		r := p.empty(k)
		if r == nil {
			continue
		}
		for _, c := range from.Clients {
			if c >= 0 && c < p.d.clients && p.spots[c].route == none && p.d.may(int32(c), k) {
				p.insert(int32(c), r, r.n)
			}
		}
	}
}

// best holds the best sound plan met, in flat lists that are reused.
type best struct {
	found    bool
	complete bool
	price    int64
	lists    [][]int32
	kinds    []int32
	out      []int32
	must     int64
	absent   int
}

func (b *best) init(p *plan) {
	b.price = forbidden
	b.must = p.must
	b.lists = make([][]int32, len(p.routes))
	for _, r := range p.routes {
		b.kinds = append(b.kinds, r.kind)
	}
}

// store copies the plan.
func (b *best) store(p *plan) {
	b.found, b.price, b.complete, b.absent = true, p.price, p.absent == 0, p.absent
	for i, r := range p.routes {
		b.lists[i] = b.lists[i][:0]
		for j := int32(1); j <= r.n; j++ {
			b.lists[i] = append(b.lists[i], r.stops[j].node)
		}
	}
	b.out = append(b.out[:0], p.out...)
}

// cost is what the caller pays.
func (b *best) cost() int64 { return b.price - int64(b.absent)*b.must }

func (b *best) solution(d *data) Solution {
	s := Solution{Complete: b.complete, Cost: b.cost()}
	for i, list := range b.lists {
		if len(list) == 0 {
			continue
		}
		r := Route{Vehicle: d.kinds[b.kinds[i]].vehicle, Clients: make([]int, len(list))}
		for j, c := range list {
			r.Clients[j] = int(c)
		}
		s.Routes = append(s.Routes, r)
	}
	for _, c := range b.out {
		s.Unserved = append(s.Unserved, int(c))
	}
	slices.Sort(s.Unserved)
	return s
}
