package search

import (
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"anxin/internal/platform/crypt"
)

const (
	maxTokens  = 600   // of a document; the rest of a long text is not indexed
	maxText    = 20000 // bytes of one text that are looked at
	maxWord    = 40    // characters of a word
	maxQuery   = 200   // characters of a query
	maxPerWord = 24    // tokens of one query word
)

// Marks of tokens that no text can hold. Package comment; also in the tokenchars of search_fts.
const (
	markTerm  = "="
	markTitle = "^"
	markScope = "~"
	markBegin = ">"
)

// beginnings of Latin words are tokens of their own up to this length: an index that gathers all words with
// a beginning would read every document for the first letters of a common one.
const maxBegin = 4

// fold brings text to the form that is compared.
func fold(s string) string { return strings.ToLower(norm.NFKC.String(s)) }

func cjk(r rune) bool {
	return r >= 0x2E80 && (unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || r == '々' || r == '〇' || r == 'ー')
}

// run is a stretch of one script.
type run struct {
	text  string
	chars int // of text
	cjk   bool
}

// runs splits folded text. Marks (accents that did not compose) stay with their word.
func runs(s string) (out []run) {
	var cur run
	from := 0
	end := func(at int) {
		if cur.chars > 0 {
			cur.text = s[from:at]
			out = append(out, cur)
		}
		cur = run{}
	}
	for i, r := range s {
		c := cjk(r)
		if !c && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r) {
			end(i)
			continue
		}
		if cur.chars > 0 && c != cur.cjk {
			end(i)
		}
		if cur.chars == 0 {
			from = i
		}
		cur.cjk = c
		cur.chars++
	}
	end(len(s))
	return out
}

// head is the first n characters.
func head(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// tokens of a text that is indexed, in order, with repetitions.
func tokens(text string) (out []string) {
	for _, r := range runs(fold(withoutMasked(crypt.MaskText(cut(text, maxText))))) {
		if !r.cjk {
			out = append(out, head(r.text, maxWord))
			for n := 2; n <= min(r.chars, maxBegin); n++ {
				out = append(out, markBegin+head(r.text, n))
			}
			continue
		}
		for i := range r.text {
			out = append(out, head(r.text[i:], 2)) // the last one stands alone
		}
	}
	return out
}

// cut shortens a text at a character's end.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

// withoutMasked drops what masks leave readable: "138****5678", "z***@qq.com" and the four digits behind
// "**** **** ****" are parts of what nobody may search for.
func withoutMasked(s string) string {
	if !strings.Contains(s, "**") {
		return s
	}
	var b strings.Builder
	starsBefore := false
	for len(s) > 0 {
		n := strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
		switch {
		case n < 0:
			n = len(s)
		case n == 0: // not part of a masked value
			n = strings.IndexFunc(s, func(r rune) bool { return r > ' ' && r <= '~' })
			if n < 0 {
				n = len(s)
			}
			if strings.TrimSpace(s[:n]) != "" {
				starsBefore = false
			}
			b.WriteString(s[:n])
			s = s[n:]
			continue
		}
		part := s[:n]
		s = s[n:]
		masked := strings.Contains(part, "**")
		if masked || starsBefore && strings.Trim(part, "0123456789") == "" {
			b.WriteByte(' ')
		} else {
			b.WriteString(part)
		}
		starsBefore = masked && strings.Trim(part, "*") == ""
	}
	return b.String()
}

// term brings an exact term to its one form: "C2611-000123" and "c2611 000123" are the same.
func term(s string) string {
	t := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, fold(s))
	if t == "" {
		return ""
	}
	if r := []rune(t); len(r) > 2*maxWord {
		t = string(r[:2*maxWord])
	}
	return markTerm + t
}

var base = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// titleTokens are the marked tokens of a title, with every character alone: what is typed first into a
// search box is one character, and titles are short.
func titleTokens(title string) (out []string) {
	for _, t := range tokens(title) {
		out = append(out, markTitle+t)
		if r := []rune(t); len(r) == 2 && cjk(r[0]) {
			out = append(out, markTitle+string(r[:1]))
		}
	}
	return out
}

// scopeToken names a kind (k), a brand (b) or an outlet path (o) of whatever length and characters.
func scopeToken(what, value string) string {
	h := sha256.Sum256([]byte(what + "\x00" + value))
	return markScope + what + base.EncodeToString(h[:8])
}

// outletTokens are a path and all above it: a scope is one of them. The centre's "/" is not among them.
func outletTokens(path string) (out []string) {
	for i, r := range path {
		if r == '/' && i > 0 {
			out = append(out, scopeToken("o", path[:i+1]))
		}
	}
	if path != "" && !strings.HasSuffix(path, "/") {
		out = append(out, scopeToken("o", path+"/"))
	}
	return out
}

// unique keeps the first of each, up to n.
func unique(list []string, n int) []string {
	seen := make(map[string]bool, len(list))
	out := slices.DeleteFunc(list, func(s string) bool {
		if seen[s] || len(seen) >= n {
			return true
		}
		seen[s] = true
		return false
	})
	return out
}
