package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"anxin/internal/platform/crypt"
	"anxin/internal/platform/problem"
)

// Variant is a form in which a file is served.
type Variant string

// Variants. Previews are JPEG, upright, without metadata.
const (
	Original Variant = "original" // bit by bit, with the metadata of the camera
	View     Variant = "view"     // at most 1600 pixels
	Thumb    Variant = "thumb"    // at most 320 pixels
)

var sides = map[Variant]int{View: 1600, Thumb: 320}

// Content is a file being read; it seeks, so [http.ServeContent] can serve ranges of it.
type Content struct {
	io.ReadSeekCloser
	Size     int64
	Type     string
	Name     string // for saving
	Inline   bool   // may be shown by a browser; otherwise it is only saved
	ETag     string
	Modified time.Time
}

// Open reads a variant of a file. The caller has decided that its actor may see it. Deleted files are
// [ErrNotFound], erased ones [crypt.ErrErased], previews of what is no picture [ErrNoPicture].
func (s *Service) Open(ctx context.Context, id ID, v Variant) (*Content, error) {
	f, err := s.Get(ctx, s.db, id)
	switch {
	case err != nil:
		return nil, err
	case f.State == Deleted || f.State == Gone:
		return nil, ErrNotFound
	case f.Erased:
		return nil, crypt.ErrErased
	}
	c := &Content{Size: f.Size, Type: f.ContentType, Name: f.Name, ETag: `"` + f.SHA256[:32] + `"`, Modified: f.CreatedAt}
	if v == Original {
		// A browser shows pictures, sound and films; a page that hides in anything else is never run.
		kind, _, _ := strings.Cut(f.ContentType, "/")
		c.Inline = kind == "video" || kind == "audio" || f.Picture()
		c.ReadSeekCloser = s.reader(ctx, f, Original, f.Size)
		return c, nil
	}
	if sides[v] == 0 || !f.Picture() {
		return nil, ErrNoPicture
	}
	c.Type, c.Inline, c.ETag = JPEG, true, `"`+f.SHA256[:32]+"-"+string(v)+`"`
	c.Name = CleanName(f.Name, JPEG)
	return c, s.preview(ctx, f, v, c)
}

// preview opens the kept preview, or makes and keeps all of them.
func (s *Service) preview(ctx context.Context, f File, v Variant, c *Content) error {
	opened, err := s.kept(ctx, f, v, c)
	if err != nil || opened {
		return err
	}
	defer s.locks.lock(f.object)()
	if opened, err = s.kept(ctx, f, v, c); err != nil || opened { // somebody made it while we waited
		return err
	}
	r := s.reader(ctx, f, Original, f.Size)
	data, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		return fmt.Errorf("read picture %s: %w", f.ID, err)
	}
	s.gate.in()
	made, err := previews(data, ReadExif(data, f.ContentType, s.zone).Orientation)
	s.gate.out()
	if err != nil {
		return err
	}
	for kind, b := range made {
		if err := s.put(ctx, f, kind, bytes.NewReader(b), int64(len(b))); err != nil {
			return fmt.Errorf("keep preview of %s: %w", f.ID, err)
		}
	}
	out := made[v]
	c.Size, c.ReadSeekCloser = int64(len(out)), nopCloser{bytes.NewReader(out)}
	return nil
}

func (s *Service) kept(ctx context.Context, f File, v Variant, c *Content) (bool, error) {
	st, err := s.store.Stat(ctx, f.key(v))
	if errors.Is(err, ErrMissing) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if c.Size, err = crypt.PlainSize(st.Size); err != nil {
		return false, fmt.Errorf("preview of %s: %w", f.ID, err)
	}
	c.ReadSeekCloser = s.reader(ctx, f, v, c.Size)
	return true, nil
}

type nopCloser struct{ *bytes.Reader }

func (nopCloser) Close() error { return nil }

// reader reads sealed bytes from wherever it was sought to, fetching only from there on.
func (s *Service) reader(ctx context.Context, f File, v Variant, size int64) io.ReadSeekCloser {
	return &seeker{size: size, open: func(off int64) (io.ReadCloser, error) {
		return s.keys.OpenStream(ctx, s.db, f.Key, size, func(off, length int64) (io.ReadCloser, error) {
			return s.store.Get(ctx, f.key(v), off, length)
		}, off, size-off)
	}}
}

type seeker struct {
	open func(off int64) (io.ReadCloser, error)
	size int64
	at   int64
	body io.ReadCloser
}

// Read implements io.Reader.
func (s *seeker) Read(p []byte) (int, error) {
	if s.at >= s.size {
		return 0, io.EOF
	}
	if s.body == nil {
		var err error
		if s.body, err = s.open(s.at); err != nil {
			return 0, err
		}
	}
	n, err := s.body.Read(p)
	s.at += int64(n)
	return n, err
}

// Seek implements io.Seeker.
func (s *seeker) Seek(off int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		off += s.at
	case io.SeekEnd:
		off += s.size
	}
	if off < 0 {
		return 0, errors.New("files: seek before the beginning")
	}
	if off != s.at {
		if err := s.Close(); err != nil {
			return 0, err
		}
		s.at = off
	}
	return off, nil
}

// Close implements io.Closer.
func (s *seeker) Close() error {
	if s.body == nil {
		return nil
	}
	err := s.body.Close()
	s.body = nil
	return err
}

// Headers sets what a browser must be told, so that no uploaded byte ever runs as ours: the type we
// read, no guessing, no scripts, saved rather than shown unless it is harmless.
func (c *Content) Headers(h http.Header) {
	h.Set("Content-Type", c.Type)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; img-src 'self'; media-src 'self'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "private, max-age=3600")
	h.Set("ETag", c.ETag)
	how := "attachment"
	if c.Inline {
		how = "inline"
	}
	h.Set("Content-Disposition", how+"; filename*=UTF-8''"+strings.ReplaceAll(url.QueryEscape(c.Name), "+", "%20"))
}

// Serve writes a variant to a request, ranges and conditions included.
func (s *Service) Serve(w http.ResponseWriter, r *http.Request, id ID, v Variant) error {
	c, err := s.Open(r.Context(), id, v)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	c.Headers(w.Header())
	http.ServeContent(w, r, "", c.Modified, c)
	return nil
}

// Erased tells whether err says that the file was erased on purpose.
func Erased(err error) bool { return problem.CodeOf(err) == crypt.ErrErased }
