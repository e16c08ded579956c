package orders

import (
	"strings"
	"time"

	"github.com/govalues/decimal"

	"anxin/internal/catalog"
	"anxin/internal/parts"
	"anxin/internal/platform/money"
	"anxin/internal/platform/reason"
)

// ChargeID names a charge.
type ChargeID string

// ChargeKind is what a charge is for.
type ChargeKind string

// Kinds of charges.
const (
	Labour  ChargeKind = "labour"
	PartFee ChargeKind = "part"
	Travel  ChargeKind = "travel"
	Freight ChargeKind = "freight"
	Other   ChargeKind = "other"
)

var chargeKinds = []ChargeKind{Labour, PartFee, Travel, Freight, Other}

// ChargeState is where a charge stands.
type ChargeState string

// States of a charge.
const (
	ChargeOpen ChargeState = "open"
	ChargeHeld ChargeState = "held" // the customer disagrees: waits for a decision
	ChargeVoid ChargeState = "void"
	ChargeDone ChargeState = "posted" // locked, in the ledger
)

// Charge is one line of what an order costs, and who pays it.
type Charge struct {
	ID         ChargeID
	OrderID    ID
	VisitID    VisitID
	QuoteID    QuoteID
	Kind       ChargeKind
	PartID     parts.PartID
	Action     catalog.ActionCode
	Quantity   decimal.Decimal
	Amount     money.Amount // of the whole line that this payer pays
	Payer      catalog.Payer
	Source     string // where the price comes from; see the constants
	CoverageID string
	Why        reason.List
	State      ChargeState
	BrandID    catalog.BrandID
	OutletPath string
	Reason     string
	RaisedAt   time.Time
	Version    int64
}

// Sources of a price. Those of a price list are followed by ":" and the row.
const (
	SourceRule   = "rule"   // raised when the work was completed
	SourceList   = "list"   // asked for by hand
	SourceQuote  = "quote"  // as the customer approved
	SourceBeyond = "beyond" // a part that the approved quote does not name
	SourceHand   = "hand"   // the amount was entered, with a reason
)

// byRule tells whether the charge follows from the work and is raised anew when that is done again.
func (c Charge) byRule() bool {
	kind, _, _ := strings.Cut(c.Source, ":")
	return kind == SourceRule || kind == SourceQuote || kind == SourceBeyond
}

// CollectionID names a collection.
type CollectionID string

// Method is how money was taken.
type Method string

// Methods of taking money; recorded by hand.
const (
	Cash     Method = "cash"
	Transfer Method = "transfer"
	WeChat   Method = "wechat"
	Alipay   Method = "alipay"
	Card     Method = "card"
)

var methods = []Method{Cash, Transfer, WeChat, Alipay, Card}

// Collection is money taken from a customer.
type Collection struct {
	ID         CollectionID
	OrderID    ID
	Amount     money.Amount
	Method     Method
	Reference  string // of the payment, in the clear; sealed at rest
	TakenBy    string
	Reason     string // why more than due was taken
	OccurredAt time.Time
	RecordedAt time.Time
}

// Balance sums what a customer owes for an order.
type Balance struct {
	Due       money.Amount // charges that the customer pays
	Collected money.Amount
	Left      money.Amount
}
