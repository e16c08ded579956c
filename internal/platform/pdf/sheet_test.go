package pdf

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// paper is one with everything on it.
func paper(t *testing.T) []byte {
	t.Helper()
	s := New(Options{Title: "K2611-000001", Footer: "安心 400-000-0000", Made: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)})
	s.Head("延保证书", "海川")
	s.Section("保障")
	s.Pair("机型", strings.Repeat("变频空调 ", 30))
	s.Pair("空", " ")
	s.Row([]float64{40, 140}, []string{"L", "R"}, "人工", strings.Repeat("很长的文字", 60))
	if err := s.QR("https://service.example.com/c/abcdefgh", 160, 40, 30); err != nil {
		t.Fatal(err)
	}
	if err := s.Code128("R2611-000001", 20, 120, 80, 18); err != nil {
		t.Fatal(err)
	}
	s.Picture([]byte("no picture"), 0, 0, 10, 10)
	raw, err := s.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestSheet(t *testing.T) {
	t.Parallel()
	raw := paper(t)
	if !bytes.HasPrefix(raw, []byte("%PDF-")) || bytes.Count(raw, []byte("/Subtype /Image")) != 2 {
		t.Errorf("no PDF with two pictures: %d bytes, %d pictures", len(raw), bytes.Count(raw, []byte("/Subtype /Image")))
	}
	if again := paper(t); !bytes.Equal(raw, again) {
		t.Error("the same paper has other bytes")
	}
}

// TestSheetText reads the paper's words back where poppler is installed.
func TestSheetText(t *testing.T) {
	t.Parallel()
	read, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext is not installed")
	}
	file := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(file, paper(t), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command(read, file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"延保证书", "海川", "机型", "人工", "400-000-0000"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is not on the paper", want)
		}
	}
	if strings.Contains(string(text), "空") && !strings.Contains(string(text), "空调") {
		t.Error("a label without a value is on the paper")
	}
}

func TestLabel(t *testing.T) {
	t.Parallel()
	s := New(Options{Title: "label", Made: time.Unix(0, 0), Width: 100, Height: 60})
	if w, h := s.GetPageSize(); w != 100 || h != 60 {
		t.Errorf("label of %g × %g mm, want 100 × 60", w, h)
	}
	if err := s.Code128("容易", 0, 0, 10, 10); err == nil {
		t.Error("a bar code of Chinese was drawn")
	}
	if raw, err := s.Bytes(); err != nil || !bytes.Contains(raw, []byte("/MediaBox [0 0 283.46 170.08]")) {
		t.Errorf("label: %v, %d bytes", err, len(raw))
	}
}

// TestLines: nothing is lost where a line breaks, no line is too long or begins with a closing sign.
func TestLines(t *testing.T) {
	t.Parallel()
	s := New(Options{Made: time.Unix(0, 0)})
	s.Size(10)
	for _, text := range []string{
		"", "短", strings.Repeat("扫描二维码可核对合同是否有效。", 12), "A contract that was paid for covers its unit from its first day on, and " + strings.Repeat("word ", 60),
		strings.Repeat("x", 500), "中文 mixed 与 English, 带标点:" + strings.Repeat("测试,test。", 40), "第一段\n\n第二段 " + strings.Repeat("很长", 80),
	} {
		lines := s.lines(text, 60)
		squeeze := func(x string) string { return strings.NewReplacer(" ", "", "\n", "").Replace(x) }
		if got := squeeze(strings.Join(lines, "")); got != squeeze(text) {
			t.Errorf("lines of %.20q say %.60q", text, got)
		}
		for _, l := range lines {
			if s.GetStringWidth(l) > 60.01 {
				t.Errorf("line %q is %.1f mm wide", l, s.GetStringWidth(l))
			}
			if r := []rune(l); len(r) > 0 && r[0] > 0x2000 && strings.ContainsRune(closing, r[0]) {
				t.Errorf("line %q begins with a closing sign", l)
			}
		}
	}
}

// TestTitles: a title is text whatever it holds; it ends no string and begins no object of the file.
func TestTitles(t *testing.T) {
	t.Parallel()
	parts := func(title string) [3]int {
		t.Helper()
		s := New(Options{Title: title, Footer: title, Made: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)})
		s.Head("x", "y")
		raw, err := s.Bytes()
		if err != nil {
			t.Fatalf("%q: %v", title, err)
		}
		return [3]int{bytes.Count(raw, []byte("endobj")), bytes.Count(raw, []byte("/Title ")), bytes.Count(raw, []byte("/JavaScript"))}
	}
	want := parts("C2611-000001")
	for _, title := range []string{
		"<script>alert(1)</script>", ") /OpenAction << /S /JavaScript /JS (app.alert(1)) >> (", `\) >> endobj \( \\`, "a\x00b\r\nendobj\n1 0 obj", "=1+1", "\u202eesrever", "👨‍👩‍👧‍👦", "田中さん", "\xff\xfe",
		strings.Repeat("长", 500),
	} {
		if got := parts(title); got != want {
			t.Errorf("a paper called %q has %v objects, titles and scripts, want %v", title, got, want)
		}
	}
}
