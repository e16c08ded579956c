package console

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"

	"anxin/internal/cases"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/files"
)

// TestMedia: photos go with the case; what lies about its type, and more than six, are refused with words at the field, and
// no case comes of it.
func TestMedia(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.con.Files = f.Files
		h := f.site()
		var picture bytes.Buffer
		f.Must(png.Encode(&picture, image.NewGray(image.Rect(0, 0, 12, 9))))
		send := func(contentType string, list ...[]byte) (int, string) {
			t.Helper()
			var body bytes.Buffer
			form := multipart.NewWriter(&body)
			for k, v := range map[string]string{"brand": "ONE", "category": "WM", "text": "it leaks", "name": "Ann", "phone": "13700000021", "consent": "yes"} {
				f.Must(form.WriteField(k, v))
			}
			for _, b := range list {
				part, err := form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="media"; filename="a.png"`}, "Content-Type": {contentType}})
				f.Must(err)
				_, err = part.Write(b)
				f.Must(err)
			}
			f.Must(form.Close())
			r := newRequest(t, http.MethodPost, "/report?lang=en", nil)
			r.Body, r.ContentLength = io.NopCloser(&body), int64(body.Len())
			r.Header.Set("Content-Type", form.FormDataContentType())
			r.Header.Set("Origin", "https://anxin.test")
			w := serve(h, r)
			return w.Code, w.Body.String()
		}
		for name, tt := range map[string]struct {
			contentType string
			list        [][]byte
			want        string
		}{
			"a program":       {"image/png", [][]byte{[]byte("#!/bin/sh\nrm -rf /\n")}, "Files of this type are not accepted here"},
			"a page":          {"image/png", [][]byte{[]byte("<html><script>alert(1)</script>")}, "Files of this type are not accepted here"},
			"a cut picture":   {"image/png", [][]byte{picture.Bytes()[:20]}, `class="err"`},
			"no video at all": {"video/mp4", [][]byte{picture.Bytes()}, "Files of this type are not accepted here"},
			"seven":           {"image/png", [][]byte{picture.Bytes(), picture.Bytes(), picture.Bytes(), picture.Bytes(), picture.Bytes(), picture.Bytes(), picture.Bytes()}, "at most 6"},
		} {
			if code, page := send(tt.contentType, tt.list...); code != http.StatusUnprocessableEntity || !strings.Contains(page, tt.want) || !strings.Contains(page, "it leaks") {
				t.Errorf("%s: %d, want 422, %q and what was typed\n%s", name, code, tt.want, shown(page))
			}
		}
		if code, page := send("image/png", picture.Bytes(), nil); code != http.StatusSeeOther {
			t.Fatalf("a photo: %d\n%s", code, shown(page))
		}
		list, err := f.Cases.List(f.Ctx, cases.Filter{Limit: 10})
		f.Must(err)
		n := 0
		for _, c := range list {
			if c.Category != "WM" {
				continue
			}
			n++
			of, err := f.Files.ByRecords(f.Ctx, d, "case", string(c.ID))
			f.Must(err)
			if len(of[string(c.ID)]) != 1 || of[string(c.ID)][0].Purpose != files.Photo {
				t.Errorf("the case has the files %+v", of)
			}
		}
		if n != 1 {
			t.Errorf("%d cases, want 1", n)
		}
	})
}
