package customers

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
)

// ID names a customer.
type ID string

// PhoneID names one number of a customer.
type PhoneID string

// AddressID names one address of a customer.
type AddressID string

// Kind of a customer.
type Kind string

// A customer is a person or a firm.
const (
	Person Kind = "person"
	Firm   Kind = "firm"
)

// Customer is a person or a firm with its contacts in the clear: it lives in memory only. Screens and
// interfaces show the masked forms.
type Customer struct {
	ID         ID
	Kind       Kind
	Name       string
	Phones     []Phone // the primary one first
	Email      string
	Note       string
	Lang       string // that messages and pages speak to him; empty when nobody asked
	KeyID      crypt.KeyID
	MergedInto ID // the record this one was merged into, when it was asked for by itself
	Erased     bool
	CreatedAt  time.Time
	UpdatedAt  time.Time
	Version    int64
}

// Phone is one number of a customer.
type Phone struct {
	ID      PhoneID
	Number  string // as it was given
	Label   string // whose, or when to call; sealed like the number
	Primary bool
}

// MaskedName is the name as a screen shows it. A firm's name is no personal data and is shown in full.
func (c Customer) MaskedName() string {
	if c.Kind == Firm {
		return c.Name
	}
	return crypt.MaskName(c.Name)
}

// PrimaryPhone is the number to call first; "" when there is none.
func (c Customer) PrimaryPhone() string {
	if len(c.Phones) == 0 {
		return ""
	}
	return c.Phones[0].Number
}

// MaskedPhone is the primary number as a screen shows it.
func (c Customer) MaskedPhone() string { return crypt.MaskPhone(c.PrimaryPhone()) }

// ExternalID is what another system calls the customer.
type ExternalID struct {
	System string // "erp", "tmall"
	ID     string
}

// PhoneInput is a number to be kept.
type PhoneInput struct {
	Number  string
	Label   string
	Primary bool
}

// CreateInput is a new customer.
type CreateInput struct {
	Kind        Kind // Person when empty
	Name        string
	Phones      []PhoneInput // the first is primary unless another says so
	Email       string
	Note        string
	Lang        string // see [Customer]
	Addresses   []AddressInput
	Brand       catalog.BrandID // whose customer it is at first; may be empty
	ExternalIDs []ExternalID
	CreatedAt   time.Time // imports of history only; else it is ignored
}

// Bounds of a record.
const (
	maxName      = 100
	maxLabel     = 50
	maxNote      = 4000
	maxPhones    = 10
	maxAddresses = 50
	maxExternal  = 20
)

func (in *CreateInput) check(origin access.Origin) error {
	if in.Kind == "" {
		in.Kind = Person
	}
	var f problem.Fields
	f.Check(in.Kind == Person || in.Kind == Firm, "kind", problem.BadChoice)
	f.Check(in.Lang == "" || i18n.ForCustomers(in.Lang), "lang", problem.BadChoice)
	in.Name = strings.TrimSpace(in.Name)
	checkText(&f, "name", in.Name, maxName)
	checkText(&f, "note", in.Note, maxNote)
	in.Email = checkEmail(&f, "email", in.Email)
	f.Check(len(in.Phones) <= maxPhones, "phones", problem.TooLong, "limit", maxPhones)
	f.Check(len(in.Addresses) <= maxAddresses, "addresses", problem.TooLong, "limit", maxAddresses)
	f.Check(len(in.ExternalIDs) <= maxExternal, "external_ids", problem.TooLong, "limit", maxExternal)
	// A caller who hangs up leaves a number and no name; a sheet of history may hold only a name.
	f.Check(in.Name != "" || len(in.Phones) > 0 || in.Email != "", "name", problem.Required)
	for i := range in.Phones {
		checkPhone(&f, path("phones", i), &in.Phones[i], origin)
	}
	for i := range in.Addresses {
		in.Addresses[i].check(&f, path("addresses", i))
	}
	for i, x := range in.ExternalIDs {
		f.Check(x.System != "", path("external_ids", i)+".system", problem.Required)
		f.Check(x.ID != "", path("external_ids", i)+".id", problem.Required)
		checkText(&f, path("external_ids", i)+".system", x.System, maxLabel)
		checkText(&f, path("external_ids", i)+".id", x.ID, maxName)
	}
	return f.Err()
}

func path(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }

// checkPhone refuses what cannot be dialled. History keeps what the old system had, as long as it has digits.
func checkPhone(f *problem.Fields, field string, p *PhoneInput, origin access.Origin) {
	p.Number = strings.TrimSpace(p.Number)
	checkText(f, field+".label", p.Label, maxLabel)
	checkText(f, field+".number", p.Number, maxLabel)
	_, ok := crypt.NormalizePhone(p.Number)
	if !ok && origin != access.Live {
		ok = len(crypt.Normalize(crypt.KindPhone, p.Number)) >= 3
	}
	f.Check(ok, field+".number", problem.BadFormat)
}

func checkEmail(f *problem.Fields, field, s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	checkText(f, field, s, 254)
	at := strings.LastIndexByte(s, '@')
	f.Check(at > 0 && at < len(s)-1 && !strings.ContainsAny(s, " \t\r\n,;<>"), field, problem.BadFormat)
	return s
}

// checkText refuses text that no screen shows well: broken UTF-8, control characters, too many characters.
func checkText(f *problem.Fields, field, s string, limit int) {
	f.Check(utf8.RuneCountInString(s) <= limit, field, problem.TooLong, "limit", limit)
	bad := !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\t' && r != '\r'
	})
	f.Check(!bad, field, problem.BadText)
}
