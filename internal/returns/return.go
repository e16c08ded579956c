package returns

import (
	"slices"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/entitlement/rules"
	"anxin/internal/parts"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/money"
	"anxin/internal/platform/reason"
	"anxin/internal/units"
)

// ID names a return.
type ID string

// LineID names a line of a return.
type LineID string

// Channel is how the request came.
type Channel string

// Channels.
const (
	ByAgent  Channel = "agent"
	ByAPI    Channel = "api"
	ByLink   Channel = "link"
	ByMarket Channel = "market" // a line of a marketplace
)

var channels = []Channel{ByAgent, ByAPI, ByLink, ByMarket}

// Return is one request of a customer with everything that hangs on it.
type Return struct {
	ID         ID
	Number     string
	Type       Type
	Decision   Decision
	Operation  Operation
	Recipient  *Recipient // of goods that go to the maker or supplier straight
	Brand      catalog.BrandID
	OutletPath string // where the goods go: "/" is the centre's depot
	Case       cases.ID
	Customer   customers.ID
	KeyID      crypt.KeyID
	Channel    Channel
	Reason     string // of the request
	Blame      catalog.Responsibility
	EndReason  string // of a rejection or withdrawal
	Currency   money.Currency
	Estimate   int64 // what would be refunded as things stood when it was decided, minor units
	Why        reason.List
	DecidedBy  string
	Note       []byte // sealed
	Address    string // where to send the goods
	ShipBy     calendar.Date
	Freight    string // who bears the way back: seller, customer, earlier; empty while unknown
	ExternalID string
	Origin     string
	OpenedBy   string
	Loan       *Loan
	Lines      []Line
	Refunds    []Refund
	Disputes   []Dispute
	NextDueAt  *time.Time
	DecidedAt  *time.Time
	DoneAt     *time.Time // the customer has everything
	EndedAt    *time.Time // nothing is open any more
	OccurredAt time.Time
	CreatedAt  time.Time
	UpdatedAt  time.Time
	Version    int64
}

// Line is one thing that comes back.
type Line struct {
	ID          LineID      `json:"id"`
	PurchaseKey string      `json:"purchase_key"` // of what was paid for it, over all requests
	Unit        units.ID    `json:"unit_id,omitempty"`
	Goods       Goods       `json:"goods"`
	Replacement Replacement `json:"replacement"`
	LineFacts
	Rights      rules.Decision         `json:"rights"`
	RightsFacts rules.Facts            `json:"rights_facts"`
	Option      rules.Option           `json:"option,omitempty"` // that the rules give for it; empty: none
	Sum         rules.Sum              `json:"sum"`              // what comes back, with the way to it
	Deductions  []Deduction            `json:"deductions,omitempty"`
	Consent     Consent                `json:"consent,omitempty"` // of the customer to deductions
	Award       *int64                 `json:"award,omitempty"`   // of an arbitration, instead of the sum
	Received    int64                  `json:"received"`
	ReceivedAt  *time.Time             `json:"received_at,omitempty"`
	Found       string                 `json:"found_serial,omitempty"`
	Swapped     bool                   `json:"swapped,omitempty"` // another serial than promised
	Inspection  *Inspection            `json:"inspection,omitempty"`
	Blame       catalog.Responsibility `json:"blame,omitempty"`
	Repaired    bool                   `json:"repaired,omitempty"`
	Given       *Given                 `json:"given,omitempty"`
	Settled     bool                   `json:"settled,omitempty"` // refunds were made of it
	Freight     *FreightClaim          `json:"freight,omitempty"` // of the customer, who advanced it
}

// LineFacts are what the request says of a line.
type LineFacts struct {
	Model     catalog.ModelID                  `json:"model_id,omitempty"`
	Category  catalog.CategoryCode             `json:"category,omitempty"`
	Serial    string                           `json:"serial,omitempty"`
	Item      string                           `json:"item,omitempty"` // what it is, in the seller's words or number
	Seller    string                           `json:"seller,omitempty"`
	OrderNo   string                           `json:"order_no,omitempty"`
	Channel   string                           `json:"channel,omitempty"` // of the purchase: tmall, store
	Elsewhere bool                             `json:"elsewhere,omitempty"`
	Quantity  int64                            `json:"quantity"`
	Price     int64                            `json:"price"` // on the invoice, for the whole line, minor units
	Paid      int64                            `json:"paid"`  // really
	Tax       Tax                              `json:"tax,omitzero"`
	InvoiceNo string                           `json:"invoice_no,omitempty"`
	Dates     map[units.DateKind]calendar.Date `json:"dates,omitempty"`
	Fault     *rules.FaultFacts                `json:"fault,omitempty"`
	Return    rules.ReturnFacts                `json:"return"`
	Stock     string                           `json:"stock,omitempty"` // of the same model: yes, no
	Photos    []string                         `json:"photos,omitempty"`
	Proof     string                           `json:"proof_file,omitempty"` // of the purchase
	Known     bool                             `json:"known,omitempty"`      // our own record says what was paid
	Claims    map[units.DateKind]calendar.Date `json:"claims,omitempty"`     // dates that only the request says
	NotOwner  bool                             `json:"not_owner,omitempty"`  // the unit is another customer's by our record
}

// Deduction takes something off a refund.
type Deduction struct {
	Code   string `json:"code"` // wear, damage, missing, freight_back, other
	Amount int64  `json:"amount"`
	Reason string `json:"reason,omitempty"`
}

// Consent is the customer's answer to deductions.
type Consent string

// Answers.
const (
	ConsentAsked    Consent = "asked"
	ConsentAccepted Consent = "accepted"
	ConsentRefused  Consent = "refused"
)

// Inspection is what the depot found.
type Inspection struct {
	Grade   Grade         `json:"grade"`
	Items   []CheckedItem `json:"items,omitempty"`
	Missing []string      `json:"missing,omitempty"`
	Spoilt  []string      `json:"spoilt,omitempty"` // in the words of the rules: label_cut, lasting_marks …
	Photos  []string      `json:"photos,omitempty"`
	By      string        `json:"by"`
	At      time.Time     `json:"at"`
	// Source is maker or supplier where it is their word, Reference the number of their report.
	Source    string `json:"source,omitempty"`
	Reference string `json:"reference,omitempty"`
}

// CheckedItem is one answer of the checklist.
type CheckedItem struct {
	Item string `json:"item" maxLength:"64"`
	OK   bool   `json:"ok"`
	Note string `json:"note,omitempty" maxLength:"200"`
}

// Grade is how goods came back.
type Grade string

// Grades.
const (
	GradeNew     Grade = "A" // as new, unopened
	GradeOpened  Grade = "B" // opened, intact
	GradeUsed    Grade = "C" // marks of use
	GradeDamaged Grade = "D" // damaged or defective
	GradeGone    Grade = "E" // beyond use, or lost
)

var grades = []Grade{GradeNew, GradeOpened, GradeUsed, GradeDamaged, GradeGone}

// Given is what the customer gets instead.
type Given struct {
	Part        parts.PartID        `json:"part_id,omitempty"` // of the stock; empty: recorded only
	Place       parts.PlaceID       `json:"place_id,omitempty"`
	Reservation parts.ReservationID `json:"reservation_id,omitempty"`
	Item        string              `json:"item,omitempty"`
	Model       catalog.ModelID     `json:"model_id,omitempty"`
	Serial      string              `json:"serial,omitempty"`
	Unit        units.ID            `json:"unit_id,omitempty"`
	Carrier     string              `json:"carrier,omitempty"`
	Tracking    string              `json:"tracking,omitempty"`
	ShippedAt   *time.Time          `json:"shipped_at,omitempty"`
	DeliveredAt *time.Time          `json:"delivered_at,omitempty"`
}

// Loan is a unit lent for the time.
type Loan struct {
	Item       string        `json:"item"`
	Serial     string        `json:"serial,omitempty"`
	LentOn     calendar.Date `json:"lent_on"`
	DueOn      calendar.Date `json:"due_on"`
	Agreement  string        `json:"agreement_file,omitempty"`
	ReturnedOn calendar.Date `json:"returned_on,omitzero"`
}

// Dispute is a disagreement about one line and how it was decided.
type Dispute struct {
	ID        string
	Line      LineID
	About     string // grade, swapped, missing, amount
	State     string // open, decided
	Finding   string // customer, firm, shared
	Award     int64  // what the line is worth by it
	Note      []byte // sealed
	OpenedBy  string
	DecidedBy string
	OpenedAt  time.Time
	DecidedAt *time.Time
}

// abouts are what a dispute may be about, findings how it may end.
var (
	abouts   = []string{"grade", "swapped", "missing", "amount"}
	findings = []string{"customer", "firm", "shared"}
)

// line finds a line.
func (r *Return) line(id LineID) (*Line, bool) {
	i := slices.IndexFunc(r.Lines, func(l Line) bool { return l.ID == id })
	if i < 0 {
		return nil, false
	}
	return &r.Lines[i], true
}

// disputed tells whether a disagreement about a line is open.
func (r *Return) disputed(id LineID) bool {
	return slices.ContainsFunc(r.Disputes, func(d Dispute) bool { return d.Line == id && d.State == disputeOpen })
}

const (
	disputeOpen    = "open"
	disputeDecided = "decided"
)

// Live tells whether something is still open.
func (r Return) Live() bool { return r.EndedAt == nil }

// approved tells whether remedies may move.
func (r Return) approved() bool { return r.Decision == Approved }

// GoodsState sums the lines: the one that is least far.
func (r Return) GoodsState() Goods {
	out := GoodsNone
	for _, l := range r.Lines {
		if l.Goods != GoodsNone && (out == GoodsNone || goodsRank(l.Goods) < goodsRank(out)) {
			out = l.Goods
		}
	}
	return out
}

func goodsRank(g Goods) int {
	order := []Goods{GoodsLost, GoodsWrong, GoodsShort, GoodsAwaited, GoodsTransit, GoodsReceived, GoodsInspected, GoodsRefurbished, GoodsRestocked, GoodsScrapped, GoodsKept, GoodsSentBack}
	return slices.Index(order, g)
}

// MoneyState sums the refunds: what needs somebody first.
func (r Return) MoneyState() Money {
	has := func(m Money) bool { return slices.ContainsFunc(r.Refunds, func(x Refund) bool { return x.State == m }) }
	for _, m := range []Money{MoneyFailed, MoneyDue, MoneySent, MoneyRefunded} {
		if has(m) {
			return m
		}
	}
	return MoneyNone
}

// moved tells whether money was sent or a replacement shipped, after which nothing can be withdrawn.
func (r Return) moved() bool {
	return slices.ContainsFunc(r.Refunds, func(x Refund) bool { return x.State == MoneySent || x.State == MoneyRefunded }) ||
		slices.ContainsFunc(r.Lines, func(l Line) bool { return l.Replacement == Shipped || l.Replacement == Delivered })
}
