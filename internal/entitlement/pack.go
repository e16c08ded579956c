package entitlement

import (
	"time"

	"anxin/internal/catalog"
	"anxin/internal/entitlement/rules"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

// PackState is how far a pack that the firm wrote has come.
type PackState string

// States of packs. Published versions stay in force beside later ones: a unit is judged by the highest version whose days
// of purchase include its own.
const (
	PackDraft     PackState = "draft"
	PackPublished PackState = "published"
	PackWithdrawn PackState = "withdrawn"
)

// PackRecord is a version of a rule pack, of the product or of the firm.
type PackRecord struct {
	Pack      rules.Pack
	Product   bool            // came with the product; has no state of its own
	Brand     catalog.BrandID // whose goods alone it judges; empty for all
	State     PackState
	Confirmed []Confirmation
	Open      []string // cells that nobody has confirmed
	Faults    []*rules.Fault
	SavedBy   string
	SavedAt   time.Time
	DecidedBy string // who published or withdrew it last
	DecidedAt time.Time
	Version   int64 // of the record, not of the pack
}

// Confirmation is a lawyer's word for one cell of a pack, see [rules.Pack.Cells].
type Confirmation struct {
	Cell   string
	Source string // the text that was read: article, edition
	By     string
	At     time.Time
}

// Codes of packs.
var (
	ErrPackNotFound = problem.Declare("entitlement.pack_not_found", problem.NotFound)
	ErrPackFault    = problem.Declare("entitlement.pack_fault", problem.Invalid)
	ErrPackState    = problem.Declare("entitlement.pack_state", problem.Conflict)
	ErrPackTaken    = problem.Declare("entitlement.pack_taken", problem.Conflict)
	ErrPackCell     = problem.Declare("entitlement.pack_cell", problem.Conflict)
)

const packRecord = "rule_pack"

// PackChanged says that a pack was published or withdrawn. What was decided by it is decided anew within ten minutes.
type PackChanged struct {
	events.Head
	Pack    string    `json:"pack"`
	Edition int       `json:"pack_version"`
	State   PackState `json:"state"`
}

// Topic implements events.Event.
func (PackChanged) Topic() string { return "rule_pack.changed.v1" }

// Record implements events.Event.
func (e PackChanged) Record() (kind, id string) { return packRecord, e.ID }
