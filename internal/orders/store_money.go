package orders

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/govalues/decimal"

	"anxin/internal/catalog"
	"anxin/internal/parts"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/money"
	"anxin/internal/platform/reason"
)

const chargeColumns = `id, order_id, visit_id, quote_id, kind, part_id, action, quantity, amount, currency, payer, source, coverage_id, why, state,
	brand_id, outlet_path, reason, raised_at, version`

var chargeInsert, chargeUpdate = rowSQL("orders_charge", chargeColumns)

func scanCharge(s db.Scanner) (Charge, error) {
	var c Charge
	var visit, quote, part, action, coverage, rsn *string
	var quantity, why string
	var raised int64
	err := s.Scan(&c.ID, &c.OrderID, &visit, &quote, &c.Kind, &part, &action, &quantity, &c.Amount.Minor, &c.Amount.Currency, &c.Payer, &c.Source,
		&coverage, &why, &c.State, &c.BrandID, &c.OutletPath, &rsn, &raised, &c.Version)
	if err != nil {
		return Charge{}, err
	}
	if c.Quantity, err = decimal.Parse(quantity); err != nil {
		return Charge{}, fmt.Errorf("charge %s: %w", c.ID, err)
	}
	if c.Why, err = reason.Parse(why); err != nil {
		return Charge{}, fmt.Errorf("charge %s: %w", c.ID, err)
	}
	c.VisitID, c.QuoteID, c.PartID = VisitID(db.OrEmpty(visit)), QuoteID(db.OrEmpty(quote)), parts.PartID(db.OrEmpty(part))
	c.Action, c.CoverageID, c.Reason = catalog.ActionCode(db.OrEmpty(action)), db.OrEmpty(coverage), db.OrEmpty(rsn)
	c.RaisedAt = db.FromMicros(raised)
	return c, nil
}

func chargeValues(c Charge) ([]any, error) {
	why, err := c.Why.Text()
	if err != nil {
		return nil, err
	}
	return []any{
		string(c.ID), string(c.OrderID), db.NullString(c.VisitID), db.NullString(c.QuoteID), string(c.Kind), db.NullString(c.PartID), db.NullString(c.Action),
		c.Quantity.String(), c.Amount.Minor, string(c.Amount.Currency), string(c.Payer), c.Source, db.NullString(c.CoverageID), why, string(c.State),
		string(c.BrandID), c.OutletPath, db.NullString(c.Reason), db.Micros(c.RaisedAt), c.Version,
	}, nil
}

func insertCharge(tx *db.Tx, c Charge) error {
	v, err := chargeValues(c)
	if err != nil {
		return err
	}
	tx.Later(chargeInsert, v...)
	return nil
}

func updateCharge(ctx context.Context, tx *db.Tx, c *Charge) error {
	was := c.Version
	c.Version++
	v, err := chargeValues(*c)
	if err != nil {
		return err
	}
	return tx.ExecOne(ctx, chargeUpdate, append(v, was)...)
}

func listCharges(ctx context.Context, q db.Querier, id ID) ([]Charge, error) {
	return db.List(ctx, q, scanCharge, `SELECT `+chargeColumns+` FROM orders_charge WHERE order_id = $1 ORDER BY raised_at, id`, string(id))
}

// heldCharges lists charges in scope that wait for a decision, oldest first.
func heldCharges(ctx context.Context, q db.Querier, scope access.Scope, after time.Time, afterID ChargeID, limit int) ([]Charge, error) {
	var w db.Where
	w.And("state = 'held'")
	scope.Limit(&w, "brand_id", "outlet_path")
	if !after.IsZero() {
		w.And("(raised_at, id) > (?, ?)", db.Micros(after), string(afterID))
	}
	return db.List(ctx, q, scanCharge, `SELECT `+chargeColumns+` FROM orders_charge`+w.String()+` ORDER BY raised_at, id LIMIT `+w.Arg(limit), w.Args()...)
}

func findCharge(ctx context.Context, q db.Querier, id ChargeID) (Charge, error) {
	c, err := db.Get(ctx, q, scanCharge, `SELECT `+chargeColumns+` FROM orders_charge WHERE id = $1`, string(id))
	if errors.Is(err, db.ErrNoRows) {
		return Charge{}, ErrNotFound
	}
	return c, err
}

type collectionRow struct {
	Collection
	sealed []byte
}

func insertCollection(tx *db.Tx, o Order, c collectionRow) {
	tx.Later(`INSERT INTO orders_collection (id, order_id, amount, currency, method, reference_sealed, taken_by, brand_id, outlet_path, reason, occurred_at, recorded_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, string(c.ID), string(c.OrderID), c.Amount.Minor, string(c.Amount.Currency), string(c.Method),
		c.sealed, c.TakenBy, string(o.BrandID), o.OutletPath, db.NullString(c.Reason), db.Micros(c.OccurredAt), db.Micros(c.RecordedAt))
}

func listCollections(ctx context.Context, q db.Querier, id ID) ([]collectionRow, error) {
	return db.List(ctx, q, func(s db.Scanner) (collectionRow, error) {
		var c collectionRow
		var rsn *string
		var occurred, recorded int64
		err := s.Scan(&c.ID, &c.OrderID, &c.Amount.Minor, &c.Amount.Currency, &c.Method, &c.sealed, &c.TakenBy, &rsn, &occurred, &recorded)
		c.Reason, c.OccurredAt, c.RecordedAt = db.OrEmpty(rsn), db.FromMicros(occurred), db.FromMicros(recorded)
		return c, err
	}, `SELECT id, order_id, amount, currency, method, reference_sealed, taken_by, reason, occurred_at, recorded_at FROM orders_collection
		WHERE order_id = $1 ORDER BY occurred_at, id`, string(id))
}

const quoteColumns = `id, order_id, revision, state, lines, currency, total, customer_total, expires_at, sent_at, answered_at, answered_by, reason, created_at, version`

var quoteInsert, quoteUpdate = rowSQL("orders_quote", quoteColumns)

func scanQuote(s db.Scanner) (Quote, error) {
	var q Quote
	var lines string
	var currency money.Currency
	var expires, created int64
	var sent, answered *int64
	var by, rsn *string
	err := s.Scan(&q.ID, &q.OrderID, &q.Revision, &q.State, &lines, &currency, &q.Total.Minor, &q.Customer.Minor, &expires, &sent, &answered, &by, &rsn, &created, &q.Version)
	if err != nil {
		return Quote{}, err
	}
	if err := json.Unmarshal([]byte(lines), &q.Lines); err != nil {
		return Quote{}, fmt.Errorf("quote %s: %w", q.ID, err)
	}
	q.Total.Currency, q.Customer.Currency = currency, currency
	q.ExpiresAt, q.CreatedAt = db.FromMicros(expires), db.FromMicros(created)
	q.SentAt, q.Answered, q.By, q.Reason = db.FromMicrosPtr(sent), db.FromMicrosPtr(answered), db.OrEmpty(by), db.OrEmpty(rsn)
	return q, nil
}

func quoteValues(q Quote) ([]any, error) {
	lines, err := json.Marshal(q.Lines)
	if err != nil {
		return nil, err
	}
	return []any{
		string(q.ID), string(q.OrderID), q.Revision, string(q.State), string(lines), string(q.Total.Currency), q.Total.Minor, q.Customer.Minor,
		db.Micros(q.ExpiresAt), db.MicrosPtr(q.SentAt), db.MicrosPtr(q.Answered), db.NullString(q.By), db.NullString(q.Reason), db.Micros(q.CreatedAt), q.Version,
	}, nil
}

func insertQuote(tx *db.Tx, q Quote) error {
	v, err := quoteValues(q)
	if err != nil {
		return err
	}
	tx.Later(quoteInsert, v...)
	return nil
}

func updateQuote(ctx context.Context, tx *db.Tx, q *Quote) error {
	was := q.Version
	q.Version++
	v, err := quoteValues(*q)
	if err != nil {
		return err
	}
	return tx.ExecOne(ctx, quoteUpdate, append(v, was)...)
}

func listQuotes(ctx context.Context, q db.Querier, id ID) ([]Quote, error) {
	return db.List(ctx, q, scanQuote, `SELECT `+quoteColumns+` FROM orders_quote WHERE order_id = $1 ORDER BY revision`, string(id))
}

func findQuote(ctx context.Context, q db.Querier, id QuoteID) (Quote, error) {
	v, err := db.Get(ctx, q, scanQuote, `SELECT `+quoteColumns+` FROM orders_quote WHERE id = $1`, string(id))
	if errors.Is(err, db.ErrNoRows) {
		return Quote{}, ErrQuoteNotFound
	}
	return v, err
}

func expiredQuotes(ctx context.Context, q db.Querier, now time.Time, limit int) ([]QuoteID, error) {
	return db.List(ctx, q, func(s db.Scanner) (v QuoteID, err error) { return v, s.Scan(&v) },
		`SELECT id FROM orders_quote WHERE state = 'sent' AND expires_at <= $1 ORDER BY expires_at LIMIT $2`, db.Micros(now), limit)
}
