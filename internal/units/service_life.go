package units

import (
	"context"
	"fmt"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

// ReplaceInput gives another unit for one.
type ReplaceInput struct {
	access.Act
	ID ID // the unit that goes
	By ID // the unit that comes
}

// Replace notes that another unit was given for one: the old one is out of use, the new one begins its own
// warranties from its own dates.
func (s *Service) Replace(ctx context.Context, in ReplaceInput) (Ref, error) {
	if err := access.Require(ctx, PermEdit); err != nil {
		return Ref{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Ref, error) {
		for _, id := range []ID{in.ID, in.By} {
			if _, err := s.find(ctx, tx, id); err != nil {
				return Ref{}, err
			}
		}
		return s.ReplaceTx(ctx, tx, in)
	})
}

// ReplaceTx is [Service.Replace] in the caller's change, without permission and scope.
func (s *Service) ReplaceTx(ctx context.Context, tx *db.Tx, in ReplaceInput) (Ref, error) {
	at, err := in.At(access.From(ctx).Origin, tx.Now())
	if err != nil {
		return Ref{}, err
	}
	old, err := s.root(ctx, tx, in.ID)
	if err != nil {
		return Ref{}, err
	}
	by, err := s.root(ctx, tx, in.By)
	if err != nil {
		return Ref{}, err
	}
	switch {
	case old.ID == by.ID:
		return Ref{}, ErrMergeSelf
	case by.State != Active:
		return Ref{}, ErrState.With("state", by.State, "act", "replace")
	case by.Replaces != "" && by.Replaces != old.ID:
		return Ref{}, problem.Field("by", problem.Taken)
	}
	before := old.State
	if old.State, err = old.State.next("replace"); err != nil {
		return Ref{}, err
	}
	old.ReplacedBy = by.ID
	tx.Later(`UPDATE units_unit SET state = $1, replaced_by = $2 WHERE id = $3`, string(old.State), string(by.ID), string(old.ID))
	tx.Later(`UPDATE units_unit SET replaces = $1 WHERE id = $2`, string(old.ID), string(by.ID))
	s.note(ctx, tx, Entry{Unit: old.ID, Kind: "replaced", RefKind: recordKind, RefID: string(by.ID), At: at, Params: map[string]any{"reason": in.Reason}})
	s.note(ctx, tx, Entry{Unit: by.ID, Kind: "replaces", RefKind: recordKind, RefID: string(old.ID), At: at, Params: map[string]any{"reason": in.Reason}})
	if err := s.plainChange(ctx, tx, &by, "replaces", nil, map[string]any{"unit": old.ID}); err != nil {
		return Ref{}, err
	}
	err = s.changed(ctx, tx, &old, audit.Entry{
		Act: "replace", Reason: in.Reason, OccurredAt: at, Before: map[string]any{"state": before}, After: map[string]any{"state": old.State, "by": by.ID},
	}, func(u Unit) events.Event { return ReplacedEvent{Head: head(u, at), By: by.ID} })
	return Ref{ID: old.ID, Version: old.Version}, err
}

// StateInput retires a unit or takes that back.
type StateInput struct {
	access.Act
	ID ID
}

// Retire notes that a unit is out of use: scrapped, returned, gone.
func (s *Service) Retire(ctx context.Context, in StateInput) (Ref, error) {
	return s.move(ctx, in, "retire")
}

// Restore takes a retirement back.
func (s *Service) Restore(ctx context.Context, in StateInput) (Ref, error) {
	return s.move(ctx, in, "restore")
}

func (s *Service) move(ctx context.Context, in StateInput, act string) (Ref, error) {
	if err := access.Require(ctx, PermEdit); err != nil {
		return Ref{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Ref, error) {
		if _, err := s.find(ctx, tx, in.ID); err != nil {
			return Ref{}, err
		}
		return s.moveTx(ctx, tx, in, act)
	})
}

// RetireTx is [Service.Retire] in the caller's change, without permission and scope.
func (s *Service) RetireTx(ctx context.Context, tx *db.Tx, in StateInput) (Ref, error) {
	return s.moveTx(ctx, tx, in, "retire")
}

func (s *Service) moveTx(ctx context.Context, tx *db.Tx, in StateInput, act string) (Ref, error) {
	at, err := in.At(access.From(ctx).Origin, tx.Now())
	if err != nil {
		return Ref{}, err
	}
	u, err := s.root(ctx, tx, in.ID)
	if err != nil {
		return Ref{}, err
	}
	before := u.State
	if u.State, err = u.State.next(act); err != nil {
		return Ref{}, err
	}
	tx.Later(`UPDATE units_unit SET state = $1 WHERE id = $2`, string(u.State), string(u.ID))
	s.note(ctx, tx, Entry{Unit: u.ID, Kind: act + "d", At: at, Params: map[string]any{"reason": in.Reason}})
	err = s.changed(ctx, tx, &u, audit.Entry{
		Act: act, Reason: in.Reason, OccurredAt: at, Before: map[string]any{"state": before}, After: map[string]any{"state": u.State},
	}, func(u Unit) events.Event {
		if u.State == Retired {
			return RetiredEvent{head(u, at)}
		}
		return RestoredEvent{head(u, at)}
	})
	return Ref{ID: u.ID, Version: u.Version}, err
}

// MergeInput makes one record lead to another.
type MergeInput struct {
	access.Act
	ID   ID // the record that stops being one of its own
	Into ID // the record that survives
}

// Merge makes a record of a product lead to another record of it; nothing is rewritten. Both must be of one
// brand. The surviving record keeps its own serial, place and owner, and shows the facts of both.
func (s *Service) Merge(ctx context.Context, in MergeInput) (Ref, error) {
	if err := access.Require(ctx, PermMerge); err != nil {
		return Ref{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Ref, error) {
		at, err := in.At(access.From(ctx).Origin, tx.Now())
		if err != nil {
			return Ref{}, err
		}
		from, err := s.find(ctx, tx, in.ID)
		if err != nil {
			return Ref{}, err
		}
		into, err := s.find(ctx, tx, in.Into)
		if err != nil {
			return Ref{}, err
		}
		if from.ID == into.ID {
			return Ref{}, ErrMergeSelf
		}
		if from.Brand != into.Brand {
			return Ref{}, ErrOtherBrand
		}
		tx.Later(`UPDATE units_unit SET merged_into = $1 WHERE id = $2`, string(into.ID), string(from.ID))
		tx.Later(`UPDATE units_unit SET root_id = $1 WHERE root_id = $2`, string(into.ID), string(from.ID))
		s.note(ctx, tx, Entry{Unit: into.ID, Kind: "merged", RefKind: recordKind, RefID: string(from.ID), At: at, Params: map[string]any{"reason": in.Reason}})
		if err := s.plainChange(ctx, tx, &into, "absorb", nil, map[string]any{"from": from.ID}); err != nil {
			return Ref{}, err
		}
		if err := s.changed(ctx, tx, &from, audit.Entry{Act: "merge", Reason: in.Reason, OccurredAt: at, After: map[string]any{"into": into.ID}},
			func(u Unit) events.Event { return Merged{Head: head(u, at), Into: into.ID} }); err != nil {
			return Ref{}, err
		}
		return Ref{ID: into.ID, Version: into.Version}, nil
	})
}

// Unmerge makes a merged record one of its own again.
func (s *Service) Unmerge(ctx context.Context, in StateInput) (Ref, error) {
	if err := access.Require(ctx, PermMerge); err != nil {
		return Ref{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Ref, error) {
		at, err := in.At(access.From(ctx).Origin, tx.Now())
		if err != nil {
			return Ref{}, err
		}
		if err := s.seen(ctx, tx, in.ID); err != nil {
			return Ref{}, err
		}
		u, err := getUnit(ctx, tx, in.ID)
		if err != nil {
			return Ref{}, noRows(err, problem.ErrNotFound)
		}
		if u.MergedInto == "" {
			return Ref{}, ErrNotMerged
		}
		root, err := getUnit(ctx, tx, u.root)
		if err != nil {
			return Ref{}, err
		}
		if err := touch(ctx, tx, &root.Unit); err != nil { // the group changes under one lock, as in Merge
			return Ref{}, err
		}
		ids, into, err := group(ctx, tx, u.root)
		if err != nil {
			return Ref{}, err
		}
		tx.Later(`UPDATE units_unit SET merged_into = NULL WHERE id = $1`, string(u.ID))
		for _, id := range below(ids, into, u.ID) {
			tx.Later(`UPDATE units_unit SET root_id = $1 WHERE id = $2`, string(u.ID), string(id))
		}
		s.note(ctx, tx, Entry{Unit: u.ID, Kind: "unmerged", RefKind: recordKind, RefID: string(root.ID), At: at})
		err = s.changed(ctx, tx, &u.Unit, audit.Entry{Act: "unmerge", Reason: in.Reason, OccurredAt: at, Before: map[string]any{"into": u.MergedInto}},
			func(v Unit) events.Event { return Unmerged{Head: head(v, at), From: root.ID} })
		if err != nil {
			return Ref{}, err
		}
		err = s.index(ctx, tx, root.Unit)
		return Ref{ID: u.ID, Version: u.Version}, err
	})
}

// below lists a record and everything that was merged into it, directly or not.
func below(ids []ID, into map[ID]ID, id ID) []ID {
	out := []ID{id}
	for i := 0; i < len(out); i++ {
		for _, m := range ids {
			if into[m] == out[i] {
				out = append(out, m)
			}
		}
	}
	return out
}

// SwapInput notes that a component was taken out, put in, or both.
type SwapInput struct {
	Unit    ID
	Removed string // id of the component taken out; empty when it was not on record
	Fitted  *Component
	Order   string
	At      time.Time
}

// SwapComponentTx notes a change of components in the caller's change, without permission and scope.
func (s *Service) SwapComponentTx(ctx context.Context, tx *db.Tx, in SwapInput) (Component, error) {
	u, err := s.root(ctx, tx, in.Unit)
	if err != nil {
		return Component{}, err
	}
	if in.At.IsZero() {
		in.At = tx.Now()
	}
	params := map[string]any{}
	if in.Removed != "" {
		n, err := tx.Exec(ctx, `UPDATE units_component SET removed_at = $1 WHERE id = $2 AND removed_at IS NULL
			AND unit_id IN (SELECT id FROM units_unit WHERE root_id = $3)`, db.Micros(in.At), in.Removed, string(u.ID))
		if err != nil {
			return Component{}, err
		}
		if n == 0 {
			return Component{}, problem.Field("removed", problem.Unknown)
		}
		params["removed"] = in.Removed
	}
	var fitted Component
	if in.Fitted != nil {
		fitted = *in.Fitted
		fitted.Order, fitted.FittedAt = in.Order, in.At
		var f problem.Fields
		checkComponent(&f, "fitted", fitted)
		if err := f.Err(); err != nil {
			return Component{}, err
		}
		fitted = s.insertComponent(tx, u.ID, fitted)
		params["fitted"], params["type"], params["serial"] = fitted.ID, fitted.Type, fitted.Serial
	}
	s.note(ctx, tx, Entry{Unit: u.ID, Kind: "component_swapped", RefKind: "order", RefID: in.Order, At: in.At, Params: params})
	return fitted, s.plainChange(ctx, tx, &u, "swap_component", nil, params)
}

func checkComponent(f *problem.Fields, field string, c Component) {
	f.Check(c.Type != "" || c.Part != "", field+".type", problem.Required)
	checkText(f, field+".type", c.Type, maxCode)
	checkText(f, field+".part_id", c.Part, maxCode)
	checkText(f, field+".serial", c.Serial, maxCode)
}

func (s *Service) insertComponent(tx *db.Tx, unit ID, c Component) Component {
	c.ID, c.Unit = db.NewID(), unit
	if c.FittedAt.IsZero() {
		c.FittedAt = tx.Now()
	}
	tx.Later(`INSERT INTO units_component (id, unit_id, part_id, part_type, serial, serial_key, order_ref, fitted_at, removed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		c.ID, string(unit), c.Part, c.Type, c.Serial, db.NullString(serialKey(c.Serial)), c.Order, db.Micros(c.FittedAt), db.MicrosPtr(c.RemovedAt))
	return c
}

// onErased clears what units keep in the clear of an erased customer: exact points and the numbers of the purchase. It is
// delivered from the customer's event and may run twice.
func (s *Service) onErased(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		var w db.Where
		w.In("owner_id", ids)
		if _, err := tx.Exec(ctx, `UPDATE units_unit SET lat = NULL, lon = NULL, point_precision = NULL, point_source = NULL, place_sealed = NULL, order_no = '', invoice_no = ''`+
			w.String(), w.Args()...); err != nil {
			return fmt.Errorf("clear units of an erased customer: %w", err)
		}
		return nil
	})
}
