package geo

import (
	"slices"
	"strings"
)

// resolve finds the divisions the text speaks of and sets their names and codes, from the finest that is sure upwards.
func (b *builder) resolve() {
	g := divisions()
	var read [5][]piece // by label: province, city, district, town
	for _, p := range b.parts {
		switch p.label {
		case LabelCountry:
			b.a.Country = "CN"
		case LabelProvince:
			read[LevelProvince] = append(read[LevelProvince], p)
		case LabelCity:
			read[LevelCity] = append(read[LevelCity], p)
		case LabelDistrict:
			read[LevelCounty] = append(read[LevelCounty], p)
		case LabelTown:
			read[LevelTown] = append(read[LevelTown], p)
		}
	}
	// The candidates of every division read, whatever its label: 诸暨市 may be labelled a city.
	var refs []hit
	for _, pieces := range read[LevelProvince : LevelCounty+1] {
		for _, p := range pieces {
			for _, h := range b.places.hits {
				if h.lo == p.lo && h.hi == p.hi {
					refs = append(refs, h)
				}
			}
		}
	}
	if id, ok := b.withinID(); ok {
		refs = append(refs, hit{lo: -1, hi: 0, id: id, level: g.list[id].level(), form: formFull, lead: true})
	}
	best, bestScore, tie := -1, 0, false
	for x, h := range refs {
		score := 1 + 2*int(g.list[h.id].level())
		for _, o := range refs {
			switch {
			case o.id == h.id:
				if o.lo != h.lo { // said twice, or by the caller
					score += 2
				}
			case g.above(o.id, h.id):
				score += 4
			case o.lo == h.lo, g.above(h.id, o.id):
			case o.level < h.level:
				score -= 3 // foreign to it
				if h.form == formShort {
					score -= 4
				}
			}
		}
		if h.form == formShort {
			score--
		}
		switch {
		case best < 0 || score > bestScore:
			best, bestScore, tie = x, score, false
		case score == bestScore && refs[best].id != h.id:
			tie = true
		}
	}
	if best >= 0 && !tie {
		b.setChain(refs[best].id)
		if refs[best].form == formFormer {
			b.infer("district")
		}
	}
	b.resolveTown(read[LevelTown])
	b.names(read)
}

// withinID returns the division the caller says the address lies in.
func (b *builder) withinID() (uint16, bool) {
	n, _, ok := splitCode(b.within)
	if !ok {
		return 0, false
	}
	return divisions().index(n)
}

func (b *builder) setChain(id uint16) {
	g := divisions()
	b.chain = [5]uint16{}
	for code := g.list[id].code; code != 0; code = g.parent(code) {
		if i, ok := g.index(code); ok {
			b.chain[levelOf(code)] = i + 1
		}
	}
}

func (b *builder) infer(field string) {
	if !slices.Contains(b.a.Inferred, field) {
		b.a.Inferred = append(b.a.Inferred, field)
	}
}

// resolveTown finds the town in the county or, when it is the only one of its name there, in the city or anywhere. A
// county's borders move: 余杭区 once held what is 临平区 now, and the town decides.
func (b *builder) resolveTown(read []piece) {
	if len(read) == 0 {
		return
	}
	p := read[len(read)-1]
	b.a.Town = b.sub(p.lo, p.hi)
	list, g := towns(), divisions()
	pick := func(ok func(h townHit) bool) (uint16, bool) {
		var hits []uint16
		for _, h := range b.places.towns {
			if h.lo == p.lo && h.hi == p.hi && ok(h) && !slices.Contains(hits, h.town) {
				hits = append(hits, h.town)
			}
		}
		if len(hits) == 1 {
			return hits[0], true
		}
		return 0, false
	}
	within := func(level Level) func(h townHit) bool {
		code := g.list[max(b.chain[level], 1)-1].code
		lo, hi := list.rangeBelow(code)
		return func(h townHit) bool { return b.chain[level] != 0 && h.town >= lo && h.town < hi }
	}
	town, ok := pick(within(LevelCounty))
	if !ok {
		town, ok = pick(func(h townHit) bool {
			full := h.form == townInCity || h.form == townInCounty || (b.chain[LevelCounty] == 0 && h.form < townAnywhere)
			return full && within(LevelCity)(h)
		})
	}
	if !ok && b.chain[LevelCity] == 0 && b.chain[LevelCounty] == 0 {
		town, ok = pick(func(h townHit) bool {
			return h.form == townAnywhere && (b.chain[LevelProvince] == 0 || within(LevelProvince)(h))
		})
	}
	if !ok {
		return
	}
	d := list.division(town)
	b.a.Town, b.a.TownCode = d.Name, d.Code
	area := list.areaOf(town)
	if i, found := g.index(area); found && b.chain[levelOf(area)] != i+1 {
		if levelOf(area) == LevelCounty {
			b.infer("district")
			b.moved = true
		}
		b.setChain(i)
	}
}

// names sets the fields of divisions from the chain, or from the text where nothing is sure.
func (b *builder) names(read [5][]piece) {
	g := divisions()
	a := &b.a
	raw := func(level Level) string {
		if len(read[level]) == 0 {
			return ""
		}
		p := read[level][0]
		return b.sub(p.lo, p.hi)
	}
	if b.chain == [5]uint16{} {
		a.Province, a.City, a.District = raw(LevelProvince), raw(LevelCity), raw(LevelCounty)
		return
	}
	a.Country = "CN"
	get := func(level Level) (name, code string) {
		if b.chain[level] == 0 {
			return "", ""
		}
		d := g.list[b.chain[level]-1]
		if d.virtual() {
			return "", ""
		}
		return d.name, codeText(d.code)
	}
	a.Province, a.ProvinceCode = get(LevelProvince)
	a.City, a.CityCode = get(LevelCity)
	a.District, a.DistrictCode = get(LevelCounty)
	p := g.list[b.chain[LevelProvince]-1].code
	if municipality(p) || p == 810000 || p == 820000 {
		a.City = a.Province
		a.CityCode = codeText(p)
		if b.chain[LevelCity] != 0 && municipality(p) {
			a.CityCode = codeText(g.list[b.chain[LevelCity]-1].code)
		}
	}
	if a.District == "" && len(read[LevelCounty]) > 0 { // an unknown district of a known city
		if s := raw(LevelCounty); b.fits(read[LevelCounty][0]) {
			a.District = s
		}
	}
	for _, f := range []struct {
		level Level
		name  string
		value string
	}{{LevelProvince, "province", a.Province}, {LevelCity, "city", a.City}, {LevelCounty, "district", a.District}} {
		if f.value != "" && !b.wasRead(f.level) {
			b.infer(f.name)
		}
	}
	b.conflict = !b.moved && b.contradicted(read)
}

// fits reports whether nothing speaks against a piece being a district of the city found.
func (b *builder) fits(p piece) bool {
	return !slices.ContainsFunc(b.places.hits, func(h hit) bool { return h.lo == p.lo && h.hi == p.hi && h.form == formFull })
}

// wasRead reports whether the text, or the caller, names the division of that level in the chain.
func (b *builder) wasRead(level Level) bool {
	g := divisions()
	for _, p := range b.parts {
		if p.label != LabelProvince && p.label != LabelCity && p.label != LabelDistrict {
			continue
		}
		if level == LevelCounty && p.label == LabelDistrict && b.chain[LevelCounty] == 0 {
			return true
		}
		for _, h := range b.places.hits {
			if h.lo != p.lo || h.hi != p.hi || h.form == formFormer {
				continue
			}
			if h.id+1 == b.chain[level] || (level == LevelCity && h.id+1 == b.chain[LevelProvince] && b.a.City == b.a.Province) {
				return true
			}
		}
	}
	if id, ok := b.withinID(); ok {
		return id+1 == b.chain[level] || (b.chain[level] != 0 && g.above(b.chain[level]-1, id))
	}
	return false
}

// contradicted reports whether a division was read that cannot belong to the chain.
func (b *builder) contradicted(read [5][]piece) bool {
	g := divisions()
	for _, pieces := range read[LevelProvince : LevelCounty+1] {
		for _, p := range pieces {
			known, fits := false, false
			for _, h := range b.places.hits {
				if h.lo != p.lo || h.hi != p.hi {
					continue
				}
				known = true
				level := levelOf(g.list[h.id].code)
				fits = fits || b.chain[level] == 0 || b.chain[level] == h.id+1 || h.form == formFormer
			}
			if known && !fits && !strings.Contains(b.a.District, b.sub(p.lo, p.hi)) {
				return true
			}
		}
	}
	return false
}
