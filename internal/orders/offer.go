package orders

import (
	"time"

	"anxin/internal/catalog"
	"anxin/internal/outlets"
)

// OfferID names an offer.
type OfferID string

// Answer is how an offer ended.
type Answer string

// Answers to an offer.
const (
	AnswerNone      Answer = "" // still open
	AnswerAccepted  Answer = "accepted"
	AnswerDeclined  Answer = "declined"
	AnswerExpired   Answer = "expired"
	AnswerWithdrawn Answer = "withdrawn"
	AnswerCancelled Answer = "cancelled" // the order ended
)

// Offer asks an outlet to take an order until a time.
type Offer struct {
	ID         OfferID
	OrderID    ID
	OutletID   outlets.ID
	OutletPath string
	Round      int64 // of the order, from 1
	OfferedAt  time.Time
	ExpiresAt  time.Time
	Answer     Answer
	AnsweredAt *time.Time
	Reason     string
	Blame      catalog.Responsibility
}
