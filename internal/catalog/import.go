package catalog

import (
	"context"
	"strings"

	"anxin/internal/platform/audit"
	"anxin/internal/platform/db"
	"anxin/internal/platform/events"
	"anxin/internal/platform/imports"
	"anxin/internal/platform/problem"
)

// ImportTarget brings classification trees in from sheets: one line a class, its names from the top down. A
// class that is there already stays; nothing is retired, and nothing undone, since cases may hold the codes.
func (s *Service) ImportTarget() imports.Target {
	return imports.Target{
		Name: "classes", Zh: "分类树", En: "Classification tree", Permission: PermWrite, Fields: importFields, BatchRows: 5000,
		Apply: s.importApply, Export: s.export,
	}
}

var importFields = []imports.Field{
	{Name: "tree", Zh: "树", En: "Tree", Required: true, Type: imports.Text, Example: "hotline"},
	{Name: "level1", Zh: "一级分类", En: "Level 1", Required: true, Type: imports.Text, Example: "城乡建设", Paths: []string{"names"}},
	{Name: "level2", Zh: "二级分类", En: "Level 2", Type: imports.Text, Example: "安全生产"},
	{Name: "level3", Zh: "三级分类", En: "Level 3", Type: imports.Text, Example: "事故处理"},
	{Name: "english1", Zh: "一级英文", En: "Level 1 in English", Type: imports.Text},
	{Name: "english2", Zh: "二级英文", En: "Level 2 in English", Type: imports.Text},
	{Name: "english3", Zh: "三级英文", En: "Level 3 in English", Type: imports.Text},
}

func (s *Service) importApply(ctx context.Context, tx *db.Tx, b *imports.Batch) error {
	trees := map[string]*classImport{}
	added := map[string]int{}
	if err := s.bump(ctx, tx); err != nil { // first: its row makes imports follow each other
		return err
	}
	for i, r := range b.Rows {
		if b.Failed(i) {
			continue
		}
		tree := r.Text("tree")
		row := ClassRow{
			Names:   []string{r.Text("level1"), r.Text("level2"), r.Text("level3")},
			English: []string{r.Text("english1"), r.Text("english2"), r.Text("english3")},
		}
		var f problem.Fields
		f.Check(wordForm.MatchString(tree) && len(tree) <= 20, "tree", problem.BadFormat)
		f.Check(row.clean(), "names", ErrClassRow, "row", r.No)
		if err := f.Err(); err != nil {
			b.Fail(i, err)
			continue
		}
		im := trees[tree]
		if im == nil {
			im = &classImport{tree: tree, tx: tx}
			trees[tree] = im
			if err := im.read(ctx); err != nil {
				return err
			}
			im.named = map[ClassCode]bool{}
		}
		n, err := im.one(ctx, row)
		if err != nil {
			return b.Broken(i, err)
		}
		added[tree] += n
		last := im.last(row)
		if n == 0 {
			b.Same(i, "catalog_class", string(last))
		} else {
			b.Made(i, "catalog_class", string(last))
		}
	}
	for tree, n := range added {
		if n == 0 {
			continue
		}
		err := audit.Append(ctx, tx, audit.Entry{Kind: "catalog_class_tree", Record: tree, Act: "import", After: map[string]int{"added": n}})
		if err != nil {
			return err
		}
		err = events.Publish(ctx, tx, Changed{Head: events.Head{ID: tree, OccurredAt: tx.Now()}, Table: "catalog_class_tree", Act: "import"})
		if err != nil {
			return err
		}
	}
	return nil
}

// last is the class at the end of a row's path.
func (im *classImport) last(r ClassRow) ClassCode {
	parent := ClassCode("")
	for _, name := range r.Names {
		if c := im.rows[classPath{parent, name}]; c != nil {
			parent = c.Code
		}
	}
	return parent
}

// export writes the classes in use that have none below them.
func (s *Service) export(ctx context.Context, _ bool, row func(map[string]string) error) error {
	list, err := db.List(ctx, s.db, scanClass, `SELECT `+classColumns+` FROM catalog_class ORDER BY tree, code`)
	if err != nil {
		return err
	}
	byCode, parents := map[ClassCode]Class{}, map[ClassCode]bool{}
	for _, c := range list {
		byCode[c.Code] = c
		if c.Active {
			parents[c.ParentCode] = true
		}
	}
	for _, c := range list {
		if !c.Active || parents[c.Code] {
			continue
		}
		v := map[string]string{"tree": c.Tree}
		for at, ok := c, true; ok; at, ok = byCode[at.ParentCode] {
			level := string(rune('0' + at.Level))
			v["level"+level], v["english"+level] = at.NameZh, strings.TrimSpace(at.NameEn)
		}
		if err := row(v); err != nil {
			return err
		}
	}
	return nil
}
