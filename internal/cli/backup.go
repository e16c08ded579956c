package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"anxin/internal/app"
	"anxin/internal/platform/backup"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/files"
)

func backupCommand() command {
	var withoutFiles bool
	return command{
		name: "backup", args: "FILE", summary: "copy the running installation into one archive",
		help: `Database, stored files and a manifest go into FILE, a tar, while others go on working: everything that was
acknowledged before it began is in it. PostgreSQL is copied by pg_dump, found on PATH, in
/usr/lib/postgresql/*/bin or where ANXIN_PG_BIN says. The master key is not in it: keep a copy of that file
apart, for without it nobody can read the backup. Beside FILE there must be room for the database twice.`,
		example: `anxin backup /backup/anxin-$(date +%F).tar
anxin backup --database postgres://anxin@db.example.com/anxin /backup/anxin.tar`,
		flags: func(fs *flag.FlagSet, _ *env) {
			fs.BoolVar(&withoutFiles, "without-files", false, "leave the stored files out, when their store has a backup of its own")
		},
		run: func(ctx context.Context, e *env) error {
			if len(e.args) != 1 {
				return errUsage
			}
			key, err := crypt.LoadKeyFile(e.cfg.MasterKeyPath())
			if err != nil {
				return err
			}
			if !e.cfg.Postgres() {
				if _, err := os.Stat(e.cfg.DSN()); err != nil {
					return fmt.Errorf("there is no database: %w", err) // opening it would make one
				}
			}
			d, err := db.Open(ctx, e.cfg.DSN(), db.Options{MaxConns: 4})
			if err != nil {
				return err
			}
			err = e.backup(ctx, d, key, withoutFiles)
			return errors.Join(err, d.Close())
		},
	}
}

func (e *env) backup(ctx context.Context, d *db.DB, key *crypt.KeyFile, withoutFiles bool) error {
	keys, err := crypt.New(ctx, d, key)
	if err != nil {
		return err
	}
	src := backup.Source{DB: d, Keys: keys, Version: Version}
	if !withoutFiles {
		store, err := app.OpenStore(e.cfg)
		if err != nil {
			return err
		}
		defer closeStore(store)
		src.Store = store
	}
	start := time.Now()
	m, err := backup.Create(ctx, src, e.args[0], backup.Options{Tools: os.Getenv(pgBin), Say: e.say})
	fmt.Fprintln(e.err)
	if err != nil {
		return err
	}
	st, err := os.Stat(e.args[0])
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "%s: %.1f MB in %.1f s, key %s\n", e.args[0], float64(st.Size())/1e6, time.Since(start).Seconds(), m.Fingerprint)
	fmt.Fprintf(e.out, "Keep a copy of %s apart from it.\n", e.cfg.MasterKeyPath())
	return nil
}

// pgBin names the folder of PostgreSQL's client programs.
const pgBin = "ANXIN_PG_BIN"

func (e *env) say(step string, done int64) { fmt.Fprintf(e.err, "\r%-10s %d", step, done) }

func closeStore(s files.Store) {
	if c, ok := s.(io.Closer); ok {
		_ = c.Close() // it was read, or its writes were synced one by one
	}
}
