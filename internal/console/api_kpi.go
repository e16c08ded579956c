package console

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/clocks"
	"anxin/internal/outlets"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/problem"
)

// PeriodIn is the period and the outlet that a number is about.
type PeriodIn struct {
	From   string     `query:"from" maxLength:"10" doc:"First day, 2026-11-01; 30 days before to when left out"`
	To     string     `query:"to" maxLength:"10" doc:"Last day, included; today when left out"`
	Outlet outlets.ID `query:"outlet" maxLength:"36" doc:"This outlet and those below it"`
}

func (in PeriodIn) input() (KPIInput, error) {
	out := KPIInput{Outlet: in.Outlet}
	var f problem.Fields
	day := func(field, text string, into *calendar.Date) {
		if text == "" {
			return
		}
		d, err := calendar.ParseDate(text)
		f.Check(err == nil, field, problem.BadFormat)
		*into = d
	}
	day("from", in.From, &out.From)
	day("to", in.To, &out.To)
	return out, f.Err()
}

// registerKPI adds the measures.
func (s *Service) registerKPI(api *httpapi.Server) {
	httpapi.Register(api, huma.Operation{
		OperationID: "get-kpis", Method: http.MethodGet, Path: "/console/kpis", Tags: []string{"console"}, Summary: "Read the measures of a period",
		Description: "By outlet and rolled up: numerators and denominators are added, ratios never averaged. Each record counts on the day of its event.",
	}, func(ctx context.Context, in *PeriodIn) (*struct{ Body KPIs }, error) {
		q, err := in.input()
		if err != nil {
			return nil, err
		}
		k, err := s.KPIs(ctx, q)
		if err != nil {
			return nil, err
		}
		return &struct{ Body KPIs }{k}, nil
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "get-clocks-kept", Method: http.MethodGet, Path: "/console/clocks", Tags: []string{"console"}, Summary: "Read who kept his deadlines",
		Description: "Deadlines kept and broken in a period, by the party that owed them.",
	}, func(ctx context.Context, in *PeriodIn) (*struct{ Body ClocksKept }, error) {
		q, err := in.input()
		if err != nil {
			return nil, err
		}
		c, err := s.ClocksKept(ctx, q)
		if err != nil {
			return nil, err
		}
		return &struct{ Body ClocksKept }{c}, nil
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "list-behind", Method: http.MethodGet, Path: "/console/behind", Tags: []string{"console"}, Summary: "List what a number counts",
		Description: "The records of a measure, or the deadlines of a party, of a period; newest first.",
	}, s.listBehind)
	httpapi.Register(api, huma.Operation{
		OperationID: "get-load", Method: http.MethodGet, Path: "/console/load", Tags: []string{"console"}, Summary: "Read work against capacity",
		Description: "By outlet: booked and available time of the next days, and the work that has no time yet.",
	}, func(ctx context.Context, in *loadIn) (*struct{ Body Load }, error) {
		q := LoadInput{Days: in.Days, Outlet: in.Outlet}
		if in.From != "" {
			d, err := calendar.ParseDate(in.From)
			if err != nil {
				return nil, problem.Field("from", problem.BadFormat)
			}
			q.From = d
		}
		l, err := s.Load(ctx, q)
		if err != nil {
			return nil, err
		}
		return &struct{ Body Load }{l}, nil
	})
}

type loadIn struct {
	From   string     `query:"from" maxLength:"10" doc:"First day, 2026-11-01; today when left out"`
	Days   int        `query:"days" minimum:"1" maximum:"31" default:"7"`
	Outlet outlets.ID `query:"outlet" maxLength:"36" doc:"This outlet and those below it"`
}

type behindIn struct {
	PeriodIn
	Measure   KPI              `query:"measure" enum:"on_time_arrival,first_time_fix,repeat_30d,completion_in_time,remote_fix,callback_satisfaction,complaint_in_time,promise_kept" doc:"Of which measure; else name a party"`
	Party     clocks.Party     `query:"party" maxLength:"32" doc:"Whose deadlines"`
	Milestone clocks.Milestone `query:"milestone" maxLength:"32"`
	Path      string           `query:"path" maxLength:"512" doc:"Only what stands at this path itself, as in the rows of outlets of the measures; / is what the centre did"`
	Hit       string           `query:"hit" enum:"true,false" doc:"true: what the numerator counts (deadlines kept); false: the others"`
	Cursor    string           `query:"cursor" maxLength:"512"`
	Limit     int              `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

func (s *Service) listBehind(ctx context.Context, in *behindIn) (*httpapi.PageOut[Behind], error) {
	period, err := in.input()
	if err != nil {
		return nil, err
	}
	q := BehindInput{KPIInput: period, KPI: in.Measure, Party: in.Party, Milestone: in.Milestone, Path: in.Path, Limit: in.Limit + 1}
	if in.Hit != "" {
		q.Hit = new(in.Hit == "true")
	}
	var at int64
	more, err := httpapi.DecodeCursor(in.Cursor, &at, &q.BeforeKey)
	if err != nil {
		return nil, err
	}
	if more {
		q.Before = db.FromMicros(at)
	}
	list, err := s.Behind(ctx, q)
	if err != nil {
		return nil, err
	}
	page := httpapi.MakePage(list, in.Limit, func(b Behind) Behind { return b }, func(b Behind) []any { return []any{db.Micros(b.At), b.Key} })
	return &httpapi.PageOut[Behind]{Body: page}, nil
}

// registerNow adds where live orders stand.
func (s *Service) registerNow(api *httpapi.Server) {
	httpapi.Register(api, huma.Operation{
		OperationID: "get-now", Method: http.MethodGet, Path: "/console/now", Tags: []string{"console"}, Summary: "Read where live orders stand",
		Description: "By stage and by outlet: how many, how many are late, how many are due within two hours.",
	}, func(ctx context.Context, _ *struct{}) (*struct{ Body Now }, error) {
		n, err := s.Now(ctx)
		if err != nil {
			return nil, err
		}
		return &struct{ Body Now }{n}, nil
	})
}
