package vrp_test

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"

	"anxin/vrp"
)

// flat tells ways on a plane, city by city.
type flat struct {
	city []int
	x, y []float64
}

func (f *flat) Region(place int) int { return f.city[place] }

func (f *flat) Way(from, to int) (seconds, metres, cost int32) {
	d := math.Hypot(f.x[from]-f.x[to], f.y[from]-f.y[to])
	return int32(d / 8), int32(d), int32(d / 8)
}

// country puts several cities in one problem, in full or way by way.
func country(cities, jobs, engineers int, full bool) *vrp.Problem {
	f := &flat{}
	p := &vrp.Problem{}
	for c := range cities {
		one := city(uint64(c), jobs, engineers)
		for i := range one.Engineers {
			e := one.Engineers[i]
			e.ID = fmt.Sprint(c, " ", e.ID)
			for k := range e.Shifts {
				e.Shifts[k].Start += len(f.city)
				e.Shifts[k].End += len(f.city)
			}
			p.Engineers = append(p.Engineers, e)
		}
		for _, j := range one.Jobs {
			j.ID = fmt.Sprint(c, " ", j.ID)
			j.Place += len(f.city)
			p.Jobs = append(p.Jobs, j)
		}
		for i := range one.Places {
			f.city = append(f.city, c)
			f.x, f.y = append(f.x, float64(i*7919%30_000)), append(f.y, float64(i*104_729%30_000))
		}
	}
	p.Places = len(f.city)
	if !full {
		p.Travel = []vrp.Matrix{{Ways: f}}
		return p
	}
	m := vrp.Matrix{Seconds: make([]int32, p.Places*p.Places), Metres: make([]int32, p.Places*p.Places)}
	for i := range p.Places {
		for k := range p.Places {
			m.Seconds[i*p.Places+k] = vrp.Unreachable
			if f.city[i] == f.city[k] {
				m.Seconds[i*p.Places+k], m.Metres[i*p.Places+k], _ = f.Way(i, k)
			}
		}
	}
	p.Travel = []vrp.Matrix{m}
	return p
}

// TestThreads plans three cities: with any number of threads, and however the ways are told, the plan is the same.
func TestThreads(t *testing.T) {
	t.Parallel()
	var first *vrp.Solution
	for _, full := range []bool{false, true} {
		p := country(3, 60, 6, full)
		p.Jobs[7].Needs = []vrp.Need{{Skill: "none has it"}}
		for _, threads := range []int{0, 1, 2, 5} {
			var told vrp.Progress
			s, err := vrp.Solve(p, vrp.Options{Seed: 3, Iterations: 900, Threads: threads, Progress: func(f vrp.Progress) { told = f }})
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range vrp.Check(p, s) {
				t.Error(v)
			}
			if told.Served != s.Cost.Served || told.PriorityServed != s.Cost.PriorityServed {
				t.Errorf("%d threads: told %+v, planned %+v", threads, told, s.Cost)
			}
			if first == nil {
				first = s
			} else if !reflect.DeepEqual(s, first) {
				t.Errorf("in full %v, %d threads: %+v, want %+v", full, threads, s.Cost, first.Cost)
			}
		}
	}
	u := first.Unserved[slices.IndexFunc(first.Unserved, func(u vrp.Unserved) bool { return u.Index == 7 })]
	if len(u.Reasons) != 1 || u.Reasons[0].Rule != vrp.RuleSkill || u.Reasons[0].Engineers != 6 {
		t.Errorf("job 7: %+v", u)
	}
}

// TestThreadsBudget gives each of several cities its part of a budget that is counted in questions.
func TestThreadsBudget(t *testing.T) {
	t.Parallel()
	p := country(4, 40, 4, false)
	for _, threads := range []int{1, 2} {
		var asked atomic.Int64
		s, err := vrp.Solve(p, vrp.Options{Seed: 1, Threads: threads, Spent: func() float64 { return float64(asked.Add(1)) / 2000 }})
		if err != nil {
			t.Fatal(err)
		}
		if got := asked.Load(); got < 1500 || got > 2500 {
			t.Errorf("%d threads: asked %d times", threads, got)
		}
		for _, v := range vrp.Check(p, s) {
			t.Error(v)
		}
	}
}

// TestThreadsStart goes on from a plan of all cities: nothing gets worse.
func TestThreadsStart(t *testing.T) {
	t.Parallel()
	p := country(2, 40, 4, false)
	first, err := vrp.Solve(p, vrp.Options{Seed: 1, Iterations: 4000})
	if err != nil {
		t.Fatal(err)
	}
	again, err := vrp.Solve(p, vrp.Options{Seed: 2, Iterations: 10, Threads: 2, Start: first})
	if err != nil {
		t.Fatal(err)
	}
	if first.Cost.Better(again.Cost, p.Objective.Mode) {
		t.Errorf("%+v, began with %+v", again.Cost, first.Cost)
	}
	for _, v := range vrp.Check(p, again) {
		t.Error(v)
	}
}
