package geo

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// Profile is how somebody travels.
type Profile string

// Profiles the built-in providers know.
const (
	ProfileCar   Profile = "car"
	ProfileEBike Profile = "ebike"
)

// TimeSlice is a part of the day with traffic of its own.
type TimeSlice string

// Time slices; SliceOf tells which one an instant falls into.
const (
	SlicePeak  TimeSlice = "peak"  // working days 7:00–9:30 and 17:00–19:30
	SliceDay   TimeSlice = "day"   // the rest of 6:00–22:00
	SliceNight TimeSlice = "night" // 22:00–6:00
)

// SliceOf returns the slice of a wall clock time at the place. workday comes from the calendar: a Saturday may be one.
func SliceOf(local time.Time, workday bool) TimeSlice {
	m := local.Hour()*60 + local.Minute()
	switch {
	case m < 6*60 || m >= 22*60:
		return SliceNight
	case workday && (m >= 7*60 && m < 9*60+30 || m >= 17*60 && m < 19*60+30):
		return SlicePeak
	}
	return SliceDay
}

// Unreachable stands in a Matrix where no way is known.
const Unreachable = math.MaxInt32

// Matrix holds travel from each origin (row) to each destination (column). It need not be symmetric.
type Matrix struct {
	Rows, Columns int
	Seconds       []int32 // row by row
	Metres        []int32
	// Guessed marks the legs that stand in for what a routing service could not tell; nil: none.
	Guessed []bool
}

// NewMatrix returns a matrix with every pair unreachable.
func NewMatrix(rows, columns int) *Matrix {
	m := &Matrix{Rows: rows, Columns: columns, Seconds: make([]int32, rows*columns), Metres: make([]int32, rows*columns)}
	for i := range m.Seconds {
		m.Seconds[i], m.Metres[i] = Unreachable, Unreachable
	}
	return m
}

// At returns seconds and metres from origin i to destination j.
func (m *Matrix) At(i, j int) (seconds, metres int32) {
	k := i*m.Columns + j
	return m.Seconds[k], m.Metres[k]
}

func (m *Matrix) set(i, j int, seconds, metres int32) {
	k := i*m.Columns + j
	m.Seconds[k], m.Metres[k] = seconds, metres
}

// Travel tells travel times. Implementations are safe for concurrent use, give the same answer to the same question
// within a plan, and fill 0 where origin and destination are one point.
type Travel interface {
	// Matrix answers for every pair of origin and destination. A pair without a way is Unreachable, not an error.
	Matrix(ctx context.Context, profile Profile, departures TimeSlice, from, to []Point) (*Matrix, error)
}

// Around answers from a place to others, in one row, and back, in one column. What estimates both directions alike is asked
// once.
func Around(ctx context.Context, t Travel, profile Profile, departures TimeSlice, place Point, others []Point) (to, from *Matrix, err error) {
	here := []Point{place}
	if to, err = t.Matrix(ctx, profile, departures, here, others); err != nil {
		return nil, nil, err
	}
	if _, ok := t.(*Straight); ok {
		return to, &Matrix{Rows: to.Columns, Columns: 1, Seconds: to.Seconds, Metres: to.Metres}, nil
	}
	from, err = t.Matrix(ctx, profile, departures, others, here)
	return to, from, err
}

// ErrTravel is wrapped by errors of providers that cannot answer at all: an unknown profile, a service that is down.
var ErrTravel = errors.New("no travel times")

// maxPairs bounds one question, 100 MB of answer.
const maxPairs = 12_500_000

func checkPairs(from, to []Point) error {
	if len(to) > 0 && len(from) > maxPairs/len(to) {
		return fmt.Errorf("%d × %d pairs: %w", len(from), len(to), ErrTravel)
	}
	return nil
}

// travelKey is a point at about a metre's grain, in WGS-84; points closer than that are one place.
type travelKey struct{ lat, lon int32 }

func keyOf(p Point) travelKey {
	p = p.WGS84()
	return travelKey{int32(math.Round(p.Lat * 1e5)), int32(math.Round(p.Lon * 1e5))}
}
