package charset

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// sampleBytes is how much of the lines that are no ASCII is weighed when a text is no Unicode.
const sampleBytes = 64 << 10

// Detector finds the encoding of a stream that is written to it.
type Detector struct {
	n       int64
	head    []byte // the first bytes, for the mark
	carry   []byte // of a character that the last piece cut in two
	notUTF8 bool
	nul     [2]int64 // NUL bytes at even and odd places
	line    []byte   // the line that is being written, as far as it fits a sample
	long    bool     // the line does not
	wide    bool     // the line has bytes that are no ASCII
	sample  []byte   // whole lines with such bytes
}

// Write looks at a piece; it never fails.
func (d *Detector) Write(p []byte) (int, error) {
	if len(d.head) < 4 {
		d.head = append(d.head, p[:min(len(p), 4-len(d.head))]...)
	}
	for i, c := range p {
		if c == 0 {
			d.nul[(d.n+int64(i))&1]++
		}
	}
	d.n += int64(len(p))
	d.collect(p)
	if d.notUTF8 {
		return len(p), nil
	}
	text := append(d.carry, p...)
	d.carry = nil
	for len(text) > 0 {
		if text[0] < utf8.RuneSelf {
			text = text[1:]
			continue
		}
		if !utf8.FullRune(text) {
			d.carry = bytes.Clone(text)
			return len(p), nil
		}
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError && size == 1 {
			d.notUTF8 = true
			return len(p), nil
		}
		text = text[size:]
	}
	return len(p), nil
}

// collect keeps lines that are no ASCII. A line's end is never the second byte of a character, in none of the encodings.
func (d *Detector) collect(p []byte) {
	for len(p) > 0 && len(d.sample) < sampleBytes {
		end := bytes.IndexByte(p, '\n') + 1
		whole := end > 0
		if !whole {
			end = len(p)
		}
		if d.long = d.long || len(d.line)+end > sampleBytes; !d.long {
			d.line = append(d.line, p[:end]...)
		}
		for _, c := range p[:end] {
			d.wide = d.wide || c >= utf8.RuneSelf
		}
		if whole {
			d.keep()
		}
		p = p[end:]
	}
}

func (d *Detector) keep() {
	if d.wide && !d.long {
		d.sample = append(d.sample, d.line...)
	}
	d.line, d.wide, d.long = d.line[:0], false, false
}

// Encoding tells what the stream was; cut says that it did not end there.
func (d *Detector) Encoding(cut bool) Encoding {
	switch {
	case bytes.HasPrefix(d.head, []byte{0xff, 0xfe}):
		return UTF16LE
	case bytes.HasPrefix(d.head, []byte{0xfe, 0xff}):
		return UTF16BE
	case d.n >= 4 && d.nul[1] > d.n/4 && d.nul[0] < d.nul[1]/8: // Latin text without a mark
		return UTF16LE
	case d.n >= 4 && d.nul[0] > d.n/4 && d.nul[1] < d.nul[0]/8:
		return UTF16BE
	case d.notUTF8 || len(d.carry) > 0 && !cut:
		d.keep()
		e, _ := Guess(d.sample)
		return e
	}
	return UTF8
}

// Detect finds the encoding by looking at everything that r gives.
func Detect(r io.Reader) (Encoding, error) {
	var d Detector
	if _, err := io.Copy(&d, r); err != nil {
		return "", err
	}
	return d.Encoding(false), nil
}
