package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"anxin/internal/app"
	"anxin/internal/demo"
	"anxin/internal/platform/access"
	"anxin/internal/platform/config"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
)

// planWorld is the demo's firm, many times over.
type planWorld struct {
	t       *testing.T
	app     *app.App
	handler http.Handler
	limits  Limits
	live    int64             // orders
	ids     map[string]string // what stands for {name} in a path
}

// TestHotQueries reads what people and duties read all day, in a database whose piling tables are many times
// what one answer needs, and looks at the plan of every statement that ran.
func TestHotQueries(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("makes a firm, which takes a minute")
	}
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			dsn := ""
			if engine == "postgres" {
				dsn = dbtest.EmptyPostgres(t)
			}
			w := newPlanWorld(t, dsn)
			for _, login := range []string{"admin", "manager", "engineer"} {
				cookie := w.signIn(login)
				w.limits.Rows = 2500
				if login == "manager" {
					w.limits.Rows = 5000 // an outlet's lists go by its own work of half a year, of which it has a fifth of all here
				}
				for _, path := range hotPaths[login] {
					was := w.limits.Rows
					if strings.HasPrefix(path, "/console/now") {
						w.limits.Rows = max(was, float64(w.live)) // it counts all live work: how much that is goes by the hour
					}
					w.check(login+" "+path, func() { w.get(cookie, path) })
					w.limits.Rows = was
				}
			}
			w.duties()
		})
	}
}

// hotPaths are read by each, with ids of the first generation in place of {…}.
var hotPaths = map[string][]string{
	"admin": {
		"/cases", "/cases?queue=mine", "/cases?queue=unassigned", "/cases?queue=recent", "/cases?assignee_id={user}", "/cases?brand_id={brand}",
		"/cases?number={case_number}", "/cases?customer_id={customer}", "/cases?unit_id={unit}", "/cases?contact_phone={phone}", "/cases?late=true",
		"/cases/search?q=空调", "/cases/search?q={case_number}", "/cases/{case}", "/cases/{case}/notes", "/cases/{case}/work", "/cases/{case}/links",
		"/console/cases/{case}", "/console/home", "/console/now", "/console/load", "/console/kpis?from={date}&to={date}", "/console/clocks?from={date}&to={date}",
		"/console/behind?measure=first_time_fix&from={date}&to={date}", "/console/behind?measure=on_time_arrival&from={date}&to={date}",
		"/console/behind?measure=remote_fix&from={date}&to={date}", "/console/behind?party=outlet&hit=false&from={date}&to={date}", "/orders?soon=true", "/orders?nobody=true",
		"/clocks?record_kind=case&record_id={case}", "/clocks?job_kind=case&job_id={case}", "/clocks/{clock}",
		"/orders", "/orders?queue=recent", "/orders?case_id={case}", "/orders?customer_id={customer}", "/orders?unit_id={unit}", "/orders?number={order_number}",
		"/orders?outlet_id={outlet}", "/orders/search?q=空调", "/orders/{order}", "/orders/{order}/charges", "/orders/{order}/contacts",
		"/orders/{order}/decisions", "/orders/{order}/offers", "/orders/{order}/promises", "/orders/{order}/proof", "/orders/{order}/quotes",
		"/orders/{order}/visits", "/orders/{order}/wishes", "/orders/{order}/candidates", "/orders/{order}/slots",
		"/visits?engineer_id={engineer}", "/visits?outlet_id={outlet}", "/visits?order_id={order}", "/visits/{visit}",
		"/dispatch/day?date={date}", "/dispatch/day?date={date}&outlet_id={outlet}", "/dispatch/alerts", "/offers", "/wishes", "/conflicts", "/charges/held",
		"/callbacks", "/callbacks?due_now=true", "/callbacks?open=true", "/callbacks?case_id={case}", "/callbacks?order_id={order}", "/callbacks/{callback}",
		"/customers", "/customers?q={phone}", "/customers?q={tail}", "/customers/{customer}", "/customers/{customer}/addresses",
		"/customers/{customer}/consents", "/units", "/units?brand_id={brand}", "/units?serial={serial}", "/units?owner_id={customer}", "/units/{unit}",
		"/units/{unit}/timeline", "/units/{unit}/facts", "/units/{unit}/components", "/units/{unit}/coverages",
		"/audit/case/{case}", "/audit/order/{order}", "/files?record_kind=visit&record_id={visit}", "/files?record_kind=order&record_id={order}",
		"/events", "/events/dead", "/imports", "/sent-messages", "/notices", "/notices/unread", "/old-parts", "/conversations", "/conversations?case_id={case}",
		"/ledger/entries?ref={order}", "/stock", "/stock/movements?order_id={order}", "/tasks", "/staff", "/outlets",
	},
	"manager": {
		"/cases", "/cases?queue=recent", "/cases?number={case_number}", "/cases/search?q=空调", "/orders", "/orders?queue=recent", "/orders/search?q=空调",
		"/offers", "/visits?from={midnight}", "/dispatch/day?date={date}", "/dispatch/alerts", "/customers", "/customers?q={phone}", "/units", "/units?serial={serial}",
		"/callbacks", "/conflicts", "/wishes", "/old-parts", "/console/home", "/console/now", "/console/load", "/console/kpis?from={date}&to={date}",
		"/console/clocks?from={date}&to={date}", "/console/behind?party=outlet&from={date}&to={date}", "/stock", "/staff",
	},
	"engineer": {"/field/visits", "/me", "/notices/unread"},
}

func newPlanWorld(t *testing.T, dsn string) *planWorld {
	t.Helper()
	flags := map[string]string{"data_dir": filepath.Join(t.TempDir(), "demo")}
	if dsn != "" {
		flags["database"] = dsn
	}
	cfg, err := config.Load(config.Sources{Flags: flags})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Limits.UserRate, cfg.Limits.PublicRate, cfg.Limits.SignInRate = 1000000, 1000000, 1000000
	log := slog.New(slog.DiscardHandler)
	if _, err := demo.Prepare(t.Context(), cfg, log, demo.Options{Scale: 0.02}); err != nil {
		t.Fatal(err)
	}
	a, err := app.Build(t.Context(), cfg, log, app.Options{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &planWorld{t: t, app: a, handler: a.Handler(), ids: map[string]string{}}
	if dsn != "" {
		// Statistics of all rows instead of a sample of them, from whoever gathers them: a plan is not to be had by chance.
		_, err := a.DB.Pool().Exec(t.Context(), `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_statistics_target = 1000', current_database()); END $$`)
		w.must(err)
		a.DB.Pool().Reset()
	}
	w.must(w.flush())
	w.sample()
	g, err := NewGrower(t.Context(), a.DB, 3*time.Hour)
	w.must(err)
	w.must(g.Grow(t.Context(), 12_000, nil))
	w.must(a.DB.Optimize(t.Context()))
	w.must(g.Analyze(t.Context()))
	w.limits = Limits{Rows: 2500, Big: map[string]bool{}}
	for _, table := range g.tables {
		n, err := db.Get(t.Context(), a.DB, db.ScanInt, `SELECT COUNT(*) FROM `+table.name)
		w.must(err)
		w.limits.Big[table.name] = n > 5000
	}
	w.live, err = db.Get(t.Context(), a.DB, db.ScanInt, `SELECT COUNT(*) FROM `+"orders_order"+` WHERE live`)
	w.must(err)
	for _, table := range []string{"cases_case", "clocks_clock", "audit_entry", "events_event", "orders_order", "orders_visit", "customers_customer", "units_unit", "callbacks_callback"} {
		if !w.limits.Big[table] {
			t.Fatalf("%s did not grow", table)
		}
	}
	return w
}

func (w *planWorld) flush() error {
	_, err := w.app.Search.Flush(w.t.Context())
	return err
}

func (w *planWorld) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// sample finds a record of each kind that has been through a lot.
func (w *planWorld) sample() {
	for name, query := range map[string]string{
		"case":         `SELECT c.id FROM cases_case c JOIN cases_work k ON k.case_id = c.id WHERE c.closed_at IS NOT NULL ORDER BY c.id LIMIT 1`,
		"case_number":  `SELECT number FROM cases_case ORDER BY id LIMIT 1`,
		"order_number": `SELECT number FROM orders_order ORDER BY id LIMIT 1`,
		"customer":     `SELECT customer_id FROM cases_case WHERE customer_id IS NOT NULL ORDER BY id LIMIT 1`,
		"unit":         `SELECT unit_id FROM cases_case WHERE unit_id IS NOT NULL ORDER BY id LIMIT 1`,
		"serial":       `SELECT serial FROM units_unit WHERE serial IS NOT NULL ORDER BY id LIMIT 1`,
		"order":        `SELECT o.id FROM orders_order o JOIN orders_visit_order v ON v.order_id = o.id ORDER BY o.id LIMIT 1`,
		"visit":        `SELECT id FROM orders_visit ORDER BY id LIMIT 1`,
		"engineer":     `SELECT engineer_id FROM orders_visit_member ORDER BY visit_id LIMIT 1`,
		"callback":     `SELECT id FROM callbacks_callback ORDER BY id LIMIT 1`,
		"clock":        `SELECT id FROM clocks_clock ORDER BY id LIMIT 1`,
		"brand":        `SELECT id FROM catalog_brand ORDER BY id LIMIT 1`,
		"outlet":       `SELECT outlet_id FROM orders_order WHERE outlet_id IS NOT NULL ORDER BY id LIMIT 1`,
		"user":         `SELECT id FROM identity_user ORDER BY id LIMIT 1`,
	} {
		v, err := db.Get(w.t.Context(), w.app.DB, db.ScanString, query)
		if err != nil {
			w.t.Fatalf("%s: %v", name, err)
		}
		w.ids[name] = v
	}
	w.ids["phone"], w.ids["tail"] = "13800138000", "8000"
	w.ids["midnight"] = time.Now().UTC().Truncate(24 * time.Hour).Format(time.RFC3339)
	w.ids["date"] = time.Now().In(w.app.Config.Zone()).Format(time.DateOnly)
}

func (w *planWorld) signIn(login string) *http.Cookie {
	w.t.Helper()
	body, err := json.Marshal(map[string]string{"login": login, "password": demo.Password})
	w.must(err)
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, "/api/v1/session", bytes.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Anxin-Client", "test")
	out := httptest.NewRecorder()
	w.handler.ServeHTTP(out, r)
	if out.Code/100 != 2 || len(out.Result().Cookies()) == 0 {
		w.t.Fatalf("sign in as %s: %d %s", login, out.Code, out.Body)
	}
	return out.Result().Cookies()[0]
}

func (w *planWorld) get(cookie *http.Cookie, path string) {
	w.t.Helper()
	for name, v := range w.ids {
		path = strings.ReplaceAll(path, "{"+name+"}", url.QueryEscape(v))
	}
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodGet, "/api/v1"+path, nil)
	r.AddCookie(cookie)
	out := httptest.NewRecorder()
	w.handler.ServeHTTP(out, r)
	if out.Code/100 != 2 && out.Code != http.StatusConflict {
		w.t.Errorf("GET %s: %d %.300s", path, out.Code, out.Body)
	}
}

// duties are what the product looks for by itself every few seconds or minutes.
func (w *planWorld) duties() {
	a := w.app
	ctx := access.With(w.t.Context(), access.System("test"))
	for name, run := range map[string]func(context.Context) error{
		"clocks.tick":          a.Clocks.Tick,
		"orders.expire_offers": a.Orders.ExpireOffers,
		"orders.expire_quotes": a.Orders.ExpireQuotes,
		"search.flush":         func(context.Context) error { return w.flush() },
		"events":               func(ctx context.Context) error { return a.Bus.Drain(ctx) },
		"audit.checkpoint": func(ctx context.Context) error {
			_, err := a.Trail.Checkpoint(ctx)
			return err
		},
	} {
		w.must(run(ctx)) // what the generations left undone
		w.check("duty "+name, func() { w.must(run(ctx)) })
	}
}

// check looks at the plans of what read runs.
func (w *planWorld) check(name string, read func()) {
	w.t.Helper()
	rec := Record(w.app.DB)
	read()
	for _, s := range rec.Stop() {
		faults, err := Faults(w.t.Context(), w.app.DB, s, w.limits)
		if err != nil {
			w.t.Errorf("%s: %v\n%s", name, err, s.Query)
			continue
		}
		slices.Sort(faults)
		for _, f := range slices.Compact(faults) {
			w.t.Errorf("%s %s\n\t%s\n\t%.300s", name, f, strings.Join(strings.Fields(s.Query), " "), fmt.Sprint(s.Args...))
		}
	}
	if os.Getenv("ANXIN_PLANS") != "" {
		w.t.Logf("%s looked at", name)
	}
}
