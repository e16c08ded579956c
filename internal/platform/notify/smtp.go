package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"anxin/internal/platform/config"
)

// smtpTime bounds the talk with the mail server.
const smtpTime = 20 * time.Second

// SMTP sends mail through a server.
type SMTP struct {
	cfg  config.SMTP
	from *mail.Address
	tls  *tls.Config
}

// NewSMTP makes the sender of a configuration; nil when no server is set up.
func NewSMTP(c config.SMTP) (Sender, error) {
	if c.Host == "" {
		return nil, nil
	}
	from, err := mail.ParseAddress(c.From)
	if err != nil {
		return nil, fmt.Errorf("smtp.from: %w", err)
	}
	return &SMTP{cfg: c, from: from, tls: &tls.Config{ServerName: c.Host, MinVersion: tls.VersionTLS12}}, nil
}

// Send implements [Sender].
func (s *SMTP) Send(ctx context.Context, o Outgoing) error {
	m := gomail.NewMsg(gomail.WithCharset(gomail.CharsetUTF8), gomail.WithEncoding(gomail.EncodingB64))
	m.FromMailAddress(s.from)
	if err := m.To(o.To); err != nil {
		return &SendError{Code: "smtp.address", Permanent: true}
	}
	m.Subject(o.Subject)
	m.SetDate()
	_, domain, _ := strings.Cut(s.from.Address, "@")
	m.SetMessageIDWithValue(string(o.ID) + "@" + domain) // mail boxes drop a repeat by it
	m.SetGenHeader(gomail.Header("Auto-Submitted"), "auto-generated")
	m.SetBodyString(gomail.TypeTextPlain, o.Text)
	c, err := gomail.NewClient(s.cfg.Host, s.options()...)
	if err != nil {
		return fmt.Errorf("mail client: %w", err)
	}
	return mailError(c.DialAndSendWithContext(ctx, m))
}

func (s *SMTP) options() []gomail.Option {
	o := []gomail.Option{gomail.WithTimeout(smtpTime), gomail.WithTLSConfig(s.tls)}
	switch s.cfg.TLS {
	case "tls":
		o = append(o, gomail.WithSSL())
	case "none":
		o = append(o, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		o = append(o, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.cfg.User != "" {
		o = append(o, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.cfg.User), gomail.WithPassword(s.cfg.Password.Reveal()))
	}
	return append(o, gomail.WithPort(s.cfg.Port))
}

// mailError keeps the server's status only: its sentence repeats the recipient.
func mailError(err error) error {
	if err == nil {
		return nil
	}
	var e *gomail.SendError
	if !errors.As(err, &e) {
		return &SendError{Code: "smtp.unreachable"} // no connection, no TLS or no sign-in: set-up can be mended
	}
	if code := e.ErrorCode(); code > 0 {
		return &SendError{Code: fmt.Sprintf("smtp.%d", code), Permanent: code >= 500 && !e.IsTemp()}
	}
	return &SendError{Code: "smtp.broken"}
}
