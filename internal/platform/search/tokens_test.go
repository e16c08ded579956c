package search

import (
	"fmt"
	"strings"
	"testing"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{"", "[]"},
		{"空调", "[空调 调]"},
		{"空", "[空]"},
		{"空调不制冷", "[空调 调不 不制 制冷 冷]"},
		{"空调KFR35,不", "[空调 调 kfr35 >kf >kfr >kfr3 不]"},
		{"iPhone 15 Pro", "[iphone >ip >iph >ipho 15 >15 pro >pr >pro]"},
		{"电话138****5678转", "[电话 话 转]"},
		{"电话13812345678。", "[电话 话]"},
		{"z***@qq.com 好", "[好]"},
		{"**** **** **** 6222 元", "[元]"},
		{"张** J*** S****", "[张]"},
		{"110105********002X", "[]"},
		{"010-****4321 2026", "[2026 >20 >202 >2026]"},
		{"5*3", "[5 3]"},
		{"~kabc ^x =y", "[kabc >ka >kab >kabc x y]"},
		{strings.Repeat("w", 60), "[" + strings.Repeat("w", 40) + " >ww >www >wwww]"},
	} {
		if got := fmt.Sprint(tokens(tt.in)); got != tt.want {
			t.Errorf("tokens(%q) = %s, want %s", tt.in, got, tt.want)
		}
	}
	if got := outletTokens("/hz/xihu/"); len(got) != 2 || got[0] != outletTokens("/hz/")[0] || got[1] != outletTokens("/hz/xihu")[1] {
		t.Errorf("outletTokens = %v", got)
	}
	if got := outletTokens("/"); len(got) != 0 {
		t.Errorf("outletTokens of the centre = %v", got)
	}
}

func FuzzTokens(f *testing.F) {
	f.Add("空调KFR-35 **** 138****5678 'x' \"y\" \\")
	f.Fuzz(func(t *testing.T, s string) {
		for _, tok := range tokens(s) {
			tok = strings.TrimPrefix(tok, markBegin)
			if tok == "" || strings.ContainsAny(tok, " '\"\\~^=>*\x00") || len([]rune(tok)) > maxWord {
				t.Errorf("tokens(%q) has %q", s, tok)
			}
		}
		p := parse(s, nil)
		for _, q := range []string{p.words.fts5(), p.words.tsquery()} {
			if p.words.op != 0 && strings.Count(q, "(") != strings.Count(q, ")") {
				t.Errorf("parse(%q) = %s", s, q)
			}
		}
	})
}

func BenchmarkTokens(b *testing.B) {
	s := strings.Repeat("客户反映空调不制冷,已预约明天上午上门,型号KFR-35GW。", 3)
	for b.Loop() {
		tokens(s)
	}
}
