package planner

import (
	"cmp"
	"slices"
	"time"

	"anxin/internal/platform/reason"
)

// fetchPrefix marks the work of a stop at a counter.
const fetchPrefix = "fetch:"

// WithFetches is the snapshot with the stops at counters that its visits need and do not have yet, as visits of their own,
// and these stops, those without a way included. What visits take is no longer free in vans and stores. Visits for which
// neither has enough, or whose day has no room for the stop, are named: nothing is fetched for them.
func (s Snapshot) WithFetches() (Snapshot, []Fetch, []JobID) {
	var waiting []int
	for i := range s.Visits {
		if v := &s.Visits[i]; len(v.Job.Parts) > 0 && !v.Supplied && !v.Frozen && len(v.Engineers) > 0 {
			waiting = append(waiting, i)
		}
	}
	if len(waiting) == 0 {
		return s, nil, nil
	}
	slices.SortStableFunc(waiting, func(a, b int) int {
		return cmp.Or(s.Visits[a].Start.Compare(s.Visits[b].Start), cmp.Compare(s.Visits[a].Job.ID, s.Visits[b].Job.ID))
	})
	x := supply{s: s}
	x.s.Engineers, x.s.Visits = ownStock(s.Engineers), slices.Clone(s.Visits)
	for _, i := range waiting {
		x.visit(i)
	}
	return x.s, x.stops, x.short
}

// supply gives visits what they take, in the order of their starts.
type supply struct {
	s     Snapshot
	stops []Fetch
	short []JobID
}

// visit supplies one visit: from the van, else by a stop at the counter, one that is made anyway if there is.
func (x *supply) visit(i int) {
	v := x.s.Visits[i]
	e, ok := x.s.engineer(v.Engineers[0])
	if !ok {
		return
	}
	k, ok := e.day(v.Date)
	if !ok {
		return
	}
	d := &e.Days[k]
	parts := e.lacks(&v.Job)
	if len(parts) > 0 {
		if ruleStock(e, d, &v.Job, leader).Verdict == reason.Fail || !x.stop(e, d, &v, parts) {
			x.short = append(x.short, v.Job.ID)
			return
		}
	}
	for n := range v.Job.Parts {
		e.take(&v.Job.Parts[n])
	}
	x.s.Visits[i].Supplied = true
}

// stop finds room for a stop before a visit; false where there is none.
func (x *supply) stop(e *Engineer, d *Day, v *Visit, parts []PartCode) bool {
	if x.s.loads(e, d) {
		at := d.Shifts[0].From
		x.note(Fetch{Engineer: e.ID, Outlet: e.Counter.Outlet, Date: d.Date, Start: at, End: at}, v.Job.ID, parts)
		return true
	}
	list := x.s.dayOf(e.ID, d, nil)
	for i := range list { // where he stops already
		o := &list[i]
		if len(o.For) > 0 && o.Job.Place == e.Counter.Place && !o.End.After(v.Start) {
			o.For = append(slices.Clip(o.For), v.Job.ID)
			for k := range x.s.Visits {
				if x.s.Visits[k].Job.ID == o.Job.ID {
					x.s.Visits[k].For = o.For
				}
			}
			x.note(Fetch{Engineer: e.ID, Outlet: e.Counter.Outlet, Date: d.Date, Start: o.Start, End: o.End}, v.Job.ID, parts)
			return true
		}
	}
	best, ok := x.s.room(e, d, list, v)
	if !ok {
		return false
	}
	x.note(best, v.Job.ID, parts)
	x.s.Visits = append(x.s.Visits, Visit{
		Job:       Job{ID: fetchPrefix + v.Job.ID, Brand: v.Job.Brand, Place: e.Counter.Place, Minutes: e.Counter.Minutes},
		Engineers: []EngineerID{e.ID}, Date: d.Date, Start: best.Start, End: best.End, For: []JobID{v.Job.ID},
	})
	return true
}

// note adds what is fetched to a stop that is made anyway, or notes a new one.
func (x *supply) note(f Fetch, job JobID, parts []PartCode) {
	at := slices.IndexFunc(x.stops, func(o Fetch) bool { return o.Engineer == f.Engineer && o.Start.Equal(f.Start) && o.End.Equal(f.End) })
	if at < 0 {
		at, x.stops = len(x.stops), append(x.stops, f)
	}
	x.stops[at].Jobs = append(x.stops[at].Jobs, job)
	for _, p := range parts {
		if !slices.Contains(x.stops[at].Parts, p) {
			x.stops[at].Parts = append(x.stops[at].Parts, p)
		}
	}
}

// dayOf lists what an engineer has on a day by start; some visits may be left out.
func (s *Snapshot) dayOf(e EngineerID, d *Day, gone map[JobID]bool) []Visit {
	var out []Visit
	for _, v := range s.Visits {
		if v.Date == d.Date && slices.Contains(v.Engineers, e) && !gone[v.Job.ID] {
			out = append(out, v)
		}
	}
	slices.SortStableFunc(out, func(a, b Visit) int { return cmp.Or(a.Start.Compare(b.Start), a.End.Compare(b.End)) })
	return out
}

// room finds the gap before a visit in which a stop at the counter adds the least to the way: at the last instant at which
// it can be made there, or at the first where only that leaves time to rest.
func (s *Snapshot) room(e *Engineer, d *Day, list []Visit, v *Visit) (best Fetch, found bool) {
	at := slices.IndexFunc(list, func(o Visit) bool { return o.Job.ID == v.Job.ID })
	if at < 0 || len(d.Shifts) == 0 {
		return best, false
	}
	rested := s.rests(e, d, list)
	for i := at; i >= 0; i-- {
		if slices.ContainsFunc(list[i:], func(o Visit) bool { return o.Frozen }) {
			break
		}
		for _, f := range s.gap(e, d, list, i) {
			if found && f.way >= best.way {
				continue
			}
			with := slices.Insert(slices.Clone(list), i, Visit{Job: Job{ID: fetchPrefix, Place: e.Counter.Place}, Start: f.Start, End: f.End})
			if rested && !s.rests(e, d, with) {
				continue
			}
			best, found = f, true
		}
	}
	return best, found
}

// gap is when a stop can be made before the i-th visit of a day: as late, and as early, as can be.
func (s *Snapshot) gap(e *Engineer, d *Day, list []Visit, i int) []Fetch {
	free, place := later(d.Shifts[0].From, s.Now), e.Home
	for _, o := range list[:i] {
		free = later(free, o.End)
		if o.Job.Place != NoPlace {
			place = o.Job.Place
		}
	}
	to, ok := s.leg(place, e.Counter.Place)
	if !ok {
		return nil
	}
	p := pace(d.RushHours)
	arrive := p.arrive(free, time.Duration(to)*time.Second)
	leave := list[i].Start // the last instant at which he has to leave the counter
	next := slices.IndexFunc(list[i:], func(o Visit) bool { return o.Job.Place != NoPlace })
	var on, direct int64
	if next >= 0 {
		n := &list[i+next]
		if on, ok = s.leg(e.Counter.Place, n.Job.Place); !ok {
			return nil
		}
		direct, _ = s.leg(place, n.Job.Place)
		until, left := n.Start, time.Duration(on)*time.Second
		for _, o := range slices.Backward(list[i : i+next]) { // remote work interrupts the way
			after := p.covered(Span{o.End, until})
			if left <= after {
				break
			}
			until, left = earlier(until, o.Start), left-after
		}
		leave = earlier(leave, p.depart(until, left))
	}
	stay := time.Duration(e.Counter.Minutes) * time.Minute
	var out []Fetch
	for _, open := range d.Counter {
		first, last := later(arrive, open.From), earlier(leave.Add(-stay), open.To)
		if last.Before(first) {
			continue
		}
		way := time.Duration(to+on-direct) * time.Second
		for _, start := range []time.Time{last, first} {
			start = start.UTC().Truncate(time.Second)
			if start.Before(first) {
				start = start.Add(time.Second)
			}
			if start.After(last) || !s.inShift(d, start, start.Add(stay)) {
				continue
			}
			out = append(out, Fetch{Engineer: e.ID, Outlet: e.Counter.Outlet, Date: d.Date, Start: start, End: start.Add(stay), way: way})
		}
	}
	return out
}

func (s *Snapshot) inShift(d *Day, from, to time.Time) bool {
	return slices.ContainsFunc(d.Shifts, func(sh Span) bool { return !from.Before(sh.From) && !to.After(sh.To) })
}

// rests tells whether a day leaves time for its break.
func (s *Snapshot) rests(e *Engineer, d *Day, list []Visit) bool {
	if d.Break.Minutes == 0 {
		return true
	}
	bits, ways, place := make([]bit, len(list)), make([]time.Duration, len(list)), e.Home
	for i, v := range list {
		bits[i] = bit{job: v.Job.ID, place: v.Job.Place, start: v.Start, end: v.End}
		seconds, _ := s.leg(place, v.Job.Place)
		ways[i] = time.Duration(seconds) * time.Second
		if v.Job.Place != NoPlace {
			place = v.Job.Place
		}
	}
	return longestRest(d, bits, ways) >= time.Duration(d.Break.Minutes)*time.Minute
}

// Fetches are the stops at counters that a plan needs, and the jobs of it for which there is no room or no part.
func (s Snapshot) Fetches(p Plan) ([]Fetch, []JobID) {
	if !slices.ContainsFunc(p.Assignments, func(a Assignment) bool {
		j, ok := s.job(a.Job)
		return ok && len(j.Parts) > 0
	}) {
		return nil, nil
	}
	mine := map[JobID]bool{}
	for _, a := range p.Assignments {
		mine[a.Job] = true
	}
	_, stops, short := s.apply(p).WithFetches()
	for i := range stops {
		stops[i].Jobs = slices.DeleteFunc(stops[i].Jobs, func(id JobID) bool { return !mine[id] })
	}
	return slices.DeleteFunc(stops, func(f Fetch) bool { return len(f.Jobs) == 0 }), slices.DeleteFunc(short, func(id JobID) bool { return !mine[id] })
}

// idle tells whether nobody needs a stop any more: a stop at a counter goes with the last of the visits that it is made for.
func idle(v *Visit, gone map[JobID]bool) bool {
	return len(v.For) > 0 && !slices.ContainsFunc(v.For, func(id JobID) bool { return !gone[id] })
}
