package clocks

import "strconv"

// Tiers of regions, by which targets differ: the farther out, the longer the way.
const (
	Urban    = "urban"    // districts of cities, streets
	County   = "county"   // counties, county-level cities
	Township = "township" // towns and townships
)

// RegionTierOf reads the tier out of a division's code. The fifth and sixth digit tell districts (01 to
// 20, 51 to 70) from counties and county-level cities (GB/T 2260-2007), the seventh to ninth streets (001
// to 099) from towns and townships (GB/T 10114-2003). A shorter or foreign code has no tier.
func RegionTierOf(division string) string {
	if len(division) < 6 {
		return ""
	}
	county, err := strconv.Atoi(division[4:6])
	if err != nil || county == 0 {
		return ""
	}
	if len(division) >= 9 {
		if town, err := strconv.Atoi(division[6:9]); err == nil && town >= 100 {
			return Township
		}
	}
	if county <= 20 || county >= 51 && county <= 70 {
		return Urban
	}
	return County
}
