// Package jobs runs durable background work: a job is queued in the transaction of the change that
// wants it, runs at least once on some node, and is tried again with growing pauses when it fails.
//
// River does the work; this package keeps it behind four ideas, so that modules know none of it:
//   - a job ([InsertTx], [Register]): arguments are data (ids and codes, never personal data), the kind
//     is a stable name, the work can run twice;
//   - a duty ([Runner.Every]): something the product does every so often, on one node at a time;
//   - a task ([StartTask], [Progress]): a job that a person waits for, with progress, result and cancel;
//   - a runner, which works or, with Work off, only queues.
package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivertype"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
)

// Args are the data of one job.
type Args interface{ Kind() string }

// Job is one run of a job.
type Job[A Args] struct {
	ID      int64
	Args    A
	Attempt int
}

// Option tunes one queued job.
type Option func(*river.InsertOpts)

// At makes the job due at an instant.
func At(t time.Time) Option { return func(o *river.InsertOpts) { o.ScheduledAt = t } }

// Unique queues nothing when a job with the same arguments already waits or runs.
func Unique() Option {
	return func(o *river.InsertOpts) {
		o.UniqueOpts = river.UniqueOpts{ByArgs: true, ByState: []rivertype.JobState{
			rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
		}}
	}
}

// MaxAttempts bounds the tries; 25 by default.
func MaxAttempts(n int) Option { return func(o *river.InsertOpts) { o.MaxAttempts = n } }

type clientKey struct{}

// inserter is the queue of a database, for transactions of either engine.
type inserter struct {
	pg   *river.Client[pgx.Tx]
	lite *river.Client[*sql.Tx]
	err  error
}

func inserterOf(d *db.DB) *inserter {
	return d.Ext(clientKey{}, func() any {
		var in inserter
		cfg := &river.Config{Logger: slog.New(slog.DiscardHandler)}
		if d.Engine() == db.Postgres {
			in.pg, in.err = river.NewClient(riverpgxv5.New(d.Pool()), cfg)
		} else {
			in.lite, in.err = river.NewClient(riversqlite.New(d.Writer()), cfg)
		}
		return &in
	}).(*inserter)
}

// InsertTx queues a job in the transaction: it exists if and only if the change does.
func InsertTx(ctx context.Context, tx *db.Tx, args Args, opts ...Option) error {
	var o river.InsertOpts
	for _, f := range opts {
		f(&o)
	}
	in := inserterOf(tx.DB())
	err := in.err
	switch {
	case err != nil:
	case in.pg != nil:
		var pg pgx.Tx
		var queued *rivertype.JobInsertResult
		if pg, err = tx.PG(); err != nil {
			break
		}
		if queued, err = in.pg.InsertTx(ctx, pg, args, &o); err == nil {
			// River writes that a job is due by this node's clock and fetches what is due by the database's.
			tx.Later(`UPDATE river_job SET scheduled_at = clock_timestamp() WHERE id = $1 AND state = 'available' AND scheduled_at > clock_timestamp()`, queued.Job.ID)
		}
	default:
		_, err = in.lite.InsertTx(ctx, tx.SQL(), args, &o)
	}
	if err != nil {
		return fmt.Errorf("queue %s: %w", args.Kind(), err)
	}
	return nil
}

// Runner runs the jobs and duties of this node.
type Runner struct {
	db      *db.DB
	log     *slog.Logger
	workers *river.Workers
	kinds   map[string]bool
	duties  []duty
	poll    time.Duration
}

// New makes the runner of this node; register before [Runner.Run].
func New(d *db.DB, log *slog.Logger) *Runner {
	return &Runner{db: d, log: log, workers: river.NewWorkers(), kinds: map[string]bool{}, poll: time.Second}
}

// Register says how jobs of a kind are done.
func Register[A Args](r *Runner, fn func(ctx context.Context, job *Job[A]) error) {
	var zero A
	r.kinds[zero.Kind()] = true
	river.AddWorker(r.workers, river.WorkFunc(func(ctx context.Context, j *river.Job[A]) error {
		ctx = access.With(ctx, access.System("jobs."+j.Args.Kind()))
		return fn(ctx, &Job[A]{ID: j.ID, Args: j.Args, Attempt: j.Attempt})
	}))
}

// maxWorkers bounds the jobs that run at once on a node.
const maxWorkers = 8

// jobTime bounds one run of a job; long work reports progress and is split.
const jobTime = 30 * time.Minute

// Run works until ctx ends, then lets running jobs finish for up to ten seconds.
func (r *Runner) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	wg.Go(func() { r.runDuties(ctx) })
	defer wg.Wait()
	cfg := &river.Config{
		Queues:               map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: maxWorkers}},
		Workers:              r.workers,
		Logger:               slog.New(levelAtLeast{r.log.Handler(), slog.LevelWarn}),
		FetchPollInterval:    r.poll,
		JobTimeout:           jobTime,
		RescueStuckJobsAfter: jobTime + 5*time.Minute,
		SkipUnknownJobCheck:  true,
	}
	if len(r.kinds) == 0 {
		<-ctx.Done()
		return nil
	}
	if r.db.Engine() == db.Postgres {
		c, err := river.NewClient(riverpgxv5.New(r.db.Pool()), cfg)
		return runClient(ctx, c, err)
	}
	c, err := river.NewClient(riversqlite.New(r.db.Writer()), cfg)
	return runClient(ctx, c, err)
}

func runClient[T any](ctx context.Context, c *river.Client[T], err error) error {
	if err != nil {
		return fmt.Errorf("job runner: %w", err)
	}
	if err := c.Start(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("start job runner: %w", err)
	}
	<-ctx.Done()
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := c.Stop(stop); err != nil {
		return errors.Join(err, c.StopAndCancel(context.WithoutCancel(ctx)))
	}
	return nil
}

// levelAtLeast drops what River says below a level.
type levelAtLeast struct {
	slog.Handler
	min slog.Level
}

func (h levelAtLeast) Enabled(_ context.Context, l slog.Level) bool { return l >= h.min }

type duty struct {
	name  string
	every time.Duration
	run   func(ctx context.Context) error
}

// Every makes the product do something every so often, on one node at a time. The pause is measured
// from start to start; a duty that fails is logged and comes again.
func (r *Runner) Every(name string, every time.Duration, run func(ctx context.Context) error) {
	r.duties = append(r.duties, duty{name, every, run})
}

// RunDuties does every duty once now, whatever its time; for tests and commands.
func (r *Runner) RunDuties(ctx context.Context) error {
	var errs []error
	for _, d := range r.duties {
		if err := d.run(access.With(ctx, access.System("duty."+d.name))); err != nil {
			errs = append(errs, fmt.Errorf("duty %s: %w", d.name, err))
		}
	}
	return errors.Join(errs...)
}

func (r *Runner) runDuties(ctx context.Context) {
	var wg sync.WaitGroup
	for _, d := range r.duties {
		wg.Go(func() {
			for {
				if err := r.turn(ctx, d); err != nil && ctx.Err() == nil {
					r.log.ErrorContext(ctx, "duty failed", "duty", d.name, "error", err)
				}
				select {
				case <-ctx.Done():
					return
				case <-time.After(d.every):
				}
			}
		})
	}
	wg.Wait()
}

// turn runs a duty if its time has come and no other node took it. The wall clock decides: a duty
// follows no test's time.
func (r *Runner) turn(ctx context.Context, d duty) error {
	if r.db.Engine() == db.Postgres { // SQLite has one process
		now := time.Now()
		mine, err := db.InTx(ctx, r.db, func(ctx context.Context, tx *db.Tx) (int64, error) {
			return tx.Exec(ctx, `INSERT INTO jobs_duty (name, next_at) VALUES ($1, $2)
				ON CONFLICT (name) DO UPDATE SET next_at = excluded.next_at WHERE jobs_duty.next_at <= $3`,
				d.name, db.Micros(now.Add(d.every*9/10)), db.Micros(now))
		})
		if err != nil || mine == 0 {
			return err
		}
	}
	return d.run(access.With(ctx, access.System("duty."+d.name)))
}
