package callbacks

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/httpapi"
)

type callbackBody struct {
	ID          ID         `json:"id"`
	Cause       Cause      `json:"cause"`
	State       State      `json:"state"`
	CaseID      cases.ID   `json:"case_id"`
	OrderID     orders.ID  `json:"order_id,omitempty"`
	BrandID     string     `json:"brand_id"`
	OutletPath  string     `json:"outlet_path"`
	ServiceType string     `json:"service_type,omitempty"`
	DueAt       time.Time  `json:"due_at"`
	Attempts    int64      `json:"attempts"`
	Class       Class      `json:"class,omitempty"`
	Result      Result     `json:"result,omitempty"`
	Score       int64      `json:"score,omitempty"`
	ByLink      bool       `json:"by_link,omitempty"`
	AskedAmount *int64     `json:"asked_amount,omitempty" doc:"what the customer says was paid, minor units"`
	Flags       string     `json:"flags,omitempty"`
	AnsweredAt  *time.Time `json:"answered_at,omitempty"`
	ByCall      bool       `json:"by_call" doc:"a person calls when it is due; else the customer is asked by link only"`
	GiveUpAt    *time.Time `json:"give_up_at,omitempty" doc:"until when who is asked by link only may answer"`
	Paid        *int64     `json:"paid,omitempty" doc:"what the customer paid or owes by the system, minor units; only when one is read and the price is asked about"`
	Number      string     `json:"case_number,omitempty" doc:"of the case; only in lists"`
	Customer    string     `json:"customer,omitempty" doc:"masked; only in lists, and for who may read customers"`
	Version     int64      `json:"version"`
}

func bodyOf(c Callback) callbackBody {
	return callbackBody{
		c.ID, c.Cause, c.State, c.CaseID, c.OrderID, string(c.BrandID), c.OutletPath, string(c.ServiceType), c.DueAt, c.Attempts, c.Class, c.Result, c.Score,
		c.ByLink, c.AskedAmount, c.Flags, c.AnsweredAt, c.ByCall, c.GiveUpAt, nil, "", "", c.Version,
	}
}

type callbackOut struct {
	ETag string `header:"ETag"`
	Body callbackBody
}

func outOf(_ context.Context, c Callback) (*callbackOut, error) {
	return &callbackOut{httpapi.ETag(c.Version), bodyOf(c)}, nil
}

type answerIn struct {
	ID   ID `path:"id" maxLength:"36"`
	Body struct {
		httpapi.ActIn
		Class       Class  `json:"class" doc:"class of the table, GET /callbacks/classes"`
		Score       int64  `json:"score,omitempty" minimum:"0" maximum:"5"`
		AskedAmount *int64 `json:"asked_amount,omitempty" minimum:"0" doc:"what the customer says was paid, minor units"`
		Seconds     int64  `json:"seconds,omitempty" minimum:"0" maximum:"86400" doc:"length of the call"`
	}
}

// name puts the case's number and the customer's name to the rows of a list, two queries a page.
func (s *Service) name(ctx context.Context, rows []callbackBody) error {
	ids := make([]cases.ID, len(rows))
	for i, r := range rows {
		ids[i] = r.CaseID
	}
	found, err := s.cases.ByIDs(ctx, s.db, ids)
	if err != nil {
		return err
	}
	people := map[customers.ID]customers.Customer{}
	if s.customers != nil && access.From(ctx).Permissions.Has("customers.read") {
		who := make([]customers.ID, 0, len(found))
		for _, c := range found {
			who = append(who, c.CustomerID)
		}
		if people, err = s.customers.ByIDs(ctx, s.db, who); err != nil {
			return err
		}
	}
	for i := range rows {
		c := found[rows[i].CaseID]
		rows[i].Number = c.Number
		if cu, ok := people[c.CustomerID]; ok {
			rows[i].Customer = cu.MaskedName()
		}
	}
	return nil
}

// Register adds this module's operations.
func (s *Service) Register(api *httpapi.Server) {
	httpapi.Register(api, huma.Operation{
		OperationID: "list-callbacks", Method: http.MethodGet, Path: "/callbacks", Tags: []string{"callbacks"}, Summary: "List callbacks by due time",
	}, func(ctx context.Context, in *struct {
		httpapi.PageIn
		Open    bool      `query:"open" doc:"only those that still have to be asked"`
		Calls   bool      `query:"calls" doc:"only those that a person has to call about"`
		Links   bool      `query:"links" doc:"only those that are asked by link only"`
		DueNow  bool      `query:"due_now"`
		CaseID  cases.ID  `query:"case_id" maxLength:"36"`
		OrderID orders.ID `query:"order_id" maxLength:"36"`
		BrandID string    `query:"brand_id" maxLength:"36"`
	},
	) (*httpapi.PageOut[callbackBody], error) {
		f := Filter{Open: in.Open, Calls: in.Calls, Links: in.Links, CaseID: in.CaseID, OrderID: in.OrderID, BrandID: catalog.BrandID(in.BrandID), Limit: in.Limit + 1}
		if in.DueNow {
			f.DueBy = new(s.db.Now())
		}
		var err error
		if f.HasAfter, err = httpapi.DecodeCursor(in.Cursor, &f.AfterDue, &f.AfterID); err != nil {
			return nil, err
		}
		found, err := s.List(ctx, f)
		if err != nil {
			return nil, err
		}
		page := httpapi.MakePage(found, in.Limit, bodyOf, func(c Callback) []any { return []any{c.DueAt.UnixMicro(), c.ID} })
		return &httpapi.PageOut[callbackBody]{Body: page}, s.name(ctx, page.Items)
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "list-callback-classes", Method: http.MethodGet, Path: "/callbacks/classes", Tags: []string{"callbacks"}, Summary: "Read the table of result classes",
	}, func(context.Context, *struct{}) (*struct{ Body []ClassInfo }, error) {
		return &struct{ Body []ClassInfo }{Classes}, nil
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "get-callback", Method: http.MethodGet, Path: "/callbacks/{id}", Tags: []string{"callbacks"}, Summary: "Read a callback",
	}, func(ctx context.Context, in *struct {
		ID ID `path:"id" maxLength:"36"`
	},
	) (*callbackOut, error) {
		c, err := s.Get(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		out, err := outOf(ctx, c)
		if err == nil && c.Cause == PaidRepair {
			out.Body.Paid, err = s.paidFor(ctx, c)
		}
		return out, err
	})
	httpapi.Act(api, huma.Operation{
		OperationID: "record-callback", Method: http.MethodPost, Path: "/callbacks/{id}/record", Tags: []string{"callbacks"}, Summary: "Record a call",
		Description: "Classes 50–54, 70 and 90 are attempts, 60 and 61 refusals, the others answers. Only the centre records: never the outlet that did the work.",
	}, func(ctx context.Context, in *answerIn) (Callback, error) {
		b := in.Body
		return s.Record(ctx, AnswerInput{Act: b.Act(), ID: in.ID, Class: b.Class, Score: b.Score, AskedAmount: b.AskedAmount, Seconds: b.Seconds})
	}, outOf)
}
