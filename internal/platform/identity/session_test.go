package identity

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/problem"
)

func TestSessions(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		for _, in := range []SignInInput{
			{Login: "root", Password: "wrong password"},
			{Login: "nobody", Password: goodPassword},
			{Login: "", Password: ""},
			{Login: "root", Password: strings.Repeat("x", 5000)},
			{Login: "root' --", Password: goodPassword},
		} {
			_, err := f.SignIn(t.Context(), in)
			want(t, "sign in as "+in.Login, err, ErrCredentials)
		}
		one := f.signedIn(t, "root")
		a, err := f.withCookie(http.MethodGet, one)
		if err != nil || a.Kind != access.User || a.ID != string(f.admin.ID) || !a.Permissions.Has("anything") || a.Name != "管理员" {
			t.Fatalf("actor = %+v, %v", a, err)
		}
		_, err = f.withCookie(http.MethodPost, one)
		want(t, "a change without the client header", err, ErrClientHeader)
		if _, err = f.withCookie(http.MethodPost, one, ClientHeader, "desk"); err != nil {
			t.Errorf("a change with the header: %v", err)
		}
		for _, bad := range []string{"", "x", one + "x", strings.Repeat("a", 4000)} {
			if a, err := f.withCookie(http.MethodGet, bad); err != nil || a.Kind != access.Public {
				t.Errorf("cookie %.10q is %+v, %v; want nobody", bad, a, err)
			}
		}

		// A sign-in in the same browser ends the session before.
		r, err := f.SignIn(t.Context(), SignInInput{Login: "root", Password: goodPassword, Old: one, Agent: "Firefox\xff " + strings.Repeat("长", 100)})
		if err != nil {
			t.Fatal(err)
		}
		if a, _ := f.withCookie(http.MethodGet, one); a.Kind != access.Public {
			t.Error("the session before the sign-in still works")
		}
		f.advance(time.Minute)
		three := f.signedIn(t, "root")
		list, err := f.Sessions(f.ctx, f.admin.ID, three)
		if err != nil || len(list) != 2 || !list[0].Current || list[1].Current || !strings.HasPrefix(list[1].Agent, "Firefox") || list[0].Address != "192.0.2.1" {
			t.Fatalf("sessions = %+v, %v", list, err)
		}
		want(t, "end an unknown session", f.EndSession(f.ctx, f.admin.ID, "nope", ""), ErrNoSession)
		if err := f.EndSession(f.ctx, f.admin.ID, list[1].ID, ""); err != nil {
			t.Fatal(err)
		}
		if a, _ := f.withCookie(http.MethodGet, r.Token); a.Kind != access.Public {
			t.Error("an ended session still works")
		}

		// Idle and absolute ends.
		f.advance(71 * time.Hour)
		if a, _ := f.withCookie(http.MethodGet, three); a.Kind != access.User {
			t.Error("a session ended before its time")
		}
		for range 9 { // used every 71 hours it lives 30 days, no longer
			f.advance(71 * time.Hour)
			f.cache.drop()
			_, _ = f.withCookie(http.MethodGet, three)
		}
		if a, _ := f.withCookie(http.MethodGet, three); a.Kind != access.User {
			t.Error("a used session ended early")
		}
		f.advance(30 * time.Hour)
		if a, _ := f.withCookie(http.MethodGet, three); a.Kind != access.Public {
			t.Error("a session outlived 30 days")
		}
		idle := f.signedIn(t, "root")
		f.advance(72 * time.Hour)
		f.cache.drop()
		if a, _ := f.withCookie(http.MethodGet, idle); a.Kind != access.Public {
			t.Error("an idle session still works")
		}
		if err := f.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if left, err := db.Exists(t.Context(), d, `SELECT 1 FROM identity_session`); err != nil || left {
			t.Errorf("ended sessions are left after the sweep: %v", err)
		}

		// Another node sees a sign-out within a second.
		token := f.signedIn(t, "root")
		other := New(d, f.keys, testPermissions, Options{})
		o := &fixture{Service: other, d: d}
		if a, _ := o.withCookie(http.MethodGet, token); a.Kind != access.User {
			t.Fatal("the other node does not know the session")
		}
		if err := f.SignOut(f.ctx, token); err != nil {
			t.Fatal(err)
		}
		for h, e := range other.cache.m { // a second later
			e.till = e.till.Add(-trust)
			other.cache.m[h] = e
		}
		if a, _ := o.withCookie(http.MethodGet, token); a.Kind != access.Public {
			t.Error("a session signed out elsewhere works after a second")
		}
	})
}

func TestSessionsAreBounded(t *testing.T) {
	t.Parallel()
	f := newFixture(t, dbtest.SQLite(t))
	first := f.signedIn(t, "root")
	for range maxSessions {
		f.advance(time.Second)
		f.signedIn(t, "root")
	}
	if a, _ := f.withCookie(http.MethodGet, first); a.Kind != access.Public {
		t.Error("the oldest of too many sessions still works")
	}
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		keep, other := f.signedIn(t, "root"), f.signedIn(t, "root")
		wantField(t, "wrong old", f.ChangePassword(f.ctx, "nope", "a brand new phrase", keep), "old_password", ErrWrongPassword)
		wantField(t, "same", f.ChangePassword(f.ctx, goodPassword, goodPassword, keep), "password", ErrSamePassword)
		wantField(t, "weak", f.ChangePassword(f.ctx, goodPassword, "root-root1", keep), "password", ErrWeak)
		if err := f.ChangePassword(f.ctx, goodPassword, "a brand new phrase", keep); err != nil {
			t.Fatal(err)
		}
		if a, _ := f.withCookie(http.MethodGet, keep); a.Kind != access.User {
			t.Error("the session that changed the password ended")
		}
		if a, _ := f.withCookie(http.MethodGet, other); a.Kind != access.Public {
			t.Error("another session outlived the change of password")
		}
		_, err := f.SignIn(t.Context(), SignInInput{Login: "root", Password: goodPassword})
		want(t, "old password", err, ErrCredentials)
		want(t, "a key changes a password", f.ChangePassword(access.With(t.Context(), access.Actor{Kind: access.Key, ID: "k"}), "x", "y", ""), ErrPeopleOnly)
	})
}

func TestOldHashesAreRenewed(t *testing.T) {
	t.Parallel()
	f := newFixture(t, dbtest.SQLite(t))
	weak := "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0$"
	weak += argonOf(t, goodPassword)
	err := db.InTx0(t.Context(), f.d, func(ctx context.Context, tx *db.Tx) error { return setPassword(ctx, tx, f.admin.ID, weak, false) })
	if err != nil {
		t.Fatal(err)
	}
	f.signedIn(t, "root")
	acc, err := findAccount(t.Context(), f.d, "login", "root")
	if err != nil || acc.hash == weak {
		t.Errorf("the weak hash was kept: %v", err)
	}
	f.signedIn(t, "root")
}

func TestThrottle(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.opt.SignInRate = 3
		try := func(login, address, password string) error {
			_, err := f.SignIn(t.Context(), SignInInput{Login: login, Password: password, Address: address})
			return err
		}
		for range 3 {
			want(t, "a wrong password", try("root", "a1", "wrong"), ErrCredentials)
		}
		want(t, "the account from elsewhere", try("root", "a2", goodPassword), ErrThrottled)
		want(t, "another account from there", try("agent", "a1", goodPassword), ErrThrottled)
		want(t, "another account from elsewhere", try("agent", "a3", goodPassword), ErrCredentials)
		other := New(d, f.keys, testPermissions, Options{SignInRate: 3}) // a restart forgets nothing
		_, err := other.SignIn(t.Context(), SignInInput{Login: "root", Password: goodPassword, Address: "a4"})
		want(t, "after a restart", err, ErrThrottled)
		f.advance(time.Minute)
		want(t, "a minute later", try("root", "a2", goodPassword), nil)

		// Many wrong ones in a row lock the account for longer and longer, whatever the address.
		f.opt.SignInRate = 1000
		for range lockAfter {
			want(t, "a wrong password", try("root", "b", "wrong"), ErrCredentials)
		}
		want(t, "locked", try("root", "c", goodPassword), ErrThrottled)
		f.advance(time.Minute)
		want(t, "wrong after the lock", try("root", "c", "wrong"), ErrCredentials)
		f.advance(time.Minute)
		want(t, "locked for two minutes", try("root", "c", goodPassword), ErrThrottled)
		f.advance(time.Minute)
		want(t, "right after the lock", try("root", "c", goodPassword), nil)
		want(t, "the count began anew", try("root", "c", "wrong"), ErrCredentials)
		want(t, "not locked", try("root", "c", goodPassword), nil)
	})
}

func TestGuessesSideBySideCount(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.opt.SignInRate = 4
		errs := make(chan error, 12)
		for range 12 {
			go func() {
				_, err := f.SignIn(t.Context(), SignInInput{Login: "root", Password: "wrong", Address: "a"})
				errs <- err
			}()
		}
		checked := 0
		for range 12 {
			if err := <-errs; problem.Match(err, ErrCredentials) {
				checked++
			} else {
				want(t, "too many", err, ErrThrottled)
			}
		}
		if checked != 4 {
			t.Errorf("%d of 12 parallel guesses were checked, want 4", checked)
		}
	})
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		_, err := f.ConfirmTOTP(f.ctx, "123456")
		want(t, "confirm before the beginning", err, ErrTOTPOff)
		_, err = f.EnrolTOTP(f.ctx, "wrong")
		wantField(t, "enrol", err, "password", ErrWrongPassword)
		e, err := f.EnrolTOTP(f.ctx, goodPassword)
		if err != nil || !strings.HasPrefix(e.URL, "otpauth://totp/Anxin:root?") {
			t.Fatalf("enrol = %+v, %v", e, err)
		}
		now := start
		code := func() string {
			t.Helper()
			c, err := totp.GenerateCode(e.Secret, now)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		move := func(by time.Duration) { f.advance(by); now = now.Add(by) }
		signIn := func(c string) error {
			_, err := f.SignIn(t.Context(), SignInInput{Login: "root", Password: goodPassword, Code: c})
			return err
		}
		want(t, "not asked before it is confirmed", signIn(""), nil)
		_, err = f.ConfirmTOTP(f.ctx, "000000")
		wantField(t, "confirm with a wrong code", err, "code", ErrWrongCode)
		recovery, err := f.ConfirmTOTP(f.ctx, code())
		if err != nil || len(recovery) != recoveryCodes {
			t.Fatalf("confirm = %v, %v", recovery, err)
		}
		_, err = f.EnrolTOTP(f.ctx, goodPassword)
		want(t, "enrol again", err, ErrTOTPOn)
		want(t, "without a code", signIn(""), ErrCodeRequired)
		want(t, "the code that confirmed", signIn(code()), ErrSecondFactor)
		move(30 * time.Second)
		used := code()
		want(t, "a code", signIn(" "+used[:3]+" "+used[3:]), nil)
		want(t, "the same code again", signIn(used), ErrSecondFactor)
		move(60 * time.Second)
		want(t, "a code of two steps before", signIn(used), ErrSecondFactor)
		want(t, "garbage", signIn("' OR 1=1"), ErrSecondFactor)
		want(t, "a recovery code", signIn(strings.ToUpper(recovery[0])), nil)
		want(t, "the recovery code again", signIn(recovery[0]), ErrSecondFactor)
		wrong, err := f.SignIn(t.Context(), SignInInput{Login: "root", Password: "wrong", Code: code()})
		want(t, "wrong password with a right code", err, ErrCredentials)
		if wrong.Token != "" {
			t.Error("a refused sign-in has a token")
		}
		wantField(t, "disable with a wrong password", f.DisableTOTP(f.ctx, "wrong"), "password", ErrWrongPassword)
		if err := f.DisableTOTP(f.ctx, goodPassword); err != nil {
			t.Fatal(err)
		}
		want(t, "disable twice", f.DisableTOTP(f.ctx, goodPassword), ErrTOTPOff)
		want(t, "off again", signIn(""), nil)

		u := f.user(t, "agent", access.Everything, access.RoleAgent)
		actx := f.as(t, u)
		if e, err = f.EnrolTOTP(actx, goodPassword); err != nil {
			t.Fatal(err)
		}
		if _, err = f.ConfirmTOTP(actx, code()); err != nil {
			t.Fatal(err)
		}
		want(t, "reset by somebody without permission", f.ResetTOTP(actx, f.admin.ID), problem.ErrForbidden)
		if err := f.ResetTOTP(f.ctx, u.ID); err != nil {
			t.Fatal(err)
		}
		f.signedIn(t, "agent")
	})
}
