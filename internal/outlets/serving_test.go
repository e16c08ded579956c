package outlets

import (
	"testing"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/geo"
)

// TestZones: work is on the clock of its outlet; before it has one on that of the outlet that would be asked, even when
// another one is nearer.
func TestZones(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		at := func(lat, lon float64) geo.Point { return geo.Point{Lat: lat, Lon: lon, Datum: geo.WGS84} }
		abroad := func(code, zone string, p geo.Point, brands ...catalog.BrandID) Outlet {
			return f.create(CreateInput{Code: code, Name: code, Kind: KindOwn, Brands: brands, Zone: zone, Point: p})
		}
		areas := func(o Outlet, list ...Area) {
			t.Helper()
			if _, err := f.SetAreas(f.ctx, SetAreasInput{ID: o.ID, Version: f.version(o.ID), Areas: list}); err != nil {
				t.Fatalf("areas of %s: %v", o.Code, err)
			}
		}
		ny := abroad("ny", "America/New_York", at(40.71, -74), f.one)
		la := abroad("la", "America/Los_Angeles", at(34.05, -118.24), f.one, f.two)
		abroad("akl", "Pacific/Auckland", at(-36.85, 174.76), f.one)
		shut := abroad("slc", "America/Denver", at(40.76, -111.89), f.one)
		// Who lives in the west of Nevada is nearer to Los Angeles, and is served from New York.
		areas(ny, Area{Division: "US-NV", Rank: 1, Categories: []catalog.CategoryCode{"AC"}})
		areas(la, Area{Division: "US-NV", Rank: 2}, Area{Division: "65", Rank: 1})
		areas(shut, Area{Division: "US-UT", Rank: 1})
		if _, err := f.Suspend(f.ctx, ActInput{ID: shut.ID, Act: access.Act{Reason: "outlet_holiday"}}); err != nil {
			t.Fatal(err)
		}
		work := func(brand catalog.BrandID, category catalog.CategoryCode, division string, p ...geo.Point) Work {
			w := Work{ServingInput: ServingInput{Brand: brand, Category: category, Division: division}}
			if len(p) > 0 {
				w.Point = &p[0]
			}
			return w
		}
		reno, boston, salt := at(39.53, -119.81), at(42.36, -71.06), at(40.7, -111.9)
		own := work(f.one, "AC", "US-NV", reno)
		own.Outlet = la.ID
		gone := work(f.one, "AC", "", reno)
		gone.Outlet = "00000000-0000-7000-8000-00000000dead"
		cases := []struct {
			name string
			work Work
			want string
		}{
			{"of its outlet", own, "America/Los_Angeles"},
			{"of who would be asked, not of who is nearer", work(f.one, "AC", "US-NV-031", reno), "America/New_York"},
			{"of who takes this kind of product", work(f.one, "RF", "US-NV", reno), "America/Los_Angeles"},
			{"of who serves this brand", work(f.two, "AC", "US-NV"), "America/Los_Angeles"},
			{"of the nearest, where nobody serves", work(f.one, "AC", "US-MA", boston), "America/New_York"},
			{"of the nearest of the brand", work(f.two, "AC", "US-MA", boston), "America/Los_Angeles"},
			{"of nobody who has stopped working", work(f.one, "AC", "US-UT", salt), "America/Los_Angeles"},
			{"over the date line", work(f.one, "AC", "", at(-21.13, -175.2)), "Pacific/Auckland"},
			{"of China by its rules of coverage", work(f.one, "AC", "650102"), "America/Los_Angeles"},
			{"of China where nobody serves, whatever its point says", work(f.one, "AC", "330106001", boston), "Asia/Shanghai"},
			{"of an outlet that is not known, by its place", gone, "America/Los_Angeles"},
			{"of the centre, where nothing is known", work(f.one, "AC", "US-MA"), "Asia/Shanghai"},
		}
		var list []Work
		for _, tt := range cases {
			list = append(list, tt.work)
		}
		got, err := f.Zones(t.Context(), d, list)
		if err != nil || len(got) != len(cases) {
			t.Fatalf("Zones = %v, %v", got, err)
		}
		for i, tt := range cases {
			if got[i] != tt.want {
				t.Errorf("%s: %s, want %s", tt.name, got[i], tt.want)
			}
		}
		if got, err := f.Zones(t.Context(), d, nil); err != nil || len(got) != 0 {
			t.Errorf("Zones of nothing = %v, %v", got, err)
		}
	})
}
