package catalog

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/platform/httpapi"
)

// one is an answer with a record and its version.
type one[T any] struct {
	ETag string `header:"ETag"`
	Body T
}

func oneOf[T record[T], B any](body func(T) B) func(context.Context, T) (*one[B], error) {
	return func(_ context.Context, v T) (*one[B], error) {
		return &one[B]{ETag: httpapi.ETag(v.ver()), Body: body(v)}, nil
	}
}

const editText = "Only the given fields change. If-Match carries the version that the edit was made on; active false retires the row, which is never deleted."

func op(id, method, path, summary, description string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{"catalog"}, Summary: summary, Description: description}
}

type createBrandIn struct {
	Body struct {
		Code    string `json:"code" minLength:"1" maxLength:"20" doc:"Short, upper case; stays"`
		NameZh  string `json:"name_zh" maxLength:"120"`
		NameEn  string `json:"name_en,omitempty" maxLength:"120"`
		Hotline string `json:"hotline,omitempty" maxLength:"24"`
	}
}

type editBrandIn struct {
	ID string `path:"id" maxLength:"40"`
	httpapi.VersionIn
	Body struct {
		NameZh  *string `json:"name_zh,omitempty" maxLength:"120"`
		NameEn  *string `json:"name_en,omitempty" maxLength:"120"`
		Hotline *string `json:"hotline,omitempty" maxLength:"24"`
		Active  *bool   `json:"active,omitempty"`
	}
}

// CategoryFields are what may be edited of a product line; exported for the schema.
type CategoryFields struct {
	NameZh         *string     `json:"name_zh,omitempty" maxLength:"120"`
	NameEn         *string     `json:"name_en,omitempty" maxLength:"120"`
	InstallMinutes *int        `json:"install_minutes,omitempty" minimum:"0" maximum:"2880" doc:"On site with tidy-up, without travel"`
	RepairMinutes  *int        `json:"repair_minutes,omitempty" minimum:"0" maximum:"2880"`
	InstallSkills  []SkillCode `json:"install_skills,omitempty" maxItems:"60"`
	RepairSkills   []SkillCode `json:"repair_skills,omitempty" maxItems:"60"`
	InstallTools   []ToolCode  `json:"install_tools,omitempty" maxItems:"60" doc:"That the work takes along and does not use up"`
	RepairTools    []ToolCode  `json:"repair_tools,omitempty" maxItems:"60"`
	InstallCrew    *int        `json:"install_crew,omitempty" minimum:"1" maximum:"9"`
	RepairCrew     *int        `json:"repair_crew,omitempty" minimum:"1" maximum:"9"`
	Depot          *bool       `json:"depot,omitempty"`
	Position       *int        `json:"position,omitempty" minimum:"0" maximum:"100000"`
	Active         *bool       `json:"active,omitempty"`
}

type createCategoryIn struct {
	Body struct {
		Code CategoryCode `json:"code" minLength:"1" maxLength:"20"`
		CategoryFields
	}
}

type editCategoryIn struct {
	Code string `path:"code" maxLength:"20"`
	httpapi.VersionIn
	Body CategoryFields `nameHint:"EditCategoryRequest"`
}

// ModelFields are what may be edited of a model; exported for the schema.
type ModelFields struct {
	NameZh         *string  `json:"name_zh,omitempty" maxLength:"120"`
	NameEn         *string  `json:"name_en,omitempty" maxLength:"120"`
	WarrantyMonths *int     `json:"warranty_months,omitempty" minimum:"0" maximum:"240"`
	MainPartMonths *int     `json:"main_part_months,omitempty" minimum:"0" maximum:"240"`
	MainParts      []string `json:"main_parts,omitempty" maxItems:"60" doc:"Part types of the fault tree: compressor, panel"`
	Active         *bool    `json:"active,omitempty"`
}

type createModelIn struct {
	Body struct {
		BrandID  BrandID      `json:"brand_id" minLength:"1" maxLength:"40"`
		Category CategoryCode `json:"category" minLength:"1" maxLength:"20"`
		Code     string       `json:"code" minLength:"1" maxLength:"60" doc:"As on the name plate; unique per brand, case and blanks don't count"`
		ModelFields
	}
}

type editModelIn struct {
	ID string `path:"id" maxLength:"40"`
	httpapi.VersionIn
	Body struct {
		Category *CategoryCode `json:"category,omitempty" maxLength:"20"`
		ModelFields
	}
}

func (s *Service) registerProducts(api *httpapi.Server) {
	brand := oneOf(func(v Brand) catalogBrand { return catalogBrand(v) })
	httpapi.Act(api, op("create-brand", http.MethodPost, "/brands", "Add a brand", "Only who sees all brands adds one."),
		func(ctx context.Context, in *createBrandIn) (Brand, error) {
			return s.CreateBrand(ctx, CreateBrandInput(in.Body))
		}, brand)
	httpapi.Act(api, op("edit-brand", http.MethodPatch, "/brands/{id}", "Edit a brand", editText),
		func(ctx context.Context, in *editBrandIn) (Brand, error) {
			v, err := in.Version()
			if err != nil {
				return Brand{}, err
			}
			b := in.Body
			return s.EditBrand(ctx, EditBrandInput{ID: BrandID(in.ID), Version: v, NameZh: b.NameZh, NameEn: b.NameEn, Hotline: b.Hotline, Active: b.Active})
		}, brand)

	category := oneOf(func(v Category) catalogCategory { return catalogCategory(v) })
	httpapi.Act(api, op("create-category", http.MethodPost, "/categories", "Add a product line", "Skills must exist; minutes are on site, without travel."),
		func(ctx context.Context, in *createCategoryIn) (Category, error) {
			c := Category{Code: in.Body.Code, InstallCrew: 1, RepairCrew: 1}
			in.Body.edit("", 0).apply(&c)
			return s.CreateCategory(ctx, c)
		}, category)
	httpapi.Act(api, op("edit-category", http.MethodPatch, "/categories/{code}", "Edit a product line", editText),
		func(ctx context.Context, in *editCategoryIn) (Category, error) {
			v, err := in.Version()
			if err != nil {
				return Category{}, err
			}
			return s.EditCategory(ctx, in.Body.edit(CategoryCode(in.Code), v))
		}, category)

	model := oneOf(func(v Model) catalogModel { return catalogModel(v) })
	httpapi.Act(api, op("create-model", http.MethodPost, "/models", "Add a model", "Belongs to a brand in the caller's scope."),
		func(ctx context.Context, in *createModelIn) (Model, error) {
			m := Model{BrandID: in.Body.BrandID, Category: in.Body.Category, Code: in.Body.Code}
			in.Body.edit("", 0).apply(&m)
			return s.CreateModel(ctx, m)
		}, model)
	httpapi.Act(api, op("edit-model", http.MethodPatch, "/models/{id}", "Edit a model", editText),
		func(ctx context.Context, in *editModelIn) (Model, error) {
			v, err := in.Version()
			if err != nil {
				return Model{}, err
			}
			e := in.Body.edit(ModelID(in.ID), v)
			e.Category = in.Body.Category
			return s.EditModel(ctx, e)
		}, model)
}

func (f CategoryFields) edit(code CategoryCode, version int64) EditCategoryInput {
	return EditCategoryInput{
		Code: code, Version: version, NameZh: f.NameZh, NameEn: f.NameEn, InstallMinutes: f.InstallMinutes, RepairMinutes: f.RepairMinutes,
		InstallCrew: f.InstallCrew, RepairCrew: f.RepairCrew, InstallSkills: f.InstallSkills, RepairSkills: f.RepairSkills,
		InstallTools: f.InstallTools, RepairTools: f.RepairTools,
		Depot: f.Depot, Active: f.Active, Position: f.Position,
	}
}

func (f ModelFields) edit(id ModelID, version int64) EditModelInput {
	return EditModelInput{
		ID: id, Version: version, NameZh: f.NameZh, NameEn: f.NameEn, WarrantyMonths: f.WarrantyMonths, MainPartMonths: f.MainPartMonths,
		MainParts: f.MainParts, Active: f.Active,
	}
}

// ServiceTypeFields are what may be edited of a service type; exported for the schema.
type ServiceTypeFields struct {
	NameZh           *string           `json:"name_zh,omitempty" maxLength:"120"`
	NameEn           *string           `json:"name_en,omitempty" maxLength:"120"`
	Mode             *Mode             `json:"mode,omitempty" enum:"visit,remote,depot"`
	Base             *Base             `json:"base,omitempty" enum:"install,repair,own" doc:"Whose minutes and skills of the product line it takes"`
	CallbackRule     *CallbackRule     `json:"callback_rule,omitempty" enum:"installation,repair,exchange,complaint,none"`
	Minutes          *int              `json:"minutes,omitempty" minimum:"0" maximum:"2880"`
	RepeatWindowDays *int              `json:"repeat_window_days,omitempty" minimum:"0" maximum:"365"`
	Position         *int              `json:"position,omitempty" minimum:"0" maximum:"100000"`
	Skills           []SkillCode       `json:"skills,omitempty" maxItems:"60"`
	Tools            []ToolCode        `json:"tools,omitempty" maxItems:"60" doc:"That a visit of it takes along, on top of the product line's"`
	Proof            []ProofKind       `json:"proof,omitempty" maxItems:"10"`
	Next             []ServiceTypeCode `json:"next,omitempty" maxItems:"60"`
	Active           *bool             `json:"active,omitempty"`
}

type createServiceTypeIn struct {
	Body struct {
		Code ServiceTypeCode `json:"code" minLength:"1" maxLength:"20"`
		ServiceTypeFields
	}
}

type editServiceTypeIn struct {
	Code string `path:"code" maxLength:"20"`
	httpapi.VersionIn
	Body ServiceTypeFields `nameHint:"EditServiceTypeRequest"`
}

type catalogItemIn struct {
	Code     string   `json:"code" minLength:"1" maxLength:"60"`
	NameZh   string   `json:"name_zh" maxLength:"120"`
	NameEn   string   `json:"name_en,omitempty" maxLength:"120"`
	Kind     ItemKind `json:"kind" enum:"check,reading,text"`
	Unit     string   `json:"unit,omitempty" maxLength:"20"`
	Min      *float64 `json:"min,omitempty"`
	Max      *float64 `json:"max,omitempty"`
	Required bool     `json:"required,omitempty"`
	Safety   bool     `json:"safety,omitempty"`
}

type setChecklistIn struct {
	Code     string `path:"code" maxLength:"20"`
	Category string `query:"category" maxLength:"20" doc:"Absent: the items for every product line"`
	httpapi.VersionIn
	Body struct {
		Items []catalogItemIn `json:"items" maxItems:"60"`
	}
}

func (s *Service) registerWork(api *httpapi.Server) {
	serviceType := oneOf(func(v ServiceType) catalogServiceType { return catalogServiceType(v) })
	httpapi.Act(api, op("create-service-type", http.MethodPost, "/service-types", "Add a service type", "Mode visit, base own and no callback unless given."),
		func(ctx context.Context, in *createServiceTypeIn) (ServiceType, error) {
			t := ServiceType{Code: in.Body.Code, Mode: ModeVisit, Base: BaseOwn, CallbackRule: CallbackNone}
			in.Body.edit("", 0).apply(&t)
			return s.CreateServiceType(ctx, t)
		}, serviceType)
	httpapi.Act(api, op("edit-service-type", http.MethodPatch, "/service-types/{code}", "Edit a service type", editText),
		func(ctx context.Context, in *editServiceTypeIn) (ServiceType, error) {
			v, err := in.Version()
			if err != nil {
				return ServiceType{}, err
			}
			return s.EditServiceType(ctx, in.Body.edit(ServiceTypeCode(in.Code), v))
		}, serviceType)
	httpapi.Act(api, op("set-checklist", http.MethodPut, "/service-types/{code}/checklist", "Replace a checklist",
		"The items for one product line or for all. Items that go are retired. Runs under the service type's version."),
		func(ctx context.Context, in *setChecklistIn) (ServiceType, error) {
			v, err := in.Version()
			if err != nil {
				return ServiceType{}, err
			}
			items := make([]ChecklistItem, len(in.Body.Items))
			for i, it := range in.Body.Items {
				items[i] = ChecklistItem{
					Code: it.Code, NameZh: it.NameZh, NameEn: it.NameEn, Kind: it.Kind, Unit: it.Unit, Min: it.Min, Max: it.Max,
					Required: it.Required, Safety: it.Safety,
				}
			}
			return s.SetChecklist(ctx, SetChecklistInput{ServiceType: ServiceTypeCode(in.Code), Category: CategoryCode(in.Category), Version: v, Items: items})
		}, serviceType)
}

func (f ServiceTypeFields) edit(code ServiceTypeCode, version int64) EditServiceTypeInput {
	return EditServiceTypeInput{
		Code: code, Version: version, NameZh: f.NameZh, NameEn: f.NameEn, Mode: f.Mode, Base: f.Base, CallbackRule: f.CallbackRule,
		Minutes: f.Minutes, RepeatWindowDays: f.RepeatWindowDays, Position: f.Position, Skills: f.Skills, Tools: f.Tools, Proof: f.Proof, Next: f.Next, Active: f.Active,
	}
}

// ReasonFields are what may be edited of a reason; exported for the schema.
type ReasonFields struct {
	Kinds          []string        `json:"kinds,omitempty" maxItems:"60" doc:"Acts that it fits: visit.fail"`
	NameZh         *string         `json:"name_zh,omitempty" maxLength:"120"`
	NameEn         *string         `json:"name_en,omitempty" maxLength:"120"`
	Responsibility *Responsibility `json:"responsibility,omitempty" maxLength:"40"`
	NoteRequired   *bool           `json:"note_required,omitempty"`
	Position       *int            `json:"position,omitempty" minimum:"0" maximum:"100000"`
	Active         *bool           `json:"active,omitempty"`
}

type createReasonIn struct {
	Body struct {
		Code ReasonCode `json:"code" minLength:"1" maxLength:"48"`
		ReasonFields
	}
}

type editReasonIn struct {
	Code string `path:"code" maxLength:"48"`
	httpapi.VersionIn
	Body ReasonFields `nameHint:"EditReasonRequest"`
}

// LabelFields are what may be edited of a label; exported for the schema.
type LabelFields struct {
	StaffZh    *string `json:"staff_zh,omitempty" maxLength:"40"`
	StaffEn    *string `json:"staff_en,omitempty" maxLength:"40"`
	CustomerZh *string `json:"customer_zh,omitempty" maxLength:"40"`
	CustomerEn *string `json:"customer_en,omitempty" maxLength:"40"`
	Position   *int    `json:"position,omitempty" minimum:"0" maximum:"100000"`
	Active     *bool   `json:"active,omitempty"`
}

type createLabelIn struct {
	Body struct {
		Kind  string `json:"kind" minLength:"1" maxLength:"40" doc:"Kind of record: case, order, visit"`
		Code  string `json:"code" minLength:"1" maxLength:"48"`
		State string `json:"state" minLength:"1" maxLength:"48" doc:"Machine state that it is a stage of"`
		LabelFields
	}
}

type editLabelIn struct {
	Kind string `path:"kind" maxLength:"40"`
	Code string `path:"code" maxLength:"48"`
	httpapi.VersionIn
	Body LabelFields `nameHint:"EditLabelRequest"`
}

type importClassesIn struct {
	Tree string `path:"tree" maxLength:"20"`
	Body struct {
		Rows   []ClassRow `json:"rows" maxItems:"20000"`
		Retire bool       `json:"retire,omitempty" doc:"Take rows out of use that the import does not name"`
	}
}

type importClassesOut struct{ Body ImportClassesResult }

type importFaultsIn struct {
	Body struct {
		Rows []FaultRow `json:"rows" maxItems:"5000"`
	}
}

type importFaultsOut struct{ Body FaultsResult }

func (s *Service) registerWords(api *httpapi.Server) {
	rsn := oneOf(func(v Reason) catalogReason { return catalogReason(v) })
	httpapi.Act(api, op("create-reason", http.MethodPost, "/reasons", "Add a reason", "Its responsibility decides whose matter an act with it was."),
		func(ctx context.Context, in *createReasonIn) (Reason, error) {
			r := Reason{Code: in.Body.Code}
			in.Body.edit("", 0).apply(&r)
			return s.CreateReason(ctx, r)
		}, rsn)
	httpapi.Act(api, op("edit-reason", http.MethodPatch, "/reasons/{code}", "Edit a reason", editText),
		func(ctx context.Context, in *editReasonIn) (Reason, error) {
			v, err := in.Version()
			if err != nil {
				return Reason{}, err
			}
			return s.EditReason(ctx, in.Body.edit(ReasonCode(in.Code), v))
		}, rsn)

	label := oneOf(func(v Label) catalogLabel { return catalogLabel(v) })
	httpapi.Act(api, op("create-label", http.MethodPost, "/labels", "Add a label", "What the firm calls a stage within a machine state, for staff and for customers."),
		func(ctx context.Context, in *createLabelIn) (Label, error) {
			l := Label{Kind: in.Body.Kind, Code: in.Body.Code, State: in.Body.State}
			in.Body.edit("", "", 0).apply(&l)
			return s.CreateLabel(ctx, l)
		}, label)
	httpapi.Act(api, op("edit-label", http.MethodPatch, "/labels/{kind}/{code}", "Edit a label", editText),
		func(ctx context.Context, in *editLabelIn) (Label, error) {
			v, err := in.Version()
			if err != nil {
				return Label{}, err
			}
			return s.EditLabel(ctx, in.Body.edit(in.Kind, in.Code, v))
		}, label)

	httpapi.Act(api, op("import-faults", http.MethodPut, "/faults", "Import the fault tree",
		"Adds lines of symptom, cause and action, or changes those with the same codes; nothing is taken away but by retired."),
		func(ctx context.Context, in *importFaultsIn) (FaultsResult, error) {
			return s.ImportFaults(ctx, in.Body.Rows)
		}, func(_ context.Context, r FaultsResult) (*importFaultsOut, error) {
			return &importFaultsOut{Body: r}, nil
		})
	httpapi.Act(api, op("import-classes", http.MethodPut, "/class-trees/{tree}", "Import a classification tree",
		"Adds what is missing; a class is known by its names from the top down, so the same rows again change nothing and codes stay."),
		func(ctx context.Context, in *importClassesIn) (ImportClassesResult, error) {
			return s.ImportClasses(ctx, ImportClassesInput{Tree: in.Tree, Rows: in.Body.Rows, Retire: in.Body.Retire})
		}, func(_ context.Context, r ImportClassesResult) (*importClassesOut, error) {
			return &importClassesOut{Body: r}, nil
		})
}

func (f ReasonFields) edit(code ReasonCode, version int64) EditReasonInput {
	return EditReasonInput{
		Code: code, Version: version, Kinds: f.Kinds, NameZh: f.NameZh, NameEn: f.NameEn, Responsibility: f.Responsibility,
		NoteRequired: f.NoteRequired, Active: f.Active, Position: f.Position,
	}
}

func (f LabelFields) edit(kind, code string, version int64) EditLabelInput {
	return EditLabelInput{
		Kind: kind, Code: code, Version: version, StaffZh: f.StaffZh, StaffEn: f.StaffEn, CustomerZh: f.CustomerZh, CustomerEn: f.CustomerEn,
		Active: f.Active, Position: f.Position,
	}
}
