package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// afterKeyword finds names where SQL puts a table. Names in comma lists and
// odd places are found by word, see Tables.
var afterKeyword = regexp.MustCompile(`(?i)\b(?:FROM|JOIN|INTO|UPDATE|TABLE|TABLE IF (?:NOT )?EXISTS|VIEW|REFERENCES|TRUNCATE)\s+"?([a-z][a-z0-9]*_[a-z0-9_]+)`)

var looksLikeSQL = regexp.MustCompile(`\b(?:SELECT|INSERT|UPDATE|DELETE|FROM|JOIN|WITH|WHERE|VALUES)\b`)

var word = regexp.MustCompile(`[a-z][a-z0-9]*_[a-z0-9_]+`)

var created = regexp.MustCompile(`(?i)\bCREATE\s+(?:VIRTUAL\s+|UNLOGGED\s+)?(?:TABLE|VIEW|MATERIALIZED\s+VIEW)\s+(?:IF\s+NOT\s+EXISTS\s+)?"?([a-z][a-z0-9_]*)`)

// owners lists who may own tables: modules and platform packages by name, and
// the prefixes of libraries.
func owners(r *Repository) []string {
	var out []string
	for _, names := range levels {
		out = append(out, names...)
	}
	for _, f := range r.Files {
		if f.Place.kind == platform {
			out = append(out, f.Place.name)
		}
	}
	for prefix := range tableOwners {
		out = append(out, prefix)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// ownerOf returns who owns a table by its prefix, or nothing when the name is
// no table of ours.
func ownerOf(table string, known []string) string {
	prefix, _, ok := strings.Cut(table, "_")
	if !ok || !slices.Contains(known, prefix) {
		return ""
	}
	if owner, ok := tableOwners[prefix]; ok {
		return owner
	}
	return prefix
}

// Tables finds SQL in Go code that names a table of another module. Published
// views (cases_pub_closed) may be read by analytics, console and the tops that
// measure. Tests of tops look at everything.
func Tables(r *Repository) []Finding {
	known := owners(r)
	tables := tablesOf(r)
	var out []Finding
	for _, f := range r.Files {
		switch f.Place.kind {
		case module, platform, top, command:
		default:
			continue
		}
		if f.Test && f.Place.kind == top || f.Place.name == "bench" || f.Place.name == "dbtest" {
			continue
		}
		for _, lit := range texts(f) {
			for _, table := range named(lit.text, tables) {
				owner := ownerOf(table, known)
				if owner == "" || owner == f.Place.name {
					continue
				}
				if strings.HasPrefix(table, owner+"_pub_") && slices.Contains(readers, f.Place.name) {
					continue
				}
				out = append(out, f.at(lit.pos, "SQL names %s, which belongs to %s", table, owner))
			}
		}
	}
	return out
}

// tablesOf lists every table and view the migrations create.
func tablesOf(r *Repository) map[string]bool {
	out := map[string]bool{}
	for _, m := range r.SQL {
		for _, match := range created.FindAllStringSubmatch(stripComments(m.Text), -1) {
			out[match[1]] = true
		}
	}
	return out
}

// named lists the table names in a text, each once: whatever stands where SQL
// puts a table, and in SQL every word that is a known table.
func named(text string, tables map[string]bool) []string {
	var out []string
	for _, m := range afterKeyword.FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	if looksLikeSQL.MatchString(text) {
		for _, w := range word.FindAllString(text, -1) {
			if tables[w] {
				out = append(out, w)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

type literal struct {
	pos  token.Pos
	text string
}

// texts lists the string literals of a file; literals joined by + count as
// one, with a blank for whatever is not literal.
func texts(f *File) []literal {
	var out []literal
	ast.Inspect(f.ast, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.BinaryExpr:
			if n.Op == token.ADD {
				if text, ok := joined(n); ok {
					out = append(out, literal{n.Pos(), text})
					return false
				}
			}
		case *ast.BasicLit:
			if text, ok := unquoted(n); ok {
				out = append(out, literal{n.Pos(), text})
			}
		}
		return true
	})
	return out
}

// joined is the text of a sum that holds at least one string literal. Calls
// inside the sum are searched too.
func joined(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		return unquoted(e)
	case *ast.ParenExpr:
		return joined(e.X)
	case *ast.BinaryExpr:
		left, lok := joined(e.X)
		right, rok := joined(e.Y)
		if e.Op == token.ADD && (lok || rok) {
			return left + right, true
		}
	case *ast.CallExpr:
		var all []string
		for _, arg := range e.Args {
			if text, ok := joined(arg); ok {
				all = append(all, text)
			}
		}
		return " " + strings.Join(all, " ") + " ", len(all) > 0
	}
	return " ", false
}

func unquoted(lit *ast.BasicLit) (string, bool) {
	if lit.Kind != token.STRING {
		return " ", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

var (
	sqlComment = regexp.MustCompile(`(?m)--.*$`)
	cascade    = regexp.MustCompile(`(?i)REFERENCES\s+"?([a-z][a-z0-9_]*)"?\s*(?:\([^)]*\))?\s*(?:ON\s+UPDATE\s+\w+\s+)?ON\s+DELETE\s+CASCADE`)
	reference  = regexp.MustCompile(`(?i)\bREFERENCES\s+"?([a-z][a-z0-9_]*)`)
)

func stripComments(sql string) string { return sqlComment.ReplaceAllString(sql, "") }

// Migrations finds migrations that create or touch tables of another module
// than the file's name says, foreign keys that do not point downwards, and
// deletes that cascade into another module. Platform packages may share a
// file: they are one layer.
func Migrations(r *Repository) []Finding {
	known := owners(r)
	tables := tablesOf(r)
	var out []Finding
	for _, m := range r.SQL {
		fail := func(format string, args ...any) {
			out = append(out, Finding{Path: m.Path, Text: fmt.Sprintf(format, args...)})
		}
		text := stripComments(m.Text)
		if !slices.Contains(known, m.Module) {
			fail("its name says no module: want <number>_<module>_<what>.sql")
			continue
		}
		for _, match := range created.FindAllStringSubmatch(text, -1) {
			if owner := ownerOf(match[1], known); owner == "" || owner != m.Module && !bothPlatform(owner, m.Module) {
				fail("creates %s, whose name does not start with %s_", match[1], m.Module)
			}
		}
		var foreign []string
		for _, match := range reference.FindAllStringSubmatch(text, -1) {
			foreign = append(foreign, match[1])
			if why := refuseReference(m.Module, ownerOf(match[1], known)); why != "" {
				fail("references %s: %s", match[1], why)
			}
		}
		for _, match := range cascade.FindAllStringSubmatch(text, -1) {
			if ownerOf(match[1], known) != m.Module {
				fail("deletes cascade from %s of another module", match[1])
			}
		}
		for _, table := range named("SELECT "+text, tables) { // all of it is SQL
			if owner := ownerOf(table, known); owner != "" && owner != m.Module && !bothPlatform(owner, m.Module) && !slices.Contains(foreign, table) {
				fail("names %s, which belongs to %s", table, owner)
			}
		}
	}
	return out
}

// bothPlatform tells whether neither of two owners is a module.
func bothPlatform(a, b string) bool {
	_, moduleA := levelOf(a)
	_, moduleB := levelOf(b)
	return !moduleA && !moduleB
}

// refuseReference says why a foreign key may not point from one owner's table
// to another's.
func refuseReference(from, to string) string {
	fromLevel, fromModule := levelOf(from)
	toLevel, toModule := levelOf(to)
	switch {
	case from == to:
		return ""
	case to == "":
		return "that table has no owner"
	case !toModule:
		return "" // the platform lies below everything
	case !fromModule:
		return "the platform knows no module"
	case toLevel < fromLevel:
		return ""
	}
	return fmt.Sprintf("foreign keys follow imports, and %s does not lie below %s", to, from)
}
