package parts

import (
	"context"
	"errors"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

// OldPartID names an old part.
type OldPartID string

// OldPart is an exchanged part that has to come back.
type OldPart struct {
	ID         OldPartID       `json:"id"`
	Order      string          `json:"order_id,omitempty"`
	Visit      string          `json:"visit_id,omitempty"`
	Part       PartID          `json:"part_id"`
	Place      PlaceID         `json:"place_id"` // where the new one was taken from: who owes it
	OutletPath string          `json:"outlet_path"`
	Brand      catalog.BrandID `json:"brand_id,omitempty"`
	Qty        int64           `json:"qty"`
	Serial     string          `json:"serial,omitempty"`
	State      State           `json:"state"`
	Reason     string          `json:"reason,omitempty"`
	OwedAt     time.Time       `json:"owed_at"`
	EndedAt    *time.Time      `json:"ended_at,omitempty"`
	Version    int64           `json:"version"`
}

const oldColumns = `o.id, o.order_ref, o.visit_ref, o.part_id, o.place_id, o.outlet_path, o.brand_id, o.qty, o.serial, o.state, o.reason, o.owed_at, o.ended_at, o.version`

func scanOld(s db.Scanner) (OldPart, error) {
	var o OldPart
	var brand *string
	var owed int64
	var ended *int64
	err := s.Scan(&o.ID, &o.Order, &o.Visit, &o.Part, &o.Place, &o.OutletPath, &brand, &o.Qty, &o.Serial, &o.State, &o.Reason, &owed, &ended, &o.Version)
	o.Brand, o.OwedAt, o.EndedAt = catalog.BrandID(db.OrEmpty(brand)), db.FromMicros(owed), db.FromMicrosPtr(ended)
	return o, err
}

func (o OldPart) event(at time.Time) OldPartEvent {
	return OldPartEvent{
		Head: events.Head{ID: string(o.ID), Version: o.Version, OccurredAt: at, BrandID: string(o.Brand), OutletPath: o.OutletPath},
		Part: o.Part, Order: o.Order, Qty: o.Qty,
	}
}

func (s *Service) owe(ctx context.Context, tx *db.Tx, p Part, at Place, in Use) (OldPartID, error) {
	o := OldPart{
		ID: OldPartID(db.NewID()), Order: in.Order, Visit: in.Visit, Part: p.ID, Place: at.ID, OutletPath: at.OutletPath, Brand: p.Brand,
		Qty: in.Qty, Serial: in.OldSerial, State: Owed, OwedAt: in.At, Version: 1,
	}
	tx.Later(`INSERT INTO parts_old (id, order_ref, visit_ref, part_id, place_id, outlet_path, brand_id, qty, serial, state, reason, owed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, string(o.ID), o.Order, o.Visit, string(o.Part), string(o.Place), o.OutletPath,
		db.NullString(o.Brand), o.Qty, o.Serial, string(o.State), "", db.Micros(o.OwedAt))
	if err := audit.Append(ctx, tx, audit.Entry{Kind: "oldpart", Record: string(o.ID), Act: "owe", New: true, OccurredAt: in.At, After: o}); err != nil {
		return "", err
	}
	return o.ID, events.Publish(ctx, tx, OldPartOwed{o.event(in.At)})
}

// OldPartInput receives or waives an old part.
type OldPartInput struct {
	access.Act
	ID     OldPartID
	Serial string // as read on arrival, when it was not known
}

// ReceiveOld notes that an old part came back.
func (s *Service) ReceiveOld(ctx context.Context, in OldPartInput) (OldPart, error) {
	return s.endOld(ctx, in, "receive")
}

// WaiveOld notes that an old part need not come back, with a reason. Only the centre waives.
func (s *Service) WaiveOld(ctx context.Context, in OldPartInput) (OldPart, error) {
	if !access.From(ctx).Scope.Centre() {
		return OldPart{}, problem.ErrForbidden.With("permission", PermStock)
	}
	if in.Reason == "" {
		return OldPart{}, problem.Field("reason", problem.Required)
	}
	return s.endOld(ctx, in, "waive")
}

func (s *Service) endOld(ctx context.Context, in OldPartInput, act string) (OldPart, error) {
	if err := access.Require(ctx, PermStock); err != nil {
		return OldPart{}, err
	}
	var f problem.Fields
	checkText(&f, "serial", in.Serial, maxCode)
	if err := f.Err(); err != nil {
		return OldPart{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (OldPart, error) {
		at, err := in.At(access.From(ctx).Origin, tx.Now())
		if err != nil {
			return OldPart{}, err
		}
		o, err := db.Get(ctx, tx, scanOld, `SELECT `+oldColumns+` FROM parts_old o WHERE o.id = $1`, string(in.ID))
		if errors.Is(err, db.ErrNoRows) || err == nil && !access.From(ctx).Scope.Sees(string(o.Brand), o.OutletPath) {
			return OldPart{}, problem.ErrNotFound
		}
		if err != nil {
			return OldPart{}, err
		}
		if o.State, err = o.State.next("oldpart", act); err != nil {
			return OldPart{}, err
		}
		if in.Serial != "" {
			o.Serial = in.Serial
		}
		now := tx.Now()
		o.Reason, o.EndedAt = in.Reason, &now
		if err := tx.ExecOne(ctx, `UPDATE parts_old SET state = $1, reason = $2, serial = $3, ended_at = $4, version = version + 1 WHERE id = $5 AND version = $6`,
			string(o.State), o.Reason, o.Serial, db.Micros(now), string(o.ID), o.Version); err != nil {
			return OldPart{}, err
		}
		o.Version++
		if err := audit.Append(ctx, tx, audit.Entry{Kind: "oldpart", Record: string(o.ID), Act: act, Reason: in.Reason, OccurredAt: at, After: o}); err != nil {
			return OldPart{}, err
		}
		if act == "waive" {
			return o, events.Publish(ctx, tx, OldPartWaived{o.event(at)})
		}
		return o, events.Publish(ctx, tx, OldPartReceived{o.event(at)})
	})
}

// OldFilter limits a list of old parts.
type OldFilter struct {
	State  State
	Order  string
	Before OldPartID
	Limit  int
}

// OldParts reads the old parts that the actor's outlets and brands cover, newest first, one more than the
// limit when there are more.
func (s *Service) OldParts(ctx context.Context, f OldFilter) ([]OldPart, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	scope := access.From(ctx).Scope
	var w db.Where
	scope.Limit(&w, "", "o.outlet_path")
	limitBrand(&w, scope)
	if f.State != "" {
		w.And("o.state = ?", string(f.State))
	}
	if f.Order != "" {
		w.And("o.order_ref = ?", f.Order)
	}
	if f.Before != "" {
		w.And("o.id < ?", string(f.Before))
	}
	return db.List(ctx, s.db, scanOld, `SELECT `+oldColumns+` FROM parts_old o JOIN parts_part p ON p.id = o.part_id`+w.String()+
		` ORDER BY o.id DESC LIMIT `+w.Arg(f.Limit+1), w.Args()...)
}
