package httpapi

import (
	"compress/gzip"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"
)

// leastPacked is the size in bytes from which an answer is compressed: below it packing saves no packet worth the time.
const leastPacked = 4 << 10

// compressed sends long answers packed to whoever takes them: JSON and pages, which shrink to a fifth. Files go as they
// are, so that their length is known and they can be fetched on; the faces' own files are packed once (app), and streams
// of events have to leave at once.
func (s *Server) compressed(next http.Handler) http.Handler {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(leastPacked), gzhttp.CompressionLevel(gzip.BestSpeed), gzhttp.EnableZstd(false),
		gzhttp.ContentTypes([]string{"application/json", "application/problem+json", "text/html"}))
	if err != nil {
		panic(err) // the options are constants
	}
	packed := wrap(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.isStatic(r) || strings.Contains(r.Header.Get("Accept"), "text/event-stream") {
			next.ServeHTTP(w, r)
			return
		}
		packed.ServeHTTP(w, r)
	})
}
