package imports

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/charset"
	"anxin/internal/platform/crypt/crypttest"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
	"anxin/internal/platform/files"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/problem"
)

// toys are records of the tests: a table that each test makes.
type toys struct {
	fail atomic.Pointer[func(no int) error] // what fails at a row, when set
}

const toySchema = `CREATE TABLE IF NOT EXISTS toys_toy (id TEXT PRIMARY KEY, external_id TEXT UNIQUE, name TEXT NOT NULL, phone TEXT NOT NULL, origin TEXT NOT NULL)`

const toyUseSchema = `CREATE TABLE IF NOT EXISTS toys_use (toy_id TEXT NOT NULL REFERENCES toys_toy (id))`

func (y *toys) target() Target {
	return Target{
		Name: "toys", Zh: "玩具", En: "Toys", Permission: "toys.edit", Key: "external_id", BatchRows: 7,
		Fields: []Field{
			{Name: "external_id", Zh: "外部编号", En: "External id", Required: true, Type: Text, Max: 20},
			{Name: "name", Zh: "名称", En: "Name", Required: true, Type: Text, Paths: []string{"title"}},
			{Name: "phone", Zh: "电话", En: "Phone", Type: Text, Personal: true},
			{Name: "price", Zh: "价格", En: "Price", Type: Number},
		},
		Apply:  y.apply,
		Remove: y.remove,
		Revert: func(ctx context.Context, tx *db.Tx, id string, before map[string]string) error {
			if _, err := tx.Exec(ctx, `UPDATE toys_toy SET name = $1 WHERE id = $2`, before["name"], id); err != nil {
				return err
			}
			return audit.Append(ctx, tx, audit.Entry{Kind: "toy", Record: id, Act: "revert"})
		},
		Export: func(ctx context.Context, personal bool, row func(map[string]string) error) error {
			return row(map[string]string{"external_id": "=A1", "name": "狗", "phone": "13800000001"})
		},
	}
}

var errToyName = problem.Declare("toys.name", problem.Invalid)

func (y *toys) apply(ctx context.Context, tx *db.Tx, b *Batch) error {
	for i, r := range b.Rows {
		if b.Failed(i) {
			continue
		}
		if r.Text("name") == "bad" {
			b.Fail(i, problem.Field("title", errToyName))
			continue
		}
		if f := y.fail.Load(); f != nil {
			if err := (*f)(r.No); err != nil {
				return err
			}
		}
		type toy struct{ id, name string }
		old, err := db.Get(ctx, tx, func(s db.Scanner) (v toy, err error) { return v, s.Scan(&v.id, &v.name) },
			`SELECT id, name FROM toys_toy WHERE external_id = $1`, b.System+":"+r.Key)
		switch {
		case errors.Is(err, db.ErrNoRows):
			id := db.NewID()
			tx.Later(`INSERT INTO toys_toy (id, external_id, name, phone, origin) VALUES ($1, $2, $3, $4, $5)`, id, b.System+":"+r.Key, r.Text("name"), r.Text("phone"), string(access.From(ctx).Origin))
			if r.Text("name") == "breaks" {
				return b.Broken(i, problem.Field("title", errToyName))
			}
			if r.Text("name") == "crashes" { // a constraint that nobody foresaw
				tx.Later(`INSERT INTO toys_use (toy_id) VALUES ($1)`, "absent")
			}
			if err := audit.Append(ctx, tx, audit.Entry{Kind: "toy", Record: id, Act: "create", New: true}); err != nil {
				return err
			}
			b.Made(i, "toy", id)
		case err != nil:
			return err
		case old.name == r.Text("name"):
			b.Same(i, "toy", old.id)
		default:
			tx.Later(`UPDATE toys_toy SET name = $1 WHERE id = $2`, r.Text("name"), old.id)
			if err := audit.Append(ctx, tx, audit.Entry{Kind: "toy", Record: old.id, Act: "edit"}); err != nil {
				return err
			}
			b.Changed(i, "toy", old.id, "", map[string]string{"name": old.name})
		}
	}
	return nil
}

func (y *toys) remove(ctx context.Context, tx *db.Tx, id string) error {
	_, err := tx.Exec(ctx, `DELETE FROM toys_toy WHERE id = $1`, id)
	return err
}

type fixture struct {
	*Service
	t     *testing.T
	toys  *toys
	tasks *jobs.Tasks
	ctx   context.Context
	log   *bytes.Buffer
}

func admin(id string, scope access.Scope, perms ...string) access.Actor {
	set := access.Set{PermManage: true, "toys.edit": true}
	for _, p := range perms {
		set[p] = true
	}
	return access.Actor{Kind: access.User, ID: id, Permissions: set, Scope: scope, Lang: "zh-CN"}
}

func newFixture(t *testing.T, d *db.DB) *fixture {
	t.Helper()
	keys := crypttest.New(t, d)
	dir := t.TempDir()
	store, err := files.OpenLocal(filepath.Join(dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	fs, err := files.New(d, files.Options{Store: store, Keys: keys, Spool: filepath.Join(dir, "spool")})
	if err != nil {
		t.Fatal(err)
	}
	err = db.InTx0(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
		if _, err := tx.Exec(ctx, toySchema); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, toyUseSchema)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	y, tasks, log := &toys{}, jobs.NewTasks(d), &bytes.Buffer{}
	s := New(Deps{DB: d, Keys: keys, Files: fs, Tasks: tasks, Log: slog.New(slog.NewTextHandler(log, nil))}, y.target())
	return &fixture{s, t, y, tasks, access.With(t.Context(), admin("u1", access.Everything)), log}
}

func (f *fixture) upload(ctx context.Context, text string) files.ID {
	f.t.Helper()
	file, err := f.files.Upload(ctx, files.UploadInput{Purpose: files.Import, Name: "toys.csv", By: access.From(ctx).ID, Body: strings.NewReader(text)})
	if err != nil {
		f.t.Fatalf("upload: %v", err)
	}
	return file.ID
}

var toyMapping = Mapping{System: "crm", Columns: []Column{
	{Field: "external_id", From: []string{"id"}}, {Field: "name", From: []string{"name"}}, {Field: "phone", From: []string{"phone"}}, {Field: "price", From: []string{"price"}},
}}

func (f *fixture) start(in StartInput, text string) Run {
	f.t.Helper()
	in.Target, in.Inline = "toys", true
	if in.File == "" {
		in.File = f.upload(f.ctx, text)
	}
	if in.Mapping.Columns == nil {
		in.Mapping = toyMapping
	}
	r, err := f.Start(f.ctx, in)
	if err != nil {
		f.t.Fatalf("start: %v", err)
	}
	return r
}

func (f *fixture) work(r Run, undo bool) Run {
	f.t.Helper()
	out, err := f.RunNow(f.ctx, WorkArgs{Run: r.ID, Undo: undo}, nil)
	if err != nil {
		f.t.Fatalf("run: %v", err)
	}
	return out
}

func (f *fixture) names() []string {
	f.t.Helper()
	list, err := db.List(f.t.Context(), f.db, db.ScanString, `SELECT name FROM toys_toy ORDER BY external_id`)
	if err != nil {
		f.t.Fatal(err)
	}
	return list
}

func (f *fixture) errors(r Run, phase string) []string {
	f.t.Helper()
	list, err := f.Errors(f.ctx, r.ID, phase, -1, -1, 1000)
	if err != nil {
		f.t.Fatal(err)
	}
	out := []string{}
	for _, e := range list {
		out = append(out, fmt.Sprintf("%d %s %s", e.Row, e.Heading, e.Code))
	}
	return out
}

func sheetText(n int, special map[int]string) string {
	var b strings.Builder
	b.WriteString("id,name,phone,price\n")
	for i := 1; i <= n; i++ {
		if line, ok := special[i]; ok {
			b.WriteString(line + "\n")
			continue
		}
		fmt.Fprintf(&b, "%03d,toy %d,1380000%04d,%d.5\n", i, i, i, i)
	}
	return b.String()
}

func tallyOf(r Run) string {
	return fmt.Sprintf("%s made=%d changed=%d same=%d failed=%d of %d", r.State, r.Made, r.Changed, r.Same, r.Failed, r.Total)
}

func TestRun(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		special := map[int]string{
			3:  "003,,13800009999,1",      // no name
			9:  "009,bad,13800008888,1",   // refused before it writes
			17: "017,breaks,1,1",          // refused after it wrote
			21: "021,crashes,1,1",         // fails by a constraint, at another statement
			30: "030,ok,13800007777,dear", // the price is no number
			31: strings.Repeat("9", 21) + ",long,1,",
			33: "033,Li, Si,13800006666,1", // a comma that nobody quoted
			34: "034,short,1.38E+10,1",
			35: "035,#REF!,13800006666,1",
		}
		want := []string{
			"4 name required", "10 name toys.name", "18 name toys.name", "22  imports.row_failed", "31 price bad_format", "32 id too_long",
			"34  imports.extra_cells", "35 phone imports.rounded", "36 name imports.cell_error",
		}
		text := sheetText(40, special)
		dry := f.work(f.start(StartInput{Dry: true}, text), false)
		if got := tallyOf(dry); got != "done made=31 changed=0 same=0 failed=9 of 40" {
			t.Errorf("dry run: %s", got)
		}
		if got := f.errors(dry, "run"); !slices.Equal(got, want) {
			t.Errorf("dry run's errors %q, want %q", got, want)
		}
		if got := f.names(); len(got) != 0 {
			t.Errorf("a dry run wrote %q", got)
		}
		run := f.work(f.start(StartInput{File: dry.File}, ""), false) // the same file again
		if got := tallyOf(run); got != "done made=31 changed=0 same=0 failed=9 of 40" {
			t.Errorf("run: %s", got)
		}
		if got := f.errors(run, "run"); !slices.Equal(got, want) {
			t.Errorf("errors %q, want %q", got, want)
		}
		if n := len(f.names()); n != 31 {
			t.Errorf("%d toys, want 31", n)
		}
		// The same ids again: one changed, the rest the same; ids of another system are others.
		again := f.work(f.start(StartInput{}, strings.ReplaceAll(sheetText(5, special), "toy 2", "toy two")), false)
		if got := tallyOf(again); got != "done made=0 changed=1 same=3 failed=1 of 5" {
			t.Errorf("again: %s", got)
		}
		m := toyMapping
		m.System = "erp"
		if got := tallyOf(f.work(f.start(StartInput{Mapping: m}, sheetText(3, nil)), false)); got != "done made=3 changed=0 same=0 failed=0 of 3" {
			t.Errorf("another system: %s", got)
		}
		if log := f.log.String(); strings.Contains(log, "1380000") || strings.Contains(log, "crashes") {
			t.Errorf("the log holds what cells held: %s", log)
		}
		told, err := events.OfRecord(t.Context(), d, recordKind, string(run.ID))
		if err != nil || len(told) != 1 || told[0].Topic != (Finished{}).Topic() || strings.Contains(string(told[0].Body), "1380000") {
			t.Errorf("the run told %+v, %v; want that it finished", told, err)
		}
		var sheet bytes.Buffer
		if err := f.WriteErrors(f.ctx, run.ID, "run", "en", testWords(t), CSV, &sheet); err != nil {
			t.Fatal(err)
		}
		if s := sheet.String(); strings.Count(s, "\r\n") != 10 || !strings.Contains(s, "22,,,imports.row_failed") || strings.Contains(s, "1380000") {
			t.Errorf("sheet of errors:\n%s", s)
		}
	})
}

func TestUndo(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		first := f.work(f.start(StartInput{}, sheetText(60, nil)), false)
		second := f.work(f.start(StartInput{}, "id,name,phone,price\n001,uno,,\n002,due,,\n002,deux,,\n901,neu,,\n"), false)
		if got := tallyOf(second); got != "done made=1 changed=3 same=0 failed=0 of 4" {
			t.Fatalf("second: %s", got)
		}
		// Somebody edits toy 5, something refers to toy 7.
		id := func(n string) string {
			v, err := db.Get(t.Context(), d, db.ScanString, `SELECT id FROM toys_toy WHERE external_id = $1`, "crm:"+n)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		five, seven := id("005"), id("007")
		err := db.InTx0(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `INSERT INTO toys_use (toy_id) VALUES ($1)`, seven); err != nil {
				return err
			}
			return audit.Append(ctx, tx, audit.Entry{Kind: "toy", Record: five, Act: "edit"})
		})
		if err != nil {
			t.Fatal(err)
		}
		// The first run cannot take back what the second changed since.
		undo := func(r Run) Run {
			t.Helper()
			u, err := f.Undo(f.ctx, r.ID, true)
			if err != nil {
				t.Fatalf("undo: %v", err)
			}
			return f.work(u, true)
		}
		u := undo(second)
		if u.State != Undone || u.Undone != 4 || u.Kept != 0 {
			t.Errorf("undo of the second = %s undone %d kept %d %q", u.State, u.Undone, u.Kept, f.errors(u, "undo"))
		}
		if got := f.names()[:2]; !slices.Equal(got, []string{"toy 1", "toy 2"}) {
			t.Errorf("names after the undo %q", got)
		}
		// Toys 1 and 2 went through two more acts, though their values are back: that is a touch, too.
		u = undo(first)
		want := []string{"2  imports.touched", "3  imports.touched", "6  imports.touched", "8  imports.touched"}
		if got := f.errors(u, "undo"); !slices.Equal(got, want) || u.Undone != 56 || u.Kept != 4 {
			t.Errorf("undo of the first: %d undone, %d kept, %q; want 56, 4, %q", u.Undone, u.Kept, got, want)
		}
		if n := len(f.names()); n != 4 {
			t.Errorf("%d toys left, want 4", n)
		}
		for _, tt := range []struct {
			name string
			in   StartInput
		}{{"dry", StartInput{Dry: true}}, {"live", StartInput{Origin: access.Live}}} {
			r := f.work(f.start(tt.in, sheetText(2, nil)), false)
			if _, err := f.Undo(f.ctx, r.ID, true); !problem.Match(err, ErrNoUndo) {
				t.Errorf("undo of a %s run: %v", tt.name, err)
			}
		}
	})
}

// TestInterrupted stops a run in its middle in three ways; nothing is lost and nothing doubled.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.ctx = access.With(t.Context(), admin("u1", access.Everything, "events.manage"))
		stop := errors.New("the power fails")
		power := func(no int) error {
			if no > 50 {
				return stop
			}
			return nil
		}
		run := f.start(StartInput{}, sheetText(100, nil))
		f.toys.fail.Store(&power)
		closed, cancel := context.WithCancel(f.ctx)
		seen := int64(0)
		_, err := f.RunNow(closed, WorkArgs{Run: run.ID}, func(ctx context.Context, done, total int64, note string) error {
			if seen = done; done >= 20 {
				cancel() // the process is told to end
			}
			return ctx.Err()
		})
		if err == nil || len(f.names()) >= 100 {
			t.Fatalf("the run ended with %v, %d toys, told %d", err, len(f.names()), seen)
		}
		f.toys.fail.Store(nil)
		got, err := f.Get(f.ctx, run.ID)
		if err != nil || got.State != Running {
			t.Fatalf("after the stop: %s %v", got.State, err)
		}
		again, err := f.Resume(f.ctx, run.ID, true)
		if err != nil {
			t.Fatalf("resume: %v", err)
		}
		// A person stops it, too.
		_, err = f.RunNow(f.ctx, WorkArgs{Run: again.ID}, func(ctx context.Context, done, total int64, note string) error {
			if done > 60 {
				return jobs.ErrTaskCancelled
			}
			return nil
		})
		if !errors.Is(err, jobs.ErrTaskCancelled) {
			t.Fatalf("cancelled run: %v", err)
		}
		if got, err = f.Get(f.ctx, run.ID); err != nil || got.State != Cancelled || got.Error != jobs.ErrTaskCancelled.Key {
			t.Fatalf("after the cancel: %s %s %v", got.State, got.Error, err)
		}
		if again, err = f.Resume(f.ctx, run.ID, true); err != nil {
			t.Fatalf("resume: %v", err)
		}
		if got := tallyOf(f.work(again, false)); got != "done made=100 changed=0 same=0 failed=0 of 100" {
			t.Errorf("in the end: %s", got)
		}
		if n := len(f.names()); n != 100 {
			t.Errorf("%d toys, want 100", n)
		}
	})
}

func TestByJob(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		runner := jobs.New(d, slog.New(slog.DiscardHandler))
		f.RegisterJobs(runner)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- runner.Run(ctx) }()
		r, err := f.Start(f.ctx, StartInput{Target: "toys", File: f.upload(f.ctx, sheetText(30, nil)), Mapping: toyMapping, Origin: access.Live})
		if err != nil {
			t.Fatal(err)
		}
		dbtest.Until(t, "the runner has done the import", func() bool {
			if r, err = f.Get(f.ctx, r.ID); err != nil {
				t.Fatal(err)
			}
			return r.State == Done
		})
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if got := tallyOf(r); got != "done made=30 changed=0 same=0 failed=0 of 30" {
			t.Errorf("by job: %s", got)
		}
		origins, err := db.List(t.Context(), d, db.ScanString, `SELECT DISTINCT origin FROM toys_toy`)
		if err != nil || !slices.Equal(origins, []string{"live"}) {
			t.Errorf("origins %q %v", origins, err)
		}
		var res Result
		task, err := f.tasks.Get(f.ctx, r.Task)
		if err != nil || task.State != jobs.TaskDone || task.Done != 30 || json.Unmarshal(task.Result, &res) != nil || res.Made != 30 {
			t.Errorf("task %+v %v", task, err)
		}
	})
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		file := f.upload(f.ctx, sheetText(3, nil))
		cols := func(c ...Column) Mapping { return Mapping{Columns: c} }
		id, name := toyMapping.Columns[0], toyMapping.Columns[1]
		other := access.With(t.Context(), admin("u2", access.Scope{OutletPath: "/hz/"}))
		for _, tt := range []struct {
			name string
			ctx  context.Context
			in   StartInput
			want *problem.Code
			part string
		}{
			{"nobody", t.Context(), StartInput{Target: "toys", File: file, Mapping: toyMapping}, problem.ErrUnauth, ""},
			{"no permission", access.With(t.Context(), access.Actor{Kind: access.User, ID: "u1", Permissions: access.Set{"toys.edit": true}}), StartInput{Target: "toys", File: file, Mapping: toyMapping}, problem.ErrForbidden, ""},
			{"not the target's", access.With(t.Context(), access.Actor{Kind: access.User, ID: "u1", Permissions: access.Set{PermManage: true}}), StartInput{Target: "toys", File: file, Mapping: toyMapping}, problem.ErrForbidden, ""},
			{"no target", f.ctx, StartInput{Target: "cars", File: file, Mapping: toyMapping}, ErrNoTarget, ""},
			{"no file", f.ctx, StartInput{Target: "toys", File: "x", Mapping: toyMapping}, ErrNoFile, ""},
			{"another's file", other, StartInput{Target: "toys", File: file, Mapping: toyMapping}, ErrNoFile, ""},
			{"replay", f.ctx, StartInput{Target: "toys", File: file, Mapping: toyMapping, Origin: access.Replay}, ErrReplayOnly, ""},
			{"origin", f.ctx, StartInput{Target: "toys", File: file, Mapping: toyMapping, Origin: "x"}, problem.ErrInvalid, "origin"},
			{"required field unmapped", f.ctx, StartInput{Target: "toys", File: file, Mapping: cols(id)}, problem.ErrInvalid, "imports.unmapped"},
			{"no such column", f.ctx, StartInput{Target: "toys", File: file, Mapping: cols(id, Column{Field: "name", From: []string{"title"}})}, problem.ErrInvalid, "imports.no_column"},
			{"no such field", f.ctx, StartInput{Target: "toys", File: file, Mapping: cols(id, name, Column{Field: "colour", From: []string{"name"}})}, problem.ErrInvalid, "imports.no_field"},
			{"field twice", f.ctx, StartInput{Target: "toys", File: file, Mapping: cols(id, name, name)}, problem.ErrInvalid, "imports.column_twice"},
			{"zone", f.ctx, StartInput{Target: "toys", File: file, Mapping: Mapping{Zone: "Mars/Base", Columns: []Column{id, name}}}, problem.ErrInvalid, "imports.zone"},
			{"system", f.ctx, StartInput{Target: "toys", File: file, Mapping: Mapping{System: "a b", Columns: []Column{id, name}}}, problem.ErrInvalid, "mapping.system"},
		} {
			_, err := f.Start(tt.ctx, tt.in)
			if !problem.Match(err, tt.want) || err != nil && !strings.Contains(err.Error(), tt.part) {
				t.Errorf("%s: %v, want %v %s", tt.name, err, tt.want, tt.part)
			}
		}
		// What is wrong with a file is found before its first row is written.
		for name, text := range map[string]string{
			"a quote that never closes": sheetText(30, nil) + "\"x,y\n", "bytes of no encoding": sheetText(30, nil) + "\xff\xff\xff,1,2\n",
		} {
			fid := f.upload(f.ctx, sheetText(2, nil))
			r := f.start(StartInput{File: fid}, "")
			broken := New(Deps{DB: d, Keys: f.keys, Files: f.files, Tasks: f.tasks}, f.toys.target())
			w := &runner{s: broken, run: &r, target: f.toys.target()}
			table, err := OpenTable(t.Context(), sourceOf([]byte(text)), Layout{Encoding: charset.UTF8})
			if err == nil {
				_, err = table.Count()
			}
			if problem.CodeOf(err).Kind != problem.Invalid || w.run.Made != 0 {
				t.Errorf("%s: %v", name, err)
			}
		}
		// A run of another outlet is not there.
		r := f.work(f.start(StartInput{File: file}, ""), false)
		for _, who := range []access.Actor{
			admin("u2", access.Scope{OutletPath: "/hz/"}), admin("u3", access.Scope{OutletPath: "/", Brands: []string{"b2"}}),
		} {
			ctx := access.With(t.Context(), who)
			if _, err := f.Get(ctx, r.ID); !problem.Match(err, ErrNoRun) {
				t.Errorf("%s reads the run: %v", who.ID, err)
			}
			if list, err := f.List(ctx, 0, "", 10); err != nil || len(list) != 0 {
				t.Errorf("%s lists %d runs, %v", who.ID, len(list), err)
			}
			if _, err := f.Undo(ctx, r.ID, true); !problem.Match(err, ErrNoRun) {
				t.Errorf("%s undoes the run: %v", who.ID, err)
			}
			if err := f.WriteErrors(ctx, r.ID, "run", "en", testWords(t), CSV, &bytes.Buffer{}); !problem.Match(err, ErrNoRun) {
				t.Errorf("%s reads its errors: %v", who.ID, err)
			}
		}
		if list, err := f.List(f.ctx, 0, "", 10); err != nil || len(list) != 3 {
			t.Errorf("the centre lists %d runs, want 3 (%v)", len(list), err)
		}
	})
}

func TestMappings(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		m := toyMapping
		m.Target = "toys"
		centre, err := f.SaveMapping(f.ctx, SaveMappingInput{Name: " 门店表 ", Mapping: m})
		if err != nil || centre.Name != "门店表" {
			t.Fatalf("save = %+v, %v", centre, err)
		}
		west := access.With(t.Context(), admin("w", access.Scope{OutletPath: "/hz/west/"}))
		east := access.With(t.Context(), admin("e", access.Scope{OutletPath: "/hz/east/"}))
		own, err := f.SaveMapping(west, SaveMappingInput{Name: "门店表", Mapping: m})
		if err != nil {
			t.Fatal(err)
		}
		count := func(ctx context.Context) int {
			list, err := f.Mappings(ctx, "toys")
			if err != nil {
				t.Fatal(err)
			}
			return len(list)
		}
		if c, w, e := count(f.ctx), count(west), count(east); c != 2 || w != 2 || e != 1 {
			t.Errorf("centre, west, east see %d, %d, %d mappings, want 2, 2, 1", c, w, e)
		}
		for _, tt := range []struct {
			name string
			ctx  context.Context
			in   SaveMappingInput
			want *problem.Code
		}{
			{"same name", f.ctx, SaveMappingInput{Name: "门店表", Mapping: m}, problem.ErrInvalid},
			{"another outlet's", east, SaveMappingInput{ID: own.ID, Version: 1, Name: "x", Mapping: m}, ErrNoMapping},
			{"the centre's", west, SaveMappingInput{ID: centre.ID, Version: 1, Name: "x", Mapping: m}, problem.ErrForbidden},
			{"stale", west, SaveMappingInput{ID: own.ID, Version: 7, Name: "x", Mapping: m}, problem.ErrStale},
			{"no name", west, SaveMappingInput{Mapping: m}, problem.ErrInvalid},
			{"one's own", west, SaveMappingInput{ID: own.ID, Version: 1, Name: "y", Mapping: m}, nil},
		} {
			if _, err := f.SaveMapping(tt.ctx, tt.in); !problem.Match(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			}
		}
		if err := f.RemoveMapping(east, own.ID); !problem.Match(err, ErrNoMapping) {
			t.Errorf("remove another's: %v", err)
		}
		if err := f.RemoveMapping(west, own.ID); err != nil || count(west) != 1 {
			t.Errorf("remove one's own: %v", err)
		}
		if _, err := ParseMapping([]byte(`{"target":"toys","colums":[]}`)); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("a mapping file with a spelling mistake: %v", err)
		}
	})
}

func TestExportAndTemplate(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	f := newFixture(t, d)
	for _, tt := range []struct {
		clear bool
		ctx   context.Context
		want  string
		code  *problem.Code
	}{
		{false, f.ctx, "external_id,name,price\r\n'=A1,狗,\r\n", nil},
		{true, f.ctx, "", problem.ErrForbidden},
		{true, access.With(t.Context(), admin("u1", access.Everything, PermClear)), "external_id,name,phone,price\r\n'=A1,狗,13800000001,\r\n", nil},
	} {
		var b bytes.Buffer
		_, err := f.Export(tt.ctx, ExportInput{Target: "toys", Format: CSV, Clear: tt.clear}, &b)
		if !problem.Match(err, tt.code) || strings.TrimPrefix(b.String(), "\ufeff") != tt.want {
			t.Errorf("clear %v: %q, %v; want %q, %v", tt.clear, b.String(), err, tt.want, tt.code)
		}
	}
	for _, format := range []Format{CSV, XLSX} {
		b, err := Template(f.toys.target(), format, "zh-CN")
		if err != nil {
			t.Fatal(err)
		}
		table, rows, err := readAll(t, b, Layout{})
		if err != nil || len(rows) != 0 {
			t.Fatalf("template %s: %d rows, %v", format, len(rows), err)
		}
		if m := Suggest(f.toys.target(), table.Header); len(m.Columns) != 4 {
			t.Errorf("template %s maps %d of 4 fields: %q", format, len(m.Columns), table.Header)
		}
	}
}
