package dispatch

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

const (
	maxName  = 60
	maxAhead = 14
)

func (in *ScheduleInput) check() error {
	in.Name = strings.TrimSpace(in.Name)
	in.Days = max(1, in.Days)
	slices.Sort(in.Weekdays)
	in.Weekdays = slices.Compact(in.Weekdays)
	var f problem.Fields
	f.Check(in.Name != "", "name", problem.Required)
	f.Check(utf8.RuneCountInString(in.Name) <= maxName, "name", problem.TooLong, "limit", maxName)
	f.Check(in.ID != "" || in.Outlet != "", "outlet_id", problem.Required)
	f.Check(in.At >= 0 && in.At < calendar.DayMinutes, "at", problem.BadTime)
	f.Check(len(in.Weekdays) > 0, "weekdays", problem.Required)
	f.Check(in.Ahead >= 0 && in.Ahead <= maxAhead, "ahead", problem.OutOfRange, "min", 0, "max", maxAhead)
	f.Check(in.Days <= maxDays, "days", problem.OutOfRange, "min", 1, "max", maxDays)
	return f.Err()
}

func (s Schedule) trail() map[string]any {
	return map[string]any{
		"outlet": string(s.OutletID), "at": s.At, "weekdays": s.Weekdays, "ahead": s.Ahead, "days": s.Days, "publish": s.Publish, "active": s.Active,
	}
}

// CreateSchedule has an outlet planned by itself from now on.
func (s *Service) CreateSchedule(ctx context.Context, in ScheduleInput) (Schedule, error) {
	if err := access.Require(ctx, PermPlan); err != nil {
		return Schedule{}, err
	}
	if err := in.check(); err != nil {
		return Schedule{}, err
	}
	path, _, err := s.planScope(ctx, in.Outlet)
	if err != nil {
		return Schedule{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Schedule, error) {
		by := actorOf(ctx)
		if old, ok, err := scheduleOfOperation(ctx, tx, by, in.OperationID); ok || err != nil {
			return old, err
		}
		v := Schedule{
			ID: db.NewID(), Name: in.Name, OutletID: in.Outlet, OutletPath: path, Wide: wide(ctx, path), Brands: access.From(ctx).Scope.Brands, At: in.At, Weekdays: in.Weekdays,
			Ahead: in.Ahead, Days: in.Days, Publish: in.Publish, Active: in.Active, Since: tx.Now(), CreatedBy: by, CreatedAt: tx.Now(), UpdatedAt: tx.Now(), Version: 1,
		}
		if err := insertSchedule(ctx, tx, v, in.OperationID); err != nil {
			return v, err
		}
		return v, audit.Append(ctx, tx, audit.Entry{Kind: "dispatch_schedule", Record: v.ID, Act: "create", Reason: in.Reason, New: true, After: v.trail()})
	})
}

// EditSchedule changes a schedule at the version that the editor saw. A time that is moved, or a schedule that goes on,
// counts from now: nothing that would have been due before is caught up.
func (s *Service) EditSchedule(ctx context.Context, in ScheduleInput) (Schedule, error) {
	if err := access.Require(ctx, PermPlan); err != nil {
		return Schedule{}, err
	}
	if err := in.check(); err != nil {
		return Schedule{}, err
	}
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Schedule, error) {
		v, err := findSchedule(ctx, tx, access.From(ctx).Scope, in.ID)
		if err != nil {
			return v, err
		}
		if v.Version != in.Version {
			return v, problem.ErrStale.With("version", v.Version)
		}
		before := v.trail()
		if v.At != in.At || !v.Active && in.Active {
			v.Since = tx.Now()
		}
		v.Name, v.At, v.Weekdays, v.Ahead, v.Days, v.Publish, v.Active = in.Name, in.At, in.Weekdays, in.Ahead, in.Days, in.Publish, in.Active
		v.UpdatedAt = tx.Now()
		v.Version++
		if err := updateSchedule(ctx, tx, v); err != nil {
			return v, err
		}
		return v, audit.Append(ctx, tx, audit.Entry{Kind: "dispatch_schedule", Record: v.ID, Act: "edit", Reason: in.Reason, Before: before, After: v.trail()})
	})
}

// DeleteSchedule ends a schedule; its runs and their plans stay.
func (s *Service) DeleteSchedule(ctx context.Context, id string) error {
	if err := access.Require(ctx, PermPlan); err != nil {
		return err
	}
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		v, err := findSchedule(ctx, tx, access.From(ctx).Scope, id)
		if err != nil {
			return err
		}
		if err := endSchedule(ctx, tx, v); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Entry{Kind: "dispatch_schedule", Record: v.ID, Act: "delete", Before: v.trail()})
	})
}

// GetSchedule reads a schedule that the actor sees.
func (s *Service) GetSchedule(ctx context.Context, id string) (Schedule, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return Schedule{}, err
	}
	return findSchedule(ctx, s.db, access.From(ctx).Scope, id)
}

// Schedules lists those in scope, the newest first, one more than the limit.
func (s *Service) Schedules(ctx context.Context, before time.Time, beforeID string, limit int) ([]Schedule, error) {
	if err := access.Require(ctx, PermRead); err != nil {
		return nil, err
	}
	return listSchedules(ctx, s.db, access.From(ctx).Scope, before, beforeID, limit)
}

// ScheduleRuns lists the runs of a schedule, the newest first, one more than the limit.
func (s *Service) ScheduleRuns(ctx context.Context, id string, before calendar.Date, limit int) ([]ScheduleRun, error) {
	if _, err := s.GetSchedule(ctx, id); err != nil {
		return nil, err
	}
	return listRuns(ctx, s.db, id, before, limit)
}

// NextRun is when a schedule runs next; zero when it rests.
func (s *Service) NextRun(ctx context.Context, v Schedule) (time.Time, error) {
	out, err := s.outlets.Get(ctx, s.db, v.OutletID)
	if err != nil {
		return time.Time{}, err
	}
	return v.next(s.db.Now(), out.Location()), nil
}

// RunSchedules starts the plans whose time has come, and those that nobody was there for; a duty. A date is run once,
// whatever number of nodes look, and however often they are started again: its row is the lock.
func (s *Service) RunSchedules(ctx context.Context) error {
	ctx = access.AsSystem(ctx, "dispatch.schedule")
	list, err := activeSchedules(ctx, s.db)
	if err != nil {
		return err
	}
	var errs []error
	for _, v := range list {
		out, err := s.outlets.Get(ctx, s.db, v.OutletID)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		loc := out.Location()
		due := v.due(s.db.Now(), loc)
		if len(due) == 0 {
			continue
		}
		ran, err := runDates(ctx, s.db, v.ID, due[0])
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, d := range due {
			if !ran[d] {
				errs = append(errs, s.runSchedule(ctx, v, d, loc))
			}
		}
	}
	return errors.Join(errs...)
}

// runSchedule begins the run of a date, or notes that all of its days are over.
func (s *Service) runSchedule(ctx context.Context, v Schedule, d calendar.Date, loc *time.Location) error {
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error {
		r := ScheduleRun{Schedule: v.ID, Date: d, DueAt: v.dueAt(d, loc), State: RunPlanning, Started: tx.Now()}
		from, days := d+calendar.Date(v.Ahead), v.Days
		if today := calendar.DateOf(tx.Now(), loc); from < today { // caught up: what is left of its days
			days -= int(today - from)
			from = today
		}
		if days < 1 {
			at := tx.Now()
			r.State, r.Ended = RunMissed, &at
			_, err := insertRun(ctx, tx, r)
			return err
		}
		now, err := findSchedule(ctx, tx, access.Everything, v.ID)
		if err != nil || now.Version != v.Version || !now.Active {
			return err // changed or gone meanwhile: the next round looks again
		}
		fresh, err := insertRun(ctx, tx, r)
		if err != nil || !fresh {
			return err
		}
		p, err := s.notePlanTx(ctx, tx, DayPlan{Kind: PlanOfDay, OutletPath: v.OutletPath, Wide: v.Wide, Brands: v.Brands, Date: from, Days: days, Schedule: v.ID}, "", queuePlan)
		if err != nil {
			return err
		}
		return planRun(ctx, tx, r, p.ID)
	})
}

// finishRun publishes what a schedule had planned, when it says so. A draft that is refused stays a draft, and the
// run says why.
func (s *Service) finishRun(ctx context.Context, p DayPlan) error {
	if p.Schedule == "" {
		return nil
	}
	ctx = access.AsSystem(context.WithoutCancel(ctx), "dispatch.schedule")
	r, ok, err := runOfPlan(ctx, s.db, p.ID)
	if err != nil || !ok || r.State != RunPlanning {
		return err
	}
	publish, err := publishes(ctx, s.db, p.Schedule)
	if err != nil {
		return err
	}
	state, why := RunDraft, ""
	if publish {
		_, err := s.PublishPlan(ctx, PublishPlanInput{Act: access.Act{OperationID: "schedule:" + p.ID}, ID: p.ID})
		code := problem.CodeOf(err)
		switch {
		case err == nil:
			state = RunPublished
		case code == problem.ErrInternal:
			return err // tried again by the job
		default:
			why = code.Key
		}
	}
	return s.endRun(ctx, p, state, why)
}

// failRun notes that the plan of a run could not be made.
func (s *Service) failRun(ctx context.Context, p DayPlan, code *problem.Code) error {
	if p.Schedule == "" {
		return nil
	}
	return s.endRun(ctx, p, RunFailed, code.Key)
}

func (s *Service) endRun(ctx context.Context, p DayPlan, state RunState, why string) error {
	return db.InTx0(ctx, s.db, func(ctx context.Context, tx *db.Tx) error { return endRun(ctx, tx, p.ID, state, why) })
}
