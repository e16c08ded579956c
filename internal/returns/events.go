package returns

import (
	"anxin/internal/cases"
	"anxin/internal/platform/events"
	"anxin/internal/units"
)

// Fact is what every event of a return tells.
type Fact struct {
	events.Head
	Number   string   `json:"number"`
	Type     Type     `json:"type"`
	Decision Decision `json:"decision"`
	CaseID   cases.ID `json:"case_id,omitempty"`
	Reason   string   `json:"reason,omitempty"`
	Line     LineID   `json:"line_id,omitempty"`
	UnitID   units.ID `json:"unit_id,omitempty"`
	Goods    Goods    `json:"goods,omitempty"`
	Grade    Grade    `json:"grade,omitempty"`
	NewUnit  units.ID `json:"new_unit_id,omitempty"`
	Currency string   `json:"currency,omitempty"`
	Amount   int64    `json:"amount,omitempty"`
	Refund   RefundID `json:"refund_id,omitempty"`
	Attempt  int64    `json:"attempt,omitempty"`
}

// Record implements events.Event.
func (f Fact) Record() (kind, id string) { return recordKind, f.ID }

// The events of a return.
type (
	// RequestedEvent tells that goods are to come back.
	RequestedEvent struct{ Fact }
	// DecidedEvent tells that a request was approved or rejected.
	DecidedEvent struct{ Fact }
	// WithdrawnEvent tells that the customer wants nothing any more.
	WithdrawnEvent struct{ Fact }
	// GoodsReceivedEvent tells that goods came, and whether they are what was promised.
	GoodsReceivedEvent struct{ Fact }
	// InspectedEvent tells what the depot found.
	InspectedEvent struct{ Fact }
	// ReplacedEvent tells that something was sent out instead.
	ReplacedEvent struct{ Fact }
	// RefundSent tells that money was handed to a provider.
	RefundSent struct{ Fact }
	// RefundMade tells that it arrived.
	RefundMade struct{ Fact }
	// RefundFailed tells that it did not.
	RefundFailed struct{ Fact }
)

// Topic implements events.Event.
func (RequestedEvent) Topic() string { return "return.requested.v1" }

// Topic implements events.Event.
func (DecidedEvent) Topic() string { return "return.decided.v1" }

// Topic implements events.Event.
func (WithdrawnEvent) Topic() string { return "return.withdrawn.v1" }

// Topic implements events.Event.
func (GoodsReceivedEvent) Topic() string { return "goods.received.v1" }

// Topic implements events.Event.
func (InspectedEvent) Topic() string { return "return.inspected.v1" }

// Topic implements events.Event.
func (ReplacedEvent) Topic() string { return "return.replaced.v1" }

// Topic implements events.Event.
func (RefundSent) Topic() string { return "refund.sent.v1" }

// Topic implements events.Event.
func (RefundMade) Topic() string { return "refund.made.v1" }

// Topic implements events.Event.
func (RefundFailed) Topic() string { return "refund.failed.v1" }
