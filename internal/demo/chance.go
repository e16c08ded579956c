package demo

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// chance is a seeded source of decisions. Each subject has one of its own, so that a change of one leaves the
// others as they were.
type chance struct{ *rand.Rand }

func newChance(seed uint64, subject string) chance {
	h := fnv.New64a()
	_, _ = h.Write([]byte(subject)) // never fails
	return chance{rand.New(rand.NewPCG(seed, h.Sum64()))}
}

// yes is true with probability p.
func (c chance) yes(p float64) bool { return c.Float64() < p }

// between is a duration from a to b, evenly.
func (c chance) between(a, b time.Duration) time.Duration {
	if b <= a {
		return a
	}
	return a + time.Duration(c.Int64N(int64(b-a)))
}

// minutes is a whole number of seconds from a to b minutes.
func (c chance) minutes(a, b int) time.Duration {
	return c.between(time.Duration(a)*time.Minute, time.Duration(b)*time.Minute).Truncate(time.Second)
}

// upTo is an integer from a to b, both included.
func (c chance) upTo(a, b int) int { return a + c.IntN(b-a+1) }

func pick[T any](c chance, list []T) T { return list[c.IntN(len(list))] }

// weighted picks by weight; all weights zero picks the first.
func weighted[T any](c chance, list []T, weight func(T) float64) T {
	var sum float64
	for _, v := range list {
		sum += weight(v)
	}
	x := c.Float64() * sum
	for _, v := range list {
		if x -= weight(v); x < 0 {
			return v
		}
	}
	return list[0]
}
