package core

import "math/bits"

// Rand draws numbers from a seed, the same everywhere and always.
type Rand struct{ state uint64 }

// NewRand starts a row of numbers.
func NewRand(seed uint64) *Rand { return &Rand{state: seed} }

func (r *Rand) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below draws from 0 to n-1.
func (r *Rand) below(n int) int {
	high, _ := bits.Mul64(r.next(), uint64(n))
	return int(high)
}

// float draws from 0 to 1, without 1.
func (r *Rand) float() float64 { return float64(r.next()>>11) * 0x1p-53 }
