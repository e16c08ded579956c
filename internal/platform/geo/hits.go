package geo

import (
	"strings"
	"unicode/utf8"
)

// hit is a division's name found in a text.
type hit struct {
	lo, hi int // units
	id     uint16
	level  Level // as written; a former 县 may lead to a 区
	form   form
	anc    bool // a division above it stands before it
	conf   bool // only foreign ones do
	fol    bool // a short name that more of a name follows: 温州 in 温州路
	lead   bool // starts the text, or follows a gap or another hit
	dup    uint8
}

// Values of hit.dup: where else the same division is written.
const (
	dupNone = iota
	dupBefore
	dupAfter
	dupNext // right behind, 宁波宁波市
	dupCount
)

// townForm is how a town was recognised.
type townForm uint8

const (
	townInCounty    townForm = iota // full name, in the county read
	townInCity                      // full name, in the city read
	townOtherCounty                 // the name with another rank (镇 become 街道), in the county
	townOtherCity                   // the same in the city
	townStemCounty                  // without rank, in the county
	townStemCity                    // without rank, in the city
	townAnywhere                    // full name of one town somewhere
	townAmbiguous                   // full name of several
	townFormCount
)

type townHit struct {
	lo, hi int
	town   uint16
	form   townForm
}

// places is what the gazetteer says about a text.
type places struct {
	hits   []hit
	towns  []townHit
	county uint32 // code of the county the text most likely speaks of, 0 unknown
	city   uint32
}

// locate finds divisions and towns. Where the text names no county or city, it is taken to speak of the one given.
func (t *text) locate(within string) places {
	var p places
	p.hits = t.divisionHits()
	p.judge(t)
	if n, _, ok := splitCode(within); ok && p.county == 0 {
		switch g := divisions(); levelOf(n) {
		case LevelCounty:
			if p.city == 0 || p.city == g.cityOf(n) {
				p.county, p.city = n, g.cityOf(n)
			}
		case LevelCity:
			if p.city == 0 {
				p.city = n
			}
		case LevelProvince:
		}
	}
	p.towns = t.townHits(p.county, p.city)
	return p
}

// divisionHits looks up every run of Chinese characters up to the longest name with its first character.
func (t *text) divisionHits() []hit {
	g := divisions()
	var hits []hit
	for i := range t.units {
		if t.class(i) != classHan {
			continue
		}
		longest := int(g.longest[t.units[i].r])
		from := len(hits)
		for j := i + 1; j < min(i+longest, len(t.units)) && t.class(j) == classHan; j++ {
			for _, r := range g.refs(t.sub(i, j+1)) {
				for k := from; k < len(hits); k++ { // 杭州 is hidden by 杭州市
					if h := &hits[k]; h.id == r.id && h.level == r.level && h.form == formShort {
						h.hi = 0
					}
				}
				hits = append(hits, hit{lo: i, hi: j + 1, id: r.id, level: r.level, form: r.form})
			}
		}
	}
	kept := hits[:0]
	for _, h := range hits {
		if h.hi > 0 {
			kept = append(kept, h)
		}
	}
	return kept
}

// above reports whether division a lies over b.
func (g *gazetteer) above(a, b uint16) bool {
	ca, cb := g.list[a].code, g.list[b].code
	for cb = g.parent(cb); cb != 0; cb = g.parent(cb) {
		if ca == cb {
			return true
		}
	}
	return false
}

// judge relates the hits to each other and picks the county and city the text speaks of.
func (p *places) judge(t *text) {
	g := divisions()
	var best, bestCity int
	for x := range p.hits {
		h := &p.hits[x]
		h.lead = h.lo == 0 || t.class(h.lo-1) == classGap || t.class(h.lo-1) == classDash
		if h.form == formShort && t.class(h.hi) == classHan {
			h.fol = strings.ContainsRune("路街道大巷镇乡村桥河江湖山港湾门东西南北中新老师科", t.units[h.hi].r)
		}
		foreign, support, rivals := false, 0, 0
		for y := range p.hits {
			o := &p.hits[y]
			switch {
			case x == y:
			case o.lo == h.lo && o.hi == h.hi && o.level == h.level:
				rivals++
			case o.hi <= h.lo:
				h.lead = h.lead || o.hi == h.lo
				if g.above(o.id, h.id) {
					h.anc = true
					support += 2
					if o.form == formFull {
						support++
					}
				} else if o.level < h.level && o.form == formFull {
					foreign = true
				}
				if o.id == h.id && o.level == h.level {
					h.dup = dupBefore
				}
			case o.lo >= h.hi:
				if g.above(h.id, o.id) {
					support++
				}
				if o.id == h.id && o.level == h.level && h.dup == dupNone {
					h.dup = dupAfter
					if o.lo == h.hi {
						h.dup = dupNext
					}
				}
			}
		}
		h.conf = foreign && !h.anc
		score := 2 + support - min(rivals, 3)
		if h.form != formShort {
			score += 3
		}
		if h.lead {
			score += 2
		}
		if h.fol {
			score -= 4
		}
		if h.conf {
			score -= 4
		}
		code := g.list[h.id].code
		switch levelOf(code) {
		case LevelCounty:
			if score > best {
				best, p.county = score, code
			}
		case LevelCity:
			if score > bestCity {
				bestCity, p.city = score, code
			}
		case LevelProvince:
			if municipality(code) && score > bestCity {
				bestCity, p.city = score, code
			}
		}
	}
	if best < 3 {
		p.county = 0
	}
	if bestCity < 3 {
		p.city = 0
	}
	if p.county == 0 {
		return
	}
	if up := g.cityOf(p.county); p.city == 0 || best >= bestCity {
		p.city = up
	} else if up != p.city {
		p.county = 0 // the city is surer, and the county is not its
	}
}

// cityOf returns the city a county belongs to; of a municipality's the municipality itself.
func (g *gazetteer) cityOf(county uint32) uint32 {
	up := g.parent(county)
	if i, ok := g.index(up); ok && g.list[i].virtual() {
		up = g.parent(up)
		if !municipality(up) {
			return 0
		}
	}
	return up
}

func municipality(code uint32) bool {
	return code == 110000 || code == 120000 || code == 310000 || code == 500000
}

// townHits finds the towns of the county and city by name or stem, and others by full name.
func (t *text) townHits(county, city uint32) []townHit {
	list := towns()
	var out []townHit
	var near [256]bool
	for _, u := range t.units {
		if u.class == classHan && u.hi-u.lo == 3 {
			near[t.norm[u.lo+1]^t.norm[u.lo+2]<<1] = true
		}
	}
	scan := func(lo, hi uint16, skipLo, skipHi uint16, full, other, stem townForm) {
		for i := lo; i < hi; i++ {
			if i >= skipLo && i < skipHi {
				continue
			}
			name := list.name(i)
			if c := name[1] ^ name[2]<<1; !near[c] { // cheap: no character of the text begins like it
				continue
			}
			s := name[:list.stem[i]]
			for at := 0; at < len(t.norm); {
				k := strings.Index(t.norm[at:], s)
				if k < 0 {
					break
				}
				at += k
				out = t.townAt(at, i, name, s, full, other, stem, out)
				at += len(s)
			}
		}
	}
	var lo, hi uint16
	if county != 0 {
		lo, hi = list.rangeBelow(county)
		scan(lo, hi, 0, 0, townInCounty, townOtherCounty, townStemCounty)
	}
	if city != 0 {
		cl, ch := list.rangeBelow(city)
		scan(cl, ch, lo, hi, townInCity, townOtherCity, townStemCity)
	}
	known := len(out)
	for j := 2; j <= len(t.units); j++ {
		if !t.is(j-1, '镇') && !t.is(j-1, '乡') && !(t.is(j-1, '道') && t.is(j-2, '街')) {
			continue
		}
	length:
		for i := j - 2; i >= max(0, j-9) && t.class(i) == classHan; i-- {
			n, first := 0, uint16(0)
			for k := range list.named(t.sub(i, j)) {
				if n == 0 {
					first = k
				}
				if n++; n > 1 {
					break
				}
			}
			if n == 0 {
				continue
			}
			for _, h := range out[:known] {
				if h.lo == i && h.hi == j {
					continue length
				}
			}
			out = append(out, townHit{i, j, first, townAnywhere + townForm(n-1)})
		}
	}
	return out
}

// townAt appends the readings of a stem found at byte at.
func (t *text) townAt(at int, town uint16, name, stem string, full, other, bare townForm, out []townHit) []townHit {
	lo := -1
	for i := range t.units {
		if t.units[i].lo == at {
			lo = i
			break
		}
	}
	if lo < 0 {
		return out
	}
	n := utf8.RuneCountInString(stem)
	hi := lo + n
	if hi > len(t.units) {
		return out
	}
	for k := lo; k < hi; k++ {
		if t.class(k) != classHan {
			return out
		}
	}
	if name == stem { // 红旗农场: nothing to leave out
		return append(out, townHit{lo, hi, town, full})
	}
	rest := t.norm[at+len(stem):]
	ranked := 0
	for _, rank := range []string{"街道办事处", "街道", "衔道", "街办", "地区", "镇", "乡"} {
		if strings.HasPrefix(rest, rank) {
			ranked = utf8.RuneCountInString(rank)
			f := other
			if name == stem+rank || (rank == "街道办事处" && name == stem+"街道") {
				f = full
			}
			if hi+ranked <= len(t.units) {
				out = append(out, townHit{lo, hi + ranked, town, f})
			}
			break
		}
	}
	if ranked == 0 {
		out = append(out, townHit{lo, hi, town, bare})
	}
	return out
}
