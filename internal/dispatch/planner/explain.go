package planner

import (
	"fmt"
	"slices"

	"anxin/internal/platform/reason"
	"anxin/vrp"
)

// judge asks a board about jobs beside everything that is committed.
type judging struct {
	m    *model
	b    *vrp.Board
	twin *twin // nil where ways take as long at every hour
}

func newJudge(s *Snapshot, gone map[VisitID]bool) (*judging, error) {
	m := newModel(s, gone, func(*Job) bool { return false })
	b, err := m.board()
	return &judging{m, b, newTwin(m, gone)}, err
}

// verdict is what a day of an engineer says to a job, when it is asked; ok is that it can be led there.
type verdict struct {
	day   int
	asked bool
	why   reason.Reason
	ok    bool
}

// verdicts ask all days of some engineers, nil for all, about a job alone in one of some windows, each day for the window it
// comes nearest to. None are any time. Days that asks leaves out are not asked, but for one of each engineer.
func (x *judging) verdicts(j *Job, list []window, engineers []int, asks func(day int) bool) ([]verdict, error) {
	alone := *j
	alone.Crew = 1
	out := make([]verdict, len(x.m.days))
	asked := make([]bool, len(x.m.days))
	at := func(e int) {
		found := false
		for k, n := range x.m.of[e] {
			wanted := asks == nil || asks(n)
			if found = found || wanted; !wanted && (found || k < len(x.m.of[e])-1) {
				continue
			}
			out[n] = verdict{day: n, asked: true}
			if out[n].why, asked[n] = x.static(n, j, list); !asked[n] {
				continue
			}
		}
	}
	if engineers == nil {
		for e := range x.m.of {
			at(e)
		}
	} else {
		for _, e := range engineers {
			at(e)
		}
	}
	m := x.m.apart(j)
	for _, w := range m.wishes(&alone, list) {
		w.ask.May = nil
		for i := range max(1, len(w.ask.Windows)) {
			err := x.b.Refusals(w.ask, i, func(n, _ int) bool { return asked[n] && !out[n].ok && w.whom(n) }, func(r vrp.Reason) {
				v := &out[r.Engineer]
				if r.Rule == "" {
					v.ok, v.why = true, reason.Reason{}
					return
				}
				if why := x.told(j, r); v.why.Code == "" || nearer(why, v.why) {
					v.why = why
				}
			})
			if err != nil {
				return nil, fmt.Errorf("%w: %w", ErrSnapshot, err)
			}
		}
	}
	for n := range out { // the store is closed whenever he would have to fetch
		if asked[n] && !out[n].ok && out[n].why.Code == "" {
			out[n].why = x.closed(n, j)
		}
	}
	return out, nil
}

// closed says that what an engineer would have to fetch cannot be fetched in time.
func (x *judging) closed(n int, j *Job) reason.Reason {
	d := &x.m.days[n]
	for i := range j.Parts {
		if need := &j.Parts[i]; d.e.inVan(need) < need.Count {
			return closed(d.e, need)
		}
	}
	return d.failed(RuleFull).Compared(0, j.Minutes)
}

// static asks what does not depend on what else there is on a day: who may, and whether the shift is long enough.
func (x *judging) static(n int, j *Job, list []window) (reason.Reason, bool) {
	d := &x.m.days[n]
	if why, ok := judge(d.e, d.d, j, leader); !ok {
		return why, false
	}
	if why, ok := x.shift(d, j, list); !ok {
		return why, false
	}
	if d.full {
		return d.failed(RuleLoad).Compared(d.visits+1, d.e.MaxVisits), false
	}
	if len(x.m.problem.Engineers[n].Shifts) == 0 { // it is over, or taken as a whole
		return d.failed(RuleFull).Compared(0, j.Minutes), false
	}
	return reason.Reason{}, true
}

// shift compares the longest stretch of shift that a start in the windows opens with the work.
func (x *judging) shift(d *modelDay, j *Job, list []window) (reason.Reason, bool) {
	if len(list) == 0 {
		list = []window{{0, 1 << 60}}
	}
	var most int64
	for _, w := range list {
		for _, sh := range d.stretch {
			if from := max(sh.from, w.from, x.m.now); from <= w.to && from < sh.to {
				most = max(most, sh.to-from)
			}
		}
	}
	if most >= int64(j.Minutes)*60 && most > 0 {
		return reason.Reason{}, true
	}
	var away int64
	for _, a := range windows(d.d.Away) {
		for _, w := range list {
			away = max(away, min(a.to, w.to)-max(a.from, w.from))
		}
	}
	if away > 0 {
		return d.failed(RuleAbsent).Compared(ceilMinutes(away), 0), false
	}
	return d.failed(RuleShift).Compared(most/60, j.Minutes), false
}

// told is a reason of the board in this package's words.
func (x *judging) told(j *Job, r vrp.Reason) reason.Reason {
	d := &x.m.days[r.Engineer]
	switch r.Rule {
	case vrp.RuleJobs:
		return d.failed(RuleLoad).Compared(d.visits+1+int(r.Value-r.Limit)-1, d.e.MaxVisits)
	case vrp.RuleRange:
		return d.failed(RuleRange).Compared(ceilMinutes(r.Value), r.Limit/60)
	case vrp.RuleReach:
		return d.failed(RuleUnreachable)
	case vrp.RuleWindow:
		return d.failed(RuleWindow).With("promised", j.Promised).Compared(ceilMinutes(r.Value), 0)
	case vrp.RuleBreak:
		return d.failed(RuleBreak).Compared(r.Value/60, r.Limit/60)
	case vrp.RuleRoom:
		return d.failed(RuleFull).Compared(r.Value/60, j.Minutes)
	}
	return d.failed(RuleFull).Compared(0, j.Minutes) // the rest of the day is taken or over
}

// ceilMinutes rounds away from zero: a miss of seconds is a miss.
func ceilMinutes(s int64) int64 {
	if s < 0 {
		return -((-s + 59) / 60)
	}
	return (s + 59) / 60
}

// betters tells whether a day comes nearer to being able than another.
func (v *verdict) betters(o *verdict) bool {
	return v.ok && !o.ok || v.ok == o.ok && !v.ok && nearer(v.why, o.why)
}

// nearest is the verdict of an engineer's days that comes nearest to being able.
func (x *judging) nearest(e int, all []verdict) (verdict, bool) {
	var best verdict
	for _, n := range x.m.of[e] {
		v := all[n]
		if !v.asked {
			continue
		}
		if !best.asked || v.betters(&best) {
			best = v
		}
	}
	return best, len(x.m.of[e]) > 0
}

// nobody tells why nobody does a job.
func (x *judging) nobody(j *Job) (reason.List, error) {
	all, list := panel{{x, *j}}, windows(j.Windows)
	why, err := all.refusals(list, nil)
	if err != nil || x.twin == nil {
		return why, err
	}
	if len(list) == 0 {
		list = []window{{x.m.now, 1 << 39}}
	}
	eased, refused := make([]reason.List, len(list)), make([]*reason.List, len(list))
	for i := range list {
		eased[i] = slices.Clone(why)
		refused[i] = &eased[i]
	}
	err = all.eased(list, []window{{-1 << 60, 1 << 60}}, refused)
	if slices.ContainsFunc(eased, func(l reason.List) bool { return l.Has(NoteRush) }) {
		why.Add(reason.Noted(NoteRush))
	}
	return why, err
}

// touched are the days with work, or with an absence, in any of some windows; all of them where there are none. What the other
// days say of a window is that they are others.
func (x *judging) touched(list []window) func(day int) bool {
	if len(list) == 0 {
		return nil
	}
	return func(n int) bool {
		d := &x.m.days[n]
		meets := func(from, to int64) bool {
			return slices.ContainsFunc(list, func(w window) bool { return from <= w.to && w.from < to })
		}
		return slices.ContainsFunc(d.stretch, func(sh window) bool { return meets(sh.from, sh.to) }) ||
			slices.ContainsFunc(d.d.Away, func(a Span) bool { return meets(a.From.Unix(), ceil(a.To)) })
	}
}

// timeRules in the order in which they are asked.
var timeRules = []string{RuleShift, RuleLoad, RuleFull, RuleWindow, RuleBreak}

// stage is the rule of time as part of which a code is found.
func stage(code string) string {
	switch code {
	case RuleAbsent:
		return RuleShift
	case RuleUnreachable:
		return RuleFull
	}
	return code
}

// Explain implements [Planner].
func (Engine) Explain(s Snapshot, job JobID, engineer EngineerID) reason.List {
	j, ok := s.job(job)
	e, known := s.engineer(engineer)
	if !ok || !known || s.Check() != nil {
		return reason.List{reason.Failed(RuleUnknown)}
	}
	if len(e.Days) == 0 {
		return reason.List{reason.Failed(RuleShift).Compared(0, j.Minutes)}
	}
	x, err := newJudge(&s, visitsOf(&s, job))
	if err != nil {
		return reason.List{reason.Failed(RuleUnknown)}
	}
	i := x.m.people[engineer]
	all, err := x.verdicts(j, windows(j.Windows), []int{i}, nil)
	if err != nil {
		return reason.List{reason.Failed(RuleUnknown)}
	}
	v, _ := x.nearest(i, all)
	d := &x.m.days[v.day]
	var out reason.List
	allowed := true
	for _, rule := range staticRules {
		why := rule(d.e, d.d, j, leader)
		if why.Code == RuleStock && why.Verdict != reason.Fail && !v.ok && isClosed(v.why.Code) { // at the outlet, but closed whenever he could fetch it
			why = v.why
		}
		allowed = allowed && why.Verdict != reason.Fail
		out.Add(why)
	}
	if !allowed { // what the time says is told all the same
		open := *j
		open.Brand, open.Outlets, open.Needs, open.Pinned, open.Excluded, open.PartsMissing, open.Parts = "", nil, nil, "", nil, false, nil
		if all, err = x.verdicts(&open, windows(j.Windows), []int{i}, nil); err == nil {
			v = all[v.day]
		}
	}
	for _, code := range timeRules {
		if !v.ok && code == stage(v.why.Code) {
			out.Add(v.why)
			if allowed && x.eases(j, i) {
				out.Add(reason.Noted(NoteRush))
			}
			return out
		}
		out.Add(reason.Passed(code))
	}
	if j.crew() > 1 {
		if !allowed || x.leads(j, i) {
			out.Add(reason.Passed(RuleCrew))
		} else {
			out.Add(reason.Failed(RuleCrew).Compared(1, j.crew()))
		}
	}
	return out
}

// eases tells whether an engineer could do a job if ways took no longer at any hour.
func (x *judging) eases(j *Job, e int) bool {
	calm, ok, err := (&asked{x, *j}).still()
	if err != nil || !ok {
		return false
	}
	all, err := calm.verdicts(j, windows(j.Windows), []int{e}, nil)
	if err != nil {
		return false
	}
	v, _ := calm.nearest(e, all)
	return v.ok
}

// leads tells whether an engineer finds a second for a job.
func (x *judging) leads(j *Job, e int) bool {
	m := x.m.apart(j)
	for _, w := range m.wishes(j, windows(j.Windows)) {
		may := w.ask.May
		w.ask.May = func(n int, second bool) bool { return may(n, second) && (second || slices.Contains(x.m.of[e], n)) }
		offers, err := x.b.Offers(w.ask)
		if err == nil && slices.ContainsFunc(offers, func(o vrp.Offer) bool { return o.OK }) {
			return true
		}
	}
	return false
}

// visitsOf is the visit that a job has already: it is no obstacle to itself.
func visitsOf(s *Snapshot, job JobID) map[VisitID]bool {
	out := map[VisitID]bool{}
	for _, v := range s.Visits {
		if v.Job.ID == job && v.ID != "" {
			out[v.ID] = true
		}
	}
	return out
}
