package imports

import (
	"errors"
	"io"

	"anxin/internal/platform/charset"
)

// decode reads text as UTF-8 without its byte order mark. What is no text in the encoding is [ErrEncoding].
func decode(r io.Reader, e charset.Encoding) (io.Reader, error) {
	text, ok := charset.Decode(r, e)
	if !ok {
		return nil, ErrEncoding.With("encoding", string(e))
	}
	return wordedReader{text, e}, nil
}

// wordedReader gives the refusal of a decoder its words.
type wordedReader struct {
	io.Reader
	encoding charset.Encoding
}

// Read implements io.Reader.
func (w wordedReader) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if errors.Is(err, charset.ErrInvalid) {
		err = ErrEncoding.With("encoding", string(w.encoding))
	}
	return n, err
}
