package units

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/imports"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
)

// importSystem names the other system where a sheet names none.
const importSystem = "import"

// ImportTarget brings machines in from sheets. A unit that is there already, by the other system's id, gets
// the model, serial, purchase facts, dates, owner and place of the row.
func (s *Service) ImportTarget() imports.Target {
	return imports.Target{
		Name: "units", Zh: "机器", En: "Units", Permission: PermEdit, Key: "external_id", Fields: importFields(),
		Apply: s.importApply, Remove: s.importRemove, Revert: s.importRevert, Export: s.export,
	}
}

func importFields() []imports.Field {
	list := []imports.Field{
		{Name: "external_id", Zh: "外部编号", En: "External id", Required: true, Type: imports.Text, Max: maxCode, Example: "M20260001", Aliases: []string{"机器编号"}, Paths: []string{"external_ids"}},
		{Name: "brand", Zh: "品牌代码", En: "Brand code", Required: true, Type: imports.Text, Example: "ANX", Paths: []string{"brand_id"}, Aliases: []string{"品牌"}},
		{Name: "model", Zh: "型号", En: "Model", Type: imports.Text, Example: "KFR-35GW", Paths: []string{"model_id"}},
		{Name: "category", Zh: "品类代码", En: "Category code", Type: imports.Text, Example: "AC"},
		{Name: "serial", Zh: "序列号", En: "Serial", Type: imports.Text, Aliases: []string{"机身号", "SN", "条码"}},
		{Name: "customer", Zh: "客户外部编号", En: "Customer's external id", Type: imports.Text, Paths: []string{"owner_id"}, Aliases: []string{"客户编号"}},
		{Name: "address", Zh: "安装地址", En: "Address", Type: imports.Text, Max: 500, Personal: true, Paths: []string{"address.text"}},
		{Name: "division", Zh: "行政区划代码", En: "Division code", Type: imports.Text, Paths: []string{"address.division"}},
		{Name: "lat", Zh: "纬度 WGS-84", En: "Latitude (WGS-84)", Type: imports.Number, Personal: true, Paths: []string{"address.point"}},
		{Name: "lon", Zh: "经度 WGS-84", En: "Longitude (WGS-84)", Type: imports.Number, Personal: true},
		{Name: "channel", Zh: "购买渠道", En: "Channel", Type: imports.Text, Example: "tmall", Paths: []string{"purchase.channel"}},
		{Name: "seller", Zh: "销售商", En: "Seller", Type: imports.Text, Paths: []string{"purchase.seller"}},
		{Name: "order_no", Zh: "订单号", En: "Order number", Type: imports.Text, Paths: []string{"purchase.order_no"}},
		{Name: "invoice_no", Zh: "发票号", En: "Invoice number", Type: imports.Text, Paths: []string{"purchase.invoice_no"}},
		{Name: "price", Zh: "购买价(元)", En: "Price paid (CNY)", Type: imports.Text, Example: "3299.00", Paths: []string{"purchase.price"}},
	}
	zh := map[DateKind]string{Made: "生产日期", Sold: "销售日期", Invoiced: "开票日期", Delivered: "送货日期", Installed: "安装日期", Activated: "激活日期"}
	for _, k := range DateKinds {
		list = append(list, imports.Field{
			Name: string(k) + "_on", Zh: zh[k], En: strings.ToUpper(string(k[:1])) + string(k[1:]) + " on", Type: imports.Day, Example: "2026-05-01", Paths: []string{"dates." + string(k)},
		})
	}
	return append(list, imports.Field{Name: "created_at", Zh: "建档时间", En: "Recorded at", Type: imports.Instant})
}

// externals finds units by what another system calls them, with one query.
func externals(ctx context.Context, q db.Querier, system string, ids []string) (map[string]ID, error) {
	out := make(map[string]ID, len(ids))
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	type found struct {
		ext  string
		root ID
	}
	for part := range slices.Chunk(ids, 500) {
		var w db.Where
		w.And("x.system = ?", cmp.Or(system, importSystem))
		w.In("x.external_id", part)
		list, err := db.List(ctx, q, func(s db.Scanner) (f found, err error) { return f, s.Scan(&f.ext, &f.root) },
			`SELECT x.external_id, u.root_id FROM units_external x JOIN units_unit u ON u.id = x.unit_id`+w.String(), w.Args()...)
		if err != nil {
			return nil, err
		}
		for _, f := range list {
			out[f.ext] = f.root
		}
	}
	return out, nil
}

// ImportedByExternal finds the units that another system calls so, or that bear the text as their serial, as
// far as the actor sees them; a system "" is that of sheets without one. What is unknown, or a serial of
// several brands, is absent.
func (s *Service) ImportedByExternal(ctx context.Context, q db.Querier, system string, texts []string) (map[string]Unit, error) {
	out := map[string]Unit{}
	if len(texts) == 0 {
		return out, nil
	}
	ids, err := externals(ctx, q, system, texts)
	if err != nil {
		return nil, err
	}
	bySerial := map[string]string{}
	for _, t := range texts {
		if _, known := ids[t]; !known && serialKey(t) != "" {
			bySerial[serialKey(t)] = t
		}
	}
	if len(bySerial) > 0 {
		keys := make([]string, 0, len(bySerial))
		for k := range bySerial {
			keys = append(keys, k)
		}
		type found struct {
			key  string
			root ID
		}
		var w db.Where
		w.In("serial_key", keys)
		list, err := db.List(ctx, q, func(s db.Scanner) (f found, err error) { return f, s.Scan(&f.key, &f.root) },
			`SELECT serial_key, MIN(root_id) FROM units_unit`+w.String()+` GROUP BY serial_key HAVING COUNT(DISTINCT root_id) = 1`, w.Args()...)
		if err != nil {
			return nil, err
		}
		for _, f := range list {
			ids[bySerial[f.key]] = f.root
		}
	}
	list := make([]ID, 0, len(ids))
	for _, id := range ids {
		list = append(list, id)
	}
	seen, err := s.Visible(ctx, q, list)
	if err != nil {
		return nil, err
	}
	all, err := s.ByIDs(ctx, q, list)
	for t, id := range ids {
		if u, ok := all[id]; ok && seen[id] {
			out[t] = u
		}
	}
	return out, err
}

func (s *Service) importApply(ctx context.Context, tx *db.Tx, b *imports.Batch) error {
	snap, err := s.catalog.Current(ctx, tx)
	if err != nil {
		return err
	}
	var ids, owners []string
	for i, r := range b.Rows {
		if b.Failed(i) {
			continue
		}
		ids = append(ids, r.Key)
		if v := r.Text("customer"); v != "" {
			owners = append(owners, v)
		}
	}
	known, err := externals(ctx, tx, b.System, ids)
	if err != nil {
		return err
	}
	people, err := s.customers.ImportedByExternal(ctx, tx, b.System, owners)
	if err != nil {
		return err
	}
	for i, r := range b.Rows {
		if b.Failed(i) {
			continue
		}
		in, err := importInput(snap, access.From(ctx).Scope, b.System, r, people)
		if err != nil {
			b.Fail(i, err)
			continue
		}
		if id, ok := known[r.Key]; ok {
			if err := s.importUpdate(ctx, tx, b, i, id, in); err != nil {
				return err
			}
			continue
		}
		u, err := s.CreateTx(ctx, tx, in)
		if err != nil {
			return b.Broken(i, err)
		}
		b.Made(i, recordKind, string(u.ID))
	}
	return nil
}

func importInput(snap *catalog.Snapshot, scope access.Scope, system string, r *imports.Row, people map[string]customers.Customer) (CreateInput, error) {
	var f problem.Fields
	in := CreateInput{
		Category: catalog.CategoryCode(r.Text("category")), Serial: r.Text("serial"), CreatedAt: r.Time("created_at"), Dates: Dates{},
		External: []ExternalID{{System: cmp.Or(system, importSystem), ID: r.Key}},
		Purchase: Purchase{Channel: r.Text("channel"), Seller: r.Text("seller"), OrderNo: r.Text("order_no"), InvoiceNo: r.Text("invoice_no")},
	}
	brand, ok := snap.BrandByCode(r.Text("brand"))
	f.Check(ok && scope.SeesBrand(string(brand.ID)), "brand_id", problem.Unknown)
	in.Brand = brand.ID
	if code := r.Text("model"); code != "" {
		m, ok := snap.ModelByCode(brand.ID, code)
		f.Check(ok, "model_id", problem.Unknown)
		in.Model = m.ID
	}
	if ext := r.Text("customer"); ext != "" {
		c, ok := people[ext]
		f.Check(ok && !c.Erased, "owner_id", problem.Unknown)
		in.Owner = c.ID
	}
	if text := r.Text("price"); text != "" {
		a, err := money.Parse(text, "CNY")
		f.Check(err == nil, "purchase.price", problem.BadFormat)
		in.Purchase.Price = &a
	}
	for _, k := range DateKinds {
		if day := r.Day(string(k) + "_on"); !day.IsZero() {
			in.Dates[k] = Dated{Day: day, By: "import"}
		}
	}
	if r.Has("address") || r.Has("division") || r.Has("lat") {
		a := customers.AddressInput{Text: r.Text("address"), Division: r.Text("division")}
		if lat, lon := r.Number("lat"), r.Number("lon"); lat != nil && lon != nil {
			a.Point = &geo.Point{Lat: *lat, Lon: *lon, Datum: geo.WGS84, Precision: geo.PrecisionDoor, Source: "import"}
		}
		p, err := customers.PlaceOf(a)
		if err != nil {
			return in, err
		}
		in.Place = &p
	}
	return in, f.Err()
}

// importUpdate brings a unit up to date with a row: what the row does not say stays.
func (s *Service) importUpdate(ctx context.Context, tx *db.Tx, b *imports.Batch, i int, id ID, in CreateInput) error {
	seen, err := s.Visible(ctx, tx, []ID{id})
	if err != nil {
		return err
	}
	u, err := s.root(ctx, tx, id)
	if err != nil {
		return err
	}
	if !seen[id] || u.Brand != in.Brand {
		b.Fail(i, problem.Field("external_id", problem.Taken))
		return nil
	}
	was := u
	before := map[string]string{}
	edit := EditInput{ID: u.ID, Dates: map[DateKind]*Dated{}}
	if in.Model != "" && in.Model != u.Model {
		edit.Model, before["model"] = &in.Model, string(u.Model)
	}
	if in.Model == "" && in.Category != "" && in.Category != u.Category {
		edit.Category, before["category"] = &in.Category, string(u.Category)
	}
	if in.Serial != "" && serialKey(in.Serial) != serialKey(u.Serial) {
		edit.Serial, before["serial"] = &in.Serial, u.Serial
	}
	if p := over(u.Purchase, in.Purchase); text(p) != text(u.Purchase) {
		edit.Purchase, before["purchase"] = &p, text(u.Purchase)
	}
	for k, d := range in.Dates {
		if old, ok := u.Dates[k]; !ok || old.Day != d.Day {
			edit.Dates[k], before["dates"] = &d, text(u.Dates)
		}
	}
	owner := customers.ID("")
	if in.Owner != "" && in.Owner != u.Owner {
		owner, before["owner"] = in.Owner, string(u.Owner)
	}
	var place *customers.Place
	if in.Place != nil {
		old, err := s.openPlace(ctx, tx, u)
		if err != nil {
			return err
		}
		if old.Text != in.Place.Text || old.Division != in.Place.Division || old.Point != in.Place.Point {
			place, before["place"] = in.Place, text(old)
		}
	}
	if len(before) == 0 {
		b.Same(i, recordKind, string(u.ID))
		return nil
	}
	if err := s.importSet(ctx, tx, u, edit, owner, place); err != nil {
		return b.Broken(i, err)
	}
	b.Changed(i, recordKind, string(u.ID), was.key, before)
	return nil
}

// over lays what b says over a.
func over(a, b Purchase) Purchase {
	a.Channel, a.Seller = cmp.Or(b.Channel, a.Channel), cmp.Or(b.Seller, a.Seller)
	a.OrderNo, a.InvoiceNo = cmp.Or(b.OrderNo, a.OrderNo), cmp.Or(b.InvoiceNo, a.InvoiceNo)
	if b.Price != nil {
		a.Price = b.Price
	}
	return a
}

// text is a value as an undo keeps it.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return "" // plain data always marshals
	}
	return string(b)
}

// importSet writes an edit, an owner and a place over a unit.
func (s *Service) importSet(ctx context.Context, tx *db.Tx, u Unit, edit EditInput, owner customers.ID, place *customers.Place) error {
	if owner != "" {
		if _, err := s.ChangeOwnerTx(ctx, tx, OwnerInput{ID: u.ID, Owner: owner}); err != nil {
			return err
		}
		var err error
		if u, err = s.root(ctx, tx, u.ID); err != nil {
			return err
		}
	}
	before := summary(u)
	if err := s.apply(ctx, tx, &u, edit); err != nil {
		return err
	}
	if place != nil {
		if err := s.sealPlace(ctx, tx, &u, *place); err != nil {
			return err
		}
		s.writePlace(tx, u)
	}
	return s.changed(ctx, tx, &u, audit.Entry{Act: "import", Before: before, After: summary(u)}, func(u Unit) events.Event {
		return Changed{Head: head(u, tx.Now()), What: "import"}
	})
}

func (s *Service) importRevert(ctx context.Context, tx *db.Tx, id string, before map[string]string) error {
	u, err := s.root(ctx, tx, ID(id))
	if err != nil {
		return err
	}
	edit := EditInput{ID: u.ID, Dates: map[DateKind]*Dated{}}
	var owner customers.ID
	var place *customers.Place
	for name, v := range before {
		switch name {
		case "model":
			edit.Model = new(catalog.ModelID(v))
		case "category":
			edit.Category = new(catalog.CategoryCode(v))
		case "serial":
			edit.Serial = &v
		case "purchase":
			edit.Purchase = &Purchase{}
			err = json.Unmarshal([]byte(v), edit.Purchase)
		case "dates":
			var dates Dates
			err = json.Unmarshal([]byte(v), &dates)
			for _, k := range DateKinds {
				edit.Dates[k] = nil
				if d, ok := dates[k]; ok {
					edit.Dates[k] = &d
				}
			}
		case "owner":
			owner = customers.ID(v)
		case "place":
			place = &customers.Place{}
			err = json.Unmarshal([]byte(v), place)
		}
		if err != nil {
			return err
		}
	}
	if _, had := before["owner"]; had && owner == "" {
		if _, err := s.ChangeOwnerTx(ctx, tx, OwnerInput{ID: u.ID}); err != nil {
			return err
		}
		if u, err = s.root(ctx, tx, u.ID); err != nil {
			return err
		}
	}
	return s.importSet(ctx, tx, u, edit, owner, place)
}

// importRemove takes a unit away that an import made. What happened to it since keeps it, by its foreign keys.
func (s *Service) importRemove(ctx context.Context, tx *db.Tx, id string) error {
	u, err := s.root(ctx, tx, ID(id))
	if err != nil {
		return err
	}
	for _, q := range []string{
		`DELETE FROM units_timeline WHERE unit_id = $1 AND kind = 'created'`, `DELETE FROM units_component WHERE unit_id = $1`,
		`DELETE FROM units_external WHERE unit_id = $1`, `DELETE FROM units_share WHERE unit_id = $1`, `DELETE FROM units_unit WHERE id = $1`,
	} {
		if _, err := tx.Exec(ctx, q, id); err != nil {
			return err
		}
	}
	if u.Owner == "" { // the key is the unit's own
		if err := s.keys.DestroyTx(ctx, tx, u.key); err != nil {
			return err
		}
	}
	if s.search == nil {
		return nil
	}
	return s.search.RemoveTx(ctx, tx, SearchKind, id)
}

// export writes the units that the actor sees.
func (s *Service) export(ctx context.Context, personal bool, row func(map[string]string) error) error {
	snap, err := s.catalog.Current(ctx, s.db)
	if err != nil {
		return err
	}
	after := ID("")
	for {
		var w db.Where
		w.And("u.merged_into IS NULL")
		w.And("u.id > ?", string(after))
		limitTo(&w, access.From(ctx).Scope, s.db.Now())
		page, err := readUnits(ctx, s.db, w.String()+` ORDER BY u.id LIMIT 500`, w.Args()...)
		if err != nil || len(page) == 0 {
			return err
		}
		type ext struct{ id, external string }
		ids := make([]string, len(page))
		for i, u := range page {
			ids[i] = string(u.ID)
		}
		var we db.Where
		we.In("unit_id", ids)
		exts, err := db.List(ctx, s.db, func(sc db.Scanner) (e ext, err error) { return e, sc.Scan(&e.id, &e.external) },
			`SELECT unit_id, MIN(external_id) FROM units_external`+we.String()+` GROUP BY unit_id`, we.Args()...)
		if err != nil {
			return err
		}
		external := map[string]string{}
		for _, e := range exts {
			external[e.id] = e.external
		}
		for _, u := range page {
			values, err := s.exportRow(ctx, snap, u.Unit, cmp.Or(external[string(u.ID)], string(u.ID)), personal)
			if err != nil {
				return err
			}
			if err := row(values); err != nil {
				return err
			}
			after = u.ID
		}
	}
}

func (s *Service) exportRow(ctx context.Context, snap *catalog.Snapshot, u Unit, external string, personal bool) (map[string]string, error) {
	brand, _ := snap.Brand(u.Brand)
	model, _ := snap.Model(u.Model)
	v := map[string]string{
		"external_id": external, "brand": brand.Code, "model": model.Code, "category": string(u.Category), "serial": u.Serial, "customer": string(u.Owner),
		"division": u.Division, "channel": u.Purchase.Channel, "seller": u.Purchase.Seller, "order_no": u.Purchase.OrderNo, "invoice_no": u.Purchase.InvoiceNo,
		"created_at": u.CreatedAt.Format("2006-01-02T15:04:05Z07:00"),
	}
	if u.Purchase.Price != nil {
		v["price"] = u.Purchase.Price.Plain()
	}
	for k, d := range u.Dates {
		v[string(k)+"_on"] = d.Day.String()
	}
	if u.Owner != "" {
		ext, err := s.customers.ExternalIDs(ctx, s.db, u.Owner)
		if err != nil {
			return nil, err
		}
		if len(ext) > 0 && personal {
			v["customer"] = ext[0].ID
		}
	}
	if !personal {
		return v, nil
	}
	p, err := s.openPlace(ctx, s.db, u)
	if err != nil {
		return nil, err
	}
	v["address"] = p.Text
	if p.Point != (geo.Point{}) {
		v["lat"], v["lon"] = strconv.FormatFloat(p.Point.Lat, 'f', -1, 64), strconv.FormatFloat(p.Point.Lon, 'f', -1, 64)
	}
	return v, nil
}
