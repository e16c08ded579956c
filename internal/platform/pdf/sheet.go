// Package pdf draws the product's papers: reports, certificates and labels.
//
// It owns the typeface (Noto Sans SC Regular, SIL Open Font License 1.1, see FONT-LICENSE, cut down to the characters of
// GB 2312 by gen) and how a paper looks: head, sections, pairs of label and value, rows of a table, codes. What a paper
// says is its module's matter.
package pdf

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"strconv"
	"strings"
	"time"
	"unicode"

	"codeberg.org/go-pdf/fpdf"
	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/code128"
	"github.com/boombuler/barcode/qr"
)

// Measures of an A4 sheet in millimetres.
const (
	PageWidth = 210.0
	Margin    = 15.0
	Inner     = PageWidth - 2*Margin
	LineH     = 6.0

	foot   = 18.0 // kept free for the footer
	family = "sheet"
)

// Options are what is said on every page.
type Options struct {
	Title  string    // of the file
	Footer string    // at the left of every foot; pages are numbered at the right
	Made   time.Time // the same data makes the same bytes
	Width  float64   // of the page in millimetres, with Height; A4 when zero
	Height float64
}

// Sheet is a paper in the making. Errors of drawing are kept until [Sheet.Bytes].
type Sheet struct {
	*fpdf.Fpdf
	images int
}

// New begins a paper with its first page. A paper of its own size is a label: it has no footer and narrow margins.
func New(o Options) *Sheet {
	setup := &fpdf.InitType{OrientationStr: "P", UnitStr: "mm", SizeStr: "A4"}
	label := o.Width > 0
	if label {
		setup.Size = fpdf.SizeType{Wd: o.Width, Ht: o.Height}
	}
	s := &Sheet{Fpdf: fpdf.NewCustom(setup)}
	s.SetCreationDate(o.Made)
	s.SetModificationDate(o.Made)
	s.SetCatalogSort(true)
	s.SetTitle(drawable(o.Title), true)
	s.AddUTF8FontFromBytes(family, "", typeface())
	if label {
		s.SetMargins(4, 4, 4)
		s.SetAutoPageBreak(false, 0)
		s.AddPage()
		return s
	}
	s.SetMargins(Margin, Margin, Margin)
	s.SetAutoPageBreak(true, foot)
	s.SetFooterFunc(func() {
		s.SetY(-14)
		s.Size(8)
		s.SetTextColor(120, 120, 120)
		s.CellFormat(Inner*0.8, 6, o.Footer, "", 0, "L", false, 0, "")
		s.CellFormat(Inner*0.2, 6, strconv.Itoa(s.PageNo()), "", 0, "R", false, 0, "")
		s.SetTextColor(0, 0, 0)
	})
	s.AddPage()
	return s
}

// drawable is a text as the paper can hold it: the typeface ends with Unicode's first plane, beyond which the PDF library
// breaks, so a box stands for an emoji or a rare ideograph; what controls a terminal is a space.
func drawable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r > 0xffff:
			return '□'
		case r < ' ' && r != '\n', r == 0x7f:
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "□"))
}

// CellFormat writes one line; whatever the text holds, the paper stands.
func (s *Sheet) CellFormat(w, h float64, text, border string, ln int, align string, fill bool, link int, href string) {
	s.Fpdf.CellFormat(w, h, drawable(text), border, ln, align, fill, link, href)
}

// MultiCell writes a text on as many lines as it takes; whatever it holds, the paper stands.
func (s *Sheet) MultiCell(w, h float64, text, border, align string, fill bool) {
	s.Fpdf.MultiCell(w, h, drawable(text), border, align, fill)
}

// GetStringWidth is how wide a text is drawn, in millimetres.
func (s *Sheet) GetStringWidth(text string) float64 { return s.Fpdf.GetStringWidth(drawable(text)) }

// Size sets the size of what is written next, in points.
func (s *Sheet) Size(points float64) { s.SetFont(family, "", points) }

// Head writes the paper's title and whose it is.
func (s *Sheet) Head(title, whose string) {
	s.Size(18)
	s.CellFormat(Inner*0.6, 10, s.Fit(title, Inner*0.6), "", 0, "L", false, 0, "")
	s.Size(10)
	s.CellFormat(Inner*0.4, 10, s.Fit(whose, Inner*0.4), "", 1, "R", false, 0, "")
	s.SetDrawColor(60, 60, 60)
	s.Line(Margin, s.GetY()+1, PageWidth-Margin, s.GetY()+1)
	s.Ln(4)
}

// Section begins a part; not as the last line of a page.
func (s *Sheet) Section(title string) {
	s.Ln(3)
	if s.GetY() > 255 {
		s.AddPage()
	}
	s.Size(12)
	s.SetFillColor(238, 242, 246)
	s.CellFormat(Inner, 7.5, " "+title, "", 1, "L", true, 0, "")
	s.Ln(1)
	s.Size(10)
}

// Pair writes a label and what it says over the whole width, on as many lines as it takes; nothing where there is nothing
// to say.
func (s *Sheet) Pair(label, value string) { s.pair(label, value, Inner) }

// PairWithin is [Sheet.Pair] on the given width, beside a picture.
func (s *Sheet) PairWithin(label, value string, width float64) { s.pair(label, value, width) }

func (s *Sheet) pair(label, value string, width float64) {
	if strings.TrimSpace(value) == "" {
		return
	}
	const first = 32.0
	s.Size(10)
	s.SetTextColor(110, 110, 110)
	s.CellFormat(first, LineH, s.Fit(label, first-1), "", 0, "L", false, 0, "")
	s.SetTextColor(0, 0, 0)
	x := s.GetX()
	for _, line := range s.lines(value, width-first-2) {
		s.SetX(x)
		s.CellFormat(width-first, LineH, line, "", 1, "L", false, 0, "")
	}
}

// Text writes a paragraph in the given size.
func (s *Sheet) Text(points float64, text string) {
	s.Size(points)
	for _, line := range s.lines(text, Inner-2) {
		s.CellFormat(Inner, points*0.55, line, "", 1, "L", false, 0, "")
	}
	s.Size(10)
}

// closing are signs that no line begins with.
const closing = "，。、；：？！）》」』”’%,.;:?!)…"

// lines breaks a text to a width in millimetres: between Chinese characters, else at spaces, and within a word only when it
// is longer than a line. (The library's own cells of several lines lose the Chinese character at which they break.)
func (s *Sheet) lines(text string, width float64) []string {
	var out []string
	for _, paragraph := range strings.Split(strings.ReplaceAll(text, "\r", ""), "\n") {
		r := []rune(paragraph)
		for len(r) > 0 {
			n := s.fits(r, width)
			out = append(out, strings.TrimRight(string(r[:n]), " "))
			for r = r[n:]; len(r) > 0 && r[0] == ' '; {
				r = r[1:]
			}
		}
	}
	return out
}

// fits is how many runes go onto one line, at least one.
func (s *Sheet) fits(r []rune, width float64) int {
	wide, last := 0.0, 0
	for i, c := range r {
		wide += s.GetStringWidth(string(c))
		if wide > width && i > 0 {
			if last > 0 {
				return last
			}
			return i
		}
		next := i + 1
		switch {
		case next == len(r):
			return next
		case c == ' ':
			last = next
		case (unicode.Is(unicode.Han, c) || unicode.Is(unicode.Han, r[next]) || strings.ContainsRune(closing, c) && c > 0x2000) && !strings.ContainsRune(closing, r[next]):
			last = next
		}
	}
	return len(r)
}

// Row writes cells of fixed widths in millimetres, aligned "L", "C" or "R"; a text that is too long for its cell is cut.
func (s *Sheet) Row(widths []float64, align []string, cells ...string) {
	s.Size(9.5)
	s.SetDrawColor(225, 225, 225)
	for i, text := range cells {
		s.CellFormat(widths[i], LineH, s.Fit(text, widths[i]-2), "B", 0, align[i], false, 0, "")
	}
	s.Ln(LineH)
}

// Fit cuts a text to a width in millimetres, with an ellipsis where something went.
func (s *Sheet) Fit(text string, width float64) string {
	if s.GetStringWidth(text) <= width {
		return text
	}
	r := []rune(text)
	for len(r) > 1 && s.GetStringWidth(string(r)+"…") > width {
		r = r[:len(r)-1]
	}
	return string(r) + "…"
}

// Picture fits a JPEG into a box; one that no reader understands is left out.
func (s *Sheet) Picture(jpeg []byte, x, y, wide, high float64) {
	s.image("JPG", jpeg, x, y, wide, high)
}

// QR draws a text as a QR code, a square of size millimetres.
func (s *Sheet) QR(text string, x, y, size float64) error {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return fmt.Errorf("QR code: %w", err)
	}
	return s.code(code, 4*code.Bounds().Dx(), 4*code.Bounds().Dy(), x, y, size, size)
}

// Code128 draws a text as a bar code: letters, digits and signs of ASCII.
func (s *Sheet) Code128(text string, x, y, wide, high float64) error {
	code, err := code128.Encode(text)
	if err != nil {
		return fmt.Errorf("bar code: %w", err)
	}
	return s.code(code, 3*code.Bounds().Dx(), 60, x, y, wide, high)
}

func (s *Sheet) code(code barcode.Barcode, wide, high int, x, y, w, h float64) error {
	scaled, err := barcode.Scale(code, wide, high)
	if err != nil {
		return fmt.Errorf("code: %w", err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, gray(scaled)); err != nil {
		return fmt.Errorf("code: %w", err)
	}
	s.image("PNG", b.Bytes(), x, y, w, h)
	return nil
}

// gray is a picture in eight bits, the form that the reader of PNG takes.
func gray(m image.Image) image.Image {
	out := image.NewGray(m.Bounds())
	for y := m.Bounds().Min.Y; y < m.Bounds().Max.Y; y++ {
		for x := m.Bounds().Min.X; x < m.Bounds().Max.X; x++ {
			out.Set(x, y, m.At(x, y))
		}
	}
	return out
}

func (s *Sheet) image(kind string, raw []byte, x, y, wide, high float64) {
	s.images++
	name := "image" + strconv.Itoa(s.images)
	as := fpdf.ImageOptions{ImageType: kind}
	info := s.RegisterImageOptionsReader(name, as, bytes.NewReader(raw))
	if s.Err() || info == nil || info.Width() == 0 {
		s.ClearError()
		return
	}
	scale := min(wide/info.Width(), high/info.Height())
	w, h := info.Width()*scale, info.Height()*scale
	s.ImageOptions(name, x+(wide-w)/2, y+(high-h)/2, w, h, false, as, 0, "")
}

// Bytes ends the paper.
func (s *Sheet) Bytes() ([]byte, error) {
	var out bytes.Buffer
	if err := s.Output(&out); err != nil {
		return nil, fmt.Errorf("paper: %w", err)
	}
	return out.Bytes(), nil
}
