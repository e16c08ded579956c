package vrp

import (
	"slices"

	"anxin/vrp/internal/core"
)

// metric is one way of travelling and paying for it.
type metric struct {
	profile              int
	perTravelHour, perKM int64
}

// metric fills the matrices over the places that are used, or tells one way at a time of a large problem.
func (c *compiled) metric(m metric) {
	n := len(c.places)
	from := &c.p.Travel[m.profile]
	weight := c.p.Objective.Travel
	if weight == 0 && c.p.Objective.Duration == 0 {
		weight = 1
	}
	used := make([]int, n)
	for place, i := range c.places {
		used[i] = place
	}
	out := core.Metric{
		Weight: weight*c.unit + m.perTravelHour*(c.unit/3600),
		Base:   int32(len(c.core.Metrics)),
		Priced: from.told() || m.perKM > 0 && (from.Metres != nil || from.Ways != nil),
	}
	told, perHour := weight, m.perTravelHour // what the matrix tells costs, and an hour of it
	if from.Slices != nil {                  // how long a way takes, and so what that costs, is known when it is travelled
		out.Slices = c.slices(from)
		if told, perHour = 0, 0; from.told() {
			told, out.Weight = weight, m.perTravelHour*(c.unit/3600)
		}
	}
	far := from.Metres != nil && from.Unweighed // a metre has its price here or where the same ways are shared
	if from.Unweighed {
		if out.Priced, out.Weight = false, m.perTravelHour*(c.unit/3600); far {
			out.PerMetre = m.perKM * (c.unit / 1000)
		}
		if base, ok := c.bases[m.profile]; ok {
			first := &c.core.Metrics[base]
			out.Base, out.Seconds, out.SecondsT, out.Metres, out.Way, out.Wide = base, first.Seconds, first.SecondsT, first.Metres, first.Way, first.Wide
			c.core.Metrics = append(c.core.Metrics, out)
			return
		}
	}
	add := func() {
		if from.Unweighed {
			c.bases[m.profile] = out.Base
		}
		c.core.Metrics = append(c.core.Metrics, out)
	}
	way := func(a, b int32) (int32, int64) {
		seconds, metres, weighs := from.At(c.p.Places, used[a], used[b])
		if seconds >= Unreachable {
			seconds = core.Horizon
		}
		if !out.Priced {
			return length(int64(seconds)), 0
		}
		return length(int64(seconds)), product(int64(weighs), told, c.unit) + product(perHour, int64(seconds), c.unit/3600) +
			product(m.perKM, int64(metres), c.unit/1000)
	}
	anywhere := int32(-1) // the place of those who begin or end where their work is
	if i, ok := c.places[NoPlace]; ok {
		anywhere = i
	}
	if c.large() {
		out.Way = func(a, b int32) (int32, int64) {
			if a == anywhere || b == anywhere {
				return 0, 0
			}
			return way(a, b)
		}
		if !out.Priced && from.Ways == nil {
			out.Wide = &core.Wide{Seconds: from.Seconds, Side: c.p.Places, Index: used} // NoPlace is -1
			if far {
				out.Wide.Metres = from.Metres
			}
		}
		add()
		return
	}
	// Clearing so much memory takes its time, too: each matrix is a piece of work.
	out.Seconds = make([]int32, n*n)
	if c.clock.Now() {
		return
	}
	out.SecondsT = make([]int32, n*n)
	if out.Priced && !c.clock.Now() {
		out.Cost = make([]int64, n*n)
	}
	if c.clock.Now() {
		return
	}
	for a := range int32(n) {
		if c.clock.Over(2 * n) {
			return
		}
		if a == anywhere {
			continue
		}
		row := out.Seconds[int(a)*n : (int(a)+1)*n]
		if !out.Priced && from.Ways == nil { // most problems, in a hurry
			seconds := from.Seconds[used[a]*c.p.Places : (used[a]+1)*c.p.Places]
			for b, place := range used {
				if place != NoPlace {
					row[b] = min(seconds[place], core.Horizon)
				}
			}
			continue
		}
		for b := range int32(n) {
			if b == anywhere {
				continue
			}
			seconds, cost := way(a, b)
			row[b] = seconds
			if out.Priced {
				out.Cost[int(a)*n+int(b)] = cost
			}
		}
	}
	transpose(&out, n, c.clock)
	if (far || c.metres()) && (from.Metres != nil || from.Ways != nil) {
		out.Metres = make([]int32, n*n)
		for a := range int32(n) {
			if c.clock.Over(10 * n) {
				return
			}
			for b := range int32(n) {
				if a != anywhere && b != anywhere {
					_, out.Metres[int(a)*n+int(b)], _ = from.At(c.p.Places, used[a], used[b])
				}
			}
		}
	}
	add()
}

// slices are the speeds of a profile in core's time.
func (c *compiled) slices(m *Matrix) *core.Slices {
	from, speed := []int32{0}, []int64{m.Slices[0].Speed}
	for _, s := range m.Slices {
		switch at := s.From - c.origin; {
		case at <= 0:
			speed[0] = s.Speed
		case at < core.Horizon:
			from, speed = append(from, int32(at)), append(speed, s.Speed)
		}
	}
	return core.NewSlices(from, speed)
}

// large says whether the problem is searched in groups. It is asked when the shifts and tasks are there.
func (c *compiled) large() bool {
	if c.metres() || c.p.shared() {
		return false
	}
	if c.group != 0 {
		return c.group > 0
	}
	return len(c.shifts) >= largeShifts && c.core.Tasks() >= largeTasks || c.core.Tasks() >= manyTasks
}

// metres says whether any shift has a bound of them.
func (c *compiled) metres() bool {
	return slices.ContainsFunc(c.core.Shifts, func(s core.Shift) bool { return s.MaxMetres > 0 })
}

// transpose fills the transposed matrix, square by square for the cache's sake.
func transpose(m *core.Metric, n int, clock *core.Clock) {
	const side = 32
	for i0 := 0; i0 < n && !clock.Over(4*side*n); i0 += side {
		for k0 := 0; k0 < n; k0 += side {
			for i := i0; i < min(i0+side, n); i++ {
				for k := k0; k < min(k0+side, n); k++ {
					m.SecondsT[k*n+i] = m.Seconds[i*n+k]
				}
			}
		}
	}
}

// product multiplies, and stays below what sums of products could overflow at.
func product(a, b, c int64) int64 {
	const most = 1 << 40
	if float64(a)*float64(b)*float64(c) > most {
		return most
	}
	return a * b * c
}
