package planner

import (
	"cmp"
	"slices"
	"time"

	"anxin/internal/platform/reason"
)

// Violation is a rule that a plan breaks.
type Violation struct {
	Job      JobID         `json:"job,omitempty"`
	Engineer EngineerID    `json:"engineer,omitempty"`
	Reason   reason.Reason `json:"reason"`
}

// CheckPlan judges a plan by the rules alone; it knows nothing of how plans are made. What committed visits
// break among themselves is a fact and no fault of the plan.
func CheckPlan(s Snapshot, p Plan) []Violation {
	c := checker{s: &s, p: p, moved: map[VisitID]bool{}}
	for _, a := range p.Assignments {
		c.moved[a.Visit] = a.Visit != ""
	}
	for _, id := range p.Dropped {
		c.moved[id] = true
	}
	gone := map[JobID]bool{}
	for i := range s.Visits {
		if v := &s.Visits[i]; v.ID != "" && c.moved[v.ID] {
			gone[v.Job.ID] = true
		}
	}
	c.gone = gone
	c.books()
	c.stock()
	for _, a := range p.Assignments {
		c.assignment(a)
	}
	for i := range s.Engineers {
		for k := range s.Engineers[i].Days {
			c.day(&s.Engineers[i], &s.Engineers[i].Days[k])
		}
	}
	return c.out
}

type checker struct {
	s     *Snapshot
	p     Plan
	moved map[VisitID]bool
	gone  map[JobID]bool // the jobs of moved visits
	out   []Violation
}

func (c *checker) fault(j JobID, e EngineerID, r reason.Reason) {
	c.out = append(c.out, Violation{Job: j, Engineer: e, Reason: r})
}

// books: every job is assigned once or explained, and nothing frozen moves.
func (c *checker) books() {
	seen := map[JobID]int{}
	for _, a := range c.p.Assignments {
		seen[a.Job]++
	}
	for _, u := range c.p.Unserved {
		seen[u.Job]++
		if _, ok := u.Reasons.FirstFailing(); !ok {
			c.fault(u.Job, "", reason.Failed(RuleSilent))
		}
	}
	for _, j := range c.s.Jobs {
		switch seen[j.ID] {
		case 1:
		case 0:
			c.fault(j.ID, "", reason.Failed(RuleSilent))
		default:
			c.fault(j.ID, "", reason.Failed(RuleTwice).Compared(seen[j.ID], 1))
		}
	}
	for _, v := range c.s.Visits {
		if v.ID != "" && v.Frozen && c.moved[v.ID] {
			c.fault(v.Job.ID, "", reason.Failed(RuleFrozen).With("visit", string(v.ID)))
		}
	}
}

// assignment judges one by itself.
func (c *checker) assignment(a Assignment) {
	j, ok := c.s.job(a.Job)
	if !ok {
		c.fault(a.Job, "", reason.Failed(RuleUnknown))
		return
	}
	if d := a.End.Sub(a.Start); d != time.Duration(j.Minutes)*time.Minute {
		c.fault(j.ID, "", reason.Failed(RuleDuration).Compared(minutes(d), j.Minutes))
	}
	if a.Start.Before(c.s.Now) {
		c.fault(j.ID, "", reason.Failed(RulePast).Compared(-minutes(c.s.Now.Sub(a.Start)), 0))
	}
	if len(a.Engineers) != j.crew() || len(a.Engineers) == 2 && a.Engineers[0] == a.Engineers[1] {
		c.fault(j.ID, "", reason.Failed(RuleCrew).Compared(len(a.Engineers), j.crew()))
	}
	if late := outside(j.Windows, a.Start); late != 0 {
		c.fault(j.ID, "", reason.Failed(RuleWindow).With("promised", j.Promised).Compared(minutes(late), 0))
	}
	for i, id := range a.Engineers {
		e, ok := c.s.engineer(id)
		if !ok {
			c.fault(j.ID, id, reason.Failed(RuleUnknown))
			continue
		}
		k, ok := e.day(a.Date)
		if !ok {
			c.fault(j.ID, id, reason.Failed(RuleShift).With("date", a.Date.String()).Compared(0, j.Minutes))
			continue
		}
		r := leader
		if i > 0 {
			r = helper
		}
		for _, rule := range staticRules {
			if why := rule(e, &e.Days[k], j, r); why.Verdict == reason.Fail {
				c.fault(j.ID, id, why)
			}
		}
		c.inShift(&e.Days[k], j.ID, id, Span{a.Start, a.End})
	}
}

// outside is how long before (negative) or after all windows an instant lies; 0 is inside one.
func outside(windows []Span, at time.Time) time.Duration {
	var best time.Duration
	for i, w := range windows {
		var d time.Duration
		switch {
		case at.Before(w.From):
			d = at.Sub(w.From)
		case at.After(w.To):
			d = at.Sub(w.To)
		default:
			return 0
		}
		if i == 0 || d.Abs() < best.Abs() {
			best = d
		}
	}
	return best
}

func (c *checker) inShift(d *Day, j JobID, e EngineerID, at Span) {
	for _, away := range d.Away {
		if away.overlaps(at) {
			c.fault(j, e, reason.Failed(RuleAbsent).With("date", d.Date.String()).Compared(minutes(cut(away, at)), 0))
			return
		}
	}
	var most time.Duration
	for _, sh := range d.Shifts {
		if !at.From.Before(sh.From) && !at.To.After(sh.To) {
			return
		}
		if sh.overlaps(at) {
			most = max(most, cut(sh, at))
		}
	}
	c.fault(j, e, reason.Failed(RuleShift).With("date", d.Date.String()).Compared(minutes(most), minutes(at.To.Sub(at.From))))
}

func cut(a, b Span) time.Duration { return earlier(a.To, b.To).Sub(later(a.From, b.From)) }

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// bit is one thing that an engineer does on a day.
type bit struct {
	job        JobID
	place      int
	start, end time.Time
	planned    bool // by the plan, not committed before
	frozen     bool
	stop       bool // at a counter: no visit
}

func (c *checker) bits(e EngineerID, d *Day) []bit {
	out, date := c.stops(e, d), d.Date
	for _, v := range c.s.Visits {
		if (v.ID == "" || !c.moved[v.ID]) && v.Date == date && slices.Contains(v.Engineers, e) && !c.unneeded(&v) {
			out = append(out, bit{v.Job.ID, v.Job.Place, v.Start, v.End, false, v.Frozen, len(v.For) > 0})
		}
	}
	for _, a := range c.p.Assignments {
		if a.Date != date || !slices.Contains(a.Engineers, e) {
			continue
		}
		if j, ok := c.s.job(a.Job); ok {
			out = append(out, bit{a.Job, j.Place, a.Start, a.End, true, false, false})
		}
	}
	slices.SortStableFunc(out, func(a, b bit) int { return cmp.Or(a.start.Compare(b.start), a.end.Compare(b.end)) })
	return out
}

// day judges what an engineer does on one date together: ways, overlaps, number and rest.
func (c *checker) day(e *Engineer, d *Day) {
	list := c.bits(e.ID, d)
	at := slices.IndexFunc(list, func(b bit) bool { return b.planned })
	if at < 0 {
		return
	}
	n := len(list)
	for _, b := range list {
		if b.stop {
			n--
		}
	}
	if e.MaxVisits > 0 && n > e.MaxVisits {
		c.fault(list[at].job, e.ID, reason.Failed(RuleLoad).With("date", d.Date.String()).Compared(n, e.MaxVisits))
	}
	stands, before := bit{place: e.Home}, bit{}
	var free time.Time
	if len(d.Shifts) > 0 {
		free = d.Shifts[0].From
	}
	var idle []Span // since he is where he stands: remote work may interrupt the way
	ways := make([]time.Duration, len(list))
	for i, b := range list {
		idle = append(idle, Span{free, b.start})
		ways[i] = c.way(e.ID, d.RushHours, b, before, stands, idle, i > 0)
		if b.place != NoPlace {
			stands, idle = b, idle[:0]
		}
		if b.end.After(free) || i == 0 {
			free, before = b.end, b
		}
		if b.planned && slices.ContainsFunc(list[i+1:], func(n bit) bool { return n.frozen }) {
			c.fault(b.job, e.ID, reason.Failed(RuleFrozen))
		}
	}
	c.rest(e, d, list, ways)
}

// way judges how an engineer comes to a bit from the one before, and from where he stands, in the time since then that is
// not taken: remote work in between leaves him there. It is the usual time that is told; in a rush hour less of it is covered.
func (c *checker) way(e EngineerID, p pace, b, before, stands bit, idle []Span, follows bool) time.Duration {
	seconds, ok := c.s.leg(stands.place, b.place)
	way := time.Duration(seconds) * time.Second
	var who JobID
	switch {
	case b.planned:
		who = b.job
	case before.planned:
		who = before.job
	case stands.planned:
		who = stands.job
	default:
		return way
	}
	var has, covers time.Duration
	for _, s := range idle {
		if b.planned && b.place != NoPlace {
			s.From = later(s.From, c.s.Now)
		}
		has += max(0, s.To.Sub(s.From))
		covers += p.covered(s)
	}
	switch {
	case follows && b.start.Before(before.end) && (b.planned || before.planned):
		c.fault(who, e, reason.Failed(RuleOverlap).With("with", string(other(who, b, before))).Compared(minutes(before.end.Sub(b.start)), 0))
	case !ok:
		c.fault(who, e, reason.Failed(RuleUnreachable))
	case covers < way && has >= way: // at another hour it would do
		needs := has + p.arrive(b.start, way-covers).Sub(b.start)
		c.fault(who, e, reason.Failed(RuleRush).With("to", string(b.job)).With("usual", (seconds+59)/60).Compared(minutes(has), ceilMinutes(int64(needs/time.Second))))
	case covers < way:
		c.fault(who, e, reason.Failed(RuleTravel).With("to", string(b.job)).Compared(minutes(has), (seconds+59)/60))
	}
	return way
}

func other(who JobID, a, b bit) JobID {
	if a.job == who {
		return b.job
	}
	return a.job
}

// rest looks for the break in each gap; it may interrupt the way, which takes its time all the same. A day whose
// committed visits leave none is excused.
func (c *checker) rest(e *Engineer, d *Day, list []bit, ways []time.Duration) {
	if d.Break.Minutes == 0 {
		return
	}
	need := time.Duration(d.Break.Minutes) * time.Minute
	if best := longestRest(d, list, ways); best < need && c.couldRest(e, d, need) {
		i := slices.IndexFunc(list, func(b bit) bool { return b.planned })
		c.fault(list[i].job, e.ID, reason.Failed(RuleBreak).With("date", d.Date.String()).Compared(minutes(max(0, best)), d.Break.Minutes))
	}
}

// longestRest looks at home before the first way, and at what is left in each gap of the time until he has to be at the
// next place: who rests in a rush hour misses less of the way.
func longestRest(d *Day, list []bit, ways []time.Duration) time.Duration {
	w, p := d.Break.Span, pace(d.RushHours)
	if len(list) == 0 {
		return w.To.Sub(w.From)
	}
	best := earlier(w.To, p.depart(list[0].start, ways[0])).Sub(w.From)
	free := w.From
	if len(d.Shifts) > 0 {
		free = d.Shifts[0].From
	}
	var gaps []Span // since the last place
	for i := 0; i <= len(list); i++ {
		g := Span{From: free, To: later(w.To, free)}
		if i < len(list) {
			g.To = list[i].start
			free = later(free, list[i].end)
		}
		gaps = append(gaps, g)
		if i < len(list) && list[i].place == NoPlace {
			continue
		}
		left := time.Duration(1<<62 - 1)
		if i < len(list) {
			left = -ways[i]
			for _, g := range gaps {
				left += p.covered(g)
			}
		}
		for _, g := range gaps {
			best = max(best, p.longest(Span{later(g.From, w.From), earlier(g.To, w.To)}, left))
		}
		gaps = gaps[:0]
	}
	return best
}

// couldRest tells whether the committed visits alone leave room for the break.
func (c *checker) couldRest(e *Engineer, d *Day, need time.Duration) bool {
	alone := checker{s: c.s, moved: c.moved, gone: c.gone}
	list := alone.bits(e.ID, d)
	ways, place := make([]time.Duration, len(list)), e.Home
	for i, b := range list {
		seconds, _ := c.s.leg(place, b.place)
		ways[i] = time.Duration(seconds) * time.Second
		if b.place != NoPlace {
			place = b.place
		}
	}
	return longestRest(d, list, ways) >= need
}

// unneeded tells whether a stop at a counter goes because all visits that it is made for move.
func (c *checker) unneeded(v *Visit) bool {
	if len(v.For) == 0 {
		return false
	}
	for _, id := range v.For {
		if !c.gone[id] {
			return false
		}
	}
	return true
}
