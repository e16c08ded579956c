package customers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// FindByExternal finds the customer that another system calls so. It asks for no permission and no scope.
func (s *Service) FindByExternal(ctx context.Context, q db.Querier, x ExternalID) (ID, error) {
	id, err := db.Get(ctx, q, db.ScanString, `SELECT c.root_id FROM customers_external x JOIN customers_customer c ON c.id = x.customer_id
		WHERE x.system = $1 AND x.external_hash = $2`, x.System, s.externalHash(x))
	return ID(id), noRows(err, problem.ErrNotFound)
}

// Get reads a customer in the clear and follows merging. It is for modules: it asks for no permission
// and no scope. An erased customer comes back without contacts.
func (s *Service) Get(ctx context.Context, q db.Querier, id ID) (Customer, error) {
	root, err := rootOf(ctx, q, id)
	if err != nil {
		return Customer{}, noRows(err, problem.ErrNotFound)
	}
	m, err := s.load(ctx, q, []ID{root})
	if err != nil {
		return Customer{}, err
	}
	c, ok := m[root]
	if !ok {
		return Customer{}, problem.ErrNotFound
	}
	return c, nil
}

// ByIDs reads many customers in the clear, by the ids asked for: a merged id gives the record it leads
// to. Unknown ids are absent. It asks for no permission and no scope.
func (s *Service) ByIDs(ctx context.Context, q db.Querier, ids []ID) (map[ID]Customer, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	ids = slices.DeleteFunc(ids, func(id ID) bool { return id == "" })
	out := make(map[ID]Customer, len(ids))
	if len(ids) == 0 {
		return out, nil
	}
	roots, err := resolve(ctx, q, ids)
	if err != nil {
		return nil, err
	}
	var want []ID
	for _, root := range roots {
		want = append(want, root)
	}
	want = slices.Compact(slices.Sorted(slices.Values(want)))
	m, err := s.load(ctx, q, want)
	if err != nil {
		return nil, err
	}
	for id, root := range roots {
		if c, ok := m[root]; ok {
			out[id] = c
		}
	}
	return out, nil
}

// load reads roots with their phones and opens them.
func (s *Service) load(ctx context.Context, q db.Querier, roots []ID) (map[ID]Customer, error) {
	out := make(map[ID]Customer, len(roots))
	if len(roots) == 0 {
		return out, nil
	}
	var w db.Where
	w.In("c.id", db.Strings(roots))
	rows, err := db.List(ctx, q, scanRow, `SELECT `+rowColumns+` FROM customers_customer c`+w.String(), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("read customers: %w", err)
	}
	return out, s.open(ctx, q, rows, out)
}

// open reads the phones of rows, opens everything in one batch and puts the customers into out.
func (s *Service) open(ctx context.Context, q db.Querier, rows []row, out map[ID]Customer) error {
	if len(rows) == 0 {
		return nil
	}
	ids := make([]ID, len(rows))
	for i, r := range rows {
		ids[i] = r.id
	}
	phones, err := phonesOf(ctx, q, ids)
	if err != nil {
		return err
	}
	var sealed []crypt.Sealed
	for _, r := range rows {
		sealed = append(sealed, crypt.Sealed{Data: r.name}, crypt.Sealed{Data: r.email}, crypt.Sealed{Data: r.note})
		for _, p := range phones[r.id] {
			sealed = append(sealed, crypt.Sealed{Data: p.number}, crypt.Sealed{Data: p.label})
		}
	}
	opened, err := s.keys.OpenMany(ctx, q, sealed)
	if err != nil {
		return fmt.Errorf("open customers: %w", err)
	}
	next := func() string {
		v := opened[0].Text
		opened = opened[1:]
		return v
	}
	for _, r := range rows {
		c := Customer{
			ID: r.id, Kind: r.kind, Name: next(), Email: next(), Note: next(), Lang: r.lang, KeyID: r.key, MergedInto: r.mergedInto,
			Erased: !r.erasedAt.IsZero(), CreatedAt: r.createdAt, UpdatedAt: r.updatedAt, Version: r.version,
		}
		for _, p := range phones[r.id] {
			phone := Phone{ID: p.id, Number: next(), Label: next(), Primary: p.primary && p.customer == r.id}
			if phone.Number != "" {
				c.Phones = append(c.Phones, phone)
			}
		}
		out[r.id] = c
	}
	return nil
}

// LangOf is the language that a customer chose, empty when nobody asked. It is for modules: no permission, no scope.
func (s *Service) LangOf(ctx context.Context, q db.Querier, id ID) (string, error) {
	lang, err := db.Get(ctx, q, db.ScanString, `SELECT r.lang FROM customers_customer c JOIN customers_customer r ON r.id = c.root_id WHERE c.id = $1`, string(id))
	return lang, noRows(err, problem.ErrNotFound)
}

// KeyOf is the key that seals what is written about a customer; of a merged one the survivor's.
func (s *Service) KeyOf(ctx context.Context, q db.Querier, id ID) (crypt.KeyID, error) {
	key, err := db.Get(ctx, q, db.ScanString, `SELECT r.key_id FROM customers_customer c JOIN customers_customer r ON r.id = c.root_id WHERE c.id = $1`, string(id))
	return crypt.KeyID(key), noRows(err, problem.ErrNotFound)
}

// Aliases lists every id that leads to the same customer, the surviving one first: modules that keep
// customer ids look for all of them.
func (s *Service) Aliases(ctx context.Context, q db.Querier, id ID) ([]ID, error) {
	root, err := rootOf(ctx, q, id)
	if err != nil {
		return nil, noRows(err, problem.ErrNotFound)
	}
	rows, err := group(ctx, q, root)
	if err != nil {
		return nil, noRows(err, problem.ErrNotFound)
	}
	ids := make([]ID, len(rows))
	for i, r := range rows {
		ids[i] = r.id
	}
	return ids, nil
}

// FindByPhone finds the customers that a number belongs to, however it is written. It asks for no
// permission and no scope.
func (s *Service) FindByPhone(ctx context.Context, q db.Querier, phone string) ([]Customer, error) {
	hash := s.keys.Lookup(crypt.KindPhone, phone)
	if hash == nil {
		return nil, nil
	}
	rows, err := db.List(ctx, q, scanRow, `SELECT `+rowColumns+` FROM customers_customer c WHERE c.id IN (
			SELECT m.root_id FROM customers_phone p JOIN customers_customer m ON m.id = p.customer_id WHERE p.number_hash = $1)
		ORDER BY c.id DESC LIMIT 20`, hash)
	if err != nil {
		return nil, fmt.Errorf("find by phone: %w", err)
	}
	m := map[ID]Customer{}
	if err := s.open(ctx, q, rows, m); err != nil {
		return nil, err
	}
	out := make([]Customer, 0, len(rows))
	for _, r := range rows {
		out = append(out, m[r.id])
	}
	return out, nil
}

// Address reads one address in the clear, also a removed one: records may name it. It asks for no
// permission and no scope.
func (s *Service) Address(ctx context.Context, q db.Querier, id AddressID) (Address, error) {
	r, err := db.Get(ctx, q, scanAddress, `SELECT `+addressColumns+` FROM customers_address a WHERE a.id = $1`, string(id))
	if err != nil {
		return Address{}, noRows(err, problem.ErrNotFound)
	}
	list, err := s.openAddresses(ctx, q, []addressRow{r})
	if err != nil {
		return Address{}, err
	}
	return list[0], nil
}

// Addresses lists the addresses of a customer and of what was merged into it, in the clear.
func (s *Service) Addresses(ctx context.Context, q db.Querier, id ID) ([]Address, error) {
	root, err := rootOf(ctx, q, id)
	if err != nil {
		return nil, noRows(err, problem.ErrNotFound)
	}
	rows, err := addressesOf(ctx, q, root)
	if err != nil {
		return nil, err
	}
	return s.openAddresses(ctx, q, rows)
}

// ExternalIDs lists what other systems call a customer.
func (s *Service) ExternalIDs(ctx context.Context, q db.Querier, id ID) ([]ExternalID, error) {
	root, err := rootOf(ctx, q, id)
	if err != nil {
		return nil, noRows(err, problem.ErrNotFound)
	}
	rows, err := externalsOf(ctx, q, root)
	if err != nil {
		return nil, err
	}
	sealed := make([]crypt.Sealed, len(rows))
	for i, r := range rows {
		sealed[i].Data = r.sealed
	}
	opened, err := s.keys.OpenMany(ctx, q, sealed)
	if err != nil {
		return nil, err
	}
	out := make([]ExternalID, 0, len(rows))
	for i, r := range rows {
		if !opened[i].Erased {
			out = append(out, ExternalID{System: r.system, ID: opened[i].Text})
		}
	}
	return out, nil
}

// openAddresses opens addresses in one batch.
func (s *Service) openAddresses(ctx context.Context, q db.Querier, rows []addressRow) ([]Address, error) {
	sealed := make([]crypt.Sealed, len(rows))
	for i, r := range rows {
		sealed[i].Data = r.body
	}
	opened, err := s.keys.OpenMany(ctx, q, sealed)
	if err != nil {
		return nil, fmt.Errorf("open addresses: %w", err)
	}
	out := make([]Address, len(rows))
	for i, r := range rows {
		if out[i], err = r.address(opened[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// addressBody is what is sealed of an address.
type addressBody struct {
	Place
	Label string `json:"label,omitempty"`
}

func (r addressRow) address(o crypt.Opened) (Address, error) {
	a := Address{ID: r.id, CustomerID: r.customer, Division: r.division, Removed: r.removed, Erased: o.Erased || r.body == nil}
	if a.Erased {
		return a, nil
	}
	var b addressBody
	if err := json.Unmarshal([]byte(o.Text), &b); err != nil {
		return a, errors.Join(fmt.Errorf("address %s", r.id), err)
	}
	a.Label, a.Text, a.Parts, a.Access, a.Point = b.Label, b.Text, b.Parts, b.Access, b.Point
	return a, nil
}

// IsFirm tells whether a customer is a firm, to whom consumers' law does not speak; a customer nobody knows is none. It
// opens nothing sealed and asks for no permission: it is for modules.
func (s *Service) IsFirm(ctx context.Context, q db.Querier, id ID) (bool, error) {
	kind, err := db.Get(ctx, q, db.ScanString, `SELECT r.kind FROM customers_customer c JOIN customers_customer r ON r.id = c.root_id WHERE c.id = $1`, id)
	if errors.Is(err, db.ErrNoRows) {
		return false, nil
	}
	return Kind(kind) == Firm, err
}

// Firms tells which of many customers are firms, as [Service.IsFirm] does of one.
func (s *Service) Firms(ctx context.Context, q db.Querier, ids []ID) (map[ID]bool, error) {
	out := map[ID]bool{}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(ids) == 0 {
		return out, nil
	}
	var w db.Where
	w.In("c.id", db.Strings(ids))
	w.And("r.kind = ?", string(Firm))
	list, err := db.List(ctx, q, db.ScanString, `SELECT c.id FROM customers_customer c JOIN customers_customer r ON r.id = c.root_id`+w.String(), w.Args()...)
	for _, id := range list {
		out[ID(id)] = true
	}
	return out, err
}
