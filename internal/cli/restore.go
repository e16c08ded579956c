package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"anxin/internal/app"
	"anxin/internal/platform/backup"
	"anxin/internal/platform/crypt"
)

func restoreCommand() command {
	var check bool
	var erased string
	return command{
		name: "restore", args: "FILE", summary: "put a backup into an empty installation",
		help: `The settings say where to: an empty --data-dir, or an empty PostgreSQL database, which must exist. The master
key that the backup was made with must lie there already (master.key in the data directory, or
master_key_file); another is refused. The whole archive is checked before anything is written, and what was
restored is proven to open. When anything fails, nothing is left behind. --check only checks the archive.
People who were erased since stay erased: their keys are taken from the list beside the master key
(master.key.erased), or from --erased. What waited to be sent when the backup was made is sent when the server starts.`,
		example: `anxin restore --check /backup/anxin-2026-11-22.tar
anxin restore --data-dir /var/lib/anxin /backup/anxin-2026-11-22.tar`,
		flags: func(fs *flag.FlagSet, _ *env) {
			fs.StringVar(&erased, "erased", "", "list of people erased since (master.key.erased of the lost installation), or a newer backup")
			fs.BoolVar(&check, "check", false, "check the archive and the key, restore nothing")
		},
		run: func(ctx context.Context, e *env) error {
			if len(e.args) != 1 {
				return errUsage
			}
			m, err := backup.Read(ctx, e.args[0])
			if err != nil {
				return err
			}
			key, err := crypt.LoadKeyFile(e.cfg.MasterKeyPath())
			if errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("put the master key %s to %s first (mode 0600)", m.Fingerprint, e.cfg.MasterKeyPath())
			}
			if err != nil {
				return err
			}
			if check {
				if _, err := backup.Verify(ctx, e.args[0], key); err != nil {
					return err
				}
				fmt.Fprintf(e.out, "%s is whole: %s of %s, key %s\n", e.args[0], m.Engine, m.MadeAt.Format("2006-01-02 15:04:05Z07:00"), m.Fingerprint)
				return nil
			}
			list, err := e.erased(ctx, erased)
			if err != nil {
				return err
			}
			return e.restore(ctx, key, list)
		},
	}
}

// erased reads who must be erased again: the list beside the master key, when it is there, and the named one.
func (e *env) erased(ctx context.Context, named string) ([]crypt.Destroyed, error) {
	list, err := backup.ReadErased(ctx, backup.ErasedList(e.cfg.MasterKeyPath()))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if named == "" {
		return list, nil
	}
	more, err := backup.ReadErased(ctx, named)
	return append(list, more...), err
}

func (e *env) restore(ctx context.Context, key *crypt.KeyFile, erased []crypt.Destroyed) error {
	if !e.cfg.Postgres() {
		if err := os.MkdirAll(filepath.Dir(e.cfg.DSN()), 0o700); err != nil {
			return err
		}
	}
	store, err := app.OpenStore(e.cfg)
	if err != nil {
		return err
	}
	defer closeStore(store)
	rep, err := backup.Restore(ctx, e.args[0], backup.Target{DSN: e.cfg.DSN(), Key: key, Store: store, Erased: erased}, backup.Options{Tools: os.Getenv(pgBin), Say: e.say})
	fmt.Fprintln(e.err)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "Restored what was there at %s: the database and %d files; %d keys open, %d audit entries.\n",
		rep.MadeAt.Format("2006-01-02 15:04:05Z07:00"), rep.Files, rep.Keys, rep.Entries)
	if rep.Erased > 0 {
		fmt.Fprintf(e.out, "Erased again: %d keys of people who were erased since.\n", rep.Erased)
	}
	if !rep.Manifest.Files {
		fmt.Fprintln(e.out, "The stored files are not in the backup; restore them from their own.")
	}
	for _, f := range rep.Faults {
		fmt.Fprintf(e.out, "The audit trail did not hold when the backup was made: %s %s entry %d: %s\n", f.Kind, f.Record, f.Seq, f.What)
	}
	return nil
}
