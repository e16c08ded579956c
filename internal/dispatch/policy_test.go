package dispatch

import (
	"slices"
	"testing"

	"anxin/internal/cases"
	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/access"
	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/geo"
	"anxin/internal/platform/problem"
	"anxin/internal/workforce"
)

func (f *fixture) setPolicy(p PlanPolicy) PlanPolicy {
	f.t.Helper()
	out, err := f.SetPlanPolicy(f.ctx, PolicyInput{PlanPolicy: p})
	f.must(err)
	return out
}

// TestPolicies: a brand follows the policy for all until it has its own; whoever edits an old version, or what is not theirs, is
// refused.
func TestPolicies(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		read := func(b catalog.BrandID) PlanPolicy {
			t.Helper()
			p, err := f.PlanPolicy(f.ctx, b)
			f.must(err)
			return p
		}
		if p := read(f.one); p.NearHours != 24 || p.Version != 0 || p.BrandID != f.one {
			t.Errorf("from the start: %+v", p)
		}
		all := f.setPolicy(PlanPolicy{NearHours: 48, Rush: 50, Shares: []OutletShare{{f.own.ID, 700}, {f.hz.ID, 300}}, SharePrice: 10})
		if p := read(f.one); p.NearHours != 48 || p.Version != 0 || len(p.Shares) != 2 || all.Version != 1 {
			t.Errorf("by the one for all: %+v", p)
		}
		own := f.setPolicy(PlanPolicy{BrandID: f.one, NearHours: 6, Rush: 200, MarginMinutes: 20, MarginPrice: 2})
		if p := read(f.one); p.NearHours != 6 || p.MarginPrice != 2 || p.Version != 1 || p.UpdatedBy == "" {
			t.Errorf("its own: %+v", p)
		}
		if p := read(f.two); p.NearHours != 48 {
			t.Errorf("the other brand: %+v", p)
		}
		set := func(p PlanPolicy, edit func(*PlanPolicy)) error {
			edit(&p)
			_, err := f.SetPlanPolicy(f.ctx, PolicyInput{PlanPolicy: p})
			return err
		}
		for name, tt := range map[string]struct {
			edit func(*PlanPolicy)
			want *problem.Code
		}{
			"old version":    {func(p *PlanPolicy) { p.Version = 0 }, problem.ErrStale},
			"unknown brand":  {func(p *PlanPolicy) { p.BrandID = "x" }, problem.ErrNotFound},
			"too long":       {func(p *PlanPolicy) { p.NearHours = 1000 }, problem.ErrInvalid},
			"negative":       {func(p *PlanPolicy) { p.MarginPrice = -1 }, problem.ErrInvalid},
			"unknown outlet": {func(p *PlanPolicy) { p.Shares = []OutletShare{{"x", 10}} }, problem.ErrInvalid},
			"too much":       {func(p *PlanPolicy) { p.Shares = []OutletShare{{f.own.ID, 600}, {f.hz.ID, 600}} }, problem.ErrInvalid},
			"twice":          {func(p *PlanPolicy) { p.Shares = []OutletShare{{f.own.ID, 10}, {f.own.ID, 10}} }, problem.ErrInvalid},
		} {
			if err := set(own, tt.edit); !problem.Match(err, tt.want) {
				t.Errorf("%s: %v, want %v", name, err, tt.want)
			}
		}
		dispatcher := f.as(access.RoleDispatcher, "/", f.two)
		for _, b := range []catalog.BrandID{"", f.one} {
			if _, err := f.SetPlanPolicy(dispatcher, PolicyInput{PlanPolicy: PlanPolicy{BrandID: b, Version: 1}}); err == nil {
				t.Errorf("who sees brand two sets that of %q", b)
			}
		}
		if _, err := f.PlanPolicy(dispatcher, f.one); !problem.Match(err, problem.ErrNotFound) {
			t.Errorf("who sees brand two reads that of brand one: %v", err)
		}
		if list, err := f.PlanPolicies(dispatcher); err != nil || len(list) != 2 {
			t.Errorf("who sees brand two lists %d, %v", len(list), err)
		}
		outlet := f.as(access.RoleOutletManager, "/own/")
		if _, err := f.SetPlanPolicy(outlet, PolicyInput{PlanPolicy: PlanPolicy{BrandID: f.two}}); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("an outlet sets it: %v", err)
		}
		heads, err := audit.Heads(f.ctx, d, "dispatch_policy", []string{"all", string(f.one), string(f.two)})
		if err != nil || len(heads) != 2 || heads["all"] != 1 || heads[string(f.one)] != 1 {
			t.Errorf("in the trail: %v (%v)", heads, err)
		}
	})
}

// orderOf opens a ready order of a customer at a point.
func (f *fixture) orderOf(c customers.ID, p geo.Point) orders.Order {
	f.t.Helper()
	place, err := customers.PlaceOf(customers.AddressInput{Text: "浙江省杭州市西湖区文三路478号8幢1502室", Point: &p})
	f.must(err)
	one, err := f.cases.Open(f.ctx, cases.OpenInput{
		Type: cases.Request, BrandID: f.one, Category: "GWH", Symptom: "GWH-S03", ServiceType: "REP", Channel: cases.Phone, Summary: "水忽冷忽热", Place: &place, CustomerID: c,
		Impact: 2, Urgency: 2,
	})
	f.must(err)
	o, err := f.orders.Create(f.ctx, orders.CreateInput{CaseID: one.ID, Release: true})
	f.must(err)
	f.opened = append(f.opened, o.ID)
	return o
}

// TestPolicyPlans: orders of one household are planned one after the other and say so; outlets' shares are told with the plan.
func TestPolicyPlans(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		c, err := f.orders.Customers.Create(f.ctx, customers.CreateInput{Name: "陈女士"})
		f.must(err)
		home := geo.Point{Lat: 30.3, Lon: 120.2, Datum: geo.WGS84}
		a, b := f.orderOf(c.ID, home), f.orderOf(c.ID, home)
		f.order(f.one)
		f.setPolicy(PlanPolicy{VisitMinutes: 60, SharePrice: 5, Shares: []OutletShare{{f.own.ID, 600}, {f.hz.ID, 400}}})
		p, err := f.PlanNow(f.ctx, StartPlanInput{Date: today + 1, Days: 1}, quiet)
		f.must(err)
		var who []workforce.EngineerID
		for _, x := range p.Body.Changes {
			if slices.Contains(x.Orders, a.ID) || slices.Contains(x.Orders, b.ID) {
				if x.To == nil || !x.Reasons.Has(noteSameSite) {
					t.Fatalf("an order of the household: %+v", x)
				}
				who = append(who, workforce.EngineerID(x.To.Engineers[0]))
			}
		}
		if len(who) != 2 || who[0] != who[1] {
			t.Errorf("the household is visited by %v", who)
		}
		if n := len(p.Body.Comparison.Shares); n != 0 { // only people of one outlet may do this work
			t.Errorf("%d shares told, of people of one outlet", n)
		}
		w := &world{people: []workforce.Engineer{f.zhao, f.li}, outlets: map[outlets.ID]outlets.Outlet{f.own.ID: f.own, f.hz.ID: f.hz}}
		for _, e := range w.people {
			w.Engineers = append(w.Engineers, planner.Engineer{ID: planner.EngineerID(e.ID), Outlet: planner.OutletID(e.OutletID)})
		}
		f.must(f.weighs(f.ctx, d, w))
		if g := w.Weights.Shares; len(g) != 2 || g[0].PerMille != 600 || w.Engineers[1].Group == "" {
			t.Errorf("shares: %+v", g)
		}
	})
}
