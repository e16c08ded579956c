package db

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Numbers hands out the numbers that people say on the phone (case C2611-000123). They are unique
// and never used again; a block is taken from the database at once, so no row is hot and a restart
// leaves a gap. Call it before the transaction that uses the number.
type Numbers struct {
	db    *DB
	zone  *time.Location
	mu    sync.Mutex
	open  map[string]block
	block int64
}

type block struct{ next, end int64 }

// NewNumbers makes the dispenser; zone decides in which month a number belongs.
func NewNumbers(d *DB, zone *time.Location) *Numbers {
	return &Numbers{db: d, zone: zone, open: map[string]block{}, block: 64}
}

// Next returns the next number of a series: prefix, year and month of at, and a counter of at least
// six digits that begins anew each month.
func (n *Numbers) Next(ctx context.Context, prefix string, at time.Time) (string, error) {
	series := prefix + at.In(n.zone).Format("0601")
	n.mu.Lock()
	defer n.mu.Unlock()
	b := n.open[series]
	if b.next == b.end {
		var err error
		if b, err = n.take(ctx, series, n.block); err != nil {
			return "", err
		}
	}
	v := b.next
	b.next++
	n.open[series] = b
	return number(series, v), nil
}

// Many returns count numbers of a series at once, for imports.
func (n *Numbers) Many(ctx context.Context, prefix string, at time.Time, count int) ([]string, error) {
	if count == 0 {
		return nil, nil
	}
	series := prefix + at.In(n.zone).Format("0601")
	b, err := n.take(ctx, series, int64(count))
	if err != nil {
		return nil, err
	}
	out := make([]string, count)
	for i := range out {
		out[i] = number(series, b.next+int64(i))
	}
	return out, nil
}

func number(series string, v int64) string { return fmt.Sprintf("%s-%06d", series, v) }

// take takes the next size numbers of a series for this process.
func (n *Numbers) take(ctx context.Context, series string, size int64) (block, error) {
	end, err := InTx(ctx, n.db, func(ctx context.Context, tx *Tx) (int64, error) {
		var end int64
		err := tx.QueryRow(ctx, `INSERT INTO db_number (series, next) VALUES ($1, $2 + 1)
			ON CONFLICT (series) DO UPDATE SET next = db_number.next + $2 RETURNING next`, series, size).Scan(&end)
		return end, err
	})
	if err != nil {
		return block{}, fmt.Errorf("take numbers of %s: %w", series, err)
	}
	return block{next: end - size, end: end}, nil
}
