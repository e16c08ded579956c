package knowledge

import (
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

// ID names a set of questions of a firm.
type ID string

// Place is what a set is for: a product line, of every brand without its own (Brand empty) or of one, and of all its models
// (Model empty) or of one.
type Place struct {
	Brand    catalog.BrandID
	Category catalog.CategoryCode
	Model    catalog.ModelID
}

// State is how far a set has come.
type State string

// States of sets. At most one of a place is a draft and at most one in force.
const (
	Draft     State = "draft"
	Published State = "published"
	Replaced  State = "replaced"  // a later edition is in force
	Withdrawn State = "withdrawn" // the product's, or a wider set, is asked again
)

// Set is what is asked at a place.
type Set struct {
	ID ID // empty: the product's
	Place
	Edition   int // counts what was published; 0 of a draft and of the product's
	State     State
	Questions Questions
	Missing   []Danger // to life, that its first question does not name: it cannot be published
	SavedBy   string
	SavedAt   time.Time
	DecidedBy string // who published, replaced or withdrew it
	DecidedAt time.Time
	Version   int64
}

// Product tells whether it came with the product.
func (s Set) Product() bool { return s.ID == "" }

const record = "question_set"

// Codes of this module.
var (
	ErrNotFound = problem.Declare("knowledge.not_found", problem.NotFound)
	ErrState    = problem.Declare("knowledge.state", problem.Conflict)
	ErrDraft    = problem.Declare("knowledge.draft_exists", problem.Conflict)
	// ErrDanger is about a set that asks about fewer dangers to life than the product does.
	ErrDanger = problem.Declare("knowledge.danger", problem.Conflict)
	// ErrOrder is about a field: the question stands where it must not.
	ErrOrder = problem.Declare("knowledge.order", problem.Invalid)
	// ErrEarlier is about the field "if": it names no earlier question with answers.
	ErrEarlier = problem.Declare("knowledge.earlier", problem.Invalid)
	// ErrTwice is about a question of a kind that a set has once.
	ErrTwice = problem.Declare("knowledge.twice", problem.Invalid)
)

// Changed says that a set was published or withdrawn: from now on customers are asked otherwise.
type Changed struct {
	events.Head
	Category catalog.CategoryCode `json:"category"`
	Model    catalog.ModelID      `json:"model_id,omitempty"`
	Edition  int                  `json:"edition"`
	State    State                `json:"state"`
}

// Topic implements [events.Event].
func (Changed) Topic() string { return "question_set.changed.v1" }

// Record implements [events.Event].
func (e Changed) Record() (kind, id string) { return record, e.ID }
