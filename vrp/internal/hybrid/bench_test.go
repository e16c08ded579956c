package hybrid

import (
	"bufio"
	"encoding/csv"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The published instances are read from ANXIN_BENCH, by default the folder
// shared/bench beside the repository; measuring them is asked for by flag:
//
//	go test ./vrp/internal/hybrid -run TestPublished -set hard12 -seconds 1 -v
var (
	benchSet     = flag.String("set", "", "instances to measure: solomon, gh200, gh1000, hard12, six200 or names with commas")
	benchSeconds = flag.Float64("seconds", 1, "CPU seconds an instance")
	benchTune    = flag.String("tune", "", "numbers of the search to change, name=value with commas")
	benchSeed    = flag.Uint64("seed", 1, "seed")
)

var benchSets = map[string]string{
	"hard12": "C104,C109,C203,R104,R112,R201,R204,R210,RC104,RC108,RC204,RC208",
	"six200": "C1_2_4,C2_2_8,R1_2_4,R2_2_5,RC1_2_8,RC2_2_4",
}

func TestPublished(t *testing.T) {
	if *benchSet == "" {
		t.Skip("no -set of published instances asked for")
	}
	folder := benchFolder(t)
	known := bestKnown(t, folder)
	sum, count := 0.0, 0
	for _, path := range benchFiles(t, folder) {
		name := strings.TrimSuffix(filepath.Base(path), ".txt")
		p := readSolomon(t, path)
		limit := time.Duration(*benchSeconds * float64(time.Second))
		debug.FreeOSMemory()
		from := cpuTime()
		rounds := 0
		o := Options{
			Seed: *benchSeed, tuning: benchTuning(t, p),
			Stop:  func() bool { rounds++; return cpuTime()-from >= limit },
			Spent: func() float64 { return float64(cpuTime()-from) / float64(limit) },
		}
		best, err := Solve(p, o)
		took := cpuTime() - from
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if cost, fault := judge(p, best); fault != "" || cost != best.Cost || !best.Complete {
			t.Errorf("%s: cost %d, the checker says %d, %q, complete %t", name, best.Cost, cost, fault, best.Complete)
		}
		gap := 100 * (float64(best.Cost)/10/known[name] - 1)
		sum += gap
		count++
		t.Logf("%-9s %9.1f best %9.1f gap %6.2f%% routes %3d rounds %7d cpu %.2f s", name, float64(best.Cost)/10, known[name], gap, len(best.Routes), rounds, took.Seconds())
	}
	t.Logf("%s: %d instances, mean gap %.3f%% at %g CPU s", *benchSet, count, sum/float64(count), *benchSeconds)
}

// benchTuning is the tuning for p with the changes asked for.
func benchTuning(t *testing.T, p *Problem) *tuning {
	t.Helper()
	d, err := compile(p, nil)
	if err != nil {
		t.Fatal(err)
	}
	n := tuned(d)
	fields := map[string]any{
		"neighbours": &n.neighbours, "removed": &n.removed, "longest": &n.longest, "whole": &n.whole,
		"hot": &n.hot, "cold": &n.cold, "start": &n.start, "sound": &n.sound, "stars": &n.stars,
	}
	for change := range strings.SplitSeq(*benchTune, ",") {
		name, value, ok := strings.Cut(change, "=")
		if !ok {
			continue
		}
		if _, err := fmt.Sscan(value, fields[name]); err != nil {
			t.Fatalf("-tune %s: %v", change, err)
		}
	}
	return &n
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func benchFolder(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("ANXIN_BENCH")
	if folder == "" {
		at, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil || at == filepath.Dir(at) {
				break
			}
			at = filepath.Dir(at)
		}
		folder = filepath.Join(at, "..", "shared", "bench")
	}
	folder = filepath.Join(folder, "vrptw")
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("no published instances: %v", err)
	}
	return folder
}

func benchFiles(t *testing.T, folder string) []string {
	t.Helper()
	names := *benchSet
	if list, ok := benchSets[names]; ok {
		names = list
	}
	var files []string
	for name := range strings.SplitSeq(names, ",") {
		pattern := filepath.Join(folder, "*", name+".txt")
		if _, err := os.Stat(filepath.Join(folder, name)); err == nil {
			pattern = filepath.Join(folder, name, "*.txt")
		}
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("no instances %q", name)
		}
		slices.Sort(found)
		files = append(files, found...)
	}
	return files
}

func bestKnown(t *testing.T, folder string) map[string]float64 {
	t.Helper()
	f, err := os.Open(filepath.Join(folder, "bks.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]float64{}
	col := slices.Index(rows[0], "bks_distance_dimacs")
	for _, row := range rows[1:] {
		if v, err := strconv.ParseFloat(row[col], 64); err == nil {
			known[row[0]] = v
		}
	}
	return known
}

// readSolomon reads an instance; times and distances are in tenths, each
// leg truncated.
func readSolomon(t *testing.T, path string) *Problem {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var rows [][]int64
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var row []int64
		for _, field := range strings.Fields(lines.Text()) {
			v, err := strconv.ParseInt(field, 10, 64)
			if err != nil {
				row = nil
				break
			}
			row = append(row, v)
		}
		if len(row) > 0 {
			rows = append(rows, row)
		}
	}
	if err := lines.Err(); err != nil || len(rows) < 3 {
		t.Fatalf("%s: %v, %d rows", path, err, len(rows))
	}
	fleet, points := rows[0], rows[1:]
	m := len(points)
	p := &Problem{Places: m, Matrices: []Matrix{{Duration: make([]int32, m*m)}}}
	for i, a := range points {
		for j, b := range points {
			p.Matrices[0].Duration[i*m+j] = int32(10 * math.Hypot(float64(a[1]-b[1]), float64(a[2]-b[2])))
		}
	}
	p.Matrices[0].Cost = p.Matrices[0].Duration
	p.Vehicles = []Vehicle{{
		Count: int(fleet[0]), Start: 0, End: 0, ShiftOpen: 10 * points[0][4], ShiftClose: 10 * points[0][5],
		Capacity: []int64{fleet[1]}, PerUnit: 1,
	}}
	for i, c := range points[1:] {
		p.Clients = append(p.Clients, Client{
			Place: i + 1, Demand: []int64{c[3]}, Open: 10 * c[4], Close: 10 * c[5], Service: 10 * c[6], Required: true,
		})
	}
	return p
}

// judge checks a solution by the rules alone and prices it, simulating each
// route from every departure that could matter.
func judge(p *Problem, s Solution) (int64, string) {
	seen := make([]int, len(p.Clients))
	used := make([]int, len(p.Vehicles))
	cost := int64(0)
	for i, r := range s.Routes {
		price, fault := judgeRoute(p, r)
		if fault != "" {
			return 0, fmt.Sprintf("route %d: %s", i, fault)
		}
		cost += price
		used[r.Vehicle]++
		for _, c := range r.Clients {
			seen[c]++
		}
	}
	for v, count := range used {
		if count > p.Vehicles[v].Count {
			return 0, fmt.Sprintf("vehicle %d is used %d times", v, count)
		}
	}
	for _, c := range s.Unserved {
		seen[c]++
		if !p.Clients[c].Required {
			cost += p.Clients[c].Prize
		} else if s.Complete {
			return 0, fmt.Sprintf("client %d is required and unserved", c)
		}
	}
	for c, times := range seen {
		if times != 1 {
			return 0, fmt.Sprintf("client %d is there %d times", c, times)
		}
	}
	return cost, ""
}

func judgeRoute(p *Problem, r Route) (int64, string) {
	v := p.Vehicles[r.Vehicle]
	m := p.Matrices[v.Matrix]
	load := make([]int64, len(v.Capacity))
	cost := v.Fixed
	at := v.Start
	if len(r.Clients) == 0 || (v.MaxStops > 0 && len(r.Clients) > v.MaxStops) {
		return 0, fmt.Sprintf("%d stops", len(r.Clients))
	}
	for _, c := range r.Clients {
		client := p.Clients[c]
		if client.Allowed != nil && client.Allowed[r.Vehicle/64]>>(r.Vehicle%64)&1 == 0 {
			return 0, fmt.Sprintf("client %d is not for vehicle %d", c, r.Vehicle)
		}
		for l, q := range client.Demand {
			if load[l] += q; load[l] > v.Capacity[l] {
				return 0, fmt.Sprintf("load %d in dimension %d", load[l], l)
			}
		}
		cost += v.PerUnit * int64(m.Cost[at*p.Places+client.Place])
		at = client.Place
	}
	if v.End != OpenEnd {
		cost += v.PerUnit * int64(m.Cost[at*p.Places+v.End])
	}
	end, late := drive(p, r, v.ShiftOpen)
	if late > 0 {
		return 0, fmt.Sprintf("late by %d", late)
	}
	if v.PerSecond == 0 {
		return cost, ""
	}
	// Leaving later never ends earlier: the last departure that is not late is the shortest day,
	// or an earlier one that ends at the same time is not.
	low, high := v.ShiftOpen, v.ShiftClose
	for low < high {
		mid := (low + high + 1) / 2
		if _, late := drive(p, r, mid); late > 0 {
			high = mid - 1
		} else {
			low = mid
		}
	}
	shortest := end - v.ShiftOpen
	for from := low; from >= v.ShiftOpen; from-- {
		end, _ := drive(p, r, from)
		shortest = min(shortest, end-from)
		if low-from > 3000 {
			break
		}
	}
	return cost + v.PerSecond*shortest, ""
}

// drive leaves at from and tells when the route ends and by how much it was
// late in all, being taken back to each window it missed.
func drive(p *Problem, r Route, from int64) (end, late int64) {
	v := p.Vehicles[r.Vehicle]
	m := p.Matrices[v.Matrix]
	now, at := from, v.Start
	for _, c := range r.Clients {
		client := p.Clients[c]
		now += int64(m.Duration[at*p.Places+client.Place])
		now = max(now, client.Open, client.Release)
		if now > client.Close {
			late += now - client.Close
			now = client.Close
		}
		now += client.Service
		at = client.Place
	}
	if v.End != OpenEnd {
		now += int64(m.Duration[at*p.Places+v.End])
	}
	if now > v.ShiftClose {
		late += now - v.ShiftClose
		now = v.ShiftClose
	}
	return now, late
}
