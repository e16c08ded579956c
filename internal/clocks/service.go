package clocks

import (
	"context"
	"time"

	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
)

// Service keeps the clocks of a database.
type Service struct {
	db      *db.DB
	outside func(ctx context.Context, q db.Querier, id string) (*calendar.Calendar, error)
	cache   cache
}

// Option tunes [New].
type Option func(*Service)

// OutsideCalendars makes the service ask find for calendars whose id has a colon, "outlet:0190…". find
// returns nil where there is none.
func OutsideCalendars(find func(ctx context.Context, q db.Querier, id string) (*calendar.Calendar, error)) Option {
	return func(s *Service) { s.outside = find }
}

// New makes the service.
func New(d *db.DB, options ...Option) *Service {
	s := &Service{db: d, cache: cache{worlds: map[int64]*world{}}}
	for _, o := range options {
		o(s)
	}
	return s
}

// record adds facts to a clock, counts it anew, writes it and tells what changed.
func (s *Service) record(ctx context.Context, tx *db.Tx, r *row, facts Facts, add ...Fact) error {
	recorded := s.recordedAt(tx, facts)
	for _, f := range add {
		f.RecordedAt = recorded
		var err error
		if facts, err = facts.With(f); err != nil {
			return err
		}
		if err := insertFact(tx, r.ID, facts[len(facts)-1]); err != nil {
			return err
		}
	}
	return s.count(ctx, tx, r, facts, recorded, countOptions{})
}

// recordedAt is the present instant; nodes' clocks differ a little, and facts are kept in order.
func (s *Service) recordedAt(tx *db.Tx, facts Facts) time.Time {
	if n := len(facts); n > 0 {
		return later(tx.Now(), facts[n-1].RecordedAt)
	}
	return tx.Now()
}

type countOptions struct {
	calendar string // of others: it was published anew
	fresh    bool   // count with the calendars in force (a publication)
}

// count evaluates a clock and writes what its facts come to. An open clock counts with the calendars in
// force, one that ended with those of its time; where a publication moves the due date, the audit trail
// keeps both.
func (s *Service) count(ctx context.Context, tx *db.Tx, r *row, facts Facts, asOf time.Time, o countOptions) error {
	before := r.state()
	rev, moved := r.rev, false
	wasDue := r.Due
	if !before.Status.Settled() {
		now, err := s.rules(ctx, tx)
		if err != nil {
			return err
		}
		rev = max(r.rev, now.world.rev) // another node may know more
	}
	if o.fresh {
		_, calendars, err := revisions(ctx, tx)
		if err != nil {
			return err
		}
		rev = max(rev, calendars)
	}
	after, err := s.eval(ctx, tx, facts, rev, asOf)
	if err != nil {
		return err
	}
	if rev != r.rev {
		old, err := s.eval(ctx, tx, facts, r.rev, asOf)
		if err != nil {
			return err
		}
		wasDue, moved = old.Due, !old.Due.Equal(after.Due)
	} else if o.calendar != "" && before.Status == StatusRunning {
		moved = !r.Due.Equal(after.Due)
	}
	if o != (countOptions{}) && !moved && before.Status == after.Status && before.Due.Equal(after.Due) {
		return nil // the publication changes nothing here
	}
	r.rev = rev
	r.take(after, facts)
	if err := updateClock(ctx, tx, r); err != nil {
		return err
	}
	if moved {
		if err := s.moved(ctx, tx, r, wasDue, asOf); err != nil {
			return err
		}
	}
	return tell(ctx, tx, r, before, after, asOf)
}

// moved keeps both due dates of a clock that a publication moved, and tells.
func (s *Service) moved(ctx context.Context, tx *db.Tx, r *row, was, asOf time.Time) error {
	err := audit.Append(ctx, tx, audit.Entry{
		Kind: "clock", Record: string(r.ID), Act: "recount", OccurredAt: asOf,
		Before: map[string]any{"due": was}, After: map[string]any{"due": r.Due, "calendar": r.Calendar, "revision": r.rev},
	})
	if err != nil {
		return err
	}
	t := r.told(asOf)
	t.WasDue, t.Revision = was, r.rev
	return events.Publish(ctx, tx, ClockMoved{t})
}

// instant is a moment as it is stored.
func instant(t, fallback time.Time) time.Time {
	if t.IsZero() {
		return fallback
	}
	return t.UTC().Truncate(time.Microsecond)
}
