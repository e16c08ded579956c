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
	Opened       struct{ Fact }
	MadeReady    struct{ Fact } // released, or to be continued
	Offered      struct{ Fact }
	OfferExpired struct{ Fact }
	Withdrawn    struct{ Fact }
	Accepted     struct{ Fact }
	Declined     struct{ Fact }
	GivenBack    struct{ Fact }
	Scheduled    struct{ Fact }
	Unscheduled  struct{ Fact }
	Started      struct{ Fact }
	Suspended    struct{ Fact }
	Resumed      struct{ Fact }
	Incomplete   struct{ Fact }
	Completed    struct{ Fact }
	Rejected     struct{ Fact }
	Posted       struct{ Fact }
	Cancelled    struct{ Fact }
	Edited       struct{ Fact }
)

// Topic implements events.Event.
func (Opened) Topic() string       { return "order.opened.v1" }
func (MadeReady) Topic() string    { return "order.ready.v1" }
func (Offered) Topic() string      { return "order.offered.v1" }
func (OfferExpired) Topic() string { return "order.offer_expired.v1" }
func (Withdrawn) Topic() string    { return "order.withdrawn.v1" }
func (Accepted) Topic() string     { return "order.accepted.v1" }
func (Declined) Topic() string     { return "order.declined.v1" }
func (GivenBack) Topic() string    { return "order.given_back.v1" }
func (Scheduled) Topic() string    { return "order.scheduled.v1" }
func (Unscheduled) Topic() string  { return "order.unscheduled.v1" }
func (Started) Topic() string      { return "order.started.v1" }
func (Suspended) Topic() string    { return "order.suspended.v1" }
func (Resumed) Topic() string      { return "order.resumed.v1" }
func (Incomplete) Topic() string   { return "order.incomplete.v1" }
func (Completed) Topic() string    { return "order.completed.v1" }
func (Rejected) Topic() string     { return "order.rejected.v1" }
func (Posted) Topic() string       { return "order.posted.v1" }
func (Cancelled) Topic() string    { return "order.cancelled.v1" }
func (Edited) Topic() string       { return "order.edited.v1" }

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
	PromiseMade    struct{ PromiseFact }
	PromiseChanged struct{ PromiseFact }
	PromiseKept    struct{ PromiseFact }
	PromiseBroken  struct{ PromiseFact }
)

// Topic implements events.Event.
func (PromiseMade) Topic() string    { return "promise.made.v1" }
func (PromiseChanged) Topic() string { return "promise.changed.v1" }
func (PromiseKept) Topic() string    { return "promise.kept.v1" }
func (PromiseBroken) Topic() string  { return "promise.broken.v1" }

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
	VisitPlanned     struct{ VisitFact }
	VisitDispatched  struct{ VisitFact }
	VisitAccepted    struct{ VisitFact }
	VisitDeclined    struct{ VisitFact }
	VisitRescheduled struct{ VisitFact }
	VisitDeparted    struct{ VisitFact }
	VisitArrived     struct{ VisitFact }
	VisitFinished    struct{ VisitFact }
	VisitFailed      struct{ VisitFact }
	VisitCancelled   struct{ VisitFact }
)

// Topic implements events.Event.
func (VisitPlanned) Topic() string     { return "visit.planned.v1" }
func (VisitDispatched) Topic() string  { return "visit.dispatched.v1" }
func (VisitAccepted) Topic() string    { return "visit.accepted.v1" }
func (VisitDeclined) Topic() string    { return "visit.declined.v1" }
func (VisitRescheduled) Topic() string { return "visit.rescheduled.v1" }
func (VisitDeparted) Topic() string    { return "visit.departed.v1" }
func (VisitArrived) Topic() string     { return "visit.arrived.v1" }
func (VisitFinished) Topic() string    { return "visit.finished.v1" }
func (VisitFailed) Topic() string      { return "visit.failed.v1" }
func (VisitCancelled) Topic() string   { return "visit.cancelled.v1" }

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
	ChargeRaised    struct{ MoneyFact }
	CollectionTaken struct{ MoneyFact }
	QuoteSent       struct{ MoneyFact }
	QuoteApproved   struct{ MoneyFact }
	QuoteRefused    struct{ MoneyFact }
	QuoteExpired    struct{ MoneyFact }
)

// Topic implements events.Event.
func (ChargeRaised) Topic() string    { return "charge.raised.v1" }
func (CollectionTaken) Topic() string { return "collection.taken.v1" }
func (QuoteSent) Topic() string       { return "quote.sent.v1" }
func (QuoteApproved) Topic() string   { return "quote.approved.v1" }
func (QuoteRefused) Topic() string    { return "quote.refused.v1" }
func (QuoteExpired) Topic() string    { return "quote.expired.v1" }

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
