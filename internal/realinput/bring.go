package realinput

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"anxin/internal/platform/access"
	"anxin/internal/platform/charset"
	"anxin/internal/platform/files"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/imports"
)

// mappings say which column of a file fills which field; they can be used with anxin import as they are.
//
//go:embed mappings
var mappings embed.FS

// mapping reads one of the mapping files.
func mapping(name string) (imports.Mapping, error) {
	text, err := mappings.ReadFile("mappings/" + name)
	if err != nil {
		return imports.Mapping{}, err
	}
	m, err := imports.ParseMapping(text)
	if err != nil {
		return m, fmt.Errorf("mapping %s: %w", name, err)
	}
	return m, nil
}

// bring imports a sheet by the product's own importer, as anxin import does.
func (w *world) bring(ctx context.Context, name string, sheet io.Reader, m imports.Mapping) (imports.Run, error) {
	file, err := w.Files.Upload(ctx, files.UploadInput{Purpose: files.Import, Name: name, By: access.From(ctx).ID, Body: sheet})
	if err != nil {
		return imports.Run{}, err
	}
	run, err := w.Imports.Start(ctx, imports.StartInput{Target: m.Target, File: file.ID, Mapping: m, Origin: access.History, Inline: true})
	if err != nil {
		return run, err
	}
	return w.Imports.RunNow(ctx, imports.WorkArgs{Run: run.ID}, nil)
}

// bringFile is bring for a file of real input.
func (w *world) bringFile(ctx context.Context, path string, m imports.Mapping) (run imports.Run, err error) {
	f, err := os.Open(path)
	if err != nil {
		return run, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return w.bring(ctx, filepath.Base(path), f, m)
}

// bringOwn is bring for a sheet that the repository keeps.
func (w *world) bringOwn(ctx context.Context, name string, m imports.Mapping) (imports.Run, error) {
	text, err := mappings.ReadFile("mappings/" + name)
	if err != nil {
		return imports.Run{}, err
	}
	return w.bring(ctx, name, bytes.NewReader(text), m)
}

// refusals counts why rows were refused, in words.
func (w *world) refusals(ctx context.Context, run imports.Run) (map[string]int, error) {
	var csv bytes.Buffer
	if err := w.Imports.WriteErrors(ctx, run.ID, "run", i18n.English, w.Words, imports.CSV, &csv); err != nil {
		return nil, err
	}
	t, err := imports.OpenTable(ctx, imports.Source{Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(csv.Bytes())), nil
	}}, imports.Layout{Encoding: charset.UTF8})
	if err != nil {
		return nil, err
	}
	out := map[string]int{}
	for {
		_, cells, err := t.Next()
		if errors.Is(err, io.EOF) {
			return out, t.Close()
		}
		if err != nil {
			return nil, errors.Join(err, t.Close())
		}
		out[strings.Join(cells[1:], ": ")]++
	}
}

// column reads one column of a sheet.
func column(ctx context.Context, path string, names ...string) (rows [][]string, err error) {
	t, err := imports.OpenTable(ctx, sheet(path), imports.Layout{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	at := make([]int, len(names))
	for i, n := range names {
		if at[i] = slices.Index(t.Header, n); at[i] < 0 {
			return nil, fmt.Errorf("%s: no column %s", path, n)
		}
	}
	for {
		_, cells, err := t.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		row := make([]string, len(names))
		for i, k := range at {
			if k < len(cells) {
				row[i] = cells[k]
			}
		}
		rows = append(rows, row)
	}
}
