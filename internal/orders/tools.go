package orders

import (
	"context"
	"slices"

	"anxin/internal/catalog"
	"anxin/internal/platform/db"
)

// ToolsOf are the tools that the work of orders takes, of those that take any. It asks for no permission.
func (s *Service) ToolsOf(ctx context.Context, q db.Querier, ids []ID) (map[ID][]catalog.ToolCode, error) {
	type row struct {
		id    ID
		tools string
	}
	out := map[ID][]catalog.ToolCode{}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	for part := range slices.Chunk(ids, 500) {
		var w db.Where
		w.In("id", db.Strings(part))
		w.And("tools <> ''")
		list, err := db.List(ctx, q, func(s db.Scanner) (r row, err error) { return r, s.Scan(&r.id, &r.tools) },
			`SELECT id, tools FROM orders_order`+w.String(), w.Args()...)
		if err != nil {
			return nil, err
		}
		for _, r := range list {
			out[r.id] = catalog.SplitTools(r.tools)
		}
	}
	return out, nil
}

// bumpVisits counts up the days of an order's visits to be made, because they take other tools: a stop to fetch one may be among
// what their engineers have to do.
func (s *Service) bumpVisits(ctx context.Context, tx *db.Tx, id ID) error {
	list, err := visitsOfOrder(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, v := range list {
		if !v.Open() || v.State == VisitStateOnSite {
			continue
		}
		if err := s.bump(ctx, tx, v, v.Engineers()); err != nil {
			return err
		}
	}
	return nil
}
