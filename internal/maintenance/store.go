package maintenance

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
)

const campaignColumns = `id, number, kind, state, brand_id, outlet_path, body, dates, counted, search, searched_to, task_id, created_by, edited_by, approved_by,
	approved_at, started_at, ended_at, end_reason, created_at, updated_at, version`

func scanCampaign(s db.Scanner) (Campaign, error) {
	var c Campaign
	var body, dates, counted string
	var kind Kind
	var approved, started, ended *int64
	var created, updated int64
	err := s.Scan(&c.ID, &c.Number, &kind, &c.State, &c.Brand, &c.OutletPath, &body, &dates, &counted, &c.Search, &c.SearchedTo, &c.Task, &c.CreatedBy, &c.EditedBy,
		&c.ApprovedBy, &approved, &started, &ended, &c.EndReason, &created, &updated, &c.Version)
	if err != nil {
		return c, err
	}
	c.ApprovedAt, c.StartedAt, c.EndedAt = db.FromMicrosPtr(approved), db.FromMicrosPtr(started), db.FromMicrosPtr(ended)
	c.CreatedAt, c.UpdatedAt = db.FromMicros(created), db.FromMicros(updated)
	err = errors.Join(json.Unmarshal([]byte(body), &c.Plan), json.Unmarshal([]byte(dates), &c.Dates), json.Unmarshal([]byte(counted), &c.Counted))
	c.Kind = kind
	return c, err
}

func (c Campaign) values() ([]any, error) {
	body, errBody := json.Marshal(c.Plan)
	dates, errDates := json.Marshal(c.Dates)
	counted, errCounted := json.Marshal(c.Counted)
	return []any{
		c.ID, c.Number, c.Kind, c.State, c.Brand, c.OutletPath, string(body), string(dates), string(counted), c.Search, c.SearchedTo, c.Task, c.CreatedBy, c.EditedBy,
		c.ApprovedBy, db.MicrosPtr(c.ApprovedAt), db.MicrosPtr(c.StartedAt), db.MicrosPtr(c.EndedAt), c.EndReason, db.Micros(c.CreatedAt), db.Micros(c.UpdatedAt), c.Version,
	}, errors.Join(errBody, errDates, errCounted)
}

func insertCampaign(ctx context.Context, tx *db.Tx, c Campaign) error {
	values, err := c.values()
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO maintenance_campaign (`+campaignColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`, values...)
	return err
}

// updateCampaign writes a campaign over the version that it was read at.
func updateCampaign(ctx context.Context, tx *db.Tx, c *Campaign) error {
	was := c.Version
	c.Version++
	c.UpdatedAt = tx.Now()
	values, err := c.values()
	if err != nil {
		return err
	}
	return tx.ExecOne(ctx, `UPDATE maintenance_campaign SET number = $2, kind = $3, state = $4, brand_id = $5, outlet_path = $6, body = $7, dates = $8, counted = $9,
			search = $10, searched_to = $11, task_id = $12, created_by = $13, edited_by = $14, approved_by = $15, approved_at = $16, started_at = $17, ended_at = $18,
			end_reason = $19, created_at = $20, updated_at = $21, version = $22
		WHERE id = $1 AND version = $23`, append(values, was)...)
}

func findCampaign(ctx context.Context, q db.Querier, scope access.Scope, id ID) (Campaign, error) {
	var w db.Where
	w.And("id = ?", id)
	scope.Limit(&w, "brand_id", "outlet_path")
	c, err := db.Get(ctx, q, scanCampaign, `SELECT `+campaignColumns+` FROM maintenance_campaign`+w.String(), w.Args()...)
	if errors.Is(err, db.ErrNoRows) {
		return c, ErrNotFound
	}
	return c, err
}

// Filter narrows a list of campaigns.
type Filter struct {
	State    State
	Kind     Kind
	Brand    catalog.BrandID
	Before   int64 // created_at of the last row
	BeforeID ID
	HasAfter bool
	Limit    int
}

func listCampaigns(ctx context.Context, q db.Querier, scope access.Scope, f Filter) ([]Campaign, error) {
	var w db.Where
	scope.Limit(&w, "brand_id", "outlet_path")
	for _, x := range [][2]string{{"state", string(f.State)}, {"kind", string(f.Kind)}, {"brand_id", string(f.Brand)}} {
		if x[1] != "" {
			w.And(x[0]+" = ?", x[1])
		}
	}
	if f.HasAfter {
		w.And("(created_at, id) < (?, ?)", f.Before, f.BeforeID)
	}
	return db.List(ctx, q, scanCampaign, `SELECT `+campaignColumns+` FROM maintenance_campaign`+w.String()+` ORDER BY created_at DESC, id DESC LIMIT `+w.Arg(f.Limit), w.Args()...)
}

func campaignsByIDs(ctx context.Context, q db.Querier, ids []string) (map[ID]Campaign, error) {
	out := map[ID]Campaign{}
	if len(ids) == 0 {
		return out, nil
	}
	var w db.Where
	w.In("id", ids)
	list, err := db.List(ctx, q, scanCampaign, `SELECT `+campaignColumns+` FROM maintenance_campaign`+w.String(), w.Args()...)
	for _, c := range list {
		out[c.ID] = c
	}
	return out, err
}

// running lists the started campaigns of a brand, the oldest first.
func running(ctx context.Context, q db.Querier, brand catalog.BrandID) ([]Campaign, error) {
	return db.List(ctx, q, scanCampaign, `SELECT `+campaignColumns+` FROM maintenance_campaign WHERE brand_id = $1 AND state = 'started' ORDER BY created_at, id`, string(brand))
}

func seen(ctx context.Context, q db.Querier, record, operation string) (bool, error) {
	if operation == "" {
		return false, nil
	}
	return db.Exists(ctx, q, `SELECT 1 FROM maintenance_operation WHERE record_id = $1 AND operation_id = $2`, record, operation)
}

func remember(tx *db.Tx, record, operation, act, actor string, at time.Time) {
	if operation != "" {
		tx.Later(`INSERT INTO maintenance_operation (record_id, operation_id, act, actor, occurred_at, recorded_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			record, operation, act, actor, db.Micros(at), db.Micros(tx.Now()))
	}
}
