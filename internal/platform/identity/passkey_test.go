package identity

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/problem"
)

// authenticator is a virtual one: ES256, discoverable, no attestation. What it tells can be bent.
type authenticator struct {
	t       *testing.T
	key     *ecdsa.PrivateKey
	id      []byte
	user    []byte
	origin  string
	rp      string
	counter uint32
	flags   byte // 1 present, 4 verified
}

func newAuthenticator(t *testing.T) *authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &authenticator{t: t, key: key, id: make([]byte, 16), origin: "https://s.example", rp: "s.example", flags: 1 | 4}
	_, _ = rand.Read(a.id)
	return a
}

var b64 = base64.RawURLEncoding

// asked reads what the server asks.
func (a *authenticator) asked(c Ceremony) (challenge, rp, user string) {
	a.t.Helper()
	var o struct {
		Challenge string `json:"challenge"`
		RPID      string `json:"rpId"`
		RP        struct {
			ID string `json:"id"`
		} `json:"rp"`
		User struct {
			ID string `json:"id"`
		} `json:"user"`
		UserVerification       string `json:"userVerification"`
		AuthenticatorSelection struct {
			UserVerification string `json:"userVerification"`
			ResidentKey      string `json:"residentKey"`
		} `json:"authenticatorSelection"`
	}
	if err := json.Unmarshal(c.Options, &o); err != nil {
		a.t.Fatal(err)
	}
	if o.UserVerification+o.AuthenticatorSelection.UserVerification != "required" || o.User.ID != "" && o.AuthenticatorSelection.ResidentKey != "required" {
		a.t.Errorf("the server asks %s; want verification, and a discoverable key", c.Options)
	}
	return o.Challenge, o.RPID + o.RP.ID, o.User.ID
}

func (a *authenticator) clientData(kind, challenge string) []byte {
	b, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.origin, "crossOrigin": false})
	if err != nil {
		a.t.Fatal(err)
	}
	return b
}

func (a *authenticator) authData(flags byte, attested []byte) []byte {
	hash := sha256.Sum256([]byte(a.rp))
	out := append(hash[:], flags)
	out = binary.BigEndian.AppendUint32(out, a.counter)
	return append(out, attested...)
}

func cborBytes(b []byte) []byte {
	if len(b) < 256 {
		return append([]byte{0x58, byte(len(b))}, b...)
	}
	return append([]byte{0x59, byte(len(b) >> 8), byte(len(b))}, b...)
}

func cborText(s string) []byte { return append([]byte{0x60 | byte(len(s))}, s...) }

// create answers the question for a new key.
func (a *authenticator) create(c Ceremony) []byte {
	a.t.Helper()
	challenge, rp, user := a.asked(c)
	if rp != "s.example" {
		a.t.Errorf("the server calls itself %q", rp)
	}
	a.user, _ = b64.DecodeString(user)
	x, y := make([]byte, 32), make([]byte, 32)
	point, err := a.key.PublicKey.Bytes() // 0x04, x, y
	if err != nil {
		a.t.Fatal(err)
	}
	copy(x, point[1:33])
	copy(y, point[33:])
	cose := append([]byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21}, cborBytes(x)...)
	cose = append(append(cose, 0x22), cborBytes(y)...)
	attested := append(make([]byte, 16), byte(len(a.id)>>8), byte(len(a.id)))
	attested = append(append(attested, a.id...), cose...)
	object := append([]byte{0xa3}, cborText("fmt")...)
	object = append(object, cborText("none")...)
	object = append(append(object, cborText("attStmt")...), 0xa0)
	object = append(append(object, cborText("authData")...), cborBytes(a.authData(a.flags|0x40, attested))...)
	return a.answer(map[string]any{"clientDataJSON": b64.EncodeToString(a.clientData("webauthn.create", challenge)), "attestationObject": b64.EncodeToString(object), "transports": []string{"internal"}})
}

// get answers the question who is there.
func (a *authenticator) get(c Ceremony) []byte {
	a.t.Helper()
	challenge, _, _ := a.asked(c)
	a.counter++
	data, client := a.authData(a.flags, nil), a.clientData("webauthn.get", challenge)
	hash := sha256.Sum256(client)
	signed := sha256.Sum256(append(append([]byte{}, data...), hash[:]...))
	sig, err := ecdsa.SignASN1(rand.Reader, a.key, signed[:])
	if err != nil {
		a.t.Fatal(err)
	}
	return a.answer(map[string]any{
		"clientDataJSON": b64.EncodeToString(client), "authenticatorData": b64.EncodeToString(data), "signature": b64.EncodeToString(sig), "userHandle": b64.EncodeToString(a.user),
	})
}

func (a *authenticator) answer(response map[string]any) []byte {
	b, err := json.Marshal(map[string]any{
		"id": b64.EncodeToString(a.id), "rawId": b64.EncodeToString(a.id), "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}, "authenticatorAttachment": "platform",
	})
	if err != nil {
		a.t.Fatal(err)
	}
	return b
}

// passkey adds the authenticator's key to whom the context is.
func (f *fixture) passkey(ctx context.Context, t *testing.T, a *authenticator) (Passkey, []string) {
	t.Helper()
	c, err := f.BeginPasskey(ctx, goodPassword)
	if err != nil {
		t.Fatalf("begin: %v", err)
	}
	p, codes, err := f.AddPasskey(ctx, c.ID, "手机", a.create(c))
	if err != nil {
		t.Fatalf("add: %v", err)
	}
	return p, codes
}

func (f *fixture) byPasskey(t *testing.T, a *authenticator, bend ...func(*authenticator)) (SignedIn, error) {
	t.Helper()
	c, err := f.BeginPasskeySignIn(t.Context(), "1.2.3.4")
	if err != nil {
		t.Fatalf("begin: %v", err)
	}
	was := *a
	for _, b := range bend {
		b(a)
	}
	body := a.get(c)
	was.counter = a.counter
	*a = was
	return f.SignInByPasskey(t.Context(), PasskeySignInInput{Ceremony: c.ID, Answer: body, Address: "1.2.3.4", Agent: "test"})
}

func TestPasskey(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		a := newAuthenticator(t)
		p, codes := f.passkey(f.ctx, t, a)
		if p.Name != "手机" || len(codes) != recoveryCodes {
			t.Errorf("the passkey is %+v with %d recovery codes", p, len(codes))
		}
		in, err := f.byPasskey(t, a)
		if err != nil || in.User.ID != f.admin.ID || in.Token == "" {
			t.Fatalf("sign-in by passkey: %+v, %v", in, err)
		}
		if who, err := f.withCookie(http.MethodGet, in.Token); err != nil || who.ID != string(f.admin.ID) {
			t.Errorf("the session is of %+v, %v", who, err)
		}
		list, err := f.Passkeys(f.ctx)
		if err != nil || len(list) != 1 || list[0].UsedAt == nil {
			t.Errorf("passkeys are %+v, %v", list, err)
		}

		// The password alone is not enough any more; a recovery code is the way in without the key.
		if _, err := f.SignIn(t.Context(), SignInInput{Login: "root", Password: goodPassword}); !isCode(err, ErrCodeRequired) {
			t.Errorf("the password alone: %v, want a second factor asked for", err)
		}
		if _, err := f.SignIn(t.Context(), SignInInput{Login: "root", Password: goodPassword, Code: "123456"}); !isCode(err, ErrSecondFactor) {
			t.Errorf("a made-up code: %v", err)
		}
		if _, err := f.SignIn(t.Context(), SignInInput{Login: "root", Password: goodPassword, Code: codes[0]}); err != nil {
			t.Errorf("a recovery code: %v", err)
		}

		for name, bend := range map[string]func(*authenticator){
			"another origin":      func(a *authenticator) { a.origin = "https://s.example.evil.example" },
			"another port":        func(a *authenticator) { a.origin = "https://s.example:8443" },
			"without TLS":         func(a *authenticator) { a.origin = "http://s.example" },
			"another party":       func(a *authenticator) { a.rp = "evil.example" },
			"nobody verified":     func(a *authenticator) { a.flags = 1 },
			"nobody there":        func(a *authenticator) { a.flags = 4 },
			"another's key":       func(a *authenticator) { a.key = newAuthenticator(t).key },
			"an unknown key":      func(a *authenticator) { a.id = newAuthenticator(t).id },
			"another user's name": func(a *authenticator) { a.user = []byte(db.NewID()) },
			"nobody's name":       func(a *authenticator) { a.user = nil },
		} {
			if got, err := f.byPasskey(t, a, bend); !isCode(err, ErrPasskey) || got.Token != "" {
				t.Errorf("%s: %v, want refused", name, err)
			}
		}
		if _, err := f.byPasskey(t, a); err != nil {
			t.Errorf("after all that: %v", err)
		}

		p, err = f.RenamePasskey(f.ctx, p.ID, " 笔记本 ")
		if err != nil || p.Name != "笔记本" {
			t.Errorf("renamed: %+v, %v", p, err)
		}
		other := f.as(t, f.user(t, "other", access.Everything, access.RoleAgent))
		if _, err := f.RenamePasskey(other, p.ID, "x"); !isCode(err, ErrNoPasskey) {
			t.Errorf("somebody else renames it: %v", err)
		}
		if err := f.RemovePasskey(other, p.ID, goodPassword); !isCode(err, ErrNoPasskey) {
			t.Errorf("somebody else removes it: %v", err)
		}
		if err := f.RemovePasskey(f.ctx, p.ID, "wrong"); err == nil {
			t.Error("it is removed without the password")
		}
		if err := f.RemovePasskey(f.ctx, p.ID, goodPassword); err != nil {
			t.Fatal(err)
		}
		if _, err := f.byPasskey(t, a); !isCode(err, ErrPasskey) {
			t.Errorf("a removed passkey: %v", err)
		}
		if _, err := f.SignIn(t.Context(), SignInInput{Login: "root", Password: goodPassword}); err != nil {
			t.Errorf("the password without any second factor: %v", err)
		}
	})
}

// TestPasskeyCeremony: a question is answered once, in time, by whom it was asked.
func TestPasskeyCeremony(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		a := newAuthenticator(t)
		c, err := f.BeginPasskey(f.ctx, goodPassword)
		if err != nil {
			t.Fatal(err)
		}
		made := a.create(c)
		other := f.as(t, f.user(t, "other", access.Everything, access.RoleAgent))
		if _, _, err := f.AddPasskey(other, c.ID, "x", made); !isCode(err, ErrCeremony) {
			t.Errorf("another user answers: %v", err)
		}
		if _, _, err := f.AddPasskey(f.ctx, c.ID, "x", made); err != nil {
			t.Fatalf("add: %v", err)
		}
		if _, _, err := f.AddPasskey(f.ctx, c.ID, "x", made); !isCode(err, ErrCeremony) {
			t.Errorf("the same answer again: %v", err)
		}
		c, err = f.BeginPasskey(f.ctx, goodPassword)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(c.Options), b64.EncodeToString(a.id)) {
			t.Error("the key that is there is not excluded")
		}
		if _, _, err := f.AddPasskey(f.ctx, c.ID, "x", a.create(c)); !isCode(err, ErrPasskeyKnown) {
			t.Errorf("the same key again: %v", err)
		}
		b := newAuthenticator(t)
		for name, bend := range map[string]func(*authenticator){
			"another origin": func(a *authenticator) { a.origin = "https://evil.example" },
			"another party":  func(a *authenticator) { a.rp = "evil.example" },
			"unverified":     func(a *authenticator) { a.flags = 1 },
		} {
			c, err := f.BeginPasskey(f.ctx, goodPassword)
			if err != nil {
				t.Fatal(err)
			}
			bent := *b
			bend(&bent)
			if _, _, err := f.AddPasskey(f.ctx, c.ID, "x", bent.create(c)); !isCode(err, ErrPasskey) {
				t.Errorf("a key made for %s: %v, want refused", name, err)
			}
		}
		if _, err := f.BeginPasskey(f.ctx, "wrong password"); problem.CodeOf(err).Kind != problem.Invalid {
			t.Errorf("begun with a wrong password: %v", err)
		}

		ask := func() Ceremony {
			t.Helper()
			c, err := f.BeginPasskeySignIn(t.Context(), "1.2.3.4")
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		send := func(c Ceremony, answer []byte) error {
			_, err := f.SignInByPasskey(t.Context(), PasskeySignInInput{Ceremony: c.ID, Answer: answer, Address: "1.2.3.4"})
			return err
		}
		first := ask()
		answer := a.get(first)
		if err := send(first, answer); err != nil {
			t.Fatal(err)
		}
		if err := send(first, answer); !isCode(err, ErrCeremony) {
			t.Errorf("replayed: %v", err)
		}
		if err := send(ask(), answer); !isCode(err, ErrPasskey) {
			t.Errorf("an answer to another question: %v", err)
		}
		old := ask()
		answer = a.get(old)
		f.advance(ceremonyTime + time.Second)
		if err := send(old, answer); !isCode(err, ErrCeremony) {
			t.Errorf("too late: %v", err)
		}
		for _, body := range []string{"", "{}", "null", `{"id":"x"}`, `{"id":"eA","rawId":"eA","type":"public-key","response":{}}`, strings.Repeat("[", 1000)} {
			if err := send(ask(), []byte(body)); !isCode(err, ErrPasskey) {
				t.Errorf("%.30q: %v, want refused", body, err)
			}
		}
		add, err := f.BeginPasskey(f.ctx, goodPassword)
		if err != nil {
			t.Fatal(err)
		}
		if err := send(add, a.get(add)); !isCode(err, ErrCeremony) {
			t.Errorf("a question for a new key answered by a sign-in: %v", err)
		}
	})
}

// TestPasskeyCloned: a counter that runs backwards ends the key, and stands in the trail.
func TestPasskeyCloned(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		a := newAuthenticator(t)
		f.passkey(f.ctx, t, a)
		for range 3 {
			if _, err := f.byPasskey(t, a); err != nil {
				t.Fatal(err)
			}
		}
		a.counter = 1
		if got, err := f.byPasskey(t, a); !isCode(err, ErrPasskeyCloned) || got.Token != "" {
			t.Errorf("a copy: %v", err)
		}
		a.counter = 50
		if _, err := f.byPasskey(t, a); !isCode(err, ErrPasskey) {
			t.Errorf("the key after its copy was seen: %v", err)
		}
		if _, err := f.SignIn(t.Context(), SignInInput{Login: f.admin.Login, Password: goodPassword}); !isCode(err, ErrCodeRequired) {
			t.Errorf("the password after a copy was seen: %v, want a code asked for", err)
		}
		list, err := f.Passkeys(f.ctx)
		if err != nil || len(list) != 1 || list[0].ClonedAt == nil {
			t.Errorf("passkeys are %+v, %v; want it marked", list, err)
		}
		trail, err := audit.New(d).List(t.Context(), audit.Filter{Record: string(f.admin.ID), Act: "passkey_cloned", Limit: 10})
		if err != nil || len(trail) != 1 {
			t.Errorf("%d entries of the copy in the trail, %v", len(trail), err)
		}
	})
}

// TestPasskeyReset: an administrator who resets somebody takes the keys away; who is disabled does not get in.
func TestPasskeyReset(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		for name, reset := range map[string]func(id ID) error{
			"factor":   func(id ID) error { return f.ResetTOTP(f.ctx, id) },
			"password": func(id ID) error { _, err := f.ResetPassword(f.ctx, id); return err },
			"disabled": func(id ID) error { _, err := f.Disable(f.ctx, id, false); return err },
		} {
			a := newAuthenticator(t)
			u := f.user(t, "li-"+name, access.Everything, access.RoleAgent)
			f.passkey(f.as(t, u), t, a)
			if _, err := f.byPasskey(t, a); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := reset(u.ID); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if _, err := f.byPasskey(t, a); !isCode(err, ErrPasskey) {
				t.Errorf("%s: after the reset %v, want refused", name, err)
			}
		}
	})
}

func TestRelyingParty(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"https://service.example.com": "service.example.com https://service.example.com", "https://service.example.com:8443": "service.example.com https://service.example.com:8443",
		"http://localhost:8080": "localhost http://localhost:8080", "http://127.0.0.1:8080": "localhost http://localhost:8080", "http://service.example.com": "", "https://203.0.113.7": "", "": "", "::": "",
	} {
		got := ""
		if rp := relyingParty(base); rp != nil {
			got = rp.Config.RPID + " " + rp.Config.RPOrigins[0]
		}
		if got != want {
			t.Errorf("passkeys of %q are made for %q, want %q", base, got, want)
		}
	}
}
