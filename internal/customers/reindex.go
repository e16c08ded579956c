package customers

import (
	"context"
	"errors"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/jobs"
)

// RegisterJobs adds this module's duties.
func (s *Service) RegisterJobs(r *jobs.Runner) {
	r.Every("customers.reindex", 10*time.Minute, s.Reindex)
}

const reindexBatch = 200

// Reindex makes customers findable who were there before an upgrade that finds them in another way; a duty, which has
// nothing to do once they are through. It may be stopped and run again.
func (s *Service) Reindex(ctx context.Context) error {
	ctx = access.AsSystem(ctx, "customers.reindex")
	var errs []error // one customer's trouble keeps no other waiting
	for after := ""; ; {
		ids, err := db.List(ctx, s.db, db.ScanString, `SELECT customer_id FROM customers_reindex WHERE customer_id > $1 ORDER BY customer_id LIMIT $2`, after, reindexBatch)
		if err != nil || len(ids) == 0 {
			return errors.Join(append(errs, err)...)
		}
		after = ids[len(ids)-1]
		for _, id := range ids {
			if err := s.reindex(ctx, id); err != nil {
				if ctx.Err() != nil {
					return err
				}
				errs = append(errs, err)
			}
		}
	}
}

func (s *Service) reindex(ctx context.Context, id string) error {
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		n, err := tx.Exec(ctx, `DELETE FROM customers_reindex WHERE customer_id = $1`, id)
		if err != nil || n == 0 {
			return err
		}
		live, err := db.Get(ctx, tx, db.ScanInt, `SELECT COUNT(*) FROM customers_customer WHERE id = $1 AND root_id = id AND erased_at IS NULL`, id)
		if err != nil || live == 0 { // merged or erased since
			return err
		}
		return s.index(ctx, tx, ID(id))
	})
}
