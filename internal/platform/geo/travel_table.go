package geo

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// Table answers from a matrix read beforehand, from a road network computed elsewhere. Points are matched to about a
// metre, in WGS-84.
type Table struct {
	legs map[tableKey]leg
	// Fallback answers pairs the table lacks; nil leaves them Unreachable.
	Fallback Travel
}

type tableKey struct {
	profile  Profile
	slice    TimeSlice
	from, to travelKey
}

type leg struct{ seconds, metres int32 }

// maxTableLegs bounds what a file may hold, about 200 MB.
const maxTableLegs = 3_000_000

// ReadTableCSV reads a table with the columns from_lat, from_lon, to_lat, to_lon, seconds, metres and, optionally,
// profile and slice, in any order. Without a profile a row is for cars, without a slice for all of them. Degrees are
// WGS-84. A later row replaces an earlier one.
func ReadTableCSV(r io.Reader) (*Table, error) {
	cr := csv.NewReader(r)
	cr.ReuseRecord, cr.TrimLeadingSpace = true, true
	head, err := cr.Read()
	if err != nil {
		return nil, fmt.Errorf("travel table: %w", err)
	}
	at := map[string]int{}
	for i, h := range head {
		at[strings.ToLower(strings.Trim(h, "\ufeff \t"))] = i
	}
	for _, name := range []string{"from_lat", "from_lon", "to_lat", "to_lon", "seconds", "metres"} {
		if _, ok := at[name]; !ok {
			return nil, fmt.Errorf("travel table: no column %s", name)
		}
	}
	t := &Table{legs: map[tableKey]leg{}}
	for {
		row, err := cr.Read()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return nil, fmt.Errorf("travel table: %w", err)
		}
		line, _ := cr.FieldPos(0)
		number := func(name string) float64 {
			v, perr := strconv.ParseFloat(strings.TrimSpace(row[at[name]]), 64)
			if perr != nil && err == nil {
				err = fmt.Errorf("travel table line %d: %s is no number", line, name)
			}
			return v
		}
		text := func(name, absent string) string {
			if i, ok := at[name]; ok && strings.TrimSpace(row[i]) != "" {
				return strings.TrimSpace(row[i])
			}
			return absent
		}
		from := Point{Lat: number("from_lat"), Lon: number("from_lon"), Datum: WGS84}
		to := Point{Lat: number("to_lat"), Lon: number("to_lon"), Datum: WGS84}
		seconds, metres := number("seconds"), number("metres")
		if err != nil {
			return nil, err
		}
		if err := t.add(Profile(text("profile", string(ProfileCar))), TimeSlice(text("slice", "")), from, to, seconds, metres); err != nil {
			return nil, fmt.Errorf("travel table line %d: %w", line, err)
		}
	}
}

// tableJSON is the document ReadTableJSON takes.
type tableJSON struct {
	Profile Profile   `json:"profile"`
	Slice   TimeSlice `json:"slice"`
	Points  []struct {
		Lat float64 `json:"lat"`
		Lon float64 `json:"lon"`
	} `json:"points"`
	Seconds [][]*float64 `json:"seconds"`
	Metres  [][]*float64 `json:"metres"`
}

// ReadTableJSON reads one or several square matrices: {"profile", "slice", "points": [{"lat", "lon"}], "seconds": [[…]],
// "metres": [[…]]}, alone or in an array. null stands for no way; profile and slice are optional as in ReadTableCSV.
func ReadTableJSON(r io.Reader) (*Table, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("travel table: %w", err)
	}
	var docs []tableJSON
	if strings.HasPrefix(strings.TrimSpace(string(raw[:min(len(raw), 64)])), "[") {
		err = json.Unmarshal(raw, &docs)
	} else {
		docs = make([]tableJSON, 1)
		err = json.Unmarshal(raw, &docs[0])
	}
	if err != nil {
		return nil, fmt.Errorf("travel table: %w", err)
	}
	t := &Table{legs: map[tableKey]leg{}}
	for k, d := range docs {
		if d.Profile == "" {
			d.Profile = ProfileCar
		}
		n := len(d.Points)
		if len(d.Seconds) != n || len(d.Metres) != n {
			return nil, fmt.Errorf("travel table matrix %d: %d points, %d and %d rows", k, n, len(d.Seconds), len(d.Metres))
		}
		for i, p := range d.Points {
			if len(d.Seconds[i]) != n || len(d.Metres[i]) != n {
				return nil, fmt.Errorf("travel table matrix %d row %d: %d and %d columns, want %d", k, i, len(d.Seconds[i]), len(d.Metres[i]), n)
			}
			from := Point{Lat: p.Lat, Lon: p.Lon, Datum: WGS84}
			for j, q := range d.Points {
				s, m := d.Seconds[i][j], d.Metres[i][j]
				if s == nil || m == nil {
					continue
				}
				if err := t.add(d.Profile, d.Slice, from, Point{Lat: q.Lat, Lon: q.Lon, Datum: WGS84}, *s, *m); err != nil {
					return nil, fmt.Errorf("travel table matrix %d at %d, %d: %w", k, i, j, err)
				}
			}
		}
	}
	return t, nil
}

func (t *Table) add(profile Profile, slice TimeSlice, from, to Point, seconds, metres float64) error {
	for _, p := range []Point{from, to} {
		if err := p.Check(); err != nil {
			return err
		}
	}
	for _, v := range []float64{seconds, metres} {
		if !(v >= 0 && v < Unreachable) { // also refuses NaN
			return fmt.Errorf("%g is no time or distance", v)
		}
	}
	if len(t.legs) >= maxTableLegs {
		return fmt.Errorf("more than %d legs", maxTableLegs)
	}
	t.legs[tableKey{profile, slice, keyOf(from), keyOf(to)}] = leg{int32(math.Ceil(seconds)), int32(math.Ceil(metres))}
	return nil
}

// Len returns how many legs the table holds.
func (t *Table) Len() int { return len(t.legs) }

// Matrix implements Travel. A row for the slice goes before one for all slices.
func (t *Table) Matrix(ctx context.Context, profile Profile, departures TimeSlice, from, to []Point) (*Matrix, error) {
	if err := checkPairs(from, to); err != nil {
		return nil, err
	}
	m := NewMatrix(len(from), len(to))
	columns := make([]travelKey, len(to))
	for j, p := range to {
		columns[j] = keyOf(p)
	}
	missing := false
	for i, p := range from {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		row := keyOf(p)
		for j, column := range columns {
			if row == column {
				m.set(i, j, 0, 0)
				continue
			}
			l, ok := t.legs[tableKey{profile, departures, row, column}]
			if !ok {
				l, ok = t.legs[tableKey{profile, "", row, column}]
			}
			if !ok {
				missing = true
				continue
			}
			m.set(i, j, l.seconds, l.metres)
		}
	}
	if !missing || t.Fallback == nil {
		return m, nil
	}
	other, err := t.Fallback.Matrix(ctx, profile, departures, from, to)
	if err != nil {
		return nil, err
	}
	for k := range m.Seconds {
		if m.Seconds[k] == Unreachable {
			m.Seconds[k], m.Metres[k] = other.Seconds[k], other.Metres[k]
		}
	}
	return m, nil
}
