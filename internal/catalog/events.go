package catalog

import "anxin/internal/platform/events"

// Changed says that a row was created, edited or retired. Readers take a new snapshot by themselves;
// the event is for caches outside.
type Changed struct {
	events.Head
	Table string `json:"table"` // "brand", "model", "service_type", …
	Act   string `json:"act"`   // "create", "edit", "import"
}

// Topic implements [events.Event].
func (Changed) Topic() string { return "catalog.changed.v1" }

// Record implements [events.Event].
func (e Changed) Record() (string, string) { return e.Table, e.ID }
