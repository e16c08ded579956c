package config

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Sources says where to look for settings.
type Sources struct {
	File  string            // path of the JSON file; empty: none
	Env   []string          // as os.Environ gives it
	Flags map[string]string // key to value, as Flags collected them
}

// FileVariable is the environment variable that names the settings file.
const FileVariable = "ANXIN_CONFIG"

// otherVariables are ANXIN_ variables that tools and tests read; they are no
// settings and no spelling mistakes.
var otherVariables = []string{FileVariable, "ANXIN_DATA", "ANXIN_BENCH", "ANXIN_TEST_", "ANXIN_PG_"}

// Load collects the settings and validates them. The error names every wrong
// setting, where it was read and what is wrong with it.
func Load(src Sources) (Config, error) {
	c := Default()
	b := &binder{fields: fieldsOf(&c), from: map[string]string{}}
	if src.File == "" {
		src.File = lookup(src.Env, FileVariable)
	}
	if src.File != "" {
		if err := b.file(src.File); err != nil {
			return Config{}, err
		}
	}
	b.env(src.Env)
	b.flags(src.Flags)
	if err := errors.Join(b.errs...); err != nil {
		return Config{}, err
	}
	if err := b.located(c.Validate()); err != nil {
		return Config{}, err
	}
	return c, nil
}

// Default is the settings of a machine on which nothing was set.
func Default() Config {
	var c Config
	for _, f := range fieldsOf(&c) {
		if err := f.setDefault(); err != nil {
			panic(fmt.Sprintf("config: default of %s: %v", f.key, err)) // a wrong tag, caught by any test
		}
	}
	return c
}

func lookup(env []string, name string) string {
	value := ""
	for _, line := range env {
		if k, v, ok := strings.Cut(line, "="); ok && k == name {
			value = v
		}
	}
	return value
}

// binder sets fields from the sources and remembers where each value came from.
type binder struct {
	fields []field
	from   map[string]string // key to "anxin.json line 3", "environment variable ANXIN_X", "flag --x"
	errs   []error
}

func (b *binder) fail(key, where, format string, args ...any) {
	b.errs = append(b.errs, &Error{Key: key, Where: where, Text: fmt.Sprintf(format, args...)})
}

func (b *binder) find(key string) (field, bool) {
	i := slices.IndexFunc(b.fields, func(f field) bool { return f.key == key })
	if i < 0 {
		return field{}, false
	}
	return b.fields[i], true
}

// secretFile finds the field of a key that ends in _file and names a secret.
func (b *binder) secretFile(key string) (field, bool) {
	base, ok := strings.CutSuffix(key, "_file")
	if !ok {
		return field{}, false
	}
	f, ok := b.find(base)
	return f, ok && f.secret()
}

func (b *binder) file(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("settings file: %w", err)
	}
	entries, err := parseFile(text)
	if err != nil {
		return fmt.Errorf("settings file %s: %w", path, err)
	}
	for _, e := range entries {
		where := fmt.Sprintf("%s line %d", path, e.line)
		if f, ok := b.find(e.key); ok {
			b.once(f.key, where, func() error { return f.setJSON(e.value) })
			continue
		}
		if f, ok := b.secretFile(e.key); ok {
			name, isText := e.value.(string)
			if !isText {
				b.fail(e.key, where, "must be text: the name of a file")
				continue
			}
			b.once(f.key, where, func() error { return f.setSecretFile(name) })
			continue
		}
		b.fail(e.key, where, "no such setting%s", b.suggest(e.key, func(f field) string { return f.key }))
	}
	return nil
}

// once sets a key and refuses a second value from the same source, such as a
// secret given both directly and as a file.
func (b *binder) once(key, where string, set func() error) {
	source, _, _ := strings.Cut(where, " line ")
	if earlier, ok := b.from[key]; ok && strings.HasPrefix(earlier, source) {
		b.fail(key, where, "is set a second time; first at %s", earlier)
		return
	}
	b.from[key] = where
	if err := set(); err != nil {
		b.fail(key, where, "%v", err)
	}
}

func (b *binder) env(env []string) {
	seen := map[string]string{}
	for _, line := range env {
		name, value, _ := strings.Cut(line, "=")
		if !strings.HasPrefix(name, "ANXIN_") || notASetting(name) {
			continue
		}
		where := "environment variable " + name
		i := slices.IndexFunc(b.fields, func(f field) bool { return f.env() == name || f.secret() && f.env()+"_FILE" == name })
		if i < 0 {
			b.fail("", where, "no such setting%s", b.suggest(name, field.env))
			continue
		}
		f := b.fields[i]
		if earlier, ok := seen[f.key]; ok && earlier != where {
			b.fail(f.key, where, "is set a second time; first by %s", earlier)
			continue
		}
		seen[f.key], b.from[f.key] = where, where
		set := f.setText
		if name != f.env() {
			set = f.setSecretFile
		}
		if err := set(value); err != nil {
			b.fail(f.key, where, "%v", err)
		}
	}
}

// notASetting also knows the variables that Kubernetes sets for a service named
// anxin: ANXIN_SERVICE_HOST, ANXIN_PORT_8470_TCP_ADDR and so on.
func notASetting(name string) bool {
	for _, other := range otherVariables {
		if name == other || strings.HasSuffix(other, "_") && strings.HasPrefix(name, other) {
			return true
		}
	}
	return strings.HasPrefix(name, "ANXIN_SERVICE_") || name == "ANXIN_PORT" || strings.HasPrefix(name, "ANXIN_PORT_")
}

func (b *binder) flags(flags map[string]string) {
	for _, f := range b.fields {
		value, ok := flags[f.key]
		if !ok {
			continue
		}
		where := "flag --" + f.flag()
		b.from[f.key] = where
		if err := f.setText(value); err != nil {
			b.fail(f.key, where, "%v", err)
		}
	}
}

// located adds to validation errors where the value was read.
func (b *binder) located(err error) error {
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		return err
	}
	for _, err := range joined.Unwrap() {
		var e *Error
		if errors.As(err, &e) {
			e.Where = b.from[e.Key]
		}
	}
	return err
}

// suggest names the nearest known name, when one is near.
func (b *binder) suggest(name string, nameOf func(field) string) string {
	best, bestDistance := "", 1+len(name)/3
	for _, f := range b.fields {
		if d := distance(name, nameOf(f)); d < bestDistance {
			best, bestDistance = nameOf(f), d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// distance is the number of characters to insert, delete or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// Error is one wrong setting.
type Error struct {
	Key   string // "smtp.port"; empty for an unknown environment variable
	Where string // where the value was read; empty for a default
	Text  string // what is wrong, in plain words
}

func (e *Error) Error() string {
	s := e.Key
	if e.Where != "" {
		if s != "" {
			s += " "
		}
		s += "(" + e.Where + ")"
	}
	return s + ": " + e.Text
}
