package archtest

import (
	"fmt"
	"path"
	"strings"
)

// Places finds packages that stand nowhere: a new module needs a level.
func Places(r *Repository) []Finding {
	var out []Finding
	seen := map[string]bool{}
	for _, f := range r.Files {
		if f.Place.kind == unknown && !seen[f.Dir] {
			seen[f.Dir] = true
			out = append(out, Finding{Path: f.Dir, Text: "is no module of the list in internal/archtest/levels.go, no platform package and no top"})
		}
	}
	return out
}

// Imports finds imports against the order of levels.
func Imports(r *Repository) []Finding {
	var out []Finding
	for _, f := range r.Files {
		for _, imp := range f.Imports {
			dir, ours := strings.CutPrefix(imp.Path, r.Module+"/")
			if !ours {
				continue
			}
			if why := refuse(f, dir); why != "" {
				out = append(out, Finding{f.Path, imp.Line, fmt.Sprintf("imports %s: %s", dir, why)})
			}
		}
	}
	return out
}

// refuse says why f may not import the package in dir, or nothing.
func refuse(f *File, dir string) string {
	from, to := f.Place, placeOf(dir)
	if from.kind == generator || f.Dir == dir {
		return ""
	}
	if (to.kind == platform || to.kind == module) && strings.HasSuffix(path.Base(dir), "test") && !f.Test && !isTestHelper(f) {
		return "a package for tests, used outside a test"
	}
	if from.kind == library {
		if to.kind == library {
			return ""
		}
		return "vrp is a library of its own and imports nothing of ours"
	}
	switch to.kind {
	case unknown:
		return "that package stands nowhere"
	case checker:
		return "nobody imports archtest"
	case command:
		return "nobody imports a command"
	case platform, library:
		return ""
	case outside:
		if to.name == "web" && from.kind == module {
			return "modules know no screens"
		}
		return ""
	case top:
		return refuseTop(from, to)
	case module:
		return refuseModule(from, to)
	}
	return ""
}

func refuseTop(from, to place) string {
	switch {
	case from.kind == command, from.kind == top && (from.name == to.name || tops[from.name] > tops[to.name]):
		return ""
	}
	return fmt.Sprintf("%s stands above everything but cmd", to.name)
}

func refuseModule(from, to place) string {
	switch from.kind {
	case top, command:
		return ""
	case module:
		if from.name == to.name {
			return ""
		}
		own, _ := levelOf(from.name)
		other, _ := levelOf(to.name)
		if other < own {
			return ""
		}
		return fmt.Sprintf("%s is at level %d, %s at level %d; a module imports lower levels only", from.name, own, to.name, other)
	case platform:
		return "the platform knows no module"
	}
	return "only modules above it, app, cli and their like import a module"
}

// isTestHelper tells whether a file belongs to a package made for tests, such
// as dbtest or orderstest.
func isTestHelper(f *File) bool {
	return strings.HasSuffix(f.ast.Name.Name, "test") || f.Place.kind == top && f.Place.name == "e2e" || f.Place.name == "bench"
}

// Framework finds imports of huma outside api*.go, httpapi and app.
func Framework(r *Repository) []Finding {
	var out []Finding
	for _, f := range r.Files {
		if f.Dir == "." || inside(f.Dir, []string{"internal/platform/httpapi", "internal/app"}) || strings.HasPrefix(path.Base(f.Path), "api") {
			continue
		}
		for _, imp := range f.Imports {
			if strings.HasPrefix(imp.Path, "github.com/danielgtaylor/huma/") {
				out = append(out, Finding{f.Path, imp.Line, "imports huma; only api*.go, platform/httpapi and app do"})
			}
		}
	}
	return out
}

// Pure finds nested packages of modules, which hold algorithms, that reach for
// the database or the network. Those that help tests may.
func Pure(r *Repository) []Finding {
	var out []Finding
	for _, f := range r.Files {
		if f.Test || f.Place.nested && isTestHelper(f) || f.Place.kind != library && (f.Place.kind != module || !f.Place.nested) {
			continue
		}
		for _, imp := range f.Imports {
			switch imp.Path {
			case r.Module + "/internal/platform/db", "database/sql", "net/http", "os":
				out = append(out, Finding{f.Path, imp.Line, fmt.Sprintf("imports %s; packages inside a module are pure algorithms", imp.Path)})
			}
		}
	}
	return out
}
