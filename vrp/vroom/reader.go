package vroom

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Error says what is wrong with an input and where.
type Error struct {
	Where string // "" is the whole, else as in jobs[3].time_windows[0]
	What  string
}

// Error tells the place and the fault in one line.
func (e *Error) Error() string {
	if e.Where == "" {
		return e.What
	}
	return e.Where + ": " + e.What
}

// reader walks a JSON text and remembers where it is. After the first error it reads nothing more.
type reader struct {
	text []byte
	pos  int
	path []string
	err  error
}

// newReader refuses what is no JSON; the mark that some editors put before a text is none of it.
func newReader(text []byte) (*reader, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if !json.Valid(text) {
		var skip any
		err := json.Unmarshal(text, &skip)
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			before := text[:min(max(syntax.Offset, 0), int64(len(text)))]
			line := strings.Count(string(before), "\n")
			return nil, &Error{What: fmt.Sprintf("no JSON at line %d, character %d: %v", line+1, len(before)-1-strings.LastIndexByte(string(before), '\n'), syntax)}
		}
		return nil, &Error{What: "no JSON"}
	}
	return &reader{text: text}, nil
}

func (r *reader) where() string {
	return strings.TrimPrefix(strings.Join(r.path, ""), ".")
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = &Error{Where: r.where(), What: fmt.Sprintf(format, args...)}
	}
}

// peek is the first character of what comes next; 0 after an error or at the end.
func (r *reader) peek() byte {
	if r.err != nil {
		return 0
	}
	for r.pos < len(r.text) {
		switch c := r.text[r.pos]; c {
		case ' ', '\t', '\r', '\n':
			r.pos++
		default:
			return c
		}
	}
	return 0
}

// kind names what comes next.
func (r *reader) kind() string {
	switch r.peek() {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "a truth value"
	case 'n':
		return "null"
	}
	return "a number"
}

// object calls fn at the value of each key; fn reads the value or skips it. No key stands twice.
func (r *reader) object(fn func(key string)) {
	if r.peek() != '{' {
		r.fail("is %s, not an object", r.kind())
		return
	}
	r.pos++
	seen := map[string]bool{}
	for r.peek() != '}' && r.err == nil {
		if r.peek() == ',' {
			r.pos++
		}
		key := r.string()
		if r.peek() == ':' {
			r.pos++
		}
		r.path = append(r.path, "."+key)
		if seen[key] {
			r.fail("stands twice")
		}
		seen[key] = true
		fn(key)
		r.path = r.path[:len(r.path)-1]
	}
	r.pos++
}

// array calls fn at each element; fn reads it or skips it.
func (r *reader) array(fn func(i int)) {
	if r.peek() != '[' {
		r.fail("is %s, not an array", r.kind())
		return
	}
	r.pos++
	r.path = append(r.path, "")
	for i := 0; r.peek() != ']' && r.err == nil; i++ {
		if r.peek() == ',' {
			r.pos++
		}
		r.path[len(r.path)-1] = "[" + strconv.Itoa(i) + "]"
		fn(i)
	}
	r.path = r.path[:len(r.path)-1]
	r.pos++
}

// string reads a string.
func (r *reader) string() string {
	if r.peek() != '"' {
		r.fail("is %s, not a string", r.kind())
		return ""
	}
	start := r.pos
	for r.pos++; r.pos < len(r.text) && r.text[r.pos] != '"'; r.pos++ {
		if r.text[r.pos] == '\\' {
			r.pos++
		}
	}
	r.pos = min(r.pos+1, len(r.text))
	var s string
	if err := json.Unmarshal(r.text[start:r.pos], &s); err != nil {
		r.fail("is no string")
	}
	return s
}

// token is the text of a number, or of true, false and null.
func (r *reader) token() string {
	r.peek()
	start := r.pos
	for r.pos < len(r.text) {
		switch r.text[r.pos] {
		case ',', ']', '}', ' ', '\t', '\r', '\n':
			return string(r.text[start:r.pos])
		}
		r.pos++
	}
	return string(r.text[start:])
}

// whole reads a whole number from 0 to limit.
func (r *reader) whole(limit uint64) uint64 {
	if k := r.kind(); k != "a number" {
		r.fail("is %s, not a whole number", k)
		return 0
	}
	if r.err != nil {
		return 0
	}
	if n, ok := r.digits(limit); ok {
		return n
	}
	text := r.token()
	n, err := strconv.ParseUint(text, 10, 64)
	switch {
	case strings.HasPrefix(text, "-"):
		r.fail("is negative: %s", clip(text))
	case errors.Is(err, strconv.ErrRange) || err == nil && n > limit:
		r.fail("is too large: %s; at most %d", clip(text), limit)
	case err != nil:
		r.fail("is no whole number: %s", clip(text))
	}
	return n
}

// digits reads up to 17 digits within the limit, the common case; otherwise it stays where it was.
func (r *reader) digits(limit uint64) (n uint64, ok bool) {
	i := r.pos
	for ; i < len(r.text) && i-r.pos < 18; i++ {
		d := r.text[i] - '0'
		if d > 9 {
			break
		}
		n = n*10 + uint64(d)
	}
	if i == r.pos || i >= len(r.text) || strings.IndexByte(",]} \t\r\n", r.text[i]) < 0 {
		return 0, false
	}
	if n > limit {
		return 0, false // the slow way tells whether it is too large
	}
	r.pos = i
	return n, true
}

// real reads any number.
func (r *reader) real() float64 {
	if k := r.kind(); k != "a number" {
		r.fail("is %s, not a number", k)
		return 0
	}
	text := r.token()
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		r.fail("is no number that can be used: %s", clip(text))
	}
	return f
}

// skip passes over a value.
func (r *reader) skip() {
	depth := 0
	for r.err == nil {
		switch r.peek() {
		case 0:
			return
		case '"':
			r.string()
		case '{', '[':
			depth++
			r.pos++
		case '}', ']':
			depth--
			r.pos++
		case ',', ':':
			r.pos++
			continue
		default:
			for r.pos < len(r.text) && strings.IndexByte(",]}:", r.text[r.pos]) < 0 {
				r.pos++
			}
		}
		if depth == 0 {
			return
		}
	}
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
