// Package problem is the one vocabulary of errors that a person or a program may see.
//
// A module declares its codes once ([Declare]); a code is a stable key, which is also the key of its
// words, and a kind, which platform/httpapi turns into a status. Errors carry parameters for the
// words, never a value that somebody submitted. Everything else is an internal error, whose detail
// stays in the log.
package problem

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
)

// Kind is what went wrong in general.
type Kind int

// The kinds, each with one HTTP status (see platform/httpapi).
const (
	Internal             Kind = iota // 500
	Invalid                          // 422
	NotFound                         // 404
	Conflict                         // 409
	Stale                            // 412
	PreconditionRequired             // 428
	Forbidden                        // 403
	Unauthorized                     // 401
	TooMany                          // 429
	TooLarge                         // 413
	Unsupported                      // 415
	Gone                             // 410
	Unavailable                      // 503
	Malformed                        // 400
)

// Code is one declared error: compare with [errors.Is].
type Code struct {
	Key  string
	Kind Kind
}

func (c *Code) Error() string { return c.Key }

var registry struct {
	sync.Mutex
	codes map[string]*Code
}

// Declare makes a code; key is `module.name`, its words stand under `problem.module.name`. It panics
// when the key is taken: codes are package variables.
func Declare(key string, kind Kind) *Code {
	registry.Lock()
	defer registry.Unlock()
	if registry.codes == nil {
		registry.codes = map[string]*Code{}
	}
	if registry.codes[key] != nil {
		panic("problem: code declared twice: " + key)
	}
	c := &Code{Key: key, Kind: kind}
	registry.codes[key] = c
	return c
}

// Codes lists all declared codes by key.
func Codes() []*Code {
	registry.Lock()
	defer registry.Unlock()
	return slices.SortedFunc(maps.Values(registry.codes), func(a, b *Code) int {
		if a.Key < b.Key {
			return -1
		}
		return 1
	})
}

// Codes of the platform itself.
var (
	ErrInternal    = Declare("internal", Internal)
	ErrNotFound    = Declare("not_found", NotFound)
	ErrInvalid     = Declare("invalid", Invalid)
	ErrMalformed   = Declare("malformed", Malformed)
	ErrStale       = Declare("stale", Stale)
	ErrNoVersion   = Declare("version_required", PreconditionRequired)
	ErrForbidden   = Declare("forbidden", Forbidden)
	ErrUnauth      = Declare("unauthorized", Unauthorized)
	ErrTooMany     = Declare("too_many_requests", TooMany)
	ErrTooLarge    = Declare("too_large", TooLarge)
	ErrUnsupported = Declare("unsupported_type", Unsupported)
	ErrUnavailable = Declare("unavailable", Unavailable)
	ErrTimeout     = Declare("timeout", Unavailable)
	ErrConflict    = Declare("conflict", Conflict)
)

// Codes of one field, used with [Field].
var (
	Required   = Declare("required", Invalid)
	TooLong    = Declare("too_long", Invalid)
	TooShort   = Declare("too_short", Invalid)
	OutOfRange = Declare("out_of_range", Invalid)
	BadFormat  = Declare("bad_format", Invalid)
	BadChoice  = Declare("bad_choice", Invalid)
	BadText    = Declare("bad_text", Invalid) // invalid UTF-8 or control characters
	Unknown    = Declare("unknown_reference", Invalid)
	Taken      = Declare("taken", Invalid)
	BadTime    = Declare("bad_time", Invalid)
)

// Error is a code with the parameters of this occurrence.
type Error struct {
	Code   *Code
	Params map[string]any
	Fields []FieldError
	cause  error
}

// FieldError says what is wrong with one field of the input; Field is its path ("window.start").
type FieldError struct {
	Field  string         `json:"field"`
	Code   string         `json:"code"`
	Params map[string]any `json:"params,omitempty"`
}

func (e *Error) Error() string {
	s := e.Code.Key
	for _, f := range e.Fields {
		s += fmt.Sprintf(" [%s: %s]", f.Field, f.Code)
	}
	if e.cause != nil {
		s += ": " + e.cause.Error()
	}
	return s
}

// Is makes errors.Is(err, code) true.
func (e *Error) Is(target error) bool {
	c, ok := target.(*Code)
	return ok && c == e.Code
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// With makes an error of this code with parameters in pairs of name and value.
func (c *Code) With(pairs ...any) *Error {
	e := &Error{Code: c, Params: map[string]any{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		e.Params[pairs[i].(string)] = pairs[i+1]
	}
	return e
}

// Wrap makes an error of this code with a cause for the log.
func (c *Code) Wrap(err error) *Error { return &Error{Code: c, cause: err} }

// Field makes an [ErrInvalid] about one field.
func Field(field string, code *Code, pairs ...any) *Error {
	var f Fields
	f.Add(field, code, pairs...)
	return &Error{Code: ErrInvalid, Fields: f.list}
}

// Fields collects what is wrong with an input, so that a person sees all of it at once.
type Fields struct{ list []FieldError }

// Add notes one wrong field.
func (f *Fields) Add(field string, code *Code, pairs ...any) {
	var p map[string]any
	if len(pairs) > 0 {
		p = code.With(pairs...).Params
	}
	f.list = append(f.list, FieldError{Field: field, Code: code.Key, Params: p})
}

// Check notes the field as wrong unless ok.
func (f *Fields) Check(ok bool, field string, code *Code, pairs ...any) {
	if !ok {
		f.Add(field, code, pairs...)
	}
}

// Err is nil when nothing is wrong.
func (f *Fields) Err() error {
	if len(f.list) == 0 {
		return nil
	}
	return &Error{Code: ErrInvalid, Fields: f.list}
}

// CodeOf finds the code of err; nil for no error, [ErrInternal] for one without a code.
func CodeOf(err error) *Code {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	var c *Code
	if errors.As(err, &c) {
		return c
	}
	return ErrInternal
}

// Match tells whether err has the wanted code; nil wants no error. For tests.
func Match(err error, want *Code) bool { return CodeOf(err) == want }
