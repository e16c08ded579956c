package core

// ranged says whether a shift has a bound of its ways.
func (s *Shift) ranged() bool { return s.MaxTravel > 0 || s.MaxMetres > 0 }

// reckon adds up the ways of a route.
func (r *route) reckon(p *Problem, m *Metric) {
	r.seconds, r.metres = 0, 0
	for i := 1; i < len(r.stops); i++ {
		if p.floats(r.stops[i].node) {
			continue
		}
		seconds, metres := p.length(m, r.stops[i-1].place, r.stops[i].place)
		r.seconds, r.metres = r.seconds+seconds, r.metres+metres
	}
}

// InRange says whether the ways of a route that has a timetable stay in their bounds: with a stop less they may be longer, where ways
// are shorter over other places than straight.
func (p *Problem) InRange(shift int32, nodes []int32, events []Event) bool {
	s := &p.Shifts[shift]
	if s.MaxTravel > 0 && int64(events[len(events)-1].Travelled) > s.MaxTravel {
		return false
	}
	m := &p.Metrics[s.Metric]
	if s.MaxMetres == 0 || m.Metres == nil {
		return true
	}
	var metres int64
	at := s.Start
	for _, x := range nodes {
		if !p.floats(x) {
			_, far := p.length(m, at, p.Place[x])
			metres, at = metres+far, p.Place[x]
		}
	}
	_, far := p.length(m, at, s.End)
	return metres+far <= s.MaxMetres
}

func (p *Problem) length(m *Metric, from, to int32) (seconds, metres int64) {
	at := int(from)*p.Places + int(to)
	if m.Metres != nil {
		metres = int64(m.Metres[at])
	}
	return int64(m.Seconds[at]), metres
}

// within says whether the ways of a route stay in their bounds over more places: the first behind stop i, the second, where
// there is one, behind stop j of the route without the first.
func (p *Problem) within(r *route, s *Shift, i, j int, places ...int32) bool {
	m := &p.Metrics[s.Metric]
	seconds, metres := r.seconds, r.metres
	way := func(from, to int32, sign int64) {
		a, b := p.length(m, from, to)
		seconds, metres = seconds+sign*a, metres+sign*b
	}
	before := r.stops[i].place
	for k, at := range places {
		stop := i
		if k == 1 && j > i {
			stop, before = j, r.stops[j].place
		}
		behind := r.stops[stop+1].place
		way(before, behind, -1)
		way(before, at, 1)
		way(at, behind, 1)
		before = at
	}
	return (s.MaxTravel == 0 || seconds <= s.MaxTravel) && (s.MaxMetres == 0 || metres <= s.MaxMetres)
}
