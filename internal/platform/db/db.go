package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "modernc.org/sqlite" // the embedded engine
)

// Engine names the database engine that runs.
type Engine string

// The two engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// DB is an open database of either engine. It reads; writes go through [InTx].
type DB struct {
	engine Engine
	dsn    string

	read   *sql.DB // SQLite: read-only pool
	write  *sql.DB // SQLite: the one writer connection
	writer *writer // SQLite: group commit
	stmts  stmtCache

	pool *pgxpool.Pool // PostgreSQL

	clock atomic.Pointer[func() time.Time]
	watch atomic.Pointer[func(Statement)]
	exts  sync.Map
}

// Options tune [Open]; the zero value is what the product uses.
type Options struct {
	MaxConns int  // PostgreSQL connections, or SQLite readers; 0 = 4 × CPUs, at least 8
	Unsafe   bool // tests only: SQLite without fsync
	// Lazy is for filling a database that can be made again: SQLite acknowledges changes before they are committed,
	// and commits many together, at the latest before the next read outside a transaction and on Close.
	Lazy bool
}

// idleTimeout is how long a transaction may stand still, in milliseconds; an address may say otherwise.
const idleTimeout = "idle_in_transaction_session_timeout"

// Open opens the database named by dsn: a `postgres://` address, or the path of an SQLite file
// (created when missing, its folder too).
func Open(ctx context.Context, dsn string, o Options) (*DB, error) {
	if o.MaxConns == 0 {
		o.MaxConns = max(8, 4*runtime.NumCPU())
	}
	d := &DB{dsn: dsn}
	var err error
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		d.engine = Postgres
		err = d.openPostgres(ctx, o)
	} else {
		d.engine = SQLite
		err = d.openSQLite(ctx, strings.TrimPrefix(dsn, "sqlite:"), o)
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

func (d *DB) openPostgres(ctx context.Context, o Options) error {
	cfg, err := pgxpool.ParseConfig(d.dsn)
	if err != nil {
		return fmt.Errorf("database address: %w", err)
	}
	cfg.MaxConns = int32(o.MaxConns)
	cfg.ConnConfig.RuntimeParams["application_name"] = "anxin"
	cfg.ConnConfig.RuntimeParams["TimeZone"] = "UTC"
	// A process that stands still inside a transaction holds what it has locked: others get it after a while, and
	// its commit fails when it goes on.
	if _, said := cfg.ConnConfig.RuntimeParams[idleTimeout]; !said {
		cfg.ConnConfig.RuntimeParams[idleTimeout] = "30000"
	}
	if d.pool, err = pgxpool.NewWithConfig(ctx, cfg); err != nil {
		return fmt.Errorf("open PostgreSQL: %w", err)
	}
	if err := d.pool.Ping(ctx); err != nil {
		d.pool.Close()
		return fmt.Errorf("reach PostgreSQL: %w", err)
	}
	return nil
}

func (d *DB) openSQLite(ctx context.Context, path string, o Options) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	sync := "FULL"
	if o.Unsafe {
		sync = "OFF"
	}
	pragmas := url.Values{"_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(" + sync + ")", "foreign_keys(1)",
		"temp_store(MEMORY)", "cache_size(-16000)", "journal_size_limit(67108864)",
	}}
	w := "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + pragmas.Encode() + "&_txlock=immediate"
	r := "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + pragmas.Encode() + "&_pragma=query_only(1)"
	var err error
	if d.write, err = sql.Open("sqlite", w); err != nil {
		return fmt.Errorf("open SQLite: %w", err)
	}
	d.write.SetMaxOpenConns(1)
	d.write.SetConnMaxLifetime(0)
	if err := d.write.PingContext(ctx); err != nil {
		return errors.Join(fmt.Errorf("open SQLite file: %w", err), d.write.Close())
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return errors.Join(fmt.Errorf("protect SQLite file: %w", err), d.write.Close())
	}
	if d.read, err = sql.Open("sqlite", r); err != nil {
		return errors.Join(err, d.write.Close())
	}
	d.read.SetMaxOpenConns(o.MaxConns)
	d.read.SetMaxIdleConns(o.MaxConns)
	d.writer = newWriter(d.write)
	d.writer.lazy = o.Lazy
	return nil
}

// Close ends all connections; transactions that run are waited for.
func (d *DB) Close() error {
	if d.pool != nil {
		d.pool.Close()
		return nil
	}
	d.writer.stop()
	d.stmts.close()
	return errors.Join(d.read.Close(), d.write.Close())
}

// Engine tells which engine runs; only migrations and the platform packages db, dbtest, jobs,
// events, search and backup may ask.
func (d *DB) Engine() Engine { return d.engine }

// DSN is the address that the database was opened with; it may hold a password.
func (d *DB) DSN() string { return d.dsn }

// Pool is the PostgreSQL pool, nil on SQLite; for platform/jobs, events, search and backup.
func (d *DB) Pool() *pgxpool.Pool { return d.pool }

// Writer is SQLite's one writing connection, nil on PostgreSQL; for platform/jobs and backup.
func (d *DB) Writer() *sql.DB { return d.write }

// Now is the present instant in UTC with microsecond precision, from the clock of this database.
func (d *DB) Now() time.Time {
	if f := d.clock.Load(); f != nil {
		return (*f)().UTC().Truncate(time.Microsecond)
	}
	return time.Now().UTC().Truncate(time.Microsecond)
}

// SetClock replaces the clock: tests, the demo generator and replays live at their own times.
func (d *DB) SetClock(now func() time.Time) {
	if now == nil {
		d.clock.Store(nil)
		return
	}
	d.clock.Store(&now)
}

// Ext keeps one value a key with the database, made once by mk: a platform package's client that
// belongs to this database (the job client, the event bus).
func (d *DB) Ext(key any, mk func() any) any {
	if v, ok := d.exts.Load(key); ok {
		return v
	}
	v, _ := d.exts.LoadOrStore(key, mk())
	return v
}

// Query runs a reading statement.
func (d *DB) Query(ctx context.Context, query string, args ...any) (*Rows, error) {
	d.guard(ctx)
	d.show(query, args, false)
	if d.pool != nil {
		r, err := d.pool.Query(ctx, query, args...)
		if err != nil {
			return nil, err
		}
		return &Rows{pg: r}, nil
	}
	if d.writer.lazy {
		if err := d.writer.flush(); err != nil {
			return nil, err
		}
	}
	st, err := d.stmts.get(ctx, d.read, query)
	if err != nil {
		return nil, err
	}
	r, err := st.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	return &Rows{lite: r}, nil
}

// QueryRow runs a statement that answers one row at most; Scan returns [ErrNoRows] for none.
func (d *DB) QueryRow(ctx context.Context, query string, args ...any) *Row {
	r, err := d.Query(ctx, query, args...)
	return &Row{rows: r, err: err}
}

// guard catches a read through the pool while a transaction is open: on PostgreSQL it can
// exhaust the pool, on SQLite it does not see the transaction's own rows.
func (d *DB) guard(ctx context.Context) {
	if testing.Testing() && inTx(ctx) {
		panic("db: read outside the transaction that the context holds; pass tx")
	}
}

// IsPostgresAddress tells whether dsn names a PostgreSQL server, not an SQLite file.
func IsPostgresAddress(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// Rows is a result set of either engine.
type Rows struct {
	pg     pgx.Rows
	lite   *sql.Rows
	closed func() // tells the transaction that the statement is free again
}

// Next moves to the next row.
func (r *Rows) Next() bool {
	if r.pg != nil {
		return r.pg.Next()
	}
	return r.lite.Next()
}

// Scan reads the row's columns.
func (r *Rows) Scan(dest ...any) error {
	if r.pg != nil {
		return r.pg.Scan(dest...)
	}
	return r.lite.Scan(dest...)
}

// Err tells what ended the rows early; always to be checked after Next returned false.
func (r *Rows) Err() error {
	if r.pg != nil {
		return r.pg.Err()
	}
	return r.lite.Err()
}

// Close ends the result set.
func (r *Rows) Close() error {
	if r.pg != nil {
		r.pg.Close()
		return r.pg.Err()
	}
	if r.closed != nil {
		r.closed()
		r.closed = nil
	}
	return r.lite.Close()
}

// Row is the only row of a result.
type Row struct {
	rows *Rows
	err  error
}

// Scan reads the row's columns, or returns [ErrNoRows].
func (r *Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer func() { _ = r.rows.Close() }()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	return r.rows.Close()
}

// Scanner is what a row offers to a scan function: [*Rows] and [*Row].
type Scanner interface{ Scan(dest ...any) error }

// Querier reads: a [DB] or a [Tx].
type Querier interface {
	Query(ctx context.Context, query string, args ...any) (*Rows, error)
	QueryRow(ctx context.Context, query string, args ...any) *Row
	Now() time.Time
}

// List reads all rows of a query; the slice is never nil.
func List[T any](ctx context.Context, q Querier, scan func(Scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := []T{}
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

// Get reads one row, or returns [ErrNoRows].
func Get[T any](ctx context.Context, q Querier, scan func(Scanner) (T, error), query string, args ...any) (T, error) {
	return scan(q.QueryRow(ctx, query, args...))
}

// Exists tells whether the query answers any row.
func Exists(ctx context.Context, q Querier, query string, args ...any) (bool, error) {
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return false, err
	}
	defer func() { _ = rows.Close() }()
	found := rows.Next()
	return found, rows.Err()
}

// ScanString scans a row of one text column.
func ScanString(s Scanner) (v string, err error) { return v, s.Scan(&v) }

// ScanInt scans a row of one integer column.
func ScanInt(s Scanner) (v int64, err error) { return v, s.Scan(&v) }

// stmtCache keeps SQLite's prepared statements by text; PostgreSQL's driver has its own.
type stmtCache struct {
	mu sync.RWMutex
	m  map[string]*sql.Stmt
}

// maxStmts bounds the cache: lists with IN (…) make texts of many lengths.
const maxStmts = 2000

func (c *stmtCache) get(ctx context.Context, pool *sql.DB, query string) (*sql.Stmt, error) {
	c.mu.RLock()
	st := c.m[query]
	c.mu.RUnlock()
	if st != nil {
		return st, nil
	}
	st, err := pool.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.m[query]; old != nil {
		_ = st.Close()
		return old, nil
	}
	if c.m == nil || len(c.m) >= maxStmts {
		// Statements in use stay open until their rows are closed; database/sql counts them.
		for _, s := range c.m {
			_ = s.Close()
		}
		c.m = map[string]*sql.Stmt{}
	}
	c.m[query] = st
	return st, nil
}

func (c *stmtCache) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.m {
		_ = s.Close()
	}
	c.m = nil
}

// StableBefore is the SQL of the transaction number below which no row can appear any more: feeds and
// seals that read rows in the order (txid, seq) stop there and so never skip one that commits late. On
// SQLite, whose rows all have transaction number 0, the order of seq is that of the commits.
func (d *DB) StableBefore() string {
	if d.engine == SQLite {
		return "1"
	}
	return "pg_snapshot_xmin(pg_current_snapshot())::text::bigint + db_feed_offset()"
}

// FeedAfter adds the condition of rows after (txid, seq) in the order [DB.FeedOrder]. On SQLite, whose
// transaction numbers are all 0, seq alone is asked, which the primary key answers: a comparison of both would
// read the table from its beginning.
func (d *DB) FeedAfter(w *Where, txid, seq int64) {
	if d.engine == SQLite {
		w.And("seq > ?", seq)
		return
	}
	w.And("(txid, seq) > (?, ?)", txid, seq)
}

// FeedOrder is the order of rows in a feed, for ORDER BY.
func (d *DB) FeedOrder() string {
	if d.engine == SQLite {
		return "seq"
	}
	return "txid, seq"
}

// Optimize lets SQLite count its rows anew where they have changed a lot, so that it chooses the right index:
// a duty of every hour. PostgreSQL does it by itself.
func (d *DB) Optimize(ctx context.Context) error {
	if d.engine != SQLite {
		return nil
	}
	// 0x10000 looks at tables that were not queried on this connection too; the limit bounds the time it takes.
	for _, q := range []string{`PRAGMA analysis_limit = 1000`, `PRAGMA optimize = 0x10002`} {
		if _, err := d.write.ExecContext(ctx, q); err != nil {
			return fmt.Errorf("optimize: %w", err)
		}
	}
	return nil
}

// MakePartitions makes next months' partitions of the tables that grow for ever (events, audit). Only
// PostgreSQL partitions; rows of a month without one land in the table's rest.
func (d *DB) MakePartitions(ctx context.Context) error {
	if d.engine == SQLite {
		return nil
	}
	first := time.Date(d.Now().Year(), d.Now().Month(), 1, 0, 0, 0, 0, time.UTC)
	for _, table := range []string{"events_event", "audit_entry"} {
		for m := 1; m <= 3; m++ { // the present month already has rows in the rest
			from, to := first.AddDate(0, m, 0), first.AddDate(0, m+1, 0)
			if err := d.makePartition(ctx, table, from, to); err != nil {
				return fmt.Errorf("partition of %s: %w", table, err)
			}
		}
	}
	return nil
}

// makePartition makes one partition unless it is there. Making it locks the whole table, and whoever writes to
// it queues behind the lock: so it is not waited for longer than a second, and tried again by the next duty.
func (d *DB) makePartition(ctx context.Context, table string, from, to time.Time) error {
	name := table + "_" + from.Format("200601")
	var found bool
	if err := d.pool.QueryRow(ctx, `SELECT to_regclass($1) IS NOT NULL`, name).Scan(&found); err != nil || found {
		return err
	}
	return pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL lock_timeout = '1s'`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, fmt.Sprintf(`CREATE TABLE IF NOT EXISTS %s PARTITION OF %s FOR VALUES FROM (%d) TO (%d)`,
			name, table, Micros(from), Micros(to)))
		return err
	})
}
