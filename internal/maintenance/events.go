package maintenance

import (
	"time"

	"anxin/internal/catalog"
	"anxin/internal/orders"
	"anxin/internal/platform/events"
	"anxin/internal/units"
)

// Fact is what every event of a campaign tells.
type Fact struct {
	events.Head
	Number   string `json:"number"`
	Kind     Kind   `json:"kind"`
	State    State  `json:"state"`
	StopSale bool   `json:"stop_sale,omitempty"`
	Affected int64  `json:"affected,omitempty"` // units, as counted at the approval
	Reason   string `json:"reason,omitempty"`
}

// Record implements events.Event.
func (f Fact) Record() (kind, id string) { return recordKind, f.ID }

// The events of a campaign.
type (
	// ApprovedEvent tells that a second person agrees.
	ApprovedEvent struct{ Fact }
	// WithdrawnEvent tells that the approval was taken back.
	WithdrawnEvent struct{ Fact }
	// StartedEvent tells that affected units are looked for and their customers told.
	StartedEvent struct{ Fact }
	// ClosedEvent tells that it ended.
	ClosedEvent struct{ Fact }
	// CancelledEvent tells that it was called off.
	CancelledEvent struct{ Fact }
)

// Topic implements events.Event.
func (ApprovedEvent) Topic() string { return "recall.approved.v1" }

// Topic implements events.Event.
func (WithdrawnEvent) Topic() string { return "recall.withdrawn.v1" }

// Topic implements events.Event.
func (StartedEvent) Topic() string { return "recall.started.v1" }

// Topic implements events.Event.
func (ClosedEvent) Topic() string { return "recall.closed.v1" }

// Topic implements events.Event.
func (CancelledEvent) Topic() string { return "recall.cancelled.v1" }

// UnitMoved tells that a unit of a campaign has another state.
type UnitMoved struct {
	events.Head
	Campaign ID              `json:"campaign_id"`
	Number   string          `json:"number"`
	Unit     units.ID        `json:"unit_id"`
	Model    catalog.ModelID `json:"model_id,omitempty"`
	State    UnitState       `json:"state"`
	Was      UnitState       `json:"was"`
	Order    orders.ID       `json:"order_id,omitempty"`
	Reason   string          `json:"reason,omitempty"`
}

// Topic implements events.Event.
func (UnitMoved) Topic() string { return "recall.unit_moved.v1" }

// Record implements events.Event.
func (e UnitMoved) Record() (string, string) { return unitKind, e.ID }

const (
	recordKind = "campaign"
	unitKind   = "campaign_unit"
)

func (c Campaign) fact(at time.Time, reason string) Fact {
	return Fact{
		Head:   events.Head{ID: string(c.ID), Version: c.Version, OccurredAt: at, BrandID: string(c.Brand), OutletPath: c.OutletPath},
		Number: c.Number, Kind: c.Kind, State: c.State, StopSale: c.StopSale, Affected: c.Counted.Total, Reason: reason,
	}
}
