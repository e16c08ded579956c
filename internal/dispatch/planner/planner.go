package planner

import (
	"context"
	"errors"
	"time"

	"anxin/internal/platform/calendar"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/reason"
)

// ErrSnapshot says that a snapshot contradicts itself.
var ErrSnapshot = errors.New("dispatch: unusable snapshot")

const unreachable = geo.Unreachable

// Planner decides who does what when. Implementations are deterministic: the same snapshot gives the same
// answer. They are safe for concurrent use, answer an unusable snapshot with [ErrSnapshot], never panic, and
// stop when ctx ends. Every plan of theirs passes [CheckPlan]; package plannertest holds the suite that says
// so.
type Planner interface {
	// Prepare works a snapshot out once, to be asked for slots many times.
	Prepare(s Snapshot) (*Prepared, error)
	// Slots tells which of the wished windows can be promised, what each would cost, and why the others cannot.
	// The answer has the windows of the query in their order.
	Slots(ctx context.Context, s Snapshot, q SlotQuery) ([]Slot, error)
	// Plan gives the snapshot's jobs to its engineers around the visits that they have.
	Plan(ctx context.Context, s Snapshot) (Plan, error)
	// Repair answers an event: it moves no visit that the event does not touch.
	Repair(ctx context.Context, s Snapshot, c Change) (Plan, error)
	// Explain says for every rule whether an engineer could be given a job beside what he has. The rules of
	// time depend on one another: those after the first that fails are left out.
	Explain(s Snapshot, job JobID, engineer EngineerID) reason.List
}

// SlotQuery asks for windows for one job, which need not be among the snapshot's.
type SlotQuery struct {
	Job     Job
	Windows []Span
	// Ways tell, for each part that was joined (see [Join]), the ways of a job at a place that no snapshot knows, which is then the
	// number of the part's places. Empty: Job.Place is one of the snapshot's.
	Ways []Legs
}

// Slot is a window that could be promised, and how.
type Slot struct {
	Window    Span
	Engineers []EngineerID // the lead first; nil when nobody can
	Date      calendar.Date
	Start     time.Time
	End       time.Time
	Cost      int64       // seconds of travel more than without, and what else weighs in
	Reasons   reason.List // why nobody can, the nearest miss first
}

// Offered tells whether the window can be promised.
func (s Slot) Offered() bool { return len(s.Engineers) > 0 }

// Assignment gives a job to engineers.
type Assignment struct {
	Job       JobID         `json:"job"`
	Visit     VisitID       `json:"visit,omitempty"` // that is moved; "" for new work
	Engineers []EngineerID  `json:"engineers"`       // the lead first
	Date      calendar.Date `json:"date"`
	Start     time.Time     `json:"start"` // on site
	End       time.Time     `json:"end"`
}

// Unserved is a job that found nobody.
type Unserved struct {
	Job     JobID       `json:"job"`
	Reasons reason.List `json:"reasons"` // per rule that failed first: for how many, and how near the nearest was
}

// Plan is what a planner proposes.
type Plan struct {
	Assignments []Assignment `json:"assignments"` // by start
	Unserved    []Unserved   `json:"unserved"`
	Fetches     []Fetch      `json:"fetches,omitempty"` // stops at counters for the assigned jobs
	Dropped     []VisitID    `json:"dropped"`           // visits whose engineers cannot keep them, and that found no others
	Travel      int64        `json:"travel"`            // seconds on the way to the assigned jobs
	Work        int64        `json:"work"`              // seconds on site
}

// Change is an event that a plan has to be repaired after.
type Change struct {
	Cancelled []VisitID    // their time is free
	Added     []Job        // to be placed
	Absent    []Absent     // who cannot come after all
	Overrun   []Overrun    // visits that take longer
	Jams      []Jam        // where ways take longer
	Keep      []EngineerID // whose visits are left alone whatever happens
}

// Absent is an engineer who is away for a time.
type Absent struct {
	Engineer EngineerID
	Span
}

// Overrun is a visit that ends later than planned.
type Overrun struct {
	Visit VisitID
	Until time.Time
}

type progressKey struct{}

// WithProgress lets a planner tell how many of its jobs it has decided on.
func WithProgress(ctx context.Context, report func(done, total int)) context.Context {
	return context.WithValue(ctx, progressKey{}, report)
}

// Progress tells whoever listens how far a planner is.
func Progress(ctx context.Context, done, total int) {
	if f, ok := ctx.Value(progressKey{}).(func(done, total int)); ok {
		f(done, total)
	}
}
