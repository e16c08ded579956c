package geo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// The servers below answer in the form that each service's public documentation shows; they are named beside the
// providers. Each way takes a tenth of a second a metre of straight line.

func secondsBetween(a, b Point) (seconds, metres float64) {
	d := Distance(a.WGS84(), b.WGS84())
	return d / 10, d
}

func pointOf(t *testing.T, lonLat string, datum Datum) Point {
	t.Helper()
	lon, lat, ok := strings.Cut(lonLat, ",")
	x, err := strconv.ParseFloat(lon, 64)
	y, err2 := strconv.ParseFloat(lat, 64)
	if !ok || err != nil || err2 != nil {
		t.Errorf("no coordinates: %q", lonLat)
	}
	return Point{Lat: y, Lon: x, Datum: datum}
}

type fake struct {
	*httptest.Server
	asked atomic.Int64
	legs  atomic.Int64
	fail  atomic.Int64 // answers 503 that are still to come
}

func serve(t *testing.T, answer func(f *fake, r *http.Request) any) *fake {
	t.Helper()
	f := &fake{}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.asked.Add(1)
		if f.fail.Add(-1) >= 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		body := answer(f, r)
		if e, ok := body.(httpError); ok {
			w.WriteHeader(e.status)
			body = e.body
		}
		if err := json.NewEncoder(w).Encode(body); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(f.Close)
	return f
}

type httpError struct {
	status int
	body   any
}

type anyMap = map[string]any

// osrmServer answers /table/v1/{profile}/{coordinates}?sources&destinations&annotations, at most most × most places.
func osrmServer(t *testing.T, most int) *fake {
	return serve(t, func(f *fake, r *http.Request) any {
		at := strings.Split(strings.TrimPrefix(r.URL.Path, "/table/v1/driving/"), ";")
		if len(at) > most {
			return httpError{400, anyMap{"code": "TooBig", "message": "Too many table coordinates"}}
		}
		index := func(name string) (out []Point) {
			for text := range strings.SplitSeq(r.URL.Query().Get(name), ";") {
				i, err := strconv.Atoi(text)
				if err != nil || i >= len(at) {
					t.Errorf("%s: %q", name, text)
					return nil
				}
				out = append(out, pointOf(t, at[i], WGS84))
			}
			return out
		}
		if r.URL.Query().Get("annotations") != "duration,distance" {
			t.Errorf("annotations %q", r.URL.Query().Get("annotations"))
		}
		from, to := index("sources"), index("destinations")
		f.legs.Add(int64(len(from) * len(to)))
		durations, distances := [][]any{}, [][]any{}
		for _, a := range from {
			var s, d []any
			for _, b := range to {
				seconds, metres := secondsBetween(a, b)
				if keyOf(b) == keyOf(chunan) { // an island
					s, d = append(s, nil), append(d, nil)
				} else {
					s, d = append(s, seconds), append(d, metres)
				}
			}
			durations, distances = append(durations, s), append(distances, d)
		}
		return anyMap{"code": "Ok", "durations": durations, "distances": distances, "sources": []any{}, "destinations": []any{}}
	})
}

// valhallaServer answers POST /sources_to_targets with kilometres.
func valhallaServer(t *testing.T) *fake {
	return serve(t, func(f *fake, r *http.Request) any {
		var in struct {
			Sources, Targets []struct{ Lat, Lon float64 }
			Costing          string
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || r.Method != http.MethodPost || r.URL.Path != "/sources_to_targets" {
			t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
		}
		if len(in.Sources)*len(in.Targets) > 2500 {
			return httpError{400, anyMap{"error_code": 150, "error": "Exceeded max locations", "status_code": 400, "status": "Bad Request"}}
		}
		f.legs.Add(int64(len(in.Sources) * len(in.Targets)))
		rows := [][]any{}
		for i, a := range in.Sources {
			var row []any
			for j, b := range in.Targets {
				seconds, metres := secondsBetween(Point{Lat: a.Lat, Lon: a.Lon}, Point{Lat: b.Lat, Lon: b.Lon})
				if in.Costing == "bicycle" {
					seconds *= 3
				}
				row = append(row, anyMap{"distance": metres / 1000, "time": seconds, "from_index": i, "to_index": j})
			}
			rows = append(rows, row)
		}
		return anyMap{"sources_to_targets": rows, "units": "kilometers"}
	})
}

const secretKey = "s3cr3t-key-of-the-firm"

// amapServer answers /v3/distance in GCJ-02; what it says are texts.
func amapServer(t *testing.T) *fake {
	return serve(t, func(f *fake, r *http.Request) any {
		q := r.URL.Query()
		if q.Get("key") != secretKey || q.Get("type") != "1" {
			return anyMap{"status": "0", "info": "INVALID_USER_KEY", "infocode": "10001"}
		}
		to := pointOf(t, q.Get("destination"), GCJ02)
		results := []any{}
		for i, text := range strings.Split(q.Get("origins"), "|") {
			f.legs.Add(1)
			seconds, metres := secondsBetween(pointOf(t, text, GCJ02), to)
			one := anyMap{"origin_id": strconv.Itoa(i + 1), "dest_id": "1", "distance": fmt.Sprintf("%.0f", metres), "duration": fmt.Sprintf("%.0f", seconds)}
			if keyOf(to) == keyOf(beijing) {
				one = anyMap{"origin_id": strconv.Itoa(i + 1), "dest_id": "1", "distance": "0", "duration": "0", "info": "OUT_OF_SERVICE", "code": "3"}
			}
			results = append(results, one)
		}
		return anyMap{"status": "1", "info": "OK", "infocode": "10000", "count": strconv.Itoa(len(results)), "results": results}
	})
}

// online makes a provider that does not really wait between tries.
func online(t *testing.T, o OnlineOptions) *Online {
	t.Helper()
	out, err := NewOnline(o)
	if err != nil {
		t.Fatal(err)
	}
	out.pause = func(context.Context, time.Duration) error { return nil }
	return out
}

func TestOnlineServices(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind   ServiceKind
		server *fake
		slack  float64 // of GCJ-02, which is given to six digits
	}{
		{ServiceOSRM, osrmServer(t, 100), 1.1},
		{ServiceValhalla, valhallaServer(t), 1.1},
		{ServiceAMap, amapServer(t), 3},
	} {
		p := online(t, OnlineOptions{Kind: tt.kind, URL: tt.server.URL, Key: secretKey})
		suiteTravel(t, string(tt.kind), p)
		p.Wait()
		points := []Point{hangzhou, xihu, hangzhou.To(BD09)}
		m, err := p.Matrix(MayAsk(t.Context()), ProfileCar, SliceDay, points, points)
		if err != nil {
			t.Fatal(err)
		}
		want, far := secondsBetween(hangzhou, xihu)
		if s, d := m.At(0, 1); !near(float64(s), want, tt.slack) || !near(float64(d), far, tt.slack*10) || m.Guessed != nil {
			t.Errorf("%s: %d s, %d m, guessed %v; want %.1f s, %.0f m", tt.kind, s, d, m.Guessed, want, far)
		}
		if s, _ := m.At(0, 2); s != 0 {
			t.Errorf("%s: one place in two datums: %d s", tt.kind, s)
		}
		peak, err := p.Matrix(MayAsk(t.Context()), ProfileCar, SlicePeak, points[:1], points[1:2])
		if err != nil {
			t.Fatal(err)
		}
		if slower := peak.Seconds[0] > m.Seconds[1]; slower == (tt.kind == ServiceAMap) {
			t.Errorf("%s at peak: %d s, by day %d s", tt.kind, peak.Seconds[0], m.Seconds[1])
		}
		before := tt.server.asked.Load()
		if _, err := p.Matrix(MayAsk(t.Context()), ProfileCar, SliceDay, points, points); err != nil || tt.server.asked.Load() != before {
			t.Errorf("%s was asked again: %v", tt.kind, err)
		}
	}
}

// A hundred and more places are asked for in questions that the service takes.
func TestOnlineAsksInParts(t *testing.T) {
	t.Parallel()
	var points []Point
	for i := range 130 {
		points = append(points, Point{Lat: 30.2 + float64(i%13)/100, Lon: 120.1 + float64(i/13)/100, Datum: WGS84})
	}
	for _, tt := range []struct {
		kind     ServiceKind
		server   *fake
		requests int64
	}{
		{ServiceOSRM, osrmServer(t, 100), 9}, // 3 × 3 parts of 50
		{ServiceValhalla, valhallaServer(t), 9},
		{ServiceAMap, amapServer(t), 260}, // each destination, twice 100 origins
	} {
		p := online(t, OnlineOptions{Kind: tt.kind, URL: tt.server.URL, Key: secretKey})
		m, err := p.Matrix(MayAsk(t.Context()), ProfileCar, SliceDay, points, points)
		if err != nil || m.Guessed != nil {
			t.Fatalf("%s: %v, guessed %v", tt.kind, err, m.Guessed != nil)
		}
		if n := tt.server.asked.Load(); n != tt.requests {
			t.Errorf("%s: %d requests, want %d", tt.kind, n, tt.requests)
		}
		if s, _ := m.At(0, 129); s <= 0 || s == Unreachable {
			t.Errorf("%s: %d s from the first to the last", tt.kind, s)
		}
		asked := tt.server.legs.Load()
		more := append([]Point{{Lat: 30.5, Lon: 120.5, Datum: WGS84}}, points[:3]...)
		if _, err := p.Matrix(MayAsk(t.Context()), ProfileCar, SliceDay, more, more); err != nil {
			t.Fatal(err)
		}
		if n := tt.server.legs.Load() - asked; n > 16 {
			t.Errorf("%s: %d legs were asked for one new place among four", tt.kind, n)
		}
	}
}

// Who holds a transaction is answered at once by an estimate that says so; the next one gets the real way.
func TestOnlineNeverKeepsWaiting(t *testing.T) {
	t.Parallel()
	server := osrmServer(t, 100)
	p := online(t, OnlineOptions{Kind: ServiceOSRM, URL: server.URL})
	ask := func(ctx context.Context) *Matrix {
		t.Helper()
		m, err := p.Matrix(ctx, ProfileCar, SliceDay, []Point{hangzhou}, []Point{xihu, hangzhou})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	estimate, err := NewStraight().Matrix(t.Context(), ProfileCar, SliceDay, []Point{hangzhou}, []Point{xihu})
	if err != nil {
		t.Fatal(err)
	}
	first := ask(t.Context())
	if first.Seconds[0] != estimate.Seconds[0] || first.Guessed == nil || !first.Guessed[0] || first.Guessed[1] {
		t.Errorf("first %+v, want the estimate of %d s, marked", first, estimate.Seconds[0])
	}
	p.Wait()
	want, _ := secondsBetween(hangzhou, xihu)
	if next := ask(t.Context()); next.Guessed != nil || !near(float64(next.Seconds[0]), want, 1.1) {
		t.Errorf("next %+v, want %.0f s", next, want)
	}
	if m, err := p.Matrix(MayAsk(t.Context()), ProfileEBike, SliceDay, []Point{hangzhou}, []Point{xihu}); err != nil || m.Guessed == nil || !m.Guessed[0] {
		t.Errorf("by e-bike, which the data is not for: %+v, %v", m, err)
	}
	if m, err := p.Matrix(MayAsk(t.Context()), ProfileCar, SliceDay, []Point{hangzhou}, []Point{chunan}); err != nil || m.Seconds[0] != Unreachable || m.Guessed != nil {
		t.Errorf("to an island: %+v, %v", m, err)
	}
	if _, err := p.Matrix(MayAsk(t.Context()), "horse", SliceDay, []Point{hangzhou}, []Point{xihu}); err == nil {
		t.Error("by horse: no error")
	}
}

func TestOnlineFailures(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	server := amapServer(t)
	p := online(t, OnlineOptions{Kind: ServiceAMap, URL: server.URL, Key: secretKey, Log: slog.New(slog.NewTextHandler(&said, nil))})
	p.now = func() time.Time { return now }
	ask := func(to Point) (guessed bool) {
		t.Helper()
		m, err := p.Matrix(MayAsk(t.Context()), ProfileCar, SliceDay, []Point{hangzhou}, []Point{to})
		if err != nil || m.Seconds[0] == Unreachable || m.Seconds[0] < 0 {
			t.Fatalf("%+v, %v", m, err)
		}
		return m.Guessed != nil && m.Guessed[0]
	}
	server.fail.Store(2)
	if ask(xihu) || server.asked.Load() != 3 {
		t.Errorf("busy twice: guessed, or %d requests instead of 3", server.asked.Load())
	}
	server.fail.Store(100)
	if !ask(chunan) {
		t.Error("a service that is down gave a way")
	}
	asked := server.asked.Load()
	if !ask(chunan) || server.asked.Load() != asked {
		t.Error("a service that is down was asked again at once")
	}
	server.fail.Store(0)
	now = now.Add(restFor + time.Second)
	if ask(chunan) {
		t.Error("a service that is up again was not asked")
	}
	if !ask(beijing) {
		t.Error("a leg out of the service's reach was not estimated")
	}
	server.Close()
	now = now.Add(time.Hour)
	if !ask(Point{Lat: 30.3, Lon: 120.3, Datum: WGS84}) {
		t.Error("nobody listens, and yet there is a way")
	}
	if text := said.String(); strings.Contains(text, secretKey) || strings.Contains(text, "origins") || !strings.Contains(text, "estimated") {
		t.Errorf("the log says %s", text)
	}
	ctx, cancel := context.WithCancel(MayAsk(t.Context()))
	cancel()
	if _, err := p.Matrix(ctx, ProfileCar, SliceDay, []Point{hangzhou}, []Point{beijing}); err == nil {
		t.Error("cancelled: no error")
	}
}

// A key that is wrong, and a question that is too big, are not asked twice.
func TestOnlineRefusals(t *testing.T) {
	t.Parallel()
	amapSays, osrmSays := amapServer(t), osrmServer(t, 10)
	for _, tt := range []struct {
		name   string
		server *fake
		o      OnlineOptions
	}{
		{"wrong key", amapSays, OnlineOptions{Kind: ServiceAMap, URL: amapSays.URL, Key: "another"}},
		{"too big", osrmSays, OnlineOptions{Kind: ServiceOSRM, URL: osrmSays.URL}},
	} {
		p := online(t, tt.o)
		var points []Point
		for i := range 20 {
			points = append(points, Point{Lat: 30 + float64(i)/100, Lon: 120, Datum: WGS84})
		}
		m, err := p.Matrix(MayAsk(t.Context()), ProfileCar, SliceDay, points, points)
		if err != nil || m.Guessed == nil || tt.server.asked.Load() != 1 {
			t.Errorf("%s: %v, %d requests", tt.name, err, tt.server.asked.Load())
		}
	}
	for name, o := range map[string]OnlineOptions{
		"no address":   {Kind: ServiceOSRM},
		"no scheme":    {Kind: ServiceOSRM, URL: "localhost:5000"},
		"a file":       {Kind: ServiceOSRM, URL: "file:///etc/passwd"},
		"a user":       {Kind: ServiceValhalla, URL: "http://me:secret@localhost:8002"},
		"no key":       {Kind: ServiceAMap},
		"unknown kind": {Kind: "ghost", URL: "http://localhost"},
	} {
		if _, err := NewOnline(o); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Answers that are none: cut, of another shape, with numbers that are none.
func TestOnlineHostileAnswers(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		``, `[`, `null`, `{}`, `<html>`, `{"code":"Ok"}`, `{"code":"Ok","durations":[[1]],"distances":[]}`, `{"code":"Ok","durations":[[1,2]],"distances":[[1,2]]}`,
		`{"code":"Ok","durations":[[-5]],"distances":[[3]]}`, `{"code":"Ok","durations":[[1e300]],"distances":[[3]]}`, `{"code":"Ok","durations":[["1"]],"distances":[[3]]}`,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
		p := online(t, OnlineOptions{Kind: ServiceOSRM, URL: server.URL})
		m, err := p.Matrix(MayAsk(t.Context()), ProfileCar, SliceDay, []Point{hangzhou}, []Point{xihu})
		if err != nil || m.Guessed == nil || m.Seconds[0] <= 0 {
			t.Errorf("%s: %+v, %v; want an estimate", body, m, err)
		}
		server.Close()
	}
}
