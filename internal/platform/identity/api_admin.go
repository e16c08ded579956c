package identity

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/platform/access"
	"anxin/internal/platform/httpapi"
)

type roleBody struct {
	Key         string   `json:"key"`
	NameZh      string   `json:"name_zh"`
	NameEn      string   `json:"name_en"`
	BuiltIn     bool     `json:"built_in"`
	Permissions []string `json:"permissions" doc:"* allows everything"`
	Defaults    []string `json:"defaults,omitempty" doc:"What a built-in role may do unless it is changed"`
	Users       int64    `json:"users"`
	Version     int64    `json:"version"`
}

type roleOut struct {
	ETag string `header:"ETag"`
	Body roleBody
}

func (s *Service) registerRoles(api *httpapi.Server) {
	tags := []string{"roles"}
	body := func(r Role) roleBody {
		b := roleBody(r)
		if r.BuiltIn {
			b.NameZh, b.NameEn = api.Words().T("zh-CN", "role."+r.Key, nil), api.Words().T("en", "role."+r.Key, nil)
		}
		return b
	}
	render := func(_ context.Context, r Role) (*roleOut, error) {
		return &roleOut{ETag: httpapi.ETag(r.Version), Body: body(r)}, nil
	}
	type rolesOut struct {
		Body struct {
			Items []roleBody `json:"items"`
		}
	}
	httpapi.Register(api, huma.Operation{
		OperationID: "list-roles", Method: http.MethodGet, Path: "/roles", Tags: tags, Summary: "List roles and what they may do",
	}, func(ctx context.Context, _ *struct{}) (*rolesOut, error) {
		list, err := s.Roles(ctx)
		out := &rolesOut{}
		out.Body.Items = make([]roleBody, len(list))
		for i, r := range list {
			out.Body.Items[i] = body(r)
		}
		return out, err
	})
	type permissionBody struct {
		Key   string   `json:"key"`
		Name  string   `json:"name" doc:"In the reader's language; the key where it has no words"`
		Roles []string `json:"default_roles"`
	}
	type permissionsOut struct {
		Body struct {
			Items []permissionBody `json:"items"`
		}
	}
	httpapi.Register(api, huma.Operation{
		OperationID: "list-permissions", Method: http.MethodGet, Path: "/permissions", Tags: tags, Summary: "List every permission that a role can hold",
	}, func(ctx context.Context, _ *struct{}) (*permissionsOut, error) {
		list, err := s.AllPermissions(ctx)
		out := &permissionsOut{}
		out.Body.Items = make([]permissionBody, len(list))
		lang := access.From(ctx).Lang
		for i, p := range list {
			out.Body.Items[i] = permissionBody{Key: p.Key, Name: p.Key, Roles: append([]string{}, p.Roles...)}
			if api.Words().Has(lang, "permission."+p.Key) {
				out.Body.Items[i].Name = api.Words().T(lang, "permission."+p.Key, nil)
			}
		}
		return out, err
	})
	httpapi.Act(api, huma.Operation{
		OperationID: "create-role", Method: http.MethodPost, Path: "/roles", Tags: tags, Summary: "Add a role of the firm's own",
	}, func(ctx context.Context, in *struct {
		Body struct {
			Key         string   `json:"key" minLength:"2" maxLength:"40" pattern:"^[a-z][a-z0-9_]*$"`
			NameZh      string   `json:"name_zh" minLength:"1" maxLength:"400"`
			NameEn      string   `json:"name_en" minLength:"1" maxLength:"400"`
			Permissions []string `json:"permissions" maxItems:"1000"`
		}
	},
	) (Role, error) {
		return s.CreateRole(ctx, RoleInput{Key: in.Body.Key, NameZh: in.Body.NameZh, NameEn: in.Body.NameEn, Permissions: in.Body.Permissions})
	}, render)
	httpapi.Act(api, huma.Operation{
		OperationID: "update-role", Method: http.MethodPut, Path: "/roles/{key}", Tags: tags, Summary: "Change what a role may do",
		Description: "The names of a built-in role stay; the administrator's role cannot be changed.",
	}, func(ctx context.Context, in *struct {
		Key string `path:"key" maxLength:"40"`
		httpapi.VersionIn
		Body struct {
			NameZh      string   `json:"name_zh,omitempty" maxLength:"400"`
			NameEn      string   `json:"name_en,omitempty" maxLength:"400"`
			Permissions []string `json:"permissions" maxItems:"1000"`
		}
	},
	) (Role, error) {
		v, err := in.Version()
		if err != nil {
			return Role{}, err
		}
		return s.EditRole(ctx, RoleInput{Key: in.Key, NameZh: in.Body.NameZh, NameEn: in.Body.NameEn, Permissions: in.Body.Permissions, Version: v})
	}, render)
	httpapi.Register(api, huma.Operation{
		OperationID: "delete-role", Method: http.MethodDelete, Path: "/roles/{key}", Tags: tags, Summary: "Remove a role of the firm's own that nobody has",
	}, func(ctx context.Context, in *struct {
		Key string `path:"key" maxLength:"40"`
	},
	) (*struct{}, error) {
		return nil, s.DeleteRole(ctx, in.Key)
	})
}

// APIKeyBody is an API key as the API shows it; never the key itself.
type APIKeyBody struct {
	ID          KeyID      `json:"id"`
	Hint        string     `json:"hint" doc:"How the key begins"`
	Name        string     `json:"name"`
	Permissions []string   `json:"permissions"`
	OutletPath  string     `json:"outlet_path"`
	Brands      []string   `json:"brands,omitempty" doc:"Absent: every brand"`
	CreatedBy   ID         `json:"created_by"`
	CreatedAt   time.Time  `json:"created_at"`
	ExpiresAt   *time.Time `json:"expires_at,omitempty"`
	RevokedAt   *time.Time `json:"revoked_at,omitempty"`
	UsedAt      *time.Time `json:"used_at,omitempty" doc:"Within a quarter of an hour"`
}

func bodyOfKey(k APIKey) APIKeyBody {
	return APIKeyBody{
		ID: k.ID, Hint: k.Hint, Name: k.Name, Permissions: k.Permissions, OutletPath: k.Scope.OutletPath, Brands: k.Scope.Brands,
		CreatedBy: k.CreatedBy, CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt, RevokedAt: k.RevokedAt, UsedAt: k.UsedAt,
	}
}

func (s *Service) registerKeys(api *httpapi.Server) {
	tags := []string{"api-keys"}
	httpapi.Register(api, huma.Operation{
		OperationID: "list-api-keys", Method: http.MethodGet, Path: "/api-keys", Tags: tags, Summary: "List API keys", Description: "Those inside one's own scope, the newest first.",
	}, func(ctx context.Context, in *struct {
		httpapi.PageIn
		CreatedBy string `query:"created_by" maxLength:"64"`
	},
	) (*httpapi.PageOut[APIKeyBody], error) {
		q := KeysInput{CreatedBy: ID(in.CreatedBy), Limit: in.Limit + 1}
		if _, err := httpapi.DecodeCursor(in.Cursor, &q.AfterAt, &q.AfterID); err != nil {
			return nil, err
		}
		list, err := s.Keys(ctx, q)
		if err != nil {
			return nil, err
		}
		return &httpapi.PageOut[APIKeyBody]{Body: httpapi.MakePage(list, in.Limit, bodyOfKey, func(k APIKey) []any { return []any{k.CreatedAt, k.ID} })}, nil
	})
	type newKeyOut struct {
		Body struct {
			APIKeyBody
			Token string `json:"key" doc:"The key itself, shown only now; send it as Authorization: Bearer <key>"`
		}
	}
	httpapi.Act(api, huma.Operation{
		OperationID: "create-api-key", Method: http.MethodPost, Path: "/api-keys", Tags: tags, Summary: "Make an API key",
		Description: "It can have no more than one's own permissions and scope.",
	}, func(ctx context.Context, in *struct {
		Body struct {
			Name        string     `json:"name" minLength:"1" maxLength:"400"`
			Permissions []string   `json:"permissions" minItems:"1" maxItems:"1000"`
			OutletPath  string     `json:"outlet_path" maxLength:"512"`
			Brands      []string   `json:"brands,omitempty" maxItems:"500" doc:"Absent: every brand"`
			ExpiresAt   *time.Time `json:"expires_at,omitempty" doc:"Absent: until it is revoked"`
		}
	},
	) (NewKey, error) {
		b := in.Body
		return s.CreateKey(ctx, KeyInput{Name: b.Name, Permissions: b.Permissions, Scope: access.Scope{OutletPath: b.OutletPath, Brands: b.Brands}, ExpiresAt: b.ExpiresAt})
	}, func(_ context.Context, k NewKey) (*newKeyOut, error) {
		out := &newKeyOut{}
		out.Body.APIKeyBody, out.Body.Token = bodyOfKey(k.Key), k.Token
		return out, nil
	})
	type keyOut struct{ Body APIKeyBody }
	httpapi.Act(api, huma.Operation{
		OperationID: "revoke-api-key", Method: http.MethodPost, Path: "/api-keys/{id}/revoke", Tags: tags, Summary: "Revoke an API key", Description: "It stops working within a second on every node.",
	}, func(ctx context.Context, in *struct {
		ID string `path:"id" maxLength:"64"`
	},
	) (APIKey, error) {
		return s.RevokeKey(ctx, KeyID(in.ID))
	}, func(_ context.Context, k APIKey) (*keyOut, error) { return &keyOut{bodyOfKey(k)}, nil })
}
