package parts

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"anxin/internal/catalog"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
)

// Service keeps the part master and the stock of a database.
type Service struct {
	db      *db.DB
	catalog *catalog.Service
	outlets *outlets.Service
}

// New makes the service.
func New(d *db.DB, cat *catalog.Service, outs *outlets.Service) *Service {
	return &Service{db: d, catalog: cat, outlets: outs}
}

const partColumns = `p.id, p.brand_id, p.code, p.name_zh, p.name_en, p.class, p.part_type, p.unit, p.price_minor, p.price_currency, p.returnable, p.serialised,
	p.categories, p.replaced_by, p.active, p.created_at, p.version`

func scanPart(s db.Scanner) (Part, error) {
	var p Part
	var brand, currency, replaced *string
	var price *int64
	var categories string
	var created int64
	err := s.Scan(&p.ID, &brand, &p.Code, &p.NameZh, &p.NameEn, &p.Class, &p.Type, &p.Unit, &price, &currency, &p.Returnable, &p.Serialised,
		&categories, &replaced, &p.Active, &created, &p.Version)
	p.Brand, p.ReplacedBy, p.CreatedAt = catalog.BrandID(db.OrEmpty(brand)), PartID(db.OrEmpty(replaced)), db.FromMicros(created)
	if price != nil {
		p.Price = &money.Amount{Minor: *price, Currency: money.Currency(db.OrEmpty(currency))}
	}
	p.Categories = []catalog.CategoryCode{}
	for _, c := range strings.Fields(categories) {
		p.Categories = append(p.Categories, catalog.CategoryCode(c))
	}
	return p, err
}

// Get reads a part. It asks for no permission and no scope.
func (s *Service) Get(ctx context.Context, q db.Querier, id PartID) (Part, error) {
	p, err := db.Get(ctx, q, scanPart, `SELECT `+partColumns+` FROM parts_part p WHERE p.id = $1`, string(id))
	if errors.Is(err, db.ErrNoRows) {
		return Part{}, problem.ErrNotFound
	}
	return p, err
}

// ByIDs reads many parts; unknown ids are absent. It asks for no permission and no scope.
func (s *Service) ByIDs(ctx context.Context, q db.Querier, ids []PartID) (map[PartID]Part, error) {
	out := make(map[PartID]Part, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	var w db.Where
	w.In("p.id", db.Strings(ids))
	list, err := db.List(ctx, q, scanPart, `SELECT `+partColumns+` FROM parts_part p`+w.String(), w.Args()...)
	for _, p := range list {
		out[p.ID] = p
	}
	return out, err
}

// ByCode finds a part by its code: the brand's own before one that fits every brand.
func (s *Service) ByCode(ctx context.Context, q db.Querier, brand catalog.BrandID, code string) (Part, error) {
	p, err := db.Get(ctx, q, scanPart, `SELECT `+partColumns+` FROM parts_part p WHERE p.brand_key IN ('', $1) AND p.code = $2 ORDER BY p.brand_key DESC LIMIT 1`,
		string(brand), strings.ToUpper(strings.TrimSpace(code)))
	if errors.Is(err, db.ErrNoRows) {
		return Part{}, problem.ErrNotFound
	}
	return p, err
}

// Filter limits a list of parts.
type Filter struct {
	Text     string // beginning of the code, or part of a name
	Brand    catalog.BrandID
	Category catalog.CategoryCode
	Type     string
	Retired  bool // list retired parts too
	After    string
	Limit    int
}

// List reads parts by code, one more than the limit when there are more.
func (s *Service) List(ctx context.Context, f Filter) ([]Part, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	var w db.Where
	limitBrand(&w, access.From(ctx).Scope)
	if f.Brand != "" {
		w.And("p.brand_key IN ('', ?)", string(f.Brand))
	}
	if f.Category != "" {
		w.And(`(p.categories = '' OR ' ' || p.categories || ' ' LIKE ? ESCAPE '\')`, "% "+escape(string(f.Category))+" %")
	}
	if f.Type != "" {
		w.And("p.part_type = ?", f.Type)
	}
	if !f.Retired {
		w.And("p.active = ?", true)
	}
	if t := strings.TrimSpace(f.Text); t != "" {
		code := strings.ToUpper(t)
		w.And(`(p.code >= ? AND p.code < ? OR p.name_folded LIKE ? ESCAPE '\')`, code, code+"\U0010FFFF", "%"+escape(strings.ToLower(t))+"%")
	}
	if f.After != "" {
		w.And("p.code || ' ' || p.id > ?", f.After)
	}
	return db.List(ctx, s.db, scanPart, `SELECT `+partColumns+` FROM parts_part p`+w.String()+` ORDER BY p.code || ' ' || p.id LIMIT `+w.Arg(f.Limit+1), w.Args()...)
}

func escape(s string) string { return strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(s) }

// limitBrand adds the condition that a scope covers a part's brand; what has no brand is everybody's. An
// actor without a place sees no part.
func limitBrand(w *db.Where, s access.Scope) {
	if s.OutletPath == "" {
		w.And("1 = 0")
	}
	if s.Brands != nil {
		w.In("p.brand_key", append([]string{""}, s.Brands...))
	}
}

// find reads a part that the actor's brands cover.
func (s *Service) find(ctx context.Context, q db.Querier, id PartID) (Part, error) {
	p, err := s.Get(ctx, q, id)
	if err != nil {
		return Part{}, err
	}
	scope := access.From(ctx).Scope
	if scope.OutletPath == "" || !scope.SeesBrand(string(p.Brand)) {
		return Part{}, problem.ErrNotFound
	}
	return p, nil
}

// Find reads a part that the actor sees.
func (s *Service) Find(ctx context.Context, id PartID) (Part, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return Part{}, err
	}
	return s.find(ctx, s.db, id)
}

// Create adds a part to the master. Id, state and version of the input don't count.
func (s *Service) Create(ctx context.Context, p Part) (Part, error) {
	if err := access.Require(ctx, PermMaster); err != nil {
		return Part{}, err
	}
	out, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Part, error) { return s.CreateTx(ctx, tx, p) })
	if db.IsUnique(err, "parts_part") {
		return Part{}, ErrCodeTaken
	}
	return out, err
}

// CreateTx is [Service.Create] in the caller's change, without permission.
func (s *Service) CreateTx(ctx context.Context, tx *db.Tx, p Part) (Part, error) {
	snap, err := s.catalog.Current(ctx, tx)
	if err != nil {
		return Part{}, err
	}
	if err := p.check(snap); err != nil {
		return Part{}, err
	}
	if !s.mayEdit(ctx, p) {
		return Part{}, problem.Field("brand_id", problem.Unknown)
	}
	p.ID, p.Active, p.Version, p.CreatedAt, p.ReplacedBy = PartID(db.NewID()), true, 1, tx.Now(), ""
	taken, err := db.Exists(ctx, tx, `SELECT 1 FROM parts_part WHERE brand_key = $1 AND code = $2`, string(p.Brand), p.Code)
	if err != nil {
		return Part{}, err
	}
	if taken {
		return Part{}, ErrCodeTaken
	}
	tx.Later(`INSERT INTO parts_part (id, brand_id, brand_key, code, name_zh, name_en, name_folded, class, part_type, unit, price_minor, price_currency,
			returnable, serialised, categories, active, created_at, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`, append([]any{string(p.ID), db.NullString(p.Brand), string(p.Brand), p.Code},
		append(p.columns(), p.Active, db.Micros(p.CreatedAt), p.Version)...)...)
	if err := audit.Append(ctx, tx, audit.Entry{Kind: "part", Record: string(p.ID), Act: "create", New: true, After: p}); err != nil {
		return Part{}, err
	}
	return p, events.Publish(ctx, tx, MasterChanged{head(p, tx.Now())})
}

// mayEdit: a part of every brand is edited only by who sees every brand.
func (s *Service) mayEdit(ctx context.Context, p Part) bool {
	scope := access.From(ctx).Scope
	return scope.Centre() && scope.SeesBrand(string(p.Brand)) && (p.Brand != "" || scope.Brands == nil)
}

// columns are the fields that an edit may change.
func (p Part) columns() []any {
	var minor *int64
	var currency *string
	if p.Price != nil {
		c := string(p.Price.Currency)
		minor, currency = &p.Price.Minor, &c
	}
	return []any{
		p.NameZh, p.NameEn, strings.ToLower(p.NameZh + "\n" + p.NameEn), string(p.Class), p.Type, p.Unit, minor, currency, p.Returnable, p.Serialised,
		strings.Join(db.Strings(p.Categories), " "),
	}
}

// EditInput changes what is not nil. Code, brand and unit stay: movements are counted in them.
type EditInput struct {
	ID         PartID
	Version    int64
	NameZh     *string
	NameEn     *string
	Class      *catalog.PartClass
	Type       *string
	Price      *money.Amount
	Returnable *bool
	Serialised *bool
	Categories *[]catalog.CategoryCode
	ReplacedBy *PartID
	Active     *bool
}

// Edit changes a part of the master.
func (s *Service) Edit(ctx context.Context, in EditInput) (Part, error) {
	if err := access.Require(ctx, PermMaster); err != nil {
		return Part{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Part, error) {
		p, err := s.find(ctx, tx, in.ID)
		if err != nil {
			return Part{}, err
		}
		if !s.mayEdit(ctx, p) {
			return Part{}, problem.ErrForbidden.With("permission", PermMaster)
		}
		if in.Version != p.Version {
			return Part{}, problem.ErrStale.With("version", p.Version)
		}
		before := p
		set(&p.NameZh, in.NameZh)
		set(&p.NameEn, in.NameEn)
		set(&p.Class, in.Class)
		set(&p.Type, in.Type)
		set(&p.Returnable, in.Returnable)
		set(&p.Serialised, in.Serialised)
		set(&p.Categories, in.Categories)
		set(&p.ReplacedBy, in.ReplacedBy)
		set(&p.Active, in.Active)
		if in.Price != nil {
			p.Price = in.Price
		}
		snap, err := s.catalog.Current(ctx, tx)
		if err != nil {
			return Part{}, err
		}
		if err := p.check(snap); err != nil {
			return Part{}, err
		}
		if p.ReplacedBy != "" {
			if _, err := s.find(ctx, tx, p.ReplacedBy); err != nil || p.ReplacedBy == p.ID {
				return Part{}, problem.Field("replaced_by", problem.Unknown)
			}
		}
		args := append(p.columns(), db.NullString(p.ReplacedBy), p.Active, string(p.ID), p.Version)
		if err := tx.ExecOne(ctx, `UPDATE parts_part SET name_zh = $1, name_en = $2, name_folded = $3, class = $4, part_type = $5, unit = $6, price_minor = $7,
				price_currency = $8, returnable = $9, serialised = $10, categories = $11, replaced_by = $12, active = $13, version = version + 1
			WHERE id = $14 AND version = $15`, args...); err != nil {
			return Part{}, fmt.Errorf("update part %s: %w", p.ID, err)
		}
		p.Version++
		if err := audit.Append(ctx, tx, audit.Entry{Kind: "part", Record: string(p.ID), Act: "edit", Before: before, After: p}); err != nil {
			return Part{}, err
		}
		return p, events.Publish(ctx, tx, MasterChanged{head(p, tx.Now())})
	})
}

func set[T any](to, v *T) {
	if v != nil {
		*to = *v
	}
}
