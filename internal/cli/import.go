package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"anxin/internal/app"
	"anxin/internal/platform/access"
	"anxin/internal/platform/files"
	"anxin/internal/platform/imports"
)

// importFlags are the flags of anxin import.
type importFlags struct {
	target, mapping, origin, system, sheet, errors string
	dry                                            bool
	resume, undo                                   string
}

func importCommand() command {
	var f importFlags
	return command{
		name: "import", args: "FILE", summary: "bring the rows of a CSV or XLSX file in",
		help: `Targets: customers, units, outlets, staff, cases, classes. Without --mapping the headings of the sheet must be
those of the target's template (anxin export --template). A mapping file is JSON, as the desk saves it.
Origin history (the default) keeps the rows' times, tells nobody and can be undone; live is as if the
rows were typed in. --dry-run finds the errors and writes nothing. An import that was interrupted goes on
with --resume ID.`,
		example: `anxin import --target customers --dry-run --errors errors.csv old-customers.xlsx
anxin import --target cases --mapping crm.json --system crm tickets.csv
anxin import --undo 0190c2a4-…`,
		flags: func(fs *flag.FlagSet, _ *env) {
			fs.StringVar(&f.target, "target", "", "what the rows are")
			fs.StringVar(&f.mapping, "mapping", "", "JSON file that says which column fills which field")
			fs.StringVar(&f.origin, "origin", "history", "history or live")
			fs.StringVar(&f.system, "system", "", "name of the system whose ids the sheet holds")
			fs.StringVar(&f.sheet, "sheet", "", "sheet of a workbook; the first")
			fs.StringVar(&f.errors, "errors", "", "CSV file for why rows were refused")
			fs.BoolVar(&f.dry, "dry-run", false, "find the errors, write nothing")
			fs.StringVar(&f.resume, "resume", "", "id of an import to go on with")
			fs.StringVar(&f.undo, "undo", "", "id of an import to take back")
		},
		run: func(ctx context.Context, e *env) error {
			again := f.resume != "" || f.undo != ""
			if again == (len(e.args) == 1) || len(e.args) > 1 || !again && f.target == "" {
				return errUsage
			}
			ctx = access.With(ctx, access.System("cli.import"))
			return e.with(ctx, func(a *app.App) error {
				run, err := f.begin(ctx, a, e)
				if err != nil {
					return err
				}
				return f.work(ctx, a, e, run)
			})
		},
	}
}

// begin makes the run, or prepares one that is there to go on.
func (f importFlags) begin(ctx context.Context, a *app.App, e *env) (imports.Run, error) {
	switch {
	case f.resume != "":
		return a.Imports.Resume(ctx, imports.RunID(f.resume), true)
	case f.undo != "":
		return a.Imports.Undo(ctx, imports.RunID(f.undo), true)
	}
	sheet, err := os.Open(e.args[0])
	if err != nil {
		return imports.Run{}, err
	}
	file, err := a.Files.Upload(ctx, files.UploadInput{Purpose: files.Import, Name: filepath.Base(e.args[0]), By: access.From(ctx).ID, Body: sheet})
	if err = errors.Join(err, sheet.Close()); err != nil {
		return imports.Run{}, err
	}
	in := imports.StartInput{Target: f.target, File: file.ID, Origin: access.Origin(f.origin), Dry: f.dry, Inline: true}
	if f.mapping != "" {
		text, err := os.ReadFile(f.mapping)
		if err != nil {
			return imports.Run{}, err
		}
		if in.Mapping, err = imports.ParseMapping(text); err != nil {
			return imports.Run{}, err
		}
	} else {
		p, err := a.Imports.Preview(ctx, imports.PreviewInput{File: file.ID, Target: f.target, Layout: imports.Layout{Sheet: f.sheet}})
		if err != nil {
			return imports.Run{}, err
		}
		in.Mapping = p.Suggested
	}
	if f.system != "" {
		in.Mapping.System = f.system
	}
	if f.sheet != "" {
		in.Mapping.Layout.Sheet = f.sheet
	}
	return a.Imports.Start(ctx, in)
}

func (f importFlags) work(ctx context.Context, a *app.App, e *env, run imports.Run) error {
	fmt.Fprintln(e.err, "import", run.ID)
	undo := f.undo != ""
	done, err := a.Imports.RunNow(ctx, imports.WorkArgs{Run: run.ID, Undo: undo}, func(_ context.Context, done, total int64, _ string) error {
		fmt.Fprintf(e.err, "\r%d of %d", done, total)
		return nil
	})
	fmt.Fprintln(e.err)
	if err != nil {
		fmt.Fprintln(e.err, "go on with: anxin import --resume", run.ID)
		return err
	}
	phase, refused := "run", done.Failed
	if undo {
		phase, refused = "undo", done.Kept
		fmt.Fprintf(e.out, "taken back %d, kept %d because somebody touched them since\n", done.Undone, done.Kept)
	} else {
		fmt.Fprintf(e.out, "made %d, updated %d, unchanged %d, refused %d of %d rows\n", done.Made, done.Changed, done.Same, done.Failed, done.Total)
	}
	if f.errors == "" {
		if refused > 0 {
			fmt.Fprintln(e.err, "why: give --errors FILE, or see the import on the desk")
		}
		return nil
	}
	out, err := os.OpenFile(f.errors, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(a.Imports.WriteErrors(ctx, run.ID, phase, e.lang(), a.Words, imports.CSV, out), out.Close())
}
