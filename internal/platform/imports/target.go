package imports

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// Field is one thing that a row may say.
type Field struct {
	Name     string // "external_id"
	Zh, En   string // heading of the template
	Required bool
	Type     Type
	Max      int      // characters; 0 leaves the bound to the target
	Choices  []string // of a [Choice]
	Example  string
	Aliases  []string // other headings that mean this field
	Paths    []string // how problems of the module's service name it: "phones[0].number"
	Personal bool     // never in an export unless it is asked for
}

// Label is the field's heading in a language.
func (f Field) Label(lang string) string {
	if lang == "en" && f.En != "" || f.Zh == "" {
		return f.En
	}
	return f.Zh
}

// Target is something that rows can be brought into; a module makes its own.
type Target struct {
	Name       string // "customers"
	Zh, En     string
	Permission string // that the importer needs besides [PermManage]
	Fields     []Field
	Key        string // the field by which a row's record is known again; "" where rows have none
	BatchRows  int    // rows of a transaction; 0 is 100. Rows that refer to each other want a large one

	// Ready prepares a batch outside any transaction (numbers, snapshots); may be nil. What it finds goes
	// into Batch.Data.
	Ready func(ctx context.Context, b *Batch) error
	// Apply writes rows and says of each what became of it; see [Batch].
	Apply func(ctx context.Context, tx *db.Tx, b *Batch) error
	// Remove takes a record back that an import made; nil where that cannot be. A record that something else
	// refers to may fail with a foreign key's violation.
	Remove func(ctx context.Context, tx *db.Tx, id string) error
	// Revert gives a record the values back that an update replaced, by field.
	Revert func(ctx context.Context, tx *db.Tx, id string, before map[string]string) error
	// Export writes records within the actor's scope, one row of Fields each; nil where there is none. Personal
	// fields are written only when personal is set.
	Export func(ctx context.Context, personal bool, row func(cells map[string]string) error) error
}

func (t Target) field(name string) (Field, bool) {
	i := slices.IndexFunc(t.Fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return t.Fields[i], true
}

func (t Target) batchRows() int {
	if t.BatchRows > 0 {
		return t.BatchRows
	}
	return 100
}

// fieldOf finds the field that a problem's path is about: by its own name, else by the longest of Paths.
func (t Target) fieldOf(path string) string {
	if _, ok := t.field(path); ok {
		return path
	}
	best, length := path, -1
	for _, f := range t.Fields {
		for _, p := range append([]string{f.Name + ".", f.Name + "["}, f.Paths...) {
			if strings.HasPrefix(path, p) && len(p) > length {
				best, length = f.Name, len(p)
			}
		}
	}
	return best
}

// Row is one row of a sheet, by the target's fields.
type Row struct {
	No     int // in the sheet, the header counted
	Key    string
	values map[string]value
	bad    *problem.Error // what the reading of its cells found
}

// MakeRow makes a row of values that are known already, for tests and for programs that feed a target.
func MakeRow(no int, texts map[string]string) *Row {
	r := &Row{No: no, values: make(map[string]value, len(texts))}
	for k, v := range texts {
		r.values[k] = value{text: v}
	}
	return r
}

// Has tells whether the row says something about a field: its cell was not empty.
func (r *Row) Has(field string) bool { _, ok := r.values[field]; return ok }

// Text is the field as it was written; "" when it is not there.
func (r *Row) Text(field string) string { return r.values[field].text }

// Whole is an integer.
func (r *Row) Whole(field string) int64 { return r.values[field].n }

// Number is a number with a fraction; nil when it is not there.
func (r *Row) Number(field string) *float64 {
	v, ok := r.values[field]
	if !ok {
		return nil
	}
	return &v.f
}

// Day is a local day; the zero day when it is not there.
func (r *Row) Day(field string) calendar.Date { return r.values[field].day }

// Time is an instant in UTC; zero when it is not there.
func (r *Row) Time(field string) time.Time { return r.values[field].at }

// Yes is a yes; no when it is not there.
func (r *Row) Yes(field string) bool { return r.values[field].yes }

// List are the parts of a list.
func (r *Row) List(field string) []string { return r.values[field].list }

// Action is what became of a row.
type Action string

// Actions.
const (
	Made    Action = "made"
	Changed Action = "changed"
	Same    Action = "same" // the record says all of it already
	Failed  Action = "failed"
)

type outcome struct {
	action   Action
	kind, id string
	key      crypt.KeyID
	before   map[string]string
	err      error
}

// Batch is what [Target.Apply] works on: rows with different keys. For every row it calls one of Made,
// Changed, Same and Fail. Fail is for what is found before the row's first write: the others go on. A row
// that fails after a write spoils the transaction: Apply returns Broken(i, err), and the batch is done again
// without the row.
type Batch struct {
	Rows   []*Row
	System string // of the external ids
	Origin access.Origin
	Dry    bool
	Data   any // of Ready

	out []outcome
}

// Made says that row i made a record. kind and id are those of the audit trail.
func (b *Batch) Made(i int, kind, id string) { b.out[i] = outcome{action: Made, kind: kind, id: id} }

// Changed says that row i changed a record, and what its fields said before; key seals that.
func (b *Batch) Changed(i int, kind, id string, key crypt.KeyID, before map[string]string) {
	b.out[i] = outcome{action: Changed, kind: kind, id: id, key: key, before: before}
}

// Same says that row i told nothing new.
func (b *Batch) Same(i int, kind, id string) { b.out[i] = outcome{action: Same, kind: kind, id: id} }

// Fail refuses row i.
func (b *Batch) Fail(i int, err error) { b.out[i] = outcome{action: Failed, err: err} }

// Failed tells whether row i was refused already.
func (b *Batch) Failed(i int) bool { return b.out[i].action == Failed }

// Broken says that row i failed after it had written.
func (b *Batch) Broken(i int, err error) error { return &brokenRow{i, err} }

type brokenRow struct {
	index int
	err   error
}

func (e *brokenRow) Error() string { return e.err.Error() }
func (e *brokenRow) Unwrap() error { return e.err }

// reset forgets what a try that was rolled back said; rows whose cells could not be read stay refused.
func (b *Batch) reset() {
	b.out = make([]outcome, len(b.Rows))
	for i, r := range b.Rows {
		if r.bad != nil {
			b.out[i] = outcome{action: Failed, err: r.bad}
		}
	}
}

// errUnsaid is a target's mistake: it said nothing about a row.
var errUnsaid = errors.New("imports: the target said nothing about a row")

func (b *Batch) check() error {
	for _, o := range b.out {
		if o.action == "" {
			return errUnsaid
		}
	}
	return nil
}
