package entitlement

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"anxin/internal/entitlement/rules"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

// AssessInput asks what a customer is entitled to, to be kept.
type AssessInput struct {
	Unit     units.ID
	Case     string
	Question Question
}

// Assess decides what a customer is entitled to and keeps it. An open assessment of the same unit and case is decided
// anew with the question as it is now.
func (s *Service) Assess(ctx context.Context, in AssessInput) (Assessment, error) {
	if err := access.Require(ctx, permEdit); err != nil {
		return Assessment{}, err
	}
	if len(in.Case) > 36 {
		return Assessment{}, problem.Field("case_id", problem.TooLong, "limit", 36)
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Assessment, error) {
		u, err := s.units.Find(ctx, tx, in.Unit)
		if err != nil {
			return Assessment{}, err
		}
		family, err := s.units.Family(ctx, tx, u.ID)
		if err != nil {
			return Assessment{}, err
		}
		var w db.Where
		w.In("unit_id", db.Strings(family))
		w.And("case_ref = ? AND state = 'open'", in.Case)
		a, err := db.Get(ctx, tx, scanAssessment, `SELECT `+assessmentColumns+` FROM entitlement_assessment`+w.String()+` ORDER BY id LIMIT 1`, w.Args()...)
		fresh := errors.Is(err, db.ErrNoRows)
		if err != nil && !fresh {
			return a, err
		}
		if fresh {
			a = Assessment{
				ID: AssessmentID(db.NewID()), Unit: u.ID, Brand: u.Brand, Case: in.Case, State: AssessmentOpen, CreatedBy: actorOf(ctx), CreatedAt: tx.Now(),
			}
		}
		a.Question = in.Question
		if _, err := s.decideTx(ctx, tx, u, &a); err != nil {
			return a, err
		}
		if err := saveAssessment(ctx, tx, &a, fresh); err != nil {
			return a, err
		}
		err = audit.Append(ctx, tx, audit.Entry{Kind: "assessment", Record: string(a.ID), Act: "assess", New: fresh, After: map[string]any{"unit": a.Unit, "case": a.Case, "options": optionsOf(a.Decision)}})
		if err != nil {
			return a, err
		}
		return a, s.tell(ctx, tx, a, false)
	})
}

func actorOf(ctx context.Context) string {
	a := access.From(ctx)
	return a.Kind + ":" + a.ID
}

func optionsOf(d rules.Decision) []rules.Option {
	out := []rules.Option{}
	for _, c := range d.Choices {
		out = append(out, c.Option)
	}
	return out
}

// decideTx decides an assessment as things are now; changed says whether anything did for the customer.
func (s *Service) decideTx(ctx context.Context, tx *db.Tx, u units.Unit, a *Assessment) (changed bool, err error) {
	today := calendar.DateOf(tx.Now(), s.zone)
	d, _, err := s.rights(ctx, tx, u, a.Question.of(u.ID), today, nil)
	if err != nil {
		return false, err
	}
	a.Changes = rules.Diff(a.Decision, d)
	a.Decision, a.DecidedOn, a.NextOn = d, today, d.Next(today)
	return len(a.Changes) > 0, nil
}

// tell publishes what was decided, and notes it on the unit.
func (s *Service) tell(ctx context.Context, tx *db.Tx, a Assessment, again bool) error {
	err := s.units.NoteTx(ctx, tx, units.Entry{
		Unit: a.Unit, Kind: "coverage_decided", RefKind: "assessment", RefID: string(a.ID), Params: map[string]any{"options": optionsOf(a.Decision), "case": a.Case},
	})
	if err != nil {
		return err
	}
	return s.publish(ctx, tx, a, a.Changes, again)
}

// publish tells what an assessment gives, with what is new of it.
func (s *Service) publish(ctx context.Context, tx *db.Tx, a Assessment, changes []rules.Change, again bool) error {
	return events.Publish(ctx, tx, Decided{
		Head: events.Head{ID: string(a.ID), Version: a.Version, OccurredAt: tx.Now(), BrandID: string(a.Brand)}, Unit: a.Unit, Case: a.Case, Options: optionsOf(a.Decision), Changes: changes,
		New: given(changes), Again: again,
	})
}

// change is one act of a person on an open assessment, guarded by its version.
func (s *Service) change(ctx context.Context, id AssessmentID, version int64, act string, why string, do func(tx *db.Tx, a *Assessment) error) (Assessment, error) {
	if err := access.Require(ctx, permEdit); err != nil {
		return Assessment{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Assessment, error) {
		a, err := s.findAssessment(ctx, tx, id)
		switch {
		case err != nil:
			return a, err
		case a.Version != version:
			return a, problem.ErrStale.With("version", a.Version)
		case a.State != AssessmentOpen:
			return a, ErrAssessmentClosed
		}
		if err := do(tx, &a); err != nil {
			return a, err
		}
		if err := saveAssessment(ctx, tx, &a, false); err != nil {
			return a, err
		}
		return a, audit.Append(ctx, tx, audit.Entry{Kind: "assessment", Record: string(id), Act: act, Reason: why, After: map[string]any{"chosen": a.Chosen, "state": a.State, "overrides": len(a.Overrides)}})
	})
}

// Choose notes what the customer wants of what is open to him.
func (s *Service) Choose(ctx context.Context, id AssessmentID, version int64, o rules.Option) (Assessment, error) {
	return s.change(ctx, id, version, "choose", "", func(_ *db.Tx, a *Assessment) error {
		if !a.offers(o) {
			return ErrNotOffered.With("option", string(o))
		}
		a.Chosen = o
		return nil
	})
}

// OverrideInput gives an option beyond the rules.
type OverrideInput struct {
	ID      AssessmentID
	Version int64
	Option  rules.Option
	Amount  int64
	Reason  string
	Note    string
}

// Override gives an option out of goodwill, with a reason; amounts above the limit take the permission for any.
func (s *Service) Override(ctx context.Context, in OverrideInput) (Assessment, error) {
	if err := access.Require(ctx, permGoodwill); err != nil {
		return Assessment{}, err
	}
	var f problem.Fields
	f.Check(slices.Contains(goodwillOptions, in.Option), "option", problem.BadChoice)
	f.Check(in.Amount >= 0, "amount", problem.OutOfRange, "limit", "≥ 0")
	f.Check(strings.TrimSpace(in.Reason) != "", "reason", problem.Required)
	f.Check(len([]rune(in.Note)) <= 500, "note", problem.TooLong, "limit", 500)
	if err := f.Err(); err != nil {
		return Assessment{}, err
	}
	if in.Amount > goodwillLimit && access.Require(ctx, permGoodwillAny) != nil {
		return Assessment{}, ErrBeyondLimit.With("limit", goodwillLimit)
	}
	return s.change(ctx, in.ID, in.Version, "override", in.Reason, func(tx *db.Tx, a *Assessment) error {
		a.Overrides = append(a.Overrides, Override{Option: in.Option, Amount: in.Amount, Reason: in.Reason, Note: in.Note, By: actorOf(ctx), At: tx.Now()})
		return nil
	})
}

// CloseAssessment ends an assessment: it is decided no more.
func (s *Service) CloseAssessment(ctx context.Context, id AssessmentID, version int64) (Assessment, error) {
	return s.change(ctx, id, version, "close", "", func(_ *db.Tx, a *Assessment) error {
		a.State, a.NextOn = AssessmentClosed, 0
		return nil
	})
}

// findAssessment reads an assessment whose unit the actor sees.
func (s *Service) findAssessment(ctx context.Context, q db.Querier, id AssessmentID) (Assessment, error) {
	a, err := db.Get(ctx, q, scanAssessment, `SELECT `+assessmentColumns+` FROM entitlement_assessment WHERE id = $1`, id)
	if errors.Is(err, db.ErrNoRows) {
		return a, ErrAssessmentNotFound
	}
	if err != nil {
		return a, err
	}
	if _, err := s.units.Find(ctx, q, a.Unit); err != nil {
		return a, ErrAssessmentNotFound
	}
	return a, nil
}

// GetAssessment reads an assessment whose unit the actor sees.
func (s *Service) GetAssessment(ctx context.Context, id AssessmentID) (Assessment, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return Assessment{}, err
	}
	a, err := s.findAssessment(ctx, s.db, id)
	if err != nil {
		return a, err
	}
	return a, s.remark(ctx, s.db, &a)
}

// maxAssessments bounds a list: a unit has a handful.
const maxAssessments = 100

// Assessments lists those of a unit that the actor sees, newest first; of one case, when it is named.
func (s *Service) Assessments(ctx context.Context, unit units.ID, caseID string) ([]Assessment, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return nil, err
	}
	u, err := s.units.Find(ctx, s.db, unit)
	if err != nil {
		return nil, err
	}
	var w db.Where
	family, err := s.units.Family(ctx, s.db, u.ID)
	if err != nil {
		return nil, err
	}
	w.In("unit_id", db.Strings(family))
	if caseID != "" {
		w.And("case_ref = ?", caseID)
	}
	list, err := db.List(ctx, s.db, scanAssessment, `SELECT `+assessmentColumns+` FROM entitlement_assessment`+w.String()+` ORDER BY created_at DESC, id DESC LIMIT `+w.Arg(maxAssessments), w.Args()...)
	if err != nil {
		return nil, err
	}
	all := make([]*Assessment, len(list))
	for i := range list {
		all[i] = &list[i]
	}
	return list, s.remark(ctx, s.db, all...)
}

// OfCase lists the ids of what was decided in a case. It is for modules: it asks for no permission and no scope.
func (s *Service) OfCase(ctx context.Context, q db.Querier, caseID string) ([]string, error) {
	return db.List(ctx, q, db.ScanString, `SELECT id FROM entitlement_assessment WHERE case_ref = $1 AND case_ref <> '' ORDER BY created_at, id`, caseID)
}

// Subscribe makes the module hear of what changes rights.
func (s *Service) Subscribe(b *events.Bus) {
	events.Subscribe(b, "entitlement.on_unit_fact", func(ctx context.Context, ev units.FactAdded) error { return s.reassessUnit(ctx, units.ID(ev.ID)) })
	events.Subscribe(b, "entitlement.on_unit_changed", func(ctx context.Context, ev units.Changed) error { return s.reassessUnit(ctx, units.ID(ev.ID)) })
	events.Subscribe(b, "entitlement.on_unit_merged", func(ctx context.Context, ev units.Merged) error { return s.reassessUnit(ctx, units.ID(ev.ID)) })
	events.Subscribe(b, "entitlement.on_unit_unmerged", func(ctx context.Context, ev units.Unmerged) error { return s.reassessUnit(ctx, units.ID(ev.ID)) })
	events.Subscribe(b, "entitlement.on_unit_owner", func(ctx context.Context, ev units.OwnerChanged) error { return s.reassessUnit(ctx, units.ID(ev.ID)) })
}

// RegisterJobs adds what happens by itself: days that pass and packs that change.
func (s *Service) RegisterJobs(r *jobs.Runner) {
	r.Every("entitlement.reassess", 10*time.Minute, s.ReassessDue)
}

// reassessUnit decides the open assessments of a unit anew; deciding twice changes nothing.
func (s *Service) reassessUnit(ctx context.Context, unit units.ID) error {
	family, err := s.units.Family(ctx, s.db, unit)
	if err != nil {
		return err
	}
	var w db.Where
	w.In("unit_id", db.Strings(family))
	w.And("state = 'open'")
	ids, err := db.List(ctx, s.db, db.ScanString, `SELECT id FROM entitlement_assessment`+w.String(), w.Args()...)
	if err != nil {
		return err
	}
	return s.reassess(ctx, ids)
}

const assessmentColumns = `id, unit_id, brand_id, case_ref, state, question, decision, changes, overrides, chosen, decided_on, next_on, created_by, created_at, updated_at, version`

func scanAssessment(r db.Scanner) (Assessment, error) {
	var a Assessment
	var question, decision, changes, overrides, decided, next string
	var created, updated int64
	err := r.Scan(&a.ID, &a.Unit, &a.Brand, &a.Case, &a.State, &question, &decision, &changes, &overrides, &a.Chosen, &decided, &next, &a.CreatedBy, &created, &updated, &a.Version)
	if err != nil {
		return a, err
	}
	a.CreatedAt, a.UpdatedAt = db.FromMicros(created), db.FromMicros(updated)
	var errDay, errNext error
	a.DecidedOn, errDay = calendar.ParseDate(decided)
	if next != "" {
		a.NextOn, errNext = calendar.ParseDate(next)
	}
	return a, errors.Join(errDay, errNext, json.Unmarshal([]byte(question), &a.Question), json.Unmarshal([]byte(decision), &a.Decision), json.Unmarshal([]byte(changes), &a.Changes),
		json.Unmarshal([]byte(overrides), &a.Overrides))
}

// saveAssessment writes an assessment with its next version.
func saveAssessment(ctx context.Context, tx *db.Tx, a *Assessment, fresh bool) error {
	if a.Overrides == nil {
		a.Overrides = []Override{}
	}
	var body [4]string
	for i, v := range []any{a.Question, a.Decision, a.Changes, a.Overrides} {
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		body[i] = string(b)
	}
	next := ""
	if !a.NextOn.IsZero() {
		next = a.NextOn.String()
	}
	before := a.Version
	a.Version, a.UpdatedAt = before+1, tx.Now()
	if fresh {
		_, err := tx.Exec(ctx, `INSERT INTO entitlement_assessment (`+assessmentColumns+`, packs)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
			a.ID, string(a.Unit), string(a.Brand), a.Case, string(a.State), body[0], body[1], body[2], body[3], string(a.Chosen), a.DecidedOn.String(), next, a.CreatedBy,
			db.Micros(a.CreatedAt), db.Micros(a.UpdatedAt), a.Version, a.Decision.Set)
		if db.IsUnique(err, "entitlement_assessment") {
			return db.ErrRace // somebody opened one at the same moment: read again
		}
		return err
	}
	return tx.ExecOne(ctx, `UPDATE entitlement_assessment SET state = $1, question = $2, decision = $3, changes = $4, overrides = $5, packs = $6, chosen = $7, decided_on = $8,
		next_on = $9, updated_at = $10, version = $11 WHERE id = $12 AND version = $13`,
		string(a.State), body[0], body[1], body[2], body[3], a.Decision.Set, string(a.Chosen), a.DecidedOn.String(), next, db.Micros(a.UpdatedAt), a.Version, a.ID, before)
}
