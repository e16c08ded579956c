package clocks_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"anxin/internal/clocks"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/problem"
)

// bench builds a history with times written as "10-08 16:00" of 2026 in China.
type bench struct {
	t     *testing.T
	loc   *time.Location
	cals  map[string]*calendar.Calendar
	facts clocks.Facts
}

func newBench(t *testing.T) *bench {
	t.Helper()
	loc, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, loc: loc, cals: map[string]*calendar.Calendar{}}
	day := calendar.Hours(9, 0, 18, 0)
	for _, s := range []calendar.Spec{
		{ID: "centre", Country: "CN", Weekly: calendar.MondayToFriday(day)},
		{ID: "lunch", Country: "CN", Weekly: calendar.MondayToFriday(calendar.Hours(9, 0, 12, 0), calendar.Hours(13, 0, 18, 0))},
		{ID: "closed-tuesday", Country: "CN", Weekly: calendar.MondayToFriday(day), Exceptions: []calendar.Exception{{Date: calendar.NewDate(2026, 10, 20), Kind: calendar.Off, Name: "stocktaking"}}},
	} {
		s.Schema, s.Version, s.Zone = calendar.Schema, 1, "Asia/Shanghai"
		if b.cals[s.ID], err = calendar.New(s, calendar.China()); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func (b *bench) find(id string) (*calendar.Calendar, error) { return b.cals[id], nil }

func (b *bench) at(s string) time.Time {
	b.t.Helper()
	v, err := time.ParseInLocation("2006-01-02 15:04", "2026-"+s, b.loc)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

// add appends a fact; recorded may be left out when it was recorded at once.
func (b *bench) add(f clocks.Fact, occurred string, recorded ...string) *bench {
	b.t.Helper()
	f.OccurredAt, f.RecordedAt = b.at(occurred), b.at(append(recorded, occurred)[0])
	next, err := b.facts.With(f)
	if err != nil {
		b.t.Fatalf("%s at %s: %v", f.Kind, occurred, err)
	}
	b.facts = next
	return b
}

func (b *bench) start(at string, t clocks.Target) *bench {
	return b.add(clocks.Fact{Kind: clocks.Started, Target: t}, at)
}

func (b *bench) retarget(at string, t clocks.Target) *bench {
	return b.add(clocks.Fact{Kind: clocks.Retargeted, Target: t}, at)
}

func (b *bench) pause(id clocks.PauseID, w clocks.WaitedFor, p clocks.Party, from string, recorded ...string) *bench {
	return b.add(clocks.Wait{ID: id, For: w, Reason: "r", Evidence: "e"}.Paused(p), from, recorded...)
}

func (b *bench) resume(id clocks.PauseID, at string, recorded ...string) *bench {
	return b.add(clocks.Fact{Kind: clocks.Resumed, Pause: id}, at, recorded...)
}

func (b *bench) met(at string, recorded ...string) *bench {
	return b.add(clocks.Fact{Kind: clocks.Met}, at, recorded...)
}

func (b *bench) eval(asOf string) clocks.State {
	b.t.Helper()
	s, err := clocks.Eval(b.facts, b.find, b.at(asOf))
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// want compares status, due date and time used, "" and -1 to skip.
func (b *bench) want(asOf string, status clocks.Status, due string, elapsed time.Duration) clocks.State {
	b.t.Helper()
	s := b.eval(asOf)
	if s.Status != status || due != "" && !s.Due.Equal(b.at(due)) || elapsed >= 0 && s.Elapsed != elapsed {
		b.t.Errorf("as of %s: %s, due %s, elapsed %s, want %s, %s, %s", asOf, s.Status, s.Due.In(b.loc).Format("01-02 15:04"), s.Elapsed, status, due, elapsed)
	}
	return s
}

func hours(h float64) time.Duration { return time.Duration(h * float64(time.Hour)) }

func working(cal string, h float64) clocks.Target {
	return clocks.Target{Kind: clocks.WorkingTime, Calendar: cal, Duration: hours(h)}
}

func realTime(h float64) clocks.Target {
	return clocks.Target{Kind: clocks.CalendarTime, Duration: hours(h)}
}

func TestDueDates(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, tt := range []struct {
		name   string
		start  string
		target clocks.Target
		due    string
	}{
		{"calendar time runs through the holiday", "09-30 16:00", realTime(24), "10-01 16:00"},
		{"working time stops over National Day", "09-30 16:00", working("centre", 4), "10-08 11:00"},
		{"the make-up Saturday works", "10-09 17:00", working("centre", 2), "10-10 10:00"},
		{"lunch does not count", "10-19 11:30", working("lunch", 1), "10-19 13:30"},
		{"outlet's holiday", "10-19 17:00", working("closed-tuesday", 2), "10-21 10:00"},
		{"same hours at the centre", "10-19 17:00", working("centre", 2), "10-20 10:00"},
		{"end of the next working day", "09-30 16:00", clocks.Target{Kind: clocks.WorkdayEnd, Calendar: "centre", Days: 1}, "10-08 18:00"},
		{"third working day over the month's end", "01-30 10:00", clocks.Target{Kind: clocks.WorkdayEnd, Calendar: "centre", Days: 3}, "02-04 18:00"},
		{"end of today", "10-19 10:00", clocks.Target{Kind: clocks.WorkdayEnd, Calendar: "centre"}, "10-19 18:00"},
		{"promised window", "10-19 10:00", clocks.Target{Kind: clocks.Instant, At: b.at("10-20 12:00")}, "10-20 12:00"},
		{"window end outside opening hours", "10-19 10:00", clocks.Target{Kind: clocks.Instant, Calendar: "centre", At: b.at("10-20 20:00")}, "10-20 20:00"},
		{"promise in the past is due at once", "10-19 10:00", clocks.Target{Kind: clocks.Instant, At: b.at("10-18 12:00")}, "10-19 10:00"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t).start(tt.start, tt.target)
			b.want(tt.start, clocks.StatusRunning, tt.due, 0)
			met := *b
			met.facts = slices.Clone(b.facts)
			met.met(tt.due).want(tt.due, clocks.StatusMet, tt.due, -1) // at the due date is in time
			if late := b.eval("11-20 00:00"); late.Status != clocks.StatusBreached || !late.BreachedAt.Equal(b.at(tt.due)) {
				t.Errorf("long after: %s at %s, want breached at %s", late.Status, late.BreachedAt, tt.due)
			}
		})
	}
}

func TestPauses(t *testing.T) {
	t.Parallel()
	t.Run("extends by the clock's own time", func(t *testing.T) {
		t.Parallel()
		b := newBench(t).start("10-19 10:00", working("lunch", 4)) // due 15:00
		b.want("10-19 10:30", clocks.StatusRunning, "10-19 15:00", hours(.5))
		b.pause("p", clocks.ForCustomer, clocks.Outlet, "10-19 11:00")
		s := b.want("10-19 12:30", clocks.StatusPaused, "10-19 16:00", hours(1)) // one working hour so far
		if len(s.Waits) != 1 || s.Waits[0].WaitedFor != clocks.ForCustomer || s.Waits[0].Evidence != "e" || !s.NextAt.IsZero() {
			t.Errorf("waits %v, next %s, want the customer and nothing to wake for", s.Waits, s.NextAt)
		}
		b.resume("p", "10-19 14:00") // two working hours in all
		b.want("10-19 14:00", clocks.StatusRunning, "10-19 17:00", hours(1))
	})
	t.Run("a pause outside opening hours extends nothing", func(t *testing.T) {
		t.Parallel()
		b := newBench(t).start("10-19 17:00", working("centre", 2))
		b.pause("p", clocks.ForCustomer, clocks.Outlet, "10-19 18:30").resume("p", "10-20 08:00")
		b.want("10-20 09:30", clocks.StatusRunning, "10-20 10:00", hours(1.5))
	})
	t.Run("a promised window end is extended too", func(t *testing.T) {
		t.Parallel()
		b := newBench(t).start("10-19 09:00", clocks.Target{Kind: clocks.Instant, At: b19(t, "10-19 12:00")})
		b.pause("p", clocks.ForForceMajeure, clocks.Engineer, "10-19 10:00").resume("p", "10-19 11:30")
		b.want("10-19 12:30", clocks.StatusRunning, "10-19 13:30", hours(2))
	})
	t.Run("a new promise knows of the waits before it", func(t *testing.T) {
		t.Parallel()
		b := newBench(t).start("10-19 09:00", clocks.Target{Kind: clocks.Instant, At: b19(t, "10-19 12:00")})
		b.pause("p", clocks.ForCustomer, clocks.Engineer, "10-19 10:00")
		b.retarget("10-19 14:00", clocks.Target{Kind: clocks.Instant, At: b19(t, "10-20 12:00")})
		b.resume("p", "10-19 14:00")
		b.want("10-19 15:00", clocks.StatusRunning, "10-20 12:00", -1)
	})
	t.Run("a paused clock does not run out", func(t *testing.T) {
		t.Parallel()
		b := newBench(t).start("10-19 10:00", realTime(2)).pause("p", clocks.ForCustomer, clocks.Outlet, "10-19 12:00")
		b.want("10-25 12:00", clocks.StatusPaused, "10-25 12:00", hours(2)) // paused at the last moment
		b.resume("p", "10-25 12:00").met("10-25 12:00")
		b.want("10-25 12:00", clocks.StatusMet, "", hours(2))
	})
	t.Run("waits that overlap", func(t *testing.T) {
		t.Parallel()
		build := func(p clocks.Party) *bench {
			b := newBench(t).start("10-19 10:00", realTime(24))
			b.pause("customer", clocks.ForCustomer, p, "10-19 11:00")
			b.pause("part", clocks.ForPart, p, "10-19 12:00")
			b.resume("customer", "10-19 13:00")
			b.pause("storm", clocks.ForForceMajeure, p, "10-19 14:00")
			b.resume("storm", "10-19 15:00").resume("part", "10-19 16:00")
			return b
		}
		// The outlet stands still from 11 to 16; the firm and the supplier run
		// while the part is missing, though the customer is away too, but not
		// in the storm; the customer's clock runs while the customer is waited
		// for, part or no part.
		for p, elapsed := range map[clocks.Party]float64{clocks.Outlet: 2, clocks.Firm: 5, clocks.Parts: 5, clocks.Customer: 4} {
			build(p).want("10-19 17:00", clocks.StatusRunning, "", hours(elapsed))
		}
	})
	t.Run("a pause before the start counts from the start", func(t *testing.T) {
		t.Parallel()
		b := newBench(t).start("10-19 10:00", realTime(2)).pause("p", clocks.ForCustomer, clocks.Outlet, "10-19 08:00", "10-19 10:00")
		b.resume("p", "10-19 11:00")
		b.want("10-19 11:00", clocks.StatusRunning, "10-19 13:00", 0)
	})
	t.Run("working days", func(t *testing.T) {
		t.Parallel()
		b := newBench(t).start("10-19 10:00", clocks.Target{Kind: clocks.WorkdayEnd, Calendar: "centre", Days: 1})
		b.pause("p", clocks.ForCustomer, clocks.Outlet, "10-19 17:00").resume("p", "10-20 10:00") // two working hours
		b.want("10-20 11:00", clocks.StatusRunning, "10-21 11:00", -1)
	})
}

// b19 reads a time for targets that are built before their bench.
func b19(t *testing.T, s string) time.Time {
	t.Helper()
	return newBench(t).at(s)
}

func TestRetargets(t *testing.T) {
	t.Parallel()
	t.Run("time used stays used", func(t *testing.T) {
		t.Parallel()
		b := newBench(t).start("10-19 10:00", working("centre", 8)).retarget("10-19 12:00", working("centre", 4))
		b.want("10-19 12:00", clocks.StatusRunning, "10-19 14:00", hours(2))
	})
	t.Run("used up already: due at the moment of the change", func(t *testing.T) {
		t.Parallel()
		b := newBench(t).start("10-19 10:00", realTime(8)).retarget("10-19 15:00", realTime(4))
		if s := b.want("10-19 15:01", clocks.StatusBreached, "10-19 15:00", -1); !s.BreachedAt.Equal(b.at("10-19 15:00")) {
			t.Errorf("breached at %s, want 15:00, not 14:00, when nobody owed it", s.BreachedAt)
		}
	})
	t.Run("a longer target washes no breach away", func(t *testing.T) {
		t.Parallel()
		b := newBench(t).start("10-19 10:00", realTime(4)).retarget("10-19 16:00", realTime(48)).met("10-19 17:00")
		if s := b.want("10-19 18:00", clocks.StatusBreached, "10-19 14:00", -1); !s.MetAt.Equal(b.at("10-19 17:00")) || s.AmendedFrom != nil {
			t.Errorf("met at %s, amended from %v, want 17:00 and nothing amended", s.MetAt, s.AmendedFrom)
		}
	})
	t.Run("unless it was agreed before and recorded later", func(t *testing.T) {
		t.Parallel()
		b := newBench(t).start("10-19 10:00", realTime(4))
		b.want("10-19 15:00", clocks.StatusBreached, "10-19 14:00", -1)
		b.add(clocks.Fact{Kind: clocks.Retargeted, Target: realTime(48)}, "10-19 13:00", "10-19 16:00")
		if s := b.want("10-19 16:00", clocks.StatusRunning, "10-21 10:00", -1); s.AmendedFrom == nil || s.AmendedFrom.Status != clocks.StatusBreached {
			t.Errorf("amended from %v, want the breach", s.AmendedFrom)
		}
	})
	t.Run("another team's calendar", func(t *testing.T) {
		t.Parallel()
		// Two hours used at the centre on Monday; the outlet that takes over is closed on Tuesday.
		b := newBench(t).start("10-19 16:00", working("centre", 4)).retarget("10-19 19:00", working("closed-tuesday", 4))
		b.want("10-19 19:00", clocks.StatusRunning, "10-21 11:00", hours(2))
	})
	t.Run("days become hours", func(t *testing.T) {
		t.Parallel()
		b := newBench(t).start("10-19 10:00", clocks.Target{Kind: clocks.WorkdayEnd, Calendar: "centre", Days: 3}).retarget("10-20 10:00", realTime(12))
		b.want("10-20 10:00", clocks.StatusRunning, "10-20 13:00", hours(9)) // 8 h on Monday, 1 h on Tuesday
	})
}

func TestLateKnowledge(t *testing.T) {
	t.Parallel()
	t.Run("an answer in time that is recorded late amends the breach", func(t *testing.T) {
		t.Parallel()
		b := newBench(t).start("10-19 09:00", realTime(1))
		before := b.want("10-19 10:30", clocks.StatusBreached, "10-19 10:00", -1)
		b.met("10-19 09:58", "10-19 11:00")
		s := b.want("10-19 11:00", clocks.StatusMet, "10-19 10:00", hours(1)-2*time.Minute)
		if s.AmendedFrom == nil || s.AmendedFrom.Status != clocks.StatusBreached || !s.AmendedAt.Equal(b.at("10-19 11:00")) || s.Remaining != 2*time.Minute {
			t.Errorf("amended from %v at %s, %s left, want the breach at 11:00, 2m left", s.AmendedFrom, s.AmendedAt, s.Remaining)
		}
		if got := clocks.Changes(before, s); !slices.Equal(got, []clocks.Change{clocks.ChangeAmended, clocks.ChangeMet}) {
			t.Errorf("changes %v, want amended, met", got)
		}
		b.want("10-19 10:30", clocks.StatusBreached, "10-19 10:00", -1) // what was known then stays as it was
	})
	t.Run("a late answer stays late", func(t *testing.T) {
		t.Parallel()
		b := newBench(t).start("10-19 09:00", realTime(1))
		before := b.eval("10-19 10:30")
		s := b.met("10-19 10:45").want("10-19 10:45", clocks.StatusBreached, "10-19 10:00", hours(1.75))
		if s.AmendedFrom != nil || s.Remaining != -45*time.Minute || !slices.Equal(clocks.Changes(before, s), []clocks.Change{clocks.ChangeMet}) {
			t.Errorf("amended from %v, remaining %s, changes %v, want none, -45m, met", s.AmendedFrom, s.Remaining, clocks.Changes(before, s))
		}
	})
	t.Run("a wait learnt of later makes it run again", func(t *testing.T) {
		t.Parallel()
		b := newBench(t).start("10-19 09:00", realTime(2))
		before := b.want("10-19 11:30", clocks.StatusBreached, "10-19 11:00", -1)
		b.pause("p", clocks.ForCustomer, clocks.Engineer, "10-19 10:00", "10-19 12:00").resume("p", "10-19 11:45", "10-19 12:00")
		s := b.want("10-19 12:00", clocks.StatusRunning, "10-19 12:45", hours(1.25))
		if got := clocks.Changes(before, s); !slices.Equal(got, []clocks.Change{clocks.ChangeAmended}) {
			t.Errorf("changes %v, want amended", got)
		}
		again := b.want("10-19 13:00", clocks.StatusBreached, "10-19 12:45", -1)
		if got := clocks.Changes(s, again); !slices.Equal(got, []clocks.Change{clocks.ChangeBreached}) || again.AmendedFrom == nil {
			t.Errorf("changes %v, want breached, the first verdict kept", got)
		}
	})
	t.Run("a withdrawn answer breaches a met clock", func(t *testing.T) {
		t.Parallel()
		b := newBench(t).start("10-19 09:00", realTime(2)).met("10-19 10:00")
		b.want("10-19 12:00", clocks.StatusMet, "", hours(1))
		b.add(clocks.Fact{Kind: clocks.Withdrawn, Ref: 2}, "10-19 13:00")
		if s := b.want("10-19 13:00", clocks.StatusBreached, "10-19 11:00", hours(4)); s.AmendedFrom == nil || s.AmendedFrom.Status != clocks.StatusMet {
			t.Errorf("amended from %v, want met", s.AmendedFrom)
		}
	})
	t.Run("an earlier answer than the one known counts", func(t *testing.T) {
		t.Parallel()
		b := newBench(t).start("10-19 09:00", realTime(2)).met("10-19 11:30").met("10-19 10:00", "10-19 12:00")
		if s := b.want("10-19 12:00", clocks.StatusMet, "", hours(1)); s.AmendedFrom == nil {
			t.Error("the breach of 11:00 was not amended")
		}
	})
	t.Run("a device clock that runs ahead brings nothing from the future", func(t *testing.T) {
		t.Parallel()
		b := newBench(t).start("10-19 09:00", realTime(2)).met("10-19 11:02", "10-19 10:59")
		b.want("10-19 10:59", clocks.StatusMet, "10-19 11:00", hours(2)-time.Minute)
	})
}

func TestVoid(t *testing.T) {
	t.Parallel()
	b := newBench(t).start("10-19 09:00", realTime(2)).add(clocks.Fact{Kind: clocks.Voided}, "10-19 10:00")
	if s := b.want("10-19 10:00", clocks.StatusVoid, "10-19 11:00", hours(1)); !s.NextAt.IsZero() || !s.VoidAt.Equal(b.at("10-19 10:00")) {
		t.Errorf("next %s, void at %s, want none and 10:00", s.NextAt, s.VoidAt)
	}
	b.met("10-19 12:00").want("10-19 12:00", clocks.StatusVoid, "", hours(1))
	late := newBench(t).start("10-19 09:00", realTime(2)).add(clocks.Fact{Kind: clocks.Voided}, "10-19 11:30")
	if s := late.want("10-19 12:00", clocks.StatusBreached, "10-19 11:00", hours(2.5)); !s.VoidAt.IsZero() {
		t.Errorf("void at %s: what was broken already stays broken", s.VoidAt)
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	target := working("lunch", 10)
	target.Warn = []clocks.Mark{{Left: time.Hour}, {Used: 50}, {Used: 80}}
	b := newBench(t).start("10-19 09:00", target) // due 10-20 11:00
	s := b.want("10-19 09:00", clocks.StatusRunning, "10-20 11:00", 0)
	want := []string{"10-19 15:00", "10-20 09:00", "10-20 10:00"} // 5 h used; 2 h left: the latest moment, not 18:00; 1 h left
	for i, w := range want {
		if !s.WarnAt[i].Equal(b.at(w)) {
			t.Errorf("warning %d at %s, want %s", i, s.WarnAt[i].In(b.loc), w)
		}
	}
	if !s.NextAt.Equal(b.at("10-19 15:00")) {
		t.Errorf("next %s, want the first warning", s.NextAt)
	}
	w := b.eval("10-19 15:00")
	if w.Warned != 1 || !slices.Equal(clocks.Changes(s, w), []clocks.Change{clocks.ChangeWarned}) || !w.NextAt.Equal(b.at("10-20 09:00")) {
		t.Errorf("at 15:00: %d warned, %v, next %s", w.Warned, clocks.Changes(s, w), w.NextAt)
	}
	if last := b.eval("10-20 10:30"); last.Warned != 3 || !last.NextAt.Equal(b.at("10-20 11:00").Add(time.Microsecond)) {
		t.Errorf("at 10:30: %d warned, next %s, want 3 and just after due", last.Warned, last.NextAt)
	}
	// A wait before the mark moves it; at the due date itself the clock is not broken yet.
	b.pause("p", clocks.ForCustomer, clocks.Outlet, "10-19 10:00").resume("p", "10-19 11:00")
	if s := b.eval("10-19 11:00"); !s.WarnAt[0].Equal(b.at("10-19 16:00")) {
		t.Errorf("warning after a wait at %s, want 16:00", s.WarnAt[0].In(b.loc))
	}
	if s := b.eval("10-20 12:00"); s.Status != clocks.StatusRunning {
		t.Errorf("at the due date: %s, want running", s.Status)
	}
}

// A warning that a new target makes due during a wait comes when the wait ends.
func TestWarningWhilePaused(t *testing.T) {
	t.Parallel()
	target := realTime(2)
	target.Warn = []clocks.Mark{{Left: 90 * time.Minute}}
	b := newBench(t).start("10-19 09:00", realTime(4)).pause("p", clocks.ForCustomer, clocks.Outlet, "10-19 10:00").retarget("10-19 11:00", target)
	if s := b.want("10-19 12:00", clocks.StatusPaused, "10-19 13:00", hours(1)); s.Warned != 0 {
		t.Errorf("%d warned while paused, want none", s.Warned)
	}
	if s := b.resume("p", "10-19 13:00").want("10-19 13:00", clocks.StatusRunning, "10-19 14:00", hours(1)); s.Warned != 1 {
		t.Errorf("%d warned after the wait, want 1", s.Warned)
	}
}

func TestProvisionalDue(t *testing.T) {
	t.Parallel()
	b := newBench(t).start("12-31 16:00", working("centre", 4))
	if s := b.eval("12-31 16:00"); !s.Provisional || s.Due.In(b.loc).Format("2006-01-02 15:04") != "2027-01-04 11:00" {
		t.Errorf("due %s provisional %v, want 2027-01-04 11:00 in a year not published", s.Due.In(b.loc), s.Provisional)
	}
	if s := newBench(t).start("12-30 16:00", working("centre", 4)).eval("12-30 16:00"); s.Provisional {
		t.Error("a due date in 2026 is not provisional")
	}
}

func TestRefusedFacts(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 10, 19, 10, 0, 0, 0, time.UTC)
	fact := func(k clocks.FactKind, change func(*clocks.Fact)) clocks.Fact {
		f := clocks.Fact{Kind: k, OccurredAt: now, RecordedAt: now}
		if change != nil {
			change(&f)
		}
		return f
	}
	started := fact(clocks.Started, func(f *clocks.Fact) { f.Target = realTime(2) })
	pause := clocks.Wait{ID: "p", For: clocks.ForPart, OccurredAt: now, RecordedAt: now}.Paused(clocks.Outlet)
	ended := fact(clocks.Resumed, func(f *clocks.Fact) { f.Pause = "p" })
	for _, tt := range []struct {
		name string
		have []clocks.Fact
		add  clocks.Fact
		want *problem.Code
	}{
		{"first is no start", nil, fact(clocks.Met, nil), clocks.ErrNotStarted},
		{"second start", []clocks.Fact{started}, started, clocks.ErrStarted},
		{"no time", []clocks.Fact{started}, fact(clocks.Met, func(f *clocks.Fact) { f.OccurredAt = time.Time{} }), clocks.ErrFactTime},
		{"recorded before the last", []clocks.Fact{started}, fact(clocks.Met, func(f *clocks.Fact) { f.RecordedAt = now.Add(-1) }), clocks.ErrFactTime},
		{"unknown kind", []clocks.Fact{started}, fact("jumped", nil), clocks.ErrUnknownFact},
		{"bad target", []clocks.Fact{started}, fact(clocks.Retargeted, nil), clocks.ErrTarget},
		{"unknown wait", []clocks.Fact{started}, clocks.Wait{ID: "p", For: "weather", OccurredAt: now, RecordedAt: now}.Paused(clocks.Outlet), clocks.ErrUnknownWait},
		{"wait twice", []clocks.Fact{started, pause}, pause, clocks.ErrWaitTaken},
		{"wait again after its end", []clocks.Fact{started, pause, ended}, pause, clocks.ErrWaitTaken},
		{"end of no wait", []clocks.Fact{started}, ended, clocks.ErrNoWait},
		{"end twice", []clocks.Fact{started, pause, ended}, ended, clocks.ErrNoWait},
		{"end before beginning", []clocks.Fact{started, pause}, fact(clocks.Resumed, func(f *clocks.Fact) { f.Pause, f.OccurredAt = "p", now.Add(-time.Hour) }), clocks.ErrResumedBefore},
		{"withdraw the start", []clocks.Fact{started}, fact(clocks.Withdrawn, func(f *clocks.Fact) { f.Ref = 1 }), clocks.ErrWithdraw},
		{"withdraw nothing", []clocks.Fact{started}, fact(clocks.Withdrawn, func(f *clocks.Fact) { f.Ref = 9 }), clocks.ErrWithdraw},
		{"withdraw twice", []clocks.Fact{started, fact(clocks.Met, nil), fact(clocks.Withdrawn, func(f *clocks.Fact) { f.Ref = 2 })}, fact(clocks.Withdrawn, func(f *clocks.Fact) { f.Ref = 2 }), clocks.ErrWithdraw},
		{"end again after the end was withdrawn", []clocks.Fact{started, pause, ended, fact(clocks.Withdrawn, func(f *clocks.Fact) { f.Ref = 3 })}, ended, nil},
	} {
		var facts clocks.Facts
		for _, f := range tt.have {
			next, err := facts.With(f)
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			facts = next
		}
		got, err := facts.With(tt.add)
		if !problem.Match(err, tt.want) || err == nil && (len(got) != len(facts)+1 || got[len(facts)].Seq != len(got)) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if _, err := clocks.Eval(nil, nil, now); !problem.Match(err, clocks.ErrNotStarted) {
		t.Errorf("Eval of nothing = %v, want ErrNotStarted", err)
	}
	b := newBench(t).start("10-19 09:00", working("centre", 1))
	if _, err := clocks.Eval(b.facts, b.find, b.at("10-19 08:00")); !problem.Match(err, clocks.ErrNotStarted) {
		t.Errorf("Eval before the start was known = %v, want ErrNotStarted", err)
	}
	for name, find := range map[string]clocks.Calendars{
		"missing": func(string) (*calendar.Calendar, error) { return nil, nil },
		"failing": func(string) (*calendar.Calendar, error) { return nil, fmt.Errorf("no database") },
	} {
		if _, err := clocks.Eval(b.facts, find, b.at("10-19 10:00")); !problem.Match(err, clocks.ErrCalendar) {
			t.Errorf("Eval with a calendar %s = %v, want ErrCalendar", name, err)
		}
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 10, 19, 0, 0, 0, 0, time.UTC)
	mark := func(m ...clocks.Mark) clocks.Target {
		return clocks.Target{Kind: clocks.CalendarTime, Duration: time.Hour, Warn: m}
	}
	for _, tt := range []struct {
		target clocks.Target
		field  string // "" is valid
	}{
		{realTime(1), ""},
		{working("c", 1), ""},
		{mark(clocks.Mark{Used: 80}, clocks.Mark{Left: time.Minute}), ""},
		{clocks.Target{Kind: clocks.WorkdayEnd, Calendar: "c"}, ""},
		{clocks.Target{Kind: clocks.Instant, At: at}, ""},
		{clocks.Target{}, "kind"},
		{realTime(0), "duration"},
		{realTime(-1), "duration"},
		{realTime(24 * 4000), "duration"},
		{working("", 1), "calendar"},
		{clocks.Target{Kind: clocks.CalendarTime, Calendar: "c", Duration: 1}, "calendar"},
		{clocks.Target{Kind: clocks.WorkdayEnd}, "calendar"},
		{clocks.Target{Kind: clocks.WorkdayEnd, Calendar: "c", Days: -1}, "days"},
		{clocks.Target{Kind: clocks.Instant}, "at"},
		{mark(clocks.Mark{}), "warn"},
		{mark(clocks.Mark{Used: 100}), "warn"},
		{mark(clocks.Mark{Used: 50, Left: time.Minute}), "warn"},
		{mark(clocks.Mark{Left: -time.Minute}), "warn"},
	} {
		err := tt.target.Validate()
		got := ""
		if p := (*problem.Error)(nil); errors.As(err, &p) {
			got, _ = p.Params["field"].(string)
		}
		if got != tt.field {
			t.Errorf("%+v: %v, want field %q", tt.target, err, tt.field)
		}
	}
	bound, err := clocks.Target{Kind: clocks.Instant, Calendar: "@outlet"}.Bind(clocks.Binding{Calendars: map[string]string{"outlet": "o7"}, Promised: at})
	if err != nil || bound.Calendar != "o7" || !bound.At.Equal(at) {
		t.Errorf("Bind = %+v, %v, want o7 at %s", bound, err, at)
	}
	if _, err := working("@centre", 1).Bind(clocks.Binding{}); !problem.Match(err, clocks.ErrCalendar) {
		t.Errorf("Bind of an unknown role = %v, want ErrCalendar", err)
	}
	if _, err := (clocks.Target{Kind: clocks.Instant}).Bind(clocks.Binding{}); !problem.Match(err, clocks.ErrTarget) {
		t.Errorf("Bind without a promise = %v, want ErrTarget", err)
	}
}

// Facts are stored as JSON and mean the same when they come back.
func TestFactsJSON(t *testing.T) {
	t.Parallel()
	target := working("centre", 4)
	target.Warn = []clocks.Mark{{Used: 80}}
	b := newBench(t).start("10-19 09:00", target).pause("p", clocks.ForPart, clocks.Outlet, "10-19 10:00").resume("p", "10-19 11:00").met("10-19 15:00")
	text, err := json.Marshal(b.facts)
	if err != nil {
		t.Fatal(err)
	}
	var back clocks.Facts
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	got, err := clocks.Eval(back, b.find, b.at("10-19 16:00"))
	if want := b.eval("10-19 16:00"); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("after a round trip %+v, %v, want %+v", got, err, want)
	}
}
