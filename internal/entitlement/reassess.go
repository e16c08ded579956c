package entitlement

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"anxin/internal/entitlement/rules"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

// batch is how many assessments are read and decided together.
const batch = 500

// ReassessDue decides anew what a day that has come may have changed, and what was decided by other packs than those of
// today; a duty. "More than thirty days", "third repair" and the ends of periods so tell themselves. It goes on until
// nothing is left: a change of the packs concerns every open assessment. Those that stay as they are cost one statement for
// hundreds of them; each that changes is a change of its own, with its entry and event.
func (s *Service) ReassessDue(ctx context.Context) error {
	set, err := s.rules(ctx, s.db)
	if err != nil {
		return err
	}
	today := calendar.DateOf(s.db.Now(), s.zone).String()
	if err := s.reassessAll(ctx, "next_on <> '' AND next_on <= ?", today, nil); err != nil {
		return err
	}
	const others = "packs <> ?"
	var w db.Where
	w.And("state = 'open'")
	w.And(others, set.Version())
	total, err := db.Get(ctx, s.db, db.ScanInt, `SELECT COUNT(*) FROM entitlement_assessment`+w.String(), w.Args()...)
	if err != nil {
		return err
	}
	if s.tasks == nil || total <= batch {
		return s.reassessAll(ctx, others, set.Version(), nil)
	}
	// Much at once is a task that people see, and may stop; it begins again at the duty's next turn.
	id, err := db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (jobs.TaskID, error) {
		return jobs.NewTaskTx(ctx, tx, "entitlement.reassess")
	})
	if err != nil {
		return err
	}
	return s.tasks.Run(ctx, id, func(ctx context.Context, p *jobs.Progress) (any, error) {
		err := s.reassessAll(ctx, others, set.Version(), func(done int64) error { return p.Report(ctx, done, total, "reassess") })
		return map[string]int64{"assessments": total}, err
	})
}

// reassessAll goes through the open assessments of a condition by their ids. One unit's trouble keeps no other waiting, and is
// told at the end.
func (s *Service) reassessAll(ctx context.Context, where, arg string, report func(done int64) error) error {
	var errs []error
	done := int64(0)
	for after := ""; ; {
		var w db.Where
		w.And("state = 'open'")
		w.And("id > ?", after)
		w.And(where, arg)
		list, err := db.List(ctx, s.db, scanAssessment, `SELECT `+assessmentColumns+` FROM entitlement_assessment`+w.String()+` ORDER BY id LIMIT `+w.Arg(batch), w.Args()...)
		if err != nil || len(list) == 0 {
			return errors.Join(append(errs, err)...)
		}
		after = string(list[len(list)-1].ID)
		if err := s.reassessBatch(ctx, list); err != nil {
			if ctx.Err() != nil {
				return err
			}
			errs = append(errs, err)
		}
		if done += int64(len(list)); report != nil {
			if err := report(done); err != nil {
				return err // stopped by a person
			}
		}
	}
}

// reassessBatch decides assessments on what is read of all of them at once, side by side; it writes down which stayed, and
// hands over those that did not.
func (s *Service) reassessBatch(ctx context.Context, list []Assessment) error {
	ids := make([]units.ID, len(list))
	for i, a := range list {
		ids[i] = a.Unit
	}
	found, err := s.units.ByIDs(ctx, s.db, ids)
	if err != nil {
		return err
	}
	var all []units.Unit
	var roots []units.ID
	for _, u := range found {
		all, roots = append(all, u), append(roots, u.ID)
	}
	history, err := s.units.FactsOf(ctx, s.db, roots)
	if err != nil {
		return err
	}
	firms, err := s.units.OwnedByFirms(ctx, s.db, all)
	if err != nil {
		return err
	}
	rulesNow, err := s.rules(ctx, s.db)
	if err != nil {
		return err
	}
	today := calendar.DateOf(s.db.Now(), s.zone)
	same := make([]bool, len(list))
	next := make([]calendar.Date, len(list))
	var wg sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), len(list))
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(list); i += workers {
				a := list[i]
				u, ok := found[a.Unit]
				if !ok {
					continue
				}
				d, _, err := s.judge(rulesNow, u, history[u.ID], firms[u.ID], a.Question.of(u.ID), today, nil)
				if err == nil && len(rules.Diff(a.Decision, d)) == 0 {
					same[i], next[i] = true, d.Next(today)
				}
			}
		})
	}
	wg.Wait()
	stay := map[calendar.Date][]string{}
	var errs []error
	for i, a := range list {
		if same[i] {
			stay[next[i]] = append(stay[next[i]], string(a.ID))
			continue
		}
		errs = append(errs, s.reassessOne(access.With(ctx, access.System("entitlement.reassess")), a.ID))
	}
	return errors.Join(append(errs, s.stays(ctx, stay, rulesNow.Version(), today))...)
}

// stays notes that decisions stand under the packs of today; who changed one meanwhile has decided it anew anyhow.
func (s *Service) stays(ctx context.Context, byNext map[calendar.Date][]string, set string, today calendar.Date) error {
	if len(byNext) == 0 {
		return nil
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		for next, ids := range byNext {
			var w db.Where
			head := `UPDATE entitlement_assessment SET packs = ` + w.Arg(set) + `, decided_on = ` + w.Arg(today.String()) + `, next_on = ` + w.Arg(text(next))
			w.And("state = 'open'")
			w.In("id", ids)
			if _, err := tx.Exec(ctx, head+w.String(), w.Args()...); err != nil {
				return fmt.Errorf("assessments that stay: %w", err)
			}
		}
		return nil
	})
}

// reassess decides the named assessments anew, each in a change of its own.
func (s *Service) reassess(ctx context.Context, ids []string) error {
	var errs []error // one unit's trouble keeps no other waiting
	for _, id := range slices.Compact(ids) {
		errs = append(errs, s.reassessOne(access.With(ctx, access.System("entitlement.reassess")), AssessmentID(id)))
	}
	return errors.Join(errs...)
}

// reassessOne decides an assessment anew, and tells it when it changed for the customer.
func (s *Service) reassessOne(ctx context.Context, id AssessmentID) error {
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		a, err := db.Get(ctx, tx, scanAssessment, `SELECT `+assessmentColumns+` FROM entitlement_assessment WHERE id = $1`, id)
		if errors.Is(err, db.ErrNoRows) || err == nil && a.State != AssessmentOpen {
			return nil
		}
		if err != nil {
			return err
		}
		u, err := s.units.Get(ctx, tx, a.Unit)
		if err != nil {
			return err
		}
		kept := a.Changes
		changed, err := s.decideTx(ctx, tx, u, &a)
		var invalid *problem.Error
		if errors.As(err, &invalid) { // facts that contradict one another since: what was decided stands, and is asked tomorrow
			a.NextOn, changed, err = calendar.DateOf(tx.Now(), s.zone)+1, false, nil
		}
		if err != nil {
			return err
		}
		if !changed {
			a.Changes = kept
		}
		if err := saveAssessment(ctx, tx, &a, false); err != nil || !changed {
			return err
		}
		err = audit.Append(ctx, tx, audit.Entry{Kind: "assessment", Record: string(id), Act: "reassess", After: map[string]any{"options": optionsOf(a.Decision)}})
		if err != nil {
			return err
		}
		return s.tell(ctx, tx, a, true)
	})
}
