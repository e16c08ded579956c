package console

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
)

// maxUploads bounds a form with photos, bytes.
const maxUploads = 40 << 20

// maxHead is how much of a form's beginning is kept for its words, bytes.
const maxHead = 2 * maxForm

// uploads reads a form with files before the page does; others pass through. Of a form that is too large, or breaks off, what
// was typed before its files is shown again.
func (s *Service) uploads(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if m, params, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && m == "multipart/form-data" {
			var begun head
			body := http.MaxBytesReader(w, r.Body, maxUploads)
			r.Body = struct {
				io.Reader
				io.Closer
			}{io.TeeReader(body, &begun), body}
			if err := r.ParseMultipartForm(4 << 20); err != nil {
				wrong, status := "problem.malformed", http.StatusBadRequest
				if _, tooBig := errors.AsType[*http.MaxBytesError](err); tooBig {
					wrong, status = "problem.too_large", http.StatusRequestEntityTooLarge
				}
				v := &view{Lang: s.langOf(r), Form: begun.fields(params["boundary"])}
				v.Wrong = s.Words.T(v.Lang, wrong, nil)
				v.keep()
				s.render(w, r, v, "message.html", status)
				return
			}
			defer func() { _ = r.MultipartForm.RemoveAll() }()
		}
		next(w, r)
	}
}

// head is the beginning of what is written to it.
type head struct{ bytes.Buffer }

// Write takes all and keeps the beginning.
func (h *head) Write(p []byte) (int, error) {
	if room := maxHead - h.Len(); room > 0 {
		h.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// fields are those of the form that stand whole before its first file.
func (h *head) fields(boundary string) map[string]string {
	out := map[string]string{}
	form := multipart.NewReader(&h.Buffer, boundary)
	for {
		part, err := form.NextPart()
		if err != nil || part.FileName() != "" {
			return out
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return out
		}
		out[part.FormName()] = string(value)
	}
}
