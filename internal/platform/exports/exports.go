package exports

import (
	"context"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/files"
	"anxin/internal/platform/imports"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/problem"
)

// Problems of an export.
var (
	ErrNoList = problem.Declare("exports.no_list", problem.Invalid)
	ErrBusy   = problem.Declare("exports.busy", problem.TooMany)
	ErrPeople = problem.Declare("exports.people_only", problem.Forbidden)
)

// Words are this package's messages for the catalogue.
//
//go:embed words.*.json
var Words embed.FS

const (
	taskKind = "exports.list"
	pageSize = 200       // rows of a page
	maxRows  = 1_000_000 // a spreadsheet takes no more
	atOnce   = 3         // of one person
)

// Page is a page of a list as its operation answers.
type Page struct {
	Items      []map[string]any
	NextCursor string
	Total      int64 // 0 while unknown
}

// Lists reads lists in the name of the context's actor; [httpapi.Server] does.
type Lists interface {
	// IsList tells whether a path names a list that is read page by page.
	IsList(path string) bool
	// ReadList answers the body of a list's operation, or why it is refused.
	ReadList(ctx context.Context, path string, query url.Values) ([]byte, error)
}

// People finds who acts now by a user's id; it fails for who may no longer sign in.
type People interface {
	ActorOf(ctx context.Context, user string) (access.Actor, error)
}

// Deps is what the service stands on.
type Deps struct {
	DB     *db.DB
	Keys   *crypt.Keys
	Files  *files.Service
	Tasks  *jobs.Tasks
	People People
	Zone   *time.Location // of times in files
}

// Service writes exports.
type Service struct {
	Deps
	lists Lists
}

// New makes the service; it reads lists once [Service.Register] has told it where they are.
func New(d Deps) *Service { return &Service{Deps: d} }

// Use tells where lists are read.
func (s *Service) Use(l Lists) { s.lists = l }

// Input is what a file is to hold.
type Input struct {
	Path    string         `json:"path"`  // of the list's operation, "/orders"
	Query   url.Values     `json:"query"` // its filters
	Columns []Column       `json:"columns"`
	Format  imports.Format `json:"format"`
	Title   string         `json:"title"` // what the list is called; the file is named by it
	Lang    string         `json:"lang"`
}

// Args are those of the job.
type Args struct {
	Task   jobs.TaskID `json:"task"`
	User   string      `json:"user"`
	Sealed string      `json:"sealed"` // the input
}

// Kind implements jobs.Args.
func (Args) Kind() string { return taskKind }

// Result is what came of an export.
type Result struct {
	File  files.ID `json:"file"`
	Name  string   `json:"name"`
	Title string   `json:"title"`
	Rows  int64    `json:"rows"`
}

// RegisterJobs says how exports are made.
func (s *Service) RegisterJobs(r *jobs.Runner) {
	jobs.Register(r, func(ctx context.Context, job *jobs.Job[Args]) error { return s.run(ctx, job.Args) })
}

// Start queues an export of the actor's. The list is asked for one row first, so that what it refuses is refused now.
func (s *Service) Start(ctx context.Context, in Input) (jobs.Task, error) {
	actor := access.From(ctx)
	if actor.Kind != access.User {
		return jobs.Task{}, ErrPeople
	}
	if s.lists == nil || !s.lists.IsList(in.Path) {
		return jobs.Task{}, problem.Field("path", ErrNoList)
	}
	in.Query.Del("cursor")
	in.Query.Del("limit")
	in.Lang = actor.Lang
	if err := in.check(); err != nil {
		return jobs.Task{}, err
	}
	if _, err := s.page(ctx, in, "", 1); err != nil {
		return jobs.Task{}, err
	}
	plain, err := json.Marshal(in)
	if err != nil {
		return jobs.Task{}, err
	}
	mine, err := s.Tasks.Mine(ctx, 50)
	if err != nil {
		return jobs.Task{}, err
	}
	live := 0
	for _, t := range mine {
		if t.Kind == taskKind && t.EndedAt == nil {
			live++
		}
	}
	if live >= atOnce {
		return jobs.Task{}, ErrBusy.With("limit", atOnce)
	}
	id, err := db.InTx(ctx, s.DB, func(ctx context.Context, tx *db.Tx) (jobs.TaskID, error) {
		sealed, err := s.Keys.Seal(ctx, tx, s.Keys.Installation(), string(plain))
		if err != nil {
			return "", err
		}
		id, err := jobs.NewTaskTx(ctx, tx, taskKind)
		if err != nil {
			return "", err
		}
		args := Args{Task: id, User: actor.ID, Sealed: base64.StdEncoding.EncodeToString(sealed)}
		if err := jobs.InsertTx(ctx, tx, args, jobs.MaxAttempts(3)); err != nil {
			return "", err
		}
		return id, audit.Append(ctx, tx, audit.Entry{Kind: "export", Record: string(id), Act: "export", New: true, After: map[string]any{
			"list": in.Path, "filters": slices.Sorted(keysOf(in.Query)), "format": in.Format, "columns": len(in.Columns),
		}})
	})
	if err != nil {
		return jobs.Task{}, err
	}
	return s.Tasks.Get(ctx, id)
}

func keysOf(q url.Values) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range q {
			if !yield(k) {
				return
			}
		}
	}
}

// run makes the file of an export. A try that was cut short is made anew from the beginning; the half file is nobody's.
func (s *Service) run(ctx context.Context, args Args) error {
	return s.Tasks.Run(ctx, args.Task, func(ctx context.Context, p *jobs.Progress) (any, error) {
		sealed, err := base64.StdEncoding.DecodeString(args.Sealed)
		if err != nil {
			return nil, err
		}
		plain, err := s.Keys.Open(ctx, s.DB, s.Keys.Installation(), sealed)
		if err != nil {
			return nil, fmt.Errorf("open an export: %w", err)
		}
		var in Input
		if err := json.Unmarshal([]byte(plain), &in); err != nil {
			return nil, fmt.Errorf("read an export: %w", err)
		}
		return s.make(ctx, args, in, p)
	})
}

// make writes rows into a pipe whose other end is stored, so that nothing but one page is held.
func (s *Service) make(ctx context.Context, args Args, in Input, p *jobs.Progress) (any, error) {
	read, write := io.Pipe()
	var rows int64
	wrote := make(chan error, 1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		n, err := s.write(ctx, args.User, in, write, p)
		rows = n
		_ = write.CloseWithError(err) // a nil error is the end of the file
		wrote <- err
	}()
	at := s.DB.Now().In(s.Zone)
	name := in.Title + " " + at.Format("2006-01-02 1504") + "." + string(in.Format)
	f, err := s.Files.Upload(ctx, files.UploadInput{Purpose: files.Export, Name: name, By: args.User, Body: read})
	_ = read.CloseWithError(io.ErrClosedPipe) // whoever still writes stops
	if e := <-wrote; e != nil && !errors.Is(e, io.ErrClosedPipe) {
		return nil, e // why there was nothing to store
	}
	if err != nil {
		return nil, err
	}
	result := Result{File: f.ID, Name: f.Name, Title: in.Title, Rows: rows}
	who, err := s.People.ActorOf(ctx, args.User)
	if err != nil {
		return nil, err
	}
	return result, db.InTx0(access.With(ctx, who), s.DB, func(ctx context.Context, tx *db.Tx) error {
		return audit.Append(ctx, tx, audit.Entry{Kind: "export", Record: string(args.Task), Act: "exported", After: map[string]any{"file": f.ID, "rows": rows}})
	})
}

// write reads the list page by page, as whoever asked may read it at that moment.
func (s *Service) write(ctx context.Context, user string, in Input, to io.Writer, p *jobs.Progress) (n int64, err error) {
	w, err := imports.NewWriter(to, in.Format)
	if err != nil {
		return 0, err
	}
	head := make([]string, len(in.Columns))
	for i, c := range in.Columns {
		head[i] = c.Title
	}
	if err := w.Write(head); err != nil {
		return 0, err
	}
	cells := make([]string, len(in.Columns))
	for cursor, first := "", true; first || cursor != ""; first = false {
		who, err := s.People.ActorOf(ctx, user)
		if err != nil {
			return n, err
		}
		who.Lang = in.Lang
		page, err := s.page(access.With(ctx, who), in, cursor, pageSize)
		if err != nil {
			return n, err
		}
		for _, row := range page.Items {
			for i, c := range in.Columns {
				cells[i] = c.text(row, s.Zone)
			}
			if err := w.Write(cells); err != nil {
				return n, err
			}
			n++
		}
		if n > maxRows {
			return n, imports.ErrTooBig.With("what", "rows", "limit", maxRows)
		}
		cursor = page.NextCursor
		total := max(page.Total, 0)
		if cursor == "" {
			total = n
		}
		if err := p.Report(ctx, n, total, in.Title); err != nil {
			return n, err
		}
	}
	return n, w.Close()
}

func (s *Service) page(ctx context.Context, in Input, cursor string, limit int) (Page, error) {
	q := url.Values{}
	for k, v := range in.Query {
		q[k] = v
	}
	q.Set("limit", fmt.Sprint(limit))
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	body, err := s.lists.ReadList(ctx, in.Path, q)
	if err != nil {
		return Page{}, err
	}
	var out struct {
		Items      []map[string]any `json:"items"`
		NextCursor string           `json:"next_cursor"`
		Total      int64            `json:"total"`
		Over       bool             `json:"total_over"`
	}
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.UseNumber()
	if err := d.Decode(&out); err != nil {
		return Page{}, fmt.Errorf("read a page of %s: %w", in.Path, err)
	}
	if out.Over {
		out.Total = 0
	}
	return Page{out.Items, out.NextCursor, out.Total}, nil
}

func (in *Input) check() error {
	var f problem.Fields
	f.Check(len(in.Columns) > 0, "columns", problem.Required)
	f.Check(in.Format == imports.CSV || in.Format == imports.XLSX, "format", problem.BadFormat)
	in.Title = strings.TrimSpace(in.Title)
	f.Check(in.Title != "" && utf8.ValidString(in.Title), "title", problem.Required)
	return f.Err()
}
