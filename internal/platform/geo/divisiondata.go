package geo

import (
	"bytes"
	"cmp"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed divisions.gz
var packed []byte

// gazetteer holds provinces, cities and counties, sorted by code.
type gazetteer struct {
	list    []division
	former  []formerDivision
	names   map[string]span // into byName
	byName  []nameRef
	longest map[rune]uint8 // runes of the longest name that starts with the rune
}

type division struct {
	name     string
	code     uint32
	lat, lon float32 // GCJ-02 degrees, 0 when unknown
}

type formerDivision struct {
	name      string
	code      uint32
	successor uint16 // index into list
	level     Level
}

// form tells how a name is written.
type form uint8

const (
	formFull form = iota
	formShort
	formFormer
)

type nameRef struct {
	id    uint16 // index into list; of a former name the successor
	form  form
	level Level // of the name as written
}

type span struct{ lo, hi uint16 }

// divisions and towns unpack the embedded list once, each its own half.
var (
	divisions = sync.OnceValue(func() *gazetteer { return must(readGazetteer()) })
	towns     = sync.OnceValue(func() *townList { return must(readTowns()) })
)

// must panics on a broken embedded file: nothing but a bad build brings that about.
func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("geo: embedded divisions: %v", err))
	}
	return v
}

// unpack returns the whole embedded text.
func unpack() (string, error) {
	zr, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return "", err
	}
	var text strings.Builder
	text.Grow(1 << 20)
	if _, err := io.Copy(&text, zr); err != nil {
		return "", err
	}
	return text.String(), nil
}

// section returns the lines between "#name" and the next "#".
func section(text, name string) (string, error) {
	_, rest, ok := strings.Cut(text, "#"+name+"\n")
	if !ok {
		return "", fmt.Errorf("no section %s", name)
	}
	body, _, _ := strings.Cut(rest, "#")
	return strings.Clone(body), nil // lets go of the rest
}

func readGazetteer() (*gazetteer, error) {
	all, err := unpack()
	if err != nil {
		return nil, err
	}
	text, err := section(all, "divisions")
	if err != nil {
		return nil, err
	}
	g := &gazetteer{names: map[string]span{}, longest: map[rune]uint8{}}
	for line := range strings.Lines(text) {
		code, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "|")
		name, centre, _ := strings.Cut(rest, "|")
		n, err := strconv.ParseUint(code, 10, 32)
		if err != nil {
			return nil, err
		}
		d := division{name: name, code: uint32(n)}
		if lon, lat, ok := strings.Cut(centre, ","); ok {
			x, err1 := strconv.ParseFloat(lon, 32)
			y, err2 := strconv.ParseFloat(lat, 32)
			if err := cmp.Or(err1, err2); err != nil {
				return nil, err
			}
			d.lon, d.lat = float32(x), float32(y)
		}
		g.list = append(g.list, d)
	}
	g.list = slices.Clip(g.list)
	if text, err = section(all, "former"); err != nil {
		return nil, err
	}
	for line := range strings.Lines(text) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "|")
		if len(f) != 3 {
			return nil, fmt.Errorf("former division %q", line)
		}
		code, _, ok := splitCode(f[0])
		next, _, ok2 := splitCode(f[2])
		i, ok3 := g.index(next)
		if !ok || !ok2 || !ok3 {
			return nil, fmt.Errorf("former division %q", line)
		}
		g.former = append(g.former, formerDivision{name: f[1], code: code, successor: i, level: levelOf(code)})
	}
	g.indexNames()
	return g, nil
}

// indexNames collects every way to write a division.
func (g *gazetteer) indexNames() {
	type entry struct {
		name string
		ref  nameRef
	}
	var all []entry
	for i, d := range g.list {
		if d.virtual() {
			continue
		}
		all = append(all, entry{d.name, nameRef{uint16(i), formFull, d.level()}})
		for _, s := range shortNames(d.name, d.level()) {
			all = append(all, entry{s, nameRef{uint16(i), formShort, d.level()}})
		}
	}
	for _, f := range g.former {
		if f.name == g.list[f.successor].name {
			continue // only the code changed
		}
		all = append(all, entry{f.name, nameRef{f.successor, formFormer, f.level}})
		// A former county's short name leads on only where its successor is not called the same anyway.
		for _, s := range shortNames(f.name, f.level) {
			if !strings.HasPrefix(g.list[f.successor].name, s) {
				all = append(all, entry{s, nameRef{f.successor, formShort, f.level}})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	g.byName = make([]nameRef, len(all))
	for i, e := range all {
		g.byName[i] = e.ref
		s, ok := g.names[e.name]
		if !ok {
			s.lo = uint16(i)
		}
		s.hi = uint16(i + 1)
		g.names[e.name] = s
		r, _ := utf8.DecodeRuneInString(e.name)
		g.longest[r] = max(g.longest[r], uint8(utf8.RuneCountInString(e.name)))
	}
}

func (g *gazetteer) refs(name string) []nameRef {
	s := g.names[name]
	return g.byName[s.lo:s.hi]
}

func (g *gazetteer) index(code uint32) (uint16, bool) {
	i, ok := slices.BinarySearchFunc(g.list, code, func(d division, c uint32) int { return cmp.Compare(d.code, c) })
	return uint16(i), ok
}

// parent returns the code above, 0 above a province. The districts of Hong Kong and Macao hang on the province.
func (g *gazetteer) parent(code uint32) uint32 {
	switch levelOf(code) {
	case LevelCounty:
		return code / 100 * 100
	case LevelCity:
		return code / 10000 * 10000
	}
	return 0
}

func (g *gazetteer) division(i uint16) Division {
	d := g.list[i]
	return Division{Code: codeText(d.code), Name: d.name, Level: d.level(), Virtual: d.virtual(), Zone: d.zone()}
}

func (d division) level() Level { return levelOf(d.code) }

func (d division) virtual() bool {
	return d.name == "市辖区" || d.name == "县" || strings.HasSuffix(d.name, "直辖县级行政区划") || d.code == 620201
}

func (d division) zone() bool {
	return d.code < 700000 && levelOf(d.code) == LevelCounty && d.code/10%10 == 7
}

func levelOf(code uint32) Level {
	switch {
	case code%10000 == 0:
		return LevelProvince
	case code%100 == 0:
		return LevelCity
	}
	return LevelCounty
}

// townList holds the towns in the order of their codes. A name is found by a small open hash of 16-bit indices, which
// costs 128 kB where a Go map would cost three megabytes.
type townList struct {
	text   string   // all names, one after the other
	start  []uint32 // offset of each name in text, and the end of the last
	stem   []uint8  // bytes of each name without its rank
	number []uint16 // last three digits of the code
	area   []uint32 // codes of counties that have towns, ascending
	first  []uint16 // index of the first town of each, and the end of the last
	hash   []uint16 // index + 1, 0 is free
}

const townHashSize = 1 << 16

func readTowns() (*townList, error) {
	all, err := unpack()
	if err != nil {
		return nil, err
	}
	text, err := section(all, "towns")
	if err != nil {
		return nil, err
	}
	t := &townList{hash: make([]uint16, townHashSize)}
	var names strings.Builder
	names.Grow(len(text))
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if len(line) == 6 && line[3] <= '9' {
			n, err := strconv.ParseUint(line, 10, 32)
			if err != nil {
				return nil, err
			}
			t.area = append(t.area, uint32(n))
			t.first = append(t.first, uint16(len(t.number)))
			continue
		}
		n, err := strconv.ParseUint(line[:3], 10, 16)
		if err != nil {
			return nil, err
		}
		t.number = append(t.number, uint16(n))
		t.start = append(t.start, uint32(names.Len()))
		name := line[3:]
		switch name[len(name)-1] {
		case 'J':
			name = name[:len(name)-1] + "街道"
		case 'Z':
			name = name[:len(name)-1] + "镇"
		case 'X':
			name = name[:len(name)-1] + "乡"
		}
		t.stem = append(t.stem, uint8(len(townStem(name))))
		names.WriteString(name)
	}
	if len(t.number) >= townHashSize-1 {
		return nil, fmt.Errorf("%d towns do not fit 16 bits", len(t.number))
	}
	t.first = append(t.first, uint16(len(t.number)))
	t.start = append(t.start, uint32(names.Len()))
	t.text = strings.Clone(names.String())
	t.start, t.number, t.stem = slices.Clip(t.start), slices.Clip(t.number), slices.Clip(t.stem)
	t.area, t.first = slices.Clip(t.area), slices.Clip(t.first)
	for i := range t.number {
		h := townHash(t.name(uint16(i)))
		for t.hash[h] != 0 {
			h++
		}
		t.hash[h] = uint16(i) + 1
	}
	return t, nil
}

// townHash is FNV-1a folded to 16 bits.
func townHash(name string) uint16 {
	h := uint32(2166136261)
	for i := range len(name) {
		h = (h ^ uint32(name[i])) * 16777619
	}
	return uint16(h>>16) ^ uint16(h)
}

func (t *townList) name(i uint16) string { return t.text[t.start[i]:t.start[i+1]] }

// areaOf returns the county of a town.
func (t *townList) areaOf(i uint16) uint32 {
	k, ok := slices.BinarySearch(t.first[:len(t.area)], i)
	if !ok {
		k--
	}
	return t.area[k]
}

func (t *townList) division(i uint16) Division {
	return Division{Code: fmt.Sprintf("%06d%03d", t.areaOf(i), t.number[i]), Name: t.name(i), Level: LevelTown}
}

func (t *townList) find(area uint32, number int) (uint16, bool) {
	for i := range t.under(area) {
		if int(t.number[i]) == number {
			return i, true
		}
	}
	return 0, false
}

// under yields the towns right under a county (or a city without counties).
func (t *townList) under(area uint32) iter.Seq[uint16] {
	return func(yield func(uint16) bool) {
		k, ok := slices.BinarySearch(t.area, area)
		if !ok {
			return
		}
		for i := t.first[k]; i < t.first[k+1]; i++ {
			if !yield(i) {
				return
			}
		}
	}
}

// rangeBelow returns the towns anywhere below a division, as a half-open range.
func (t *townList) rangeBelow(code uint32) (lo, hi uint16) {
	end := code + 1
	switch levelOf(code) {
	case LevelProvince:
		end = code + 10000
	case LevelCity:
		end = code + 100
	}
	k, _ := slices.BinarySearch(t.area, code)
	l, _ := slices.BinarySearch(t.area, end)
	return t.first[k], t.first[l]
}

// below yields the towns anywhere below a division.
func (t *townList) below(code uint32) iter.Seq[uint16] {
	return func(yield func(uint16) bool) {
		lo, hi := t.rangeBelow(code)
		for i := lo; i < hi; i++ {
			if !yield(i) {
				return
			}
		}
	}
}

// named yields the towns with exactly this name.
func (t *townList) named(name string) iter.Seq[uint16] {
	return func(yield func(uint16) bool) {
		for h := townHash(name); t.hash[h] != 0; h++ {
			if i := t.hash[h] - 1; t.name(i) == name && !yield(i) {
				return
			}
		}
	}
}
