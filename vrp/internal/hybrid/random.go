package hybrid

import (
	"math/bits"
	"math/rand/v2"
)

// random is the seeded source of every choice of a search.
type random struct{ pcg *rand.PCG }

func newRandom(seed uint64) random {
	return random{rand.NewPCG(seed, seed^0x9e3779b97f4a7c15)}
}

// n returns a number of 0..k-1; k must be positive.
func (r random) n(k int) int {
	hi, _ := bits.Mul64(r.pcg.Uint64(), uint64(k))
	return int(hi)
}

// unit returns a number of [0,1).
func (r random) unit() float64 { return float64(r.pcg.Uint64()>>11) / (1 << 53) }

// chance is true with probability p.
func (r random) chance(p float64) bool { return r.unit() < p }

func (r random) shuffle(a []int32) {
	for i := len(a) - 1; i > 0; i-- {
		j := r.n(i + 1)
		a[i], a[j] = a[j], a[i]
	}
}
