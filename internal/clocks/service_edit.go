package clocks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/jobs"
	"anxin/internal/platform/problem"
)

// What a firm edits: policies, calendars, holidays.

// codePattern is what ids of policies and calendars look like: people read them in explanations.
var codePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// Policies lists the policies that the actor sees: of no brand and of the brands in scope.
func (s *Service) Policies(ctx context.Context) ([]KeptPolicy, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return nil, err
	}
	list, err := listKeptPolicies(ctx, s.db)
	scope := access.From(ctx).Scope
	return slices.DeleteFunc(list, func(k KeptPolicy) bool { return !scope.SeesBrand(k.Match.Brand) }), err
}

// Policy returns a policy that the actor sees.
func (s *Service) Policy(ctx context.Context, id PolicyID) (KeptPolicy, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return KeptPolicy{}, err
	}
	p, err := findPolicy(ctx, s.db, id)
	if err == nil && !access.From(ctx).Scope.SeesBrand(p.Match.Brand) {
		return KeptPolicy{}, ErrNotFound
	}
	return p, err
}

// CreatePolicy adds a policy. Open clocks keep their targets; new ones are chosen among all policies.
func (s *Service) CreatePolicy(ctx context.Context, p Policy) (KeptPolicy, error) {
	if err := s.checkPolicy(ctx, p); err != nil {
		return KeptPolicy{}, err
	}
	p.Version = 1
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (KeptPolicy, error) {
		k := KeptPolicy{Policy: p, CreatedAt: tx.Now(), UpdatedAt: tx.Now()}
		n, err := insertPolicy(ctx, tx, k)
		if err == nil && n == 0 {
			err = problem.Field("id", problem.Taken)
		}
		if err != nil {
			return KeptPolicy{}, err
		}
		return k, s.policyChanged(ctx, tx, "create", nil, p, true)
	})
}

// EditPolicy replaces a policy that was read at a version. Clocks that run keep the target they have
// until what they are for changes.
func (s *Service) EditPolicy(ctx context.Context, p Policy, version int64) (KeptPolicy, error) {
	if err := s.checkPolicy(ctx, p); err != nil {
		return KeptPolicy{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (KeptPolicy, error) {
		k, err := findPolicy(ctx, tx, p.ID)
		if err == nil && !access.From(ctx).Scope.SeesBrand(k.Match.Brand) {
			err = ErrNotFound
		}
		if err != nil {
			return KeptPolicy{}, err
		}
		if int64(k.Version) != version {
			return KeptPolicy{}, problem.ErrStale.With("version", k.Version)
		}
		was := k.Policy
		k.Policy, k.Version, k.UpdatedAt = p, was.Version+1, tx.Now()
		if err := updatePolicy(ctx, tx, k, was.Version); err != nil {
			return KeptPolicy{}, err
		}
		return k, s.policyChanged(ctx, tx, "edit", was, k.Policy, false)
	})
}

func (s *Service) policyChanged(ctx context.Context, tx *db.Tx, act string, before any, after Policy, isNew bool) error {
	if _, err := bump(ctx, tx, revPolicies); err != nil {
		return err
	}
	tx.AfterCommit(s.cache.touch)
	return audit.Append(ctx, tx, audit.Entry{Kind: "clock_policy", Record: string(after.ID), Act: act, Before: before, After: after, New: isNew})
}

// checkPolicy refuses what makes no sense, and policies of brands that the actor does not see.
func (s *Service) checkPolicy(ctx context.Context, p Policy) error {
	if err := access.Require(ctx, permManage); err != nil {
		return err
	}
	var f problem.Fields
	f.Check(codePattern.MatchString(string(p.ID)), "id", problem.BadFormat)
	f.Check(slices.Contains(AllMilestones(), p.Milestone), "milestone", problem.BadChoice)
	f.Check(slices.Contains(AllParties(), p.Party), "party", problem.BadChoice)
	scope := access.From(ctx).Scope
	f.Check(scope.SeesBrand(p.Match.Brand) && (scope.Brands == nil || p.Match.Brand != ""), "match.brand", problem.Unknown)
	if err := f.Err(); err != nil {
		return err
	}
	if err := p.Validate(); err != nil {
		var e *problem.Error
		field := ""
		if errors.As(err, &e) {
			field, _ = e.Params["field"].(string)
		}
		switch field {
		case "kind", "calendar", "duration", "days", "at", "warn":
			field = "target." + field
		}
		return problem.Field(field, ErrTarget, "field", field)
	}
	return s.checkCalendar(ctx, p.Target.Calendar)
}

// checkCalendar tells whether a policy may count in a calendar: a role, one of ours, or one of others.
func (s *Service) checkCalendar(ctx context.Context, id string) error {
	if id == "" || strings.HasPrefix(id, "@") {
		return nil
	}
	now, err := s.rules(ctx, s.db)
	if err != nil {
		return err
	}
	c, err := s.finder(ctx, s.db, now.world)(id)
	if err == nil && c == nil {
		err = problem.Field("target.calendar", problem.Unknown)
	}
	return err
}

// Try chooses the policy for a request and says why, without starting anything.
func (s *Service) Try(ctx context.Context, req Request) (Choice, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return Choice{}, err
	}
	now, err := s.rules(ctx, s.db)
	if err != nil {
		return Choice{}, err
	}
	if req.At.IsZero() {
		req.At = s.db.Now()
	}
	if req.Party == "" {
		req.Party = DefaultParty(req.Milestone)
	}
	scope := access.From(ctx).Scope
	list := slices.DeleteFunc(slices.Clone(now.list), func(p Policy) bool { return !scope.SeesBrand(p.Match.Brand) })
	c, err := Choose(list, req)
	if errors.Is(err, ErrNoPolicy) {
		return c, nil // the reasons say it
	}
	return c, err
}

// Calendars lists the newest publication of every calendar.
func (s *Service) Calendars(ctx context.Context) ([]KeptCalendar, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return nil, err
	}
	_, rev, err := revisions(ctx, s.db)
	if err != nil {
		return nil, err
	}
	return db.List(ctx, s.db, scanSpec, `SELECT body, published_at`+latestCalendars+` ORDER BY id`, rev)
}

// Calendar returns the newest publication of a calendar.
func (s *Service) Calendar(ctx context.Context, id string) (KeptCalendar, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return KeptCalendar{}, err
	}
	return findCalendar(ctx, s.db, id)
}

func findCalendar(ctx context.Context, q db.Querier, id string) (KeptCalendar, error) {
	k, err := db.Get(ctx, q, scanSpec, `SELECT body, published_at FROM clocks_calendar WHERE id = $1 ORDER BY rev DESC LIMIT 1`, id)
	if errors.Is(err, db.ErrNoRows) {
		return k, ErrNotFound
	}
	return k, err
}

// PublishCalendar publishes a calendar anew, or a new one with version 0. Open clocks that count in it
// are counted anew soon, and the audit trail keeps both due dates. Calendars are everybody's: only who
// sees all brands publishes them.
func (s *Service) PublishCalendar(ctx context.Context, spec calendar.Spec, version int64) (KeptCalendar, error) {
	if err := s.mayPublish(ctx); err != nil {
		return KeptCalendar{}, err
	}
	spec.Schema = calendar.Schema
	if !codePattern.MatchString(spec.ID) {
		return KeptCalendar{}, problem.Field("id", problem.BadFormat)
	}
	now, err := s.rules(ctx, s.db)
	if err != nil {
		return KeptCalendar{}, err
	}
	if _, err := calendar.New(spec, now.world.holidays[spec.Country]); err != nil {
		return KeptCalendar{}, asFields(err)
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (KeptCalendar, error) {
		rev, err := bump(ctx, tx, revCalendars) // publishers follow one another from here
		if err != nil {
			return KeptCalendar{}, err
		}
		old, err := findCalendar(ctx, tx, spec.ID)
		isNew := errors.Is(err, ErrNotFound)
		switch {
		case err != nil && !isNew:
			return KeptCalendar{}, err
		case isNew && version != 0:
			return KeptCalendar{}, ErrNotFound
		case !isNew && version == 0:
			return KeptCalendar{}, problem.Field("id", problem.Taken)
		case !isNew && int64(old.Spec.Version) != version:
			return KeptCalendar{}, problem.ErrStale.With("version", old.Spec.Version)
		}
		spec.Version = old.Spec.Version + 1
		k := KeptCalendar{Spec: spec, PublishedAt: tx.Now()}
		if err := insertCalendar(tx, rev, k); err != nil {
			return KeptCalendar{}, err
		}
		var before any
		if !isNew {
			before = old.Spec
		}
		if err := s.calendarsChanged(ctx, tx, rev); err != nil {
			return KeptCalendar{}, err
		}
		return k, audit.Append(ctx, tx, audit.Entry{Kind: "clock_calendar", Record: spec.ID, Act: "publish", Before: before, After: spec, New: isNew})
	})
}

func (s *Service) mayPublish(ctx context.Context) error {
	if err := access.Require(ctx, permManage); err != nil {
		return err
	}
	if !access.From(ctx).Scope.All() {
		return problem.ErrForbidden.With("permission", permManage)
	}
	return nil
}

func (s *Service) calendarsChanged(ctx context.Context, tx *db.Tx, rev int64) error {
	tx.AfterCommit(s.cache.touch)
	return jobs.InsertTx(ctx, tx, RecountArgs{Revision: rev})
}

// asFields turns the faults of calendar data into faults of fields.
func asFields(err error) error {
	var issues calendar.Issues
	if !errors.As(err, &issues) {
		return err
	}
	var f problem.Fields
	for _, i := range issues {
		f.Add(i.Where, &problem.Code{Key: i.Code, Kind: problem.Invalid}) // the words are platform/calendar's
	}
	return f.Err()
}

// Holidays lists what is known of the years of a country, by year.
func (s *Service) Holidays(ctx context.Context, country string) ([]calendar.Year, error) {
	if err := access.Require(ctx, permRead); err != nil {
		return nil, err
	}
	now, err := s.rules(ctx, s.db)
	if err != nil {
		return nil, err
	}
	out := []calendar.Year{}
	h := now.world.holidays[country]
	if h == nil {
		return out, nil
	}
	for _, n := range h.Years() {
		if y, ok := h.Year(n); ok {
			out = append(out, y)
		}
	}
	return out, nil
}

// HolidaysOf finds the public holidays of a country for those who count in calendars of their own; nil where none
// are known. The number changes with every publication of calendars.
func (s *Service) HolidaysOf(ctx context.Context, q db.Querier, country string) (*calendar.Holidays, int64, error) {
	now, err := s.rules(ctx, q)
	if err != nil {
		return nil, 0, err
	}
	return now.world.holidays[country], now.world.rev, nil
}

// Countries lists the countries whose holidays are known.
func (s *Service) Countries(ctx context.Context) ([]string, error) {
	now, err := s.rules(ctx, s.db)
	if err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(now.world.holidays)), nil
}

// ImportYear publishes a year's holidays from their notice, in our form or that of NateScarlet/holiday-cn.
// What is odd about them (a working stretch of more than six days, no source) must be accepted. Open
// clocks that count in calendars of the country are counted anew soon.
func (s *Service) ImportYear(ctx context.Context, document json.RawMessage, accept bool) (calendar.Year, error) {
	if err := s.mayPublish(ctx); err != nil {
		return calendar.Year{}, err
	}
	y, err := calendar.ParseYear(document)
	if err != nil {
		return calendar.Year{}, asFields(err)
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (calendar.Year, error) {
		rev, err := bump(ctx, tx, revCalendars)
		if err != nil {
			return calendar.Year{}, err
		}
		w, err := readWorld(ctx, tx, rev)
		if err != nil {
			return calendar.Year{}, err
		}
		next, before := y, any(nil)
		known := w.holidays[y.Country]
		merged, err := calendar.NewHolidays(y.Country)
		if known != nil {
			merged = known
		}
		if err == nil {
			if old, ok := merged.Year(y.Year); ok {
				before, next.Version = old, old.Version+1
			}
			merged, err = merged.With(next)
		}
		if err != nil {
			return calendar.Year{}, asFields(err)
		}
		next, _ = merged.Year(y.Year) // with the legal days that were known
		if odd := next.Validate(); len(odd) > 0 && !accept {
			return calendar.Year{}, asFields(odd)
		}
		if err := insertYear(tx, rev, next, tx.Now()); err != nil {
			return calendar.Year{}, err
		}
		if err := s.calendarsChanged(ctx, tx, rev); err != nil {
			return calendar.Year{}, err
		}
		return next, audit.Append(ctx, tx, audit.Entry{
			Kind: "clock_holidays", Record: fmt.Sprintf("%s-%d", y.Country, y.Year), Act: "publish", Before: before, After: next,
		})
	})
}
