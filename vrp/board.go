package vrp

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// ErrTaken is the error about an offer that the board has no room for any more.
var ErrTaken = errors.New("what was offered is taken")

// Board is a plan that is asked, again and again, where one more job would fit: while a customer is on the phone, or for
// what a search left over. The order of what is planned stays as it is on each route; its times move within their windows,
// never to before where they are promised, and not at all for crews, for work that sequences tie and for what has begun.
//
// What a shift can do is worked out once and again only when something is put on it or taken off, so that an offer costs a
// few operations for each place between two jobs. A board may be asked by many at once as long as nobody changes it; a
// clone costs a slice.
type Board struct {
	p        *Problem
	dims     int
	travel   int64 // weights of the objective
	duration int64
	lanes    []*lane
	paces    []*pace // by profile
	first    []int   // engineer's first lane
	levels   []map[string]int
	skills   map[string][][]uint64 // lanes by skill and level - 1
	papers   map[string][]uint64
	people   map[string]int
	on       map[string][]int // lanes by job that is on the board
	places   map[int]stranger // places that the problem does not know
	tied     map[string][]Sequence
	scratch  *sync.Pool
}

// Way is a way between two places: its seconds, Unreachable where there is none, its metres, and what the objective counts
// for it. Where a profile has slices, these are the seconds at speed 1000, and the Cost is that of how long the way takes
// when it is travelled unless the profile's matrix tells costs of its own.
type Way struct{ Seconds, Metres, Cost int32 }

// WaysOf tells the ways from and to a place that the problem does not know, to and from one that it knows or that is on
// the board, for a profile.
type WaysOf func(profile, place int) (to, from Way)

// NewBoard makes a board of a plan; nil is an empty plan. Its errors wrap [ErrProblem], also for a plan that names what is
// not in the problem.
// A shift whose plan breaks rules of its own is offered to nobody, with RuleClash as the reason; the others are not touched
// by that.
func NewBoard(p *Problem, plan *Solution) (*Board, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	b := &Board{
		p: p, travel: p.Objective.Travel, duration: p.Objective.Duration, skills: map[string][][]uint64{}, papers: map[string][]uint64{},
		people: make(map[string]int, len(p.Engineers)), on: map[string][]int{}, places: map[int]stranger{}, tied: map[string][]Sequence{},
		scratch: &sync.Pool{New: func() any { return &desk{} }},
	}
	if b.travel == 0 && b.duration == 0 {
		b.travel = 1
	}
	for _, q := range p.Sequences {
		b.tied[q.First] = append(b.tied[q.First], q)
		b.tied[q.Then] = append(b.tied[q.Then], q)
	}
	for i := range p.Travel {
		b.paces = append(b.paces, newPace(&p.Travel[i]))
	}
	b.dims = newChecker(p).dims
	for e := range p.Engineers {
		b.first = append(b.first, len(b.lanes))
		b.people[p.Engineers[e].ID] = e
		for k := range p.Engineers[e].Shifts {
			s := &p.Engineers[e].Shifts[k]
			l := &lane{at: Stop{Engineer: e, Shift: k}, number: len(b.lanes), e: &p.Engineers[e], s: s, m: &p.Travel[p.Engineers[e].Profile], begin: s.Window.From}
			b.lanes = append(b.lanes, l)
		}
	}
	b.index()
	if err := b.take(plan); err != nil {
		return nil, err
	}
	return b, nil
}

// index notes who has which skill at which level, and which paper is valid on which shift.
func (b *Board) index() {
	words := (len(b.lanes) + 63) / 64
	set := func(bits []uint64, i int) { bits[i/64] |= 1 << (i % 64) }
	for e := range b.p.Engineers {
		levels := make(map[string]int, len(b.p.Engineers[e].Skills))
		for _, s := range b.p.Engineers[e].Skills {
			levels[s.Code] = max(levels[s.Code], s.Level)
		}
		b.levels = append(b.levels, levels)
		for code, level := range levels {
			list := b.skills[code]
			for len(list) < min(level, maxLevels) {
				list = append(list, make([]uint64, words))
			}
			b.skills[code] = list
			for k := range b.p.Engineers[e].Shifts {
				for i := range min(level, maxLevels) {
					set(list[i], b.first[e]+k)
				}
			}
		}
		for k := range b.p.Engineers[e].Shifts {
			for _, code := range b.p.Engineers[e].Shifts[k].Certificates {
				if b.papers[code] == nil {
					b.papers[code] = make([]uint64, words)
				}
				set(b.papers[code], b.first[e]+k)
			}
		}
	}
}

// maxLevels bounds for how many levels of a skill the engineers are noted; beyond it they are asked one by one.
const maxLevels = 8

// take puts a plan onto an empty board.
func (b *Board) take(plan *Solution) error {
	held := make([]bool, len(b.p.Jobs))
	if plan != nil {
		for _, r := range plan.Routes {
			for _, st := range r.Steps {
				if st.Kind == Work && b.taskOf(st) != nil {
					held[st.Index] = true
				}
			}
		}
	}
	for i := range b.p.Jobs {
		if b.p.Jobs[i].Fixed && !held[i] {
			return bad("job %q: the plan lacks work that has begun", b.p.Jobs[i].ID)
		}
	}
	if plan == nil {
		plan = &Solution{}
	}
	of := make(map[int]Route, len(plan.Routes))
	for i, r := range plan.Routes {
		if r.Engineer < 0 || r.Engineer >= len(b.p.Engineers) || r.Shift < 0 || r.Shift >= len(b.p.Engineers[r.Engineer].Shifts) {
			return bad("route %d is of nobody", i)
		}
		if l := b.lanes[b.first[r.Engineer]+r.Shift]; l.jobs > 0 {
			return bad("two routes of engineer %q on shift %d", l.e.ID, r.Shift)
		}
		if err := b.seat(b.lanes[b.first[r.Engineer]+r.Shift], r); err != nil {
			return err
		}
		of[b.first[r.Engineer]+r.Shift] = r
	}
	for _, l := range b.lanes {
		if l.jobs == 0 {
			l.full.f = restsOf(l.s, nil)
		}
		b.fill(l)
		if r, ok := of[l.number]; ok && l.z != nil && l.clash == hisTimes {
			b.hold(l, r)
		}
		if l.clash != "" {
			l.given = of[l.number].Steps
		}
	}
	return nil
}

// seat takes the steps of a route over.
func (b *Board) seat(l *lane, r Route) error {
	behind := 0 // the step after the last one that is fixed
	for i, st := range r.Steps {
		j := b.taskOf(st)
		if j == nil && (st.Kind == Work || st.Kind == Pickup || st.Kind == Delivery) {
			return bad("a step of engineer %q works on nothing", l.e.ID)
		}
		if st.Kind == Rest && (st.Index < 0 || st.Index >= len(l.s.Breaks)) {
			return bad("engineer %q rests without a break", l.e.ID)
		}
		if st.Kind == Fetch && (st.Index < 0 || st.Index >= len(b.p.Counters)) {
			return bad("engineer %q fetches at no counter", l.e.ID)
		}
		if j != nil {
			l.jobs++
			b.on[j.ID] = append(b.on[j.ID], l.number)
			if j.Fixed && j.Was != nil {
				behind = i + 1
			}
		}
	}
	l.past = r.Steps[:behind]
	var over []int
	for _, st := range l.past {
		l.begin = max(l.begin, st.Begin()+st.Length)
		switch {
		case st.Kind == Rest:
			over = append(over, st.Index)
		case st.Kind == Fetch:
			l.clash = "a counter is before work that has begun"
		case b.taskOf(st) != nil:
			if j := b.taskOf(st); !j.Fixed {
				l.clash = fmt.Sprintf("job %q is before work that has begun", j.ID)
			} else if j.Place != NoPlace {
				l.seats = append(l.seats, seat{job: j, kind: Work, index: st.Index, length: serviceFor(j, l.e), setup: setupFor(j, l.e)})
				l.first++
			}
		}
	}
	if behind > 0 {
		l.begin = r.Steps[behind-1].Begin() + r.Steps[behind-1].Length
	}
	var floating []timedFloater
	for _, f := range restsOf(l.s, over) {
		begin := int64(never) // rests that the plan lacks come where they have to
		for _, st := range r.Steps[behind:] {
			if st.Kind == Rest && st.Index == f.rest {
				begin = st.Begin()
			}
		}
		floating = append(floating, timedFloater{f, begin})
	}
	ordered := !slices.ContainsFunc(floating, func(f timedFloater) bool { return f.begin >= never })
	for _, st := range r.Steps[behind:] {
		if st.Kind == Fetch {
			l.seats = append(l.seats, b.counterSeat(st))
			continue
		}
		j := b.taskOf(st)
		if j == nil {
			continue
		}
		s := b.seatOf(l, st)
		if j.Place == NoPlace {
			floating = append(floating, timedFloater{floats(s), st.Begin()})
			continue
		}
		l.seats = append(l.seats, s)
	}
	if ordered {
		slices.SortStableFunc(floating, byBegin)
	}
	for _, f := range floating {
		l.full.f = append(l.full.f, f.floater)
	}
	return nil
}

// seatOf is a step as a seat, with the bounds that promises, crews and sequences set.
func (b *Board) seatOf(l *lane, st Step) seat {
	j := b.taskOf(st)
	s := seat{job: j, kind: st.Kind, index: st.Index, length: serviceFor(j, l.e), setup: setupFor(j, l.e)}
	if st.Kind != Work {
		s.amount = b.p.Shipments[st.Index].Amount
	}
	from, to := int64(-never), int64(never)
	if j.Crew > 1 && st.Kind == Work || len(b.tied[j.ID]) > 0 {
		from, to = st.Begin(), st.Begin()
	}
	if w := j.Was; w != nil && w.Engineer == l.at.Engineer && w.Start == st.Begin() {
		from = max(from, w.Start)
	}
	s.windows = narrow(j.Windows, from, to)
	return s
}

// ties are from when on a job may begin and by when it has to have ended, for what is planned before and after it.
func (b *Board) ties(id string) (from, until int64) {
	from, until = -never, never
	for _, q := range b.tied[id] {
		if q.Then == id {
			if _, end, ok := b.span(q.First); ok {
				from = max(from, end+q.Lag)
			}
		} else if begin, _, ok := b.span(q.Then); ok {
			until = min(until, begin-q.Lag)
		}
	}
	return from, until
}

// taskOf is the job or end of a shipment that a step works on, nil for none.
func (b *Board) taskOf(st Step) *Job {
	switch {
	case st.Index < 0:
	case st.Kind == Work && st.Index < len(b.p.Jobs):
		return &b.p.Jobs[st.Index]
	case st.Kind == Pickup && st.Index < len(b.p.Shipments):
		return &b.p.Shipments[st.Index].Pickup
	case st.Kind == Delivery && st.Index < len(b.p.Shipments):
		return &b.p.Shipments[st.Index].Delivery
	}
	return nil
}

// stranger is a place that the problem does not know; of two, the one that came later tells the way.
type stranger struct {
	ways WaysOf
	came int
}

// far is a way from or to a place that the problem does not know; new is one that is only asked about.
func (b *Board) far(profile, from, to, place int, ways WaysOf) (seconds, metres, cost int32) {
	if from == to {
		return 0, 0, 0
	}
	teller, other := to, from
	switch {
	case ways != nil && (from == place || to == place):
		if from == place {
			teller, other = from, to
		}
	default:
		if from >= b.p.Places && (to < b.p.Places || b.places[from].came > b.places[to].came) {
			teller, other = from, to
		}
		ways = b.places[teller].ways
	}
	if ways == nil {
		return Unreachable, 0, 0
	}
	there, back := ways(profile, other)
	if teller == from {
		there = back
	}
	return there.Seconds, there.Metres, there.Cost
}

// Clone is a board of its own with the same plan.
func (b *Board) Clone() *Board {
	c := *b
	c.lanes = slices.Clone(b.lanes)
	c.on = make(map[string][]int, len(b.on))
	maps.Copy(c.on, b.on)
	c.places = make(map[int]stranger, len(b.places))
	maps.Copy(c.places, b.places)
	return &c
}

// span is when a job on the board begins and ends.
func (b *Board) span(id string) (begin, end int64, ok bool) {
	for _, n := range b.on[id] {
		l := b.lanes[n]
		for i := range l.seats {
			if s := &l.seats[i]; s.job.ID == id {
				at := s.job.Was
				if i >= l.first {
					begin = l.begins[i]
				} else {
					begin = at.Start
				}
				end, ok = max(end, begin+s.takes(l.places[i])), true
			}
		}
		for k := range l.full.f {
			if f := &l.full.f[k]; f.job != nil && f.job.ID == id {
				begin, ok = l.earlier[k], true
				end = max(end, begin+f.length)
			}
		}
		for _, st := range l.past {
			if j := b.taskOf(st); j != nil && j.ID == id {
				begin, ok = st.Begin(), true
				end = max(end, begin+st.Length)
			}
		}
	}
	return begin, end, ok
}

// Start tells when a job on the board begins, and on which shifts it stands.
func (b *Board) Start(id string) (begin int64, at []Stop, ok bool) {
	begin, _, ok = b.span(id)
	for _, n := range b.on[id] {
		at = append(at, Stop{Engineer: b.lanes[n].at.Engineer, Shift: b.lanes[n].at.Shift, Start: begin})
	}
	return begin, at, ok
}
