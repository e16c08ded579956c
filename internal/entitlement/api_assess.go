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
	"anxin/internal/platform/i18n"
	"anxin/internal/units"
)

type assessmentBody struct {
	ID        AssessmentID    `json:"id"`
	Unit      units.ID        `json:"unit_id"`
	Brand     catalog.BrandID `json:"brand_id"`
	Case      string          `json:"case_id,omitempty"`
	State     AssessmentState `json:"state" enum:"open,closed"`
	Question  Question        `json:"question"`
	Decision  rules.Decision  `json:"decision"`
	Changes   []rules.Change  `json:"changes" doc:"by the last time it was decided anew"`
	Overrides []Override      `json:"overrides"`
	Chosen    rules.Option    `json:"chosen,omitempty"`
	DecidedOn calendar.Date   `json:"decided_on"`
	NextOn    calendar.Date   `json:"next_on,omitzero" doc:"day on which it may change by time alone"`
	CreatedBy string          `json:"created_by"`
	CreatedAt time.Time       `json:"created_at"`
	UpdatedAt time.Time       `json:"updated_at"`
	Version   int64           `json:"version"`
}

func assessmentOf(a Assessment) assessmentBody {
	return assessmentBody(a)
}

type assessmentOut struct {
	ETag string `header:"ETag"`
	Body assessmentBody
}

func assessmentRendered(_ context.Context, a Assessment) (*assessmentOut, error) {
	return &assessmentOut{httpapi.ETag(a.Version), assessmentOf(a)}, nil
}

// AssessmentIn names the assessment in the path.
type AssessmentIn struct {
	ID AssessmentID `path:"id" maxLength:"36"`
}

// registerAssessments adds assessments that are kept.
func (s *Service) registerAssessments(api *httpapi.Server) {
	tags := []string{"entitlement"}
	httpapi.Act(api, huma.Operation{
		OperationID: "create-assessment", Method: http.MethodPost, Path: "/units/{id}/assessments", Tags: tags, Summary: "Decide what a customer is entitled to, and keep it",
		Description: "An open one of the same unit and case is decided anew with the question as it is now. Until it is closed it is decided anew whenever facts of the unit, days or packs change it.",
	}, func(ctx context.Context, in *struct {
		UnitIn
		Body struct {
			Case     string   `json:"case_id,omitempty" maxLength:"36"`
			Question Question `json:"question"`
		}
	},
	) (Assessment, error) {
		return s.Assess(ctx, AssessInput{Unit: in.ID, Case: in.Body.Case, Question: in.Body.Question})
	}, assessmentRendered)
	httpapi.Register(api, huma.Operation{
		OperationID: "list-unit-assessments", Method: http.MethodGet, Path: "/units/{id}/assessments", Tags: tags, Summary: "List what was decided about a unit, newest first",
	}, func(ctx context.Context, in *struct {
		UnitIn
		Case string `query:"case_id" maxLength:"36"`
	},
	) (*struct{ Body []assessmentBody }, error) {
		list, err := s.Assessments(ctx, in.ID, in.Case)
		if err != nil {
			return nil, err
		}
		out := &struct{ Body []assessmentBody }{make([]assessmentBody, len(list))}
		for i, a := range list {
			out.Body[i] = assessmentOf(a)
		}
		return out, nil
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "get-assessment", Method: http.MethodGet, Path: "/assessments/{id}", Tags: tags, Summary: "Read an assessment",
	}, func(ctx context.Context, in *AssessmentIn) (*assessmentOut, error) {
		a, err := s.GetAssessment(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return assessmentRendered(ctx, a)
	})
	httpapi.Act(api, huma.Operation{
		OperationID: "choose-option", Method: http.MethodPost, Path: "/assessments/{id}/choose", Tags: tags, Summary: "Note what the customer wants",
		Description: "One of the options that the rules or somebody's goodwill give.",
	}, func(ctx context.Context, in *struct {
		AssessmentIn
		httpapi.VersionIn
		Body struct {
			Option rules.Option `json:"option" maxLength:"20"`
		}
	},
	) (Assessment, error) {
		v, err := in.Version()
		if err != nil {
			return Assessment{}, err
		}
		return s.Choose(ctx, in.ID, v, in.Body.Option)
	}, assessmentRendered)
	httpapi.Act(api, huma.Operation{
		OperationID: "override-assessment", Method: http.MethodPost, Path: "/assessments/{id}/override", Tags: tags, Summary: "Give an option beyond the rules",
		Description: "Goodwill, with a reason; amounts above a limit take a permission of their own.",
	}, func(ctx context.Context, in *struct {
		AssessmentIn
		httpapi.VersionIn
		Body struct {
			Option rules.Option `json:"option" enum:"refund,exchange,repair,price_cut,loan"`
			Amount int64        `json:"amount,omitempty" doc:"smallest unit of the currency of the purchase"`
			Reason string       `json:"reason" maxLength:"64"`
			Note   string       `json:"note,omitempty" maxLength:"2000"`
		}
	},
	) (Assessment, error) {
		v, err := in.Version()
		if err != nil {
			return Assessment{}, err
		}
		return s.Override(ctx, OverrideInput{in.ID, v, in.Body.Option, in.Body.Amount, in.Body.Reason, in.Body.Note})
	}, assessmentRendered)
	httpapi.Act(api, huma.Operation{
		OperationID: "close-assessment", Method: http.MethodPost, Path: "/assessments/{id}/close", Tags: tags, Summary: "Close an assessment", Description: "It is decided no more.",
	}, func(ctx context.Context, in *struct {
		AssessmentIn
		httpapi.VersionIn
	},
	) (Assessment, error) {
		v, err := in.Version()
		if err != nil {
			return Assessment{}, err
		}
		return s.CloseAssessment(ctx, in.ID, v)
	}, assessmentRendered)
	o := operation("get-assessment-paper", http.MethodGet, "/assessments/{id}/paper.pdf", "Read a decision for the customer", "A PDF in Chinese, or in English with lang=en: what may be chosen, by when, and the rules that it rests on.")
	httpapi.Register(api, o, func(ctx context.Context, in *struct {
		AssessmentIn
		Lang string `query:"lang" enum:"zh-CN,en"`
	},
	) (*certificateOut, error) {
		lang := in.Lang
		if lang == "" {
			lang = i18n.Chinese
		}
		name, raw, err := s.AssessmentPaper(ctx, api.Words(), lang, in.ID)
		if err != nil {
			return nil, err
		}
		return &certificateOut{"application/pdf", `inline; filename="` + name + `"`, raw}, nil
	})
}
