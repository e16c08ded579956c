package notify

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/platform/access"
	"anxin/internal/platform/httpapi"
)

// Register adds the operations of notices, the delivery log, message texts and opt-outs.
func (s *Service) Register(api *httpapi.Server) {
	s.registerNotices(api)
	s.registerLog(api)
	s.registerTemplates(api)
	s.registerOptOuts(api)
}

type noticeBody struct {
	ID         NoticeID       `json:"id"`
	Kind       string         `json:"kind"`
	Text       string         `json:"text" doc:"In the reader's language"`
	Params     map[string]any `json:"params"`
	RecordKind string         `json:"record_kind,omitempty"`
	RecordID   string         `json:"record_id,omitempty"`
	CreatedAt  time.Time      `json:"created_at"`
	ReadAt     *time.Time     `json:"read_at,omitempty"`
}

func (s *Service) registerNotices(api *httpapi.Server) {
	tags := []string{"notices"}
	httpapi.Register(api, huma.Operation{
		OperationID: "list-notices", Method: http.MethodGet, Path: "/notices", Tags: tags, Summary: "List my notices", Description: "The newest first.",
	}, func(ctx context.Context, in *struct {
		httpapi.PageIn
		Unread bool `query:"unread" doc:"Only those not read yet"`
	},
	) (*httpapi.PageOut[noticeBody], error) {
		q := NoticesInput{Unread: in.Unread, Limit: in.Limit + 1}
		if _, err := httpapi.DecodeCursor(in.Cursor, &q.AfterAt, &q.AfterID); err != nil {
			return nil, err
		}
		list, err := s.Notices(ctx, q)
		if err != nil {
			return nil, err
		}
		lang := access.From(ctx).Lang
		return &httpapi.PageOut[noticeBody]{Body: httpapi.MakePage(list, in.Limit, func(n Notice) noticeBody {
			return noticeBody{
				ID: n.ID, Kind: n.Kind, Text: api.Words().T(lang, "notice."+n.Kind, n.Params), Params: n.Params, RecordKind: n.RecordKind, RecordID: n.RecordID,
				CreatedAt: n.CreatedAt, ReadAt: n.ReadAt,
			}
		}, func(n Notice) []any { return []any{n.CreatedAt, n.ID} })}, nil
	})
	type countOut struct {
		Body struct {
			Unread int64 `json:"unread" doc:"Counted to 100"`
		}
	}
	httpapi.Register(api, huma.Operation{
		OperationID: "count-notices", Method: http.MethodGet, Path: "/notices/unread", Tags: tags, Summary: "Count my unread notices",
	}, func(ctx context.Context, _ *struct{}) (*countOut, error) {
		n, err := s.Unread(ctx)
		out := &countOut{}
		out.Body.Unread = n
		return out, err
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "read-notices", Method: http.MethodPost, Path: "/notices/read", Tags: tags, DefaultStatus: http.StatusNoContent,
		Summary: "Mark my notices as read", Description: "Those named, or without names all up to an instant.",
	}, func(ctx context.Context, in *struct {
		Body struct {
			IDs  []NoticeID `json:"ids,omitempty" maxItems:"200"`
			UpTo time.Time  `json:"up_to,omitzero" doc:"Default: now"`
		}
	},
	) (*struct{}, error) {
		if in.Body.UpTo.IsZero() {
			in.Body.UpTo = api.Now()
		}
		return nil, s.Read(ctx, in.Body.IDs, in.Body.UpTo)
	})
}

type sentMessageBody struct {
	ID         ID         `json:"id"`
	Template   string     `json:"template"`
	Class      Class      `json:"class" enum:"service,survey,safety,code"`
	Channel    Channel    `json:"channel" enum:"sms,email"`
	Lang       string     `json:"lang"`
	State      State      `json:"state" enum:"queued,sending,sent,failed,suppressed"`
	Reason     string     `json:"reason,omitempty" doc:"Why it was suppressed, or the channel's code of the last failure"`
	RecordKind string     `json:"record_kind"`
	RecordID   string     `json:"record_id"`
	BrandID    string     `json:"brand_id,omitempty"`
	Segments   int64      `json:"segments" doc:"Text messages that it takes"`
	Attempts   int64      `json:"attempts"`
	QueuedAt   time.Time  `json:"queued_at"`
	NextAt     time.Time  `json:"next_at"`
	SentAt     *time.Time `json:"sent_at,omitempty"`
	MaskedTo   string     `json:"to" doc:"Masked"`
	MaskedText string     `json:"text" doc:"Masked; empty for codes"`
	Erased     bool       `json:"erased" doc:"Recipient and text are gone"`
}

func (s *Service) registerLog(api *httpapi.Server) {
	tags := []string{"sent-messages"}
	httpapi.Register(api, huma.Operation{
		OperationID: "list-sent-messages", Method: http.MethodGet, Path: "/sent-messages", Tags: tags,
		Summary: "Delivery log of messages to customers and outlets", Description: "The newest first.",
	}, func(ctx context.Context, in *struct {
		httpapi.PageIn
		RecordKind string `query:"record_kind" maxLength:"64"`
		RecordID   string `query:"record_id" maxLength:"64"`
		State      string `query:"state" enum:"queued,sending,sent,failed,suppressed"`
		Channel    string `query:"channel" enum:"sms,email"`
		Template   string `query:"template" maxLength:"16"`
	},
	) (*httpapi.PageOut[sentMessageBody], error) {
		q := LogInput{
			RecordKind: in.RecordKind, RecordID: in.RecordID, State: State(in.State), Channel: Channel(in.Channel), Template: in.Template, Limit: in.Limit + 1,
		}
		if _, err := httpapi.DecodeCursor(in.Cursor, &q.AfterAt, &q.AfterID); err != nil {
			return nil, err
		}
		list, err := s.Log(ctx, q)
		if err != nil {
			return nil, err
		}
		return &httpapi.PageOut[sentMessageBody]{Body: httpapi.MakePage(list, in.Limit, func(l Logged) sentMessageBody { return sentMessageBody(l) },
			func(l Logged) []any { return []any{l.QueuedAt, l.ID} })}, nil
	})
	type messageOut struct{ Body sentMessageBody }
	httpapi.Act(api, huma.Operation{
		OperationID: "resend-message", Method: http.MethodPost, Path: "/sent-messages/{id}/resend", Tags: tags, Summary: "Send a message again",
		Description: "One that failed or was suppressed. Limits do not apply, an opt-out does.",
	}, func(ctx context.Context, in *struct {
		ID string `path:"id" maxLength:"64"`
	},
	) (Logged, error) {
		return s.Resend(ctx, ID(in.ID))
	}, func(_ context.Context, l Logged) (*messageOut, error) { return &messageOut{sentMessageBody(l)}, nil })
	type channelsOut struct {
		Body struct {
			SMS   bool `json:"sms"`
			Email bool `json:"email"`
		}
	}
	httpapi.Register(api, huma.Operation{
		OperationID: "get-channels", Method: http.MethodGet, Path: "/message-channels", Tags: tags, Summary: "Which channels are set up",
	}, func(ctx context.Context, _ *struct{}) (*channelsOut, error) {
		if err := access.Require(ctx, PermRead); err != nil {
			return nil, err
		}
		out := &channelsOut{}
		out.Body.SMS, out.Body.Email = s.ChannelsReady()[SMS], s.ChannelsReady()[Email]
		return out, nil
	})
}

type variantBody struct {
	Code    string   `json:"code"`
	Class   Class    `json:"class"`
	Name    string   `json:"name" doc:"In the reader's language"`
	Lang    string   `json:"lang"`
	BrandID string   `json:"brand_id,omitempty"`
	Subject string   `json:"subject" doc:"Of e-mails"`
	Body    string   `json:"body"`
	Params  []string `json:"params" doc:"Variables that may stand in it, in braces"`
	Own     bool     `json:"own" doc:"Changed for this brand (or for all, when no brand is asked for)"`
	Version int64    `json:"version"`
}

func bodyOfVariant(ctx context.Context, v Variant) variantBody {
	b := variantBody{
		Code: v.Template.Code, Class: v.Template.Class, Name: v.Template.NameZh, Lang: v.Lang, BrandID: v.BrandID, Subject: v.Text.Subject, Body: v.Text.Body,
		Params: v.Template.Params(), Own: v.Own, Version: v.Version,
	}
	if access.From(ctx).Lang == "en" {
		b.Name = v.Template.NameEn
	}
	return b
}

type variantOut struct {
	ETag string `header:"ETag"`
	Body variantBody
}

// VariantPath names the words of a template in the path.
type VariantPath struct {
	Code string `path:"code" maxLength:"16"`
	Lang string `path:"lang" maxLength:"16"`
}

func (s *Service) registerTemplates(api *httpapi.Server) {
	tags := []string{"message-templates"}
	type listOut struct {
		Body struct {
			Items []variantBody `json:"items"`
		}
	}
	httpapi.Register(api, huma.Operation{
		OperationID: "list-message-templates", Method: http.MethodGet, Path: "/message-templates", Tags: tags, Summary: "List message texts",
		Description: "As they are used for a brand, or without one for all.",
	}, func(ctx context.Context, in *struct {
		BrandID string `query:"brand_id" maxLength:"64"`
	},
	) (*listOut, error) {
		list, err := s.Variants(ctx, in.BrandID)
		out := &listOut{}
		out.Body.Items = make([]variantBody, len(list))
		for i, v := range list {
			out.Body.Items[i] = bodyOfVariant(ctx, v)
		}
		return out, err
	})
	httpapi.Act(api, huma.Operation{
		OperationID: "update-message-template", Method: http.MethodPut, Path: "/message-templates/{code}/{lang}", Tags: tags, Summary: "Change a message's text",
		Description: "For one brand, or without one for all. If-Match is 0 for a text that was not changed before.",
	}, func(ctx context.Context, in *struct {
		VariantPath
		httpapi.VersionIn
		Body struct {
			BrandID string `json:"brand_id,omitempty" maxLength:"64"`
			Subject string `json:"subject" maxLength:"400"`
			Body    string `json:"body" maxLength:"4000"`
		}
	},
	) (Variant, error) {
		v, err := in.Version()
		if err != nil {
			return Variant{}, err
		}
		return s.Edit(ctx, EditInput{Code: in.Code, Lang: in.Lang, BrandID: in.Body.BrandID, Text: Text{in.Body.Subject, in.Body.Body}, Version: v})
	}, func(ctx context.Context, v Variant) (*variantOut, error) {
		return &variantOut{ETag: httpapi.ETag(v.Version), Body: bodyOfVariant(ctx, v)}, nil
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "reset-message-template", Method: http.MethodDelete, Path: "/message-templates/{code}/{lang}", Tags: tags, Summary: "Go back to the text of the firm or the product",
	}, func(ctx context.Context, in *struct {
		VariantPath
		BrandID string `query:"brand_id" maxLength:"64"`
	},
	) (*struct{}, error) {
		return nil, s.Reset(ctx, in.Code, in.Lang, in.BrandID)
	})
	type previewOut struct {
		Body struct {
			Subject  string `json:"subject"`
			Body     string `json:"body"`
			Segments int    `json:"segments" doc:"Text messages that it takes"`
		}
	}
	httpapi.Register(api, huma.Operation{
		OperationID: "preview-message-template", Method: http.MethodPost, Path: "/message-templates/{code}/{lang}/preview", Tags: tags, DefaultStatus: http.StatusOK,
		Summary: "See a text with examples filled in",
	}, func(ctx context.Context, in *struct {
		VariantPath
		Body struct {
			Subject string `json:"subject" maxLength:"400"`
			Body    string `json:"body" maxLength:"4000"`
		}
	},
	) (*previewOut, error) {
		t, n, err := s.Preview(ctx, in.Code, in.Lang, Text{in.Body.Subject, in.Body.Body})
		out := &previewOut{}
		out.Body.Subject, out.Body.Body, out.Body.Segments = t.Subject, t.Body, n
		return out, err
	})
}

// OptOutBody names an address.
type OptOutBody struct {
	Channel string `json:"channel" enum:"sms,email"`
	Address string `json:"address" minLength:"3" maxLength:"254" doc:"Phone number or mail address; kept as a keyed hash only"`
}

func (s *Service) registerOptOuts(api *httpapi.Server) {
	tags := []string{"sent-messages"}
	httpapi.Register(api, huma.Operation{
		OperationID: "add-opt-out", Method: http.MethodPost, Path: "/message-opt-outs", Tags: tags, DefaultStatus: http.StatusNoContent,
		Summary: "Note that somebody wants no more messages", Description: "Safety messages and codes that were asked for still go.",
	}, func(ctx context.Context, in *struct {
		Body struct {
			OptOutBody
			Reach string `json:"reach" enum:"survey,all" doc:"survey: no questions; all: nothing"`
		}
	},
	) (*struct{}, error) {
		return nil, s.OptOut(ctx, OptOutInput{Channel: Channel(in.Body.Channel), Address: in.Body.Address, Reach: Reach(in.Body.Reach)})
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "remove-opt-out", Method: http.MethodPost, Path: "/message-opt-outs/remove", Tags: tags, DefaultStatus: http.StatusNoContent,
		Summary: "Somebody wants messages again",
	}, func(ctx context.Context, in *struct{ Body OptOutBody }) (*struct{}, error) {
		return nil, s.OptIn(ctx, OptOutInput{Channel: Channel(in.Body.Channel), Address: in.Body.Address})
	})
}
