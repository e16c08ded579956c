package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Options say what is measured.
type Options struct {
	Sizes    []int64       // cases in the database, rising
	Engines  []string      // "sqlite", "postgres"
	Only     []string      // rows: "open", "read", "candidates", "import"; none = all
	Duration time.Duration // of each measurement
	Staff    int           // engineers for the candidates; ten an outlet
	Rows     int           // of the imported sheet
	Inserts  int           // documents that are indexed before the search is measured again; 0 = 10,000
	Binary   string        // the product; "" = built for the run
	Postgres string        // address of a server that may make databases
	PGBin    string        // folder of pgbench; "" = found by PATH
	Dir      string        // for databases; everything in it is removed
	Keep     string        // folder in which SQLite's large installation stays, to be looked at; "" = it goes, too
	Say      func(format string, a ...any)
}

// Limit bounds a whole run: it stops by itself, with what it has.
const Limit = time.Hour

// Row is one line of the table.
type Row struct {
	What, Engine, Result, Target string
	Met                          string // "yes", "no", or nothing where there is no target
}

// Report is what a run found.
type Report struct {
	Rows  []Row
	Notes []string
}

func (r *Report) add(what, engine, target string, met bool, format string, a ...any) {
	row := Row{What: what, Engine: engine, Result: fmt.Sprintf(format, a...), Target: target}
	if target != "" {
		row.Met = map[bool]string{true: "yes", false: "no"}[met]
	}
	r.Rows = append(r.Rows, row)
}

func (r *Report) note(format string, a ...any) {
	n := fmt.Sprintf(format, a...)
	if !slices.Contains(r.Notes, n) {
		r.Notes = append(r.Notes, n)
	}
}

// runner is one run.
type runner struct {
	Options
	report *Report
}

func (r *runner) wants(row string) bool { return len(r.Only) == 0 || slices.Contains(r.Only, row) }

// Run measures and returns what it found, also what it had when an error or the time ended it.
func Run(ctx context.Context, o Options) (*Report, error) {
	ctx, cancel := context.WithTimeout(ctx, Limit)
	defer cancel()
	if o.Say == nil {
		o.Say = func(string, ...any) {}
	}
	if o.Inserts == 0 {
		o.Inserts = 10_000
	}
	r := &runner{Options: o, report: &Report{}}
	if r.Binary == "" {
		r.Binary = filepath.Join(r.Dir, "anxin")
		r.Say("building the product")
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", r.Binary, "./cmd/anxin")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			return r.report, fmt.Errorf("build: %w: %s", err, out)
		}
	}
	info, err := os.Stat(r.Binary)
	if err != nil {
		return r.report, err
	}
	mb := float64(info.Size()) / 1e6
	r.report.add("binary", "", "≤ 60 MB", mb <= 60, "%.1f MB", mb)
	for _, engine := range r.Engines {
		if err := r.engine(ctx, engine); err != nil {
			return r.report, fmt.Errorf("%s: %w", engine, err)
		}
	}
	return r.report, nil
}

func (r *runner) engine(ctx context.Context, engine string) error {
	if engine == "postgres" && r.Postgres == "" {
		r.report.note("PostgreSQL was not measured: no server was given (ANXIN_TEST_POSTGRES).")
		return nil
	}
	if r.wants("open") || r.wants("candidates") || r.wants("import") {
		if err := r.small(ctx, engine); err != nil {
			return err
		}
	}
	if r.wants("read") {
		return r.large(ctx, engine)
	}
	return nil
}

// small measures what needs no big database: opening cases, candidates, imports.
func (r *runner) small(ctx context.Context, engine string) (err error) {
	w, err := r.newWorld(ctx, engine, "small")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.remove()) }()
	if r.wants("open") {
		if err := r.open(ctx, w); err != nil {
			return fmt.Errorf("open: %w", err)
		}
	}
	if r.wants("import") {
		if err := r.imports(ctx, w); err != nil {
			return fmt.Errorf("import: %w", err)
		}
	}
	if r.wants("candidates") {
		if err := r.candidates(ctx, w); err != nil {
			return fmt.Errorf("candidates: %w", err)
		}
	}
	return nil
}

// Markdown is the table, with where and when it was made.
func (r *Report) Markdown(command string, began time.Time, load string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s · %s · load at the start %s\n\n`%s`\n\n", began.UTC().Format("2006-01-02 15:04 UTC"), machine(), load, command)
	b.WriteString("| what | engine | result | target | met |\n|---|---|---|---|---|\n")
	for _, row := range r.Rows {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", row.What, row.Engine, row.Result, row.Target, row.Met)
	}
	if len(r.Notes) > 0 {
		b.WriteString("\n")
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "- %s\n", n)
	}
	return b.String()
}

// machine is the processor, its cores and the memory.
func machine() string {
	model, memory := "unknown processor", ""
	cores := 0
	for _, line := range lines("/proc/cpuinfo") {
		if name, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			model = strings.TrimSpace(v)
			cores++
		}
	}
	for _, line := range lines("/proc/meminfo") {
		var kb int64
		if n, err := fmt.Sscanf(line, "MemTotal: %d kB", &kb); err == nil && n == 1 {
			memory = fmt.Sprintf(", %.1f GB", float64(kb)/1e6)
		}
	}
	return fmt.Sprintf("%s, %d cores%s", model, cores, memory)
}

// Load is the machine's load of the last 1, 5 and 15 minutes.
func Load() string {
	for _, line := range lines("/proc/loadavg") {
		if f := strings.Fields(line); len(f) > 2 {
			return strings.Join(f[:3], " ")
		}
	}
	return "unknown"
}

func lines(path string) []string {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSpace(string(raw)), "\n")
}
