package workforce

import (
	"time"

	"anxin/internal/platform/events"
)

// fact is what every event of a person carries.
type fact struct {
	events.Head
	State  State  `json:"state"`
	Reason string `json:"reason,omitempty"`
}

// Record implements [events.Event].
func (f fact) Record() (string, string) { return "engineer", f.ID }

func (e Engineer) fact(at time.Time, reason string) fact {
	return fact{
		Head:  events.Head{ID: string(e.ID), Version: e.Version, OccurredAt: at, OutletPath: e.OutletPath},
		State: e.State, Reason: reason,
	}
}

// Created says that there is a new person.
type Created struct{ fact }

// Topic implements [events.Event].
func (Created) Topic() string { return "engineer.created.v1" }

// Edited says that data of a person changed, skills and certificates included.
type Edited struct{ fact }

// Topic implements [events.Event].
func (Edited) Topic() string { return "engineer.edited.v1" }

// Moved says that a person works for another outlet.
type Moved struct{ fact }

// Topic implements [events.Event].
func (Moved) Topic() string { return "engineer.moved.v1" }

// Suspended says that a person is off the board.
type Suspended struct{ fact }

// Topic implements [events.Event].
func (Suspended) Topic() string { return "engineer.suspended.v1" }

// Resumed says that a person is back.
type Resumed struct{ fact }

// Topic implements [events.Event].
func (Resumed) Topic() string { return "engineer.resumed.v1" }

// Left says that a person left the firm.
type Left struct{ fact }

// Topic implements [events.Event].
func (Left) Topic() string { return "engineer.left.v1" }

// ShiftsChanged says that a person's template or single dates changed.
type ShiftsChanged struct{ fact }

// Topic implements [events.Event].
func (ShiftsChanged) Topic() string { return "engineer.shifts_changed.v1" }

// AbsenceChanged says that a person will be away, or will not be after all.
type AbsenceChanged struct {
	fact
	AbsenceID AbsenceID `json:"absence_id"`
	Start     time.Time `json:"start"`
	End       time.Time `json:"end"`
	Cancelled bool      `json:"cancelled"`
}

// Topic implements [events.Event].
func (AbsenceChanged) Topic() string { return "engineer.absence_changed.v1" }
