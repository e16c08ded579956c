package vrp

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// Ask is a question about one job, which need not be in the problem.
type Ask struct {
	Job Job
	// Windows are answered each on its own, in place of the job's. None are the job's own, or any time.
	Windows []Window
	// Ways tells the ways from and to the job's place where that is beyond the places of the problem; it is asked about those
	// and about places that were put on the board the same way. Equal numbers are equal places.
	Ways WaysOf
	// Second is whose needs, pins and exclusions count for the second of a crew of two; nil is the job for both.
	Second *Job
	// May says who may take part, by index, beside what the job says; nil is everybody.
	May func(engineer int, second bool) bool
	// Quiet leaves the reasons out: see [Board.Refusals].
	Quiet bool
	// Together says whether two engineers, by index, may be a crew; nil lets any two.
	Together func(first, second int) bool
}

// Offer answers a question for one window.
type Offer struct {
	Window Window
	OK     bool
	At     Stop  // who would come when, the first of a crew
	Second *Stop // the second of a crew
	Cost   int64 // what it adds to the plan's cost, fairness, shares of outlets and what is saved by serving it apart
	// Reasons tell, where nobody can, which rules are in the way, the nearest miss first, each for how many engineers.
	Reasons []Reason

	gaps  [2]gap
	lanes [2]*lane
}

// gap is where on a lane something fits, and within which instants it can begin there.
type gap struct {
	anchor   int // it goes behind this one
	floaters int // how many are over before it
	from, to int64
	added    way
	there    int64 // seconds of the ways to it and from it
	back     int64
	low      int64 // where the time of day counts: the least seconds on the way with it
	later    bool  // whether nothing that is planned can begin earlier with it
}

// desk is the room in which a question is worked on.
type desk struct {
	b       *Board
	ask     *Ask
	job     *Job
	fits    [2][]uint64 // lanes by role
	windows []Window
	service []int64 // of the job by engineer,
	setup   []int64 // and for who is not there already
	from    int64   // bounds of sequences
	until   int64
	stuck   bool // what has to come first is not planned
	gaps    []gap
	live    []live
	scratch lane
	laden   frame // of a lane with what the job takes and brings
	entries [2][]entry
	trial   trial
	spare   lane
	alike   lane
	seen    *lane // whose gaps these are
	most    int64 // seconds of work that it has room for
	cut     bool  // whether there is no way to it
	known   bool  // whether the room has been worked out,
	asked   bool  // and the gaps with rests and loads
	bare    []gap
	rested  []gap
	loaded  []gap
	best    []Offer
	extra   WaysOf
}

// live is a window in which work that adds no more than a bound is of interest.
type live struct {
	Window
	bound int64
}

// entry is one half of what a crew could do.
type entry struct {
	l         *lane
	g         gap
	cost      int64
	preferred bool
}

// Offers answers for each window who can come at the least cost, and where that is the same, at the earliest; or why nobody
// can. Work for which nobody may come at all is refused with the same words for each window. A question that a problem
// would refuse is an error.
func (b *Board) Offers(ask Ask) ([]Offer, error) {
	if err := b.meets(&ask); err != nil {
		return nil, err
	}
	d := b.open(&ask)
	defer b.close(d)
	d.best = make([]Offer, len(d.windows))
	for i, w := range d.windows {
		d.best[i].Window = w
	}
	switch {
	case d.stuck:
	case d.job.Crew > 1:
		for role := range 2 {
			d.each(role, func(l *lane) { d.half(l, role) })
		}
		for i := range d.best {
			d.pair(i)
		}
	default:
		d.each(0, d.single)
	}
	if !ask.Quiet {
		d.explain()
	}
	out := d.best
	d.best = nil
	return out, nil
}

// open readies a desk.
func (b *Board) open(ask *Ask) *desk {
	d := b.scratch.Get().(*desk)
	d.b, d.ask, d.job = b, ask, &ask.Job
	d.windows = append(d.windows[:0], ask.Windows...)
	if len(d.windows) == 0 {
		d.windows = append(d.windows, ask.Job.Windows...)
	}
	if len(d.windows) == 0 {
		d.windows = append(d.windows, Window{-MaxTime, MaxTime})
	}
	d.service, d.setup = grown(d.service, len(b.p.Engineers)), grown(d.setup, len(b.p.Engineers))
	for e := range d.service {
		d.service[e], d.setup[e] = serviceFor(d.job, &b.p.Engineers[e]), setupFor(d.job, &b.p.Engineers[e])
	}
	d.live = d.live[:0]
	for _, w := range d.windows {
		d.live = append(d.live, live{w, never})
	}
	d.from, d.until, d.stuck = -never, never, false
	if list := b.tied[d.job.ID]; len(list) > 0 {
		d.from, d.until = b.ties(d.job.ID)
		d.stuck = slices.ContainsFunc(list, func(q Sequence) bool { return q.Then == d.job.ID && len(b.on[q.First]) == 0 })
	}
	d.extra = nil
	if d.job.Place >= b.p.Places {
		if d.extra = b.places[d.job.Place].ways; d.extra == nil {
			d.extra = ask.Ways
		}
	}
	d.permit(0, d.job)
	if d.job.Crew > 1 {
		if ask.Second != nil {
			d.permit(1, ask.Second)
		} else {
			d.fits[1] = append(d.fits[1][:0], d.fits[0]...)
		}
	}
	return d
}

func (b *Board) close(d *desk) {
	d.b, d.ask, d.job, d.extra, d.best, d.seen = nil, nil, nil, nil, nil, nil
	for role := range d.entries {
		clear(d.entries[role])
		d.entries[role] = d.entries[role][:0]
	}
	b.scratch.Put(d)
}

// permit notes on which lanes somebody may do the job and knows how to.
func (d *desk) permit(role int, j *Job) {
	b := d.b
	words := (len(b.lanes) + 63) / 64
	set := grown(d.fits[role], words)
	for i := range set {
		set[i] = math.MaxUint64
	}
	if n := len(b.lanes) % 64; n > 0 {
		set[words-1] = 1<<n - 1
	}
	meet := func(with []uint64) {
		for i := range set {
			if with == nil {
				set[i] = 0
			} else {
				set[i] &= with[i]
			}
		}
	}
	for _, n := range j.Needs {
		level := max(n.Level, 1)
		switch levels := b.skills[n.Skill]; {
		case level <= len(levels):
			meet(levels[level-1])
		case level > maxLevels && len(levels) > 0:
			for e := range b.p.Engineers {
				if b.levels[e][n.Skill] < level {
					d.only(set, e, false)
				}
			}
		default:
			meet(nil)
		}
		if n.Certificate {
			meet(b.papers[n.Skill])
		}
	}
	if j.Pinned != "" {
		if e, ok := b.people[j.Pinned]; ok {
			d.only(set, e, true)
		} else {
			meet(nil)
		}
	}
	for _, id := range j.Excluded {
		if e, ok := b.people[id]; ok {
			d.only(set, e, false)
		}
	}
	if d.ask.May != nil {
		for e := range b.p.Engineers {
			if !d.ask.May(e, role == 1) {
				d.only(set, e, false)
			}
		}
	}
	d.fits[role] = set
}

// only keeps or leaves out the lanes of an engineer.
func (d *desk) only(set []uint64, e int, keep bool) {
	from, to := d.b.first[e], d.b.first[e]+len(d.b.p.Engineers[e].Shifts)
	for i := range set {
		mask := uint64(0)
		for n := max(from, i*64); n < min(to, i*64+64); n++ {
			mask |= 1 << (n % 64)
		}
		if keep {
			set[i] &= mask
		} else {
			set[i] &^= mask
		}
	}
}

// able tells whether whoever drives a lane may take a role.
func (d *desk) able(l *lane, role int) bool { return d.fits[role][l.number/64]&(1<<(l.number%64)) != 0 }

// each goes over the lanes on which somebody may take a role.
func (d *desk) each(role int, do func(l *lane)) {
	for i, word := range d.fits[role] {
		for ; word != 0; word &= word - 1 {
			if l := d.b.lanes[i*64+bits.TrailingZeros64(word)]; l.clash == "" && (l.s.MaxJobs == 0 || l.jobs < l.s.MaxJobs) && d.reached(l) {
				do(l)
			}
		}
	}
}

// reached tells whether any of the windows lies in a lane's hours.
func (d *desk) reached(l *lane) bool {
	end := l.s.Window.To + l.s.Overtime
	for i := range d.windows {
		if d.windows[i].From <= end && d.windows[i].To >= l.begin {
			return true
		}
	}
	return false
}

// both are the ways from a place to the job's, and back.
func (d *desk) both(l *lane, place int) (there, back way) {
	p := d.job.Place
	switch {
	case place == NoPlace || p == NoPlace || place == p && p >= d.b.p.Places:
		return way{}, way{}
	case p < d.b.p.Places:
		return d.b.way(l, place, p), d.b.way(l, p, place)
	}
	to, from := d.extra(l.e.Profile, place)
	return to.known(), from.known()
}

// known is a way that somebody told.
func (w Way) known() way {
	if w.Seconds >= Unreachable {
		return way{seconds: never}
	}
	return way{int64(w.Seconds), int64(w.Metres), int64(w.Cost)}
}

// collect finds the gaps of a lane into which the job fits at some time, within a frame of it. With all, the loads are not asked.
func (d *desk) collect(l *lane, f *frame, all bool) []gap {
	d.gaps = d.gaps[:0]
	n := len(l.seats)
	if len(f.shut) > 0 && !all && len(d.job.Takes)+len(d.job.Brings) > 0 { // rests with the job aboard
		d.laden.f = append(d.laden.f[:0], f.f...)
		d.laden.fill(l, d.job.Takes, d.job.Brings, true)
		f = &d.laden
	}
	if d.job.Place == NoPlace {
		length := d.service[l.at.Engineer] + d.setup[l.at.Engineer]
		for a := l.first; a <= n && l.ranges(way{}); a++ {
			if all || l.carries(d.job, a) {
				if l.z != nil {
					d.withinAt(l, f, a, length)
				} else {
					d.within(l, f, a, length)
				}
			}
		}
		return d.gaps
	}
	var there, back, ahead way // ahead is from where the next way begins
	for a, known := l.first, false; a <= n; a++ {
		here := known
		known = false
		took := d.takes(l, a)
		if f.opens[a]+took > f.closes[a+1] || !all && (!d.wants(f.opens[a], f.closes[a+1]-took, -never) || !l.carries(d.job, a)) {
			continue
		}
		if there = ahead; !here {
			there, _ = d.both(l, l.places[a])
		}
		if there.seconds >= never {
			continue
		}
		from, to := f.opens[a]+l.least(there.seconds), f.closes[a+1]-took
		if from > to { // later gaps need not be: the way to them may be short
			continue
		}
		ahead, back = d.both(l, l.places[a+1])
		if known = true; back.seconds >= never {
			continue
		}
		if to -= l.least(back.seconds); from > to {
			continue
		}
		spared := l.places[a+1] == d.job.Place
		g := gap{anchor: a, there: there.seconds, back: back.seconds}
		g.added = way{there.seconds + back.seconds - l.ways[a].seconds, there.metres + back.metres - l.ways[a].metres, there.weight + back.weight - l.ways[a].weight}
		g.later = g.added.seconds >= 0 && (!spared || a == n || l.seats[a].setup == 0 || l.places[a] == d.job.Place)
		g.low = l.lowest(&g, l.fastest, l.fastest)
		if !all && !d.wants(from, to, d.base(l, &g)+d.floor(l, &g)) {
			continue
		}
		if !l.ranges(g.added) {
			continue
		}
		for k := range f.n {
			arrive, _ := f.arrives(a, k, there.seconds)
			if arrive >= never {
				continue
			}
			g.floaters, g.from = k, max(arrive, d.from)
			g.to = min(f.leaves(a+1, k, back.seconds, spared), d.until) - took
			if g.from <= g.to {
				d.gaps = append(d.gaps, g)
			}
		}
	}
	return d.gaps
}

// wants tells whether work that begins between two instants and adds at least so much is of interest in any window.
func (d *desk) wants(from, to, cost int64) bool {
	for i := range d.live {
		if w := &d.live[i]; from <= w.To && to >= w.From && cost <= w.bound {
			return true
		}
	}
	return false
}

// takes is how long the job takes behind an anchor.
func (d *desk) takes(l *lane, a int) int64 {
	if l.places[a] == d.job.Place && l.places[a] != NoPlace {
		return d.service[l.at.Engineer]
	}
	return d.service[l.at.Engineer] + d.setup[l.at.Engineer]
}

// within finds where work without a place fits on the way behind an anchor.
func (d *desk) within(l *lane, f *frame, a int, length int64) {
	spared := 0
	if l.places[a] == l.places[a+1] && l.places[a] != NoPlace {
		spared = 1
	}
	way := l.ways[a].seconds
	for k1 := range f.n {
		for k0 := 0; k0 <= k1; k0++ {
			from := f.chain[(a*f.n+k0)*f.n+k1]
			if from >= never {
				continue
			}
			for k2 := k1; k2 < f.n; k2++ {
				must := f.must[((a+1)*f.n+k2)*2+spared]
				early := f.early[(a*f.n+k0)*f.n+k1]
				for k := k1; k < k2; k++ {
					early += f.f[k].length
				}
				if must <= -never || early+length+way > must {
					continue
				}
				last := f.last[(((a+1)*2+spared)*f.n+k1)*f.n+k2]
				g := gap{anchor: a, floaters: k1, from: max(from, d.from), to: min(last, d.until) - length, later: true}
				if last > -never && g.from <= g.to {
					d.gaps = append(d.gaps, g)
				}
			}
		}
	}
}

// base is what a gap adds to the cost by the ways and by visits.
func (d *desk) base(l *lane, g *gap) int64 {
	if visit := d.b.p.Objective.Visit; visit > 0 && d.job.Place != NoPlace {
		return d.ways(l, g) + visit*l.more(g.anchor, d.job.Site)
	}
	return d.ways(l, g)
}

// ways is base without visits.
func (d *desk) ways(l *lane, g *gap) int64 {
	c := &l.e.Costs
	if l.z != nil { // at least
		w := way{g.low, l.base.metres + g.added.metres, l.base.weight + g.added.weight}
		if l.z.counts {
			w.weight = w.seconds
		}
		return d.b.routeCost(l, w, true) - d.b.routeCost(l, l.sum, l.jobs > 0)
	}
	if l.jobs == 0 {
		w := g.added
		w.seconds, w.metres, w.weight = w.seconds+l.sum.seconds, w.metres+l.sum.metres, w.weight+l.sum.weight
		return d.b.routeCost(l, w, true)
	}
	cost := d.b.travel * g.added.weight
	if c.PerTravelHour > 0 {
		cost += c.PerTravelHour*(l.sum.seconds+g.added.seconds)/3600 - c.PerTravelHour*l.sum.seconds/3600
	}
	if c.PerKM > 0 {
		cost += c.PerKM*(l.sum.metres+g.added.metres)/1000 - c.PerKM*l.sum.metres/1000
	}
	return cost
}

// people is what it costs that an engineer takes a role: levels too many; and whether the job prefers them.
func (d *desk) people(l *lane) (cost int64, preferred bool) {
	o := &d.b.p.Objective
	if o.Overqualified > 0 {
		levels := d.b.levels[l.at.Engineer]
		for _, n := range d.job.Needs {
			cost += o.Overqualified * int64(max(0, levels[n.Skill]-max(n.Level, 1)))
		}
	}
	return cost, o.Preference > 0 && slices.Contains(d.job.Preferred, l.e.ID)
}

// floor is the least that the times of a lane cost more with the job on it.
func (d *desk) floor(l *lane, g *gap) int64 {
	if !l.timed {
		return 0
	}
	if g.later && !d.b.pays(l) {
		return -l.drop
	}
	least := l.span + l.work + g.added.seconds + d.service[l.at.Engineer]
	if a := g.anchor; a < len(l.seats) && d.job.Place != NoPlace && l.places[a+1] == d.job.Place && l.places[a] != d.job.Place {
		least -= l.seats[a].setup // he is there already
	}
	if l.z != nil {
		least += l.least(l.free+g.added.seconds) - l.free - g.added.seconds
	}
	if l.jobs == 0 {
		return d.b.hours(l, max(0, least), math.MinInt64/4)
	}
	return d.b.hours(l, max(0, least), math.MinInt64/4) - l.cost
}

// least is the least that a lane costs more with the job on it at an instant.
func (d *desk) least(l *lane, g gap, at int64) int64 {
	if l.z != nil && g.later && d.job.Place != NoPlace {
		g.low = l.lowest(&g, l.z.most(l.full.opens[g.anchor], at), l.z.most(at+d.takes(l, g.anchor), l.full.closes[g.anchor+1]))
	}
	return d.base(l, &g) + d.floor(l, &g) + d.own(l, at)
}

// own is what the job's start costs.
func (d *desk) own(l *lane, begin int64) int64 {
	c := starting(&d.b.p.Objective, d.job, begin)
	if w := d.job.Was; w != nil && (w.Engineer != l.at.Engineer || w.Start != begin) {
		c += moved(&d.b.p.Objective, d.job)
	}
	return c
}

// exact is what a lane costs more with the job on it at an instant, and whether it can be.
func (d *desk) exact(l *lane, g *gap, begin int64) (int64, bool) {
	if cost, ok, known := d.try(l, g, begin); known {
		return cost, ok
	}
	return d.laid(l, g, begin)
}

// laid is exact by laying all of the lane out.
func (d *desk) laid(l *lane, g *gap, begin int64) (int64, bool) {
	t := d.b.with(&d.scratch, l, d.job, *g, Window{begin, begin}, d.extra, false)
	return d.b.price(t) - d.b.price(l), t.clash == "" && (t.z == nil || t.inRange())
}

// single weighs a lane for each window.
func (d *desk) single(l *lane) {
	who, preferred := d.people(l)
	if preferred {
		who -= d.b.p.Objective.Preference
	}
	end := l.s.Window.To + l.s.Overtime
	d.live = d.live[:0]
	for i := range d.windows {
		w := live{d.windows[i], never}
		if w.From > end || w.To < l.begin {
			continue
		}
		if d.best[i].OK {
			w.bound = d.best[i].Cost - who
		}
		d.live = append(d.live, w)
	}
	gaps := d.collect(l, &l.full, false)
	for k := range gaps {
		g := &gaps[k]
		base := d.base(l, g) + who
		least := base + d.floor(l, g)
		for i := range d.windows {
			w := &d.windows[i]
			begin, until := max(g.from, w.From), min(g.to, w.To)
			o := &d.best[i]
			if begin > until || o.OK && least > o.Cost {
				continue
			}
			if !l.timed {
				d.take(o, l, g, begin, base+d.own(l, begin))
				continue
			}
			for _, at := range [2]int64{begin, until} {
				if o.OK && d.least(l, *g, at)+who > o.Cost {
					continue
				}
				if cost, ok := d.exact(l, g, at); ok {
					d.take(o, l, g, at, cost+who)
				}
				if begin == until {
					break
				}
			}
		}
	}
}

// take keeps what is cheaper, or earlier at the same cost.
func (d *desk) take(o *Offer, l *lane, g *gap, begin, cost int64) {
	if o.OK && (cost > o.Cost || cost == o.Cost && begin >= o.At.Start) {
		return
	}
	o.OK, o.Cost, o.gaps[0], o.lanes[0] = true, cost, *g, l
	o.At = Stop{Engineer: l.at.Engineer, Shift: l.at.Shift, Start: begin}
}

// half notes what a lane could do of a crew's work.
func (d *desk) half(l *lane, role int) {
	gaps := d.collect(l, &l.full, false)
	if len(gaps) == 0 {
		return
	}
	who, preferred := d.people(l)
	for k := range gaps {
		d.entries[role] = append(d.entries[role], entry{l: l, g: gaps[k], cost: d.base(l, &gaps[k]) + d.floor(l, &gaps[k]) + who, preferred: preferred})
	}
}

// pair finds the two who do a crew's work at the least cost within a window.
func (d *desk) pair(i int) {
	if i == 0 {
		for role := range 2 {
			slices.SortStableFunc(d.entries[role], func(a, b entry) int { return cmp.Compare(a.cost, b.cost) })
		}
	}
	w, o := d.windows[i], &d.best[i]
	bonus := d.b.p.Objective.Preference
	for x := range d.entries[0] {
		a := &d.entries[0][x]
		if len(d.entries[1]) == 0 || o.OK && a.cost+d.entries[1][0].cost-bonus > o.Cost {
			return
		}
		if max(a.g.from, w.From) > min(a.g.to, w.To) {
			continue
		}
		for y := range d.entries[1] {
			c := &d.entries[1][y]
			if o.OK && a.cost+c.cost-bonus > o.Cost {
				break
			}
			begin, until := max(a.g.from, c.g.from, w.From), min(a.g.to, c.g.to, w.To)
			if begin > until || a.l.at.Engineer == c.l.at.Engineer || d.ask.Together != nil && !d.ask.Together(a.l.at.Engineer, c.l.at.Engineer) {
				continue
			}
			cost := a.cost + c.cost + starting(&d.b.p.Objective, d.job, begin)
			if w := d.job.Was; w != nil && (w.Start != begin || w.Engineer != a.l.at.Engineer && w.Engineer != c.l.at.Engineer) {
				cost += moved(&d.b.p.Objective, d.job)
			}
			if a.preferred || c.preferred {
				cost -= bonus
			}
			if a.l.timed || c.l.timed {
				one, ok := d.exact(a.l, &a.g, begin)
				two, ok2 := d.exact(c.l, &c.g, begin)
				if !ok || !ok2 {
					continue
				}
				cost += one + two - d.base(a.l, &a.g) - d.floor(a.l, &a.g) - d.base(c.l, &c.g) - d.floor(c.l, &c.g)
			}
			if o.OK && (cost > o.Cost || cost == o.Cost && begin >= o.At.Start) {
				continue
			}
			o.OK, o.Cost, o.gaps, o.lanes = true, cost, [2]gap{a.g, c.g}, [2]*lane{a.l, c.l}
			o.At = Stop{Engineer: a.l.at.Engineer, Shift: a.l.at.Shift, Start: begin}
			o.Second = &Stop{Engineer: c.l.at.Engineer, Shift: c.l.at.Shift, Start: begin}
		}
	}
}

// gapAt is the cheapest gap of a lane in which the job can begin at an instant.
func (d *desk) gapAt(l *lane, begin int64) (gap, bool) {
	var best gap
	found, least := false, int64(0)
	if l.clash != "" || l.s.MaxJobs > 0 && l.jobs >= l.s.MaxJobs || d.stuck {
		return best, false
	}
	d.live = append(d.live[:0], live{Window{begin, begin}, never})
	for _, g := range d.collect(l, &l.full, false) {
		if begin < g.from || begin > g.to {
			continue
		}
		if cost := d.base(l, &g); !found || cost < least {
			best, found, least = g, true, cost
		}
	}
	return best, found
}
