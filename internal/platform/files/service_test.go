package files

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"image/jpeg"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"anxin/internal/platform/crypt"
	"anxin/internal/platform/crypt/crypttest"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/problem"
)

type fixture struct {
	*Service
	t       *testing.T
	ctx     context.Context
	advance func(time.Duration)
	dir     string // of the local store
}

func newFixture(t *testing.T, d *db.DB) *fixture {
	t.Helper()
	dir := t.TempDir()
	store, err := OpenLocal(filepath.Join(dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	advance := dbtest.Clock(d, time.Now().UTC())
	limits := Defaults()
	photo := limits[Photo]
	photo.MaxBytes = 1 * mb
	limits[Photo] = photo
	s, err := New(d, Options{Store: store, Keys: crypttest.New(t, d), Spool: filepath.Join(dir, "spool"), Purposes: limits})
	if err != nil {
		t.Fatal(err)
	}
	return &fixture{s, t, t.Context(), advance, filepath.Join(dir, "store")}
}

func (f *fixture) upload(in UploadInput, body []byte) (File, error) {
	in.Body = bytes.NewReader(body)
	if in.Purpose == "" {
		in.Purpose = Photo
	}
	if in.By == "" {
		in.By = "user1"
	}
	return f.Upload(f.ctx, in)
}

func (f *fixture) mustUpload(in UploadInput, body []byte) File {
	f.t.Helper()
	out, err := f.upload(in, body)
	if err != nil {
		f.t.Fatalf("Upload: %v", err)
	}
	return out
}

func (f *fixture) attach(in AttachInput) error {
	return db.InTx0(f.ctx, f.db, func(ctx context.Context, tx *db.Tx) error { return f.AttachTx(ctx, tx, in) })
}

func (f *fixture) tx(fn func(ctx context.Context, tx *db.Tx) error) {
	f.t.Helper()
	if err := db.InTx0(f.ctx, f.db, fn); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) read(id ID, v Variant) ([]byte, *Content) {
	f.t.Helper()
	c, err := f.Open(f.ctx, id, v)
	if err != nil {
		f.t.Fatalf("Open(%s): %v", v, err)
	}
	b, err := io.ReadAll(c)
	if err = errors.Join(err, c.Close()); err != nil || int64(len(b)) != c.Size {
		f.t.Fatalf("read %s: %d of %d bytes, %v", v, len(b), c.Size, err)
	}
	return b, c
}

// objects counts what lies in the store.
func (f *fixture) objects() int {
	f.t.Helper()
	n := 0
	for _, err := range f.store.List(f.ctx, "") {
		if err != nil {
			f.t.Fatal(err)
		}
		n++
	}
	return n
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

func TestUploadAndServe(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		key := crypttest.Key(t, d, f.keys)
		body := inJPEG(jpegOf(t, quarters(2000, 1000)), sampleExif(binary.LittleEndian))
		up := f.mustUpload(UploadInput{Name: "../../门牌 13800000001.exe", Key: key, Brand: "b1", OutletPath: "/hz/"}, body)
		got, err := f.Get(f.ctx, d, up.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got.Name != "门牌 13800000001.jpg" || got.ContentType != JPEG || got.Size != int64(len(body)) || got.SHA256 != sum(body) ||
			got.Width != 2000 || got.Height != 1000 || got.State != Stored || got.Key != key || got.CreatedBy != "user1" || got.Brand != "b1" || got.OutletPath != "/hz/" {
			t.Errorf("row = %+v", got)
		}
		if got.TakenAt == nil || !got.TakenAt.Equal(time.Date(2026, 11, 21, 2, 30, 0, 0, time.UTC)) || got.Lat == nil || *got.Lat < 30.25 || *got.Lat > 30.26 {
			t.Errorf("metadata of the camera: %v, %v, %v", got.TakenAt, got.Lat, got.Lon)
		}

		if b, c := f.read(up.ID, Original); !bytes.Equal(b, body) || c.Type != JPEG || !c.Inline {
			t.Errorf("original: %d bytes of type %s; want it bit by bit", len(b), c.Type)
		}
		for v, side := range sides {
			for range 2 { // made, then kept
				b, c := f.read(up.ID, v)
				img, err := jpeg.Decode(bytes.NewReader(b))
				if err != nil {
					t.Fatal(err)
				}
				if size := img.Bounds().Size(); size.Y != side || size.X != side/2 || corners(img) != "brwg" || bytes.Contains(b, []byte("Exif")) || c.Type != JPEG {
					t.Errorf("%s: %v, corners %s; want %d high, turned, without metadata", v, size, corners(img), side)
				}
			}
		}
		if n := f.objects(); n != 3 {
			t.Errorf("%d objects, want original and two previews", n)
		}

		// Nothing of the picture, nor of the name, is readable in the store.
		marker := []byte("Exif\x00\x00")
		err = filepath.WalkDir(f.dir, func(path string, e os.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			raw, err := os.ReadFile(path)
			if bytes.Contains(raw, marker) || bytes.Contains(raw, []byte("JFIF")) || strings.Contains(path, "138") && strings.Contains(path, "jpg") {
				t.Errorf("%s is readable", path)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}

		// Erasing the person erases the file.
		f.tx(func(ctx context.Context, tx *db.Tx) error { return f.keys.DestroyTx(ctx, tx, key) })
		if got, err := f.Get(f.ctx, d, up.ID); err != nil || !got.Erased || got.Name != "" {
			t.Errorf("row after erasure = %+v, %v", got, err)
		}
		if _, err := f.Open(f.ctx, up.ID, Thumb); !Erased(err) {
			t.Errorf("Open after erasure = %v, want crypt.ErrErased", err)
		}
		if _, err := f.upload(UploadInput{Key: key}, body); !problem.Match(err, crypt.ErrErased) {
			t.Errorf("Upload for an erased person = %v", err)
		}
	})
}

func TestUploadRefuses(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		pic := pngOf(t, quarters(20, 20))
		for _, tt := range []struct {
			name string
			in   UploadInput
			body []byte
			want *problem.Code
		}{
			{"unknown purpose", UploadInput{Purpose: "x"}, pic, ErrPurpose},
			{"id that is no UUID", UploadInput{ID: "../x"}, pic, ErrID},
			{"nothing", UploadInput{}, nil, ErrEmpty},
			{"too large", UploadInput{}, append(bytes.Clone(pic), make([]byte, mb)...), ErrSize},
			{"a page", UploadInput{Name: "a.png"}, []byte("<html>"), ErrType},
			{"a sheet as photo", UploadInput{}, []byte("a,b\n"), ErrType},
			{"a picture as import", UploadInput{Purpose: Import}, pic, ErrType},
			{"damaged", UploadInput{}, pic[:len(pic)-20], ErrBroken},
			{"damaged on its way", UploadInput{SHA256: sum([]byte("other"))}, pic, ErrDigest},
			{"right digest", UploadInput{SHA256: sum(pic)}, pic, nil},
			{"a sheet", UploadInput{Purpose: Import}, []byte("姓名,电话\n"), nil},
		} {
			if _, err := f.upload(tt.in, tt.body); !problem.Match(err, tt.want) {
				t.Errorf("%s: Upload = %v, want %v", tt.name, err, tt.want)
			}
		}
		if _, err := f.Upload(f.ctx, UploadInput{Purpose: Photo, By: "u", Body: io.MultiReader(bytes.NewReader(pic), errReader{})}); err == nil {
			t.Error("an upload that broke off was stored")
		}
		if n := f.objects(); n != 2 {
			t.Errorf("%d objects, want the two good ones", n)
		}
		if left, err := os.ReadDir(f.spool); err != nil || len(left) != 0 {
			t.Errorf("left in the spool: %v, %v", left, err)
		}
	})
}

func TestUploadIsRepeatable(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		one, two := pngOf(t, quarters(20, 20)), pngOf(t, quarters(30, 30))
		id := ID(db.NewID())
		var wg sync.WaitGroup
		got := make([]File, 6)
		for i := range got { // the phone lost the answers and tries again, all at once
			wg.Go(func() {
				var err error
				if got[i], err = f.upload(UploadInput{ID: id, Name: "a.png"}, one); err != nil {
					t.Errorf("Upload: %v", err)
				}
			})
		}
		wg.Wait()
		for _, g := range got {
			if g.ID != id || g.SHA256 != sum(one) || !g.CreatedAt.Equal(got[0].CreatedAt) {
				t.Errorf("answers differ: %+v, %+v", g, got[0])
			}
		}
		if n := f.objects(); n != 1 {
			t.Errorf("%d objects, want 1", n)
		}
		if b, _ := f.read(id, Original); !bytes.Equal(b, one) {
			t.Error("the bytes of the row that won are not those in the store")
		}
		if _, err := f.upload(UploadInput{ID: id}, two); !problem.Match(err, ErrTaken) {
			t.Errorf("other bytes under the id = %v, want ErrTaken", err)
		}
		if _, err := f.upload(UploadInput{ID: id, By: "user2"}, one); !problem.Match(err, ErrTaken) {
			t.Errorf("another actor with the id = %v, want ErrTaken", err)
		}
		again := f.mustUpload(UploadInput{}, one)
		same, err := f.SameContent(f.ctx, d, again)
		if err != nil || len(same) != 1 || same[0].ID != id {
			t.Errorf("SameContent = %v, %v; want the first upload", same, err)
		}
	})
}

func TestResumableUpload(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		body := pngOf(t, quarters(200, 200))
		id := ID(db.NewID())
		in := UploadInput{ID: id, Purpose: Photo, By: "user1", Name: "a.png", SHA256: sum(body)}
		part := func(from, to int, offset int64) (int64, error) {
			in := in
			in.Body = bytes.NewReader(body[from:to])
			return f.Append(f.ctx, in, offset)
		}
		if n, err := part(0, 100, 0); n != 100 || err != nil {
			t.Fatalf("first part = %d, %v", n, err)
		}
		broken := in
		broken.Body = io.MultiReader(bytes.NewReader(body[100:150]), errReader{})
		if n, err := f.Append(f.ctx, broken, 100); n != 150 || err == nil {
			t.Errorf("part that broke off = %d, %v; want 150 kept and the error", n, err)
		}
		if n, err := part(100, 200, 100); n != 150 || !problem.Match(err, ErrOffset) {
			t.Errorf("part at the wrong place = %d, %v; want 150, ErrOffset", n, err)
		}
		if n, err := f.Offset(f.ctx, "user1", id); n != 150 || err != nil {
			t.Errorf("Offset = %d, %v; want 150", n, err)
		}
		if n, err := f.Offset(f.ctx, "user2", id); n != 0 || err != nil {
			t.Errorf("Offset of somebody else = %d, %v; want 0", n, err)
		}
		if _, err := f.Finish(f.ctx, in); !problem.Match(err, ErrDigest) {
			t.Errorf("Finish too early = %v, want ErrDigest", err)
		}
		if _, err := part(0, len(body), 0); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the answer may get lost
			got, err := f.Finish(f.ctx, in)
			if err != nil || got.ID != id || got.SHA256 != sum(body) {
				t.Errorf("Finish = %+v, %v", got, err)
			}
		}
		other := in
		other.ID = ID(db.NewID())
		if _, err := f.Finish(f.ctx, other); !problem.Match(err, ErrOffset) {
			t.Errorf("Finish of nothing = %v, want ErrOffset", err)
		}
		other.Body = bytes.NewReader(make([]byte, 2*mb))
		if _, err := f.Append(f.ctx, other, 0); !problem.Match(err, ErrSize) {
			t.Errorf("Append of too much = %v, want ErrSize", err)
		}
		if left, err := os.ReadDir(f.spool); err != nil || len(left) != 0 {
			t.Errorf("left in the spool: %v, %v", left, err)
		}
	})
}

func TestAttach(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		a := f.mustUpload(UploadInput{}, pngOf(t, quarters(20, 20)))
		b := f.mustUpload(UploadInput{}, pngOf(t, quarters(21, 20)))
		gone := f.mustUpload(UploadInput{}, pngOf(t, quarters(22, 20)))
		f.tx(func(ctx context.Context, tx *db.Tx) error { return f.DeleteTx(ctx, tx, gone.ID) })
		to := func(id ID, record, by string) AttachInput {
			return AttachInput{ID: id, RecordKind: "visit", RecordID: record, Brand: "b1", OutletPath: "/hz/", By: by}
		}
		for _, tt := range []struct {
			name string
			in   AttachInput
			want *problem.Code
		}{
			{"by a stranger", to(a.ID, "v1", "user2"), ErrNotFound},
			{"by who uploaded it", to(a.ID, "v1", "user1"), nil},
			{"again", to(a.ID, "v1", "user1"), nil},
			{"to another record", to(a.ID, "v2", "user1"), ErrAttached},
			{"to another record by a stranger", to(a.ID, "v2", "user2"), ErrNotFound},
			{"by the product", to(b.ID, "v1", ""), nil},
			{"unknown", to(ID(db.NewID()), "v1", "user1"), ErrNotFound},
			{"deleted", to(gone.ID, "v1", "user1"), ErrNotFound},
		} {
			if err := f.attach(tt.in); !problem.Match(err, tt.want) {
				t.Errorf("%s: AttachTx = %v, want %v", tt.name, err, tt.want)
			}
		}
		got, err := f.ByRecords(f.ctx, d, "visit", "v1", "v2")
		if err != nil || len(got["v1"]) != 2 || len(got["v2"]) != 0 || got["v1"][0].ID != a.ID || got["v1"][0].State != Attached || got["v1"][0].Brand != "b1" {
			t.Errorf("ByRecords = %v, %v", got, err)
		}
		byID, err := f.ByIDs(f.ctx, d, []ID{a.ID, "none"})
		if err != nil || len(byID) != 1 || byID[a.ID].RecordID != "v1" {
			t.Errorf("ByIDs = %v, %v", byID, err)
		}
		f.tx(func(ctx context.Context, tx *db.Tx) error {
			n, err := f.DeleteRecordTx(ctx, tx, "visit", "v1")
			if n != 2 {
				t.Errorf("DeleteRecordTx = %d, want 2", n)
			}
			return err
		})
		if _, err := f.Open(f.ctx, a.ID, Original); !problem.Match(err, ErrNotFound) {
			t.Errorf("Open of a deleted file = %v, want ErrNotFound", err)
		}
	})
}

func TestSweep(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		kept := f.mustUpload(UploadInput{}, pngOf(t, quarters(20, 20)))
		lost := f.mustUpload(UploadInput{}, jpegOf(t, quarters(800, 20)))
		f.read(lost.ID, Thumb)
		if err := f.attach(AttachInput{ID: kept.ID, RecordKind: "visit", RecordID: "v1"}); err != nil {
			t.Fatal(err)
		}
		stray := File{object: db.NewID(), Key: f.keys.Installation()} // a crash before the row was written
		if err := f.put(f.ctx, stray, Original, strings.NewReader("x"), 1); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f.partPath("u", "x"), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		sweep := func(want, wantObjects int) {
			t.Helper()
			n, err := f.Sweep(f.ctx, 24*time.Hour)
			if err != nil || n != want {
				t.Errorf("Sweep = %d, %v; want %d", n, err, want)
			}
			m, err := f.SweepObjects(f.ctx, 24*time.Hour)
			if err != nil || m != wantObjects {
				t.Errorf("SweepObjects = %d, %v; want %d", m, err, wantObjects)
			}
		}
		sweep(0, 0)
		f.advance(25 * time.Hour)
		sweep(1, 1)
		sweep(0, 0)
		if n := f.objects(); n != 1 {
			t.Errorf("%d objects left, want the attached one", n)
		}
		if b, _ := f.read(kept.ID, Original); len(b) == 0 {
			t.Error("the attached file is empty")
		}
		got, err := f.Get(f.ctx, d, lost.ID)
		if err != nil || got.State != Gone || got.SHA256 != lost.SHA256 || got.Name != "" {
			t.Errorf("swept row = %+v, %v; want a trace with the digest", got, err)
		}
		if err := f.attach(AttachInput{ID: lost.ID, RecordKind: "visit", RecordID: "v1"}); !problem.Match(err, ErrNotFound) {
			t.Errorf("AttachTx of a swept file = %v, want ErrNotFound", err)
		}
		if left, err := os.ReadDir(f.spool); err != nil || len(left) != 0 {
			t.Errorf("left in the spool: %v, %v", left, err)
		}
	})
}

func TestSignedLinks(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		id := ID(db.NewID())
		l := Link{File: id, Variant: Thumb, Viewer: "user1", Expires: d.Now().Add(5 * time.Minute)}
		q, err := url.ParseQuery(f.Sign(l))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := f.Verify(id, q); err != nil || got.Variant != Thumb || got.Viewer != "user1" || got.File != id {
			t.Errorf("Verify = %+v, %v", got, err)
		}
		if _, err := f.Verify(ID(db.NewID()), q); !problem.Match(err, ErrLink) {
			t.Errorf("link of another file = %v, want ErrLink", err)
		}
		for name, value := range map[string]string{"v": "original", "u": "user2", "e": fmt.Sprint(l.Expires.Unix() + 99), "s": "", "x": ""} {
			bad := url.Values{}
			for k, v := range q {
				bad[k] = v
			}
			if name == "x" {
				bad.Del("e")
			} else {
				bad.Set(name, value)
			}
			if _, err := f.Verify(id, bad); !problem.Match(err, ErrLink) {
				t.Errorf("link with %s changed = %v, want ErrLink", name, err)
			}
		}
		f.advance(5 * time.Minute)
		if _, err := f.Verify(id, q); !problem.Match(err, ErrExpired) {
			t.Errorf("old link = %v, want ErrExpired", err)
		}
	})
}

func TestServe(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	f := newFixture(t, d)
	pic := f.mustUpload(UploadInput{Name: "门 牌.png"}, pngOf(t, quarters(400, 400)))
	text := bytes.Repeat([]byte("一,二\n"), 40000) // several sealed chunks
	sheet := f.mustUpload(UploadInput{Purpose: Import, Name: "a.csv"}, text)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := f.Serve(w, r, ID(r.URL.Query().Get("id")), Variant(r.URL.Query().Get("v"))); err != nil {
			http.Error(w, problem.CodeOf(err).Key, http.StatusTeapot)
		}
	}))
	defer srv.Close()
	type answer struct {
		status int
		header http.Header
		body   []byte
	}
	fetch := func(id ID, v Variant, headers ...string) answer {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+"?id="+string(id)+"&v="+string(v), nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		if err = errors.Join(err, resp.Body.Close()); err != nil {
			t.Fatal(err)
		}
		return answer{resp.StatusCode, resp.Header, b}
	}
	a := fetch(pic.ID, Thumb)
	if a.status != http.StatusOK || a.header.Get("Content-Type") != JPEG || len(a.body) == 0 ||
		a.header.Get("Content-Disposition") != "inline; filename*=UTF-8''%E9%97%A8%20%E7%89%8C.jpg" ||
		a.header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(a.header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("thumb: %d, %v", a.status, a.header)
	}
	if got := fetch(pic.ID, Thumb, "If-None-Match", a.header.Get("ETag")); got.status != http.StatusNotModified {
		t.Errorf("known ETag: %d, want 304", got.status)
	}
	a = fetch(sheet.ID, Original, "Range", "bytes=100000-100099")
	if a.status != http.StatusPartialContent || !bytes.Equal(a.body, text[100000:100100]) || !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("range: %d, %d bytes, %v", a.status, len(a.body), a.header)
	}
	for _, tt := range []struct {
		id   ID
		v    Variant
		want string
	}{{sheet.ID, Thumb, "files.no_picture\n"}, {pic.ID, "huge", "files.no_picture\n"}, {ID(db.NewID()), Original, "files.not_found\n"}} {
		if got := fetch(tt.id, tt.v); string(got.body) != tt.want {
			t.Errorf("%s of %s = %q, want %q", tt.v, tt.id, got.body, tt.want)
		}
	}
}

func TestOnS3(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	f := newFixture(t, d)
	f.store = startS3(t)
	body := jpegOf(t, quarters(1000, 1000))
	up := f.mustUpload(UploadInput{}, body)
	if b, _ := f.read(up.ID, Original); !bytes.Equal(b, body) {
		t.Error("the original came back changed")
	}
	if b, _ := f.read(up.ID, View); len(b) == 0 {
		t.Error("no preview")
	}
	f.advance(25 * time.Hour)
	if n, err := f.Sweep(f.ctx, time.Hour); n != 1 || err != nil || f.objects() != 0 {
		t.Errorf("Sweep = %d, %v, %d objects left", n, err, f.objects())
	}
}
