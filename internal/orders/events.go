package orders

import (
	"time"

	"anxin/internal/cases"
	"anxin/internal/platform/events"
)

// Fact is what every event of an order tells.
type Fact struct {
	events.Head
	Number      string    `json:"number"`
	CaseID      cases.ID  `json:"case_id"`
	State       State     `json:"state"`
	ServiceType string    `json:"service_type"`
	Category    string    `json:"category,omitempty"`
	CustomerID  string    `json:"customer_id,omitempty"`
	UnitID      string    `json:"unit_id,omitempty"`
	OutletID    string    `json:"outlet_id,omitempty"`
	Priority    string    `json:"priority,omitempty"`
	Reason      string    `json:"reason,omitempty"`
	Blame       string    `json:"responsibility,omitempty"`
	RepeatOf    ID        `json:"repeat_of,omitempty"`
	ReworkOf    ID        `json:"rework_of,omitempty"`
	VisitID     VisitID   `json:"visit_id,omitempty"` // the visit that brought it about
	Outcome     Outcome   `json:"outcome,omitempty"`
	ExpiresAt   time.Time `json:"expires_at,omitzero"` // of an offer
}

// Record implements events.Event.
func (f Fact) Record() (kind, id string) { return "order", f.ID }

// The events of an order; each is published by the act of its name.
type (
	// Opened tells that an order was made.
	Opened struct{ Fact }
	// MadeReady tells that it was released, or is to be continued.
	MadeReady struct{ Fact }
	// Offered tells that an outlet was asked to take it.
	Offered struct{ Fact }
	// OfferExpired tells that the outlet did not answer in time.
	OfferExpired struct{ Fact }
	// Withdrawn tells that the offer was taken back.
	Withdrawn struct{ Fact }
	// Accepted tells that the outlet took it.
	Accepted struct{ Fact }
	// Declined tells that the outlet refused it.
	Declined struct{ Fact }
	// GivenBack tells that the outlet returned it.
	GivenBack struct{ Fact }
	// Scheduled tells that a visit is planned.
	Scheduled struct{ Fact }
	// Unscheduled tells that its last open visit is gone.
	Unscheduled struct{ Fact }
	// Started tells that an engineer arrived.
	Started struct{ Fact }
	// Suspended tells that it waits for somebody.
	Suspended struct{ Fact }
	// Resumed tells that the wait is over.
	Resumed struct{ Fact }
	// Incomplete tells that a visit ended without completing it, or its end was rejected.
	Incomplete struct{ Fact }
	// Completed tells that the engineer says that it is done.
	Completed struct{ Fact }
	// Rejected tells that the review sent it back.
	Rejected struct{ Fact }
	// Posted tells that it is locked for good.
	Posted struct{ Fact }
	// Cancelled tells that it is not wanted any more.
	Cancelled struct{ Fact }
	// Edited tells that what it says, or a counter of it, changed.
	Edited struct{ Fact }
)

// Topic implements events.Event.
func (Opened) Topic() string { return "order.opened.v1" }

// Topic implements events.Event.
func (MadeReady) Topic() string { return "order.ready.v1" }

// Topic implements events.Event.
func (Offered) Topic() string { return "order.offered.v1" }

// Topic implements events.Event.
func (OfferExpired) Topic() string { return "order.offer_expired.v1" }

// Topic implements events.Event.
func (Withdrawn) Topic() string { return "order.withdrawn.v1" }

// Topic implements events.Event.
func (Accepted) Topic() string { return "order.accepted.v1" }

// Topic implements events.Event.
func (Declined) Topic() string { return "order.declined.v1" }

// Topic implements events.Event.
func (GivenBack) Topic() string { return "order.given_back.v1" }

// Topic implements events.Event.
func (Scheduled) Topic() string { return "order.scheduled.v1" }

// Topic implements events.Event.
func (Unscheduled) Topic() string { return "order.unscheduled.v1" }

// Topic implements events.Event.
func (Started) Topic() string { return "order.started.v1" }

// Topic implements events.Event.
func (Suspended) Topic() string { return "order.suspended.v1" }

// Topic implements events.Event.
func (Resumed) Topic() string { return "order.resumed.v1" }

// Topic implements events.Event.
func (Incomplete) Topic() string { return "order.incomplete.v1" }

// Topic implements events.Event.
func (Completed) Topic() string { return "order.completed.v1" }

// Topic implements events.Event.
func (Rejected) Topic() string { return "order.rejected.v1" }

// Topic implements events.Event.
func (Posted) Topic() string { return "order.posted.v1" }

// Topic implements events.Event.
func (Cancelled) Topic() string { return "order.cancelled.v1" }

// Topic implements events.Event.
func (Edited) Topic() string { return "order.edited.v1" }

// PromiseFact is what every event of a promise tells; its record is the order.
type PromiseFact struct {
	events.Head
	PromiseID PromiseID `json:"promise_id"`
	CaseID    cases.ID  `json:"case_id"`
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	ChangedBy Party     `json:"changed_by,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	VisitID   VisitID   `json:"visit_id,omitempty"`
	LateBy    int64     `json:"late_by_s,omitempty"` // seconds after the window; negative before it
}

// Record implements events.Event.
func (f PromiseFact) Record() (kind, id string) { return "order", f.ID }

// The events of a promise.
type (
	// PromiseMade tells that the customer was told a window.
	PromiseMade struct{ PromiseFact }
	// PromiseChanged tells that another window took the place of one.
	PromiseChanged struct{ PromiseFact }
	// PromiseKept tells that the engineer arrived within it.
	PromiseKept struct{ PromiseFact }
	// PromiseBroken tells that nobody arrived within it.
	PromiseBroken struct{ PromiseFact }
)

// Topic implements events.Event.
func (PromiseMade) Topic() string { return "promise.made.v1" }

// Topic implements events.Event.
func (PromiseChanged) Topic() string { return "promise.changed.v1" }

// Topic implements events.Event.
func (PromiseKept) Topic() string { return "promise.kept.v1" }

// Topic implements events.Event.
func (PromiseBroken) Topic() string { return "promise.broken.v1" }

// VisitFact is what every event of a visit tells.
type VisitFact struct {
	events.Head
	Number    string     `json:"number"`
	State     VisitState `json:"state"`
	Orders    []ID       `json:"orders"`
	Engineers []string   `json:"engineers"`
	Start     time.Time  `json:"start"`
	End       time.Time  `json:"end"`
	Day       string     `json:"day"`
	Reason    string     `json:"reason,omitempty"`
	Blame     string     `json:"responsibility,omitempty"`
}

// Record implements events.Event.
func (f VisitFact) Record() (kind, id string) { return "visit", f.ID }

// The events of a visit; each is published by the act of its name.
type (
	// VisitPlanned tells that a trip is planned.
	VisitPlanned struct{ VisitFact }
	// VisitDispatched tells that its engineers were told.
	VisitDispatched struct{ VisitFact }
	// VisitAccepted tells that the engineer will go.
	VisitAccepted struct{ VisitFact }
	// VisitDeclined tells that the engineer cannot go.
	VisitDeclined struct{ VisitFact }
	// VisitRescheduled tells that its time or crew changed.
	VisitRescheduled struct{ VisitFact }
	// VisitDeparted tells that the engineer is on the way.
	VisitDeparted struct{ VisitFact }
	// VisitDelayed tells that it will be late; its promise stands.
	VisitDelayed struct{ VisitFact }
	// VisitArrived tells that the engineer is on site.
	VisitArrived struct{ VisitFact }
	// VisitFinished tells that it ended with outcomes.
	VisitFinished struct{ VisitFact }
	// VisitFailed tells that it was in vain.
	VisitFailed struct{ VisitFact }
	// VisitCancelled tells that it is not to be made.
	VisitCancelled struct{ VisitFact }
)

// Topic implements events.Event.
func (VisitPlanned) Topic() string { return "visit.planned.v1" }

// Topic implements events.Event.
func (VisitDispatched) Topic() string { return "visit.dispatched.v1" }

// Topic implements events.Event.
func (VisitAccepted) Topic() string { return "visit.accepted.v1" }

// Topic implements events.Event.
func (VisitDeclined) Topic() string { return "visit.declined.v1" }

// Topic implements events.Event.
func (VisitRescheduled) Topic() string { return "visit.rescheduled.v1" }

// Topic implements events.Event.
func (VisitDeparted) Topic() string { return "visit.departed.v1" }

// Topic implements events.Event.
func (VisitDelayed) Topic() string { return "visit.delayed.v1" }

// Topic implements events.Event.
func (VisitArrived) Topic() string { return "visit.arrived.v1" }

// Topic implements events.Event.
func (VisitFinished) Topic() string { return "visit.finished.v1" }

// Topic implements events.Event.
func (VisitFailed) Topic() string { return "visit.failed.v1" }

// Topic implements events.Event.
func (VisitCancelled) Topic() string { return "visit.cancelled.v1" }

// MoneyFact tells of a charge, a collection or a quote of an order.
type MoneyFact struct {
	events.Head
	OrderID  ID       `json:"order_id"`
	CaseID   cases.ID `json:"case_id"`
	Kind     string   `json:"kind,omitempty"`
	Payer    string   `json:"payer,omitempty"`
	Minor    int64    `json:"minor"`
	Currency string   `json:"currency"`
	Revision int64    `json:"revision,omitempty"` // of a quote
	Reason   string   `json:"reason,omitempty"`
	kind     string
}

// Record implements events.Event.
func (f MoneyFact) Record() (kind, id string) { return f.kind, f.ID }

// The events of money.
type (
	// ChargeRaised tells that somebody owes something.
	ChargeRaised struct{ MoneyFact }
	// CollectionTaken tells that money was taken.
	CollectionTaken struct{ MoneyFact }
	// QuoteSent tells that the customer has it.
	QuoteSent struct{ MoneyFact }
	// QuoteApproved tells that the customer agreed to it.
	QuoteApproved struct{ MoneyFact }
	// QuoteRefused tells that the customer does not want it.
	QuoteRefused struct{ MoneyFact }
	// QuoteExpired tells that nobody answered it in time.
	QuoteExpired struct{ MoneyFact }
)

// Topic implements events.Event.
func (ChargeRaised) Topic() string { return "charge.raised.v1" }

// Topic implements events.Event.
func (CollectionTaken) Topic() string { return "collection.taken.v1" }

// Topic implements events.Event.
func (QuoteSent) Topic() string { return "quote.sent.v1" }

// Topic implements events.Event.
func (QuoteApproved) Topic() string { return "quote.approved.v1" }

// Topic implements events.Event.
func (QuoteRefused) Topic() string { return "quote.refused.v1" }

// Topic implements events.Event.
func (QuoteExpired) Topic() string { return "quote.expired.v1" }

// ConflictRaised says that a field act came too late to count; a dispatcher has to look.
type ConflictRaised struct {
	events.Head
	VisitID VisitID `json:"visit_id"`
	OrderID ID      `json:"order_id,omitempty"`
	Act     string  `json:"act"`
	Why     string  `json:"why"`
}

// Topic implements events.Event.
func (ConflictRaised) Topic() string { return "conflict.raised.v1" }

// Record implements events.Event.
func (e ConflictRaised) Record() (kind, id string) { return "conflict", e.ID }
