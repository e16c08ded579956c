package httpapi

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
)

// TestCompressed: long JSON goes packed to whoever takes it, with its version as it is; short answers, files and events
// go as they are.
func TestCompressed(t *testing.T) {
	t.Parallel()
	s := New(Options{DB: dbtest.SQLite(t), Log: slog.New(slog.DiscardHandler), Words: i18n.Must(problem.Words), Seal: xorSeal{}, Auth: byHeader{}, Version: "test"})
	type bigOut struct {
		ETag string `header:"ETag"`
		Body thing
	}
	for path, size := range map[string]int{"/big": leastPacked, "/small": 10} {
		Register(s, huma.Operation{OperationID: "get" + path[1:], Method: http.MethodGet, Path: path},
			func(context.Context, *struct{}) (*bigOut, error) {
				return &bigOut{`"7"`, thing{Name: strings.Repeat("空调", size/6)}}, nil
			})
	}
	s.Mux.HandleFunc("GET /file", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/pdf")
		_, _ = io.WriteString(w, strings.Repeat("x", 2*leastPacked))
	})
	s.Mux.HandleFunc("GET /events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.WriteHeader(http.StatusOK)
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		<-r.Context().Done() // its head has to arrive before there is anything to tell
	})
	srv := httptest.NewServer(s.Handler())
	defer srv.Close()
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	for _, tt := range []struct {
		path, takes, accept string
		packed              bool
	}{
		{Prefix + "/big", "gzip, deflate, br, zstd", "application/json", true},
		{Prefix + "/big", "gzip;q=0", "application/json", false},
		{Prefix + "/big", "", "application/json", false},
		{Prefix + "/small", "gzip", "application/json", false},
		{"/file", "gzip", "*/*", false},
		{"/events", "gzip", "text/event-stream", false},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+tt.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header = http.Header{"Accept-Encoding": {tt.takes}, "Accept": {tt.accept}, "X-User": {"u1"}}
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if packed := res.Header.Get("Content-Encoding") == "gzip"; packed != tt.packed || res.StatusCode != http.StatusOK {
			t.Errorf("%s for %q = %d, packed %v, want %v", tt.path, tt.takes, res.StatusCode, packed, tt.packed)
		}
		if strings.HasSuffix(tt.path, "/big") {
			body := io.Reader(res.Body)
			if tt.packed {
				if body, err = gzip.NewReader(res.Body); err != nil {
					t.Fatal(err)
				}
			}
			var out thing
			if err := json.NewDecoder(body).Decode(&out); err != nil || len(out.Name) < leastPacked-6 || res.Header.Get("ETag") != `"7"` {
				t.Errorf("%s for %q: %v, %d bytes, version %s", tt.path, tt.takes, err, len(out.Name), res.Header.Get("ETag"))
			}
		}
		cancel()
		_ = res.Body.Close()
	}
}
