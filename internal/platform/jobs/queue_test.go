package jobs

import (
	"context"
	"testing"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/problem"
)

func TestQueue(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := access.With(t.Context(), access.System("test"))
		err := db.InTx0(ctx, d, func(ctx context.Context, tx *db.Tx) error {
			for i := range 5 {
				if err := InsertTx(ctx, tx, countArgs{i}, At(tx.Now().Add(time.Hour))); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		q := NewQueue(d)
		first, err := q.List(ctx, QueueFilter{Limit: 3})
		if err != nil || len(first) != 3 {
			t.Fatalf("first page = %+v, %v", first, err)
		}
		rest, err := q.List(ctx, QueueFilter{Limit: 3, Before: first[2].ID, Kind: "test.count", States: []string{"scheduled"}})
		if err != nil || len(rest) != 2 || rest[0].ID >= first[2].ID || string(rest[1].Args) != `{"n": 0}` && string(rest[1].Args) != `{"n":0}` {
			t.Fatalf("second page = %+v, %v", rest, err)
		}
		if none, err := q.List(ctx, QueueFilter{Limit: 3, Kind: "other"}); err != nil || len(none) != 0 {
			t.Errorf("jobs of another kind = %+v, %v", none, err)
		}
		if j, err := q.Retry(ctx, first[0].ID); err != nil || j.State != "available" {
			t.Errorf("Retry = %+v, %v", j, err)
		}
		if j, err := q.Cancel(ctx, first[1].ID); err != nil || j.State != "cancelled" {
			t.Errorf("Cancel = %+v, %v", j, err)
		}
		if err := q.Discard(ctx, first[2].ID); err != nil {
			t.Errorf("Discard = %v", err)
		}
		if err := q.Discard(ctx, first[2].ID); !problem.Match(err, ErrNoJob) {
			t.Errorf("Discard again = %v, want %v", err, ErrNoJob)
		}
		counts, err := q.Counts(ctx)
		if err != nil || counts["available"] != 1 || counts["cancelled"] != 1 || counts["scheduled"] != 2 {
			t.Errorf("Counts = %v, %v", counts, err)
		}
		if _, err := q.List(access.With(ctx, access.Actor{Kind: access.User, ID: "u"}), QueueFilter{Limit: 1}); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("List without the permission = %v", err)
		}
	})
}
