package archtest

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Repository is the parsed source of one module tree.
type Repository struct {
	Module string // module path, "anxin"
	Files  []*File
	SQL    []Migration
	Words  []string // folders that hold words.*.json, relative to the root
	root   string
}

// File is one Go file.
type File struct {
	Path    string // relative to the root, with slashes
	Dir     string
	Place   place
	Test    bool
	Lines   int
	Imports []Import
	ast     *ast.File
	fset    *token.FileSet
}

// Import is one import of a file.
type Import struct {
	Path string
	Name string // as the file calls the package
	Line int
}

// Migration is one SQL file under migrations.
type Migration struct {
	Path   string
	Module string // the name in the file's name, 202611210920_<module>_<what>.sql
	Text   string
}

// Finding is one place that breaks a rule.
type Finding struct {
	Path string
	Line int
	Text string
}

func (f Finding) String() string {
	if f.Line == 0 {
		return f.Path + ": " + f.Text
	}
	return fmt.Sprintf("%s:%d: %s", f.Path, f.Line, f.Text)
}

// skipped are folders without sources of ours.
var skipped = []string{"testdata", "node_modules", "dist", "vendor", "bin", "data", "tools"}

// Read parses all Go files, migrations and words under root.
func Read(root, modulePath string) (*Repository, error) {
	r := &Repository{Module: modulePath, root: root}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // gone while we walked
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if entry.IsDir() {
			if rel != "." && (slices.Contains(skipped, entry.Name()) && placeOf(rel).kind != module || strings.HasPrefix(entry.Name(), ".")) {
				return filepath.SkipDir
			}
			return nil
		}
		return r.read(name, rel)
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (r *Repository) read(name, rel string) error {
	dir := path.Dir(rel)
	switch {
	case strings.HasSuffix(rel, ".go"):
		return r.readGo(name, rel, dir)
	case strings.HasSuffix(rel, ".sql") && (dir == "migrations" || strings.HasPrefix(dir, "migrations/")):
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		_, rest, _ := strings.Cut(path.Base(rel), "_")
		name, _, _ := strings.Cut(rest, ".") // without .sql or .sqlite.sql
		owner, _, _ := strings.Cut(name, "_")
		r.SQL = append(r.SQL, Migration{Path: rel, Module: owner, Text: string(text)})
	case strings.HasPrefix(path.Base(rel), "words.") && strings.HasSuffix(rel, ".json"):
		if placeOf(dir).kind != outside && !slices.Contains(r.Words, dir) {
			r.Words = append(r.Words, dir)
		}
	}
	return nil
}

func (r *Repository) readGo(name, rel, dir string) error {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, rel, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return fmt.Errorf("parse %s: %w", rel, err)
	}
	f := &File{
		Path: rel, Dir: dir, Place: placeOf(dir), Test: strings.HasSuffix(rel, "_test.go"),
		Lines: strings.Count(string(text), "\n"), ast: tree, fset: fset,
	}
	if tree.Name.Name == "main" && f.Place.kind != command {
		f.Place = place{kind: generator}
	}
	for _, spec := range tree.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return fmt.Errorf("%s: import %s: %w", rel, spec.Path.Value, err)
		}
		name := path.Base(p)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		f.Imports = append(f.Imports, Import{Path: p, Name: name, Line: fset.Position(spec.Pos()).Line})
	}
	r.Files = append(r.Files, f)
	return nil
}

// at makes a finding at a node.
func (f *File) at(pos token.Pos, format string, args ...any) Finding {
	return Finding{Path: f.Path, Line: f.fset.Position(pos).Line, Text: fmt.Sprintf(format, args...)}
}

// inside tells whether dir is one of dirs or below.
func inside(dir string, dirs []string) bool {
	return slices.ContainsFunc(dirs, func(d string) bool { return dir == d || strings.HasPrefix(dir, d+"/") })
}
