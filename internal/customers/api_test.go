package customers

import (
	"encoding/json"
	"io/fs"
	"strings"
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
		body := `{"name":"王小明","phones":[{"number":"13812345678"}],"email":"wang@example.com","note":"打 13900001111","addresses":[{"text":"` + street + door + `"}],"external_ids":[{"system":"erp","id":"13812345678"}]}`
		code, c := api.Call("POST", "/customers", body, "Idempotency-Key", "k1")
		if code != 201 {
			t.Fatalf("create = %d %v", code, c)
		}
		id := c["id"].(string)
		again, c2 := api.Call("POST", "/customers", body, "Idempotency-Key", "k1")
		if again != 201 || c2["id"] != id {
			t.Errorf("the same request again = %d %v, want the same customer", again, c2)
		}
		for _, path := range []string{"/customers/" + id, "/customers", "/customers?q=13812345678", "/customers?q=5678", "/customers/" + id + "/addresses"} {
			code, c := api.Call("GET", path, "")
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
			code, c := api.Call(tt.method, tt.path, tt.body, tt.header...)
			raw, _ := json.Marshal(c)
			if code != tt.status || c["code"] != tt.code {
				t.Errorf("%s %s %s = %d %s, want %d %s", tt.method, tt.path, tt.body, code, raw, tt.status, tt.code)
			}
			if strings.Contains(string(raw), "13812345678") {
				t.Errorf("%s %s repeats a number: %s", tt.method, tt.path, raw)
			}
		}
		if code, c := api.Call("PATCH", "/customers/"+id, `{"kind":"firm","name":"西湖餐饮"}`, "If-Match", `"1"`); code != 200 || c["name"] != "西湖餐饮" || c["version"] != 2.0 {
			t.Errorf("edit = %d %v", code, c)
		}
		if code, c := api.Call("POST", "/customers/"+id+"/reveal", `{"field":"email","reason":"complaint"}`); code != 200 || c["value"] != "wang@example.com" {
			t.Errorf("reveal = %d %v", code, c)
		}
		if code, c := api.Call("POST", "/customers/"+id+"/consents", `{"purpose":"marketing","granted":true,"notice_version":"1","channel":"web"}`); code != 200 {
			t.Errorf("consent = %d %v", code, c)
		}
		if code, c := api.Call("GET", "/customers/"+id+"/consents", ""); code != 200 || len(c["items"].([]any)) != 1 {
			t.Errorf("consents = %d %v", code, c)
		}
		if code, c := api.Call("POST", "/addresses/parse", `{"text":"`+street+door+`"}`); code != 200 || !strings.HasPrefix(c["division"].(string), "330110") {
			t.Errorf("parse = %d %v", code, c)
		}
		code, other := api.Call("POST", "/customers", `{"name":"另一条"}`)
		if code != 201 {
			t.Fatalf("create = %d %v", code, other)
		}
		if code, c := api.Call("POST", "/customers/"+id+"/merge", `{"into":"`+other["id"].(string)+`","reason":"duplicate"}`); code != 200 || c["id"] != other["id"] {
			t.Errorf("merge = %d %v", code, c)
		}
		if code, c := api.Call("GET", "/customers/"+id, ""); code != 200 || c["id"] != other["id"] || c["merged_into"] != other["id"] {
			t.Errorf("a merged customer = %d %v", code, c)
		}
		if code, c := api.Call("POST", "/customers/"+id+"/unmerge", `{}`); code != 200 || c["id"] != id {
			t.Errorf("unmerge = %d %v", code, c)
		}
		if code, c := api.Call("POST", "/customers/"+id+"/erase", `{"reason":"request"}`); code != 200 || c["erased"] != true || c["name"] != "" {
			t.Errorf("erase = %d %v", code, c)
		}
	})
}

func TestDivisions(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	f := newFixture(t, d)
	api := apitest.New(t, d, f.keys, apitest.Narrowed{}, []fs.FS{crypt.Words, Words}, f.Service)
	for query, want := range map[string]string{
		"q=%E6%9D%AD%E5%B7%9E%E8%A5%BF%E6%B9%96&limit=1": "330106 浙江省杭州市西湖区 county",
		"code=330104,33,990000,330106013":                "330104 浙江省杭州市上城区 county, 33 浙江省 province, 330106013 浙江省杭州市西湖区文新街道 town",
		"q=nowhere":                                      "",
		"":                                               "",
	} {
		code, out := api.Call("GET", "/divisions?"+query, "")
		var got []string
		for _, one := range out["items"].([]any) {
			d := one.(map[string]any)
			got = append(got, d["code"].(string)+" "+d["path"].(string)+" "+d["level"].(string))
		}
		if text := strings.Join(got, ", "); code != 200 || text != want {
			t.Errorf("%s = %d %s, want %s", query, code, text, want)
		}
	}
	if code, _ := api.Call("GET", "/divisions?q="+strings.Repeat("a", 61), ""); code != 422 {
		t.Errorf("a question of 61 characters = %d, want 422", code)
	}
}
