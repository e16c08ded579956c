package parts

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
)

// seal keeps answers with the installation's key, as the product does.
type seal struct{ keys *crypt.Keys }

func (s seal) SealBytes(ctx context.Context, q db.Querier, plain []byte) ([]byte, error) {
	return s.keys.Seal(ctx, q, s.keys.Installation(), string(plain))
}

func (s seal) OpenBytes(ctx context.Context, q db.Querier, sealed []byte) ([]byte, error) {
	text, err := s.keys.Open(ctx, q, s.keys.Installation(), sealed)
	return []byte(text), err
}

type byHeader struct{}

func (byHeader) Authenticate(r *http.Request) (access.Actor, error) {
	scope := access.Everything
	if path := r.Header.Get("X-Outlet"); path != "" {
		scope = access.Scope{OutletPath: path}
	}
	return access.Actor{Kind: access.User, ID: "u1", Permissions: access.Set{"*": true}, Scope: scope}, nil
}

func newServer(t *testing.T, d *db.DB, s *Service, keys *crypt.Keys) http.Handler {
	t.Helper()
	api := httpapi.New(httpapi.Options{
		DB: d, Log: slog.New(slog.DiscardHandler), Words: i18n.Must(problem.Words, crypt.Words, Words), Seal: seal{keys}, Auth: byHeader{},
		Version: "test",
	})
	s.Register(api)
	return api.Handler()
}

func call(t *testing.T, h http.Handler, method, path, body string, header ...string) (int, map[string]any) {
	t.Helper()
	r := httptest.NewRequest(method, httpapi.Prefix+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	raw, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &out); err != nil {
			t.Fatalf("%s %s: %s", method, path, raw)
		}
	}
	return w.Code, out
}

func TestAPI(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		h := newServer(t, d, f.Service, f.keys)
		store := string(OutletPlace(f.west.ID))
		code, p := call(t, h, "POST", "/parts", `{"code":"fan-1","name_zh":"风扇电机","class":"M","price":{"minor":8000,"currency":"CNY"}}`, "Idempotency-Key", "k1")
		if code != 201 || p["code"] != "FAN-1" {
			t.Fatalf("create = %d %v", code, p)
		}
		id := p["id"].(string)
		if code, again := call(t, h, "POST", "/parts", `{"code":"fan-1","name_zh":"风扇电机","class":"M","price":{"minor":8000,"currency":"CNY"}}`, "Idempotency-Key", "k1"); code != 201 || again["id"] != id {
			t.Errorf("the same request again = %d %v", code, again)
		}
		line := func(qty string) string {
			return `{"place_id":"` + store + `","part_id":"` + id + `","qty":` + qty + `,"reason":"r"}`
		}
		for _, tt := range []struct {
			method, path, body string
			header             []string
			status             int
			code               string
		}{
			{"POST", "/parts", `{"code":"FAN-1","name_zh":"x","class":"M"}`, nil, 409, "parts.code_taken"},
			{"POST", "/parts", `{"code":"X","name_zh":"x","class":"Q"}`, nil, 422, "invalid"},
			{"PATCH", "/parts/" + id, `{"name_zh":"x"}`, nil, 428, "version_required"},
			{"PATCH", "/parts/" + id, `{"name_zh":"x"}`, []string{"If-Match", `"4"`}, 412, "stale"},
			{"GET", "/parts/none", "", nil, 404, "not_found"},
			{"POST", "/stock/receive", line("0"), nil, 422, "invalid"},
			{"POST", "/stock/receive", line("-1"), nil, 422, "invalid"},
			{"POST", "/stock/receive", line("5"), []string{"X-Outlet", "/east/"}, 422, "invalid"},
			{"POST", "/stock/scrap", line("5"), nil, 409, "parts.short"},
			{"POST", "/stock/transfers/none/receive", `{}`, nil, 404, "not_found"},
			{"POST", "/old-parts/none/receive", `{}`, nil, 404, "not_found"},
			{"POST", "/stock/places/attic/close", `{}`, nil, 404, "not_found"},
		} {
			code, out := call(t, h, tt.method, tt.path, tt.body, tt.header...)
			if code != tt.status || out["code"] != tt.code {
				t.Errorf("%s %s %s = %d %v, want %d %s", tt.method, tt.path, tt.body, code, out, tt.status, tt.code)
			}
		}
		if code, out := call(t, h, "POST", "/stock/receive", line("5")); code != 200 || out["free"] != 5.0 {
			t.Errorf("receive = %d %v", code, out)
		}
		code, tr := call(t, h, "POST", "/stock/transfers", `{"from":"`+store+`","to":"centre","lines":[{"part_id":"`+id+`","qty":2}]}`)
		if code != 201 || tr["state"] != "shipped" {
			t.Fatalf("ship = %d %v", code, tr)
		}
		if code, out := call(t, h, "POST", "/stock/transfers/"+tr["id"].(string)+"/receive", `{}`); code != 200 || out["state"] != "received" {
			t.Errorf("receive transfer = %d %v", code, out)
		}
		for path, want := range map[string]int{
			"/parts": 3, "/parts?q=fan": 1, "/stock": 2, "/stock?part_id=" + id: 2, "/stock/movements?place_id=" + store: 2, "/stock/places": 2,
			"/stock/transfers?state=received": 1, "/old-parts": 0,
		} {
			code, out := call(t, h, "GET", path, "")
			if code != 200 || len(out["items"].([]any)) != want {
				t.Errorf("GET %s = %d %v, want %d rows", path, code, out, want)
			}
		}
		code, first := call(t, h, "GET", "/parts?limit=2", "")
		if code != 200 || len(first["items"].([]any)) != 2 {
			t.Fatalf("first page = %d %v", code, first)
		}
		if code, rest := call(t, h, "GET", "/parts?limit=2&cursor="+first["next_cursor"].(string), ""); code != 200 || len(rest["items"].([]any)) != 1 || rest["next_cursor"] != nil {
			t.Errorf("second page = %d %v", code, rest)
		}
	})
}
