package search

import (
	"regexp"
	"strings"
)

// What free text tells of a person although it was masked: the rests of masked numbers, long numbers that may be
// a mistyped identity or bank card number (masking asks for a right check digit), doors and houses. None
// of it is ever indexed; people look for an address by its street and for a number by the whole of it.
var (
	maskedRest = regexp.MustCompile(`[0-9０-９]*[*＊]+[0-9０-９]*`)
	long       = regexp.MustCompile(`[0-9０-９]{15,}[Xx]?`)
	doors      = regexp.MustCompile(`[0-9０-９]+(?:[-－—–][0-9０-９A-Za-z]+)*\s*(?:号楼|号院|号室|单元|室|房|幢|栋|座|楼|层|户|號樓|單元|棟|樓|層|戶)`)
	houses     = regexp.MustCompile(`([路街道巷弄村里])\s*[0-9０-９]+(?:[-－—–][0-9０-９]+)*\s*[号號]`)
	rooms      = regexp.MustCompile(`(?i)\b(?:room|rm|apt|apartment|flat|suite)\b[.:]?\s*#?\s*[0-9]+[a-z]?\b`)
)

// hidden is a text without what tells where somebody lives or how he is reached.
func hidden(text string) string {
	if !strings.ContainsAny(text, "0123456789０１２３４５６７８９") {
		return text
	}
	if strings.ContainsAny(text, "*＊") {
		text = maskedRest.ReplaceAllString(text, " ")
	}
	text = long.ReplaceAllString(text, " ")
	text = doors.ReplaceAllString(text, " ")
	text = houses.ReplaceAllString(text, "$1 ")
	return rooms.ReplaceAllString(text, " ")
}
