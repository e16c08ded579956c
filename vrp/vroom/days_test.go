package vroom_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"strings"
	"testing"

	"anxin/vrp"
	"anxin/vrp/vroom"
)

var (
	oddDays = flag.Int("odd.days", 60, "how many odd days are planned")
	oddFrom = flag.Uint64("odd.from", 1, "seed of the first odd day")
	oddSize = flag.Int("odd.size", 40, "how many jobs an odd day has at most")
)

// TestOddDays plans days that the published ones are unlike, has each plan judged by the rules and each print by the
// form, and plans it again for the same print.
func TestOddDays(t *testing.T) {
	t.Parallel()
	planDays(t, func(seed uint64) form {
		jobs := int(seed*7919)%*oddSize + 1
		return odd(seed, jobs, 1+jobs/(2+int(seed%9)))
	})
}

// TestAllDiffer plans such days with vehicles none of which costs or travels as another.
func TestAllDiffer(t *testing.T) {
	t.Parallel()
	planDays(t, func(seed uint64) form {
		jobs := int(seed*7919)%*oddSize + 1
		day := odd(seed, jobs, 9+jobs/3)
		for i := range day.Vehicles {
			v := &day.Vehicles[i]
			v.Speed = []float64{0, 0.8, 1.25, 0.97}[i*int(seed)%4]
			m, known := day.Matrices[v.Profile]
			if known && m.Costs != nil {
				continue
			}
			v.Costs = map[string]int64{"fixed": int64(i % 3 * 500), "per_hour": int64(i*i) * 17, "per_task_hour": int64(i % 2 * 900)}
			if m.Distances != nil || !known {
				v.Costs["per_km"] = int64(i * 7)
			}
		}
		return day
	})
}

func planDays(t *testing.T, draw func(seed uint64) form) {
	served := 0
	for seed := *oddFrom; seed < *oddFrom+uint64(*oddDays); seed++ {
		day := draw(seed)
		text, err := json.Marshal(day)
		if err != nil {
			t.Fatal(err)
		}
		printed := func() []byte {
			in, err := vroom.Read(text)
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			s, err := vrp.Solve(in.Problem, vrp.Options{Seed: seed, Iterations: 300, Threads: 1 + int(seed%2), Start: in.Start})
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			for _, v := range vrp.Check(in.Problem, s) {
				t.Errorf("seed %d: %v", seed, v)
			}
			var b bytes.Buffer
			if err := in.Write(&b, s, vroom.Times{}); err != nil {
				t.Fatal(err)
			}
			return b.Bytes()
		}
		first := printed()
		if again := printed(); !bytes.Equal(first, again) {
			t.Errorf("seed %d: another plan the second time", seed)
		}
		var out told
		if err := json.Unmarshal(first, &out); err != nil {
			t.Fatal(err)
		}
		for _, fault := range faultsOf(day, out) {
			t.Errorf("seed %d: %s", seed, fault)
		}
		served += len(day.Jobs) + 2*len(day.Shipments) - out.Summary.Unassigned
	}
	if served < 5**oddDays {
		t.Error(fmt.Sprint("only ", served, " tasks served"))
	}
}

// TestKinds shares the seconds of vehicles that differ in costs alone, and all of their ways where they are many, and refuses more
// speeds than there is room for.
func TestKinds(t *testing.T) {
	t.Parallel()
	text := func(vehicles, jobs int, faster float64) string {
		var b strings.Builder
		for i := range vehicles {
			fmt.Fprintf(&b, `, {"id": %d, "start": [2, 48], "speed_factor": %g, "costs": {"per_hour": %d}}`, i, 0.8+float64(i)*faster, i+1)
		}
		out := `{"vehicles": [` + b.String()[2:] + `], "jobs": [`
		b.Reset()
		for i := range jobs {
			fmt.Fprintf(&b, `, {"id": %d, "location": [%g, 48]}`, i, 2+float64(i+1)/1000)
		}
		return out + b.String()[2:] + `]}`
	}
	p := read(t, "\ufeff"+text(2, 3, 0)).Problem
	if a, b := p.Travel[0], p.Travel[1]; len(p.Travel) != 2 || &a.Seconds[0] != &b.Seconds[0] || 2*a.Cost[1] != b.Cost[1] {
		t.Errorf("%d kinds of travel: %v, %v", len(p.Travel), a, b)
	}
	if p := read(t, text(600, 1000, 0)).Problem; len(p.Travel) != 1 || !p.Travel[0].Unweighed || 2*p.Engineers[0].Costs.PerTravelHour != p.Engineers[1].Costs.PerTravelHour {
		t.Errorf("600 vehicles: %d matrices", len(p.Travel))
	}
	const want = "vehicles: differ in profile and speed_factor in 600 ways, too many between 1001 places"
	if _, err := vroom.Read([]byte(text(600, 1000, 0.001))); err == nil || err.Error() != want {
		t.Errorf("600 kinds: %v, want %s", err, want)
	}
}

// TestDearWays tells what ways cost that are dearer than the search counts.
func TestDearWays(t *testing.T) {
	t.Parallel()
	one := 1
	day := form{
		Vehicles: []formVehicle{{ID: 1, Profile: "car", StartIndex: new(int), EndIndex: new(int), Costs: map[string]int64{"per_hour": 1 << 31, "per_km": 1 << 31}}},
		Jobs:     []formJob{{ID: 1, formPlace: formPlace{Index: &one}}},
		Matrices: map[string]formMatrix{"car": {Durations: [][]int64{{0, 7200}, {7200, 0}}, Distances: [][]int64{{0, 9000}, {9000, 0}}}},
	}
	text, err := json.Marshal(day)
	if err != nil {
		t.Fatal(err)
	}
	in := read(t, string(text))
	s, err := vrp.Solve(in.Problem, vrp.Options{Iterations: 10})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := in.Write(&b, s, vroom.Times{}); err != nil {
		t.Fatal(err)
	}
	var out told
	if err := json.Unmarshal(b.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	if faults := faultsOf(day, out); len(faults) > 0 || out.Summary.Cost != 22<<31 { // four hours and 18 km
		t.Errorf("%d: %v", out.Summary.Cost, faults)
	}
}
