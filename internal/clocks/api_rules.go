package clocks

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/platform/calendar"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
)

type markBody struct {
	UsedPercent int   `json:"used_percent,omitempty" minimum:"1" maximum:"99"`
	LeftSeconds int64 `json:"left_s,omitempty" minimum:"1" maximum:"315360000"`
}

type targetBody struct {
	Kind            TargetKind `json:"kind" enum:"calendar_time,working_time,workday_end,instant"`
	Calendar        string     `json:"calendar,omitempty" maxLength:"64" doc:"id of a calendar, or a role: @centre, @outlet"`
	DurationSeconds int64      `json:"duration_s,omitempty" minimum:"1" maximum:"315360000" doc:"of calendar_time and working_time"`
	Days            int        `json:"days,omitempty" minimum:"0" maximum:"3660" doc:"of workday_end: working days after the start's date"`
	At              time.Time  `json:"at,omitzero" doc:"of instant; without it the caller's, such as the end of a promised window"`
	Warn            []markBody `json:"warn,omitempty" maxItems:"10"`
}

func targetBodyOf(t Target) targetBody {
	b := targetBody{Kind: t.Kind, Calendar: t.Calendar, DurationSeconds: int64(t.Duration / time.Second), Days: t.Days, At: t.At}
	for _, m := range t.Warn {
		b.Warn = append(b.Warn, markBody{UsedPercent: m.Used, LeftSeconds: int64(m.Left / time.Second)})
	}
	return b
}

func (b targetBody) target() Target {
	t := Target{Kind: b.Kind, Calendar: b.Calendar, Duration: time.Duration(b.DurationSeconds) * time.Second, Days: b.Days, At: b.At.UTC()}
	if b.At.IsZero() {
		t.At = time.Time{}
	}
	for _, m := range b.Warn {
		t.Warn = append(t.Warn, Mark{Used: m.UsedPercent, Left: time.Duration(m.LeftSeconds) * time.Second})
	}
	return t
}

// PolicyFields are what one edits of a policy.
type PolicyFields struct {
	Milestone Milestone  `json:"milestone" maxLength:"32"`
	Party     Party      `json:"party" maxLength:"32"`
	Match     attrsBody  `json:"match,omitempty" doc:"an absent attribute fits everything"`
	Target    targetBody `json:"target"`
	From      time.Time  `json:"from,omitzero" doc:"in force from then; absent: always"`
	Until     time.Time  `json:"until,omitzero" doc:"until before then; set it to retire the policy"`
}

func (f PolicyFields) policy(id PolicyID) Policy {
	return Policy{
		ID: id, Milestone: f.Milestone, Party: f.Party, Match: Attributes(f.Match), Target: f.Target.target(),
		From: instant(f.From, time.Time{}), Until: instant(f.Until, time.Time{}),
	}
}

type policyBody struct {
	ID PolicyID `json:"id"`
	PolicyFields
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	Version   int       `json:"version"`
}

func policyBodyOf(k KeptPolicy) policyBody {
	return policyBody{
		ID: k.ID, CreatedAt: k.CreatedAt, UpdatedAt: k.UpdatedAt, Version: k.Version,
		PolicyFields: PolicyFields{
			Milestone: k.Milestone, Party: k.Party, Match: attrsBody(k.Match), Target: targetBodyOf(k.Target), From: k.From, Until: k.Until,
		},
	}
}

type policyOut struct {
	ETag string `header:"ETag"`
	Body policyBody
}

func renderPolicy(_ context.Context, k KeptPolicy) (*policyOut, error) {
	return &policyOut{ETag: httpapi.ETag(int64(k.Version)), Body: policyBodyOf(k)}, nil
}

type newPolicyIn struct {
	Body struct {
		ID PolicyID `json:"id" maxLength:"64" doc:"a readable code; it stands in explanations"`
		PolicyFields
	}
}

type editPolicyIn struct {
	ID PolicyID `path:"id" maxLength:"64"`
	httpapi.VersionIn
	Body PolicyFields
}

type tryIn struct {
	Milestone   Milestone `query:"milestone" required:"true" maxLength:"32"`
	Party       Party     `query:"party" maxLength:"32"`
	ServiceType string    `query:"service_type" maxLength:"32"`
	ProductLine string    `query:"product_line" maxLength:"32"`
	Priority    string    `query:"priority" maxLength:"16"`
	RegionTier  string    `query:"region_tier" maxLength:"16"`
	Brand       string    `query:"brand" maxLength:"36"`
	Contract    string    `query:"contract" maxLength:"64"`
	At          time.Time `query:"at"`
}

type tryOut struct {
	Body struct {
		Policy  *policyBody `json:"policy,omitempty" doc:"absent: none fits"`
		Reasons reason.List `json:"reasons"`
	}
}

func (s *Service) registerPolicies(api *httpapi.Server) {
	httpapi.Register(api, huma.Operation{
		OperationID: "list-clock-policies", Method: http.MethodGet, Path: "/clock-policies", Tags: tags, Summary: "List the policies of deadlines",
	}, func(ctx context.Context, _ *struct{}) (*listOut[policyBody], error) {
		list, err := s.Policies(ctx)
		if err != nil {
			return nil, err
		}
		return listOf(list, policyBodyOf), nil
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "try-clock-policies", Method: http.MethodGet, Path: "/clock-policies/try", Tags: tags, Summary: "Ask which policy would set a deadline, and why",
	}, s.apiTry)
	httpapi.Register(api, huma.Operation{
		OperationID: "get-clock-policy", Method: http.MethodGet, Path: "/clock-policies/{id}", Tags: tags, Summary: "Read a policy",
	}, func(ctx context.Context, in *struct {
		ID PolicyID `path:"id" maxLength:"64"`
	},
	) (*policyOut, error) {
		k, err := s.Policy(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return renderPolicy(ctx, k)
	})
	httpapi.Act(api, huma.Operation{
		OperationID: "create-clock-policy", Method: http.MethodPost, Path: "/clock-policies", Tags: tags, Summary: "Add a policy",
		Description: "Clocks that start from now on are chosen for by it; the most specific policy wins.",
	}, func(ctx context.Context, in *newPolicyIn) (KeptPolicy, error) {
		return s.CreatePolicy(ctx, in.Body.policy(in.Body.ID))
	}, renderPolicy)
	httpapi.Act(api, huma.Operation{
		OperationID: "edit-clock-policy", Method: http.MethodPut, Path: "/clock-policies/{id}", Tags: tags, Summary: "Replace a policy",
		Description: "Clocks that run keep their target until what they are for changes. Retire a policy by until.",
	}, func(ctx context.Context, in *editPolicyIn) (KeptPolicy, error) {
		v, err := in.Version()
		if err != nil {
			return KeptPolicy{}, err
		}
		return s.EditPolicy(ctx, in.Body.policy(in.ID), v)
	}, renderPolicy)
}

func (s *Service) apiTry(ctx context.Context, in *tryIn) (*tryOut, error) {
	c, err := s.Try(ctx, Request{
		Milestone: in.Milestone, Party: in.Party, At: in.At,
		Attributes: Attributes{
			ServiceType: in.ServiceType, ProductLine: in.ProductLine, Priority: in.Priority, RegionTier: in.RegionTier, Brand: in.Brand, Contract: in.Contract,
		},
	})
	if err != nil {
		return nil, err
	}
	var out tryOut
	out.Body.Reasons = c.Reasons
	if c.Policy.ID != "" {
		b := policyBodyOf(KeptPolicy{Policy: c.Policy})
		out.Body.Policy = &b
	}
	return &out, nil
}

type calendarBody struct {
	ID          string          `json:"id"`
	Name        string          `json:"name,omitempty"`
	Version     int             `json:"version"`
	PublishedAt time.Time       `json:"published_at"`
	Spec        json.RawMessage `json:"spec" doc:"zone, weekly windows, exceptions, holidays by country"`
}

type calendarOut struct {
	ETag string `header:"ETag"`
	Body calendarBody
}

func calendarBodyOf(k KeptCalendar) (calendarBody, error) {
	spec, err := json.Marshal(k.Spec)
	return calendarBody{ID: k.Spec.ID, Name: k.Spec.Name, Version: k.Spec.Version, PublishedAt: k.PublishedAt, Spec: spec}, err
}

func renderCalendar(_ context.Context, k KeptCalendar) (*calendarOut, error) {
	b, err := calendarBodyOf(k)
	if err != nil {
		return nil, err
	}
	return &calendarOut{ETag: httpapi.ETag(int64(k.Spec.Version)), Body: b}, nil
}

type newCalendarIn struct {
	Body struct {
		Spec json.RawMessage `json:"spec" doc:"id, zone, weekly windows, exceptions, country"`
	}
}

type editCalendarIn struct {
	ID string `path:"id" maxLength:"64"`
	httpapi.VersionIn
	Body struct {
		Spec json.RawMessage `json:"spec"`
	}
}

type yearBody struct {
	Country     string          `json:"country"`
	Year        int             `json:"year"`
	Version     int             `json:"version"`
	Provisional bool            `json:"provisional" doc:"only the legal days are known"`
	OwedDays    int             `json:"owed_days,omitempty" doc:"legal days on weekends whose make-up days are not known yet"`
	Source      string          `json:"source,omitempty"`
	Days        json.RawMessage `json:"days"`
}

func yearBodyOf(y calendar.Year) (yearBody, error) {
	days, err := json.Marshal(y.Days)
	return yearBody{
		Country: y.Country, Year: y.Year, Version: y.Version, Provisional: y.Provisional, OwedDays: y.OwedDays(), Source: y.Source, Days: days,
	}, err
}

type yearOut struct{ Body yearBody }

type importYearIn struct {
	Body struct {
		Document json.RawMessage `json:"document" doc:"the year in our form, or in that of NateScarlet/holiday-cn"`
		Accept   bool            `json:"accept_oddities,omitempty" doc:"take it in spite of what is odd: more than six working days in a row, no source"`
	}
}

// mapped renders a list whose bodies may fail.
func mapped[R, T any](rows []R, body func(R) (T, error)) (*listOut[T], error) {
	var out listOut[T]
	out.Body.Items = make([]T, len(rows))
	for i, r := range rows {
		var err error
		if out.Body.Items[i], err = body(r); err != nil {
			return nil, err
		}
	}
	return &out, nil
}

func (s *Service) registerCalendars(api *httpapi.Server) {
	httpapi.Register(api, huma.Operation{
		OperationID: "list-clock-calendars", Method: http.MethodGet, Path: "/clock-calendars", Tags: tags, Summary: "List the working calendars",
	}, func(ctx context.Context, _ *struct{}) (*listOut[calendarBody], error) {
		list, err := s.Calendars(ctx)
		if err != nil {
			return nil, err
		}
		return mapped(list, calendarBodyOf)
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "get-clock-calendar", Method: http.MethodGet, Path: "/clock-calendars/{id}", Tags: tags, Summary: "Read a working calendar",
	}, func(ctx context.Context, in *struct {
		ID string `path:"id" maxLength:"64"`
	},
	) (*calendarOut, error) {
		k, err := s.Calendar(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return renderCalendar(ctx, k)
	})
	httpapi.Act(api, huma.Operation{
		OperationID: "create-clock-calendar", Method: http.MethodPost, Path: "/clock-calendars", Tags: tags, Summary: "Add a working calendar",
	}, func(ctx context.Context, in *newCalendarIn) (KeptCalendar, error) {
		return s.publish(ctx, in.Body.Spec, "", 0)
	}, renderCalendar)
	httpapi.Act(api, huma.Operation{
		OperationID: "publish-clock-calendar", Method: http.MethodPut, Path: "/clock-calendars/{id}", Tags: tags, Summary: "Publish a working calendar anew",
		Description: "Open deadlines that count in it are counted anew; the audit trail keeps both dates.",
	}, func(ctx context.Context, in *editCalendarIn) (KeptCalendar, error) {
		v, err := in.Version()
		if err != nil {
			return KeptCalendar{}, err
		}
		return s.publish(ctx, in.Body.Spec, in.ID, v)
	}, renderCalendar)
	httpapi.Register(api, huma.Operation{
		OperationID: "list-holidays", Method: http.MethodGet, Path: "/holidays", Tags: tags, Summary: "List the years of a country's holidays",
	}, func(ctx context.Context, in *struct {
		Country string `query:"country" default:"CN" maxLength:"2"`
	},
	) (*listOut[yearBody], error) {
		list, err := s.Holidays(ctx, in.Country)
		if err != nil {
			return nil, err
		}
		return mapped(list, yearBodyOf)
	})
	httpapi.Act(api, huma.Operation{
		OperationID: "import-holidays", Method: http.MethodPost, Path: "/holidays", Tags: tags, Summary: "Import a year's holidays",
		Description: "From the notice of the State Council's general office, as JSON. What is odd is refused until it is accepted.",
	}, func(ctx context.Context, in *importYearIn) (calendar.Year, error) {
		return s.ImportYear(ctx, in.Body.Document, in.Body.Accept)
	}, func(_ context.Context, y calendar.Year) (*yearOut, error) {
		b, err := yearBodyOf(y)
		return &yearOut{b}, err
	})
}

// publish reads a spec and publishes it; id, if not empty, is the calendar that the spec must be of.
func (s *Service) publish(ctx context.Context, document json.RawMessage, id string, version int64) (KeptCalendar, error) {
	var head struct {
		ID string `json:"id"`
	}
	if id != "" {
		if err := json.Unmarshal(document, &head); err == nil && head.ID != "" && head.ID != id {
			return KeptCalendar{}, problem.Field("spec.id", problem.BadChoice)
		}
	}
	spec, err := calendar.ParseSpec(document)
	if err != nil {
		return KeptCalendar{}, asFields(err)
	}
	return s.PublishCalendar(ctx, spec, version)
}
