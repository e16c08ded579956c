package console

import (
	"context"
	"slices"
	"time"

	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/problem"
	"anxin/internal/workforce"
)

// LoadInput says which days, and of which outlet with those below it.
type LoadInput struct {
	From   calendar.Date // zero: today
	Days   int           // zero: 7
	Outlet outlets.ID
}

const maxLoadDays = 31

// DayLoad is the load of one day, in the outlet's unit.
type DayLoad struct {
	Date      calendar.Date `json:"date"`
	Booked    int64         `json:"booked" doc:"visits, and windows that were promised"`
	Available int64         `json:"available" doc:"shifts without absences; of an outlet that declared its capacity, that"`
}

// OutletLoad is how full the days of an outlet are, without those below it.
type OutletLoad struct {
	ID        outlets.ID `json:"id"`
	Name      string     `json:"name"`
	Path      string     `json:"path"`
	Division  string     `json:"division,omitempty"`
	Area      string     `json:"area,omitempty" doc:"the division it stands in, in words"`
	Point     *geo.Point `json:"point,omitempty"`
	Unit      string     `json:"unit" enum:"minutes,orders" doc:"orders: it declares its capacity in orders a day and has no engineers here"`
	Engineers int        `json:"engineers"`
	Booked    int64      `json:"booked"`
	Available int64      `json:"available"`
	Waiting   int64      `json:"waiting" doc:"work of the outlet that has no time yet, in its unit"`
	Orders    int64      `json:"orders" doc:"how many orders that work is"`
	Days      []DayLoad  `json:"days"`
}

// AreaWaiting is work of a division that no outlet has yet.
type AreaWaiting struct {
	Division string     `json:"division,omitempty"`
	Area     string     `json:"area,omitempty"`
	Point    *geo.Point `json:"point,omitempty" doc:"the middle of its places"`
	Orders   int64      `json:"orders"`
	Minutes  int64      `json:"minutes"`
}

// Load is work against capacity.
type Load struct {
	From    calendar.Date `json:"from"`
	To      calendar.Date `json:"to"`
	Outlets []OutletLoad  `json:"outlets" doc:"by path"`
	Nobody  []AreaWaiting `json:"nobody" doc:"work without an outlet, by division"`
}

// Load reads how full the days of outlets are, within the actor's scope. An engineer's time counts whoever's visit it
// is: an hour is taken once.
func (s *Service) Load(ctx context.Context, in LoadInput) (Load, error) {
	if err := access.Require(ctx, permKPI); err != nil {
		return Load{}, err
	}
	if in.From.IsZero() {
		in.From = calendar.DateOf(s.DB.Now(), s.Zone)
	}
	if in.Days == 0 {
		in.Days = 7
	}
	if in.Days < 0 || in.Days > maxLoadDays {
		return Load{}, problem.Field("days", problem.OutOfRange, "limit", maxLoadDays)
	}
	path := access.From(ctx).Scope.OutletPath
	if in.Outlet != "" {
		o, err := s.Outlets.Find(ctx, in.Outlet)
		if err != nil {
			return Load{}, err
		}
		path = o.Path
	}
	l := &loading{s: s, scope: access.From(ctx).Scope, path: path, at: map[outlets.ID]int{}}
	l.From, l.To = in.From, in.From+calendar.Date(in.Days)-1
	l.Outlets, l.Nobody = []OutletLoad{}, []AreaWaiting{}
	for _, step := range []func(context.Context) error{l.places, l.people, l.quotas, l.waiting} {
		if err := step(ctx); err != nil {
			return Load{}, err
		}
	}
	return l.Load, nil
}

// loading is a load while it is put together.
type loading struct {
	Load
	s      *Service
	scope  access.Scope
	path   string
	at     map[outlets.ID]int // where an outlet stands in the list
	manned map[outlets.ID]bool
}

func (l *loading) add(o outlets.Outlet) {
	row := OutletLoad{ID: o.ID, Name: o.Name, Path: o.Path, Division: o.Division, Area: areaName(o.Division), Unit: "minutes", Days: []DayLoad{}}
	if o.Point.Check() == nil {
		row.Point = &o.Point
	}
	for d := l.From; d <= l.To; d++ {
		row.Days = append(row.Days, DayLoad{Date: d})
	}
	l.at[o.ID] = len(l.Outlets)
	l.Outlets = append(l.Outlets, row)
}

// places lists the outlets that the actor sees.
func (l *loading) places(ctx context.Context) error {
	list, err := l.s.Outlets.Under(ctx, l.s.DB, l.path)
	if err != nil {
		return err
	}
	if l.path == outlets.CentrePath {
		centre, err := l.s.Outlets.ByPath(ctx, l.s.DB, outlets.CentrePath)
		if err != nil {
			return err
		}
		list = append([]outlets.Outlet{centre}, list...)
	}
	for _, o := range list {
		if o.Kind == outlets.KindCentre || l.scope.Brands == nil || slices.ContainsFunc(db.Strings(o.Brands), l.scope.SeesBrand) {
			l.add(o)
		}
	}
	return nil
}

// book adds to a day of an outlet.
func (l *loading) book(id outlets.ID, day string, booked, available int64) {
	i, ok := l.at[id]
	if !ok {
		return
	}
	o := &l.Outlets[i]
	for d := range o.Days {
		if o.Days[d].Date.String() == day {
			o.Days[d].Booked, o.Days[d].Available = o.Days[d].Booked+booked, o.Days[d].Available+available
			o.Booked, o.Available = o.Booked+booked, o.Available+available
		}
	}
}

// people counts shifts, visits and promised windows of engineers.
func (l *loading) people(ctx context.Context) error {
	list, err := l.s.Workforce.OfOutlets(ctx, l.s.DB, l.path)
	if err != nil {
		return err
	}
	home, ids := map[workforce.EngineerID]outlets.ID{}, []workforce.EngineerID{}
	l.manned = map[outlets.ID]bool{}
	for _, e := range list {
		i, ok := l.at[e.OutletID]
		if !ok || l.scope.Brands != nil && len(e.Brands) > 0 && !slices.ContainsFunc(db.Strings(e.Brands), l.scope.SeesBrand) {
			continue
		}
		home[e.ID], ids, l.manned[e.OutletID] = e.OutletID, append(ids, e.ID), true
		l.Outlets[i].Engineers++
	}
	shifts, err := l.s.Workforce.Working(ctx, l.s.DB, ids, l.From, l.To)
	if err != nil {
		return err
	}
	for id, of := range shifts {
		for _, shift := range of {
			l.book(home[id], shift.Date.String(), 0, int64(shift.End.Sub(shift.Start)/time.Minute))
		}
	}
	for part := range slices.Chunk(db.Strings(ids), 500) {
		// Zones reach 14 hours to either side of UTC; a day more on both sides covers every local date.
		var w db.Where
		w.In("engineer_id", part)
		w.And("start_at >= ? AND start_at < ?", db.Micros((l.From - 1).UTC()), db.Micros((l.To + 2).UTC()))
		w.And("day >= ? AND day <= ?", l.From.String(), l.To.String())
		w.And("state <> 'cancelled' AND state <> 'failed'")
		if err := l.taken(ctx, home, `SELECT engineer_id, day, SUM(took) FROM orders_pub_crew`+w.String()+` GROUP BY engineer_id, day`, w.Args()); err != nil {
			return err
		}
		for _, column := range []string{"engineer_id", "second_id"} {
			var w db.Where
			w.And("date >= ? AND date <= ?", l.From.String(), l.To.String())
			w.In(column, part)
			if err := l.taken(ctx, home, `SELECT `+column+`, date, SUM(took) FROM dispatch_pub_reservation`+w.String()+` GROUP BY `+column+`, date`, w.Args()); err != nil {
				return err
			}
		}
	}
	return nil
}

// taken books rows of an engineer, a day and microseconds.
func (l *loading) taken(ctx context.Context, home map[workforce.EngineerID]outlets.ID, sql string, args []any) error {
	type row struct {
		engineer workforce.EngineerID
		day      string
		took     int64
	}
	rows, err := db.List(ctx, l.s.DB, func(sc db.Scanner) (v row, err error) { return v, sc.Scan(&v.engineer, &v.day, &v.took) }, sql, args...)
	for _, r := range rows {
		l.book(home[r.engineer], r.day, r.took/time.Minute.Microseconds(), 0)
	}
	return err
}

// quotas count what outlets without engineers declared, and what was promised on it.
func (l *loading) quotas(ctx context.Context) error {
	for i := range l.Outlets {
		o := &l.Outlets[i]
		if l.manned[o.ID] {
			continue
		}
		declared, err := l.s.Outlets.Quotas(ctx, l.s.DB, o.ID)
		if err != nil {
			return err
		}
		if len(declared) == 0 {
			continue
		}
		o.Unit = "orders"
		for d := l.From; d <= l.To; d++ {
			c, ok, err := l.s.Outlets.Quota(ctx, l.s.DB, o.ID, d)
			if err != nil {
				return err
			}
			if ok {
				l.book(o.ID, d.String(), 0, int64(declaredOrders(c)))
			}
		}
		type row struct {
			day string
			n   int64
		}
		rows, err := db.List(ctx, l.s.DB, func(sc db.Scanner) (v row, err error) { return v, sc.Scan(&v.day, &v.n) },
			`SELECT date, COUNT(*) FROM dispatch_pub_reservation WHERE outlet_id = $1 AND date >= $2 AND date <= $3 AND engineer_id IS NULL GROUP BY date`,
			string(o.ID), l.From.String(), l.To.String())
		if err != nil {
			return err
		}
		for _, r := range rows {
			l.book(o.ID, r.day, r.n, 0)
		}
	}
	return nil
}

// declaredOrders is the orders a day that an outlet takes: its total, or the sum of what it takes of each service.
func declaredOrders(c outlets.Capacity) int {
	if c.Total >= 0 {
		return c.Total
	}
	sum := 0
	for _, n := range c.ByServiceType {
		sum += n
	}
	return sum
}

// waiting counts the work without a time: of outlets, and by division what no outlet has yet.
func (l *loading) waiting(ctx context.Context) error {
	var w db.Where
	l.scope.Limit(&w, "brand_id", "outlet_path")
	if l.path != outlets.CentrePath {
		w.Prefix("outlet_path", l.path)
	}
	w.And("id NOT IN (SELECT order_id FROM dispatch_pub_reservation)")
	type row struct {
		outlet, division string
		n, minutes       int64
		lat, lon         *float64
	}
	rows, err := db.List(ctx, l.s.DB, func(sc db.Scanner) (v row, err error) {
		return v, sc.Scan(&v.outlet, &v.division, &v.n, &v.minutes, &v.lat, &v.lon)
	}, `SELECT COALESCE(outlet_id, ''), CASE WHEN outlet_id IS NULL THEN COALESCE(division, '') ELSE '' END, COUNT(*), SUM(minutes), AVG(lat), AVG(lon)
		FROM orders_pub_waiting`+w.String()+` GROUP BY 1, 2 ORDER BY 2`, w.Args()...)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if r.outlet == "" {
			a := AreaWaiting{Division: r.division, Area: areaName(r.division), Orders: r.n, Minutes: r.minutes}
			if r.lat != nil && r.lon != nil {
				a.Point = &geo.Point{Lat: *r.lat, Lon: *r.lon, Datum: geo.WGS84}
			}
			l.Nobody = append(l.Nobody, a)
			continue
		}
		if i, ok := l.at[outlets.ID(r.outlet)]; ok {
			o := &l.Outlets[i]
			o.Orders, o.Waiting = r.n, r.minutes
			if o.Unit == "orders" {
				o.Waiting = r.n
			}
		}
	}
	return nil
}

// areaName is a division in words, with the city it lies in.
func areaName(code string) string {
	way := geo.Path(code)
	if len(way) == 0 {
		return code
	}
	name := way[len(way)-1].Name
	if len(way) > 2 {
		name = way[len(way)-2].Name + " " + name
	}
	return name
}
