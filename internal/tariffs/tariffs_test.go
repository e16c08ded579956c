package tariffs

import (
	"testing"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/money"
	"anxin/internal/platform/problem"
)

var noon = time.Date(2026, 11, 21, 4, 0, 0, 0, time.UTC)

// The vectors of the trade's fee rules, on the seeded list and on another maker's rule.
func TestDistanceVectors(t *testing.T) {
	t.Parallel()
	rows, err := seedRows()
	if err != nil {
		t.Fatal(err)
	}
	other := Price{
		List: "other", Kind: Distance, Brand: "b2", Amount: money.Amount{Minor: 150, Currency: "CNY"}, FreeMetres: 35_000, RoundUp: true,
		From: calendar.NewDate(2020, 1, 1), To: calendar.NewDate(2099, 1, 1), Active: true,
	}
	rows = append(rows, other)
	on := calendar.DateOf(noon, time.UTC)
	for _, tt := range []struct {
		name string
		in   PriceInput
		want int64
	}{
		{"26 km in a city", PriceInput{Kind: Distance, Item: "city", Metres: 26_000}, 1200},
		{"12 km elsewhere", PriceInput{Kind: Distance, Metres: 12_000}, 400},
		{"36.2 km, begun kilometres whole", PriceInput{Kind: Distance, Brand: "b2", Metres: 36_200}, 300},
		{"within the free ones", PriceInput{Kind: Distance, Item: "city", Metres: 19_999}, 0},
		{"half a kilometre beyond", PriceInput{Kind: Distance, Item: "city", Metres: 20_500}, 100},
	} {
		got, err := price(rows, tt.in, on)
		if err != nil || got.Amount.Minor != tt.want {
			t.Errorf("%s: %d, %v; want %d", tt.name, got.Amount.Minor, err, tt.want)
		}
	}
}

func TestMostSpecificRowWins(t *testing.T) {
	t.Parallel()
	rows, err := seedRows()
	if err != nil {
		t.Fatal(err)
	}
	on := calendar.DateOf(noon, time.UTC)
	for _, tt := range []struct {
		name string
		in   PriceInput
		want int64
	}{
		{"gas water heater, part changed", PriceInput{Kind: Labour, ServiceType: "REP", Category: "GWH", Item: "part"}, 7000},
		{"gas water heater, unknown grade", PriceInput{Kind: Labour, ServiceType: "REP", Category: "GWH", Item: "other"}, 6000},
		{"washer checked", PriceInput{Kind: Labour, ServiceType: "REP", Category: "WM", Item: "check"}, 3000},
		{"two air conditioners installed", PriceInput{Kind: Labour, ServiceType: "INST", Category: "AC", Quantity: 2}, 24000},
		{"urgent", PriceInput{Kind: Labour, ServiceType: "INST", Category: "AC", Factors: []string{"urgent"}}, 14400},
		{"urgent on a holiday", PriceInput{Kind: Labour, ServiceType: "INST", Category: "AC", Factors: []string{"urgent", "holiday"}}, 21600},
		{"a factor leaves the trip alone", PriceInput{Kind: Visit, Factors: []string{"urgent"}}, 3000},
	} {
		got, err := price(rows, tt.in, on)
		if err != nil || got.Amount.Minor != tt.want || got.Source == "" || len(got.Reasons) != 1+len(tt.in.Factors)*btoi(tt.in.Kind == Labour) {
			t.Errorf("%s: %+v, %v; want %d", tt.name, got, err, tt.want)
		}
	}
	if _, err := price(rows, PriceInput{Kind: Part, Item: "p1"}, on); !problem.Match(err, ErrNoPrice) {
		t.Errorf("unpriced part: %v, want no price", err)
	}
	if _, err := price(rows, PriceInput{Kind: Visit}, calendar.NewDate(2019, 1, 1)); !problem.Match(err, ErrNoPrice) {
		t.Errorf("before validity: %v, want no price", err)
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestEditing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := New(d, catalog.New(d), time.UTC)
		if err := s.Seed(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := s.Seed(t.Context()); err != nil {
			t.Fatalf("second seed: %v", err)
		}
		ctx := access.With(t.Context(), access.System("test"))
		good := Price{List: "mine", Kind: Visit, Amount: money.Amount{Minor: 5000, Currency: "CNY"}, From: calendar.NewDate(2026, 1, 1), To: calendar.NewDate(2026, 12, 31)}
		for _, tt := range []struct {
			name string
			edit func(*Price)
		}{
			{"no list", func(p *Price) { p.List = "" }},
			{"kind", func(p *Price) { p.Kind = "x" }},
			{"brand", func(p *Price) { p.Brand = "none" }},
			{"currency", func(p *Price) { p.Amount.Currency = "XQZ" }},
			{"negative", func(p *Price) { p.Amount.Minor = -1 }},
			{"days", func(p *Price) { p.To = p.From - 1 }},
			{"factor", func(p *Price) { p.Kind, p.Item, p.Factor = Factor, "night", "often" }},
		} {
			p := good
			tt.edit(&p)
			if _, err := s.Add(ctx, p); !problem.Match(err, problem.ErrInvalid) {
				t.Errorf("%s: %v, want a field error", tt.name, err)
			}
		}
		if _, err := s.Add(access.With(t.Context(), access.Actor{Kind: access.User, ID: "u"}), good); !problem.Match(err, problem.ErrForbidden) {
			t.Errorf("without permission: %v", err)
		}
		p, err := s.Add(ctx, good)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Price(ctx, d, PriceInput{Kind: Visit, At: noon})
		if err != nil || got.Source != p.ID {
			t.Errorf("price after adding = %+v, %v; want the new row, which began later", got, err)
		}
		if _, err := s.End(ctx, EndInput{ID: p.ID, Version: 9}); !problem.Match(err, problem.ErrStale) {
			t.Errorf("stale end: %v", err)
		}
		if _, err := s.End(ctx, EndInput{ID: p.ID, Version: 1}); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Price(ctx, d, PriceInput{Kind: Visit, At: noon}); err != nil || got.List != "default" {
			t.Errorf("price after ending = %+v, %v; want the default list", got, err)
		}
	})
}
