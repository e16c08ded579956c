package bench

import (
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"anxin/internal/dispatch/planner"
	"anxin/internal/platform/calendar"
)

// CityDay is a day of jobs and technicians in VROOM's form, as far as the planner's model covers it: no
// shipments, no capacities. Times are seconds of the day.
type CityDay struct {
	Name     string        `json:"-"`
	Vehicles []cityVehicle `json:"vehicles"`
	Jobs     []cityJob     `json:"jobs"`
	Matrices map[string]struct {
		Durations [][]int32 `json:"durations"`
	} `json:"matrices"`
	Shipments []json.RawMessage `json:"shipments"`
}

type cityVehicle struct {
	ID     int64    `json:"id"`
	Start  int      `json:"start_index"`
	Skills []int    `json:"skills"`
	Window [2]int64 `json:"time_window"`
	Breaks []struct {
		Windows [][2]int64 `json:"time_windows"`
		Service int64      `json:"service"`
	} `json:"breaks"`
}

type cityJob struct {
	ID       int64      `json:"id"`
	Location int        `json:"location_index"`
	Service  int64      `json:"service"`
	Skills   []int      `json:"skills"`
	Priority int        `json:"priority"`
	Windows  [][2]int64 `json:"time_windows"`
	Delivery []int      `json:"delivery"`
}

// ErrNotModelled says that a day asks for what the planner's snapshot does not know yet.
var ErrNotModelled = errors.New("asks for shipments or capacities, which snapshots do not have")

// CityDays reads the technician days below the folder of published instances.
func CityDays(dir string) ([]CityDay, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "technician", "*.json.gz"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no days below %s: set ANXIN_BENCH", filepath.Join(dir, "technician"))
	}
	var out []CityDay
	for _, path := range paths {
		d, err := readCityDay(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
		out = append(out, d)
	}
	return out, nil
}

func readCityDay(path string) (d CityDay, err error) {
	f, err := os.Open(path)
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	z, err := gzip.NewReader(f)
	if err != nil {
		return d, err
	}
	d.Name = strings.TrimSuffix(filepath.Base(path), ".json.gz")
	return d, json.NewDecoder(z).Decode(&d)
}

// durations are the travel times of a day; ways have no length in it.
type durations [][]int32

func (d durations) At(from, to int) (seconds, metres int32) { return d[from][to], 0 }

// Snapshot is the day as the planner reads it. Work is rounded up to whole minutes; a break's window grows by its
// length, because VROOM's is about when it starts; whoever has a shift ends it at the last job, not at home.
func (d CityDay) Snapshot() (planner.Snapshot, error) {
	if len(d.Shipments) > 0 || slices.ContainsFunc(d.Jobs, func(j cityJob) bool { return len(j.Delivery) > 0 }) {
		return planner.Snapshot{}, ErrNotModelled
	}
	date := calendar.NewDate(2026, time.July, 6)
	midnight := time.Date(2026, time.July, 6, 0, 0, 0, 0, time.UTC)
	at := func(s int64) time.Time { return midnight.Add(time.Duration(s) * time.Second) }
	span := func(w [2]int64) planner.Span { return planner.Span{From: at(w[0]), To: at(w[1])} }
	skill := func(n int) planner.SkillCode { return planner.SkillCode(fmt.Sprintf("S%02d", n)) }
	travel := durations(d.Matrices["car"].Durations)
	s := planner.Snapshot{Now: midnight, Places: len(travel), Travel: travel}
	for _, v := range d.Vehicles {
		day := planner.Day{Date: date, Shifts: []planner.Span{span(v.Window)}}
		for _, b := range v.Breaks {
			day.Break = planner.Break{Span: span(b.Windows[0]), Minutes: int(b.Service+59) / 60}
			day.Break.To = day.Break.To.Add(time.Duration(day.Break.Minutes) * time.Minute)
		}
		for _, n := range v.Skills {
			day.Skills = append(day.Skills, planner.Skill{Code: skill(n), Level: planner.Learner})
		}
		s.Engineers = append(s.Engineers, planner.Engineer{ID: planner.EngineerID(fmt.Sprintf("v%d", v.ID)), Home: v.Start, Days: []planner.Day{day}})
	}
	urgency := ranks(d.Jobs)
	for _, j := range d.Jobs {
		job := planner.Job{
			ID: planner.JobID(fmt.Sprintf("j%d", j.ID)), Place: j.Location, Minutes: int(j.Service+59) / 60, Priority: urgency[j.Priority], Promised: true,
		}
		for _, w := range j.Windows {
			job.Windows = append(job.Windows, span(w))
		}
		for _, n := range j.Skills {
			job.Needs = append(job.Needs, planner.Need{Skill: skill(n), Level: planner.Learner})
		}
		s.Jobs = append(s.Jobs, job)
	}
	return s, s.Check()
}

// ranks maps VROOM's priorities, the higher the more urgent, to ours from 1 to 4.
func ranks(jobs []cityJob) map[int]int {
	var all []int
	for _, j := range jobs {
		all = append(all, j.Priority)
	}
	slices.SortFunc(all, func(a, b int) int { return cmp.Compare(b, a) })
	out := map[int]int{}
	for i, p := range slices.Compact(all) {
		out[p] = min(i+1, 4)
	}
	return out
}

// CityResult is one day planned.
type CityResult struct {
	Name             string
	Jobs, Unserved   int
	Priority         int   // sum over the served jobs, in the instance's own numbers
	Travel, WithHome int64 // seconds to the jobs; and back to where the day began
	CPU              time.Duration
	Faults           int // by the checker
}

// PlanCity plans a day and has the plan checked.
func PlanCity(ctx context.Context, p planner.Planner, d CityDay) (CityResult, error) {
	r := CityResult{Name: d.Name, Jobs: len(d.Jobs)}
	s, err := d.Snapshot()
	if err != nil {
		return r, err
	}
	before := cpu()
	plan, err := p.Plan(ctx, s)
	if err != nil {
		return r, err
	}
	r.CPU = cpu() - before
	r.Unserved, r.Travel, r.Faults = len(plan.Unserved), plan.Travel, len(planner.CheckPlan(s, plan))
	own := map[planner.JobID]cityJob{}
	for i, j := range d.Jobs {
		own[s.Jobs[i].ID] = j
	}
	home, last := map[planner.EngineerID]int{}, map[planner.EngineerID]int{}
	for _, e := range s.Engineers {
		home[e.ID] = e.Home
	}
	for _, a := range plan.Assignments { // by start
		r.Priority += own[a.Job].Priority
		for _, e := range a.Engineers {
			last[e] = own[a.Job].Location
		}
	}
	r.WithHome = r.Travel
	for e, place := range last {
		seconds, _ := s.Travel.At(place, home[e])
		r.WithHome += int64(seconds)
	}
	return r, nil
}

// cpu is the time that this process has spent, user and system.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// plannersTable plans all days below a folder with the product's planners and returns the table.
func plannersTable(ctx context.Context, dir string) (string, error) {
	days, err := CityDays(dir)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("The product's planner, whose engineers end at their last job:\n\n| planner | day | jobs | unserved | priority served | travel s | with the way home s | CPU s | faults |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, d := range days {
		for _, p := range []struct {
			name string
			planner.Planner
		}{{"engine", planner.New()}} {
			r, err := PlanCity(ctx, p, d)
			switch {
			case errors.Is(err, ErrNotModelled):
				fmt.Fprintf(&b, "| %s | %s | %d | left out: %v | | | | | |\n", p.name, d.Name, len(d.Jobs), err)
				continue
			case err != nil:
				return b.String(), fmt.Errorf("%s: %w", d.Name, err)
			}
			fmt.Fprintf(&b, "| %s | %s | %d | %d | %d | %d | %d | %.1f | %d |\n", p.name, r.Name, r.Jobs, r.Unserved, r.Priority, r.Travel, r.WithHome, r.CPU.Seconds(), r.Faults)
		}
	}
	return b.String(), nil
}
