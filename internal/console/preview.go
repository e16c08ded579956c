package console

import (
	"bytes"
	"context"

	"anxin/internal/catalog"
	"anxin/internal/knowledge"
	"anxin/internal/platform/access"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
)

// PreviewInput is a set of questions that somebody writes, and how far a customer has come in it.
type PreviewInput struct {
	knowledge.Place
	Questions             knowledge.Questions
	Lang                  string
	Danger, Safe, Symptom string // answers that were chosen
}

// PreviewQuestions is the report page as a customer would see it with these questions, without script. It keeps nothing and
// refuses what saving would.
func (s *Service) PreviewQuestions(ctx context.Context, in PreviewInput) (string, error) {
	if err := access.Require(ctx, knowledge.PermQuestions); err != nil {
		return "", err
	}
	if !i18n.ForCustomers(in.Lang) {
		return "", problem.Field("lang", problem.BadChoice)
	}
	list, err := s.Questions.Check(ctx, in.Place, in.Questions)
	if err != nil {
		return "", err
	}
	snap, err := s.Catalog.Current(ctx, s.DB)
	if err != nil {
		return "", err
	}
	p := reportPage{Service: "REP", Model: in.Model}
	p.Category, _ = snap.Category(in.Category)
	p.Brand = s.previewBrand(ctx, snap, in)
	p.Brands = []catalog.Brand{p.Brand}
	chosen := map[string]string{"danger": in.Danger, "safe": in.Safe, "symptom": in.Symptom}
	p.asking = askingOf(knowledge.Set{ID: "preview", Place: in.Place, Questions: list}, p.Service, func(k string) string { return chosen[k] })
	p.Step = p.step(false, in.Symptom == otherSymptom)
	if p.Step == "form" && p.Symptom != nil {
		p.tell(p.Symptom.Danger)
	}
	v := &view{Lang: in.Lang, Title: s.Words.T(in.Lang, "portal.report.title", nil), Page: p, Errors: map[string]string{}, Form: map[string]string{}, Shown: true}
	var b bytes.Buffer
	if err := s.pages.ExecuteTemplate(&b, "report.html", v); err != nil {
		return "", err
	}
	return b.String(), nil
}

// previewBrand is the brand of a set, or one of those that it would be asked for.
func (s *Service) previewBrand(ctx context.Context, snap *catalog.Snapshot, in PreviewInput) catalog.Brand {
	if b, ok := snap.Brand(in.Brand); ok {
		return b
	}
	for _, b := range snap.Brands() {
		if b.Active && access.From(ctx).Scope.SeesBrand(string(b.ID)) {
			return b
		}
	}
	return catalog.Brand{ID: "none", NameZh: s.Words.T(in.Lang, "portal.brand", nil)} // of a firm that begins
}
