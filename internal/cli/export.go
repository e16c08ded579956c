package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"anxin/internal/app"
	"anxin/internal/platform/access"
	"anxin/internal/platform/imports"
)

func export() command {
	var out string
	var personal, template bool
	return command{
		name: "export", args: "TARGET", summary: "write records as a CSV or XLSX file",
		help: `Targets: customers, units, outlets, staff, cases, classes. The columns are those that anxin import reads. Personal
data is left out unless --clear is given; that is noted in the audit trail. A cell that a spreadsheet
would run as a formula gets an apostrophe in front. --template writes the headings only.`,
		example: `anxin export --out cases.csv cases
anxin export --template --out customers.xlsx customers`,
		flags: func(fs *flag.FlagSet, _ *env) {
			fs.StringVar(&out, "out", "", "file to write, .csv or .xlsx; standard output as CSV")
			fs.BoolVar(&personal, "clear", false, "write personal data, too")
			fs.BoolVar(&template, "template", false, "write an empty sheet to fill in")
		},
		run: func(ctx context.Context, e *env) error {
			if len(e.args) != 1 {
				return errUsage
			}
			format := imports.CSV
			if strings.HasSuffix(strings.ToLower(out), ".xlsx") {
				format = imports.XLSX
			}
			ctx = access.With(ctx, access.System("cli.export"))
			return e.with(ctx, func(a *app.App) (err error) {
				to := e.out
				if out != "" {
					f, err := os.OpenFile(out, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600) // no file is overwritten
					if err != nil {
						return err
					}
					defer func() { err = errors.Join(err, f.Close()) }()
					to = f
				}
				if template {
					t, err := a.Imports.Target(ctx, e.args[0])
					if err != nil {
						return err
					}
					b, err := imports.Template(t, format, e.lang())
					if err == nil {
						_, err = to.Write(b)
					}
					return err
				}
				n, err := a.Imports.Export(ctx, imports.ExportInput{Target: e.args[0], Format: format, Clear: personal}, to)
				if err == nil {
					fmt.Fprintln(e.err, n, "rows")
				}
				return err
			})
		},
	}
}
