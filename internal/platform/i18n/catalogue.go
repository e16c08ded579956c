package i18n

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones also on machines and images that ship none

	"golang.org/x/text/language"
)

// The languages the product speaks. Chinese comes first and is what everything
// falls back to. Japanese and Korean are spoken to customers only.
const (
	Chinese  = "zh-CN"
	English  = "en"
	Japanese = "ja"
	Korean   = "ko"
)

// Languages lists the languages of the whole product, the default first.
func Languages() []string { return []string{Chinese, English} }

// CustomerLanguages lists the languages of what customers read, the default first.
func CustomerLanguages() []string { return []string{Chinese, English, Japanese, Korean} }

// Supported tells whether lang is one of Languages.
func Supported(lang string) bool { return slices.Contains(Languages(), lang) }

// ForCustomers tells whether lang is one of CustomerLanguages.
func ForCustomers(lang string) bool { return slices.Contains(CustomerLanguages(), lang) }

// Nearest is the language of Languages for somebody who reads lang: what exists in these only, such as text
// messages, is told to Japanese and Korean readers in English. What is no language of ours is Chinese.
func Nearest(lang string) string { return spoken(lang)[0] }

// spoken are the languages of Languages in the order in which they stand in for lang.
func spoken(lang string) []string {
	switch lang {
	case English, Japanese, Korean:
		return []string{English, Chinese}
	}
	return []string{Chinese, English}
}

// DefaultZone is where times are told when a message names no other zone.
const DefaultZone = "Asia/Shanghai"

// Catalogue holds the messages of all modules. It does not change after New
// and may be used by many goroutines.
type Catalogue struct {
	words  map[string]map[string]message // language, key
	zone   *time.Location
	report func(lang, key, trouble string)
}

// New reads words.<language>.json at the root of every source; those of the customers' languages beside
// Chinese and English need not be there. It fails on broken JSON, on a value that is not text, on an unknown
// format and on a key that two sources (or one file twice) define.
func New(sources ...fs.FS) (*Catalogue, error) {
	zone, err := time.LoadLocation(DefaultZone)
	if err != nil {
		return nil, fmt.Errorf("load zone %s: %w", DefaultZone, err)
	}
	c := &Catalogue{words: map[string]map[string]message{}, zone: zone, report: func(string, string, string) {}}
	for _, lang := range CustomerLanguages() {
		c.words[lang] = map[string]message{}
		for i, source := range sources {
			name := "words." + lang + ".json"
			text, err := fs.ReadFile(source, name)
			if errors.Is(err, fs.ErrNotExist) {
				if !Supported(lang) {
					continue
				}
				return nil, fmt.Errorf("source %d has no %s", i+1, name)
			}
			if err != nil {
				return nil, fmt.Errorf("read %s of source %d: %w", name, i+1, err)
			}
			if err := c.add(lang, text); err != nil {
				return nil, fmt.Errorf("%s of source %d: %w", name, i+1, err)
			}
		}
	}
	return c, nil
}

// Must is New for start-up and tests: it panics where New fails.
func Must(sources ...fs.FS) *Catalogue {
	c, err := New(sources...)
	if err != nil {
		panic(err)
	}
	return c
}

// In returns the same catalogue telling times in zone.
func (c *Catalogue) In(zone *time.Location) *Catalogue {
	other := *c
	other.zone = zone
	return &other
}

// Reporting returns the same catalogue that also calls report for every
// missing key or parameter; tests pass one that fails.
func (c *Catalogue) Reporting(report func(lang, key, trouble string)) *Catalogue {
	other := *c
	other.report = report
	return &other
}

// add takes the messages of one file. Tokens are read one by one, since
// json.Unmarshal would let the second of two equal keys win silently.
func (c *Catalogue) add(lang string, text []byte) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("not a JSON object: %w", orUnexpected(err))
	}
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return err
		}
		key, _ := t.(string) // a key of an object is always a string
		value, err := dec.Token()
		if err != nil {
			return fmt.Errorf("key %q: %w", key, err)
		}
		s, ok := value.(string)
		if !ok {
			return fmt.Errorf("key %q: value is not text", key)
		}
		if _, exists := c.words[lang][key]; exists {
			return fmt.Errorf("key %q is defined twice", key)
		}
		m, err := parse(s)
		if err != nil {
			return fmt.Errorf("key %q: %w", key, err)
		}
		c.words[lang][key] = m
	}
	if _, err := dec.Token(); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("text after the JSON object")
	}
	return nil
}

func orUnexpected(err error) error {
	if err == nil {
		return errors.New("it starts with something else")
	}
	return err
}

// T returns the words of key in lang with params filled in.
func (c *Catalogue) T(lang, key string, params map[string]any) string {
	m, ok := c.find(lang, key, params)
	if !ok {
		c.report(lang, key, "no words")
		return key
	}
	return m.render(c, lang, key, params)
}

// Has tells whether key has words in lang itself, without any fallback.
func (c *Catalogue) Has(lang, key string) bool {
	_, ok := c.words[lang][key]
	return ok
}

// Keys lists the keys of lang in order.
func (c *Catalogue) Keys(lang string) []string {
	return slices.Sorted(maps.Keys(c.words[lang]))
}

// Messages returns the raw texts of lang whose key starts with prefix, for a
// client that renders them itself.
func (c *Catalogue) Messages(lang, prefix string) map[string]string {
	out := map[string]string{}
	for key, m := range c.words[lang] {
		if strings.HasPrefix(key, prefix) {
			out[key] = m.raw
		}
	}
	return out
}

func (c *Catalogue) find(lang, key string, params map[string]any) (message, bool) {
	for _, l := range append([]string{lang}, spoken(lang)...) {
		if l == English && isOne(params) {
			if m, ok := c.words[l][key+".one"]; ok {
				return m, true
			}
		}
		if m, ok := c.words[l][key]; ok {
			if l != lang {
				c.report(lang, key, "no words in this language")
			}
			return m, true
		}
	}
	return message{}, false
}

func isOne(params map[string]any) bool {
	for _, name := range []string{"n", "count"} {
		if v, ok := params[name]; ok {
			f, ok := asFloat(v)
			return ok && f == 1
		}
	}
	return false
}

// Problems lists what the two languages disagree about: keys that only one
// has, and parameters that only one message of a key names. An English ".one"
// form needs no Chinese sibling.
func (c *Catalogue) Problems() []string {
	var out []string
	for _, key := range c.Keys(Chinese) {
		en, ok := c.words[English][key]
		if !ok {
			out = append(out, fmt.Sprintf("%s: no English words", key))
			continue
		}
		if zh := c.words[Chinese][key]; !slices.Equal(zh.params(), en.params()) {
			out = append(out, fmt.Sprintf("%s: parameters %v in Chinese, %v in English", key, zh.params(), en.params()))
		}
	}
	for _, key := range c.Keys(English) {
		if c.Has(Chinese, key) {
			continue
		}
		if base, ok := strings.CutSuffix(key, ".one"); ok && c.Has(English, base) {
			continue
		}
		out = append(out, fmt.Sprintf("%s: no Chinese words", key))
	}
	return out
}

// Match picks the language of staff for an Accept-Language header, or for the value of
// a cookie or profile. Anything that fits no language is Chinese.
func Match(header string) string { return Nearest(MatchCustomer(header)) }

// MatchCustomer is Match among CustomerLanguages.
func MatchCustomer(header string) string {
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(tags) == 0 {
		return Chinese
	}
	// The matcher's index is into its own list of tags.
	_, i, confidence := matcher.Match(tags...)
	if confidence == language.No {
		return Chinese
	}
	return CustomerLanguages()[i]
}

var matcher = language.NewMatcher([]language.Tag{language.SimplifiedChinese, language.English, language.Japanese, language.Korean})
