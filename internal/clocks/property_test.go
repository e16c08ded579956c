package clocks_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"anxin/internal/clocks"
	"anxin/internal/platform/calendar"
)

func specs(near calendar.Date) []calendar.Spec {
	lunch := []calendar.Window{calendar.Hours(9, 0, 12, 0), calendar.Hours(13, 30, 18, 0)}
	spec := func(id, zone, country string, weekly calendar.Weekly, exceptions ...calendar.Exception) calendar.Spec {
		return calendar.Spec{Schema: calendar.Schema, ID: id, Version: 1, Zone: zone, Country: country, Weekly: weekly, MakeUp: lunch, Exceptions: exceptions}
	}
	return []calendar.Spec{
		calendar.Around("24x7", "Asia/Shanghai"),
		spec("centre", "Asia/Shanghai", "CN", calendar.MondayToFriday(lunch...)),
		// The outlet closes for two days of its own and opens one holiday.
		spec("outlet", "Asia/Shanghai", "CN", calendar.EveryDay(calendar.Hours(8, 30, 11, 45), calendar.Hours(12, 15, 20, 0)),
			calendar.Exception{Date: near + 2, Kind: calendar.Off}, calendar.Exception{Date: near + 3, Kind: calendar.Off},
			calendar.Exception{Date: near + 5, Kind: calendar.Work, Windows: []calendar.Window{calendar.Hours(10, 0, 14, 0)}}),
		spec("berlin", "Europe/Berlin", "", calendar.EveryDay(calendar.Hours(1, 0, 4, 0), calendar.Hours(9, 0, 17, 0))),
		spec("newyork", "America/New_York", "", calendar.EveryDay(calendar.Hours(0, 0, 3, 30), calendar.Hours(22, 0, 24, 0))),
	}
}

// worlds start a few days before what makes trouble: New Year and its
// provisional year, National Day, and the clock changes of both zones.
var worlds = sync.OnceValues(func() ([]*world, error) {
	var out []*world
	for _, day := range []string{"2026-09-26", "2026-02-10", "2026-12-28", "2026-03-05", "2026-10-21", "2026-03-26"} {
		d, err := calendar.ParseDate(day)
		if err != nil {
			return nil, err
		}
		w, err := newWorld(d.UTC(), specs(d))
		if err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, nil
})

type generator struct {
	*rand.Rand
	w    *world
	span int // minutes in which things happen
}

func (g generator) target(from int) clocks.Target {
	cals := []string{"24x7", "centre", "outlet", "berlin", "newyork"}
	var t clocks.Target
	switch g.IntN(4) {
	case 0:
		t = clocks.Target{Kind: clocks.CalendarTime, Duration: time.Duration(1+g.IntN(g.span)) * time.Minute}
	case 1:
		t = clocks.Target{Kind: clocks.WorkingTime, Calendar: cals[g.IntN(len(cals))], Duration: time.Duration(1+g.IntN(g.span/2)) * time.Minute}
	case 2:
		t = clocks.Target{Kind: clocks.WorkdayEnd, Calendar: cals[g.IntN(len(cals))], Days: g.IntN(4)}
	case 3:
		t = clocks.Target{Kind: clocks.Instant, At: g.w.time(from + g.IntN(g.span) - g.span/10)}
		if g.IntN(2) == 0 {
			t.Calendar = cals[g.IntN(len(cals))]
		}
	}
	for range g.IntN(3) {
		if g.IntN(2) == 0 {
			t.Warn = append(t.Warn, clocks.Mark{Used: 1 + g.IntN(99)})
		} else {
			t.Warn = append(t.Warn, clocks.Mark{Left: time.Duration(1+g.IntN(600)) * time.Minute})
		}
	}
	return t
}

// facts makes a list as services would: in order of recording, some recorded
// long after they happened, a few times coinciding.
func (g generator) facts(t *testing.T) clocks.Facts {
	t.Helper()
	start := 2*calendar.DayMinutes + g.IntN(2*calendar.DayMinutes)
	instant := func(after int) int {
		v := after + g.IntN(g.span)
		if g.IntN(4) == 0 {
			v = v / 30 * 30 // make coincidences likely
		}
		return v
	}
	recorded := func(occurred int) int {
		if g.IntN(3) == 0 {
			return occurred + g.IntN(g.span)
		}
		return max(0, occurred-g.IntN(2)*g.IntN(5)) // now and then the device's clock runs ahead
	}
	var list []clocks.Fact
	add := func(f clocks.Fact, occurred, recorded int) {
		f.OccurredAt, f.RecordedAt = g.w.time(occurred), g.w.time(recorded)
		list = append(list, f)
	}
	for i := range g.IntN(4) {
		id := clocks.PauseID(fmt.Sprint("p", i))
		effect := []clocks.Effect{clocks.Stops, clocks.Stops, clocks.Runs, clocks.Freeze}[g.IntN(4)]
		from := instant(start - g.span/10)
		known := max(recorded(from), start)
		add(clocks.Fact{Kind: clocks.Paused, Pause: id, WaitedFor: clocks.ForCustomer, Effect: effect}, from, known)
		if g.IntN(4) > 0 {
			to := from + g.IntN(g.span)
			add(clocks.Fact{Kind: clocks.Resumed, Pause: id}, to, max(known, recorded(to)))
		}
	}
	for range g.IntN(3) {
		at := instant(start - 30)
		add(clocks.Fact{Kind: clocks.Retargeted, Target: g.target(at)}, at, max(start, recorded(at)))
	}
	for range g.IntN(3) {
		at := instant(start - 30)
		add(clocks.Fact{Kind: clocks.Met}, at, max(start, recorded(at)))
	}
	if g.IntN(6) == 0 {
		at := instant(start)
		add(clocks.Fact{Kind: clocks.Voided}, at, max(start, recorded(at)))
	}
	slices.SortStableFunc(list, func(a, b clocks.Fact) int { return a.RecordedAt.Compare(b.RecordedAt) })
	facts, err := clocks.Facts(nil).With(clocks.Fact{Kind: clocks.Started, OccurredAt: g.w.time(start), RecordedAt: g.w.time(start), Target: g.target(start)})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		next, err := facts.With(f)
		if err != nil { // withdrawn meanwhile, or over before it began
			continue
		}
		facts = next
		if g.IntN(8) == 0 {
			f := clocks.Fact{Kind: clocks.Withdrawn, Ref: 2 + g.IntN(len(facts)), OccurredAt: f.RecordedAt, RecordedAt: f.RecordedAt}
			if next, err := facts.With(f); err == nil {
				facts = next
			}
		}
	}
	return facts
}

func describe(facts clocks.Facts) string {
	b, err := json.MarshalIndent(facts, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func TestAgainstMinuteSteps(t *testing.T) {
	t.Parallel()
	all, err := worlds()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[clocks.Status]int{}
	amended := 0
	for seed := range 3000 {
		r := rand.New(rand.NewPCG(uint64(seed), 7))
		w := all[seed%len(all)]
		g := generator{Rand: r, w: w, span: []int{300, 1500, 4000}[r.IntN(3)]}
		facts := g.facts(t)
		first := w.minute(facts[0].RecordedAt)
		asOf := first + r.IntN(2*g.span)
		if r.IntN(4) == 0 { // at the very moment of a recording
			asOf = w.minute(facts[r.IntN(len(facts))].RecordedAt)
		}
		got, err := clocks.Eval(facts, w.find, w.time(asOf))
		if err != nil {
			t.Fatalf("seed %d: Eval: %v", seed, err)
		}
		want := w.simulate(facts, asOf)
		seen[got.Status]++
		if diff := w.compare(got, want); diff != "" {
			t.Fatalf("seed %d as of %s: %s\n%s", seed, w.time(asOf), diff, describe(facts))
		}
		if diff := w.compareAmended(got, facts, asOf); diff != "" {
			t.Fatalf("seed %d as of %s: %s\n%s", seed, w.time(asOf), diff, describe(facts))
		}
		if got.AmendedFrom != nil {
			amended++
		}
	}
	for _, s := range []clocks.Status{clocks.StatusRunning, clocks.StatusPaused, clocks.StatusMet, clocks.StatusBreached, clocks.StatusVoid} {
		if seen[s] < 30 {
			t.Errorf("only %d of the clocks were %s: the generator has gone lame (%v)", seen[s], s, seen)
		}
	}
	if amended < 100 {
		t.Errorf("only %d verdicts were amended", amended)
	}
}

func (w *world) compare(got clocks.State, want result) string {
	at := func(t time.Time) int {
		if t.IsZero() {
			return -1
		}
		return w.minute(t)
	}
	minutes := func(d time.Duration) int { return int(d / time.Minute) }
	for _, c := range []struct {
		name      string
		got, want any
	}{
		{"status", got.Status, want.status},
		{"due", got.Due, w.time(want.due).UTC()},
		{"elapsed", minutes(got.Elapsed), want.elapsed},
		{"remaining", minutes(got.Remaining), want.remaining},
		{"breached", at(got.BreachedAt), want.breached},
		{"met", at(got.MetAt), want.met},
		{"warnings", len(got.WarnAt), len(want.warn)},
	} {
		if c.got != c.want {
			return fmt.Sprintf("%s = %v, want %v", c.name, c.got, c.want)
		}
	}
	for i, m := range want.warn {
		if at := w.start.Add(m); !got.WarnAt[i].Equal(at) {
			return fmt.Sprintf("warning %d = %s, want %s", i, got.WarnAt[i], at)
		}
	}
	return ""
}

// compareAmended asks the reference before and after every moment at which
// something was recorded.
func (w *world) compareAmended(got clocks.State, facts clocks.Facts, asOf int) string {
	var moments []int
	for _, f := range facts[1:] {
		if m := w.minute(f.RecordedAt); m <= asOf && m > w.minute(facts[0].RecordedAt) {
			moments = append(moments, m)
		}
	}
	slices.SortFunc(moments, func(a, b int) int { return cmp.Compare(a, b) })
	var last *result
	when := 0
	for _, m := range slices.Compact(moments) {
		var earlier clocks.Facts
		for _, f := range facts {
			if w.minute(f.RecordedAt) < m {
				earlier = append(earlier, f)
			}
		}
		before, after := w.simulate(earlier, m), w.simulate(facts, m)
		if before.status.Settled() && (before.status != after.status || before.breached != after.breached) {
			last, when = &before, m
		}
	}
	switch {
	case (last == nil) != (got.AmendedFrom == nil):
		return fmt.Sprintf("amended from %+v, want %+v", got.AmendedFrom, last)
	case last != nil && (got.AmendedFrom.Status != last.status || w.minute(got.AmendedAt) != when):
		return fmt.Sprintf("amended from %+v at %s, want %+v at %s", got.AmendedFrom, got.AmendedAt, last, w.time(when))
	}
	return ""
}

// What holds for every clock, whatever happened.
func TestLaws(t *testing.T) {
	t.Parallel()
	all, err := worlds()
	if err != nil {
		t.Fatal(err)
	}
	for seed := range 1500 {
		r := rand.New(rand.NewPCG(uint64(seed), 8))
		w := all[seed%len(all)]
		g := generator{Rand: r, w: w, span: 2000}
		facts := g.facts(t)
		at := w.minute(facts[len(facts)-1].RecordedAt)
		eval := func(fs clocks.Facts, minute int) clocks.State {
			s, err := clocks.Eval(fs, w.find, w.time(minute))
			if err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			return s
		}
		now := eval(facts, at)
		later := eval(facts, at+1+r.IntN(3000))
		fail := func(format string, args ...any) {
			t.Helper()
			t.Fatalf("seed %d: %s\n%s", seed, fmt.Sprintf(format, args...), describe(facts))
		}
		// With no new fact a verdict stays, time used and the due date never shrink.
		if now.Status.Settled() && later.Status != now.Status {
			fail("%s became %s by itself", now.Status, later.Status)
		}
		if later.Elapsed < now.Elapsed || later.Due.Before(now.Due) {
			fail("elapsed %s then %s, due %s then %s", now.Elapsed, later.Elapsed, now.Due, later.Due)
		}
		if now.Status == clocks.StatusRunning && !later.Due.Equal(now.Due) {
			fail("due of a running clock moved from %s to %s", now.Due, later.Due)
		}
		if now.Status == clocks.StatusPaused && (later.Status != clocks.StatusPaused || later.Remaining != now.Remaining || later.Elapsed != now.Elapsed) {
			fail("a paused clock went from %s %s to %s %s", now.Status, now.Remaining, later.Status, later.Remaining)
		}
		if b := now.BreachedAt; !b.IsZero() && !b.Equal(now.Due) {
			fail("breached at %s, due %s", b, now.Due)
		}
		// A pause more never makes a due date earlier, nor a verdict worse.
		from := at - r.IntN(1500)
		more := facts
		var err error
		for i, f := range []clocks.Fact{
			{Kind: clocks.Paused, Pause: "extra", Effect: clocks.Freeze, OccurredAt: w.time(from)},
			{Kind: clocks.Resumed, Pause: "extra", OccurredAt: w.time(min(at, from+r.IntN(600)))},
		} {
			f.RecordedAt = w.time(at)
			if more, err = more.With(f); err != nil {
				fail("extra fact %d: %v", i, err)
			}
		}
		extended := eval(more, at)
		if extended.Target.Kind == now.Target.Kind && extended.Since.Equal(now.Since) && extended.Due.Before(now.Due) {
			fail("a pause moved due from %s to %s", now.Due, extended.Due)
		}
		if now.Status == clocks.StatusMet && extended.Status == clocks.StatusBreached {
			fail("a pause breached a met clock")
		}
		// Looking at NextAt is enough: between now and then nothing happens.
		if next := now.NextAt; !next.IsZero() && next.After(w.time(at)) {
			just := eval(facts, w.minute(next.Add(-time.Minute)))
			if w.minute(next.Add(-time.Minute)) > at && (just.Status != now.Status || just.Warned != now.Warned) {
				fail("%s/%d became %s/%d before NextAt %s", now.Status, now.Warned, just.Status, just.Warned, next)
			}
			s, err := clocks.Eval(facts, w.find, next)
			if err != nil || len(clocks.Changes(now, s)) == 0 {
				fail("nothing to tell at NextAt %s: %v", next, err)
			}
		}
	}
}
