package demo_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"anxin/internal/app"
	"anxin/internal/console"
	"anxin/internal/demo"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/config"
)

func TestSpike(t *testing.T) {
	dir := t.TempDir()
	if d := os.Getenv("DEMO_DIR"); d != "" {
		dir = d
		os.RemoveAll(dir)
	}
	cfg, err := config.Load(config.Sources{Flags: map[string]string{"data_dir": filepath.Join(dir, "data")}})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	a, err := app.Build(t.Context(), cfg, log, app.Options{Generating: true})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	start := time.Now()
	scale := 0.1
	if os.Getenv("DEMO_FULL") != "" {
		scale = 1
	}
	got, err := demo.Generate(t.Context(), a, demo.Options{Scale: scale, Strict: os.Getenv("DEMO_LAX") == "", Say: func(f string, v ...any) {
		t.Logf("%6.2fs "+f, append([]any{time.Since(start).Seconds()}, v...)...)
	}})
	t.Logf("%+v %v", got, time.Since(start))
	if err != nil {
		t.Fatal(err)
	}
	ctx := access.With(t.Context(), access.System("test"))
	today := calendar.DateOf(time.Now(), cfg.Zone())
	s0 := time.Now()
	k, err := a.Console.KPIs(ctx, console.KPIInput{From: today - 60, To: today})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range k.Measures {
		v := -1.0
		if m.Value != nil {
			v = *m.Value
		}
		t.Logf("%-24s %6d/%6d %.4f typical %v", m.KPI, m.Numerator, m.Denominator, v, m.Typical)
	}
	t.Log("kpis in", time.Since(s0))
	h, err := a.Console.Home(ctx)
	t.Logf("%+v %v", h, err)
}
