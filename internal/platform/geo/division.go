package geo

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Level is the rank of a division, counted from the top.
type Level uint8

// Levels of divisions in China; GB/T 2260 codes the first three, GB/T 10114 the towns.
const (
	LevelProvince Level = iota + 1 // 省 自治区 直辖市 特别行政区
	LevelCity                      // 地级市 地区 自治州 盟
	LevelCounty                    // 市辖区 县 县级市 旗
	LevelTown                      // 街道 镇 乡
)

// String names the level in English, as the API does.
func (l Level) String() string {
	switch l {
	case LevelProvince:
		return "province"
	case LevelCity:
		return "city"
	case LevelCounty:
		return "county"
	case LevelTown:
		return "town"
	}
	return "none"
}

// MarshalText makes a Level its name in JSON.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads the name; an unknown one is an error.
func (l *Level) UnmarshalText(text []byte) error {
	for v := LevelProvince; v <= LevelTown; v++ {
		if v.String() == string(text) {
			*l = v
			return nil
		}
	}
	return fmt.Errorf("unknown level of %d bytes", len(text))
}

// Division is one division of China.
type Division struct {
	Code  string `json:"code"` // six digits, a town nine
	Name  string `json:"name"` // as listed, "恩施土家族苗族自治州"
	Level Level  `json:"level"`
	// Virtual marks a rung that exists in codes only, "市辖区" under a municipality or "省直辖县级行政区划":
	// nobody writes it in an address, and Path and Children leave it out.
	Virtual bool `json:"virtual,omitempty"`
	// Zone marks a development zone that the statistics office lists like a county (third pair of digits from 71).
	Zone bool `json:"zone,omitempty"`
}

// ErrUnknownDivision is returned by Resolve for a name that no division under the given parents bears.
var ErrUnknownDivision = errors.New("unknown division")

// AmbiguousError is returned by Resolve when several divisions fit; "鼓楼区" alone is four of them.
type AmbiguousError struct{ Options []Division }

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("ambiguous division: %d fit", len(e.Options))
}

// ByCode returns the division of a code. It takes short forms ("33", "3301") and the statistics office's twelve
// digits as far as the town. A former code is unknown here; see Successor.
func ByCode(code string) (Division, bool) {
	n, town, ok := splitCode(code)
	if !ok {
		return Division{}, false
	}
	g := divisions()
	if town >= 0 {
		t := towns()
		if i, ok := t.find(n, town); ok {
			return t.division(i), true
		}
		return Division{}, false
	}
	i, ok := g.index(n)
	if !ok {
		return Division{}, false
	}
	return g.division(i), true
}

// Successor returns the code of today's division that holds the former one, "330104" (江干区) → "330102" (上城区).
// Where a county was divided among several, it is the one that took the larger part.
func Successor(code string) (string, bool) {
	n, town, ok := splitCode(code)
	if !ok || town >= 0 {
		return "", false
	}
	g := divisions()
	for _, f := range g.former {
		if f.code == n {
			if c := g.list[f.successor].code; c != n {
				return codeText(c), true
			}
		}
	}
	return "", false
}

// Path returns the division and those above it, from the province down, without virtual rungs. It is empty for an
// unknown code.
func Path(code string) []Division {
	d, ok := ByCode(code)
	if !ok {
		return nil
	}
	path := []Division{d}
	for {
		up := parentCode(d.Code)
		if up == "" {
			break
		}
		if d, ok = ByCode(up); !ok {
			break
		}
		if !d.Virtual {
			path = append(path, d)
		}
	}
	slices.Reverse(path)
	return path
}

// Children returns the divisions right below, in the order of their codes; of "" the provinces. Virtual rungs are
// stepped over: the children of 北京市 are its districts.
func Children(code string) []Division {
	g := divisions()
	var out []Division
	if code == "" {
		for i, d := range g.list {
			if d.level() == LevelProvince {
				out = append(out, g.division(uint16(i)))
			}
		}
		return out
	}
	parent, ok := ByCode(code)
	if !ok || parent.Level == LevelTown {
		return nil
	}
	n, _, _ := splitCode(parent.Code)
	for i, d := range g.list {
		if d.code == n || g.parent(d.code) != n {
			continue
		}
		if d.virtual() {
			out = append(out, Children(codeText(d.code))...)
		} else {
			out = append(out, g.division(uint16(i)))
		}
	}
	t := towns()
	for i := range t.under(n) {
		out = append(out, t.division(i))
	}
	return out
}

// Find returns every province, city and county with this name, written in full, short ("恩施", "内蒙古") or former,
// that lies under one of the given codes (any place when none is given).
func Find(name string, within ...string) []Division {
	g := divisions()
	var out []Division
	for _, r := range g.refs(strings.TrimSpace(name)) {
		d := g.division(r.id)
		if d.Virtual || !under(d.Code, within) || slices.Contains(out, d) {
			continue
		}
		out = append(out, d)
	}
	return out
}

// FindTown returns the towns and streets with this name, with or without 镇, 乡, 街道, under one of the given codes.
// Without codes only full names are looked up.
func FindTown(name string, within ...string) []Division {
	t := towns()
	name = strings.TrimSpace(name)
	var out []Division
	if len(within) == 0 {
		for i := range t.named(name) {
			out = append(out, t.division(i))
		}
		return out
	}
	if name == "" {
		return nil
	}
	for _, code := range within {
		n, _, ok := splitCode(code)
		if !ok {
			continue
		}
		for i := range t.below(n) {
			if full := t.name(i); full == name || townStem(full) == name {
				out = append(out, t.division(i))
			}
		}
	}
	return out
}

// Resolve walks names from the top down and returns the division of the last one: Resolve("浙江", "余杭区"). Upper
// names may be left out, and "市辖区" and blanks are skipped, as forms send them. It fails with ErrUnknownDivision,
// or with *AmbiguousError when the names fit several divisions.
func Resolve(names ...string) (Division, error) {
	var found []Division
	given := false
	for _, name := range names {
		if name = strings.TrimSpace(name); name == "" || name == "市辖区" || name == "县" {
			continue
		}
		if !given {
			given, found = true, Find(name)
			if len(found) == 0 {
				found = FindTown(name)
			}
			continue
		}
		codes := make([]string, len(found))
		for i, d := range found {
			codes[i] = d.Code
		}
		next := Find(name, codes...)
		// 吉林 after 吉林 is the city; 北京市 after 北京市 is said twice.
		if below := slices.DeleteFunc(slices.Clone(next), func(d Division) bool {
			return !slices.ContainsFunc(codes, func(c string) bool { return c != d.Code && under(d.Code, []string{c}) })
		}); len(below) > 0 {
			next = below
		}
		if len(next) == 0 {
			next = FindTown(name, codes...)
		}
		found = next
		if len(found) == 0 {
			break
		}
	}
	if !given || len(found) == 0 {
		return Division{}, fmt.Errorf("resolve %d names: %w", len(names), ErrUnknownDivision)
	}
	if len(found) > 1 {
		// "吉林" is a province and a city of it, "石河子" one place twice: the highest wins when it holds the others.
		top := slices.MinFunc(found, func(a, b Division) int { return int(a.Level) - int(b.Level) })
		for _, d := range found {
			if !under(d.Code, []string{top.Code}) {
				return Division{}, &AmbiguousError{Options: found}
			}
		}
		return top, nil
	}
	return found[0], nil
}

// CentreOf returns a point for a division: the centre of the city, or of the county where it is known (the four
// municipalities, Hong Kong, Macao, counties run by their province). A county or town without its own point gets its
// city's, so the precision is PrecisionCity there. There is none for provinces, Taiwan's cities, 那曲市 and 哈密市.
func CentreOf(code string) (Point, bool) {
	n, _, ok := splitCode(code)
	if !ok {
		return Point{}, false
	}
	g := divisions()
	for first := true; n != 0; n, first = g.parent(n), false {
		i, ok := g.index(n)
		if !ok {
			return Point{}, false
		}
		d := g.list[i]
		municipality := n == 110000 || n == 120000 || n == 310000 || n == 500000 || n == 810000 || n == 820000
		if d.level() == LevelProvince && !municipality {
			return Point{}, false
		}
		if d.lat == 0 {
			continue
		}
		p := Point{Lat: float64(d.lat), Lon: float64(d.lon), Datum: GCJ02, Precision: PrecisionCity, Source: "division"}
		if d.level() == LevelCounty && first && len(code) <= 6 {
			p.Precision = PrecisionDistrict
		}
		return p.WGS84(), true
	}
	return Point{}, false
}

// parentCode returns the code above, "" above a province.
func parentCode(code string) string {
	switch {
	case len(code) == 9:
		return code[:6]
	case len(code) != 6 || code[2:] == "0000":
		return ""
	}
	n, _, _ := splitCode(code)
	if up := divisions().parent(n); up != 0 {
		return codeText(up)
	}
	return ""
}

// splitCode reads a code into its six digits and the town's three, -1 without a town.
func splitCode(code string) (n uint32, town int, ok bool) {
	switch len(code) {
	case 2, 4:
		code += "0000"[:6-len(code)]
	case 6, 9:
	case 12:
		code = code[:9]
	default:
		return 0, 0, false
	}
	v, err := strconv.ParseUint(code, 10, 32)
	if err != nil {
		return 0, 0, false
	}
	if len(code) == 6 {
		return uint32(v), -1, true
	}
	if v%1000 == 0 { // "330110000000" is the county itself
		return uint32(v / 1000), -1, true
	}
	return uint32(v / 1000), int(v % 1000), true
}

func codeText(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

// under reports whether the code lies under one of the others, or there are none.
func under(code string, within []string) bool {
	if len(within) == 0 {
		return true
	}
	return slices.ContainsFunc(within, func(w string) bool {
		if len(w) == 6 {
			w = strings.TrimSuffix(strings.TrimSuffix(w, "00"), "00")
		}
		return strings.HasPrefix(code, w)
	})
}
