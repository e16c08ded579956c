package imports

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Safe makes a cell safe to open in a spreadsheet program: what it would run as a formula gets an
// apostrophe in front. [Unsafe] takes it off again when our own sheet comes back.
func Safe(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) || strings.HasPrefix(cell, "＝") || strings.HasPrefix(cell, "＋") ||
		strings.HasPrefix(cell, "－") || strings.HasPrefix(cell, "＠") {
		return "'" + cell
	}
	return cell
}

// Unsafe takes off the apostrophe that [Safe] put in front of a cell.
func Unsafe(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && Safe(rest) == cell {
		return rest
	}
	return cell
}

// RowWriter writes a sheet row by row.
type RowWriter interface {
	Write(cells []string) error
	// Close ends the sheet; without it the file is not whole.
	Close() error
}

// NewWriter writes a sheet in a format: CSV in UTF-8 with a mark, which Excel needs to see Chinese, or XLSX.
// Every cell is written as text, made safe by [Safe].
func NewWriter(w io.Writer, f Format) (RowWriter, error) {
	if f == XLSX {
		return newXLSXWriter(w, "data")
	}
	c := &csvWriter{w: bufio.NewWriter(w)}
	_, err := c.w.WriteString("\ufeff")
	return c, err
}

type csvWriter struct{ w *bufio.Writer }

// Write implements RowWriter.
func (c *csvWriter) Write(cells []string) error {
	for i, cell := range cells {
		if i > 0 {
			if err := c.w.WriteByte(','); err != nil {
				return err
			}
		}
		cell = Safe(cell)
		if strings.ContainsAny(cell, ",\"\r\n") || cell != strings.TrimSpace(cell) || i == 0 && cell == "" && len(cells) == 1 {
			cell = `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
		}
		if _, err := c.w.WriteString(cell); err != nil {
			return err
		}
	}
	_, err := c.w.WriteString("\r\n")
	return err
}

// Close implements RowWriter.
func (c *csvWriter) Close() error { return c.w.Flush() }

type xlsxWriter struct {
	to    io.Writer
	f     *excelize.File
	sheet *excelize.StreamWriter
	row   int
}

func newXLSXWriter(to io.Writer, name string) (*xlsxWriter, error) {
	f := excelize.NewFile()
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return nil, err
	}
	sheet, err := f.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	return &xlsxWriter{to: to, f: f, sheet: sheet}, nil
}

// Write implements RowWriter.
func (x *xlsxWriter) Write(cells []string) error {
	x.row++
	if x.row > maxRows {
		return ErrTooBig.With("what", "rows", "limit", maxRows)
	}
	values := make([]any, len(cells))
	for i, c := range cells {
		values[i] = Safe(c)
	}
	return x.sheet.SetRow(fmt.Sprintf("A%d", x.row), values)
}

// Close implements RowWriter.
func (x *xlsxWriter) Close() error {
	if err := x.sheet.Flush(); err != nil {
		return err
	}
	if err := x.f.Write(x.to); err != nil {
		return err
	}
	return x.f.Close()
}

// Template is an empty sheet with the headings of a target; a workbook has a second sheet that explains
// the fields.
func Template(t Target, f Format, lang string) ([]byte, error) {
	var out bytes.Buffer
	head := make([]string, len(t.Fields))
	for i, fd := range t.Fields {
		head[i] = fd.Label(lang)
	}
	if f != XLSX {
		w, err := NewWriter(&out, CSV)
		if err != nil {
			return nil, err
		}
		if err := errors.Join(w.Write(head), w.Close()); err != nil {
			return nil, err
		}
		return out.Bytes(), nil
	}
	x, err := newXLSXWriter(&out, "data")
	if err != nil {
		return nil, err
	}
	if err := x.Write(head); err != nil {
		return nil, err
	}
	name, title := "fields", []any{"field", "name", "required", "type", "choices", "example"}
	if lang != "en" {
		name, title = "说明", []any{"字段代码", "名称", "必填", "类型", "可选值", "示例"}
	}
	if _, err := x.f.NewSheet(name); err != nil {
		return nil, err
	}
	for i, row := range append([][]any{title}, explain(t, lang)...) {
		if err := x.f.SetSheetRow(name, fmt.Sprintf("A%d", i+1), &row); err != nil {
			return nil, err
		}
	}
	if err := x.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func explain(t Target, lang string) [][]any {
	rows := make([][]any, len(t.Fields))
	for i, f := range t.Fields {
		required := ""
		if f.Required {
			required = "*"
		}
		rows[i] = []any{f.Name, f.Label(lang), required, string(f.Type), strings.Join(f.Choices, ", "), f.Example}
	}
	return rows
}
