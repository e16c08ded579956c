package cases

import (
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"testing"

	"anxin/internal/clocks"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/httpapi/apitest"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
)

type byHeader struct{ brand, other string }

func (h byHeader) Authenticate(r *http.Request) (access.Actor, error) {
	a := access.Actor{Kind: access.User, ID: "u1", Permissions: access.Set{"*": true}, Scope: access.Everything}
	switch r.Header.Get("X-As") {
	case "outlet":
		a.ID, a.Scope = "w", access.Scope{OutletPath: "/hz/west/"}
	case "second outlet":
		a.ID, a.Scope = "e", access.Scope{OutletPath: "/hz/east/"}
	case "second brand":
		a.ID, a.Scope = "o", access.Scope{OutletPath: "/", Brands: []string{h.other}}
	case "reader":
		a.ID, a.Permissions = "r", access.Set{permRead: true}
	case "nobody":
		a = access.Actor{Kind: access.Public}
	}
	return a, nil
}

type client struct{ *apitest.Client }

func newClient(t *testing.T, f *fixture) *client {
	t.Helper()
	for _, p := range i18n.Must(problem.Words, crypt.Words, calendar.Words, clocks.Words, Words).Problems() {
		t.Errorf("words: %s", p)
	}
	return &client{apitest.New(t, f.d, f.keys, byHeader{string(f.brand), string(f.other)}, []fs.FS{crypt.Words, calendar.Words, clocks.Words, Words}, f.Service)}
}

// call gives the answer's text, too.
func (c *client) call(method, path, body string, header ...string) (int, map[string]any, string) {
	w, out := c.Ask(method, path, body, header...)
	return w.Code, out, w.Body.String()
}

func TestAPI(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		c := newClient(t, f)
		open := fmt.Sprintf(`{"brand_id":"%s","summary":"冰箱不停机","detail":"打 13900001111","contact_name":"李姐","contact_phone":"13900001111","address":{"text":"%s"},"impact":2,"urgency":1}`, f.brand, street+door)
		status, first, raw := c.call("POST", "/cases", open, "Idempotency-Key", "k1")
		if status != 201 {
			t.Fatalf("open = %d %s", status, raw)
		}
		id := first["id"].(string)
		if first["state"] != "open" || first["priority"] != "P2" || first["contact_phone"] == "13900001111" || first["summary"] != "冰箱不停机" ||
			fmt.Sprint(first["next_acts"]) != "[classify cancel merge]" || first["next_due_at"] == nil {
			t.Errorf("opened %s", raw)
		}
		if strings.Contains(raw, "李姐") || strings.Contains(raw, "1704室") {
			t.Errorf("the answer shows who it is: %s", raw)
		}

		// The same key: the same answer, also at once; another body is refused.
		if status, again, _ := c.call("POST", "/cases", open, "Idempotency-Key", "k1"); status != 201 || again["id"] != id || again["number"] != first["number"] {
			t.Errorf("the same request again = %d %v", status, again["id"])
		}
		if status, out, _ := c.call("POST", "/cases", strings.Replace(open, "不停机", "漏水", 1), "Idempotency-Key", "k1"); status != 409 || out["code"] != "idempotency_key_reused" {
			t.Errorf("the same key with another body = %d %v", status, out["code"])
		}
		var wg sync.WaitGroup
		answers := make(chan any, 8)
		for range 8 {
			wg.Go(func() {
				status, out, raw := c.call("POST", "/cases", open, "Idempotency-Key", "k2")
				if status != 201 {
					t.Errorf("at once: %d %s", status, raw)
				}
				answers <- out["id"]
			})
		}
		wg.Wait()
		close(answers)
		different := map[any]bool{}
		for a := range answers {
			different[a] = true
		}
		if len(different) != 1 {
			t.Errorf("one key at once opened %d cases", len(different))
		}

		path := "/cases/" + id
		f.attach(ID(id), "o1", "/hz/west/")
		for _, tt := range []struct {
			name, method, path, body string
			header                   []string
			status                   int
			has                      string
		}{
			{"read", "GET", path, "", nil, 200, `"state":"serving"`},
			{"read by the outlet at work", "GET", path, "", []string{"X-As", "outlet"}, 200, `"state":"serving"`},
			{"a second outlet", "GET", path, "", []string{"X-As", "second outlet", "Accept-Language", "zh-CN"}, 404, `没有找到这个服务请求`},
			{"a second brand", "GET", path, "", []string{"X-As", "second brand", "Accept-Language", "en"}, 404, `There is no such case`},
			{"its notes", "GET", path + "/notes", "", []string{"X-As", "second outlet"}, 404, `"cases.not_found"`},
			{"its work", "GET", path + "/work", "", []string{"X-As", "second brand"}, 404, `"cases.not_found"`},
			{"its links", "GET", path + "/links", "", []string{"X-As", "second brand"}, 404, `"cases.not_found"`},
			{"acts on it", "POST", path + "/chase", `{}`, []string{"X-As", "second outlet"}, 404, `"cases.not_found"`},
			{"no such case", "GET", "/cases/none", "", nil, 404, `"cases.not_found"`},
			{"an id too long", "GET", "/cases/" + strings.Repeat("x", 37), "", nil, 422, `"too_long"`},
			{"nobody signed in", "GET", path, "", []string{"X-As", "nobody"}, 401, `"unauthorized"`},
			{"no permission", "POST", path + "/chase", `{}`, []string{"X-As", "reader"}, 403, `"cases.open"`},
			{"list", "GET", "/cases?limit=1", "", nil, 200, `"next_cursor"`},
			{"list of a second outlet", "GET", "/cases", "", []string{"X-As", "second outlet"}, 200, `"items":[]`},
			{"list of a second brand", "GET", "/cases?queue=recent", "", []string{"X-As", "second brand"}, 200, `"items":[]`},
			{"list by state", "GET", "/cases?queue=recent&state=serving&state=closed", "", nil, 200, id},
			{"list by the caller's phone", "GET", "/cases?queue=recent&contact_phone=%2B86%20139-0000-1111", "", nil, 200, id},
			{"list of no queue", "GET", "/cases?queue=lunch", "", nil, 422, `"bad_choice"`},
			{"a cursor that is none", "GET", "/cases?cursor=xx", "", nil, 422, `"cursor"`},
			{"an unknown filter", "GET", "/cases?colour=red", "", nil, 422, `"unknown_field"`},
			{"search", "GET", "/cases/search?q=%E5%86%B0%E7%AE%B1", "", nil, 200, `"total":2`},
			{"search of a second outlet", "GET", "/cases/search?q=%E5%86%B0%E7%AE%B1", "", []string{"X-As", "second outlet"}, 200, `"items":[]`},
			{"search for nothing", "GET", "/cases/search", "", nil, 422, `"required"`},
			{"no brand", "POST", "/cases", `{"summary":"x"}`, []string{"Accept-Language", "zh-CN"}, 422, `"field":"brand_id"`},
			{"an unknown field", "POST", "/cases", `{"summary":"x","brand_id":"b","colour":"red"}`, nil, 422, `"unknown_field"`},
			{"another brand's", "POST", "/cases", open, []string{"X-As", "second brand"}, 422, `"brand_id"`},
			{"close while serving, zh", "POST", path + "/close", `{"reason":"solved"}`, []string{"Accept-Language", "zh-CN"}, 409, `当前状态（服务中）下不能做“关闭”。`},
			{"close while serving, en", "POST", path + "/close", `{"reason":"solved"}`, []string{"Accept-Language", "en"}, 409, `“close” is not possible while the case is in service.`},
			{"close for no such reason", "POST", path + "/close", `{"reason":"boredom"}`, nil, 422, `"reason"`},
			{"cancel with live work", "POST", path + "/cancel", `{"reason":"duplicate"}`, []string{"Accept-Language", "zh-CN"}, 409, `还有 1 项工作正在进行`},
			{"too long ago", "POST", path + "/chase", `{"occurred_at":"2026-01-01T00:00:00Z"}`, nil, 422, `"occurred_at"`},
			{"a note", "POST", path + "/notes", `{"kind":"shared","text":"带上门封"}`, nil, 200, `"contact_attempts":0`},
			{"a contact", "POST", path + "/notes", `{"kind":"contact","text":"约明天","operation_id":"n1"}`, nil, 200, `"contact_attempts":1`},
			{"the same contact", "POST", path + "/notes", `{"kind":"contact","text":"约明天","operation_id":"n1"}`, nil, 200, `"contact_attempts":1`},
			{"notes", "GET", path + "/notes", "", nil, 200, `"text":"带上门封"`},
			{"an empty note", "POST", path + "/notes", `{"text":""}`, nil, 422, `"text"`},
			{"work", "GET", path + "/work", "", nil, 200, `"outlet_path":"/hz/west/"`},
			{"classify", "POST", path + "/classify", `{"category":"RF","symptom":"RF-S01","service_type":"REP"}`, nil, 200, `"symptom":"RF-S01"`},
			{"classify as nonsense", "POST", path + "/classify", `{"category":"ZZ"}`, nil, 422, `"category"`},
			{"a danger", "POST", path + "/safety", `{"safety":"gas"}`, nil, 200, `"priority":"P1"`},
			{"no such danger", "POST", path + "/safety", `{"safety":"flood"}`, nil, 422, `"bad_choice"`},
			{"a false alarm without reason", "POST", path + "/safety", `{}`, nil, 422, `"reason"`},
			{"a false alarm", "POST", path + "/safety", `{"reason":"false_alarm"}`, nil, 200, `"cases.priority.matrix"`},
			{"priority", "POST", path + "/priority", `{"priority":"P1","reason":"vip"}`, nil, 200, `"cases.priority.override"`},
			{"assign", "POST", path + "/assign", `{"assignee_id":"u9","team":"hz"}`, nil, 200, `"assignee_id":"u9"`},
			{"label", "POST", path + "/sub-state", `{"sub_state":"waiting_part"}`, nil, 200, `"sub_state":"waiting_part"`},
			{"wait", "POST", path + "/wait", `{"waits_for":"customer","reason":"no_answer"}`, nil, 200, `"next_due_at"`},
			{"go on", "POST", path + "/go-on", `{"waits_for":"customer"}`, nil, 200, `"state":"serving"`},
			{"advise", "POST", path + "/advise", `{}`, nil, 200, `"advised_at"`},
			{"stage of a request", "POST", path + "/stage", `{"stage":"acknowledged"}`, []string{"Accept-Language", "en"}, 409, `This is not a complaint.`},
			{"link to itself", "POST", path + "/links", `{"other":"` + id + `","kind":"related"}`, nil, 422, `"other"`},
			{"links", "GET", path + "/links", "", nil, 200, `"items":[]`},
			{"watch", "PUT", path + "/watch", "", nil, 204, ``},
			{"do not watch", "DELETE", path + "/watch", "", nil, 204, ``},
			{"merge into nothing", "POST", path + "/merge", `{"into":"none"}`, nil, 422, `"into"`},
		} {
			before := f.get(ID(id)).Version
			status, _, raw := c.call(tt.method, tt.path, tt.body, tt.header...)
			if status != tt.status || !strings.Contains(raw, tt.has) {
				t.Errorf("%s: %d %s; want %d with %s", tt.name, status, raw, tt.status, tt.has)
			}
			if tt.status >= 400 && f.get(ID(id)).Version != before {
				t.Errorf("%s was refused and changed the case", tt.name)
			}
			for _, secret := range []string{"13900001111", "李姐", "1704室"} {
				if !strings.Contains(tt.name, "note") && strings.Contains(strings.ReplaceAll(raw, "打 13900001111", ""), secret) {
					t.Errorf("%s shows %s: %s", tt.name, secret, raw)
				}
			}
		}

		// Pages join without gap or double.
		for range 5 {
			f.open()
		}
		ids, cursor := map[any]bool{}, ""
		for range 10 {
			_, out, _ := c.call("GET", "/cases?limit=3&cursor="+cursor, "")
			for _, item := range out["items"].([]any) {
				ids[item.(map[string]any)["id"]] = true
			}
			if cursor, _ = out["next_cursor"].(string); cursor == "" {
				break
			}
		}
		if len(ids) != 7 {
			t.Errorf("pages hold %d cases, want 7", len(ids))
		}
	})
}

// TestWordsComplete checks that every code a person may see has words.
func TestWordsComplete(t *testing.T) {
	t.Parallel()
	words := i18n.Must(problem.Words, Words)
	var keys []string
	for _, tr := range Transitions {
		keys = append(keys, "case.act."+tr.Act)
	}
	for _, act := range []string{
		"open", "assign", "note", "chase", "advise", "safety", "priority", "wait", "go_on", "stage", "link", "sub_state", "identify",
	} {
		keys = append(keys, "case.act."+act)
	}
	for _, s := range States {
		keys = append(keys, "case.state."+string(s), "case.customer_state."+string(s))
	}
	for s := range stageNext {
		keys = append(keys, "case.stage."+string(s))
	}
	for _, s := range []Safety{Gas, CO, Shock, Fire} {
		keys = append(keys, "case.safety."+string(s), "case.safety_script."+string(s))
	}
	for _, code := range []string{"safety", "vulnerable", "matrix", "override"} {
		keys = append(keys, "reason.cases.priority."+code)
	}
	for _, p := range Permissions {
		keys = append(keys, "permission."+p.Key)
	}
	for _, c := range problem.Codes() {
		if strings.HasPrefix(c.Key, "cases.") {
			keys = append(keys, "problem."+c.Key)
		}
	}
	for _, lang := range i18n.Languages() {
		for _, k := range keys {
			if !words.Has(lang, k) {
				t.Errorf("%s has no words in %s", k, lang)
			}
		}
	}
}
