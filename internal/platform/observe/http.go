package observe

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

type routeKey struct{}

// route is filled in by CaptureRoute, deep inside, and read by the outer
// layers: middleware between them may have copied the request, and with it the
// Pattern that the mux sets.
type route struct{ pattern string }

func (r *route) String() string {
	if r.pattern == "" {
		return "none"
	}
	return r.pattern
}

func withRoute(r *http.Request) (*http.Request, *route) {
	if known, ok := r.Context().Value(routeKey{}).(*route); ok {
		return r, known
	}
	fresh := &route{}
	return r.WithContext(context.WithValue(r.Context(), routeKey{}, fresh)), fresh
}

// CaptureRoute wraps a mux directly and tells the layers around it which
// pattern the request matched.
func CaptureRoute(mux http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if known, ok := r.Context().Value(routeKey{}).(*route); ok {
			defer func() {
				if r.Pattern != "" {
					known.pattern = r.Pattern
				}
			}()
		}
		mux.ServeHTTP(w, r)
	})
}

// AccessLog writes one line a request: route, status, time, size. Paths are
// left out: they may hold the secret of a link. Health and metrics are told at
// debug level, failures of ours at error.
func AccessLog(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		r, route := withRoute(r)
		rec := record(w)
		next.ServeHTTP(rec, r)
		level := slog.LevelInfo
		switch {
		case rec.code() >= 500 && r.URL.Path != "/readyz":
			level = slog.LevelError
		case r.URL.Path == "/healthz" || r.URL.Path == "/readyz" || r.URL.Path == "/metrics":
			level = slog.LevelDebug
		}
		log.LogAttrs(r.Context(), level, "request",
			slog.String("method", r.Method), slog.String("route", route.String()), slog.Int("status", rec.code()),
			slog.Duration("took", time.Since(start).Round(10*time.Microsecond)), slog.Int64("bytes", rec.bytes))
	})
}

// recorder notes status and size of an answer.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// record reuses the recorder of an outer layer.
func record(w http.ResponseWriter) *recorder {
	if rec, ok := w.(*recorder); ok {
		return rec
	}
	return &recorder{ResponseWriter: w}
}

// code is the status; a handler that wrote nothing answered 200.
func (r *recorder) code() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}

// WriteHeader notes the first final status; 1xx answers come before it.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(p)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// Flush serves event streams that look for an http.Flusher.
func (r *recorder) Flush() {
	if err := http.NewResponseController(r.ResponseWriter).Flush(); err == nil && r.status == 0 {
		r.status = http.StatusOK
	}
}
