package customers

import (
	"testing"

	"anxin/internal/platform/geo"
)

// TestDivisionsAbroad: codes of other countries are taken in the form of ISO 3166-2, others must be known.
func TestDivisionsAbroad(t *testing.T) {
	t.Parallel()
	point := &geo.Point{Lat: 40.7, Lon: -73.9, Datum: geo.WGS84}
	for division, ok := range map[string]bool{"US-NY-061": true, "DE-BY": true, "330106": true, "999999": false, "nonsense": false, "US-NY-06123456789": false} {
		p, err := PlaceOf(AddressInput{Text: "113 Main Street", Division: division, Point: point})
		if (err == nil) != ok {
			t.Errorf("%s: %v, want it taken %v", division, err, ok)
		}
		if ok && (p.Division != division || p.Point.Lat != 40.7) {
			t.Errorf("%s: place in %s at %v", division, p.Division, p.Point)
		}
	}
}
