package returns

import (
	"context"
	"errors"
	"fmt"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/money"
)

const refundColumns = `id, return_id, line_id, way_id, purchase_key, brand_id, outlet_path, way, state, amount, currency, attempt, provider, code, due_at, sent_at, ended_at, version, tax, note_number, note_on`

func scanRefund(s db.Scanner) (Refund, error) {
	var r Refund
	var due int64
	var sent, ended *int64
	var on string
	err := s.Scan(&r.ID, &r.Return, &r.Line, &r.WayID, &r.Purchase, &r.Brand, &r.OutletPath, &r.Way, &r.State, &r.Amount, &r.Currency, &r.Attempt, &r.Provider, &r.Code,
		&due, &sent, &ended, &r.Version, &r.Tax, &r.Note, &on)
	if err == nil && on != "" {
		r.NoteOn, err = calendar.ParseDate(on)
	}
	r.NoteKind = NoteKind(r.Currency)
	r.DueAt, r.SentAt, r.EndedAt = db.FromMicros(due), db.FromMicrosPtr(sent), db.FromMicrosPtr(ended)
	return r, err
}

func insertRefund(tx *db.Tx, r Refund) {
	tx.Later(`INSERT INTO returns_refund (`+refundColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`,
		r.ID, r.Return, r.Line, r.WayID, r.Purchase, r.Brand, r.OutletPath, r.Way, r.State, r.Amount, string(r.Currency), r.Attempt, r.Provider, r.Code, db.Micros(r.DueAt),
		db.MicrosPtr(r.SentAt), db.MicrosPtr(r.EndedAt), r.Version, r.Tax, r.Note, dayText(r.NoteOn))
}

func updateRefund(ctx context.Context, tx *db.Tx, r *Refund) error {
	was := r.Version
	r.Version++
	return tx.ExecOne(ctx, `UPDATE returns_refund SET state = $1, attempt = $2, provider = $3, code = $4, sent_at = $5, ended_at = $6, version = $7, note_number = $8, note_on = $9 WHERE id = $10 AND version = $11`,
		r.State, r.Attempt, r.Provider, r.Code, db.MicrosPtr(r.SentAt), db.MicrosPtr(r.EndedAt), r.Version, r.Note, dayText(r.NoteOn), r.ID, was)
}

// RefundFilter narrows a list of refunds.
type RefundFilter struct {
	State    Money
	Brand    catalog.BrandID
	After    int64 // due_at of the last row
	AfterID  RefundID
	HasAfter bool
	Limit    int

	currency money.Currency
	ways     []string
}

func listRefunds(ctx context.Context, q db.Querier, scope access.Scope, f RefundFilter) ([]Refund, error) {
	var w db.Where
	scope.Limit(&w, "brand_id", "outlet_path")
	for _, c := range [][2]string{{"state", string(f.State)}, {"brand_id", string(f.Brand)}, {"currency", string(f.currency)}} {
		if c[1] != "" {
			w.And(c[0]+" = ?", c[1])
		}
	}
	if f.ways != nil {
		w.In("way", f.ways)
	}
	if f.HasAfter {
		w.And("(due_at, id) > (?, ?)", f.After, f.AfterID)
	}
	return db.List(ctx, q, scanRefund, `SELECT `+refundColumns+` FROM returns_refund`+w.String()+` ORDER BY due_at, id LIMIT `+w.Arg(f.Limit), w.Args()...)
}

func findRefund(ctx context.Context, q db.Querier, scope access.Scope, id RefundID) (Refund, error) {
	var w db.Where
	w.And("id = ?", id)
	scope.Limit(&w, "brand_id", "outlet_path")
	r, err := db.Get(ctx, q, scanRefund, `SELECT `+refundColumns+` FROM returns_refund`+w.String(), w.Args()...)
	if errors.Is(err, db.ErrNoRows) {
		return r, ErrNotFound
	}
	return r, err
}

// purchase is what was paid for one thing. Invariant: 0 ≤ sent ≤ committed ≤ paid.
type purchase struct {
	key             string
	currency        money.Currency
	paid, committed int64
	tax             Tax
}

func (p purchase) left() int64 { return p.paid - p.committed }

func findPurchase(ctx context.Context, q db.Querier, key string) (purchase, error) {
	return db.Get(ctx, q, func(s db.Scanner) (p purchase, err error) {
		return p, s.Scan(&p.key, &p.currency, &p.paid, &p.committed, &p.tax.Mode, &p.tax.Rate, &p.tax.Amount)
	}, `SELECT key, currency, paid, committed, tax_mode, tax_rate, tax FROM returns_purchase WHERE key = $1`, key)
}

func insertPurchase(ctx context.Context, tx *db.Tx, p purchase, brand catalog.BrandID, ways []Way) error {
	n, err := tx.Exec(ctx, `INSERT INTO returns_purchase (key, brand_id, currency, paid, created_at, tax_mode, tax_rate, tax) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (key) DO NOTHING`,
		p.key, brand, string(p.currency), p.paid, db.Micros(tx.Now()), p.tax.Mode, p.tax.Rate, p.tax.Amount)
	if err != nil || n == 0 {
		return err // somebody wrote it beside us: read again
	}
	for i, w := range ways {
		tx.Later(`INSERT INTO returns_way (id, purchase_key, position, way, paid, key_id, ref_sealed) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			w.ID, p.key, i, w.Way, w.Paid, string(w.Key), w.Ref)
	}
	return nil
}

func listWays(ctx context.Context, q db.Querier, key string) ([]Way, error) {
	return db.List(ctx, q, scanWay, `SELECT id, purchase_key, way, paid, committed, sent, key_id, ref_sealed FROM returns_way WHERE purchase_key = $1 ORDER BY position`, key)
}

func scanWay(s db.Scanner) (w Way, err error) {
	return w, s.Scan(&w.ID, &w.Purchase, &w.Way, &w.Paid, &w.Committed, &w.Sent, &w.Key, &w.Ref)
}

// commit promises an amount of a purchase and of its ways, or with a negative amount takes a promise back. The bound
// stands in the update: of two that want the last of it one fails.
func commit(ctx context.Context, tx *db.Tx, key string, wayID string, amount int64) error {
	return bound(ctx, tx, key, wayID, "committed", "committed + $1 <= paid AND committed + $1 >= sent", amount)
}

// send notes that promised money was handed over, or with a negative amount that it did not arrive.
func send(ctx context.Context, tx *db.Tx, key string, wayID string, amount int64) error {
	return bound(ctx, tx, key, wayID, "sent", "sent + $1 <= committed AND sent + $1 >= 0", amount)
}

func bound(ctx context.Context, tx *db.Tx, key, wayID, column, cond string, amount int64) error {
	for _, t := range [][2]string{{"returns_purchase SET version = version + 1, ", "key"}, {"returns_way SET ", "id"}} {
		id := key
		if t[1] == "id" {
			id = wayID
		}
		n, err := tx.Exec(ctx, `UPDATE `+t[0]+column+` = `+column+` + $1 WHERE `+t[1]+` = $2 AND `+cond, amount, id)
		if err != nil {
			return fmt.Errorf("%s of %s: %w", column, key, err)
		}
		if n == 0 {
			return ErrAbovePaid
		}
	}
	return nil
}

const batchColumns = `id, number, provider, brand_id, currency, payments, amount, created_by, created_at`

func scanBatch(s db.Scanner) (b Batch, err error) {
	var created int64
	err = s.Scan(&b.ID, &b.Number, &b.Provider, &b.Brand, &b.Currency, &b.Payments, &b.Amount, &b.CreatedBy, &created)
	b.CreatedAt = db.FromMicros(created)
	return b, err
}

func insertBatch(tx *db.Tx, b Batch) {
	tx.Later(`INSERT INTO returns_batch (`+batchColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		b.ID, b.Number, b.Provider, b.Brand, string(b.Currency), b.Payments, b.Amount, b.CreatedBy, db.Micros(b.CreatedAt))
}

// batchScope limits batches by brand; they hold refunds of all outlets and are the centre's.
func batchScope(w *db.Where, scope access.Scope) {
	if !scope.Centre() {
		w.And("1 = 0")
	}
	if scope.Brands != nil {
		w.In("brand_id", scope.Brands)
	}
}

func findBatch(ctx context.Context, q db.Querier, scope access.Scope, id BatchID) (Batch, error) {
	var w db.Where
	w.And("id = ?", id)
	batchScope(&w, scope)
	b, err := db.Get(ctx, q, scanBatch, `SELECT `+batchColumns+` FROM returns_batch`+w.String(), w.Args()...)
	if errors.Is(err, db.ErrNoRows) {
		return b, ErrNotFound
	}
	return b, err
}

func listBatches(ctx context.Context, q db.Querier, scope access.Scope, before int64, beforeID BatchID, has bool, limit int) ([]Batch, error) {
	var w db.Where
	batchScope(&w, scope)
	if has {
		w.And("(created_at, id) < (?, ?)", before, beforeID)
	}
	return db.List(ctx, q, scanBatch, `SELECT `+batchColumns+` FROM returns_batch`+w.String()+` ORDER BY created_at DESC, id DESC LIMIT `+w.Arg(limit), w.Args()...)
}

const paymentColumns = `reference, refund_id, attempt, batch_id, state, amount, currency, code, sent_at, answered_at, provider, asks, ask_at`

func scanPayment(s db.Scanner) (p Payment, err error) {
	var sent int64
	var answered, ask *int64
	err = s.Scan(&p.Reference, &p.Refund, &p.Attempt, &p.Batch, &p.State, &p.Amount, &p.Currency, &p.Code, &sent, &answered, &p.Provider, &p.Asks, &ask)
	p.SentAt, p.AnsweredAt, p.AskAt = db.FromMicros(sent), db.FromMicrosPtr(answered), db.FromMicrosPtr(ask)
	return p, err
}

func insertPayment(tx *db.Tx, p Payment) {
	tx.Later(`INSERT INTO returns_payment (`+paymentColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		p.Reference, p.Refund, p.Attempt, p.Batch, p.State, p.Amount, string(p.Currency), p.Code, db.Micros(p.SentAt), db.MicrosPtr(p.AnsweredAt), p.Provider, p.Asks, db.MicrosPtr(p.AskAt))
}

func findPayment(ctx context.Context, q db.Querier, reference string) (Payment, bool, error) {
	p, err := db.Get(ctx, q, scanPayment, `SELECT `+paymentColumns+` FROM returns_payment WHERE reference = $1`, reference)
	if errors.Is(err, db.ErrNoRows) {
		return p, false, nil
	}
	return p, err == nil, err
}

func paymentsOf(ctx context.Context, q db.Querier, column, id string) ([]Payment, error) {
	return db.List(ctx, q, scanPayment, `SELECT `+paymentColumns+` FROM returns_payment WHERE `+column+` = $1 ORDER BY sent_at, reference`, id)
}

// answerPayment notes the answer about a try, once.
func answerPayment(ctx context.Context, tx *db.Tx, p Payment, to PaymentState, code string, at time.Time) error {
	return tx.ExecOne(ctx, `UPDATE returns_payment SET state = $1, code = $2, answered_at = $3 WHERE reference = $4 AND state = $5`,
		to, code, db.Micros(at), p.Reference, p.State)
}

const differenceColumns = `id, brand_id, reference, kind, amount, currency, found_at, closed_at, closed_by, reason`

func scanDifference(s db.Scanner) (d Difference, err error) {
	var found int64
	var closed *int64
	var by, why *string
	err = s.Scan(&d.ID, &d.Brand, &d.Reference, &d.Kind, &d.Amount, &d.Currency, &found, &closed, &by, &why)
	d.FoundAt, d.ClosedAt, d.ClosedBy, d.Reason = db.FromMicros(found), db.FromMicrosPtr(closed), db.OrEmpty(by), db.OrEmpty(why)
	return d, err
}

// insertDifference notes a difference once, however often the answer comes.
func insertDifference(tx *db.Tx, d Difference) {
	tx.Later(`INSERT INTO returns_difference (id, brand_id, reference, kind, amount, currency, found_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (reference, kind, amount) DO NOTHING`, d.ID, d.Brand, d.Reference, d.Kind, d.Amount, d.Currency, db.Micros(d.FoundAt))
}

func listDifferences(ctx context.Context, q db.Querier, scope access.Scope, limit int) ([]Difference, error) {
	var w db.Where
	batchScope(&w, scope)
	w.And("closed_at IS NULL")
	return db.List(ctx, q, scanDifference, `SELECT `+differenceColumns+` FROM returns_difference`+w.String()+` ORDER BY found_at, id LIMIT `+w.Arg(limit), w.Args()...)
}
