package planner

import (
	"cmp"
	"context"
	"slices"
	"time"

	"anxin/internal/platform/reason"
)

// why is the first rule that forbids an engineer to lead a job, on the day where he comes nearest to it.
func (b *board) why(e int, j *Job) (reason.Reason, bool) {
	x := newStop(j)
	var best reason.Reason
	told := func(r reason.Reason) {
		if best.Code == "" || nearer(r, best) {
			best = r
		}
	}
	for _, r := range b.routes[e] {
		if why, ok := judge(r.e, r.d, j, leader); !ok {
			told(why)
			continue
		}
		why, ok := r.why(j, x)
		if ok {
			return reason.Reason{}, true
		}
		told(why)
	}
	if best.Code == "" {
		best = reason.Failed(RuleShift).Compared(0, j.Minutes)
	}
	return best, false
}

// why asks the rules of time in their order; leaving the later ones out shows which one is in the way.
func (r *route) why(j *Job, x stop) (reason.Reason, bool) {
	date := r.d.Date.String()
	if why, ok := r.whyShift(j, x); !ok {
		return why, false
	}
	if n := r.loaded(); n > 0 {
		return reason.Failed(RuleLoad).With("date", date).Compared(len(r.stops)+1, r.e.MaxVisits), false
	}
	if _, ok := r.s.leg(r.e.Home, x.place); !ok {
		return reason.Failed(RuleUnreachable).With("date", date), false
	}
	free := x
	free.windows = nil
	early, ok := r.best(free, true)
	if !ok {
		return reason.Failed(RuleFull).With("date", date).Compared(max(0, r.room(x))/60, j.Minutes), false
	}
	at, ok := r.best(x, true)
	if !ok {
		return reason.Failed(RuleWindow).With("date", date).With("promised", j.Promised).Compared(ceilMinutes(r.misses(x, early)), 0), false
	}
	if _, ok := r.best(x, false); !ok {
		return reason.Failed(RuleBreak).With("date", date).Compared(r.restLeft(x, at)/60, r.need/60), false
	}
	return reason.Reason{}, true
}

// ceilMinutes rounds away from zero: a miss of seconds is a miss.
func ceilMinutes(s int64) int64 {
	if s < 0 {
		return -((-s + 59) / 60)
	}
	return (s + 59) / 60
}

// whyShift compares the longest stretch of shift that a start in the windows opens with the work.
func (r *route) whyShift(j *Job, x stop) (reason.Reason, bool) {
	var most int64
	list := x.windows
	if len(list) == 0 {
		list = []window{{0, never}}
	}
	for _, w := range list {
		for _, sh := range r.shifts {
			if from := max(sh.from, w.from, r.now); from <= w.to && from < sh.to {
				most = max(most, sh.to-from)
			}
		}
	}
	if most >= x.dur && most > 0 {
		return reason.Reason{}, true
	}
	if away := r.away(list); away > 0 {
		return reason.Failed(RuleAbsent).With("date", r.d.Date.String()).Compared(away/60, 0), false
	}
	return reason.Failed(RuleShift).With("date", r.d.Date.String()).Compared(most/60, j.Minutes), false
}

func (r *route) away(list []window) int64 {
	var sum int64
	for _, a := range windows(r.d.Away) {
		for _, w := range list {
			to := a.to
			if w.to != never {
				to = min(to, w.to+1)
			}
			sum = max(sum, to-max(a.from, w.from))
		}
	}
	return sum
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
func (Greedy) Explain(s Snapshot, job JobID, engineer EngineerID) reason.List {
	j, ok := s.job(job)
	e, known := s.engineer(engineer)
	if !ok || !known || s.Check() != nil {
		return reason.List{reason.Failed(RuleUnknown)}
	}
	if len(e.Days) == 0 {
		return reason.List{reason.Failed(RuleShift).Compared(0, j.Minutes)}
	}
	b := newBoard(&s, visitsOf(&s, job))
	i := slices.IndexFunc(s.Engineers, func(x Engineer) bool { return x.ID == engineer })
	r := b.nearest(i, j)
	var out reason.List
	for _, rule := range staticRules {
		out.Add(rule(e, r.d, j, leader))
	}
	why, ok := r.why(j, newStop(j))
	for _, code := range timeRules {
		if !ok && code == stage(why.Code) {
			out.Add(why)
			return out
		}
		out.Add(reason.Passed(code))
	}
	if j.crew() > 1 {
		if _, ok := b.offer(i, j); !ok && out.Allowed() {
			out.Add(reason.Failed(RuleCrew).Compared(1, j.crew()))
		} else {
			out.Add(reason.Passed(RuleCrew))
		}
	}
	return out
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

// nearest is the engineer's day on which he comes nearest to being able to do a job.
func (b *board) nearest(e int, j *Job) *route {
	x := newStop(j)
	type verdict struct {
		r   *route
		why reason.Reason
		ok  bool
	}
	var best verdict
	for _, r := range b.routes[e] {
		v := verdict{r: r}
		if v.why, v.ok = judge(r.e, r.d, j, leader); v.ok {
			v.why, v.ok = r.why(j, x)
		}
		if best.r == nil || v.ok && !best.ok || !v.ok && !best.ok && nearer(v.why, best.why) {
			best = v
		}
	}
	return best.r
}

// Slots implements [Planner].
func (Greedy) Slots(ctx context.Context, s Snapshot, q SlotQuery) ([]Slot, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if err := s.checkJob(q.Job); err != nil {
		return nil, err
	}
	b := newBoard(&s, visitsOf(&s, q.Job.ID))
	out := make([]Slot, 0, len(q.Windows))
	for _, w := range q.Windows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if w.To.Before(w.From) {
			return nil, ErrSnapshot
		}
		j := q.Job
		j.Windows = []Span{w}
		out = append(out, b.slot(&j, w))
	}
	return out, nil
}

func (b *board) slot(j *Job, w Span) Slot {
	best, found := option{}, false
	for e := range b.routes {
		if o, ok := b.offer(e, j); ok && (!found || o.cost < best.cost) {
			best, found = o, true
		}
	}
	if !found {
		return Slot{Window: w, Reasons: b.whyNobody(j)}
	}
	out := Slot{
		Window: w, Engineers: []EngineerID{best.lead.e.ID}, Date: best.lead.d.Date, Start: time.Unix(best.at.start, 0).UTC(),
		End: time.Unix(best.at.start+best.x.dur, 0).UTC(), Cost: best.cost, Reasons: reason.List{},
	}
	if best.second != nil {
		out.Engineers = append(out.Engineers, best.second.e.ID)
	}
	return out
}

// Repair implements [Planner]: visits that the event makes impossible are given out anew, all others stay.
func (Greedy) Repair(ctx context.Context, s Snapshot, c Change) (Plan, error) {
	s, loose := s.After(c)
	if err := s.Check(); err != nil {
		return Plan{}, err
	}
	gone, visits := map[VisitID]bool{}, map[JobID]VisitID{}
	jobs := make([]*Job, 0, len(s.Jobs)+len(loose))
	for i := range s.Jobs {
		jobs = append(jobs, &s.Jobs[i])
	}
	for i := range s.Visits {
		if v := &s.Visits[i]; slices.Contains(loose, v.ID) {
			gone[v.ID], visits[v.Job.ID] = true, v.ID
			jobs = append(jobs, &v.Job)
		}
	}
	b := newBoard(&s, gone)
	placed, left, err := b.fill(ctx, jobs)
	if err != nil {
		return Plan{}, err
	}
	p := b.plan(placed, left, visits)
	for _, j := range left {
		if id, ok := visits[j.ID]; ok {
			p.Dropped = append(p.Dropped, id)
		}
	}
	slices.Sort(p.Dropped)
	return p, nil
}

// After is the snapshot once the event happened, and the visits that cannot stay as they are.
func (s Snapshot) After(c Change) (Snapshot, []VisitID) {
	out := s
	out.Jobs = append(slices.Clone(s.Jobs), c.Added...)
	out.Engineers = slices.Clone(s.Engineers)
	for _, a := range c.Absent {
		for i := range out.Engineers {
			if out.Engineers[i].ID == a.Engineer {
				out.Engineers[i].Days = withAbsence(out.Engineers[i].Days, a.Span)
			}
		}
	}
	out.Visits = []Visit{}
	for _, v := range s.Visits {
		if v.ID != "" && slices.Contains(c.Cancelled, v.ID) {
			continue
		}
		for _, o := range c.Overrun {
			if o.Visit == v.ID && v.ID != "" && o.Until.After(v.End) {
				v.End = o.Until
			}
		}
		out.Visits = append(out.Visits, v)
	}
	var loose []VisitID
	for i, v := range out.Visits {
		if v.ID == "" || v.Frozen || v.Job.Minutes < 1 || slices.ContainsFunc(v.Engineers, func(e EngineerID) bool { return slices.Contains(c.Keep, e) }) {
			continue
		}
		if out.broken(i, c) {
			loose = append(loose, v.ID)
		}
	}
	return out, loose
}

// broken tells whether a visit cannot be kept: its engineer is away, or an overrun runs into it.
func (s *Snapshot) broken(i int, c Change) bool {
	v := s.Visits[i]
	for _, a := range c.Absent {
		if slices.Contains(v.Engineers, a.Engineer) && a.overlaps(Span{v.Start, v.End}) {
			return true
		}
	}
	for _, o := range c.Overrun {
		for _, late := range s.Visits {
			if late.ID != o.Visit || late.ID == v.ID || v.Start.Before(late.Start) || late.End != o.Until {
				continue
			}
			if !slices.ContainsFunc(v.Engineers, func(e EngineerID) bool { return slices.Contains(late.Engineers, e) }) {
				continue
			}
			way, ok := s.leg(late.Job.Place, v.Job.Place)
			if !ok || late.End.Add(time.Duration(way)*time.Second).After(v.Start) {
				return true
			}
		}
	}
	return false
}

// withAbsence cuts a time out of days' shifts.
func withAbsence(days []Day, away Span) []Day {
	out := make([]Day, len(days))
	for i, d := range days {
		out[i] = d.Without(away)
	}
	return out
}

// Without is the day with a time away cut out of its shifts.
func (d Day) Without(away Span) Day {
	var shifts []Span
	hit := false
	for _, sh := range d.Shifts {
		if !sh.overlaps(away) {
			shifts = append(shifts, sh)
			continue
		}
		hit = true
		if sh.From.Before(away.From) {
			shifts = append(shifts, Span{sh.From, away.From})
		}
		if away.To.Before(sh.To) {
			shifts = append(shifts, Span{away.To, sh.To})
		}
	}
	if !hit {
		return d
	}
	d.Shifts = shifts
	d.Away = append(slices.Clone(d.Away), away)
	slices.SortFunc(d.Away, func(a, b Span) int { return cmp.Or(a.From.Compare(b.From), a.To.Compare(b.To)) })
	return d
}
