package units

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/problem"
)

// Mark is a code on a unit that people and rules look for, such as "recall" or "fraud_watch". A unit may bear the
// same mark for several reasons at once: Ref names the record that set it, "" for one set by hand.
type Mark struct {
	Unit     ID
	Code     string
	Ref      string
	Reason   string
	StopSale bool // nobody may sell, give or lend the unit while it stands
	SetAt    time.Time
}

// MarkInput sets or clears a mark.
type MarkInput struct {
	access.Act
	ID       ID
	Mark     string
	Ref      string // record that sets it; marks of different records stand beside one another
	StopSale bool
	Clear    bool
}

func (in MarkInput) check() error {
	var f problem.Fields
	f.Check(isCode(in.Mark), "mark", problem.BadFormat)
	checkText(&f, "reason", in.Reason, maxCode)
	return f.Err()
}

// Mark sets or clears a mark by hand. What a record set, its own module clears.
func (s *Service) Mark(ctx context.Context, in MarkInput) (Ref, error) {
	if err := access.Require(ctx, PermMark); err != nil {
		return Ref{}, err
	}
	in.Ref = ""
	return db.InTx(ctx, s.db, func(ctx context.Context, tx *db.Tx) (Ref, error) {
		if _, err := s.find(ctx, tx, in.ID); err != nil {
			return Ref{}, err
		}
		return s.MarkTx(ctx, tx, in)
	})
}

// MarkTx is [Service.Mark] in the caller's change, without permission and scope. Setting a mark that is set
// already changes nothing.
func (s *Service) MarkTx(ctx context.Context, tx *db.Tx, in MarkInput) (Ref, error) {
	at, err := in.At(access.From(ctx).Origin, tx.Now())
	if err != nil {
		return Ref{}, err
	}
	if err := in.check(); err != nil {
		return Ref{}, err
	}
	u, err := s.root(ctx, tx, in.ID)
	if err != nil {
		return Ref{}, err
	}
	var n int64
	if in.Clear {
		n, err = tx.Exec(ctx, `DELETE FROM units_mark WHERE unit_id = $1 AND mark = $2 AND ref = $3`, string(u.ID), in.Mark, in.Ref)
		if err == nil && n == 0 {
			err = ErrNoMark.With("mark", in.Mark)
		}
	} else {
		n, err = tx.Exec(ctx, insertMark, string(u.ID), in.Mark, in.Ref, in.Reason, in.StopSale, db.Micros(at))
	}
	if err != nil || n == 0 {
		return Ref{ID: u.ID, Version: u.Version}, err
	}
	if err := touch(ctx, tx, &u); err != nil {
		return Ref{}, err
	}
	return Ref{ID: u.ID, Version: u.Version}, s.marked(ctx, tx, u, in, at)
}

const insertMark = `INSERT INTO units_mark (unit_id, mark, ref, reason, stop_sale, set_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (unit_id, mark, ref) DO NOTHING`

// marked tells of a mark that was set or cleared on a unit whose version moved on already.
func (s *Service) marked(ctx context.Context, tx *db.Tx, u Unit, in MarkInput, at time.Time) error {
	kind := "marked"
	if in.Clear {
		kind = "unmarked"
	}
	e := Entry{Unit: u.ID, Kind: kind, At: at, Params: map[string]any{"mark": in.Mark, "reason": in.Reason}}
	after := map[string]any{"mark": in.Mark}
	if in.Ref != "" {
		e.RefKind, e.RefID = "campaign", in.Ref
		after["ref"], after["stop_sale"] = in.Ref, in.StopSale
	}
	s.note(ctx, tx, e)
	err := audit.Append(ctx, tx, audit.Entry{Kind: recordKind, Record: string(u.ID), Act: kind, Reason: in.Reason, OccurredAt: at, After: after})
	if err != nil {
		return err
	}
	return events.Publish(ctx, tx, Marked{Head: head(u, at), Mark: in.Mark, Ref: in.Ref, StopSale: in.StopSale && !in.Clear, Cleared: in.Clear})
}

// MarkManyTx sets or clears one mark on many units in the caller's change; in.ID is not used. Units that bear it already, or
// no longer, are passed over. It returns how many changed.
func (s *Service) MarkManyTx(ctx context.Context, tx *db.Tx, ids []ID, in MarkInput) (int, error) {
	at, err := in.At(access.From(ctx).Origin, tx.Now())
	if err != nil {
		return 0, err
	}
	if err := in.check(); err != nil || len(ids) == 0 {
		return 0, err
	}
	var have db.Where
	have.In("unit_id", db.Strings(ids))
	have.And("mark = ? AND ref = ?", in.Mark, in.Ref)
	bear, err := db.List(ctx, tx, db.ScanString, `SELECT unit_id FROM units_mark`+have.String(), have.Args()...)
	if err != nil {
		return 0, err
	}
	todo := slices.DeleteFunc(distinct(ids), func(id ID) bool { return slices.Contains(bear, string(id)) != in.Clear })
	if len(todo) == 0 {
		return 0, nil
	}
	if in.Clear {
		if _, err := tx.Exec(ctx, `DELETE FROM units_mark`+have.String(), have.Args()...); err != nil {
			return 0, err
		}
	}
	var w db.Where
	set := `UPDATE units_unit SET version = version + 1, updated_at = ` + w.Arg(db.Micros(tx.Now()))
	w.In("id", db.Strings(todo))
	list, err := db.List(ctx, tx, func(r db.Scanner) (u Unit, err error) { return u, r.Scan(&u.ID, &u.Brand, &u.Version) },
		set+w.String()+` RETURNING id, brand_id, version`, w.Args()...)
	if err != nil {
		return 0, fmt.Errorf("mark units: %w", err)
	}
	slices.SortFunc(list, func(a, b Unit) int { return strings.Compare(string(a.ID), string(b.ID)) })
	for _, u := range list {
		if !in.Clear {
			tx.Later(insertMark, string(u.ID), in.Mark, in.Ref, in.Reason, in.StopSale, db.Micros(at))
		}
		if err := s.marked(ctx, tx, u, in, at); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}

const markColumns = `m.unit_id, m.mark, m.ref, m.reason, m.stop_sale, m.set_at`

func scanMark(r db.Scanner) (Mark, error) {
	var m Mark
	var at int64
	err := r.Scan(&m.Unit, &m.Code, &m.Ref, &m.Reason, &m.StopSale, &at)
	m.SetAt = db.FromMicros(at)
	return m, err
}

// MarksOf lists the marks of a unit and of what was merged into it, the oldest first. It asks for no permission and no scope.
func (s *Service) MarksOf(ctx context.Context, q db.Querier, id ID) ([]Mark, error) {
	return db.List(ctx, q, scanMark, `SELECT `+markColumns+` FROM units_mark m JOIN units_unit u ON u.id = m.unit_id
		WHERE u.root_id = (SELECT root_id FROM units_unit WHERE id = $1) ORDER BY m.set_at, m.mark, m.ref`, string(id))
}

// MaySell fails with [ErrStopSale] when a unit bears a mark that stops its sale: nobody may sell it, give it for another
// or lend it. It asks for no permission and no scope.
func (s *Service) MaySell(ctx context.Context, q db.Querier, id ID) error {
	if id == "" {
		return nil
	}
	marks, err := s.MarksOf(ctx, q, id)
	if err != nil {
		return err
	}
	for _, m := range marks {
		if m.StopSale {
			return ErrStopSale.With("mark", m.Code)
		}
	}
	return nil
}

// StopSale tells whether something stops the sale of a serial, also of one that no unit bears yet.
type StopSale func(ctx context.Context, q db.Querier, brand catalog.BrandID, serial string) error

// UseStopSale makes [Service.MaySellSerial] ask for campaigns under way; without it there are none.
func (s *Service) UseStopSale(f StopSale) { s.stopSale = f }

// MaySellSerial is [Service.MaySell] for a serial that is read from goods on a shelf, whether a unit bears it or not.
func (s *Service) MaySellSerial(ctx context.Context, q db.Querier, brand catalog.BrandID, serial string) error {
	if s.stopSale == nil || serialKey(serial) == "" {
		return nil
	}
	return s.stopSale(ctx, q, brand, serial)
}

// Stopped is a unit that nobody may sell, with one of the marks that say so.
type Stopped struct {
	Mark
	Brand  catalog.BrandID
	Model  catalog.ModelID
	Serial string
}

// StoppedFilter chooses units that nobody may sell.
type StoppedFilter struct {
	Brand     catalog.BrandID
	Model     catalog.ModelID
	Since     time.Time // marked since
	After     ID        // the last row of the page before
	AfterCode string
	AfterRef  string
	Limit     int
}

// StopSales lists the units that the actor sees and nobody may sell, one more than the limit when there are more. The caller
// asks for the permission.
func (s *Service) StopSales(ctx context.Context, f StoppedFilter) ([]Stopped, error) {
	var w db.Where
	w.And("m.stop_sale")
	limitTo(&w, access.From(ctx).Scope, s.db.Now())
	if f.Brand != "" {
		w.And("u.brand_id = ?", string(f.Brand))
	}
	if f.Model != "" {
		w.And("u.model_id = ?", string(f.Model))
	}
	if !f.Since.IsZero() {
		w.And("m.set_at >= ?", db.Micros(f.Since))
	}
	if f.After != "" {
		w.And("(m.unit_id, m.mark, m.ref) > (?, ?, ?)", string(f.After), f.AfterCode, f.AfterRef)
	}
	return db.List(ctx, s.db, func(r db.Scanner) (x Stopped, err error) {
		var model, serial *string
		if x.Mark, err = scanMark(scanAfter{r, []any{&x.Brand, &model, &serial}}); err != nil {
			return x, err
		}
		x.Model, x.Serial = catalog.ModelID(db.OrEmpty(model)), db.OrEmpty(serial)
		return x, nil
	}, `SELECT `+markColumns+`, u.brand_id, u.model_id, u.serial FROM units_mark m JOIN units_unit u ON u.id = m.unit_id`+w.String()+
		` ORDER BY m.unit_id, m.mark, m.ref LIMIT `+w.Arg(f.Limit+1), w.Args()...)
}

// scanAfter scans more columns after the rest.
type scanAfter struct {
	db.Scanner
	more []any
}

func (s scanAfter) Scan(dest ...any) error { return s.Scanner.Scan(append(dest, s.more...)...) }

func isCode(s string) bool {
	return s != "" && len(s) <= maxCode && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_-.") == ""
}
