package orders

import (
	"context"
	"errors"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/workforce"
)

const offerColumns = `id, order_id, outlet_id, outlet_path, round, offered_at, expires_at, answer, answered_at, reason, blame`

func scanOffer(s db.Scanner) (Offer, error) {
	var f Offer
	var answered *int64
	var offered, expires int64
	var rsn, blame *string
	err := s.Scan(&f.ID, &f.OrderID, &f.OutletID, &f.OutletPath, &f.Round, &offered, &expires, &f.Answer, &answered, &rsn, &blame)
	f.OfferedAt, f.ExpiresAt, f.AnsweredAt = db.FromMicros(offered), db.FromMicros(expires), db.FromMicrosPtr(answered)
	f.Reason, f.Blame = db.OrEmpty(rsn), catalog.Responsibility(db.OrEmpty(blame))
	return f, err
}

func insertOffer(tx *db.Tx, f Offer, brand catalog.BrandID) {
	tx.Later(`INSERT INTO orders_offer (id, order_id, outlet_id, outlet_path, brand_id, round, offered_at, expires_at, answer)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '')`,
		string(f.ID), string(f.OrderID), string(f.OutletID), f.OutletPath, string(brand), f.Round, db.Micros(f.OfferedAt), db.Micros(f.ExpiresAt))
}

func answerOffer(ctx context.Context, tx *db.Tx, f Offer) error {
	return tx.ExecOne(ctx, `UPDATE orders_offer SET answer = $1, answered_at = $2, reason = $3, blame = $4 WHERE id = $5 AND answer = ''`,
		string(f.Answer), db.MicrosPtr(f.AnsweredAt), db.NullString(f.Reason), db.NullString(f.Blame), string(f.ID))
}

func openOffer(ctx context.Context, q db.Querier, id ID) (Offer, error) {
	f, err := db.Get(ctx, q, scanOffer, `SELECT `+offerColumns+` FROM orders_offer WHERE order_id = $1 AND answer = '' ORDER BY round DESC LIMIT 1`, string(id))
	if errors.Is(err, db.ErrNoRows) {
		return Offer{}, ErrNotOffered
	}
	return f, err
}

func listOffers(ctx context.Context, q db.Querier, scope access.Scope, id ID) ([]Offer, error) {
	var w db.Where
	w.And("order_id = ?", string(id))
	scope.Limit(&w, "", "outlet_path") // who else was asked is no outlet's matter
	return db.List(ctx, q, scanOffer, `SELECT `+offerColumns+` FROM orders_offer`+w.String()+` ORDER BY round`, w.Args()...)
}

func expiredOffers(ctx context.Context, q db.Querier, now time.Time, limit int) ([]ID, error) {
	return db.List(ctx, q, scanID, `SELECT order_id FROM orders_offer WHERE answer = '' AND expires_at <= $1 ORDER BY expires_at LIMIT $2`, db.Micros(now), limit)
}

func countOffers(ctx context.Context, q db.Querier, id ID) (int64, error) {
	return db.Get(ctx, q, db.ScanInt, `SELECT COUNT(*) FROM orders_offer WHERE order_id = $1`, string(id))
}

func scanPromise(s db.Scanner) (Promise, error) {
	var p Promise
	var from, to, made int64
	var changed, rsn, visit *string
	var kept *bool
	var arrived, late, occurred, recorded *int64
	err := s.Scan(&p.ID, &p.OrderID, &p.Seq, &from, &to, &p.MadeBy, &made, &changed, &rsn, &kept, &visit, &arrived, &late, &occurred, &recorded)
	p.Window, p.MadeAt = Window{From: db.FromMicros(from), To: db.FromMicros(to)}, db.FromMicros(made)
	p.ChangedBy, p.Reason = Party(db.OrEmpty(changed)), db.OrEmpty(rsn)
	if kept != nil {
		p.Verdict = &Verdict{
			Kept: *kept, VisitID: VisitID(db.OrEmpty(visit)), ArrivedAt: db.FromMicrosPtr(arrived),
			OccurredAt: db.TimeOrZero(occurred), RecordedAt: db.TimeOrZero(recorded),
		}
		if late != nil {
			p.Verdict.LateBy = time.Duration(*late) * time.Microsecond
		}
	}
	return p, err
}

const promiseSelect = `SELECT p.id, p.order_id, p.seq, p.from_at, p.to_at, p.made_by, p.made_at, p.changed_by, p.reason,
	r.kept, r.visit_id, r.arrived_at, r.late_by, r.occurred_at, r.recorded_at
	FROM orders_promise p LEFT JOIN orders_promise_verdict r ON r.promise_id = p.id`

func listPromises(ctx context.Context, q db.Querier, id ID) ([]Promise, error) {
	return db.List(ctx, q, scanPromise, promiseSelect+` WHERE p.order_id = $1 ORDER BY p.seq`, string(id))
}

func insertPromise(tx *db.Tx, p Promise) {
	tx.Later(`INSERT INTO orders_promise (id, order_id, seq, from_at, to_at, made_by, made_at, changed_by, reason)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, string(p.ID), string(p.OrderID), p.Seq, db.Micros(p.Window.From), db.Micros(p.Window.To),
		p.MadeBy, db.Micros(p.MadeAt), db.NullString(p.ChangedBy), db.NullString(p.Reason))
}

func insertVerdict(tx *db.Tx, p Promise) {
	v := p.Verdict
	tx.Later(`INSERT INTO orders_promise_verdict (promise_id, order_id, kept, visit_id, arrived_at, late_by, occurred_at, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, string(p.ID), string(p.OrderID), v.Kept, db.NullString(v.VisitID), db.MicrosPtr(v.ArrivedAt),
		v.LateBy.Microseconds(), db.Micros(v.OccurredAt), db.Micros(v.RecordedAt))
}

func scanWish(s db.Scanner) (Wish, error) {
	var w Wish
	var visit, rsn, skill, met *string
	var earliest *int64
	var raised int64
	err := s.Scan(&w.ID, &w.OrderID, &visit, &w.Why, &rsn, &earliest, &skill, &w.State, &met, &raised)
	w.VisitID, w.Reason, w.Skill, w.MetBy = VisitID(db.OrEmpty(visit)), db.OrEmpty(rsn), catalog.SkillCode(db.OrEmpty(skill)), VisitID(db.OrEmpty(met))
	w.Earliest, w.RaisedAt = db.FromMicrosPtr(earliest), db.FromMicros(raised)
	return w, err
}

const wishColumns = `id, order_id, visit_id, why, reason, earliest_at, skill, state, met_by, raised_at`

func insertWish(tx *db.Tx, o Order, w Wish) {
	tx.Later(`INSERT INTO orders_wish (id, order_id, visit_id, brand_id, outlet_path, why, reason, earliest_at, skill, state, raised_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, string(w.ID), string(w.OrderID), db.NullString(w.VisitID), string(o.BrandID), o.OutletPath,
		string(w.Why), db.NullString(w.Reason), db.MicrosPtr(w.Earliest), db.NullString(w.Skill), w.State, db.Micros(w.RaisedAt))
}

// endWishes closes what an order wishes for: met by a visit, or dropped.
func endWishes(tx *db.Tx, id ID, state string, by VisitID) {
	tx.Later(`UPDATE orders_wish SET state = $1, met_by = $2 WHERE order_id = $3 AND state = 'open'`, state, db.NullString(by), string(id))
}

func listWishes(ctx context.Context, q db.Querier, id ID) ([]Wish, error) {
	return db.List(ctx, q, scanWish, `SELECT `+wishColumns+` FROM orders_wish WHERE order_id = $1 ORDER BY raised_at, id`, string(id))
}

// openWishes lists what orders in scope wish for, oldest first.
func openWishes(ctx context.Context, q db.Querier, scope access.Scope, after time.Time, afterID WishID, limit int) ([]Wish, error) {
	var w db.Where
	w.And("state = 'open'")
	scope.Limit(&w, "brand_id", "outlet_path")
	if !after.IsZero() {
		w.And("(raised_at, id) > (?, ?)", db.Micros(after), string(afterID))
	}
	return db.List(ctx, q, scanWish, `SELECT `+wishColumns+` FROM orders_wish`+w.String()+` ORDER BY raised_at, id LIMIT `+w.Arg(limit), w.Args()...)
}

const conflictColumns = `id, visit_id, order_id, act, operation_id, engineer_id, why, visit_state, order_state, outcome, brand_id, outlet_path,
	occurred_at, recorded_at, closed_at, closed_by, resolution`

func scanConflict(s db.Scanner) (Conflict, error) {
	var c Conflict
	var order, engineer, by, res *string
	var occurred, recorded int64
	var closed *int64
	err := s.Scan(&c.ID, &c.VisitID, &order, &c.Act, &c.OperationID, &engineer, &c.Why, &c.VisitState, &c.OrderState, &c.Outcome, &c.BrandID,
		&c.OutletPath, &occurred, &recorded, &closed, &by, &res)
	c.OrderID, c.EngineerID, c.ClosedBy, c.Resolution = ID(db.OrEmpty(order)), workforce.EngineerID(db.OrEmpty(engineer)), db.OrEmpty(by), db.OrEmpty(res)
	c.OccurredAt, c.RecordedAt, c.ClosedAt = db.FromMicros(occurred), db.FromMicros(recorded), db.FromMicrosPtr(closed)
	return c, err
}

func insertConflict(tx *db.Tx, c Conflict) {
	tx.Later(`INSERT INTO orders_conflict (id, visit_id, order_id, act, operation_id, engineer_id, why, visit_state, order_state, outcome,
		brand_id, outlet_path, occurred_at, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		string(c.ID), string(c.VisitID), db.NullString(c.OrderID), c.Act, c.OperationID, db.NullString(c.EngineerID), c.Why, string(c.VisitState),
		string(c.OrderState), string(c.Outcome), string(c.BrandID), c.OutletPath, db.Micros(c.OccurredAt), db.Micros(c.RecordedAt))
}

func findConflict(ctx context.Context, q db.Querier, scope access.Scope, id ConflictID) (Conflict, error) {
	var w db.Where
	w.And("id = ?", string(id))
	scope.Limit(&w, "brand_id", "outlet_path")
	c, err := db.Get(ctx, q, scanConflict, `SELECT `+conflictColumns+` FROM orders_conflict`+w.String(), w.Args()...)
	if errors.Is(err, db.ErrNoRows) {
		return Conflict{}, ErrNotFound
	}
	return c, err
}

func closeConflict(ctx context.Context, tx *db.Tx, c Conflict) error {
	return tx.ExecOne(ctx, `UPDATE orders_conflict SET closed_at = $1, closed_by = $2, resolution = $3 WHERE id = $4 AND closed_at IS NULL`,
		db.MicrosPtr(c.ClosedAt), c.ClosedBy, c.Resolution, string(c.ID))
}

// listConflicts reads the conflicts in scope, oldest first; open ones only, or those of one visit.
func listConflicts(ctx context.Context, q db.Querier, scope access.Scope, visit VisitID, after time.Time, afterID ConflictID, limit int) ([]Conflict, error) {
	var w db.Where
	scope.Limit(&w, "brand_id", "outlet_path")
	if visit != "" {
		w.And("visit_id = ?", string(visit))
	} else {
		w.And("closed_at IS NULL")
	}
	if !after.IsZero() {
		w.And("(recorded_at, id) > (?, ?)", db.Micros(after), string(afterID))
	}
	return db.List(ctx, q, scanConflict, `SELECT `+conflictColumns+` FROM orders_conflict`+w.String()+` ORDER BY recorded_at, id LIMIT `+w.Arg(limit), w.Args()...)
}

// OutletOffers are the open offers to the outlets in scope, the first to expire first.
func outletOffers(ctx context.Context, q db.Querier, scope access.Scope, outlet outlets.ID, limit int) ([]Offer, error) {
	var w db.Where
	w.And("answer = ''")
	scope.Limit(&w, "brand_id", "outlet_path")
	if outlet != "" {
		w.And("outlet_id = ?", string(outlet))
	}
	return db.List(ctx, q, scanOffer, `SELECT `+offerColumns+` FROM orders_offer`+w.String()+` ORDER BY expires_at, id LIMIT `+w.Arg(limit), w.Args()...)
}

// Attempt is one try to reach the customer.
type Attempt struct {
	ID         string
	OrderID    ID
	Channel    string // "call", "sms", "chat", "reveal"
	Result     string // one of [AttemptResults]
	Actor      string
	Note       []byte // sealed
	OccurredAt time.Time
	RecordedAt time.Time
}

func scanAttempt(s db.Scanner) (Attempt, error) {
	var a Attempt
	var occurred, recorded int64
	err := s.Scan(&a.ID, &a.OrderID, &a.Channel, &a.Result, &a.Actor, &a.Note, &occurred, &recorded)
	a.OccurredAt, a.RecordedAt = db.FromMicros(occurred), db.FromMicros(recorded)
	return a, err
}

func insertAttempt(tx *db.Tx, a Attempt) {
	tx.Later(`INSERT INTO orders_contact (id, order_id, channel, result, actor, note_sealed, occurred_at, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, a.ID, string(a.OrderID), a.Channel, a.Result, a.Actor, a.Note, db.Micros(a.OccurredAt), db.Micros(a.RecordedAt))
}

func listAttempts(ctx context.Context, q db.Querier, id ID) ([]Attempt, error) {
	return db.List(ctx, q, scanAttempt, `SELECT id, order_id, channel, result, actor, note_sealed, occurred_at, recorded_at FROM orders_contact
		WHERE order_id = $1 ORDER BY occurred_at, id`, string(id))
}
