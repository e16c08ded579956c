package rules

import (
	"slices"
	"strings"
	"testing"
)

// maker is a maker's promise for one model line: six years for the whole, from installation, if it was registered.
const maker = `{
  "id": "north-ac-six-years", "version": 1, "kind": "maker", "jurisdictions": ["CN"], "title": {"zh": "北辰空调六年", "en": "North: six years"}, "source": "promise of 2026",
  "from": "2026-01-01",
  "facts": [{"name": "registered", "type": "bool", "title": {"zh": "已注册", "en": "registered"}}],
  "starts": {"installed": [{"date": "installed"}, {"date": "invoiced"}]},
  "periods": [{"id": "whole", "title": {"zh": "整机", "en": "whole"}, "start": "installed", "months": "registered ? 72 : 36"}],
  "rules": [{
    "id": "M1", "title": {"zh": "免费维修", "en": "Free repair"}, "source": "promise, §1", "confidence": "unverified", "when": "model.startsWith(\"KFR\") && has_fault && cause == \"quality\"", "within": ["whole"],
    "grants": [{"option": "repair", "payer": "maker"}], "covers": {"lines": ["labour", "part", "travel"], "payer": "maker", "share": 100}, "text": {"zh": "至{last}", "en": "until {last}"}
  }]
}`

func firms(t *testing.T, text, brand string) *Compiled {
	t.Helper()
	p, err := ReadPack(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return p.OfFirm(brand)
}

// TestFirmPack: a maker's promise speaks of the goods of its brand and model alone, beside the law.
func TestFirmPack(t *testing.T) {
	t.Parallel()
	ask := func(set *Set, brand, model string, more map[string]any) Decision {
		t.Helper()
		f := facts("AC", "2029-09-01", "invoiced 2026-03-01", "installed 2026-03-05")
		f.Brand, f.Model, f.More = brand, model, more
		d, err := set.Decide(f)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	set := NewSet(china(t), firms(t, maker, "north"))
	registered := map[string]any{"registered": true}
	for _, tt := range []struct {
		brand, model string
		more         map[string]any
		want         int
	}{
		{"north", "KFR-35GW", registered, 1}, {"north", "KFR-35GW", nil, 0}, {"north", "RF-300", registered, 0}, {"south", "KFR-35GW", registered, 0}, {"", "KFR-35GW", registered, 0},
	} {
		if got := ask(set, tt.brand, tt.model, tt.more); len(got.Choices) != tt.want {
			t.Errorf("%s %s %v: %+v, want %d", tt.brand, tt.model, tt.more, got.Choices, tt.want)
		}
	}
	// Of two versions in force the higher judges what was bought in its days, the lower what was bought before.
	shorter := strings.NewReplacer(`"version": 1`, `"version": 2`, `"from": "2026-01-01"`, `"from": "2027-01-01"`, "72", "24").Replace(maker)
	both := NewSet(china(t), firms(t, shorter, "north"), firms(t, maker, "north"))
	if got := ask(both, "north", "KFR-35GW", registered); !slices.Equal(got.Packs, []string{"north-ac-six-years@1"}) {
		t.Errorf("bought before the change: %v", got.Packs)
	}
	f := facts("AC", "2027-09-01", "invoiced 2027-03-01", "installed 2027-03-05")
	f.Brand, f.Model = "north", "KFR-35GW"
	if got, err := both.Decide(f); err != nil || !slices.Equal(got.Packs, []string{"north-ac-six-years@2"}) {
		t.Errorf("bought after it: %v, %v", got.Packs, err)
	}
	if both.Version() == set.Version() {
		t.Error("a version more leaves the set's version")
	}
}

// TestFirmPackBroken: what goes wrong in a firm's pack takes nothing of the law from a customer.
func TestFirmPackBroken(t *testing.T) {
	t.Parallel()
	law, err := ReadPack(strings.NewReader(strings.Replace(inventedLaw, `"XX"`, `"CN"`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	for where, text := range map[string]string{
		"rules.M1.when":        strings.Replace(maker, `model.startsWith(\"KFR\")`, "100 / (km - km) > 1", 1),
		"periods.whole.months": strings.Replace(maker, "registered ? 72 : 36", "36 / (km - km)", 1),
	} {
		set := NewSet(china(t), law, firms(t, text, ""))
		f := facts("AC", "2026-03-20", "activated 2026-03-05")
		f.Price = 2000
		got, err := set.Decide(f)
		if err != nil || len(got.Choices) != 1 || len(got.Broken) != 1 || got.Broken[0].Pack != "north-ac-six-years@1" || !strings.HasPrefix(got.Broken[0].At, strings.SplitN(where, ".", 3)[0]) {
			t.Errorf("%s: %v, choices %+v, broken %+v", where, err, got.Choices, got.Broken)
		}
	}
}

// TestConfirm: a lawyer's word takes a mark away, from kept decisions too, and leaves what is decided.
func TestConfirm(t *testing.T) {
	t.Parallel()
	pack := firms(t, maker, "")
	if got := pack.Cells(); !slices.Equal(got, []string{"rules.M1"}) {
		t.Fatalf("cells %v", got)
	}
	f := facts("AC", "2026-09-01", "installed 2026-03-05")
	f.Model = "KFR-35GW"
	before, err := NewSet(china(t), pack).Decide(f)
	if err != nil {
		t.Fatal(err)
	}
	if r, _ := before.Rule(pack.ID, "M1"); !r.Unverified || !slices.Equal(r.Doubts, []string{"rules.M1"}) || !before.Covers[0].Unverified {
		t.Errorf("before: %+v", r)
	}
	set := NewSet(china(t), pack.Confirm(map[string]string{"rules.M1": "promise of 2026, second edition"}))
	after, err := set.Decide(f)
	if err != nil || len(Diff(before, after)) > 0 {
		t.Errorf("after: %v, %+v", err, Diff(before, after))
	}
	if r, _ := after.Rule(pack.ID, "M1"); r.Unverified || r.Source != "promise, §1; promise of 2026, second edition" {
		t.Errorf("after: %+v", r)
	}
	set.Remark(&before)
	if r, _ := before.Rule(pack.ID, "M1"); r.Unverified || len(r.Doubts) > 0 || before.Covers[0].Unverified {
		t.Errorf("kept: %+v %+v", r, before.Covers)
	}
	if pack.Rules[0].Confidence != Unverified {
		t.Error("confirming changed the pack itself")
	}
	set = NewSet(china(t), mustBuiltin(t)...)
	for _, p := range set.Packs() {
		all := map[string]string{}
		for _, c := range p.Cells() {
			all[c] = "read"
		}
		if left := p.Confirm(all).Cells(); len(left) > 0 {
			t.Errorf("%s: %v cannot be confirmed", p.ID, left)
		}
	}
}

func mustBuiltin(t *testing.T) []*Compiled {
	t.Helper()
	all, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestPromiseTakesNothing: what is no law cannot displace a law.
func TestPromiseTakesNothing(t *testing.T) {
	t.Parallel()
	text := strings.Replace(maker, `"within": ["whole"]`, `"within": ["whole"], "instead_of": ["cn-sanbao-1995/W03"]`, 1)
	_, err := ReadPack(strings.NewReader(text))
	if faults := Faults(err); len(faults) != 1 || faults[0].At != "rules.M1" {
		t.Errorf("%v", err)
	}
	if faults := Faults(func() error { _, err := ReadPack(strings.NewReader("{")); return err }()); len(faults) != 1 {
		t.Errorf("half a pack: %v", faults)
	}
}
