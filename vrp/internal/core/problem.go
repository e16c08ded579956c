package core

import "slices"

// Never lies after every instant of a problem, also after a way and work have been added to one. No instant,
// way or length of work is beyond Horizon.
const (
	Never   = 1 << 29
	Horizon = 1 << 28
)

// MaxBreaks is how many breaks a shift can have.
const MaxBreaks = 8

// Window is a stretch of time, both ends included.
type Window struct{ From, To int32 }

// Break is a rest that begins within one of Windows, rising and apart.
type Break struct {
	Windows []Window
	Length  int32
	Paid    bool
	Most    []int64 // aboard during it, by dimension; nil is no bound
}

// Shift is what one route may be.
type Shift struct {
	From, To   int32
	Start, End int32 // places
	Breaks     []Break
	Metric     int32 // into Problem.Metrics
	Class      int32 // into Problem.Service
	MaxNodes   int32 // 0 is no bound, Closed is none
	Capacity   []int64
	Activation int64
	Rates      Rates
	MaxTravel  int64 // seconds of the ways; 0 is no bound
	MaxMetres  int64
	Stock      []int64 // aboard at the start, by item; of what stays 0 or 1
	Site       int32   // that it begins at
	// Begun says that the route goes on from where something was done: its ways cost although it has no stop. Lead is how
	// much more than at the start was aboard before; nil is nothing.
	Begun bool
	Lead  []int64
}

// Closed is MaxNodes of a shift that may have no more stops.
const Closed = -1

// Metric is how one kind of engineer travels. All are n by n for n places, from row to column; the names with T are
// transposed.
type Metric struct {
	Seconds, SecondsT []int32
	Cost              []int64
	Weight, PerMetre  int64 // what a second and a metre cost where Cost is nil
	Base              int32 // of the metrics, the first with the same seconds and metres, which are kept once; itself where there is none
	// Way tells one way and its cost where there are no matrices, because the problem is only searched in parts. Priced says
	// that the cost counts instead of Weight.
	Way    func(from, to int32) (seconds int32, cost int64)
	Priced bool
	Metres []int32 // row by row, where a shift has a bound of them or a metre has its price; nil is 0
	Wide   *Wide   // the seconds, faster than by Way; may be nil
	// Slices say how fast the ways are when; nil is always as in Seconds. With them Weight is what a second on the way costs also
	// where there is a Cost, which comes on top.
	Slices *Slices
}

// Wide is a matrix over more places than a problem uses: of each of its own, Index is the row and the column.
type Wide struct {
	Seconds []int32
	Metres  []int32 // where a metre has its price
	Side    int
	Index   []int // -1 for a place without ways
}

// Problem is a compiled problem. A node is one stop, a task one or two of them: a job or both ends of a shipment.
type Problem struct {
	Places  int
	Metrics []Metric
	Shifts  []Shift

	// By node.
	Place   []int32
	Task    []int32
	Windows [][]Window
	Service [][]int32 // by class
	Setup   [][]int32 // by class, seconds more unless the stop before is at the same place; nil is none
	// Floating says by node what is done anywhere between two other stops and needs no way; nil is nothing. The place of such a
	// node is one without ways, its setup is part of its service.
	Floating []bool
	Site     []int32 // numbers from 1, 0 is none; nil is none at all
	Due      []*Due  // nil is none at all

	// By task.
	First, Second []int32 // nodes; Second is -1 for a job
	Priority      []int64
	Drop          []int64   // what it costs not to serve it, in mode Money
	Able          [][]int32 // shifts that may do it, rising
	AbleBits      []uint64  // the same, Words a task
	Words         int

	// Loads: Dims numbers a node. Takes is aboard from the start to the node, Brings from the node to the end, Amount
	// from the first node to the second of its task.
	Dims                  int
	Takes, Brings, Amount []int64

	// Items are what has to be along for some work: Uses says by node what it takes of which, nil where nothing is
	// needed. Each shift has a Stock, and Counters have more; their nodes have Task -1.
	Items    int
	Uses     [][]Use
	Counters []Counter

	// Alt is another node for a job in one shift, AltShift, where it costs AltSaves less: the start that was promised.
	// All by task; nil is none, as is -1 in Alt.
	Alt, AltShift []int32
	AltSaves      []int64

	// Assign is a cost for each task in each shift, by task; nil is none.
	Assign []int64

	Share *Share // nil is none
	Visit int64  // what it costs to come to a site from elsewhere

	// Levels says that what is not served weighs before all cost: priority, then number.
	Levels bool

	timed    bool   // costs depend on when things happen
	scratch  *route // for one insertion at a time: a problem serves one search at a time
	gaps     *[4]amid
	kept     []int32 // see leaveBy
	even     *Slices // always the same speed
	states   int     // break states a stop has, at least 2
	fetching *fetching
	plain    bool // one window a job and a break, no setup, at most one break: the short test does
}

// Nodes is how many stops there are.
func (p *Problem) Nodes() int { return len(p.Place) }

// Tasks is how many jobs and shipments there are.
func (p *Problem) Tasks() int { return len(p.First) }

// Seal finds out which tests the problem needs, and who is able to do what: of those that the caller left in Able, those who
// could do the task alone, or would have to come to it, or go from it, over other places. It has to be called once, or Frame.
func (p *Problem) Seal() { p.SealUntil(nil) }

// SealUntil is Seal, but when the time is over it stops: the problem is of no use then.
func (p *Problem) SealUntil(clock *Clock) {
	p.tests()
	p.AbleBits = make([]uint64, p.Words*p.Tasks())
	empty := make([]*route, len(p.Shifts))
	for i := range empty {
		empty[i] = newRoute(p, int32(i))
	}
	regions := make([][]int32, len(p.Metrics))
	for i := range regions {
		if base := int(p.Metrics[i].Base); base < i {
			regions[i] = regions[base]
			continue
		}
		regions[i] = p.regions(&p.Metrics[i], clock)
	}
	for t := range p.Tasks() {
		if clock.Over(50 * len(p.Able[t])) {
			return
		}
		alone := p.Able[t][:0:0]
		for _, s := range p.Able[t] {
			if p.Shifts[s].MaxNodes == Closed {
				continue
			}
			if in := p.bestIn(empty[s], int32(t), maxCost, nil); in.route >= 0 || p.roundabout(&p.Shifts[s], regions[p.Shifts[s].Metric], int32(t)) {
				alone = append(alone, s)
				p.AbleBits[t*p.Words+int(s>>6)] |= 1 << (s & 63)
			}
		}
		p.Able[t] = alone
	}
}

// Frame readies a problem that is only searched in parts: it needs no matrices, only ways.
func (p *Problem) Frame() { p.FrameUntil(nil) }

// FrameUntil is Frame, but when the time is over it stops: the problem is of no use then.
func (p *Problem) FrameUntil(clock *Clock) {
	p.tests()
	p.AbleBits = make([]uint64, p.Words*p.Tasks())
	for t, able := range p.Able {
		if clock.Over(len(able)) {
			return
		}
		for _, s := range able {
			p.AbleBits[t*p.Words+int(s>>6)] |= 1 << (s & 63)
		}
	}
}

func (p *Problem) tests() {
	if !slices.Contains(p.Floating, true) {
		p.Floating = nil
	}
	p.states, p.plain, p.gaps = 2, p.Setup == nil && p.Floating == nil, &[4]amid{}
	for i := range p.Shifts {
		breaks := p.Shifts[i].Breaks
		p.states = max(p.states, len(breaks)+1)
		for _, b := range breaks {
			p.plain = p.plain && len(b.Windows) == 1
		}
	}
	p.plain = p.plain && p.states == 2
	p.even = NewSlices([]int32{0}, []int64{perSecond})
	for _, w := range p.Windows {
		p.plain = p.plain && len(w) == 1
	}
	p.timed, p.scratch = p.isTimed(), &route{}
	p.sealTrips()
	p.Words = (len(p.Shifts) + 63) / 64
}

func (p *Problem) able(t, shift int32) bool {
	return p.AbleBits[int(t)*p.Words+int(shift>>6)]>>(shift&63)&1 != 0
}

// work is how long the stop at node takes on a shift of the class when the stop before is at place from.
func (p *Problem) work(class, node, from int32) int32 {
	length := p.Service[class][node]
	if p.Setup != nil && p.Place[node] != from {
		length += p.Setup[class][node]
	}
	return length
}

// next is the earliest instant within windows that is not before t, Never when there is none.
func next(windows []Window, t int32) int32 {
	for _, w := range windows {
		if t <= w.To {
			return max(t, w.From)
		}
	}
	return Never
}

// last is the latest instant within windows that is not after t, -Never when there is none.
func last(windows []Window, t int32) int32 {
	for i := len(windows) - 1; i >= 0; i-- {
		if w := windows[i]; t >= w.From {
			return min(t, w.To)
		}
	}
	return -Never
}
