package app

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/doc/comment"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"anxin/internal/callbacks"
	"anxin/internal/cases"
	"anxin/internal/maintenance"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/parts"
	"anxin/internal/platform/i18n"
	"anxin/internal/returns"
	"anxin/internal/units"
	"anxin/internal/workforce"
)

// page is what docs/modules says of one module, in the order of the levels.
type page struct {
	module string
	tags   []string // of its operations in the contract; empty is the module's name
	tables []table
}

// table is one state table; rows is a slice of a module's Transition.
type table struct {
	title string
	rows  any
}

var pages = []page{
	{module: "catalog"},
	{module: "outlets", tables: []table{{"Outlet", outlets.Transitions}}},
	{module: "customers"},
	{module: "clocks"},
	{module: "ledger"},
	{module: "units", tables: []table{{"Unit", units.Transitions}}},
	{module: "workforce", tables: []table{{"Person", workforce.Transitions}}},
	{module: "parts", tables: []table{{"Transfers and old parts", parts.Transitions}}},
	{module: "entitlement"},
	{module: "tariffs"},
	{module: "cases", tables: []table{{"Case", cases.Transitions}}},
	{module: "orders", tags: []string{"orders", "visits", "quotes", "charges"}, tables: []table{
		{"Order", orders.Transitions}, {"Visit", orders.VisitTransitions}, {"Quote", orders.QuoteTransitions},
	}},
	{module: "dispatch"},
	{module: "returns", tables: []table{
		{"Return", returns.Transitions}, {"Goods", returns.GoodsTransitions}, {"Replacement", returns.ReplacementTransitions}, {"Refund", returns.MoneyTransitions}, {"Claim", returns.ClaimTransitions},
	}},
	{module: "knowledge"},
	{module: "callbacks", tables: []table{{"Callback", callbacks.Transitions}}},
	{module: "maintenance", tables: []table{{"Campaign", maintenance.Transitions}, {"Unit in a campaign", maintenance.UnitTransitions}}},
	{module: "intake"},
	{module: "console"},
}

// TestModulePages holds docs/modules to the code: package comments, state tables, permissions, events, refusals
// and operations. `go test ./internal/app -run TestModulePages -update` rewrites them.
func TestModulePages(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("..", "..", "api", "openapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	ops, err := operations(raw)
	if err != nil {
		t.Fatal(err)
	}
	words := i18n.Must(WordSources()...)
	want := map[string]string{}
	var index strings.Builder
	index.WriteString("# Modules\n\nOne page each, made from the code by a test: what a module owns, its states, who may what, what it tells others, what it refuses and how it is called. Lower modules come first; a module uses only those above it in this list. Paths are below `/api/v1`.\n\n")
	for _, p := range pages {
		text, first := p.render(t, ops, words)
		want[p.module+".md"] = text
		fmt.Fprintf(&index, "- [%s](%s.md): %s\n", p.module, p.module, first)
	}
	want["README.md"] = index.String()
	dir := filepath.Join("..", "..", "docs", "modules")
	for _, name := range slices.Sorted(maps.Keys(want)) {
		path := filepath.Join(dir, name)
		if *update {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(want[name]), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want[name] {
			t.Errorf("docs/modules/%s is not what the code says (%v); run go test ./internal/app -run TestModulePages -update", name, err)
		}
	}
}

func (p page) render(t *testing.T, ops map[string][]operation, words *i18n.Catalogue) (text, first string) {
	t.Helper()
	src := parseModule(t, p.module)
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s", p.module, src.doc)
	more, err := filepath.Glob(filepath.Join("..", p.module, "*.md")) // what a module writes itself
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range more {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b.WriteString("\n" + string(text))
	}
	for _, x := range p.tables {
		fmt.Fprintf(&b, "\n## States: %s\n\n", strings.ToLower(x.title))
		writeTable(&b, x.rows)
	}
	if rows := permissionRows(p.module); len(rows) > 0 {
		b.WriteString("\n## Permissions\n\n| permission | roles that have it at first |\n|---|---|\n")
		b.WriteString(strings.Join(rows, ""))
	}
	if len(src.topics) > 0 {
		fmt.Fprintf(&b, "\n## Events\n\n`%s`\n", strings.Join(src.topics, "`, `"))
	}
	if list := refusals(p.module, words); len(list) > 0 {
		b.WriteString("\n## Refusals\n\n| code | 中文 | English |\n|---|---|---|\n")
		b.WriteString(strings.Join(list, ""))
	}
	tags := p.tags
	if tags == nil {
		tags = []string{p.module}
	}
	var list []operation
	for _, tag := range tags {
		list = append(list, ops[tag]...)
	}
	if len(list) > 0 {
		b.WriteString("\n## Operations\n\n| operation | call | what |\n|---|---|---|\n")
		for _, o := range list {
			fmt.Fprintf(&b, "| %s | `%s %s` | %s |\n", o.id, o.method, o.path, cell(o.summary))
		}
	}
	first, _, _ = strings.Cut(strings.TrimPrefix(src.doc, "Package "+p.module+" "), "\n\n")
	return b.String(), strings.ReplaceAll(first, "\n", " ")
}

func cell(s string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(s), " "), "|", "\\|")
}

// writeTable writes the rows of a state table, one column a field that any row has.
func writeTable(b *strings.Builder, rows any) {
	v := reflect.ValueOf(rows)
	kind := v.Type().Elem()
	var fields []int
	for i := range kind.NumField() {
		for r := range v.Len() {
			if kind.Field(i).IsExported() && kind.Field(i).Type.Kind() != reflect.Func && !v.Index(r).Field(i).IsZero() {
				fields = append(fields, i)
				break
			}
		}
	}
	head, line := "|", "|"
	for _, i := range fields {
		head, line = head+" "+strings.ToLower(kind.Field(i).Name)+" |", line+"---|"
	}
	b.WriteString(head + "\n" + line + "\n")
	for r := range v.Len() {
		b.WriteString("|")
		for _, i := range fields {
			f := v.Index(r).Field(i)
			var parts []string
			if f.Kind() == reflect.Slice {
				for k := range f.Len() {
					parts = append(parts, fmt.Sprint(f.Index(k)))
				}
			} else if !f.IsZero() {
				parts = []string{fmt.Sprint(f)}
			}
			b.WriteString(" " + cell(strings.Join(parts, ", ")) + " |")
		}
		b.WriteString("\n")
	}
}

func permissionRows(module string) []string {
	var out []string
	for _, p := range AllPermissions() {
		if owner, _, _ := strings.Cut(p.Key, "."); owner == module {
			out = append(out, fmt.Sprintf("| %s | %s |\n", p.Key, strings.Join(p.Roles, ", ")))
		}
	}
	return out
}

func refusals(module string, words *i18n.Catalogue) []string {
	var out []string
	prefix := "problem." + module + "."
	zh, en := words.Messages(i18n.Chinese, prefix), words.Messages(i18n.English, prefix)
	for _, key := range slices.Sorted(maps.Keys(en)) {
		out = append(out, fmt.Sprintf("| %s | %s | %s |\n", strings.TrimPrefix(key, "problem."), cell(zh[key]), cell(en[key])))
	}
	return out
}

// operation is one call of the contract.
type operation struct{ id, method, path, summary string }

func operations(contract []byte) (map[string][]operation, error) {
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string   `json:"operationId"`
			Summary     string   `json:"summary"`
			Tags        []string `json:"tags"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(contract, &doc); err != nil {
		return nil, err
	}
	out := map[string][]operation{}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for _, method := range []string{"get", "post", "put", "patch", "delete"} {
			if o, ok := doc.Paths[path][method]; ok {
				for _, tag := range o.Tags {
					out[tag] = append(out[tag], operation{o.OperationID, strings.ToUpper(method), path, o.Summary})
				}
			}
		}
	}
	return out, nil
}

// source is what the files of a module say.
type source struct {
	doc    string // the package comment as Markdown
	topics []string
}

// docLink is a link to a name of the package, which Markdown cannot follow.
var docLink = regexp.MustCompile(`\\\[([A-Za-z.]+)\]`)

var topic = regexp.MustCompile(`^"([a-z_]+\.[a-z_]+\.v[0-9]+)"$`)

func parseModule(t *testing.T, module string) source {
	t.Helper()
	var out source
	dir := filepath.Join("..", module)
	files, err := fs.Glob(os.DirFS(dir), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if f.Doc != nil {
			var p comment.Parser
			pr := comment.Printer{TextWidth: -1, HeadingLevel: 2, HeadingID: func(*comment.Heading) string { return "" }, DocLinkURL: func(*comment.DocLink) string { return "" }}
			out.doc = docLink.ReplaceAllString(string(pr.Markdown(p.Parse(f.Doc.Text()))), "`$1`")
		}
		// A topic is what a method Topic returns.
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv == nil || fn.Name.Name != "Topic" {
				continue
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok {
					if m := topic.FindStringSubmatch(lit.Value); m != nil {
						out.topics = append(out.topics, m[1])
					}
				}
				return true
			})
		}
	}
	if out.doc == "" {
		t.Fatalf("package %s has no comment", module)
	}
	slices.Sort(out.topics)
	out.topics = slices.Compact(out.topics)
	return out
}
