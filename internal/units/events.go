package units

import (
	"context"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
)

func head(u Unit, at time.Time) events.Head {
	return events.Head{ID: string(u.ID), Version: u.Version, OccurredAt: at, BrandID: string(u.Brand)}
}

// Subscribe makes the module hear of what it has to react to.
func (s *Service) Subscribe(bus *events.Bus) {
	events.Subscribe(bus, "units.on_customer_erased", func(ctx context.Context, ev customers.Erased) error {
		return s.onErased(ctx, db.Strings(ev.IDs))
	})
}

// Created says that a unit was added.
type Created struct {
	events.Head
	Model catalog.ModelID `json:"model_id,omitempty"`
	Owner customers.ID    `json:"owner_id,omitempty"`
}

// Topic implements events.Event.
func (Created) Topic() string { return "unit.created.v1" }

// Record implements events.Event.
func (e Created) Record() (string, string) { return recordKind, e.ID }

// Changed says that fields of a unit changed; What names the operation.
type Changed struct {
	events.Head
	What string `json:"what"`
}

// Topic implements events.Event.
func (Changed) Topic() string { return "unit.changed.v1" }

// Record implements events.Event.
func (e Changed) Record() (string, string) { return recordKind, e.ID }

// FactAdded says that service did something to a unit.
type FactAdded struct {
	events.Head
	Kind          FactKind `json:"kind"`
	SymptomFamily string   `json:"symptom_family,omitempty"`
	Order         string   `json:"order_id,omitempty"`
}

// Topic implements events.Event.
func (FactAdded) Topic() string { return "unit.fact_added.v1" }

// Record implements events.Event.
func (e FactAdded) Record() (string, string) { return recordKind, e.ID }

// OwnerChanged says that a unit has another owner.
type OwnerChanged struct {
	events.Head
	From customers.ID `json:"from,omitempty"`
	To   customers.ID `json:"to,omitempty"`
}

// Topic implements events.Event.
func (OwnerChanged) Topic() string { return "unit.owner_changed.v1" }

// Record implements events.Event.
func (e OwnerChanged) Record() (string, string) { return recordKind, e.ID }

// Marked says that a mark was set or cleared.
type Marked struct {
	events.Head
	Mark     string `json:"mark"`
	Ref      string `json:"ref,omitempty"` // record that set it, such as a campaign
	StopSale bool   `json:"stop_sale,omitempty"`
	Cleared  bool   `json:"cleared,omitempty"`
}

// Topic implements events.Event.
func (Marked) Topic() string { return "unit.marked.v1" }

// Record implements events.Event.
func (e Marked) Record() (string, string) { return recordKind, e.ID }

// ReplacedEvent says that another unit was given for this one.
type ReplacedEvent struct {
	events.Head
	By ID `json:"by"`
}

// Topic implements events.Event.
func (ReplacedEvent) Topic() string { return "unit.replaced.v1" }

// Record implements events.Event.
func (e ReplacedEvent) Record() (string, string) { return recordKind, e.ID }

// RetiredEvent says that a unit is out of use.
type RetiredEvent struct{ events.Head }

// Topic implements events.Event.
func (RetiredEvent) Topic() string { return "unit.retired.v1" }

// Record implements events.Event.
func (e RetiredEvent) Record() (string, string) { return recordKind, e.ID }

// RestoredEvent says that a retirement was taken back.
type RestoredEvent struct{ events.Head }

// Topic implements events.Event.
func (RestoredEvent) Topic() string { return "unit.restored.v1" }

// Record implements events.Event.
func (e RestoredEvent) Record() (string, string) { return recordKind, e.ID }

// Merged says that a unit's record now leads to another.
type Merged struct {
	events.Head
	Into ID `json:"into"`
}

// Topic implements events.Event.
func (Merged) Topic() string { return "unit.merged.v1" }

// Record implements events.Event.
func (e Merged) Record() (string, string) { return recordKind, e.ID }

// Unmerged says that a merge was taken back.
type Unmerged struct {
	events.Head
	From ID `json:"from"`
}

// Topic implements events.Event.
func (Unmerged) Topic() string { return "unit.unmerged.v1" }

// Record implements events.Event.
func (e Unmerged) Record() (string, string) { return recordKind, e.ID }
