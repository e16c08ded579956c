package cli

import (
	"context"
	"fmt"

	"anxin/internal/app"
)

func auditCommand() command {
	return command{
		name: "audit", args: "verify", summary: "check that the audit trail was not tampered with",
		help: `Recomputes the hash chain of every record and every checkpoint. It ends with status 1 and names the
places when something does not hold.`,
		example: "anxin audit verify",
		run: func(ctx context.Context, e *env) error {
			if len(e.args) != 1 || e.args[0] != "verify" {
				return errUsage
			}
			return e.with(ctx, func(a *app.App) error {
				rep, err := a.Trail.Verify(ctx, func(n int64) { fmt.Fprintf(e.err, "\r%d entries", n) })
				if err != nil {
					return err
				}
				for _, f := range rep.Faults {
					fmt.Fprintf(e.out, "fault: %s %s entry %d: %s\n", f.Kind, f.Record, f.Seq, f.What)
				}
				fmt.Fprintf(e.out, "%d entries of %d records, %d checkpoints, %d faults\n", rep.Entries, rep.Records, rep.Checkpoints, len(rep.Faults))
				if len(rep.Faults) > 0 {
					return fmt.Errorf("the audit trail does not hold")
				}
				return nil
			})
		},
	}
}
