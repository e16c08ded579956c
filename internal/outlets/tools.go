package outlets

import (
	"context"
	"slices"

	"anxin/internal/catalog"
	"anxin/internal/platform/db"
)

// KeepTools tells whether the store of any outlet at or below some paths has one of some tools. It asks for no permission.
func (s *Service) KeepTools(ctx context.Context, q db.Querier, paths []string, tools []catalog.ToolCode) (bool, error) {
	if len(tools) == 0 || len(paths) == 0 {
		return false, nil
	}
	var w db.Where
	cond, args := "", []any{}
	for i, p := range paths {
		if i > 0 {
			cond += " OR "
		}
		cond += "path >= ? AND path < ?"
		args = append(args, p, p+"\U0010FFFF")
	}
	w.And("("+cond+")", args...)
	w.And("tools <> ''")
	kept, err := db.List(ctx, q, db.ScanString, `SELECT tools FROM outlets_outlet`+w.String(), w.Args()...)
	return slices.ContainsFunc(kept, func(list string) bool {
		return slices.ContainsFunc(catalog.SplitTools(list), func(t catalog.ToolCode) bool { return slices.Contains(tools, t) })
	}), err
}
