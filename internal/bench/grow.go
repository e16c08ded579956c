package bench

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"anxin/internal/platform/db"
)

// Grower makes a big installation out of a small one: it copies whole generations of everything that piles up
// with the years (cases, clocks, trails, events, orders, people, machines), each under new ids and earlier times.
// What a copy refers to among the copied is its own generation's; reference data, outlets, staff and data keys
// stay single. Rows have the shape that the product wrote, since they are its rows.
//
// The copies' trails do not verify (a hash covers the id), so a grown database is for measuring only.
type Grower struct {
	d      *db.DB
	tables []growTable
	per    int64 // cases of one generation
	made   int64 // generations, the first included
	start  time.Time
	step   time.Duration
}

type growTable struct {
	name   string
	insert string
	params int // how many of (id prefix, number prefix, microseconds back) the statement takes
}

// growing are the tables whose rows pile up, by prefix; search has a way of its own.
var growing = []string{
	"cases_", "clocks_clock", "clocks_fact", "clocks_job", "clocks_wait", "audit_entry", "audit_head", "events_event", "orders_", "callbacks_",
	"customers_", "units_", "ledger_", "intake_", "notify_message", "notify_notice", "dispatch_reservation", "dispatch_hold", "dispatch_alert",
	"dispatch_decision", "files_file", "imports_row", "identity_link", "identity_shown", "httpapi_idempotency", "webhooks_delivery", "parts_reservation",
	"parts_old", "entitlement_coverage",
}

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// NewGrower takes what the database holds as the first generation. step is how far apart generations lie in time.
func NewGrower(ctx context.Context, d *db.DB, step time.Duration) (*Grower, error) {
	g := &Grower{d: d, made: 1, start: d.Now(), step: step}
	names, err := g.list(ctx)
	if err != nil {
		return nil, err
	}
	ids, err := g.ids(ctx, names)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		n, err := db.Get(ctx, d, db.ScanInt, `SELECT COUNT(*) FROM `+name)
		if err != nil {
			return nil, err
		}
		if name == "cases_case" {
			g.per = n
		}
		if n == 0 {
			continue
		}
		t, err := g.table(ctx, name, ids)
		if err != nil {
			return nil, err
		}
		if err := g.exec(ctx, `CREATE TABLE IF NOT EXISTS grow_`+name+` AS SELECT * FROM `+name); err != nil {
			return nil, err
		}
		g.tables = append(g.tables, t)
	}
	if g.per == 0 {
		return nil, errors.New("grow: there is no case to begin with")
	}
	return g, nil
}

// Cases is how many cases there are by now.
func (g *Grower) Cases() int64 { return g.per * g.made }

func (g *Grower) list(ctx context.Context) ([]string, error) {
	query := `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`
	if g.d.Engine() == db.Postgres {
		query = `SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1`
	}
	all, err := db.List(ctx, g.d, db.ScanString, query)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(name string) bool {
		return !slices.ContainsFunc(growing, func(p string) bool { return strings.HasPrefix(name, p) })
	}), nil
}

type growColumn struct {
	name, kind string
}

func (g *Grower) columns(ctx context.Context, table string) ([]growColumn, error) {
	query := `SELECT name, lower(type) FROM pragma_table_info($1)`
	if g.d.Engine() == db.Postgres {
		query = `SELECT column_name::text, data_type::text FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1
			ORDER BY ordinal_position`
	}
	return db.List(ctx, g.d, func(s db.Scanner) (c growColumn, err error) { return c, s.Scan(&c.name, &c.kind) }, query, table)
}

// ids are the identifiers that the growing tables give out.
func (g *Grower) ids(ctx context.Context, names []string) (map[string]bool, error) {
	out := map[string]bool{}
	for _, name := range names {
		columns, err := g.columns(ctx, name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(columns, growColumn{"id", "text"}) {
			continue
		}
		list, err := db.List(ctx, g.d, db.ScanString, `SELECT id FROM `+name)
		if err != nil {
			return nil, err
		}
		for _, id := range list {
			out[id] = true
		}
	}
	return out, nil
}

// unique are columns besides ids that no two rows share, or hardly.
var unique = []string{"number", "external_id", "object", "serial_key", "dedup", "operation_id", "idem_key"}

// hashes are columns by which one record is looked up.
var hashes = []string{"contact_phone", "qr_hash", "token_hash", "number_hash", "external_hash", "email_hash", "to_hash"}

// table works out how each column of a copy follows from the original.
func (g *Grower) table(ctx context.Context, name string, ids map[string]bool) (growTable, error) {
	columns, err := g.columns(ctx, name)
	if err != nil {
		return growTable{}, err
	}
	t := growTable{name: name, params: 3}
	var into, from []string
	for _, c := range columns {
		if (c.name == "seq" || c.name == "txid") && (name == "audit_entry" || name == "events_event") {
			continue // given by the database
		}
		expr := c.name
		switch {
		case (c.name == "next_at" || c.name == "expires_at") && c.kind != "text":
			expr = fmt.Sprintf("%s + %d", c.name, 24*time.Hour.Microseconds()) // not all of them due while we measure
		case strings.HasSuffix(c.name, "_at") && (c.kind == "bigint" || c.kind == "integer"):
			expr = fmt.Sprintf("CASE WHEN %[1]s = %[2]d THEN %[1]s ELSE %[1]s - $3 END", c.name, int64(1<<63-1))
		case slices.Contains(unique, c.name) && c.kind == "text":
			expr = "$2 || " + c.name
		case slices.Contains(hashes, c.name) && g.d.Engine() == db.Postgres:
			expr = "convert_to($2 || encode(" + c.name + ", 'hex'), 'UTF8')"
		case slices.Contains(hashes, c.name):
			expr = "CAST($2 || hex(" + c.name + ") AS BLOB)"
		case c.kind == "text":
			own, err := g.refers(ctx, name, c.name, ids)
			if err != nil {
				return t, err
			}
			if own {
				expr = fmt.Sprintf("CASE WHEN length(%[1]s) = 36 THEN $1 || substr(%[1]s, 14) ELSE %[1]s END", c.name)
			}
		}
		into, from = append(into, c.name), append(from, expr)
	}
	marks := "$1::text IS NOT NULL AND $2::text IS NOT NULL AND $3::bigint IS NOT NULL"
	if g.d.Engine() == db.SQLite {
		marks = "$1 IS NOT NULL AND $2 IS NOT NULL AND $3 IS NOT NULL"
	}
	t.insert = `INSERT INTO ` + name + ` (` + strings.Join(into, ", ") + `) SELECT ` + strings.Join(from, ", ") + ` FROM grow_` + name + ` WHERE ` + marks +
		` ON CONFLICT DO NOTHING`
	return t, nil
}

// refers tells whether a column names records that are copied too.
func (g *Grower) refers(ctx context.Context, table, column string, ids map[string]bool) (bool, error) {
	values, err := db.List(ctx, g.d, db.ScanString, `SELECT DISTINCT `+column+` FROM `+table+` WHERE `+column+` IS NOT NULL LIMIT 500`)
	if err != nil {
		return false, err
	}
	mixed := slices.Contains([]string{"record_id", "ref", "job_id", "slot"}, column)
	found := false
	for _, v := range values {
		if v == "" {
			continue
		}
		if ids[v] {
			found = true
		} else if !mixed {
			return false, nil
		}
		if !uuid.MatchString(v) && !mixed {
			return false, nil
		}
	}
	return found, nil
}

// Copy is one generation's place: what stands in front of its ids and numbers.
type Copy struct {
	IDPrefix, NumberPrefix string
	Back                   time.Duration
}

func (g *Grower) copyOf(generation int64) Copy {
	back := time.Duration(generation) * g.step
	ms := uint64(g.start.Add(-back).UnixMilli())
	return Copy{fmt.Sprintf("%08x-%04x", ms>>16, ms&0xffff), fmt.Sprintf("G%d-", generation), back}
}

// Grow copies generations until there are at least so many cases, calls each with every new one, and lets the
// engine look at the result.
func (g *Grower) Grow(ctx context.Context, cases int64, each func(Copy) error) error {
	run, end, err := g.bulk(ctx)
	if err != nil {
		return err
	}
	for g.Cases() < cases {
		c := g.copyOf(g.made)
		for _, t := range g.tables {
			if err := run(t.insert, c.IDPrefix, c.NumberPrefix, c.Back.Microseconds()); err != nil {
				return errors.Join(fmt.Errorf("grow %s: %w", t.name, err), end())
			}
		}
		g.made++
		if each != nil {
			if err := each(c); err != nil {
				return errors.Join(err, end())
			}
		}
	}
	return errors.Join(g.settle(run), end())
}

// settle marks the copies' events as delivered and their trails as sealed: duties do not begin all over.
func (g *Grower) settle(run func(query string, args ...any) error) error {
	return errors.Join(
		run(`UPDATE events_cursor SET txid = (SELECT MAX(txid) FROM events_event), seq = (SELECT MAX(seq) FROM events_event)`),
		run(`INSERT INTO audit_checkpoint (seq, upto_txid, upto_seq, entries, hash, made_at)
			SELECT COALESCE((SELECT MAX(seq) FROM audit_checkpoint), 0) + 1, MAX(txid), MAX(seq), COUNT(*),
				(SELECT hash FROM audit_entry ORDER BY txid DESC, seq DESC LIMIT 1), MAX(recorded_at) FROM audit_entry`),
	)
}

// Analyze lets the engine count its rows.
func (g *Grower) Analyze(ctx context.Context) error {
	if g.d.Engine() == db.Postgres {
		return g.exec(ctx, `VACUUM ANALYZE`)
	}
	if err := g.exec(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		return err
	}
	return g.exec(ctx, `PRAGMA optimize=0x10002`)
}

func (g *Grower) exec(ctx context.Context, query string, args ...any) error {
	if g.d.Engine() == db.Postgres {
		_, err := g.d.Pool().Exec(ctx, query, args...)
		return err
	}
	_, err := g.d.Writer().ExecContext(ctx, query, args...)
	return err
}

// bulk is a connection that takes copies without asking for what they refer to and without waiting for the disk:
// what they refer to was copied before.
func (g *Grower) bulk(ctx context.Context) (run func(query string, args ...any) error, end func() error, err error) {
	if g.d.Engine() == db.SQLite {
		run = func(query string, args ...any) error { return g.exec(ctx, query, args...) }
		for _, q := range []string{`PRAGMA foreign_keys = 0`, `PRAGMA synchronous = 0`, `PRAGMA cache_size = -200000`} {
			if err := run(q); err != nil {
				return nil, nil, err
			}
		}
		return run, func() error {
			return errors.Join(run(`PRAGMA foreign_keys = 1`), run(`PRAGMA synchronous = 2`), run(`PRAGMA cache_size = -16000`))
		}, nil
	}
	conn, err := g.d.Pool().Acquire(ctx)
	if err != nil {
		return nil, nil, err
	}
	run = func(query string, args ...any) error {
		_, err := conn.Exec(ctx, query, args...)
		return err
	}
	if err := errors.Join(run(`SET session_replication_role = replica`), run(`SET synchronous_commit = off`)); err != nil {
		conn.Release()
		return nil, nil, err
	}
	return run, func() error {
		err := errors.Join(run(`RESET session_replication_role`), run(`RESET synchronous_commit`))
		conn.Release()
		return err
	}, nil
}
