package console

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"net/http"
	"strings"
	"testing"

	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/files"
	"anxin/internal/platform/problem"
	"anxin/internal/workforce"
)

// portrait is a picture like no other of another shade.
func portrait(t *testing.T, shade uint8) io.Reader {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 80, 80))
	for i := range 80 {
		img.Set(i, i, color.RGBA{shade, shade, uint8(i), 255})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return &b
}

// TestOwnPhoto: an engineer gives himself the photo that customers see; nobody else's, and nothing that is no picture.
func TestOwnPhoto(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.con.Files = f.Files
		li, h := f.Engineer(f.Li), f.site()
		f.Planned(f.Accepted().ID)
		shown := func(want int) string {
			t.Helper()
			w := ask(t, h, http.MethodGet, "/l/"+f.trackLink(f.CaseID)+"/photo/"+string(f.Li.ID), nil)
			if w.Code != want {
				t.Fatalf("the photo on the customer's page: %d, want %d", w.Code, want)
			}
			return w.Body.String()
		}
		entries := func() int {
			t.Helper()
			list, err := audit.New(d).Of(t.Context(), "staff_photo", string(f.Li.ID))
			f.Must(err)
			return len(list)
		}
		shown(http.StatusNotFound)
		first, second := files.ID(db.NewID()), files.ID(db.NewID())
		for _, tt := range []struct {
			name string
			who  workforce.EngineerID
			body io.Reader
			want *problem.Code
		}{
			{"words that call themselves a picture", f.Li.ID, strings.NewReader("<html><script>alert(1)</script>"), files.ErrType},
			{"nothing", f.Li.ID, strings.NewReader(""), files.ErrEmpty},
			{"half a picture", f.Li.ID, io.LimitReader(portrait(t, 1), 300), files.ErrBroken},
			{"more than a photo weighs", f.Li.ID, io.MultiReader(portrait(t, 1), bytes.NewReader(make([]byte, 6<<20))), files.ErrSize},
		} {
			if err := f.con.SetOwnPhoto(li, OwnPhotoInput{File: files.ID(db.NewID()), Name: "me.jpg", Body: tt.body}); !problem.Match(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			}
		}
		if err := f.con.SetOwnPhoto(f.As(access.RoleAdmin, "/"), OwnPhotoInput{File: first, Body: portrait(t, 2)}); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("somebody who is no engineer: %v", err)
		}
		if err := f.con.SetOwnPhoto(t.Context(), OwnPhotoInput{File: first, Body: portrait(t, 2)}); !problem.Match(err, problem.ErrUnauth) {
			t.Errorf("nobody who is known: %v", err)
		}
		shown(http.StatusNotFound)
		for range 2 { // the answer was lost
			f.Must(f.con.SetOwnPhoto(li, OwnPhotoInput{File: first, Name: "me.jpg", Body: portrait(t, 3)}))
		}
		was := shown(http.StatusOK)
		f.Must(f.con.SetOwnPhoto(li, OwnPhotoInput{File: second, Name: "me.jpg", Body: portrait(t, 200)}))
		now := shown(http.StatusOK)
		if was == now {
			t.Error("the second photo does not take the place of the first")
		}
		f.Must(f.con.SetOwnPhoto(li, OwnPhotoInput{File: first, Name: "me.jpg", Body: portrait(t, 3)})) // the first comes late once more
		if shown(http.StatusOK) != now {
			t.Error("an old photo that came again took the place of the new one")
		}
		if n := entries(); n != 2 {
			t.Errorf("%d entries of the audit trail, want one a photo", n)
		}

		// By the other way, of a file that was uploaded: oneself only, and one's own file only.
		mine, his := f.Upload(f.Li.UserID, files.Avatar, 9), f.Upload(f.Wu.UserID, files.Avatar, 10)
		if err := f.con.SetPhoto(li, f.Wu.ID, mine); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("a colleague's photo: %v", err)
		}
		if err := f.con.SetPhoto(li, f.Li.ID, his); err == nil {
			t.Error("a colleague's file")
		}
		if err := f.con.SetPhoto(li, f.Li.ID, f.Upload(f.Li.UserID, files.Photo, 11)); err == nil {
			t.Error("a file that was uploaded for something else")
		}
		f.Must(f.con.SetPhoto(li, f.Li.ID, mine))
		boss := f.As(access.RoleOutletManager, f.Hz.Path)
		f.Must(f.con.SetPhoto(boss, f.Li.ID, f.Upload(access.From(boss).ID, files.Avatar, 12)))
		if err := f.con.SetPhoto(f.As(access.RoleOutletManager, f.Sh.Path), f.Li.ID, mine); err == nil {
			t.Error("another outlet gives him a photo")
		}
	})
}
