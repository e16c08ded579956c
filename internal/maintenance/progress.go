package maintenance

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/problem"
)

// Tally counts units of a campaign by their states.
type Tally map[UnitState]int64

// Total is how many there are.
func (t Tally) Total() int64 {
	n := int64(0)
	for _, v := range t {
		n += v
	}
	return n
}

// Countable is how many can be remedied at all: those that are not exempt, and not gone.
func (t Tally) Countable() int64 { return t.Total() - t[Exempt] - t[Gone] }

// Rate is the share of the countable that is remedied, in hundredths of a percent; 0 when nothing is countable.
func (t Tally) Rate() int64 {
	if n := t.Countable(); n > 0 {
		return t[Remedied] * 10_000 / n
	}
	return 0
}

// ProgressRow is how far a campaign has come with some of its units.
type ProgressRow struct {
	Key       string `json:"key" doc:"id of the model, code of the city, path of the outlet"`
	Name      string `json:"name,omitempty" doc:"of the city or the outlet"`
	Total     int64  `json:"total"`
	Countable int64  `json:"countable"`
	Remedied  int64  `json:"remedied"`
	Booked    int64  `json:"booked" doc:"with an order"`
	Rate      int64  `json:"rate" doc:"hundredths of a percent"`
}

// WeekRow is what was done in a week.
type WeekRow struct {
	Week     calendar.Date `json:"week" doc:"its Monday"`
	Remedied int64         `json:"remedied"`
	Sum      int64         `json:"sum" doc:"since the beginning"`
	Rate     int64         `json:"rate" doc:"hundredths of a percent, since the beginning"`
}

// Progress is how far a campaign has come.
type Progress struct {
	Units     Tally            `json:"units"`
	Total     int64            `json:"total"`
	Countable int64            `json:"countable" doc:"neither exempt nor gone"`
	Rate      int64            `json:"rate" doc:"remedied of the countable, hundredths of a percent"`
	Reach     map[string]int64 `json:"reach" doc:"how open units can be told: message, letter, posted, no_owner, unknown"`
	Notices   map[string]int64 `json:"notices" doc:"by what became of them"`
	Weeks     []WeekRow        `json:"weeks"`
	Models    []ProgressRow    `json:"models"`
	Regions   []ProgressRow    `json:"regions"`
	Outlets   []ProgressRow    `json:"outlets"`
}

// tallies counts the units of campaigns by their states, in one query.
func tallies(ctx context.Context, q db.Querier, ids []string) (map[ID]Tally, error) {
	type row struct {
		id    ID
		state UnitState
		n     int64
	}
	out := map[ID]Tally{}
	if len(ids) == 0 {
		return out, nil
	}
	var w db.Where
	w.In("campaign_id", ids)
	list, err := db.List(ctx, q, func(r db.Scanner) (x row, err error) { return x, r.Scan(&x.id, &x.state, &x.n) },
		`SELECT campaign_id, state, COUNT(*) FROM maintenance_unit`+w.String()+` GROUP BY campaign_id, state`, w.Args()...)
	for _, x := range list {
		if out[x.id] == nil {
			out[x.id] = Tally{}
		}
		out[x.id][x.state] = x.n
	}
	return out, err
}

// count groups the rows of a query by their first column.
func count(ctx context.Context, q db.Querier, sql string, args ...any) (map[string]int64, error) {
	type row struct {
		key string
		n   int64
	}
	list, err := db.List(ctx, q, func(r db.Scanner) (x row, err error) { return x, r.Scan(&x.key, &x.n) }, sql, args...)
	out := map[string]int64{}
	for _, x := range list {
		out[x.key] = x.n
	}
	return out, err
}

// breakdown counts the units of a campaign by a column and their states; the largest groups first.
func breakdown(ctx context.Context, q db.Querier, id ID, column string) ([]ProgressRow, error) {
	type row struct {
		key   string
		state UnitState
		n     int64
	}
	list, err := db.List(ctx, q, func(r db.Scanner) (x row, err error) { return x, r.Scan(&x.key, &x.state, &x.n) },
		`SELECT `+column+`, state, COUNT(*) FROM maintenance_unit WHERE campaign_id = $1 GROUP BY `+column+`, state`, id)
	if err != nil {
		return nil, err
	}
	by := map[string]Tally{}
	for _, x := range list {
		if by[x.key] == nil {
			by[x.key] = Tally{}
		}
		by[x.key][x.state] = x.n
	}
	out := make([]ProgressRow, 0, len(by))
	for _, key := range slices.Sorted(maps.Keys(by)) {
		t := by[key]
		out = append(out, ProgressRow{Key: key, Total: t.Total(), Countable: t.Countable(), Remedied: t[Remedied], Booked: t[Appointment], Rate: t.Rate()})
	}
	slices.SortStableFunc(out, func(a, b ProgressRow) int { return cmp.Compare(b.Total, a.Total) })
	return out, nil
}

const week = 7 * 24 * time.Hour

// Progress counts how far a campaign has come: in all, by week, model, city and outlet.
func (s *Service) Progress(ctx context.Context, id ID) (Progress, error) {
	var p Progress
	if err := access.Require(ctx, PermRead); err != nil {
		return p, err
	}
	c, err := findCampaign(ctx, s.db, access.From(ctx).Scope, id)
	if err != nil {
		return p, err
	}
	all, err := tallies(ctx, s.db, []string{string(c.ID)})
	if err != nil {
		return p, err
	}
	p.Units = Tally{}
	for _, state := range UnitStates {
		p.Units[state] = all[c.ID][state]
	}
	p.Total, p.Countable, p.Rate = p.Units.Total(), p.Units.Countable(), p.Units.Rate()
	var w db.Where
	w.And("campaign_id = ?", c.ID)
	w.In("state", db.Strings(open))
	if p.Reach, err = count(ctx, s.db, `SELECT CASE reach WHEN '' THEN 'unknown' ELSE reach END, COUNT(*) FROM maintenance_unit`+w.String()+` GROUP BY reach`, w.Args()...); err != nil {
		return p, err
	}
	if p.Notices, err = count(ctx, s.db, `SELECT state, COUNT(*) FROM maintenance_notice WHERE campaign_id = $1 GROUP BY state`, c.ID); err != nil {
		return p, err
	}
	for column, into := range map[string]*[]ProgressRow{"model_id": &p.Models, "region": &p.Regions, "outlet_path": &p.Outlets} {
		if *into, err = breakdown(ctx, s.db, c.ID, column); err != nil {
			return p, err
		}
	}
	for i, r := range p.Regions {
		if d, ok := geo.ByCode(r.Key); ok {
			p.Regions[i].Name = d.Name
		}
	}
	for i, r := range p.Outlets {
		o, err := s.Outlets.ByPath(ctx, s.db, r.Key)
		if err != nil && !problem.Match(err, problem.ErrNotFound) {
			return p, err
		}
		if r.Key != outlets.CentrePath {
			p.Outlets[i].Name = o.Name
		}
	}
	p.Weeks, err = s.weeks(ctx, c, p.Countable)
	return p, err
}

// weeks counts what was remedied in each week, Mondays first.
func (s *Service) weeks(ctx context.Context, c Campaign, countable int64) ([]WeekRow, error) {
	_, offset := s.db.Now().In(s.Zone).Zone()
	shift := int64(offset)*1_000_000 + 3*24*time.Hour.Microseconds() // 1 January 1970 was a Thursday
	type row struct{ week, n int64 }
	list, err := db.List(ctx, s.db, func(r db.Scanner) (x row, err error) { return x, r.Scan(&x.week, &x.n) },
		`SELECT (remedied_at + $1) / $2, COUNT(*) FROM maintenance_unit WHERE campaign_id = $3 AND state = 'remedied' AND remedied_at IS NOT NULL GROUP BY 1 ORDER BY 1`,
		shift, week.Microseconds(), c.ID)
	out := []WeekRow{}
	sum := int64(0)
	for _, x := range list {
		sum += x.n
		r := WeekRow{Week: calendar.Date(x.week*7 - 3), Remedied: x.n, Sum: sum}
		if countable > 0 {
			r.Rate = sum * 10_000 / countable
		}
		out = append(out, r)
	}
	return out, err
}
