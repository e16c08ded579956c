package bench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"anxin/vrp"
)

// published makes folders of tiny instances: one in Solomon's form, one of technicians.
func published(t *testing.T) DispatchOptions {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"vrptw/bks.csv": "instance,set,bks_distance_dimacs\nT1,solomon,16.4\n",
		"vrptw/solomon/T1.txt": "T1\n\nVEHICLE\nNUMBER CAPACITY\n 2 10\n\nCUSTOMER\nCUST NO. XCOORD. YCOORD. DEMAND READY TIME DUE DATE SERVICE TIME\n\n" +
			"0 0 0 0 0 100 0\n1 3 4 5 0 50 10\n2 3 5 5 0 50 10\n",
		"04-routing/trsp-pillac/reference_values.csv": "instance,bks_total_working_time,best_total_working_time_all_served\nT2,18.5,18.0\nR2,,\n",
		"04-routing/trsp-pillac/T2.txt": "T2\n\nINFO\nCREW COUNT\tSKILLS\n2 2\n\nDEPOT TECHNICIANS AND REQUESTS\nID X Y\n" +
			"0 0 0 0 100 0 [] [] []\n1 0 0 0 100 0 [0] [1] [2,1]\n2 0 9 0 100 0 [1] [] [0,0]\n3 0 4 60 70 10 [0] [1] [1,1]\n",
		"04-routing/trsp-pillac/C2.txt": "C2\n\nINFO\nCREW COUNT\n1\n\nDEPOT TECHNICIANS AND REQUESTS\nID\n0 0 0 0 100 0 [] [] []\n1 0 0 0 100 0 [] [] []\n2 0 0 0 100 5.5 [] [] []\n" +
			"\nDISTANCES\n0;1;1;1\n1;1;1;1\n2;1;1;1\nTRAVEL TIMES\n0;0;0;0\n1;0;0;2.25\n2;0;1.5;0\n",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return DispatchOptions{Bench: dir, Data: dir, Seed: 1, Say: t.Logf}
}

// TestDispatchResumes measures a set, and does not measure it again.
func TestDispatchResumes(t *testing.T) { // alone: it counts the process's processor time
	o := published(t)
	o.Sets, o.Seconds, o.Results = []string{"solomon"}, 0.01, filepath.Join(t.TempDir(), "results.jsonl")
	table, err := Dispatch(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	// 5.0 out, 1.0 on and 5.8 back.
	if !strings.Contains(table, "| solomon | T1 |") || !strings.Contains(table, "| 0 | 11.8 | 16.4 | -28.05 | 0 |") {
		t.Errorf("table:\n%s", table)
	}
	said := 0
	o.Say = func(string, ...any) { said++ }
	again, err := Dispatch(t.Context(), o)
	if err != nil || again != table || said > 0 {
		t.Errorf("again, said %d times: %v\n%s", said, err, again)
	}
	o.Sets = []string{"salomon"}
	if _, err := Dispatch(t.Context(), o); err == nil || !strings.Contains(err.Error(), "day a") {
		t.Errorf("an unknown set: %v", err)
	}
}

// TestTRSP reads technicians, their tools and parts, and a matrix of times.
func TestTRSP(t *testing.T) {
	t.Parallel()
	o := published(t)
	dir := filepath.Join(o.Data, "04-routing", "trsp-pillac")
	best, err := workingTimes(filepath.Join(dir, "reference_values.csv"))
	if err != nil || best["T2"] != 18 || best["R2"] != 0 {
		t.Errorf("best known %v, %v; want 18 for T2 alone", best, err)
	}
	read := func(name string) *vrp.Problem {
		text, err := unpacked(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		p, err := readTRSP(string(text))
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Check(); err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := read("T2.txt")
	j, e := p.Jobs[0], p.Engineers[0]
	if len(p.Jobs) != 1 || len(p.Engineers) != 2 || j.Place != 3 || j.Windows[0] != (vrp.Window{From: 60_000, To: 70_000}) || j.Service != 10_000 || len(j.Needs) != 1 || j.Tools[0] != "tool 1" || len(j.Parts) != 2 {
		t.Errorf("request %+v", j)
	}
	if len(e.Skills) != 1 || e.Tools[0] != "tool 1" || e.Parts[0].Count != 2 || e.Shifts[0].Start != 1 || p.Travel[0].Seconds[1*4+3] != 4000 {
		t.Errorf("technician %+v", e)
	}
	if m := read("C2.txt").Travel[0].Seconds; m[1*3+2] != 2250 || m[2*3+1] != 1500 {
		t.Errorf("times %v", m)
	}
}

func TestDispatchTable(t *testing.T) {
	t.Parallel()
	got := dispatchTable([]DispatchResult{
		{Set: "day a", Instance: "x", Seconds: 10, CPU: 10.04, Unserved: 2, Priority: 32920, Value: 545819},
		{Set: "solomon", Instance: "A", Seconds: 1, CPU: 1, Value: 101, Best: 100},
		{Set: "solomon", Instance: "B", Seconds: 1, CPU: 2, Value: 206, Best: 200, Faults: 3},
		{Set: "solomon", Instance: "C", Seconds: 1, CPU: 3, Value: 90, Best: 100, Unserved: 1},
		{Set: "praxedo", Instance: "R1", Seconds: 30, Best: 100, Error: "not supported"},
	})
	for _, want := range []string{
		"| day a | 10.0 | 2 | 32920 | 545,819 | 0 |",
		"| solomon | 2.0 | 3 | 2 | 2.00 | 3.00 | 3 |",
		"| praxedo | 0.0 | 1 | 0 | – | – | 0 |",
		"| solomon | C | 3.0 | 1 | 90.0 | 100.0 |  | 0 |",
		"| 100.0 |  | 0 | not supported |",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestBars(t *testing.T) {
	t.Parallel()
	b := bar{unserved: 2, priority: 1000, travel: 500}
	r := DispatchResult{Tasks: 100, Unserved: 2, Priority: 1000, Value: 500}
	if got := b.misses([]DispatchResult{r}, 0); len(got) > 0 {
		t.Errorf("reached: %v", got)
	}
	r = DispatchResult{Tasks: 100, Unserved: 3, Priority: 990, Value: 505, Faults: 1}
	if got := b.misses([]DispatchResult{r}, 0); len(got) != 4 {
		t.Errorf("all missed: %v", got)
	}
	if got := b.misses([]DispatchResult{r}, 0.1); len(got) != 1 {
		t.Errorf("nearly reached, but for a fault: %v", got)
	}
	mean := []DispatchResult{{Set: "gh200", Seconds: 10, Value: 101, Best: 100}, {Value: 100, Best: 100}}
	if got := barWord(mean); got != "met" {
		t.Errorf("half a per cent: %s", got)
	}
	mean[0].Value = 103
	if got := barWord(mean); got != "not met" {
		t.Errorf("one and a half: %s", got)
	}
	if err := assert(mean); err != nil {
		t.Error(err)
	}
	mean[0].Value = 130
	if err := assert(mean); err == nil {
		t.Error("15 %: no error")
	}
}

// TestCurve draws what a search told, from the first plan to the last.
func TestCurve(t *testing.T) { // alone: it counts the process's processor time
	o := published(t)
	o.Sets, o.Seconds, o.Curve = []string{"solomon"}, 0.05, filepath.Join(t.TempDir(), "curve.svg")
	if _, err := Dispatch(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(o.Curve)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(text); !strings.Contains(got, "solomon, 0.05 s") || !strings.Contains(got, "<polyline") {
		t.Errorf("picture:\n%s", got)
	}
	c := &curve{found: []found{{1, vrp.Progress{Served: 8, Cost: 300}}, {2, vrp.Progress{Served: 10, Cost: 220}}}}
	c.end(DispatchResult{Tasks: 10, Value: 22, Best: 20}, 220)
	if v, ok := c.at(1.5); !ok || v != 70 {
		t.Errorf("after 1.5 s %v, %v; want 50 %% above and 20 %% not served", v, ok)
	}
	if _, ok := c.at(0.5); ok {
		t.Error("a plan before the first")
	}
}
