package dispatch

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/catalog"
	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
)

var tags = []string{"dispatch"}

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

type one[T any] struct{ Body T }

func oneOf[T any](v T) *one[T] { return &one[T]{v} }

// OrderIn is shared by several operations.
// OrderIn is shared by several operations.
type OrderIn struct {
	ID orders.ID `path:"id" maxLength:"36" doc:"Order id"`
}

// candidateBody is an engineer who was looked at.
type candidateBody struct {
	EngineerID string      `json:"engineer_id"`
	Name       string      `json:"name"`
	OutletID   string      `json:"outlet_id"`
	OutletName string      `json:"outlet_name"`
	Rank       int         `json:"rank" doc:"of the outlet for the address, 1 first"`
	Fits       bool        `json:"fits"`
	Start      time.Time   `json:"start,omitzero" doc:"when he could be there"`
	End        time.Time   `json:"end,omitzero"`
	Cost       int64       `json:"cost" doc:"seconds of travel more, and what else weighs in"`
	Reasons    reason.List `json:"reasons" doc:"what forbids it and by how much, or what weighed in"`
}

type candidatesBody struct {
	Items    []candidateBody `json:"items"`
	Fitting  int             `json:"fitting"`
	LookedAt int             `json:"looked_at"`
}

// offerBody is a window and who could keep it.
type offerBody struct {
	From       time.Time   `json:"from"`
	To         time.Time   `json:"to"`
	Offered    bool        `json:"offered"`
	Date       string      `json:"date,omitempty"`
	OutletID   string      `json:"outlet_id,omitempty"`
	EngineerID string      `json:"engineer_id,omitempty" doc:"absent: on the outlet's quota of the day"`
	SecondID   string      `json:"second_id,omitempty"`
	Start      time.Time   `json:"start,omitzero" doc:"when the work is expected to begin"`
	End        time.Time   `json:"end,omitzero"`
	Cost       int64       `json:"cost"`
	Reasons    reason.List `json:"reasons"`
}

func (f Offer) body() offerBody {
	out := offerBody{From: f.From, To: f.To, Offered: f.Offered(), Reasons: listed(f.Reasons)}
	if out.Offered {
		out.Date, out.OutletID, out.EngineerID, out.SecondID = f.Date.String(), string(f.OutletID), string(f.EngineerID), string(f.SecondID)
		out.Start, out.End, out.Cost = f.Start, f.End, f.Cost
	}
	return out
}

func listed(l reason.List) reason.List {
	if l == nil {
		return reason.List{}
	}
	return l
}

// holdBody is a hold as the API shows it.
type holdBody struct {
	ID         string    `json:"id"`
	OrderID    orders.ID `json:"order_id"`
	State      HoldState `json:"state"`
	From       time.Time `json:"from"`
	To         time.Time `json:"to"`
	Date       string    `json:"date"`
	OutletID   string    `json:"outlet_id"`
	EngineerID string    `json:"engineer_id,omitempty"`
	SecondID   string    `json:"second_id,omitempty"`
	Start      time.Time `json:"start"`
	End        time.Time `json:"end"`
	ExpiresAt  time.Time `json:"expires_at"`
}

func (h Hold) body() holdBody {
	return holdBody{
		ID: h.ID, OrderID: h.OrderID, State: h.State, From: h.From, To: h.To, Date: h.Date.String(), OutletID: string(h.OutletID),
		EngineerID: string(h.EngineerID), SecondID: string(h.SecondID), Start: h.Start, End: h.End, ExpiresAt: h.ExpiresAt,
	}
}

// reservationBody is a reservation as the API shows it.
type reservationBody struct {
	ID         string           `json:"id"`
	OrderID    orders.ID        `json:"order_id"`
	PromiseID  orders.PromiseID `json:"promise_id"`
	State      ReservationState `json:"state"`
	From       time.Time        `json:"from"`
	To         time.Time        `json:"to"`
	Date       string           `json:"date"`
	OutletID   string           `json:"outlet_id"`
	EngineerID string           `json:"engineer_id,omitempty"`
	SecondID   string           `json:"second_id,omitempty"`
	Start      time.Time        `json:"start"`
	End        time.Time        `json:"end"`
}

func (r Reservation) body() reservationBody {
	return reservationBody{
		ID: r.ID, OrderID: r.OrderID, PromiseID: r.PromiseID, State: r.State, From: r.From, To: r.To, Date: r.Date.String(), OutletID: string(r.OutletID),
		EngineerID: string(r.EngineerID), SecondID: string(r.SecondID), Start: r.Start, End: r.End,
	}
}

type alertBody struct {
	ID         string      `json:"id"`
	Kind       string      `json:"kind" doc:"promise_without_capacity, nobody_serves, engineer_away or visit_overrun"`
	OrderID    orders.ID   `json:"order_id"`
	Reasons    reason.List `json:"reasons"`
	RaisedAt   time.Time   `json:"raised_at"`
	ClosedAt   *time.Time  `json:"closed_at,omitempty"`
	ClosedBy   string      `json:"closed_by,omitempty"`
	Resolution string      `json:"resolution,omitempty"`
	Version    int64       `json:"version"`
}

func (a Alert) body() alertBody {
	return alertBody{
		ID: a.ID, Kind: a.Kind, OrderID: a.OrderID, Reasons: listed(a.Reasons), RaisedAt: a.RaisedAt, ClosedAt: a.ClosedAt, ClosedBy: a.ClosedBy,
		Resolution: a.Resolution, Version: a.Version,
	}
}

type decisionBody struct {
	ID         string         `json:"id"`
	Act        string         `json:"act"`
	VisitID    orders.VisitID `json:"visit_id,omitempty"`
	Actor      string         `json:"actor"`
	Reason     string         `json:"reason,omitempty"`
	Overridden bool           `json:"overridden"`
	Inputs     map[string]any `json:"inputs"`
	Reasons    reason.List    `json:"reasons"`
	DecidedAt  time.Time      `json:"decided_at"`
}

// dayVisitBody is a visit on a board; of another brand only its time shows.
type dayVisitBody struct {
	ID        orders.VisitID    `json:"id,omitempty"`
	Number    string            `json:"number,omitempty"`
	State     orders.VisitState `json:"state"`
	Start     time.Time         `json:"start"`
	End       time.Time         `json:"end"`
	Orders    []dayOrderBody    `json:"orders"`
	Division  string            `json:"division,omitempty"`
	Lat       *float64          `json:"lat,omitempty"`
	Lon       *float64          `json:"lon,omitempty"`
	Departed  *time.Time        `json:"departed_at,omitempty"`
	Arrived   *time.Time        `json:"arrived_at,omitempty"`
	DelayedBy int64             `json:"delayed_by_s,omitempty"`
	Ended     *time.Time        `json:"ended_at,omitempty"`
	Way       int64             `json:"way_s,omitempty" doc:"seconds on the way to it"`
	Crew      []string          `json:"crew,omitempty" doc:"engineers, the lead first"`
	Short     bool              `json:"parts_short,omitempty" doc:"parts or tools it needs are neither along nor can be fetched before"`
	Version   int64             `json:"version"`
}

// stopBody is a stop at the store of an outlet.
type stopBody struct {
	OutletID  string           `json:"outlet_id"`
	Outlet    string           `json:"outlet_name"`
	Lat       float64          `json:"lat"`
	Lon       float64          `json:"lon"`
	Start     time.Time        `json:"start"`
	End       time.Time        `json:"end" doc:"the start, where the day begins there: it is no stop of its own"`
	Way       int64            `json:"way_s,omitempty" doc:"seconds on the way to it"`
	Parts     []string         `json:"parts" doc:"codes of those that are fetched"`
	Tools     []string         `json:"tools" doc:"codes of those that are fetched"`
	ToolNames []string         `json:"tool_names,omitempty" doc:"of the tools, in the caller's language; for an engineer's own stops"`
	Visits    []orders.VisitID `json:"visits" doc:"that need it"`
}

func (f Fetch) body() stopBody {
	p := f.Point.WGS84()
	list, tools := planner.Split(f.Parts)
	return stopBody{string(f.OutletID), f.Outlet, p.Lat, p.Lon, f.Start, f.End, int64(f.Way / time.Second), list, tools, f.ToolNames, f.Visits}
}

type dayOrderBody struct {
	ID          orders.ID          `json:"id"`
	Number      string             `json:"number"`
	State       orders.State       `json:"state"`
	Priority    string             `json:"priority"`
	ServiceType string             `json:"service_type"`
	Category    string             `json:"category,omitempty"`
	Minutes     int                `json:"minutes"`
	Crew        int                `json:"crew"`
	Skills      []string           `json:"skills"`
	Tools       []catalog.ToolCode `json:"tools"`
	Promised    *planner.Span      `json:"promised,omitempty"`
	Wanted      *planner.Span      `json:"wanted,omitempty"`
	OutletID    string             `json:"outlet_id,omitempty"`
	Division    string             `json:"division,omitempty"`
	Lat         *float64           `json:"lat,omitempty"`
	Lon         *float64           `json:"lon,omitempty"`
}

type dayClaimBody struct {
	OrderID orders.ID `json:"order_id,omitempty"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Start   time.Time `json:"start"`
	End     time.Time `json:"end"`
}

type dayRowBody struct {
	EngineerID string         `json:"engineer_id"`
	Name       string         `json:"name"`
	OutletID   string         `json:"outlet_id"`
	OutletName string         `json:"outlet_name"`
	Skills     []string       `json:"skills"`
	Lat        *float64       `json:"lat,omitempty" doc:"where the day begins"`
	Lon        *float64       `json:"lon,omitempty"`
	MaxVisits  int            `json:"max_visits,omitempty"`
	Shifts     []planner.Span `json:"shifts"`
	Away       []planner.Span `json:"away"`
	Break      *planner.Span  `json:"break_window,omitempty"`
	BreakFor   int            `json:"break_minutes,omitempty"`
	Visits     []dayVisitBody `json:"visits"`
	Claims     []dayClaimBody `json:"claims" doc:"windows held or reserved"`
	Fetches    []stopBody     `json:"fetches" doc:"where parts for the visits are fetched"`
}

type dayBody struct {
	Date    string         `json:"date"`
	Rows    []dayRowBody   `json:"rows"`
	Open    []dayOrderBody `json:"open" doc:"to be planned"`
	More    bool           `json:"more,omitempty" doc:"there are more to be planned"`
	Waiting int64          `json:"waiting" doc:"how many wait that a plan of the date would look at"`
}

func orderBody(o orders.Order) dayOrderBody {
	out := dayOrderBody{
		ID: o.ID, Number: o.Number, State: o.State, Priority: string(o.Priority), ServiceType: string(o.ServiceType), Category: string(o.Category),
		Minutes: o.Minutes, Crew: o.Crew, Skills: []string{}, Tools: catalog.SortedTools(o.Tools), OutletID: string(o.OutletID), Division: o.Division, Lat: o.Lat, Lon: o.Lon,
	}
	for _, sk := range o.Skills {
		out.Skills = append(out.Skills, string(sk))
	}
	if !o.Promised.IsZero() {
		out.Promised = &planner.Span{From: o.Promised.From, To: o.Promised.To}
	}
	if !o.Wanted.IsZero() {
		out.Wanted = &planner.Span{From: o.Wanted.From, To: o.Wanted.To}
	}
	return out
}

func (d Day) body() dayBody {
	out := dayBody{Date: d.Date.String(), Rows: []dayRowBody{}, Open: []dayOrderBody{}, More: d.More, Waiting: d.Waiting}
	for _, r := range d.Rows {
		row := dayRowBody{
			EngineerID: string(r.Engineer.ID), Name: r.Engineer.Name, OutletID: string(r.Outlet.ID), OutletName: r.Outlet.Name, Skills: []string{},
			MaxVisits: r.Engineer.MaxVisits, Shifts: append([]planner.Span{}, r.Shifts...), Away: []planner.Span{}, Visits: []dayVisitBody{}, Claims: []dayClaimBody{},
			Fetches: []stopBody{},
		}
		for _, sk := range r.Engineer.Skills {
			row.Skills = append(row.Skills, string(sk.Code))
		}
		if p := r.Engineer.Start(r.Outlet); p.Check() == nil {
			row.Lat, row.Lon = &p.Lat, &p.Lon
		}
		for _, a := range r.Away {
			row.Away = append(row.Away, planner.Span{From: a.Start, To: a.End})
		}
		if b := r.Day.Break; b.Minutes > 0 {
			row.Break, row.BreakFor = &b.Span, b.Minutes
		}
		for i, v := range r.Visits {
			b := d.visitBody(v)
			b.Way, b.Short = int64(r.Ways[i]/time.Second), slices.Contains(r.Short, v.ID)
			row.Visits = append(row.Visits, b)
		}
		for _, c := range r.Claims {
			b := dayClaimBody{From: c.From, To: c.To, Start: c.Start, End: c.End}
			if _, ok := d.Orders[c.OrderID]; ok {
				b.OrderID = c.OrderID
			}
			row.Claims = append(row.Claims, b)
		}
		for _, f := range r.Fetches {
			row.Fetches = append(row.Fetches, f.body())
		}
		out.Rows = append(out.Rows, row)
	}
	for _, o := range d.Open {
		out.Open = append(out.Open, orderBody(o))
	}
	return out
}

func (d Day) visitBody(v orders.Visit) dayVisitBody {
	out := dayVisitBody{State: v.State, Start: v.Start, End: v.End, Orders: []dayOrderBody{}}
	for _, id := range v.OrderIDs() {
		if o, ok := d.Orders[id]; ok {
			out.Orders = append(out.Orders, orderBody(o))
		}
	}
	if len(out.Orders) == 0 {
		return out
	}
	out.ID, out.Number, out.Division, out.Lat, out.Lon, out.Version = v.ID, v.Number, v.Division, v.Lat, v.Lon, v.Version
	out.Departed, out.Arrived, out.Ended, out.DelayedBy = v.DepartedAt, v.ArrivedAt, v.EndedAt, int64(v.DelayedBy/time.Second)
	for _, e := range v.Engineers() {
		out.Crew = append(out.Crew, string(e))
	}
	return out
}

// Register adds this module's operations.
func (s *Service) Register(api *httpapi.Server) {
	s.registerActs(api)
	s.registerJudge(api)
	s.registerLive(api)
	httpapi.Register(api, huma.Operation{
		OperationID: "list-field-stops", Method: http.MethodGet, Path: "/field/stops", Tags: tags, Summary: "Where I fetch parts on a day",
		Description: "The stops at the store of one's outlet that the visits of the day need, by start.",
	}, func(ctx context.Context, in *struct {
		Date string `query:"date" format:"date" required:"true"`
	},
	) (*items[stopBody], error) {
		date, err := calendar.ParseDate(in.Date)
		if err != nil {
			return nil, problem.Field("date", problem.BadFormat)
		}
		list, err := s.Stops(ctx, date)
		if err != nil {
			return nil, err
		}
		out := []stopBody{}
		for _, f := range list {
			out = append(out, f.body())
		}
		return itemsOf(out), nil
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "list-order-candidates", Method: http.MethodGet, Path: "/orders/{id}/candidates", Tags: tags, Summary: "Find engineers for an order",
		Description: "Those who can first, the nearest first; then those who cannot, with the rule that forbids it and by how much.",
	}, s.listCandidates)
	httpapi.Register(api, huma.Operation{
		OperationID: "list-order-slots", Method: http.MethodGet, Path: "/orders/{id}/slots", Tags: tags, Summary: "Find windows for an order",
		Description: "Every window of the next days: offered with who would come, or refused with the reason.",
	}, func(ctx context.Context, in *struct {
		OrderIn
		Days int `query:"days" minimum:"0" maximum:"14" doc:"0: by policy"`
	},
	) (*items[offerBody], error) {
		list, err := s.Slots(ctx, in.ID, in.Days)
		if err != nil {
			return nil, err
		}
		out := make([]offerBody, len(list))
		for i, f := range list {
			out[i] = f.body()
		}
		return itemsOf(out), nil
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "list-order-decisions", Method: http.MethodGet, Path: "/orders/{id}/decisions", Tags: tags, Summary: "Read why an order was dispatched as it was",
	}, func(ctx context.Context, in *OrderIn) (*items[decisionBody], error) {
		list, err := s.Decisions(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		out := make([]decisionBody, len(list))
		for i, d := range list {
			out[i] = decisionBody{d.ID, d.Act, d.VisitID, d.Actor, d.Reason, d.Overridden, d.Inputs, listed(d.Reasons), d.DecidedAt}
		}
		return itemsOf(out), nil
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "get-dispatch-day", Method: http.MethodGet, Path: "/dispatch/day", Tags: tags, Summary: "Read a day: engineers and visits",
	}, func(ctx context.Context, in *struct {
		Date     string `query:"date" required:"true" maxLength:"10" doc:"2006-01-02"`
		OutletID string `query:"outlet_id" maxLength:"36"`
	},
	) (*one[dayBody], error) {
		date, err := calendar.ParseDate(in.Date)
		if err != nil {
			return nil, problem.Field("date", problem.BadFormat)
		}
		d, err := s.Day(ctx, DayInput{Date: date, Outlet: outlets.ID(in.OutletID)})
		if err != nil {
			return nil, err
		}
		return oneOf(d.body()), nil
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "list-dispatch-alerts", Method: http.MethodGet, Path: "/dispatch/alerts", Tags: tags, Summary: "List what dispatch could not solve",
	}, s.listAlerts)
	httpapi.Register(api, huma.Operation{
		OperationID: "get-dispatch-plan", Method: http.MethodGet, Path: "/dispatch/plans/{id}", Tags: tags, Summary: "Read a day's plan",
	}, func(ctx context.Context, in *TextID) (*one[planBody], error) {
		p, err := s.GetPlan(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return oneOf(p.body()), nil
	})
}

func (s *Service) listCandidates(ctx context.Context, in *struct {
	OrderIn
	Limit int `query:"limit" minimum:"1" maximum:"200" default:"20"`
},
) (*one[candidatesBody], error) {
	c, err := s.Candidates(ctx, in.ID, in.Limit)
	if err != nil {
		return nil, err
	}
	out := candidatesBody{Items: make([]candidateBody, len(c.List)), Fitting: c.Fitting, LookedAt: c.LookedAt}
	for i, v := range c.List {
		out.Items[i] = candidateBody{
			EngineerID: string(v.Engineer.ID), Name: v.Engineer.Name, OutletID: string(v.Outlet.ID), OutletName: v.Outlet.Name, Rank: v.Rank, Fits: v.Fits,
			Start: v.Start, End: v.End, Cost: v.Cost, Reasons: listed(v.Reasons),
		}
	}
	return oneOf(out), nil
}

func (s *Service) listAlerts(ctx context.Context, in *httpapi.PageIn) (*httpapi.PageOut[alertBody], error) {
	f := AlertFilter{Limit: in.Limit + 1}
	if _, err := httpapi.DecodeCursor(in.Cursor, &f.After, &f.AfterID); err != nil {
		return nil, err
	}
	list, err := s.Alerts(ctx, f)
	if err != nil {
		return nil, err
	}
	return &httpapi.PageOut[alertBody]{Body: httpapi.MakePage(list, in.Limit, Alert.body, func(a Alert) []any { return []any{a.RaisedAt, a.ID} })}, nil
}
