package customers

import (
	"context"

	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/search"
)

// UseSearch makes customers findable in the product's one search index, by masked name, whole name and
// its pinyin initials, whole phone number, its last four digits, e-mail and external id; names and numbers go there as keyed hashes. Call it before
// the first change.
func (s *Service) UseSearch(idx *search.Service) { s.search = idx }

// SearchKind is the kind of customers in the search index.
const SearchKind = auditKind

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

// index makes the present state of a surviving record findable.
func (s *Service) index(ctx context.Context, tx *db.Tx, root ID) error {
	c, err := s.Get(ctx, tx, root)
	if err != nil {
		return err
	}
	tx.Later(`DELETE FROM customers_initials WHERE customer_id = $1`, string(c.ID))
	ids, err := s.ExternalIDs(ctx, tx, root)
	if err != nil {
		return err
	}
	return s.indexed(ctx, tx, c, ids)
}

// indexed is index for a record whose name has no initials yet.
func (s *Service) indexed(ctx context.Context, tx *db.Tx, c Customer, ids []ExternalID) error {
	for _, i := range search.Initials(c.Name) {
		tx.Later(`INSERT INTO customers_initials (customer_id, hash) VALUES ($1, $2)`, string(c.ID), s.keys.Lookup(crypt.KindInitials, i))
	}
	if s.search == nil {
		return nil
	}
	doc := search.Doc{Kind: SearchKind, ID: string(c.ID), Title: crypt.MaskText(c.MaskedName())}
	for _, p := range c.Phones {
		doc.Lookups = append(doc.Lookups, search.Lookup{Kind: crypt.KindPhone, Value: p.Number}, search.Lookup{Kind: crypt.KindPhone4, Value: p.Number})
	}
	doc.Lookups = append(doc.Lookups, search.Names(c.Name)...)
	if c.Email != "" {
		doc.Lookups = append(doc.Lookups, search.Lookup{Kind: crypt.KindEmail, Value: c.Email})
	}
	for _, x := range ids {
		if MaskExternal(x) == x.ID { // some systems call their customers by phone number
			doc.Terms = append(doc.Terms, x.ID)
		}
	}
	return s.search.IndexTx(ctx, tx, doc)
}

// unindex makes records unfindable: they were merged or erased.
func (s *Service) unindex(ctx context.Context, tx *db.Tx, ids ...ID) error {
	for _, id := range ids {
		tx.Later(`DELETE FROM customers_initials WHERE customer_id = $1`, string(id))
	}
	if s.search == nil {
		return nil
	}
	for _, id := range ids {
		if err := s.search.RemoveTx(ctx, tx, SearchKind, string(id)); err != nil {
			return err
		}
	}
	return nil
}
