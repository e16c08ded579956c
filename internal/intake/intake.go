package intake

import (
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/problem"
)

// ID names a conversation.
type ID string

// Channel is where a conversation takes place.
type Channel string

// Channels of this release.
const (
	WebForm Channel = "web"
	Phone   Channel = "phone"
)

// Conversation is one channel's thread with a customer.
type Conversation struct {
	ID         ID
	Channel    Channel
	State      string // "open" until its case was raised or somebody closed it
	BrandID    catalog.BrandID
	CustomerID customers.ID
	CaseID     cases.ID
	KeyID      crypt.KeyID
	OutletPath string
	ExternalID string
	LastAt     time.Time
	CreatedAt  time.Time
	Version    int64
}

// Message is one utterance.
type Message struct {
	ID             string
	ConversationID ID
	Direction      string // "in" from the customer, "out" to them, "note" by staff about a call
	Author         string
	Text           []byte // sealed with the conversation's key
	OccurredAt     time.Time
	RecordedAt     time.Time
}

// Codes of this module.
var (
	ErrNotFound = problem.Declare("intake.not_found", problem.NotFound)
	ErrConsent  = problem.Declare("intake.consent", problem.Invalid)
)
