package reason

import (
	"encoding/json"
	"math"
	"reflect"
	"slices"
	"testing"
	"testing/fstest"
	"time"

	"anxin/internal/platform/i18n"
)

type skill string

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 14, 0, 0, 0, time.FixedZone("", 8*3600))
	due := at.Add(time.Hour)
	for _, tt := range []struct {
		name string
		in   Reason
		want string
	}{
		{"bare", Passed("x.ok"), `{"code":"x.ok","verdict":"ok"}`},
		{"zero values are kept", Failed("x.stock").Compared(0, 1), `{"code":"x.stock","verdict":"fail","limit":1,"value":0}`},
		{
			"everything",
			Warned("x.late").With("skill", skill("gas")).With("at", at).With("due", &due).With("left", 90*time.Minute).
				Compared(int64(1790000000000001), 2.5).Under("clocks/3"),
			`{"code":"x.late","verdict":"warn","params":{"at":"2026-11-21T06:00:00Z","due":"2026-11-21T07:00:00Z","left":5400,"skill":"gas"},"limit":2.5,"value":1790000000000001,"rule_version":"clocks/3"}`,
		},
		{"lists", Noted("x.list").With("skills", []skill{"a", "b"}).With("n", []int{1, 2}), `{"code":"x.list","verdict":"info","params":{"n":[1,2],"skills":["a","b"]}}`},
		{"whole float", Noted("x.f").Compared(2.0, uint8(3)), `{"code":"x.f","verdict":"info","limit":3,"value":2}`},
		{"struct", Noted("x.s").With("span", struct {
			Days int `json:"days"`
		}{7}), `{"code":"x.s","verdict":"info","params":{"span":{"days":7}}}`},
		{"nil pointer", Noted("x.n").With("due", (*time.Time)(nil)), `{"code":"x.n","verdict":"info","params":{"due":null}}`},
		{"what JSON cannot carry", Noted("x.c").With("f", func() {}).Compared(math.NaN(), true), `{"code":"x.c","verdict":"info","params":{"f":"func()"},"limit":true,"value":"NaN"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text, err := json.Marshal(tt.in)
			if err != nil {
				t.Fatalf("Marshal: %v", err)
			}
			if string(text) != tt.want {
				t.Errorf("JSON = %s\nwant   %s", text, tt.want)
			}
			var back Reason
			if err := json.Unmarshal(text, &back); err != nil {
				t.Fatalf("Unmarshal: %v", err)
			}
			if !reflect.DeepEqual(back, tt.in) {
				t.Errorf("after a round trip %#v, want %#v", back, tt.in)
			}
		})
	}
}

func TestWithLeavesTheOriginal(t *testing.T) {
	t.Parallel()
	base := Failed("x").With("a", 1)
	_ = base.With("a", 2).With("b", 3)
	if want := Failed("x").With("a", 1); !base.Equal(want) {
		t.Errorf("base = %v after With on a copy, want %v", base, want)
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	l := List{Passed("b.shift"), Noted("a.near"), Failed("z.skill"), Warned("m.overtime"), Failed("c.area")}
	if got, want := l.Worst(), Fail; got != want {
		t.Errorf("Worst() = %s, want %s", got, want)
	}
	if l.Allowed() {
		t.Error("Allowed() = true with two failing reasons")
	}
	if r, ok := l.FirstFailing(); !ok || r.Code != "z.skill" {
		t.Errorf("FirstFailing() = %v, %t, want z.skill", r, ok)
	}
	if _, ok := (List{Warned("x")}).FirstFailing(); ok {
		t.Error("FirstFailing() found one in a list of warnings")
	}
	if got, want := l.Sorted().Codes(), []string{"c.area", "z.skill", "m.overtime", "b.shift", "a.near"}; !slices.Equal(got, want) {
		t.Errorf("Sorted() = %v, want %v", got, want)
	}
	if got := l[0].Code; got != "b.shift" {
		t.Errorf("Sorted() moved the original: first is %s", got)
	}
	if got, want := l.Only(Fail).Codes(), []string{"z.skill", "c.area"}; !slices.Equal(got, want) {
		t.Errorf("Only(Fail) = %v, want %v", got, want)
	}
	if !l.Has("a.near") || l.Has("a.far") {
		t.Errorf("Has is wrong on %v", l.Codes())
	}
	var none List
	if none.Worst() != OK || !none.Allowed() {
		t.Errorf("an empty list: Worst() = %s, Allowed() = %t, want ok, true", none.Worst(), none.Allowed())
	}
	if got := (List{Noted("x")}).Worst(); got != OK {
		t.Errorf("Worst() of a mere fact = %s, want ok", got)
	}
	none.Add(Warned("x"), Passed("y"))
	if got := none.Worst(); got != Warn {
		t.Errorf("Worst() after Add = %s, want warn", got)
	}
}

func TestChanged(t *testing.T) {
	t.Parallel()
	before := List{Passed("skill"), Failed("area").Compared(12, 10), Passed("shift"), Passed("shift")}
	for _, tt := range []struct {
		name  string
		after List
		want  []string
	}{
		{"same", slices.Clone(before), nil},
		{"other order", List{before[2], before[1], before[0], before[3]}, nil},
		{"other value", List{before[0], Failed("area").Compared(11, 10), before[2], before[3]}, []string{"area"}},
		{"one more and one less", List{before[0], before[1], before[2], Passed("tools")}, []string{"shift", "tools"}},
	} {
		if got := Changed(before, tt.after); !slices.Equal(got, tt.want) {
			t.Errorf("%s: Changed = %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestTextAndParse(t *testing.T) {
	t.Parallel()
	for _, l := range []List{{}, {Failed("a").With("n", 3), Passed("b")}} {
		text, err := l.Text()
		if err != nil {
			t.Fatal(err)
		}
		got, err := Parse(text)
		if err != nil || !reflect.DeepEqual(got, l) {
			t.Errorf("Parse(%s) = %v, %v, want %v", text, got, err, l)
		}
	}
	for text, fine := range map[string]bool{"": true, "null": true, "[]": true, "{": false, `[{"code":1}]`: false} {
		got, err := Parse(text)
		if (err == nil) != fine || fine && (got == nil || len(got) != 0) {
			t.Errorf("Parse(%q) = %#v, %v", text, got, err)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	words := i18n.Must(fstest.MapFS{
		"words.zh-CN.json": file(`{"reason.x.far": "{engineer}离得太远：{value} 公里，最多 {limit} 公里（{rule}）"}`),
		"words.en.json":    file(`{"reason.x.far": "{engineer} is {value} km away, {limit} km at most ({rule})"}`),
	}).Reporting(func(lang, key, trouble string) { t.Errorf("%s %s: %s", lang, key, trouble) })
	r := Failed("x.far").With("engineer", "E7").Compared(12, 10).Under("area/1")
	for lang, want := range map[string]string{
		i18n.Chinese: "E7离得太远：12 公里，最多 10 公里（area/1）",
		i18n.English: "E7 is 12 km away, 10 km at most (area/1)",
	} {
		if got := (List{r}).Words(words, lang); !slices.Equal(got, []string{want}) {
			t.Errorf("Words(%s) = %q, want %q", lang, got, want)
		}
	}
}
