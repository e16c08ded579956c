package console

import (
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
				lang := s.langOf(r)
				s.render(w, r, &view{Lang: lang, Wrong: s.Words.T(lang, "problem.too_large", nil)}, "message.html", http.StatusRequestEntityTooLarge)
				return
			}
			defer func() { _ = r.MultipartForm.RemoveAll() }()
		}
		next(w, r)
	}
}
