package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"anxin/internal/platform/config"
)

const (
	smsTime   = 15 * time.Second
	smsAnswer = 4096 // bytes of an answer that are read
)

// HTTPSMS sends text messages by one request each to a gateway that the operator describes.
type HTTPSMS struct {
	URL         string
	Method      string // POST when empty
	Headers     []string
	ContentType string
	// Body of the request. {phone} (without the country code in China), {e164}, {text}, {id} and {secret}
	// are filled in, quoted for JSON or encoded for a form as the content type asks.
	Body   string
	Secret string
	// Accept, when set, is what the answer of a gateway that says "200" to everything holds when it took
	// the message: "\"code\":0".
	Accept string

	client *http.Client
}

// NewSMS makes the sender of a configuration; nil when no gateway is set up.
func NewSMS(c config.SMS) (Sender, error) {
	if c.URL == "" {
		return nil, nil
	}
	s := &HTTPSMS{URL: c.URL, Method: c.Method, Headers: c.Headers, ContentType: c.ContentType, Body: c.Body, Secret: c.Secret.Reveal(), Accept: c.Accept}
	return s, s.Check()
}

// Check refuses a description that cannot work.
func (s *HTTPSMS) Check() error {
	u, err := url.Parse(s.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return errors.New("sms.url: want an http or https address")
	}
	where, filled := "sms.body", s.Body+s.URL
	if s.Method == http.MethodGet {
		where, filled = "sms.url", s.URL
	}
	if !strings.Contains(filled, "{text}") || !strings.Contains(filled, "{phone}") && !strings.Contains(filled, "{e164}") {
		return errors.New(where + ": {phone} and {text} must stand in it")
	}
	for _, h := range s.Headers {
		name, _, ok := strings.Cut(h, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return errors.New("sms.headers: want Name: value")
		}
	}
	if s.client == nil {
		s.client = &http.Client{
			Timeout:       smsTime,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	return nil
}

// Send implements [Sender].
func (s *HTTPSMS) Send(ctx context.Context, o Outgoing) error {
	phone := strings.TrimPrefix(strings.TrimPrefix(o.To, "+86"), "+")
	values := func(quote func(string) string) *strings.Replacer {
		return strings.NewReplacer("{phone}", quote(phone), "{e164}", quote(o.To), "{text}", quote(o.Text), "{id}", quote(string(o.ID)), "{secret}", quote(s.Secret))
	}
	method := s.Method
	if method == "" {
		method = http.MethodPost
	}
	var body io.Reader
	if s.Body != "" && method != http.MethodGet {
		body = strings.NewReader(values(quoteFor(s.ContentType)).Replace(s.Body))
	}
	req, err := http.NewRequestWithContext(ctx, method, values(url.QueryEscape).Replace(s.URL), body)
	if err != nil {
		return &SendError{Code: "sms.request", Permanent: true}
	}
	if body != nil {
		req.Header.Set("Content-Type", s.ContentType)
	}
	for _, h := range s.Headers {
		name, value, _ := strings.Cut(h, ":")
		req.Header.Set(strings.TrimSpace(name), strings.ReplaceAll(strings.TrimSpace(value), "{secret}", s.Secret))
	}
	res, err := s.client.Do(req)
	if err != nil {
		return &SendError{Code: "sms.unreachable"} // the error itself repeats the address with its values
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, smsAnswer))
	if err != nil {
		return &SendError{Code: "sms.broken"}
	}
	code := res.StatusCode
	switch {
	case code >= 200 && code < 300 && (s.Accept == "" || bytes.Contains(answer, []byte(s.Accept))):
		return nil
	case code >= 200 && code < 300:
		return &SendError{Code: "sms.rejected"}
	case code >= 300 && code < 500 && code != http.StatusRequestTimeout && code != http.StatusTooManyRequests:
		return &SendError{Code: fmt.Sprintf("sms.%d", code), Permanent: true}
	}
	return &SendError{Code: fmt.Sprintf("sms.%d", code)}
}

// quoteFor returns how a value is written in a body of this type.
func quoteFor(contentType string) func(string) string {
	switch {
	case strings.Contains(contentType, "json"):
		return func(v string) string {
			b, err := json.Marshal(v)
			if err != nil { // a string always marshals
				return `""`
			}
			return string(b)
		}
	case strings.Contains(contentType, "x-www-form-urlencoded"):
		return url.QueryEscape
	}
	return func(v string) string { return v }
}
