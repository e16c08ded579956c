package identity

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/platform/access"
	"anxin/internal/platform/httpapi"
)

// ProfileBody is what of a user others may set. (Embedded types are exported because the API's schemas
// see no others.)
type ProfileBody struct {
	Login      string   `json:"login" minLength:"1" maxLength:"200" doc:"Lower case; letters, digits and . _ - @ +"`
	Name       string   `json:"name" minLength:"1" maxLength:"400"`
	Lang       string   `json:"lang,omitempty" enum:"zh-CN,en" doc:"Default: zh-CN"`
	Roles      []string `json:"roles" minItems:"1" maxItems:"50"`
	OutletPath string   `json:"outlet_path" maxLength:"512" doc:"/ for the centre, /hz/xihu/ for an outlet and those below it"`
	Brands     []string `json:"brands,omitempty" maxItems:"500" doc:"Absent: every brand"`
	EngineerID string   `json:"engineer_id,omitempty" maxLength:"64"`
}

func (b ProfileBody) profile() Profile {
	return Profile{Login: b.Login, Name: b.Name, Lang: b.Lang, Roles: b.Roles, Scope: access.Scope{OutletPath: b.OutletPath, Brands: b.Brands}, EngineerID: b.EngineerID}
}

// UserBody is a user as the API shows it.
type UserBody struct {
	ID ID `json:"id"`
	ProfileBody
	State      State     `json:"state" enum:"active,disabled"`
	MustChange bool      `json:"must_change_password"`
	TOTP       bool      `json:"totp"`
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
	Version    int64     `json:"version"`
}

func bodyOfUser(u User) UserBody {
	return UserBody{
		ID: u.ID, State: u.State, MustChange: u.MustChange, TOTP: u.TOTP, CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt, Version: u.Version,
		ProfileBody: ProfileBody{
			Login: u.Login, Name: u.Name, Lang: u.Lang, Roles: u.Roles, OutletPath: u.Scope.OutletPath, Brands: u.Scope.Brands, EngineerID: u.EngineerID,
		},
	}
}

type userOut struct {
	ETag string `header:"ETag"`
	Body UserBody
}

func outUser(u User) *userOut { return &userOut{ETag: httpapi.ETag(u.Version), Body: bodyOfUser(u)} }

func renderUser(_ context.Context, u User) (*userOut, error) { return outUser(u), nil }

type createdOut struct {
	ETag string `header:"ETag"`
	Body struct {
		UserBody
		Password string `json:"temporary_password" doc:"To be handed over; changed at the first sign-in"`
	}
}

func renderCreated(_ context.Context, c Created) (*createdOut, error) {
	out := &createdOut{ETag: httpapi.ETag(c.User.Version)}
	out.Body.UserBody, out.Body.Password = bodyOfUser(c.User), c.Password
	return out, nil
}

// UserPath names a user in the path.
type UserPath struct {
	ID string `path:"id" maxLength:"64"`
}

type userActIn struct {
	UserPath
	Body struct {
		RevokeKeys bool `json:"revoke_keys,omitempty" doc:"Also revoke the API keys that this user made"`
	}
}

func (s *Service) registerUsers(api *httpapi.Server, withClient huma.Middlewares) {
	tags := []string{"users"}
	httpapi.Register(api, huma.Operation{
		OperationID: "list-users", Method: http.MethodGet, Path: "/users", Tags: tags, Summary: "List users", Description: "Those inside one's own scope, by login name.",
	}, s.apiListUsers)
	httpapi.Act(api, huma.Operation{
		OperationID: "create-user", Method: http.MethodPost, Path: "/users", Tags: tags, Summary: "Add a user",
		Description: "Nobody can give more than their own permissions and scope. A password is made up and answered once.",
	}, func(ctx context.Context, in *struct{ Body ProfileBody }) (Created, error) {
		return s.Create(ctx, CreateInput{Profile: in.Body.profile()})
	}, renderCreated)
	httpapi.Register(api, huma.Operation{
		OperationID: "get-user", Method: http.MethodGet, Path: "/users/{id}", Tags: tags, Summary: "Get a user",
	}, func(ctx context.Context, in *UserPath) (*userOut, error) {
		u, err := s.Get(ctx, ID(in.ID))
		return outUser(u), err
	})
	httpapi.Act(api, huma.Operation{
		OperationID: "update-user", Method: http.MethodPut, Path: "/users/{id}", Tags: tags, Summary: "Change a user's profile, roles and scope",
	}, func(ctx context.Context, in *struct {
		UserPath
		httpapi.VersionIn
		Body ProfileBody
	},
	) (User, error) {
		v, err := in.Version()
		if err != nil {
			return User{}, err
		}
		return s.Edit(ctx, EditInput{ID: ID(in.ID), Version: v, Profile: in.Body.profile()})
	}, renderUser)
	httpapi.Act(api, huma.Operation{
		OperationID: "disable-user", Method: http.MethodPost, Path: "/users/{id}/disable", Tags: tags, Summary: "Disable a user", Description: "All their sessions end.",
	}, func(ctx context.Context, in *userActIn) (User, error) {
		return s.Disable(ctx, ID(in.ID), in.Body.RevokeKeys)
	}, renderUser)
	httpapi.Act(api, huma.Operation{
		OperationID: "enable-user", Method: http.MethodPost, Path: "/users/{id}/enable", Tags: tags, Summary: "Let a disabled user sign in again",
	}, func(ctx context.Context, in *UserPath) (User, error) { return s.Enable(ctx, ID(in.ID)) }, renderUser)
	httpapi.Act(api, huma.Operation{
		OperationID: "reset-user-password", Method: http.MethodPost, Path: "/users/{id}/reset-password", Tags: tags, Summary: "Give a user a new temporary password",
		Description: "All their sessions end.",
	}, func(ctx context.Context, in *UserPath) (Created, error) { return s.ResetPassword(ctx, ID(in.ID)) }, renderCreated)
	httpapi.Register(api, huma.Operation{
		OperationID: "reset-user-totp", Method: http.MethodPost, Path: "/users/{id}/reset-totp", Tags: tags, DefaultStatus: http.StatusNoContent,
		Summary: "Turn off the second factor of a user who lost it",
	}, func(ctx context.Context, in *UserPath) (*struct{}, error) { return nil, s.ResetTOTP(ctx, ID(in.ID)) })
	httpapi.Register(api, huma.Operation{
		OperationID: "list-user-sessions", Method: http.MethodGet, Path: "/users/{id}/sessions", Tags: tags, Middlewares: withClient, Summary: "List where a user is signed in",
	}, func(ctx context.Context, in *UserPath) (*sessionsOut, error) { return s.sessionsOut(ctx, ID(in.ID)) })
	httpapi.Register(api, huma.Operation{
		OperationID: "end-user-sessions", Method: http.MethodDelete, Path: "/users/{id}/sessions", Tags: tags, Middlewares: withClient,
		Summary: "Sign a user out everywhere", Description: "One's own session that asks goes on.",
	}, func(ctx context.Context, in *UserPath) (*struct{}, error) {
		return nil, s.EndSession(ctx, ID(in.ID), "", clientOf(ctx).token)
	})
}

func (s *Service) apiListUsers(ctx context.Context, in *struct {
	httpapi.PageIn
	State  string `query:"state" enum:"active,disabled"`
	Role   string `query:"role" maxLength:"64"`
	Search string `query:"search" maxLength:"100" doc:"Part of the login or display name"`
},
) (*httpapi.PageOut[UserBody], error) {
	q := ListInput{State: State(in.State), Role: in.Role, Search: in.Search, Limit: in.Limit + 1}
	if _, err := httpapi.DecodeCursor(in.Cursor, &q.After); err != nil {
		return nil, err
	}
	list, err := s.List(ctx, q)
	if err != nil {
		return nil, err
	}
	return &httpapi.PageOut[UserBody]{Body: httpapi.MakePage(list, in.Limit, bodyOfUser, func(u User) []any { return []any{u.Login} })}, nil
}
