package i18n

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func words(zh, en string) fstest.MapFS {
	return fstest.MapFS{
		"words.zh-CN.json": &fstest.MapFile{Data: []byte(zh)},
		"words.en.json":    &fstest.MapFile{Data: []byte(en)},
	}
}

func TestT(t *testing.T) {
	t.Parallel()
	c := Must(words(`{
		"greet": "你好，{name}",
		"left": "还剩 {n} 件",
		"only.zh": "只有中文",
		"state": "处于“{state|word:case.state}”",
		"case.state.open": "待处理",
		"due": "{due|datetime} 前",
		"took": "{d|duration}",
		"sum": "{n|number}，{r|percent}",
		"skills": "缺少{skills|list}",
		"json": "写作 {\"a\": 1} 或 {}"
	}`, `{
		"greet": "Hello {name}",
		"left": "{n} items left",
		"left.one": "{n} item left",
		"only.en": "English only",
		"state": "is {state|word:case.state}",
		"case.state.open": "open",
		"due": "before {due|datetime}",
		"took": "{d|duration}",
		"sum": "{n|number}, {r|percent}",
		"skills": "lacks {skills|list}",
		"json": "write {\"a\": 1} or {}"
	}`))
	due := time.Date(2026, 11, 21, 6, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, lang, key string
		params          map[string]any
		want            string
	}{
		{"chinese", Chinese, "greet", map[string]any{"name": "王"}, "你好，王"},
		{"english", English, "greet", map[string]any{"name": "Wang"}, "Hello Wang"},
		{"missing parameter stays visible", English, "greet", nil, "Hello {name}"},
		{"plural", English, "left", map[string]any{"n": 2}, "2 items left"},
		{"singular", English, "left", map[string]any{"n": 1}, "1 item left"},
		{"singular after JSON", English, "left", map[string]any{"n": json.Number("1")}, "1 item left"},
		{"Chinese has no plural", Chinese, "left", map[string]any{"n": 1}, "还剩 1 件"},
		{"falls back to Chinese", English, "only.zh", nil, "只有中文"},
		{"falls back to English", Chinese, "only.en", nil, "English only"},
		{"falls back to the key", Chinese, "nowhere", nil, "nowhere"},
		{"unknown language", "fr", "greet", map[string]any{"name": "王"}, "你好，王"},
		{"word by prefix", English, "state", map[string]any{"state": "open"}, "is open"},
		{"word unknown", Chinese, "state", map[string]any{"state": "odd"}, "处于“odd”"},
		{"time", Chinese, "due", map[string]any{"due": due}, "11月21日 周六 14:00 前"},
		{"time as text", English, "due", map[string]any{"due": "2026-11-21T06:00:00Z"}, "before Sat 21 Nov, 14:00"},
		{"time as microseconds", English, "due", map[string]any{"due": due.UnixMicro()}, "before Sat 21 Nov, 14:00"},
		{"time in the message's zone", English, "due", map[string]any{"due": due, "zone": "America/New_York"}, "before Sat 21 Nov, 01:00"},
		{"unfit value as it is", English, "due", map[string]any{"due": "soon"}, "before soon"},
		{"duration", Chinese, "took", map[string]any{"d": 2*time.Hour + 15*time.Minute}, "2小时15分"},
		{"duration in seconds", English, "took", map[string]any{"d": 8100}, "2 h 15 min"},
		{"numbers", English, "sum", map[string]any{"n": 1234567, "r": 0.153}, "1,234,567, 15.3%"},
		{"list", Chinese, "skills", map[string]any{"skills": []string{"燃气", "制冷", "电工"}}, "缺少燃气、制冷和电工"},
		{"list after JSON", English, "skills", map[string]any{"skills": []any{"gas", "cooling"}}, "lacks gas and cooling"},
		{"other braces are text", English, "json", nil, `write {"a": 1} or {}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := c.T(tt.lang, tt.key, tt.params); got != tt.want {
				t.Errorf("T(%s, %s, %v) = %q, want %q", tt.lang, tt.key, tt.params, got, tt.want)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		zh      []string
		wantErr string
	}{
		{"not an object", []string{`[]`}, "not a JSON object"},
		{"broken", []string{`{"a": `}, `key "a"`},
		{"not text", []string{`{"a": 1}`}, "value is not text"},
		{"twice in a file", []string{`{"a": "1", "a": "2"}`}, "defined twice"},
		{"twice in two modules", []string{`{"a": "1"}`, `{"a": "2"}`}, "defined twice"},
		{"unknown format", []string{`{"a": "{n|roman}"}`}, `unknown format "roman"`},
		{"argument without use", []string{`{"a": "{n|number:x}"}`}, "takes no argument"},
		{"more after the object", []string{`{"a": "1"} {}`}, "text after"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var err error
			if len(tt.zh) == 2 {
				_, err = New(words(tt.zh[0], `{}`), words(tt.zh[1], `{}`))
			} else {
				_, err = New(words(tt.zh[0], `{}`))
			}
			if err == nil || !strings.Contains(err.Error(), tt.wantErr) {
				t.Errorf("New(%q) = %v, want an error with %q", tt.zh, err, tt.wantErr)
			}
		})
	}
	if _, err := New(fstest.MapFS{}); err == nil || !strings.Contains(err.Error(), "has no words.zh-CN.json") {
		t.Errorf("New(empty folder) = %v, want an error that names the file", err)
	}
}

func TestProblems(t *testing.T) {
	t.Parallel()
	c := Must(words(
		`{"same": "{a}", "zh": "x", "params": "{a}"}`,
		`{"same": "{a}", "same.one": "{a}", "en": "x", "params": "{b}", "lone.one": "x"}`,
	))
	want := []string{
		"params: parameters [a] in Chinese, [b] in English",
		"zh: no English words",
		"en: no Chinese words",
		"lone.one: no Chinese words",
	}
	if got := c.Problems(); !slices.Equal(got, want) {
		t.Errorf("Problems() = %q, want %q", got, want)
	}
}

// TestCustomers: Japanese and Korean are read where they are, fall back to English, and need not be there.
func TestCustomers(t *testing.T) {
	t.Parallel()
	f := words(`{"a": "甲", "b": "乙", "c": "丙"}`, `{"a": "A", "b": "B"}`)
	f["words.ja.json"] = &fstest.MapFile{Data: []byte(`{"a": "あ{n|number}"}`)}
	c := Must(f)
	for _, tt := range []struct{ lang, key, want string }{
		{Japanese, "a", "あ1,000"}, {Japanese, "b", "B"}, {Korean, "a", "A"}, {Korean, "c", "丙"}, {English, "c", "丙"}, {"fr", "a", "甲"},
	} {
		if got := c.T(tt.lang, tt.key, map[string]any{"n": 1000}); got != tt.want {
			t.Errorf("T(%s, %s) = %q, want %q", tt.lang, tt.key, got, tt.want)
		}
	}
	if c.Has(Korean, "a") || !c.Has(Japanese, "a") || Supported(Japanese) || !ForCustomers(Korean) || ForCustomers("fr") {
		t.Error("Japanese and Korean are the customers' languages, and only theirs")
	}
}

func TestReporting(t *testing.T) {
	t.Parallel()
	var got []string
	c := Must(words(`{"a": "{x}"}`, `{}`)).Reporting(func(lang, key, trouble string) {
		got = append(got, lang+" "+key+": "+trouble)
	})
	c.T(English, "a", nil)
	c.T(Chinese, "b", nil)
	want := []string{"en a: no words in this language", "en a: parameter x is missing", "zh-CN b: no words"}
	if !slices.Equal(got, want) {
		t.Errorf("reported %q, want %q", got, want)
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"":                         Chinese,
		"zh-CN,zh;q=0.9,en;q=0.8":  Chinese,
		"zh":                       Chinese,
		"zh-Hant-TW":               Chinese,
		"en-US,en;q=0.9":           English,
		"en-GB":                    English,
		"fr-FR,fr;q=0.9":           Chinese,
		"fr-FR,en;q=0.5":           English,
		"en;q=0.2, zh-CN;q=0.9":    Chinese,
		"*":                        Chinese,
		"ja-JP,ja;q=0.9":           English,
		"ko":                       English,
		"not a header, \x00 ; q=a": Chinese,
	} {
		if got := Match(header); got != want {
			t.Errorf("Match(%q) = %q, want %q", header, got, want)
		}
	}
	for header, want := range map[string]string{"": Chinese, "zh-TW": Chinese, "en-GB": English, "ja-JP,en;q=0.5": Japanese, "ko-KR": Korean, "fr,ko;q=0.3": Korean} {
		if got := MatchCustomer(header); got != want {
			t.Errorf("MatchCustomer(%q) = %q, want %q", header, got, want)
		}
	}
	if got := Match(strings.Repeat("en,", 5000)); !Supported(got) {
		t.Errorf("Match(15 kB header) = %q, want a supported language", got)
	}
}

func TestFormats(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, zone) }
	for _, tt := range []struct{ name, got, want string }{
		{"date zh", Date(Chinese, at(21, 14, 0), zone), "11月21日 周六"},
		{"date en", Date(English, at(1, 14, 0), zone), "Sun 1 Nov"},
		{"date crosses midnight by zone", Date(English, time.Date(2026, 11, 20, 16, 30, 0, 0, time.UTC), zone), "Sat 21 Nov"},
		{"long date zh", LongDate(Chinese, at(21, 0, 0), zone), "2026年11月21日"},
		{"long date en", LongDate(English, at(21, 0, 0), zone), "21 Nov 2026"},
		{"window zh", Window(Chinese, at(21, 14, 0), at(21, 16, 0), zone), "11月21日 周六 14:00–16:00"},
		{"window en", Window(English, at(21, 14, 0), at(21, 16, 0), zone), "Sat 21 Nov, 14:00–16:00"},
		{"window to midnight", Window(Chinese, at(21, 22, 0), at(22, 0, 0), zone), "11月21日 周六 22:00–24:00"},
		{"window over days", Window(English, at(21, 22, 0), at(22, 8, 0), zone), "Sat 21 Nov, 22:00 – Sun 22 Nov, 08:00"},
		{"hours zh", Duration(Chinese, 2*time.Hour+15*time.Minute), "2小时15分"},
		{"hours en", Duration(English, 2*time.Hour+15*time.Minute+59*time.Second), "2 h 15 min"},
		{"whole hours", Duration(Chinese, 2*time.Hour), "2小时"},
		{"minutes", Duration(Chinese, 15*time.Minute), "15分钟"},
		{"seconds", Duration(English, 45*time.Second), "45 s"},
		{"days", Duration(Chinese, 76*time.Hour), "3天4小时"},
		{"days en", Duration(English, 48*time.Hour+time.Minute), "2 d"},
		{"zero", Duration(Chinese, 0), "0秒"},
		{"under a second", Duration(English, time.Millisecond), "0 s"},
		{"late", Duration(English, -90*time.Minute), "-1 h 30 min"},
		{"smallest", Duration(English, math.MinInt64), "-106751 d 23 h"},
		{"number", Number(Chinese, -1234567), "-1,234,567"},
		{"number small", Number(English, 999), "999"},
		{"decimal", Decimal(English, 1234.5, 2), "1,234.50"},
		{"decimal short", Decimal(English, -0.25, -1), "-0.25"},
		{"percent", Percent(Chinese, 0.925, 1), "92.5%"},
		{"list one", List(Chinese, []string{"甲"}), "甲"},
		{"list two", List(English, []string{"A", "B"}), "A and B"},
		{"list three", List(Chinese, []string{"甲", "乙", "丙"}), "甲、乙和丙"},
		{"list none", List(English, nil), ""},
		{"window ja", Window(Japanese, at(21, 14, 0), at(21, 16, 0), zone), "11月21日(土) 14:00–16:00"},
		{"window ko", Window(Korean, at(21, 14, 0), at(21, 16, 0), zone), "11월 21일(토) 14:00–16:00"},
		{"long date ja", LongDate(Japanese, at(21, 0, 0), zone), "2026年11月21日"},
		{"long date ko", LongDate(Korean, at(21, 0, 0), zone), "2026년 11월 21일"},
		{"hours ja", Duration(Japanese, 2*time.Hour+15*time.Minute), "2時間15分"},
		{"hours ko", Duration(Korean, 2*time.Hour+15*time.Minute), "2시간 15분"},
		{"whole hours en", Duration(English, 2*time.Hour), "2 h"},
		{"list ja", List(Japanese, []string{"甲", "乙", "丙"}), "甲、乙、丙"},
		{"list ko", List(Korean, []string{"갑", "을"}), "갑, 을"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, tt.got, tt.want)
		}
	}
}
