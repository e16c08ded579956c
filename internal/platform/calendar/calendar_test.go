package calendar_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"anxin/internal/platform/calendar"
	"anxin/internal/platform/i18n"
)

func TestDate(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		days calendar.Date
		week time.Weekday
	}{
		{"1970-01-01", 0, time.Thursday},
		{"1969-12-28", -4, time.Sunday},
		{"2024-02-29", 19782, time.Thursday},
		{"2026-11-21", 20778, time.Saturday},
	} {
		d := date(t, tt.text)
		if d != tt.days || d.Weekday() != tt.week || d.String() != tt.text {
			t.Errorf("%s = %d %s %s, want %d %s", tt.text, d, d.Weekday(), d, tt.days, tt.week)
		}
	}
	if _, err := calendar.ParseDate("2026-02-29"); err == nil {
		t.Error("ParseDate(2026-02-29) passed, want an error")
	}
	late := time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC)
	loc := time.FixedZone("+8", 8*3600)
	if got := calendar.DateOf(late, loc).String(); got != "2027-01-01" {
		t.Errorf("DateOf = %s, want 2027-01-01", got)
	}
}

// An outlet with a lunch break that works on 2 October and closes on an
// ordinary Tuesday: its own exceptions outrank the national ones.
func TestLayers(t *testing.T) {
	t.Parallel()
	c := build(t, calendar.Spec{
		ID: "outlet", Zone: shanghai, Country: "CN",
		Weekly: calendar.MondayToFriday(calendar.Hours(9, 0, 12, 0), calendar.Hours(13, 30, 18, 0)),
		Exceptions: []calendar.Exception{
			{Date: calendar.NewDate(2026, 10, 2), Kind: calendar.Work, Name: "duty", Windows: []calendar.Window{calendar.Hours(10, 0, 16, 0)}},
			{Date: calendar.NewDate(2026, 10, 20), Kind: calendar.Off, Name: "stocktaking"},
			{Date: calendar.NewDate(2026, 10, 10), Kind: calendar.Off, Name: "no make-up here"},
		},
	})
	for _, tt := range []struct {
		day     string
		layer   calendar.Layer
		windows string
		legal   bool
	}{
		{"2026-10-01", calendar.LayerNational, "", true},
		{"2026-10-02", calendar.LayerOwn, "10:00-16:00", true}, // open, and still paid threefold
		{"2026-10-04", calendar.LayerNational, "", false},
		{"2026-10-10", calendar.LayerOwn, "", false},
		{"2026-10-19", calendar.LayerWeekly, "09:00-12:00 13:30-18:00", false},
		{"2026-10-20", calendar.LayerOwn, "", false},
		{"2026-09-20", calendar.LayerNational, "09:00-12:00 13:30-18:00", false}, // a Sunday worked like a Monday
		{"2026-09-19", calendar.LayerWeekly, "", false},
	} {
		got := c.Day(date(t, tt.day))
		var windows []string
		for _, w := range got.Windows {
			windows = append(windows, w.String())
		}
		if got.Layer != tt.layer || strings.Join(windows, " ") != tt.windows || got.Legal != tt.legal {
			t.Errorf("Day(%s) = %s %v legal %v, want %s [%s] %v", tt.day, got.Layer, windows, got.Legal, tt.layer, tt.windows, tt.legal)
		}
	}
	if e := c.Day(date(t, "2026-10-01")).Exception; e.SourceURL != "https://www.gov.cn/zhengce/zhengceku/202511/content_7047091.htm" || e.PublishedAt.String() != "2025-11-04" {
		t.Errorf("source of 2026-10-01 = %s %s, want the notice of 2025-11-04", e.SourceURL, e.PublishedAt)
	}
	// 30 minutes before lunch plus one hour ends after lunch; noon itself is still the morning's end.
	for hours, want := range map[time.Duration]string{30 * time.Minute: "2026-10-19 12:00", time.Hour: "2026-10-19 14:00", 5 * time.Hour: "2026-10-19 18:00", 5*time.Hour + time.Minute: "2026-10-21 09:01"} {
		if got := c.AddWorking(at(t, shanghai, "2026-10-19 11:30"), hours); !got.Equal(at(t, shanghai, want)) {
			t.Errorf("11:30 + %s = %s, want %s", hours, got.In(c.Location()), want)
		}
	}
}

func TestMakeUpHours(t *testing.T) {
	t.Parallel()
	weekly := calendar.MondayToFriday(calendar.Hours(9, 0, 18, 0))
	weekly[time.Monday] = nil
	weekly[time.Sunday] = []calendar.Window{calendar.Hours(10, 0, 12, 0)}
	s := calendar.Spec{ID: "x", Zone: shanghai, Country: "CN", Weekly: weekly}
	sunday := calendar.NewDate(2026, 1, 4) // make-up day
	if got := build(t, s).Day(sunday).Windows; len(got) != 1 || got[0].String() != "09:00-18:00" {
		t.Errorf("make-up Sunday = %v, want the hours of Tuesday, the first open weekday", got)
	}
	s.MakeUp = []calendar.Window{calendar.Hours(9, 30, 15, 0)}
	if got := build(t, s).Day(sunday).Windows; len(got) != 1 || got[0].String() != "09:30-15:00" {
		t.Errorf("make-up Sunday = %v, want the hours given", got)
	}
}

func TestWorkdayEnd(t *testing.T) {
	t.Parallel()
	c := nine(t)
	for _, tt := range []struct {
		start string
		n     int
		want  string
	}{
		{"2026-09-30 08:00", 0, "2026-09-30 18:00"},
		{"2026-09-30 17:59", 0, "2026-09-30 18:00"},
		{"2026-09-30 18:00", 0, "2026-10-08 18:00"}, // closed: the next working day, over the holidays
		{"2026-10-03 12:00", 0, "2026-10-08 18:00"},
		{"2026-09-30 08:00", 1, "2026-10-08 18:00"},
		{"2026-10-09 19:00", 1, "2026-10-10 18:00"}, // the make-up Saturday
		{"2026-01-30 10:00", 3, "2026-02-04 18:00"}, // over the month's end
	} {
		if got := c.WorkdayEnd(at(t, shanghai, tt.start), tt.n); !got.Equal(at(t, shanghai, tt.want)) {
			t.Errorf("WorkdayEnd(%s, %d) = %s, want %s", tt.start, tt.n, got.In(c.Location()), tt.want)
		}
	}
	around, err := calendar.New(calendar.Around("24x7", shanghai), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := around.WorkdayEnd(at(t, shanghai, "2026-10-01 10:00"), 0), at(t, shanghai, "2026-10-02 00:00"); !got.Equal(want) {
		t.Errorf("WorkdayEnd around the clock = %s, want %s", got, want)
	}
}

func TestAroundTheClock(t *testing.T) {
	t.Parallel()
	c, err := calendar.New(calendar.Around("24x7", "Europe/Berlin"), nil)
	if err != nil {
		t.Fatal(err)
	}
	start := at(t, "Europe/Berlin", "2026-03-28 12:00")
	if got, want := c.AddWorking(start, 24*time.Hour), start.Add(24*time.Hour); !got.Equal(want) {
		t.Errorf("AddWorking = %s, want %s (24 real hours over the clock change)", got, want)
	}
	if got := c.WorkingBetween(start, start.Add(-90*time.Minute)); got != -90*time.Minute {
		t.Errorf("WorkingBetween backwards = %s, want -90m", got)
	}
	d := calendar.NewDate(2026, 10, 1)
	if !c.IsWorkday(d) || c.AddWorkdays(d, 5) != d+5 || c.Provisional(calendar.NewDate(2040, 1, 1)) || !c.IsOpen(start) || !c.NextOpen(start).Equal(start) {
		t.Error("a 24x7 calendar must be open on every date and never be provisional")
	}
}

func TestDaylightSaving(t *testing.T) {
	t.Parallel()
	night := calendar.Spec{ID: "night", Zone: "Europe/Berlin", Weekly: calendar.EveryDay(calendar.Hours(1, 0, 4, 0))}
	c := build(t, night)
	for _, tt := range []struct {
		name, day string
		want      time.Duration
	}{
		{"ordinary", "2026-03-28", 3 * time.Hour},
		{"spring forward skips 02:00-03:00", "2026-03-29", 2 * time.Hour},
		{"fall back repeats 02:00-03:00", "2026-10-25", 4 * time.Hour},
	} {
		d := date(t, tt.day)
		var got time.Duration
		for _, s := range c.Spans(d) {
			got += s.To.Sub(s.From)
		}
		if got != tt.want {
			t.Errorf("%s: %s is %s long, want %s", tt.name, tt.day, got, tt.want)
		}
	}
	// A window wholly inside the skipped hour does not open at all that day.
	s := build(t, calendar.Spec{ID: "gap", Zone: "Europe/Berlin", Weekly: calendar.EveryDay(calendar.Hours(2, 0, 3, 0))})
	if d := calendar.NewDate(2026, 3, 29); s.IsWorkday(d) || s.AddWorkdays(d-1, 1) != d+1 {
		t.Error("2026-03-29 has no 02:00-03:00, yet it counts as a working day")
	}
	// Office hours keep the wall clock: Friday 16:00 + 4h is Monday 11:00, on either side of the change.
	office := build(t, calendar.Spec{ID: "office", Zone: "America/New_York", Weekly: calendar.MondayToFriday(calendar.Hours(9, 0, 18, 0))})
	for start, want := range map[string]string{"2026-03-06 16:00": "2026-03-09 11:00", "2026-10-30 16:00": "2026-11-02 11:00"} {
		if got := office.AddWorking(at(t, "America/New_York", start), 4*time.Hour); !got.Equal(at(t, "America/New_York", want)) {
			t.Errorf("%s + 4h = %s, want %s", start, got.In(office.Location()), want)
		}
	}
}

func TestNextOpen(t *testing.T) {
	t.Parallel()
	c := nine(t)
	for start, want := range map[string]string{
		"2026-09-30 17:59:59": "2026-09-30 17:59:59",
		"2026-09-30 18:00:00": "2026-10-08 09:00:00",
		"2026-10-08 03:00:00": "2026-10-08 09:00:00",
	} {
		got := c.NextOpen(at(t, shanghai, start))
		if !got.Equal(at(t, shanghai, want)) || !c.IsOpen(got) || got.Location() != time.UTC {
			t.Errorf("NextOpen(%s) = %s, want %s", start, got, want)
		}
	}
}

func TestSpecJSON(t *testing.T) {
	t.Parallel()
	const text = `{"schema":1,"id":"o1","version":3,"zone":"Asia/Shanghai","country":"CN","weekly":{"mon":["09:00-12:00","13:00-24:00"],"sun":["00:00-06:00"]},"exceptions":[{"date":"2026-10-20","kind":"OFF","name":"盘点"}]}`
	s, err := calendar.ParseSpec([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(s)
	if err != nil || string(b) != text {
		t.Errorf("round trip = %s, %v, want %s", b, err, text)
	}
	if s.Weekly[time.Sunday][0] != (calendar.Window{From: 0, To: 360}) {
		t.Errorf("Sunday = %v, want 00:00-06:00", s.Weekly[time.Sunday])
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	spec := func(text string) error { _, err := calendar.ParseSpec([]byte(text)); return err }
	year := func(text string) error { _, err := calendar.ParseYear([]byte(text)); return err }
	const head = `{"schema":1,"country":"CN","year":2028,"version":1,"provisional":false,"days":`
	for _, tt := range []struct {
		name  string
		err   error
		where string
		code  string
	}{
		{"not JSON", spec(`{"schema":1,`), "document", calendar.CodeSyntax},
		{"unknown field", spec(`{"schema":1,"zones":"x"}`), "document", calendar.CodeSyntax},
		{"trailing text", year(head + `[{"date":"2028-01-01","kind":"OFF","name":"x"}]} {}`), "byte", calendar.CodeSyntax},
		{"schema", spec(`{"schema":2,"id":"a","zone":"UTC","weekly":{"mon":["09:00-10:00"]}}`), "schema", calendar.CodeSchema},
		{"no id", spec(`{"schema":1,"zone":"UTC","weekly":{"mon":["09:00-10:00"]}}`), "id", calendar.CodeRequired},
		{"zone", spec(`{"schema":1,"id":"a","zone":"Mars/Base","weekly":{"mon":["09:00-10:00"]}}`), "zone", calendar.CodeZone},
		{"host's zone", spec(`{"schema":1,"id":"a","zone":"Local","weekly":{"mon":["09:00-10:00"]}}`), "zone", calendar.CodeZone},
		{"never open", spec(`{"schema":1,"id":"a","zone":"UTC"}`), "weekly", calendar.CodeNeverOpen},
		{"weekday", spec(`{"schema":1,"id":"a","zone":"UTC","weekly":{"monday":["09:00-10:00"]}}`), "document", calendar.CodeSyntax},
		{"backwards", spec(`{"schema":1,"id":"a","zone":"UTC","weekly":{"mon":["10:00-09:00"]}}`), "weekly.mon[0]", calendar.CodeWindow},
		{"overlap", spec(`{"schema":1,"id":"a","zone":"UTC","weekly":{"tue":["09:00-12:00","11:00-13:00"]}}`), "weekly.tue[1]", calendar.CodeOrder},
		{"past midnight", spec(`{"schema":1,"id":"a","zone":"UTC","weekly":{"mon":["22:00-24:30"]}}`), "document", calendar.CodeSyntax},
		{"exception twice", spec(`{"schema":1,"id":"a","zone":"UTC","weekly":{"mon":["09:00-10:00"]},"exceptions":[{"date":"2026-01-01","kind":"OFF","name":""},{"date":"2026-01-01","kind":"WORK","name":""}]}`), "exceptions[1].date", calendar.CodeDuplicate},
		{"off with hours", spec(`{"schema":1,"id":"a","zone":"UTC","weekly":{"mon":["09:00-10:00"]},"exceptions":[{"date":"2026-01-01","kind":"OFF","name":"","windows":["09:00-10:00"]}]}`), "exceptions[0].windows", calendar.CodeOffHours},
		{"kind", year(head + `[{"date":"2028-01-01","kind":"HALF","name":"x"}]}`), "days[0].kind", calendar.CodeKind},
		{"other year", year(head + `[{"date":"2029-03-01","kind":"OFF","name":"x"}]}`), "days[0].date", calendar.CodeOutside},
		{"bad date", year(head + `[{"date":"2028-02-30","kind":"OFF","name":"x"}]}`), "document", calendar.CodeSyntax},
		{"legal and worked", year(head + `[{"date":"2028-01-01","kind":"WORK","name":"x","legal":true}]}`), "days[0].legal", calendar.CodeLegalWork},
		{"empty", year(head + `[]}`), "days", calendar.CodeRequired},
		{"year", year(`{"schema":1,"country":"CN","year":28,"version":1,"provisional":false,"days":[]}`), "year", calendar.CodeYear},
	} {
		var issues calendar.Issues
		if !errors.As(tt.err, &issues) {
			t.Errorf("%s: error %v is not Issues", tt.name, tt.err)
			continue
		}
		found := false
		for _, i := range issues {
			found = found || (i.Code == tt.code && (i.Where == tt.where || strings.HasPrefix(i.Where, tt.where+" ") || tt.where == "document" && strings.HasPrefix(i.Where, "byte")))
		}
		if !found {
			t.Errorf("%s: issues %v, want %s at %s", tt.name, issues, tt.code, tt.where)
		}
	}
	if _, err := calendar.New(calendar.Spec{Schema: 1, ID: "a", Zone: "UTC", Country: "DE", Weekly: calendar.EveryDay(calendar.Hours(9, 0, 10, 0))}, calendar.China()); err == nil {
		t.Error("New with another country's holidays passed, want an error")
	}
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	for _, y := range calendar.China().Years() {
		data, _ := calendar.China().Year(y)
		if got := data.Validate(); len(got) != 0 {
			t.Errorf("built-in %d: %v, want no issue", y, got)
		}
	}
	data, _ := calendar.China().Year(2026)
	data.SourceURLs, data.Source = nil, ""
	data.Days = nil
	for d := calendar.NewDate(2026, 3, 7); d <= calendar.NewDate(2026, 3, 9); d++ { // Saturday to Monday worked
		data.Days = append(data.Days, calendar.Exception{Date: d, Kind: calendar.Work, Name: "x"})
	}
	want := map[string]bool{calendar.CodeNoLegalDays: true, calendar.CodeNoSource: true, calendar.CodeLongStretch: true, calendar.CodeWeekdayWork: true}
	for _, i := range data.Validate() {
		if !i.Warning || !want[i.Code] {
			t.Errorf("unexpected issue %v", i)
		}
		delete(want, i.Code)
	}
	if len(want) > 0 {
		t.Errorf("warnings missing: %v", want)
	}
}

// A firm imports the compiled list of 2027 once it is out: the year is
// published then, make-up days count and the legal days stay marked.
func TestImportYear(t *testing.T) {
	t.Parallel()
	y, err := calendar.ParseYear([]byte(`{"$schema":"x","$id":"y","year":2027,"papers":["https://www.gov.cn/example"],"days":[
		{"name":"元旦","date":"2027-01-01","isOffDay":true},{"name":"元旦","date":"2027-01-02","isOffDay":true},
		{"name":"元旦","date":"2027-01-03","isOffDay":true},{"name":"元旦","date":"2026-12-27","isOffDay":false}]}`))
	if err != nil {
		t.Fatal(err)
	}
	h, err := calendar.China().With(y)
	if err != nil {
		t.Fatal(err)
	}
	c, err := calendar.New(calendar.Spec{Schema: 1, ID: "x", Zone: shanghai, Country: "CN", Weekly: calendar.MondayToFriday(calendar.Hours(9, 0, 18, 0))}, h)
	if err != nil {
		t.Fatal(err)
	}
	if got := h.Status(2027); got != calendar.Published {
		t.Errorf("Status(2027) = %s, want published", got)
	}
	if !c.IsWorkday(calendar.NewDate(2026, 12, 27)) {
		t.Error("the make-up Sunday before New Year is named by next year's notice and must be worked")
	}
	if d := c.Day(calendar.NewDate(2027, 1, 1)); !d.Legal || d.Provisional || d.LegalName != "元旦" {
		t.Errorf("Day(2027-01-01) = %+v, want the legal day kept and not provisional", d)
	}
	if c.Day(calendar.NewDate(2027, 1, 2)).Legal {
		t.Error("2027-01-02 is a moved rest day, not a legal one")
	}
	if got := calendar.China().Status(2027); got != calendar.Provisional {
		t.Errorf("With changed the holidays it was called on: %s", got)
	}
	empty, err := calendar.ParseYear([]byte(`{"year":2028,"papers":[],"days":[]}`))
	if err != nil || !empty.Provisional {
		t.Errorf("an empty list = %+v, %v, want a provisional year", empty, err)
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	c, err := i18n.New(calendar.Words)
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{
		calendar.CodeSyntax, calendar.CodeSchema, calendar.CodeRequired, calendar.CodeZone, calendar.CodeCountry, calendar.CodeYear,
		calendar.CodeWindow, calendar.CodeOrder, calendar.CodeNeverOpen, calendar.CodeKind, calendar.CodeDuplicate, calendar.CodeOutside,
		calendar.CodeOffHours, calendar.CodeLegalWork, calendar.CodeNoLegalDays, calendar.CodeWeekdayWork, calendar.CodeLongStretch, calendar.CodeNoSource,
	} {
		for _, lang := range i18n.Languages() {
			if !c.Has(lang, "problem."+code) {
				t.Errorf("no words for %s in %s", code, lang)
			}
		}
	}
}

func BenchmarkAddWorking(b *testing.B) {
	c, err := calendar.New(calendar.Spec{Schema: 1, ID: "x", Zone: shanghai, Country: "CN", Weekly: calendar.MondayToFriday(calendar.Hours(9, 0, 18, 0))}, calendar.China())
	if err != nil {
		b.Fatal(err)
	}
	start := time.Date(2026, 2, 14, 9, 30, 0, 0, time.UTC)
	for b.Loop() {
		c.AddWorking(start, 3000*time.Hour)
	}
}

// TestAddMonths: a day that the month does not have becomes its last.
func TestAddMonths(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		from   calendar.Date
		months int
		want   calendar.Date
	}{
		{calendar.NewDate(2026, 6, 20), 12, calendar.NewDate(2027, 6, 20)},
		{calendar.NewDate(2024, 2, 29), 12, calendar.NewDate(2025, 2, 28)},
		{calendar.NewDate(2025, 11, 30), 3, calendar.NewDate(2026, 2, 28)},
		{calendar.NewDate(2026, 1, 31), -2, calendar.NewDate(2025, 11, 30)},
	} {
		if got := tt.from.AddMonths(tt.months); got != tt.want {
			t.Errorf("%s and %d months = %s, want %s", tt.from, tt.months, got, tt.want)
		}
	}
}
