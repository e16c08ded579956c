package imports

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
)

// Mapping says how the columns of a sheet fill the fields of a target. It is plain JSON: saved in the
// database, or kept in a file beside the program that uses it.
type Mapping struct {
	Target string `json:"target"`
	// System names the other system whose ids the sheet holds: "crm". Ids of different systems never clash.
	System  string   `json:"system,omitempty"`
	Zone    string   `json:"zone,omitempty"`  // of times without an offset; the installation's
	Empty   []string `json:"empty,omitempty"` // what stands for nothing: "?", "N/A"
	Layout  Layout   `json:"layout,omitzero"`
	Columns []Column `json:"columns"`
}

// Column fills one field.
type Column struct {
	Field string   `json:"field"`
	From  []string `json:"from,omitempty"` // headings; several are joined, or with First the first that is not empty is taken
	First bool     `json:"first,omitempty"`
	Join  string   `json:"join,omitempty"` // between joined cells; a blank
	// Values turns what stands in the cell into what the field takes; "*" is for all other texts.
	Values  map[string]string `json:"values,omitempty"`
	Default string            `json:"default,omitempty"` // for empty cells; without From it is a constant
	Format  string            `json:"format,omitempty"`  // of dates, as Go writes it: "2/1/2006 15:04"
}

// ParseMapping reads a mapping file; unknown members are refused.
func ParseMapping(b []byte) (Mapping, error) {
	var m Mapping
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return m, problem.Field("mapping", problem.BadFormat)
	}
	return m, nil
}

// Suggest maps columns whose heading is a field's name, its heading in any language or one of its aliases.
func Suggest(t Target, header []string) Mapping {
	m := Mapping{Target: t.Name, Columns: []Column{}}
	byName := map[string]string{}
	for _, f := range t.Fields {
		for _, n := range append([]string{f.Name, f.Zh, f.En}, f.Aliases...) {
			if n != "" {
				byName[fold(n)] = f.Name
			}
		}
	}
	used := map[string]bool{}
	for _, h := range header {
		if f, ok := byName[fold(strings.TrimRight(h, "*＊"))]; ok && !used[f] {
			used[f] = true
			m.Columns = append(m.Columns, Column{Field: f, From: []string{h}})
		}
	}
	return m
}

// fold makes headings comparable: case, blanks and dashes don't count.
func fold(s string) string {
	return strings.Map(func(c rune) rune {
		switch c {
		case ' ', '_', '-', '\t', '　':
			return -1
		}
		return c
	}, strings.ToLower(s))
}

// plan is a mapping tied to a sheet.
type plan struct {
	target  Target
	cols    []plannedColumn
	empty   map[string]bool
	reading reading
	heading map[string]string // by field, for errors
	most    int               // cells of a row that have a heading; 0 for workbooks, where notes may stand beside the table
}

type plannedColumn struct {
	Column
	field Field
	at    []int // columns of the sheet
}

// compile ties a mapping to a header; what does not fit is named.
func compile(t Target, m Mapping, table *Table, zone *time.Location) (*plan, error) {
	p := &plan{target: t, empty: map[string]bool{}, heading: map[string]string{}}
	var f problem.Fields
	if m.Zone != "" {
		z, err := time.LoadLocation(m.Zone)
		f.Check(err == nil && m.Zone != "Local", "zone", ErrZone)
		if err == nil {
			zone = z
		}
	}
	p.reading = reading{zone: zone, serial: table.Format == XLSX, d1904: table.d1904}
	if table.Format == CSV {
		p.most = len(table.Header)
	}
	for _, e := range m.Empty {
		p.empty[strings.TrimSpace(e)] = true
	}
	seen := map[string]bool{}
	for i, c := range m.Columns {
		at := fmt.Sprintf("columns[%d]", i)
		field, ok := t.field(c.Field)
		switch {
		case !ok:
			f.Add(at+".field", ErrField)
			continue
		case seen[c.Field]:
			f.Add(at+".field", ErrTwice, "column", c.Field)
			continue
		}
		seen[c.Field] = true
		pc := plannedColumn{Column: c, field: field}
		for j, h := range c.From {
			k, code := find(table.Header, h)
			if code != nil {
				f.Add(fmt.Sprintf("%s.from[%d]", at, j), code, "column", h)
				continue
			}
			pc.at = append(pc.at, k)
		}
		if len(c.From) == 0 && c.Default == "" {
			f.Add(at+".from", problem.Required)
		}
		if c.Join == "" {
			pc.Join = " "
		}
		p.heading[c.Field] = strings.Join(c.From, ", ")
		p.cols = append(p.cols, pc)
	}
	for _, fd := range t.Fields {
		if fd.Required && !seen[fd.Name] {
			f.Add("columns", ErrUnmapped, "field", fd.Name)
		}
	}
	return p, f.Err()
}

// find finds a heading; a heading that stands twice is no answer.
func find(header []string, want string) (int, *problem.Code) {
	want = strings.Join(strings.Fields(want), " ")
	at, n := -1, 0
	for i, h := range header {
		if h == want {
			at, n = i, n+1
		}
	}
	if n == 0 {
		for i, h := range header {
			if fold(h) == fold(want) {
				at, n = i, n+1
			}
		}
	}
	switch n {
	case 0:
		return 0, ErrMissing
	case 1:
		return at, nil
	}
	return 0, ErrTwice
}

// row reads the cells of a row; what is wrong with them stays with the row.
func (p *plan) row(no int, cells []string) *Row {
	r := &Row{No: no, values: make(map[string]value, len(p.cols))}
	var bad problem.Fields
	for _, c := range p.cols {
		text := p.cell(c, cells)
		if text == "" {
			bad.Check(!c.field.Required, c.Field, problem.Required)
			continue
		}
		v, err := p.reading.read(c.field, c.Format, text)
		if err != nil {
			if pe, ok := errors.AsType[*problem.Error](err); ok {
				for _, fe := range pe.Fields {
					bad.Add(fe.Field, &problem.Code{Key: fe.Code, Kind: problem.Invalid}, pairs(fe.Params)...)
				}
			}
			continue
		}
		r.values[c.Field] = v
	}
	if e, ok := errors.AsType[*problem.Error](bad.Err()); ok {
		r.bad = e
	}
	if p.most > 0 && len(cells) > p.most && !blank(cells[p.most:]) { // nobody knows which cell is under which heading
		r.bad = ErrExtra.With("cells", len(cells), "headings", p.most)
	}
	if p.target.Key != "" {
		r.Key = r.Text(p.target.Key)
	}
	return r
}

func pairs(params map[string]any) []any {
	var out []any
	for _, k := range slices.Sorted(maps.Keys(params)) {
		out = append(out, k, params[k])
	}
	return out
}

func (p *plan) cell(c plannedColumn, cells []string) string {
	var parts []string
	for _, i := range c.at {
		if i >= len(cells) {
			continue
		}
		text := Unsafe(strings.TrimSpace(cells[i]))
		if text == "" || p.empty[text] {
			continue
		}
		parts = append(parts, text)
		if c.First {
			break
		}
	}
	text := strings.Join(parts, c.Join)
	if c.Values != nil && text != "" {
		if to, ok := c.Values[text]; ok {
			text = to
		} else if to, ok := c.Values["*"]; ok {
			text = to
		}
	}
	if text == "" {
		text = c.Default
	}
	return text
}

// label names a target in a language.
func (t Target) label(lang string) string {
	if lang == i18n.English {
		return t.En
	}
	return t.Zh
}
