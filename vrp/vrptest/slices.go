package vrptest

import "anxin/vrp"

// speed is how much of a way a second covers, in thousandths of a second of the matrix.
func speed(m *vrp.Matrix, second int64) int64 {
	if m.Slices == nil {
		return 1000
	}
	now := m.Slices[0].Speed
	for _, s := range m.Slices {
		if second >= s.From {
			now = s.Speed
		}
	}
	return now
}

// drive is when a way that has so much to go, in thousandths, has been covered from an instant on, but not beyond another, and
// what is left of it then.
func drive(m *vrp.Matrix, left, from, until int64) (at, rest int64) {
	for ; left > 0 && from < until; from++ {
		left -= speed(m, from)
	}
	return from, max(left, 0)
}

// leg is a way of a route to one of its steps, and how many seconds it takes.
type leg struct {
	step    int
	way     int // index into the matrix
	seconds int64
}

// legs are the ways of a route, which are travelled at once but for what comes between; what there is no time for is not counted.
func legs(p *vrp.Problem, r vrp.Route) []leg {
	e := p.Engineers[r.Engineer]
	m := &p.Travel[e.Profile]
	at, now := e.Shifts[r.Shift].Start, r.Steps[0].Arrival
	var free [][2]int64
	var out []leg
	for k, s := range r.Steps[1:] {
		place := vrp.NoPlace
		j := jobOf(p, s)
		switch {
		case j != nil:
			place = j.Place
		case s.Kind == vrp.Fetch:
			place = p.Counters[s.Index].Place
		case s.Kind == vrp.End:
			place = e.Shifts[r.Shift].End
		}
		free = append(free, [2]int64{now, s.Arrival})
		now = s.Begin() + s.Length
		if place == vrp.NoPlace {
			continue
		}
		if at != vrp.NoPlace {
			l := leg{step: k + 1, way: at*p.Places + place}
			l.seconds = int64(m.Seconds[l.way])
			if m.Slices != nil && (j == nil || !j.Fixed) && m.Seconds[l.way] < vrp.Unreachable {
				left := 1000 * l.seconds
				l.seconds = 0
				for _, f := range free {
					var end int64
					end, left = drive(m, left, f[0], f[1])
					l.seconds += max(end-f[0], 0)
				}
			}
			out = append(out, l)
		}
		at, free = place, nil
	}
	return out
}
