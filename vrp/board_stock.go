package vrp

import "slices"

// counterSeat is a stop to fetch tools and parts as a seat. A board keeps those of its plan and adds none.
func (b *Board) counterSeat(st Step) seat {
	c := &b.p.Counters[st.Index]
	return seat{job: &Job{Place: c.Place, Service: c.Service, Windows: c.Windows}, kind: Fetch, counter: c, index: st.Index, windows: c.Windows, length: c.Service}
}

// provides tells whether what a job needs is in the van, beside what the jobs of the lane take of it, or fetched at a
// counter up to an anchor. Work without a place counts as done before all counters.
func (l *lane) provides(j *Job, a int) bool {
	has := func(upTo int, all func(c *Counter) bool) bool {
		return slices.ContainsFunc(l.seats[:upTo], func(s seat) bool { return s.counter != nil && (s.counter.All || all(s.counter)) })
	}
	for _, tool := range j.Tools {
		if !slices.Contains(l.e.Tools, tool) && !has(a, func(c *Counter) bool { return slices.Contains(c.Tools, tool) }) {
			return false
		}
	}
	for _, part := range j.Parts {
		stocks := func(c *Counter) bool { return slices.Contains(c.Parts, part.Code) }
		if part.Count == 0 || has(a, stocks) {
			continue
		}
		left := int64(0)
		take := func(parts []Part, sign int64) {
			for _, o := range parts {
				if o.Code == part.Code {
					left += sign * o.Count
				}
			}
		}
		take(l.e.Parts, 1)
		take(j.Parts, -1)
		for i := l.first; i < len(l.seats); i++ {
			if !has(i, stocks) {
				take(l.seats[i].job.Parts, -1)
			}
		}
		for i := range l.full.f {
			if o := l.full.f[i].job; o != nil && o != j {
				take(o.Parts, -1)
			}
		}
		if left < 0 {
			return false
		}
	}
	return true
}

// ranges tells whether the ways of a lane, those behind fixed work, stay within the shift's bounds when some are added; where it depends
// on the time of day how long they take, whether they could.
func (l *lane) ranges(added way) bool {
	if l.s.MaxTravel == 0 && l.s.MaxMetres == 0 {
		return true
	}
	for a := l.first; a < len(l.ways); a++ {
		added.seconds += l.ways[a].seconds
		added.metres += l.ways[a].metres
	}
	if l.z != nil {
		added.seconds = l.least(added.seconds)
	}
	return (l.s.MaxTravel == 0 || added.seconds <= l.s.MaxTravel) && (l.s.MaxMetres == 0 || added.metres <= l.s.MaxMetres)
}
