package prefs

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/platform/access"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/identity"
)

type savedViewBody struct {
	ID        ID          `json:"id"`
	Page      string      `json:"page"`
	Name      string      `json:"name"`
	State     any         `json:"state" doc:"An object that only the page understands"`
	Role      string      `json:"role,omitempty" doc:"Whom it is shared with"`
	Owner     identity.ID `json:"owner"`
	OwnerName string      `json:"owner_name,omitempty" doc:"In lists"`
	Mine      bool        `json:"mine"`
	CreatedAt time.Time   `json:"created_at"`
	UpdatedAt time.Time   `json:"updated_at"`
	Version   int64       `json:"version"`
}

func bodyOf(ctx context.Context, v View) savedViewBody {
	return savedViewBody{
		ID: v.ID, Page: v.Page, Name: v.Name, State: v.State, Role: v.Role, Owner: v.Owner, Mine: access.From(ctx).ID == string(v.Owner),
		CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt, Version: v.Version,
	}
}

type savedViewOut struct {
	ETag string `header:"ETag"`
	Body savedViewBody
}

func render(ctx context.Context, v View) (*savedViewOut, error) {
	return &savedViewOut{ETag: httpapi.ETag(v.Version), Body: bodyOf(ctx, v)}, nil
}

// Register adds the operations of saved views.
func (s *Service) Register(api *httpapi.Server) {
	tags := []string{"views"}
	type listOut struct {
		Body struct {
			Items []savedViewBody `json:"items"`
		}
	}
	httpapi.Register(api, huma.Operation{
		OperationID: "list-views", Method: http.MethodGet, Path: "/views", Tags: tags, Summary: "List saved views of a page",
		Description: "One's own and those shared with one's roles.",
	}, func(ctx context.Context, in *struct {
		Page string `query:"page" required:"true" maxLength:"64"`
	},
	) (*listOut, error) {
		list, err := s.List(ctx, in.Page)
		if err != nil {
			return nil, err
		}
		ids := make([]identity.ID, len(list))
		for i, v := range list {
			ids[i] = v.Owner
		}
		names, err := identity.Names(ctx, s.db, ids)
		out := &listOut{}
		out.Body.Items = make([]savedViewBody, len(list))
		for i, v := range list {
			out.Body.Items[i] = bodyOf(ctx, v)
			out.Body.Items[i].OwnerName = names[v.Owner]
		}
		return out, err
	})
	httpapi.Act(api, huma.Operation{
		OperationID: "create-view", Method: http.MethodPost, Path: "/views", Tags: tags, Summary: "Save a view",
	}, func(ctx context.Context, in *struct {
		Body struct {
			Page  string         `json:"page" maxLength:"64"`
			Name  string         `json:"name" minLength:"1" maxLength:"240"`
			State map[string]any `json:"state"`
			Role  string         `json:"role,omitempty" maxLength:"40" doc:"Share it with this role"`
		}
	},
	) (View, error) {
		state, err := json.Marshal(in.Body.State)
		if err != nil {
			return View{}, err
		}
		return s.Create(ctx, SaveInput{Page: in.Body.Page, Name: in.Body.Name, State: state, Role: in.Body.Role})
	}, render)
	httpapi.Act(api, huma.Operation{
		OperationID: "update-view", Method: http.MethodPut, Path: "/views/{id}", Tags: tags, Summary: "Replace a saved view",
	}, func(ctx context.Context, in *struct {
		ID string `path:"id" maxLength:"64"`
		httpapi.VersionIn
		Body struct {
			Name  string         `json:"name" minLength:"1" maxLength:"240"`
			State map[string]any `json:"state"`
			Role  string         `json:"role,omitempty" maxLength:"40" doc:"Share it with this role; absent: with nobody"`
		}
	},
	) (View, error) {
		v, err := in.Version()
		if err != nil {
			return View{}, err
		}
		state, err := json.Marshal(in.Body.State)
		if err != nil {
			return View{}, err
		}
		return s.Edit(ctx, SaveInput{ID: ID(in.ID), Version: v, Name: in.Body.Name, State: state, Role: in.Body.Role})
	}, render)
	httpapi.Register(api, huma.Operation{
		OperationID: "delete-view", Method: http.MethodDelete, Path: "/views/{id}", Tags: tags, Summary: "Remove a saved view",
	}, func(ctx context.Context, in *struct {
		ID string `path:"id" maxLength:"64"`
	},
	) (*struct{}, error) {
		return nil, s.Delete(ctx, ID(in.ID))
	})
}
