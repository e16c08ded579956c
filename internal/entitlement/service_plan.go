package entitlement

import (
	"context"
	"encoding/json"
	"strings"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// PlanInput is what a plan says. A changed plan leaves contracts as they were sold.
type PlanInput struct {
	ID      PlanID // of the plan to change; empty for a new one
	Version int64
	Brand   catalog.BrandID // with Code and Kind, of a new one only
	Code    string
	Kind    PlanKind
	NameZh  string
	NameEn  string
	Terms   Terms
	Active  bool
}

func (in PlanInput) check(kind PlanKind) error {
	var f problem.Fields
	f.Check(strings.TrimSpace(in.NameZh) != "" || strings.TrimSpace(in.NameEn) != "", "name_zh", problem.Required)
	in.Terms.check(kind, &f)
	return f.Err()
}

// SavePlan adds a plan, or changes one.
func (s *Contracts) SavePlan(ctx context.Context, in PlanInput) (Plan, error) {
	if err := access.Require(ctx, permPlans); err != nil {
		return Plan{}, err
	}
	in.NameZh, in.NameEn, in.Code = strings.TrimSpace(in.NameZh), strings.TrimSpace(in.NameEn), strings.ToUpper(strings.TrimSpace(in.Code))
	p, err := db.InTx(ctx, s.DB, func(ctx context.Context, tx *db.Tx) (Plan, error) {
		if in.ID == "" {
			return s.addPlan(ctx, tx, in)
		}
		p, err := findPlan(ctx, tx, in.ID)
		switch {
		case err != nil:
			return p, err
		case p.Version != in.Version:
			return p, problem.ErrStale.With("version", p.Version)
		}
		if err := in.check(p.Kind); err != nil {
			return p, err
		}
		p.NameZh, p.NameEn, p.Terms, p.Active, p.Version, p.Updated = in.NameZh, in.NameEn, in.Terms, in.Active, p.Version+1, tx.Now()
		terms, err := json.Marshal(p.Terms)
		if err != nil {
			return p, err
		}
		err = tx.ExecOne(ctx, `UPDATE entitlement_plan SET name_zh = $1, name_en = $2, terms = $3, active = $4, updated_at = $5, version = $6 WHERE id = $7 AND version = $8`,
			p.NameZh, p.NameEn, string(terms), p.Active, db.Micros(p.Updated), p.Version, string(p.ID), in.Version)
		if err != nil {
			return p, err
		}
		return p, audit.Append(ctx, tx, audit.Entry{Kind: "plan", Record: string(p.ID), Act: "edit", After: p})
	})
	if db.IsUnique(err, "entitlement_plan") {
		return Plan{}, ErrPlanCode
	}
	return p, err
}

func (s *Contracts) addPlan(ctx context.Context, tx *db.Tx, in PlanInput) (Plan, error) {
	snap, err := s.Catalog.Current(ctx, tx)
	if err != nil {
		return Plan{}, err
	}
	var f problem.Fields
	_, known := snap.Brand(in.Brand)
	f.Check(known && access.From(ctx).Scope.SeesBrand(string(in.Brand)), "brand_id", problem.Unknown)
	f.Check(in.Code != "" && len(in.Code) <= 32, "code", problem.Required)
	f.Check(in.Kind == Extended || in.Kind == Servicing || in.Kind == Inspected, "kind", problem.BadChoice)
	for _, c := range in.Terms.Categories {
		_, ok := snap.Category(c)
		f.Check(ok, "terms.categories", problem.Unknown)
	}
	if err := f.Err(); err != nil {
		return Plan{}, err
	}
	if err := in.check(in.Kind); err != nil {
		return Plan{}, err
	}
	p := Plan{
		ID: PlanID(db.NewID()), Brand: in.Brand, Code: in.Code, NameZh: in.NameZh, NameEn: in.NameEn, Kind: in.Kind, Terms: in.Terms, Active: true, Version: 1,
		Created: tx.Now(), Updated: tx.Now(),
	}
	terms, err := json.Marshal(p.Terms)
	if err != nil {
		return p, err
	}
	_, err = tx.Exec(ctx, `INSERT INTO entitlement_plan (`+planColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		string(p.ID), string(p.Brand), p.Code, p.NameZh, p.NameEn, string(p.Kind), string(terms), p.Active, p.Version, db.Micros(p.Created), db.Micros(p.Updated))
	if err != nil {
		return p, err
	}
	return p, audit.Append(ctx, tx, audit.Entry{Kind: "plan", Record: string(p.ID), Act: "create", After: p, New: true})
}

// Plans lists the plans of the brands that the actor sees: a handful for each brand.
func (s *Contracts) Plans(ctx context.Context) ([]Plan, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return nil, err
	}
	var w db.Where
	if brands := access.From(ctx).Scope.Brands; brands != nil {
		w.In("brand_id", brands)
	}
	return db.List(ctx, s.DB, scanPlan, `SELECT `+planColumns+` FROM entitlement_plan`+w.String()+` ORDER BY brand_id, code LIMIT 1000`, w.Args()...)
}
