package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// field is one setting: its place in the struct and its tags.
type field struct {
	key   string // dotted
	tag   reflect.StructTag
	value reflect.Value
}

var (
	secretType   = reflect.TypeFor[Secret]()
	durationType = reflect.TypeFor[time.Duration]()
	listType     = reflect.TypeFor[[]string]()
)

// fieldsOf lists the settings of c in the order of the struct, plain ones of a
// section before its sub-sections.
func fieldsOf(c *Config) []field { return walk(reflect.ValueOf(c).Elem(), "") }

func walk(v reflect.Value, prefix string) []field {
	var out []field
	for i := range v.NumField() {
		f := v.Type().Field(i)
		key := prefix + f.Tag.Get("key")
		if f.Type.Kind() == reflect.Struct {
			out = append(out, walk(v.Field(i), key+".")...)
			continue
		}
		out = append(out, field{key: key, tag: f.Tag, value: v.Field(i)})
	}
	return out
}

func (f field) env() string {
	return "ANXIN_" + strings.ToUpper(strings.ReplaceAll(f.key, ".", "_"))
}

// flag is the name on the command line, without dashes before it.
func (f field) flag() string { return strings.NewReplacer(".", "-", "_", "-").Replace(f.key) }

func (f field) secret() bool { return f.value.Type() == secretType }

func (f field) hasFlag() bool { return !f.secret() || f.tag.Get("flag") == "yes" }

// kind is the type in words, for the documentation.
func (f field) kind() string {
	switch {
	case f.secret():
		return "secret"
	case f.value.Type() == durationType:
		return "duration"
	case f.value.Type() == listType:
		return "list"
	}
	switch f.value.Kind() {
	case reflect.Bool:
		return "yes or no"
	case reflect.Int, reflect.Int64:
		return "number"
	}
	return "text"
}

func (f field) setDefault() error {
	text, ok := f.tag.Lookup("default")
	if !ok {
		return nil
	}
	return f.setText(text)
}

// setText takes a value from the environment, a flag or a default tag.
func (f field) setText(text string) error {
	switch f.value.Type() {
	case durationType:
		d, err := time.ParseDuration(text)
		if err != nil {
			return errors.New("must be a time span such as 90s, 5m or 1h30m")
		}
		f.value.SetInt(int64(d))
		return nil
	case listType:
		f.value.Set(reflect.ValueOf(splitList(text)))
		return nil
	}
	switch f.value.Kind() {
	case reflect.Bool:
		b, err := parseBool(text)
		if err != nil {
			return err
		}
		f.value.SetBool(b)
	case reflect.Int, reflect.Int64:
		n, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 10, f.value.Type().Bits())
		if err != nil {
			return errors.New("must be a whole number")
		}
		f.value.SetInt(n)
	default:
		f.value.SetString(text)
	}
	return nil
}

// setJSON takes a value from the file, whose type must fit.
func (f field) setJSON(value any) error {
	if list, ok := value.([]any); ok {
		if f.value.Type() != listType {
			return errors.New("must be a single value, not a list")
		}
		items := make([]string, 0, len(list))
		for _, item := range list {
			s, ok := item.(string)
			if !ok {
				return errors.New("must be a list of texts")
			}
			items = append(items, s)
		}
		f.value.Set(reflect.ValueOf(items))
		return nil
	}
	switch value := value.(type) {
	case json.Number:
		if f.kind() != "number" {
			return fmt.Errorf("must be %s, not a number", article(f.kind()))
		}
		return f.setText(value.String())
	case bool:
		if f.kind() != "yes or no" {
			return fmt.Errorf("must be %s, not true or false", article(f.kind()))
		}
		f.value.SetBool(value)
		return nil
	case string:
		switch f.kind() {
		case "number":
			return errors.New("must be a number without quotes")
		case "yes or no":
			return errors.New("must be true or false without quotes")
		case "list":
			return errors.New(`must be a list of texts, ["…", "…"]`)
		}
		return f.setText(value)
	}
	return errors.New("must have a value; leave the line out for the default")
}

func article(kind string) string {
	switch kind {
	case "duration":
		return `a time span in quotes, "90s"`
	case "list":
		return "a list of texts"
	case "number":
		return "a number"
	case "yes or no":
		return "true or false"
	}
	return "text in quotes"
}

// setSecretFile reads a secret from a file. One line end at the file's end
// belongs to the file, not to the secret.
func (f field) setSecretFile(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("the secret's file cannot be read: %w", err)
	}
	secret := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	if secret == "" {
		return fmt.Errorf("the secret's file %s is empty", path)
	}
	f.value.SetString(secret)
	return nil
}

// splitList takes items separated by commas; blanks around them go.
func splitList(text string) []string {
	items := []string{}
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

func parseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true", "on", "yes", "1":
		return true, nil
	case "false", "off", "no", "0":
		return false, nil
	}
	return false, errors.New("must be on or off")
}
