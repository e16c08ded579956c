package orders

import (
	"slices"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/parts"
	"anxin/internal/platform/money"
	"anxin/internal/platform/reason"
)

// QuoteID names a quote.
type QuoteID string

// QuoteState is where a quote stands.
type QuoteState string

// States of a quote.
const (
	QuoteStateDraft      QuoteState = "draft"
	QuoteStateSent       QuoteState = "sent"
	QuoteStateApproved   QuoteState = "approved"
	QuoteStateRefused    QuoteState = "refused"
	QuoteStateExpired    QuoteState = "expired"
	QuoteStateSuperseded QuoteState = "superseded"
)

// QuoteTransitions is the state table of a quote.
var QuoteTransitions = []Transition[QuoteState]{
	{Act: "send", From: []QuoteState{QuoteStateDraft}, To: []QuoteState{QuoteStateSent}, Who: PermMoney, Event: "quote.sent.v1"},
	{Act: "approve", From: []QuoteState{QuoteStateSent}, To: []QuoteState{QuoteStateApproved}, Guard: "binds revision and amount", Who: "the customer's link, or " + PermMoney, Event: "quote.approved.v1"},
	{Act: "refuse", From: []QuoteState{QuoteStateSent}, To: []QuoteState{QuoteStateRefused}, Who: "the customer's link, or " + PermMoney, Event: "quote.refused.v1"},
	{Act: "expire", From: []QuoteState{QuoteStateSent}, To: []QuoteState{QuoteStateExpired}, Guard: "its time is over", Who: "rule", Event: "quote.expired.v1"},
	{Act: "supersede", From: []QuoteState{QuoteStateDraft, QuoteStateSent}, To: []QuoteState{QuoteStateSuperseded}, Guard: "a newer quote takes its place", Who: "rule"},
}

// Quote is what an order would cost, for the customer to approve.
type Quote struct {
	ID        QuoteID
	OrderID   ID
	Revision  int64 // of the order's quotes, from 1
	State     QuoteState
	Lines     []QuoteLine
	Total     money.Amount // of all lines
	Customer  money.Amount // the customer's share: what is approved
	ExpiresAt time.Time
	SentAt    *time.Time
	Answered  *time.Time
	By        string // actor who answered
	Reason    string
	CreatedAt time.Time
	Version   int64
}

// QuoteLine is one line of a quote. Its charge is raised when the work is done.
type QuoteLine struct {
	Kind       ChargeKind         `json:"kind"`
	PartID     parts.PartID       `json:"part_id,omitempty"`
	Action     catalog.ActionCode `json:"action,omitempty"`
	Quantity   int64              `json:"quantity"`
	Minor      int64              `json:"minor"`
	Currency   money.Currency     `json:"currency"`
	Payer      catalog.Payer      `json:"payer"`
	Source     string             `json:"source"`
	CoverageID string             `json:"coverage_id,omitempty"`
	Why        reason.List        `json:"why,omitempty"`
}

func (q *Quote) move(act string, at time.Time) error {
	for _, t := range QuoteTransitions {
		if t.Act == act && slices.Contains(t.From, q.State) {
			q.State = t.To[0]
			switch q.State {
			case QuoteStateSent:
				q.SentAt = &at
			case QuoteStateApproved, QuoteStateRefused:
				q.Answered = &at
			}
			return nil
		}
	}
	return ErrQuoteState.With("act", act, "state", string(q.State))
}
