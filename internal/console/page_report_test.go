package console

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"regexp"
	"slices"
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

// TestKeptMedia: photos of a form that was refused need not be chosen again, are dropped when they are unticked, and nobody
// takes those of another form.
func TestKeptMedia(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.con.Files = f.Files
		h := f.site()
		var picture bytes.Buffer
		f.Must(png.Encode(&picture, image.NewGray(image.Rect(0, 0, 12, 9))))
		send := func(phone string, more map[string][]string, photos int) (int, string) {
			t.Helper()
			var body bytes.Buffer
			form := multipart.NewWriter(&body)
			for k, v := range map[string]string{"brand": "ONE", "category": "WM", "text": "it leaks", "name": "Ann", "phone": phone} {
				f.Must(form.WriteField(k, v))
			}
			for k, list := range more {
				for _, v := range list {
					f.Must(form.WriteField(k, v))
				}
			}
			for range photos {
				part, err := form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="media"; filename="unit.png"`}, "Content-Type": {"image/png"}})
				f.Must(err)
				_, err = part.Write(picture.Bytes())
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
		key := regexp.MustCompile(`name="key" value="([^"]+)"`)
		kept := regexp.MustCompile(`name="kept" value="([^"]+)" checked`)
		refused := func(phone string, photos int) (string, []string) {
			t.Helper()
			code, page := send(phone, nil, photos)
			if code != http.StatusUnprocessableEntity {
				t.Fatalf("without consent: %d\n%s", code, shown(page))
			}
			var ids []string
			for _, m := range kept.FindAllStringSubmatch(page, -1) {
				ids = append(ids, m[1])
			}
			if len(ids) != photos {
				t.Fatalf("the page keeps %d photos, want %d", len(ids), photos)
			}
			return key.FindStringSubmatch(page)[1], ids
		}
		own, photos := refused("13700000031", 2)
		_, foreign := refused("13700000032", 1)
		consent := []string{"yes"}
		if code, page := send("13700000031", map[string][]string{"consent": consent, "key": {own}, "kept": {photos[0], foreign[0], "nonsense"}}, 1); code != http.StatusSeeOther {
			t.Fatalf("sent again: %d\n%s", code, shown(page))
		}
		if code, page := send("13700000033", map[string][]string{"consent": {}, "key": {own}, "kept": {photos[1]}}, 6); code != http.StatusUnprocessableEntity || !strings.Contains(page, "at most 6") {
			t.Errorf("seven with the kept one: %d", code)
		}
		list, err := f.Cases.List(f.Ctx, cases.Filter{Limit: 10})
		f.Must(err)
		for _, c := range list {
			if c.Category != "WM" {
				continue
			}
			of, err := f.Files.ByRecords(f.Ctx, d, "case", string(c.ID))
			f.Must(err)
			got := of[string(c.ID)]
			if len(got) != 2 || !slices.ContainsFunc(got, func(one files.File) bool { return string(one.ID) == photos[0] }) {
				t.Errorf("the case has %+v, want the kept photo and the new one", got)
			}
		}
	})
}

// TestBrokenForm: a form that breaks off, or is larger than any, is refused with words, shows what was typed before its files,
// and no case comes of it.
func TestBrokenForm(t *testing.T) {
	t.Parallel()
	f := newFixture(t, dbtest.SQLite(t))
	h := f.site()
	for name, tt := range map[string]struct {
		size, cut int // bytes of the file, and from where on nothing arrives
		status    int
		want      string
	}{
		"breaks off": {1 << 10, 700, http.StatusBadRequest, "The request cannot be read."},
		"too large":  {maxUploads, 0, http.StatusRequestEntityTooLarge, "This is too large."},
	} {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		f.Must(form.WriteField("text", "it <hums>"))
		part, err := form.CreateFormFile("media", "a.mp4")
		f.Must(err)
		_, err = part.Write(make([]byte, tt.size))
		f.Must(err)
		f.Must(form.Close())
		if tt.cut > 0 {
			body.Truncate(tt.cut)
		}
		r := newRequest(t, http.MethodPost, "/report?lang=en", nil)
		r.Body, r.ContentLength = io.NopCloser(&body), int64(body.Len())
		r.Header.Set("Content-Type", form.FormDataContentType())
		r.Header.Set("Origin", "https://anxin.test")
		if w := serve(h, r); w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) || !strings.Contains(w.Body.String(), "it &lt;hums&gt;</textarea>") {
			t.Errorf("%s = %d, want %d and %q\n%s", name, w.Code, tt.status, tt.want, shown(w.Body.String()))
		}
	}
	if list, err := f.Cases.List(f.Ctx, cases.Filter{Limit: 10}); err != nil || len(list) != 1 {
		t.Errorf("%d cases, %v; want the firm's one", len(list), err)
	}
}
