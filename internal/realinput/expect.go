package realinput

import (
	"anxin/internal/clocks"
)

// What the rows of an incident mean, read a second time and without the product: which clocks there must
// be, when they started, stood still and ended.

// States of the other system.
const (
	stateNew      = "New"
	stateActive   = "Active"
	stateResolved = "Resolved"
	stateClosed   = "Closed"
)

// waitsFor says what an awaiting state waits for; ok is false for the other states.
func waitsFor(state string) (clocks.WaitedFor, bool) {
	switch state {
	case "Awaiting User Info", "Awaiting Evidence":
		return clocks.ForCustomer, true
	case "Awaiting Vendor":
		return clocks.ForProductOwner, true
	case "Awaiting Problem": // root-cause analysis of another team of the firm
		return clocks.ForApproval, true
	}
	return "", false
}

// Records that the replay's own clocks stand on, besides the case.
const (
	recordCase       = "case"
	recordResolution = "resolution" // in the case's job: stands still while the case waits
	recordClosing    = "closing"    // a job of its own: counts whatever is waited for
)

// aimOf is what a clock counts towards, by priority.
type aimOf func(record string, m clocks.Milestone, p clocks.Party, priority string) clocks.Target

// stopped tells whether a wait stops a party's clock: the table of module clocks in a few words.
func stopped(p clocks.Party, w clocks.WaitedFor) bool {
	if p == clocks.Firm {
		return w == clocks.ForCustomer
	}
	return p == clocks.Centre
}

// reader goes through the rows of one incident.
type reader struct {
	r        *ruler
	aim      aimOf
	priority string
	all      []*expected
	open     map[*expected]bool

	response, diagnosis, resolution, closing, awaited *expected

	wait     clocks.WaitedFor
	waitFrom int
	closed   int
}

func (x *reader) begin(record string, m clocks.Milestone, p clocks.Party, at int) *expected {
	e := &expected{
		record: record, milestone: m, party: p, start: at, met: -1, ended: -1, aims: []aim{{at, x.aim(record, m, p, x.priority)}},
	}
	x.all = append(x.all, e)
	x.open[e] = true
	return e
}

func (x *reader) end(e **expected, at int) {
	if *e != nil {
		(*e).met = max(at, (*e).start)
		delete(x.open, *e)
	}
	*e = nil
}

// goOn ends a wait; it lasted no less than nothing.
func (x *reader) goOn(at int) {
	if x.wait == "" {
		return
	}
	at = max(at, x.waitFrom)
	for _, e := range x.all {
		if e.record != recordClosing && e.milestone != clocks.Awaited && x.open[e] && stopped(e.party, x.wait) {
			e.stops = append(e.stops, stretch{x.waitFrom, at})
		}
	}
	x.end(&x.awaited, at)
	x.wait = ""
}

// expect reads an incident. The order of the clocks is that of their start.
func (r *ruler) expect(inc *incident, aim aimOf) []*expected {
	opened := r.minute(inc.Opened)
	x := &reader{r: r, aim: aim, open: map[*expected]bool{}}
	first := inc.Rows[0]
	x.priority = priorityOf(first)
	x.response = x.begin(recordCase, clocks.FirstResponse, clocks.Centre, opened)
	x.diagnosis = x.begin(recordCase, clocks.Diagnosis, clocks.Centre, opened)
	x.resolution = x.begin(recordResolution, clocks.Completion, clocks.Firm, opened)
	x.closing = x.begin(recordClosing, clocks.Completion, clocks.Firm, opened)
	was := stateNew
	for _, row := range inc.Rows {
		was = x.row(row, was)
	}
	return x.all
}

// priorityOf is the priority as ours are called; the other system's where it tells one.
func priorityOf(r logRow) string {
	if r.Priority == 0 {
		return ""
	}
	return "P" + string(rune('0'+r.Priority))
}

// row reads one row after a state and returns the state that it leaves.
func (x *reader) row(row logRow, was string) string {
	at, is := x.r.minute(row.At), row.State
	if is == "" {
		is = was
	}
	if is == stateNew && was != stateNew {
		is = was // nothing becomes new again
	}
	if is != was && was == stateClosed {
		if at-x.closed > 30*24*60 {
			return was // too late: a new case would be opened
		}
		x.response = x.begin(recordCase, clocks.FirstResponse, clocks.Centre, at)
		x.resolution = x.begin(recordResolution, clocks.Completion, clocks.Firm, at)
		x.closing = x.begin(recordClosing, clocks.Completion, clocks.Firm, at)
	}
	_, waits := waitsFor(is)
	if was == stateResolved && is != stateResolved && is != stateClosed {
		x.end(&x.response, at)
		x.resolution = x.begin(recordResolution, clocks.Completion, clocks.Firm, at)
	}
	if p := priorityOf(row); p != "" && p != x.priority && !(is == was && was == stateClosed) {
		x.priority = p
		for e := range x.open {
			if e.milestone != clocks.Awaited {
				e.aims = append(e.aims, aim{at, x.aim(e.record, e.milestone, e.party, p)})
			}
		}
	}
	if is == was {
		return is
	}
	if _, waited := waitsFor(was); waited {
		x.goOn(at)
	}
	if was == stateNew {
		x.end(&x.response, at) // somebody looked at it and said so
	}
	switch {
	case waits:
		w, _ := waitsFor(is)
		party, _ := w.Starts()
		x.wait, x.waitFrom = w, at
		x.awaited = x.begin(recordCase, clocks.Awaited, party, at)
	case is == stateResolved, is == stateClosed:
		if was != stateResolved {
			x.end(&x.response, at)
			x.end(&x.diagnosis, at)
			x.end(&x.resolution, at)
		}
		if is == stateClosed {
			x.end(&x.closing, at)
			x.closed = at
		}
	}
	return is
}
