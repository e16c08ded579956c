package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"anxin/internal/platform/access"
	"anxin/internal/platform/imports"
	"anxin/internal/platform/problem"
)

// hostile is a file or folder of strings and files that break programs; without them the test is skipped.
func hostile(t *testing.T, parts ...string) string {
	t.Helper()
	root := os.Getenv("ANXIN_DATA")
	if root == "" {
		dir, err := os.Getwd()
		for err == nil {
			if _, e := os.Stat(filepath.Join(dir, "go.mod")); e == nil {
				break
			}
			dir = filepath.Dir(dir)
		}
		root = filepath.Join(dir, "..", "shared", "data")
	}
	path := filepath.Join(append([]string{root, "09-hostile"}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("hostile strings and files: %v; set ANXIN_DATA", err)
	}
	return path
}

func decoded[T any](t *testing.T, path string) T {
	t.Helper()
	var v T
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// naughty are strings that have broken other programs, and some of our own.
func naughty(t *testing.T) []string {
	t.Helper()
	list := decoded[[]string](t, hostile(t, "blns", "blns.json"))
	for _, c := range decoded[[]struct{ Payload string }](t, hostile(t, "html-sanitizer", "dompurify_expect.json")) {
		list = append(list, c.Payload)
	}
	return append(list, "\u202eesrever", "\ufeffBOM", "a\u0001b", "\u2028\u2029", "é", "é", "𠮷野家", "👨‍👩‍👧‍👦", "${jndi:ldap://127.0.0.1/a}", "{{.}}", "%s%n", "'; DROP TABLE cases_case; --",
		"\ue000\U0010ffff", strings.Repeat("长", 150), "line\r\nbreak", "\ttab\t")
}

// Every text field of every operation takes every naughty string, or refuses it in words; nothing breaks.
func TestNaughtyStrings(t *testing.T) {
	t.Parallel()
	list := naughty(t)
	engines(t, func(t *testing.T, w *world) {
		admin, records := w.admin(), w.records()
		next := 0
		for _, op := range w.operations() {
			switch op.ID {
			case "sign-in", "change-my-password", "enrol-totp", "confirm-totp", "disable-totp":
				continue
			}
			record, ok := of(records, op.Path)
			if !ok {
				record = id()
			}
			for range 12 { // all strings go round over the fields of all operations
				text := func() string { next++; return list[next%len(list)] }
				if op.Body != nil {
					if status, out := admin.try(op.Method, op.at(record, id()), op.body(true, text), "If-Match", "1"); status >= 500 {
						t.Errorf("%s with %.100q: %d %.200v", op.ID, list[next%len(list)], status, out)
					}
				}
				s := text()
				if len(op.params()) > 0 {
					if status, out := admin.try(op.Method, op.at(url.PathEscape(s)), nil, "If-Match", "1"); status >= 500 {
						t.Errorf("%s at %.100q: %d %.200v", op.ID, s, status, out)
					}
				}
			}
		}
		for _, s := range list {
			q := url.QueryEscape(s)
			for _, path := range []string{
				"/cases/search?q=" + q, "/customers?q=" + q, "/outlets?q=" + q, "/staff?q=" + q, "/units?serial=" + q, "/models?q=" + q, "/parts?q=" + q, "/users?search=" + q,
				"/cases?number=" + q, "/cases?cursor=" + q, "/events?cursor=" + q, "/orders?cursor=" + q, "/cases?contact_phone=" + q, "/cases?updated_since=" + q,
			} {
				if status, out := admin.try("GET", path, nil); status >= 500 {
					t.Errorf("%s: %d %.200v", path, status, out)
				}
			}
		}
		if log := w.log.String(); strings.Contains(log, "panic") {
			t.Errorf("something panicked: %.2000s", log[strings.Index(log, "panic"):])
		}
	})
}

// What is taken comes back as it was.
func TestNaughtyStringsComeBack(t *testing.T) {
	t.Parallel()
	list := naughty(t)
	engines(t, func(t *testing.T, w *world) {
		admin := w.admin()
		taken := 0
		for i, s := range list {
			status, out := admin.try("POST", "/views", object{"page": "cases", "name": fmt.Sprint("v", i), "state": object{"text": s, s: true}})
			if status/100 != 2 {
				refused(t, fmt.Sprintf("a view with %.60q", s), "zh-CN", status, out)
				continue
			}
			taken++
			state, _ := out["state"].(object)
			if got, _ := state["text"].(string); got != s {
				t.Errorf("%q came back as %q", s, got)
			}
			admin.call("DELETE", "/views/"+str(out, "id"), nil) // one person keeps so many
			status, out = admin.try("POST", "/outlets", object{"code": fmt.Sprint("n", i), "name": s, "kind": "own", "address": s})
			if status/100 != 2 {
				refused(t, fmt.Sprintf("an outlet named %.60q", s), "zh-CN", status, out)
				continue
			}
			if got := str(admin.call("GET", "/outlets/"+str(out, "id"), nil), "name"); got != strings.TrimSpace(s) {
				t.Errorf("an outlet named %q came back as %q", s, got)
			}
		}
		if taken < len(list)*8/10 {
			t.Errorf("only %d of %d strings were taken", taken, len(list))
		}
	})
}

// The customer's pages show what was typed as text, never as markup.
func TestPagesEscape(t *testing.T) {
	t.Parallel()
	list := naughty(t)
	engines(t, func(t *testing.T, w *world) {
		shown := 0
		post := func(path string, values url.Values) (string, string) {
			res, err := w.nobody().client.PostForm(w.url+path, values)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = res.Body.Close() }()
			var b bytes.Buffer
			if _, err := b.ReadFrom(res.Body); err != nil {
				t.Fatal(err)
			}
			if res.StatusCode >= 500 {
				t.Errorf("%s with %.100q: %d", path, values.Encode(), res.StatusCode)
			}
			if policy := res.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "script-src 'self'") || strings.Contains(policy, "script-src 'self' 'unsafe") {
				t.Errorf("%s: scripts of others may run: %q", path, policy)
			}
			return res.Request.URL.Path, b.String()
		}
		raw := func(what, page, s string) {
			t.Helper()
			if strings.ContainsAny(s, "<>") && strings.Contains(page, s) {
				t.Errorf("%s shows %.200q as markup", what, s)
			}
			if strings.Contains(page, html.EscapeString(s)) {
				shown++
			}
		}
		for i, s := range list {
			good := i%2 == 0 // every other one leaves the phone out and sees its own words again in the form
			values := url.Values{
				"brand": {"ax"}, "category": {"AC"}, "service_type": {"REP"}, "symptom": {"AC-S01"}, "text": {"坏了 " + s}, "name": {s}, "phone": {customerPhone},
				"address": {"浙江省杭州市西湖区文三路100号" + s}, "consent": {"yes"},
			}
			if !good {
				values.Set("phone", s)
			}
			path, page := post("/report", values)
			raw("the form", page, s)
			if token := tokenOf.FindStringSubmatch(path); token != nil {
				_, page = post("/l/"+token[1], url.Values{"act": {s}, "score": {s}, "text": {s}})
				raw("the customer's page", page, s)
				raw("the customer's page", w.nobody().page("/l/"+token[1]), s)
			}
			for _, p := range []string{"/l/" + url.PathEscape(s), "/u/" + url.PathEscape(s), "/report?brand=" + url.QueryEscape(s) + "&lang=" + url.QueryEscape(s), "/desk/" + url.PathEscape(s)} {
				raw(p, w.nobody().page(p), s)
			}
		}
		if shown == 0 {
			t.Error("no string was seen on any page: the test looks at nothing")
		}
		for _, bad := range []string{"a\x00b", "\xff\xfe", "\xed\xa0\x80"} {
			post("/report", url.Values{"text": {bad}, "name": {bad}, "phone": {bad}, "address": {bad}, "brand": {bad}, "category": {bad}, "consent": {bad}})
		}
		if strings.Contains(w.log.String(), "panic") {
			t.Error("something panicked")
		}
	})
}

// The JSON test suite: what must not parse is refused, what must parse does (and is refused for its members),
// and what is free does no harm.
func TestJSONSuite(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob(filepath.Join(hostile(t, "json-test-suite", "test_parsing"), "*.json"))
	if err != nil || len(names) < 300 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	engines(t, func(t *testing.T, w *world) {
		admin, before := w.admin(), w.trace()
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			base := filepath.Base(name)
			for _, path := range []string{"/cases", "/views"} {
				status, out := admin.bytes("POST", path, b)
				refused(t, path+" "+base, "zh-CN", status, out)
				if must := base[0]; must == 'n' && status != http.StatusBadRequest && status != http.StatusUnprocessableEntity {
					t.Errorf("%s: %d, want 400 or 422", base, status)
				}
			}
			// As a free value inside a body that is right otherwise.
			status, out := admin.bytes("POST", "/views", append(append([]byte(`{"page": "cases", "name": "`+base[:min(len(base), 50)]+`", "state": {"x": `), b...), "}}"...))
			if status >= 500 || base[0] == 'n' && utf8.Valid(b) && status/100 == 2 && !json.Valid(append(append([]byte(`{"x": `), b...), '}')) {
				t.Errorf("%s as a value: %d %.200v", base, status, out)
			}
		}
		if after := w.trace(); after < before {
			t.Errorf("%d traces are gone", before-after)
		}
	})
}

// upload sends a file for a purpose and answers its id.
func (p *person) put(purpose, name string, content []byte) (string, int, object) {
	p.w.t.Helper()
	fileID := id()
	status, out := p.bytes("PUT", "/files/"+fileID+"?purpose="+purpose+"&name="+url.QueryEscape(name), content, "Content-Type", "application/octet-stream")
	return fileID, status, out
}

// Files that break readers are refused at the door or read harmlessly; what is a picture is taken.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	pngs, err := filepath.Glob(filepath.Join(hostile(t, "pngsuite"), "*.png"))
	if err != nil || len(pngs) < 40 {
		t.Fatalf("%d pictures, %v", len(pngs), err)
	}
	engines(t, func(t *testing.T, w *world) {
		admin := w.admin()
		read := func(path string) []byte {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		for _, path := range pngs {
			base := filepath.Base(path)
			_, status, out := admin.put("photo", base, read(path))
			if good := base[0] == 'b'; good != (status/100 == 2) || status >= 500 {
				t.Errorf("%s: %d %.200v", base, status, out)
			}
		}
		for _, base := range []string{"zip-slip.zip", "zip-slip-win.zip", "zip-slip.tar", "zip-slip-win.tar"} {
			for _, purpose := range []string{"import", "photo", "document"} {
				_, status, out := admin.put(purpose, base, read(hostile(t, "zip-slip", base)))
				refused(t, base+" as "+purpose, "zh-CN", status, out)
			}
		}
		sheets, err := filepath.Glob(filepath.Join(hostile(t, "xlsx-odd"), "*.xlsx"))
		if err != nil {
			t.Fatal(err)
		}
		more, err := filepath.Glob(filepath.Join(hostile(t, "csv-spectrum", "csvs"), "*.csv"))
		if err != nil || len(more) == 0 {
			t.Fatalf("%d sheets, %v", len(more), err)
		}
		for _, path := range append(sheets, more...) {
			w.bringIn(admin, filepath.Base(path), read(path))
		}
		var bomb bytes.Buffer
		bomb.WriteString("external_id,name\n")
		for bomb.Len() < 4<<20 {
			bomb.WriteString("\"unterminated, ")
		}
		w.bringIn(admin, "unterminated.csv", bomb.Bytes())
		w.bringIn(admin, "names.csv", []byte("external_id,name,external_id\n"+strings.Repeat("A,\"=cmd|' /C calc'!A0\",B\n", 3)))
		w.bringIn(admin, "binary.csv", bytes.Repeat([]byte{0, 1, 2, 0xff}, 5000))
		w.bringIn(admin, "empty.csv", nil)
		w.bringIn(admin, "wide.csv", []byte(strings.Repeat("x,", 100000)+"\n"))
		if strings.Contains(w.log.String(), "panic") {
			t.Error("something panicked")
		}
	})
}

// bringIn uploads, previews and imports a sheet as customers: each step may refuse, none may break.
func (w *world) bringIn(p *person, name string, content []byte) {
	w.t.Helper()
	file, status, out := p.put("import", name, content)
	if status/100 != 2 {
		refused(w.t, name, "zh-CN", status, out)
		return
	}
	for _, target := range []string{"customers", "cases", "units", "outlets", "staff", "classes"} {
		status, out = p.try("POST", "/imports/preview", object{"file_id": file, "target": target})
		if status/100 != 2 {
			refused(w.t, name+", preview", "zh-CN", status, out)
			continue
		}
		mapping, _ := out["suggested"].(object)
		if mapping == nil {
			mapping = object{"target": target, "columns": []object{}}
		}
		status, out = p.try("POST", "/imports", object{"file_id": file, "target": target, "mapping": mapping, "dry_run": target != "customers"})
		if status/100 != 2 {
			refused(w.t, name+", import", "zh-CN", status, out)
			continue
		}
		ctx := access.With(w.t.Context(), access.System("test"))
		_, err := w.app.Imports.RunNow(ctx, imports.WorkArgs{Run: imports.RunID(str(out, "id"))}, nil)
		if err != nil && problem.CodeOf(err) == problem.ErrInternal {
			w.t.Errorf("%s as %s breaks the import: %v", name, target, err)
		}
	}
}
