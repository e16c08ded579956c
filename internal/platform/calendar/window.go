package calendar

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// DayMinutes is the length of a day on the wall clock.
const DayMinutes = 24 * 60

// Window is a span of opening time within one date, in minutes from midnight
// on the wall clock. Its text form is "09:00-18:00"; the end may be "24:00".
// Invariant of a valid window: 0 <= From < To <= DayMinutes.
type Window struct {
	From, To int
}

// Hours returns the window between two wall-clock times given as hour and
// minute.
func Hours(fromHour, fromMinute, toHour, toMinute int) Window {
	return Window{From: fromHour*60 + fromMinute, To: toHour*60 + toMinute}
}

// String returns "09:00-18:00".
func (w Window) String() string {
	return fmt.Sprintf("%02d:%02d-%02d:%02d", w.From/60, w.From%60, w.To/60, w.To%60)
}

// MarshalText returns "09:00-18:00".
func (w Window) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText reads "09:00-18:00".
func (w *Window) UnmarshalText(b []byte) error {
	from, to, ok := strings.Cut(string(b), "-")
	f, okFrom := parseMinutes(from)
	t, okTo := parseMinutes(to)
	if !ok || !okFrom || !okTo {
		return fmt.Errorf("window %q is not of the form 09:00-18:00", b)
	}
	*w = Window{From: f, To: t}
	return nil
}

func parseMinutes(s string) (int, bool) {
	s = strings.TrimSpace(s)
	if len(s) != 5 || s[2] != ':' {
		return 0, false
	}
	h, errH := strconv.ParseUint(s[:2], 10, 8)
	m, errM := strconv.ParseUint(s[3:], 10, 8)
	if errH != nil || errM != nil || m > 59 || h*60+m > DayMinutes {
		return 0, false
	}
	return int(h*60 + m), true
}

// Weekly holds the windows of each day of the week, indexed by [time.Weekday].
// Its JSON form is an object {"mon": ["09:00-12:00", "13:00-18:00"], …};
// a day left out is closed.
type Weekly [7][]Window

var weekdayKeys = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// weekFromMonday is the order in which people and messages go through a week.
var weekFromMonday = [7]time.Weekday{
	time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday,
}

// MondayToFriday opens the windows from Monday to Friday.
func MondayToFriday(windows ...Window) Weekly {
	var w Weekly
	for d := time.Monday; d <= time.Friday; d++ {
		w[d] = windows
	}
	return w
}

// EveryDay opens the windows on all seven days.
func EveryDay(windows ...Window) Weekly {
	w := MondayToFriday(windows...)
	w[time.Saturday], w[time.Sunday] = windows, windows
	return w
}

// MarshalJSON writes the open days from Monday on.
func (w Weekly) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for _, d := range weekFromMonday {
		if len(w[d]) == 0 {
			continue
		}
		list, err := json.Marshal(w[d])
		if err != nil {
			return nil, err
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", weekdayKeys[d], list)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads the object form and refuses names that are no weekday.
func (w *Weekly) UnmarshalJSON(b []byte) error {
	var byName map[string][]Window
	if err := json.Unmarshal(b, &byName); err != nil {
		return err
	}
	var out Weekly
	for d, key := range weekdayKeys {
		if windows, ok := byName[key]; ok {
			out[d] = windows
			delete(byName, key)
		}
	}
	for name := range byName {
		return fmt.Errorf("weekly: %q is not one of mon, tue, wed, thu, fri, sat, sun", name)
	}
	*w = out
	return nil
}
