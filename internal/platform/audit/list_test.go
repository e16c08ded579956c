package audit

import (
	"context"
	"testing"

	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
)

func TestList(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for _, id := range []string{"a", "b", "c"} {
			act(t, d, id, "open", true)
			act(t, d, id, "close", false)
		}
		trail := New(d)
		var got []string
		var before Place
		for {
			page, err := trail.List(t.Context(), Filter{Before: before, Limit: 4})
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range page {
				got = append(got, l.Record+" "+l.Act)
			}
			if len(page) < 4 {
				break
			}
			before = page[3].Place
		}
		want := []string{"c close", "c open", "b close", "b open", "a close", "a open"}
		if len(got) != len(want) {
			t.Fatalf("pages hold %v, want %v", got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("pages hold %v, want %v", got, want)
			}
		}
		for _, tt := range []struct {
			name string
			f    Filter
			want int
		}{
			{"record", Filter{Kind: "thing", Record: "b"}, 2},
			{"act", Filter{Act: "open"}, 3},
			{"actor", Filter{Actor: "u1"}, 6},
			{"nobody", Filter{Actor: "u2"}, 0},
			{"later", Filter{From: d.Now().AddDate(0, 0, 1)}, 0},
			{"until tomorrow", Filter{To: d.Now().AddDate(0, 0, 1)}, 6},
		} {
			tt.f.Limit = 10
			page, err := trail.List(t.Context(), tt.f)
			if err != nil || len(page) != tt.want {
				t.Errorf("%s: %d entries, %v, want %d", tt.name, len(page), err, tt.want)
			}
		}
		if n, err := trail.Count(t.Context()); err != nil || n != 6 {
			t.Errorf("Count = %d, %v, want 6", n, err)
		}
	})
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, harm, want string
	}{
		{"whole", "", ""},
		{"changed", `UPDATE audit_entry SET reason = 'other' WHERE record_id = 'a' AND record_seq = 2`, "hash"},
		{"taken out", `DELETE FROM audit_entry WHERE record_id = 'a' AND record_seq = 2`, "gap"},
		{"cut off", `DELETE FROM audit_entry WHERE record_id = 'a' AND record_seq = 3`, "head"},
		{"headless", `DELETE FROM audit_head WHERE record_id = 'a'`, "head"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				act(t, d, "a", "open", true)
				act(t, d, "a", "serve", false)
				act(t, d, "a", "close", false)
				act(t, d, "b", "open", true)
				if tt.harm != "" {
					err := db.InTx0(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
						_, err := tx.Exec(ctx, tt.harm)
						return err
					})
					if err != nil {
						t.Fatal(err)
					}
				}
				rep, err := New(d).Check(t.Context(), "thing", "a")
				if err != nil {
					t.Fatal(err)
				}
				got := ""
				if len(rep.Faults) > 0 {
					got = rep.Faults[0].What
				}
				if got != tt.want {
					t.Errorf("Check = %+v, want a fault of %q first", rep, tt.want)
				}
			})
		})
	}
}
