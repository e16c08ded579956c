package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"anxin/internal/platform/access"
	"anxin/internal/platform/problem"
)

// ErrList says that a list refused to be read for somebody; the code is that of its own answer.
var ErrList = problem.Declare("list_refused", problem.Invalid)

// IsList tells whether a path, without [Prefix], names an operation that answers a list page by page.
func (s *Server) IsList(path string) bool {
	item := s.OpenAPI().Paths[path]
	if item == nil || item.Get == nil || strings.ContainsAny(path, "{}") {
		return false
	}
	for _, p := range item.Get.Parameters {
		if p.Name == "cursor" && p.In == "query" {
			return true
		}
	}
	return false
}

// ReadList reads a page of a list in the name of the context's actor, by the list's own operation: its checks, its scope
// and what it masks hold as if he had asked from outside. Only how often he may ask is not counted.
func (s *Server) ReadList(ctx context.Context, path string, query url.Values) ([]byte, error) {
	a := access.From(ctx)
	r, err := http.NewRequestWithContext(context.WithValue(ctx, ctxServer, s), http.MethodGet, Prefix+path+"?"+query.Encode(), nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Accept-Language", a.Lang)
	w := &kept{header: http.Header{}}
	s.Mux.ServeHTTP(w, r)
	if w.status/100 == 2 {
		return w.body.Bytes(), nil
	}
	var p Problem
	if err := json.Unmarshal(w.body.Bytes(), &p); err != nil || w.status >= 500 {
		return nil, problem.ErrInternal
	}
	switch w.status {
	case http.StatusForbidden:
		return nil, problem.ErrForbidden
	case http.StatusUnauthorized:
		return nil, problem.ErrUnauth
	}
	return nil, ErrList.With("code", p.Code)
}

// kept is an answer that stays in memory.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (k *kept) Header() http.Header { return k.header }

// WriteHeader implements http.ResponseWriter.
func (k *kept) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
}

// Write implements http.ResponseWriter.
func (k *kept) Write(b []byte) (int, error) {
	k.WriteHeader(http.StatusOK)
	return k.body.Write(b)
}
