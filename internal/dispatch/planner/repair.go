package planner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"anxin/vrp"
)

// What a repair weighs, in seconds of travel: what it costs to move a visit, half of it where nothing is promised; and to
// leave a job of a class without anybody. A promise may be moved for danger and for other promises only.
const priceMoved = 4 * 3600

var priceLeft = [...]int64{40 * 3600, 20 * 3600, 10_000, 7200, 3600}

// Repair implements [Planner]: visits that the event makes impossible are given out anew; others are moved, within their
// windows, only where something more urgent finds no place otherwise, or where a day becomes shorter by hours.
func (e Engine) Repair(ctx context.Context, s Snapshot, c Change) (Plan, error) {
	s, loose := s.After(c)
	if err := s.Check(); err != nil {
		return Plan{}, err
	}
	gone, visits := map[VisitID]bool{}, map[JobID]VisitID{}
	whole := s // with what has to be placed as jobs
	whole.Jobs, whole.Visits = slices.Clone(s.Jobs), nil
	for _, v := range s.Visits {
		if v.ID != "" && slices.Contains(loose, v.ID) {
			gone[v.ID], visits[v.Job.ID] = true, v.ID
			whole.Jobs = append(whole.Jobs, v.Job)
			continue
		}
		whole.Visits = append(whole.Visits, v)
	}
	free := map[JobID]bool{}
	for id := range visits {
		free[id] = true
	}
	whole.Visits = slices.DeleteFunc(whole.Visits, func(v Visit) bool { return idle(&v, free) })
	jobs := make([]*Job, len(whole.Jobs))
	for i := range whole.Jobs {
		jobs[i] = &whole.Jobs[i]
	}
	slices.SortStableFunc(jobs, func(a, b *Job) int { return cmp.Or(cmp.Compare(class(a), class(b)), cmp.Compare(a.ID, b.ID)) })
	m := &mending{s: &whole, keep: c.Keep, moved: map[VisitID]Assignment{}}
	left, err := m.mend(ctx, jobs)
	if err != nil {
		return Plan{}, err
	}
	return m.plan(ctx, &s, left, gone, visits)
}

// mending is a repair on its way.
type mending struct {
	s     *Snapshot
	keep  []EngineerID
	moved map[VisitID]Assignment // of those that nothing forced
	f     *filling
	first map[JobID]Assignment // what was placed before the search
}

// mend places jobs: what takes two or no place, when it is urgent, then all that the engine's repair can place, then what
// is left.
func (m *mending) mend(ctx context.Context, jobs []*Job) (left []*Job, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if m.f, err = newFilling(m.s, nil, func(*Job) bool { return false }, nil); err != nil {
		return nil, err
	}
	searched := 0
	for _, j := range jobs {
		if searchable(j) && !j.PartsMissing && len(j.Parts) == 0 {
			searched++
		} else if class(j) <= 1 {
			if _, err := m.f.put(j); err != nil {
				return nil, err
			}
		}
	}
	m.f.settle()
	m.first = m.f.placed
	if searched > 0 {
		if err := m.search(ctx); err != nil {
			return nil, err
		}
	}
	for _, j := range jobs { // also what was put, but could not be supplied
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if _, ok := m.first[j.ID]; ok {
			continue
		}
		ok, err := m.f.put(j)
		if err != nil {
			return nil, err
		}
		if !ok {
			left = append(left, j)
		}
		Progress(ctx, len(jobs)-len(left), len(jobs))
	}
	m.f.settle()
	maps.Copy(m.f.placed, m.first)
	return left, nil
}

// search lets the engine repair the day with the jobs that it can place. What it places and moves stands still from then on.
func (m *mending) search(ctx context.Context) error {
	s := m.s.commit(m.first)
	model := newMovingModel(&s, nil, func(j *Job) bool { return searchable(j) && !j.PartsMissing && len(j.Parts) == 0 }, func(v *Visit) bool {
		return v.ID != "" && !v.Frozen && v.Job.Minutes > 0 && searchable(&v.Job) && len(v.Job.Parts) == 0 && len(v.For) == 0 &&
			!slices.ContainsFunc(v.Engineers, func(e EngineerID) bool { return slices.Contains(m.keep, e) })
	})
	p := &model.problem
	p.Objective.Mode, p.Objective.Stability = vrp.Money, priceMoved
	touched := vrp.Touched{}
	for i, j := range model.open {
		p.Jobs[i].DropCost = priceLeft[class(j)]
		touched.Jobs = append(touched.Jobs, i)
	}
	for i, v := range model.visits {
		if v == nil { // what stands still stands
			p.Jobs[len(model.open)+i].DropCost = 1 << 30
		}
	}
	_, moves, err := vrp.Repair(p, &vrp.Solution{Routes: model.held}, touched, vrp.Options{Seed: 1, Stop: func() bool { return ctx.Err() != nil }})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, vrp.ErrProblem) {
		return fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	if err != nil {
		return err
	}
	fresh, old := map[string]*Job{}, map[string]*Visit{}
	for i, j := range model.open {
		fresh[p.Jobs[i].ID] = j
	}
	for i, v := range model.visits {
		if v != nil {
			old[p.Jobs[len(model.open)+i].ID] = v
		}
	}
	for _, x := range moves {
		if x.To == nil {
			continue
		}
		if j := fresh[x.Job]; j != nil {
			m.first[j.ID] = model.stands(j, x.To.Start, []vrp.Stop{*x.To})
		}
		if v := old[x.Job]; v != nil {
			m.moved[v.ID] = model.stands(&v.Job, x.To.Start, []vrp.Stop{*x.To})
		}
	}
	after := m.s.commit(m.first)
	for i := range after.Visits {
		v := &after.Visits[i]
		if a, ok := m.moved[v.ID]; ok && v.ID != "" {
			v.Engineers, v.Date, v.Start, v.End = a.Engineers, a.Date, a.Start, a.End
		}
	}
	m.f, err = newFilling(&after, nil, func(*Job) bool { return false }, nil)
	return err
}

// plan adds what was moved to what was placed.
func (m *mending) plan(ctx context.Context, s *Snapshot, left []*Job, gone map[VisitID]bool, visits map[JobID]VisitID) (Plan, error) {
	for id, a := range m.moved {
		gone[id] = true
		visits[a.Job] = id
		m.f.placed[a.Job] = a
	}
	p, err := m.f.plan(ctx, s, left, visits)
	for _, j := range left {
		if id, ok := visits[j.ID]; ok {
			p.Dropped = append(p.Dropped, id)
		}
	}
	slices.Sort(p.Dropped)
	return p, err
}
