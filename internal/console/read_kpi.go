package console

import (
	"context"
	"slices"
	"strings"
	"time"

	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

const permKPI = "console.kpis"

// KPIInput is the period and the outlet that measures are asked for.
type KPIInput struct {
	From, To calendar.Date // both included; zero: the last 30 days
	Outlet   outlets.ID    // with those below it; empty is all in scope
}

// Measure is one KPI of a period.
type Measure struct {
	KPI KPI `json:"kpi"`
	Ratio
	Value    *float64  `json:"value" doc:"numerator ÷ denominator, from 0 to 1; null when the denominator is 0"`
	Interval *Interval `json:"interval,omitempty" doc:"95 % interval of an opinion of some (Wilson)"`
	Typical  Interval  `json:"typical" doc:"what the trade reaches"`
}

func (k kpiRow) measure(r Ratio) Measure {
	m := Measure{KPI: k.Key, Ratio: r, Value: r.Value(), Typical: k.Typical}
	if k.Sampled {
		m.Interval = r.Wilson()
	}
	return m
}

// OutletKPIs are the measures of one outlet, without those below it. What the centre did itself (requests that
// were solved on the phone) stands under "/".
type OutletKPIs struct {
	Path     string     `json:"path"`
	ID       outlets.ID `json:"id,omitempty"`
	Name     string     `json:"name"`
	Measures []Measure  `json:"measures"`
}

// KPIs are the measures of a period.
type KPIs struct {
	From     calendar.Date `json:"from"`
	To       calendar.Date `json:"to"`
	Measures []Measure     `json:"measures" doc:"of all outlets below, rolled up: numerators and denominators are added"`
	Outlets  []OutletKPIs  `json:"outlets"`
}

const maxPeriod = 400 // days

// KPIs computes the measures from the published views, within the actor's scope.
func (s *Service) KPIs(ctx context.Context, in KPIInput) (KPIs, error) {
	if err := access.Require(ctx, permKPI); err != nil {
		return KPIs{}, err
	}
	in, path, err := s.period(ctx, in)
	if err != nil {
		return KPIs{}, err
	}
	counts, err := s.countKPIs(ctx, in, path)
	if err != nil {
		return KPIs{}, err
	}
	return s.compose(ctx, in, counts)
}

// period fills in what was left out of a question, and finds the path of the outlet that it is about.
func (s *Service) period(ctx context.Context, in KPIInput) (_ KPIInput, path string, err error) {
	if in.To.IsZero() {
		in.To = calendar.DateOf(s.DB.Now(), s.Zone)
	}
	if in.From.IsZero() {
		in.From = in.To - 29
	}
	if in.From > in.To || in.To-in.From > maxPeriod {
		return in, "", problem.Field("from", problem.OutOfRange, "limit", maxPeriod)
	}
	if in.Outlet != "" {
		o, err := s.Outlets.Find(ctx, in.Outlet)
		if err != nil {
			return in, "", err
		}
		path = o.Path
	}
	return in, path, nil
}

// span is the period as instants.
func (s *Service) span(in KPIInput) (from, to time.Time) {
	return startOf(in.From, s.Zone), startOf(in.To+1, s.Zone)
}

// counting is a query over a period, within the actor's scope and an outlet's path: sql names {now}, {from} and {to}.
func (s *Service) counting(ctx context.Context, w *db.Where, sql string, in KPIInput, path string) string {
	from, to := s.span(in)
	for name, at := range map[string]time.Time{"{now}": s.DB.Now(), "{from}": from, "{to}": to} {
		if strings.Contains(sql, name) {
			sql = strings.ReplaceAll(sql, name, w.Arg(db.Micros(at)))
		}
	}
	access.From(ctx).Scope.Limit(w, "brand_id", "outlet_path")
	if path != "" {
		w.Prefix("outlet_path", path)
	}
	return sql
}

// countKPIs counts by outlet, one query a measure.
func (s *Service) countKPIs(ctx context.Context, in KPIInput, path string) (map[string]map[KPI]Ratio, error) {
	out := map[string]map[KPI]Ratio{}
	for _, k := range kpis {
		var w db.Where
		sql := s.counting(ctx, &w, k.SQL, in, path)
		type row struct {
			path string
			r    Ratio
		}
		rows, err := db.List(ctx, s.DB, func(sc db.Scanner) (v row, err error) {
			return v, sc.Scan(&v.path, &v.r.Numerator, &v.r.Denominator)
		}, `SELECT outlet_path, SUM(hit), COUNT(*) FROM (`+sql+`) AS counted`+w.String()+` GROUP BY outlet_path`, w.Args()...)
		if err != nil {
			return nil, err
		}
		for _, v := range rows {
			if out[v.path] == nil {
				out[v.path] = map[KPI]Ratio{}
			}
			out[v.path][k.Key] = v.r
		}
	}
	return out, nil
}

// compose names the outlets and rolls their counts up.
func (s *Service) compose(ctx context.Context, in KPIInput, counts map[string]map[KPI]Ratio) (KPIs, error) {
	out := KPIs{From: in.From, To: in.To, Outlets: []OutletKPIs{}}
	known, err := s.Outlets.Under(ctx, s.DB, outlets.CentrePath)
	if err != nil {
		return out, err
	}
	total := map[KPI]Ratio{}
	for path, m := range counts {
		o := OutletKPIs{Path: path}
		if i := slices.IndexFunc(known, func(x outlets.Outlet) bool { return x.Path == path }); i >= 0 {
			o.ID, o.Name = known[i].ID, known[i].Name
		} else if was, err := s.Outlets.ByPath(ctx, s.DB, path); err == nil { // it has closed, or is the centre
			o.Name = was.Name
		} else if !problem.Match(err, problem.ErrNotFound) {
			return out, err
		}
		for _, k := range kpis {
			o.Measures = append(o.Measures, k.measure(m[k.Key]))
			total[k.Key] = total[k.Key].Plus(m[k.Key])
		}
		out.Outlets = append(out.Outlets, o)
	}
	slices.SortFunc(out.Outlets, func(a, b OutletKPIs) int { return strings.Compare(a.Path, b.Path) })
	for _, k := range kpis {
		out.Measures = append(out.Measures, k.measure(total[k.Key]))
	}
	return out, nil
}

func startOf(d calendar.Date, zone *time.Location) time.Time {
	y, m, day := d.Civil()
	return time.Date(y, m, day, 0, 0, 0, 0, zone)
}
