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

func (f *fixture) options(t *testing.T, id AssessmentID) []rules.Option {
	t.Helper()
	a, err := f.GetAssessment(f.ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return optionsOf(a.Decision)
}

// TestAssessment: kept, decided anew by facts and by days, chosen, closed.
func TestAssessment(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		dbtest.Clock(d, at(day(2026, 9, 1)))
		ask := AssessInput{Unit: f.unit, Case: "c1", Question: Question{
			Fault: &rules.FaultFacts{Reported: day(2026, 9, 1), Performance: true}, Repairs: []rules.RepairEvent{{In: at(day(2026, 9, 1)), Delay: "repairer"}},
		}}
		a, err := f.Assess(f.ctx, ask)
		if err != nil {
			t.Fatal(err)
		}
		if want := []rules.Option{rules.Repair}; !slices.Equal(optionsOf(a.Decision), want) || a.NextOn != day(2026, 10, 2) {
			t.Fatalf("at first %v, next %s", optionsOf(a.Decision), a.NextOn)
		}
		if again, err := f.Assess(f.ctx, ask); err != nil || again.ID != a.ID || again.Version != 2 {
			t.Errorf("asked again: %s version %d, %v, want the same one", again.ID, again.Version, err)
		}
		if err := f.ReassessDue(t.Context()); err != nil || len(f.options(t, a.ID)) != 1 {
			t.Errorf("before the day: %v, %v", f.options(t, a.ID), err)
		}
		// The thirty-first day comes: exchange, without anybody asking.
		dbtest.Clock(d, at(day(2026, 10, 2)))
		if err := f.ReassessDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		a, err = f.GetAssessment(f.ctx, a.ID)
		if err != nil || !slices.Equal(optionsOf(a.Decision), []rules.Option{rules.Exchange, rules.Repair}) {
			t.Fatalf("on the 31st day: %v, %v", optionsOf(a.Decision), err)
		}
		if !slices.Contains(a.Changes, rules.Change{What: "rule", Name: "cn-sanbao-1995/W04", From: "future", To: "now"}) || !slices.Contains(a.Changes, rules.Change{What: "option", Name: "exchange", To: "given"}) {
			t.Errorf("changes: %+v", a.Changes)
		}
		version := a.Version
		if err := f.ReassessDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		if b, _ := f.GetAssessment(f.ctx, a.ID); b.Version != version {
			t.Errorf("the duty ran twice: version %d, want %d", b.Version, version)
		}
		told, err := f.units.Timeline(f.ctx, units.TimelineInput{ID: f.unit, Limit: 50})
		if n := len(slices.DeleteFunc(told, func(e units.Entry) bool { return e.Kind != "coverage_decided" })); err != nil || n != 3 {
			t.Errorf("the unit's timeline tells it %d times, %v, want one for each time it was decided", n, err)
		}
		if _, err := f.Choose(f.ctx, a.ID, version, rules.Refund); !problem.Match(err, ErrNotOffered) {
			t.Errorf("a refund, which is not open: %v", err)
		}
		if a, err = f.Choose(f.ctx, a.ID, version, rules.Exchange); err != nil || a.Chosen != rules.Exchange {
			t.Errorf("Choose = %s, %v", a.Chosen, err)
		}
		if _, err := f.Choose(f.ctx, a.ID, version, rules.Exchange); !problem.Match(err, problem.ErrStale) {
			t.Errorf("an old version: %v", err)
		}
		if a, err = f.CloseAssessment(f.ctx, a.ID, a.Version); err != nil || a.State != AssessmentClosed {
			t.Errorf("Close = %s, %v", a.State, err)
		}
		if _, err := f.Choose(f.ctx, a.ID, a.Version, rules.Repair); !problem.Match(err, ErrAssessmentClosed) {
			t.Errorf("after the close: %v", err)
		}
		if next, err := f.Assess(f.ctx, ask); err != nil || next.ID == a.ID {
			t.Errorf("asked after the close: %s, %v, want a new one", next.ID, err)
		}
	})
}

// TestAssessmentHearsFacts: the second repair that service notes makes the exchange due.
func TestAssessmentHearsFacts(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		dbtest.Clock(d, at(day(2026, 9, 1)))
		a, err := f.Assess(f.ctx, AssessInput{Unit: f.unit, Question: Question{Fault: &rules.FaultFacts{Reported: day(2026, 9, 1), Performance: true}}})
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range [][]rules.Option{{rules.Repair}, {rules.Exchange, rules.Repair}} {
			in := units.Fact{Unit: f.unit, Kind: units.FactRepaired, DaysOut: 1, Result: "fixed", At: at(day(2026, 3+3*i, 4))}
			if _, err := db.InTx(f.ctx, d, func(ctx context.Context, tx *db.Tx) (units.Fact, error) { return f.units.FactTx(ctx, tx, in) }); err != nil {
				t.Fatal(err)
			}
			if err := f.reassessUnit(t.Context(), f.unit); err != nil {
				t.Fatal(err)
			}
			if got := f.options(t, a.ID); !slices.Equal(got, want) {
				t.Errorf("after repair %d: %v, want %v", i+1, got, want)
			}
		}
	})
}

// TestGoodwill has a limit, a reason and a scope.
func TestGoodwill(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		f := newFixture(t, d)
		dbtest.Clock(d, at(day(2026, 9, 1)))
		a, err := f.Assess(f.ctx, AssessInput{Unit: f.unit, Case: "c1"})
		if err != nil {
			t.Fatal(err)
		}
		agent := actor(t, access.Everything, permRead, permEdit, permGoodwill, units.PermRead)
		in := OverrideInput{ID: a.ID, Version: a.Version, Option: rules.Refund, Amount: goodwillLimit + 1, Reason: "complaint"}
		if _, err := f.Override(agent, in); !problem.Match(err, ErrBeyondLimit) {
			t.Errorf("above the limit: %v", err)
		}
		in.Amount = goodwillLimit
		for name, change := range map[string]func(*OverrideInput){
			"option": func(x *OverrideInput) { x.Option = "prayer" }, "amount": func(x *OverrideInput) { x.Amount = -1 }, "reason": func(x *OverrideInput) { x.Reason = " " },
		} {
			bad := in
			change(&bad)
			if _, err := f.Override(agent, bad); !problem.Match(err, problem.ErrInvalid) {
				t.Errorf("a bad %s: %v", name, err)
			}
		}
		got, err := f.Override(agent, in)
		if err != nil || len(got.Overrides) != 1 || got.Overrides[0].By != "user:u1" {
			t.Fatalf("Override = %+v, %v", got.Overrides, err)
		}
		if got, err = f.Choose(agent, a.ID, got.Version, rules.Refund); err != nil || got.Chosen != rules.Refund {
			t.Errorf("choosing what was given: %s, %v", got.Chosen, err)
		}
		for name, ctx := range map[string]context.Context{
			"another outlet": actor(t, access.Scope{OutletPath: "/sh/"}, "*"), "another brand": actor(t, access.Scope{OutletPath: "/", Brands: []string{string(f.other)}}, "*"),
		} {
			if _, err := f.GetAssessment(ctx, a.ID); !problem.Match(err, ErrAssessmentNotFound) {
				t.Errorf("%s reads it: %v", name, err)
			}
			if list, err := f.Assessments(ctx, f.unit, ""); err == nil || len(list) > 0 {
				t.Errorf("%s lists %d", name, len(list))
			}
			if _, err := f.CloseAssessment(ctx, a.ID, got.Version); !problem.Match(err, ErrAssessmentNotFound) {
				t.Errorf("%s closes it: %v", name, err)
			}
		}
		if list, err := f.Assessments(f.ctx, f.unit, "c1"); err != nil || len(list) != 1 {
			t.Errorf("of the case: %d, %v", len(list), err)
		}
		if list, err := f.Assessments(f.ctx, f.unit, "c2"); err != nil || len(list) != 0 {
			t.Errorf("of another case: %d, %v", len(list), err)
		}
	})
}
