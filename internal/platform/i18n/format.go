package i18n

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

var (
	weekdaysChinese = [...]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}
	weekdaysEnglish = [...]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}
	weekdaysJapan   = [...]string{"日", "月", "火", "水", "木", "金", "土"}
	weekdaysKorea   = [...]string{"일", "월", "화", "수", "목", "금", "토"}
)

// Date tells the day of t in zone: "11月21日 周六", "Sat 21 Nov", "11月21日(土)", "11월 21일(토)".
func Date(lang string, t time.Time, zone *time.Location) string {
	t = t.In(zone)
	switch lang {
	case English:
		return weekdaysEnglish[t.Weekday()] + t.Format(" 2 Jan")
	case Japanese:
		return fmt.Sprintf("%d月%d日(%s)", t.Month(), t.Day(), weekdaysJapan[t.Weekday()])
	case Korean:
		return fmt.Sprintf("%d월 %d일(%s)", t.Month(), t.Day(), weekdaysKorea[t.Weekday()])
	}
	return fmt.Sprintf("%d月%d日 %s", t.Month(), t.Day(), weekdaysChinese[t.Weekday()])
}

// LongDate tells the day with its year: "2026年11月21日", "21 Nov 2026".
func LongDate(lang string, t time.Time, zone *time.Location) string {
	t = t.In(zone)
	switch lang {
	case English:
		return t.Format("2 Jan 2006")
	case Korean:
		return fmt.Sprintf("%d년 %d월 %d일", t.Year(), t.Month(), t.Day())
	}
	return fmt.Sprintf("%d年%d月%d日", t.Year(), t.Month(), t.Day())
}

// Clock tells the time of day on the 24-hour clock: "14:05".
func Clock(t time.Time, zone *time.Location) string { return t.In(zone).Format("15:04") }

// DateTime tells day and time: "11月21日 周六 14:00", "Sat 21 Nov, 14:00".
func DateTime(lang string, t time.Time, zone *time.Location) string {
	return Date(lang, t, zone) + dayGap(lang) + Clock(t, zone)
}

func dayGap(lang string) string {
	if lang == English {
		return ", "
	}
	return " "
}

// Window tells a span such as a promised window: "11月21日 周六 14:00–16:00",
// "Sat 21 Nov, 14:00–16:00". An end at midnight is told as 24:00 of the day
// before; a span over days names both.
func Window(lang string, from, to time.Time, zone *time.Location) string {
	from, to = from.In(zone), to.In(zone)
	start := DateTime(lang, from, zone)
	y, m, d := from.Date()
	switch {
	case sameDay(from, to):
		return start + "–" + Clock(to, zone)
	case to.Equal(time.Date(y, m, d+1, 0, 0, 0, 0, zone)):
		return start + "–24:00"
	}
	return start + " – " + DateTime(lang, to, zone)
}

func sameDay(a, b time.Time) bool {
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	return ay == by && am == bm && ad == bd
}

// Duration tells a span by its two largest units, the rest cut off, so that
// time left is never overstated: "2小时15分", "2 h 15 min". Days count 24 hours.
func Duration(lang string, d time.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
		if d < 0 { // the smallest value has no positive
			d = math.MaxInt64
		}
	}
	days, hours := int64(d/(24*time.Hour)), int64(d/time.Hour)%24
	minutes, seconds := int64(d/time.Minute)%60, int64(d/time.Second)%60
	u, ok := durations[lang]
	if !ok {
		u = durations[Chinese]
	}
	var parts []string
	add := func(n int64, unit string) {
		if n != 0 {
			parts = append(parts, strconv.FormatInt(n, 10)+unit)
		}
	}
	switch {
	case days > 0:
		add(days, u.days)
		add(hours, u.hours)
	case hours > 0:
		add(hours, u.hours)
		add(minutes, u.beside)
	case minutes > 0:
		add(minutes, u.minutes)
	case seconds > 0:
		add(seconds, u.seconds)
	default:
		return "0" + u.seconds
	}
	return sign + strings.Join(parts, u.gap)
}

// durationWords are the units of spans; beside is the minute after an hour.
type durationWords struct{ days, hours, beside, minutes, seconds, gap string }

var durations = map[string]durationWords{
	Chinese:  {"天", "小时", "分", "分钟", "秒", ""},
	English:  {" d", " h", " min", " min", " s", " "},
	Japanese: {"日", "時間", "分", "分", "秒", ""},
	Korean:   {"일", "시간", "분", "분", "초", " "},
}

// Number groups the digits in threes: "1,234,567". All languages write so.
func Number(_ string, n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	return sign + group(s)
}

func group(digits string) string {
	var out strings.Builder
	for i, r := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out.WriteByte(',')
		}
		out.WriteRune(r)
	}
	return out.String()
}

// Decimal prints f with the given number of places, or with as many as needed
// when places is negative.
func Decimal(_ string, f float64, places int) string {
	s := strconv.FormatFloat(f, 'f', places, 64)
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	whole, fraction, found := strings.Cut(s, ".")
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return sign + s
	}
	if !found {
		return sign + group(whole)
	}
	return sign + group(whole) + "." + fraction
}

// Percent prints a ratio: 0.153 with one place is "15.3%".
func Percent(lang string, ratio float64, places int) string {
	return Decimal(lang, ratio*100, places) + "%"
}

// List joins items: "甲、乙和丙", "A, B and C", "甲、乙、丙", "갑, 을, 병".
func List(lang string, items []string) string {
	comma, and := "、", "和"
	switch lang {
	case English:
		comma, and = ", ", " and "
	case Japanese:
		comma, and = "、", "、"
	case Korean:
		comma, and = ", ", ", "
	}
	switch n := len(items); n {
	case 0:
		return ""
	case 1:
		return items[0]
	default:
		return strings.Join(items[:n-1], comma) + and + items[n-1]
	}
}
