package customers

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/imports"
	"anxin/internal/platform/problem"
)

// importSystem names the other system where a sheet names none.
const importSystem = "import"

// ImportTarget brings people and firms in from sheets. A customer who is there already, by the other system's
// id, gets name, e-mail and note of the row, and its number and address beside those he has.
func (s *Service) ImportTarget(cat *catalog.Service) imports.Target {
	i := importer{s, cat}
	return imports.Target{
		Name: "customers", Zh: "客户", En: "Customers", Permission: PermEdit, Key: "external_id", Fields: importFields,
		Apply: i.apply, Remove: i.remove, Revert: i.revert, Export: i.export,
	}
}

var importFields = []imports.Field{
	{Name: "external_id", Zh: "外部编号", En: "External id", Required: true, Type: imports.Text, Max: maxName, Example: "K10086", Aliases: []string{"客户编号"}, Paths: []string{"external_ids"}},
	{Name: "kind", Zh: "类型", En: "Kind", Type: imports.Choice, Choices: []string{string(Person), string(Firm)}, Example: string(Person)},
	{Name: "name", Zh: "姓名或单位", En: "Name", Type: imports.Text, Example: "王芳", Personal: true, Aliases: []string{"姓名", "客户姓名", "客户名称"}},
	{Name: "phone", Zh: "电话", En: "Phone", Type: imports.Text, Example: "13800000001", Personal: true, Paths: []string{"phones[0]"}, Aliases: []string{"手机", "联系电话", "mobile"}},
	{Name: "phone2", Zh: "备用电话", En: "Second phone", Type: imports.Text, Personal: true, Paths: []string{"phones[1]"}},
	{Name: "email", Zh: "邮箱", En: "E-mail", Type: imports.Text, Personal: true},
	{Name: "address", Zh: "地址", En: "Address", Type: imports.Text, Example: "浙江省杭州市西湖区文三路1号2幢301", Personal: true, Paths: []string{"addresses[0]"}},
	{Name: "access", Zh: "上门说明", En: "Access notes", Type: imports.Text, Personal: true, Paths: []string{"addresses[0].access"}},
	{Name: "division", Zh: "行政区划代码", En: "Division code", Type: imports.Text, Paths: []string{"addresses[0].division"}},
	{Name: "lat", Zh: "纬度 WGS-84", En: "Latitude (WGS-84)", Type: imports.Number, Personal: true, Paths: []string{"addresses[0].point"}},
	{Name: "lon", Zh: "经度 WGS-84", En: "Longitude (WGS-84)", Type: imports.Number, Personal: true},
	{Name: "brand", Zh: "品牌代码", En: "Brand code", Type: imports.Text, Paths: []string{"brand_id"}},
	{Name: "note", Zh: "备注", En: "Note", Type: imports.Text, Personal: true},
	{Name: "lang", Zh: "语言", En: "Language", Type: imports.Choice, Choices: i18n.CustomerLanguages(), Example: i18n.Chinese},
	{Name: "created_at", Zh: "建档时间", En: "Customer since", Type: imports.Instant},
}

type importer struct {
	*Service
	catalog *catalog.Service
}

// externals finds customers by what another system calls them, with one query.
func (s *Service) externals(ctx context.Context, q db.Querier, system string, ids []string) (map[string]ID, error) {
	out := make(map[string]ID, len(ids))
	system = cmp.Or(system, importSystem)
	byHash := make(map[string]string, len(ids))
	var hashes [][]byte
	for _, id := range ids {
		h := s.externalHash(ExternalID{System: system, ID: id})
		if _, twice := byHash[string(h)]; !twice {
			byHash[string(h)] = id
			hashes = append(hashes, h)
		}
	}
	type found struct {
		hash []byte
		root ID
	}
	for part := range slices.Chunk(hashes, 500) {
		var w db.Where
		w.And("x.system = ?", system)
		marks := ""
		for i, h := range part {
			if i > 0 {
				marks += ", "
			}
			marks += w.Arg(h)
		}
		list, err := db.List(ctx, q, func(sc db.Scanner) (f found, err error) { return f, sc.Scan(&f.hash, &f.root) },
			`SELECT x.external_hash, c.root_id FROM customers_external x JOIN customers_customer c ON c.id = x.customer_id`+w.String()+
				` AND x.external_hash IN (`+marks+`)`, w.Args()...)
		if err != nil {
			return nil, fmt.Errorf("find customers by external id: %w", err)
		}
		for _, f := range list {
			out[byHash[string(f.hash)]] = f.root
		}
	}
	return out, nil
}

// ImportedByExternal finds the customers that another system calls so, as far as the actor sees them; a
// system "" is that of sheets without one. Unknown ids are absent.
func (s *Service) ImportedByExternal(ctx context.Context, q db.Querier, system string, ids []string) (map[string]Customer, error) {
	out := map[string]Customer{}
	if len(ids) == 0 {
		return out, nil
	}
	roots, err := s.externals(ctx, q, system, ids)
	if err != nil {
		return nil, err
	}
	list := make([]ID, 0, len(roots))
	for _, id := range roots {
		list = append(list, id)
	}
	seen, err := s.Visible(ctx, q, list)
	if err != nil {
		return nil, err
	}
	people, err := s.ByIDs(ctx, q, list)
	if err != nil {
		return nil, err
	}
	for ext, id := range roots {
		if c, ok := people[id]; ok && seen[id] {
			out[ext] = c
		}
	}
	return out, nil
}

func (i importer) apply(ctx context.Context, tx *db.Tx, b *imports.Batch) error {
	snap, err := i.catalog.Current(ctx, tx)
	if err != nil {
		return err
	}
	var ids []string
	for n, r := range b.Rows {
		if !b.Failed(n) {
			ids = append(ids, r.Key)
		}
	}
	roots, err := i.externals(ctx, tx, b.System, ids)
	if err != nil {
		return err
	}
	for n, r := range b.Rows {
		if b.Failed(n) {
			continue
		}
		in, err := importInput(snap, access.From(ctx).Scope, b.System, r)
		if err == nil {
			err = in.check(b.Origin)
		}
		if err != nil {
			b.Fail(n, err)
			continue
		}
		if root, known := roots[r.Key]; known {
			if err := i.update(ctx, tx, b, n, root, in); err != nil {
				return err
			}
			continue
		}
		c, err := i.CreateTx(ctx, tx, in)
		if err != nil {
			return b.Broken(n, err)
		}
		b.Made(n, auditKind, string(c.ID))
	}
	return nil
}

func importInput(snap *catalog.Snapshot, scope access.Scope, system string, r *imports.Row) (CreateInput, error) {
	in := CreateInput{
		Kind: Kind(r.Text("kind")), Name: r.Text("name"), Email: r.Text("email"), Note: r.Text("note"), Lang: r.Text("lang"), CreatedAt: r.Time("created_at"),
		ExternalIDs: []ExternalID{{System: cmp.Or(system, importSystem), ID: r.Key}},
	}
	for _, f := range []string{"phone", "phone2"} {
		if v := r.Text(f); v != "" {
			in.Phones = append(in.Phones, PhoneInput{Number: v})
		}
	}
	if r.Has("address") || r.Has("division") || r.Has("lat") {
		a := AddressInput{Text: r.Text("address"), Access: r.Text("access"), Division: r.Text("division")}
		if lat, lon := r.Number("lat"), r.Number("lon"); lat != nil && lon != nil {
			a.Point = &geo.Point{Lat: *lat, Lon: *lon, Datum: geo.WGS84, Precision: geo.PrecisionDoor, Source: "import"}
		}
		in.Addresses = []AddressInput{a}
	}
	if code := r.Text("brand"); code != "" {
		b, ok := snap.BrandByCode(code)
		if !ok || !scope.SeesBrand(string(b.ID)) {
			return in, problem.Field("brand_id", problem.Unknown)
		}
		in.Brand = b.ID
	}
	return in, nil
}

// update brings a customer up to date with a row: what the row does not say stays. Numbers and addresses are
// added beside the known ones.
func (i importer) update(ctx context.Context, tx *db.Tx, b *imports.Batch, n int, root ID, in CreateInput) error {
	seen, err := i.Visible(ctx, tx, []ID{root})
	if err != nil {
		return err
	}
	r, err := getRow(ctx, tx, root)
	if err != nil {
		return err
	}
	if !seen[root] || !r.erasedAt.IsZero() {
		b.Fail(n, problem.Field("external_id", problem.Taken))
		return nil
	}
	c, err := i.Get(ctx, tx, root)
	if err != nil {
		return err
	}
	set, before := map[string]string{}, map[string]string{}
	for _, f := range []struct{ name, was, is string }{{"name", c.Name, in.Name}, {"email", c.Email, in.Email}, {"note", c.Note, in.Note}, {"lang", c.Lang, in.Lang}} {
		if f.is != "" && f.is != f.was {
			set[f.name], before[f.name] = f.is, f.was
		}
	}
	for _, p := range in.Phones {
		key := crypt.Normalize(crypt.KindPhone, p.Number)
		if !slices.ContainsFunc(c.Phones, func(o Phone) bool { return crypt.Normalize(crypt.KindPhone, o.Number) == key }) && len(c.Phones) < maxPhones {
			id, err := i.insertPhone(ctx, tx, r, PhoneInput{Number: p.Number, Primary: len(c.Phones) == 0})
			if err != nil {
				return b.Broken(n, err)
			}
			before["phone:"+string(id)] = ""
		}
	}
	if len(in.Addresses) > 0 {
		id, err := i.addressOnce(ctx, tx, r, in.Addresses[0])
		if err != nil {
			return b.Broken(n, err)
		}
		if id != "" {
			before["address:"+string(id)] = ""
		}
	}
	if len(before) == 0 {
		b.Same(n, auditKind, string(root))
		return nil
	}
	if err := i.write(ctx, tx, r, c, set); err != nil {
		return b.Broken(n, err)
	}
	b.Changed(n, auditKind, string(root), r.key, before)
	return nil
}

// addressOnce adds an address unless the customer has the same text already.
func (i importer) addressOnce(ctx context.Context, tx *db.Tx, r row, in AddressInput) (AddressID, error) {
	list, err := i.Addresses(ctx, tx, r.id)
	if err != nil {
		return "", err
	}
	p := in.place()
	if len(list) >= maxAddresses || slices.ContainsFunc(list, func(a Address) bool { return a.Text == p.Text && a.Division == p.Division }) {
		return "", nil
	}
	a, err := i.insertAddress(ctx, tx, r, in)
	return a.ID, err
}

// write keeps name, e-mail and note, with one entry in the trail.
func (i importer) write(ctx context.Context, tx *db.Tx, r row, c Customer, set map[string]string) error {
	get := func(name, was string) string {
		if v, ok := set[name]; ok {
			return v
		}
		return was
	}
	c.Name, c.Email, c.Note, c.Lang = get("name", c.Name), get("email", c.Email), get("note", c.Note), get("lang", c.Lang)
	if len(set) > 0 {
		if err := i.sealRow(ctx, tx, &r, c.Name, c.Email, c.Note); err != nil {
			return err
		}
		tx.Later(`UPDATE customers_customer SET name_sealed = $1, name_hash = $2, email_sealed = $3, email_hash = $4, note_sealed = $5, lang = $6 WHERE id = $7`,
			r.name, i.keys.Lookup(lookupName, c.Name), r.email, i.keys.Lookup(crypt.KindEmail, c.Email), r.note, c.Lang, string(r.id))
	}
	if err := touch(ctx, tx, &r); err != nil {
		return err
	}
	err := audit.Append(ctx, tx, audit.Entry{Kind: auditKind, Record: string(r.id), Act: "import", After: map[string]any{"name": r.name, "email": r.email}})
	if err != nil {
		return err
	}
	if err := i.index(ctx, tx, r.id); err != nil {
		return err
	}
	return events.Publish(ctx, tx, Changed{Head: head(r, tx.Now()), What: "import"})
}

func (i importer) revert(ctx context.Context, tx *db.Tx, id string, before map[string]string) error {
	r, err := getRow(ctx, tx, ID(id))
	if err != nil {
		return err
	}
	c, err := i.Get(ctx, tx, ID(id))
	if err != nil {
		return err
	}
	set := map[string]string{}
	for k, v := range before {
		switch {
		case len(k) > 6 && k[:6] == "phone:":
			tx.Later(`DELETE FROM customers_phone WHERE id = $1`, k[6:])
		case len(k) > 8 && k[:8] == "address:":
			tx.Later(`DELETE FROM customers_address WHERE id = $1`, k[8:])
		default:
			set[k] = v
		}
	}
	return i.write(ctx, tx, r, c, set)
}

// remove takes a customer away that an import made. Units, cases and consents that came since keep it, by
// their foreign keys.
func (i importer) remove(ctx context.Context, tx *db.Tx, id string) error {
	r, err := getRow(ctx, tx, ID(id))
	if err != nil {
		return err
	}
	for _, table := range []string{"customers_phone", "customers_address", "customers_external", "customers_share", "customers_initials"} {
		if _, err := tx.Exec(ctx, `DELETE FROM `+table+` WHERE customer_id = $1`, id); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `DELETE FROM customers_customer WHERE id = $1`, id); err != nil {
		return err
	}
	if err := i.keys.DestroyTx(ctx, tx, r.key); err != nil {
		return err
	}
	if i.search == nil {
		return nil
	}
	return i.search.RemoveTx(ctx, tx, SearchKind, id)
}

// export writes the customers that the actor sees.
func (i importer) export(ctx context.Context, personal bool, row func(map[string]string) error) error {
	after := ID("")
	for {
		var w db.Where
		w.And("c.root_id = c.id")
		w.And("c.erased_at IS NULL")
		w.And("c.id > ?", string(after))
		limitTo(&w, access.From(ctx).Scope, "c.root_id", i.db.Now())
		ids, err := db.List(ctx, i.db, db.ScanString, `SELECT c.id FROM customers_customer c`+w.String()+` ORDER BY c.id LIMIT 500`, w.Args()...)
		if err != nil || len(ids) == 0 {
			return err
		}
		list := make([]ID, len(ids))
		for n, id := range ids {
			list[n] = ID(id)
		}
		people, err := i.ByIDs(ctx, i.db, list)
		if err != nil {
			return err
		}
		for _, id := range list {
			values, err := i.exportRow(ctx, people[id], personal)
			if err != nil {
				return err
			}
			if err := row(values); err != nil {
				return err
			}
			after = id
		}
	}
}

func (i importer) exportRow(ctx context.Context, c Customer, personal bool) (map[string]string, error) {
	v := map[string]string{"external_id": string(c.ID), "kind": string(c.Kind), "lang": c.Lang, "created_at": c.CreatedAt.Format("2006-01-02T15:04:05Z07:00")}
	ext, err := i.ExternalIDs(ctx, i.db, c.ID)
	if err != nil {
		return nil, err
	}
	if len(ext) > 0 {
		v["external_id"] = ext[0].ID
	}
	if !personal {
		if len(ext) > 0 && crypt.MaskText(ext[0].ID) != ext[0].ID { // some systems use the phone number
			v["external_id"] = hex.EncodeToString(i.externalHash(ext[0])[:8])
		}
		return v, nil
	}
	v["name"], v["email"], v["note"], v["phone"] = c.Name, c.Email, c.Note, c.PrimaryPhone()
	if len(c.Phones) > 1 {
		v["phone2"] = c.Phones[1].Number
	}
	list, err := i.Addresses(ctx, i.db, c.ID)
	if err != nil {
		return nil, err
	}
	if len(list) > 0 {
		a := list[0]
		v["address"], v["access"], v["division"] = a.Text, a.Access, a.Division
		if a.Point != (geo.Point{}) {
			v["lat"], v["lon"] = strconv.FormatFloat(a.Point.Lat, 'f', -1, 64), strconv.FormatFloat(a.Point.Lon, 'f', -1, 64)
		}
	}
	return v, nil
}
