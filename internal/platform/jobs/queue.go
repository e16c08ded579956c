package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// permManage is held by who looks after the running of the product.
const permManage = "events.manage"

// States of a queued job, as River names them; a discarded one has used up its tries.
var queueStates = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStateCancelled, rivertype.JobStateCompleted, rivertype.JobStateDiscarded,
	rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

// Queued is a job of the queue. Its arguments are ids and codes.
type Queued struct {
	ID          int64           `json:"id"`
	Kind        string          `json:"kind"`
	State       string          `json:"state" enum:"available,cancelled,completed,discarded,pending,retryable,running,scheduled"`
	Args        json.RawMessage `json:"args"`
	Attempt     int             `json:"attempt"`
	MaxAttempts int             `json:"max_attempts"`
	Error       string          `json:"error,omitempty" doc:"Of the last try that failed"`
	CreatedAt   time.Time       `json:"created_at"`
	ScheduledAt time.Time       `json:"scheduled_at"`
	TriedAt     *time.Time      `json:"tried_at,omitempty"`
	EndedAt     *time.Time      `json:"ended_at,omitempty"`
}

var (
	// ErrNoJob says that there is no such job; ended ones are cleared away after some days.
	ErrNoJob = problem.Declare("jobs.no_job", problem.NotFound)
	// ErrJobRuns refuses to discard a job at work: it can be cancelled.
	ErrJobRuns = problem.Declare("jobs.runs", problem.Conflict)
)

// Queue looks into the queue and moves single jobs, for who looks after the running.
type Queue struct{ db *db.DB }

// NewQueue makes the service.
func NewQueue(d *db.DB) *Queue { return &Queue{db: d} }

// QueueFilter chooses jobs; empty fields choose all.
type QueueFilter struct {
	States []string
	Kind   string
	Before int64 // id of the last job of the page before
	Limit  int
}

// List reads jobs, the newest first.
func (q *Queue) List(ctx context.Context, f QueueFilter) ([]Queued, error) {
	if err := access.Require(ctx, permManage); err != nil {
		return nil, err
	}
	p := river.NewJobListParams().First(f.Limit).OrderBy(river.JobListOrderByID, river.SortOrderDesc)
	if f.Kind != "" {
		p = p.Kinds(f.Kind)
	}
	states := queueStates
	if len(f.States) > 0 {
		states = nil
		for _, s := range f.States {
			states = append(states, rivertype.JobState(s))
		}
	}
	p = p.States(states...)
	if f.Before > 0 {
		p = p.Where("id < @before", river.NamedArgs{"before": f.Before})
	}
	in := inserterOf(q.db)
	if in.err != nil {
		return nil, in.err
	}
	var found *river.JobListResult
	var err error
	if in.pg != nil {
		found, err = in.pg.JobList(ctx, p)
	} else {
		found, err = in.lite.JobList(ctx, p)
	}
	if err != nil {
		return nil, fmt.Errorf("list jobs: %w", err)
	}
	out := make([]Queued, len(found.Jobs))
	for i, j := range found.Jobs {
		out[i] = queuedOf(j)
	}
	return out, nil
}

// Counts tells how many jobs are in each state.
func (q *Queue) Counts(ctx context.Context) (map[string]int64, error) {
	if err := access.Require(ctx, permManage); err != nil {
		return nil, err
	}
	type count struct {
		state string
		n     int64
	}
	rows, err := db.List(ctx, q.db, func(s db.Scanner) (c count, err error) { return c, s.Scan(&c.state, &c.n) },
		`SELECT CAST(state AS TEXT), COUNT(*) FROM river_job GROUP BY state`)
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for _, c := range rows {
		out[c.state] = c.n
	}
	return out, nil
}

// Retry makes a job due now, also one that was given up.
func (q *Queue) Retry(ctx context.Context, id int64) (Queued, error) {
	return q.move(ctx, id, "retry",
		func(in *inserter) (*rivertype.JobRow, error) { return in.pg.JobRetry(ctx, id) },
		func(in *inserter) (*rivertype.JobRow, error) { return in.lite.JobRetry(ctx, id) })
}

// Cancel ends a job that waits and asks one at work to stop.
func (q *Queue) Cancel(ctx context.Context, id int64) (Queued, error) {
	return q.move(ctx, id, "cancel",
		func(in *inserter) (*rivertype.JobRow, error) { return in.pg.JobCancel(ctx, id) },
		func(in *inserter) (*rivertype.JobRow, error) { return in.lite.JobCancel(ctx, id) })
}

// Discard takes a job out of the queue for good.
func (q *Queue) Discard(ctx context.Context, id int64) error {
	_, err := q.move(ctx, id, "discard",
		func(in *inserter) (*rivertype.JobRow, error) { return in.pg.JobDelete(ctx, id) },
		func(in *inserter) (*rivertype.JobRow, error) { return in.lite.JobDelete(ctx, id) })
	return err
}

func (q *Queue) move(ctx context.Context, id int64, what string, pg, lite func(in *inserter) (*rivertype.JobRow, error)) (Queued, error) {
	if err := access.Require(ctx, permManage); err != nil {
		return Queued{}, err
	}
	in := inserterOf(q.db)
	if in.err != nil {
		return Queued{}, in.err
	}
	act := lite
	if in.pg != nil {
		act = pg
	}
	row, err := act(in)
	switch {
	case errors.Is(err, rivertype.ErrNotFound):
		return Queued{}, ErrNoJob
	case errors.Is(err, rivertype.ErrJobRunning):
		return Queued{}, ErrJobRuns
	case err != nil:
		return Queued{}, fmt.Errorf("%s job %d: %w", what, id, err)
	}
	return queuedOf(row), nil
}

func queuedOf(j *rivertype.JobRow) Queued {
	q := Queued{
		ID: j.ID, Kind: j.Kind, State: string(j.State), Args: json.RawMessage(j.EncodedArgs), Attempt: j.Attempt, MaxAttempts: j.MaxAttempts,
		CreatedAt: j.CreatedAt, ScheduledAt: j.ScheduledAt, TriedAt: j.AttemptedAt, EndedAt: j.FinalizedAt,
	}
	if n := len(j.Errors); n > 0 {
		q.Error = j.Errors[n-1].Error
	}
	return q
}
