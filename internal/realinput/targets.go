package realinput

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"anxin/internal/clocks"
	"anxin/internal/platform/calendar"
)

// The other system never says what it promised, only whether it kept it. The targets are looked for on the
// training half of the incidents: of every measure and every calendar, the length that parts kept from
// broken best.

// hoursCalendar is the calendar that the replay publishes.
const hoursCalendar = "incident-hours"

// hoursTried are the working hours that the search may choose from; nil is around the clock. The log names no
// zone, so its wall clock is taken as UTC.
func hoursTried() []*calendar.Spec {
	out := []*calendar.Spec{nil}
	for _, h := range [][2]int{{0, 24}, {7, 19}, {8, 17}, {8, 18}, {9, 17}, {9, 18}} {
		out = append(out, &calendar.Spec{
			Schema: calendar.Schema, ID: hoursCalendar, Name: fmt.Sprintf("Mon-Fri %02d-%02d", h[0], h[1]), Zone: "UTC",
			Weekly: calendar.MondayToFriday(calendar.Hours(h[0], 0, h[1], 0)),
		})
	}
	return out
}

// derived is what the search found for one of the replay's clocks.
type derived struct {
	Hours  *calendar.Spec // nil is around the clock
	Length map[string]time.Duration
	Right  int // of the training half
	Of     int
}

func (d derived) hours() string {
	if d.Hours == nil {
		return "around the clock"
	}
	return d.Hours.Name
}

// target is the length for a priority; incidents of a priority that the training half does not know get the
// longest.
func (d derived) target(priority, calendar string) clocks.Target {
	length, ok := d.Length[priority]
	if !ok {
		for _, l := range d.Length {
			length = max(length, l)
		}
		length = max(length, time.Minute)
	}
	t := clocks.Target{Kind: clocks.CalendarTime, Duration: length}
	if d.Hours != nil {
		t.Kind, t.Calendar = clocks.WorkingTime, calendar
	}
	return t
}

// training tells which half an incident is in: every second one in the order of the file.
func training(i int) bool { return i%2 == 0 }

// used is how many minutes each incident's worst clock of a record used, by a calendar.
func used(r *ruler, calendar, record string, list []*expected) int {
	worst := 0
	for _, e := range list {
		if e.record != record {
			continue
		}
		n := r.openBetween(calendar, e.start, e.met)
		for _, s := range e.stops {
			n -= r.openBetween(calendar, s.from, min(s.to, e.met))
		}
		worst = max(worst, n)
	}
	return worst
}

type sample struct {
	minutes int
	kept    bool
}

// derive looks for the targets of a record's clocks on the training half.
func derive(r *ruler, record string, list []*incident, clocksOf [][]*expected, specs []*calendar.Spec) (derived, error) {
	best := derived{Right: -1}
	for _, spec := range specs {
		id := ""
		if spec != nil {
			id = spec.Name
			tried := *spec
			tried.ID = id
			if err := r.add(tried); err != nil {
				return best, err
			}
		}
		by := map[string][]sample{}
		d := derived{Hours: spec, Length: map[string]time.Duration{}}
		for i, inc := range list {
			if training(i) {
				p := priorityOf(inc.Rows[len(inc.Rows)-1])
				by[p] = append(by[p], sample{used(r, id, record, clocksOf[i]), inc.made()})
				d.Of++
			}
		}
		for p, samples := range by {
			length, right := cut(samples)
			d.Length[p] = max(1, length)
			d.Length[p] *= time.Minute
			d.Right += right
		}
		if d.Right > best.Right {
			best = d
		}
	}
	return best, nil
}

// cut finds the length, in minutes, that parts kept from broken with the fewest mistakes, and how many it
// gets right; among equals the shortest.
func cut(samples []sample) (length time.Duration, right int) {
	slices.SortFunc(samples, func(a, b sample) int { return cmp.Compare(a.minutes, b.minutes) })
	for _, s := range samples {
		if !s.kept {
			right++
		}
	}
	best := right
	for i, s := range samples {
		if s.kept {
			right++
		} else {
			right--
		}
		last := i+1 == len(samples) || samples[i+1].minutes != s.minutes
		if last && right > best {
			best, length = right, time.Duration(s.minutes)
		}
	}
	return length, best
}

// policyID names a policy of the replay.
func policyID(record, priority string) clocks.PolicyID {
	return clocks.PolicyID(strings.ToLower("incident." + record + "." + priority))
}
