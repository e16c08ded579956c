package outlets

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"anxin/internal/catalog"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// DefaultHours are the hours of the centre until somebody sets others: every day from half past eight to
// six, closed on public holidays.
func DefaultHours() Hours {
	week := calendar.EveryDay(calendar.Hours(8, 30, 18, 0))
	return Hours{Weekly: &week, Country: "CN", Exceptions: []calendar.Exception{}}
}

// weekPart is what the column hours holds; exceptions are rows.
type weekPart struct {
	Weekly  *calendar.Weekly `json:"weekly,omitempty"`
	AllDay  bool             `json:"all_day,omitempty"`
	Country string           `json:"country"`
}

// lineage is the outlet's row with those above it, from the outlet up.
type lineage struct {
	id      ID
	path    string
	zone    string
	version int64
	hours   *string
}

// readLineage reads the outlets on the way from the root to a path, the nearest first.
func readLineage(ctx context.Context, q db.Querier, path string) ([]lineage, error) {
	var w db.Where
	w.In("path", pathsAbove(path))
	return db.List(ctx, q, func(s db.Scanner) (lineage, error) {
		var l lineage
		return l, s.Scan(&l.id, &l.path, &l.zone, &l.version, &l.hours)
	}, `SELECT id, path, zone, version, hours FROM outlets_outlet`+w.String()+` ORDER BY length(path) DESC`, w.Args()...)
}

// pathsAbove lists a path and those above it: "/hz/west/" gives "/", "/hz/", "/hz/west/".
func pathsAbove(path string) []string {
	out := []string{CentrePath}
	for i, r := range path {
		if r == '/' && i > 0 {
			out = append(out, path[:i+1])
		}
	}
	return out
}

// Stamps tell whether outlets, and the calendars that they work by, are as they were: the versions of those at and
// below some paths, and of those above each, in one query, and that of the holidays.
func (s *Service) Stamps(ctx context.Context, q db.Querier, paths []string) (map[ID]string, error) {
	var w db.Where
	var above []string
	conds, args := []string{}, []any{}
	for _, p := range paths {
		above = append(above, pathsAbove(p)...)
		conds = append(conds, "(path >= ? AND path < ?)")
		args = append(args, p, p+"\U0010FFFF")
	}
	for _, p := range slices.Compact(slices.Sorted(slices.Values(above))) {
		conds = append(conds, "path = ?")
		args = append(args, p)
	}
	if len(conds) == 0 {
		return map[ID]string{}, nil
	}
	w.And("("+strings.Join(conds, " OR ")+")", args...)
	list, err := db.List(ctx, q, func(sc db.Scanner) (lineage, error) {
		var l lineage
		return l, sc.Scan(&l.id, &l.path, &l.version)
	}, `SELECT id, path, version FROM outlets_outlet`+w.String(), w.Args()...)
	if err != nil {
		return nil, err
	}
	_, holidays, err := s.holidays(ctx, q, "CN") // the number is that of all countries
	if err != nil {
		return nil, err
	}
	version := make(map[string]int64, len(list))
	for _, l := range list {
		version[l.path] = l.version
	}
	out := make(map[ID]string, len(list))
	for _, l := range list {
		var b strings.Builder
		fmt.Fprintf(&b, "%d ", holidays)
		for _, p := range pathsAbove(l.path) {
			fmt.Fprintf(&b, "%d ", version[p])
		}
		out[l.id] = b.String()
	}
	return out, nil
}

// Hours reads an outlet's own layer. Weekly is nil where the outlet follows the one above it.
func (s *Service) Hours(ctx context.Context, q db.Querier, id ID) (Hours, error) {
	text, err := db.Get(ctx, q, func(sc db.Scanner) (*string, error) {
		var v *string
		return v, sc.Scan(&v)
	}, `SELECT hours FROM outlets_outlet WHERE id = $1`, string(id))
	if errors.Is(err, db.ErrNoRows) {
		return Hours{}, problem.ErrNotFound
	}
	if err != nil {
		return Hours{}, err
	}
	h, err := parseHours(text)
	if err != nil {
		return h, err
	}
	h.Exceptions, err = readExceptions(ctx, q, id)
	return h, err
}

func parseHours(text *string) (Hours, error) {
	if text == nil {
		return Hours{Exceptions: []calendar.Exception{}}, nil
	}
	var p weekPart
	if err := json.Unmarshal([]byte(*text), &p); err != nil {
		return Hours{}, fmt.Errorf("hours of an outlet: %w", err)
	}
	return Hours{Weekly: p.Weekly, AllDay: p.AllDay, Country: p.Country, Exceptions: []calendar.Exception{}}, nil
}

func readExceptions(ctx context.Context, q db.Querier, id ID) ([]calendar.Exception, error) {
	return db.List(ctx, q, func(s db.Scanner) (calendar.Exception, error) {
		var e calendar.Exception
		var date, windows string
		if err := s.Scan(&date, &e.Kind, &e.Name, &windows); err != nil {
			return e, err
		}
		var err error
		if e.Date, err = calendar.ParseDate(date); err != nil {
			return e, err
		}
		e.Windows, err = parseWindows(windows)
		return e, err
	}, `SELECT date, kind, name, windows FROM outlets_exception WHERE outlet_id = $1 ORDER BY date`, string(id))
}

func parseWindows(s string) ([]calendar.Window, error) {
	var out []calendar.Window
	for _, part := range strings.Fields(s) {
		var w calendar.Window
		if err := w.UnmarshalText([]byte(part)); err != nil {
			return nil, err
		}
		out = append(out, w)
	}
	return out, nil
}

func formatWindows(list []calendar.Window) string {
	parts := make([]string, len(list))
	for i, w := range list {
		parts[i] = w.String()
	}
	return strings.Join(parts, " ")
}

// Calendar is when an outlet is open: its own week, or that of the nearest outlet above it that has one;
// its own exceptions; the national layer. The centre's is that of [Centre] (or of ""). It is made once a
// version of the outlets on the way.
func (s *Service) Calendar(ctx context.Context, q db.Querier, id ID) (*calendar.Calendar, error) {
	if id == "" {
		id = Centre
	}
	path, err := db.Get(ctx, q, db.ScanString, `SELECT path FROM outlets_outlet WHERE id = $1`, string(id))
	if errors.Is(err, db.ErrNoRows) {
		return nil, problem.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	way, err := readLineage(ctx, q, path)
	if err != nil {
		return nil, err
	}
	hours, err := s.hoursOf(way)
	if err != nil {
		return nil, err
	}
	holidays, rev, err := s.holidays(ctx, q, hours.Country)
	if err != nil {
		return nil, err
	}
	var key strings.Builder
	fmt.Fprintf(&key, "%d\n", rev)
	for _, l := range way {
		fmt.Fprintf(&key, "%s %d\n", l.id, l.version)
	}
	if c := s.calendars.get(id, key.String()); c != nil {
		return c, nil
	}
	own := way[0]
	if hours.Exceptions, err = readExceptions(ctx, q, own.id); err != nil {
		return nil, err
	}
	c, err := calendar.New(spec(own.id, own.zone, int(own.version), hours), holidays)
	if err != nil {
		return nil, fmt.Errorf("calendar of outlet %s: %w", id, err)
	}
	s.calendars.put(id, key.String(), c)
	return c, nil
}

// hoursOf are the hours of the nearest outlet on the way up that has its own.
func (s *Service) hoursOf(way []lineage) (Hours, error) {
	for _, l := range way {
		h, err := parseHours(l.hours)
		if err != nil {
			return Hours{}, err
		}
		if h.Weekly != nil || h.AllDay {
			return h, nil
		}
	}
	return DefaultHours(), nil
}

// spec is an outlet's hours as a calendar. Around-the-clock outlets follow no holidays.
func spec(id ID, zone string, version int, h Hours) calendar.Spec {
	out := calendar.Spec{Schema: calendar.Schema, ID: "outlet-" + string(id), Version: version, Zone: zone, AllDay: h.AllDay}
	if h.AllDay {
		return out
	}
	out.Country, out.Exceptions = h.Country, h.Exceptions
	if h.Weekly != nil {
		out.Weekly = *h.Weekly
	}
	return out
}

// Quota is the capacity that an outlet declared for a local date; ok is false when it declared none. A row
// of the date beats the rows of its weekday, service type by service type. On a day that the outlet's
// calendar is closed only rows of the date count: the capacity is zero without one.
func (s *Service) Quota(ctx context.Context, q db.Querier, id ID, date calendar.Date) (c Capacity, ok bool, err error) {
	type row struct {
		day    string
		st     catalog.ServiceTypeCode
		orders int
	}
	rows, err := db.List(ctx, q, func(sc db.Scanner) (row, error) {
		var r row
		return r, sc.Scan(&r.day, &r.st, &r.orders)
	}, `SELECT day, service_type, orders FROM outlets_quota WHERE outlet_id = $1 AND day IN ($2, $3) ORDER BY length(day)`,
		string(id), weekdayKey(int(date.Weekday())), date.String())
	if err != nil || len(rows) == 0 {
		return Capacity{Total: -1}, false, err
	}
	dated := slices.ContainsFunc(rows, func(r row) bool { return len(r.day) > 1 })
	if !dated {
		cal, err := s.Calendar(ctx, q, id)
		if err != nil {
			return c, false, err
		}
		if !cal.IsWorkday(date) {
			return Capacity{}, true, nil
		}
	}
	c = Capacity{Total: -1, ByServiceType: map[catalog.ServiceTypeCode]int{}}
	for _, r := range rows { // weekdays come first: their key is shorter
		if r.st == "" {
			c.Total = r.orders
		} else {
			c.ByServiceType[r.st] = r.orders
		}
	}
	return c, true, nil
}

func weekdayKey(day int) string { return string(rune('0' + day)) }

// Quotas lists what an outlet declared, weekdays first.
func (s *Service) Quotas(ctx context.Context, q db.Querier, id ID) ([]QuotaRow, error) {
	return db.List(ctx, q, scanQuota, `SELECT day, service_type, orders FROM outlets_quota WHERE outlet_id = $1 ORDER BY length(day), day, service_type`, string(id))
}
