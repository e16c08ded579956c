package archtest

import (
	"go/ast"
	"strings"
)

// engineDrivers are import paths that tie a file to one engine.
var engineDrivers = []string{"modernc.org/sqlite", "github.com/jackc/pgx", "github.com/riverqueue/river", "github.com/pressly/goose", "database/sql"}

// Engine finds files that ask which database engine runs, or that use a driver.
func Engine(r *Repository) []Finding {
	var out []Finding
	for _, f := range r.Files {
		if inside(f.Dir, engineAware) || f.Place.kind == generator || f.Dir == "." {
			continue
		}
		dbName := ""
		for _, imp := range f.Imports {
			if imp.Path == r.Module+"/internal/platform/db" {
				dbName = imp.Name
			}
			for _, driver := range engineDrivers {
				if imp.Path == driver || strings.HasPrefix(imp.Path, driver+"/") {
					out = append(out, Finding{f.Path, imp.Line, "imports " + imp.Path + "; only the platform's database packages know the engine"})
				}
			}
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if sel, ok := n.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Engine" && len(n.Args) == 0 {
					out = append(out, f.at(n.Pos(), "asks for the engine; write SQL that runs on both"))
				}
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && dbName != "" && x.Name == dbName && (n.Sel.Name == "SQLite" || n.Sel.Name == "Postgres") {
					out = append(out, f.at(n.Pos(), "names %s.%s; write SQL that runs on both", dbName, n.Sel.Name))
				}
			}
			return true
		})
	}
	return out
}
