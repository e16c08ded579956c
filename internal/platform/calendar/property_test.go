package calendar_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"anxin/internal/platform/calendar"
)

// slow is the obvious reading of the package comment: look at the wall clock
// minute by minute. It shares nothing with the calendar but the spec.
type slow struct {
	spec   calendar.Spec
	loc    *time.Location
	byDate map[string]calendar.Exception
}

func newSlow(spec calendar.Spec, national *calendar.Holidays, loc *time.Location) slow {
	s := slow{spec: spec, loc: loc, byDate: map[string]calendar.Exception{}}
	if spec.Country != "" {
		for _, year := range national.Years() {
			y, _ := national.Year(year)
			for _, e := range y.Days {
				s.byDate[e.Date.String()] = e
			}
		}
	}
	for _, e := range spec.Exceptions {
		s.byDate[e.Date.String()] = e
	}
	return s
}

func (s slow) open(t time.Time) bool {
	local := t.In(s.loc)
	day := local.Format(time.DateOnly)
	minute := local.Hour()*60 + local.Minute()
	windows := s.spec.Weekly[local.Weekday()]
	if e, ok := s.byDate[day]; ok {
		switch {
		case e.Kind == calendar.Off:
			windows = nil
		case len(e.Windows) > 0:
			windows = e.Windows
		case len(s.spec.MakeUp) > 0:
			windows = s.spec.MakeUp
		default:
			for _, d := range []int{1, 2, 3, 4, 5, 6, 0} {
				if windows = s.spec.Weekly[d]; len(windows) > 0 {
					break
				}
			}
		}
	}
	for _, w := range windows {
		if w.From <= minute && minute < w.To {
			return true
		}
	}
	return false
}

// zones with the clock changes that matter: an hour at two, half an hour, an
// hour at midnight, none.
var zones = []struct {
	name  string
	dates []string // where to start
}{
	{"Asia/Shanghai", []string{"2026-02-12", "2026-09-29", "2025-12-30", "2026-12-30"}},
	{"Europe/Berlin", []string{"2026-03-27", "2026-10-23"}},
	{"America/New_York", []string{"2026-03-06", "2026-10-30"}},
	{"Australia/Lord_Howe", []string{"2026-04-03", "2026-10-02"}},
	{"America/Santiago", []string{"2026-04-03", "2026-09-04"}},
}

func randomWindows(r *rand.Rand) []calendar.Window {
	var out []calendar.Window
	for at := r.IntN(600); at < calendar.DayMinutes && len(out) < 3; {
		to := min(calendar.DayMinutes, at+1+r.IntN(400))
		out = append(out, calendar.Window{From: at, To: to})
		at = to + r.IntN(120)
	}
	return out
}

func randomSpec(r *rand.Rand, zone string, from calendar.Date) calendar.Spec {
	s := calendar.Spec{Schema: calendar.Schema, ID: "random", Version: 1, Zone: zone}
	if r.IntN(2) == 0 {
		s.Country = "CN"
	}
	for d := range s.Weekly {
		if r.IntN(4) > 0 {
			s.Weekly[d] = randomWindows(r)
		}
	}
	s.Weekly[time.Wednesday] = randomWindows(r)
	if r.IntN(3) == 0 {
		s.MakeUp = randomWindows(r)
	}
	for d := from; d < from+7; d++ {
		switch r.IntN(6) {
		case 0:
			s.Exceptions = append(s.Exceptions, calendar.Exception{Date: d, Kind: calendar.Off})
		case 1:
			s.Exceptions = append(s.Exceptions, calendar.Exception{Date: d, Kind: calendar.Work})
		case 2:
			s.Exceptions = append(s.Exceptions, calendar.Exception{Date: d, Kind: calendar.Work, Windows: randomWindows(r)})
		}
	}
	return s
}

func TestAgainstMinuteSteps(t *testing.T) {
	t.Parallel()
	const days = 9
	for seed := range 120 {
		r := rand.New(rand.NewPCG(uint64(seed), 1))
		zone := zones[seed%len(zones)]
		first := date(t, zone.dates[r.IntN(len(zone.dates))])
		spec := randomSpec(r, zone.name, first)
		c, err := calendar.New(spec, calendar.China())
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		ref := newSlow(spec, calendar.China(), c.Location())
		start := first.UTC().Add(-12 * time.Hour)
		// worked[i] is the working time in minutes before start + i minutes.
		worked := make([]int, days*calendar.DayMinutes+1)
		for i := range days * calendar.DayMinutes {
			worked[i+1] = worked[i]
			open := ref.open(start.Add(time.Duration(i) * time.Minute))
			if open {
				worked[i+1]++
			}
			if i%7 == 0 && c.IsOpen(start.Add(time.Duration(i)*time.Minute)) != open {
				t.Fatalf("seed %d: IsOpen(%s) = %v, want %v", seed, start.Add(time.Duration(i)*time.Minute).In(c.Location()), !open, open)
			}
		}
		minutes := func(n int) time.Duration { return time.Duration(n) * time.Minute }
		for range 60 {
			a, b := r.IntN(len(worked)), r.IntN(len(worked))
			name := fmt.Sprintf("seed %d %s from %s", seed, zone.name, start.Add(minutes(a)).In(c.Location()))
			from := start.Add(minutes(a))
			if got, want := c.WorkingBetween(from, start.Add(minutes(b))), minutes(worked[b]-worked[a]); got != want {
				t.Fatalf("%s: WorkingBetween to %s = %s, want %s", name, start.Add(minutes(b)).In(c.Location()), got, want)
			}
			n := 1 + r.IntN(1500)
			for i := a; i < len(worked); i++ { // earliest instant by which n minutes are worked
				if worked[i]-worked[a] >= n {
					if got, want := c.AddWorking(from, minutes(n)), start.Add(minutes(i)); !got.Equal(want) {
						t.Fatalf("%s: AddWorking(%d min) = %s, want %s", name, n, got.In(c.Location()), want.In(c.Location()))
					}
					break
				}
			}
			for i := a; i >= 0; i-- { // latest instant from which n minutes are left
				if worked[a]-worked[i] >= n {
					if got, want := c.AddWorking(from, -minutes(n)), start.Add(minutes(i)); !got.Equal(want) {
						t.Fatalf("%s: AddWorking(-%d min) = %s, want %s", name, n, got.In(c.Location()), want.In(c.Location()))
					}
					break
				}
			}
			for i := a; i+1 < len(worked); i++ {
				if worked[i+1] > worked[i] {
					if got, want := c.NextOpen(from), start.Add(minutes(i)); !got.Equal(want) {
						t.Fatalf("%s: NextOpen = %s, want %s", name, got.In(c.Location()), want.In(c.Location()))
					}
					break
				}
			}
		}
	}
}

// Starting later never makes a deadline earlier, and counting days agrees with
// asking day by day, over decades.
func TestMonotoneAndConsistent(t *testing.T) {
	t.Parallel()
	for seed := range 60 {
		r := rand.New(rand.NewPCG(uint64(seed), 2))
		zone := zones[seed%len(zones)]
		c, err := calendar.New(randomSpec(r, zone.name, date(t, zone.dates[0])), calendar.China())
		if err != nil {
			t.Fatal(err)
		}
		at := date(t, zone.dates[0]).UTC().Add(-24 * time.Hour)
		work := time.Duration(1+r.IntN(40000)) * time.Minute
		n := r.IntN(30)
		due, end, day := c.AddWorking(at, work), c.WorkdayEnd(at, n), c.AddWorkdays(c.DateOf(at), n)
		for range 300 {
			at = at.Add(time.Duration(r.IntN(3600)) * time.Second)
			due2, end2, day2 := c.AddWorking(at, work), c.WorkdayEnd(at, n), c.AddWorkdays(c.DateOf(at), n)
			if due2.Before(due) || end2.Before(end) || day2 < day {
				t.Fatalf("seed %d: starting at %s: due %s after %s, end %s after %s", seed, at, due2, due, end2, end)
			}
			if end2.Before(at) || c.WorkingBetween(at, due2) != work {
				t.Fatalf("seed %d: starting at %s: end %s, working time until due %s, want %s", seed, at, end2, c.WorkingBetween(at, due2), work)
			}
			due, end, day = due2, end2, day2
		}
		from := date(t, "2024-01-01") + calendar.Date(r.IntN(1000))
		count := 0
		for d := from; d < from+1200; d++ {
			if got := c.Workdays(from, d); got != count {
				t.Fatalf("seed %d: Workdays(%s, %s) = %d, want %d", seed, from, d, got, count)
			}
			if c.IsWorkday(d) {
				count++
				if got := c.AddWorkdays(from-1, count); got != d {
					t.Fatalf("seed %d: AddWorkdays(%s, %d) = %s, want %s", seed, from-1, count, got, d)
				}
				if back := c.AddWorkdays(d, -(count - 1)); count > 1 && back < from {
					t.Fatalf("seed %d: AddWorkdays(%s, %d) = %s, before %s", seed, d, -(count - 1), back, from)
				}
			}
		}
	}
}

// A span over two centuries ends at the edge instead of running on.
func TestHorizon(t *testing.T) {
	t.Parallel()
	c := build(t, calendar.Spec{ID: "minute", Zone: shanghai, Weekly: calendar.Weekly{time.Monday: {{From: 540, To: 541}}}})
	start := at(t, shanghai, "2026-01-01 00:00")
	if got := c.AddWorking(start, 1<<62).Year(); got != 2301 {
		t.Errorf("AddWorking over the horizon ends in %d, want 2301", got)
	}
	if got := c.AddWorking(start, -1<<62).Year(); got != 1900 {
		t.Errorf("AddWorking back over the horizon ends in %d, want 1900", got)
	}
	if got := c.AddWorkdays(c.DateOf(start), 1<<30).Year(); got != 2300 {
		t.Errorf("AddWorkdays over the horizon ends in %d, want 2300", got)
	}
	if got := c.AddWorkdays(c.DateOf(start), -1<<30).Year(); got != 1900 {
		t.Errorf("AddWorkdays back over the horizon ends in %d, want 1900", got)
	}
}
