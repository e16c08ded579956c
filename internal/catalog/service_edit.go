package catalog

import (
	"context"
	"strconv"
	"strings"

	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// shared says that a row belongs to no brand: only who sees all brands edits it.
func shared[T any](T) BrandID { return "" }

// CreateBrandInput is a new brand; Code is upper case and stays.
type CreateBrandInput struct{ Code, NameZh, NameEn, Hotline string }

// CreateBrand adds a brand.
func (s *Service) CreateBrand(ctx context.Context, in CreateBrandInput) (Brand, error) {
	b := Brand{
		ID: BrandID(db.NewID()), Code: strings.ToUpper(strings.TrimSpace(in.Code)), NameZh: strings.TrimSpace(in.NameZh),
		NameEn: strings.TrimSpace(in.NameEn), Hotline: strings.TrimSpace(in.Hotline), Active: true, Version: 1, CreatedAt: s.db.Now(),
	}
	return create(ctx, s, b, "", insertBrand)
}

// EditBrandInput changes what is not nil.
type EditBrandInput struct {
	ID                      BrandID
	Version                 int64
	NameZh, NameEn, Hotline *string
	Active                  *bool
}

// EditBrand changes a brand; Active false retires it.
func (s *Service) EditBrand(ctx context.Context, in EditBrandInput) (Brand, error) {
	return edit(ctx, s, in.Version, func(b Brand) BrandID { return b.ID },
		func(ctx context.Context, q db.Querier) (Brand, error) { return findBrand(ctx, q, in.ID) },
		func(b Brand) Brand { in.apply(&b); return b }, updateBrand)
}

// CreateCategory adds a product line; version and state of the input don't count.
func (s *Service) CreateCategory(ctx context.Context, c Category) (Category, error) {
	c.Code = CategoryCode(strings.ToUpper(strings.TrimSpace(string(c.Code))))
	c.Active, c.Version = true, 1
	c.InstallSkills, c.RepairSkills = nonNil(c.InstallSkills), nonNil(c.RepairSkills)
	c.InstallTools, c.RepairTools = nonNil(c.InstallTools), nonNil(c.RepairTools)
	if err := s.checkSkills(ctx, "install_skills", c.InstallSkills, "repair_skills", c.RepairSkills); err != nil {
		return Category{}, err
	}
	if err := s.checkTools(ctx, "install_tools", c.InstallTools, "repair_tools", c.RepairTools); err != nil {
		return Category{}, err
	}
	return create(ctx, s, c, "", insertCategory)
}

// EditCategoryInput changes what is not nil.
type EditCategoryInput struct {
	Code                                                   CategoryCode
	Version                                                int64
	NameZh, NameEn                                         *string
	InstallMinutes, RepairMinutes, InstallCrew, RepairCrew *int
	InstallSkills, RepairSkills                            []SkillCode
	InstallTools, RepairTools                              []ToolCode
	Depot, Active                                          *bool
	Position                                               *int
}

// EditCategory changes a product line; Active false retires it.
func (s *Service) EditCategory(ctx context.Context, in EditCategoryInput) (Category, error) {
	if err := s.checkSkills(ctx, "install_skills", in.InstallSkills, "repair_skills", in.RepairSkills); err != nil {
		return Category{}, err
	}
	if err := s.checkTools(ctx, "install_tools", in.InstallTools, "repair_tools", in.RepairTools); err != nil {
		return Category{}, err
	}
	return edit(ctx, s, in.Version, shared[Category],
		func(ctx context.Context, q db.Querier) (Category, error) { return findCategory(ctx, q, in.Code) },
		func(c Category) Category { in.apply(&c); return c }, updateCategory)
}

// CreateModel adds a model of a brand.
func (s *Service) CreateModel(ctx context.Context, m Model) (Model, error) {
	m.ID, m.Code, m.Active, m.Version, m.CreatedAt = ModelID(db.NewID()), strings.TrimSpace(m.Code), true, 1, s.db.Now()
	m.NameZh, m.NameEn, m.MainParts = strings.TrimSpace(m.NameZh), strings.TrimSpace(m.NameEn), nonNil(m.MainParts)
	snap, err := s.Current(ctx, s.db)
	if err != nil {
		return Model{}, err
	}
	if err := mayWrite(ctx, m.BrandID); err != nil {
		return Model{}, err
	}
	var f problem.Fields
	_, ok := snap.Brand(m.BrandID)
	f.Check(ok, "brand_id", problem.Unknown)
	_, ok = snap.Category(m.Category)
	f.Check(ok, "category", problem.Unknown)
	if err := f.Err(); err != nil {
		return Model{}, err
	}
	return create(ctx, s, m, m.BrandID, insertModel)
}

// EditModelInput changes what is not nil.
type EditModelInput struct {
	ID                             ModelID
	Version                        int64
	Category                       *CategoryCode
	NameZh, NameEn                 *string
	WarrantyMonths, MainPartMonths *int
	MainParts                      []string
	Active                         *bool
}

// EditModel changes a model; Active false retires it.
func (s *Service) EditModel(ctx context.Context, in EditModelInput) (Model, error) {
	if in.Category != nil {
		snap, err := s.Current(ctx, s.db)
		if err != nil {
			return Model{}, err
		}
		if _, ok := snap.Category(*in.Category); !ok {
			return Model{}, problem.Field("category", problem.Unknown)
		}
	}
	return edit(ctx, s, in.Version, func(m Model) BrandID { return m.BrandID },
		func(ctx context.Context, q db.Querier) (Model, error) { return findModel(ctx, q, in.ID) },
		func(m Model) Model { in.apply(&m); return m }, updateModel)
}

// CreateServiceType adds a kind of work; version and state of the input don't count.
func (s *Service) CreateServiceType(ctx context.Context, t ServiceType) (ServiceType, error) {
	t.Code = ServiceTypeCode(strings.ToUpper(strings.TrimSpace(string(t.Code))))
	t.Active, t.Version = true, 1
	t.Skills, t.Tools, t.Proof, t.Next = nonNil(t.Skills), nonNil(t.Tools), nonNil(t.Proof), nonNil(t.Next)
	if err := s.checkWork(ctx, t.Skills, t.Tools, t.Next); err != nil {
		return ServiceType{}, err
	}
	return create(ctx, s, t, "", insertServiceType)
}

// EditServiceTypeInput changes what is not nil.
type EditServiceTypeInput struct {
	Code                                ServiceTypeCode
	Version                             int64
	NameZh, NameEn                      *string
	Mode                                *Mode
	Base                                *Base
	CallbackRule                        *CallbackRule
	Minutes, RepeatWindowDays, Position *int
	Skills                              []SkillCode
	Tools                               []ToolCode
	Proof                               []ProofKind
	Next                                []ServiceTypeCode
	Active                              *bool
}

// EditServiceType changes a kind of work; Active false retires it.
func (s *Service) EditServiceType(ctx context.Context, in EditServiceTypeInput) (ServiceType, error) {
	if err := s.checkWork(ctx, in.Skills, in.Tools, in.Next); err != nil {
		return ServiceType{}, err
	}
	return edit(ctx, s, in.Version, shared[ServiceType],
		func(ctx context.Context, q db.Querier) (ServiceType, error) { return findServiceType(ctx, q, in.Code) },
		func(t ServiceType) ServiceType { in.apply(&t); return t }, updateServiceType)
}

// SetChecklistInput replaces the items of one service type and one category ("" for those of every
// category), under the service type's version.
type SetChecklistInput struct {
	ServiceType ServiceTypeCode
	Category    CategoryCode
	Version     int64
	Items       []ChecklistItem
}

// SetChecklist replaces a checklist. Items that go are retired: orders of the past still name them.
func (s *Service) SetChecklist(ctx context.Context, in SetChecklistInput) (ServiceType, error) {
	if err := mayWrite(ctx, ""); err != nil {
		return ServiceType{}, err
	}
	var f problem.Fields
	f.Check(len(in.Items) <= listBounds, "items", problem.TooLong, "limit", listBounds)
	seen := map[string]bool{}
	for i, it := range in.Items {
		it.check(&f, at("items", i))
		f.Check(!seen[it.Code], at("items", i)+".code", problem.Taken)
		seen[it.Code] = true
	}
	if err := f.Err(); err != nil {
		return ServiceType{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (ServiceType, error) {
		t, err := findServiceType(ctx, tx, in.ServiceType)
		if err != nil {
			return t, notFound(err)
		}
		if in.Category != "" {
			if _, err := findCategory(ctx, tx, in.Category); err != nil {
				return t, notFound(err)
			}
		}
		if t.Version != in.Version {
			return t, problem.ErrStale.With("version", t.Version)
		}
		old, err := db.List(ctx, tx, scanItem, `SELECT `+itemColumns+` FROM catalog_checklist_item
			WHERE service_type = $1 AND category = $2 AND active = $3 ORDER BY position, code`, string(in.ServiceType), string(in.Category), true)
		if err != nil {
			return t, err
		}
		if err := s.writeChecklist(ctx, tx, in); err != nil {
			return t, err
		}
		t.Version++
		if err := updateServiceType(ctx, tx, t); err != nil {
			return t, err
		}
		return t, s.touched(ctx, tx, "set_checklist", "catalog_service_type", string(t.Code), "", t.Version, old, in.Items)
	})
}

func (s *Service) writeChecklist(ctx context.Context, tx *db.Tx, in SetChecklistInput) error {
	_, err := tx.Exec(ctx, `UPDATE catalog_checklist_item SET active = $1 WHERE service_type = $2 AND category = $3`,
		false, string(in.ServiceType), string(in.Category))
	if err != nil {
		return err
	}
	for i, it := range in.Items {
		other, err := db.Exists(ctx, tx, `SELECT 1 FROM catalog_checklist_item WHERE code = $1 AND (service_type <> $2 OR category <> $3)`,
			it.Code, string(in.ServiceType), string(in.Category))
		if err != nil {
			return err
		}
		if other {
			return problem.Field(at("items", i)+".code", problem.Taken)
		}
		it.ServiceType, it.Category, it.Position = in.ServiceType, in.Category, i+1
		if err := upsertItem(ctx, tx, it); err != nil {
			return err
		}
	}
	return nil
}

// CreateReason adds a reason; version and state of the input don't count.
func (s *Service) CreateReason(ctx context.Context, r Reason) (Reason, error) {
	r.Code, r.Active, r.Version, r.Kinds = ReasonCode(strings.TrimSpace(string(r.Code))), true, 1, nonNil(r.Kinds)
	return create(ctx, s, r, "", insertReason)
}

// EditReasonInput changes what is not nil.
type EditReasonInput struct {
	Code                 ReasonCode
	Version              int64
	Kinds                []string
	NameZh, NameEn       *string
	Responsibility       *Responsibility
	NoteRequired, Active *bool
	Position             *int
}

// EditReason changes a reason; Active false retires it.
func (s *Service) EditReason(ctx context.Context, in EditReasonInput) (Reason, error) {
	return edit(ctx, s, in.Version, shared[Reason],
		func(ctx context.Context, q db.Querier) (Reason, error) { return findReason(ctx, q, in.Code) },
		func(r Reason) Reason { in.apply(&r); return r }, updateReason)
}

// CreateLabel adds a stage of a state, or words for a state that has none.
func (s *Service) CreateLabel(ctx context.Context, l Label) (Label, error) {
	l.Active, l.Version = true, 1
	return create(ctx, s, l, "", insertLabel)
}

// EditLabelInput changes what is not nil.
type EditLabelInput struct {
	Kind, Code                               string
	Version                                  int64
	StaffZh, StaffEn, CustomerZh, CustomerEn *string
	Active                                   *bool
	Position                                 *int
}

// EditLabel changes the words of a state or stage.
func (s *Service) EditLabel(ctx context.Context, in EditLabelInput) (Label, error) {
	return edit(ctx, s, in.Version, shared[Label],
		func(ctx context.Context, q db.Querier) (Label, error) { return findLabel(ctx, q, in.Kind, in.Code) },
		func(l Label) Label { in.apply(&l); return l }, updateLabel)
}

// checkSkills refuses skills that don't exist; pairs of field and list.
func (s *Service) checkSkills(ctx context.Context, fieldA string, a []SkillCode, fieldB string, b []SkillCode) error {
	snap, err := s.Current(ctx, s.db)
	if err != nil {
		return err
	}
	var f problem.Fields
	known := func(c SkillCode) bool { _, ok := snap.Skill(c); return ok }
	codes(&f, fieldA, a, known)
	codes(&f, fieldB, b, known)
	return f.Err()
}

func (s *Service) checkWork(ctx context.Context, skills []SkillCode, tools []ToolCode, next []ServiceTypeCode) error {
	if err := s.checkSkills(ctx, "skills", skills, "skills", nil); err != nil {
		return err
	}
	snap, err := s.Current(ctx, s.db)
	if err != nil {
		return err
	}
	var f problem.Fields
	snap.CheckTools(&f, "tools", tools)
	codes(&f, "next", next, func(c ServiceTypeCode) bool { _, ok := snap.ServiceType(c); return ok })
	return f.Err()
}

func set[T any](to *T, v *T) {
	if v != nil {
		*to = *v
	}
}

func setList[T any](to *[]T, v []T) {
	if v != nil {
		*to = v
	}
}

func trimmed(v *string) *string {
	if v == nil {
		return nil
	}
	t := strings.TrimSpace(*v)
	return &t
}

// at is the path of an element of a list in the input.
func at(field string, i int) string { return field + "." + strconv.Itoa(i) }

func (in EditBrandInput) apply(b *Brand) {
	set(&b.NameZh, trimmed(in.NameZh))
	set(&b.NameEn, trimmed(in.NameEn))
	set(&b.Hotline, trimmed(in.Hotline))
	set(&b.Active, in.Active)
}

func (in EditCategoryInput) apply(c *Category) {
	set(&c.NameZh, trimmed(in.NameZh))
	set(&c.NameEn, trimmed(in.NameEn))
	set(&c.InstallMinutes, in.InstallMinutes)
	set(&c.RepairMinutes, in.RepairMinutes)
	set(&c.InstallCrew, in.InstallCrew)
	set(&c.RepairCrew, in.RepairCrew)
	set(&c.Depot, in.Depot)
	set(&c.Position, in.Position)
	set(&c.Active, in.Active)
	setList(&c.InstallSkills, in.InstallSkills)
	setList(&c.RepairSkills, in.RepairSkills)
	setList(&c.InstallTools, in.InstallTools)
	setList(&c.RepairTools, in.RepairTools)
}

func (in EditModelInput) apply(m *Model) {
	set(&m.Category, in.Category)
	set(&m.NameZh, trimmed(in.NameZh))
	set(&m.NameEn, trimmed(in.NameEn))
	set(&m.WarrantyMonths, in.WarrantyMonths)
	set(&m.MainPartMonths, in.MainPartMonths)
	set(&m.Active, in.Active)
	setList(&m.MainParts, in.MainParts)
}

func (in EditServiceTypeInput) apply(t *ServiceType) {
	set(&t.NameZh, trimmed(in.NameZh))
	set(&t.NameEn, trimmed(in.NameEn))
	set(&t.Mode, in.Mode)
	set(&t.Base, in.Base)
	set(&t.CallbackRule, in.CallbackRule)
	set(&t.Minutes, in.Minutes)
	set(&t.RepeatWindowDays, in.RepeatWindowDays)
	set(&t.Position, in.Position)
	set(&t.Active, in.Active)
	setList(&t.Skills, in.Skills)
	setList(&t.Tools, in.Tools)
	setList(&t.Proof, in.Proof)
	setList(&t.Next, in.Next)
}

func (in EditReasonInput) apply(r *Reason) {
	set(&r.NameZh, trimmed(in.NameZh))
	set(&r.NameEn, trimmed(in.NameEn))
	set(&r.Responsibility, in.Responsibility)
	set(&r.NoteRequired, in.NoteRequired)
	set(&r.Active, in.Active)
	set(&r.Position, in.Position)
	setList(&r.Kinds, in.Kinds)
}

func (in EditLabelInput) apply(l *Label) {
	set(&l.StaffZh, trimmed(in.StaffZh))
	set(&l.StaffEn, trimmed(in.StaffEn))
	set(&l.CustomerZh, trimmed(in.CustomerZh))
	set(&l.CustomerEn, trimmed(in.CustomerEn))
	set(&l.Active, in.Active)
	set(&l.Position, in.Position)
}
