package geo

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }

// The vectors are those that the public implementations of the transformations publish with their code.
func TestKnownConversions(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		from     Datum
		lat, lon float64
		to       Datum
		wantLat  float64
		wantLon  float64
	}{
		{WGS84, 31.1774276, 121.5272106, GCJ02, 31.17530398, 121.53154186},
		{WGS84, 22.543847, 113.912316, GCJ02, 22.54079613, 113.91717648},
		{WGS84, 39.911954, 116.377817, GCJ02, 39.91334546, 116.38404722},
		{WGS84, 39.915, 116.404, GCJ02, 39.91640428, 116.41024450},
		{GCJ02, 39.915, 116.404, BD09, 39.92133699, 116.41036949},
	} {
		got := Point{Lat: tt.lat, Lon: tt.lon, Datum: tt.from}.To(tt.to)
		if !near(got.Lat, tt.wantLat, 1e-6) || !near(got.Lon, tt.wantLon, 1e-6) {
			t.Errorf("%s %v %v to %s = %.8f %.8f, want %v %v", tt.from, tt.lat, tt.lon, tt.to, got.Lat, got.Lon, tt.wantLat, tt.wantLon)
		}
	}
}

func TestConversionsUndoThemselves(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 7))
	worst := 0.0
	for range 20000 {
		p := Point{Lat: 18 + rng.Float64()*35, Lon: 74 + rng.Float64()*61, Datum: WGS84, Precision: PrecisionDoor, Source: "test"}
		for _, via := range []Datum{GCJ02, BD09} {
			q := p.To(via).To(WGS84)
			worst = max(worst, math.Abs(p.Lat-q.Lat), math.Abs(p.Lon-q.Lon))
			if q.Precision != p.Precision || q.Source != p.Source {
				t.Fatalf("%+v became %+v", p, q)
			}
		}
	}
	if worst > 1e-6 {
		t.Errorf("worst error of a round trip %g degrees, want below 1e-6", worst)
	}
	t.Logf("worst error of a round trip %g degrees", worst)
}

func TestOutsideChinaNothingMoves(t *testing.T) {
	t.Parallel()
	for _, p := range []Point{{Lat: 51.5, Lon: -0.12}, {Lat: -33.86, Lon: 151.2}, {Lat: 40.7, Lon: -74}} {
		for _, from := range []Datum{WGS84, GCJ02, BD09, ""} {
			p.Datum = from
			for _, to := range []Datum{WGS84, GCJ02, BD09} {
				if q := p.To(to); q.Lat != p.Lat || q.Lon != p.Lon || q.Datum != to {
					t.Errorf("%+v to %s = %+v, want it unmoved", p, to, q)
				}
			}
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		p       Point
		ok      bool
		swapped bool
	}{
		{"Hangzhou", Point{Lat: 30.25, Lon: 120.16, Datum: WGS84}, true, false},
		{"null island", Point{Datum: WGS84}, false, false},
		{"near null island", Point{Lat: 1e-6, Lon: -1e-6, Datum: GCJ02}, false, false},
		{"swapped", Point{Lat: 120.16, Lon: 30.25, Datum: WGS84}, false, true},
		{"too far east", Point{Lat: 30, Lon: 190, Datum: WGS84}, false, false},
		{"no datum", Point{Lat: 30.25, Lon: 120.16}, false, false},
		{"not a number", Point{Lat: math.NaN(), Lon: 120, Datum: WGS84}, false, false},
		{"infinite", Point{Lat: 30, Lon: math.Inf(1), Datum: WGS84}, false, false},
		{"Greenwich", Point{Lat: 51.5, Lon: 0, Datum: WGS84}, true, false},
	} {
		err := tt.p.Check()
		if (err == nil) != tt.ok || (err != nil && !errors.Is(err, ErrPoint)) || errors.Is(err, ErrSwapped) != tt.swapped {
			t.Errorf("%s: Check = %v, want ok %v, swapped %v", tt.name, err, tt.ok, tt.swapped)
		}
	}
	if !(Point{Lat: 87.6, Lon: 43.8, Datum: WGS84}).LooksSwapped() {
		t.Error("乌鲁木齐 with latitude and longitude exchanged does not look swapped")
	}
	if (Point{Lat: 51.5, Lon: -0.1, Datum: WGS84}).LooksSwapped() {
		t.Error("London looks swapped")
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	a := Point{Lat: 31.2304, Lon: 121.4737, Datum: WGS84}
	b := Point{Lat: 39.9042, Lon: 116.4074, Datum: WGS84}
	if d := Distance(a, b); !near(d, 1067300, 1500) {
		t.Errorf("Shanghai to Beijing %.0f m, want about 1067 km", d)
	}
	if d := Distance(a, a.To(GCJ02)); d > 0.2 {
		t.Errorf("a point and itself in GCJ-02 are %.3f m apart", d)
	}
	if d := Distance(Point{Lat: 0, Lon: 10, Datum: WGS84}, Point{Lat: 0, Lon: -170, Datum: WGS84}); !near(d, math.Pi*6371008.8, 1) {
		t.Errorf("half way round is %.0f m", d)
	}
	if !PrecisionDoor.Finer(PrecisionCity) || PrecisionCity.Finer(PrecisionDistrict) || Precision("").Finer(PrecisionCity) {
		t.Error("precisions are in the wrong order")
	}
}
