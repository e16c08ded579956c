package webhooks

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

// EndpointBody is what of an endpoint people set. (Embedded types are exported because the API's schemas
// see no others.)
type EndpointBody struct {
	Name       string   `json:"name" minLength:"1" maxLength:"400"`
	URL        string   `json:"url" minLength:"8" maxLength:"2000" doc:"https"`
	Topics     []string `json:"topics,omitempty" maxItems:"100" doc:"Such as order.completed.v1 or order.*; absent: all"`
	OutletPath string   `json:"outlet_path" maxLength:"512" doc:"/ for events of all outlets"`
	Brands     []string `json:"brands,omitempty" maxItems:"500" doc:"Absent: every brand"`
}

func (b EndpointBody) input() Input {
	return Input{Name: b.Name, URL: b.URL, Topics: b.Topics, Scope: access.Scope{OutletPath: b.OutletPath, Brands: b.Brands}}
}

// FullEndpointBody is an endpoint as the API shows it.
type FullEndpointBody struct {
	ID ID `json:"id"`
	EndpointBody
	State        State       `json:"state" enum:"active,paused,disabled"`
	OldUntil     *time.Time  `json:"old_secret_until,omitempty" doc:"Until then the secret before signs too"`
	FailingSince *time.Time  `json:"failing_since,omitempty" doc:"Nothing was taken since"`
	CreatedBy    identity.ID `json:"created_by"`
	CreatedAt    time.Time   `json:"created_at"`
	UpdatedAt    time.Time   `json:"updated_at"`
	Version      int64       `json:"version"`
}

func bodyOf(e Endpoint) FullEndpointBody {
	return FullEndpointBody{
		ID: e.ID, EndpointBody: EndpointBody{Name: e.Name, URL: e.URL, Topics: e.Topics, OutletPath: e.Scope.OutletPath, Brands: e.Scope.Brands}, State: e.State,
		OldUntil: e.OldUntil, FailingSince: e.FailingSince, CreatedBy: e.CreatedBy, CreatedAt: e.CreatedAt, UpdatedAt: e.UpdatedAt, Version: e.Version,
	}
}

type endpointOut struct {
	ETag string `header:"ETag"`
	Body FullEndpointBody
}

func render(_ context.Context, e Endpoint) (*endpointOut, error) {
	return &endpointOut{ETag: httpapi.ETag(e.Version), Body: bodyOf(e)}, nil
}

type secretOut struct {
	ETag string `header:"ETag"`
	Body struct {
		FullEndpointBody
		Secret string `json:"secret" doc:"Signs the deliveries; shown only now"`
	}
}

func renderSecret(_ context.Context, c Created) (*secretOut, error) {
	out := &secretOut{ETag: httpapi.ETag(c.Endpoint.Version)}
	out.Body.FullEndpointBody, out.Body.Secret = bodyOf(c.Endpoint), c.Secret
	return out, nil
}

// EndpointPath names an endpoint in the path.
type EndpointPath struct {
	ID string `path:"id" maxLength:"64"`
}

type deliveryBody struct {
	ID          DeliveryID      `json:"id"`
	EndpointID  ID              `json:"endpoint_id"`
	EventID     string          `json:"event_id"`
	Topic       string          `json:"topic"`
	RecordKind  string          `json:"record_kind"`
	RecordID    string          `json:"record_id"`
	State       DeliveryState   `json:"state" enum:"queued,delivered,failed"`
	Attempts    int64           `json:"attempts"`
	NextAt      time.Time       `json:"next_at" doc:"Of the next try, while it is queued"`
	Status      int64           `json:"status,omitempty" doc:"HTTP status of the last answer"`
	Error       string          `json:"error,omitempty" doc:"Why the last try failed"`
	ErrorText   string          `json:"error_text,omitempty" doc:"The same in the reader's language"`
	Excerpt     string          `json:"excerpt,omitempty" doc:"How the last answer begins, to 1 kB"`
	Payload     json.RawMessage `json:"payload" doc:"What is sent"`
	CreatedAt   time.Time       `json:"created_at"`
	TriedAt     *time.Time      `json:"tried_at,omitempty"`
	DeliveredAt *time.Time      `json:"delivered_at,omitempty"`
}

func (s *Service) deliveryBody(api *httpapi.Server, lang string, d Delivery) deliveryBody {
	b := deliveryBody{
		ID: d.ID, EndpointID: d.EndpointID, EventID: d.EventID, Topic: d.Topic, RecordKind: d.RecordKind, RecordID: d.RecordID, State: d.State, Attempts: d.Attempts,
		NextAt: d.NextAt, Status: d.Status, Error: d.Error, Excerpt: d.Excerpt, Payload: json.RawMessage(d.Payload), CreatedAt: d.CreatedAt, TriedAt: d.TriedAt,
		DeliveredAt: d.DeliveredAt,
	}
	if d.Error != "" {
		b.ErrorText = api.Words().T(lang, "webhooks.error."+d.Error, nil)
	}
	return b
}

// Register adds the operations of endpoints and their delivery log.
func (s *Service) Register(api *httpapi.Server) {
	tags := []string{"webhooks"}
	type listOut struct {
		Body struct {
			Items []FullEndpointBody `json:"items"`
		}
	}
	httpapi.Register(api, huma.Operation{
		OperationID: "list-webhooks", Method: http.MethodGet, Path: "/webhooks", Tags: tags, Summary: "List endpoints", Description: "Those inside one's own scope.",
	}, func(ctx context.Context, _ *struct{}) (*listOut, error) {
		list, err := s.List(ctx)
		out := &listOut{}
		out.Body.Items = make([]FullEndpointBody, len(list))
		for i, e := range list {
			out.Body.Items[i] = bodyOf(e)
		}
		return out, err
	})
	httpapi.Act(api, huma.Operation{
		OperationID: "create-webhook", Method: http.MethodPost, Path: "/webhooks", Tags: tags, Summary: "Add an endpoint",
		Description: "It sees no more than oneself. The secret that signs its deliveries is answered once.",
	}, func(ctx context.Context, in *struct{ Body EndpointBody }) (Created, error) {
		return s.Create(ctx, in.Body.input())
	}, renderSecret)
	httpapi.Register(api, huma.Operation{
		OperationID: "get-webhook", Method: http.MethodGet, Path: "/webhooks/{id}", Tags: tags, Summary: "Get an endpoint",
	}, func(ctx context.Context, in *EndpointPath) (*endpointOut, error) {
		e, err := s.Get(ctx, ID(in.ID))
		if err != nil {
			return nil, err
		}
		return render(ctx, e)
	})
	httpapi.Act(api, huma.Operation{
		OperationID: "update-webhook", Method: http.MethodPut, Path: "/webhooks/{id}", Tags: tags, Summary: "Change an endpoint",
	}, func(ctx context.Context, in *struct {
		EndpointPath
		httpapi.VersionIn
		Body EndpointBody
	},
	) (Endpoint, error) {
		v, err := in.Version()
		if err != nil {
			return Endpoint{}, err
		}
		input := in.Body.input()
		input.ID, input.Version = ID(in.ID), v
		return s.Edit(ctx, input)
	}, render)
	httpapi.Act(api, huma.Operation{
		OperationID: "pause-webhook", Method: http.MethodPost, Path: "/webhooks/{id}/pause", Tags: tags, Summary: "Stop sending", Description: "What happens meanwhile is not queued.",
	}, func(ctx context.Context, in *EndpointPath) (Endpoint, error) { return s.Pause(ctx, ID(in.ID)) }, render)
	httpapi.Act(api, huma.Operation{
		OperationID: "enable-webhook", Method: http.MethodPost, Path: "/webhooks/{id}/enable", Tags: tags, Summary: "Send again, also after failures",
	}, func(ctx context.Context, in *EndpointPath) (Endpoint, error) { return s.Enable(ctx, ID(in.ID)) }, render)
	httpapi.Act(api, huma.Operation{
		OperationID: "rotate-webhook-secret", Method: http.MethodPost, Path: "/webhooks/{id}/rotate", Tags: tags, Summary: "Give an endpoint a new secret",
		Description: "The one before signs along for a day.",
	}, func(ctx context.Context, in *EndpointPath) (Created, error) { return s.Rotate(ctx, ID(in.ID)) }, renderSecret)
	httpapi.Register(api, huma.Operation{
		OperationID: "delete-webhook", Method: http.MethodDelete, Path: "/webhooks/{id}", Tags: tags, Summary: "Remove an endpoint and its delivery log",
	}, func(ctx context.Context, in *EndpointPath) (*struct{}, error) { return nil, s.Delete(ctx, ID(in.ID)) })
	s.registerDeliveries(api, tags)
}

func (s *Service) registerDeliveries(api *httpapi.Server, tags []string) {
	httpapi.Register(api, huma.Operation{
		OperationID: "list-webhook-deliveries", Method: http.MethodGet, Path: "/webhooks/{id}/deliveries", Tags: tags, Summary: "Delivery log of an endpoint",
		Description: "The newest first; kept 30 days.",
	}, func(ctx context.Context, in *struct {
		EndpointPath
		httpapi.PageIn
		State string `query:"state" enum:"queued,delivered,failed"`
		Topic string `query:"topic" maxLength:"100"`
	},
	) (*httpapi.PageOut[deliveryBody], error) {
		q := DeliveriesInput{Endpoint: ID(in.ID), State: DeliveryState(in.State), Topic: in.Topic, Limit: in.Limit + 1}
		if _, err := httpapi.DecodeCursor(in.Cursor, &q.AfterAt, &q.AfterID); err != nil {
			return nil, err
		}
		list, err := s.Deliveries(ctx, q)
		if err != nil {
			return nil, err
		}
		lang := access.From(ctx).Lang
		return &httpapi.PageOut[deliveryBody]{Body: httpapi.MakePage(list, in.Limit, func(d Delivery) deliveryBody { return s.deliveryBody(api, lang, d) },
			func(d Delivery) []any { return []any{d.CreatedAt, d.ID} })}, nil
	})
	type deliveryOut struct{ Body deliveryBody }
	renderDelivery := func(ctx context.Context, d Delivery) (*deliveryOut, error) {
		return &deliveryOut{s.deliveryBody(api, access.From(ctx).Lang, d)}, nil
	}
	httpapi.Act(api, huma.Operation{
		OperationID: "ping-webhook", Method: http.MethodPost, Path: "/webhooks/{id}/ping", Tags: tags, Summary: "Try an endpoint out", Description: "Queues a delivery of topic " + PingTopic + ".",
	}, func(ctx context.Context, in *EndpointPath) (Delivery, error) { return s.Ping(ctx, ID(in.ID)) }, renderDelivery)
	httpapi.Act(api, huma.Operation{
		OperationID: "redeliver-webhook", Method: http.MethodPost, Path: "/webhook-deliveries/{id}/redeliver", Tags: tags, Summary: "Send a delivery again",
	}, func(ctx context.Context, in *EndpointPath) (Delivery, error) {
		return s.Redeliver(ctx, DeliveryID(in.ID))
	}, renderDelivery)
}
