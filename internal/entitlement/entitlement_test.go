package entitlement

import (
	"testing"
	"time"

	"anxin/internal/catalog"
	"anxin/internal/platform/calendar"
	"anxin/internal/platform/reason"
	"anxin/internal/units"
)

func day(y, m, d int) calendar.Date { return calendar.NewDate(y, time.Month(m), d) }

var model = catalog.Model{ID: "m1", WarrantyMonths: 12, MainPartMonths: 36, MainParts: []string{"compressor"}}

func unit(dates units.Dates) units.Unit {
	return units.Unit{ID: "u1", Brand: "b1", Model: "m1", Dates: dates}
}

func TestStartByPrecedence(t *testing.T) {
	t.Parallel()
	all := units.Dates{
		units.Made: {Day: day(2025, 1, 31)}, units.Sold: {Day: day(2025, 3, 1)}, units.Invoiced: {Day: day(2025, 3, 2)},
		units.Activated: {Day: day(2025, 4, 1)}, units.Delivered: {Day: day(2025, 3, 5)}, units.Installed: {Day: day(2025, 3, 8)},
	}
	want := map[units.DateKind]calendar.Date{
		units.Installed: day(2025, 3, 8), units.Delivered: day(2025, 3, 5), units.Activated: day(2025, 4, 1), units.Invoiced: day(2025, 3, 2),
		units.Sold: day(2025, 3, 1), units.Made: day(2025, 4, 30), // three months of grace, and April has no 31st
	}
	for _, k := range basis {
		got, kind, ok := start(all)
		if !ok || kind != k || got != want[k] {
			t.Errorf("start = %s by %s, want %s by %s", got, kind, want[k], k)
		}
		delete(all, k)
	}
	if _, _, ok := start(all); ok {
		t.Error("a unit without dates starts nothing")
	}
}

func TestDecide(t *testing.T) {
	t.Parallel()
	byModel, why := defaults(model, unit(units.Dates{units.Installed: {Day: day(2025, 3, 8)}}), nil, time.UTC)
	contract := Coverage{ID: "c1", Kind: ContractKind, Name: "plus", Lines: []LineKind{Labour}, Payer: catalog.PayInsurer, Share: 100, Starts: day(2026, 3, 8), Ends: day(2028, 3, 7), Active: true}
	half := Coverage{ID: "c2", Kind: Goodwill, Name: "half", Lines: []LineKind{Labour}, Payer: catalog.PayBrand, Share: 50, Starts: day(2026, 3, 8), Ends: day(2026, 12, 31), Active: true}
	for _, tt := range []struct {
		name    string
		all     []Coverage
		line    Line
		on      calendar.Date
		out     []outage
		payer   catalog.Payer
		share   int64
		covered CoverageID
	}{
		{name: "labour in the first year", all: byModel, line: Line{Kind: Labour}, on: day(2026, 3, 8), payer: catalog.PayBrand, share: 100},
		{name: "the day after", all: byModel, line: Line{Kind: Labour}, on: day(2026, 3, 9), payer: catalog.PayCustomer, share: 100},
		{name: "days out of use lengthen it", all: byModel, line: Line{Kind: Labour}, on: day(2026, 3, 9), out: []outage{{day(2025, 5, 2), 1}}, payer: catalog.PayBrand, share: 100},
		{name: "main part in the third year", all: byModel, line: Line{Kind: Part, PartClass: catalog.PartMain}, on: day(2028, 3, 8), payer: catalog.PayBrand, share: 100},
		{name: "general part in the third year", all: byModel, line: Line{Kind: Part, PartClass: catalog.PartGeneral}, on: day(2028, 3, 7), payer: catalog.PayCustomer, share: 100},
		{name: "consumable in the first year", all: byModel, line: Line{Kind: Part, PartClass: catalog.PartAccessory}, on: day(2025, 4, 1), payer: catalog.PayCustomer, share: 100},
		{name: "before it begins", all: byModel, line: Line{Kind: Labour}, on: day(2025, 3, 7), payer: catalog.PayCustomer, share: 100},
		{name: "contract after the first year", all: append([]Coverage{half, contract}, byModel...), line: Line{Kind: Labour}, on: day(2026, 6, 1), payer: catalog.PayInsurer, share: 100, covered: "c1"},
		{name: "half is better than nothing", all: append([]Coverage{half}, byModel...), line: Line{Kind: Labour}, on: day(2026, 6, 1), payer: catalog.PayBrand, share: 50, covered: "c2"},
		{name: "goodwill for labour pays no travel", all: append([]Coverage{half}, byModel...), line: Line{Kind: Travel}, on: day(2026, 6, 1), payer: catalog.PayCustomer, share: 100},
	} {
		got := decide(tt.all, tt.line, tt.on, tt.out, why)
		if got.Payer != tt.payer || got.Share != tt.share || got.Coverage != tt.covered || len(got.Reasons) < 2 {
			t.Errorf("%s: %s %d%% by %q, want %s %d%% by %q; reasons %v", tt.name, got.Payer, got.Share, got.Coverage, tt.payer, tt.share, tt.covered, got.Reasons.Codes())
		}
	}
}

// One input changes, and exactly that reason changes.
func TestReasonFollowsItsInput(t *testing.T) {
	t.Parallel()
	byModel, why := defaults(model, unit(units.Dates{units.Installed: {Day: day(2025, 3, 8)}}), nil, time.UTC)
	a := decide(byModel, Line{Kind: Labour}, day(2026, 3, 8), nil, why)
	b := decide(byModel, Line{Kind: Labour}, day(2026, 3, 9), nil, why)
	changed := reason.Changed(a.Reasons, b.Reasons)
	want := map[string]bool{"entitlement.covered": true, "entitlement.over": true, "entitlement.customer_pays": true}
	for _, c := range changed {
		if !want[c] {
			t.Errorf("reason %s changed with the day", c)
		}
	}
	if len(changed) != len(want) {
		t.Errorf("changed reasons %v, want %v", changed, want)
	}
}
