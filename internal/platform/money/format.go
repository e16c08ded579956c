package money

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// The languages amounts are written in; others are written as English.
const (
	Chinese = "zh-CN"
	English = "en"
)

// String returns the plain form for logs and files, "1234.50 CNY".
func (a Amount) String() string { return a.Plain() + " " + string(a.Currency) }

// Plain returns the number without grouping or currency, "-1234.50", as sheets
// and payment interfaces want it. An unknown currency shows minor units.
func (a Amount) Plain() string { return a.number(false) }

// Format writes the amount for people: "¥1,234.50" in Chinese, "CN¥1,234.50"
// in English. A currency without a symbol is named by its code, "KWD 1.234";
// a negative amount has its sign in front, "-¥5.00".
func (a Amount) Format(lang string) string {
	bySymbol := symbols[lang]
	if bySymbol == nil {
		bySymbol = symbols[English]
	}
	mark, ok := bySymbol[a.Currency]
	if !ok {
		mark = string(a.Currency) + " "
	}
	number, negative := strings.CutPrefix(a.number(true), "-")
	if negative {
		return "-" + mark + number
	}
	return mark + number
}

func (a Amount) number(grouped bool) string {
	digits, negative := strings.CutPrefix(fmt.Sprintf("%d", a.Minor), "-")
	e := exponents[a.Currency]
	if len(digits) <= e {
		digits = strings.Repeat("0", e+1-len(digits)) + digits
	}
	whole, fraction := digits[:len(digits)-e], digits[len(digits)-e:]
	var b strings.Builder
	if negative {
		b.WriteByte('-')
	}
	for i, d := range []byte(whole) {
		if grouped && i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(d)
	}
	if e > 0 {
		b.WriteString("." + fraction)
	}
	return b.String()
}

// Parse reads an amount of currency c as people write it: "1234.5",
// "¥1,234.50", "-CN¥1,234.50", "1,234.50元", "CNY 5"; full-width signs and
// digits count as plain ones. A mark of another currency fails with
// ErrCurrency, digits beyond the minor unit with ErrPrecision (zeros pass),
// anything else, also "1,50" and "1,2345", with ErrFormat. Errors do not repeat
// the text.
func Parse(text string, c Currency) (Amount, error) {
	e, err := c.Exponent()
	if err != nil {
		return Amount{}, err
	}
	s := strings.TrimSpace(strings.Map(plain, text))
	s, negative := cutSign(s)
	first := strings.IndexAny(s, "0123456789.")
	last := strings.LastIndexAny(s, "0123456789.")
	if first < 0 {
		return Amount{}, ErrFormat
	}
	prefix, suffix := strings.TrimSpace(s[:first]), strings.TrimSpace(s[last+1:])
	if inner, minus := strings.CutSuffix(prefix, "-"); minus { // "¥-5"
		if negative {
			return Amount{}, ErrFormat
		}
		prefix, negative = strings.TrimSpace(inner), true
	}
	if err := checkMark(prefix, c); err != nil {
		return Amount{}, err
	}
	if err := checkMark(suffix, c); err != nil {
		return Amount{}, err
	}
	whole, fraction, _ := strings.Cut(s[first:last+1], ".")
	whole, ok := ungroup(whole)
	if !ok || whole == "" && fraction == "" || strings.Trim(fraction, "0123456789") != "" {
		return Amount{}, ErrFormat
	}
	if len(fraction) > e {
		if strings.Trim(fraction[e:], "0") != "" {
			return Amount{}, ErrPrecision
		}
		fraction = fraction[:e]
	}
	fraction += strings.Repeat("0", e-len(fraction))
	v, ok := new(big.Int).SetString("0"+whole+fraction, 10)
	if !ok {
		return Amount{}, ErrFormat
	}
	if negative {
		v.Neg(v)
	}
	return fromBig(v, c)
}

// plain maps what a Chinese keyboard types to its plain form.
func plain(r rune) rune {
	switch r {
	case '\u3002': // ideographic full stop
		return '.'
	case '\u2212': // minus sign
		return '-'
	case '\uffe5': // full-width yen sign
		return '\u00a5'
	case '\u00a0', '\u3000': // no-break and ideographic space
		return ' '
	}
	if r >= '\uff01' && r <= '\uff5e' { // the full-width forms of ASCII
		return r - 0xfee0
	}
	return r
}

func cutSign(s string) (string, bool) {
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		return strings.TrimSpace(rest), true
	}
	return strings.TrimPrefix(s, "+"), false
}

// checkMark accepts no mark, the code, or any mark that can mean c.
func checkMark(mark string, c Currency) error {
	if mark == "" || strings.EqualFold(mark, string(c)) {
		return nil
	}
	if meanings, ok := marks[strings.ToUpper(mark)]; ok {
		if slices.Contains(meanings, c) {
			return nil
		}
		return ErrCurrency
	}
	for _, bySymbol := range symbols {
		for other, symbol := range bySymbol {
			if strings.EqualFold(mark, symbol) {
				if symbols[Chinese][c] == symbol || symbols[English][c] == symbol {
					return nil
				}
				if other != c {
					return ErrCurrency
				}
			}
		}
	}
	if Currency(strings.ToUpper(mark)).Known() {
		return ErrCurrency
	}
	return ErrFormat
}

// ungroup removes commas that part thousands; it fails where they stand
// elsewhere.
func ungroup(s string) (string, bool) {
	groups := strings.Split(s, ",")
	for i, g := range groups {
		if strings.Trim(g, "0123456789") != "" || len(groups) > 1 && (i > 0 && len(g) != 3 || i == 0 && (len(g) == 0 || len(g) > 3)) {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}
