package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/problem"
)

// statuses is the one place where kinds become HTTP.
var statuses = map[problem.Kind]int{
	problem.Internal: 500, problem.Invalid: 422, problem.NotFound: 404, problem.Conflict: 409, problem.Stale: 412,
	problem.PreconditionRequired: 428, problem.Forbidden: 403, problem.Unauthorized: 401, problem.TooMany: 429,
	problem.TooLarge: 413, problem.Unsupported: 415, problem.Gone: 410, problem.Unavailable: 503, problem.Malformed: 400,
}

// Problem is the body of every error (RFC 9457), type application/problem+json.
type Problem struct {
	Type      string         `json:"type" doc:"urn:anxin:problem:<code>"`
	Title     string         `json:"title" doc:"what is wrong, in the reader's language"`
	Status    int            `json:"status"`
	Code      string         `json:"code" doc:"stable key for programs"`
	Params    map[string]any `json:"params,omitempty"`
	Errors    []FieldProblem `json:"errors,omitempty" doc:"what is wrong with single fields"`
	RequestID string         `json:"request_id,omitempty"`
}

// FieldProblem is what is wrong with one field.
type FieldProblem struct {
	Field   string         `json:"field"`
	Code    string         `json:"code"`
	Message string         `json:"message" doc:"in the reader's language"`
	Params  map[string]any `json:"params,omitempty"`
}

func (p *Problem) Error() string { return p.Code }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// body translates an error and logs the detail of a fault of ours.
func (s *Server) body(ctx context.Context, err error) *Problem {
	var done *Problem
	if errors.As(err, &done) {
		return done
	}
	a := access.From(ctx)
	code := codeOf(err)
	if code.Kind == problem.Internal {
		s.opt.Log.ErrorContext(ctx, "request failed", slog.Any("error", err), "request_id", a.RequestID)
	}
	p := &Problem{Type: "urn:anxin:problem:" + code.Key, Status: statuses[code.Kind], Code: code.Key, RequestID: a.RequestID}
	var e *problem.Error
	if errors.As(err, &e) {
		p.Params = e.Params
		for _, f := range e.Fields {
			p.Errors = append(p.Errors, FieldProblem{Field: f.Field, Code: f.Code, Params: f.Params, Message: s.opt.Words.T(a.Lang, "problem."+f.Code, f.Params)})
		}
	}
	p.Title = s.opt.Words.T(a.Lang, "problem."+code.Key, p.Params)
	return p
}

func codeOf(err error) *problem.Code {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return problem.ErrTimeout
	case errors.Is(err, db.ErrRace):
		return problem.ErrConflict
	}
	return problem.CodeOf(err)
}

// Problem writes an error as the answer; for handlers outside the typed operations.
func (s *Server) Problem(w http.ResponseWriter, r *http.Request, err error) {
	p := s.body(r.Context(), err)
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client may be gone
}

var errorsOnce sync.Once

// useErrors makes huma's own refusals (schema validation, content types, unknown parameters) look like
// ours: codes, no submitted values. huma has one such function a process; it finds the server in the
// request's context.
func useErrors() {
	errorsOnce.Do(func() {
		huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
			return &Problem{Status: status, Code: "invalid", Title: msg}
		}
		huma.NewErrorWithContext = func(hc huma.Context, status int, msg string, errs ...error) huma.StatusError {
			if hc == nil || serverOf(hc.Context()) == nil {
				return huma.NewError(status, msg)
			}
			return serverOf(hc.Context()).body(hc.Context(), fromHuma(status, errs))
		}
	})
}

func fromHuma(status int, errs []error) error {
	var fields problem.Fields
	for _, err := range errs {
		var ours *problem.Error
		if errors.As(err, &ours) {
			return ours
		}
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			detail := d.ErrorDetail()
			field, code, pairs := fieldOf(detail.Location, detail.Message)
			fields.Add(field, code, pairs...)
		}
	}
	if status == http.StatusBadRequest && fields.Err() == nil {
		return problem.ErrMalformed
	}
	switch status {
	case http.StatusUnprocessableEntity, http.StatusBadRequest:
		if err := fields.Err(); err != nil {
			return err
		}
		return problem.ErrInvalid
	case http.StatusNotAcceptable, http.StatusUnsupportedMediaType:
		return problem.ErrUnsupported
	case http.StatusRequestEntityTooLarge:
		return problem.ErrTooLarge
	case http.StatusRequestTimeout:
		return problem.ErrTimeout
	}
	return problem.ErrInternal
}

// fieldOf turns huma's location and message into a field and a code.
func fieldOf(location, msg string) (string, *problem.Code, []any) {
	field := location
	for _, p := range []string{"body.", "query.", "path.", "header."} {
		field = strings.TrimPrefix(field, p)
	}
	after := func(prefix string) (string, bool) { return strings.CutPrefix(msg, prefix) }
	if rest, ok := after("expected required property "); ok {
		name := strings.TrimSuffix(rest, " to be present")
		if field == "body" || field == "" {
			return name, problem.Required, nil
		}
		return field + "." + name, problem.Required, nil
	}
	if rest, ok := after("expected length <= "); ok {
		return field, problem.TooLong, []any{"limit", rest}
	}
	if rest, ok := after("expected array length <= "); ok {
		return field, problem.TooLong, []any{"limit", rest}
	}
	if rest, ok := after("expected length >= "); ok {
		return field, problem.TooShort, []any{"limit", rest}
	}
	if rest, ok := after("expected array length >= "); ok {
		return field, problem.TooShort, []any{"limit", rest}
	}
	if rest, ok := after("expected number "); ok {
		return field, problem.OutOfRange, []any{"limit", rest}
	}
	switch {
	case strings.HasPrefix(msg, "required "):
		return field, problem.Required, nil
	case strings.HasPrefix(msg, "unexpected property"), strings.HasPrefix(msg, "unknown query"):
		return field, UnknownField, nil
	case strings.HasPrefix(msg, "expected value to be one of"):
		return field, problem.BadChoice, nil
	}
	return field, problem.BadFormat, nil
}

// UnknownField says that the input has a field which the operation does not know.
var UnknownField = problem.Declare("unknown_field", problem.Invalid)
