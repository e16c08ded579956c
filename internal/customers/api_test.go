package customers

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

func newServer(t *testing.T, d *db.DB, s *Service) http.Handler {
	t.Helper()
	api := httpapi.New(httpapi.Options{
		DB: d, Log: slog.New(slog.DiscardHandler), Words: i18n.Must(problem.Words, crypt.Words, Words), Seal: seal{s.keys}, Auth: byHeader{},
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
		body := `{"name":"王小明","phones":[{"number":"13812345678"}],"email":"wang@example.com","note":"打 13900001111","addresses":[{"text":"` + street + door + `"}],"external_ids":[{"system":"erp","id":"13812345678"}]}`
		code, c := call(t, h, "POST", "/customers", body, "Idempotency-Key", "k1")
		if code != 201 {
			t.Fatalf("create = %d %v", code, c)
		}
		id := c["id"].(string)
		again, c2 := call(t, h, "POST", "/customers", body, "Idempotency-Key", "k1")
		if again != 201 || c2["id"] != id {
			t.Errorf("the same request again = %d %v, want the same customer", again, c2)
		}
		for _, path := range []string{"/customers/" + id, "/customers", "/customers?q=13812345678", "/customers?q=5678", "/customers/" + id + "/addresses"} {
			code, c := call(t, h, "GET", path, "")
			raw, _ := json.Marshal(c)
			if code != 200 || !strings.Contains(string(raw), `"id":`) {
				t.Errorf("GET %s = %d %s", path, code, raw)
			}
			for _, secret := range []string{"13812345678", "13900001111", "小明", "wang@", "1704室", "969号"} {
				if strings.Contains(string(raw), secret) {
					t.Errorf("GET %s shows %s: %s", path, secret, raw)
				}
			}
		}
		for _, tt := range []struct {
			method, path, body string
			header             []string
			status             int
			code               string
		}{
			{"PATCH", "/customers/" + id, `{"name":"x"}`, nil, 428, "version_required"},
			{"PATCH", "/customers/" + id, `{"name":"x"}`, []string{"If-Match", `"9"`}, 412, "stale"},
			{"PATCH", "/customers/" + id, `{"nick":"x"}`, []string{"If-Match", `"1"`}, 422, "invalid"},
			{"PATCH", "/customers/none", `{"name":"x"}`, []string{"If-Match", `"1"`}, 404, "not_found"},
			{"PATCH", "/customers/" + id, `{"name":"x"}`, []string{"If-Match", `"1"`, "X-Outlet", "/sh/"}, 404, "not_found"},
			{"GET", "/customers/" + id, "", []string{"X-Outlet", "/sh/"}, 404, "not_found"},
			{"GET", "/customers/" + id + "/addresses", "", []string{"X-Outlet", "/sh/"}, 404, "not_found"},
			{"POST", "/customers/" + id + "/reveal", `{"field":"name","reason":"complaint"}`, []string{"X-Outlet", "/sh/"}, 404, "not_found"},
			{"POST", "/customers/" + id + "/reveal", `{"field":"name","reason":"fun"}`, nil, 422, "invalid"},
			{"POST", "/customers", `{"phones":[{"number":"abc"}]}`, nil, 422, "invalid"},
			{"POST", "/customers", body, []string{"Idempotency-Key", "k2"}, 409, "customers.external_taken"},
			{"POST", "/customers", `{"name":"other"}`, []string{"Idempotency-Key", "k1"}, 409, "idempotency_key_reused"},
			{"GET", "/customers?cursor=%21", "", nil, 422, "invalid"},
		} {
			code, c := call(t, h, tt.method, tt.path, tt.body, tt.header...)
			raw, _ := json.Marshal(c)
			if code != tt.status || c["code"] != tt.code {
				t.Errorf("%s %s %s = %d %s, want %d %s", tt.method, tt.path, tt.body, code, raw, tt.status, tt.code)
			}
			if strings.Contains(string(raw), "13812345678") {
				t.Errorf("%s %s repeats a number: %s", tt.method, tt.path, raw)
			}
		}
		if code, c := call(t, h, "PATCH", "/customers/"+id, `{"kind":"firm","name":"西湖餐饮"}`, "If-Match", `"1"`); code != 200 || c["name"] != "西湖餐饮" || c["version"] != 2.0 {
			t.Errorf("edit = %d %v", code, c)
		}
		if code, c := call(t, h, "POST", "/customers/"+id+"/reveal", `{"field":"email","reason":"complaint"}`); code != 200 || c["value"] != "wang@example.com" {
			t.Errorf("reveal = %d %v", code, c)
		}
		if code, c := call(t, h, "POST", "/customers/"+id+"/consents", `{"purpose":"marketing","granted":true,"notice_version":"1","channel":"web"}`); code != 200 {
			t.Errorf("consent = %d %v", code, c)
		}
		if code, c := call(t, h, "GET", "/customers/"+id+"/consents", ""); code != 200 || len(c["items"].([]any)) != 1 {
			t.Errorf("consents = %d %v", code, c)
		}
		if code, c := call(t, h, "POST", "/addresses/parse", `{"text":"`+street+door+`"}`); code != 200 || !strings.HasPrefix(c["division"].(string), "330110") {
			t.Errorf("parse = %d %v", code, c)
		}
		code, other := call(t, h, "POST", "/customers", `{"name":"另一条"}`)
		if code != 201 {
			t.Fatalf("create = %d %v", code, other)
		}
		if code, c := call(t, h, "POST", "/customers/"+id+"/merge", `{"into":"`+other["id"].(string)+`","reason":"duplicate"}`); code != 200 || c["id"] != other["id"] {
			t.Errorf("merge = %d %v", code, c)
		}
		if code, c := call(t, h, "GET", "/customers/"+id, ""); code != 200 || c["id"] != other["id"] || c["merged_into"] != other["id"] {
			t.Errorf("a merged customer = %d %v", code, c)
		}
		if code, c := call(t, h, "POST", "/customers/"+id+"/unmerge", `{}`); code != 200 || c["id"] != id {
			t.Errorf("unmerge = %d %v", code, c)
		}
		if code, c := call(t, h, "POST", "/customers/"+id+"/erase", `{"reason":"request"}`); code != 200 || c["erased"] != true || c["name"] != "" {
			t.Errorf("erase = %d %v", code, c)
		}
	})
}
