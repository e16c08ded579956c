package callbacks

import (
	"anxin/internal/cases"
	"anxin/internal/orders"
	"anxin/internal/platform/events"
)

// Fact is what every event of a callback tells.
type Fact struct {
	events.Head
	Cause   Cause     `json:"cause"`
	CaseID  cases.ID  `json:"case_id"`
	OrderID orders.ID `json:"order_id,omitempty"`
	Class   Class     `json:"class,omitempty"`
	Result  Result    `json:"result,omitempty"`
	Score   int64     `json:"score,omitempty"`
	ByLink  bool      `json:"by_link,omitempty"`
	Attempt int64     `json:"attempt,omitempty"`
	Flags   string    `json:"flags,omitempty"`
}

// Record implements events.Event.
func (f Fact) Record() (kind, id string) { return "callback", f.ID }

// The events of a callback.
type (
	// BecameDue tells that somebody is to be asked.
	BecameDue struct{ Fact }
	// WasAttempted tells that nobody answered this time.
	WasAttempted struct{ Fact }
	// WasAnswered tells what the customer said.
	WasAnswered struct{ Fact }
	// WasUnreachable tells that all attempts were in vain.
	WasUnreachable struct{ Fact }
	// WasRefused tells that the customer wants no questions.
	WasRefused struct{ Fact }
	// WasWaived tells that nobody needs to be asked.
	WasWaived struct{ Fact }
	// Contradicted tells that the link and the call say opposite things.
	Contradicted struct{ Fact }
)

// Topic implements events.Event.
func (BecameDue) Topic() string { return "callback.due.v1" }

// Topic implements events.Event.
func (WasAttempted) Topic() string { return "callback.attempted.v1" }

// Topic implements events.Event.
func (WasAnswered) Topic() string { return "callback.answered.v1" }

// Topic implements events.Event.
func (WasUnreachable) Topic() string { return "callback.unreachable.v1" }

// Topic implements events.Event.
func (WasRefused) Topic() string { return "callback.refused.v1" }

// Topic implements events.Event.
func (WasWaived) Topic() string { return "callback.waived.v1" }

// Topic implements events.Event.
func (Contradicted) Topic() string { return "callback.contradicted.v1" }
