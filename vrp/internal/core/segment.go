package core

// segment is some stops on end as one: how long they take at least, and between which instants it can begin to take no
// longer. It is for shifts without breaks whose jobs have one window each.
type segment struct{ length, early, late int32 }

// then is a and, after a way, b. Both are feasible together.
func (a segment) then(way int32, b segment) segment {
	way += a.length
	wait := max(0, b.early-way-a.late)
	return segment{length: way + b.length + wait, early: max(b.early-way, a.early) - wait, late: min(b.late-way, a.late)}
}

// segmented says whether the hours of a shift can be told by segments.
func (p *Problem) segmented(s *Shift) bool {
	return p.timed && p.plain && p.Metrics[s.Metric].Slices == nil && p.Due == nil && len(s.Breaks) == 0 && s.Rates.Fair == 0
}

// segments fills upTo, the segments from the start to each stop, and onFrom, those from each stop to the end.
func (r *route) segments(p *Problem, s *Shift) {
	n := len(r.stops)
	r.upTo, r.onFrom = resized(r.upTo, n), resized(r.onFrom, n)
	service := p.Service[s.Class]
	at := segment{early: s.From, late: s.To}
	if s.Begun { // it cannot leave later
		at.late = s.From
	}
	r.upTo[0] = at
	for i := 1; i < n; i++ {
		at = at.then(r.stops[i].way, r.segment(p, s, service, i))
		r.upTo[i] = at
	}
	at = r.segment(p, s, service, n-1)
	r.onFrom[n-1] = at
	for i := n - 2; i > 0; i-- {
		at = r.segment(p, s, service, i).then(r.stops[i+1].way, at)
		r.onFrom[i] = at
	}
}

// segment is stop i alone.
func (r *route) segment(p *Problem, s *Shift, service []int32, i int) segment {
	node := r.stops[i].node
	if node == startNode {
		return segment{early: -Horizon, late: s.To}
	}
	w := p.Windows[node][0]
	return segment{length: service[node], early: w.From, late: w.To}
}

// hours is what a whole route costs by its segment.
func (s *Shift) hours(a segment) int64 {
	return (s.Rates.Duration+s.Rates.Paid)*int64(a.length) + s.Rates.Overtime*int64(max(0, a.early+a.length-s.Rates.Regular))
}

// hoursWith is what the hours of the route cost more with node x behind stop i.
func (r *route) hoursWith(p *Problem, s *Shift, x int32, i int, to, from int32) int64 {
	w := p.Windows[x][0]
	at := r.upTo[i].then(to, segment{length: p.Service[s.Class][x], early: w.From, late: w.To}).then(from, r.onFrom[i+1])
	cost := s.hours(at)
	if !r.idle(p) {
		cost -= s.hours(r.upTo[len(r.stops)-1])
	}
	return cost
}
