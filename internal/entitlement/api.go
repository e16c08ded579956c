package entitlement

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/catalog"
	"anxin/internal/entitlement/rules"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/reason"
	"anxin/internal/units"
)

type coverageBody struct {
	ID      CoverageID          `json:"id,omitempty" doc:"absent for what follows from the model"`
	Kind    Kind                `json:"kind"`
	Name    string              `json:"name"`
	Lines   []LineKind          `json:"lines"`
	Classes []catalog.PartClass `json:"part_classes"`
	Payer   catalog.Payer       `json:"payer"`
	Share   int64               `json:"share" doc:"percent"`
	Starts  string              `json:"starts"`
	Ends    string              `json:"ends" doc:"last day, days out of use added"`
	Source  string              `json:"source,omitempty"`
	Active  bool                `json:"active"`
	Version int64               `json:"version,omitempty"`
}

func bodyOf(c Coverage) coverageBody {
	return coverageBody{c.ID, c.Kind, c.Name, c.Lines, c.Classes, c.Payer, c.Share, c.Starts.String(), c.Ends.String(), c.Source, c.Active, c.Version}
}

type coverageOut struct {
	ETag string `header:"ETag"`
	Body coverageBody
}

func outOf(_ context.Context, c Coverage) (*coverageOut, error) {
	return &coverageOut{httpapi.ETag(c.Version), bodyOf(c)}, nil
}

// UnitIn names the unit in the path; exported, since an embedded type that is not is left out of requests.
type UnitIn struct {
	ID units.ID `path:"id" maxLength:"36"`
}

type decisionBody struct {
	Payer    catalog.Payer `json:"payer"`
	Share    int64         `json:"share" doc:"percent that the payer bears"`
	Coverage CoverageID    `json:"coverage_id,omitempty"`
	Kind     Kind          `json:"kind,omitempty"`
	Reasons  reason.List   `json:"reasons"`
}

// Register adds this module's operations.
func (s *Service) Register(api *httpapi.Server) {
	httpapi.Register(api, huma.Operation{
		OperationID: "list-unit-coverages", Method: http.MethodGet, Path: "/units/{id}/coverages", Tags: []string{"entitlement"}, Summary: "Read a unit's coverages",
	}, func(ctx context.Context, in *UnitIn) (*struct {
		Body struct {
			Items   []coverageBody `json:"items"`
			Reasons reason.List    `json:"reasons"`
		}
	}, error,
	) {
		all, why, err := s.Of(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		var out struct {
			Body struct {
				Items   []coverageBody `json:"items"`
				Reasons reason.List    `json:"reasons"`
			}
		}
		out.Body.Items, out.Body.Reasons = make([]coverageBody, len(all)), why
		for i, c := range all {
			out.Body.Items[i] = bodyOf(c)
		}
		return &out, nil
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "check-coverage", Method: http.MethodPost, Path: "/units/{id}/coverage-check", Tags: []string{"entitlement"}, Summary: "Ask who pays charge lines",
	}, func(ctx context.Context, in *struct {
		UnitIn
		Body struct {
			At    time.Time `json:"at,omitzero"`
			Lines []struct {
				Kind      LineKind          `json:"kind" enum:"labour,part,travel,freight,other"`
				PartClass catalog.PartClass `json:"part_class,omitempty" maxLength:"1"`
				PartType  string            `json:"part_type,omitempty" maxLength:"64"`
			} `json:"lines" minItems:"1" maxItems:"50"`
		}
	},
	) (*struct{ Body []decisionBody }, error) {
		if _, _, err := s.Of(ctx, in.ID); err != nil { // permission and scope
			return nil, err
		}
		ask := CheckInput{Unit: in.ID, At: in.Body.At}
		if ask.At.IsZero() {
			ask.At = s.db.Now()
		}
		for _, l := range in.Body.Lines {
			ask.Lines = append(ask.Lines, Line{l.Kind, l.PartClass, l.PartType})
		}
		got, err := s.Check(ctx, s.db, ask)
		if err != nil {
			return nil, err
		}
		out := make([]decisionBody, len(got))
		for i, d := range got {
			out[i] = decisionBody{d.Payer, d.Share, d.Coverage, d.Kind, d.Reasons}
		}
		return &struct{ Body []decisionBody }{out}, nil
	})
	s.registerRights(api)
	s.registerAssessments(api)
	s.registerPacks(api)
	s.registerChanges(api)
}

type rightsIn struct {
	UnitIn
	Body struct {
		Jurisdiction string              `json:"jurisdiction,omitempty" maxLength:"2" doc:"country whose law judges; the country of the product's home when absent"`
		On           calendar.Date       `json:"on,omitzero" doc:"day of the question; today when absent"`
		Fault        *rules.FaultFacts   `json:"fault,omitempty"`
		Return       *rules.ReturnFacts  `json:"return,omitempty"`
		Repairs      []rules.RepairEvent `json:"repairs,omitempty" maxItems:"100" doc:"repairs beside those on the unit's record"`
		Km           int64               `json:"km,omitempty" minimum:"0"`
		Stock        string              `json:"stock,omitempty" enum:"yes,no" doc:"whether the same model is in stock"`
		Wants        rules.Option        `json:"wants,omitempty" maxLength:"20"`
		RefusesOther bool                `json:"refuses_other,omitempty" doc:"another model was refused"`
		More         map[string]any      `json:"more,omitempty" doc:"what packs ask beyond these, see list-rule-packs"`
	}
}

// registerRights adds what the law and promises give.
func (s *Service) registerRights(api *httpapi.Server) {
	httpapi.Register(api, huma.Operation{
		OperationID: "assess-unit-rights", Method: http.MethodPost, Path: "/units/{id}/rights", Tags: []string{"entitlement"}, Summary: "Ask what a customer is entitled to",
		Description: "Asks every rule pack of the country that was in force when the unit was bought. Changes nothing: send other facts to ask what if.",
	}, func(ctx context.Context, in *rightsIn) (*struct {
		Body struct {
			rules.Decision
			Facts rules.Facts `json:"facts" doc:"what the decision rests on"`
		}
	}, error,
	) {
		b := in.Body
		d, f, err := s.Rights(ctx, RightsInput{in.ID, b.Jurisdiction, b.Fault, b.Return, b.Km, b.Stock, b.Wants, b.RefusesOther, b.Repairs, nil, b.More, b.On})
		if err != nil {
			return nil, err
		}
		var out struct {
			Body struct {
				rules.Decision
				Facts rules.Facts `json:"facts" doc:"what the decision rests on"`
			}
		}
		out.Body.Decision, out.Body.Facts = d, f
		return &out, nil
	})
}

type grantIn struct {
	UnitIn
	Body struct {
		Kind    Kind                `json:"kind" enum:"statutory,maker,seller,contract,goodwill"`
		Name    string              `json:"name" maxLength:"100"`
		Lines   []LineKind          `json:"lines" maxItems:"5"`
		Classes []catalog.PartClass `json:"part_classes,omitempty" maxItems:"3" doc:"empty: every class"`
		Payer   catalog.Payer       `json:"payer" maxLength:"20"`
		Share   int64               `json:"share,omitempty" minimum:"0" maximum:"100" doc:"percent; default 100"`
		Starts  calendar.Date       `json:"starts"`
		Ends    calendar.Date       `json:"ends" doc:"last day"`
		Extends bool                `json:"extends,omitempty" doc:"days out of use for repair lengthen it"`
		Source  string              `json:"source,omitempty" maxLength:"100" doc:"contract number, rule id"`
		Reason  string              `json:"reason,omitempty" maxLength:"64"`
	}
}

func (s *Service) registerChanges(api *httpapi.Server) {
	httpapi.Act(api, huma.Operation{
		OperationID: "create-coverage", Method: http.MethodPost, Path: "/units/{id}/coverages", Tags: []string{"entitlement"}, Summary: "Put a coverage onto a unit",
		Description: "A contract, a seller's promise or goodwill (with a reason).",
	}, func(ctx context.Context, in *grantIn) (Coverage, error) {
		b := in.Body
		if b.Share == 0 {
			b.Share = 100
		}
		return s.Grant(ctx, GrantInput{in.ID, b.Kind, b.Name, b.Lines, b.Classes, b.Payer, b.Share, b.Starts, b.Ends, b.Extends, b.Source, b.Reason})
	}, outOf)
	httpapi.Act(api, huma.Operation{
		OperationID: "revoke-coverage", Method: http.MethodPost, Path: "/coverages/{id}/revoke", Tags: []string{"entitlement"}, Summary: "End a coverage that was put by hand",
	}, func(ctx context.Context, in *struct {
		ID CoverageID `path:"id" maxLength:"36"`
		httpapi.VersionIn
		Body struct {
			Reason string `json:"reason" maxLength:"64"`
		}
	},
	) (Coverage, error) {
		v, err := in.Version()
		if err != nil {
			return Coverage{}, err
		}
		return s.Revoke(ctx, in.ID, v, in.Body.Reason)
	}, outOf)
}
