package orders

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/reason"
	"anxin/internal/units"
)

// noDue sorts orders without any deadline behind all others.
const noDue = int64(math.MaxInt64)

const orderColumns = `id, number, case_id, state, resume_to, sub_state, brand_id, customer_id, unit_id, service_type, mode, category, symptom,
	symptom_family, cause, action, priority, skills, minutes, crew, outlet_id, outlet_path, kept, key_id, place_sealed, parties_sealed,
	note_sealed, division, lat, lon, payer, wanted_from, wanted_to, promise_id, promise_from, promise_to, repeat_of, rework_of, attempts,
	chased, moved_customer, moved_firm, reassigned, given_back, visits, reason, blame, wait_for, review, review_why, callback,
	callback_class, held, sign, external_id, origin, opened_by, due_at, first_contact_at, released_at, accepted_at, started_at,
	completed_at, ended_at, occurred_at, created_at, updated_at, tools, version`

// rowSQL makes INSERT and versioned UPDATE of a table whose first column is its id; more columns are
// written but not read.
func rowSQL(table, columns string, more ...string) (insert, update string) {
	names := strings.FieldsFunc(columns, func(r rune) bool { return strings.ContainsRune(", \n\t", r) })
	names = append(names, more...)
	marks := make([]string, len(names))
	sets := make([]string, 0, len(names))
	for i, c := range names {
		marks[i] = fmt.Sprintf("$%d", i+1)
		if i > 0 {
			sets = append(sets, c+" = "+marks[i])
		}
	}
	insert = fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", table, strings.Join(names, ", "), strings.Join(marks, ", "))
	update = fmt.Sprintf("UPDATE %s SET %s WHERE id = $1 AND version = $%d", table, strings.Join(sets, ", "), len(names)+1)
	return insert, update
}

var orderInsert, orderUpdate = rowSQL("orders_order", orderColumns, "live")

func scanOrder(s db.Scanner) (Order, error) {
	var o Order
	var resume, customer, unit, category, symptom, family, cause, action, outlet, division, promise, repeat, rework, rsn, blame, wait, external *string
	var skills, tools, why string
	var wantedFrom, wantedTo, promFrom, promTo, contact, released, accepted, started, completed, ended *int64
	var minutes, crew, class, due, occurred, created, updated int64
	err := s.Scan(&o.ID, &o.Number, &o.CaseID, &o.State, &resume, &o.SubState, &o.BrandID, &customer, &unit, &o.ServiceType, &o.Mode, &category, &symptom,
		&family, &cause, &action, &o.Priority, &skills, &minutes, &crew, &outlet, &o.OutletPath, &o.Kept, &o.KeyID, &o.Place, &o.Parties,
		&o.Note, &division, &o.Lat, &o.Lon, &o.Payer, &wantedFrom, &wantedTo, &promise, &promFrom, &promTo, &repeat, &rework, &o.Attempts,
		&o.Chased, &o.MovedCustomer, &o.MovedFirm, &o.Reassigned, &o.GivenBack, &o.Visits, &rsn, &blame, &wait, &o.Review, &why, &o.Callback,
		&class, &o.Held, &o.Sign, &external, &o.Origin, &o.OpenedBy, &due, &contact, &released, &accepted, &started,
		&completed, &ended, &occurred, &created, &updated, &tools, &o.Version)
	if err != nil {
		return Order{}, err
	}
	if o.ReviewWhy, err = reason.Parse(why); err != nil {
		return Order{}, fmt.Errorf("order %s: %w", o.ID, err)
	}
	o.ResumeTo, o.CustomerID, o.UnitID = State(db.OrEmpty(resume)), customers.ID(db.OrEmpty(customer)), units.ID(db.OrEmpty(unit))
	o.Category, o.Symptom, o.SymptomFamily = catalog.CategoryCode(db.OrEmpty(category)), catalog.SymptomCode(db.OrEmpty(symptom)), db.OrEmpty(family)
	o.Cause, o.Action = catalog.CauseCode(db.OrEmpty(cause)), catalog.ActionCode(db.OrEmpty(action))
	for _, c := range strings.Fields(skills) {
		o.Skills = append(o.Skills, catalog.SkillCode(c))
	}
	if tools != "" {
		o.Tools = catalog.SplitTools(tools)
	}
	o.Minutes, o.Crew, o.CallbackClass = int(minutes), int(crew), int(class)
	o.OutletID, o.Division, o.PromiseID = outlets.ID(db.OrEmpty(outlet)), db.OrEmpty(division), PromiseID(db.OrEmpty(promise))
	o.RepeatOf, o.ReworkOf = ID(db.OrEmpty(repeat)), ID(db.OrEmpty(rework))
	o.Reason, o.Blame, o.WaitFor = db.OrEmpty(rsn), catalog.Responsibility(db.OrEmpty(blame)), WaitFor(db.OrEmpty(wait))
	o.ExternalID = db.OrEmpty(external)
	o.Wanted = Window{From: db.TimeOrZero(wantedFrom), To: db.TimeOrZero(wantedTo)}
	o.Promised = Window{From: db.TimeOrZero(promFrom), To: db.TimeOrZero(promTo)}
	if due != noDue {
		o.NextDueAt = new(db.FromMicros(due))
	}
	o.FirstContactAt, o.ReleasedAt, o.AcceptedAt = db.FromMicrosPtr(contact), db.FromMicrosPtr(released), db.FromMicrosPtr(accepted)
	o.StartedAt, o.CompletedAt, o.EndedAt = db.FromMicrosPtr(started), db.FromMicrosPtr(completed), db.FromMicrosPtr(ended)
	o.OccurredAt, o.CreatedAt, o.UpdatedAt = db.FromMicros(occurred), db.FromMicros(created), db.FromMicros(updated)
	return o, nil
}

func orderValues(o Order) ([]any, error) {
	why, err := o.ReviewWhy.Text()
	if err != nil {
		return nil, err
	}
	due := noDue
	if o.NextDueAt != nil {
		due = db.Micros(*o.NextDueAt)
	}
	return []any{
		string(o.ID), o.Number, string(o.CaseID), string(o.State), db.NullString(o.ResumeTo), o.SubState, string(o.BrandID), db.NullString(o.CustomerID),
		db.NullString(o.UnitID), string(o.ServiceType), string(o.Mode), db.NullString(o.Category), db.NullString(o.Symptom), db.NullString(o.SymptomFamily),
		db.NullString(o.Cause), db.NullString(o.Action), string(o.Priority), strings.Join(db.Strings(o.Skills), " "), int64(o.Minutes), int64(o.Crew),
		db.NullString(o.OutletID), o.OutletPath, o.Kept, string(o.KeyID), o.Place, o.Parties, o.Note, db.NullString(o.Division), o.Lat, o.Lon,
		string(o.Payer), db.MicrosOrNull(o.Wanted.From), db.MicrosOrNull(o.Wanted.To), db.NullString(o.PromiseID), db.MicrosOrNull(o.Promised.From),
		db.MicrosOrNull(o.Promised.To), db.NullString(o.RepeatOf), db.NullString(o.ReworkOf), o.Attempts, o.Chased, o.MovedCustomer, o.MovedFirm,
		o.Reassigned, o.GivenBack, o.Visits, db.NullString(o.Reason), db.NullString(o.Blame), db.NullString(o.WaitFor), string(o.Review), why,
		string(o.Callback), int64(o.CallbackClass), o.Held, string(o.Sign), db.NullString(o.ExternalID), o.Origin, o.OpenedBy, due,
		db.MicrosPtr(o.FirstContactAt), db.MicrosPtr(o.ReleasedAt), db.MicrosPtr(o.AcceptedAt), db.MicrosPtr(o.StartedAt),
		db.MicrosPtr(o.CompletedAt), db.MicrosPtr(o.EndedAt), db.Micros(o.OccurredAt), db.Micros(o.CreatedAt), db.Micros(o.UpdatedAt), catalog.JoinTools(o.Tools), o.Version,
		o.Live(),
	}, nil
}

func insertOrder(tx *db.Tx, o Order) error {
	v, err := orderValues(o)
	if err != nil {
		return err
	}
	tx.Later(orderInsert, v...)
	return nil
}

// updateOrder writes the order over the version it was read at; a lost race is tried again by InTx.
func updateOrder(ctx context.Context, tx *db.Tx, o *Order) error {
	was := o.Version
	o.Version++
	o.UpdatedAt = tx.Now()
	v, err := orderValues(*o)
	if err != nil {
		return err
	}
	return tx.ExecOne(ctx, orderUpdate, append(v, was)...)
}

// findOrder reads an order that the scope sees; others do not exist for it.
func findOrder(ctx context.Context, q db.Querier, scope access.Scope, id ID) (Order, error) {
	var w db.Where
	w.And("id = ?", string(id))
	scope.Limit(&w, "brand_id", "outlet_path")
	o, err := db.Get(ctx, q, scanOrder, `SELECT `+orderColumns+` FROM orders_order`+w.String(), w.Args()...)
	if errors.Is(err, db.ErrNoRows) {
		return Order{}, ErrNotFound
	}
	return o, err
}

func ordersByIDs(ctx context.Context, q db.Querier, scope access.Scope, ids []ID) (map[ID]Order, error) {
	out := make(map[ID]Order, len(ids))
	for part := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(ids))), 500) {
		var w db.Where
		w.In("id", db.Strings(part))
		scope.Limit(&w, "brand_id", "outlet_path")
		list, err := db.List(ctx, q, scanOrder, `SELECT `+orderColumns+` FROM orders_order`+w.String(), w.Args()...)
		if err != nil {
			return nil, err
		}
		for _, o := range list {
			out[o.ID] = o
		}
	}
	return out, nil
}

// Filter narrows a list of orders.
type Filter struct {
	// Queue: "live" (by next deadline), "recent" (all, newest first), "review" (completed, a person has to
	// look), "proof" (completed, the engineer owes proof), "unplanned" (ready or accepted, to be planned).
	Queue      string
	States     []State
	BrandID    catalog.BrandID
	OutletID   outlets.ID
	CaseID     cases.ID
	CustomerID customers.ID
	UnitID     units.ID
	Number     string
	Type       catalog.ServiceTypeCode
	Late       *time.Time // due before
	DueFrom    *time.Time // due then or later
	Nobody     bool       // without an outlet
	Within     Window     // the window that was promised, or else wanted, overlaps it, or there is none; zero is no matter
	NoDepot    bool       // without what is done at a depot
	Since      time.Time  // updated since
	AfterKey   int64
	AfterID    ID
	HasAfter   bool
	Limit      int
}

// Key is the value that a list of this filter is sorted by, before the id.
func (f Filter) Key(o Order) int64 {
	if f.Queue == "recent" {
		return db.Micros(o.CreatedAt)
	}
	if o.NextDueAt == nil {
		return noDue
	}
	return db.Micros(*o.NextDueAt)
}

func listOrders(ctx context.Context, q db.Querier, scope access.Scope, f Filter) ([]Order, error) {
	var w db.Where
	scope.Limit(&w, "brand_id", "outlet_path")
	order, key := "due_at, id", "(due_at, id) > (?, ?)"
	switch f.Queue {
	case "recent":
		order, key = "created_at DESC, id DESC", "(created_at, id) < (?, ?)"
	case "review", "proof":
		w.And("review = '" + map[string]string{"review": "due", "proof": "proof"}[f.Queue] + "'")
	case "unplanned":
		w.And("live AND state IN ('ready', 'accepted')")
	default:
		w.And("live")
	}
	if f.HasAfter {
		w.And(key, f.AfterKey, string(f.AfterID))
	}
	f.where(&w)
	return db.List(ctx, q, scanOrder, `SELECT `+orderColumns+` FROM orders_order`+w.String()+` ORDER BY `+order+` LIMIT `+w.Arg(f.Limit), w.Args()...)
}

// countUnplanned counts what is to be planned, as a filter of that queue finds it.
func countUnplanned(ctx context.Context, q db.Querier, scope access.Scope, f Filter) (int64, error) {
	var w db.Where
	scope.Limit(&w, "brand_id", "outlet_path")
	w.And("live AND state IN ('ready', 'accepted')")
	f.where(&w)
	return db.Get(ctx, q, db.ScanInt, `SELECT COUNT(*) FROM orders_order`+w.String(), w.Args()...)
}

// where are the conditions that do not depend on the queue.
func (f Filter) where(w *db.Where) {
	if len(f.States) > 0 {
		w.In("state", db.Strings(f.States))
	}
	and := func(cond, v string) {
		if v != "" {
			w.And(cond, v)
		}
	}
	and("brand_id = ?", string(f.BrandID))
	and("outlet_id = ?", string(f.OutletID))
	and("case_id = ?", string(f.CaseID))
	and("customer_id = ?", string(f.CustomerID))
	and("unit_id = ?", string(f.UnitID))
	and("number = ?", f.Number)
	and("service_type = ?", string(f.Type))
	if f.Late != nil {
		w.And("due_at < ?", db.Micros(*f.Late))
	}
	if f.DueFrom != nil {
		w.And("due_at >= ?", db.Micros(*f.DueFrom))
	}
	if f.Nobody {
		w.And("outlet_id IS NULL")
	}
	if !f.Since.IsZero() {
		w.And("updated_at >= ?", db.Micros(f.Since))
	}
	if !f.Within.IsZero() {
		w.And("(COALESCE(promise_from, wanted_from) IS NULL OR COALESCE(promise_from, wanted_from) < ? AND COALESCE(promise_to, wanted_to) > ?)", db.Micros(f.Within.To), db.Micros(f.Within.From))
	}
	if f.NoDepot {
		w.And("mode <> ?", string(catalog.ModeDepot))
	}
}

// ordersOfCase reads all orders of a case, oldest first.
func ordersOfCase(ctx context.Context, q db.Querier, id cases.ID) ([]Order, error) {
	return db.List(ctx, q, scanOrder, `SELECT `+orderColumns+` FROM orders_order WHERE case_id = $1 ORDER BY created_at, id`, string(id))
}

// repeatedOrder finds the last order on the unit, with the same symptom family, that was completed within
// the days before at.
func repeatedOrder(ctx context.Context, q db.Querier, o Order, days int, at time.Time) (ID, error) {
	if o.UnitID == "" || o.SymptomFamily == "" || days <= 0 {
		return "", nil
	}
	id, err := db.Get(ctx, q, db.ScanString, `SELECT id FROM orders_order WHERE unit_id = $1 AND symptom_family = $2 AND id <> $3
		AND completed_at >= $4 AND completed_at <= $5 ORDER BY completed_at DESC LIMIT 1`,
		string(o.UnitID), o.SymptomFamily, string(o.ID), db.Micros(at.AddDate(0, 0, -days)), db.Micros(at))
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	return ID(id), err
}

// silentOrders lists completed orders whose review passed and whose customer kept silent since before.
func silentOrders(ctx context.Context, q db.Querier, before time.Time, limit int) ([]ID, error) {
	return db.List(ctx, q, scanID, `SELECT id FROM orders_order WHERE state = 'completed' AND review = 'passed' AND completed_at <= $1
		ORDER BY completed_at LIMIT $2`, db.Micros(before), limit)
}

// completedBetween lists the live orders that were completed in a stretch of time.
func completedBetween(ctx context.Context, q db.Querier, from, to time.Time) ([]Done, error) {
	return db.List(ctx, q, func(s db.Scanner) (d Done, err error) { return d, s.Scan(&d.ID, &d.Number, &d.OutletPath) },
		`SELECT id, number, outlet_path FROM orders_order WHERE completed_at >= $1 AND completed_at < $2 AND state IN ('completed', 'posted') AND origin = 'live'`,
		db.Micros(from), db.Micros(to))
}

func scanID(s db.Scanner) (v ID, err error) { return v, s.Scan(&v) }

// seen tells whether the operation was done on this record before.
func seen(ctx context.Context, q db.Querier, record, operation string) (bool, error) {
	if operation == "" {
		return false, nil
	}
	return db.Exists(ctx, q, `SELECT 1 FROM orders_operation WHERE record_id = $1 AND operation_id = $2`, record, operation)
}

func remember(tx *db.Tx, record, operation, act, actor string, at time.Time) {
	if operation != "" {
		tx.Later(`INSERT INTO orders_operation (record_id, operation_id, act, actor, occurred_at, recorded_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			record, operation, act, actor, db.Micros(at), db.Micros(tx.Now()))
	}
}
