package core

import (
	"math"
	"slices"
)

// Budget says how long a search goes on.
type Budget struct {
	Iterations int            // 0 is no bound
	Spent      func() float64 // share of the budget that is used up; the search ends at 1; nil counts iterations
	Stop       func() bool    // the search ends when it says so; may be nil
}

// clock asks for the end of the budget between its iterations.
func (b *Budget) clock() *Clock {
	return NewClock(func() bool { return b.Stop != nil && b.Stop() || b.Spent != nil && b.Spent() >= 1 })
}

// spent is the share of the budget that is gone after some iterations.
func (b *Budget) spent(done int) float64 {
	if b.Stop != nil && b.Stop() {
		return 1
	}
	var share float64
	if b.Iterations > 0 {
		share = float64(done) / float64(b.Iterations)
	}
	if b.Spent != nil {
		share = max(share, b.Spent())
	}
	return share
}

// Search holds a plan and improves it.
type Search struct {
	p        *Problem
	s        *state
	rand     *Rand
	ruin     *ruin
	recreate *recreate
	budget   Budget
	clock    *Clock // of the budget
	set      settings

	best     plan
	worth    value    // of best
	seen     []uint32 // by shift, the stamp of its route in best
	epoch    int      // of the stamps seen
	total    int64    // priority of all tasks that somebody could do
	possible int      // how many they are
	start    [][]int32
	from, to float64 // the stretch of a longer search that this one is
	build    bool    // a first plan is all that is wanted
	hurry    bool    // and that soon
	cost     int64   // of the routes of best
	pool     *pool   // routes of good plans; nil where they are not recombined

	Found      func(Found) // is told each best plan; may be nil
	Iterations int         // done so far
}

// Found says what the best plan so far is worth.
type Found struct {
	Iterations, Served int
	Priority, Cost     int64 // priority served
}

// plan is the order of nodes in each route.
type plan [][]int32

// NewSearch readies a search with no job in any route.
func NewSearch(p *Problem, seed uint64, budget Budget) *Search {
	q := &Search{p: p, s: newState(p), rand: NewRand(seed), ruin: newRuin(p), budget: budget, set: usual(), to: 1, best: make(plan, len(p.Shifts)), seen: make([]uint32, len(p.Shifts))}
	q.clock = q.budget.clock()
	q.recreate = newRecreate(p, q.rand, q.clock)
	q.recreate.prefer(q.set.worthyOrders)
	q.worth = q.s.value()
	q.total, q.possible = q.s.priority, len(q.s.absent)
	return q
}

// note keeps the plan when it is the best so far.
func (q *Search) note() {
	if v := q.s.value(); v.less(q.worth) {
		q.worth, q.cost = v, q.s.cost
		if q.epoch != q.s.epoch {
			q.epoch = q.s.epoch
			clear(q.seen)
		}
		for i, r := range q.s.routes {
			if q.seen[i] == r.stamp {
				continue
			}
			q.seen[i] = r.stamp
			q.best[i] = q.best[i][:0]
			for _, st := range r.stops[1 : len(r.stops)-1] {
				q.best[i] = append(q.best[i], st.node)
			}
		}
		if q.Found != nil {
			q.Found(Found{Iterations: q.Iterations, Served: q.possible - len(q.s.absent), Priority: q.total - q.s.priority, Cost: q.s.cost})
		}
	}
}

// weights are what absence costs while the search goes on.
type weights struct{ priority, absent float64 }

func (q *Search) energy(w weights) float64 {
	if q.p.Levels {
		return float64(q.s.cost) + float64(w.priority*float64(q.s.priority)) + float64(w.absent*float64(len(q.s.absent)))
	}
	return float64(q.s.cost + q.s.drop)
}

// Run builds a plan and improves it until the budget is spent.
func (q *Search) Run() {
	q.begin()
	q.s.keep()
	q.note()
	q.construct()
	q.s.keep()
	q.note()
	if q.possible == 0 || q.build {
		return
	}
	served := float64(max(1, q.possible-len(q.s.absent)))
	way := max(1, q.s.ways()/served)           // what of its cost another order could save
	mean := max(way, float64(q.s.cost)/served) // cost of a task; who knows the customer may make it negative
	hot, cold := q.set.hot*way, q.set.cold*way
	if q.p.timed {
		hot = q.set.hotTimed * way
	}
	if q.start != nil && q.to-q.from == 1 { // a good plan is not to be burnt
		cold = q.set.coldStart * way
		hot = math.Sqrt(hot * cold)
	}
	soft := 0.0 // of how absence is weighed
	if q.start != nil && q.to-q.from == 1 {
		soft = 0.5
	}
	w := q.weigh(mean, soft+(1-soft)*q.from)
	heat := hot
	now := q.energy(w)
	pooled, pooledAt := firstPooled, 0
	if q.to-q.from == 1 && (q.budget.Iterations == 0 || q.budget.Iterations > restPooled) {
		q.pool = newPool(q.p)
		q.pool.take(q.s)
	}
	for q.Iterations = 0; ; q.Iterations++ {
		if q.Iterations%askEach == 0 {
			share := q.budget.spent(q.Iterations)
			if share >= 1 {
				break
			}
			if q.pool != nil && share >= pooled && q.Iterations-pooledAt >= restPooled {
				pooled, pooledAt = share+eachPooled, q.Iterations
				q.recombine(q.weigh(mean, 1))
			}
			top := q.top(hot, cold, share)
			at := q.from + (q.to-q.from)*share
			heat = top * math.Pow(cold/top, at)
			w = q.weigh(mean, soft+(1-soft)*at)
			now = q.energy(w)
		}
		t := int32(q.rand.below(q.p.Tasks()))
		if len(q.s.absent) > 0 && q.rand.float() < q.set.absentSeeds {
			t = q.s.absent[q.rand.below(len(q.s.absent))]
		}
		q.ruin.strings(q.s, q.rand, q.p.First[t], q.set.removed)
		if !q.recreate.greedy(q.s, q.rand, q.ruin.removed, q.ruin.shifts) {
			q.s.undo()
			break
		}
		after := q.energy(w)
		if after < now-heat*math.Log(1-q.rand.float()) {
			now = after
			q.s.keep()
			q.note()
			if q.pool != nil && float64(q.s.cost) <= float64(q.cost)*nearPooled {
				q.pool.take(q.s)
			}
		} else {
			q.s.undo()
		}
	}
}

const askEach = 32

// top is the heat to begin with: less than hot when the budget does not last for enough rounds a task to cool down from it.
func (q *Search) top(hot, cold, share float64) float64 {
	rounds := float64(q.budget.Iterations)
	if q.budget.Spent != nil {
		if rounds = 0; q.Iterations >= 8*askEach {
			rounds = float64(q.Iterations) / max(share, 1e-9)
		}
	}
	each := rounds / float64(q.possible) / (q.to - q.from)
	return cold * math.Pow(hot/cold, min(max((each-1)/(q.set.enough-1), 0), 1))
}

// weigh is what absence costs when a share of the budget is spent. Once everything has been served nothing is given up
// again: what is soft at first is for more work than hours.
func (q *Search) weigh(mean, share float64) weights {
	c := &q.set
	if q.worth.absent == 0 {
		return weights{priority: mean * c.priorityHard, absent: mean * c.absentNever}
	}
	return weights{
		priority: mean * c.prioritySoft * math.Pow(c.priorityHard/c.prioritySoft, share),
		absent:   mean * c.absentSoft * math.Pow(c.absentHard/c.absentSoft, share),
	}
}

// now are the routes as they stand, which are the best so far when the search is cold only.
func (q *Search) now() (routes [][]int32, cost int64) {
	routes = make([][]int32, len(q.s.routes))
	for i, r := range q.s.routes {
		for _, st := range r.stops[1 : len(r.stops)-1] {
			routes[i] = append(routes[i], st.node)
		}
	}
	return routes, q.s.cost
}

// Routes are the nodes of the best plan in order, by shift.
func (q *Search) Routes() [][]int32 { return q.best }

// Start gives a plan to begin with, as orders of nodes by shift. What breaks a rule of it is left out.
func (q *Search) Start(routes [][]int32) { q.start = routes }

// begin puts the tasks of the starting plan where they were, or, where a route is not possible any more, what there is
// room for.
func (q *Search) begin() {
	for i, nodes := range q.start {
		var tasks []int32
		for _, x := range nodes {
			if t := q.p.Task[x]; t >= 0 && q.p.Second[t] != x && q.s.at[t] < 0 && q.p.able(t, int32(i)) && !slices.Contains(tasks, t) {
				tasks = append(tasks, t)
			}
		}
		if len(tasks) == 0 || q.s.adopt(int32(i), nodes) {
			continue
		}
		for _, t := range tasks {
			if in := q.p.bestIn(q.s.routes[i], t, maxCost, nil); in.route >= 0 {
				q.s.put(t, in)
			}
		}
	}
}
