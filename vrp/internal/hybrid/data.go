package hybrid

import (
	"math/bits"
	"slices"
)

// data is a checked problem laid out flat. Nodes 0..clients-1 are the
// clients; the nodes after them are the places where vehicles start and end.
type data struct {
	clients  int
	size     int // nodes, and so the width of every matrix
	dims     int
	own      []segment // per client: its visit alone
	demand   []int64   // client*dims + dimension
	prize    []int64
	must     []bool
	allowed  []uint64 // client*words + kind/64; nil when everybody may do everything
	words    int
	hopeless int // required clients no vehicle may serve
	kinds    []kind
	stop     func() bool // nil never stops
}

// stopped asks whether to stop, once in 128 rows of a matrix: what is small is laid out in any case.
func (d *data) stopped(row int) bool { return row%128 == 127 && d.stop != nil && d.stop() }

// A kind is a Vehicle seen by the search.
type kind struct {
	vehicle    int // index of Problem.Vehicles
	count      int
	start, end int32
	shift      segment
	price      []int32 // of a leg and the service at its head: node*size + node
	travel     []int32 // seconds of a leg
	capacity   []int64
	fixed      int64
	perSecond  int64 // of waiting; legs and services hold theirs
}

// compile checks p and lays it out, unless it is stopped.
func compile(p *Problem, stop func() bool) (*data, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	n := len(p.Clients)
	d := &data{clients: n, dims: len(p.Vehicles[0].Capacity)}
	places := make([]int, n, n+2*len(p.Vehicles)) // place of each node; OpenEnd is nowhere
	for i, c := range p.Clients {
		places[i] = c.Place
	}
	node := map[int]int32{}
	depot := func(place int) int32 {
		id, ok := node[place]
		if !ok {
			id = int32(len(places))
			node[place] = id
			places = append(places, place)
		}
		return id
	}
	stops := slices.ContainsFunc(p.Vehicles, func(v Vehicle) bool { return v.MaxStops > 0 })
	if stops {
		d.dims++ // a stop is one unit of a further load
	}
	first, last := p.Vehicles[0].ShiftOpen, p.Vehicles[0].ShiftClose
	for _, v := range p.Vehicles {
		first, last = min(first, v.ShiftOpen), max(last, v.ShiftClose)
	}
	span := last - first
	if span < 0 || span >= 1<<28 {
		return nil, refuse("shifts span more than %d seconds", 1<<28)
	}
	for i, v := range p.Vehicles {
		if v.Count == 0 {
			continue
		}
		k := kind{
			vehicle: i, count: min(v.Count, max(n, 1)), start: depot(v.Start), end: depot(v.End),
			shift:    segment{early: clock(v.ShiftOpen - first), late: clock(v.ShiftClose - first)},
			capacity: slices.Clone(v.Capacity), fixed: v.Fixed, perSecond: v.PerSecond,
		}
		if stops {
			limit := int64(n)
			if v.MaxStops > 0 {
				limit = int64(v.MaxStops)
			}
			k.capacity = append(k.capacity, limit)
		}
		d.kinds = append(d.kinds, k)
	}
	d.size = len(places)
	d.layClients(p, first, span, stops)
	d.stop = stop
	longest, err := d.layMatrices(p, places, span)
	if err != nil {
		return nil, err
	}
	if !d.forbid() {
		return nil, errStopped
	}
	for c := range d.clients {
		if d.must[c] && !d.served(int32(c)) {
			d.hopeless++
		}
	}
	for c := range d.clients {
		longest = max(longest, int64(d.own[c].net))
	}
	if int64(n+2)*2*longest+2*span >= 1<<31 {
		return nil, refuse("the longest leg or service, %d seconds for %d clients, needs a coarser unit of time", longest, n)
	}
	return d, nil
}

// layClients fills what is known about clients alone. Times outside all
// shifts are moved to the edge, where they are just as impossible.
func (d *data) layClients(p *Problem, first, span int64, stops bool) {
	d.words = (len(p.Vehicles) + 63) / 64
	for i, c := range p.Clients {
		early := min(max(c.Open, c.Release, first)-first, span+1)
		late := min(max(c.Close-first, -1), span)
		visit := segment{net: clock(min(c.Service, span+1)), early: clock(early), late: clock(late)}
		if early > late { // nobody can be on time; the warp says by how much at least
			visit.warp = clock(early - late)
			visit.early, visit.late = max(visit.late, 0), max(visit.late, 0)
		}
		d.own = append(d.own, visit)
		d.demand = append(d.demand, c.Demand...)
		if stops {
			d.demand = append(d.demand, 1)
		}
		d.prize = append(d.prize, c.Prize)
		d.must = append(d.must, c.Required)
		if c.Allowed != nil {
			d.restrict()
			copy(d.allowed[i*d.words:(i+1)*d.words], c.Allowed)
		}
	}
}

// restrict makes room for who may serve whom.
func (d *data) restrict() {
	if d.allowed != nil {
		return
	}
	d.allowed = make([]uint64, d.clients*d.words)
	for k := range d.allowed {
		d.allowed[k] = ^uint64(0)
	}
}

// layMatrices prices legs for each kind and shares equal matrices. It
// returns the longest leg in seconds.
func (d *data) layMatrices(p *Problem, places []int, span int64) (int64, error) {
	type profile struct {
		matrix             int
		perUnit, perSecond int64
	}
	travel := map[int][]int32{}
	price := map[profile][]int32{}
	longest := int64(0)
	for i := range d.kinds {
		k := &d.kinds[i]
		v := &p.Vehicles[k.vehicle]
		m := &p.Matrices[v.Matrix]
		if travel[v.Matrix] == nil {
			t := make([]int32, d.size*d.size)
			for a, from := range places {
				if d.stopped(a) {
					return 0, errStopped
				}
				for b, to := range places {
					if from != OpenEnd && to != OpenEnd {
						t[a*d.size+b] = int32(min(int64(m.Duration[from*p.Places+to]), span+1))
						longest = max(longest, int64(t[a*d.size+b]))
					}
				}
			}
			travel[v.Matrix] = t
		}
		k.travel = travel[v.Matrix]
		key := profile{v.Matrix, v.PerUnit, v.PerSecond}
		if price[key] == nil {
			q, err := d.prices(p, places, v, m)
			if err != nil {
				return 0, err
			}
			if slices.Equal(q, k.travel) {
				q = k.travel // one array in the caches of the processor instead of two
			}
			price[key] = q
		}
		k.price = price[key]
	}
	return longest, nil
}

func (d *data) prices(p *Problem, places []int, v *Vehicle, m *Matrix) ([]int32, error) {
	q := make([]int32, d.size*d.size)
	for a, from := range places {
		if d.stopped(a) {
			return nil, errStopped
		}
		for b, to := range places {
			sum := int64(0)
			add := func(units, rate int64) {
				hi, lo := bits.Mul64(uint64(units), uint64(rate))
				if hi != 0 || lo >= maxPrice {
					lo = maxPrice
				}
				sum += int64(lo)
			}
			if from != OpenEnd && to != OpenEnd {
				add(int64(m.Cost[from*p.Places+to]), v.PerUnit)
				add(int64(m.Duration[from*p.Places+to]), v.PerSecond)
			}
			if b < d.clients {
				add(p.Clients[b].Service, v.PerSecond)
			}
			if sum >= maxPrice {
				return nil, refuse("the leg from place %d to %d costs more than %d", from, to, maxPrice)
			}
			q[a*d.size+b] = int32(sum)
		}
	}
	return q, nil
}

// may tells whether vehicles of kind k are allowed to serve client c.
func (d *data) may(c, k int32) bool {
	if d.allowed == nil {
		return true
	}
	v := d.kinds[k].vehicle
	return d.allowed[int(c)*d.words+v/64]&(1<<(v%64)) != 0
}

// served tells whether any vehicle is allowed to serve client c.
func (d *data) served(c int32) bool {
	for k := range d.kinds {
		if d.may(c, int32(k)) {
			return true
		}
	}
	return false
}
