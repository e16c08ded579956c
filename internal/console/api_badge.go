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

// maxPhoto bounds a form with one's own photo, bytes: what the purpose takes, and the form around it.
const maxPhoto = 6 << 20

type ownPhotoIn struct {
	RawBody huma.MultipartFormFiles[struct {
		File   huma.FormFile `form:"file" contentType:"image/jpeg,image/png,image/webp,application/octet-stream" required:"true"`
		FileID string        `form:"id" maxLength:"36" required:"true" doc:"chosen by the client (a UUID)"`
		// An outbox tells them with every operation; a photo has no use for them.
		OperationID string `form:"operation_id" maxLength:"64" required:"false"`
		OccurredAt  string `form:"occurred_at" required:"false"`
		OffsetMS    int64  `form:"device_offset_ms" required:"false"`
		TakenAt     string `form:"taken_at" required:"false"`
	}]
}

type ownPhotoBody struct {
	File files.ID `json:"file"`
}

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
		Description: "A file that the same person uploaded for the purpose “avatar”. Customers see it beside the name of who comes to them. Engineers give themselves one, who writes the staff of an outlet gives it to anybody there.",
	}, func(ctx context.Context, in *struct {
		ID   workforce.EngineerID `path:"id" maxLength:"36"`
		Body struct {
			File files.ID `json:"file" maxLength:"36"`
		}
	},
	) (*struct{}, error) {
		return nil, s.SetPhoto(ctx, in.ID, in.Body.File)
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "set-own-photo", Method: http.MethodPost, Path: "/field/photo", Tags: []string{"staff"}, Summary: "Give myself a photo",
		Description:  "Of the engineer who is signed in: JPEG, PNG or WebP, read from the bytes. The same id again changes nothing, so that a phone may send it until it has an answer.",
		MaxBodyBytes: maxPhoto,
	}, func(ctx context.Context, in *ownPhotoIn) (*struct{ Body ownPhotoBody }, error) {
		d := in.RawBody.Data()
		defer func() { _ = d.File.Close() }()
		if err := s.SetOwnPhoto(ctx, OwnPhotoInput{File: files.ID(d.FileID), Name: d.File.Filename, Body: d.File}); err != nil {
			return nil, err
		}
		return &struct{ Body ownPhotoBody }{ownPhotoBody{files.ID(d.FileID)}}, nil
	})
	s.misses.clientIP = api.ClientIP
}
