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
	row := f.row(c, f.Unit.ID)
	asked := map[string][]any{}
	f.DB.Watch(func(s db.Statement) {
		if strings.HasPrefix(strings.TrimSpace(s.Query), "SELECT") && (strings.Contains(s.Query, "maintenance_") || strings.Contains(s.Query, "units_mark")) {
			asked[s.Query] = s.Args
		}
	})
	f.Must(f.m.SendNotices(f.Ctx))
	f.Must(f.m.ReadProof(f.Ctx))
	for _, u := range []UnitFilter{{State: Found}, {Reach: ReachLetter, Open: true}, {Calls: true}, {}} {
		u.Campaign, u.Limit = c.ID, 50
		_, err := f.m.ListUnits(f.Ctx, u)
		f.Must(err)
	}
	_, err := f.m.OfUnit(f.Ctx, f.Unit.ID)
	f.Must(err)
	_, _, err = f.m.PaysFor(f.Ctx, f.DB, "nothing")
	f.Must(err)
	_, err = f.m.MayBeSold(f.Ctx, f.One, "GW24035555")
	f.Must(err)
	_, err = f.m.Stops(f.Ctx, units.StoppedFilter{Limit: 50, After: "x", AfterCode: "recall", AfterRef: "y"})
	f.Must(err)
	_, err = f.m.Notices(f.Ctx, NoticeFilter{Campaign: c.ID, State: "sent", Limit: 50})
	f.Must(err)
	_, err = f.m.NoticesOf(f.Ctx, row.ID)
	f.Must(err)
	f.Must(f.m.Catch(f.Ctx, f.Unit.ID))
	_, err = f.m.Progress(f.Ctx, c.ID)
	f.Must(err)
	f.DB.Watch(nil)
	if len(asked) < 15 {
		t.Errorf("%d statements were seen, want more", len(asked))
	}
	for query, args := range asked {
		steps, err := db.List(f.Ctx, f.DB, func(r db.Scanner) (detail string, err error) {
			var id, parent, unused int64
			return detail, r.Scan(&id, &parent, &unused, &detail)
		}, `EXPLAIN QUERY PLAN `+query, args...)
		f.Must(err)
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
		f.Must(db.InTx0(f.Ctx, f.DB, func(ctx context.Context, tx *db.Tx) error {
			for range 1000 {
				if _, err := f.Units.CreateTx(ctx, tx, units.CreateInput{Brand: f.One, Model: f.model.ID, Category: "GWH", Serial: fmt.Sprintf("GW2403%07d", n), Owner: f.Customer.ID}); err != nil {
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
		_, err := f.m.Preview(f.Ctx, f.One, c.Conditions)
		f.Must(err)
		b.ReportMetric(float64(time.Since(begun).Milliseconds()), "ms/preview")
		_, err = f.m.Approve(f.As(access.RoleHead, "/"), ApproveInput{ActInput: ActInput{ID: c.ID}})
		f.Must(err)
		c, err = f.m.Start(f.As(access.RoleQuality, "/"), ActInput{ID: c.ID})
		f.Must(err)
		b.StartTimer()
		f.look(c)
		b.StopTimer()
		begun = time.Now()
		p, err := f.m.Progress(f.Ctx, c.ID)
		f.Must(err)
		b.ReportMetric(float64(time.Since(begun).Milliseconds()), "ms/progress")
		if p.Total < int64(many) {
			b.Fatalf("%d units, want %d", p.Total, many)
		}
		b.StartTimer()
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)*1e6/float64(many), "s/million")
}
