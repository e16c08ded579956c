package events

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
)

type moved struct{ Head }

func (moved) Topic() string              { return "thing.moved.v1" }
func (m moved) Record() (string, string) { return "thing", m.ID }

func publish(t *testing.T, d *db.DB, ids ...string) {
	t.Helper()
	err := db.InTx0(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
		for _, id := range ids {
			if err := Publish(ctx, tx, moved{Head{ID: id, Version: 1, BrandID: "b1", OutletPath: "/o1/"}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// settle waits until the feed shows n events: on PostgreSQL it holds back what is younger than any transaction
// under way, those of other databases of the server too.
func settle(t *testing.T, d *db.DB, n int) {
	t.Helper()
	dbtest.Until(t, fmt.Sprintf("the feed shows %d events", n), func() bool {
		list, _, err := After(t.Context(), d, access.Everything, Cursor{}, nil, n+1)
		if err != nil {
			t.Fatal(err)
		}
		return len(list) >= n
	})
}

func testBus(d *db.DB) *Bus {
	b := NewBus(d, slog.New(slog.DiscardHandler))
	b.retryFirst = 0
	return b
}

func TestDelivery(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := testBus(d)
		var got []string
		fails := 2
		Subscribe(b, "test.good", func(ctx context.Context, ev moved) error {
			got = append(got, ev.ID)
			return nil
		})
		Subscribe(b, "test.flaky", func(ctx context.Context, ev moved) error {
			if ev.ID == "2" && fails > 0 {
				fails--
				return errors.New("not now")
			}
			return nil
		})
		Subscribe(b, "test.broken", func(ctx context.Context, ev moved) error {
			if ev.ID == "3" {
				panic("broken")
			}
			return nil
		})
		publish(t, d, "1", "2", "3")
		settle(t, d, 3)
		for range maxAttempts + 1 {
			if err := b.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if fmt.Sprint(got) != "[1 2 3]" || fails != 0 {
			t.Errorf("delivered %v, flaky failures left %d", got, fails)
		}
		ctx := access.With(t.Context(), access.System("test"))
		dead, err := b.DeadLetters(ctx, 10)
		if err != nil || len(dead) != 1 || dead[0].Subscriber != "test.broken" || dead[0].RecordID != "3" || dead[0].Error != "internal" {
			t.Fatalf("dead letters = %+v, %v; want one of test.broken for record 3", dead, err)
		}
		if err := b.Replay(ctx, "test.broken", dead[0].Seq); err != nil {
			t.Errorf("replay: %v", err)
		}
		if err := b.Replay(ctx, "test.broken", dead[0].Seq); !errors.Is(err, ErrNoLetter) {
			t.Errorf("second replay = %v, want no such letter", err)
		}
		for range maxAttempts + 1 {
			if _, err := db.InTx(ctx, d, func(ctx context.Context, tx *db.Tx) (int64, error) {
				return tx.Exec(ctx, `UPDATE events_retry SET next_at = $1 WHERE next_at IS NOT NULL`, db.Micros(tx.Now()))
			}); err != nil {
				t.Fatal(err)
			}
			if err := b.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if err := b.Discard(ctx, "test.broken", dead[0].Seq); err != nil {
			t.Errorf("discard: %v", err)
		}
		if err := b.Discard(ctx, "test.broken", dead[0].Seq); !errors.Is(err, ErrNoLetter) {
			t.Errorf("second discard = %v, want no such letter", err)
		}
		if _, err := b.DeadLetters(t.Context(), 10); err == nil {
			t.Error("dead letters were listed without permission")
		}
	})
}

func TestOneNodeDelivers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var n atomic.Int64
		count := func(ctx context.Context, ev moved) error { n.Add(1); return nil }
		a, b := testBus(d), testBus(d)
		Subscribe(a, "test.count", count)
		Subscribe(b, "test.count", count)
		publish(t, d, "1")
		settle(t, d, 1)
		for range 2 {
			if err := errors.Join(a.Drain(t.Context()), b.Drain(t.Context())); err != nil {
				t.Fatal(err)
			}
		}
		if n.Load() != 1 {
			t.Errorf("two nodes delivered %d times, want 1", n.Load())
		}
		if err := a.Release(t.Context()); err != nil {
			t.Fatal(err)
		}
		publish(t, d, "2")
		settle(t, d, 2)
		if err := b.Drain(t.Context()); err != nil || n.Load() != 2 {
			t.Errorf("after the release: %d deliveries, %v; want 2", n.Load(), err)
		}
	})
}

// A reader of the feed that runs beside writers sees every event exactly once, however late their
// transactions commit.
func TestFeedSkipsNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const writers, each = 8, 30
		done := make(chan struct{})
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() {
				for i := range each {
					err := db.InTx0(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
						if err := Publish(ctx, tx, moved{Head{ID: fmt.Sprintf("%d-%d", w, i)}}); err != nil {
							return err
						}
						if _, err := tx.Exec(ctx, `SELECT 1`); err != nil { // sends the queued insert: the number is taken
							return err
						}
						time.Sleep(time.Duration((w*7+i*3)%5) * time.Millisecond) // and the commit comes later
						return nil
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		go func() { wg.Wait(); close(done) }()
		seen := map[string]int{}
		var c Cursor
		for end := false; ; {
			list, next, err := After(t.Context(), d, access.Everything, c, nil, 7)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range list {
				seen[e.RecordID]++
			}
			c = next
			if len(list) == 0 {
				if end {
					break
				}
				select {
				case <-done:
					settle(t, d, writers*each)
					end = true
				default:
				}
			}
		}
		if len(seen) != writers*each {
			t.Errorf("the feed showed %d events, want %d", len(seen), writers*each)
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("event %s was shown %d times", id, n)
			}
		}
	})
}

func TestFeedScope(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		publish(t, d, "1")
		settle(t, d, 1)
		for _, tt := range []struct {
			name  string
			scope access.Scope
			want  int
		}{
			{"centre", access.Everything, 1},
			{"the outlet", access.Scope{OutletPath: "/o1/"}, 1},
			{"second outlet", access.Scope{OutletPath: "/o2/"}, 0},
			{"second brand", access.Scope{OutletPath: "/", Brands: []string{"b2"}}, 0},
			{"no scope", access.Scope{}, 0},
		} {
			list, _, err := After(t.Context(), d, tt.scope, Cursor{}, nil, 10)
			if err != nil || len(list) != tt.want {
				t.Errorf("%s sees %d events, %v; want %d", tt.name, len(list), err, tt.want)
			}
		}
	})
}
