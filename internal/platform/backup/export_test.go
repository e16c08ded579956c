package backup

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
)

// CreateLying makes an archive whose manifest notes an audit trail that its database has not.
func CreateLying(ctx context.Context, src Source, path string, o Options) error {
	m, err := describe(ctx, src)
	if err != nil {
		return err
	}
	m.Trail.Hash = "00" + m.Trail.Hash[2:]
	tmp, err := os.MkdirTemp(filepath.Dir(path), "lying-")
	if err != nil {
		return err
	}
	copied := filepath.Join(tmp, "database")
	if m.Engine == enginePostgres {
		err = dump(ctx, src.DB, copied, o.Tools)
	} else {
		err = vacuumInto(ctx, src.DB.DSN(), copied)
	}
	if err != nil {
		return err
	}
	return create(path, tmp, src.Keys.Derive(sealPurpose), m.MadeAt, func(w *writer) error {
		text, err := m.encode()
		if err == nil {
			err = w.add(ctx, manifestMember, int64(len(text)), bytes.NewReader(text))
		}
		if err == nil {
			err = w.add(ctx, erasedMember, 0, bytes.NewReader(nil))
		}
		if err == nil {
			err = w.addFile(ctx, m.database(), copied)
		}
		if err == nil {
			err = addFiles(ctx, src.Store, w, o)
		}
		if err != nil {
			return err
		}
		return w.finish(ctx)
	})
}
