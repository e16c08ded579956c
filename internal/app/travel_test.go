package app

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"anxin/internal/platform/config"
	"anxin/internal/platform/geo"
)

func TestOpenTravel(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"code":"Ok","durations":[[900]],"distances":[[4200]]}`))
	}))
	t.Cleanup(server.Close)
	from, to := geo.Point{Lat: 30.2741, Lon: 120.1551, Datum: geo.WGS84}, geo.Point{Lat: 30.25, Lon: 120.13, Datum: geo.WGS84}
	for _, tt := range []struct {
		name string
		in   config.Travel
		want int32 // seconds; 0: whatever the estimate says
		bad  bool
	}{
		{name: "nothing said", in: config.Travel{}},
		{name: "straight", in: config.Travel{Kind: "straight"}},
		{name: "csv", in: config.Travel{Kind: "table", File: write("a.csv", "from_lat,from_lon,to_lat,to_lon,seconds,metres\n30.2741,120.1551,30.25,120.13,700,4000\n")}, want: 700},
		{name: "json", in: config.Travel{Kind: "table", File: write("a.json", `{"points":[{"lat":30.2741,"lon":120.1551},{"lat":30.25,"lon":120.13}],"seconds":[[0,800],[800,0]],"metres":[[0,1],[1,0]]}`)}, want: 800},
		{name: "not in the table", in: config.Travel{Kind: "table", File: write("b.csv", "from_lat,from_lon,to_lat,to_lon,seconds,metres\n")}},
		{name: "a fifth longer", in: config.Travel{Kind: "osrm", URL: server.URL, Percent: 120}, want: 1080},
		{name: "no file", in: config.Travel{Kind: "table", File: filepath.Join(dir, "none")}, bad: true},
		{name: "no table", in: config.Travel{Kind: "table", File: write("c.csv", "hello\n")}, bad: true},
		{name: "no address", in: config.Travel{Kind: "osrm"}, bad: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := &App{Log: slog.New(slog.DiscardHandler)}
			t.Cleanup(func() {
				if err := a.Close(); err != nil {
					t.Error(err)
				}
			})
			travel, err := a.openTravel(tt.in)
			if tt.bad {
				if err == nil {
					t.Error("opened without error")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			m, err := travel.Matrix(t.Context(), geo.ProfileCar, geo.SliceDay, []geo.Point{from}, []geo.Point{to})
			if err != nil || m.Seconds[0] <= 0 || m.Seconds[0] == geo.Unreachable || tt.want > 0 && m.Seconds[0] != tt.want {
				t.Errorf("%+v, %v; want %d s", m, err, tt.want)
			}
		})
	}
}
