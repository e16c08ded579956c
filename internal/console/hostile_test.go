package console

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hostileTexts are the lists of texts that break programs; without them the test is skipped.
func hostileTexts(t *testing.T) []string {
	t.Helper()
	dir := filepath.Join(cmp.Or(os.Getenv("ANXIN_DATA"), filepath.Join("..", "..", "..", "shared", "data")), "09-hostile")
	raw, err := os.ReadFile(filepath.Join(dir, "blns", "blns.json"))
	if err != nil {
		t.Skipf("no hostile texts: %v", err)
	}
	var out []string
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	raw, err = os.ReadFile(filepath.Join(dir, "html-sanitizer", "dompurify_expect.json"))
	if err != nil {
		t.Skipf("no hostile markup: %v", err)
	}
	var markup []struct{ Payload string }
	if err := json.Unmarshal(raw, &markup); err != nil {
		t.Fatal(err)
	}
	for _, m := range markup {
		out = append(out, m.Payload)
	}
	return out
}

func newRequest(t *testing.T, method, path string, form url.Values) *http.Request {
	t.Helper()
	return httptest.NewRequestWithContext(t.Context(), method, "https://anxin.test"+path, strings.NewReader(form.Encode()))
}

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
