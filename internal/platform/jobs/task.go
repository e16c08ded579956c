package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// TaskID names a task.
type TaskID string

// States of a task.
const (
	TaskQueued    = "queued"
	TaskRunning   = "running"
	TaskDone      = "done"
	TaskFailed    = "failed"
	TaskCancelled = "cancelled"
)

// Task is work that a person waits for. Its job calls [Tasks.Run].
type Task struct {
	ID          TaskID          `json:"id"`
	Kind        string          `json:"kind"`
	Owner       string          `json:"owner"`
	State       string          `json:"state"`
	Done        int64           `json:"done"`
	Total       int64           `json:"total"` // 0 while unknown
	Note        string          `json:"note"`  // a code of what it does just now
	Result      json.RawMessage `json:"result,omitempty"`
	Error       string          `json:"error,omitempty"` // problem code
	CancelAsked bool            `json:"cancel_asked"`
	CreatedAt   time.Time       `json:"created_at"`
	UpdatedAt   time.Time       `json:"updated_at"`
	EndedAt     *time.Time      `json:"ended_at,omitempty"`
}

// ErrNoTask says that there is no such task, or it is another person's.
var ErrNoTask = problem.Declare("jobs.no_task", problem.NotFound)

// ErrTaskCancelled ends a task that a person stopped.
var ErrTaskCancelled = problem.Declare("jobs.cancelled", problem.Conflict)

// NewTaskTx notes a task in the transaction that queues its job; the owner is the actor.
func NewTaskTx(ctx context.Context, tx *db.Tx, kind string) (TaskID, error) {
	id := TaskID(db.NewID())
	_, err := tx.Exec(ctx, `INSERT INTO jobs_task (id, kind, owner, state, done, total, note, created_at, updated_at) VALUES ($1, $2, $3, $4, 0, 0, '', $5, $5)`,
		id, kind, access.From(ctx).ID, TaskQueued, db.Micros(tx.Now()))
	return id, err
}

const taskColumns = `id, kind, owner, state, done, total, note, result, error, cancel_asked, created_at, updated_at, ended_at`

func scanTask(s db.Scanner) (Task, error) {
	var t Task
	var result, code *string
	var created, updated int64
	var ended *int64
	err := s.Scan(&t.ID, &t.Kind, &t.Owner, &t.State, &t.Done, &t.Total, &t.Note, &result, &code, &t.CancelAsked, &created, &updated, &ended)
	if result != nil {
		t.Result = json.RawMessage(*result)
	}
	t.Error = db.OrEmpty(code)
	t.CreatedAt, t.UpdatedAt, t.EndedAt = db.FromMicros(created), db.FromMicros(updated), db.FromMicrosPtr(ended)
	return t, err
}

// Tasks reads and runs tasks.
type Tasks struct{ db *db.DB }

// NewTasks makes the service.
func NewTasks(d *db.DB) *Tasks { return &Tasks{db: d} }

// Get returns one's own task; who may manage events sees everybody's.
func (s *Tasks) Get(ctx context.Context, id TaskID) (Task, error) {
	t, err := db.Get(ctx, s.db, scanTask, `SELECT `+taskColumns+` FROM jobs_task WHERE id = $1`, id)
	if errors.Is(err, db.ErrNoRows) || err == nil && !visible(ctx, t) {
		return Task{}, ErrNoTask
	}
	return t, err
}

func visible(ctx context.Context, t Task) bool {
	a := access.From(ctx)
	return t.Owner == a.ID || a.Permissions.Has(permManage)
}

// Mine lists one's newest tasks.
func (s *Tasks) Mine(ctx context.Context, limit int) ([]Task, error) {
	return db.List(ctx, s.db, scanTask, `SELECT `+taskColumns+` FROM jobs_task WHERE owner = $1 ORDER BY created_at DESC LIMIT $2`, access.From(ctx).ID, limit)
}

// All lists everybody's newest tasks, for who looks after the running.
func (s *Tasks) All(ctx context.Context, limit int) ([]Task, error) {
	if err := access.Require(ctx, permManage); err != nil {
		return nil, err
	}
	return db.List(ctx, s.db, scanTask, `SELECT `+taskColumns+` FROM jobs_task ORDER BY created_at DESC LIMIT $1`, limit)
}

// Cancel asks a task to stop; one that has ended stays as it is.
func (s *Tasks) Cancel(ctx context.Context, id TaskID) (Task, error) {
	if _, err := s.Get(ctx, id); err != nil {
		return Task{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Task, error) {
		if _, err := tx.Exec(ctx, `UPDATE jobs_task SET cancel_asked = $1, updated_at = $2 WHERE id = $3 AND ended_at IS NULL`, true, db.Micros(tx.Now()), id); err != nil {
			return Task{}, err
		}
		return db.Get(ctx, tx, scanTask, `SELECT `+taskColumns+` FROM jobs_task WHERE id = $1`, id)
	})
}

// Progress tells how far the task is and fails with [ErrTaskCancelled] once somebody asked to stop;
// the work returns that error. It writes at most a few times a second.
type Progress struct {
	tasks *Tasks
	id    TaskID
	last  time.Time
}

// Report notes done of total (0 = unknown) and a code of what is being done.
func (p *Progress) Report(ctx context.Context, done, total int64, note string) error {
	if time.Since(p.last) < 300*time.Millisecond && done != total {
		return ctx.Err()
	}
	p.last = time.Now()
	asked, err := db.InTx(ctx, p.tasks.db, func(ctx context.Context, tx *db.Tx) (bool, error) {
		var asked bool
		err := tx.QueryRow(ctx, `UPDATE jobs_task SET done = $1, total = $2, note = $3, updated_at = $4 WHERE id = $5 RETURNING cancel_asked`,
			done, total, note, db.Micros(tx.Now()), p.id).Scan(&asked)
		return asked, err
	})
	if err != nil {
		return err
	}
	if asked {
		return ErrTaskCancelled
	}
	return nil
}

// Run does a task's work and keeps its end: the result (as JSON), the code of its failure, or that it
// was stopped. Work that ended before is not done again, so the job may run twice. It returns an error
// only for faults that are worth another try.
func (s *Tasks) Run(ctx context.Context, id TaskID, work func(ctx context.Context, p *Progress) (any, error)) error {
	t, err := db.Get(ctx, s.db, scanTask, `SELECT `+taskColumns+` FROM jobs_task WHERE id = $1`, id)
	if err != nil || t.EndedAt != nil {
		return err
	}
	if err := s.set(ctx, id, TaskRunning, nil, "", false); err != nil {
		return err
	}
	result, err := work(ctx, &Progress{tasks: s, id: id})
	ctx = context.WithoutCancel(ctx)
	switch code := problem.CodeOf(err); {
	case err == nil:
		return s.set(ctx, id, TaskDone, result, "", true)
	case errors.Is(err, ErrTaskCancelled):
		return s.set(ctx, id, TaskCancelled, result, code.Key, true)
	case code == problem.ErrInternal:
		return errors.Join(err, s.set(ctx, id, TaskFailed, result, code.Key, false))
	default:
		return s.set(ctx, id, TaskFailed, result, code.Key, true)
	}
}

func (s *Tasks) set(ctx context.Context, id TaskID, state string, result any, code string, ended bool) error {
	var body *string
	if result != nil {
		b, err := json.Marshal(result)
		if err != nil {
			return err
		}
		text := string(b)
		body = &text
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		var end *int64
		if ended {
			end = db.MicrosOrNull(tx.Now())
		}
		_, err := tx.Exec(ctx, `UPDATE jobs_task SET state = $1, result = $2, error = $3, updated_at = $4, ended_at = $5 WHERE id = $6`,
			state, body, db.NullString(code), db.Micros(tx.Now()), end, id)
		return err
	})
}
