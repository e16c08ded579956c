package calendar

import (
	"sync"
	"time"
	_ "time/tzdata" // the small container images we ship carry no zone files
)

// Spec describes a calendar; it is what is stored, edited and imported.
type Spec struct {
	Schema int    `json:"schema"`
	ID     string `json:"id"`
	// Version counts publications. Open due dates are computed anew when a
	// version is published.
	Version int    `json:"version"`
	Name    string `json:"name,omitempty"`
	Zone    string `json:"zone"` // IANA name, "Asia/Shanghai"
	// AllDay is the 24x7 calendar: always open, every date a working day;
	// neither holidays nor the fields below are looked at.
	AllDay bool `json:"all_day,omitempty"`
	// Country names the national holidays that apply, "CN"; empty for none (an
	// outlet that works through all holidays).
	Country string `json:"country,omitempty"`
	Weekly  Weekly `json:"weekly,omitzero"`
	// MakeUp are the hours of a WORK date that brings none itself. Without it
	// such a date is worked like the first open weekday from Monday on, since
	// it stands in for one.
	MakeUp     []Window    `json:"make_up,omitempty"`
	Exceptions []Exception `json:"exceptions,omitempty"`
}

// Around returns the spec of a calendar that never closes.
func Around(id, zone string) Spec {
	return Spec{Schema: Schema, ID: id, Version: 1, Zone: zone, AllDay: true}
}

// ChinaWorkdays is the calendar in which China's laws count working days: Monday to Friday, without public holidays, with
// the days that make up for them.
func ChinaWorkdays(id string, zone *time.Location) (*Calendar, error) {
	return New(Spec{Schema: Schema, ID: id, Version: 1, Zone: zone.String(), Country: "CN", Weekly: MondayToFriday(Hours(9, 0, 18, 0))}, China())
}

// Calendar answers questions about working days and working time. See the
// package comment for the rules.
type Calendar struct {
	spec     Spec
	loc      *time.Location
	national *Holidays // nil when no country applies
	own      map[Date]Exception
	weekly   Weekly
	makeUp   []Window
	years    sync.Map // int -> *yearIndex, filled when asked for
}

// New builds a calendar over the holidays of its country, which may be nil when
// the spec names none. It fails with [Issues].
func New(spec Spec, national *Holidays) (*Calendar, error) {
	issues := spec.Validate().Errors()
	if spec.Country != "" && (national == nil || national.Country() != spec.Country) {
		issues.add("country", CodeCountry, spec.Country)
	}
	if len(issues) > 0 {
		return nil, issues
	}
	loc, err := Zone(spec.Zone)
	if err != nil {
		return nil, err
	}
	c := &Calendar{spec: spec, loc: loc, own: map[Date]Exception{}, weekly: spec.Weekly, makeUp: spec.MakeUp}
	if spec.AllDay {
		c.weekly = EveryDay(Window{From: 0, To: DayMinutes})
		return c, nil
	}
	if spec.Country != "" {
		c.national = national
	}
	for _, e := range spec.Exceptions {
		c.own[e.Date] = e
	}
	if len(c.makeUp) == 0 {
		for _, d := range weekFromMonday {
			if c.makeUp = c.weekly[d]; len(c.makeUp) > 0 {
				break
			}
		}
	}
	return c, nil
}

// ID returns the spec's id.
func (c *Calendar) ID() string { return c.spec.ID }

// Version returns the spec's version.
func (c *Calendar) Version() int { return c.spec.Version }

// Location returns the zone of the windows.
func (c *Calendar) Location() *time.Location { return c.loc }

// AllDay tells whether this is a 24x7 calendar.
func (c *Calendar) AllDay() bool { return c.spec.AllDay }

// DateOf returns the local date at t.
func (c *Calendar) DateOf(t time.Time) Date { return DateOf(t, c.loc) }

// Layer names what decided about a date.
type Layer string

// The layers, the upper one wins.
const (
	LayerOwn      Layer = "own"
	LayerNational Layer = "national"
	LayerWeekly   Layer = "weekly"
)

// Day is what a calendar knows about a date.
type Day struct {
	Date      Date
	Layer     Layer
	Exception Exception // zero on LayerWeekly
	Windows   []Window  // in wall-clock time; none when closed
	// Legal tells whether the date is a legal holiday, open or not.
	Legal bool
	// LegalName names it.
	LegalName string
	// Provisional: the year's arrangement is not published.
	Provisional bool
}

// Day explains a date.
func (c *Calendar) Day(d Date) Day {
	day := Day{Date: d, Provisional: c.Provisional(d)}
	if c.national != nil {
		if e, ok := c.national.Day(d); ok && e.Legal {
			day.Legal, day.LegalName = true, e.Name
		}
	}
	day.Layer, day.Exception = c.exception(d)
	day.Windows = c.windows(d)
	return day
}

// exception returns the uppermost exception of a date; LayerWeekly when none.
func (c *Calendar) exception(d Date) (Layer, Exception) {
	if e, ok := c.own[d]; ok {
		return LayerOwn, e
	}
	if c.national != nil {
		if e, ok := c.national.Day(d); ok {
			return LayerNational, e
		}
	}
	return LayerWeekly, Exception{}
}

func (c *Calendar) windows(d Date) []Window {
	layer, e := c.exception(d)
	switch {
	case layer == LayerWeekly:
		return c.weekly[d.Weekday()]
	case e.Kind == Off:
		return nil
	case len(e.Windows) > 0:
		return e.Windows
	}
	return c.makeUp
}

// Provisional tells whether a date lies in a year whose holidays are not
// published: a due date there may still move, and whoever shows it says so.
func (c *Calendar) Provisional(d Date) bool {
	return c.national != nil && c.national.Status(d.Year()) != Published
}

// ProvisionalAt is Provisional for the local date at t.
func (c *Calendar) ProvisionalAt(t time.Time) bool { return c.Provisional(c.DateOf(t)) }

// Span is a piece of time, From included, To not; both in UTC.
type Span struct {
	From, To time.Time
}

// Spans returns the opening times of a local date in order, as instants. Spans
// that touch are joined.
func (c *Calendar) Spans(d Date) []Span {
	windows := c.windows(d)
	if len(windows) == 0 {
		return nil
	}
	// The date begins somewhere on earth up to maxOffset before and after its
	// midnight in UTC. Walk the pieces of constant offset in that time and cut
	// each window out of each: a skipped hour is in no piece, a repeated one
	// in two.
	const maxOffset = 16 * 60 * 60
	midnight := int64(d) * daySeconds
	end := midnight + daySeconds + maxOffset
	spans := make([]Span, 0, len(windows))
	for at := midnight - maxOffset; at < end; {
		t := time.Unix(at, 0).In(c.loc)
		_, offset := t.Zone()
		until := end
		if _, change := t.ZoneBounds(); !change.IsZero() {
			until = min(end, change.Unix())
		}
		for _, w := range windows {
			from := max(at, midnight+int64(w.From)*60-int64(offset))
			to := min(until, midnight+int64(w.To)*60-int64(offset))
			if from >= to {
				continue
			}
			if n := len(spans); n > 0 && spans[n-1].To.Unix() == from {
				spans[n-1].To = time.Unix(to, 0).UTC()
				continue
			}
			spans = append(spans, Span{From: time.Unix(from, 0).UTC(), To: time.Unix(to, 0).UTC()})
		}
		at = until
	}
	return spans
}
