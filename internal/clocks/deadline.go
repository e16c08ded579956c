package clocks

import (
	"time"

	"anxin/internal/platform/reason"
)

// Deadline is a clock as it stands.
type Deadline struct {
	Clock
	PolicyVersion int
	Reasons       reason.List // why this policy
	Attrs         Attributes
	Calendar      string // of the target in force; empty is around the clock
	Status        Status
	Open          bool // still owed: running, paused, or breached and not done yet
	Due           time.Time
	Provisional   bool // Due lies in a year whose holidays are not published
	Warned        int  // marks reached
	WaitsFor      []WaitedFor
	StartedAt     time.Time
	// BreachedAt, MetAt and VoidAt are zero where they did not happen.
	BreachedAt, MetAt, VoidAt time.Time
	AmendedFrom               *Verdict
	AmendedAt                 time.Time
	UpdatedAt                 time.Time
	Version                   int64
}

// row is a clock as it is kept: the deadline and what its facts begin with.
type row struct {
	Deadline
	roles map[string]string // what the roles of calendars stand for, "outlet" -> id
	rev   int64             // revision of the calendars it was counted with
	facts int               // how many it has, the start included
	start Fact
	next  time.Time // when to look again, zero for never
}

// state is what the copy remembers of the last count, as far as [Changes] looks.
func (r *row) state() State {
	return State{
		Status: r.Status, Warned: r.Warned, BreachedAt: r.BreachedAt, MetAt: r.MetAt, VoidAt: r.VoidAt, Due: r.Due,
		AmendedFrom: r.AmendedFrom, AmendedAt: r.AmendedAt,
	}
}

// take copies what the facts come to.
func (r *row) take(s State, facts Facts) {
	r.facts = len(facts)
	r.Status, r.Due, r.Provisional, r.Warned = s.Status, s.Due, s.Provisional, s.Warned
	r.Calendar = s.Target.Calendar
	r.StartedAt, r.BreachedAt, r.MetAt, r.VoidAt = s.StartedAt, s.BreachedAt, s.MetAt, s.VoidAt
	r.AmendedFrom, r.AmendedAt, r.next = s.AmendedFrom, s.AmendedAt, s.NextAt
	r.WaitsFor = nil
	for _, w := range s.Waits {
		r.WaitsFor = append(r.WaitsFor, w.WaitedFor)
	}
	r.Open = facts.owed()
}

// owed tells whether what the clock is about has neither happened nor fallen away.
func (fs Facts) owed() bool {
	live := fs.live()
	_, met := live.first(Met)
	_, void := live.first(Voided)
	return !met && !void
}

// ended is when a clock's duty ended, as far as its copy tells; false while it is owed. One that fell
// away after it was breached does not remember when.
func (r *row) ended() (time.Time, bool) {
	switch {
	case r.Open:
		return time.Time{}, false
	case !r.MetAt.IsZero():
		return r.MetAt, true
	case !r.VoidAt.IsZero():
		return r.VoidAt, true
	}
	return r.BreachedAt, true
}
