package imports

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"anxin/internal/platform/charset"
	"anxin/internal/platform/problem"
)

// data finds the folder of test data that is not in the repository.
func data(t *testing.T, parts ...string) string {
	t.Helper()
	root := os.Getenv("ANXIN_DATA")
	if root == "" {
		dir, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		for ; ; dir = filepath.Dir(dir) {
			if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
				break
			}
			if dir == filepath.Dir(dir) {
				t.Fatal("no go.mod above")
			}
		}
		root = filepath.Join(dir, "..", "shared", "data")
	}
	path := filepath.Join(append([]string{root}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("test data is absent (ANXIN_DATA): %v", err)
	}
	return path
}

func sourceOf(b []byte) Source {
	return Source{Size: int64(len(b)), Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil }}
}

// readAll opens a sheet and reads it to its end.
func readAll(t *testing.T, b []byte, l Layout) (*Table, [][]string, error) {
	t.Helper()
	table, err := OpenTable(t.Context(), sourceOf(b), l)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err := table.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}()
	var rows [][]string
	for {
		_, cells, err := table.Next()
		if errors.Is(err, io.EOF) {
			return table, rows, nil
		}
		if err != nil {
			return table, rows, err
		}
		rows = append(rows, cells)
	}
}

func encoded(t *testing.T, e encoding.Encoding, s string) []byte {
	t.Helper()
	b, err := e.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	text := "姓名,电话\n张三,13800000001\n𠮷野,13800000002\n"
	long := "name,note\n" + strings.Repeat("x,y\n", 100_000) + "张三,z\n" // Chinese first behind the head
	for _, tt := range []struct {
		name  string
		bytes []byte
		want  charset.Encoding
	}{
		{"utf-8", []byte(text), charset.UTF8},
		{"utf-8 with a mark", []byte("\ufeff" + text), charset.UTF8},
		{"gb18030", encoded(t, simplifiedchinese.GB18030, text), charset.GB18030},
		{"gbk", encoded(t, simplifiedchinese.GBK, strings.ReplaceAll(text, "𠮷", "吉")), charset.GB18030},
		{"utf-16 little endian", encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), text), charset.UTF16LE},
		{"utf-16 big endian", encoded(t, unicode.UTF16(unicode.BigEndian, unicode.UseBOM), text), charset.UTF16BE},
		{"utf-16 without a mark", encoded(t, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "name,phone\nZhang,1\n"), charset.UTF16LE},
		{"gbk far behind", encoded(t, simplifiedchinese.GBK, long), charset.GB18030},
		{"ascii", []byte("a,b\n1,2\n"), charset.UTF8},
		{"big5", encoded(t, traditionalchinese.Big5, "姓名,電話,地址\n陳先生,0912345678,臺北市信義區市府路一號\n張三,1,x\n"), charset.Big5},
		{"shift_jis", encoded(t, japanese.ShiftJIS, "お名前,電話番号,ご住所\n山田 太郎,0312345678,東京都千代田区丸の内\n吉野,1,x\n"), charset.ShiftJIS},
		{"windows-1252", encoded(t, charmap.Windows1252, "name,note\nMüller,Gerät läuft – kühlt nicht\nZhang,x\n"), charset.Windows1252},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			table, rows, err := readAll(t, tt.bytes, Layout{})
			if err != nil {
				t.Fatal(err)
			}
			if table.Encoding != tt.want {
				t.Errorf("encoding = %s, want %s", table.Encoding, tt.want)
			}
			last := rows[len(rows)-1][0]
			if !slices.Contains([]string{"𠮷野", "吉野", "Zhang", "张三", "張三", "1"}, last) {
				t.Errorf("last row begins with %q", last)
			}
			if strings.HasPrefix(table.Header[0], "\ufeff") {
				t.Error("the mark is part of the first heading")
			}
		})
	}
	t.Run("broken", func(t *testing.T) {
		t.Parallel()
		for name, b := range map[string][]byte{
			"neither": []byte("a,b\n\xff\xff\xff,1\n"), "said to be UTF-8": encoded(t, simplifiedchinese.GB18030, text),
		} {
			l := Layout{}
			if name != "neither" {
				l.Encoding = charset.UTF8
			}
			if _, _, err := readAll(t, b, l); !problem.Match(err, ErrEncoding) {
				t.Errorf("%s: %v, want %v", name, err, ErrEncoding)
			}
		}
	})
}

func TestCSVShapes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		delim      string
		want       [][]string
		code       *problem.Code
	}{
		{"tab", "a\tb\n1,5\t2\n", "\t", [][]string{{"1,5", "2"}}, nil},
		{"semicolon", "a;b\n\"x;y\";2\n", ";", [][]string{{"x;y", "2"}}, nil},
		{"Excel's hint", "sep=;\na;b\n1,2;3\n", ";", [][]string{{"1,2", "3"}}, nil},
		{"old Mac", "a,b\r1,2\r3,4", ",", [][]string{{"1", "2"}, {"3", "4"}}, nil},
		{"blank lines", "\n\na,b\n\n1,2\n,\n", ",", [][]string{{"1", "2"}}, nil},
		{"quotes inside", "a,b\n5\" pipe,\"say \"\"hi\"\"\" there\n", ",", [][]string{{`5" pipe`, `say "hi" there`}}, nil},
		{"short and long rows", "a,b\n1\n1,2,3\n", ",", [][]string{{"1"}, {"1", "2", "3"}}, nil},
		{"one column", "a\n1\n", ",", [][]string{{"1"}}, nil},
		{"quote never closed", "a,b\n\"1,2\n3,4\n", ",", nil, ErrQuote},
		{"quote closed by a later one", "a,b,c\n1,\"x,9\n2,y,9\n3,\"z,9\n", ",", nil, ErrQuote},
		{"lines in a cell", "a,b\n\"1\r\n2\" ,3\n", ",", [][]string{{"1\r\n2 ", "3"}}, nil},
		{"too many columns", "a,b\n" + strings.Repeat(",", maxColumns+1), ",", nil, ErrTooBig},
		{"too long a cell", "a,b\n" + strings.Repeat("x", maxCell+1) + ",1\n", ",", nil, ErrTooBig},
		{"empty", "", ",", nil, ErrNoHeader},
		{"only blanks", " , \n\n", ",", nil, ErrNoHeader},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			table, rows, err := readAll(t, []byte(tt.text), Layout{})
			if !problem.Match(err, tt.code) {
				t.Fatalf("error = %v, want %v", err, tt.code)
			}
			if tt.code != nil {
				return
			}
			if table.Delimiter != tt.delim || fmt.Sprint(rows) != fmt.Sprint(tt.want) {
				t.Errorf("by %q: %q, want by %q: %q", table.Delimiter, rows, tt.delim, tt.want)
			}
		})
	}
}

// TestCSVSpectrum reads the CSV files of csv-spectrum (BSD) as its JSON says.
func TestCSVSpectrum(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(data(t, "09-hostile", "csv-spectrum", "csvs"), "*.csv"))
	if err != nil || len(files) < 10 {
		t.Fatalf("found %d files, %v", len(files), err)
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".csv")
		js, err := os.ReadFile(filepath.Join(filepath.Dir(path), "..", "json", name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var want []map[string]string
		if err := json.Unmarshal(js, &want); err != nil {
			t.Fatal(err)
		}
		table, rows, err := readAll(t, b, Layout{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(rows) != len(want) {
			t.Errorf("%s: %d rows, want %d", name, len(rows), len(want))
			continue
		}
		for i, row := range rows {
			for j, h := range table.Header {
				got := row[j]
				// The file's line ends were made plain when it was published, its JSON's were not.
				if got != want[i][h] && got != strings.ReplaceAll(want[i][h], "\r\n", "\n") {
					t.Errorf("%s row %d %s = %q, want %q", name, i, h, got, want[i][h])
				}
			}
		}
	}
}

func workbookOf(t *testing.T, fill func(f *excelize.File) error) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	if err := fill(f); err != nil {
		t.Fatal(err)
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWorkbook(t *testing.T) {
	t.Parallel()
	b := workbookOf(t, func(f *excelize.File) error {
		return errors.Join(
			f.SetSheetRow("Sheet1", "A3", &[]any{"编号", "电话", "日期", "数量"}),
			f.SetSheetRow("Sheet1", "A4", &[]any{"A1", 13800000001, time.Date(2026, 11, 21, 14, 30, 0, 0, time.UTC), 3.0}),
			f.SetSheetRow("Sheet1", "A6", &[]any{"A2", "021-5555", "2026年1月2日", 1.5}),
		)
	})
	table, rows, err := readAll(t, b, Layout{})
	if err != nil {
		t.Fatal(err)
	}
	if table.HeaderRow != 3 || len(rows) != 2 || table.Header[1] != "电话" {
		t.Fatalf("header in row %d %q, %d rows", table.HeaderRow, table.Header, len(rows))
	}
	target := Target{Name: "t", Fields: []Field{
		{Name: "id", Zh: "编号", Type: Text}, {Name: "phone", Zh: "电话", Type: Text}, {Name: "at", Zh: "日期", Type: Instant}, {Name: "n", Zh: "数量", Type: Whole},
	}}
	zone := time.FixedZone("+8", 8*3600)
	p, err := compile(target, Suggest(target, table.Header), table, zone)
	if err != nil {
		t.Fatal(err)
	}
	r := p.row(4, rows[0])
	if r.bad != nil || r.Text("phone") != "13800000001" || r.Whole("n") != 3 || !r.Time("at").Equal(time.Date(2026, 11, 21, 14, 30, 0, 0, zone)) {
		t.Errorf("row = %+v %v", r.values, r.bad)
	}
	r = p.row(6, rows[1])
	if r.bad == nil || len(r.bad.Fields) != 1 || r.bad.Fields[0].Field != "n" || !r.Time("at").Equal(time.Date(2026, 1, 2, 0, 0, 0, 0, zone)) {
		t.Errorf("row = %+v, errors %v; want one at n", r.values, r.bad)
	}
	if _, _, err := readAll(t, b, Layout{Sheet: "absent"}); !problem.Match(err, ErrNoSheet) {
		t.Errorf("absent sheet: %v", err)
	}
}

func TestHostileWorkbooks(t *testing.T) {
	t.Parallel()
	dir := data(t, "09-hostile", "xlsx-odd")
	want := map[string]*problem.Code{"encryptAES.xlsx": ErrEncrypted, "encryptSHA1.xlsx": ErrEncrypted, "encryptSHA512.xlsx": ErrEncrypted}
	files, err := filepath.Glob(filepath.Join(dir, "*.xlsx"))
	if err != nil || len(files) < 8 {
		t.Fatalf("found %d files, %v", len(files), err)
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(path)
		_, rows, err := readAll(t, b, Layout{})
		code := problem.CodeOf(err)
		switch {
		case want[name] != nil && code != want[name]:
			t.Errorf("%s: %v, want %v", name, err, want[name])
		case code == problem.ErrInternal:
			t.Errorf("%s: %v: an odd file is a problem, not a fault of ours", name, err)
		case err != nil && code != ErrFile && code != ErrNoHeader && code != ErrEncrypted:
			t.Errorf("%s: %v", name, err)
		default:
			t.Logf("%s: %d rows, %v", name, len(rows), err)
		}
		for _, cut := range []int{len(b) / 2, len(b) - 10} { // every one of them cut off
			if _, _, err := readAll(t, b[:cut], Layout{}); err == nil || problem.CodeOf(err) == problem.ErrInternal {
				t.Errorf("%s cut at %d: %v, want a problem", name, cut, err)
			}
		}
	}
	for _, zipped := range []string{"zip-slip.zip", "zip-slip-win.zip"} {
		b, err := os.ReadFile(data(t, "09-hostile", "zip-slip", zipped))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := readAll(t, b, Layout{}); problem.CodeOf(err) != ErrFile {
			t.Errorf("%s: %v, want %v", zipped, err, ErrFile)
		}
	}
}

func TestZipBomb(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if name == "xl/worksheets/sheet1.xml" {
			chunk := bytes.Repeat([]byte("<row/>"), 1<<16)
			for range 80 {
				if _, err := w.Write(chunk); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := readAll(t, b.Bytes(), Layout{}); !problem.Match(err, ErrTooBig) {
		t.Errorf("a bomb of %d bytes: %v, want %v", b.Len(), err, ErrTooBig)
	}
}

// TestShortenedNumbers refuses what a spreadsheet has left of a long number; a workbook has kept all of it up to 2^53.
func TestShortenedNumbers(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text, inText, inBook string // "" is refused
	}{
		{"1.38E+10", "", "13800000000"},
		{"1.3800000036E10", "1.3800000036E10", "13800000036"},
		{"1.2345678901234568E+17", "", ""},
		{"１．３８Ｅ＋１０", "", ""},
		{"E+10", "E+10", "E+10"},
		{"13E+10", "13E+10", "130000000000"},
		{"1.38E+1x", "1.38E+1x", "1.38E+1x"},
	} {
		for _, book := range []bool{false, true} {
			want := map[bool]string{false: tt.inText, true: tt.inBook}[book]
			v, err := reading{zone: time.UTC, serial: book}.read(Field{Name: "f", Type: Text}, "", tt.text)
			if want == "" && !strings.Contains(fmt.Sprint(err), ErrRounded.Key) || want != "" && (err != nil || v.text != want) {
				t.Errorf("%q, in a workbook %v: %q, %v; want %q", tt.text, book, v.text, err, want)
			}
		}
	}
}

// sheetXML is a workbook of one sheet whose part says what we like; spoil changes the archive's bytes.
func sheetXML(t *testing.T, rows string, spoil func(b []byte) []byte) []byte {
	t.Helper()
	whole := workbookOf(t, func(*excelize.File) error { return nil })
	in, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range in.File {
		if f.Name != "xl/worksheets/sheet1.xml" {
			if err := z.Copy(f); err != nil {
				t.Fatal(err)
			}
			continue
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.Name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, rows); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if spoil == nil {
		return out.Bytes()
	}
	return spoil(out.Bytes())
}

// TestWorkbookInspected refuses, before a row is written, what reading passes over in silence.
func TestWorkbookInspected(t *testing.T) {
	t.Parallel()
	const (
		begin = `<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` +
			`<row r="1"><c r="A1" t="inlineStr"><is><t>no</t></is></c><c r="B1" t="inlineStr"><is><t>name</t></is></c></row>`
		row = `<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="inlineStr"><is><t>x</t></is></c></row>`
		end = `</sheetData></worksheet>`
	)
	merged := func(ref string) string {
		return `</sheetData><mergeCells><mergeCell ref="` + ref + `"/></mergeCells></worksheet>`
	}
	for _, tt := range []struct {
		name, xml string
		spoil     func(b []byte) []byte
		want      *problem.Code
	}{
		{"whole", begin + row + end, nil, nil},
		{"cut off between rows", begin + row, nil, ErrFile},
		{"cut off in a cell", begin + row + `<row r="3"><c r="A3"`, nil, ErrFile},
		{"not well-formed after the first row", begin + row + `<row r="3"><c r=A3></row>` + end, nil, ErrFile},
		{"an entity of its own", strings.Replace(begin, "<worksheet", `<!DOCTYPE w [<!ENTITY e "x">]><worksheet`, 1) + row + end, nil, ErrFile},
		{"other bytes than were packed", begin + row + end, func(b []byte) []byte { return bytes.Replace(b, []byte("<t>x</t>"), []byte("<t>y</t>"), 1) }, ErrFile},
		{"merged over rows", begin + row + merged("B2:B3"), nil, ErrMerged},
		{"merged over the header and more", begin + row + merged("A1:A2"), nil, ErrMerged},
		{"merged in one row", begin + row + merged("B2:D2"), nil, nil},
		{"a formula with its result", begin + `<row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row>` + end, nil, nil},
		{"a formula that came to nothing", begin + `<row r="2"><c r="A2" t="str"><f>""</f><v></v></c></row>` + end, nil, nil},
		{"a formula without a result", begin + `<row r="2"><c r="A2"><f>1+1</f></c></row>` + end, nil, ErrFormula},
	} {
		table, err := OpenTable(t.Context(), sourceOf(sheetXML(t, tt.xml, tt.spoil)), Layout{})
		if err == nil {
			_, err = table.Count()
			err = errors.Join(err, table.Close())
		}
		if !problem.Match(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func TestSafeCells(t *testing.T) {
	t.Parallel()
	for _, cell := range []string{"=1+1", "+8613800000001", "-5", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0", "＝1", "plain", "'quoted", "", "'=said"} {
		for _, f := range []Format{CSV, XLSX} {
			var b bytes.Buffer
			w, err := NewWriter(&b, f)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(w.Write([]string{"a", "b"}), w.Write([]string{cell, "x"}), w.Close()); err != nil {
				t.Fatal(err)
			}
			_, rows, err := readAll(t, b.Bytes(), Layout{})
			if err != nil || len(rows) != 1 {
				t.Fatalf("%q as %s: %v %v", cell, f, rows, err)
			}
			got := rows[0][0]
			if got != "" && strings.ContainsRune("=+-@\t\r", rune(got[0])) {
				t.Errorf("%q as %s is written as %q, which a spreadsheet runs", cell, f, got)
			}
			if back := Unsafe(got); back != cell && cell != "'=said" {
				t.Errorf("%q as %s comes back as %q", cell, f, back)
			}
		}
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("+8", 8*3600)
	day := time.Date(2026, 3, 4, 0, 0, 0, 0, zone)
	r := reading{zone: zone}
	for _, tt := range []struct {
		kind         Type
		layout, text string
		want         any
		code         *problem.Code
	}{
		{Instant, "", "2026-03-04", day, nil},
		{Instant, "", "2026/3/4 08:30", day.Add(8*time.Hour + 30*time.Minute), nil},
		{Instant, "", "2026年3月4日 8时30分", day.Add(8*time.Hour + 30*time.Minute), nil},
		{Instant, "", "20260304", day, nil},
		{Instant, "", "2026-03-04T08:30:00.000", day.Add(8*time.Hour + 30*time.Minute), nil},
		{Instant, "", "2026-03-04T00:30:00Z", day.Add(8*time.Hour + 30*time.Minute), nil},
		{Instant, "2/1/2006 15:04", "4/3/2026 01:16", day.Add(time.Hour + 16*time.Minute), nil},
		{Instant, "", "04/03/2026", nil, problem.BadFormat},
		{Instant, "", "2026-02-30", nil, problem.BadFormat},
		{Instant, "", "45000.5", nil, problem.BadFormat}, // a number is a date in workbooks only
		{Instant, "", "1066-10-14", nil, problem.OutOfRange},
		{Whole, "", "1,234", int64(1234), nil},
		{Whole, "", "１２", int64(12), nil},
		{Whole, "", "1.5", nil, problem.BadFormat},
		{Whole, "", "9223372036854775808", nil, problem.BadFormat},
		{Number, "", "40.67", 40.67, nil},
		{Number, "", "NaN", nil, problem.BadFormat},
		{YesNo, "", "是", true, nil},
		{YesNo, "", "maybe", nil, problem.BadChoice},
		{Choice, "", "FIRM", "firm", nil},
		{Choice, "", "club", nil, problem.BadChoice},
		{List, "", "GAS:3; LVE:2、X", "[GAS:3 LVE:2 X]", nil},
		{Text, "", "a\x00b", nil, problem.BadText},
		{Text, "", "#N/A", nil, ErrCell},
		{Number, "", "#DIV/0!", nil, ErrCell},
		{Text, "", "9E+9", "9E+9", nil}, // a spreadsheet writes two digits
		{Text, "", "2E10", "2E10", nil},
		{Text, "", "五个字以上", nil, problem.TooLong},
	} {
		v, err := r.read(Field{Name: "f", Type: tt.kind, Choices: []string{"person", "firm"}, Max: map[bool]int{true: 4}[tt.kind == Text]}, tt.layout, tt.text)
		if tt.code != nil {
			var p *problem.Error
			if !errors.As(err, &p) || p.Fields[0].Code != tt.code.Key {
				t.Errorf("%s %q: %v, want %v", tt.kind, tt.text, err, tt.code)
			}
			continue
		}
		var got any
		switch tt.kind {
		case Instant:
			got = v.at
			if w, ok := tt.want.(time.Time); ok && w.Equal(v.at) {
				continue
			}
		case Whole:
			got = v.n
		case Number:
			got = v.f
		case YesNo:
			got = v.yes
		case List:
			got = fmt.Sprint(v.list)
		default:
			got = v.text
		}
		if err != nil || got != tt.want {
			t.Errorf("%s %q = %v, %v; want %v", tt.kind, tt.text, got, err, tt.want)
		}
	}
}
