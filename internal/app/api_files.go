package app

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/platform/access"
	"anxin/internal/platform/files"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/problem"
)

// linkTime is how long an address of a picture in an answer works.
const linkTime = 15 * time.Minute

type fileBody struct {
	ID          files.ID      `json:"id"`
	Purpose     files.Purpose `json:"purpose"`
	Name        string        `json:"name"`
	ContentType string        `json:"content_type"`
	Size        int64         `json:"size"`
	SHA256      string        `json:"sha256"`
	TakenAt     *time.Time    `json:"taken_at,omitempty" doc:"by the camera's clock"`
	URL         string        `json:"url" doc:"fetches the original for 15 minutes"`
	Thumb       string        `json:"thumb,omitempty" doc:"fetches a small picture for 15 minutes"`
	View        string        `json:"view,omitempty" doc:"fetches a picture of at most 1600 pixels for 15 minutes"`
}

func (a *App) fileBody(ctx context.Context, f files.File) fileBody {
	b := fileBody{ID: f.ID, Purpose: f.Purpose, Name: f.Name, ContentType: f.ContentType, Size: f.Size, SHA256: f.SHA256, TakenAt: f.TakenAt}
	b.URL = a.fileURL(ctx, f.ID, files.Original)
	if f.Picture() {
		b.Thumb, b.View = a.fileURL(ctx, f.ID, files.Thumb), a.fileURL(ctx, f.ID, files.View)
	}
	return b
}

func (a *App) fileURL(ctx context.Context, id files.ID, v files.Variant) string {
	l := files.Link{File: id, Variant: v, Viewer: access.From(ctx).ID, Expires: a.DB.Now().Add(linkTime)}
	return httpapi.Prefix + "/files/" + string(id) + "/content?" + a.Files.Sign(l)
}

type uploadIn struct {
	ID      files.ID      `path:"id" maxLength:"36" doc:"Chosen by the client (a UUID), so that a repeated upload is recognised"`
	Purpose files.Purpose `query:"purpose" required:"true" maxLength:"20" doc:"photo, proof, signature, video, document, import …: decides what is accepted"`
	Name    string        `query:"name" maxLength:"200"`
	SHA256  string        `query:"sha256" maxLength:"64" doc:"Digest of what was sent; refused when it differs"`
	RawBody []byte        `contentType:"application/octet-stream"`
}

func (in uploadIn) upload(ctx context.Context) (files.UploadInput, error) {
	actor := access.From(ctx)
	if actor.Kind == access.Public {
		return files.UploadInput{}, problem.ErrUnauth
	}
	return files.UploadInput{
		ID: in.ID, Purpose: in.Purpose, Name: in.Name, By: actor.ID, SHA256: in.SHA256, OutletPath: actor.Scope.OutletPath, Body: bytes.NewReader(in.RawBody),
	}, nil
}

type fileOut struct{ Body fileBody }

type offsetOut struct {
	Body struct {
		Offset int64 `json:"offset" doc:"bytes that are safe here; go on from there"`
	}
}

// registerFiles adds uploads and downloads. Who may see an attached file is a matter of its record: the
// scope of brand and outlet is checked here, and addresses in answers are signed for a quarter of an hour.
func (a *App) registerFiles() {
	limit := a.Config.Limits.UploadBytes
	httpapi.Register(a.Server, huma.Operation{
		OperationID: "upload-file", Method: http.MethodPut, Path: "/files/{id}", Tags: []string{"files"}, Summary: "Upload a file",
		Description:  "The type is read from the bytes. The same bytes under the same id again answer the same.",
		MaxBodyBytes: limit,
	}, func(ctx context.Context, in *uploadIn) (*fileOut, error) {
		up, err := in.upload(ctx)
		if err != nil {
			return nil, err
		}
		f, err := a.Files.Upload(ctx, up)
		if err != nil {
			return nil, err
		}
		return &fileOut{a.fileBody(ctx, f)}, nil
	})
	httpapi.Register(a.Server, huma.Operation{
		OperationID: "append-file", Method: http.MethodPatch, Path: "/files/{id}", Tags: []string{"files"}, Summary: "Upload a piece of a file",
		Description: "For bad networks: pieces in order, then finish. A piece at another offset is refused with the right one.", MaxBodyBytes: limit,
	}, func(ctx context.Context, in *struct {
		ID      files.ID      `path:"id" maxLength:"36"`
		Purpose files.Purpose `query:"purpose" required:"true" maxLength:"20"`
		Offset  int64         `query:"offset" minimum:"0"`
		RawBody []byte        `contentType:"application/octet-stream"`
	},
	) (*offsetOut, error) {
		up, err := uploadIn{ID: in.ID, Purpose: in.Purpose, RawBody: in.RawBody}.upload(ctx)
		if err != nil {
			return nil, err
		}
		n, err := a.Files.Append(ctx, up, in.Offset)
		if err != nil {
			return nil, err
		}
		var out offsetOut
		out.Body.Offset = n
		return &out, nil
	})
	httpapi.Register(a.Server, huma.Operation{
		OperationID: "finish-file", Method: http.MethodPost, Path: "/files/{id}/finish", Tags: []string{"files"}, Summary: "Finish an upload in pieces",
	}, func(ctx context.Context, in *struct {
		ID      files.ID      `path:"id" maxLength:"36"`
		Purpose files.Purpose `query:"purpose" required:"true" maxLength:"20"`
		Name    string        `query:"name" maxLength:"200"`
		SHA256  string        `query:"sha256" maxLength:"64"`
	},
	) (*fileOut, error) {
		up, err := uploadIn{ID: in.ID, Purpose: in.Purpose, Name: in.Name, SHA256: in.SHA256}.upload(ctx)
		if err != nil {
			return nil, err
		}
		f, err := a.Files.Finish(ctx, up)
		if err != nil {
			return nil, err
		}
		return &fileOut{a.fileBody(ctx, f)}, nil
	})
	httpapi.Register(a.Server, huma.Operation{
		OperationID: "get-file-offset", Method: http.MethodGet, Path: "/files/{id}/offset", Tags: []string{"files"}, Summary: "Ask how much of an upload is safe",
	}, func(ctx context.Context, in *struct {
		ID files.ID `path:"id" maxLength:"36"`
	},
	) (*offsetOut, error) {
		n, err := a.Files.Offset(ctx, access.From(ctx).ID, in.ID)
		if err != nil {
			return nil, err
		}
		var out offsetOut
		out.Body.Offset = n
		return &out, nil
	})
	httpapi.Register(a.Server, huma.Operation{
		OperationID: "list-files", Method: http.MethodGet, Path: "/files", Tags: []string{"files"}, Summary: "List a record's files",
	}, func(ctx context.Context, in *struct {
		Kind string `query:"record_kind" required:"true" maxLength:"32"`
		ID   string `query:"record_id" required:"true" maxLength:"36"`
	},
	) (*struct{ Body []fileBody }, error) {
		byRecord, err := a.Files.ByRecords(ctx, a.DB, in.Kind, in.ID)
		if err != nil {
			return nil, err
		}
		out := []fileBody{}
		for _, f := range byRecord[in.ID] {
			if a.mayFetch(ctx, f) {
				out = append(out, a.fileBody(ctx, f))
			}
		}
		return &struct{ Body []fileBody }{out}, nil
	})
	a.Server.Mux.HandleFunc("GET "+httpapi.Prefix+"/files/{id}/content", func(w http.ResponseWriter, r *http.Request) {
		if err := a.serveFile(w, r); err != nil {
			a.Server.Problem(w, r, err)
		}
	})
}

func (a *App) serveFile(w http.ResponseWriter, r *http.Request) error {
	id := files.ID(r.PathValue("id"))
	if r.URL.Query().Has("s") {
		l, err := a.Files.Verify(id, r.URL.Query())
		if err != nil {
			return err
		}
		return a.Files.Serve(w, r, id, l.Variant)
	}
	f, err := a.Files.Get(r.Context(), a.DB, id)
	if err != nil {
		return err
	}
	if !a.mayFetch(r.Context(), f) {
		return files.ErrNotFound
	}
	v := files.Variant(r.URL.Query().Get("variant"))
	if v == "" {
		v = files.Original
	}
	return a.Files.Serve(w, r, id, v)
}

// mayFetch: one's own upload, or a file of a record in one's scope.
func (a *App) mayFetch(ctx context.Context, f files.File) bool {
	actor := access.From(ctx)
	if actor.Kind != access.User && actor.Kind != access.Key {
		return false
	}
	if f.CreatedBy == actor.ID {
		return true
	}
	return f.RecordID != "" && actor.Scope.Sees(f.Brand, f.OutletPath)
}
