package vrp

// Ways tells ways one by one, for problems with more places than a full matrix can hold. Several goroutines ask at once.
type Ways interface {
	// Region is the number of the region that a place lies in, from 0: between regions there are no ways.
	Region(place int) int
	// Way is the way between two places of one region: its seconds, Unreachable where there is none, its metres, and what the
	// objective counts for it. None is negative.
	Way(from, to int) (seconds, metres, cost int32)
}

// At is the way between two places of a problem with so many places: its seconds, Unreachable where there is none, its
// metres, and what the objective counts for it.
func (m *Matrix) At(places, from, to int) (seconds, metres, cost int32) {
	if m.Ways != nil {
		if m.Ways.Region(from) != m.Ways.Region(to) {
			return Unreachable, 0, 0
		}
		return m.Ways.Way(from, to)
	}
	k := from*places + to
	seconds = m.Seconds[k]
	cost = seconds
	if m.Metres != nil {
		metres = m.Metres[k]
	}
	if m.Cost != nil {
		cost = m.Cost[k]
	}
	return seconds, metres, cost
}

// among is the matrix of some of the places.
func (m *Matrix) among(places int, some []int) Matrix {
	n := len(some)
	out := Matrix{Seconds: make([]int32, n*n)}
	if m.Ways != nil || m.Metres != nil {
		out.Metres = make([]int32, n*n)
	}
	if m.Ways != nil || m.Cost != nil {
		out.Cost = make([]int32, n*n)
	}
	differ := false
	for i, a := range some {
		for k, b := range some {
			at := i*n + k
			seconds, metres, cost := m.At(places, a, b)
			out.Seconds[at] = seconds
			if out.Metres != nil {
				out.Metres[at] = metres
			}
			if out.Cost != nil {
				out.Cost[at] = cost
				differ = differ || cost != seconds
			}
		}
	}
	if !differ { // the shorter tests do
		out.Cost = nil
	}
	return out
}
