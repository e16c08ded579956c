package returns

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/entitlement"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/files"
	"anxin/internal/platform/httpapi/apitest"
	"anxin/internal/platform/i18n"
	"anxin/internal/units"
)

// TestAPI walks a return through the real stack: asked twice with one key it opens once; every act answers the whole
// return with what can be done next, in words; another outlet and another brand see nothing.
func TestAPI(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		api := apitest.New(t, d, apitest.Plain{}, apitest.Narrowed{ID: "admin", Lang: "en"}, []fs.FS{units.Words, catalog.Words, cases.Words, entitlement.Words, files.Words, crypt.Words, Words}, f.Service)
		body := fmt.Sprintf(`{"type":"return","case_id":%q,"reason":"return_no_reason","note":"太大了","lines":[{"unit_id":%q,"photos":[%q],"return":{"noticed":"2026-11-23","opened":true,"free_freight":true}}]}`, f.caseID, f.unit.ID, f.upload())
		code, r := api.Call("POST", "/returns", body, "Idempotency-Key", "k1")
		if code != 201 || r["decision"] != "approved" || r["note"] != "太大了" || r["estimate"] != 399900.0 {
			t.Fatalf("create = %d %v", code, r)
		}
		if code, again := api.Call("POST", "/returns", body, "Idempotency-Key", "k1"); code != 201 || again["id"] != r["id"] {
			t.Errorf("the same request again = %d %v", code, again["id"])
		}
		why := fmt.Sprint(r["why"])
		if !strings.Contains(why, "Line 1: rule cn-seven-days/R2 gives a refund") {
			t.Errorf("why = %s", why)
		}
		id := "/returns/" + r["id"].(string)
		line := r["lines"].([]any)[0].(map[string]any)["id"].(string)
		acts := func(out map[string]any) string { return fmt.Sprint(out["lines"].([]any)[0].(map[string]any)["acts"]) }
		for _, tt := range []struct{ path, body, want string }{
			{"/ship", `{}`, "[receive deduct lose]"},
			{"/receive", fmt.Sprintf(`{"line_id":%q,"quantity":1,"serial":"SN-0001"}`, line), "[inspect deduct send_back]"},
			{"/inspect", fmt.Sprintf(`{"line_id":%q,"grade":"B"}`, line), "[restock refurbish scrap]"},
		} {
			code, out := api.Call("POST", id+tt.path, tt.body)
			if code != 200 || acts(out) != tt.want {
				t.Errorf("%s = %d, next %s, want %s (%v)", tt.path, code, acts(out), tt.want, out["code"])
			}
		}
		code, b := api.Call("POST", "/refund-batches", fmt.Sprintf(`{"provider":"bank_file","brand_id":%q,"currency":"CNY"}`, f.one))
		if code != 201 || b["payments"] != 1.0 || b["amount"] != 399900.0 {
			t.Fatalf("batch = %d %v", code, b)
		}
		file := api.Do("GET", "/refund-batches/"+b["id"].(string)+"/file", "")
		rows := strings.Split(strings.TrimSpace(file.Body.String()), "\n")
		if file.Code != 200 || len(rows) != 2 || !strings.Contains(file.Header().Get("Content-Disposition"), ".csv") {
			t.Fatalf("file = %d %q", file.Code, rows)
		}
		reference, _, _ := strings.Cut(rows[1], ",")
		code, out := api.Call("POST", "/refund-batches/confirm", "reference,result,amount,currency\n"+reference+",ok,3999.00,CNY\n", "Content-Type", "text/csv")
		if code != 200 || out["made"] != 1.0 {
			t.Errorf("confirm = %d %v", code, out)
		}
		if code, out = api.Call("POST", id+"/dispose", `{"how":"restock"}`); code != 200 || out["ended_at"] == nil || out["money"] != "refunded" {
			t.Errorf("dispose = %d %v", code, out)
		}
		if code, out = api.Call("GET", "/refunds?state=refunded", ""); code != 200 || len(out["items"].([]any)) != 1 {
			t.Errorf("refunds = %d %v", code, out)
		}
		for _, tt := range []struct {
			method, path, body string
			header             []string
			status             int
			says               string
		}{
			{"GET", id, "", []string{"X-Outlet", "/sh/"}, 404, "no such return"},
			{"GET", id, "", []string{"X-Brand", string(f.two)}, 404, "no such return"},
			{"POST", id + "/ship", `{}`, []string{"X-Outlet", "/hz/"}, 404, "no such return"},
			{"GET", id, "", []string{"X-Nobody", "1"}, 403, ""},
			{"POST", id + "/withdraw", `{"reason":"customer_withdrew"}`, nil, 409, "cannot be withdrawn"},
			{"POST", id + "/reject", `{"reason":"return_too_late"}`, nil, 409, "“reject” is not possible while it is approved"},
			{"POST", "/returns", strings.Replace(body, `"noticed":"2026-11-23"`, `"noticed":"2026-11-24"`, 1), nil, 422, "lies in the future"},
			{"POST", "/returns", `{"type":"gift","lines":[{}]}`, nil, 422, ""},
			{"POST", "/returns", `{"type":"return","lines":[]}`, nil, 422, ""},
			{"POST", "/refund-batches/confirm", "x", []string{"Content-Type", "text/csv"}, 422, "Line 1"},
			{"POST", "/refund-batches", fmt.Sprintf(`{"provider":"bank_file","brand_id":%q,"currency":"CNY"}`, f.one), nil, 409, "Nothing is due"},
			{"POST", "/refund-batches", fmt.Sprintf(`{"provider":"bank_file","brand_id":%q,"currency":"CNY"}`, f.one), []string{"X-Outlet", "/hz/"}, 403, ""},
			{"PUT", "/brands/" + string(f.one) + "/return-policy", `{}`, nil, 428, ""},
			{"PUT", "/brands/" + string(f.one) + "/return-policy", `{"ship_days":10}`, []string{"If-Match", `"1"`}, 200, ""},
			{"PUT", "/brands/" + string(f.one) + "/return-policy", `{"operations":{"return":{"receipt":"no","inspection":"no","replacement":"no","refund":"after","repair":"no"}}}`, []string{"If-Match", `"2"`}, 422, "cannot run in this order"},
			{"GET", "/brands/" + string(f.one) + "/return-policy", "", []string{"X-Brand", string(f.two)}, 404, ""},
		} {
			code, out := api.Call(tt.method, tt.path, tt.body, tt.header...)
			if code != tt.status || !strings.Contains(fmt.Sprint(out), tt.says) {
				t.Errorf("%s %s %s = %d %v, want %d %q", tt.method, tt.path, tt.body, code, out, tt.status, tt.says)
			}
		}
		for _, tt := range []struct {
			query, outlet, brand string
			want                 int
		}{
			{"?recent=true", "", "", 1},
			{"?open=true", "", "", 0},
			{"?money=refunded&goods=restocked&decision=approved&type=return", "", "", 1},
			{"?unit_id=" + string(f.unit.ID), "", "", 1},
			{"?case_id=" + string(f.caseID) + "&customer_id=" + string(f.customer.ID), "", "", 1},
			{"?number=" + r["number"].(string), "", "", 1},
			{"?decision=rejected", "", "", 0},
			{"?recent=true", "/sh/", "", 0},
			{"?recent=true", "", string(f.two), 0},
		} {
			code, out := api.Call("GET", "/returns"+tt.query, "", "X-Outlet", tt.outlet, "X-Brand", tt.brand)
			if items, _ := out["items"].([]any); code != 200 || len(items) != tt.want {
				t.Errorf("list %s = %d, %d rows, want %d", tt.query, code, len(items), tt.want)
			}
		}
	})
}

// TestWordsOfAll: every state, act, type, grade and step that answers carry has words.
func TestWordsOfAll(t *testing.T) {
	t.Parallel()
	words := i18n.Must(Words)
	var keys []string
	add := func(prefix string, codes ...string) {
		for _, c := range codes {
			keys = append(keys, "return."+prefix+"."+c)
		}
	}
	states := func(s string) { add("state", s) }
	for _, x := range Transitions {
		add("act", x.Act)
		for _, s := range append(x.From, x.To...) {
			states(string(s))
		}
	}
	for _, x := range GoodsTransitions {
		add("act", x.Act)
		for _, s := range append(x.From, x.To...) {
			states(string(s))
		}
	}
	for _, x := range ReplacementTransitions {
		add("act", x.Act)
		for _, s := range append(x.From, x.To...) {
			states(string(s))
		}
	}
	for _, x := range MoneyTransitions {
		add("act", x.Act)
		for _, s := range append(x.From, x.To...) {
			states(string(s))
		}
	}
	for _, x := range Types {
		add("type", string(x))
		add("option", string(x.option()))
	}
	for _, g := range grades {
		add("grade", string(g))
	}
	for _, d := range deductionCodes {
		add("deduction", d)
		add("step", "deduct_"+d)
	}
	add("way", Ways...)
	add("about", abouts...)
	add("finding", findings...)
	add("spoilt", spoilts...)
	add("against", counterparties...)
	for _, x := range ClaimTransitions {
		add("act", x.Act)
		states(string(x.To[0]))
	}
	for _, k := range keys {
		for _, lang := range []string{"zh-CN", "en"} {
			if !words.Has(lang, k) {
				t.Errorf("no %s words for %s", lang, k)
			}
		}
	}
}
