package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// writer runs SQLite's writing transactions one after the other and commits them in groups.
//
// Protocol: a caller takes turn, opens the physical transaction if none is open, and runs in a
// savepoint of its own. If somebody waits for the turn, the caller leaves the physical transaction
// open and hands the turn on; the last one, or the one that fills the group, commits. Everybody of
// the group waits for that commit before being told of success. Lock order: turn, then mu.
type writer struct {
	db    *sql.DB
	turn  sync.Mutex
	group *group               // the open physical transaction; guarded by turn
	kept  map[string]*sql.Stmt // prepared on the connection; guarded by turn
	// texts to prepare before the next group begins; guarded by turn
	wanted []string

	// lazy acknowledges changes before their group is committed, see [Options.Lazy]; a commit that failed is told
	// to the next caller.
	lazy bool
	late error // of such a commit; guarded by turn

	mu      sync.Mutex
	waiting int // callers that want the turn
}

type group struct {
	tx    *sql.Tx
	stmts map[string]*sql.Stmt
	size  int
	done  chan struct{}
	err   error
}

// maxGroup bounds how many changes one durable commit acknowledges, so that the first of a group
// does not wait for long.
const maxGroup = 64

// lazyGroup is how many changes one commit takes when nobody waits for it.
const lazyGroup = 512

func newWriter(db *sql.DB) *writer { return &writer{db: db, kept: map[string]*sql.Stmt{}} }

func (w *writer) stop() {
	w.turn.Lock()
	defer w.turn.Unlock()
	if w.group != nil {
		w.commit(w.group, nil)
	}
	for _, st := range w.kept {
		_ = st.Close()
	}
	clear(w.kept)
}

func (w *writer) run(ctx context.Context, tx *Tx, fn func(context.Context, *Tx) error) error {
	w.mu.Lock()
	w.waiting++
	w.mu.Unlock()
	w.turn.Lock()
	w.mu.Lock()
	w.waiting--
	w.mu.Unlock()

	g, err := w.open(ctx)
	if err != nil {
		w.turn.Unlock()
		return err
	}
	fnErr, lost := w.savepoint(ctx, g, tx, fn)
	g.size++
	w.mu.Lock()
	last := w.waiting == 0 || g.size >= maxGroup
	w.mu.Unlock()
	if w.lazy {
		defer w.turn.Unlock()
		if g.size >= lazyGroup || lost != nil {
			w.commit(g, lost)
		}
		if late := w.take(); late != nil {
			return errors.Join(fnErr, late)
		}
		return fnErr
	}
	if last || lost != nil {
		w.commit(g, lost)
	}
	w.turn.Unlock()
	// Who failed wrote nothing, but may have failed because of a row that the group has yet to commit (a key
	// that was taken just before): whoever looks for that row next must find it.
	<-g.done
	if fnErr != nil {
		return fnErr
	}
	return g.err
}

// take hands out the error of a commit that nobody waited for; the caller holds the turn.
func (w *writer) take() error {
	err := w.late
	w.late = nil
	return err
}

// flush commits what is open, so that readers see it.
func (w *writer) flush() error {
	w.turn.Lock()
	defer w.turn.Unlock()
	if w.group != nil {
		w.commit(w.group, nil)
	}
	return w.take()
}

func (w *writer) open(ctx context.Context) (*group, error) {
	if w.group != nil {
		return w.group, nil
	}
	if err := w.keepStatements(ctx); err != nil {
		return nil, err
	}
	tx, err := w.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	w.group = &group{tx: tx, stmts: map[string]*sql.Stmt{}, done: make(chan struct{})}
	return w.group, nil
}

// savepoint runs fn in a savepoint. lost is not nil when SQLite gave up the whole physical
// transaction (disk full, input-output error): then the group fails with it.
func (w *writer) savepoint(ctx context.Context, g *group, tx *Tx, fn func(context.Context, *Tx) error) (err, lost error) {
	if err := w.exec(ctx, g, "SAVEPOINT change"); err != nil {
		return err, fmt.Errorf("open savepoint: %w", err)
	}
	tx.lite, tx.group = g.tx, g
	ok := false
	defer func() {
		if ok {
			return
		}
		// An error or a panic of fn: undo its writes, keep the others'.
		if _, e := g.tx.ExecContext(ctx, "ROLLBACK TO change"); e != nil {
			lost = fmt.Errorf("the change was undone with its group: %w", e)
		} else if _, e := g.tx.ExecContext(ctx, "RELEASE change"); e != nil {
			lost = e
		}
		if r := recover(); r != nil {
			w.commit(g, lost)
			w.turn.Unlock()
			panic(r)
		}
	}()
	if err = fn(ctx, tx); err != nil {
		return err, nil
	}
	if err = w.exec(ctx, g, "RELEASE change"); err != nil {
		return err, nil
	}
	ok = true
	return nil, nil
}

func (w *writer) commit(g *group, lost error) {
	w.group = nil
	if lost != nil {
		g.err = errors.Join(lost, g.tx.Rollback())
	} else {
		g.err = g.tx.Commit()
	}
	if w.lazy {
		w.late = errors.Join(w.late, g.err)
	}
	close(g.done)
}

// stmt returns query prepared on the group's connection. Preparing through the pool would wait for
// the one connection, which the group holds: a text seen for the first time is prepared for this
// group only and noted, and the next group prepares it for good before it begins.
func (w *writer) stmt(ctx context.Context, g *group, query string) (*sql.Stmt, error) {
	if st := g.stmts[query]; st != nil {
		return st, nil
	}
	var st *sql.Stmt
	if kept := w.kept[query]; kept != nil {
		st = g.tx.StmtContext(ctx, kept)
	} else {
		var err error
		if st, err = g.tx.PrepareContext(ctx, query); err != nil {
			return nil, err
		}
		w.wanted = append(w.wanted, query)
	}
	g.stmts[query] = st
	return st, nil
}

func (w *writer) exec(ctx context.Context, g *group, query string) error {
	st, err := w.stmt(ctx, g, query)
	if err != nil {
		return err
	}
	_, err = st.ExecContext(ctx)
	return err
}

func (w *writer) keepStatements(ctx context.Context) error {
	for _, q := range w.wanted {
		if w.kept[q] != nil {
			continue
		}
		if len(w.kept) >= maxStmts {
			for _, st := range w.kept {
				_ = st.Close()
			}
			clear(w.kept)
		}
		st, err := w.db.PrepareContext(ctx, q)
		if err != nil {
			return err
		}
		w.kept[q] = st
	}
	w.wanted = w.wanted[:0]
	return nil
}
