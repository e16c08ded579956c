package planner

import (
	"slices"
	"time"
)

// Jam is traffic: for a while, ways that begin or end in a part of the city take longer. What is planned anew counts with
// it on all ways there, at whatever time, so that nothing is promised that the jam could break; only visits on the way to
// which it lies are taken off their place.
type Jam struct {
	Span
	In      func(place int) bool
	Percent int // how much longer: 50 is half as long again
}

// jammed are ways with jams; the worst of several counts.
type jammed struct {
	Legs
	jams []Jam
}

// At implements [Legs].
func (j jammed) At(from, to int) (seconds, metres int32) {
	seconds, metres = j.Legs.At(from, to)
	if seconds < 0 || seconds >= unreachable {
		return seconds, metres
	}
	worst := 0
	for _, x := range j.jams {
		if x.In(from) || x.In(to) {
			worst = max(worst, x.Percent)
		}
	}
	return int32(min(int64(unreachable)-1, (int64(seconds)*int64(100+worst)+99)/100)), metres
}

// late tells whether a jam makes an engineer of a visit late who would have come in time. s has the ways as they were,
// after what happened beside.
func (s *Snapshot) late(after *Snapshot, i int, jams []Jam) bool {
	if len(jams) == 0 || s.Travel == nil {
		return false
	}
	v := &after.Visits[i]
	if v.Job.Place == NoPlace {
		return false
	}
	for _, id := range v.Engineers {
		e, ok := after.engineer(id)
		if !ok {
			continue
		}
		from, since := after.before(e, v)
		was, ok := s.leg(from, v.Job.Place)
		p := after.paceOn(id, v.Date)
		if !ok || from == NoPlace || p.arrive(since, time.Duration(was)*time.Second).After(v.Start) {
			continue
		}
		worst := was
		for _, j := range jams {
			if j.overlaps(Span{since, v.Start.Add(time.Nanosecond)}) && (j.In(from) || j.In(v.Job.Place)) {
				worst = max(worst, (was*int64(100+j.Percent)+99)/100)
			}
		}
		if p.arrive(since, time.Duration(worst)*time.Second).After(v.Start) {
			return true
		}
	}
	return false
}

// before is where an engineer stands before a visit, and since when.
func (s *Snapshot) before(e *Engineer, v *Visit) (place int, since time.Time) {
	place, since = e.Home, s.Now
	if k, ok := e.day(v.Date); ok && len(e.Days[k].Shifts) > 0 {
		since = later(since, e.Days[k].Shifts[0].From)
	}
	var start time.Time
	for i := range s.Visits {
		o := &s.Visits[i]
		if o == v || o.Date != v.Date || !o.Start.Before(v.Start) || !slices.Contains(o.Engineers, e.ID) {
			continue
		}
		since = later(since, o.End)
		if o.Job.Place != NoPlace && !o.Start.Before(start) {
			place, start = o.Job.Place, o.Start
		}
	}
	return place, since
}
