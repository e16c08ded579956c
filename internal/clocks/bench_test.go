package clocks_test

import (
	"context"
	"testing"

	"anxin/internal/clocks"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
)

// BenchmarkStart starts the two clocks of a new case, as opening one does; commit included, without fsync.
func BenchmarkStart(b *testing.B) {
	for _, engine := range []struct {
		name string
		open func(testing.TB) *db.DB
	}{{"sqlite", dbtest.SQLite}, {"postgres", dbtest.Postgres}} {
		b.Run(engine.name, func(b *testing.B) {
			d := engine.open(b)
			s := clocks.New(d)
			ctx := access.AsSystem(b.Context(), "bench")
			if err := s.Seed(ctx); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				err := db.InTx0(ctx, d, func(ctx context.Context, tx *db.Tx) error {
					id := db.NewID()
					for _, m := range []clocks.Milestone{clocks.FirstResponse, clocks.Diagnosis} {
						_, _, err := s.StartTx(ctx, tx, clocks.Start{
							RecordKind: "case", RecordID: id, Milestone: m, Attrs: clocks.Attributes{Priority: "P3", Brand: "b1", ServiceType: "REP"}, NewJob: true,
						})
						if err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
