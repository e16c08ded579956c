package events_test

import (
	"context"
	"testing"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/events"
)

type probed struct {
	ID string `json:"id"`
}

func (probed) Topic() string               { return "test.probed.v1" }
func (e probed) Record() (kind, id string) { return "test", e.ID }

// After a restore into a cluster that counts its transactions anew, what is written comes after all that was
// there, though those rows have far higher numbers.
func TestBeginEra(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		publish := func() {
			t.Helper()
			if err := db.InTx0(access.With(t.Context(), access.System("test")), d, func(ctx context.Context, tx *db.Tx) error {
				return events.Publish(ctx, tx, probed{db.NewID()})
			}); err != nil {
				t.Fatal(err)
			}
		}
		publish()
		const far = int64(7) << 40
		for range 2 { // and once more: each restore begins an era of its own
			if err := db.InTx0(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, `UPDATE events_event SET txid = txid + $1 WHERE txid > 0`, far)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if err := d.BeginEra(t.Context()); err != nil {
				t.Fatal(err)
			}
			publish()
		}
		type row struct{ txid, seq int64 }
		list, err := db.List(t.Context(), d, func(s db.Scanner) (r row, err error) { return r, s.Scan(&r.txid, &r.seq) },
			`SELECT txid, seq FROM events_event ORDER BY id`)
		if err != nil || len(list) != 3 {
			t.Fatalf("%v, %v", list, err)
		}
		for i, r := range list[1:] {
			if old := list[i]; r.txid < old.txid || r.txid == old.txid && r.seq-old.seq < 1<<31 {
				t.Errorf("an event of a later era stands at %v, the one before at %v", r, old)
			}
		}
		stable, err := db.Get(t.Context(), d, db.ScanInt, `SELECT `+d.StableBefore())
		if err != nil || stable < list[2].txid-1<<31 {
			t.Errorf("the feed is read up to %d, the newest stands at %v (%v)", stable, list[2], err)
		}
	})
}
