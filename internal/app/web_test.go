package app

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func TestTextsArePackedForWhoeverTakesIt(t *testing.T) {
	t.Parallel()
	script := strings.Repeat("const a = 1;\n", 200)
	files := fstest.MapFS{
		"assets/a.js":     {Data: []byte(script)},
		"assets/dot.png":  {Data: []byte("\x89PNG\r\n\x1a\n")},
		"desk/index.html": {Data: []byte(strings.Repeat("<p>desk</p>", 50))},
	}
	h := packed(files)
	get := func(path, accept string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept-Encoding", accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	for _, c := range []struct {
		path, accept, encoding, kind, body string
		status                             int
	}{
		{"/assets/a.js", "gzip, br", "gzip", "text/javascript; charset=utf-8", script, 200},
		{"/assets/a.js", "br", "", "text/javascript; charset=utf-8", script, 200},
		{"/assets/dot.png", "gzip", "", "image/png", "\x89PNG\r\n\x1a\n", 200},
		{"/desk/", "gzip", "gzip", "text/html; charset=utf-8", strings.Repeat("<p>desk</p>", 50), 200},
		{"/assets/none.js", "gzip", "", "text/plain; charset=utf-8", "404 page not found\n", 404},
	} {
		res := get(c.path, c.accept)
		if res.Code != c.status || res.Header().Get("Content-Encoding") != c.encoding || res.Header().Get("Content-Type") != c.kind {
			t.Errorf("%s for %q: %d %q %q, want %d %q %q", c.path, c.accept, res.Code, res.Header().Get("Content-Encoding"), res.Header().Get("Content-Type"), c.status, c.encoding, c.kind)
		}
		var body io.Reader = res.Body
		if c.encoding == "gzip" {
			zip, err := gzip.NewReader(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			body = zip
		}
		got, err := io.ReadAll(body)
		if err != nil || string(got) != c.body {
			t.Errorf("%s for %q: body %q, %v", c.path, c.accept, got, err)
		}
	}
}
