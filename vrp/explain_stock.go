package vrp

import "slices"

// counterStop is a stop to fetch tools and parts.
func counterStop(c *Counter, index int) stop {
	o := stopOf(&Job{Place: c.Place, Service: c.Service, Windows: c.Windows})
	o.counter, o.kind, o.index = c, Fetch, index
	return o
}

func jobsAmong(stops []stop) int {
	n := 0
	for _, o := range stops {
		if o.counter == nil {
			n++
		}
	}
	return n
}

func (c *Counter) hasTool(code string) bool { return c.All || slices.Contains(c.Tools, code) }

func (c *Counter) hasPart(code string) bool { return c.All || slices.Contains(c.Parts, code) }

// stockOf is how many of a kind of part are in an engineer's van.
func (e *Engineer) stockOf(code string) int64 {
	var n int64
	for _, part := range e.Parts {
		if part.Code == code {
			n += part.Count
		}
	}
	return n
}

// lacks finds a tool or part that work alone needs and neither the van nor any counter has; "" for none.
func (x *explainer) lacks(stops []stop, e *Engineer) (code string, have, want int64) {
	for _, o := range stops {
		for _, tool := range o.job.Tools {
			if !slices.Contains(e.Tools, tool) && !slices.ContainsFunc(x.p.Counters, func(c Counter) bool { return c.hasTool(tool) }) {
				return tool, 0, 1
			}
		}
		for _, part := range o.job.Parts {
			if have := e.stockOf(part.Code); part.Count > have && !slices.ContainsFunc(x.p.Counters, func(c Counter) bool { return c.hasPart(part.Code) }) {
				return part.Code, have, part.Count
			}
		}
	}
	return "", 0, 0
}

// provided tells whether everything that the stops need is in the van or fetched before.
func (l *line) provided(stops []stop) bool {
	var used map[string]int64
	for i, o := range stops {
		if o.job.Fixed {
			continue
		}
		fetched := func(has func(c *Counter) bool) bool {
			return slices.ContainsFunc(stops[:i], func(b stop) bool { return b.counter != nil && has(b.counter) })
		}
		for _, tool := range o.job.Tools {
			if !slices.Contains(l.e.Tools, tool) && !fetched(func(c *Counter) bool { return c.hasTool(tool) }) {
				return false
			}
		}
		for _, part := range o.job.Parts {
			if part.Count == 0 || fetched(func(c *Counter) bool { return c.hasPart(part.Code) }) {
				continue
			}
			if used == nil {
				used = map[string]int64{}
			}
			if used[part.Code] += part.Count; used[part.Code] > l.e.stockOf(part.Code) {
				return false
			}
		}
	}
	return true
}

// fetching finds the place that adds the least, for a job also with a stop at a counter before it where the route lacks
// something without.
func (x *explainer) fetching(l *line, rest, own []stop) place {
	best := l.insert(rest, own)
	if !best.short || len(own) > 1 {
		return best
	}
	for i := range x.p.Counters {
		got := l.insert(rest, []stop{counterStop(&x.p.Counters[i], i), own[0]})
		if got.ok && !got.short && (best.short || best.full && !got.full || best.full == got.full && got.added < best.added) {
			best = got
		}
	}
	return best
}

// beyond tells the seconds on the way of an order of stops, or the metres, and their bound, where they are beyond it; else zeros. Where
// the time of day counts, those are the seconds at the highest speed.
func (l *line) beyond(stops []stop) (value, limit int64) {
	if l.s.MaxTravel == 0 && l.s.MaxMetres == 0 {
		return 0, 0
	}
	from := 0
	at := l.s.Start
	for i, o := range stops {
		if o.job.Fixed {
			from, at = i+1, o.job.Place
		}
	}
	var seconds, metres int64
	leg := func(to int) {
		if at != NoPlace && to != NoPlace {
			_, m, _ := l.m.At(l.p.Places, at, to)
			seconds, metres = seconds+l.way(at, to), metres+int64(m)
		}
		if to != NoPlace {
			at = to
		}
	}
	for _, o := range stops[from:] {
		leg(o.job.Place)
	}
	leg(l.s.End)
	if l.m.Slices != nil && seconds < never {
		if l.speed == 0 {
			l.speed = newPace(l.m).most(l.s.Window.From, l.s.Window.To+l.s.Overtime)
		}
		seconds = floorDiv(seconds*perSecond, l.speed)
	}
	switch {
	case l.s.MaxTravel > 0 && seconds > l.s.MaxTravel:
		return seconds, l.s.MaxTravel
	case l.s.MaxMetres > 0 && metres > l.s.MaxMetres:
		return metres, l.s.MaxMetres
	}
	return 0, 0
}
