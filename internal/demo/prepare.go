package demo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"anxin/internal/app"
	"anxin/internal/platform/config"
	"anxin/internal/platform/db"
)

// markerFile stands in the data directory of a demo and in no other.
const markerFile = "demo.json"

// Marker says that a data directory holds a demo, and which.
type Marker struct {
	Seed     uint64    `json:"seed"`
	Scale    float64   `json:"scale"`
	MadeAt   time.Time `json:"made_at"`
	Database string    `json:"database"` // digest of the address
	Complete bool      `json:"complete"` // false while it is being made
	Counts   Counts    `json:"counts"`
}

// ErrForeign says that a data directory or a database holds something that is no demo.
var ErrForeign = errors.New("this is not a demo")

// ErrInterrupted says that a demo on PostgreSQL was not finished: what there is of it has to be dropped by hand.
var ErrInterrupted = errors.New("the demo was not finished")

// Prepare makes the demo in the data directory of cfg unless it is there already, and tells which it is. It
// refuses a directory or database that holds anything else. A demo on SQLite that was interrupted is made anew.
func Prepare(ctx context.Context, cfg config.Config, log *slog.Logger, o Options) (Marker, error) {
	o = o.orDefault()
	m, found, err := readMarker(cfg.DataDir)
	if err != nil {
		return m, err
	}
	if found && m.Database != digestOf(cfg) {
		return m, fmt.Errorf("%s belongs to a demo in another database: %w", cfg.DataDir, ErrForeign)
	}
	if found && m.Complete {
		return m, nil
	}
	if found {
		err = clearUnfinished(cfg)
	} else {
		err = refuseOthers(ctx, cfg)
	}
	if err != nil {
		return m, err
	}
	m = Marker{Seed: o.Seed, Scale: o.Scale, MadeAt: time.Now().UTC().Truncate(time.Second), Database: digestOf(cfg)}
	if err := writeMarker(cfg.DataDir, m); err != nil {
		return m, err
	}
	a, err := app.Build(ctx, cfg, log, app.Options{Generating: true})
	if err != nil {
		return m, err
	}
	m.Counts, err = Generate(ctx, a, o)
	if err := errors.Join(err, a.Close()); err != nil {
		return m, fmt.Errorf("make the demo: %w", err)
	}
	m.Complete = true
	return m, writeMarker(cfg.DataDir, m)
}

// digestOf names the database of a configuration without telling its address.
func digestOf(cfg config.Config) string {
	if !cfg.Postgres() {
		return "sqlite" // it lies in the directory itself, which may be moved
	}
	sum := sha256.Sum256([]byte(cfg.DSN()))
	return hex.EncodeToString(sum[:8])
}

func readMarker(dir string) (m Marker, found bool, err error) {
	raw, err := os.ReadFile(filepath.Join(dir, markerFile))
	if errors.Is(err, fs.ErrNotExist) {
		return m, false, nil
	}
	if err != nil {
		return m, false, err
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, false, fmt.Errorf("%s: %w", filepath.Join(dir, markerFile), err)
	}
	return m, true, nil
}

func writeMarker(dir string, m Marker) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, markerFile), append(raw, '\n'), 0o600)
}

// refuseOthers fails when the directory holds anything, or the database any table.
func refuseOthers(ctx context.Context, cfg config.Config) error {
	entries, err := os.ReadDir(cfg.DataDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s holds %s and more; name an empty folder by --data-dir: %w", cfg.DataDir, entries[0].Name(), ErrForeign)
	}
	if !cfg.Postgres() {
		return nil
	}
	d, err := db.Open(ctx, cfg.DSN(), db.Options{MaxConns: 1})
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	used, err := db.Exists(ctx, d, `SELECT 1 FROM information_schema.tables WHERE table_schema = current_schema() LIMIT 1`)
	if err == nil && used {
		err = fmt.Errorf("the database has tables; the demo wants an empty one: %w", ErrForeign)
	}
	return err
}

// clearUnfinished removes what an interrupted demo left behind. Only what a demo makes is touched.
func clearUnfinished(cfg config.Config) error {
	if cfg.Postgres() {
		return fmt.Errorf("drop the database, make it anew and delete %s: %w", cfg.DataDir, ErrInterrupted)
	}
	file := cfg.DSN()
	for _, path := range []string{file, file + "-wal", file + "-shm", cfg.MasterKeyPath(), cfg.FilesDir(), filepath.Join(cfg.DataDir, "spool")} {
		if rel, err := filepath.Rel(cfg.DataDir, path); err != nil || !filepath.IsLocal(rel) {
			return fmt.Errorf("%s lies outside %s; remove it by hand: %w", path, cfg.DataDir, ErrInterrupted)
		}
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return nil
}
