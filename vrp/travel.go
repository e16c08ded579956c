package vrp

import (
	"sort"

	"anxin/vrp/internal/core"
)

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
	if m.Unweighed {
		cost = 0
	}
	return seconds, metres, cost
}

// told tells whether ways have a cost of their own, which is not how long they take when they are travelled.
func (m *Matrix) told() bool {
	return m.Cost != nil || m.Unweighed || m.Ways != nil && (!m.Timed || m.Slices == nil)
}

// perSecond is how much there is to cover of a way for each of its seconds.
const perSecond = 1000

// slice is the one that an instant lies in, and where the next begins.
func (m *Matrix) slice(t int64) (speed, next int64) {
	i := sort.Search(len(m.Slices), func(i int) bool { return m.Slices[i].From > t })
	next = never
	if i < len(m.Slices) {
		next = m.Slices[i].From
	}
	return m.Slices[max(i-1, 0)].Speed, next
}

// arrive is when so much is covered from an instant on; without slices a second covers perSecond.
func (m *Matrix) arrive(t, units int64) int64 {
	if units >= never {
		return never
	}
	if m.Slices == nil {
		return t + (units+perSecond-1)/perSecond
	}
	for units > 0 {
		speed, next := m.slice(t)
		if need := (units + speed - 1) / speed; t+need <= next {
			return t + need
		}
		units -= (next - t) * speed
		t = next
	}
	return t
}

// covered is what is covered between two instants.
func (m *Matrix) covered(from, to int64) int64 {
	if m.Slices == nil {
		return (to - from) * perSecond
	}
	var sum int64
	for from < to {
		speed, next := m.slice(from)
		next = min(next, to)
		sum += (next - from) * speed
		from = next
	}
	return sum
}

// among is the matrix of some of the places.
//
// When the time is over, what is left of it is zero.
func (m *Matrix) among(places int, some []int, clock *core.Clock) Matrix {
	n := len(some)
	out := Matrix{Seconds: make([]int32, n*n), Slices: m.Slices, Unweighed: m.Unweighed}
	if m.Ways != nil || m.Metres != nil {
		out.Metres = make([]int32, n*n)
	}
	if m.told() && !m.Unweighed {
		out.Cost = make([]int32, n*n)
	}
	differ := false
	for i, a := range some {
		if clock.Over(64 * n) { // they lie far from each other
			break
		}
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
	if !differ && (m.Slices == nil || !m.told()) { // the shorter tests do; with slices costs that are told stay as they are
		out.Cost = nil
	}
	return out
}
