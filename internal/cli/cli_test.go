package cli

import (
	"bytes"
	"context"
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"

	"anxin/internal/app"
	"anxin/internal/catalog"
	"anxin/internal/platform/access"
	"anxin/internal/platform/dbtest"
)

// place is an installation that commands are run in.
type place struct {
	t        *testing.T
	dir      string
	database string // of PostgreSQL, or empty
}

func newPlace(t *testing.T) *place { t.Helper(); return &place{t: t, dir: t.TempDir()} }

// try runs a command line and returns its status and what it wrote.
func (p *place) try(args ...string) (status int, out, errOut string) {
	p.t.Helper()
	var stdout, stderr bytes.Buffer
	settings := []string{args[0], "--data-dir", p.dir}
	if p.database != "" {
		settings = append(settings, "--database", p.database)
	}
	status = Main(append(settings, args[1:]...), strings.NewReader("correct horse battery 7\n"), &stdout, &stderr)
	return status, stdout.String(), stderr.String()
}

// run runs a command line that must succeed.
func (p *place) run(args ...string) (out, errOut string) {
	p.t.Helper()
	status, out, errOut := p.try(args...)
	if status != 0 {
		p.t.Fatalf("anxin %s: status %d\n%s%s", strings.Join(args, " "), status, out, errOut)
	}
	return out, errOut
}

// refuse runs a command line that must fail with a status and words.
func (p *place) refuse(status int, words string, args ...string) {
	p.t.Helper()
	got, out, errOut := p.try(args...)
	if got != status || !strings.Contains(out+errOut, words) {
		p.t.Errorf("anxin %s: status %d, want %d and %q in\n%s%s", strings.Join(args, " "), got, status, words, out, errOut)
	}
}

func (p *place) file(name string, content []byte) string {
	p.t.Helper()
	path := filepath.Join(p.t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		p.t.Fatal(err)
	}
	return path
}

func (p *place) read(path string) string {
	p.t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(b)
}

// brand makes what an import of machines and requests needs and no command makes.
func (p *place) brand(code string) {
	p.t.Helper()
	p.with(func(ctx context.Context, a *app.App) error {
		_, err := a.Catalog.CreateBrand(ctx, catalog.CreateBrandInput{Code: code, NameZh: "安心", NameEn: "Anxin"})
		return err
	})
}

// with builds the product on the place's data.
func (p *place) with(fn func(ctx context.Context, a *app.App) error) {
	p.t.Helper()
	e := p.env()
	ctx := access.With(p.t.Context(), access.System("test"))
	if err := e.with(ctx, func(a *app.App) error { return fn(ctx, a) }); err != nil {
		p.t.Fatal(err)
	}
}

var count = regexp.MustCompile(`made (\d+), updated (\d+), unchanged (\d+), refused (\d+) of (\d+) rows`)

// result is what an import says: made, updated, unchanged, refused, of.
func (p *place) result(out string) string {
	p.t.Helper()
	m := count.FindStringSubmatch(out)
	if m == nil {
		p.t.Fatalf("an import said %q", out)
	}
	return strings.Join(m[1:], " ")
}

func TestEveryCommandTellsHowItIsCalled(t *testing.T) {
	t.Parallel()
	var all bytes.Buffer
	if status := Main(nil, nil, &all, &all); status != 0 {
		t.Errorf("anxin alone: status %d", status)
	}
	seen := map[string]bool{}
	for _, c := range commands() {
		if seen[c.name] || c.summary == "" || c.example == "" || !strings.Contains(all.String(), "  "+c.name+" ") {
			t.Errorf("%s: listed twice, or without summary or example: %+v", c.name, c)
		}
		seen[c.name] = true
		for line := range strings.Lines(c.example) {
			if !strings.HasPrefix(line, "anxin "+c.name) {
				t.Errorf("%s: the example %q is of another command", c.name, line)
			}
		}
		var out, errOut bytes.Buffer
		status := Main([]string{c.name, "--help"}, nil, &out, &errOut)
		if status != 0 || errOut.Len() > 0 || !strings.Contains(out.String(), "Example:\n  anxin "+c.name) || !strings.Contains(out.String(), "-data-dir") {
			t.Errorf("anxin %s --help: status %d\n%s%s", c.name, status, out.String(), errOut.String())
		}
		own := flag.NewFlagSet("", flag.ContinueOnError)
		if c.flags != nil {
			c.flags(own, &env{})
		}
		own.VisitAll(func(f *flag.Flag) {
			if f.Usage == "" || !strings.Contains(out.String(), "  -"+f.Name) {
				t.Errorf("anxin %s --help does not explain --%s", c.name, f.Name)
			}
		})
		errOut.Reset()
		if status := Main([]string{c.name, "--data-dir", t.TempDir(), "--no-such-flag"}, nil, &out, &errOut); status != 2 {
			t.Errorf("anxin %s --no-such-flag: status %d", c.name, status)
		}
	}
	for _, name := range []string{"serve", "worker", "migrate", "user", "demo", "import", "export", "plan", "doctor", "audit", "backup", "restore"} {
		if !seen[name] {
			t.Errorf("there is no command %s", name)
		}
	}
	var out bytes.Buffer
	if status := Main([]string{"frobnicate"}, nil, &out, &out); status != 2 || !strings.Contains(out.String(), "frobnicate") {
		t.Errorf("an unknown command: status %d, %s", status, out.String())
	}
}

func TestWrongCalls(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for _, args := range [][]string{
		{"import"},
		{"import", "a.csv"},
		{"import", "--target", "cases"},
		{"import", "--target", "cases", "a.csv", "b.csv"},
		{"import", "--resume", "x", "a.csv"},
		{"export"},
		{"export", "cases", "units"},
		{"audit"},
		{"audit", "frobnicate"},
		{"user"},
		{"user", "frobnicate"},
		{"user", "add-admin"},
		{"backup"},
		{"backup", "a", "b"},
		{"restore"},
		{"plan", "x"},
		{"demo", "--scale", "9"},
	} {
		p.refuse(2, "Usage: anxin "+args[0], args...)
	}
	p.refuse(1, "no outlet", "plan", "--outlet", "nowhere", "--date", "2026-11-23")
	p.refuse(1, "2026-11-23", "plan", "--date", "tomorrow")
	p.refuse(1, "", "export", "frobnicate")
	p.refuse(1, "no such file", "import", "--target", "customers", "missing.csv")
	p.refuse(1, "PostgreSQL", "worker")
	p.refuse(2, "listen", "serve", "--listen", "nonsense")
}

func TestUserDoctorAudit(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.refuse(1, "there is a user", "doctor")
	if out, _ := p.run("migrate"); !strings.Contains(out, "up to date") {
		t.Errorf("migrate: %s", out)
	}
	out, _ := p.run("user", "--login", "wang", "--name", "王芳", "add-admin")
	if !regexp.MustCompile(`(?m)^Password: \S{12,}$`).MatchString(out) {
		t.Errorf("the first administrator: %s", out)
	}
	p.refuse(1, "", "user", "--login", "li", "add-admin") // there is one already
	if out, _ := p.run("user", "list"); !strings.Contains(out, "wang") || !strings.Contains(out, "active") {
		t.Errorf("users: %s", out)
	}
	if out, _ := p.run("user", "--login", "wang", "reset-password"); !strings.Contains(out, "New password: ") {
		t.Errorf("a new password: %s", out)
	}
	p.refuse(1, "nobody", "user", "--login", "nobody", "reset-password")
	if out, _ := p.run("doctor"); strings.Contains(out, "BAD") || !strings.Contains(out, "ok   there is a user") {
		t.Errorf("doctor: %s", out)
	}
	if err := os.Chmod(filepath.Join(p.dir, "master.key"), 0o644); err != nil {
		t.Fatal(err)
	}
	p.refuse(1, "0600", "doctor")
	if err := os.Chmod(filepath.Join(p.dir, "master.key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, _ := p.run("audit", "verify"); !strings.Contains(out, " 0 faults") || strings.HasPrefix(out, "0 entries") {
		t.Errorf("audit: %s", out)
	}
	q := newPlace(t)
	if out, _ := q.run("user", "--login", "zhao", "--password-file", "-", "add-admin"); strings.Contains(out, "Password:") {
		t.Errorf("a password that was given is printed: %s", out)
	}
}

const customers = "外部编号,姓名或单位,电话,地址\nK1,王芳,13800000001,浙江省杭州市西湖区文三路1号2幢301\nK2,李雷,13800000002,浙江省杭州市拱墅区莫干山路2号\nK3,,not a phone,\n"

func gbk(t *testing.T, s string) []byte {
	t.Helper()
	b, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func workbook(t *testing.T, rows [][]string) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	for i, row := range rows {
		for j, v := range row {
			cell, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err == nil {
				err = f.SetCellStr("Sheet1", cell, v)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The same rows in every dress that sheets come in.
func TestImportFormats(t *testing.T) {
	t.Parallel()
	records, err := csv.NewReader(strings.NewReader(customers)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, file string
		content    []byte
	}{
		{"UTF-8", "a.csv", []byte(customers)},
		{"UTF-8 with BOM and CRLF", "a.csv", []byte("\uFEFF" + strings.ReplaceAll(customers, "\n", "\r\n"))},
		{"GBK", "a.csv", gbk(t, customers)},
		{"semicolons", "a.csv", []byte(strings.ReplaceAll(customers, ",", ";"))},
		{"tabs, GBK", "a.txt", gbk(t, strings.ReplaceAll(customers, ",", "\t"))},
		{"XLSX", "a.xlsx", workbook(t, records)},
		{"XLSX that calls itself CSV", "a.csv", workbook(t, records)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			path, errs := p.file(tt.file, tt.content), filepath.Join(t.TempDir(), "errors.csv")
			out, _ := p.run("import", "--target", "customers", "--dry-run", "--errors", errs, path)
			if got := p.result(out); got != "2 0 0 1 3" {
				t.Errorf("dry run: %s", out)
			}
			if list := p.read(errs); !strings.Contains(list, "\n4,") || !strings.Contains(list, "电话") {
				t.Errorf("errors: %s", list)
			}
			if tt.file != "a.xlsx" && tt.name != "GBK" { // the whole of it twice is enough
				return
			}
			if out, _ := p.run("export", "customers"); strings.Count(out, "\n") != 1 {
				t.Errorf("a dry run wrote: %s", out)
			}
			out, _ = p.run("import", "--target", "customers", path)
			if got := p.result(out); got != "2 0 0 1 3" {
				t.Errorf("import: %s", out)
			}
			out, _ = p.run("import", "--target", "customers", path)
			if got := p.result(out); got != "0 0 2 1 3" {
				t.Errorf("the same again: %s", out)
			}
			out, _ = p.run("export", "--clear", "customers")
			for _, want := range []string{"王芳", "13800000001", "文三路1号"} {
				if !strings.Contains(out, want) {
					t.Errorf("%q is not in %s", want, out)
				}
			}
			if out, _ = p.run("export", "customers"); strings.Contains(out, "王芳") || strings.Contains(out, "13800000001") || !strings.Contains(out, "K1") {
				t.Errorf("an export without --clear: %s", out)
			}
		})
	}
}

// Rows with another system's headings come in by a mapping file, can be taken back, and those touched since stay.
func TestImportMappingAndUndo(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	sheet := p.file("crm.csv", []byte("Nr;Wer;Tel\n1;Anna;+49 30 901820\n2;Berta;+49 30 901821\n"))
	mapping := p.file("crm.json", []byte(`{"target": "customers", "system": "crm", "layout": {"delimiter": ";"}, "columns": [
		{"field": "external_id", "from": ["Nr"]}, {"field": "name", "from": ["Wer"]}, {"field": "phone", "from": ["Tel"]}]}`))
	out, errOut := p.run("import", "--target", "customers", "--mapping", mapping, sheet)
	if got := p.result(out); got != "2 0 0 0 2" {
		t.Fatalf("import: %s", out)
	}
	id := regexp.MustCompile(`import (\S+)`).FindStringSubmatch(errOut)
	if id == nil {
		t.Fatalf("no id in %s", errOut)
	}
	changed := p.file("more.csv", []byte("Nr;Wer;Tel\n2;Bertha;+49 30 901821\n3;Clara;+49 30 901822\n"))
	out, _ = p.run("import", "--target", "customers", "--mapping", mapping, changed)
	if got := p.result(out); got != "1 1 0 0 2" {
		t.Errorf("a second import: %s", out)
	}
	if out, _ := p.run("import", "--undo", id[1]); !strings.Contains(out, "taken back 1, kept 1") {
		t.Errorf("undo: %s", out)
	}
	out, _ = p.run("export", "--clear", "customers")
	if strings.Contains(out, "Anna") || !strings.Contains(out, "Bertha") || !strings.Contains(out, "Clara") {
		t.Errorf("after the undo: %s", out)
	}
	bad := p.file("bad.json", []byte(`{"target": "customers", "columns": [{"field": "frobnicate", "from": ["Nr"]}]}`))
	p.refuse(1, "", "import", "--target", "customers", "--mapping", bad, sheet)
	p.refuse(1, "", "import", "--undo", "0190c2a4-0000-7000-8000-000000000000")
	p.refuse(1, "", "import", "--resume", "nonsense")
}

// stopping cancels when something is written.
type stopping struct {
	bytes.Buffer
	on   string
	stop func()
}

func (s *stopping) Write(b []byte) (int, error) {
	n, err := s.Buffer.Write(b)
	if strings.Contains(s.String(), s.on) {
		s.stop()
	}
	return n, err
}

// An import that Ctrl-C ended goes on where it stood, and no row comes twice.
func TestImportResume(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	var sheet strings.Builder
	sheet.WriteString("external_id,name\n")
	const rows = 6000
	for i := range rows {
		fmt.Fprintf(&sheet, "K%05d,Name %d\n", i, i)
	}
	path := p.file("many.csv", []byte(sheet.String()))
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	errOut := &stopping{on: " of 6000", stop: stop}
	var out bytes.Buffer
	e := &env{out: &out, err: errOut, opt: map[string]any{}}
	e.call(ctx, importCommand(), []string{"--data-dir", p.dir, "--target", "customers", path})
	if count.MatchString(out.String()) {
		t.Skipf("the import was done before it could be stopped: %s", out.String())
	}
	id := regexp.MustCompile(`import --resume (\S+)`).FindStringSubmatch(errOut.String())
	if id == nil {
		t.Fatalf("no advice how to go on in %s", errOut.String())
	}
	done, _ := p.run("import", "--resume", id[1])
	if got := p.result(done); got != "6000 0 0 0 6000" {
		t.Errorf("resumed: %s", done)
	}
	list, _ := p.run("export", "customers")
	if n := strings.Count(list, "\n"); n != rows+1 {
		t.Errorf("%d lines, want %d", n, rows+1)
	}
}

// Every target has a template that its own import takes, and what is exported can be brought in again.
func TestTargets(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.brand("ANX")
	rows := map[string]string{
		"outlets":   "external_id,code,name,kind,brands,areas,division\nW1,west,杭州城西服务部,authorised,ANX,3301:1,330106\n",
		"staff":     "external_id,outlet,name,job,skills\nE1,W1,李师傅,engineer,LVE:2\n",
		"customers": "external_id,name,phone\nK1,王芳,13800000001\n",
		"units":     "external_id,brand,category,serial,customer\nM1,ANX,AC,AX12345678,K1\n",
		"cases":     "external_id,brand,summary,customer,category,occurred_at\nT1,ANX,=1+1空调不制冷,K1,AC,2026-11-01 09:30\n",
		"classes":   "tree,level1,level2\nhotline,城乡建设,安全生产\n",
	}
	for _, target := range []string{"outlets", "staff", "customers", "units", "cases", "classes"} {
		for _, ext := range []string{"csv", "xlsx"} {
			template := filepath.Join(t.TempDir(), "template."+ext)
			p.run("export", "--template", "--out", template, target)
			if ext == "csv" && target != "cases" {
				continue
			}
			if out, _ := p.run("import", "--target", target, "--dry-run", template); !strings.Contains(out, "refused 0") {
				t.Errorf("the template of %s (%s): %s", target, ext, out)
			}
		}
		errs := filepath.Join(t.TempDir(), "errors.csv")
		status, out, errOut := p.try("import", "--target", target, "--system", "old", "--errors", errs, p.file(target+".csv", []byte(rows[target])))
		if status != 0 {
			t.Fatalf("import of %s: %s%s", target, out, errOut)
		}
		if got := p.result(out); got != "1 0 0 0 1" && target != "classes" || !strings.Contains(out, "refused 0") {
			t.Fatalf("import of %s: %s%s", target, out, p.read(errs))
		}
		p.refuse(1, "exists", "export", "--out", errs, target)
		for _, ext := range []string{"csv", "xlsx"} {
			if ext == "xlsx" && target != "cases" {
				continue
			}
			sheet := filepath.Join(t.TempDir(), target+"."+ext)
			status, out, errOut := p.try("export", "--clear", "--out", sheet, target)
			if status != 0 {
				t.Errorf("export of %s: %s%s", target, out, errOut)
				continue
			}
			if st, err := os.Stat(sheet); err != nil || st.Mode().Perm() != 0o600 {
				t.Errorf("the sheet of %s: %v, %v", target, st, err)
			}
			status, out, errOut = p.try("import", "--target", target, "--system", "old", "--errors", errs, sheet)
			if status != 0 || !strings.Contains(out, "made 0, updated 0, unchanged") || !strings.Contains(out, "refused 0") {
				t.Errorf("what was exported of %s (%s) comes in as: %s%s%s", target, ext, out, errOut, p.read(errs))
			}
		}
	}
	out, _ := p.run("export", "--clear", "cases")
	if !strings.Contains(out, ",'=1+1空调不制冷,") {
		t.Errorf("a formula goes out as it is: %s", out)
	}
}

// What a spreadsheet would run goes out with an apostrophe, in every target and format.
func TestExportDefusesFormulas(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	names := []string{"=HYPERLINK(\"http://x\")", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"}
	var sheet bytes.Buffer
	w := csv.NewWriter(&sheet)
	_ = w.Write([]string{"external_id", "name"})
	for i, n := range names {
		_ = w.Write([]string{fmt.Sprint("F", i), n})
	}
	w.Flush()
	p.run("import", "--target", "customers", p.file("f.csv", sheet.Bytes()))
	out, _ := p.run("export", "--clear", "customers")
	list, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil || len(list) != len(names)+1 {
		t.Fatalf("%v, %d lines", err, len(list))
	}
	for _, row := range list[1:] {
		for _, cell := range row {
			if strings.ContainsAny(cell[:min(1, len(cell))], "=+-@\t\r") {
				t.Errorf("a spreadsheet would run %q", cell)
			}
		}
	}
	path := filepath.Join(t.TempDir(), "f.xlsx")
	p.run("export", "--clear", "--out", path, "customers")
	f, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for _, name := range f.GetSheetList() {
		all, err := f.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range all {
			for j := range row {
				cell, err := excelize.CoordinatesToCellName(j+1, i+1)
				if err != nil {
					t.Fatal(err)
				}
				if formula, err := f.GetCellFormula(name, cell); err != nil || formula != "" {
					t.Errorf("%s is the formula %q (%v)", cell, formula, err)
				}
			}
		}
	}
}

// A backup made by the command comes back by the command, on both engines; without its key it does not.
func TestBackupAndRestore(t *testing.T) {
	t.Parallel()
	run := func(t *testing.T, from, to *place) {
		from.run("user", "--login", "wang", "--password-file", "-", "add-admin")
		from.run("import", "--target", "customers", from.file("k.csv", []byte(customers)))
		archive := filepath.Join(t.TempDir(), "anxin.tar")
		out, _ := from.run("backup", archive)
		if !strings.Contains(out, "master.key") || !strings.Contains(out, archive) {
			t.Errorf("backup: %s", out)
		}
		from.refuse(1, "exists", "backup", archive)
		to.refuse(1, "put the master key", "restore", archive)
		key, err := os.ReadFile(filepath.Join(from.dir, "master.key"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to.dir, "master.key"), key, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, _ := to.run("restore", "--check", archive); !strings.Contains(out, "is whole") {
			t.Errorf("check: %s", out)
		}
		if out, _ := to.run("restore", archive); !strings.Contains(out, "Restored") || !strings.Contains(out, "1 files") {
			t.Errorf("restore: %s", out)
		}
		to.refuse(1, "not empty", "restore", archive)
		a, _ := from.run("export", "--clear", "customers")
		b, _ := to.run("export", "--clear", "customers")
		if a != b || !strings.Contains(b, "王芳") {
			t.Errorf("restored:\n%s\nwant:\n%s", b, a)
		}
		if out, _ := to.run("audit", "verify"); !strings.Contains(out, " 0 faults") {
			t.Errorf("audit: %s", out)
		}
		if out, _ := to.run("user", "list"); !strings.Contains(out, "wang") {
			t.Errorf("users: %s", out)
		}
		other := newPlace(t)
		other.run("migrate")
		other.refuse(1, "master key is not the one", "restore", "--check", archive)
		if err := os.Truncate(archive, 100_000); err != nil {
			t.Fatal(err)
		}
		from.refuse(1, "damaged", "restore", "--check", archive)
		from.refuse(1, "no backup", "restore", from.file("x.tar", []byte("nonsense")))
		newPlace(t).refuse(1, "key file", "backup", archive+"2")
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		run(t, newPlace(t), newPlace(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		from, to := newPlace(t), newPlace(t)
		from.database, to.database = dbtest.PostgresDSN(t), dbtest.EmptyPostgres(t)
		run(t, from, to)
	})
}

// What people read is in their language: the errors of a sheet, and why something failed.
func TestLanguage(t *testing.T) {
	for _, tt := range []struct{ lang, want string }{{"zh_CN.UTF-8", "格式不对"}, {"en_GB.UTF-8", "Not in the right format"}} {
		t.Setenv("LANG", tt.lang)
		p := newPlace(t)
		errs := filepath.Join(t.TempDir(), "errors.csv")
		p.run("import", "--target", "customers", "--errors", errs, p.file("k.csv", []byte(customers)))
		if list := p.read(errs); !strings.Contains(list, tt.want) {
			t.Errorf("%s: %q is not in %s", tt.lang, tt.want, list)
		}
	}
}

// A day is planned on the command line, with words for what found nobody.
func TestPlan(t *testing.T) {
	p := newPlace(t)
	if out, _ := p.run("demo", "--no-serve", "--scale", "0.02"); !strings.Contains(out, "Demo in") {
		t.Fatalf("demo: %s", out)
	}
	for _, tt := range []struct {
		lang string
		want []string
	}{
		{"en_GB.UTF-8", []string{"orders", "placed", "travel", "draft"}},
		{"zh_CN.UTF-8", []string{"已安排", "路上", "草稿"}},
	} {
		t.Setenv("LANG", tt.lang)
		out, _ := p.run("plan", "--all")
		for _, want := range tt.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: %q is not in\n%s", tt.lang, want, out)
			}
		}
		if strings.Contains(out, "reason.") {
			t.Errorf("a reason without words:\n%s", out)
		}
	}
	out, _ := p.run("plan", "--publish")
	n := regexp.MustCompile(`已安排 (\d+)`).FindStringSubmatch(out)
	if n == nil || n[1] != "0" && !strings.Contains(out, "已发布 "+n[1]) {
		t.Errorf("published: %s", out)
	}
	p.refuse(1, "", "plan", "--date", "2020-01-01")
}

func (p *place) env() *env {
	p.t.Helper()
	e := &env{out: &bytes.Buffer{}, err: &bytes.Buffer{}, opt: map[string]any{}}
	probe := command{name: "probe", run: func(context.Context, *env) error { return nil }}
	args := []string{"--data-dir", p.dir}
	if p.database != "" {
		args = append(args, "--database", p.database)
	}
	if status := e.call(p.t.Context(), probe, args); status != 0 {
		p.t.Fatalf("settings: %d", status)
	}
	return e
}

func TestHelpHasNoStrayCommand(t *testing.T) {
	t.Parallel()
	names := []string{}
	for _, c := range commands() {
		names = append(names, c.name)
	}
	var out bytes.Buffer
	usage(&out)
	for line := range strings.Lines(out.String()) {
		if name, _, ok := strings.Cut(strings.TrimPrefix(line, "  "), " "); ok && strings.HasPrefix(line, "  ") && name != "version" && !slices.Contains(names, name) {
			t.Errorf("help lists %q", name)
		}
	}
}
