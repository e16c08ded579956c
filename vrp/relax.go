package vrp

import (
	"cmp"
	"maps"
	"slices"
)

// Relaxation is the least that would have to give way for a job to be done.
type Relaxation struct {
	Rule            Rule // RuleWindow, RuleShift, RuleSkill, RuleCertificate, RulePinned, RuleExcluded
	Engineer, Shift int  // with whom
	// Seconds is by how much: how much later than its window the work starts, negative for earlier; how much longer
	// the shift is.
	Seconds int64
	Skill   string // that the engineer would need, or its paper, at Level
	Level   int
	Start   int64
	Added   int64 // to the cost of travel
}

// Relax tells for a job, a shipment by the id of its delivery, the cheapest relaxations of each rule that would let
// somebody do it beside what the plan has: some time later or earlier, overtime, one skill or paper more, a pin or
// exclusion less. Each alone would do. They are in order of rules; none means that nothing of the kind helps.
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

// relax tells what would help with one engineer on one shift.
func (x *explainer) relax(t asked, engineer, shift int) []Relaxation {
	e := &x.p.Engineers[engineer]
	s := &e.Shifts[shift]
	var lacks []Relaxation
	if t.who.Pinned != "" && t.who.Pinned != e.ID {
		lacks = append(lacks, Relaxation{Rule: RulePinned})
	}
	if slices.Contains(t.who.Excluded, e.ID) {
		lacks = append(lacks, Relaxation{Rule: RuleExcluded})
	}
	for _, n := range t.who.Needs {
		if x.levels[engineer][n.Skill] < max(n.Level, 1) {
			lacks = append(lacks, Relaxation{Rule: RuleSkill, Skill: n.Skill, Level: max(n.Level, 1)})
		} else if n.Certificate && !slices.Contains(s.Certificates, n.Skill) {
			lacks = append(lacks, Relaxation{Rule: RuleCertificate, Skill: n.Skill})
		}
	}
	l := newLine(x.p, e, s)
	rest := x.routes[Stop{Engineer: engineer, Shift: shift}]
	if over, _ := l.overload(t.stops); len(lacks) > 1 || over > 0 || s.MaxJobs > 0 && len(rest)+len(t.stops) > s.MaxJobs {
		return nil
	}
	if len(lacks) == 1 {
		if got := l.insert(rest, t.stops); got.ok && !got.full {
			lacks[0].Start, lacks[0].Added = got.begin, got.added
			return lacks
		}
		return nil
	}
	if got := l.insert(rest, t.stops); got.ok { // there is room already
		return nil
	}
	var out []Relaxation
	longer := *s
	longer.Overtime += 24 * 3600
	m := newLine(x.p, e, &longer)
	if got := m.insert(rest, t.stops); got.ok && !got.full {
		stops := slices.Insert(slices.Clone(rest), got.at[0], t.stops[0])
		if len(t.stops) > 1 {
			stops = slices.Insert(stops, got.at[1], t.stops[1])
		}
		if over := m.run(stops, false).now - s.Window.To - s.Overtime; over > 0 {
			out = append(out, Relaxation{Rule: RuleShift, Seconds: over, Start: got.begin, Added: got.added})
		}
	}
	if len(t.stops) == 1 && len(t.who.Windows) > 0 {
		out = append(out, l.shiftWindow(rest, t.stops[0])...)
	}
	return out
}

// shiftWindow finds the least by which work would have to start after or before one of its windows.
func (l *line) shiftWindow(rest []stop, own stop) []Relaxation {
	var later, earlier Relaxation
	own.any = true
	for i := l.firstFree(rest); i <= len(rest); i++ {
		stops := slices.Insert(slices.Clone(rest), i, own)
		if over, _ := l.overload(stops); over > 0 {
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
