package httpapi

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
)

// xorSeal stands for the installation key: bytes at rest differ from the plain ones.
type xorSeal struct{}

func (xorSeal) SealBytes(_ context.Context, _ db.Querier, b []byte) ([]byte, error) {
	out := make([]byte, len(b))
	for i := range b {
		out[i] = b[i] ^ 0x5a
	}
	return out, nil
}

func (x xorSeal) OpenBytes(ctx context.Context, q db.Querier, b []byte) ([]byte, error) {
	return x.SealBytes(ctx, q, b)
}

type byHeader struct{}

func (byHeader) Authenticate(r *http.Request) (access.Actor, error) {
	switch name := r.Header.Get("X-User"); name {
	case "":
		return access.Actor{Kind: access.Public}, nil
	case "bad":
		return access.Actor{}, problem.ErrUnauth
	default:
		return access.Actor{Kind: access.User, ID: name, Permissions: access.Set{"*": true}, Scope: access.Everything}, nil
	}
}

type thing struct {
	Name string `json:"name"`
	Runs int    `json:"runs"`
}
type thingIn struct {
	Body struct {
		Name   string `json:"name" minLength:"1" maxLength:"10"`
		Window struct {
			Start string `json:"start" format:"date-time"`
		} `json:"window,omitempty"`
		Kind string `json:"kind,omitempty" enum:"a,b"`
	}
}
type thingOut struct{ Body thing }

func newServer(t *testing.T, d *db.DB) (http.Handler, *int) {
	t.Helper()
	s := New(Options{
		DB: d, Log: slog.New(slog.DiscardHandler), Words: i18n.Must(problem.Words), Seal: xorSeal{}, Auth: byHeader{},
		Version: "test",
	})
	runs := 0
	var mu sync.Mutex
	Act(s, huma.Operation{OperationID: "create-thing", Method: http.MethodPost, Path: "/things"},
		func(ctx context.Context, in *thingIn) (thing, error) {
			return db.InTx(ctx, d, func(ctx context.Context, tx *db.Tx) (thing, error) {
				mu.Lock()
				runs++
				n := runs
				mu.Unlock()
				if in.Body.Name == "panic" {
					panic("secret 13800000000")
				}
				return thing{in.Body.Name, n}, nil
			})
		},
		func(ctx context.Context, v thing) (*thingOut, error) { return &thingOut{v}, nil })
	Register(s, huma.Operation{OperationID: "edit", Method: http.MethodPut, Path: "/things/{id}"},
		func(ctx context.Context, in *struct {
			ID string `path:"id"`
			VersionIn
		},
		) (*struct{}, error) {
			v, err := in.Version()
			if err == nil && v != 3 {
				err = problem.ErrStale.With("version", 3)
			}
			return nil, err
		})
	return s.Handler(), &runs
}

func call(h http.Handler, method, path, body string, header ...string) (int, map[string]any, string) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("X-User", "u1")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	raw, _ := io.ReadAll(w.Body)
	var out map[string]any
	_ = json.Unmarshal(raw, &out)
	return w.Code, out, string(raw)
}

func TestErrors(t *testing.T) {
	t.Parallel()
	h, runs := newServer(t, dbtest.SQLite(t))
	for _, tt := range []struct {
		name, method, path, body string
		header                   []string
		status                   int
		code, field, fieldCode   string
	}{
		{name: "missing field", method: "POST", path: "/things", body: `{}`, status: 422, code: "invalid", field: "name", fieldCode: "required"},
		{name: "too long", method: "POST", path: "/things", body: `{"name":"13800000000"}`, status: 422, code: "invalid", field: "name", fieldCode: "too_long"},
		{name: "empty", method: "POST", path: "/things", body: `{"name":""}`, status: 422, code: "invalid", field: "name", fieldCode: "too_short"},
		{name: "unknown field", method: "POST", path: "/things", body: `{"name":"a","x":1}`, status: 422, code: "invalid", field: "x", fieldCode: "unknown_field"},
		{name: "nested format", method: "POST", path: "/things", body: `{"name":"a","window":{"start":"x"}}`, status: 422, code: "invalid", field: "window.start", fieldCode: "bad_format"},
		{name: "choice", method: "POST", path: "/things", body: `{"name":"a","kind":"c"}`, status: 422, code: "invalid", field: "kind", fieldCode: "bad_choice"},
		{name: "wrong type", method: "POST", path: "/things", body: `{"name":5}`, status: 422, code: "invalid", field: "name", fieldCode: "bad_format"},
		{name: "no JSON", method: "POST", path: "/things", body: `{"name":`, status: 400},
		{name: "invalid UTF-8", method: "POST", path: "/things", body: "{\"name\":\"\xff\"}", status: 422, code: "invalid", field: "body", fieldCode: "bad_text"},
		{name: "NUL", method: "POST", path: "/things", body: `{"name":"a\u0000"}`, status: 422, code: "invalid", field: "body", fieldCode: "bad_text"},
		{name: "escaped backslash before u0000", method: "POST", path: "/things", body: `{"name":"\\u0000"}`, status: 201},
		{name: "too large", method: "POST", path: "/things", body: `{"name":"` + strings.Repeat("a", 1<<20) + `"}`, status: 413, code: "too_large"},
		{name: "not JSON by type", method: "POST", path: "/things", body: `x`, header: []string{"Content-Type", "text/plain"}, status: 415, code: "unsupported_type"},
		{name: "panic", method: "POST", path: "/things", body: `{"name":"panic"}`, status: 500, code: "internal"},
		{name: "no version", method: "PUT", path: "/things/1", status: 428, code: "version_required"},
		{name: "odd version", method: "PUT", path: "/things/1", header: []string{"If-Match", "x"}, status: 422, code: "invalid", field: "If-Match", fieldCode: "bad_format"},
		{name: "stale", method: "PUT", path: "/things/1", header: []string{"If-Match", `"2"`}, status: 412, code: "stale"},
		{name: "unknown path", method: "GET", path: "/nothing", status: 404, code: "not_found"},
		{name: "refused", method: "GET", path: "/things", header: []string{"X-User", "bad"}, status: 401, code: "unauthorized"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := *runs
			status, out, raw := call(h, tt.method, Prefix+tt.path, tt.body, tt.header...)
			if status != tt.status || tt.code != "" && out["code"] != tt.code {
				t.Fatalf("got %d %s, want %d %s", status, raw, tt.status, tt.code)
			}
			if strings.Contains(raw, "13800000000") {
				t.Errorf("the answer repeats what was submitted: %s", raw)
			}
			if status != 201 && tt.name != "panic" && *runs != before {
				t.Error("refused input ran the change")
			}
			if tt.field == "" {
				return
			}
			list, _ := out["errors"].([]any)
			if len(list) == 0 {
				t.Fatalf("no field errors in %s", raw)
			}
			f, _ := list[0].(map[string]any)
			if f["field"] != tt.field || f["code"] != tt.fieldCode || f["message"] == "" {
				t.Errorf("field error %v, want %s %s with words", f, tt.field, tt.fieldCode)
			}
		})
	}
}

func TestErrorLanguage(t *testing.T) {
	t.Parallel()
	h, _ := newServer(t, dbtest.SQLite(t))
	for lang, want := range map[string]string{"zh-CN": "有些内容需要更正。", "en": "Some of this needs correcting.", "fr": "有些内容需要更正。"} {
		_, out, _ := call(h, "POST", Prefix+"/things", `{}`, "Accept-Language", lang)
		if out["title"] != want {
			t.Errorf("%s: title %q, want %q", lang, out["title"], want)
		}
	}
}

func TestIdempotency(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, runs := newServer(t, d)
		post := func(body, key, user string) (int, map[string]any) {
			s, out, _ := call(h, "POST", Prefix+"/things", body, "Idempotency-Key", key, "X-User", user)
			return s, out
		}
		s1, first := post(`{"name":"a"}`, "k", "u1")
		s2, again := post(`{"name":"a"}`, "k", "u1")
		if s1 != 201 || s2 != 201 || first["runs"] != again["runs"] {
			t.Errorf("same key: %d %v, then %d %v; want the same answer", s1, first, s2, again)
		}
		if s, out := post(`{"name":"b"}`, "k", "u1"); s != 409 || out["code"] != "idempotency_key_reused" {
			t.Errorf("same key, other body: %d %v, want 409", s, out)
		}
		if s, out := post(`{"name":"a"}`, "k", "u2"); s != 201 || out["runs"] == first["runs"] {
			t.Errorf("same key of another person: %d %v, want a change of its own", s, out)
		}
		if found, err := db.Exists(t.Context(), d, `SELECT 1 FROM httpapi_idempotency WHERE answer_sealed LIKE $1`, "%name%"); err == nil && found {
			t.Error("a kept answer stands in clear")
		}

		// Many at once with one key: one change, one answer.
		before := *runs
		answers := make(chan any, 16)
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				s, out := post(`{"name":"c"}`, "many", "u1")
				if s != 201 {
					t.Errorf("concurrent request: %d %v", s, out)
				}
				answers <- out["runs"]
			})
		}
		wg.Wait()
		close(answers)
		seen := map[any]bool{}
		for a := range answers {
			seen[a] = true
		}
		if len(seen) != 1 {
			t.Errorf("one key at once got %d different answers (%d runs)", len(seen), *runs-before)
		}
	})
}

func TestCursor(t *testing.T) {
	t.Parallel()
	c := EncodeCursor(int64(1<<62), "id")
	var at int64
	var id string
	if ok, err := DecodeCursor(c, &at, &id); !ok || err != nil || at != 1<<62 || id != "id" {
		t.Errorf("cursor came back as %d %q, %v", at, id, err)
	}
	for _, bad := range []string{"%%", "AAAA", EncodeCursor("x"), EncodeCursor("x", "y"), EncodeCursor(1, "a", 2)} {
		if _, err := DecodeCursor(bad, &at, &id); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("cursor %q = %v, want a field error", bad, err)
		}
	}
}

func TestLimiter(t *testing.T) {
	t.Parallel()
	l := newLimiter(4)
	now := db.FromMicros(0)
	got := []bool{l.allow("a", now), l.allow("a", now), l.allow("a", now), l.allow("b", now), l.allow("a", now.Add(15e9))}
	want := []bool{true, true, false, true, true}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("request %d allowed %v, want %v", i, got[i], want[i])
		}
	}
}

func TestStaticIsNotCounted(t *testing.T) {
	t.Parallel()
	s := &Server{Mux: http.NewServeMux(), opt: Options{ClientIP: peer}, public: newLimiter(2)}
	s.Static("/assets/", func(http.ResponseWriter, *http.Request) {})
	visitor := access.Actor{Kind: access.Public}
	for range 50 {
		if r := httptest.NewRequest(http.MethodGet, "/assets/desk.js", nil); !s.allowed(visitor, r) {
			t.Fatal("a file was counted")
		}
	}
	if !s.allowed(visitor, httptest.NewRequest(http.MethodGet, "/report", nil)) {
		t.Error("the first page was refused")
	}
	for _, r := range []*http.Request{httptest.NewRequest(http.MethodGet, "/assets", nil), httptest.NewRequest(http.MethodPost, "/assets/x", nil)} {
		if s.allowed(visitor, r) {
			t.Errorf("%s %s is no file and was not counted", r.Method, r.URL.Path)
		}
	}
}
