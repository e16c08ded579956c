package clocks

import "time"

// Status is where a clock stands.
type Status string

// The statuses.
const (
	StatusRunning  Status = "running"
	StatusPaused   Status = "paused"
	StatusMet      Status = "met"      // in time
	StatusBreached Status = "breached" // due passed, whether done later or not
	StatusVoid     Status = "void"     // the duty fell away before it was due
)

// Settled tells whether time alone no longer changes the status.
func (s Status) Settled() bool { return s != StatusRunning && s != StatusPaused }

// State is what the facts known at a moment say about a clock.
type State struct {
	Status Status
	Target Target    // in force, or under which it was breached
	Since  time.Time // when that target took effect
	// Due is when the target in force runs out, or ran out. While paused it is
	// the date that would hold if the wait ended now.
	Due time.Time
	// Provisional: Due lies in a year whose holidays are not published.
	Provisional bool
	// Elapsed is the time used until the clock ended or until now.
	Elapsed time.Duration
	// Remaining is the time left then until Due, negative when it was over.
	Remaining time.Duration
	// WarnAt are the instants of the target's marks in order; Warned counts
	// those reached.
	WarnAt []time.Time
	Warned int
	// StartedAt, BreachedAt, MetAt and VoidAt are zero where they did not
	// happen. MetAt after BreachedAt is a late end.
	StartedAt, BreachedAt, MetAt, VoidAt time.Time
	// Waits are the open waits while the clock is paused.
	Waits []Fact
	// NextAt is when to look again: at the next warning or just after Due.
	// Zero when nothing happens by itself.
	NextAt time.Time
	// AmendedFrom is the last verdict that facts learnt later overthrew, with
	// the moment they were recorded in AmendedAt; nil when none was.
	AmendedFrom *Verdict
	AmendedAt   time.Time
}

// Verdict is how a clock ended.
type Verdict struct {
	Status     Status    `json:"status"`
	BreachedAt time.Time `json:"breached_at,omitzero"`
	MetAt      time.Time `json:"met_at,omitzero"`
}

// Verdict returns how the clock stands as a verdict.
func (s State) Verdict() Verdict {
	return Verdict{Status: s.Status, BreachedAt: s.BreachedAt, MetAt: s.MetAt}
}

// Eval returns the state of a clock at a moment, from what was known then. It
// depends on nothing else: the same facts and calendars give the same state.
// It fails with ErrNotStarted before the start was recorded and with
// ErrCalendar when a target's calendar is not found.
func Eval(facts Facts, find Calendars, asOf time.Time) (State, error) {
	known := facts.known(asOf)
	s, err := judge(known, find, asOf)
	if err != nil {
		return State{}, err
	}
	// A verdict was amended where the facts recorded at a moment changed what
	// everybody had to believe just before.
	for i := 1; i < len(known); i++ {
		moment := known[i].RecordedAt
		if !known[i-1].RecordedAt.Before(moment) {
			continue // recorded together with the one before
		}
		before, err := judge(known[:i], find, moment)
		if err != nil {
			return State{}, err
		}
		if !before.Status.Settled() {
			continue
		}
		after, err := judge(known.known(moment), find, moment)
		if err != nil {
			return State{}, err
		}
		if v := before.Verdict(); v.Status != after.Status || !v.BreachedAt.Equal(after.BreachedAt) {
			s.AmendedFrom, s.AmendedAt = &v, moment
		}
	}
	return s, nil
}

// judge is Eval without the comparison to earlier knowledge; all facts count.
func judge(facts Facts, find Calendars, asOf time.Time) (State, error) {
	if len(facts) == 0 || facts[0].Kind != Started {
		return State{}, ErrNotStarted
	}
	start := facts[0].at()
	live := facts.live()
	s := State{Status: StatusRunning, StartedAt: start.UTC()}
	end := asOf
	met, isMet := live.first(Met)
	voided, isVoid := live.first(Voided)
	met, voided = later(met, start), later(voided, start)
	switch {
	case isMet && (!isVoid || !voided.Before(met)):
		s.MetAt, s.Status, end = met.UTC(), StatusMet, met
	case isVoid: // whatever happened after the duty fell away was not owed
		s.VoidAt, s.Status, end = voided.UTC(), StatusVoid, voided
	}
	stops := live.stops(start, end)

	targets := live.retargets(start)
	var used time.Duration
	var inForce stage
	for i, f := range targets {
		from := later(f.at(), start)
		if from.After(end) {
			break
		}
		cal, err := f.Target.calendar(find)
		if err != nil {
			return State{}, err
		}
		until := end
		if i+1 < len(targets) {
			until = earlier(end, later(targets[i+1].at(), start))
		}
		g := newStage(f.Target, cal, start, from, used, stops)
		used += net(cal, from, until, stops)
		if s.BreachedAt.IsZero() {
			inForce = g
			// Over before the next target, the end and now.
			if g.due.Before(until) {
				s.BreachedAt, s.Status = g.due, StatusBreached
			}
		}
	}
	s.Target, s.Since, s.Due, s.Elapsed = inForce.target, inForce.from.UTC(), inForce.due, used
	s.Remaining = net(inForce.cal, end, s.Due, stops) - net(inForce.cal, s.Due, end, stops)
	s.Provisional = inForce.cal.ProvisionalAt(s.Due)
	if s.Status == StatusBreached {
		s.VoidAt = time.Time{} // what fell away was broken already
	}
	if s.Status == StatusRunning && live.stopped(asOf) {
		s.Status, s.Waits = StatusPaused, live.OpenWaits(asOf)
	}
	s.WarnAt = inForce.warnings(stops)
	for _, at := range s.WarnAt {
		// A warning that a wait pushes before itself has not come yet.
		if at.Before(end) || at.Equal(end) && s.Status != StatusPaused {
			s.Warned++
		}
	}
	if s.Status == StatusRunning {
		s.NextAt = s.Due.Add(time.Microsecond) // instants are stored in microseconds
		if s.Warned < len(s.WarnAt) {
			s.NextAt = earlier(s.NextAt, s.WarnAt[s.Warned])
		}
	}
	return s, nil
}

// stopped tells whether the open waits stop the clock at a moment.
func (fs Facts) stopped(at time.Time) bool {
	open := map[Effect]bool{}
	for _, f := range fs.OpenWaits(at) {
		open[f.Effect] = true
	}
	return open[Freeze] || open[Stops] && !open[Runs]
}

// Change is what became of a clock between two states; it names the event.
type Change string

// The changes, in the order in which Changes lists them.
const (
	ChangeAmended  Change = "amended" // a verdict no longer holds
	ChangeWarned   Change = "warned"
	ChangePaused   Change = "paused"
	ChangeResumed  Change = "resumed"
	ChangeMet      Change = "met" // also when late: see BreachedAt
	ChangeBreached Change = "breached"
	ChangeVoided   Change = "voided"
)

// Changes compares two states of one clock, the second from later knowledge,
// and returns what to tell. Nothing changed gives none.
func Changes(before, after State) []Change {
	var out []Change
	add := func(when bool, c Change) {
		if when {
			out = append(out, c)
		}
	}
	became := func(s Status) bool { return before.Status != s && after.Status == s }
	add(after.AmendedFrom != nil && !after.AmendedAt.Equal(before.AmendedAt), ChangeAmended)
	add(after.Warned > before.Warned && after.Status == StatusRunning, ChangeWarned)
	add(became(StatusPaused), ChangePaused)
	add(before.Status == StatusPaused && after.Status == StatusRunning, ChangeResumed)
	add(!after.MetAt.IsZero() && !after.MetAt.Equal(before.MetAt), ChangeMet)
	add(became(StatusBreached) || after.Status == StatusBreached && !after.BreachedAt.Equal(before.BreachedAt), ChangeBreached)
	add(became(StatusVoid), ChangeVoided)
	return out
}
