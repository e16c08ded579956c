package catalog

import (
	"context"
	"errors"
	"reflect"
	"strings"

	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// Lists of codes live in one column, separated by a blank.

func joinCodes[T ~string](list []T) string {
	parts := make([]string, len(list))
	for i, v := range list {
		parts[i] = string(v)
	}
	return strings.Join(parts, " ")
}

func splitCodes[T ~string](s string) []T {
	parts := strings.Fields(s)
	out := make([]T, len(parts))
	for i, v := range parts {
		out[i] = T(v)
	}
	return out
}

func notFound(err error) error {
	if errors.Is(err, db.ErrNoRows) {
		return problem.ErrNotFound
	}
	return err
}

// same compares two rows; empty and missing lists are the same.
func same[T any](a, b T) bool { return reflect.DeepEqual(a, b) }

const brandColumns = `id, code, name_zh, name_en, hotline, active, version, created_at`

func scanBrand(s db.Scanner) (Brand, error) {
	var b Brand
	var created int64
	err := s.Scan(&b.ID, &b.Code, &b.NameZh, &b.NameEn, &b.Hotline, &b.Active, &b.Version, &created)
	b.CreatedAt = db.FromMicros(created)
	return b, err
}

func findBrand(ctx context.Context, q db.Querier, id BrandID) (Brand, error) {
	return db.Get(ctx, q, scanBrand, `SELECT `+brandColumns+` FROM catalog_brand WHERE id = $1`, string(id))
}

func insertBrand(ctx context.Context, tx *db.Tx, b Brand) error {
	_, err := tx.Exec(ctx, `INSERT INTO catalog_brand (`+brandColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		string(b.ID), b.Code, b.NameZh, b.NameEn, b.Hotline, b.Active, b.Version, db.Micros(b.CreatedAt))
	return taken(err, "catalog_brand", "code")
}

func updateBrand(ctx context.Context, tx *db.Tx, b Brand) error {
	return tx.ExecOne(ctx, `UPDATE catalog_brand SET name_zh = $1, name_en = $2, hotline = $3, active = $4, version = $5 WHERE id = $6 AND version = $5 - 1`,
		b.NameZh, b.NameEn, b.Hotline, b.Active, b.Version, string(b.ID))
}

// taken turns a unique violation into a problem about the field.
func taken(err error, table, field string) error {
	if err != nil && db.IsUnique(err, table) {
		return problem.Field(field, problem.Taken)
	}
	return err
}

const categoryColumns = `code, name_zh, name_en, install_minutes, repair_minutes, install_skills, repair_skills,
	install_crew, repair_crew, depot, position, active, version, install_tools, repair_tools`

func scanCategory(s db.Scanner) (Category, error) {
	var c Category
	var install, repair, installTools, repairTools string
	err := s.Scan(&c.Code, &c.NameZh, &c.NameEn, &c.InstallMinutes, &c.RepairMinutes, &install, &repair,
		&c.InstallCrew, &c.RepairCrew, &c.Depot, &c.Position, &c.Active, &c.Version, &installTools, &repairTools)
	c.InstallSkills, c.RepairSkills = splitCodes[SkillCode](install), splitCodes[SkillCode](repair)
	c.InstallTools, c.RepairTools = SplitTools(installTools), SplitTools(repairTools)
	return c, err
}

func findCategory(ctx context.Context, q db.Querier, code CategoryCode) (Category, error) {
	return db.Get(ctx, q, scanCategory, `SELECT `+categoryColumns+` FROM catalog_category WHERE code = $1`, string(code))
}

func insertCategory(ctx context.Context, tx *db.Tx, c Category) error {
	_, err := tx.Exec(ctx, `INSERT INTO catalog_category (`+categoryColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		string(c.Code), c.NameZh, c.NameEn, c.InstallMinutes, c.RepairMinutes, joinCodes(c.InstallSkills), joinCodes(c.RepairSkills),
		c.InstallCrew, c.RepairCrew, c.Depot, c.Position, c.Active, c.Version, JoinTools(c.InstallTools), JoinTools(c.RepairTools))
	return taken(err, "catalog_category", "code")
}

func updateCategory(ctx context.Context, tx *db.Tx, c Category) error {
	return tx.ExecOne(ctx, `UPDATE catalog_category SET name_zh = $1, name_en = $2, install_minutes = $3, repair_minutes = $4, install_skills = $5,
			repair_skills = $6, install_crew = $7, repair_crew = $8, depot = $9, position = $10, active = $11, version = $12,
			install_tools = $14, repair_tools = $15
		WHERE code = $13 AND version = $12 - 1`,
		c.NameZh, c.NameEn, c.InstallMinutes, c.RepairMinutes, joinCodes(c.InstallSkills), joinCodes(c.RepairSkills),
		c.InstallCrew, c.RepairCrew, c.Depot, c.Position, c.Active, c.Version, string(c.Code), JoinTools(c.InstallTools), JoinTools(c.RepairTools))
}

const modelColumns = `id, brand_id, category, code, name_zh, name_en, warranty_months, main_part_months, main_parts, active, version, created_at`

func scanModel(s db.Scanner) (Model, error) {
	var m Model
	var parts string
	var created int64
	err := s.Scan(&m.ID, &m.BrandID, &m.Category, &m.Code, &m.NameZh, &m.NameEn, &m.WarrantyMonths, &m.MainPartMonths, &parts,
		&m.Active, &m.Version, &created)
	m.MainParts, m.CreatedAt = splitCodes[string](parts), db.FromMicros(created)
	return m, err
}

func findModel(ctx context.Context, q db.Querier, id ModelID) (Model, error) {
	return db.Get(ctx, q, scanModel, `SELECT `+modelColumns+` FROM catalog_model WHERE id = $1`, string(id))
}

func insertModel(ctx context.Context, tx *db.Tx, m Model) error {
	_, err := tx.Exec(ctx, `INSERT INTO catalog_model (`+modelColumns+`, code_folded) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		string(m.ID), string(m.BrandID), string(m.Category), m.Code, m.NameZh, m.NameEn, m.WarrantyMonths, m.MainPartMonths,
		joinCodes(m.MainParts), m.Active, m.Version, db.Micros(m.CreatedAt), foldModel(m.Code))
	if db.IsForeignKey(err) {
		return problem.Field("brand_id", problem.Unknown)
	}
	return taken(err, "catalog_model", "code")
}

func updateModel(ctx context.Context, tx *db.Tx, m Model) error {
	return tx.ExecOne(ctx, `UPDATE catalog_model SET category = $1, name_zh = $2, name_en = $3, warranty_months = $4, main_part_months = $5,
			main_parts = $6, active = $7, version = $8 WHERE id = $9 AND version = $8 - 1`,
		string(m.Category), m.NameZh, m.NameEn, m.WarrantyMonths, m.MainPartMonths, joinCodes(m.MainParts), m.Active, m.Version, string(m.ID))
}

const serviceTypeColumns = `code, name_zh, name_en, mode, base, minutes, skills, repeat_window_days, callback_rule, proof, next, position, active, version, tools`

func scanServiceType(s db.Scanner) (ServiceType, error) {
	var t ServiceType
	var skills, proof, next, tools string
	err := s.Scan(&t.Code, &t.NameZh, &t.NameEn, &t.Mode, &t.Base, &t.Minutes, &skills, &t.RepeatWindowDays, &t.CallbackRule, &proof, &next,
		&t.Position, &t.Active, &t.Version, &tools)
	t.Skills, t.Proof, t.Next = splitCodes[SkillCode](skills), splitCodes[ProofKind](proof), splitCodes[ServiceTypeCode](next)
	t.Tools = SplitTools(tools)
	return t, err
}

func findServiceType(ctx context.Context, q db.Querier, code ServiceTypeCode) (ServiceType, error) {
	return db.Get(ctx, q, scanServiceType, `SELECT `+serviceTypeColumns+` FROM catalog_service_type WHERE code = $1`, string(code))
}

func insertServiceType(ctx context.Context, tx *db.Tx, t ServiceType) error {
	_, err := tx.Exec(ctx, `INSERT INTO catalog_service_type (`+serviceTypeColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		string(t.Code), t.NameZh, t.NameEn, string(t.Mode), string(t.Base), t.Minutes, joinCodes(t.Skills), t.RepeatWindowDays,
		string(t.CallbackRule), joinCodes(t.Proof), joinCodes(t.Next), t.Position, t.Active, t.Version, JoinTools(t.Tools))
	return taken(err, "catalog_service_type", "code")
}

func updateServiceType(ctx context.Context, tx *db.Tx, t ServiceType) error {
	return tx.ExecOne(ctx, `UPDATE catalog_service_type SET name_zh = $1, name_en = $2, mode = $3, base = $4, minutes = $5, skills = $6,
			repeat_window_days = $7, callback_rule = $8, proof = $9, next = $10, position = $11, active = $12, version = $13, tools = $15
		WHERE code = $14 AND version = $13 - 1`,
		t.NameZh, t.NameEn, string(t.Mode), string(t.Base), t.Minutes, joinCodes(t.Skills), t.RepeatWindowDays, string(t.CallbackRule),
		joinCodes(t.Proof), joinCodes(t.Next), t.Position, t.Active, t.Version, string(t.Code), JoinTools(t.Tools))
}

const skillColumns = `code, name_zh, name_en, certificate, valid_years, recheck_years, position`

func scanSkill(s db.Scanner) (Skill, error) {
	var v Skill
	err := s.Scan(&v.Code, &v.NameZh, &v.NameEn, &v.Certificate, &v.ValidYears, &v.RecheckYears, &v.Position)
	return v, err
}

const itemColumns = `code, service_type, category, name_zh, name_en, kind, unit, min_value, max_value, required, safety, position`

func scanItem(s db.Scanner) (ChecklistItem, error) {
	var v ChecklistItem
	err := s.Scan(&v.Code, &v.ServiceType, &v.Category, &v.NameZh, &v.NameEn, &v.Kind, &v.Unit, &v.Min, &v.Max, &v.Required, &v.Safety, &v.Position)
	return v, err
}

func upsertItem(ctx context.Context, tx *db.Tx, v ChecklistItem) error {
	_, err := tx.Exec(ctx, `INSERT INTO catalog_checklist_item (`+itemColumns+`, active) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (code) DO UPDATE SET service_type = excluded.service_type, category = excluded.category, name_zh = excluded.name_zh,
			name_en = excluded.name_en, kind = excluded.kind, unit = excluded.unit, min_value = excluded.min_value, max_value = excluded.max_value,
			required = excluded.required, safety = excluded.safety, position = excluded.position, active = excluded.active`,
		v.Code, string(v.ServiceType), string(v.Category), v.NameZh, v.NameEn, string(v.Kind), v.Unit, v.Min, v.Max, v.Required, v.Safety, v.Position, true)
	return err
}

const symptomColumns = `code, category, name_zh, name_en, family, active`

func scanSymptom(s db.Scanner) (Symptom, error) {
	var v Symptom
	err := s.Scan(&v.Code, &v.Category, &v.NameZh, &v.NameEn, &v.Family, &v.Active)
	return v, err
}

const causeColumns = `code, symptom, name_zh, name_en, active`

func scanCause(s db.Scanner) (Cause, error) {
	var v Cause
	err := s.Scan(&v.Code, &v.Symptom, &v.NameZh, &v.NameEn, &v.Active)
	return v, err
}

const actionColumns = `code, cause, category, name_zh, name_en, minutes, part_type, part_class, remote, safety, stop_use, skills, active`

func scanAction(s db.Scanner) (Action, error) {
	var v Action
	var skills string
	err := s.Scan(&v.Code, &v.Cause, &v.Category, &v.NameZh, &v.NameEn, &v.Minutes, &v.PartType, &v.PartClass, &v.Remote, &v.Safety, &v.StopUse,
		&skills, &v.Active)
	v.Skills = splitCodes[SkillCode](skills)
	return v, err
}

const reasonColumns = `code, kinds, name_zh, name_en, responsibility, note_required, position, active, version`

func scanReason(s db.Scanner) (Reason, error) {
	var r Reason
	var kinds string
	err := s.Scan(&r.Code, &kinds, &r.NameZh, &r.NameEn, &r.Responsibility, &r.NoteRequired, &r.Position, &r.Active, &r.Version)
	r.Kinds = splitCodes[string](kinds)
	return r, err
}

func findReason(ctx context.Context, q db.Querier, code ReasonCode) (Reason, error) {
	return db.Get(ctx, q, scanReason, `SELECT `+reasonColumns+` FROM catalog_reason WHERE code = $1`, string(code))
}

func insertReason(ctx context.Context, tx *db.Tx, r Reason) error {
	_, err := tx.Exec(ctx, `INSERT INTO catalog_reason (`+reasonColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		string(r.Code), joinCodes(r.Kinds), r.NameZh, r.NameEn, string(r.Responsibility), r.NoteRequired, r.Position, r.Active, r.Version)
	return taken(err, "catalog_reason", "code")
}

func updateReason(ctx context.Context, tx *db.Tx, r Reason) error {
	return tx.ExecOne(ctx, `UPDATE catalog_reason SET kinds = $1, name_zh = $2, name_en = $3, responsibility = $4, note_required = $5, position = $6,
			active = $7, version = $8 WHERE code = $9 AND version = $8 - 1`,
		joinCodes(r.Kinds), r.NameZh, r.NameEn, string(r.Responsibility), r.NoteRequired, r.Position, r.Active, r.Version, string(r.Code))
}

const labelColumns = `kind, code, state, staff_zh, staff_en, customer_zh, customer_en, position, active, version`

func scanLabel(s db.Scanner) (Label, error) {
	var l Label
	err := s.Scan(&l.Kind, &l.Code, &l.State, &l.StaffZh, &l.StaffEn, &l.CustomerZh, &l.CustomerEn, &l.Position, &l.Active, &l.Version)
	return l, err
}

func findLabel(ctx context.Context, q db.Querier, kind, code string) (Label, error) {
	return db.Get(ctx, q, scanLabel, `SELECT `+labelColumns+` FROM catalog_label WHERE kind = $1 AND code = $2`, kind, code)
}

func insertLabel(ctx context.Context, tx *db.Tx, l Label) error {
	_, err := tx.Exec(ctx, `INSERT INTO catalog_label (`+labelColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		l.Kind, l.Code, l.State, l.StaffZh, l.StaffEn, l.CustomerZh, l.CustomerEn, l.Position, l.Active, l.Version)
	return taken(err, "catalog_label", "code")
}

func updateLabel(ctx context.Context, tx *db.Tx, l Label) error {
	return tx.ExecOne(ctx, `UPDATE catalog_label SET staff_zh = $1, staff_en = $2, customer_zh = $3, customer_en = $4, position = $5, active = $6,
			version = $7 WHERE kind = $8 AND code = $9 AND version = $7 - 1`,
		l.StaffZh, l.StaffEn, l.CustomerZh, l.CustomerEn, l.Position, l.Active, l.Version, l.Kind, l.Code)
}

const classColumns = `code, tree, parent_code, level, name_zh, name_en, position, active`

func scanClass(s db.Scanner) (Class, error) {
	var c Class
	err := s.Scan(&c.Code, &c.Tree, &c.ParentCode, &c.Level, &c.NameZh, &c.NameEn, &c.Position, &c.Active)
	return c, err
}
