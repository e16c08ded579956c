package outlets

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/imports"
	"anxin/internal/platform/problem"
)

// importSystem names the other system where a sheet names none.
const importSystem = "import"

// ImportTarget brings outlets in from sheets. A row may name an outlet of an earlier row as its parent. An
// outlet that is there already, by the other system's id, gets the row's values; code and place in the tree
// stay.
func (s *Service) ImportTarget() imports.Target {
	return imports.Target{
		Name: "outlets", Zh: "服务网点", En: "Outlets", Permission: PermWrite, Key: "external_id", Fields: importFields, BatchRows: 2000,
		Apply: s.importApply, Remove: s.importRemove, Revert: s.importRevert, Export: s.export,
	}
}

var importFields = []imports.Field{
	{Name: "external_id", Zh: "外部编号", En: "External id", Required: true, Type: imports.Text, Max: 120, Example: "W0571-01", Aliases: []string{"网点编号"}, Paths: []string{"external_ids"}},
	{Name: "code", Zh: "网点代码", En: "Code", Required: true, Type: imports.Text, Example: "west"},
	{Name: "name", Zh: "网点名称", En: "Name", Required: true, Type: imports.Text, Example: "杭州城西服务部"},
	{Name: "kind", Zh: "性质", En: "Kind", Required: true, Type: imports.Choice, Choices: []string{string(KindOwn), string(KindAuthorised), string(KindFranchised), string(KindAgent)}, Example: string(KindAuthorised)},
	{Name: "parent", Zh: "上级网点(外部编号或路径)", En: "Parent (external id or path)", Type: imports.Text, Example: "/hz/", Paths: []string{"parent_id"}},
	{Name: "brands", Zh: "服务品牌代码", En: "Brand codes", Type: imports.List, Example: "ANX;BLU"},
	{Name: "areas", Zh: "服务区域(区划代码:优先级)", En: "Areas (division:rank)", Type: imports.List, Example: "330106:1;330105:2"},
	{Name: "zone", Zh: "时区", En: "Time zone", Type: imports.Text, Example: "Asia/Shanghai"},
	{Name: "division", Zh: "所在行政区划代码", En: "Division code", Type: imports.Text, Example: "330106"},
	{Name: "address", Zh: "地址", En: "Address", Type: imports.Text},
	{Name: "phone", Zh: "电话", En: "Phone", Type: imports.Text},
	{Name: "lat", Zh: "纬度 WGS-84", En: "Latitude (WGS-84)", Type: imports.Number, Paths: []string{"point"}},
	{Name: "lon", Zh: "经度 WGS-84", En: "Longitude (WGS-84)", Type: imports.Number},
	{Name: "tools", Zh: "库中工具代码", En: "Tool codes in its store", Type: imports.List, Example: "VACUUM;LADDER4"},
}

func (s *Service) importApply(ctx context.Context, tx *db.Tx, b *imports.Batch) error {
	snap, err := s.catalog.Current(ctx, tx)
	if err != nil {
		return err
	}
	system := cmp.Or(b.System, importSystem)
	for i, r := range b.Rows {
		if b.Failed(i) {
			continue
		}
		in, areas, err := s.importInput(ctx, tx, snap, system, r)
		if err != nil {
			if problem.CodeOf(err) == problem.ErrInternal {
				return err
			}
			b.Fail(i, err)
			continue
		}
		old, err := s.ByExternalID(ctx, tx, system, r.Key)
		switch {
		case errors.Is(err, problem.ErrNotFound):
			o, err := s.createTx(ctx, tx, snap, in)
			if err != nil {
				return b.Broken(i, err)
			}
			insertAreas(tx, o.ID, areas)
			b.Made(i, "outlet", string(o.ID))
		case err != nil:
			return err
		default:
			if err := s.importUpdate(ctx, tx, b, i, snap, old, in, areas); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) importInput(ctx context.Context, tx *db.Tx, snap *catalog.Snapshot, system string, r *imports.Row) (CreateInput, []Area, error) {
	var f problem.Fields
	in := CreateInput{
		Code: r.Text("code"), Name: r.Text("name"), Kind: Kind(r.Text("kind")), ParentID: Centre, Zone: r.Text("zone"), Division: r.Text("division"),
		Address: r.Text("address"), Phone: r.Text("phone"), ExternalIDs: []ExternalID{{System: system, ID: r.Key}},
	}
	if lat, lon := r.Number("lat"), r.Number("lon"); lat != nil && lon != nil {
		in.Point = geo.Point{Lat: *lat, Lon: *lon, Datum: geo.WGS84, Precision: geo.PrecisionDoor, Source: "import"}
	}
	for _, code := range r.List("brands") {
		brand, ok := snap.BrandByCode(code)
		f.Check(ok, "brands", problem.Unknown)
		in.Brands = append(in.Brands, brand.ID)
	}
	in.Tools = catalog.ToolCodes(r.List("tools"))
	snap.CheckTools(&f, "tools", in.Tools)
	var areas []Area
	for _, part := range r.List("areas") {
		division, rank, _ := strings.Cut(strings.ReplaceAll(part, "：", ":"), ":")
		n, err := strconv.Atoi(cmp.Or(rank, "1"))
		f.Check(err == nil && n >= 1 && n <= 99, "areas", problem.OutOfRange, "min", 1, "max", 99)
		f.Check(knownDivision(division), "areas", problem.Unknown)
		areas = append(areas, Area{Division: division, Rank: n, Categories: []catalog.CategoryCode{}, ServiceTypes: []catalog.ServiceTypeCode{}})
	}
	if parent := r.Text("parent"); parent != "" {
		o, err := s.ByExternalID(ctx, tx, system, parent)
		if errors.Is(err, problem.ErrNotFound) {
			o, err = s.ByPath(ctx, tx, parent)
		}
		if err != nil && !errors.Is(err, problem.ErrNotFound) {
			return in, nil, err
		}
		f.Check(err == nil && sees(access.From(ctx).Scope, o), "parent_id", problem.Unknown)
		in.ParentID = o.ID
	}
	if err := checkExternal(in.ExternalIDs); err != nil {
		return in, nil, err
	}
	return in, areas, f.Err()
}

func insertAreas(tx *db.Tx, id ID, areas []Area) {
	for _, a := range areas {
		tx.Later(`INSERT INTO outlets_area (id, outlet_id, division, categories, service_types, rank) VALUES ($1, $2, $3, $4, $5, $6)`,
			db.NewID(), string(id), a.Division, join(a.Categories), join(a.ServiceTypes), a.Rank)
	}
}

// imported are the values of an outlet that a sheet may change, as an undo keeps them.
type imported struct {
	Name     string             `json:"name"`
	Kind     Kind               `json:"kind"`
	Brands   []catalog.BrandID  `json:"brands"`
	Zone     string             `json:"zone"`
	Point    geo.Point          `json:"point"`
	Division string             `json:"division"`
	Address  string             `json:"address"`
	Phone    string             `json:"phone"`
	Areas    []Area             `json:"areas,omitempty"`
	Tools    []catalog.ToolCode `json:"tools"`
}

func (o Outlet) imported() imported {
	return imported{Name: o.Name, Kind: o.Kind, Brands: o.Brands, Zone: o.Zone, Point: o.Point, Division: o.Division, Address: o.Address, Phone: o.Phone, Tools: o.Tools}
}

func (s *Service) importUpdate(ctx context.Context, tx *db.Tx, b *imports.Batch, i int, snap *catalog.Snapshot, old Outlet, in CreateInput, areas []Area) error {
	r := b.Rows[i]
	if !sees(access.From(ctx).Scope, old) {
		b.Fail(i, problem.Field("external_id", problem.Taken))
		return nil
	}
	was, next := old.imported(), old.imported()
	next.Name, next.Kind, next.Zone = in.Name, in.Kind, cmp.Or(in.Zone, was.Zone)
	next.Division, next.Address, next.Phone = cmp.Or(in.Division, was.Division), cmp.Or(in.Address, was.Address), cmp.Or(in.Phone, was.Phone)
	if r.Has("brands") {
		next.Brands = sortedBrands(in.Brands)
	}
	if r.Has("tools") {
		next.Tools = catalog.SortedTools(in.Tools)
	}
	if in.Point != (geo.Point{}) {
		next.Point = in.Point.WGS84()
	}
	if r.Has("areas") {
		var err error
		if was.Areas, err = s.Areas(ctx, tx, old.ID); err != nil {
			return err
		}
		next.Areas = areas
		if sameAreas(was.Areas, areas) {
			next.Areas = was.Areas
		}
	}
	before, err := json.Marshal(was)
	if err != nil {
		return err
	}
	after, err := json.Marshal(next)
	if err != nil {
		return err
	}
	if string(before) == string(after) {
		b.Same(i, "outlet", string(old.ID))
		return nil
	}
	if err := s.importSet(ctx, tx, snap, old, next, r.Has("areas")); err != nil {
		return b.Broken(i, err)
	}
	b.Changed(i, "outlet", string(old.ID), "", map[string]string{"all": string(before), "areas": strconv.FormatBool(r.Has("areas"))})
	return nil
}

func sameAreas(a, b []Area) bool {
	key := func(list []Area) []string {
		out := make([]string, len(list))
		for i, x := range list {
			out[i] = x.Division + ":" + strconv.Itoa(x.Rank) + ":" + join(x.Categories) + ":" + join(x.ServiceTypes)
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(key(a), key(b))
}

func (s *Service) importSet(ctx context.Context, tx *db.Tx, snap *catalog.Snapshot, o Outlet, v imported, areas bool) error {
	in := EditInput{
		ID: o.ID, Version: o.Version, Name: &v.Name, Kind: &v.Kind, Brands: append([]catalog.BrandID{}, v.Brands...), Zone: &v.Zone,
		Division: &v.Division, Address: &v.Address, Phone: &v.Phone, Tools: v.Tools,
	}
	if v.Point != (geo.Point{}) {
		in.Point = &v.Point
	}
	edit := s.editing(snap, in)
	_, err := s.editTx(ctx, tx, o.ID, o.Version, "import", func(ctx context.Context, tx *db.Tx, o *Outlet) (any, any, error) {
		before, after, err := edit(ctx, tx, o)
		if v.Point == (geo.Point{}) {
			o.Point = geo.Point{} // an undo may take it away again
		}
		if err != nil || !areas {
			return before, after, err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM outlets_area WHERE outlet_id = $1`, string(o.ID)); err != nil {
			return before, after, err
		}
		insertAreas(tx, o.ID, v.Areas)
		return before, after, nil
	})
	return err
}

func (s *Service) importRevert(ctx context.Context, tx *db.Tx, id string, before map[string]string) error {
	snap, err := s.catalog.Current(ctx, tx)
	if err != nil {
		return err
	}
	o, err := findOutlet(ctx, tx, ID(id))
	if err != nil {
		return err
	}
	var v imported
	if err := json.Unmarshal([]byte(before["all"]), &v); err != nil {
		return err
	}
	return s.importSet(ctx, tx, snap, o, v, before["areas"] == "true")
}

// importRemove takes an outlet away that an import made. People, outlets below it and work keep it, by their
// foreign keys.
func (s *Service) importRemove(ctx context.Context, tx *db.Tx, id string) error {
	for _, q := range []string{
		`DELETE FROM outlets_brand WHERE outlet_id = $1`, `DELETE FROM outlets_area WHERE outlet_id = $1`, `DELETE FROM outlets_external WHERE outlet_id = $1`,
		`DELETE FROM outlets_outlet WHERE id = $1`,
	} {
		if _, err := tx.Exec(ctx, q, id); err != nil {
			return err
		}
	}
	return nil
}

// export writes the outlets that the actor sees, those above first.
func (s *Service) export(ctx context.Context, _ bool, row func(map[string]string) error) error {
	snap, err := s.catalog.Current(ctx, s.db)
	if err != nil {
		return err
	}
	var w db.Where
	limit(&w, access.From(ctx).Scope)
	w.And("id <> ?", string(Centre))
	list, err := db.List(ctx, s.db, scanOutlet, `SELECT `+outletColumns+` FROM outlets_outlet`+w.String()+` ORDER BY path`, w.Args()...)
	if err != nil {
		return err
	}
	for _, o := range list {
		ext, err := db.List(ctx, s.db, scanExternal, `SELECT system, external_id FROM outlets_external WHERE outlet_id = $1 ORDER BY system, external_id`, string(o.ID))
		if err != nil {
			return err
		}
		areas, err := s.Areas(ctx, s.db, o.ID)
		if err != nil {
			return err
		}
		v := map[string]string{
			"external_id": string(o.ID), "code": o.Code, "name": o.Name, "kind": string(o.Kind), "parent": strings.TrimSuffix(o.Path, o.Code+"/"), "zone": o.Zone,
			"division": o.Division, "address": o.Address, "phone": o.Phone, "tools": strings.Join(db.Strings(o.Tools), ";"),
		}
		if len(ext) > 0 {
			v["external_id"] = ext[0].ID
		}
		var brands, divisions []string
		for _, id := range o.Brands {
			brand, _ := snap.Brand(id)
			brands = append(brands, brand.Code)
		}
		for _, a := range areas {
			divisions = append(divisions, a.Division+":"+strconv.Itoa(a.Rank))
		}
		v["brands"], v["areas"] = strings.Join(brands, ";"), strings.Join(divisions, ";")
		if o.Point != (geo.Point{}) {
			v["lat"], v["lon"] = strconv.FormatFloat(o.Point.Lat, 'f', -1, 64), strconv.FormatFloat(o.Point.Lon, 'f', -1, 64)
		}
		if err := row(v); err != nil {
			return err
		}
	}
	return nil
}
