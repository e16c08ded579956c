package maintenance

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/units"
)

// What runs often finds its rows by an index, however many units a campaign has.
func TestQueryPlans(t *testing.T) {
	t.Parallel()
	f := newFixture(t, dbtest.SQLite(t))
	c := f.started()
	row := f.row(c, f.unit.ID)
	asked := map[string][]any{}
	f.d.Watch(func(s db.Statement) {
		if strings.HasPrefix(strings.TrimSpace(s.Query), "SELECT") && (strings.Contains(s.Query, "maintenance_") || strings.Contains(s.Query, "units_mark")) {
			asked[s.Query] = s.Args
		}
	})
	f.must(f.m.SendNotices(f.ctx))
	f.must(f.m.ReadProof(f.ctx))
	for _, u := range []UnitFilter{{State: Found}, {Reach: ReachLetter, Open: true}, {Calls: true}, {}} {
		u.Campaign, u.Limit = c.ID, 50
		_, err := f.m.ListUnits(f.ctx, u)
		f.must(err)
	}
	_, err := f.m.OfUnit(f.ctx, f.unit.ID)
	f.must(err)
	_, _, err = f.m.PaysFor(f.ctx, f.d, "nothing")
	f.must(err)
	_, err = f.m.MayBeSold(f.ctx, f.one, "GW24035555")
	f.must(err)
	_, err = f.m.Stops(f.ctx, units.StoppedFilter{Limit: 50, After: "x", AfterCode: "recall", AfterRef: "y"})
	f.must(err)
	_, err = f.m.Notices(f.ctx, NoticeFilter{Campaign: c.ID, State: "sent", Limit: 50})
	f.must(err)
	_, err = f.m.NoticesOf(f.ctx, row.ID)
	f.must(err)
	f.must(f.m.Catch(f.ctx, f.unit.ID))
	_, err = f.m.Progress(f.ctx, c.ID)
	f.must(err)
	f.d.Watch(nil)
	if len(asked) < 15 {
		t.Errorf("%d statements were seen, want more", len(asked))
	}
	for query, args := range asked {
		steps, err := db.List(f.ctx, f.d, func(r db.Scanner) (detail string, err error) {
			var id, parent, unused int64
			return detail, r.Scan(&id, &parent, &unused, &detail)
		}, `EXPLAIN QUERY PLAN `+query, args...)
		f.must(err)
		for _, s := range steps {
			if strings.HasPrefix(s, "SCAN") && !strings.Contains(s, "INDEX") && !strings.Contains(s, "maintenance_campaign") && !strings.Contains(s, "CONSTANT") {
				t.Errorf("%s\n%s", s, query)
			}
		}
	}
}

// BenchmarkStart looks for 100,000 units, a tenth of them with -short, and marks them.
func BenchmarkStart(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		b.Run(name, func(b *testing.B) { start(b, open(b)) })
	}
}

func start(b *testing.B, d *db.DB) {
	f := newFixture(b, d)
	many := 100_000
	if testing.Short() {
		many = 10_000
	}
	for n := 0; n < many; {
		f.must(db.InTx0(f.ctx, f.d, func(ctx context.Context, tx *db.Tx) error {
			for range 1000 {
				if _, err := f.Units.CreateTx(ctx, tx, units.CreateInput{Brand: f.one, Model: f.model.ID, Category: "GWH", Serial: fmt.Sprintf("GW2403%07d", n), Owner: f.customer.ID}); err != nil {
					return err
				}
				n++
			}
			return nil
		}))
	}
	for b.Loop() {
		b.StopTimer()
		c := f.draft(func(p *Plan) { p.Conditions.Serials = []units.SerialRange{{Prefix: "GW2403"}} })
		begun := time.Now()
		_, err := f.m.Preview(f.ctx, f.one, c.Conditions)
		f.must(err)
		b.ReportMetric(float64(time.Since(begun).Milliseconds()), "ms/preview")
		_, err = f.m.Approve(f.as(access.RoleHead, "/"), ApproveInput{ActInput: ActInput{ID: c.ID}})
		f.must(err)
		c, err = f.m.Start(f.as(access.RoleQuality, "/"), ActInput{ID: c.ID})
		f.must(err)
		b.StartTimer()
		f.look(c)
		b.StopTimer()
		begun = time.Now()
		p, err := f.m.Progress(f.ctx, c.ID)
		f.must(err)
		b.ReportMetric(float64(time.Since(begun).Milliseconds()), "ms/progress")
		if p.Total < int64(many) {
			b.Fatalf("%d units, want %d", p.Total, many)
		}
		b.StartTimer()
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)*1e6/float64(many), "s/million")
}
