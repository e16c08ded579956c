package customers

import (
	"context"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

// MergeInput makes one record lead to another.
type MergeInput struct {
	access.Act
	ID   ID // the record that stops being one of its own
	Into ID // the record that survives
}

// Merge makes a record lead to another; nothing is rewritten, and [Service.Unmerge] takes it back.
func (s *Service) Merge(ctx context.Context, in MergeInput) (Ref, error) {
	if err := access.Require(ctx, PermMerge); err != nil {
		return Ref{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Ref, error) {
		at, err := in.At(access.From(ctx).Origin, tx.Now())
		if err != nil {
			return Ref{}, err
		}
		from, err := s.find(ctx, tx, in.ID)
		if err != nil {
			return Ref{}, err
		}
		into, err := s.find(ctx, tx, in.Into)
		if err != nil {
			return Ref{}, err
		}
		if from.id == into.id {
			return Ref{}, ErrMergeSelf
		}
		// Both rows move on, so that two merges against each other cannot both win.
		if err := touch(ctx, tx, &into); err != nil {
			return Ref{}, err
		}
		if err := tx.ExecOne(ctx, `UPDATE customers_customer SET merged_into = $1, version = version + 1, updated_at = $2 WHERE id = $3 AND version = $4`,
			string(into.id), db.Micros(tx.Now()), string(from.id), from.version); err != nil {
			return Ref{}, err
		}
		from.version++
		if _, err := tx.Exec(ctx, `UPDATE customers_customer SET root_id = $1 WHERE root_id = $2`, string(into.id), string(from.id)); err != nil {
			return Ref{}, err
		}
		if err := audit.Append(ctx, tx, audit.Entry{
			Kind: auditKind, Record: string(from.id), Act: "merge", Reason: in.Reason, OccurredAt: at, After: map[string]any{"into": into.id},
		}); err != nil {
			return Ref{}, err
		}
		if err := audit.Append(ctx, tx, audit.Entry{
			Kind: auditKind, Record: string(into.id), Act: "absorb", Reason: in.Reason, OccurredAt: at, After: map[string]any{"from": from.id},
		}); err != nil {
			return Ref{}, err
		}
		if err := s.unindex(ctx, tx, from.id); err != nil {
			return Ref{}, err
		}
		if err := s.index(ctx, tx, into.id); err != nil {
			return Ref{}, err
		}
		return Ref{ID: into.id, Version: into.version}, events.Publish(ctx, tx, Merged{Head: head(from, at), Into: into.id})
	})
}

// UnmergeInput takes a merge back.
type UnmergeInput struct {
	access.Act
	ID ID // the record that was merged
}

// Unmerge makes a merged record one of its own again, with everything that had been merged into it before.
func (s *Service) Unmerge(ctx context.Context, in UnmergeInput) (Ref, error) {
	if err := access.Require(ctx, PermMerge); err != nil {
		return Ref{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Ref, error) {
		at, err := in.At(access.From(ctx).Origin, tx.Now())
		if err != nil {
			return Ref{}, err
		}
		if err := s.seen(ctx, tx, in.ID); err != nil {
			return Ref{}, err
		}
		r, err := getRow(ctx, tx, in.ID)
		if err != nil {
			return Ref{}, noRows(err, problem.ErrNotFound)
		}
		if !r.erasedAt.IsZero() {
			return Ref{}, ErrErased
		}
		if r.mergedInto == "" {
			return Ref{}, ErrNotMerged
		}
		root, err := getRow(ctx, tx, r.root)
		if err != nil {
			return Ref{}, err
		}
		if err := touch(ctx, tx, &root); err != nil { // as in Merge: the group changes under one lock
			return Ref{}, err
		}
		if err := tx.ExecOne(ctx, `UPDATE customers_customer SET merged_into = NULL, version = version + 1, updated_at = $1 WHERE id = $2 AND version = $3`,
			db.Micros(tx.Now()), string(r.id), r.version); err != nil {
			return Ref{}, err
		}
		r.version++
		members, err := group(ctx, tx, r.root)
		if err != nil {
			return Ref{}, err
		}
		for _, id := range below(members, r.id) {
			tx.Later(`UPDATE customers_customer SET root_id = $1 WHERE id = $2`, string(r.id), string(id))
		}
		if err := audit.Append(ctx, tx, audit.Entry{
			Kind: auditKind, Record: string(r.id), Act: "unmerge", Reason: in.Reason, OccurredAt: at, Before: map[string]any{"into": r.mergedInto},
		}); err != nil {
			return Ref{}, err
		}
		for _, id := range []ID{r.id, root.id} {
			if err := s.index(ctx, tx, id); err != nil {
				return Ref{}, err
			}
		}
		return Ref{ID: r.id, Version: r.version}, events.Publish(ctx, tx, Unmerged{Head: head(r, at), From: root.id})
	})
}

// below lists a record and everything that was merged into it, directly or not.
func below(members []row, id ID) []ID {
	out := []ID{id}
	for i := 0; i < len(out); i++ {
		for _, m := range members {
			if m.mergedInto == out[i] {
				out = append(out, m.id)
			}
		}
	}
	return out
}
