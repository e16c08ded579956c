package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/identity"
)

// engines runs a test on a fresh installation of each engine.
func engines(t *testing.T, fn func(t *testing.T, w *world)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		fn(t, start(t, ""))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		fn(t, start(t, dbtest.PostgresDSN(t)))
	})
}

// admin signs the administrator in.
func (w *world) admin() *person {
	w.t.Helper()
	p := w.nobody()
	p.call("POST", "/session", object{"login": "admin", "password": password})
	return p
}

// trace tells how much was ever changed: every change leaves entries in the trail.
func (w *world) trace() int64 {
	w.t.Helper()
	n, err := db.Get(w.t.Context(), w.app.DB, db.ScanInt, `SELECT (SELECT COUNT(*) FROM audit_entry) + (SELECT COUNT(*) FROM events_event)
		+ (SELECT COUNT(*) FROM httpapi_idempotency) + (SELECT COUNT(*) FROM files_file)`)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// public is what needs no sign-in, by intent.
var public = []string{"sign-in", "begin-passkey-sign-in", "sign-in-by-passkey", "sign-out", "get-words"}

// Whoever has not signed in is asked to, by every operation, whatever he sends.
func TestNobodyIsTurnedAway(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, w *world) {
		before, nobody := w.trace(), w.nobody()
		for _, op := range w.operations() {
			if slices.Contains(public, op.ID) {
				continue
			}
			status, out := nobody.try(op.Method, op.at(id()), op.body(false, id))
			if status != http.StatusUnauthorized {
				t.Errorf("%s: %d, want 401: %.200v", op.ID, status, out)
				continue
			}
			refused(t, op.ID, "zh-CN", status, out)
			_, out = nobody.try(op.Method, op.at(id()), nil, "Accept-Language", "en")
			refused(t, op.ID+" in English", "en", http.StatusUnauthorized, out)
			status, out = nobody.try(op.Method, op.at(id()), nil, "Authorization", "Bearer ax_nonsense")
			if status != http.StatusUnauthorized {
				t.Errorf("%s with a wrong key: %d, want 401: %.200v", op.ID, status, out)
			}
		}
		if after := w.trace(); after != before {
			t.Errorf("nobody left %d traces", after-before)
		}
	})
}

// answersAnything are operations whose path names no record that must exist: keys that are free to be empty,
// lists by a foreign key, texts.
var answersAnything = []string{
	"get-audit-trail", "get-words", "list-files", "list-ledger-entries", "get-file-offset", "upload-file", "append-file", "finish-file",
}

// What does not exist is not found, also under ids that are none.
func TestUnknownIDs(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, w *world) {
		admin, before := w.admin(), w.trace()
		for _, op := range w.operations() {
			if len(op.params()) == 0 || op.Binary {
				continue
			}
			for _, name := range []string{id(), "nonsense", "0", "%00", "%ff%fe", "%2e%2e%2f", "'%20OR%20''='", "%F0%9F%92%A9", strings.Repeat("x", 300)} {
				path := op.at(name)
				headers := []string{}
				if op.IfMatch {
					headers = []string{"If-Match", "1"}
				}
				status, out := admin.try(op.Method, path, op.body(false, id), headers...)
				if status/100 == 2 && op.Method == "GET" && slices.Contains(answersAnything, op.ID) {
					continue
				}
				if status >= 500 || status < 400 || op.Method == "GET" && status != 404 && status != 422 && status != 400 {
					t.Errorf("%s %s: %d %.200v", op.Method, path, status, out)
				}
			}
		}
		if after := w.trace(); after != before {
			t.Errorf("acts on nothing left %d traces", after-before)
		}
	})
}

// broken are bodies that no client sends by intent.
func broken() map[string][]byte {
	deep := func(open, inner, closing string, n int) []byte {
		return []byte(strings.Repeat(open, n) + inner + strings.Repeat(closing, n))
	}
	return map[string][]byte{
		"nothing":            {},
		"no JSON":            []byte("hello"),
		"half":               []byte(`{"a": 1`),
		"two":                []byte(`{} {}`),
		"a list":             []byte(`[1, 2]`),
		"a string":           []byte(`"x"`),
		"a number":           []byte(`1e999`),
		"null":               []byte(`null`),
		"trailing":           []byte(`{}x`),
		"comma":              []byte(`{"a": 1,}`),
		"comment":            []byte("{/* x */}"),
		"single quotes":      []byte(`{'a': 1}`),
		"unknown member":     []byte(`{"frobnicate": 1}`),
		"prototype":          []byte(`{"__proto__": {"admin": true}}`),
		"deep list":          deep("[", "", "]", 20000),
		"deep object":        deep(`{"a":`, "1", "}", 20000),
		"invalid UTF-8":      []byte("{\"note\": \"\xff\xfe\"}"),
		"overlong UTF-8":     []byte("{\"note\": \"\xc0\xaf\"}"),
		"UTF-16":             {0xff, 0xfe, '{', 0, '}', 0},
		"gzip":               {0x1f, 0x8b, 8, 0, 0, 0, 0, 0},
		"NUL":                []byte("{\"\x00\": 1}"),
		"only NUL":           {0, 0, 0, 0},
		"XML":                []byte(`<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>`),
		"form":               []byte("a=1&b=2"),
		"many unknown":       []byte("{" + strings.Repeat(`"x":1,`, 5000) + `"y":1}`),
		"infinity":           []byte(`{"impact": Infinity}`),
		"byte order mark":    []byte("\xef\xbb\xbf{\"frobnicate\": 1}"),
		"long unknown names": []byte(`{"` + strings.Repeat("n", 100000) + `": 1}`),
	}
}

// wrong gives each member of a body another type, one after the other.
func (op operation) wrong(yield func(name string, body object) bool) {
	full, ok := op.example(op.Body, true, id).(object)
	if !ok {
		return
	}
	for name, v := range full {
		for kind, bad := range map[string]any{
			"object": object{"a": 1}, "list": []any{[]any{[]any{}}}, "number": 1e300, "negative": -1 << 62, "huge": json.Number("1" + strings.Repeat("0", 400)),
			"true": true, "text": "\u0000", "surrogate": json.RawMessage(`"\ud800"`), "long": strings.Repeat("长", 20000), "null": nil,
		} {
			if fmt.Sprintf("%T", v) == fmt.Sprintf("%T", bad) && kind != "text" && kind != "long" && kind != "surrogate" {
				continue
			}
			body := object{}
			for k, x := range full {
				body[k] = x
			}
			body[name] = bad
			if !yield(name+" as "+kind, body) {
				return
			}
		}
	}
}

// Broken and wrong bodies are refused in words and change nothing; too big ones are not even read.
func TestBrokenBodies(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, w *world) {
		admin, before := w.admin(), w.trace()
		english := w.nobody()
		english.client = admin.client
		big := []byte(`{"note": "` + strings.Repeat("x", 3<<20) + `"}`)
		all := broken()
		for _, op := range w.operations() {
			if op.Body == nil || op.ID == "sign-out" {
				continue
			}
			path := op.at(id())
			for name, body := range all {
				status, out := admin.bytes(op.Method, path, body, "If-Match", "1")
				if name == "null" || name == "nothing" {
					if status >= 500 {
						t.Errorf("%s, %s: %d %.300v", op.ID, name, status, out)
					}
					continue // what takes no member may take none
				}
				refused(t, op.ID+", "+name, "zh-CN", status, out)
			}
			status, out := admin.bytes(op.Method, path, big, "If-Match", "1")
			if status != http.StatusRequestEntityTooLarge {
				t.Errorf("%s, 3 MB: %d, want 413 %.200v", op.ID, status, out)
			}
			status, out = admin.bytes(op.Method, path, []byte("{}"), "Content-Type", "application/xml", "If-Match", "1")
			if status >= 500 {
				t.Errorf("%s as XML: %d %.200v", op.ID, status, out)
			}
			for name, body := range op.wrong {
				raw, err := json.Marshal(body)
				if err != nil {
					t.Fatal(err)
				}
				if status, out := admin.bytes(op.Method, path, raw, "If-Match", "1"); status < 400 || status >= 500 {
					if op.ID == "parse-address" || op.ID == "ask-price" || strings.HasPrefix(op.ID, "preview-") || op.ID == "read-notices" {
						continue // answers anything that is text
					}
					t.Errorf("%s, %s: %d %.300v", op.ID, name, status, out)
				}
			}
		}
		if after := w.trace(); after != before {
			t.Errorf("broken bodies left %d traces", after-before)
		}
		if strings.Contains(w.log.String(), "panic") {
			t.Error("something panicked")
		}
	})
}

// records are one of each kind, made by the administrator, by the path that names them.
func (w *world) records() map[string]string {
	w.t.Helper()
	admin := w.admin()
	made := map[string]string{"/outlets/": w.outlet, "/staff/": w.staff, "/brands/": w.brand}
	add := func(path string, body object) { made[path+"/"] = str(admin.call("POST", path, body), "id") }
	add("/customers", object{"name": "陈一", "brand_id": w.brand, "phones": []object{{"number": "19900000011"}}, "addresses": []object{{"text": "浙江省杭州市西湖区文三路100号7幢1903室"}}})
	add("/models", object{"brand_id": w.brand, "category": "AC", "code": "KFR-1", "name_zh": "一号"})
	add("/units", object{"brand_id": w.brand, "category": "AC", "owner_id": made["/customers/"], "serial": "AX00000001"})
	add("/cases", object{
		"brand_id": w.brand, "summary": "不制冷", "category": "AC", "symptom": "AC-S01", "service_type": "REP", "impact": 2, "urgency": 2, "customer_id": made["/customers/"],
		"unit_id": made["/units/"], "address": object{"text": "浙江省杭州市西湖区文三路100号7幢1903室"},
	})
	add("/orders", object{"case_id": made["/cases/"], "service_type": "REP", "release": true})
	own := admin.call("POST", "/outlets", object{"code": "own", "name": "自营", "kind": "own", "brands": []string{w.brand}, "division": "330106"})
	engineer := admin.hire(str(own, "id"), "王师傅", "19900000012")
	add("/visits", object{"orders": []string{made["/orders/"]}, "engineers": []string{engineer}, "outlet_id": own["id"], "start": time.Now().Add(time.Hour), "end": time.Now().Add(2 * time.Hour), "dispatch": true})
	add("/views", object{"page": "cases", "name": "我的", "state": object{"queue": "mine"}})
	add("/parts", object{"code": "P-1", "class": "M", "name_zh": "压缩机"})
	return made
}

// of finds the record that an operation's path begins with.
func of(records map[string]string, path string) (string, bool) {
	for prefix, id := range records {
		if strings.HasPrefix(path, prefix+"{") {
			return id, true
		}
	}
	return "", false
}

// A field edit says which version it saw; without it is 428, with an old one 412, and nothing happens.
func TestVersions(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, w *world) {
		records, admin := w.records(), w.admin()
		before, tried := w.trace(), 0
		for _, op := range w.operations() {
			record, ok := of(records, op.Path)
			if !op.IfMatch || !ok || len(op.params()) != 1 {
				continue
			}
			tried++
			body := op.body(false, func() string { return "xxx" })
			if status, out := admin.try(op.Method, op.at(record), body); status != http.StatusPreconditionRequired {
				t.Errorf("%s without a version: %d, want 428 %.300v", op.ID, status, out)
			}
			for _, v := range []string{"99999", `"99999"`, `W/"99999"`} {
				if status, out := admin.try(op.Method, op.at(record), body, "If-Match", v); status != http.StatusPreconditionFailed && status != http.StatusUnprocessableEntity {
					t.Errorf("%s with version %s: %d, want 412 %.300v", op.ID, v, status, out)
				}
			}
			for _, v := range []string{"x", "-1", "1e3", "99999999999999999999", "*"} {
				if status, out := admin.try(op.Method, op.at(record), body, "If-Match", v); status < 400 || status >= 500 {
					t.Errorf("%s with version %q: %d %.300v", op.ID, v, status, out)
				}
			}
		}
		if tried < 10 {
			t.Errorf("only %d operations were tried", tried)
		}
		if after := w.trace(); after != before {
			t.Errorf("stale edits left %d traces", after-before)
		}
		edit := func(version any) (int, object) {
			return admin.try("PATCH", "/outlets/"+w.outlet, object{"name": "新名字"}, "If-Match", fmt.Sprint(version))
		}
		seen := admin.call("GET", "/outlets/"+w.outlet, nil)["version"]
		if status, out := edit(seen); status != http.StatusOK {
			t.Errorf("an edit of the present version: %d %v", status, out)
		}
		if status, out := edit(seen); status != http.StatusPreconditionFailed || out["params"] == nil {
			t.Errorf("an edit of the version before: %d, want 412 with the present one: %v", status, out)
		}
	})
}

// A request that comes again with its key gets the same answer and has one effect; another request with the
// same key is refused.
func TestReplayedKeys(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, w *world) {
		admin := w.admin()
		for _, tt := range []struct {
			path        string
			body, other object
		}{
			{"/cases", object{"brand_id": w.brand, "summary": "一"}, object{"brand_id": w.brand, "summary": "二"}},
			{"/customers", object{"name": "陈一"}, object{"name": "陈二"}},
			{"/units", object{"brand_id": w.brand, "category": "AC"}, object{"brand_id": w.brand, "category": "WM"}},
			{"/outlets", object{"code": "one", "name": "一", "kind": "own"}, object{"code": "two", "name": "二", "kind": "own"}},
			{"/brands", object{"code": "one", "name_zh": "一", "name_en": "One"}, object{"code": "two", "name_zh": "二", "name_en": "Two"}},
			{"/roles", object{"key": "helper", "name_zh": "一", "name_en": "One", "permissions": []string{"cases.read"}}, object{"key": "other", "name_zh": "一", "name_en": "One", "permissions": []string{}}},
		} {
			key := id()
			first := admin.call("POST", tt.path, tt.body, "Idempotency-Key", key)
			trace := w.trace()
			again := admin.call("POST", tt.path, tt.body, "Idempotency-Key", key)
			if fmt.Sprint(again) != fmt.Sprint(first) {
				t.Errorf("%s again: %v, want %v", tt.path, again, first)
			}
			status, out := admin.try("POST", tt.path, tt.other, "Idempotency-Key", key)
			if status != http.StatusConflict {
				t.Errorf("%s, another body with the same key: %d, want 409 %v", tt.path, status, out)
			}
			refused(t, tt.path, "zh-CN", status, out)
			if w.trace() != trace {
				t.Errorf("%s again had an effect", tt.path)
			}
		}
		if status, _ := admin.try("POST", "/cases", object{"brand_id": w.brand, "summary": "x"}, "Idempotency-Key", strings.Repeat("k", 201)); status != http.StatusUnprocessableEntity {
			t.Errorf("an endless key: %d", status)
		}
	})
}

// Another outlet and another brand see nothing of a record and can do nothing to it: it does not exist for them.
func TestStrangersFindNothing(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, w *world) {
		records := w.records()
		admin := w.admin()
		brand := str(admin.call("POST", "/brands", object{"code": "bx", "name_zh": "别的", "name_en": "Other"}), "id")
		admin.call("POST", "/outlets", object{"code": "far", "name": "远方", "kind": "authorised", "brands": []string{brand}})
		manager := w.signIn("far1", []string{access.RoleOutletManager, access.RoleDispatcher, access.RoleAgent}, "/far/", "")
		branded := w.signInAs(identity.Profile{Login: "brand1", Name: "brand1", Roles: []string{access.RoleAgent, access.RoleDispatcher}, Scope: access.Scope{OutletPath: "/", Brands: []string{brand}}, Lang: "zh-CN"})
		before := w.trace()
		for _, op := range w.operations() {
			record, ok := of(records, op.Path)
			kind := "/" + strings.Split(op.Path, "/")[1] + "/"
			if !ok || kind == "/brands/" || kind == "/models/" || kind == "/parts/" || kind == "/views/" {
				continue // the catalogue is everybody's
			}
			for who, p := range map[string]*person{"another outlet": manager, "another brand": branded} {
				if who == "another brand" && (kind == "/outlets/" || kind == "/staff/") {
					continue // the centre's people see all outlets
				}
				body := op.body(false, func() string { return "x" })
				status, out := p.try(op.Method, op.at(record, id()), body, "If-Match", "1")
				switch {
				case op.Method == "GET" && status != http.StatusNotFound && status != http.StatusForbidden,
					status < 400, status >= 500, status == http.StatusPreconditionFailed:
					t.Errorf("%s, %s: %d %.300v", op.ID, who, status, out)
				}
			}
		}
		for _, list := range []string{"/cases?queue=all", "/orders", "/visits", "/customers", "/units", "/cases/search?q=" + "不制冷"} {
			for who, p := range map[string]*person{"another outlet": manager, "another brand": branded} {
				if got := items(p.call("GET", list, nil)); len(got) > 0 {
					t.Errorf("%s, %s: %.300v", list, who, got)
				}
			}
		}
		if after := w.trace(); after != before {
			t.Errorf("strangers left %d traces", after-before)
		}
	})
}
