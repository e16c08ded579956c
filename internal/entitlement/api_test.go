package entitlement

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

type byHeader struct{}

func (byHeader) Authenticate(r *http.Request) (access.Actor, error) {
	scope := access.Everything
	if path := r.Header.Get("X-Outlet"); path != "" {
		scope = access.Scope{OutletPath: path}
	}
	return access.Actor{Kind: access.User, ID: "u1", Permissions: access.Set{"*": true}, Scope: scope}, nil
}

func TestAPI(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		api := httpapi.New(httpapi.Options{
			DB: d, Log: slog.New(slog.DiscardHandler), Words: i18n.Must(problem.Words, units.Words, Words), Auth: byHeader{}, Version: "test",
		})
		f.Register(api)
		call := func(method, path, body string, header ...string) (int, map[string]any) {
			r := httptest.NewRequest(method, httpapi.Prefix+path, strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			for i := 0; i+1 < len(header); i += 2 {
				r.Header.Set(header[i], header[i+1])
			}
			w := httptest.NewRecorder()
			api.Handler().ServeHTTP(w, r)
			out := map[string]any{}
			raw := w.Body.Bytes()
			if len(raw) > 0 && raw[0] == '[' {
				raw = []byte(`{"items":` + string(raw) + `}`)
			}
			if err := json.Unmarshal(raw, &out); err != nil {
				t.Fatalf("%s %s: %s", method, path, raw)
			}
			return w.Code, out
		}
		unit := "/units/" + string(f.unit)
		grant := `{"kind":"goodwill","name":"apology","lines":["labour"],"payer":"brand","starts":"2027-01-06","ends":"2027-12-31","reason":"complaint"}`
		code, c := call("POST", unit+"/coverages", grant)
		if code != 201 || c["share"] != 100.0 {
			t.Fatalf("grant = %d %v", code, c)
		}
		if code, out := call("GET", unit+"/coverages", ""); code != 200 || len(out["items"].([]any)) != 5 {
			t.Errorf("coverages = %d %v", code, out)
		}
		code, out := call("POST", unit+"/coverage-check", `{"at":"2027-03-01T00:00:00Z","lines":[{"kind":"labour"},{"kind":"travel"}]}`)
		if code != 200 || out["items"].([]any)[0].(map[string]any)["payer"] != "brand" || out["items"].([]any)[1].(map[string]any)["payer"] != "customer" {
			t.Errorf("check = %d %v", code, out)
		}
		code, out = call("POST", unit+"/rights", `{"on":"2026-01-11","fault":{"reported":"2026-01-10","performance":true}}`)
		if choices, _ := out["choices"].([]any); code != 200 || len(choices) != 3 || choices[0].(map[string]any)["option"] != "refund" {
			t.Errorf("rights = %d %v", code, out)
		}
		code, out = call("POST", unit+"/rights", `{"on":"2026-01-11","fault":{"reported":"2026-01-12"}}`)
		if code != 422 || !strings.Contains(fmt.Sprint(out), "fault.reported") {
			t.Errorf("rights about a fault of tomorrow = %d %v", code, out)
		}
		if code, out = call("GET", "/rule-packs", ""); code != 200 || len(out["items"].([]any)) < 10 {
			t.Errorf("packs = %d %v", code, out)
		}
		for _, tt := range []struct {
			method, path, body string
			header             []string
			status             int
		}{
			{"POST", unit + "/coverages", strings.Replace(grant, "brand", "customer", 1), nil, 422},
			{"POST", unit + "/coverages", grant, []string{"X-Outlet", "/sh/"}, 404},
			{"GET", unit + "/coverages", "", []string{"X-Outlet", "/sh/"}, 404},
			{"POST", unit + "/coverage-check", `{"lines":[{"kind":"labour"}]}`, []string{"X-Outlet", "/sh/"}, 404},
			{"POST", unit + "/coverage-check", `{"lines":[]}`, nil, 422},
			{"POST", "/coverages/" + c["id"].(string) + "/revoke", `{"reason":"x"}`, nil, 428},
			{"POST", "/coverages/" + c["id"].(string) + "/revoke", `{"reason":"x"}`, []string{"If-Match", `"1"`}, 200},
			{"POST", "/coverages/none/revoke", `{"reason":"x"}`, []string{"If-Match", `"1"`}, 404},
		} {
			if code, out := call(tt.method, tt.path, tt.body, tt.header...); code != tt.status {
				t.Errorf("%s %s %s = %d %v, want %d", tt.method, tt.path, tt.body, code, out, tt.status)
			}
		}
	})
}
