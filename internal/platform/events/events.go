// Package events carries facts upwards: an event is a row of the outbox, written in the transaction of
// the change it tells of, and delivered to subscribers later, at least once.
//
// Calls go down, facts go up: a module that must react to a higher or equal one subscribes. Handlers may
// run twice and out of order, so they read the record again and ignore what is older than they know.
// Events carry ids, codes and versions only; never personal data.
//
// The outbox is also the change feed of integrators ([Feed]): rows are read in the order (txid, seq) and,
// on PostgreSQL, only below pg_snapshot_xmin, so that a transaction that commits late is never skipped.
package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
)

// Event is a fact: a struct with JSON fields, past tense and versioned.
type Event interface {
	// Topic is the stable name, "order.completed.v1".
	Topic() string
	// Record is the record that the fact is about.
	Record() (kind, id string)
}

// Scoped events say to whom they belong, so that feeds and webhooks can be limited. Events without a
// scope are the centre's.
type Scoped interface {
	Scope() (brandID, outletPath string)
}

// Timed events say when the fact happened; others happened when they were recorded.
type Timed interface {
	Occurred() time.Time
}

// Head is the part that every event has; embed it.
type Head struct {
	ID         string    `json:"id"` // of the record
	Version    int64     `json:"version"`
	OccurredAt time.Time `json:"occurred_at"`
	BrandID    string    `json:"brand_id,omitempty"`
	OutletPath string    `json:"outlet_path,omitempty"`
}

// Scope implements [Scoped].
func (h Head) Scope() (string, string) { return h.BrandID, h.OutletPath }

// Occurred implements [Timed].
func (h Head) Occurred() time.Time { return h.OccurredAt }

// Publish writes the event into the outbox of the transaction and wakes the bus after its commit.
func Publish(ctx context.Context, tx *db.Tx, ev Event) error {
	body, err := json.Marshal(ev)
	if err != nil {
		return fmt.Errorf("event %s: %w", ev.Topic(), err)
	}
	kind, id := ev.Record()
	var brand, path string
	if s, ok := ev.(Scoped); ok {
		brand, path = s.Scope()
	}
	occurred := tx.Now()
	if t, ok := ev.(Timed); ok && !t.Occurred().IsZero() {
		occurred = t.Occurred()
	}
	a := access.From(ctx)
	tx.Later(`INSERT INTO events_event (id, topic, record_kind, record_id, brand_id, outlet_path, origin, actor, occurred_at, recorded_at, body)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		db.NewID(), ev.Topic(), kind, id, db.NullString(brand), db.NullString(path), string(a.Origin), a.Kind+":"+a.ID,
		db.Micros(occurred), db.Micros(tx.Now()), string(body))
	poke := tx.DB().Ext(pokeKey{}, newPoker).(*poker)
	tx.AfterCommit(poke.poke)
	return nil
}

type pokeKey struct{}

// poker wakes the bus of this process without ever blocking a writer.
type poker struct{ c chan struct{} }

func newPoker() any { return &poker{c: make(chan struct{}, 1)} }

func (p *poker) poke() {
	select {
	case p.c <- struct{}{}:
	default:
	}
}

// Stored is an event as the outbox holds it.
type Stored struct {
	Seq        int64           `json:"-"`
	TxID       int64           `json:"-"`
	ID         string          `json:"id"`
	Topic      string          `json:"topic"`
	RecordKind string          `json:"record_kind"`
	RecordID   string          `json:"record_id"`
	BrandID    string          `json:"brand_id,omitempty"`
	OutletPath string          `json:"outlet_path,omitempty"`
	Origin     access.Origin   `json:"origin"`
	Actor      string          `json:"actor"`
	OccurredAt time.Time       `json:"occurred_at"`
	RecordedAt time.Time       `json:"recorded_at"`
	Body       json.RawMessage `json:"body"`
}

const storedColumns = `seq, txid, id, topic, record_kind, record_id, brand_id, outlet_path, origin, actor, occurred_at, recorded_at, body`

func scanStored(s db.Scanner) (Stored, error) {
	var e Stored
	var brand, path *string
	var occurred, recorded int64
	var body, origin string
	err := s.Scan(&e.Seq, &e.TxID, &e.ID, &e.Topic, &e.RecordKind, &e.RecordID, &brand, &path, &origin, &e.Actor, &occurred, &recorded, &body)
	e.BrandID, e.OutletPath, e.Origin = db.OrEmpty(brand), db.OrEmpty(path), access.Origin(origin)
	e.OccurredAt, e.RecordedAt = db.FromMicros(occurred), db.FromMicros(recorded)
	e.Body = json.RawMessage(body)
	return e, err
}

// OfRecord returns the events of one record in their order; the caller has decided that it may be seen.
func OfRecord(ctx context.Context, q db.Querier, kind, id string) ([]Stored, error) {
	return db.List(ctx, q, scanStored, `SELECT `+storedColumns+` FROM events_event WHERE record_kind = $1 AND record_id = $2 ORDER BY seq`, kind, id)
}

// Cursor is a place in the feed.
type Cursor struct{ TxID, Seq int64 }

// After reads the feed after a cursor, oldest first, within a scope; topics nil means all. It never
// skips an event that committed late. It returns the cursor to go on from.
func After(ctx context.Context, d *db.DB, scope access.Scope, c Cursor, topics []string, limit int) ([]Stored, Cursor, error) {
	var w db.Where
	d.FeedAfter(&w, c.TxID, c.Seq)
	w.And("txid < " + d.StableBefore())
	scope.Limit(&w, "brand_id", "outlet_path")
	if topics != nil {
		w.In("topic", topics)
	}
	list, err := db.List(ctx, d, scanStored, `SELECT `+storedColumns+` FROM events_event`+w.String()+` ORDER BY `+d.FeedOrder()+` LIMIT `+w.Arg(limit), w.Args()...)
	if n := len(list); n > 0 {
		c = Cursor{TxID: list[n-1].TxID, Seq: list[n-1].Seq}
	}
	return list, c, err
}

// Last is the place in the feed behind which everything is new.
func Last(ctx context.Context, d *db.DB) (Cursor, error) {
	c, err := db.Get(ctx, d, func(s db.Scanner) (c Cursor, err error) { return c, s.Scan(&c.TxID, &c.Seq) },
		`SELECT txid, seq FROM events_event WHERE txid < `+d.StableBefore()+` ORDER BY `+strings.ReplaceAll(d.FeedOrder(), ",", " DESC,")+` DESC LIMIT 1`)
	if errors.Is(err, db.ErrNoRows) {
		return Cursor{}, nil
	}
	return c, err
}
