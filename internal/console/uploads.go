package console

import (
	"errors"
	"mime"
	"net/http"
)

// maxUploads bounds a form with photos.
const maxUploads = 40 << 20

// uploads reads a form with files before the page does; others pass through.
func (s *Service) uploads(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if m, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && m == "multipart/form-data" {
			r.Body = http.MaxBytesReader(w, r.Body, maxUploads)
			if err := r.ParseMultipartForm(4 << 20); err != nil {
				wrong, status := "problem.malformed", http.StatusBadRequest
				if _, tooBig := errors.AsType[*http.MaxBytesError](err); tooBig {
					wrong, status = "problem.too_large", http.StatusRequestEntityTooLarge
				}
				lang := s.langOf(r)
				s.render(w, r, &view{Lang: lang, Wrong: s.Words.T(lang, wrong, nil)}, "message.html", status)
				return
			}
			defer func() { _ = r.MultipartForm.RemoveAll() }()
		}
		next(w, r)
	}
}
