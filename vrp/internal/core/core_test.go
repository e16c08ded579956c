package core

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// kind says what a random problem has.
type kind struct {
	breaks, windows int // most
	setup, loads    bool
	shipments       bool
	costs           bool
	items           bool
}

func kindOf(seed uint64) kind {
	return kind{
		breaks: int(seed % 4), windows: 1 + int(seed/4%2), setup: seed/8%3 == 0, loads: seed/3%2 == 0,
		shipments: seed/5%2 == 0, costs: seed/7%2 == 0, items: seed/2%5 == 1,
	}
}

// random draws a problem so small that every second of it can be tried out.
func random(seed uint64) *Problem {
	r := rand.New(rand.NewPCG(seed, 1))
	k := kindOf(seed)
	const horizon = 70
	p := &Problem{Places: 6}
	m := Metric{Weight: 1 + int64(seed%3), Seconds: make([]int32, 36), SecondsT: make([]int32, 36)}
	if k.costs {
		m.Cost = make([]int64, 36)
	}
	for i := range 6 {
		for j := range 6 {
			d := int32(r.IntN(9))
			if r.IntN(40) == 0 {
				d = Horizon
			}
			m.Seconds[i*6+j], m.SecondsT[j*6+i] = d, d
			if k.costs {
				c := int64(r.IntN(50))
				m.Cost[i*6+j] = c
			}
		}
	}
	if !k.costs && seed%2 == 0 {
		m.PerMetre, m.Metres = 1+int64(seed%5), make([]int32, 36)
		far := rand.New(rand.NewPCG(seed, 2))
		for i := range m.Metres {
			m.Metres[i] = int32(far.IntN(20))
		}
	}
	p.Metrics = []Metric{m}
	windows := func(most int) []Window {
		var out []Window
		at := int32(r.IntN(horizon / 2))
		for range 1 + r.IntN(most) {
			w := Window{From: at, To: at + int32(r.IntN(30))}
			out = append(out, w)
			at = w.To + 2 + int32(r.IntN(9))
		}
		return out
	}
	if k.loads || k.shipments {
		p.Dims = 2
	}
	node := func(task int) int32 {
		x := int32(len(p.Place))
		p.Place = append(p.Place, int32(r.IntN(6)))
		p.Task = append(p.Task, int32(task))
		p.Windows = append(p.Windows, windows(k.windows))
		if k.setup {
			if p.Setup == nil {
				p.Setup = make([][]int32, 1)
			}
			p.Setup[0] = append(p.Setup[0], int32(r.IntN(4)))
		}
		for range p.Dims {
			p.Takes, p.Brings, p.Amount = append(p.Takes, 0), append(p.Brings, 0), append(p.Amount, 0)
		}
		return x
	}
	for t := range 9 {
		x := node(t)
		y := int32(-1)
		if k.shipments && r.IntN(2) == 0 {
			y = node(t)
			for d := range p.Dims {
				p.Amount[int(x)*p.Dims+d] = int64(r.IntN(3))
				if k.loads { // of its ends' own
					p.Takes[int(y)*p.Dims+d], p.Brings[int(x)*p.Dims+d], p.Takes[int(x)*p.Dims+d] = int64(t%2), int64(t%3/2), int64(t%5/4)
				}
			}
		} else if k.loads {
			for d := range p.Dims {
				p.Takes[int(x)*p.Dims+d], p.Brings[int(x)*p.Dims+d] = int64(r.IntN(3)), int64(r.IntN(3))
			}
		}
		p.First, p.Second = append(p.First, x), append(p.Second, y)
		p.Priority, p.Drop = append(p.Priority, int64(r.IntN(5))), append(p.Drop, int64(r.IntN(50)))
		p.Able = append(p.Able, []int32{0, 1})
	}
	service := make([]int32, p.Nodes())
	for x := range service {
		service[x] = int32(r.IntN(7))
	}
	p.Service = [][]int32{service}
	if seed%6 == 0 {
		p.promise(r)
	}
	for range 2 {
		s := Shift{From: int32(r.IntN(10)), To: int32(40 + r.IntN(horizon-40)), Start: int32(r.IntN(6)), End: int32(r.IntN(6)), MaxNodes: int32(r.IntN(12)), Activation: int64(r.IntN(10))}
		for range r.IntN(k.breaks + 1) {
			s.Breaks = append(s.Breaks, Break{Windows: windows(k.windows), Length: int32(r.IntN(6))})
		}
		for range p.Dims {
			s.Capacity = append(s.Capacity, int64(2+r.IntN(5)))
		}
		p.Shifts = append(p.Shifts, s)
	}
	if k.items {
		p.items(r, windows, k.windows)
	}
	p.Seal()
	return p
}

// items gives some nodes uses of a tool and two kinds of parts, and two counters.
func (p *Problem) items(r *rand.Rand, windows func(most int) []Window, most int) {
	p.Items, p.Uses = 3, make([][]Use, p.Nodes())
	for x := range p.Uses {
		if t := p.Task[x]; r.IntN(2) == 0 && (p.First[t] == int32(x) || p.Second[t] == int32(x)) {
			if u := (Use{Item: int32(r.IntN(3))}); u.Item == 0 {
				p.Uses[x] = []Use{u}
			} else {
				p.Uses[x] = []Use{{Item: u.Item, Amount: int64(1 + r.IntN(2))}}
			}
		}
	}
	if p.Alt != nil {
		for t, x := range p.Alt {
			if x >= 0 {
				p.Uses[x] = p.Uses[p.First[t]]
			}
		}
	}
	for range 2 {
		c := Counter{Node: int32(p.Nodes()), Has: []bool{r.IntN(3) > 0, r.IntN(3) > 0, r.IntN(3) > 0}}
		p.Counters = append(p.Counters, c)
		p.Place, p.Task, p.Windows = append(p.Place, int32(r.IntN(6))), append(p.Task, -1), append(p.Windows, windows(most))
		p.Uses, p.Service[0] = append(p.Uses, nil), append(p.Service[0], int32(r.IntN(3)))
		if p.Setup != nil {
			p.Setup[0] = append(p.Setup[0], 0)
		}
		for range p.Dims {
			p.Takes, p.Brings, p.Amount = append(p.Takes, 0), append(p.Brings, 0), append(p.Amount, 0)
		}
	}
	for i := range p.Shifts {
		p.Shifts[i].Stock = []int64{int64(r.IntN(2)), int64(r.IntN(4)), int64(r.IntN(4))}
	}
}

// slowStock says whether what each node uses was in the van or fetched before.
func slowStock(p *Problem, s *Shift, nodes []int32) bool {
	left, fetched := slices.Clone(s.Stock), make([]bool, p.Items)
	for _, x := range nodes {
		for _, c := range p.Counters {
			for item, has := range c.Has {
				fetched[item] = fetched[item] || has && c.Node == x
			}
		}
		if p.Uses == nil {
			continue
		}
		for _, u := range p.Uses[x] {
			if fetched[u.Item] {
				continue
			}
			if left[u.Item] -= u.Amount; left[u.Item] < 0 || u.Amount == 0 && left[u.Item] == 0 {
				return false
			}
		}
	}
	return true
}

// tasksOf leaves out the stops at counters.
func tasksOf(p *Problem, nodes []int32) []int32 {
	return slices.DeleteFunc(slices.Clone(nodes), func(x int32) bool { return p.Task[x] < 0 })
}

// slowFetch tries every place of a task with every trip at every place, where the route would be short of something without.
func slowFetch(p *Problem, shift int32, nodes []int32, t int32) int64 {
	s := &p.Shifts[shift]
	bare := tasksOf(p, nodes)
	all := append(slices.Clone(bare), p.First[t])
	if y := p.Second[t]; y >= 0 {
		all = append(all, y)
	}
	var ones, twos [][]int32
	enough := func(trip ...int32) bool { return slowStock(p, s, append(trip, all...)) }
	for _, a := range p.Counters {
		if enough(a.Node) {
			ones = append(ones, []int32{a.Node})
		}
		for _, b := range p.Counters {
			if a.Node != b.Node && enough(a.Node, b.Node) {
				twos = append(twos, []int32{a.Node, b.Node})
			}
		}
	}
	if slowStock(p, s, all) {
		return maxCost
	}
	if len(ones) > 0 {
		twos = nil
	}
	best := maxCost
	for _, trip := range append(ones, twos...) {
		for i := range len(bare) + 1 {
			with := slices.Insert(slices.Clone(bare), i, trip...)
			if slowEnd(p, shift, with) < 0 {
				continue
			}
			if more := slowBest(p, shift, with, t); more < maxCost {
				best = min(best, more+slowCost(p, shift, with)-slowCost(p, shift, nodes))
			}
		}
	}
	return best
}

// promise gives some jobs another node.
func (p *Problem) promise(r *rand.Rand) {
	p.Assign = make([]int64, 2*p.Tasks())
	for t := range p.Tasks() {
		p.Alt, p.AltShift, p.AltSaves = append(p.Alt, -1), append(p.AltShift, int32(r.IntN(2))), append(p.AltSaves, int64(r.IntN(20)))
		p.Assign[2*t], p.Assign[2*t+1] = int64(r.IntN(30)), int64(r.IntN(30))
		x := p.First[t]
		if p.Second[t] >= 0 || r.IntN(2) == 0 {
			continue
		}
		p.Alt[t] = int32(p.Nodes())
		at := int32(r.IntN(60))
		p.Place, p.Task, p.Windows = append(p.Place, p.Place[x]), append(p.Task, int32(t)), append(p.Windows, []Window{{From: at, To: at}})
		if p.Setup != nil {
			p.Setup[0] = append(p.Setup[0], p.Setup[0][x])
		}
		p.Service[0] = append(p.Service[0], p.Service[0][x])
		for d := range p.Dims {
			p.Takes, p.Brings, p.Amount = append(p.Takes, p.Takes[int(x)*p.Dims+d]), append(p.Brings, p.Brings[int(x)*p.Dims+d]), append(p.Amount, 0)
		}
	}
}

// TestHours compares the hours that segments tell with those of timetables, and what an insertion adds to them with what
// the route costs after it.
func TestHours(t *testing.T) {
	t.Parallel()
	seen := 0
	for seed := range uint64(400) {
		p := random(seed * 8) // one window, no setup, no breaks
		if p.Setup != nil {
			continue
		}
		for i := range p.Shifts {
			p.Shifts[i].Rates = Rates{Duration: 7, Paid: 3, Overtime: 11, Regular: 50}
			p.Shifts[i].Begun = seed%4 == 0
		}
		p.timed = true
		s := newState(p)
		rand := NewRand(seed)
		for range 9 {
			if len(s.absent) == 0 {
				break
			}
			shift := int32(rand.below(2))
			task := s.absent[rand.below(len(s.absent))]
			in := p.bestIn(s.routes[shift], task, maxCost, nil)
			if in.route < 0 {
				continue
			}
			before := s.routes[shift].cost()
			s.put(task, in)
			r := s.routes[shift]
			if got := r.cost() - before; got != in.cost {
				t.Fatalf("seed %d: costs %d more, told was %d", seed, got, in.cost)
			}
			if p.segmented(&p.Shifts[shift]) {
				seen++
				if got, want := p.Shifts[shift].hours(r.upTo[len(r.stops)-1]), r.timeCost(p); got != want {
					t.Fatalf("seed %d: %v costs %d by segments, %d by its timetable", seed, nodesOf(r), got, want)
				}
			}
		}
	}
	if seen < 200 {
		t.Errorf("%d routes prove little", seen)
	}
}

// slowEnd tries every second: the earliest end of a route, -1 when it is impossible. Breaks are taken in their order.
func slowEnd(p *Problem, shift int32, nodes []int32) int32 {
	s := &p.Shifts[shift]
	if !slowLoads(p, s, nodes) || !slowStock(p, s, nodes) || s.MaxNodes > 0 && len(tasksOf(p, nodes)) > int(s.MaxNodes) {
		return -1
	}
	type at struct{ stop, way, breaks, t int32 } // going to stop, with way seconds left
	way := func(i int) int32 {
		from, to := s.Start, s.End
		if i > 0 {
			from = p.Place[nodes[i-1]]
		}
		if i < len(nodes) {
			to = p.Place[nodes[i]]
		}
		return p.Metrics[0].Seconds[int(from)*p.Places+int(to)]
	}
	seen := map[at]bool{}
	best := int32(-1)
	var walk func(a at)
	walk = func(a at) {
		if a.t > s.To || seen[a] {
			return
		}
		seen[a] = true
		if int(a.stop) == len(nodes) && a.way == 0 && int(a.breaks) == len(s.Breaks) && (best < 0 || a.t < best) {
			best = a.t
		}
		walk(at{a.stop, a.way, a.breaks, a.t + 1})
		if a.way > 0 {
			walk(at{a.stop, a.way - 1, a.breaks, a.t + 1})
		}
		if int(a.breaks) < len(s.Breaks) {
			b := s.Breaks[a.breaks]
			if slices.ContainsFunc(b.Windows, func(w Window) bool { return w.From <= a.t && a.t <= w.To }) {
				walk(at{a.stop, a.way, a.breaks + 1, a.t + b.Length})
			}
		}
		if int(a.stop) < len(nodes) && a.way == 0 {
			x := nodes[a.stop]
			if slices.ContainsFunc(p.Windows[x], func(w Window) bool { return w.From <= a.t && a.t <= w.To }) {
				from := s.Start
				if a.stop > 0 {
					from = p.Place[nodes[a.stop-1]]
				}
				work := p.Service[0][x]
				if p.Setup != nil && from != p.Place[x] {
					work += p.Setup[0][x]
				}
				walk(at{a.stop + 1, way(int(a.stop) + 1), a.breaks, a.t + work})
			}
		}
	}
	walk(at{0, way(0), 0, s.From})
	return best
}

func slowLoads(p *Problem, s *Shift, nodes []int32) bool {
	for d := range p.Dims {
		var on int64
		for _, x := range nodes {
			on += p.Takes[int(x)*p.Dims+d]
		}
		if on > s.Capacity[d] {
			return false
		}
		for _, x := range nodes {
			on += p.Brings[int(x)*p.Dims+d] - p.Takes[int(x)*p.Dims+d]
			if t := p.Task[x]; t < 0 {
				continue
			} else if p.First[t] == x {
				on += p.Amount[int(x)*p.Dims+d]
			} else {
				on -= p.Amount[int(p.First[t])*p.Dims+d]
			}
			if on > s.Capacity[d] {
				return false
			}
		}
	}
	return true
}

func slowCost(p *Problem, shift int32, nodes []int32) int64 {
	if len(nodes) == 0 {
		return 0
	}
	s := &p.Shifts[shift]
	cost, at := s.Activation, s.Start
	for _, x := range nodes {
		cost += p.wayCost(&p.Metrics[0], at, p.Place[x])
		at = p.Place[x]
		if t := p.Task[x]; t >= 0 && p.Assign != nil && p.Second[t] != x {
			cost += p.Assign[int(t)*2+int(shift)]
			if p.Alt[t] == x {
				cost -= p.AltSaves[t]
			}
		}
	}
	return cost + p.wayCost(&p.Metrics[0], at, s.End)
}

// slowBest tries every place of a task in a route.
func slowBest(p *Problem, shift int32, nodes []int32, t int32) int64 {
	best := maxCost
	x, y := p.First[t], p.Second[t]
	for i := range len(nodes) + 1 {
		with := slices.Insert(slices.Clone(nodes), i, x)
		if p.Alt != nil && p.Alt[t] >= 0 && p.AltShift[t] == shift {
			if other := slices.Insert(slices.Clone(nodes), i, p.Alt[t]); slowEnd(p, shift, other) >= 0 {
				best = min(best, slowCost(p, shift, other))
			}
		}
		if y < 0 {
			if slowEnd(p, shift, with) >= 0 {
				best = min(best, slowCost(p, shift, with))
			}
			continue
		}
		for j := i + 1; j <= len(with); j++ {
			both := slices.Insert(slices.Clone(with), j, y)
			if slowEnd(p, shift, both) >= 0 {
				best = min(best, slowCost(p, shift, both))
			}
		}
	}
	if best == maxCost {
		return best
	}
	return best - slowCost(p, shift, nodes)
}

func nodesOf(r *route) []int32 {
	var out []int32
	for _, st := range r.stops[1 : len(r.stops)-1] {
		out = append(out, st.node)
	}
	return out
}

// TestBestIn builds routes and compares each test of an insertion with trying out every second.
func TestBestIn(t *testing.T) {
	t.Parallel()
	found, none, trips := 0, 0, 0
	for seed := range uint64(250) {
		p := random(seed)
		s := newState(p)
		rand := NewRand(seed)
		for range 7 {
			shift := int32(rand.below(2))
			nodes := nodesOf(s.routes[shift])
			var fits []insertion
			var tasks []int32
			for _, task := range s.absent {
				got := p.bestIn(s.routes[shift], task, maxCost, nil)
				want := slowBest(p, shift, nodes, task)
				if p.Uses != nil {
					want = min(want, slowFetch(p, shift, nodes, task))
				}
				if got.trip > 0 {
					trips++
				}
				if got.cost != want {
					t.Fatalf("seed %d (%+v): task %d into %v of shift %d costs %d, want %d", seed, kindOf(seed), task, nodes, shift, got.cost, want)
				}
				if got.route >= 0 {
					fits, tasks = append(fits, got), append(tasks, task)
				}
			}
			if len(fits) == 0 {
				none++
				continue
			}
			found++
			k := rand.below(len(fits))
			s.put(tasks[k], fits[k])
			if end := slowEnd(p, shift, nodesOf(s.routes[shift])); end < 0 {
				t.Fatalf("seed %d: route %v is impossible", seed, nodesOf(s.routes[shift]))
			}
		}
	}
	if found < 250 || none < 25 || trips < 50 {
		t.Errorf("%d insertions, %d full routes and %d trips prove little", found, none, trips)
	}
}

// TestTimetable compares the end of timetables with trying out every second, and walks them.
func TestTimetable(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		p := random(seed)
		q := NewSearch(p, seed, Budget{Iterations: 30})
		q.Run()
		for shift, nodes := range q.Routes() {
			if len(nodes) == 0 {
				continue
			}
			events, ok := p.Timetable(int32(shift), nodes)
			if !ok {
				t.Fatalf("seed %d: no timetable of %v", seed, nodes)
			}
			last := events[len(events)-1]
			if want := slowEnd(p, int32(shift), nodes); last.End != want {
				t.Errorf("seed %d: %v ends at %d, want %d", seed, nodes, last.End, want)
			}
			if err := walk(p, int32(shift), nodes, events); err != nil {
				t.Errorf("seed %d: %v: %v", seed, nodes, err)
			}
		}
	}
}

// walk judges a timetable event by event.
func walk(p *Problem, shift int32, nodes []int32, events []Event) error {
	s := &p.Shifts[shift]
	now, moved, breaks, done := events[0].End, int32(0), 0, 0
	at := s.Start
	if now < s.From {
		return fmt.Errorf("leaves at %d, before %d", now, s.From)
	}
	for _, e := range events[1:] {
		if e.Arrive < now || e.Begin < e.Arrive || e.End < e.Begin {
			return fmt.Errorf("%+v after %d", e, now)
		}
		moved += e.Arrive - now
		now = e.End
		var windows []Window
		if e.Break >= 0 {
			b := s.Breaks[e.Break]
			if int(e.Break) != breaks || e.End-e.Begin != b.Length {
				return fmt.Errorf("%+v is not break %d of %d", e, breaks, b.Length)
			}
			breaks++
			windows = b.Windows
		} else {
			to := s.End
			if e.Node >= 0 {
				if nodes[done] != e.Node {
					return fmt.Errorf("%+v is not node %d", e, nodes[done])
				}
				done++
				to = p.Place[e.Node]
				windows = p.Windows[e.Node]
				if want := p.work(s.Class, e.Node, at); e.End-e.Begin != want {
					return fmt.Errorf("%+v works not for %d", e, want)
				}
			}
			if way := p.Metrics[0].Seconds[int(at)*p.Places+int(to)]; moved < way {
				return fmt.Errorf("%+v: %d seconds for a way of %d", e, moved, way)
			}
			at, moved = to, 0
		}
		if windows != nil && !slices.ContainsFunc(windows, func(w Window) bool { return w.From <= e.Begin && e.Begin <= w.To }) {
			return fmt.Errorf("%+v outside of %v", e, windows)
		}
	}
	if done != len(nodes) || breaks != len(s.Breaks) || now > s.To {
		return fmt.Errorf("%d nodes, %d breaks, end %d", done, breaks, now)
	}
	return nil
}

// TestState takes tasks out and puts them in at random, keeps or undoes, and adds everything up from nothing.
func TestState(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		p := random(seed)
		s := newState(p)
		rand := NewRand(seed)
		kept := s.value()
		for range 30 {
			for range 3 {
				task := int32(rand.below(p.Tasks()))
				if shift := s.at[task]; shift >= 0 {
					s.remove(shift, []int32{task})
					continue
				}
				for _, shift := range p.Able[task] {
					if in := p.bestIn(s.routes[shift], task, maxCost, nil); in.route >= 0 {
						s.put(task, in)
						break
					}
				}
			}
			if rand.below(2) == 0 {
				s.undo()
				if got := s.value(); got != kept {
					t.Fatalf("seed %d: undone to %+v, want %+v", seed, got, kept)
				}
			} else {
				s.keep()
				kept = s.value()
			}
			var cost, drop int64
			for i, r := range s.routes {
				if !slowStock(p, &p.Shifts[i], nodesOf(r)) {
					t.Fatalf("seed %d: %v lacks something", seed, nodesOf(r))
				}
				cost += slowCost(p, int32(i), nodesOf(r))
				for _, x := range nodesOf(r) {
					if p.Task[x] >= 0 && s.at[p.Task[x]] != int32(i) {
						t.Fatalf("seed %d: task %d is on %d, not %d", seed, p.Task[x], i, s.at[p.Task[x]])
					}
				}
			}
			for _, task := range s.absent {
				drop += p.Drop[task]
			}
			if s.cost != cost || s.drop != drop {
				t.Fatalf("seed %d: cost %d and drop %d, want %d and %d", seed, s.cost, s.drop, cost, drop)
			}
		}
	}
}

// TestSame runs searches twice.
func TestSame(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		run := func() (string, value) {
			p := random(seed)
			p.Levels = seed%2 == 0
			q := NewSearch(p, seed, Budget{Iterations: 200})
			q.Run()
			return fmt.Sprint(q.Routes()), q.worth
		}
		a, va := run()
		if b, vb := run(); a != b || va != vb {
			t.Errorf("seed %d: %s then %s", seed, a, b)
		}
	}
}

// TestCache compares what is remembered with what is.
func TestCache(t *testing.T) {
	t.Parallel()
	for seed := range uint64(100) {
		p := random(seed)
		q := NewSearch(p, seed, Budget{Iterations: 100})
		q.s.stamps = 1<<32 - 500 // they begin again on the way
		q.Run()
		for task := range int32(p.Tasks()) {
			for k, shift := range p.Able[task] {
				e := q.s.cache.row(task)[k]
				if want := p.bestIn(q.s.routes[shift], task, maxCost, nil); e.stamp == q.s.routes[shift].stamp && e.cost != want.cost {
					t.Errorf("seed %d: task %d in shift %d is remembered at %d, is %d", seed, task, shift, e.cost, want.cost)
				}
			}
		}
	}
}
