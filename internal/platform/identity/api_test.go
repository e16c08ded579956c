package identity

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
)

// sealer seals kept answers by the installation's key.
type sealer struct{ keys *crypt.Keys }

func (s sealer) SealBytes(ctx context.Context, q db.Querier, b []byte) ([]byte, error) {
	return s.keys.Seal(ctx, q, s.keys.Installation(), string(b))
}

func (s sealer) OpenBytes(ctx context.Context, q db.Querier, b []byte) ([]byte, error) {
	text, err := s.keys.Open(ctx, q, s.keys.Installation(), b)
	return []byte(text), err
}

// browser sends requests through the whole stack and keeps the cookie.
type browser struct {
	t      *testing.T
	h      http.Handler
	cookie string
}

func (f *fixture) server(t *testing.T) *browser {
	t.Helper()
	s := httpapi.New(httpapi.Options{
		DB: f.d, Log: slog.New(slog.DiscardHandler), Words: i18n.Must(problem.Words, Words), Seal: sealer{f.keys}, Auth: f.Service, Version: "test",
	})
	f.Register(s)
	return &browser{t: t, h: s.Handler()}
}

type answer struct {
	code   int
	body   map[string]any
	header http.Header
}

func (b *browser) send(method, path, body string, header ...string) answer {
	b.t.Helper()
	r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(ClientHeader, "test")
	if b.cookie != "" {
		r.Header.Set("Cookie", b.cookie)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i+1] == "" {
			r.Header.Del(header[i])
		}
	}
	w := httptest.NewRecorder()
	b.h.ServeHTTP(w, r)
	a := answer{code: w.Code, header: w.Header()}
	raw, err := io.ReadAll(w.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &a.body); err != nil {
			b.t.Fatalf("%s %s answered %q", method, path, raw)
		}
	}
	if set := w.Header().Get("Set-Cookie"); set != "" {
		c, err := http.ParseSetCookie(set)
		if err != nil {
			b.t.Fatal(err)
		}
		b.cookie = c.Name + "=" + c.Value
	}
	return a
}

// expect sends and checks status and problem code.
func (b *browser) expect(status int, code, method, path, body string, header ...string) answer {
	b.t.Helper()
	a := b.send(method, path, body, header...)
	if got, _ := a.body["code"].(string); a.code != status || got != code && code != "" {
		b.t.Errorf("%s %s = %d %v, want %d %s", method, path, a.code, a.body, status, code)
	}
	return a
}

func TestAPI(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		b := f.server(t)
		login := `{"login":"root","password":"` + goodPassword + `"}`
		b.expect(401, "unauthorized", "GET", "/me", "")
		b.expect(422, "invalid", "POST", "/session", login, ClientHeader, "")
		b.expect(401, "identity.credentials", "POST", "/session", `{"login":"root","password":"x"}`)
		b.expect(422, "invalid", "POST", "/session", `{"login":"root"}`)
		b.expect(422, "invalid", "POST", "/session", `{"login":"a\u0000b","password":"x"}`)
		a := b.expect(200, "", "POST", "/session", login)
		set := a.header.Get("Set-Cookie")
		if !strings.Contains(set, "HttpOnly") || !strings.Contains(set, "SameSite=Lax") || !strings.Contains(set, "Path=/") || strings.Contains(set, "Secure") || a.body["login"] != "root" {
			t.Errorf("sign-in answered %v with cookie %s", a.body, set)
		}
		me := b.expect(200, "", "GET", "/me", "").body
		if me["kind"] != "user" || me["outlet_path"] != "/" || me["name"] != "管理员" || len(me["roles"].([]any)) != 1 {
			t.Errorf("me = %v", me)
		}

		// CSRF: a change by cookie without the header changes nothing.
		user := `{"login":"li.na","name":"李娜","roles":["agent"],"outlet_path":"/"}`
		b.expect(403, "identity.client_header", "POST", "/users", user, ClientHeader, "")
		a = b.expect(201, "", "POST", "/users", user, "Idempotency-Key", "k1")
		id, _ := a.body["id"].(string)
		temp, _ := a.body["temporary_password"].(string)
		again := b.expect(201, "", "POST", "/users", user, "Idempotency-Key", "k1")
		if id == "" || temp == "" || a.body["name"] != "李娜" || again.body["id"] != id || again.body["temporary_password"] != temp {
			t.Errorf("created %v, again %v", a.body, again.body)
		}
		b.expect(409, "idempotency_key_reused", "POST", "/users", strings.Replace(user, "李娜", "李", 1), "Idempotency-Key", "k1")
		b.expect(422, "invalid", "POST", "/users", user)
		if a = b.expect(422, "invalid", "POST", "/users", `{"login":"<b>","name":"x","roles":["agent"],"outlet_path":"/","state":"active"}`); strings.Contains(a.body["title"].(string), "<b>") {
			t.Errorf("the answer repeats what was sent: %v", a.body)
		}
		b.expect(428, "version_required", "PUT", "/users/"+id, user)
		b.expect(412, "stale", "PUT", "/users/"+id, user, "If-Match", `"9"`)
		a = b.expect(200, "", "PUT", "/users/"+id, strings.Replace(user, `"/"`, `"/hz/"`, 1), "If-Match", `"1"`)
		if a.header.Get("ETag") != `"2"` || a.body["outlet_path"] != "/hz/" {
			t.Errorf("edited %v, ETag %s", a.body, a.header.Get("ETag"))
		}
		b.expect(404, "identity.no_user", "GET", "/users/nobody", "")
		if list := b.expect(200, "", "GET", "/users?limit=1", "").body; len(list["items"].([]any)) != 1 || list["next_cursor"] == nil {
			t.Errorf("page = %v", list)
		}
		b.expect(422, "invalid", "GET", "/users?cursor=%00%ff", "")
		b.expect(422, "invalid", "GET", "/users?state=dead", "")

		other := &browser{t: t, h: b.h}
		a = other.expect(200, "", "POST", "/session", `{"login":"LI.NA","password":"`+temp+`"}`)
		if a.body["must_change_password"] != true || len(a.body["permissions"].([]any)) != 0 {
			t.Errorf("first sign-in = %v", a.body)
		}
		other.expect(403, "forbidden", "GET", "/users", "")
		other.expect(204, "", "POST", "/me/password", `{"old_password":"`+temp+`","password":"`+goodPassword+`"}`)
		if a = other.expect(200, "", "GET", "/me", ""); len(a.body["permissions"].([]any)) != 2 {
			t.Errorf("after the change of password: %v", a.body)
		}
		if a = other.expect(200, "", "PUT", "/me/language", `{"lang":"en"}`); a.body["lang"] != "en" {
			t.Errorf("language = %v", a.body)
		}
		if a = other.expect(403, "forbidden", "GET", "/roles", ""); !strings.Contains(a.body["title"].(string), " ") {
			t.Errorf("English words expected: %v", a.body["title"])
		}
		a = other.expect(200, "", "GET", "/me/sessions", "")
		if items := a.body["items"].([]any); len(items) != 1 || items[0].(map[string]any)["current"] != true {
			t.Errorf("sessions = %v", a.body)
		}
		seal := other.expect(200, "", "GET", "/me/seal", "")
		mine := b.expect(200, "", "GET", "/me/seal", "")
		if key, _ := seal.body["key"].(string); len(key) != 44 || key == mine.body["key"] || seal.header.Get("Cache-Control") != "no-store" {
			t.Errorf("seal = %v of one person, %v of another; kept %q", seal.body, mine.body, seal.header.Get("Cache-Control"))
		}
		b.expect(200, "", "GET", "/users/"+id+"/sessions", "")
		b.expect(200, "", "POST", "/users/"+id+"/disable", `{}`)
		other.expect(401, "unauthorized", "GET", "/me", "")
		b.expect(409, "identity.state", "POST", "/users/"+id+"/disable", `{}`)
		b.expect(200, "", "POST", "/users/"+id+"/enable", "")
		b.expect(200, "", "POST", "/users/"+id+"/reset-password", "")
		b.expect(409, "identity.totp_off", "POST", "/users/"+id+"/reset-totp", "")
		b.expect(409, "identity.last_admin", "POST", "/users/"+string(f.admin.ID)+"/disable", `{}`)

		if list := b.expect(200, "", "GET", "/roles", "", "Accept-Language", "en").body["items"].([]any); list[0].(map[string]any)["name_zh"] != "管理员" {
			t.Errorf("roles = %v", list[0])
		}
		b.expect(200, "", "GET", "/permissions", "")
		b.expect(201, "", "POST", "/roles", `{"key":"night","name_zh":"夜班","name_en":"Night","permissions":["cases.read"]}`)
		b.expect(200, "", "PUT", "/roles/night", `{"name_zh":"夜","name_en":"Night","permissions":[]}`, "If-Match", "1")
		b.expect(204, "", "DELETE", "/roles/night", "")
		b.expect(404, "identity.no_role", "DELETE", "/roles/night", "")

		a = b.expect(201, "", "POST", "/api-keys", `{"name":"ERP","permissions":["cases.read","identity.keys"],"outlet_path":"/"}`)
		key, _ := a.body["key"].(string)
		bare := &browser{t: t, h: b.h}
		if got := bare.expect(200, "", "GET", "/me", "", "Authorization", "Bearer "+key).body; got["kind"] != "key" || got["name"] != "ERP" {
			t.Errorf("me by key = %v", got)
		}
		bare.expect(403, "identity.people_only", "GET", "/me/seal", "", "Authorization", "Bearer "+key)
		bare.expect(403, "identity.people_only", "POST", "/api-keys", `{"name":"x","permissions":["cases.read"],"outlet_path":"/"}`, "Authorization", "Bearer "+key)
		if list := b.expect(200, "", "GET", "/api-keys", "").body["items"].([]any); len(list) != 1 || !strings.Contains(key, list[0].(map[string]any)["hint"].(string)) {
			t.Errorf("keys = %v", list)
		}
		b.expect(200, "", "POST", "/api-keys/"+a.body["id"].(string)+"/revoke", "")
		bare.expect(401, "identity.key", "GET", "/me", "", "Authorization", "Bearer "+key)
		b.expect(404, "identity.no_key", "POST", "/api-keys/nope/revoke", "")

		e := b.expect(200, "", "POST", "/me/totp", `{"password":"`+goodPassword+`"}`)
		if e.body["secret"] == nil {
			t.Errorf("enrolment = %v", e.body)
		}
		b.expect(422, "invalid", "POST", "/me/totp/confirm", `{"code":"1"}`)
		a = b.expect(200, "", "DELETE", "/session", "")
		if !strings.Contains(a.header.Get("Set-Cookie"), "Max-Age=0") {
			t.Errorf("sign-out sets %s", a.header.Get("Set-Cookie"))
		}
		b.expect(401, "unauthorized", "GET", "/me", "")
	})
}

func TestCookieOverTLS(t *testing.T) {
	t.Parallel()
	f := newFixture(t, dbtest.SQLite(t))
	f.opt.Secure = true
	b := f.server(t)
	a := b.expect(200, "", "POST", "/session", `{"login":"root","password":"`+goodPassword+`"}`)
	if set := a.header.Get("Set-Cookie"); !strings.HasPrefix(set, "__Host-") || !strings.Contains(set, "Secure") {
		t.Errorf("cookie = %s", set)
	}
	b.expect(200, "", "GET", "/me", "")
}

func TestSignInIsThrottledOverHTTP(t *testing.T) {
	t.Parallel()
	f := newFixture(t, dbtest.SQLite(t))
	f.opt.SignInRate = 1
	b := f.server(t)
	b.expect(401, "identity.credentials", "POST", "/session", `{"login":"x1","password":"x"}`)
	a := b.expect(429, "identity.throttled", "POST", "/session", `{"login":"x2","password":"x"}`)
	if a.body["params"].(map[string]any)["seconds"] != 60.0 {
		t.Errorf("told to wait %v seconds, want 60", a.body["params"])
	}
}

func TestAuditNamesWhoActed(t *testing.T) {
	t.Parallel()
	f := newFixture(t, dbtest.SQLite(t))
	u := f.user(t, "agent", access.Everything, access.RoleAgent)
	f.signedIn(t, "agent")
	lines, err := audit.New(f.d).Of(t.Context(), auditUser, string(u.ID))
	acts := []string{}
	for _, l := range lines {
		acts = append(acts, l.Act+" by "+l.ActorKind+":"+l.ActorID)
	}
	want := "create by user:" + string(f.admin.ID) + ",sign_in by user:" + string(u.ID)
	if got := strings.Join(acts, ","); err != nil || got != want {
		t.Errorf("trail = %s, %v; want %s", got, err, want)
	}
}
