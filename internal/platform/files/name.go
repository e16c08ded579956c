package files

import (
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const maxNameBytes = 180

// CleanName makes a client's file name safe to show and to save: no folders, no control, invisible or
// direction-changing characters, none that Windows refuses, not too long, and an extension that fits the
// bytes ("bill.exe" with the bytes of a picture becomes "bill.jpg").
func CleanName(name, contentType string) string {
	name = norm.NFC.String(strings.ToValidUTF8(name, ""))
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(`<>:"|?*`, r):
			return '_'
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r): // controls, zero-width and direction marks, private use
			return -1
		}
		return r
	}, name)
	name = strings.Trim(strings.Join(strings.Fields(name), " "), " .")
	ext := strings.ToLower(path.Ext(name))
	if allowed := extensions[contentType]; len(allowed) > 0 && !slices.Contains(allowed, ext) {
		if len(ext) > 1 && len(ext) <= 6 {
			name = name[:len(name)-len(ext)]
		}
		ext = allowed[0]
		name += ext
	}
	base := strings.TrimRight(name[:len(name)-len(ext)], " .")
	for len(base)+len(ext) > maxNameBytes {
		_, n := utf8.DecodeLastRuneInString(base)
		base = base[:len(base)-n]
	}
	if base == "" || reserved(base) {
		base = "file" + base
	}
	return base + ext
}

// reserved names are devices on Windows, with any extension.
func reserved(base string) bool {
	b, _, _ := strings.Cut(strings.ToUpper(base), ".")
	if slices.Contains([]string{"CON", "PRN", "AUX", "NUL"}, b) {
		return true
	}
	return len(b) == 4 && (strings.HasPrefix(b, "COM") || strings.HasPrefix(b, "LPT")) && b[3] >= '0' && b[3] <= '9'
}
