package prefs

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt/crypttest"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/httpapi/apitest"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/problem"
)

type fixture struct {
	*Service
	d   *db.DB
	ids *identity.Service
}

func newFixture(t *testing.T, d *db.DB) *fixture {
	t.Helper()
	keys := crypttest.New(t, d)
	ids := identity.New(d, keys, slices.Concat(Permissions, identity.Permissions), identity.Options{})
	return &fixture{New(d, keys, ids), d, ids}
}

// as makes a user and returns a context in which they act.
func (f *fixture) as(t *testing.T, login string, scope access.Scope, share bool, roles ...string) context.Context {
	t.Helper()
	c, err := f.ids.Create(access.AsSystem(t.Context(), "test"), identity.CreateInput{
		Profile: identity.Profile{Login: login, Name: login, Roles: roles, Scope: scope}, Password: "correct horse battery",
	})
	if err != nil {
		t.Fatalf("create %s: %v", login, err)
	}
	a := access.Actor{Kind: access.User, ID: string(c.User.ID), Scope: scope, Permissions: access.Set{PermShare: share}}
	return access.With(t.Context(), a)
}

func names(ctx context.Context, t *testing.T, s *Service, page string) []string {
	t.Helper()
	list, err := s.List(ctx, page)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, v := range list {
		out = append(out, v.Name)
	}
	return out
}

func TestViews(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		mgrRole := access.RoleOutletManager
		west := f.as(t, "west", access.Scope{OutletPath: "/hz/west/", Brands: []string{"b1"}}, true, mgrRole)
		team := f.as(t, "team", access.Scope{OutletPath: "/hz/west/team/", Brands: []string{"b1", "b2"}}, false, mgrRole)
		b2 := f.as(t, "west.b2", access.Scope{OutletPath: "/hz/west/", Brands: []string{"b2"}}, true, mgrRole)
		east := f.as(t, "east", access.Scope{OutletPath: "/hz/east/", Brands: []string{"b1"}}, true, mgrRole)
		eng := f.as(t, "eng", access.Scope{OutletPath: "/hz/west/", Brands: []string{"b1"}}, false, access.RoleEngineer)
		centre := f.as(t, "centre", access.Everything, true, access.RoleAdmin)

		own, err := f.Create(west, SaveInput{Page: "cases", Name: " 我的 ", State: json.RawMessage(`{"q": "13812345678"}`)})
		if err != nil || own.Name != "我的" || string(own.State) != `{"q":"13812345678"}` {
			t.Fatalf("create = %+v, %v", own, err)
		}
		shared, err := f.Create(west, SaveInput{Page: "cases", Name: "晚到", State: json.RawMessage(`{}`), Role: mgrRole})
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			who  string
			ctx  context.Context
			page string
			want []string
		}{
			{"the maker", west, "cases", []string{"我的", "晚到"}},
			{"the maker on another page", west, "orders", []string{}},
			{"the role below", team, "cases", []string{"晚到"}},
			{"another brand", b2, "cases", []string{}},
			{"another outlet", east, "cases", []string{}},
			{"another role", eng, "cases", []string{}},
			{"above", centre, "cases", []string{}},
		} {
			if got := names(tt.ctx, t, f.Service, tt.page); !slices.Equal(got, tt.want) {
				t.Errorf("%s sees %v, want %v", tt.who, got, tt.want)
			}
		}
		for who, ctx := range map[string]context.Context{"the role below": team, "another brand": b2, "another outlet": east} {
			_, err := f.Edit(ctx, SaveInput{ID: shared.ID, Version: 1, Name: "x", State: json.RawMessage(`{}`)})
			if !problem.Match(err, ErrNoView) {
				t.Errorf("%s edits a view: %v", who, err)
			}
			if err := f.Delete(ctx, shared.ID); !problem.Match(err, ErrNoView) {
				t.Errorf("%s deletes a view: %v", who, err)
			}
		}
		if err := f.Delete(centre, own.ID); !problem.Match(err, ErrNoView) {
			t.Errorf("the centre deletes a private view: %v", err)
		}
		_, err = f.Edit(west, SaveInput{ID: shared.ID, Version: 3, Name: "x", State: json.RawMessage(`{}`)})
		if !problem.Match(err, problem.ErrStale) {
			t.Errorf("stale edit = %v", err)
		}
		if _, err = f.Edit(west, SaveInput{ID: shared.ID, Version: 1, Name: "x", State: json.RawMessage(`{"a":1}`)}); err != nil {
			t.Fatal(err)
		}
		if got := names(team, t, f.Service, "cases"); len(got) != 0 {
			t.Errorf("a view that is shared no more is seen as %v", got)
		}
		shared, err = f.Edit(west, SaveInput{ID: shared.ID, Version: 2, Name: "又共享", State: json.RawMessage(`{"a":1}`), Role: mgrRole})
		if err != nil || shared.Version != 3 {
			t.Fatalf("share again = %+v, %v", shared, err)
		}
		if _, err = f.Edit(centre, SaveInput{ID: shared.ID, Version: 3, Name: "由中心整理", State: json.RawMessage(`{}`), Role: mgrRole}); err != nil {
			t.Errorf("the centre tidies up: %v", err)
		}
		if got := names(team, t, f.Service, "cases"); !slices.Equal(got, []string{"由中心整理"}) {
			t.Errorf("tidied up view seen as %v", got)
		}
		if err := f.Delete(centre, shared.ID); err != nil {
			t.Errorf("the centre deletes a shared view: %v", err)
		}

		for _, tt := range []struct {
			name string
			ctx  context.Context
			in   SaveInput
			want *problem.Code
		}{
			{"not a person", access.With(t.Context(), access.Actor{Kind: access.Key, ID: "k"}), SaveInput{Page: "cases", Name: "x", State: json.RawMessage(`{}`)}, problem.ErrUnauth},
			{"share without permission", team, SaveInput{Page: "cases", Name: "x", State: json.RawMessage(`{}`), Role: mgrRole}, problem.ErrForbidden},
			{"unknown role", west, SaveInput{Page: "cases", Name: "x", State: json.RawMessage(`{}`), Role: "king"}, problem.ErrInvalid},
			{"page", west, SaveInput{Page: "../x", Name: "x", State: json.RawMessage(`{}`)}, problem.ErrInvalid},
			{"no name", west, SaveInput{Page: "cases", Name: " ", State: json.RawMessage(`{}`)}, problem.ErrInvalid},
			{"long name", west, SaveInput{Page: "cases", Name: strings.Repeat("长", 61), State: json.RawMessage(`{}`)}, problem.ErrInvalid},
			{"bad UTF-8", west, SaveInput{Page: "cases", Name: "\xff", State: json.RawMessage(`{}`)}, problem.ErrInvalid},
			{"no object", west, SaveInput{Page: "cases", Name: "x", State: json.RawMessage(`[1]`)}, problem.ErrInvalid},
			{"broken", west, SaveInput{Page: "cases", Name: "x", State: json.RawMessage(`{`)}, problem.ErrInvalid},
			{"huge", west, SaveInput{Page: "cases", Name: "x", State: json.RawMessage(`{"x":"` + strings.Repeat("x", maxState) + `"}`)}, problem.ErrInvalid},
		} {
			if _, err := f.Create(tt.ctx, tt.in); !problem.Match(err, tt.want) {
				t.Errorf("%s = %v, want %v", tt.name, err, tt.want)
			}
		}
		sealed, err := db.Get(t.Context(), d, func(s db.Scanner) (b []byte, err error) { return b, s.Scan(&b) }, `SELECT body_sealed FROM prefs_view WHERE id = $1`, own.ID)
		if err != nil || strings.Contains(string(sealed), "13812345678") {
			t.Errorf("a filter is readable at rest: %v", err)
		}
	})
}

func TestViewsAreBounded(t *testing.T) {
	t.Parallel()
	f := newFixture(t, dbtest.SQLite(t))
	ctx := f.as(t, "one", access.Everything, false, access.RoleAgent)
	var err error
	for range maxViews + 1 {
		_, err = f.Create(ctx, SaveInput{Page: "cases", Name: "x", State: json.RawMessage(`{}`)})
	}
	if !problem.Match(err, ErrFull) {
		t.Errorf("view %d = %v, want %v", maxViews+1, err, ErrFull)
	}
}

type auth struct{ ctx context.Context }

func (a auth) Authenticate(*http.Request) (access.Actor, error) { return access.From(a.ctx), nil }

func TestAPI(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	f := newFixture(t, d)
	ctx := f.as(t, "one", access.Everything, true, access.RoleAgent)
	words := i18n.Must(problem.Words, Words)
	for _, p := range words.Problems() {
		t.Error(p)
	}
	api := httpapi.New(httpapi.Options{DB: d, Log: slog.New(slog.DiscardHandler), Words: words, Seal: apitest.Plain{}, Auth: auth{ctx}, Version: "test"})
	f.Register(api)
	send := func(status int, method, path, body string, header ...string) string {
		t.Helper()
		r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		api.Handler().ServeHTTP(w, r)
		raw, err := io.ReadAll(w.Body)
		if err != nil || w.Code != status {
			t.Errorf("%s %s = %d %s, want %d", method, path, w.Code, raw, status)
		}
		return string(raw)
	}
	var v struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal([]byte(send(201, "POST", "/views", `{"page":"cases","name":"晚到","state":{"late":true,"n":12345678901234567},"role":"agent"}`)), &v); err != nil {
		t.Fatal(err)
	}
	send(428, "PUT", "/views/"+v.ID, `{"name":"x","state":{}}`)
	send(412, "PUT", "/views/"+v.ID, `{"name":"x","state":{}}`, "If-Match", "7")
	send(200, "PUT", "/views/"+v.ID, `{"name":"x","state":{"columns":["a"]}}`, "If-Match", "1")
	if got := send(200, "GET", "/views?page=cases", ""); !strings.Contains(got, `"state":{"columns":["a"]}`) || !strings.Contains(got, `"owner_name":"one"`) || !strings.Contains(got, `"mine":true`) {
		t.Errorf("list = %s", got)
	}
	send(422, "GET", "/views", "")
	send(422, "POST", "/views", `{"page":"cases","name":"x","state":[]}`)
	send(404, "DELETE", "/views/nope", "")
	send(204, "DELETE", "/views/"+v.ID, "")
}
