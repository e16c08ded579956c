package planner

import (
	"cmp"
	"context"
	"slices"
)

// Repair implements [Planner]: visits that the event makes impossible are given out anew, all others stay.
func (Engine) Repair(ctx context.Context, s Snapshot, c Change) (Plan, error) {
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
	slices.SortStableFunc(jobs, func(a, b *Job) int { return cmp.Or(cmp.Compare(class(a), class(b)), cmp.Compare(a.ID, b.ID)) })
	f, err := newFilling(&s, gone, func(*Job) bool { return false }, nil)
	if err != nil {
		return Plan{}, err
	}
	var left []*Job
	for i, j := range jobs {
		if err := ctx.Err(); err != nil {
			return Plan{}, err
		}
		ok, err := f.put(j)
		if err != nil {
			return Plan{}, err
		}
		if !ok {
			left = append(left, j)
		}
		Progress(ctx, i+1, len(jobs))
	}
	f.settle()
	p, err := f.plan(ctx, &s, left, visits)
	for _, j := range left {
		if id, ok := visits[j.ID]; ok {
			p.Dropped = append(p.Dropped, id)
		}
	}
	slices.Sort(p.Dropped)
	return p, err
}
