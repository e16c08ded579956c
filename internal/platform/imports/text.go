package imports

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	textunicode "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Encoding is how a file writes its characters.
type Encoding string

// Encodings that are read. GB 18030 covers GBK and GB 2312, which Excel writes in China.
const (
	UTF8    Encoding = "utf-8"
	UTF16LE Encoding = "utf-16le"
	UTF16BE Encoding = "utf-16be"
	GB18030 Encoding = "gb18030"
)

// detector finds the encoding of a stream that is written to it.
type detector struct {
	n       int64
	head    []byte // the first bytes, for the mark
	carry   []byte // of a character that the last piece cut in two
	notUTF8 bool
	nul     [2]int64 // NUL bytes at even and odd places
}

// Write looks at a piece; it never fails.
func (d *detector) Write(p []byte) (int, error) {
	if len(d.head) < 4 {
		d.head = append(d.head, p[:min(len(p), 4-len(d.head))]...)
	}
	for i, c := range p {
		if c == 0 {
			d.nul[(d.n+int64(i))&1]++
		}
	}
	d.n += int64(len(p))
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

// encoding tells what the stream was; cut says that it did not end there.
func (d *detector) encoding(cut bool) Encoding {
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
		return GB18030
	}
	return UTF8
}

// Detect finds the encoding by looking at everything that r gives.
func Detect(r io.Reader) (Encoding, error) {
	var d detector
	if _, err := io.Copy(&d, r); err != nil {
		return "", err
	}
	return d.encoding(false), nil
}

// decode reads text as UTF-8 without its byte order mark. What is no text in the encoding is [ErrEncoding].
func decode(r io.Reader, e Encoding) (io.Reader, error) {
	var t encoding.Encoding
	switch e {
	case UTF8:
		return transform.NewReader(r, transform.Chain(textunicode.BOMOverride(transform.Nop), strictUTF8{encoding.UTF8Validator})), nil
	case UTF16LE:
		t = textunicode.UTF16(textunicode.LittleEndian, textunicode.UseBOM)
	case UTF16BE:
		t = textunicode.UTF16(textunicode.BigEndian, textunicode.UseBOM)
	case GB18030:
		t = simplifiedchinese.GB18030
	default:
		return nil, ErrEncoding.With("encoding", string(e))
	}
	return &strictReader{r: transform.NewReader(r, t.NewDecoder()), encoding: e}, nil
}

// strictUTF8 gives the validator's refusal our code.
type strictUTF8 struct{ transform.Transformer }

// Transform implements transform.Transformer.
func (s strictUTF8) Transform(dst, src []byte, atEOF bool) (int, int, error) {
	n, m, err := s.Transformer.Transform(dst, src, atEOF)
	if errors.Is(err, encoding.ErrInvalidUTF8) {
		err = ErrEncoding.With("encoding", string(UTF8))
	}
	return n, m, err
}

// strictReader refuses the replacement character, which the decoders write for what they cannot read.
type strictReader struct {
	r        io.Reader
	encoding Encoding
	tail     []byte // the last bytes of the piece before: the mark may lie across
}

var replacement = []byte(string(utf8.RuneError))

// Read implements io.Reader.
func (s *strictReader) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	seen := append(s.tail, p[:n]...)
	if bytes.Contains(seen, replacement) {
		return 0, ErrEncoding.With("encoding", string(s.encoding))
	}
	s.tail = bytes.Clone(seen[max(0, len(seen)-len(replacement)+1):])
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("read text: %w", err)
	}
	return n, err
}
