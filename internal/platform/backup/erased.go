package backup

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
)

// Erasing a person destroys his key. A backup of before still has it, so the list of destroyed keys is kept
// apart from the database: beside the master key, where the server adds to it, and in every later backup.
// Restore destroys the keys on the list again.

// ErasedList is where the list lies that belongs to a master key's file.
func ErasedList(masterKey string) string { return masterKey + ".erased" }

// erasedOverlap is how far back the list is read again: a transaction that ends late carries an earlier time.
const erasedOverlap = time.Hour

// destroyed gives every key that was destroyed after from to fn, the earliest first.
func destroyed(ctx context.Context, q db.Querier, keys *crypt.Keys, from time.Time, fn func(crypt.Destroyed) error) error {
	const page = 1000
	at, id := from, crypt.KeyID("")
	for {
		list, err := keys.Destroyed(ctx, q, at, id, page)
		if err != nil {
			return fmt.Errorf("read destroyed keys: %w", err)
		}
		for _, v := range list {
			if err := fn(v); err != nil {
				return err
			}
			at, id = v.At, v.ID
		}
		if len(list) < page {
			return nil
		}
	}
}

// NoteErased adds to the list at path the keys that were destroyed since. It is a duty of the server.
func NoteErased(ctx context.Context, d *db.DB, keys *crypt.Keys, path string) (err error) {
	old, err := ReadErased(ctx, path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	known, last := map[crypt.KeyID]bool{}, time.Unix(0, 0)
	for _, v := range old {
		known[v.ID] = true
		if v.At.After(last) {
			last = v.At
		}
	}
	var fresh []crypt.Destroyed
	err = destroyed(ctx, d, keys, last.Add(-erasedOverlap), func(v crypt.Destroyed) error {
		if !known[v.ID] {
			fresh = append(fresh, v)
		}
		return nil
	})
	if err != nil || len(fresh) == 0 {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	enc := json.NewEncoder(f)
	for _, v := range fresh {
		if err := enc.Encode(v); err != nil {
			return err
		}
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// writeErased writes the whole list into a new file.
func writeErased(ctx context.Context, src Source, path string) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	enc := json.NewEncoder(w)
	if err := destroyed(ctx, src.DB, src.Keys, time.Unix(0, 0), func(v crypt.Destroyed) error { return enc.Encode(v) }); err != nil {
		return err
	}
	return w.Flush()
}

// ReadErased reads a list: the server's own, or the one in an archive.
func ReadErased(ctx context.Context, path string) (_ []crypt.Destroyed, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var list []crypt.Destroyed
	a := newArchive(ctx, f)
	if _, err := a.manifest(); err == nil {
		h, err := a.tar.Next()
		if err != nil || h.Name != erasedMember {
			return nil, fmt.Errorf("%w: it has no list of erased people", ErrDamaged)
		}
		list, err = parseErased(a.tar)
		return list, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return parseErased(f)
}

// parseErased reads a list; a last line that a crash cut short is left out.
func parseErased(r io.Reader) ([]crypt.Destroyed, error) {
	var list []crypt.Destroyed
	for dec := json.NewDecoder(r); ; {
		var v crypt.Destroyed
		err := dec.Decode(&v)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return list, nil
		}
		if err != nil || v.ID == "" {
			return nil, fmt.Errorf("%w: the list of erased people", ErrDamaged)
		}
		list = append(list, v)
	}
}

// eraseAgain destroys the keys on a list, as far as they are there, and returns how many were.
func eraseAgain(ctx context.Context, d *db.DB, keys *crypt.Keys, list []crypt.Destroyed) (int, error) {
	count := func() (n int, err error) {
		return n, destroyed(ctx, d, keys, time.Unix(0, 0), func(crypt.Destroyed) error { n++; return nil })
	}
	if len(list) == 0 {
		return 0, nil
	}
	before, err := count()
	if err != nil {
		return 0, err
	}
	for len(list) > 0 {
		part := list[:min(500, len(list))]
		list = list[len(part):]
		err := db.InTx0(ctx, d, func(ctx context.Context, tx *db.Tx) error {
			for _, v := range part {
				if err := keys.DestroyTx(ctx, tx, v.ID); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return 0, fmt.Errorf("erase again: %w", err)
		}
	}
	after, err := count()
	return after - before, err
}
