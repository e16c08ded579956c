package customers

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/i18n"
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
	r := row{id: ID(db.NewID()), kind: in.Kind, key: key, lang: in.Lang, origin: a.Origin, createdAt: created, updatedAt: tx.Now(), version: 1}
	r.root = r.id
	if err := s.sealRow(ctx, tx, &r, in.Name, in.Email, in.Note); err != nil {
		return Customer{}, err
	}
	s.insert(tx, r, s.keys.Lookup(lookupName, in.Name), s.keys.Lookup(crypt.KindEmail, in.Email))
	c := Customer{
		ID: r.id, Kind: in.Kind, Name: in.Name, Email: in.Email, Note: in.Note, Lang: in.Lang, KeyID: key,
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
	Lang    *string
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
		if in.Lang != nil {
			f.Check(*in.Lang == "" || i18n.ForCustomers(*in.Lang), "lang", problem.BadChoice)
			before["lang"], after["lang"] = r.lang, *in.Lang
			tx.Later(`UPDATE customers_customer SET lang = $1 WHERE id = $2`, *in.Lang, string(r.id))
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
