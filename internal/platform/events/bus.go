package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// Bus delivers the outbox to subscribers. One node at a time holds its lease; a node that dies loses it
// after leaseFor. Each subscriber gets the events in feed order, one after the other; what fails is
// tried again on its own with growing pauses and, after maxAttempts, kept as a dead letter that an
// administrator sees and replays.
type Bus struct {
	db   *db.DB
	log  *slog.Logger
	node string
	subs []subscriber

	// retryFirst is the pause after the first failure; it doubles with each further one.
	retryFirst time.Duration
	idle       time.Duration
}

type subscriber struct {
	name   string
	topics []string // nil means all
	handle func(ctx context.Context, e Stored) error
}

const (
	busName     = "bus"
	leaseFor    = 15 * time.Second
	batchSize   = 500
	maxAttempts = 12
	handlerTime = 60 * time.Second
)

// NewBus makes the bus of this node; subscribe before [Bus.Run].
func NewBus(d *db.DB, log *slog.Logger) *Bus {
	return &Bus{db: d, log: log, node: db.NewID(), retryFirst: time.Second, idle: time.Second}
}

// Subscribe makes fn hear of every event of type E. The name is stable: failed deliveries are kept
// under it.
func Subscribe[E Event](b *Bus, name string, fn func(ctx context.Context, ev E) error) {
	var zero E
	b.add(name, []string{zero.Topic()}, func(ctx context.Context, s Stored) error {
		var ev E
		if err := json.Unmarshal(s.Body, &ev); err != nil {
			return fmt.Errorf("event %s: %w", s.Topic, err)
		}
		return fn(ctx, ev)
	})
}

// SubscribeAll makes fn hear of every event, as stored; for webhooks and live updates.
func (b *Bus) SubscribeAll(name string, fn func(ctx context.Context, e Stored) error) {
	b.add(name, nil, fn)
}

// SubscribeTopics makes fn hear of the events of some topics, as stored.
func (b *Bus) SubscribeTopics(name string, topics []string, fn func(ctx context.Context, e Stored) error) {
	b.add(name, topics, fn)
}

func (b *Bus) add(name string, topics []string, fn func(context.Context, Stored) error) {
	if slices.ContainsFunc(b.subs, func(s subscriber) bool { return s.name == name }) {
		panic("events: subscriber declared twice: " + name)
	}
	b.subs = append(b.subs, subscriber{name: name, topics: topics, handle: fn})
}

// Run delivers until ctx ends. It is woken by commits of this process and looks once a second for
// those of others.
func (b *Bus) Run(ctx context.Context) error {
	poke := b.db.Ext(pokeKey{}, newPoker).(*poker)
	for {
		n, err := b.step(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			b.log.ErrorContext(ctx, "deliver events", "error", err)
		}
		if n > 0 && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-poke.c:
		case <-time.After(b.idle):
		}
	}
}

// Drain delivers everything that is due now and returns when nothing is left; for tests, the demo
// generator and commands.
func (b *Bus) Drain(ctx context.Context) error {
	for {
		n, err := b.step(ctx)
		if err != nil || n == 0 {
			return err
		}
	}
}

// step takes or renews the lease, delivers one batch and due retries, and returns how many events it
// moved past.
func (b *Bus) step(ctx context.Context) (int, error) {
	cur, mine, err := b.lease(ctx)
	if err != nil || !mine {
		return 0, err
	}
	list, next, err := After(ctx, b.db, access.Everything, cur, nil, batchSize)
	if err != nil {
		return 0, fmt.Errorf("read the outbox: %w", err)
	}
	if len(list) > 0 {
		b.deliver(ctx, list)
		if ctx.Err() != nil {
			return 0, ctx.Err() // not marked as delivered: they come again
		}
		if err := b.advance(ctx, next); err != nil {
			return 0, err
		}
	}
	retried, err := b.retryDue(ctx)
	return len(list) + retried, err
}

func (b *Bus) lease(ctx context.Context) (Cursor, bool, error) {
	now := b.leaseNow()
	var c Cursor
	var owner *string
	var until int64
	err := b.db.QueryRow(ctx, `SELECT txid, seq, owner, lease_until FROM events_cursor WHERE name = $1`, busName).Scan(&c.TxID, &c.Seq, &owner, &until)
	if errors.Is(err, db.ErrNoRows) {
		err = db.InTx0(ctx, b.db, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO events_cursor (name, txid, seq, owner, lease_until) VALUES ($1, 0, 0, $2, $3) ON CONFLICT (name) DO NOTHING`,
				busName, b.node, db.Micros(now.Add(leaseFor)))
			return err
		})
		if err != nil {
			return c, false, err
		}
		return b.lease(ctx)
	}
	if err != nil {
		return c, false, err
	}
	left := db.FromMicros(until).Sub(now)
	if db.OrEmpty(owner) == b.node && left > leaseFor/2 {
		return c, true, nil
	}
	if db.OrEmpty(owner) != b.node && left > 0 {
		return c, false, nil
	}
	n, err := db.InTx(ctx, b.db, func(ctx context.Context, tx *db.Tx) (int64, error) {
		return tx.Exec(ctx, `UPDATE events_cursor SET owner = $1, lease_until = $2 WHERE name = $3 AND (owner = $1 OR lease_until = $4)`,
			b.node, db.Micros(now.Add(leaseFor)), busName, until)
	})
	return c, n == 1, err
}

// leaseNow is the wall clock: a lease between nodes follows no test's or replay's time.
func (b *Bus) leaseNow() time.Time { return time.Now().UTC() }

// Release gives the lease up, so that another node goes on at once.
func (b *Bus) Release(ctx context.Context) error {
	return db.InTx0(ctx, b.db, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE events_cursor SET lease_until = 0 WHERE name = $1 AND owner = $2`, busName, b.node)
		return err
	})
}

func (b *Bus) advance(ctx context.Context, c Cursor) error {
	return db.InTx0(ctx, b.db, func(ctx context.Context, tx *db.Tx) error {
		n, err := tx.Exec(ctx, `UPDATE events_cursor SET txid = $1, seq = $2 WHERE name = $3 AND owner = $4`, c.TxID, c.Seq, busName, b.node)
		if err == nil && n == 0 {
			return errors.New("events: the lease was lost while delivering")
		}
		return err
	})
}

func (b *Bus) deliver(ctx context.Context, list []Stored) {
	var wg sync.WaitGroup
	for _, s := range b.subs {
		mine := list
		if s.topics != nil {
			mine = nil
			for _, e := range list {
				if slices.Contains(s.topics, e.Topic) {
					mine = append(mine, e)
				}
			}
		}
		if len(mine) == 0 {
			continue
		}
		wg.Go(func() {
			for _, e := range mine {
				if ctx.Err() != nil {
					return
				}
				if err := b.call(ctx, s, e); err != nil && ctx.Err() == nil {
					b.failed(ctx, s, e, 1, err)
				}
			}
		})
	}
	wg.Wait()
}

func (b *Bus) call(ctx context.Context, s subscriber, e Stored) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	a := access.System("events." + s.name)
	a.Origin = e.Origin
	ctx, cancel := context.WithTimeout(access.With(ctx, a), handlerTime)
	defer cancel()
	return s.handle(ctx, e)
}

// failed keeps the delivery for a later try, or as a dead letter.
func (b *Bus) failed(ctx context.Context, s subscriber, e Stored, attempts int64, cause error) {
	b.log.WarnContext(ctx, "event handler failed", "subscriber", s.name, "topic", e.Topic, "record", e.RecordID, "attempts", attempts, "error", cause)
	pause := b.retryFirst << min(attempts-1, 12)
	next, dead := db.MicrosOrNull(b.db.Now().Add(pause)), (*int64)(nil)
	if attempts >= maxAttempts {
		next, dead = nil, db.MicrosOrNull(b.db.Now())
	}
	// The row names the kind of failure; its detail may hold data and stays in the log.
	code := problem.CodeOf(cause).Key
	err := db.InTx0(ctx, b.db, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO events_retry (subscriber, event_seq, event_recorded_at, topic, record_kind, record_id, attempts, next_at, dead_at, error)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
			ON CONFLICT (subscriber, event_seq) DO UPDATE SET attempts = excluded.attempts, next_at = excluded.next_at, dead_at = excluded.dead_at, error = excluded.error`,
			s.name, e.Seq, db.Micros(e.RecordedAt), e.Topic, e.RecordKind, e.RecordID, attempts, next, dead, code)
		return err
	})
	if err != nil {
		b.log.ErrorContext(ctx, "keep failed delivery", "subscriber", s.name, "error", err)
	}
}

type retryRow struct {
	subscriber string
	seq        int64
	recordedAt int64
	attempts   int64
}

func (b *Bus) retryDue(ctx context.Context) (int, error) {
	due, err := db.List(ctx, b.db, func(s db.Scanner) (r retryRow, err error) {
		return r, s.Scan(&r.subscriber, &r.seq, &r.recordedAt, &r.attempts)
	}, `SELECT subscriber, event_seq, event_recorded_at, attempts FROM events_retry WHERE next_at <= $1 ORDER BY next_at LIMIT 100`, db.Micros(b.db.Now()))
	if err != nil {
		return 0, err
	}
	n := 0
	for _, r := range due {
		i := slices.IndexFunc(b.subs, func(s subscriber) bool { return s.name == r.subscriber })
		if i < 0 {
			continue // a newer or older release knows this subscriber
		}
		e, err := db.Get(ctx, b.db, scanStored, `SELECT `+storedColumns+` FROM events_event WHERE recorded_at = $1 AND seq = $2`, r.recordedAt, r.seq)
		if err != nil {
			return n, fmt.Errorf("event of a retry: %w", err)
		}
		if err := b.call(ctx, b.subs[i], e); err != nil {
			if ctx.Err() != nil {
				return n, ctx.Err()
			}
			b.failed(ctx, b.subs[i], e, r.attempts+1, err)
			continue
		}
		n++
		if err := b.done(ctx, r); err != nil {
			return n, err
		}
	}
	return n, nil
}

func (b *Bus) done(ctx context.Context, r retryRow) error {
	return db.InTx0(ctx, b.db, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM events_retry WHERE subscriber = $1 AND event_seq = $2`, r.subscriber, r.seq)
		return err
	})
}

// DeadLetter is a delivery that was given up.
type DeadLetter struct {
	Subscriber string    `json:"subscriber"`
	Seq        int64     `json:"seq"`
	Topic      string    `json:"topic"`
	RecordKind string    `json:"record_kind"`
	RecordID   string    `json:"record_id"`
	Attempts   int64     `json:"attempts"`
	DeadAt     time.Time `json:"dead_at"`
	Error      string    `json:"error"`
}

// ErrNoLetter says that there is no such dead letter.
var ErrNoLetter = problem.Declare("events.no_letter", problem.NotFound)

// DeadLetters lists what was given up, oldest first.
func (b *Bus) DeadLetters(ctx context.Context, limit int) ([]DeadLetter, error) {
	if err := access.Require(ctx, "events.manage"); err != nil {
		return nil, err
	}
	return db.List(ctx, b.db, func(s db.Scanner) (l DeadLetter, err error) {
		var at int64
		err = s.Scan(&l.Subscriber, &l.Seq, &l.Topic, &l.RecordKind, &l.RecordID, &l.Attempts, &at, &l.Error)
		l.DeadAt = db.FromMicros(at)
		return l, err
	}, `SELECT subscriber, event_seq, topic, record_kind, record_id, attempts, dead_at, error FROM events_retry
		WHERE dead_at IS NOT NULL ORDER BY dead_at, event_seq LIMIT $1`, limit)
}

// Replay makes a dead letter due again.
func (b *Bus) Replay(ctx context.Context, subscriber string, seq int64) error {
	if err := access.Require(ctx, "events.manage"); err != nil {
		return err
	}
	n, err := db.InTx(ctx, b.db, func(ctx context.Context, tx *db.Tx) (int64, error) {
		return tx.Exec(ctx, `UPDATE events_retry SET dead_at = NULL, next_at = $1, attempts = 0 WHERE subscriber = $2 AND event_seq = $3 AND dead_at IS NOT NULL`,
			db.Micros(tx.Now()), subscriber, seq)
	})
	if err == nil && n == 0 {
		return ErrNoLetter
	}
	return err
}

// Discard gives a dead letter up for good.
func (b *Bus) Discard(ctx context.Context, subscriber string, seq int64) error {
	if err := access.Require(ctx, "events.manage"); err != nil {
		return err
	}
	n, err := db.InTx(ctx, b.db, func(ctx context.Context, tx *db.Tx) (int64, error) {
		return tx.Exec(ctx, `DELETE FROM events_retry WHERE subscriber = $1 AND event_seq = $2 AND dead_at IS NOT NULL`, subscriber, seq)
	})
	if err == nil && n == 0 {
		return ErrNoLetter
	}
	return err
}

// Permissions of this package.
var Permissions = []access.Permission{{Key: "events.manage", Roles: []string{access.RoleAdmin}}, {Key: "events.read", Roles: []string{access.RoleAdmin, access.RoleIntegrator}}}

// OldestWaiting tells when the oldest event that was not delivered yet was recorded.
func OldestWaiting(ctx context.Context, d *db.DB) (time.Time, bool, error) {
	var c Cursor
	err := d.QueryRow(ctx, `SELECT txid, seq FROM events_cursor WHERE name = $1`, busName).Scan(&c.TxID, &c.Seq)
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return time.Time{}, false, err
	}
	list, _, err := After(ctx, d, access.Everything, c, nil, 1)
	if err != nil || len(list) == 0 {
		return time.Time{}, false, err
	}
	return list[0].RecordedAt, true, nil
}
