package realinput

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"anxin/internal/platform/config"
	"anxin/internal/platform/dbtest"
)

// each runs fn on an empty database of each engine; without the real input the test is skipped.
func each(t *testing.T, file, zone string, fn func(t *testing.T, cfg config.Config, o Options)) {
	t.Helper()
	t.Parallel()
	if testing.Short() {
		t.Skip("takes its time")
	}
	if _, err := find(DataDir(), file); errors.Is(err, ErrNoData) {
		t.Skip(err)
	}
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			address := ""
			if engine == "postgres" {
				address = dbtest.EmptyPostgres(t)
			}
			cfg, err := Settings(filepath.Join(t.TempDir(), "data"), address, zone)
			if err != nil {
				t.Fatal(err)
			}
			fn(t, cfg, Options{Seed: 1})
		})
	}
}

// TestIncidents lives 500 incidents through, or all with ANXIN_REALINPUT=all.
func TestIncidents(t *testing.T) {
	each(t, incidentsFile, "UTC", func(t *testing.T, cfg config.Config, o Options) {
		var out bytes.Buffer
		o.Out, o.Incidents = &out, 500
		if os.Getenv("ANXIN_REALINPUT") == "all" {
			o.Incidents = 0
		}
		res, err := Incidents(t.Context(), cfg, o)
		if err != nil {
			t.Fatal(err)
		}
		if o.Incidents > 0 && res.Incidents != o.Incidents || res.Rows < 6*res.Incidents {
			t.Errorf("%d incidents of %d rows, want %d of six rows or more each", res.Incidents, res.Rows, o.Incidents)
		}
		if res.Acts["open"] != res.Incidents || res.Acts["close"] < res.Incidents {
			t.Errorf("opened %d and closed %d of %d incidents", res.Acts["open"], res.Acts["close"], res.Incidents)
		}
		if res.Clocks < 4*res.Incidents {
			t.Errorf("%d clocks of %d incidents, want four or more each", res.Clocks, res.Incidents)
		}
		for i, d := range res.Differences {
			if i == 10 {
				t.Errorf("and %d more", len(res.Differences)-i)
				break
			}
			t.Error(d)
		}
		a := res.Agreement[recordClosing]
		if want := res.Incidents / 2; a.Of != want || a.Right*10 < a.Of*9 {
			t.Errorf("the closing clock agrees with made_sla on %d of %d, want nine tenths of %d", a.Right, a.Of, want)
		}
		if !strings.Contains(out.String(), "differences") {
			t.Errorf("no table of differences was printed:\n%s", &out)
		}
	})
}

// TestRequests imports the city's requests, plans a day and checks the books.
func TestRequests(t *testing.T) {
	each(t, requestsFile, requestsZone, func(t *testing.T, cfg config.Config, o Options) {
		var out bytes.Buffer
		o.Out = &out
		res, err := Requests(t.Context(), cfg, o)
		if err != nil {
			t.Fatal(err)
		}
		if res.Rows != 1000 || res.Made != 1000 || res.Failed != 0 {
			t.Errorf("%d rows became %d cases, %d refused; want 1000, 1000, 0", res.Rows, res.Made, res.Failed)
		}
		if res.Closed != 293 || res.Open != 707 {
			t.Errorf("%d closed and %d open, the file has 293 and 707", res.Closed, res.Open)
		}
		if res.Outlets != 12 || res.Engineers != 60 {
			t.Errorf("%d outlets and %d engineers, want 12 and 60", res.Outlets, res.Engineers)
		}
		if res.Placed+res.Left != res.Orders || res.Placed*2 < res.Orders || !res.Checked {
			t.Errorf("%d of %d orders placed, %d left, checked %v", res.Placed, res.Orders, res.Left, res.Checked)
		}
		left := 0
		for code, n := range res.Reasons {
			left += n
			if code == "" {
				t.Errorf("%d orders were left without a reason", n)
			}
		}
		if left != res.Left {
			t.Errorf("reasons for %d of %d orders left", left, res.Left)
		}
		if res.Promised == 0 || res.Hits*20 < res.Promised*19 {
			t.Errorf("%d of %d promised windows kept, want 19 of 20", res.Hits, res.Promised)
		}
		if res.Travel <= 0 || res.Travel > res.Work {
			t.Errorf("%s of travel for %s on site", res.Travel, res.Work)
		}
		if !strings.Contains(out.String(), "of the working time") {
			t.Errorf("no travel share was printed:\n%s", &out)
		}
	})
}

// TestTaxonomy imports the hotline's classes, twice.
func TestTaxonomy(t *testing.T) {
	each(t, taxonomyFile, "Asia/Shanghai", func(t *testing.T, cfg config.Config, o Options) {
		res, err := Taxonomy(t.Context(), cfg, o)
		if err != nil {
			t.Fatal(err)
		}
		if res.Rows != 517 || res.Made != 517 || res.Failed != 0 {
			t.Errorf("%d rows, %d with a new class, %d refused; want 517, 517, 0", res.Rows, res.Made, res.Failed)
		}
		if res.Levels != [4]int{0, 15, 118, 517} {
			t.Errorf("levels %v, want 15, 118, 517", res.Levels[1:])
		}
		if res.Again.Same != 517 || res.Again.Made != 0 {
			t.Errorf("the second import made %d and left %d, want 0 and 517", res.Again.Made, res.Again.Same)
		}
	})
}

// TestNoData: what cannot be found is skipped, not broken.
func TestNoData(t *testing.T) {
	t.Parallel()
	for _, p := range Parts() {
		cfg, err := Settings(t.TempDir(), "", p.Zone)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Run(t.Context(), cfg, Options{Data: t.TempDir()}); !errors.Is(err, ErrNoData) {
			t.Errorf("%s without data: %v, want ErrNoData", p.Name, err)
		}
	}
}
