package geo

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	hangzhou = Point{Lat: 30.2741, Lon: 120.1551, Datum: WGS84}
	xihu     = Point{Lat: 30.2500, Lon: 120.1300, Datum: WGS84}
	chunan   = Point{Lat: 29.6000, Lon: 118.9000, Datum: WGS84} // hills in the west of the city
	beijing  = Point{Lat: 39.9042, Lon: 116.4074, Datum: WGS84}
)

// suiteTravel holds what every provider must do.
func suiteTravel(t *testing.T, name string, p Travel) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		points := []Point{hangzhou, xihu}
		m, err := p.Matrix(t.Context(), ProfileCar, SliceDay, points, points)
		if err != nil {
			t.Fatal(err)
		}
		if m.Rows != 2 || m.Columns != 2 || len(m.Seconds) != 4 || len(m.Metres) != 4 {
			t.Fatalf("shape %d × %d, %d seconds", m.Rows, m.Columns, len(m.Seconds))
		}
		for i := range 2 {
			if s, d := m.At(i, i); s != 0 || d != 0 {
				t.Errorf("from a place to itself %d s, %d m", s, d)
			}
			if s, d := m.At(i, 1-i); s <= 0 || d <= 0 || s == Unreachable {
				t.Errorf("across town %d s, %d m", s, d)
			}
		}
		again, err := p.Matrix(t.Context(), ProfileCar, SliceDay, points, points)
		if err != nil || again.Seconds[1] != m.Seconds[1] {
			t.Errorf("asked twice: %v and %v, %v", m.Seconds, again.Seconds, err)
		}
		if m, err := p.Matrix(t.Context(), ProfileCar, SliceDay, points[:1], nil); err != nil || m.Rows != 1 || m.Columns != 0 {
			t.Errorf("no destinations: %+v, %v", m, err)
		}
		to, from, err := Around(t.Context(), p, ProfileCar, SliceDay, hangzhou, points)
		if err != nil || to.Rows != 1 || to.Columns != 2 || from.Rows != 2 || from.Columns != 1 {
			t.Fatalf("around a place: %+v, %+v, %v", to, from, err)
		}
		for i := range points {
			there, metres := m.At(0, i)
			back, metresBack := m.At(i, 0)
			if s, d := to.At(0, i); s != there || d != metres {
				t.Errorf("around a place, to %d: %d s, %d m; want %d, %d", i, s, d, there, metres)
			}
			if s, d := from.At(i, 0); s != back || d != metresBack {
				t.Errorf("around a place, from %d: %d s, %d m; want %d, %d", i, s, d, back, metresBack)
			}
		}
		gcj := []Point{hangzhou.To(GCJ02)}
		if m, err := p.Matrix(t.Context(), ProfileCar, SliceDay, gcj, points[:1]); err != nil || m.Seconds[0] != 0 {
			t.Errorf("one place in two datums: %+v, %v", m, err)
		}
	})
}

const townCSV = "from_lat,from_lon,to_lat,to_lon,seconds,metres,slice\n" +
	"30.2741,120.1551,30.2500,120.1300,900,4200,\n" +
	"30.2500,120.1300,30.2741,120.1551,1000,4600,\n" +
	"30.2741,120.1551,30.2500,120.1300,1500,4200,peak\n"

func TestTravelProviders(t *testing.T) {
	t.Parallel()
	table, err := ReadTableCSV(strings.NewReader(townCSV))
	if err != nil {
		t.Fatal(err)
	}
	suiteTravel(t, "straight", NewStraight())
	suiteTravel(t, "table", table)
	suiteTravel(t, "cached", NewCached(NewStraight(), 100))
	suiteTravel(t, "cached, tiny", NewCached(NewStraight(), 1))
}

func TestStraight(t *testing.T) {
	t.Parallel()
	s := NewStraight()
	one := func(p Profile, slice TimeSlice, a, b Point) (seconds, metres int32) {
		t.Helper()
		m, err := s.Matrix(t.Context(), p, slice, []Point{a}, []Point{b})
		if err != nil {
			t.Fatal(err)
		}
		return m.At(0, 0)
	}
	straight := Distance(hangzhou, xihu)
	day, metres := one(ProfileCar, SliceDay, hangzhou, xihu)
	if want := straight * 1.3; !near(float64(metres), want, 1.5) {
		t.Errorf("%d m, want %.0f", metres, want)
	}
	if want := straight * 1.3 / (27.5 / 3.6); !near(float64(day), want, 1.5) {
		t.Errorf("%d s, want %.0f at 27.5 km/h", day, want)
	}
	if peak, _ := one(ProfileCar, SlicePeak, hangzhou, xihu); peak <= day {
		t.Errorf("peak %d s, day %d s", peak, day)
	}
	if bike, _ := one(ProfileEBike, SliceDay, hangzhou, xihu); bike <= day {
		t.Errorf("e-bike %d s, car %d s", bike, day)
	}
	for p, want := range map[Point]Area{hangzhou: AreaCity, chunan: AreaRural, beijing: AreaMetro} {
		if got := AreaOf(p); got != want {
			t.Errorf("AreaOf(%v) = %s, want %s", p, got, want)
		}
	}
	if _, err := s.Matrix(t.Context(), "horse", SliceDay, []Point{hangzhou}, []Point{xihu}); !errors.Is(err, ErrTravel) {
		t.Errorf("by horse: %v", err)
	}
	if _, err := s.Matrix(t.Context(), ProfileCar, "dawn", []Point{hangzhou}, []Point{xihu}); !errors.Is(err, ErrTravel) {
		t.Errorf("at dawn: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Matrix(ctx, ProfileCar, SliceDay, []Point{hangzhou}, []Point{xihu}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := s.Matrix(t.Context(), ProfileCar, SliceDay, make([]Point, 5000), make([]Point, 5000)); !errors.Is(err, ErrTravel) {
		t.Errorf("25 million pairs: %v", err)
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	table, err := ReadTableCSV(strings.NewReader(townCSV))
	if err != nil {
		t.Fatal(err)
	}
	ask := func(slice TimeSlice, from, to Point) int32 {
		t.Helper()
		m, err := table.Matrix(t.Context(), ProfileCar, slice, []Point{from}, []Point{to})
		if err != nil {
			t.Fatal(err)
		}
		return m.Seconds[0]
	}
	for _, tt := range []struct {
		slice    TimeSlice
		from, to Point
		want     int32
	}{
		{SliceDay, hangzhou, xihu, 900},
		{SliceDay, xihu, hangzhou, 1000},
		{SlicePeak, hangzhou, xihu, 1500},
		{SlicePeak, xihu, hangzhou, 1000},
		{SliceDay, hangzhou, beijing, Unreachable},
	} {
		if got := ask(tt.slice, tt.from, tt.to); got != tt.want {
			t.Errorf("%s %v → %v: %d s, want %d", tt.slice, tt.from, tt.to, got, tt.want)
		}
	}
	table.Fallback = NewStraight()
	if got := ask(SliceDay, hangzhou, beijing); got == Unreachable {
		t.Error("the fallback was not asked")
	}
	if got := ask(SliceDay, hangzhou, xihu); got != 900 {
		t.Errorf("with a fallback %d s, want the table's 900", got)
	}

	j, err := ReadTableJSON(strings.NewReader(`{"points":[{"lat":30.2741,"lon":120.1551},{"lat":30.25,"lon":120.13}],
		"seconds":[[0,61.2],[null,0]],"metres":[[0,400],[500,0]]}`))
	if err != nil {
		t.Fatal(err)
	}
	m, err := j.Matrix(t.Context(), ProfileCar, SliceNight, []Point{hangzhou, xihu}, []Point{hangzhou, xihu})
	if err != nil || m.Seconds[1] != 62 || m.Seconds[2] != Unreachable {
		t.Errorf("from JSON %+v, %v", m, err)
	}
}

func TestTableRefusesNonsense(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty":      "",
		"no columns": "a,b\n1,2\n",
		"word":       "from_lat,from_lon,to_lat,to_lon,seconds,metres\n30,120,30.1,120.1,soon,3\n",
		"negative":   "from_lat,from_lon,to_lat,to_lon,seconds,metres\n30,120,30.1,120.1,-4,3\n",
		"NaN":        "from_lat,from_lon,to_lat,to_lon,seconds,metres\n30,120,30.1,120.1,NaN,3\n",
		"swapped":    "from_lat,from_lon,to_lat,to_lon,seconds,metres\n120,30,30.1,120.1,5,3\n",
		"short row":  "from_lat,from_lon,to_lat,to_lon,seconds,metres\n30,120\n",
	} {
		if _, err := ReadTableCSV(strings.NewReader(text)); err == nil {
			t.Errorf("%s: read without error", name)
		}
	}
	for _, text := range []string{"", "[", "{}x", `{"points":[{"lat":30,"lon":120}],"seconds":[],"metres":[]}`, `{"points":[{"lat":0,"lon":0}],"seconds":[[0]],"metres":[[0]]}`} {
		if _, err := ReadTableJSON(strings.NewReader(text)); err == nil {
			t.Errorf("%s: read without error", text)
		}
	}
}

// counting counts the legs it is asked for.
type counting struct {
	Travel
	mu   sync.Mutex
	legs int
	fail bool
}

func (c *counting) Matrix(ctx context.Context, p Profile, s TimeSlice, from, to []Point) (*Matrix, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.legs += len(from) * len(to)
	if c.fail {
		return nil, ErrTravel
	}
	return c.Travel.Matrix(ctx, p, s, from, to)
}

func TestCachedAsksOnce(t *testing.T) {
	t.Parallel()
	inner := &counting{Travel: NewStraight(), fail: true}
	c := NewCached(inner, 1000)
	points := []Point{hangzhou, xihu, chunan}
	ask := func(slice TimeSlice, points []Point, wantLegs int) {
		t.Helper()
		inner.legs = 0
		if _, err := c.Matrix(t.Context(), ProfileCar, slice, points, points); err != nil && !inner.fail {
			t.Fatal(err)
		}
		if inner.legs != wantLegs {
			t.Errorf("asked for %d legs, want %d", inner.legs, wantLegs)
		}
	}
	ask(SliceDay, points, 9)
	inner.fail = false
	ask(SliceDay, points, 9) // the failure left nothing
	ask(SliceDay, points, 0)
	ask(SliceDay, points[1:], 0)
	ask(SlicePeak, points[:1], 1)
	ask(SliceDay, append([]Point{beijing}, points...), 16) // one new place: its row and its column
}

func TestSliceOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		hour, minute int
		workday      bool
		want         TimeSlice
	}{
		{5, 59, true, SliceNight},
		{6, 0, true, SliceDay},
		{7, 0, true, SlicePeak},
		{9, 30, true, SliceDay},
		{8, 0, false, SliceDay},
		{17, 0, true, SlicePeak},
		{19, 29, true, SlicePeak},
		{19, 30, true, SliceDay},
		{22, 0, false, SliceNight},
	} {
		at := time.Date(2026, 11, 20, tt.hour, tt.minute, 0, 0, time.UTC)
		if got := SliceOf(at, tt.workday); got != tt.want {
			t.Errorf("SliceOf(%02d:%02d, %v) = %s, want %s", tt.hour, tt.minute, tt.workday, got, tt.want)
		}
	}
}
