package catalog

import (
	_ "embed" // the names in the languages of customers
	"encoding/json"
	"sync"
)

//go:embed names.json
var namesJSON []byte

// translations are by the English name that a row begins with, then by language.
var translations = sync.OnceValue(func() map[string]map[string]string {
	m := map[string]map[string]string{}
	if err := json.Unmarshal(namesJSON, &m); err != nil {
		panic("catalog: names.json: " + err.Error())
	}
	return m
})

// NameIn is the name of a row in a language of customers, in those beside Chinese and English as far as the row still has
// the name that it began with: a firm that has changed a name is shown its own.
func NameIn(lang string, v interface{ Name(lang string) string }) string {
	name := v.Name(lang)
	if n := translations()[name][lang]; n != "" {
		return n
	}
	return name
}
