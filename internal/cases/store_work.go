package cases

import (
	"context"
	"time"

	"anxin/internal/platform/db"
)

// Work is one thing that hangs on a case: an order, a return, an outlet that opened it.
type Work struct {
	CaseID     ID
	Kind       string // "order", "return", "opened"
	Ref        string
	OutletPath string
	BrandID    string
	Live       bool // somebody still has to do something
	Done       bool // it was really done
	DueAt      *time.Time
	AttachedAt time.Time
	EndedAt    *time.Time // posted, cancelled or taken away
	SeenUntil  *time.Time
}

func scanWork(s db.Scanner) (Work, error) {
	var w Work
	var due, ended, seen *int64
	var attached int64
	err := s.Scan(&w.CaseID, &w.Kind, &w.Ref, &w.OutletPath, &w.BrandID, &w.Live, &w.Done, &due, &attached, &ended, &seen)
	w.DueAt, w.EndedAt, w.SeenUntil, w.AttachedAt = db.FromMicrosPtr(due), db.FromMicrosPtr(ended), db.FromMicrosPtr(seen), db.FromMicros(attached)
	return w, err
}

func listWork(ctx context.Context, q db.Querier, id ID) ([]Work, error) {
	return db.List(ctx, q, scanWork, `SELECT case_id, kind, ref, outlet_path, brand_id, live, done, due_at, attached_at, ended_at, seen_until
		FROM cases_work WHERE case_id = $1 ORDER BY attached_at, ref`, id)
}

// summary counts by reference, not by row: an order offered to three outlets is one piece of work. An
// outlet's own opening is no work.
func summary(ctx context.Context, q db.Querier, id ID) (work, *time.Time, error) {
	list, err := listWork(ctx, q, id)
	if err != nil {
		return work{}, nil, err
	}
	type state struct{ live, ended, done bool }
	refs := map[string]state{}
	var due *time.Time
	for _, w := range list {
		if w.Kind == "opened" {
			continue
		}
		k := w.Kind + " " + w.Ref
		s, known := refs[k]
		if !known {
			s.ended = true
		}
		s.live = s.live || w.Live
		s.ended = s.ended && w.EndedAt != nil
		s.done = s.done || w.Done
		refs[k] = s
		if w.DueAt != nil && w.EndedAt == nil && (due == nil || w.DueAt.Before(*due)) {
			due = w.DueAt
		}
	}
	var out work
	for _, s := range refs {
		if s.live {
			out.live++
		}
		if !s.ended {
			out.unended++
		}
		if s.done {
			out.done++
		}
	}
	return out, due, nil
}

func upsertWork(tx *db.Tx, w Work) {
	tx.Later(`INSERT INTO cases_work (case_id, kind, ref, outlet_path, brand_id, live, done, due_at, attached_at, ended_at, seen_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (case_id, kind, ref, outlet_path) DO UPDATE SET live = excluded.live, done = excluded.done, due_at = excluded.due_at,
			ended_at = excluded.ended_at, seen_until = excluded.seen_until`,
		w.CaseID, w.Kind, w.Ref, w.OutletPath, w.BrandID, w.Live, w.Done, db.MicrosPtr(w.DueAt), db.Micros(w.AttachedAt), db.MicrosPtr(w.EndedAt), db.MicrosPtr(w.SeenUntil))
}
