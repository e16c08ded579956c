package planner

import (
	"slices"

	"anxin/vrp"
)

// profile is the number of an engineer's rush hours among those of the problem: who has the same shares them.
func (m *model) profile(e *Engineer) int {
	p := paceOf(e)
	if p.slices() == nil {
		p = nil
	}
	i := slices.IndexFunc(m.paces, func(o pace) bool {
		return slices.EqualFunc(o, p, func(a, b RushHour) bool { return a.Percent == b.Percent && a.From.Equal(b.From) && a.To.Equal(b.To) })
	})
	if i < 0 {
		i, m.paces = len(m.paces), append(m.paces, p)
	}
	return i
}

// travel tells the problem its ways, at the speeds of each profile. What counts is how long they take then.
func (m *model) travel() {
	if len(m.paces) == 0 {
		m.paces = []pace{nil}
	}
	m.problem.Travel = make([]vrp.Matrix, len(m.paces))
	for i, p := range m.paces {
		m.problem.Travel[i] = vrp.Matrix{Ways: modelWays{m}, Timed: true, Slices: p.slices()}
	}
}

// matrices are all ways at once, for a search.
func (m *model) matrices() []vrp.Matrix {
	n := m.problem.Places
	seconds := make([]int32, n*n)
	for i := range n {
		for k := range n {
			seconds[i*n+k], _, _ = modelWays{m}.Way(i, k)
		}
	}
	out := make([]vrp.Matrix, len(m.paces))
	for i, p := range m.paces {
		out[i] = vrp.Matrix{Seconds: seconds, Slices: p.slices()}
	}
	return out
}

// hurried tells whether ways take longer, or less long, at some hour for anybody.
func (m *model) hurried() bool {
	return slices.ContainsFunc(m.paces, func(p pace) bool { return p != nil })
}

// pace are the rush hours of the engineer of a day.
func (m *model) pace(day int) pace { return m.paces[m.problem.Engineers[day].Profile] }

// bend has the break of a day begin as late as it has to where it is only possible so: whoever drives on and rests in the rush hour
// comes in time. Package vrp has breaks begin as soon as they may.
func (x *dayMaker) bend() {
	if len(x.p) == 0 || x.need == 0 {
		return
	}
	late := int64(0)
	for i := 0; i <= len(x.list); i++ {
		from, to := x.gap(i)
		from, to = max(from, x.rest.from), min(to, x.rest.to)
		spare := x.spare(i)
		if to-from >= x.need && x.p.units(from, from+x.need) <= spare {
			return
		}
		if at, ok := x.p.fits(from, to, x.need, spare); ok && (late == 0 || at < late) {
			late = at
		}
	}
	if late > 0 {
		x.rest.from = late
	}
}

// gap is when the time before a block begins and ends; that of one more than there are is the time after the last.
func (x *dayMaker) gap(i int) (from, to int64) {
	from, to = x.begin, x.end
	if i > 0 {
		from = x.list[i-1].to
	}
	if i < len(x.list) {
		to = x.list[i].from
	}
	return from, to
}
