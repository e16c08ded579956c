package dispatch

import (
	"context"
	"slices"

	"anxin/internal/catalog"
	"anxin/internal/dispatch/planner"
	"anxin/internal/orders"
	"anxin/internal/outlets"
	"anxin/internal/platform/db"
	"anxin/internal/workforce"
)

// Tools are had along by engineers, or kept by outlets for their engineers to fetch, as parts are; they are not used up, and an
// outlet is taken to have enough of each that it keeps.

// toolNeeds are the tools that one visit takes for several orders, each once.
func toolNeeds(lists ...[]catalog.ToolCode) []planner.PartNeed {
	all := slices.Concat(lists...)
	if len(all) == 0 {
		return nil
	}
	all = catalog.SortedTools(all)
	out := make([]planner.PartNeed, len(all))
	for i, t := range all {
		out[i] = planner.ToolNeed(string(t))
	}
	return out
}

// toolsOf are the tools that one visit for some orders takes.
func toolsOf(list []orders.Order) []planner.PartNeed {
	lists := make([][]catalog.ToolCode, len(list))
	for i, o := range list {
		lists[i] = o.Tools
	}
	return toolNeeds(lists...)
}

// along are the tools that an engineer has with him; nil is none.
func along(e workforce.Engineer) map[planner.PartCode]int64 {
	if len(e.Tools) == 0 {
		return nil
	}
	out := make(map[planner.PartCode]int64, len(e.Tools))
	for _, t := range e.Tools {
		out[planner.Tool(string(t))] = 1
	}
	return out
}

// needs are what one visit for some orders takes.
func (x *supplies) needs(list []orders.ID) []planner.PartNeed {
	if x == nil {
		return nil
	}
	lists := make([][]catalog.ToolCode, len(list))
	for i, id := range list {
		lists[i] = x.tools[id]
	}
	return append(x.parts(list), toolNeeds(lists...)...)
}

// wants tells whether any of the work takes a tool.
func (x *supplies) wants(t catalog.ToolCode) bool {
	for _, list := range x.tools {
		if slices.Contains(list, t) {
			return true
		}
	}
	return false
}

// store is what an outlet has in its store of what is needed; false is nothing.
func (x *supplies) store(o outlets.Outlet) (map[planner.PartCode]int64, bool) {
	out, has := x.free(storeOf(o.ID)), len(x.stock[storeOf(o.ID)]) > 0
	for _, t := range o.Tools {
		if x.wants(t) {
			out[planner.Tool(string(t))], has = 1, true
		}
	}
	return out, has
}

// asks tells whether where something is has to be read for an order: parts are reserved for it, or an outlet at or below some
// paths keeps a tool that it takes. What engineers have along is known with them.
func (s *Service) asks(ctx context.Context, q db.Querier, under []string, o orders.Order) (bool, error) {
	if o.ID == "" {
		return false, nil
	}
	lines, err := s.orders.ReservedParts(ctx, q, []orders.ID{o.ID})
	if err != nil || len(lines) > 0 {
		return true, err
	}
	return s.outlets.KeepTools(ctx, q, under, o.Tools)
}

// everyTool are all tools that the work of a snapshot takes.
func everyTool(s *planner.Snapshot) map[planner.PartCode]int64 {
	out := map[planner.PartCode]int64{}
	for _, j := range s.Jobs {
		for _, n := range j.Parts {
			if n.Tool {
				out[n.Code] = n.Count
			}
		}
	}
	return out
}
