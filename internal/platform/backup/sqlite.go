package backup

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"anxin/internal/platform/db"
)

// vacuumInto copies an SQLite database in one read transaction: writers, in this process and in others, go on.
func vacuumInto(ctx context.Context, dsn, to string) (err error) {
	path := strings.TrimPrefix(dsn, "sqlite:")
	conn, err := sql.Open("sqlite", "file:"+(&url.URL{Path: path}).EscapedPath()+"?_pragma=busy_timeout(60000)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	_, err = conn.ExecContext(ctx, `VACUUM INTO ?`, to)
	return err
}

// sqliteTarget restores into the file at path.
type sqliteTarget struct{ path string }

func (t sqliteTarget) empty(context.Context) error {
	for _, end := range []string{"", "-wal", "-journal"} {
		if _, err := os.Lstat(t.path + end); err == nil {
			return fmt.Errorf("%s: %w", t.path+end, ErrNotEmpty)
		}
	}
	return nil
}

// put checks the copy where it lies and moves it to its place in one step.
func (t sqliteTarget) put(ctx context.Context, copied string, prove func(d *db.DB) error) error {
	d, err := db.Open(ctx, copied, db.Options{MaxConns: 2})
	if err != nil {
		return damaged(sqliteMember, err)
	}
	err = prove(d)
	if err == nil {
		err = d.BeginEra(ctx)
	}
	if err == nil {
		_, err = d.Writer().ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`)
	}
	if err = errors.Join(err, d.Close()); err != nil {
		return err
	}
	f, err := os.OpenFile(copied, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := t.empty(ctx); err != nil { // a server may have started meanwhile
		return err
	}
	if err := os.Rename(copied, t.path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(t.path))
}
