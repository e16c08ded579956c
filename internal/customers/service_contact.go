package customers

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/problem"
)

// AddPhoneInput adds a number to a customer.
type AddPhoneInput struct {
	ID      ID
	Version int64
	Phone   PhoneInput
}

// AddPhone adds a number; a primary one takes the place of the one before.
func (s *Service) AddPhone(ctx context.Context, in AddPhoneInput) (Ref, error) {
	if err := access.Require(ctx, PermEdit); err != nil {
		return Ref{}, err
	}
	var f problem.Fields
	checkPhone(&f, "number", &in.Phone, access.From(ctx).Origin)
	if err := f.Err(); err != nil {
		return Ref{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Ref, error) {
		r, err := s.edit(ctx, tx, in.ID, in.Version)
		if err != nil {
			return Ref{}, err
		}
		phones, err := phonesOf(ctx, tx, []ID{r.id})
		if err != nil {
			return Ref{}, err
		}
		if len(phones[r.id]) >= maxPhones {
			return Ref{}, ErrTooMany.With("limit", maxPhones)
		}
		hash := s.keys.Lookup(crypt.KindPhone, in.Phone.Number)
		known, err := db.Exists(ctx, tx, `SELECT 1 FROM customers_phone p JOIN customers_customer c ON c.id = p.customer_id
			WHERE c.root_id = $1 AND p.number_hash = $2`, string(r.id), hash)
		if err != nil {
			return Ref{}, err
		}
		if known {
			return Ref{}, ErrPhoneKnown
		}
		if in.Phone.Primary {
			tx.Later(`UPDATE customers_phone SET is_primary = $1 WHERE customer_id = $2`, false, string(r.id))
		} else {
			in.Phone.Primary = len(phones[r.id]) == 0
		}
		id, err := s.insertPhone(ctx, tx, r, in.Phone)
		if err != nil {
			return Ref{}, err
		}
		if err := s.changed(ctx, tx, &r, "add_phone", nil, map[string]any{"phone": id, "digest": digest(hash)}); err != nil {
			return Ref{}, err
		}
		return Ref{ID: r.id, Version: r.version, Part: string(id)}, nil
	})
}

// digest shortens a keyed hash for the audit trail.
func digest(hash []byte) string { return hex.EncodeToString(hash[:min(8, len(hash))]) }

// phoneOf finds a number of a customer or of what was merged into it.
func phoneOf(ctx context.Context, q db.Querier, root ID, id PhoneID) (phoneRow, error) {
	p, err := db.Get(ctx, q, scanPhone, `SELECT `+phoneColumns+` FROM customers_phone p JOIN customers_customer c ON c.id = p.customer_id
		WHERE p.id = $1 AND c.root_id = $2`, string(id), string(root))
	return p, noRows(err, problem.ErrNotFound)
}

// PhoneInPlace names a number of a customer for [Service.RemovePhone] and [Service.PreferPhone].
type PhoneInPlace struct {
	ID      ID
	Version int64
	Phone   PhoneID
}

// RemovePhone forgets a number.
func (s *Service) RemovePhone(ctx context.Context, in PhoneInPlace) (Ref, error) {
	if err := access.Require(ctx, PermEdit); err != nil {
		return Ref{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Ref, error) {
		r, err := s.edit(ctx, tx, in.ID, in.Version)
		if err != nil {
			return Ref{}, err
		}
		p, err := phoneOf(ctx, tx, r.id, in.Phone)
		if err != nil {
			return Ref{}, err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM customers_phone WHERE id = $1`, string(p.id)); err != nil {
			return Ref{}, err
		}
		if p.primary { // the oldest other number is called first from now on
			if _, err := tx.Exec(ctx, `UPDATE customers_phone SET is_primary = $1 WHERE id = (SELECT MIN(id) FROM customers_phone WHERE customer_id = $2)`,
				true, string(p.customer)); err != nil {
				return Ref{}, err
			}
		}
		if err := s.changed(ctx, tx, &r, "remove_phone", map[string]any{"phone": p.id, "number": p.number}, nil); err != nil {
			return Ref{}, err
		}
		return Ref{ID: r.id, Version: r.version}, nil
	})
}

// PreferPhone makes a number of the customer's own the one to call first.
func (s *Service) PreferPhone(ctx context.Context, in PhoneInPlace) (Ref, error) {
	if err := access.Require(ctx, PermEdit); err != nil {
		return Ref{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Ref, error) {
		r, err := s.edit(ctx, tx, in.ID, in.Version)
		if err != nil {
			return Ref{}, err
		}
		p, err := phoneOf(ctx, tx, r.id, in.Phone)
		if err != nil {
			return Ref{}, err
		}
		tx.Later(`UPDATE customers_phone SET is_primary = (id = $1) WHERE customer_id = $2`, string(p.id), string(p.customer))
		if err := s.changed(ctx, tx, &r, "prefer_phone", nil, map[string]any{"phone": p.id}); err != nil {
			return Ref{}, err
		}
		return Ref{ID: r.id, Version: r.version}, nil
	})
}

func (s *Service) insertAddress(ctx context.Context, tx *db.Tx, r row, in AddressInput) (Address, error) {
	p := in.place()
	a := Address{ID: AddressID(db.NewID()), CustomerID: r.id, Label: in.Label, Text: p.Text, Parts: p.Parts, Access: p.Access, Point: p.Point, Division: p.Division}
	sealed, err := s.sealAddress(ctx, tx, r.key, a)
	if err != nil {
		return Address{}, err
	}
	lat, lon := coordinates(a.Point)
	tx.Later(`INSERT INTO customers_address (id, customer_id, body_sealed, division, lat, lon, point_precision, point_source, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, string(a.ID), string(r.id), sealed, db.NullString(a.Division), lat, lon,
		db.NullString(a.Point.Precision), db.NullString(a.Point.Source), db.Micros(tx.Now()))
	return a, nil
}

func (s *Service) sealAddress(ctx context.Context, q db.Querier, key crypt.KeyID, a Address) ([]byte, error) {
	text, err := json.Marshal(addressBody{Place: a.Place(), Label: a.Label})
	if err != nil {
		return nil, fmt.Errorf("seal address: %w", err)
	}
	return s.keys.Seal(ctx, q, key, string(text))
}

// coordinates are a point's columns; no point is NULL.
func coordinates(p geo.Point) (lat, lon *float64) {
	if p == (geo.Point{}) {
		return nil, nil
	}
	return &p.Lat, &p.Lon
}

// AddAddressTx adds an address in the caller's change. It asks for no permission and no scope, and
// follows merging.
func (s *Service) AddAddressTx(ctx context.Context, tx *db.Tx, id ID, in AddressInput) (Address, error) {
	var f problem.Fields
	in.check(&f, "address")
	if err := f.Err(); err != nil {
		return Address{}, err
	}
	root, err := rootOf(ctx, tx, id)
	if err != nil {
		return Address{}, noRows(err, problem.ErrNotFound)
	}
	r, err := getRow(ctx, tx, root)
	if err != nil {
		return Address{}, noRows(err, problem.ErrNotFound)
	}
	if !r.erasedAt.IsZero() {
		return Address{}, ErrErased
	}
	return s.addAddress(ctx, tx, &r, in)
}

func (s *Service) addAddress(ctx context.Context, tx *db.Tx, r *row, in AddressInput) (Address, error) {
	n, err := db.Get(ctx, tx, db.ScanInt, `SELECT COUNT(*) FROM customers_address WHERE customer_id = $1 AND removed_at IS NULL`, string(r.id))
	if err != nil {
		return Address{}, err
	}
	if n >= maxAddresses {
		return Address{}, ErrTooMany.With("limit", maxAddresses)
	}
	a, err := s.insertAddress(ctx, tx, *r, in)
	if err != nil {
		return Address{}, err
	}
	return a, s.changed(ctx, tx, r, "add_address", nil, map[string]any{"address": a.ID, "division": a.Division})
}

// AddAddressInput adds an address to a customer.
type AddAddressInput struct {
	ID      ID
	Version int64
	Address AddressInput
}

// AddAddress adds an address: pasted text is taken apart.
func (s *Service) AddAddress(ctx context.Context, in AddAddressInput) (Ref, error) {
	if err := access.Require(ctx, PermEdit); err != nil {
		return Ref{}, err
	}
	var f problem.Fields
	in.Address.check(&f, "address")
	if err := f.Err(); err != nil {
		return Ref{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Ref, error) {
		r, err := s.edit(ctx, tx, in.ID, in.Version)
		if err != nil {
			return Ref{}, err
		}
		a, err := s.addAddress(ctx, tx, &r, in.Address)
		if err != nil {
			return Ref{}, err
		}
		return Ref{ID: r.id, Version: r.version, Part: string(a.ID)}, nil
	})
}

// EditAddressInput replaces an address, or removes it.
type EditAddressInput struct {
	ID      ID
	Version int64
	Address AddressID
	New     AddressInput
}

// EditAddress replaces what an address says. Snapshots that orders took stay as they were.
func (s *Service) EditAddress(ctx context.Context, in EditAddressInput) (Ref, error) {
	if err := access.Require(ctx, PermEdit); err != nil {
		return Ref{}, err
	}
	var f problem.Fields
	in.New.check(&f, "address")
	if err := f.Err(); err != nil {
		return Ref{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Ref, error) {
		r, old, err := s.addressOf(ctx, tx, in.ID, in.Version, in.Address)
		if err != nil {
			return Ref{}, err
		}
		p := in.New.place()
		a := Address{Label: in.New.Label, Text: p.Text, Parts: p.Parts, Access: p.Access, Point: p.Point, Division: p.Division}
		sealed, err := s.sealAddress(ctx, tx, crypt.KeyOf(old.body), a)
		if err != nil {
			return Ref{}, err
		}
		lat, lon := coordinates(a.Point)
		tx.Later(`UPDATE customers_address SET body_sealed = $1, division = $2, lat = $3, lon = $4, point_precision = $5, point_source = $6 WHERE id = $7`,
			sealed, db.NullString(a.Division), lat, lon, db.NullString(a.Point.Precision), db.NullString(a.Point.Source), string(old.id))
		if err := s.changed(ctx, tx, &r, "edit_address", map[string]any{"address": old.id, "body": old.body, "division": old.division},
			map[string]any{"address": old.id, "body": sealed, "division": a.Division}); err != nil {
			return Ref{}, err
		}
		return Ref{ID: r.id, Version: r.version, Part: string(old.id)}, nil
	})
}

// RemoveAddress takes an address off the customer; records that name it still read it.
func (s *Service) RemoveAddress(ctx context.Context, in EditAddressInput) (Ref, error) {
	if err := access.Require(ctx, PermEdit); err != nil {
		return Ref{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Ref, error) {
		r, old, err := s.addressOf(ctx, tx, in.ID, in.Version, in.Address)
		if err != nil {
			return Ref{}, err
		}
		tx.Later(`UPDATE customers_address SET removed_at = $1 WHERE id = $2`, db.Micros(tx.Now()), string(old.id))
		if err := s.changed(ctx, tx, &r, "remove_address", map[string]any{"address": old.id}, nil); err != nil {
			return Ref{}, err
		}
		return Ref{ID: r.id, Version: r.version}, nil
	})
}

func (s *Service) addressOf(ctx context.Context, tx *db.Tx, id ID, version int64, address AddressID) (row, addressRow, error) {
	r, err := s.edit(ctx, tx, id, version)
	if err != nil {
		return row{}, addressRow{}, err
	}
	a, err := db.Get(ctx, tx, scanAddress, `SELECT `+addressColumns+` FROM customers_address a JOIN customers_customer c ON c.id = a.customer_id
		WHERE a.id = $1 AND c.root_id = $2 AND a.removed_at IS NULL`, string(address), string(r.id))
	return r, a, noRows(err, problem.ErrNotFound)
}

// AddExternalTx notes what another system calls a customer. A name that another customer bears there is
// refused with [ErrExternal]. It asks for no permission and no scope.
func (s *Service) AddExternalTx(ctx context.Context, tx *db.Tx, id ID, x ExternalID) error {
	r, err := getRow(ctx, tx, id)
	if err != nil {
		return noRows(err, problem.ErrNotFound)
	}
	if err := s.insertExternal(ctx, tx, r, x); err != nil {
		return err
	}
	if err := audit.Append(ctx, tx, audit.Entry{Kind: auditKind, Record: string(r.id), Act: "add_external", After: map[string]any{"system": x.System}}); err != nil {
		return err
	}
	if err := s.index(ctx, tx, r.root); err != nil {
		return err
	}
	return events.Publish(ctx, tx, Changed{Head: head(r, tx.Now()), What: "add_external"})
}
