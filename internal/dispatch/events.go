package dispatch

import (
	"time"

	"anxin/internal/orders"
	"anxin/internal/platform/events"
)

// AlertFact is what the events of an alert tell.
type AlertFact struct {
	events.Head
	Kind       string    `json:"kind"`
	OrderID    orders.ID `json:"order_id"`
	Resolution string    `json:"resolution,omitempty"`
}

// Record implements events.Event.
func (f AlertFact) Record() (kind, id string) { return "dispatch_alert", f.ID }

// AlertRaised says that dispatch could not solve something by itself.
type AlertRaised struct{ AlertFact }

// Topic implements events.Event.
func (AlertRaised) Topic() string { return "dispatch.alert_raised.v1" }

// AlertClosed says that it is settled.
type AlertClosed struct{ AlertFact }

// Topic implements events.Event.
func (AlertClosed) Topic() string { return "dispatch.alert_closed.v1" }

// PlanPublished says that a plan became visits, or moved some.
type PlanPublished struct {
	events.Head
	Kind   string `json:"kind"` // day or repair
	Date   string `json:"date"`
	Visits int    `json:"visits"`
	Moved  int    `json:"moved"` // of them
}

// Topic implements events.Event.
func (PlanPublished) Topic() string { return "dispatch.plan_published.v1" }

// Record implements events.Event.
func (e PlanPublished) Record() (kind, id string) { return "dispatch_plan", e.ID }

func (a Alert) fact(at time.Time) AlertFact {
	return AlertFact{
		Head: events.Head{ID: a.ID, Version: a.Version, OccurredAt: at, BrandID: string(a.BrandID), OutletPath: a.OutletPath},
		Kind: a.Kind, OrderID: a.OrderID, Resolution: a.Resolution,
	}
}
