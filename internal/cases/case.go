package cases

import (
	"time"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/reason"
	"anxin/internal/units"
)

// ID names a case.
type ID string

// Type is what kind of problem it is.
type Type string

// Types of cases.
const (
	Request   Type = "request"   // something to be done or answered
	Complaint Type = "complaint" // dissatisfaction, with stages and classes
)

// Channel is how the customer came to us.
type Channel string

// Channels.
const (
	Phone     Channel = "phone"
	Web       Channel = "web"
	Chat      Channel = "chat"
	Mail      Channel = "mail"
	Outlet    Channel = "outlet"
	Device    Channel = "device"
	Import    Channel = "import"
	API       Channel = "api"
	Regulator Channel = "regulator"
)

var channels = []Channel{Phone, Web, Chat, Mail, Outlet, Device, Import, API, Regulator}

// Priority of a case, P1 first.
type Priority string

// Priorities.
const (
	P1 Priority = "P1"
	P2 Priority = "P2"
	P3 Priority = "P3"
	P4 Priority = "P4"
)

// Safety names a danger to life; the script comes first, then the case goes to the top.
type Safety string

// Dangers.
const (
	Gas   Safety = "gas"
	CO    Safety = "co"
	Shock Safety = "shock"
	Fire  Safety = "fire"
)

// Case is one problem of one customer.
type Case struct {
	ID           ID
	Number       string
	Type         Type
	State        State
	SubState     string
	Priority     Priority
	PriorityWhy  reason.List
	Safety       Safety
	AdvisedAt    *time.Time // when the safety script was told
	BrandID      catalog.BrandID
	CustomerID   customers.ID // empty while unknown
	UnitID       units.ID     // empty while unknown
	Category     catalog.CategoryCode
	Symptom      catalog.SymptomCode
	ServiceType  catalog.ServiceTypeCode
	Class        string
	Channel      Channel
	Origin       string
	OutletPath   string // who opened it: "/" is the centre
	OpenedBy     string
	AssigneeID   string
	Team         string
	ParentID     ID
	MergedInto   ID
	ExternalID   string
	Stage        Stage          // complaints only
	Severity     ComplaintClass // complaints only
	LegalHold    bool
	Regulator    bool
	KeyID        crypt.KeyID
	OwnKey       bool
	Summary      []byte // sealed
	Detail       []byte // sealed
	Contact      []byte // sealed [Contact]
	Place        []byte // sealed customers.Place
	Division     string
	Lat, Lon     *float64
	Reason       string // of the last not-happy end
	Blame        catalog.Responsibility
	Reopened     int64
	Chased       int64
	Attempts     int64 // contact attempts
	NextDueAt    *time.Time
	OccurredAt   time.Time
	CreatedAt    time.Time
	UpdatedAt    time.Time
	VerifyingAt  *time.Time
	AgreedAt     *time.Time // the customer said that it is solved
	ClosedAt     *time.Time
	Version      int64
	ClockDueAt   *time.Time // earliest own clock; NextDueAt is the minimum over it and the work
	RespondedAt  *time.Time // first answer by a person
	DiagnosedAt  *time.Time
	SolvedRemote bool

	answered *time.Time // this act answered the customer then
}

// Contact is who to speak with about a case whose customer is not known, or another person than the owner.
type Contact struct {
	Name  string `json:"name,omitempty"`
	Phone string `json:"phone,omitempty"`
	Email string `json:"email,omitempty"`
}

// ReopenFor is how long a closed case may be opened again; later a new, linked case is right.
const ReopenFor = 30 * 24 * time.Hour

// SilentFor is how long a verified case whose work has ended waits for the customer's word before it closes by
// itself.
const SilentFor = 7 * 24 * time.Hour

// OutletKeeps is how long an outlet still sees a case after its work ended, so that it can appeal.
const OutletKeeps = 180 * 24 * time.Hour

// Live tells whether the case still needs somebody.
func (c Case) Live() bool { return c.State != Closed && c.State != Cancelled }

// ComplaintClass is the severity of a complaint, S worst.
type ComplaintClass string

// Classes of complaints.
const (
	ClassS ComplaintClass = "S"
	ClassA ComplaintClass = "A"
	ClassB ComplaintClass = "B"
	ClassC ComplaintClass = "C"
	ClassD ComplaintClass = "D"
)
