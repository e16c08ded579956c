package entitlement

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/entitlement/rules"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
)

// builtin reads the packs that come with the product once.
var builtin = sync.OnceValues(rules.Builtin)

// rulebook holds all packs in force, compiled, for as long as the database's revision is the same.
type rulebook struct {
	lock     sync.Mutex
	revision string
	set      *rules.Set
}

// rules are the packs in force: the product's and the firm's, with what was confirmed in them. One small query tells
// whether what this process holds is still true.
func (s *Service) rules(ctx context.Context, q db.Querier) (*rules.Set, error) {
	revision, err := db.Get(ctx, q, db.ScanString, `SELECT revision FROM entitlement_rulebook WHERE id = 1`)
	if err != nil {
		return nil, fmt.Errorf("revision of the rule packs: %w", err)
	}
	if set := s.book.held(revision); set != nil {
		return set, nil
	}
	// The revision was read first: should a change come between, the rows are newer than it says and are read again. The lock
	// is not held meanwhile: who waits for it may hold the connection that the reading needs.
	set, err := loadRules(ctx, q, s.zone)
	if err != nil {
		return nil, err
	}
	s.book.lock.Lock()
	defer s.book.lock.Unlock()
	s.book.set, s.book.revision = set, revision
	return set, nil
}

// held is the set of a revision; nil when another is held.
func (b *rulebook) held(revision string) *rules.Set {
	b.lock.Lock()
	defer b.lock.Unlock()
	if b.revision != revision {
		return nil
	}
	return b.set
}

// loadRules compiles all packs in force, with the working days of a zone.
func loadRules(ctx context.Context, q db.Querier, zone *time.Location) (*rules.Set, error) {
	cal, err := calendar.ChinaWorkdays("entitlement", zone)
	if err != nil {
		return nil, err
	}
	product, err := builtin()
	if err != nil {
		return nil, err
	}
	firm, err := db.List(ctx, q, scanPack, `SELECT `+packColumns+` FROM entitlement_pack WHERE state = 'published' ORDER BY pack_id, pack_version`)
	if err != nil {
		return nil, fmt.Errorf("rule packs of the firm: %w", err)
	}
	cells, err := cellsOf(ctx, q, "")
	if err != nil {
		return nil, err
	}
	all := slices.Clone(product)
	for _, r := range firm {
		c, err := rules.Compile(r.Pack)
		if err != nil { // it compiled when it was published: the product has changed since. The others go on.
			slog.ErrorContext(ctx, "rule pack left out", "pack", r.Pack.ID, "version", r.Pack.Version, "error", err)
			continue
		}
		all = append(all, c.OfFirm(string(r.Brand)))
	}
	for i, c := range all {
		all[i] = c.Confirm(sources(cells[editionOf(c.Pack)]))
	}
	return rules.NewSet(cal, all...), nil
}

// editionOf names a version of a pack.
func editionOf(p rules.Pack) string { return fmt.Sprintf("%s@%d", p.ID, p.Version) }

func sources(list []Confirmation) map[string]string {
	out := make(map[string]string, len(list))
	for _, c := range list {
		out[c.Cell] = c.Source
	}
	return out
}

// turnTx makes every process read the packs again once the change is committed. The new revision is of this try alone: one
// that is rolled back leaves nothing that a later change could share.
func turnTx(ctx context.Context, tx *db.Tx) error {
	return tx.ExecOne(ctx, `UPDATE entitlement_rulebook SET revision = $1 WHERE id = 1`, db.NewID())
}

const packColumns = `pack_id, pack_version, brand_id, state, body, saved_by, saved_at, decided_by, decided_at, version`

func scanPack(r db.Scanner) (PackRecord, error) {
	var p PackRecord
	var id, brand, body string
	var edition int
	var saved int64
	var decided *int64
	if err := r.Scan(&id, &edition, &brand, &p.State, &body, &p.SavedBy, &saved, &p.DecidedBy, &decided, &p.Version); err != nil {
		return p, err
	}
	p.Brand, p.SavedAt = catalog.BrandID(brand), db.FromMicros(saved)
	if decided != nil {
		p.DecidedAt = db.FromMicros(*decided)
	}
	return p, json.Unmarshal([]byte(body), &p.Pack)
}

func findPack(ctx context.Context, q db.Querier, id string, edition int) (PackRecord, error) {
	p, err := db.Get(ctx, q, scanPack, `SELECT `+packColumns+` FROM entitlement_pack WHERE pack_id = $1 AND pack_version = $2`, id, edition)
	if errors.Is(err, db.ErrNoRows) {
		return p, ErrPackNotFound
	}
	return p, err
}

// cellsOf are the confirmed cells by pack@version; of one pack, or of all where id is empty.
func cellsOf(ctx context.Context, q db.Querier, id string) (map[string][]Confirmation, error) {
	type row struct {
		name string
		Confirmation
	}
	var w db.Where
	if id != "" {
		w.And("pack_id = ?", id)
	}
	list, err := db.List(ctx, q, func(r db.Scanner) (row, error) {
		var x row
		var id string
		var edition int
		var at int64
		err := r.Scan(&id, &edition, &x.Cell, &x.Source, &x.By, &at)
		x.name, x.At = fmt.Sprintf("%s@%d", id, edition), db.FromMicros(at)
		return x, err
	}, `SELECT pack_id, pack_version, cell, source, confirmed_by, confirmed_at FROM entitlement_pack_cell`+w.String()+` ORDER BY pack_id, pack_version, cell`, w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("confirmed cells: %w", err)
	}
	out := map[string][]Confirmation{}
	for _, x := range list {
		out[x.name] = append(out[x.name], x.Confirmation)
	}
	return out, nil
}
