package console

import (
	"context"
	"errors"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/intake"
	"anxin/internal/knowledge"
	"anxin/internal/platform/db"
	"anxin/internal/platform/files"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/problem"
)

// trackFor is how long the link to a customer's own case works.
const trackFor = 180 * 24 * time.Hour

// maxMedia is how many photos and videos come with a report.
const maxMedia = 6

// otherSymptom stands in the address where nothing in the list fits.
const otherSymptom = "other"

// reportServices are what may be asked for on the page.
var reportServices = []catalog.ServiceTypeCode{"REP", "INST", "MAINT"}

// reportPage is the form by which a customer asks for service, one step a page: brand, product, what is wrong (danger
// first), the form itself.
type reportPage struct {
	Step       string // brand, product, danger, symptom, form
	Brands     []catalog.Brand
	Brand      catalog.Brand
	Categories []catalog.Category
	Category   catalog.Category
	Model      catalog.ModelID // of the machine that the QR code stands on
	Service    catalog.ServiceTypeCode
	asking
	Unit  string       // token of the machine's QR code
	Known bool         // the token's machine was found
	Read  string       // how the address was understood
	Key   string       // of this form
	Sent  bool         // it was filled in
	Media []files.File // came with the form before, which was refused: they need not be chosen again
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
	p := reportPage{Service: "REP", Key: db.NewID()}
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
	p.Category, _ = snap.Category(catalog.CategoryCode(get("category")))
	if p.Unit = get("unit"); p.Unit != "" {
		if u, err := s.Units.FindByToken(portal(ctx, v.Lang), s.DB, p.Unit); err == nil {
			p.Known, p.Model = true, u.Model
			p.Category, _ = snap.Category(u.Category)
			p.Brand, _ = brandOf(snap, string(u.Brand))
		}
	}
	if t := catalog.ServiceTypeCode(get("service_type")); slices.Contains(reportServices, t) {
		p.Service = t
	}
	if p.Brand.ID != "" && p.Category.Code != "" {
		set, err := s.Questions.AskedBy(ctx, s.DB, knowledge.Place{Brand: p.Brand.ID, Category: p.Category.Code, Model: p.Model}, knowledge.ID(get("asked")))
		if err != nil {
			return p, err
		}
		p.asking = askingOf(set, p.Service, get)
		p.given = r.PostForm
	}
	if len(v.Form["key"]) == len(p.Key) {
		p.Key = v.Form["key"]
	}
	p.Sent = r.Method == http.MethodPost
	p.Step = p.step(p.Sent, get("symptom") == otherSymptom)
	return p, nil
}

func (p reportPage) step(filled, other bool) string {
	switch {
	case p.Brand.ID == "":
		return "brand"
	case p.Category.Code == "":
		return "product"
	case p.Danger != nil:
		return "danger"
	case filled || other || p.Symptom != nil || p.Service != "REP" || p.First == nil && p.Which == nil:
		return "form"
	}
	return "symptom"
}

func (s *Service) reportForm(_ http.ResponseWriter, r *http.Request, v *view) (string, error) {
	p, err := s.reportPage(r.Context(), r, v)
	if p.Step == "form" && p.Symptom != nil {
		p.tell(p.Symptom.Danger)
	}
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
	v.Title = s.Words.T(v.Lang, "portal.report.title", nil)
	address := pasted(v.Form)
	p.Read = readAs(v.Form["address"])
	v.Page = p
	told, err := p.told()
	if err != nil {
		return "report.html", err
	}
	in := intake.ReportInput{
		BrandID: p.Brand.ID, Category: p.Category.Code, Symptom: told.Symptom, ServiceType: p.Service, Text: s.reportText(v, p), Answers: answersOf(v.Lang, told), Name: v.Form["name"],
		Phone: v.Form["phone"], Address: address, Consent: v.Form["consent"] == "yes", Lang: v.Lang, Safety: safetyOf(told), FormKey: "form:" + p.Key,
	}
	snap, err := s.Catalog.Current(ctx, s.DB)
	if err != nil {
		return "", err
	}
	if sym, ok := snap.Symptom(in.Symptom); !ok || sym.Category != p.Category.Code {
		in.Symptom = "" // it has left the catalogue since the questions were written
	}
	if p.Unit != "" {
		if u, err := s.Units.FindByToken(portal(ctx, v.Lang), s.DB, p.Unit); err == nil {
			in.UnitID = u.ID
		}
	}
	p.Media, err = s.takeMedia(portal(ctx, v.Lang), in.FormKey, r.PostForm["kept"], r.MultipartForm)
	if err == nil && p.tell(told.Dangers...) { // before anything else that the form may lack
		v.Page = p
		return "report.html", nil
	}
	v.Page = p // with what was taken, even where the rest is refused
	if err != nil {
		return "report.html", err
	}
	in.AlsoTx = func(ctx context.Context, tx *db.Tx, c cases.Case) error {
		for _, m := range p.Media {
			if err := s.Files.AttachTx(ctx, tx, files.AttachInput{ID: m.ID, By: in.FormKey, RecordKind: "case", RecordID: string(c.ID), Brand: string(c.BrandID), OutletPath: c.OutletPath}); err != nil {
				return err
			}
		}
		return nil
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

// reportText is what the customer typed, else the name of what was chosen: the first line names the case.
func (s *Service) reportText(v *view, p reportPage) string {
	text := strings.TrimSpace(v.Form["text"])
	if text == "" && p.Symptom != nil {
		text = p.Symptom.Text.Say(v.Lang)
	}
	if text == "" && p.Service != "REP" {
		text = s.Words.T(v.Lang, "portal.service."+string(p.Service), nil)
	}
	return text
}

// pasted takes a text apart that holds name, phone and address together, as shops' programs copy them; fields that were
// filled in stay as they are.
func pasted(form map[string]string) *customers.AddressInput {
	text := strings.TrimSpace(form["address"])
	if text == "" {
		return nil
	}
	a := geo.Parse(text)
	if form["name"] == "" {
		form["name"] = a.Person
	}
	if form["phone"] == "" && len(a.Phones) > 0 {
		form["phone"] = a.Phones[0]
	}
	if a.Person == "" && len(a.Phones) == 0 || a.DistrictCode == "" {
		return &customers.AddressInput{Text: text}
	}
	a.Person, a.Phones = "", nil // they are the contact's, not the place's
	return &customers.AddressInput{Parts: &a}
}

// readAs names the place that an address text was understood as, down to the town.
func readAs(text string) string {
	a := geo.Parse(text)
	var out []string
	for _, part := range []string{a.Province, a.City, a.District, a.Town} {
		if part != "" && !slices.Contains(out, part) {
			out = append(out, part)
		}
	}
	return strings.Join(out, " ")
}

// takeMedia stores the photos and videos of a form under the form's own key, and finds those that it brought before: who
// knows the key may name them again. What lies about its type is refused by its bytes; the others stay.
func (s *Service) takeMedia(ctx context.Context, draft string, kept []string, form *multipart.Form) ([]files.File, error) {
	if form == nil || s.Files == nil {
		return nil, nil
	}
	var ids []files.ID
	for _, id := range kept {
		if !slices.Contains(ids, files.ID(id)) && len(ids) < maxMedia {
			ids = append(ids, files.ID(id))
		}
	}
	before, err := s.Files.ByIDs(ctx, s.DB, ids)
	if err != nil {
		return nil, err
	}
	var out []files.File
	for _, id := range ids {
		if f, ok := before[id]; ok && f.CreatedBy == draft {
			out = append(out, f)
		}
	}
	list := slices.DeleteFunc(slices.Clone(form.File["media"]), func(h *multipart.FileHeader) bool { return h.Size == 0 })
	if len(out)+len(list) > maxMedia {
		return out, problem.Field("media", problem.TooLong, "limit", maxMedia)
	}
	for _, h := range list {
		f, err := h.Open()
		if err != nil {
			return out, err
		}
		purpose := files.Photo
		if strings.HasPrefix(h.Header.Get("Content-Type"), "video/") {
			purpose = files.Video
		}
		stored, err := s.Files.Upload(ctx, files.UploadInput{Purpose: purpose, Name: h.Filename, By: draft, Body: f})
		_ = f.Close()
		if refused, ok := errors.AsType[*problem.Error](err); ok && refused.Code.Kind != problem.Internal {
			return out, problem.Field("media", refused.Code, pairs(refused.Params)...)
		}
		if err != nil {
			return out, err
		}
		out = append(out, stored)
	}
	return out, nil
}

// pairs are parameters as problem takes them.
func pairs(params map[string]any) []any {
	var out []any
	for k, v := range params {
		out = append(out, k, v)
	}
	return out
}
