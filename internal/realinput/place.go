package realinput

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"anxin/internal/platform/geo"
)

// cluster is a part of the city: the points nearest to one of them, its middle.
type cluster struct {
	Middle geo.Point
	Points []int // of the list
}

// clusters parts points into k groups by medoids: each middle is one of the points, the one nearest to the
// others of its group. The same seed gives the same groups; the largest comes first.
func clusters(points []geo.Point, k int, seed uint64) []cluster {
	chance := rand.New(rand.NewPCG(seed, 311))
	k = min(k, len(points))
	if k == 0 {
		return nil
	}
	middles := []int{chance.IntN(len(points))}
	for len(middles) < k { // the next is far from those chosen, by chance weighed with the square of the way
		weights, sum := make([]float64, len(points)), 0.0
		for i, p := range points {
			_, d := nearest(points, middles, p)
			weights[i] = d * d
			sum += weights[i]
		}
		if sum == 0 {
			break // fewer places than groups
		}
		at := chance.Float64() * sum
		pick := len(points) - 1
		for i, w := range weights {
			if at -= w; at < 0 {
				pick = i
				break
			}
		}
		middles = append(middles, pick)
	}
	var groups [][]int
	for range 50 {
		groups = make([][]int, len(middles))
		for i, p := range points {
			g, _ := nearest(points, middles, p)
			groups[g] = append(groups[g], i)
		}
		moved := false
		for g, members := range groups {
			best, least := middles[g], -1.0
			for _, m := range members {
				sum := 0.0
				for _, o := range members {
					sum += geo.Distance(points[m], points[o])
				}
				if least < 0 || sum < least {
					best, least = m, sum
				}
			}
			moved = moved || best != middles[g]
			middles[g] = best
		}
		if !moved {
			break
		}
	}
	out := make([]cluster, len(middles))
	for g, members := range groups {
		out[g] = cluster{Middle: points[middles[g]], Points: members}
	}
	slices.SortStableFunc(out, func(a, b cluster) int { return cmp.Compare(len(b.Points), len(a.Points)) })
	return out
}

// nearest finds which of the middles is the nearest to p, and how far.
func nearest(points []geo.Point, middles []int, p geo.Point) (int, float64) {
	best, least := 0, -1.0
	for g, m := range middles {
		if d := geo.Distance(points[m], p); least < 0 || d < least {
			best, least = g, d
		}
	}
	return best, least
}

// share divides n among groups by their size, at least one each where there are enough; the sum is n.
func share(n int, groups []cluster) []int {
	out := make([]int, len(groups))
	total := 0
	for _, g := range groups {
		total += len(g.Points)
	}
	if total == 0 || len(groups) == 0 {
		return out
	}
	left := n
	for i := range groups {
		if left > 0 {
			out[i] = 1
			left--
		}
	}
	for range left { // each further one goes where most points fall on one
		best := 0
		for i := range groups {
			if len(groups[i].Points)*out[best] > len(groups[best].Points)*out[i] {
				best = i
			}
		}
		out[best]++
	}
	return out
}
