// Command realinput runs the main job on real input and prints its tables; see docs/realinput.md.
//
//	ANXIN_DATA=/data make realinput
//	make realinput ARGS='--postgres --only incidents'
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"anxin/internal/realinput"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "realinput:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	o := realinput.Options{Out: os.Stdout}
	flags := flag.NewFlagSet("realinput", flag.ContinueOnError)
	postgres := flags.Bool("postgres", false, "on PostgreSQL, the server that ANXIN_TEST_POSTGRES names, instead of SQLite")
	only := flags.String("only", "", "requests, incidents or taxonomy, several with a comma; empty is all")
	flags.StringVar(&o.Data, "data", "", "folder of the real input; ANXIN_DATA or shared/data beside the repository")
	flags.Uint64Var(&o.Seed, "seed", 1, "of the outlets and engineers that are placed on the city")
	flags.IntVar(&o.Incidents, "incidents", 0, "how many of the incident log; 0 is all")
	flags.IntVar(&o.Outlets, "outlets", 0, "how many outlets; 12")
	flags.IntVar(&o.Engineers, "engineers", 0, "how many engineers; 60")
	if err := flags.Parse(os.Args[1:]); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "anxin-realinput-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	databases := realinput.OnServer(os.Getenv("ANXIN_TEST_POSTGRES"))
	if *postgres && os.Getenv("ANXIN_TEST_POSTGRES") == "" {
		return errors.New("--postgres needs a server in ANXIN_TEST_POSTGRES; make realinput starts one")
	}
	defer func() { err = errors.Join(err, databases.Drop(context.WithoutCancel(ctx))) }()
	engine := map[bool]string{false: "SQLite", true: "PostgreSQL"}[*postgres]
	for _, part := range realinput.Parts() {
		if *only != "" && !strings.Contains(","+*only+",", ","+part.Name+",") {
			continue
		}
		address := ""
		if *postgres {
			if address, err = databases.Make(ctx, part.Name); err != nil {
				return err
			}
		}
		cfg, err := realinput.Settings(filepath.Join(dir, part.Name), address, part.Zone)
		if err != nil {
			return err
		}
		fmt.Printf("\n== %s, on %s\n", part.Title, engine)
		begun := time.Now()
		err = part.Run(ctx, cfg, o)
		switch {
		case errors.Is(err, realinput.ErrNoData):
			fmt.Println("skipped:", err)
		case err != nil:
			return fmt.Errorf("%s: %w", part.Name, err)
		default:
			fmt.Printf("\n%s took %s\n", part.Name, time.Since(begun).Round(100*time.Millisecond))
		}
	}
	return nil
}
