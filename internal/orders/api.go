package orders

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/outlets"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/reason"
	"anxin/internal/units"
)

// Body is an order as the API shows it: texts opened, people and place masked.
type Body struct {
	ID            ID                 `json:"id"`
	Number        string             `json:"number"`
	CaseID        cases.ID           `json:"case_id"`
	State         State              `json:"state"`
	ResumeTo      State              `json:"resume_to,omitempty" doc:"while suspended: where it goes back to"`
	SubState      string             `json:"sub_state,omitempty"`
	Priority      string             `json:"priority"`
	BrandID       string             `json:"brand_id"`
	CustomerID    string             `json:"customer_id,omitempty"`
	UnitID        string             `json:"unit_id,omitempty"`
	ServiceType   string             `json:"service_type"`
	Mode          string             `json:"mode"`
	Category      string             `json:"category,omitempty"`
	Symptom       string             `json:"symptom,omitempty"`
	Cause         string             `json:"cause,omitempty"`
	Action        string             `json:"action,omitempty"`
	Skills        []string           `json:"skills"`
	Tools         []catalog.ToolCode `json:"tools" doc:"to be taken along; not used up"`
	Minutes       int                `json:"minutes" doc:"on site"`
	Crew          int                `json:"crew"`
	OutletID      string             `json:"outlet_id,omitempty"`
	OutletPath    string             `json:"outlet_path"`
	Kept          bool               `json:"kept,omitempty" doc:"the outlet goes on without a new offer"`
	Place         string             `json:"place,omitempty" doc:"masked: down to the street"`
	Division      string             `json:"division,omitempty"`
	Lat           *float64           `json:"lat,omitempty"`
	Lon           *float64           `json:"lon,omitempty"`
	Zone          string             `json:"zone" doc:"on whose clock the work takes place: of its outlet, before it has one of the outlet that would be asked first"`
	ContactName   string             `json:"contact_name,omitempty" doc:"masked"`
	ContactPhone  string             `json:"contact_phone,omitempty" doc:"masked"`
	Instructions  string             `json:"instructions,omitempty"`
	Erased        bool               `json:"erased,omitempty" doc:"the person's key was destroyed; texts are gone"`
	Payer         string             `json:"payer"`
	Wanted        *Window            `json:"wanted,omitempty" doc:"what the customer would like"`
	Promised      *Window            `json:"promised,omitempty"`
	RepeatOf      ID                 `json:"repeat_of,omitempty" doc:"same unit and symptom family within the repeat window"`
	ReworkOf      ID                 `json:"rework_of,omitempty"`
	Attempts      int64              `json:"contact_attempts"`
	Chased        int64              `json:"chased"`
	MovedCustomer int64              `json:"moved_by_customer"`
	MovedFirm     int64              `json:"moved_by_firm"`
	Reassigned    int64              `json:"reassigned"`
	GivenBack     int64              `json:"given_back"`
	Visits        int64              `json:"visits"`
	Reason        string             `json:"reason,omitempty"`
	Blame         string             `json:"responsibility,omitempty"`
	WaitFor       string             `json:"wait_for,omitempty"`
	Review        ReviewState        `json:"review,omitempty"`
	ReviewWhy     reason.List        `json:"review_why,omitempty"`
	Callback      Opinion            `json:"callback,omitempty"`
	CallbackClass int                `json:"callback_class,omitempty"`
	Held          bool               `json:"held,omitempty" doc:"charges wait for a decision"`
	Sign          SignKind           `json:"sign,omitempty" doc:"how the customer signed off"`
	ExternalID    string             `json:"external_id,omitempty"`
	Origin        string             `json:"origin"`
	NextDueAt     *time.Time         `json:"next_due_at,omitempty"`
	ReleasedAt    *time.Time         `json:"released_at,omitempty"`
	AcceptedAt    *time.Time         `json:"accepted_at,omitempty"`
	StartedAt     *time.Time         `json:"started_at,omitempty"`
	CompletedAt   *time.Time         `json:"completed_at,omitempty"`
	EndedAt       *time.Time         `json:"ended_at,omitempty"`
	OccurredAt    time.Time          `json:"occurred_at"`
	CreatedAt     time.Time          `json:"created_at"`
	UpdatedAt     time.Time          `json:"updated_at"`
	NextActs      []string           `json:"next_acts" doc:"acts the state allows; guards may still refuse"`
	Version       int64              `json:"version"`
}

func windowPtr(w Window) *Window {
	if w.IsZero() {
		return nil
	}
	return &w
}

func body(o Order, t Texts) Body {
	skills := make([]string, len(o.Skills))
	for i, c := range o.Skills {
		skills[i] = string(c)
	}
	who := t.Parties.OnSite
	if who.Phone == "" {
		who = t.Parties.Caller
	}
	return Body{
		ID: o.ID, Number: o.Number, CaseID: o.CaseID, State: o.State, ResumeTo: o.ResumeTo, SubState: o.SubState, Priority: string(o.Priority),
		BrandID: string(o.BrandID), CustomerID: string(o.CustomerID), UnitID: string(o.UnitID), ServiceType: string(o.ServiceType), Mode: string(o.Mode),
		Category: string(o.Category), Symptom: string(o.Symptom), Cause: string(o.Cause), Action: string(o.Action), Skills: skills, Tools: catalog.SortedTools(o.Tools), Minutes: o.Minutes,
		Crew: o.Crew, OutletID: string(o.OutletID), OutletPath: o.OutletPath, Kept: o.Kept, Place: t.Place.Masked(), Division: o.Division, Lat: o.Lat, Lon: o.Lon,
		ContactName: crypt.MaskName(who.Name), ContactPhone: crypt.MaskPhone(who.Phone), Instructions: t.Note, Erased: t.Erased, Payer: string(o.Payer),
		Wanted: windowPtr(o.Wanted), Promised: windowPtr(o.Promised), RepeatOf: o.RepeatOf, ReworkOf: o.ReworkOf, Attempts: o.Attempts, Chased: o.Chased,
		MovedCustomer: o.MovedCustomer, MovedFirm: o.MovedFirm, Reassigned: o.Reassigned, GivenBack: o.GivenBack, Visits: o.Visits, Reason: o.Reason,
		Blame: string(o.Blame), WaitFor: string(o.WaitFor), Review: o.Review, ReviewWhy: o.ReviewWhy, Callback: o.Callback, CallbackClass: o.CallbackClass,
		Held: o.Held, Sign: o.Sign, ExternalID: o.ExternalID, Origin: o.Origin, NextDueAt: o.NextDueAt, ReleasedAt: o.ReleasedAt, AcceptedAt: o.AcceptedAt,
		StartedAt: o.StartedAt, CompletedAt: o.CompletedAt, EndedAt: o.EndedAt, OccurredAt: o.OccurredAt, CreatedAt: o.CreatedAt, UpdatedAt: o.UpdatedAt,
		NextActs: o.NextActs(), Version: o.Version,
	}
}

// Bodies opens the texts of a list with one query for its keys.
func (s *Service) Bodies(ctx context.Context, list []Order) ([]Body, error) {
	texts, err := s.TextsOf(ctx, s.db, list)
	if err != nil {
		return nil, err
	}
	zones, err := s.Zones(ctx, list)
	if err != nil {
		return nil, err
	}
	out := make([]Body, len(list))
	for i, o := range list {
		out[i] = body(o, texts[o.ID])
		out[i].Zone = zones[i]
	}
	return out, s.nameContacts(ctx, out)
}

// Zones are the time zones on whose clocks orders take place, IANA names.
func (s *Service) Zones(ctx context.Context, list []Order) ([]string, error) {
	work := make([]outlets.Work, len(list))
	for i, o := range list {
		work[i] = outlets.Work{
			ServingInput: outlets.ServingInput{Brand: o.BrandID, Category: o.Category, ServiceType: o.ServiceType, Division: o.Division}, Outlet: o.OutletID,
		}
		if p, ok := o.Point(); ok {
			work[i].Point = &p
		}
	}
	return s.Outlets.Zones(ctx, s.db, work)
}

// nameContacts puts the customer's masked name where an order has no contact of its own: who is missing among its
// parties is the customer.
func (s *Service) nameContacts(ctx context.Context, list []Body) error {
	var ids []customers.ID
	for _, b := range list {
		if b.ContactName == "" && b.CustomerID != "" {
			ids = append(ids, customers.ID(b.CustomerID))
		}
	}
	if len(ids) == 0 {
		return nil
	}
	found, err := s.Customers.ByIDs(ctx, s.db, ids)
	if err != nil {
		return err
	}
	for i, b := range list {
		if b.ContactName == "" {
			list[i].ContactName = found[customers.ID(b.CustomerID)].MaskedName()
		}
	}
	return nil
}

type orderOut struct {
	ETag string `header:"ETag"`
	Body Body
}

func (s *Service) out(ctx context.Context, o Order) (*orderOut, error) {
	list, err := s.Bodies(ctx, []Order{o})
	if err != nil {
		return nil, err
	}
	return &orderOut{ETag: httpapi.ETag(o.Version), Body: list[0]}, nil
}

type idIn struct {
	ID ID `path:"id" maxLength:"36" doc:"Order id"`
}

type personIn struct {
	Name  string `json:"name,omitempty" maxLength:"100"`
	Phone string `json:"phone,omitempty" maxLength:"32"`
}

type partiesIn struct {
	Caller personIn `json:"caller,omitzero"`
	Owner  personIn `json:"owner,omitzero"`
	OnSite personIn `json:"on_site,omitzero"`
	Payer  personIn `json:"payer,omitzero"`
}

func (p partiesIn) parties() Parties {
	return Parties{Caller: Person(p.Caller), Owner: Person(p.Owner), OnSite: Person(p.OnSite), Payer: Person(p.Payer)}
}

type createIn struct {
	Body struct {
		httpapi.ActIn
		CaseID       cases.ID                `json:"case_id" maxLength:"36"`
		UnitID       units.ID                `json:"unit_id,omitempty" maxLength:"36" doc:"default: the case's"`
		ServiceType  catalog.ServiceTypeCode `json:"service_type,omitempty" maxLength:"16" doc:"default: the case's"`
		Category     catalog.CategoryCode    `json:"category,omitempty" maxLength:"16"`
		Symptom      catalog.SymptomCode     `json:"symptom,omitempty" maxLength:"32"`
		Action       catalog.ActionCode      `json:"action,omitempty" maxLength:"32" doc:"presumed: chooses skills and minutes"`
		AddressID    customers.AddressID     `json:"address_id,omitempty" maxLength:"36" doc:"of the customer; default: the case's place"`
		Address      *customers.AddressInput `json:"address,omitempty"`
		Parties      partiesIn               `json:"parties,omitzero"`
		Payer        catalog.Payer           `json:"payer,omitempty" maxLength:"16"`
		Wanted       Window                  `json:"wanted,omitzero"`
		Instructions string                  `json:"instructions,omitempty" maxLength:"2000"`
		ReworkOf     ID                      `json:"rework_of,omitempty" maxLength:"36"`
		ExternalID   string                  `json:"external_id,omitempty" maxLength:"128"`
		Release      bool                    `json:"release,omitempty" doc:"make it ready at once"`
	}
}

func (in createIn) input() (CreateInput, error) {
	b := in.Body
	o := CreateInput{
		Act: b.Act(), CaseID: b.CaseID, UnitID: b.UnitID, ServiceType: b.ServiceType, Category: b.Category, Symptom: b.Symptom, Action: b.Action,
		AddressID: b.AddressID, Parties: b.Parties.parties(), Payer: b.Payer, Wanted: b.Wanted, Instruct: b.Instructions, ReworkOf: b.ReworkOf,
		ExternalID: b.ExternalID, Release: b.Release,
	}
	if b.Address != nil {
		p, err := customers.PlaceOf(*b.Address)
		if err != nil {
			return o, err
		}
		o.Place = &p
	}
	return o, nil
}

type editIn struct {
	ID ID `path:"id" maxLength:"36"`
	httpapi.VersionIn
	Body struct {
		httpapi.ActIn
		UnitID       *units.ID               `json:"unit_id,omitempty" maxLength:"36"`
		Category     *catalog.CategoryCode   `json:"category,omitempty" maxLength:"16"`
		Symptom      *catalog.SymptomCode    `json:"symptom,omitempty" maxLength:"32"`
		Action       *catalog.ActionCode     `json:"action,omitempty" maxLength:"32"`
		Address      *customers.AddressInput `json:"address,omitempty"`
		Parties      *partiesIn              `json:"parties,omitempty"`
		Payer        *catalog.Payer          `json:"payer,omitempty" maxLength:"16"`
		Wanted       *Window                 `json:"wanted,omitempty"`
		Instructions *string                 `json:"instructions,omitempty" maxLength:"2000"`
		SubState     *string                 `json:"sub_state,omitempty" maxLength:"64"`
	}
}

func (in editIn) input() (EditInput, error) {
	v, err := in.Version()
	if err != nil {
		return EditInput{}, err
	}
	b := in.Body
	o := EditInput{
		Act: b.Act(), ID: in.ID, Version: v, UnitID: b.UnitID, Category: b.Category, Symptom: b.Symptom, Action: b.Action, Payer: b.Payer, Wanted: b.Wanted,
		Instruct: b.Instructions, SubState: b.SubState,
	}
	if b.Parties != nil {
		o.Parties = new(b.Parties.parties())
	}
	if b.Address != nil {
		p, err := customers.PlaceOf(*b.Address)
		if err != nil {
			return o, err
		}
		o.Place = &p
	}
	return o, nil
}

type listIn struct {
	httpapi.PageIn
	Queue      string       `query:"queue" enum:"live,recent,review,proof,unplanned" default:"live" doc:"live: by next deadline; recent: all, newest first; review: a person has to look; proof: the engineer owes proof; unplanned: ready or accepted"`
	State      []State      `query:"state" maxItems:"11"`
	BrandID    string       `query:"brand_id" maxLength:"36"`
	OutletID   outlets.ID   `query:"outlet_id" maxLength:"36"`
	CaseID     cases.ID     `query:"case_id" maxLength:"36"`
	CustomerID customers.ID `query:"customer_id" maxLength:"36"`
	UnitID     units.ID     `query:"unit_id" maxLength:"36"`
	Number     string       `query:"number" maxLength:"32"`
	Type       string       `query:"service_type" maxLength:"16"`
	Late       bool         `query:"late" doc:"only those past a deadline"`
	Soon       bool         `query:"soon" doc:"only those due within two hours; with late, those past a deadline too"`
	Nobody     bool         `query:"nobody" doc:"only those that no outlet has"`
	Since      time.Time    `query:"updated_since"`
}

func op(id, method, path, summary, description string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"orders"}, Summary: summary, Description: description}
}

// Register adds this module's operations.
func (s *Service) Register(api *httpapi.Server) {
	httpapi.Act(api, op("create-order", http.MethodPost, "/orders", "Open an order for a case",
		"A draft, or ready at once. What is left out is taken from the case and its unit."), func(ctx context.Context, in *createIn) (Order, error) {
		o, err := in.input()
		if err != nil {
			return Order{}, err
		}
		return s.Create(ctx, o)
	}, s.out)
	httpapi.Register(api, op("list-orders", http.MethodGet, "/orders", "List orders", "An outlet sees the orders that it has or is asked to take."), s.listOrders)
	httpapi.Register(api, op("search-orders", http.MethodGet, "/orders/search", "Search orders", "By number, or by the id of another system, whole."),
		func(ctx context.Context, in *struct {
			Q     string `query:"q" minLength:"1" maxLength:"200" required:"true"`
			Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
		},
		) (*httpapi.PageOut[Body], error) {
			list, err := s.Lookup(ctx, in.Q, in.Limit)
			if err != nil {
				return nil, err
			}
			items, err := s.Bodies(ctx, list)
			return &httpapi.PageOut[Body]{Body: httpapi.Page[Body]{Items: items}}, err
		})
	httpapi.Register(api, op("get-order", http.MethodGet, "/orders/{id}", "Read an order", ""), func(ctx context.Context, in *idIn) (*orderOut, error) {
		o, err := s.Get(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return s.out(ctx, o)
	})
	httpapi.Act(api, op("edit-order", http.MethodPatch, "/orders/{id}", "Correct an order", "Only what is given changes; needs If-Match."),
		func(ctx context.Context, in *editIn) (Order, error) {
			e, err := in.input()
			if err != nil {
				return Order{}, err
			}
			return s.Edit(ctx, e)
		}, s.out)
	s.registerActs(api)
	s.registerStory(api)
	s.registerVisits(api)
	s.registerField(api)
	s.registerMoney(api)
	s.registerQuotes(api)
	s.registerReport(api)
}

func (s *Service) listOrders(ctx context.Context, in *listIn) (*httpapi.PageOut[Body], error) {
	f := Filter{
		Queue: in.Queue, States: in.State, BrandID: catalog.BrandID(in.BrandID), OutletID: in.OutletID, CaseID: in.CaseID, CustomerID: in.CustomerID,
		UnitID: in.UnitID, Number: in.Number, Type: catalog.ServiceTypeCode(in.Type), Since: in.Since, Nobody: in.Nobody, Limit: in.Limit + 1,
	}
	now := s.db.Now()
	switch {
	case in.Soon:
		f.Late = new(now.Add(Soon))
		if !in.Late {
			f.DueFrom = &now
		}
	case in.Late:
		f.Late = &now
	}
	var err error
	if f.HasAfter, err = httpapi.DecodeCursor(in.Cursor, &f.AfterKey, &f.AfterID); err != nil {
		return nil, err
	}
	list, err := s.List(ctx, f)
	if err != nil {
		return nil, err
	}
	texts, err := s.TextsOf(ctx, s.db, list)
	if err != nil {
		return nil, err
	}
	page := httpapi.MakePage(list, in.Limit, func(o Order) Body { return body(o, texts[o.ID]) }, func(o Order) []any { return []any{f.Key(o), o.ID} })
	return &httpapi.PageOut[Body]{Body: page}, s.nameContacts(ctx, page.Items)
}

// items is a short list that is not paged.
type items[T any] struct {
	Body struct {
		Items []T `json:"items"`
	}
}

func itemsOf[R, T any](rows []R, one func(R) T) *items[T] {
	var out items[T]
	out.Body.Items = make([]T, len(rows))
	for i, r := range rows {
		out.Body.Items[i] = one(r)
	}
	return &out
}
