package files

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
)

func zipOf(t *testing.T, names ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range names {
		if _, err := z.Create(n); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSniff(t *testing.T) {
	t.Parallel()
	gbk, err := simplifiedchinese.GBK.NewEncoder().String("姓名,电话\r\n张三,1\r\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, in, want string }{
		{"jpeg", "\xff\xd8\xff\xe0rest", JPEG},
		{"png", "\x89PNG\r\n\x1a\n", PNG},
		{"gif", "GIF89a", GIF},
		{"webp", "RIFF\x00\x00\x00\x00WEBPVP8 ", WebP},
		{"wav", "RIFF\x00\x00\x00\x00WAVEfmt ", WAV},
		{"pdf", "%PDF-1.7\n", PDF},
		{"heic", "\x00\x00\x00\x18ftypheic", HEIC},
		{"mp4", "\x00\x00\x00\x18ftypisom", MP4},
		{"mov", "\x00\x00\x00\x14ftypqt  ", MOV},
		{"m4a", "\x00\x00\x00\x14ftypM4A ", M4A},
		{"mp3 with tag", "ID3\x04", MP3},
		{"mp3", "\xff\xfb\x90\x00", MP3},
		{"amr", "#!AMR\n", AMR},
		{"ogg", "OggS", OGG},
		{"xlsx", zipOf(t, "[Content_Types].xml", "xl/workbook.xml"), XLSX},
		{"docx", zipOf(t, "[Content_Types].xml", "word/document.xml"), ZIP},
		{"broken zip", "PK\x03\x04rubbish", ""},
		{"csv", "a,b\n1,2\n", CSV},
		{"csv with mark", "\xef\xbb\xbf姓名,电话\n", CSV},
		{"csv in GBK", gbk, CSV},
		{"csv in UTF-16, as Excel saves Unicode text", "\xff\xfea\x00\t\x00b\x00\n\x00", CSV},
		{"long csv cut in a character", strings.Repeat("一二三四五六七八,\n", 5000), CSV},
		{"html", "<!DOCTYPE html><script>", ""},
		{"html after spaces", "\n\t <html>", ""},
		{"svg", `<?xml version="1.0"?><svg>`, ""},
		{"program", "\x7fELF\x02\x01", ""},
		{"windows program", "MZ\x90\x00", ""},
		{"text with NUL", "a\x00b", ""},
		{"random bytes", "\xfe\xdc\xba\x98\x10", ""},
		{"unknown brand", "\x00\x00\x00\x14ftypxxxx", ""},
		{"nothing", "", ""},
	} {
		got, err := Sniff(strings.NewReader(tt.in), int64(len(tt.in)))
		if got != tt.want || err != nil {
			t.Errorf("%s: Sniff = %q, %v; want %q", tt.name, got, err, tt.want)
		}
	}
}

func TestCleanName(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, kind, want string }{
		{"发票.jpg", JPEG, "发票.jpg"},
		{"IMG_1.JPEG", JPEG, "IMG_1.jpeg"},
		{"../../etc/passwd", PNG, "passwd.png"},
		{`C:\Users\me\a.png`, PNG, "a.png"},
		{"bill.exe", JPEG, "bill.jpg"},
		{"page.html", CSV, "page.csv"},
		{"a\x00b\nc\u202ejpg.exe", JPEG, "ab cjpg.jpg"},
		{"a\u200bb.pdf", PDF, "ab.pdf"},
		{`a<b>c:"d|e?f*.png`, PNG, "a_b_c__d_e_f_.png"},
		{"  spaced   out .png ", PNG, "spaced out.png"},
		{".htaccess", CSV, "htaccess.csv"},
		{"...", PNG, "file.png"},
		{"", PDF, "file.pdf"},
		{"CON.png", PNG, "fileCON.png"},
		{"com1.jpg", JPEG, "filecom1.jpg"},
		{"version 1.2", PDF, "version 1.pdf"},
		{"\xff\xfe.png", PNG, "png.png"},
		{strings.Repeat("长", 200) + ".png", PNG, strings.Repeat("长", 58) + ".png"},
	} {
		if got := CleanName(tt.in, tt.kind); got != tt.want {
			t.Errorf("CleanName(%q, %s) = %q, want %q", tt.in, tt.kind, got, tt.want)
		}
	}
}

func FuzzCleanName(f *testing.F) {
	f.Add("../a.png")
	f.Add("..\\..\u202e")
	f.Fuzz(func(t *testing.T, s string) {
		got := CleanName(s, JPEG)
		if len(got) > maxNameBytes || len(got) < 5 || strings.ContainsAny(got, "/\\\x00\r\n\"") || strings.HasPrefix(got, ".") {
			t.Errorf("CleanName(%q) = %q", s, got)
		}
		if again := CleanName(got, JPEG); again != got {
			t.Errorf("CleanName(%q) = %q, and of that %q", s, got, again)
		}
	})
}
