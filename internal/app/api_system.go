package app

import (
	"context"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/events"
	"anxin/internal/platform/httpapi"
)

// permAudit reads trails of records.
const permAudit = "audit.read"

// Permissions of the operations that belong to no module.
var Permissions = []access.Permission{{Key: permAudit, Roles: []string{access.RoleAdmin, access.RoleQuality, access.RoleHead}}}

// LineBody is an entry of a trail as it is told.
type LineBody struct {
	Seq        int64     `json:"seq"`
	Act        string    `json:"act"`
	Actor      string    `json:"actor"`
	Origin     string    `json:"origin"`
	Reason     string    `json:"reason,omitempty"`
	Before     string    `json:"before,omitempty"`
	After      string    `json:"after,omitempty"`
	OccurredAt time.Time `json:"occurred_at"`
	RecordedAt time.Time `json:"recorded_at"`
	RequestID  string    `json:"request_id,omitempty"`
	Hash       string    `json:"hash"`
}

type feedOut struct {
	Body struct {
		Items      []events.Stored `json:"items"`
		NextCursor string          `json:"next_cursor" doc:"always there: keep it and ask again later"`
	}
}

// registerSystem adds what belongs to no module: the change feed, dead letters, tasks, the audit trail,
// words for the faces.
func (a *App) registerSystem() {
	a.registerEvents()
	a.registerJobs()
	a.registerAudit()
	httpapi.Register(a.Server, huma.Operation{
		OperationID: "get-audit-trail", Method: http.MethodGet, Path: "/audit/{kind}/{id}", Tags: []string{"system"}, Summary: "Read a record's trail",
		Description: "One hash chain a record: who, when (both times), before, after.",
	}, func(ctx context.Context, in *struct {
		Kind string `path:"kind" maxLength:"32"`
		ID   string `path:"id" maxLength:"80"`
	},
	) (*struct{ Body []LineBody }, error) {
		if err := mayAudit(ctx); err != nil {
			return nil, err
		}
		lines, err := a.Trail.Of(ctx, in.Kind, in.ID)
		if err != nil {
			return nil, err
		}
		out := make([]LineBody, len(lines))
		for i, l := range lines {
			out[i] = lineOf(l)
		}
		return &struct{ Body []LineBody }{out}, nil
	})
	httpapi.Register(a.Server, huma.Operation{
		OperationID: "get-words", Method: http.MethodGet, Path: "/words/{lang}", Tags: []string{"system"}, Metadata: httpapi.ForEverybody, Summary: "Read the words of states, reasons and problems",
	}, func(_ context.Context, in *struct {
		Lang   string `path:"lang" enum:"zh-CN,en"`
		Prefix string `query:"prefix" maxLength:"64"`
	},
	) (*struct{ Body map[string]string }, error) {
		return &struct{ Body map[string]string }{a.Words.Messages(in.Lang, in.Prefix)}, nil
	})
}

func lineOf(l audit.Line) LineBody {
	return LineBody{
		l.Seq, l.Act, l.ActorKind + ":" + l.ActorID, l.Origin, l.Reason, l.Before, l.After, l.OccurredAt, l.RecordedAt, l.RequestID,
		base64.RawStdEncoding.EncodeToString(l.Hash),
	}
}

func (a *App) registerEvents() {
	httpapi.Register(a.Server, huma.Operation{
		OperationID: "list-events", Method: http.MethodGet, Path: "/events", Tags: []string{"system"}, Summary: "Read the change feed",
		Description: "Oldest first; no event is ever skipped, however late it was committed. Keep next_cursor.",
	}, func(ctx context.Context, in *struct {
		Cursor string   `query:"cursor" maxLength:"512"`
		Topic  []string `query:"topic" maxItems:"50"`
		Limit  int      `query:"limit" minimum:"1" maximum:"500" default:"100"`
	},
	) (*feedOut, error) {
		if err := access.Require(ctx, "events.read"); err != nil {
			return nil, err
		}
		var c events.Cursor
		if _, err := httpapi.DecodeCursor(in.Cursor, &c.TxID, &c.Seq); err != nil {
			return nil, err
		}
		var topics []string
		if len(in.Topic) > 0 {
			topics = in.Topic
		}
		list, next, err := events.After(ctx, a.DB, access.From(ctx).Scope, c, topics, in.Limit)
		if err != nil {
			return nil, err
		}
		var out feedOut
		out.Body.Items, out.Body.NextCursor = list, httpapi.EncodeCursor(next.TxID, next.Seq)
		return &out, nil
	})
	httpapi.Register(a.Server, huma.Operation{
		OperationID: "list-dead-letters", Method: http.MethodGet, Path: "/events/dead", Tags: []string{"system"}, Summary: "List deliveries that were given up",
	}, func(ctx context.Context, in *struct {
		Limit int `query:"limit" minimum:"1" maximum:"200" default:"100"`
	},
	) (*struct{ Body []events.DeadLetter }, error) {
		list, err := a.Bus.DeadLetters(ctx, in.Limit)
		return &struct{ Body []events.DeadLetter }{list}, err
	})
	httpapi.Register(a.Server, huma.Operation{
		OperationID: "replay-dead-letter", Method: http.MethodPost, Path: "/events/dead/{subscriber}/{seq}/replay", Tags: []string{"system"},
		Summary: "Deliver again", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, in *struct {
		Subscriber string `path:"subscriber" maxLength:"100"`
		Seq        int64  `path:"seq"`
	},
	) (*struct{}, error) {
		return nil, a.Bus.Replay(ctx, in.Subscriber, in.Seq)
	})
	httpapi.Register(a.Server, huma.Operation{
		OperationID: "discard-dead-letter", Method: http.MethodDelete, Path: "/events/dead/{subscriber}/{seq}", Tags: []string{"system"},
		Summary: "Give a delivery up for good", DefaultStatus: http.StatusNoContent,
	}, func(ctx context.Context, in *struct {
		Subscriber string `path:"subscriber" maxLength:"100"`
		Seq        int64  `path:"seq"`
	},
	) (*struct{}, error) {
		return nil, a.Bus.Discard(ctx, in.Subscriber, in.Seq)
	})
}
