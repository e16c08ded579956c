package files

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"anxin/internal/platform/db"
)

const sweepBatch = 200

// Sweep removes what nobody needs, to be run every hour: uploads that were not attached for olderThan,
// the bytes of deleted files, and unfinished resumable uploads. It returns how many files lost their
// bytes. It may be stopped and run again.
func (s *Service) Sweep(ctx context.Context, olderThan time.Duration) (int, error) {
	if err := s.expire(ctx, s.db.Now().Add(-olderThan)); err != nil {
		return 0, fmt.Errorf("expire uploads: %w", err)
	}
	done := 0
	for {
		list, err := db.List(ctx, s.db, scanFile, `SELECT `+fileColumns+` FROM files_file WHERE state = 'deleted' ORDER BY created_at LIMIT $1`, sweepBatch)
		if err != nil {
			return done, fmt.Errorf("list deleted files: %w", err)
		}
		if len(list) == 0 {
			return done, s.sweepSpool(olderThan)
		}
		for _, f := range list {
			if err := s.remove(ctx, f); err != nil {
				return done, err
			}
			done++
		}
	}
}

// remove deletes the bytes first: a crash in between leaves the row, and it is tried again.
func (s *Service) remove(ctx context.Context, f File) error {
	for _, v := range []Variant{Thumb, View, Original} {
		if err := s.store.Delete(ctx, f.key(v)); err != nil {
			return err
		}
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE files_file SET state = 'gone', name_sealed = NULL, exif_taken_at = NULL, exif_lat = NULL, exif_lon = NULL
			WHERE id = $1 AND state = 'deleted'`, string(f.ID))
		return err
	})
}

func (s *Service) sweepSpool(olderThan time.Duration) error {
	entries, err := os.ReadDir(s.spool)
	if err != nil {
		return fmt.Errorf("folder of uploads: %w", err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "part-") && !strings.HasPrefix(e.Name(), "up-") {
			continue
		}
		st, err := e.Info()
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if s.db.Now().Sub(st.ModTime()) > olderThan {
			if err := os.Remove(filepath.Join(s.spool, e.Name())); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// SweepObjects looks through the whole store for bytes older than olderThan that no file names (left by
// a crash between storing and writing the row, or by a restored backup) and removes them. It takes long
// on a large store: once a week, at night.
func (s *Service) SweepObjects(ctx context.Context, olderThan time.Duration) (int, error) {
	cutoff := s.db.Now().Add(-olderThan)
	done := 0
	batch := map[string][]string{} // object: its keys
	flush := func() error {
		objects := make([]string, 0, len(batch))
		for o := range batch {
			objects = append(objects, o)
		}
		var w db.Where
		w.In("object", objects)
		w.And("state <> 'gone'")
		named, err := db.List(ctx, s.db, db.ScanString, `SELECT object FROM files_file`+w.String(), w.Args()...)
		if err != nil {
			return fmt.Errorf("look for the rows of objects: %w", err)
		}
		for _, o := range named {
			delete(batch, o)
		}
		for _, keys := range batch {
			for _, key := range keys {
				if err := s.store.Delete(ctx, key); err != nil {
					return err
				}
				done++
			}
		}
		clear(batch)
		return nil
	}
	for info, err := range s.store.List(ctx, "f/") {
		if err != nil {
			return done, err
		}
		if info.ModTime.After(cutoff) {
			continue
		}
		parts := strings.Split(info.Key, "/")
		if len(parts) != 5 {
			continue // not ours
		}
		batch[parts[3]] = append(batch[parts[3]], info.Key)
		if len(batch) >= sweepBatch {
			if err := flush(); err != nil {
				return done, err
			}
		}
	}
	return done, flush()
}
