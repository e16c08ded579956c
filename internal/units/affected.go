package units

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// Affected says which units of a brand something concerns, such as a recall: every condition that is given has to hold, and
// of a list any of its values.
type Affected struct {
	Brand       catalog.BrandID        `json:"brand_id"`
	Models      []catalog.ModelID      `json:"models,omitempty"`
	Categories  []catalog.CategoryCode `json:"categories,omitempty"`
	Serials     []SerialRange          `json:"serials,omitempty"`
	MadeFrom    *calendar.Date         `json:"made_from,omitempty"`
	MadeTo      *calendar.Date         `json:"made_to,omitempty"`
	MadeUnknown bool                   `json:"made_unknown,omitempty" doc:"units without a known day of production, too"`
	Divisions   []string               `json:"divisions,omitempty" doc:"codes, or their beginnings, of where the unit stands"`
	Component   *AffectedComponent     `json:"component,omitempty"`
	NotSwapped  string                 `json:"not_swapped,omitempty" doc:"type of a part: without the units whose part of it service has changed"`
}

// AffectedComponent is a component that is fitted now.
type AffectedComponent struct {
	Type    string        `json:"type" doc:"part type of the fault catalogue"`
	Part    string        `json:"part_id,omitempty"`
	Serials []SerialRange `json:"serials,omitempty" doc:"of the component: its batch"`
}

// SerialRange is a stretch of serials with both its ends, or all that begin with Prefix. Ends are compared like serials: letters
// and digits alone count. Numbers at the end count as numbers: A95 to A120 holds A99 and A100; numbers with leading zeros have
// one length. Ends with letters where they differ have one length, too.
type SerialRange struct {
	From   string `json:"from,omitempty" maxLength:"64"`
	To     string `json:"to,omitempty" maxLength:"64"`
	Prefix string `json:"prefix,omitempty" maxLength:"64"`
}

// What can be wrong with a range of serials.
var (
	ErrRangeShape    = problem.Declare("units.range_shape", problem.Invalid)    // the ends are of different make
	ErrRangeReversed = problem.Declare("units.range_reversed", problem.Invalid) // it ends before it begins
	ErrRangeOverlap  = problem.Declare("units.range_overlap", problem.Invalid)  // another range holds some of it
	ErrRangeText     = problem.Declare("units.range_text", problem.Invalid)     // other characters than A–Z and 0–9
	ErrTooWide       = problem.Declare("units.affected_too_wide", problem.Invalid)
)

// Bounds of conditions.
const (
	maxRanges   = 200
	maxList     = 500
	minRange    = 4 // characters of an end, as of a serial
	minPrefix   = 3
	maxSerial   = 40
	onlyDigits  = "0123456789"
	onlyLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// span is what an index finds: serials of one length between two ends, of which the last characters may have to be digits.
type span struct {
	from, to string
	length   int // 0: any
	digits   int
}

// spans turns a range into stretches of serials of one length each.
func (r SerialRange) spans() ([]span, error) {
	if r.Prefix != "" {
		p := serialKey(r.Prefix)
		switch {
		case r.From != "" || r.To != "":
			return nil, ErrRangeShape
		case !asciiSerial(p):
			return nil, ErrRangeText
		case len(p) < minPrefix:
			return nil, problem.TooShort.With("limit", minPrefix)
		case len(p) > maxSerial:
			return nil, problem.TooLong.With("limit", maxSerial)
		}
		return []span{{from: p, to: p + "\U0010FFFF"}}, nil
	}
	a, b := serialKey(r.From), serialKey(r.To)
	switch {
	case a == "" || b == "":
		return nil, problem.Required
	case !asciiSerial(a) || !asciiSerial(b):
		return nil, ErrRangeText
	case len(a) < minRange || len(b) < minRange:
		return nil, problem.TooShort.With("limit", minRange)
	case len(a) > maxSerial || len(b) > maxSerial:
		return nil, problem.TooLong.With("limit", maxSerial)
	}
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	for n > 0 && isDigit(a[n-1]) {
		n--
	}
	head, x, y := a[:n], a[n:], b[n:]
	numbers := allDigits(x) && allDigits(y)
	switch {
	case len(x) == len(y):
		if x > y {
			return nil, ErrRangeReversed
		}
		s := span{from: a, to: b, length: len(a)}
		if numbers {
			s.digits = len(x)
		}
		return []span{s}, nil
	case !numbers || x == "" || y == "" || x[0] == '0' || y[0] == '0':
		return nil, ErrRangeShape
	case len(x) > len(y):
		return nil, ErrRangeReversed
	}
	var out []span
	for l := len(x); l <= len(y); l++ {
		from, to := "1"+strings.Repeat("0", l-1), strings.Repeat("9", l)
		if l == len(x) {
			from = x
		}
		if l == len(y) {
			to = y
		}
		out = append(out, span{from: head + from, to: head + to, length: n + l, digits: l})
	}
	return out, nil
}

func asciiSerial(s string) bool { return strings.Trim(s, onlyDigits+onlyLetters) == "" }
func isDigit(c byte) bool       { return c >= '0' && c <= '9' }
func allDigits(s string) bool   { return strings.Trim(s, onlyDigits) == "" }

// holds tells whether a serial, as it is compared, lies in the span.
func (s span) holds(key string) bool {
	return key >= s.from && key <= s.to && (s.length == 0 || len(key) == s.length && allDigits(key[len(key)-s.digits:]))
}

// meets tells whether some serial may lie in both.
func (s span) meets(o span) bool {
	return s.from <= o.to && o.from <= s.to && (s.length == o.length || s.length == 0 || o.length == 0)
}

// checkRanges refuses what is no range, and ranges that hold the same serials: one of two overlapping ends is a slip.
func checkRanges(f *problem.Fields, field string, list []SerialRange) {
	f.Check(len(list) <= maxRanges, field, problem.TooLong, "limit", maxRanges)
	var all []span
	for i, r := range list[:min(len(list), maxRanges)] {
		at := fmt.Sprintf("%s[%d]", field, i)
		spans, err := r.spans()
		if err != nil {
			code, params := problem.CodeOf(err), []any{}
			switch code {
			case problem.TooShort:
				params = append(params, "limit", minRange)
			case problem.TooLong:
				params = append(params, "limit", maxSerial)
			}
			f.Add(at, code, params...)
			continue
		}
		f.Check(!slices.ContainsFunc(spans, func(s span) bool { return slices.ContainsFunc(all, s.meets) }), at, ErrRangeOverlap)
		all = append(all, spans...)
	}
}

// Check refuses conditions that cannot be or that would hold for everything.
func (a Affected) Check(f *problem.Fields, field string, snap *catalog.Snapshot) {
	at := func(name string) string { return field + "." + name }
	f.Check(len(a.Models) <= maxList, at("models"), problem.TooLong, "limit", maxList)
	for i, id := range a.Models[:min(len(a.Models), maxList)] {
		m, ok := snap.Model(id)
		f.Check(ok && m.BrandID == a.Brand, fmt.Sprintf("%s[%d]", at("models"), i), problem.Unknown)
	}
	f.Check(len(a.Categories) <= maxList, at("categories"), problem.TooLong, "limit", maxList)
	for i, c := range a.Categories[:min(len(a.Categories), maxList)] {
		_, ok := snap.Category(c)
		f.Check(ok, fmt.Sprintf("%s[%d]", at("categories"), i), problem.Unknown)
	}
	checkRanges(f, at("serials"), a.Serials)
	f.Check(a.MadeFrom == nil || a.MadeTo == nil || *a.MadeFrom <= *a.MadeTo, at("made_to"), problem.BadTime)
	f.Check(!a.MadeUnknown || a.MadeFrom != nil || a.MadeTo != nil, at("made_unknown"), problem.BadChoice)
	f.Check(len(a.Divisions) <= maxList, at("divisions"), problem.TooLong, "limit", maxList)
	for i, d := range a.Divisions[:min(len(a.Divisions), maxList)] {
		f.Check(len(d) >= 2 && len(d) <= 12 && allDigits(d), fmt.Sprintf("%s[%d]", at("divisions"), i), problem.BadFormat)
	}
	if c := a.Component; c != nil {
		f.Check(c.Type != "" || c.Part != "", at("component.type"), problem.Required)
		checkText(f, at("component.type"), c.Type, maxCode)
		checkText(f, at("component.part_id"), c.Part, maxCode)
		checkRanges(f, at("component.serials"), c.Serials)
	}
	checkText(f, at("not_swapped"), a.NotSwapped, maxCode)
	f.Check(len(a.Models)+len(a.Categories)+len(a.Serials) > 0 || a.MadeFrom != nil || a.MadeTo != nil || a.Component != nil, field, ErrTooWide)
}

// HoldsSerial tells whether the conditions on serials hold for a serial that no unit bears yet; false when there are none.
func (a Affected) HoldsSerial(serial string) bool {
	key := serialKey(serial)
	return slices.ContainsFunc(a.Serials, func(r SerialRange) bool {
		spans, err := r.spans()
		return err == nil && slices.ContainsFunc(spans, func(s span) bool { return s.holds(key) })
	})
}

// ranges is the condition that a column holds a serial of one of the ranges, with ? for its arguments.
func ranges(column string, list []SerialRange) (cond string, args []any, err error) {
	var conds []string
	for _, r := range list {
		spans, err := r.spans()
		if err != nil {
			return "", nil, err
		}
		for _, s := range spans {
			one := column + " >= ? AND " + column + " <= ?"
			args = append(args, s.from, s.to)
			if s.length > 0 {
				one += " AND LENGTH(" + column + ") = ?"
				args = append(args, s.length)
			}
			if s.digits > 0 {
				one += fmt.Sprintf(" AND LTRIM(SUBSTR(%s, %d), '%s') = ''", column, s.length-s.digits+1, onlyDigits)
			}
			conds = append(conds, "("+one+")")
		}
	}
	return "(" + strings.Join(conds, " OR ") + ")", args, nil
}

// where turns the conditions into SQL about a unit u.
func (a Affected) where(w *db.Where) error {
	w.And("u.brand_id = ? AND u.merged_into IS NULL", string(a.Brand))
	if len(a.Models) > 0 {
		w.In("u.model_id", db.Strings(a.Models))
	}
	if len(a.Categories) > 0 {
		w.In("u.category", db.Strings(a.Categories))
	}
	if len(a.Serials) > 0 {
		cond, args, err := ranges("u.serial_key", a.Serials)
		if err != nil {
			return err
		}
		w.And(cond, args...)
	}
	a.whereMade(w)
	if len(a.Divisions) > 0 {
		var conds []string
		var args []any
		for _, d := range a.Divisions {
			conds, args = append(conds, "u.division >= ? AND u.division < ?"), append(args, d, d+"\U0010FFFF")
		}
		w.And("("+strings.Join(conds, " OR ")+")", args...)
	}
	if a.NotSwapped != "" {
		w.And("NOT EXISTS (SELECT 1 FROM units_service_fact f WHERE f.unit_id = u.id AND f.component_swapped = ?)", a.NotSwapped)
	}
	if a.Component == nil {
		return nil
	}
	cond, args := "c.unit_id = u.id AND c.removed_at IS NULL", []any{}
	if a.Component.Type != "" {
		cond, args = cond+" AND c.part_type = ?", append(args, a.Component.Type)
	}
	if a.Component.Part != "" {
		cond, args = cond+" AND c.part_id = ?", append(args, a.Component.Part)
	}
	if len(a.Component.Serials) > 0 {
		more, values, err := ranges("c.serial_key", a.Component.Serials)
		if err != nil {
			return err
		}
		cond, args = cond+" AND "+more, append(args, values...)
	}
	w.And("EXISTS (SELECT 1 FROM units_component c WHERE "+cond+")", args...)
	return nil
}

func (a Affected) whereMade(w *db.Where) {
	var made []string
	var args []any
	if a.MadeFrom != nil {
		made, args = append(made, "u.made_on >= ?"), append(args, a.MadeFrom.String())
	}
	if a.MadeTo != nil {
		made, args = append(made, "u.made_on <= ?"), append(args, a.MadeTo.String())
	}
	if len(made) == 0 {
		return
	}
	cond := strings.Join(made, " AND ")
	if a.MadeUnknown {
		cond = "(u.made_on IS NULL OR " + cond + ")"
	}
	w.And(cond, args...)
}

// AffectedUnit is a unit that conditions hold for, as far as a campaign needs it.
type AffectedUnit struct {
	ID       ID
	Model    catalog.ModelID
	Owner    customers.ID
	Division string
	State    State
}

const affectedColumns = `u.id, u.model_id, u.owner_id, u.division, u.state`

func scanAffected(r db.Scanner) (AffectedUnit, error) {
	var x AffectedUnit
	var model, owner, division *string
	err := r.Scan(&x.ID, &model, &owner, &division, &x.State)
	x.Model, x.Owner, x.Division = catalog.ModelID(db.OrEmpty(model)), customers.ID(db.OrEmpty(owner)), db.OrEmpty(division)
	return x, err
}

// AffectedAfter reads the units that conditions hold for, by their ids, those after one. It asks for no permission and no scope.
func (s *Service) AffectedAfter(ctx context.Context, q db.Querier, a Affected, after ID, limit int) ([]AffectedUnit, error) {
	var w db.Where
	if err := a.where(&w); err != nil {
		return nil, err
	}
	w.And("u.id > ?", string(after))
	return db.List(ctx, q, scanAffected, `SELECT `+affectedColumns+` FROM units_unit u`+w.String()+` ORDER BY u.id LIMIT `+w.Arg(limit), w.Args()...)
}

// AffectedOne reads a unit if the conditions hold for it. It asks for no permission and no scope.
func (s *Service) AffectedOne(ctx context.Context, q db.Querier, a Affected, id ID) (x AffectedUnit, ok bool, err error) {
	var w db.Where
	if err := a.where(&w); err != nil {
		return x, false, err
	}
	w.And("u.id = ?", string(id))
	list, err := db.List(ctx, q, scanAffected, `SELECT `+affectedColumns+` FROM units_unit u`+w.String(), w.Args()...)
	if err != nil || len(list) == 0 {
		return x, false, err
	}
	return list[0], true, nil
}

// AffectedCount is how many units conditions hold for.
type AffectedCount struct {
	Total   int64                     `json:"total"`
	NoOwner int64                     `json:"no_owner" doc:"whose owner nobody knows"`
	Retired int64                     `json:"retired" doc:"that are replaced or out of use"`
	Models  map[catalog.ModelID]int64 `json:"models"`
}

// CountAffected counts the units that conditions hold for. It asks for no permission and no scope.
func (s *Service) CountAffected(ctx context.Context, q db.Querier, a Affected) (AffectedCount, error) {
	out := AffectedCount{Models: map[catalog.ModelID]int64{}}
	var w db.Where
	if err := a.where(&w); err != nil {
		return out, err
	}
	type group struct {
		model             *string
		all, owned, inUse int64
	}
	list, err := db.List(ctx, q, func(r db.Scanner) (g group, err error) { return g, r.Scan(&g.model, &g.all, &g.owned, &g.inUse) },
		`SELECT u.model_id, COUNT(*), COUNT(u.owner_id), COUNT(*) FILTER (WHERE u.state = 'active') FROM units_unit u`+w.String()+` GROUP BY u.model_id`, w.Args()...)
	for _, g := range list {
		out.Total += g.all
		out.NoOwner += g.all - g.owned
		out.Retired += g.all - g.inUse
		out.Models[catalog.ModelID(db.OrEmpty(g.model))] += g.all
	}
	return out, err
}
