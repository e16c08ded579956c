package observe

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func get(t *testing.T, h http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w
}

func TestHealth(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		setup func(*Health)
		code  int
		body  string
	}{
		{"no checks", func(*Health) {}, 200, `{"status":"ok"}`},
		{"passing", func(h *Health) {
			h.Add("database", time.Second, func(context.Context) error { return nil })
		}, 200, `{"status":"ok","checks":{"database":"ok"}}`},
		{"one failing", func(h *Health) {
			h.Add("database", time.Second, func(context.Context) error { return errors.New("host db-7 refused") })
			h.Add("files", time.Second, func(context.Context) error { return nil })
		}, 503, `{"status":"failing","checks":{"database":"failing","files":"ok"}}`},
		{"one that never answers", func(h *Health) {
			h.Add("files", 10*time.Millisecond, func(context.Context) error { select {} })
		}, 503, `{"status":"failing","checks":{"files":"failing"}}`},
		{"one that panics", func(h *Health) {
			h.Add("files", time.Second, func(context.Context) error { panic("x") })
		}, 503, `{"status":"failing","checks":{"files":"failing"}}`},
		{"draining", func(h *Health) {
			h.Add("database", time.Second, func(context.Context) error { return nil })
			h.Drain()
		}, 503, `{"status":"stopping","checks":{"database":"ok"}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := NewHealth(slog.New(slog.DiscardHandler))
			tt.setup(h)
			w := get(t, h.Ready(), "/readyz")
			if got := strings.TrimSpace(w.Body.String()); w.Code != tt.code || got != tt.body {
				t.Errorf("/readyz = %d %s, want %d %s", w.Code, got, tt.code, tt.body)
			}
			if w := get(t, h.Live(), "/healthz"); w.Code != 200 {
				t.Errorf("/healthz = %d, want 200 whatever the checks say", w.Code)
			}
		})
	}
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	m := NewMetrics("v1")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /cases/{id}", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "x") })
	mux.HandleFunc("POST /boom", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	// A layer that copies the request, as any that sets context values does.
	copying := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		CaptureRoute(mux).ServeHTTP(w, r.WithContext(WithRequestID(r.Context(), "r")))
	})
	h := m.HTTP(copying)
	get(t, h, "/cases/1")
	get(t, h, "/cases/2")
	get(t, h, "/nowhere")
	func() {
		defer func() { _ = recover() }()
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/boom", nil))
	}()
	body := get(t, m.Handler(), "/metrics").Body.String()
	for _, want := range []string{
		`anxin_http_requests_total{route="GET /cases/{id}",status="200"} 2`,
		`anxin_http_requests_total{route="none",status="404"} 1`,
		`anxin_http_requests_total{route="POST /boom",status="200"} 1`,
		`anxin_http_request_seconds_count{route="GET /cases/{id}"} 2`,
		`anxin_http_requests_in_flight 0`,
		`anxin_build_info{version="v1"} 1`,
		`go_goroutines`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	if strings.Contains(body, "/cases/1") {
		t.Error("/metrics shows a path")
	}
}

func TestLocalOnly(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, remote, token string
		header              http.Header
		want                int
	}{
		{"this machine", "127.0.0.1:5", "", nil, 200},
		{"this machine, IPv6", "[::1]:5", "", nil, 200},
		{"another", "192.0.2.7:5", "", nil, 404},
		{"through a proxy here", "127.0.0.1:5", "", http.Header{"X-Forwarded-For": {"192.0.2.7"}}, 404},
		{"another with token", "192.0.2.7:5", "s", http.Header{"Authorization": {"Bearer s"}}, 200},
		{"another with a wrong token", "192.0.2.7:5", "s", http.Header{"Authorization": {"Bearer t"}}, 404},
		{"another with an empty token", "192.0.2.7:5", "", http.Header{"Authorization": {"Bearer "}}, 404},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil)
		r.RemoteAddr = tt.remote
		for k, v := range tt.header {
			r.Header[k] = v
		}
		w := httptest.NewRecorder()
		LocalOnly(tt.token, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, r)
		if w.Code != tt.want {
			t.Errorf("%s: status %d, want %d", tt.name, w.Code, tt.want)
		}
	}
}

func TestAccessLog(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log, err := NewLogger(&out, LogOptions{Level: "debug"})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /l/{secret}", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "12345")
	})
	mux.HandleFunc("GET /fail", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	h := AccessLog(log, NewMetrics("v").HTTP(CaptureRoute(mux)))
	for _, tt := range []struct{ path, want string }{
		{"/l/s3cret", `level=INFO msg=request method=GET route="GET /l/{secret}" status=418`},
		{"/fail", `level=ERROR msg=request method=GET route="GET /fail" status=500`},
		{"/healthz", `level=DEBUG msg=request method=GET route="GET /healthz" status=200`},
		{"/other", `level=INFO msg=request method=GET route=none status=404`},
	} {
		out.Reset()
		get(t, h, tt.path)
		if !strings.Contains(out.String(), tt.want) || strings.Contains(out.String(), "s3cret") {
			t.Errorf("%s logged %q, want %s", tt.path, out.String(), tt.want)
		}
	}
}

func TestEventStreamsStillFlush(t *testing.T) {
	t.Parallel()
	h := AccessLog(slog.New(slog.DiscardHandler), http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		f, ok := w.(http.Flusher)
		if !ok {
			t.Error("the writer is no http.Flusher")
			return
		}
		f.Flush()
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Errorf("ResponseController.Flush() = %v", err)
		}
	}))
	if w := get(t, h, "/"); !w.Flushed {
		t.Error("nothing was flushed")
	}
}
