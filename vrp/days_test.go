package vrp_test

import (
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"anxin/vrp"
)

var (
	daySeconds = flag.Float64("day.seconds", 0, "CPU seconds to plan each engineers' day for; 0 plans none")
	dayNames   = flag.String("day.names", "abc", "which days")
	daySeed    = flag.Uint64("day.seed", 1, "seed of the days")
)

// dayFile is what the engineers' days have of VROOM's form.
type dayFile struct {
	Vehicles []struct {
		ID         int
		StartIndex int `json:"start_index"`
		EndIndex   int `json:"end_index"`
		Skills     []int
		TimeWindow [2]int64 `json:"time_window"`
		Breaks     []struct {
			TimeWindows [][2]int64 `json:"time_windows"`
			Service     int64
		}
		Capacity []int64
	}
	Jobs      []dayJob
	Shipments []struct {
		Amount           []int64
		Skills           []int
		Priority         int64
		Pickup, Delivery dayJob
	}
	Matrices map[string]struct{ Durations [][]int32 }
}

type dayJob struct {
	ID            int
	LocationIndex int `json:"location_index"`
	Service       int64
	Skills        []int
	Priority      int64
	TimeWindows   [][2]int64 `json:"time_windows"`
	Delivery      []int64
}

func readDay(t *testing.T, name string) *vrp.Problem {
	t.Helper()
	data := os.Getenv("ANXIN_BENCH")
	if data == "" {
		data = filepath.Join("..", "..", "shared", "bench")
	}
	f, err := os.Open(filepath.Join(data, "technician", name))
	if err != nil {
		t.Skipf("no benchmark data: %v", err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var d dayFile
	if err := json.NewDecoder(z).Decode(&d); err != nil {
		t.Fatal(err)
	}
	p := &vrp.Problem{}
	for _, m := range d.Matrices {
		p.Places = len(m.Durations)
		var to vrp.Matrix
		for _, row := range m.Durations {
			to.Seconds = append(to.Seconds, row...)
		}
		p.Travel = append(p.Travel, to)
	}
	windows := func(in [][2]int64) (out []vrp.Window) {
		for _, w := range in {
			out = append(out, vrp.Window{From: w[0], To: w[1]})
		}
		return out
	}
	job := func(kind string, j dayJob, skills []int, priority int64) vrp.Job {
		out := vrp.Job{ID: fmt.Sprint(kind, j.ID), Place: j.LocationIndex, Service: j.Service, Priority: priority, Windows: windows(j.TimeWindows), Takes: j.Delivery}
		for _, s := range skills {
			out.Needs = append(out.Needs, vrp.Need{Skill: fmt.Sprint(s)})
		}
		return out
	}
	for _, j := range d.Jobs {
		p.Jobs = append(p.Jobs, job("job ", j, j.Skills, j.Priority))
	}
	for _, s := range d.Shipments {
		p.Shipments = append(p.Shipments, vrp.Shipment{Pickup: job("pickup ", s.Pickup, nil, 0), Delivery: job("delivery ", s.Delivery, s.Skills, s.Priority), Amount: s.Amount})
	}
	for _, v := range d.Vehicles {
		e := vrp.Engineer{ID: fmt.Sprint(v.ID), Capacity: v.Capacity}
		for _, s := range v.Skills {
			e.Skills = append(e.Skills, vrp.Skill{Code: fmt.Sprint(s), Level: 1})
		}
		shift := vrp.Shift{Window: vrp.Window{From: v.TimeWindow[0], To: v.TimeWindow[1]}, Start: v.StartIndex, End: v.EndIndex}
		for _, b := range v.Breaks {
			shift.Breaks = append(shift.Breaks, vrp.Break{Windows: windows(b.TimeWindows), Length: b.Service})
		}
		e.Shifts = []vrp.Shift{shift}
		p.Engineers = append(p.Engineers, e)
	}
	return p
}

// cpu is the processor time of the process in seconds.
func cpu(t *testing.T) float64 {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

// TestDays plans the engineers' days: shortly for the rules, or for -day.seconds.
func TestDays(t *testing.T) {
	for _, name := range []string{"tech_a_1000x120", "tech_b_1000x100_over", "tech_c_300x40_parts"} {
		t.Run(name, func(t *testing.T) {
			if key := name[5:6]; !strings.Contains(*dayNames, key) {
				t.Skip("not asked for")
			}
			p := readDay(t, name+".json.gz")
			o := vrp.Options{Seed: *daySeed, Iterations: 300}
			begin := cpu(t)
			iterations := 0
			if *daySeconds > 0 {
				o.Iterations = 0
				o.Spent = func() float64 { return (cpu(t) - begin) / *daySeconds }
				o.Progress = func(f vrp.Progress) { iterations = f.Iterations }
			}
			s, err := vrp.Solve(p, o)
			if err != nil {
				t.Fatal(err)
			}
			spent := cpu(t) - begin
			for _, v := range vrp.Check(p, s) {
				t.Error(v)
			}
			t.Logf("%.1f s, best after %d iterations: %d unserved, %d served by priority, %d s of travel", spent, iterations, s.Cost.Unserved, s.Cost.PriorityServed, s.Cost.Travel)
		})
	}
}
