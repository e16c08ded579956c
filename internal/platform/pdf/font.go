package pdf

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the typeface
	"io"
	"sync"
)

//go:embed font.ttf.gz
var packed []byte

// typeface is Noto Sans SC Regular as TrueType, unpacked for the first sheet.
var typeface = sync.OnceValue(func() []byte {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic("the font of sheets is broken: " + err.Error())
	}
	ttf, err := io.ReadAll(z)
	if err != nil {
		panic("the font of sheets is broken: " + err.Error())
	}
	return ttf
})
