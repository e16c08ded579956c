package dispatch

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
)

const (
	planColumns = `id, kind, task_id, state, outlet_path, brands, date, days, event, schedule_id, body, summary, operation_id, end_operation_id,
	created_by, created_at, ended_at, version, wide`
	planListed = `id, kind, task_id, state, outlet_path, brands, date, days, event, schedule_id, NULL AS body, summary, operation_id, end_operation_id,
	created_by, created_at, ended_at, version, wide`
)

// allBrands stands for no limit where brands are kept in one column.
const allBrands = "*"

func joinBrands(list []string) string {
	if list == nil {
		return allBrands
	}
	return strings.Join(list, " ")
}

func parseBrands(text string) []string {
	if text == allBrands {
		return nil
	}
	return append([]string{}, strings.Fields(text)...)
}

// limitMade limits a list of what was made for an outlet and brands to what shows only brands of the scope.
func limitMade(w *db.Where, scope access.Scope) {
	scope.Limit(w, "", "outlet_path")
	if !scope.Centre() {
		w.And("wide = ?", false)
	}
	if scope.Brands == nil {
		return
	}
	left, args := "brands", []any{}
	for _, b := range scope.Brands {
		left = "replace(" + left + ", ?, '')"
		args = append(args, b)
	}
	w.And("brands <> '"+allBrands+"' AND trim("+left+") = ''", args...)
}

func scanPlan(s db.Scanner) (DayPlan, error) {
	var p DayPlan
	var brands, date string
	var event, schedule, body, summary, operation, end *string
	var created, days int64
	var ended *int64
	err := s.Scan(&p.ID, &p.Kind, &p.TaskID, &p.State, &p.OutletPath, &brands, &date, &days, &event, &schedule, &body, &summary, &operation, &end,
		&p.CreatedBy, &created, &ended, &p.Version, &p.Wide)
	if err != nil {
		return p, err
	}
	p.Brands, p.Days, p.Schedule, p.Operation, p.EndOperation = parseBrands(brands), int(days), db.OrEmpty(schedule), db.OrEmpty(operation), db.OrEmpty(end)
	p.CreatedAt, p.EndedAt = db.FromMicros(created), db.FromMicrosPtr(ended)
	if err := errors.Join(unpack(event, &p.Event), unpack(body, &p.Body), unpack(summary, &p.Summary)); err != nil {
		return p, err
	}
	p.Date, err = calendar.ParseDate(date)
	return p, err
}

// unpack reads a JSON column that may be empty.
func unpack(text *string, to any) error {
	if text == nil {
		return nil
	}
	return json.Unmarshal([]byte(*text), to)
}

func pack(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

func insertPlan(ctx context.Context, tx *db.Tx, p DayPlan) error {
	var event *string
	if p.Event != nil {
		text, err := pack(p.Event)
		if err != nil {
			return err
		}
		event = &text
	}
	_, err := tx.Exec(ctx, `INSERT INTO dispatch_plan (id, kind, task_id, state, outlet_path, brands, date, days, event, schedule_id, operation_id, created_by, created_at, version, wide)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14)`,
		p.ID, string(p.Kind), string(p.TaskID), string(p.State), p.OutletPath, joinBrands(p.Brands), p.Date.String(), p.Days, event, db.NullString(p.Schedule),
		db.NullString(p.Operation), p.CreatedBy, db.Micros(p.CreatedAt), p.Wide)
	if db.IsUnique(err, "dispatch_plan_operation") || db.IsUnique(err, "dispatch_plan.created_by") {
		return db.ErrRace // the same operation beside us
	}
	return err
}

func updatePlan(ctx context.Context, tx *db.Tx, p *DayPlan) error {
	body, err := pack(p.Body)
	if err != nil {
		return err
	}
	p.Summary = p.Body.summary()
	summary, err := pack(p.Summary)
	if err != nil {
		return err
	}
	p.Version++
	return tx.ExecOne(ctx, `UPDATE dispatch_plan SET state = $1, body = $2, summary = $3, ended_at = $4, end_operation_id = $5, version = $6 WHERE id = $7 AND version = $6 - 1`,
		string(p.State), body, summary, db.MicrosPtr(p.EndedAt), db.NullString(p.EndOperation), p.Version, p.ID)
}

// findPlan finds a plan within the scope: a plan belongs to whose outlet it covers, and shows all brands of it.
func findPlan(ctx context.Context, q db.Querier, scope access.Scope, id string) (DayPlan, error) {
	p, err := db.Get(ctx, q, scanPlan, `SELECT `+planColumns+` FROM dispatch_plan WHERE id = $1`, id)
	if errors.Is(err, db.ErrNoRows) || err == nil && !p.visible(scope) {
		return DayPlan{}, ErrPlanNotFound
	}
	return p, err
}

// planOfOperation finds the plan that the same operation of somebody started.
func planOfOperation(ctx context.Context, q db.Querier, by, operation string) (DayPlan, bool, error) {
	if operation == "" {
		return DayPlan{}, false, nil
	}
	p, err := db.Get(ctx, q, scanPlan, `SELECT `+planColumns+` FROM dispatch_plan WHERE created_by = $1 AND operation_id = $2`, by, operation)
	if errors.Is(err, db.ErrNoRows) {
		return DayPlan{}, false, nil
	}
	return p, err == nil, err
}

func listPlans(ctx context.Context, q db.Querier, scope access.Scope, path string, f PlanFilter) ([]DayPlan, error) {
	var w db.Where
	limitMade(&w, scope)
	w.Prefix("outlet_path", path)
	if f.Kind != "" {
		w.And("kind = ?", string(f.Kind))
	}
	if f.State != "" {
		w.And("state = ?", string(f.State))
	}
	if !f.Date.IsZero() {
		w.And("date = ?", f.Date.String())
	}
	if f.BeforeID != "" {
		w.And("(created_at, id) < (?, ?)", db.Micros(f.Before), f.BeforeID)
	}
	return db.List(ctx, q, scanPlan, `SELECT `+planListed+` FROM dispatch_plan`+w.String()+` ORDER BY created_at DESC, id DESC LIMIT `+w.Arg(f.Limit), w.Args()...)
}
