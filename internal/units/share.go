package units

import (
	"context"
	"strings"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// Share lets an outlet and those above it see a unit in lists.
type Share struct {
	Brand      string
	OutletPath string
	// Ref names the work that gives the right; rights of different works end independently.
	Ref   string
	Until *time.Time // nil: until it is changed
}

// ShareTx lets an outlet see a unit under a brand until an instant, nil for no end; a later call with the
// same brand and outlet replaces the end. Callers with several works of one outlet use
// [Service.ShareForTx], which keeps them apart.
func (s *Service) ShareTx(ctx context.Context, tx *db.Tx, id ID, brand, outletPath string, until *time.Time) error {
	return s.ShareForTx(ctx, tx, id, Share{Brand: brand, OutletPath: outletPath, Until: until})
}

// ShareForTx is [Service.ShareTx] for one work among several.
func (s *Service) ShareForTx(_ context.Context, tx *db.Tx, id ID, sh Share) error {
	if id == "" || sh.OutletPath == "" {
		return nil // a case whose unit is not known yet has nothing to share
	}
	s.share(tx, id, sh)
	return nil
}

func (s *Service) share(tx *db.Tx, id ID, sh Share) {
	tx.Later(`INSERT INTO units_share (unit_id, brand_id, outlet_path, ref, until, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (unit_id, outlet_path, brand_id, ref) DO UPDATE SET until = excluded.until, updated_at = excluded.updated_at`,
		string(id), sh.Brand, sh.OutletPath, sh.Ref, db.MicrosPtr(sh.Until), db.Micros(tx.Now()))
}

// limitTo adds the conditions that a scope sees a unit u: its brand, and for an outlet any share of the
// record or of what was merged into it that has not ended.
func limitTo(w *db.Where, s access.Scope, now time.Time) {
	if s.OutletPath == "" {
		w.And("1 = 0")
		return
	}
	if s.Brands != nil {
		w.In("u.brand_id", s.Brands)
	}
	if s.Centre() {
		return
	}
	var b strings.Builder
	b.WriteString(`u.root_id IN (SELECT m.root_id FROM units_share s JOIN units_unit m ON m.id = s.unit_id
		WHERE (s.until IS NULL OR s.until > ?) AND s.outlet_path >= ? AND s.outlet_path < ?`)
	args := []any{db.Micros(now), s.OutletPath, s.OutletPath + "\U0010FFFF"}
	if s.Brands != nil {
		b.WriteString(` AND s.brand_id IN (''` + strings.Repeat(", ?", len(s.Brands)) + `)`)
		for _, brand := range s.Brands {
			args = append(args, brand)
		}
	}
	w.And(b.String()+")", args...)
}

// Visible tells which of the units the actor sees.
func (s *Service) Visible(ctx context.Context, q db.Querier, ids []ID) (map[ID]bool, error) {
	out := map[ID]bool{}
	if len(ids) == 0 {
		return out, nil
	}
	var w db.Where
	w.In("u.id", db.Strings(ids))
	limitTo(&w, access.From(ctx).Scope, q.Now())
	list, err := db.List(ctx, q, db.ScanString, `SELECT u.id FROM units_unit u`+w.String(), w.Args()...)
	for _, id := range list {
		out[ID(id)] = true
	}
	return out, err
}

// seen fails with not found when the actor does not see the unit.
func (s *Service) seen(ctx context.Context, q db.Querier, id ID) error {
	m, err := s.Visible(ctx, q, []ID{id})
	if err == nil && !m[id] {
		err = problem.ErrNotFound
	}
	return err
}
