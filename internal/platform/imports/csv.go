package imports

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

// Bounds of a sheet. They are those of a spreadsheet program, or lower where more would be a mistake.
const (
	maxRows    = 1_000_000
	maxColumns = 500
	maxCell    = 64 << 10 // bytes
	maxRecord  = 1 << 20  // bytes of one row
)

// csvReader reads RFC 4180 and what programs make of it: any line ending, quotes inside cells that do not
// begin with one, text after a closing quote.
type csvReader struct {
	r     *bufio.Reader
	delim byte
	row   int // of the record last read, from 1
	buf   []byte
	ends  []int
}

func newCSV(r io.Reader, delim byte) *csvReader {
	return &csvReader{r: bufio.NewReaderSize(r, 64<<10), delim: delim}
}

// read returns the next record; io.EOF after the last. Blank lines are records of one empty cell. A quoted cell
// that goes over a line's end and has text after its closing quote began with a quote that was never closed: the
// next one of the file has closed it, and the rows between would be lost in the cell.
func (c *csvReader) read() ([]string, error) {
	c.buf, c.ends = c.buf[:0], c.ends[:0]
	c.row++
	quoted, began, some := false, true, false // inside quotes; at a cell's beginning; anything read
	lines := false                            // the cell was quoted and holds a line's end
	for {
		b, err := c.r.ReadByte()
		if errors.Is(err, io.EOF) {
			if quoted {
				return nil, ErrQuote.With("row", c.row)
			}
			if !some {
				return nil, io.EOF
			}
			return c.record()
		}
		if err != nil {
			return nil, err
		}
		some = true
		if len(c.buf) >= maxRecord {
			if quoted {
				return nil, ErrQuote.With("row", c.row)
			}
			return nil, ErrTooBig.With("what", "row", "row", c.row, "limit", maxRecord)
		}
		if quoted {
			if b != '"' {
				lines = lines || b == '\n' || b == '\r'
				c.buf = append(c.buf, b)
				continue
			}
			if next, err := c.r.Peek(1); err == nil && next[0] == '"' {
				_, _ = c.r.Discard(1) // it was peeked
				c.buf = append(c.buf, '"')
				continue
			}
			quoted = false
			continue
		}
		switch {
		case b == '"' && began:
			quoted, began = true, false
		case b == c.delim:
			c.ends = append(c.ends, len(c.buf))
			began, lines = true, false
			if len(c.ends) > maxColumns {
				return nil, ErrTooBig.With("what", "columns", "row", c.row, "limit", maxColumns)
			}
		case b == '\n':
			return c.record()
		case b == '\r':
			if next, err := c.r.Peek(1); err == nil && next[0] == '\n' {
				_, _ = c.r.Discard(1) // it was peeked
			}
			return c.record()
		default:
			if lines && b != ' ' {
				return nil, ErrQuote.With("row", c.row)
			}
			c.buf = append(c.buf, b)
			began = false
		}
	}
}

func (c *csvReader) record() ([]string, error) {
	c.ends = append(c.ends, len(c.buf))
	text := string(c.buf)
	out := make([]string, len(c.ends))
	from := 0
	for i, end := range c.ends {
		if end-from > maxCell {
			return nil, ErrTooBig.With("what", "cell", "row", c.row, "limit", maxCell)
		}
		out[i] = text[from:end]
		from = end
	}
	return out, nil
}

// delimiters that are looked for; the first wins a tie.
var delimiters = []byte{',', '\t', ';', '|'}

// detectDelimiter finds what parts the cells of a text: the one by which most of the first rows have the
// same number of cells, and the most cells. A first line "sep=;", which Excel understands, says so.
func detectDelimiter(head string) byte {
	if line, _, _ := strings.Cut(head, "\n"); len(strings.TrimSpace(line)) == len("sep=;") && strings.HasPrefix(strings.ToLower(line), "sep=") {
		return line[4]
	}
	best, bestScore := delimiters[0], 0
	for _, d := range delimiters {
		c := newCSV(strings.NewReader(head), d)
		counts := map[int]int{}
		for range 50 {
			rec, err := c.read()
			if err != nil {
				break
			}
			if len(rec) > 1 {
				counts[len(rec)]++
			}
		}
		for cells, rows := range counts {
			if score := rows*100 + min(cells, 99); score > bestScore {
				best, bestScore = d, score
			}
		}
	}
	return best
}

// isSeparatorLine tells whether a first record is Excel's hint and not data.
func isSeparatorLine(rec []string) bool {
	joined := strings.ToLower(strings.Join(rec, ""))
	return strings.HasPrefix(joined, "sep=") && len(joined) <= len("sep=;")
}
