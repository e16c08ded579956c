package console

import (
	"context"
	"slices"
	"time"

	"anxin/internal/clocks"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// BehindInput asks for the records that a number of the dashboard counts: those of a measure, or the deadlines of a
// party.
type BehindInput struct {
	KPIInput
	KPI       KPI
	Party     clocks.Party
	Milestone clocks.Milestone
	Path      string // only what stands at this path itself, as the row of an outlet counts it
	Hit       *bool  // only those that the numerator counts (that were kept), or only the others
	Before    time.Time
	BeforeKey string
	Limit     int
}

// Behind is one record that a number counts.
type Behind struct {
	Key        string           `json:"key"`
	RecordKind string           `json:"record_kind" enum:"order,case"`
	RecordID   string           `json:"record_id" doc:"empty when the deadline belongs to no case"`
	Number     string           `json:"number"`
	State      string           `json:"state"`
	OutletName string           `json:"outlet_name,omitempty"`
	At         time.Time        `json:"at" doc:"when it counted"`
	Hit        bool             `json:"hit" doc:"the numerator counts it; of a deadline: it was kept"`
	Party      clocks.Party     `json:"party,omitempty"`
	Milestone  clocks.Milestone `json:"milestone,omitempty"`
	outletPath string
}

// Behind lists what a number counts, the newest first, within the actor's scope.
func (s *Service) Behind(ctx context.Context, in BehindInput) ([]Behind, error) {
	if err := access.Require(ctx, permKPI); err != nil {
		return nil, err
	}
	period, path, err := s.period(ctx, in.KPIInput)
	if err != nil {
		return nil, err
	}
	var w db.Where
	columns, sql, kind := `'', ''`, settled, ""
	if i := slices.IndexFunc(kpis, func(k kpiRow) bool { return k.Key == in.KPI }); i >= 0 {
		sql, kind = kpis[i].SQL, kpis[i].Kind
	} else if in.KPI != "" || in.Party == "" {
		return nil, problem.Field("measure", problem.BadFormat)
	} else {
		columns = `party, milestone`
		w.And("party = ?", string(in.Party))
		if in.Milestone != "" {
			w.And("milestone = ?", string(in.Milestone))
		}
	}
	kindColumn := `CASE WHEN record_kind = 'order' THEN 'order' ELSE 'case' END`
	if kind != "" {
		kindColumn = `'` + kind + `'`
	}
	sql = s.counting(ctx, &w, sql, period, path)
	if in.Path != "" {
		w.And("outlet_path = ?", in.Path)
	}
	if in.Hit != nil {
		w.And("hit = ?", map[bool]int64{true: 1}[*in.Hit])
	}
	if in.BeforeKey != "" {
		w.And("(at, key) < (?, ?)", db.Micros(in.Before), in.BeforeKey)
	}
	list, err := db.List(ctx, s.DB, func(sc db.Scanner) (b Behind, err error) {
		var at, hit int64
		err = sc.Scan(&b.Key, &b.RecordKind, &b.RecordID, &b.outletPath, &at, &hit, &b.Party, &b.Milestone)
		b.At, b.Hit = db.FromMicros(at), hit == 1
		return b, err
	}, `SELECT key, `+kindColumn+`, record, outlet_path, at, hit, `+columns+` FROM (`+sql+`) AS counted`+w.String()+
		` ORDER BY at DESC, key DESC LIMIT `+w.Arg(in.Limit), w.Args()...)
	if err != nil {
		return nil, err
	}
	return list, s.nameBehind(ctx, list)
}

// nameBehind adds the numbers and states of records, and the names of outlets.
func (s *Service) nameBehind(ctx context.Context, list []Behind) error {
	known, err := s.Outlets.Under(ctx, s.DB, outlets.CentrePath)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, o := range known {
		names[o.Path] = o.Name
	}
	for kind, view := range map[string]string{"order": "orders_pub_order", "case": "cases_pub_case"} {
		var ids []string
		for _, b := range list {
			if b.RecordKind == kind && b.RecordID != "" && !slices.Contains(ids, b.RecordID) {
				ids = append(ids, b.RecordID)
			}
		}
		if len(ids) == 0 {
			continue
		}
		var w db.Where
		w.In("id", ids)
		found := map[string][2]string{}
		rows, err := db.List(ctx, s.DB, func(sc db.Scanner) (v [3]string, err error) { return v, sc.Scan(&v[0], &v[1], &v[2]) },
			`SELECT id, number, state FROM `+view+w.String(), w.Args()...)
		if err != nil {
			return err
		}
		for _, r := range rows {
			found[r[0]] = [2]string{r[1], r[2]}
		}
		for i := range list {
			if list[i].RecordKind == kind {
				list[i].Number, list[i].State = found[list[i].RecordID][0], found[list[i].RecordID][1]
			}
		}
	}
	for i := range list {
		list[i].OutletName = names[list[i].outletPath]
	}
	return nil
}
