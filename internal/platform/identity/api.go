package identity

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"anxin/internal/platform/access"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/problem"
)

// Operations with a password in their body are not idempotent ones: the fingerprint of an idempotent
// request is kept, and a password's would be something to guess against.

// client is what the transport knows of who asks.
type client struct{ address, agent, token string }

type clientKey struct{}

func clientOf(ctx context.Context) client {
	c, _ := ctx.Value(clientKey{}).(client)
	return c
}

// Register adds the operations of sign-in, one's own account, users, roles and API keys.
func (s *Service) Register(api *httpapi.Server) {
	withClient := huma.Middlewares{func(hc huma.Context, next func(huma.Context)) {
		r, _ := humago.Unwrap(hc)
		c := client{address: api.ClientIP(r), agent: r.UserAgent()}
		if k, err := r.Cookie(s.CookieName()); err == nil {
			c.token = k.Value
		}
		next(huma.WithValue(hc, clientKey{}, c))
	}}
	s.registerOwn(api, withClient)
	s.registerPasskeys(api, withClient)
	s.registerUsers(api, withClient)
	s.registerRoles(api)
	s.registerKeys(api)
}

func (s *Service) registerOwn(api *httpapi.Server, withClient huma.Middlewares) {
	tags := []string{"session"}
	httpapi.Register(api, huma.Operation{
		OperationID: "sign-in", Method: http.MethodPost, Path: "/session", Tags: tags, Metadata: httpapi.ForEverybody, Middlewares: withClient, Summary: "Sign in",
		Description: "Sets the session cookie. When identity.code_required is answered, send the same again with the code of the second factor or a recovery code.",
	}, s.apiSignIn)
	httpapi.Register(api, huma.Operation{
		OperationID: "sign-out", Method: http.MethodDelete, Path: "/session", Tags: tags, Metadata: httpapi.ForEverybody, Middlewares: withClient, Summary: "Sign out",
		DefaultStatus: http.StatusOK,
	}, s.apiSignOut)
	httpapi.Register(api, huma.Operation{
		OperationID: "get-me", Method: http.MethodGet, Path: "/me", Tags: tags, Summary: "Who am I, and what may I do",
	}, s.apiMe)
	httpapi.Register(api, huma.Operation{
		OperationID: "set-my-language", Method: http.MethodPut, Path: "/me/language", Tags: tags, Summary: "Change my language",
	}, func(ctx context.Context, in *struct {
		Body struct {
			Lang string `json:"lang" enum:"zh-CN,en"`
		}
	},
	) (*userOut, error) {
		u, err := s.SetLang(ctx, in.Body.Lang)
		return outUser(u), err
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "change-my-password", Method: http.MethodPost, Path: "/me/password", Tags: tags, Middlewares: withClient,
		Summary: "Change my password", Description: "All other sessions end.", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, in *struct {
		Body struct {
			Old      string `json:"old_password" minLength:"1" maxLength:"1024"`
			Password string `json:"password" minLength:"1" maxLength:"1024"`
		}
	},
	) (*struct{}, error) {
		return nil, s.ChangePassword(ctx, in.Body.Old, in.Body.Password, clientOf(ctx).token)
	})
	s.registerTOTP(api, tags)
	httpapi.Register(api, huma.Operation{
		OperationID: "list-my-sessions", Method: http.MethodGet, Path: "/me/sessions", Tags: tags, Middlewares: withClient, Summary: "List where I am signed in",
	}, func(ctx context.Context, _ *struct{}) (*sessionsOut, error) {
		return s.sessionsOut(ctx, ID(access.From(ctx).ID))
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "get-my-seal", Method: http.MethodGet, Path: "/me/seal", Tags: tags, Middlewares: withClient, Summary: "Read the key that seals what my device keeps",
		Description: "The same for a person on every device and after every change of the password, so that what waits on a device outlives its session. A device forgets it when its person signs out.",
	}, s.apiSeal)
	httpapi.Register(api, huma.Operation{
		OperationID: "end-my-session", Method: http.MethodDelete, Path: "/me/sessions/{session}", Tags: tags, Summary: "Sign out one of my devices",
	}, func(ctx context.Context, in *struct {
		Session string `path:"session" maxLength:"64"`
	},
	) (*struct{}, error) {
		return nil, s.EndSession(ctx, ID(access.From(ctx).ID), SessionID(in.Session), "")
	})
}

func (s *Service) registerTOTP(api *httpapi.Server, tags []string) {
	type passwordIn struct {
		Body struct {
			Password string `json:"password" minLength:"1" maxLength:"1024"`
		}
	}
	type enrolOut struct {
		Body struct {
			Secret string `json:"secret"`
			URL    string `json:"url" doc:"otpauth address, to be shown as a QR code"`
		}
	}
	type codesOut struct {
		Body struct {
			Codes []string `json:"recovery_codes" doc:"Each works once instead of a code; shown only now"`
		}
	}
	httpapi.Register(api, huma.Operation{
		OperationID: "enrol-totp", Method: http.MethodPost, Path: "/me/totp", Tags: tags, DefaultStatus: http.StatusOK,
		Summary: "Begin the set-up of a second factor", Description: "It is asked for once confirm-totp has seen a first code.",
	}, func(ctx context.Context, in *passwordIn) (*enrolOut, error) {
		e, err := s.EnrolTOTP(ctx, in.Body.Password)
		out := &enrolOut{}
		out.Body.Secret, out.Body.URL = e.Secret, e.URL
		return out, err
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "confirm-totp", Method: http.MethodPost, Path: "/me/totp/confirm", Tags: tags, DefaultStatus: http.StatusOK, Summary: "Turn the second factor on",
	}, func(ctx context.Context, in *struct {
		Body struct {
			Code string `json:"code" minLength:"1" maxLength:"20"`
		}
	},
	) (*codesOut, error) {
		codes, err := s.ConfirmTOTP(ctx, in.Body.Code)
		out := &codesOut{}
		out.Body.Codes = codes
		return out, err
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "disable-totp", Method: http.MethodPost, Path: "/me/totp/disable", Tags: tags, DefaultStatus: http.StatusNoContent, Summary: "Turn the second factor off",
	}, func(ctx context.Context, in *passwordIn) (*struct{}, error) {
		return nil, s.DisableTOTP(ctx, in.Body.Password)
	})
}

type signInIn struct {
	Client string `header:"X-Anxin-Client" required:"true" maxLength:"100" doc:"Name of the client, anything; foreign pages cannot send it"`
	Body   struct {
		Login    string `json:"login" minLength:"1" maxLength:"200"`
		Password string `json:"password" minLength:"1" maxLength:"1024"`
		Code     string `json:"code,omitempty" maxLength:"20" doc:"Of the second factor, or a recovery code"`
	}
}

type meOut struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      meBody
}

type meBody struct {
	Kind        string    `json:"kind" enum:"user,key,link,public,system"`
	ID          string    `json:"id,omitempty"`
	Login       string    `json:"login,omitempty"`
	Name        string    `json:"name,omitempty"`
	Lang        string    `json:"lang"`
	Roles       []string  `json:"roles,omitempty"`
	Permissions []string  `json:"permissions" doc:"* allows everything"`
	OutletPath  string    `json:"outlet_path,omitempty" doc:"/ sees all outlets, another path its part of the tree"`
	Brands      []string  `json:"brands,omitempty" doc:"Absent: every brand"`
	EngineerID  string    `json:"engineer_id,omitempty"`
	MustChange  bool      `json:"must_change_password,omitempty" doc:"Until then nothing else is allowed"`
	TOTP        bool      `json:"totp,omitempty"`
	Now         time.Time `json:"now" doc:"The server's time"`
}

func (s *Service) me(ctx context.Context, a access.Actor) (meBody, error) {
	b := meBody{Kind: a.Kind, ID: a.ID, Name: a.Name, Lang: a.Lang, Permissions: sorted(a.Permissions), Now: s.db.Now()}
	b.OutletPath, b.Brands, b.EngineerID = a.Scope.OutletPath, a.Scope.Brands, a.EngineerID
	if a.Kind != access.User {
		return b, nil
	}
	u, err := findUser(ctx, s.db, ID(a.ID))
	b.Login, b.Roles, b.MustChange, b.TOTP = u.Login, u.Roles, u.MustChange, u.TOTP
	return b, err
}

func (s *Service) apiMe(ctx context.Context, _ *struct{}) (*struct{ Body meBody }, error) {
	a := access.From(ctx)
	if a.Kind == "" || a.Kind == access.Public {
		return nil, problem.ErrUnauth
	}
	b, err := s.me(ctx, a)
	return &struct{ Body meBody }{b}, err
}

func (s *Service) apiSignIn(ctx context.Context, in *signInIn) (*meOut, error) {
	c := clientOf(ctx)
	r, err := s.SignIn(ctx, SignInInput{
		Login: in.Body.Login, Password: in.Body.Password, Code: in.Body.Code, Address: c.address, Agent: c.agent, Old: c.token,
	})
	if err != nil {
		return nil, err
	}
	a, err := s.actorOf(ctx, r.User)
	if err != nil {
		return nil, err
	}
	b, err := s.me(ctx, a)
	return &meOut{SetCookie: s.cookie(r.Token, r.Expires), Body: b}, err
}

func (s *Service) cookie(token string, expires time.Time) http.Cookie {
	c := http.Cookie{Name: s.CookieName(), Value: token, Path: "/", HttpOnly: true, Secure: s.opt.Secure, SameSite: http.SameSiteLaxMode}
	if token == "" {
		c.MaxAge = -1
	} else {
		c.MaxAge = int(expires.Sub(s.db.Now()) / time.Second)
	}
	return c
}

type signOutOut struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

func (s *Service) apiSignOut(ctx context.Context, _ *struct{}) (*signOutOut, error) {
	if token := clientOf(ctx).token; token != "" {
		if err := s.SignOut(ctx, token); err != nil {
			return nil, err
		}
	}
	return &signOutOut{SetCookie: s.cookie("", time.Time{})}, nil
}

type sessionBody struct {
	ID        SessionID `json:"id"`
	Address   string    `json:"address" doc:"Where it was signed in from"`
	Agent     string    `json:"agent"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at" doc:"Within a minute"`
	ExpiresAt time.Time `json:"expires_at"`
	Current   bool      `json:"current"`
}

type sessionsOut struct {
	Body struct {
		Items []sessionBody `json:"items"`
	}
}

func (s *Service) sessionsOut(ctx context.Context, id ID) (*sessionsOut, error) {
	list, err := s.Sessions(ctx, id, clientOf(ctx).token)
	if err != nil {
		return nil, err
	}
	out := &sessionsOut{}
	out.Body.Items = make([]sessionBody, len(list))
	for i, v := range list {
		out.Body.Items[i] = sessionBody(v)
	}
	return out, nil
}
