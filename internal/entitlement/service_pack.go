package entitlement

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"anxin/internal/catalog"
	"anxin/internal/entitlement/rules"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

// maxPacks bounds how many versions of packs a firm may keep.
const maxPacks = 500

// Packs lists the packs of the product and those of the firm that the actor sees, drafts too, by kind and id.
func (s *Service) Packs(ctx context.Context) ([]PackRecord, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return nil, err
	}
	list, err := s.firmPacks(ctx, s.db, "")
	if err != nil {
		return nil, err
	}
	out, err := s.records(ctx, s.db, list, "")
	slices.SortStableFunc(out, func(a, b PackRecord) int {
		return cmp.Or(cmp.Compare(slices.Index(rules.Kinds, a.Pack.Kind), slices.Index(rules.Kinds, b.Pack.Kind)), strings.Compare(a.Pack.ID, b.Pack.ID), b.Pack.Version-a.Pack.Version)
	})
	return out, err
}

// Pack reads one version of a pack, of the product or of the firm.
func (s *Service) Pack(ctx context.Context, id string, edition int) (PackRecord, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return PackRecord{}, err
	}
	return s.pack(ctx, s.db, id, edition)
}

func (s *Service) pack(ctx context.Context, q db.Querier, id string, edition int) (PackRecord, error) {
	list, err := s.firmPacks(ctx, q, id)
	if err != nil {
		return PackRecord{}, err
	}
	all, err := s.records(ctx, q, list, id)
	if err != nil {
		return PackRecord{}, err
	}
	i := slices.IndexFunc(all, func(r PackRecord) bool { return r.Pack.ID == id && r.Pack.Version == edition })
	if i < 0 {
		return PackRecord{}, ErrPackNotFound
	}
	return all[i], nil
}

func (s *Service) firmPacks(ctx context.Context, q db.Querier, id string) ([]PackRecord, error) {
	var w db.Where
	if id != "" {
		w.And("pack_id = ?", id)
	}
	if brands := access.From(ctx).Scope.Brands; brands != nil {
		w.In("brand_id", append(slices.Clone(brands), ""))
	}
	return db.List(ctx, q, scanPack, `SELECT `+packColumns+` FROM entitlement_pack`+w.String()+` ORDER BY pack_id, pack_version LIMIT `+w.Arg(maxPacks), w.Args()...)
}

// records joins the firm's packs with the product's, and both with what was confirmed in them.
func (s *Service) records(ctx context.Context, q db.Querier, firm []PackRecord, id string) ([]PackRecord, error) {
	product, err := builtin()
	if err != nil {
		return nil, err
	}
	cells, err := cellsOf(ctx, q, id)
	if err != nil {
		return nil, err
	}
	out := make([]PackRecord, 0, len(product)+len(firm))
	for _, c := range product {
		if id == "" || c.ID == id {
			out = append(out, PackRecord{Pack: c.Pack, Product: true, State: PackPublished, Version: 1})
		}
	}
	for _, r := range firm {
		_, err := rules.Compile(r.Pack)
		r.Faults = rules.Faults(err)
		out = append(out, r)
	}
	for i := range out {
		r := &out[i]
		r.Confirmed = cells[editionOf(r.Pack)]
		r.Open = slices.DeleteFunc(r.Pack.Cells(), func(c string) bool {
			return slices.ContainsFunc(r.Confirmed, func(x Confirmation) bool { return x.Cell == c })
		})
	}
	return out, nil
}

// PackInput is a pack as its author wrote it.
type PackInput struct {
	Body  json.RawMessage
	Brand catalog.BrandID // whose goods alone it judges; empty for all, which asks for the right to every brand
}

// compile reads a pack and says each fault at its place.
func (in PackInput) compile(ctx context.Context, snap *catalog.Snapshot) (*rules.Compiled, error) {
	var f problem.Fields
	scope := access.From(ctx).Scope
	if in.Brand != "" {
		_, known := snap.Brand(in.Brand)
		f.Check(known && scope.SeesBrand(string(in.Brand)), "brand_id", problem.Unknown)
	} else {
		f.Check(scope.Brands == nil, "brand_id", problem.Required)
	}
	c, err := rules.ReadPack(bytes.NewReader(in.Body))
	for _, x := range rules.Faults(err) {
		at := "pack"
		if x.At != "" {
			at += "." + x.At
		}
		f.Check(false, at, ErrPackFault, "text", x.Text)
	}
	if err != nil && len(rules.Faults(err)) == 0 {
		return nil, err
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	product, err := builtin()
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(product, func(o *rules.Compiled) bool { return o.ID == c.ID }); i >= 0 {
		// A firm may bring a law up to date before the product does, but only the law itself and for everybody.
		newer := c.Kind == rules.Statutory && in.Brand == "" && c.Version > product[i].Version
		if !newer {
			return nil, ErrPackTaken.With("pack", c.ID, "version", product[i].Version)
		}
	}
	return c.OfFirm(string(in.Brand)), nil
}

// SavePack keeps a pack as a draft. The draft of the same version is written over; a version that was published stays as
// it is, whoever wants it otherwise raises the version.
func (s *Service) SavePack(ctx context.Context, in PackInput) (PackRecord, error) {
	if err := access.Require(ctx, permRules); err != nil {
		return PackRecord{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (PackRecord, error) {
		snap, err := s.catalog.Current(ctx, tx)
		if err != nil {
			return PackRecord{}, err
		}
		c, err := in.compile(ctx, snap)
		if err != nil {
			return PackRecord{}, err
		}
		body, err := json.Marshal(c.Pack)
		if err != nil {
			return PackRecord{}, err
		}
		others, err := db.List(ctx, tx, scanPack, `SELECT `+packColumns+` FROM entitlement_pack WHERE pack_id = $1`, c.ID)
		if err != nil {
			return PackRecord{}, err
		}
		r := PackRecord{Pack: c.Pack, Brand: in.Brand, State: PackDraft, SavedBy: actorOf(ctx), SavedAt: tx.Now(), Version: 1}
		fresh := true
		for _, o := range others {
			if o.Brand != in.Brand {
				return PackRecord{}, ErrPackTaken.With("pack", c.ID, "version", o.Pack.Version)
			}
			if o.Pack.Version == c.Pack.Version {
				if o.State != PackDraft {
					return PackRecord{}, ErrPackState.With("state", string(o.State))
				}
				fresh, r.Version = false, o.Version+1
			}
		}
		if fresh {
			n, err := db.Get(ctx, tx, db.ScanInt, `SELECT COUNT(*) FROM entitlement_pack`)
			if err != nil {
				return r, err
			}
			if n >= maxPacks {
				return r, problem.Field("pack", problem.OutOfRange, "limit", maxPacks)
			}
			_, err = tx.Exec(ctx, `INSERT INTO entitlement_pack (`+packColumns+`, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, '', NULL, 1, '')`,
				c.ID, c.Pack.Version, string(in.Brand), string(PackDraft), string(body), r.SavedBy, db.Micros(r.SavedAt))
			if db.IsUnique(err, "entitlement_pack") {
				return r, db.ErrRace // somebody saved it at the same moment: read again
			}
			if err != nil {
				return r, err
			}
		} else {
			err = tx.ExecOne(ctx, `UPDATE entitlement_pack SET body = $1, saved_by = $2, saved_at = $3, version = $4 WHERE pack_id = $5 AND pack_version = $6 AND version = $7 AND state = 'draft'`,
				string(body), r.SavedBy, db.Micros(r.SavedAt), r.Version, c.ID, c.Pack.Version, r.Version-1)
			if err != nil {
				return r, err
			}
		}
		err = audit.Append(ctx, tx, audit.Entry{Kind: packRecord, Record: editionOf(r.Pack), Act: "save", New: fresh, After: r.Pack})
		if err != nil {
			return r, err
		}
		return s.pack(ctx, tx, c.ID, c.Pack.Version)
	})
}

// DecidePack publishes a draft, withdraws what was published, or publishes it again. Open decisions that rest on it are decided
// anew by the next duty.
func (s *Service) DecidePack(ctx context.Context, id string, edition int, version int64, to PackState, why string) (PackRecord, error) {
	if err := access.Require(ctx, permRulesPublish); err != nil {
		return PackRecord{}, err
	}
	why = strings.TrimSpace(why)
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (PackRecord, error) {
		r, err := findPack(ctx, tx, id, edition)
		if err != nil {
			return PackRecord{}, err
		}
		scope := access.From(ctx).Scope
		switch {
		case r.Brand == "" && scope.Brands != nil || r.Brand != "" && !scope.SeesBrand(string(r.Brand)):
			return PackRecord{}, ErrPackNotFound
		case r.Version != version:
			return PackRecord{}, problem.ErrStale.With("version", r.Version)
		case to == PackPublished && r.State == PackPublished, to == PackWithdrawn && r.State != PackPublished, to != PackPublished && to != PackWithdrawn:
			return PackRecord{}, ErrPackState.With("state", string(r.State))
		case to == PackWithdrawn && why == "":
			return PackRecord{}, problem.Field("note", problem.Required)
		case len(why) > 500:
			return PackRecord{}, problem.Field("note", problem.TooLong, "limit", 500)
		}
		if _, err := rules.Compile(r.Pack); err != nil {
			return PackRecord{}, problem.Field("pack", ErrPackFault, "text", err.Error())
		}
		err = tx.ExecOne(ctx, `UPDATE entitlement_pack SET state = $1, decided_by = $2, decided_at = $3, reason = $4, version = version + 1 WHERE pack_id = $5 AND pack_version = $6 AND version = $7`,
			string(to), actorOf(ctx), db.Micros(tx.Now()), why, id, edition, version)
		if err != nil {
			return PackRecord{}, err
		}
		if err := turnTx(ctx, tx); err != nil {
			return PackRecord{}, err
		}
		name := editionOf(r.Pack)
		act := map[PackState]string{PackPublished: "publish", PackWithdrawn: "withdraw"}[to]
		err = audit.Append(ctx, tx, audit.Entry{Kind: packRecord, Record: name, Act: act, Before: map[string]any{"state": r.State}, After: map[string]any{"state": to, "note": why}})
		if err != nil {
			return PackRecord{}, err
		}
		err = events.Publish(ctx, tx, PackChanged{
			Head: events.Head{ID: name, Version: version + 1, OccurredAt: tx.Now(), BrandID: string(r.Brand)}, Pack: id, Edition: edition, State: to,
		})
		if err != nil {
			return PackRecord{}, err
		}
		return s.pack(ctx, tx, id, edition)
	})
}

// ConfirmCell notes that somebody who knows the law has read a cell in a text, or takes that back where source is empty.
// The cell is in force either way; only its mark changes, in kept decisions too.
func (s *Service) ConfirmCell(ctx context.Context, id string, edition int, cell, source string) (PackRecord, error) {
	if err := access.Require(ctx, permRules); err != nil {
		return PackRecord{}, err
	}
	source = strings.TrimSpace(source)
	if len(source) > 500 {
		return PackRecord{}, problem.Field("source", problem.TooLong, "limit", 500)
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (PackRecord, error) {
		r, err := s.pack(ctx, tx, id, edition)
		switch {
		case err != nil:
			return r, err
		case r.Brand == "" && access.From(ctx).Scope.Brands != nil:
			return r, problem.ErrForbidden // of all brands: not for who sees some
		case !slices.Contains(r.Pack.Cells(), cell):
			return r, problem.Field("cell", ErrPackCell, "cell", cell)
		}
		act := "confirm"
		if source == "" {
			act = "doubt"
			n, err := tx.Exec(ctx, `DELETE FROM entitlement_pack_cell WHERE pack_id = $1 AND pack_version = $2 AND cell = $3`, id, edition, cell)
			if err != nil || n == 0 {
				return r, err
			}
		} else {
			_, err := tx.Exec(ctx, `INSERT INTO entitlement_pack_cell (pack_id, pack_version, cell, source, confirmed_by, confirmed_at) VALUES ($1, $2, $3, $4, $5, $6)
				ON CONFLICT (pack_id, pack_version, cell) DO UPDATE SET source = excluded.source, confirmed_by = excluded.confirmed_by, confirmed_at = excluded.confirmed_at`,
				id, edition, cell, source, actorOf(ctx), db.Micros(tx.Now()))
			if err != nil {
				return r, err
			}
		}
		if err := turnTx(ctx, tx); err != nil {
			return r, err
		}
		err = audit.Append(ctx, tx, audit.Entry{Kind: packRecord, Record: editionOf(r.Pack), Act: act, After: map[string]any{"cell": cell, "source": source}})
		if err != nil {
			return r, err
		}
		return s.pack(ctx, tx, id, edition)
	})
}

// TryInput asks what a pack would give, before it is saved.
type TryInput struct {
	PackInput
	Facts *rules.Facts // alone, or
	Unit  units.ID     // with what its record says; both empty: only the pack is read
	Ask   RightsInput  // of a unit
}

// Tried is what came of it.
type Tried struct {
	Open     []string // cells that would be unverified
	Decision *rules.Decision
}

// TryPack reads a pack as [Service.SavePack] does and decides with it beside the packs in force; it keeps nothing.
func (s *Service) TryPack(ctx context.Context, in TryInput) (Tried, error) {
	if err := access.Require(ctx, permRules); err != nil {
		return Tried{}, err
	}
	snap, err := s.catalog.Current(ctx, s.db)
	if err != nil {
		return Tried{}, err
	}
	c, err := in.compile(ctx, snap)
	if err != nil {
		return Tried{}, err
	}
	out := Tried{Open: c.Cells()}
	var f rules.Facts
	switch {
	case in.Facts != nil:
		f = *in.Facts
		if f.Today.IsZero() {
			f.Today = calendar.DateOf(s.db.Now(), s.zone)
		}
		f.Jurisdiction = cmp.Or(f.Jurisdiction, homeCountry)
	case in.Unit != "":
		u, err := s.units.Find(ctx, s.db, in.Unit)
		if err != nil {
			return out, err
		}
		if _, f, err = s.rights(ctx, s.db, u, in.Ask, cmp.Or(in.Ask.On, calendar.DateOf(s.db.Now(), s.zone)), nil); err != nil {
			return out, err
		}
	default:
		return out, nil
	}
	set, err := s.rules(ctx, s.db)
	if err != nil {
		return out, err
	}
	d, err := set.With(c).Decide(f)
	out.Decision = &d
	return out, factProblem(err)
}

// remark brings the marks of kept decisions to what is confirmed today.
func (s *Service) remark(ctx context.Context, q db.Querier, list ...*Assessment) error {
	set, err := s.rules(ctx, q)
	if err != nil {
		return err
	}
	for _, a := range list {
		set.Remark(&a.Decision)
	}
	return nil
}
