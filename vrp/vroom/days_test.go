package vroom_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
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
		print := func() []byte {
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
		first := print()
		if again := print(); !bytes.Equal(first, again) {
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
