package cases

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/reason"
	"anxin/internal/units"
)

// Body is a case as the API shows it: texts opened, contact masked.
type Body struct {
	ID           ID          `json:"id"`
	Number       string      `json:"number"`
	Type         Type        `json:"type"`
	State        State       `json:"state"`
	SubState     string      `json:"sub_state,omitempty"`
	Priority     Priority    `json:"priority"`
	PriorityWhy  reason.List `json:"priority_why"`
	Safety       Safety      `json:"safety,omitempty" doc:"Danger: the script comes first"`
	AdvisedAt    *time.Time  `json:"advised_at,omitempty" doc:"When the safety script was told"`
	BrandID      string      `json:"brand_id"`
	CustomerID   string      `json:"customer_id,omitempty"`
	UnitID       string      `json:"unit_id,omitempty"`
	Category     string      `json:"category,omitempty"`
	Symptom      string      `json:"symptom,omitempty"`
	ServiceType  string      `json:"service_type,omitempty"`
	Class        string      `json:"class,omitempty"`
	Channel      Channel     `json:"channel"`
	Origin       string      `json:"origin"`
	OutletPath   string      `json:"outlet_path"`
	OpenedBy     string      `json:"opened_by"`
	AssigneeID   string      `json:"assignee_id,omitempty"`
	Team         string      `json:"team,omitempty"`
	ParentID     string      `json:"parent_id,omitempty"`
	MergedInto   string      `json:"merged_into,omitempty"`
	ExternalID   string      `json:"external_id,omitempty"`
	Stage        Stage       `json:"stage,omitempty"`
	Severity     string      `json:"severity,omitempty"`
	LegalHold    bool        `json:"legal_hold,omitempty"`
	Regulator    bool        `json:"regulator,omitempty"`
	Summary      string      `json:"summary"`
	Detail       string      `json:"detail,omitempty"`
	ContactName  string      `json:"contact_name,omitempty" doc:"masked"`
	ContactPhone string      `json:"contact_phone,omitempty" doc:"masked"`
	Erased       bool        `json:"erased,omitempty" doc:"the person's key was destroyed; texts are gone"`
	Division     string      `json:"division,omitempty"`
	Reason       string      `json:"reason,omitempty"`
	Blame        string      `json:"responsibility,omitempty"`
	Reopened     int64       `json:"reopened"`
	Chased       int64       `json:"chased"`
	Attempts     int64       `json:"contact_attempts"`
	NextDueAt    *time.Time  `json:"next_due_at,omitempty"`
	OccurredAt   time.Time   `json:"occurred_at"`
	CreatedAt    time.Time   `json:"created_at"`
	UpdatedAt    time.Time   `json:"updated_at"`
	ClosedAt     *time.Time  `json:"closed_at,omitempty"`
	NextActs     []string    `json:"next_acts" doc:"acts the state allows; guards may still refuse"`
	Version      int64       `json:"version"`
}

func body(c Case, t Texts) Body {
	return Body{
		ID: c.ID, Number: c.Number, Type: c.Type, State: c.State, SubState: c.SubState, Priority: c.Priority, PriorityWhy: c.PriorityWhy,
		Safety: c.Safety, AdvisedAt: c.AdvisedAt, BrandID: string(c.BrandID), CustomerID: string(c.CustomerID), UnitID: string(c.UnitID),
		Category: string(c.Category), Symptom: string(c.Symptom), ServiceType: string(c.ServiceType), Class: c.Class, Channel: c.Channel,
		Origin: c.Origin, OutletPath: c.OutletPath, OpenedBy: c.OpenedBy, AssigneeID: c.AssigneeID, Team: c.Team, ParentID: string(c.ParentID),
		MergedInto: string(c.MergedInto), ExternalID: c.ExternalID, Stage: c.Stage, Severity: string(c.Severity), LegalHold: c.LegalHold,
		Regulator: c.Regulator, Summary: t.Summary, Detail: t.Detail, ContactName: crypt.MaskName(t.Contact.Name),
		ContactPhone: crypt.MaskPhone(t.Contact.Phone), Erased: t.Erased, Division: c.Division, Reason: c.Reason, Blame: string(c.Blame),
		Reopened: c.Reopened, Chased: c.Chased, Attempts: c.Attempts, NextDueAt: c.NextDueAt, OccurredAt: c.OccurredAt, CreatedAt: c.CreatedAt,
		UpdatedAt: c.UpdatedAt, ClosedAt: c.ClosedAt, NextActs: c.NextActs(), Version: c.Version,
	}
}

// Bodies opens the texts of a list with one query for its keys.
func (s *Service) Bodies(ctx context.Context, list []Case) ([]Body, error) {
	texts, err := s.textsOf(ctx, list)
	if err != nil {
		return nil, err
	}
	out := make([]Body, len(list))
	for i, c := range list {
		out[i] = body(c, texts[c.ID])
	}
	return out, nil
}

type caseOut struct {
	ETag string `header:"ETag"`
	Body Body
}

func (s *Service) out(ctx context.Context, c Case) (*caseOut, error) {
	t, err := s.TextsOf(ctx, c)
	if err != nil {
		return nil, err
	}
	return &caseOut{ETag: httpapi.ETag(c.Version), Body: body(c, t)}, nil
}

type idIn struct {
	ID ID `path:"id" maxLength:"36" doc:"Case id"`
}

type openIn struct {
	Body struct {
		httpapi.ActIn
		Type        Type                    `json:"type,omitempty" enum:"request,complaint"`
		BrandID     catalog.BrandID         `json:"brand_id" maxLength:"36"`
		CustomerID  customers.ID            `json:"customer_id,omitempty" maxLength:"36"`
		UnitID      units.ID                `json:"unit_id,omitempty" maxLength:"36"`
		Category    catalog.CategoryCode    `json:"category,omitempty" maxLength:"16"`
		Symptom     catalog.SymptomCode     `json:"symptom,omitempty" maxLength:"32"`
		ServiceType catalog.ServiceTypeCode `json:"service_type,omitempty" maxLength:"16"`
		Class       string                  `json:"class,omitempty" maxLength:"64"`
		Channel     Channel                 `json:"channel,omitempty" maxLength:"16" doc:"default: phone"`
		Summary     string                  `json:"summary" maxLength:"200" doc:"the problem in one sentence"`
		Detail      string                  `json:"detail,omitempty" maxLength:"8000"`
		ContactName string                  `json:"contact_name,omitempty" maxLength:"100"`
		Phone       string                  `json:"contact_phone,omitempty" maxLength:"32"`
		Address     *customers.AddressInput `json:"address,omitempty"`
		Impact      Level                   `json:"impact,omitempty" doc:"1 high … 3 low; 0 unknown"`
		Urgency     Level                   `json:"urgency,omitempty" doc:"1 high … 3 low; 0 unknown"`
		Vulnerable  bool                    `json:"vulnerable,omitempty"`
		Safety      Safety                  `json:"safety,omitempty"`
		ParentID    ID                      `json:"parent_id,omitempty" maxLength:"36"`
		ExternalID  string                  `json:"external_id,omitempty" maxLength:"128"`
		AssigneeID  string                  `json:"assignee_id,omitempty" maxLength:"36"`
	}
}

func (in openIn) input() (OpenInput, error) {
	b := in.Body
	o := OpenInput{
		Act: b.Act(), Type: b.Type, BrandID: b.BrandID, CustomerID: b.CustomerID, UnitID: b.UnitID, Category: b.Category, Symptom: b.Symptom,
		ServiceType: b.ServiceType, Class: b.Class, Channel: b.Channel, Summary: b.Summary, Detail: b.Detail,
		Contact: Contact{Name: b.ContactName, Phone: b.Phone}, Impact: b.Impact, Urgency: b.Urgency, Vulnerable: b.Vulnerable, Safety: b.Safety,
		ParentID: b.ParentID, ExternalID: b.ExternalID, AssigneeID: b.AssigneeID,
	}
	if o.Channel == "" {
		o.Channel = Phone
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
	Queue      string       `query:"queue" enum:"mine,unassigned,all,recent" default:"all" doc:"live cases by next deadline, or recent: all by time of opening"`
	AssigneeID string       `query:"assignee_id" maxLength:"36"`
	State      []State      `query:"state" maxItems:"6"`
	Type       Type         `query:"type" enum:"request,complaint"`
	Priority   Priority     `query:"priority" enum:"P1,P2,P3,P4"`
	Safety     bool         `query:"safety" doc:"only those that somebody may be hurt by"`
	BrandID    string       `query:"brand_id" maxLength:"36"`
	CustomerID customers.ID `query:"customer_id" maxLength:"36"`
	UnitID     units.ID     `query:"unit_id" maxLength:"36"`
	Number     string       `query:"number" maxLength:"32"`
	Phone      string       `query:"contact_phone" maxLength:"32" doc:"the whole number that the caller gave"`
	Late       bool         `query:"late" doc:"only those past a deadline"`
	Since      time.Time    `query:"updated_since"`
}

// Register adds this module's operations.
func (s *Service) Register(api *httpapi.Server) {
	s.registerActs(api)
	httpapi.Act(api, huma.Operation{
		OperationID: "create-case", Method: http.MethodPost, Path: "/cases", Tags: []string{"cases"}, Summary: "Open a case",
		Description: "A danger named in the text or the symptom (gas, CO, shock, fire) makes it P1 at once; read the safety script first.",
	}, func(ctx context.Context, in *openIn) (Case, error) {
		o, err := in.input()
		if err != nil {
			return Case{}, err
		}
		return s.Open(ctx, o)
	}, s.out)
	httpapi.Register(api, huma.Operation{
		OperationID: "list-cases", Method: http.MethodGet, Path: "/cases", Tags: []string{"cases"}, Summary: "List cases",
		Description: "An outlet sees the cases it works on or opened.",
	}, s.listCases)
	httpapi.Register(api, huma.Operation{
		OperationID: "search-cases", Method: http.MethodGet, Path: "/cases/search", Tags: []string{"cases"}, Summary: "Search cases",
		Description: "Any adjacent Chinese characters, words by prefix, and numbers; ranked among the newest hits, counted to 1,000.",
	}, s.searchCases)
	httpapi.Register(api, huma.Operation{
		OperationID: "get-case", Method: http.MethodGet, Path: "/cases/{id}", Tags: []string{"cases"}, Summary: "Read a case",
	}, func(ctx context.Context, in *idIn) (*caseOut, error) {
		c, err := s.Get(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return s.out(ctx, c)
	})
	s.registerParts(api)
}

func (s *Service) listCases(ctx context.Context, in *listIn) (*httpapi.PageOut[Body], error) {
	f := Filter{
		Queue: in.Queue, AssigneeID: in.AssigneeID, States: in.State, Type: in.Type, Priority: in.Priority, Safety: in.Safety, BrandID: catalog.BrandID(in.BrandID),
		CustomerID: in.CustomerID, UnitID: in.UnitID, Number: in.Number, Since: in.Since, Limit: in.Limit + 1,
	}
	if in.Phone != "" {
		f.Phone = s.keys.Lookup(crypt.KindPhone, in.Phone)
	}
	if in.Late {
		f.Late = new(s.db.Now())
	}
	var err error
	if f.HasAfter, err = httpapi.DecodeCursor(in.Cursor, &f.AfterDue, &f.AfterID); err != nil {
		return nil, err
	}
	list, err := s.List(ctx, f)
	if err != nil {
		return nil, err
	}
	texts, err := s.textsOf(ctx, list)
	if err != nil {
		return nil, err
	}
	page := httpapi.MakePage(list, in.Limit, func(c Case) Body { return body(c, texts[c.ID]) }, func(c Case) []any {
		if in.Queue == "recent" {
			return []any{c.CreatedAt.UnixMicro(), c.ID}
		}
		due := noDue
		if c.NextDueAt != nil {
			due = c.NextDueAt.UnixMicro()
		}
		return []any{due, c.ID}
	})
	return &httpapi.PageOut[Body]{Body: page}, nil
}

func (s *Service) searchCases(ctx context.Context, in *struct {
	Q     string `query:"q" minLength:"1" maxLength:"200" required:"true"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
},
) (*httpapi.PageOut[Body], error) {
	list, total, more, err := s.Search(ctx, in.Q, in.Limit)
	if err != nil {
		return nil, err
	}
	items, err := s.Bodies(ctx, list)
	if err != nil {
		return nil, err
	}
	return &httpapi.PageOut[Body]{Body: httpapi.Page[Body]{Items: items, Total: &total, TotalOver: more}}, nil
}

// noteBody is a note as the API shows it.
type noteBody struct {
	ID         string    `json:"id"`
	Kind       string    `json:"kind"`
	Author     string    `json:"author"`
	OutletPath string    `json:"outlet_path"`
	Text       string    `json:"text"`
	Erased     bool      `json:"erased,omitempty"`
	OccurredAt time.Time `json:"occurred_at"`
	RecordedAt time.Time `json:"recorded_at"`
}

type workBody struct {
	Kind       string     `json:"kind"`
	Ref        string     `json:"ref"`
	OutletPath string     `json:"outlet_path"`
	Live       bool       `json:"live"`
	Done       bool       `json:"done"`
	DueAt      *time.Time `json:"due_at,omitempty"`
	AttachedAt time.Time  `json:"attached_at"`
	EndedAt    *time.Time `json:"ended_at,omitempty"`
}

type linkBody struct {
	Kind   string `json:"kind"`
	ID     ID     `json:"id"`
	Number string `json:"number"`
	State  State  `json:"state"`
}

type items[T any] struct {
	Body struct {
		Items []T `json:"items"`
	}
}

func itemsOf[T any](list []T) *items[T] {
	var out items[T]
	out.Body.Items = list
	return &out
}

// registerParts adds what hangs on a case: notes, work, links, watching.
func (s *Service) registerParts(api *httpapi.Server) {
	httpapi.Register(api, huma.Operation{
		OperationID: "list-case-notes", Method: http.MethodGet, Path: "/cases/{id}/notes", Tags: []string{"cases"}, Summary: "Read a case's notes",
	}, func(ctx context.Context, in *idIn) (*items[noteBody], error) {
		notes, err := s.Notes(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		list := make([]noteBody, len(notes))
		for i, n := range notes {
			list[i] = noteBody{n.ID, n.Kind, n.Author, n.OutletPath, n.Clear, n.Erased, n.OccurredAt, n.RecordedAt}
		}
		return itemsOf(list), nil
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "list-case-work", Method: http.MethodGet, Path: "/cases/{id}/work", Tags: []string{"cases"}, Summary: "Read what hangs on a case",
	}, func(ctx context.Context, in *idIn) (*items[workBody], error) {
		work, err := s.WorkOf(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		list := make([]workBody, len(work))
		for i, w := range work {
			list[i] = workBody{w.Kind, w.Ref, w.OutletPath, w.Live, w.Done, w.DueAt, w.AttachedAt, w.EndedAt}
		}
		return itemsOf(list), nil
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "list-case-links", Method: http.MethodGet, Path: "/cases/{id}/links", Tags: []string{"cases"}, Summary: "Read the cases tied to a case",
	}, func(ctx context.Context, in *idIn) (*items[linkBody], error) {
		links, err := s.Links(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		list := make([]linkBody, len(links))
		for i, l := range links {
			list[i] = linkBody{l.Kind, l.Case.ID, l.Case.Number, l.Case.State}
		}
		return itemsOf(list), nil
	})
	for _, w := range []struct {
		id, method string
		on         bool
	}{{"watch-case", http.MethodPut, true}, {"unwatch-case", http.MethodDelete, false}} {
		httpapi.Register(api, huma.Operation{
			OperationID: w.id, Method: w.method, Path: "/cases/{id}/watch", Tags: []string{"cases"}, Summary: "Hear of a case's events, or stop",
			DefaultStatus: http.StatusNoContent,
		}, func(ctx context.Context, in *idIn) (*struct{}, error) { return nil, s.Watch(ctx, in.ID, w.on) })
	}
}
