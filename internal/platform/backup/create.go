package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"anxin/internal/platform/audit"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/files"
	"anxin/migrations"
)

// Source is the installation to copy.
type Source struct {
	DB      *db.DB
	Keys    *crypt.Keys
	Store   files.Store // nil: the files are kept elsewhere and left out
	Version string      // of the product
}

// Options of both directions.
type Options struct {
	// Say is told of each step and how much of it is done: "database" in bytes, "files" in files. May be nil.
	Say func(step string, done int64)
	// Tools is the folder of pg_dump and pg_restore; empty: looked for.
	Tools string
}

func (o Options) say(step string, done int64) {
	if o.Say != nil {
		o.Say(step, done)
	}
}

// Create copies a running installation into a new archive at path. Others go on working meanwhile. It needs
// room for the database twice beside path.
func Create(ctx context.Context, src Source, path string, o Options) (m Manifest, err error) {
	if _, err := os.Lstat(path); err == nil {
		return m, fmt.Errorf("%s: %w", path, ErrExists)
	}
	tmp, err := os.MkdirTemp(filepath.Dir(path), ".anxin-backup-")
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	if m, err = describe(ctx, src); err != nil {
		return m, err
	}
	copied := filepath.Join(tmp, "database")
	if m.Engine == enginePostgres {
		err = dump(ctx, src.DB, copied, o.Tools)
	} else {
		err = vacuumInto(ctx, src.DB.DSN(), copied)
	}
	if err != nil {
		return m, fmt.Errorf("copy the database: %w", err)
	}
	// After the database: who was erased meanwhile is on the list, too.
	erased := filepath.Join(tmp, "erased")
	if err := writeErased(ctx, src, erased); err != nil {
		return m, err
	}
	if st, err := os.Stat(copied); err == nil {
		o.say("database", st.Size())
	}
	err = create(path, tmp, src.Keys.Derive(sealPurpose), m.MadeAt, func(w *writer) error {
		text, err := m.encode()
		if err == nil {
			err = w.add(ctx, manifestMember, int64(len(text)), bytes.NewReader(text))
		}
		if err == nil {
			err = w.addFile(ctx, erasedMember, erased)
		}
		if err == nil {
			err = w.addFile(ctx, m.database(), copied)
		}
		if err == nil {
			err = os.Remove(copied) // its room is needed
		}
		if err == nil && m.Files {
			err = addFiles(ctx, src.Store, w, o)
		}
		if err != nil {
			return err
		}
		return w.finish(ctx)
	})
	return m, err
}

// describe reads what the manifest says. Whatever it names is in the copy that is made after it.
func describe(ctx context.Context, src Source) (Manifest, error) {
	m := Manifest{
		Format: formatName, Version: formatVersion, Product: src.Version, MadeAt: time.Now().UTC().Truncate(time.Second),
		Engine: engineSQLite, Fingerprint: src.Keys.Fingerprint(), Files: src.Store != nil,
	}
	var err error
	if src.DB.Engine() == db.Postgres {
		m.Engine = enginePostgres
		if err := src.DB.Pool().QueryRow(ctx, `SHOW server_version`).Scan(&m.Server); err != nil {
			return m, err
		}
	}
	if m.Schema, err = migrations.Version(ctx, src.DB); err != nil {
		return m, fmt.Errorf("read the schema's version: %w", err)
	}
	if m.Trail, err = audit.New(src.DB).Newest(ctx); err != nil {
		return m, fmt.Errorf("read the audit trail: %w", err)
	}
	m.Proof, err = src.Keys.Seal(ctx, src.DB, src.Keys.Installation(), m.Fingerprint)
	return m, err
}

// addFiles copies the store. A file that is swept while it is listed was deleted by then, and is left out.
func addFiles(ctx context.Context, store files.Store, w *writer, o Options) error {
	var n int64
	for info, err := range store.List(ctx, "") {
		if err != nil {
			return err
		}
		body, err := store.Get(ctx, info.Key, 0, -1)
		if errors.Is(err, files.ErrMissing) {
			continue
		}
		if err != nil {
			return err
		}
		err = w.add(ctx, filesFolder+info.Key, info.Size, body)
		if err = errors.Join(err, body.Close()); err != nil {
			return err
		}
		n++
		o.say("files", n)
	}
	return nil
}
