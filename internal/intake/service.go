package intake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

// Service is what one can do with conversations.
type Service struct {
	db        *db.DB
	keys      *crypt.Keys
	catalog   *catalog.Service
	customers *customers.Service
	units     *units.Service
	cases     *cases.Service
}

// New makes the service.
func New(d *db.DB, keys *crypt.Keys, cat *catalog.Service, cust *customers.Service, un *units.Service, cs *cases.Service) *Service {
	return &Service{db: d, keys: keys, catalog: cat, customers: cust, units: un, cases: cs}
}

// ReportInput is what somebody tells us, by the web form or on the phone.
type ReportInput struct {
	access.Act
	BrandID     catalog.BrandID
	Category    catalog.CategoryCode
	Symptom     catalog.SymptomCode
	ServiceType catalog.ServiceTypeCode
	Type        cases.Type
	UnitID      units.ID // from the QR code of the machine
	CustomerID  customers.ID
	Text        string
	Answers     string // to the questions of a form, with these
	Name        string
	Phone       string
	Address     *customers.AddressInput
	Lang        string // that the person reads; kept for a new customer
	Consent     bool   // the person read how we use these data
	Vulnerable  bool
	ExternalID  string
	Safety      cases.Safety // a danger that the person chose by name
	// FormKey names the form that was filled in: sent again, by a double click or a reload, it finds what it raised.
	FormKey string
	// AlsoTx is what belongs to the same change, such as photos of the fault.
	AlsoTx func(ctx context.Context, tx *db.Tx, c cases.Case) error
}

// Reported is what became of a report.
type Reported struct {
	Conversation ID
	Case         cases.Case
	Customer     customers.ID
	Known        bool // the phone was known before
	Again        bool // the same form was sent before
}

const maxText = 4000

// Report takes a report of the public web form: nobody is signed in. It raises a case and, unless the
// phone is known, a customer.
func (s *Service) Report(ctx context.Context, in ReportInput) (Reported, error) {
	if !in.Consent {
		return Reported{}, problem.Field("consent", ErrConsent)
	}
	in.CustomerID = ""
	return s.receive(access.AsSystem(ctx, "intake.web"), WebForm, in)
}

// PhoneNote takes what an agent hears on the phone.
func (s *Service) PhoneNote(ctx context.Context, in ReportInput) (Reported, error) {
	if err := access.Require(ctx, permReceive); err != nil {
		return Reported{}, err
	}
	return s.receive(ctx, Phone, in)
}

func (in *ReportInput) check() error {
	var f problem.Fields
	in.Text, in.Name, in.Phone = strings.TrimSpace(in.Text), strings.TrimSpace(in.Name), strings.TrimSpace(in.Phone)
	f.Check(in.Text != "", "text", problem.Required)
	f.Check(len([]rune(in.Text)) <= maxText, "text", problem.TooLong, "limit", maxText)
	f.Check(in.BrandID != "", "brand_id", problem.Required)
	if in.CustomerID == "" {
		f.Check(in.Phone != "", "phone", problem.Required)
		f.Check(in.Name != "", "name", problem.Required)
	}
	return f.Err()
}

// words are what was said, with the answers below.
func (in *ReportInput) words() string {
	if in.Answers == "" {
		return in.Text
	}
	return in.Text + "\n" + in.Answers
}

// summaryLength is how much of the text names the case.
const summaryLength = 60

func summaryOf(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	if r := []rune(strings.TrimSpace(line)); len(r) > summaryLength {
		return string(r[:summaryLength]) + "…"
	} else if len(r) > 0 {
		return string(r)
	}
	return text
}

// receive is what every channel shares: find or make the customer, raise the case, keep the words.
func (s *Service) receive(ctx context.Context, channel Channel, in ReportInput) (Reported, error) {
	if err := in.check(); err != nil {
		return Reported{}, err
	}
	snap, err := s.catalog.Current(ctx, s.db)
	if err != nil {
		return Reported{}, err
	}
	if b, ok := snap.Brand(in.BrandID); !ok || !access.From(ctx).Scope.SeesBrand(string(b.ID)) {
		return Reported{}, problem.Field("brand_id", problem.Unknown)
	}
	if out, err := s.sentBefore(ctx, s.db, channel, in.FormKey); err != nil || out.Again {
		return out, err
	}
	number, err := s.cases.NextNumber(ctx)
	if err != nil {
		return Reported{}, err
	}
	var place *customers.Place
	if in.Address != nil {
		p, err := customers.PlaceOf(*in.Address)
		if err != nil {
			return Reported{}, err
		}
		place = &p
	}
	done, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Reported, error) {
		out, err := s.sentBefore(ctx, tx, channel, in.FormKey)
		if err != nil || out.Again {
			return out, err
		}
		if err := s.mayUse(ctx, tx, in); err != nil {
			return out, err
		}
		cu, known, err := s.customer(ctx, tx, in)
		if err != nil {
			return out, err
		}
		open := cases.OpenInput{
			Act: in.Act, Type: in.Type, BrandID: in.BrandID, CustomerID: cu.ID, UnitID: in.UnitID, Category: in.Category, Symptom: in.Symptom,
			ServiceType: in.ServiceType, Channel: cases.Channel(channel), Summary: summaryOf(in.Text), Detail: in.Text, Answers: in.Answers, Place: place, Vulnerable: in.Vulnerable,
			Contact: cases.Contact{Name: in.Name, Phone: in.Phone}, ExternalID: in.ExternalID, Safety: in.Safety,
		}
		if err := open.Check(snap); err != nil {
			return out, err
		}
		c, err := s.cases.OpenTx(ctx, tx, number, snap, open)
		if err != nil {
			return out, err
		}
		conv := Conversation{
			ID: ID(db.NewID()), Channel: channel, State: "open", BrandID: in.BrandID, CustomerID: cu.ID, CaseID: c.ID, KeyID: c.KeyID,
			OutletPath: c.OutletPath, ExternalID: in.FormKey, LastAt: c.OccurredAt, CreatedAt: tx.Now(), Version: 1,
		}
		insert(tx, conv)
		sealed, err := s.keys.Seal(ctx, tx, conv.KeyID, in.words())
		if err != nil {
			return out, err
		}
		a := access.From(ctx)
		direction := "in"
		if channel == Phone {
			direction = "note"
		}
		insertMessage(tx, Message{
			ID: db.NewID(), ConversationID: conv.ID, Direction: direction, Author: a.Kind + ":" + a.ID, Text: sealed, OccurredAt: c.OccurredAt, RecordedAt: tx.Now(),
		})
		if in.AlsoTx != nil {
			if err := in.AlsoTx(ctx, tx, c); err != nil {
				return out, err
			}
		}
		out = Reported{Conversation: conv.ID, Case: c, Customer: cu.ID, Known: known}
		return out, events.Publish(ctx, tx, Received{
			Head:    events.Head{ID: string(conv.ID), Version: 1, OccurredAt: c.OccurredAt, BrandID: string(conv.BrandID), OutletPath: conv.OutletPath},
			Channel: channel, CaseID: c.ID,
		})
	})
	if db.IsUnique(err, "intake_conversation") { // the same form in the same moment
		return s.sentBefore(ctx, s.db, channel, in.FormKey)
	}
	return done, err
}

// sentBefore finds what a form has raised already.
func (s *Service) sentBefore(ctx context.Context, q db.Querier, channel Channel, key string) (Reported, error) {
	if key == "" {
		return Reported{}, nil
	}
	conv, err := db.Get(ctx, q, scan, `SELECT `+columns+` FROM intake_conversation WHERE channel = $1 AND external_id = $2`, channel, key)
	if errors.Is(err, db.ErrNoRows) {
		return Reported{}, nil
	}
	if err != nil {
		return Reported{}, fmt.Errorf("read conversation of a form: %w", err)
	}
	c, err := s.cases.Find(ctx, q, conv.CaseID)
	return Reported{Conversation: conv.ID, Case: c, Customer: conv.CustomerID, Known: true, Again: true}, err
}

// mayUse fails when somebody names a customer or a machine that they do not see: the case would show it to them.
func (s *Service) mayUse(ctx context.Context, tx *db.Tx, in ReportInput) error {
	if access.From(ctx).Scope.All() {
		return nil
	}
	if in.CustomerID != "" {
		seen, err := s.customers.Visible(ctx, tx, []customers.ID{in.CustomerID})
		if err != nil {
			return err
		}
		if !seen[in.CustomerID] {
			return problem.Field("customer_id", problem.Unknown)
		}
	}
	if in.UnitID == "" {
		return nil
	}
	seen, err := s.units.Visible(ctx, tx, []units.ID{in.UnitID})
	if err == nil && !seen[in.UnitID] {
		err = problem.Field("unit_id", problem.Unknown)
	}
	return err
}

// customer finds the person by the phone's hash, or makes one. A phone that several people share tells
// nobody apart, so a new person is made and an agent merges.
func (s *Service) customer(ctx context.Context, tx *db.Tx, in ReportInput) (customers.Customer, bool, error) {
	if in.CustomerID != "" {
		cu, err := s.customers.Get(ctx, tx, in.CustomerID)
		if problem.CodeOf(err) != nil && problem.CodeOf(err).Kind == problem.NotFound {
			err = problem.Field("customer_id", problem.Unknown)
		}
		return cu, true, err
	}
	found, err := s.customers.FindByPhone(ctx, tx, in.Phone)
	if err != nil {
		return customers.Customer{}, false, err
	}
	same := slices.DeleteFunc(slices.Clone(found), func(c customers.Customer) bool { return c.Name != in.Name })
	switch {
	case len(found) == 1:
		return found[0], true, nil
	case len(same) > 0: // a phone that several people share
		return same[0], true, nil
	}
	create := customers.CreateInput{
		Kind: customers.Person, Name: in.Name, Phones: []customers.PhoneInput{{Number: in.Phone, Primary: true}}, Brand: in.BrandID, Lang: in.Lang,
	}
	if in.Address != nil {
		create.Addresses = []customers.AddressInput{*in.Address}
	}
	cu, err := s.customers.CreateTx(ctx, tx, create)
	return cu, false, asAsked(err)
}

// asAsked names the fields of a new customer as the form has them.
func asAsked(err error) error {
	e, ok := errors.AsType[*problem.Error](err)
	if !ok {
		return err
	}
	for i, f := range e.Fields {
		f.Field = strings.Replace(f.Field, "phones[0].number", "phone", 1)
		e.Fields[i].Field = strings.Replace(f.Field, "addresses[0].", "address.", 1)
	}
	return e
}

// OpenMessage is a message with its text.
type OpenMessage struct {
	Message
	Clear  string
	Erased bool
}

// List reads conversations, the newest first, one row more than asked.
func (s *Service) List(ctx context.Context, f Filter) ([]Conversation, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return nil, err
	}
	return list(ctx, s.db, access.From(ctx).Scope, f)
}

// Messages reads a conversation's messages, oldest first.
func (s *Service) Messages(ctx context.Context, id ID) (Conversation, []OpenMessage, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return Conversation{}, nil, err
	}
	c, err := find(ctx, s.db, access.From(ctx).Scope, id)
	if err != nil {
		return c, nil, err
	}
	msgs, err := listMessages(ctx, s.db, id)
	if err != nil {
		return c, nil, err
	}
	in := make([]crypt.Sealed, len(msgs))
	for i, m := range msgs {
		in[i] = crypt.Sealed{Key: c.KeyID, Data: m.Text}
	}
	opened, err := s.keys.OpenMany(ctx, s.db, in)
	if err != nil {
		return c, nil, err
	}
	out := make([]OpenMessage, len(msgs))
	for i, m := range msgs {
		out[i] = OpenMessage{Message: m, Clear: opened[i].Text, Erased: opened[i].Erased}
	}
	return c, out, nil
}

const (
	permRead    = "intake.read"
	permReceive = "intake.receive"
)

// Permissions of this module with the roles that have them at first.
var Permissions = []access.Permission{
	{Key: permRead, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleDispatcher, access.RoleQuality, access.RoleHead, access.RoleIntegrator}},
	{Key: permReceive, Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleDispatcher, access.RoleOutletManager, access.RoleIntegrator}},
}

// Received tells that a customer's words came in.
type Received struct {
	events.Head
	Channel Channel  `json:"channel"`
	CaseID  cases.ID `json:"case_id"`
}

// Topic implements events.Event.
func (Received) Topic() string { return "conversation.received.v1" }

// Record implements events.Event.
func (e Received) Record() (string, string) { return "conversation", e.ID }
