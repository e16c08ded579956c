package imports

import (
	"context"
	"encoding/json"
	"errors"
	"maps"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

// written is a row of a run that wrote something.
type written struct {
	no       int64
	action   Action
	kind, id string
	seq      int64
	before   []byte
}

func scanWritten(s db.Scanner) (w written, err error) {
	var kind, id *string
	err = s.Scan(&w.no, &w.action, &kind, &id, &w.seq, &w.before)
	w.kind, w.id = db.OrEmpty(kind), db.OrEmpty(id)
	return w, err
}

const undoBatch = 50

// mine is how far the trail of a record went by this undo.
type mine struct{ base, head int64 }

// takeBack undoes a run, the last row first. It may be stopped and called again.
func (s *Service) takeBack(ctx context.Context, id RunID, report Report) (Result, error) {
	r, err := getRun(ctx, s.db, id)
	if err != nil {
		return Result{}, err
	}
	t, ok := s.target(r.Target)
	if !ok || r.State != Undoing {
		return Result{}, ErrState.With("state", string(r.State), "act", "undo")
	}
	ctx = access.With(ctx, r.actor.actor(access.History))
	err = db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM imports_error WHERE run_id = $1 AND phase = 'undo'`, id)
		return err
	})
	if err != nil {
		return Result{}, err
	}
	total, err := db.Get(ctx, s.db, db.ScanInt, `SELECT COUNT(*) FROM imports_row WHERE run_id = $1 AND action IN ('made', 'changed') AND undone_at IS NULL`, id)
	if err != nil {
		return Result{}, err
	}
	own := map[string]mine{}
	done, kept, size := int64(0), int64(0), undoBatch
	before := int64(1) << 62
	for {
		rows, err := db.List(ctx, s.db, scanWritten, `SELECT row_no, action, record_kind, record_id, seq, before_sealed FROM imports_row
			WHERE run_id = $1 AND action IN ('made', 'changed') AND undone_at IS NULL AND row_no < $2 ORDER BY row_no DESC LIMIT $3`, id, before, size)
		if err != nil {
			return Result{}, err
		}
		if len(rows) == 0 {
			break
		}
		refused, err := s.undoRows(ctx, t, r, rows, own, nil)
		if err != nil && len(rows) > 1 && ctx.Err() == nil {
			size = max(1, len(rows)/4)
			continue
		}
		if err != nil && (db.IsForeignKey(err) || errors.Is(err, ErrTouched)) {
			refused, err = s.undoRows(ctx, t, r, rows, own, ErrTouched)
		}
		if err != nil {
			return Result{}, err
		}
		kept += refused
		done += int64(len(rows))
		before, size = rows[len(rows)-1].no, min(size*2, undoBatch)
		if report != nil {
			if err := report(ctx, done, total, "undo"); err != nil {
				return r.result(), errors.Join(err, s.undone(ctx, &r, Undoing, kept)) // it may go on
			}
		}
	}
	err = s.undone(ctx, &r, Undone, kept)
	return r.result(), err
}

// undoRows takes rows back in one transaction and returns how many it refused. because refuses all of them.
func (s *Service) undoRows(ctx context.Context, t Target, r Run, rows []written, own map[string]mine, because *problem.Code) (int64, error) {
	type result struct {
		Refused int64
		Own     map[string]mine
	}
	res, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (result, error) {
		res := result{Own: map[string]mine{}}
		for _, w := range rows {
			key := w.kind + "\x00" + w.id
			code := because
			if code == nil {
				heads, err := audit.Heads(ctx, tx, w.kind, []string{w.id})
				if err != nil {
					return res, err
				}
				o, again := own[key]
				if o2, ok := res.Own[key]; ok {
					o, again = o2, true
				}
				// A record that several rows of the run wrote to: its trail went on by our own undoing.
				if head := heads[w.id]; head != w.seq && !(again && head == o.head && w.seq == o.base-1) {
					code = ErrTouched
				}
			}
			if code != nil {
				res.Refused++
				err := insertRowError(tx, r.ID, "undo", 0, RowError{Row: w.no, Code: code.Key, Kind: w.kind, ID: w.id})
				if err != nil {
					return res, err
				}
				continue
			}
			if err := s.undoRow(ctx, tx, t, r, w); err != nil {
				return res, err
			}
			heads, err := audit.Heads(ctx, tx, w.kind, []string{w.id})
			if err != nil {
				return res, err
			}
			res.Own[key] = mine{base: w.seq, head: heads[w.id]}
			tx.Later(`UPDATE imports_row SET undone_at = $1, before_sealed = NULL WHERE run_id = $2 AND row_no = $3`, db.Micros(tx.Now()), r.ID, w.no)
		}
		return res, nil
	})
	if err != nil {
		return 0, err
	}
	maps.Copy(own, res.Own)
	return res.Refused, nil
}

func (s *Service) undoRow(ctx context.Context, tx *db.Tx, t Target, r Run, w written) error {
	if w.action == Changed {
		text, err := s.keys.Open(ctx, tx, "", w.before)
		if err != nil {
			return err
		}
		before := map[string]string{}
		if text != "" {
			if err := json.Unmarshal([]byte(text), &before); err != nil {
				return err
			}
		}
		return t.Revert(ctx, tx, w.id, before)
	}
	if err := t.Remove(ctx, tx, w.id); err != nil {
		return err
	}
	if err := audit.Append(ctx, tx, audit.Entry{Kind: w.kind, Record: w.id, Act: "undo_import", After: map[string]any{"run": r.ID}}); err != nil {
		return err
	}
	return events.Publish(ctx, tx, Removed{Head: events.Head{ID: w.id, OccurredAt: tx.Now(), OutletPath: r.OutletPath}, Kind: w.kind, Run: r.ID})
}

// undone keeps how an undo ended.
func (s *Service) undone(ctx context.Context, r *Run, state State, kept int64) error {
	return db.InTx0(context.WithoutCancel(ctx), s.db, func(ctx context.Context, tx *db.Tx) error {
		now, err := getRun(ctx, tx, r.ID)
		if err != nil {
			return err
		}
		n, err := db.Get(ctx, tx, db.ScanInt, `SELECT COUNT(*) FROM imports_row WHERE run_id = $1 AND undone_at IS NOT NULL`, r.ID)
		if err != nil {
			return err
		}
		now.State, now.Undone, now.Kept, now.EndedAt = state, n, kept, new(tx.Now())
		if err := updateRun(ctx, tx, &now); err != nil {
			return err
		}
		err = audit.Append(ctx, tx, audit.Entry{Kind: recordKind, Record: string(now.ID), Act: "undone", Before: r.trail(), After: now.trail()})
		if err != nil {
			return err
		}
		*r = now
		return events.Publish(ctx, tx, Finished{
			Head:   events.Head{ID: string(now.ID), Version: now.Version, OccurredAt: tx.Now(), OutletPath: now.OutletPath},
			Target: now.Target, State: now.State, Origin: now.Origin, Made: now.Made, Changed: now.Changed, Failed: now.Failed,
		})
	})
}
