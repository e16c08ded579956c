package db_test

import (
	"context"
	"testing"

	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
)

// TestQueuedOnly commits transactions that wait for no answer before their end: they are whole or not at all.
func TestQueuedOnly(t *testing.T) {
	t.Parallel()
	const insert = `INSERT INTO db_number (series, next) VALUES ($1, 1)`
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for _, tt := range []struct {
			name string
			run  func(ctx context.Context, tx *db.Tx)
			want int64 // rows afterwards; none also means that the change failed
		}{
			{"nothing", func(context.Context, *db.Tx) {}, 0},
			{"queued", func(_ context.Context, tx *db.Tx) {
				tx.Later(insert, "a")
				tx.Later(insert, "b")
			}, 2},
			{"the second of them fails", func(_ context.Context, tx *db.Tx) {
				tx.Later(insert, "a")
				tx.Later(insert, "a")
			}, 0},
			{"queued after a statement", func(ctx context.Context, tx *db.Tx) {
				if _, err := tx.Exec(ctx, insert, "a"); err != nil {
					t.Error(err)
				}
				tx.Later(insert, "b")
			}, 2},
			{"fails after a statement", func(ctx context.Context, tx *db.Tx) {
				if _, err := tx.Exec(ctx, insert, "a"); err != nil {
					t.Error(err)
				}
				tx.Later(insert, "a")
			}, 0},
		} {
			err := db.InTx0(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
				tt.run(ctx, tx)
				return nil
			})
			if tt.name != "nothing" && (err == nil) != (tt.want > 0) {
				t.Errorf("%s: InTx = %v, want success %v", tt.name, err, tt.want > 0)
			}
			if tt.want == 0 && err != nil && !db.IsUnique(err, "db_number") {
				t.Errorf("%s: InTx = %v, want a unique violation of db_number", tt.name, err)
			}
			got, err := db.Get(t.Context(), d, db.ScanInt, `SELECT COUNT(*) FROM db_number WHERE series IN ('a', 'b')`)
			if err != nil || got != tt.want {
				t.Errorf("%s: %d rows, %v; want %d", tt.name, got, err, tt.want)
			}
			if err := db.InTx0(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, `DELETE FROM db_number WHERE series IN ('a', 'b')`)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
