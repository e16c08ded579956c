package calendar

import (
	"fmt"
	"sync"
	"time"
)

const daySeconds = 24 * 60 * 60

// zones are those that were asked for by [Zone].
var zones sync.Map // name → *time.Location

// Zone is [time.LoadLocation], which reads a file each time, for zones of records: what was loaded is kept, so names that
// strangers may send do not belong here.
func Zone(name string) (*time.Location, error) {
	if loc, ok := zones.Load(name); ok {
		return loc.(*time.Location), nil
	}
	loc, err := time.LoadLocation(name)
	if err == nil {
		zones.Store(name, loc)
	}
	return loc, err
}

// Date is a day of the civil calendar without zone, counted from 1970-01-01.
// Its text and JSON form is "2006-01-02". The zero Date is 1970-01-01 and
// stands for "not given" where a date is optional.
type Date int32

// NewDate returns the day; values out of range carry over as in [time.Date].
func NewDate(year int, month time.Month, day int) Date {
	return Date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / daySeconds)
}

// DateOf returns the day that a wall calendar in loc shows at t.
func DateOf(t time.Time, loc *time.Location) Date {
	return NewDate(t.In(loc).Date())
}

// ParseDate reads "2006-01-02".
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("date %q is not of the form 2006-01-02", s)
	}
	return Date(t.Unix() / daySeconds), nil
}

// UTC returns midnight of the day in UTC.
func (d Date) UTC() time.Time { return time.Unix(int64(d)*daySeconds, 0).UTC() }

// Civil returns year, month and day of the month.
func (d Date) Civil() (int, time.Month, int) { return d.UTC().Date() }

// Year returns the year of the day.
func (d Date) Year() int { return d.UTC().Year() }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday {
	return time.Weekday(((int(d)+4)%7 + 7) % 7) // 1970-01-01 was a Thursday
}

// IsZero tells whether d is the zero Date, "not given".
func (d Date) IsZero() bool { return d == 0 }

// String returns "2006-01-02".
func (d Date) String() string { return d.UTC().Format(time.DateOnly) }

// MarshalText returns "2006-01-02".
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads "2006-01-02".
func (d *Date) UnmarshalText(b []byte) error {
	v, err := ParseDate(string(b))
	if err != nil {
		return err
	}
	*d = v
	return nil
}

// AddMonths moves a day on by months; a day that the month does not have becomes its last.
func (d Date) AddMonths(months int) Date {
	y, m, day := d.Civil()
	first := time.Date(y, m+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return NewDate(first.Year(), first.Month(), min(day, last))
}
