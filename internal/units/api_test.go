package units

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"

	"anxin/internal/customers"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/httpapi/apitest"
)

func TestAPI(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		api := apitest.New(t, d, f.keys, apitest.Narrowed{}, []fs.FS{crypt.Words, customers.Words, Words}, f.Service)
		body := `{"brand_id":"` + string(f.brand) + `","model_id":"` + string(f.model) + `","serial":"SN-0001-77","owner_id":"` + string(f.owner) + `",` +
			`"place":{"text":"` + street + door + `","access":"门禁 2580#"},"dates":{"installed":{"day":"2026-01-05","by":"invoice"}},` +
			`"purchase":{"channel":"tmall","price":{"minor":299900,"currency":"CNY"}},"components":[{"type":"compressor","serial":"C1"}]}`
		code, u := api.Call("POST", "/units", body, "Idempotency-Key", "k1")
		if code != 201 {
			t.Fatalf("create = %d %v", code, u)
		}
		id := u["id"].(string)
		if code, again := api.Call("POST", "/units", body, "Idempotency-Key", "k1"); code != 201 || again["id"] != id {
			t.Errorf("the same request again = %d %v", code, again)
		}
		for _, path := range []string{"", "/timeline", "/facts", "/components", "/label"} {
			code, out := api.Call("GET", "/units/"+id+path, "")
			raw, _ := json.Marshal(out)
			if code != 200 {
				t.Errorf("GET %s = %d %s", path, code, raw)
			}
			for _, secret := range []string{"1704室", "969号", "2580#"} {
				if strings.Contains(string(raw), secret) {
					t.Errorf("GET %s shows %s: %s", path, secret, raw)
				}
			}
			if code, _ := api.Call("GET", "/units/"+id+path, "", "X-Outlet", "/sh/"); code != 404 {
				t.Errorf("GET %s of another outlet = %d, want 404", path, code)
			}
		}
		for query, want := range map[string]int{
			"": 1, "?serial=sn0001": 1, "?serial=0177": 1, "?serial=9999": 0, "?serial=77": 0, "?category=AC": 1, "?owner_id=" + string(f.owner): 1,
			"?owner_id=none": 0, "?division=3301": 1, "?mark=recall": 0, "?state=retired": 0,
		} {
			code, out := api.Call("GET", "/units"+query, "")
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
			code, out := api.Call(tt.method, "/units/"+id+tt.path, tt.body, tt.header...)
			if code != tt.status || out["code"] != tt.code {
				t.Errorf("%s %s %s = %d %v, want %d %s", tt.method, tt.path, tt.body, code, out, tt.status, tt.code)
			}
		}
		if code, out := api.Call("PATCH", "/units/"+id, `{"dates":{"installed":null,"delivered":{"day":"2026-01-04","by":"carrier"}}}`, "If-Match", `"1"`); code != 200 ||
			len(out["dates"].(map[string]any)) != 1 || out["version"] != 2.0 {
			t.Errorf("edit = %d %v", code, out)
		}
		if code, out := api.Call("POST", "/units/"+id+"/marks", `{"mark":"recall","reason":"campaign"}`); code != 200 || len(out["marks"].([]any)) != 1 {
			t.Errorf("mark = %d %v", code, out)
		}
		if code, out := api.Call("POST", "/units/"+id+"/place/reveal", `{"reason":"prepare_visit"}`); code != 200 || out["text"] != street+door {
			t.Errorf("reveal = %d %v", code, out)
		}
		w := api.Do("GET", "/units/"+id+"/label.png?base=https://s.example.com", "")
		if w.Code != 200 || !strings.HasPrefix(w.Body.String(), "\x89PNG") || w.Header().Get("Content-Type") != "image/png" {
			t.Errorf("label = %d %s", w.Code, w.Header().Get("Content-Type"))
		}
	})
}
