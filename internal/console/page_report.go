package console

import (
	"context"
	"net/http"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/intake"
	"anxin/internal/platform/db"
	"anxin/internal/platform/identity"
)

// trackFor is how long the link to a customer's own case works.
const trackFor = 180 * 24 * time.Hour

// reportPage is the form by which a customer asks for service.
type reportPage struct {
	Brands     []catalog.Brand
	Brand      catalog.Brand
	Categories []catalog.Category
	Category   catalog.Category
	Symptoms   []catalog.Symptom
	Unit       string // token of the machine's QR code
}

func (s *Service) reportPage(ctx context.Context, r *http.Request, v *view) (reportPage, error) {
	snap, err := s.Catalog.Current(ctx, s.DB)
	if err != nil {
		return reportPage{}, err
	}
	get := func(k string) string { // a form that came back keeps what was chosen
		if x := v.Form[k]; x != "" {
			return x
		}
		return r.URL.Query().Get(k)
	}
	var p reportPage
	for _, b := range snap.Brands() {
		if b.Active {
			p.Brands = append(p.Brands, b)
		}
	}
	p.Brand, _ = brandOf(snap, get("brand"))
	if p.Brand.ID == "" && len(p.Brands) == 1 {
		p.Brand = p.Brands[0]
	}
	for _, c := range snap.Categories() {
		if c.Active {
			p.Categories = append(p.Categories, c)
		}
	}
	if c, ok := snap.Category(catalog.CategoryCode(get("category"))); ok {
		p.Category, p.Symptoms = c, snap.Symptoms(c.Code)
	}
	p.Unit = get("unit")
	if p.Unit != "" && p.Category.Code == "" {
		if u, err := s.Units.FindByToken(portal(ctx, v.Lang), s.DB, p.Unit); err == nil {
			if c, ok := snap.Category(u.Category); ok {
				p.Category, p.Symptoms = c, snap.Symptoms(c.Code)
			}
			p.Brand, _ = brandOf(snap, string(u.Brand))
		}
	}
	return p, nil
}

func (s *Service) reportForm(_ http.ResponseWriter, r *http.Request, v *view) (string, error) {
	p, err := s.reportPage(r.Context(), r, v)
	v.Page = p
	v.Title = s.Words.T(v.Lang, "portal.report.title", nil)
	return "report.html", err
}

// report takes the form. A double click or a reload finds the same report by the form's own key.
func (s *Service) report(w http.ResponseWriter, r *http.Request, v *view) (string, error) {
	ctx := r.Context()
	p, err := s.reportPage(ctx, r, v)
	if err != nil {
		return "", err
	}
	v.Page, v.Title = p, s.Words.T(v.Lang, "portal.report.title", nil)
	in := intake.ReportInput{
		BrandID: p.Brand.ID, Category: p.Category.Code, Symptom: catalog.SymptomCode(v.Form["symptom"]),
		ServiceType: catalog.ServiceTypeCode(v.Form["service_type"]), Text: v.Form["text"], Name: v.Form["name"], Phone: v.Form["phone"],
		Consent: v.Form["consent"] == "yes", Lang: v.Lang,
	}
	if in.ServiceType == "" {
		in.ServiceType = "REP"
	}
	if in.Text == "" && in.Symptom != "" {
		for _, sym := range p.Symptoms {
			if sym.Code == in.Symptom {
				in.Text = sym.Name(v.Lang)
			}
		}
	}
	if v.Form["address"] != "" {
		in.Address = &customers.AddressInput{Text: v.Form["address"]}
	}
	if p.Unit != "" {
		if u, err := s.Units.FindByToken(portal(ctx, v.Lang), s.DB, p.Unit); err == nil {
			in.UnitID = u.ID
		}
	}
	done, err := s.Intake.Report(ctx, in)
	if err != nil {
		return "report.html", err
	}
	link, err := db.InTx(portal(ctx, v.Lang), s.DB, func(ctx context.Context, tx *db.Tx) (identity.NewLink, error) {
		return s.Identity.MakeLinkTx(ctx, tx, identity.LinkInput{
			Purpose: purposeTrack, RecordKind: "case", RecordID: string(done.Case.ID), BrandID: string(done.Case.BrandID), Lang: v.Lang, Valid: trackFor,
		})
	})
	if err != nil {
		return "", err
	}
	http.Redirect(w, r, "/l/"+link.Token+"?new=1", http.StatusSeeOther)
	return "", nil
}
