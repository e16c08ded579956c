package db_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
)

func TestBulk(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := db.Bulk(t.Context())
		err := db.InTx0(ctx, d, func(ctx context.Context, tx *db.Tx) error {
			for _, q := range []string{
				`CREATE TABLE IF NOT EXISTS bulk_a (id BIGINT PRIMARY KEY, note TEXT)`,
				`CREATE TABLE IF NOT EXISTS bulk_b (a BIGINT NOT NULL REFERENCES bulk_a (id), raw TEXT)`,
			} {
				if _, err := tx.Exec(ctx, q); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		rows := func(tx db.Querier, ctx context.Context, q string) []string {
			list, err := db.List(ctx, tx, db.ScanString, q)
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		err = db.InTx0(ctx, d, func(ctx context.Context, tx *db.Tx) error {
			for i := range 133 { // 100 + 20 + 5 + 5 + 1 + 1 + 1
				tx.Later(`INSERT INTO bulk_a (id, note) VALUES ($1, $2)`, i, fmt.Sprint("n", i))
				tx.Later(`INSERT INTO bulk_b (a, raw) VALUES ($1, $2)`, i, nil)
				tx.Later(`INSERT INTO bulk_a (id, note) VALUES ($1, 'constant')`, 1000+i)
			}
			// A read sees what was queued before it; what follows an update is not overtaken by it.
			if got := rows(tx, ctx, `SELECT note FROM bulk_a WHERE id = 132`); !slices.Equal(got, []string{"n132"}) {
				t.Errorf("in the transaction: %q", got)
			}
			tx.Later(`INSERT INTO bulk_a (id, note) VALUES ($1, $2)`, 2000, "before")
			tx.Later(`UPDATE bulk_a SET note = 'all' WHERE id >= 2000`)
			tx.Later(`INSERT INTO bulk_a (id, note) VALUES ($1, $2)`, 2001, "after")
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := rows(d, t.Context(), `SELECT note FROM bulk_a WHERE id >= 2000 ORDER BY id`); !slices.Equal(got, []string{"all", "after"}) {
			t.Errorf("around an update: %q", got)
		}
		if got := rows(d, t.Context(), `SELECT CAST(COUNT(*) AS TEXT) FROM bulk_a UNION ALL SELECT CAST(COUNT(*) AS TEXT) FROM bulk_b`); !slices.Equal(got, []string{"268", "133"}) {
			t.Errorf("rows: %q", got)
		}
		// An error of a queued row undoes all of it.
		err = db.InTx0(ctx, d, func(_ context.Context, tx *db.Tx) error {
			tx.Later(`INSERT INTO bulk_a (id, note) VALUES ($1, $2)`, 3000, "x")
			tx.Later(`INSERT INTO bulk_b (a, raw) VALUES ($1, $2)`, 4000, "y")
			return nil
		})
		if !db.IsForeignKey(err) {
			t.Errorf("an unknown reference: %v", err)
		}
		if got := rows(d, t.Context(), `SELECT note FROM bulk_a WHERE id = 3000`); len(got) != 0 {
			t.Errorf("a failed transaction left %q", got)
		}
	})
}
