// Command bench measures the product on both engines and prints a table: see docs/bench.md.
//
//	go run ./cmd/bench                                     everything, some twenty minutes
//	go run ./cmd/bench --size 10000 --seconds 3            a small run
//	go run ./cmd/bench --engines sqlite --rows open,import
//	go run ./cmd/bench dispatch                            the planner on published city days, ANXIN_BENCH
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
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
	if len(os.Args) == 2 && os.Args[1] == "dispatch" {
		return dispatch()
	}
	sizes := flag.String("size", "10000,100000,1000000", "cases in the database, rising, with commas")
	engines := flag.String("engines", "sqlite,postgres", "sqlite, postgres or both; PostgreSQL needs ANXIN_TEST_POSTGRES, as scripts/with-postgres.sh --durable gives it")
	rows := flag.String("rows", "", "open, read, candidates, import; empty: all")
	seconds := flag.Int("seconds", 8, "how long each measurement takes")
	staff := flag.Int("engineers", 5000, "among whom candidates are looked for, ten an outlet")
	sheet := flag.Int("sheet", 20000, "rows of the imported sheet")
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
		Engines: split(*engines), Only: split(*rows), Duration: time.Duration(*seconds) * time.Second, Staff: *staff, Rows: *sheet, Binary: *binary,
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
	fmt.Print(report.Markdown("make bench"+args(), began, load))
	return err
}

// dispatch plans the published days and prints how they went.
func dispatch() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	table, err := bench.Dispatch(ctx, cmp.Or(os.Getenv("ANXIN_BENCH"), "../shared/bench"))
	fmt.Print(table)
	return err
}

func split(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}

func args() string {
	if len(os.Args) < 2 {
		return ""
	}
	return ` ARGS="` + strings.Join(os.Args[1:], " ") + `"`
}
