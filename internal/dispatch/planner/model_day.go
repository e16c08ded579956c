package planner

import (
	"cmp"
	"fmt"
	"slices"

	"anxin/vrp"
)

// block is a stretch of a day that is taken: by a visit, or by several that nothing fits between, because they overlap or
// the way from one to the next is too long for the time there is. Who made them so is not the planner's matter; the rest of
// the day is.
type block struct {
	from, to int64
	in, out  int   // where it begins and ends; NoPlace is wherever he is
	lead     int64 // seconds of the way to it, in its usual time, that lie within it
	visits   int
	pause    bool   // between two shifts
	one      *Visit // the only one in it
}

// placed tells whether he has to go there.
func (b *block) placed() bool { return b.in != NoPlace }

// dayMaker lays out one day.
type dayMaker struct {
	m       *model
	e       *Engineer
	d       *Day
	shifts  []window
	begin   int64 // when he is free
	end     int64 // of the last shift
	place   int
	over    int // visits before that
	list    []block
	rest    window // of the break
	need    int64  // its seconds; 0 when there is none, or it is taken care of
	p       pace
	excused bool // what is committed leaves no room for it
}

// day makes an engineer of a day, and jobs of what he has.
func (m *model) day(e *Engineer, d *Day, profile int, visits []*Visit, held []vrp.Job) []vrp.Job {
	n := len(m.days)
	number := 0
	for _, v := range visits {
		if len(v.For) == 0 {
			number++
		}
	}
	day := modelDay{e: e, d: d, visits: number, stretch: windows(d.Shifts), date: map[string]any{"date": d.Date.String()}}
	who := vrp.Engineer{ID: dayID(n), Outlet: string(e.Group), Skills: m.skills(e, d), Profile: profile}
	x := &dayMaker{m: m, e: e, d: d, shifts: day.stretch, place: e.Home, p: m.paces[profile]}
	m.days = append(m.days, day)
	day.full = e.MaxVisits > 0 && number >= e.MaxVisits
	if len(d.Shifts) > 0 && !day.full && x.layOut(visits) {
		shift := vrp.Shift{Window: vrp.Window{From: x.begin, To: x.end}, Start: x.place, End: vrp.NoPlace}
		for _, c := range d.Certificates {
			shift.Certificates = append(shift.Certificates, asSkill+string(c))
		}
		route := vrp.Route{Engineer: n}
		for i := range x.list {
			b := &x.list[i]
			at := []vrp.Window{{From: b.from, To: b.from}}
			if !b.placed() {
				shift.Breaks = append(shift.Breaks, vrp.Break{ID: fmt.Sprint("taken ", i), Windows: at, Length: b.to - b.from})
				continue
			}
			place := b.in
			if b.in != b.out || b.lead > 0 {
				place = m.s.Places + len(m.blocks)
				m.blocks = append(m.blocks, *b)
			}
			route.Steps = append(route.Steps, vrp.Step{Kind: vrp.Work, Index: len(held), Place: place, Arrival: b.from, Length: b.to - b.from})
			if b.one != nil && place == b.in && !x.excused && m.yields(n, b) {
				held, m.visits = append(held, m.moving(b.one)), append(m.visits, b.one)
				continue
			}
			m.visits = append(m.visits, nil)
			job := vrp.Job{ID: fmt.Sprint("held:", len(held)), Place: place, Service: b.to - b.from, Windows: at, Priority: vrp.MaxPriority, Pinned: who.ID}
			if b.one != nil {
				job.Site = b.one.Job.Site
			}
			held = append(held, job)
		}
		if x.need > 0 {
			shift.Breaks = append(shift.Breaks, vrp.Break{ID: "rest", Windows: []vrp.Window{{From: x.rest.from, To: x.rest.to - x.need}}, Length: x.need})
		}
		day.held = len(route.Steps)
		if e.MaxVisits > 0 {
			shift.MaxJobs = day.held + e.MaxVisits - number
		}
		who.Shifts = []vrp.Shift{shift}
		if day.held > 0 {
			m.held = append(m.held, route)
		}
	}
	m.days[n] = day
	m.problem.Engineers = append(m.problem.Engineers, who)
	return held
}

// yields tells whether what is in a block may be moved after an event: who has it may have it, when it is promised, and for as
// long as it takes.
func (m *model) yields(day int, b *block) bool {
	v := b.one
	if m.moves == nil || !m.moves(v) || v.Job.crew() > 1 || int64(v.Job.Minutes)*60 != b.to-b.from || b.from < m.now ||
		!slices.ContainsFunc(m.days[day].stretch, func(sh window) bool { return b.from >= sh.from && b.to <= sh.to }) {
		return false
	}
	if _, ok := judge(m.days[day].e, m.days[day].d, &v.Job, leader); !ok {
		return false
	}
	list := m.windows(&v.Job)
	return len(list) == 0 || slices.ContainsFunc(list, func(w vrp.Window) bool { return w.From <= b.from && b.from <= w.To })
}

// moving is a committed visit as a job that may be moved, but not given up.
func (m *model) moving(v *Visit) vrp.Job {
	x := m.job(&v.Job)
	x.ID, x.Promised, x.Due = "visit:"+string(v.ID), v.Job.Promised, nil
	x.Priority, x.DropCost = vrp.MaxPriority, 1<<30
	return x
}

// layOut is false when nothing of the day is left.
func (x *dayMaker) layOut(visits []*Visit) bool {
	x.begin, x.end = max(x.shifts[0].from, x.m.now), x.shifts[len(x.shifts)-1].to
	if x.d.Break.Minutes > 0 {
		x.rest, x.need = window{ceil(x.d.Break.From), x.d.Break.To.Unix()}, int64(x.d.Break.Minutes)*60
	}
	slices.SortStableFunc(visits, func(a, b *Visit) int { return cmp.Or(a.Start.Compare(b.Start), a.End.Compare(b.End)) })
	firm := 0
	for i, v := range visits {
		if v.Frozen {
			firm = i + 1
		}
	}
	visits = x.past(visits, firm)
	if x.begin >= x.end {
		return false
	}
	x.lay(x.taken(visits), visits)
	if n := len(x.list); n > 0 {
		x.end = max(x.end, x.list[n-1].to)
	}
	return x.begin < x.end
}

// taken is what the pauses between shifts and the visits take, in order.
func (x *dayMaker) taken(visits []*Visit) []block {
	var out []block
	for i := 1; i < len(x.shifts); i++ {
		from := max(x.shifts[i-1].to, x.begin)
		pause := func(to int64) {
			if from < to {
				out = append(out, block{from: from, to: to, in: NoPlace, out: NoPlace, pause: true})
			}
		}
		for _, v := range visits { // by start
			if begin, end := v.Start.Unix(), ceil(v.End); begin < x.shifts[i].from && end > from {
				pause(begin)
				from = max(from, end)
			}
		}
		pause(x.shifts[i].from)
	}
	for _, v := range visits {
		b := block{from: v.Start.Unix(), to: ceil(v.End), in: v.Job.Place, out: v.Job.Place, visits: 1, one: v}
		if b.from >= x.end { // after work: only the way to it matters
			if !b.placed() {
				continue
			}
			b.lead, b.from = x.p.units(x.end, b.from)/usual, x.end
		} else if !b.placed() {
			b.to = min(b.to, x.end)
		}
		out = append(out, b)
	}
	return out
}

// lay makes the day of what is taken.
func (x *dayMaker) lay(taken []block, visits []*Visit) {
	slices.SortStableFunc(taken, func(a, b block) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	x.list = nil
	for _, b := range taken {
		x.add(b)
	}
	for x.pauses() > vrp.MaxBreaks-1 {
		x.crowd()
	}
	if x.need == 0 || x.resting() {
		x.bend()
		return
	}
	if r, ok := x.reserve(visits); ok { // the only time for it is kept free
		x.need = 0
		x.lay(append(slices.Clone(taken), r), visits)
		return
	}
	x.need, x.excused = 0, true
}

// past takes away what is over, under way, or so near that he has to go there at once; the day begins behind it.
func (x *dayMaker) past(visits []*Visit, firm int) []*Visit {
	home, free := true, x.rest.from // free to rest since then
	gone := 0
	for i, v := range visits {
		way, ok := x.m.s.leg(x.place, v.Job.Place)
		start := v.Start.Unix()
		if i >= firm && start >= x.begin && ok && x.p.units(x.begin, start) >= way*usual {
			break
		}
		if !ok {
			way = 0
		}
		rest := min(x.rest.to, start) - max(x.rest.from, free) - (start - x.p.departAt(start, way))
		if home {
			rest = x.homeRest(start, way)
		}
		if x.need > 0 && rest >= x.need {
			x.need = 0
		}
		x.begin, free, home = max(x.begin, ceil(v.End)), max(free, ceil(v.End)), false
		if v.Job.Place != NoPlace {
			x.place = v.Job.Place
		}
		gone = i + 1
	}
	if x.need > 0 && min(x.rest.to, x.begin)-free >= x.need { // until now, or at home before work
		x.need = 0
	}
	x.over = gone
	return visits[gone:]
}

// homeRest is how long he can rest before the first visit of the day.
func (x *dayMaker) homeRest(start, way int64) int64 {
	best := min(x.rest.to, x.p.departAt(start, way)) - x.rest.from
	return max(best, min(x.rest.to, start)-max(x.rest.from, x.p.arriveAt(x.shifts[0].from, way)))
}

// add appends a block, joined with what it contradicts.
func (x *dayMaker) add(b block) {
	for {
		n := len(x.list)
		if n > 0 && b.from < x.list[n-1].to {
			b = x.join(x.list[n-1], b)
			x.list = x.list[:n-1]
			continue
		}
		if !b.placed() {
			break
		}
		at, free := x.free(b.from)
		place := x.place
		if at >= 0 {
			place = x.list[at].out
		}
		way, ok := x.m.s.leg(place, b.in)
		if ok && max(0, way-b.lead)*usual <= free {
			break
		}
		if at < 0 { // he goes there first thing
			for _, o := range x.list {
				x.over += o.visits
			}
			x.over += b.visits
			x.begin, x.place, x.list = b.to, b.out, nil
			return
		}
		for i := len(x.list) - 1; i >= at; i-- {
			b = x.join(x.list[i], b)
		}
		x.list = x.list[:at]
	}
	x.list = append(x.list, b)
}

// free is the last block that lies at a place, -1 for where the day begins, and what can be covered of a way between it and an
// instant when nothing is taken, in thousandths of a second.
func (x *dayMaker) free(until int64) (at int, units int64) {
	from := x.begin
	for at = len(x.list) - 1; at >= 0; at-- {
		if x.list[at].placed() {
			from = x.list[at].to
			break
		}
	}
	if until < from {
		return at, (until - from) * usual
	}
	units = x.p.units(from, until)
	for _, b := range x.list[at+1:] {
		units -= x.p.units(b.from, b.to)
	}
	return at, units
}

// join makes one block of two, a before b.
func (x *dayMaker) join(a, b block) block {
	out := block{from: a.from, to: max(a.to, b.to), in: a.in, out: b.out, lead: a.lead, visits: a.visits + b.visits, pause: a.pause && b.pause}
	if !a.placed() {
		out.in = b.in
	}
	if !b.placed() {
		out.out = a.out
	}
	return out
}

func (x *dayMaker) pauses() int {
	n := 0
	for i := range x.list {
		if !x.list[i].placed() {
			n++
		}
	}
	return n
}

// crowd joins two blocks, the last of those without a place and the one before it.
func (x *dayMaker) crowd() {
	for i := len(x.list) - 1; i > 0; i-- {
		if !x.list[i].placed() {
			x.list[i-1] = x.join(x.list[i-1], x.list[i])
			x.list = slices.Delete(x.list, i, i+1)
			return
		}
	}
}

// resting sees where the break can be taken; it is false where what is committed leaves no room for it in the hours of work.
func (x *dayMaker) resting() bool {
	done := x.end // with everything
	for i := range x.list {
		b := &x.list[i]
		done = max(done, b.to)
		if b.pause && min(b.to, x.rest.to)-max(b.from, x.rest.from) >= x.need {
			x.need = 0
		}
	}
	if x.rest.to-max(x.rest.from, done) >= x.need { // after work
		x.need = 0
	}
	if x.need == 0 {
		return true
	}
	best, found, taken := x.room()
	switch {
	case found && taken: // the order of what has no place is fixed
		x.rest = best
	case found:
		x.rest.from = max(x.rest.from, x.begin)
	case len(x.list) > 0 && x.list[0].placed() && x.over == 0 && x.homeFirst():
		b := x.list[0]
		x.begin, x.place, x.list, x.need = b.to, b.out, x.list[1:], 0
		x.over += b.visits
	default:
		return false
	}
	return true
}

// reserve finds room for the break between visits or after them, pauses and the time after work included.
func (x *dayMaker) reserve(visits []*Visit) (block, bool) {
	free, stands, idle := x.begin, x.place, int64(0)
	for i := 0; i <= len(visits); i++ {
		from := max(free, x.rest.from)
		until, left := x.rest.to, int64(1<<50)
		if i < len(visits) {
			v := visits[i]
			until = min(until, v.Start.Unix())
			idle += x.p.units(free, v.Start.Unix())
			if v.Job.Place != NoPlace {
				way, ok := x.m.s.leg(stands, v.Job.Place)
				left, idle, stands = idle-way*usual, 0, v.Job.Place
				if !ok {
					left = 0
				}
			}
			free = max(free, ceil(v.End))
		}
		if at, ok := x.p.fits(from, until, x.need, left); ok {
			return block{from: at, to: min(at+x.need, x.end), in: NoPlace, out: NoPlace, pause: true}, at < x.end
		}
	}
	return block{}, false
}

// room is the roomiest gap for the break, and whether something without a place lies in its time.
func (x *dayMaker) room() (best window, found, taken bool) {
	for i := 0; i <= len(x.list); i++ {
		from, to := x.gap(i)
		if i < len(x.list) {
			if b := &x.list[i]; !b.placed() && b.from < x.rest.to && b.to > x.rest.from {
				taken = true
			}
		}
		g := window{max(from, x.rest.from), min(to, x.rest.to)}
		if _, ok := x.p.fits(g.from, g.to, x.need, x.spare(i)); !ok {
			continue
		}
		if !found || g.to-g.from > best.to-best.from {
			best, found = g, true
		}
	}
	return best, found, taken
}

// homeFirst tells whether he can rest before the first visit.
func (x *dayMaker) homeFirst() bool {
	b := &x.list[0]
	way, ok := x.m.s.leg(x.place, b.in)
	return ok && x.homeRest(b.from+b.lead, way) >= x.need
}

// spare is what more could be covered in the time around gap i than the way between the blocks with a place on either side, in
// thousandths of a second.
func (x *dayMaker) spare(i int) int64 {
	before, after := i-1, i
	for before >= 0 && !x.list[before].placed() {
		before--
	}
	for after < len(x.list) && !x.list[after].placed() {
		after++
	}
	from, place := x.begin, x.place
	if before >= 0 {
		from, place = x.list[before].to, x.list[before].out
	}
	if after == len(x.list) {
		return 1 << 50
	}
	b := &x.list[after]
	way, ok := x.m.s.leg(place, b.in)
	if !ok {
		return 0
	}
	free := x.p.units(from, b.from) - max(0, way-b.lead)*usual
	for k := before + 1; k < after; k++ {
		free -= x.p.units(x.list[k].from, x.list[k].to)
	}
	return free
}
