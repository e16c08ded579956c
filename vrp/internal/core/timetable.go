package core

// Event is one thing of a timetable: work at Node, the rest Break of the shift, or with both -1 the start or the end.
type Event struct {
	Node, Break        int32
	Arrive, Begin, End int32
	Travelled          int32 // seconds on the way since the start
}

// Timetable says when what happens on a route. It ends as early as it can, and leaves as late as that allows. It is
// false when the order of nodes breaks a rule of time. What was begun has to end: when it cannot in time, it ends late.
func (p *Problem) Timetable(shift int32, nodes []int32) ([]Event, bool) {
	s := &p.Shifts[shift]
	r := &route{shift: shift, stops: []stop{{startNode, s.Start, 0}}}
	for _, x := range nodes {
		r.stops = append(r.stops, stop{node: x, place: p.Place[x]})
	}
	r.stops = append(r.stops, stop{node: startNode, place: s.End})
	r.settle(p)
	r.grow(p)
	m, z := &p.Metrics[s.Metric], p.speeds(s)
	for i := 1; i < len(r.stops); i++ {
		if !p.floats(r.stops[i].node) {
			r.stops[i].way, _ = m.way(p.Places, r.stops[i-1].place, r.stops[i].place)
		}
	}
	switch {
	case z != nil:
		if p.Dims > 0 {
			r.load(p)
		}
		r.timeSliced(p, s, z)
	case p.Floating != nil:
		r.timeAmid(p, s)
	default:
		r.time(p, s)
	}
	n := len(r.stops)
	end := r.leave[(n-1)*p.states+len(s.Breaks)]
	if end > s.To {
		if !s.Begun || len(nodes) > 0 {
			return nil, false
		}
		way := r.stops[1].way % Horizon
		if z != nil {
			way = z.arrive(s.From, int64(way)*perSecond) - s.From
		}
		return []Event{{Node: -1, Break: -1, Arrive: s.From, Begin: s.From, End: s.From}, {Node: -1, Break: -1, Arrive: s.From + way, Begin: s.From + way, End: s.From + way, Travelled: way}}, true
	}
	if z != nil {
		return p.timetableSliced(r, s, z), true
	}
	p.trace(r, s)
	from := p.latestStart(r, s, end)
	events := []Event{{Node: -1, Break: -1, Arrive: from, Begin: from, End: from}}
	now, travelled, b, rest := from, int32(0), 0, int32(0)
	for i := 1; i < n; i++ {
		if !p.floats(r.stops[i-1].node) {
			rest = r.stops[r.ahead(p, i)].way
		}
		for ; b < int(r.taken[i]); b++ {
			begin := next(s.Breaks[b].Windows, now)
			part := min(rest, begin-now)
			rest -= part
			travelled += part
			events = append(events, Event{Node: -1, Break: int32(b), Arrive: now + part, Begin: begin, End: begin + s.Breaks[b].Length, Travelled: travelled})
			now = begin + s.Breaks[b].Length
		}
		if x := r.stops[i].node; p.floats(x) {
			begin := next(p.Windows[x], now)
			part := min(rest, begin-now)
			rest -= part
			travelled += part
			events = append(events, Event{Node: x, Break: -1, Arrive: now + part, Begin: begin, End: begin + p.Service[s.Class][x], Travelled: travelled})
			now = begin + p.Service[s.Class][x]
			continue
		}
		travelled += rest
		e := Event{Node: r.stops[i].node, Break: -1, Arrive: now + rest, Travelled: travelled}
		e.Begin, e.End = e.Arrive, e.Arrive
		if e.Node != startNode {
			e.Begin = next(p.Windows[e.Node], e.Arrive)
			e.End = e.Begin + p.work(s.Class, e.Node, r.stops[i-1].place)
		}
		now = e.End
		events = append(events, e)
	}
	return events, true
}

// trace fills taken: how many breaks are taken before each stop when the route ends as early as it can.
func (p *Problem) trace(r *route, s *Shift) {
	if p.Floating != nil {
		p.traceAmid(r, s)
		return
	}
	n, k := len(r.stops), p.states
	r.taken[0] = 0
	b := len(s.Breaks)
	var alone, at [MaxBreaks + 1]int32
	for i := n - 1; i > 0; i-- {
		r.taken[i] = int8(b)
		if b == 0 {
			continue
		}
		st := &r.stops[i]
		for c := b; c >= 0; c-- {
			for o := range alone {
				alone[o] = Never
			}
			alone[c] = r.leave[(i-1)*k+c]
			arrivals(s.Breaks, alone[:], st.way, &at)
			t := at[b]
			if st.node != startNode {
				t = min(next(p.Windows[st.node], t)+p.work(s.Class, st.node, r.stops[i-1].place), Never)
			}
			if t <= r.leave[i*k+b] {
				b = c
				break
			}
		}
	}
}

// latestStart is when the start can be left at the latest, with the breaks where they are, to be at the end by an instant
// and nowhere later where that costs.
func (p *Problem) latestStart(r *route, s *Shift, end int32) int32 {
	if s.Begun {
		return s.From
	}
	t, rest := end, int32(0)
	for i := len(r.stops) - 1; i > 0; i-- {
		st := &r.stops[i]
		if st.node != startNode {
			free := t
			t = last(p.Windows[st.node], t-p.work(s.Class, st.node, r.stops[i-1].place))
			if p.Due != nil && p.Due[st.node] != nil {
				t = min(t, r.begin(p, s, i))
			}
			if p.floats(st.node) {
				rest = max(0, rest-(free-t-p.Service[s.Class][st.node]))
			}
		}
		if !p.floats(st.node) {
			rest = st.way
		}
		for b := int(r.taken[i]) - 1; b >= int(r.taken[i-1]); b-- {
			begin := last(s.Breaks[b].Windows, t-s.Breaks[b].Length)
			rest = max(0, rest-(t-begin-s.Breaks[b].Length))
			t = begin
		}
		if !p.floats(r.stops[i-1].node) {
			t -= rest
		}
	}
	return max(t, s.From)
}
