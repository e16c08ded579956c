package units

import (
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
)

// ID names a unit.
type ID string

// Unit is one physical product.
type Unit struct {
	ID         ID
	Brand      catalog.BrandID
	Model      catalog.ModelID      // empty while unknown
	Category   catalog.CategoryCode // empty while unknown
	Serial     string               // as it was read; empty while unknown
	Owner      customers.ID         // empty while unknown
	Division   string               // code of where it stands
	Point      geo.Point            // zero while unknown
	Purchase   Purchase
	Dates      Dates
	Marks      []string // codes, sorted
	State      State
	ReplacedBy ID // the unit that was given for this one
	Replaces   ID // the unit that this one was given for
	MergedInto ID // the record this one was merged into, when it was asked for by itself
	Origin     string
	CreatedAt  time.Time
	UpdatedAt  time.Time
	Version    int64

	key    crypt.KeyID
	sealed []byte // the place
}

// KeyID is the key that seals the unit's place: its owner's, or its own while it has none.
func (u Unit) KeyID() crypt.KeyID { return u.key }

// HasPlace tells whether a place is known.
func (u Unit) HasPlace() bool { return len(u.sealed) > 0 }

// Purchase is how the unit was bought.
type Purchase struct {
	Channel   string        `json:"channel,omitempty"` // "tmall", "store", "project"
	Seller    string        `json:"seller,omitempty"`
	OrderNo   string        `json:"order_no,omitempty"`
	InvoiceNo string        `json:"invoice_no,omitempty"`
	Price     *money.Amount `json:"price,omitempty"`
	ProofFile string        `json:"proof_file,omitempty"` // id of a file
}

// DateKind names a date that a warranty may start from.
type DateKind string

// The dates of a unit.
const (
	Made      DateKind = "made"
	Sold      DateKind = "sold"
	Invoiced  DateKind = "invoiced"
	Delivered DateKind = "delivered"
	Installed DateKind = "installed"
	Activated DateKind = "activated"
)

// DateKinds lists them in the order of a unit's life.
var DateKinds = []DateKind{Made, Sold, Invoiced, Delivered, Installed, Activated}

// Verifiers are who may stand behind a date: the customer's word, a document, another system, our own work.
var Verifiers = []string{"customer", "invoice", "seller", "maker", "carrier", "order", "telemetry", "import", "staff"}

// Dated is a date and who verified it.
type Dated struct {
	Day calendar.Date `json:"day"`
	By  string        `json:"by"` // one of [Verifiers]
}

// Dates are the known dates of a unit.
type Dates map[DateKind]Dated

// Day returns a date, false when it is not known.
func (d Dates) Day(k DateKind) (calendar.Date, bool) {
	v, ok := d[k]
	return v.Day, ok
}

// Component is a part inside a unit that has a life of its own. Part is the id of a part of the part master,
// held without foreign key.
type Component struct {
	ID        string     `json:"id"`
	Unit      ID         `json:"unit_id"`
	Part      string     `json:"part_id,omitempty"`
	Type      string     `json:"type"` // part type of the fault catalogue, "compressor"
	Serial    string     `json:"serial,omitempty"`
	FittedAt  time.Time  `json:"fitted_at"`
	RemovedAt *time.Time `json:"removed_at,omitempty"`
	Order     string     `json:"order_id,omitempty"` // the order that fitted it
}

// FactKind says what service did.
type FactKind string

// The kinds of service facts.
const (
	FactInstalled  FactKind = "installed"
	FactRepaired   FactKind = "repaired"
	FactMaintained FactKind = "maintained"
	FactCleaned    FactKind = "cleaned"
	FactInspected  FactKind = "inspected"
	FactMoved      FactKind = "moved"
	FactRemoved    FactKind = "removed"
	FactExchanged  FactKind = "exchanged"
	FactReturned   FactKind = "returned"
)

var factKinds = []FactKind{
	FactInstalled, FactRepaired, FactMaintained, FactCleaned, FactInspected, FactMoved, FactRemoved, FactExchanged, FactReturned,
}

// Fact is something that service did to a unit; facts are never changed.
type Fact struct {
	ID               string
	Unit             ID
	Kind             FactKind
	SymptomFamily    string // of the fault catalogue: "cooling"
	DaysOut          int    // days the unit was out of use, waiting for parts included
	ComponentSwapped string // part type that was exchanged, "compressor"
	Result           string // code of the outcome: "fixed", "no_fault_found"
	Order            string // id of the order or return that did it
	At               time.Time
	RecordedAt       time.Time
}

// Bounds of a record.
const (
	maxCode = 64
	maxText = 200
)

// serialKey is the form in which serials are compared: letters and digits, upper case.
func serialKey(s string) string { return crypt.Normalize(crypt.KindSerial, s) }

// reverse turns a serial round: its last characters are then a prefix, which an index finds.
func reverse(s string) string {
	r := []rune(s)
	for i, j := 0, len(r)-1; i < j; i, j = i+1, j-1 {
		r[i], r[j] = r[j], r[i]
	}
	return string(r)
}

func (p Purchase) check(f *problem.Fields) {
	checkText(f, "purchase.channel", p.Channel, maxCode)
	checkText(f, "purchase.seller", p.Seller, maxText)
	checkText(f, "purchase.order_no", p.OrderNo, maxCode)
	checkText(f, "purchase.invoice_no", p.InvoiceNo, maxCode)
	checkText(f, "purchase.proof_file", p.ProofFile, maxCode)
	if p.Price != nil {
		f.Check(p.Price.Minor >= 0 && p.Price.Currency.Known(), "purchase.price", problem.OutOfRange)
	}
}

// check refuses unknown kinds and verifiers, days in the future, and orders of days that cannot be.
func (d Dates) check(f *problem.Fields, today calendar.Date) {
	kinds := slices.Sorted(maps.Keys(d))
	for _, k := range kinds {
		v, field := d[k], "dates."+string(k)
		f.Check(slices.Contains(DateKinds, k), field, problem.BadChoice)
		f.Check(slices.Contains(Verifiers, v.By), field+".by", problem.BadChoice)
		f.Check(v.Day.Year() >= 1950 && v.Day <= today, field+".day", problem.OutOfRange)
	}
	made, known := d.Day(Made)
	for _, k := range kinds {
		f.Check(!known || d[k].Day >= made, "dates."+string(k)+".day", problem.BadTime, "earliest", made.String())
	}
}

// checkText refuses text that no screen shows well: broken UTF-8, control characters, too many characters.
func checkText(f *problem.Fields, field, s string, limit int) {
	f.Check(utf8.RuneCountInString(s) <= limit, field, problem.TooLong, "limit", limit)
	f.Check(utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl), field, problem.BadText)
}
