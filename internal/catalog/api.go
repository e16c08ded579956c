package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/problem"
)

// Schemas carry the module's name, since one contract holds those of all modules.
type (
	catalogBrand       Brand
	catalogCategory    Category
	catalogModel       Model
	catalogServiceType ServiceType
	catalogSkill       Skill
	catalogItem        ChecklistItem
	catalogReason      Reason
	catalogLabel       Label
	catalogClass       Class
	catalogAction      Action
)

type catalogCause struct {
	Cause
	Actions []catalogAction `json:"actions"`
}

type catalogSymptom struct {
	Symptom
	Causes []catalogCause `json:"causes"`
}

type catalogBody struct {
	Version          string               `json:"version" doc:"Changes with every edit"`
	Brands           []catalogBrand       `json:"brands"`
	Categories       []catalogCategory    `json:"categories"`
	Models           []catalogModel       `json:"models"`
	ServiceTypes     []catalogServiceType `json:"service_types"`
	Skills           []catalogSkill       `json:"skills"`
	Tools            []catalogTool        `json:"tools"`
	Checklists       []catalogItem        `json:"checklists"`
	Symptoms         []catalogSymptom     `json:"symptoms"`
	Reasons          []catalogReason      `json:"reasons"`
	Labels           []catalogLabel       `json:"labels"`
	Classes          []catalogClass       `json:"classes"`
	Responsibilities []Responsibility     `json:"responsibilities"`
	Payers           []Payer              `json:"payers"`
}

type getCatalogIn struct {
	IfNoneMatch string `header:"If-None-Match" doc:"ETag of the answer that the client holds"`
	Retired     bool   `query:"retired" doc:"Retired rows too, for those who edit them"`
}

type getCatalogOut struct {
	Status int
	ETag   string `header:"ETag"`
	Body   *catalogBody
}

// Register adds the module's operations to the API.
func (s *Service) Register(api *httpapi.Server) {
	httpapi.Register(api, huma.Operation{
		OperationID: "get-catalog", Method: http.MethodGet, Path: "/catalog", Tags: []string{"catalog"},
		Summary:     "The whole catalogue",
		Description: "Everything that screens and integrators speak in codes: brands in the caller's scope with their models, product lines, service types, checklists, the fault tree, reasons, labels and classes. Send If-None-Match and get 304 while nothing changed.",
	}, s.getCatalog)
	httpapi.Register(api, huma.Operation{
		OperationID: "list-models", Method: http.MethodGet, Path: "/models", Tags: []string{"catalog"},
		Summary: "Models", Description: "Models of the brands in the caller's scope, by brand and code; q matches code and name.",
	}, s.listModels)
	s.registerProducts(api)
	s.registerWork(api)
	s.registerTools(api)
	s.registerWords(api)
}

// reader refuses actors that are nobody: the catalogue is for those who signed in.
func reader(ctx context.Context) (access.Scope, error) {
	a := access.From(ctx)
	if a.Kind == "" || a.Kind == access.Public {
		return a.Scope, problem.ErrUnauth
	}
	return a.Scope, nil
}

func (s *Service) getCatalog(ctx context.Context, in *getCatalogIn) (*getCatalogOut, error) {
	scope, err := reader(ctx)
	if err != nil {
		return nil, err
	}
	snap, err := s.Current(ctx, s.db)
	if err != nil {
		return nil, err
	}
	tag := etag(snap, scope, in.Retired)
	if in.IfNoneMatch == tag {
		return &getCatalogOut{Status: http.StatusNotModified, ETag: tag}, nil
	}
	return &getCatalogOut{Status: http.StatusOK, ETag: tag, Body: bodyOf(snap, scope, in.Retired)}, nil
}

// etag names an answer: the catalogue's version, and what of it the caller sees.
func etag(snap *Snapshot, scope access.Scope, retired bool) string {
	brands := "all"
	if scope.Brands != nil {
		brands = strings.Join(scope.Brands, " ")
	}
	if retired {
		brands += " retired"
	}
	sum := sha256.Sum256([]byte(snap.version + "\n" + brands))
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

func bodyOf(snap *Snapshot, scope access.Scope, retired bool) *catalogBody {
	b := &catalogBody{
		Version: snap.version, Brands: []catalogBrand{}, Models: []catalogModel{}, Checklists: []catalogItem{}, Symptoms: []catalogSymptom{},
		Categories:       mapped(withRetired(retired, snap.categoryList, snap.categories), func(v Category) catalogCategory { return catalogCategory(v) }),
		ServiceTypes:     mapped(withRetired(retired, snap.serviceList, snap.serviceTypes), func(v ServiceType) catalogServiceType { return catalogServiceType(v) }),
		Skills:           mapped(snap.skillList, func(v Skill) catalogSkill { return catalogSkill(v) }),
		Tools:            mapped(withRetired(retired, snap.toolList, snap.tools), func(v Tool) catalogTool { return catalogTool(v) }),
		Reasons:          mapped(withRetired(retired, snap.reasonList, snap.reasons), func(v Reason) catalogReason { return catalogReason(v) }),
		Labels:           mapped(withRetired(retired, snap.labelList, snap.labels), func(v Label) catalogLabel { return catalogLabel(v) }),
		Classes:          mapped(snap.allClasses(retired), func(v Class) catalogClass { return catalogClass(v) }),
		Responsibilities: Responsibilities(), Payers: Payers(),
	}
	for _, v := range withRetired(retired, snap.brandList, snap.brands) {
		if scope.SeesBrand(string(v.ID)) {
			b.Brands = append(b.Brands, catalogBrand(v))
		}
	}
	for _, v := range withRetired(retired, snap.modelList, snap.models) {
		if scope.SeesBrand(string(v.BrandID)) {
			b.Models = append(b.Models, catalogModel(v))
		}
	}
	for _, t := range snap.serviceList {
		for _, it := range snap.checklists[t.Code] {
			b.Checklists = append(b.Checklists, catalogItem(it))
		}
	}
	for _, c := range snap.categoryList {
		for _, sy := range snap.symptomsOf[c.Code] {
			b.Symptoms = append(b.Symptoms, snap.tree(sy))
		}
	}
	return b
}

func (s *Snapshot) tree(sy Symptom) catalogSymptom {
	out := catalogSymptom{Symptom: sy, Causes: []catalogCause{}}
	for _, c := range s.causesOf[sy.Code] {
		out.Causes = append(out.Causes, catalogCause{c, mapped(s.actionsOf[c.Code], func(a Action) catalogAction { return catalogAction(a) })})
	}
	return out
}

type listModelsIn struct {
	httpapi.PageIn
	Brand    BrandID      `query:"brand" maxLength:"40"`
	Category CategoryCode `query:"category" maxLength:"20"`
	Query    string       `query:"q" maxLength:"60"`
	Retired  bool         `query:"retired"`
}

func (s *Service) listModels(ctx context.Context, in *listModelsIn) (*httpapi.PageOut[catalogModel], error) {
	scope, err := reader(ctx)
	if err != nil {
		return nil, err
	}
	var afterBrand, afterCode string
	if _, err := httpapi.DecodeCursor(in.Cursor, &afterBrand, &afterCode); err != nil {
		return nil, err
	}
	var w db.Where
	scope.Limit(&w, "brand_id", "")
	if !in.Retired {
		w.And("active = ?", true)
	}
	if in.Brand != "" {
		w.And("brand_id = ?", string(in.Brand))
	}
	if in.Category != "" {
		w.And("category = ?", string(in.Category))
	}
	if q := strings.TrimSpace(in.Query); q != "" {
		esc := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)
		w.And(`(code_folded LIKE ? ESCAPE '\' OR lower(name_zh) LIKE ? ESCAPE '\' OR lower(name_en) LIKE ? ESCAPE '\')`,
			"%"+esc.Replace(foldModel(q))+"%", "%"+esc.Replace(strings.ToLower(q))+"%", "%"+esc.Replace(strings.ToLower(q))+"%")
	}
	if afterBrand != "" {
		w.And("(brand_id, code_folded) > (?, ?)", afterBrand, afterCode)
	}
	rows, err := db.List(ctx, s.db, scanModel, `SELECT `+modelColumns+` FROM catalog_model`+w.String()+
		` ORDER BY brand_id, code_folded LIMIT `+w.Arg(in.Limit+1), w.Args()...)
	if err != nil {
		return nil, err
	}
	return &httpapi.PageOut[catalogModel]{Body: httpapi.MakePage(rows, in.Limit,
		func(m Model) catalogModel { return catalogModel(m) },
		func(m Model) []any { return []any{string(m.BrandID), foldModel(m.Code)} })}, nil
}
