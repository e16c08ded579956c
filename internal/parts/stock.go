package parts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// move is one change of a balance to be made.
type move struct {
	place         PlaceID
	part          PartID
	kind          MovementKind
	qty, reserved int64 // changes
	order, visit  string
	transfer      string
	serial        string
	reason        string
	override      bool
	at            time.Time
}

// moveTx changes a balance and writes the movement. What is guarded: what leaves must be there, and what is
// taken must not be another order's. The condition stands in the update itself, so two takers of the last
// piece cannot both win. An override skips it, with a reason, and says so in the movement.
func (s *Service) moveTx(ctx context.Context, tx *db.Tx, m move) (Stock, error) {
	if m.at.IsZero() {
		m.at = tx.Now()
	}
	if m.override && m.reason == "" {
		return Stock{}, ErrOverride
	}
	if _, err := tx.Exec(ctx, `INSERT INTO parts_stock (place_id, part_id) VALUES ($1, $2) ON CONFLICT (place_id, part_id) DO NOTHING`,
		string(m.place), string(m.part)); err != nil {
		if db.IsForeignKey(err) {
			return Stock{}, problem.Field("part_id", problem.Unknown)
		}
		return Stock{}, err
	}
	var w db.Where
	set := `UPDATE parts_stock SET on_hand = on_hand + ` + w.Arg(m.qty) + `, reserved = reserved + ` + w.Arg(m.reserved) + `, moves = moves + 1`
	w.And("place_id = ? AND part_id = ?", string(m.place), string(m.part))
	w.And("reserved + ? >= 0", m.reserved)
	if !m.override && m.qty < 0 {
		w.And("on_hand + ? >= 0", m.qty)
	}
	if !m.override && m.qty-m.reserved < 0 {
		w.And("on_hand - reserved + ? >= 0", m.qty-m.reserved)
	}
	out := Stock{Place: m.place, Part: m.part}
	var seq int64
	err := tx.QueryRow(ctx, set+w.String()+` RETURNING on_hand, reserved, minimum, moves`, w.Args()...).Scan(&out.OnHand, &out.Reserved, &out.Minimum, &seq)
	if errors.Is(err, db.ErrNoRows) {
		have, err := stockOf(ctx, tx, m.place, m.part)
		if err != nil {
			return Stock{}, err
		}
		return Stock{}, ErrShort.With("place", m.place, "part", m.part, "free", have.Free(), "on_hand", have.OnHand, "wanted", max(-m.qty, m.reserved))
	}
	if err != nil {
		return Stock{}, fmt.Errorf("move stock: %w", err)
	}
	a := access.From(ctx)
	tx.Later(`INSERT INTO parts_movement (id, place_id, part_id, seq, kind, qty, reserved, on_hand_after, reserved_after, order_ref, visit_ref, transfer_id,
			serial, reason, override, actor, occurred_at, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`, db.NewID(), string(m.place), string(m.part), seq, string(m.kind),
		m.qty, m.reserved, out.OnHand, out.Reserved, m.order, m.visit, m.transfer, m.serial, m.reason, m.override, a.Kind+":"+a.ID,
		db.Micros(m.at), db.Micros(tx.Now()))
	return out, nil
}

func stockOf(ctx context.Context, q db.Querier, place PlaceID, part PartID) (Stock, error) {
	list, err := listStock(ctx, q, []PlaceID{place}, []PartID{part})
	if err != nil || len(list) == 0 {
		return Stock{Place: place, Part: part}, err
	}
	return list[0], nil
}

func listStock(ctx context.Context, q db.Querier, places []PlaceID, list []PartID) ([]Stock, error) {
	var w db.Where
	if places != nil {
		w.In("s.place_id", db.Strings(places))
	}
	if list != nil {
		w.In("s.part_id", db.Strings(list))
	}
	return db.List(ctx, q, scanStock, `SELECT `+stockColumns+` FROM parts_stock s`+w.String()+` ORDER BY s.place_id, s.part_id`, w.Args()...)
}

const stockColumns = `s.place_id, s.part_id, s.on_hand, s.reserved, s.minimum`

func scanStock(s db.Scanner) (v Stock, err error) {
	return v, s.Scan(&v.Place, &v.Part, &v.OnHand, &v.Reserved, &v.Minimum)
}

// Stock reads the balances of parts at places; nil means all of them. Places and parts without a balance are
// absent. It asks for no permission and no scope.
func (s *Service) Stock(ctx context.Context, q db.Querier, places []PlaceID, list []PartID) ([]Stock, error) {
	return listStock(ctx, q, places, list)
}

const placeColumns = `p.id, p.kind, p.outlet_id, p.outlet_path, p.engineer, p.active, p.version`

func scanPlace(s db.Scanner) (p Place, err error) {
	return p, s.Scan(&p.ID, &p.Kind, &p.Outlet, &p.OutletPath, &p.Engineer, &p.Active, &p.Version)
}

func placeRow(ctx context.Context, q db.Querier, id PlaceID) (Place, error) {
	return db.Get(ctx, q, scanPlace, `SELECT `+placeColumns+` FROM parts_place p WHERE p.id = $1`, string(id))
}

// place finds an active place. The centre's and outlets' stores come into being when they are first asked for,
// an engineer's own van when its engineer does, under the engineer's outlet.
func (s *Service) place(ctx context.Context, tx *db.Tx, id PlaceID) (Place, error) {
	p, err := placeRow(ctx, tx, id)
	if err == nil {
		if !p.Active {
			return Place{}, ErrPlaceClosed
		}
		return p, nil
	}
	if !errors.Is(err, db.ErrNoRows) {
		return Place{}, err
	}
	unknown := problem.Field("place_id", problem.Unknown)
	outlet := outlets.Centre
	engineer := ""
	switch id.Kind() {
	case KindCentre:
	case KindOutlet:
		outlet = outlets.ID(id.ref())
	case KindVan:
		// An engineer who fits a part from a van that nobody opened holds the part in hand all the same.
		a := access.From(ctx)
		if a.EngineerID != id.ref() {
			return Place{}, unknown
		}
		o, err := s.outlets.ByPath(ctx, tx, a.Scope.OutletPath)
		if err != nil {
			return Place{}, unknown
		}
		outlet, engineer = o.ID, a.EngineerID
	default:
		return Place{}, unknown
	}
	o, err := s.outlets.Get(ctx, tx, outlet)
	if problem.CodeOf(err) != nil && problem.CodeOf(err).Kind == problem.NotFound {
		return Place{}, unknown
	}
	if err != nil {
		return Place{}, err
	}
	return s.openPlace(ctx, tx, id, o, engineer)
}

// openPlace makes or moves a place.
func (s *Service) openPlace(ctx context.Context, tx *db.Tx, id PlaceID, o outlets.Outlet, engineer string) (Place, error) {
	return db.Get(ctx, tx, scanPlace, `INSERT INTO parts_place AS p (id, kind, outlet_id, outlet_path, engineer, active) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET outlet_id = excluded.outlet_id, outlet_path = excluded.outlet_path, active = excluded.active, version = p.version + 1
		RETURNING id, kind, outlet_id, outlet_path, engineer, active, version`, string(id), string(id.Kind()), string(o.ID), o.Path, engineer, true)
}

// OpenVanTx makes the van of an engineer a place of the outlet, or moves it there when the engineer changes
// outlets: its stock goes along. It asks for no permission and no scope.
func (s *Service) OpenVanTx(ctx context.Context, tx *db.Tx, engineer string, outlet outlets.ID) (Place, error) {
	var f problem.Fields
	f.Check(engineer != "", "engineer_id", problem.Required)
	checkText(&f, "engineer_id", engineer, maxCode)
	if err := f.Err(); err != nil {
		return Place{}, err
	}
	o, err := s.outlets.Get(ctx, tx, outlet)
	if err != nil {
		if c := problem.CodeOf(err); c.Kind == problem.NotFound {
			return Place{}, problem.Field("outlet_id", problem.Unknown)
		}
		return Place{}, err
	}
	return s.openPlace(ctx, tx, VanPlace(engineer), o, engineer)
}
