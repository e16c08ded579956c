package httpapi

import (
	"errors"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"anxin/internal/platform/problem"
)

// formInMemory is how much of a form with files stays in memory, bytes: photos as phones send them do. What is larger
// waits in temporary files until the answer is sent.
const formInMemory = 8 << 20

// takesForm tells whether the input of an operation is a form with files.
func takesForm(in reflect.Type) bool {
	f, ok := in.FieldByName("RawBody")
	return ok && strings.HasPrefix(f.Type.Name(), "MultipartFormFiles")
}

// readForm reads a form with files before huma does, which neither bounds it nor removes its temporary files: bytes of
// customers' homes would stay on the disk, in the clear.
func (s *Server) readForm(limit int64) func(hc huma.Context, next func(huma.Context)) {
	return func(hc huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(hc)
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		err := r.ParseMultipartForm(formInMemory)
		if r.MultipartForm != nil {
			defer func() { _ = r.MultipartForm.RemoveAll() }()
		}
		_, tooBig := errors.AsType[*http.MaxBytesError](err)
		switch {
		case tooBig:
			s.Problem(w, r, problem.ErrTooLarge.With("limit", limit))
		case errors.Is(err, http.ErrNotMultipart):
			s.Problem(w, r, problem.ErrUnsupported)
		case err != nil:
			s.Problem(w, r, problem.ErrMalformed)
		default:
			next(hc)
		}
	}
}
