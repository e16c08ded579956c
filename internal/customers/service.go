package customers

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/search"
)

// Service keeps the customers of a database.
type Service struct {
	db     *db.DB
	keys   *crypt.Keys
	search *search.Service // may be nil
}

// New makes the service.
func New(d *db.DB, keys *crypt.Keys) *Service { return &Service{db: d, keys: keys} }

// Ref says which record an operation left behind, in which version. It holds no personal data, so an
// answer that is kept for a repeated request holds none either.
type Ref struct {
	ID      ID
	Version int64
	Part    string // id of the phone or address the operation made
}

const auditKind = "customer"

// Create keeps a new customer, visible to whoever made it.
func (s *Service) Create(ctx context.Context, in CreateInput) (Ref, error) {
	if err := access.Require(ctx, PermEdit); err != nil {
		return Ref{}, err
	}
	if !access.From(ctx).Scope.SeesBrand(string(in.Brand)) {
		return Ref{}, problem.Field("brand_id", problem.Unknown)
	}
	ref, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Ref, error) {
		c, err := s.CreateTx(ctx, tx, in)
		return Ref{ID: c.ID, Version: c.Version}, err
	})
	if db.IsUnique(err, "customers_external") {
		return Ref{}, ErrExternal
	}
	return ref, err
}

// CreateTx keeps a new customer in the caller's change: row, contacts, key, audit entry and event. The
// actor's outlet sees it from then on, under the brand of the input. Rows of an import carry the origin
// history and their own CreatedAt.
func (s *Service) CreateTx(ctx context.Context, tx *db.Tx, in CreateInput) (Customer, error) {
	a := access.From(ctx)
	if err := in.check(a.Origin); err != nil {
		return Customer{}, err
	}
	key, err := s.keys.NewKeyTx(ctx, tx, auditKind)
	if err != nil {
		return Customer{}, fmt.Errorf("key of a new customer: %w", err)
	}
	created := tx.Now()
	if a.Origin == access.History && !in.CreatedAt.IsZero() && in.CreatedAt.Before(created) {
		created = in.CreatedAt
	}
	r := row{id: ID(db.NewID()), kind: in.Kind, key: key, origin: a.Origin, createdAt: created, updatedAt: tx.Now(), version: 1}
	r.root = r.id
	if err := s.sealRow(ctx, tx, &r, in.Name, in.Email, in.Note); err != nil {
		return Customer{}, err
	}
	s.insert(tx, r, s.keys.Lookup(lookupName, in.Name), s.keys.Lookup(crypt.KindEmail, in.Email))
	c := Customer{
		ID: r.id, Kind: in.Kind, Name: in.Name, Email: in.Email, Note: in.Note, KeyID: key,
		CreatedAt: r.createdAt, UpdatedAt: r.updatedAt, Version: 1,
	}
	if c.Phones, err = s.insertPhones(ctx, tx, r, in.Phones); err != nil {
		return Customer{}, err
	}
	for _, addr := range in.Addresses {
		if _, err := s.insertAddress(ctx, tx, r, addr); err != nil {
			return Customer{}, err
		}
	}
	for _, x := range in.ExternalIDs {
		if err := s.insertExternal(ctx, tx, r, x); err != nil {
			return Customer{}, err
		}
	}
	home := a.Scope.OutletPath
	if home == "" {
		home = "/"
	}
	s.share(tx, r.id, Share{Brand: string(in.Brand), OutletPath: home})
	if err := audit.Append(ctx, tx, audit.Entry{
		Kind: auditKind, Record: string(r.id), Act: "create", New: true, OccurredAt: created,
		After: map[string]any{
			"kind": r.kind, "key": key, "name": r.name, "email": r.email, "phones": len(in.Phones), "addresses": len(in.Addresses), "brand": in.Brand,
		},
	}); err != nil {
		return Customer{}, err
	}
	if err := s.indexed(ctx, tx, c, in.ExternalIDs); err != nil {
		return Customer{}, err
	}
	return c, events.Publish(ctx, tx, Created{Head: head(r, created), Kind: r.kind})
}

const lookupName = "customer_name"

func (s *Service) sealRow(ctx context.Context, tx *db.Tx, r *row, name, email, note string) (err error) {
	if r.name, err = s.keys.Seal(ctx, tx, r.key, name); err != nil {
		return err
	}
	if r.email, err = s.keys.Seal(ctx, tx, r.key, email); err != nil {
		return err
	}
	r.note, err = s.keys.Seal(ctx, tx, r.key, note)
	return err
}

func (s *Service) insertPhones(ctx context.Context, tx *db.Tx, r row, in []PhoneInput) ([]Phone, error) {
	first := max(0, slices.IndexFunc(in, func(p PhoneInput) bool { return p.Primary }))
	seen := map[string]bool{}
	var out []Phone
	for i, p := range in {
		hash := string(s.keys.Lookup(crypt.KindPhone, p.Number))
		if seen[hash] {
			continue // the same number twice in one form
		}
		seen[hash] = true
		p.Primary = i == first
		id, err := s.insertPhone(ctx, tx, r, p)
		if err != nil {
			return nil, err
		}
		phone := Phone{ID: id, Number: p.Number, Label: p.Label, Primary: p.Primary}
		if p.Primary {
			out = slices.Insert(out, 0, phone)
		} else {
			out = append(out, phone)
		}
	}
	return out, nil
}

func (s *Service) insertPhone(ctx context.Context, tx *db.Tx, r row, p PhoneInput) (PhoneID, error) {
	number, err := s.keys.Seal(ctx, tx, r.key, p.Number)
	if err != nil {
		return "", err
	}
	label, err := s.keys.Seal(ctx, tx, r.key, p.Label)
	if err != nil {
		return "", err
	}
	id := PhoneID(db.NewID())
	tx.Later(`INSERT INTO customers_phone (id, customer_id, number_sealed, label_sealed, number_hash, tail_hash, is_primary, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, string(id), string(r.id), number, label,
		s.keys.Lookup(crypt.KindPhone, p.Number), s.keys.Lookup(crypt.KindPhone4, p.Number), p.Primary, db.Micros(tx.Now()))
	return id, nil
}

// externalHash finds an external id again; other systems' ids mind case and blanks, so nothing is folded.
func (s *Service) externalHash(x ExternalID) []byte {
	return s.keys.Lookup("customer_external:"+x.System, hex.EncodeToString([]byte(x.ID)))
}

func (s *Service) insertExternal(ctx context.Context, tx *db.Tx, r row, x ExternalID) error {
	hash := s.externalHash(x)
	taken, err := db.Exists(ctx, tx, `SELECT 1 FROM customers_external WHERE system = $1 AND external_hash = $2`, x.System, hash)
	if err != nil {
		return err
	}
	if taken {
		return ErrExternal.With("system", x.System)
	}
	sealed, err := s.keys.Seal(ctx, tx, r.key, x.ID)
	if err != nil {
		return err
	}
	tx.Later(`INSERT INTO customers_external (customer_id, system, external_hash, external_sealed, created_at) VALUES ($1, $2, $3, $4, $5)`,
		string(r.id), x.System, hash, sealed, db.Micros(tx.Now()))
	return nil
}

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
			ID: r.id, Kind: r.kind, Name: next(), Email: next(), Note: next(), KeyID: r.key, MergedInto: r.mergedInto,
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

// find reads a row within the actor's scope for a change; a merged record refers to its survivor.
func (s *Service) find(ctx context.Context, q db.Querier, id ID) (row, error) {
	if err := s.seen(ctx, q, id); err != nil {
		return row{}, err
	}
	r, err := getRow(ctx, q, id)
	if err != nil {
		return row{}, noRows(err, problem.ErrNotFound)
	}
	if !r.erasedAt.IsZero() {
		return row{}, ErrErased
	}
	if r.mergedInto != "" {
		return row{}, ErrMerged.With("into", r.root)
	}
	return r, nil
}

// edit begins a field edit: permission, scope and the version that the edit was made on.
func (s *Service) edit(ctx context.Context, tx *db.Tx, id ID, version int64) (row, error) {
	r, err := s.find(ctx, tx, id)
	if err != nil {
		return row{}, err
	}
	if version != r.version {
		return row{}, problem.ErrStale.With("version", r.version)
	}
	return r, nil
}

// changed ends a field edit: version, audit entry, event.
func (s *Service) changed(ctx context.Context, tx *db.Tx, r *row, act string, before, after any) error {
	if err := touch(ctx, tx, r); err != nil {
		return err
	}
	if err := audit.Append(ctx, tx, audit.Entry{Kind: auditKind, Record: string(r.id), Act: act, Before: before, After: after}); err != nil {
		return err
	}
	if err := s.index(ctx, tx, r.id); err != nil {
		return err
	}
	return events.Publish(ctx, tx, Changed{Head: head(*r, tx.Now()), What: act})
}

// EditInput changes a customer's own fields; nil leaves one as it is.
type EditInput struct {
	ID      ID
	Version int64
	Kind    *Kind
	Name    *string
	Email   *string
	Note    *string
}

// Edit changes a customer's own fields.
func (s *Service) Edit(ctx context.Context, in EditInput) (Ref, error) {
	if err := access.Require(ctx, PermEdit); err != nil {
		return Ref{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Ref, error) {
		r, err := s.edit(ctx, tx, in.ID, in.Version)
		if err != nil {
			return Ref{}, err
		}
		before, after := map[string]any{}, map[string]any{}
		var f problem.Fields
		if in.Kind != nil {
			f.Check(*in.Kind == Person || *in.Kind == Firm, "kind", problem.BadChoice)
			before["kind"], after["kind"] = r.kind, *in.Kind
			tx.Later(`UPDATE customers_customer SET kind = $1 WHERE id = $2`, string(*in.Kind), string(r.id))
		}
		for _, t := range []struct {
			name, lookup string
			value        *string
			old          []byte
			limit        int
		}{{"name", lookupName, in.Name, r.name, maxName}, {"email", crypt.KindEmail, in.Email, r.email, 254}, {"note", "", in.Note, r.note, maxNote}} {
			if t.value == nil {
				continue
			}
			checkText(&f, t.name, *t.value, t.limit)
			if t.name == "email" {
				*t.value = checkEmail(&f, t.name, *t.value)
			}
			sealed, err := s.keys.Seal(ctx, tx, r.key, *t.value)
			if err != nil {
				return Ref{}, err
			}
			before[t.name], after[t.name] = t.old, sealed
			if t.lookup == "" {
				tx.Later(`UPDATE customers_customer SET note_sealed = $1 WHERE id = $2`, sealed, string(r.id))
				continue
			}
			tx.Later(`UPDATE customers_customer SET `+t.name+`_sealed = $1, `+t.name+`_hash = $2 WHERE id = $3`,
				sealed, s.keys.Lookup(t.lookup, *t.value), string(r.id))
		}
		if err := f.Err(); err != nil {
			return Ref{}, err
		}
		if err := s.changed(ctx, tx, &r, "edit", before, after); err != nil {
			return Ref{}, err
		}
		return Ref{ID: r.id, Version: r.version}, nil
	})
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
