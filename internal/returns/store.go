package returns

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/units"
)

// noDue sorts returns without any deadline behind all others.
const noDue = int64(math.MaxInt64)

const returnColumns = `id, number, type, decision, operation, brand_id, outlet_path, case_id, customer_id, key_id, channel, reason, blame, end_reason,
	currency, estimate, why, decided_by, note_sealed, address, ship_by, freight, external_id, origin, opened_by, loan, due_at, decided_at, done_at,
	ended_at, occurred_at, created_at, updated_at, version`

func scanReturn(s db.Scanner) (Return, error) {
	var r Return
	var op, why, shipBy string
	var caseID, customer, external, loan *string
	var decided, done, ended *int64
	var due, occurred, created, updated int64
	err := s.Scan(&r.ID, &r.Number, &r.Type, &r.Decision, &op, &r.Brand, &r.OutletPath, &caseID, &customer, &r.KeyID, &r.Channel, &r.Reason, &r.Blame, &r.EndReason,
		&r.Currency, &r.Estimate, &why, &r.DecidedBy, &r.Note, &r.Address, &shipBy, &r.Freight, &external, &r.Origin, &r.OpenedBy, &loan, &due, &decided, &done,
		&ended, &occurred, &created, &updated, &r.Version)
	if err != nil {
		return r, err
	}
	r.Case, r.Customer, r.ExternalID = cases.ID(db.OrEmpty(caseID)), customers.ID(db.OrEmpty(customer)), db.OrEmpty(external)
	r.DecidedAt, r.DoneAt, r.EndedAt = db.FromMicrosPtr(decided), db.FromMicrosPtr(done), db.FromMicrosPtr(ended)
	r.OccurredAt, r.CreatedAt, r.UpdatedAt = db.FromMicros(occurred), db.FromMicros(created), db.FromMicros(updated)
	if due != noDue {
		r.NextDueAt = new(db.FromMicros(due))
	}
	var errDay, errLoan error
	if shipBy != "" {
		r.ShipBy, errDay = calendar.ParseDate(shipBy)
	}
	if loan != nil {
		errLoan = json.Unmarshal([]byte(*loan), &r.Loan)
	}
	r.Lines, r.Refunds, r.Disputes = []Line{}, []Refund{}, []Dispute{}
	var run runs
	err = errors.Join(json.Unmarshal([]byte(op), &run), json.Unmarshal([]byte(why), &r.Why), errDay, errLoan)
	r.Operation, r.Recipient = run.Operation, run.Recipient
	return r, err
}

func dueOf(t *time.Time) int64 {
	if t == nil {
		return noDue
	}
	return db.Micros(*t)
}

func dayText(d calendar.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

// runs is how a return runs, as it is kept.
type runs struct {
	Operation
	Recipient *Recipient `json:"recipient,omitempty"`
}

// jsons are the columns of a return that are documents.
func (r *Return) jsons() (op, why string, loan *string, err error) {
	a, errA := json.Marshal(runs{r.Operation, r.Recipient})
	b, errB := json.Marshal(r.Why)
	if r.Loan != nil {
		c, errC := json.Marshal(r.Loan)
		loan, err = new(string(c)), errC
	}
	return string(a), string(b), loan, errors.Join(errA, errB, err)
}

func insertReturn(tx *db.Tx, r *Return) error {
	op, why, loan, err := r.jsons()
	if err != nil {
		return err
	}
	tx.Later(`INSERT INTO returns_return (`+returnColumns+`, goods, money) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
			$19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36)`,
		r.ID, r.Number, r.Type, r.Decision, op, r.Brand, r.OutletPath, db.NullString(r.Case), db.NullString(r.Customer), string(r.KeyID), r.Channel, r.Reason,
		string(r.Blame), r.EndReason, string(r.Currency), r.Estimate, why, r.DecidedBy, r.Note, r.Address, dayText(r.ShipBy), r.Freight, db.NullString(r.ExternalID),
		r.Origin, r.OpenedBy, loan, dueOf(r.NextDueAt), db.MicrosPtr(r.DecidedAt), db.MicrosPtr(r.DoneAt), db.MicrosPtr(r.EndedAt), db.Micros(r.OccurredAt),
		db.Micros(r.CreatedAt), db.Micros(r.UpdatedAt), r.Version, r.GoodsState(), r.MoneyState())
	return r.writeLines(tx)
}

// updateReturn writes a return and its lines over the version that it was read at.
func updateReturn(ctx context.Context, tx *db.Tx, r *Return) error {
	was := r.Version
	r.Version++
	r.UpdatedAt = tx.Now()
	op, why, loan, err := r.jsons()
	if err != nil {
		return err
	}
	err = tx.ExecOne(ctx, `UPDATE returns_return SET decision = $1, operation = $2, blame = $3, end_reason = $4, estimate = $5, why = $6, decided_by = $7, address = $8,
			ship_by = $9, freight = $10, loan = $11, due_at = $12, decided_at = $13, done_at = $14, ended_at = $15, updated_at = $16, version = $17, goods = $18, money = $19
		WHERE id = $20 AND version = $21`,
		r.Decision, op, string(r.Blame), r.EndReason, r.Estimate, why, r.DecidedBy, r.Address, dayText(r.ShipBy), r.Freight, loan, dueOf(r.NextDueAt),
		db.MicrosPtr(r.DecidedAt), db.MicrosPtr(r.DoneAt), db.MicrosPtr(r.EndedAt), db.Micros(r.UpdatedAt), r.Version, r.GoodsState(), r.MoneyState(), r.ID, was)
	if err != nil {
		return err
	}
	return r.writeLines(tx)
}

// writeLines writes all lines; they hold the key of what they are about until nothing is open any more.
func (r *Return) writeLines(tx *db.Tx) error {
	for i, l := range r.Lines {
		body, err := json.Marshal(l)
		if err != nil {
			return fmt.Errorf("line %d of return %s: %w", i, r.ID, err)
		}
		var open *string
		if r.Live() && r.Decision != Rejected && r.Decision != Withdrawn {
			open = &l.PurchaseKey
		}
		tx.Later(`INSERT INTO returns_line (id, return_id, position, purchase_key, open_key, unit_id, goods, replacement, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (id) DO UPDATE SET open_key = excluded.open_key, goods = excluded.goods, replacement = excluded.replacement, body = excluded.body`,
			l.ID, r.ID, i, l.PurchaseKey, open, db.NullString(l.Unit), l.Goods, l.Replacement, string(body))
	}
	return nil
}

// Filter narrows a list of returns.
type Filter struct {
	Open     bool
	Decision Decision
	Goods    Goods
	Money    Money
	Type     Type
	Brand    catalog.BrandID
	Customer customers.ID
	Case     cases.ID
	Unit     units.ID
	Number   string
	IDs      []ID
	// Recent sorts by when they came, newest first; else by what is due first.
	Recent   bool
	After    int64 // due_at or created_at of the last row
	AfterID  ID
	HasAfter bool
	Limit    int
}

func listReturns(ctx context.Context, q db.Querier, scope access.Scope, f Filter) ([]Return, error) {
	var w db.Where
	scope.Limit(&w, "brand_id", "outlet_path")
	if f.Open {
		w.And("ended_at IS NULL")
	}
	for _, c := range [][2]string{
		{"decision", string(f.Decision)},
		{"goods", string(f.Goods)},
		{"money", string(f.Money)},
		{"type", string(f.Type)},
		{"brand_id", string(f.Brand)},
		{"customer_id", string(f.Customer)},
		{"case_id", string(f.Case)},
		{"number", f.Number},
	} {
		if c[1] != "" {
			w.And(c[0]+" = ?", c[1])
		}
	}
	if f.Unit != "" {
		w.And("id IN (SELECT return_id FROM returns_line WHERE unit_id = ?)", f.Unit)
	}
	if f.IDs != nil {
		w.In("id", db.Strings(f.IDs))
	}
	order := " ORDER BY due_at, id LIMIT "
	if f.Recent {
		order = " ORDER BY created_at DESC, id DESC LIMIT "
	}
	if f.HasAfter {
		if f.Recent {
			w.And("(created_at, id) < (?, ?)", f.After, f.AfterID)
		} else {
			w.And("(due_at, id) > (?, ?)", f.After, f.AfterID)
		}
	}
	list, err := db.List(ctx, q, scanReturn, `SELECT `+returnColumns+` FROM returns_return`+w.String()+order+w.Arg(f.Limit), w.Args()...)
	if err != nil || len(list) == 0 {
		return list, err
	}
	return list, fill(ctx, q, list)
}

// fill reads what hangs on returns, one query a kind.
func fill(ctx context.Context, q db.Querier, list []Return) error {
	at := make(map[ID]*Return, len(list))
	ids := make([]ID, len(list))
	for i := range list {
		at[list[i].ID], ids[i] = &list[i], list[i].ID
	}
	type lineRow struct {
		of   ID
		line Line
	}
	var w db.Where
	w.In("return_id", db.Strings(ids))
	lines, err := db.List(ctx, q, func(s db.Scanner) (x lineRow, err error) {
		var body string
		if err := s.Scan(&x.of, &body); err != nil {
			return x, err
		}
		return x, json.Unmarshal([]byte(body), &x.line)
	}, `SELECT return_id, body FROM returns_line`+w.String()+` ORDER BY return_id, position`, w.Args()...)
	if err != nil {
		return fmt.Errorf("lines of returns: %w", err)
	}
	for _, x := range lines {
		at[x.of].Lines = append(at[x.of].Lines, x.line)
	}
	refunds, err := db.List(ctx, q, scanRefund, `SELECT `+refundColumns+` FROM returns_refund`+w.String()+` ORDER BY due_at, id`, w.Args()...)
	if err != nil {
		return err
	}
	for _, x := range refunds {
		at[x.Return].Refunds = append(at[x.Return].Refunds, x)
	}
	type disputeRow struct {
		of ID
		d  Dispute
	}
	disputes, err := db.List(ctx, q, func(s db.Scanner) (x disputeRow, err error) {
		var opened int64
		var decided *int64
		err = s.Scan(&x.d.ID, &x.of, &x.d.Line, &x.d.About, &x.d.State, &x.d.Finding, &x.d.Award, &x.d.Note, &x.d.OpenedBy, &x.d.DecidedBy, &opened, &decided)
		x.d.OpenedAt, x.d.DecidedAt = db.FromMicros(opened), db.FromMicrosPtr(decided)
		return x, err
	}, `SELECT id, return_id, line_id, about, state, finding, award, note_sealed, opened_by, decided_by, opened_at, decided_at FROM returns_dispute`+w.String()+
		` ORDER BY opened_at, id`, w.Args()...)
	for _, x := range disputes {
		at[x.of].Disputes = append(at[x.of].Disputes, x.d)
	}
	return err
}

func findReturn(ctx context.Context, q db.Querier, scope access.Scope, id ID) (Return, error) {
	list, err := listReturns(ctx, q, scope, Filter{IDs: []ID{id}, Limit: 1})
	if err != nil {
		return Return{}, err
	}
	if len(list) == 0 {
		return Return{}, ErrNotFound
	}
	return list[0], nil
}

func insertDispute(tx *db.Tx, of ID, d Dispute) {
	tx.Later(`INSERT INTO returns_dispute (id, return_id, line_id, about, state, finding, award, note_sealed, opened_by, decided_by, opened_at, decided_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		d.ID, of, d.Line, d.About, d.State, d.Finding, d.Award, d.Note, d.OpenedBy, d.DecidedBy, db.Micros(d.OpenedAt), db.MicrosPtr(d.DecidedAt))
}

func seen(ctx context.Context, q db.Querier, record, operation string) (bool, error) {
	if operation == "" {
		return false, nil
	}
	return db.Exists(ctx, q, `SELECT 1 FROM returns_operation WHERE record_id = $1 AND operation_id = $2`, record, operation)
}

func remember(tx *db.Tx, record, operation, act, actor string, at time.Time) {
	if operation != "" {
		tx.Later(`INSERT INTO returns_operation (record_id, operation_id, act, actor, occurred_at, recorded_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			record, operation, act, actor, db.Micros(at), db.Micros(tx.Now()))
	}
}

// policyRow is a brand's policy with its version; version 0 is the defaults, which nobody wrote.
type policyRow struct {
	Policy
	Version int64
}

func findPolicy(ctx context.Context, q db.Querier, brand catalog.BrandID) (policyRow, error) {
	p, err := db.Get(ctx, q, func(s db.Scanner) (p policyRow, err error) {
		var body string
		if err := s.Scan(&body, &p.Version); err != nil {
			return p, err
		}
		return p, json.Unmarshal([]byte(body), &p.Policy)
	}, `SELECT body, version FROM returns_policy WHERE brand_id = $1`, brand)
	if errors.Is(err, db.ErrNoRows) {
		return policyRow{}, nil
	}
	return p, err
}

// distinct are ids without doubles and empty ones.
func distinct[T ~string](ids []T) []T {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	return slices.DeleteFunc(ids, func(id T) bool { return id == "" })
}
