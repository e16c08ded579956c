package imports

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/charset"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/files"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/problem"
)

// KeepFiles is how long the file of a run stays after its end; it holds what its rows said, under the
// installation's key.
const KeepFiles = 7 * 24 * time.Hour

// Service runs imports.
type Service struct {
	db      *db.DB
	keys    *crypt.Keys
	files   *files.Service
	tasks   *jobs.Tasks
	zone    *time.Location
	log     *slog.Logger
	targets []Target
}

// Deps are what the service stands on.
type Deps struct {
	DB    *db.DB
	Keys  *crypt.Keys
	Files *files.Service
	Tasks *jobs.Tasks
	Zone  *time.Location // of times without an offset; nil is UTC+8
	Log   *slog.Logger   // may be nil
}

// New makes the service with the targets of all modules.
func New(d Deps, targets ...Target) *Service {
	if d.Zone == nil {
		d.Zone = time.FixedZone("UTC+8", 8*3600)
	}
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{db: d.DB, keys: d.Keys, files: d.Files, tasks: d.Tasks, zone: d.Zone, log: d.Log, targets: targets}
}

// Targets lists what the actor may import into.
func (s *Service) Targets(ctx context.Context) ([]Target, error) {
	if err := access.Require(ctx, PermManage); err != nil {
		return nil, err
	}
	out := []Target{}
	for _, t := range s.targets {
		if access.From(ctx).Permissions.Has(t.Permission) {
			out = append(out, t)
		}
	}
	return out, nil
}

// Target finds a target that the actor may use; its permission is asked besides.
func (s *Service) Target(ctx context.Context, name string) (Target, error) {
	if err := access.Require(ctx, PermManage); err != nil {
		return Target{}, err
	}
	t, ok := s.target(name)
	if !ok {
		return Target{}, ErrNoTarget
	}
	return t, access.Require(ctx, t.Permission)
}

func (s *Service) target(name string) (Target, bool) {
	for _, t := range s.targets {
		if t.Name == name {
			return t, true
		}
	}
	return Target{}, false
}

// source is an uploaded file, opened as often as it is read.
func (s *Service) source(ctx context.Context, id files.ID) (Source, error) {
	f, err := s.files.Get(ctx, s.db, id)
	if err != nil {
		return Source{}, fmt.Errorf("file of an import: %w", err)
	}
	return Source{Size: f.Size, Open: func(ctx context.Context) (io.ReadCloser, error) { return s.files.Open(ctx, id, files.Original) }}, nil
}

// file finds a file that the actor uploaded, or that belongs to a run he sees.
func (s *Service) file(ctx context.Context, id files.ID) (files.File, error) {
	f, err := s.files.Get(ctx, s.db, id)
	switch {
	case errors.Is(err, files.ErrNotFound):
		return f, ErrNoFile
	case err != nil:
		return f, err
	case f.Purpose != files.Import || f.State != files.Stored && f.State != files.Attached:
		return f, ErrNoFile
	case f.CreatedBy == access.From(ctx).ID:
		return f, nil
	case f.RecordKind != recordKind:
		return f, ErrNoFile
	}
	r, err := getRun(ctx, s.db, RunID(f.RecordID))
	if err != nil || !sees(ctx, r) {
		return f, errors.Join(ErrNoFile, ignore(err, ErrNoRun))
	}
	return f, nil
}

func ignore(err, what error) error {
	if errors.Is(err, what) {
		return nil
	}
	return err
}

const recordKind = "import"

// sees tells whether the actor may look at a run: his own, those of his outlets, all for the whole centre.
func sees(ctx context.Context, r Run) bool {
	a := access.From(ctx)
	return r.CreatedBy == a.ID || a.Scope.All() || a.Scope.Brands == nil && a.Scope.Sees("", r.OutletPath)
}

// Preview is what a file looks like.
type Preview struct {
	Format    Format           `json:"format"`
	Encoding  charset.Encoding `json:"encoding,omitempty"`
	Delimiter string           `json:"delimiter,omitempty"`
	Sheet     string           `json:"sheet,omitempty"`
	Sheets    []string         `json:"sheets,omitempty"`
	HeaderRow int              `json:"header_row"`
	Header    []string         `json:"header"`
	Sample    [][]string       `json:"sample" doc:"The first rows, masked"`
	Suggested Mapping          `json:"suggested"`
}

// PreviewInput asks what a file looks like, for a target.
type PreviewInput struct {
	File   files.ID
	Target string
	Layout Layout
}

const sampleRows = 5

// Preview opens an uploaded file and suggests a mapping.
func (s *Service) Preview(ctx context.Context, in PreviewInput) (Preview, error) {
	t, err := s.Target(ctx, in.Target)
	if err != nil {
		return Preview{}, err
	}
	f, err := s.file(ctx, in.File)
	if err != nil {
		return Preview{}, err
	}
	src, err := s.source(ctx, f.ID)
	if err != nil {
		return Preview{}, err
	}
	table, err := OpenTable(ctx, src, in.Layout)
	if err != nil {
		return Preview{}, err
	}
	p := Preview{
		Format: table.Format, Encoding: table.Encoding, Delimiter: table.Delimiter, Sheet: table.Sheet, Sheets: table.Sheets, HeaderRow: table.HeaderRow,
		Header: table.Header, Sample: [][]string{}, Suggested: Suggest(t, table.Header),
	}
	for range sampleRows {
		_, cells, err := table.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Preview{}, errors.Join(err, table.Close())
		}
		for i, c := range cells {
			cells[i] = crypt.MaskText(c)
		}
		p.Sample = append(p.Sample, cells)
	}
	return p, table.Close()
}

// StartInput begins an import.
type StartInput struct {
	Target  string
	File    files.ID
	Mapping Mapping
	Origin  access.Origin // history unless it says live
	Dry     bool          // find the errors, write nothing
	Inline  bool          // the caller runs it by [Service.RunNow]; no job is queued
}

// Start checks mapping and file and queues the work.
func (s *Service) Start(ctx context.Context, in StartInput) (Run, error) {
	t, err := s.Target(ctx, in.Target)
	if err != nil {
		return Run{}, err
	}
	switch in.Origin {
	case "":
		in.Origin = access.History
	case access.Live, access.History:
	case access.Replay:
		return Run{}, ErrReplayOnly
	default:
		return Run{}, problem.Field("origin", problem.BadChoice)
	}
	if in.Mapping.Target != "" && in.Mapping.Target != t.Name {
		return Run{}, problem.Field("mapping.target", problem.BadChoice)
	}
	in.Mapping.Target = t.Name
	if len(in.Mapping.System) > 40 || strings.ContainsFunc(in.Mapping.System, func(r rune) bool { return r <= ' ' || r == ':' || r > '~' }) {
		return Run{}, problem.Field("mapping.system", problem.BadFormat)
	}
	f, err := s.file(ctx, in.File)
	if err != nil {
		return Run{}, err
	}
	if err := s.fits(ctx, t, f.ID, in.Mapping); err != nil {
		return Run{}, err
	}
	a := access.From(ctx)
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Run, error) {
		r := Run{
			ID: RunID(db.NewID()), Target: t.Name, State: Ready, Dry: in.Dry, Origin: in.Origin, File: f.ID, Mapping: in.Mapping,
			CreatedBy: a.ID, OutletPath: home(a), CreatedAt: tx.Now(), Version: 1, actor: whoIs(a),
		}
		var err error
		if r.Task, err = jobs.NewTaskTx(ctx, tx, "import"); err != nil {
			return r, err
		}
		if err := insertRun(ctx, tx, r); err != nil {
			return r, err
		}
		if f.RecordID == "" {
			err := s.files.AttachTx(ctx, tx, files.AttachInput{ID: f.ID, RecordKind: recordKind, RecordID: string(r.ID), OutletPath: r.OutletPath})
			if err != nil {
				return r, err
			}
		}
		if !in.Inline {
			if err := jobs.InsertTx(ctx, tx, WorkArgs{Run: r.ID, Task: r.Task}); err != nil {
				return r, err
			}
		}
		return r, audit.Append(ctx, tx, audit.Entry{Kind: recordKind, Record: string(r.ID), Act: "start", New: true, After: r.trail()})
	})
}

func (r Run) trail() map[string]any {
	return map[string]any{"target": r.Target, "state": r.State, "dry": r.Dry, "origin": r.Origin, "file": r.File, "made": r.Made, "changed": r.Changed, "failed": r.Failed, "undone": r.Undone}
}

func home(a access.Actor) string {
	if a.Scope.OutletPath == "" {
		return "/"
	}
	return a.Scope.OutletPath
}

// fits opens the file and ties the mapping to its header.
func (s *Service) fits(ctx context.Context, t Target, id files.ID, m Mapping) error {
	src, err := s.source(ctx, id)
	if err != nil {
		return err
	}
	table, err := OpenTable(ctx, src, m.Layout)
	if err != nil {
		return err
	}
	_, err = compile(t, m, table, s.zone)
	return errors.Join(err, table.Close())
}

// Get returns a run that the actor sees.
func (s *Service) Get(ctx context.Context, id RunID) (Run, error) {
	if err := access.Require(ctx, PermManage); err != nil {
		return Run{}, err
	}
	r, err := getRun(ctx, s.db, id)
	if err == nil && !sees(ctx, r) {
		return Run{}, ErrNoRun
	}
	return r, err
}

// List reads runs, the newest first, one more than limit.
func (s *Service) List(ctx context.Context, beforeAt int64, beforeID RunID, limit int) ([]Run, error) {
	if err := access.Require(ctx, PermManage); err != nil {
		return nil, err
	}
	a := access.From(ctx)
	var w db.Where
	if !a.Scope.All() {
		if a.Scope.Brands == nil && a.Scope.OutletPath != "" {
			w.And("(created_by = ? OR outlet_path >= ? AND outlet_path < ?)", a.ID, a.Scope.OutletPath, a.Scope.OutletPath+"\U0010FFFF")
		} else {
			w.And("created_by = ?", a.ID)
		}
	}
	if beforeID != "" {
		w.And("(created_at, id) < (?, ?)", beforeAt, beforeID)
	}
	return db.List(ctx, s.db, scanRun, `SELECT `+runColumns+` FROM imports_run`+w.String()+` ORDER BY created_at DESC, id DESC LIMIT `+w.Arg(limit+1), w.Args()...)
}

// Errors reads why rows were refused; phase is "run" or "undo".
func (s *Service) Errors(ctx context.Context, id RunID, phase string, afterRow, afterPosition int64, limit int) ([]RowError, error) {
	if _, err := s.Get(ctx, id); err != nil {
		return nil, err
	}
	return rowErrors(ctx, s.db, id, phase, afterRow, afterPosition, limit)
}

// WorkArgs work a run, or take it back.
type WorkArgs struct {
	Run  RunID       `json:"run_id"`
	Task jobs.TaskID `json:"task_id,omitempty"` // that the run had when this was queued; another one takes its place
	Undo bool        `json:"undo,omitempty"`
}

// Kind implements jobs.Args.
func (WorkArgs) Kind() string { return "imports.work" }

// RegisterJobs adds this package's jobs and duties.
func (s *Service) RegisterJobs(r *jobs.Runner) {
	jobs.Register(r, func(ctx context.Context, job *jobs.Job[WorkArgs]) error {
		run, err := getRun(ctx, s.db, job.Args.Run)
		if err != nil || run.Task != job.Args.Task {
			return err
		}
		return s.tasks.Run(ctx, run.Task, func(ctx context.Context, p *jobs.Progress) (any, error) {
			return s.do(ctx, job.Args, p.Report)
		})
	})
	r.Every("imports.sweep", time.Hour, s.Sweep)
}

// Report tells how far a run is; its error stops the run.
type Report func(ctx context.Context, done, total int64, note string) error

// Result is how a run ended.
type Result struct {
	Made    int64 `json:"made"`
	Changed int64 `json:"changed"`
	Same    int64 `json:"same"`
	Failed  int64 `json:"failed"`
	Undone  int64 `json:"undone,omitempty"`
	Kept    int64 `json:"kept,omitempty"`
}

func (r Run) result() Result {
	return Result{Made: r.Made, Changed: r.Changed, Same: r.Same, Failed: r.Failed, Undone: r.Undone, Kept: r.Kept}
}

func (s *Service) do(ctx context.Context, args WorkArgs, report Report) (Result, error) {
	if args.Undo {
		return s.takeBack(ctx, args.Run, report)
	}
	return s.execute(ctx, args.Run, report)
}

// RunNow works a run, or takes it back, in the caller's own process; for commands and programs. report may
// be nil.
func (s *Service) RunNow(ctx context.Context, args WorkArgs, report Report) (Run, error) {
	r, err := s.Get(ctx, args.Run)
	if err != nil {
		return Run{}, err
	}
	var failed error
	err = s.tasks.Run(ctx, r.Task, func(ctx context.Context, p *jobs.Progress) (any, error) {
		res, err := s.do(ctx, args, func(ctx context.Context, done, total int64, note string) error {
			if report != nil {
				if err := report(ctx, done, total, note); err != nil {
					return err
				}
			}
			return p.Report(ctx, done, total, note)
		})
		failed = err
		return res, err
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return r, err
	}
	return s.Get(ctx, args.Run)
}

// Cancel asks a run to stop; what it wrote stays and may be undone.
func (s *Service) Cancel(ctx context.Context, id RunID) (Run, error) {
	r, err := s.Get(ctx, id)
	if err != nil {
		return r, err
	}
	if r.State != Ready && r.State != Running && r.State != Undoing {
		return r, ErrState.With("state", string(r.State), "act", "cancel")
	}
	// The task may be a colleague's; who sees the run may stop it.
	if _, err := s.tasks.Cancel(access.With(ctx, access.System("imports")), r.Task); err != nil {
		return r, err
	}
	return s.Get(ctx, id)
}

// staleAfter is how long a run that tells nothing counts as running.
const staleAfter = time.Minute

// Resume goes on with a run that failed, was stopped, or whose process died.
func (s *Service) Resume(ctx context.Context, id RunID, inline bool) (Run, error) {
	return s.again(ctx, id, "resume", inline, false)
}

// Undo takes back what a run of history wrote; rows that somebody touched since stay and are named.
func (s *Service) Undo(ctx context.Context, id RunID, inline bool) (Run, error) {
	return s.again(ctx, id, "undo", inline, true)
}

// again queues more work on a run, in the name of who asks.
func (s *Service) again(ctx context.Context, id RunID, act string, inline, undo bool) (Run, error) {
	r, err := s.Get(ctx, id)
	if err != nil {
		return r, err
	}
	t, err := s.Target(ctx, r.Target)
	if err != nil {
		return r, err
	}
	task, err := s.tasks.Get(access.With(ctx, access.System("imports")), r.Task)
	if err != nil {
		return r, err
	}
	working := (r.State == Ready || r.State == Running || r.State == Undoing) && task.EndedAt == nil && task.State != jobs.TaskFailed && s.db.Now().Sub(task.UpdatedAt) < staleAfter
	switch {
	case working:
		return r, ErrBusy
	case undo && (r.Dry || r.Origin != access.History || t.Remove == nil):
		return r, ErrNoUndo
	case undo && r.State == Ready, !undo && (r.State == Done || r.State == Undoing || r.State == Undone):
		return r, ErrState.With("state", string(r.State), "act", act)
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Run, error) {
		var err error
		if r.Task, err = jobs.NewTaskTx(ctx, tx, "import"); err != nil {
			return r, err
		}
		who, err := json.Marshal(whoIs(access.From(ctx)))
		if err != nil {
			return r, err
		}
		state := Ready
		if undo {
			state = Undoing
		}
		next := r
		next.State = state
		if err := updateRun(ctx, tx, &next); err != nil {
			return r, err
		}
		tx.Later(`UPDATE imports_run SET actor = $1 WHERE id = $2`, string(who), id)
		if !inline {
			if err := jobs.InsertTx(ctx, tx, WorkArgs{Run: id, Task: r.Task, Undo: undo}); err != nil {
				return r, err
			}
		}
		return next, audit.Append(ctx, tx, audit.Entry{Kind: recordKind, Record: string(id), Act: act, Before: r.trail(), After: next.trail()})
	})
}

// Sweep removes the files of runs that ended a while ago; a duty.
func (s *Service) Sweep(ctx context.Context) error {
	old, err := db.List(ctx, s.db, db.ScanString, `SELECT DISTINCT file_id FROM imports_run WHERE ended_at < $1 AND ended_at > $2
		AND NOT EXISTS (SELECT 1 FROM imports_run o WHERE o.file_id = imports_run.file_id AND (o.ended_at IS NULL OR o.ended_at >= $1)) LIMIT 500`,
		db.Micros(s.db.Now().Add(-KeepFiles)), db.Micros(s.db.Now().Add(-KeepFiles-30*24*time.Hour)))
	if err != nil {
		return err
	}
	for _, id := range old {
		err := db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error { return s.files.DeleteTx(ctx, tx, files.ID(id)) })
		if err != nil {
			return err
		}
	}
	return nil
}
