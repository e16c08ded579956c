package geo

import "math"

// WGS84 returns the point in WGS-84. An empty datum counts as WGS-84.
func (p Point) WGS84() Point { return p.To(WGS84) }

// To returns the point in another datum, precision and source kept. Outside China the three are taken to be the same,
// as map services do.
func (p Point) To(d Datum) Point {
	if p.Datum == "" {
		p.Datum = WGS84
	}
	if d == p.Datum {
		return p
	}
	lat, lon := p.Lat, p.Lon
	if p.Datum == BD09 {
		lat, lon = bdToGCJ(lat, lon)
	}
	if p.Datum != WGS84 && d == WGS84 {
		lat, lon = gcjToWGS(lat, lon)
	}
	if p.Datum == WGS84 {
		lat, lon = wgsToGCJ(lat, lon)
	}
	if d == BD09 {
		lat, lon = gcjToBD(lat, lon)
	}
	p.Lat, p.Lon, p.Datum = lat, lon, d
	return p
}

// inChina is the box of the public GCJ-02 reference code; it is cut generously, and covers parts of the neighbours.
func inChina(lat, lon float64) bool {
	return lat > 0.8293 && lat < 55.8271 && lon > 72.004 && lon < 137.8347
}

// wgsToGCJ shifts by the published approximation of GCJ-02 (Krasovsky ellipsoid), good to about a metre.
func wgsToGCJ(lat, lon float64) (float64, float64) {
	if !inChina(lat, lon) {
		return lat, lon
	}
	dLat, dLon := gcjShift(lat, lon)
	return lat + dLat, lon + dLon
}

// gcjToWGS undoes wgsToGCJ by fixed-point iteration; the shift changes so slowly that each round gains three digits.
func gcjToWGS(lat, lon float64) (float64, float64) {
	if !inChina(lat, lon) {
		return lat, lon
	}
	x, y := lat, lon
	for range 10 {
		dLat, dLon := gcjShift(x, y)
		nx, ny := lat-dLat, lon-dLon
		done := math.Abs(nx-x) < 1e-10 && math.Abs(ny-y) < 1e-10
		x, y = nx, ny
		if done {
			break
		}
	}
	return x, y
}

func gcjShift(lat, lon float64) (dLat, dLon float64) {
	const a, ee = 6378245.0, 0.00669342162296594323
	x, y := lon-105, lat-35
	wave := (20*math.Sin(6*x*math.Pi) + 20*math.Sin(2*x*math.Pi)) * 2 / 3
	dLat = -100 + 2*x + 3*y + 0.2*y*y + 0.1*x*y + 0.2*math.Sqrt(math.Abs(x)) + wave +
		(20*math.Sin(y*math.Pi)+40*math.Sin(y/3*math.Pi))*2/3 +
		(160*math.Sin(y/12*math.Pi)+320*math.Sin(y*math.Pi/30))*2/3
	dLon = 300 + x + 2*y + 0.1*x*x + 0.1*x*y + 0.1*math.Sqrt(math.Abs(x)) + wave +
		(20*math.Sin(x*math.Pi)+40*math.Sin(x/3*math.Pi))*2/3 +
		(150*math.Sin(x/12*math.Pi)+300*math.Sin(x/30*math.Pi))*2/3
	rad := lat * math.Pi / 180
	m := 1 - ee*math.Sin(rad)*math.Sin(rad)
	dLat = dLat * 180 / (a * (1 - ee) / (m * math.Sqrt(m)) * math.Pi)
	dLon = dLon * 180 / (a / math.Sqrt(m) * math.Cos(rad) * math.Pi)
	return dLat, dLon
}

const bdPi = math.Pi * 3000 / 180

func gcjToBD(lat, lon float64) (float64, float64) {
	if !inChina(lat, lon) {
		return lat, lon
	}
	z := math.Hypot(lon, lat) + 0.00002*math.Sin(lat*bdPi)
	t := math.Atan2(lat, lon) + 0.000003*math.Cos(lon*bdPi)
	return z*math.Sin(t) + 0.006, z*math.Cos(t) + 0.0065
}

// bdToGCJ undoes gcjToBD by iteration; the usual closed form is off by up to a metre.
func bdToGCJ(lat, lon float64) (float64, float64) {
	if !inChina(lat, lon) {
		return lat, lon
	}
	x, y := lat-0.006, lon-0.0065
	for range 10 {
		bx, by := gcjToBD(x, y)
		dx, dy := lat-bx, lon-by
		x, y = x+dx, y+dy
		if math.Abs(dx) < 1e-10 && math.Abs(dy) < 1e-10 {
			break
		}
	}
	return x, y
}
