package exports

import (
	"context"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/imports"
	"anxin/internal/platform/jobs"
)

type startIn struct {
	Body struct {
		Path    string              `json:"path" maxLength:"100" doc:"The list's own address, /orders"`
		Query   map[string][]string `json:"query,omitempty" doc:"Its filters, as in its address"`
		Columns []Column            `json:"columns" minItems:"1" maxItems:"60"`
		Format  imports.Format      `json:"format" enum:"csv,xlsx"`
		Title   string              `json:"title" minLength:"1" maxLength:"80" doc:"The file is named by it"`
	}
}

type taskOut struct{ Body jobs.Task }

// Register adds the operation, and reads lists through the server from then on.
func (s *Service) Register(api *httpapi.Server) {
	s.Use(api)
	httpapi.Act(api, huma.Operation{
		OperationID: "export-list", Method: http.MethodPost, Path: "/exports", Tags: []string{"exports"}, Summary: "Write a list to a file",
		Description: "A background task: its result names the file, which only who asked may fetch, for a day. The file holds what the list shows to who asked, under its filters.",
	}, func(ctx context.Context, in *startIn) (jobs.Task, error) {
		b := in.Body
		q := url.Values{}
		for k, v := range b.Query {
			q[k] = v
		}
		return s.Start(ctx, Input{Path: b.Path, Query: q, Columns: b.Columns, Format: b.Format, Title: b.Title})
	}, func(_ context.Context, t jobs.Task) (*taskOut, error) { return &taskOut{t}, nil })
}
