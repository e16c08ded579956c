package bench

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"anxin/internal/platform/db"
)

// TestSmallRun measures everything for a moment in a small installation: what it finds says nothing, but every
// row has to be there, and nothing may be left behind.
func TestSmallRun(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds the product and measures, which takes a minute")
	}
	dir := t.TempDir()
	binary := os.Getenv("ANXIN_TEST_BINARY")
	if binary == "" {
		binary = filepath.Join(t.TempDir(), "anxin")
		if out, err := exec.CommandContext(t.Context(), "go", "build", "-ldflags", "-s -w", "-o", binary, "anxin/cmd/anxin").CombinedOutput(); err != nil {
			t.Fatalf("build: %v: %s", err, out)
		}
	}
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			o := Options{
				Engines: []string{engine}, Sizes: []int64{1000, 2000}, Duration: 200 * time.Millisecond, Staff: 50, Rows: 100, Inserts: 50, Binary: binary, Dir: dir,
				Postgres: os.Getenv("ANXIN_TEST_POSTGRES"), PGBin: os.Getenv("ANXIN_PG_BIN"), Say: t.Logf,
			}
			if engine == "postgres" {
				if o.Postgres == "" {
					t.Skip("PostgreSQL: set ANXIN_TEST_POSTGRES, or run the tests by `make test`")
				}
				if _, err := exec.LookPath(filepath.Join(o.PGBin, "pgbench")); err != nil {
					t.Skip("pgbench is not installed")
				}
			}
			report, err := Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			table := report.Markdown("make bench", time.Now(), Load())
			for _, want := range []string{
				"binary", "8 clients", "CPU for 1,000", "64 clients", "origin history", "origin live", "candidates among 50", "ready, 2k", "resident memory",
				"my queue by next deadline, 1k", "my queue by next deadline, 2k", "timeline, 2k", "adjacent characters, 2k", "Latin word", "rare term after 50 inserts",
			} {
				if !strings.Contains(table, want) {
					t.Errorf("the table has no row %q:\n%s", want, table)
				}
			}
			if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

func TestScript(t *testing.T) {
	t.Parallel()
	began := time.Now()
	id, old := db.NewID(), db.NewIDAt(began.Add(-time.Hour))
	c := newChange([]db.Statement{
		{Query: `INSERT INTO a (id, old, note, n, b, nothing) VALUES ($1, $2, $3, $4, $5, $6)`, Args: []any{id, old, "it's 10:30 \\ 中", int64(7), []byte{1, 255}, (*string)(nil)}},
		{Query: `INSERT INTO b (a_id) VALUES ($1)`, Args: []any{id}},
	}, began)
	if len(c.fresh) != 1 {
		t.Fatalf("new values %v, want only %s", c.fresh, id)
	}
	got, err := c.Script(false)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`E'it\x27s\x2010\x3a30\x20\x5c\x20中', 7, '\x01ff', NULL);`, old, "BEGIN;\n", "COMMIT;\n", ":client_id"} {
		if !strings.Contains(got, want) {
			t.Errorf("script has no %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, id) {
		t.Errorf("a new id stands in the script as it is:\n%s", got)
	}
	if piped, err := c.Script(true); err != nil || !strings.Contains(piped, "\\startpipeline\nBEGIN;") {
		t.Errorf("in a pipeline: %v\n%s", err, piped)
	}
}

func TestPercentiles(t *testing.T) {
	t.Parallel()
	var x Times
	for i := range 100 {
		x.took = append(x.took, time.Duration(100-i)*time.Millisecond)
	}
	x.Took = 2 * time.Second
	if x.P(50) != 51 || x.P(95) != 96 || x.P(99) != 100 || x.Rate() != 50 {
		t.Errorf("p50 %v, p95 %v, p99 %v, %v/s; want 51, 96, 100, 50", x.P(50), x.P(95), x.P(99), x.Rate())
	}
}
