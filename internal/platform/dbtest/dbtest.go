// Package dbtest gives tests a fresh, migrated database of each engine: a copied SQLite file, and a
// PostgreSQL database cloned from a template. PostgreSQL is used when ANXIN_TEST_POSTGRES names a
// server (`make test` starts one).
package dbtest

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"anxin/internal/platform/db"
	"anxin/migrations"
)

// Each runs fn as the parallel subtests "sqlite" and "postgres", each on a database of its own.
func Each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		fn(t, SQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		fn(t, Postgres(t))
	})
}

// SQLite opens a fresh migrated SQLite database; it is gone after the test.
func SQLite(t testing.TB) *db.DB {
	t.Helper()
	dst := filepath.Join(t.TempDir(), "anxin.db")
	SQLiteAt(t, dst)
	return open(t, dst)
}

// SQLiteAt puts a fresh migrated SQLite database at a path: for tests that build the product, which would bring its
// schema up to date from nothing each time.
func SQLiteAt(t testing.TB, path string) {
	t.Helper()
	src, err := sqliteTemplate()
	if err != nil {
		t.Fatalf("SQLite template: %v", err)
	}
	if err := copyFile(src, path); err != nil {
		t.Fatalf("copy SQLite template: %v", err)
	}
}

// Postgres opens a fresh migrated PostgreSQL database, dropped after the test; without a server the
// test is skipped.
func Postgres(t testing.TB) *db.DB {
	t.Helper()
	return open(t, PostgresDSN(t))
}

// PostgresDSN makes a fresh migrated PostgreSQL database, dropped after the test, and returns its
// address: for tests that start the binary.
func PostgresDSN(t testing.TB) string {
	t.Helper()
	admin := postgresServer(t)
	tpl, err := postgresTemplate(admin)
	if err != nil {
		t.Fatalf("PostgreSQL template: %v", err)
	}
	return makeDatabase(t, admin, tpl)
}

// EmptyPostgres makes a PostgreSQL database without any table, dropped after the test, and returns its address.
func EmptyPostgres(t testing.TB) string {
	t.Helper()
	return makeDatabase(t, postgresServer(t), "template0")
}

func postgresServer(t testing.TB) string {
	t.Helper()
	admin := os.Getenv("ANXIN_TEST_POSTGRES")
	if admin == "" {
		t.Skip("PostgreSQL: set ANXIN_TEST_POSTGRES, or run the tests by `make test`")
	}
	return admin
}

func makeDatabase(t testing.TB, admin, template string) string {
	t.Helper()
	name := "t_" + strings.ReplaceAll(db.NewID(), "-", "")
	if err := adminExec(admin, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatalf("create database: %v", err)
	}
	t.Cleanup(func() {
		if err := adminExec(admin, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop database: %v", err)
		}
	})
	return withDatabase(admin, name)
}

func open(t testing.TB, dsn string) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), dsn, db.Options{MaxConns: 8, Unsafe: true})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close database: %v", err)
		}
	})
	return d
}

// Clock sets the database's clock to at and returns a function that moves it on.
func Clock(d *db.DB, at time.Time) (advance func(time.Duration)) {
	var mu sync.Mutex
	now := at
	d.SetClock(func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	})
	return func(by time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(by)
	}
}

// Patience is how long a test waits for what others do or hold up: nothing but how late a broken product is found out depends on it.
const Patience = 2 * time.Minute

// Until asks again and again until ok says yes, and fails the test when that never comes about: for what another program or
// another goroutine does, and for feeds and seals. On PostgreSQL those show nothing younger than the oldest
// transaction of the whole server, so tests of other packages hold them up for as long as their own steps take.
func Until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(Patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never came about: %s", what)
		}
	}
}

// sqliteTemplate makes the migrated file once a schema and machine; concurrent test programs agree
// by renaming a finished file into place.
var sqliteTemplate = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("anxin-dbtest-%d", os.Getuid()))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	path := filepath.Join(dir, migrations.Hash()+".db")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	tmp, err := os.MkdirTemp(dir, "new-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	ctx := context.Background()
	file := filepath.Join(tmp, "anxin.db")
	d, err := db.Open(ctx, file, db.Options{Unsafe: true})
	if err != nil {
		return "", err
	}
	if _, err := migrations.Up(ctx, d, nil); err != nil {
		return "", errors.Join(err, d.Close())
	}
	if _, err := d.Writer().ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		return "", errors.Join(err, d.Close())
	}
	if err := d.Close(); err != nil {
		return "", err
	}
	return path, os.Rename(file, path)
})

var (
	tplOnce sync.Once
	tplName string
	errTpl  error
)

func postgresTemplate(admin string) (string, error) {
	tplOnce.Do(func() { tplName, errTpl = makePostgresTemplate(admin) })
	return tplName, errTpl
}

func makePostgresTemplate(admin string) (name string, err error) {
	ctx := context.Background()
	name = "tpl_" + migrations.Hash()
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock(7151)`); err != nil { // other test programs wait here
		return "", err
	}
	var found bool
	if err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)`, name).Scan(&found); err != nil || found {
		return name, err
	}
	build := name + "_new"
	for _, q := range []string{"DROP DATABASE IF EXISTS " + build, "CREATE DATABASE " + build} {
		if _, err := conn.Exec(ctx, q); err != nil {
			return "", err
		}
	}
	d, err := db.Open(ctx, withDatabase(admin, build), db.Options{MaxConns: 4})
	if err != nil {
		return "", err
	}
	_, err = migrations.Up(ctx, d, nil)
	if err := errors.Join(err, d.Close()); err != nil {
		return "", err
	}
	_, err = conn.Exec(ctx, "ALTER DATABASE "+build+" RENAME TO "+name)
	return name, err
}

// adminExec runs one statement on the server; cloning needs the template free of connections, so it
// is tried again for a while.
func adminExec(admin, query string) (err error) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	for range 50 {
		if _, err = conn.Exec(ctx, query); err == nil || !strings.Contains(err.Error(), "being accessed") {
			return err
		}
		time.Sleep(100 * time.Millisecond) // another test program clones or migrates the template
	}
	return err
}

func withDatabase(dsn, name string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		panic("ANXIN_TEST_POSTGRES is no address: " + err.Error())
	}
	u.Path = "/" + name
	return u.String()
}

func copyFile(src, dst string) (err error) {
	in, err := os.Open(src)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.OpenFile(dst, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = io.Copy(out, in)
	return err
}

// Dump is the text of all rows of tables, for tests that look for what must not stand in the clear: bytes as they are and
// in hexadecimal digits.
func Dump(t testing.TB, d *db.DB, tables ...string) string {
	t.Helper()
	var b strings.Builder
	for _, table := range tables {
		if err := dump(t.Context(), &b, d, table); err != nil {
			t.Fatalf("dump of %s: %v", table, err)
		}
	}
	return b.String()
}

func dump(ctx context.Context, b *strings.Builder, d *db.DB, table string) error {
	if pool := d.Pool(); pool != nil {
		rows, err := pool.Query(ctx, `SELECT t::text FROM `+table+` t`)
		if err != nil {
			return err
		}
		list, err := pgx.CollectRows(rows, pgx.RowTo[string])
		b.WriteString(strings.Join(list, "\n") + "\n")
		return err
	}
	rows, err := d.Writer().QueryContext(ctx, `SELECT * FROM `+table)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	values, into := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for _, v := range values {
			if raw, ok := v.([]byte); ok {
				v = string(raw) + hex.EncodeToString(raw)
			}
			fmt.Fprintln(b, v)
		}
	}
	return rows.Err()
}
