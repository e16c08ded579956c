package search

import (
	"context"
	"fmt"
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

// newest looks at the kind of a hit in its row: FTS5 walks the list of a mark that a third of all documents
// carry from its end to every hit, which takes longer than anything else. Where the kind is seldom among the
// hits, the mark is asked for all the same.
func (f fts5) newest(ctx context.Context, q db.Querier, e expr, kinds []string, before int64, limit int) ([]int64, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	if len(kinds) == 0 {
		return f.find(ctx, q, e, before, limit)
	}
	const looks = 2
	out := []int64{}
	for range looks {
		hits, err := f.withKind(ctx, q, e, kinds, before, limit)
		if err != nil {
			return nil, err
		}
		for _, h := range hits {
			before = h.seq
			if h.ok {
				out = append(out, h.seq)
			}
		}
		if len(hits) < limit || len(out) >= limit {
			return out[:min(len(out), limit)], nil
		}
	}
	rest, err := f.find(ctx, q, all(e, ofKinds(kinds)), before, limit-len(out))
	return append(out, rest...), err
}

func (fts5) find(ctx context.Context, q db.Querier, e expr, before int64, limit int) ([]int64, error) {
	return db.List(ctx, q, db.ScanInt, `SELECT rowid FROM search_fts WHERE search_fts MATCH $1 AND rowid < $2 ORDER BY rowid DESC LIMIT $3`,
		e.fts5(), before, limit)
}

type kindHit struct {
	seq int64
	ok  bool // of one of the kinds
}

func (fts5) withKind(ctx context.Context, q db.Querier, e expr, kinds []string, before int64, limit int) ([]kindHit, error) {
	args := []any{e.fts5(), before, limit}
	var marks []byte
	for i, k := range kinds {
		marks = fmt.Appendf(marks, ", $%d", i+4)
		args = append(args, k)
	}
	return db.List(ctx, q, func(s db.Scanner) (h kindHit, err error) { return h, s.Scan(&h.seq, &h.ok) },
		`SELECT h.seq, COALESCE((SELECT d.kind IN (`+string(marks[2:])+`) FROM search_doc d WHERE d.seq = h.seq), 0) FROM (SELECT rowid AS seq FROM search_fts
			WHERE search_fts MATCH $1 AND rowid < $2 ORDER BY rowid DESC LIMIT $3) h ORDER BY h.seq DESC`, args...)
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
