package calendar

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Schema is the version of the JSON form of [Year] and [Spec].
const Schema = 1

// Codes of issues, stable for translation.
const (
	CodeSyntax      = "calendar.syntax"       // not JSON of the expected form
	CodeSchema      = "calendar.schema"       // written for another version
	CodeRequired    = "calendar.required"     // must not be empty
	CodeZone        = "calendar.zone"         // no such time zone
	CodeCountry     = "calendar.country"      // another country's data
	CodeYear        = "calendar.year"         // no plausible year
	CodeWindow      = "calendar.window"       // not 00:00 <= from < to <= 24:00
	CodeOrder       = "calendar.order"        // windows overlap or are not in order
	CodeNeverOpen   = "calendar.never_open"   // no weekday has a window
	CodeKind        = "calendar.kind"         // neither OFF nor WORK
	CodeDuplicate   = "calendar.duplicate"    // the date is named twice
	CodeOutside     = "calendar.outside"      // the date is not of this year
	CodeOffHours    = "calendar.off_hours"    // a day off with windows
	CodeLegalWork   = "calendar.legal_work"   // a legal holiday that is worked
	CodeNoLegalDays = "calendar.no_legal_day" // warning: legal days are not marked
	CodeWeekdayWork = "calendar.weekday_work" // warning: a make-up day from Monday to Friday
	CodeLongStretch = "calendar.long_stretch" // warning: more than six working days in a row
	CodeNoSource    = "calendar.no_source"    // warning: a published year without a source
)

// Issue is one fault of imported data and where it is, "days[3].date".
type Issue struct {
	Where   string `json:"where"`
	Code    string `json:"code"`
	Detail  string `json:"detail,omitempty"`
	Warning bool   `json:"warning,omitempty"` // may be accepted by a person
}

// Issues are the faults of one document. As an error it names them all.
type Issues []Issue

// Error joins the issues into one line.
func (is Issues) Error() string {
	parts := make([]string, len(is))
	for i, s := range is {
		parts[i] = s.Where + ": " + strings.TrimSuffix(s.Code+" "+s.Detail, " ")
	}
	return strings.Join(parts, "; ")
}

// Errors returns the issues that are not warnings.
func (is Issues) Errors() Issues {
	return slices.DeleteFunc(slices.Clone(is), func(i Issue) bool { return i.Warning })
}

func (is *Issues) add(where, code, detail string) {
	*is = append(*is, Issue{Where: where, Code: code, Detail: detail})
}

func (is *Issues) warn(where, code, detail string) {
	*is = append(*is, Issue{Where: where, Code: code, Detail: detail, Warning: true})
}

// ParseYear reads one year in our own form or in that of NateScarlet/holiday-cn
// ({"year", "papers", "days": [{"name", "date", "isOffDay"}]}), which marks no
// legal days. It fails with [Issues]; warnings are left to [Year.Validate].
func ParseYear(b []byte) (Year, error) {
	var probe struct {
		Schema json.RawMessage `json:"schema"`
		Papers json.RawMessage `json:"papers"`
	}
	if err := json.Unmarshal(b, &probe); err != nil {
		return Year{}, syntaxIssue(err)
	}
	var y Year
	if probe.Schema == nil && probe.Papers != nil {
		var err error
		if y, err = parseHolidayCN(b); err != nil {
			return Year{}, err
		}
	} else if err := decodeStrict(b, &y); err != nil {
		return Year{}, err
	}
	if issues := y.Validate().Errors(); len(issues) > 0 {
		return Year{}, issues
	}
	return y, nil
}

func parseHolidayCN(b []byte) (Year, error) {
	var in struct {
		JSONSchema string   `json:"$schema"`
		JSONID     string   `json:"$id"`
		Year       int      `json:"year"`
		Papers     []string `json:"papers"`
		Days       []struct {
			Name     string `json:"name"`
			Date     Date   `json:"date"`
			IsOffDay bool   `json:"isOffDay"`
		} `json:"days"`
	}
	if err := decodeStrict(b, &in); err != nil {
		return Year{}, err
	}
	y := Year{
		Schema: Schema, Country: "CN", Year: in.Year, Version: 1, Source: "NateScarlet/holiday-cn (MIT)", SourceURLs: in.Papers,
		Provisional: len(in.Days) == 0, // an empty list is the compilers' way to say "not published"
	}
	for _, d := range in.Days {
		kind := Work
		if d.IsOffDay {
			kind = Off
		}
		y.Days = append(y.Days, Exception{Date: d.Date, Kind: kind, Name: d.Name})
	}
	return y, nil
}

// ParseSpec reads a calendar and validates it. It fails with [Issues].
func ParseSpec(b []byte) (Spec, error) {
	var s Spec
	if err := decodeStrict(b, &s); err != nil {
		return Spec{}, err
	}
	if issues := s.Validate().Errors(); len(issues) > 0 {
		return Spec{}, issues
	}
	return s, nil
}

// decodeStrict refuses unknown fields, so that a misspelt one is not lost, and
// anything after the document.
func decodeStrict(b []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return syntaxIssue(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Issues{{Where: fmt.Sprintf("byte %d", dec.InputOffset()), Code: CodeSyntax, Detail: "text after the document"}}
	}
	return nil
}

func syntaxIssue(err error) Issues {
	where := "document"
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		where = fmt.Sprintf("byte %d", syntax.Offset)
	case errors.As(err, &kind):
		where = fmt.Sprintf("%s (byte %d)", kind.Field, kind.Offset)
	}
	return Issues{{Where: where, Code: CodeSyntax, Detail: err.Error()}}
}

// Validate returns what is wrong with a year, and as warnings what is odd.
func (y Year) Validate() Issues {
	var is Issues
	if y.Schema != Schema {
		is.add("schema", CodeSchema, fmt.Sprint(y.Schema))
	}
	if y.Country == "" {
		is.add("country", CodeRequired, "")
	}
	if y.Year < 1970 || y.Year > 2200 {
		is.add("year", CodeYear, fmt.Sprint(y.Year))
		return is // every date would be reported as outside
	}
	if !y.Provisional && len(y.Days) == 0 {
		is.add("days", CodeRequired, "")
	}
	first, last := NewDate(y.Year-1, time.December, 15), NewDate(y.Year+1, time.January, 15)
	for i, e := range y.Days {
		if e.Date < first || e.Date > last {
			is.add(fmt.Sprintf("days[%d].date", i), CodeOutside, e.Date.String())
		}
		if w := e.Date.Weekday(); e.Kind == Work && w != time.Saturday && w != time.Sunday {
			is.warn(fmt.Sprintf("days[%d].date", i), CodeWeekdayWork, e.Date.String())
		}
	}
	validateExceptions(&is, "days", y.Days)
	if len(y.LegalDays()) == 0 {
		is.warn("days", CodeNoLegalDays, "")
	}
	if !y.Provisional && len(y.SourceURLs) == 0 && y.Source == "" {
		is.warn("source", CodeNoSource, "")
	}
	if len(is.Errors()) == 0 && !y.Provisional {
		if n, end := y.longestStretch(); n > 6 {
			is.warn("days", CodeLongStretch, fmt.Sprintf("%d to %s", n, end))
		}
	}
	return is
}

// longestStretch returns the longest run of working days within the year on a
// Monday to Friday pattern and its last day. The law's article 7 wants at most
// six before and after a holiday, generally: more hints at a mistyped date.
func (y Year) longestStretch() (longest int, end Date) {
	kinds := map[Date]Kind{}
	for _, e := range y.Days {
		kinds[e.Date] = e.Kind
	}
	run := 0
	for d := NewDate(y.Year, time.January, 1); d <= NewDate(y.Year, time.December, 31); d++ {
		w := d.Weekday()
		work := w != time.Saturday && w != time.Sunday
		if k, ok := kinds[d]; ok {
			work = k == Work
		}
		if !work {
			run = 0
			continue
		}
		if run++; run > longest {
			longest, end = run, d
		}
	}
	return longest, end
}

func validateExceptions(is *Issues, where string, list []Exception) {
	seen := map[Date]bool{}
	for i, e := range list {
		at := func(field string) string { return fmt.Sprintf("%s[%d].%s", where, i, field) }
		switch {
		case e.Date.IsZero():
			is.add(at("date"), CodeRequired, "")
		case seen[e.Date]:
			is.add(at("date"), CodeDuplicate, e.Date.String())
		}
		seen[e.Date] = true
		switch e.Kind {
		case Off:
			if len(e.Windows) > 0 {
				is.add(at("windows"), CodeOffHours, e.Date.String())
			}
		case Work:
			if e.Legal {
				is.add(at("legal"), CodeLegalWork, e.Date.String())
			}
			validateWindows(is, at("windows"), e.Windows)
		default:
			is.add(at("kind"), CodeKind, string(e.Kind))
		}
	}
}

func validateWindows(is *Issues, where string, windows []Window) {
	for i, w := range windows {
		at := fmt.Sprintf("%s[%d]", where, i)
		if w.From < 0 || w.To > DayMinutes || w.From >= w.To {
			is.add(at, CodeWindow, w.String())
		} else if i > 0 && w.From < windows[i-1].To {
			is.add(at, CodeOrder, w.String())
		}
	}
}

// Validate returns what is wrong with a calendar.
func (s Spec) Validate() Issues {
	var is Issues
	if s.Schema != Schema {
		is.add("schema", CodeSchema, fmt.Sprint(s.Schema))
	}
	if s.ID == "" {
		is.add("id", CodeRequired, "")
	}
	if s.Zone == "" {
		is.add("zone", CodeRequired, "") // "" would load as UTC
	} else if _, err := time.LoadLocation(s.Zone); err != nil || s.Zone == "Local" {
		is.add("zone", CodeZone, s.Zone)
	}
	if s.AllDay {
		return is // nothing else is looked at
	}
	open := false
	for _, d := range weekFromMonday {
		validateWindows(&is, "weekly."+weekdayKeys[d], s.Weekly[d])
		open = open || len(s.Weekly[d]) > 0
	}
	if !open {
		is.add("weekly", CodeNeverOpen, "")
	}
	validateWindows(&is, "make_up", s.MakeUp)
	validateExceptions(&is, "exceptions", s.Exceptions)
	return is
}
