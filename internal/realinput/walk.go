package realinput

import (
	"fmt"
	"time"

	"anxin/internal/clocks"
	"anxin/internal/platform/calendar"
)

// The second implementation of clocks. It walks through a clock's life minute by minute and does what the
// definitions of module clocks say, with lists of booleans for calendars.

// ruler is a stretch of time cut into minutes, with the open ones of every calendar.
type ruler struct {
	start time.Time
	n     int
	open  map[string][]bool  // by calendar id; "" is around the clock
	day   map[string][]int32 // local day of every minute
	until map[string][]int32 // open minutes before a minute: for the search of targets only, the walk counts
}

func newRuler(from, to time.Time) *ruler {
	r := &ruler{start: from.Truncate(24 * time.Hour), open: map[string][]bool{}, day: map[string][]int32{}, until: map[string][]int32{}}
	r.n = int(to.Sub(r.start)/time.Minute) + 1
	all := make([]bool, r.n)
	for i := range all {
		all[i] = true
	}
	r.put("", all, make([]int32, r.n))
	return r
}

// add looks at a calendar's wall clock. Calendars of a country are not known here.
func (r *ruler) add(spec calendar.Spec) error {
	zone, err := time.LoadLocation(spec.Zone)
	if err != nil {
		return err
	}
	if spec.Country != "" || len(spec.Exceptions) > 0 {
		return fmt.Errorf("calendar %s has holidays", spec.ID)
	}
	open, day := make([]bool, r.n), make([]int32, r.n)
	for i := range open {
		at := r.start.Add(time.Duration(i) * time.Minute).In(zone)
		minute := at.Hour()*60 + at.Minute()
		day[i] = int32(at.Year()*1000 + at.YearDay())
		open[i] = spec.AllDay
		for _, w := range spec.Weekly[at.Weekday()] {
			open[i] = open[i] || w.From <= minute && minute < w.To
		}
	}
	r.put(spec.ID, open, day)
	return nil
}

func (r *ruler) put(id string, open []bool, day []int32) {
	until := make([]int32, r.n+1)
	for i, o := range open {
		until[i+1] = until[i]
		if o {
			until[i+1]++
		}
	}
	r.open[id], r.day[id], r.until[id] = open, day, until
}

func (r *ruler) minute(t time.Time) int { return int(t.Sub(r.start) / time.Minute) }

func (r *ruler) time(i int) time.Time { return r.start.Add(time.Duration(i) * time.Minute) }

// stretch is a piece of time in minutes, its end not counted.
type stretch struct{ from, to int }

// aim is a target and since when.
type aim struct {
	from   int
	target clocks.Target
}

// expected is a clock as the rows of the log ask for it. Minutes that never came are -1.
type expected struct {
	record     string // kind
	milestone  clocks.Milestone
	party      clocks.Party
	start      int
	aims       []aim
	stops      []stretch
	met, ended int // ended: the duty fell away
}

// outcome is what the walk finds out, in minutes; -1 is never.
type outcome struct {
	status           clocks.Status
	due              int
	breached         int
	elapsed, stopped int // minutes of the clock's own calendar, used and stood still
}

// walk goes through a clock's life. A clock that has not ended is an error: the log's incidents all end.
func (r *ruler) walk(e expected) (outcome, error) {
	out := outcome{due: -1, breached: -1, status: clocks.StatusMet}
	end := e.met
	if end < 0 {
		end, out.status = e.ended, clocks.StatusVoid
	}
	if end < e.start {
		return out, fmt.Errorf("%s of %s never ended", e.milestone, e.party)
	}
	stands := func(i int) bool {
		for _, s := range e.stops {
			// What is broken is not stopped any more.
			if s.from <= i && i < min(s.to, end) && (out.breached < 0 || s.from < out.breached) {
				return true
			}
		}
		return false
	}
	next, used, deadline := 0, 0, -1
	var target clocks.Target
	var open []bool
	for i := e.start; ; i++ {
		if i >= r.n {
			return out, fmt.Errorf("%s of %s runs beyond the calendar", e.milestone, e.party)
		}
		if out.breached < 0 && deadline >= 0 && i > deadline && i <= end {
			out.breached, out.status = deadline, clocks.StatusBreached
		}
		for out.breached < 0 && i <= end && next < len(e.aims) && e.aims[next].from <= i {
			target, open, deadline = e.aims[next].target, r.open[e.aims[next].target.Calendar], -1
			if open == nil {
				return out, fmt.Errorf("no calendar %q", target.Calendar)
			}
			if target.Kind == clocks.WorkdayEnd {
				deadline = max(i, r.closing(target, e.start))
			}
			next++
		}
		if target.Kind != clocks.WorkdayEnd && deadline < 0 && !stands(i) && time.Duration(used)*time.Minute >= target.Duration {
			deadline = i
		}
		if i >= end && deadline >= 0 {
			break
		}
		switch {
		case !open[i]:
		case !stands(i):
			used++
			if i < end {
				out.elapsed++
			}
		default:
			out.stopped++
			if target.Kind == clocks.WorkdayEnd && deadline > i { // the stop pushes the end of the day on
				for deadline < r.n && !open[deadline] {
					deadline++
				}
				deadline++
			}
		}
		if target.Kind == clocks.WorkdayEnd && deadline == i && stands(i) { // it stands within its stop
			deadline++
		}
	}
	out.due = deadline
	if out.breached >= 0 {
		out.due = out.breached
	}
	return out, nil
}

// closing is the end of the n-th working day after the day of a minute, and with 0 of the working day that the
// minute lies in or before.
func (r *ruler) closing(t clocks.Target, from int) int {
	open, day := r.open[t.Calendar], r.day[t.Calendar]
	days, last, end := 0, int32(0), -1
	for i := from; i < r.n; i++ {
		if end >= 0 && day[i] != last {
			return end
		}
		if !open[i] || t.Days > 0 && day[i] == day[from] {
			continue
		}
		if day[i] != last {
			last = day[i]
			days++
		}
		if days == max(1, t.Days) {
			end = i + 1
		}
	}
	return r.n
}

// openBetween counts the open minutes of a calendar from a to b.
func (r *ruler) openBetween(calendar string, a, b int) int {
	if b <= a {
		return 0
	}
	return int(r.until[calendar][b] - r.until[calendar][a])
}
