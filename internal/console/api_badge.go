package console

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/orders"
	"anxin/internal/platform/files"
	"anxin/internal/platform/httpapi"
	"anxin/internal/workforce"
)

// registerBadges adds what proves engineers to customers.
func (s *Service) registerBadges(api *httpapi.Server) {
	httpapi.Register(api, huma.Operation{
		OperationID: "show-badge", Method: http.MethodPost, Path: "/visits/{id}/badge", Tags: []string{"visits"}, Summary: "Show who I am",
		Description: "A QR code that leads whoever is at the door to a page about the engineer. It works for ten minutes, around the visit's time only; ask for a new one then.",
	}, func(ctx context.Context, in *struct {
		ID orders.VisitID `path:"id" maxLength:"36"`
	},
	) (*struct{ Body Badge }, error) {
		b, err := s.ShowBadge(ctx, in.ID)
		return &struct{ Body Badge }{b}, err
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "set-staff-photo", Method: http.MethodPut, Path: "/staff/{id}/photo", Tags: []string{"staff"}, Summary: "Give somebody a photo",
		Description: "A file that the same person uploaded for the purpose “avatar”. Customers see it beside the name of who comes to them.",
	}, func(ctx context.Context, in *struct {
		ID   workforce.EngineerID `path:"id" maxLength:"36"`
		Body struct {
			File files.ID `json:"file" maxLength:"36"`
		}
	},
	) (*struct{}, error) {
		return nil, s.SetPhoto(ctx, in.ID, in.Body.File)
	})
	s.misses.clientIP = api.ClientIP
}
