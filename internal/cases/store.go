package cases

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/reason"
	"anxin/internal/units"
)

// noDue sorts cases without any deadline behind all others.
const noDue = int64(math.MaxInt64)

const columns = `id, number, type, state, sub_state, priority, priority_why, safety, advised_at, brand_id, customer_id, unit_id,
	category, symptom, service_type, class, channel, origin, outlet_path, opened_by, assignee_id, team, parent_id, merged_into,
	external_id, stage, severity, legal_hold, regulator, key_id, own_key, summary_sealed, detail_sealed, contact_sealed, place_sealed,
	division, lat, lon, reason, blame, reopened, chased, attempts, solved_remote, clock_due_at, due_at, responded_at, diagnosed_at,
	verifying_at, agreed_at, closed_at, occurred_at, created_at, updated_at, version`

func scan(s db.Scanner) (Case, error) {
	var c Case
	var why string
	var safety, customer, unit, category, symptom, service, class, assignee, team, parent, merged, external, stage, severity, division, rsn, blame *string
	var advised, clock, responded, diagnosed, verifying, agreed, closed *int64
	var due, occurred, created, updated int64
	err := s.Scan(&c.ID, &c.Number, &c.Type, &c.State, &c.SubState, &c.Priority, &why, &safety, &advised, &c.BrandID, &customer, &unit,
		&category, &symptom, &service, &class, &c.Channel, &c.Origin, &c.OutletPath, &c.OpenedBy, &assignee, &team, &parent, &merged,
		&external, &stage, &severity, &c.LegalHold, &c.Regulator, &c.KeyID, &c.OwnKey, &c.Summary, &c.Detail, &c.Contact, &c.Place,
		&division, &c.Lat, &c.Lon, &rsn, &blame, &c.Reopened, &c.Chased, &c.Attempts, &c.SolvedRemote, &clock, &due, &responded, &diagnosed,
		&verifying, &agreed, &closed, &occurred, &created, &updated, &c.Version)
	if err != nil {
		return Case{}, err
	}
	if c.PriorityWhy, err = reason.Parse(why); err != nil {
		return Case{}, fmt.Errorf("case %s: %w", c.ID, err)
	}
	c.Safety, c.CustomerID, c.UnitID = Safety(db.OrEmpty(safety)), customers.ID(db.OrEmpty(customer)), units.ID(db.OrEmpty(unit))
	c.Category, c.Symptom = catalog.CategoryCode(db.OrEmpty(category)), catalog.SymptomCode(db.OrEmpty(symptom))
	c.ServiceType, c.Class = catalog.ServiceTypeCode(db.OrEmpty(service)), db.OrEmpty(class)
	c.AssigneeID, c.Team, c.ParentID, c.MergedInto = db.OrEmpty(assignee), db.OrEmpty(team), ID(db.OrEmpty(parent)), ID(db.OrEmpty(merged))
	c.ExternalID, c.Stage, c.Severity = db.OrEmpty(external), Stage(db.OrEmpty(stage)), ComplaintClass(db.OrEmpty(severity))
	c.Division, c.Reason, c.Blame = db.OrEmpty(division), db.OrEmpty(rsn), catalog.Responsibility(db.OrEmpty(blame))
	c.AdvisedAt, c.ClockDueAt, c.RespondedAt = db.FromMicrosPtr(advised), db.FromMicrosPtr(clock), db.FromMicrosPtr(responded)
	c.DiagnosedAt, c.VerifyingAt, c.AgreedAt, c.ClosedAt = db.FromMicrosPtr(diagnosed), db.FromMicrosPtr(verifying), db.FromMicrosPtr(agreed), db.FromMicrosPtr(closed)
	if due != noDue {
		c.NextDueAt = new(db.FromMicros(due))
	}
	c.OccurredAt, c.CreatedAt, c.UpdatedAt = db.FromMicros(occurred), db.FromMicros(created), db.FromMicros(updated)
	return c, nil
}

func values(c Case) ([]any, error) {
	why, err := c.PriorityWhy.Text()
	if err != nil {
		return nil, err
	}
	due := noDue
	if c.NextDueAt != nil {
		due = db.Micros(*c.NextDueAt)
	}
	return []any{
		c.ID, c.Number, c.Type, c.State, c.SubState, c.Priority, why, db.NullString(c.Safety), db.MicrosPtr(c.AdvisedAt), c.BrandID,
		db.NullString(c.CustomerID), db.NullString(c.UnitID), db.NullString(c.Category), db.NullString(c.Symptom), db.NullString(c.ServiceType),
		db.NullString(c.Class), c.Channel, c.Origin, c.OutletPath, c.OpenedBy, db.NullString(c.AssigneeID), db.NullString(c.Team),
		db.NullString(c.ParentID), db.NullString(c.MergedInto), db.NullString(c.ExternalID), db.NullString(c.Stage), db.NullString(c.Severity),
		c.LegalHold, c.Regulator, string(c.KeyID), c.OwnKey, c.Summary, c.Detail, c.Contact, c.Place, db.NullString(c.Division), c.Lat, c.Lon,
		db.NullString(c.Reason), db.NullString(c.Blame), c.Reopened, c.Chased, c.Attempts, c.SolvedRemote, db.MicrosPtr(c.ClockDueAt), due,
		db.MicrosPtr(c.RespondedAt), db.MicrosPtr(c.DiagnosedAt), db.MicrosPtr(c.VerifyingAt), db.MicrosPtr(c.AgreedAt), db.MicrosPtr(c.ClosedAt),
		db.Micros(c.OccurredAt), db.Micros(c.CreatedAt), db.Micros(c.UpdatedAt), c.Version,
	}, nil
}

var columnNames = strings.FieldsFunc(columns, func(r rune) bool { return strings.ContainsRune(", \n\t", r) })

var insertSQL, updateSQL = func() (string, string) {
	marks := make([]string, len(columnNames))
	sets := make([]string, 0, len(columnNames))
	for i, c := range columnNames {
		marks[i] = fmt.Sprintf("$%d", i+1)
		if i > 0 {
			sets = append(sets, c+" = "+marks[i])
		}
	}
	n := len(columnNames)
	return fmt.Sprintf("INSERT INTO cases_case (%s, live, contact_phone) VALUES (%s, $%d, $%d)", columns, strings.Join(marks, ", "), n+1, n+2),
		fmt.Sprintf("UPDATE cases_case SET %s, live = $%d WHERE id = $1 AND version = $%d", strings.Join(sets, ", "), n+1, n+2)
}()

func insertCase(tx *db.Tx, c Case, phone []byte) error {
	v, err := values(c)
	if err != nil {
		return err
	}
	tx.Later(insertSQL, append(v, c.Live(), phone)...)
	return nil
}

// updateCase writes the case over the version it was read at; a lost race is tried again by InTx.
func updateCase(ctx context.Context, tx *db.Tx, c *Case) error {
	was := c.Version
	c.Version++
	c.UpdatedAt = tx.Now()
	v, err := values(*c)
	if err != nil {
		return err
	}
	return tx.ExecOne(ctx, updateSQL, append(v, c.Live(), was)...)
}

// limit puts the scope onto a list of cases: brands for everybody; an outlet sees what it works on, or
// opened itself.
func limit(w *db.Where, scope access.Scope, now time.Time) {
	scope.Limit(w, "brand_id", "")
	if scope.Centre() {
		return
	}
	if scope.OutletPath == "" {
		w.And("1 = 0")
		return
	}
	w.And(`id IN (SELECT case_id FROM cases_work WHERE outlet_path >= ? AND outlet_path < ? AND (seen_until IS NULL OR seen_until > ?))`,
		scope.OutletPath, scope.OutletPath+"\U0010FFFF", db.Micros(now))
}

// find reads a case that the scope sees; others do not exist for it.
func find(ctx context.Context, q db.Querier, scope access.Scope, id ID) (Case, error) {
	var w db.Where
	w.And("id = ?", id)
	limit(&w, scope, q.Now())
	c, err := db.Get(ctx, q, scan, `SELECT `+columns+` FROM cases_case`+w.String(), w.Args()...)
	if errors.Is(err, db.ErrNoRows) {
		return Case{}, ErrNotFound
	}
	return c, err
}

func byIDs(ctx context.Context, q db.Querier, scope access.Scope, ids []ID) (map[ID]Case, error) {
	out := make(map[ID]Case, len(ids))
	for part := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(ids))), 500) {
		var w db.Where
		w.In("id", db.Strings(part))
		limit(&w, scope, q.Now())
		list, err := db.List(ctx, q, scan, `SELECT `+columns+` FROM cases_case`+w.String(), w.Args()...)
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			out[c.ID] = c
		}
	}
	return out, nil
}

// visible tells which of some cases the scope sees.
func visible(ctx context.Context, q db.Querier, scope access.Scope, ids []string) (map[string]bool, error) {
	out := make(map[string]bool, len(ids))
	for part := range slices.Chunk(ids, 500) {
		var w db.Where
		w.In("id", part)
		limit(&w, scope, q.Now())
		list, err := db.List(ctx, q, db.ScanString, `SELECT id FROM cases_case`+w.String(), w.Args()...)
		if err != nil {
			return nil, err
		}
		for _, id := range list {
			out[id] = true
		}
	}
	return out, nil
}

// Filter narrows a list of cases.
type Filter struct {
	Queue      string // "mine", "team", "unassigned", "all": live cases by next deadline; "recent": all by time of opening
	AssigneeID string
	States     []State
	Type       Type
	Priority   Priority
	Safety     bool // only those that somebody may be hurt by; they are P1
	BrandID    catalog.BrandID
	CustomerID customers.ID
	UnitID     units.ID
	Number     string
	Phone      []byte // lookup hash of the number that the caller gave
	IDs        []ID   // only these, for search
	Late       *time.Time
	Since      time.Time // updated since
	AfterDue   int64
	AfterID    ID
	HasAfter   bool
	Limit      int
}

// list reads live cases by next deadline, or, for a recent list, all by time of opening, newest first.
func list(ctx context.Context, q db.Querier, scope access.Scope, f Filter) ([]Case, error) {
	var w db.Where
	limit(&w, scope, q.Now())
	order := "due_at, id"
	switch f.Queue {
	case "mine":
		w.And("live")
		w.And("assignee_id = ?", f.AssigneeID)
	case "unassigned":
		w.And("live")
		w.And("assignee_id IS NULL")
	case "recent":
		order = "created_at DESC, id DESC"
	default:
		w.And("live")
	}
	if f.AssigneeID != "" && f.Queue != "mine" && f.Queue != "unassigned" {
		w.And("assignee_id = ?", f.AssigneeID)
	}
	if f.HasAfter {
		if f.Queue == "recent" {
			w.And("(created_at, id) < (?, ?)", f.AfterDue, f.AfterID)
		} else {
			w.And("(due_at, id) > (?, ?)", f.AfterDue, f.AfterID)
		}
	}
	if len(f.States) > 0 {
		w.In("state", db.Strings(f.States))
	}
	and := func(cond string, v string) {
		if v != "" {
			w.And(cond, v)
		}
	}
	and("type = ?", string(f.Type))
	if f.Safety {
		f.Priority = P1
		w.And("safety IS NOT NULL")
	}
	if f.Priority == P1 {
		w.And("priority = 'P1'") // as the index of urgent cases says it
	} else {
		and("priority = ?", string(f.Priority))
	}
	and("brand_id = ?", string(f.BrandID))
	and("customer_id = ?", string(f.CustomerID))
	and("unit_id = ?", string(f.UnitID))
	and("number = ?", f.Number)
	if f.Phone != nil {
		w.And("contact_phone = ?", f.Phone)
	}
	if f.IDs != nil {
		w.In("id", db.Strings(f.IDs))
	}
	if f.Late != nil {
		w.And("due_at < ?", db.Micros(*f.Late))
	}
	if !f.Since.IsZero() {
		w.And("updated_at >= ?", db.Micros(f.Since))
	}
	return db.List(ctx, q, scan, `SELECT `+columns+` FROM cases_case`+w.String()+` ORDER BY `+order+` LIMIT `+w.Arg(f.Limit), w.Args()...)
}

func countOpenChildren(ctx context.Context, q db.Querier, id ID) (int64, error) {
	return db.Get(ctx, q, db.ScanInt, `SELECT COUNT(*) FROM cases_case WHERE parent_id = $1 AND live`, id)
}

// seen tells whether the operation was done on this case before.
func seen(ctx context.Context, q db.Querier, id ID, operation string) (bool, error) {
	if operation == "" {
		return false, nil
	}
	return db.Exists(ctx, q, `SELECT 1 FROM cases_operation WHERE case_id = $1 AND operation_id = $2`, id, operation)
}

func remember(tx *db.Tx, id ID, operation, act string) {
	if operation != "" {
		tx.Later(`INSERT INTO cases_operation (operation_id, case_id, act, recorded_at) VALUES ($1, $2, $3, $4)`, operation, id, act, db.Micros(tx.Now()))
	}
}

// Note is a text that somebody wrote on a case.
type Note struct {
	ID         string
	CaseID     ID
	Kind       string // "internal" is seen by the centre, "shared" by the outlets at work too, "contact" tells of a contact attempt
	OutletPath string // who wrote it
	Author     string
	Text       []byte // sealed with the case's key
	OccurredAt time.Time
	RecordedAt time.Time
}

func scanNote(s db.Scanner) (Note, error) {
	var n Note
	var occurred, recorded int64
	err := s.Scan(&n.ID, &n.CaseID, &n.Kind, &n.OutletPath, &n.Author, &n.Text, &occurred, &recorded)
	n.OccurredAt, n.RecordedAt = db.FromMicros(occurred), db.FromMicros(recorded)
	return n, err
}

func insertNote(tx *db.Tx, n Note) {
	tx.Later(`INSERT INTO cases_note (id, case_id, kind, outlet_path, author, text_sealed, occurred_at, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		n.ID, n.CaseID, n.Kind, n.OutletPath, n.Author, n.Text, db.Micros(n.OccurredAt), db.Micros(n.RecordedAt))
}

// listNotes reads a case's notes; an outlet sees shared ones and its own.
func listNotes(ctx context.Context, q db.Querier, scope access.Scope, id ID) ([]Note, error) {
	var w db.Where
	w.And("case_id = ?", id)
	if !scope.Centre() {
		w.And("(kind <> 'internal' OR (outlet_path >= ? AND outlet_path < ?))", scope.OutletPath, scope.OutletPath+"\U0010FFFF")
	}
	return db.List(ctx, q, scanNote, `SELECT id, case_id, kind, outlet_path, author, text_sealed, occurred_at, recorded_at FROM cases_note`+
		w.String()+` ORDER BY occurred_at, id LIMIT 500`, w.Args()...)
}

// keysOf lists the keys that cases of a customer have on their own, for erasing.
func keysOf(ctx context.Context, q db.Querier, customer customers.ID) ([]crypt.KeyID, error) {
	return db.List(ctx, q, func(s db.Scanner) (k crypt.KeyID, err error) { return k, s.Scan(&k) },
		`SELECT key_id FROM cases_case WHERE customer_id = $1 AND own_key`, customer)
}
