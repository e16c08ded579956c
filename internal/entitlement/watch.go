package entitlement

import (
	"context"
	"errors"

	"anxin/internal/entitlement/rules"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

// WatchInput tells of a unit that a case says is out of order.
type WatchInput struct {
	Unit     units.ID
	Case     string
	Reported calendar.Date
	Ongoing  *rules.RepairEvent // a repair that takes long; nil for none
	Failed   bool               // the customer says that the last repair did not help
}

// Watch decides about a fault with nobody asking, and keeps what it decided where the unit's repairs give its owner
// more than the first fault of that day would, or will with the days of the ongoing one: so a second failed repair and
// the thirty-first day tell themselves. A case of which a decision is kept already is left alone, which is decided anew by
// facts and days; but what was decided here learns for how many days of its ongoing repair nobody could work, and when
// a repair has failed, what is open by then is told. It is for modules, and asks for no permission.
func (s *Service) Watch(ctx context.Context, in WatchInput) error {
	ctx = access.With(ctx, access.System("entitlement.watch"))
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		u, err := s.units.Get(ctx, tx, in.Unit)
		if errors.Is(err, problem.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		known, err := db.List(ctx, tx, scanAssessment, `SELECT `+assessmentColumns+` FROM entitlement_assessment WHERE case_ref = $1 AND case_ref <> '' ORDER BY created_at, id`, in.Case)
		if err != nil {
			return err
		}
		if in.Failed && len(known) > 0 {
			return s.tellFailed(ctx, tx, u, known[len(known)-1])
		}
		if len(known) > 0 {
			return s.watchOn(ctx, tx, u, known, in.Ongoing)
		}
		a := Assessment{
			ID: AssessmentID(db.NewID()), Unit: u.ID, Brand: u.Brand, Case: in.Case, State: AssessmentOpen, CreatedBy: actorOf(ctx), CreatedAt: tx.Now(),
			Question: Question{Fault: &rules.FaultFacts{Reported: in.Reported, Performance: true}, Ongoing: in.Ongoing},
		}
		first, err := s.firstFault(ctx, tx, u, a.Question)
		var invalid *problem.Error
		if errors.As(err, &invalid) {
			return nil // dates that contradict one another: a person has to ask
		}
		if err != nil {
			return err
		}
		if _, err := s.decideTx(ctx, tx, u, &a); err != nil {
			return err
		}
		a.Changes = rules.Diff(first, a.Decision)
		if len(given(a.Changes)) == 0 && (in.Ongoing == nil || a.NextOn == 0) {
			return nil
		}
		if err := saveAssessment(ctx, tx, &a, true); err != nil {
			return err
		}
		err = audit.Append(ctx, tx, audit.Entry{Kind: "assessment", Record: string(a.ID), Act: "watch", New: true, After: map[string]any{"unit": a.Unit, "case": a.Case, "options": optionsOf(a.Decision)}})
		if err != nil {
			return err
		}
		return s.tell(ctx, tx, a, true)
	})
}

// firstFault is what a question would give if nothing had been repaired before.
func (s *Service) firstFault(ctx context.Context, tx *db.Tx, u units.Unit, q Question) (rules.Decision, error) {
	d, _, err := s.rights(ctx, tx, u, q.of(u.ID), calendar.DateOf(tx.Now(), s.zone), func(f *rules.Facts) { f.Repairs = nil })
	return d, err
}

// tellFailed tells what failed repairs have opened of a decision that is kept: when the facts opened it, the unit was
// thought to be repaired, and nobody was told.
func (s *Service) tellFailed(ctx context.Context, tx *db.Tx, u units.Unit, a Assessment) error {
	if a.State != AssessmentOpen {
		return nil
	}
	first, err := s.firstFault(ctx, tx, u, a.Question)
	var invalid *problem.Error
	if errors.As(err, &invalid) {
		return nil
	}
	if err != nil {
		return err
	}
	changes := rules.Diff(first, a.Decision)
	if len(given(changes)) == 0 {
		return nil
	}
	return s.publish(ctx, tx, a, changes, true)
}

// watchOn brings up to date what was decided about a case with nobody asking.
func (s *Service) watchOn(ctx context.Context, tx *db.Tx, u units.Unit, known []Assessment, ongoing *rules.RepairEvent) error {
	a := known[0]
	if len(known) > 1 || a.State != AssessmentOpen || a.CreatedBy != actorOf(ctx) || ongoing == nil {
		return nil
	}
	if was := a.Question.Ongoing; was != nil && *was == *ongoing {
		return nil
	}
	a.Question.Ongoing = ongoing
	kept := a.Changes
	changed, err := s.decideTx(ctx, tx, u, &a)
	if err != nil {
		return err
	}
	if !changed {
		a.Changes = kept
	}
	if err := saveAssessment(ctx, tx, &a, false); err != nil || !changed {
		return err
	}
	err = audit.Append(ctx, tx, audit.Entry{Kind: "assessment", Record: string(a.ID), Act: "watch", After: map[string]any{"options": optionsOf(a.Decision)}})
	if err != nil {
		return err
	}
	return s.tell(ctx, tx, a, true)
}
