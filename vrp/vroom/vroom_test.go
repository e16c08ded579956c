package vroom_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"anxin/vrp"
	"anxin/vrp/vroom"
)

// small has every key that is read; its ways are 10 s and 100 m from neighbour to neighbour of 0, 1, 2.
const small = `{
	"vehicles": [
		{"id": 7, "description": "van", "profile": "car", "start_index": 0, "end_index": 0, "capacity": [3], "skills": [2, 1], "time_window": [100, 1000],
		 "breaks": [{"id": 4, "description": "tea", "time_windows": [[300, 400], [150, 200]], "service": 30}], "max_tasks": 5, "costs": {"fixed": 40, "per_hour": 7200, "per_km": 10}},
		{"id": 9, "profile": "car", "end": [2.35, 48.7], "end_index": 2, "speed_factor": 0.5},
		{"id": 10, "profile": "car", "start_index": 0, "max_tasks": 0}
	],
	"jobs": [
		{"id": 1, "description": "boiler", "location_index": 1, "setup": 5, "service": 60, "delivery": [1], "skills": [1], "priority": 30, "time_windows": [[0, 90], [120, 900]], "unknown": {"a": [1, {"b": "\"}]"}]}},
		{"id": 2, "location_index": 2, "pickup": [2], "skills": [5]}
	],
	"shipments": [{"pickup": {"id": 1, "location_index": 2}, "delivery": {"id": 3, "location": [2, 48], "location_index": 1, "service": 9}, "amount": [1], "skills": [2], "priority": 20}],
	"matrices": {"car": {"durations": [[0, 10, 20], [10, 0, 10], [20, 10, 4294967295]], "distances": [[0, 100, 200], [100, 0, 100], [200, 100, 0]]}, "bike": {"durations": [[0]]}}
}`

func read(t *testing.T, text string) *vroom.Input {
	t.Helper()
	in, err := vroom.Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// TestBounds plans with bounds of ways, priced hours of work, a plan to begin with, and everything in one sum.
func TestBounds(t *testing.T) {
	t.Parallel()
	text := func(vehicle string) string {
		return `{"vehicles": [{"id": 1, "start_index": 0, "end_index": 0` + vehicle + `}],
			"jobs": [{"id": 4, "location_index": 1, "service": 600, "priority": 9}, {"id": 5, "location_index": 2, "service": 600}],
			"matrices": {"car": {"durations": [[0, 50, 400], [50, 0, 400], [400, 400, 0]], "distances": [[0, 5, 40], [5, 0, 40], [40, 40, 0]]}}}`
	}
	for _, tt := range []struct {
		name, vehicle string
		worth         int64
		served        int
		cost          int64
	}{
		{"no bound", "", 0, 2, 850},
		{"seconds", `, "max_travel_time": 849`, 0, 1, 100},
		{"metres", `, "max_distance": 10`, 0, 1, 100},
		{"no way at all", `, "max_distance": 0`, 0, 0, 0},
		{"just enough", `, "max_travel_time": 850, "max_distance": 85`, 0, 2, 850},
		{"priced work", `, "costs": {"per_task_hour": 360}`, 0, 2, 970},
		{"a plan to begin with", `, "steps": [{"type": "start"}, {"type": "job", "id": 5}, {"type": "break", "id": 1}, {"type": "job", "id": 4}]`, 0, 2, 850},
		{"worth little", "", 100, 1, 100},
		{"worth more", "", 750, 2, 850},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in, err := vroom.Read([]byte(text(tt.vehicle)))
			if err != nil {
				t.Fatal(err)
			}
			if tt.worth > 0 {
				in.Weigh(tt.worth)
			}
			s, err := vrp.Solve(in.Problem, vrp.Options{Iterations: 50, Start: in.Start})
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
			if cost := fmt.Sprintf(`"summary":{"cost":%d,`, tt.cost); s.Cost.Served != tt.served || !strings.Contains(b.String(), cost) {
				t.Errorf("%d served, want %d: %s, want %s", s.Cost.Served, tt.served, b.String(), cost)
			}
		})
	}
	in, err := vroom.Read([]byte(text(`, "steps": [{"type": "job", "id": 5}, {"type": "job", "id": 4}]`)))
	if err != nil || in.Start == nil || len(in.Start.Routes[0].Steps) != 2 || in.Start.Routes[0].Steps[0].Index != 1 {
		t.Errorf("%v: begins with %+v", err, in.Start)
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	p := read(t, small).Problem
	if p.Places != 3 || len(p.Travel) != 3 {
		t.Fatalf("%d places, %d kinds of travel; want 3 and 3", p.Places, len(p.Travel))
	}
	// 7200 an hour and 10 a kilometre, in thousandths: 10 s and 100 m are 20 + 1.
	if m := p.Travel[0]; m.Seconds[1] != 10 || m.Metres[1] != 100 || m.Cost[1] != 21_000 || m.Seconds[8] != vrp.Unreachable {
		t.Errorf("travel of the van: %v %v %v", m.Seconds, m.Metres, m.Cost)
	}
	if m := p.Travel[1]; m.Seconds[1] != 20 || m.Cost[1] != 20_000 {
		t.Errorf("travel at half the speed: %v %v", m.Seconds, m.Cost)
	}
	van := p.Engineers[0]
	want := vrp.Engineer{
		ID: "7", Capacity: []int64{3}, Skills: []vrp.Skill{{Code: "1", Level: 1}, {Code: "2", Level: 1}}, Costs: vrp.Costs{Activation: 40_000},
		Shifts: []vrp.Shift{{Window: vrp.Window{From: 100, To: 1000}, MaxJobs: 5, Breaks: []vrp.Break{{ID: "4", Windows: []vrp.Window{{From: 150, To: 200}, {From: 300, To: 400}}, Length: 30}}}},
	}
	if !reflect.DeepEqual(van, want) {
		t.Errorf("van = %+v, want %+v", van, want)
	}
	slow := p.Engineers[1].Shifts[0]
	if slow.Start != vrp.NoPlace || slow.End != 2 || slow.Window.From != 0 || slow.Window.To < 1000 {
		t.Errorf("a vehicle without start and hours: %+v", slow)
	}
	if n := len(p.Engineers[2].Shifts); n != 0 {
		t.Errorf("a vehicle without tasks has %d shifts, want 0", n)
	}
	wantJob := vrp.Job{ID: "job:1", Place: 1, Setup: 5, Service: 60, Takes: []int64{1}, Needs: []vrp.Need{{Skill: "1"}}, Priority: 30, Windows: []vrp.Window{{From: 0, To: 90}, {From: 120, To: 900}}}
	if !reflect.DeepEqual(p.Jobs[0], wantJob) {
		t.Errorf("job = %+v, want %+v", p.Jobs[0], wantJob)
	}
	wantShipment := vrp.Shipment{
		Pickup: vrp.Job{ID: "pickup:1", Place: 2}, Amount: []int64{1},
		Delivery: vrp.Job{ID: "delivery:3", Place: 1, Service: 9, Needs: []vrp.Need{{Skill: "2"}}, Priority: 20},
	}
	if !reflect.DeepEqual(p.Shipments[0], wantShipment) {
		t.Errorf("shipment = %+v, want %+v", p.Shipments[0], wantShipment)
	}
}

// TestWrite prints a plan of the small input as vroom would.
func TestWrite(t *testing.T) {
	t.Parallel()
	in := read(t, small)
	load := func(n int64) []int64 { return []int64{n} }
	s := &vrp.Solution{
		Routes: []vrp.Route{{Steps: []vrp.Step{
			{Kind: vrp.Start, Index: -1, Place: 0, Arrival: 110, Load: load(1)},
			{Kind: vrp.Work, Index: 0, Place: 1, Arrival: 120, Length: 65, Travel: 10, Load: load(0)},
			{Kind: vrp.Rest, Index: 0, Place: vrp.NoPlace, Arrival: 190, Length: 30, Travel: 15, Load: load(0)},
			{Kind: vrp.Pickup, Index: 0, Place: 2, Arrival: 225, Travel: 20, Load: load(1)},
			{Kind: vrp.Delivery, Index: 0, Place: 1, Arrival: 235, Wait: 5, Length: 9, Travel: 30, Load: load(0)},
			{Kind: vrp.End, Index: -1, Place: 0, Arrival: 259, Travel: 40, Load: load(0)},
		}}},
		Unserved: []vrp.Unserved{{Index: 1, Reasons: []vrp.Reason{{Rule: vrp.RuleSkill, Engineer: -1, Skill: "5", Limit: 1, Engineers: 2}, {Rule: vrp.RuleReach, Engineer: 1}}}},
		Cost:     vrp.Cost{Served: 2, PriorityServed: 50, Unserved: 1, Travel: 40, Metres: 400, Duration: 149, Money: 40_000, Total: 124_000},
	}
	for _, v := range vrp.Check(in.Problem, s) {
		t.Errorf("the plan to print: %v", v)
	}
	var got bytes.Buffer
	if err := in.Write(&got, s, vroom.Times{Loading: 2 * time.Millisecond, Solving: time.Second}); err != nil {
		t.Fatal(err)
	}
	want := `{"code":0,
		"summary":{"cost":124,"delivery":[2],"amount":[2],"pickup":[1],"setup":5,"service":99,"duration":40,"waiting_time":5,"priority":70,"distance":400,"violations":[],"routes":1,"unassigned":1,"computing_times":{"loading":2,"solving":1000}},
		"unassigned":[{"id":2,"location_index":2,"type":"job"}],
		"routes":[{"vehicle":7,"description":"van","cost":124,"delivery":[2],"amount":[2],"pickup":[1],"setup":5,"service":99,"duration":40,"waiting_time":5,"priority":70,"distance":400,"violations":[],"steps":[
			{"type":"start","location_index":0,"setup":0,"service":0,"waiting_time":0,"load":[1],"arrival":110,"duration":0,"distance":0,"violations":[]},
			{"type":"job","description":"boiler","location_index":1,"id":1,"job":1,"setup":5,"service":60,"waiting_time":0,"load":[0],"arrival":120,"duration":10,"distance":100,"violations":[]},
			{"type":"break","description":"tea","id":4,"setup":0,"service":30,"waiting_time":0,"load":[0],"arrival":190,"duration":15,"distance":100,"violations":[]},
			{"type":"pickup","location_index":2,"id":1,"job":1,"setup":0,"service":0,"waiting_time":0,"load":[1],"arrival":225,"duration":20,"distance":200,"violations":[]},
			{"type":"delivery","location":[2,48],"location_index":1,"id":3,"job":3,"setup":0,"service":9,"waiting_time":5,"load":[0],"arrival":235,"duration":30,"distance":300,"violations":[]},
			{"type":"end","location_index":0,"setup":0,"service":0,"waiting_time":0,"load":[0],"arrival":259,"duration":40,"distance":400,"violations":[]}]}],
		"reasons":{"job:2":[{"rule":"skill","vehicles":2,"skill":"5","value":0,"limit":1},{"rule":"reach","vehicle":9,"value":0,"limit":0}]}}`
	var a, b any
	if err := errors.Join(json.Unmarshal(got.Bytes(), &a), json.Unmarshal([]byte(want), &b)); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("written:\n%s\nwant:\n%s", got.Bytes(), want)
	}
}

// TestReadRefuses shows faults, each with its place.
func TestReadRefuses(t *testing.T) {
	t.Parallel()
	change := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(small) }
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", ``, "no JSON"},
		{"no JSON", "{\n\"jobs\": [}", "no JSON at line 2, character 10"},
		{"an array", `[]`, "is an array, not an object"},
		{"no vehicles", `{"jobs": []}`, "vehicles: missing"},
		{"vehicles are a number", `{"vehicles": 3}`, "vehicles: is a number, not an array"},
		{"a job is null", `{"vehicles": [], "jobs": [null]}`, "jobs[0]: is null, not an object"},
		{"jobs twice", `{"vehicles": [], "jobs": [], "jobs": []}`, "jobs: stands twice"},
		{"no id", change(`"id": 2, "location_index"`, `"location_index"`), "jobs[1]: has no id"},
		{"id is a string", change(`"id": 2,`, `"id": "2",`), "jobs[1].id: is a string, not a whole number"},
		{"id is no whole number", change(`"id": 2,`, `"id": 2.5,`), "jobs[1].id: is no whole number: 2.5"},
		{"id is negative", change(`"id": 2,`, `"id": -2,`), "jobs[1].id: is negative: -2"},
		{"id twice", change(`"id": 2,`, `"id": 1,`), "jobs[1].id: 1 is the id of jobs[0]"},
		{"vehicle twice", change(`"id": 9,`, `"id": 7,`), "vehicles[1].id: 7 is the id of vehicles[0]"},
		{"window backwards", change(`[120, 900]`, `[900, 120]`), "jobs[0].time_windows[1]: ends before it begins"},
		{"window of one", change(`[120, 900]`, `[120]`), "jobs[0].time_windows[1]: has 1 numbers"},
		{"window with words", change(`[120, 900]`, `[120, "late"]`), "jobs[0].time_windows[1][1]: is a string"},
		{"windows overlap", change(`[120, 900]`, `[90, 900]`), "jobs[0].time_windows: [0, 90] and [90, 900] overlap"},
		{"windows empty", change(`[[0, 90], [120, 900]]`, `[]`), "jobs[0].time_windows: is empty"},
		{"service too long", change(`"service": 60`, `"service": 99999999999`), "jobs[0].service: is too large"},
		{"service beyond all", change(`"service": 60`, `"service": 1e999`), "jobs[0].service: is no whole number"},
		{"priority", change(`"priority": 30`, `"priority": 101`), "jobs[0].priority: is too large: 101; at most 100"},
		{"amounts differ", change(`"pickup": [2]`, `"pickup": [2, 1]`), "jobs[1].pickup: has 2 numbers, vehicles[0].capacity has 1"},
		{"outside the matrix", change(`"location_index": 1, "setup"`, `"location_index": 3, "setup"`), "jobs[0].location_index: 3 is outside the matrices"},
		{"no index", change(`"location_index": 1, "setup"`, `"setup"`), "jobs[0].location_index: missing"},
		{"no places", change(`"start_index": 0, "end_index": 0,`, ``), "vehicles[0]: has neither start nor end"},
		{"no such profile", change(`"id": 9, "profile": "car"`, `"id": 9, "profile": "boat"`), `matrices: has none for profile "boat"`},
		{"matrices of two sizes", change(`"id": 9, "profile": "car"`, `"id": 9, "profile": "bike"`), "matrices.bike: has 1 places, car has 3"},
		{"ragged matrix", change(`[10, 0, 10], [20`, `[10, 0], [20`), "matrices.car.durations[1]: has 2 numbers, not 3"},
		{"negative matrix", change(`[10, 0, 10], [20`, `[10, -1, 10], [20`), "matrices.car.durations[1][1]: is negative: -1"},
		{"no durations", change(`"durations": [[0, 10`, `"costs": [[0, 10`), "matrices.car: has no durations"},
		{"no distances", change(`"distances"`, `"lengths"`), "vehicles[0].costs.per_km: needs matrices.car.distances"},
		{"costs twice", change(`"distances"`, `"costs"`), "vehicles[0].costs: per_hour and per_km beside matrices.car.costs"},
		{"speed", change(`"speed_factor": 0.5`, `"speed_factor": 0`), "vehicles[1].speed_factor: is not above 0"},
		{"half a shipment", change(`"pickup": {"id": 1, "location_index": 2}, `, ``), "shipments[0]: a shipment has a pickup and a delivery"},
		{"steps of nothing", change(`"speed_factor": 0.5`, `"steps": [{"type": "job", "id": 99}]`), "vehicles[1].steps[0].id: job 99 is not there"},
		{"steps of no type", change(`"speed_factor": 0.5`, `"steps": [{"type": "dance", "id": 99}]`), "vehicles[1].steps[0]: is of no known type"},
		{"on the moon", `{"vehicles": [{"id": 1, "start": [200, 10]}]}`, "vehicles[0].start: is nowhere on the globe"},
		{"half a place", `{"vehicles": [{"id": 1, "start": [20]}]}`, "vehicles[0].start: has 1 numbers"},
		{"index without matrix", `{"vehicles": [{"id": 1, "start": [2, 48]}], "jobs": [{"id": 1, "location_index": 0}]}`, "jobs[0].location: missing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := vroom.Read([]byte(tt.text))
			var fault *vroom.Error
			if !errors.As(err, &fault) || !strings.HasPrefix(fault.Error(), tt.want) {
				t.Errorf("Read = %v, want %q", err, tt.want)
			}
		})
	}
}

// TestStraight plans by coordinates where there is no matrix.
func TestStraight(t *testing.T) {
	t.Parallel()
	p := read(t, `{"vehicles": [{"id": 1, "start": [2.35044, 48.71764]}, {"id": 2, "profile": "foot", "end": [2.35044, 48.71764]}], "jobs": [{"id": 1, "location": [2.35044, 48.80757]}]}`).Problem
	if p.Places != 2 || len(p.Travel) != 2 {
		t.Fatalf("%d places, %d kinds of travel, want 2 and 2", p.Places, len(p.Travel))
	}
	// A tenth of a degree less a hundredth is 10 km, 13 by road.
	car, foot := p.Travel[0], p.Travel[1]
	if m := car.Metres[1]; m < 12_990 || m > 13_010 || car.Metres[2] != m || car.Metres[0] != 0 {
		t.Errorf("metres %v", car.Metres)
	}
	if s, f := car.Seconds[1], foot.Seconds[1]; s < 1352 || s > 1357 || f < 9350 || f > 9365 {
		t.Errorf("%d s driven, %d s walked", s, f)
	}
}

// TestHours gives vehicles without hours enough of them, around the windows of others.
func TestHours(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, windows string
		from, to      int64
	}{
		{"none", ``, 0, 115},
		{"of days", `, "time_windows": [[1000, 2000]]`, 885, 2115},
		{"of this century", `, "time_windows": [[1700000000, 1700003600]]`, 1_699_999_885, 1_700_003_715},
		{"of both", `, "time_windows": [[0, 5], [1700000000, 1700003600]]`, 1_700_003_715 - vrp.MaxSpan, 1_700_003_715},
	} {
		p := read(t, `{"vehicles": [{"id": 1, "start_index": 0}], "jobs": [{"id": 1, "location_index": 1, "service": 100, "setup": 5`+tt.windows+`}], "matrix": [[0, 5], [5, 0]]}`).Problem
		if got, want := p.Engineers[0].Shifts[0].Window, (vrp.Window{From: tt.from, To: tt.to}); got != want {
			t.Errorf("%s: %v, want %v", tt.name, got, want)
		}
	}
}

// TestDays reads the published days.
func TestDays(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("ANXIN_BENCH")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "bench")
	}
	files, _ := filepath.Glob(filepath.Join(dir, "technician", "*.json.gz"))
	if len(files) == 0 {
		t.Skip("no published days; set ANXIN_BENCH")
	}
	for _, file := range files {
		p := read(t, string(unpack(t, file))).Problem
		if n := len(p.Jobs) + len(p.Shipments); n < 300 || len(p.Engineers) < 40 || len(p.Travel) != 1 || p.Travel[0].Cost != nil {
			t.Errorf("%s: %d tasks, %d engineers, %d kinds of travel", filepath.Base(file), n, len(p.Engineers), len(p.Travel))
		}
	}
}

func unpack(t *testing.T, file string) []byte {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// FuzzRead feeds hostile text: an error with a place or a problem whose numbers are in range, never a panic.
func FuzzRead(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(`{"vehicles": [{"id": 1, "start": [2, 48]}], "jobs": [{"id": 18446744073709551615, "location": [2.1, 48.9]}]}`))
	f.Add([]byte(`{"vehicles": [{"id": 1, "start_index": 0}], "matrix": [[0]], "jobs": [{"id": 1, "location_index": 0, "amount": [1]}]}`))
	f.Add([]byte(`{"a": "\u00e9\\", "vehicles": [], "jobs": [{"id": 1, "location_index": 99}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		in, err := vroom.Read(text)
		if err != nil {
			var fault *vroom.Error
			if !errors.As(err, &fault) || fault.What == "" {
				t.Fatalf("an error without words: %v", err)
			}
			return
		}
		p := in.Problem
		s := &vrp.Solution{}
		for i, j := range p.Jobs {
			if j.Place < 0 || j.Place >= p.Places {
				t.Fatalf("job %d is at place %d of %d", i, j.Place, p.Places)
			}
			s.Unserved = append(s.Unserved, vrp.Unserved{Index: i})
		}
		for i := range p.Shipments {
			s.Unserved = append(s.Unserved, vrp.Unserved{Index: i, Shipment: true})
		}
		for _, m := range p.Travel {
			if len(m.Seconds) != p.Places*p.Places || slices.Min(m.Seconds) < 0 {
				t.Fatalf("%d ways between %d places", len(m.Seconds), p.Places)
			}
		}
		s.Cost.Unserved = len(s.Unserved)
		if got := vrp.Check(p, s); len(got) > 0 {
			t.Fatalf("doing nothing breaks a rule: %v", got)
		}
		if err := in.Write(io.Discard, s, vroom.Times{}); err != nil {
			t.Fatal(err)
		}
	})
}
