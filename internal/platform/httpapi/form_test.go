package httpapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"os"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/i18n"
	"anxin/internal/platform/problem"
)

type pictureIn struct {
	RawBody huma.MultipartFormFiles[struct {
		File huma.FormFile `form:"file" contentType:"application/octet-stream" required:"true"`
		Slot string        `form:"slot" required:"true" enum:"before,after"`
	}]
}

// A form with files is bounded, and whatever it is answered, nothing of it stays on the disk.
func TestFormLeavesNothing(t *testing.T) {
	d, tmp := dbtest.SQLite(t), t.TempDir()
	t.Setenv("TMPDIR", tmp)
	s := New(Options{DB: d, Log: slog.New(slog.DiscardHandler), Words: i18n.Must(problem.Words), Seal: xorSeal{}, Auth: byHeader{}, Version: "test"})
	onDisk := 0
	Register(s, huma.Operation{OperationID: "send-picture", Method: http.MethodPost, Path: "/pictures", MaxBodyBytes: 12 << 20},
		func(_ context.Context, in *pictureIn) (*struct{ Body int }, error) {
			f := in.RawBody.Data().File
			defer func() { _ = f.Close() }()
			list, err := os.ReadDir(tmp)
			onDisk = len(list)
			n, copied := io.Copy(io.Discard, f)
			return &struct{ Body int }{int(n)}, errors.Join(err, copied)
		})
	h := s.Handler()
	form := func(size int, slot string) (body, contentType string) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		part, err := w.CreateFormFile("file", "a.jpg")
		if err == nil {
			_, err = part.Write(bytes.Repeat([]byte{7}, size))
		}
		if err := errors.Join(err, w.WriteField("slot", slot), w.Close()); err != nil {
			t.Fatal(err)
		}
		return b.String(), w.FormDataContentType()
	}
	for _, tt := range []struct {
		name   string
		size   int
		slot   string
		status int
		code   string
		onDisk int
	}{
		{"small", 500_000, "before", 200, "", 0},
		{"large", 11 << 20, "before", 200, "", 1},
		{"refused", 11 << 20, "under", 422, "invalid", 0},
		{"too large", 13 << 20, "before", 413, "too_large", 0},
	} {
		onDisk = 0
		body, typ := form(tt.size, tt.slot)
		status, out, raw := call(h, "POST", Prefix+"/pictures", body, "Content-Type", typ)
		if status != tt.status || tt.code != "" && out["code"] != tt.code || tt.code == "" && raw != fmt.Sprintln(tt.size) || onDisk != tt.onDisk {
			t.Errorf("%s = %d %s with %d files on the disk, want %d %s with %d", tt.name, status, raw, onDisk, tt.status, tt.code, tt.onDisk)
		}
		if list, err := os.ReadDir(tmp); err != nil || len(list) > 0 {
			t.Errorf("%s: %v, %v stay in the temporary folder", tt.name, list, err)
		}
	}
	body, typ := form(1000, "before")
	for name, tt := range map[string]struct {
		body, typ string
		status    int
	}{
		"cut off":     {body[:len(body)-400], typ, 400},
		"no form":     {`{}`, "application/json", 415},
		"no boundary": {body, "multipart/form-data", 400},
		"other form":  {"slot=before", "application/x-www-form-urlencoded", 415},
	} {
		if status, _, raw := call(h, "POST", Prefix+"/pictures", tt.body, "Content-Type", tt.typ); status != tt.status {
			t.Errorf("%s = %d %s, want %d", name, status, raw, tt.status)
		}
	}
}
