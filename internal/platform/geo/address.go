package geo

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Part is a labelled stretch of the input.
type Part struct {
	Label Label  `json:"label"`
	Text  string `json:"text"`  // half-width, as written otherwise
	Start int    `json:"start"` // bytes in the input
	End   int    `json:"end"`
}

// Address is an address taken apart. Divisions carry their official names of today, other fields what was written.
type Address struct {
	Country  string `json:"country,omitempty"` // ISO 3166, "" when not known
	Province string `json:"province,omitempty"`
	City     string `json:"city,omitempty"`     // of a municipality its own name; empty under a county run by its province
	District string `json:"district,omitempty"` // 区, 县, 县级市, 旗
	Town     string `json:"town,omitempty"`

	ProvinceCode string `json:"province_code,omitempty"` // GB/T 2260
	CityCode     string `json:"city_code,omitempty"`
	DistrictCode string `json:"district_code,omitempty"`
	TownCode     string `json:"town_code,omitempty"`

	DevZone   string `json:"dev_zone,omitempty"`
	Community string `json:"community,omitempty"`
	Road      string `json:"road,omitempty"`
	RoadNo    string `json:"road_no,omitempty"`
	SubRoad   string `json:"sub_road,omitempty"`
	SubRoadNo string `json:"sub_road_no,omitempty"`
	POI       string `json:"poi,omitempty"`
	SubPOI    string `json:"sub_poi,omitempty"`
	HouseNo   string `json:"house_no,omitempty"` // 楼栋
	CellNo    string `json:"cell_no,omitempty"`  // 单元
	FloorNo   string `json:"floor_no,omitempty"`
	RoomNo    string `json:"room_no,omitempty"`
	Firm      string `json:"firm,omitempty"`      // a firm or shop inside the building
	Assist    string `json:"assist,omitempty"`    // 对面, 附近
	Redundant string `json:"redundant,omitempty"` // what says nothing about the place

	Person   string   `json:"person,omitempty"` // pasted along, with Phones and Postcode
	Phones   []string `json:"phones,omitempty"` // digits; "0571-88880000", an extension as "-123"
	Postcode string   `json:"postcode,omitempty"`

	Lines []string `json:"lines,omitempty"` // of an address outside China, which is not taken apart further

	// Inferred names fields that were not read but follow from the others or replace a former name: "province", "city",
	// "district".
	Inferred []string `json:"inferred,omitempty"`
	// Confidence from 0 to 1 is a rule of thumb for sorting out what a person should look at, not a probability: it
	// adds up what was found (divisions with codes, a street or place, numbers) and takes off for contradictions.
	Confidence float64 `json:"confidence"`
	// Parts are the stretches of the input in their order, redundant ones and contact data included.
	Parts []Part `json:"parts,omitempty"`
}

// Code returns the code of the finest division known, "" without one.
func (a *Address) Code() string {
	for _, c := range []string{a.TownCode, a.DistrictCode, a.CityCode, a.ProvinceCode} {
		if c != "" {
			return c
		}
	}
	return ""
}

// Point returns the best point the divisions give; see CentreOf.
func (a *Address) Point() (Point, bool) {
	for _, c := range []string{a.DistrictCode, a.CityCode, a.ProvinceCode} {
		if c == "" {
			continue
		}
		if p, ok := CentreOf(c); ok {
			return p, true
		}
	}
	return Point{}, false
}

// Parse takes a pasted text apart: address, and a person's name, phones and postcode when they come along. It never
// fails; what it does not understand is in Redundant and shows in Confidence. Texts are read up to 240 characters and
// numbers. Parts follow the labelling convention of the NAACL-2019 Chinese address set: 12-3-401 is house 12, unit 3,
// room 401; "五组" is a road; a second division of the same name is redundant.
//
// Measured on the half of that set the weights were not fitted on, spans and labels exact: F1 0.93 over province, city,
// district, town, road, road number, house, unit, floor and room; 0.87 over all labels, 0.73 for POI, where the set
// itself wavers between POI, sub-POI and community. See TestParseLabelled for the table. That set is mostly parcels
// sent within Zhejiang; other provinces may do a little worse.
//
// A text without Chinese characters is kept by lines, see parseForeign.
func Parse(s string) Address { return parse(s, "") }

// ParseWithin is Parse for the detail line of a form whose region was chosen apart: code is the county, city or
// province the address lies in unless the text says otherwise.
func ParseWithin(code, s string) Address { return parse(s, code) }

func parse(s, code string) Address {
	t := normalise(s)
	han := slices.ContainsFunc(t.units, func(u unit) bool { return u.class == classHan })
	if !han {
		return parseForeign(s, t)
	}
	f := t.takeContact()
	l := newLattice(&t, code)
	b := builder{text: &t, places: &l.places, within: code}
	b.parts = append(b.parts, l.best(fitted())...)
	return b.build(f)
}

// builder puts an Address together.
type builder struct {
	*text
	places   *places
	within   string
	parts    []piece
	a        Address
	chain    [5]uint16 // index + 1 in the gazetteer by level
	conflict bool
	moved    bool // the town lies in another county today than the one read
}

func (b *builder) build(f found) Address {
	b.tidy()
	b.resolve()
	b.fill()
	a := &b.a
	sure := b.confidence()
	a.Person, a.Phones, a.Postcode = f.person, f.phones, f.postcode
	if f.note != "" {
		a.Redundant = strings.TrimSpace(a.Redundant + " " + f.note)
	}
	for _, p := range b.parts {
		if p.label == LabelRedundant && b.class(p.lo) != classHan && b.class(p.lo) != classNum && b.class(p.lo) != classLetter {
			continue // a sign
		}
		a.Parts = append(a.Parts, Part{p.label, b.sub(p.lo, p.hi), b.units[p.lo].from, b.units[p.hi-1].till})
	}
	a.Parts = append(a.Parts, f.parts...)
	slices.SortStableFunc(a.Parts, func(x, y Part) int { return x.Start - y.Start })
	a.Confidence = sure
	return *a
}

// tidy mends what the weights know too few examples of: 6号 and 院 are one number, 旁 and 边 one word, and the 与 in
// "石台路与皖河路" belongs to neither road.
func (b *builder) tidy() {
	out := make([]piece, 0, len(b.parts)+1)
	for _, p := range b.parts {
		n := len(out)
		switch touching := n > 0 && p.lo == out[n-1].hi; {
		case touching && p.hi == p.lo+1 && b.is(p.lo, '院') && (out[n-1].label == LabelRoadNo || out[n-1].label == LabelHouseNo):
			out[n-1].hi = p.hi
			continue
		case touching && p.label == LabelAssist && out[n-1].label == LabelAssist:
			out[n-1].hi = p.hi
			continue
		case touching && p.label == LabelSubRoad && p.hi > p.lo+2 && (b.is(p.lo, '与') || b.is(p.lo, '和')):
			out = append(out, piece{p.lo, p.lo + 1, LabelRedundant})
			p.lo++
		}
		out = append(out, p)
	}
	b.parts = out
}

// fill copies the parts into the fields; a field that occurs twice is joined, a second POI goes below the first.
func (b *builder) fill() {
	a := &b.a
	for _, p := range b.parts {
		to := a.field(p.label)
		if to == nil {
			continue
		}
		s := b.sub(p.lo, p.hi)
		if p.label == LabelRedundant && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			continue
		}
		if p.label == LabelRedundant && p.hi == p.lo+1 && strings.Contains("与和的了之", s) {
			continue
		}
		if p.label == LabelPOI && *to != "" && a.SubPOI == "" {
			to = &a.SubPOI
		}
		if *to != "" {
			s = *to + " " + s
		}
		*to = s
	}
}

// field returns where a part with the label goes, nil for divisions.
func (a *Address) field(l Label) *string {
	switch l {
	case LabelDevZone:
		return &a.DevZone
	case LabelCommunity:
		return &a.Community
	case LabelRoad:
		return &a.Road
	case LabelRoadNo:
		return &a.RoadNo
	case LabelSubRoad:
		return &a.SubRoad
	case LabelSubRoadNo:
		return &a.SubRoadNo
	case LabelPOI:
		return &a.POI
	case LabelSubPOI:
		return &a.SubPOI
	case LabelHouseNo:
		return &a.HouseNo
	case LabelCellNo:
		return &a.CellNo
	case LabelFloorNo:
		return &a.FloorNo
	case LabelRoomNo:
		return &a.RoomNo
	case LabelFirm:
		return &a.Firm
	case LabelAssist:
		return &a.Assist
	case LabelRedundant:
		return &a.Redundant
	}
	return nil
}

// confidence: see Address.Confidence.
func (b *builder) confidence() float64 {
	a := &b.a
	v := 0.0
	switch {
	case a.DistrictCode != "", a.CityCode != "" && len(Children(a.CityCode)) > 0 && strings.HasPrefix(a.TownCode, a.CityCode):
		v = 0.45
	case a.CityCode != "":
		v = 0.3
	case a.ProvinceCode != "":
		v = 0.15
	case a.District != "" || a.City != "":
		v = 0.1
	}
	if a.Road != "" || a.POI != "" || a.Community != "" || a.DevZone != "" {
		v += 0.2
	} else if a.Town != "" {
		v += 0.1
	}
	if a.RoadNo != "" || a.HouseNo != "" || a.RoomNo != "" || a.SubRoadNo != "" {
		v += 0.2
	}
	if utf8.RuneCountInString(a.Redundant) < 4 {
		v += 0.15
	}
	if b.conflict {
		v *= 0.6
	}
	return float64(int(v*100+0.5)) / 100
}
