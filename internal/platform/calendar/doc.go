// Package calendar counts working days and working time.
//
// A calendar is data: a time zone, a weekly pattern of shift windows, and
// exceptions by date. Three layers answer what a date is, the upper one wins:
//
//  1. the calendar's own exceptions (an outlet closed for stocktaking, an
//     outlet open on National Day),
//  2. the country's holidays and make-up working days (法定节假日与调休),
//  3. the weekly pattern.
//
// Windows are wall-clock times of the calendar's zone: the calendar is open at
// an instant when the local clock then shows a time inside a window of the
// local date. Where a clock change skips an hour of a window the day is
// shorter, where it repeats an hour the day is longer; nothing else is special
// about such days. A window ends at 24:00 at the latest, a night shift is a
// window on each of its two dates. (The clock may be set back over midnight
// only when the new date has not begun yet; the last zone to do otherwise,
// America/St_Johns, stopped in 2011.)
//
// A make-up working day (调休上班日) is worked like an ordinary weekday, see
// [Spec.MakeUp].
//
// National data of China for 2024 to 2026 is built in, from the notices of the
// State Council's general office, compiled by NateScarlet/holiday-cn (MIT);
// the legal days follow 全国年节及纪念日放假办法. 2027 holds the legal days
// computed from the law and is provisional: its arrangement of make-up days is
// not published. A firm imports a new year by [ParseYear] and [Holidays.With].
// For a provisional or missing year the weekly pattern and what is known of
// the legal days apply, and [Calendar.Provisional] says so: whoever shows a due
// date there warns about it.
//
// Everything here is pure: no SQL, no clock. A [Calendar] never changes after
// [New] and may be used by many goroutines.
package calendar
