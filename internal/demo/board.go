package demo

import (
	"slices"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/calendar"
)

// Slots in which customers are promised an engineer, in minutes of the day.
var slots = [][2]int{{9 * 60, 11 * 60}, {11 * 60, 13 * 60}, {13 * 60, 15 * 60}, {15 * 60, 17 * 60}, {16*60 + 30, 18*60 + 30}}

const (
	shiftFrom = 8*60 + 30
	shiftTo   = 18*60 + 30
	between   = 35 * time.Minute // from one place to the next
)

// booking is a place on an engineer's day.
type booking struct {
	engineer *engineer
	from, to time.Time // the promised window
	start    time.Time
	end      time.Time
	late     time.Duration // after the window's end; 0 is in time
}

// free tells whether nothing stands in the way from start to end.
func (e *engineer) free(day calendar.Date, start, end time.Time) bool {
	if e.off[day.Weekday()] || e.away[day] {
		return false
	}
	return !slices.ContainsFunc(e.busy[day], func(s span) bool { return start.Before(s.to) && s.from.Before(end) })
}

// able tells whether the engineer may be sent for the work that day.
func (g *generator) able(e *engineer, brand catalog.BrandID, need []catalog.SkillCode, day calendar.Date) bool {
	return e.Serves(brand) && len(e.Lacks(g.snap, need, day)) == 0
}

// find looks for the first slot from earliest on, within days, in which somebody of the outlet can do the
// work; the one with the least to do that day gets it.
func (g *generator) find(o *outlet, brand catalog.BrandID, need []catalog.SkillCode, minutes int, earliest time.Time, days int, firstSlot int) (booking, bool) {
	length := time.Duration(minutes) * time.Minute
	first := calendar.DateOf(earliest, g.zone)
	for day := first; day < first+calendar.Date(days); day++ {
		for i := range slots {
			slot := slots[(i+firstSlot)%len(slots)]
			if day == first && g.at(day, slot[1]).Before(earliest.Add(30*time.Minute)) {
				continue
			}
			if b, ok := g.inSlot(o, brand, need, length, day, slot, earliest); ok {
				return b, true
			}
		}
	}
	return booking{}, false
}

func (g *generator) inSlot(o *outlet, brand catalog.BrandID, need []catalog.SkillCode, length time.Duration, day calendar.Date, slot [2]int, earliest time.Time) (booking, bool) {
	var best booking
	for _, e := range o.engineers {
		if best.engineer != nil && len(e.busy[day]) >= len(best.engineer.busy[day]) {
			continue
		}
		if !g.able(e, brand, need, day) {
			continue
		}
		for m := slot[0] + 15; m < slot[1]-10; m += 30 {
			start := g.at(day, m)
			end := start.Add(length)
			if start.Before(earliest) || end.After(g.at(day, shiftTo)) || !e.free(day, start.Add(-between), end.Add(between)) {
				continue
			}
			best = booking{engineer: e, from: g.at(day, slot[0]), to: g.at(day, slot[1]), start: start, end: end}
			break
		}
	}
	return best, best.engineer != nil
}

// take marks the booking in the engineer's day; an engineer who will be late is taken longer.
func (g *generator) take(b booking) {
	day := calendar.DateOf(b.start, g.zone)
	to := b.end
	if b.late > 0 {
		to = b.to.Add(b.late).Add(b.end.Sub(b.start))
	}
	b.engineer.busy[day] = append(b.engineer.busy[day], span{b.start, to})
}

// drop gives the time back.
func (g *generator) drop(b booking) {
	day := calendar.DateOf(b.start, g.zone)
	b.engineer.busy[day] = slices.DeleteFunc(b.engineer.busy[day], func(s span) bool { return s.from.Equal(b.start) })
}

// at is an instant of a local day, in minutes from midnight.
func (g *generator) at(day calendar.Date, minutes int) time.Time {
	y, m, d := day.Civil()
	return time.Date(y, m, d, 0, minutes, 0, 0, g.zone).UTC()
}

// inHours moves t forward into the hours from..to of a local day.
func (g *generator) inHours(t time.Time, from, to int) time.Time {
	day := calendar.DateOf(t, g.zone)
	switch {
	case t.Before(g.at(day, from*60)):
		return g.at(day, from*60).Add(t.Sub(g.at(day, 0)) / 8) // those of the night one after the other
	case !t.Before(g.at(day, to*60)):
		return g.at(day+1, from*60).Add(t.Sub(g.at(day, to*60)) / 8)
	}
	return t
}
