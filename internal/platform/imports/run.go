package imports

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/files"
	"anxin/internal/platform/jobs"
)

// RunID names a run.
type RunID string

// State of a run; see the package comment.
type State string

// States of a run.
const (
	Ready     State = "ready"
	Running   State = "running"
	Done      State = "done"
	Stopped   State = "failed"
	Cancelled State = "cancelled"
	Undoing   State = "undoing"
	Undone    State = "undone"
)

// Run is one import.
type Run struct {
	ID         RunID
	Target     string
	State      State
	Dry        bool
	Origin     access.Origin
	File       files.ID
	Mapping    Mapping
	CreatedBy  string
	OutletPath string
	Task       jobs.TaskID
	Total      int64 // rows that are not blank; 0 while unknown
	NextRow    int64 // every row before it is done
	Made       int64
	Changed    int64
	Same       int64
	Failed     int64
	Undone     int64 // records taken back
	Kept       int64 // records that an undo refused
	Error      string
	Params     map[string]any
	CreatedAt  time.Time
	StartedAt  *time.Time
	EndedAt    *time.Time
	Version    int64

	actor who
}

// who is the actor as a run keeps it.
type who struct {
	Kind        string       `json:"kind"`
	ID          string       `json:"id"`
	Name        string       `json:"name,omitempty"`
	Permissions []string     `json:"permissions"`
	Scope       access.Scope `json:"scope"`
	Lang        string       `json:"lang,omitempty"`
}

func whoIs(a access.Actor) who {
	w := who{Kind: a.Kind, ID: a.ID, Name: a.Name, Scope: a.Scope, Lang: a.Lang, Permissions: []string{}}
	for p, ok := range a.Permissions {
		if ok {
			w.Permissions = append(w.Permissions, p)
		}
	}
	slices.Sort(w.Permissions)
	return w
}

func (w who) actor(o access.Origin) access.Actor {
	set := access.Set{}
	for _, p := range w.Permissions {
		set[p] = true
	}
	return access.Actor{Kind: w.Kind, ID: w.ID, Name: w.Name, Permissions: set, Scope: w.Scope, Lang: w.Lang, Origin: o}
}

const runColumns = `id, target, state, dry, origin, file_id, mapping, actor, created_by, outlet_path, task_id, total, next_row,
	made, changed, same, failed, undone, kept, error, error_params, created_at, started_at, ended_at, version`

func scanRun(s db.Scanner) (Run, error) {
	var r Run
	var mapping, actor string
	var task, code, params *string
	var created int64
	var started, ended *int64
	err := s.Scan(&r.ID, &r.Target, &r.State, &r.Dry, &r.Origin, &r.File, &mapping, &actor, &r.CreatedBy, &r.OutletPath, &task, &r.Total, &r.NextRow,
		&r.Made, &r.Changed, &r.Same, &r.Failed, &r.Undone, &r.Kept, &code, &params, &created, &started, &ended, &r.Version)
	if err != nil {
		return r, err
	}
	r.Task, r.Error = jobs.TaskID(db.OrEmpty(task)), db.OrEmpty(code)
	r.CreatedAt, r.StartedAt, r.EndedAt = db.FromMicros(created), db.FromMicrosPtr(started), db.FromMicrosPtr(ended)
	if params != nil {
		if err := json.Unmarshal([]byte(*params), &r.Params); err != nil {
			return r, err
		}
	}
	return r, errors.Join(json.Unmarshal([]byte(mapping), &r.Mapping), json.Unmarshal([]byte(actor), &r.actor))
}

func insertRun(ctx context.Context, tx *db.Tx, r Run) error {
	mapping, err := json.Marshal(r.Mapping)
	if err != nil {
		return err
	}
	actor, err := json.Marshal(r.actor)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO imports_run (`+runColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, $12, NULL, NULL, 1)`,
		r.ID, r.Target, r.State, r.Dry, r.Origin, r.File, string(mapping), string(actor), r.CreatedBy, r.OutletPath, db.NullString(r.Task), db.Micros(tx.Now()))
	return err
}

// updateRun writes what a run's course changes, over the version it was read at.
func updateRun(ctx context.Context, tx *db.Tx, r *Run) error {
	var params *string
	if len(r.Params) > 0 {
		b, err := json.Marshal(r.Params)
		if err != nil {
			return err
		}
		params = new(string(b))
	}
	was := r.Version
	r.Version++
	return tx.ExecOne(ctx, `UPDATE imports_run SET state = $1, task_id = $2, total = $3, next_row = $4, made = $5, changed = $6, same = $7, failed = $8,
		undone = $9, kept = $10, error = $11, error_params = $12, started_at = $13, ended_at = $14, version = $15 WHERE id = $16 AND version = $17`,
		r.State, db.NullString(r.Task), r.Total, r.NextRow, r.Made, r.Changed, r.Same, r.Failed, r.Undone, r.Kept, db.NullString(r.Error), params,
		db.MicrosPtr(r.StartedAt), db.MicrosPtr(r.EndedAt), r.Version, r.ID, was)
}

func getRun(ctx context.Context, q db.Querier, id RunID) (Run, error) {
	r, err := db.Get(ctx, q, scanRun, `SELECT `+runColumns+` FROM imports_run WHERE id = $1`, id)
	if errors.Is(err, db.ErrNoRows) {
		return r, ErrNoRun
	}
	return r, err
}

// RowError says why a row was refused.
type RowError struct {
	Row     int64          `json:"row"` // in the sheet, the header counted
	Field   string         `json:"field,omitempty"`
	Heading string         `json:"column,omitempty"`
	Code    string         `json:"code"`
	Params  map[string]any `json:"params,omitempty"`
	Kind    string         `json:"record_kind,omitempty"` // of a record that an undo refused
	ID      string         `json:"record_id,omitempty"`

	position int64
}

func scanRowError(s db.Scanner) (RowError, error) {
	var e RowError
	var params, kind, id *string
	err := s.Scan(&e.Row, &e.position, &e.Field, &e.Heading, &e.Code, &params, &kind, &id)
	e.Kind, e.ID = db.OrEmpty(kind), db.OrEmpty(id)
	if err == nil && params != nil {
		err = json.Unmarshal([]byte(*params), &e.Params)
	}
	return e, err
}

func insertRowError(tx *db.Tx, id RunID, phase string, position int, e RowError) error {
	var params *string
	if len(e.Params) > 0 {
		b, err := json.Marshal(e.Params)
		if err != nil {
			return err
		}
		params = new(string(b))
	}
	tx.Later(`INSERT INTO imports_error (run_id, phase, row_no, position, field, heading, code, params, record_kind, record_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		id, phase, e.Row, position, e.Field, e.Heading, e.Code, params, db.NullString(e.Kind), db.NullString(e.ID))
	return nil
}

// rowErrors reads the errors of a run after a place, in the order of the sheet.
func rowErrors(ctx context.Context, q db.Querier, id RunID, phase string, row, position int64, limit int) ([]RowError, error) {
	return db.List(ctx, q, scanRowError, `SELECT row_no, position, field, heading, code, params, record_kind, record_id FROM imports_error
		WHERE run_id = $1 AND phase = $2 AND (row_no, position) > ($3, $4) ORDER BY row_no, position LIMIT $5`, id, phase, row, position, limit)
}

// Finished tells that a run ended.
type Finished struct {
	events.Head
	Target  string        `json:"target"`
	State   State         `json:"state"`
	Dry     bool          `json:"dry,omitempty"`
	Origin  access.Origin `json:"origin"`
	Made    int64         `json:"made"`
	Changed int64         `json:"changed"`
	Failed  int64         `json:"failed"`
}

// Topic implements events.Event.
func (Finished) Topic() string { return "import.finished.v1" }

// Record implements events.Event.
func (e Finished) Record() (string, string) { return "import", e.ID }

// Removed tells that an undo took a record away that an import had made.
type Removed struct {
	events.Head
	Kind string `json:"record_kind"`
	Run  RunID  `json:"run_id"`
}

// Topic implements events.Event.
func (Removed) Topic() string { return "import.removed.v1" }

// Record implements events.Event.
func (e Removed) Record() (string, string) { return e.Kind, e.ID }
