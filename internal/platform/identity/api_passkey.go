package identity

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/platform/httpapi"
)

type passkeyBody struct {
	ID        PasskeyID  `json:"id"`
	Name      string     `json:"name"`
	Synced    bool       `json:"synced" doc:"kept by a provider on more than one device"`
	CreatedAt time.Time  `json:"created_at"`
	UsedAt    *time.Time `json:"used_at,omitempty"`
	ClonedAt  *time.Time `json:"cloned_at,omitempty" doc:"its counter ran backwards: there may be a copy, and it signs nobody in any more"`
}

func bodyOfPasskey(p Passkey) passkeyBody {
	return passkeyBody{p.ID, p.Name, p.Synced, p.CreatedAt, p.UsedAt, p.ClonedAt}
}

type ceremonyOut struct {
	Body struct {
		Ceremony string          `json:"ceremony" doc:"goes back with the answer, once, within five minutes"`
		Options  json.RawMessage `json:"options" doc:"publicKey options of navigator.credentials; binary values are base64url"`
	}
}

func outCeremony(c Ceremony, err error) (*ceremonyOut, error) {
	if err != nil {
		return nil, err
	}
	out := &ceremonyOut{}
	out.Body.Ceremony, out.Body.Options = c.ID, c.Options
	return out, nil
}

// registerPasskeys adds sign-in by passkey and one's own passkeys.
func (s *Service) registerPasskeys(api *httpapi.Server, withClient huma.Middlewares) {
	tags := []string{"session"}
	httpapi.Register(api, huma.Operation{
		OperationID: "begin-passkey-sign-in", Method: http.MethodPost, Path: "/session/passkey/begin", Tags: tags, Metadata: httpapi.ForEverybody, Middlewares: withClient,
		Summary: "Begin to sign in by passkey", DefaultStatus: http.StatusOK,
	}, func(ctx context.Context, _ *struct{}) (*ceremonyOut, error) {
		return outCeremony(s.BeginPasskeySignIn(ctx, clientOf(ctx).address))
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "sign-in-by-passkey", Method: http.MethodPost, Path: "/session/passkey", Tags: tags, Metadata: httpapi.ForEverybody, Middlewares: withClient,
		Summary: "Sign in by passkey", Description: "Sets the session cookie. The authenticator has verified the person, so no code is asked for.",
	}, func(ctx context.Context, in *struct {
		Body struct {
			Ceremony string          `json:"ceremony" maxLength:"64"`
			Answer   json.RawMessage `json:"answer" doc:"what navigator.credentials.get gave, as JSON"`
		}
	},
	) (*meOut, error) {
		c := clientOf(ctx)
		r, err := s.SignInByPasskey(ctx, PasskeySignInInput{Ceremony: in.Body.Ceremony, Answer: in.Body.Answer, Address: c.address, Agent: c.agent, Old: c.token})
		if err != nil {
			return nil, err
		}
		a, err := s.actorOf(ctx, r.User)
		if err != nil {
			return nil, err
		}
		b, err := s.me(ctx, a)
		return &meOut{SetCookie: s.cookie(r.Token, r.Expires), Body: b}, err
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "list-my-passkeys", Method: http.MethodGet, Path: "/me/passkeys", Tags: tags, Summary: "List my passkeys",
	}, func(ctx context.Context, _ *struct{}) (*struct{ Body []passkeyBody }, error) {
		list, err := s.Passkeys(ctx)
		out := []passkeyBody{}
		for _, p := range list {
			out = append(out, bodyOfPasskey(p))
		}
		return &struct{ Body []passkeyBody }{out}, err
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "begin-passkey", Method: http.MethodPost, Path: "/me/passkeys/begin", Tags: tags, DefaultStatus: http.StatusOK, Summary: "Begin to add a passkey, with the password",
	}, func(ctx context.Context, in *struct {
		Body struct {
			Password string `json:"password" minLength:"1" maxLength:"1024"`
		}
	},
	) (*ceremonyOut, error) {
		return outCeremony(s.BeginPasskey(ctx, in.Body.Password))
	})
	type addedOut struct {
		Body struct {
			Passkey passkeyBody `json:"passkey"`
			Codes   []string    `json:"recovery_codes,omitempty" doc:"With the first second factor: each works once instead of a code; shown only now"`
		}
	}
	httpapi.Register(api, huma.Operation{
		OperationID: "add-passkey", Method: http.MethodPost, Path: "/me/passkeys", Tags: tags, DefaultStatus: http.StatusCreated, Summary: "Add a passkey",
	}, func(ctx context.Context, in *struct {
		Body struct {
			Ceremony string          `json:"ceremony" maxLength:"64"`
			Name     string          `json:"name" minLength:"1" maxLength:"60"`
			Answer   json.RawMessage `json:"answer" doc:"what navigator.credentials.create gave, as JSON"`
		}
	},
	) (*addedOut, error) {
		p, codes, err := s.AddPasskey(ctx, in.Body.Ceremony, in.Body.Name, in.Body.Answer)
		if err != nil {
			return nil, err
		}
		out := &addedOut{}
		out.Body.Passkey, out.Body.Codes = bodyOfPasskey(p), codes
		return out, nil
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "rename-passkey", Method: http.MethodPatch, Path: "/me/passkeys/{id}", Tags: tags, Summary: "Rename a passkey of mine",
	}, func(ctx context.Context, in *struct {
		ID   PasskeyID `path:"id" maxLength:"36"`
		Body struct {
			Name string `json:"name" minLength:"1" maxLength:"60"`
		}
	},
	) (*struct{ Body passkeyBody }, error) {
		p, err := s.RenamePasskey(ctx, in.ID, in.Body.Name)
		return &struct{ Body passkeyBody }{bodyOfPasskey(p)}, err
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "remove-passkey", Method: http.MethodPost, Path: "/me/passkeys/{id}/remove", Tags: tags, DefaultStatus: http.StatusNoContent, Summary: "Remove a passkey of mine, with the password",
	}, func(ctx context.Context, in *struct {
		ID   PasskeyID `path:"id" maxLength:"36"`
		Body struct {
			Password string `json:"password" minLength:"1" maxLength:"1024"`
		}
	},
	) (*struct{}, error) {
		return nil, s.RemovePasskey(ctx, in.ID, in.Body.Password)
	})
}
