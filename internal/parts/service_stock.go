package parts

import (
	"context"
	"errors"

	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

// mine finds a place that the actor's outlets hold, for a change.
func (s *Service) mine(ctx context.Context, tx *db.Tx, id PlaceID) (Place, error) {
	p, err := s.place(ctx, tx, id)
	if err != nil {
		return Place{}, err
	}
	if !sees(ctx, p) {
		return Place{}, problem.Field("place_id", problem.Unknown)
	}
	return p, nil
}

// known finds a part that the actor's brands cover, for a change.
func (s *Service) known(ctx context.Context, tx *db.Tx, id PartID) (Part, error) {
	p, err := s.find(ctx, tx, id)
	if problem.Match(err, problem.ErrNotFound) {
		err = problem.Field("part_id", problem.Unknown)
	}
	return p, err
}

// StockInput changes one balance by hand.
type StockInput struct {
	access.Act
	Place  PlaceID
	Part   PartID
	Qty    int64 // received or scrapped; of a count what was found; of a minimum what the place wants
	Serial string
}

// Receive notes goods that came from outside.
func (s *Service) Receive(ctx context.Context, in StockInput) (Stock, error) {
	return s.change(ctx, in, "receive", func(Stock) move { return move{kind: MoveReceive, qty: in.Qty, serial: in.Serial} })
}

// Scrap notes parts thrown away, with a reason.
func (s *Service) Scrap(ctx context.Context, in StockInput) (Stock, error) {
	return s.change(ctx, in, "scrap", func(Stock) move { return move{kind: MoveScrap, qty: -in.Qty, serial: in.Serial} })
}

// Count sets what is on hand to what was counted, with a reason. It may show less than is reserved: the
// reserved parts are then missing, which dispatch has to know.
func (s *Service) Count(ctx context.Context, in StockInput) (Stock, error) {
	return s.change(ctx, in, "count", func(have Stock) move { return move{kind: MoveCount, qty: in.Qty - have.OnHand, override: true} })
}

func (s *Service) change(ctx context.Context, in StockInput, act string, how func(have Stock) move) (Stock, error) {
	if err := access.Require(ctx, PermStock); err != nil {
		return Stock{}, err
	}
	var f problem.Fields
	if act == "count" {
		f.Check(in.Qty >= 0 && in.Qty <= maxQty, "qty", problem.OutOfRange, "limit", maxQty)
	} else {
		checkQty(&f, "qty", in.Qty)
	}
	f.Check(act == "receive" || in.Reason != "", "reason", problem.Required)
	checkText(&f, "serial", in.Serial, maxCode)
	if err := f.Err(); err != nil {
		return Stock{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Stock, error) {
		at, err := in.At(access.From(ctx).Origin, tx.Now())
		if err != nil {
			return Stock{}, err
		}
		place, err := s.mine(ctx, tx, in.Place)
		if err != nil {
			return Stock{}, err
		}
		part, err := s.known(ctx, tx, in.Part)
		if err != nil {
			return Stock{}, err
		}
		have, err := s.lockStock(ctx, tx, place.ID, part.ID)
		if err != nil {
			return Stock{}, err
		}
		m := how(have)
		m.place, m.part, m.reason, m.at = place.ID, part.ID, in.Reason, at
		if m.qty == 0 {
			return have, nil // counted as the books say
		}
		out, err := s.moveTx(ctx, tx, m)
		if err != nil {
			return Stock{}, err
		}
		if err := s.auditMove(ctx, tx, act, part.ID, place.ID, in.Qty, "", in.Reason, at); err != nil {
			return Stock{}, err
		}
		return out, s.low(ctx, tx, part, place, have, out)
	})
}

// lockStock locks a balance and reads it: what is decided from it holds until the commit.
func (s *Service) lockStock(ctx context.Context, tx *db.Tx, place PlaceID, part PartID) (Stock, error) {
	return db.Get(ctx, tx, scanStock, `INSERT INTO parts_stock AS s (place_id, part_id) VALUES ($1, $2)
		ON CONFLICT (place_id, part_id) DO UPDATE SET moves = s.moves RETURNING place_id, part_id, on_hand, reserved, minimum`, string(place), string(part))
}

// low tells when a balance falls below what its place wants.
func (s *Service) low(ctx context.Context, tx *db.Tx, p Part, at Place, before, after Stock) error {
	if after.Free() >= after.Minimum || before.Free() < before.Minimum {
		return nil
	}
	return events.Publish(ctx, tx, BelowMinimum{Moved: moved(p, at, after.Free(), "", tx.Now()), Minimum: after.Minimum})
}

// SetMinimum notes how much of a part a place wants to have at least.
func (s *Service) SetMinimum(ctx context.Context, in StockInput) (Stock, error) {
	if err := access.Require(ctx, PermStock); err != nil {
		return Stock{}, err
	}
	var f problem.Fields
	f.Check(in.Qty >= 0 && in.Qty <= maxQty, "qty", problem.OutOfRange, "limit", maxQty)
	if err := f.Err(); err != nil {
		return Stock{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Stock, error) {
		place, err := s.mine(ctx, tx, in.Place)
		if err != nil {
			return Stock{}, err
		}
		part, err := s.known(ctx, tx, in.Part)
		if err != nil {
			return Stock{}, err
		}
		have, err := s.lockStock(ctx, tx, place.ID, part.ID)
		if err != nil {
			return Stock{}, err
		}
		tx.Later(`UPDATE parts_stock SET minimum = $1 WHERE place_id = $2 AND part_id = $3`, in.Qty, string(place.ID), string(part.ID))
		have.Minimum = in.Qty
		return have, s.auditMove(ctx, tx, "set_minimum", part.ID, place.ID, in.Qty, "", in.Reason, tx.Now())
	})
}

// VanInput opens an engineer's van under an outlet.
type VanInput struct {
	access.Act
	Engineer string
	Outlet   outlets.ID
}

// OpenVan makes an engineer's van a place of an outlet, or moves it to another.
func (s *Service) OpenVan(ctx context.Context, in VanInput) (Place, error) {
	if err := access.Require(ctx, PermStock); err != nil {
		return Place{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Place, error) {
		old, err := placeRow(ctx, tx, VanPlace(in.Engineer))
		if err != nil && !errors.Is(err, db.ErrNoRows) {
			return Place{}, err
		}
		if err == nil && !sees(ctx, old) {
			return Place{}, problem.Field("engineer_id", problem.Unknown)
		}
		p, err := s.OpenVanTx(ctx, tx, in.Engineer, in.Outlet)
		if err != nil {
			return Place{}, err
		}
		if !sees(ctx, p) {
			return Place{}, problem.Field("outlet_id", problem.Unknown)
		}
		return p, s.auditPlace(ctx, tx, p, "open")
	})
}

// PlaceInput names a place for an act.
type PlaceInput struct {
	access.Act
	ID PlaceID
}

// ClosePlace ends a place that holds nothing any more.
func (s *Service) ClosePlace(ctx context.Context, in PlaceInput) (Place, error) {
	if err := access.Require(ctx, PermStock); err != nil {
		return Place{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Place, error) {
		p, err := s.findPlace(ctx, tx, in.ID)
		if err != nil {
			return Place{}, err
		}
		if !p.Active {
			return Place{}, ErrPlaceClosed
		}
		left, err := db.Exists(ctx, tx, `SELECT 1 FROM parts_stock WHERE place_id = $1 AND (on_hand <> 0 OR reserved <> 0)`, string(p.ID))
		if err != nil {
			return Place{}, err
		}
		if left {
			return Place{}, ErrStockLeft
		}
		if err := tx.ExecOne(ctx, `UPDATE parts_place SET active = $1, version = version + 1 WHERE id = $2 AND version = $3`, false, string(p.ID), p.Version); err != nil {
			return Place{}, err
		}
		p.Active, p.Version = false, p.Version+1
		return p, s.auditPlace(ctx, tx, p, "close")
	})
}

func (s *Service) findPlace(ctx context.Context, q db.Querier, id PlaceID) (Place, error) {
	p, err := placeRow(ctx, q, id)
	if errors.Is(err, db.ErrNoRows) || err == nil && !sees(ctx, p) {
		return Place{}, problem.ErrNotFound
	}
	return p, err
}

// Places lists the places that the actor's outlets hold.
func (s *Service) Places(ctx context.Context, kind PlaceKind) ([]Place, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	var w db.Where
	access.From(ctx).Scope.Limit(&w, "", "p.outlet_path")
	if kind != "" {
		w.And("p.kind = ?", string(kind))
	}
	return db.List(ctx, s.db, scanPlace, `SELECT `+placeColumns+` FROM parts_place p`+w.String()+` ORDER BY p.outlet_path, p.id LIMIT 5000`, w.Args()...)
}

// StockFilter limits a list of balances.
type StockFilter struct {
	Place      PlaceID
	Part       PartID
	Low        bool // below the minimum only
	AfterPlace PlaceID
	AfterPart  PartID
	Limit      int
}

// ListStock reads the balances that the actor's outlets and brands cover, by place and part, one more than
// the limit when there are more. Empty balances without a minimum are left out.
func (s *Service) ListStock(ctx context.Context, f StockFilter) ([]Stock, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	scope := access.From(ctx).Scope
	var w db.Where
	scope.Limit(&w, "", "l.outlet_path")
	limitBrand(&w, scope)
	w.And("(s.on_hand <> 0 OR s.reserved <> 0 OR s.minimum <> 0)")
	if f.Place != "" {
		w.And("s.place_id = ?", string(f.Place))
	}
	if f.Part != "" {
		w.And("s.part_id = ?", string(f.Part))
	}
	if f.Low {
		w.And("s.on_hand - s.reserved < s.minimum")
	}
	if f.AfterPlace != "" {
		w.And("(s.place_id, s.part_id) > (?, ?)", string(f.AfterPlace), string(f.AfterPart))
	}
	return db.List(ctx, s.db, scanStock, `SELECT `+stockColumns+` FROM parts_stock s JOIN parts_place l ON l.id = s.place_id JOIN parts_part p ON p.id = s.part_id`+
		w.String()+` ORDER BY s.place_id, s.part_id LIMIT `+w.Arg(f.Limit+1), w.Args()...)
}

// MovementFilter limits a list of movements.
type MovementFilter struct {
	Place  PlaceID
	Part   PartID
	Order  string
	Before string // the last id of the page before
	Limit  int
}

// Movements reads the movements that the actor's outlets and brands cover, newest first, one more than the
// limit when there are more.
func (s *Service) Movements(ctx context.Context, f MovementFilter) ([]Movement, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	scope := access.From(ctx).Scope
	var w db.Where
	scope.Limit(&w, "", "l.outlet_path")
	limitBrand(&w, scope)
	for _, c := range [][2]string{{"m.place_id", string(f.Place)}, {"m.part_id", string(f.Part)}, {"m.order_ref", f.Order}} {
		if c[1] != "" {
			w.And(c[0]+" = ?", c[1])
		}
	}
	if f.Before != "" {
		w.And("m.id < ?", f.Before)
	}
	return db.List(ctx, s.db, scanMovement, `SELECT `+movementColumns+` FROM parts_movement m JOIN parts_place l ON l.id = m.place_id JOIN parts_part p ON p.id = m.part_id`+
		w.String()+` ORDER BY m.id DESC LIMIT `+w.Arg(f.Limit+1), w.Args()...)
}
