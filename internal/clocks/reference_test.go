package clocks_test

import (
	"slices"
	"time"

	"anxin/internal/clocks"
	"anxin/internal/platform/calendar"
)

// The reference walks through a clock's life minute by minute and does what the
// package comment says, with lists of booleans for calendars. It shares no
// arithmetic with the package.

// world is a stretch of time with calendars as open minutes.
type world struct {
	start time.Time
	open  map[string][]bool
	ends  map[string][]closing
	cals  map[string]*calendar.Calendar
}

// closing is the end of a working day: the minute after its last open one.
type closing struct {
	minute int
	day    string
}

const worldDays = 45

// newWorld looks at the specs' wall clocks directly.
func newWorld(start time.Time, specs []calendar.Spec) (*world, error) {
	w := &world{start: start, open: map[string][]bool{}, ends: map[string][]closing{}, cals: map[string]*calendar.Calendar{}}
	for _, spec := range specs {
		cal, err := calendar.New(spec, calendar.China())
		if err != nil {
			return nil, err
		}
		w.cals[spec.ID] = cal
		n := worldDays * calendar.DayMinutes
		open, ends := make([]bool, n), []closing(nil)
		for i := range n {
			local := start.Add(time.Duration(i) * time.Minute).In(cal.Location())
			minute, day := local.Hour()*60+local.Minute(), local.Format(time.DateOnly)
			for _, win := range windowsOf(spec, day, local.Weekday()) {
				open[i] = open[i] || win.From <= minute && minute < win.To
			}
			if !open[i] {
				continue
			}
			if k := len(ends); k == 0 || ends[k-1].day != day {
				ends = append(ends, closing{day: day})
			}
			ends[len(ends)-1].minute = i + 1
		}
		w.open[spec.ID], w.ends[spec.ID] = open, ends
	}
	return w, nil
}

func windowsOf(spec calendar.Spec, day string, weekday time.Weekday) []calendar.Window {
	if spec.AllDay {
		return []calendar.Window{{From: 0, To: calendar.DayMinutes}}
	}
	for _, e := range spec.Exceptions {
		if e.Date.String() == day {
			if e.Kind == calendar.Off {
				return nil
			}
			return e.Windows // the specs of these tests give them
		}
	}
	if spec.Country != "" {
		d, err := calendar.ParseDate(day)
		if err != nil {
			panic(err)
		}
		if e, ok := calendar.China().Day(d); ok {
			if e.Kind == calendar.Off {
				return nil
			}
			return spec.MakeUp
		}
	}
	return spec.Weekly[weekday]
}

func (w *world) find(id string) (*calendar.Calendar, error) { return w.cals[id], nil }

func (w *world) minute(t time.Time) int { return int(t.Sub(w.start) / time.Minute) }

func (w *world) time(minute int) time.Time { return w.start.Add(time.Duration(minute) * time.Minute) }

func (w *world) isOpen(t clocks.Target, i int) bool {
	return t.Calendar == "" || w.open[t.Calendar][i]
}

// closing returns the end of the n-th working day after the date of a minute,
// or with 0 the first end after it.
func (w *world) closing(t clocks.Target, from, n int) int {
	today := w.time(from).In(w.cals[t.Calendar].Location()).Format(time.DateOnly)
	for _, c := range w.ends[t.Calendar] {
		if n == 0 && c.minute > from {
			return c.minute
		}
		if n > 0 && c.day > today {
			if n--; n == 0 {
				return c.minute
			}
		}
	}
	panic("the world is too short")
}

// result is what the reference finds out, in minutes of the world; -1: never.
type result struct {
	status             clocks.Status
	due                int
	elapsed, remaining int
	breached, met      int
	warn               []time.Duration // since the world's start
}

type entry struct {
	at   int
	fact clocks.Fact
}

// simulate runs the facts that were recorded until a minute.
func (w *world) simulate(facts clocks.Facts, asOf int) result {
	var list []entry
	for _, f := range facts {
		if w.minute(f.RecordedAt) <= asOf {
			list = append(list, entry{min(w.minute(f.OccurredAt), w.minute(f.RecordedAt)), f})
		}
	}
	gone := map[int]bool{}
	for _, e := range list {
		gone[e.fact.Ref] = gone[e.fact.Ref] || e.fact.Kind == clocks.Withdrawn
	}
	list = slices.DeleteFunc(list, func(e entry) bool { return gone[e.fact.Seq] })
	start := list[0].at
	end, met, void := asOf, -1, -1
	for _, e := range list {
		at := max(start, e.at)
		if e.fact.Kind == clocks.Met && (met < 0 || at < met) {
			met = at
		}
		if e.fact.Kind == clocks.Voided && (void < 0 || at < void) {
			void = at
		}
	}
	if met >= 0 && void >= 0 { // whichever came first ends the clock
		if void < met {
			met = -1
		} else {
			void = -1
		}
	}
	if met >= 0 {
		end = met
	}
	if void >= 0 {
		end = void
	}
	// stillAt tells whether the clock stands still during the minute after i.
	stillAt := func(i int) bool {
		freeze, runs, stops := false, false, false
		for _, e := range list {
			if e.fact.Kind != clocks.Paused || e.at > i {
				continue
			}
			over := false
			for _, o := range list {
				over = over || o.fact.Kind == clocks.Resumed && o.fact.Pause == e.fact.Pause && o.at <= i
			}
			if over {
				continue
			}
			switch e.fact.Effect {
			case clocks.Freeze:
				freeze = true
			case clocks.Runs:
				runs = true
			case clocks.Stops:
				stops = true
			}
		}
		return freeze || stops && !runs
	}
	still := make([]bool, end+1)
	for i := range end {
		still[i] = i >= start && stillAt(i)
	}
	stopped := func(i int) bool { return i < end && still[i] }

	res := result{breached: -1, met: met}
	var target clocks.Target
	since, used, usedAtEnd := start, 0, 0
	deadline := -1 // of the target in force
	settle := func(i int) {
		if target.Kind != clocks.Instant && target.Kind != clocks.WorkdayEnd {
			if deadline < 0 && time.Duration(used)*time.Minute >= target.Duration && !stopped(i) {
				deadline = i
			}
		}
	}
	// push moves the deadline of an absolute target through a stopped minute.
	push := func(i int) {
		if deadline < i {
			return
		}
		if w.isOpen(target, i) {
			for !w.isOpen(target, deadline) {
				deadline++
			}
			deadline++
		} else if deadline == i {
			deadline++
		}
	}
	broken := func() bool { return res.breached >= 0 }
	var breachTarget clocks.Target
	breachSince := 0
	for i := start; ; i++ {
		if !broken() && deadline >= 0 && i > deadline && i <= end {
			res.breached = deadline
			breachTarget, breachSince = target, since
		}
		if i <= end {
			for _, e := range list {
				isTarget := e.fact.Kind == clocks.Started || e.fact.Kind == clocks.Retargeted
				if !isTarget || max(start, e.at) != i {
					continue
				}
				target, since, deadline = e.fact.Target, i, -1
				switch target.Kind {
				case clocks.WorkdayEnd:
					deadline = w.closing(target, start, target.Days)
					for j := start; j < i; j++ {
						if stopped(j) {
							push(j)
						}
					}
					deadline = max(deadline, i)
				case clocks.Instant:
					deadline = max(w.minute(target.At), i)
				}
			}
		}
		settle(i)
		if i == end {
			usedAtEnd = used
		}
		if i >= end && deadline >= 0 {
			break
		}
		if stopped(i) {
			if target.Kind == clocks.Instant || target.Kind == clocks.WorkdayEnd {
				push(i)
			}
		} else if w.isOpen(target, i) {
			used++
		}
	}
	res.due, res.elapsed = deadline, usedAtEnd
	if broken() {
		res.due, target, since = res.breached, breachTarget, breachSince
	}
	for j := end; j < res.due; j++ {
		if w.isOpen(target, j) {
			res.remaining++
		}
	}
	for j := res.due; j < end; j++ {
		if w.isOpen(target, j) && !stopped(j) {
			res.remaining--
		}
	}
	switch {
	case broken():
		res.status = clocks.StatusBreached
	case met >= 0:
		res.status = clocks.StatusMet
	case void >= 0:
		res.status = clocks.StatusVoid
	case stillAt(asOf):
		res.status = clocks.StatusPaused
	default:
		res.status = clocks.StatusRunning
	}
	for _, m := range target.Warn {
		res.warn = append(res.warn, w.warn(target, m, start, since, res.due, stopped))
	}
	slices.Sort(res.warn)
	return res
}

// warn counts back from the due date until the mark's time is left.
func (w *world) warn(t clocks.Target, m clocks.Mark, start, since, due int, stopped func(int) bool) time.Duration {
	left := m.Left
	if m.Used > 0 {
		total := t.Duration
		if t.Kind == clocks.WorkdayEnd || t.Kind == clocks.Instant {
			total = 0
			from, base := since, w.minute(t.At)
			if t.Kind == clocks.WorkdayEnd {
				from, base = start, w.closing(t, start, t.Days)
			}
			for j := from; j < base; j++ {
				if w.isOpen(t, j) {
					total += time.Minute
				}
			}
		}
		left = total - total*time.Duration(m.Used)/100
	}
	var have time.Duration
	if left == 0 {
		return time.Duration(due) * time.Minute
	}
	for j := due - 1; j >= since; j-- {
		if !w.isOpen(t, j) || stopped(j) {
			continue
		}
		if have+time.Minute >= left {
			return time.Duration(j+1)*time.Minute - (left - have)
		}
		have += time.Minute
	}
	at := since
	for stopped(at) {
		at++
	}
	return time.Duration(at) * time.Minute
}
