package dispatch

import (
	"slices"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/reason"
	"anxin/internal/workforce"
)

// Claim is capacity that is kept: a hold or a reservation.
type Claim struct {
	ID          string
	OrderID     orders.ID
	BrandID     catalog.BrandID
	OutletID    outlets.ID
	OutletPath  string
	EngineerID  workforce.EngineerID // "": on the outlet's quota of the day
	SecondID    workforce.EngineerID
	ServiceType catalog.ServiceTypeCode
	Date        calendar.Date
	From, To    time.Time // the window that the customer is told
	Start, End  time.Time // when the work is expected; on a quota the window itself
	Lat, Lon    *float64
	until       time.Time // of a hold, where days are read; zero does not expire
}

func (c Claim) engineers() []workforce.EngineerID {
	return slices.DeleteFunc([]workforce.EngineerID{c.EngineerID, c.SecondID}, func(e workforce.EngineerID) bool { return e == "" })
}

func (c Claim) days() []workforce.Day {
	var out []workforce.Day
	for _, e := range c.engineers() {
		out = append(out, workforce.Day{Engineer: e, Date: c.Date.String()})
	}
	return out
}

// HoldState is where a hold stands.
type HoldState string

// States of a hold: held → taken, released or expired.
const (
	HoldHeld     HoldState = "held"
	HoldTaken    HoldState = "taken"
	HoldReleased HoldState = "released"
	HoldExpired  HoldState = "expired"
)

// Hold is a window that is offered to somebody until it expires.
type Hold struct {
	Claim
	State     HoldState
	HeldBy    string
	ExpiresAt time.Time
	CreatedAt time.Time
}

// ReservationState is where a reservation stands.
type ReservationState string

// States of a reservation.
const (
	ReservationAlive   ReservationState = "alive"
	ReservationUsed    ReservationState = "used"    // a visit took its place
	ReservationDropped ReservationState = "dropped" // the promise changed, the outlet lost it, or the order ended
)

// Reservation keeps capacity for a promise.
type Reservation struct {
	Claim
	PromiseID orders.PromiseID
	State     ReservationState
	Why       string // of the end
	CreatedAt time.Time
	EndedAt   *time.Time
}

// Kinds of alerts.
const (
	AlertNoCapacity = "promise_without_capacity"
	AlertNobody     = "nobody_serves"
	AlertAway       = "engineer_away" // a visit stands in time that its engineer does not work any more
	AlertOverrun    = "visit_overrun" // the visit before takes longer: its engineer cannot come in time
)

// Alert is what dispatch could not solve by itself.
type Alert struct {
	ID         string
	Kind       string
	OrderID    orders.ID
	BrandID    catalog.BrandID
	OutletPath string
	Reasons    reason.List
	RaisedAt   time.Time
	ClosedAt   *time.Time
	ClosedBy   string
	Resolution string
	Version    int64
}

// Resolutions of an alert; the first is the program's own.
var Resolutions = []string{"covered", "planned_by_hand", "promise_changed", "noted"}

// Decision is what was decided about an order, by whom, and why.
type Decision struct {
	ID         string
	Act        string // assign, move, swap, unassign, hold, take, offer, publish
	OrderID    orders.ID
	VisitID    orders.VisitID
	Operation  string
	BrandID    catalog.BrandID
	OutletPath string
	Actor      string
	Reason     string
	Overridden bool
	Inputs     map[string]any
	Reasons    reason.List
	DecidedAt  time.Time
}
