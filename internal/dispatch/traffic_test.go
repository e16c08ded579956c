package dispatch

import (
	"errors"
	"testing"
	"time"

	"anxin/internal/orders"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/problem"
)

// TestRepairOfTraffic: a jam takes visits off their place that it makes late, by name; those at another time, elsewhere
// and of others stay.
func TestRepairOfTraffic(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		here := func() orders.Order { return f.orderAt(geo.Point{Lat: 30.28, Lon: 120.13, Datum: geo.WGS84}) }
		far := func() orders.Order { return f.orderAt(geo.Point{Lat: 30.33, Lon: 120.26, Datum: geo.WGS84}) }
		stays := f.planned(here(), f.zhao, at(1, 9, 0))
		start := stays.End.Add(75 * time.Minute)
		late := f.planned(far(), f.zhao, start)
		other := f.planned(here(), f.qian, at(1, 9, 0))
		jam := Traffic{From: at(1, 8, 0), To: start.Add(2 * time.Hour), Centre: Spot{Lat: 30.33, Lon: 120.26}, Radius: 3000, Percent: 200}

		for name, change := range map[string]func(*Traffic){
			"in the afternoon": func(j *Traffic) { j.From, j.To = start.Add(time.Hour), start.Add(3*time.Hour) },
			"elsewhere":        func(j *Traffic) { j.Centre.Lat = 30.6 },
			"a little":         func(j *Traffic) { j.Percent = 10 },
		} {
			x := jam
			change(&x)
			p, err := f.RepairNow(f.ctx, RepairInput{Event: RepairEvent{Traffic: []Traffic{x}}}, quiet)
			f.must(err)
			if len(p.Body.Changes) != 0 {
				t.Errorf("%s it moves %+v", name, p.Body.Changes)
			}
		}
		p, err := f.RepairNow(f.as(access.RoleDispatcher, f.sh.Path), RepairInput{Event: RepairEvent{Traffic: []Traffic{jam}}}, quiet)
		if err != nil || len(p.Body.Changes) != 0 {
			t.Errorf("an outlet that does not see them moves %+v, %v", p.Body.Changes, err)
		}

		p, err = f.RepairNow(f.ctx, RepairInput{Act: access.Act{OperationID: "jam"}, Event: RepairEvent{Traffic: []Traffic{jam}}}, quiet)
		f.must(err)
		if len(p.Body.Changes) != 1 {
			t.Fatalf("the jam moves %+v", p.Body.Changes)
		}
		if c := p.Body.Changes[0]; c.Visit != late.ID || !c.Reasons.Has(noteTraffic) {
			t.Errorf("moved: %+v", c)
		}
		p, err = f.PublishPlan(f.ctx, PublishPlanInput{Act: access.Act{OperationID: "go"}, ID: p.ID})
		if err != nil || p.State != PlanStatePublished {
			t.Fatalf("publish: %s, %v", p.State, err)
		}
		now, err := f.orders.FindVisit(f.ctx, d, late.ID)
		f.must(err)
		if now.Lead() == f.zhao.ID && now.Start.Equal(late.Start) {
			t.Errorf("the late visit stayed: %+v", now)
		}
		for _, v := range []orders.Visit{stays, other} {
			if now, err := f.orders.FindVisit(f.ctx, d, v.ID); err != nil || now.Version != v.Version {
				t.Errorf("a visit that nothing touched moved: %+v, %v", now, err)
			}
		}
		p, err = f.RepairNow(f.ctx, RepairInput{Event: RepairEvent{Traffic: []Traffic{jam}}}, quiet)
		if err != nil || len(p.Body.Changes) != 0 {
			t.Errorf("repaired again it moves %+v, %v", p.Body.Changes, err)
		}
	})
}

// TestTrafficRefused: what cannot be traffic is refused at its field, and nothing is planned.
func TestTrafficRefused(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		jam := Traffic{From: at(0, 9, 0), To: at(0, 12, 0), Centre: Spot{Lat: 30.3, Lon: 120.2}, Radius: 1000, Percent: 50}
		for _, tt := range []struct {
			field  string
			change func(*Traffic)
		}{
			{"from", func(j *Traffic) { j.From = time.Time{} }},
			{"to", func(j *Traffic) { j.To = j.From }},
			{"to", func(j *Traffic) { j.From, j.To = at(-1, 9, 0), at(-1, 10, 0) }},
			{"to", func(j *Traffic) { j.To = j.From.Add(25 * time.Hour) }},
			{"radius_m", func(j *Traffic) { j.Radius = 0 }},
			{"percent", func(j *Traffic) { j.Percent = 401 }},
			{"centre", func(j *Traffic) { j.Centre = Spot{Lat: 91, Lon: 10} }},
			{"centre", func(j *Traffic) { j.Centre = Spot{} }},
		} {
			x := jam
			tt.change(&x)
			_, err := f.StartRepair(f.ctx, RepairInput{Event: RepairEvent{Traffic: []Traffic{x}}})
			var bad *problem.Error
			if !errors.As(err, &bad) || len(bad.Fields) != 1 || bad.Fields[0].Field != "event.traffic.0."+tt.field {
				t.Errorf("%s: %v", tt.field, err)
			}
		}
	})
}
