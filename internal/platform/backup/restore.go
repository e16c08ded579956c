package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"anxin/internal/platform/audit"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/files"
)

// Target is the empty installation to restore into.
type Target struct {
	DSN   string // as for db.Open; a PostgreSQL database must exist and be empty
	Key   *crypt.KeyFile
	Store files.Store // must be empty, too
	// Erased are keys that were destroyed since the backup was made; they are destroyed again.
	Erased []crypt.Destroyed
}

// Report is what was restored.
type Report struct {
	Manifest
	Files   int64
	Keys    int // how many keys were opened as a proof
	Erased  int // how many keys were destroyed again
	Entries int64
	Faults  []audit.Fault // of the trail, as it was when the backup was made
}

// sampleKeys is how many of the newest keys are opened as a proof.
const sampleKeys = 1000

type target interface {
	empty(ctx context.Context) error
	put(ctx context.Context, copied string, prove func(d *db.DB) error) error
}

// Restore puts a backup into an empty installation, or nothing at all.
func Restore(ctx context.Context, path string, to Target, o Options) (rep Report, err error) {
	m, err := Read(ctx, path)
	if err != nil {
		return rep, err
	}
	var place target = sqliteTarget{strings.TrimPrefix(to.DSN, "sqlite:")}
	dir := filepath.Dir(strings.TrimPrefix(to.DSN, "sqlite:"))
	if db.IsPostgresAddress(to.DSN) {
		place, dir = postgresTarget{to.DSN, o.Tools}, os.TempDir()
	}
	if db.IsPostgresAddress(to.DSN) != (m.Engine == enginePostgres) {
		return rep, fmt.Errorf("%w: %s", ErrEngine, m.Engine)
	}
	if !to.Key.Opens(m.Fingerprint) {
		return rep, fmt.Errorf("%w (%s; the backup's: %s)", ErrKey, to.Key.Fingerprint(), m.Fingerprint)
	}
	if err := place.empty(ctx); err != nil {
		return rep, err
	}
	for info, err := range to.Store.List(ctx, "") {
		if err == nil {
			err = fmt.Errorf("the store of files holds %s: %w", info.Key, ErrNotEmpty)
		}
		return rep, err
	}
	if rep.Manifest, err = Verify(ctx, path, to.Key); err != nil {
		return rep, err
	}
	o.say("checked", 1)
	tmp, err := os.MkdirTemp(dir, ".anxin-restore-")
	if err != nil {
		return rep, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	defer func() {
		if err != nil && rep.Files > 0 {
			err = errors.Join(err, takeBack(context.WithoutCancel(ctx), path, to, rep.Files))
		}
	}()
	copied := filepath.Join(tmp, "database")
	_, err = walk(ctx, path, to.Key, func(name string, size int64, body io.Reader) error {
		key, ok := strings.CutPrefix(name, filesFolder)
		switch {
		case name == erasedMember:
			erased, err := parseErased(body) // by who was erased while the backup was made
			to.Erased = append(to.Erased, erased...)
			return err
		case !ok:
			return write(copied, size, body)
		}
		if err := to.Store.Put(ctx, key, body, size); err != nil {
			return err
		}
		rep.Files++
		o.say("files", rep.Files)
		return nil
	})
	if err != nil {
		return rep, err
	}
	o.say("database", 0)
	err = place.put(ctx, copied, func(d *db.DB) error { return rep.prove(ctx, d, to) })
	return rep, err
}

// prove opens what was sealed, and looks for the audit trail's seal.
func (rep *Report) prove(ctx context.Context, d *db.DB, to Target) error {
	keys, err := crypt.New(ctx, d, to.Key)
	if err != nil {
		return errors.Join(ErrProof, err)
	}
	plain, err := keys.Open(ctx, d, keys.Installation(), rep.Proof)
	if err != nil || plain != rep.Fingerprint {
		return errors.Join(ErrProof, err)
	}
	if rep.Keys, err = keys.Prove(ctx, d, sampleKeys); err != nil {
		return errors.Join(ErrProof, err)
	}
	trail := audit.New(d)
	ok, err := trail.Holds(ctx, rep.Trail)
	if err != nil {
		return err
	}
	if !ok {
		return ErrTrail
	}
	checked, err := trail.Verify(ctx, nil)
	rep.Entries, rep.Faults = checked.Entries, checked.Faults
	if err != nil {
		return err
	}
	rep.Erased, err = eraseAgain(ctx, d, keys, to.Erased)
	return err
}

func write(path string, size int64, body io.Reader) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	n, err := io.Copy(f, body)
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	return errors.Join(err, f.Close())
}

var errEnough = errors.New("backup: seen all that were put")

// takeBack deletes the first n files of the archive from the store that was empty before.
func takeBack(ctx context.Context, path string, to Target, n int64) error {
	_, err := walk(ctx, path, to.Key, func(name string, _ int64, _ io.Reader) error {
		key, ok := strings.CutPrefix(name, filesFolder)
		if !ok {
			return nil
		}
		if n--; n < 0 {
			return errEnough
		}
		return to.Store.Delete(ctx, key)
	})
	if err != nil && !errors.Is(err, errEnough) {
		return fmt.Errorf("take the files away again: %w", err)
	}
	return nil
}
