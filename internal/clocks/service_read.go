package clocks

import (
	"context"
	"errors"
	"slices"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
)

// NextDue is the earliest deadline that a record still owes, breached ones included; none is nil. Clocks
// that stand still do not count: their due dates move on.
func (s *Service) NextDue(ctx context.Context, q db.Querier, recordKind, recordID string) (*time.Time, error) {
	var due *int64
	err := q.QueryRow(ctx, `SELECT MIN(due_at) FROM clocks_clock WHERE record_kind = $1 AND record_id = $2 AND slot = '' AND status <> 'paused'`,
		recordKind, recordID).Scan(&due)
	if errors.Is(err, db.ErrNoRows) {
		return nil, nil
	}
	return db.FromMicrosPtr(due), err
}

// OfRecord returns the clocks of a record as they stand now, oldest first. The caller has decided that
// they may be seen.
func (s *Service) OfRecord(ctx context.Context, q db.Querier, recordKind, recordID string) ([]Deadline, error) {
	list, err := ofRecord(ctx, q, Record{recordKind, recordID}, "", false)
	if err != nil {
		return nil, err
	}
	return s.standing(ctx, q, list)
}

// OfJob returns all clocks of a job as they stand now, oldest first. The caller has decided that they may
// be seen.
func (s *Service) OfJob(ctx context.Context, q db.Querier, job Job) ([]Deadline, error) {
	list, err := ofJob(ctx, q, job)
	if err != nil {
		return nil, err
	}
	return s.standing(ctx, q, list)
}

// Waited is for how long a job waited until a moment, for anybody of some. Waits that overlap count once, and so does one
// that stands in the facts of several of the job's clocks.
func (s *Service) Waited(ctx context.Context, q db.Querier, job Job, until time.Time, who ...WaitedFor) (time.Duration, error) {
	list, err := ofJob(ctx, q, job)
	if err != nil {
		return 0, err
	}
	facts, err := factsOf(ctx, q, list)
	if err != nil {
		return 0, err
	}
	var all []stretch
	for _, fs := range facts {
		all = append(all, fs.waits(who, until)...)
	}
	slices.SortFunc(all, func(a, b stretch) int { return a.from.Compare(b.from) })
	sum, end := time.Duration(0), time.Time{}
	for _, w := range all {
		if from := later(w.from, end); w.to.After(from) {
			sum, end = sum+w.to.Sub(from), w.to
		}
	}
	return sum, nil
}

// standing counts clocks at this moment without writing: the copy of one that stands still, or whose
// moment has just come, is old.
func (s *Service) standing(ctx context.Context, q db.Querier, list []*row) ([]Deadline, error) {
	live := slices.DeleteFunc(slices.Clone(list), func(r *row) bool { return r.Status.Settled() })
	facts, err := factsOf(ctx, q, live)
	if err != nil {
		return nil, err
	}
	for _, r := range live {
		st, err := s.eval(ctx, q, facts[r.ID], r.rev, later(q.Now(), r.UpdatedAt))
		if err != nil {
			return nil, err
		}
		r.take(st, facts[r.ID])
	}
	out := make([]Deadline, len(list))
	for i, r := range list {
		out[i] = r.Deadline
	}
	return out, nil
}

// History returns a clock and all its facts.
func (s *Service) History(ctx context.Context, q db.Querier, id ID) (Deadline, Facts, error) {
	r, err := clockByID(ctx, q, id)
	if err != nil {
		return Deadline{}, nil, err
	}
	facts, err := factsOf(ctx, q, []*row{r})
	if err != nil {
		return Deadline{}, nil, err
	}
	all, err := s.standing(ctx, q, []*row{r})
	if err != nil {
		return Deadline{}, nil, err
	}
	return all[0], facts[id], nil
}

// seen tells whether the actor may see clocks of a brand by themselves: outlets see them with the record
// they stand on.
func seen(ctx context.Context, brand string) bool {
	scope := access.From(ctx).Scope
	return scope.Centre() && scope.SeesBrand(brand)
}

// List returns the clocks of a job or a record that the actor sees.
func (s *Service) List(ctx context.Context, job *Job, rec *Record) ([]Deadline, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return nil, err
	}
	var list []Deadline
	var err error
	if job != nil {
		list, err = s.OfJob(ctx, s.db, *job)
	} else {
		list, err = s.OfRecord(ctx, s.db, rec.Kind, rec.ID)
	}
	return slices.DeleteFunc(list, func(d Deadline) bool { return !seen(ctx, d.Attrs.Brand) }), err
}

// Get returns a clock that the actor sees, with its facts.
func (s *Service) Get(ctx context.Context, id ID) (Deadline, Facts, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return Deadline{}, nil, err
	}
	d, facts, err := s.History(ctx, s.db, id)
	if err == nil && !seen(ctx, d.Attrs.Brand) {
		err = ErrNotFound
	}
	if err != nil {
		return Deadline{}, nil, err
	}
	return d, facts, nil
}
