package orders

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/reason"
	"anxin/internal/workforce"
)

const visitColumns = `id, number, state, mode, brand_id, outlet_id, outlet_path, start_at, end_at, day, zone, division, lat, lon, share,
	delayed_by, distance, place_why, reason, blame, origin, conflicts, dispatch_at, accepted_at, departed_at, arrived_at, ended_at, created_at,
	updated_at, version`

var visitInsert, visitUpdate = rowSQL("orders_visit", visitColumns, "open")

func scanVisit(s db.Scanner) (Visit, error) {
	var v Visit
	var start, end, delayed, created, updated int64
	var day, why string
	var division, rsn, blame *string
	var dispatched, accepted, departed, arrived, ended *int64
	err := s.Scan(&v.ID, &v.Number, &v.State, &v.Mode, &v.BrandID, &v.OutletID, &v.OutletPath, &start, &end, &day, &v.Zone, &division, &v.Lat, &v.Lon, &v.Share,
		&delayed, &v.Distance, &why, &rsn, &blame, &v.Origin, &v.Conflicts, &dispatched, &accepted, &departed, &arrived, &ended, &created, &updated, &v.Version)
	if err != nil {
		return Visit{}, err
	}
	if v.Day, err = calendar.ParseDate(day); err != nil {
		return Visit{}, fmt.Errorf("visit %s: %w", v.ID, err)
	}
	if v.PlaceWhy, err = reason.Parse(why); err != nil {
		return Visit{}, fmt.Errorf("visit %s: %w", v.ID, err)
	}
	v.Start, v.End, v.DelayedBy = db.FromMicros(start), db.FromMicros(end), time.Duration(delayed)*time.Microsecond
	v.Division, v.Reason, v.Blame = db.OrEmpty(division), db.OrEmpty(rsn), catalog.Responsibility(db.OrEmpty(blame))
	v.DispatchAt, v.AcceptedAt, v.DepartedAt = db.FromMicrosPtr(dispatched), db.FromMicrosPtr(accepted), db.FromMicrosPtr(departed)
	v.ArrivedAt, v.EndedAt = db.FromMicrosPtr(arrived), db.FromMicrosPtr(ended)
	v.CreatedAt, v.UpdatedAt = db.FromMicros(created), db.FromMicros(updated)
	v.Orders, v.Members = []VisitOrder{}, []Member{}
	return v, nil
}

func visitValues(v Visit) ([]any, error) {
	why, err := v.PlaceWhy.Text()
	if err != nil {
		return nil, err
	}
	return []any{
		string(v.ID), v.Number, string(v.State), string(v.Mode), string(v.BrandID), string(v.OutletID), v.OutletPath, db.Micros(v.Start), db.Micros(v.End),
		v.Day.String(), v.Zone, db.NullString(v.Division), v.Lat, v.Lon, v.Share, v.DelayedBy.Microseconds(), v.Distance, why, db.NullString(v.Reason),
		db.NullString(v.Blame), v.Origin, v.Conflicts, db.MicrosPtr(v.DispatchAt), db.MicrosPtr(v.AcceptedAt), db.MicrosPtr(v.DepartedAt),
		db.MicrosPtr(v.ArrivedAt), db.MicrosPtr(v.EndedAt), db.Micros(v.CreatedAt), db.Micros(v.UpdatedAt), v.Version, v.Open(),
	}, nil
}

func insertVisit(tx *db.Tx, v Visit) error {
	vals, err := visitValues(v)
	if err != nil {
		return err
	}
	tx.Later(visitInsert, vals...)
	for _, o := range v.Orders {
		addVisitOrder(tx, v.ID, o)
	}
	return writeMembers(tx, v, nil)
}

func addVisitOrder(tx *db.Tx, id VisitID, o VisitOrder) {
	tx.Later(`INSERT INTO orders_visit_order (visit_id, order_id, position) VALUES ($1, $2, $3)`, string(id), string(o.OrderID), o.Position)
}

// writeMembers puts the members as they are now; was are those before, of whom the missing are taken off.
func writeMembers(tx *db.Tx, v Visit, was []Member) error {
	for i, m := range v.Members {
		tx.Later(`INSERT INTO orders_visit_member (visit_id, engineer_id, position, start_at, departed_at, arrived_at, left_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (visit_id, engineer_id) DO UPDATE SET position = excluded.position, start_at = excluded.start_at,
			departed_at = excluded.departed_at, arrived_at = excluded.arrived_at, left_at = excluded.left_at, removed_at = NULL`,
			string(v.ID), string(m.EngineerID), int64(i), db.Micros(v.Start), db.MicrosPtr(m.DepartedAt), db.MicrosPtr(m.ArrivedAt), db.MicrosPtr(m.LeftAt))
	}
	for _, m := range was {
		if v.member(m.EngineerID) < 0 {
			tx.Later(`UPDATE orders_visit_member SET removed_at = $1 WHERE visit_id = $2 AND engineer_id = $3`, db.Micros(tx.Now()), string(v.ID), string(m.EngineerID))
		}
	}
	return nil
}

// updateVisit writes the visit over the version it was read at.
func updateVisit(ctx context.Context, tx *db.Tx, v *Visit) error {
	was := v.Version
	v.Version++
	v.UpdatedAt = tx.Now()
	vals, err := visitValues(*v)
	if err != nil {
		return err
	}
	return tx.ExecOne(ctx, visitUpdate, append(vals, was)...)
}

func setOutcome(tx *db.Tx, id VisitID, o VisitOrder) {
	tx.Later(`UPDATE orders_visit_order SET outcome = $1, reason = $2 WHERE visit_id = $3 AND order_id = $4`,
		db.NullString(o.Outcome), db.NullString(o.Reason), string(id), string(o.OrderID))
}

func dropVisitOrder(tx *db.Tx, id VisitID, order ID) {
	tx.Later(`UPDATE orders_visit_order SET dropped_at = $1 WHERE visit_id = $2 AND order_id = $3`, db.Micros(tx.Now()), string(id), string(order))
}

// findVisit reads a visit that the scope sees, with its orders and members.
func findVisit(ctx context.Context, q db.Querier, scope access.Scope, id VisitID) (Visit, error) {
	var w db.Where
	w.And("id = ?", string(id))
	scope.Limit(&w, "brand_id", "outlet_path")
	v, err := db.Get(ctx, q, scanVisit, `SELECT `+visitColumns+` FROM orders_visit`+w.String(), w.Args()...)
	if errors.Is(err, db.ErrNoRows) {
		return Visit{}, ErrVisitNotFound
	}
	if err != nil {
		return Visit{}, err
	}
	list, err := fillVisits(ctx, q, []Visit{v})
	if err != nil {
		return Visit{}, err
	}
	return list[0], nil
}

// fillVisits reads orders and members of visits, in two queries a 500.
func fillVisits(ctx context.Context, q db.Querier, list []Visit) ([]Visit, error) {
	at := make(map[VisitID]int, len(list))
	ids := make([]VisitID, len(list))
	for i, v := range list {
		at[v.ID], ids[i] = i, v.ID
	}
	for part := range slices.Chunk(ids, 500) {
		var w db.Where
		w.In("visit_id", db.Strings(part))
		rows, err := db.List(ctx, q, func(s db.Scanner) (r struct {
			id VisitID
			o  VisitOrder
		}, err error,
		) {
			var outcome, rsn *string
			var dropped *int64
			err = s.Scan(&r.id, &r.o.OrderID, &r.o.Position, &outcome, &rsn, &dropped)
			r.o.Outcome, r.o.Reason, r.o.Dropped = Outcome(db.OrEmpty(outcome)), db.OrEmpty(rsn), dropped != nil
			return r, err
		}, `SELECT visit_id, order_id, position, outcome, reason, dropped_at FROM orders_visit_order`+w.String()+` ORDER BY visit_id, position`, w.Args()...)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			list[at[r.id]].Orders = append(list[at[r.id]].Orders, r.o)
		}
		members, err := db.List(ctx, q, func(s db.Scanner) (r struct {
			id VisitID
			m  Member
		}, err error,
		) {
			var departed, arrived, left *int64
			err = s.Scan(&r.id, &r.m.EngineerID, &departed, &arrived, &left)
			r.m.DepartedAt, r.m.ArrivedAt, r.m.LeftAt = db.FromMicrosPtr(departed), db.FromMicrosPtr(arrived), db.FromMicrosPtr(left)
			return r, err
		}, `SELECT visit_id, engineer_id, departed_at, arrived_at, left_at FROM orders_visit_member`+w.String()+` AND removed_at IS NULL ORDER BY visit_id, position`, w.Args()...)
		if err != nil {
			return nil, err
		}
		for _, r := range members {
			v := &list[at[r.id]]
			r.m.Lead = len(v.Members) == 0
			v.Members = append(v.Members, r.m)
		}
	}
	return list, nil
}

// wasMember tells whether the engineer is or was a member of the visit.
func wasMember(ctx context.Context, q db.Querier, id VisitID, e workforce.EngineerID) (bool, error) {
	return db.Exists(ctx, q, `SELECT 1 FROM orders_visit_member WHERE visit_id = $1 AND engineer_id = $2`, string(id), string(e))
}

// visitsOfOrder reads all visits of an order, oldest first.
func visitsOfOrder(ctx context.Context, q db.Querier, id ID) ([]Visit, error) {
	list, err := db.List(ctx, q, scanVisit, `SELECT `+visitColumns+` FROM orders_visit WHERE id IN (SELECT visit_id FROM orders_visit_order WHERE order_id = $1)
		ORDER BY start_at, id`, string(id))
	if err != nil {
		return nil, err
	}
	return fillVisits(ctx, q, list)
}

// VisitFilter narrows a list of visits.
type VisitFilter struct {
	Engineers []workforce.EngineerID // nil: all
	OutletID  outlets.ID
	States    []VisitState
	OrderID   ID
	From, To  time.Time // start in [From, To)
	AfterKey  int64
	AfterID   VisitID
	HasAfter  bool
	Limit     int // 0: all
}

// listVisits reads visits in scope by start. Those of one engineer are walked by the engineer's own index, so that a page of
// them reads a page, however many years there are.
func listVisits(ctx context.Context, q db.Querier, scope access.Scope, f VisitFilter) ([]Visit, error) {
	var w db.Where
	scope.Limit(&w, "brand_id", "outlet_path")
	from, start, id := "orders_visit", "start_at", "id"
	switch {
	case f.Engineers == nil:
	case len(f.Engineers) == 0:
		return []Visit{}, nil
	case len(f.Engineers) == 1:
		from = `(SELECT visit_id AS member_visit, start_at AS member_start FROM orders_visit_member WHERE removed_at IS NULL AND engineer_id = ` +
			w.Arg(string(f.Engineers[0])) + `) m JOIN orders_visit ON id = member_visit`
		start, id = "member_start", "member_visit"
	default:
		marks := make([]string, len(f.Engineers))
		for i, e := range f.Engineers {
			marks[i] = w.Arg(string(e))
		}
		in := "id IN (SELECT visit_id FROM orders_visit_member WHERE removed_at IS NULL AND engineer_id IN (" + strings.Join(marks, ", ") + ")"
		if !f.From.IsZero() {
			in += " AND start_at >= " + w.Arg(db.Micros(f.From))
		}
		if !f.To.IsZero() {
			in += " AND start_at < " + w.Arg(db.Micros(f.To))
		}
		w.And(in + ")")
	}
	if f.OrderID != "" {
		w.And("id IN (SELECT visit_id FROM orders_visit_order WHERE order_id = ? AND dropped_at IS NULL)", string(f.OrderID))
	}
	if f.OutletID != "" {
		w.And("outlet_id = ?", string(f.OutletID))
	}
	if len(f.States) > 0 {
		w.In("state", db.Strings(f.States))
	}
	if !f.From.IsZero() {
		w.And(start+" >= ?", db.Micros(f.From))
	}
	if !f.To.IsZero() {
		w.And(start+" < ?", db.Micros(f.To))
	}
	if f.HasAfter {
		w.And("("+start+", "+id+") > (?, ?)", f.AfterKey, string(f.AfterID))
	}
	limit := ""
	if f.Limit > 0 {
		limit = " LIMIT " + w.Arg(f.Limit)
	}
	list, err := db.List(ctx, q, scanVisit, `SELECT `+visitColumns+` FROM `+from+w.String()+` ORDER BY `+start+`, `+id+limit, w.Args()...)
	if err != nil {
		return nil, err
	}
	return fillVisits(ctx, q, list)
}

// overlapping finds an open visit of an engineer that overlaps a time, other than except.
func overlapping(ctx context.Context, q db.Querier, e workforce.EngineerID, start, end time.Time, except VisitID) (bool, error) {
	return db.Exists(ctx, q, `SELECT 1 FROM orders_visit v JOIN orders_visit_member m ON m.visit_id = v.id
		WHERE m.engineer_id = $1 AND m.removed_at IS NULL AND v.open AND m.start_at > $2 AND v.start_at < $3 AND v.end_at > $4 AND v.id <> $5`,
		string(e), db.Micros(start.Add(-48*time.Hour)), db.Micros(end), db.Micros(start), string(except))
}

func putPosition(tx *db.Tx, id VisitID, lat, lon float64, at time.Time) {
	tx.Later(`INSERT INTO orders_position (visit_id, lat, lon, occurred_at, recorded_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (visit_id) DO UPDATE SET lat = excluded.lat, lon = excluded.lon, occurred_at = excluded.occurred_at, recorded_at = excluded.recorded_at`,
		string(id), lat, lon, db.Micros(at), db.Micros(tx.Now()))
}

func erasePosition(tx *db.Tx, id VisitID) {
	tx.Later(`DELETE FROM orders_position WHERE visit_id = $1`, string(id))
}

// Position is where a travelling engineer was last.
type Position struct {
	Lat, Lon float64
	At       time.Time
}

func position(ctx context.Context, q db.Querier, id VisitID) (Position, bool, error) {
	p, err := db.Get(ctx, q, func(s db.Scanner) (p Position, err error) {
		var at int64
		err = s.Scan(&p.Lat, &p.Lon, &at)
		p.At = db.FromMicros(at)
		return p, err
	}, `SELECT lat, lon, occurred_at FROM orders_position WHERE visit_id = $1`, string(id))
	if errors.Is(err, db.ErrNoRows) {
		return Position{}, false, nil
	}
	return p, err == nil, err
}
