package files

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // decoders by their magic
	"image/jpeg"
	_ "image/png"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"
)

const (
	maxSide     = 30_000
	maxDecoded  = 320 * mb // memory of one decoded picture
	jpegQuality = 82
)

// gate bounds how many pictures are decoded at once: each may take maxDecoded bytes.
type gate chan struct{}

func newGate(n int) gate { return make(gate, n) }

func (g gate) in()  { g <- struct{}{} }
func (g gate) out() { <-g }

// measure reads width and height and refuses what would blow up on decoding, before any of it is
// decoded.
func measure(data []byte, limit int64) (w, h int, err error) {
	defer refusePanic(&err)
	cfg, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return 0, 0, ErrBroken.Wrap(err)
	}
	if cfg.Width < 1 || cfg.Height < 1 {
		return 0, 0, ErrBroken.Wrap(errors.New("no pixels"))
	}
	if limit == 0 {
		limit = maxPixels
	}
	pixels := int64(cfg.Width) * int64(cfg.Height)
	if cfg.Width > maxSide || cfg.Height > maxSide || pixels > limit ||
		pixels*bytesPerPixel(cfg.ColorModel, format, data) > maxDecoded {
		return 0, 0, ErrPixels.With("max", limit/1_000_000)
	}
	return cfg.Width, cfg.Height, nil
}

func bytesPerPixel(m color.Model, format string, data []byte) int64 {
	if _, ok := m.(color.Palette); ok {
		return 1
	}
	switch m {
	case color.GrayModel, color.AlphaModel:
		return 1
	case color.Gray16Model, color.Alpha16Model:
		return 2
	case color.YCbCrModel:
		if format == "jpeg" && progressive(data) {
			return 3 + 12 // coefficients of every component are kept
		}
		return 3
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	}
	return 4
}

// decode decodes all of a picture; the first frame of an animation.
func decode(data []byte) (img image.Image, err error) {
	defer refusePanic(&err)
	if img, _, err = image.Decode(bytes.NewReader(data)); err != nil {
		return nil, ErrBroken.Wrap(err)
	}
	return img, nil
}

// refusePanic makes a decoder's panic about hostile bytes an answer to the one who sent them.
func refusePanic(err *error) {
	if r := recover(); r != nil {
		*err = ErrBroken.Wrap(fmt.Errorf("decoder: %v", r))
	}
}

// previews makes the pictures that people are shown: upright, at most so many pixels wide and high, on
// white, without any metadata. The original is decoded once, the smaller one made from the larger.
func previews(data []byte, orientation int) (map[Variant][]byte, error) {
	src, err := decode(data)
	if err != nil {
		return nil, err
	}
	view := upright(shrink(src, sides[View]), orientation)
	out := map[Variant][]byte{}
	for v, img := range map[Variant]image.Image{View: view, Thumb: shrink(view, sides[Thumb])} {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: jpegQuality}); err != nil {
			return nil, err
		}
		out[v] = b.Bytes()
	}
	return out, nil
}

// shrink draws a picture on white, at most side pixels wide and high.
func shrink(src image.Image, side int) *image.RGBA {
	b := src.Bounds()
	w, h := fit(b.Dx(), b.Dy(), side)
	dst := image.NewRGBA(image.Rect(0, 0, w, h))
	op := draw.Src
	if o, ok := src.(interface{ Opaque() bool }); !ok || !o.Opaque() {
		draw.Draw(dst, dst.Bounds(), image.White, image.Point{}, draw.Src)
		op = draw.Over
	}
	switch {
	case w == b.Dx() && h == b.Dy():
		draw.Draw(dst, dst.Bounds(), src, b.Min, op)
	case b.Dx() > 4*w: // the exact scaler reads every source pixel; an even grid of a quarter is enough
		mid := image.NewRGBA(image.Rect(0, 0, 2*w, 2*h))
		draw.ApproxBiLinear.Scale(mid, mid.Bounds(), src, b, draw.Src, nil)
		draw.BiLinear.Scale(dst, dst.Bounds(), mid, mid.Bounds(), op, nil)
	default:
		draw.BiLinear.Scale(dst, dst.Bounds(), src, b, op, nil)
	}
	return dst
}

func fit(w, h, side int) (int, int) {
	if w <= side && h <= side {
		return w, h
	}
	if w >= h {
		return side, max(1, (h*side+w/2)/w)
	}
	return max(1, (w*side+h/2)/h), side
}

// upright turns and mirrors a picture as its EXIF orientation says.
func upright(src *image.RGBA, orientation int) *image.RGBA {
	if orientation < 2 || orientation > 8 {
		return src
	}
	w, h := src.Rect.Dx(), src.Rect.Dy()
	dw, dh := w, h
	if orientation >= 5 {
		dw, dh = h, w
	}
	dst := image.NewRGBA(image.Rect(0, 0, dw, dh))
	for y := range h {
		for x := range w {
			dx, dy := x, y
			switch orientation {
			case 2:
				dx = w - 1 - x
			case 3:
				dx, dy = w-1-x, h-1-y
			case 4:
				dy = h - 1 - y
			case 5:
				dx, dy = y, x
			case 6:
				dx, dy = h-1-y, x
			case 7:
				dx, dy = h-1-y, w-1-x
			case 8:
				dx, dy = y, w-1-x
			}
			copy(dst.Pix[dst.PixOffset(dx, dy):][:4], src.Pix[src.PixOffset(x, y):][:4])
		}
	}
	return dst
}
