package webhooks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
)

// DeliveryID names a delivery.
type DeliveryID string

// DeliveryState is how far a delivery got.
type DeliveryState string

// States of a delivery.
const (
	Queued    DeliveryState = "queued"
	Delivered DeliveryState = "delivered"
	Failed    DeliveryState = "failed" // given up after the last try
)

// Delivery is one event on its way to one endpoint.
type Delivery struct {
	ID          DeliveryID
	EndpointID  ID
	EventID     string
	Topic       string
	RecordKind  string
	RecordID    string
	Payload     string
	State       DeliveryState
	Attempts    int64
	NextAt      time.Time // of the next try
	Status      int64     // HTTP status of the last answer; 0 for none
	Error       string    // why the last try failed; words under webhooks.error
	Excerpt     string    // how the last answer begins
	CreatedAt   time.Time
	TriedAt     *time.Time
	DeliveredAt *time.Time
	excerpt     []byte
}

const deliveryColumns = `id, endpoint_id, event_id, topic, record_kind, record_id, payload, state, attempts, next_at, status, error, excerpt_sealed,
	created_at, tried_at, delivered_at`

func scanDelivery(s db.Scanner) (Delivery, error) {
	var d Delivery
	var next, created int64
	var status, tried, delivered *int64
	var code *string
	err := s.Scan(&d.ID, &d.EndpointID, &d.EventID, &d.Topic, &d.RecordKind, &d.RecordID, &d.Payload, &d.State, &d.Attempts, &next, &status, &code, &d.excerpt,
		&created, &tried, &delivered)
	d.NextAt, d.CreatedAt, d.TriedAt, d.DeliveredAt = db.FromMicros(next), db.FromMicros(created), db.FromMicrosPtr(tried), db.FromMicrosPtr(delivered)
	d.Error = db.OrEmpty(code)
	if status != nil {
		d.Status = *status
	}
	return d, err
}

// insertDelivery queues an event for an endpoint, once.
func insertDelivery(ctx context.Context, tx *db.Tx, d Delivery) (Delivery, error) {
	d.ID, d.State, d.NextAt, d.CreatedAt = DeliveryID(db.NewID()), Queued, tx.Now(), tx.Now()
	_, err := tx.Exec(ctx, `INSERT INTO webhooks_delivery (id, endpoint_id, event_id, topic, record_kind, record_id, payload, state, attempts, next_at, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $9) ON CONFLICT (endpoint_id, event_id) DO NOTHING`,
		d.ID, d.EndpointID, d.EventID, d.Topic, d.RecordKind, d.RecordID, d.Payload, d.State, db.Micros(d.NextAt))
	return d, err
}

// DeliveriesInput chooses deliveries of an endpoint.
type DeliveriesInput struct {
	Endpoint ID
	State    DeliveryState
	Topic    string
	AfterAt  time.Time
	AfterID  DeliveryID
	Limit    int
}

// Deliveries lists an endpoint's delivery log, the newest first.
func (s *Service) Deliveries(ctx context.Context, in DeliveriesInput) ([]Delivery, error) {
	if _, err := find(ctx, s.db, in.Endpoint); err != nil {
		return nil, err
	}
	var w db.Where
	w.And("endpoint_id = ?", in.Endpoint)
	if in.State != "" {
		w.And("state = ?", in.State)
	}
	if in.Topic != "" {
		w.And("topic = ?", in.Topic)
	}
	if in.AfterID != "" {
		w.And("(created_at, id) < (?, ?)", db.Micros(in.AfterAt), in.AfterID)
	}
	list, err := db.List(ctx, s.db, scanDelivery, `SELECT `+deliveryColumns+` FROM webhooks_delivery`+w.String()+` ORDER BY created_at DESC, id DESC LIMIT `+w.Arg(in.Limit), w.Args()...)
	if err != nil {
		return nil, fmt.Errorf("list deliveries: %w", err)
	}
	sealed := make([]crypt.Sealed, len(list))
	for i, d := range list {
		sealed[i] = crypt.Sealed{Key: s.keys.Installation(), Data: d.excerpt}
	}
	opened, err := s.keys.OpenMany(ctx, s.db, sealed)
	if err != nil {
		return nil, fmt.Errorf("open answers: %w", err)
	}
	for i := range list {
		list[i].Excerpt = opened[i].Text
	}
	return list, nil
}

// Redeliver sends a delivery again from the beginning, whether it was taken or given up.
func (s *Service) Redeliver(ctx context.Context, id DeliveryID) (Delivery, error) {
	if err := access.Require(ctx, PermManage); err != nil {
		return Delivery{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Delivery, error) {
		d, err := db.Get(ctx, tx, scanDelivery, `SELECT `+deliveryColumns+` FROM webhooks_delivery WHERE id = $1`, id)
		if errors.Is(err, db.ErrNoRows) {
			return Delivery{}, ErrNoDelivery
		}
		if err != nil {
			return Delivery{}, err
		}
		e, err := find(ctx, tx, d.EndpointID)
		if errors.Is(err, ErrNoEndpoint) {
			return Delivery{}, ErrNoDelivery
		}
		if err != nil {
			return Delivery{}, err
		}
		if e.State != Active {
			return Delivery{}, ErrState.With("state", string(e.State))
		}
		d.State, d.Attempts, d.NextAt, d.DeliveredAt = Queued, 0, tx.Now(), nil
		err = tx.ExecOne(ctx, `UPDATE webhooks_delivery SET state = $1, attempts = 0, next_at = $2, delivered_at = NULL WHERE id = $3`, d.State, db.Micros(d.NextAt), d.ID)
		if err != nil {
			return Delivery{}, err
		}
		return d, audit.Append(ctx, tx, audit.Entry{Kind: "webhook", Record: string(e.ID), Act: "redeliver", After: map[string]any{"delivery": d.ID}})
	})
}

// PingTopic is the topic of a delivery that only tries the endpoint out.
const PingTopic = "webhook.pinged.v1"

// Ping queues a delivery that means nothing, to try the endpoint out.
func (s *Service) Ping(ctx context.Context, id ID) (Delivery, error) {
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Delivery, error) {
		e, err := find(ctx, tx, id)
		if err != nil {
			return Delivery{}, err
		}
		if e.State != Active {
			return Delivery{}, ErrState.With("state", string(e.State))
		}
		event := db.NewID()
		body, err := json.Marshal(payload{
			ID: event, Topic: PingTopic, RecordKind: "webhook", RecordID: string(id), OccurredAt: tx.Now(), RecordedAt: tx.Now(), Data: json.RawMessage(`{}`),
		})
		if err != nil {
			return Delivery{}, err
		}
		return insertDelivery(ctx, tx, Delivery{EndpointID: id, EventID: event, Topic: PingTopic, RecordKind: "webhook", RecordID: string(id), Payload: string(body)})
	})
}
