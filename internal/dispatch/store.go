package dispatch

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/reason"
	"anxin/internal/workforce"
)

const claimColumns = `id, order_id, brand_id, outlet_id, outlet_path, engineer_id, second_id, service_type, date, from_at, to_at, start_at, end_at, lat, lon`

// claimRow scans a claim and what its table has more.
func claimRow(s db.Scanner, c *Claim, more ...any) error {
	var first, second *string
	var date string
	var from, to, start, end int64
	err := s.Scan(append([]any{
		&c.ID, &c.OrderID, &c.BrandID, &c.OutletID, &c.OutletPath, &first, &second, &c.ServiceType, &date, &from, &to, &start, &end, &c.Lat, &c.Lon,
	}, more...)...)
	if err != nil {
		return err
	}
	c.EngineerID, c.SecondID = workforce.EngineerID(db.OrEmpty(first)), workforce.EngineerID(db.OrEmpty(second))
	c.From, c.To, c.Start, c.End = db.FromMicros(from), db.FromMicros(to), db.FromMicros(start), db.FromMicros(end)
	c.Date, err = calendar.ParseDate(date)
	return err
}

func (c Claim) values() []any {
	return []any{
		c.ID, string(c.OrderID), string(c.BrandID), string(c.OutletID), c.OutletPath, db.NullString(c.EngineerID), db.NullString(c.SecondID),
		string(c.ServiceType), c.Date.String(), db.Micros(c.From), db.Micros(c.To), db.Micros(c.Start), db.Micros(c.End), c.Lat, c.Lon,
	}
}

func scanClaim(s db.Scanner) (c Claim, err error) { return c, claimRow(s, &c) }

// scanClaimUntil scans a claim and when it expires.
func scanClaimUntil(s db.Scanner) (Claim, error) {
	var c Claim
	var until *int64
	err := claimRow(s, &c, &until)
	if until != nil {
		c.until = db.FromMicros(*until)
	}
	return c, err
}

func scanHold(s db.Scanner) (Hold, error) {
	var h Hold
	var expires, created int64
	err := claimRow(s, &h.Claim, &h.State, &h.HeldBy, &expires, &created)
	h.ExpiresAt, h.CreatedAt = db.FromMicros(expires), db.FromMicros(created)
	return h, err
}

func scanReservation(s db.Scanner) (Reservation, error) {
	var r Reservation
	var created int64
	var ended *int64
	err := claimRow(s, &r.Claim, &r.PromiseID, &r.State, &r.Why, &created, &ended)
	r.CreatedAt, r.EndedAt = db.FromMicros(created), db.FromMicrosPtr(ended)
	return r, err
}

const (
	holdColumns        = claimColumns + `, state, held_by, expires_at, created_at`
	reservationColumns = claimColumns + `, promise_id, state, why, created_at, ended_at`
)

// claimsOf reads the live holds and reservations on engineers' days, those of some orders left out.
func claimsOf(ctx context.Context, q db.Querier, ids []workforce.EngineerID, from, to calendar.Date, except []orders.ID) ([]Claim, error) {
	out, seen := []Claim{}, map[string]bool{}
	for part := range slices.Chunk(ids, 500) {
		for _, table := range []string{"dispatch_hold", "dispatch_reservation"} {
			var w db.Where
			until := "NULL"
			if table == "dispatch_hold" {
				until = "expires_at"
				w.And("state = 'held' AND expires_at > ?", db.Micros(q.Now()))
			} else {
				w.And("state = 'alive'")
			}
			w.And("date >= ? AND date <= ?", from.String(), to.String())
			marks := make([]string, len(part))
			for i, id := range part {
				marks[i] = w.Arg(string(id))
			}
			in := "(" + strings.Join(marks, ", ") + ")"
			w.And("(engineer_id IN " + in + " OR second_id IN " + in + ")")
			list, err := db.List(ctx, q, scanClaimUntil, `SELECT `+claimColumns+`, `+until+` FROM `+table+w.String()+` ORDER BY start_at, id`, w.Args()...)
			if err != nil {
				return nil, err
			}
			for _, c := range list {
				if !slices.Contains(except, c.OrderID) && !seen[c.ID] {
					seen[c.ID] = true
					out = append(out, c)
				}
			}
		}
	}
	return out, nil
}

// quotaClaims reads the live claims on an outlet's quota of a day, those of some orders left out.
func quotaClaims(ctx context.Context, q db.Querier, outlet outlets.ID, from, to calendar.Date, except []orders.ID) ([]Claim, error) {
	list, err := db.List(ctx, q, scanClaim, `SELECT `+claimColumns+` FROM dispatch_hold
			WHERE state = 'held' AND expires_at > $1 AND outlet_id = $2 AND date >= $3 AND date <= $4 AND engineer_id IS NULL
		UNION ALL SELECT `+claimColumns+` FROM dispatch_reservation WHERE state = 'alive' AND outlet_id = $2 AND date >= $3 AND date <= $4 AND engineer_id IS NULL`,
		db.Micros(q.Now()), string(outlet), from.String(), to.String())
	return slices.DeleteFunc(list, func(c Claim) bool { return slices.Contains(except, c.OrderID) }), err
}

// bumpOutletDay locks an outlet's quota of a day until the transaction ends.
func bumpOutletDay(ctx context.Context, tx *db.Tx, outlet outlets.ID, date calendar.Date) error {
	_, err := tx.Exec(ctx, `INSERT INTO dispatch_outlet_day (outlet_id, date, version) VALUES ($1, $2, 1)
		ON CONFLICT (outlet_id, date) DO UPDATE SET version = dispatch_outlet_day.version + 1`, string(outlet), date.String())
	return err
}

func insertHold(ctx context.Context, tx *db.Tx, h Hold) error {
	_, err := tx.Exec(ctx, `INSERT INTO dispatch_hold (`+holdColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
		append(h.values(), string(h.State), h.HeldBy, db.Micros(h.ExpiresAt), db.Micros(h.CreatedAt))...)
	if db.IsUnique(err, "dispatch_hold_order") || db.IsUnique(err, "dispatch_hold.order_id") {
		return db.ErrRace // somebody holds a window for the same order just now
	}
	return err
}

// claimedDays are the engineers' days that live holds and reservations of orders lie on.
func claimedDays(ctx context.Context, q db.Querier, ids []orders.ID) ([]workforce.Day, error) {
	var out []workforce.Day
	for part := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(ids))), 500) {
		for _, table := range []string{"dispatch_hold", "dispatch_reservation"} {
			var w db.Where
			if table == "dispatch_hold" {
				w.And("state = 'held'")
			} else {
				w.And("state = 'alive'")
			}
			w.In("order_id", db.Strings(part))
			list, err := db.List(ctx, q, scanClaim, `SELECT `+claimColumns+` FROM `+table+w.String(), w.Args()...)
			if err != nil {
				return nil, err
			}
			for _, c := range list {
				out = append(out, c.days()...)
			}
		}
	}
	return out, nil
}

// endHold moves a held hold on. Its days are guarded by the caller ([Service.guardTx]).
func endHold(ctx context.Context, tx *db.Tx, id string, to HoldState) error {
	return tx.ExecOne(ctx, `UPDATE dispatch_hold SET state = $1 WHERE id = $2 AND state = 'held'`, string(to), id)
}

// endHoldsOfTx ends the holds of an order; the days that get free are bumped.
func (s *Service) endHoldsOfTx(ctx context.Context, tx *db.Tx, order orders.ID, to HoldState) error {
	if err := s.freeTx(ctx, tx, order); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE dispatch_hold SET state = $1 WHERE order_id = $2 AND state = 'held'`, string(to), string(order))
	return err
}

func expireHolds(ctx context.Context, tx *db.Tx) (int64, error) {
	return tx.Exec(ctx, `UPDATE dispatch_hold SET state = 'expired' WHERE state = 'held' AND expires_at <= $1`, db.Micros(tx.Now()))
}

func findHold(ctx context.Context, q db.Querier, scope access.Scope, id string) (Hold, error) {
	var w db.Where
	w.And("id = ?", id)
	scope.Limit(&w, "brand_id", "outlet_path")
	h, err := db.Get(ctx, q, scanHold, `SELECT `+holdColumns+` FROM dispatch_hold`+w.String(), w.Args()...)
	if errors.Is(err, db.ErrNoRows) {
		return Hold{}, ErrHoldNotFound
	}
	return h, err
}

func insertReservation(ctx context.Context, tx *db.Tx, r Reservation) error {
	_, err := tx.Exec(ctx, `INSERT INTO dispatch_reservation (`+reservationColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, NULL)`,
		append(r.values(), string(r.PromiseID), string(r.State), r.Why, db.Micros(r.CreatedAt))...)
	if db.IsUnique(err, "dispatch_reservation_order") || db.IsUnique(err, "dispatch_reservation.order_id") {
		return db.ErrRace
	}
	return err
}

// freeTx bumps the days that are claimed for an order: what ends there changes them.
func (s *Service) freeTx(ctx context.Context, tx *db.Tx, order orders.ID) error {
	days, err := claimedDays(ctx, tx, []orders.ID{order})
	if err != nil || len(days) == 0 {
		return err
	}
	_, err = s.workforce.BumpDaysTx(ctx, tx, days)
	return err
}

// endReservationTx ends what is reserved for an order; the days that get free are bumped.
func (s *Service) endReservationTx(ctx context.Context, tx *db.Tx, order orders.ID, to ReservationState, why string) error {
	if err := s.freeTx(ctx, tx, order); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE dispatch_reservation SET state = $1, why = $2, ended_at = $3 WHERE order_id = $4 AND state = 'alive'`,
		string(to), why, db.Micros(tx.Now()), string(order))
	return err
}

// reservationsOf reads what is reserved for orders.
func reservationsOf(ctx context.Context, q db.Querier, ids []orders.ID) (map[orders.ID]Reservation, error) {
	out := map[orders.ID]Reservation{}
	for part := range slices.Chunk(ids, 500) {
		var w db.Where
		w.And("state = 'alive'")
		w.In("order_id", db.Strings(part))
		list, err := db.List(ctx, q, scanReservation, `SELECT `+reservationColumns+` FROM dispatch_reservation`+w.String(), w.Args()...)
		if err != nil {
			return nil, err
		}
		for _, r := range list {
			out[r.OrderID] = r
		}
	}
	return out, nil
}

// reservationsWith reads what is reserved with an engineer from a date on.
func reservationsWith(ctx context.Context, q db.Querier, e workforce.EngineerID, from calendar.Date) ([]Reservation, error) {
	return db.List(ctx, q, scanReservation, `SELECT `+reservationColumns+` FROM dispatch_reservation
		WHERE state = 'alive' AND date >= $1 AND (engineer_id = $2 OR second_id = $2) ORDER BY date, start_at, id`, from.String(), string(e))
}

const alertColumns = `id, kind, order_id, brand_id, outlet_path, reasons, raised_at, closed_at, closed_by, resolution, version`

func scanAlert(s db.Scanner) (Alert, error) {
	var a Alert
	var why string
	var raised int64
	var closed *int64
	var by, res *string
	err := s.Scan(&a.ID, &a.Kind, &a.OrderID, &a.BrandID, &a.OutletPath, &why, &raised, &closed, &by, &res, &a.Version)
	if err != nil {
		return a, err
	}
	a.RaisedAt, a.ClosedAt, a.ClosedBy, a.Resolution = db.FromMicros(raised), db.FromMicrosPtr(closed), db.OrEmpty(by), db.OrEmpty(res)
	a.Reasons, err = reason.Parse(why)
	return a, err
}

// insertAlert tells whether the alert is new: an open one of its kind stays as it is.
func insertAlert(ctx context.Context, tx *db.Tx, a Alert) (bool, error) {
	why, err := a.Reasons.Text()
	if err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, `INSERT INTO dispatch_alert (id, kind, order_id, brand_id, outlet_path, reasons, raised_at, version)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 1) ON CONFLICT (order_id, kind) WHERE closed_at IS NULL DO NOTHING`,
		a.ID, a.Kind, string(a.OrderID), string(a.BrandID), a.OutletPath, why, db.Micros(a.RaisedAt))
	return n > 0, err
}

func closeAlert(ctx context.Context, tx *db.Tx, a Alert) error {
	return tx.ExecOne(ctx, `UPDATE dispatch_alert SET closed_at = $1, closed_by = $2, resolution = $3, version = $4 WHERE id = $5 AND version = $4 - 1`,
		db.MicrosPtr(a.ClosedAt), a.ClosedBy, a.Resolution, a.Version, a.ID)
}

func openAlerts(ctx context.Context, q db.Querier, order orders.ID) ([]Alert, error) {
	return db.List(ctx, q, scanAlert, `SELECT `+alertColumns+` FROM dispatch_alert WHERE order_id = $1 AND closed_at IS NULL ORDER BY id`, string(order))
}

func openOfKind(ctx context.Context, q db.Querier, kind string) ([]Alert, error) {
	return db.List(ctx, q, scanAlert, `SELECT `+alertColumns+` FROM dispatch_alert WHERE closed_at IS NULL AND kind = $1 ORDER BY id`, kind)
}

func findAlert(ctx context.Context, q db.Querier, scope access.Scope, id string) (Alert, error) {
	var w db.Where
	w.And("id = ?", id)
	scope.Limit(&w, "brand_id", "outlet_path")
	a, err := db.Get(ctx, q, scanAlert, `SELECT `+alertColumns+` FROM dispatch_alert`+w.String(), w.Args()...)
	if errors.Is(err, db.ErrNoRows) {
		return Alert{}, ErrAlertNotFound
	}
	return a, err
}

func listAlerts(ctx context.Context, q db.Querier, scope access.Scope, after time.Time, afterID string, limit int) ([]Alert, error) {
	var w db.Where
	w.And("closed_at IS NULL")
	scope.Limit(&w, "brand_id", "outlet_path")
	if !after.IsZero() {
		w.And("(raised_at, id) > (?, ?)", db.Micros(after), afterID)
	}
	return db.List(ctx, q, scanAlert, `SELECT `+alertColumns+` FROM dispatch_alert`+w.String()+` ORDER BY raised_at, id LIMIT `+w.Arg(limit), w.Args()...)
}

const decisionColumns = `id, act, order_id, visit_id, operation_id, brand_id, outlet_path, actor, reason, overridden, inputs, reasons, decided_at`

func scanDecision(s db.Scanner) (Decision, error) {
	var d Decision
	var visit, operation *string
	var inputs, why string
	var at int64
	err := s.Scan(&d.ID, &d.Act, &d.OrderID, &visit, &operation, &d.BrandID, &d.OutletPath, &d.Actor, &d.Reason, &d.Overridden, &inputs, &why, &at)
	if err != nil {
		return d, err
	}
	d.VisitID, d.Operation, d.DecidedAt = orders.VisitID(db.OrEmpty(visit)), db.OrEmpty(operation), db.FromMicros(at)
	if err := json.Unmarshal([]byte(inputs), &d.Inputs); err != nil {
		return d, err
	}
	d.Reasons, err = reason.Parse(why)
	return d, err
}

// decide keeps why something was decided, in the transaction of the act.
func decide(ctx context.Context, tx *db.Tx, d Decision) error {
	inputs, err := json.Marshal(d.Inputs)
	if err != nil {
		return err
	}
	why, err := d.Reasons.Text()
	if err != nil {
		return err
	}
	tx.Later(`INSERT INTO dispatch_decision (`+decisionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		db.NewID(), d.Act, string(d.OrderID), db.NullString(d.VisitID), db.NullString(d.Operation), string(d.BrandID), d.OutletPath, actorOf(ctx),
		d.Reason, d.Overridden, string(inputs), why, db.Micros(tx.Now()))
	return nil
}

// decided finds what the same operation decided before.
func decided(ctx context.Context, q db.Querier, order orders.ID, act, operation string) (Decision, bool, error) {
	if operation == "" {
		return Decision{}, false, nil
	}
	d, err := db.Get(ctx, q, scanDecision, `SELECT `+decisionColumns+` FROM dispatch_decision WHERE order_id = $1 AND act = $2 AND operation_id = $3`,
		string(order), act, operation)
	if errors.Is(err, db.ErrNoRows) {
		return Decision{}, false, nil
	}
	return d, err == nil, err
}

func listDecisions(ctx context.Context, q db.Querier, scope access.Scope, order orders.ID) ([]Decision, error) {
	var w db.Where
	w.And("order_id = ?", string(order))
	scope.Limit(&w, "brand_id", "outlet_path")
	return db.List(ctx, q, scanDecision, `SELECT `+decisionColumns+` FROM dispatch_decision`+w.String()+` ORDER BY decided_at, id`, w.Args()...)
}
