package dispatch

import (
	"context"
	"errors"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
)

const scenarioColumns = `id, task_id, name, state, outlet_path, brands, date, days, assumptions, result, created_by, created_at, ended_at, version, wide`

func scanScenario(s db.Scanner) (Scenario, error) {
	var v Scenario
	var brands, date, assumed string
	var result *string
	var days, created int64
	var ended *int64
	err := s.Scan(&v.ID, &v.TaskID, &v.Name, &v.State, &v.OutletPath, &brands, &date, &days, &assumed, &result, &v.CreatedBy, &created, &ended, &v.Version, &v.Wide)
	if err != nil {
		return v, err
	}
	v.Brands, v.Days, v.CreatedAt, v.EndedAt = parseBrands(brands), int(days), db.FromMicros(created), db.FromMicrosPtr(ended)
	if err := errors.Join(unpack(&assumed, &v.Assumptions), unpack(result, &v.Result)); err != nil {
		return v, err
	}
	v.Date, err = calendar.ParseDate(date)
	return v, err
}

func insertScenario(ctx context.Context, tx *db.Tx, v Scenario, operation string) error {
	assumed, err := pack(v.Assumptions)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO dispatch_scenario (id, task_id, name, state, outlet_path, brands, date, days, assumptions, operation_id, created_by, created_at, version, wide)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		v.ID, string(v.TaskID), v.Name, string(v.State), v.OutletPath, joinBrands(v.Brands), v.Date.String(), v.Days, assumed, db.NullString(operation),
		v.CreatedBy, db.Micros(v.CreatedAt), v.Version, v.Wide)
	if db.IsUnique(err, "dispatch_scenario_operation") || db.IsUnique(err, "dispatch_scenario.created_by") {
		return db.ErrRace
	}
	return err
}

func updateScenario(ctx context.Context, tx *db.Tx, v *Scenario) error {
	var result *string
	if v.Result != nil {
		text, err := pack(v.Result)
		if err != nil {
			return err
		}
		result = &text
	}
	v.Version++
	return tx.ExecOne(ctx, `UPDATE dispatch_scenario SET state = $1, result = $2, ended_at = $3, version = $4 WHERE id = $5 AND version = $4 - 1`,
		string(v.State), result, db.MicrosPtr(v.EndedAt), v.Version, v.ID)
}

func dropScenario(ctx context.Context, tx *db.Tx, v Scenario) error {
	return tx.ExecOne(ctx, `DELETE FROM dispatch_scenario WHERE id = $1 AND version = $2`, v.ID, v.Version)
}

func findScenario(ctx context.Context, q db.Querier, scope access.Scope, id string) (Scenario, error) {
	v, err := db.Get(ctx, q, scanScenario, `SELECT `+scenarioColumns+` FROM dispatch_scenario WHERE id = $1`, id)
	if errors.Is(err, db.ErrNoRows) || err == nil && !v.visible(scope) {
		return Scenario{}, ErrNoScenario
	}
	return v, err
}

func scenarioOfOperation(ctx context.Context, q db.Querier, by, operation string) (Scenario, bool, error) {
	if operation == "" {
		return Scenario{}, false, nil
	}
	v, err := db.Get(ctx, q, scanScenario, `SELECT `+scenarioColumns+` FROM dispatch_scenario WHERE created_by = $1 AND operation_id = $2`, by, operation)
	if errors.Is(err, db.ErrNoRows) {
		return Scenario{}, false, nil
	}
	return v, err == nil, err
}

func listScenarios(ctx context.Context, q db.Querier, scope access.Scope, before time.Time, beforeID string, limit int) ([]Scenario, error) {
	var w db.Where
	limitMade(&w, scope)
	if beforeID != "" {
		w.And("(created_at, id) < (?, ?)", db.Micros(before), beforeID)
	}
	return db.List(ctx, q, scanScenario, `SELECT `+scenarioColumns+` FROM dispatch_scenario`+w.String()+` ORDER BY created_at DESC, id DESC LIMIT `+w.Arg(limit), w.Args()...)
}
