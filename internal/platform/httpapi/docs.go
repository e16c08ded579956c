package httpapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// Contract is the published OpenAPI document, indented, as api/openapi.json keeps it.
func (s *Server) Contract() ([]byte, error) {
	b, err := json.MarshalIndent(s.OpenAPI(), "", "  ")
	if err != nil {
		return nil, err
	}
	return append(b, '\n'), nil
}

// ServeDocs adds the contract at /api/openapi.json and a page for people at /api/docs, which needs no
// script and nothing from elsewhere. Call it after all operations are registered. Both are written when somebody
// first asks: that takes longer than the rest of a start.
func (s *Server) ServeDocs() {
	contract := sync.OnceValues(s.Contract)
	page := sync.OnceValues(func() ([]byte, error) {
		var page bytes.Buffer
		err := docsPage.Execute(&page, s.docs())
		return page.Bytes(), err
	})
	for path, doc := range map[string]struct {
		kind string
		text func() ([]byte, error)
	}{
		"/api/openapi.json": {"application/json", contract},
		"/api/docs":         {"text/html; charset=utf-8", page},
	} {
		s.Mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			text, err := doc.text()
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			w.Header().Set("Content-Type", doc.kind)
			_, _ = w.Write(text)
		})
	}
}

type docField struct {
	Name, Type, Doc string
	Required        bool
}

type docOp struct {
	ID, Method, Path, Summary, Description string
	Params, Body, Answer                   []docField
}

type docTag struct {
	Name string
	Ops  []docOp
}

func (s *Server) docs() []docTag {
	byTag := map[string][]docOp{}
	for path, item := range s.OpenAPI().Paths {
		for method, op := range map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete} {
			if op == nil {
				continue
			}
			d := docOp{ID: op.OperationID, Method: method, Path: Prefix + path, Summary: op.Summary, Description: op.Description}
			for _, p := range op.Parameters {
				d.Params = append(d.Params, docField{Name: p.In + " " + p.Name, Type: typeOf(p.Schema), Doc: p.Description, Required: p.Required})
			}
			if op.RequestBody != nil {
				for _, m := range op.RequestBody.Content {
					d.Body = append(d.Body, s.fields(m.Schema)...)
				}
			}
			for code, r := range op.Responses {
				if !strings.HasPrefix(code, "2") {
					continue
				}
				for _, m := range r.Content {
					d.Answer = append(d.Answer, s.fields(m.Schema)...)
				}
			}
			tag := "other"
			if len(op.Tags) > 0 {
				tag = op.Tags[0]
			}
			byTag[tag] = append(byTag[tag], d)
		}
	}
	var out []docTag
	for name, ops := range byTag {
		slices.SortFunc(ops, func(a, b docOp) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method)) })
		out = append(out, docTag{name, ops})
	}
	slices.SortFunc(out, func(a, b docTag) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func (s *Server) fields(schema *huma.Schema) []docField {
	if schema != nil && schema.Ref != "" {
		schema = s.OpenAPI().Components.Schemas.SchemaFromRef(schema.Ref)
	}
	if schema == nil {
		return nil
	}
	var out []docField
	for name, p := range schema.Properties {
		out = append(out, docField{Name: name, Type: typeOf(p), Doc: p.Description, Required: slices.Contains(schema.Required, name)})
	}
	slices.SortFunc(out, func(a, b docField) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

func typeOf(p *huma.Schema) string {
	switch {
	case p == nil:
		return ""
	case p.Ref != "":
		return p.Ref[strings.LastIndexByte(p.Ref, '/')+1:]
	case p.Type == "array":
		return typeOf(p.Items) + "[]"
	case p.Format != "":
		return p.Type + " (" + p.Format + ")"
	}
	return p.Type
}

var docsPage = template.Must(template.New("docs").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>Anxin API</title>
<style>
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1f2937}
h1{margin:0}h2{margin-top:2.5rem;border-bottom:1px solid #e5e7eb}summary{cursor:pointer;padding:.35rem 0}
code,.m{font-family:ui-monospace,monospace}.m{display:inline-block;width:4.2rem;color:#0f766e;font-weight:600}
table{border-collapse:collapse;width:100%;margin:.3rem 0 1rem}td{border-top:1px solid #e5e7eb;padding:.2rem .5rem;vertical-align:top}
td:first-child{white-space:nowrap}small{color:#6b7280}nav a{margin-right:.8rem}
</style></head><body>
<h1>Anxin API</h1><p>Contract: <a href="/api/openapi.json">/api/openapi.json</a> (OpenAPI 3.1). Errors are <code>application/problem+json</code> with a stable <code>code</code>.
Changes take <code>Idempotency-Key</code>; field edits need <code>If-Match</code>; lists go on with <code>cursor</code>.</p>
<nav>{{range .}}<a href="#{{.Name}}">{{.Name}}</a>{{end}}</nav>
{{range .}}<h2 id="{{.Name}}">{{.Name}}</h2>{{range .Ops}}<details id="{{.ID}}"><summary><span class="m">{{.Method}}</span><code>{{.Path}}</code> <small>{{.Summary}}</small></summary>
{{with .Description}}<p>{{.}}</p>{{end}}
{{with .Params}}<b>Parameters</b>{{template "fields" .}}{{end}}{{with .Body}}<b>Body</b>{{template "fields" .}}{{end}}{{with .Answer}}<b>Answer</b>{{template "fields" .}}{{end}}
</details>{{end}}{{end}}</body></html>
{{define "fields"}}<table>{{range .}}<tr><td><code>{{.Name}}</code>{{if .Required}} *{{end}}</td><td><small>{{.Type}}</small></td><td>{{.Doc}}</td></tr>{{end}}</table>{{end}}`))
