package hybrid

// alone gives an unused vehicle of each kind the chance to take client u,
// alone or with all that follows it.
func (s *search) alone(u int32) {
	p := s.plan
	for k := range s.d.kinds {
		if p.spots[u].route == none {
			return
		}
		r, i := p.at(u)
		if r.n == 1 && r.kind == int32(k) {
			continue
		}
		e := p.empty(int32(k))
		if e == nil {
			continue
		}
		if !s.relocate(r, i, 1, e, 0) && i > 1 {
			s.tails(r, i-1, e, 0)
		}
	}
}
