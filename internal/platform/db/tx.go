package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Tx is one change: its reads and writes, and the one instant they share.
type Tx struct {
	now   time.Time
	db    *DB
	ctx   context.Context // never cancelled: an interrupted write would end other callers' savepoints
	conn  *pgxpool.Conn   // PostgreSQL, nil on SQLite
	pg    pgx.Tx          // PostgreSQL, begun by the first statement that does not wait for the commit
	batch *pgx.Batch
	lite  *sql.Tx
	group *group          // SQLite: whose statements we use
	busy  map[string]bool // SQLite: texts with open rows
	after []func()
	err   error    // of a Later write that ran at once
	bulk  bool     // see [Bulk]
	queue []queued // of a bulk transaction
}

// Now is the instant of the whole change (recorded_at), UTC, microseconds.
func (tx *Tx) Now() time.Time { return tx.now }

// DB is the database of this transaction.
func (tx *Tx) DB() *DB { return tx.db }

// PG is the PostgreSQL transaction, nil on SQLite; for platform/jobs, events and search. What was
// queued by [Tx.Later] has been sent when it returns.
func (tx *Tx) PG() (pgx.Tx, error) {
	if tx.conn == nil {
		return nil, nil
	}
	err := tx.flush()
	return tx.pg, err
}

// SQL is SQLite's transaction, nil on PostgreSQL; for platform/jobs and search.
func (tx *Tx) SQL() *sql.Tx { return tx.lite }

// AfterCommit runs fn once the change is durable; never when it is rolled back.
func (tx *Tx) AfterCommit(fn func()) { tx.after = append(tx.after, fn) }

// Query runs a statement that answers rows.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (*Rows, error) {
	tx.db.show(query, args, true)
	if tx.conn != nil {
		if err := tx.flush(); err != nil {
			return nil, err
		}
		r, err := tx.pg.Query(ctx, query, args...)
		if err != nil {
			return nil, err
		}
		return &Rows{pg: r}, nil
	}
	if tx.err != nil {
		return nil, tx.err
	}
	if tx.busy[query] { // a cached statement has one cursor
		r, err := tx.lite.QueryContext(tx.ctx, query, args...)
		if err != nil {
			return nil, err
		}
		return &Rows{lite: r}, nil
	}
	st, err := tx.db.writer.stmt(tx.ctx, tx.group, query)
	if err != nil {
		return nil, err
	}
	r, err := st.QueryContext(tx.ctx, args...)
	if err != nil {
		return nil, err
	}
	if tx.busy == nil {
		tx.busy = map[string]bool{}
	}
	tx.busy[query] = true
	return &Rows{lite: r, closed: func() { delete(tx.busy, query) }}, nil
}

// QueryRow runs a statement that answers one row at most.
func (tx *Tx) QueryRow(ctx context.Context, query string, args ...any) *Row {
	r, err := tx.Query(ctx, query, args...)
	return &Row{rows: r, err: err}
}

// Exec runs a writing statement and returns how many rows it touched.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	tx.db.show(query, args, true)
	if tx.conn != nil {
		if err := tx.flush(); err != nil {
			return 0, err
		}
		tag, err := tx.pg.Exec(ctx, query, args...)
		return tag.RowsAffected(), err
	}
	if tx.err != nil {
		return 0, tx.err
	}
	st, err := tx.db.writer.stmt(tx.ctx, tx.group, query)
	if err != nil {
		return 0, err
	}
	res, err := st.ExecContext(tx.ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// ExecOne runs a versioned UPDATE or DELETE that must touch exactly one row; none is [ErrRace].
func (tx *Tx) ExecOne(ctx context.Context, query string, args ...any) error {
	n, err := tx.Exec(ctx, query, args...)
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrRace
	}
	return nil
}

// Later queues a write whose result nobody needs. On PostgreSQL all queued writes travel together
// with the next statement or the commit; an error fails the transaction then. On SQLite it runs at
// once and its error is kept for the commit.
func (tx *Tx) Later(query string, args ...any) {
	if tx.bulk || tx.conn != nil { // otherwise Exec shows it
		tx.db.show(query, args, true)
	}
	if tx.bulk {
		tx.queue = append(tx.queue, queued{query, args})
		return
	}
	if tx.conn != nil {
		if tx.batch == nil {
			tx.batch = &pgx.Batch{}
		}
		tx.batch.Queue(query, args...)
		return
	}
	if tx.err != nil {
		return
	}
	_, tx.err = tx.Exec(tx.ctx, query, args...)
}

// flush begins the transaction on PostgreSQL, if that was not done yet, and sends what was queued.
func (tx *Tx) flush() error {
	if tx.conn == nil {
		return tx.err
	}
	var err error
	if tx.pg == nil {
		if tx.pg, err = tx.conn.Begin(tx.ctx); err != nil {
			return err
		}
	}
	if b := tx.queued(); b != nil {
		return tx.pg.SendBatch(tx.ctx, b).Close()
	}
	return nil
}

// queued takes the queued statements, nil for none.
func (tx *Tx) queued() *pgx.Batch {
	if tx.queue != nil {
		tx.batch = &pgx.Batch{}
		for _, q := range merge(tx.queue) {
			tx.batch.Queue(q.query, q.args...)
		}
		tx.queue = nil
	}
	b := tx.batch
	tx.batch = nil
	return b
}

// finish commits on PostgreSQL. What is queued travels with the commit, and a transaction that only queued
// travels as a whole: one round trip.
func (tx *Tx) finish() error {
	rest := tx.queued()
	if rest == nil {
		if tx.pg == nil {
			return nil // nothing was done
		}
		return tx.pg.Commit(tx.ctx)
	}
	all := &pgx.Batch{}
	if tx.pg == nil {
		all.Queue("BEGIN")
	}
	for _, q := range rest.QueuedQueries {
		all.Queue(q.SQL, q.Arguments...)
	}
	all.Queue("COMMIT")
	res := tx.conn.SendBatch(tx.ctx, all)
	var tag pgconn.CommandTag
	var err error
	for range all.Len() {
		if tag, err = res.Exec(); err != nil {
			break
		}
	}
	if e := res.Close(); err == nil {
		err = e
	}
	if err == nil && tag.String() == "ROLLBACK" {
		err = pgx.ErrTxCommitRollback // a statement had failed, and nobody said so
	}
	return err
}

type ctxKey int

const (
	ctxTx ctxKey = iota
	ctxHook
	ctxBulk
)

func inTx(ctx context.Context) bool { return ctx.Value(ctxTx) != nil }

// InTransaction tells whether ctx belongs to a running transaction: outside effects (network,
// files, password hashing) refuse to run then.
func InTransaction(ctx context.Context) bool { return inTx(ctx) }

// CommitHook is called in the transaction, with its result, just before it commits: platform/httpapi
// keeps the answer to an idempotent request there.
type CommitHook func(ctx context.Context, tx *Tx, result any) error

// WithCommitHook makes the transactions of ctx call hook before they commit.
func WithCommitHook(ctx context.Context, hook CommitHook) context.Context {
	return context.WithValue(ctx, ctxHook, hook)
}

const maxTries = 12

// InTx runs fn in one transaction and commits when it returns no error. A lost race ([ErrRace]), a
// serialization failure, a deadlock or a busy database is tried again with a fresh read, so fn has no
// effect but through tx. A transaction inside a transaction is an error, and panics in tests.
func InTx[T any](ctx context.Context, d *DB, fn func(ctx context.Context, tx *Tx) (T, error)) (T, error) {
	var zero T
	if inTx(ctx) {
		if testing.Testing() {
			panic("db: transaction inside a transaction")
		}
		return zero, errors.New("db: transaction inside a transaction")
	}
	hook, _ := ctx.Value(ctxHook).(CommitHook)
	for try := 1; ; try++ {
		if err := ctx.Err(); err != nil {
			return zero, err
		}
		var out T
		err := d.once(ctx, func(ctx context.Context, tx *Tx) error {
			var err error
			if out, err = fn(ctx, tx); err != nil {
				return err
			}
			if hook != nil {
				if err := hook(ctx, tx, out); err != nil {
					return err
				}
			}
			return tx.err
		})
		if err == nil {
			return out, nil
		}
		if !retryable(err) || try == maxTries {
			if errors.Is(err, ErrRace) {
				err = fmt.Errorf("given up after %d tries: %w", try, err)
			}
			return zero, err
		}
		select {
		case <-ctx.Done():
			return zero, ctx.Err()
		case <-time.After(time.Duration(rand.Int64N(int64(time.Millisecond) << min(try, 6)))):
		}
	}
}

// InTx0 is [InTx] for a change without a result.
func InTx0(ctx context.Context, d *DB, fn func(ctx context.Context, tx *Tx) error) error {
	_, err := InTx(ctx, d, func(ctx context.Context, tx *Tx) (struct{}, error) {
		return struct{}{}, fn(ctx, tx)
	})
	return err
}

func (d *DB) once(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	inner := context.WithValue(context.WithoutCancel(ctx), ctxTx, true)
	tx := &Tx{now: d.Now(), db: d, ctx: inner, bulk: d.pool != nil && ctx.Value(ctxBulk) != nil}
	var err error
	if d.pool != nil {
		err = d.oncePostgres(ctx, inner, tx, fn)
	} else {
		err = d.writer.run(inner, tx, fn)
	}
	if err != nil {
		return err
	}
	for _, f := range tx.after {
		f()
	}
	return nil
}

func (d *DB) oncePostgres(ctx, inner context.Context, tx *Tx, fn func(ctx context.Context, tx *Tx) error) (err error) {
	conn, err := d.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	tx.conn = conn
	if err = fn(inner, tx); err == nil {
		err = tx.finish()
	}
	if err != nil && conn.Conn().PgConn().TxStatus() != 'I' {
		_, e := conn.Exec(inner, "ROLLBACK")
		err = errors.Join(err, e)
	}
	return err
}
