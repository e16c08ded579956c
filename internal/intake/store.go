package intake

import (
	"context"
	"errors"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
)

const columns = `id, channel, state, brand_id, customer_id, case_id, key_id, outlet_path, external_id, last_at, created_at, version`

func scan(s db.Scanner) (Conversation, error) {
	var c Conversation
	var customer, caseID, external *string
	var last, created int64
	err := s.Scan(&c.ID, &c.Channel, &c.State, &c.BrandID, &customer, &caseID, &c.KeyID, &c.OutletPath, &external, &last, &created, &c.Version)
	c.CustomerID, c.CaseID, c.ExternalID = customers.ID(db.OrEmpty(customer)), cases.ID(db.OrEmpty(caseID)), db.OrEmpty(external)
	c.LastAt, c.CreatedAt = db.FromMicros(last), db.FromMicros(created)
	return c, err
}

func insert(tx *db.Tx, c Conversation) {
	tx.Later(`INSERT INTO intake_conversation (`+columns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		c.ID, c.Channel, c.State, c.BrandID, db.NullString(c.CustomerID), db.NullString(c.CaseID), string(c.KeyID), c.OutletPath, db.NullString(c.ExternalID),
		db.Micros(c.LastAt), db.Micros(c.CreatedAt), c.Version)
}

func insertMessage(tx *db.Tx, m Message) {
	tx.Later(`INSERT INTO intake_message (id, conversation_id, direction, author, text_sealed, occurred_at, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		m.ID, m.ConversationID, m.Direction, m.Author, m.Text, db.Micros(m.OccurredAt), db.Micros(m.RecordedAt))
}

func scanMessage(s db.Scanner) (Message, error) {
	var m Message
	var occurred, recorded int64
	err := s.Scan(&m.ID, &m.ConversationID, &m.Direction, &m.Author, &m.Text, &occurred, &recorded)
	m.OccurredAt, m.RecordedAt = db.FromMicros(occurred), db.FromMicros(recorded)
	return m, err
}

func find(ctx context.Context, q db.Querier, scope access.Scope, id ID) (Conversation, error) {
	var w db.Where
	w.And("id = ?", id)
	scope.Limit(&w, "brand_id", "outlet_path")
	c, err := db.Get(ctx, q, scan, `SELECT `+columns+` FROM intake_conversation`+w.String(), w.Args()...)
	if errors.Is(err, db.ErrNoRows) {
		return c, ErrNotFound
	}
	return c, err
}

// Filter narrows a list of conversations.
type Filter struct {
	Channel Channel
	BrandID catalog.BrandID
	CaseID  cases.ID
	Before  time.Time
	AfterID ID
	Limit   int
}

func list(ctx context.Context, q db.Querier, scope access.Scope, f Filter) ([]Conversation, error) {
	var w db.Where
	scope.Limit(&w, "brand_id", "outlet_path")
	if f.Channel != "" {
		w.And("channel = ?", f.Channel)
	}
	if f.BrandID != "" {
		w.And("brand_id = ?", f.BrandID)
	}
	if f.CaseID != "" {
		w.And("case_id = ?", f.CaseID)
	}
	if !f.Before.IsZero() {
		w.And("(last_at, id) < (?, ?)", db.Micros(f.Before), f.AfterID)
	}
	return db.List(ctx, q, scan, `SELECT `+columns+` FROM intake_conversation`+w.String()+` ORDER BY last_at DESC, id DESC LIMIT `+w.Arg(f.Limit), w.Args()...)
}

func listMessages(ctx context.Context, q db.Querier, id ID) ([]Message, error) {
	return db.List(ctx, q, scanMessage, `SELECT id, conversation_id, direction, author, text_sealed, occurred_at, recorded_at FROM intake_message
		WHERE conversation_id = $1 ORDER BY occurred_at, id LIMIT 1000`, id)
}
