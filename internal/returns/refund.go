package returns

import (
	"time"

	"anxin/internal/catalog"
	"anxin/internal/entitlement/rules"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/money"
)

type ruling = rules.Ruling

// RefundID names a refund.
type RefundID string

// Refund is money that goes back by one way.
type Refund struct {
	ID         RefundID        `json:"id"`
	Return     ID              `json:"return_id"`
	Line       LineID          `json:"line_id"`
	WayID      string          `json:"way_id"`
	Purchase   string          `json:"-"`
	Brand      catalog.BrandID `json:"brand_id"`
	OutletPath string          `json:"outlet_path"`
	Way        string          `json:"way"`
	State      Money           `json:"state"`
	Amount     int64           `json:"amount"`
	Tax        int64           `json:"tax" doc:"within the amount, minor units"`
	Currency   money.Currency  `json:"currency"`
	NoteKind   string          `json:"note_kind" doc:"red_invoice or credit_note"`
	Note       string          `json:"note_number,omitempty" doc:"of the credit note or red-letter invoice that was issued for it"`
	NoteOn     calendar.Date   `json:"note_on,omitzero"`
	Attempt    int64           `json:"attempt"` // tries so far
	Provider   string          `json:"provider,omitempty"`
	Code       string          `json:"code,omitempty"` // of the last failure
	DueAt      time.Time       `json:"due_at"`
	SentAt     *time.Time      `json:"sent_at,omitempty"`
	EndedAt    *time.Time      `json:"ended_at,omitempty"`
	Version    int64           `json:"version"`
}

func (r Refund) money() money.Amount { return money.Amount{Minor: r.Amount, Currency: r.Currency} }

// Way is one way in which a purchase was paid. Invariant: 0 ≤ Sent ≤ Committed ≤ Paid.
type Way struct {
	ID        string
	Purchase  string
	Way       string // wechat, alipay, card, bank, cash, points, coupon, original
	Paid      int64
	Committed int64
	Sent      int64
	Key       crypt.KeyID
	Ref       []byte // sealed: number of the payment at the provider
}

func (w Way) left() int64 { return w.Paid - w.Committed }

// Ways of paying that a purchase may name; original stands where nobody said.
var Ways = []string{"original", "wechat", "alipay", "card", "bank", "cash", "points", "coupon"}

// PaymentState is how one try stands.
type PaymentState string

// States of a try.
const (
	PaymentSent   PaymentState = "sent"
	PaymentOK     PaymentState = "ok"
	PaymentFailed PaymentState = "failed"
)

// Payment is one try to pay a refund.
type Payment struct {
	Reference  string
	Refund     RefundID
	Attempt    int64
	Batch      BatchID
	State      PaymentState
	Amount     int64
	Currency   money.Currency
	Code       string
	SentAt     time.Time
	AnsweredAt *time.Time
	Provider   string     // that is asked over the network; empty: none
	Asks       int64      // how often it was
	AskAt      *time.Time // when it is next; nil: no more
}

// BatchID names a batch.
type BatchID string

// Batch is refunds that were handed to a provider together: one brand, one currency.
type Batch struct {
	ID        BatchID         `json:"id"`
	Number    string          `json:"number"`
	Provider  string          `json:"provider"`
	Brand     catalog.BrandID `json:"brand_id"`
	Currency  money.Currency  `json:"currency"`
	Payments  int64           `json:"payments"`
	Amount    int64           `json:"amount"`
	CreatedBy string          `json:"created_by"`
	CreatedAt time.Time       `json:"created_at"`
}

// Difference is an answer of a provider that does not fit what was sent.
type Difference struct {
	ID        string          `json:"id"`
	Brand     catalog.BrandID `json:"brand_id"`
	Reference string          `json:"reference"`
	Kind      string          `json:"kind"` // unknown, amount, paid_twice, failed_after_paid, unanswered
	Amount    int64           `json:"amount"`
	Currency  string          `json:"currency"`
	FoundAt   time.Time       `json:"found_at"`
	ClosedAt  *time.Time      `json:"closed_at,omitempty"`
	ClosedBy  string          `json:"closed_by,omitempty"`
	Reason    string          `json:"reason,omitempty"`
}
