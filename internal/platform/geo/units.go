package geo

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// class is the kind of a unit.
type class uint8

const (
	classHan    class = iota
	classNum          // a run of ASCII digits
	classLetter       // a run of ASCII letters
	classOther        // any other letter or sign that may belong to a name, one rune
	classDash         // - and what people type for it
	classPunct        // a sign that ends nothing for sure, one rune
	classGap          // blank, comma, line end, or a piece cut out before: no part reaches across
)

// unit is the atom of a part: one Chinese character, one number, one Latin word.
type unit struct {
	lo, hi     int // bytes in text.norm
	from, till int // bytes in the original
	class      class
	r          rune // the character of a unit of one rune
}

// text is an input made uniform: half-width, dashes alike, controls dropped.
type text struct {
	norm  string
	units []unit
}

// maxUnits bounds what Parse looks at; an address has about twenty units, a pasted novel is cut off.
const maxUnits = 240

// normalise folds width and signs and cuts the input into units, each knowing where it came from.
func normalise(s string) text {
	var norm strings.Builder
	norm.Grow(len(s))
	units := make([]unit, 0, min(maxUnits, len(s)/2+4))
	for i, r := range s {
		size := utf8.RuneLen(r)
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				continue // broken bytes
			}
		}
		r, ok := fold(r)
		if !ok {
			continue
		}
		c := classify(r)
		lo := norm.Len()
		norm.WriteRune(r)
		if n := len(units); n > 0 {
			last := &units[n-1]
			if c == last.class && (c == classNum || c == classLetter || c == classGap) {
				last.hi, last.till = norm.Len(), i+size
				continue
			}
		}
		if len(units) == maxUnits {
			break
		}
		units = append(units, unit{lo: lo, hi: norm.Len(), from: i, till: i + size, class: c, r: r})
	}
	t := text{norm: norm.String(), units: units}
	if n := len(units); n > 0 {
		t.norm = t.norm[:units[n-1].hi]
	}
	t.joinCounters()
	t.dashOnes()
	return t
}

// fold maps a rune to the one Parse works with; false drops it.
func fold(r rune) (rune, bool) {
	switch {
	case r >= 'Ａ' && r <= 'Ｚ', r >= 'ａ' && r <= 'ｚ', r >= '０' && r <= '９', r >= '！' && r <= '～':
		r -= 0xFEE0
	case r == '號':
		return '号', true
	case r == '樓':
		return '楼', true
	}
	switch r {
	case '\t', '\n', '\r', '\v', '\f', 0x85, 0xA0, '\u3000', '\u2028', '\u2029':
		return ' ', true
	case '—', '–', '‐', '‑', '−', '―', '─', '~', '〜', '﹣', '﹘':
		return '-', true
	}
	if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r) {
		return 0, false
	}
	if unicode.IsSpace(r) {
		return ' ', true
	}
	return r, true
}

func classify(r rune) class {
	switch {
	case r >= '0' && r <= '9':
		return classNum
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z':
		return classLetter
	case r == '-':
		return classDash
	case r == ' ', r == ',', r == '、', r == ';', r == '_', r == '|', r == '。', r == '"', r == '，', r == '；':
		return classGap
	case r == '(' || r == ')' || r == '·' || r == '&' || r == '.' || r == '\'' || r == '+':
		return classOther
	case r < 0x80:
		return classPunct
	case unicode.Is(unicode.Han, r):
		return classHan
	case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r):
		return classOther
	}
	return classPunct
}

// joinCounters takes out blanks between a number and its counter word, "10 号 楼", and inside "3 单元".
func (t *text) joinCounters() {
	out := t.units[:0]
	for i, u := range t.units {
		if u.class == classGap && u.r == ' ' && len(out) > 0 && i+1 < len(t.units) && strings.Trim(t.norm[u.lo:u.hi], " ") == "" {
			prev, next := out[len(out)-1], t.units[i+1]
			counter := next.class == classHan && strings.ContainsRune("号幢栋座室楼层单弄组", next.r)
			if counter && (prev.class == classNum || (prev.class == classHan && prev.r == '号' && strings.ContainsRune("楼室", next.r))) {
				continue
			}
		}
		out = append(out, u)
	}
	if len(out) == len(t.units) {
		return
	}
	// Rebuild the text without the blanks, so that a span of units is one substring.
	var norm strings.Builder
	for i := range out {
		lo := norm.Len()
		norm.WriteString(t.norm[out[i].lo:out[i].hi])
		out[i].lo, out[i].hi = lo, norm.Len()
	}
	t.norm, t.units = norm.String(), out
}

// dashOnes reads the character 一 between two numbers, "12一3一501", as the dash it was meant to be.
func (t *text) dashOnes() {
	for i := 1; i+1 < len(t.units); i++ {
		if u := &t.units[i]; u.class == classHan && u.r == '一' &&
			t.units[i-1].class == classNum && t.units[i+1].class == classNum {
			u.class = classDash
		}
	}
}

// sub returns the text of units [i, j).
func (t *text) sub(i, j int) string { return t.norm[t.units[i].lo:t.units[j-1].hi] }

// is reports whether unit i exists and is this character.
func (t *text) is(i int, r rune) bool {
	return i >= 0 && i < len(t.units) && t.units[i].class == classHan && t.units[i].r == r
}

// class returns the class of unit i; beyond either end it is a gap.
func (t *text) class(i int) class {
	if i < 0 || i >= len(t.units) {
		return classGap
	}
	return t.units[i].class
}

// cut turns units [i, j) into gaps: taken out, nothing reaches across.
func (t *text) cut(i, j int) {
	for k := i; k < j; k++ {
		t.units[k].class = classGap
	}
}

func isNumeral(r rune) bool {
	switch r {
	case '一', '二', '三', '四', '五', '六', '七', '八', '九', '十', '百', '零', '〇', '两', '壹', '贰', '叁':
		return true
	}
	return false
}

func isDirection(r rune) bool {
	switch r {
	case '东', '南', '西', '北', '中', '前', '后', '左', '右', '上', '下', '内', '外', '主', '副', '甲', '乙', '丙', '丁':
		return true
	}
	return false
}
