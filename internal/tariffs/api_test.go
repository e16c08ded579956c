package tariffs

import (
	"io/fs"
	"strings"
	"testing"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/httpapi/apitest"
)

func TestAPI(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := access.With(t.Context(), access.System("test"))
		if err := catalog.Seed(ctx, d); err != nil {
			t.Fatal(err)
		}
		cat := catalog.New(d)
		brand := map[string]string{}
		for _, code := range []string{"ANA", "BEI"} {
			b, err := cat.CreateBrand(ctx, catalog.CreateBrandInput{Code: code, NameZh: code, NameEn: code})
			if err != nil {
				t.Fatal(err)
			}
			brand[code] = string(b.ID)
		}
		s := New(d, cat, time.FixedZone("Asia/Shanghai", 8*60*60))
		if err := s.Seed(ctx); err != nil {
			t.Fatal(err)
		}
		api := apitest.New(t, d, apitest.Plain{}, apitest.Narrowed{}, []fs.FS{Words}, s)
		row := `{"list":"own","kind":"labour","brand_id":"` + brand["ANA"] + `","service_type":"REP","category":"AC","item":"part","amount":{"minor":9900,"currency":"CNY"},"from":"2026-01-01","to":"2026-12-31"}`
		code, p := api.Call("POST", "/prices", row)
		if code != 201 || p["item"] != "part" || p["brand_id"] != brand["ANA"] || p["version"] != 1.0 {
			t.Fatalf("create = %d %v", code, p)
		}
		for name, want := range map[string]int{"ANA": 1, "BEI": 0} {
			code, out := api.Call("GET", "/prices", "", "X-Brand", brand[name])
			n := 0
			for _, r := range out["items"].([]any) {
				if r.(map[string]any)["list"] == "own" {
					n++
				}
			}
			if code != 200 || n != want {
				t.Errorf("brand %s reads %d own rows (%d), want %d", name, n, code, want)
			}
		}
		ask := func(brand, at string) (int, map[string]any) {
			return api.Call("POST", "/prices/ask", `{"brand_id":"`+brand+`","service_type":"REP","category":"AC","kind":"labour","item":"part","factors":["urgent"],"at":"`+at+`"}`)
		}
		for _, tt := range []struct {
			brand, at string
			minor     float64
		}{
			{brand["ANA"], "2026-06-01T00:00:00Z", 11880}, // 99.00 × 1.2
			{brand["ANA"], "2027-06-01T00:00:00Z", 7200},  // the default's 60.00
			{brand["BEI"], "2026-06-01T00:00:00Z", 7200},
		} {
			if code, out := ask(tt.brand, tt.at); code != 200 || out["amount"].(map[string]any)["minor"] != tt.minor {
				t.Errorf("ask %s = %d %v, want %v", tt.at, code, out, tt.minor)
			}
		}
		id := p["id"].(string)
		for _, tt := range []struct {
			method, path, body string
			header             []string
			status             int
		}{
			{"POST", "/prices", strings.Replace(row, "2026-12-31", "2025-12-31", 1), nil, 422},
			{"POST", "/prices", strings.Replace(row, "REP", "NONE", 1), nil, 422},
			{"POST", "/prices", row, []string{"X-Brand", brand["BEI"]}, 422},
			{"POST", "/prices", `{"list":"own"}`, nil, 422},
			{"POST", "/prices/" + id + "/end", `{}`, nil, 428},
			{"POST", "/prices/" + id + "/end", `{}`, []string{"If-Match", `"3"`}, 412},
			{"POST", "/prices/" + id + "/end", `{}`, []string{"If-Match", `"1"`, "X-Brand", brand["BEI"]}, 404},
			{"POST", "/prices/" + id + "/end", `{"to":"2026-03-31"}`, []string{"If-Match", `"1"`}, 200},
			{"POST", "/prices/none/end", `{}`, []string{"If-Match", `"1"`}, 404},
		} {
			if code, out := api.Call(tt.method, tt.path, tt.body, tt.header...); code != tt.status {
				t.Errorf("%s %s %s = %d %v, want %d", tt.method, tt.path, tt.body, code, out, tt.status)
			}
		}
		if code, out := ask(brand["ANA"], "2026-06-01T00:00:00Z"); code != 200 || out["amount"].(map[string]any)["minor"] != 7200.0 {
			t.Errorf("ask after the row's end = %d %v, want the default", code, out)
		}
	})
}
