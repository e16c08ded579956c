package crypt

import (
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

// MaskText masks what identifies a person in free text: mobile numbers (also with country code),
// landlines with an area code, foreign numbers with a plus sign, identity numbers whose check character
// fits, bank cards that pass Luhn, and e-mail addresses; also in full-width digits, and split by
// spaces, dots or dashes. Everything else stays as it was written. Names and addresses are not found.
func MaskText(s string) string {
	if !worthALook(s) {
		return s
	}
	return maskNumbers(maskEmails(s))
}

func worthALook(s string) bool {
	digits := 0
	for _, r := range s {
		if narrow(r) == '@' {
			return true
		}
		if _, ok := digit(r); ok {
			if digits++; digits >= 8 {
				return true
			}
		}
	}
	return false
}

// narrow turns a full-width ASCII character into the plain one.
func narrow(r rune) rune {
	if 0xFF01 <= r && r <= 0xFF5E {
		return r - 0xFEE0
	}
	return r
}

func emailChar(r rune) bool {
	r = narrow(r)
	return r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._%+-", r))
}

func maskEmails(s string) string {
	r := []rune(s)
	var b strings.Builder
	done := 0
	for i, c := range r {
		if narrow(c) != '@' || i < done {
			continue
		}
		from, to := i, i+1
		for from > done && emailChar(r[from-1]) {
			from--
		}
		for to < len(r) && emailChar(r[to]) {
			to++
		}
		for to > i+1 && strings.ContainsRune("._%+-", narrow(r[to-1])) { // the sentence's full stop
			to--
		}
		if from == i || !domainLike(r[i+1:to]) {
			continue
		}
		b.WriteString(string(r[done:from]))
		b.WriteString(string(narrow(r[from])) + "***")
		b.WriteString(string(r[i:to]))
		done = to
	}
	b.WriteString(string(r[done:]))
	return b.String()
}

func domainLike(r []rune) bool {
	dot := -1
	for i, c := range r {
		if narrow(c) == '.' {
			dot = i
		}
	}
	return dot > 0 && len(r)-dot > 2
}

// group is a run of digits without a gap: text[from:to] in runes.
type group struct {
	from, to int
	digits   string
	x        bool // an X follows directly, as the check character of an identity number
	glued    bool // only separators stand between this group and the one before
}

// maxNumber bounds how many digits one number may have, in groups or not.
const maxNumber = 20

func maskNumbers(s string) string {
	r := []rune(s)
	groups := findGroups(r)
	var b strings.Builder
	done := 0
	for i := 0; i < len(groups); {
		from, to, mask := bestMatch(r, groups[i:])
		if mask == "" {
			i++
			continue
		}
		b.WriteString(string(r[done:from]))
		b.WriteString(mask)
		done = to
		for i < len(groups) && groups[i].from < to {
			i++
		}
	}
	b.WriteString(string(r[done:]))
	return b.String()
}

func findGroups(r []rune) []group {
	var out []group
	gap := -1 // separators since the last group; -1: something else
	for i := 0; i < len(r); {
		if _, ok := digit(r[i]); !ok {
			switch {
			case gap >= 0 && separator(r[i]):
				gap++
			default:
				gap = -1
			}
			i++
			continue
		}
		g := group{from: i, glued: gap >= 0 && gap <= 3}
		var d []byte
		for ; i < len(r); i++ {
			v, ok := digit(r[i])
			if !ok {
				break
			}
			d = append(d, byte('0'+v))
		}
		g.digits, g.to = string(d), i
		if i < len(r) && (narrow(r[i]) == 'X' || narrow(r[i]) == 'x') && (i+1 == len(r) || !asciiLetter(r[i+1])) {
			g.x = true
		}
		out = append(out, g)
		gap = 0
	}
	return out
}

func asciiLetter(r rune) bool {
	r = narrow(r)
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}

// separator tells what people put between the digits of one number; a new line is not among it.
func separator(r rune) bool {
	switch narrow(r) {
	case ' ', '\t', '-', '.', '_', '(', ')', '·', '•', '‐', '‑', '‒', '–', '—', '―', '−':
		return true
	}
	return r != '\n' && r != '\r' && (unicode.Is(unicode.Zs, r) || unicode.Is(unicode.Cf, r))
}

// bestMatch finds the longest number that begins at the first group; mask is "" for none.
func bestMatch(r []rune, g []group) (from, to int, mask string) {
	digits := ""
	for i := range g {
		if i > 0 && !g[i].glued || len(digits)+len(g[i].digits) > maxNumber {
			break
		}
		digits += g[i].digits
		if g[i].x && len(digits) == 17 && checkedID(digits+"X") {
			from, to, mask = g[0].from, g[i].to+1, MaskIDCard(digits+"X")
			continue
		}
		plus := g[0].from > 0 && narrow(r[g[0].from-1]) == '+'
		start := g[0].from
		if plus {
			start--
		}
		if m := maskOne(digits, plus); m != "" {
			from, to, mask = start, g[i].to, m
		}
	}
	return from, to, mask
}

// maskOne recognises one number by its digits.
func maskOne(d string, plus bool) string {
	if plus {
		if n, err := phonenumbers.Parse("+"+d, ""); err == nil && phonenumbers.IsValidNumber(n) {
			return MaskPhone("+" + d)
		}
	}
	switch n := len(d); {
	case n == 18 && checkedID(d):
		return MaskIDCard(d)
	case n == 11 && isMobile(d),
		n == 12 && d[0] == '0' && isMobile(d[1:]),
		n == 13 && d[:2] == "86" && isMobile(d[2:]),
		n == 15 && d[:4] == "0086" && isMobile(d[4:]):
		return MaskPhone(d)
	case isBankCard(d):
		return MaskBankCard(d)
	case n >= 10 && n <= 12 && areaLen(d) > 0 && d[areaLen(d)] != '0':
		return MaskLandline(d)
	}
	return ""
}

// isBankCard: 16 to 19 digits of the schemes in use, or 15 of American Express, that pass Luhn.
func isBankCard(d string) bool {
	switch n := len(d); {
	case n == 15:
		return (strings.HasPrefix(d, "34") || strings.HasPrefix(d, "37")) && luhn(d)
	case n >= 16 && n <= 19:
		return strings.IndexByte("234569", d[0]) >= 0 && luhn(d)
	}
	return false
}

func luhn(d string) bool {
	sum := 0
	for i := range len(d) {
		v := int(d[len(d)-1-i] - '0')
		if i%2 == 1 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0
}
