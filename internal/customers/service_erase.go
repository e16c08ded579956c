package customers

import (
	"context"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

// EraseInput asks for the end of a person's data.
type EraseInput struct {
	access.Act
	ID ID
}

// Erase destroys the key of a person and of every record merged with it: whatever was sealed by it, here,
// in other modules and in backups, is gone for ever. Lookup hashes, exact points and external ids go too;
// the row, its division and the consent ledger stay for statistics and proof.
func (s *Service) Erase(ctx context.Context, in EraseInput) (Ref, error) {
	if err := access.Require(ctx, PermErase); err != nil {
		return Ref{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Ref, error) {
		if err := s.seen(ctx, tx, in.ID); err != nil {
			return Ref{}, err
		}
		return s.EraseTx(ctx, tx, in)
	})
}

// EraseTx is [Service.Erase] in the caller's change, without permission and scope: for the retention rules.
func (s *Service) EraseTx(ctx context.Context, tx *db.Tx, in EraseInput) (Ref, error) {
	at, err := in.At(access.From(ctx).Origin, tx.Now())
	if err != nil {
		return Ref{}, err
	}
	root, err := rootOf(ctx, tx, in.ID)
	if err != nil {
		return Ref{}, noRows(err, problem.ErrNotFound)
	}
	members, err := group(ctx, tx, root)
	if err != nil {
		return Ref{}, noRows(err, problem.ErrNotFound)
	}
	if !members[0].erasedAt.IsZero() {
		return Ref{}, ErrErased
	}
	ids := make([]ID, len(members))
	keys := make([]crypt.KeyID, len(members))
	for i := range members {
		m := &members[i]
		ids[i], keys[i] = m.id, m.key
		if err := touch(ctx, tx, m); err != nil {
			return Ref{}, err
		}
		for _, q := range []string{
			`UPDATE customers_customer SET name_sealed = NULL, name_hash = NULL, email_sealed = NULL, email_hash = NULL, note_sealed = NULL WHERE id = $1`,
			`DELETE FROM customers_phone WHERE customer_id = $1`,
			`DELETE FROM customers_external WHERE customer_id = $1`,
			`UPDATE customers_address SET body_sealed = NULL, lat = NULL, lon = NULL, point_precision = NULL, point_source = NULL WHERE customer_id = $1`,
		} {
			tx.Later(q, string(m.id))
		}
		tx.Later(`UPDATE customers_customer SET erased_at = $1 WHERE id = $2`, db.Micros(tx.Now()), string(m.id))
		if err := audit.Append(ctx, tx, audit.Entry{Kind: auditKind, Record: string(m.id), Act: "erase", Reason: in.Reason, OccurredAt: at}); err != nil {
			return Ref{}, err
		}
	}
	if err := s.keys.DestroyTx(ctx, tx, keys...); err != nil {
		return Ref{}, err
	}
	if err := s.unindex(ctx, tx, ids...); err != nil {
		return Ref{}, err
	}
	r := members[0]
	return Ref{ID: r.id, Version: r.version}, events.Publish(ctx, tx, Erased{Head: head(r, at), IDs: ids})
}
