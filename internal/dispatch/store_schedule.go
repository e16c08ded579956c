package dispatch

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
)

const scheduleColumns = `id, name, outlet_id, outlet_path, brands, at_minute, weekdays, ahead, days, publish, active, since, created_by, created_at, updated_at, version, wide`

// Weekdays stand in one column, "1 2 3": 0 is Sunday.

func formatWeekdays(list []time.Weekday) string {
	parts := make([]string, len(list))
	for i, d := range list {
		parts[i] = strconv.Itoa(int(d))
	}
	return strings.Join(parts, " ")
}

func parseWeekdays(text string) ([]time.Weekday, error) {
	out := []time.Weekday{}
	for _, part := range strings.Fields(text) {
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil, err
		}
		out = append(out, time.Weekday(n))
	}
	return out, nil
}

func scanSchedule(s db.Scanner) (Schedule, error) {
	var v Schedule
	var brands, weekdays string
	var at, ahead, days, since, created, updated int64
	err := s.Scan(&v.ID, &v.Name, &v.OutletID, &v.OutletPath, &brands, &at, &weekdays, &ahead, &days, &v.Publish, &v.Active, &since, &v.CreatedBy, &created, &updated, &v.Version, &v.Wide)
	if err != nil {
		return v, err
	}
	v.Brands, v.At, v.Ahead, v.Days = parseBrands(brands), int(at), int(ahead), int(days)
	v.Since, v.CreatedAt, v.UpdatedAt = db.FromMicros(since), db.FromMicros(created), db.FromMicros(updated)
	v.Weekdays, err = parseWeekdays(weekdays)
	return v, err
}

func insertSchedule(ctx context.Context, tx *db.Tx, v Schedule, operation string) error {
	_, err := tx.Exec(ctx, `INSERT INTO dispatch_schedule (`+scheduleColumns+`, operation_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		v.ID, v.Name, string(v.OutletID), v.OutletPath, joinBrands(v.Brands), v.At, formatWeekdays(v.Weekdays), v.Ahead, v.Days, v.Publish, v.Active,
		db.Micros(v.Since), v.CreatedBy, db.Micros(v.CreatedAt), db.Micros(v.UpdatedAt), v.Version, v.Wide, db.NullString(operation))
	if db.IsUnique(err, "dispatch_schedule_operation") || db.IsUnique(err, "dispatch_schedule.created_by") {
		return db.ErrRace
	}
	return err
}

func updateSchedule(ctx context.Context, tx *db.Tx, v Schedule) error {
	return tx.ExecOne(ctx, `UPDATE dispatch_schedule SET name = $1, at_minute = $2, weekdays = $3, ahead = $4, days = $5, publish = $6, active = $7, since = $8,
			updated_at = $9, version = $10 WHERE id = $11 AND version = $10 - 1`,
		v.Name, v.At, formatWeekdays(v.Weekdays), v.Ahead, v.Days, v.Publish, v.Active, db.Micros(v.Since), db.Micros(v.UpdatedAt), v.Version, v.ID)
}

func endSchedule(ctx context.Context, tx *db.Tx, v Schedule) error {
	return tx.ExecOne(ctx, `UPDATE dispatch_schedule SET active = $1, deleted_at = $2, version = $3 WHERE id = $4 AND version = $3 - 1`,
		false, db.Micros(tx.Now()), v.Version+1, v.ID)
}

func findSchedule(ctx context.Context, q db.Querier, scope access.Scope, id string) (Schedule, error) {
	v, err := db.Get(ctx, q, scanSchedule, `SELECT `+scheduleColumns+` FROM dispatch_schedule WHERE id = $1 AND deleted_at IS NULL`, id)
	if errors.Is(err, db.ErrNoRows) || err == nil && !v.visible(scope) {
		return Schedule{}, ErrNoSchedule
	}
	return v, err
}

func scheduleOfOperation(ctx context.Context, q db.Querier, by, operation string) (Schedule, bool, error) {
	if operation == "" {
		return Schedule{}, false, nil
	}
	v, err := db.Get(ctx, q, scanSchedule, `SELECT `+scheduleColumns+` FROM dispatch_schedule WHERE created_by = $1 AND operation_id = $2`, by, operation)
	if errors.Is(err, db.ErrNoRows) {
		return Schedule{}, false, nil
	}
	return v, err == nil, err
}

func listSchedules(ctx context.Context, q db.Querier, scope access.Scope, before time.Time, beforeID string, limit int) ([]Schedule, error) {
	var w db.Where
	limitMade(&w, scope)
	w.And("deleted_at IS NULL")
	if beforeID != "" {
		w.And("(created_at, id) < (?, ?)", db.Micros(before), beforeID)
	}
	return db.List(ctx, q, scanSchedule, `SELECT `+scheduleColumns+` FROM dispatch_schedule`+w.String()+` ORDER BY created_at DESC, id DESC LIMIT `+w.Arg(limit), w.Args()...)
}

func activeSchedules(ctx context.Context, q db.Querier) ([]Schedule, error) {
	return db.List(ctx, q, scanSchedule, `SELECT `+scheduleColumns+` FROM dispatch_schedule WHERE active = $1 AND deleted_at IS NULL ORDER BY id`, true)
}

// publishes tells whether a schedule has its plans published; one that was deleted has not.
func publishes(ctx context.Context, q db.Querier, id string) (bool, error) {
	return db.Exists(ctx, q, `SELECT 1 FROM dispatch_schedule WHERE id = $1 AND publish = $2 AND deleted_at IS NULL`, id, true)
}

const runColumns = `schedule_id, date, due_at, plan_id, state, error, started_at, ended_at`

func scanRun(s db.Scanner) (ScheduleRun, error) {
	var r ScheduleRun
	var date string
	var due, started int64
	var plan, why *string
	var ended *int64
	err := s.Scan(&r.Schedule, &date, &due, &plan, &r.State, &why, &started, &ended)
	if err != nil {
		return r, err
	}
	r.DueAt, r.Plan, r.Error, r.Started, r.Ended = db.FromMicros(due), db.OrEmpty(plan), db.OrEmpty(why), db.FromMicros(started), db.FromMicrosPtr(ended)
	r.Date, err = calendar.ParseDate(date)
	return r, err
}

// insertRun tells whether the run is new.
func insertRun(ctx context.Context, tx *db.Tx, r ScheduleRun) (bool, error) {
	n, err := tx.Exec(ctx, `INSERT INTO dispatch_schedule_run (schedule_id, date, due_at, state, started_at, ended_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (schedule_id, date) DO NOTHING`, r.Schedule, r.Date.String(), db.Micros(r.DueAt), string(r.State), db.Micros(r.Started), db.MicrosPtr(r.Ended))
	return n > 0, err
}

func planRun(ctx context.Context, tx *db.Tx, r ScheduleRun, plan string) error {
	return tx.ExecOne(ctx, `UPDATE dispatch_schedule_run SET plan_id = $1 WHERE schedule_id = $2 AND date = $3`, plan, r.Schedule, r.Date.String())
}

func endRun(ctx context.Context, tx *db.Tx, plan string, state RunState, why string) error {
	_, err := tx.Exec(ctx, `UPDATE dispatch_schedule_run SET state = $1, error = $2, ended_at = $3 WHERE plan_id = $4 AND state = 'planning'`,
		string(state), db.NullString(why), db.Micros(tx.Now()), plan)
	return err
}

func runOfPlan(ctx context.Context, q db.Querier, plan string) (ScheduleRun, bool, error) {
	r, err := db.Get(ctx, q, scanRun, `SELECT `+runColumns+` FROM dispatch_schedule_run WHERE plan_id = $1`, plan)
	if errors.Is(err, db.ErrNoRows) {
		return r, false, nil
	}
	return r, err == nil, err
}

// runDates are the dates from one on that a schedule ran on.
func runDates(ctx context.Context, q db.Querier, schedule string, from calendar.Date) (map[calendar.Date]bool, error) {
	list, err := db.List(ctx, q, scanRun, `SELECT `+runColumns+` FROM dispatch_schedule_run WHERE schedule_id = $1 AND date >= $2`, schedule, from.String())
	out := map[calendar.Date]bool{}
	for _, r := range list {
		out[r.Date] = true
	}
	return out, err
}

func listRuns(ctx context.Context, q db.Querier, schedule string, before calendar.Date, limit int) ([]ScheduleRun, error) {
	var w db.Where
	w.And("schedule_id = ?", schedule)
	if !before.IsZero() {
		w.And("date < ?", before.String())
	}
	return db.List(ctx, q, scanRun, `SELECT `+runColumns+` FROM dispatch_schedule_run`+w.String()+` ORDER BY date DESC LIMIT `+w.Arg(limit), w.Args()...)
}
