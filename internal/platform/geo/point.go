package geo

import (
	"errors"
	"fmt"
	"math"
)

// Datum says what a pair of degrees refers to.
type Datum string

// The three datums met in China. Records keep WGS84; the others are converted at the edge.
const (
	WGS84 Datum = "WGS84" // GPS, and everything stored
	GCJ02 Datum = "GCJ02" // the state's encryption of it: AMap, Tencent, maps on phones sold in China
	BD09  Datum = "BD09"  // Baidu's shift on top of GCJ-02
)

// Precision says how much a point knows.
type Precision string

// Precisions from fine to coarse.
const (
	PrecisionDoor     Precision = "door"
	PrecisionStreet   Precision = "street"
	PrecisionDistrict Precision = "district"
	PrecisionCity     Precision = "city"
)

// Finer reports whether p is known better than q; an unknown precision is the coarsest.
func (p Precision) Finer(q Precision) bool { return p.rank() < q.rank() }

func (p Precision) rank() int {
	switch p {
	case PrecisionDoor:
		return 0
	case PrecisionStreet:
		return 1
	case PrecisionDistrict:
		return 2
	case PrecisionCity:
		return 3
	}
	return 4
}

// Point is a place on earth in degrees.
type Point struct {
	Lat       float64   `json:"lat"`
	Lon       float64   `json:"lon"`
	Datum     Datum     `json:"datum"`
	Precision Precision `json:"precision,omitempty"`
	Source    string    `json:"source,omitempty"` // who said so: "device", "import", "amap", "division", …
}

// ErrSwapped comes with ErrPoint when the two numbers make a place in China the other way round.
var (
	ErrPoint   = errors.New("not a usable point")
	ErrSwapped = errors.New("latitude and longitude look swapped")
)

// Check refuses points that cannot be a customer's place: not finite, out of range, 0/0 (which is what a device
// without a fix sends), an unknown datum, or a latitude and longitude the wrong way round.
func (p Point) Check() error {
	switch p.Datum {
	case WGS84, GCJ02, BD09:
	default:
		return fmt.Errorf("datum %q: %w", p.Datum, ErrPoint)
	}
	if math.IsNaN(p.Lat) || math.IsNaN(p.Lon) || math.IsInf(p.Lat, 0) || math.IsInf(p.Lon, 0) {
		return fmt.Errorf("not finite: %w", ErrPoint)
	}
	if math.Abs(p.Lat) < 1e-4 && math.Abs(p.Lon) < 1e-4 {
		return fmt.Errorf("0/0: %w", ErrPoint)
	}
	if math.Abs(p.Lat) > 90 || math.Abs(p.Lon) > 180 {
		if math.Abs(p.Lon) <= 90 && math.Abs(p.Lat) <= 180 {
			return fmt.Errorf("%w: %w", ErrSwapped, ErrPoint)
		}
		return fmt.Errorf("out of range: %w", ErrPoint)
	}
	return nil
}

// LooksSwapped hints that the numbers were entered the wrong way round: exchanged they lie in China, as they stand
// they don't. It is a hint for a form; Check refuses only what cannot be.
func (p Point) LooksSwapped() bool { return !inChina(p.Lat, p.Lon) && inChina(p.Lon, p.Lat) }

// Distance returns the metres between two points along a great circle of a sphere with the mean radius of the earth
// (haversine; within 0.6 % of the ellipsoid). Datums are brought to WGS-84 first when they differ.
func Distance(a, b Point) float64 {
	if a.Datum != b.Datum {
		a, b = a.WGS84(), b.WGS84()
	}
	return distance(a.Lat, a.Lon, b.Lat, b.Lon)
}

func distance(latA, lonA, latB, lonB float64) float64 {
	const radius = 6371008.8
	la, lb := latA*math.Pi/180, latB*math.Pi/180
	s, t := math.Sin((lb-la)/2), math.Sin((lonB-lonA)*math.Pi/360)
	h := s*s + math.Cos(la)*math.Cos(lb)*t*t
	return 2 * radius * math.Asin(math.Sqrt(min(1, h)))
}
