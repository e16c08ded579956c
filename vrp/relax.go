package vrp

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// Relaxation is the least that would have to give way for a job to be done.
type Relaxation struct {
	Rule            Rule // RuleWindow, RuleShift, RuleSkill, RuleCertificate, RuleStock, RuleJobs, RulePinned, RuleExcluded
	Engineer, Shift int  // with whom
	// Seconds is by how much: how much later than its window the work starts, negative for earlier; how much longer
	// the shift is.
	Seconds int64
	Skill   string // that the engineer would need at Level, or its paper; the tool, or the part and Level of it that is missing in the van
	Level   int    // of the skill, of the part, or jobs more than the shift allows
	Start   int64
	Added   int64 // to the cost of travel
}

// Relax tells for a job, a shipment by the id of its delivery, the cheapest relaxations of each rule that would let
// somebody do it beside what the plan has: some time later or earlier, overtime, one skill, paper, tool or kind of part more, a pin or
// exclusion less, more jobs than a shift has. Each alone would do; for a crew, with a second who is free then. They are in order of
// rules; none means that nothing of the kind helps while the order of what is planned stays as it is.
func Relax(p *Problem, job string, s *Solution) []Relaxation {
	x := newExplainer(p, s)
	t, ok := x.find(job)
	if !ok {
		return nil
	}
	best := map[Rule]Relaxation{}
	earlier := Relaxation{}
	for e := range p.Engineers {
		for k := range p.Engineers[e].Shifts {
			for _, r := range x.relax(t, e, k) {
				r.Engineer, r.Shift = e, k
				if t.who.Crew > 1 && !x.seconded(t, r) {
					continue
				}
				if r.Rule == RuleWindow && r.Seconds < 0 { // earlier and later are both of interest
					if earlier.Rule == "" || cheaper(r, earlier) {
						earlier = r
					}
					continue
				}
				if old, ok := best[r.Rule]; !ok || cheaper(r, old) {
					best[r.Rule] = r
				}
			}
		}
	}
	out := slices.Collect(maps.Values(best))
	if earlier.Rule != "" {
		out = append(out, earlier)
	}
	slices.SortFunc(out, func(a, b Relaxation) int {
		return cmp.Or(cmp.Compare(slices.Index(rank, a.Rule), slices.Index(rank, b.Rule)), cmp.Compare(b.Seconds, a.Seconds))
	})
	return out
}

func cheaper(a, b Relaxation) bool {
	return cmp.Or(cmp.Compare(max(a.Seconds, -a.Seconds), max(b.Seconds, -b.Seconds)), cmp.Compare(a.Level, b.Level), cmp.Compare(a.Added, b.Added)) < 0
}

// seconded tells whether somebody else is free to be the second of a crew when a relaxation lets the first begin.
func (x *explainer) seconded(t asked, r Relaxation) bool {
	who := *t.who
	who.Crew = 1
	if r.Rule == RulePinned {
		who.Pinned = ""
	}
	own := t.stops[0]
	own.job, own.from, own.to, own.any = &who, max(own.from, r.Start), min(own.to, r.Start), own.any || r.Rule == RuleWindow
	second := asked{who: &who, stops: []stop{own}}
	for e := range x.p.Engineers {
		if e == r.Engineer {
			continue
		}
		for k := range x.p.Engineers[e].Shifts {
			if x.explain(second, e, k).Feasible {
				return true
			}
		}
	}
	return false
}

// wanting lists what an engineer would need for work, whatever the time.
func (x *explainer) wanting(t asked, engineer, shift int) []Relaxation {
	e := &x.p.Engineers[engineer]
	var out []Relaxation
	if t.who.Pinned != "" && t.who.Pinned != e.ID {
		out = append(out, Relaxation{Rule: RulePinned})
	}
	if slices.Contains(t.who.Excluded, e.ID) {
		out = append(out, Relaxation{Rule: RuleExcluded})
	}
	add := func(r Relaxation) {
		for i := range out {
			if out[i].Rule == r.Rule && out[i].Skill == r.Skill {
				out[i].Level = max(out[i].Level, r.Level)
				return
			}
		}
		out = append(out, r)
	}
	for _, n := range t.who.Needs {
		if want := max(n.Level, 1); x.levels[engineer][n.Skill] < want {
			add(Relaxation{Rule: RuleSkill, Skill: n.Skill, Level: want})
		}
		if n.Certificate && !slices.Contains(e.Shifts[shift].Certificates, n.Skill) {
			add(Relaxation{Rule: RuleCertificate, Skill: n.Skill})
		}
	}
	if code, have, want := x.lacks(t.stops, e); code != "" {
		out = append(out, Relaxation{Rule: RuleStock, Skill: code, Level: int(min(want-have, math.MaxInt32))})
	}
	return out
}

// equipped is an engineer with a tool or some of a part more in the van.
func equipped(e *Engineer, r Relaxation) *Engineer {
	out := *e
	out.Tools = append(slices.Clone(e.Tools), r.Skill)
	out.Parts = append(slices.Clone(e.Parts), Part{Code: r.Skill, Count: int64(r.Level)})
	return &out
}

// relax tells what would help with one engineer on one shift.
func (x *explainer) relax(t asked, engineer, shift int) []Relaxation {
	e := &x.p.Engineers[engineer]
	s := &e.Shifts[shift]
	if t.who.Fixed || x.waits(t) {
		return nil
	}
	lacks := x.wanting(t, engineer, shift)
	if len(lacks) > 1 {
		return nil
	}
	at := Stop{Engineer: engineer, Shift: shift}
	if len(lacks) == 1 && lacks[0].Rule == RuleStock {
		e = equipped(e, lacks[0])
	}
	l := newLine(x.p, e, s)
	rest := x.beside(l, t, at)
	l.slowest()
	if n := jobsAmong(rest) + len(t.stops); s.MaxJobs > 0 && n > s.MaxJobs {
		lacks = append(lacks, Relaxation{Rule: RuleJobs, Level: n - s.MaxJobs})
	}
	if over, _ := l.overload(t.stops); over > 0 || len(lacks) > 1 {
		return nil
	}
	got := x.fetching(l, rest, t.stops)
	if len(lacks) == 1 {
		if !got.ok || got.full {
			return nil
		}
		lacks[0].Start, lacks[0].Added = got.begin, got.added
		return lacks
	}
	if got.ok { // there is room already, or it is not time that is missing
		return nil
	}
	var out []Relaxation
	longer := *s
	longer.Overtime += 24 * 3600
	m := newLine(x.p, e, &longer)
	x.beside(m, t, at)
	m.slowest()
	if r := m.shiftEnd(rest, t.stops, s.Window.To+s.Overtime); r.Rule != "" {
		out = append(out, r)
	}
	if len(t.stops) == 1 && len(t.who.Windows) > 0 {
		out = append(out, l.shiftWindow(rest, t.stops[0])...)
	}
	return out
}

// slowest has ways measured at the lowest speed of the shift where the time of day counts: what holds then holds always.
func (l *line) slowest() {
	if l.m.Slices == nil {
		return
	}
	l.speed = math.MaxInt64
	for i := upToSlice(l.m.Slices, l.from); i < len(l.m.Slices) && (l.speed == math.MaxInt64 || l.m.Slices[i].From < l.s.Window.To+l.s.Overtime); i++ {
		l.speed = min(l.speed, l.m.Slices[i].Speed)
	}
}

// upToSlice is the slice that an instant lies in.
func upToSlice(list []Slice, t int64) int {
	n, found := slices.BinarySearchFunc(list, t, func(s Slice, t int64) int { return cmp.Compare(s.From, t) })
	if found {
		return n
	}
	return max(n-1, 0)
}

// fits tells whether the loads, tools, parts and ways of an order are within their bounds.
func (l *line) fits(stops []stop) bool {
	over, _ := l.overload(stops)
	value, limit := l.beyond(stops)
	return over == 0 && value <= limit && l.provided(stops)
}

// shiftEnd finds the least overtime beyond an end with which work has a place on a longer shift.
func (l *line) shiftEnd(rest, own []stop, end int64) Relaxation {
	var best Relaxation
	for i := l.begun; i <= len(rest); i++ {
		one := slices.Insert(slices.Clone(rest), i, own[0])
		last := i + 1
		if len(own) > 1 {
			last = len(one)
		}
		for k := i + 1; k <= last; k++ {
			stops := one
			if len(own) > 1 {
				stops = slices.Insert(slices.Clone(one), k, own[1])
			}
			got := l.runFor(stops, own[0].job, false)
			if got.now >= never || got.now <= end || !l.fits(stops) {
				continue
			}
			r := Relaxation{Rule: RuleShift, Seconds: got.now - end, Start: got.begin, Added: l.cost(stops) - l.cost(rest)}
			if best.Rule == "" || cheaper(r, best) {
				best = r
			}
		}
	}
	return best
}

// shiftWindow finds the least by which work would have to start after or before one of its windows.
func (l *line) shiftWindow(rest []stop, own stop) []Relaxation {
	var later, earlier Relaxation
	own.any = true
	for i := l.begun; i <= len(rest); i++ {
		stops := slices.Insert(slices.Clone(rest), i, own)
		if !l.fits(stops) {
			continue
		}
		first := l.runFor(stops, own.job, false)
		if first.now >= never {
			continue
		}
		added := l.cost(stops) - l.cost(rest)
		for _, w := range own.job.Windows {
			if first.begin > w.To {
				if r := (Relaxation{Rule: RuleWindow, Seconds: first.begin - w.To, Start: first.begin, Added: added}); later.Rule == "" || cheaper(r, later) {
					later = r
				}
				continue
			}
			last := l.latest(stops, i, first.begin, w.From)
			if r := (Relaxation{Rule: RuleWindow, Seconds: last - w.From, Start: last, Added: added}); r.Seconds < 0 && (earlier.Rule == "" || cheaper(r, earlier)) {
				earlier = r
			}
		}
	}
	var out []Relaxation
	for _, r := range []Relaxation{later, earlier} {
		if r.Rule != "" {
			out = append(out, r)
		}
	}
	return out
}

// latest is the latest start of stop i, from one that is possible up to a bound.
func (l *line) latest(stops []stop, i int, possible, bound int64) int64 {
	for possible < bound {
		mid := possible + (bound-possible+1)/2
		stops[i].from = mid
		if got := l.runFor(stops, stops[i].job, false); got.now < never && got.begin <= bound {
			possible = mid
		} else {
			bound = mid - 1
		}
	}
	stops[i].from = -never
	return possible
}
