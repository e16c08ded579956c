package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"anxin/internal/app"
	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/files"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/imports"
	"anxin/internal/workforce"
)

// capture opens a case inside this process and keeps the statements of its transaction.
func (w *world) capture(ctx context.Context) (c Change, err error) {
	err = w.inside(ctx, func(a *app.App) error {
		h := a.Handler()
		open := func() (key, operation string, err error) {
			key = db.NewID()
			body := w.openBody(1, "空调不制冷", w.texts.sentence(25))
			raw, err := json.Marshal(body)
			if err != nil {
				return "", "", err
			}
			req := httptest.NewRequestWithContext(ctx, http.MethodPost, "/api/v1/cases", bytes.NewReader(raw))
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Authorization", "Bearer "+w.centre)
			req.Header.Set("Idempotency-Key", key)
			out := httptest.NewRecorder()
			h.ServeHTTP(out, req)
			if out.Code/100 != 2 {
				return "", "", fmt.Errorf("open a case: %d %.300s", out.Code, out.Body)
			}
			return key, body["operation_id"].(string), nil
		}
		for range 3 { // numbers and caches are there now
			if _, _, err := open(); err != nil {
				return err
			}
		}
		var mu sync.Mutex
		var list []db.Statement
		began := time.Now()
		a.DB.Watch(func(s db.Statement) {
			mu.Lock()
			defer mu.Unlock()
			if s.Tx {
				list = append(list, s)
			}
		})
		key, operation, err := open()
		a.DB.Watch(nil)
		if err != nil {
			return err
		}
		c = newChange(list, began, key, operation)
		return nil
	})
	return c, err
}

// open measures opening a case, from several clients at once, and the engine with the same statements beside it.
func (r *runner) open(ctx context.Context, w *world) error {
	change, err := w.capture(ctx)
	if err != nil {
		return err
	}
	r.Say("%s: opening a case is %d statements", w.engine, len(change.statements))
	s, err := w.serve(ctx)
	if err != nil {
		return err
	}
	wait(ctx, 2*time.Second) // what it does once after its start
	c := newClient(s.base, w.centre)
	var bodies []map[string]any
	for i := range 1000 {
		bodies = append(bodies, w.openBody(i, w.texts.sentence(5), w.texts.sentence(25)+" "+w.texts.model()))
	}
	open := func(ctx context.Context, client, i int) error {
		body := map[string]any{}
		for k, v := range bodies[(client*131+i)%len(bodies)] {
			body[k] = v
		}
		body["operation_id"] = db.NewID()
		_, err := c.call(ctx, http.MethodPost, "/cases", body, db.NewID())
		return err
	}
	var own, piped []float64
	engine := func() error {
		if w.engine != "postgres" {
			return nil
		}
		for _, pipeline := range []bool{false, true} {
			rate, err := change.pgbench(ctx, r.PGBin, w.cfg.DSN(), w.cfg.DataDir, 8, r.Duration/2, pipeline)
			if err != nil {
				return err
			}
			if pipeline {
				piped = append(piped, rate)
			} else {
				own = append(own, rate)
			}
		}
		return nil
	}
	if err := engine(); err != nil {
		return errors.Join(err, s.stop())
	}
	used, err := w.cpu(ctx, s)
	if err != nil {
		return errors.Join(err, s.stop())
	}
	before, began := used, time.Now()
	t := measure(ctx, 8, r.Duration, open)
	if used, err = w.cpu(ctx, s); err != nil {
		return errors.Join(err, s.stop())
	}
	all := t.Rate() * time.Since(began).Seconds() // the warm-up's requests used the processor too
	cpu := (used - before) / all * 1000
	if err := engine(); err != nil {
		return errors.Join(err, s.stop())
	}
	many := measure(ctx, 64, r.Duration, open)
	if err := s.stop(); err != nil {
		return err
	}
	r.Say("%s: opened %.0f/s with 8 clients, %.0f/s with 64", w.engine, t.Rate(), many.Rate())
	what := "open a case through HTTP, 8 clients"
	if w.engine == "postgres" {
		plainRate, pipeRate := mean(own), mean(piped)
		r.report.add(what, w.engine, "≥ 0.3 × pgbench", t.Rate() >= 0.3*plainRate, "%.0f/s = **%.2f ×** pgbench (%.0f/s); %s", t.Rate(), t.Rate()/plainRate, plainRate, t)
		r.report.add("the same against pgbench with the statements in a pipeline", w.engine, "", false, "**%.2f ×** (%.0f/s)", t.Rate()/pipeRate, pipeRate)
	} else {
		rate, err := change.bareLoop(ctx, w.cfg.DSN(), r.Duration)
		if err != nil {
			return fmt.Errorf("bare loop: %w", err)
		}
		r.report.add(what, w.engine, "≥ 500/s, p95 ≤ 30 ms", t.Rate() >= 500 && t.P(95) <= 30, "%.0f/s = **%.2f ×** a bare loop of the same statements (%.0f/s); %s", t.Rate(), t.Rate()/rate, rate, t)
	}
	r.report.add("CPU for 1,000 of them, server and database", w.engine, "≤ 1.2 s", cpu <= 1.2, "%.2f s", cpu)
	r.report.add("open a case, 64 clients", w.engine, "0 errors", many.Errors+t.Errors == 0, "%.0f/s, %d errors; %s", many.Rate(), many.Errors+t.Errors, many)
	if first := t.First + many.First; first != "" {
		r.report.note("first error while opening on %s: %s", w.engine, first)
	}
	return nil
}

func mean(v []float64) (m float64) {
	for _, x := range v {
		m += x / float64(len(v))
	}
	return m
}

// imports brings a sheet of cases in, as history and live, in this process.
func (r *runner) imports(ctx context.Context, w *world) error {
	for _, origin := range []access.Origin{access.History, access.Live} {
		rate, err := w.importSheet(ctx, origin, r.Rows)
		if err != nil {
			return err
		}
		target, ok := "", false
		if origin == access.History {
			least := map[string]float64{"postgres": 5000, "sqlite": 2000}[w.engine]
			target, ok = fmt.Sprintf("≥ %.0f rows/s", least), rate >= least
		}
		r.Say("%s: imported %.0f rows/s as %s", w.engine, rate, origin)
		r.report.add(fmt.Sprintf("import of %d cases, origin %s", r.Rows, origin), w.engine, target, ok, "%.0f rows/s", rate)
	}
	return nil
}

// importSheet brings so many cases in and returns rows a second.
func (w *world) importSheet(ctx context.Context, origin access.Origin, rows int) (rate float64, err error) {
	var sheet bytes.Buffer
	sheet.WriteString("external_id,brand,channel,summary,detail,category,service_type,contact_name,contact_phone,occurred_at\n")
	at := time.Now().Add(-48 * time.Hour)
	for i := range rows {
		fmt.Fprintf(&sheet, "%s-%d,BEN,phone,%s,%s %s,AC,REP,王小明,%s,%s\n", origin, i, strings.ReplaceAll(w.texts.sentence(5), ",", "，"),
			strings.ReplaceAll(w.texts.sentence(25), ",", "，"), w.texts.model(), phone(i), at.Add(time.Duration(i)*time.Second).Format(time.RFC3339))
	}
	err = w.inside(ctx, func(a *app.App) error {
		f, err := a.Files.Upload(w.admin, files.UploadInput{Purpose: files.Import, Name: string(origin) + ".csv", By: w.user, Body: &sheet})
		if err != nil {
			return err
		}
		p, err := a.Imports.Preview(w.admin, imports.PreviewInput{File: f.ID, Target: "cases"})
		if err != nil {
			return err
		}
		run, err := a.Imports.Start(w.admin, imports.StartInput{Target: "cases", File: f.ID, Mapping: p.Suggested, Origin: origin, Inline: true})
		if err != nil {
			return err
		}
		start := time.Now()
		done, err := a.Imports.RunNow(w.admin, imports.WorkArgs{Run: run.ID}, nil)
		if err != nil {
			return err
		}
		if int(done.Made) != rows {
			return fmt.Errorf("%d of %d rows were made", done.Made, rows)
		}
		rate = float64(rows) / time.Since(start).Seconds()
		_, err = a.Search.Flush(ctx)
		return err
	})
	return rate, err
}

var skillsOfAll = []catalog.SkillCode{"BASIC", "DRILL", "PLUMB", "ELEC", "LOCK", "REMOTE", "REFR"}

// candidates looks for engineers for one order among all of them, in a tenth as many outlets.
func (r *runner) candidates(ctx context.Context, w *world) error {
	var order orders.ID
	err := w.inside(ctx, func(a *app.App) error {
		ctx := access.With(ctx, access.From(w.admin))
		if err := staffed(ctx, a, w.brand, r.Staff); err != nil {
			return err
		}
		place, err := customers.PlaceOf(customers.AddressInput{Text: "浙江省杭州市西湖区文三路478号8幢1502室", Point: &geo.Point{Lat: 30.28, Lon: 120.13, Datum: geo.WGS84}})
		if err != nil {
			return err
		}
		c, err := a.Cases.Open(ctx, cases.OpenInput{
			Type: cases.Request, BrandID: w.brand, Category: "WM", ServiceType: "REP", Channel: cases.Phone, Summary: "不脱水", Place: &place, Impact: 2, Urgency: 2,
		})
		if err != nil {
			return err
		}
		o, err := a.Orders.Create(ctx, orders.CreateInput{CaseID: c.ID, Release: true})
		order = o.ID
		return err
	})
	if err != nil {
		return err
	}
	s, err := w.serve(ctx)
	if err != nil {
		return err
	}
	c := newClient(s.base, w.centre)
	t := measure(ctx, 1, r.Duration, func(ctx context.Context, _, _ int) error {
		_, err := c.call(ctx, http.MethodGet, "/orders/"+string(order)+"/candidates", nil, "")
		return err
	})
	if err := s.stop(); err != nil {
		return err
	}
	if t.N() == 0 {
		return errors.New(t.First)
	}
	r.Say("%s: candidates %s", w.engine, t)
	r.report.add(fmt.Sprintf("candidates among %d engineers of %d outlets", r.Staff, r.Staff/10), w.engine, "p95 ≤ 50 ms", t.P(95) <= 50, "%s", t)
	return nil
}

// staffed makes outlets all over the country, ten engineers each; one in fifty serves Hangzhou.
func staffed(ctx context.Context, a *app.App, brand catalog.BrandID, engineers int) error {
	divisions := []string{"3301"}
	for _, p := range geo.Children("") {
		for _, c := range geo.Children(p.Code) {
			if c.Level == geo.LevelCity && c.Code != "330100" && len(divisions) < 50 {
				divisions = append(divisions, c.Code[:4])
			}
		}
	}
	var list []workforce.Skill
	for _, c := range skillsOfAll {
		list = append(list, workforce.Skill{Code: c, Level: 3})
	}
	one := func(i int) error {
		at := geo.Point{Lat: 30.2 + float64(i/len(divisions))/50, Lon: 120.1 + float64(i%len(divisions))/100, Datum: geo.WGS84}
		o, err := a.Outlets.Create(ctx, outlets.CreateInput{
			Code: fmt.Sprintf("n%03d", i), Name: fmt.Sprintf("网点%d", i), Kind: outlets.KindOwn, Brands: []catalog.BrandID{brand}, Division: "330106", Phone: "0571-88881234", Point: at,
		})
		if err != nil {
			return err
		}
		areas := []outlets.Area{{Division: divisions[i%len(divisions)], Rank: 1 + i%3}}
		if _, err := a.Outlets.SetAreas(ctx, outlets.SetAreasInput{ID: o.ID, Version: o.Version, Areas: areas}); err != nil {
			return err
		}
		for k := range 10 {
			_, err := a.Workforce.Create(ctx, workforce.CreateInput{OutletID: o.ID, Name: fmt.Sprintf("师傅%d", k), Job: workforce.JobEngineer, Skills: list, StartPoint: at})
			if err != nil {
				return err
			}
		}
		return nil
	}
	todo := make(chan int)
	errs := make(chan error, 8)
	for range 8 { // together they share SQLite's commits
		go func() {
			var err error
			for i := range todo {
				if err == nil {
					err = one(i)
				}
			}
			errs <- err
		}()
	}
	for i := range engineers / 10 {
		todo <- i
	}
	close(todo)
	var err error
	for range 8 {
		err = errors.Join(err, <-errs)
	}
	return err
}
