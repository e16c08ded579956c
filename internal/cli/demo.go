package cli

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"time"

	"anxin/internal/app"
	"anxin/internal/demo"
	"anxin/internal/platform/config"
)

// plainDataDir is the data directory of who names none; the demo has a place of its own inside it.
const plainDataDir = "data"

func demoCommand() command {
	var seed uint64
	var scale float64
	var noServe bool
	return command{
		name: "demo", summary: "make an invented firm to look at, and serve it",
		help: `The first start makes three brands, twelve outlets, eighty engineers, two thousand customers, sixty days of
past work and a busy today in ./data/demo (or --data-dir, which must be empty), which takes about a minute;
later starts serve what is there. Nothing of it is real. Delete the folder to be rid of it. With --database
the demo lives in an empty PostgreSQL database. What is in it: docs/demo.md`,
		example: "anxin demo --listen 127.0.0.1:8480 --seed 7",
		flags: func(fs *flag.FlagSet, _ *env) {
			fs.Uint64Var(&seed, "seed", 1, "the same seed makes the same firm")
			fs.Float64Var(&scale, "scale", 1, "how much of it, 0.02 to 2: 0.1 is a tenth of the customers and the work")
			fs.BoolVar(&noServe, "no-serve", false, "make it and stop")
		},
		run: func(ctx context.Context, e *env) error {
			if len(e.args) > 0 || seed == 0 || scale < 0.02 || scale > 2 {
				return errUsage
			}
			if e.cfg.DataDir == plainDataDir {
				e.cfg.DataDir = filepath.Join(plainDataDir, "demo")
			}
			start := time.Now()
			m, err := demo.Prepare(ctx, e.cfg, e.log, demo.Options{Seed: seed, Scale: scale, Say: func(format string, a ...any) {
				fmt.Fprintf(e.out, "%6.1f s  %s\n", time.Since(start).Seconds(), fmt.Sprintf(format, a...))
			}})
			if err != nil {
				return err
			}
			sayDemo(e.out, e.cfg, m)
			if noServe {
				return nil
			}
			return e.with(ctx, func(a *app.App) error {
				return a.Serve(ctx, func(net.Addr) { fmt.Fprintln(e.out, "Anxin listens on", a.Config.BaseURL()) })
			})
		},
	}
}

// sayDemo prints what there is and how to sign in.
func sayDemo(w io.Writer, cfg config.Config, m demo.Marker) {
	c := m.Counts
	fmt.Fprintf(w, "\nDemo in %s, seed %d: %d customers, %d machines, %d cases (%d complaints), %d orders, %d visits.\n",
		cfg.DataDir, m.Seed, c.Customers, c.Machines, c.Cases, c.Complaints, c.Orders, c.Visits)
	if age := int(time.Since(m.MadeAt).Hours() / 24); age > 0 {
		fmt.Fprintf(w, "Its today was %d days ago; delete the folder and start again for a fresh one.\n", age)
	}
	fmt.Fprintf(w, "\n%-16s %-12s %-18s %s\n", "role", "sign-in", "password", "address")
	for _, l := range demo.Logins {
		fmt.Fprintf(w, "%-16s %-12s %-18s %s%s\n", l.Role, l.Login, demo.Password, cfg.BaseURL(), l.Face)
	}
	fmt.Fprintf(w, "%-16s %-12s %-18s %s/\n\n", "customer", "-", "-", cfg.BaseURL())
}
