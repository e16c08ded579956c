package units

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"anxin/internal/customers"
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

func newServer(t *testing.T, d *db.DB, s *Service) http.Handler {
	t.Helper()
	api := httpapi.New(httpapi.Options{
		DB: d, Log: slog.New(slog.DiscardHandler), Words: i18n.Must(problem.Words, crypt.Words, customers.Words, Words), Seal: seal{s.keys}, Auth: byHeader{},
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
		h := newServer(t, d, f.Service)
		body := `{"brand_id":"` + string(f.brand) + `","model_id":"` + string(f.model) + `","serial":"SN-0001-77","owner_id":"` + string(f.owner) + `",` +
			`"place":{"text":"` + street + door + `","access":"门禁 2580#"},"dates":{"installed":{"day":"2026-01-05","by":"invoice"}},` +
			`"purchase":{"channel":"tmall","price":{"minor":299900,"currency":"CNY"}},"components":[{"type":"compressor","serial":"C1"}]}`
		code, u := call(t, h, "POST", "/units", body, "Idempotency-Key", "k1")
		if code != 201 {
			t.Fatalf("create = %d %v", code, u)
		}
		id := u["id"].(string)
		if code, again := call(t, h, "POST", "/units", body, "Idempotency-Key", "k1"); code != 201 || again["id"] != id {
			t.Errorf("the same request again = %d %v", code, again)
		}
		for _, path := range []string{"", "/timeline", "/facts", "/components", "/label"} {
			code, out := call(t, h, "GET", "/units/"+id+path, "")
			raw, _ := json.Marshal(out)
			if code != 200 {
				t.Errorf("GET %s = %d %s", path, code, raw)
			}
			for _, secret := range []string{"1704室", "969号", "2580#"} {
				if strings.Contains(string(raw), secret) {
					t.Errorf("GET %s shows %s: %s", path, secret, raw)
				}
			}
			if code, _ := call(t, h, "GET", "/units/"+id+path, "", "X-Outlet", "/sh/"); code != 404 {
				t.Errorf("GET %s of another outlet = %d, want 404", path, code)
			}
		}
		for query, want := range map[string]int{
			"": 1, "?serial=sn0001": 1, "?serial=0177": 1, "?serial=9999": 0, "?serial=77": 0, "?category=AC": 1, "?owner_id=" + string(f.owner): 1,
			"?owner_id=none": 0, "?division=3301": 1, "?mark=recall": 0, "?state=retired": 0,
		} {
			code, out := call(t, h, "GET", "/units"+query, "")
			if code != 200 || len(out["items"].([]any)) != want {
				t.Errorf("GET /units%s = %d with %v, want %d units", query, code, out["items"], want)
			}
		}
		for _, tt := range []struct {
			method, path, body string
			header             []string
			status             int
			code               string
		}{
			{"PATCH", "", `{"serial":"SN9999"}`, nil, 428, "version_required"},
			{"PATCH", "", `{"serial":"SN9999"}`, []string{"If-Match", `"7"`}, 412, "stale"},
			{"PATCH", "", `{"dates":{"installed":{"day":"2099-01-01","by":"invoice"}}}`, []string{"If-Match", `"1"`}, 422, "invalid"},
			{"PATCH", "", `{"dates":{"born":{"day":"2020-01-01","by":"invoice"}}}`, []string{"If-Match", `"1"`}, 422, "invalid"},
			{"PATCH", "", `{"dates":[1]}`, []string{"If-Match", `"1"`}, 422, "invalid"},
			{"PATCH", "", `{"serial":"SN9999"}`, []string{"If-Match", `"1"`, "X-Outlet", "/sh/"}, 404, "not_found"},
			{"POST", "/marks", `{"mark":"Re call"}`, nil, 422, "invalid"},
			{"POST", "/marks", `{"mark":"recall","clear":true}`, nil, 409, "units.no_mark"},
			{"POST", "/restore", `{}`, nil, 409, "units.state"},
			{"POST", "/merge", `{"unit_id":"` + id + `"}`, nil, 409, "units.merge_self"},
			{"POST", "/owner", `{"owner_id":"none"}`, nil, 422, "invalid"},
			{"POST", "/replace", `{"unit_id":"none"}`, nil, 404, "not_found"},
		} {
			code, out := call(t, h, tt.method, "/units/"+id+tt.path, tt.body, tt.header...)
			if code != tt.status || out["code"] != tt.code {
				t.Errorf("%s %s %s = %d %v, want %d %s", tt.method, tt.path, tt.body, code, out, tt.status, tt.code)
			}
		}
		if code, out := call(t, h, "PATCH", "/units/"+id, `{"dates":{"installed":null,"delivered":{"day":"2026-01-04","by":"carrier"}}}`, "If-Match", `"1"`); code != 200 ||
			len(out["dates"].(map[string]any)) != 1 || out["version"] != 2.0 {
			t.Errorf("edit = %d %v", code, out)
		}
		if code, out := call(t, h, "POST", "/units/"+id+"/marks", `{"mark":"recall","reason":"campaign"}`); code != 200 || len(out["marks"].([]any)) != 1 {
			t.Errorf("mark = %d %v", code, out)
		}
		if code, out := call(t, h, "POST", "/units/"+id+"/place/reveal", `{"reason":"prepare_visit"}`); code != 200 || out["text"] != street+door {
			t.Errorf("reveal = %d %v", code, out)
		}
		r := httptest.NewRequest("GET", httpapi.Prefix+"/units/"+id+"/label.png?base=https://s.example.com", nil)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 200 || !strings.HasPrefix(w.Body.String(), "\x89PNG") || w.Header().Get("Content-Type") != "image/png" {
			t.Errorf("label = %d %s", w.Code, w.Header().Get("Content-Type"))
		}
	})
}
