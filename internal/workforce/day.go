package workforce

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"anxin/internal/outlets"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
)

// BumpDayTx locks an engineer's day ("2006-01-02", local to his outlet) until the transaction ends and
// counts its version up; it returns the new version. Everybody who changes what the engineer has to do, or
// may do, on that day calls it first: two such changes follow each other. Who bumps several days does it in
// the order of engineer and date ([Service.BumpDaysTx]), or the database has to break a deadlock.
func (s *Service) BumpDayTx(ctx context.Context, tx *db.Tx, engineer EngineerID, date string) (int64, error) {
	if _, err := calendar.ParseDate(date); err != nil {
		return 0, fmt.Errorf("day of an engineer: %w", err)
	}
	v, err := db.Get(ctx, tx, db.ScanInt, `INSERT INTO workforce_engineer_day (engineer_id, date, version) VALUES ($1, $2, 1)
		ON CONFLICT (engineer_id, date) DO UPDATE SET version = workforce_engineer_day.version + 1 RETURNING version`, string(engineer), date)
	if err != nil {
		return 0, fmt.Errorf("bump day %s of %s: %w", date, engineer, err)
	}
	return v, nil
}

// Day is one day of one engineer.
type Day struct {
	Engineer EngineerID
	Date     string // "2006-01-02", local
}

// BumpDaysTx bumps several days in the one order that cannot deadlock; it returns the new versions.
func (s *Service) BumpDaysTx(ctx context.Context, tx *db.Tx, days []Day) (map[Day]int64, error) {
	sorted := slices.Clone(days)
	slices.SortFunc(sorted, func(a, b Day) int { return cmp.Or(cmp.Compare(a.Engineer, b.Engineer), cmp.Compare(a.Date, b.Date)) })
	out := make(map[Day]int64, len(sorted))
	for _, d := range slices.Compact(sorted) {
		v, err := s.BumpDayTx(ctx, tx, d.Engineer, d.Date)
		if err != nil {
			return nil, err
		}
		out[d] = v
	}
	return out, nil
}

// DayVersion is the version of an engineer's day; 0 when nothing ever touched it.
func (s *Service) DayVersion(ctx context.Context, q db.Querier, engineer EngineerID, date string) (int64, error) {
	v, err := db.Get(ctx, q, db.ScanInt, `SELECT version FROM workforce_engineer_day WHERE engineer_id = $1 AND date = $2`, string(engineer), date)
	if errors.Is(err, db.ErrNoRows) {
		return 0, nil
	}
	return v, err
}

// DayVersions reads the versions of the days of some engineers, dates from … to included; untouched days
// are absent.
func (s *Service) DayVersions(ctx context.Context, q db.Querier, engineers []EngineerID, from, to string) (map[Day]int64, error) {
	out := map[Day]int64{}
	for part := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(engineers))), 1000) {
		var w db.Where
		w.In("engineer_id", db.Strings(part))
		w.And("date >= ? AND date <= ?", from, to)
		type row struct {
			d Day
			v int64
		}
		rows, err := db.List(ctx, q, func(sc db.Scanner) (row, error) {
			var r row
			return r, sc.Scan(&r.d.Engineer, &r.d.Date, &r.v)
		}, `SELECT engineer_id, date, version FROM workforce_engineer_day`+w.String(), w.Args()...)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.d] = r.v
		}
	}
	return out, nil
}

// horizon is how far ahead a change of the template bumps days that nobody touched yet: beyond it no plan
// was made on what the template said.
const horizon = 62

// bumpFrom bumps all days from a date on: what changed holds for all of them.
func (s *Service) bumpFrom(ctx context.Context, tx *db.Tx, engineer EngineerID, from calendar.Date) error {
	end := from + horizon
	days := make([]Day, 0, horizon)
	for d := from; d < end; d++ {
		days = append(days, Day{engineer, d.String()})
	}
	if _, err := s.BumpDaysTx(ctx, tx, days); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE workforce_engineer_day SET version = version + 1 WHERE engineer_id = $1 AND date >= $2`, string(engineer), end.String())
	return err
}

// DayStamp is what tells whether an engineer and his days are as they were: the version of his record, which every
// edit of it, of his shifts and of his certificates counts up, and those of his days.
type DayStamp struct {
	Engineer   EngineerID
	OutletID   outlets.ID
	OutletPath string
	Version    int64
	Days       []int64 // of the dates that were asked for, one after the other; untouched days are 0
}

// DayStamps reads the stamps of the active engineers at and below some outlets, dates from … to included, by outlet
// and id, in one query.
func (s *Service) DayStamps(ctx context.Context, q db.Querier, paths []string, from, to calendar.Date) ([]DayStamp, error) {
	if len(paths) == 0 {
		return []DayStamp{}, nil
	}
	var w db.Where
	conds := make([]string, len(paths))
	args := make([]any, 0, 2*len(paths))
	for i, p := range paths {
		conds[i] = "(e.outlet_path >= ? AND e.outlet_path < ?)"
		args = append(args, p, p+"\U0010FFFF")
	}
	begin, end := w.Arg(from.String()), w.Arg(to.String())
	columns := ""
	for d := from; d <= to; d++ { // a row an engineer, not one a day
		date := d.String()
		columns += ", coalesce(max(d.version) FILTER (WHERE d.date = " + w.Arg(date) + "), 0)"
	}
	w.And("("+strings.Join(conds, " OR ")+")", args...)
	w.And("e.state = ? AND e.job = ?", string(StateActive), string(JobEngineer))
	rows, err := q.Query(ctx, `SELECT e.id, e.outlet_id, e.outlet_path, e.version`+columns+` FROM workforce_staff e
		LEFT JOIN workforce_engineer_day d ON d.engineer_id = e.id AND d.date >= `+begin+` AND d.date <= `+end+w.String()+`
		GROUP BY e.id, e.outlet_id, e.outlet_path, e.version ORDER BY e.outlet_path, e.id`, w.Args()...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := []DayStamp{}
	var st DayStamp
	versions := make([]int64, max(0, int(to-from)+1))
	into := []any{&st.Engineer, &st.OutletID, &st.OutletPath, &st.Version}
	for i := range versions {
		into = append(into, &versions[i])
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		st.Days = slices.Clone(versions)
		out = append(out, st)
	}
	return out, rows.Err()
}
