package webhooks

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/notify"
)

// Options of the service.
type Options struct {
	// AllowPrivate lets endpoints be inside the own network, and speak plain http: for tests and for
	// installations whose receivers are in house.
	AllowPrivate bool
	Version      string // of the product, for the User-Agent
	Log          *slog.Logger
}

// Service keeps endpoints and sends events to them. It is safe for concurrent use.
type Service struct {
	db     *db.DB
	keys   *crypt.Keys
	notify *notify.Service
	opt    Options
	client *http.Client

	mu    sync.Mutex
	known []Endpoint // active ones, nil when to be read again
	gen   int
	till  time.Time
	busy  map[ID]bool // endpoints that this node sends to just now
	turn  chan struct{}
}

// maxBusy bounds how many endpoints a node sends to at once.
const maxBusy = 16

// New makes the service.
func New(d *db.DB, keys *crypt.Keys, n *notify.Service, o Options) *Service {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{db: d, keys: keys, notify: n, opt: o, client: newClient(o.AllowPrivate), busy: map[ID]bool{}, turn: make(chan struct{}, maxBusy)}
}

// Subscribe listens to every event.
func (s *Service) Subscribe(b *events.Bus) { b.SubscribeAll("webhooks.on_event", s.onEvent) }

// RegisterJobs adds sending and the removal of old deliveries. Sending is started and not waited for: one
// receiver that hangs must not delay the others.
func (s *Service) RegisterJobs(r *jobs.Runner) {
	r.Every("webhooks.send", 2*time.Second, func(ctx context.Context) error {
		_, err := s.start(ctx)
		return err
	})
	r.Every("webhooks.sweep", 24*time.Hour, s.Sweep)
}

func (s *Service) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known, s.gen = nil, s.gen+1
}

// active are the endpoints that events go to, read again after a second.
func (s *Service) active(ctx context.Context) ([]Endpoint, error) {
	s.mu.Lock()
	list, gen, fresh := s.known, s.gen, s.known != nil && time.Now().Before(s.till)
	s.mu.Unlock()
	if fresh {
		return list, nil
	}
	list, err := db.List(ctx, s.db, scanEndpoint, `SELECT `+endpointColumns+` FROM webhooks_endpoint WHERE state = $1 ORDER BY id`, Active)
	if err != nil {
		return nil, fmt.Errorf("read endpoints: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if gen == s.gen {
		s.known, s.till = list, time.Now().Add(time.Second)
	}
	return list, nil
}

// payload is the body of a delivery.
type payload struct {
	ID         string          `json:"id"`
	Topic      string          `json:"topic"`
	RecordKind string          `json:"record_kind"`
	RecordID   string          `json:"record_id"`
	BrandID    string          `json:"brand_id,omitempty"`
	OutletPath string          `json:"outlet_path,omitempty"`
	OccurredAt time.Time       `json:"occurred_at"`
	RecordedAt time.Time       `json:"recorded_at"`
	Data       json.RawMessage `json:"data"`
}

// onEvent queues an event for every endpoint that wants it. It may run twice: an endpoint has one delivery
// an event.
func (s *Service) onEvent(ctx context.Context, e events.Stored) error {
	if e.Origin != access.Live {
		return nil
	}
	list, err := s.active(ctx)
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(slices.Clone(list), func(p Endpoint) bool { return !p.wants(e.Topic, e.BrandID, e.OutletPath) })
	if len(list) == 0 {
		return nil
	}
	body, err := json.Marshal(payload{e.ID, e.Topic, e.RecordKind, e.RecordID, e.BrandID, e.OutletPath, e.OccurredAt, e.RecordedAt, e.Body})
	if err != nil {
		return fmt.Errorf("payload of %s: %w", e.Topic, err)
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		for _, p := range list {
			d := Delivery{EndpointID: p.ID, EventID: e.ID, Topic: e.Topic, RecordKind: e.RecordKind, RecordID: e.RecordID, Payload: string(body)}
			if _, err := insertDelivery(ctx, tx, d); err != nil {
				return err
			}
		}
		return nil
	})
}

// Keep is how long deliveries are kept.
const Keep = 30 * 24 * time.Hour

// Sweep removes old deliveries.
func (s *Service) Sweep(ctx context.Context) error {
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM webhooks_delivery WHERE created_at < $1`, db.Micros(tx.Now().Add(-Keep)))
		return err
	})
}
