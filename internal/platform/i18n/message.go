package i18n

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// message is one text, cut at its parameters.
type message struct {
	raw   string
	parts []part
}

// part is a piece of text, or a parameter when name is set.
type part struct {
	text   string
	name   string
	format string // "" prints the value as it is
	prefix string // of format word
}

var formats = []string{"number", "percent", "date", "time", "datetime", "duration", "list", "word"}

// parse cuts raw at {name} and {name|format}. Braces that hold anything but a
// name, as in JSON or code, are text.
func parse(raw string) (message, error) {
	m := message{raw: raw}
	text := raw
	var plain strings.Builder
	flush := func() {
		if plain.Len() > 0 {
			m.parts = append(m.parts, part{text: plain.String()})
			plain.Reset()
		}
	}
	for {
		open := strings.IndexByte(text, '{')
		if open < 0 {
			plain.WriteString(text)
			break
		}
		end := strings.IndexByte(text[open:], '}')
		if end < 0 {
			plain.WriteString(text)
			break
		}
		plain.WriteString(text[:open])
		inside := text[open+1 : open+end]
		text = text[open+end+1:]
		name, format, _ := strings.Cut(inside, "|")
		if !isName(name) {
			plain.WriteString("{" + inside + "}")
			continue
		}
		format, prefix, _ := strings.Cut(format, ":")
		if format != "" && !slices.Contains(formats, format) {
			return message{}, fmt.Errorf("unknown format %q of {%s}", format, name)
		}
		if prefix != "" && format != "word" {
			return message{}, fmt.Errorf("format %q of {%s} takes no argument", format, name)
		}
		flush()
		m.parts = append(m.parts, part{name: name, format: format, prefix: prefix})
	}
	flush()
	return m, nil
}

func isName(s string) bool {
	for i, r := range s {
		if r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9' || i == 0) {
			return false
		}
	}
	return s != ""
}

// params lists the names a message uses, sorted, each once.
func (m message) params() []string {
	var names []string
	for _, p := range m.parts {
		if p.name != "" {
			names = append(names, p.name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (m message) render(c *Catalogue, lang, key string, params map[string]any) string {
	var out strings.Builder
	for _, p := range m.parts {
		if p.name == "" {
			out.WriteString(p.text)
			continue
		}
		v, ok := params[p.name]
		if !ok {
			c.report(lang, key, "parameter "+p.name+" is missing")
			out.WriteString("{" + p.name + "}")
			continue
		}
		out.WriteString(c.value(lang, p, v, zoneOf(params, c.zone)))
	}
	return out.String()
}

// zoneOf lets a message name its own zone in the parameter "zone", so that a
// place in another zone is told its own time.
func zoneOf(params map[string]any, fallback *time.Location) *time.Location {
	name, ok := params["zone"].(string)
	if !ok || name == "" {
		return fallback
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return fallback
	}
	return zone
}

// value prints one parameter. A value that does not fit its format is printed
// as it is: words are for people and must not fail.
func (c *Catalogue) value(lang string, p part, v any, zone *time.Location) string {
	switch p.format {
	case "number":
		if n, ok := asInt(v); ok {
			return Number(lang, n)
		}
		if f, ok := asFloat(v); ok {
			return Decimal(lang, f, -1)
		}
	case "percent":
		if f, ok := asFloat(v); ok {
			return Percent(lang, f, 1)
		}
	case "date", "time", "datetime":
		if t, ok := asTime(v); ok {
			switch p.format {
			case "date":
				return Date(lang, t, zone)
			case "time":
				return Clock(t, zone)
			}
			return DateTime(lang, t, zone)
		}
	case "duration":
		if d, ok := asDuration(v); ok {
			return Duration(lang, d)
		}
	case "list":
		return List(lang, asList(v))
	case "word":
		items := asList(v)
		for i, item := range items {
			items[i] = c.word(lang, p.prefix, item)
		}
		return List(lang, items)
	}
	return plainText(v)
}

func (c *Catalogue) word(lang, prefix, value string) string {
	key := value
	if prefix != "" {
		key = prefix + "." + value
	}
	for _, l := range append([]string{lang}, spoken(lang)...) {
		if m, ok := c.words[l][key]; ok {
			return m.raw
		}
	}
	c.report(lang, key, "no words")
	return value
}

func plainText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case error:
		return v.Error()
	case fmt.Stringer:
		return v.String()
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

func asList(v any) []string {
	r := reflect.ValueOf(v)
	if r.Kind() != reflect.Slice && r.Kind() != reflect.Array {
		return []string{plainText(v)}
	}
	items := make([]string, 0, r.Len())
	for i := range r.Len() {
		items = append(items, plainText(r.Index(i).Interface()))
	}
	return items
}

func asInt(v any) (int64, bool) {
	if n, ok := v.(json.Number); ok {
		i, err := n.Int64()
		return i, err == nil
	}
	r := reflect.ValueOf(v)
	switch {
	case r.CanInt():
		return r.Int(), true
	case r.CanUint():
		return int64(r.Uint()), true // counts shown to people stay far below 2^63
	case r.CanFloat():
		f := r.Float()
		return int64(f), f == float64(int64(f))
	}
	return 0, false
}

func asFloat(v any) (float64, bool) {
	if n, ok := v.(json.Number); ok {
		f, err := n.Float64()
		return f, err == nil
	}
	r := reflect.ValueOf(v)
	switch {
	case r.CanInt():
		return float64(r.Int()), true
	case r.CanUint():
		return float64(r.Uint()), true
	case r.CanFloat():
		return r.Float(), true
	}
	return 0, false
}

// asTime takes a time, RFC 3339 text (how times look after JSON) or Unix
// microseconds (how the database keeps them).
func asTime(v any) (time.Time, bool) {
	switch v := v.(type) {
	case time.Time:
		return v, true
	case *time.Time:
		if v == nil {
			return time.Time{}, false
		}
		return *v, true
	case string:
		t, err := time.Parse(time.RFC3339, v)
		return t, err == nil
	}
	if n, ok := asInt(v); ok {
		return time.UnixMicro(n), true
	}
	return time.Time{}, false
}

// asDuration takes a time.Duration, or a number of seconds.
func asDuration(v any) (time.Duration, bool) {
	if d, ok := v.(time.Duration); ok {
		return d, true
	}
	if s, ok := v.(string); ok {
		d, err := time.ParseDuration(s)
		return d, err == nil
	}
	if f, ok := asFloat(v); ok {
		return time.Duration(f * float64(time.Second)), true
	}
	return 0, false
}
