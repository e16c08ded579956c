package core

// Due prices when work starts: PerSecond from At on, Fee at once after Breach, and PerMissing for each second that is missing
// to Margin before the end of the window of Promised that it starts in.
type Due struct {
	At, Breach     int32
	PerSecond, Fee int64
	Promised       []Window
	Margin         int32
	PerMissing     int64
}

// Rates price the time of a shift.
type Rates struct {
	Duration int64 // a second between leaving the start and reaching the end
	Paid     int64 // the same, without rests
	Overtime int64 // a second at work after Regular
	Regular  int32
	Fair     float64 // a squared second of work beyond Mean
	Mean     float64
}

func (d *Due) cost(begin int32) int64 {
	if d == nil {
		return 0
	}
	cost := d.late(begin)
	for _, w := range d.Promised {
		if w.From <= begin && begin <= w.To {
			cost += d.PerMissing * max(0, int64(begin)-int64(w.To)+int64(d.Margin))
		}
	}
	return cost
}

// late is the part of the price that an earlier start never makes higher.
func (d *Due) late(begin int32) int64 {
	cost := d.PerSecond * int64(max(0, begin-d.At))
	if begin > d.Breach {
		cost += d.Fee
	}
	return cost
}

// timed says whether costs depend on when things happen.
func (p *Problem) isTimed() bool {
	for i := range p.Shifts {
		if r := &p.Shifts[i].Rates; r.Duration != 0 || r.Paid != 0 || r.Overtime != 0 || r.Fair != 0 {
			return true
		}
	}
	for _, d := range p.Due {
		if d != nil {
			return true
		}
	}
	return false
}

// timeCost is what the hours of a route and its lateness cost. It needs leave.
func (r *route) timeCost(p *Problem) int64 {
	s := &p.Shifts[r.shift]
	n, k := len(r.stops), p.states
	end := r.leave[(n-1)*k+len(s.Breaks)]
	if end > s.To {
		return 0 // nobody asks for the cost of an impossible route
	}
	z := p.speeds(s)
	if z == nil {
		p.trace(r, s)
	}
	var cost int64
	if p.Due != nil {
		for i := 1; i < n-1; i++ {
			if d := p.Due[r.stops[i].node]; d != nil {
				cost += d.cost(r.begin(p, s, i))
			}
		}
	}
	cost += s.Rates.Overtime * int64(max(0, end-s.Rates.Regular))
	if s.Rates.Fair != 0 {
		var work float64
		for i := 1; i < n-1; i++ {
			if p.Task[r.stops[i].node] < 0 {
				continue
			}
			work += float64(p.work(s.Class, r.stops[i].node, r.stops[i-1].place))
		}
		beyond := max(0, work-s.Rates.Mean)
		cost += int64(min(s.Rates.Fair*beyond*beyond, 1<<50))
	}
	if s.Rates.Duration != 0 || s.Rates.Paid != 0 {
		length := int64(end - r.left)
		if z == nil {
			length = int64(end - p.latestStart(r, s, end))
		}
		cost += (s.Rates.Duration + s.Rates.Paid) * length
		for i := range s.Breaks {
			if !s.Breaks[i].Paid {
				cost -= s.Rates.Paid * int64(s.Breaks[i].Length)
			}
		}
	}
	return cost
}

// begin is when the work at stop i begins at the earliest, with the breaks where trace has put them.
func (r *route) begin(p *Problem, s *Shift, i int) int32 {
	if p.Floating != nil || p.speeds(s) != nil {
		return r.starts[i]
	}
	return r.leave[i*p.states+int(r.taken[i])] - p.work(s.Class, r.stops[i].node, r.stops[i-1].place)
}

// with is the cost of a route after an insertion of node x and what belongs to it, all counted.
func (p *Problem) with(r *route, x int32, i, j int) int64 {
	w := p.scratch
	w.shift = r.shift
	w.stops, w.trip = append(w.stops[:0], r.stops...), r.trip
	if y := p.Second[p.Task[x]]; y >= 0 {
		w.insert(p, y, j)
	}
	w.insert(p, x, i)
	w.refresh(p)
	return w.cost()
}

// offer takes a place for node x, whose ways and assignment cost as much as is told, when it is the best so far.
func (p *Problem) offer(r *route, x int32, i, j int, cost int64, b *blink, best *insertion) {
	if p.timed {
		if cost = p.with(r, x, i, j) - r.cost(); cost >= best.cost {
			return
		}
	}
	if !b.overlooks() {
		best.route, best.i, best.j, best.cost = r.shift, int32(i), int32(j), cost
	}
}
