package vrp

import (
	"cmp"
	"slices"
)

// seat is work at a place on a lane.
type seat struct {
	job     *Job
	kind    Kind
	counter *Counter // of a stop to fetch; the job is none of the problem's then
	index   int      // in the problem; -1 for what was put on the board
	amount  []int64
	windows []Window // of the start, as far as it may move; none is any time
	length  int64    // without setup
	setup   int64
}

// floater is what lies between two places and may interrupt the way: a rest, or work without a place. Those of a lane are
// taken in a fixed order.
type floater struct {
	seat       // of work; job is nil for a rest
	rest   int // of the shift; -1 for work
	length int64
	soft   bool    // may begin at different times
	most   []int64 // what may be aboard during a rest; nil is no bound
}

// lane is a shift with what is on it. Nobody changes it once it is filled.
//
// Its anchors are where the way begins (0), the seats in order (1…n) and where the way ends (n+1). Nothing goes before
// anchor first, behind which all fixed work lies.
type lane struct {
	at      Stop
	number  int // on the board
	e       *Engineer
	s       *Shift
	m       *Matrix
	z       *pace // nil where ways are always as long
	seats   []seat
	past    []Step // up to the end of fixed work
	first   int
	begin   int64 // when he is free at the first anchor
	jobs    int   // of all kinds
	clash   string
	given   []Step  // as a plan has it, where it clashes
	full    frame   // with all floaters
	bare    frame   // without those that may be put off: what is left when rests are not asked for
	soft    bool    // whether the two differ
	places  []int   // by anchor
	ways    []way   // from each anchor to the next, from first on
	sum     way     // of the whole route
	base    way     // the same at speed 1000
	fastest int64   // the highest speed in its hours
	free    int64   // seconds of the ways from the first anchor on, at speed 1000
	drove   []int64 // by anchor, where the time of day counts: seconds on the way behind it
	low     []int64 // the least that they can be, whatever is put elsewhere on the lane without anything beginning earlier,
	lows    int64   // and of the whole route
	drop    int64   // by how much what the times cost can become less when nothing can begin earlier than it can now
	load    []int64
	before  []int64 // the most aboard up to and with each anchor, by dimension
	behind  []int64 // the most aboard from each anchor on
	aboard  []int64 // what is aboard behind each anchor, work without a place apart
	dims    int
	work    int64 // seconds of work and rest from the first anchor on
	timed   bool  // whether times cost anything
	visits  int64 // at sites, those that are past included
	span    int64 // seconds on the way from the first anchor on, and of what is past
	cost    int64 // of the times, as far as they cost anything
	begins  []int64
	leave   int64
	end     int64
	took    []int // floaters taken when each anchor is left
	earlier []int64
	window  []Window // of what is tried
	like    *lane    // that this one is but for work behind an anchor, whose ways and times before that are known
	anchor  int
	extra   int    // a place that is only asked about,
	told    WaysOf // and the ways from and to it
}

// frame holds how early and how late each anchor of a lane can be passed, by the number of floaters that are over. With
// n floaters there are pairs from so many to so many.
type frame struct {
	f     []floater
	n     int     // len(f) + 1
	ready []int64 // by anchor and number: free to go on
	from  []int16 // by anchor and number: how many were over at the anchor before
	must  []int64 // by anchor, number and whether setup is spared: the latest arrival
	// By anchor and pair: ready plus the lengths of the floaters between, and the end of the last of them when each is taken as
	// soon as may be. What follows arrives at the later of the first plus the way, and the second.
	early, chain []int64
	// By anchor, whether setup is spared, and pair: the latest to leave before such a way: the lesser of the first less the way,
	// and the second.
	late, last []int64
	z          *pace    // of the lane; with one, none of these four is filled
	free       bool     // windows may be chosen
	opens      []int64  // by anchor: the earliest to go on from it,
	closes     []int64  // and the latest to arrive at it
	full       []uint64 // the same for how many floaters are over: too much would be aboard then
	shut       []uint64 // by anchor, before and behind a job: rests during which too much would be aboard; nil is none
}

// hisTimes is why a lane clashes whose work cannot be done in its order.
const hisTimes = "its times"

// grown makes a slice of a length, over what there is.
func grown[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// firstIn is the first instant within windows that is not before t, never after all of them.
func firstIn(windows []Window, t int64) int64 {
	if len(windows) == 0 {
		return t
	}
	for i := range windows {
		if t <= windows[i].To {
			return max(t, windows[i].From)
		}
	}
	return never
}

// lastIn is the last instant within windows that is not after t, -never before all of them.
func lastIn(windows []Window, t int64) int64 {
	if len(windows) == 0 {
		return t
	}
	for i := len(windows) - 1; i >= 0; i-- {
		if t >= windows[i].From {
			return min(t, windows[i].To)
		}
	}
	return -never
}

// takes is how long a seat takes whoever comes from a place.
func (s *seat) takes(from int) int64 {
	if from != NoPlace && from == s.job.Place {
		return s.length
	}
	return s.length + s.setup
}

// way is the one between two places; its seconds are never where there is none.
func (b *Board) way(l *lane, from, to int) way {
	if from == NoPlace || to == NoPlace {
		return way{}
	}
	var seconds, metres, cost int32
	if n := b.p.Places; from >= n || to >= n {
		seconds, metres, cost = b.far(l.e.Profile, from, to, l.extra, l.told)
	} else {
		seconds, metres, cost = l.m.At(n, from, to)
	}
	if seconds >= Unreachable {
		return way{seconds: never}
	}
	return way{int64(seconds), int64(metres), int64(cost)}
}

// fill works a lane out whose seats, past and floaters are set.
func (b *Board) fill(l *lane) { b.fillFor(l, true) }

// fillFor leaves out what only questions need where nobody will ask.
func (b *Board) fillFor(l *lane, asked bool) {
	n := len(l.seats)
	l.places = grown(l.places, n+2)
	l.ways = grown(l.ways, n+1)
	l.places[0] = l.s.Start
	for i := range l.seats {
		l.places[i+1] = l.seats[i].job.Place
	}
	l.places[n+1] = l.s.End
	l.z = b.paces[l.e.Profile]
	l.sum = way{}
	known := l.like != nil
	if known { // but for the way there and back
		copy(l.ways, l.like.ways[:l.anchor])
		copy(l.ways[l.anchor+2:], l.like.ways[l.anchor+1:])
	}
	for a := 0; a <= n; a++ {
		if !known || a == l.anchor || a == l.anchor+1 {
			l.ways[a] = b.way(l, l.places[a], l.places[a+1])
		}
		if a < l.first && l.ways[a].seconds >= never { // it happened all the same
			l.ways[a] = way{}
		}
		l.sum.seconds += l.ways[a].seconds
		l.sum.metres += l.ways[a].metres
		l.sum.weight += l.ways[a].weight
	}
	l.span = 0
	if len(l.past) > 0 {
		l.span = l.begin - l.past[0].Arrival
	}
	l.free = 0
	for a := l.first; a <= n; a++ {
		l.free += l.ways[a].seconds
	}
	l.span += l.free
	l.base = l.sum
	if l.timed = l.z != nil || b.times(l); l.z != nil {
		l.fastest = l.z.most(l.begin, l.s.Window.To+l.s.Overtime)
	}
	l.visits = 0
	for i := range l.seats {
		if l.seats[i].job.Site != "" && l.site(i) != l.seats[i].job.Site {
			l.visits++
		}
	}
	b.loads(l)
	l.full.fill(l, nil, nil, asked)
	l.like = nil
	l.soft = slices.ContainsFunc(l.full.f, func(f floater) bool { return f.soft })
	if l.soft && asked {
		l.bare.f = l.bare.f[:0]
		for _, f := range l.full.f {
			if !f.soft {
				l.bare.f = append(l.bare.f, f)
			}
		}
		l.bare.fill(l, nil, nil, true)
	}
	if l.jobs > 0 && !l.possible() {
		if l.clash == "" {
			l.clash = hisTimes
		}
		l.anyhow()
		return
	}
	b.time(l)
	if asked {
		b.bound(l)
	}
}

// site is where the engineer stands behind an anchor, "" at none.
func (l *lane) site(anchor int) string {
	if anchor == 0 || anchor > len(l.seats) {
		return ""
	}
	return l.seats[anchor-1].job.Site
}

// more is how many visits more there are with work at a site behind an anchor.
func (l *lane) more(anchor int, site string) (n int64) {
	comes := func(from, to string) {
		if to != "" && to != from {
			n++
		}
	}
	from, to := l.site(anchor), l.site(anchor+1)
	comes(from, to)
	n = -n
	comes(from, site)
	comes(site, to)
	return n
}

// times tells whether it costs anything when what happens on a lane happens.
func (b *Board) times(l *lane) bool {
	c := &l.e.Costs
	if b.duration > 0 || c.PerHour > 0 || c.PerWorkHour > 0 || c.OvertimePerHour > 0 && l.s.Overtime > 0 {
		return true
	}
	costs := func(j *Job) bool {
		return j != nil && (j.Due != nil || j.Was != nil && b.p.Objective.Stability > 0 || minded(&b.p.Objective, j))
	}
	return slices.ContainsFunc(l.seats[l.first:], func(s seat) bool { return costs(s.job) }) || slices.ContainsFunc(l.full.f, func(f floater) bool { return costs(f.job) })
}

// bared is the frame without the rests that can be put off.
func (l *lane) bared() *frame {
	if l.soft {
		return &l.bare
	}
	return &l.full
}

// possible tells whether the route of a filled lane keeps to the rules of time.
func (l *lane) possible() bool {
	n := len(l.seats)
	if l.z != nil {
		end, _ := l.full.arrives(n, l.full.n-1, l.ways[n].seconds)
		return end <= l.s.Window.To+l.s.Overtime
	}
	for k := range l.full.n {
		if l.full.leaves(n+1, k, l.ways[n].seconds, false) >= l.full.ready[n*l.full.n+k] && l.full.ready[n*l.full.n+k] < never {
			return true
		}
	}
	return false
}

// fill works out both directions: up to a job that takes and brings something, and from behind it on.
func (f *frame) fill(l *lane, takes, brings []int64, asked bool) {
	n := len(l.seats)
	f.n = len(f.f) + 1
	f.z = l.z
	f.choose()
	f.bar(l, takes, brings)
	pairs := f.n * f.n
	f.ready, f.from = grown(f.ready, (n+2)*f.n), grown(f.from, (n+2)*f.n)
	f.must = grown(f.must, (n+2)*f.n*2)
	f.early, f.chain = grown(f.early, (n+1)*pairs), grown(f.chain, (n+1)*pairs)
	f.late, f.last = grown(f.late, (n+2)*pairs*2), grown(f.last, (n+2)*pairs*2)
	for k := range f.n {
		f.ready[l.first*f.n+k] = never
	}
	f.ready[l.first*f.n] = l.begin
	f.chains(l.first)
	for a := f.follow(l) + 1; a <= n; a++ {
		s := &l.seats[a-1]
		length := s.takes(l.places[a-1])
		for k := range f.n {
			f.ready[a*f.n+k] = never
			arrive, from := f.arrives(a-1, k, l.ways[a-1].seconds)
			if arrive >= never {
				continue
			}
			if t := firstIn(s.windows, arrive); t < never && !f.laden(a, k, 0) {
				f.ready[a*f.n+k], f.from[a*f.n+k] = t+length, int16(from)
			}
		}
		f.chains(a)
	}
	for k := range f.n {
		for spared := range 2 {
			f.must[((n+1)*f.n+k)*2+spared] = -never
		}
	}
	end := l.s.Window.To + l.s.Overtime
	f.must[((n+1)*f.n+f.n-1)*2], f.must[((n+1)*f.n+f.n-1)*2+1] = end, end
	f.unchain(n+1, true)
	if !asked {
		return
	}
	for a := n; a > l.first; a-- {
		s := &l.seats[a-1]
		spared := l.places[a] == l.places[a+1] && l.places[a] != NoPlace
		for k := range f.n {
			t := f.leaves(a+1, k, l.ways[a].seconds, spared)
			if f.laden(a, k, 1) {
				t = -never
			}
			f.must[(a*f.n+k)*2] = s.latest(t, s.length+s.setup)
			f.must[(a*f.n+k)*2+1] = s.latest(t, s.length)
		}
		f.unchain(a, s.setup > 0)
	}
	f.opens, f.closes = grown(f.opens, n+2), grown(f.closes, n+2)
	for a := l.first; a <= n+1; a++ {
		f.opens[a], f.closes[a] = never, -never
		for k := range f.n {
			if a <= n {
				f.opens[a] = min(f.opens[a], f.ready[a*f.n+k])
			}
			if a > l.first {
				f.closes[a] = max(f.closes[a], f.must[(a*f.n+k)*2], f.must[(a*f.n+k)*2+1])
			}
		}
	}
}

// follow takes over what is the same up to an anchor, and tells up to which.
func (f *frame) follow(l *lane) int {
	o := l.like
	if o == nil || o.full.n != f.n || len(f.shut)+len(o.full.shut) > 0 {
		return l.first
	}
	from, to := l.first*f.n, (l.anchor+1)*f.n
	copy(f.ready[from:to], o.full.ready[from:to])
	copy(f.from[from:to], o.full.from[from:to])
	if f.z == nil {
		from, to = from*f.n, to*f.n
		copy(f.early[from:to], o.full.early[from:to])
		copy(f.chain[from:to], o.full.chain[from:to])
	}
	return l.anchor
}

// latest is the latest arrival at work that is over by t.
func (s *seat) latest(t, length int64) int64 {
	if t <= -never {
		return -never
	}
	return lastIn(s.windows, t-length)
}

// chains fills early and chain behind an anchor.
func (f *frame) chains(a int) {
	if f.z != nil {
		return
	}
	shut := f.barred(a, false)
	for k := range f.n {
		ready := f.ready[a*f.n+k]
		early, chain := ready, ready
		for to := k; to < f.n; to++ {
			at := (a*f.n+k)*f.n + to
			if to > k && shut>>(to-1)&1 == 1 {
				chain = never
			}
			if to > k && chain < never {
				length := f.f[to-1].length
				if chain = firstIn(f.f[to-1].windows, chain); chain < never {
					chain += length
				}
				early += length
			}
			f.chain[at] = chain
			if f.early[at] = early; chain >= never {
				f.early[at] = never
			}
		}
	}
}

// arrives is the earliest arrival with k floaters over, after a way from an anchor, and how many were over there.
func (f *frame) arrives(a, k int, way int64) (arrive int64, from int) {
	arrive = never
	if f.z != nil {
		return f.arrivesAt(a, k, way)
	}
	for k0 := 0; k0 <= k; k0++ {
		at := (a*f.n+k0)*f.n + k
		if t := max(f.early[at]+way, f.chain[at]); t < arrive {
			arrive, from = t, k0
		}
	}
	return arrive, from
}

// unchain fills late and last before an anchor; where setup makes no difference both are the same.
func (f *frame) unchain(a int, differ bool) {
	if f.z != nil {
		return
	}
	shut := f.barred(a-1, true)
	for spared := range 2 {
		base := (a*2 + spared) * f.n * f.n
		if spared == 1 && !differ {
			copy(f.late[base:base+f.n*f.n], f.late[base-f.n*f.n:base])
			copy(f.last[base:base+f.n*f.n], f.last[base-f.n*f.n:base])
			continue
		}
		for k := range f.n {
			must := f.must[(a*f.n+k)*2+spared]
			late, last := must, must
			for from := k; from >= 0; from-- {
				if from < k && shut>>from&1 == 1 {
					last = -never
				}
				if from < k && last > -never {
					length := f.f[from].length
					last = lastIn(f.f[from].windows, last-length)
					late -= length
				}
				at := base + from*f.n + k
				f.last[at] = last
				if f.late[at] = late; last <= -never {
					f.late[at] = -never
				}
			}
		}
	}
}

// leaves is the latest to leave for an anchor, with k floaters over, so that what follows can hold.
func (f *frame) leaves(a, k int, way int64, spared bool) int64 {
	base := a * 2
	if spared {
		base++
	}
	if f.z != nil {
		return f.leavesAt(a, k, way, base-a*2)
	}
	best := int64(-never)
	for to := k; to < f.n; to++ {
		at := base*f.n*f.n + k*f.n + to
		if f.last[at] <= -never {
			continue
		}
		best = max(best, min(f.late[at]-way, f.last[at]))
	}
	return best
}

// loads fills what is aboard at most before and behind each anchor. Loads of work without a place count all the way.
func (b *Board) loads(l *lane) {
	l.dims = b.dims
	if l.dims == 0 {
		return
	}
	n := len(l.seats)
	l.load, l.before, l.behind = grown(l.load, l.dims), grown(l.before, (n+1)*l.dims), grown(l.behind, (n+1)*l.dims)
	l.aboard = grown(l.aboard, (n+1)*l.dims)
	clear(l.load)
	clear(l.aboard)
	for i := range l.seats {
		addTo(l.load, l.seats[i].job.Takes, 1)
	}
	for i := range l.full.f {
		if j := l.full.f[i].job; j != nil {
			addTo(l.load, j.Takes, 1)
			addTo(l.load, j.Brings, 1)
		}
	}
	for _, st := range l.past {
		if t := b.taskOf(st); t != nil && t.Place == NoPlace {
			addTo(l.load, t.Takes, 1)
			addTo(l.load, t.Brings, 1)
			addTo(l.aboard, t.Takes, -1) // all that is still aboard of it is what it brought
		}
	}
	for i := range l.full.f {
		if j := l.full.f[i].job; j != nil {
			addTo(l.aboard, j.Takes, -1)
			addTo(l.aboard, j.Brings, -1)
		}
	}
	for a := 0; a <= n; a++ {
		if a > 0 {
			s := &l.seats[a-1]
			addTo(l.load, s.job.Takes, -1)
			addTo(l.load, s.job.Brings, 1)
			switch s.kind {
			case Pickup:
				addTo(l.load, s.amount, 1)
			case Delivery:
				addTo(l.load, s.amount, -1)
			}
		}
		for d, v := range l.load {
			l.behind[a*l.dims+d], l.before[a*l.dims+d] = v, v
			if a > 0 { // the first holds what is no longer, or not yet, aboard
				l.aboard[a*l.dims+d] = v + l.aboard[d]
			}
			if a > 0 {
				l.before[a*l.dims+d] = max(v, l.before[(a-1)*l.dims+d])
			}
		}
	}
	for d := range l.dims {
		l.aboard[d] += l.before[d]
	}
	for a := n - 1; a >= 0; a-- {
		for d := range l.dims {
			l.behind[a*l.dims+d] = max(l.behind[a*l.dims+d], l.behind[(a+1)*l.dims+d])
		}
	}
}

// carries tells whether a job's loads fit behind an anchor, and whether its tools and parts are along.
func (l *lane) carries(j *Job, a int) bool {
	for d := range j.Takes {
		if j.Takes[d] > 0 && (d >= l.dims || l.before[a*l.dims+d]+j.Takes[d] > at(l.e.Capacity, d)) {
			return false // what no other job and no van has, nobody carries
		}
	}
	for d := range j.Brings {
		if j.Brings[d] > 0 && (d >= l.dims || l.behind[a*l.dims+d]+j.Brings[d] > at(l.e.Capacity, d)) {
			return false
		}
	}
	if j.Place == NoPlace {
		a = 0
	}
	return len(j.Tools)+len(j.Parts) == 0 || l.provides(j, a)
}

// floaters are the rests of a shift that are not over, in the order in which the search takes them.
func restsOf(s *Shift, over []int) []floater {
	var out []floater
	for _, i := range breakOrder(s) {
		if slices.Contains(over, i) {
			continue
		}
		r := &s.Breaks[i]
		f := floater{rest: i, length: r.Length}
		f.windows, f.most = r.Windows, r.MaxLoad
		f.soft = len(r.Windows) > 1 || r.Windows[0].From < r.Windows[0].To
		out = append(out, f)
	}
	return out
}

// floats is work without a place as a floater.
func floats(s seat) floater {
	f := floater{seat: s, rest: -1, length: s.length + s.setup}
	return f
}

// narrow cuts windows to what lies between two instants; nothing left is a window that nobody reaches.
func narrow(windows []Window, from, to int64) []Window {
	if from <= -never && to >= never {
		return windows
	}
	if len(windows) == 0 {
		windows = []Window{{-never, never}}
	}
	var out []Window
	for _, w := range windows {
		if n := (Window{max(w.From, from), min(w.To, to)}); n.From <= n.To {
			out = append(out, n)
		}
	}
	if len(out) == 0 {
		return []Window{{-never, -never}}
	}
	return out
}

// byBegin sorts what a plan has between two places as it was done.
func byBegin(a, b timedFloater) int { return cmp.Compare(a.begin, b.begin) }

type timedFloater struct {
	floater
	begin int64
}
