package dispatch

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/catalog"
	"anxin/internal/platform/httpapi"
)

// everyBrand stands for the policy of all brands without one of their own.
const everyBrand = "all"

// PolicySaid is what a person says of a policy.
type PolicySaid struct {
	NearHours     int           `json:"near_hours" minimum:"0" maximum:"336" doc:"how long ahead it begins to cost more to move what was promised; 0: never"`
	Rush          int           `json:"rush_percent" minimum:"0" maximum:"1000" doc:"by how much more when it is about to begin"`
	MarginMinutes int           `json:"margin_minutes" minimum:"0" maximum:"240" doc:"how long before the end of the promised window one should be there; 0: no matter"`
	MarginPrice   int           `json:"margin_price" minimum:"0" maximum:"60" doc:"minutes of travel that each minute later costs"`
	VisitMinutes  int           `json:"visit_minutes" minimum:"0" maximum:"240" doc:"minutes of travel that each visit to a household costs, so that its orders are done together"`
	SharePrice    int           `json:"share_price" minimum:"0" maximum:"1440" doc:"minutes of travel that a squared hour costs by which an outlet does more or less than its share; 0: shares don't matter"`
	Shares        []OutletShare `json:"shares" maxItems:"200" doc:"with those below each outlet; together 1000 at most"`
	RushHours     []RushHours   `json:"rush_hours" required:"false" maxItems:"60" doc:"when ways take longer, or less long: for engineers who work for this brand alone, those of the policy for all for everybody else. Offers, plans, repairs and judgements go by them"`
}

type policyBody struct {
	BrandID string `json:"brand_id" doc:"\"all\": every brand without a policy of its own"`
	PolicySaid
	Own       bool       `json:"own" doc:"false: nobody has set it; what holds is the policy for all, or what holds from the start"`
	UpdatedBy string     `json:"updated_by,omitempty"`
	UpdatedAt *time.Time `json:"updated_at,omitempty"`
	Version   int64      `json:"version"`
}

func policyBodyOf(p PlanPolicy) policyBody {
	out := policyBody{
		BrandID: policyRecord(p.BrandID), Own: p.Version > 0, UpdatedBy: p.UpdatedBy, Version: p.Version,
		PolicySaid: PolicySaid{p.NearHours, p.Rush, p.MarginMinutes, p.MarginPrice, p.VisitMinutes, p.SharePrice, p.Shares, p.RushHours},
	}
	if p.Version > 0 {
		out.UpdatedAt = &p.UpdatedAt
	}
	return out
}

// BrandIn is the brand whose policy it is.
type BrandIn struct {
	Brand string `path:"brand" maxLength:"36" doc:"id of a brand, or all"`
}

func (in BrandIn) id() catalog.BrandID {
	if in.Brand == everyBrand {
		return ""
	}
	return catalog.BrandID(in.Brand)
}

type setPolicyIn struct {
	BrandIn
	httpapi.VersionIn
	Body struct {
		Reason string `json:"reason,omitempty" maxLength:"64"`
		PolicySaid
	}
}

type policiesOut struct {
	Body struct {
		Items []policyBody `json:"items"`
	}
}

func (s *Service) registerPolicies(api *httpapi.Server) {
	render := func(_ context.Context, p PlanPolicy) (*tagged[policyBody], error) {
		return &tagged[policyBody]{ETag: httpapi.ETag(p.Version), Body: policyBodyOf(p)}, nil
	}
	httpapi.Register(api, huma.Operation{
		OperationID: "list-dispatch-policies", Method: http.MethodGet, Path: "/dispatch/policies", Tags: tags, Summary: "List what planning weighs",
		Description: "The policy for all brands first, then that of each brand, its own or not.",
	}, func(ctx context.Context, _ *struct{}) (*policiesOut, error) {
		list, err := s.PlanPolicies(ctx)
		out := &policiesOut{}
		out.Body.Items = make([]policyBody, len(list))
		for i, p := range list {
			out.Body.Items[i] = policyBodyOf(p)
		}
		return out, err
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "get-dispatch-policy", Method: http.MethodGet, Path: "/dispatch/policies/{brand}", Tags: tags, Summary: "Read what planning weighs for a brand",
	}, func(ctx context.Context, in *BrandIn) (*tagged[policyBody], error) {
		p, err := s.PlanPolicy(ctx, in.id())
		if err != nil {
			return nil, err
		}
		return render(ctx, p)
	})
	httpapi.Act(api, huma.Operation{
		OperationID: "set-dispatch-policy", Method: http.MethodPut, Path: "/dispatch/policies/{brand}", Tags: tags, Summary: "Set what planning weighs for a brand",
		Description: "Version 0 is that of a brand without a policy of its own. The next plan and the next repair use it, and from the next question on what is said of rush hours.",
	}, func(ctx context.Context, in *setPolicyIn) (PlanPolicy, error) {
		version, err := in.Version()
		if err != nil {
			return PlanPolicy{}, err
		}
		b := in.Body
		p := PolicyInput{PlanPolicy: PlanPolicy{
			BrandID: in.id(), NearHours: b.NearHours, Rush: b.Rush, MarginMinutes: b.MarginMinutes, MarginPrice: b.MarginPrice, VisitMinutes: b.VisitMinutes,
			SharePrice: b.SharePrice, Shares: b.Shares, RushHours: b.RushHours, Version: version,
		}}
		p.Reason = b.Reason
		return s.SetPlanPolicy(ctx, p)
	}, render)
}
