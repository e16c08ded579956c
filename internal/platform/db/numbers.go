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
		end, err := InTx(ctx, n.db, func(ctx context.Context, tx *Tx) (int64, error) {
			var end int64
			err := tx.QueryRow(ctx, `INSERT INTO db_number (series, next) VALUES ($1, $2 + 1)
				ON CONFLICT (series) DO UPDATE SET next = db_number.next + $2 RETURNING next`, series, n.block).Scan(&end)
			return end, err
		})
		if err != nil {
			return "", fmt.Errorf("take numbers of %s: %w", series, err)
		}
		b = block{next: end - n.block, end: end}
	}
	v := b.next
	b.next++
	n.open[series] = b
	return fmt.Sprintf("%s-%06d", series, v), nil
}
