package geo

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"unicode/utf8"
)

// survives checks what must hold for any input.
func survives(t *testing.T, s string) {
	t.Helper()
	a := Parse(s)
	if a.Confidence < 0 || a.Confidence > 1 {
		t.Errorf("Parse(%q): confidence %g", s, a.Confidence)
	}
	for _, p := range a.Parts {
		if p.Start < 0 || p.Start >= p.End || p.End > len(s) || !utf8.ValidString(p.Text) {
			t.Errorf("Parse(%q): part %+v", s, p)
		}
	}
	for i := 1; i < len(a.Parts); i++ {
		if a.Parts[i].Start < a.Parts[i-1].End {
			t.Errorf("Parse(%q): parts overlap, %+v and %+v", s, a.Parts[i-1], a.Parts[i])
		}
	}
	if _, err := json.Marshal(a); err != nil {
		t.Errorf("Parse(%q): %v", s, err)
	}
	if m := MaskAddress(s); m != "" && !strings.HasSuffix(m, "****") && !strings.HasPrefix(m, "**** ") {
		t.Errorf("MaskAddress(%q) = %q", s, m)
	}
}

func TestNaughtyStrings(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(dataFile(t, "09-hostile/blns/blns.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	if len(list) < 400 {
		t.Fatalf("%d naughty strings, want the whole list", len(list))
	}
	for _, s := range list {
		survives(t, s)
		survives(t, "杭州市"+s+"丁香路5号")
	}
}

func TestScrambledAddresses(t *testing.T) {
	t.Parallel()
	bits := []string{
		"浙江省", "杭州", "余杭区", "五常街道", "丁香路", "969号", "3幢", "-", "12", "－", "单元", "A座", "张三", "13800000000", " ", "，", "\n", "：", "收货人:",
		"地址：", "备注:", "邮编", "310000", "转", "(", ")", "+86", "0571", "\x00", "\xff", "\u202e", "😀", "é", "一", "附", "第", "号", "楼", "组", "村", "内蒙古", "鼓楼区",
		"市辖区", "·", "先生", "400", "F", "负一楼", "12A", "地下", "与", "院",
	}
	rng := rand.New(rand.NewPCG(3, 9))
	for range 3000 {
		var b strings.Builder
		for range rng.IntN(14) {
			b.WriteString(bits[rng.IntN(len(bits))])
		}
		survives(t, b.String())
	}
}

func TestLongInputIsCut(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		strings.Repeat("浙江省杭州市", 5000), strings.Repeat("1-", 20000), strings.Repeat("一", 50000), strings.Repeat("A1", 9000), strings.Repeat("(", 30000),
		strings.Repeat("\u0301", 9000), "丁香路" + strings.Repeat(" ", 100000) + "5号", strings.Repeat("13800000000 ", 3000),
	} {
		survives(t, s)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"张三 13800000000 浙江省杭州市余杭区丁香路5号", "12-3-401", "收货人:\n", "\xff\xfe", "12 Sample St\nLondon"} {
		f.Add(s)
	}
	f.Fuzz(survives)
}
