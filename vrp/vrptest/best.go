package vrptest

import (
	"math"
	"slices"

	"anxin/vrp"
)

// Best tries every plan of a tiny problem, each with every order of its breaks and the earliest times that it can have,
// leaving put off as long as the route ends no later, and returns the best by the objective. It is for at most six stops
// on two shifts; what is better done later than possible, which only work with a place in the plan before asks for,
// it tries for the start in that plan alone.
func Best(p *vrp.Problem) *vrp.Solution {
	b := &bruteForce{p: p}
	for i, e := range p.Engineers {
		for k := range e.Shifts {
			b.shifts = append(b.shifts, vrp.Stop{Engineer: i, Shift: k})
		}
	}
	b.orders = make([][]item, len(b.shifts))
	b.place(0)
	return b.best
}

// item is a step before it has times.
type item struct {
	kind  vrp.Kind
	index int
}

type bruteForce struct {
	p      *vrp.Problem
	shifts []vrp.Stop
	orders [][]item // by shift, without breaks
	best   *vrp.Solution
}

// place puts task n, and after it all others, everywhere.
func (b *bruteForce) place(n int) {
	if n == len(b.p.Jobs)+len(b.p.Shipments) {
		b.fetch(0, 0)
		return
	}
	fixed := n < len(b.p.Jobs) && b.p.Jobs[n].Fixed
	if !fixed {
		b.place(n + 1)
	}
	for s, at := range b.shifts {
		e := b.p.Engineers[at.Engineer]
		if n >= len(b.p.Jobs) {
			i := n - len(b.p.Jobs)
			if may(&b.p.Shipments[i].Delivery, e, e.Shifts[at.Shift]) {
				b.both(s, s, item{vrp.Pickup, i}, item{vrp.Delivery, i}, n)
			}
			continue
		}
		j := &b.p.Jobs[n]
		if !fixed && !may(j, e, e.Shifts[at.Shift]) {
			continue
		}
		if j.Crew < 2 {
			b.each(s, item{vrp.Work, n}, func(int) { b.place(n + 1) })
			continue
		}
		for o := s + 1; o < len(b.shifts); o++ {
			other := b.p.Engineers[b.shifts[o].Engineer]
			if b.shifts[o].Engineer != at.Engineer && may(j, other, other.Shifts[b.shifts[o].Shift]) {
				b.both(s, o, item{vrp.Work, n}, item{vrp.Work, n}, n)
			}
		}
	}
}

// each puts an item at every place of a route for the time of next.
func (b *bruteForce) each(s int, it item, next func(at int)) {
	for at := range len(b.orders[s]) + 1 {
		before := b.orders[s]
		b.orders[s] = slices.Insert(slices.Clone(before), at, it)
		next(at)
		b.orders[s] = before
	}
}

// both puts two items everywhere, the second behind the first where they share a route.
func (b *bruteForce) both(s, o int, first, second item, n int) {
	b.each(s, first, func(at int) {
		b.each(o, second, func(then int) {
			if s != o || then > at {
				b.place(n + 1)
			}
		})
	})
}

// fetch puts a stop at counter c, and at all after it, on shift s, and on all after it, or none: only where the route
// lacks something without it.
func (b *bruteForce) fetch(s, c int) {
	if s == len(b.shifts) {
		b.rest(0)
		return
	}
	if !b.lacks(s) {
		b.fetch(s+1, 0)
		return
	}
	if c == len(b.p.Counters) {
		return
	}
	b.fetch(s, c+1)
	b.each(s, item{vrp.Fetch, c}, func(int) { b.fetch(s, c+1) })
}

// lacks tells whether something on a shift is without its tools or parts.
func (b *bruteForce) lacks(s int) bool {
	r := vrp.Route{Engineer: b.shifts[s].Engineer, Shift: b.shifts[s].Shift}
	for _, it := range b.orders[s] {
		r.Steps = append(r.Steps, vrp.Step{Kind: it.kind, Index: it.index})
	}
	return judgeStock(b.p, r, b.p.Engineers[r.Engineer]) != nil
}

// rest puts the breaks of shift s, and of all after it, everywhere.
func (b *bruteForce) rest(s int) {
	if s == len(b.shifts) {
		b.hold(0, map[string]int64{})
		return
	}
	if len(b.orders[s]) == 0 {
		b.rest(s + 1)
		return
	}
	at := b.shifts[s]
	var put func(k int)
	put = func(k int) {
		if k == len(b.p.Engineers[at.Engineer].Shifts[at.Shift].Breaks) {
			b.rest(s + 1)
			return
		}
		b.each(s, item{vrp.Rest, k}, func(int) { put(k + 1) })
	}
	put(0)
}

// hold lets each job that had a place in the plan before wait for its start there, or not.
func (b *bruteForce) hold(n int, from map[string]int64) {
	for ; n < len(b.p.Jobs); n++ {
		if j := b.p.Jobs[n]; j.Was != nil && !j.Fixed && b.p.Objective.Stability > 0 {
			b.hold(n+1, from)
			from[j.ID] = j.Was.Start
			b.hold(n+1, from)
			delete(from, j.ID)
			return
		}
	}
	b.time(from)
}

// time gives the orders the earliest times that they can have together and keeps the plan when it is the best.
func (b *bruteForce) time(held map[string]int64) {
	from := map[string]int64{}
	for id, t := range held {
		from[id] = t
	}
	var s *vrp.Solution
	for {
		s = &vrp.Solution{}
		for i := range b.shifts {
			if len(b.orders[i]) == 0 {
				continue
			}
			r, ok := b.clock(i, b.earliest(i), from)
			if !ok {
				return
			}
			s.Routes = append(s.Routes, r)
		}
		if !b.tighten(s, from) {
			break
		}
	}
	for k, r := range s.Routes {
		i := slices.Index(b.shifts, vrp.Stop{Engineer: r.Engineer, Shift: r.Shift})
		for t := r.Steps[0].Arrival + 1; ; t++ { // put off leaving
			later, ok := b.clock(i, t, from)
			if !ok || later.Steps[len(later.Steps)-1].Arrival > r.Steps[len(r.Steps)-1].Arrival || !b.sameTies(r, later) {
				break
			}
			s.Routes[k] = later
		}
	}
	b.list(s)
	s.Cost = Tally(b.p, s)
	if b.best == nil || s.Cost.Better(b.best.Cost, b.p.Objective.Mode) {
		if Judge(b.p, s) == nil { // loads, numbers of jobs, fixed work
			b.best = s
		}
	}
}

func (b *bruteForce) earliest(i int) int64 {
	at := b.shifts[i]
	return b.p.Engineers[at.Engineer].Shifts[at.Shift].Window.From
}

// tighten raises the earliest starts of crews and of what comes after something; false when nothing changed.
func (b *bruteForce) tighten(s *vrp.Solution, from map[string]int64) bool {
	changed := false
	raise := func(id string, t int64) {
		if old, ok := from[id]; !ok || t > old {
			from[id], changed = t, true
		}
	}
	ends := map[string]int64{}
	begins := map[string][]int64{}
	for _, r := range s.Routes {
		for _, st := range r.Steps {
			if j := jobOf(b.p, st); j != nil {
				ends[j.ID] = max(ends[j.ID], st.Begin()+st.Length)
				begins[j.ID] = append(begins[j.ID], st.Begin())
			}
		}
	}
	for id, list := range begins {
		if slices.Min(list) < slices.Max(list) {
			raise(id, slices.Max(list))
		}
	}
	for _, q := range b.p.Sequences {
		end, served := ends[q.First]
		if list := begins[q.Then]; served && len(list) > 0 && slices.Min(list) < end+q.Lag {
			raise(q.Then, end+q.Lag)
		}
	}
	return changed
}

// sameTies tells whether the jobs that others wait for have the same start on both routes.
func (b *bruteForce) sameTies(x, y vrp.Route) bool {
	for k, st := range x.Steps {
		j := jobOf(b.p, st)
		if j == nil || st.Begin() == y.Steps[k].Begin() {
			continue
		}
		tied := j.Crew > 1 || j.Due != nil || j.Was != nil || j.Promised && b.p.Objective.MarginCost > 0
		for _, q := range b.p.Sequences {
			tied = tied || q.First == j.ID
		}
		if tied {
			return false
		}
	}
	return true
}

// clock gives one order times: everything as early as may be after leaving at a time.
func (b *bruteForce) clock(i int, leave int64, from map[string]int64) (vrp.Route, bool) {
	at := b.shifts[i]
	e := b.p.Engineers[at.Engineer]
	shift, m := e.Shifts[at.Shift], b.p.Travel[e.Profile]
	r := vrp.Route{Engineer: at.Engineer, Shift: at.Shift}
	r.Steps = append(r.Steps, vrp.Step{Kind: vrp.Start, Index: -1, Place: shift.Start, Arrival: leave})
	items := append(slices.Clone(b.orders[i]), item{vrp.End, -1})
	now, place, travelled := leave, shift.Start, int64(0)
	var left int64 // of the way to the next place, in thousandths of seconds
	next := func(k int) int {
		for _, it := range items[k:] {
			if it.kind == vrp.End {
				return shift.End
			}
			if it.kind == vrp.Fetch {
				return b.p.Counters[it.index].Place
			}
			if j := jobOf(b.p, vrp.Step{Kind: it.kind, Index: it.index}); j != nil && j.Place != vrp.NoPlace {
				return j.Place
			}
		}
		return vrp.NoPlace
	}
	way := func(k int) bool {
		left = 0
		if to := next(k); to != vrp.NoPlace && place != vrp.NoPlace {
			left = 1000 * int64(m.Seconds[place*b.p.Places+to])
		}
		return left < 1000*vrp.Unreachable
	}
	if !way(0) {
		return r, false
	}
	for k, it := range items {
		s := vrp.Step{Kind: it.kind, Index: it.index, Place: vrp.NoPlace}
		var windows []vrp.Window
		wait := now // for what the step may not begin before
		j := jobOf(b.p, s)
		switch {
		case it.kind == vrp.Rest:
			windows, s.Length = shift.Breaks[it.index].Windows, shift.Breaks[it.index].Length
		case it.kind == vrp.Fetch:
			c := b.p.Counters[it.index]
			s.Place, s.Length, windows = c.Place, c.Service, c.Windows
		case j != nil:
			s.Place, s.Length, windows = j.Place, workLength(j, e, place), j.Windows
			wait = from[j.ID]
			if j.Fixed {
				windows = []vrp.Window{{From: j.Was.Start, To: j.Was.Start}}
			}
		default:
			s.Place = shift.End
		}
		moves := s.Place == vrp.NoPlace && it.kind != vrp.End
		if moves { // a rest, or work from anywhere: the way goes on until it begins
			begin, ok := first(windows, max(now, wait))
			if !ok {
				return r, false
			}
			s.Arrival, left = drive(&m, left, now, begin)
			travelled += s.Arrival - now
			s.Wait = begin - s.Arrival
		} else {
			if s.Arrival, _ = drive(&m, left, now, math.MaxInt64); j != nil && j.Fixed {
				s.Arrival = now + left/1000
			}
			travelled += s.Arrival - now
			left = 0
			begin, ok := first(windows, max(s.Arrival, wait))
			switch {
			case j != nil && j.Fixed && now <= j.Was.Start:
				s.Arrival = min(s.Arrival, j.Was.Start)
				begin = j.Was.Start
			case !ok:
				return r, false
			case it.kind == vrp.End:
				begin = s.Arrival
			}
			s.Wait = begin - s.Arrival
			if s.Place != vrp.NoPlace {
				place = s.Place
			}
		}
		s.Travel = travelled
		now = s.Begin() + s.Length
		r.Steps = append(r.Steps, s)
		if !moves && it.kind != vrp.End && !way(k+1) {
			return r, false
		}
	}
	if now > shift.Window.To+shift.Overtime {
		return r, false
	}
	b.load(&r)
	return r, true
}

func workLength(j *vrp.Job, e vrp.Engineer, at int) int64 {
	pct := int64(100)
	if p := e.Efficiency[j.Trade]; j.Trade != "" && p > 0 {
		pct = int64(p)
	}
	service, setup := timesOf(j, e)
	length := (100*service + pct - 1) / pct
	if at == vrp.NoPlace || at != j.Place {
		length += setup
	}
	return length
}

// first is the earliest instant within windows, any without windows, that is not before t.
func first(windows []vrp.Window, t int64) (int64, bool) {
	if len(windows) == 0 {
		return t, true
	}
	for _, w := range windows {
		if t <= w.To {
			return max(t, w.From), true
		}
	}
	return 0, false
}

func (b *bruteForce) load(r *vrp.Route) {
	load := make([]int64, 8)
	put := func(a []int64, sign int64) {
		for d, v := range a {
			load[d] += sign * v
		}
	}
	for _, s := range r.Steps {
		if j := jobOf(b.p, s); j != nil {
			put(j.Takes, 1)
		}
	}
	for k := range r.Steps {
		s := &r.Steps[k]
		if j := jobOf(b.p, *s); j != nil {
			put(j.Takes, -1)
			put(j.Brings, 1)
		}
		switch s.Kind {
		case vrp.Pickup:
			put(b.p.Shipments[s.Index].Amount, 1)
		case vrp.Delivery:
			put(b.p.Shipments[s.Index].Amount, -1)
		}
		s.Load = slices.Clone(load)
	}
}

// list notes what the routes do not serve.
func (b *bruteForce) list(s *vrp.Solution) {
	for i := range b.p.Jobs {
		if len(stopsOf(s, vrp.Work, i)) == 0 {
			s.Unserved = append(s.Unserved, vrp.Unserved{Index: i})
		}
	}
	for i := range b.p.Shipments {
		if len(stopsOf(s, vrp.Delivery, i)) == 0 {
			s.Unserved = append(s.Unserved, vrp.Unserved{Index: i, Shipment: true})
		}
	}
}
