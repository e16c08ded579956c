package outlets

import (
	"time"

	"anxin/internal/platform/events"
)

// fact is what every event of an outlet carries.
type fact struct {
	events.Head
	State  State  `json:"state"`
	Reason string `json:"reason,omitempty"`
}

// Record implements [events.Event].
func (f fact) Record() (string, string) { return "outlet", f.ID }

func (o Outlet) fact(at time.Time) fact {
	return fact{
		Head:  events.Head{ID: string(o.ID), Version: o.Version, OccurredAt: at, OutletPath: o.Path},
		State: o.State, Reason: o.StateReason,
	}
}

// Created says that there is a new outlet.
type Created struct{ fact }

// Topic implements [events.Event].
func (Created) Topic() string { return "outlet.created.v1" }

// Edited says that data of an outlet changed.
type Edited struct {
	fact
	What string `json:"what"` // the operation: edit, set_areas, set_hours, set_quotas …
}

// Hours tells whether its opening hours, or those of outlets below it, may be others now.
func (e Edited) Hours() bool { return e.What == "edit" || e.What == "set_hours" }

// Topic implements [events.Event].
func (Edited) Topic() string { return "outlet.edited.v1" }

// Suspended says that an outlet gets no new work.
type Suspended struct{ fact }

// Topic implements [events.Event].
func (Suspended) Topic() string { return "outlet.suspended.v1" }

// Resumed says that an outlet works again.
type Resumed struct{ fact }

// Topic implements [events.Event].
func (Resumed) Topic() string { return "outlet.resumed.v1" }

// Closed says that an outlet ended.
type Closed struct{ fact }

// Topic implements [events.Event].
func (Closed) Topic() string { return "outlet.closed.v1" }
