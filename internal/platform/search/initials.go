package search

import (
	_ "embed"
	"slices"
	"strings"
)

// initialOf holds the first letter of the pinyin of each character from U+4E00 to U+9FA5, after the pinyin order of
// CLDR (Unicode licence); the test of this file makes it.
//
//go:embed initials.txt
var initialOf string

// firstHan is the character of the first letter in initialOf.
const firstHan = '一'

// surnames are read otherwise than the same characters within words; some have two readings.
var surnames = map[string][]string{
	"单": {"s"}, "曾": {"z"}, "解": {"x", "j"}, "仇": {"q", "c"}, "朴": {"p"}, "翟": {"z", "d"}, "查": {"z"}, "乐": {"y", "l"}, "区": {"o"},
	"盖": {"g"}, "员": {"y"}, "秘": {"b", "m"}, "召": {"s"}, "覃": {"q", "t"}, "缪": {"m"}, "种": {"c"}, "冼": {"x"}, "逄": {"p"}, "繁": {"p"},
	"折": {"s"}, "黑": {"h"}, "薄": {"b"}, "尹": {"y"}, "牟": {"m"}, "重": {"c"}, "晁": {"c"}, "瞿": {"q"}, "臧": {"z"}, "隗": {"w", "k"},
	"万俟": {"mq"}, "尉迟": {"yc"}, "长孙": {"zs"}, "澹台": {"tt"}, "单于": {"cy"}, "宿": {"s"}, "佘": {"s"}, "洗": {"x"}, "郗": {"x", "c"}, "郇": {"x", "h"},
}

// Initials lists how somebody may write a Chinese name with the first letters of its pinyin: 欧阳锋 is oyf. Latin
// letters stay, as the first letters of their words do. Nil for a name without Han characters, or of one alone.
func Initials(name string) []string {
	name = fold(strings.TrimSpace(name))
	var letters strings.Builder
	han := 0
	var before rune
	for _, r := range name {
		switch l := initial(r); {
		case l != 0:
			han++
			letters.WriteByte(l)
		case r >= 'a' && r <= 'z' && (before < 'a' || before > 'z'):
			letters.WriteRune(r)
		}
		before = r
	}
	out := letters.String()
	if han == 0 || len(out) < 2 || len(out) > maxInitials {
		return nil
	}
	list := []string{}
	for n := 2; n >= 1; n-- { // a surname of two characters first
		r := []rune(name)
		if len(r) <= n && n == 2 {
			continue
		}
		if readings, ok := surnames[string(r[:n])]; ok {
			for _, s := range readings {
				list = append(list, s+out[n:])
			}
			break
		}
	}
	if len(list) == 0 {
		list = append(list, out)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// maxInitials is the longest name that is found by its initials.
const maxInitials = 6

// initial is the first letter of a character's pinyin, 0 when it is none of the common Han characters.
func initial(r rune) byte {
	if n := int(r - firstHan); n >= 0 && n < len(initialOf) {
		return initialOf[n]
	}
	return 0
}
