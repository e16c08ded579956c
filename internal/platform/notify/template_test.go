package notify

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/httpapi/apitest"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/identity"
	"anxin/internal/platform/problem"
)

func TestOwnTexts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		edit := func(ctx context.Context, brand, body string, version int64) (Variant, error) {
			return f.Edit(ctx, EditInput{Code: "T13", Lang: i18n.Chinese, BrandID: brand, Text: Text{"评价", body}, Version: version})
		}
		sent := func(brand string) string {
			t.Helper()
			m := survey()
			m.BrandID, m.Phone = brand, ""
			m.Email = "w@example.com"
			f.mail.got = nil
			f.opt.PerHour, f.opt.PerDay = 1000, 1000
			f.run(t, f.queue(t, m))
			return f.mail.got[0].Text
		}
		product := sent("b1")
		if _, err := edit(f.ctx, "", "全部{url}", 0); err != nil {
			t.Fatal(err)
		}
		v, err := edit(f.ctx, "b1", "一号{url}", 0)
		if err != nil || v.Version != 1 {
			t.Fatal(v, err)
		}
		if a, b := sent("b1"), sent("b2"); a != "一号https://s/l/x" || b != "全部https://s/l/x" {
			t.Errorf("brand one reads %q, brand two %q", a, b)
		}
		if _, err = edit(f.ctx, "b1", "又一号{url}", 7); !problem.Match(err, problem.ErrStale) {
			t.Errorf("stale edit = %v", err)
		}
		if _, err = edit(f.ctx, "b1", "又一号{url}", 1); err != nil {
			t.Fatal(err)
		}
		list, err := f.Variants(f.ctx, "b1")
		if err != nil || len(list) != 2*len(templates()) {
			t.Fatalf("%d variants, %v", len(list), err)
		}
		for _, v := range list {
			if own := v.Template.Code == "T13" && v.Lang == i18n.Chinese; v.Own != own || own && (v.Version != 2 || v.Text.Body != "又一号{url}") {
				t.Errorf("variant %s %s = %+v", v.Template.Code, v.Lang, v)
			}
		}
		for _, tt := range []struct {
			name string
			ctx  context.Context
			in   EditInput
			want *problem.Code
		}{
			{"unknown variable", f.ctx, EditInput{Code: "T13", Lang: "en", Text: Text{"x", "{phone}"}}, problem.ErrInvalid},
			{"stray brace", f.ctx, EditInput{Code: "T13", Lang: "en", Text: Text{"x", "{url"}}, problem.ErrInvalid},
			{"empty", f.ctx, EditInput{Code: "T13", Lang: "en", Text: Text{"x", " "}}, problem.ErrInvalid},
			{"long", f.ctx, EditInput{Code: "T13", Lang: "en", Text: Text{"x", strings.Repeat("长", maxBody+1)}}, problem.ErrInvalid},
			{"header in the subject", f.ctx, EditInput{Code: "T13", Lang: "en", Text: Text{"x\r\nBcc: y", "z"}}, problem.ErrInvalid},
			{"bad UTF-8", f.ctx, EditInput{Code: "T13", Lang: "en", Text: Text{"x", "\xff"}}, problem.ErrInvalid},
			{"unknown template", f.ctx, EditInput{Code: "T99", Lang: "en", Text: Text{"x", "y"}}, ErrNoTemplate},
			{"unknown language", f.ctx, EditInput{Code: "T13", Lang: "fr", Text: Text{"x", "y"}}, ErrNoTemplate},
			{"no permission", t.Context(), EditInput{Code: "T13", Lang: "en", Text: Text{"x", "y"}}, problem.ErrUnauth},
			{"an outlet", scoped(t, access.Scope{OutletPath: "/hz/"}), EditInput{Code: "T13", Lang: "en", BrandID: "b1", Text: Text{"x", "y"}}, problem.ErrForbidden},
			{"another brand", scoped(t, access.Scope{OutletPath: "/", Brands: []string{"b2"}}), EditInput{Code: "T13", Lang: "en", BrandID: "b1", Text: Text{"x", "y"}}, ErrNoTemplate},
			{"all brands by one brand", scoped(t, access.Scope{OutletPath: "/", Brands: []string{"b2"}}), EditInput{Code: "T13", Lang: "en", Text: Text{"x", "y"}}, problem.ErrForbidden},
		} {
			if _, err := f.Edit(tt.ctx, tt.in); !problem.Match(err, tt.want) {
				t.Errorf("%s = %v, want %v", tt.name, err, tt.want)
			}
		}
		if err := errors.Join(f.Reset(f.ctx, "T13", i18n.Chinese, "b1"), f.Reset(f.ctx, "T13", i18n.Chinese, "b1")); err != nil {
			t.Fatal(err)
		}
		if got := sent("b1"); got != "全部https://s/l/x" {
			t.Errorf("after the brand's reset: %q", got)
		}
		if err := f.Reset(f.ctx, "T13", i18n.Chinese, ""); err != nil {
			t.Fatal(err)
		}
		if got := sent("b1"); got != product {
			t.Errorf("after the firm's reset: %q, want %q", got, product)
		}
		if text, n, err := f.Preview(f.ctx, "T01", i18n.Chinese, Text{"x", "{no}已受理"}); err != nil || text.Body != "C2611-000123已受理" || n != 1 {
			t.Errorf("preview = %+v, %d, %v", text, n, err)
		}
	})
}

func scoped(t *testing.T, s access.Scope) context.Context {
	return access.With(t.Context(), access.Actor{Kind: access.User, ID: "u", Permissions: access.Set{"*": true}, Scope: s})
}

// people makes users and returns their ids.
func (f *fixture) people(t *testing.T, logins ...string) []identity.ID {
	t.Helper()
	ids := identity.New(f.d, f.keys, identity.Permissions, identity.Options{})
	out := []identity.ID{}
	for _, l := range logins {
		c, err := ids.Create(access.AsSystem(t.Context(), "test"), identity.CreateInput{
			Profile:  identity.Profile{Login: l, Name: l, Roles: []string{access.RoleAgent}, Scope: access.Everything},
			Password: "correct horse battery",
		})
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, c.User.ID)
	}
	return out
}

func TestNotices(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		who := f.people(t, "one", "two")
		one := access.With(t.Context(), access.Actor{Kind: access.User, ID: string(who[0])})
		two := access.With(t.Context(), access.Actor{Kind: access.User, ID: string(who[1])})
		tell := func(in NoticeInput) {
			t.Helper()
			if err := db.InTx0(f.ctx, d, func(ctx context.Context, tx *db.Tx) error { return f.NoticeTx(ctx, tx, in) }); err != nil {
				t.Fatal(err)
			}
			f.advance(time.Second)
		}
		tell(NoticeInput{Users: []identity.ID{who[0], who[1], who[0]}, Kind: "case.late", Params: map[string]any{"no": "C1"}, RecordKind: "case", RecordID: "c1", Dedup: "c1"})
		tell(NoticeInput{Users: who, Kind: "case.late", RecordKind: "case", RecordID: "c1", Dedup: "c1"})
		tell(NoticeInput{Users: who[:1], Kind: "case.new", RecordKind: "case", RecordID: "c2"})
		count := func(ctx context.Context) int64 {
			t.Helper()
			n, err := f.Unread(ctx)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		if a, b := count(one), count(two); a != 2 || b != 1 {
			t.Errorf("unread %d and %d, want 2 and 1", a, b)
		}
		list, err := f.Notices(one, NoticesInput{Limit: 1})
		if err != nil || len(list) != 1 || list[0].Kind != "case.new" {
			t.Fatalf("newest = %+v, %v", list, err)
		}
		next, err := f.Notices(one, NoticesInput{Limit: 5, AfterAt: list[0].CreatedAt, AfterID: list[0].ID})
		if err != nil || len(next) != 1 || next[0].Params["no"] != "C1" {
			t.Fatalf("next page = %+v, %v", next, err)
		}
		if err := f.Read(two, []NoticeID{list[0].ID, next[0].ID}, time.Time{}); err != nil { // another's: no effect
			t.Fatal(err)
		}
		if count(one) != 2 {
			t.Error("somebody else's notice was marked as read")
		}
		if err := f.Read(one, nil, next[0].CreatedAt); err != nil {
			t.Fatal(err)
		}
		if list, err = f.Notices(one, NoticesInput{Unread: true, Limit: 5}); err != nil || len(list) != 1 || list[0].Kind != "case.new" {
			t.Errorf("unread = %+v, %v", list, err)
		}
		if _, err := f.Notices(access.With(t.Context(), access.Actor{Kind: access.Key, ID: string(who[0])}), NoticesInput{Limit: 1}); !problem.Match(err, problem.ErrUnauth) {
			t.Errorf("a key reads notices: %v", err)
		}
		f.advance(91 * 24 * time.Hour)
		if err := f.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if list, err = f.Notices(one, NoticesInput{Limit: 5}); err != nil || len(list) != 1 {
			t.Errorf("after 91 days %d notices are left, %v; want the unread one", len(list), err)
		}
	})
}

type auth struct{ a access.Actor }

func (a auth) Authenticate(*http.Request) (access.Actor, error) { return a.a, nil }

func TestAPI(t *testing.T) {
	t.Parallel()
	f := newFixture(t, dbtest.SQLite(t))
	who := f.people(t, "one")
	a := access.Actor{Kind: access.User, ID: string(who[0]), Permissions: access.Set{"*": true}, Scope: access.Everything}
	api := httpapi.New(httpapi.Options{
		DB: f.d, Log: slog.New(slog.DiscardHandler), Words: i18n.Must(problem.Words, Words), Seal: apitest.Plain{}, Auth: auth{a}, Version: "test",
	})
	f.Register(api)
	send := func(status int, has, method, path, body string, header ...string) {
		t.Helper()
		r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		api.Handler().ServeHTTP(w, r)
		raw, err := io.ReadAll(w.Body)
		if err != nil || w.Code != status || !strings.Contains(string(raw), has) {
			t.Errorf("%s %s = %d %s, want %d with %q", method, path, w.Code, raw, status, has)
		}
	}
	id := f.queue(t, quote("13812345678"))
	if err := db.InTx0(f.ctx, f.d, func(ctx context.Context, tx *db.Tx) error {
		return f.NoticeTx(ctx, tx, NoticeInput{Users: who, Kind: "case.late", RecordKind: "case", RecordID: "c1"})
	}); err != nil {
		t.Fatal(err)
	}
	send(200, `"to":"138****5678"`, "GET", "/sent-messages?record_kind=order&record_id=o2", "")
	send(422, `"bad_choice"`, "GET", "/sent-messages?state=lost", "")
	send(422, `"bad_format"`, "GET", "/sent-messages?cursor=x", "")
	send(409, "notify.state", "POST", "/sent-messages/"+string(id)+"/resend", "")
	send(404, "notify.no_message", "POST", "/sent-messages/nope/resend", "")
	send(200, `"sms":true`, "GET", "/message-channels", "")
	send(200, `"unread":1`, "GET", "/notices/unread", "")
	send(200, `"kind":"case.late"`, "GET", "/notices?unread=true", "")
	send(204, "", "POST", "/notices/read", `{}`)
	send(200, `"unread":0`, "GET", "/notices/unread", "")
	send(200, `"name":"Satisfaction survey"`, "GET", "/message-templates", "", "Accept-Language", "en")
	send(428, "version_required", "PUT", "/message-templates/T13/en", `{"subject":"s","body":"{url}"}`)
	send(200, `"own":true`, "PUT", "/message-templates/T13/en", `{"subject":"s","body":"{url}"}`, "If-Match", `"0"`)
	send(422, "notify.param", "PUT", "/message-templates/T13/en", `{"subject":"s","body":"{secret}"}`, "If-Match", "1")
	send(200, `"segments":1`, "POST", "/message-templates/T13/en/preview", `{"subject":"s","body":"{url}"}`)
	send(204, "", "DELETE", "/message-templates/T13/en", "")
	send(204, "", "POST", "/message-opt-outs", `{"channel":"sms","address":"13812345678","reach":"survey"}`)
	send(422, `"address"`, "POST", "/message-opt-outs", `{"channel":"sms","address":"<script>","reach":"survey"}`)
	send(204, "", "POST", "/message-opt-outs/remove", `{"channel":"sms","address":"13812345678"}`)
}
