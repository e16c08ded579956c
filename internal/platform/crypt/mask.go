package crypt

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"
)

func stars(n int) string { return strings.Repeat("*", max(0, n)) }

// MaskPhone masks a number for display: a Chinese mobile keeps three and four digits (138****5678), a
// landline its area code, a foreign number its country code and the last four.
func MaskPhone(s string) string {
	if strings.TrimSpace(s) == "" {
		return ""
	}
	v := cutExtension(strings.TrimSpace(norm.NFKC.String(s)))
	d := digitsOf(v)
	for _, prefix := range []string{"", "86", "0086", "0"} {
		if rest, ok := strings.CutPrefix(d, prefix); ok && isMobile(rest) {
			return rest[:3] + "****" + rest[7:]
		}
	}
	if !strings.HasPrefix(v, "+") && strings.HasPrefix(d, "0") && !strings.HasPrefix(d, "00") && len(d) >= 10 {
		return MaskLandline(v)
	}
	if n, err := parsePhone(v); err == nil {
		code := n.GetCountryCode()
		national := phonenumbers.GetNationalSignificantNumber(n)
		if code == 86 && phonenumbers.GetNumberType(n) == phonenumbers.FIXED_LINE {
			return MaskLandline("0" + national)
		}
		if code != 86 && len(national) >= 7 {
			return "+" + itoa(int(code)) + " ****" + national[len(national)-4:]
		}
	}
	return maskTail(d)
}

// maskTail keeps up to four characters of the end, and never more than a half.
func maskTail(d string) string {
	r := []rune(d)
	keep := min(4, len(r)/2)
	return stars(max(4, len(r)-keep)) + string(r[len(r)-keep:])
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

// MaskLandline keeps the area code and the last digits: 010-****4321, and three of seven. An extension
// is left out.
func MaskLandline(s string) string {
	if strings.TrimSpace(s) == "" {
		return ""
	}
	d := digitsOf(cutExtension(strings.TrimSpace(norm.NFKC.String(s))))
	if rest, ok := strings.CutPrefix(d, "86"); ok && len(rest) >= 9 {
		d = "0" + rest
	}
	area := ""
	if n := areaLen(d); n > 0 {
		area, d = d[:n]+"-", d[n:]
	}
	keep := 4
	if len(d) < 8 {
		keep = min(3, len(d)/2)
	}
	return area + "****" + d[len(d)-keep:]
}

// areaLen is the length of the Chinese area code that digits begin with: 010 and 02x have three
// digits, all others four; 0 when it is no number with an area code.
func areaLen(d string) int {
	n := 0
	switch {
	case strings.HasPrefix(d, "010"), strings.HasPrefix(d, "02"):
		n = 3
	case len(d) > 1 && d[0] == '0' && d[1] >= '3':
		n = 4
	}
	if n == 0 || len(d)-n < 7 || len(d)-n > 8 {
		return 0
	}
	return n
}

// MaskIDCard keeps the region and the last four of an identity number: 110101********1234. A number of
// another form keeps its first and last character only.
func MaskIDCard(s string) string {
	v := strings.TrimSpace(norm.NFKC.String(s))
	if n := len(v); (n == 18 || n == 15) && len(digitsOf(v)) >= n-1 {
		return v[:6] + stars(n-10) + v[n-4:]
	}
	return MaskIDCardStrict(v)
}

// MaskIDCardStrict keeps the first and the last character.
func MaskIDCardStrict(s string) string {
	r := []rune(strings.TrimSpace(norm.NFKC.String(s)))
	if len(r) < 4 {
		return stars(len(r))
	}
	return string(r[0]) + stars(len(r)-2) + string(r[len(r)-1])
}

// compound are the two-character surnames in use.
var compound = strings.Fields(`欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳
	公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正
	宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 呼延 东郭 南门 羊舌 微生 梁丘 左丘 东门 西门 南荣 第五 歐陽 司馬 諸葛 東方 長孫`)

// MaskName keeps the surname and hides how long the rest is: 张**, 欧阳**. Latin names keep the first
// letter of each word: J*** S****.
func MaskName(s string) string {
	r := []rune(strings.TrimSpace(norm.NFKC.String(s)))
	switch {
	case len(r) == 0:
		return ""
	case !unicode.Is(unicode.Han, r[0]):
		return maskWords(string(r))
	case len(r) >= 3 && slices.Contains(compound, string(r[:2])):
		return string(r[:2]) + "**"
	}
	return string(r[0]) + "**"
}

// MaskNameCourier keeps the first and the last character, as couriers print it: 张*三, 张*.
func MaskNameCourier(s string) string {
	r := []rune(strings.TrimSpace(norm.NFKC.String(s)))
	if len(r) == 0 || !unicode.Is(unicode.Han, r[0]) || len(r) < 3 {
		if len(r) == 2 && unicode.Is(unicode.Han, r[0]) {
			return string(r[0]) + "*"
		}
		return MaskName(s)
	}
	return string(r[0]) + stars(len(r)-2) + string(r[len(r)-1])
}

func maskWords(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		r := []rune(w)
		words[i] = string(r[0]) + stars(max(1, len(r)-1))
	}
	return strings.Join(words, " ")
}

// MaskEmail keeps the first character and the domain: z***@qq.com.
func MaskEmail(s string) string {
	v := strings.TrimSpace(norm.NFKC.String(s))
	at := strings.LastIndexByte(v, '@')
	if at <= 0 {
		return stars(min(3, len(v)))
	}
	_, n := utf8.DecodeRuneInString(v)
	return v[:n] + "***" + v[at:]
}

// MaskBankCard keeps the last four: **** **** **** 6222.
func MaskBankCard(s string) string {
	d := digitsOf(s)
	if len(d) < 8 {
		return stars(len(d))
	}
	return "**** **** **** " + d[len(d)-4:]
}

// MaskPlate keeps the first two and the last two characters of a number plate: 沪A***88.
func MaskPlate(s string) string {
	r := []rune(keepAlnum(norm.NFKC.String(s)))
	if len(r) < 6 {
		return stars(len(r))
	}
	return string(r[:2]) + stars(len(r)-4) + string(r[len(r)-2:])
}

// MaskSerial keeps the last four of a serial number or IMEI, never more than a half.
func MaskSerial(s string) string {
	r := []rune(strings.TrimSpace(norm.NFKC.String(s)))
	keep := min(4, len(r)/2)
	return stars(len(r)-keep) + string(r[len(r)-keep:])
}
