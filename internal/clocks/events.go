package clocks

import (
	"context"
	"time"

	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
)

// Told is what every event of a clock tells; Head.ID is the clock, OccurredAt when it came about.
type Told struct {
	events.Head
	JobKind    string      `json:"job_kind"`
	JobID      string      `json:"job_id"`
	RecordKind string      `json:"record_kind"`
	RecordID   string      `json:"record_id"`
	Party      Party       `json:"party"`
	Milestone  Milestone   `json:"milestone"`
	Status     Status      `json:"status"`
	Due        time.Time   `json:"due"`
	Policy     PolicyID    `json:"policy,omitempty"`
	Priority   string      `json:"priority,omitempty"`
	Warned     int         `json:"warned,omitempty"`    // which mark was reached, from 1
	WaitsFor   []WaitedFor `json:"waits_for,omitempty"` // while paused
	BreachedAt time.Time   `json:"breached_at,omitzero"`
	MetAt      time.Time   `json:"met_at,omitzero"`
	Was        *Verdict    `json:"was,omitempty"`     // the verdict that no longer holds
	WasDue     time.Time   `json:"was_due,omitzero"`  // of a clock that a new calendar moved
	Revision   int64       `json:"revision,omitzero"` // of the calendars that moved it
}

// Record implements events.Event.
func (t Told) Record() (kind, id string) { return "clock", t.ID }

// The events of a clock.
type (
	// ClockWarned tells that a mark of the target was reached.
	ClockWarned struct{ Told }
	// ClockMet tells that the milestone happened, in time or, with BreachedAt, late.
	ClockMet struct{ Told }
	// ClockBreached tells that the due date passed.
	ClockBreached struct{ Told }
	// ClockPaused tells that the job waits for somebody, which stops this clock.
	ClockPaused struct{ Told }
	// ClockResumed tells that it runs again.
	ClockResumed struct{ Told }
	// ClockAmended tells that facts learnt later overthrew a verdict.
	ClockAmended struct{ Told }
	// ClockMoved tells that a published calendar moved the due date.
	ClockMoved struct{ Told }
)

// Topic implements events.Event.
func (ClockWarned) Topic() string { return "clock.warned.v1" }

// Topic implements events.Event.
func (ClockMet) Topic() string { return "clock.met.v1" }

// Topic implements events.Event.
func (ClockBreached) Topic() string { return "clock.breached.v1" }

// Topic implements events.Event.
func (ClockPaused) Topic() string { return "clock.paused.v1" }

// Topic implements events.Event.
func (ClockResumed) Topic() string { return "clock.resumed.v1" }

// Topic implements events.Event.
func (ClockAmended) Topic() string { return "clock.amended.v1" }

// Topic implements events.Event.
func (ClockMoved) Topic() string { return "clock.moved.v1" }

// Topics lists the events of clocks, for subscribers that hear all of them.
var Topics = []string{
	ClockWarned{}.Topic(), ClockMet{}.Topic(), ClockBreached{}.Topic(), ClockPaused{}.Topic(), ClockResumed{}.Topic(),
	ClockAmended{}.Topic(), ClockMoved{}.Topic(),
}

func (r *row) told(at time.Time) Told {
	return Told{
		Head:    events.Head{ID: string(r.ID), Version: r.Version, OccurredAt: at, BrandID: r.Attrs.Brand},
		JobKind: r.Job.Kind, JobID: r.Job.ID, RecordKind: r.Record.Kind, RecordID: r.Record.ID, Party: r.Party, Milestone: r.Milestone,
		Status: r.Status, Due: r.Due, Policy: r.Policy, Priority: r.Attrs.Priority, WaitsFor: r.WaitsFor, BreachedAt: r.BreachedAt, MetAt: r.MetAt,
	}
}

// tell publishes what changed between two counts; asOf is the moment of the second.
func tell(ctx context.Context, tx *db.Tx, r *row, before, after State, asOf time.Time) error {
	for _, c := range Changes(before, after) {
		t := r.told(asOf)
		var ev events.Event
		switch c {
		case ChangeAmended:
			t.OccurredAt, t.Was = after.AmendedAt, after.AmendedFrom
			ev = ClockAmended{t}
		case ChangeWarned:
			t.OccurredAt, t.Warned = after.WarnAt[after.Warned-1], after.Warned
			ev = ClockWarned{t}
		case ChangePaused:
			ev = ClockPaused{t}
		case ChangeResumed:
			ev = ClockResumed{t}
		case ChangeMet:
			t.OccurredAt = after.MetAt
			ev = ClockMet{t}
		case ChangeBreached:
			t.OccurredAt = after.BreachedAt
			ev = ClockBreached{t}
		case ChangeVoided:
			continue
		}
		if err := events.Publish(ctx, tx, ev); err != nil {
			return err
		}
	}
	return nil
}
