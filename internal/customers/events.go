package customers

import (
	"time"

	"anxin/internal/platform/events"
)

func head(r row, at time.Time) events.Head {
	return events.Head{ID: string(r.id), Version: r.version, OccurredAt: at}
}

// Created says that a customer was added.
type Created struct {
	events.Head
	Kind Kind `json:"kind"`
}

// Topic implements events.Event.
func (Created) Topic() string { return "customer.created.v1" }

// Record implements events.Event.
func (e Created) Record() (string, string) { return auditKind, e.ID }

// Changed says that fields or contacts of a customer changed; What names the operation.
type Changed struct {
	events.Head
	What string `json:"what"`
}

// Topic implements events.Event.
func (Changed) Topic() string { return "customer.changed.v1" }

// Record implements events.Event.
func (e Changed) Record() (string, string) { return auditKind, e.ID }

// Merged says that a customer's record now leads to another.
type Merged struct {
	events.Head
	Into ID `json:"into"`
}

// Topic implements events.Event.
func (Merged) Topic() string { return "customer.merged.v1" }

// Record implements events.Event.
func (e Merged) Record() (string, string) { return auditKind, e.ID }

// Unmerged says that a merge was taken back.
type Unmerged struct {
	events.Head
	From ID `json:"from"`
}

// Topic implements events.Event.
func (Unmerged) Topic() string { return "customer.unmerged.v1" }

// Record implements events.Event.
func (e Unmerged) Record() (string, string) { return auditKind, e.ID }

// Erased says that a person's key was destroyed; IDs are all records of that person. Modules clear what
// they keep beside sealed values, such as exact points.
type Erased struct {
	events.Head
	IDs []ID `json:"ids"`
}

// Topic implements events.Event.
func (Erased) Topic() string { return "customer.erased.v1" }

// Record implements events.Event.
func (e Erased) Record() (string, string) { return auditKind, e.ID }

// ConsentChanged says that a consent was given or withdrawn.
type ConsentChanged struct {
	events.Head
	Purpose string `json:"purpose"`
	Granted bool   `json:"granted"`
}

// Topic implements events.Event.
func (ConsentChanged) Topic() string { return "customer.consent_changed.v1" }

// Record implements events.Event.
func (e ConsentChanged) Record() (string, string) { return auditKind, e.ID }
