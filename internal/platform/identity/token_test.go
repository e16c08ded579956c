package identity

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/problem"
)

// argonOf is the key of a weak hash with the salt "saltsaltsalt".
func argonOf(t *testing.T, password string) string {
	t.Helper()
	return base64.RawStdEncoding.EncodeToString(argon2.IDKey([]byte(password), []byte("saltsaltsalt"), 1, 8, 1, 32))
}

func TestKeys(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		soon := start.Add(time.Hour)
		k, err := f.CreateKey(f.ctx, KeyInput{Name: " ERP ", Permissions: []string{"cases.read"}, Scope: access.Scope{OutletPath: "/hz/", Brands: []string{"b1"}}, ExpiresAt: &soon})
		if err != nil {
			t.Fatal(err)
		}
		bearer := func(token string) (access.Actor, error) {
			return f.request(http.MethodPost, "/api/v1/cases", "Authorization", "bearer "+token)
		}
		a, err := bearer(k.Token)
		if err != nil || a.Kind != access.Key || a.ID != string(k.Key.ID) || a.Permissions.Has("cases.act") || !a.Permissions.Has("cases.read") || a.Scope.OutletPath != "/hz/" {
			t.Fatalf("actor = %+v, %v", a, err)
		}
		for _, bad := range []string{k.Token + "x", "axk_", "axk_" + strings.Repeat("A", 43)} {
			_, err = bearer(bad)
			want(t, "key "+bad[:4], err, ErrKey)
		}
		for _, bad := range []string{"Bearer", "Bearer x", "Basic cm9vdDpyb290", "garbage"} {
			_, err = f.request(http.MethodGet, "/api/v1/me", "Authorization", bad)
			want(t, "header "+bad, err, problem.ErrUnauth)
		}
		if a, err := f.request(http.MethodGet, "/metrics", "Authorization", "Bearer scrape"); err != nil || a.Kind != access.Public {
			t.Errorf("a token for another address = %+v, %v; want it left alone", a, err)
		}
		f.advance(time.Hour)
		_, err = bearer(k.Token)
		want(t, "an expired key", err, ErrKey)

		k, err = f.CreateKey(f.ctx, KeyInput{Name: "ERP", Permissions: []string{"cases.read"}, Scope: access.Everything})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = bearer(k.Token); err != nil {
			t.Fatal(err)
		}
		list, err := f.Keys(f.ctx, KeysInput{Limit: 10})
		if err != nil || len(list) != 2 || list[0].UsedAt == nil || list[1].Name != "ERP" || !strings.HasPrefix(k.Token, list[0].Hint) {
			t.Fatalf("keys = %+v, %v", list, err)
		}
		west := access.With(t.Context(), access.Actor{
			Kind: access.User, ID: "u", Permissions: access.Set{PermKeys: true, "cases.read": true}, Scope: access.Scope{OutletPath: "/hz/", Brands: []string{"b1"}},
		})
		if list, err = f.Keys(west, KeysInput{Limit: 10}); err != nil || len(list) != 1 || list[0].Scope.OutletPath != "/hz/" {
			t.Errorf("an outlet sees keys %+v, %v", list, err)
		}
		_, err = f.RevokeKey(west, k.Key.ID)
		want(t, "revoke a key of the centre", err, ErrNoKey)
		for _, tt := range []struct {
			name string
			in   KeyInput
			want *problem.Code
		}{
			{"inside", KeyInput{Name: "k", Permissions: []string{"cases.read"}, Scope: access.Scope{OutletPath: "/hz/west/", Brands: []string{"b1"}}}, nil},
			{"beyond permission", KeyInput{Name: "k", Permissions: []string{"cases.act"}, Scope: access.Scope{OutletPath: "/hz/", Brands: []string{"b1"}}}, ErrBeyond},
			{"beyond outlet", KeyInput{Name: "k", Permissions: []string{"cases.read"}, Scope: access.Scope{OutletPath: "/", Brands: []string{"b1"}}}, ErrBeyond},
			{"beyond brand", KeyInput{Name: "k", Permissions: []string{"cases.read"}, Scope: access.Scope{OutletPath: "/hz/"}}, ErrBeyond},
			{"everything", KeyInput{Name: "k", Permissions: []string{"*"}, Scope: access.Scope{OutletPath: "/hz/", Brands: []string{"b1"}}}, problem.ErrInvalid},
			{"past", KeyInput{Name: "k", Permissions: []string{"cases.read"}, Scope: access.Scope{OutletPath: "/hz/", Brands: []string{"b1"}}, ExpiresAt: &start}, problem.ErrInvalid},
		} {
			_, err := f.CreateKey(west, tt.in)
			want(t, tt.name, err, tt.want)
		}
		_, err = f.CreateKey(access.With(t.Context(), access.Actor{Kind: access.Key, ID: "k", Permissions: access.Set{"*": true}, Scope: access.Everything}),
			KeyInput{Name: "k", Permissions: []string{"cases.read"}, Scope: access.Everything})
		want(t, "a key makes a key", err, ErrPeopleOnly)

		if _, err = f.RevokeKey(f.ctx, k.Key.ID); err != nil {
			t.Fatal(err)
		}
		_, err = bearer(k.Token)
		want(t, "a revoked key", err, ErrKey)
		if again, err := f.RevokeKey(f.ctx, k.Key.ID); err != nil || again.RevokedAt == nil {
			t.Errorf("revoke again = %+v, %v", again, err)
		}

		u := f.user(t, "maker", access.Everything, access.RoleAdmin)
		mine, err := f.CreateKey(f.as(t, u), KeyInput{Name: "mine", Permissions: []string{"cases.read"}, Scope: access.Everything})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = f.Disable(f.ctx, u.ID, true); err != nil {
			t.Fatal(err)
		}
		_, err = bearer(mine.Token)
		want(t, "a key of a disabled user who took the keys along", err, ErrKey)
	})
}

func TestKeysPageOverOtherBrands(t *testing.T) {
	t.Parallel()
	f := newFixture(t, dbtest.SQLite(t))
	for i := range 9 {
		f.advance(time.Second)
		brand := "b1"
		if i%3 != 0 {
			brand = "b2"
		}
		if _, err := f.CreateKey(f.ctx, KeyInput{Name: "k", Permissions: []string{"cases.read"}, Scope: access.Scope{OutletPath: "/", Brands: []string{brand}}}); err != nil {
			t.Fatal(err)
		}
	}
	ctx := access.With(t.Context(), access.Actor{Kind: access.User, ID: "u", Permissions: access.Set{PermKeys: true}, Scope: access.Scope{OutletPath: "/", Brands: []string{"b1"}}})
	list, err := f.Keys(ctx, KeysInput{Limit: 2})
	if err != nil || len(list) != 2 {
		t.Fatalf("first page = %d keys, %v; want 2", len(list), err)
	}
	list, err = f.Keys(ctx, KeysInput{Limit: 2, AfterAt: list[1].CreatedAt, AfterID: list[1].ID})
	if err != nil || len(list) != 1 {
		t.Errorf("second page = %d keys, %v; want 1", len(list), err)
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		mk := func(purpose, record string) NewLink {
			t.Helper()
			l, err := db.InTx(f.ctx, d, func(ctx context.Context, tx *db.Tx) (NewLink, error) {
				return f.MakeLinkTx(ctx, tx, LinkInput{Purpose: purpose, RecordKind: "order", RecordID: record, BrandID: "b1", Lang: "en", Valid: time.Hour})
			})
			if err != nil {
				t.Fatal(err)
			}
			return l
		}
		l := mk("track", "o1")
		if l.URL != "https://s.example/l/"+l.Token || len(l.Token) != 22 {
			t.Errorf("address %s of token %s", l.URL, l.Token)
		}
		check := func(a access.Actor, err error) {
			t.Helper()
			if err != nil || a.Kind != access.Link || a.LinkKind != "order" || a.LinkRecord != "o1" || a.Lang != "en" || a.Scope.OutletPath != "" {
				t.Errorf("actor = %+v, %v", a, err)
			}
			ctx := access.With(t.Context(), a)
			want(t, "its purpose", LinkFor(ctx, "track", "order", "o1"), nil)
			want(t, "another purpose", LinkFor(ctx, "quote", "order", "o1"), ErrLink)
			want(t, "another record", LinkFor(ctx, "track", "order", "o2"), ErrLink)
			want(t, "a permission", access.Require(ctx, "cases.read"), problem.ErrForbidden)
		}
		check(f.request(http.MethodPost, "/api/v1/link", "Authorization", "Link "+l.Token))
		check(f.request(http.MethodGet, "/l/"+l.Token))
		check(f.request(http.MethodPost, "/l/"+l.Token+"/rate", "Cookie", f.CookieName()+"="+f.signedIn(t, "root"))) // a link goes before a session
		if a, err := f.request(http.MethodGet, "/l/"+l.Token[1:]); err != nil || a.Kind != access.Public {
			t.Errorf("a wrong link in a path = %+v, %v; want nobody", a, err)
		}
		_, err := f.request(http.MethodGet, "/api/v1/link", "Authorization", "Link x")
		want(t, "a wrong link", err, ErrLink)
		want(t, "a link that nobody holds", LinkFor(f.ctx, "track", "order", "o1"), ErrLink)
		_, err = f.Open(t.Context(), "nope")
		want(t, "open a wrong link", err, ErrLink)

		quote, other := mk("quote", "o1"), mk("track", "o2")
		revoke := func(purpose string) {
			t.Helper()
			if err := db.InTx0(f.ctx, d, func(ctx context.Context, tx *db.Tx) error {
				return f.RevokeLinksTx(ctx, tx, "order", "o1", purpose)
			}); err != nil {
				t.Fatal(err)
			}
		}
		revoke("track")
		_, err = f.request(http.MethodGet, "/api/v1/link", "Authorization", "Link "+l.Token)
		want(t, "a revoked link", err, ErrLinkExpired)
		_, err = f.Open(t.Context(), l.Token)
		want(t, "open a revoked link", err, ErrLinkExpired)
		if got, err := f.Open(t.Context(), quote.Token); err != nil || got.Purpose != "quote" {
			t.Errorf("the link of another purpose = %+v, %v", got, err)
		}
		revoke("")
		_, err = f.Open(t.Context(), quote.Token)
		want(t, "all links revoked", err, ErrLinkExpired)
		if _, err = f.request(http.MethodGet, "/api/v1/link", "Authorization", "Link "+other.Token); err != nil {
			t.Errorf("the link of another record: %v", err)
		}
		f.advance(time.Hour)
		_, err = f.request(http.MethodGet, "/api/v1/link", "Authorization", "Link "+other.Token) // from the cache
		want(t, "an expired link", err, ErrLinkExpired)
		list, err := f.Links(t.Context(), d, "order", "o1")
		if err != nil || len(list) != 2 || list[0].RevokedAt == nil {
			t.Errorf("links of the record = %+v, %v", list, err)
		}
		for _, in := range []LinkInput{{Purpose: "Track!", RecordKind: "order", RecordID: "o", Valid: 1}, {Purpose: "track", RecordKind: "order", Valid: 1}, {Purpose: "track", RecordKind: "order", RecordID: "o"}} {
			if err := db.InTx0(f.ctx, d, func(ctx context.Context, tx *db.Tx) error { _, err := f.MakeLinkTx(ctx, tx, in); return err }); err == nil {
				t.Errorf("link %+v was made", in)
			}
		}
	})
}

func TestApprovalCodes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		q1, q2 := ApprovalFor{"quote", "order", "o1"}, ApprovalFor{"quote", "order", "o2"}
		mk := func(in ApprovalFor) (string, error) {
			return db.InTx(f.ctx, d, func(ctx context.Context, tx *db.Tx) (string, error) { return f.MakeApprovalTx(ctx, tx, in) })
		}
		use := func(p Proof) error {
			return db.InTx0(f.ctx, d, func(ctx context.Context, tx *db.Tx) error { return f.UseApprovalTx(ctx, tx, p) })
		}
		_, err := f.CheckApproval(f.ctx, q1, "123456")
		want(t, "before any", err, ErrNoCode)
		code, err := mk(q1)
		if err != nil || len(code) != 6 {
			t.Fatalf("code = %q, %v", code, err)
		}
		_, err = mk(q1)
		want(t, "another at once", err, ErrCodeTooSoon)
		_, err = f.CheckApproval(f.ctx, q2, code)
		want(t, "for another record", err, ErrNoCode)
		wrong := "000000"
		if code == wrong {
			wrong = "000001"
		}
		for left := approvalTries - 1; left >= 1; left-- {
			_, err = f.CheckApproval(f.ctx, q1, wrong)
			wantField(t, "wrong", err, "code", ErrCodeWrong)
			var e *problem.Error
			if !errors.As(err, &e) || e.Fields[0].Params["left"] != int64(left) {
				t.Errorf("wrong code = %v, want %d tries left", err, left)
			}
		}
		p, err := f.CheckApproval(f.ctx, q1, " "+code[:3]+"-"+code[3:])
		if err != nil {
			t.Fatalf("the last try: %v", err)
		}
		_, err = f.CheckApproval(f.ctx, q1, code)
		want(t, "a sixth try", err, ErrCodeSpent)
		want(t, "use", use(p), nil)
		want(t, "use twice", use(p), ErrCodeUsed)
		want(t, "use of no proof", use(Proof{}), ErrCodeUsed)
		_, err = f.CheckApproval(f.ctx, q1, code)
		want(t, "a used code", err, ErrCodeUsed)

		f.advance(time.Minute)
		old, err := mk(q1)
		if err != nil {
			t.Fatal(err)
		}
		f.advance(time.Minute)
		code, err = mk(q1)
		if err != nil {
			t.Fatal(err)
		}
		if old != code {
			_, err = f.CheckApproval(f.ctx, q1, old)
			wantField(t, "the code before", err, "code", ErrCodeWrong)
		}
		p, err = f.CheckApproval(f.ctx, q1, code)
		if err != nil {
			t.Fatal(err)
		}
		f.advance(ApprovalValid)
		want(t, "use too late", use(p), ErrCodeUsed)
		_, err = f.CheckApproval(f.ctx, q1, code)
		want(t, "an expired code", err, ErrCodeExpired)
		for range approvalPerHour - 3 {
			if _, err = mk(q1); err != nil {
				t.Fatal(err)
			}
			f.advance(time.Minute)
		}
		_, err = mk(q1)
		want(t, "a sixth in an hour", err, ErrCodeTooSoon)
	})
}

func TestShownCodes(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		shown := func(kind CodeKind, record string) string {
			t.Helper()
			c, err := f.Shown(t.Context(), d, kind, "order", record)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		match := func(code string) bool {
			t.Helper()
			ok, err := db.InTx(t.Context(), d, func(ctx context.Context, tx *db.Tx) (bool, error) {
				return f.MatchTx(ctx, tx, FinishCode, "order", "o1", code)
			})
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}
		code := shown(FinishCode, "o1")
		if len(code) != 6 || len(shown(ServiceCode, "o1")) != 4 || shown(FinishCode, "o1") != code {
			t.Errorf("codes %s, %s", code, shown(ServiceCode, "o1"))
		}
		seen := map[string]bool{}
		for i := range 200 {
			seen[shown(FinishCode, "r"+string(rune('a'+i)))] = true
		}
		if len(seen) < 195 {
			t.Errorf("200 records have only %d codes", len(seen))
		}
		if !match(code) || !match(code[:3]+" "+code[3:]) || match("") || match("x") || match(code+"1") {
			t.Error("the right code is not taken, or a wrong one is")
		}
		for range maxMisses {
			match("999999x9")
		}
		if match(code) {
			t.Error("the right code is taken after too many wrong ones")
		}
		if err := db.InTx0(t.Context(), d, func(ctx context.Context, tx *db.Tx) error { return f.RenewTx(ctx, tx, FinishCode, "order", "o1") }); err != nil {
			t.Fatal(err)
		}
		if next := shown(FinishCode, "o1"); next == code || !match(next) {
			t.Error("the renewed code is the old one or is not taken")
		}
	})
}

func TestScopes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		inner, outer access.Scope
		want         bool
	}{
		{access.Everything, access.Everything, true},
		{access.Scope{OutletPath: "/a/"}, access.Everything, true},
		{access.Everything, access.Scope{OutletPath: "/a/"}, false},
		{access.Scope{OutletPath: "/ab/"}, access.Scope{OutletPath: "/a/"}, false},
		{access.Scope{OutletPath: "/a/", Brands: []string{"x"}}, access.Scope{OutletPath: "/", Brands: []string{"x", "y"}}, true},
		{access.Scope{OutletPath: "/a/", Brands: []string{"z"}}, access.Scope{OutletPath: "/", Brands: []string{"x", "y"}}, false},
		{access.Scope{OutletPath: "/a/"}, access.Scope{}, false},
	} {
		if got := Within(tt.inner, tt.outer); got != tt.want {
			t.Errorf("%+v within %+v = %v, want %v", tt.inner, tt.outer, got, tt.want)
		}
	}
	if got := ancestors("/hz/west/"); !slices.Equal(got, []string{"/", "/hz/", "/hz/west/"}) {
		t.Errorf("ancestors = %v", got)
	}
}
