package geo

import (
	"context"
	"fmt"
	"sync"
)

// Cached remembers the legs a slower provider told. It keeps two generations: when the younger one is full it becomes
// the older, and what the older held unasked for is dropped. So it holds at most twice its size, and the legs in use.
type Cached struct {
	inner Travel

	mu sync.Mutex
	generations
}

// generations keep legs: when the younger one is full it becomes the older, and what that held unasked for is dropped.
type generations struct {
	size       int
	young, old map[tableKey]leg
}

func newGenerations(size int) generations {
	return generations{size: max(size, 1), young: map[tableKey]leg{}}
}

// NewCached wraps a provider; size is the number of legs of one generation, at about 80 bytes each (200 000 legs are
// the pairs of 450 places).
func NewCached(inner Travel, size int) *Cached {
	return &Cached{inner: inner, generations: newGenerations(size)}
}

// Matrix implements Travel. It asks the inner provider once, for the rows that have any leg missing and the columns
// missing in them; a failed question leaves nothing behind.
func (c *Cached) Matrix(ctx context.Context, profile Profile, departures TimeSlice, from, to []Point) (*Matrix, error) {
	if err := checkPairs(from, to); err != nil {
		return nil, err
	}
	m := NewMatrix(len(from), len(to))
	rows, columns := make([]travelKey, len(from)), make([]travelKey, len(to))
	for i, p := range from {
		rows[i] = keyOf(p)
	}
	for j, p := range to {
		columns[j] = keyOf(p)
	}
	needRow, needColumn := make([]bool, len(from)), make([]bool, len(to))
	missing := false
	c.mu.Lock()
	for i, r := range rows {
		for j, q := range columns {
			if l, ok := c.get(tableKey{profile, departures, r, q}); ok {
				m.set(i, j, l.seconds, l.metres)
			} else {
				needRow[i], needColumn[j], missing = true, true, true
			}
		}
	}
	c.mu.Unlock()
	if !missing {
		return m, nil
	}
	var askRows, askColumns []int
	var askFrom, askTo []Point
	for i, need := range needRow {
		if need {
			askRows, askFrom = append(askRows, i), append(askFrom, from[i])
		}
	}
	for j, need := range needColumn {
		if need {
			askColumns, askTo = append(askColumns, j), append(askTo, to[j])
		}
	}
	got, err := c.inner.Matrix(ctx, profile, departures, askFrom, askTo)
	if err != nil {
		return nil, err
	}
	if got.Rows != len(askFrom) || got.Columns != len(askTo) {
		return nil, fmt.Errorf("asked for %d × %d legs, got %d × %d: %w", len(askFrom), len(askTo), got.Rows, got.Columns, ErrTravel)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for a, i := range askRows {
		for b, j := range askColumns {
			seconds, metres := got.At(a, b)
			m.set(i, j, seconds, metres)
			c.put(tableKey{profile, departures, rows[i], columns[j]}, leg{seconds, metres})
		}
	}
	return m, nil
}

func (c *generations) get(k tableKey) (leg, bool) {
	if l, ok := c.young[k]; ok {
		return l, true
	}
	l, ok := c.old[k]
	if ok {
		c.put(k, l)
	}
	return l, ok
}

func (c *generations) put(k tableKey, l leg) {
	if len(c.young) >= c.size {
		c.old, c.young = c.young, make(map[tableKey]leg, c.size/4)
	}
	c.young[k] = l
}
