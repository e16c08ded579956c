package imports

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/files"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/jobs"
)

var tags = []string{"imports"}

type importField struct {
	Name     string   `json:"name"`
	Label    string   `json:"label" doc:"Heading of the template, in the reader's language"`
	Required bool     `json:"required,omitempty"`
	Type     Type     `json:"type"`
	Choices  []string `json:"choices,omitempty"`
	Example  string   `json:"example,omitempty"`
	Personal bool     `json:"personal,omitempty"`
}

type importTarget struct {
	Name     string        `json:"name"`
	Label    string        `json:"label"`
	Key      string        `json:"key,omitempty" doc:"The field by which a record is known again"`
	CanUndo  bool          `json:"can_undo"`
	CanWrite bool          `json:"can_export"`
	Fields   []importField `json:"fields"`
}

func targetOf(t Target, lang string) importTarget {
	out := importTarget{Name: t.Name, Label: t.label(lang), Key: t.Key, CanUndo: t.Remove != nil, CanWrite: t.Export != nil, Fields: make([]importField, len(t.Fields))}
	for i, f := range t.Fields {
		out.Fields[i] = importField{Name: f.Name, Label: f.Label(lang), Required: f.Required, Type: f.Type, Choices: f.Choices, Example: f.Example, Personal: f.Personal}
	}
	return out
}

type importBody struct {
	ID        RunID          `json:"id"`
	Target    string         `json:"target"`
	State     State          `json:"state"`
	Dry       bool           `json:"dry_run"`
	Origin    access.Origin  `json:"origin"`
	FileID    files.ID       `json:"file_id"`
	TaskID    jobs.TaskID    `json:"task_id" doc:"Tells the progress"`
	Mapping   Mapping        `json:"mapping"`
	Total     int64          `json:"total"`
	Made      int64          `json:"made"`
	Changed   int64          `json:"changed"`
	Same      int64          `json:"same"`
	Failed    int64          `json:"failed" doc:"Rows that were refused"`
	Undone    int64          `json:"undone,omitempty"`
	Kept      int64          `json:"kept,omitempty" doc:"Records that an undo left, because somebody touched them since"`
	Error     string         `json:"error,omitempty"`
	Params    map[string]any `json:"error_params,omitempty"`
	CreatedBy string         `json:"created_by"`
	CreatedAt time.Time      `json:"created_at"`
	EndedAt   *time.Time     `json:"ended_at,omitempty"`
}

func bodyOf(r Run) importBody {
	return importBody{
		ID: r.ID, Target: r.Target, State: r.State, Dry: r.Dry, Origin: r.Origin, FileID: r.File, TaskID: r.Task, Mapping: r.Mapping, Total: r.Total,
		Made: r.Made, Changed: r.Changed, Same: r.Same, Failed: r.Failed, Undone: r.Undone, Kept: r.Kept, Error: r.Error, Params: r.Params,
		CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt, EndedAt: r.EndedAt,
	}
}

type importOut struct{ Body importBody }

func render(_ context.Context, r Run) (*importOut, error) { return &importOut{bodyOf(r)}, nil }

// RunIn names a run in a path.
type RunIn struct {
	ID RunID `path:"id" maxLength:"36"`
}

type mappingBody struct {
	ID        MappingID `json:"id"`
	Name      string    `json:"name"`
	Mapping   Mapping   `json:"mapping"`
	Mine      bool      `json:"can_edit"`
	UpdatedAt time.Time `json:"updated_at"`
	Version   int64     `json:"version"`
}

type mappingOut struct {
	ETag string `header:"ETag"`
	Body mappingBody
}

func mappingBodyOf(ctx context.Context, m SavedMapping) mappingBody {
	return mappingBody{ID: m.ID, Name: m.Name, Mapping: m.Mapping, Mine: m.mayChange(access.From(ctx)), UpdatedAt: m.UpdatedAt, Version: m.Version}
}

func renderMapping(ctx context.Context, m SavedMapping) (*mappingOut, error) {
	return &mappingOut{ETag: httpapi.ETag(m.Version), Body: mappingBodyOf(ctx, m)}, nil
}

type sheetOut struct {
	Type        string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

func sheet(name string, f Format, body []byte) *sheetOut {
	kind := "text/csv; charset=utf-8"
	if f == XLSX {
		kind = files.XLSX
	}
	return &sheetOut{Type: kind, Disposition: `attachment; filename="` + name + "." + string(f) + `"`, Body: body}
}

// Register adds the operations of imports.
func (s *Service) Register(api *httpapi.Server) {
	s.registerTargets(api)
	s.registerMappings(api)
	httpapi.Register(api, huma.Operation{
		OperationID: "preview-import", Method: http.MethodPost, Path: "/imports/preview", Tags: tags, Summary: "Look into an uploaded sheet",
		Description: "Tells encoding, delimiter, sheets and headings, and suggests a mapping. The sample is masked.",
	}, func(ctx context.Context, in *struct {
		Body struct {
			FileID files.ID `json:"file_id" maxLength:"36"`
			Target string   `json:"target" maxLength:"40"`
			Layout Layout   `json:"layout,omitzero"`
		}
	},
	) (*struct{ Body Preview }, error) {
		p, err := s.Preview(ctx, PreviewInput{File: in.Body.FileID, Target: in.Body.Target, Layout: in.Body.Layout})
		return &struct{ Body Preview }{p}, err
	})
	httpapi.Act(api, huma.Operation{
		OperationID: "create-import", Method: http.MethodPost, Path: "/imports", Tags: tags, Summary: "Import an uploaded sheet",
		Description: "Origin history (the default) keeps the rows' own times, tells nobody and can be undone; live is as if the rows were typed in. A dry run finds the errors and writes nothing.",
	}, func(ctx context.Context, in *struct {
		Body struct {
			Target    string        `json:"target" maxLength:"40"`
			FileID    files.ID      `json:"file_id" maxLength:"36"`
			MappingID MappingID     `json:"mapping_id,omitempty" maxLength:"36" doc:"A saved mapping, instead of mapping"`
			Mapping   *Mapping      `json:"mapping,omitempty"`
			Origin    access.Origin `json:"origin,omitempty" enum:"history,live,replay"`
			DryRun    bool          `json:"dry_run,omitempty"`
		}
	},
	) (Run, error) {
		start := StartInput{Target: in.Body.Target, File: in.Body.FileID, Origin: in.Body.Origin, Dry: in.Body.DryRun}
		switch {
		case in.Body.Mapping != nil:
			start.Mapping = *in.Body.Mapping
		case in.Body.MappingID != "":
			m, err := s.Mapping(ctx, in.Body.MappingID)
			if err != nil {
				return Run{}, err
			}
			start.Mapping = m.Mapping
		default:
			p, err := s.Preview(ctx, PreviewInput{File: start.File, Target: start.Target})
			if err != nil {
				return Run{}, err
			}
			start.Mapping = p.Suggested
		}
		return s.Start(ctx, start)
	}, render)
	httpapi.Register(api, huma.Operation{
		OperationID: "list-imports", Method: http.MethodGet, Path: "/imports", Tags: tags, Summary: "List imports, the newest first",
	}, func(ctx context.Context, in *httpapi.PageIn) (*httpapi.PageOut[importBody], error) {
		var at int64
		var id RunID
		if _, err := httpapi.DecodeCursor(in.Cursor, &at, &id); err != nil {
			return nil, err
		}
		list, err := s.List(ctx, at, id, in.Limit)
		if err != nil {
			return nil, err
		}
		return &httpapi.PageOut[importBody]{Body: httpapi.MakePage(list, in.Limit, bodyOf, func(r Run) []any { return []any{db.Micros(r.CreatedAt), r.ID} })}, nil
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "get-import", Method: http.MethodGet, Path: "/imports/{id}", Tags: tags, Summary: "Read an import",
	}, func(ctx context.Context, in *RunIn) (*importOut, error) {
		r, err := s.Get(ctx, in.ID)
		return &importOut{bodyOf(r)}, err
	})
	s.registerErrors(api)
	for _, act := range []struct {
		name, summary, words string
		run                  func(ctx context.Context, id RunID) (Run, error)
	}{
		{"cancel", "Stop an import", "What it wrote stays and may be undone.", s.Cancel},
		{"resume", "Go on with an import that failed or was stopped", "It goes on after the last row that was written.", func(ctx context.Context, id RunID) (Run, error) { return s.Resume(ctx, id, false) }},
		{"undo", "Undo an import of history", "Removes what it made and gives changed records their values back. Rows that somebody touched since are refused and named in its errors.", func(ctx context.Context, id RunID) (Run, error) { return s.Undo(ctx, id, false) }},
	} {
		httpapi.Act(api, huma.Operation{
			OperationID: act.name + "-import", Method: http.MethodPost, Path: "/imports/{id}/" + act.name, Tags: tags, Summary: act.summary, Description: act.words,
		}, func(ctx context.Context, in *RunIn) (Run, error) { return act.run(ctx, in.ID) }, render)
	}
}

// maxDownload bounds what is made in memory for one answer; the command has no such bound.
const maxDownload = 50_000

func (s *Service) registerTargets(api *httpapi.Server) {
	httpapi.Register(api, huma.Operation{
		OperationID: "list-import-targets", Method: http.MethodGet, Path: "/imports/targets", Tags: tags, Summary: "List what can be imported, with its fields",
	}, func(ctx context.Context, _ *struct{}) (*struct{ Body []importTarget }, error) {
		list, err := s.Targets(ctx)
		if err != nil {
			return nil, err
		}
		out := make([]importTarget, len(list))
		for i, t := range list {
			out[i] = targetOf(t, access.From(ctx).Lang)
		}
		return &struct{ Body []importTarget }{out}, nil
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "get-import-template", Method: http.MethodGet, Path: "/imports/targets/{target}/template", Tags: tags, Summary: "Download an empty sheet to fill in",
	}, func(ctx context.Context, in *struct {
		Target string `path:"target" maxLength:"40"`
		Format Format `query:"format" enum:"csv,xlsx" default:"xlsx"`
	},
	) (*sheetOut, error) {
		t, err := s.Target(ctx, in.Target)
		if err != nil {
			return nil, err
		}
		b, err := Template(t, in.Format, access.From(ctx).Lang)
		return sheet(t.Name+"-template", in.Format, b), err
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "export-records", Method: http.MethodGet, Path: "/imports/targets/{target}/export", Tags: tags, Summary: "Download records as a sheet",
		Description: "With the columns of the template. Personal data only with clear, which needs a permission of its own and is noted in the audit trail.",
	}, func(ctx context.Context, in *struct {
		Target string `path:"target" maxLength:"40"`
		Format Format `query:"format" enum:"csv,xlsx" default:"csv"`
		Clear  bool   `query:"clear"`
	},
	) (*sheetOut, error) {
		var out bytes.Buffer
		_, err := s.Export(ctx, ExportInput{Target: in.Target, Format: in.Format, Clear: in.Clear, Max: maxDownload}, &out)
		if err != nil {
			return nil, err
		}
		return sheet(in.Target, in.Format, out.Bytes()), nil
	})
}

func (s *Service) registerErrors(api *httpapi.Server) {
	httpapi.Register(api, huma.Operation{
		OperationID: "list-import-errors", Method: http.MethodGet, Path: "/imports/{id}/errors", Tags: tags, Summary: "List why rows were refused",
		Description: "Row, column and code; never the value.",
	}, func(ctx context.Context, in *struct {
		RunIn
		httpapi.PageIn
		Phase string `query:"phase" enum:"run,undo" default:"run"`
	},
	) (*httpapi.PageOut[RowError], error) {
		row, position := int64(-1), int64(-1)
		if _, err := httpapi.DecodeCursor(in.Cursor, &row, &position); err != nil {
			return nil, err
		}
		list, err := s.Errors(ctx, in.ID, in.Phase, row, position, in.Limit+1)
		if err != nil {
			return nil, err
		}
		return &httpapi.PageOut[RowError]{Body: httpapi.MakePage(list, in.Limit, func(e RowError) RowError { return e }, func(e RowError) []any { return []any{e.Row, e.position} })}, nil
	})
	httpapi.Register(api, huma.Operation{
		OperationID: "download-import-errors", Method: http.MethodGet, Path: "/imports/{id}/errors.csv", Tags: tags, Summary: "Download why rows were refused, in words",
	}, func(ctx context.Context, in *struct {
		RunIn
		Phase string `query:"phase" enum:"run,undo" default:"run"`
	},
	) (*sheetOut, error) {
		var out bytes.Buffer
		err := s.WriteErrors(ctx, in.ID, in.Phase, access.From(ctx).Lang, api.Words(), CSV, &out)
		if err != nil {
			return nil, err
		}
		return sheet("import-errors", CSV, out.Bytes()), nil
	})
}

func (s *Service) registerMappings(api *httpapi.Server) {
	type saveBody struct {
		Name    string  `json:"name" minLength:"1" maxLength:"80"`
		Mapping Mapping `json:"mapping"`
	}
	httpapi.Register(api, huma.Operation{
		OperationID: "list-import-mappings", Method: http.MethodGet, Path: "/imports/mappings", Tags: tags, Summary: "List saved mappings of a target",
	}, func(ctx context.Context, in *struct {
		Target string `query:"target" required:"true" maxLength:"40"`
	},
	) (*struct{ Body []mappingBody }, error) {
		list, err := s.Mappings(ctx, in.Target)
		if err != nil {
			return nil, err
		}
		out := make([]mappingBody, len(list))
		for i, m := range list {
			out[i] = mappingBodyOf(ctx, m)
		}
		return &struct{ Body []mappingBody }{out}, nil
	})
	httpapi.Act(api, huma.Operation{
		OperationID: "create-import-mapping", Method: http.MethodPost, Path: "/imports/mappings", Tags: tags, Summary: "Save a mapping",
	}, func(ctx context.Context, in *struct{ Body saveBody }) (SavedMapping, error) {
		return s.SaveMapping(ctx, SaveMappingInput{Name: in.Body.Name, Mapping: in.Body.Mapping})
	}, renderMapping)
	httpapi.Act(api, huma.Operation{
		OperationID: "update-import-mapping", Method: http.MethodPut, Path: "/imports/mappings/{id}", Tags: tags, Summary: "Replace a saved mapping",
	}, func(ctx context.Context, in *struct {
		ID MappingID `path:"id" maxLength:"36"`
		httpapi.VersionIn
		Body saveBody
	},
	) (SavedMapping, error) {
		v, err := in.Version()
		if err != nil {
			return SavedMapping{}, err
		}
		return s.SaveMapping(ctx, SaveMappingInput{ID: in.ID, Version: v, Name: in.Body.Name, Mapping: in.Body.Mapping})
	}, renderMapping)
	httpapi.Register(api, huma.Operation{
		OperationID: "delete-import-mapping", Method: http.MethodDelete, Path: "/imports/mappings/{id}", Tags: tags, Summary: "Remove a saved mapping",
	}, func(ctx context.Context, in *struct {
		ID MappingID `path:"id" maxLength:"36"`
	},
	) (*struct{}, error) {
		return nil, s.RemoveMapping(ctx, in.ID)
	})
}
