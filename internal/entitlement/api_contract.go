package entitlement

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/money"
	"anxin/internal/units"
)

type planBody struct {
	ID      PlanID          `json:"id"`
	Brand   catalog.BrandID `json:"brand_id"`
	Code    string          `json:"code"`
	NameZh  string          `json:"name_zh"`
	NameEn  string          `json:"name_en"`
	Kind    PlanKind        `json:"kind" enum:"extended,service,inspected"`
	Terms   Terms           `json:"terms"`
	Active  bool            `json:"active"`
	Version int64           `json:"version"`
	Created time.Time       `json:"created_at"`
	Updated time.Time       `json:"updated_at"`
}

type planOut struct {
	ETag string `header:"ETag"`
	Body planBody
}

func planRendered(_ context.Context, p Plan) (*planOut, error) {
	return &planOut{httpapi.ETag(p.Version), planBody(p)}, nil
}

type contractBody struct {
	ID          ContractID      `json:"id"`
	Number      string          `json:"number"`
	Plan        PlanID          `json:"plan_id"`
	PlanVersion int64           `json:"plan_version"`
	Terms       Terms           `json:"terms" doc:"as they were when it was sold"`
	Unit        units.ID        `json:"unit_id"`
	Customer    customers.ID    `json:"customer_id,omitempty" doc:"the unit's owner when it was sold"`
	Brand       catalog.BrandID `json:"brand_id"`
	OutletPath  string          `json:"outlet_path" doc:"who sold it"`
	State       ContractState   `json:"state" enum:"sold,active,used_up,expired,cancelled"`
	SoldOn      calendar.Date   `json:"sold_on"`
	Price       money.Amount    `json:"price"`
	Starts      calendar.Date   `json:"starts_on"`
	Ends        calendar.Date   `json:"ends_on" doc:"last day; days out of use for repair are added to it"`
	Used        int64           `json:"used" doc:"orders that it paid for"`
	Spent       int64           `json:"spent" doc:"what it paid, minor units of the price"`
	Earned      int64           `json:"earned" doc:"of the price, booked as revenue month by month; minor units"`
	EarnedTo    calendar.Date   `json:"earned_to,omitzero" doc:"last day whose share is in it"`
	Renews      bool            `json:"renews"`
	ToldAt      time.Time       `json:"told_at,omitzero" doc:"when the customer was told that it ends"`
	RenewedFrom ContractID      `json:"renewed_from,omitempty"`
	RenewedTo   ContractID      `json:"renewed_to,omitempty"`
	Inspection  *Inspection     `json:"inspection,omitempty"`
	Paid        *Payment        `json:"paid,omitempty"`
	Ended       *Ending         `json:"ended,omitempty"`
	CreatedBy   string          `json:"created_by"`
	CreatedAt   time.Time       `json:"created_at"`
	UpdatedAt   time.Time       `json:"updated_at"`
	Version     int64           `json:"version"`
	PlanNameZh  string          `json:"plan_name_zh"`
	PlanNameEn  string          `json:"plan_name_en"`
}

// ContractIn names the contract in the path.
type ContractIn struct {
	ID ContractID `path:"id" maxLength:"36"`
}

type contractOut struct {
	ETag string `header:"ETag"`
	Body contractBody
}

// bodies names the plans of contracts: one query however many they are.
func (s *Contracts) bodies(ctx context.Context, list []Contract) ([]contractBody, error) {
	names := map[PlanID]Plan{}
	if len(list) > 0 {
		plans, err := s.plansOf(ctx, list)
		if err != nil {
			return nil, err
		}
		names = plans
	}
	out := make([]contractBody, len(list))
	for i, c := range list {
		out[i] = contractBody{
			c.ID, c.Number, c.Plan, c.PlanVersion, c.Terms, c.Unit, c.Customer, c.Brand, c.OutletPath, c.State, c.SoldOn, c.Price, c.Starts, c.Ends, c.Used, c.Spent, c.Earned, c.EarnedTo, c.Renews,
			c.ToldAt, c.RenewedFrom, c.RenewedTo, c.Inspection, c.Paid, c.Ended, c.CreatedBy, c.CreatedAt, c.UpdatedAt, c.Version, names[c.Plan].NameZh, names[c.Plan].NameEn,
		}
	}
	return out, nil
}

func (s *Contracts) rendered(ctx context.Context, c Contract) (*contractOut, error) {
	list, err := s.bodies(ctx, []Contract{c})
	if err != nil {
		return nil, err
	}
	return &contractOut{httpapi.ETag(c.Version), list[0]}, nil
}

// PlanFields is what a plan says; exported, since an embedded type that is not is left out of requests.
type PlanFields struct {
	NameZh string `json:"name_zh,omitempty" maxLength:"100"`
	NameEn string `json:"name_en,omitempty" maxLength:"100"`
	Terms  Terms  `json:"terms"`
}

// Register adds the operations of plans and contracts.
func (s *Contracts) Register(api *httpapi.Server) {
	s.registerPlans(api)
	s.registerContracts(api)
	s.registerActs(api)
	s.registerCertificate(api)
}

func operation(id, method, path, summary, description string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"entitlement"}, Summary: summary, Description: description}
}

func (s *Contracts) registerPlans(api *httpapi.Server) {
	httpapi.Register(api, operation("list-plans", http.MethodGet, "/plans", "List the plans that are sold", ""), func(ctx context.Context, _ *struct{}) (*struct{ Body []planBody }, error) {
		list, err := s.Plans(ctx)
		out := make([]planBody, len(list))
		for i, p := range list {
			out[i] = planBody(p)
		}
		return &struct{ Body []planBody }{out}, err
	})
	httpapi.Act(api, operation("create-plan", http.MethodPost, "/plans", "Add a plan", "An extended warranty, a number of services, or a promise for an inspected used unit."), func(ctx context.Context, in *struct {
		Body struct {
			Brand catalog.BrandID `json:"brand_id" maxLength:"36"`
			Code  string          `json:"code" maxLength:"32"`
			Kind  PlanKind        `json:"kind" enum:"extended,service,inspected"`
			PlanFields
		}
	},
	) (Plan, error) {
		b := in.Body
		return s.SavePlan(ctx, PlanInput{Brand: b.Brand, Code: b.Code, Kind: b.Kind, NameZh: b.NameZh, NameEn: b.NameEn, Terms: b.Terms})
	}, planRendered)
	httpapi.Act(api, operation("edit-plan", http.MethodPut, "/plans/{id}", "Change a plan", "Contracts that were sold keep their terms."), func(ctx context.Context, in *struct {
		ID PlanID `path:"id" maxLength:"36"`
		httpapi.VersionIn
		Body struct {
			PlanFields
			Active bool `json:"active"`
		}
	},
	) (Plan, error) {
		v, err := in.Version()
		if err != nil {
			return Plan{}, err
		}
		b := in.Body
		return s.SavePlan(ctx, PlanInput{ID: in.ID, Version: v, NameZh: b.NameZh, NameEn: b.NameEn, Terms: b.Terms, Active: b.Active})
	}, planRendered)
}

func (s *Contracts) registerContracts(api *httpapi.Server) {
	httpapi.Register(api, operation("list-contracts", http.MethodGet, "/contracts", "List contracts", "The newest first: the centre all of them, an outlet what it sold."), func(ctx context.Context, in *struct {
		httpapi.PageIn
		State  ContractState `query:"state" enum:"sold,active,used_up,expired,cancelled"`
		EndsBy calendar.Date `query:"ends_by" doc:"active ones that end on this day or before"`
		Number string        `query:"number" maxLength:"40"`
	},
	) (*httpapi.PageOut[contractBody], error) {
		f := ContractFilter{State: in.State, EndsBy: in.EndsBy, Number: in.Number, Limit: in.Limit + 1}
		var err error
		if f.HasAfter, err = httpapi.DecodeCursor(in.Cursor, &f.AfterTime, &f.AfterID); err != nil {
			return nil, err
		}
		found, err := s.List(ctx, f)
		if err != nil {
			return nil, err
		}
		bodies, err := s.bodies(ctx, found)
		if err != nil {
			return nil, err
		}
		page := httpapi.MakePage(bodies, in.Limit, func(b contractBody) contractBody { return b }, func(b contractBody) []any { return []any{b.CreatedAt.UnixMicro(), b.ID} })
		return &httpapi.PageOut[contractBody]{Body: page}, nil
	})
	httpapi.Register(api, operation("list-unit-contracts", http.MethodGet, "/units/{id}/contracts", "List a unit's contracts", ""), func(ctx context.Context, in *UnitIn) (*struct{ Body []contractBody }, error) {
		found, err := s.OfUnit(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		bodies, err := s.bodies(ctx, found)
		return &struct{ Body []contractBody }{bodies}, err
	})
	httpapi.Register(api, operation("get-contract", http.MethodGet, "/contracts/{id}", "Read a contract", ""), func(ctx context.Context, in *ContractIn) (*contractOut, error) {
		c, err := s.Contract(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return s.rendered(ctx, c)
	})
	httpapi.Register(api, operation("quote-contract-cancel", http.MethodGet, "/contracts/{id}/cancel-quote", "Ask what a cancellation would pay back", "Changes nothing."), func(ctx context.Context, in *struct {
		ContractIn
		By string `query:"by" enum:"customer,brand" default:"customer"`
	},
	) (*struct{ Body Ending }, error) {
		e, err := s.CancelQuote(ctx, in.ID, in.By)
		return &struct{ Body Ending }{e}, err
	})
}

type payBody struct {
	Method    string    `json:"method" enum:"cash,transfer,wechat,alipay,card"`
	Reference string    `json:"reference,omitempty" maxLength:"100"`
	At        time.Time `json:"at,omitzero"`
}

func (s *Contracts) registerActs(api *httpapi.Server) {
	httpapi.Act(api, operation("sell-contract", http.MethodPost, "/units/{id}/contracts", "Sell a plan for a unit", "It covers nothing before it is paid for; a free one is active at once."), func(ctx context.Context, in *struct {
		UnitIn
		Body struct {
			Plan       PlanID        `json:"plan_id" maxLength:"36"`
			Price      *money.Amount `json:"price,omitempty" doc:"another than the plan's takes a reason"`
			Reason     string        `json:"reason,omitempty" maxLength:"64"`
			Inspection *Inspection   `json:"inspection,omitempty" doc:"of used units"`
			Renews     *bool         `json:"renews,omitempty"`
		}
	},
	) (Contract, error) {
		b := in.Body
		return s.Sell(ctx, SellInput{in.ID, b.Plan, b.Price, b.Reason, b.Inspection, b.Renews})
	}, s.rendered)
	httpapi.Act(api, operation("pay-contract", http.MethodPost, "/contracts/{id}/pay", "Record that a contract was paid for", ""), func(ctx context.Context, in *struct {
		ContractIn
		Body payBody
	},
	) (Contract, error) {
		return s.Pay(ctx, PayInput{in.ID, in.Body.Method, in.Body.Reference, in.Body.At})
	}, s.rendered)
	httpapi.Act(api, operation("cancel-contract", http.MethodPost, "/contracts/{id}/cancel", "End a contract before its time", "What is paid back stands in the answer, with its reasons; it is owed until it is repaid."), func(ctx context.Context, in *struct {
		ContractIn
		Body struct {
			Reason string `json:"reason" enum:"changed_mind,unit_gone,sold_by_mistake,replaced,other"`
			By     string `json:"by" enum:"customer,brand"`
		}
	},
	) (Contract, error) {
		return s.Cancel(ctx, CancelInput{in.ID, in.Body.Reason, in.Body.By})
	}, s.rendered)
	httpapi.Act(api, operation("repay-contract", http.MethodPost, "/contracts/{id}/repay", "Record that a cancelled contract was paid back", ""), func(ctx context.Context, in *struct {
		ContractIn
		Body payBody
	},
	) (Contract, error) {
		return s.Repay(ctx, PayInput{in.ID, in.Body.Method, in.Body.Reference, in.Body.At})
	}, s.rendered)
	httpapi.Act(api, operation("set-contract-renews", http.MethodPost, "/contracts/{id}/renews", "Say whether a contract renews by itself", ""), func(ctx context.Context, in *struct {
		ContractIn
		Body struct {
			Renews bool `json:"renews"`
		}
	},
	) (Contract, error) {
		return s.SetRenews(ctx, in.ID, in.Body.Renews)
	}, s.rendered)
	httpapi.Act(api, operation("renew-contract", http.MethodPost, "/contracts/{id}/renew", "Sell the plan again for the time after the contract", "Renewed twice, the same contract is answered."), func(ctx context.Context, in *ContractIn) (Contract, error) {
		return s.Renew(ctx, in.ID)
	}, s.rendered)
}

type certificateOut struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func (s *Contracts) registerCertificate(api *httpapi.Server) {
	o := operation("get-contract-certificate", http.MethodGet, "/contracts/{id}/certificate.pdf", "Read a contract's certificate", "A PDF in Chinese, or in English with lang=en; its code leads to a public page that says whether it is in force.")
	httpapi.Register(api, o, func(ctx context.Context, in *struct {
		ContractIn
		Lang string `query:"lang" enum:"zh-CN,en"`
	},
	) (*certificateOut, error) {
		lang := in.Lang
		if lang == "" {
			lang = i18n.Chinese
		}
		name, raw, err := s.Certificate(ctx, api.Words(), lang, in.ID)
		if err != nil {
			return nil, err
		}
		return &certificateOut{"application/pdf", `inline; filename="` + name + `"`, raw}, nil
	})
}
