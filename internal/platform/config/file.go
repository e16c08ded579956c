package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// entry is one value of the settings file.
type entry struct {
	key   string // dotted
	value any    // string, json.Number, bool, or []any of these
	line  int
}

// parseFile reads JSON with // comments into entries, in the file's order.
func parseFile(text []byte) ([]entry, error) {
	p := &fileParser{text: blankComments(text)}
	p.dec = json.NewDecoder(bytes.NewReader(p.text))
	p.dec.UseNumber()
	t, err := p.dec.Token()
	if err != nil {
		return nil, p.wrong(err)
	}
	if t != json.Delim('{') {
		return nil, fmt.Errorf("line %d: it must start with {", p.line())
	}
	if err := p.object(""); err != nil {
		return nil, err
	}
	if _, err := p.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("line %d: there is text after the last }", p.line())
	}
	return p.entries, nil
}

type fileParser struct {
	text    []byte
	dec     *json.Decoder
	entries []entry
}

// line is where the decoder stands.
func (p *fileParser) line() int {
	return 1 + bytes.Count(p.text[:min(int(p.dec.InputOffset()), len(p.text))], []byte("\n"))
}

func (p *fileParser) wrong(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		at := min(int(syntax.Offset), len(p.text))
		return fmt.Errorf("line %d: %w", 1+bytes.Count(p.text[:at], []byte("\n")), syntax)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("line %d: the file ends too early", 1+bytes.Count(p.text, []byte("\n")))
	}
	return fmt.Errorf("line %d: %w", p.line(), err)
}

// object reads up to the closing brace; the opening one is read.
func (p *fileParser) object(prefix string) error {
	for p.dec.More() {
		t, err := p.dec.Token()
		if err != nil {
			return p.wrong(err)
		}
		name, _ := t.(string) // inside an object, before a value, it is always a name
		key, line := prefix+name, p.line()
		t, err = p.dec.Token()
		if err != nil {
			return p.wrong(err)
		}
		switch t {
		case json.Delim('{'):
			if err := p.object(key + "."); err != nil {
				return err
			}
		case json.Delim('['):
			list := []any{}
			for p.dec.More() {
				item, err := p.dec.Token()
				if err != nil {
					return p.wrong(err)
				}
				if _, nested := item.(json.Delim); nested {
					return fmt.Errorf("line %d: %s: a list may hold only plain values", p.line(), key)
				}
				list = append(list, item)
			}
			if _, err := p.dec.Token(); err != nil {
				return p.wrong(err)
			}
			p.entries = append(p.entries, entry{key, list, line})
		default:
			p.entries = append(p.entries, entry{key, t, line})
		}
	}
	if _, err := p.dec.Token(); err != nil {
		return p.wrong(err)
	}
	return nil
}

// blankComments overwrites // comments outside strings with blanks, so that
// offsets and lines stay. A byte order mark goes too.
func blankComments(text []byte) []byte {
	out := bytes.Clone(text)
	if bytes.HasPrefix(out, []byte("\xef\xbb\xbf")) {
		copy(out, "   ")
	}
	inString := false
	for i := 0; i < len(out); i++ {
		switch {
		case inString && out[i] == '\\':
			i++
		case out[i] == '"':
			inString = !inString
		case out[i] == '\n':
			inString = false // a string cannot span lines; the decoder will complain about it
		case !inString && out[i] == '/' && i+1 < len(out) && out[i+1] == '/':
			for ; i < len(out) && out[i] != '\n'; i++ {
				out[i] = ' '
			}
			i--
		}
	}
	return out
}
