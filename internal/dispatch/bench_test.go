package dispatch

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/geo"
	"anxin/internal/workforce"
)

// network is 500 outlets with ten engineers each, in fifty cities; ten of them serve the order's.
func network(b testing.TB, d *db.DB) (*fixture, orders.Order) {
	f := newFixture(b, d)
	divisions := []string{"3301"}
	for _, p := range geo.Children("") {
		for _, c := range geo.Children(p.Code) {
			if c.Level == geo.LevelCity && c.Code != "330100" && len(divisions) < 50 {
				divisions = append(divisions, c.Code[:4])
			}
		}
	}
	for i := range 500 {
		div := divisions[i%len(divisions)]
		at := geo.Point{Lat: 30.2 + float64(i/len(divisions))/50, Lon: 120.1 + float64(i%len(divisions))/100, Datum: geo.WGS84}
		o, err := f.outlets.Create(f.ctx, outlets.CreateInput{
			Code: fmt.Sprintf("n%03d", i), Name: fmt.Sprintf("网点%d", i), Kind: outlets.KindOwn, Brands: f.own.Brands, Division: "330106", Phone: "0571-88881234", Point: at,
		})
		f.must(err)
		_, err = f.outlets.SetAreas(f.ctx, outlets.SetAreasInput{ID: o.ID, Version: o.Version, Areas: []outlets.Area{{Division: div, Rank: 1 + i%3}}})
		f.must(err)
		for k := range 10 {
			lacks := skills[7:8]
			if k%3 > 0 {
				lacks = nil
			}
			f.hire(o, fmt.Sprintf("师傅%d", k), at, lacks)
		}
	}
	return f, f.order(f.one)
}

func (f *fixture) hire(o outlets.Outlet, name string, at geo.Point, lacks []catalog.SkillCode) {
	f.t.Helper()
	var list []workforce.Skill
	for _, c := range skills {
		if !slices.Contains(lacks, c) {
			list = append(list, workforce.Skill{Code: c, Level: 3})
		}
	}
	_, err := f.workforce.Create(f.ctx, workforce.CreateInput{OutletID: o.ID, Name: name, Job: workforce.JobEngineer, Skills: list, StartPoint: at})
	f.must(err)
}

// BenchmarkCandidates looks for engineers among 5,000 of 500 outlets; percentiles are reported.
func BenchmarkCandidates(b *testing.B) {
	for _, engine := range []struct {
		name string
		open func(testing.TB) *db.DB
	}{{"sqlite", dbtest.SQLite}, {"postgres", dbtest.Postgres}} {
		b.Run(engine.name, func(b *testing.B) {
			f, o := network(b, engine.open(b))
			var last Candidates
			measure(b, func(ctx context.Context) (err error) {
				last, err = f.Candidates(f.ctx, o.ID, 20)
				return err
			})
			b.ReportMetric(float64(last.LookedAt), "people")
		})
	}
}

// BenchmarkOffers finds five days of windows for the same order.
func BenchmarkOffers(b *testing.B) {
	for _, engine := range []struct {
		name string
		open func(testing.TB) *db.DB
	}{{"sqlite", dbtest.SQLite}, {"postgres", dbtest.Postgres}} {
		b.Run(engine.name, func(b *testing.B) {
			f, o := network(b, engine.open(b))
			measure(b, func(context.Context) error {
				_, err := f.Slots(f.ctx, o.ID, 5)
				return err
			})
		})
	}
}

func measure(b *testing.B, run func(ctx context.Context) error) {
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		if err := run(b.Context()); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
}
