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
	served := 0
	for seed := *oddFrom; seed < *oddFrom+uint64(*oddDays); seed++ {
		jobs := int(seed*7919)%*oddSize + 1
		day := odd(seed, jobs, 1+jobs/(2+int(seed%9)))
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

// TestKinds shares the seconds of vehicles that differ in costs alone, and refuses more kinds of them than there is room for.
func TestKinds(t *testing.T) {
	t.Parallel()
	text := func(vehicles, jobs int) string {
		var b strings.Builder
		for i := range vehicles {
			fmt.Fprintf(&b, `, {"id": %d, "start": [2, 48], "speed_factor": 0.8, "costs": {"per_hour": %d}}`, i, i+1)
		}
		out := `{"vehicles": [` + b.String()[2:] + `], "jobs": [`
		b.Reset()
		for i := range jobs {
			fmt.Fprintf(&b, `, {"id": %d, "location": [%g, 48]}`, i, 2+float64(i+1)/1000)
		}
		return out + b.String()[2:] + `]}`
	}
	p := read(t, "\ufeff"+text(2, 3)).Problem
	if a, b := p.Travel[0], p.Travel[1]; len(p.Travel) != 2 || &a.Seconds[0] != &b.Seconds[0] || 2*a.Cost[1] != b.Cost[1] {
		t.Errorf("%d kinds of travel: %v, %v", len(p.Travel), a, b)
	}
	const want = "vehicles: differ in profile, speed_factor, per_hour and per_km in 600 ways, too many between 1001 places"
	if _, err := vroom.Read([]byte(text(600, 1000))); err == nil || err.Error() != want {
		t.Errorf("600 kinds: %v, want %s", err, want)
	}
}
