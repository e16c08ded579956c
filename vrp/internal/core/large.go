package core

import (
	"cmp"
	"math"
	"slices"
	"sync/atomic"
)

// Large searches for plans of more shifts than one search can look over: in rounds, each of which divides the shifts into
// groups of neighbours, has a search go on with each group by itself, and puts their plans together. The borders lie
// elsewhere in each round. Groups do not depend on how many threads search them.
type Large struct {
	p       *Problem
	seed    uint64
	rand    *Rand
	budget  Budget
	threads int
	spots   spots
	routes  [][]int32 // the plan as it stands
	best    [][]int32
	worth   value
	rounds  int
	from    float64 // how far the search has cooled down when it begins
	stray   float64 // by what share a way counts longer or shorter when work looks for a group

	Size       int         // shifts of a group, at most
	Found      func(Found) // is told each best plan; may be nil
	Iterations int         // done so far
}

// NewLarge readies a search of a problem that has its Frame.
func NewLarge(p *Problem, seed uint64, budget Budget, threads int) *Large {
	l := &Large{p: p, seed: seed, rand: NewRand(seed), budget: budget, threads: threads, routes: make([][]int32, len(p.Shifts)), rounds: 20, Size: 30, stray: 0.3}
	l.worth = value{priority: math.MaxInt64, absent: math.MaxInt, cost: math.MaxInt64}
	return l
}

// Start gives a plan to begin with, as orders of nodes by shift. What breaks a rule of it is left out at once, because the
// time may be over before its group is searched.
func (l *Large) Start(routes [][]int32) {
	l.from = 0.5 // a good plan is not to be burnt
	clock, taken := l.budget.clock(), make([]bool, l.p.Tasks())
	for i, nodes := range routes {
		var tasks []int32
		for _, x := range nodes {
			if t := l.p.Task[x]; t >= 0 && !taken[t] {
				taken[t] = true
				tasks = append(tasks, t)
			}
		}
		if len(tasks) == 0 {
			continue
		}
		part := newPart(l.p, tasks, []int32{int32(i)}, clock)
		if part == nil {
			return
		}
		l.routes[i] = slices.DeleteFunc(slices.Clone(nodes), func(x int32) bool { return !slices.Contains(tasks, l.p.Task[x]) })
		s := NewSearch(part.Problem, l.seed, Budget{})
		s.Start(part.orders(l.routes))
		s.begin()
		sound, _ := s.now()
		part.back(l.routes, sound)
	}
}

// Routes are the nodes of the best plan in order, by shift.
func (l *Large) Routes() [][]int32 {
	if l.best == nil {
		return l.routes
	}
	return l.best
}

// group is some shifts and the work that they share in a round.
type group struct {
	shifts, tasks []int32
	cost          int64
	done          int // iterations
	skipped       bool
}

// Run builds a plan and improves it until the budget is spent.
func (l *Large) Run() {
	began := l.budget.spent(0)
	if began >= 1 {
		return
	}
	l.spots = newSpots(l.p, l.budget.clock())
	groups := l.groups()
	l.build(groups)
	l.note(groups)
	built := l.budget.spent(0)
	if built >= 1 {
		return
	}
	rounds := l.rounds
	if l.budget.Iterations == 0 { // each round begins with some of the work of building
		rounds = min(rounds, max(1, int((1-built)/max(built-began, 1e-9)/3)))
	}
	for round := range rounds {
		groups = l.groups()
		if !l.round(round, rounds, built, groups) {
			return
		}
		l.note(groups)
	}
}

// build gives each group a first plan, or goes on with what the beginning left out.
func (l *Large) build(groups []group) {
	b := Budget{Stop: l.budget.Stop, Spent: func() float64 {
		if l.budget.spent(0) >= 1 {
			return 1
		}
		return 0
	}}
	began := l.budget.spent(0)
	var done atomic.Int64
	Each(l.threads, len(groups), func(i int) {
		now := l.budget.spent(0)
		each := (now - began) / float64(max(done.Load(), 1)) // carefully, as long as there is time for it
		hurry := l.budget.Spent != nil && done.Load() > 0 && each*float64(len(groups)-i) > (1-now)/2
		l.search(&groups[i], b, 0, func(s *Search) { s.build, s.hurry, s.from, s.to = true, hurry, 0, 0 }, false)
		done.Add(1)
	})
}

// round has all groups searched; false says that the budget was spent before all had begun.
func (l *Large) round(round, rounds int, built float64, groups []group) bool {
	b := Budget{Stop: l.budget.Stop}
	if l.budget.Iterations > 0 {
		b.Iterations = max(1, l.budget.Iterations/rounds)
	}
	if l.budget.Spent != nil {
		each := (1 - built) / float64(rounds)
		b.Spent = func() float64 { return (l.budget.Spent() - built - each*float64(round)) / each }
	}
	weight := 0
	for i := range groups {
		weight += len(groups[i].tasks) + 1
	}
	shares := NewShares(b, l.threads, weight)
	Each(l.threads, len(groups), func(i int) {
		own, end := shares.Begin(len(groups[i].tasks) + 1)
		defer end()
		seed := uint64(round+1)<<32 + uint64(i)<<16
		l.search(&groups[i], own, seed, func(s *Search) {
			s.from, s.to = l.from+(1-l.from)*float64(round)/float64(rounds), l.from+(1-l.from)*float64(round+1)/float64(rounds)
		}, round == rounds-1)
	})
	for i := range groups {
		l.Iterations += groups[i].done
	}
	return !slices.ContainsFunc(groups, func(g group) bool { return g.skipped })
}

// search goes on with one group and puts its plan, at last the best one, in the place of what it had.
func (l *Large) search(g *group, b Budget, seed uint64, set func(*Search), best bool) {
	if len(g.tasks) == 0 {
		return
	}
	if l.budget.spent(0) >= 1 && l.budget.Spent != nil {
		g.skipped = true
		return
	}
	t := newPart(l.p, g.tasks, g.shifts, l.budget.clock())
	if t == nil {
		g.skipped = true
		return
	}
	s := NewSearch(t.Problem, l.seed+seed, b)
	set(s)
	if start := t.orders(l.routes); slices.ContainsFunc(start, func(nodes []int32) bool { return len(nodes) > 0 }) {
		s.Start(start)
	}
	s.Run()
	routes, cost := s.best, s.cost
	if !best {
		routes, cost = s.now()
	}
	t.back(l.routes, routes)
	g.cost, g.done = cost, s.Iterations
}

// note keeps the plan when it is the best so far.
func (l *Large) note(groups []group) {
	var v value
	for i := range groups {
		v.cost += groups[i].cost
	}
	f := Found{Iterations: l.Iterations, Cost: v.cost}
	served := l.served()
	for t, done := range served {
		switch {
		case done:
			f.Served++
			f.Priority += l.p.Priority[t]
		case len(l.p.Able[t]) > 0 && l.p.Levels:
			v.absent++
			v.priority += l.p.Priority[t]
		case !l.p.Levels:
			v.cost += l.p.Drop[t]
		}
	}
	if !v.less(l.worth) {
		return
	}
	l.worth, l.best = v, slices.Clone(l.routes) // each route is made anew in each round
	if l.Found != nil {
		l.Found(f)
	}
}

func (l *Large) served() []bool {
	served := make([]bool, l.p.Tasks())
	for _, nodes := range l.routes {
		for _, x := range nodes {
			if t := l.p.Task[x]; t >= 0 {
				served[t] = true
			}
		}
	}
	return served
}

// So much work that nobody has is looked at in a group: some, and more for each shift.
const (
	mostLeft      = 300
	mostLeftShift = 40
)

// groups divides the shifts, and gives each group the work that its shifts have, and of what nobody has what is near.
func (l *Large) groups() []group {
	p := l.p
	centres := make([]spot, len(p.Shifts))
	all := make([]int32, len(p.Shifts))
	for i := range p.Shifts {
		all[i] = int32(i)
		centres[i] = l.spots.centre(p, int32(i), l.routes[i])
	}
	of := make([]int32, len(p.Shifts))
	var out []group
	l.divide(centres, all, func(shifts []int32) {
		for _, s := range shifts {
			of[s] = int32(len(out))
		}
		out = append(out, group{shifts: shifts})
	})
	hours := make([]int64, len(out)) // that are left, about
	for i := range out {
		for _, s := range out[i].shifts {
			hours[i] += l.spare(s)
		}
	}
	give := func(t, g int32) { out[g].tasks = append(out[g].tasks, t) }
	served := make([]bool, p.Tasks())
	for s, nodes := range l.routes {
		for _, x := range nodes {
			if t := p.Task[x]; t >= 0 && !served[t] {
				served[t] = true
				give(t, of[s])
			}
		}
	}
	var left []int32
	for t := range p.Tasks() {
		if !served[t] && len(p.Able[t]) > 0 {
			left = append(left, int32(t))
		}
	}
	lot := make([]uint64, p.Tasks()) // far more work than hours takes turns
	for _, t := range left {
		lot[t] = l.rand.next()
	}
	slices.SortFunc(left, func(a, b int32) int {
		return cmp.Or(cmp.Compare(p.Priority[b], p.Priority[a]), cmp.Compare(len(p.Able[a]), len(p.Able[b])), cmp.Compare(lot[a], lot[b]))
	})
	more := make([]int, len(out))
	asked := 0
	for _, t := range left {
		asked += len(p.Able[t])
	}
	middles := make([]spot, len(out))
	for i := range out {
		for _, s := range out[i].shifts {
			for d, v := range centres[s] {
				middles[i][d] += v / float32(len(out[i].shifts))
			}
		}
	}
	clock := l.budget.clock()
	for _, t := range left {
		if clock.Over(4 * len(p.Able[t])) { // nobody searches for it any more
			break
		}
		var g int32
		if asked > mostNear {
			g = l.nearGroup(t, middles, of, hours)
		} else {
			g = l.nearest(t, centres, of, hours)
		}
		if more[g]++; more[g] > mostLeft+mostLeftShift*len(out[g].shifts) {
			continue
		}
		give(t, g)
		hours[g] -= int64(p.Service[0][p.First[t]]) * 5 / 4
	}
	for i := range out {
		slices.Sort(out[i].tasks)
	}
	return out
}

// mostNear is how many pairs of work and shift are asked how near they are; for more, groups are.
const mostNear = 1 << 20

// nearGroup is nearest by the middles of groups.
func (l *Large) nearGroup(t int32, middles []spot, of []int32, hours []int64) int32 {
	p := l.p
	able := make([]bool, len(middles))
	left := len(middles)
	for _, s := range p.Able[t] {
		if !able[of[s]] {
			able[of[s]] = true
			if left--; left == 0 {
				break
			}
		}
	}
	at := l.spots.places[p.Place[p.First[t]]]
	best, least := int32(-1), math.Inf(1)
	for g := range middles {
		if !able[g] {
			continue
		}
		at[spotDims-1] = middles[g][spotDims-1]
		far := at.to(&middles[g])
		if p.floats(p.First[t]) {
			far = 0
		}
		d := float64(far+60) * (1 + l.stray*(2*l.rand.float()-1))
		if hours[g] <= 0 {
			d += 1 << 20
		}
		if d < least {
			best, least = int32(g), d
		}
	}
	return best
}

// spare is how many seconds of a shift have neither work nor a way nor a rest, about.
func (l *Large) spare(shift int32) int64 {
	p, s := l.p, &l.p.Shifts[shift]
	left := int64(s.To - s.From)
	for i := range s.Breaks {
		left -= int64(s.Breaks[i].Length)
	}
	at := s.Start
	for _, x := range l.routes[shift] {
		if p.floats(x) {
			left -= int64(p.Service[s.Class][x])
			continue
		}
		way, _ := p.Metrics[s.Metric].way(p.Places, at, p.Place[x])
		left -= int64(way) + int64(p.Service[s.Class][x])
		at = p.Place[x]
	}
	return left
}

// nearest is the group for work that nobody has: of one of those able who are near, of those with hours to spare if there are
// any. Who is near is different each time.
func (l *Large) nearest(t int32, centres []spot, of []int32, hours []int64) int32 {
	p := l.p
	x := p.First[t]
	at := l.spots.places[p.Place[x]]
	best, least := int32(-1), math.Inf(1)
	for _, s := range p.Able[t] {
		at[spotDims-1] = centres[s][spotDims-1] // at the same time, but for what lies between
		between := float32(apart(p.Windows[x], []Window{{p.Shifts[s].From, p.Shifts[s].To}})) / 8
		far := at.to(&centres[s])
		if p.floats(x) {
			far = 0
		}
		d := float64(far+between+60) * (1 + l.stray*(2*l.rand.float()-1))
		if hours[of[s]] <= 0 {
			d += 1 << 20
		}
		if d < least {
			best, least = of[s], d
		}
	}
	return best
}

// divide cuts the shifts in two again and again, each time across the direction of several random ones in which they lie
// farthest apart, until the pieces are small enough.
func (l *Large) divide(centres []spot, shifts []int32, done func([]int32)) {
	pieces := (len(shifts) + l.Size - 1) / l.Size
	if pieces <= 1 {
		slices.Sort(shifts)
		done(shifts)
		return
	}
	along := make([]float64, len(shifts))
	best, widest := []float64(nil), -1.0
	for range 4 {
		var way [spotDims]float64
		for d := range way {
			way[d] = l.rand.float()*2 - 1
		}
		var sum, squares float64
		for i, s := range shifts {
			along[i] = centres[s].along(&way)
			sum += along[i]
			squares += float64(along[i] * along[i])
		}
		length := 0.0
		for _, w := range way {
			length += float64(w * w)
		}
		mean := sum / float64(len(shifts))
		if wide := (squares/float64(len(shifts)) - float64(mean*mean)) / max(length, 1e-9); wide > widest {
			best, widest = slices.Clone(along), wide
		}
	}
	order := make([]int, len(shifts))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(best[a], best[b]), cmp.Compare(shifts[a], shifts[b]))
	})
	half := pieces / 2
	if pieces%2 == 1 && l.rand.below(2) == 1 {
		half++
	}
	cut := len(shifts) * half / pieces
	sorted := make([]int32, len(shifts))
	for i, k := range order {
		sorted[i] = shifts[k]
	}
	l.divide(centres, sorted[:cut:cut], done)
	l.divide(centres, sorted[cut:], done)
}

// spotDims is how many numbers tell where something is: the ways to some landmarks, and the time of day.
const spotDims = 7

// spot is where something is, in seconds.
type spot [spotDims]float32

func (a *spot) to(b *spot) float32 {
	var sum float32
	for d := range a {
		sum += float32((a[d] - b[d]) * (a[d] - b[d]))
	}
	return float32(math.Sqrt(float64(sum)))
}

func (a *spot) along(way *[spotDims]float64) float64 {
	var sum float64
	for d, w := range way {
		sum += float64(w * float64(a[d]))
	}
	return sum
}

// spots knows where places are by their ways to landmarks, which lie far from each other.
type spots struct{ places []spot }

// farthest bounds the ways to landmarks, so that those that do not exist do not drown the others.
const farthest = 1 << 18

func newSpots(p *Problem, clock *Clock) spots {
	s := spots{make([]spot, p.Places)}
	if p.Places == 0 || len(p.Metrics) == 0 {
		return s
	}
	m := &p.Metrics[0]
	near := make([]float32, p.Places) // to the nearest landmark
	for i := range near {
		near[i] = farthest
	}
	mark := int32(0)
	for d := range spotDims - 1 {
		next, most := int32(0), float32(-1)
		for i := range p.Places {
			if clock.Over(16) {
				return s
			}
			to, _ := m.way(p.Places, mark, int32(i))
			back, _ := m.way(p.Places, int32(i), mark)
			way := (float32(min(to, farthest)) + float32(min(back, farthest))) / 2
			s.places[i][d] = way
			if near[i] = min(near[i], way); near[i] > most {
				next, most = int32(i), near[i]
			}
		}
		mark = next
	}
	return s
}

// centre is the middle of a route, and of where it starts.
func (s *spots) centre(p *Problem, shift int32, nodes []int32) spot {
	sh := &p.Shifts[shift]
	out := s.places[sh.Start]
	some := float32(1)
	for _, x := range nodes {
		if p.floats(x) {
			continue
		}
		some++
		for d, v := range s.places[p.Place[x]] {
			out[d] += v
		}
	}
	for d := range out {
		out[d] /= some
	}
	out[spotDims-1] = float32((int64(sh.From)+int64(sh.To))/2) / 8
	return out
}
