package vroom

import (
	"math"
	"strings"

	"anxin/vrp"
)

// Roads are longer than the straight line by this factor.
const detour = 1.3

// near is the part of a drive, in metres, that goes through streets; what is beyond goes by bigger roads.
const near = 10_000

// speedsOf are how fast a profile goes through streets and beyond, in metres a second.
func speedsOf(profile string) (streets, roads float64) {
	switch p := strings.ToLower(profile); {
	case p == "bike" || p == "bicycle" || strings.HasPrefix(p, "cycling"):
		return 15 / 3.6, 15 / 3.6
	case p == "foot" || p == "pedestrian" || p == "walking" || strings.HasPrefix(p, "foot-"):
		return 5 / 3.6, 5 / 3.6
	}
	return 30 / 3.6, 70 / 3.6
}

// located numbers the places by their coordinates and makes straight ways between them.
func (in *Input) located(p *vrp.Problem) error {
	known := map[[2]float64]int{}
	var at [][2]float64
	err := in.eachPlace(func(q *place, where, key, _ string) error {
		if !q.located {
			return &Error{Where: where + "." + key, What: "missing; without matrices it is needed"}
		}
		c := [2]float64{q.lon, q.lat}
		n, ok := known[c]
		if !ok {
			n = len(at)
			known[c] = n
			at = append(at, c)
		}
		q.at = n
		return nil
	})
	if err != nil {
		return err
	}
	if len(at) > maxPlaces {
		return &Error{Where: "matrices", What: "missing, and there are too many places for straight lines"}
	}
	p.Places = len(at)
	metres := make([]int32, len(at)*len(at))
	for i := range at {
		for j := range i {
			m := int32(math.Ceil(globe(at[i], at[j]) * detour))
			metres[i*len(at)+j], metres[j*len(at)+i] = m, m
		}
	}
	in.matrices = map[string]*matrix{}
	for _, v := range in.vehicles {
		if in.matrices[v.profile] != nil {
			continue
		}
		m := &matrix{size: len(at), distances: metres, durations: make([]int32, len(metres))}
		streets, roads := speedsOf(v.profile)
		for k, d := range metres {
			m.durations[k] = int32(math.Ceil(float64(min(d, near))/streets + float64(max(d-near, 0))/roads))
		}
		in.matrices[v.profile] = m
	}
	return nil
}

// maxPlaces bounds what straight lines are made for: 8,000 places are 64 million ways.
const maxPlaces = 8_000

// globe is the way as the crow flies, in metres, on a ball of the earth's mean radius.
func globe(a, b [2]float64) float64 {
	const radius, degree = 6_371_008.8, math.Pi / 180
	lat, lon := (b[1]-a[1])*degree/2, (b[0]-a[0])*degree/2
	h := math.Sin(lat)*math.Sin(lat) + math.Cos(a[1]*degree)*math.Cos(b[1]*degree)*math.Sin(lon)*math.Sin(lon)
	return 2 * radius * math.Asin(min(1, math.Sqrt(h)))
}
