package outlets

import (
	"slices"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/geo"
)

// ID names an outlet.
type ID string

// Centre is the root of the tree: the operator's own service centre, path "/". Its row is there from the
// first migration on.
const Centre ID = "00000000-0000-7000-8000-000000000001"

// CentrePath is the path of the centre.
const CentrePath = "/"

// Kind is how an outlet belongs to the operator.
type Kind string

// The kinds. Franchised and agent outlets may have outlets of their own below them, as all may.
const (
	KindCentre     Kind = "centre"
	KindOwn        Kind = "own"        // 直营: employs for the operator, is scheduled without being asked
	KindAuthorised Kind = "authorised" // 特约: an independent firm, accepts or declines offers
	KindFranchised Kind = "franchised" // 加盟
	KindAgent      Kind = "agent"      // 区域代理: manages sub-outlets
)

// State is where an outlet stands.
type State string

// The states.
const (
	StateActive    State = "active"
	StateSuspended State = "suspended"
	StateClosed    State = "closed"
)

// Outlet is one service point.
type Outlet struct {
	ID          ID                 `json:"id"`
	Code        string             `json:"code"` // slug, immutable, unique among siblings; a segment of Path
	Name        string             `json:"name"`
	Kind        Kind               `json:"kind"`
	ParentID    ID                 `json:"parent_id,omitempty"` // "" only for the centre
	Path        string             `json:"path"`                // "/hz/west/": begins and ends with a slash
	Brands      []catalog.BrandID  `json:"brands"`              // served, sorted
	Tools       []catalog.ToolCode `json:"tools,omitempty"`     // in its store, for its engineers to fetch; sorted
	State       State              `json:"state"`
	Zone        string             `json:"zone"` // IANA time zone
	Point       geo.Point          `json:"point"`
	Division    string             `json:"division"` // code of the county it stands in
	Address     string             `json:"address"`
	Phone       string             `json:"phone"` // of the business
	StateReason string             `json:"state_reason,omitempty"`
	CreatedAt   time.Time          `json:"created_at"`
	UpdatedAt   time.Time          `json:"updated_at"`
	Version     int64              `json:"version"`
}

// Own tells whether the operator schedules its engineers without asking (own outlets and the centre).
func (o Outlet) Own() bool { return o.Kind == KindOwn || o.Kind == KindCentre }

// Serves tells whether the outlet serves a brand; "" asks for none.
func (o Outlet) Serves(b catalog.BrandID) bool { return b == "" || slices.Contains(o.Brands, b) }

// Under tells whether the outlet is the one at path or below it.
func (o Outlet) Under(path string) bool { return path != "" && strings.HasPrefix(o.Path, path) }

// Location is the outlet's time zone.
func (o Outlet) Location() *time.Location {
	loc, err := calendar.Zone(o.Zone)
	if err != nil { // checked when it was written; a machine without the zone still has to run
		return time.UTC
	}
	return loc
}

// AreaID names an area row.
type AreaID string

// Area says that an outlet serves a division for some categories and service types.
type Area struct {
	ID           AreaID                    `json:"id"`
	Division     string                    `json:"division" doc:"Prefix of division codes: 2, 4, 6 or 9 digits; empty is everywhere"`
	Categories   []catalog.CategoryCode    `json:"categories" doc:"Empty is all"`
	ServiceTypes []catalog.ServiceTypeCode `json:"service_types" doc:"Empty is all"`
	Rank         int                       `json:"rank" doc:"1 is asked first"`
}

// ServingInput is the work that an outlet is wanted for. Empty fields don't limit.
type ServingInput struct {
	Brand       catalog.BrandID
	Category    catalog.CategoryCode
	ServiceType catalog.ServiceTypeCode
	Division    string // of the address, as fine as known
}

// Serving is an outlet that serves an address.
type Serving struct {
	Outlet   Outlet
	Rank     int    // 1 is asked first
	Division string // the prefix that matched; a longer one is nearer
}

// Hours is when an outlet is open: the outlet's own layer over the national calendar.
type Hours struct {
	// Weekly is nil when the outlet has the hours of the outlet above it.
	Weekly  *calendar.Weekly `json:"weekly,omitempty"`
	AllDay  bool             `json:"all_day,omitempty"`
	Country string           `json:"country" doc:"Whose public holidays close it, CN; empty is none"`
	// Exceptions set dates apart, each date once.
	Exceptions []calendar.Exception `json:"exceptions"`
}

// QuotaRow declares how many orders a day an outlet takes.
type QuotaRow struct {
	Weekday     *time.Weekday           `json:"weekday,omitempty" doc:"0 is Sunday; either weekday or date"`
	Date        calendar.Date           `json:"date,omitzero"`
	ServiceType catalog.ServiceTypeCode `json:"service_type,omitempty" doc:"Empty is all together"`
	Orders      int                     `json:"orders"`
}

// Capacity is what an outlet declared for one day.
type Capacity struct {
	// Total bounds all orders of the day; -1 when only single service types are bounded.
	Total         int
	ByServiceType map[catalog.ServiceTypeCode]int
}

// For is the bound for one service type: the smaller of its own and the total; -1 is none.
func (c Capacity) For(st catalog.ServiceTypeCode) int {
	n, ok := c.ByServiceType[st]
	if !ok {
		return c.Total
	}
	if c.Total < 0 {
		return n
	}
	return min(n, c.Total)
}

// ContactID names a contact person.
type ContactID string

// Contact is a person to call at an outlet. Name and Phone are clear only after the service opened them.
type Contact struct {
	ID    ContactID   `json:"id"`
	Role  string      `json:"role"` // "manager", "dispatcher", "finance", "stock", "quality"
	Name  string      `json:"name"`
	Phone string      `json:"phone"`
	KeyID crypt.KeyID `json:"-"`
}

// ExternalID is a record's name in another system.
type ExternalID struct {
	System string `json:"system" maxLength:"40" minLength:"1"`
	ID     string `json:"id" maxLength:"120" minLength:"1"`
}
