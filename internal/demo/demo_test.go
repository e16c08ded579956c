package demo_test

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"anxin/internal/app"
	"anxin/internal/callbacks"
	"anxin/internal/console"
	"anxin/internal/demo"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/config"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/identity"
	"anxin/internal/returns"
)

// settings are those of a demo in a folder of its own.
func settings(t *testing.T, flags map[string]string) config.Config {
	t.Helper()
	all := map[string]string{"data_dir": filepath.Join(t.TempDir(), "demo")}
	for k, v := range flags {
		all[k] = v
	}
	cfg, err := config.Load(config.Sources{Flags: all})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// open builds the product on what Prepare made, as serving does.
func open(t *testing.T, cfg config.Config) *app.App {
	t.Helper()
	a, err := app.Build(t.Context(), cfg, quiet(), app.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	return a
}

func head(ctx context.Context) context.Context { return access.With(ctx, access.System("test")) }

// TestBands makes a third of the firm and holds its measures against what the trade reaches. What it counts
// are hundreds, so a measure may miss its band by what chance does to that many (three standard errors).
func TestBands(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("makes a firm, which takes half a minute")
	}
	cfg := settings(t, nil)
	m, err := demo.Prepare(t.Context(), cfg, quiet(), demo.Options{Seed: 1, Scale: 0.35, Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	a := open(t, cfg)
	ctx := head(t.Context())
	today := calendar.DateOf(time.Now(), cfg.Zone())
	k, err := a.Console.KPIs(ctx, console.KPIInput{From: today - 60, To: today})
	if err != nil {
		t.Fatal(err)
	}
	if len(k.Measures) != 8 || len(k.Outlets) < 12 {
		t.Errorf("%d measures of %d outlets, want 8 of at least 12", len(k.Measures), len(k.Outlets))
	}
	for _, x := range k.Measures {
		if x.Denominator == 0 {
			t.Errorf("%s counts nothing", x.KPI)
			continue
		}
		t.Logf("%-22s %5d of %5d = %.4f, typical %.2f to %.2f", x.KPI, x.Numerator, x.Denominator, *x.Value, x.Typical.Low, x.Typical.High)
		if w := x.Wilson(); !x.Typical.Contains(*x.Value) && (w.High < x.Typical.Low || w.Low > x.Typical.High) {
			t.Errorf("%s = %.4f, out of %v", x.KPI, *x.Value, x.Typical)
		}
	}
	// Agents keep up with their calls: hardly any is more than three days old.
	longAgo := time.Now().Add(-72 * time.Hour)
	old, err := a.Callbacks.List(ctx, callbacks.Filter{Calls: true, DueBy: &longAgo, Limit: 500})
	if err != nil || len(old) > 20 {
		causes := map[callbacks.Cause]int{}
		for _, c := range old {
			causes[c.Cause]++
		}
		t.Errorf("%d calls have waited for more than three days, by cause %v (%v)", len(old), causes, err)
	}
	c := m.Counts
	if c.Stopped > 0 || c.Customers != 700 || c.Machines < 1000 || c.Complaints == 0 || c.Visits < c.Orders*9/10 {
		t.Errorf("made %+v", c)
	}
	if r, err := a.Trail.Verify(ctx, nil); err != nil || len(r.Faults) > 0 || r.Entries < 5000 {
		t.Errorf("audit trail: %d entries, faults %v, %v", r.Entries, r.Faults, err)
	}
}

// TestToday finds something for every role to do, on both engines.
func TestToday(t *testing.T) {
	t.Parallel()
	on := func(t *testing.T, database string) {
		t.Parallel()
		cfg := settings(t, map[string]string{"database": database})
		m, err := demo.Prepare(t.Context(), cfg, quiet(), demo.Options{Seed: 3, Scale: 0.03, Strict: true})
		if err != nil {
			t.Fatal(err)
		}
		a := open(t, cfg)
		ctx := head(t.Context())
		for _, l := range demo.Logins {
			if _, err := a.Identity.SignIn(ctx, identity.SignInInput{Login: l.Login, Password: demo.Password}); err != nil {
				t.Errorf("sign in as %s: %v", l.Login, err)
			}
		}
		states := map[string]int64{}
		for _, q := range []struct{ what, from string }{
			{"order", "orders_pub_order"}, {"case", "cases_pub_case"}, {"visit", "orders_pub_visit"},
		} {
			type row struct {
				state string
				n     int64
			}
			rows, err := db.List(ctx, a.DB, func(s db.Scanner) (r row, err error) { return r, s.Scan(&r.state, &r.n) },
				`SELECT state, COUNT(*) FROM `+q.from+` GROUP BY state`)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				states[q.what+" "+r.state] = r.n
			}
		}
		for _, want := range []string{
			"order draft", "order ready", "order offered", "order accepted", "order scheduled", "order working", "order suspended", "order posted",
			"case open", "case diagnosing", "case serving", "case closed", "visit travelling", "visit on_site", "visit finished",
		} {
			if states[want] == 0 {
				t.Errorf("today has no %s; it has %v", want, states)
			}
		}
		coming, err := a.Returns.List(ctx, returns.Filter{Recent: true, Limit: 50})
		axes := map[string]bool{}
		for _, r := range coming {
			axes["money "+string(r.MoneyState())], axes["goods "+string(r.GoodsState())] = true, true
		}
		if err != nil || len(coming) < 4 || !axes["money refunded"] || !axes["money failed"] || !axes["money due"] || !axes["goods inspected"] {
			t.Errorf("%d returns, %v, %v; want some whose money was paid, refused and waits", len(coming), axes, err)
		}
		again, err := demo.Prepare(t.Context(), cfg, quiet(), demo.Options{Seed: 9})
		if err != nil || again != m {
			t.Errorf("preparing again = %+v, %v; want what is there, %+v", again, err, m)
		}
	}
	t.Run("sqlite", func(t *testing.T) { on(t, "") })
	t.Run("postgres", func(t *testing.T) { on(t, dbtest.EmptyPostgres(t)) })
}

// TestSameSeed makes the same firm from the same seed, and another one from another.
func TestSameSeed(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 18, 15, 30, 0, 0, time.UTC)
	made := func(seed uint64) demo.Counts {
		m, err := demo.Prepare(t.Context(), settings(t, nil), quiet(), demo.Options{Seed: seed, Scale: 0.02, Now: now, Strict: true})
		if err != nil {
			t.Fatal(err)
		}
		return m.Counts
	}
	one, two, other := made(5), made(5), made(6)
	if one != two {
		t.Errorf("seed 5 made %+v, then %+v", one, two)
	}
	if one == other {
		t.Errorf("seeds 5 and 6 both made %+v", one)
	}
}

func TestRefusesWhatIsNoDemo(t *testing.T) {
	t.Parallel()
	cfg := settings(t, nil)
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(cfg.DataDir, "anxin.db")
	if err := os.WriteFile(other, []byte("somebody's"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := demo.Prepare(t.Context(), cfg, quiet(), demo.Options{Scale: 0.02}); !errors.Is(err, demo.ErrForeign) {
		t.Errorf("Prepare = %v, want %v", err, demo.ErrForeign)
	}
	if b, err := os.ReadFile(other); err != nil || string(b) != "somebody's" {
		t.Errorf("the file is now %q, %v", b, err)
	}
	if _, err := os.Stat(filepath.Join(cfg.DataDir, "demo.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a marker was left: %v", err)
	}
}

// TestInterrupted makes a demo anew that was cut off.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	cfg := settings(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := demo.Prepare(ctx, cfg, quiet(), demo.Options{Scale: 0.02, Say: func(format string, _ ...any) {
		if strings.HasPrefix(format, "day") {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("Prepare = %v, want canceled", err)
	}
	m, err := demo.Prepare(t.Context(), cfg, quiet(), demo.Options{Scale: 0.02, Strict: true})
	if err != nil || !m.Complete || m.Counts.Orders == 0 {
		t.Errorf("Prepare again = %+v, %v", m, err)
	}
}
