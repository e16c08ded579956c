package callbacks

import (
	"context"
	"errors"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
)

const columns = `id, cause, state, case_id, order_id, brand_id, outlet_path, service_type, key_id, due_at, attempts, class, result, score, by_link,
	asked_amount, note_sealed, flags, answered_at, answered_by, assignee_id, ended_at, created_at, updated_at, version, by_call, remind_at, give_up_at`

func scan(s db.Scanner) (Callback, error) {
	var c Callback
	var order, service, result, by, assignee *string
	var class, score, answered, ended, remind, giveUp *int64
	var due, created, updated int64
	err := s.Scan(&c.ID, &c.Cause, &c.State, &c.CaseID, &order, &c.BrandID, &c.OutletPath, &service, &c.KeyID, &due, &c.Attempts, &class, &result, &score,
		&c.ByLink, &c.AskedAmount, &c.Note, &c.Flags, &answered, &by, &assignee, &ended, &created, &updated, &c.Version, &c.ByCall, &remind, &giveUp)
	c.OrderID, c.ServiceType, c.Result = orders.ID(db.OrEmpty(order)), catalog.ServiceTypeCode(db.OrEmpty(service)), Result(db.OrEmpty(result))
	c.AnsweredBy, c.AssigneeID = db.OrEmpty(by), db.OrEmpty(assignee)
	if class != nil {
		c.Class = Class(*class)
	}
	if score != nil {
		c.Score = *score
	}
	c.RemindAt, c.GiveUpAt = db.FromMicrosPtr(remind), db.FromMicrosPtr(giveUp)
	c.AnsweredAt, c.EndedAt = db.FromMicrosPtr(answered), db.FromMicrosPtr(ended)
	c.DueAt, c.CreatedAt, c.UpdatedAt = db.FromMicros(due), db.FromMicros(created), db.FromMicros(updated)
	return c, err
}

func orNull(v int64) *int64 {
	if v == 0 {
		return nil
	}
	return &v
}

func insert(tx *db.Tx, c Callback) {
	tx.Later(`INSERT INTO callbacks_callback (`+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)`,
		c.ID, c.Cause, c.State, c.CaseID, db.NullString(c.OrderID), c.BrandID, c.OutletPath, db.NullString(c.ServiceType), string(c.KeyID), db.Micros(c.DueAt), c.Attempts,
		orNull(int64(c.Class)), db.NullString(c.Result), orNull(c.Score), c.ByLink, c.AskedAmount, c.Note, c.Flags, db.MicrosPtr(c.AnsweredAt), db.NullString(c.AnsweredBy),
		db.NullString(c.AssigneeID), db.MicrosPtr(c.EndedAt), db.Micros(c.CreatedAt), db.Micros(c.UpdatedAt), c.Version,
		c.ByCall, db.MicrosPtr(c.RemindAt), db.MicrosPtr(c.GiveUpAt))
}

func update(ctx context.Context, tx *db.Tx, c *Callback) error {
	was := c.Version
	c.Version++
	c.UpdatedAt = tx.Now()
	return tx.ExecOne(ctx, `UPDATE callbacks_callback SET state = $1, due_at = $2, attempts = $3, class = $4, result = $5, score = $6, by_link = $7, asked_amount = $8,
			note_sealed = $9, flags = $10, answered_at = $11, answered_by = $12, assignee_id = $13, ended_at = $14, updated_at = $15, version = $16,
			by_call = $17, remind_at = $18, give_up_at = $19
		WHERE id = $20 AND version = $21`,
		c.State, db.Micros(c.DueAt), c.Attempts, orNull(int64(c.Class)), db.NullString(c.Result), orNull(c.Score), c.ByLink, c.AskedAmount, c.Note, c.Flags,
		db.MicrosPtr(c.AnsweredAt), db.NullString(c.AnsweredBy), db.NullString(c.AssigneeID), db.MicrosPtr(c.EndedAt), db.Micros(c.UpdatedAt), c.Version, c.ByCall, db.MicrosPtr(c.RemindAt),
		db.MicrosPtr(c.GiveUpAt), c.ID, was)
}

func find(ctx context.Context, q db.Querier, scope access.Scope, id ID) (Callback, error) {
	var w db.Where
	w.And("id = ?", id)
	scope.Limit(&w, "brand_id", "outlet_path")
	c, err := db.Get(ctx, q, scan, `SELECT `+columns+` FROM callbacks_callback`+w.String(), w.Args()...)
	if errors.Is(err, db.ErrNoRows) {
		return c, ErrNotFound
	}
	return c, err
}

// Filter narrows a list of callbacks.
type Filter struct {
	Open     bool // only those that still have to be asked, by due time; else all, by due time
	Calls    bool // only open ones that a person calls about
	Links    bool // only open ones that are asked by link only
	DueBy    *time.Time
	RemindBy *time.Time // open ones whose message goes by then
	GiveUpBy *time.Time // open ones that are given up by then
	CaseID   cases.ID
	OrderID  orders.ID
	BrandID  catalog.BrandID
	AfterDue int64
	AfterID  ID
	HasAfter bool
	Limit    int
}

// list reads by due date. What an outlet ever asked is found by the outlet and then sorted: along the dates it could lie behind
// all that others asked before it came, which the engine does not expect. The plus takes the dates' index away from it.
func list(ctx context.Context, q db.Querier, scope access.Scope, f Filter) ([]Callback, error) {
	var w db.Where
	scope.Limit(&w, "brand_id", "outlet_path")
	order := "due_at, id"
	if !scope.Centre() {
		order = "+due_at, id"
	}
	if f.Open || f.Calls || f.Links || f.DueBy != nil || f.RemindBy != nil || f.GiveUpBy != nil { // nothing that has ended is due
		w.And("ended_at IS NULL")
		order = "due_at, id" // little is open at a time
	}
	if f.Calls {
		w.And("by_call")
	}
	if f.Links {
		w.And("NOT by_call")
	}
	if f.RemindBy != nil {
		w.And("remind_at <= ?", db.Micros(*f.RemindBy))
	}
	if f.GiveUpBy != nil {
		w.And("give_up_at <= ?", db.Micros(*f.GiveUpBy))
	}
	if f.DueBy != nil {
		w.And("due_at <= ?", db.Micros(*f.DueBy))
	}
	if f.CaseID != "" {
		w.And("case_id = ?", f.CaseID)
	}
	if f.OrderID != "" {
		w.And("order_id = ?", f.OrderID)
	}
	if f.BrandID != "" {
		w.And("brand_id = ?", f.BrandID)
	}
	if f.HasAfter {
		w.And("(due_at, id) > (?, ?)", f.AfterDue, f.AfterID)
	}
	return db.List(ctx, q, scan, `SELECT `+columns+` FROM callbacks_callback`+w.String()+` ORDER BY `+order+` LIMIT `+w.Arg(f.Limit), w.Args()...)
}

// Attempt is one call or one use of the link.
type Attempt struct {
	ID          string
	CallbackID  ID
	Class       Class
	ByLink      bool
	Actor       string
	Score       int64
	Seconds     int64 // how long the call or the form took
	Note        []byte
	OccurredAt  time.Time
	RecordedAt  time.Time
	OperationID string
}

func insertAttempt(tx *db.Tx, a Attempt) {
	tx.Later(`INSERT INTO callbacks_attempt (id, callback_id, class, by_link, actor, score, seconds, note_sealed, occurred_at, recorded_at, operation_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		a.ID, a.CallbackID, a.Class, a.ByLink, a.Actor, orNull(a.Score), orNull(a.Seconds), a.Note, db.Micros(a.OccurredAt), db.Micros(a.RecordedAt), db.NullString(a.OperationID))
}

func listAttempts(ctx context.Context, q db.Querier, id ID) ([]Attempt, error) {
	return db.List(ctx, q, func(s db.Scanner) (Attempt, error) {
		var a Attempt
		var score, seconds *int64
		var op *string
		var occurred, recorded int64
		err := s.Scan(&a.ID, &a.CallbackID, &a.Class, &a.ByLink, &a.Actor, &score, &seconds, &a.Note, &occurred, &recorded, &op)
		if score != nil {
			a.Score = *score
		}
		if seconds != nil {
			a.Seconds = *seconds
		}
		a.OperationID, a.OccurredAt, a.RecordedAt = db.OrEmpty(op), db.FromMicros(occurred), db.FromMicros(recorded)
		return a, err
	}, `SELECT id, callback_id, class, by_link, actor, score, seconds, note_sealed, occurred_at, recorded_at, operation_id FROM callbacks_attempt
		WHERE callback_id = $1 ORDER BY occurred_at, id`, id)
}

func attemptSeen(ctx context.Context, q db.Querier, id ID, operation string) (bool, error) {
	if operation == "" {
		return false, nil
	}
	return db.Exists(ctx, q, `SELECT 1 FROM callbacks_attempt WHERE callback_id = $1 AND operation_id = $2`, id, operation)
}
