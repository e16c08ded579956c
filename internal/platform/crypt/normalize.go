package crypt

import (
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"
)

// Kinds of values with a normal form of their own; any other kind is folded, trimmed and lower-cased.
const (
	KindPhone  = "phone"   // E.164; without a country code a number is Chinese
	KindPhone4 = "phone4"  // the last four digits of a phone number
	KindIDCard = "id_card" // 18 characters; one of 15 digits is brought up to 18
	KindEmail  = "email"
	KindSerial = "serial" // letters and digits only, upper case
	KindPlate  = "plate"
	// A person's whole name, and how it may be written with the first letters of its pinyin.
	KindName     = "name"
	KindInitials = "initials"
)

const defaultRegion = "CN"

// Normalize brings a value to the one form by which it is compared; "" when nothing is left of it.
func Normalize(kind, value string) string {
	v := strings.TrimSpace(norm.NFKC.String(value))
	switch kind {
	case KindPhone:
		if e164, ok := NormalizePhone(v); ok {
			return e164
		}
		return digitsOf(v)
	case KindPhone4:
		d := digitsOf(cutExtension(v))
		return d[max(0, len(d)-4):]
	case KindIDCard:
		return normalIDCard(v)
	case KindSerial, KindPlate:
		return strings.ToUpper(keepAlnum(v))
	default:
		return strings.ToLower(strings.Join(strings.Fields(v), " "))
	}
}

// NormalizePhone brings a phone number to E.164 ("+8613812345678"). ok is false when it is not a
// possible number. Extensions are left out.
func NormalizePhone(s string) (e164 string, ok bool) {
	if d := strings.TrimPrefix(s, "+86"); isPlainMobile(d) { // nearly all of them, and the rules for all the world are slow
		return "+86" + d, true
	}
	n, err := parsePhone(s)
	if err != nil || !phonenumbers.IsPossibleNumber(n) {
		return "", false
	}
	return phonenumbers.Format(n, phonenumbers.E164), true
}

func parsePhone(s string) (*phonenumbers.PhoneNumber, error) {
	s = cutExtension(strings.TrimSpace(norm.NFKC.String(s)))
	if d := digitsOf(s); !strings.HasPrefix(s, "+") && len(d) == 12 && isMobile(d[1:]) && d[0] == '0' {
		s = d[1:] // 013812345678: dialled from another city, years ago
	}
	return phonenumbers.Parse(s, defaultRegion)
}

// cutExtension removes the extension of a Chinese landline: "0571-12345678-8001", "12345678转801".
func cutExtension(s string) string {
	for _, mark := range []string{"转", "轉", "分机", "ext", "EXT", "Ext", "#", ",", ";"} {
		if head, _, found := strings.Cut(s, mark); found && len(digitsOf(head)) >= 7 {
			s = head
		}
	}
	groups := strings.FieldsFunc(s, func(r rune) bool { return r == '-' })
	if len(groups) == 3 && strings.HasPrefix(groups[0], "0") && len(groups[1]) >= 7 && len(groups[2]) <= 6 {
		return groups[0] + "-" + groups[1]
	}
	return s
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if d, ok := digit(r); ok {
			return rune('0' + d)
		}
		return -1
	}, s)
}

func keepAlnum(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// digit reads a decimal digit of any script, full-width and Arabic ones too.
func digit(r rune) (value int, ok bool) {
	switch {
	case r < 0x80:
		return int(r - '0'), '0' <= r && r <= '9'
	case 0xFF10 <= r && r <= 0xFF19:
		return int(r - 0xFF10), true
	case r < 0x660:
		return 0, false
	}
	for _, rg := range unicode.Nd.R16 { // every range begins with a zero and holds whole tens
		if rune(rg.Lo) <= r && r <= rune(rg.Hi) {
			return int(r-rune(rg.Lo)) % 10, true
		}
	}
	for _, rg := range unicode.Nd.R32 {
		if rune(rg.Lo) <= r && r <= rune(rg.Hi) {
			return int(r-rune(rg.Lo)) % 10, true
		}
	}
	return 0, false
}

func isMobile(d string) bool {
	return len(d) == 11 && d[0] == '1' && d[1] >= '3'
}

// isPlainMobile tells whether d is the eleven digits of a mobile number and nothing else; what begins with 179 may be a
// carrier's prefix.
func isPlainMobile(d string) bool {
	return isMobile(d) && d[:3] != "179" && strings.Trim(d, "0123456789") == ""
}

// Weights and check characters of GB 11643-1999.
var idWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

const idChecks = "10X98765432"

func idCheck(first17 string) byte {
	sum := 0
	for i := range 17 {
		sum += int(first17[i]-'0') * idWeights[i]
	}
	return idChecks[sum%11]
}

// ValidIDCard tells whether s is an 18-character resident identity number: digits, an existing date of
// birth, and the check character (GB 11643-1999).
func ValidIDCard(s string) bool {
	s = strings.ToUpper(strings.TrimSpace(norm.NFKC.String(s)))
	return checkedID(s) && dateExists(s[6:14])
}

// checkedID looks at form and check character only.
func checkedID(s string) bool {
	if len(s) != 18 {
		return false
	}
	for i := range 17 {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	last := s[17]
	if last == 'x' {
		last = 'X'
	}
	return last == idCheck(s)
}

func dateExists(yyyymmdd string) bool {
	n := func(s string) (v int) {
		for i := range len(s) {
			v = v*10 + int(s[i]-'0')
		}
		return v
	}
	y, m, d := n(yyyymmdd[:4]), n(yyyymmdd[4:6]), n(yyyymmdd[6:])
	days := [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
		days[1] = 29
	}
	return y >= 1800 && y < 2200 && m >= 1 && m <= 12 && d >= 1 && d <= days[m-1]
}

func normalIDCard(v string) string {
	v = strings.ToUpper(keepAlnum(v))
	if len(v) == 15 && len(digitsOf(v)) == 15 { // numbers of before 1999 have a two-digit year and no check
		v = v[:6] + "19" + v[6:]
		v += string(idCheck(v))
	}
	return v
}
