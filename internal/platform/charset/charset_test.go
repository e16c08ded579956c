package charset

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

// encode writes a text in an encoding; characters that it lacks become question marks.
func encode(t *testing.T, e Encoding, text string) []byte {
	t.Helper()
	if e == UTF8 {
		return []byte(text)
	}
	var out bytes.Buffer
	if b, err := encodings[e].NewEncoder().Bytes([]byte(text)); err == nil {
		return b
	}
	for _, c := range text {
		b, err := encodings[e].NewEncoder().Bytes([]byte(string(c)))
		if err != nil {
			b = []byte("?")
		}
		out.Write(b)
	}
	return out.Bytes()
}

func TestDetect(t *testing.T) {
	t.Parallel()
	far := strings.Repeat("a,b\n", 200_000)
	for name, tt := range map[string]struct {
		encoding Encoding
		text     string
		want     Encoding
	}{
		"nothing":                       {UTF8, "", UTF8},
		"ascii":                         {UTF8, "name,phone\nLi,1\n", UTF8},
		"utf-8":                         {UTF8, "姓名,电话\nMüller,1\n", UTF8},
		"one name":                      {GB18030, "张三", GB18030},
		"rare characters":               {GB18030, "镕基,堃,喆\n", GB18030},
		"beyond the plane":              {GB18030, "𠮷野家,电话\n", GB18030},
		"traditional in gbk":            {GB18030, "這個冷氣機沒有辦法開機，請派人來維修，謝謝您們。\n", GB18030},
		"a sheet":                       {GB18030, "编号,客户,电话,地址,故障\n1,王先生,13800138000,安徽省合肥市包河区广德路,不制冷\n", GB18030},
		"far behind":                    {GB18030, far + "张三,李四", GB18030},
		"taiwan":                        {Big5, "姓名,電話,地址\n陳小姐,0912345678,臺北市信義區\n", Big5},
		"hong kong":                     {Big5, "冷氣機不製冷，請盡快安排師傅上門。", Big5},
		"japan":                         {ShiftJIS, "お名前,住所\n山田太郎,東京都千代田区\n", ShiftJIS},
		"japanese with half width":      {ShiftJIS, "ﾔﾏﾀﾞ様,エアコンが冷えない\n", ShiftJIS},
		"korea":                         {EUCKR, "이름,전화,주소\n김철수,010-1234-5678,서울특별시 강남구 테헤란로\n에어컨이 시원하지 않아요\n", EUCKR},
		"germany":                       {Windows1252, "Name;Straße\nMüller;Königsallee 1\n", Windows1252},
		"france":                        {Windows1252, "Réfrigérateur à réparer – « porte cassée »\n", Windows1252},
		"one letter":                    {Windows1252, "Muñoz", Windows1252},
		"prices":                        {Windows1252, "café;3,50 €\n", Windows1252},
		"utf-16":                        {UTF16LE, "name,phone\nZhang,1\n", UTF16LE},
		"utf-16 the other way round":    {UTF16BE, "name,phone\nZhang,1\n", UTF16BE},
		"a line longer than the sample": {GB18030, strings.Repeat("空调不制冷", 20_000), GB18030},
	} {
		text := encode(t, tt.encoding, tt.text)
		for way, r := range map[string]io.Reader{"at once": bytes.NewReader(text), "byte by byte": iotest.OneByteReader(bytes.NewReader(text))} {
			got, err := Detect(r)
			if err != nil || got != tt.want {
				t.Errorf("%s, %s: %s, %v; want %s", name, way, got, err, tt.want)
			}
		}
	}
	for name, text := range map[string]string{"noise": "a,b\n\xff\xff\xff,1\n", "machine code": "\x81\x20\x9d\xfe\x01"} {
		if e, ok := Guess([]byte(text)); ok {
			t.Errorf("%s is taken for %s", name, e)
		}
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	texts := map[Encoding]string{
		UTF8: "张三 Müller 山田", UTF16LE: "张三 Müller", UTF16BE: "张三 Müller", GB18030: "张三，𠮷野", Big5: "陳先生", ShiftJIS: "山田ﾀﾛｳ", EUCKR: "김철수", Windows1252: "Müller – 3 €",
	}
	for _, e := range All {
		want, ok := texts[e]
		if !ok {
			t.Errorf("%s is not tried", e)
		}
		r, ok := Decode(iotest.OneByteReader(bytes.NewReader(encode(t, e, want))), e)
		if !ok {
			t.Fatalf("%s is not read", e)
		}
		got, err := io.ReadAll(r)
		if err != nil || string(got) != want {
			t.Errorf("%s = %q, %v; want %q", e, got, err, want)
		}
	}
	for e, bad := range map[Encoding]string{UTF8: "a\xff", GB18030: "a\xff", Big5: "a\x80\x81", ShiftJIS: "a\x80\xff", EUCKR: "a\xff\xff", UTF16LE: "\x00\xd8a\x00"} {
		r, _ := Decode(strings.NewReader(bad), e)
		if got, err := io.ReadAll(r); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q as %s = %q, %v; want %v", bad, e, got, err, ErrInvalid)
		}
	}
	if _, ok := Decode(strings.NewReader(""), "koi8-r"); ok {
		t.Error("koi8-r is read")
	}
}

// TestRealTexts: what customers wrote in Chinese is found in each encoding that China uses, down to a few words.
func TestRealTexts(t *testing.T) {
	t.Parallel()
	root := os.Getenv("ANXIN_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(root, "02-text-zh", "waimai_10k.csv.gz"))
	if err != nil {
		t.Skipf("no real texts: set ANXIN_DATA (%v)", err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	short, wrong := 0, 0
	for _, row := range rows[1:] {
		text := row[len(row)-1]
		b := encode(t, GB18030, text)
		e, err := Detect(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if e == GB18030 || e == UTF8 && len(b) == len([]rune(text)) {
			continue
		}
		if len([]rune(text)) < 8 {
			short++
			continue
		}
		wrong++
		t.Logf("%s: %s", e, text)
	}
	if wrong > 0 || short*1000 > len(rows) {
		t.Errorf("of %d remarks %d are taken for another encoding, and %d short ones", len(rows), wrong, short)
	}
}
