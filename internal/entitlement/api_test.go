package entitlement

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/httpapi/apitest"
	"anxin/internal/units"
)

func TestAPI(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		api := apitest.New(t, d, apitest.Plain{}, apitest.Narrowed{}, []fs.FS{units.Words, Words}, f.Service)
		unit := "/units/" + string(f.unit)
		grant := `{"kind":"goodwill","name":"apology","lines":["labour"],"payer":"brand","starts":"2027-01-06","ends":"2027-12-31","reason":"complaint"}`
		code, c := api.Call("POST", unit+"/coverages", grant)
		if code != 201 || c["share"] != 100.0 {
			t.Fatalf("grant = %d %v", code, c)
		}
		if code, out := api.Call("GET", unit+"/coverages", ""); code != 200 || len(out["items"].([]any)) != 5 {
			t.Errorf("coverages = %d %v", code, out)
		}
		code, out := api.Call("POST", unit+"/coverage-check", `{"at":"2027-03-01T00:00:00Z","lines":[{"kind":"labour"},{"kind":"travel"}]}`)
		if code != 200 || out["items"].([]any)[0].(map[string]any)["payer"] != "brand" || out["items"].([]any)[1].(map[string]any)["payer"] != "customer" {
			t.Errorf("check = %d %v", code, out)
		}
		code, out = api.Call("POST", unit+"/rights", `{"on":"2026-01-11","fault":{"reported":"2026-01-10","performance":true}}`)
		if choices, _ := out["choices"].([]any); code != 200 || len(choices) != 3 || choices[0].(map[string]any)["option"] != "refund" {
			t.Errorf("rights = %d %v", code, out)
		}
		code, out = api.Call("POST", unit+"/rights", `{"on":"2026-01-11","fault":{"reported":"2026-01-12"}}`)
		if code != 422 || !strings.Contains(fmt.Sprint(out), "fault.reported") {
			t.Errorf("rights about a fault of tomorrow = %d %v", code, out)
		}
		if code, out = api.Call("GET", "/rule-packs", ""); code != 200 || len(out["items"].([]any)) < 10 {
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
			if code, out := api.Call(tt.method, tt.path, tt.body, tt.header...); code != tt.status {
				t.Errorf("%s %s %s = %d %v, want %d", tt.method, tt.path, tt.body, code, out, tt.status)
			}
		}
	})
}
