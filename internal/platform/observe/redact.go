package observe

import (
	"regexp"
	"strings"
)

// personal finds what looks like personal data. Boundaries are checked by
// hand, since RE2 has no look-around; the alternatives are ordered so that the
// longer ones win:
//   - a Chinese ID number: 17 digits and a digit or X, or 15 digits as before 1999
//   - a mobile number, with or without 86 and blanks or hyphens
//   - a landline with area code, 010-12345678 or (0571)8765 4321
//   - an e-mail address, which may hold Chinese characters before the @
var personal = regexp.MustCompile(`` +
	`[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]` +
	`|[1-9]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}` +
	`|(?:(?:\+?86|0086)[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}` +
	`|\(?0(?:10|2\d|[3-9]\d{2})\)?[ -]?[2-9]\d{2,3}[ -]?\d{4}` +
	`|[\p{L}\p{N}._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`)

// Redact replaces what looks like personal data in text by stars and leaves
// everything else, ids and digests included, as it is.
func Redact(text string) string {
	if !suspicious(text) {
		return text
	}
	var out strings.Builder
	done := 0
	for at := 0; at < len(text); {
		m := personal.FindStringIndex(text[at:])
		if m == nil {
			break
		}
		from, to := at+m[0], at+m[1]
		if !standsAlone(text, from, to) {
			at = from + 1 // the match may hide another that starts inside it
			continue
		}
		out.WriteString(text[done:from])
		out.WriteString(stars(text[from:to]))
		done, at = to, to
	}
	out.WriteString(text[done:])
	return out.String()
}

// suspicious is a cheap test that most lines fail: seven digits (with blanks
// and hyphens between) or an @.
func suspicious(text string) bool {
	digits := 0
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			if digits++; digits == 7 {
				return true
			}
		case c == '@':
			return true
		case c == ' ' || c == '-' || c == '(' || c == ')':
		default:
			digits = 0
		}
	}
	return false
}

// standsAlone tells whether the match is a number of its own: no digit beside
// it (a longer number, such as microseconds, is none of ours) and not a part
// of an id or digest, a long run of hexadecimal characters with letters in it.
func standsAlone(text string, from, to int) bool {
	if strings.ContainsRune(text[from:to], '@') {
		return true
	}
	if from > 0 && isDigit(text[from-1]) || to < len(text) && isDigit(text[to]) {
		return false
	}
	start, end := from, to
	for start > 0 && isHex(text[start-1]) {
		start--
	}
	for end < len(text) && isHex(text[end]) {
		end++
	}
	return end-start < 24 || !strings.ContainsAny(text[start:end], "abcdefABCDEF")
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isHex(c byte) bool {
	return isDigit(c) || c == '-' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// stars keeps nothing of the value: even four digits of a phone narrow a
// person down when the line names the case.
func stars(match string) string {
	if strings.ContainsRune(match, '@') {
		return "***@***"
	}
	return "***"
}

// hiddenKeys are attribute names whose values are never shown.
var hiddenKeys = map[string]bool{
	"phone": true, "mobile": true, "tel": true, "telephone": true, "email": true, "mail": true, "recipient": true,
	"address": true, "door": true, "id_card": true, "id_number": true, "contact": true, "customer_name": true,
	"password": true, "passwd": true, "token": true, "secret": true, "authorization": true, "cookie": true,
	"api_key": true, "dsn": true, "code_plain": true,
}

func hiddenKey(key string) bool {
	key = strings.ToLower(key)
	return hiddenKeys[strings.ReplaceAll(key, "-", "_")]
}
