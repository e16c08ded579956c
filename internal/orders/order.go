package orders

import (
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/outlets"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/reason"
	"anxin/internal/units"
)

// ID names an order.
type ID string

// Person is somebody who has to do with an order, in the clear: it lives in memory only.
type Person struct {
	Name  string `json:"name,omitempty"`
	Phone string `json:"phone,omitempty"`
}

// Parties are the people of an order. Who is missing is the customer.
type Parties struct {
	Caller Person `json:"caller,omitzero"`
	Owner  Person `json:"owner,omitzero"`
	OnSite Person `json:"on_site,omitzero"`
	Payer  Person `json:"payer,omitzero"`
}

// Window is a span of time, from included, to not.
type Window struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// IsZero tells whether there is no window.
func (w Window) IsZero() bool { return w.From.IsZero() && w.To.IsZero() }

// ReviewState is where the review of a completed order stands.
type ReviewState string

// States of a review.
const (
	ReviewNone   ReviewState = ""       // not completed, or never reviewed
	ReviewDue    ReviewState = "due"    // a person has to look
	ReviewProof  ReviewState = "proof"  // only proof is missing: the engineer has a task
	ReviewPassed ReviewState = "passed" // by rule or by a person
)

// Opinion is what the customer said about a completed order.
type Opinion string

// Opinions.
const (
	CallbackNone     Opinion = ""
	CallbackPositive Opinion = "positive"
	CallbackNegative Opinion = "negative"
	CallbackWaived   Opinion = "waived" // not sampled, attempts used up, or silent too long
)

// SignKind is how the customer signed off.
type SignKind string

// Kinds of signing off.
const (
	SignNone      SignKind = ""
	SignSignature SignKind = "signature"
	SignCode      SignKind = "code"
	SignMismatch  SignKind = "code_mismatch" // a finish code that was not the right one: for review
	SignAbsent    SignKind = "absent"        // nobody was there to sign: for review
)

// WaitFor is who or what a suspended or incomplete order waits for; the words of clocks.
type WaitFor string

// Order is work to be done for a case.
type Order struct {
	ID       ID
	Number   string
	CaseID   cases.ID
	State    State
	ResumeTo State // while suspended: where it was
	SubState string

	BrandID       catalog.BrandID
	CustomerID    customers.ID // empty while unknown
	UnitID        units.ID     // empty until known, at the latest on site
	ServiceType   catalog.ServiceTypeCode
	Mode          catalog.Mode
	Category      catalog.CategoryCode
	Symptom       catalog.SymptomCode
	SymptomFamily string
	Cause         catalog.CauseCode
	Action        catalog.ActionCode
	Priority      cases.Priority
	Skills        []catalog.SkillCode // needed
	Tools         []catalog.ToolCode  // needed on site, and not used up
	Minutes       int                 // on site
	Crew          int

	OutletID   outlets.ID // who has it or is asked; empty while none
	OutletPath string     // its path, "/" while none
	Kept       bool       // the outlet had it before and goes on without a new offer

	KeyID    crypt.KeyID
	Place    []byte // sealed customers.Place
	Parties  []byte // sealed [Parties]
	Note     []byte // sealed: what is to be done
	Division string
	Lat, Lon *float64

	Payer     catalog.Payer // who is expected to pay what no coverage pays
	Wanted    Window        // what the customer would like
	PromiseID PromiseID     // in force; see [Promise]
	Promised  Window
	RepeatOf  ID // same unit and symptom family within the repeat window
	ReworkOf  ID // the order whose bad result this one repairs

	// Counted acts.
	Attempts      int64 // to reach the customer
	Chased        int64 // the customer asked where we are
	MovedCustomer int64 // promises changed by the customer
	MovedFirm     int64 // promises changed by anybody else
	Reassigned    int64 // engineers or outlets changed
	GivenBack     int64
	Visits        int64 // trips made: arrivals and vain ones

	Reason  string // of the last not-happy end
	Blame   catalog.Responsibility
	WaitFor WaitFor

	Review        ReviewState
	ReviewWhy     reason.List
	Callback      Opinion
	CallbackClass int
	Held          bool // its charges wait for a decision
	Sign          SignKind

	ExternalID string
	Origin     string
	OpenedBy   string

	NextDueAt      *time.Time
	FirstContactAt *time.Time
	ReleasedAt     *time.Time
	AcceptedAt     *time.Time
	StartedAt      *time.Time
	CompletedAt    *time.Time
	EndedAt        *time.Time // posted or cancelled
	OccurredAt     time.Time
	CreatedAt      time.Time
	UpdatedAt      time.Time
	Version        int64
}

// Live tells whether the order still needs somebody: it is neither posted nor cancelled.
func (o Order) Live() bool { return o.State != StatePosted && o.State != StateCancelled }

// Point is where the work is; ok is false while unknown.
func (o Order) Point() (p geo.Point, ok bool) {
	if o.Lat == nil || o.Lon == nil {
		return geo.Point{}, false
	}
	return geo.Point{Lat: *o.Lat, Lon: *o.Lon, Datum: geo.WGS84}, true
}

// Window is the time in which the work has to be done: the promise, else the customer's wish.
func (o Order) Window() Window {
	if !o.Promised.IsZero() {
		return o.Promised
	}
	return o.Wanted
}

// HasOutlet tells whether an outlet has the order, or is asked.
func (o Order) HasOutlet() bool { return o.OutletID != "" }
