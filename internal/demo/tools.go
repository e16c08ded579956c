package demo

import (
	"context"
	"fmt"

	"anxin/internal/catalog"
	"anxin/internal/workforce"
)

// workTools is the work of the demo firm that takes tools along.
var workTools = []struct {
	category        catalog.CategoryCode
	install, repair []catalog.ToolCode
}{
	{"AC", []catalog.ToolCode{"GAUGES", "HARNESS", "VACUUM"}, []catalog.ToolCode{"GAUGES"}},
	{"RF", nil, []catalog.ToolCode{"R600A"}},
	{"GWH", []catalog.ToolCode{"COMETER", "GASLEAK"}, []catalog.ToolCode{"COMETER", "GASLEAK"}},
	{"GC", []catalog.ToolCode{"GASLEAK"}, []catalog.ToolCode{"GASLEAK"}},
}

// storeTools are kept by every outlet, for those of its engineers who have none of their own.
var storeTools = []catalog.ToolCode{"R600A", "COREDRILL"}

// giveTools says which work takes which tools.
func (g *generator) giveTools(ctx context.Context) error {
	for _, w := range workTools {
		c, _ := g.snap.Category(w.category)
		in := catalog.EditCategoryInput{Code: w.category, Version: c.Version, InstallTools: w.install, RepairTools: w.repair}
		if _, err := g.Catalog.EditCategory(ctx, in); err != nil {
			return fmt.Errorf("tools of %s: %w", w.category, err)
		}
	}
	var err error
	g.snap, err = g.Catalog.Current(ctx, g.DB)
	return err
}

// toolsFor are what somebody with some skills has along: the tools of his trade, and the dear ones once he is good at it.
func toolsFor(skills []workforce.Skill) []catalog.ToolCode {
	out := []catalog.ToolCode{"LADDER2", "MULTI"}
	for _, s := range skills {
		switch s.Code {
		case "REFR":
			out = append(out, "GAUGES", "VACUUM")
			if s.Level >= 4 {
				out = append(out, "R600A")
			}
		case "GAS":
			out = append(out, "COMETER", "GASLEAK")
		case "HEIGHT":
			out = append(out, "HARNESS")
		case "DRILL":
			out = append(out, "HAMMER")
		}
	}
	return catalog.SortedTools(out)
}
