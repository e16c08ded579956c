package clocks

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"anxin/internal/platform/calendar"
)

// TargetKind says how a target is measured.
type TargetKind string

// The kinds of target.
const (
	CalendarTime TargetKind = "calendar_time" // Duration of real time, around the clock
	WorkingTime  TargetKind = "working_time"  // Duration of working time of Calendar
	WorkdayEnd   TargetKind = "workday_end"   // closing time of the Days-th working day after the start's date
	Instant      TargetKind = "instant"       // At, such as the end of a promised window
)

// MaxDuration is the longest target and MaxDays the farthest working day. They
// catch units mixed up.
const (
	MaxDuration = 10 * 365 * 24 * time.Hour
	MaxDays     = 3660
)

// Target is what a clock counts towards.
type Target struct {
	Kind TargetKind `json:"kind"`
	// Calendar is the calendar's id, needed for working time and working days.
	// For an instant it is what pauses are measured in; empty is around the
	// clock. In a policy it may be a role, "@outlet", see [Binding].
	Calendar string        `json:"calendar,omitempty"`
	Duration time.Duration `json:"duration_ns,omitempty"`
	// Days counts working days, the start's date not counted; 0 is the end of
	// the working day that the start lies in or before.
	Days int       `json:"days,omitempty"`
	At   time.Time `json:"at,omitzero"`
	// Warn are the marks at which to warn, none or several (an escalation
	// ladder).
	Warn []Mark `json:"warn,omitempty"`
}

// Mark says when to warn: when Used percent of the target are used, or when
// Left time is left, in the target's own time. Exactly one is set.
type Mark struct {
	Used int           `json:"used_percent,omitempty"` // 1 to 99
	Left time.Duration `json:"left_ns,omitempty"`
}

// Validate fails with ErrTarget, naming the field.
func (t Target) Validate() error {
	fail := func(field string) error { return ErrTarget.With("field", field) }
	switch t.Kind {
	case CalendarTime, WorkingTime:
		if t.Duration <= 0 || t.Duration > MaxDuration {
			return fail("duration")
		}
		if (t.Kind == WorkingTime) != (t.Calendar != "") {
			return fail("calendar")
		}
	case WorkdayEnd:
		if t.Days < 0 || t.Days > MaxDays {
			return fail("days")
		}
		if t.Calendar == "" {
			return fail("calendar")
		}
	case Instant:
		if t.At.IsZero() {
			return fail("at")
		}
	default:
		return fail("kind")
	}
	for _, m := range t.Warn {
		byUsed, byLeft := m.Used > 0 && m.Used < 100, m.Left > 0 && m.Left <= MaxDuration
		if byUsed == byLeft || m.Used != 0 && !byUsed || m.Left != 0 && !byLeft {
			return fail("warn")
		}
	}
	return nil
}

// Binding fills in what a policy leaves open for one clock.
type Binding struct {
	Calendars map[string]string // role without "@" -> calendar id: {"outlet": "…", "centre": "…"}
	Promised  time.Time         // the instant for targets of kind Instant
}

// Bind returns the target with its calendar's role replaced and, for an instant
// without a time, the promised one. It fails with ErrCalendar or ErrTarget.
func (t Target) Bind(b Binding) (Target, error) {
	if role, ok := strings.CutPrefix(t.Calendar, "@"); ok {
		id, ok := b.Calendars[role]
		if !ok || id == "" {
			return Target{}, ErrCalendar.With("calendar", t.Calendar)
		}
		t.Calendar = id
	}
	if t.Kind == Instant && t.At.IsZero() {
		t.At = b.Promised
	}
	return t, t.Validate()
}

// Calendars finds a calendar by its id, in the version to count with.
type Calendars func(id string) (*calendar.Calendar, error)

// around measures real time.
var around = sync.OnceValues(func() (*calendar.Calendar, error) {
	return calendar.New(calendar.Around("24x7", "UTC"), nil)
})

func (t Target) calendar(find Calendars) (*calendar.Calendar, error) {
	if t.Calendar == "" {
		return around()
	}
	c, err := find(t.Calendar)
	if err != nil {
		return nil, ErrCalendar.Wrap(err)
	}
	if c == nil {
		return nil, ErrCalendar.With("calendar", t.Calendar)
	}
	return c, nil
}

// span is a piece of time, from included, to not.
type span struct {
	from, to time.Time
}

// net returns the time of cal from a to b without the stops; 0 when b is not
// after a.
func net(cal *calendar.Calendar, a, b time.Time, stops []span) time.Duration {
	if !a.Before(b) {
		return 0
	}
	total := cal.WorkingBetween(a, b)
	for _, s := range stops {
		if from, to := later(a, s.from), earlier(b, s.to); from.Before(to) {
			total -= cal.WorkingBetween(from, to)
		}
	}
	return total
}

// stage is a stretch of a clock's life under one target.
type stage struct {
	target Target
	cal    *calendar.Calendar
	from   time.Time // when the target took effect
	origin time.Time // since when its pauses extend: from, or the start for working days
	base   time.Time // due date without pauses
	due    time.Time
	total  time.Duration // from origin to base
}

// newStage computes a stage. used is the time that the clock has used before
// from; stops are sorted and apart.
func newStage(t Target, cal *calendar.Calendar, start, from time.Time, used time.Duration, stops []span) stage {
	g := stage{target: t, cal: cal, from: from, origin: from}
	switch t.Kind {
	case CalendarTime, WorkingTime:
		g.base, g.total = cal.AddWorking(from, max(0, t.Duration-used)), t.Duration
	case WorkdayEnd:
		g.origin, g.base = start, cal.WorkdayEnd(start, t.Days)
		g.total = net(cal, g.origin, g.base, nil)
	case Instant:
		g.base = t.At
		g.total = net(cal, g.origin, g.base, nil)
	}
	g.due = g.base
	for _, s := range stops {
		from := later(s.from, g.origin)
		if !from.Before(s.to) {
			continue
		}
		if from.After(g.due) {
			break
		}
		g.due = cal.AddWorking(g.due, cal.WorkingBetween(from, s.to))
	}
	// A due date that no time extends may still stand within its pause.
	g.due = afterStop(later(g.due, g.from), stops).UTC()
	return g
}

// warnings returns the instants of the target's marks in order of time: the
// last ones, not before the stage, at which the mark's time is left.
func (g stage) warnings(stops []span) []time.Time {
	out := make([]time.Time, 0, len(g.target.Warn))
	for _, m := range g.target.Warn {
		left := m.Left
		if m.Used > 0 {
			left = g.total - g.total/100*time.Duration(m.Used) - g.total%100*time.Duration(m.Used)/100
		}
		out = append(out, g.before(left, stops))
	}
	slices.SortFunc(out, func(a, b time.Time) int { return cmp.Compare(a.UnixNano(), b.UnixNano()) })
	return out
}

// before walks back from due over working time and stops until left is used up.
func (g stage) before(left time.Duration, stops []span) time.Time {
	at := g.due
	for _, s := range slices.Backward(stops) {
		if left <= 0 || !g.from.Before(at) {
			break
		}
		if !s.from.Before(at) {
			continue
		}
		have := g.cal.WorkingBetween(s.to, at)
		if have >= left {
			break
		}
		left -= have
		at = s.from
	}
	return afterStop(later(g.cal.AddWorking(at, -left), g.from), stops).UTC()
}

// afterStop moves an instant within a stop to its end.
func afterStop(t time.Time, stops []span) time.Time {
	for _, s := range stops {
		if !t.Before(s.from) && t.Before(s.to) {
			return s.to
		}
	}
	return t
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
