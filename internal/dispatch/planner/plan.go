package planner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"anxin/internal/platform/reason"
	"anxin/vrp"
)

// Engine is the planner: it translates a snapshot into a problem of package vrp, lets that search for a plan or asks its
// board where something fits, and translates back.
type Engine struct {
	// Effort scales how long is searched; 0 counts as 1. The same effort makes the same plan.
	Effort float64
}

// New makes the planner; it has no state.
func New() Engine { return Engine{} }

// Bounds of the search, in rounds of taking out and putting in again.
const (
	roundsPerJob = 120
	fewestRounds = 300
	mostRounds   = 240_000
)

// Plan implements [Planner]. Work for two and remote work that is grave or promised goes onto the board first; then
// the search plans all other work of one engineer around it; what is left is put where it fits.
func (e Engine) Plan(ctx context.Context, s Snapshot) (Plan, error) {
	if err := s.Check(); err != nil {
		return Plan{}, err
	}
	if err := ctx.Err(); err != nil {
		return Plan{}, err
	}
	jobs := make([]*Job, len(s.Jobs))
	for i := range s.Jobs {
		jobs[i] = &s.Jobs[i]
	}
	slices.SortStableFunc(jobs, func(a, b *Job) int { return cmp.Or(cmp.Compare(class(a), class(b)), cmp.Compare(a.ID, b.ID)) })
	first, err := newFilling(&s, nil, func(*Job) bool { return false }, nil)
	if err != nil {
		return Plan{}, err
	}
	var rest, searched []*Job
	for _, j := range jobs {
		switch {
		case j.PartsMissing:
		case searchable(j):
			searched = append(searched, j)
			continue
		case class(j) <= 1:
			if ok, err := first.put(j); err != nil {
				return Plan{}, err
			} else if ok {
				continue
			}
		}
		rest = append(rest, j)
	}
	first.settle()
	placed, f := first.placed, first
	if len(searched) > 0 {
		taken := maps.Clone(placed)
		between := s.commit(placed)
		for _, j := range jobs { // what could be put, but not supplied
			if _, ok := taken[j.ID]; ok && placed[j.ID].Job == "" {
				rest = append(rest, j)
			}
		}
		var sure map[JobID]Assignment
		if f, sure, err = e.search(ctx, &between, len(placed)); err != nil {
			return Plan{}, err
		}
		maps.Copy(placed, sure)
		for _, j := range searched {
			if _, ok := f.placed[j.ID]; !ok && placed[j.ID].Job == "" {
				rest = append(rest, j)
			}
		}
		slices.SortStableFunc(rest, func(a, b *Job) int { return cmp.Or(cmp.Compare(class(a), class(b)), cmp.Compare(a.ID, b.ID)) })
	}
	var left []*Job
	for _, j := range rest {
		ok, err := f.put(j)
		if err != nil {
			return Plan{}, err
		}
		if !ok {
			left = append(left, j)
		}
	}
	f.settle()
	if f != first {
		maps.Copy(f.placed, placed)
	}
	if f, left, err = f.again(&s, left); err != nil {
		return Plan{}, err
	}
	Progress(ctx, len(s.Jobs)-len(left), len(s.Jobs))
	return f.plan(ctx, &s, left, nil)
}

// searchable tells whether the search can place a job.
func searchable(j *Job) bool { return j.crew() == 1 && j.Place != NoPlace }

// with is the snapshot with some work as visits.
func (s *Snapshot) with(placed map[JobID]Assignment) Snapshot {
	out := *s
	out.Visits = slices.Clone(s.Visits)
	out.Jobs = nil
	for i := range s.Jobs {
		j := &s.Jobs[i]
		if a, ok := placed[j.ID]; ok {
			out.Visits = append(out.Visits, Visit{Job: *j, Engineers: a.Engineers, Date: a.Date, Start: a.Start, End: a.End})
		} else {
			out.Jobs = append(out.Jobs, *j)
		}
	}
	return out
}

// search plans the searchable jobs of a snapshot, from what is committed on. Where jobs take parts, what was found stands still
// from then on, with its stops at counters.
func (e Engine) search(ctx context.Context, s *Snapshot, sure int) (*filling, map[JobID]Assignment, error) {
	m := newModel(s, nil, func(j *Job) bool { return searchable(j) && !j.PartsMissing })
	effort := e.Effort
	if effort <= 0 {
		effort = 1
	}
	rounds := int(effort * float64(min(mostRounds, max(fewestRounds, roundsPerJob*len(m.open)))))
	total, most := sure+len(s.Jobs), sure // what is told never goes back
	problem := m.problem
	problem.Travel = m.matrices()
	solution, err := vrp.Solve(&problem, vrp.Options{
		Seed: 1, Iterations: rounds, Stop: func() bool { return ctx.Err() != nil }, Start: &vrp.Solution{Routes: m.held},
		Progress: func(f vrp.Progress) {
			most = min(total, max(most, sure+f.Served-(len(problem.Jobs)-len(m.open))))
			Progress(ctx, most, total)
		},
	})
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	if errors.Is(err, vrp.ErrProblem) {
		return nil, nil, fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	if err != nil {
		return nil, nil, err
	}
	plan := &vrp.Solution{Routes: solution.Routes}
	kept := len(problem.Jobs) - len(m.open)
	for _, u := range solution.Unserved {
		if u.Index >= len(m.open) {
			kept--
		}
	}
	if kept < len(problem.Jobs)-len(m.open) { // what is committed stands, whatever the search says
		plan = &vrp.Solution{Routes: m.held}
	}
	f := &filling{m: m, placed: map[JobID]Assignment{}}
	if f.b, err = vrp.NewBoard(&m.problem, plan); err != nil {
		return nil, nil, err
	}
	for _, j := range m.open {
		if a, ok := f.assignment(j); ok {
			f.placed[j.ID] = a
		}
	}
	if !slices.ContainsFunc(m.open, func(j *Job) bool { return len(j.Parts) > 0 }) {
		return f, nil, nil
	}
	found := f.placed
	after := s.commit(found)
	f, err = newFilling(&after, nil, func(*Job) bool { return false }, nil)
	return f, found, err
}

// filling is a board onto which jobs are put.
type filling struct {
	m      *model
	b      *vrp.Board
	placed map[JobID]Assignment // as they were put; times may move until the end
}

func newFilling(s *Snapshot, gone map[VisitID]bool, open func(*Job) bool, plan *vrp.Solution) (*filling, error) {
	m := newModel(s.supplied(), gone, open)
	if plan == nil {
		plan = &vrp.Solution{Routes: m.held}
	}
	b, err := vrp.NewBoard(&m.problem, plan)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	return &filling{m: m, b: b, placed: map[JobID]Assignment{}}, nil
}

// put gives a job to whom it costs least.
func (f *filling) put(j *Job) (bool, error) {
	if j.PartsMissing {
		return false, nil
	}
	var best vrp.Offer
	var how vrp.Ask
	for _, w := range f.m.wishes(j, windows(j.Windows)) {
		offers, err := f.b.Offers(w.ask)
		if err != nil {
			return false, fmt.Errorf("%w: %w", ErrSnapshot, err)
		}
		for _, o := range offers {
			if o.OK && (!best.OK || o.Cost < best.Cost) {
				best, how = o, w.ask
			}
		}
	}
	if !best.OK {
		return false, nil
	}
	if err := f.b.Put(how, best); err != nil {
		return false, err
	}
	f.placed[j.ID], _ = f.assignment(j)
	f.use(j)
	return true, nil
}

// settle reads the times of what was put: they move while more is put.
func (f *filling) settle() {
	for id := range f.placed {
		if j, ok := f.m.s.job(id); ok {
			f.placed[id], _ = f.assignment(j)
		}
	}
}

// assignment is a job as it stands on the board.
func (f *filling) assignment(j *Job) (Assignment, bool) {
	begin, at, ok := f.b.Start("job:" + string(j.ID))
	if !ok {
		return Assignment{}, false
	}
	return f.m.stands(j, begin, at), true
}

// stands is a job from an instant on at the engineers of some days.
func (m *model) stands(j *Job, begin int64, at []vrp.Stop) Assignment {
	a := Assignment{Job: j.ID, Date: m.days[at[0].Engineer].d.Date, Start: time.Unix(begin, 0).UTC(), End: time.Unix(begin+int64(j.Minutes)*60, 0).UTC()}
	for _, stop := range at {
		a.Engineers = append(a.Engineers, m.days[stop.Engineer].e.ID)
	}
	return a
}

// plan is what was placed, with the reasons of what was not, of the day as it is then.
func (f *filling) plan(ctx context.Context, s *Snapshot, left []*Job, visits map[JobID]VisitID) (Plan, error) {
	p := Plan{Assignments: []Assignment{}, Unserved: []Unserved{}, Dropped: []VisitID{}}
	for id, a := range f.placed {
		a.Visit = visits[id]
		p.Assignments = append(p.Assignments, a)
	}
	slices.SortFunc(p.Assignments, func(a, b Assignment) int { return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.Job, b.Job)) })
	f.fetch(s, &p)
	gone := map[VisitID]bool{}
	for _, id := range visits {
		gone[id] = true
	}
	if len(left) > 0 {
		after := *s
		after.Visits = slices.DeleteFunc(slices.Clone(s.Visits), func(v Visit) bool { return v.ID != "" && gone[v.ID] })
		for _, a := range p.Assignments {
			if j, ok := s.job(a.Job); ok {
				after.Visits = append(after.Visits, Visit{Job: *j, Engineers: a.Engineers, Date: a.Date, Start: a.Start, End: a.End})
			}
		}
		x, err := newJudge(&after, nil)
		if err != nil {
			return p, err
		}
		eased := &relaxing{judging: x}
		for i, j := range left {
			if err := ctx.Err(); err != nil {
				return p, err
			}
			why, err := x.nobody(j)
			if err != nil {
				return p, err
			}
			if i < mostRelax {
				ways, err := eased.relaxations(j)
				if err != nil {
					return p, err
				}
				why.Add(ways...)
			}
			p.Unserved = append(p.Unserved, Unserved{Job: j.ID, Reasons: why})
		}
	}
	slices.SortFunc(p.Unserved, func(a, c Unserved) int { return cmp.Compare(a.Job, c.Job) })
	p.Travel, p.Work = s.ways(p, gone)
	return p, nil
}

// again puts what could not be supplied where it was, beside all that could; and what is left over once more, since one stop
// may serve several jobs.
func (f *filling) again(s *Snapshot, left []*Job) (*filling, []*Job, error) {
	fetched := slices.ContainsFunc(s.Jobs, func(j Job) bool { return len(j.Parts) > 0 && f.placed[j.ID].Job != "" })
	for put := 1; fetched && put > 0; {
		placed := maps.Clone(f.placed)
		after := s.commit(placed)
		if len(placed) == len(f.placed) && len(left) == 0 {
			break
		}
		lost := left
		for i := range s.Jobs {
			j := &s.Jobs[i]
			if _, was := f.placed[j.ID]; was && placed[j.ID].Job == "" {
				lost = append(lost, j)
			}
		}
		slices.SortStableFunc(lost, func(a, b *Job) int { return cmp.Or(cmp.Compare(class(a), class(b)), cmp.Compare(a.ID, b.ID)) })
		next, err := newFilling(&after, nil, func(*Job) bool { return false }, nil)
		if err != nil {
			return nil, nil, err
		}
		left, put = nil, len(placed)-len(f.placed)
		for _, j := range lost {
			ok, err := next.put(j)
			if err != nil {
				return nil, nil, err
			}
			if ok {
				put++
			} else {
				left = append(left, j)
			}
		}
		next.settle()
		maps.Copy(next.placed, placed)
		f = next
	}
	return f, left, nil
}

// fetch adds the stops that a plan needs, and takes off what there is no part, or no time to fetch one, for.
func (f *filling) fetch(s *Snapshot, p *Plan) {
	for {
		stops, short := s.Fetches(*p)
		p.Fetches = stops
		if len(short) == 0 {
			return
		}
		p.Assignments = slices.DeleteFunc(p.Assignments, func(a Assignment) bool {
			if !slices.Contains(short, a.Job) {
				return false
			}
			if a.Visit != "" {
				p.Dropped = append(p.Dropped, a.Visit)
			}
			why := reason.Failed(RuleStockClosed)
			if j, ok := s.job(a.Job); ok {
				if e, known := s.engineer(a.Engineers[0]); known {
					why = closed(e, e.wanting(j))
				}
			}
			p.Unserved = append(p.Unserved, Unserved{Job: a.Job, Reasons: reason.List{why.With("engineers", 1)}})
			return true
		})
	}
}

// ways are the seconds on the way to the assigned jobs, and at work on them.
func (s *Snapshot) ways(p Plan, gone map[VisitID]bool) (travel, work int64) {
	type bit struct {
		start, end time.Time
		place      int
		planned    bool
	}
	type key struct {
		e EngineerID
		d int
	}
	days := map[key][]bit{}
	for _, v := range s.Visits {
		if v.ID != "" && gone[v.ID] {
			continue
		}
		for _, e := range v.Engineers {
			k := key{e, int(v.Date)}
			days[k] = append(days[k], bit{v.Start, v.End, v.Job.Place, false})
		}
	}
	places := map[JobID]int{}
	for i := range s.Visits {
		places[s.Visits[i].Job.ID] = s.Visits[i].Job.Place
	}
	for i := range s.Jobs {
		places[s.Jobs[i].ID] = s.Jobs[i].Place
	}
	for _, a := range p.Assignments {
		for _, e := range a.Engineers {
			k := key{e, int(a.Date)}
			days[k] = append(days[k], bit{a.Start, a.End, places[a.Job], true})
			work += int64(a.End.Sub(a.Start) / time.Second)
		}
	}
	for i := range s.Engineers {
		e := &s.Engineers[i]
		for _, d := range e.Days {
			list := days[key{e.ID, int(d.Date)}]
			slices.SortStableFunc(list, func(a, b bit) int { return cmp.Or(a.start.Compare(b.start), a.end.Compare(b.end)) })
			at := e.Home
			for _, b := range list {
				if b.place == NoPlace {
					continue
				}
				if leg, ok := s.leg(at, b.place); ok && b.planned {
					travel += int64(d.Takes(time.Duration(leg)*time.Second, b.start) / time.Second)
				}
				at = b.place
			}
		}
	}
	return travel, work
}
