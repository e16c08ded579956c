package dispatch

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"anxin/internal/cases"
	"anxin/internal/customers"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/httpapi/apitest"
	"anxin/internal/workforce"
)

// orderAt opens a ready order at a point in Hangzhou.
func (f *fixture) orderAt(p geo.Point) orders.Order {
	f.t.Helper()
	place, err := customers.PlaceOf(customers.AddressInput{Text: "浙江省杭州市西湖区文三路478号8幢1502室", Point: &p})
	f.must(err)
	c, err := f.cases.Open(f.ctx, cases.OpenInput{
		Type: cases.Request, BrandID: f.one, Category: "GWH", Symptom: "GWH-S03", ServiceType: "REP", Channel: cases.Phone, Summary: "水忽冷忽热", Place: &place, Impact: 2, Urgency: 2,
	})
	f.must(err)
	o, err := f.orders.Create(f.ctx, orders.CreateInput{CaseID: c.ID, Release: true})
	f.must(err)
	return o
}

// city is outlets of ten engineers each, and visits over five days.
func city(t testing.TB, d *db.DB, places, visits int) *fixture {
	f := newFixture(t, d)
	r := rand.New(rand.NewPCG(7, 7))
	spot := func() geo.Point {
		return geo.Point{Lat: 30.2 + r.Float64()/8, Lon: 120.05 + r.Float64()/6, Datum: geo.WGS84}
	}
	f.must(f.closeOwn())
	var crew []workforce.EngineerID
	for i := range places {
		at := spot()
		o, err := f.outlets.Create(f.ctx, outlets.CreateInput{
			Code: fmt.Sprintf("city%02d", i), Name: fmt.Sprintf("城区%d", i), Kind: outlets.KindOwn, Brands: f.own.Brands, Division: "330106", Phone: "0571-88881234", Point: at,
		})
		f.must(err)
		_, err = f.outlets.SetAreas(f.ctx, outlets.SetAreasInput{ID: o.ID, Version: o.Version, Areas: []outlets.Area{{Division: "3301", Rank: 1}}})
		f.must(err)
		for k := range 10 {
			e := f.engineer(o, fmt.Sprintf("师傅%d-%d", i, k))
			crew = append(crew, e.ID)
		}
	}
	starts := [][2]int{{8, 40}, {10, 10}, {13, 40}, {15, 10}, {16, 30}}
	for i := range visits {
		o := f.orderAt(spot())
		e := crew[i%len(crew)]
		n := i / len(crew)
		begin := at(1+n%4, starts[n/4%5][0], starts[n/4%5][1])
		p, err := f.workforce.Get(f.ctx, d, e)
		f.must(err)
		_, err = f.orders.PlanVisit(f.ctx, orders.PlanVisit{Orders: []orders.ID{o.ID}, Engineers: []workforce.EngineerID{e}, Start: begin, End: begin.Add(50 * time.Minute), OutletID: p.OutletID})
		f.must(err)
	}
	return f
}

// closeOwn takes the fixture's own outlet out of the way.
func (f *fixture) closeOwn() error {
	_, err := f.outlets.SetAreas(f.ctx, outlets.SetAreasInput{ID: f.own.ID, Version: f.own.Version, Areas: []outlets.Area{}})
	return err
}

// BenchmarkSlotsHTTP asks over HTTP for the 25 windows of five days, 120 engineers with 1,000 visits, from the days in
// memory and without them, and with rush hours twice a day. Between the requests somebody's day changes, as it does in life: one in ten is asked after
// a hold, and in "changed" each.
func BenchmarkSlotsHTTP(b *testing.B) {
	for _, engine := range []struct {
		name string
		open func(testing.TB) *db.DB
	}{{"sqlite", dbtest.SQLite}, {"postgres", dbtest.Postgres}} {
		b.Run(engine.name, func(b *testing.B) {
			f := city(b, engine.open(b), 12, 1000)
			wanted := make([]orders.Order, 20)
			for i := range wanted {
				wanted[i] = f.orderAt(geo.Point{Lat: 30.21 + float64(i)/200, Lon: 120.06 + float64(i)/150, Datum: geo.WGS84})
			}
			for _, cache := range []string{"fresh", "cached", "changed", "rush"} {
				b.Run(cache, func(b *testing.B) {
					f.cache = newDayCache(maxCachedDays)
					if cache == "fresh" {
						f.cache = newDayCache(0)
					}
					if cache == "rush" {
						f.setPolicy(PlanPolicy{RushHours: []RushHours{
							{Days: []string{"working"}, From: "07:30", To: "09:30", Percent: 150}, {Days: []string{"working"}, From: "17:00", To: "19:00", Percent: 170},
						}})
					}
					h := httptest.NewServer(apitest.Serve(f.d, f.keys, apitest.Narrowed{}, f.words(), f.Service).Handler())
					defer h.Close()
					var took, used []time.Duration
					i := 0
					for b.Loop() {
						o := wanted[i%len(wanted)]
						if i%10 == 9 || cache == "changed" {
							b.StopTimer()
							f.hold(o, at(1+i%4, 15, 0), at(1+i%4, 17, 0))
							b.StartTimer()
						}
						i++
						start, cpu := time.Now(), cpuTime()
						res, err := http.Get(h.URL + httpapi.Prefix + "/orders/" + string(o.ID) + "/slots?days=5")
						if err != nil {
							b.Fatal(err)
						}
						n, err := io.Copy(io.Discard, res.Body)
						_ = res.Body.Close()
						if err != nil || res.StatusCode != http.StatusOK || n < 2000 {
							b.Fatalf("%d with %d bytes, %v", res.StatusCode, n, err)
						}
						took, used = append(took, time.Since(start)), append(used, cpuTime()-cpu)
					}
					slices.Sort(took)
					slices.Sort(used)
					b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
					b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
					b.ReportMetric(float64(used[len(used)/2].Microseconds())/1000, "p50-cpu-ms")
					b.ReportMetric(float64(used[len(used)*99/100].Microseconds())/1000, "p99-cpu-ms")
				})
			}
		})
	}
}
