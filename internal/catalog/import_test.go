package catalog

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"anxin/internal/platform/crypt/crypttest"
	"anxin/internal/platform/db"
	"anxin/internal/platform/dbtest"
	"anxin/internal/platform/imports"
	"anxin/internal/platform/imports/importstest"
	"anxin/internal/platform/problem"
)

func TestImportSheet(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ctx := seeded(t, d), admin(t)
		im := importstest.New(t, d, crypttest.New(t, d), s.ImportTarget())
		in := imports.StartInput{Target: "classes", Mapping: imports.Mapping{Columns: []imports.Column{
			{Field: "tree", Default: "test"}, {Field: "level1", From: []string{"一级分类"}}, {Field: "level2", From: []string{"二级分类"}}, {Field: "level3", From: []string{"三级分类"}},
		}}}
		text := "一级分类,二级分类,三级分类\n甲,乙,丙\n甲,乙,丁\n甲,,丁\n,乙,\n"
		r := im.Do(ctx, in, text)
		im.Want(ctx, r, 2, 0, 0, "4 level1 catalog.class_row", "5 level1 required")
		im.Want(ctx, im.Do(ctx, in, text), 0, 0, 2, "4 level1 catalog.class_row", "5 level1 required")
		snap := current(t, s)
		if c, ok := snap.Class("test-01-01-02"); !ok || c.NameZh != "丁" {
			t.Errorf("class = %+v %v", c, ok)
		}
		if sheet := im.Sheet(ctx, "classes", false); !strings.Contains(sheet, "test,甲,乙,丙,,,") || strings.Contains(sheet, "test,甲,乙,,") {
			t.Errorf("export:\n%s", sheet)
		}
		if _, err := im.Undo(ctx, r.ID, true); !problem.Match(err, imports.ErrNoUndo) {
			t.Errorf("undo: %v", err)
		}
	})
}

// TestImportHotline imports the taxonomy of a government hotline, 517 lines.
func TestImportHotlineSheet(t *testing.T) {
	t.Parallel()
	root := os.Getenv("ANXIN_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	text, err := os.ReadFile(filepath.Join(root, "01-tickets", "gov_hotline_taxonomy.csv"))
	if err != nil {
		t.Skipf("test data is absent (ANXIN_DATA): %v", err)
	}
	d := dbtest.SQLite(t)
	s, ctx := seeded(t, d), admin(t)
	im := importstest.New(t, d, crypttest.New(t, d), s.ImportTarget())
	in := imports.StartInput{Target: "classes", Mapping: imports.Mapping{Columns: []imports.Column{
		{Field: "tree", Default: "gov"}, {Field: "level1", From: []string{"一级分类"}}, {Field: "level2", From: []string{"二级分类"}}, {Field: "level3", From: []string{"三级分类"}},
	}}}
	r := im.Do(ctx, in, string(text))
	if r.State != imports.Done || r.Total != 517 || r.Made+r.Same != 517 || r.Failed != 0 {
		t.Errorf("run = %+v", r)
	}
}
