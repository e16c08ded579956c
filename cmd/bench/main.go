// Command bench measures the product on both engines and prints a table: see docs/bench.md.
//
//	go run ./cmd/bench                                     everything, some forty minutes
//	go run ./cmd/bench --size 10000 --seconds 3            a small run
//	go run ./cmd/bench --engines sqlite --rows open,import
//	go run ./cmd/bench dispatch                            the planner on published instances, ANXIN_BENCH; about an hour
//	go run ./cmd/bench dispatch --slice                    three minutes of it
//	go run ./cmd/bench dispatch --set solomon --time 1 --results solomon.jsonl
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"time"

	"anxin/internal/bench"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() (err error) {
	if len(os.Args) > 1 && os.Args[1] == "dispatch" {
		return dispatch(os.Args[2:])
	}
	sizes := flag.String("size", "10000,100000,1000000", "cases in the database, rising, with commas")
	engines := flag.String("engines", "sqlite,postgres", "sqlite, postgres or both; PostgreSQL needs ANXIN_TEST_POSTGRES, as scripts/with-postgres.sh --durable gives it")
	rows := flag.String("rows", "", "open, read, candidates, import; empty: all")
	seconds := flag.Int("seconds", 8, "how long each measurement takes")
	staff := flag.Int("engineers", 5000, "among whom candidates are looked for, ten an outlet")
	sheet := flag.Int("sheet", 20000, "rows of the imported sheet")
	keep := flag.String("keep", "", "empty folder in which SQLite's large installation stays, for web/test/bench; administrator: admin, measure only 2026")
	binary := flag.String("binary", "", "the built product; empty: it is built first")
	flag.Parse()
	if flag.NArg() > 0 {
		return fmt.Errorf("what is %q? See --help", flag.Arg(0))
	}
	began, load := time.Now(), bench.Load()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir, err := os.MkdirTemp("", "anxin-bench.")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	o := bench.Options{
		Engines: split(*engines), Only: split(*rows), Duration: time.Duration(*seconds) * time.Second, Staff: *staff, Rows: *sheet, Binary: *binary, Keep: *keep,
		Postgres: os.Getenv("ANXIN_TEST_POSTGRES"), PGBin: os.Getenv("ANXIN_PG_BIN"), Dir: dir,
		Say: func(format string, a ...any) {
			fmt.Fprintf(os.Stderr, "%5.0f s  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, a...))
		},
	}
	for _, s := range split(*sizes) {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || n < 1 {
			return fmt.Errorf("--size: %q is no number of cases", s)
		}
		o.Sizes = append(o.Sizes, n)
	}
	report, err := bench.Run(ctx, o)
	fmt.Print(report.Markdown("make bench"+args(os.Args[1:]), began, load))
	return err
}

// dispatch plans the published instances and prints how they went.
func dispatch(arguments []string) error {
	began, load := time.Now(), bench.Load()
	fs := flag.NewFlagSet("bench dispatch", flag.ExitOnError)
	sets := fs.String("set", "", "sets with commas, of "+strings.Join(bench.DispatchSets(), ", ")+"; empty: all")
	o := bench.DispatchOptions{
		Bench: cmp.Or(os.Getenv("ANXIN_BENCH"), "../shared/bench"), Data: cmp.Or(os.Getenv("ANXIN_DATA"), "../shared/data"),
		Say: func(format string, a ...any) {
			fmt.Fprintf(os.Stderr, "%5.0f s  %s\n", time.Since(began).Seconds(), fmt.Sprintf(format, a...))
		},
	}
	fs.Float64Var(&o.Seconds, "time", 0, "CPU seconds for each instance; 0: those of the set's bars")
	fs.Uint64Var(&o.Seed, "seed", 1, "of the random numbers")
	fs.BoolVar(&o.Slice, "slice", false, "three minutes: few instances of each set")
	fs.StringVar(&o.Results, "results", "", "file that keeps what was measured; what is in it is not measured again")
	fs.StringVar(&o.Out, "out", "", "folder for the plans of the days in VROOM's form")
	fs.StringVar(&o.Curve, "curve", "", "file for a picture of quality over time, as SVG")
	profile := fs.String("profile", "", "file for a profile of the processor's time, for make profile")
	fs.BoolVar(&o.Assert, "assert", false, "fail when a bar is missed by far; without the published instances nothing is measured")
	fs.IntVar(&o.Cities, "cities", 0, "of the nation; 0: all 300, fewer take as much less time")
	if err := fs.Parse(arguments); err != nil {
		return err
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("what is %q? See dispatch --help", fs.Arg(0))
	}
	if _, err := os.Stat(o.Bench); o.Assert && err != nil {
		fmt.Println("not measured: no published instances, set ANXIN_BENCH")
		return nil
	}
	for _, s := range strings.Split(*sets, ",") {
		if s = strings.TrimSpace(s); s != "" {
			o.Sets = append(o.Sets, s)
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if *profile != "" {
		end, err := profiled(*profile)
		if err != nil {
			return err
		}
		defer end()
	}
	table, err := bench.Dispatch(ctx, o)
	fmt.Printf("%s, load %s, `make bench-dispatch%s`.\n\n%s", began.UTC().Format(time.DateOnly), load, args(arguments), table)
	return err
}

// profiled notes in a file where the processor's time goes, until its end is called.
func profiled(path string) (end func(), err error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() {
		pprof.StopCPUProfile()
		if err := f.Close(); err != nil {
			fmt.Fprintln(os.Stderr, "profile:", err)
		}
	}, nil
}

func split(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}

func args(given []string) string {
	if len(given) == 0 {
		return ""
	}
	return ` ARGS="` + strings.Join(given, " ") + `"`
}
