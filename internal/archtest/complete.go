package archtest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"anxin/internal/platform/i18n"
)

// Documented finds packages without a package comment.
func Documented(r *Repository) []Finding {
	type pkg struct{ dir, name string }
	documented := map[pkg]bool{}
	for _, f := range r.Files {
		if f.Test || f.Dir == "." {
			continue
		}
		p := pkg{f.Dir, f.ast.Name.Name}
		documented[p] = documented[p] || f.ast.Doc != nil && strings.HasPrefix(f.ast.Doc.Text(), opening(p.name))
	}
	var out []Finding
	for p, ok := range documented {
		if !ok {
			out = append(out, Finding{Path: p.dir, Text: fmt.Sprintf("package %s needs a comment that starts with %q and says what it owns", p.name, opening(p.name))})
		}
	}
	slices.SortFunc(out, func(a, b Finding) int { return strings.Compare(a.Path, b.Path) })
	return out
}

// opening is how a package's comment must start.
func opening(name string) string {
	if name == "main" {
		return "Command "
	}
	return "Package " + name + " "
}

// maxLines is where a file has surely taken up a second subject.
const maxLines = 800

// Long finds files that have grown past one subject. Tests may be longer.
func Long(r *Repository) []Finding {
	var out []Finding
	for _, f := range r.Files {
		if !f.Test && f.Lines > maxLines && !generated(f) {
			out = append(out, Finding{Path: f.Path, Text: fmt.Sprintf("has %d lines; past %d a file has a second subject", f.Lines, maxLines)})
		}
	}
	return out
}

func generated(f *File) bool {
	for _, group := range f.ast.Comments {
		if group.Pos() > f.ast.Package {
			break
		}
		for _, c := range group.List {
			if strings.HasPrefix(c.Text, "// Code generated ") && strings.HasSuffix(c.Text, " DO NOT EDIT.") {
				return true
			}
		}
	}
	return false
}

// Words finds messages that only one language has, or whose parameters differ,
// and keys that two folders define.
func Words(r *Repository) []Finding {
	var out []Finding
	owner := map[string]string{}
	for _, dir := range r.Words {
		c, err := i18n.New(os.DirFS(filepath.Join(r.root, filepath.FromSlash(dir))))
		if err != nil {
			out = append(out, Finding{Path: dir, Text: err.Error()})
			continue
		}
		for _, problem := range c.Problems() {
			out = append(out, Finding{Path: dir, Text: problem})
		}
		for _, key := range c.Keys(i18n.Chinese) {
			if first, ok := owner[key]; ok {
				out = append(out, Finding{Path: dir, Text: fmt.Sprintf("%s is also in %s", key, first)})
				continue
			}
			owner[key] = dir
		}
	}
	return out
}
