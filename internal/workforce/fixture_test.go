package workforce

import (
	"context"
	"testing"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt/crypttest"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/geo"
)

// noon is a Monday, 12:00 in Shanghai.
var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

// fixture is two outlets, /hz/ (brands one and two) and /sh/ (brand two), each with an engineer: Li in
// Hangzhou (all brands of his outlet), Wu in Shanghai.
type fixture struct {
	*Service
	t        *testing.T
	d        *db.DB
	ctx      context.Context // the centre's admin
	one, two catalog.BrandID
	hz, sh   outlets.Outlet
	li, wu   Engineer
}

func newFixture(t *testing.T, d *db.DB) *fixture {
	t.Helper()
	dbtest.Clock(d, noon)
	if err := catalog.Seed(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	keys, cat := crypttest.New(t, d), catalog.New(d)
	out := outlets.New(d, keys, cat)
	f := &fixture{Service: New(d, keys, cat, out), t: t, d: d, ctx: as(t, access.Everything, "*")}
	for code, id := range map[string]*catalog.BrandID{"ONE": &f.one, "TWO": &f.two} {
		b, err := cat.CreateBrand(f.ctx, catalog.CreateBrandInput{Code: code, NameZh: code})
		if err != nil {
			t.Fatal(err)
		}
		*id = b.ID
	}
	f.hz = f.outlet("hz", f.one, f.two)
	f.sh = f.outlet("sh", f.two)
	f.li = f.create(CreateInput{
		OutletID: f.hz.ID, Name: "李师傅", Job: JobEngineer, Phone: "13912345678", Number: "E001", UserID: "user-li",
		Skills: []Skill{{"REFR", 3}, {"LVE", 2}, {"GAS", 1}},
	})
	f.wu = f.create(CreateInput{OutletID: f.sh.ID, Name: "吴师傅", Job: JobEngineer})
	return f
}

func (f *fixture) outlet(code string, brands ...catalog.BrandID) outlets.Outlet {
	f.t.Helper()
	o, err := f.outlets.Create(f.ctx, outlets.CreateInput{Code: code, Name: code, Kind: outlets.KindOwn, Brands: brands, Point: geo.Point{Lat: 30, Lon: 120, Datum: geo.WGS84}})
	if err != nil {
		f.t.Fatalf("outlet %s: %v", code, err)
	}
	return o
}

func (f *fixture) create(in CreateInput) Engineer {
	f.t.Helper()
	e, err := f.Create(f.ctx, in)
	if err != nil {
		f.t.Fatalf("create %s: %v", in.Number, err)
	}
	return e
}

func (f *fixture) get(id EngineerID) Engineer {
	f.t.Helper()
	e, err := f.Get(f.t.Context(), f.d, id)
	if err != nil {
		f.t.Fatal(err)
	}
	return e
}

func (f *fixture) day(id EngineerID, date string) int64 {
	f.t.Helper()
	v, err := f.DayVersion(f.t.Context(), f.d, id, date)
	if err != nil {
		f.t.Fatal(err)
	}
	return v
}

func as(t *testing.T, scope access.Scope, perms ...string) context.Context {
	set := access.Set{}
	for _, p := range perms {
		set[p] = true
	}
	return access.With(t.Context(), access.Actor{Kind: access.User, ID: "u", Permissions: set, Scope: scope})
}

func ptr[T any](v T) *T { return &v }
