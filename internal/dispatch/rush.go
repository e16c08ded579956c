package dispatch

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/dispatch/planner"
	"anxin/internal/outlets"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
	"anxin/internal/platform/reason"
	"anxin/internal/workforce"
)

// RushHours are hours of some days, on the clock of the place, in which ways take so many per cent of their usual time.
type RushHours struct {
	OutletID outlets.ID `json:"outlet_id,omitempty" maxLength:"36" doc:"for engineers of this outlet and of those below it; whoever is below an outlet with rows goes by those of the nearest alone. Absent: everywhere else"`
	Days     []string   `json:"days" minItems:"1" maxItems:"9" enum:"working,free,mon,tue,wed,thu,fri,sat,sun" doc:"working: working days of the country, with those that make up for holidays; free: all other days"`
	From     string     `json:"from" maxLength:"5" example:"07:30"`
	To       string     `json:"to" maxLength:"5" example:"09:00" doc:"24:00 is the end of the day; hours over midnight are two rows"`
	Percent  int        `json:"percent" minimum:"50" maximum:"400" doc:"150: ways take half as long again"`
}

// Kinds of days beside those of the week.
const (
	daysWorking = "working"
	daysFree    = "free"
)

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

const maxRushHours = 60

// checkRush judges the rows of a policy.
func checkRush(f *problem.Fields, list []RushHours) {
	f.Check(len(list) <= maxRushHours, "rush_hours", problem.TooLong, "limit", maxRushHours)
	for i, r := range list {
		at := "rush_hours." + strconv.Itoa(i)
		from, okFrom := clockMinutes(r.From)
		to, okTo := clockMinutes(r.To)
		f.Check(okFrom && from < calendar.DayMinutes, at+".from", problem.BadFormat)
		f.Check(okTo, at+".to", problem.BadFormat)
		f.Check(!okFrom || !okTo || to > from, at+".to", ErrRushOrder)
		f.Check(r.Percent >= planner.LeastPercent && r.Percent <= planner.MostPercent, at+".percent", problem.OutOfRange,
			"limit", strconv.Itoa(planner.LeastPercent)+"–"+strconv.Itoa(planner.MostPercent))
		f.Check(len(r.Days) > 0, at+".days", problem.Required)
		for k, d := range r.Days {
			known := d == daysWorking || d == daysFree || slices.Contains(weekdays, d)
			f.Check(known && !slices.Contains(r.Days[:k], d), at+".days."+strconv.Itoa(k), problem.BadChoice)
		}
		for k, o := range list[:i] {
			a, _ := clockMinutes(o.From)
			b, _ := clockMinutes(o.To)
			if o.OutletID == r.OutletID && shareDays(o.Days, r.Days) && a < to && from < b {
				f.Add(at+".from", ErrRushOverlap, "row", k+1)
				break
			}
		}
	}
}

// shareDays tells whether a date may be of both.
func shareDays(a, b []string) bool {
	kind := func(d string) bool { return d == daysWorking || d == daysFree }
	return slices.ContainsFunc(a, func(x string) bool {
		return slices.ContainsFunc(b, func(y string) bool { return x == y || kind(x) != kind(y) })
	})
}

// on tells whether the hours are those of a date.
func (r *RushHours) on(date calendar.Date, work *calendar.Calendar) bool {
	kind := daysFree
	if work.IsWorkday(date) {
		kind = daysWorking
	}
	return slices.Contains(r.Days, kind) || slices.Contains(r.Days, weekdays[date.Weekday()])
}

// rushTable tells when ways take longer for whom. Whoever works for one brand alone goes by the policy of that brand, everybody else
// by the one for all: a way takes as long whatever is done at its end.
type rushTable struct {
	own   map[catalog.BrandID][]RushHours // of those with a policy of their own; "" is the one for all
	paths map[outlets.ID]string           // of outlets with rows
	work  map[outlets.ID]*calendar.Calendar
	known map[rushKey][]planner.RushHour
}

type rushKey struct {
	brand  catalog.BrandID
	outlet outlets.ID
	date   calendar.Date
}

// rushHours reads the table; nil where nobody has rush hours.
func rushHours(ctx context.Context, q db.Querier) (*rushTable, error) {
	list, err := db.List(ctx, q, scanPolicy, `SELECT `+policyColumns+` FROM dispatch_policy`)
	if err != nil || !slices.ContainsFunc(list, func(p PlanPolicy) bool { return len(p.RushHours) > 0 }) {
		return nil, err
	}
	t := &rushTable{own: map[catalog.BrandID][]RushHours{}, paths: map[outlets.ID]string{}, work: map[outlets.ID]*calendar.Calendar{}, known: map[rushKey][]planner.RushHour{}}
	for _, p := range list {
		t.own[p.BrandID] = p.RushHours
		for _, r := range p.RushHours {
			if r.OutletID != "" {
				t.paths[r.OutletID] = ""
			}
		}
	}
	return t, nil
}

// rushStamp changes with the table.
func rushStamp(ctx context.Context, q db.Querier) (string, error) {
	list, err := db.List(ctx, q, func(s db.Scanner) (string, error) {
		var brand string
		var version int64
		err := s.Scan(&brand, &version)
		return brand + " " + strconv.FormatInt(version, 10), err
	}, `SELECT brand_id, version FROM dispatch_policy ORDER BY brand_id`)
	return strings.Join(list, "\n"), err
}

// withRush are the stamps of outlets with that of the rush hours.
func withRush(stamps map[outlets.ID]string, rush string) map[outlets.ID]string {
	if rush == "" {
		return stamps
	}
	out := make(map[outlets.ID]string, len(stamps))
	for id, stamp := range stamps {
		out[id] = stamp + "\n" + rush
	}
	return out
}

// learn reads what there is to know of outlets: their working days, and where those with rows stand.
func (t *rushTable) learn(ctx context.Context, s *Service, q db.Querier, list []outlets.Outlet) error {
	if t == nil {
		return nil
	}
	found, err := s.outlets.ByIDs(ctx, q, slices.Collect(maps.Keys(t.paths)))
	if err != nil {
		return err
	}
	for id, o := range found {
		t.paths[id] = o.Path
	}
	more, err := s.outlets.Workdays(ctx, q, list)
	maps.Copy(t.work, more)
	return err
}

// of are the rush hours of an engineer's date and of the dates beside it.
func (t *rushTable) of(brands []planner.BrandID, o outlets.Outlet, date calendar.Date) []planner.RushHour {
	if t == nil {
		return nil
	}
	key := rushKey{outlet: o.ID, date: date}
	if len(brands) == 1 {
		if _, own := t.own[catalog.BrandID(brands[0])]; own {
			key.brand = catalog.BrandID(brands[0])
		}
	}
	if list, ok := t.known[key]; ok {
		return list
	}
	list := spansOf(t.rows(t.own[key.brand], o), t.work[o.ID], o.Location(), date)
	t.known[key] = list
	return list
}

// rows are those of the nearest outlet above one, itself included, or else those of all.
func (t *rushTable) rows(list []RushHours, o outlets.Outlet) []RushHours {
	nearest := outlets.ID("")
	for _, r := range list {
		if path := t.paths[r.OutletID]; r.OutletID != "" && o.Under(path) && len(path) > len(t.paths[nearest]) {
			nearest = r.OutletID
		}
	}
	var out []RushHours
	for _, r := range list {
		if r.OutletID == nearest {
			out = append(out, r)
		}
	}
	return out
}

// spansOf are rows on a date and the dates beside it, in order and apart.
func spansOf(rows []RushHours, work *calendar.Calendar, loc *time.Location, date calendar.Date) []planner.RushHour {
	var out []planner.RushHour
	for d := date - 1; d <= date+1; d++ {
		for i := range rows {
			r := &rows[i]
			if r.Percent != 100 && r.on(d, work) {
				out = append(out, planner.RushHour{Span: hours(d, r.From, r.To, loc), Percent: r.Percent})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b planner.RushHour) int { return a.From.Compare(b.From) })
	apart := out[:0]
	for _, h := range out { // the hour that the clock repeats, or leaves out, belongs to the row before
		if n := len(apart); n > 0 && h.From.Before(apart[n-1].To) {
			h.From = apart[n-1].To
		}
		if h.To.After(h.From) {
			apart = append(apart, h)
		}
	}
	return apart
}

// rushSaid adds to some of the reasons of a list that the rush hour is why, where the list says so.
func rushSaid(some, all reason.List) reason.List {
	if all.Has(planner.NoteRush) {
		some.Add(reason.Noted(planner.NoteRush))
	}
	return some
}

// addRush tells the days of a snapshot when ways take longer.
func (s *Service) addRush(ctx context.Context, q db.Querier, w *world) error {
	if w.rush == nil {
		return nil
	}
	if err := w.rush.learn(ctx, s, q, slices.Collect(maps.Values(w.outlets))); err != nil {
		return err
	}
	for i := range w.Engineers {
		e := &w.Engineers[i]
		for k := range e.Days {
			e.Days[k].RushHours = w.rush.of(e.Brands, w.outlets[outlets.ID(e.Outlet)], e.Days[k].Date)
		}
	}
	return nil
}

// rushOn is the date of an engineer as far as ways are concerned.
func (s *Service) rushOn(ctx context.Context, q db.Querier, id workforce.EngineerID, at time.Time) (planner.Day, error) {
	t, err := rushHours(ctx, q)
	if err != nil || t == nil {
		return planner.Day{}, err
	}
	found, err := s.workforce.ByIDs(ctx, q, []workforce.EngineerID{id})
	if err != nil {
		return planner.Day{}, err
	}
	e, ok := found[id]
	if !ok {
		return planner.Day{}, nil
	}
	o, err := s.outlets.Get(ctx, q, e.OutletID)
	if err != nil {
		return planner.Day{}, err
	}
	if err := t.learn(ctx, s, q, []outlets.Outlet{o}); err != nil {
		return planner.Day{}, err
	}
	brands := e.Brands
	if len(brands) == 0 {
		brands = o.Brands
	}
	date := calendar.DateOf(at, o.Location())
	return planner.Day{Date: date, RushHours: t.of(brandsOf(brands), o, date)}, nil
}
