package exports

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/xuri/excelize/v2"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/crypt/crypttest"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/files"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/httpapi/apitest"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/imports"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/problem"
)

type nobody struct{}

func (nobody) Authenticate(*http.Request) (access.Actor, error) { return access.Actor{}, nil }

type toy struct {
	Number string   `json:"number"`
	Name   string   `json:"name"`
	State  string   `json:"state"`
	Tags   []string `json:"tags"`
	Price  struct {
		Minor    int64  `json:"minor"`
		Currency string `json:"currency"`
	} `json:"price"`
	Part      float64   `json:"part"`
	CreatedAt time.Time `json:"created_at"`
}

type toysIn struct {
	httpapi.PageIn
	State string `query:"state" maxLength:"10"`
}

// fixture is a server with a list of toys, of which "ann" sees all with clear names and "bob" those of his outlet, masked.
type fixture struct {
	*Service
	t     *testing.T
	d     *db.DB
	n     int // toys of each outlet
	gone  atomic.Bool
	reads atomic.Int64
	stop  func(reads int64)
	ctx   map[string]context.Context
}

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// ActorOf implements People.
func (f *fixture) ActorOf(_ context.Context, user string) (access.Actor, error) {
	if f.gone.Load() {
		return access.Actor{}, problem.ErrUnauth
	}
	a := access.Actor{Kind: access.User, ID: user, Scope: access.Everything, Lang: "zh-CN", Permissions: access.Set{"toys.read": true, "toys.clear": true}}
	switch user {
	case "bob":
		a.Scope.OutletPath, a.Permissions = "/hz/", access.Set{"toys.read": true}
	case "eve":
		a.Permissions = access.Set{}
	}
	return a, nil
}

func newFixture(t *testing.T, d *db.DB, n int) *fixture {
	t.Helper()
	f := &fixture{t: t, d: d, n: n, ctx: map[string]context.Context{}}
	dir := t.TempDir()
	store, err := files.OpenLocal(filepath.Join(dir, "files"))
	f.must(err)
	keys := crypttest.New(t, d)
	box, err := files.New(d, files.Options{Store: store, Keys: keys, Spool: filepath.Join(dir, "spool"), Zone: time.UTC})
	f.must(err)
	f.Service = New(Deps{DB: d, Keys: keys, Files: box, Tasks: jobs.NewTasks(d), People: f, Zone: time.FixedZone("", 8*3600)})
	s := httpapi.New(httpapi.Options{DB: d, Log: slog.New(slog.DiscardHandler), Words: i18n.Must(problem.Words, Words), Seal: apitest.Plain{}, Auth: nobody{}, Version: "test"})
	httpapi.Register(s, huma.Operation{OperationID: "list-toys", Method: http.MethodGet, Path: "/toys", Summary: "List toys"}, f.list)
	httpapi.Register(s, huma.Operation{OperationID: "get-toy", Method: http.MethodGet, Path: "/toys/{id}", Summary: "Read a toy"}, func(context.Context, *struct {
		ID string `path:"id"`
	},
	) (*struct{ Body toy }, error) {
		return nil, problem.ErrNotFound
	})
	f.Register(s)
	for _, user := range []string{"ann", "bob", "eve"} {
		a, _ := f.ActorOf(t.Context(), user)
		f.ctx[user] = access.With(t.Context(), a)
	}
	return f
}

func (f *fixture) list(ctx context.Context, in *toysIn) (*httpapi.PageOut[toy], error) {
	if err := access.Require(ctx, "toys.read"); err != nil {
		return nil, err
	}
	if n := f.reads.Add(1); f.stop != nil {
		f.stop(n)
	}
	from := 0
	if _, err := httpapi.DecodeCursor(in.Cursor, &from); err != nil {
		return nil, err
	}
	a := access.From(ctx)
	var rows []int
	for i := from; i < 2*f.n && len(rows) <= in.Limit; i++ {
		if a.Scope.Sees("", []string{"/hz/", "/sh/"}[i%2]) && (in.State == "" || in.State == state(i)) {
			rows = append(rows, i)
		}
	}
	page := httpapi.MakePage(rows, in.Limit, func(i int) toy {
		v := toy{Number: "T" + strconv.Itoa(i), Name: "李明", State: state(i), Tags: []string{"new", "old"}, Part: 0.256, CreatedAt: time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)}
		v.Price.Minor, v.Price.Currency = -1250, "CNY"
		if !a.Permissions.Has("toys.clear") {
			v.Name = "李*"
		}
		if i < 2 {
			v.Name = `=HYPERLINK("http://x","点我")`
		}
		return v
	}, func(i int) []any { return []any{i + 1} })
	return &httpapi.PageOut[toy]{Body: page}, nil
}

func state(i int) string { return []string{"open", "open", "closed", "closed"}[i%4] }

var toyColumns = []Column{
	{Title: "编号", At: []string{"number"}},
	{Title: "名称", At: []string{"name"}},
	{Title: "状态", At: []string{"state"}, Words: map[string]string{"open": "进行中"}},
	{Title: "标签", At: []string{"tags"}, Words: map[string]string{"new": "新"}},
	{Title: "价格", At: []string{"price.minor"}, As: AsMoney, Currency: "price.currency"},
	{Title: "比例", At: []string{"part"}, As: AsPercent},
	{Title: "时间", At: []string{"created_at", "created_at"}, As: AsTime},
	{Title: "没有", At: []string{"price.none.deep", "tags.7", "tags.x"}},
	{Title: "次标签", At: []string{"tags.1"}},
}

func input(format imports.Format, query url.Values) Input {
	return Input{Path: "/toys", Query: query, Columns: toyColumns, Format: format, Title: "玩具/清单"}
}

// args are those of a task's job, which the queue keeps sealed.
func (f *fixture) args(user string, id jobs.TaskID, in Input) Args {
	f.t.Helper()
	queued, err := jobs.NewQueue(f.d).List(access.With(f.t.Context(), access.System("test")), jobs.QueueFilter{Limit: 100})
	f.must(err)
	for _, q := range queued {
		if strings.Contains(string(q.Args), "toys") {
			f.t.Errorf("a job tells what is exported: %s; want it sealed", q.Args)
		}
	}
	in.Lang = "zh-CN"
	plain, err := json.Marshal(in)
	f.must(err)
	sealed, err := f.Keys.Seal(f.t.Context(), f.d, f.Keys.Installation(), string(plain))
	f.must(err)
	return Args{Task: id, User: user, Sealed: base64.StdEncoding.EncodeToString(sealed)}
}

// export makes a file and returns its task and its bytes.
func (f *fixture) export(user string, in Input) (jobs.Task, string) {
	f.t.Helper()
	task, err := f.Start(f.ctx[user], in)
	f.must(err)
	f.must(f.run(access.With(f.t.Context(), access.System("jobs")), f.args(user, task.ID, in)))
	task, err = f.Tasks.Get(f.ctx[user], task.ID)
	f.must(err)
	if task.State != jobs.TaskDone {
		return task, ""
	}
	var r Result
	f.must(json.Unmarshal(task.Result, &r))
	file, err := f.Files.Get(f.t.Context(), f.d, r.File)
	f.must(err)
	if file.CreatedBy != user || file.State != files.Stored || file.RecordID != "" || file.Purpose != files.Export {
		f.t.Errorf("the file is %+v, want it private to %s", file, user)
	}
	body, err := f.Files.Open(f.t.Context(), r.File, files.Original)
	f.must(err)
	defer func() { _ = body.Close() }()
	b, err := io.ReadAll(body)
	f.must(err)
	return task, string(b)
}

func TestExport(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d, 450)
		task, text := f.export("ann", input(imports.CSV, url.Values{}))
		lines := strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n")
		if len(lines) != 901 || task.Done != 900 || task.Total != 900 {
			t.Errorf("%d lines, %d of %d rows told; want a head and 900 rows", len(lines), task.Done, task.Total)
		}
		if lines[0] != "\ufeff编号,名称,状态,标签,价格,比例,时间,没有,次标签" {
			t.Errorf("the head is %q", lines[0])
		}
		want := `T0,"'=HYPERLINK(""http://x"",""点我"")",进行中,"新, old",'-12.50 CNY,25.6%,2026-11-23 02:00 – 2026-11-23 02:00,,old`
		if lines[1] != want {
			t.Errorf("the first row is\n%s\nwant\n%s", lines[1], want)
		}
		if !strings.Contains(lines[4], "T3,李明,closed") {
			t.Errorf("a later row is %q, want codes without a word as they are", lines[4])
		}

		_, text = f.export("bob", input(imports.CSV, url.Values{"state": {"closed"}}))
		if strings.Contains(text, "李明") || strings.Contains(text, "T1,") || strings.Contains(text, "进行中") || strings.Count(text, "\r\n") != 1+225 {
			t.Errorf("bob's file has %d lines of more than his closed toys, masked:\n%.300s", strings.Count(text, "\r\n"), text)
		}

		_, text = f.export("ann", input(imports.XLSX, url.Values{"state": {"open"}}))
		book, err := excelize.OpenReader(strings.NewReader(text))
		f.must(err)
		rows, err := book.GetRows("data")
		f.must(err)
		if len(rows) != 451 || rows[1][1] != `'=HYPERLINK("http://x","点我")` || rows[1][4] != "'-12.50 CNY" {
			t.Errorf("the workbook has %d rows, the first %q", len(rows), rows[1])
		}
		trail, err := audit.New(d).List(t.Context(), audit.Filter{Kind: "export", Limit: 100})
		f.must(err)
		if len(trail) != 6 {
			t.Errorf("%d entries in the trail, want start and end of three", len(trail))
		}
	})
}

// TestExportRefused: what may not be read is not written, and what is stopped leaves no file.
func TestExportRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d, 450)
		link := access.With(t.Context(), access.Actor{Kind: access.Link, Permissions: access.Set{"toys.read": true}, Scope: access.Everything})
		for name, tt := range map[string]struct {
			ctx  context.Context
			in   func(*Input)
			want problem.Kind
		}{
			"no permission":    {f.ctx["eve"], nil, problem.Forbidden},
			"a customer":       {link, nil, problem.Forbidden},
			"no such list":     {f.ctx["ann"], func(in *Input) { in.Path = "/toes" }, problem.Invalid},
			"no list":          {f.ctx["ann"], func(in *Input) { in.Path = "/toys/{id}" }, problem.Invalid},
			"another host":     {f.ctx["ann"], func(in *Input) { in.Path = "//evil.example/toys" }, problem.Invalid},
			"no such filter":   {f.ctx["ann"], func(in *Input) { in.Query = url.Values{"colour": {"red"}} }, problem.Invalid},
			"a filter too big": {f.ctx["ann"], func(in *Input) { in.Query = url.Values{"state": {strings.Repeat("x", 11)}} }, problem.Invalid},
			"no columns":       {f.ctx["ann"], func(in *Input) { in.Columns = nil }, problem.Invalid},
			"no format":        {f.ctx["ann"], func(in *Input) { in.Format = "exe" }, problem.Invalid},
			"no title":         {f.ctx["ann"], func(in *Input) { in.Title = "  " }, problem.Invalid},
		} {
			in := input(imports.CSV, url.Values{})
			if tt.in != nil {
				tt.in(&in)
			}
			if _, err := f.Start(tt.ctx, in); problem.CodeOf(err) == nil || problem.CodeOf(err).Kind != tt.want {
				t.Errorf("%s: %v, want kind %v", name, err, tt.want)
			}
		}

		in := input(imports.CSV, url.Values{})
		task, err := f.Start(f.ctx["ann"], in)
		f.must(err)
		if _, err := f.Tasks.Get(f.ctx["bob"], task.ID); err == nil {
			t.Error("bob sees ann's task")
		}
		f.stop = func(int64) { f.gone.Store(true) } // she is dismissed while it runs
		args := f.args("ann", task.ID, in)
		f.must(f.run(access.With(t.Context(), access.System("jobs")), args))
		if task, err = f.Tasks.Get(f.ctx["ann"], task.ID); err != nil || task.State != jobs.TaskFailed || task.Result != nil {
			t.Errorf("the export of somebody dismissed is %+v, %v; want it failed", task, err)
		}
		f.gone.Store(false)
		f.stop = nil

		task, err = f.Start(f.ctx["ann"], in)
		f.must(err)
		_, err = f.Tasks.Cancel(f.ctx["ann"], task.ID)
		f.must(err)
		f.must(f.run(access.With(t.Context(), access.System("jobs")), f.args("ann", task.ID, in)))
		if task, err = f.Tasks.Get(f.ctx["ann"], task.ID); err != nil || task.State != jobs.TaskCancelled {
			t.Errorf("the cancelled export is %+v, %v", task, err)
		}
		if stays, err := f.Files.Sweep(t.Context(), -time.Hour); err != nil || stays != 0 { // files of nobody, however young
			t.Errorf("%d files stay of exports that did not end, %v", stays, err)
		}

		for range atOnce {
			_, err = f.Start(f.ctx["ann"], in)
			f.must(err)
		}
		if _, err = f.Start(f.ctx["ann"], in); !problem.Match(err, ErrBusy) {
			t.Errorf("one more at once: %v, want busy", err)
		}
		_, err = f.Start(f.ctx["bob"], in)
		f.must(err)
	})
}

// TestExportLong writes more rows than memory should hold at once.
func TestExportLong(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 120,000 rows")
	}
	t.Parallel()
	for _, format := range []imports.Format{imports.CSV, imports.XLSX} {
		f := newFixture(t, dbtest.SQLite(t), 60_000)
		var top uint64
		f.stop = func(n int64) {
			if n%100 == 0 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				top = max(top, m.HeapAlloc)
			}
		}
		var before runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		task, err := f.Start(f.ctx["ann"], input(format, url.Values{}))
		f.must(err)
		begun := time.Now()
		f.must(f.run(access.With(t.Context(), access.System("jobs")), f.args("ann", task.ID, input(format, nil))))
		task, err = f.Tasks.Get(f.ctx["ann"], task.ID)
		f.must(err)
		grown := float64(top-min(top, before.HeapAlloc)) / (1 << 20)
		t.Logf("%s: %d rows in %v, heap grown by %.0f MiB at most", format, task.Done, time.Since(begun).Round(time.Millisecond), grown)
		if task.State != jobs.TaskDone || task.Done != 120_000 || grown > 48 {
			t.Errorf("%s: task %s of %d rows, heap grown by %.0f MiB; want done, 120000 and at most 48", format, task.State, task.Done, grown)
		}
	}
}
