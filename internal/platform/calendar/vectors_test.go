package calendar_test

import (
	"slices"
	"testing"
	"time"

	"anxin/internal/platform/calendar"
)

// nine is the calendar of the published vectors: Monday to Friday, 09:00 to
// 18:00 without a break, over China's holidays.
func nine(t *testing.T) *calendar.Calendar {
	t.Helper()
	return build(t, calendar.Spec{ID: "nine", Zone: "Asia/Shanghai", Country: "CN", Weekly: calendar.MondayToFriday(calendar.Hours(9, 0, 18, 0))})
}

func build(t *testing.T, s calendar.Spec) *calendar.Calendar {
	t.Helper()
	s.Schema, s.Version = calendar.Schema, 1
	c, err := calendar.New(s, calendar.China())
	if err != nil {
		t.Fatalf("New(%s): %v", s.ID, err)
	}
	return c
}

func date(t *testing.T, s string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// at reads "2006-01-02 15:04" or with seconds in a zone.
func at(t *testing.T, zone, s string) time.Time {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	layout := "2006-01-02 15:04"
	if len(s) > len(layout) {
		layout += ":05"
	}
	v, err := time.ParseInLocation(layout, s, loc)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

const shanghai = "Asia/Shanghai"

func TestAddWorkdaysVectors(t *testing.T) {
	t.Parallel()
	c := nine(t)
	for _, tt := range []struct {
		start string
		n     int
		want  string
	}{
		{"2024-02-09", 1, "2024-02-18"},
		{"2024-04-30", 3, "2024-05-08"},
		{"2024-09-30", 5, "2024-10-12"},
		{"2025-01-27", 5, "2025-02-10"},
		{"2025-09-30", 3, "2025-10-11"},
		{"2025-12-31", 2, "2026-01-05"},
		{"2026-02-13", 3, "2026-02-25"},
		{"2026-02-14", 1, "2026-02-24"},
		{"2026-04-30", 3, "2026-05-08"},
		{"2026-09-24", 3, "2026-09-30"},
		{"2026-09-30", 7, "2026-10-15"},
		{"2026-09-30", 15, "2026-10-27"},
		{"2026-06-18", 1, "2026-06-22"},
		{"2026-06-18", 0, "2026-06-18"},
		{"2026-06-20", 0, "2026-06-20"},  // a rest day stays when nothing is added
		{"2026-06-22", -1, "2026-06-18"}, // back over 端午
		{"2026-01-04", -2, "2025-12-30"}, // back over the year's end
		{"2024-01-02", -1, "2023-12-29"}, // into a year without data: weekly pattern
	} {
		if got := c.AddWorkdays(date(t, tt.start), tt.n); got != date(t, tt.want) {
			t.Errorf("AddWorkdays(%s, %d) = %s, want %s", tt.start, tt.n, got, tt.want)
		}
	}
}

func TestAddWorkingVectors(t *testing.T) {
	t.Parallel()
	c := nine(t)
	for _, tt := range []struct {
		start string
		hours int
		want  string
	}{
		{"2026-02-14 17:30", 2, "2026-02-24 10:30"},
		{"2026-09-30 16:00", 4, "2026-10-08 11:00"},
		{"2026-09-24 17:00", 8, "2026-09-28 16:00"},
		{"2026-04-30 20:00", 1, "2026-05-06 10:00"},
		{"2026-10-10 09:00", 9, "2026-10-10 18:00"},
		{"2025-10-08 12:00", 1, "2025-10-09 10:00"},
		{"2025-09-28 10:00", 24, "2025-09-30 16:00"},
		{"2026-01-03 10:00", 1, "2026-01-04 10:00"},
		{"2026-01-03 10:00", 0, "2026-01-03 10:00"},
	} {
		start := at(t, shanghai, tt.start)
		work := time.Duration(tt.hours) * time.Hour
		got := c.AddWorking(start, work)
		if want := at(t, shanghai, tt.want); !got.Equal(want) {
			t.Errorf("AddWorking(%s, %dh) = %s, want %s", tt.start, tt.hours, got.In(c.Location()), tt.want)
		}
		if back := c.WorkingBetween(start, got); back != work {
			t.Errorf("WorkingBetween(%s, %s) = %s, want %s", tt.start, tt.want, back, work)
		}
	}
}

func TestWorkdaysPerMonth(t *testing.T) {
	t.Parallel()
	c := nine(t)
	for _, tt := range []struct {
		year  int
		want  []int
		total int
	}{
		{2024, []int{22, 18, 21, 22, 21, 19, 23, 22, 21, 19, 21, 22}, 251},
		{2025, []int{19, 19, 21, 22, 19, 20, 23, 21, 23, 18, 20, 23}, 248},
		{2026, []int{21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23}, 248},
	} {
		var got []int
		for m := time.January; m <= time.December; m++ {
			got = append(got, c.Workdays(calendar.NewDate(tt.year, m, 1), calendar.NewDate(tt.year, m+1, 1)))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("working days of %d = %v, want %v", tt.year, got, tt.want)
		}
		first, next := calendar.NewDate(tt.year, 1, 1), calendar.NewDate(tt.year+1, 1, 1)
		if got := c.Workdays(first, next); got != tt.total {
			t.Errorf("working days of %d = %d, want %d", tt.year, got, tt.total)
		}
		if got := c.Workdays(next, first); got != -tt.total {
			t.Errorf("working days of %d backwards = %d, want %d", tt.year, got, -tt.total)
		}
	}
}

// The provisional year counts 254 working days, the law wants 248: the six
// legal days on weekends are owed.
func TestProvisional2027(t *testing.T) {
	t.Parallel()
	c := nine(t)
	if got := c.Workdays(calendar.NewDate(2027, 1, 1), calendar.NewDate(2028, 1, 1)); got != 254 {
		t.Errorf("working days of 2027 = %d, want 254", got)
	}
	y, ok := calendar.China().Year(2027)
	if !ok || !y.Provisional {
		t.Fatalf("Year(2027) = %v, %v, want a provisional year", y.Provisional, ok)
	}
	if got := y.OwedDays(); got != 6 {
		t.Errorf("OwedDays(2027) = %d, want 6", got)
	}
	for day, want := range map[string]bool{"2023-12-31": true, "2024-01-01": false, "2026-12-31": false, "2027-01-01": true, "2028-06-01": true} {
		if got := c.Provisional(date(t, day)); got != want {
			t.Errorf("Provisional(%s) = %v, want %v", day, got, want)
		}
	}
	// A due date that runs over the year's end lands in the provisional year.
	due := c.AddWorking(at(t, shanghai, "2026-12-31 17:00"), 2*time.Hour)
	if want := at(t, shanghai, "2027-01-04 10:00"); !due.Equal(want) || !c.ProvisionalAt(due) {
		t.Errorf("due = %s, provisional %v, want %s, true", due.In(c.Location()), c.ProvisionalAt(due), want)
	}
	if c.ProvisionalAt(at(t, "UTC", "2026-12-31 15:59")) || !c.ProvisionalAt(at(t, "UTC", "2026-12-31 16:00")) {
		t.Error("ProvisionalAt must look at the local date")
	}
}

func TestLegalDays(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		year int
		want []string
	}{
		{2024, []string{"01-01", "02-10", "02-11", "02-12", "04-04", "05-01", "06-10", "09-17", "10-01", "10-02", "10-03"}},
		{2025, []string{"01-01", "01-28", "01-29", "01-30", "01-31", "04-04", "05-01", "05-02", "05-31", "10-01", "10-02", "10-03", "10-06"}},
		{2026, []string{"01-01", "02-16", "02-17", "02-18", "02-19", "04-05", "05-01", "05-02", "06-19", "09-25", "10-01", "10-02", "10-03"}},
		{2027, []string{"01-01", "02-05", "02-06", "02-07", "02-08", "04-05", "05-01", "05-02", "06-09", "09-15", "10-01", "10-02", "10-03"}},
	} {
		y, ok := calendar.China().Year(tt.year)
		if !ok {
			t.Fatalf("no data for %d", tt.year)
		}
		var got []string
		for _, e := range y.LegalDays() {
			got = append(got, e.Date.String()[5:])
			if e.Kind != calendar.Off {
				t.Errorf("legal day %s is %s, want OFF", e.Date, e.Kind)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("legal days of %d = %v, want %v", tt.year, got, tt.want)
		}
	}
}

// Every off period and make-up day of the three notices.
func TestSchedules(t *testing.T) {
	t.Parallel()
	c := nine(t)
	off := [][2]string{
		{"2024-01-01", "2024-01-01"},
		{"2024-02-10", "2024-02-17"},
		{"2024-04-04", "2024-04-06"},
		{"2024-05-01", "2024-05-05"},
		{"2024-06-08", "2024-06-10"},
		{"2024-09-15", "2024-09-17"},
		{"2024-10-01", "2024-10-07"},
		{"2025-01-01", "2025-01-01"},
		{"2025-01-28", "2025-02-04"},
		{"2025-04-04", "2025-04-06"},
		{"2025-05-01", "2025-05-05"},
		{"2025-05-31", "2025-06-02"},
		{"2025-10-01", "2025-10-08"},
		{"2026-01-01", "2026-01-03"},
		{"2026-02-15", "2026-02-23"},
		{"2026-04-04", "2026-04-06"},
		{"2026-05-01", "2026-05-05"},
		{"2026-06-19", "2026-06-21"},
		{"2026-09-25", "2026-09-27"},
		{"2026-10-01", "2026-10-07"},
	}
	work := []string{
		"2024-02-04", "2024-02-18", "2024-04-07", "2024-04-28", "2024-05-11", "2024-09-14", "2024-09-29", "2024-10-12",
		"2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11",
		"2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
	}
	exceptional := map[calendar.Date]bool{}
	for _, p := range off {
		for d := date(t, p[0]); d <= date(t, p[1]); d++ {
			exceptional[d] = false
		}
	}
	for _, s := range work {
		exceptional[date(t, s)] = true
	}
	for d := date(t, "2024-01-01"); d <= date(t, "2026-12-31"); d++ {
		want, ok := exceptional[d]
		if !ok {
			want = d.Weekday() != time.Saturday && d.Weekday() != time.Sunday
		}
		if got := c.IsWorkday(d); got != want {
			t.Errorf("IsWorkday(%s %s) = %v, want %v", d, d.Weekday(), got, want)
		}
		if got := c.Day(d).Layer == calendar.LayerNational; ok && !got && d.Weekday() != time.Saturday && d.Weekday() != time.Sunday {
			t.Errorf("Day(%s) is not decided nationally", d)
		}
	}
	for year, want := range map[int]int{2024: 6, 2025: 5, 2026: 6} {
		longest, run := 0, 0
		for d := calendar.NewDate(year, 1, 1); d.Year() == year; d++ {
			if run++; !c.IsWorkday(d) {
				run = 0
			}
			longest = max(longest, run)
		}
		if longest != want {
			t.Errorf("longest working run of %d = %d, want %d", year, longest, want)
		}
	}
}
