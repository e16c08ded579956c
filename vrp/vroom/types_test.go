package vroom_test

import (
	"strings"
	"testing"

	"anxin/vrp"
	"anxin/vrp/vroom"
)

// TestTypes plans with times by type of vehicle and bounds of the load during a break.
func TestTypes(t *testing.T) {
	t.Parallel()
	text := func(kind, load string) string {
		return `{"vehicles": [{"id": 1, "start_index": 0, "end_index": 0, "capacity": [2], "time_window": [0, 400], "type": "` + kind + `",
				"breaks": [{"id": 3, "time_windows": [[0, 120]], "service": 30, "max_load": ` + load + `}]}],
			"jobs": [{"id": 4, "location_index": 1, "service": 60, "setup": 9, "delivery": [2], "service_per_type": {"van": 40, "bike": 90}, "setup_per_type": {"bike": 5}}],
			"matrices": {"car": {"durations": [[0, 50], [50, 0]]}}}`
	}
	for _, tt := range []struct {
		kind, load     string
		service, setup string
		first          string // after the start
	}{
		{"", "[2]", `"service":60`, `"setup":9`, `"type":"break"`},
		{"van", "[2]", `"service":40`, `"setup":9`, `"type":"break"`},
		{"bike", "[2]", `"service":90`, `"setup":5`, `"type":"break"`},
		{"truck", "[2]", `"service":60`, `"setup":9`, `"type":"break"`},
		{"van", "[1]", `"service":40`, `"setup":9`, `"type":"job"`}, // the van is empty at 99
		{"bike", "[1]", "", "", ""},                                 // at 145, which is too late for the break
	} {
		in := read(t, text(tt.kind, tt.load))
		s, err := vrp.Solve(in.Problem, vrp.Options{Iterations: 20})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range vrp.Check(in.Problem, s) {
			t.Error(v)
		}
		var b strings.Builder
		if err := in.Write(&b, s, vroom.Times{}); err != nil {
			t.Fatal(err)
		}
		out := b.String()
		if tt.service == "" {
			if s.Cost.Served != 0 {
				t.Errorf("%q %s: %s", tt.kind, tt.load, out)
			}
			continue
		}
		_, steps, _ := strings.Cut(out, `"steps":[`)
		_, second, _ := strings.Cut(steps, `},{`)
		if !strings.HasPrefix(second, tt.first) || !strings.Contains(steps, tt.setup+","+tt.service) {
			t.Errorf("%q %s: %s, want %s %s and %s first", tt.kind, tt.load, steps, tt.setup, tt.service, tt.first)
		}
	}
	for name, tt := range map[string][2]string{
		"a load of other length": {text("van", "[1, 2]"), "vehicles[0].breaks[0].max_load: has 2 numbers"},
		"no time":                {strings.Replace(text("van", "[1]"), `"bike": 90`, `"bike": -1`, 1), "jobs[0].service_per_type.bike"},
	} {
		if _, err := vroom.Read([]byte(tt[0])); err == nil || !strings.Contains(err.Error(), tt[1]) {
			t.Errorf("%s: %v, want %s", name, err, tt[1])
		}
	}
}
