package imports

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Bounds of a workbook, checked before it is unpacked.
const (
	maxWorkbook = 64 << 20  // bytes as uploaded
	maxUnpacked = 256 << 20 // bytes of all its parts
	maxRatio    = 200       // a part that unpacks to more than that is a bomb
	maxParts    = 2000
)

// compound is how old .xls and password-protected workbooks begin.
var compound = []byte{0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1}

// checkWorkbook refuses what must not be unpacked.
func checkWorkbook(data []byte) (*zip.Reader, error) {
	if bytes.HasPrefix(data, compound) {
		return nil, ErrEncrypted
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, ErrFile.Wrap(err)
	}
	if len(z.File) > maxParts {
		return nil, ErrTooBig.With("what", "parts", "limit", maxParts)
	}
	var total uint64
	for _, f := range z.File {
		total += f.UncompressedSize64
		if f.UncompressedSize64 > maxUnpacked || total > maxUnpacked {
			return nil, ErrTooBig.With("what", "workbook", "limit", maxUnpacked)
		}
		if f.UncompressedSize64 > 1<<20 && f.UncompressedSize64/max(1, f.CompressedSize64) > maxRatio {
			return nil, ErrTooBig.With("what", "workbook", "limit", maxUnpacked)
		}
	}
	return z, nil
}

// workbook is an opened XLSX file.
type workbook struct {
	f      *excelize.File
	parts  *zip.Reader
	sheets []string // those that can be seen
	d1904  bool
}

// openWorkbook reads a workbook into memory; nothing of it is ever written to the disk in the clear.
func openWorkbook(data []byte) (w *workbook, err error) {
	parts, err := checkWorkbook(data)
	if err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil { // the library trusts the parts more than it should
			w, err = nil, ErrFile.Wrap(fmt.Errorf("workbook: %v", r))
		}
	}()
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked,
	})
	if err != nil {
		if errors.Is(err, excelize.ErrWorkbookFileFormat) || errors.Is(err, excelize.ErrWorkbookPassword) {
			return nil, ErrEncrypted.Wrap(err)
		}
		return nil, ErrFile.Wrap(err)
	}
	w = &workbook{f: f, parts: parts}
	for _, name := range f.GetSheetList() {
		if seen, err := f.GetSheetVisible(name); err == nil && seen {
			w.sheets = append(w.sheets, name)
		}
	}
	if len(w.sheets) == 0 {
		return nil, errors.Join(ErrFile.Wrap(errors.New("no sheet")), f.Close())
	}
	if props, err := f.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		w.d1904 = *props.Date1904
	}
	return w, nil
}

// rows runs through a sheet; "" is the first.
func (w *workbook) rows(sheet string) (*sheetRows, error) {
	if sheet == "" {
		sheet = w.sheets[0]
	}
	if !slices.Contains(w.sheets, sheet) {
		return nil, ErrNoSheet
	}
	r, err := w.f.Rows(sheet)
	if err != nil {
		return nil, ErrFile.Wrap(err)
	}
	return &sheetRows{rows: r, name: sheet}, nil
}

type sheetRows struct {
	rows *excelize.Rows
	name string
	row  int
}

func (s *sheetRows) read() (cells []string, err error) {
	defer func() {
		if r := recover(); r != nil {
			cells, err = nil, ErrFile.Wrap(fmt.Errorf("row %d: %v", s.row, r))
		}
	}()
	if !s.rows.Next() {
		if err := s.rows.Error(); err != nil {
			return nil, ErrFile.Wrap(err)
		}
		return nil, io.EOF
	}
	s.row++
	cells, err = s.rows.Columns()
	if err != nil {
		return nil, ErrFile.Wrap(err)
	}
	for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	if len(cells) > maxColumns {
		return nil, ErrTooBig.With("what", "columns", "row", s.row, "limit", maxColumns)
	}
	for _, c := range cells {
		if len(c) > maxCell {
			return nil, ErrTooBig.With("what", "cell", "row", s.row, "limit", maxCell)
		}
	}
	return cells, nil
}

func (w *workbook) close() error { return w.f.Close() }
