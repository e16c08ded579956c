package geo

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
)

// Area is the kind of country a leg runs through.
type Area string

// Areas, densest first.
const (
	AreaMetro Area = "metro" // within a first-tier city
	AreaCity  Area = "city"
	AreaRural Area = "rural"
)

// Speeds are kilometres an hour on the road by area and time slice.
type Speeds map[Area]map[TimeSlice]float64

// DefaultDetour is road metres for each straight metre, a planning value of the trade (mark [D], decided, not measured).
const DefaultDetour = 1.3

// DefaultSpeeds returns the speeds Straight uses. The car's come from the range for such models, 25–30 km/h in town
// and 40–50 in the country (mark [D]): the low end at peak, the middle by day, the high end at night, and in first-tier
// cities the low end until night. For the e-bike there is no sourced number; GB 17761 caps it at 25 km/h, and 18 km/h
// door to door is our own assumption. Replace them by what the firm's own trips say.
func DefaultSpeeds() map[Profile]Speeds {
	ebike := map[TimeSlice]float64{SlicePeak: 18, SliceDay: 18, SliceNight: 20}
	return map[Profile]Speeds{
		ProfileCar: {
			AreaMetro: {SlicePeak: 25, SliceDay: 25, SliceNight: 30},
			AreaCity:  {SlicePeak: 25, SliceDay: 27.5, SliceNight: 30},
			AreaRural: {SlicePeak: 40, SliceDay: 45, SliceNight: 50},
		},
		ProfileEBike: {AreaMetro: ebike, AreaCity: ebike, AreaRural: ebike},
	}
}

// Straight estimates travel from the straight line: distance × detour, at a speed by area and time slice. It knows no
// rivers, bridges and one-way streets, so its times are for planning without a road network, and symmetric.
type Straight struct {
	Detour float64             // road metres for each straight metre, at least 1
	Speeds map[Profile]Speeds  // every profile with all areas and slices
	Area   func(Point) Area    // kind of country at a point
	Fixed  map[Profile]float64 // seconds added to every leg: parking, lift, finding the door; may be nil
}

// NewStraight returns the estimate with default detour, speeds and areas.
func NewStraight() *Straight {
	return &Straight{Detour: DefaultDetour, Speeds: DefaultSpeeds(), Area: AreaOf}
}

// Matrix implements Travel. A leg between two areas runs half its way in each.
func (s *Straight) Matrix(ctx context.Context, profile Profile, departures TimeSlice, from, to []Point) (*Matrix, error) {
	if err := checkPairs(from, to); err != nil {
		return nil, err
	}
	speeds, ok := s.Speeds[profile]
	if !ok || s.Detour < 1 {
		return nil, fmt.Errorf("profile %q, detour %g: %w", profile, s.Detour, ErrTravel)
	}
	type end struct {
		lat, lon float64 // WGS-84
		pace     float64 // seconds a metre
	}
	ends := func(points []Point) ([]end, error) {
		out := make([]end, len(points))
		for i, p := range points {
			p = p.WGS84()
			v := speeds[s.Area(p)][departures]
			if v <= 0 {
				return nil, fmt.Errorf("profile %q, slice %q: no speed: %w", profile, departures, ErrTravel)
			}
			out[i] = end{p.Lat, p.Lon, 3.6 / v}
		}
		return out, nil
	}
	a, err := ends(from)
	if err != nil {
		return nil, err
	}
	b, err := ends(to)
	if err != nil {
		return nil, err
	}
	m := NewMatrix(len(from), len(to))
	for i, x := range a {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for j, y := range b {
			metres := distance(x.lat, x.lon, y.lat, y.lon) * s.Detour
			if metres < 1 {
				m.set(i, j, 0, 0)
				continue
			}
			seconds := metres*(x.pace+y.pace)/2 + s.Fixed[profile]
			m.set(i, j, int32(math.Ceil(seconds)), int32(math.Ceil(metres)))
		}
	}
	return m, nil
}

// cityCentre is a city's centre in WGS-84.
type cityCentre struct {
	lat, lon float64
	metro    bool
}

// cities are the centres from south to north, and their latitudes, which are searched.
type cities struct {
	centres []cityCentre
	lats    []float64
}

var cityCentres = sync.OnceValue(func() *cities {
	out := &cities{}
	for _, province := range Children("") {
		codes := []string{province.Code} // has a centre where it is a city itself
		if _, ok := CentreOf(province.Code); !ok {
			codes = codes[:0]
			for _, city := range Children(province.Code) { // counties run by the province among them
				codes = append(codes, city.Code)
			}
		}
		for _, code := range codes {
			if p, ok := CentreOf(code); ok {
				p = p.WGS84()
				out.centres = append(out.centres, cityCentre{p.Lat, p.Lon, slices.Contains(firstTier, code)})
			}
		}
	}
	slices.SortFunc(out.centres, func(a, b cityCentre) int { return cmp.Compare(a.lat, b.lat) })
	for _, c := range out.centres {
		out.lats = append(out.lats, c.lat)
	}
	return out
})

// firstTier are 北京 上海 广州 深圳, as commonly counted.
var firstTier = []string{"110000", "310000", "440100", "440300"}

// AreaOf guesses the kind of country from the distance to the nearest city centre we know: up to 20 km from one of the
// four first-tier cities is metro, up to 15 km from any other city, city, and the rest rural. The radii are assumptions
// (mark [D]); a firm that knows its districts better passes its own function.
func AreaOf(p Point) Area {
	p = p.WGS84()
	best := AreaRural
	known := cityCentres()
	first, _ := slices.BinarySearch(known.lats, p.Lat-0.2)
	for i := first; i < len(known.centres); i++ {
		c := &known.centres[i]
		if c.lat > p.Lat+0.2 {
			break
		}
		if math.Abs(c.lon-p.Lon) > 0.4 {
			continue
		}
		switch d := distance(c.lat, c.lon, p.Lat, p.Lon); {
		case c.metro && d <= 20000:
			return AreaMetro
		case d <= 15000:
			best = AreaCity
		}
	}
	return best
}
