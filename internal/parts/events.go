package parts

import (
	"time"

	"anxin/internal/platform/events"
)

func head(p Part, at time.Time) events.Head {
	return events.Head{ID: string(p.ID), Version: p.Version, OccurredAt: at, BrandID: string(p.Brand)}
}

// Moved is what events about stock have in common; the id is the part's.
type Moved struct {
	events.Head
	Place PlaceID `json:"place_id"`
	Qty   int64   `json:"qty"`
	Order string  `json:"order_id,omitempty"`
}

func moved(p Part, at Place, qty int64, order string, when time.Time) Moved {
	h := head(p, when)
	h.OutletPath = at.OutletPath
	return Moved{Head: h, Place: at.ID, Qty: qty, Order: order}
}

// Record implements events.Event.
func (e Moved) Record() (string, string) { return "part", e.ID }

// ReservedEvent says that parts are kept for an order.
type ReservedEvent struct{ Moved }

// Topic implements events.Event.
func (ReservedEvent) Topic() string { return "part.reserved.v1" }

// ReleasedEvent says that kept parts are free again.
type ReleasedEvent struct{ Moved }

// Topic implements events.Event.
func (ReleasedEvent) Topic() string { return "part.released.v1" }

// UsedEvent says that parts were fitted for an order.
type UsedEvent struct{ Moved }

// Topic implements events.Event.
func (UsedEvent) Topic() string { return "part.used.v1" }

// BackEvent says that parts taken for an order came back unused.
type BackEvent struct{ Moved }

// Topic implements events.Event.
func (BackEvent) Topic() string { return "part.back.v1" }

// BelowMinimum says that a place has less of a part than it wants.
type BelowMinimum struct {
	Moved
	Minimum int64 `json:"minimum"`
}

// Topic implements events.Event.
func (BelowMinimum) Topic() string { return "part.below_minimum.v1" }

// MasterChanged says that a part of the master was added or edited.
type MasterChanged struct{ events.Head }

// Topic implements events.Event.
func (MasterChanged) Topic() string { return "part.changed.v1" }

// Record implements events.Event.
func (e MasterChanged) Record() (string, string) { return "part", e.ID }

// TransferEvent is what events about a transfer have in common.
type TransferEvent struct {
	events.Head
	From PlaceID `json:"from"`
	To   PlaceID `json:"to"`
}

// Record implements events.Event.
func (e TransferEvent) Record() (string, string) { return "transfer", e.ID }

// TransferShipped says that parts are on their way to another place.
type TransferShipped struct{ TransferEvent }

// Topic implements events.Event.
func (TransferShipped) Topic() string { return "transfer.shipped.v1" }

// TransferReceived says that a transfer arrived; Short tells that less came than was sent.
type TransferReceived struct {
	TransferEvent
	Short bool `json:"short,omitempty"`
}

// Topic implements events.Event.
func (TransferReceived) Topic() string { return "transfer.received.v1" }

// TransferCancelled says that a transfer went back to where it came from.
type TransferCancelled struct{ TransferEvent }

// Topic implements events.Event.
func (TransferCancelled) Topic() string { return "transfer.cancelled.v1" }

// OldPartEvent is what events about an old part have in common.
type OldPartEvent struct {
	events.Head
	Part  PartID `json:"part_id"`
	Order string `json:"order_id"`
	Qty   int64  `json:"qty"`
}

// Record implements events.Event.
func (e OldPartEvent) Record() (string, string) { return "oldpart", e.ID }

// OldPartOwed says that an exchanged part has to come back.
type OldPartOwed struct{ OldPartEvent }

// Topic implements events.Event.
func (OldPartOwed) Topic() string { return "oldpart.owed.v1" }

// OldPartReceived says that an exchanged part came back.
type OldPartReceived struct{ OldPartEvent }

// Topic implements events.Event.
func (OldPartReceived) Topic() string { return "oldpart.received.v1" }

// OldPartWaived says that an exchanged part need not come back.
type OldPartWaived struct{ OldPartEvent }

// Topic implements events.Event.
func (OldPartWaived) Topic() string { return "oldpart.waived.v1" }
