package entitlement

import (
	"context"
	"slices"
	"testing"

	"anxin/internal/entitlement/rules"
	"anxin/internal/platform/access"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/problem"
	"anxin/internal/units"
)

func options(d rules.Decision) []rules.Option {
	out := []rules.Option{}
	for _, c := range d.Choices {
		out = append(out, c.Option)
	}
	return out
}

// TestRights reads the unit and its history: the third fault after two repairs gives an exchange, and what if the
// customer had told it in the first week.
func TestRights(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		dbtest.Clock(d, at(day(2026, 9, 1)))
		for _, in := range []units.Fact{
			{Unit: f.unit, Kind: units.FactRepaired, DaysOut: 3, Result: "fixed", At: at(day(2026, 3, 4))},
			{Unit: f.unit, Kind: units.FactRepaired, DaysOut: 5, Result: "fixed", At: at(day(2026, 6, 9))},
		} {
			if _, err := db.InTx(f.ctx, d, func(ctx context.Context, tx *db.Tx) (units.Fact, error) { return f.units.FactTx(ctx, tx, in) }); err != nil {
				t.Fatal(err)
			}
		}
		fault := &rules.FaultFacts{Reported: day(2026, 9, 1), Performance: true}
		got, facts, err := f.Rights(f.ctx, RightsInput{Unit: f.unit, Fault: fault})
		if err != nil {
			t.Fatal(err)
		}
		if want := []rules.Option{rules.Exchange, rules.Repair}; !slices.Equal(options(got), want) {
			t.Errorf("choices are %v, want %v", options(got), want)
		}
		if r, ok := got.Rule("cn-sanbao-1995", "W03"); !ok || r.State != rules.Now || r.Last != day(2027, 1, 13) {
			t.Errorf("two repairs: %+v", r)
		}
		if !facts.MustInstall || !facts.Invoice || len(facts.Repairs) != 2 {
			t.Errorf("facts of the unit: %+v", facts)
		}
		early := &rules.FaultFacts{Reported: day(2026, 1, 10), Performance: true}
		got, _, err = f.Rights(f.ctx, RightsInput{Unit: f.unit, Fault: early, On: day(2026, 1, 10)})
		if want := []rules.Option{rules.Refund, rules.Exchange, rules.Repair}; err != nil || !slices.Equal(options(got), want) {
			t.Errorf("in the first week: %v, %v, want %v", options(got), err, want)
		}
		for name, ctx := range map[string]context.Context{
			"another outlet": actor(t, access.Scope{OutletPath: "/sh/"}, "*"), "another brand": actor(t, access.Scope{OutletPath: "/", Brands: []string{string(f.other)}}, "*"),
		} {
			if _, _, err := f.Rights(ctx, RightsInput{Unit: f.unit}); !problem.Match(err, problem.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, _, err := f.Rights(actor(t, access.Everything), RightsInput{Unit: f.unit}); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("without the permission: %v", err)
		}
	})
}

// TestChannels: firms name their channels as they like.
func TestChannels(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]string{"": "shop", "store": "shop", "tmall": "internet", "JD_selfrun": "internet", "flagship-online": "internet", "tv": "tv", "project": "shop"} {
		if got := channelOf(code); got != want {
			t.Errorf("%q is %s, want %s", code, got, want)
		}
	}
}
