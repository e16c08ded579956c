package realinput

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"anxin/internal/app"
	"anxin/internal/platform/access"
	"anxin/internal/platform/config"
)

// Options say how to run.
type Options struct {
	Data      string    // folder of the real input; DataDir() when empty
	Out       io.Writer // the printed tables
	Seed      uint64    // of the invented outlets and engineers; 1
	Incidents int       // how many of the incident log; 0 is all
	Engineers int       // 60
	Outlets   int       // 12
}

func (o Options) orDefault() Options {
	if o.Data == "" {
		o.Data = DataDir()
	}
	if o.Seed == 0 {
		o.Seed = 1
	}
	if o.Engineers == 0 {
		o.Engineers = 60
	}
	if o.Outlets == 0 {
		o.Outlets = 12
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	return o
}

// world is a product in an empty database that lives at a time of its own.
type world struct {
	*app.App
	micros atomic.Int64
}

// build makes a product in the empty database of cfg. Nobody is told anything, and SQLite does not wait for
// the disk: what is measured here is no durability.
func build(ctx context.Context, cfg config.Config, now time.Time) (*world, error) {
	w := &world{}
	w.set(now)
	a, err := app.Build(ctx, cfg, slog.New(slog.DiscardHandler), app.Options{Generating: true, Clock: w.now})
	if err != nil {
		return nil, fmt.Errorf("build the product: %w", err)
	}
	w.App = a
	return w, nil
}

func (w *world) now() time.Time  { return time.UnixMicro(w.micros.Load()).UTC() }
func (w *world) set(t time.Time) { w.micros.Store(t.UnixMicro()) }

// as acts as the program, with an origin.
func as(ctx context.Context, origin access.Origin) context.Context {
	a := access.System("realinput")
	a.Origin = origin
	return access.With(ctx, a)
}

// Settings are those of a product in a data folder of its own; database is empty for SQLite.
func Settings(dir, database, zone string) (config.Config, error) {
	flags := map[string]string{"data_dir": dir, "timezone": zone}
	if database != "" {
		flags["database"] = database
	}
	return config.Load(config.Sources{Flags: flags})
}

// table prints rows in columns; the first is the heading.
type table struct{ rows [][]string }

func (t *table) add(cells ...any) {
	row := make([]string, len(cells))
	for i, c := range cells {
		row[i] = fmt.Sprint(c)
	}
	t.rows = append(t.rows, row)
}

func (t *table) print(w io.Writer, title string) error {
	if _, err := fmt.Fprintf(w, "\n%s\n", title); err != nil {
		return err
	}
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range t.rows {
		if _, err := fmt.Fprintln(tw, "  "+strings.Join(r, "\t")); err != nil {
			return err
		}
	}
	return tw.Flush()
}

func percent(part, whole int) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(part)/float64(whole))
}
