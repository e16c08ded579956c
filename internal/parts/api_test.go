package parts

import (
	"io/fs"
	"testing"

	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/httpapi/apitest"
)

func TestAPI(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		api := apitest.New(t, d, f.keys, apitest.Narrowed{}, []fs.FS{crypt.Words, Words}, f.Service)
		store := string(OutletPlace(f.west.ID))
		code, p := api.Call("POST", "/parts", `{"code":"fan-1","name_zh":"风扇电机","class":"M","price":{"minor":8000,"currency":"CNY"}}`, "Idempotency-Key", "k1")
		if code != 201 || p["code"] != "FAN-1" {
			t.Fatalf("create = %d %v", code, p)
		}
		id := p["id"].(string)
		if code, again := api.Call("POST", "/parts", `{"code":"fan-1","name_zh":"风扇电机","class":"M","price":{"minor":8000,"currency":"CNY"}}`, "Idempotency-Key", "k1"); code != 201 || again["id"] != id {
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
			code, out := api.Call(tt.method, tt.path, tt.body, tt.header...)
			if code != tt.status || out["code"] != tt.code {
				t.Errorf("%s %s %s = %d %v, want %d %s", tt.method, tt.path, tt.body, code, out, tt.status, tt.code)
			}
		}
		if code, out := api.Call("POST", "/stock/receive", line("5")); code != 200 || out["free"] != 5.0 {
			t.Errorf("receive = %d %v", code, out)
		}
		code, tr := api.Call("POST", "/stock/transfers", `{"from":"`+store+`","to":"centre","lines":[{"part_id":"`+id+`","qty":2}]}`)
		if code != 201 || tr["state"] != "shipped" {
			t.Fatalf("ship = %d %v", code, tr)
		}
		if code, out := api.Call("POST", "/stock/transfers/"+tr["id"].(string)+"/receive", `{}`); code != 200 || out["state"] != "received" {
			t.Errorf("receive transfer = %d %v", code, out)
		}
		for path, want := range map[string]int{
			"/parts": 3, "/parts?q=fan": 1, "/stock": 2, "/stock?part_id=" + id: 2, "/stock/movements?place_id=" + store: 2, "/stock/places": 2,
			"/stock/transfers?state=received": 1, "/old-parts": 0,
		} {
			code, out := api.Call("GET", path, "")
			if code != 200 || len(out["items"].([]any)) != want {
				t.Errorf("GET %s = %d %v, want %d rows", path, code, out, want)
			}
		}
		code, first := api.Call("GET", "/parts?limit=2", "")
		if code != 200 || len(first["items"].([]any)) != 2 {
			t.Fatalf("first page = %d %v", code, first)
		}
		if code, rest := api.Call("GET", "/parts?limit=2&cursor="+first["next_cursor"].(string), ""); code != 200 || len(rest["items"].([]any)) != 1 || rest["next_cursor"] != nil {
			t.Errorf("second page = %d %v", code, rest)
		}
	})
}
