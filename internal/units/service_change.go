package units

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

// root reads the surviving record for a change from another module.
func (s *Service) root(ctx context.Context, tx *db.Tx, id ID) (Unit, error) {
	root, err := rootOf(ctx, tx, id)
	if err != nil {
		return Unit{}, noRows(err, problem.ErrNotFound)
	}
	u, err := getUnit(ctx, tx, root)
	return u.Unit, noRows(err, problem.ErrNotFound)
}

// find reads a unit within the actor's scope for a change; a merged record refers to its survivor.
func (s *Service) find(ctx context.Context, q db.Querier, id ID) (Unit, error) {
	if err := s.seen(ctx, q, id); err != nil {
		return Unit{}, err
	}
	u, err := getUnit(ctx, q, id)
	if err != nil {
		return Unit{}, noRows(err, problem.ErrNotFound)
	}
	if u.MergedInto != "" {
		return Unit{}, ErrMerged.With("into", u.root)
	}
	return u.Unit, nil
}

// edit begins a field edit: scope and the version that the edit was made on.
func (s *Service) edit(ctx context.Context, tx *db.Tx, id ID, version int64) (Unit, error) {
	u, err := s.find(ctx, tx, id)
	if err != nil {
		return Unit{}, err
	}
	if version != u.Version {
		return Unit{}, problem.ErrStale.With("version", u.Version)
	}
	return u, nil
}

// changed ends a change: version, audit entry, event.
func (s *Service) changed(ctx context.Context, tx *db.Tx, u *Unit, e audit.Entry, ev func(Unit) events.Event) error {
	if err := touch(ctx, tx, u); err != nil {
		return err
	}
	e.Kind, e.Record = recordKind, string(u.ID)
	if err := audit.Append(ctx, tx, e); err != nil {
		return err
	}
	if err := s.index(ctx, tx, *u); err != nil {
		return err
	}
	return events.Publish(ctx, tx, ev(*u))
}

func (s *Service) plainChange(ctx context.Context, tx *db.Tx, u *Unit, act string, before, after any) error {
	return s.changed(ctx, tx, u, audit.Entry{Act: act, Before: before, After: after}, func(u Unit) events.Event {
		return Changed{Head: head(u, tx.Now()), What: act}
	})
}

// EditInput changes a unit's own fields; nil leaves one as it is. A date set to nil is forgotten.
type EditInput struct {
	ID       ID
	Version  int64
	Model    *catalog.ModelID
	Category *catalog.CategoryCode
	Serial   *string
	Purchase *Purchase
	Dates    map[DateKind]*Dated
}

// Edit changes a unit's own fields.
func (s *Service) Edit(ctx context.Context, in EditInput) (Ref, error) {
	if err := access.Require(ctx, PermEdit); err != nil {
		return Ref{}, err
	}
	ref, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Ref, error) {
		u, err := s.edit(ctx, tx, in.ID, in.Version)
		if err != nil {
			return Ref{}, err
		}
		before := summary(u)
		if err := s.apply(ctx, tx, &u, in); err != nil {
			return Ref{}, err
		}
		s.note(ctx, tx, Entry{Unit: u.ID, Kind: "edited"})
		err = s.plainChange(ctx, tx, &u, "edit", before, summary(u))
		return Ref{ID: u.ID, Version: u.Version}, err
	})
	return ref, taken(err)
}

func (s *Service) apply(ctx context.Context, tx *db.Tx, u *Unit, in EditInput) error {
	snap, err := s.catalog.Current(ctx, tx)
	if err != nil {
		return err
	}
	var f problem.Fields
	if in.Model != nil || in.Category != nil {
		if in.Model != nil {
			u.Model = *in.Model
			u.Category = "" // follows the model
		}
		if in.Category != nil {
			u.Category = *in.Category
		}
		u.Category = checkModel(&f, snap, u.Brand, u.Model, u.Category)
	}
	if in.Serial != nil {
		checkSerialText(&f, *in.Serial)
		u.Serial = strings.TrimSpace(*in.Serial)
	}
	if in.Purchase != nil {
		in.Purchase.check(&f)
		u.Purchase = *in.Purchase
	}
	u.Dates = maps.Clone(u.Dates)
	for k, v := range in.Dates {
		if v == nil {
			delete(u.Dates, k)
			continue
		}
		u.Dates[k] = *v
	}
	u.Dates.check(&f, s.today(tx))
	if err := f.Err(); err != nil {
		return err
	}
	if in.Serial != nil {
		if err := s.checkSerial(ctx, tx, u.Brand, u.Serial, u.ID); err != nil {
			return err
		}
		s.writeSerial(tx, *u)
	}
	tx.Later(`UPDATE units_unit SET model_id = $1, category = $2 WHERE id = $3`, db.NullString(u.Model), db.NullString(u.Category), string(u.ID))
	tx.Later(`UPDATE units_unit SET channel = $1, seller = $2, order_no = $3, invoice_no = $4, price_minor = $5, price_currency = $6, proof_file = $7 WHERE id = $8`,
		append(purchaseColumns(u.Purchase), string(u.ID))...)
	s.writeDates(tx, *u)
	return nil
}

func (s *Service) writeSerial(tx *db.Tx, u Unit) {
	key := serialKey(u.Serial)
	tx.Later(`UPDATE units_unit SET serial = $1, serial_key = $2, serial_back = $3 WHERE id = $4`,
		db.NullString(u.Serial), db.NullString(key), db.NullString(reverse(key)), string(u.ID))
}

func (s *Service) writeDates(tx *db.Tx, u Unit) {
	tx.Later(`UPDATE units_unit SET made_on = $1, made_by = $2, sold_on = $3, sold_by = $4, invoiced_on = $5, invoiced_by = $6, delivered_on = $7,
		delivered_by = $8, installed_on = $9, installed_by = $10, activated_on = $11, activated_by = $12 WHERE id = $13`,
		append(dateColumns(u.Dates), string(u.ID))...)
}

// SetSerialTx notes the serial that somebody read on site. The serial of another unit of the brand is
// refused with [ErrSerialTaken], which names that unit. It asks for no permission and no scope.
func (s *Service) SetSerialTx(ctx context.Context, tx *db.Tx, id ID, serial string) error {
	u, err := s.root(ctx, tx, id)
	if err != nil {
		return err
	}
	var f problem.Fields
	f.Check(strings.TrimSpace(serial) != "", "serial", problem.Required)
	checkSerialText(&f, serial)
	if err := f.Err(); err != nil {
		return err
	}
	if serialKey(serial) == serialKey(u.Serial) {
		return nil
	}
	if err := s.checkSerial(ctx, tx, u.Brand, serial, u.ID); err != nil {
		return err
	}
	before := u.Serial
	u.Serial = strings.TrimSpace(serial)
	s.writeSerial(tx, u)
	s.note(ctx, tx, Entry{Unit: u.ID, Kind: "serial_read", Params: map[string]any{"serial": u.Serial}})
	return s.plainChange(ctx, tx, &u, "set_serial", map[string]any{"serial": before}, map[string]any{"serial": u.Serial})
}

// SetDateTx notes a date and who verified it. It asks for no permission and no scope.
func (s *Service) SetDateTx(ctx context.Context, tx *db.Tx, id ID, kind DateKind, d Dated) error {
	u, err := s.root(ctx, tx, id)
	if err != nil {
		return err
	}
	before := u.Dates
	u.Dates = maps.Clone(before)
	u.Dates[kind] = d
	var f problem.Fields
	u.Dates.check(&f, s.today(tx))
	if err := f.Err(); err != nil {
		return err
	}
	s.writeDates(tx, u)
	s.note(ctx, tx, Entry{Unit: u.ID, Kind: "dated", Params: map[string]any{"date": kind, "day": d.Day.String(), "by": d.By}})
	return s.plainChange(ctx, tx, &u, "set_date", before, u.Dates)
}

// SetPlaceTx notes where a unit stands, as a snapshot. It asks for no permission and no scope.
func (s *Service) SetPlaceTx(ctx context.Context, tx *db.Tx, id ID, p customers.Place) error {
	u, err := s.root(ctx, tx, id)
	if err != nil {
		return err
	}
	return s.setPlace(ctx, tx, &u, p)
}

func (s *Service) setPlace(ctx context.Context, tx *db.Tx, u *Unit, p customers.Place) error {
	before := map[string]any{"place": u.sealed, "division": u.Division}
	if err := s.sealPlace(ctx, tx, u, p); err != nil {
		return err
	}
	s.writePlace(tx, *u)
	s.note(ctx, tx, Entry{Unit: u.ID, Kind: "moved", Params: map[string]any{"division": u.Division}})
	return s.plainChange(ctx, tx, u, "set_place", before, map[string]any{"place": u.sealed, "division": u.Division})
}

func (s *Service) writePlace(tx *db.Tx, u Unit) {
	tx.Later(`UPDATE units_unit SET division = $1, lat = $2, lon = $3, point_precision = $4, point_source = $5, place_sealed = $6, key_id = $7 WHERE id = $8`,
		append(pointColumns(u.Division, u.Point), u.sealed, string(u.key), string(u.ID))...)
}

// PlaceInput says where a unit stands: one of the owner's addresses, or an address of its own.
type PlaceInput struct {
	ID      ID
	Version int64
	Address customers.AddressID
	New     *customers.AddressInput
}

// SetPlace notes where a unit stands.
func (s *Service) SetPlace(ctx context.Context, in PlaceInput) (Ref, error) {
	if err := access.Require(ctx, PermEdit); err != nil {
		return Ref{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Ref, error) {
		u, err := s.edit(ctx, tx, in.ID, in.Version)
		if err != nil {
			return Ref{}, err
		}
		var p customers.Place
		if in.New != nil {
			p, err = customers.PlaceOf(*in.New)
		} else {
			p, err = s.placeOf(ctx, tx, u.Owner, in.Address)
		}
		if err != nil {
			return Ref{}, err
		}
		err = s.setPlace(ctx, tx, &u, p)
		return Ref{ID: u.ID, Version: u.Version}, err
	})
}

// OwnerInput gives a unit to another owner, or to nobody known.
type OwnerInput struct {
	access.Act
	ID    ID
	Owner customers.ID
}

// ChangeOwner gives a unit to another owner. The place stays where it is and is sealed by the new owner's key.
func (s *Service) ChangeOwner(ctx context.Context, in OwnerInput) (Ref, error) {
	if err := access.Require(ctx, PermEdit); err != nil {
		return Ref{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Ref, error) {
		if _, err := s.find(ctx, tx, in.ID); err != nil {
			return Ref{}, err
		}
		if err := s.seesOwner(ctx, tx, in.Owner); err != nil {
			return Ref{}, err
		}
		return s.ChangeOwnerTx(ctx, tx, in)
	})
}

// ChangeOwnerTx is [Service.ChangeOwner] in the caller's change, without permission and scope.
func (s *Service) ChangeOwnerTx(ctx context.Context, tx *db.Tx, in OwnerInput) (Ref, error) {
	at, err := in.At(access.From(ctx).Origin, tx.Now())
	if err != nil {
		return Ref{}, err
	}
	u, err := s.root(ctx, tx, in.ID)
	if err != nil {
		return Ref{}, err
	}
	if in.Owner == u.Owner {
		return Ref{ID: u.ID, Version: u.Version}, nil
	}
	place, err := s.openPlace(ctx, tx, u)
	if err != nil {
		return Ref{}, err
	}
	before := u.Owner
	if in.Owner != "" {
		c, err := s.customers.Get(ctx, tx, in.Owner)
		if problem.Match(err, problem.ErrNotFound) || err == nil && c.Erased {
			return Ref{}, problem.Field("owner_id", problem.Unknown)
		}
		if err != nil {
			return Ref{}, err
		}
		u.Owner, u.key = c.ID, c.KeyID
	} else {
		u.Owner = ""
		if u.key, err = s.keys.NewKeyTx(ctx, tx, recordKind); err != nil {
			return Ref{}, fmt.Errorf("key of a unit without owner: %w", err)
		}
	}
	if err := s.sealPlace(ctx, tx, &u, place); err != nil {
		return Ref{}, err
	}
	s.writePlace(tx, u)
	tx.Later(`UPDATE units_unit SET owner_id = $1 WHERE id = $2`, db.NullString(u.Owner), string(u.ID))
	s.note(ctx, tx, Entry{Unit: u.ID, Kind: "owner_changed", At: at, Params: map[string]any{"from": before, "to": u.Owner, "reason": in.Reason}})
	err = s.changed(ctx, tx, &u, audit.Entry{
		Act: "change_owner", Reason: in.Reason, OccurredAt: at, Before: map[string]any{"owner": before}, After: map[string]any{"owner": u.Owner},
	}, func(u Unit) events.Event { return OwnerChanged{Head: head(u, at), From: before, To: u.Owner} })
	return Ref{ID: u.ID, Version: u.Version}, err
}

// FactTx notes what service did to a unit, in the change that did it. A first installation also gives the
// unit its installed date, verified by the order. It asks for no permission and no scope.
func (s *Service) FactTx(ctx context.Context, tx *db.Tx, in Fact) (Fact, error) {
	u, err := s.root(ctx, tx, in.Unit)
	if err != nil {
		return Fact{}, err
	}
	var f problem.Fields
	f.Check(slices.Contains(factKinds, in.Kind), "kind", problem.BadChoice)
	f.Check(in.DaysOut >= 0 && in.DaysOut <= 3650, "days_out", problem.OutOfRange)
	for name, v := range map[string]string{
		"symptom_family": in.SymptomFamily, "component_swapped": in.ComponentSwapped, "result": in.Result, "order_id": in.Order,
	} {
		checkText(&f, name, v, maxCode)
	}
	if err := f.Err(); err != nil {
		return Fact{}, err
	}
	in.ID, in.Unit, in.RecordedAt = db.NewID(), u.ID, tx.Now()
	if in.At.IsZero() {
		in.At = tx.Now()
	}
	tx.Later(`INSERT INTO units_service_fact (id, unit_id, kind, symptom_family, days_out, component_swapped, result, order_ref, occurred_at, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, in.ID, string(u.ID), string(in.Kind), in.SymptomFamily, in.DaysOut, in.ComponentSwapped,
		in.Result, in.Order, db.Micros(in.At), db.Micros(tx.Now()))
	s.note(ctx, tx, Entry{
		Unit: u.ID, Kind: "fact_added", RefKind: "order", RefID: in.Order, At: in.At,
		Params: map[string]any{"fact": in.Kind, "family": in.SymptomFamily, "days_out": in.DaysOut, "swapped": in.ComponentSwapped, "result": in.Result},
	})
	if _, known := u.Dates[Installed]; in.Kind == FactInstalled && !known {
		u.Dates = maps.Clone(u.Dates)
		u.Dates[Installed] = Dated{Day: calendar.DateOf(in.At, s.zone), By: "order"}
		s.writeDates(tx, u)
	}
	return in, s.changed(ctx, tx, &u, audit.Entry{Act: "add_fact", OccurredAt: in.At, After: in}, func(u Unit) events.Event {
		return FactAdded{Head: head(u, in.At), Kind: in.Kind, SymptomFamily: in.SymptomFamily, Order: in.Order}
	})
}
