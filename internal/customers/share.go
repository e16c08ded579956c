package customers

import (
	"context"
	"strings"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// Share lets an outlet and those above it see a customer in lists.
type Share struct {
	Brand      string // "" for every brand
	OutletPath string
	// Ref names the work that gives the right; rights of different works end independently.
	Ref   string
	Until *time.Time // nil: until it is changed
}

// ShareTx lets an outlet see a customer under a brand until an instant, nil for no end; a later call
// with the same brand and outlet replaces the end. Callers with several works of one outlet use
// [Service.ShareForTx], which keeps them apart.
func (s *Service) ShareTx(ctx context.Context, tx *db.Tx, id ID, brand, outletPath string, until *time.Time) error {
	return s.ShareForTx(ctx, tx, id, Share{Brand: brand, OutletPath: outletPath, Until: until})
}

// ShareForTx is [Service.ShareTx] for one work among several.
func (s *Service) ShareForTx(_ context.Context, tx *db.Tx, id ID, sh Share) error {
	if id == "" || sh.OutletPath == "" {
		return nil // a case without a known customer has nothing to share
	}
	s.share(tx, id, sh)
	return nil
}

func (s *Service) share(tx *db.Tx, id ID, sh Share) {
	tx.Later(`INSERT INTO customers_share (customer_id, brand_id, outlet_path, ref, until, updated_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (customer_id, outlet_path, brand_id, ref) DO UPDATE SET until = excluded.until, updated_at = excluded.updated_at`,
		string(id), sh.Brand, sh.OutletPath, sh.Ref, db.MicrosPtr(sh.Until), db.Micros(tx.Now()))
}

// limitTo adds the condition that a scope sees the customer of the column (a root's id): any share of the
// record or of what was merged into it, that has not ended.
func limitTo(w *db.Where, s access.Scope, column string, now time.Time) {
	if s.All() {
		return
	}
	if s.OutletPath == "" {
		w.And("1 = 0")
		return
	}
	var b strings.Builder
	b.WriteString(column + ` IN (SELECT m.root_id FROM customers_share s JOIN customers_customer m ON m.id = s.customer_id WHERE (s.until IS NULL OR s.until > ?)`)
	args := []any{db.Micros(now)}
	if s.Brands != nil { // what has no brand is everybody's
		b.WriteString(` AND s.brand_id IN (''` + strings.Repeat(", ?", len(s.Brands)) + `)`)
		for _, brand := range s.Brands {
			args = append(args, brand)
		}
	}
	if !s.Centre() {
		b.WriteString(` AND s.outlet_path >= ? AND s.outlet_path < ?`)
		args = append(args, s.OutletPath, s.OutletPath+"\U0010FFFF")
	}
	w.And(b.String()+")", args...)
}

// Visible tells which of the customers the actor sees; ids lead to what they were merged into.
func (s *Service) Visible(ctx context.Context, q db.Querier, ids []ID) (map[ID]bool, error) {
	out := map[ID]bool{}
	if len(ids) == 0 {
		return out, nil
	}
	var w db.Where
	w.In("c.id", db.Strings(ids))
	limitTo(&w, access.From(ctx).Scope, "c.root_id", q.Now())
	list, err := db.List(ctx, q, db.ScanString, `SELECT c.id FROM customers_customer c`+w.String(), w.Args()...)
	for _, id := range list {
		out[ID(id)] = true
	}
	return out, err
}

// seen fails with not found when the actor does not see the customer.
func (s *Service) seen(ctx context.Context, q db.Querier, id ID) error {
	m, err := s.Visible(ctx, q, []ID{id})
	if err == nil && !m[id] {
		err = problem.ErrNotFound
	}
	return err
}
