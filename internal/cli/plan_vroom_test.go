package cli

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"strings"
	"testing"
)

const twoJobs = `{"vehicles": [{"id": 3, "start_index": 0, "end_index": 0, "skills": [1], "breaks": [{"id": 1, "service": 60, "time_windows": [[100, 200]]}]}],
	"jobs": [{"id": 5, "location_index": 1, "service": 30}, {"id": 6, "location_index": 1, "skills": [2]}],
	"matrices": {"car": {"durations": [[0, 50], [70, 0]]}}}`

// TestPlanVroom plans a file, a packed file and standard input, without an installation.
func TestPlanVroom(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte(twoJobs)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, file, in string }{
		{"file", p.file("two.json", []byte(twoJobs)), ""},
		{"packed, under a plain name", p.file("two.json", packed.Bytes()), ""},
		{"standard input", "-", twoJobs},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out, errOut bytes.Buffer
			if status := Main([]string{"plan", "--format", "vroom", "--time", "50ms", "--threads", "2", "--seed", "4", tt.file}, strings.NewReader(tt.in), &out, &errOut); status != 0 {
				t.Fatalf("status %d\n%s", status, errOut.String())
			}
			var got struct {
				Summary    struct{ Duration, Service, Routes int }
				Unassigned []struct {
					ID   int
					Type string
				}
				Routes []struct {
					Vehicle int
					Steps   []struct{ Type string }
				}
				Reasons map[string][]struct{ Rule string }
			}
			if err := json.Unmarshal(out.Bytes(), &got); err != nil {
				t.Fatalf("%v in %s", err, out.String())
			}
			if got.Summary.Duration != 120 || got.Summary.Service != 90 || len(got.Routes) != 1 || got.Routes[0].Vehicle != 3 || len(got.Routes[0].Steps) != 4 {
				t.Errorf("planned %+v", got)
			}
			if len(got.Unassigned) != 1 || got.Unassigned[0].ID != 6 || got.Unassigned[0].Type != "job" {
				t.Errorf("unassigned %+v, want job 6", got.Unassigned)
			}
		})
	}
}

// TestPlanVroomRefuses shows what a wrong call and a wrong file say.
func TestPlanVroomRefuses(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	good := p.file("good.json", []byte(twoJobs))
	p.refuse(1, "--format", "plan", "--format", "solomon", good)
	p.refuse(2, "Usage", "plan", "--format", "vroom")
	p.refuse(1, "--time", "plan", "--format", "vroom", "--time", "0s", good)
	p.refuse(1, "--threads", "plan", "--format", "vroom", "--threads", "0", good)
	p.refuse(1, "no such file", "plan", "--format", "vroom", "/nowhere.json")
	p.refuse(1, "no JSON at line 1", "plan", "--format", "vroom", "-")
	p.refuse(1, "jobs[1].skills[0]: is a string", "plan", "--format", "vroom", p.file("bad.json", []byte(strings.Replace(twoJobs, `"skills": [2]`, `"skills": ["two"]`, 1))))
	p.refuse(1, "unpack", "plan", "--format", "vroom", p.file("bad.gz", []byte{0x1f, 0x8b, 1, 2}))
	p.refuse(2, "Usage", "plan", good)

	var out, errOut bytes.Buffer
	if status := Main([]string{"plan", "--format", "vroom", "-"}, strings.NewReader(`{"vehicles": 3}`), &out, &errOut); status != 1 || out.String() != `{"code":2,"error":"-: vehicles: is a number, not an array"}`+"\n" {
		t.Errorf("status %d, printed %q", status, out.String())
	}
}
