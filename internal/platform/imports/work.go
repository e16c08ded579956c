package imports

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/problem"
)

// workers are the batches that are written at once. On SQLite they take turns, and one reads and seals while
// the other commits.
const workers = 2

// errRollBack ends the transaction of a dry run's batch.
var errRollBack = errors.New("imports: a dry run writes nothing")

// execute works a run from where it stands to its end.
func (s *Service) execute(ctx context.Context, id RunID, report Report) (Result, error) {
	r, resumed, err := s.begin(ctx, id, Ready, Running, Stopped, Cancelled)
	if err != nil {
		return Result{}, err
	}
	t, ok := s.target(r.Target)
	if !ok {
		return Result{}, s.end(ctx, &r, counts{}, ErrNoTarget)
	}
	outer := ctx
	ctx = access.With(ctx, r.actor.actor(r.Origin))
	c, err := s.rows(ctx, &r, t, resumed, report)
	if err != nil && problem.CodeOf(err) == problem.ErrInternal {
		return r.result(), err // tried again, from where it stands
	}
	err = s.end(access.With(context.WithoutCancel(outer), r.actor.actor(r.Origin)), &r, c, err)
	return r.result(), err
}

// begin marks a run as running. resumed says that rows of it may be written already.
func (s *Service) begin(ctx context.Context, id RunID, from ...State) (Run, bool, error) {
	type begun struct {
		run     Run
		resumed bool
	}
	b, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (begun, error) {
		r, err := getRun(ctx, tx, id)
		if err != nil {
			return begun{}, err
		}
		if !slices.Contains(from, r.State) {
			return begun{}, ErrState.With("state", string(r.State), "act", "run")
		}
		resumed := r.StartedAt != nil
		if r.Dry && resumed { // it wrote nothing: from the beginning
			r.NextRow, r.Made, r.Changed, r.Same, r.Failed = 0, 0, 0, 0, 0
			tx.Later(`DELETE FROM imports_error WHERE run_id = $1 AND phase = 'run'`, id)
		}
		if r.StartedAt == nil {
			r.StartedAt = new(tx.Now())
		}
		r.State, r.EndedAt, r.Error, r.Params = Running, nil, "", nil
		err = updateRun(ctx, tx, &r)
		return begun{r, resumed}, err
	})
	return b.run, b.resumed, err
}

// counts are what became of rows.
type counts struct{ made, changed, same, failed int64 }

func (c *counts) add(o counts) {
	c.made, c.changed, c.same, c.failed = c.made+o.made, c.changed+o.changed, c.same+o.same, c.failed+o.failed
}

// end keeps how a run ended. err nil is done; a problem or a stop is kept with the run.
func (s *Service) end(ctx context.Context, r *Run, c counts, why error) error {
	err := db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		now, err := getRun(ctx, tx, r.ID)
		if err != nil {
			return err
		}
		now.Total, now.NextRow = r.Total, r.NextRow
		now.State, now.EndedAt = Done, new(tx.Now())
		if why != nil {
			now.State = Stopped
			if errors.Is(why, jobs.ErrTaskCancelled) {
				now.State = Cancelled
			}
			now.Error = problem.CodeOf(why).Key
			if p, ok := errors.AsType[*problem.Error](why); ok {
				now.Params = p.Params
			}
		}
		if r.Dry {
			now.Made, now.Changed, now.Same, now.Failed = c.made, c.changed, c.same, c.failed
		} else if err := tally(ctx, tx, &now); err != nil {
			return err
		}
		if err := updateRun(ctx, tx, &now); err != nil {
			return err
		}
		if err := audit.Append(ctx, tx, audit.Entry{Kind: recordKind, Record: string(now.ID), Act: "end", Before: r.trail(), After: now.trail()}); err != nil {
			return err
		}
		*r = now
		return events.Publish(ctx, tx, Finished{
			Head:   events.Head{ID: string(now.ID), Version: now.Version, OccurredAt: tx.Now(), OutletPath: now.OutletPath},
			Target: now.Target, State: now.State, Dry: now.Dry, Origin: now.Origin, Made: now.Made, Changed: now.Changed, Failed: now.Failed,
		})
	})
	if err != nil {
		return err
	}
	return why
}

// tally counts what is written of a run.
func tally(ctx context.Context, q db.Querier, r *Run) error {
	type count struct {
		action Action
		n      int64
	}
	list, err := db.List(ctx, q, func(s db.Scanner) (c count, err error) { return c, s.Scan(&c.action, &c.n) },
		`SELECT action, COUNT(*) FROM imports_row WHERE run_id = $1 GROUP BY action`, r.ID)
	r.Made, r.Changed, r.Same, r.Failed = 0, 0, 0, 0
	for _, c := range list {
		switch c.action {
		case Made:
			r.Made = c.n
		case Changed:
			r.Changed = c.n
		case Same:
			r.Same = c.n
		case Failed:
			r.Failed = c.n
		}
	}
	return err
}

// runner is one working of a run.
type runner struct {
	s       *Service
	run     *Run
	target  Target
	plan    *plan
	resumed bool
	report  Report

	mu     sync.Mutex
	counts counts
	done   int64 // rows
	err    error // of a worker: the first
	flying map[int64]*flight
	keys   map[string]bool // of the rows that are being written
	free   chan struct{}   // one token a worker that is idle
	wg     sync.WaitGroup
}

// flight is a batch that is being written.
type flight struct {
	first int64
	rows  []*Row
}

// rows reads the file and writes its rows.
func (s *Service) rows(ctx context.Context, r *Run, t Target, resumed bool, report Report) (counts, error) {
	src, err := s.source(ctx, r.File)
	if err != nil {
		return counts{}, err
	}
	if r.Total == 0 { // looks at the whole file before the first row is written
		table, err := OpenTable(ctx, src, r.Mapping.Layout)
		if err != nil {
			return counts{}, err
		}
		n, err := table.Count()
		if err = errors.Join(err, table.Close()); err != nil {
			return counts{}, err
		}
		r.Total = n
	}
	table, err := OpenTable(ctx, src, r.Mapping.Layout)
	if err != nil {
		return counts{}, err
	}
	p, err := compile(t, r.Mapping, table, s.zone)
	if err == nil {
		w := &runner{
			s: s, run: r, target: t, plan: p, resumed: resumed, report: report,
			flying: map[int64]*flight{}, keys: map[string]bool{}, free: make(chan struct{}, workers),
		}
		for range workers {
			w.free <- struct{}{}
		}
		err = w.all(ctx, table)
		return w.counts, errors.Join(err, table.Close())
	}
	return counts{}, errors.Join(err, table.Close())
}

// saveEvery is how often the place to go on from is kept.
const saveEvery = 2 * time.Second

// all reads rows into batches and hands them to workers. Rows of one key are never in the air together, so
// the later row of the sheet is written later.
func (w *runner) all(ctx context.Context, table *Table) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer func() {
		if err != nil {
			cancel()
		}
		w.wg.Wait()
		cancel()
		w.mu.Lock()
		defer w.mu.Unlock()
		w.run.NextRow = w.low(w.run.NextRow)
		if err == nil || errors.Is(err, context.Canceled) && w.err != nil {
			err = w.err
		}
	}()
	var batch []*Row
	saved := time.Now()
	skipTo, resumeAt := w.run.NextRow, int64(0)
	for {
		no, cells, err := table.Next()
		if errors.Is(err, io.EOF) {
			if err := w.fly(ctx, batch); err != nil {
				return err
			}
			w.wg.Wait()
			w.run.NextRow = int64(no) + 1
			return w.tell(ctx)
		}
		if err != nil {
			return err
		}
		if int64(no) < skipTo {
			resumeAt++
			w.done = resumeAt
			continue
		}
		row := w.plan.row(no, cells)
		if row.Key != "" && w.busy(row.Key, batch) {
			if err := w.fly(ctx, batch); err != nil {
				return err
			}
			batch = nil
			w.wg.Wait()
		}
		batch = append(batch, row)
		if len(batch) < w.target.batchRows() {
			continue
		}
		if err := w.fly(ctx, batch); err != nil {
			return err
		}
		batch = nil
		if err := w.tell(ctx); err != nil {
			return err
		}
		if time.Since(saved) > saveEvery && !w.run.Dry {
			saved = time.Now()
			if err := w.save(ctx); err != nil {
				return err
			}
		}
	}
}

func (w *runner) busy(key string, batch []*Row) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.keys[key] || slices.ContainsFunc(batch, func(r *Row) bool { return r.Key == key })
}

// fly hands a batch to the next free worker.
func (w *runner) fly(ctx context.Context, rows []*Row) error {
	if len(rows) == 0 {
		return nil
	}
	select {
	case <-w.free:
	case <-ctx.Done():
		return ctx.Err()
	}
	w.mu.Lock()
	if err := w.err; err != nil {
		w.mu.Unlock()
		w.free <- struct{}{}
		return err
	}
	f := &flight{first: int64(rows[0].No), rows: rows}
	w.flying[f.first] = f
	for _, r := range rows {
		if r.Key != "" {
			w.keys[r.Key] = true
		}
	}
	w.run.NextRow = max(w.run.NextRow, int64(rows[len(rows)-1].No)+1)
	w.mu.Unlock()
	w.wg.Go(func() {
		c, err := w.write(ctx, rows)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.counts.add(c)
		for _, r := range rows {
			delete(w.keys, r.Key)
		}
		if err != nil {
			if w.err == nil {
				w.err = err
			}
		} else {
			delete(w.flying, f.first)
			w.done += int64(len(rows))
		}
		w.free <- struct{}{}
	})
	return nil
}

// low is the first row that may not be written yet; needs mu.
func (w *runner) low(next int64) int64 {
	for first := range w.flying {
		next = min(next, first)
	}
	return next
}

func (w *runner) tell(ctx context.Context) error {
	w.mu.Lock()
	done := w.done
	w.mu.Unlock()
	if w.report == nil {
		return ctx.Err()
	}
	return w.report(ctx, done, w.run.Total, "rows")
}

func (w *runner) save(ctx context.Context) error {
	w.mu.Lock()
	next := w.low(w.run.NextRow)
	w.mu.Unlock()
	return db.InTx0(ctx, w.s.db, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE imports_run SET next_row = $1, total = $2 WHERE id = $3`, next, w.run.Total, w.run.ID)
		return err
	})
}

// write writes rows in one transaction if it can. A row that spoils it is taken out; where nobody can say
// which row it was, the batch is cut smaller until one row is left.
func (w *runner) write(ctx context.Context, rows []*Row) (counts, error) {
	var sum counts
	size, tries := len(rows), 0
	for len(rows) > 0 {
		n := min(size, len(rows))
		c, err := w.try(ctx, rows[:n])
		broken, known := errors.AsType[*brokenRow](err)
		switch {
		case err == nil:
			sum.add(c)
			rows, size, tries = rows[n:], min(size*2, w.target.batchRows()), 0
			continue
		case ctx.Err() != nil:
			return sum, ctx.Err()
		case db.IsUnique(err, "imports_row"):
			return sum, ErrBusy // another process works the same run
		case db.IsUnique(err, "") && tries < 3: // somebody beside us made the same record: look again
			tries++
			continue
		case known && n > 1 && problem.CodeOf(broken.err) != problem.ErrInternal:
			// What is wrong with the row is known; the rest is written without it.
			w.refuse(rows[broken.index], broken.err)
			size = max(1, n/4)
			continue
		case n > 1:
			size = max(1, n/4)
			continue
		}
		if err := w.judge(ctx, rows[0], err); err != nil {
			return sum, err
		}
		tries = 0
	}
	return sum, nil
}

// refuse makes a row fail at the next try, before anything is written.
func (w *runner) refuse(r *Row, err error) {
	if e, ok := errors.AsType[*problem.Error](err); ok {
		r.bad = e
		return
	}
	r.bad = &problem.Error{Code: problem.CodeOf(err)}
}

// judge decides what the failure of a single row means: the row's own fault, or ours.
func (w *runner) judge(ctx context.Context, r *Row, err error) error {
	switch {
	case r.bad != nil: // it was to fail, and even that failed
		return err
	case problem.CodeOf(err) != problem.ErrInternal:
		w.refuse(r, err)
		return nil
	case db.IsUnique(err, ""):
		w.refuse(r, ErrClash)
		return nil
	case errors.Is(err, errUnsaid):
		return err
	}
	if _, e := db.Exists(ctx, w.s.db, `SELECT 1`); e != nil {
		return err // the database is away: try again later
	}
	w.s.log.ErrorContext(ctx, "a row of an import failed", "run", string(w.run.ID), "target", w.target.Name, "row", r.No, "error", err)
	w.refuse(r, ErrRow)
	return nil
}

// try writes rows with the note of what became of them, or nothing.
func (w *runner) try(ctx context.Context, rows []*Row) (counts, error) {
	if w.resumed && !w.run.Dry {
		var err error
		if rows, err = w.missing(ctx, rows); err != nil || len(rows) == 0 {
			return counts{}, err
		}
	}
	b := &Batch{Rows: rows, System: w.run.Mapping.System, Origin: w.run.Origin, Dry: w.run.Dry}
	b.reset()
	if w.target.Ready != nil {
		if err := w.target.Ready(ctx, b); err != nil {
			return counts{}, err
		}
	}
	err := db.InTx0(db.Bulk(ctx), w.s.db, func(ctx context.Context, tx *db.Tx) error {
		b.reset()
		if err := w.target.Apply(ctx, tx, b); err != nil {
			return err
		}
		if err := b.check(); err != nil {
			return err
		}
		if w.run.Dry {
			if _, err := db.Exists(ctx, tx, `SELECT 1`); err != nil { // sends what is queued: its errors count, too
				return err
			}
			return errRollBack
		}
		return w.note(ctx, tx, b)
	})
	if w.run.Dry && errors.Is(err, errRollBack) {
		err = db.InTx0(ctx, w.s.db, func(_ context.Context, tx *db.Tx) error { return w.noteErrors(tx, b) })
	}
	if err != nil {
		return counts{}, err
	}
	return b.counts(), nil
}

func (b *Batch) counts() (c counts) {
	for _, o := range b.out {
		switch o.action {
		case Made:
			c.made++
		case Changed:
			c.changed++
		case Same:
			c.same++
		case Failed:
			c.failed++
		}
	}
	return c
}

// missing leaves out the rows that were written before the run was interrupted.
func (w *runner) missing(ctx context.Context, rows []*Row) ([]*Row, error) {
	done, err := db.List(ctx, w.s.db, db.ScanInt, `SELECT row_no FROM imports_row WHERE run_id = $1 AND row_no >= $2 AND row_no <= $3`,
		w.run.ID, rows[0].No, rows[len(rows)-1].No)
	if err != nil || len(done) == 0 {
		return rows, err
	}
	left := make([]*Row, 0, len(rows))
	for _, r := range rows {
		if !slices.Contains(done, int64(r.No)) {
			left = append(left, r)
		}
	}
	return left, nil
}

// note keeps what became of each row.
func (w *runner) note(ctx context.Context, tx *db.Tx, b *Batch) error {
	seqs, err := heads(ctx, tx, b.out)
	if err != nil {
		return err
	}
	for i, o := range b.out {
		var sealed []byte
		if len(o.before) > 0 {
			text, err := json.Marshal(o.before)
			if err != nil {
				return err
			}
			key := o.key
			if key == "" {
				key = w.s.keys.Installation()
			}
			if sealed, err = w.s.keys.Seal(ctx, tx, key, string(text)); err != nil {
				return err
			}
		}
		tx.Later(`INSERT INTO imports_row (run_id, row_no, action, record_kind, record_id, seq, before_sealed) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			w.run.ID, b.Rows[i].No, string(o.action), db.NullString(o.kind), db.NullString(o.id), seqs[o.kind+"\x00"+o.id], sealed)
	}
	return w.noteErrors(tx, b)
}

// heads reads how long the trails of the records are.
func heads(ctx context.Context, q db.Querier, out []outcome) (map[string]int64, error) {
	byKind := map[string][]string{}
	for _, o := range out {
		if o.id != "" {
			byKind[o.kind] = append(byKind[o.kind], o.id)
		}
	}
	seqs := map[string]int64{}
	for kind, ids := range byKind {
		for part := range slices.Chunk(ids, 500) {
			m, err := audit.Heads(ctx, q, kind, part)
			if err != nil {
				return nil, err
			}
			for id, seq := range m {
				seqs[kind+"\x00"+id] = seq
			}
		}
	}
	return seqs, nil
}

func (w *runner) noteErrors(tx *db.Tx, b *Batch) error {
	for i, o := range b.out {
		if o.action != Failed {
			continue
		}
		for j, e := range w.explain(o.err) {
			e.Row = int64(b.Rows[i].No)
			if err := insertRowError(tx, w.run.ID, "run", j, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// explain turns a row's problem into errors of its columns.
func (w *runner) explain(err error) []RowError {
	e, ok := errors.AsType[*problem.Error](err)
	if !ok {
		return []RowError{{Code: problem.CodeOf(err).Key}}
	}
	if len(e.Fields) == 0 {
		return []RowError{{Code: e.Code.Key, Params: e.Params}}
	}
	out := make([]RowError, 0, len(e.Fields))
	for _, f := range e.Fields {
		field := w.target.fieldOf(f.Field)
		out = append(out, RowError{Field: field, Heading: w.plan.heading[field], Code: f.Code, Params: f.Params})
	}
	return out
}

// String names a run in logs.
func (r Run) String() string { return fmt.Sprintf("import %s of %s", r.ID, r.Target) }
