package orders

import (
	"time"

	"anxin/internal/catalog"
	"anxin/internal/workforce"
)

// ConflictID names a conflict.
type ConflictID string

// Conflict is a field act that came when its order or visit had moved on: it is kept with its proof, and
// a dispatcher decides what it means.
type Conflict struct {
	ID          ConflictID
	VisitID     VisitID
	OrderID     ID // empty: the whole visit
	Act         string
	OperationID string
	EngineerID  workforce.EngineerID
	Why         string // code of [ConflictReasons]
	VisitState  VisitState
	OrderState  State
	Outcome     Outcome // that the engineer reported
	BrandID     catalog.BrandID
	OutletPath  string
	OccurredAt  time.Time
	RecordedAt  time.Time
	ClosedAt    *time.Time
	ClosedBy    string
	Resolution  string
}

// Why a field act could not count.
const (
	WhyCancelled   = "visit_cancelled"
	WhyRescheduled = "visit_rescheduled"
	WhyEnded       = "visit_ended"
	WhyTakenOff    = "engineer_taken_off"
	WhyDropped     = "order_taken_off"
	WhyOrderMoved  = "order_moved"
)

// ConflictReasons lists why a field act could not count.
var ConflictReasons = []string{WhyCancelled, WhyRescheduled, WhyEnded, WhyTakenOff, WhyDropped, WhyOrderMoved}

// Resolutions of a conflict.
var Resolutions = []string{
	"noted",     // nothing more to do
	"redone",    // the dispatcher did by hand what the act meant
	"new_order", // the work was done for an order that ended: another order carries it
	"refused",   // the act was wrong
}
