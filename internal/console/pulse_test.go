package console

import (
	"context"
	"testing"
	"time"

	"anxin/internal/orders"
	"anxin/internal/orders/orderstest"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/problem"
)

func TestNow(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		f.Accepted()        // at /hz/
		f.Open()            // nobody's yet
		offered := f.Open() // /own/ is asked
		_, err := f.Offer(f.Ctx, orders.OfferInput{ActInput: orderstest.In(offered.ID), OutletID: f.Own.ID})
		f.Must(err)
		for name, tt := range map[string]struct {
			ctx     context.Context
			n       map[string]int64
			outlets int
		}{
			"head":              {f.As(access.RoleHead, "/"), map[string]int64{"ready": 1, "offered": 1, "accepted": 1}, 3},
			"head of brand two": {f.As(access.RoleHead, "/", f.Two), nil, 0},
			"manager of /hz/":   {f.As(access.RoleOutletManager, f.Hz.Path), map[string]int64{"accepted": 1}, 1},
			"manager of /sh/":   {f.As(access.RoleOutletManager, f.Sh.Path), nil, 0},
		} {
			got, err := f.con.Now(tt.ctx)
			f.Must(err)
			for _, stage := range got.Stages {
				if stage.N != tt.n[stage.State] {
					t.Errorf("%s: %d orders are %s, want %d", name, stage.N, stage.State, tt.n[stage.State])
				}
			}
			if len(got.Stages) != len(funnel) || len(got.Outlets) != tt.outlets {
				t.Errorf("%s: %d stages and outlets %+v, want %d and %d", name, len(got.Stages), got.Outlets, len(funnel), tt.outlets)
			}
		}
		if _, err := f.con.Now(f.As(access.RoleAgent, "/")); problem.CodeOf(err).Kind != problem.Forbidden {
			t.Errorf("an agent's dashboard: %v, want forbidden", err)
		}
		f.Advance(30 * 24 * time.Hour)
		late, err := f.con.Now(f.As(access.RoleHead, "/"))
		f.Must(err)
		var sum int64
		for _, o := range late.Outlets {
			sum += o.Late
			if o.Late+o.Soon > o.N {
				t.Errorf("outlet %q: %d late and %d soon of %d", o.Name, o.Late, o.Soon, o.N)
			}
		}
		if sum == 0 {
			t.Error("a month later nothing is late")
		}
	})
}
