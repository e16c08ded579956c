package notify

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"anxin/internal/platform/config"
	"anxin/internal/platform/dbtest"
)

// mailServer is a real SMTP server on the loopback that keeps what it takes.
type mailServer struct {
	mu     sync.Mutex
	from   string
	to     []string
	data   []byte
	user   string
	refuse *smtp.SMTPError // answers RCPT
	spam   *smtp.SMTPError // answers DATA
}

func (m *mailServer) NewSession(*smtp.Conn) (smtp.Session, error) { return &mailSession{m}, nil }

type mailSession struct{ m *mailServer }

func (s *mailSession) Reset()        {}
func (s *mailSession) Logout() error { return nil }
func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.m.from, s.m.to = from, nil
	return nil
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if s.m.refuse != nil {
		return s.m.refuse
	}
	s.m.to = append(s.m.to, to)
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if s.m.spam != nil {
		return s.m.spam
	}
	s.m.data = b
	return err
}

func (s *mailSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "anxin" || password != "s3cret" {
			return errors.New("wrong")
		}
		s.m.mu.Lock()
		defer s.m.mu.Unlock()
		s.m.user = user
		return nil
	}), nil
}

// startMail starts the server with a certificate of its own and returns a sender for it.
func startMail(t *testing.T, m *mailServer, mode, password string) *SMTP {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	srv := smtp.NewServer(m)
	srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	srv.Domain = "localhost"
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if mode == "tls" {
		ln = tls.NewListener(ln, srv.TLSConfig)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(ln) // ends with the test
	}()
	t.Cleanup(func() {
		_ = srv.Close()
		_ = ln.Close() // a server that was closed before it began does not close it
		<-done
	})
	c := config.SMTP{Host: "127.0.0.1", Port: ln.Addr().(*net.TCPAddr).Port, From: "安心服务 <service@example.com>", TLS: mode}
	if password != "" {
		c.User, c.Password = "anxin", config.Secret(password)
	}
	sender, err := NewSMTP(c)
	if err != nil {
		t.Fatal(err)
	}
	s := sender.(*SMTP)
	s.tls.RootCAs = x509.NewCertPool()
	s.tls.RootCAs.AddCert(cert)
	return s
}

func TestMail(t *testing.T) {
	t.Parallel()
	out := Outgoing{ID: "0199-id", To: "wang@example.org", Subject: "【安心】维修报价", Text: "【安心】维修报价380.00元\n第二行 https://s/l/x"}
	for _, mode := range []string{"starttls", "tls"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			m := &mailServer{}
			s := startMail(t, m, mode, "s3cret")
			if err := s.Send(t.Context(), out); err != nil {
				t.Fatalf("send: %v", err)
			}
			msg, err := mail.ReadMessage(bytes.NewReader(m.data))
			if err != nil {
				t.Fatalf("what arrived is no message: %v\n%s", err, m.data)
			}
			subject, err := new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
			if err != nil || subject != out.Subject {
				t.Errorf("subject = %q, %v", subject, err)
			}
			from, err := mail.ParseAddress(msg.Header.Get("From"))
			if err != nil || from.Name != "安心服务" || m.from != "service@example.com" || len(m.to) != 1 || m.to[0] != out.To || m.user != "anxin" {
				t.Errorf("from %v (%s), to %v, signed in as %q, %v", from, m.from, m.to, m.user, err)
			}
			if msg.Header.Get("Message-ID") != "<0199-id@example.com>" || msg.Header.Get("Auto-Submitted") != "auto-generated" {
				t.Errorf("headers %v", msg.Header)
			}
			body, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, msg.Body))
			if err != nil || strings.ReplaceAll(string(body), "\r\n", "\n") != out.Text {
				t.Errorf("body = %q, %v", body, err)
			}
		})
	}
}

func TestMailRefusals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		server    *mailServer
		password  string
		to        string
		code      string
		permanent bool
	}{
		{"unknown recipient", &mailServer{refuse: &smtp.SMTPError{Code: 550, Message: "no such user wang@example.org"}}, "", "wang@example.org", "smtp.550", true},
		{"try later", &mailServer{refuse: &smtp.SMTPError{Code: 451, Message: "greylisted wang@example.org"}}, "", "wang@example.org", "smtp.451", false},
		{"spam", &mailServer{spam: &smtp.SMTPError{Code: 554, Message: "spam"}}, "", "wang@example.org", "smtp.554", true},
		{"wrong password", &mailServer{}, "wrong", "wang@example.org", "smtp.unreachable", false},
		{"no address", &mailServer{}, "", "wang@", "smtp.address", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := startMail(t, tt.server, "starttls", tt.password)
			err := s.Send(t.Context(), Outgoing{ID: "i", To: tt.to, Subject: "s", Text: "t"})
			var e *SendError
			if !errors.As(err, &e) || e.Code != tt.code || e.Permanent != tt.permanent || strings.Contains(err.Error(), "wang") {
				t.Errorf("error = %v (permanent %v), want %s (%v)", err, e != nil && e.Permanent, tt.code, tt.permanent)
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		t.Parallel()
		s, err := NewSMTP(config.SMTP{Host: "127.0.0.1", Port: 1, From: "a@example.com", TLS: "none"})
		if err != nil {
			t.Fatal(err)
		}
		err = s.Send(t.Context(), Outgoing{ID: "i", To: "w@example.org", Subject: "s", Text: "t"})
		var e *SendError
		if !errors.As(err, &e) || e.Code != "smtp.unreachable" || e.Permanent {
			t.Errorf("error = %v", err)
		}
	})
	t.Run("a certificate of others", func(t *testing.T) {
		t.Parallel()
		m := &mailServer{}
		s := startMail(t, m, "starttls", "")
		s.tls.RootCAs = x509.NewCertPool()
		if err := s.Send(t.Context(), Outgoing{ID: "i", To: "w@example.org", Subject: "s", Text: "t"}); err == nil || m.data != nil {
			t.Errorf("sent to a server that nobody vouches for: %v", err)
		}
	})
	if s, err := NewSMTP(config.SMTP{}); s != nil || err != nil {
		t.Errorf("no server set up = %v, %v", s, err)
	}
	if _, err := NewSMTP(config.SMTP{Host: "h", From: "not an address"}); err == nil {
		t.Error("a bad sender address was taken")
	}
}

func TestMailThroughTheQueue(t *testing.T) {
	t.Parallel()
	f := newFixture(t, dbtest.SQLite(t))
	m := &mailServer{refuse: &smtp.SMTPError{Code: 451, Message: "later"}}
	f.Service = New(f.d, f.keys, Options{Email: startMail(t, m, "starttls", "s3cret")})
	msg := quote("")
	msg.Email = "wang@example.org"
	id := f.queue(t, msg)
	f.run(t, id)
	f.expect(t, "greylisted", id, Queued, "smtp.451")
	m.mu.Lock()
	m.refuse = nil
	m.mu.Unlock()
	f.advance(time.Minute)
	f.run(t, id)
	f.expect(t, "second try", id, Sent, "")
	if len(m.to) != 1 {
		t.Errorf("recipients %v", m.to)
	}
}

// answers of gateways as they are documented or were recorded.
func TestTextMessageGateways(t *testing.T) {
	t.Parallel()
	const text = `【安心】师傅"王"已出发 & 到达?{phone}`
	for _, tt := range []struct {
		name        string
		contentType string
		body        string
		accept      string
		status      int
		answer      string
		check       func(r *http.Request, body string) error
		code        string
		permanent   bool
	}{
		{
			name: "JSON with a code in the answer", contentType: "application/json", body: `{"mobile":{phone},"content":{text},"uid":{id}}`, accept: `"code":0`, status: 200, answer: `{"code":0,"msg":"OK"}`,
			check: func(_ *http.Request, body string) error {
				var v map[string]string
				if err := json.Unmarshal([]byte(body), &v); err != nil || v["mobile"] != "13812345678" || v["content"] != text || v["uid"] != "id-1" {
					return fmt.Errorf("body %s: %w", body, err)
				}
				return nil
			},
		},
		{name: "200 that says no", contentType: "application/json", body: `{"m":{phone},"c":{text}}`, accept: `"code":0`, status: 200, answer: `{"code":22,"msg":"1小时内同一手机号发送次数超过限制"}`, code: "sms.rejected"},
		{
			name: "form", contentType: "application/x-www-form-urlencoded", body: "apikey={secret}&mobile={e164}&text={text}", status: 200, answer: "OK",
			check: func(_ *http.Request, body string) error {
				v, err := url.ParseQuery(body)
				if err != nil || v.Get("mobile") != "+8613812345678" || v.Get("text") != text || v.Get("apikey") != "k&y" {
					return fmt.Errorf("form %s: %w", body, err)
				}
				return nil
			},
		},
		{name: "wrong key", contentType: "application/json", body: `{"m":{phone},"c":{text}}`, status: 401, answer: "{}", code: "sms.401", permanent: true},
		{name: "too many", contentType: "application/json", body: `{"m":{phone},"c":{text}}`, status: 429, answer: "{}", code: "sms.429"},
		{name: "broken", contentType: "application/json", body: `{"m":{phone},"c":{text}}`, status: 502, answer: "<html>", code: "sms.502"},
		{name: "moved", contentType: "application/json", body: `{"m":{phone},"c":{text}}`, status: 302, answer: "", code: "sms.302", permanent: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls++
				b, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				if r.Header.Get("X-Key") != "k&y" || r.Method != http.MethodPost || r.Header.Get("Content-Type") != tt.contentType {
					t.Errorf("request %s %v", r.Method, r.Header)
				}
				if tt.check != nil {
					if err := tt.check(r, string(b)); err != nil {
						t.Error(err)
					}
				}
				if tt.status == 302 {
					w.Header().Set("Location", "/elsewhere")
				}
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.answer)
			}))
			defer srv.Close()
			s := &HTTPSMS{URL: srv.URL, ContentType: tt.contentType, Body: tt.body, Accept: tt.accept, Secret: "k&y", Headers: []string{"X-Key: {secret}"}}
			if err := s.Check(); err != nil {
				t.Fatal(err)
			}
			err := s.Send(t.Context(), Outgoing{ID: "id-1", To: "+8613812345678", Text: text})
			var e *SendError
			if tt.code == "" && err != nil || tt.code != "" && (!errors.As(err, &e) || e.Code != tt.code || e.Permanent != tt.permanent) || calls != 1 {
				t.Errorf("send = %v after %d calls, want %q (permanent %v)", err, calls, tt.code, tt.permanent)
			}
		})
	}
	t.Run("GET", func(t *testing.T) {
		t.Parallel()
		srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet || r.URL.Query().Get("t") != text || r.URL.Query().Get("p") != "13812345678" {
				t.Errorf("request %s %s", r.Method, r.URL)
			}
		}))
		defer srv.Close()
		s := &HTTPSMS{URL: srv.URL + "/?p={phone}&t={text}", Method: http.MethodGet}
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
		if err := s.Send(t.Context(), Outgoing{To: "+8613812345678", Text: text}); err != nil {
			t.Error(err)
		}
	})
	t.Run("nobody there", func(t *testing.T) {
		t.Parallel()
		s := &HTTPSMS{URL: "http://127.0.0.1:1/{text}", Body: "{phone}"}
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
		err := s.Send(t.Context(), Outgoing{To: "+8613812345678", Text: text})
		if err == nil || err.Error() != "sms.unreachable" {
			t.Errorf("send = %v", err)
		}
	})
	if s, err := NewSMS(config.SMS{}); s != nil || err != nil {
		t.Errorf("no gateway set up = %v, %v", s, err)
	}
	for _, bad := range []config.SMS{{URL: "ftp://x", Body: "{phone}{text}"}, {URL: "https://x", Body: "{phone}"}, {URL: "https://x", Body: "{text}"}, {URL: "https://x", Body: "{phone}{text}", Headers: []string{"nope"}}} {
		if _, err := NewSMS(bad); err == nil {
			t.Errorf("gateway %+v was taken", bad)
		}
	}
}
