package hybrid

import "testing"

// A shape says what a random problem asks for.
type shape struct {
	clients, kinds                               int
	waiting, optional, allowed, asymmetric, open bool
	dims, maxStops                               int
}

// shapes covers each feature alone and all of them together.
var shapes = map[string]shape{
	"plain":    {clients: 14, kinds: 1, dims: 1},
	"no loads": {clients: 12, kinds: 1},
	"waiting":  {clients: 14, kinds: 1, dims: 1, waiting: true},
	"mixed":    {clients: 14, kinds: 3, dims: 2, allowed: true},
	"optional": {clients: 14, kinds: 1, dims: 1, optional: true, maxStops: 4},
	"open":     {clients: 12, kinds: 2, dims: 1, open: true},
	"all":      {clients: 16, kinds: 4, dims: 2, waiting: true, optional: true, allowed: true, asymmetric: true, open: true, maxStops: 5},
}

func randomProblem(rnd random, f shape) *Problem {
	p := &Problem{Places: f.clients + 2}
	matrices := 1
	if f.kinds > 1 {
		matrices = 2
	}
	xs, ys := make([]int, p.Places), make([]int, p.Places)
	for i := range xs {
		xs[i], ys[i] = rnd.n(60), rnd.n(60)
	}
	for range matrices {
		m := Matrix{}
		for i := range p.Places {
			for j := range p.Places {
				way := max(xs[i]-xs[j], xs[j]-xs[i]) + max(ys[i]-ys[j], ys[j]-ys[i])
				if f.asymmetric && i != j {
					way += rnd.n(15)
				}
				m.Duration = append(m.Duration, int32(way))
				m.Cost = append(m.Cost, int32(way*2+rnd.n(2)*(i-j)*(i-j)%3))
			}
		}
		p.Matrices = append(p.Matrices, m)
	}
	for i := range f.kinds {
		v := Vehicle{
			Count: 2 + rnd.n(3), Matrix: rnd.n(matrices), Start: f.clients, End: f.clients,
			ShiftOpen: int64(100 + rnd.n(50)), ShiftClose: int64(500 + rnd.n(100)),
			Fixed: int64(rnd.n(100)), PerUnit: int64(1 + rnd.n(2)), MaxStops: f.maxStops,
		}
		if i > 0 {
			v.Start, v.End = f.clients+1, f.clients+rnd.n(2)
		}
		if f.open && rnd.chance(0.5) {
			v.End = OpenEnd
		}
		if f.waiting {
			v.PerSecond = int64(rnd.n(3))
		}
		for range f.dims {
			v.Capacity = append(v.Capacity, int64(20+rnd.n(20)))
		}
		p.Vehicles = append(p.Vehicles, v)
	}
	for i := range f.clients {
		open := int64(150 + rnd.n(300))
		c := Client{Place: i, Service: int64(rnd.n(20)), Open: open, Close: open + int64(rnd.n(150)), Required: !f.optional || rnd.chance(0.4), Prize: int64(rnd.n(150))}
		if rnd.chance(0.2) {
			c.Release = min(open+int64(rnd.n(40)), c.Close)
		}
		for range f.dims {
			c.Demand = append(c.Demand, int64(rnd.n(9)))
		}
		if f.allowed && rnd.chance(0.5) {
			c.Allowed = []uint64{rnd.pcg.Uint64() | 1}
		}
		p.Clients = append(p.Clients, c)
	}
	return p
}

// randomPlan serves most clients somewhere.
func randomPlan(d *data, rnd random) *plan {
	q := newPenalties(d, 0.4, 1)
	q.warp = int64(1 + rnd.n(5*penaltyUnit))
	p := newPlan(d, q)
	for c := range int32(d.clients) {
		if !d.must[c] && rnd.chance(0.2) {
			continue
		}
		r := p.routes[rnd.n(len(p.routes))]
		if d.may(c, r.kind) {
			p.insert(c, r, int32(rnd.n(int(r.n)+1)))
		}
	}
	return p
}

// slowPrice prices clients in a vehicle of the kind by driving them from
// every departure of the shift, without segments or sums of chains.
func slowPrice(pr *Problem, p *plan, kindID int32, clients []int32) int64 {
	if len(clients) == 0 {
		return 0
	}
	k := &p.d.kinds[kindID]
	v := pr.Vehicles[k.vehicle]
	r := Route{Vehicle: k.vehicle}
	m := pr.Matrices[v.Matrix]
	price, at, busy := v.Fixed, v.Start, int64(0)
	load := make([]int64, len(v.Capacity))
	step := func(to int) {
		price += v.PerUnit * int64(m.Cost[at*pr.Places+to])
		busy += int64(m.Duration[at*pr.Places+to])
		at = to
	}
	for _, c := range clients {
		client := pr.Clients[c]
		r.Clients = append(r.Clients, int(c))
		step(client.Place)
		busy += client.Service
		for l, q := range client.Demand {
			load[l] += q
		}
	}
	if v.End != OpenEnd {
		step(v.End)
	}
	leastLate, leastWait := int64(1<<60), int64(1<<60)
	for from := v.ShiftOpen; from <= v.ShiftClose; from++ {
		end, late := drive(pr, r, from)
		wait := end - from + late - busy
		if late < leastLate || (late == leastLate && wait < leastWait) {
			leastLate, leastWait = late, wait
		}
	}
	price += leastLate*p.q.warp/penaltyUnit + v.PerSecond*(busy+leastWait)
	for l := range load {
		price += max(load[l]-v.Capacity[l], 0) * p.q.load[l] / penaltyUnit
	}
	if v.MaxStops > 0 {
		price += max(int64(len(clients)-v.MaxStops), 0) * p.q.load[len(load)] / penaltyUnit
	}
	return price
}

func clientsOf(r *route) []int32 {
	var list []int32
	for i := int32(1); i <= r.n; i++ {
		list = append(list, r.stops[i].node)
	}
	return list
}

// audit fails when the plan's sums, spots or prices are not what they should be.
func audit(t *testing.T, pr *Problem, p *plan) {
	t.Helper()
	price, seen := int64(0), make([]int, p.d.clients)
	for i, r := range p.routes {
		if int(r.id) != i {
			t.Fatalf("route %d is stored as %d", r.id, i)
		}
		slow := slowPrice(pr, p, r.kind, clientsOf(r))
		if slow != r.price {
			t.Fatalf("route %v of kind %d: price %d, want %d", clientsOf(r), r.kind, r.price, slow)
		}
		price += slow
		for j := int32(1); j <= r.n; j++ {
			c := r.stops[j].node
			seen[c]++
			if p.spots[c] != (spot{r.id, j, r.stops[j-1].node, r.stops[j+1].node}) {
				t.Fatalf("client %d at %d of route %d has spot %+v", c, j, r.id, p.spots[c])
			}
		}
	}
	for i, c := range p.out {
		price += p.missing(c)
		seen[c]++
		if p.spots[c].route != none || int(p.spots[c].pos) != i {
			t.Fatalf("unserved client %d has spot %+v", c, p.spots[c])
		}
	}
	for c, times := range seen {
		if times != 1 {
			t.Fatalf("client %d is there %d times", c, times)
		}
	}
	if price != p.price {
		t.Fatalf("plan's price is %d, want %d", p.price, price)
	}
}

// fuzz runs play on many random plans of every shape.
func fuzz(t *testing.T, plans int, play func(t *testing.T, pr *Problem, s *search, rnd random)) {
	t.Helper()
	for name, f := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rnd := newRandom(7)
			for range plans {
				pr := randomProblem(rnd, f)
				d, err := compile(pr, nil)
				if err != nil {
					t.Fatal(err)
				}
				s := newSearch(d, randomPlan(d, rnd), rnd, 8)
				play(t, pr, s, rnd)
			}
		})
	}
}

// wantMove plays one move: it must be taken exactly when the routes it would
// make are allowed and cheaper, and leave the plan in order.
func wantMove(t *testing.T, pr *Problem, s *search, name string, legal bool, move func() bool, routes []*route, lists ...[]int32) {
	t.Helper()
	p := s.plan
	change := int64(0)
	for i, r := range routes {
		change += slowPrice(pr, p, r.kind, lists[i]) - r.price
		for _, c := range lists[i] {
			legal = legal && s.d.may(c, r.kind)
		}
	}
	want := p.price
	if legal && change < 0 {
		want += change
	}
	if got := move(); got != (legal && change < 0) || p.price != want {
		t.Fatalf("%s: taken %t at price %d, want %d; change %d", name, got, p.price, want, change)
	}
	audit(t, pr, p)
}

// twoRoutes picks two different routes with clients in the first.
func twoRoutes(s *search) (a, b *route) {
	for {
		a, b = s.plan.routes[s.rnd.n(len(s.plan.routes))], s.plan.routes[s.rnd.n(len(s.plan.routes))]
		if a != b && a.n > 0 {
			return a, b
		}
	}
}

// splice is list with the k elements at i replaced.
func splice(list []int32, i, k int32, by ...int32) []int32 {
	var out []int32
	out = append(out, list[:i]...)
	out = append(out, by...)
	return append(out, list[i+k:]...)
}
