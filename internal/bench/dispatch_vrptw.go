package bench

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"anxin/vrp"
	"anxin/vrp/vroom"
)

// vrptw lists a folder of instances in Solomon's form with the best known distances: each way truncated to one
// decimal, as at the DIMACS challenge, and counted here in tenths.
func vrptw(folder string) func(DispatchOptions) ([]instance, error) {
	return func(o DispatchOptions) ([]instance, error) {
		best, err := bestDistances(filepath.Join(o.Bench, "vrptw", "bks.csv"))
		if err != nil {
			return nil, err
		}
		paths, err := filepath.Glob(filepath.Join(o.Bench, "vrptw", folder, "*.txt"))
		if err != nil {
			return nil, err
		}
		if len(paths) == 0 {
			return nil, fmt.Errorf("%s: %w", folder, os.ErrNotExist)
		}
		slices.Sort(paths)
		var out []instance
		for _, path := range paths {
			name := strings.TrimSuffix(filepath.Base(path), ".txt")
			out = append(out, instance{name: name, best: best[name], measure: func(c vrp.Cost) float64 { return float64(c.Travel) / 10 }, load: func() (*vrp.Problem, *vroom.Input, error) {
				p, err := readVRPTW(path)
				return p, nil, err
			}})
		}
		return out, nil
	}
}

// bestDistances reads the values by instance.
func bestDistances(path string) (map[string]float64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	name, value := slices.Index(rows[0], "instance"), slices.Index(rows[0], "bks_distance_dimacs")
	if name < 0 || value < 0 {
		return nil, fmt.Errorf("%s: no columns instance and bks_distance_dimacs", filepath.Base(path))
	}
	out := map[string]float64{}
	for _, row := range rows[1:] {
		if out[row[name]], err = strconv.ParseFloat(row[value], 64); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// readVRPTW reads Solomon's form; times, ways and distances are in tenths.
func readVRPTW(path string) (*vrp.Problem, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var rows [][]int64
	var vehicles, capacity int64
	for line := range strings.Lines(string(text)) {
		row, ok := numbers(line)
		switch {
		case ok && len(row) == 2:
			vehicles, capacity = row[0], row[1]
		case ok && len(row) == 7:
			rows = append(rows, row)
		}
	}
	if vehicles < 1 || len(rows) < 2 {
		return nil, errors.New("no instance in Solomon's form")
	}
	n := len(rows)
	p := &vrp.Problem{Places: n, Travel: []vrp.Matrix{{Seconds: make([]int32, n*n)}}}
	for i, a := range rows {
		for k, b := range rows {
			p.Travel[0].Seconds[i*n+k] = int32(10 * math.Hypot(float64(a[1]-b[1]), float64(a[2]-b[2])))
		}
		if i == 0 {
			continue
		}
		p.Jobs = append(p.Jobs, vrp.Job{
			ID: strconv.FormatInt(a[0], 10), Place: i, Service: 10 * a[6], Windows: []vrp.Window{{From: 10 * a[4], To: 10 * a[5]}}, Takes: []int64{a[3]},
		})
	}
	for i := range vehicles {
		p.Engineers = append(p.Engineers, vrp.Engineer{
			ID: strconv.FormatInt(i, 10), Capacity: []int64{capacity}, Shifts: []vrp.Shift{{Window: vrp.Window{From: 10 * rows[0][4], To: 10 * rows[0][5]}}},
		})
	}
	return p, nil
}

// numbers are those of a line that has nothing else.
func numbers(line string) ([]int64, bool) {
	var out []int64
	for _, field := range strings.Fields(line) {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return nil, false
		}
		out = append(out, n)
	}
	return out, true
}

// unpacked reads a file, unpacking it where its name ends in .gz.
func unpacked(path string) (text []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	if !strings.HasSuffix(path, ".gz") {
		return io.ReadAll(f)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
