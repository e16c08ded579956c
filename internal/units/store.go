package units

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/money"
)

const unitColumns = `u.id, u.root_id, u.merged_into, u.brand_id, u.model_id, u.category, u.serial, u.owner_id, u.key_id, u.place_sealed,
	u.division, u.lat, u.lon, u.point_precision, u.point_source, u.channel, u.seller, u.order_no, u.invoice_no, u.price_minor, u.price_currency, u.proof_file,
	u.made_on, u.made_by, u.sold_on, u.sold_by, u.invoiced_on, u.invoiced_by, u.delivered_on, u.delivered_by, u.installed_on, u.installed_by,
	u.activated_on, u.activated_by, u.state, u.replaced_by, u.replaces, u.origin, u.created_at, u.updated_at, u.version`

// stored is a unit with the record that merging leads to.
type stored struct {
	Unit
	root ID
}

func scanUnit(s db.Scanner) (stored, error) {
	var u stored
	var merged, model, category, serial, owner, division, precision, source, currency, replacedBy, replaces *string
	var lat, lon *float64
	var price *int64
	var created, updated int64
	var days [6]struct{ on, by *string }
	dest := []any{
		&u.ID, &u.root, &merged, &u.Brand, &model, &category, &serial, &owner, &u.key, &u.sealed,
		&division, &lat, &lon, &precision, &source, &u.Purchase.Channel, &u.Purchase.Seller, &u.Purchase.OrderNo, &u.Purchase.InvoiceNo, &price, &currency,
		&u.Purchase.ProofFile,
	}
	for i := range days {
		dest = append(dest, &days[i].on, &days[i].by)
	}
	dest = append(dest, &u.State, &replacedBy, &replaces, &u.Origin, &created, &updated, &u.Version)
	if err := s.Scan(dest...); err != nil {
		return u, err
	}
	u.MergedInto, u.Model, u.Category = ID(db.OrEmpty(merged)), catalog.ModelID(db.OrEmpty(model)), catalog.CategoryCode(db.OrEmpty(category))
	u.Serial, u.Owner, u.Division = db.OrEmpty(serial), customers.ID(db.OrEmpty(owner)), db.OrEmpty(division)
	u.ReplacedBy, u.Replaces = ID(db.OrEmpty(replacedBy)), ID(db.OrEmpty(replaces))
	u.CreatedAt, u.UpdatedAt = db.FromMicros(created), db.FromMicros(updated)
	if lat != nil && lon != nil {
		u.Point = geo.Point{Lat: *lat, Lon: *lon, Datum: geo.WGS84, Precision: geo.Precision(db.OrEmpty(precision)), Source: db.OrEmpty(source)}
	}
	if price != nil {
		u.Purchase.Price = &money.Amount{Minor: *price, Currency: money.Currency(db.OrEmpty(currency))}
	}
	u.Dates = Dates{}
	for i, k := range DateKinds {
		if days[i].on == nil {
			continue
		}
		day, err := calendar.ParseDate(*days[i].on)
		if err != nil {
			return u, fmt.Errorf("unit %s: %w", u.ID, err)
		}
		u.Dates[k] = Dated{Day: day, By: db.OrEmpty(days[i].by)}
	}
	return u, nil
}

func getUnit(ctx context.Context, q db.Querier, id ID) (stored, error) {
	u, err := db.Get(ctx, q, scanUnit, `SELECT `+unitColumns+` FROM units_unit u WHERE u.id = $1`, string(id))
	if err != nil {
		return u, err
	}
	return u, marksInto(ctx, q, []*Unit{&u.Unit})
}

// rootOf finds the record that merging leads to.
func rootOf(ctx context.Context, q db.Querier, id ID) (ID, error) {
	root, err := db.Get(ctx, q, db.ScanString, `SELECT root_id FROM units_unit WHERE id = $1`, string(id))
	return ID(root), err
}

// group lists a root and everything merged into it, with what each was merged into; the root first.
func group(ctx context.Context, q db.Querier, root ID) (ids []ID, into map[ID]ID, err error) {
	type pair struct {
		id   ID
		into *string
	}
	list, err := db.List(ctx, q, func(s db.Scanner) (p pair, err error) { return p, s.Scan(&p.id, &p.into) },
		`SELECT id, merged_into FROM units_unit WHERE root_id = $1 ORDER BY id`, string(root))
	into = map[ID]ID{}
	ids = []ID{root}
	for _, p := range list {
		if p.id != root {
			ids = append(ids, p.id)
			into[p.id] = ID(db.OrEmpty(p.into))
		}
	}
	return ids, into, err
}

// marksInto reads the marks of units.
func marksInto(ctx context.Context, q db.Querier, list []*Unit) error {
	if len(list) == 0 {
		return nil
	}
	type mark struct {
		unit ID
		code string
	}
	byID := map[ID]*Unit{}
	ids := make([]ID, 0, len(list))
	for _, u := range list {
		byID[u.ID] = u
		u.Marks = []string{}
		ids = append(ids, u.ID)
	}
	var w db.Where
	w.In("unit_id", db.Strings(ids))
	marks, err := db.List(ctx, q, func(s db.Scanner) (m mark, err error) { return m, s.Scan(&m.unit, &m.code) },
		`SELECT DISTINCT unit_id, mark FROM units_mark`+w.String()+` ORDER BY unit_id, mark`, w.Args()...)
	for _, m := range marks {
		byID[m.unit].Marks = append(byID[m.unit].Marks, m.code)
	}
	return err
}

func readUnits(ctx context.Context, q db.Querier, rest string, args ...any) ([]stored, error) {
	list, err := db.List(ctx, q, scanUnit, `SELECT `+unitColumns+` FROM units_unit u`+rest, args...)
	if err != nil {
		return nil, fmt.Errorf("read units: %w", err)
	}
	ptrs := make([]*Unit, len(list))
	for i := range list {
		ptrs[i] = &list[i].Unit
	}
	return list, marksInto(ctx, q, ptrs)
}

func plain(list []stored) []Unit {
	out := make([]Unit, len(list))
	for i := range list {
		out[i] = list[i].Unit
	}
	return out
}

func (s *Service) insert(tx *db.Tx, u Unit) {
	args := []any{
		string(u.ID), string(u.ID), string(u.Brand), db.NullString(u.Model), db.NullString(u.Category), db.NullString(u.Serial),
		db.NullString(serialKey(u.Serial)), db.NullString(reverse(serialKey(u.Serial))), db.NullString(u.Owner), string(u.key), u.sealed,
	}
	args = append(args, pointColumns(u.Division, u.Point)...)
	args = append(args, purchaseColumns(u.Purchase)...)
	args = append(args, dateColumns(u.Dates)...)
	args = append(args, string(u.State), s.qrHash(qrToken(s.qrKey, u.ID, 1)), u.Origin, db.Micros(u.CreatedAt), db.Micros(u.UpdatedAt), u.Version, db.NullString(u.Replaces))
	tx.Later(`INSERT INTO units_unit (id, root_id, brand_id, model_id, category, serial, serial_key, serial_back, owner_id, key_id, place_sealed,
			division, lat, lon, point_precision, point_source, channel, seller, order_no, invoice_no, price_minor, price_currency, proof_file,
			made_on, made_by, sold_on, sold_by, invoiced_on, invoiced_by, delivered_on, delivered_by, installed_on, installed_by, activated_on, activated_by,
			state, qr_hash, origin, created_at, updated_at, version, replaces)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30,
			$31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42)`, args...)
}

func pointColumns(division string, p geo.Point) []any {
	if p == (geo.Point{}) {
		return []any{db.NullString(division), nil, nil, nil, nil}
	}
	return []any{db.NullString(division), p.Lat, p.Lon, db.NullString(p.Precision), db.NullString(p.Source)}
}

func purchaseColumns(p Purchase) []any {
	var minor *int64
	var currency *string
	if p.Price != nil {
		c := string(p.Price.Currency)
		minor, currency = &p.Price.Minor, &c
	}
	return []any{p.Channel, p.Seller, p.OrderNo, p.InvoiceNo, minor, currency, p.ProofFile}
}

func dateColumns(d Dates) []any {
	out := make([]any, 0, 2*len(DateKinds))
	for _, k := range DateKinds {
		v, ok := d[k]
		if !ok {
			out = append(out, nil, nil)
			continue
		}
		out = append(out, v.Day.String(), v.By)
	}
	return out
}

// touch moves the version on; somebody else's change meanwhile is a race.
func touch(ctx context.Context, tx *db.Tx, u *Unit) error {
	err := tx.ExecOne(ctx, `UPDATE units_unit SET version = version + 1, updated_at = $1 WHERE id = $2 AND version = $3`,
		db.Micros(tx.Now()), string(u.ID), u.Version)
	if err != nil {
		return err
	}
	u.Version++
	u.UpdatedAt = tx.Now()
	return nil
}

const factColumns = `f.id, f.unit_id, f.kind, f.symptom_family, f.days_out, f.component_swapped, f.result, f.order_ref, f.occurred_at, f.recorded_at`

func scanFact(s db.Scanner) (Fact, error) {
	var f Fact
	var at, recorded int64
	err := s.Scan(&f.ID, &f.Unit, &f.Kind, &f.SymptomFamily, &f.DaysOut, &f.ComponentSwapped, &f.Result, &f.Order, &at, &recorded)
	f.At, f.RecordedAt = db.FromMicros(at), db.FromMicros(recorded)
	return f, err
}

const componentColumns = `c.id, c.unit_id, c.part_id, c.part_type, c.serial, c.order_ref, c.fitted_at, c.removed_at`

func scanComponent(s db.Scanner) (Component, error) {
	var c Component
	var fitted int64
	var removed *int64
	err := s.Scan(&c.ID, &c.Unit, &c.Part, &c.Type, &c.Serial, &c.Order, &fitted, &removed)
	c.FittedAt, c.RemovedAt = db.FromMicros(fitted), db.FromMicrosPtr(removed)
	return c, err
}

// noRows turns an absent row into what the reader shall be told.
func noRows(err, want error) error {
	if errors.Is(err, db.ErrNoRows) {
		return want
	}
	return err
}

// distinct sorts ids and drops empty and double ones.
func distinct(ids []ID) []ID {
	out := slices.DeleteFunc(slices.Clone(ids), func(id ID) bool { return id == "" })
	slices.Sort(out)
	return slices.Compact(out)
}
