// Package apitest asks a service of a module over the product's HTTP stack, without a network: tests send requests as
// somebody, and look at status, headers and JSON.
//
// It owns who asks (by headers) and the way there and back. What is asked and expected is each test's own.
package apitest

import (
	"cmp"
	"context"
	"encoding/json"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/httpapi"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
)

// Service is what a module registers.
type Service interface {
	Register(api *httpapi.Server)
}

// Plain keeps answers as they are, where a test has no keys: nothing in it is secret.
type Plain struct{}

// SealBytes is part of [httpapi.Sealer].
func (Plain) SealBytes(_ context.Context, _ db.Querier, b []byte) ([]byte, error) { return b, nil }

// OpenBytes is part of [httpapi.Sealer].
func (Plain) OpenBytes(_ context.Context, _ db.Querier, b []byte) ([]byte, error) { return b, nil }

// Narrowed is a user (u1 unless it is named) who may do all, narrowed by headers of the request: X-Outlet to a path of
// outlets, X-Brand to a brand, X-Nobody (anything) to no permission. Errors speak the language of Accept-Language, or Lang.
type Narrowed struct{ ID, Lang string }

// Authenticate is part of [httpapi.Authenticator].
func (n Narrowed) Authenticate(r *http.Request) (access.Actor, error) {
	a := access.Actor{Kind: access.User, ID: cmp.Or(n.ID, "u1"), Permissions: access.Set{"*": true}, Scope: access.Everything, Lang: cmp.Or(r.Header.Get("Accept-Language"), n.Lang)}
	if path := r.Header.Get("X-Outlet"); path != "" {
		a.Scope = access.Scope{OutletPath: path}
	}
	if brand := r.Header.Get("X-Brand"); brand != "" {
		a.Scope.Brands = []string{brand}
	}
	if r.Header.Get("X-Nobody") != "" {
		a.Permissions = access.Set{}
	}
	return a, nil
}

// Named are people by the header X-User; who is not among them is the public.
type Named map[string]access.Actor

// Authenticate is part of [httpapi.Authenticator].
func (n Named) Authenticate(r *http.Request) (access.Actor, error) {
	if a, ok := n[r.Header.Get("X-User")]; ok {
		return a, nil
	}
	return access.Actor{Kind: access.Public}, nil
}

// Serve is the product's server for services over d, with the words of the modules they speak with; those of problem
// are added.
func Serve(d *db.DB, seal httpapi.Sealer, auth httpapi.Authenticator, words []fs.FS, services ...Service) *httpapi.Server {
	api := httpapi.New(httpapi.Options{
		DB: d, Log: slog.New(slog.DiscardHandler), Words: i18n.Must(append([]fs.FS{problem.Words}, words...)...), Seal: seal, Auth: auth, Version: "test",
	})
	for _, s := range services {
		s.Register(api)
	}
	return api
}

// Client sends requests to services. It may be used by several goroutines at once.
type Client struct {
	t testing.TB
	h http.Handler
}

// New is a client of [Serve].
func New(t testing.TB, d *db.DB, seal httpapi.Sealer, auth httpapi.Authenticator, words []fs.FS, services ...Service) *Client {
	t.Helper()
	return &Client{t, Serve(d, seal, auth, words, services...).Handler()}
}

// Do sends a request to a path below [httpapi.Prefix]; headers are pairs of name and value. A body is JSON unless they
// say otherwise.
func (c *Client) Do(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, httpapi.Prefix+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	c.h.ServeHTTP(w, r)
	return w
}

// Ask is [Client.Do] with the JSON of the answer beside it: an array stands under "items", an answer without a body is
// an empty object.
func (c *Client) Ask(method, path, body string, headers ...string) (*httptest.ResponseRecorder, map[string]any) {
	c.t.Helper()
	w := c.Do(method, path, body, headers...)
	raw := w.Body.Bytes()
	if len(raw) > 0 && raw[0] == '[' {
		raw = slices.Concat([]byte(`{"items":`), raw, []byte("}"))
	}
	out := map[string]any{}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &out); err != nil {
			c.t.Errorf("%s %s: %d, no JSON: %s", method, path, w.Code, raw)
		}
	}
	return w, out
}

// Call is [Client.Ask] for the status alone.
func (c *Client) Call(method, path, body string, headers ...string) (int, map[string]any) {
	c.t.Helper()
	w, out := c.Ask(method, path, body, headers...)
	return w.Code, out
}
