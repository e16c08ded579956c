package outlets

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt/crypttest"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
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

type plain struct{}

func (plain) SealBytes(_ context.Context, _ db.Querier, b []byte) ([]byte, error) { return b, nil }
func (plain) OpenBytes(_ context.Context, _ db.Querier, b []byte) ([]byte, error) { return b, nil }

type byHeader map[string]access.Actor

func (b byHeader) Authenticate(r *http.Request) (access.Actor, error) {
	if a, ok := b[r.Header.Get("X-User")]; ok {
		return a, nil
	}
	return access.Actor{Kind: access.Public}, nil
}

func (f *fixture) http(actors byHeader) http.Handler {
	api := httpapi.New(httpapi.Options{
		DB: f.d, Log: slog.New(slog.DiscardHandler), Words: i18n.Must(problem.Words, Words), Seal: plain{}, Auth: actors, Version: "test",
	})
	f.Register(api)
	return api.Handler()
}

func call(h http.Handler, method, path, body string, header ...string) (*httptest.ResponseRecorder, map[string]any) {
	r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	var out map[string]any
	_ = json.Unmarshal(w.Body.Bytes(), &out)
	return w, out
}
