package charset

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	textunicode "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Encoding is how a text is written as bytes.
type Encoding string

// Encodings that are read: those in which Excel saves tables in the countries that we know. GB 18030 covers GBK and GB 2312;
// Shift_JIS and EUC-KR are read with the extensions that Windows has.
const (
	UTF8        Encoding = "utf-8"
	UTF16LE     Encoding = "utf-16le"
	UTF16BE     Encoding = "utf-16be"
	GB18030     Encoding = "gb18030"
	Big5        Encoding = "big5"
	ShiftJIS    Encoding = "shift_jis"
	EUCKR       Encoding = "euc-kr"
	Windows1252 Encoding = "windows-1252"
)

// All are the encodings that are read.
var All = []Encoding{UTF8, UTF16LE, UTF16BE, GB18030, Big5, ShiftJIS, EUCKR, Windows1252}

// ErrInvalid is returned by readers for bytes that are no text in the encoding they were to be read in.
var ErrInvalid = errors.New("charset: no text in this encoding")

// legacy are the encodings of before Unicode, the likeliest first.
var legacy = []Encoding{GB18030, Big5, ShiftJIS, EUCKR, Windows1252}

var encodings = map[Encoding]encoding.Encoding{
	UTF16LE: textunicode.UTF16(textunicode.LittleEndian, textunicode.UseBOM), UTF16BE: textunicode.UTF16(textunicode.BigEndian, textunicode.UseBOM),
	GB18030: simplifiedchinese.GB18030, Big5: traditionalchinese.Big5, ShiftJIS: japanese.ShiftJIS, EUCKR: korean.EUCKR, Windows1252: charmap.Windows1252,
}

// Decode reads text as UTF-8 without its byte order mark; false when the encoding is not one of [All]. The reader ends with
// [ErrInvalid] at the first piece that is no text in the encoding.
func Decode(r io.Reader, e Encoding) (io.Reader, bool) {
	if e == UTF8 {
		return transform.NewReader(r, transform.Chain(textunicode.BOMOverride(transform.Nop), strictUTF8{encoding.UTF8Validator})), true
	}
	from, ok := encodings[e]
	if !ok {
		return nil, false
	}
	return &strictReader{r: transform.NewReader(r, from.NewDecoder())}, true
}

// strictUTF8 gives the validator's refusal our own error.
type strictUTF8 struct{ transform.Transformer }

// Transform implements transform.Transformer.
func (s strictUTF8) Transform(dst, src []byte, atEOF bool) (int, int, error) {
	n, m, err := s.Transformer.Transform(dst, src, atEOF)
	if errors.Is(err, encoding.ErrInvalidUTF8) {
		err = ErrInvalid
	}
	return n, m, err
}

// strictReader refuses the replacement character, which the decoders write for what they cannot read.
type strictReader struct {
	r    io.Reader
	tail []byte // the last bytes of the piece before: the mark may lie across
}

var replacement = []byte(string(utf8.RuneError))

// Read implements io.Reader.
func (s *strictReader) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	seen := append(s.tail, p[:n]...)
	if bytes.Contains(seen, replacement) {
		return 0, ErrInvalid
	}
	s.tail = bytes.Clone(seen[max(0, len(seen)-len(replacement)+1):])
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("read text: %w", err)
	}
	return n, err
}
