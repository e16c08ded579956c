package geo

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// countries by the names that end an address, upper case.
var countries = map[string]string{
	"CHINA": "CN", "PR CHINA": "CN", "P.R. CHINA": "CN", "P.R.CHINA": "CN", "PEOPLE'S REPUBLIC OF CHINA": "CN",
	"USA": "US", "U.S.A.": "US", "UNITED STATES": "US", "UNITED STATES OF AMERICA": "US", "CANADA": "CA", "MEXICO": "MX", "BRAZIL": "BR", "ARGENTINA": "AR", "CHILE": "CL", "PERU": "PE", "COLOMBIA": "CO",
	"UNITED KINGDOM": "GB", "UK": "GB", "U.K.": "GB", "GREAT BRITAIN": "GB", "ENGLAND": "GB", "SCOTLAND": "GB", "WALES": "GB", "IRELAND": "IE",
	"GERMANY": "DE", "DEUTSCHLAND": "DE", "FRANCE": "FR", "ITALY": "IT", "ITALIA": "IT", "SPAIN": "ES", "ESPAÑA": "ES", "PORTUGAL": "PT", "NETHERLANDS": "NL", "THE NETHERLANDS": "NL",
	"BELGIUM": "BE", "LUXEMBOURG": "LU", "SWITZERLAND": "CH", "AUSTRIA": "AT", "ÖSTERREICH": "AT", "POLAND": "PL", "CZECH REPUBLIC": "CZ", "CZECHIA": "CZ", "HUNGARY": "HU", "ROMANIA": "RO", "GREECE": "GR",
	"SWEDEN": "SE", "NORWAY": "NO", "DENMARK": "DK", "FINLAND": "FI", "RUSSIA": "RU", "RUSSIAN FEDERATION": "RU", "UKRAINE": "UA", "TURKEY": "TR", "TÜRKIYE": "TR",
	"JAPAN": "JP", "KOREA": "KR", "SOUTH KOREA": "KR", "REPUBLIC OF KOREA": "KR", "SINGAPORE": "SG", "MALAYSIA": "MY", "THAILAND": "TH", "VIETNAM": "VN", "VIET NAM": "VN", "INDONESIA": "ID",
	"PHILIPPINES": "PH", "INDIA": "IN", "PAKISTAN": "PK", "BANGLADESH": "BD", "SRI LANKA": "LK", "KAZAKHSTAN": "KZ", "UZBEKISTAN": "UZ", "MONGOLIA": "MN", "MYANMAR": "MM", "CAMBODIA": "KH", "LAOS": "LA",
	"AUSTRALIA": "AU", "NEW ZEALAND": "NZ", "SOUTH AFRICA": "ZA", "EGYPT": "EG", "NIGERIA": "NG", "KENYA": "KE", "ETHIOPIA": "ET", "MOROCCO": "MA",
	"UNITED ARAB EMIRATES": "AE", "UAE": "AE", "U.A.E.": "AE", "SAUDI ARABIA": "SA", "QATAR": "QA", "ISRAEL": "IL",
}

// postcodes are tried in turn; the shapes that carry letters come first because they cannot be house numbers.
var postcodes = sync.OnceValue(func() []*regexp.Regexp {
	return []*regexp.Regexp{
		regexp.MustCompile(`\b[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}\b`),     // GB
		regexp.MustCompile(`\b[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]\b`),            // CA
		regexp.MustCompile(`\b[0-9]{4} ?[A-Z]{2}\b`),                          // NL
		regexp.MustCompile(`\b[0-9]{5}-[0-9]{4}\b`),                           // US, long
		regexp.MustCompile(`\b[0-9]{3}-[0-9]{4}\b`),                           // JP
		regexp.MustCompile(`\b[0-9]{6}\b`),                                    // CN, IN, RU, SG
		regexp.MustCompile(`\b[0-9]{5}\b`),                                    // US, DE, FR, …
		regexp.MustCompile(`\b[0-9]{3} [0-9]{2}\b`),                           // SE, CZ, GR
		regexp.MustCompile(`(?:^|, ?|\b[A-Z]{2,3} )([0-9]{4})(?:$|,| [A-Z])`), // AU, CH, DK, …: only where a town may be beside it
	}
})

// parseForeign keeps an address outside China as its lines, without taking streets and numbers apart: orders differ too
// much to pretend. It recognises the country on the last line, a postcode on the last three, and a phone.
func parseForeign(s string, t text) Address {
	var a Address
	var f found
	t.takePhones(&f, t.takeCaptions())
	a.Phones, a.Parts = f.phones, f.parts
	if !slices.ContainsFunc(t.units, func(u unit) bool { return u.class != classGap && u.class != classPunct }) {
		return a // nothing but phones
	}
	for line := range strings.SplitSeq(strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r", "\n"), "\n") {
		line = strings.Join(strings.FieldsFunc(line, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }), " ")
		if line = strings.Trim(line, " ,;"); line != "" {
			a.Lines = append(a.Lines, line)
		}
	}
	if len(a.Lines) == 0 {
		return a
	}
	last := a.Lines[len(a.Lines)-1]
	tail := last
	if i := strings.LastIndexAny(last, ",;"); i >= 0 {
		tail = last[i+1:]
	}
	for _, name := range []string{last, tail} {
		if c, ok := countries[strings.ToUpper(strings.Trim(name, " ."))]; ok {
			a.Country = c
		} else if c, ok := countries[strings.ToUpper(strings.TrimSpace(name))]; ok {
			a.Country = c
		}
	}
	for _, re := range postcodes() {
		for i := len(a.Lines) - 1; i >= max(0, len(a.Lines)-3); i-- {
			if i == 0 && len(a.Lines) > 1 {
				break // the first line is the street
			}
			m := re.FindAllStringSubmatch(strings.ToUpper(a.Lines[i]), -1)
			if len(m) == 0 {
				continue
			}
			hit := m[len(m)-1]
			a.Postcode = hit[len(hit)-1]
			break
		}
		if a.Postcode != "" {
			break
		}
	}
	a.Confidence = 0.2
	if a.Country != "" {
		a.Confidence += 0.1
	}
	if a.Postcode != "" {
		a.Confidence += 0.1
	}
	return a
}
