package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"anxin/internal/app"
	"anxin/internal/cases"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/search"
)

const (
	firstCases = 1000 // of the first generation
	liveCases  = 100  // of them are open; the rest is history that was brought in
	longCases  = 5    // of the open ones have a long timeline
)

// large measures reads in databases of growing size.
func (r *runner) large(ctx context.Context, engine string) (err error) {
	w, err := r.newWorld(ctx, engine, "large")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.remove()) }()
	var g *Grower
	var templates, long []string
	// The first generation is made by the product: a sheet of history, and cases that are opened and worked on.
	err = w.inside(ctx, func(a *app.App) error {
		var err error
		long, err = w.firstOpen(access.With(ctx, access.From(w.admin)), a)
		return err
	})
	if err != nil {
		return err
	}
	if _, err := w.importSheet(ctx, access.History, firstCases-liveCases); err != nil {
		return err
	}
	d, err := db.Open(ctx, w.cfg.DSN(), db.Options{})
	if err != nil {
		return err
	}
	if g, err = NewGrower(ctx, d, 30*time.Minute); err == nil {
		templates, err = db.List(ctx, d, db.ScanString, `SELECT id FROM cases_case ORDER BY id`)
	}
	if err := errors.Join(err, d.Close()); err != nil {
		return err
	}
	for i, size := range r.Sizes {
		began := time.Now()
		if err := w.growTo(ctx, g, size, templates); err != nil {
			return err
		}
		r.Say("%s: %d cases after %.0f s", engine, g.Cases(), time.Since(began).Seconds())
		if err := r.reads(ctx, w, g, long, i == len(r.Sizes)-1); err != nil {
			return err
		}
	}
	return nil
}

// firstOpen opens cases and lets some of them live through a lot.
func (w *world) firstOpen(ctx context.Context, a *app.App) (long []string, err error) {
	for i := range liveCases {
		c, err := a.Cases.Open(ctx, cases.OpenInput{
			Type: cases.Request, BrandID: w.brand, Category: "AC", ServiceType: "REP", Channel: cases.Phone, Summary: w.texts.sentence(5),
			Detail: w.texts.sentence(25), Contact: cases.Contact{Name: "王小明", Phone: phone(i)}, Impact: 2, Urgency: 2,
			AssigneeID: map[bool]string{true: w.user}[i < longCases], // one in twenty of the open cases is mine
		})
		if err != nil {
			return nil, err
		}
		if i >= longCases {
			continue
		}
		long = append(long, string(c.ID))
		for k := range 12 {
			kind := []string{"internal", "contact", "shared"}[k%3]
			if _, err := a.Cases.AddNote(ctx, cases.NoteInput{ActInput: cases.ActInput{ID: c.ID}, Kind: kind, Text: w.texts.sentence(15)}); err != nil {
				return nil, err
			}
		}
		if _, err := a.Cases.Classify(ctx, cases.ClassifyInput{ActInput: cases.ActInput{ID: c.ID}, ServiceType: "REP"}); err != nil {
			return nil, err
		}
	}
	return long, nil
}

// growTo copies generations, and indexes new texts for each copy: in a copied text every word would be as rare
// as every other.
func (w *world) growTo(ctx context.Context, g *Grower, size int64, templates []string) error {
	return w.inside(ctx, func(a *app.App) error {
		g.d = a.DB
		n := 0
		err := g.Grow(ctx, size, func(c Copy) error {
			err := db.InTx0(db.Bulk(ctx), a.DB, func(ctx context.Context, tx *db.Tx) error {
				for i, id := range templates {
					doc := search.Doc{
						Kind: "case", ID: c.IDPrefix + id[13:], Brand: string(w.brand),
						Text: []string{w.texts.sentence(5), w.texts.sentence(25) + " " + w.texts.model()}, Terms: []string{numberOf(c, i)},
					}
					if err := a.Search.IndexTx(ctx, tx, doc); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
			if n++; n%10 == 0 {
				_, err = a.Search.Flush(ctx)
			}
			return err
		})
		if err != nil {
			return err
		}
		if _, err := a.Search.Flush(ctx); err != nil {
			return err
		}
		if err := a.Search.Tidy(ctx); err != nil {
			return err
		}
		if err := a.DB.Optimize(ctx); err != nil {
			return err
		}
		return g.Analyze(ctx)
	})
}

// numberOf is a term that only one document has.
func numberOf(c Copy, i int) string { return fmt.Sprintf("N%s%d", c.NumberPrefix, i) }

// reads measures what people look at, at one size; the largest size also shows start, memory and new documents.
func (r *runner) reads(ctx context.Context, w *world, g *Grower, long []string, last bool) error {
	s, err := w.serve(ctx)
	if err != nil {
		return err
	}
	size := g.Cases()
	what := func(name string) string { return fmt.Sprintf("%s, %s cases", name, short(size)) }
	if last {
		r.report.add(what("ready"), w.engine, "≤ 0.5 s", s.Ready.Seconds() <= 0.5, "%.2f s", s.Ready.Seconds())
		wait(ctx, 3*time.Second)
		r.report.add(what("resident memory, idle"), w.engine, "≤ 100 MB", s.rss() <= 100, "%.0f MB", s.rss())
	}
	c := newClient(s.base, w.centre)
	get := func(name, target string, most float64, path func(i int) string) error {
		t := measure(ctx, 1, r.Duration, func(ctx context.Context, _, i int) error {
			_, err := c.call(ctx, http.MethodGet, path(i), nil, "")
			return err
		})
		if t.N() == 0 || t.Errors > 0 {
			return fmt.Errorf("%s: %d errors: %s", name, t.Errors, t.First)
		}
		r.Say("%s: %s: %s", w.engine, what(name), t)
		r.report.add(what(name), w.engine, target, t.P(95) <= most, "%s", t)
		return nil
	}
	err = errors.Join(
		get("first page of my queue by next deadline", bound(size, 10, 30), bound2(size, 10, 30), func(int) string { return "/cases?assignee_id=" + w.user + "&limit=50" }),
		get("first page of all open cases by next deadline", "", 0, func(int) string { return "/cases?limit=50" }),
		get("a case with its timeline", bound(size, 5, 30), bound2(size, 5, 30), func(i int) string {
			return "/console/cases/" + g.idOf(long[i%len(long)], int64(i)*7919)
		}),
	)
	search := func(when string) error {
		return errors.Join(
			get("search of two adjacent characters"+when, "p95 ≤ 100 ms", 100, func(i int) string {
				return "/cases/search?q=" + url.QueryEscape(w.texts.Pairs[i*7919%len(w.texts.Pairs)])
			}),
			get("search of a Latin word's beginning"+when, "p95 ≤ 100 ms", 100, func(i int) string { return fmt.Sprintf("/cases/search?q=KFR-%d", i*7919%500) }),
			get("search of a rare term"+when, "p95 ≤ 5 ms", 5, func(i int) string {
				return "/cases/search?q=" + numberOf(g.copyOf(1+int64(i)*7919%max(1, g.made-1)), i%firstCases)
			}),
		)
	}
	if err == nil {
		err = search("")
	}
	if err = errors.Join(err, s.stop()); err != nil || !last {
		return err
	}
	if err := w.insertTexts(ctx, r.Inserts); err != nil {
		return err
	}
	if s, err = w.serve(ctx); err != nil {
		return err
	}
	c = newClient(s.base, w.centre)
	return errors.Join(search(fmt.Sprintf(" after %d inserts", r.Inserts)), s.stop())
}

// insertTexts indexes more documents in many small changes.
func (w *world) insertTexts(ctx context.Context, n int) error {
	return w.inside(ctx, func(a *app.App) error {
		for range n / 5 {
			err := db.InTx0(ctx, a.DB, func(ctx context.Context, tx *db.Tx) error {
				for range 5 {
					doc := search.Doc{Kind: "case", ID: db.NewID(), Brand: string(w.brand), Text: []string{w.texts.sentence(5), w.texts.sentence(25)}}
					if err := a.Search.IndexTx(ctx, tx, doc); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
			if _, err := a.Search.Flush(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// idOf is a copy of a first case, in one generation or another.
func (g *Grower) idOf(id string, generation int64) string {
	generation %= g.made
	if generation == 0 {
		return id
	}
	return g.copyOf(generation).IDPrefix + id[13:]
}

func short(n int64) string {
	switch {
	case n >= 1_000_000:
		return fmt.Sprintf("%dM", n/1_000_000)
	case n >= 1000:
		return fmt.Sprintf("%dk", n/1000)
	}
	return fmt.Sprint(n)
}

// bound is the target of a read: small up to 100,000 cases, large above.
func bound(size int64, small, large float64) string {
	return fmt.Sprintf("p95 ≤ %.0f ms", bound2(size, small, large))
}

func bound2(size int64, small, large float64) float64 {
	if size <= 100_000 {
		return small
	}
	return large
}
