package console

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/cases"
	"anxin/internal/platform/httpapi"
)

// Register adds the screens' reads and the customer's pages.
func (s *Service) Register(api *httpapi.Server) {
	httpapi.Register(api, huma.Operation{
		OperationID: "get-home", Method: http.MethodGet, Path: "/console/home", Tags: []string{"console"}, Summary: "Read what waits for me",
	}, func(ctx context.Context, _ *struct{}) (*struct{ Body Home }, error) {
		h, err := s.Home(ctx)
		if err != nil {
			return nil, err
		}
		return &struct{ Body Home }{h}, nil
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "get-workplace", Method: http.MethodGet, Path: "/console/cases/{id}", Tags: []string{"console"}, Summary: "Read everything that a case's page shows",
	}, func(ctx context.Context, in *struct {
		ID cases.ID `path:"id" maxLength:"36"`
	},
	) (*struct{ Body Workplace }, error) {
		w, err := s.Workplace(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return &struct{ Body Workplace }{w}, nil
	})
	s.registerKPI(api)
	s.registerNow(api)
	s.registerBadges(api)
	s.registerPreview(api)
	s.registerPages(api)
}
