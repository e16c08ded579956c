// Package font holds the typeface of the service report: Noto Sans SC Regular (SIL Open Font License 1.1, see
// LICENSE), cut down to the characters of GB 2312 by gen.
package font

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the typeface
	"io"
	"sync"
)

//go:embed report.ttf.gz
var packed []byte

// Report is the typeface, TrueType, unpacked at the first report.
var Report = sync.OnceValue(func() []byte {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic("the report's font is broken: " + err.Error())
	}
	ttf, err := io.ReadAll(z)
	if err != nil {
		panic("the report's font is broken: " + err.Error())
	}
	return ttf
})
