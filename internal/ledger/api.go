package ledger

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/platform/httpapi"
)

type entryBody struct {
	ID         EntryID   `json:"id"`
	Kind       string    `json:"kind"`
	Ref        string    `json:"ref"`
	Reverses   EntryID   `json:"reverses,omitempty"`
	Lines      []Line    `json:"lines"`
	OccurredAt time.Time `json:"occurred_at"`
	RecordedAt time.Time `json:"recorded_at"`
}

// Register adds this module's operations.
func (s *Service) Register(api *httpapi.Server) {
	httpapi.Register(api, huma.Operation{
		OperationID: "list-ledger-entries", Method: http.MethodGet, Path: "/ledger/entries", Tags: []string{"ledger"}, Summary: "Read the postings of a record",
	}, func(ctx context.Context, in *struct {
		Ref string `query:"ref" required:"true" maxLength:"80" doc:"id of the order or other record"`
	},
	) (*struct{ Body []entryBody }, error) {
		list, err := s.OfRef(ctx, in.Ref)
		if err != nil {
			return nil, err
		}
		out := make([]entryBody, len(list))
		for i, e := range list {
			out[i] = entryBody{e.ID, e.Kind, e.Ref, e.Reverses, e.Lines, e.OccurredAt, e.RecordedAt}
		}
		return &struct{ Body []entryBody }{out}, nil
	})
}
