package customers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
)

// row is a customer as it is stored.
type row struct {
	id, root, mergedInto ID
	kind                 Kind
	key                  crypt.KeyID
	name, email, note    []byte
	lang                 string
	origin               access.Origin
	erasedAt             time.Time
	createdAt, updatedAt time.Time
	version              int64
}

const rowColumns = `c.id, c.root_id, c.merged_into, c.kind, c.key_id, c.name_sealed, c.email_sealed, c.note_sealed, c.lang, c.origin, c.erased_at, c.created_at, c.updated_at, c.version`

func scanRow(s db.Scanner) (row, error) {
	var r row
	var merged *string
	var erased *int64
	var created, updated int64
	err := s.Scan(&r.id, &r.root, &merged, &r.kind, &r.key, &r.name, &r.email, &r.note, &r.lang, &r.origin, &erased, &created, &updated, &r.version)
	r.mergedInto, r.erasedAt = ID(db.OrEmpty(merged)), db.TimeOrZero(erased)
	r.createdAt, r.updatedAt = db.FromMicros(created), db.FromMicros(updated)
	return r, err
}

func getRow(ctx context.Context, q db.Querier, id ID) (row, error) {
	return db.Get(ctx, q, scanRow, `SELECT `+rowColumns+` FROM customers_customer c WHERE c.id = $1`, string(id))
}

// rootOf finds the record that merging leads to.
func rootOf(ctx context.Context, q db.Querier, id ID) (ID, error) {
	root, err := db.Get(ctx, q, db.ScanString, `SELECT root_id FROM customers_customer WHERE id = $1`, string(id))
	return ID(root), err
}

// resolve finds the roots of many ids in one query; unknown ids are absent.
func resolve(ctx context.Context, q db.Querier, ids []ID) (map[ID]ID, error) {
	type pair struct{ id, root ID }
	var w db.Where
	w.In("id", db.Strings(ids))
	pairs, err := db.List(ctx, q, func(s db.Scanner) (p pair, err error) { return p, s.Scan(&p.id, &p.root) },
		`SELECT id, root_id FROM customers_customer`+w.String(), w.Args()...)
	out := make(map[ID]ID, len(pairs))
	for _, p := range pairs {
		out[p.id] = p.root
	}
	return out, err
}

// group reads a root and everything merged into it, the root first.
func group(ctx context.Context, q db.Querier, root ID) ([]row, error) {
	rows, err := db.List(ctx, q, scanRow, `SELECT `+rowColumns+` FROM customers_customer c WHERE c.root_id = $1 ORDER BY c.id`, string(root))
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(rows, func(r row) bool { return r.id == root })
	if i < 0 {
		return nil, db.ErrNoRows
	}
	rows[0], rows[i] = rows[i], rows[0]
	return rows, nil
}

func (s *Service) insert(tx *db.Tx, r row, nameHash, emailHash []byte) {
	tx.Later(`INSERT INTO customers_customer (id, root_id, kind, key_id, name_sealed, name_hash, email_sealed, email_hash, note_sealed, lang, origin, created_at, updated_at, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		string(r.id), string(r.root), string(r.kind), string(r.key), r.name, nameHash, r.email, emailHash, r.note, r.lang, string(r.origin),
		db.Micros(r.createdAt), db.Micros(r.updatedAt), r.version)
}

// touch moves the version on; somebody else's change meanwhile is a race.
func touch(ctx context.Context, tx *db.Tx, r *row) error {
	err := tx.ExecOne(ctx, `UPDATE customers_customer SET version = version + 1, updated_at = $1 WHERE id = $2 AND version = $3`,
		db.Micros(tx.Now()), string(r.id), r.version)
	if err != nil {
		return err
	}
	r.version++
	r.updatedAt = tx.Now()
	return nil
}

// phoneRow is a number as it is stored.
type phoneRow struct {
	id            PhoneID
	customer      ID
	number, label []byte
	primary       bool
}

const phoneColumns = `p.id, p.customer_id, p.number_sealed, p.label_sealed, p.is_primary`

func scanPhone(s db.Scanner) (p phoneRow, err error) {
	return p, s.Scan(&p.id, &p.customer, &p.number, &p.label, &p.primary)
}

// phonesOf reads the numbers of records and of what was merged into them, by root.
func phonesOf(ctx context.Context, q db.Querier, roots []ID) (map[ID][]phoneRow, error) {
	type owned struct {
		phoneRow
		root ID
	}
	var w db.Where
	w.In("c.root_id", db.Strings(roots))
	list, err := db.List(ctx, q, func(s db.Scanner) (o owned, err error) {
		return o, s.Scan(&o.id, &o.customer, &o.number, &o.label, &o.primary, &o.root)
	}, `SELECT `+phoneColumns+`, c.root_id FROM customers_phone p JOIN customers_customer c ON c.id = p.customer_id`+w.String()+
		` ORDER BY p.is_primary DESC, p.id`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read phones: %w", err)
	}
	out := map[ID][]phoneRow{}
	for _, o := range list {
		if o.primary && o.customer == o.root { // the survivor's primary goes before those of merged records
			out[o.root] = slices.Insert(out[o.root], 0, o.phoneRow)
			continue
		}
		out[o.root] = append(out[o.root], o.phoneRow)
	}
	return out, nil
}

// addressRow is an address as it is stored.
type addressRow struct {
	id        AddressID
	customer  ID
	body      []byte
	division  string
	lat, lon  *float64
	precision string
	source    string
	removed   bool
}

const addressColumns = `a.id, a.customer_id, a.body_sealed, a.division, a.lat, a.lon, a.point_precision, a.point_source, a.removed_at`

func scanAddress(s db.Scanner) (addressRow, error) {
	var a addressRow
	var division, precision, source *string
	var removed *int64
	err := s.Scan(&a.id, &a.customer, &a.body, &division, &a.lat, &a.lon, &precision, &source, &removed)
	a.division, a.precision, a.source, a.removed = db.OrEmpty(division), db.OrEmpty(precision), db.OrEmpty(source), removed != nil
	return a, err
}

func addressesOf(ctx context.Context, q db.Querier, root ID) ([]addressRow, error) {
	return db.List(ctx, q, scanAddress, `SELECT `+addressColumns+` FROM customers_address a JOIN customers_customer c ON c.id = a.customer_id
		WHERE c.root_id = $1 AND a.removed_at IS NULL ORDER BY a.id`, string(root))
}

func externalsOf(ctx context.Context, q db.Querier, root ID) ([]externalRow, error) {
	return db.List(ctx, q, func(s db.Scanner) (x externalRow, err error) { return x, s.Scan(&x.system, &x.sealed) },
		`SELECT x.system, x.external_sealed FROM customers_external x JOIN customers_customer c ON c.id = x.customer_id
		 WHERE c.root_id = $1 ORDER BY x.system, x.created_at`, string(root))
}

type externalRow struct {
	system string
	sealed []byte
}

// noRows turns an absent row into what the reader shall be told.
func noRows(err, want error) error {
	if errors.Is(err, db.ErrNoRows) {
		return want
	}
	return err
}
