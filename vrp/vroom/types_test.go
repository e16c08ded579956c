package vroom_test

import (
	"strings"
	"testing"

	"anxin/vrp"
	"anxin/vrp/vroom"
)

// TestOpen tells where a vehicle without start or end begins and ends, reads what VROOM reads and means the same.
func TestOpen(t *testing.T) {
	t.Parallel()
	in := read(t, `{"vehicles": [{"id": 1, "profile": "", "start": [2, 48, 35.5], "start_index": 0, "capacity": [9], "steps": [{"type": "start"}, {"type": "job", "id": 4, "service_at": 7}]},
			{"id": 2, "end_index": 0, "capacity": [9], "skills": [3]}],
		"jobs": [{"id": 4, "location_index": 1, "amount": [2]}, {"id": 5, "location_index": 2, "location": [2.5, 48.5], "skills": [3], "amount": [5], "pickup": [1]}],
		"matrices": {"car": {"durations": [[0, 50, 60], [50, 0, 70], [60, 70, 0]]}}}`)
	if got := in.Problem.Jobs[1].Takes; got != nil {
		t.Errorf("the old amount counts beside pickup: %v", got)
	}
	s, err := vrp.Solve(in.Problem, vrp.Options{Iterations: 20})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := in.Write(&b, s, vroom.Times{}); err != nil {
		t.Fatal(err)
	}
	out := b.String()
	for _, want := range []string{
		`"steps":[{"type":"start","location":[2,48],"location_index":0,`, `{"type":"end","location_index":1,`,
		`"steps":[{"type":"start","location":[2.5,48.5],"location_index":2,`, `{"type":"end","location_index":0,`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%s lacks %s", out, want)
		}
	}
	if _, err := vroom.Read([]byte(`{"vehicles": [{"id": 1, "start": [2, 48], "steps": [{"type": "start", "service_after": "now"}]}]}`)); err == nil || !strings.HasPrefix(err.Error(), "vehicles[0].steps[0].service_after: is a string") {
		t.Errorf("an instant in words: %v", err)
	}
	b.Reset()
	if err := vroom.WriteError(&b, vroom.CodeInput, &vroom.Error{Where: "jobs[0].id", What: "is negative: -2"}); err != nil || b.String() != `{"code":2,"error":"jobs[0].id: is negative: -2"}`+"\n" {
		t.Errorf("an error reads %q, %v", b.String(), err)
	}
}

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
