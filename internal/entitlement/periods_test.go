package entitlement

import (
	"context"
	"slices"
	"testing"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/customers"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/crypt"
	"anxin/internal/platform/crypt/crypttest"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

var shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

func at(d calendar.Date) time.Time {
	y, m, n := d.Civil()
	return time.Date(y, m, n, 10, 0, 0, 0, shanghai)
}

// TestPeriods holds the examples of how warranty periods run: from installation, lengthened by repairs, anew
// after an exchange.
func TestPeriods(t *testing.T) {
	t.Parallel()
	repair := func(end calendar.Date, days int) units.Fact {
		return units.Fact{Kind: units.FactRepaired, DaysOut: days, At: at(end)}
	}
	for _, tt := range []struct {
		name  string
		dates units.Dates
		facts []units.Fact
		last  calendar.Date // of the whole product's twelve months
	}{
		{"delivered, then installed", units.Dates{units.Delivered: {Day: day(2026, 5, 10)}, units.Installed: {Day: day(2026, 6, 20)}}, nil, day(2027, 6, 20)},
		{
			"two repairs of 8 and 12 days",
			units.Dates{units.Installed: {Day: day(2025, 11, 1)}},
			[]units.Fact{repair(day(2026, 3, 9), 8), repair(day(2026, 8, 2), 12)},
			day(2026, 11, 21),
		},
		{"exchanged", units.Dates{units.Installed: {Day: day(2025, 11, 1)}}, []units.Fact{{Kind: units.FactExchanged, Result: "fixed", At: at(day(2026, 8, 1))}}, day(2027, 8, 1)},
		{"an exchange that the customer declined", units.Dates{units.Installed: {Day: day(2025, 11, 1)}}, []units.Fact{{Kind: units.FactExchanged, Result: "declined", At: at(day(2026, 8, 1))}}, day(2026, 11, 1)},
		{"a repair after the end", units.Dates{units.Installed: {Day: day(2025, 11, 1)}}, []units.Fact{repair(day(2027, 2, 1), 30)}, day(2026, 11, 1)},
		{"a repair before the exchange", units.Dates{units.Installed: {Day: day(2025, 1, 1)}}, []units.Fact{repair(day(2025, 3, 1), 9), {Kind: units.FactExchanged, At: at(day(2025, 8, 1))}}, day(2026, 8, 1)},
		{"a repair within what an earlier one added", units.Dates{units.Installed: {Day: day(2025, 11, 1)}}, []units.Fact{repair(day(2026, 10, 20), 10), repair(day(2026, 11, 10), 5)}, day(2026, 11, 16)},
		{"reported in time, done after the end", units.Dates{units.Installed: {Day: day(2025, 11, 1)}}, []units.Fact{repair(day(2026, 11, 9), 10)}, day(2026, 11, 11)},
		{"cleaning is no repair", units.Dates{units.Installed: {Day: day(2025, 11, 1)}}, []units.Fact{{Kind: units.FactCleaned, DaysOut: 3, At: at(day(2026, 3, 1))}}, day(2026, 11, 1)},
		{"no 29 February next year", units.Dates{units.Installed: {Day: day(2024, 2, 29)}}, nil, day(2025, 2, 28)},
		{"only the day of making", units.Dates{units.Made: {Day: day(2025, 11, 30)}}, nil, day(2027, 2, 28)},
	} {
		all, why := defaults(model, unit(tt.dates), tt.facts, shanghai)
		if len(all) != 2 {
			t.Fatalf("%s: %d coverages, want the whole product and the main parts", tt.name, len(all))
		}
		outs := outages(tt.facts, shanghai)
		if got, _ := all[0].lengthened(outs); got != tt.last {
			t.Errorf("%s: the last day is %s, want %s", tt.name, got, tt.last)
		}
		for on, want := range map[calendar.Date]catalog.Payer{tt.last: catalog.PayBrand, tt.last + 1: catalog.PayCustomer} {
			if got := decide(all, Line{Kind: Labour}, on, outs, why); got.Payer != want {
				t.Errorf("%s: on %s %s pays, want %s", tt.name, on, got.Payer, want)
			}
		}
	}
}

type fixture struct {
	*Service
	ctx          context.Context
	db           *db.DB
	units        *units.Service
	brand, other catalog.BrandID
	unit         units.ID // installed 2026-01-05, 12 and 36 months
	keys         *crypt.Keys
}

func actor(t testing.TB, scope access.Scope, perms ...string) context.Context {
	set := access.Set{}
	for _, p := range perms {
		set[p] = true
	}
	return access.With(t.Context(), access.Actor{Kind: access.User, ID: "u1", Permissions: set, Scope: scope})
}

func newFixture(t testing.TB, d *db.DB) *fixture {
	t.Helper()
	f := &fixture{ctx: actor(t, access.Everything, "*"), db: d}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(catalog.Seed(f.ctx, d))
	cat := catalog.New(d)
	a, err := cat.CreateBrand(f.ctx, catalog.CreateBrandInput{Code: "ANA", NameZh: "安然", NameEn: "Anran"})
	must(err)
	b, err := cat.CreateBrand(f.ctx, catalog.CreateBrandInput{Code: "BEI", NameZh: "北辰", NameEn: "Beichen"})
	must(err)
	m, err := cat.CreateModel(f.ctx, catalog.Model{
		BrandID: a.ID, Category: "AC", Code: "K1", NameZh: "挂机", WarrantyMonths: 12, MainPartMonths: 36, MainParts: []string{"compressor"},
	})
	must(err)
	keys := crypttest.New(t, d)
	f.units = units.New(d, keys, cat, customers.New(d, keys), shanghai)
	ref, err := f.units.Create(f.ctx, units.CreateInput{
		Brand: a.ID, Model: m.ID, Dates: units.Dates{units.Installed: {Day: day(2026, 1, 5), By: "invoice"}},
	})
	must(err)
	f.Service = New(d, cat, f.units, shanghai)
	f.brand, f.other, f.unit, f.keys = a.ID, b.ID, ref.ID, keys
	return f
}

func (f *fixture) check(t *testing.T, on calendar.Date, l Line) Decision {
	t.Helper()
	got, err := f.Check(f.ctx, f.db, CheckInput{Unit: f.unit, At: at(on), Lines: []Line{l}})
	if err != nil {
		t.Fatal(err)
	}
	return got[0]
}

func TestCheckReadsTheUnit(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		dbtest.Clock(d, at(day(2026, 11, 21)))
		labour, compressor := Line{Kind: Labour}, Line{Kind: Part, PartType: "compressor"}
		for _, tt := range []struct {
			on   calendar.Date
			line Line
			want catalog.Payer
		}{
			{day(2027, 1, 5), labour, catalog.PayBrand},
			{day(2027, 1, 6), labour, catalog.PayCustomer},
			{day(2029, 1, 5), compressor, catalog.PayBrand}, // the model says that it is a main part
			{day(2029, 1, 6), compressor, catalog.PayCustomer},
		} {
			if got := f.check(t, tt.on, tt.line); got.Payer != tt.want || len(got.Reasons) == 0 {
				t.Errorf("on %s %v: %s pays, want %s (%v)", tt.on, tt.line, got.Payer, tt.want, got.Reasons.Codes())
			}
		}
		if err := db.InTx0(f.ctx, d, func(ctx context.Context, tx *db.Tx) error {
			_, err := f.units.FactTx(ctx, tx, units.Fact{Unit: f.unit, Kind: units.FactRepaired, DaysOut: 4, At: at(day(2026, 6, 1))})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if got := f.check(t, day(2027, 1, 9), labour); got.Payer != catalog.PayBrand || got.Ends != day(2027, 1, 9) {
			t.Errorf("after four days of repair %s pays until %s", got.Payer, got.Ends)
		}
		got, err := f.Check(f.ctx, d, CheckInput{At: at(day(2026, 2, 1)), Lines: []Line{labour}})
		if err != nil || got[0].Payer != catalog.PayCustomer || !got[0].Reasons.Has("entitlement.no_unit") {
			t.Errorf("an unknown unit = %+v, %v", got, err)
		}
		if _, err := f.Check(f.ctx, d, CheckInput{Unit: "none", At: at(day(2026, 2, 1)), Lines: []Line{labour}}); !problem.Match(err, problem.ErrNotFound) {
			t.Errorf("no such unit = %v", err)
		}
	})
}

func TestGrantAndRevoke(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		in := GrantInput{
			Unit: f.unit, Kind: ContractKind, Name: "plus", Lines: []LineKind{Labour, Travel}, Payer: catalog.PayInsurer, Share: 80,
			Starts: day(2027, 1, 6), Ends: day(2028, 1, 5), Source: "K-1",
		}
		c, err := f.Grant(f.ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.check(t, day(2027, 6, 1), Line{Kind: Travel}); got.Payer != catalog.PayInsurer || got.Share != 80 || got.Coverage != c.ID {
			t.Errorf("under the contract: %+v", got)
		}
		list, _, err := f.Of(f.ctx, f.unit)
		if err != nil || len(list) != 5 {
			t.Errorf("Of = %d coverages, %v, want the contract, two of the law and two of the model", len(list), err)
		}
		for name, change := range map[string]func(*GrantInput){
			"kind": func(g *GrantInput) { g.Kind = "luck" }, "name": func(g *GrantInput) { g.Name = "" }, "lines": func(g *GrantInput) { g.Lines = nil },
			"payer": func(g *GrantInput) { g.Payer = catalog.PayCustomer }, "share": func(g *GrantInput) { g.Share = 101 },
			"ends": func(g *GrantInput) { g.Ends = g.Starts - 1 }, "reason": func(g *GrantInput) { g.Kind = Goodwill },
		} {
			bad := in
			bad.Lines = slices.Clone(in.Lines)
			change(&bad)
			if _, err := f.Grant(f.ctx, bad); !problem.Match(err, problem.ErrInvalid) {
				t.Errorf("Grant with a bad %s = %v", name, err)
			}
		}
		for name, ctx := range map[string]context.Context{
			"another outlet": actor(t, access.Scope{OutletPath: "/sh/"}, "*"), "another brand": actor(t, access.Scope{OutletPath: "/", Brands: []string{string(f.other)}}, "*"),
		} {
			if _, _, err := f.Of(ctx, f.unit); !problem.Match(err, problem.ErrNotFound) {
				t.Errorf("%s reads the coverages: %v", name, err)
			}
			if _, err := f.Grant(ctx, in); !problem.Match(err, problem.ErrNotFound) {
				t.Errorf("%s grants: %v", name, err)
			}
			if _, err := f.Revoke(ctx, c.ID, 1, "x"); problem.CodeOf(err).Kind != problem.NotFound {
				t.Errorf("%s revokes: %v", name, err)
			}
		}
		if _, err := f.Revoke(f.ctx, c.ID, 1, ""); !problem.Match(err, problem.ErrInvalid) {
			t.Errorf("Revoke without a reason = %v", err)
		}
		if _, err := f.Revoke(f.ctx, c.ID, 2, "fraud"); !problem.Match(err, problem.ErrStale) {
			t.Errorf("Revoke on a wrong version = %v", err)
		}
		if _, err := f.Revoke(f.ctx, c.ID, 1, "fraud"); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Revoke(f.ctx, c.ID, 2, "fraud"); !problem.Match(err, ErrState) {
			t.Errorf("second Revoke = %v", err)
		}
		if got := f.check(t, day(2027, 6, 1), Line{Kind: Travel}); got.Payer != catalog.PayCustomer {
			t.Errorf("after the revocation %s pays", got.Payer)
		}
	})
}
