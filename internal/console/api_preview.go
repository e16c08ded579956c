package console

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/catalog"
	"anxin/internal/knowledge"
	"anxin/internal/platform/httpapi"
)

type previewIn struct {
	Body struct {
		Brand    catalog.BrandID      `json:"brand_id,omitempty" maxLength:"36"`
		Category catalog.CategoryCode `json:"category" maxLength:"20"`
		Model    catalog.ModelID      `json:"model_id,omitempty" maxLength:"36"`
		knowledge.QuestionsIn
		Lang    string `json:"lang" enum:"zh-CN,en,ja,ko"`
		Danger  string `json:"danger,omitempty" maxLength:"40" doc:"answer that was just chosen: its safety words are shown"`
		Safe    string `json:"safe,omitempty" maxLength:"40" doc:"danger that was chosen before"`
		Symptom string `json:"symptom,omitempty" maxLength:"40" doc:"answer that was chosen, or other: the form is shown"`
	}
}

type previewOut struct {
	Body struct {
		HTML string `json:"html"`
	}
}

// registerPreview adds the report page to those who write its questions.
func (s *Service) registerPreview(api *httpapi.Server) {
	httpapi.Register(api, huma.Operation{
		OperationID: "preview-questions", Method: http.MethodPost, Path: "/console/question-preview", Tags: []string{"console"}, Summary: "See questions as a customer would",
		Description: "The page of the report form with these questions, as it stands after some answers. Faults come back at their questions; nothing is kept.",
	}, func(ctx context.Context, in *previewIn) (*previewOut, error) {
		b := in.Body
		html, err := s.PreviewQuestions(ctx, PreviewInput{
			Place: knowledge.Place{Brand: b.Brand, Category: b.Category, Model: b.Model}, Questions: knowledge.QuestionsOf(b.Questions), Lang: b.Lang, Danger: b.Danger, Safe: b.Safe,
			Symptom: b.Symptom,
		})
		if err != nil {
			return nil, err
		}
		var out previewOut
		out.Body.HTML = html
		return &out, nil
	})
}
