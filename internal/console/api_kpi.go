package console

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/outlets"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/problem"
)

type kpiIn struct {
	From   string     `query:"from" maxLength:"10" doc:"First day, 2026-11-01; 30 days before to when left out"`
	To     string     `query:"to" maxLength:"10" doc:"Last day, included; today when left out"`
	Outlet outlets.ID `query:"outlet" maxLength:"36" doc:"This outlet and those below it"`
}

func (in kpiIn) input() (KPIInput, error) {
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
	}, func(ctx context.Context, in *kpiIn) (*struct{ Body KPIs }, error) {
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
