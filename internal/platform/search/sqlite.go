package search

import (
	"context"
	"math"

	"anxin/internal/platform/db"
)

// pending is one row of the queue.
type pending struct {
	kind, id string
	tokens   *string // nil: remove
	rev      int64
}

func readPending(ctx context.Context, tx *db.Tx, limit int) ([]pending, error) {
	return db.List(ctx, tx, func(s db.Scanner) (p pending, err error) {
		return p, s.Scan(&p.kind, &p.id, &p.tokens, &p.rev)
	}, `SELECT kind, record_id, tokens, rev FROM search_pending ORDER BY queued_at, kind, record_id LIMIT $1`, limit)
}

// fts5 is the index in SQLite: a contentless FTS5 table that keeps no positions.
type fts5 struct{}

func (fts5) write(ctx context.Context, tx *db.Tx, limit int) (int, error) {
	rows, err := readPending(ctx, tx, limit)
	if err != nil {
		return 0, err
	}
	// All ordinary writes come first: FTS5 gathers a transaction's documents in memory, and a statement
	// that needs a savepoint would make it write them out as a segment of their own.
	seqs := make([]int64, len(rows))
	for i, p := range rows {
		if p.tokens != nil {
			seqs[i], err = db.Get(ctx, tx, db.ScanInt, `INSERT INTO search_doc (kind, record_id) VALUES ($1, $2)
				ON CONFLICT (kind, record_id) DO UPDATE SET kind = excluded.kind RETURNING seq`, p.kind, p.id)
		} else {
			var gone []int64
			gone, err = db.List(ctx, tx, db.ScanInt, `DELETE FROM search_doc WHERE kind = $1 AND record_id = $2 RETURNING seq`, p.kind, p.id)
			if len(gone) > 0 {
				seqs[i] = gone[0]
			}
		}
		if err != nil {
			return 0, err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM search_pending WHERE kind = $1 AND record_id = $2`, p.kind, p.id); err != nil {
			return 0, err
		}
	}
	for i, p := range rows {
		switch {
		case p.tokens != nil:
			_, err = tx.Exec(ctx, `INSERT OR REPLACE INTO search_fts (rowid, tokens) VALUES ($1, $2)`, seqs[i], *p.tokens)
		case seqs[i] != 0:
			_, err = tx.Exec(ctx, `DELETE FROM search_fts WHERE rowid = $1`, seqs[i])
		}
		if err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}

func (fts5) newest(ctx context.Context, q db.Querier, e expr, before int64, limit int) ([]int64, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	return db.List(ctx, q, db.ScanInt, `SELECT rowid FROM search_fts WHERE search_fts MATCH $1 AND rowid < $2 ORDER BY rowid DESC LIMIT $3`,
		e.fts5(), before, limit)
}

// tidy merges segments in steps, so that writers get their turn in between.
func (fts5) tidy(ctx context.Context, d *db.DB) error {
	for range 1000 {
		changed, err := db.InTx(ctx, d, func(ctx context.Context, tx *db.Tx) (int64, error) {
			before, err := db.Get(ctx, tx, db.ScanInt, `SELECT total_changes()`)
			if err != nil {
				return 0, err
			}
			if _, err := tx.Exec(ctx, `INSERT INTO search_fts (search_fts, rank) VALUES ('merge', 200)`); err != nil {
				return 0, err
			}
			after, err := db.Get(ctx, tx, db.ScanInt, `SELECT total_changes()`)
			return after - before, err
		})
		if err != nil {
			return err
		}
		if changed < 2 { // SQLite's own sign that nothing was left to merge
			return nil
		}
	}
	return nil
}
