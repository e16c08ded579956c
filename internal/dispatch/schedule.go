package dispatch

import (
	"slices"
	"time"

	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
)

// Schedule plans an outlet, and those below it, by itself.
type Schedule struct {
	ID         string
	Name       string
	OutletID   outlets.ID
	OutletPath string
	Brands     []string // nil: all; as its maker saw
	Wide       bool     // with what no outlet has yet
	At         int      // minutes of the local day of the outlet
	Weekdays   []time.Weekday
	Ahead      int // days from the day of the run to the first that is planned; 1 is tomorrow
	Days       int // how many are planned
	Publish    bool
	Active     bool
	Since      time.Time // runs that were due before are not caught up
	CreatedBy  string
	CreatedAt  time.Time
	UpdatedAt  time.Time
	Version    int64
}

func (s Schedule) visible(scope access.Scope) bool {
	return madeVisible(scope, s.OutletPath, s.Wide, s.Brands)
}

// caughtUp is how many days back runs that nobody was there for are caught up.
const caughtUp = 7

// due lists the dates on which the schedule should have run by now, the oldest first.
func (s Schedule) due(now time.Time, loc *time.Location) []calendar.Date {
	var out []calendar.Date
	today := calendar.DateOf(now, loc)
	for d := today - caughtUp; d <= today; d++ {
		at := s.dueAt(d, loc)
		if slices.Contains(s.Weekdays, d.Weekday()) && !at.Before(s.Since) && !at.After(now) {
			out = append(out, d)
		}
	}
	return out
}

// dueAt is when the schedule runs on a date.
func (s Schedule) dueAt(d calendar.Date, loc *time.Location) time.Time {
	y, m, day := d.Civil()
	return time.Date(y, m, day, 0, s.At, 0, 0, loc).UTC()
}

// next is when the schedule runs next; zero when it rests.
func (s Schedule) next(now time.Time, loc *time.Location) time.Time {
	if !s.Active {
		return time.Time{}
	}
	today := calendar.DateOf(now, loc)
	for d := today; d <= today+7; d++ {
		if at := s.dueAt(d, loc); slices.Contains(s.Weekdays, d.Weekday()) && at.After(now) {
			return at
		}
	}
	return time.Time{}
}

// RunState is what became of a run of a schedule.
type RunState string

// States of a run: planning → draft, published or failed; missed runs had no day left to plan.
const (
	RunPlanning  RunState = "planning"
	RunDraft     RunState = "draft"
	RunPublished RunState = "published"
	RunFailed    RunState = "failed"
	RunMissed    RunState = "missed"
)

// ScheduleRun is one run of a schedule; there is one a date.
type ScheduleRun struct {
	Schedule string
	Date     calendar.Date // on which it ran
	DueAt    time.Time
	Plan     string
	State    RunState
	Error    string // code of why it failed, or stayed a draft
	Started  time.Time
	Ended    *time.Time
}

// ScheduleInput is what a person says of a schedule.
type ScheduleInput struct {
	access.Act
	ID       string // of an edit
	Version  int64  // that the editor saw
	Name     string
	Outlet   outlets.ID // of a new one
	At       int
	Weekdays []time.Weekday
	Ahead    int
	Days     int
	Publish  bool
	Active   bool
}
