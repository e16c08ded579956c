package geo

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Search returns divisions for whoever looks for one: by the beginning of a code, or by name. Names that are just so come
// first, then those that begin so, then those that hold it, each from the province down. What stands before a name may
// say where: "杭州西湖", "西湖区文新街道". Towns are found by their whole name, or below what stands before it.
func Search(text string, limit int) []Division {
	text = strings.Join(strings.Fields(text), "")
	var out []Division
	switch {
	case utf8.RuneCountInString(text) > longestQuestion:
	case isCode(text):
		out = startingWith(text)
	default:
		out = named(text, nil, int(LevelCounty))
	}
	return out[:min(len(out), limit)]
}

// longestQuestion bounds what is looked for, characters: the longest path of names has fewer.
const longestQuestion = 40

func isCode(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// startingWith is the division of a short code and those whose codes begin with it; of a whole one, itself.
func startingWith(code string) []Division {
	g := divisions()
	var out []Division
	if d, ok := ByCode(code); ok && !d.Virtual {
		out = append(out, d)
	}
	for i := range g.list {
		if d := g.division(uint16(i)); !d.Virtual && strings.HasPrefix(d.Code, code) && !slices.Contains(out, d) {
			out = append(out, d)
		}
	}
	return out
}

// named finds a name under some codes; rungs is how many names may stand before it.
func named(text string, within []string, rungs int) []Division {
	above := func(d Division) bool { return slices.Contains(within, d.Code) }
	out := slices.DeleteFunc(Find(text, within...), above)
	g := divisions()
	var begin, hold []Division
	for i := range g.list {
		d := g.division(uint16(i))
		at := strings.Index(d.Name, text)
		switch {
		case at < 0 || text == "" || d.Virtual || above(d) || !under(d.Code, within) || slices.Contains(out, d):
		case at == 0:
			begin = append(begin, d)
		default:
			hold = append(hold, d)
		}
	}
	byLevel := func(a, b Division) int { return cmp.Compare(a.Level, b.Level) }
	slices.SortStableFunc(begin, byLevel)
	slices.SortStableFunc(hold, byLevel)
	out = slices.Concat(out, begin, hold, FindTown(text, within...))
	if len(out) > 0 || rungs == 0 {
		return out
	}
	runes := []rune(text)
	for i := len(runes) - 1; i > 0; i-- {
		var codes []string
		for _, d := range Find(string(runes[:i]), within...) {
			codes = append(codes, d.Code)
		}
		if len(codes) == 0 {
			continue
		}
		if out = named(string(runes[i:]), codes, rungs-1); len(out) > 0 {
			return out
		}
	}
	return nil
}
