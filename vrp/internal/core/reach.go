package core

// regions numbers the places that hang together by ways in any direction; nil where there is a way from each to each.
func (p *Problem) regions(m *Metric, clock *Clock) []int32 {
	gaps := false
	for i := 0; i < len(m.Seconds) && !gaps; i += p.Places {
		if clock.Over(p.Places) {
			return nil
		}
		for _, s := range m.Seconds[i : i+p.Places] {
			gaps = gaps || s >= Horizon
		}
	}
	if !gaps {
		return nil
	}
	of := make([]int32, p.Places)
	for i := range of {
		of[i] = -1
	}
	var open []int32
	for first := range int32(p.Places) {
		if of[first] >= 0 {
			continue
		}
		of[first] = first
		for open = append(open, first); len(open) > 0; {
			a := int(open[len(open)-1])
			open = open[:len(open)-1]
			if clock.Over(2 * p.Places) {
				return nil
			}
			for b := range p.Places {
				if of[b] < 0 && (m.Seconds[a*p.Places+b] < Horizon || m.SecondsT[a*p.Places+b] < Horizon) {
					of[b] = first
					open = append(open, int32(b))
				}
			}
		}
	}
	return of
}

// roundabout says whether some way that the task alone needs is missing on the shift, while other places may lead there.
func (p *Problem) roundabout(s *Shift, regions []int32, t int32) bool {
	if regions == nil {
		return false
	}
	seconds, missing := p.Metrics[s.Metric].Seconds, false
	at := s.Start
	for i, place := range [...]int32{p.Place[p.First[t]], p.final(t), s.End} {
		if i == 0 && p.floats(p.First[t]) || i == 1 && p.floats(max(p.First[t], p.Second[t])) {
			continue
		}
		if regions[at] != regions[place] {
			return false
		}
		missing = missing || seconds[int(at)*p.Places+int(place)] >= Horizon
		at = place
	}
	return missing
}

// final is where a task ends.
func (p *Problem) final(t int32) int32 {
	if y := p.Second[t]; y >= 0 {
		return p.Place[y]
	}
	return p.Place[p.First[t]]
}
