package crypt

import (
	"context"
	"errors"
	"fmt"
	"time"

	"anxin/internal/platform/db"
)

// retireAfter is how long a master stays in the file after the next one became current: a node that
// has not read the file again may still wrap by the old one.
const retireAfter = time.Hour

// ErrMasterInUse says that keys are still wrapped by an old master, or that it was current a moment ago.
var ErrMasterInUse = errors.New("crypt: the old master key is still in use")

// Rotate wraps every data key that an older master wraps by the current one, in batches of their own
// transactions, and returns how many it did. It may be stopped and called again, and run on several
// nodes. progress may be nil; total is counted at the start.
func (k *Keys) Rotate(ctx context.Context, d *db.DB, progress func(done, total int64)) (int64, error) {
	if err := k.file.reload(0); err != nil {
		return 0, err
	}
	m := k.file.current()
	total, err := db.Get(ctx, d, db.ScanInt,
		`SELECT count(*) FROM crypt_key WHERE wrapped IS NOT NULL AND master_version <> $1`, m.Version)
	if err != nil {
		return 0, fmt.Errorf("count keys to wrap again: %w", err)
	}
	done := int64(0)
	for {
		n, err := db.InTx(ctx, d, func(ctx context.Context, tx *db.Tx) (int64, error) { return k.rewrap(ctx, tx, m) })
		if err != nil {
			return done, err
		}
		if n == 0 {
			return done, nil
		}
		done += n
		if progress != nil {
			progress(done, max(total, done))
		}
	}
}

func (k *Keys) rewrap(ctx context.Context, tx *db.Tx, m master) (int64, error) {
	rows, err := db.List(ctx, tx, scanKey, `SELECT id, wrapped, master_version FROM crypt_key
		WHERE wrapped IS NOT NULL AND master_version <> $1 ORDER BY id LIMIT $2`, m.Version, batchKeys)
	if err != nil {
		return 0, fmt.Errorf("read keys to wrap again: %w", err)
	}
	for _, r := range rows {
		old, err := k.file.master(r.version)
		if err != nil {
			return 0, fmt.Errorf("key %s: %w", r.id, err)
		}
		raw, err := unwrap(old, KeyID(r.id), r.wrapped)
		if err != nil {
			return 0, err
		}
		wrapped, err := wrap(m, KeyID(r.id), raw)
		if err != nil {
			return 0, err
		}
		// A key destroyed meanwhile stays destroyed.
		tx.Later(`UPDATE crypt_key SET wrapped = $1, master_version = $2
			WHERE id = $3 AND master_version = $4 AND wrapped IS NOT NULL`, wrapped, m.Version, r.id, r.version)
	}
	return int64(len(rows)), nil
}

// RetireMasters takes the masters that wrap nothing any more out of the key file, and returns their
// versions. Backups from before the rotation need them: keep a copy of the file with those.
func (k *Keys) RetireMasters(ctx context.Context, d *db.DB) ([]int64, error) {
	if err := k.file.reload(0); err != nil {
		return nil, err
	}
	cur := k.file.current()
	if time.Since(cur.CreatedAt) < retireAfter {
		return nil, fmt.Errorf("master %d is younger than %s: %w", cur.Version, retireAfter, ErrMasterInUse)
	}
	used, err := db.Exists(ctx, d, `SELECT 1 FROM crypt_key WHERE wrapped IS NOT NULL AND master_version <> $1 LIMIT 1`, cur.Version)
	if err != nil {
		return nil, fmt.Errorf("look for keys of old masters: %w", err)
	}
	if used {
		return nil, fmt.Errorf("rotate first: %w", ErrMasterInUse)
	}
	var old []int64
	k.file.mu.RLock()
	for _, m := range k.file.body.Masters {
		if m.Version != cur.Version {
			old = append(old, m.Version)
		}
	}
	k.file.mu.RUnlock()
	return old, k.file.dropMasters(old)
}
