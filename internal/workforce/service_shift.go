package workforce

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

const (
	maxShiftDays = 400
	maxAbsence   = 370 * 24 * time.Hour
)

// Template is a person's shifts as they are kept: the week (nil follows the outlet's hours) and the dates
// apart from it.
type Template struct {
	Week *Week              `json:"week,omitempty"`
	Days map[string]DayPlan `json:"days"`
}

// Template reads a person's shifts from a date on.
func (s *Service) Template(ctx context.Context, q db.Querier, id EngineerID, from calendar.Date) (Template, error) {
	text, err := db.Get(ctx, q, func(sc db.Scanner) (*string, error) {
		var v *string
		return v, sc.Scan(&v)
	}, `SELECT week FROM workforce_staff WHERE id = $1`, string(id))
	if err != nil {
		return Template{}, err
	}
	t := Template{Days: map[string]DayPlan{}}
	if t.Week, err = parseWeek(text); err != nil {
		return t, err
	}
	rows, err := q.Query(ctx, `SELECT date, windows FROM workforce_shift_day WHERE staff_id = $1 AND date >= $2 ORDER BY date`, string(id), from.String())
	if err != nil {
		return t, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var date, text string
		if err := rows.Scan(&date, &text); err != nil {
			return t, err
		}
		if t.Days[date], err = parsePlan(text); err != nil {
			return t, err
		}
	}
	return t, rows.Err()
}

// SetWeekInput replaces a person's template; nil follows the outlet's hours.
type SetWeekInput struct {
	ID      EngineerID
	Version int64
	Week    *Week
}

// SetWeek replaces a person's template and bumps his days from today on.
func (s *Service) SetWeek(ctx context.Context, in SetWeekInput) (Engineer, error) {
	if in.Week != nil {
		var f problem.Fields
		for i, p := range in.Week {
			checkPlan(&f, "week."+strconv.Itoa(i), p)
		}
		if err := f.Err(); err != nil {
			return Engineer{}, err
		}
	}
	return s.shifts(ctx, in.ID, in.Version, "set_week", in.Week, func(ctx context.Context, tx *db.Tx, e Engineer, today calendar.Date) error {
		var text *string
		if in.Week != nil {
			b, err := json.Marshal(in.Week)
			if err != nil {
				return err
			}
			v := string(b)
			text = &v
		}
		if _, err := tx.Exec(ctx, `UPDATE workforce_staff SET week = $1 WHERE id = $2`, text, string(e.ID)); err != nil {
			return err
		}
		return s.bumpFrom(ctx, tx, e.ID, today)
	})
}

// SetDaysInput sets single dates apart from the template; a nil plan takes the date back to it, an empty
// one is a day off.
type SetDaysInput struct {
	ID      EngineerID
	Version int64
	Days    map[calendar.Date]*DayPlan
}

// SetDays sets single dates apart from the template and bumps them.
func (s *Service) SetDays(ctx context.Context, in SetDaysInput) (Engineer, error) {
	var f problem.Fields
	f.Check(len(in.Days) > 0, "days", problem.Required)
	f.Check(len(in.Days) <= maxShiftDays, "days", problem.TooLong, "limit", maxShiftDays)
	dates := make([]calendar.Date, 0, len(in.Days))
	kept := map[string]*DayPlan{}
	for d, p := range in.Days {
		if p != nil {
			checkPlan(&f, "days."+d.String(), *p)
		}
		dates = append(dates, d)
		kept[d.String()] = p
	}
	if err := f.Err(); err != nil {
		return Engineer{}, err
	}
	slices.Sort(dates)
	return s.shifts(ctx, in.ID, in.Version, "set_days", kept, func(ctx context.Context, tx *db.Tx, e Engineer, _ calendar.Date) error {
		for _, d := range dates {
			if _, err := s.BumpDayTx(ctx, tx, e.ID, d.String()); err != nil {
				return err
			}
			p := in.Days[d]
			if p == nil {
				tx.Later(`DELETE FROM workforce_shift_day WHERE staff_id = $1 AND date = $2`, string(e.ID), d.String())
				continue
			}
			tx.Later(`INSERT INTO workforce_shift_day (staff_id, date, windows) VALUES ($1, $2, $3)
				ON CONFLICT (staff_id, date) DO UPDATE SET windows = excluded.windows`, string(e.ID), d.String(), formatPlan(*p))
		}
		return nil
	})
}

// shifts runs one change of a person's shifts.
func (s *Service) shifts(ctx context.Context, id EngineerID, version int64, act string, after any,
	fn func(ctx context.Context, tx *db.Tx, e Engineer, today calendar.Date) error,
) (Engineer, error) {
	if err := access.Require(ctx, PermShifts); err != nil {
		return Engineer{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Engineer, error) {
		e, err := s.visible(ctx, tx, id)
		if err != nil {
			return e, err
		}
		if e.Version != version {
			return e, problem.ErrStale.With("version", e.Version)
		}
		if e.State == StateLeft {
			return e, ErrState.With("state", string(e.State), "act", act)
		}
		o, err := s.outlets.Get(ctx, tx, e.OutletID)
		if err != nil {
			return e, err
		}
		today := s.today(tx, o)
		before, err := s.Template(ctx, tx, id, today)
		if err != nil {
			return e, err
		}
		if err := fn(ctx, tx, e, today); err != nil {
			return e, err
		}
		e = e.next()
		e.UpdatedAt = tx.Now()
		if err := updateEngineer(ctx, tx, e); err != nil {
			return e, err
		}
		if err := audit.Append(ctx, tx, audit.Entry{Kind: "engineer", Record: string(e.ID), Act: act, Before: before, After: after}); err != nil {
			return e, err
		}
		return e, events.Publish(ctx, tx, ShiftsChanged{e.fact(tx.Now(), "")})
	})
}

// AddAbsenceInput is time away to be noted.
type AddAbsenceInput struct {
	Engineer   EngineerID
	Kind       string
	Start, End time.Time
}

// AddAbsence notes time away and bumps the days that it touches. Visits planned there stay: dispatch hears
// the event and moves them.
func (s *Service) AddAbsence(ctx context.Context, in AddAbsenceInput) (Absence, error) {
	if err := access.Require(ctx, PermShifts); err != nil {
		return Absence{}, err
	}
	var f problem.Fields
	f.Check(slices.Contains(AbsenceKinds, in.Kind), "kind", problem.BadChoice)
	f.Check(!in.Start.IsZero(), "start", problem.Required)
	f.Check(in.End.After(in.Start), "end", ErrOrder)
	f.Check(in.End.Sub(in.Start) <= maxAbsence, "end", problem.OutOfRange, "days", int(maxAbsence/(24*time.Hour)))
	if err := f.Err(); err != nil {
		return Absence{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Absence, error) {
		e, err := s.visible(ctx, tx, in.Engineer)
		if err != nil {
			return Absence{}, err
		}
		if e.State == StateLeft {
			return Absence{}, ErrState.With("state", string(e.State), "act", "add_absence")
		}
		a := Absence{
			ID: AbsenceID(db.NewID()), Engineer: e.ID, Kind: in.Kind, Start: in.Start.UTC().Truncate(time.Microsecond),
			End: in.End.UTC().Truncate(time.Microsecond), CreatedAt: tx.Now(), Version: 1,
		}
		if err := s.bumpSpan(ctx, tx, e, a); err != nil {
			return a, err
		}
		_, err = tx.Exec(ctx, `INSERT INTO workforce_absence (`+absenceColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			string(a.ID), string(e.ID), a.Kind, db.Micros(a.Start), db.Micros(a.End), false, db.Micros(a.CreatedAt), a.Version)
		if err != nil {
			return a, err
		}
		return a, s.absenceChanged(ctx, tx, e, a, "add_absence", nil)
	})
}

// CancelAbsenceInput takes time away back.
type CancelAbsenceInput struct {
	Engineer EngineerID
	ID       AbsenceID
	access.Act
}

// CancelAbsence takes time away back and bumps its days. One of the past stays.
func (s *Service) CancelAbsence(ctx context.Context, in CancelAbsenceInput) (Absence, error) {
	if err := access.Require(ctx, PermShifts); err != nil {
		return Absence{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Absence, error) {
		e, err := s.visible(ctx, tx, in.Engineer)
		if err != nil {
			return Absence{}, err
		}
		a, err := findAbsence(ctx, tx, in.ID)
		if err != nil {
			return a, err
		}
		if a.Engineer != e.ID {
			return Absence{}, problem.ErrNotFound
		}
		if a.Cancelled || !a.End.After(tx.Now()) {
			return a, ErrCancelled.With()
		}
		before := a
		a.Cancelled, a.Version = true, a.Version+1
		if err := s.bumpSpan(ctx, tx, e, a); err != nil {
			return a, err
		}
		if err := tx.ExecOne(ctx, `UPDATE workforce_absence SET cancelled = $1, version = $2 WHERE id = $3 AND version = $2 - 1`, true, a.Version, string(a.ID)); err != nil {
			return a, err
		}
		return a, s.absenceChanged(ctx, tx, e, a, "cancel_absence", before)
	})
}

// bumpSpan bumps the local days that an absence touches.
func (s *Service) bumpSpan(ctx context.Context, tx *db.Tx, e Engineer, a Absence) error {
	o, err := s.outlets.Get(ctx, tx, e.OutletID)
	if err != nil {
		return err
	}
	loc := o.Location()
	last := calendar.DateOf(a.End.Add(-time.Microsecond), loc)
	for d := calendar.DateOf(a.Start, loc); d <= last; d++ {
		if _, err := s.BumpDayTx(ctx, tx, e.ID, d.String()); err != nil {
			return err
		}
	}
	return nil
}

// absenceChanged notes the change in the person's chain. The kind of an absence (illness) is his own
// matter: neither audit nor event says it.
func (s *Service) absenceChanged(ctx context.Context, tx *db.Tx, e Engineer, a Absence, act string, before any) error {
	if before != nil {
		before = map[string]any{"absence": a.ID, "cancelled": false}
	}
	err := audit.Append(ctx, tx, audit.Entry{
		Kind: "engineer", Record: string(e.ID), Act: act, Before: before,
		After: map[string]any{"absence": a.ID, "start": a.Start, "end": a.End, "cancelled": a.Cancelled},
	})
	if err != nil {
		return err
	}
	return events.Publish(ctx, tx, AbsenceChanged{fact: e.fact(tx.Now(), ""), AbsenceID: a.ID, Start: a.Start, End: a.End, Cancelled: a.Cancelled})
}

// AbsencesOf lists a person's times away that end after an instant, within the actor's scope, cancelled
// ones too.
func (s *Service) AbsencesOf(ctx context.Context, id EngineerID, since time.Time) ([]Absence, error) {
	if err := s.mayRead(ctx, id); err != nil {
		return nil, err
	}
	if _, err := s.visible(ctx, s.db, id); err != nil {
		return nil, err
	}
	return db.List(ctx, s.db, scanAbsence, `SELECT `+absenceColumns+` FROM workforce_absence WHERE staff_id = $1 AND ends_at > $2
		ORDER BY starts_at, id LIMIT 500`, string(id), db.Micros(since))
}
