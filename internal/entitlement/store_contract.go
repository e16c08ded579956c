package entitlement

import (
	"context"
	"encoding/json"
	"errors"

	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/units"
)

const planColumns = `id, brand_id, code, name_zh, name_en, kind, terms, active, version, created_at, updated_at`

func scanPlan(r db.Scanner) (Plan, error) {
	var p Plan
	var terms string
	var created, updated int64
	err := r.Scan(&p.ID, &p.Brand, &p.Code, &p.NameZh, &p.NameEn, &p.Kind, &terms, &p.Active, &p.Version, &created, &updated)
	if err != nil {
		return p, err
	}
	p.Created, p.Updated = db.FromMicros(created), db.FromMicros(updated)
	return p, json.Unmarshal([]byte(terms), &p.Terms)
}

func findPlan(ctx context.Context, q db.Querier, id PlanID) (Plan, error) {
	p, err := db.Get(ctx, q, scanPlan, `SELECT `+planColumns+` FROM entitlement_plan WHERE id = $1`, string(id))
	if errors.Is(err, db.ErrNoRows) || err == nil && !access.From(ctx).Scope.SeesBrand(string(p.Brand)) {
		return Plan{}, ErrPlanNotFound
	}
	return p, err
}

const contractColumns = `id, number, plan_id, plan_version, terms, unit_id, customer_id, brand_id, outlet_path, state, sold_on, price, currency, starts_on, ends_on,
	used, spent, renews, told_at, renewed_from, renewed_to, inspection, paid, ended, token_hash, created_by, created_at, updated_at, version, earned, earned_to`

func scanContract(r db.Scanner) (Contract, error) {
	var c Contract
	var terms, sold, starts, ends, inspection, paid, ended, earned string
	var told *int64
	var created, updated int64
	err := r.Scan(&c.ID, &c.Number, &c.Plan, &c.PlanVersion, &terms, &c.Unit, &c.Customer, &c.Brand, &c.OutletPath, &c.State, &sold, &c.Price.Minor, &c.Price.Currency,
		&starts, &ends, &c.Used, &c.Spent, &c.Renews, &told, &c.RenewedFrom, &c.RenewedTo, &inspection, &paid, &ended, &c.tokenHash, &c.CreatedBy, &created, &updated, &c.Version,
		&c.Earned, &earned)
	if err != nil {
		return c, err
	}
	c.ToldAt, c.CreatedAt, c.UpdatedAt = db.TimeOrZero(told), db.FromMicros(created), db.FromMicros(updated)
	days := func(text string, d *calendar.Date) (err error) {
		if text != "" {
			*d, err = calendar.ParseDate(text)
		}
		return err
	}
	return c, errors.Join(days(sold, &c.SoldOn), days(starts, &c.Starts), days(ends, &c.Ends), days(earned, &c.EarnedTo), json.Unmarshal([]byte(terms), &c.Terms),
		json.Unmarshal([]byte(inspection), &c.Inspection), json.Unmarshal([]byte(paid), &c.Paid), json.Unmarshal([]byte(ended), &c.Ended))
}

// text is a day as it is kept; empty for none.
func text(d calendar.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// saveContract writes a contract with its next version.
func saveContract(ctx context.Context, tx *db.Tx, c *Contract, fresh bool) error {
	var body [4]string
	for i, v := range []any{c.Terms, c.Inspection, c.Paid, c.Ended} {
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		body[i] = string(b)
	}
	before := c.Version
	c.Version, c.UpdatedAt = before+1, tx.Now()
	if fresh {
		_, err := tx.Exec(ctx, `INSERT INTO entitlement_contract (`+contractColumns+`, next_on) VALUES
			($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)`,
			c.ID, c.Number, string(c.Plan), c.PlanVersion, body[0], string(c.Unit), string(c.Customer), string(c.Brand), c.OutletPath, string(c.State), text(c.SoldOn),
			c.Price.Minor, string(c.Price.Currency), text(c.Starts), text(c.Ends), c.Used, c.Spent, c.Renews, db.MicrosOrNull(c.ToldAt), string(c.RenewedFrom),
			string(c.RenewedTo), body[1], body[2], body[3], c.tokenHash, c.CreatedBy, db.Micros(c.CreatedAt), db.Micros(c.UpdatedAt), c.Version, c.Earned, text(c.EarnedTo), text(c.next()))
		if db.IsUnique(err, "entitlement_contract") && c.RenewedFrom != "" {
			return db.ErrRace // somebody renewed it at the same moment: read again
		}
		return err
	}
	return tx.ExecOne(ctx, `UPDATE entitlement_contract SET unit_id = $1, state = $2, starts_on = $3, ends_on = $4, used = $5, spent = $6, renews = $7, told_at = $8,
		renewed_to = $9, paid = $10, ended = $11, updated_at = $12, version = $13, next_on = $14, earned = $15, earned_to = $16 WHERE id = $17 AND version = $18`,
		string(c.Unit), string(c.State), text(c.Starts), text(c.Ends), c.Used, c.Spent, c.Renews, db.MicrosOrNull(c.ToldAt), string(c.RenewedTo), body[2], body[3],
		db.Micros(c.UpdatedAt), c.Version, text(c.next()), c.Earned, text(c.EarnedTo), c.ID, before)
}

// contractsOf reads the contracts of a unit and of what was merged into it, newest first.
func contractsOf(ctx context.Context, q db.Querier, family []units.ID) ([]Contract, error) {
	var w db.Where
	w.In("unit_id", db.Strings(family))
	return db.List(ctx, q, scanContract, `SELECT `+contractColumns+` FROM entitlement_contract`+w.String()+` ORDER BY created_at DESC, id DESC LIMIT 200`, w.Args()...)
}

func getContract(ctx context.Context, q db.Querier, id ContractID) (Contract, error) {
	c, err := db.Get(ctx, q, scanContract, `SELECT `+contractColumns+` FROM entitlement_contract WHERE id = $1`, string(id))
	if errors.Is(err, db.ErrNoRows) {
		return c, ErrContractNotFound
	}
	return c, err
}

// ContractFilter chooses contracts.
type ContractFilter struct {
	State     ContractState
	EndsBy    calendar.Date // active ones that end on this day or before
	Number    string
	Limit     int
	HasAfter  bool
	AfterTime int64
	AfterID   ContractID
}

func listContracts(ctx context.Context, q db.Querier, scope access.Scope, f ContractFilter) ([]Contract, error) {
	var w db.Where
	scope.Limit(&w, "brand_id", "outlet_path")
	if f.State != "" {
		w.And("state = ?", string(f.State))
	}
	if !f.EndsBy.IsZero() {
		w.And("state = 'active' AND ends_on <= ?", f.EndsBy.String())
	}
	if f.Number != "" {
		w.And("number = ?", f.Number)
	}
	if f.HasAfter {
		w.And("(created_at, id) < (?, ?)", f.AfterTime, string(f.AfterID))
	}
	return db.List(ctx, q, scanContract, `SELECT `+contractColumns+` FROM entitlement_contract`+w.String()+` ORDER BY created_at DESC, id DESC LIMIT `+w.Arg(f.Limit), w.Args()...)
}

// sums are how many orders a contract paid for, and how much.
type sums struct{ used, spent int64 }

func sumUses(ctx context.Context, q db.Querier, id ContractID) (sums, error) {
	return db.Get(ctx, q, func(r db.Scanner) (s sums, err error) { return s, r.Scan(&s.used, &s.spent) },
		`SELECT COUNT(DISTINCT job), CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM entitlement_use WHERE contract_id = $1 AND active = $2`, string(id), true)
}
