package cases

import (
	"context"
	"maps"
	"slices"
	"time"

	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

// What higher modules tell a case. They act for the centre: who told them was checked there.

// AttachWork says that work hangs on a case, and which outlet may see the case because of it.
type AttachWork struct {
	Case       ID
	Kind       string // "order", "return"
	Ref        string
	OutletPath string // "/" while no outlet has it
	At         time.Time
}

// AttachWorkTx notes work on a case, again for each outlet it is offered to. The first work makes the
// case serving. The outlet now sees the case, its customer and its unit.
func (s *Service) AttachWorkTx(ctx context.Context, tx *db.Tx, in AttachWork) error {
	c, err := s.system(ctx, tx, in.Case)
	if err != nil {
		return err
	}
	if in.OutletPath == "" {
		in.OutletPath = "/"
	}
	upsertWork(tx, Work{
		CaseID: c.ID, Kind: in.Kind, Ref: in.Ref, OutletPath: in.OutletPath, BrandID: string(c.BrandID), Live: true, AttachedAt: tx.Now(),
	})
	if err := s.shareTx(ctx, tx, c, in.OutletPath, nil); err != nil {
		return err
	}
	if c.State != Open && c.State != Diagnosing {
		return nil
	}
	_, err = s.actTx(ctx, tx, c, "serve", access.Act{OccurredAt: in.At}, func(ctx context.Context, tx *db.Tx, c *Case, at time.Time) (events.Event, error) {
		return ServingBegan{}, c.serve(at)
	})
	return err
}

// shareTx lets an outlet see the people and things of the case, until a time or without end. Rights from
// different cases stand beside each other.
func (s *Service) shareTx(ctx context.Context, tx *db.Tx, c Case, outletPath string, until *time.Time) error {
	if outletPath == "/" {
		return nil // see shareOwn
	}
	ref := "case:" + string(c.ID)
	if c.CustomerID != "" {
		share := customers.Share{Brand: string(c.BrandID), OutletPath: outletPath, Ref: ref, Until: until}
		if err := s.customers.ShareForTx(ctx, tx, c.CustomerID, share); err != nil {
			return err
		}
	}
	if c.UnitID != "" {
		return s.units.ShareForTx(ctx, tx, c.UnitID, units.Share{Brand: string(c.BrandID), OutletPath: outletPath, Ref: ref, Until: until})
	}
	return nil
}

// shareOwn lets whoever opened the case, the brand's centre or an outlet, see who and what it is about.
func (s *Service) shareOwn(ctx context.Context, tx *db.Tx, c Case) error {
	if c.CustomerID != "" {
		if err := s.customers.ShareTx(ctx, tx, c.CustomerID, string(c.BrandID), c.OutletPath, nil); err != nil {
			return err
		}
	}
	if c.UnitID != "" {
		return s.units.ShareTx(ctx, tx, c.UnitID, string(c.BrandID), c.OutletPath, nil)
	}
	return nil
}

// reshareTx gives every outlet the sight of the case's people and things that its work on it gives: the
// longest of its rows.
func (s *Service) reshareTx(ctx context.Context, tx *db.Tx, c Case) error {
	list, err := listWork(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	until := map[string]*time.Time{}
	for _, w := range list {
		if w.Kind == "opened" {
			continue
		}
		best, known := until[w.OutletPath]
		if !known || w.SeenUntil == nil || best != nil && w.SeenUntil.After(*best) {
			until[w.OutletPath] = w.SeenUntil
		}
	}
	for _, path := range slices.Sorted(maps.Keys(until)) {
		if err := s.shareTx(ctx, tx, c, path, until[path]); err != nil {
			return err
		}
	}
	return nil
}

// RefreshSharesTx lets the outlets at work see a customer or unit that became known later.
func (s *Service) RefreshSharesTx(ctx context.Context, tx *db.Tx, id ID) error {
	c, err := s.system(ctx, tx, id)
	if err != nil {
		return err
	}
	return s.reshareTx(ctx, tx, c)
}

// SetUnitTx tells a case which unit and customer it turned out to be about.
func (s *Service) SetUnitTx(ctx context.Context, tx *db.Tx, id ID, unit units.ID, owner customers.ID) error {
	c, err := s.system(ctx, tx, id)
	if err != nil {
		return err
	}
	if c.UnitID == unit && (owner == "" || c.CustomerID != "") {
		return nil
	}
	before := c
	c.UnitID = unit
	if c.CustomerID == "" {
		c.CustomerID = owner
	}
	if err := updateCase(ctx, tx, &c); err != nil {
		return err
	}
	err = audit.Append(ctx, tx, audit.Entry{Kind: "case", Record: string(c.ID), Act: "identify", Before: before.trail(), After: c.trail()})
	if err != nil {
		return err
	}
	if err := s.shareOwn(ctx, tx, c); err != nil {
		return err
	}
	return s.reshareTx(ctx, tx, c)
}

// DetachOutletTx takes an outlet's sight of a case away: it declined, let the offer lapse, gave the work
// back or had it withdrawn. The work itself goes on.
func (s *Service) DetachOutletTx(ctx context.Context, tx *db.Tx, in AttachWork) error {
	c, err := s.system(ctx, tx, in.Case)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE cases_work SET live = $1, ended_at = $2, seen_until = $2, due_at = NULL
		WHERE case_id = $3 AND kind = $4 AND ref = $5 AND outlet_path = $6`, false, db.Micros(tx.Now()), in.Case, in.Kind, in.Ref, in.OutletPath)
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrWork
	}
	// The piece of work stays alive under the centre until somebody else takes it.
	upsertWork(tx, Work{CaseID: c.ID, Kind: in.Kind, Ref: in.Ref, OutletPath: "/", BrandID: string(c.BrandID), Live: true, AttachedAt: tx.Now()})
	return s.reshareTx(ctx, tx, c)
}

// WorkDoneTx says that the work was done (the engineer's word), or that it will not be done (cancelled).
// When nothing is live any more the case moves on by rule.
func (s *Service) WorkDoneTx(ctx context.Context, tx *db.Tx, id ID, kind, ref string, done bool, at time.Time) error {
	if err := s.workTx(ctx, tx, id, kind, ref, `live = $1, done = $2, due_at = NULL`, false, done); err != nil {
		return err
	}
	return s.finishTx(ctx, tx, id, at)
}

// WorkBackTx says that work which was thought to be done goes on (rejected, called back as not finished).
func (s *Service) WorkBackTx(ctx context.Context, tx *db.Tx, id ID, kind, ref string, at time.Time) error {
	if err := s.workTx(ctx, tx, id, kind, ref, `live = $1, done = $2`, true, false); err != nil {
		return err
	}
	c, err := s.system(ctx, tx, id)
	if err != nil || c.State != Verifying {
		return err
	}
	_, err = s.actTx(ctx, tx, c, "not_solved", access.Act{OccurredAt: at}, s.notSolved("work_rejected"))
	return err
}

// EndWorkTx says that the work is over for good (posted or cancelled). The outlets that had it see the
// case for [OutletKeeps] more.
func (s *Service) EndWorkTx(ctx context.Context, tx *db.Tx, id ID, kind, ref string, at time.Time) error {
	c, err := s.system(ctx, tx, id)
	if err != nil {
		return err
	}
	until := tx.Now().Add(OutletKeeps)
	rows, err := listWork(ctx, tx, id)
	if err != nil {
		return err
	}
	found := false
	for _, w := range rows {
		if w.Kind != kind || w.Ref != ref || w.EndedAt != nil {
			continue
		}
		found = true
		w.Live, w.DueAt, w.EndedAt, w.SeenUntil = false, nil, new(tx.Now()), &until
		upsertWork(tx, w)
	}
	if !found {
		return nil // told twice
	}
	if err := s.reshareTx(ctx, tx, c); err != nil {
		return err
	}
	if err := s.finishTx(ctx, tx, id, at); err != nil {
		return err
	}
	return s.closeAgreedTx(ctx, tx, id, "solved", at)
}

// SetDueTx tells the next deadline of a piece of work; the earliest of all sorts the queues.
func (s *Service) SetDueTx(ctx context.Context, tx *db.Tx, id ID, kind, ref string, due *time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE cases_work SET due_at = $1 WHERE case_id = $2 AND kind = $3 AND ref = $4 AND ended_at IS NULL`, db.MicrosPtr(due), id, kind, ref)
	if err != nil {
		return err
	}
	return s.refreshQueueTx(ctx, tx, id)
}

// refreshQueueTx rewrites the queue's key when it changed; it is no act and leaves no trail.
func (s *Service) refreshQueueTx(ctx context.Context, tx *db.Tx, id ID) error {
	c, err := s.system(ctx, tx, id)
	if err != nil {
		return err
	}
	was, own := c.NextDueAt, c.ClockDueAt
	if err := s.refreshDue(ctx, tx, &c); err != nil {
		return err
	}
	if sameTime(was, c.NextDueAt) && sameTime(own, c.ClockDueAt) {
		return nil
	}
	return updateCase(ctx, tx, &c)
}

func sameTime(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
}

func (s *Service) workTx(ctx context.Context, tx *db.Tx, id ID, kind, ref, set string, live, done bool) error {
	n, err := tx.Exec(ctx, `UPDATE cases_work SET `+set+` WHERE case_id = $3 AND kind = $4 AND ref = $5 AND ended_at IS NULL`, live, done, id, kind, ref)
	if err == nil && n == 0 {
		err = ErrWork
	}
	return err
}

func (s *Service) finishTx(ctx context.Context, tx *db.Tx, id ID, at time.Time) error {
	c, err := s.system(ctx, tx, id)
	if err != nil {
		return err
	}
	w, _, err := summary(ctx, tx, id)
	if err != nil {
		return err
	}
	if c.State != Serving || w.live > 0 {
		return s.refreshQueueTx(ctx, tx, id)
	}
	_, err = s.actTx(ctx, tx, c, "finish", access.Act{OccurredAt: at}, func(ctx context.Context, tx *db.Tx, c *Case, at time.Time) (events.Event, error) {
		if _, err := c.finish(w, at); err != nil {
			return nil, err
		}
		if c.State == Verifying {
			return VerifyingBegan{}, nil
		}
		return DiagnosingAgain{}, nil
	})
	return err
}

// CustomerAgreesTx notes that the customer said it is solved, and closes the case. One whose work has not
// ended, or that has open children, stays verifying and closes when they end.
func (s *Service) CustomerAgreesTx(ctx context.Context, tx *db.Tx, id ID, reason string, at time.Time) error {
	c, err := s.system(ctx, tx, id)
	if err != nil || c.State != Verifying {
		return err
	}
	if c.AgreedAt == nil {
		c.AgreedAt = &at
		if err := updateCase(ctx, tx, &c); err != nil {
			return err
		}
	}
	return s.closeAgreedTx(ctx, tx, id, reason, at)
}

// closeAgreedTx closes a verified case that the customer agreed to, if nothing stands against it.
func (s *Service) closeAgreedTx(ctx context.Context, tx *db.Tx, id ID, reason string, at time.Time) error {
	c, err := s.system(ctx, tx, id)
	if err != nil || c.State != Verifying || c.AgreedAt == nil {
		return err
	}
	return s.closeIfTx(ctx, tx, c, reason, at)
}

// closeIfTx closes a case unless something still stands against it.
func (s *Service) closeIfTx(ctx context.Context, tx *db.Tx, c Case, reason string, at time.Time) error {
	_, err := s.actTx(ctx, tx, c, "close", access.Act{OccurredAt: at, Reason: reason}, s.close(reason, ""))
	if code := problem.CodeOf(err); code == ErrWorkNotEnded || code == ErrOpenChildren || code == problem.ErrInvalid {
		return nil // a complaint waits for its responsibility, the others for what is still open
	}
	return err
}

// CloseSilent closes verified cases whose work has all ended and whose customer has said nothing for
// [SilentFor]; a duty.
func (s *Service) CloseSilent(ctx context.Context) error {
	type silent struct {
		id    ID
		since int64
	}
	const batch = 500
	var last silent
	for {
		list, err := db.List(ctx, s.db, func(r db.Scanner) (v silent, err error) { return v, r.Scan(&v.id, &v.since) },
			`SELECT id, verifying_at FROM cases_case WHERE state = 'verifying' AND verifying_at < $1 AND (verifying_at, id) > ($2, $3)
			 ORDER BY verifying_at, id LIMIT $4`, db.Micros(s.db.Now().Add(-SilentFor)), last.since, last.id, batch)
		if err != nil {
			return err
		}
		for _, v := range list {
			err := db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
				c, err := s.system(ctx, tx, v.id)
				if err != nil || c.State != Verifying {
					return err
				}
				return s.closeIfTx(ctx, tx, c, "unreachable", tx.Now())
			})
			if err != nil {
				return err
			}
			last = v
		}
		if len(list) < batch {
			return nil
		}
	}
}

// RegisterJobs adds this module's duties.
func (s *Service) RegisterJobs(r *jobs.Runner) {
	r.Every("cases.close_silent", time.Hour, s.CloseSilent)
	r.Every("cases.watch_long", 6*time.Hour, s.WatchLong)
}

// CustomerDisagreesTx takes a case back because the customer said that it is not solved.
func (s *Service) CustomerDisagreesTx(ctx context.Context, tx *db.Tx, id ID, reason string, at time.Time) error {
	c, err := s.system(ctx, tx, id)
	if err != nil {
		return err
	}
	switch c.State {
	case Verifying:
		_, err = s.actTx(ctx, tx, c, "not_solved", access.Act{OccurredAt: at, Reason: reason}, s.notSolved(reason))
	case Closed:
		_, err = s.actTx(ctx, tx, c, "reopen", access.Act{OccurredAt: at, Reason: reason}, s.reopen(reason))
		if problem.CodeOf(err) == ErrTooLate {
			return nil // what was said stands where it was said, and whoever calls about it opens a new case
		}
	}
	return err
}

func (s *Service) system(ctx context.Context, tx *db.Tx, id ID) (Case, error) {
	return find(ctx, tx, access.Everything, id)
}
