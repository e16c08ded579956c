// Package importstest runs the import target of a module in tests: text in, counts and errors out.
package importstest

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/files"
	"anxin/internal/platform/imports"
	"anxin/internal/platform/jobs"
)

// Importer imports text into targets.
type Importer struct {
	*imports.Service
	t     testing.TB
	files *files.Service
	log   *bytes.Buffer
}

// New makes an importer with a file store of its own.
func New(t testing.TB, d *db.DB, keys *crypt.Keys, targets ...imports.Target) *Importer {
	t.Helper()
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
	log := &bytes.Buffer{}
	s := imports.New(imports.Deps{DB: d, Keys: keys, Files: fs, Tasks: jobs.NewTasks(d), Log: slog.New(slog.NewTextHandler(log, nil))}, targets...)
	return &Importer{Service: s, t: t, files: fs, log: log}
}

// Do imports text, whose headings are names of fields, and returns the run as it ended.
func (i *Importer) Do(ctx context.Context, in imports.StartInput, text string) imports.Run {
	i.t.Helper()
	f, err := i.files.Upload(ctx, files.UploadInput{Purpose: files.Import, Name: "sheet.csv", By: access.From(ctx).ID, Body: strings.NewReader(text)})
	if err != nil {
		i.t.Fatalf("upload: %v", err)
	}
	in.File, in.Inline = f.ID, true
	if in.Mapping.Columns == nil {
		p, err := i.Preview(ctx, imports.PreviewInput{File: f.ID, Target: in.Target})
		if err != nil {
			i.t.Fatalf("preview: %v", err)
		}
		in.Mapping.Columns = p.Suggested.Columns
	}
	r, err := i.Start(ctx, in)
	if err != nil {
		i.t.Fatalf("start: %v", err)
	}
	return i.work(ctx, r, false)
}

func (i *Importer) work(ctx context.Context, r imports.Run, undo bool) imports.Run {
	i.t.Helper()
	r, err := i.RunNow(ctx, imports.WorkArgs{Run: r.ID, Undo: undo}, nil)
	if err != nil {
		i.t.Fatalf("%v: %v", r, err)
	}
	if log := i.log.String(); log != "" {
		i.t.Errorf("the import logged: %s", log)
	}
	return r
}

// TakeBack undoes a run and returns it as it ended.
func (i *Importer) TakeBack(ctx context.Context, r imports.Run) imports.Run {
	i.t.Helper()
	r, err := i.Undo(ctx, r.ID, true)
	if err != nil {
		i.t.Fatalf("undo: %v", err)
	}
	return i.work(ctx, r, true)
}

// Want fails unless the run ended with these counts and errors ("3 phone bad_format": row, field, code).
func (i *Importer) Want(ctx context.Context, r imports.Run, made, changed, same int64, errs ...string) {
	i.t.Helper()
	list, err := i.Errors(ctx, r.ID, "run", -1, -1, 1000)
	if err != nil {
		i.t.Fatal(err)
	}
	got := []string{}
	for _, e := range list {
		got = append(got, fmt.Sprintf("%d %s %s", e.Row, e.Field, e.Code))
	}
	if r.State != imports.Done || r.Made != made || r.Changed != changed || r.Same != same || strings.Join(got, "; ") != strings.Join(errs, "; ") {
		i.t.Errorf("%s: made %d changed %d same %d errors %q; want made %d changed %d same %d errors %q", r.State, r.Made, r.Changed, r.Same, got, made, changed, same, errs)
	}
}

// Sheet exports a target as CSV, without its mark.
func (i *Importer) Sheet(ctx context.Context, target string, personal bool) string {
	i.t.Helper()
	var b bytes.Buffer
	if _, err := i.Export(ctx, imports.ExportInput{Target: target, Format: imports.CSV, Clear: personal}, &b); err != nil {
		i.t.Fatalf("export %s: %v", target, err)
	}
	return strings.TrimPrefix(b.String(), "\ufeff")
}
