package identity

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt/crypttest"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
)

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)

const goodPassword = "correct horse battery"

// testPermissions stand for those of the modules.
var testPermissions = append([]access.Permission{
	{Key: "cases.read", Roles: []string{access.RoleAdmin, access.RoleAgent, access.RoleOutletManager}},
	{Key: "cases.act", Roles: []string{access.RoleAdmin, access.RoleAgent}},
	{Key: "visits.act", Roles: []string{access.RoleEngineer, access.RoleOutletManager}},
}, Permissions...)

type fixture struct {
	*Service
	d       *db.DB
	ctx     context.Context // of the administrator
	admin   User
	advance func(time.Duration)
}

func newFixture(t *testing.T, d *db.DB) *fixture {
	t.Helper()
	f := &fixture{d: d, advance: dbtest.Clock(d, start)}
	f.Service = New(d, crypttest.New(t, d), testPermissions, Options{BaseURL: "https://s.example/", SignInRate: 1000})
	f.hash = newHasher(cost{memory: 64, passes: 1, lanes: 1}) // the real one has a test of its own
	c, err := f.FirstAdmin(t.Context(), "Root", "管理员", goodPassword)
	if err != nil {
		t.Fatalf("first admin: %v", err)
	}
	f.admin = c.User
	f.ctx = f.as(t, c.User)
	return f
}

// as is a context in which the user acts.
func (f *fixture) as(t *testing.T, u User) context.Context {
	t.Helper()
	a, err := f.actorOf(t.Context(), u)
	if err != nil {
		t.Fatalf("actor of %s: %v", u.Login, err)
	}
	return access.With(t.Context(), a)
}

func (f *fixture) user(t *testing.T, login string, scope access.Scope, roles ...string) User {
	t.Helper()
	c, err := f.Create(f.ctx, CreateInput{Profile: Profile{Login: login, Name: login, Roles: roles, Scope: scope}, Password: goodPassword})
	if err != nil {
		t.Fatalf("create %s: %v", login, err)
	}
	return c.User
}

func want(t *testing.T, what string, err error, code *problem.Code) {
	t.Helper()
	if !problem.Match(err, code) {
		t.Errorf("%s = %v, want %v", what, err, code)
	}
}

// wantField checks that err is about one field and has this code.
func wantField(t *testing.T, what string, err error, field string, code *problem.Code) {
	t.Helper()
	var e *problem.Error
	if !errors.As(err, &e) || !slices.ContainsFunc(e.Fields, func(f problem.FieldError) bool { return f.Field == field && f.Code == code.Key }) {
		t.Errorf("%s = %v, want %s for %s", what, err, code.Key, field)
	}
}

func (f *fixture) request(method, path string, header ...string) (access.Actor, error) {
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return f.Authenticate(r)
}

func (f *fixture) withCookie(method, token string, header ...string) (access.Actor, error) {
	return f.request(method, "/api/v1/cases", append(header, "Cookie", f.CookieName()+"="+token)...)
}

func (f *fixture) signedIn(t *testing.T, login string) string {
	t.Helper()
	r, err := f.SignIn(t.Context(), SignInInput{Login: login, Password: goodPassword, Address: "192.0.2.1", Agent: "test"})
	if err != nil {
		t.Fatalf("sign in %s: %v", login, err)
	}
	return r.Token
}

func TestWords(t *testing.T) {
	t.Parallel()
	c := i18n.Must(Words)
	for _, p := range c.Problems() {
		t.Error(p)
	}
	for _, code := range problem.Codes() {
		if strings.HasPrefix(code.Key, "identity.") && !c.Has(i18n.Chinese, "problem."+code.Key) {
			t.Errorf("no words for %s", code.Key)
		}
	}
	for _, r := range builtIn {
		if !c.Has(i18n.English, "role."+r) {
			t.Errorf("no words for role %s", r)
		}
	}
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	h := newHasher(argonCost)
	hash, err := h.hash(t.Context(), "pässword-ＡＢＣ")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, hash, password string
		ok, old              bool
	}{
		{"right", hash, "pässword-ＡＢＣ", true, false},
		{"other keyboard", hash, "pässword-ABC", true, false},
		{"wrong", hash, "pässword-ABD", false, false},
		{"no account", "", "pässword-ABC", false, false},
		{"weaker cost of before", "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$dtMLmXzAmGpJ6Y7iwB2SLUrhWQdH1WpEpCwvpzV2rTc", "x", false, true},
	} {
		ok, old, err := h.verify(t.Context(), tt.hash, tt.password)
		if err != nil || ok != tt.ok || old != tt.old {
			t.Errorf("%s: verify = %v, %v, %v; want %v, %v", tt.name, ok, old, err, tt.ok, tt.old)
		}
	}
	for _, bad := range []string{"x", "$argon2i$v=19$m=8,t=1,p=1$AA$AA", "$argon2id$v=18$m=8,t=1,p=1$AA$AA", "$argon2id$v=19$m=8$AA$AA", "$argon2id$v=19$m=8,t=1,p=1$!$AA"} {
		if _, _, err := h.verify(t.Context(), bad, "x"); err == nil {
			t.Errorf("verify with hash %q: no error", bad)
		}
	}
	for _, tt := range []struct {
		password string
		weak     bool
	}{
		{"short1!", true},
		{"1234567890", true},
		{"Woaini1314", true},
		{"aaaaaaaaaaaaaaa", true},
		{"ababababab", true},
		{"my-wang.li-secret", true},
		{"１２３４５６７８９０", true},
		{"correct horse battery", false},
		{"安心服务上门维修快又好", false},
	} {
		var f problem.Fields
		checkPassword(&f, "password", "wang.li", tt.password)
		if got := f.Err() != nil; got != tt.weak {
			t.Errorf("password %q refused: %v, want %v", tt.password, got, tt.weak)
		}
	}
	for range 50 {
		p := NewPassword()
		var f problem.Fields
		if checkPassword(&f, "password", "x", p); f.Err() != nil || len(p) != 19 {
			t.Errorf("made-up password %q is refused: %v", p, f.Err())
		}
	}
}

func TestHashingStaysOutOfTransactions(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	err := db.InTx0(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
		_, err := newHasher(argonCost).hash(ctx, "correct horse")
		return err
	})
	if !errors.Is(err, errHashInTx) {
		t.Errorf("hash in a transaction = %v, want %v", err, errHashInTx)
	}
}

func TestFirstAdmin(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := New(d, crypttest.New(t, d), testPermissions, Options{})
		if some, err := s.HasUsers(t.Context()); err != nil || some {
			t.Fatalf("a fresh installation has users: %v, %v", some, err)
		}
		_, err := s.FirstAdmin(t.Context(), "root", "管理员", "1234567890")
		wantField(t, "weak password", err, "password", ErrWeak)
		c, err := s.FirstAdmin(t.Context(), " Ｒoot ", "管理员", "")
		if err != nil || c.User.Login != "root" || c.Password == "" || !c.User.MustChange {
			t.Fatalf("first admin = %+v, %v", c.User, err)
		}
		_, err = s.FirstAdmin(t.Context(), "root2", "另一个", goodPassword)
		want(t, "second first admin", err, ErrNotFirst)

		// Who must change the password may do nothing else.
		r, err := s.SignIn(t.Context(), SignInInput{Login: "ROOT", Password: c.Password})
		if err != nil {
			t.Fatal(err)
		}
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.AddCookie(&http.Cookie{Name: s.CookieName(), Value: r.Token})
		a, err := s.Authenticate(req)
		if err != nil || a.ID != string(c.User.ID) || len(a.Permissions) != 0 {
			t.Fatalf("actor before the change = %+v, %v", a, err)
		}
		if err := s.ChangePassword(access.With(t.Context(), a), c.Password, goodPassword, r.Token); err != nil {
			t.Fatalf("change password: %v", err)
		}
		if a, err = s.Authenticate(req); err != nil || !a.Permissions.Has("cases.act") {
			t.Errorf("actor after the change = %+v, %v", a, err)
		}
	})
}

func TestUsersStayInScope(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		west := access.Scope{OutletPath: "/hz/west/", Brands: []string{"b1"}}
		mgr := f.user(t, "west.mgr", west, access.RoleOutletManager, access.RoleEngineer)
		f.user(t, "west.eng", west, access.RoleEngineer)
		f.user(t, "east.eng", access.Scope{OutletPath: "/hz/east/", Brands: []string{"b1"}}, access.RoleEngineer)
		other := f.user(t, "west.b2", access.Scope{OutletPath: "/hz/west/", Brands: []string{"b1", "b2"}}, access.RoleEngineer)
		all := f.user(t, "west.all", access.Scope{OutletPath: "/hz/west/"}, access.RoleEngineer)

		a, err := f.actorOf(t.Context(), mgr)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.List(access.With(t.Context(), a), ListInput{Limit: 10})
		want(t, "list without permission", err, problem.ErrForbidden)
		a.Permissions = access.Set{PermUsers: true, "visits.act": true, "cases.read": true}
		ctx := access.With(t.Context(), a)
		list, err := f.List(ctx, ListInput{Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		if got := logins(list); !slices.Equal(got, []string{"west.eng", "west.mgr"}) {
			t.Errorf("a manager of one outlet and brand sees %v", got)
		}
		list, err = f.List(f.ctx, ListInput{Limit: 2, Search: "WEST", Role: access.RoleEngineer, After: "west.all"})
		if got := logins(list); err != nil || !slices.Equal(got, []string{"west.b2", "west.eng"}) {
			t.Errorf("searched page = %v, %v", got, err)
		}
		if list, err = f.List(f.ctx, ListInput{Limit: 10, Search: "%"}); err != nil || len(list) != 0 {
			t.Errorf("a percent sign finds %v, %v; want nobody", logins(list), err)
		}
		for name, id := range map[string]ID{"another brand": other.ID, "every brand": all.ID, "administrator": f.admin.ID, "unknown": "nobody"} {
			_, err = f.Get(ctx, id)
			want(t, "get "+name, err, ErrNoUser)
			_, err = f.Disable(ctx, id, false)
			want(t, "disable "+name, err, ErrNoUser)
			_, err = f.ResetPassword(ctx, id)
			want(t, "reset password of "+name, err, ErrNoUser)
			want(t, "end sessions of "+name, f.EndSession(ctx, id, "", ""), ErrNoUser)
		}
		for _, tt := range []struct {
			name  string
			scope access.Scope
			role  string
			want  *problem.Code
		}{
			{"inside", west, access.RoleEngineer, nil},
			{"other outlet", access.Scope{OutletPath: "/hz/east/", Brands: []string{"b1"}}, access.RoleEngineer, ErrBeyond},
			{"prefix of a name", access.Scope{OutletPath: "/hz/westend/", Brands: []string{"b1"}}, access.RoleEngineer, ErrBeyond},
			{"centre", access.Scope{OutletPath: "/", Brands: []string{"b1"}}, access.RoleEngineer, ErrBeyond},
			{"every brand", access.Scope{OutletPath: "/hz/west/"}, access.RoleEngineer, ErrBeyond},
			{"more permissions", west, access.RoleAgent, ErrBeyond},
			{"administrator", west, access.RoleAdmin, ErrBeyond},
		} {
			_, err := f.Create(ctx, CreateInput{Profile: Profile{Login: "new-" + strings.ReplaceAll(tt.name, " ", ""), Name: "n", Roles: []string{tt.role}, Scope: tt.scope}})
			want(t, "create "+tt.name, err, tt.want)
		}
	})
}

func logins(list []User) []string {
	out := []string{}
	for _, u := range list {
		out = append(out, u.Login)
	}
	return out
}

func TestProfileIsChecked(t *testing.T) {
	t.Parallel()
	f := newFixture(t, dbtest.SQLite(t))
	good := Profile{Login: "li.na", Name: "李娜", Roles: []string{access.RoleAgent}, Scope: access.Scope{OutletPath: "/"}, EngineerID: "e1"}
	if _, err := f.Create(f.ctx, CreateInput{Profile: good}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		with  func(*Profile)
		field string
		code  *problem.Code
	}{
		{"login taken in capitals", func(p *Profile) { p.EngineerID = ""; p.Login = "LI.NA" }, "login", problem.Taken},
		{"engineer taken", func(p *Profile) { p.Login = "x1" }, "engineer_id", problem.Taken},
		{"short login", func(p *Profile) { p.Login = "x" }, "login", problem.TooShort},
		{"login with markup", func(p *Profile) { p.Login = "<script>" }, "login", problem.BadFormat},
		{"login with quote", func(p *Profile) { p.Login = "x' OR '1'='1" }, "login", problem.BadFormat},
		{"long login", func(p *Profile) { p.Login = strings.Repeat("长", 65) }, "login", problem.TooLong},
		{"no name", func(p *Profile) { p.Name = " \t" }, "name", problem.Required},
		{"control in name", func(p *Profile) { p.Name = "a\u202eb" }, "name", problem.BadText},
		{"bad UTF-8", func(p *Profile) { p.Name = "a\xff" }, "name", problem.BadText},
		{"unknown role", func(p *Profile) { p.Roles = []string{"king"} }, "roles", problem.Unknown},
		{"no role", func(p *Profile) { p.Roles = nil }, "roles", problem.Required},
		{"path without end", func(p *Profile) { p.Scope.OutletPath = "/hz" }, "outlet_path", problem.BadFormat},
		{"path with wildcard", func(p *Profile) { p.Scope.OutletPath = "/%/" }, "outlet_path", problem.BadFormat},
		{"empty brands", func(p *Profile) { p.Scope.Brands = []string{} }, "brands", problem.Required},
		{"language", func(p *Profile) { p.Lang = "fr" }, "lang", problem.BadChoice},
	} {
		p := good
		p.Roles = slices.Clone(good.Roles)
		tt.with(&p)
		_, err := f.Create(f.ctx, CreateInput{Profile: p})
		wantField(t, tt.name, err, tt.field, tt.code)
	}
}

func TestEditAndStates(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		u := f.user(t, "agent", access.Everything, access.RoleAgent)
		token := f.signedIn(t, "agent")
		p := Profile{Login: "agent", Name: "改名", Roles: []string{access.RoleEngineer, access.RoleEngineer}, Scope: access.Scope{OutletPath: "/x/", Brands: []string{"b"}}}
		_, err := f.Edit(f.ctx, EditInput{ID: u.ID, Version: u.Version + 1, Profile: p})
		want(t, "stale edit", err, problem.ErrStale)
		got, err := f.Edit(f.ctx, EditInput{ID: u.ID, Version: u.Version, Profile: p})
		if err != nil || got.Version != u.Version+1 || len(got.Roles) != 1 {
			t.Fatalf("edit = %+v, %v", got, err)
		}
		if a, err := f.withCookie(http.MethodGet, token); err != nil || a.Permissions.Has("cases.act") || !a.Permissions.Has("visits.act") || a.Scope.OutletPath != "/x/" {
			t.Errorf("the session does not follow the edit: %+v, %v", a, err)
		}
		if back, err := f.Get(f.ctx, u.ID); err != nil || back.Name != "改名" || !slices.Equal(back.Scope.Brands, []string{"b"}) {
			t.Errorf("read back %+v, %v", back, err)
		}
		if _, err = f.Disable(f.ctx, u.ID, false); err != nil {
			t.Fatal(err)
		}
		_, err = f.Disable(f.ctx, u.ID, false)
		want(t, "disable twice", err, ErrState)
		if a, _ := f.withCookie(http.MethodGet, token); a.Kind != access.Public {
			t.Errorf("a disabled user's session is %+v", a)
		}
		_, err = f.SignIn(t.Context(), SignInInput{Login: "agent", Password: goodPassword})
		want(t, "sign-in of a disabled user", err, ErrCredentials)
		if _, err = f.Enable(f.ctx, u.ID); err != nil {
			t.Fatal(err)
		}
		f.signedIn(t, "agent")

		_, err = f.Disable(f.ctx, f.admin.ID, false)
		want(t, "disable the last administrator", err, ErrLastAdmin)
		admin, err := f.Get(f.ctx, f.admin.ID)
		if err != nil {
			t.Fatal(err)
		}
		down := EditInput{ID: admin.ID, Version: admin.Version, Profile: Profile{Login: "root", Name: "x", Roles: []string{access.RoleAgent}, Scope: access.Everything}}
		_, err = f.Edit(f.ctx, down)
		want(t, "demote the last administrator", err, ErrLastAdmin)
		f.user(t, "root2", access.Everything, access.RoleAdmin)
		if _, err = f.Edit(f.ctx, down); err != nil {
			t.Errorf("demote one of two: %v", err)
		}
	})
}

func TestTwoAdministratorsCannotRemoveEachOther(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		two := f.user(t, "root2", access.Everything, access.RoleAdmin)
		errs := make(chan error, 2)
		for _, id := range []ID{f.admin.ID, two.ID} {
			go func() {
				_, err := f.Disable(f.ctx, id, false)
				errs <- err
			}()
		}
		a, b := <-errs, <-errs
		if (a == nil) == (b == nil) {
			t.Errorf("disabling both at once = %v and %v; want one refused", a, b)
		}
	})
}

func TestRoles(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		u := f.user(t, "agent", access.Everything, access.RoleAgent)
		token := f.signedIn(t, "agent")
		has := func(perm string) bool {
			a, err := f.withCookie(http.MethodGet, token)
			if err != nil {
				t.Fatal(err)
			}
			return a.Permissions.Has(perm)
		}
		if !has("cases.act") || has("visits.act") {
			t.Error("the agent's defaults are not in force")
		}
		r, err := f.EditRole(f.ctx, RoleInput{Key: access.RoleAgent, Permissions: []string{"cases.read", "visits.act"}})
		if err != nil || r.Version != 1 {
			t.Fatalf("edit = %+v, %v", r, err)
		}
		if has("cases.act") || !has("visits.act") || !has("cases.read") {
			t.Error("the changed role is not in force")
		}
		_, err = f.EditRole(f.ctx, RoleInput{Key: access.RoleAgent, Permissions: nil})
		want(t, "edit without the new version", err, problem.ErrStale)
		_, err = f.EditRole(f.ctx, RoleInput{Key: access.RoleAdmin})
		want(t, "edit the administrator", err, ErrBuiltIn)
		_, err = f.EditRole(f.ctx, RoleInput{Key: "nobody", NameZh: "无", NameEn: "None"})
		want(t, "edit an unknown role", err, ErrNoRole)
		_, err = f.EditRole(f.ctx, RoleInput{Key: access.RoleAgent, Permissions: []string{"cases.reed"}, Version: 1})
		wantField(t, "unknown permission", err, "permissions", problem.Unknown)

		// A release that brings a permission gives it to the roles that its module names.
		newer := New(d, f.keys, append([]access.Permission{{Key: "units.read", Roles: []string{access.RoleAgent}}}, testPermissions...), Options{})
		tab, err := newer.loadRoles(t.Context(), d)
		if err != nil || !tab.perms[access.RoleAgent]["units.read"] || tab.perms[access.RoleAgent]["cases.act"] {
			t.Errorf("after an upgrade the agent has %v, %v", tab.perms[access.RoleAgent], err)
		}

		own, err := f.CreateRole(f.ctx, RoleInput{Key: "night_shift", NameZh: "夜班", NameEn: "Night shift", Permissions: []string{"cases.read"}})
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{"night_shift", access.RoleHead} {
			_, err = f.CreateRole(f.ctx, RoleInput{Key: key, NameZh: "夜班", NameEn: "Night", Permissions: nil})
			wantField(t, "create "+key+" again", err, "key", problem.Taken)
		}
		f.user(t, "night", access.Everything, "night_shift")
		want(t, "delete a role in use", f.DeleteRole(f.ctx, "night_shift"), ErrRoleInUse)
		want(t, "delete a built-in role", f.DeleteRole(f.ctx, access.RoleAgent), ErrBuiltIn)
		if own, err = f.EditRole(f.ctx, RoleInput{Key: "night_shift", NameZh: "大夜班", NameEn: "Night", Permissions: nil, Version: own.Version}); err != nil || own.NameZh != "大夜班" {
			t.Errorf("edit own role = %+v, %v", own, err)
		}
		list, err := f.Roles(f.ctx)
		if err != nil || len(list) != len(builtIn)+1 || list[len(list)-1].Users != 1 || list[0].Permissions[0] != "*" {
			t.Errorf("roles = %+v, %v", list, err)
		}

		// A manager of roles without all permissions gives no more than they have.
		a, err := f.actorOf(t.Context(), u)
		if err != nil {
			t.Fatal(err)
		}
		a.Permissions = access.Set{PermRoles: true}
		_, err = f.CreateRole(access.With(t.Context(), a), RoleInput{Key: "mine", NameZh: "我", NameEn: "Mine", Permissions: []string{"cases.act"}})
		want(t, "give what one lacks", err, ErrBeyond)
		_, err = f.EditRole(access.With(t.Context(), a), RoleInput{Key: access.RoleAgent, Version: 1})
		want(t, "take what one lacks", err, ErrBeyond)
	})
}

func TestReadsForOthers(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		centre := f.user(t, "disp", access.Everything, access.RoleDispatcher)
		b2 := f.user(t, "disp2", access.Scope{OutletPath: "/", Brands: []string{"b2"}}, access.RoleDispatcher)
		region := f.user(t, "hz", access.Scope{OutletPath: "/hz/"}, access.RoleOutletManager)
		outlet := f.user(t, "west", access.Scope{OutletPath: "/hz/west/"}, access.RoleOutletManager)
		f.user(t, "east", access.Scope{OutletPath: "/hz/east/"}, access.RoleOutletManager)
		gone := f.user(t, "gone", access.Scope{OutletPath: "/hz/west/"}, access.RoleOutletManager)
		if _, err := f.Disable(f.ctx, gone.ID, false); err != nil {
			t.Fatal(err)
		}
		roles := []string{access.RoleDispatcher, access.RoleOutletManager}
		for _, tt := range []struct {
			in   Audience
			want []ID
		}{
			{Audience{Roles: roles, BrandID: "b1", OutletPath: "/hz/west/"}, []ID{centre.ID, region.ID, outlet.ID}},
			{Audience{Roles: roles, BrandID: "b2", OutletPath: "/hz/west/"}, []ID{centre.ID, b2.ID, region.ID, outlet.ID}},
			{Audience{Roles: roles, BrandID: "b1", OutletPath: "/hz/west/", Exact: true}, []ID{outlet.ID}},
			{Audience{Roles: roles, BrandID: "b1", OutletPath: "/"}, []ID{centre.ID}},
			{Audience{OutletPath: "/"}, []ID{}},
		} {
			got, err := UsersFor(t.Context(), d, tt.in)
			slices.Sort(tt.want)
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("audience %+v = %v, %v; want %v", tt.in, got, err, tt.want)
			}
		}
		names, err := Names(t.Context(), d, []ID{centre.ID, "nobody"})
		if err != nil || len(names) != 1 || names[centre.ID] != "disp" {
			t.Errorf("names = %v, %v", names, err)
		}
		if got, err := RolesOf(t.Context(), d, centre.ID); err != nil || !slices.Equal(got, []string{access.RoleDispatcher}) {
			t.Errorf("roles of = %v, %v", got, err)
		}
		_, err = UserOfEngineer(t.Context(), d, "e1")
		want(t, "user of an unknown engineer", err, ErrNoUser)
	})
}

func TestNothingSecretAtRest(t *testing.T) {
	t.Parallel()
	f := newFixture(t, dbtest.SQLite(t))
	var logged strings.Builder
	f.opt.Log = slog.New(slog.NewTextHandler(&logged, nil))
	token := f.signedIn(t, "root")
	_, err := f.SignIn(t.Context(), SignInInput{Login: "someone-secret", Password: "wrong-secret", Address: "192.0.2.99"})
	want(t, "unknown name", err, ErrCredentials)
	k, err := f.CreateKey(f.ctx, KeyInput{Name: "k", Permissions: []string{"cases.read"}, Scope: access.Everything})
	if err != nil {
		t.Fatal(err)
	}
	e, err := f.EnrolTOTP(f.ctx, goodPassword)
	if err != nil {
		t.Fatal(err)
	}
	var link NewLink
	var code string
	err = db.InTx0(f.ctx, f.d, func(ctx context.Context, tx *db.Tx) (err error) {
		if link, err = f.MakeLinkTx(ctx, tx, LinkInput{Purpose: "track", RecordKind: "order", RecordID: "o1", Valid: time.Hour}); err != nil {
			return err
		}
		code, err = f.MakeApprovalTx(ctx, tx, ApprovalFor{"quote", "order", "o1"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	all := dump(t, f.d)
	for name, secret := range map[string]string{
		"session": token, "API key": k.Token, "TOTP secret": e.Secret, "link": link.Token, "approval code": "'" + code + "'", "address": "192.0.2.1",
		"password": goodPassword, "typed login": "someone-secret",
	} {
		if strings.Contains(all, secret) || strings.Contains(logged.String(), secret) {
			t.Errorf("%s is readable at rest or in the log", name)
		}
	}
}

// dump is every value of this package's tables and of the audit trail.
func dump(t *testing.T, d *db.DB) string {
	t.Helper()
	var out strings.Builder
	for _, table := range []string{"identity_user", "identity_session", "identity_key", "identity_link", "identity_code", "identity_throttle"} {
		rows, err := d.Query(t.Context(), `SELECT * FROM `+table)
		if err != nil {
			t.Fatal(err)
		}
		n := map[string]int{"identity_user": 17, "identity_session": 7, "identity_key": 12, "identity_link": 11, "identity_code": 9, "identity_throttle": 6}[table]
		for rows.Next() {
			vals := make([]any, n)
			for i := range vals {
				vals[i] = new(any)
			}
			if err := rows.Scan(vals...); err != nil {
				t.Fatalf("%s: %v", table, err)
			}
			for _, v := range vals {
				switch v := (*v.(*any)).(type) {
				case []byte:
					out.WriteString("'" + string(v) + "'")
				case string:
					out.WriteString("'" + v + "'")
				}
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}
