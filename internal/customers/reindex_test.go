package customers

import (
	"context"
	"testing"

	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
)

// TestReindex: who was there before is found by initials afterwards; who was merged away or erased stays unfindable.
func TestReindex(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		count := func(table string, id ID) int64 {
			t.Helper()
			n, err := db.Get(t.Context(), d, db.ScanInt, `SELECT COUNT(*) FROM `+table+` WHERE customer_id = $1`, string(id))
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		var list []ID
		for i, name := range []string{"欧阳明月", "王小明", "Zoë"} {
			c, err := f.Create(f.ctx, CreateInput{Name: name, Phones: []PhoneInput{{Number: "1381234567" + string(rune('0'+i))}}, Brand: "brand-a"})
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, c.ID)
		}
		was := count("customers_initials", list[0])
		if was == 0 {
			t.Fatal("a name has no initials")
		}
		if err := db.InTx0(f.ctx, d, func(ctx context.Context, tx *db.Tx) error {
			for _, id := range list {
				if _, err := tx.Exec(ctx, `DELETE FROM customers_initials WHERE customer_id = $1`, string(id)); err != nil {
					return err
				}
				if _, err := tx.Exec(ctx, `INSERT INTO customers_reindex (customer_id) VALUES ($1)`, string(id)); err != nil {
					return err
				}
			}
			_, err := tx.Exec(ctx, `UPDATE customers_customer SET erased_at = 1 WHERE id = $1`, string(list[1]))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := f.Reindex(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if got := count("customers_initials", list[0]); got != was {
			t.Errorf("%d initials afterwards, want %d", got, was)
		}
		if got := count("customers_initials", list[1]); got != 0 {
			t.Errorf("an erased one has %d initials", got)
		}
		for _, id := range list {
			if got := count("customers_reindex", id); got != 0 {
				t.Errorf("%s still waits", id)
			}
		}
	})
}
