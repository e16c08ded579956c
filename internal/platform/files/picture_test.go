package files

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"anxin/internal/platform/problem"
)

// quarters is a picture whose four quarters are red, green, blue and white.
func quarters(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{255, 0, 0, 255}
			switch {
			case x >= w/2 && y < h/2:
				c = color.RGBA{0, 255, 0, 255}
			case x < w/2 && y >= h/2:
				c = color.RGBA{0, 0, 255, 255}
			case x >= w/2:
				c = color.RGBA{255, 255, 255, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func jpegOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// corners names the colours of the four corners, row by row.
func corners(img image.Image) string {
	b := img.Bounds()
	var s strings.Builder
	for _, p := range []image.Point{{b.Min.X + 3, b.Min.Y + 3}, {b.Max.X - 4, b.Min.Y + 3}, {b.Min.X + 3, b.Max.Y - 4}, {b.Max.X - 4, b.Max.Y - 4}} {
		r, g, bl, _ := img.At(p.X, p.Y).RGBA()
		switch {
		case r > 0x8000 && g > 0x8000 && bl > 0x8000:
			s.WriteByte('w')
		case r > 0x8000:
			s.WriteByte('r')
		case g > 0x8000:
			s.WriteByte('g')
		case bl > 0x8000:
			s.WriteByte('b')
		default:
			s.WriteByte('?')
		}
	}
	return s.String()
}

func TestRenderTurnsUpright(t *testing.T) {
	t.Parallel()
	// What each orientation makes of the quarters "rg/bw" (EXIF 2.32, figure on orientation).
	for o, want := range map[int]string{0: "rgbw", 1: "rgbw", 2: "grwb", 3: "wbgr", 4: "bwrg", 5: "rbgw", 6: "brwg", 7: "wgbr", 8: "gwrb", 9: "rgbw"} {
		out, err := previews(jpegOf(t, quarters(2000, 1000)), o)
		if err != nil {
			t.Fatal(err)
		}
		for v, side := range sides {
			img, format, err := image.Decode(bytes.NewReader(out[v]))
			if err != nil || format != "jpeg" {
				t.Fatalf("orientation %d: %s, %v", o, format, err)
			}
			size := image.Pt(side, side/2)
			if o >= 5 && o <= 8 {
				size = image.Pt(side/2, side)
			}
			if got := corners(img); got != want || img.Bounds().Size() != size {
				t.Errorf("orientation %d: %s has corners %s of %v, want %s of %v", o, v, got, img.Bounds().Size(), want, size)
			}
		}
	}
}

func TestRenderSizes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ w, h, side, wantW, wantH int }{
		{4000, 3000, 1600, 1600, 1200}, {300, 4000, 320, 24, 320}, {100, 80, 320, 100, 80}, {5000, 1, 320, 320, 1},
	} {
		if w, h := fit(tt.w, tt.h, tt.side); w != tt.wantW || h != tt.wantH {
			t.Errorf("fit(%d, %d, %d) = %d, %d; want %d, %d", tt.w, tt.h, tt.side, w, h, tt.wantW, tt.wantH)
		}
	}
	empty := image.NewNRGBA(image.Rect(0, 0, 40, 40)) // all transparent
	made, err := previews(pngOf(t, empty), 0)
	if err != nil {
		t.Fatal(err)
	}
	out := made[Thumb]
	img, err := jpeg.Decode(bytes.NewReader(out))
	if err != nil || corners(img) != "wwww" {
		t.Errorf("transparent pixels become %s, %v; want white", corners(img), err)
	}
	if bytes.Contains(out, []byte("Exif")) {
		t.Error("the preview carries metadata")
	}
}

func TestMeasureRefusesBombs(t *testing.T) {
	t.Parallel()
	header := func(w, h uint32, depth, kind byte) []byte {
		body := binary.BigEndian.AppendUint32(nil, w)
		body = append(binary.BigEndian.AppendUint32(body, h), depth, kind, 0, 0, 0)
		return append([]byte("\x89PNG\r\n\x1a\n"), append(pngChunk("IHDR", body), pngChunk("IDAT", nil)...)...)
	}
	giant := new(bytes.Buffer)
	if err := gif.Encode(giant, image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.Black}), nil); err != nil {
		t.Fatal(err)
	}
	copy(giant.Bytes()[6:], []byte{0xff, 0xff, 0xff, 0xff}) // 65535 × 65535
	small := jpegOf(t, quarters(64, 64))
	for name, tt := range map[string]struct {
		data  []byte
		limit int64
		want  *problem.Code
	}{
		"50000 pixels wide":   {header(50000, 10, 8, 2), 0, ErrPixels},
		"10 gigapixels":       {header(100000, 100000, 8, 2), 0, ErrPixels},
		"16 bit, 49 MP":       {header(7000, 7000, 16, 6), 0, ErrPixels},
		"8 bit, 49 MP":        {header(7000, 7000, 8, 6), 0, nil},
		"over the purpose's":  {header(3000, 3000, 8, 2), 4_000_000, ErrPixels},
		"gif":                 {giant.Bytes(), 0, ErrPixels},
		"no pixels":           {header(0, 10, 8, 2), 0, ErrBroken},
		"no picture":          {[]byte("\x89PNG\r\n\x1a\nrubbish"), 0, ErrBroken},
		"an ordinary picture": {small, 0, nil},
	} {
		if _, _, err := measure(tt.data, tt.limit); !problem.Match(err, tt.want) {
			t.Errorf("%s: measure = %v, want %v", name, err, tt.want)
		}
	}
}

func TestProgressive(t *testing.T) {
	t.Parallel()
	base := jpegOf(t, quarters(16, 16))
	if progressive(base) {
		t.Error("a baseline JPEG is taken for a progressive one")
	}
	at := bytes.Index(base, []byte{0xff, 0xc0})
	prog := bytes.Clone(base)
	prog[at+1] = 0xc2
	if !progressive(prog) {
		t.Error("a progressive JPEG is not recognised")
	}
}

// dataDir is the folder of test data; the test is skipped without it.
func dataDir(t *testing.T, sub string) string {
	t.Helper()
	dir := os.Getenv("ANXIN_DATA")
	if dir == "" {
		root, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for {
			if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
				break
			}
			root = filepath.Dir(root)
		}
		dir = filepath.Join(root, "..", "shared", "data")
	}
	dir = filepath.Join(dir, sub)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no test data at %s; set ANXIN_DATA", dir)
	}
	return dir
}

// TestPNGSuite: the corrupt pictures of the suite are refused, the good ones accepted.
func TestPNGSuite(t *testing.T) {
	t.Parallel()
	dir := dataDir(t, "09-hostile/pngsuite")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	good, bad := 0, 0
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".png" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		err = look(data)
		if e.Name()[0] == 'x' {
			bad++
			if err == nil {
				t.Errorf("%s is corrupt and was accepted", e.Name())
			}
			continue
		}
		good++
		if err != nil {
			t.Errorf("%s is good and was refused: %v", e.Name(), err)
			continue
		}
		if _, err := previews(data, 0); err != nil {
			t.Errorf("%s: no preview: %v", e.Name(), err)
		}
	}
	if good == 0 || bad == 0 {
		t.Errorf("%d good and %d corrupt pictures in %s", good, bad, dir)
	}
}

// look is what an upload does with a picture.
func look(data []byte) error {
	kind, err := Sniff(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	if !isPicture(kind) {
		return errors.New("no picture: " + kind)
	}
	if _, _, err := measure(data, 0); err != nil {
		return err
	}
	_, err = decode(data)
	return err
}

func TestTruncatedPicturesAreRefused(t *testing.T) {
	t.Parallel()
	for name, data := range map[string][]byte{"jpeg": jpegOf(t, quarters(200, 200)), "png": pngOf(t, quarters(200, 200))} {
		for _, n := range []int{4, 20, len(data) / 2, len(data) - 30} {
			if err := look(data[:n]); err == nil {
				t.Errorf("%s cut at %d of %d was accepted", name, n, len(data))
			}
		}
	}
}

func BenchmarkPreviews(b *testing.B) {
	data := jpegOf(b, quarters(4000, 3000))
	for b.Loop() {
		if _, err := previews(data, 6); err != nil {
			b.Fatal(err)
		}
	}
}
