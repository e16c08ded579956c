package units

import (
	"context"

	"anxin/internal/platform/db"
	"anxin/internal/platform/search"
)

// UseSearch makes units findable in the product's one search index, by serial, external id and the words of
// the model. Call it before the first change.
func (s *Service) UseSearch(idx *search.Service) { s.search = idx }

// SearchKind is the kind of units in the search index.
const SearchKind = recordKind

// SearchVisible decides which hits of the kind [SearchKind] the actor sees; for [search.Query].
func (s *Service) SearchVisible(ctx context.Context, ids []string) (map[string]bool, error) {
	list := make([]ID, len(ids))
	for i, id := range ids {
		list[i] = ID(id)
	}
	seen, err := s.Visible(ctx, s.db, list)
	out := make(map[string]bool, len(seen))
	for id := range seen {
		out[string(id)] = true
	}
	return out, err
}

// index makes the present state of a unit findable; a merged record is not.
func (s *Service) index(ctx context.Context, tx *db.Tx, u Unit) error {
	if s.search == nil {
		return nil
	}
	root, err := rootOf(ctx, tx, u.ID)
	if err != nil {
		return err
	}
	if root != u.ID {
		return s.search.RemoveTx(ctx, tx, SearchKind, string(u.ID))
	}
	external, err := db.List(ctx, tx, db.ScanString, `SELECT x.external_id FROM units_external x JOIN units_unit m ON m.id = x.unit_id WHERE m.root_id = $1`, string(u.ID))
	if err != nil {
		return err
	}
	snap, err := s.catalog.Current(ctx, tx)
	if err != nil {
		return err
	}
	doc := search.Doc{Kind: SearchKind, ID: string(u.ID), Brand: string(u.Brand), Terms: external}
	if u.Serial != "" {
		doc.Terms = append(doc.Terms, u.Serial, serialKey(u.Serial))
	}
	if m, ok := snap.Model(u.Model); ok {
		doc.Title = m.Code
		doc.Text = append(doc.Text, m.NameZh, m.NameEn)
	}
	return s.search.IndexTx(ctx, tx, doc)
}
