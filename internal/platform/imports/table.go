package imports

import (
	"context"
	"errors"
	"io"
	"strings"

	"anxin/internal/platform/charset"
	"anxin/internal/platform/problem"
)

// Format of a file.
type Format string

// The formats.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
)

// Source is a file that can be read more than once.
type Source struct {
	Size int64
	Open func(ctx context.Context) (io.ReadCloser, error)
}

// Layout says what a file is; empty fields are found by looking.
type Layout struct {
	Encoding  charset.Encoding `json:"encoding,omitempty" enum:"utf-8,utf-16le,utf-16be,gb18030,big5,shift_jis,euc-kr,windows-1252" doc:"Of a CSV file"`
	Delimiter string           `json:"delimiter,omitempty"`
	Sheet     string           `json:"sheet,omitempty"`      // of a workbook; the first that can be seen
	HeaderRow int              `json:"header_row,omitempty"` // from 1; the first row that is not empty
}

// Table is an opened sheet: its header and, one by one, its rows.
type Table struct {
	Format    Format
	Encoding  charset.Encoding
	Delimiter string
	Sheet     string
	Sheets    []string // of a workbook
	Header    []string
	HeaderRow int

	d1904 bool
	next  func() ([]string, error)
	whole func(header int) error // looks at what the reading passes over; nil where it passes over nothing
	done  []func() error
	row   int
}

// OpenTable opens a sheet and reads its header.
func OpenTable(ctx context.Context, src Source, l Layout) (_ *Table, err error) {
	t := &Table{}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.Close())
		}
	}()
	body, err := src.Open(ctx)
	if err != nil {
		return nil, err
	}
	t.done = append(t.done, body.Close)
	head := make([]byte, 8)
	n, err := io.ReadFull(body, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	head = head[:n]
	whole := io.MultiReader(strings.NewReader(string(head)), ctxReader{ctx, body})
	if strings.HasPrefix(string(head), "PK\x03\x04") || strings.HasPrefix(string(head), "PK\x05\x06") || string(head) == string(compound) {
		err = t.openXLSX(ctx, whole, src.Size, l)
	} else {
		err = t.openCSV(ctx, src, whole, l)
	}
	if err != nil {
		return nil, err
	}
	return t, t.readHeader(l.HeaderRow)
}

// ctxReader ends a long reading when nobody wants it any more.
type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

// Read implements io.Reader.
func (c ctxReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

func (t *Table) openXLSX(ctx context.Context, body io.Reader, size int64, l Layout) error {
	if size > maxWorkbook {
		return ErrTooBig.With("what", "workbook", "limit", maxWorkbook)
	}
	data, err := io.ReadAll(io.LimitReader(body, maxWorkbook+1))
	if err != nil {
		return err
	}
	if len(data) > maxWorkbook {
		return ErrTooBig.With("what", "workbook", "limit", maxWorkbook)
	}
	w, err := openWorkbook(data)
	if err != nil {
		return err
	}
	t.done = append(t.done, w.close)
	rows, err := w.rows(l.Sheet)
	if err != nil {
		return err
	}
	t.Format, t.Sheet, t.Sheets, t.d1904, t.next = XLSX, rows.name, w.sheets, w.d1904, rows.read
	t.whole = func(header int) error { return w.inspect(ctx, rows.name, header) }
	return nil
}

// headBytes are looked at for the delimiter.
const headBytes = 256 << 10

func (t *Table) openCSV(ctx context.Context, src Source, body io.Reader, l Layout) error {
	t.Format, t.Encoding, t.Delimiter = CSV, l.Encoding, l.Delimiter
	if t.Encoding == "" {
		again, err := src.Open(ctx)
		if err != nil {
			return err
		}
		t.Encoding, err = charset.Detect(ctxReader{ctx, again})
		if err = errors.Join(err, again.Close()); err != nil {
			return err
		}
	}
	text, err := decode(body, t.Encoding)
	if err != nil {
		return err
	}
	head := make([]byte, headBytes)
	n, err := io.ReadFull(text, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return err
	}
	if t.Delimiter == "" {
		t.Delimiter = string(detectDelimiter(string(head[:n])))
	}
	if len(t.Delimiter) != 1 || strings.ContainsAny(t.Delimiter, "\"\r\n") {
		return problem.Field("delimiter", problem.BadFormat)
	}
	c := newCSV(io.MultiReader(strings.NewReader(string(head[:n])), text), t.Delimiter[0])
	first := true
	t.next = func() ([]string, error) {
		rec, err := c.read()
		if err == nil && first && isSeparatorLine(rec) {
			rec = nil
		}
		first = false
		return rec, err
	}
	return nil
}

func (t *Table) readHeader(at int) error {
	for {
		rec, err := t.read()
		if errors.Is(err, io.EOF) {
			return ErrNoHeader
		}
		if err != nil {
			return err
		}
		if at > t.row || at == 0 && blank(rec) {
			continue
		}
		t.HeaderRow = t.row
		for i, h := range rec {
			rec[i] = strings.Join(strings.Fields(strings.TrimPrefix(h, "\ufeff")), " ")
		}
		t.Header = rec
		if blank(rec) {
			return ErrNoHeader
		}
		return nil
	}
}

func blank(rec []string) bool {
	for _, c := range rec {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

func (t *Table) read() ([]string, error) {
	rec, err := t.next()
	if err != nil {
		return nil, err
	}
	t.row++
	if t.row > maxRows {
		return nil, ErrTooBig.With("what", "rows", "limit", maxRows)
	}
	return rec, nil
}

// Next returns the next row that is not blank, with its number in the sheet, the header counted; io.EOF
// after the last.
func (t *Table) Next() (row int, cells []string, err error) {
	for {
		rec, err := t.read()
		if err != nil {
			return t.row, nil, err
		}
		if !blank(rec) {
			return t.row, rec, nil
		}
	}
}

// Count runs through the rest and tells how many rows are not blank. It looks closer than reading does: a workbook
// whose sheet is cut off, has cells merged over rows or formulas without a result is refused.
func (t *Table) Count() (int64, error) {
	n := int64(0)
	for {
		_, _, err := t.Next()
		if errors.Is(err, io.EOF) {
			if t.whole != nil {
				err = t.whole(t.HeaderRow)
			} else {
				err = nil
			}
			return n, err
		}
		if err != nil {
			return n, err
		}
		n++
	}
}

// Close ends the reading.
func (t *Table) Close() error {
	var errs []error
	for i := len(t.done) - 1; i >= 0; i-- {
		errs = append(errs, t.done[i]())
	}
	t.done = nil
	return errors.Join(errs...)
}
