package returns

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"testing"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/entitlement"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/files"
	"anxin/internal/platform/httpapi/apitest"
	"anxin/internal/units"
)

// BenchmarkRequestToLabel measures over HTTP from the request of a return, which is approved by rule, to its label as a
// PDF; no carrier is asked. Every turn has a unit of its own; making it is not counted.
func BenchmarkRequestToLabel(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(name, func(b *testing.B) { requestToLabel(b, open(b)) })
	}
}

func requestToLabel(b *testing.B, d *db.DB) {
	f := newFixture(b, d)
	srv := httptest.NewServer(apitest.Serve(d, apitest.Plain{}, apitest.Narrowed{ID: "admin", Lang: "en"}, []fs.FS{Words, catalog.Words, cases.Words, units.Words, entitlement.Words, crypt.Words, files.Words}, f.Service).Handler())
	defer srv.Close()
	call := func(method, path, body string) []byte {
		r, err := http.NewRequestWithContext(context.Background(), method, srv.URL+"/api/v1"+path, bytes.NewReader([]byte(body)))
		f.must(err)
		r.Header.Set("Content-Type", "application/json")
		res, err := srv.Client().Do(r)
		f.must(err)
		defer func() { _ = res.Body.Close() }()
		var out bytes.Buffer
		_, err = out.ReadFrom(res.Body)
		f.must(err)
		if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusCreated {
			b.Fatalf("%s %s: %d %s", method, path, res.StatusCode, out.Bytes())
		}
		return out.Bytes()
	}
	n := 0
	for b.Loop() {
		b.StopTimer()
		n++
		u := f.newUnit(fmt.Sprintf("SN-B%06d", n), f.one)
		photo := f.upload()
		body := fmt.Sprintf(`{"type":"return","reason":"return_no_reason","lines":[{"unit_id":%q,"photos":[%q],"return":{"noticed":"2026-11-23","opened":true,"free_freight":true}}]}`, u.ID, photo)
		b.StartTimer()
		var made struct {
			ID       string
			Decision string
		}
		f.must(json.Unmarshal(call("POST", "/returns", body), &made))
		if label := call("GET", "/returns/"+made.ID+"/label", ""); made.Decision != "approved" || !bytes.HasPrefix(label, []byte("%PDF")) {
			b.Fatalf("decision %s, %d bytes", made.Decision, len(label))
		}
	}
}
