package geo

import "strings"

// MaskAddress keeps an address down to the district and town and hides the rest, "上海市浦东新区张江镇****". What it keeps
// are names from the list of divisions or words that end as such; a text without any becomes "****" whole, one without
// Chinese characters keeps its country only. An empty text stays empty.
func MaskAddress(s string) string {
	if strings.TrimSpace(s) == "" {
		return ""
	}
	a := Parse(s)
	var kept strings.Builder
	for _, p := range a.Parts {
		switch p.Label {
		case LabelProvince, LabelCity, LabelDistrict:
			if len(divisions().refs(p.Text)) == 0 && !endsAs(p.Text, "区", "县", "市", "旗") {
				continue
			}
		case LabelTown:
			if a.TownCode == "" && !endsAs(p.Text, "镇", "乡", "街道") {
				continue
			}
		default:
			continue
		}
		if len(p.Text) > 36 || strings.ContainsAny(p.Text, "0123456789") {
			continue
		}
		kept.WriteString(p.Text)
	}
	if len(a.Lines) > 0 && a.Country != "" {
		return "**** " + a.Country
	}
	return kept.String() + "****"
}

func endsAs(s string, ends ...string) bool {
	for _, e := range ends {
		if strings.HasSuffix(s, e) {
			return true
		}
	}
	return false
}
