package audit

import (
	"context"
	"fmt"
	"testing"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
)

func act(t *testing.T, d *db.DB, record, name string, isNew bool) {
	t.Helper()
	ctx := access.With(t.Context(), access.Actor{Kind: access.User, ID: "u1", RequestID: "r1"})
	err := db.InTx0(ctx, d, func(ctx context.Context, tx *db.Tx) error {
		return Append(ctx, tx, Entry{Kind: "thing", Record: record, Act: name, After: map[string]string{"state": name}, New: isNew})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestVerifyFindsTampering(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, tamper string
		want         []string
	}{
		{"untouched", ``, nil},
		{"a value changed", `UPDATE audit_entry SET after = '{}' WHERE record_id = 'a' AND record_seq = 2`, []string{"a 2 hash"}},
		{"an actor changed", `UPDATE audit_entry SET actor_id = 'u2' WHERE record_id = 'b'`, []string{"b 1 hash"}},
		{"the middle removed", `DELETE FROM audit_entry WHERE record_id = 'a' AND record_seq = 2`, []string{"a 3 gap", " 1 checkpoint"}},
		{"the end removed", `DELETE FROM audit_entry WHERE record_id = 'a' AND record_seq = 3`, []string{"a 3 head", " 1 checkpoint"}},
		{"a whole record removed", `DELETE FROM audit_entry WHERE record_id = 'b'`, []string{"b 1 head", " 1 checkpoint"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				act(t, d, "a", "open", true)
				act(t, d, "a", "close", false)
				act(t, d, "b", "open", true)
				act(t, d, "a", "reopen", false)
				trail := New(d)
				// Transactions of other databases on the same server hold the seal up for a while.
				dbtest.Until(t, "four stable entries", func() bool {
					n, err := db.Get(t.Context(), d, db.ScanInt, `SELECT count(*) FROM audit_entry WHERE txid < `+d.StableBefore())
					if err != nil {
						t.Fatal(err)
					}
					return n == 4
				})
				if n, err := trail.Checkpoint(t.Context()); n != 4 || err != nil {
					t.Fatalf("checkpoint sealed %d, %v; want 4", n, err)
				}
				act(t, d, "c", "open", true)
				if tt.tamper != "" {
					if err := db.InTx0(t.Context(), d, func(ctx context.Context, tx *db.Tx) error {
						_, err := tx.Exec(ctx, tt.tamper)
						return err
					}); err != nil {
						t.Fatal(err)
					}
				}
				rep, err := trail.Verify(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, f := range rep.Faults {
					got = append(got, fmt.Sprintf("%s %d %s", f.Record, f.Seq, f.What))
				}
				if fmt.Sprint(got) != fmt.Sprint(tt.want) {
					t.Errorf("faults %q, want %q", got, tt.want)
				}
				if tt.tamper == "" && (rep.Entries != 5 || rep.Records != 3 || rep.Checkpoints != 1) {
					t.Errorf("report %+v, want 5 entries of 3 records and 1 checkpoint", rep)
				}
			})
		})
	}
}

func TestChainOfARecord(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		act(t, d, "a", "open", true)
		act(t, d, "a", "close", false)
		lines, err := New(d).Of(t.Context(), "thing", "a")
		if err != nil || len(lines) != 2 || lines[1].Seq != 2 || lines[1].Act != "close" || lines[1].ActorID != "u1" || lines[1].RequestID != "r1" {
			t.Errorf("chain = %+v, %v", lines, err)
		}
	})
}
