package imports

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"anxin/internal/platform/calendar"
	"anxin/internal/platform/problem"
)

// Type says how a cell is read.
type Type string

// Types of fields.
const (
	Text    Type = "text"
	Whole   Type = "whole"   // an integer
	Number  Type = "number"  // with a fraction
	Day     Type = "date"    // a local day
	Instant Type = "instant" // date and time; without an offset in the run's zone
	YesNo   Type = "yes_no"
	Choice  Type = "choice" // one of Field.Choices
	List    Type = "list"   // parted by ; or 、
)

// value is what a cell came to.
type value struct {
	text string
	n    int64
	f    float64
	day  calendar.Date
	at   time.Time
	yes  bool
	list []string
}

// reading is what the reading of values depends on.
type reading struct {
	zone   *time.Location
	serial bool // numbers may be dates, as workbooks keep them
	d1904  bool
}

// read turns a cell's text, not empty, into a value of the field.
func (r reading) read(f Field, layout, text string) (value, error) {
	v := value{text: text}
	bad := func(code *problem.Code, pairs ...any) (value, error) { return v, problem.Field(f.Name, code, pairs...) }
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(c rune) bool {
		return unicode.IsControl(c) && c != '\n' && c != '\r' && c != '\t'
	}) {
		return bad(problem.BadText)
	}
	if slices.Contains(cellErrors, text) {
		return bad(ErrCell)
	}
	if f.Max > 0 && utf8.RuneCountInString(text) > f.Max {
		return bad(problem.TooLong, "limit", f.Max)
	}
	switch f.Type {
	case Text:
		v.text = plainNumber(text, r.serial)
		if shortened(v.text) {
			return bad(ErrRounded)
		}
	case Whole:
		n, ok := whole(text)
		if !ok {
			return bad(problem.BadFormat)
		}
		v.n = n
	case Number:
		n, err := strconv.ParseFloat(strings.ReplaceAll(halfWidth(text), ",", ""), 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
			return bad(problem.BadFormat)
		}
		v.f = n
	case Day, Instant:
		at, ok := r.instant(layout, text)
		if !ok {
			return bad(problem.BadFormat)
		}
		if at.Year() < 1900 || at.Year() > 2200 {
			return bad(problem.OutOfRange)
		}
		v.at, v.day = at.UTC().Truncate(time.Microsecond), calendar.DateOf(at, at.Location())
	case YesNo:
		yes, ok := yesNo(text)
		if !ok {
			return bad(problem.BadChoice)
		}
		v.yes = yes
	case Choice:
		i := slices.IndexFunc(f.Choices, func(c string) bool { return strings.EqualFold(c, text) })
		if i < 0 {
			return bad(problem.BadChoice)
		}
		v.text = f.Choices[i]
	case List:
		for _, part := range strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(";；、|\n", c) }) {
			if part = strings.TrimSpace(part); part != "" {
				v.list = append(v.list, part)
			}
		}
	}
	return v, nil
}

// halfWidth writes full-width digits and signs as ASCII.
func halfWidth(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= '！' && c <= '～' {
			return c - '！' + '!'
		}
		return c
	}, s)
}

// cellErrors are what formulas come to that fail.
var cellErrors = []string{"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA"}

// shortened tells whether text is how spreadsheets show a number that is too long for a cell, which is all that is
// left of it in text: 1.38E+10. A model called 2E10 is none.
func shortened(text string) bool {
	mantissa, exponent, ok := strings.Cut(strings.ToUpper(halfWidth(text)), "E+")
	if !ok || len(exponent) < 2 {
		return false
	}
	n, err := strconv.Atoi(exponent)
	first, _, _ := strings.Cut(mantissa, ".")
	_, err2 := strconv.ParseFloat(mantissa, 64)
	return err == nil && n > 0 && err2 == nil && len(strings.TrimPrefix(first, "-")) == 1
}

// plainNumber undoes what a workbook does to long numbers typed as numbers: 1.3800000001E10.
func plainNumber(s string, serial bool) string {
	if !serial || !strings.ContainsAny(s, "eE") || !strings.ContainsAny(s, "0123456789") {
		return s
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) >= 1<<53 {
		return s
	}
	return strconv.FormatFloat(f, 'f', 0, 64)
}

func whole(text string) (int64, bool) {
	t := strings.ReplaceAll(halfWidth(text), ",", "")
	if n, err := strconv.ParseInt(t, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(t, 64) // 3.0, as workbooks write it
	if err != nil || f != math.Trunc(f) || math.Abs(f) >= 1<<53 {
		return 0, false
	}
	return int64(f), true
}

func yesNo(text string) (yes, ok bool) {
	switch strings.ToLower(text) {
	case "1", "y", "yes", "true", "是", "有", "√", "✓":
		return true, true
	case "0", "n", "no", "false", "否", "无", "×":
		return false, true
	}
	return false, false
}

// dateLayouts and timeLayouts are tried in turn. Day and month in an order that could be either are not
// guessed: the mapping's layout says it.
var (
	dateLayouts = []string{"2006-1-2", "2006/1/2", "2006.1.2", "2006年1月2日", "20060102"}
	timeLayouts = []string{"", " 15:04:05.999999", " 15:04", "T15:04:05.999999", "T15:04", " 15时4分5秒", " 15时4分", " 15点4分"}
)

func (r reading) instant(layout, text string) (time.Time, bool) {
	text = halfWidth(text)
	if layout != "" {
		if t, err := time.ParseInLocation(layout, text, r.zone); err == nil {
			return t, true
		}
		if !r.serial {
			return time.Time{}, false
		}
	}
	if t, err := time.Parse(time.RFC3339Nano, strings.Replace(text, " ", "T", 1)); err == nil {
		return t.In(r.zone), true
	}
	for _, d := range dateLayouts {
		for _, c := range timeLayouts {
			if t, err := time.ParseInLocation(d+c, text, r.zone); err == nil {
				return t, true
			}
		}
	}
	if !r.serial {
		return time.Time{}, false
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n < 1 || n > 200_000 {
		return time.Time{}, false
	}
	t, err := excelize.ExcelDateToTime(n, r.d1904)
	if err != nil {
		return time.Time{}, false
	}
	t = t.Round(time.Second) // days with a fraction are not exact
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, r.zone), true
}
