package outlets

import (
	"context"
	"errors"
	"slices"
	"strings"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/problem"
)

const outletColumns = `id, code, name, kind, parent_id, path, state, state_reason, zone, lat, lon, point_precision, point_source,
	division, address, phone, brands, created_at, updated_at, version, tools`

func scanOutlet(s db.Scanner) (Outlet, error) {
	var o Outlet
	var parent *ID
	var lat, lon *float64
	var precision, source, brands, tools string
	var created, updated int64
	err := s.Scan(&o.ID, &o.Code, &o.Name, &o.Kind, &parent, &o.Path, &o.State, &o.StateReason, &o.Zone, &lat, &lon, &precision, &source,
		&o.Division, &o.Address, &o.Phone, &brands, &created, &updated, &o.Version, &tools)
	if lat != nil && lon != nil {
		o.Point = geo.Point{Lat: *lat, Lon: *lon, Datum: geo.WGS84, Precision: geo.Precision(precision), Source: source}
	}
	o.ParentID, o.Brands = db.OrEmpty(parent), split[catalog.BrandID](brands)
	o.Tools = catalog.SplitTools(tools)
	o.CreatedAt, o.UpdatedAt = db.FromMicros(created), db.FromMicros(updated)
	return o, err
}

func join[T ~string](list []T) string { return strings.Join(db.Strings(list), " ") }

func split[T ~string](s string) []T {
	parts := strings.Fields(s)
	out := make([]T, len(parts))
	for i, p := range parts {
		out[i] = T(p)
	}
	return out
}

func findOutlet(ctx context.Context, q db.Querier, id ID) (Outlet, error) {
	o, err := db.Get(ctx, q, scanOutlet, `SELECT `+outletColumns+` FROM outlets_outlet WHERE id = $1`, string(id))
	if errors.Is(err, db.ErrNoRows) {
		return o, problem.ErrNotFound
	}
	return o, err
}

// visible finds an outlet within the actor's scope; others are not there.
func visible(ctx context.Context, q db.Querier, id ID) (Outlet, error) {
	o, err := findOutlet(ctx, q, id)
	if err != nil {
		return o, err
	}
	if !sees(access.From(ctx).Scope, o) {
		return Outlet{}, problem.ErrNotFound
	}
	return o, nil
}

// sees: an outlet belongs to those above it whose brands it serves. The centre is seen by the centre.
func sees(scope access.Scope, o Outlet) bool {
	if !scope.Sees("", o.Path) {
		return false
	}
	return scope.Brands == nil || o.Kind == KindCentre ||
		slices.ContainsFunc(o.Brands, func(b catalog.BrandID) bool { return scope.SeesBrand(string(b)) })
}

// limit is [sees] in SQL.
func limit(w *db.Where, scope access.Scope) {
	scope.Limit(w, "", "path")
	if scope.Brands == nil {
		return
	}
	if len(scope.Brands) == 0 {
		w.And("1 = 0")
		return
	}
	marks := make([]string, len(scope.Brands))
	for i, b := range scope.Brands {
		marks[i] = w.Arg(b)
	}
	w.And("EXISTS (SELECT 1 FROM outlets_brand b WHERE b.outlet_id = outlets_outlet.id AND b.brand_id IN (" + strings.Join(marks, ", ") + "))")
}

func pointArgs(p geo.Point) (lat, lon *float64, precision, source string) {
	if p == (geo.Point{}) {
		return nil, nil, "", ""
	}
	return &p.Lat, &p.Lon, string(p.Precision), p.Source
}

func insertOutlet(ctx context.Context, tx *db.Tx, o Outlet) error {
	lat, lon, precision, source := pointArgs(o.Point)
	_, err := tx.Exec(ctx, `INSERT INTO outlets_outlet (`+outletColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`,
		string(o.ID), o.Code, o.Name, string(o.Kind), db.NullString(o.ParentID), o.Path, string(o.State), o.StateReason, o.Zone, lat, lon, precision, source,
		o.Division, o.Address, o.Phone, join(o.Brands), db.Micros(o.CreatedAt), db.Micros(o.UpdatedAt), o.Version, catalog.JoinTools(o.Tools))
	if db.IsUnique(err, "outlets_outlet") {
		return ErrCodeTaken.With()
	}
	return err
}

// updateOutlet writes what may change; o.Version is the new one.
func updateOutlet(ctx context.Context, tx *db.Tx, o Outlet) error {
	lat, lon, precision, source := pointArgs(o.Point)
	return tx.ExecOne(ctx, `UPDATE outlets_outlet SET name = $1, kind = $2, state = $3, state_reason = $4, zone = $5, lat = $6, lon = $7,
			point_precision = $8, point_source = $9, division = $10, address = $11, phone = $12, brands = $13, updated_at = $14, version = $15, tools = $17
		WHERE id = $16 AND version = $15 - 1`,
		o.Name, string(o.Kind), string(o.State), o.StateReason, o.Zone, lat, lon, precision, source, o.Division, o.Address, o.Phone,
		join(o.Brands), db.Micros(o.UpdatedAt), o.Version, string(o.ID), catalog.JoinTools(o.Tools))
}

func replaceBrands(ctx context.Context, tx *db.Tx, id ID, brands []catalog.BrandID) error {
	if _, err := tx.Exec(ctx, `DELETE FROM outlets_brand WHERE outlet_id = $1`, string(id)); err != nil {
		return err
	}
	for _, b := range brands {
		tx.Later(`INSERT INTO outlets_brand (outlet_id, brand_id) VALUES ($1, $2)`, string(id), string(b))
	}
	return nil
}

// Get reads an outlet for another module; no scope is applied.
func (s *Service) Get(ctx context.Context, q db.Querier, id ID) (Outlet, error) {
	return findOutlet(ctx, q, id)
}

// ByIDs reads outlets in one query; unknown ids are absent.
func (s *Service) ByIDs(ctx context.Context, q db.Querier, ids []ID) (map[ID]Outlet, error) {
	out := make(map[ID]Outlet, len(ids))
	unique := slices.Compact(slices.Sorted(slices.Values(ids)))
	for part := range slices.Chunk(unique, 500) {
		var w db.Where
		w.In("id", db.Strings(part))
		list, err := db.List(ctx, q, scanOutlet, `SELECT `+outletColumns+` FROM outlets_outlet`+w.String(), w.Args()...)
		if err != nil {
			return nil, err
		}
		for _, o := range list {
			out[o.ID] = o
		}
	}
	return out, nil
}

// ByPath reads the outlet of a path.
func (s *Service) ByPath(ctx context.Context, q db.Querier, path string) (Outlet, error) {
	o, err := db.Get(ctx, q, scanOutlet, `SELECT `+outletColumns+` FROM outlets_outlet WHERE path = $1`, path)
	if errors.Is(err, db.ErrNoRows) {
		return o, problem.ErrNotFound
	}
	return o, err
}

// Under lists the outlets at and below a path that are not closed, by path; the centre is left out.
func (s *Service) Under(ctx context.Context, q db.Querier, path string) ([]Outlet, error) {
	var w db.Where
	w.And("kind <> ? AND state <> ?", string(KindCentre), string(StateClosed))
	if path != CentrePath {
		w.Prefix("path", path)
	}
	return db.List(ctx, q, scanOutlet, `SELECT `+outletColumns+` FROM outlets_outlet`+w.String()+` ORDER BY path`, w.Args()...)
}

// IDsServing lists the outlets that serve one of the brands: what an actor limited to brands may see.
func (s *Service) IDsServing(ctx context.Context, q db.Querier, brands []string) ([]ID, error) {
	var w db.Where
	w.In("brand_id", brands)
	ids, err := db.List(ctx, q, db.ScanString, `SELECT DISTINCT outlet_id FROM outlets_brand`+w.String()+` ORDER BY outlet_id`, w.Args()...)
	out := make([]ID, len(ids))
	for i, v := range ids {
		out[i] = ID(v)
	}
	return out, err
}

// ByExternalID finds an outlet by its name in another system.
func (s *Service) ByExternalID(ctx context.Context, q db.Querier, system, id string) (Outlet, error) {
	o, err := db.Get(ctx, q, scanOutlet, `SELECT `+outletColumns+` FROM outlets_outlet
		WHERE id = (SELECT outlet_id FROM outlets_external WHERE system = $1 AND external_id = $2)`, system, id)
	if errors.Is(err, db.ErrNoRows) {
		return o, problem.ErrNotFound
	}
	return o, err
}

const areaColumns = `id, division, categories, service_types, rank`

func scanArea(s db.Scanner) (Area, error) {
	var a Area
	var cats, types string
	err := s.Scan(&a.ID, &a.Division, &cats, &types, &a.Rank)
	a.Categories, a.ServiceTypes = split[catalog.CategoryCode](cats), split[catalog.ServiceTypeCode](types)
	return a, err
}

// Areas lists what an outlet serves, by division and rank.
func (s *Service) Areas(ctx context.Context, q db.Querier, id ID) ([]Area, error) {
	return db.List(ctx, q, scanArea, `SELECT `+areaColumns+` FROM outlets_area WHERE outlet_id = $1 ORDER BY division, rank, id`, string(id))
}

// Serving finds the active outlets that serve an address: the longest matching division first, within it
// by rank, then by path. An outlet comes once, by its nearest area.
func (s *Service) Serving(ctx context.Context, q db.Querier, in ServingInput) ([]Serving, error) {
	list, err := s.servingEach(ctx, q, []ServingInput{in})
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// covers tells whether the area is for this work; empty codes don't limit.
func (a Area) covers(cat catalog.CategoryCode, st catalog.ServiceTypeCode) bool {
	return (cat == "" || len(a.Categories) == 0 || slices.Contains(a.Categories, cat)) &&
		(st == "" || len(a.ServiceTypes) == 0 || slices.Contains(a.ServiceTypes, st))
}

// prefixes lists the codes of a division and of those above it: "330106001" is in 330106, 3301, 33 and
// everywhere (""). Codes of other countries are cut at their hyphens: "US-NY-061", "US-NY", "US".
func prefixes(division string) []string {
	out := []string{""}
	if strings.Contains(division, "-") {
		for i, r := range division {
			if r == '-' {
				out = append(out, division[:i])
			}
		}
		return append(out, division)
	}
	for _, n := range []int{2, 4, 6, 9, 12} {
		if len(division) >= n {
			out = append(out, division[:n])
		}
	}
	return out
}

func scanExternal(s db.Scanner) (ExternalID, error) {
	var e ExternalID
	return e, s.Scan(&e.System, &e.ID)
}

func insertExternal(ctx context.Context, tx *db.Tx, id ID, list []ExternalID) error {
	for _, e := range list {
		_, err := tx.Exec(ctx, `INSERT INTO outlets_external (system, external_id, outlet_id) VALUES ($1, $2, $3)`, e.System, e.ID, string(id))
		if db.IsUnique(err, "outlets_external") {
			return ErrExternal.With()
		}
		if err != nil {
			return err
		}
	}
	return nil
}
