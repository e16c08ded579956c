package knowledge

import (
	"slices"
	"testing"

	"anxin/internal/catalog"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/i18n"
)

func whole(t Text) bool { return t.Zh != "" && t.En != "" && t.Ja != "" && t.Ko != "" }

// TestProduct: what the product asks could be a firm's own set; it has all words, begins with the dangers, and asks two or
// three things about each symptom, in the order in which they are written.
func TestProduct(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	if err := catalog.Seed(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	snap, err := catalog.New(d).Current(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	b := product()
	for _, c := range snap.Categories() {
		set := b.of(snap, c.Code)
		if _, err := set.checked(snap, c.Code); err != nil {
			t.Errorf("%s: %v", c.Code, err)
		}
		if set[0].Kind != KindDanger || set[1].Kind != KindSymptom || len(set.missing(b.dangersOf(c.Code))) > 0 {
			t.Errorf("%s begins with %s and %s", c.Code, set[0].Kind, set[1].Kind)
		}
		for _, q := range set {
			if !whole(q.Text) {
				t.Errorf("%s: %s has no words in a language: %+v", c.Code, q.Code, q.Text)
			}
			for _, a := range q.Answers {
				if !whole(a.Text) {
					t.Errorf("%s: %s %s has no words in a language: %+v", c.Code, q.Code, a.Code, a.Text)
				}
			}
		}
		for _, s := range snap.Symptoms(c.Code) {
			var got []string
			for _, q := range set.Open(map[string][]string{askSymptom: {string(s.Code)}}) {
				if q.Kind != KindText {
					got = append(got, q.Code)
				}
			}
			if want := b.asks(s); !slices.Equal(got, want) || len(want) < 2 || len(want) > 3 {
				t.Errorf("%s asks %v, want %v", s.Code, got, want)
			}
		}
	}
	gas, _ := snap.Symptom("GWH-S05")
	if a := b.of(snap, gas.Category).Of(KindSymptom).Answer(string(gas.Code)); a == nil || a.Danger != Gas {
		t.Errorf("the smell of gas is %+v, want a danger", a)
	}
	asked := map[string]bool{}
	for of, list := range b.Ask {
		for _, q := range list {
			asked[q] = true
			if len(b.Questions[q].Answers) < 2 {
				t.Errorf("%q asks %s, which has %d answers", of, q, len(b.Questions[q].Answers))
			}
		}
	}
	for q := range b.Questions {
		if !asked[q] {
			t.Errorf("nobody is asked %s", q)
		}
	}
}

func TestMerged(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		lists [][]string
		want  []string
	}{
		{nil, nil},
		{[][]string{{"b", "c"}, {"a", "b"}}, []string{"a", "b", "c"}},
		{[][]string{{"a", "c"}, {"b", "c"}, {"a", "b"}}, []string{"a", "b", "c"}},
		{[][]string{{"a", "b"}, {"b", "a"}}, []string{"a", "b"}}, // they don't agree
	} {
		if got := merged(tt.lists); !slices.Equal(got, tt.want) {
			t.Errorf("merged(%v) = %v, want %v", tt.lists, got, tt.want)
		}
	}
}

func TestSay(t *testing.T) {
	t.Parallel()
	full := Text{Zh: "中", En: "e", Ja: "j", Ko: "k"}
	for _, tt := range []struct {
		text Text
		lang string
		want string
		in   string
	}{
		{full, i18n.Chinese, "中", i18n.Chinese},
		{full, i18n.Korean, "k", i18n.Korean},
		{Text{Zh: "中", En: "e"}, i18n.Japanese, "e", i18n.English},
		{Text{Zh: "中"}, i18n.Korean, "中", i18n.Chinese},
		{Text{Zh: "中"}, i18n.English, "中", i18n.Chinese},
		{Text{}, i18n.English, "", i18n.English},
	} {
		if got, in := tt.text.In(tt.lang); got != tt.want || in != tt.in {
			t.Errorf("%+v in %s = %q (%s), want %q (%s)", tt.text, tt.lang, got, in, tt.want, tt.in)
		}
	}
}

// TestRead: what hangs on another answer counts only with it, what is no answer never; the last symptom and all dangers are
// told.
func TestRead(t *testing.T) {
	t.Parallel()
	qs := Questions{
		{Code: "d", Kind: KindDanger, Answers: []Answer{{Code: "smoke", Danger: Fire}}},
		{Code: "s", Kind: KindSymptom, Answers: []Answer{{Code: "cold", Symptom: "AC-S01"}, {Code: "wet", Symptom: "AC-S03"}}},
		{Code: "a", Kind: KindYesNo, If: &Condition{"s", []string{"cold"}}, Answers: []Answer{{Code: "yes", Symptom: "AC-S02"}, {Code: "no"}}},
		{Code: "b", Kind: KindMany, If: &Condition{"a", []string{"yes"}}, Answers: []Answer{{Code: "x"}, {Code: "y", Danger: Gas}, {Code: "z"}}},
		{Code: "c", Kind: KindText},
	}
	for _, tt := range []struct {
		name    string
		given   map[string][]string
		lines   int
		symptom catalog.SymptomCode
		dangers []Danger
	}{
		{"nothing", nil, 0, "", nil},
		{"all of it", map[string][]string{"d": {"smoke"}, "s": {"cold"}, "a": {"yes"}, "b": {"z", "y"}, "c": {" E5 \n now "}}, 5, "AC-S02", []Danger{Gas, Fire}},
		{"not asked", map[string][]string{"s": {"wet"}, "a": {"yes"}, "b": {"y"}}, 1, "AC-S03", nil},
		{"hangs on what is not asked", map[string][]string{"b": {"y"}}, 0, "", nil},
		{"no answers of theirs", map[string][]string{"s": {"hot"}, "a": {"maybe"}, "d": {"AC-S01"}}, 0, "", nil},
		{"two where one is asked", map[string][]string{"s": {"wet", "cold"}}, 1, "AC-S01", nil},
	} {
		got, err := qs.Read(func(code string) []string { return tt.given[code] })
		if err != nil || len(got.Lines) != tt.lines || got.Symptom != tt.symptom || !slices.Equal(got.Dangers, tt.dangers) {
			t.Errorf("%s: %d lines, symptom %q, dangers %v, %v; want %d, %q, %v", tt.name, len(got.Lines), got.Symptom, got.Dangers, err, tt.lines, tt.symptom, tt.dangers)
		}
		for _, l := range got.Lines {
			if l.Question.Code == "c" && l.Typed != "E5 now" {
				t.Errorf("%s: typed %q", tt.name, l.Typed)
			}
		}
	}
	for _, text := range []string{string(make([]rune, 201)), "a\x00b", "\xff", string(slices.Repeat([]rune("漏"), 201))} {
		if _, err := qs.Read(func(code string) []string { return map[string][]string{"c": {text}}[code] }); err == nil {
			t.Errorf("%.10q is kept", text)
		}
	}
}
