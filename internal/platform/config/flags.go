package config

import (
	"flag"
	"fmt"
	"strings"
)

// Flags adds a flag for every setting but the secrets (--database excepted), and --config for
// the file, to fs. After fs was parsed, the function it returns gives the file
// and the flags that were used, for Load.
func Flags(fs *flag.FlagSet) func() (file string, flags map[string]string) {
	var c Config
	given := map[string]string{}
	for _, f := range fieldsOf(&c) {
		if !f.hasFlag() {
			continue
		}
		v := &flagValue{field: f, given: given}
		fs.Var(v, f.flag(), firstSentence(f.tag.Get("doc")))
	}
	file := fs.String("config", "", "Settings file, JSON with // comments. Default: the environment variable "+FileVariable+".")
	return func() (string, map[string]string) { return *file, given }
}

// flagValue collects the text; Load parses it with the other sources.
type flagValue struct {
	field
	given map[string]string
}

// String is what the help shows as default.
func (v *flagValue) String() string {
	if v.given == nil { // flag makes a zero value to learn whether a default is one
		return ""
	}
	return v.tag.Get("default")
}

// Set notes the value and refuses what cannot be read as the setting's type.
func (v *flagValue) Set(text string) error {
	if err := v.setText(text); err != nil {
		return err
	}
	v.given[v.key] = text
	return nil
}

// IsBoolFlag lets --jobs stand for --jobs=on.
func (v *flagValue) IsBoolFlag() bool { return v.kind() == "yes or no" }

func firstSentence(doc string) string {
	if i := strings.Index(doc, ". "); i >= 0 {
		return doc[:i+1]
	}
	return doc
}

// Describe is docs/config.md: every setting with its names, type, default and
// meaning, as Markdown.
func Describe() string {
	var c Config
	var out strings.Builder
	out.WriteString(`# Settings

Each setting may stand in a file (JSON, ` + "`//`" + ` comments allowed; named by ` + "`--config`" + ` or ` + "`" + FileVariable + "`" + `),
in an environment variable or in a flag; the later overrides the earlier. Unknown names fail.
A secret may also be given as the name of a file that holds it: add ` + "`_file`" + ` to the key or ` + "`_FILE`" + ` to the variable.
Secrets but the database have no flag. In the file, a dot in the key is a nested object:

` + "```" + `json
{
  // the network may reach us
  "listen": "0.0.0.0:8470",
  "database_file": "/run/secrets/anxin-database",
  "smtp": {"host": "mail.example.com", "from": "安心服务 <service@example.com>"}
}
` + "```" + `

In variables and flags a list is separated by commas.
`)
	section := "-"
	for _, f := range fieldsOf(&c) {
		if s := sectionOf(f.key); s != section {
			section = s
			title := s
			if s == "" {
				title = "General"
			}
			fmt.Fprintf(&out, "\n## %s\n\n| key | variable | flag | type | default | meaning |\n|---|---|---|---|---|---|\n", title)
		}
		name := "`--" + f.flag() + "`"
		if !f.hasFlag() {
			name = ""
		}
		value := f.tag.Get("default")
		if value != "" {
			value = "`" + value + "`"
		}
		fmt.Fprintf(&out, "| `%s` | `%s` | %s | %s | %s | %s |\n", f.key, f.env(), name, f.kind(), value, f.tag.Get("doc"))
	}
	return out.String()
}

func sectionOf(key string) string {
	i := strings.LastIndex(key, ".")
	return key[:max(i, 0)]
}
