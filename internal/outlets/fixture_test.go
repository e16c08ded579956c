package outlets

import (
	"context"
	"testing"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt/crypttest"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
)

// noon is a Monday, 12:00 in Shanghai.
var noon = time.Date(2026, 11, 23, 4, 0, 0, 0, time.UTC)

// fixture is a network of two cities, one of them with an outlet below, and two brands:
// /hz/ (both brands), /hz/west/ (brand one), /sh/ (brand two).
type fixture struct {
	*Service
	t            *testing.T
	d            *db.DB
	ctx          context.Context // the centre's admin
	one, two     catalog.BrandID
	hz, west, sh Outlet
}

func newFixture(t *testing.T, d *db.DB) *fixture {
	t.Helper()
	dbtest.Clock(d, noon)
	if err := catalog.Seed(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	cat := catalog.New(d)
	f := &fixture{Service: New(d, crypttest.New(t, d), cat), t: t, d: d}
	f.ctx = as(t, access.Everything, "*")
	for code, id := range map[string]*catalog.BrandID{"ONE": &f.one, "TWO": &f.two} {
		b, err := cat.CreateBrand(f.ctx, catalog.CreateBrandInput{Code: code, NameZh: code})
		if err != nil {
			t.Fatal(err)
		}
		*id = b.ID
	}
	f.hz = f.create(CreateInput{Code: "hz", Name: "杭州中心", Kind: KindOwn, Brands: []catalog.BrandID{f.one, f.two}, Division: "3301", Phone: "0571-88881234"})
	f.west = f.create(CreateInput{Code: "west", Name: "西湖网点", Kind: KindAuthorised, ParentID: f.hz.ID, Brands: []catalog.BrandID{f.one}, Division: "330106"})
	f.sh = f.create(CreateInput{Code: "sh", Name: "上海网点", Kind: KindAuthorised, Brands: []catalog.BrandID{f.two}, Division: "310101"})
	return f
}

func (f *fixture) create(in CreateInput) Outlet {
	f.t.Helper()
	o, err := f.Create(f.ctx, in)
	if err != nil {
		f.t.Fatalf("create %s: %v", in.Code, err)
	}
	return o
}

// version reads the outlet's present version.
func (f *fixture) version(id ID) int64 {
	f.t.Helper()
	o, err := f.Get(f.t.Context(), f.d, id)
	if err != nil {
		f.t.Fatal(err)
	}
	return o.Version
}

func as(t *testing.T, scope access.Scope, perms ...string) context.Context {
	set := access.Set{}
	for _, p := range perms {
		set[p] = true
	}
	return access.With(t.Context(), access.Actor{Kind: access.User, ID: "u", Permissions: set, Scope: scope})
}

func ptr[T any](v T) *T { return &v }
