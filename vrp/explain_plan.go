package vrp

import "slices"

// beside is what else is on a shift, behind whose begun work the line begins.
func (x *explainer) beside(l *line, t asked, at Stop) []stop {
	own := func(o stop) bool {
		return slices.ContainsFunc(t.stops, func(own stop) bool { return own.job == o.job })
	}
	route := x.routes[at]
	if i, ok := x.at[at]; ok {
		l.goOn(&x.plan.Routes[i])
	}
	for _, o := range route[:l.begun] {
		if own(o) {
			l.begun--
		}
	}
	rest := slices.DeleteFunc(slices.Clone(route), own)
	for _, i := range x.tied(t.who.ID) { // what the work waits for does not end later, and what waits for it does not begin earlier
		q := &x.p.Sequences[i]
		for k := range rest {
			switch o := &rest[k]; o.job.ID {
			case q.First:
				o.end = min(o.end, x.ends[q.First])
			case q.Then:
				o.from = max(o.from, x.begins[q.Then])
			}
		}
	}
	return rest
}

// waits tells whether work has to come after some that nobody does.
func (x *explainer) waits(t asked) bool {
	return slices.ContainsFunc(x.tied(t.who.ID), func(i int) bool {
		_, served := x.ends[x.p.Sequences[i].First]
		return x.p.Sequences[i].Then == t.who.ID && !served
	})
}

// laid is a shift with stops in an order, timed as a board does it; false where a board knows no such times.
func (x *explainer) laid(l *line, stops []stop, at Stop) (*lane, bool) {
	if x.board == nil {
		b, err := NewBoard(x.p, x.plan)
		if err != nil {
			return nil, false
		}
		x.board = b
	}
	l.hops, l.tracing = l.hops[:0], true
	end := l.runFor(stops, nil, false)
	l.tracing = false
	if end.now >= never {
		return nil, false
	}
	var steps []Step
	for n := end.hop; n > 0; n = l.hops[n-1].before {
		h := l.hops[n-1]
		if h.stop < 0 {
			steps = append(steps, Step{Kind: Rest, Index: l.rests[h.rest], Place: NoPlace, Arrival: h.begin, Length: l.breaks[h.rest].Length})
			continue
		}
		o := &stops[h.stop]
		steps = append(steps, Step{Kind: o.kind, Index: o.index, Place: o.job.Place, Arrival: h.begin})
	}
	slices.Reverse(steps)
	b := x.board.Clone()
	on := b.lanes[b.first[at.Engineer]+at.Shift]
	t := &lane{at: on.at, number: on.number, e: on.e, s: on.s, m: on.m, begin: on.s.Window.From}
	r := Route{Engineer: at.Engineer, Shift: at.Shift, Steps: slices.Concat(l.past, steps)}
	if len(r.Steps) == 0 {
		t.full.f = restsOf(t.s, nil)
	} else if b.seat(t, r) != nil {
		return nil, false
	}
	if b.fill(t); t.clash == hisTimes && t.z != nil {
		b.hold(t, r)
	}
	return t, t.clash == ""
}

// withIt is the plan with work in the place that adds the least on a shift, and the plan without it; false where it finds none.
func (x *explainer) withIt(t asked, at Stop) (with, without *Solution, on *lane, ok bool) {
	e := &x.p.Engineers[at.Engineer]
	l := newLine(x.p, e, &e.Shifts[at.Shift])
	rest := x.beside(l, t, at)
	pl := x.fetching(l, rest, t.stops)
	if !pl.ok || pl.full {
		return nil, nil, nil, false
	}
	on, ok = x.laid(l, pl.order(rest), at)
	if !ok {
		return nil, nil, nil, false
	}
	before := x.plan
	if len(rest) != len(x.routes[at]) { // it is there already
		none, ok := x.laid(l, rest, at)
		if !ok {
			return nil, nil, nil, false
		}
		before = x.swapped(none)
	}
	return x.swapped(on), before, on, true
}

// swapped is the plan with another route.
func (x *explainer) swapped(l *lane) *Solution {
	out := &Solution{Unserved: x.plan.Unserved}
	own := func(r Route) bool { return r.Engineer == l.at.Engineer && r.Shift == l.at.Shift }
	for _, r := range x.plan.Routes {
		if !own(r) {
			out.Routes = append(out.Routes, r)
		}
	}
	if l.jobs > 0 {
		out.Routes = append(out.Routes, x.board.steps(l, func(s *seat) int { return s.index }))
	}
	slices.SortStableFunc(out.Routes, func(a, b Route) int {
		if a.Engineer != b.Engineer {
			return a.Engineer - b.Engineer
		}
		return a.Shift - b.Shift
	})
	return out
}

// added is what the plan costs more with work on a shift; ways where that cannot be told.
func (x *explainer) added(t asked, at Stop, ways int64) int64 {
	if t.who.Fixed {
		return 0
	}
	with, without, _, ok := x.withIt(t, at)
	if !ok {
		return ways
	}
	return price(x.p, with).Total - price(x.p, without).Total
}

// check asks what only times tell: how long the ways take by the time of day, where the shift bounds that.
func (x *explainer) check(t asked, at Stop) Reason {
	e := &x.p.Engineers[at.Engineer]
	s := &e.Shifts[at.Shift]
	if s.MaxTravel == 0 || x.p.Travel[e.Profile].Slices == nil || t.who.Fixed {
		return Reason{}
	}
	_, _, on, ok := x.withIt(t, at)
	if !ok || on.inRange() {
		return Reason{}
	}
	r := Reason{Rule: RuleRange, Engineer: at.Engineer, Shift: at.Shift, Limit: s.MaxTravel}
	for a := on.first; a < len(on.ways); a++ {
		r.Value += on.drives(a)
	}
	return r
}
