package returns

import (
	"context"
	"encoding/json"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

const maxAddress = 300

// SetPolicyInput writes how a brand takes goods back, on the version that was read.
type SetPolicyInput struct {
	Brand   catalog.BrandID
	Policy  Policy
	Version int64
}

// SetPolicy writes how a brand takes goods back. Requests that were made before keep their operation.
func (s *Service) SetPolicy(ctx context.Context, in SetPolicyInput) (Policy, error) {
	if err := access.Require(ctx, PermPolicy); err != nil {
		return Policy{}, err
	}
	if a := access.From(ctx); !a.Scope.Centre() || !a.Scope.SeesBrand(string(in.Brand)) {
		return Policy{}, ErrNotFound
	}
	in.Policy.Address = clean(in.Policy.Address)
	if err := in.Policy.check(); err != nil {
		return Policy{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Policy, error) {
		snap, err := s.Catalog.Current(ctx, tx)
		if err != nil {
			return Policy{}, err
		}
		if _, ok := snap.Brand(in.Brand); !ok {
			return Policy{}, ErrNotFound
		}
		before, err := findPolicy(ctx, tx, in.Brand)
		if err != nil {
			return Policy{}, err
		}
		if before.Version != in.Version {
			return Policy{}, problem.ErrStale.With("version", before.Version)
		}
		body, err := json.Marshal(in.Policy)
		if err != nil {
			return Policy{}, err
		}
		if before.Version == 0 {
			n, err := tx.Exec(ctx, `INSERT INTO returns_policy (id, brand_id, body, updated_at, version) VALUES ($1, $2, $3, $4, 1) ON CONFLICT (brand_id) DO NOTHING`,
				db.NewID(), in.Brand, string(body), db.Micros(tx.Now()))
			if err != nil {
				return Policy{}, err
			}
			if n == 0 {
				return Policy{}, db.ErrRace
			}
		} else {
			err := tx.ExecOne(ctx, `UPDATE returns_policy SET body = $1, updated_at = $2, version = version + 1 WHERE brand_id = $3 AND version = $4`,
				string(body), db.Micros(tx.Now()), in.Brand, in.Version)
			if err != nil {
				return Policy{}, err
			}
		}
		return in.Policy, audit.Append(ctx, tx, audit.Entry{
			Kind: "returns_policy", Record: string(in.Brand), Act: "set", Before: before.Policy, After: in.Policy, New: before.Version == 0,
		})
	})
}
