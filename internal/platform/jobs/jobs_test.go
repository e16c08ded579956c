package jobs

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/problem"
)

type countArgs struct {
	N int `json:"n"`
}

func (countArgs) Kind() string { return "test.count" }

func start(t *testing.T, r *Runner) {
	t.Helper()
	r.poll = 100 * time.Millisecond
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("runner: %v", err)
		}
	})
}

func TestJobsRunOnce(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		r := New(d, slog.New(slog.DiscardHandler))
		got := make(chan int, 100)
		Register(r, func(ctx context.Context, j *Job[countArgs]) error {
			if access.From(ctx).Kind != access.Sys {
				t.Errorf("job runs as %q", access.From(ctx).Kind)
			}
			got <- j.Args.N
			return nil
		})
		queue := func(n int, fail error, opts ...Option) {
			err := db.InTx0(ctx, d, func(ctx context.Context, tx *db.Tx) error {
				if err := InsertTx(ctx, tx, countArgs{n}, opts...); err != nil {
					return err
				}
				return fail
			})
			if !errors.Is(err, fail) {
				t.Fatalf("queue: %v", err)
			}
		}
		queue(1, nil)
		queue(2, errors.New("rolled back"))
		queue(3, nil, Unique())
		queue(3, nil, Unique())
		queue(4, nil, At(time.Now().Add(time.Hour)))
		start(t, r)
		sum := 0
		for range 2 {
			select {
			case n := <-got:
				sum += n
			case <-time.After(dbtest.Patience):
				t.Fatal("jobs did not run")
			}
		}
		select {
		case n := <-got:
			t.Errorf("job %d ran although it was rolled back, double or not due", n)
		case <-time.After(200 * time.Millisecond):
		}
		if sum != 4 {
			t.Errorf("ran jobs with sum %d, want 1 + 3", sum)
		}
	})
}

// ahead is the clock of a node that runs ahead of the database's.
type ahead struct{ by time.Duration }

func (a ahead) Now() time.Time { return time.Now().Add(a.by) }

func (a ahead) NowOrNil() *time.Time { return new(a.Now()) }

// A job that is wanted now runs now, on whichever node, although the clock of the node that queued it runs ahead.
func TestClockAhead(t *testing.T) {
	t.Parallel()
	d := dbtest.Postgres(t)
	d.Ext(clientKey{}, func() any {
		c, err := river.NewClient(riverpgxv5.New(d.Pool()), &river.Config{Logger: slog.New(slog.DiscardHandler), Test: river.TestConfig{Time: ahead{9 * 24 * time.Hour}}})
		return &inserter{pg: c, err: err}
	})
	got := make(chan int, 1)
	r := New(d, slog.New(slog.DiscardHandler))
	Register(r, func(_ context.Context, j *Job[countArgs]) error {
		got <- j.Args.N
		return nil
	})
	if err := db.InTx0(t.Context(), d, func(ctx context.Context, tx *db.Tx) error { return InsertTx(ctx, tx, countArgs{1}) }); err != nil {
		t.Fatal(err)
	}
	start(t, r)
	select {
	case <-got:
	case <-time.After(dbtest.Patience):
		t.Error("the job waits until the database's clock reaches its node's")
	}
}

func TestTask(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		me := access.With(t.Context(), access.Actor{Kind: access.User, ID: "me"})
		tasks := NewTasks(d)
		for _, tt := range []struct {
			name  string
			work  func(ctx context.Context, p *Progress) (any, error)
			state string
			code  string
			retry bool
		}{
			{"done", func(ctx context.Context, p *Progress) (any, error) { return 7, p.Report(ctx, 3, 3, "rows") }, TaskDone, "", false},
			{"refused", func(context.Context, *Progress) (any, error) { return nil, problem.ErrInvalid }, TaskFailed, "invalid", false},
			{"fault", func(context.Context, *Progress) (any, error) { return nil, errors.New("disk") }, TaskFailed, "internal", true},
		} {
			var id TaskID
			err := db.InTx0(me, d, func(ctx context.Context, tx *db.Tx) (err error) {
				id, err = NewTaskTx(ctx, tx, "test")
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			err = tasks.Run(t.Context(), id, tt.work)
			got, e := tasks.Get(me, id)
			if e != nil || got.State != tt.state || got.Error != tt.code || (err != nil) != tt.retry || (got.EndedAt != nil) == tt.retry {
				t.Errorf("%s: %+v, %v, run error %v", tt.name, got, e, err)
			}
			if _, err := tasks.Get(access.With(t.Context(), access.Actor{Kind: access.User, ID: "other"}), id); !errors.Is(err, ErrNoTask) {
				t.Errorf("%s: another person reads the task: %v", tt.name, err)
			}
		}

		var id TaskID
		if err := db.InTx0(me, d, func(ctx context.Context, tx *db.Tx) (err error) { id, err = NewTaskTx(ctx, tx, "test"); return err }); err != nil {
			t.Fatal(err)
		}
		if _, err := tasks.Cancel(me, id); err != nil {
			t.Fatal(err)
		}
		err := tasks.Run(t.Context(), id, func(ctx context.Context, p *Progress) (any, error) {
			return nil, p.Report(ctx, 1, 2, "rows")
		})
		if got, e := tasks.Get(me, id); err != nil || e != nil || got.State != TaskCancelled {
			t.Errorf("cancelled task: %+v, %v, %v", got, err, e)
		}
		if list, err := tasks.Mine(me, 10); err != nil || len(list) != 4 {
			t.Errorf("my tasks: %d, %v; want 4", len(list), err)
		}
	})
}

func TestDutyRunsOnOneNode(t *testing.T) {
	t.Parallel()
	d := dbtest.Postgres(t) // SQLite has one process
	var n atomic.Int64
	for range 3 {
		r := New(d, slog.New(slog.DiscardHandler))
		r.Every("test", time.Hour, func(context.Context) error { n.Add(1); return nil })
		if err := r.turn(t.Context(), r.duties[0]); err != nil {
			t.Fatal(err)
		}
	}
	if n.Load() != 1 {
		t.Errorf("duty ran on %d nodes, want 1", n.Load())
	}
}
