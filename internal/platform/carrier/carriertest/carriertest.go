// Package carriertest is what every carrier's spec has to pass, against a real HTTP server that answers as the carrier's
// documentation says.
package carriertest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"anxin/internal/platform/carrier"
)

// Recorded is what a carrier's documentation answers.
type Recorded struct {
	Values  carrier.Values
	Book    string // answer to a booking; empty: the carrier is not booked with
	Number  string // that is in it
	Refused string // answer that refuses one
	Track   string
	States  []carrier.State // that it tells, oldest first
	Sent    []string        // what requests have to hold
	Hook    func(secret string) (http.Header, []byte)
}

// Run tries a spec against a server that answers what was recorded.
func Run(t *testing.T, spec carrier.Spec, r Recorded) {
	t.Helper()
	if err := spec.Check(); err != nil {
		t.Fatal(err)
	}
	answer, status := "", 200
	var got string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, _ := io.ReadAll(q.Body)
		line, _ := url.QueryUnescape(q.URL.String() + " " + string(body))
		got = line + " " + q.Header.Get("Authorization")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	defer srv.Close()
	client := onto{srv}
	if spec.Track != nil {
		t.Run("track", func(t *testing.T) {
			answer, status = r.Track, 200
			list, err := spec.Ask(t.Context(), client, r.Values)
			if err != nil || len(list) != len(r.States) {
				t.Fatalf("%d events, %v; want %d", len(list), err, len(r.States))
			}
			for i, e := range list {
				if e.State != r.States[i] || e.At.IsZero() || i > 0 && e.At.Before(list[i-1].At) {
					t.Errorf("event %d: %s %q at %s, want %s", i, e.State, e.Code, e.At, r.States[i])
				}
			}
			for _, want := range r.Sent {
				if !strings.Contains(got, want) {
					t.Errorf("the request lacks %q: %s", want, got)
				}
			}
		})
		unanswered(t, "track", func(ctx context.Context) error { _, err := spec.Ask(ctx, client, r.Values); return err }, &answer, &status)
	}
	if spec.Book != nil {
		t.Run("book", func(t *testing.T) {
			answer, status = r.Book, 200
			b, err := spec.Send(t.Context(), client, r.Values)
			if err != nil || b.Number != r.Number {
				t.Errorf("booked %+v, %v; want %s", b, err, r.Number)
			}
			answer, status = r.Refused, 422
			if _, err := spec.Send(t.Context(), client, r.Values); !errors.Is(err, carrier.ErrRefused) {
				t.Errorf("refused: %v", err)
			}
		})
		unanswered(t, "book", func(ctx context.Context) error { _, err := spec.Send(ctx, client, r.Values); return err }, &answer, &status)
	}
	if spec.Hook != nil {
		t.Run("hook", func(t *testing.T) {
			h, body := r.Hook("s3cret")
			for range 2 {
				if number, list, err := spec.Told(h, body, "s3cret"); err != nil || number == "" || len(list) == 0 {
					t.Errorf("told of %q, %d events, %v", number, len(list), err)
				}
			}
			for name, try := range map[string]func() ([]byte, string){
				"another secret": func() ([]byte, string) { return body, "other" },
				"no secret":      func() ([]byte, string) { return body, "" },
				"changed":        func() ([]byte, string) { return []byte(strings.Replace(string(body), "1", "2", 1)), "s3cret" },
			} {
				b, secret := try()
				if _, _, err := spec.Told(h, b, secret); !errors.Is(err, carrier.ErrSignature) {
					t.Errorf("%s: %v", name, err)
				}
			}
			if _, _, err := spec.Told(http.Header{}, []byte("{}"), "s3cret"); !errors.Is(err, carrier.ErrSignature) {
				t.Errorf("unsigned: %v", err)
			}
		})
	}
}

// unanswered tries faults on the way: nobody then knows what came of the request.
func unanswered(t *testing.T, what string, call func(context.Context) error, answer *string, status *int) {
	t.Run(what+" without an answer", func(t *testing.T) {
		for _, x := range []struct {
			answer string
			status int
		}{{"", 200}, {"<html>", 200}, {"{}", 503}, {"{}", 429}} {
			*answer, *status = x.answer, x.status
			if err := call(t.Context()); !errors.Is(err, carrier.ErrUnanswered) {
				t.Errorf("%d %q: %v", x.status, x.answer, err)
			}
		}
	})
}

// onto sends every request to the test's server, with the carrier's path.
type onto struct{ srv *httptest.Server }

func (o onto) Do(r *http.Request) (*http.Response, error) {
	u, err := url.Parse(o.srv.URL)
	if err != nil {
		return nil, err
	}
	r.URL.Scheme, r.URL.Host = u.Scheme, u.Host
	return o.srv.Client().Do(r)
}
