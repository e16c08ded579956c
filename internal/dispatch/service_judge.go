package dispatch

import (
	"cmp"
	"context"
	"slices"
	"time"

	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
	"anxin/internal/workforce"
)

// Verdict is how an assignment would be taken.
type Verdict string

// Verdicts, the best first.
const (
	VerdictFits    Verdict = "fits"
	VerdictDear    Verdict = "dear"    // no rule forbids it, but it has a price
	VerdictAside   Verdict = "aside"   // breaks rules that may be set aside, with a reason
	VerdictRefused Verdict = "refused" // breaks the law, the trade or physics
)

// dear is how much longer a way is called a price.
const dear = 20 * time.Minute

// JudgeInput asks how it would be to give orders, or a visit, to engineers: to each of them for itself.
type JudgeInput struct {
	Orders    []orders.ID    // of one place; or
	Visit     orders.VisitID // that stands elsewhere
	Engineers []workforce.EngineerID
	With      []workforce.EngineerID // who would come along
	Date      calendar.Date          // where no start is asked for: the best of this date
	Start     time.Time
	End       time.Time // zero: as long as the work takes
}

// Judged is what is to be said of one engineer.
type Judged struct {
	Engineer workforce.EngineerID
	Verdict  Verdict
	Start    time.Time     // zero when no start was asked for and none was found
	End      time.Time     //
	Extra    time.Duration // on the way more than without
	Reasons  reason.List   // what forbids it first, the hardest rule before the others, and what weighs in
}

// Judge tells what [Service.Assign] or [Service.Move] would say, and changes nothing. What it says may have
// changed when the act comes.
func (s *Service) Judge(ctx context.Context, in JudgeInput) ([]Judged, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	if in.Visit == "" && len(in.Orders) == 0 {
		return nil, problem.Field("orders", problem.Required)
	}
	if in.Start.IsZero() && in.Date.IsZero() {
		return nil, problem.Field("start", problem.Required)
	}
	m, err := s.wished(ctx, in)
	if err != nil {
		return nil, err
	}
	people, err := s.peopleTx(ctx, s.db, append(slices.Clone(in.Engineers), in.With...))
	if err != nil {
		return nil, err
	}
	v := view{Service: s, in: in, move: m, people: people}
	if err := v.look(ctx); err != nil {
		return nil, err
	}
	out := make([]Judged, 0, len(in.Engineers))
	for i, e := range people {
		if !slices.Contains(in.Engineers, e.ID) {
			continue
		}
		var one Judged
		if in.Start.IsZero() {
			one, err = v.best(ctx, i)
		} else {
			one = v.at(i)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// wished is the work with its length.
func (s *Service) wished(ctx context.Context, in JudgeInput) (move, error) {
	m := move{visit: in.Visit, start: in.Start, end: in.End}
	var length time.Duration
	if in.Visit != "" {
		v, list, err := s.visitTx(ctx, s.db, in.Visit)
		if err != nil {
			return m, err
		}
		m.list, length = list, v.End.Sub(v.Start)
	} else {
		list, err := s.ordersTx(ctx, s.db, in.Orders)
		if err != nil {
			return m, err
		}
		m.list = list
		for _, o := range list {
			length += time.Duration(max(1, o.Minutes)) * time.Minute
		}
	}
	if m.end.IsZero() {
		m.end = m.start.Add(length)
	}
	if d := m.end.Sub(m.start); d <= 0 || d > orders.MaxVisit {
		return m, problem.Field("end", problem.BadTime)
	}
	return m, nil
}

// view is the day that work is judged on.
type view struct {
	*Service
	in     JudgeInput
	move   move
	people []workforce.Engineer
	w      *world
	job    planner.Job
}

func (v *view) look(ctx context.Context) error {
	ids := make([]outlets.ID, len(v.people))
	for i, e := range v.people {
		ids[i] = e.OutletID
	}
	places, err := v.outlets.ByIDs(ctx, v.db, ids)
	if err != nil {
		return err
	}
	from, to := v.in.Date, v.in.Date
	if !v.in.Start.IsZero() {
		from, to = 0, 0
		for _, o := range places {
			date := calendar.DateOf(v.in.Start, o.Location())
			if from.IsZero() || date < from {
				from = date
			}
			to = max(to, date)
		}
	}
	except := make([]orders.ID, len(v.move.list))
	for i, o := range v.move.list {
		except[i] = o.ID
	}
	if v.w, err = v.Service.look(ctx, v.db, worldInput{people: v.people, from: from, to: to, except: except}); err != nil {
		return err
	}
	own := planner.JobID("visit:" + string(v.move.visit))
	v.w.Visits = slices.DeleteFunc(v.w.Visits, func(o planner.Visit) bool { return v.move.visit != "" && o.Job.ID == own })
	v.job = v.w.job(v.move.list, nil)
	if v.job.Outlets, err = v.allowed(ctx, v.db, v.move.list, v.people); err != nil {
		return err
	}
	v.job.Minutes = int(v.move.end.Sub(v.move.start) / time.Minute)
	v.w.Jobs = []planner.Job{v.job}
	return v.ways(ctx, v.w)
}

// crew are the engineer of an index and who would come along.
func (v *view) crew(i int) []workforce.EngineerID {
	out := []workforce.EngineerID{v.people[i].ID}
	for _, id := range v.in.With {
		if id != out[0] {
			out = append(out, id)
		}
	}
	return out
}

// snapshot is the part of the world that concerns some engineers.
func (v *view) snapshot(crew []workforce.EngineerID) planner.Snapshot {
	out := v.w.Snapshot
	out.Engineers, out.Visits = nil, nil
	for _, e := range v.w.Engineers {
		if slices.Contains(crew, workforce.EngineerID(e.ID)) {
			out.Engineers = append(out.Engineers, e)
		}
	}
	for _, visit := range v.w.Visits {
		if slices.ContainsFunc(visit.Engineers, func(e planner.EngineerID) bool { return slices.Contains(crew, workforce.EngineerID(e)) }) {
			out.Visits = append(out.Visits, visit)
		}
	}
	return out
}

// at judges a wished start by the rules, as the act does.
func (v *view) at(i int) Judged {
	e, crew := v.people[i], v.crew(i)
	snap := v.snapshot(crew)
	snap.Now = v.db.Now().Add(-late)
	job := v.job
	job.Crew = max(job.Crew, len(crew))
	snap.Jobs = []planner.Job{job}
	a := planner.Assignment{
		Job: job.ID, Date: calendar.DateOf(v.move.start, v.w.zones[e.OutletID]), Start: v.move.start.UTC(),
		End: v.move.start.UTC().Add(time.Duration(job.Minutes) * time.Minute),
	}
	for _, id := range crew {
		a.Engineers = append(a.Engineers, planner.EngineerID(id))
	}
	out := Judged{Engineer: e.ID, Start: a.Start, End: a.End}
	list := planner.CheckPlan(snap, withFetches(snap, a))
	slices.SortStableFunc(list, func(x, y planner.Violation) int {
		return cmp.Compare(rank(x.Reason), rank(y.Reason))
	})
	for _, f := range list {
		out.Reasons.Add(f.Reason)
	}
	v.weigh(i, &out)
	return out
}

func rank(r reason.Reason) int {
	if planner.Hard(r.Code) {
		return 0
	}
	return 1
}

// best looks for the start that costs least on the date.
func (v *view) best(ctx context.Context, i int) (Judged, error) {
	e := v.people[i]
	snap := v.snapshot([]workforce.EngineerID{e.ID})
	job := v.job
	job.Crew = 1 // who may lead
	snap.Jobs = []planner.Job{job}
	out := Judged{Engineer: e.ID}
	said := v.planner.Explain(snap, job.ID, snap.Engineers[0].ID)
	if why := said.Only(reason.Fail); len(why) > 0 {
		slices.SortStableFunc(why, func(x, y reason.Reason) int { return cmp.Compare(rank(x), rank(y)) })
		out.Reasons = rushSaid(why, said)
	} else {
		c := Candidate{Engineer: e, Outlet: v.w.outlets[e.OutletID]}
		if err := v.judge(ctx, snap, job, v.move.list[0], &c); err != nil {
			return Judged{}, err
		}
		out.Start, out.End = c.Start, c.End
		if !c.Fits {
			out.Reasons = rushSaid(c.Reasons.Only(reason.Fail), c.Reasons)
		}
	}
	v.weigh(i, &out)
	return out, nil
}

// weigh adds what weighs in, and sums up.
func (v *view) weigh(i int, out *Judged) {
	e := v.people[i]
	if !out.Start.IsZero() {
		out.Extra = v.extra(i, out.Start)
		note := reason.Noted(noteFits)
		if out.Extra > dear {
			note = reason.Warned(noteFits)
		}
		out.Reasons.Add(note.Compared(int64((out.Extra+time.Minute-1)/time.Minute), 0))
	}
	if o := v.move.list[0]; !v.w.outlets[e.OutletID].Own() && (!o.HasOutlet() || o.State == orders.StateOffered) {
		out.Reasons.Add(reason.Warned(noteNeedsOffer))
	}
	first, failed := out.Reasons.FirstFailing()
	switch {
	case failed && planner.Hard(first.Code):
		out.Verdict = VerdictRefused
	case failed:
		out.Verdict = VerdictAside
	case out.Reasons.Worst() == reason.Warn:
		out.Verdict = VerdictDear
	default:
		out.Verdict = VerdictFits
	}
}

// extra is the way that work adds to an engineer's day when it begins at a time.
func (v *view) extra(i int, start time.Time) time.Duration {
	e := v.w.Engineers[i]
	place := v.job.Place
	if place == planner.NoPlace {
		return 0
	}
	date := calendar.DateOf(start, v.w.zones[v.people[i].OutletID])
	var day []planner.Visit
	for _, o := range v.w.Visits {
		if o.Date == date && o.Job.Place != planner.NoPlace && slices.Contains(o.Engineers, e.ID) {
			day = append(day, o)
		}
	}
	slices.SortStableFunc(day, func(a, b planner.Visit) int { return a.Start.Compare(b.Start) })
	n, _ := slices.BinarySearchFunc(day, start, func(o planner.Visit, at time.Time) int { return o.Start.Compare(at) })
	before, next := e.Home, planner.NoPlace
	if n > 0 {
		before = day[n-1].Job.Place
	}
	if n < len(day) {
		next = day[n].Job.Place
	}
	on := slices.IndexFunc(e.Days, func(d planner.Day) bool { return d.Date == date })
	leg := func(from, to int, by time.Time) time.Duration {
		if on < 0 {
			return v.leg(from, to)
		}
		return e.Days[on].Takes(v.leg(from, to), by)
	}
	sum := leg(before, place, start)
	if n < len(day) {
		sum += leg(place, next, day[n].Start) - leg(before, next, day[n].Start)
	}
	return max(0, sum)
}

// leg is the way between two places of the snapshot; none where either is nowhere.
func (v *view) leg(from, to int) time.Duration {
	if from == planner.NoPlace || to == planner.NoPlace || from == to {
		return 0
	}
	seconds, _ := v.w.Travel.At(from, to)
	if seconds < 0 || seconds >= geo.Unreachable {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
