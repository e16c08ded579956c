package httpapi

import (
	"path"
	"reflect"
	"strconv"
	"strings"
	"unicode"

	"github.com/danielgtaylor/huma/v2"
)

// namer names the types of one contract. Types without a name of their own get one from where they stand;
// two of them that would share it are told apart by a number, in the order of registration.
func namer() func(reflect.Type, string) string {
	taken := map[string]reflect.Type{}
	return func(t reflect.Type, hint string) string {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		base := schemaName(t, hint)
		name := base
		for n := 2; ; n++ {
			if old, ok := taken[name]; !ok || old == t {
				taken[name] = t
				return name
			}
			name = base + strconv.Itoa(n)
		}
	}
}

// schemaName names a type in the contract after its package and itself (CasesBody), because two modules
// may both have a Body. Types without a name of their own are named after their operation.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Name() == "" || !strings.HasPrefix(t.PkgPath(), "anxin/") {
		return huma.DefaultSchemaNamer(t, hint)
	}
	name, args, generic := strings.Cut(strings.TrimSuffix(t.Name(), "]"), "[")
	out := upperFirst(name)
	if own := upperFirst(path.Base(t.PkgPath())); own != "Httpapi" && !strings.HasPrefix(out, own) {
		out = own + out
	}
	if !generic {
		return out
	}
	for arg := range strings.SplitSeq(args, ",") { // "anxin/internal/cases.Body"
		pkg, typ, qualified := strings.Cut(path.Base(arg), ".")
		if !qualified {
			pkg, typ = "", pkg
		}
		out += upperFirst(pkg) + upperFirst(strings.Map(letters, typ))
	}
	return out
}

func letters(r rune) rune {
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		return r
	}
	return -1
}

func upperFirst(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// mustShow refuses, at start, a type that embeds an unexported struct: huma would leave its fields out of
// the contract and out of the input without a word.
func mustShow(t reflect.Type) { show(t, map[reflect.Type]bool{}) }

func show(t reflect.Type, seen map[reflect.Type]bool) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] || t.PkgPath() != "" && !strings.HasPrefix(t.PkgPath(), "anxin/") {
		return
	}
	seen[t] = true
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && !f.IsExported() {
			panic("httpapi: " + t.String() + " embeds " + f.Type.String() + ", whose fields huma does not see: export it")
		}
		if f.IsExported() {
			show(f.Type, seen)
		}
	}
}
